"""Scores a PubTator file against gold. Stands alone: it shares no code with what it scores.

``python score_pubtator.py GOLD SYSTEM`` prints strict mention scores (span and type), document-level
scores of linked ids, and document-level scores of relations (pairs; pairs with type).
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict


class Doc:
    def __init__(self) -> None:
        self.title = ""
        self.abstract = ""
        self.mentions: list[tuple[int, int, str, str, str]] = []
        self.relations: list[list[str]] = []

    @property
    def text(self) -> str:
        return self.title + "\n" + self.abstract


def parse(content: str) -> dict[str, Doc]:
    """Documents by id, in order. Raises ValueError for a line that is of no PubTator form."""
    docs: dict[str, Doc] = defaultdict(Doc)
    for number, line in enumerate(content.splitlines(), 1):
        if not line:
            continue
        bars = line.split("|", 2)
        if len(bars) == 3 and bars[1] in ("t", "a") and "\t" not in bars[0]:
            if bars[1] == "t":
                docs[bars[0]].title = bars[2]
            else:
                docs[bars[0]].abstract = bars[2]
            continue
        cells = line.split("\t")
        if len(cells) >= 6 and cells[1].isdigit() and cells[2].isdigit():
            start, end = int(cells[1]), int(cells[2])
            docs[cells[0]].mentions.append((start, end, cells[3], cells[4], cells[5]))
        elif len(cells) in (4, 5):
            docs[cells[0]].relations.append(cells[1:])
        else:
            raise ValueError(f"line {number}: {line[:80]!r}")
    return dict(docs)


def f1(right: int, found: int, wanted: int) -> dict[str, float]:
    p = right / found if found else 0.0
    r = right / wanted if wanted else 0.0
    return {"p": 100 * p, "r": 100 * r, "f1": 200 * p * r / (p + r) if p + r else 0.0}


def ids_of(cell: str) -> set[str]:
    parts = cell.replace("|", ",").replace("+", ",").split(",")
    return {p.split(":", 1)[-1] for p in parts if p not in ("", "-", "-1")}


def score(gold: dict[str, Doc], system: dict[str, Doc]) -> dict[str, dict[str, float]]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])

    def add(what: str, mine: set, theirs: set) -> None:
        row = counts[what]
        row[0] += len(mine & theirs)
        row[1] += len(mine)
        row[2] += len(theirs)

    for id, wanted in gold.items():
        found = system.get(id, Doc())
        types = {t for _, _, _, t, _ in wanted.mentions}
        add(
            "mentions",
            {(s, e, t) for s, e, _, t, _ in found.mentions if t in types},
            {(s, e, t) for s, e, _, t, _ in wanted.mentions},
        )
        for kind in types:
            add(
                f"ids {kind}",
                {i for _, _, _, t, c in found.mentions if t == kind for i in ids_of(c)},
                {i for _, _, _, t, c in wanted.mentions if t == kind for i in ids_of(c)},
            )
        add(
            "relations",
            {frozenset(r[1:3]) for r in found.relations},
            {frozenset(r[1:3]) for r in wanted.relations},
        )
        add(
            "typed relations",
            {(r[0], frozenset(r[1:3])) for r in found.relations},
            {(r[0], frozenset(r[1:3])) for r in wanted.relations},
        )
    return {what: f1(*row) for what, row in sorted(counts.items())}


if __name__ == "__main__":
    both = []
    for name in sys.argv[1:3]:
        with open(name, encoding="utf-8") as file:
            both.append(parse(file.read()))
    print(json.dumps(score(*both), indent=1))
