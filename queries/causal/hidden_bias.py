"""What data say about hidden bias: Rosenbaum's bounds for matched pairs, and negative controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from queries.causal.adjusting import adjusting
from queries.causal.estimation import estimate
from queries.causal.estimators.arms import Arms, two_arms_unfit
from queries.causal.estimators.base import LEVEL
from queries.causal.estimators.matching import regression_of_rows
from queries.causal.overlap import logistic
from queries.causal.results import Estimand, Estimate, Refusal
from queries.causal.sample import Array, prepare

__all__ = ["NegativeControl", "RosenbaumBounds", "negative_control", "rosenbaum_bounds"]

CALIPER = 0.2
"""pairs differ in the logit of the propensity by at most this many of its standard deviations (Austin 2011)"""
FEWEST_PAIRS = 20
MOST_GAMMA = 100.0
SHOWN = (1.0, 1.25, 1.5, 2.0, 3.0)


@dataclass(frozen=True, slots=True)
class RosenbaumBounds:
    """How far from random the choice between two alike units may be before matched pairs say nothing.

    Attributes:
        pairs: matched, of ``treated`` treated units.
        shift: Hodges-Lehmann estimate of the treated units' effect.
        gamma: the odds of treatment of two units of a pair may differ by this factor and the two-sided p-value
            of no effect is still at most 0.05; 1 if it never is.
        p_values: the largest p-value for some factors.
    """

    pairs: int
    treated: int
    shift: float
    gamma: float
    p_values: tuple[tuple[float, float], ...]
    data_hash: str
    estimand: Estimand

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must hold, in words."""
        return (
            "Units of a pair have the same chance of treatment, but for a hidden cause of the strength told.",
            "Units are independent, and the effect on the treated is a shift.",
        )

    @property
    def explanation(self) -> str:
        """One paragraph in plain words."""
        head = (
            f"In {self.pairs} matched pairs (of {self.treated} treated units) the treated differ by "
            f"{self.shift:+.4g}. "
        )
        if self.gamma == 1.0:
            return head + "That is not distinguished from chance even without hidden bias."
        return (
            head
            + f"A hidden cause would have to change the odds of treatment by a factor of {self.gamma:.2f} "
            "or more, and almost decide the outcome, for chance to explain it (p > 0.05)."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "pairs": self.pairs, "treated": self.treated, "shift": self.shift, "gamma": self.gamma,
            "p_values": [{"gamma": g, "p_value": p} for g, p in self.p_values],
            "data_hash": self.data_hash, "explanation": self.explanation,
            "assumptions": list(self.assumptions), "estimand": self.estimand.to_json(),
        }  # fmt: skip


def rosenbaum_bounds(estimand: Estimand | Refusal, data: Dataset) -> RosenbaumBounds:
    """Bound the p-value of no effect under hidden bias, by Wilcoxon's signed ranks of matched pairs.

    Pairs: treated with untreated rows, greedily and without replacement, by the propensity of a logistic
    regression within a caliper; compared is what a linear regression among the untreated leaves of the outcome.
    Rosenbaum, Observational Studies (2002), section 4.3; Statistical Science 17:286 (2002).

    Raises:
        RefusedError: if ``estimand`` is a refusal.
        DataError: if the treatment has not two values, or fewer than 20 pairs are alike.
    """
    if isinstance(estimand, Refusal):
        estimand.raise_()
    sample = prepare(estimand, data)
    if reason := two_arms_unfit(estimand, sample):
        raise DataError(f"{estimand.query}: {reason}", where=sample.where)
    arms = Arms.of(estimand, sample)
    score = np.clip(logistic(arms.raw, arms.treated, arms.w)[0], 1e-9, 1 - 1e-9)
    rest = arms.y - regression_of_rows(arms, arms.treated == 0)
    apart = arms.spread * _pairs(np.log(score / (1 - score)), arms.treated, rest)
    if len(apart) < FEWEST_PAIRS:
        raise DataError(
            f"{len(apart)} pairs of rows are alike, and {FEWEST_PAIRS} are needed",
            where=sample.where, hint="The arms hardly overlap: adjust for less, or find more rows.",
        )  # fmt: skip
    shift = _hodges_lehmann(apart)
    signed = apart if shift >= 0 else -apart
    shown = tuple((g, _largest_p(signed, g)) for g in SHOWN)
    return RosenbaumBounds(
        len(apart), int(arms.treated.sum()), shift / (arms.levels[1] - arms.levels[0]),
        _gamma(signed), shown, data.hash, estimand,
    )  # fmt: skip


def _pairs(logit: Array, treated: Array, y: Array) -> Array:
    """Differences of outcome within pairs; treated rows with the highest propensity choose first."""
    caliper = CALIPER * float(logit.std())
    free = np.flatnonzero(treated == 0)
    free = free[np.argsort(logit[free], kind="stable")]
    places, left = logit[free], np.ones(len(free), bool)
    chosen = np.flatnonzero(treated == 1)
    apart = []
    for row in chosen[np.argsort(-logit[chosen], kind="stable")]:
        low, high = np.searchsorted(places, [logit[row] - caliper, logit[row] + caliper + 1e-12])
        near = low + np.flatnonzero(left[low:high])
        if len(near):
            mate = near[np.argmin(np.abs(places[near] - logit[row]))]
            left[mate] = False
            apart.append(y[row] - y[free[mate]])
    return np.array(apart)


def _hodges_lehmann(apart: Array) -> float:
    """The median of all means of two differences (of evenly chosen ones, if there are very many)."""
    chosen = np.sort(apart)[np.linspace(0, len(apart) - 1, min(len(apart), 2000)).astype(int)]
    first, second = np.triu_indices(len(chosen))
    return float(np.median((chosen[first] + chosen[second]) / 2))


def _largest_p(apart: Array, gamma: float) -> float:
    """The largest two-sided p-value of Wilcoxon's statistic if the odds within pairs differ by ``gamma``."""
    from scipy import special, stats

    kept = apart[apart != 0]
    if not len(kept):
        return 1.0
    ranks = stats.rankdata(np.abs(kept))
    seen = float(ranks[kept > 0].sum())
    chance = gamma / (1 + gamma)
    mean, variance = chance * ranks.sum(), chance * (1 - chance) * float(ranks @ ranks)
    return min(1.0, 2 * float(special.ndtr(-(seen - mean) / np.sqrt(variance))))


def _gamma(apart: Array) -> float:
    """The factor at which the largest p-value reaches 0.05."""
    from scipy import optimize

    most = 1 - LEVEL
    if _largest_p(apart, 1.0) > most:
        return 1.0
    if _largest_p(apart, MOST_GAMMA) <= most:
        return MOST_GAMMA
    return float(optimize.brentq(lambda g: _largest_p(apart, g) - most, 1.0, MOST_GAMMA))


@dataclass(frozen=True, slots=True)
class NegativeControl:
    """An effect that is known not to be there, estimated as the effect of interest was.

    Attributes:
        name: of the control.
        estimate: its "effect", by the same adjustment set and estimator.
        passed: whether its interval holds zero.
    """

    name: str
    estimate: Estimate
    passed: bool
    assumptions: tuple[str, ...]

    @property
    def explanation(self) -> str:
        """One paragraph in plain words."""
        e = self.estimate
        x, y = e.estimand.treatment[0], e.estimand.outcome[0]
        verdict = (
            "nothing is found where nothing should be"
            if self.passed
            else "something is found where nothing should be: what is adjusted for is not enough, or rows were "
            "selected"
        )
        return (
            f"{x} should not affect {y}; estimated in the same way it does by {e.value:+.4g} ({e.ci_low:+.4g} to "
            f"{e.ci_high:+.4g}): {verdict}."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name, "passed": self.passed, "estimate": self.estimate.to_json(),
            "explanation": self.explanation, "assumptions": list(self.assumptions),
        }  # fmt: skip


def negative_control(
    found: Estimate, data: Dataset, control: str, *, role: str = "outcome", seed: int = 0
) -> NegativeControl:
    """Estimate an effect that should be none, with the estimate's own adjustment set and estimator (Lipsitch,
    Tchetgen Tchetgen and Cohen, Epidemiology 21:383, 2010).

    Args:
        control: a column. As ``outcome``: what the treatment cannot change but its hidden causes could; as
            ``treatment``: what cannot change the outcome but shares its hidden causes.

    Raises:
        UsageError: for an estimate that is no back-door one, a control that is part of the question, or another role.
        DataError: if these data cannot give the number.
    """
    if role not in ("outcome", "treatment"):
        raise UsageError(f"a control is an outcome or a treatment, not {role!r}")
    if found.estimand.method != "backdoor":
        raise UsageError("negative controls are for back-door estimates")
    x, y = found.estimand.treatment[0], found.estimand.outcome[0]
    if control in (x, y, *found.estimand.adjustment):
        raise UsageError(
            f"{control!r} is part of the question, and cannot be its control",
            hint="Name a column that is neither treatment, outcome nor adjusted for.",
        )
    ends = (x, control) if role == "outcome" else (control, y)
    again = estimate(
        adjusting(*ends, found.estimand.adjustment), data, estimator=found.estimator, seed=seed
    )
    what = (
        f"{x} does not affect {control}, and hidden causes of {x} and {y} affect it too."
        if role == "outcome"
        else f"{control} does not affect {y}, and is affected by hidden causes of {x} and {y}."
    )
    return NegativeControl(control, again, again.ci_low <= 0 <= again.ci_high, (what,))
