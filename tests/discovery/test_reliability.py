"""Beliefs against truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.stability import brier_score, calibration_error, reliability
from graph.errors import UsageError


def test_bins_by_hand() -> None:
    bins = reliability([0.05, 0.15, 0.15, 0.95, 1.0], [False, True, False, True, True])
    assert [(b.low, b.count) for b in bins] == [(0.0, 1), (0.1, 2), (0.9, 2)]
    assert [b.belief for b in bins] == pytest.approx([0.05, 0.15, 0.975])
    assert [b.share for b in bins] == [0.0, 0.5, 1.0]
    assert calibration_error(bins) == pytest.approx((0.05 + 2 * 0.35 + 2 * 0.025) / 5)
    assert brier_score([0.5, 1.0], [True, True]) == 0.125


def test_interval_is_wilsons() -> None:
    (only,) = reliability([0.9] * 10, [True] * 9 + [False], bins=1)
    # by the formula, with z = 1.96
    assert (only.share_low, only.share_high) == pytest.approx((0.59585, 0.98212), abs=1e-4)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_bins_hold_everything_once(pairs: list[tuple[float, bool]]) -> None:
    beliefs, truth = zip(*pairs, strict=True)
    bins = reliability(beliefs, truth)
    assert sum(b.count for b in bins) == len(pairs)
    assert sum(b.count * b.share for b in bins) == pytest.approx(sum(truth))
    for b in bins:
        assert b.low - 1e-12 <= b.belief <= b.high + 1e-12
        assert b.share_low - 1e-9 <= b.share <= b.share_high + 1e-9
    assert calibration_error(bins) <= 1


def test_perfect_beliefs_have_a_small_error() -> None:
    rng = np.random.default_rng(0)
    beliefs = rng.random(20000)
    truth = rng.random(20000) < beliefs
    assert calibration_error(reliability(beliefs, truth)) < 0.015
    assert calibration_error(reliability(beliefs, rng.random(20000) < 0.5)) > 0.2


def test_nothing_and_nonsense() -> None:
    assert reliability([], []) == ()
    assert math.isnan(calibration_error(()))
    assert math.isnan(brier_score([], []))
    with pytest.raises(UsageError, match="1 beliefs and 2 truths"):
        reliability([0.5], [True, False])
    for bad in (1.5, -0.1, math.nan):
        with pytest.raises(UsageError, match="between 0 and 1"):
            reliability([bad], [True])
    with pytest.raises(UsageError, match="bins must be 1"):
        reliability([0.5], [True], bins=0)
