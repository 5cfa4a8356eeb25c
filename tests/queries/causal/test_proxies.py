"""Proxies of a hidden confounder: found, right where they tell its levels apart, never called more."""

from __future__ import annotations

import numpy as np
import pytest

from graph.causal import CausalGraph
from graph.errors import DataError, UsageError
from queries.causal import identify
from queries.causal.proxies import alternatives, proximal
from queries.causal.table import Table

PROXIES = CausalGraph(
    directed=[("U", "X"), ("U", "Y"), ("U", "W"), ("U", "Z"), ("X", "Y"), ("Z", "X"), ("W", "Y")]
)


def model(rng: np.random.Generator, levels: int) -> tuple[Table, np.ndarray]:
    """The joint of X, Y, W, Z with a hidden U of some levels, and P(y | do(x)), shape (x, y)."""
    u = rng.dirichlet(np.ones(levels))
    z = rng.dirichlet(np.ones(3), size=levels)  # u, z
    w = rng.dirichlet(np.ones(3), size=levels)  # u, w
    x = rng.dirichlet(np.ones(2), size=(levels, 3))  # u, z, x
    y = rng.dirichlet(np.ones(2), size=(levels, 3, 2))  # u, w, x, y
    joint = np.einsum("u,uz,uw,uzx,uwxy->xywz", u, z, w, x, y)
    truth = np.einsum("u,uw,uwxy->xy", u, w, y)
    return Table.make(["X", "Y", "W", "Z"], joint[None]), truth


@pytest.mark.parametrize("levels", [2, 3])
def test_the_bridge_is_the_effect_when_proxies_have_enough_levels(levels):
    (found,) = (p for p in proximal(PROXIES, "X", "Y", ["U"]) if p.outcome_proxy == "W")
    assert (found.outcome_proxy, found.treatment_proxy, found.hidden) == ("W", "Z", "U")
    assert found.audit.performed
    assert found.audit.worst_error < 1e-6
    for seed in range(10):
        joint, truth = model(np.random.default_rng(seed), levels)
        assert np.abs(found.evaluate(joint).spread(("X", "Y"))[0] - truth).max() < 1e-6


def test_proxies_that_tell_nothing_apart_are_refused():
    (found,) = (p for p in proximal(PROXIES, "X", "Y", ["U"]) if p.outcome_proxy == "W")
    flat = Table.make(["X", "Y", "W", "Z"], np.full((1, 2, 2, 3, 3), 1 / 36))
    with pytest.raises(DataError, match="independent given X"):
        found.evaluate(flat)


def test_with_too_few_levels_it_is_wrong_which_is_why_it_is_assumed():
    (found,) = (p for p in proximal(PROXIES, "X", "Y", ["U"]) if p.outcome_proxy == "W")
    rng = np.random.default_rng(0)
    joint, truth = model(rng, 6)
    assert np.abs(found.evaluate(joint).spread(("X", "Y"))[0] - truth).max() > 1e-3
    assert "rank" in found.assumptions[1]


def test_identify_still_refuses_and_names_the_alternatives():
    refused = identify(PROXIES, "X", "Y")  # U observed: fine
    assert refused.identified
    from graph.causal_transform import latent_projection

    observed = latent_projection(PROXIES, ["U"])
    assert not identify(observed, "X", "Y").identified
    told = alternatives(PROXIES, "X", "Y", ["U"])
    assert [a.method for a in told] == ["proximal"]
    assert "h(W, Y, X)" in told[0].text
    iv = CausalGraph(directed=[("Z", "X"), ("X", "Y")], bidirected=[("X", "Y")])
    assert not identify(iv, "X", "Y").identified
    (one,) = alternatives(iv, "X", "Y")
    assert one.method == "instrumental"
    assert "cov(Y, Z) / cov(X, Z)" in one.text
    assert "linear" in one.assumptions[0]


@pytest.mark.parametrize(
    "extra", [("Z", "Y"), ("W", "X"), ("X", "W"), ("Z", "W")], ids=lambda e: "->".join(e)
)
def test_proxies_that_are_not_ones_are_not_used(extra):
    graph = CausalGraph(
        directed=[("U", "X"), ("U", "Y"), ("U", "W"), ("U", "Z"), ("X", "Y"), ("Z", "X"), extra]
    )
    assert not [p for p in proximal(graph, "X", "Y", ["U"]) if p.treatment_proxy == "Z"]


def test_wrong_calls_are_named():
    with pytest.raises(UsageError, match="observed"):
        proximal(PROXIES, "X", "Y", ["Y"])
    with pytest.raises(UsageError, match="no node"):
        proximal(PROXIES, "X", "Q", ["U"])
