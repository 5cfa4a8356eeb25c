"""Effects of units and groups: one contract for all learners, then what the result says."""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import pandas as pd
import pytest

from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from queries.causal.adjusting import adjusting
from queries.causal.heterogeneity import effects_by_unit
from queries.causal.metalearners import NAMES

ESTIMAND = adjusting("X", "Y", ("C", "D"))


def draw(seed: int, n: int = 300) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    c, d = rng.normal(size=n), rng.integers(0, 2, n)
    x = (rng.random(n) < 1 / (1 + np.exp(-0.7 * c))).astype(float)
    effect = 1 + 1.5 * c
    y = effect * x + c + d + 0.7 * rng.normal(size=n)
    return pd.DataFrame({"X": x, "Y": y, "C": c, "D": d}), effect


@pytest.fixture(params=[*NAMES, "auto"])
def learner(request) -> str:
    if request.param == "forest" and importlib.util.find_spec("econml") is None:
        pytest.skip("econml is not installed")
    return str(request.param)


@pytest.mark.slow
def test_contract_finds_who_benefits(learner):
    frame, effect = draw(1)
    found = effects_by_unit(ESTIMAND, Dataset(frame), learner=learner)
    assert np.corrcoef(found.values, effect)[0, 1] > 0.85
    assert np.sqrt(np.mean((found.values - effect) ** 2)) < 0.6 * effect.std()
    assert abs(found.average.value - effect.mean()) < 3 * found.average.std_error
    assert found.calibration["p_value"] < 1e-3
    assert found.ranked[0].value < found.ranked[-1].value
    # of 300 units, not of 300 data sets: their errors go together
    assert np.mean((found.ci_low <= effect) & (effect <= found.ci_high)) > 0.75


@pytest.mark.slow
def test_contract_finds_nothing_in_permuted_outcomes(learner):
    small = 0
    for seed in range(3):
        frame, _ = draw(seed)
        frame["Y"] = np.random.default_rng(seed).permutation(frame["Y"])
        found = effects_by_unit(ESTIMAND, Dataset(frame), learner=learner)
        assert abs(found.average.value) < 3.5 * found.average.std_error
        small += found.calibration["p_value"] < 0.02
    assert small <= 1


@pytest.mark.slow
def test_contract_neither_order_names_nor_units_matter(learner):
    frame, _ = draw(2)
    first = effects_by_unit(ESTIMAND, Dataset(frame), learner=learner)
    order = np.random.default_rng(0).permutation(300)
    mixed = effects_by_unit(ESTIMAND, Dataset(frame.iloc[order]), learner=learner)
    assert mixed.values == pytest.approx(first.values[order], rel=1e-6, abs=1e-9)
    scaled = frame.rename(columns={"X": "the X", "Y": "the Y", "C": "the C", "D": "the D"})
    scaled["the Y"], scaled["the C"] = scaled["the Y"] * 1e-3 + 4, scaled["the C"] * 50 - 1
    estimand = adjusting("the X", "the Y", ("the C", "the D"))
    again = effects_by_unit(estimand, Dataset(scaled), learner=learner)
    assert again.values * 1e3 == pytest.approx(first.values, rel=1e-4, abs=1e-5)
    assert again.std_errors * 1e3 == pytest.approx(first.std_errors, rel=1e-3, abs=1e-5)


@pytest.mark.slow
def test_units_intervals_hold_the_truth():
    inside = []
    for seed in range(4):
        frame, effect = draw(10 + seed)
        found = effects_by_unit(ESTIMAND, Dataset(frame))
        inside.append(np.mean((found.ci_low <= effect) & (effect <= found.ci_high)))
    assert np.mean(inside) > 0.9


def test_groups_rows_and_plain_data():
    frame, effect = draw(3)
    frame["age"] = np.linspace(20, 80, 300)
    frame["site"] = np.where(frame["C"] > 0, "north", "south")
    frame.loc[[4, 9], "C"] = np.nan
    found = effects_by_unit(ESTIMAND, Dataset(frame), by=["site", "age"], learner="gp")
    assert len(found.rows) == 298
    assert not {4, 9} & set(found.rows.tolist())
    north, south = found.groups["site"]
    assert (north.group, south.group) == ("site = north", "site = south")
    truth = effect[(frame["site"] == "north") & frame["C"].notna()].mean()
    assert north.ci_low < truth < north.ci_high
    assert south.value < north.value
    assert len(found.groups["age"]) == 4
    assert sum(g.n for g in found.groups["age"]) == 298
    plain = json.loads(json.dumps(found.to_json(units=True), allow_nan=False))
    assert len(plain["effects"]) == 298
    assert plain["assumptions"]
    assert "units differ in a way" in plain["explanation"].lower()
    assert plain["diagnostics"]["differences_after"].keys() == {"C", "D"}


def test_what_cannot_be_asked_is_named():
    frame, _ = draw(4, 60)
    with pytest.raises(UsageError, match="no learner 'magic'"):
        effects_by_unit(ESTIMAND, Dataset(frame), learner="magic")
    with pytest.raises(UsageError, match="part of the question"):
        effects_by_unit(ESTIMAND, Dataset(frame), by=["X"])
    with pytest.raises(DataError, match="no column 'Q'"):
        effects_by_unit(ESTIMAND, Dataset(frame), by=["Q"])
    with pytest.raises(DataError, match="200 to 2500 rows"):
        effects_by_unit(ESTIMAND, Dataset(frame), learner="gp")
    with pytest.raises(DataError, match="two values, and there are 60"):
        effects_by_unit(ESTIMAND, Dataset(frame.assign(X=np.arange(60))))
    if importlib.util.find_spec("econml") is None:
        with pytest.raises(UsageError, match="needs econml"):
            effects_by_unit(ESTIMAND, Dataset(frame), learner="forest")
