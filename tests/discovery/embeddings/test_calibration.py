"""Calibration against scikit-learn and against what was simulated."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.embeddings.calibration import Calibration, calibrate, ece
from graph.errors import DataError


def simulated(n: int, seed: int, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores whose probability is known, and truth drawn from it."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(-1, 2, n)
    truth = rng.random(n) < 1 / (1 + np.exp(-logit))
    return 3 * logit + shift, truth.astype(float), 1 / (1 + np.exp(-logit))


def test_isotonic_agrees_with_scikit_learn() -> None:
    from sklearn.isotonic import IsotonicRegression

    s, y, _ = simulated(2000, 0)
    found = calibrate(s, y, np.zeros(2000, int))
    wanted = IsotonicRegression(out_of_bounds="clip").fit(s, y).predict(s)
    assert found.curves[0].kind == "isotonic"
    assert found(s, np.zeros(2000, int)) == pytest.approx(wanted)
    assert found.error < 0.05


def test_temperature_finds_the_probabilities_of_a_small_relation() -> None:
    s, y, p = simulated(200, 1, shift=5.0)
    r = np.zeros(200, int)
    found = calibrate(s, y, r)
    assert found.curves[0].kind == "temperature"
    assert np.abs(found(s, r) - p).mean() < 0.05


def test_a_relation_with_three_edges_takes_the_pooled_curve() -> None:
    s, y, _ = simulated(1000, 2)
    r = np.where(np.arange(1000) < 30, 1, 0)
    y[:30] = 0
    y[:3] = 1
    found = calibrate(s, y, r)
    assert set(found.curves) == {0}
    one = found(np.array([s[0]]), np.array([1]))
    assert one == pytest.approx(found.pooled(np.array([s[0]])))


def test_relations_on_other_scales_are_each_calibrated() -> None:
    s0, y0, _ = simulated(3000, 3)
    s1, y1, p1 = simulated(3000, 4, shift=50.0)
    s, y = np.concatenate([s0, s1]), np.concatenate([y0, y1])
    r = np.repeat([0, 1], 3000)
    found = calibrate(s, y, r)
    assert found.error < 0.03
    assert np.abs(found(s1, np.ones(3000, int)) - p1).mean() < 0.05
    assert ece(found.pooled(s), y) < ece(found.pooled(s1), y1)


def test_it_is_read_back_from_json() -> None:
    s, y, _ = simulated(500, 5)
    r = (np.arange(500) % 3).astype(int)
    found = calibrate(s, y, r)
    again = Calibration.of(json.loads(json.dumps(found.to_json())))
    assert again(s, r) == pytest.approx(found(s, r))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.integers(60, 400))
def test_a_higher_score_is_never_less_probable(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    y = (np.arange(n) % 2).astype(float)
    found = calibrate(rng.normal(size=n), y, np.zeros(n, int), seed)
    p = found(np.sort(rng.normal(size=50)), np.zeros(50, int))
    assert (np.diff(p) >= -1e-12).all()
    assert ((p >= 0) & (p <= 1)).all()


def test_ece_of_perfect_and_of_wrong_probabilities() -> None:
    y = np.tile([0.0, 1.0], 500)
    assert ece(np.full(1000, 0.5), y, bins=1) == 0
    assert ece(np.ones(1000), np.zeros(1000)) == 1
    with pytest.raises(DataError):
        ece([], [])
    with pytest.raises(DataError, match="true and untrue"):
        calibrate([1.0, 2.0], [1, 1], [0, 0])
    with pytest.raises(DataError, match="NaN"):
        calibrate([np.nan, 2.0], [1, 0], [0, 0])
