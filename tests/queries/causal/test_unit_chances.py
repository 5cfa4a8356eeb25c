"""Unit counterfactuals of a two-valued outcome with causes of any kind: bounds that hold, and when they meet."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from queries.causal import unit_counterfactual

GRAPH = CausalGraph(directed=[("age", "drug"), ("age", "death"), ("drug", "death")])


def expit(v):
    return 1 / (1 + np.exp(-v))


@pytest.fixture(scope="module")
def world():
    """Rows, and for each whether it would have died without and with the drug (which never saves)."""
    rng = np.random.default_rng(3)
    age = rng.normal(60, 10, 6000)
    drug = rng.random(6000) < expit((age - 60) / 10)
    own = rng.random(6000)
    dies = [own < expit((age - 65) / 8 + 1.2 * d) for d in (0, 1)]
    death = np.where(drug, dies[1], dies[0])
    frame = pd.DataFrame({"age": age, "drug": drug.astype(int), "death": death.astype(int)})
    return Dataset(frame), dies


def ask(world, unit, **more):
    return unit_counterfactual(
        GRAPH, world[0], unit=unit, do={"drug": 0}, outcome="death", bootstraps=20, **more
    )


def test_auto_takes_it_where_a_cause_is_not_discrete_and_the_bounds_hold_the_share_that_is_true(
    world,
):
    found = ask(world, {"age": 65, "drug": 1, "death": 1})
    assert found.method == "chances (logistic)"
    without, with_ = expit(0.0), expit(1.2)
    low, high = found.chances["1"]
    # everybody who dies without the drug dies with it: the upper end is what is true here
    assert high == pytest.approx(without / with_, abs=0.04)
    assert low == pytest.approx((with_ + without - 1) / with_, abs=0.06)
    assert found.chances["0"] == (pytest.approx(1 - high), pytest.approx(1 - low))
    outer = found.intervals["1"]
    assert outer[0] <= low <= high <= outer[1]
    assert "bounds are all there is" in found.explanation
    assert found.to_json()["assumptions"]


def test_where_the_cause_never_prevents_the_bounds_meet_at_the_true_share(world):
    table, dies = world
    frame = table.frame
    found = ask(world, {"age": 65, "drug": 1, "death": 1}, monotone=[("drug", "death")])
    low, high = found.chances["1"]
    near = ((frame.age - 65).abs() < 4) & (frame.drug == 1) & (frame.death == 1)
    assert low == high == pytest.approx(dies[0][near].mean(), abs=0.05)
    survived = ask(world, {"age": 65, "drug": 1, "death": 0}, monotone=[("drug", "death")])
    assert survived.chances["1"] == (0.0, 0.0)


def test_an_outcome_that_is_not_known_is_predicted_and_no_change_is_said(world):
    found = ask(world, {"age": 65, "drug": 1})
    assert found.chances["1"][0] == found.chances["1"][1] == pytest.approx(expit(0.0), abs=0.04)
    assert any("not known" in a for a in found.assumptions)
    same = ask(world, {"age": 65, "drug": 0, "death": 1})
    assert same.chances["1"] == (1.0, 1.0)
    assert "nothing would change" in same.explanation


def test_hidden_causes_are_refused_and_wrong_input_named(world):
    tied = CausalGraph(directed=GRAPH.directed, bidirected=[("drug", "death")])
    asked = {"unit": {"age": 65, "drug": 1, "death": 1}, "do": {"drug": 0}, "outcome": "death"}
    refused = unit_counterfactual(tied, world[0], **asked, model="chances")
    assert not refused.identified
    assert refused.witness["variable"] == "death"
    with pytest.raises(DataError, match="age is not known"):
        ask(world, {"drug": 1, "death": 1}, model="chances")
    with pytest.raises(DataError, match="never is 7"):
        ask(world, {"age": 65, "drug": 1, "death": 7}, model="chances")
    with pytest.raises(DataError, match="would change"):
        unit_counterfactual(
            GRAPH, world[0], unit=0, do={"age": 70}, outcome="death", model="chances"
        )
    with pytest.raises(UsageError, match="'types' and 'chances'"):
        ask(world, {"age": 65, "drug": 1, "death": 1}, model="linear", monotone=[("drug", "death")])
