"""The scores of all shipped models in one table, beside what they are to reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Line", "lines", "render"]


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: of which model, measured how; in per cent but for calibration errors. ``low`` and
    ``high`` are the ends of the 95 % bootstrap interval, if there is one."""

    model: str
    figure: str
    value: float
    low: float | None = None
    high: float | None = None
    wanted: float | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the figure is what was wanted; calibration errors should be low, others high."""
        if self.wanted is None:
            return None
        return self.value <= self.wanted if _is_error(self) else self.value >= self.wanted


_ERROR = 0.05
_RELATIONS = (
    ("cid F1", "BC5CDR dev, chemical induces disease, F1", 66.0),
    ("pair F1", "BioRED dev, related pairs, F1", 72.0),
    ("typed F1", "BioRED dev, pairs with type, F1", 52.0),
    ("sign accuracy", "BioRED dev, sign", 83.0),
)
_CLAIMS = (
    ("negation", "negation, BioScope, half held out, cues, F1", 95.5),
    ("speculation", "speculation, the same, F1", 90.0),
)
_LINKING = {("bc5cdr", "chemical"): 89.0, ("bc5cdr", "disease"): 89.0}


def lines(scores: Mapping[str, Any]) -> list[Line]:
    """Return the table of what ``scores.json`` holds; what was not measured has no line."""
    return [*_names(scores), *_links(scores), *_relations(scores), *_claims(scores)]


def _names(scores: Mapping[str, Any]) -> Iterator[Line]:
    for tagger, corpus, wanted in (("cdr", "BC5CDR dev", 88.0), ("six", "BioRED dev", 85.5)):
        for type, row in sorted(
            scores.get(tagger, {}).items(), key=lambda item: item[0] == "micro"
        ):
            goal = wanted if type == "micro" else None
            figure = f"{corpus}, {'all types' if type == 'micro' else type}, F1"
            yield Line(f"names ({tagger})", figure, row["f1"], row["low"], row["high"], goal)
        if f"calibration_{tagger}" in scores:
            error = scores[f"calibration_{tagger}"]["ece"]
            yield Line(f"names ({tagger})", f"{corpus}, calibration error", error, wanted=_ERROR)


def _links(scores: Mapping[str, Any]) -> Iterator[Line]:
    for corpus, found in sorted(scores.get("linking", {}).items()):
        for type, row in sorted(found.items()):
            value, low, high, _ = row["accuracy"]
            figure = f"{corpus} dev, {type}, first answer right"
            yield Line("links", figure, value, low, high, _LINKING.get((corpus, type)))


def _relations(scores: Mapping[str, Any]) -> Iterator[Line]:
    found = scores.get("relations", {})
    for key, figure, wanted in _RELATIONS:
        if key in found:
            value, low, high = found[key]
            yield Line("relations", figure, value, low, high, wanted)
    for key, name in (
        ("cid calibration", "BC5CDR dev"),
        ("pair calibration", "BioRED dev, pairs"),
        ("typed calibration", "BioRED dev, types"),
    ):
        if key in found:
            yield Line("relations", f"{name}, calibration error", found[key]["ece"], wanted=_ERROR)


def _claims(scores: Mapping[str, Any]) -> Iterator[Line]:
    if "trials" in scores:
        row = scores["trials"]
        figure = "Evidence Inference, 5 folds by article, macro-F1"
        yield Line("trial results", figure, row["macro_f1"], row["low"], row["high"], 70.0)
        figure = "Evidence Inference, calibration error"
        yield Line("trial results", figure, row["ece"], wanted=_ERROR)
    claims = scores.get("claims", {})
    for key, figure, wanted in _CLAIMS:
        row = claims.get(key, {}).get("held out")
        if row:
            yield Line("claims", figure, row["cue"]["f1"], row["low"], row["high"], wanted)
    row = claims.get("strength", {}).get("held out")
    if row:
        figure = "strength, Yu 2019, half held out, macro-F1"
        yield Line("claims", figure, row["macro_f1"], row["low"], row["high"], 80.0)


def _is_error(line: Line) -> bool:
    return line.figure.endswith("error")


def render(table: Sequence[Line]) -> str:
    """Return the lines as text, aligned."""
    head = ("model", "figure", "value", "95 % interval", "wanted", "")
    rows = [head, *(_cells(line) for line in table)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _cells(line: Line) -> tuple[str, ...]:
    digits = 3 if _is_error(line) else 1
    interval = "" if line.low is None else f"{line.low:.{digits}f}-{line.high:.{digits}f}"
    wanted = "" if line.wanted is None else f"{line.wanted:g}"
    verdict = {None: "", True: "reached", False: "missed"}[line.reached]
    return line.model, line.figure, f"{line.value:.{digits}f}", interval, wanted, verdict
