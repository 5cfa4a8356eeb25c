"""Identification against a decision of another kind and against exact intervention."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from benchmarks import identification_oracle as oracle
from graph.causal import CausalGraph
from graph.errors import CheckFailedError, RefusedError, UsageError
from queries.causal import adjustment, frontdoor, identify
from queries.causal.audit import audit
from queries.causal.bits import BitGraph
from queries.causal.expression import Expression, Probability, Sum, expression_from_json
from queries.causal.results import Estimand, Refusal
from queries.causal.table import Table


def graph_of(p: oracle.Problem) -> CausalGraph:
    return CausalGraph(p.nodes, directed=p.di, bidirected=p.bi)


def error_of(formula: Expression, p: oracle.Problem) -> float:
    model = oracle.Model(p, seed=5, levels=3 if len(p.bi) < 7 else 2)
    found = formula.evaluate(Table.make(p.nodes, model.observed()[None]))
    truth = Table.make((*p.X, *p.Y, *p.Z), model.truth()[None])
    names = tuple(sorted({*found.names, *truth.names}))
    return float(np.max(np.abs(found.spread(names) - truth.spread(names))))


def check(p: oracle.Problem, *, refusal: bool = True) -> str:
    """Hold one answer against both oracles (a refusal's content if asked); return its method."""
    graph = graph_of(p)
    found = identify(graph, p.X, p.Y, p.Z)
    assert found.identified == oracle.identifiable(p), (p, found)
    if isinstance(found, Refusal):
        if refusal:
            check_refusal(found, p)
        return "refused"
    assert found.audit.performed
    assert error_of(found.expression, p) < 1e-9, (p, found.formula)
    assert error_of(expression_from_json(found.to_json()["expression"]), p) < 1e-9
    # what is said of `anywhere` holds, and nothing else is free
    assert set(found.asked) & found.expression.free
    return found.method


def check_refusal(found: Refusal, p: oracle.Problem) -> None:
    """The witness is a hedge, and what is offered as a remedy is one and a smallest one."""
    w = found.witness
    forest, sub, roots = set(w["forest"]), set(w["subforest"]), set(w["roots"])
    di, bi = w["edges"]["directed"], w["edges"]["bidirected"]
    assert roots <= sub < forest
    assert set(di) <= set(p.di)
    assert {frozenset(e) for e in bi} <= {frozenset(e) for e in p.bi}
    for part in (forest, sub):
        inside = [e for e in bi if set(e) <= part]
        reached = {min(part)}
        for _ in part:
            reached |= {n for e in inside if set(e) & reached for n in e}
        assert reached == part  # one district
        kids = {a: b for a, b in di if a in part and b in part}
        assert len([e for e in di if set(e) <= part]) == len(kids)  # one child each
        for node in part:
            while node not in roots:
                node = kids[node]
    if not p.Z:
        assert forest & set(p.X)
        assert not sub & set(p.X)
    assert found.needs
    for group in found.measure:
        left = tuple(e for e in p.bi if tuple(sorted(e)) not in group)
        assert oracle.identifiable(_changed(p, bi=left)) or p.Z
    if found.measure and not p.Z:
        size = len(found.measure[0])
        for gone in itertools.combinations(p.bi, size - 1):
            left = tuple(e for e in p.bi if e not in gone)
            assert not oracle.identifiable(_changed(p, bi=left))
    for group in found.randomise:
        cut = _changed(
            p,
            di=tuple(e for e in p.di if e[1] not in group),
            bi=tuple(e for e in p.bi if not set(e) & set(group)),
        )
        assert oracle.identifiable(cut) or p.Z


def _changed(p: oracle.Problem, **parts) -> oracle.Problem:
    return oracle.Problem(
        p.name, p.nodes, parts.get("di", p.di), parts.get("bi", p.bi), p.X, p.Y, p.Z
    )


@pytest.mark.parametrize("p", oracle.named_problems(), ids=lambda p: p.name)
def test_named_graphs(p):
    assert check(p) == oracle.NAMED_ANSWERS[p.name]


def test_all_graphs_on_three_nodes():
    methods = [check(p) for p in oracle.all_problems(3)]
    assert methods.count("frontdoor") == 1
    assert methods.count("refused") == 59


@pytest.mark.slow
def test_a_third_of_all_graphs_on_four_nodes():
    # every third; benchmarks.identification goes through all of them
    for number, p in enumerate(oracle.all_problems(4)):
        if number % 3 == 0:
            check(p, refusal=number % 20 == 0)


@pytest.mark.parametrize(
    ("number", "sizes", "settings"),
    [
        (250, (4, 6), {}),
        (250, (4, 6), {"joint": True}),
        (250, (4, 6), {"given": True}),
        (150, (4, 6), {"joint": True, "given": True}),
        (100, (5, 7), {"density": (0.5, 0.4)}),
        (40, (8, 9), {"joint": True, "density": (0.35, 0.2)}),
    ],
)
def test_random_graphs(number, sizes, settings):
    methods = {check(p) for p in oracle.random_problems(number, sizes, 21, **settings)}
    assert "refused" in methods
    assert len(methods) > 2


def test_the_napkin_formula_is_the_published_one():
    p = next(p for p in oracle.named_problems() if p.name == "napkin")
    found = identify(graph_of(p), "X", "Y")
    assert isinstance(found, Estimand)
    assert found.anywhere == ("R",)
    assert found.formula == (
        "P(Y | do(X)) = [Σ_W P(Y, X | W, R) P(W)] / [Σ_W P(X | W, R) P(W)]"
        "  (the same for every value of R)"
    )
    assert error_of(Probability(("Y",), ("X",)), p) > 0.01


def test_forms_with_names_are_told_in_words():
    napkin = CausalGraph(
        directed=[("W", "R"), ("R", "X"), ("X", "Y")], bidirected=[("W", "X"), ("W", "Y")]
    )
    found = identify(napkin, "X", "Y")
    assert (found.method, found.adjustment) == ("napkin", ("W",))
    assert "R acts on Y only through X" in found.explanation
    front = CausalGraph(
        directed=[("Z", "X"), ("Z", "M"), ("Z", "Y"), ("X", "M"), ("M", "Y")],
        bidirected=[("X", "Y")],
    )
    found = identify(front, "X", "Y")
    assert (found.method, found.adjustment) == ("conditional-frontdoor", ("M",))
    assert "goes through M" in found.explanation
    chain = CausalGraph(directed=[("A", "B"), ("B", "Y")], bidirected=[("A", "Y")])
    joint = identify(chain, ["A", "B"], "Y")
    assert joint.method == "backdoor"
    assert "Once B is set, setting A changes nothing more" in joint.explanation
    assert any("A and B mean one thing each" in a for a in joint.assumptions)


def test_what_says_nothing_of_the_outcome_is_not_averaged_over():
    graph = CausalGraph(
        directed=[("A", "B"), ("B", "C"), ("C", "D")], bidirected=[("A", "C"), ("B", "D")]
    )
    found = identify(graph, "C", "D")
    assert (found.method, found.adjustment, found.anywhere) == ("backdoor", ("A", "B"), ("A",))
    assert found.formula.endswith("Σ_B P(D | C, A, B) P(B | A)  (the same for every value of A)")
    assert found.adjustment_formula == "P(D | do(C)) = Σ_{A, B} P(D | C, A, B) P(A, B)"


def test_refusals_carry_their_explanation_and_assumptions():
    refused = identify(CausalGraph(directed=[("X", "Y")], bidirected=[("X", "Y")]), "X", "Y")
    told = refused.to_json()
    assert told["explanation"].startswith(refused.reason)
    assert "randomise X" in told["explanation"]
    assert told["assumptions"] == list(refused.assumptions)


def test_front_door_text_latex_and_bound_names():
    p = next(p for p in oracle.named_problems() if p.name == "front-door")
    found = identify(graph_of(p), "X", "Y")
    assert isinstance(found, Estimand)
    assert found.formula == "P(Y | do(X)) = Σ_M P(M | X) Σ_X' P(Y | M, X') P(X')"
    assert found.latex.endswith(r"\sum_{M} P(M \mid X) \sum_{X'} P(Y \mid M, X') P(X')")
    assert found.adjustment == ("M",)
    assert "M" in found.explanation


# adjustment sets -------------------------------------------------------------------------


def valid_by_definition(p: oracle.Problem, z: tuple[str, ...]) -> bool:
    """The adjustment criterion on the graph with explicit hidden causes, by networkx."""
    import networkx as nx

    g = nx.DiGraph(list(p.di))
    g.add_nodes_from(p.nodes)
    x, y = set(p.X), set(p.Y)
    free = g.copy()
    free.remove_nodes_from(x)
    up = set().union(*(nx.ancestors(free, n) | {n} for n in y))
    first = {b for a, b in p.di if a in x and b in up}
    paths = set().union(first, *(nx.descendants(free, n) for n in first)) & up
    below = set().union(paths, *(nx.descendants(g, n) for n in paths))
    if set(z) & below:
        return False
    di = [(a, b) for a, b in p.di if not (a in x and b in first)]
    return oracle.d_separated(p.nodes, di, p.bi, x, y, set(z))


@pytest.mark.parametrize("joint", [False, True])
def test_adjustment_sets_are_valid_and_smallest(joint):
    found_some = 0
    for p in oracle.random_problems(150, (4, 6), 8, joint=joint, density=(0.5, 0.2)):
        g = BitGraph.of(graph_of(p))
        x, y = g.mask(p.X), g.mask(p.Y)
        others = [n for n in p.nodes if n not in (*p.X, *p.Y)]
        valid = [
            z
            for size in range(len(others) + 1)
            for z in itertools.combinations(others, size)
            if valid_by_definition(p, z)
        ]
        best = adjustment.smallest(g, x, y)
        assert (best is not None) == bool(valid), p
        if best is not None:
            assert g.named(best) != () or () in valid
            assert best.bit_count() == len(valid[0]), p
            assert tuple(sorted(g.named(best))) in valid, p
            found_some += bool(best)
        for size in range(len(others) + 1):
            for z in itertools.combinations(others, size):
                assert adjustment.is_valid(g, x, y, g.mask(z)) == (z in valid)
    assert found_some > 10


def test_a_mediator_is_never_adjusted_for():
    graph = CausalGraph(directed=[("X", "M"), ("M", "Y"), ("C", "X"), ("C", "Y")])
    found = identify(graph, "X", "Y")
    assert isinstance(found, Estimand)
    assert found.adjustment == ("C",)
    g = BitGraph.of(graph)
    assert not adjustment.is_valid(g, g.mask("X"), g.mask("Y"), g.mask("CM"))


def test_front_door_search_respects_its_three_conditions():
    for extra in ([("X", "Y")], []):
        graph = CausalGraph(directed=[("X", "M"), ("M", "Y"), *extra], bidirected=[("X", "Y")])
        g = BitGraph.of(graph)
        assert (frontdoor.find(g, g.mask("X"), g.mask("Y")) is None) == bool(extra)


# refusals and wrong calls ----------------------------------------------------------------


def test_the_bow_is_refused_with_what_would_help():
    found = identify(CausalGraph(directed=[("X", "Y")], bidirected=[("X", "Y")]), "X", "Y")
    assert isinstance(found, Refusal)
    assert not found.identified
    assert found.needs == ("measure the hidden common cause of X and Y", "randomise X")
    assert found.measure == ((("X", "Y"),),)
    assert "X and Y" in found.reason
    assert found.to_json()["witness"]["kind"] == "hedge"
    with pytest.raises(RefusedError, match="hidden common causes"):
        found.raise_()


def test_feedback_is_refused_by_name_only_where_it_matters():
    loop = [("A", "B"), ("B", "A")]
    upstream = CausalGraph(directed=[*loop, ("A", "X"), ("X", "Y")])
    found = identify(upstream, "X", "Y", loops="refuse")
    assert isinstance(found, Refusal)
    assert found.witness["loop"] == ["A", "B"]
    assert "A -> B -> A" in found.reason
    downstream = CausalGraph(directed=[*loop, ("X", "Y"), ("Y", "A")])
    assert identify(downstream, "X", "Y", loops="refuse").identified
    long = CausalGraph(directed=[("X", "Y"), ("Y", "Z"), ("Z", "X")])
    refused = identify(long, "X", "Y")
    assert isinstance(refused, Refusal)
    assert "check the evidence for Y -> Z" in refused.needs


def test_open_directions_are_refused_only_where_they_matter():
    cpdag = CausalGraph(directed=[("A", "X"), ("B", "X")], undirected=[("C", "D")])
    assert identify(cpdag, "A", "X").identified
    refused = identify(cpdag, "C", "D")
    assert isinstance(refused, Refusal)
    assert refused.witness["edges"] == [["C", "---", "D"]]
    pag = CausalGraph(directed=[("X", "Y")], kind="PAG")
    refused = identify(pag, "X", "Y")
    assert isinstance(refused, Refusal)
    assert "PAG" in refused.reason
    circles = identify(CausalGraph(circle=[("X", "o", ">", "Y")]), "X", "Y")
    assert isinstance(circles, Refusal)
    assert circles.needs == ("find out whether X causes Y or the reverse",)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ((["X"], ["Q"]), "'Q'"),
        (([], "Y"), "at least one"),
        (("X", "X"), "both treatment and outcome"),
        (("X", "Y", "X"), "both treatment and condition"),
        (("X", "Y", "Y"), "both outcome and condition"),
    ],
)
def test_wrong_calls_are_named(call, words):
    with pytest.raises(UsageError, match=words):
        identify(CausalGraph(directed=[("X", "Y")]), *call)


def test_names_as_text_or_list_are_the_same():
    graph = CausalGraph(directed=[("X", "Y"), ("C", "X"), ("C", "Y")])
    assert identify(graph, "X", "Y") == identify(graph, ["X"], ("Y",))


def test_conditions_are_taken_along():
    graph = CausalGraph(directed=[("X", "Y"), ("C", "X"), ("C", "Y"), ("S", "Y")])
    found = identify(graph, "X", "Y", "S")
    assert isinstance(found, Estimand)
    assert found.formula == "P(Y | do(X), S) = Σ_C P(Y | X, C, S) P(C | S)"


# the audit -------------------------------------------------------------------------------


def test_the_audit_catches_wrong_formulas():
    graph = CausalGraph(directed=[("X", "Y"), ("C", "X"), ("C", "Y")])
    g = BitGraph.of(graph)
    with pytest.raises(CheckFailedError, match="internal error"):
        audit(g, g.mask("X"), g.mask("Y"), 0, Probability(("Y",), ("X",)))


def test_the_audit_says_when_it_was_skipped():
    names = [f"C{i:02}" for i in range(24)]
    edges = [(c, t) for c in names for t in ("X", "Y")]
    found = identify(CausalGraph(directed=[*edges, ("X", "Y")]), "X", "Y")
    assert isinstance(found, Estimand)
    assert found.adjustment == tuple(names)
    assert not found.audit.performed
    assert "more than 16" in found.audit.reason
    assert found.to_json()["audit"] == {"performed": False, "reason": found.audit.reason}


def test_dense_hidden_causes_are_audited_too():
    names = "ABCDEFG"
    bidirected = list(itertools.combinations(names, 2))
    graph = CausalGraph(directed=[("X", "Y"), ("A", "X")], bidirected=[*bidirected, ("G", "Y")])
    found = identify(graph, "X", "Y", "G")
    assert found.identified == oracle.identifiable(
        oracle.Problem(
            "dense", graph.nodes, graph.directed, graph.bidirected, ("X",), ("Y",), ("G",)
        )
    )


def test_large_sparse_graphs_are_quick():
    problems = oracle.random_problems(5, (300, 300), 4, density=(0.01, 0.002))
    for p in problems:
        identify(graph_of(p), p.X, p.Y)


# formulas --------------------------------------------------------------------------------


def test_bound_and_free_variables():
    inner = Sum(("X",), Probability(("Y", "X"), ("M",)))
    assert inner.free == {"Y", "M"}
    assert inner.text(["X"]) == "Σ_X' P(Y, X' | M)"
    assert inner.text() == "Σ_X P(Y, X | M)"
    assert inner.size == 4
    assert Probability(("blood pressure",), ("x_1",)).latex() == (
        r"P(\mathit{blood\ pressure} \mid \mathit{x\_1})"
    )


def test_formulas_refuse_distributions_without_their_variables():
    from graph.errors import InputError

    with pytest.raises(InputError, match="lacks Y"):
        Probability(("Y",)).evaluate(Table.make(["X"], np.ones((1, 2)) / 2))
    for bad in ({}, [], {"p": "X"}, {"quotient": [1]}, {"sum": ["a"]}):
        with pytest.raises(InputError):
            expression_from_json(bad)
