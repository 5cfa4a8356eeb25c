"""Times until an event: curves against lifelines, effects against exact integrals."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from graph.dataset import Dataset
from graph.errors import DataError
from queries.causal.adjusting import adjusting
from queries.causal.survival import kaplan_meier, survival_effect

pytest.importorskip("lifelines")
ESTIMAND = adjusting("X", "T", ("C", "D"))
HORIZON = 3.0


def rate(c, d, x):
    return np.exp(-1 + 0.7 * c - 0.8 * x + 0.3 * d)


def draw(seed: int, n: int = 300, effect: bool = True) -> pd.DataFrame:
    """Exponential times; who is lost follows treatment and C."""
    rng = np.random.default_rng(seed)
    c, d = rng.normal(size=n), rng.integers(0, 2, n)
    x = (rng.random(n) < 1 / (1 + np.exp(-c + 0.3 * d))).astype(float)
    time = rng.exponential(1 / rate(c, d, x if effect else 0 * x))
    lost = rng.exponential(1 / np.exp(-1.6 + 0.5 * c + 0.3 * x))
    return pd.DataFrame(
        {"C": c, "D": d, "X": x, "T": np.minimum(time, lost), "E": (time <= lost).astype(int)}
    )


def truth() -> float:
    rng = np.random.default_rng(9)
    c, d = rng.normal(size=400_000), rng.integers(0, 2, 400_000)
    means = [((1 - np.exp(-rate(c, d, x) * HORIZON)) / rate(c, d, x)).mean() for x in (0, 1)]
    return float(means[1] - means[0])


def test_kaplan_meier_is_that_of_lifelines():
    from lifelines import KaplanMeierFitter

    frame = draw(1)
    ours = kaplan_meier(frame["T"].to_numpy(), frame["E"].to_numpy() == 1)
    theirs = KaplanMeierFitter().fit(frame["T"], frame["E"])
    assert ours.values == pytest.approx(
        theirs.survival_function_at_times(ours.times).to_numpy(), abs=1e-12
    )
    ends = theirs.confidence_interval_survival_function_.loc[ours.times].to_numpy()
    assert ours.ci_low == pytest.approx(ends[:, 0], abs=1e-4)
    assert ours.ci_high == pytest.approx(ends[:, 1], abs=1e-4)


@pytest.mark.slow
def test_intervals_hold_the_difference_of_restricted_means():
    expected, rounds = truth(), 15
    found = [
        survival_effect(ESTIMAND, Dataset(draw(s)), "E", horizon=HORIZON) for s in range(rounds)
    ]
    assert sum(f.ci_low <= expected <= f.ci_high for f in found) >= 11
    values = [f.value for f in found]
    assert abs(np.mean(values) - expected) < 4 * np.std(values) / np.sqrt(rounds)


@pytest.mark.slow
def test_no_effect_gives_none():
    found = [
        survival_effect(ESTIMAND, Dataset(draw(s, effect=False)), "E", horizon=HORIZON)
        for s in range(8)
    ]
    assert sum(f.ci_low <= 0 <= f.ci_high for f in found) >= 5
    assert abs(np.mean([f.value for f in found])) < 0.2


def test_units_order_and_plain_data():
    frame = draw(2)
    first = survival_effect(ESTIMAND, Dataset(frame), "E", horizon=HORIZON)
    shuffled = frame.sample(frac=1, random_state=1)
    again = survival_effect(ESTIMAND, Dataset(shuffled), "E", horizon=HORIZON)
    assert again.value == pytest.approx(first.value, rel=1e-6)
    days = frame.assign(T=frame["T"] * 365.25)
    scaled = survival_effect(ESTIMAND, Dataset(days), "E", horizon=HORIZON * 365.25)
    assert scaled.value / 365.25 == pytest.approx(first.value, rel=1e-4)
    plain = json.loads(json.dumps(first.to_json(), allow_nan=False))
    assert plain["assumptions"]
    assert "X = 1" in plain["explanation"]
    assert plain["events"] == int(((frame["E"] == 1) & (frame["T"] <= HORIZON)).sum())
    assert set(plain["curves"]) == {"0", "1"}


def test_what_cannot_be_is_named():
    frame = draw(3)
    with pytest.raises(DataError, match="no column 'Q'"):
        survival_effect(ESTIMAND, Dataset(frame), "Q")
    with pytest.raises(DataError, match="not 0 and 1"):
        survival_effect(ESTIMAND, Dataset(frame.assign(E=2)), "E")
    with pytest.raises(DataError, match="negative"):
        survival_effect(ESTIMAND, Dataset(frame.assign(T=-frame["T"])), "E")
    with pytest.raises(DataError, match="horizon 1e\\+06 is not within"):
        survival_effect(ESTIMAND, Dataset(frame), "E", horizon=1e6)
    with pytest.raises(DataError, match="only 0 events"):
        survival_effect(ESTIMAND, Dataset(frame.assign(E=0)), "E", horizon=HORIZON)
