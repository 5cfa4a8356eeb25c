"""Names for linking: keys that ignore inflection and word order, and n-gram nearest neighbours."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ingest.models.lexicon import normal
from ingest.models.tokens import tokenize

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["NgramIndex", "bag_key", "stem", "tight_key"]

_ENDINGS = (
    ("ically", "ic"), ("ations", "at"), ("ation", "at"), ("ated", "at"), ("ates", "at"), ("ating", "at"),
    ("ities", ""), ("ity", ""), ("iveness", ""), ("ive", ""), ("ments", ""), ("ment", ""), ("ness", ""),
    ("ally", ""), ("ical", "ic"), ("ial", ""), ("ous", ""), ("ions", ""), ("ion", ""),
    ("ings", ""), ("ing", ""), ("ies", "y"), ("ied", "y"), ("ed", ""), ("ic", ""), ("al", ""),
    ("ia", ""), ("es", ""), ("is", ""), ("s", ""), ("y", ""), ("e", ""),
)  # fmt: skip
_DROPPED = frozenset(
    [
        "of",
        "the",
        "a",
        "an",
        "and",
        "in",
        "to",
        "with",
        "by",
        "for",
        "on",
        "at",
        "from",
        "or",
        "disease",
        "disorder",
        "syndrome",
    ]
)
_SAME = {
    "tumour": "neoplasm", "tumor": "neoplasm", "cancer": "neoplasm", "carcinoma": "neoplasm",
    "malignancy": "neoplasm", "kidney": "renal", "nephric": "renal", "liver": "hepatic",
    "heart": "cardiac", "lung": "pulmonary", "myocardial": "cardiac", "brain": "cerebral",
    "injury": "damage", "impairment": "dysfunction", "insufficiency": "failure", "haemorrhage": "hemorrhage",
    "bleeding": "hemorrhage", "haemorrhagic": "hemorrhagic", "toxic": "toxicity", "deficit": "dysfunction",
    "stomach": "gastric", "bowel": "intestinal", "vein": "venous", "artery": "arterial",
    "hydrochloride": "", "hcl": "", "sodium": "", "acute": "", "severe": "", "chronic": "",
}  # fmt: skip
_TIGHT = re.compile(r"[^0-9a-z]+")


@functools.lru_cache(maxsize=100_000)
def stem(token: str) -> str:
    """Cut the ending of a normal token of five letters or more; a plain longest-ending rule."""
    if len(token) < 5 or not token.isalpha():
        return token
    for ending, instead in _ENDINGS:
        if token.endswith(ending) and len(token) - len(ending) >= 3:
            return token[: -len(ending)] + instead
    return token


def tight_key(name: str) -> str:
    """Letters and digits of the normal tokens without anything between."""
    return _TIGHT.sub("", "".join(normal(t) for t in tokenize(name)))


def bag_key(name: str, *, loose: bool = False) -> str:
    """Stems of a name in alphabetical order, small words left out; ``loose`` also makes words of the
    same meaning one and drops salts and degrees."""
    stems = []
    for token in tokenize(name):
        norm = normal(token)
        if not norm or norm in _DROPPED or not norm.isalnum():
            continue
        if loose:
            norm = _SAME.get(norm, norm)
            if not norm:
                continue
        stems.append(stem(norm))
    return " ".join(sorted(stems))


def _ngrams(name: str) -> list[str]:
    """Trigrams of the normal tokens, and of each content word its stem, twice, and first letters."""
    words = [_SAME.get(n, n) for n in map(normal, tokenize(name)) if n]
    words = [w for w in words if w]
    framed = f" {' '.join(words)} "
    grams = [framed[i : i + 3] for i in range(len(framed) - 2)]
    for word in words:
        if word not in _DROPPED:
            root = stem(word)
            grams += (f"#{root}", f"##{root}", f"^{word[:5]}")
    if words:
        grams.append(f"${stem(words[-1])}")
    return grams


class NgramIndex:
    """Cosine nearest neighbours of names by TF-IDF weighted character trigrams and stems.

    Args:
        names: what may be found.
        values: what each name stands for.
    """

    def __init__(self, names: Sequence[str], values: Sequence[str]) -> None:
        self.values = list(values)
        self.names = list(names)
        self._vocabulary: dict[str, int] = {}
        rows: list[int] = []
        columns: list[int] = []
        data: list[float] = []
        for row, name in enumerate(self.names):
            for gram, count in Counter(_ngrams(name)).items():
                rows.append(row)
                columns.append(self._vocabulary.setdefault(gram, len(self._vocabulary)))
                data.append(1.0 + np.log(count))
        from scipy.sparse import csr_matrix

        shape = (len(self.names), max(1, len(self._vocabulary)))
        matrix = csr_matrix((np.array(data, dtype=np.float32), (rows, columns)), shape=shape)
        documents = np.bincount(np.array(columns, dtype=np.int64), minlength=shape[1])
        self._idf: npt.NDArray[np.float32] = (
            np.log((1 + shape[0]) / (1 + documents)).astype(np.float32) + 1
        )
        matrix = matrix.multiply(self._idf[None, :]).tocsr()
        norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
        norms[norms == 0] = 1
        self._by_gram: csr_matrix = matrix.multiply((1 / norms)[:, None]).T.tocsr()

    def nearest(self, name: str, limit: int = 5) -> list[tuple[str, float, str]]:
        """Return (value, cosine, name), best first; each value once."""
        counts = Counter(g for g in _ngrams(name) if g in self._vocabulary)
        unknown = sum(1 for g in set(_ngrams(name)) if g not in self._vocabulary)
        if not counts or not self.names:
            return []
        columns = np.array([self._vocabulary[g] for g in counts], dtype=np.int64)
        weights = (1.0 + np.log(np.array(list(counts.values()), dtype=np.float32))) * self._idf[
            columns
        ]
        # grams that no name has still count against the match
        length = float(np.sqrt((weights**2).sum() + unknown * float(self._idf.max()) ** 2))
        scores: npt.NDArray[Any] = np.zeros(len(self.names), dtype=np.float32)
        by_gram = self._by_gram
        for column, weight in zip(columns.tolist(), weights.tolist(), strict=True):
            a, b = by_gram.indptr[column], by_gram.indptr[column + 1]
            scores[by_gram.indices[a:b]] += by_gram.data[a:b] * weight
        scores = np.minimum(scores / length, 1.0)
        count = min(len(scores), limit * 4)
        top = np.argpartition(-scores, count - 1)[:count]
        best: dict[str, tuple[str, float, str]] = {}
        for row in sorted(top.tolist(), key=lambda r: (-scores[r], self.names[r], self.values[r])):
            best.setdefault(
                self.values[row], (self.values[row], float(scores[row]), self.names[row])
            )
        return list(best.values())[:limit]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> NgramIndex:
        """Return an index of (name, value) pairs."""
        listed = sorted(set(pairs))
        return cls([n for n, _ in listed], [v for _, v in listed])
