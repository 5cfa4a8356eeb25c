"""Dose-response curves on data whose curve is known."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from graph.dataset import Dataset
from graph.errors import DataError
from queries.causal.adjusting import adjusting
from queries.causal.dose_response import dose_response

ESTIMAND = adjusting("X", "Y", ("C", "D"))


def draw(seed: int, n: int = 300, bend: float = 1.0) -> pd.DataFrame:
    """The mean at dose x is bend * sin(x), plus that of 2 C, which is none."""
    rng = np.random.default_rng(seed)
    c, d = rng.normal(size=n), rng.normal(size=n)
    x = 0.8 * c + 0.3 * d + rng.normal(size=n)
    y = bend * np.sin(x) + 2 * c + 0.5 * rng.normal(size=n)
    return pd.DataFrame({"X": x, "Y": y, "C": c, "D": d})


@pytest.mark.slow
def test_the_curve_is_found_where_the_raw_one_is_not():
    inside, within = [], []
    for seed in range(4):
        frame = draw(seed)
        found = dose_response(ESTIMAND, Dataset(frame), seed=seed)
        true = np.sin(found.doses)
        raw = np.polyval(np.polyfit(frame["X"], frame["Y"], 3), found.doses)
        assert np.abs(found.means - true).mean() < 0.5 * np.abs(raw - true).mean()
        inside.append(np.mean((found.ci_low <= true) & (true <= found.ci_high)))
        within.append(np.mean((found.band_low <= true) & (true <= found.band_high)))
    assert np.mean(inside) > 0.8
    # the bend that smoothing takes away is in no interval, so not all of the curve need be inside
    assert np.mean(within) > 0.85
    assert "the dose matters" in found.explanation


@pytest.mark.slow
def test_a_flat_curve_is_told_flat():
    flat = [dose_response(ESTIMAND, Dataset(draw(s, bend=0.0))) for s in range(4)]
    assert sum("flat line fits within" in f.explanation for f in flat) >= 3


def test_order_and_units_do_not_matter_and_data_are_plain():
    frame = draw(1, 150)
    first = dose_response(ESTIMAND, Dataset(frame), points=9)
    again = dose_response(ESTIMAND, Dataset(frame.sample(frac=1, random_state=0)), points=9)
    assert again.means == pytest.approx(first.means, rel=1e-6, abs=1e-9)
    scaled = frame.assign(X=frame["X"] * 40 + 3, Y=frame["Y"] * 1e3 - 5)
    other = dose_response(ESTIMAND, Dataset(scaled), points=9)
    assert (other.doses - 3) / 40 == pytest.approx(first.doses, rel=1e-9)
    assert (other.means + 5) / 1e3 == pytest.approx(first.means, rel=1e-4, abs=1e-5)
    assert np.all(first.band_low <= first.ci_low)
    assert np.all(first.ci_high <= first.band_high)
    plain = json.loads(json.dumps(first.to_json(), allow_nan=False))
    assert len(plain["doses"]) == 9
    assert plain["assumptions"]
    assert 0 < plain["diagnostics"]["left_of_treatment"] < 1


def test_too_few_doses_or_rows_are_named():
    with pytest.raises(DataError, match="8 doses and 100 rows, and there are 99 and 99"):
        dose_response(ESTIMAND, Dataset(draw(1, 99)))
    with pytest.raises(DataError, match="there are 2 and 150"):
        dose_response(ESTIMAND, Dataset(draw(1, 150).assign(X=np.arange(150) % 2)))
