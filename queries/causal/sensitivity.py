"""How much would have to be wrong to undo an estimate, and checks that it should survive."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from queries.causal.adjusting import adjusting
from queries.causal.estimation import estimate
from queries.causal.estimators.nuisance import quick
from queries.causal.results import Estimand, Estimate
from queries.causal.sample import Array, Sample, prepare

__all__ = ["Benchmark", "Refutation", "Sensitivity", "refute", "sensitivity"]

PLACEBOS = 40
SUBSETS = 20


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A hidden common cause as strong as something that is adjusted for: the largest shares of the rest of
    treatment and outcome that it could explain (Cinelli and Hazlett 2020, section 4.4)."""

    name: str
    treatment: float
    outcome: float
    left: float
    """the estimate that would be left"""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name, "treatment": self.treatment, "outcome": self.outcome, "left": self.left,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What a hidden common cause would have to be.

    Attributes:
        robustness_value: share of the residual variance of both treatment and outcome that a hidden
            common cause must explain to bring the estimate to zero (Cinelli and Hazlett 2020, eq. 18).
        robustness_value_interval: the same, to bring the nearer end of the interval to zero.
        partial_r2: share of the outcome's residual variance that the treatment explains.
        e_value: risk ratio that a hidden common cause must have with both, for the estimate; the
            outcome's standardised difference (per standard deviation of a treatment of many values) is turned
            into a risk ratio (VanderWeele and Ding 2017).
        e_value_interval: the same for the nearer end of the interval; 1 if the interval holds zero.
        value, scale: the estimate, and what a hidden cause's shares are multiplied with to give its bias.
        benchmarks: hidden causes as strong as each of what is adjusted for, the strongest first.
    """

    robustness_value: float
    robustness_value_interval: float
    partial_r2: float
    e_value: float
    e_value_interval: float
    value: float
    scale: float
    benchmarks: tuple[Benchmark, ...] = ()

    def adjusted(self, treatment: Any, outcome: Any) -> Any:
        """Return the estimate that would be left if a hidden common cause explained these shares of the rest of
        treatment and outcome, and all of its bias went away from zero (eq. 12); numbers or arrays."""
        bias = self.scale * np.sqrt(outcome * treatment / (1 - treatment))
        return self.value - np.sign(self.value) * bias

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must hold, in words."""
        return (
            "The effect of treatment and of hidden causes is about linear, given what is adjusted for.",
            "The hidden cause biases the estimate away from zero, which is the worst that it could do.",
        )

    @property
    def explanation(self) -> str:
        """One paragraph in plain words."""
        strongest = ""
        if self.benchmarks:
            b = self.benchmarks[0]
            strongest = f" One as strong as {b.name} would leave {b.left:+.4g}."
        return (
            f"A hidden common cause that explains {self.robustness_value:.1%} of what is left of both "
            f"treatment and outcome would bring the estimate to zero, {self.robustness_value_interval:.1%} "
            f"its interval. As risk ratios: {self.e_value:.2f} for the estimate, "
            f"{self.e_value_interval:.2f} for the interval.{strongest}"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "robustness_value": self.robustness_value,
            "robustness_value_interval": self.robustness_value_interval,
            "partial_r2": self.partial_r2,
            "e_value": self.e_value,
            "e_value_interval": self.e_value_interval,
            "benchmarks": [b.to_json() for b in self.benchmarks],
            "explanation": self.explanation,
            "assumptions": list(self.assumptions),
        }


@dataclass(frozen=True, slots=True)
class Refutation:
    """A check that the estimate had to survive.

    Attributes:
        name: ``placebo``, ``random-cause`` or ``subsets``.
        passed: whether it did.
        value: mean of the estimates under the check.
        p_value: how often chance alone gives what was seen; None where it does not apply.
        explanation: what was done and found.
    """

    name: str
    passed: bool
    value: float
    p_value: float | None
    explanation: str

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name, "passed": self.passed, "value": self.value,
            "p_value": self.p_value, "explanation": self.explanation,
        }  # fmt: skip


def sensitivity(found: Estimate, data: Dataset) -> Sensitivity:
    """Say what a hidden common cause would have to be to undo a back-door estimate.

    Raises:
        UsageError: if the estimand is not a back-door one.
        DataError: if the outcome does not vary.

    Source: Cinelli and Hazlett, JRSS B 82:39 (2020); VanderWeele and Ding, Ann. Intern. Med. 167:268.
    """
    if found.estimand.method != "backdoor":
        raise UsageError("sensitivity is told for back-door estimates only")
    df = max(1, found.n - 2 - len(found.estimand.adjustment))
    t = abs(found.value) / found.std_error if found.std_error > 0 else math.inf
    half = (found.ci_high - found.ci_low) / 2
    nearest = max(0.0, t - half / found.std_error) if found.std_error > 0 else math.inf
    sample = prepare(found.estimand, data)
    spread = float(sample.y.std())
    if spread == 0:
        raise DataError("the outcome does not vary", where=data.path or data.name)
    ends = sorted((abs(found.ci_low), abs(found.ci_high)))
    end = 0.0 if found.ci_low <= 0 <= found.ci_high else ends[0]
    levels = np.unique(sample.x)
    contrast = float(np.ptp(levels) if len(levels) == 2 else sample.x.std())
    scale = found.std_error * math.sqrt(df)
    told = Sensitivity(
        _robustness(t / math.sqrt(df)),
        _robustness(nearest / math.sqrt(df)),
        t * t / (t * t + df) if math.isfinite(t) else 1.0,
        _e_value(abs(found.value) * contrast / spread),
        _e_value(end * contrast / spread),
        found.value,
        scale,
    )
    return replace(told, benchmarks=_benchmarks(told, sample, found.estimand.adjustment))


def _benchmarks(told: Sensitivity, sample: Sample, names: tuple[str, ...]) -> tuple[Benchmark, ...]:
    """A hidden cause as strong as each column adjusted for (eq. 51 and 52, with both factors one)."""
    columns = {n: sample.covariates((n,))[1] for n in names}
    found = []
    for name in names:
        others = [np.ones((sample.n, 1)), *(c for n, c in columns.items() if n != name)]
        with_x = _share(sample.x, np.hstack(others), columns[name])
        with_y = _share(sample.y, np.hstack([*others, sample.x[:, None]]), columns[name])
        if with_x >= 0.5 or with_y >= 1:
            continue  # no hidden cause can be that strong again
        shared = with_x**2 / (1 - with_x) ** 2
        treatment = with_x / (1 - with_x)
        factor = (1 + math.sqrt(shared)) ** 2 / (1 - shared)
        outcome = min(1.0, factor * with_y / (1 - with_y))
        found.append(Benchmark(name, treatment, outcome, float(told.adjusted(treatment, outcome))))
    return tuple(sorted(found, key=lambda b: (-b.treatment * b.outcome, b.name)))


def _share(target: Array, design: Array, columns: Array) -> float:
    """The share of what ``design`` leaves of ``target`` that ``columns`` explain."""

    def rest(design: Array) -> float:
        left = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
        return float(left @ left)

    before = rest(design)
    return 1 - rest(np.hstack([design, columns])) / before if before > 0 else 0.0


def _robustness(f: float) -> float:
    """Eq. 18 with q = 1: (sqrt(f^4 + 4 f^2) - f^2) / 2."""
    if not math.isfinite(f):
        return 1.0
    return (math.sqrt(f**4 + 4 * f**2) - f**2) / 2


def _e_value(standardised: float) -> float:
    """RR = exp(0.91 d); E = RR + sqrt(RR (RR - 1))."""
    ratio = math.exp(0.91 * standardised)
    return ratio + math.sqrt(ratio * (ratio - 1))


def refute(found: Estimate, data: Dataset, *, seed: int = 0) -> tuple[Refutation, ...]:
    """Check an estimate: a permuted treatment must do nothing, a random covariate and leaving out a
    fifth of the rows must change little.

    The checks are those of DoWhy's refuters (Sharma and Kiciman 2020), done with the same estimator; its
    regressions go without the learners that are slow to fit, and ``aipw`` stands in for ``gp``.

    Raises:
        DataError: if the data are not those of the estimate.
    """
    rng = np.random.default_rng(seed)
    estimand, frame, x = found.estimand, data.frame, found.estimand.treatment[0]
    needed = sorted({*estimand.asked, *estimand.adjustment, *estimand.expression.variables})
    whole = frame[needed].dropna()

    def again(table: Any, asked: Estimand = estimand) -> Estimate | None:
        by = "aipw" if found.estimator == "gp" else found.estimator
        try:
            with quick():
                return estimate(asked, Dataset(table), estimator=by, seed=seed)
        except DataError:
            return None  # a resample without overlap says nothing either way

    placebos = [
        e for _ in range(PLACEBOS) if (e := again(whole.assign(**{x: rng.permutation(whole[x])})))
    ]
    subsets = [
        e for i in range(SUBSETS) if (e := again(whole.sample(frac=0.8, random_state=seed + i)))
    ]
    results = []
    if placebos:
        values = np.array([e.value for e in placebos])
        larger = float((1 + np.sum(np.abs(values) >= abs(found.value))) / (1 + len(values)))
        centred = abs(values.mean()) <= 4 * values.std(ddof=1) / math.sqrt(len(values))
        results.append(
            Refutation(
                "placebo", bool(centred), float(values.mean()), larger,
                f"with the treatment permuted {len(values)} times the estimate averages "
                f"{values.mean():.3g}; {larger:.0%} of such placebos would be as large as the estimate",
            )
        )  # fmt: skip
    if estimand.method == "backdoor":
        y = estimand.outcome[0]
        wider = adjusting(x, y, (*estimand.adjustment, "__random"))
        moved = again(whole.assign(__random=rng.normal(size=len(whole))), wider)
        before = again(whole)
        if moved is not None and before is not None:
            change = abs(moved.value - before.value)
            results.append(
                Refutation(
                    "random-cause", change <= found.std_error, moved.value, None,
                    f"adjusting for a random variable as well moves the estimate by {change:.3g}, "
                    f"{change / found.std_error:.0%} of its standard error",
                )
            )  # fmt: skip
    if subsets:
        values = np.array([e.value for e in subsets])
        inside = float(np.mean((values >= found.ci_low) & (values <= found.ci_high)))
        results.append(
            Refutation(
                "subsets", inside >= 0.9, float(values.mean()), None,
                f"{inside:.0%} of {len(values)} estimates from four fifths of the rows lie in the interval",
            )
        )  # fmt: skip
    return tuple(results)
