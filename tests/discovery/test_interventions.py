"""Interventional data: what interventions identify, scores against plain regressions, the search."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import discovery
from discovery import Knowledge
from discovery.algorithms import resolve
from discovery.data import Table
from discovery.interventions import cut, essential_graph, identified, mechanisms
from discovery.interventions.orders import search
from discovery.interventions.scores import CountScore, DesignScore, GaussianScore
from discovery.marks import ARROW, TAIL, arrows, from_graph, topological_order
from discovery.orientation import extend, to_cpdag
from discovery.simulate import linear_gaussian, random_dag
from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from tests.discovery.helpers import Bools, common, dataset_of, members, names, table_of

COUNTS = (853, 902, 911, 723, 810, 799, 848, 913, 707)
"""rows of the nine conditions of Sachs et al. 2005, in the order of the table"""
ACTED_ON = ("", "", "akt", "pkc", "pip2", "mek", "akt", "pkc", "pka")


def simulated(
    seed: int, p: int, number: int, kind: str, n: int = 4000
) -> tuple[Bools, Table, Bools]:
    """A linear model under no and under ``number`` single interventions; DAG, table, environments."""
    rng = np.random.default_rng(seed)
    dag = random_dag(p, 2, rng)
    order = topological_order(dag)
    assert order is not None
    weights = np.where(dag, rng.uniform(0.6, 1.4, (p, p)) * rng.choice([-1, 1], (p, p)), 0.0)
    environments = np.zeros((number + 1, p), dtype=bool)
    environments[np.arange(1, number + 1), rng.permutation(p)[:number]] = True
    values, targets = [], []
    for row in environments:
        used, shift = weights.copy(), np.zeros(p)
        used[:, row] *= 0.0 if kind == "hard" else 0.3
        shift[row] = 1.5
        part = rng.normal(size=(n, p)) + shift
        for j in order:
            part[:, j] += part @ used[:, j]
        values.append(part)
        targets.append(np.repeat(row[None], n, axis=0))
    table = replace(table_of(np.vstack(values)), targets=np.vstack(targets))
    return dag, table, environments


def total(score: GaussianScore, graph: Bools) -> float:
    """The score of a graph, parent by parent."""
    value = 0.0
    for y in range(len(graph)):
        above = np.flatnonzero(graph[:, y]).tolist()
        value += sum(float(score.gains(y, above[:k])[above[k]]) for k in range(len(above)))
    return value


def test_a_hard_intervention_directs_the_edges_of_its_target_only() -> None:
    chain = np.zeros((4, 4), dtype=bool)
    chain[0, 1] = chain[1, 2] = chain[2, 3] = True
    one = np.array([[False] * 4, [False, False, False, True]])
    marks = essential_graph(chain, one).marks
    assert marks[2, 3] == ARROW
    assert marks[0, 1] == marks[1, 0] == TAIL
    assert identified(one)[2, 3]
    assert not identified(one)[0, 1]


def test_soft_interventions_need_something_to_compare_with() -> None:
    both = np.array([[True, False], [False, True]])
    assert not identified(both, "soft").any()
    assert identified(both, "hard")[0, 1]
    assert identified(np.vstack([both, [False, False]]), "soft")[0, 1]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 5), st.integers(1, 3))
def test_essential_graph_is_what_all_equivalent_graphs_share(
    seed: int, p: int, number: int
) -> None:
    rng = np.random.default_rng(seed)
    dag = random_dag(p, 2, rng)
    environments = np.vstack([np.zeros(p, dtype=bool), rng.random((number, p)) < 0.3])

    def cut_skeletons(graph: Bools) -> list[list[list[bool]]]:
        # the condition of Hauser and Buehlmann 2012, Theorem 10
        left = [np.where(row[None, :], False, graph) for row in environments]
        return [(g | g.T).tolist() for g in left]

    everything = ~np.eye(p, dtype=bool)
    equal = [g for g in members(dag, everything) if cut_skeletons(g) == cut_skeletons(dag)]
    assert essential_graph(dag, environments).marks.tolist() == common(equal).tolist()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["hard", "soft"]))
def test_gaussian_score_is_that_of_regressions_on_the_parts(seed: int, kind: str) -> None:
    _, table, environments = simulated(seed, 4, 2, kind, n=60)
    found = mechanisms(table, kind)  # type: ignore[arg-type]
    score = GaussianScore(table.values, found, penalty=1.5)
    assert table.targets is not None

    def by_hand(y: int, parents: list[int]) -> float:
        assert table.targets is not None
        parts = [~table.targets[:, y]]
        if kind == "soft":
            parts += [(table.targets == row).all(axis=1) for row in environments if row[y]]
        total = 0.0
        for rows in parts:
            x = np.column_stack([np.ones(rows.sum()), table.values[rows][:, parents]])
            z = table.values[rows, y]
            rest = z - x @ np.linalg.lstsq(x, z, rcond=None)[0]
            total -= len(z) * np.log(rest.var() / z.var()) + 1.5 * len(parents) * np.log(len(z))
        return total

    for y in range(4):
        others = [k for k in range(4) if k != y]
        gains = score.gains(y, others[:1])
        for k in others[1:]:
            assert gains[k] == pytest.approx(by_hand(y, [others[0], k]) - by_hand(y, others[:1]))
        losses = score.losses(y, others)
        for position, k in enumerate(others):
            rest = [o for o in others if o != k]
            assert losses[position] == pytest.approx(by_hand(y, rest) - by_hand(y, others))
    same = DesignScore(table.values, found, penalty=1.5, contexts=False)
    for y in range(4):
        others = [k for k in range(4) if k != y]
        assert same.local(y, others[:2]) == pytest.approx(by_hand(y, others[:2]))


def test_count_score_leaves_out_rows_in_which_the_column_was_set() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, (300, 3))
    targets = np.zeros((300, 3), dtype=bool)
    targets[200:, 2] = True
    changed = codes.copy()
    changed[200:, 2] = 0
    scores = []
    for values in (codes, changed):
        table = replace(table_of(values.astype(float)), targets=targets)
        scores.append(CountScore(values, mechanisms(table)))
    assert scores[0].local(2, [0, 1]) == scores[1].local(2, [0, 1])
    assert scores[0].local(0, [2]) != scores[1].local(0, [2])
    alone = CountScore(codes[:200], mechanisms(table_of(codes[:200].astype(float))))
    assert scores[0].local(2, [0]) == pytest.approx(alone.local(2, [0]))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["hard", "soft"]), st.integers(4, 8))
def test_no_graph_is_left_that_is_worse_than_the_truth(seed: int, kind: str, p: int) -> None:
    dag, table, _ = simulated(seed, p, p // 2, kind, n=400)
    score = GaussianScore(table.values, mechanisms(table, kind), 1.0, 0.5)  # type: ignore[arg-type]

    found = search(score, [list(range(p)), list(range(p))[::-1]])
    assert found.score == pytest.approx(total(score, found.dag))
    assert found.score >= total(score, dag) - 1e-6


@pytest.mark.parametrize("kind", ["hard", "soft"])
def test_finds_the_essential_graph_of_a_linear_model(kind: str) -> None:
    wrong = 0
    for seed in range(20):
        dag, table, environments = simulated(seed, 7, 3, kind)
        found = resolve("gies", interventions=kind).run(table, Knowledge())
        truth = essential_graph(dag, environments, kind).marks  # type: ignore[arg-type]
        wrong += found.marks.tolist() != truth.tolist()
    assert wrong <= 2  # effects that nearly cancel hide an edge in two of twenty


# fixed seeds: about one world in sixty ends in a lower optimum, as greedy searches do
@pytest.mark.parametrize("seed", range(10))
def test_without_interventions_it_is_the_observational_search(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = table_of(linear_gaussian(random_dag(8, 2, rng), 3000, rng))
    found = resolve("gies").run(table, Knowledge())
    boss = resolve("boss").run(table, Knowledge())
    score = GaussianScore(table.values, mechanisms(table), 1.0, 0.5)
    ours, theirs = (extend(m.marks) for m in (found, boss))
    assert ours is not None
    assert theirs is not None
    lead = total(score, arrows(ours)) - total(score, arrows(theirs))
    assert lead >= -1e-6
    if lead < 1e-6:
        assert found.marks.tolist() == boss.marks.tolist()
    assert any("no interventions" in note for note in found.notes)


def test_a_target_whose_measured_value_does_not_count() -> None:
    # an inhibitor of x: x is measured as before, but y no longer follows it
    rng = np.random.default_rng(1)
    x = rng.normal(size=(4, 2000))
    y = 1.2 * x + rng.normal(size=(4, 2000))
    y[3] = rng.normal(size=2000) - 2
    values = np.column_stack([x.ravel(), y.ravel()])
    targets = np.zeros((8000, 2), dtype=bool)
    targets[6000:, 0] = True
    table = replace(table_of(values), targets=targets)
    found = resolve("gies", interventions="set").run(table, Knowledge())
    assert arrows(found.marks).tolist() == [[False, True], [False, False]]
    assert "intervention on x00" in found.reasons[0, 1].rule


def test_shifts_off_target_do_not_become_edges() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(size=(6000, 5))
    labels = np.repeat(np.arange(6), 1000)
    values += (rng.uniform(1, 4, (6, 5)) * rng.choice([-1, 1], (6, 5)))[labels]  # every condition
    values[:, 1] += values[:, 0]
    table = replace(table_of(values), clusters=labels)
    plain = resolve("gies").run(replace(table, clusters=None), Knowledge())
    aware = resolve("gies", off_target=True, environments="clusters").run(table, Knowledge())
    edges = [tuple(map(int, e)) for e in np.argwhere(np.triu((aware.marks | aware.marks.T) != 0))]
    assert edges == [(0, 1)]
    assert (plain.marks != 0).sum() > 2


def test_unknown_targets_direct_edges_too() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=6000)
    labels = np.repeat(np.arange(3), 2000)
    y = 1.5 * x + rng.normal(size=6000) + np.array([0, 3, -3])[labels]
    table = replace(table_of(np.column_stack([y, x])), clusters=labels)
    found = resolve("gies", off_target=True, environments="clusters").run(table, Knowledge())
    assert arrows(found.marks).tolist() == [[False, False], [True, False]]


@pytest.mark.parametrize("seed", range(4))
def test_knowledge_holds_with_interventions(seed: int) -> None:
    _, table, _ = simulated(seed, 6, 3, "hard", n=500)
    columns = names(6)
    knowledge = Knowledge(
        required=[("x02", "x04")], forbidden=[("x00", "x01"), ("x01", "x00")],
        tiers=[columns[:3], columns[3:]], graded=[("x05", "x03", 3.0)],
    )  # fmt: skip
    for extra in ({}, {"off_target": True, "interventions": "set"}):
        found = resolve("gies", **extra).run(table, knowledge)
        directed = arrows(found.marks)
        assert directed[2, 4]
        assert found.marks[0, 1] == found.marks[1, 0] == 0
        assert not (found.marks[3:, :3] == ARROW).any()
        assert topological_order(directed) is not None


def test_prior_odds_decide_where_the_data_are_weak() -> None:
    rng = np.random.default_rng(5)
    a = rng.normal(size=200)
    table = table_of(np.column_stack([a, 0.12 * a + rng.normal(size=200)]))
    assert not resolve("gies").run(table, Knowledge()).marks.any()
    graded = Knowledge(graded=[("x00", "x01", 6.0)])
    assert resolve("gies").run(table, graded).marks[0, 1] != 0


def test_an_interrupt_keeps_what_there_is_and_what_is_known() -> None:
    _, table, _ = simulated(1, 6, 2, "hard", n=300)

    def stop(text: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    knowledge = Knowledge(required=[("x05", "x00")], forbidden=[("x01", "x02"), ("x02", "x01")])
    found = resolve("gies").run(table, knowledge, stop)
    assert not found.complete
    assert arrows(found.marks)[5, 0]
    assert found.marks[1, 2] == 0


def test_scale_and_column_order_do_not_matter() -> None:
    _, table, _ = simulated(4, 6, 3, "soft", n=400)
    assert table.targets is not None
    found = resolve("gies", interventions="soft").run(table, Knowledge()).marks
    scaled = replace(table, values=table.values * [1e-3, 1, 50, 2, 1e4, 0.1] + 7)
    assert resolve("gies", interventions="soft").run(scaled, Knowledge()).marks.tolist() == (
        found.tolist()
    )
    order = [3, 0, 5, 1, 4, 2]
    turned = replace(table_of(table.values[:, order]), targets=table.targets[:, order])
    again = resolve("gies", interventions="soft").run(turned, Knowledge()).marks
    assert again.tolist() == found[np.ix_(order, order)].tolist()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 5))
def test_levels_keep_the_order_of_values(seed: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(200, 3)) @ rng.normal(size=(3, 3))
    codes = cut(values, levels)
    assert codes.min() == 0
    assert (codes.max(axis=0) == levels - 1).all()
    for j in range(3):
        assert (np.diff(codes[np.argsort(values[:, j]), j]) >= 0).all()
    assert cut(np.exp(values) * 3, levels).tolist() == codes.tolist()


def test_levels_are_cut_where_other_columns_change() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(size=2000)
    y = (x > 0.8) + 0.1 * rng.normal(size=2000)
    codes = cut(np.column_stack([x, y]), 2)
    assert x[codes[:, 0] == 1].min() == pytest.approx(0.8, abs=0.02)
    with pytest.raises(UsageError, match="2 <= levels"):
        cut(np.zeros((5, 2)), 1)


def test_what_cannot_be_used_is_refused() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(60, 3)), columns=["a", "b", "c"])
    frame["on"] = ["a"] * 60
    with pytest.raises(DataError, match="'a' intervened upon in every row"):
        discovery.learn(Dataset(frame), "gies", targets="on")
    frame["on"] = ["a"] * 30 + ["z"] * 30
    with pytest.raises(DataError, match="'z'"):
        discovery.learn(Dataset(frame), "gies", targets="on")
    with pytest.raises(UsageError, match="'a' is continuous"):
        discovery.learn(Dataset(frame[["a", "b"]]), "gies", score="bdeu")
    frame["on"] = ["u", "v", "w"] * 20
    with pytest.raises(UsageError, match="'on' hold categories"):
        discovery.learn(Dataset(frame), "gies")
    with pytest.raises(UsageError, match="no clusters"):
        discovery.learn(Dataset(frame[["a", "b"]]), "gies", environments="clusters")
    frame["own"] = range(60)
    with pytest.raises(UsageError, match="too many for environments"):
        discovery.learn(
            Dataset(frame.drop(columns="on")), "gies", clusters="own", environments="clusters"
        )


def test_targets_of_a_dataset_reach_the_search() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=2000)
    b = a + rng.normal(size=2000)
    b[1000:] = rng.normal(size=1000)
    frame = pd.DataFrame({"a": a, "b": b, "on": ["none"] * 1000 + ["b"] * 1000})
    found = discovery.learn(Dataset(frame), "gies", targets="on")
    assert found.graph.directed == (("a", "b"),)
    assert found.edges[0].reason == "intervention on b"
    alone = discovery.learn(dataset_of(np.column_stack([a, b])[:1000], ("a", "b")), "gies")
    assert alone.graph.undirected == (("a", "b"),)


def test_bootstraps_draw_rows_within_conditions() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=900)
    b = a + rng.normal(size=900)
    b[600:] = rng.normal(size=300)
    frame = pd.DataFrame({"a": a, "b": b, "on": ["none"] * 600 + ["b"] * 300})
    frame["condition"] = np.repeat(["x", "y", "z"], 300)
    for resample in ("bootstrap", "subsample"):
        found = discovery.learn(
            Dataset(frame), "gies", targets="on", clusters="condition", environments="clusters",
            bootstraps=10, resample=resample, workers=1,
        )  # fmt: skip
        assert found.bootstraps_done == 10
        assert found.edges[0].stability == 1.0


@pytest.mark.slow
def test_sachs_table_with_interventions(shared_data: Path) -> None:
    frame = pd.read_csv(shared_data / "causal" / "sachs" / "cyto_full_data.csv")
    folder = Path(discovery.__file__).parents[1] / "etiograph" / "data" / "sachs"
    network = json.loads((folder / "consensus.json").read_text())
    frame.columns = pd.read_csv(folder / "sachs.csv", nrows=0).columns
    columns = tuple(frame.columns)
    frame["on"] = np.repeat(ACTED_ON, COUNTS)
    frame["condition"] = np.repeat([f"c{k}" for k in range(9)], COUNTS)
    truth = from_graph(CausalGraph(network["nodes"], directed=network["di"]), columns)
    found = discovery.learn(
        Dataset(frame), "gies", targets="on", clusters="condition", environments="clusters",
        score="bdeu", bins=3, interventions="set", off_target=True,
    )  # fmt: skip
    marks = from_graph(found.graph, columns)
    assert int(np.triu((marks != truth) | (marks.T != truth.T)).sum()) <= 11
    few = discovery.learn(Dataset(frame.iloc[:853][list(columns)]), "gies", score="bdeu", bins=3)
    marks, truth = from_graph(few.graph, columns), to_cpdag(arrows(truth))
    assert int(np.triu((marks != truth) | (marks.T != truth.T)).sum()) <= 11
