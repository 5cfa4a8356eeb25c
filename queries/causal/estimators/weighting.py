"""Inverse probability weighting with stabilised weights, on all rows or where both arms occur."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from graph.errors import DataError
from queries.causal.estimators.arms import FEWEST, Arms, two_arms_unfit
from queries.causal.estimators.base import Estimator, Fit, interval, spread_of
from queries.causal.overlap import arms_report, logistic
from queries.causal.results import Estimand
from queries.causal.sample import Array, Sample

__all__ = ["IPW", "TrimmedIPW"]

TOP = 0.999
"""quantile of the weights above which they are cut"""
BAND = (0.1, 0.9)
"""propensities that are kept by the trimmed estimator (Crump et al. 2009)"""


class IPW(Estimator):
    """Difference of weighted means (Hajek), propensities by a logistic regression on the adjustment set.

    Stabilised weights above their 99.9 % quantile are cut, and counted. The standard error takes into
    account that the propensities are estimated (Lunceford and Davidian 2004). Rows without an outcome
    are stood for by those like them that have one (a logistic regression too).
    """

    name: ClassVar[str] = "ipw"
    summary: ClassVar[str] = "stabilised inverse probability weights, logistic propensities"
    models_missing: ClassVar[bool] = True

    def unfit(self, estimand: Estimand, sample: Sample) -> str:
        return two_arms_unfit(estimand, sample)

    def fit(self, estimand: Estimand, sample: Sample, seed: int) -> Fit:
        arms = Arms.of(estimand, sample)
        score = logistic(arms.raw, arms.treated, arms.w)[0]
        arms, left_out = self._kept(arms, score)
        score, design, inverse = logistic(arms.raw, arms.treated, arms.w)
        score = np.clip(score, 1e-6, 1 - 1e-6)
        t, share = arms.treated, arms.mean(arms.treated)
        plain = np.where(t == 1, share / score, (1 - share) / (1 - score))
        top = np.where(t == 1, np.quantile(plain[t == 1], TOP), np.quantile(plain[t == 0], TOP))
        weights = np.minimum(plain, top)
        heard, missing = _heard(arms)
        means = []
        pull = np.zeros(len(t))
        slope = np.zeros(design.shape[1])
        for arm, sign in ((t == 1, 1.0), (t == 0, -1.0)):
            part = np.where(arm, weights * heard, 0.0)
            size = arms.mean(part)
            mean = arms.mean(part * arms.y) / size
            means.append(mean)
            pull += sign * part * (arms.y - mean) / size
            # how the difference moves with the propensity's coefficients
            bend = part * (arms.y - mean) / size * (score - 1 if sign > 0 else score)
            slope += sign * ((arms.w * bend) @ design) / len(t)
        pull += ((t - score)[:, None] * design) @ (inverse * len(t)) @ slope
        value = (means[0] - means[1]) * arms.scale
        std_error, df = spread_of(pull, arms.sample)
        std_error *= arms.scale
        low, high, p = interval(value, std_error, df)
        report = arms_report(
            arms.labels, arms.raw, t, score, weights / np.where(t == 1, share, 1 - share), arms.levels,
            arms.w,
        )  # fmt: skip
        told: dict[str, Any] = {
            "p_value": p,
            "weights": {
                "mean": arms.mean(plain), "largest": float(plain.max()),
                "cut": int(np.sum(plain > top)), "cut_at": float(weights.max()),
            },
            **missing, **left_out, **report,
        }  # fmt: skip
        return Fit(value, std_error, low, high, told)

    def _kept(self, arms: Arms, score: Array) -> tuple[Arms, dict[str, Any]]:
        return arms, {}


class TrimmedIPW(IPW):
    """As :class:`IPW`, of the rows whose propensity lies between 0.1 and 0.9 (Crump, Hotz, Imbens and
    Mitnik 2009): another population, which the report describes."""

    name: ClassVar[str] = "ipw-trimmed"
    summary: ClassVar[str] = "the same for rows that could have been in either arm"
    effect: ClassVar[str] = f"among rows with a propensity of {BAND[0]} to {BAND[1]}"

    def _kept(self, arms: Arms, score: Array) -> tuple[Arms, dict[str, Any]]:
        keep = (score >= BAND[0]) & (score <= BAND[1])
        counts = [int(np.sum(keep & arms.seen & (arms.treated == t))) for t in (0, 1)]
        if min(counts) < FEWEST:
            raise DataError(
                f"only {counts[0]} and {counts[1]} rows of the arms of {arms.sample.treatment!r} could have "
                f"been in either (propensity of {BAND[0]} to {BAND[1]})",
                where=arms.sample.where,
                hint="The arms hardly overlap: adjust for less, or take other rows.",
            )
        told = {
            "trimmed_away": {
                "rows": int((~keep).sum()),
                "below": int((score < BAND[0]).sum()), "above": int((score > BAND[1]).sum()),
                "mean_kept": _means(arms, keep), "mean_left_out": _means(arms, ~keep),
            }
        }  # fmt: skip
        sample = arms.sample.take(keep)
        varying = [k for k in range(arms.raw.shape[1]) if np.ptp(arms.raw[keep, k]) > 0]
        return (
            Arms(
                sample, [arms.labels[k] for k in varying], arms.raw[keep][:, varying],
                arms.z[keep][:, varying], arms.levels, arms.treated[keep], arms.y[keep],
                arms.centre, arms.spread, arms.order[keep],
            ),
            told,
        )  # fmt: skip


def _means(arms: Arms, rows: Any) -> dict[str, float]:
    if not rows.any():
        return {}
    return {
        label: float(np.average(column, weights=arms.w[rows]))
        for label, column in zip(arms.labels, arms.raw[rows].T, strict=True)
    }


def _heard(arms: Arms) -> tuple[Array, dict[str, Any]]:
    """What a row with an outcome stands for beside those without."""
    if arms.seen.all():
        return np.ones(len(arms.y)), {}
    columns = np.column_stack([arms.raw, arms.treated])
    chance = np.maximum(logistic(columns, arms.seen.astype(np.float64), arms.w)[0], 0.05)
    told = {
        "rows": int((~arms.seen).sum()), "handled": "weighted",
        "lowest_chance_to_be_seen": float(chance.min()),
    }  # fmt: skip
    return arms.seen / chance, {"missing_outcome": told}
