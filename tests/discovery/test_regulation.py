"""Regulation: each score finds a planted regulator, the ranked list, and the registered algorithm."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import discovery
from discovery import Knowledge
from discovery.algorithms import resolve
from discovery.marks import TAIL
from discovery.regulation import METHODS, rank, score
from discovery.regulation.information import mutual_information
from discovery.regulation.subsets import subset_evidence
from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from tests.discovery.helpers import table_of

REGULATORS = ("r1", "r2", "r3")


def cells(seed: int = 0, n: int = 200) -> Dataset:
    """Two correlated regulators and one apart; g1 follows r1, g2 saturates in r2, g3 nothing."""
    rng = np.random.default_rng(seed)
    r1 = rng.normal(size=n)
    r2 = 0.8 * r1 + 0.6 * rng.normal(size=n)
    r3 = rng.normal(size=n)
    frame = pd.DataFrame({"r1": r1, "r2": r2, "r3": r3})
    frame["g1"] = -r1 + 0.5 * rng.normal(size=n)
    frame["g2"] = np.tanh(2 * r2) + 0.3 * rng.normal(size=n)
    frame["g3"] = rng.normal(size=n)
    return Dataset(frame)


@pytest.mark.parametrize(
    "method",
    [pytest.param(m, marks=pytest.mark.slow) if m in ("genie3", "tigress") else m for m in METHODS],
)
def test_ranks_planted_edges_first(method: str) -> None:
    found = rank(cells(), REGULATORS, method=method)  # type: ignore[arg-type]
    assert list(found["rank"]) == list(range(1, 16))
    assert (found["source"] != found["target"]).all()
    assert set(found["source"]) == set(REGULATORS)
    genes = found[found["target"].isin(["g1", "g2", "g3"])].head(2)
    assert {tuple(e) for e in genes[["source", "target"]].to_numpy()} == {
        ("r1", "g1"),
        ("r2", "g2"),
    }
    assert dict(zip(genes["target"], genes["sign"], strict=True)) == {"g1": -1, "g2": 1}
    again = rank(cells(), REGULATORS, method=method)  # type: ignore[arg-type]
    assert found.equals(again)


def test_probabilities_say_what_the_evidence_says() -> None:
    found = rank(cells(), REGULATORS).set_index(["source", "target"])
    assert found.loc[("r1", "g1"), "probability"] > 0.99
    assert found.loc[("r3", "g3"), "probability"] < 0.5
    assert found["probability"].between(0, 1).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 1))
def test_evidence_is_that_of_regressions(seed: int, curved: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(80, 4))
    values[:, 3] += values[:, 0]
    evidence, chance = subset_evidence(values, [[], [], [], [0, 1, 2]], curve=curved, size=2)

    def bic(chosen: list[int]) -> float:
        parts = [values[:, k] ** d for k in chosen for d in range(1, curved + 2)]
        x = np.column_stack([np.ones(80), *parts])
        rest = values[:, 3] - x @ np.linalg.lstsq(x, values[:, 3], rcond=None)[0]
        return float(80 * np.log(rest @ rest) + np.log(80) * (x.shape[1] - 1))

    sets = [[], [0], [1], [2], [0, 1], [0, 2], [1, 2]]
    for k in range(3):
        apart = min(bic(s) for s in sets if k not in s) - min(bic(s) for s in sets if k in s)
        assert evidence[k, 3] == pytest.approx(apart, abs=1e-6)
    weights = np.exp([-bic(s) / 2 + bic([0]) / 2 for s in sets])
    assert chance[0, 3] == pytest.approx(weights[[1, 4, 5]].sum() / weights.sum(), abs=1e-6)
    assert (evidence[:, :3] == 0).all()


def test_many_candidates_are_searched_forward() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(150, 41))
    values[:, 40] = values[:, 7] - values[:, 23] + 0.5 * rng.normal(size=150)
    evidence, _ = subset_evidence(values, [[]] * 40 + [list(range(40))], curve=0)
    assert set(np.argsort(-evidence[:, 40])[:2].tolist()) == {7, 23}


def test_rows_in_which_a_gene_was_set_do_not_count_for_it() -> None:
    data = cells().frame
    data.loc[:99, "g1"] = 5.0 + np.arange(100) % 7  # set in half of the rows, whatever r1 was
    marks = np.arange(200) < 100
    aware = rank(Dataset(data), REGULATORS, targets={"g1": marks}).set_index(["source", "target"])
    plain = rank(Dataset(data), REGULATORS).set_index(["source", "target"])
    assert aware.loc[("r1", "g1"), "score"] > 50
    assert aware.loc[("r1", "g1"), "score"] > plain.loc[("r1", "g1"), "score"] + 20
    table = replace(table_of(data.to_numpy()), targets=np.tile(np.arange(6) == 3, (200, 1)))
    with pytest.raises(DataError, match="intervened upon in all but 0 rows"):
        score(table, ~np.eye(6, dtype=bool))


def test_mutual_information_of_known_tables() -> None:
    x = np.arange(1000.0)
    found = mutual_information(np.column_stack([x, x**3, (x * 7919) % 1000]), bins=10)
    assert found[0, 1] == pytest.approx(np.log(10))
    assert found[0, 2] < 0.05
    assert found[0, 0] == 0


def test_scales() -> None:
    data = cells()
    abundance = Dataset(np.exp(data.frame))
    logs = rank(abundance, REGULATORS)  # all positive: logarithms
    moved = Dataset(abundance.frame * np.array([1e-3, 5.0, 1e3, 2.0, 40.0, 0.2]))
    pd.testing.assert_frame_equal(logs, rank(moved, REGULATORS))
    assert logs["score"].iloc[0] != rank(abundance, REGULATORS, scale="none")["score"].iloc[0]
    with pytest.raises(DataError, match="logarithm needs values"):
        rank(data, REGULATORS, scale="log")
    with pytest.raises(UsageError, match="no scale 'ln'"):
        rank(data, REGULATORS, scale="ln")  # type: ignore[arg-type]


def test_bad_input_is_refused() -> None:
    data = cells()
    with pytest.raises(DataError, match="regulator 'g11' is not a usable column") as caught:
        rank(data, ["r1", "g11"])
    assert "Did you mean 'g1'?" in str(caught.value)
    with pytest.raises(DataError, match="list of regulators is empty"):
        rank(data, [])
    with pytest.raises(UsageError, match="no method 'lasso'"):
        rank(data, method="lasso")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="complete rows"):
        rank(data, missing="testwise")


def test_the_algorithm_directs_edges_from_regulators_only() -> None:
    found = discovery.learn(cells(), "grn", regulators=REGULATORS)
    assert found.graph.directed == (("r1", "g1"), ("r2", "g2"))
    assert found.graph.undirected == (("r1", "r2"),)
    assert {e.source: e.sign for e in found.edges if e.directed} == {"r1": -1, "r2": 1}
    table = table_of(cells().frame.to_numpy())
    everything = resolve("grn").run(table, Knowledge()).marks
    assert everything[0, 3] == everything[3, 0] == TAIL


def test_knowledge_limits_regulators() -> None:
    knowledge = Knowledge(
        required=[("r3", "g3")], forbidden=[("r2", "r1")], expected=[("r2", "g3")]
    )
    found = discovery.learn(cells(), "grn", knowledge, regulators=REGULATORS)
    assert ("r3", "g3") in found.graph.directed
    assert ("r1", "r2") in found.graph.directed
    assert {(c.source, c.target) for c in found.conflicts} == {("r3", "g3"), ("r2", "g3")}
    weak = cells(n=24)
    table = resolve("grn", regulators=REGULATORS)
    strict = discovery.learn(weak, table, Knowledge(graded=[("r1", "g1", -50.0)]))
    assert ("r1", "g1") not in strict.graph.directed
    cyclic = Knowledge(forbidden=[("r1", "r2"), ("r2", "r3"), ("r3", "r1")])
    rng = np.random.default_rng(0)
    a = rng.normal(size=(300, 3)) + 2 * rng.normal(size=(300, 1))
    with pytest.raises(DataError, match="cycle"):
        discovery.learn(Dataset(pd.DataFrame(a, columns=list(REGULATORS))), "grn", cyclic)
    assert found.graph.has_cycle is False


@pytest.mark.slow
def test_ahead_of_stability_selection_on_held_out_networks(shared_data: Path) -> None:
    """SynTReN networks 6 to 10; settings were chosen on 1 to 5."""
    from sklearn.metrics import average_precision_score

    got: dict[str, list[float]] = {"subsets": [], "tigress": []}
    with ZipFile(shared_data / "causal" / "syntren_p20.zip") as archive:
        for number in range(6, 11):
            with archive.open(f"syntren/data{number}.npy") as file:
                values = np.load(file)
            with archive.open(f"syntren/DAG{number}.npy") as file:
                dag = np.load(file).astype(bool)
            columns = [f"g{k:02d}" for k in range(20)]
            acting = [c for c, row in zip(columns, dag, strict=True) if row.any()]
            data = Dataset(pd.DataFrame(values, columns=columns))
            truth = pd.DataFrame(dag, index=columns, columns=columns)
            for method, scores in got.items():
                found = rank(data, acting, method=method)  # type: ignore[arg-type]
                real = [
                    truth.loc[a, b] for a, b in zip(found["source"], found["target"], strict=True)
                ]
                scores.append(float(average_precision_score(real, found["score"])))
    assert np.mean(got["subsets"]) > np.mean(got["tigress"]) + 0.1
    assert np.mean(got["subsets"]) > 0.68
