from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import discovery
from discovery import Knowledge
from discovery.algorithms.boss import BOSS
from discovery.algorithms.ges import GES
from discovery.algorithms.grasp import GRaSP
from discovery.algorithms.scored import limits_of
from discovery.classes import class_of, member_of
from discovery.equivalence import greedy_equivalence
from discovery.grasping import best_tucks
from discovery.marks import arrows, topological_order
from discovery.orientation import orient, to_cpdag
from discovery.permutation import Limits, best_order
from discovery.scores import make_score
from discovery.simulate import linear_gaussian, random_dag
from tests.discovery.helpers import dataset_of, names, table_of
from tests.discovery.test_boss import shd
from tests.discovery.test_orientation import true_knowledge
from tests.discovery.test_scores import discrete_values, mixed_values

ALL = (GES, GRaSP, BOSS)


def anything(p: int) -> np.ndarray:
    return ~np.eye(p, dtype=bool)


@given(st.integers(0, 10**6))
@settings(max_examples=80, deadline=None)
def test_class_and_member_agree_with_the_plain_versions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p = int(rng.integers(2, 9))
    dag = random_dag(p, float(rng.uniform(0.5, 4)), rng)
    marks = class_of(dag, anything(p), False)
    assert (marks == to_cpdag(dag)).all()
    exists, member = member_of(marks)
    assert exists
    assert (to_cpdag(member) == marks).all()
    allowed = anything(p) & ~((rng.random((p, p)) < 0.3) & ~dag)
    known = orient(dag | dag.T, lambda x, y, z: bool(dag[x, y] and dag[z, y]), allowed)
    assert (class_of(dag, allowed, True) == known.marks).all()


def test_no_member_of_a_graph_that_has_none() -> None:
    square = np.zeros((4, 4), dtype=np.int8)
    for i in range(4):  # a cycle of four without a chord is no class
        square[i, (i + 1) % 4] = square[(i + 1) % 4, i] = 1
    assert not member_of(square)[0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("penalty", [0.5, 2.0])
def test_same_graph_as_causal_learn(seed: int, penalty: float) -> None:
    rng = np.random.default_rng([seed, 77])
    p = int(rng.integers(4, 13))
    data = dataset_of(linear_gaussian(random_dag(p, float(rng.uniform(1, 3.5)), rng), 500, rng))
    theirs = discovery.learn(data, "causal-learn/ges", penalty=penalty)
    ours = discovery.learn(data, "ges", penalty=2 * penalty, gamma=0)
    assert ours.graph == theirs.graph


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_same_graph_as_causal_learn_at_thirty_columns() -> None:
    for seed in range(3):
        rng = np.random.default_rng([seed, 78])
        data = dataset_of(linear_gaussian(random_dag(30, 3, rng), 1000, rng))
        theirs = discovery.learn(data, "causal-learn/ges", penalty=1.0)
        assert discovery.learn(data, "ges", penalty=2.0, gamma=0).graph == theirs.graph


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(4))
def test_same_graph_as_causal_learn_for_categories(seed: int) -> None:
    """Their BDeu has equivalent sample size 1 and a structure prior of 1 / (p - 1) for each edge."""
    from causallearn.search.ScoreBased.GES import ges

    from discovery.scores.discrete import BDeu

    rng = np.random.default_rng([seed, 79])
    codes = discrete_values(rng, 6, 600).astype(int)
    graph = ges(codes, "local_score_BDeu")["G"].graph
    theirs = np.zeros((6, 6), dtype=np.int8)
    theirs[graph.T == -1], theirs[graph.T == 1] = 1, 2
    term = np.log(1 / 5) - np.log(1 - 1 / 5)
    score = BDeu(codes, 1.0, sparsity=-term / np.log(6))
    ours = greedy_equivalence(score, Limits.of(6))
    assert (to_cpdag(ours.dag) == theirs).all()


@given(st.integers(0, 10**6), st.sampled_from(ALL))
@settings(max_examples=45, deadline=None)
def test_result_is_a_class_of_dags(seed: int, cls: type) -> None:
    rng = np.random.default_rng(seed)
    p = int(rng.integers(2, 9))
    make = (
        discrete_values,
        mixed_values,
        lambda r, k: linear_gaussian(random_dag(k, 3, r), 300, r),
    )
    table = table_of(make[int(rng.integers(3))](rng, p))
    if table.p < 2:
        return
    marks = cls().run(table, Knowledge()).marks
    exists, member = member_of(marks)
    assert exists
    assert (to_cpdag(member) == marks).all()


@given(st.integers(0, 10**6), st.sampled_from(ALL))
@example(1092, GES)
@settings(max_examples=60, deadline=None)
def test_any_knowledge_holds_inside_the_search(seed: int, cls: type) -> None:
    """Knowledge that need not be true of the data: required edges in, forbidden ones and tiers kept, no
    cycle, and the graph found is a member that knowledge allows."""
    rng = np.random.default_rng(seed)
    p = int(rng.integers(3, 8))
    table = table_of(linear_gaussian(random_dag(p, 2, rng), 300, rng))
    columns = names(p)
    order = rng.permutation(p)  # true of some order, not of the data
    pairs = [
        (columns[order[a]], columns[order[b]])
        for a in range(p)
        for b in range(a + 1, p)
        if rng.random() < 0.2
    ]
    forbidden = [
        (columns[a], columns[b])
        for a in range(p)
        for b in range(p)
        if a != b and rng.random() < 0.2 and (columns[a], columns[b]) not in pairs
    ]
    cut = int(rng.integers(0, p + 1))
    tiers = [[columns[k] for k in order[:cut]], [columns[k] for k in order[cut:]]]
    knowledge = Knowledge(pairs, forbidden, tiers if rng.random() < 0.5 else [])
    limits = limits_of(table, knowledge)
    algorithm = cls()
    found = algorithm.find(algorithm.score_of(table), limits)
    assert not (found.dag & ~limits.allowed).any()
    assert not (limits.required & ~found.dag).any()
    assert topological_order(found.dag) is not None
    learned = algorithm.run(table, knowledge)
    assert member_of(learned.marks)[0]
    assert not (arrows(learned.marks) & ~limits.allowed).any()
    assert not (limits.required & ~arrows(learned.marks)).any()
    assert topological_order(arrows(learned.marks)) is not None


@pytest.mark.parametrize("cls", ALL)
def test_true_knowledge_is_kept_and_does_not_hurt(cls: type) -> None:
    wrong = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        dag = random_dag(8, 2, rng)
        table = table_of(linear_gaussian(dag, 20000, rng))
        found = cls().run(table, true_knowledge(dag, rng))
        free = cls().run(table, Knowledge())
        assert shd(free.marks, to_cpdag(dag)) == 0
        wrong += bool((arrows(found.marks) & ~dag).any() or found.conflicts)
    assert wrong == 0


@pytest.mark.parametrize("cls", ALL)
def test_graded_priors_tip_what_the_data_leave_open(cls: type) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(500, 3))
    values[:, 1] += 0.09 * values[:, 0]  # too weak an edge for the BIC
    table = table_of(values)
    assert not cls().run(table, Knowledge()).marks.any()
    supported = Knowledge(graded=[("x00", "x01", 4.0)])
    assert np.argwhere(np.triu(cls().run(table, supported).marks)).tolist() == [[0, 1]]
    strong = values.copy()
    strong[:, 1] += strong[:, 0]
    against = Knowledge(graded=[("x00", "x01", -4.0), ("x01", "x00", -4.0)])
    assert cls().run(table_of(strong), against).marks[0, 1] != 0  # data outweigh it


def mean_total(cls: type, seeds: range, p: int) -> tuple[int, int]:
    reached = 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        dag = random_dag(p, 2.5, rng)
        table = table_of(linear_gaussian(dag, 1000, rng))
        algorithm = cls()
        score = algorithm.score_of(table)
        reached += algorithm.find(score, Limits.of(p)).score >= score.total(dag) - 1e-6
    return reached, len(seeds)


@pytest.mark.parametrize(("cls", "least"), [(GES, 0.6), (GRaSP, 0.9), (BOSS, 0.95)])
def test_scores_at_least_as_well_as_the_truth(cls: type, least: float) -> None:
    reached, number = mean_total(cls, range(3000, 3020), 20)
    assert reached >= least * number


@pytest.mark.parametrize("cls", ALL)
def test_interrupt_gives_the_best_so_far(cls: type, monkeypatch: pytest.MonkeyPatch) -> None:
    from discovery import equivalence, grasping, permutation

    kernels = {GES: (equivalence, "forward_step"), GRaSP: (grasping, "search_from"),
               BOSS: (permutation, "move")}  # fmt: skip
    module, name = kernels[cls]
    kernel, calls = getattr(module, name), 0

    def stop(*args):
        nonlocal calls
        calls += 1
        if calls == 9:
            raise KeyboardInterrupt
        return kernel(*args)

    monkeypatch.setattr(module, name, stop)
    rng = np.random.default_rng(0)
    table = table_of(linear_gaussian(random_dag(15, 3, rng), 500, rng))
    found = cls().run(table, Knowledge())
    assert not found.complete
    assert found.marks.any()
    assert found.notes == ["interrupted: the best graph so far"]


def test_most_parents_are_kept() -> None:
    rng = np.random.default_rng(2)
    causes = rng.normal(size=(2000, 5))
    table = table_of(np.column_stack([causes, causes.sum(axis=1) + rng.normal(size=2000)]))
    assert arrows(GES().run(table, Knowledge()).marks)[:, 5].sum() == 5
    limited = greedy_equivalence(make_score(table), Limits.of(6), most=2)
    assert limited.dag.sum(axis=0).max() <= 2


@pytest.mark.parametrize("seed", range(4))
def test_tucks_and_moves_find_equal_scores_mostly(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = table_of(linear_gaussian(random_dag(12, 2, rng), 2000, rng))
    score = make_score(table)
    starts = [rng.permutation(12).tolist() for _ in range(3)]
    one, two = best_tucks(score, starts=starts), best_order(score, starts=starts)
    assert one.score == pytest.approx(two.score, abs=1e-6)
    assert one.score == pytest.approx(score.total(one.dag), abs=1e-6)
    assert (to_cpdag(one.dag) == to_cpdag(two.dag)).all()


@pytest.mark.parametrize("cls", ALL)
def test_text_and_numbers_are_scored_together(cls: type) -> None:
    import pandas as pd

    from graph.dataset import Dataset

    rng = np.random.default_rng(0)
    group = rng.integers(0, 3, 800)
    frame = pd.DataFrame(
        {
            "group": np.array(["red", "blue", "green"])[group],
            "size": np.array([0.0, 2.0, -1.0])[group] + rng.normal(size=800),
            "noise": rng.normal(size=800),
        }
    )
    found = discovery.learn(Dataset(frame), cls.name)
    assert [(e.source, e.target) for e in found.edges] == [("group", "size")]
    assert any("degenerate-gaussian" in note for note in found.notes)
