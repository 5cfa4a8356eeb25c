"""Rosenbaum's bounds, negative controls, the specification curve and DoWhy's refuters."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError, RefusedError, UsageError
from queries.causal import estimate
from queries.causal.adjusting import adjusting
from queries.causal.hidden_bias import _gamma, _largest_p, negative_control, rosenbaum_bounds
from queries.causal.specification import specification_curve

ESTIMAND = adjusting("X", "Y", ("C",))
GRAPH = CausalGraph(
    directed=[("C", "X"), ("C", "M"), ("M", "Y"), ("X", "Y"), ("D", "Y")],
)


def draw(seed: int, effect: float = 1.0, hidden: float = 0.0, n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    c, u, d = rng.normal(size=(3, n))
    x = (rng.random(n) < 1 / (1 + np.exp(-0.8 * c - hidden * u))).astype(float)
    m = c + 0.3 * rng.normal(size=n)
    y = effect * x + m + d + 2 * hidden * u + rng.normal(size=n)
    control = c + 2 * hidden * u + rng.normal(size=n)
    return pd.DataFrame({"X": x, "Y": y, "C": c, "M": m, "D": d, "N": control})


def test_without_bias_it_is_the_signed_rank_test():
    apart = np.random.default_rng(0).normal(0.2, 1, 150)
    reference = stats.wilcoxon(apart, method="asymptotic").pvalue
    assert _largest_p(apart, 1.0) == pytest.approx(reference, rel=1e-6)
    assert _largest_p(apart, 2.0) > _largest_p(apart, 1.2) > reference
    assert _largest_p(apart, _gamma(apart)) == pytest.approx(0.05)


def test_the_bound_is_kept_under_bias_of_its_strength():
    """No effect, and within pairs the larger of two outcomes is treated with odds of two to one."""
    wrong = naive = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        sizes = np.abs(rng.normal(size=120))
        apart = np.where(rng.random(120) < 2 / 3, sizes, -sizes)
        naive += _largest_p(apart, 1.0) <= 0.05
        wrong += _largest_p(apart, 2.0) <= 0.05
    assert naive > 250
    assert wrong <= 300 * 0.05 + 3.5 * (300 * 0.0475) ** 0.5


def test_strong_effects_take_more_bias_and_none_takes_none():
    strong = rosenbaum_bounds(ESTIMAND, Dataset(draw(1, effect=2.0)))
    weak = rosenbaum_bounds(ESTIMAND, Dataset(draw(1, effect=0.7)))
    none = rosenbaum_bounds(ESTIMAND, Dataset(draw(5, effect=0.0)))
    assert strong.gamma > weak.gamma > 1 == none.gamma
    assert abs(strong.shift - 2) < 0.6
    flipped = rosenbaum_bounds(ESTIMAND, Dataset(draw(1, effect=2.0).assign(Y=lambda f: -f["Y"])))
    assert flipped.gamma == pytest.approx(strong.gamma)
    assert flipped.shift == -strong.shift
    plain = json.loads(json.dumps(strong.to_json(), allow_nan=False))
    assert plain["assumptions"]
    assert "matched pairs" in plain["explanation"]
    assert "even without hidden bias" in none.explanation
    with pytest.raises(DataError, match="two values"):
        rosenbaum_bounds(ESTIMAND, Dataset(draw(1).assign(X=np.arange(400.0))))


def test_pairs_without_an_effect_rarely_differ():
    found = [rosenbaum_bounds(ESTIMAND, Dataset(draw(s, effect=0.0))).gamma for s in range(60)]
    assert sum(g > 1 for g in found) <= 60 * 0.05 + 3.5 * (60 * 0.0475) ** 0.5


def test_a_control_finds_hidden_causes_and_nothing_without_them():
    clean, biased = Dataset(draw(2)), Dataset(draw(2, hidden=1.0))
    passed = negative_control(estimate(ESTIMAND, clean), clean, "N")
    failed = negative_control(estimate(ESTIMAND, biased), biased, "N")
    assert passed.passed
    assert not failed.passed
    assert "nothing is found" in passed.explanation
    assert "not enough" in failed.explanation
    assert failed.to_json()["assumptions"]
    turned = negative_control(estimate(ESTIMAND, biased), biased, "N", role="treatment")
    assert not turned.passed
    assert turned.estimate.estimand.treatment == ("N",)
    for control, words in (("C", "part of the question"), ("Y", "part of the question")):
        with pytest.raises(UsageError, match=words):
            negative_control(estimate(ESTIMAND, clean), clean, control)
    with pytest.raises(UsageError, match="an outcome or a treatment"):
        negative_control(estimate(ESTIMAND, clean), clean, "N", role="cause")


def test_the_curve_takes_every_set_and_estimator():
    data = Dataset(draw(3))
    quick = ["linear", "ipw", "plug-in"]
    found = specification_curve(GRAPH, "X", "Y", data, estimators=quick)
    sets = {r.adjustment for r in found.rows}
    assert {("C",), ("M",)} <= sets
    assert found.complete
    assert {name for name, _, _ in found.left_out} == {"plug-in"}
    assert len(found.rows) == 2 * len(sets)
    assert all(r.ci_low < 1 < r.ci_high for r in found.rows)
    assert set(found.choices) >= {"linear", "ipw", "C", "M"}
    plain = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert plain["assumptions"]
    assert f"{len(found.rows)} of {len(found.rows)}" in plain["explanation"]
    chosen = specification_curve(GRAPH, "X", "Y", data, estimators=["linear"], adjustments=[["M"]])
    assert [r.adjustment for r in chosen.rows] == [("M",)]
    alone = estimate(adjusting("X", "Y", ("M",)), data, estimator="linear")
    assert chosen.rows[0].value == alone.value


def test_what_no_curve_can_be_drawn_of():
    data = Dataset(draw(3))
    with pytest.raises(UsageError, match="no estimator 'magic'"):
        specification_curve(GRAPH, "X", "Y", data, estimators=["magic"])
    with pytest.raises(UsageError, match="adjusting for nothing"):
        specification_curve(GRAPH, "X", "Y", data, adjustments=[[]])
    bow = CausalGraph(directed=[("X", "Y")], bidirected=[("X", "Y")])
    with pytest.raises(RefusedError, match="no set of observed variables"):
        specification_curve(bow, "X", "Y", data)
    with pytest.raises(DataError, match="no way to estimate"):
        specification_curve(GRAPH, "X", "Y", data, estimators=["plug-in"])


@pytest.mark.slow
def test_refuters_of_dowhy():
    pytest.importorskip("dowhy")
    from queries.causal.dowhy_refuters import linear_estimate, refute_with_dowhy

    frame = draw(4)
    data = Dataset(frame)
    found = estimate(ESTIMAND, data, estimator="linear")
    results = refute_with_dowhy(found, data, simulations=10)
    assert [r.name for r in results] == ["dowhy-placebo", "dowhy-random-cause", "dowhy-subsets"]
    assert all(r.passed for r in results)
    assert results == refute_with_dowhy(found, data, simulations=10)
    own = linear_estimate(frame[["X", "Y", "C"]], "X", "Y", ["C"])[1]
    assert float(own.value) == pytest.approx(found.value)
