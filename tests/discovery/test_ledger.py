"""Graded priors in a run: what they move is told, what the data say against them too."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import discovery
from discovery import ConflictKind, EdgeClaim, GradedClaim, Knowledge
from discovery.algorithms import Learned
from discovery.claims import Conflict
from discovery.leaning import LEAST, lean
from discovery.ledger import sureness
from discovery.marks import adjacency, arrows
from discovery.orientation import extend, to_cpdag
from discovery.simulate import linear_gaussian, random_dag
from tests.discovery.helpers import colliders, dataset_of, names


def chain(n: int = 400, effect: float = 1.0):
    """a -> b -> c, and d alone."""
    rng = np.random.default_rng(3)
    a, d = rng.normal(size=(2, n))
    b = effect * a + rng.normal(size=n)
    c = effect * b + rng.normal(size=n)
    return dataset_of(np.column_stack([a, b, c, d]), tuple("abcd"))


def graded(source: str, target: str, log_odds: float) -> Knowledge:
    return Knowledge(
        expected=[EdgeClaim(source, target, ("st-1",), 0.8, 1, 2)],
        graded=[GradedClaim(source, target, log_odds, ("st-1",), 0.8, ("assertion",), 2)],
    )


def test_a_prior_gives_the_direction_that_data_leave_open() -> None:
    free = discovery.learn(chain(), "gies")
    assert not free.graph.directed
    found = discovery.learn(chain(), "gies", graded("b", "a", 2.0), bootstraps=3)
    # b -> a and no collider at b: nothing else follows
    assert found.graph.directed == (("b", "a"),)
    (edge,) = [e for e in found.edges if e.directed]
    assert edge.directed_by == "knowledge"
    assert edge.reason == "by its prior"
    assert edge.stability == 1.0
    assert not edge.required
    turned = discovery.learn(chain(), "gies", graded("a", "b", 2.0))
    assert set(turned.graph.directed) == {("a", "b"), ("b", "c")}
    assert not found.conflicts
    weak = discovery.learn(chain(), "gies", graded("b", "a", LEAST * 0.9))
    assert not weak.graph.directed


def test_an_edge_that_only_its_prior_puts_there_is_told_and_not_a_discovery() -> None:
    found = discovery.learn(chain(), "gies", graded("a", "d", 20.0))
    (edge,) = [e for e in found.edges if {e.source, e.target} == {"a", "d"}]
    assert edge.required
    (conflict,) = [c for c in edge.conflicts if c.kind is ConflictKind.ABSENT]
    assert conflict.statements == ("st-1",)
    assert (conflict.belief, conflict.evidences) == (0.8, 2)
    assert conflict.p_value is not None
    assert conflict.p_value > 0.05
    assert "in the result with priors, no edge between a and d without" in conflict.kept


def test_an_indirect_claim_whose_prior_adds_a_direct_edge() -> None:
    found = discovery.learn(chain(), "gies", graded("a", "c", 20.0))
    (edge,) = [e for e in found.edges if {e.source, e.target} == {"a", "c"}]
    assert edge.required
    assert [c.kind for c in edge.conflicts] == [ConflictKind.PRIOR_ADDED]
    assert "log odds +20.00" in edge.conflicts[0].literature


def test_a_negative_prior_takes_an_edge_out_and_that_is_told() -> None:
    known = Knowledge(graded=[("a", "b", -1e4), ("b", "a", -1e4)])
    found = discovery.learn(chain(), "gies", known)
    assert not any({e.source, e.target} == {"a", "b"} for e in found.edges)
    kinds = {c.kind for c in found.conflicts if {c.source, c.target} == {"a", "b"}}
    assert kinds == {ConflictKind.PRIOR_REMOVED}


def test_strong_data_outweigh_a_prior() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 2000))
    data = dataset_of(np.column_stack([a, b, a - b + rng.normal(size=2000)]), tuple("abc"))
    found = discovery.learn(data, "gies", graded("c", "a", 3.0))
    assert set(found.graph.directed) == {("a", "c"), ("b", "c")}
    assert all(e.directed_by == "data" for e in found.edges)
    assert {c.kind for c in found.conflicts} == {ConflictKind.DIRECTION}


def test_without_log_odds_nothing_changes() -> None:
    data = chain()
    one = discovery.learn(data, "gies").to_json()
    two = discovery.learn(data, "gies", Knowledge(graded=[("a", "d", 0.0)])).to_json()
    for part in ("graph", "conflicts"):
        assert one[part] == two[part]


@given(st.integers(0, 10**6), st.integers(3, 9), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_leaning_stays_in_the_equivalence_class(seed: int, p: int, number: int) -> None:
    rng = np.random.default_rng(seed)
    dag = random_dag(p, 2.0, rng)
    marks = to_cpdag(dag)
    columns = names(p)
    claims = []
    for _ in range(number):
        i, j = rng.choice(p, 2, replace=False)
        claims.append(GradedClaim(columns[i], columns[j], float(rng.normal(0, 3))))
    known = Knowledge(graded=claims)
    learned = Learned(marks.copy())
    lean(learned, columns, known)
    assert (adjacency(learned.marks) == adjacency(marks)).all()
    assert arrows(learned.marks)[arrows(marks)].all()
    # some DAG of the class has all of these directions: as it stands, completed without a new collider
    extended = extend(learned.marks)
    assert extended is not None
    member = arrows(extended)
    assert colliders(member) == colliders(dag)
    assert member[arrows(learned.marks)].all()
    favour = known.log_odds(columns)
    favour = favour - favour.T
    left = np.argwhere(np.triu((learned.marks == 1) & (learned.marks.T == 1)))
    assert all(abs(favour[i, j]) < LEAST for i, j in left)


@given(st.integers(0, 10**6), st.integers(4, 8))
@settings(max_examples=40, deadline=None)
def test_under_hard_knowledge_no_collider_is_made_up(seed: int, p: int) -> None:
    """x - y - z may be a collider that a forbidden or required edge hides: leaning on a true prior must then
    conclude nothing, and no two priors make a new one."""
    rng = np.random.default_rng(seed)
    dag = random_dag(p, 2.0, rng)
    columns = names(p)
    skeleton = np.where(dag | dag.T, 1, 0).astype(np.int8)
    true = [GradedClaim(columns[i], columns[j], 3.0) for i, j in np.argwhere(dag)[:1]]
    known = Knowledge(tiers=[columns], graded=true)
    learned = Learned(skeleton.copy())
    lean(learned, columns, known)
    # nothing but the claim itself and what keeps it acyclic
    assert (arrows(learned.marks) <= dag).all()
    every = Knowledge(
        tiers=[columns],
        graded=[GradedClaim(columns[i], columns[j], 3.0) for i, j in np.argwhere(dag)],
    )
    learned = Learned(skeleton.copy())
    lean(learned, columns, every)
    assert not colliders(arrows(learned.marks)) & colliders(dag)


def test_leaning_does_not_depend_on_the_order_of_columns() -> None:
    rng = np.random.default_rng(5)
    dag = random_dag(8, 2.0, rng)
    values = linear_gaussian(dag, 500, rng)
    columns = np.array(names(8))
    known = Knowledge(
        graded=[(columns[i], columns[j], 2.0) for i, j in [(0, 1), (3, 2), (5, 4), (6, 7)]]
    )
    turn = rng.permutation(8)
    one = discovery.learn(dataset_of(values, tuple(columns)), "gies", known)
    two = discovery.learn(dataset_of(values[:, turn], tuple(columns[turn])), "gies", known)
    assert set(one.graph.to_edges()) == set(two.graph.to_edges())


def test_sureness_of_a_missing_edge_needs_rows() -> None:
    def missing(z: float) -> Conflict:
        return Conflict("a", "b", ConflictKind.ABSENT, "", "", "", statistic=z, p_value=0.5)

    assert sureness(missing(0.2), 20, None) < 0.4
    assert sureness(missing(0.2), 5000, None) > 0.99
    assert sureness(missing(12.0), 5000, None) < 1e-3
    assert sureness(missing(math.nan), 5000, None) == 0
    sign = Conflict("a", "b", ConflictKind.SIGN, "", "", "")
    assert sureness(sign, 100, None) == 0.5
    assert sureness(sign, 100, 0.9) == pytest.approx(0.9)
