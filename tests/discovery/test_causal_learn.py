"""causal-learn's algorithms: what they return is causal-learn's, knowledge holds, nothing is printed."""

from __future__ import annotations

import _thread
import random
import threading
import warnings

import numpy as np
import pytest

import discovery
from discovery import Knowledge
from discovery.algorithms import REGISTRY, resolve
from discovery.algorithms.causal_learn import marks_of
from discovery.marks import ARROW, CIRCLE, TAIL, adjacency, arrows, topological_order
from discovery.orientation import to_cpdag
from discovery.simulate import linear_gaussian, random_dag
from graph.errors import DataError, UsageError
from tests.discovery.helpers import dataset_of, linear_uniform, names, table_of

THEIRS = sorted(name for name in REGISTRY if name.startswith("causal-learn/"))
LINGAM = ["causal-learn/direct-lingam", "causal-learn/ica-lingam"]


def gaussian(seed: int, p: int = 6, n: int = 600):
    rng = np.random.default_rng(seed)
    dag = random_dag(p, 2.5, rng)
    return dag, table_of(linear_gaussian(dag, n, rng))


def uniform(seed: int, p: int = 5, n: int = 600):
    rng = np.random.default_rng(seed)
    dag = random_dag(p, 2, rng)
    return dag, table_of(linear_uniform(dag, n, rng))


def test_all_of_them_are_there() -> None:
    expected = "boss direct-lingam exact-search fci ges grasp ica-lingam lingam pc rcd"
    assert [name.split("/")[1] for name in THEIRS] == expected.split()


@pytest.mark.parametrize("seed", range(3))
def test_fci_is_causal_learns(seed: int) -> None:
    from causallearn.search.ConstraintBased.FCI import fci

    _, table = gaussian(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph, _ = fci(table.values, "fisherz", 0.01, show_progress=False)
    learned = resolve("causal-learn/fci").run(table, Knowledge())
    assert (learned.marks == marks_of(graph.graph)).all()
    for i, j in np.argwhere(np.triu(~adjacency(learned.marks), 1)):
        found = learned.separations[int(i), int(j)]
        assert found.p_value > 0.01
        assert set(found.best) <= found.nodes


@pytest.mark.parametrize("name", LINGAM)
def test_lingam_is_causal_learns(name: str) -> None:
    from causallearn.search.FCMBased import lingam

    dag, table = uniform(3)
    values = (table.values - table.values.mean(axis=0)) / table.values.std(axis=0)
    model = (
        lingam.DirectLiNGAM() if "direct" in name else lingam.ICALiNGAM(random_state=0)
    )  # fmt: skip
    model.fit(values)
    marks = resolve(name).run(table, Knowledge()).marks
    assert (arrows(marks) == (model.adjacency_matrix_.T != 0)).all()
    assert (arrows(marks) & dag).sum() >= dag.sum() - 1


def test_grasp_boss_and_exact_search_find_the_class() -> None:
    dag, table = gaussian(1, p=5, n=5000)
    for name in ("boss", "grasp", "exact-search", "ges"):
        settings = {} if name == "exact-search" else {"penalty": 1.0}
        marks = resolve(f"causal-learn/{name}", **settings).run(table, Knowledge()).marks
        assert (marks == to_cpdag(dag)).all(), name


@pytest.mark.parametrize("name", THEIRS)
def test_nothing_is_printed_and_random_numbers_go_on(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    _, table = uniform(0, n=200)
    random.seed(5), np.random.seed(5)
    expected = random.random(), np.random.rand()
    random.seed(5), np.random.seed(5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        resolve(name).run(table, Knowledge())
    assert (random.random(), np.random.rand()) == expected
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", [*LINGAM, "causal-learn/rcd", "causal-learn/fci"])
@pytest.mark.parametrize("seed", range(6))
def test_knowledge_of_any_kind_holds(name: str, seed: int) -> None:
    _, table = uniform(seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(5).tolist()
    columns = table.columns
    pairs = [(columns[a], columns[b]) for k, a in enumerate(order) for b in order[k + 1 :]]
    knowledge = Knowledge(
        required=[e for e in pairs if rng.random() < 0.25],
        forbidden=[(b, a) for a, b in pairs if rng.random() < 0.3],
        tiers=[[columns[k] for k in order[:2]], [columns[k] for k in order[2:]]],
    )
    learned = resolve(name).run(table, knowledge)
    directed = arrows(learned.marks)
    assert not (directed & ~knowledge.allowed(columns)).any()
    assert topological_order(directed) is not None
    for claim in knowledge.required:
        assert directed[columns.index(claim.source), columns.index(claim.target)]
    if name == "causal-learn/rcd":
        # nobody is said to be a cause of what it is not: an arrowhead at each such column
        banned = (learned.marks != 0) & ~knowledge.allowed(columns)
        assert (learned.marks.T[banned] == ARROW).all()


@pytest.mark.parametrize("name", LINGAM)
def test_knowledge_that_the_data_agree_with_changes_nothing(name: str) -> None:
    _, table = uniform(3)
    free = resolve(name).run(table, Knowledge())
    i, j = np.argwhere(arrows(free.marks))[0]
    known = Knowledge(required=[(table.columns[i], table.columns[j])])
    learned = resolve(name).run(table, known)
    assert (learned.marks == free.marks).all()
    assert learned.conflicts == []


def test_a_lingam_edge_against_knowledge_is_turned_and_reported() -> None:
    rng = np.random.default_rng(0)
    a = rng.uniform(-1, 1, 2000)
    data = dataset_of(np.column_stack([a, a + rng.uniform(-1, 1, 2000)]), ("a", "b"))
    assert discovery.learn(data, "causal-learn/lingam").graph.directed == (("a", "b"),)
    found = discovery.learn(data, "causal-learn/lingam", Knowledge(forbidden=[("a", "b")]))
    assert found.graph.directed == (("b", "a"),)
    assert [c.kind.value for c in found.conflicts] == ["opposite direction"]
    assert "in the graph learned without knowledge" in found.conflicts[0].data


def test_rcd_sees_a_hidden_cause() -> None:
    rng = np.random.default_rng(1)
    hidden = rng.uniform(-1, 1, 1500)
    x, y = (hidden + 0.4 * rng.uniform(-1, 1, 1500) for _ in range(2))
    data = dataset_of(np.column_stack([x, y]), ("x", "y"))
    (edge,) = discovery.learn(data, "causal-learn/rcd").edges
    assert edge.kind == "<->"
    (edge,) = discovery.learn(data, "causal-learn/rcd", Knowledge(required=[("x", "y")])).edges
    assert (edge.source, edge.kind, edge.target) == ("x", "-->", "y")


def test_fci_keeps_a_hidden_cause_under_tiers() -> None:
    """Their issue 266: with tiers, what only a hidden cause joins became a direct edge."""
    rng = np.random.default_rng(2)
    hidden = rng.normal(size=4000)
    y, z = (hidden + 0.5 * rng.normal(size=4000) for _ in range(2))
    table = table_of(np.column_stack([y, z]))
    known = Knowledge(tiers=[[table.columns[1]], [table.columns[0]]])
    marks = resolve("causal-learn/fci").run(table, known).marks
    assert marks[1, 0] == ARROW
    assert marks[0, 1] == CIRCLE


@pytest.mark.parametrize("test", ["kci", "rcit", pytest.param("fastkci", marks=pytest.mark.slow)])
def test_kernel_tests_see_what_correlations_do_not(test: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 150)
    table = table_of(np.column_stack([x, x**2 + 0.1 * rng.normal(size=150)]))
    assert not adjacency(resolve("causal-learn/pc").run(table, Knowledge()).marks).any()
    marks = resolve("causal-learn/pc", test=test, seed=3).run(table, Knowledge()).marks
    assert adjacency(marks)[0, 1]


def test_test_wise_deletion() -> None:
    _, table = gaussian(0, n=2000)
    values = table.values.copy()
    values[np.random.default_rng(0).random(values.shape) < 0.05] = np.nan
    data = dataset_of(values)
    found = discovery.learn(data, "causal-learn/pc", missing="testwise", test="mv_fisherz")
    full = discovery.learn(dataset_of(table.values), "causal-learn/pc")
    pairs = [{(e.source, e.target) for e in result.edges} for result in (found, full)]
    assert pairs[0] == pairs[1]
    with pytest.raises(UsageError, match="missing values"):
        discovery.learn(data, "causal-learn/pc", missing="testwise")


@pytest.mark.parametrize("name", ["pc", "fci", "ges", "boss", "grasp"])
def test_categories(name: str) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 2, (2, 2000))
    c = np.where(rng.random(2000) < 0.9, a ^ b, a) + a
    table = table_of(np.column_stack([a, b, c, rng.integers(0, 3, 2000)]).astype(float))
    setting = {"test": "gsq"} if name in ("pc", "fci") else {"score": "bdeu"}
    algorithm = resolve(f"causal-learn/{name}", **setting)
    assert algorithm.categories
    marks = algorithm.run(table, Knowledge()).marks
    assert [tuple(e) for e in np.argwhere(np.triu(adjacency(marks)))] == [(0, 2), (1, 2)]


@pytest.mark.parametrize("name", THEIRS)
def test_graded_knowledge_is_refused(name: str) -> None:
    _, table = uniform(0, n=100)
    graded = Knowledge(graded=[(table.columns[0], table.columns[1], 1.0)])
    with pytest.raises(UsageError, match="graded"):
        resolve(name).run(table, graded)


def test_too_many_columns_for_exact_search() -> None:
    table = table_of(np.random.default_rng(0).normal(size=(50, 13)))
    with pytest.raises(UsageError, match="13 columns"):
        resolve("causal-learn/exact-search").run(table, Knowledge())


def test_what_causal_learn_cannot_use_is_a_data_error() -> None:
    rng = np.random.default_rng(0)
    base = rng.normal(size=(30, 2))
    table = table_of(rng.normal(size=(30, 3)))
    object.__setattr__(table, "values", np.column_stack([base, base[:, 0]]))
    with pytest.raises(DataError, match=r"causal-learn/pc failed.*singular"):
        resolve("causal-learn/pc").run(table, Knowledge())


def test_an_interrupt_gives_what_is_required_only() -> None:
    rng = np.random.default_rng(0)
    table = table_of(linear_gaussian(random_dag(30, 6, rng), 500, rng))
    known = Knowledge(required=[(names(30)[3], names(30)[7])])
    resolve("causal-learn/fci").run(table_of(rng.normal(size=(50, 3))), Knowledge())  # imports
    timer = threading.Timer(0.3, _thread.interrupt_main)
    timer.start()
    learned = resolve("causal-learn/fci", alpha=0.2).run(table, known)
    assert not learned.complete
    assert np.argwhere(learned.marks == ARROW).tolist() == [[3, 7]]
    assert (learned.marks == TAIL).sum() == 1
    assert "interrupted" in learned.notes[0]


def test_pc_with_the_context_in_a_first_tier_is_cd_nod() -> None:
    from causallearn.search.ConstraintBased.CDNOD import cdnod

    from discovery.algorithms.causal_learn.base import quiet

    for seed in range(4):
        rng = np.random.default_rng(seed)
        values = linear_gaussian(random_dag(6, 2, rng), 600, rng)
        context = np.repeat([0.0, 1.0], 300)
        values[300:, rng.choice(6, 2, replace=False)] += 1.0
        with quiet():
            theirs = marks_of(cdnod(values, context[:, None], 0.01, "fisherz").G.graph)
        table = table_of(np.column_stack([values, context]))
        known = Knowledge(tiers=[table.columns[6:], table.columns[:6]])
        ours = resolve("causal-learn/pc").run(table, known).marks
        assert (ours == theirs).all()
