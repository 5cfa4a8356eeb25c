"""PC, FCI and RFCI with tests that are never wrong: every mark is true in the graph, hidden nodes included."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery import Knowledge
from discovery.algorithms import resolve
from discovery.algorithms.constraint import ConstraintAlgorithm
from discovery.knowledge import GradedClaim
from discovery.leaning import lean
from discovery.marks import ARROW, TAIL
from discovery.orientation import to_cpdag
from discovery.simulate import linear_gaussian, random_dag
from tests.discovery.helpers import names, table_of
from tests.discovery.oracles import Oracle, any_table, causes, separable
from tests.discovery.test_orientation import true_knowledge as true_of_dag
from tests.discovery.test_pag import true_knowledge


def algorithm(name: str, **options: object) -> ConstraintAlgorithm:
    found = resolve(name, **options)
    assert isinstance(found, ConstraintAlgorithm)
    return found


def random_graded(p: int, rng: np.random.Generator) -> list[GradedClaim]:
    columns = names(p)
    return [
        GradedClaim(columns[i], columns[j], float(rng.normal() * 3))
        for i in range(p)
        for j in range(p)
        if i != j and rng.random() < 0.3
    ]


@pytest.mark.parametrize("name", ["fci", "rfci"])
@given(st.integers(0, 10**9))
@settings(max_examples=120, deadline=None)
def test_every_mark_is_true_with_hidden_causes(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    p, hidden = int(rng.integers(3, 8)), int(rng.integers(0, 4))
    dag = random_dag(p + hidden, float(rng.uniform(1, 4)), rng)
    cause = causes(dag)[:p, :p]
    knowledge = true_knowledge(dag, cause, rng) if seed % 3 else Knowledge()
    options = {} if name == "rfci" else {"possible_d_sep": p}
    table = any_table(p)
    found = algorithm(name, **options).learn_with(Oracle(table, dag), table, knowledge)
    assert found.complete
    assert not found.conflicts
    apart = separable(dag, p)
    if name == "fci":  # exactly the pairs that nothing separates
        assert ((found.marks != 0) == (~apart & ~np.eye(p, dtype=bool))).all()
    else:  # all of them, and perhaps more
        assert (found.marks != 0)[~apart & ~np.eye(p, dtype=bool)].all()
    for i, j in np.argwhere(found.marks != 0):
        assert found.marks[i, j] != ARROW or not cause[j, i]
        assert found.marks[i, j] != TAIL or cause[j, i]
    for claim in knowledge.required:
        i, j = names(p).index(claim.source), names(p).index(claim.target)
        assert (found.marks[i, j], found.marks[j, i]) == (ARROW, TAIL)


@pytest.mark.parametrize("rule", ["standard", "conservative", "majority"])
@given(st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_every_collider_rule_gives_the_true_class(rule: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    dag = random_dag(int(rng.integers(2, 8)), float(rng.uniform(0.5, 4)), rng)
    table = any_table(len(dag))
    found = algorithm("pc", collider=rule).learn_with(Oracle(table, dag), table, Knowledge())
    assert (found.marks == to_cpdag(dag)).all()


@given(st.integers(0, 10**9))
@settings(max_examples=80, deadline=None)
def test_graded_priors_direct_only_what_is_open(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p = int(rng.integers(2, 8))
    dag = random_dag(p, float(rng.uniform(0.5, 4)), rng)
    hard = true_of_dag(dag, rng) if seed % 2 else Knowledge()
    table = any_table(p)
    test = Oracle(table, dag)
    without = algorithm("pc").learn_with(test, table, hard).marks
    priors = Knowledge(hard.required, hard.forbidden, hard.tiers, graded=random_graded(p, rng))
    found = algorithm("pc").learn_with(test, table, priors)
    assert (found.marks == without).all()  # directions come afterwards
    lean(found, table.columns, priors)
    # p-values of 0 and 1 are moved by no prior: the same pairs, and all that was directed before
    assert ((found.marks != 0) == (without != 0)).all()
    was = (without == ARROW) & (without.T == TAIL)
    assert ((found.marks == ARROW) & (found.marks.T == TAIL))[was].all()
    # what is new keeps to the class: no new collider, no cycle, nothing forbidden
    allowed = hard.allowed(table.columns)
    directed = (found.marks == ARROW) & (found.marks.T == TAIL)
    assert not (directed & ~allowed).any()
    for y in range(p):
        above = np.flatnonzero(directed[:, y])
        for x in above:
            for z in above:
                if x < z and found.marks[x, z] == 0:
                    assert dag[x, y]
                    assert dag[z, y]


def test_rfci_keeps_an_edge_that_only_distant_sets_separate() -> None:
    """The graph of Spirtes et al. 2000, section 6.3: FCI removes the edge between a and e, RFCI does not."""
    dag = np.zeros((7, 7), dtype=bool)
    a, b, d, e, f, t1, t2 = range(7)
    for i, j in [(t1, a), (t1, b), (t2, d), (t2, e), (b, e), (d, a), (f, b), (f, d)]:
        dag[i, j] = True
    table = any_table(5)
    test = Oracle(table, dag)
    assert algorithm("fci").learn_with(test, table, Knowledge()).marks[a, e] == 0
    assert algorithm("rfci").learn_with(test, table, Knowledge()).marks[a, e] != 0


@pytest.mark.parametrize("seed", range(4))
def test_rfci_and_fci_agree_where_nothing_is_hidden(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = table_of(linear_gaussian(random_dag(10, 2, rng), 20_000, rng))
    one = resolve("fci", alpha=1e-4, possible_d_sep=0).run(table, Knowledge()).marks
    two = resolve("rfci", alpha=1e-4).run(table, Knowledge()).marks
    assert (one != 0).sum() >= (two != 0).sum()
    assert (one != two).mean() < 0.1
