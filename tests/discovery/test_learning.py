from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import discovery
from discovery import ConflictKind, EdgeClaim, Knowledge
from discovery.algorithms.pc import PC
from discovery.simulate import linear_gaussian, random_dag, varsortability
from graph.dataset import Dataset, read_bindings, read_table
from graph.errors import DataError, UsageError
from tests.discovery.helpers import dataset_of

SACHS = Path(__file__).parents[2] / "etiograph" / "data" / "sachs"


@pytest.fixture(scope="module")
def sachs() -> Dataset:
    return Dataset(
        read_table(SACHS / "sachs.csv"), read_bindings(SACHS / "bindings.csv"), name="sachs"
    )


def test_bundled_table_is_whole(sachs: Dataset) -> None:
    assert sachs.frame.shape == (853, 11)
    assert list(sachs.entity_of) == list(sachs.columns)
    assert not sachs.frame.isna().any(axis=None)
    network = json.loads((SACHS / "consensus.json").read_text())
    assert set(network["nodes"]) == set(sachs.columns)
    assert len(network["di"]) == 17


def test_same_answer_on_sachs_as_causal_learn(sachs: Dataset) -> None:
    ours, theirs = (discovery.learn(sachs, a) for a in ("pc", "causal-learn/pc"))
    assert ours.graph == theirs.graph
    assert ours.graph.has_cycle is False


def test_stability_is_seeded_and_counts_kinds(sachs: Dataset) -> None:
    found = discovery.learn(sachs, "pc", bootstraps=12, seed=1)
    assert found.bootstraps_done == 12
    assert found.complete
    again = discovery.learn(sachs, "pc", bootstraps=12, seed=1)
    other = discovery.learn(sachs, "pc", bootstraps=12, seed=2)
    assert again.stability == found.stability
    assert other.stability != found.stability
    for kinds in found.stability.values():
        assert 0 < sum(kinds.values()) <= 1 + 1e-9
    strong = {(e.source, e.target): e for e in found.edges}["mek", "raf"]
    assert strong.stability == found.stability["mek", "raf"]["---"]


def test_interrupt_returns_what_is_there(monkeypatch: pytest.MonkeyPatch, sachs: Dataset) -> None:
    runs = 0
    run = PC.run

    def stop(self, *args):
        nonlocal runs
        runs += 1
        if runs == 5:
            raise KeyboardInterrupt
        return run(self, *args)

    monkeypatch.setattr(PC, "run", stop)
    found = discovery.learn(sachs, "pc", bootstraps=50)
    assert not found.complete
    assert found.bootstraps_done == 3
    assert found.edges[0].stability is not None
    assert "INCOMPLETE" in found.to_text()
    assert any("interrupted after 3 of 50" in n for n in found.notes)


def test_interrupt_before_the_first_bootstrap(
    monkeypatch: pytest.MonkeyPatch, sachs: Dataset
) -> None:
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("discovery.stability.resampling.Job.draw", stop)
    found = discovery.learn(sachs, "pc", bootstraps=5)
    assert not found.complete
    assert all(e.stability is None for e in found.edges)


def test_resamples_with_a_constant_column_are_left_out_and_counted() -> None:
    values = np.random.default_rng(0).normal(size=(30, 3))
    values[:, 2] = 0
    values[0, 2] = 1
    found = discovery.learn(dataset_of(values), "pc", bootstraps=5)
    assert found.bootstraps_done == 5  # drawn again until it varies


def test_progress_is_called(sachs: Dataset) -> None:
    seen: list[tuple[int, int | None, str]] = []
    discovery.learn(sachs, "pc", bootstraps=3, progress=lambda *a: seen.append(a))
    assert (3, 3, "bootstraps") in seen
    assert any("conditioning" in text for _, _, text in seen)


def test_json_is_plain_and_complete(sachs: Dataset) -> None:
    found = discovery.learn(sachs, "pc", Knowledge(required=[("raf", "akt")]), bootstraps=2)
    data = json.loads(json.dumps(found.to_json()))
    assert data["dataset"]["hash"] == sachs.hash
    assert data["settings"].items() >= {"alpha": 0.01, "test": "fisherz", "max_depth": None}.items()
    assert len(data["edges"]) == len(found.edges)
    assert data["conflicts"][0]["kind"] == ConflictKind.REQUIRED_ABSENT.value
    assert "raf -> akt is required" in found.to_text()


def test_claims_are_compared_not_forced() -> None:
    rng = np.random.default_rng(0)
    a, b, d = rng.normal(size=(3, 3000))
    c = a + b + rng.normal(size=3000)
    e = c + rng.normal(size=3000)
    data = dataset_of(np.column_stack([a, b, c, d, e]), tuple("abcde"))
    found = discovery.learn(
        data,
        "pc",
        Knowledge(
            expected=[
                EdgeClaim("a", "c", ("s1",), sign=-1),
                EdgeClaim("a", "e", ("s2",), sign=1),  # true, but indirect
                EdgeClaim("a", "d", ("s3",)),
                EdgeClaim("e", "b", ("s4",)),
                EdgeClaim("b", "c", ("s5",), sign=1),
            ]
        ),
    )
    assert {(c.statements, c.kind) for c in found.conflicts} == {
        (("s1",), ConflictKind.SIGN),
        (("s3",), ConflictKind.ABSENT),
        (("s4",), ConflictKind.DIRECTION),
    }
    by_id = {c.statements[0]: c for c in found.conflicts}
    assert "b -> c -> e" in by_id["s4"].data
    assert by_id["s3"].p_value is not None
    assert by_id["s3"].p_value > 0.01
    assert all(edge.directed_by == "data" for edge in found.edges)


def test_a_direction_from_knowledge_is_marked() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=1000)
    data = dataset_of(np.column_stack([a, a + rng.normal(size=1000)]), ("a", "b"))
    (edge,) = discovery.learn(data, "pc", Knowledge(tiers=[["a"], ["b"]])).edges
    assert (edge.kind, edge.directed_by, edge.reason) == ("-->", "knowledge", "from what was known")


def test_unusable_columns_in_knowledge() -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 3)), columns=list("abc"))
    data = Dataset(frame.assign(d=1.0))
    found = discovery.learn(data, "pc", Knowledge(forbidden=[("a", "d")]))
    assert "d" not in found.graph.nodes
    assert any("about d was not used" in n for n in found.notes)
    with pytest.raises(DataError, match="'d' cannot be used"):
        discovery.learn(data, "pc", Knowledge(required=[("a", "d")]))


def test_bad_calls() -> None:
    data = dataset_of(np.random.default_rng(0).normal(size=(50, 3)))
    with pytest.raises(UsageError, match="bootstraps"):
        discovery.learn(data, "pc", bootstraps=-1)
    with pytest.raises(UsageError, match="no discovery algorithm"):
        discovery.learn(data, "cp")


def test_simulation() -> None:
    rng = np.random.default_rng(0)
    dag = random_dag(30, 3, rng)
    assert 25 < dag.sum() < 65
    assert varsortability(linear_gaussian(dag, 500, rng, standardise=False), dag) > 0.8
    assert abs(varsortability(linear_gaussian(dag, 500, rng), dag) - 0.5) < 0.25
    with pytest.raises(UsageError):
        random_dag(0, 1, rng)
