"""Weighted regressions of the effects on the outcome on those on the exposure.

Wald ratio; inverse-variance weighting (Burgess et al., Genet Epidemiol 37:658, 2013); Egger regression
(Bowden et al., Int J Epidemiol 44:512, 2015). Weights are ``1 / sy**2``. With random effects the error
grows with the residual spread and, as usual, never shrinks with it.
"""

from __future__ import annotations

import numpy as np

from graph.errors import DataError
from queries.mr.gwas import Array
from queries.mr.methods.base import Effects, Method, MethodEstimate, Settings, conclude

__all__ = [
    "EGGER",
    "IVW",
    "IVW_FIXED",
    "IVW_UNBOUNDED",
    "WALD",
    "cochran",
    "ivw_slope",
    "least_squares",
]


def least_squares(x: Array, y: Array, sy: Array) -> tuple[Array, Array, float]:
    """Weighted least squares of ``y`` (n,) on ``x`` (n, k), weights ``1 / sy**2``.

    Returns:
        coefficients (k,), their covariance (k, k) for errors of exactly ``sy``, and the weighted sum of
        squared residuals.
    """
    a, b = x / sy[:, None], y / sy
    inverse = np.linalg.inv(a.T @ a)
    beta: Array = inverse @ (a.T @ b)
    residual = b - a @ beta
    return beta, inverse, float(residual @ residual)


def ivw_slope(e: Effects) -> float:
    """Return the inverse-variance weighted estimate alone."""
    w = e.bx / e.sy**2
    return float(w @ e.by / (w @ e.bx))


def cochran(e: Effects, beta: float) -> float:
    """Return Cochran's Q around ``beta``, first-order weights."""
    return float((((e.by - beta * e.bx) / e.sy) ** 2).sum())


def _wald(e: Effects, _: Settings) -> MethodEstimate:
    return conclude("wald", WALD.label, 1, float(e.ratio[0]), float(e.sy[0] / e.bx[0]))


def _ivw(e: Effects, method: Method, spread: str) -> MethodEstimate:
    beta, covariance, q = least_squares(e.bx[:, None], e.by, e.sy)
    df = len(e) - 1
    scale = np.sqrt(q / df)
    factor = {"fixed": 1.0, "random": max(1.0, scale), "unbounded": scale}[spread]
    se = float(np.sqrt(covariance[0, 0])) * factor
    details = {"residual_scale": float(scale)}
    return conclude(
        method.name, method.label, len(e), float(beta[0]), se, q=q, q_df=df, details=details
    )


def _egger(e: Effects, _: Settings) -> MethodEstimate:
    if np.ptp(e.bx) <= 1e-9 * float(e.bx.max()):
        raise DataError("all variants affect the exposure equally, so no line can be fitted")
    x = np.column_stack([np.ones(len(e)), e.bx])
    beta, covariance, q = least_squares(x, e.by, e.sy)
    df = len(e) - 2
    scale = float(np.sqrt(q / df))
    se = np.sqrt(np.diag(covariance)) * max(1.0, scale)
    return conclude(
        "egger", EGGER.label, len(e), float(beta[1]), float(se[1]), df=df,
        intercept=(float(beta[0]), float(se[0])), q=q, q_df=df, details={"residual_scale": scale},
    )  # fmt: skip


WALD = Method(
    "wald", "Wald ratio", 1, _wald,
    relaxes="nothing: one variant cannot be checked against another",
    assumes="the variant is a valid instrument",
    reference="Wald, Ann Math Stat 11:284, 1940",
)  # fmt: skip
IVW: Method = Method(
    "ivw", "Inverse-variance weighted (multiplicative random effects)", 2,
    lambda e, s: _ivw(e, IVW, "random"),
    relaxes="direct effects on the outcome may be there if they average to zero",
    assumes="direct effects are balanced and unrelated to the strength of the instruments",
    reference="Burgess et al., Genet Epidemiol 37:658, 2013; Bowden et al., Stat Med 36:1783, 2017",
)  # fmt: skip
IVW_FIXED: Method = Method(
    "ivw-fixed", "Inverse-variance weighted (fixed effects)", 2,
    lambda e, s: _ivw(e, IVW_FIXED, "fixed"),
    relaxes="nothing",
    assumes="every variant is a valid instrument and estimates the same effect",
    reference="Burgess et al., Genet Epidemiol 37:658, 2013",
)  # fmt: skip
IVW_UNBOUNDED: Method = Method(
    "ivw-unbounded", "Inverse-variance weighted (random effects, error may shrink)", 2,
    lambda e, s: _ivw(e, IVW_UNBOUNDED, "unbounded"),
    relaxes="direct effects on the outcome may be there if they average to zero",
    assumes="the spread of the variants is as it is measured, even when less than chance alone",
    reference="Thompson & Sharp, Stat Med 18:2693, 1999",
)  # fmt: skip
EGGER = Method(
    "egger", "Egger regression", 3, _egger,
    relaxes="every variant may have a direct effect, and these need not average to zero",
    assumes="direct effects are unrelated to the strength of the instruments (InSIDE); strengths differ",
    reference="Bowden et al., Int J Epidemiol 44:512, 2015",
)  # fmt: skip
