"""What every registered algorithm does with graded priors: uses them, or refuses them with the reason."""

from __future__ import annotations

import numpy as np
import pytest

import discovery
from discovery import Knowledge
from discovery.algorithms import REGISTRY, algorithm_class
from graph.dataset import Dataset
from graph.errors import UsageError
from tests.discovery.helpers import dataset_of

TAKES = sorted(n for n in REGISTRY if "graded" in algorithm_class(n).takes)
REFUSES = sorted(set(REGISTRY) - set(TAKES))


Z = {"grn": 2.7}
"""grn needs the ends to be dependent at 0.01 whatever the prior"""


def weak(z: float = 1.5, seed: int = 1, n: int = 400) -> Dataset:
    """a -> b strongly, c -> d hardly: |z| is as given, which no search finds by itself."""
    rng = np.random.default_rng(seed)
    a, c, e, f = (x - x.mean() for x in rng.laplace(size=(4, n)))
    c = c - a * (a @ c) / (a @ a)
    f = f - a * (a @ f) / (a @ a)
    f = f - c * (c @ f) / (c @ c)
    r = np.tanh(z / np.sqrt(n - 3))
    d = r * c / c.std() + np.sqrt(1 - r**2) * f / f.std()
    return dataset_of(np.column_stack([a, a + 0.7 * e, c, d]), tuple("abcd"))


def pairs(found: discovery.Discovery) -> set[frozenset[str]]:
    return {frozenset((e.source, e.target)) for e in found.edges}


def test_most_of_ours_take_them() -> None:
    assert {"pc", "boss", "ges", "grasp", "gies"} <= set(TAKES)
    assert all(n.startswith("causal-learn/") or n in ("rcd", "ica-lingam", "fci", "rfci", "resit")
               for n in REFUSES)  # fmt: skip


@pytest.mark.parametrize("name", TAKES)
def test_a_prior_tips_what_data_leave_open(name: str) -> None:
    data = weak(Z.get(name, 1.5))
    edge = frozenset("cd")
    assert edge not in pairs(discovery.learn(data, name))
    known = Knowledge(graded=[("c", "d", 8.0)])
    found = discovery.learn(data, name, known)
    assert edge in pairs(found)
    (row,) = [e for e in found.edges if frozenset((e.source, e.target)) == edge]
    assert row.required
    assert any(c.kind is discovery.ConflictKind.PRIOR_ADDED for c in row.conflicts)
    if row.directed:
        assert (row.source, row.target) == ("c", "d")
    # what the data say clearly stays as it is
    assert frozenset("ab") in pairs(found)


@pytest.mark.parametrize("name", TAKES)
def test_no_log_odds_are_no_prior(name: str) -> None:
    data = weak()
    none = discovery.learn(data, name, Knowledge(graded=[("c", "d", 0.0)]))
    assert none.graph == discovery.learn(data, name).graph


@pytest.mark.parametrize("name", REFUSES)
def test_those_that_cannot_refuse(name: str) -> None:
    known = Knowledge(graded=[("c", "d", 1.0)])
    with pytest.raises(UsageError, match=f"{name} cannot take graded priors, such as c -> d"):
        discovery.learn(weak(), name, known)
