"""Triangulation: what each way of knowing says about one effect, side by side, never mixed silently.

The rungs of evidence are open to different errors; agreement across them is worth more than more of one
kind (Lawlor, Tilling and Davey Smith, International Journal of Epidemiology 45:1866, 2016). So the table
has one row a rung, with its sources for, against and undecided, its sizes, and which way it can be wrong;
sizes are combined only where they measure the same thing in the same units.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graph.errors import UsageError
from graph.model import Evidence, Rung, Statement, Status
from graph.store import Store

__all__ = ["BIASES", "Combined", "Row", "Size", "Triangulation", "combine", "triangulate"]

BIASES: Mapping[Rung, tuple[str, ...]] = {
    Rung.ASSERTION: (
        "extraction errors", "publication bias (towards an effect)", "papers that repeat each other",
    ),
    Rung.ASSOCIATION: (
        "confounding (either way)", "reverse causation", "selection", "measurement error (towards none)",
    ),
    Rung.INTERVENTION: (
        "non-adherence (towards none)", "short follow-up", "trial populations unlike patients",
        "dose beyond what occurs (animals, cells)",
    ),
    Rung.GENETIC: (
        "horizontal pleiotropy (either way)", "weak instruments (towards the observed association in one "
        "sample, towards none in two)", "population structure", "lifelong rather than late exposure",
    ),
    Rung.CURATED: ("old knowledge", "selective curation", "the same papers as the texts"),
    Rung.DISCOVERED: (
        "hidden common causes", "unfaithful distributions", "orientation by chance in small data",
    ),
    Rung.PREDICTED: ("popularity of nodes", "leakage from what was known"),
}  # fmt: skip
"""What each rung is open to, and which way it errs where that is known."""


@dataclass(frozen=True, slots=True)
class Size:
    """An effect with its standard error; ``measure`` says of what in which units: only sizes of one
    measure are compared."""

    value: float
    std_error: float
    measure: str
    evidence: str

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "value": self.value, "std_error": self.std_error,
            "ci_low": self.value - 1.959963984540054 * self.std_error,
            "ci_high": self.value + 1.959963984540054 * self.std_error,
            "measure": self.measure, "evidence": self.evidence,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """What one rung says: ids of the sources that say it raises, lowers, acts without a direction said,
    or does not act; a source may stand in several."""

    rung: Rung
    raises: tuple[str, ...]
    lowers: tuple[str, ...]
    unsigned: tuple[str, ...]
    denies: tuple[str, ...]
    sizes: tuple[Size, ...]
    evidences: tuple[str, ...]

    @property
    def sign(self) -> int:
        """+1 or -1 where more sources say so than the opposite, else 0."""
        return int(np.sign(len(self.raises) - len(self.lowers)))

    @property
    def biases(self) -> tuple[str, ...]:
        """What this rung is open to."""
        return BIASES[self.rung]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "rung": self.rung.value, "sign": self.sign, "raises": list(self.raises),
            "lowers": list(self.lowers), "unsigned": list(self.unsigned),
            "denies": list(self.denies), "sizes": [s.to_json() for s in self.sizes],
            "evidences": list(self.evidences), "biases": list(self.biases),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Combined:
    """Sizes of one measure combined: random effects (DerSimonian and Laird 1986) with the interval of
    Hartung and Knapp (2001); ``q``, ``q_df``, ``q_p`` and ``i2`` (0 to 1) tell how far they differ."""

    measure: str
    n: int
    value: float
    ci_low: float
    ci_high: float
    tau2: float
    q: float
    q_df: int
    q_p: float
    i2: float

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "measure": self.measure, "n": self.n, "value": self.value, "ci_low": self.ci_low,
            "ci_high": self.ci_high, "tau2": self.tau2, "q": self.q, "q_df": self.q_df,
            "q_p": self.q_p, "i2": self.i2,
        }  # fmt: skip


@dataclass(frozen=True)
class Triangulation:
    """The table for the effect of ``cause`` on ``effect``.

    Attributes:
        rows: one a rung that has evidence, in the order of :class:`~graph.model.Rung`.
        reverse: sources that say the effect acts on the cause.
        associated: sources that see the two together without a direction.
        retracted: evidences left out because their publication was retracted.
        combined: sizes combined, one a measure that two or more evidences share.
        difference_p: chance that the rungs differ so much in the share that raises, were there no
            difference (Fisher's exact test for two rungs, else chi-square); None with fewer than two
            signed rungs.
    """

    cause: str
    effect: str
    rows: tuple[Row, ...]
    reverse: tuple[str, ...]
    associated: tuple[str, ...]
    retracted: tuple[str, ...]
    combined: tuple[Combined, ...]
    difference_p: float | None

    @property
    def signed(self) -> tuple[Row, ...]:
        """Rows with more sources on one side. What algorithms propose is not among them."""
        return tuple(r for r in self.rows if r.sign and not r.rung.by_algorithm)

    @property
    def verdict(self) -> str:
        """``agree`` (two or more rungs, one sign), ``disagree``, ``one rung`` or ``nothing``."""
        signs = {r.sign for r in self.signed}
        if len(signs) == 2:
            return "disagree"
        if not signs:
            return "nothing"
        return "agree" if len(self.signed) > 1 else "one rung"

    @property
    def explanation(self) -> str:
        """What was found, in plain words, with ids for the two ends."""
        return self.told(self.cause, self.effect)

    def told(self, cause: str, effect: str) -> str:
        """The same with names."""
        names = ", ".join(r.rung.value for r in self.signed)
        if self.verdict == "nothing":
            told = f"No rung says which way {cause} acts on {effect}"
        elif self.verdict == "disagree":
            up = ", ".join(r.rung.value for r in self.signed if r.sign > 0)
            down = ", ".join(r.rung.value for r in self.signed if r.sign < 0)
            told = f"The rungs disagree: {cause} raises {effect} by {up}, and lowers it by {down}"
        else:
            way = "raises" if self.signed[0].sign > 0 else "lowers"
            told = f"{cause} {way} {effect} by {names}"
            if self.verdict == "agree":
                told += ", which err in different ways"
            else:
                told += " alone: nothing independent of it confirms it"
        opposed = [r.rung.value for r in self.signed if (r.lowers if r.sign > 0 else r.raises)]
        if opposed:
            told += f"; within {', '.join(opposed)} some sources say the opposite"
        if any(r.denies for r in self.rows):
            told += f"; {sum(len(r.denies) for r in self.rows)} deny an effect"
        if self.reverse:
            told += f"; {len(self.reverse)} say that {effect} acts on {cause}"
        return told + "."

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "cause": self.cause, "effect": self.effect, "verdict": self.verdict,
            "explanation": self.explanation, "rows": [r.to_json() for r in self.rows],
            "reverse": list(self.reverse), "associated": list(self.associated),
            "retracted": list(self.retracted), "difference_p": self.difference_p,
            "combined": [c.to_json() for c in self.combined],
        }  # fmt: skip


def triangulate(store: Store, cause: str, effect: str) -> Triangulation:
    """Put all evidence on the effect of one entity on another side by side.

    A source is a publication, or for evidence without one what it was made from (a dataset, a database).
    Statements that somebody rejected, and evidence in retracted publications, count nothing; the latter
    are listed. Evidence that lowers or denies counts under its own rung, never against another.

    Raises:
        UsageError: if cause and effect are the same.
    """
    if cause == effect:
        raise UsageError("cause and effect are the same")
    statuses = [s for s in Status if s is not Status.REFUTED]
    said: dict[Rung, dict[str, set[str]]] = {}
    sizes: dict[Rung, list[Size]] = {}
    ids: dict[Rung, set[str]] = {}
    reverse: set[str] = set()
    associated: set[str] = set()
    retracted: set[str] = set()
    for statement in store.statements_between([cause, effect], [cause, effect], statuses=statuses):
        for evidence in store.evidences_of(statement.id):
            if _is_retracted(store, evidence):
                retracted.add(evidence.id)
                continue
            source = evidence.publication or evidence.source or evidence.id
            if not statement.causal:
                if evidence.supports:
                    associated.add(source)
                continue
            if statement.subject != cause:
                if evidence.supports:
                    reverse.add(source)
                continue
            rung = evidence.rung
            row = said.setdefault(
                rung, {k: set() for k in ("raises", "lowers", "unsigned", "denies")}
            )
            row[_what(statement, evidence)].add(source)
            ids.setdefault(rung, set()).add(evidence.id)
            if (size := _size(evidence)) is not None:
                sizes.setdefault(rung, []).append(size)
    rows = []
    for rung in Rung:
        if rung in said:
            raises, lowers, unsigned, denies = (
                tuple(sorted(said[rung][k])) for k in ("raises", "lowers", "unsigned", "denies")
            )
            measured = sorted(sizes.get(rung, ()), key=lambda s: (s.measure, s.value, s.evidence))
            found = tuple(sorted(ids[rung]))
            rows.append(Row(rung, raises, lowers, unsigned, denies, tuple(measured), found))
    return Triangulation(
        cause, effect, tuple(rows), tuple(sorted(reverse)), tuple(sorted(associated)),
        tuple(sorted(retracted)), _combined(rows), _difference(rows),
    )  # fmt: skip


def _is_retracted(store: Store, evidence: Evidence) -> bool:
    paper = store.publication(evidence.publication) if evidence.publication else None
    return paper is not None and paper.retracted


def _what(statement: Statement, evidence: Evidence) -> str:
    if not evidence.supports:
        return "denies"
    return {1: "raises", -1: "lowers", 0: "unsigned"}[statement.sign]


def _size(evidence: Evidence) -> Size | None:
    """The number an evidence carries, if it comes with its standard error."""
    details = dict(evidence.details)
    try:
        value, error = float(details["beta"]), float(details["std_error"])
    except (KeyError, ValueError):
        return None
    if not (math.isfinite(value) and math.isfinite(error) and error > 0):
        return None
    units = details.get("units", "")
    return Size(
        value,
        error,
        f"{evidence.rung.value}: {units}" if units else evidence.rung.value,
        evidence.id,
    )


def _combined(rows: Sequence[Row]) -> tuple[Combined, ...]:
    by: dict[str, list[Size]] = {}
    for row in rows:
        for size in row.sizes:
            by.setdefault(size.measure, []).append(size)
    return tuple(combine(sizes) for _, sizes in sorted(by.items()) if len(sizes) > 1)


def combine(sizes: Iterable[Size]) -> Combined:
    """Combine effects of one measure.

    Raises:
        UsageError: for fewer than two, or more than one measure.

    Source: DerSimonian and Laird, Controlled Clinical Trials 7:177, 1986, equations 8-9; Hartung and
    Knapp, Statistics in Medicine 20:3875, 2001, whose variance is not allowed to fall below the
    usual one.
    """
    from scipy import stats

    listed = list(sizes)
    if len(listed) < 2 or len({s.measure for s in listed}) != 1:
        raise UsageError("two or more sizes of one measure are needed to combine them")
    value = np.array([s.value for s in listed])
    weight = np.array([s.std_error for s in listed]) ** -2.0
    fixed = float(weight @ value / weight.sum())
    q = float(weight @ (value - fixed) ** 2)
    df = len(listed) - 1
    tau2 = max(0.0, (q - df) / float(weight.sum() - (weight**2).sum() / weight.sum()))
    random = 1.0 / (1.0 / weight + tau2)
    mean = float(random @ value / random.sum())
    spread = max(1.0, float(random @ (value - mean) ** 2) / df)
    half = float(stats.t.ppf(0.975, df)) * math.sqrt(spread / float(random.sum()))
    return Combined(
        listed[0].measure, len(listed), mean, mean - half, mean + half, tau2, q, df,
        float(stats.chi2.sf(q, df)), max(0.0, 1 - df / q) if q > 0 else 0.0,
    )  # fmt: skip


def _difference(rows: Sequence[Row]) -> float | None:
    """Whether rungs differ in the share of their signed sources that raises."""
    from scipy import stats

    table = [
        [len(r.raises), len(r.lowers)]
        for r in rows
        if not r.rung.by_algorithm and (r.raises or r.lowers)
    ]
    if len(table) < 2:
        return None
    counts = np.array(table)
    if (counts.sum(axis=0) == 0).any():
        return 1.0
    if len(table) == 2:
        return float(stats.fisher_exact(counts)[1])
    return float(stats.chi2_contingency(counts, correction=False)[1])
