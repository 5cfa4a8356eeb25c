"""Effects in PAGs, beyond adjustment: against all members of the class, hidden causes included."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from benchmarks import identification_oracle as oracle
from graph.causal import CausalGraph
from graph.causal_classes import mag_members
from queries.causal import Estimand, identify
from queries.causal.audit import audit
from queries.causal.bits import BitGraph
from queries.causal.markov_class import confounded
from queries.causal.table import Table
from tests.queries.causal.test_markov_class import mags, pag_of, random_dag, separations


def graphs_of(pag: CausalGraph) -> list[CausalGraph]:
    """Causal graphs of the class: each MAG with different sets of hidden causes that it allows."""
    found = []
    for mag in mag_members(pag):
        orders = [(), *itertools.islice(itertools.permutations(mag.directed), 24)]
        found += dict.fromkeys(confounded(mag, order) for order in orders)
    return found


def agreed(graphs, x, y, seed) -> bool:
    """Whether the effect is identified in every graph, by formulas that are equal on distributions of the class."""
    answers = [identify(g, x, y) for g in graphs]
    if not all(a.identified for a in answers):
        return False
    first = graphs[0]
    p = oracle.Problem("", first.nodes, first.directed, first.bidirected, tuple(x), (y,), ())
    joint = Table.make(p.nodes, oracle.Model(p, seed=seed).observed()[None])
    names = tuple(sorted((*x, y)))
    values = []
    for a in answers:
        value = a.expression.evaluate(joint)
        if a.anywhere:
            value = value.multiply(joint.marginal(a.anywhere)).sum(a.anywhere)
        values.append(np.broadcast_to(value.spread(names), (1, *(2,) * len(names))))
    return max(float(np.abs(v - values[0]).max()) for v in values) < 1e-9


@pytest.mark.slow
def test_answers_and_refusals_are_those_of_the_enumerated_class():
    rng = random.Random(5)
    tried, answered, refused = 0, 0, 0
    while tried < 12:
        every = mags(random_dag(rng, 4, 0.7))
        if not every:
            continue
        tried += 1
        wanted = separations(rng.choice(every))
        pag = pag_of([m for m in every if separations(m) == wanted])
        graphs = graphs_of(pag)
        for x in ((rng.choice(pag.nodes),), tuple(sorted(rng.sample(pag.nodes, 2)))):
            for y in sorted(set(pag.nodes) - set(x)):
                found = identify(pag, x, y)
                same = agreed(graphs, x, y, tried)
                assert found.identified == same, (pag.edges, x, y)
                if isinstance(found, Estimand):
                    answered += 1
                    for g in map(BitGraph.of, graphs):
                        audit(g, g.mask(x), g.mask((y,)), 0, found.expression)
                else:
                    refused += 1
    assert answered > 15
    assert refused > 15


def test_what_no_adjustment_gives_is_found_and_written_shortly():
    pag = CausalGraph.from_edges(
        [
            ("A", "o->", "X1"), ("B", "o->", "X1"), ("X1", "-->", "L"), ("L", "-->", "X2"),
            ("C", "o->", "X2"), ("X2", "-->", "Y"), ("L", "-->", "Y"),
        ],
        kind="PAG",
    )  # fmt: skip
    found = identify(pag, ["X1", "X2"], "Y")
    assert found.method == "general"
    assert found.formula == "P(Y | do(X1, X2)) = Σ_L P(Y | L, X2) P(L | X1)"
    assert found.audit.performed
    assert identify(pag, ["X1", "X2"], "Y", "L").identified


def test_hidden_causes_that_leave_the_class_are_no_objection():
    # a common cause beside B -> C and one beside B -> D together would tie A to C
    pag = CausalGraph.from_edges(
        [("B", "-->", "C"), ("D", "-->", "C"), ("A", "o->", "D"), ("B", "o->", "D")], kind="PAG"
    )
    found = identify(pag, "D", "C")
    assert (found.method, found.adjustment) == ("backdoor", ("B",))
    mag = CausalGraph(
        directed=[("B", "C"), ("D", "C"), ("A", "D"), ("B", "D")], bidirected=(), kind="MAG"
    )
    for order in (mag.directed, mag.directed[::-1]):
        graph = confounded(mag, order)
        assert len(graph.bidirected) < 3
        assert separations(graph) == separations(mag)
