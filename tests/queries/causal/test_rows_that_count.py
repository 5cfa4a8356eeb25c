"""Weighted rows, rows in clusters, and rows that lack the outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from queries.causal import estimate
from queries.causal.adjusting import adjusting
from queries.causal.estimators import REGISTRY
from queries.causal.sample import prepare

ESTIMAND = adjusting("X", "Y", ("C", "D"))
QUICK = ("linear", "interacted", "standardisation", "ipw", "matching", "matching-propensity")


def draw(seed: int, n: int = 400) -> pd.DataFrame:
    """Effect 1 + C: 1 on average, and 1 + 0.5 where rows with C > 0 count three times."""
    rng = np.random.default_rng(seed)
    c, d = rng.normal(size=n), rng.integers(0, 2, n)
    x = (rng.random(n) < 1 / (1 + np.exp(-0.8 * c))).astype(float)
    return pd.DataFrame({"X": x, "Y": (1 + c) * x + c + d + rng.normal(size=n), "C": c, "D": d})


@pytest.mark.parametrize("name", [*QUICK, "aipw", "tmle"])
def test_a_row_that_counts_twice_is_two_rows(name):
    """Up to what cross-fitting and neighbours do with copies of a row."""
    frame = draw(1).assign(w=np.repeat([1.0, 2.0], 200))
    weighted = estimate(ESTIMAND, Dataset(frame), estimator=name, weights="w")
    doubled = pd.concat([frame, frame[frame["w"] == 2]], ignore_index=True)
    plain = estimate(ESTIMAND, Dataset(doubled), estimator=name)
    unweighted = estimate(ESTIMAND, Dataset(frame), estimator=name)
    exact = name in ("linear", "interacted", "standardisation", "ipw")
    assert weighted.value == pytest.approx(plain.value, abs=1e-3 if exact else 0.12)
    # copies tell nothing new: an analysis that takes them for rows is too sure of itself
    assert weighted.std_error > 0.9 * unweighted.std_error


@pytest.mark.parametrize("name", [*QUICK, "aipw"])
def test_weights_change_whose_effect_it_is(name):
    values = []
    for seed in range(6):
        frame = draw(seed, 600)
        frame["w"] = np.where(frame["C"] > 0, 3.0, 1.0)
        values.append(estimate(ESTIMAND, Dataset(frame), estimator=name, weights="w").value)
    # mean of 1 + C with three quarters of the weight above zero: 1 + 0.5 * sqrt(2 / pi)
    target = 1.399 if name != "linear" else 1.35
    assert np.mean(values) == pytest.approx(target, abs=0.2)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*QUICK, "aipw"])
def test_clusters_are_taken_into_the_interval(name):
    """Treatment and a hidden level are shared within clusters of 10: intervals must widen to cover."""
    covered = wider = 0
    rounds = 12 if name == "aipw" else 40
    for seed in range(rounds):
        rng = np.random.default_rng(seed)
        group = np.repeat(np.arange(40), 10)
        c = rng.normal(size=400)
        x = (rng.normal(size=40)[group] + 0.3 * rng.normal(size=400) > 0).astype(float)
        y = x + c + rng.normal(size=40)[group] + rng.normal(size=400)
        data = Dataset(
            pd.DataFrame({"X": x, "Y": y, "C": c, "D": rng.normal(size=400), "g": group})
        )
        plain = estimate(ESTIMAND, data, estimator=name)
        found = estimate(ESTIMAND, data, estimator=name, clusters="g")
        covered += found.ci_low <= 1 <= found.ci_high
        wider += found.std_error > 1.3 * plain.std_error
    assert wider >= 0.9 * rounds
    assert covered >= rounds * 0.95 - 4 * (rounds * 0.0475) ** 0.5


def test_names_of_clusters_do_not_matter():
    frame = draw(3)
    frame["g"] = np.arange(400) // 8
    for name in ("linear", "aipw"):
        first = estimate(ESTIMAND, Dataset(frame), estimator=name, clusters="g")
        other = frame.assign(g=[f"site {(g * 7) % 50}" for g in frame["g"]])
        again = estimate(ESTIMAND, Dataset(other), estimator=name, clusters="g")
        assert again.std_error == pytest.approx(first.std_error, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "way"), [("aipw", "auto"), ("tmle", "auto"), ("linear", "weight")]
)
def test_outcomes_missing_at_random_do_not_bias(name, way):
    """Who drops out follows C, which moves the effect: leaving them out is wrong by about 0.35."""
    values, dropped = [], []
    for seed in range(6):
        frame = draw(seed, 800)
        lost = np.random.default_rng(100 + seed).random(800) < 1 / (1 + np.exp(-1.5 * frame["C"]))
        frame.loc[lost, "Y"] = np.nan
        found = estimate(ESTIMAND, Dataset(frame), estimator=name, missing=way)
        assert found.diagnostics["missing_outcome"]["rows"] == int(lost.sum())
        values.append(found.value)
        dropped.append(estimate(ESTIMAND, Dataset(frame), estimator=name, missing="drop").value)
    assert abs(np.mean(values) - 1) < 0.15
    assert abs(np.mean(dropped) - 1) > 0.2


def test_bad_weights_and_clusters_are_named():
    data = Dataset(draw(1).assign(w=-1.0, g=1, t="a"))
    with pytest.raises(DataError, match="not all positive"):
        estimate(ESTIMAND, data, weights="w")
    with pytest.raises(DataError, match="are words"):
        estimate(ESTIMAND, data, weights="t")
    with pytest.raises(DataError, match="1 clusters of 'g', and 5"):
        estimate(ESTIMAND, data, clusters="g")
    with pytest.raises(DataError, match="no column 'q'"):
        estimate(ESTIMAND, data, weights="q")
    with pytest.raises(UsageError, match="cannot be treated by 'guess'"):
        estimate(ESTIMAND, data, missing="guess")


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_back_door_result_tells_of_overlap_and_balance(name):
    data = Dataset(draw(2, 250))
    if REGISTRY[name].unfit(ESTIMAND, prepare(ESTIMAND, data)):
        with pytest.raises(DataError, match="not estimable"):
            estimate(ESTIMAND, data, estimator=name)
        return
    found = estimate(ESTIMAND, data, estimator=name)
    told = found.diagnostics
    assert set(told["differences_after"]) == set(told["standardised_differences"]) == {"C", "D"}
    assert set(told["arms"]) == {"0", "1"}
    assert sum(told["arms"].values()) == 250
    assert 0 <= told["propensity"]["lowest"] <= told["propensity"]["highest"] <= 1
    assert abs(told["standardised_differences"]["C"]) > 0.3
    plain = found.to_json()
    assert plain["assumptions"]
    assert found.estimator in plain["explanation"]


def test_what_is_far_from_alike_is_warned_of():
    frame = draw(4, 600)
    frame["X"] = (frame["C"] + 0.25 * np.random.default_rng(0).normal(size=600) > 0).astype(float)
    warned = estimate(ESTIMAND, Dataset(frame), estimator="linear").diagnostics["warnings"]
    assert any("could hardly have been in the other arm" in w for w in warned)
