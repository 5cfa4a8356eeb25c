"""Names found by a Hugging Face token classifier that the user has on disk: ``hf:/models/my-ner``.

Nothing is downloaded, and code that comes with a model is not run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from graph.errors import UsageError
from graph.extras import needs
from graph.model import Category, content_hash
from ingest.abbreviations import Abbreviation
from ingest.document import Document, Mention, Sentence
from ingest.recognisers.base import Recogniser
from ingest.recognisers.labels import category_map, fingerprint

__all__ = ["TransformersRecogniser"]

_MARKS = "BIESLU"
_OVERLAP = 32
"""sub-words that windows of a long sentence share"""


class TransformersRecogniser(Recogniser):
    """The entities of a token classifier (labels ``B-x``, ``I-x``, ``E-x``, ``S-x``, or just ``x``).

    A word takes the label of its first sub-word, words of one entity are joined; ``score`` is the least
    of their probabilities. Sentences longer than the model's window are read in overlapping windows.

    Args:
        folder: with ``config.json``, the weights and a fast tokenizer (``tokenizer.json``).
        labels: label (without ``B-``) -> category, needed if none of the labels is well known.
        least: entities less probable than this are left out.
        batch: sentences that are read together.
        device: ``cpu``, ``cuda`` ...

    Raises:
        UsageError: if torch or transformers is not installed (when first used).
        UsageError: if the folder holds no such model, or its labels mean nothing (when first used).
    """

    def __init__(
        self,
        folder: str,
        *,
        labels: Mapping[str, str | Category] | None = None,
        least: float = 0.0,
        batch: int = 16,
        device: str = "cpu",
    ) -> None:
        self.folder = Path(folder).expanduser()
        self.name = f"hf:{folder}"
        self.labels = labels
        self.least = least
        self.batch = batch
        self.device = device
        self._loaded: tuple[Any, Any] | None = None
        self._kinds: list[tuple[str, Category | None]] = []
        self._window = 512
        self._version = ""

    def _load(self) -> tuple[Any, Any]:
        if self._loaded is not None:
            return self._loaded
        if not (self.folder / "config.json").is_file():
            raise UsageError(
                "there is no config.json", where=str(self.folder),
                hint="Name the folder that a token classifier was saved to; nothing is downloaded.",
            )  # fmt: skip
        with needs(self.name, "transformers"):
            from transformers import AutoModelForTokenClassification, AutoTokenizer
        try:
            tokenizer = AutoTokenizer.from_pretrained(self.folder, local_files_only=True)
            model = AutoModelForTokenClassification.from_pretrained(
                self.folder, local_files_only=True
            )
        except (OSError, ValueError, KeyError) as error:
            raise UsageError(
                f"it is no token classifier: {str(error).splitlines()[0]}", where=str(self.folder)
            ) from error
        if not tokenizer.is_fast:
            raise UsageError(
                "its tokenizer gives no offsets", where=str(self.folder),
                hint="Save a fast tokenizer (tokenizer.json) beside the model.",
            )  # fmt: skip
        model.eval()
        model.to(self.device)
        names = [str(model.config.id2label[i]) for i in range(model.config.num_labels)]
        parts = [_parts(name) for name in names]
        categories = category_map(
            [kind for _, kind in parts if kind], self.labels, where=str(self.folder)
        )
        self._kinds = [(mark, categories.get(kind)) for mark, kind in parts]
        limits = [tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", 512)]
        self._window = max(8, min(512, *(int(x) for x in limits)) - 2)
        self._loaded = (tokenizer, model)
        return self._loaded

    @property
    def version(self) -> str:
        """The content of the model's files, and the settings."""
        if not self._version:
            import transformers

            self._load()
            settings = content_hash("s", [[(m, c) for m, c in self._kinds], self.least])[:14]
            self._version = f"1+{transformers.__version__}+{fingerprint(self.folder)}+{settings}"
        return self._version

    def recognise(
        self,
        document: Document,
        sentences: Sequence[Sentence],
        abbreviations: Sequence[Abbreviation],
    ) -> list[Mention]:
        """Return the entities whose label has a category."""
        tokenizer, model = self._load()
        text = document.text
        found: list[Mention] = []
        for start in range(0, len(sentences), self.batch):
            group = sentences[start : start + self.batch]
            for sentence, words in zip(group, self._words(tokenizer, model, group), strict=True):
                for a, b, category, score in self._joined(sentence.text, words):
                    if score >= self.least:
                        a, b = a + sentence.start, b + sentence.start
                        found.append(Mention(a, b, text[a:b], category, None, score, self.name))
        return found

    def _words(
        self, tokenizer: Any, model: Any, sentences: Sequence[Sentence]
    ) -> list[list[tuple[int, int, int, float]]]:
        """For each sentence its words: start, end, number of the label, probability."""
        import torch

        pieces = tokenizer(
            [s.text for s in sentences], return_offsets_mapping=True, truncation=True,
            max_length=self._window, stride=min(_OVERLAP, self._window // 4),
            return_overflowing_tokens=True, padding=True, return_tensors="pt",
        )  # fmt: skip
        offsets = pieces.pop("offset_mapping").tolist()
        owners = pieces.pop("overflow_to_sample_mapping").tolist()
        found: list[list[tuple[int, int, int, float]]] = [[] for _ in sentences]
        size = max(1, self.batch)
        for start in range(0, len(owners), size):
            part = {k: v[start : start + size].to(self.device) for k, v in pieces.items()}
            with torch.no_grad():
                probabilities, best = model(**part).logits.float().softmax(-1).max(-1)
            for row, owner in enumerate(owners[start : start + size]):
                words = found[owner]
                reached = words[-1][1] if words else 0
                previous: int | None = None
                index = pieces.encodings[start + row].word_ids
                for token, word in enumerate(index):
                    a, b = offsets[start + row][token]
                    if word is None or a >= b:
                        previous = None
                        continue
                    if word == previous and words and words[-1][1] <= a:
                        words[-1] = (words[-1][0], b, *words[-1][2:])
                        reached = b
                    elif a >= reached:
                        label, p = int(best[row, token]), float(probabilities[row, token])
                        words.append((a, b, label, p))
                        reached = b
                    previous = word
        return found

    def _joined(
        self, text: str, words: Sequence[tuple[int, int, int, float]]
    ) -> list[tuple[int, int, Category, float]]:
        """Entities: start, end, category, score."""
        found: list[tuple[int, int, Category, float]] = []
        going = False
        for a, b, label, p in words:
            while a < b and text[a].isspace():
                a += 1
            mark, category = self._kinds[label]
            if category is None or a >= b:
                going = False
                continue
            if going and mark in ("I", "E", "L", "") and found[-1][2] is category:
                found[-1] = (found[-1][0], b, category, min(found[-1][3], p))
            else:
                found.append((a, b, category, p))
            going = mark not in ("E", "L", "S", "U")
        return [(a, b, category, round(p, 4)) for a, b, category, p in found]


def _parts(label: str) -> tuple[str, str]:
    """The mark and the type of a label; ``O`` has no type."""
    if label in ("O", "0", ""):
        return "", ""
    if len(label) > 2 and label[0] in _MARKS and label[1] in "-_":
        return label[0], label[2:]
    return "", label
