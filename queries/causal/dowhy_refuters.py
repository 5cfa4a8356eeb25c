"""An estimate's checks by DoWhy (Sharma and Kiciman 2020), on the adjustment set that was found here.

DoWhy estimates by its own method; what is compared is its estimate before and after each refuter.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from graph.dataset import Dataset
from graph.errors import UsageError
from queries.causal.results import Estimate
from queries.causal.sample import prepare
from queries.causal.sensitivity import Refutation

__all__ = ["linear_estimate", "refute_with_dowhy"]


def refute_with_dowhy(
    found: Estimate, data: Dataset, *, simulations: int = 40, seed: int = 0
) -> tuple[Refutation, ...]:
    """Return the results of DoWhy's placebo, random-cause and subset refuters.

    A check passes if a permuted treatment does nothing, and if a random cause and subsets of four fifths of
    the rows leave the estimate within the interval of ``found``.

    Raises:
        UsageError: without ``dowhy``, or for an estimate that is no back-door one.
        DataError: if the data are not those of the estimate.
    """
    _installed()
    estimand = found.estimand
    if estimand.method != "backdoor":
        raise UsageError("DoWhy's refuters are run for back-door estimates only")
    sample = prepare(estimand, data)
    labels, z = sample.covariates(estimand.adjustment)
    # its formulas read names, so columns get plain ones
    names = [f"z{k}" for k in range(len(labels))]
    frame = pd.DataFrame(
        {"x": sample.x, "y": sample.y, **{n: z[:, k] for k, n in enumerate(names)}}
    )
    half = (found.ci_high - found.ci_low) / 2
    state = np.random.get_state()
    np.random.seed(seed)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _refuted(frame, names, half, simulations, seed)
    finally:
        np.random.set_state(state)


def linear_estimate(
    frame: pd.DataFrame, treatment: str, outcome: str, names: list[str]
) -> tuple[Any, Any]:
    """Return DoWhy's estimand of an adjustment set, and its estimate by linear regression."""
    from dowhy import EstimandType
    from dowhy.causal_estimators.linear_regression_estimator import LinearRegressionEstimator
    from dowhy.causal_identifier.identified_estimand import IdentifiedEstimand

    target: Any = IdentifiedEstimand(
        None, [treatment], [outcome], estimand_type=EstimandType.NONPARAMETRIC_ATE,
        estimands={"backdoor": {}}, backdoor_variables={"backdoor": names},
        default_backdoor_id="backdoor", identifier_method="backdoor",
    )  # fmt: skip
    estimator: Any = LinearRegressionEstimator(target, confidence_intervals=True)
    return target, estimator.fit(frame).estimate_effect(frame, confidence_intervals=True)


def _installed() -> None:
    try:
        import dowhy  # noqa: F401
    except ImportError:
        raise UsageError(
            "DoWhy is not installed", hint="Install it: pip install 'etiograph[estimation]'."
        ) from None


def _refuted(
    frame: pd.DataFrame, names: list[str], half: float, simulations: int, seed: int
) -> tuple[Refutation, ...]:
    from dowhy.causal_refuters import data_subset_refuter, random_common_cause
    from dowhy.causal_refuters.placebo_treatment_refuter import (
        PlaceboType,
        refute_placebo_treatment,
    )

    target, own = linear_estimate(frame, "x", "y", names)
    common = {"num_simulations": simulations, "random_state": np.random.RandomState(seed)}
    results = []
    runs: tuple[tuple[str, Callable[[], Any]], ...] = (
        (
            "placebo",
            lambda: refute_placebo_treatment(
                frame, target, own, ["x"], placebo_type=PlaceboType.PERMUTE, **common
            ),
        ),
        (
            "random-cause",
            lambda: random_common_cause.refute_random_common_cause(frame, target, own, **common),
        ),
        (
            "subsets",
            lambda: data_subset_refuter.refute_data_subset(
                frame, target, own, subset_fraction=0.8, **common
            ),
        ),
    )
    for name, run in runs:
        result = run()
        value, before = float(result.new_effect), float(own.value)
        if name == "placebo":
            passed, what = abs(value) <= half, f"with the treatment permuted it finds {value:.3g}"
        else:
            passed = abs(value - before) <= half
            what = f"its estimate moves from {before:.4g} to {value:.4g}"
        told = result.refutation_result or {}
        p = told.get("p_value")
        results.append(
            Refutation(
                f"dowhy-{name}", bool(passed), value, None if p is None else float(np.ravel(p)[0]),
                f"DoWhy, {simulations} times: {what}; half the interval is {half:.3g}",
            )
        )  # fmt: skip
    return tuple(results)
