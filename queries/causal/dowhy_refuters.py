"""An estimate's checks by DoWhy (Sharma and Kiciman 2020), on the adjustment set that was found here.

DoWhy estimates by its own method; what is compared is its estimate before and after each refuter.
"""

from __future__ import annotations

import logging
import math
import warnings
from typing import Any

import numpy as np

from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from queries.causal.results import Estimate
from queries.causal.sample import prepare
from queries.causal.sensitivity import Refutation

__all__ = ["refute_with_dowhy"]

REFUTERS: dict[str, dict[str, Any]] = {
    "placebo_treatment_refuter": {"placebo_type": "permute"},
    "random_common_cause": {},
    "data_subset_refuter": {"subset_fraction": 0.8},
}
METHOD = "backdoor.linear_regression"


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
    try:
        from dowhy import CausalModel
    except ImportError:
        raise UsageError(
            "DoWhy is not installed", hint="Install it: pip install 'etiograph[estimation]'."
        ) from None
    estimand = found.estimand
    if estimand.method != "backdoor":
        raise UsageError("DoWhy's refuters are run for back-door estimates only")
    sample = prepare(estimand, data)
    labels, z = sample.covariates(estimand.adjustment)
    # its graph and formulas read names, so columns get plain ones
    names = [f"z{k}" for k in range(len(labels))]
    frame = sample.frame[[]].assign(
        x=sample.x, y=sample.y, **{n: z[:, k] for k, n in enumerate(names)}
    )
    edges = "".join(f"{n} -> x; {n} -> y; " for n in names)
    noise = logging.getLogger("dowhy")
    level = noise.level
    noise.setLevel(logging.ERROR)
    state = np.random.get_state()
    np.random.seed(seed)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = CausalModel(frame, "x", "y", graph=f"digraph {{ {edges}x -> y; }}")
            identified = model.identify_effect(proceed_when_unidentifiable=True)
            own = model.estimate_effect(identified, method_name=METHOD)
            results = [
                _one(model, identified, own, name, settings, found, simulations, seed)
                for name, settings in REFUTERS.items()
            ]
    finally:
        noise.setLevel(level)
        np.random.set_state(state)
    return tuple(results)


def _one(
    model: Any, identified: Any, own: Any, name: str, settings: dict[str, Any], found: Estimate,
    simulations: int, seed: int,
) -> Refutation:  # fmt: skip
    result = model.refute_estimate(
        identified, own, method_name=name, num_simulations=simulations, random_seed=seed,
        show_progress_bar=False, **settings,
    )  # fmt: skip
    value, before = float(result.new_effect), float(own.value)
    if not math.isfinite(value):
        raise DataError(
            f"DoWhy's {name} gave no number", hint="Run the checks of this package instead."
        )
    half = (found.ci_high - found.ci_low) / 2
    p = (result.refutation_result or {}).get("p_value") if result.refutation_result else None
    if name.startswith("placebo"):
        passed, what = abs(value) <= half, f"with the treatment permuted DoWhy finds {value:.3g}"
    else:
        passed = abs(value - before) <= half
        what = f"DoWhy's estimate moves from {before:.4g} to {value:.4g}"
    return Refutation(
        f"dowhy: {name}", bool(passed), value, None if p is None else float(np.ravel(p)[0]),
        f"{what} ({simulations} simulations; half the interval is {half:.3g})",
    )  # fmt: skip
