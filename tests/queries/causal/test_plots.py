"""Plots of estimates: every kind is drawn, shows what it is of, and says what it cannot draw."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import InputError, UsageError
from queries.causal import estimate, identify, plots
from queries.causal.adjusting import adjusting
from queries.causal.dose_response import dose_response
from queries.causal.heterogeneity import effects_by_unit
from queries.causal.sensitivity import sensitivity
from queries.causal.specification import specification_curve
from queries.causal.survival import survival_effect

ESTIMAND = adjusting("X", "Y", ("C", "age"))


@pytest.fixture(scope="module")
def data() -> Dataset:
    rng = np.random.default_rng(0)
    n = 220
    c, age = rng.normal(size=n), rng.normal(50, 9, n)
    x = (rng.random(n) < 1 / (1 + np.exp(-c))).astype(int)
    y = 20 + x + c + rng.normal(size=n)
    dose = c + rng.normal(size=n)
    table = {"X": x, "Y": y, "C": c, "age": age, "dose": dose, "died": rng.random(n) < 0.8}
    return Dataset(pd.DataFrame(table).astype(float))


def written(path) -> str:
    """The words of an SVG, which matplotlib leaves as comments above their outlines."""
    text = path.read_text(encoding="utf-8")
    assert text.count("<path") > 10
    return text


def test_balance_and_sensitivity(data, tmp_path):
    found = estimate(ESTIMAND, data)
    text = written(plots.plot_balance(found, tmp_path / "balance.svg"))
    for word in ("balance", "overlap", "weighted", "age", "X = 1"):
        assert f"<!-- {word} -->" in text
    hidden = sensitivity(found, data)
    assert "<!-- C -->" in written(plots.plot_sensitivity(hidden, tmp_path / "hidden.svg"))
    # on the line of the robustness value nothing is left
    rv = hidden.robustness_value
    assert abs(hidden.adjusted(rv, rv)) < 1e-9 * abs(found.value)
    doses = estimate(adjusting("dose", "Y", ("C", "age")), data)
    assert "correlation with dose" in written(plots.plot_balance(doses, tmp_path / "dose.svg"))


def test_curves_units_and_specifications(data, tmp_path):
    units = effects_by_unit(ESTIMAND, data, learner="gp", by=["age"])
    text = written(plots.plot_units(units, tmp_path / "units.svg"))
    assert "quarter 1 of predicted effects (55)" in text
    curve = dose_response(adjusting("dose", "Y", ("C",)), data, points=6)
    assert "mean of Y" in written(plots.plot_doses(curve, tmp_path / "doses.svg"))
    graph = CausalGraph(directed=[("C", "X"), ("C", "Y"), ("X", "Y")])
    spec = specification_curve(graph, "X", "Y", data, estimators=["linear", "ipw"])
    text = written(plots.plot_specifications(spec, tmp_path / "spec.svg"))
    assert "2 ways to estimate it" in text
    assert "<!-- ipw -->" in text


def test_survival(data, tmp_path):
    pytest.importorskip("lifelines")
    found = survival_effect(ESTIMAND, data, "died", horizon=20.0)
    text = written(plots.plot_survival(found, tmp_path / "survival.svg"))
    assert "share without the event, not adjusted" in text


def test_what_cannot_be_drawn_is_named(data, tmp_path):
    found = estimate(ESTIMAND, data)
    with pytest.raises(UsageError, match="cannot be drawn"):
        plots.plot_balance(found, tmp_path / "a.xyz")
    with pytest.raises(InputError, match="cannot be written"):
        plots.plot_balance(found, tmp_path / "no" / "folder.png")
    alone = estimate(identify(CausalGraph(directed=[("X", "Y")]), "X", "Y"), data)
    with pytest.raises(UsageError, match="no balance to draw"):
        plots.plot_balance(alone, tmp_path / "a.png")
