"""What Mendelian randomization gives back."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from queries.mr.gwas import Array
from queries.mr.instruments import Harmonised
from queries.mr.methods import REGISTRY, Intercept, MethodEstimate
from queries.mr.outliers import OutlierTest
from queries.mr.sensitivity import Heterogeneity, SnpEstimate, Strength, influential
from queries.mr.steiger import Steiger

__all__ = ["BidirectionalResult", "MRResult", "clean_json", "number"]


@dataclass(frozen=True)
class MRResult:
    """The effect of one trait on another from genetic instruments, and what speaks for and against it.

    Attributes:
        data: the harmonised instruments.
        estimates: one a method, in the order asked for.
        not_run: (method, why) for methods that could not be used.
        heterogeneity: Q and I2 by model.
        strength: of the instruments.
        single: each variant's own estimate.
        leave_one_out: inverse-variance weighted without each variant.
        outliers: the outlier test, None if it was not made.
        direction: the Steiger test, None if it was not made.
        notes: what was assumed or could not be done.
        selection: how many variants were left after each step.
        settings: everything that was set, seeds included.
        independent: whether clumping made the instruments independent.
    """

    data: Harmonised
    estimates: tuple[MethodEstimate, ...]
    not_run: tuple[tuple[str, str], ...]
    heterogeneity: tuple[Heterogeneity, ...]
    strength: Strength
    single: tuple[SnpEstimate, ...]
    leave_one_out: tuple[SnpEstimate, ...]
    outliers: OutlierTest | None
    direction: Steiger | None
    notes: tuple[str, ...]
    selection: Mapping[str, int]
    settings: Mapping[str, Any]
    independent: bool

    def __hash__(self) -> int:
        return hash((self.data, self.estimates))

    @property
    def exposure(self) -> str:
        """Name of the exposure."""
        return self.data.exposure

    @property
    def outcome(self) -> str:
        """Name of the outcome."""
        return self.data.outcome

    @property
    def main(self) -> MethodEstimate:
        """The estimate that is reported first: the first method that was asked for and could run."""
        return self.estimates[0]

    @property
    def intercept(self) -> Intercept | None:
        """Egger's intercept, if Egger regression was run."""
        return next((e.intercept for e in self.estimates if e.intercept), None)

    @property
    def units(self) -> str:
        """Of every estimate."""
        binary = self.data.outcome_kind == "binary"
        above = self.data.outcome_unit or ("log odds" if binary else "unit")
        below = self.data.exposure_unit or (
            "log odds" if self.data.exposure_kind == "binary" else "unit"
        )
        return f"{above} of {self.outcome} per {below} of {self.exposure}"

    @property
    def data_hash(self) -> str:
        """SHA-256 of the two studies' hashes and the harmonised rows."""
        text = "\x1f".join([*self.data.hashes, self.data.hash])
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def agreement(self) -> float:
        """Share of the methods whose sign is that of the main estimate."""
        return sum(e.sign == self.main.sign for e in self.estimates) / len(self.estimates)

    @property
    def concerns(self) -> tuple[str, ...]:
        """What speaks against taking the main estimate as the effect, in words."""
        return _concerns(self)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must hold for the main estimate to be the effect."""
        return _assumptions(self)

    @property
    def relaxed(self) -> dict[str, dict[str, str]]:
        """For each method that ran: which assumption it does without, and what it needs instead."""
        return {
            e.method: {"relaxes": m.relaxes, "assumes": m.assumes, "reference": m.reference}
            for e in self.estimates
            if (m := REGISTRY.get(e.method))
        }

    @property
    def explanation(self) -> str:
        """One paragraph in plain words."""
        return _explain(self)

    def effects(self, name: str) -> Array:
        """A column of the instruments, turned so that every effect on the exposure is positive."""
        values = self.data.column(name)
        if not name.startswith("beta"):
            return values
        flipped: Array = values * (1 - 2 * (self.data.column("beta_exposure") < 0))
        return flipped

    def plot(self, path: str | Path, kind: str = "forest") -> Path:
        """Draw ``forest``, ``scatter``, ``funnel`` or ``leave-one-out`` to a file.

        Raises:
            UsageError: for an unknown kind or file type, or without matplotlib.
        """
        from queries.mr.plots import draw

        return draw(self, path, kind)

    def to_json(self) -> dict[str, Any]:
        """Plain data; numbers that cannot be told are null."""
        plain: dict[str, Any] = clean_json({
            "exposure": self.exposure,
            "outcome": self.outcome,
            "units": self.units,
            "n_snps": len(self.data),
            "main": self.main.to_json(),
            "estimates": [e.to_json() for e in self.estimates],
            "not_run": [{"method": m, "reason": r} for m, r in self.not_run],
            "heterogeneity": [h.to_json() for h in self.heterogeneity],
            "strength": self.strength.to_json(),
            "intercept": self.intercept.to_json() if self.intercept else None,
            "outliers": self.outliers.to_json() if self.outliers else None,
            "direction": self.direction.to_json() if self.direction else None,
            "single": [s.to_json() for s in self.single],
            "leave_one_out": [s.to_json() for s in self.leave_one_out],
            "harmonisation": self.data.to_json(),
            "selection": dict(self.selection),
            "concerns": list(self.concerns),
            "notes": list(self.notes),
            "explanation": self.explanation,
            "assumptions": list(self.assumptions),
            "methods": self.relaxed,
            "settings": dict(self.settings),
            "data_hash": self.data_hash,
        })  # fmt: skip
        return plain

    def to_text(self) -> str:
        """A report for a terminal."""
        return _report(self)


@dataclass(frozen=True)
class BidirectionalResult:
    """Both directions; a direction that could not be estimated is a text that says why."""

    forward: MRResult | str
    reverse: MRResult | str

    @property
    def explanation(self) -> str:
        """Both in plain words."""
        parts = []
        for name, side in (("Forward", self.forward), ("Reverse", self.reverse)):
            said = side if isinstance(side, str) else side.explanation
            parts.append(f"{name}: {said}")
        return " ".join(parts)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        found: dict[str, Any] = {}
        for name, side in (("forward", self.forward), ("reverse", self.reverse)):
            found[name] = {"reason": side} if isinstance(side, str) else side.to_json()
        return {**found, "explanation": self.explanation}

    def to_text(self) -> str:
        """Both reports."""
        sides = (self.forward, self.reverse)
        return "\n\n".join(s if isinstance(s, str) else s.to_text() for s in sides)


def number(value: float) -> str:
    """Return a number as people write it: three significant digits, p-values not below 1e-300."""
    return f"{value:.3g}" if math.isfinite(value) else "not known"


def clean_json(value: Any) -> Any:
    """Return plain data with every number that is not finite as None."""
    if isinstance(value, dict):
        return {k: clean_json(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _concerns(r: MRResult) -> tuple[str, ...]:
    found = []
    if r.strength.mean_f < 10:
        found.append(f"the instruments are weak (mean F {number(r.strength.mean_f)}, below 10)")
    if (i := r.intercept) and i.p_value < 0.05:
        found.append(
            f"Egger's intercept is not zero ({number(i.value)}, p {number(i.p_value)}): the variants "
            "act on the outcome in other ways too, and not evenly"
        )
    if (h := next(iter(r.heterogeneity), None)) and h.p_value < 0.05:
        found.append(
            f"the variants disagree more than by chance (Q {number(h.q)} on {h.df} degrees of "
            f"freedom, p {number(h.p_value)}, I2 {h.i2:.0%})"
        )
    if any(e.sign == -r.main.sign for e in r.estimates):
        against = [e.method for e in r.estimates if e.sign == -r.main.sign]
        found.append(f"the sign is the other way by {', '.join(against)}")
    if r.outliers and r.outliers.outliers:
        found.append(f"outlying variants: {', '.join(r.outliers.outliers[:10])}")
    if r.outliers and r.outliers.distortion_p is not None and r.outliers.distortion_p < 0.05:
        found.append("the outliers change the estimate")
    if r.direction and not r.direction.forward:
        found.append("the variants explain more of the outcome than of the exposure")
    if alone := influential(r.leave_one_out, r.main):
        found.append(f"the verdict hangs on single variants: {', '.join(alone[:10])}")
    return tuple(found)


def _assumptions(r: MRResult) -> tuple[str, ...]:
    x, y = r.exposure, r.outcome
    independent = (
        "The instruments are independent of each other (clumped by the given LD reference)."
        if r.independent
        else "The instruments are independent of each other (no LD reference was given to check it)."
    )
    return (
        f"Relevance: the variants affect {x} or are linked to variants that do (mean F "
        f"{number(r.strength.mean_f)}).",
        f"Independence: nothing affects both the variants and {y}, such as ancestry, parents' own "
        "genes or choice of mates.",
        f"Exclusion: the variants affect {y} only through {x}"
        + (f"; {REGISTRY[r.main.method].relaxes}." if len(r.data) > 1 else "."),
        "Both studies describe the same population; participants in both pull weak instruments "
        "towards the observed association.",
        independent,
        f"The effect of {x} on {y} is linear, and the same direction for everyone.",
        "A small lifelong genetic difference acts as the intervention that is asked about would.",
    )


def _explain(r: MRResult) -> str:
    m, x, y = r.main, r.exposure, r.outcome
    sure = m.p_value < 0.05
    way = "raises" if m.beta > 0 else "lowers"
    interval = f"95 % interval {number(m.ci_low)} to {number(m.ci_high)}, p {number(m.p_value)}"
    count = f"{len(r.data)} genetic variant{'s' if len(r.data) > 1 else ''}"
    head = (
        f"By {count}, {x} {way} {y}"
        if sure
        else f"{count[0].upper()}{count[1:]} show no effect of {x} on {y} beyond chance"
    )
    parts = [f"{head}: {number(m.beta)} {r.units} ({interval}; {m.label})."]
    if r.data.outcome_kind == "binary":
        ratio = [number(math.exp(v)) for v in (m.beta, m.ci_low, m.ci_high) if abs(v) < 700]
        if len(ratio) == 3:
            parts.append(f"As an odds ratio: {ratio[0]} ({ratio[1]} to {ratio[2]}).")
    if len(r.estimates) > 1:
        same = sum(e.sign == m.sign for e in r.estimates)
        parts.append(f"{same} of {len(r.estimates)} methods give this sign.")
    if r.concerns:
        parts.append(f"Against it: {'; '.join(r.concerns)}.")
    elif len(r.data) > 2:
        parts.append("No test of the assumptions spoke against it.")
    if r.direction and r.direction.forward:
        parts.append(
            f"The variants explain more of {x} ({r.direction.r2_exposure:.2%}) than of {y} "
            f"({r.direction.r2_outcome:.2%}), as they should."
        )
    return " ".join(parts)


def _report(r: MRResult) -> str:
    lines = [f"{r.exposure} -> {r.outcome}: {r.units}", ""]
    width = max(len(e.label) for e in r.estimates)
    lines.append(f"{'method':<{width}}  variants      beta        se  95 % interval             p")
    for e in r.estimates:
        interval = f"{number(e.ci_low)} to {number(e.ci_high)}"
        lines.append(
            f"{e.label:<{width}}  {e.n_snps:>8}  {number(e.beta):>8}  {number(e.std_error):>8}  "
            f"{interval:<22}  {number(e.p_value)}"
        )
    lines += [f"{m}: not run, {why}" for m, why in r.not_run]
    lines.append("")
    for h in r.heterogeneity:
        lines.append(
            f"heterogeneity ({h.method}): Q {number(h.q)} on {h.df}, p {number(h.p_value)}, "
            f"I2 {h.i2:.0%}"
        )
    if i := r.intercept:
        lines.append(
            f"Egger intercept: {number(i.value)} (se {number(i.std_error)}), p {number(i.p_value)}"
        )
    gx = r.strength.i2_gx
    lines.append(
        f"strength: mean F {number(r.strength.mean_f)}, weakest {number(r.strength.min_f)}"
        + (f", I2_GX {gx:.3f}" if gx is not None else "")
    )
    if o := r.outliers:
        out = ", ".join(o.outliers) or "none"
        lines.append(f"outlier test: global p {number(o.p_value)}; outliers: {out}")
        if o.corrected:
            c = o.corrected
            lines.append(
                f"  without them: {number(c.beta)} (se {number(c.std_error)}), p {number(c.p_value)}; "
                f"distortion p {number(o.distortion_p if o.distortion_p is not None else math.nan)}"
            )
    if d := r.direction:
        way = "exposure to outcome" if d.forward else "outcome to exposure"
        lines.append(f"direction: {way}, p {number(d.p_value)}")
    lines += ["", "instruments: " + ", ".join(f"{k} {v}" for k, v in r.selection.items())]
    if r.data.counts:
        lines.append("harmonised: " + ", ".join(f"{k} {v}" for k, v in r.data.counts.items()))
    lines += [f"note: {n}" for n in r.notes]
    lines += ["", r.explanation, "", "Assumptions:", *(f"- {a}" for a in r.assumptions)]
    return "\n".join(lines)
