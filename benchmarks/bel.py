"""``python -m benchmarks.bel [FOLDER]``: signed relations against BEL statements that curators wrote.

Every ``SET Evidence`` text of a folder of BEL scripts (CONIB, covid19kg) is read with the default pipeline.
A statement is asked for if it is causal (``->``, ``-|`` and their direct forms) or a signed correlation, both
its ends are one named thing (a protein, a chemical, a process ...), and both were found and linked in the text.
None of this was learned from; the curators' texts are harder than abstracts (full text, several statements a
passage, names of another convention).

Figures: the share of statements whose ends were found in the text at all; of those, related at all, with a
sign; of those with a sign, the right one; of causal ones with a direction, the right one. What a curator left
out is not wrong, so there is no precision. Intervals are 95 % bootstrap intervals over papers.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.tables import Row
from graph.errors import EtiographError, InputError
from graph.model import Publication
from ingest.document import Mention, make_document
from ingest.models.scoring import accuracy
from ingest.pipeline import Extraction, Pipeline
from ingest.relations import Relation
from ingest.terms.terminology import Terminology, core

__all__ = ["Passage", "Stated", "main", "read_bel", "score"]

_DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "corpora" / "bel"
_SIGNS = {
    "->": 1, "=>": 1, "increases": 1, "directlyIncreases": 1, "-|": -1, "=|": -1, "decreases": -1,
    "directlyDecreases": -1, "pos": 1, "positiveCorrelation": 1, "neg": -1, "negativeCorrelation": -1,
}  # fmt: skip
_CORRELATIONS = frozenset({"pos", "positiveCorrelation", "neg", "negativeCorrelation"})
_TERM = re.compile(
    r"^(?:act|deg|sec|surf|tloc)?\(?(?:p|a|r|g|bp|path|m|complex|proteinAbundance|abundance|"
    r"biologicalProcess|pathology|rnaAbundance)\((?P<space>[A-Z]+):(?:\"(?P<quoted>[^\"]+)\"|(?P<bare>[^\s,()\"]+))"
)
_STATEMENT = re.compile(
    r"^(?P<a>\S.*?) (?P<how>"
    + "|".join(re.escape(s) for s in _SIGNS)
    + r") (?P<b>\S.*?)(?:\s+//.*)?$"
)
_VALUE = re.compile(r"^SET (?P<key>\w+) *= *(?P<value>.*)$", re.S)


@dataclass(frozen=True, slots=True)
class Stated:
    """A BEL statement: two names, the sign, and whether it is a correlation (without a direction)."""

    subject: str
    object: str
    sign: int
    correlation: bool


@dataclass(frozen=True, slots=True)
class Passage:
    """An evidence text of a paper and what a curator read in it."""

    paper: str
    text: str
    stated: tuple[Stated, ...]


def _logical_lines(text: str) -> Iterator[str]:
    """Lines, with those joined that a quotation or a backslash runs over."""
    waiting: list[str] = []
    for line in text.splitlines():
        if not waiting and (not line.strip() or line.lstrip().startswith("#")):
            continue
        waiting.append(line.strip().removesuffix("\\").strip())
        joined = " ".join(waiting)
        unquoted = joined.replace('\\"', "")
        if (unquoted.count('"') % 2 and len(waiting) < 60) or line.rstrip().endswith("\\"):
            continue
        yield joined
        waiting = []


def _name(term: str) -> str:
    """The name in a term of one thing, empty for a composite or a reaction."""
    found = _TERM.match(term.strip())
    if found is None or len(re.findall(r"[A-Z]{2,}:", term)) > 1:
        return ""
    return found.group("quoted") or found.group("bare")


def read_bel(folder: Path) -> list[Passage]:
    """Read the passages of all ``.bel`` files below a folder that have a statement of two named things.

    Raises:
        InputError: if there are none.
    """
    found: list[Passage] = []
    for path in sorted(folder.rglob("*.bel")):
        paper, text = path.stem, ""
        stated: list[Stated] = []

        def finish(paper: str, text: str, stated: list[Stated]) -> None:
            if text and stated:
                found.append(Passage(paper, text, tuple(dict.fromkeys(stated))))
            stated.clear()

        for line in _logical_lines(path.read_text(encoding="utf-8", errors="replace")):
            value = _VALUE.match(line)
            if value is not None:
                if value.group("key") in ("Evidence", "SupportingText", "Support"):
                    finish(paper, text, stated)
                    text = " ".join(value.group("value").strip().strip('"').split())
                continue
            statement = _STATEMENT.match(line)
            if statement is None or line.startswith(("UNSET", "DEFINE")):
                continue
            a, b = _name(statement.group("a")), _name(statement.group("b"))
            if a and b and a.lower() != b.lower():
                how = statement.group("how")
                stated.append(Stated(a, b, _SIGNS[how], how in _CORRELATIONS))
        finish(paper, text, stated)
    if not found:
        raise InputError(
            "no BEL statements", where=str(folder), hint="Name a folder of .bel files."
        )
    return found


class _Names:
    """Whether an entity is called so."""

    def __init__(self, terminology: Terminology) -> None:
        self._terminology = terminology
        self._known: dict[str, frozenset[str]] = {}

    def called(self, mention: Mention, name: str) -> bool:
        id = mention.entity
        if id is None:
            return False
        if id not in self._known:
            entity = self._terminology.entity(id)
            names = () if entity is None else (entity.name, *entity.synonyms)
            self._known[id] = frozenset(n.lower() for n in names)
        return name.lower() in self._known[id] or mention.text.lower() == name.lower()


def _between(
    extraction: Extraction, names: _Names, stated: Stated
) -> tuple[bool, list[tuple[Relation, bool]]]:
    """Whether both ends are in the text, and the relations between them (with whether it runs forward)."""
    ends = [
        {m.entity for m in extraction.mentions if names.called(m, n)}
        for n in (stated.subject, stated.object)
    ]
    a, b = (e - {None} for e in ends)
    if not a or not b or a & b:
        return False, []
    relations: list[tuple[Relation, bool]] = []
    for _, _, r in extraction.relations:
        if r.negated:
            continue
        if r.subject.entity in a and r.object.entity in b:
            relations.append((r, True))
        elif r.subject.entity in b and r.object.entity in a:
            relations.append((r, False))
    return True, relations


def score(passages: Sequence[Passage], pipeline: Pipeline, *, progress: bool = False) -> list[Row]:
    """Read the passages and return the rows of the table."""
    names = _Names(core())
    figures: dict[str, dict[str, list[bool]]] = {}

    def note(figure: str, paper: str, right: bool) -> None:
        figures.setdefault(figure, {}).setdefault(paper, []).append(right)

    for number, passage in enumerate(passages):
        document = make_document(Publication(id=f"bel:{number}"), [("abstract", "", passage.text)])
        extraction = pipeline(document)
        for stated in passage.stated:
            named, relations = _between(extraction, names, stated)
            note("both ends found", passage.paper, named)
            if not named:
                continue
            note("related", passage.paper, bool(relations))
            signed = [(r, forward) for r, forward in relations if r.sign]
            note("related with a sign", passage.paper, bool(signed))
            note("most frequent sign", passage.paper, stated.sign > 0)
            if signed:
                best = max(signed, key=lambda item: item[0].score)
                note("sign right", passage.paper, best[0].sign == stated.sign)
                note("most frequent sign, of these", passage.paper, stated.sign > 0)
                if not stated.correlation:
                    note("direction right", passage.paper, best[1])
        if progress and number % 500 == 0:
            print(f"{number} of {len(passages)} passages", file=sys.stderr, flush=True)
    rows: list[Row] = []
    for figure, by_paper in figures.items():
        value, low, high, count = accuracy(list(by_paper.values()))
        rows.append({"figure": figure, "%": value, "interval": (low, high), "statements": count})
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the passages and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bel", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("folder", nargs="?", type=Path, default=_DATA)
    parser.add_argument("--most", type=int, help="take only so many passages, evenly spread")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    try:
        passages = read_bel(options.folder)
        if options.most and options.most < len(passages):
            step = len(passages) / options.most
            passages = [passages[int(n * step)] for n in range(options.most)]
        rows = score(passages, Pipeline(), progress=not options.json)
    except EtiographError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    if options.json:
        print(json.dumps({"passages": len(passages), "rows": rows}))
        return 0
    papers = len({p.paper for p in passages})
    print(
        f"{len(passages)} passages of {papers} papers\n\n| figure | % | interval | statements |\n| --- | --- | --- | --- |"
    )
    for row in rows:
        low, high = row["interval"]
        print(f"| {row['figure']} | {row['%']:.1f} | {low:.1f}-{high:.1f} | {row['statements']} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
