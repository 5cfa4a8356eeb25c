"""Several exposures at once (Burgess & Thompson, Am J Epidemiol 181:251, 2015; Sanderson et al., Int J
Epidemiol 48:713, 2019): the direct effect of each, the others held fixed.

Weighted regression, without intercept, of the effects on the outcome on those on all exposures. A
conditional F of an exposure measures how much of it the variants predict beyond the others, with
exposures measured in separate samples (no covariance of their errors).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from graph.errors import DataError, UsageError
from queries.mr.clumping import LD, clump
from queries.mr.gwas import GWAS, Array
from queries.mr.harmonising import harmonise
from queries.mr.methods import MethodEstimate
from queries.mr.methods.base import conclude
from queries.mr.methods.regression import least_squares
from queries.mr.reading import read_gwas
from queries.mr.results import clean_json, number
from queries.mr.running import THRESHOLD

__all__ = ["MultivariableResult", "multivariable", "multivariable_arrays"]

_LABEL = "Multivariable inverse-variance weighted"


@dataclass(frozen=True, slots=True)
class MultivariableResult:
    """Direct effects of several exposures on one outcome.

    Attributes:
        estimates: (exposure, estimate) in the order given; ``n_snps`` counts all variants used and
            ``details["own_snps"]`` those that are instruments of this exposure itself.
        conditional_f: by exposure; below 10 the exposure is only weakly told apart from the others.
        q: of all variants around the fit, with ``df`` and ``p_value``.
        snps: the variants used, sorted.
    """

    exposures: tuple[str, ...]
    outcome: str
    estimates: tuple[tuple[str, MethodEstimate], ...]
    conditional_f: Mapping[str, float]
    q: float
    df: int
    p_value: float
    snps: tuple[str, ...]
    notes: tuple[str, ...]
    data_hash: str

    def __hash__(self) -> int:
        return hash((self.data_hash, self.exposures, self.outcome))

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must hold."""
        names = ", ".join(self.exposures)
        return (
            f"Relevance: the variants predict each of {names} beyond the others (conditional F).",
            f"Independence: nothing affects both the variants and {self.outcome}.",
            f"Exclusion: the variants affect {self.outcome} only through {names}; other ways are "
            "balanced around zero.",
            "The exposures act linearly and do not change each other's effects.",
            "The instruments are independent of each other.",
        )

    @property
    def explanation(self) -> str:
        """One paragraph in plain words."""
        parts = []
        for name, e in self.estimates:
            others = " and ".join(x for x in self.exposures if x != name)
            way = "raises" if e.beta > 0 else "lowers"
            verdict = f"{way} {self.outcome}" if e.p_value < 0.05 else "has no effect beyond chance"
            parts.append(
                f"With {others} held fixed, {name} {verdict}: {number(e.beta)} (95 % interval "
                f"{number(e.ci_low)} to {number(e.ci_high)}, p {number(e.p_value)})."
            )
        weak = [x for x, f in self.conditional_f.items() if f < 10]
        if weak:
            parts.append(
                f"The variants hardly tell {', '.join(weak)} apart (conditional F below 10)."
            )
        if self.p_value < 0.05:
            parts.append("The variants disagree more than by chance.")
        return " ".join(parts)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        plain: dict[str, Any] = clean_json({
            "exposures": list(self.exposures),
            "outcome": self.outcome,
            "estimates": [{"exposure": x, **e.to_json()} for x, e in self.estimates],
            "conditional_f": dict(self.conditional_f),
            "heterogeneity": {"q": self.q, "df": self.df, "p_value": self.p_value},
            "snps": list(self.snps),
            "notes": list(self.notes),
            "explanation": self.explanation,
            "assumptions": list(self.assumptions),
            "data_hash": self.data_hash,
        })  # fmt: skip
        return plain

    def to_text(self) -> str:
        """A report for a terminal."""
        width = max(len(x) for x in self.exposures)
        lines = [f"{_LABEL}, {len(self.snps)} variants, outcome {self.outcome}", ""]
        for name, e in self.estimates:
            lines.append(
                f"{name:<{width}}  {number(e.beta):>8}  se {number(e.std_error):>8}  "
                f"{number(e.ci_low)} to {number(e.ci_high)}  p {number(e.p_value)}  "
                f"conditional F {number(self.conditional_f[name])}"
            )
        lines += ["", self.explanation, "", "Assumptions:", *(f"- {a}" for a in self.assumptions)]
        return "\n".join(lines)


def multivariable(
    exposures: Sequence[GWAS | str | Path],
    outcome: GWAS | str | Path,
    *,
    p: float | None = THRESHOLD,
    ld: LD | None = None,
    r2: float = 0.001,
    kb: float = 10_000,
    palindromes: str = "infer",
) -> MultivariableResult:
    """Return the direct effect of each exposure on the outcome.

    Instruments are the variants below ``p`` for any exposure, clumped by their smallest p-value where
    there is a reference, that all exposures and the outcome have; None takes all variants. The first
    exposure's effect alleles are used.

    Raises:
        UsageError: with fewer than two exposures, or two of one name.
        DataError: without instruments, or with too few for so many exposures.
        InputError: if a file cannot be read.
    """
    studies = [g if isinstance(g, GWAS) else read_gwas(g) for g in exposures]
    names = tuple(g.trait for g in studies)
    if len(studies) < 2 or len(set(names)) < len(names):
        raise UsageError(
            "multivariable Mendelian randomization needs two or more exposures of different names"
        )
    last = outcome if isinstance(outcome, GWAS) else read_gwas(outcome)
    wanted, notes = _instruments(studies, p, ld, r2, kb)
    first = studies[0].only(wanted)
    # the first against each other exposure and the outcome; then only what all of them have
    pieces = [
        harmonise(first, g.only(wanted), palindromes=palindromes, keep_zero=True).frame.set_index(
            "snp"
        )
        for g in (*studies[1:], last)
    ]
    common = [{str(s) for s in f.index} for f in pieces]
    shared = sorted(set.intersection(*common))
    if len(shared) < len(wanted):
        notes.append(f"{len(wanted) - len(shared)} of {len(wanted)} instruments could not be used")
    tables = [f.loc[shared] for f in pieces]
    frame = tables[0]
    x = [_numbers(frame, "beta_exposure"), *(_numbers(t, "beta_outcome") for t in tables[:-1])]
    sx = [_numbers(frame, "se_exposure"), *(_numbers(t, "se_outcome") for t in tables[:-1])]
    px = [_numbers(frame, "p_exposure"), *(_numbers(t, "p_outcome") for t in tables[:-1])]
    y, sy = _numbers(tables[-1], "beta_outcome"), _numbers(tables[-1], "se_outcome")
    own = [int((v < p).sum()) if p is not None else len(shared) for v in px]
    return multivariable_arrays(
        names, np.column_stack(x), np.column_stack(sx), last.trait, y, sy, shared, own, tuple(notes)
    )


def multivariable_arrays(
    exposures: Sequence[str],
    bx: Array,
    sx: Array,
    outcome: str,
    by: Array,
    sy: Array,
    snps: Sequence[str] = (),
    own: Sequence[int] = (),
    notes: tuple[str, ...] = (),
) -> MultivariableResult:
    """Return the result for effects that speak of the same alleles already.

    Args:
        bx: effects on the exposures, shape (variants, exposures); ``sx`` their errors.
        by: effects on the outcome, shape (variants,); ``sy`` their errors.
        own: how many variants are instruments of each exposure itself.

    Raises:
        DataError: with too few variants, or exposures the variants cannot tell apart.
    """
    n, k = bx.shape
    if n <= k:
        raise DataError(
            f"{n} shared variants are too few for {k} exposures",
            where=f"{', '.join(exposures)} on {outcome}",
            hint=f"At least {k + 1} are needed: use a larger p-value threshold or fewer exposures.",
        )
    if np.linalg.matrix_rank(bx / sy[:, None]) < k:
        raise DataError(
            "the variants cannot tell the exposures apart: their effects depend on each other exactly",
            where=", ".join(exposures),
            hint="Leave one of the exposures out.",
        )
    beta, covariance, q = least_squares(bx, by, sy)
    df = n - k
    se = np.sqrt(np.diag(covariance)) * max(1.0, float(np.sqrt(q / df)))
    estimates = []
    for i, name in enumerate(exposures):
        details = {"own_snps": own[i]} if own else {}
        fit = conclude(
            "multivariable", _LABEL, n, float(beta[i]), float(se[i]), q=q, q_df=df, details=details
        )
        estimates.append((name, fit))
    digest = hashlib.sha256(np.ascontiguousarray(np.column_stack([bx, sx, by, sy])).tobytes())
    return MultivariableResult(
        tuple(exposures), outcome, tuple(estimates), _conditional_f(exposures, bx, sx), q, df,
        float(estimates[0][1].q_p or 0.0), tuple(snps), notes, digest.hexdigest(),
    )  # fmt: skip


def _conditional_f(exposures: Sequence[str], bx: Array, sx: Array) -> dict[str, float]:
    n, k = bx.shape
    found = {}
    for i, name in enumerate(exposures):
        rest = [j for j in range(k) if j != i]
        delta, *_ = np.linalg.lstsq(bx[:, rest], bx[:, i], rcond=None)
        residual = bx[:, i] - bx[:, rest] @ delta
        variance = sx[:, i] ** 2 + (sx[:, rest] ** 2) @ delta**2
        found[name] = float((residual**2 / variance).sum() / (n - (k - 1)))
    return found


def _instruments(
    studies: Sequence[GWAS], p: float | None, ld: LD | None, r2: float, kb: float
) -> tuple[list[str], list[str]]:
    frames = [g.frame if p is None else g.significant(p).frame for g in studies]
    whole = pd.concat(frames, ignore_index=True).sort_values(["p", "snp"], kind="stable")
    best = whole.drop_duplicates("snp").reset_index(drop=True)
    if not len(best):
        raise DataError(
            f"no variant is associated with any of the exposures at p < {p:g}",
            hint="Use a larger threshold.",
        )
    notes = []
    joint = GWAS(best, "exposures")
    if ld is not None:
        joint = clump(joint, ld, r2=r2, kb=kb).gwas
    else:
        notes.append("no LD reference was given: the instruments are taken as independent")
    return sorted(joint.text("snp")), notes


def _numbers(frame: pd.DataFrame, name: str) -> Array:
    values: Array = frame[name].to_numpy(np.float64)
    return values
