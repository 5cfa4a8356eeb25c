"""Sensitivity to hidden causes, and refutation."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import UsageError
from queries.causal import Estimand, estimate, identify
from queries.causal.sensitivity import _e_value, _robustness, refute, sensitivity

GRAPH = CausalGraph(directed=[("C", "X"), ("C", "Y"), ("X", "Y")])


def estimand() -> Estimand:
    found = identify(GRAPH, "X", "Y")
    assert isinstance(found, Estimand)
    return found


def draw(effect: float, n: int = 500, seed: int = 0) -> Dataset:
    rng = np.random.default_rng(seed)
    c = rng.normal(size=n)
    x = c + rng.normal(size=n)
    return Dataset(pd.DataFrame({"X": x, "Y": effect * x + c + rng.normal(size=n), "C": c}))


def test_published_numbers():
    # VanderWeele and Ding 2017: a risk ratio of 3.9 has E-value 7.26
    assert _e_value(np.log(3.9) / 0.91) == pytest.approx(7.26, abs=0.005)
    # Cinelli and Hazlett 2020, Darfur: t = 4.184, 783 degrees of freedom, robustness value 13.9 %
    assert _robustness(4.184 / np.sqrt(783)) == pytest.approx(0.139, abs=0.0005)


def test_a_strong_effect_is_robust_and_a_weak_one_is_not():
    strong = sensitivity(estimate(estimand(), draw(1.0)), draw(1.0))
    none = sensitivity(estimate(estimand(), draw(0.0)), draw(0.0))
    assert strong.robustness_value > 0.3 > none.robustness_value
    assert strong.robustness_value > strong.robustness_value_interval > 0
    assert none.robustness_value_interval == 0
    assert none.e_value_interval == 1
    assert "hidden common cause" in strong.explanation
    assert json.loads(json.dumps(strong.to_json()))["partial_r2"] > 0.2


def test_a_hidden_cause_of_just_that_strength_undoes_the_estimate():
    """Remove the hidden cause's part as the robustness value says: the estimate goes to about zero."""
    data = draw(0.3, 4000)
    found = estimate(estimand(), data, estimator="linear")
    rv = sensitivity(found, data).robustness_value
    frame = data.frame
    rest = {
        v: (r := frame[v] - np.polyval(np.polyfit(frame["C"], frame[v], 1), frame["C"])) / r.std()
        for v in ("X", "Y")
    }
    beta = float(np.mean(rest["X"] * rest["Y"]))
    left = rest["Y"] - beta * rest["X"]
    # a cause U with partial R2 = rv with X, and with Y given X
    rng = np.random.default_rng(1)
    noise = rng.normal(size=len(left))
    for column in (rest["X"], left):
        noise = noise - np.mean(noise * column) / np.mean(column**2) * column
    u = np.sqrt(rv) * rest["X"] + np.sqrt(1 - rv) * (
        np.sqrt(rv) * left / left.std() + np.sqrt(1 - rv) * noise / noise.std()
    )
    design = np.column_stack([rest["X"], u])
    assert abs(np.linalg.lstsq(design, rest["Y"], rcond=None)[0][0]) < 0.02


def test_refutations_pass_on_a_true_effect_and_are_plain_data():
    results = {r.name: r for r in refute(estimate(estimand(), draw(1.0)), draw(1.0))}
    assert set(results) == {"placebo", "random-cause", "subsets"}
    assert all(r.passed for r in results.values())
    assert results["placebo"].p_value == pytest.approx(1 / 41)
    assert abs(results["placebo"].value) < 0.05
    json.dumps([r.to_json() for r in results.values()], allow_nan=False)


def test_placebos_are_as_large_as_no_effect():
    results = {r.name: r for r in refute(estimate(estimand(), draw(0.0)), draw(0.0))}
    assert results["placebo"].p_value > 0.05


def test_only_back_door_estimates():
    graph = CausalGraph(directed=[("X", "M"), ("M", "Y")], bidirected=[("X", "Y")])
    found = identify(graph, "X", "Y")
    rng = np.random.default_rng(0)
    m = (x := rng.normal(size=200)) + rng.normal(size=200)
    data = Dataset(pd.DataFrame({"X": x, "M": m, "Y": m + rng.normal(size=200)}))
    with pytest.raises(UsageError, match="back-door"):
        sensitivity(estimate(found, data), data)
