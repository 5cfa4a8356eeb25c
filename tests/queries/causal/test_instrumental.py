"""Instruments: which the graph allows, and what they estimate."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from queries.causal.instrumental import Instrument, conditional_instruments, instrumental


def draw(seed: int, n: int = 600, strength: float = 0.6) -> pd.DataFrame:
    """Effect 0.7; W confounds the instrument with the outcome, U is hidden."""
    rng = np.random.default_rng(seed)
    w, u = rng.normal(size=n), rng.normal(size=n)
    z1, z2 = rng.normal(size=n) + 0.5 * w, rng.normal(size=n)
    x = strength * (z1 + 0.5 * z2) + u + 0.5 * w + rng.normal(size=n)
    y = 0.7 * x + u + w + rng.normal(size=n)
    return pd.DataFrame({"Y": y, "X": x, "Z1": z1, "Z2": z2, "W": w})


def test_two_stages_are_those_of_the_textbook():
    frame = draw(0)
    found = instrumental(Dataset(frame), "X", "Y", ["Z1", "Z2"], ["W"])
    controls = sm.add_constant(frame[["W"]])
    first = sm.OLS(frame["X"], controls.join(frame[["Z1", "Z2"]])).fit()
    second = sm.OLS(frame["Y"], controls.assign(X=first.fittedvalues)).fit()
    assert found.value == pytest.approx(float(second.params["X"]), rel=1e-9)
    assert found.liml == pytest.approx(found.value, abs=0.02)
    assert found.first_stage_f > 50
    assert found.overidentification_p is not None
    assert json.loads(json.dumps(found.to_json()))["n"] == 600


def test_liml_equals_two_stages_with_one_instrument():
    found = instrumental(Dataset(draw(1)), "X", "Y", ["Z1"], ["W"])
    assert found.liml == pytest.approx(found.value, rel=1e-8)
    assert found.overidentification_p is None


@pytest.mark.parametrize(("strength", "weak"), [(0.6, False), (0.03, True)])
def test_intervals_cover(strength, weak):
    covered, rounds = 0, 200
    for seed in range(rounds):
        found = instrumental(Dataset(draw(seed, 300, strength)), "X", "Y", ["Z1", "Z2"], ["W"])
        covered += any(low <= 0.7 <= high for low, high in found.weak_robust)
    assert covered >= 0.9 * rounds
    if weak:
        assert "weak" in found.explanation


def test_useless_instruments_say_nothing():
    rng = np.random.default_rng(0)
    unbounded = 0
    for seed in range(40):
        frame = draw(seed, 200)
        frame["Z1"] = rng.normal(size=200)
        found = instrumental(Dataset(frame), "X", "Y", ["Z1"])
        unbounded += any(not np.isfinite(e) for pair in found.weak_robust for e in pair)
    assert unbounded >= 30


def test_which_instruments_the_graph_allows():
    plain = CausalGraph(directed=[("Z", "X"), ("X", "Y")], bidirected=[("X", "Y")])
    assert conditional_instruments(plain, "X", "Y") == (Instrument("Z"),)
    mixed = CausalGraph(
        directed=[("Z", "X"), ("X", "Y"), ("W", "Z"), ("W", "Y")], bidirected=[("X", "Y")]
    )
    assert Instrument("Z", ("W",)) in conditional_instruments(mixed, "X", "Y")
    direct = CausalGraph(directed=[("Z", "X"), ("X", "Y"), ("Z", "Y")], bidirected=[("X", "Y")])
    assert conditional_instruments(direct, "X", "Y") == ()


def test_what_cannot_be_used_is_named():
    frame = draw(0, 50)
    data = Dataset(frame)
    with pytest.raises(UsageError, match="instrument is needed"):
        instrumental(data, "X", "Y", [])
    with pytest.raises(UsageError, match="two roles"):
        instrumental(data, "X", "Y", ["X"])
    with pytest.raises(DataError, match="no column"):
        instrumental(data, "X", "Y", ["Q"])
    with pytest.raises(DataError, match="does not vary"):
        instrumental(Dataset(frame.assign(Z1=frame["W"] * 2)), "X", "Y", ["Z1"], ["W"])
    with pytest.raises(DataError, match="too few"):
        instrumental(Dataset(frame.head(3)), "X", "Y", ["Z1", "Z2"], ["W"])
    with pytest.raises(DataError, match="words"):
        instrumental(Dataset(frame.assign(Z1="a")), "X", "Y", ["Z1"])
