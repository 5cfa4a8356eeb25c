"""Citation curation: which abstracts are cited for a question, against gold relations.

``python -m benchmarks.curation [--data DIR] [--split dev] [--scan]``

Derived from BC5CDR (chemical-induces-disease relations, BioCreative V): for each annotated pair "Does X
cause Y?", with the abstracts annotated with that relation as relevant, and as noise abstracts that name
both without it, only one of the two, a retracted copy, a comment, and a denial in words of our own.
Rules were written and the threshold chosen (``--scan``) on the training split; the figures are of the
development split.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.gold import Gold, bare, read_gold
from graph.store import Store
from graph.stores import open_store
from llm_bridge.claims import Refusal
from llm_bridge.curation import THRESHOLD, Candidate, Role, curate
from llm_bridge.grammar import parse

__all__ = ["Case", "Score", "cases", "main", "score"]

DENIALS = (
    "In a controlled comparison, {x} did not cause {y}.",
    "{x} was not associated with {y} in any of the groups.",
    "We found no increase of {y} with {x}.",
    "There was no evidence that {x} induces {y}.",
    "Long-term {x} failed to produce {y} in our cohort.",
)
"""Written for this benchmark by the hand that wrote the rules, so that finding them all proves little."""


@dataclass(frozen=True)
class Case:
    """A question, its candidates, and what each is: relevant, both, one, retracted, comment, denial."""

    question: str
    candidates: tuple[Candidate, ...]
    labels: dict[str, str]
    spans: dict[str, list[tuple[int, int, bool]]]
    """by candidate: (start, end, is the cause) of the annotators' mentions"""


def cases(golds: list[Gold], *, most: int = 200, seed: int = 0) -> list[Case]:
    """Return one case a pair, at most ``most``, drawn with ``seed``."""
    rng = random.Random(seed)
    words: dict[str, Counter[str]] = defaultdict(Counter)
    naming: dict[str, set[int]] = defaultdict(set)
    for k, g in enumerate(golds):
        for span in g.spans:
            for i in span.ids:
                words[bare(i)][span.text.lower()] += 1
                naming[bare(i)].add(k)
    pairs = sorted({pair for g in golds for pair in g.cid if "-1" not in pair})
    rng.shuffle(pairs)
    found: list[Case] = []
    for x, y in pairs:
        if not words[x] or not words[y] or len(found) == most:
            continue
        name_x, name_y = (words[i].most_common(1)[0][0] for i in (x, y))
        question = f"Does {name_x} cause {name_y}?"
        parsed = parse(question)
        if isinstance(parsed, Refusal) or parsed.subject is None or parsed.object is None:
            continue  # a name that is no name in a question: not what is measured here
        relevant = [k for k, g in enumerate(golds) if (x, y) in g.cid]
        both = sorted((naming[x] & naming[y]) - set(relevant))
        one = sorted(naming[x] ^ naming[y])
        chosen = [(k, "relevant") for k in relevant[:5]]
        chosen += [(k, "both") for k in rng.sample(both, min(3, len(both)))]
        chosen += [(k, "one") for k in rng.sample(one, min(5, len(one)))]
        found.append(_case(golds, question, chosen, (x, y), (name_x, name_y), len(found)))
    return found


def _case(
    golds: list[Gold],
    question: str,
    chosen: list[tuple[int, str]],
    pair: tuple[str, str],
    names: tuple[str, str],
    number: int,
) -> Case:
    candidates: list[Candidate] = []
    labels: dict[str, str] = {}
    spans: dict[str, list[tuple[int, int, bool]]] = {}
    for k, label in chosen:
        document = golds[k].document
        title, _, text = document.text.partition("\n")
        candidate = Candidate(document.publication.id, title, text)
        candidates.append(candidate)
        labels[candidate.id] = label
        spans[candidate.id] = [
            (s.start, s.end, bare(i) == pair[0])
            for s in golds[k].spans
            for i in s.ids
            if bare(i) in pair
        ]
    first = candidates[0]
    gone = replace(
        first, id=f"{first.id}-retracted", types=("Journal Article", "Retracted Publication")
    )
    comment = replace(first, id=f"{first.id}-comment", types=("Comment", "Letter"))
    said = DENIALS[number % len(DENIALS)].format(x=names[0].capitalize(), y=names[1])
    denial = Candidate("denial", "A controlled comparison", said)
    for extra, label in ((gone, "retracted"), (comment, "comment"), (denial, "denial")):
        candidates.append(extra)
        labels[extra.id] = label
    return Case(question, tuple(candidates), labels, spans)


@dataclass
class Score:
    """Counts over all cases."""

    cited: int = 0
    right: int = 0
    relevant: int = 0
    backed: int = 0
    denials: int = 0
    denials_found: int = 0
    wrong: Counter[str] | None = None

    @property
    def precision(self) -> float:
        """Share of the cited that are relevant."""
        return self.right / max(1, self.cited)

    @property
    def recall(self) -> float:
        """Share of the relevant that are cited."""
        return self.right / max(1, self.relevant)

    @property
    def accuracy(self) -> float:
        """Share of the cited that are relevant and whose quoted sentence names both by the gold spans."""
        return self.backed / max(1, self.cited)


def score(store: Store, every: list[Case], threshold: float = THRESHOLD) -> Score:
    """Curate every case and count."""
    total = Score(wrong=Counter())
    assert total.wrong is not None
    for case in every:
        found = curate(store, case.question, case.candidates, threshold=threshold)
        total.relevant += sum(v == "relevant" for v in case.labels.values())
        total.denials += 1
        for choice in found.choices:
            label = case.labels[choice.id]
            total.denials_found += label == "denial" and choice.role is Role.AGAINST
            if choice.role is not Role.SUPPORTS:
                continue
            total.cited += 1
            if label != "relevant":
                total.wrong[label] += 1
                continue
            total.right += 1
            inside = {
                cause
                for start, end, cause in case.spans[choice.id]
                if choice.start <= start and end <= choice.end
            }
            total.backed += len(inside) == 2
    return total


def _everything(every: list[Case]) -> tuple[float, float]:
    """Precision and recall of citing all that the annotators saw name both."""
    cited = right = 0
    for case in every:
        for label in case.labels.values():
            if label in ("relevant", "both", "retracted", "comment", "denial"):
                cited += 1
                right += label == "relevant"
    return right / cited, 1.0


def main(argv: list[str] | None = None) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data/corpora/bc5cdr"))
    parser.add_argument("--split", default="dev", choices=("train", "dev"))
    parser.add_argument("--most", type=int, default=200)
    parser.add_argument("--scan", action="store_true", help="try thresholds, on the training split")
    given = parser.parse_args(argv)
    split = "train" if given.scan else given.split
    every = cases(read_gold(given.data / f"{split}.pubtator"), most=given.most)
    print(
        f"BC5CDR {split}: {len(every)} questions, {sum(len(c.candidates) for c in every)} candidates"
    )
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "g") as store:
        for threshold in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8) if given.scan else (THRESHOLD,):
            s = score(store, every, threshold)
            print(
                f"threshold {threshold:.1f}: precision {s.precision:.3f}, recall {s.recall:.3f}, "
                f"citation accuracy {s.accuracy:.3f}; denials found {s.denials_found}/{s.denials}; "
                f"wrongly cited {dict(sorted((s.wrong or {}).items()))}"
            )
    precision, recall = _everything(every)
    print(f"citing all that name both: precision {precision:.3f}, recall {recall:.3f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
