"""Resamples: what is drawn, and the same result wherever they are searched."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import discovery
from discovery import Knowledge
from discovery.algorithms import resolve
from discovery.data import Table
from discovery.simulate import linear_gaussian, random_dag
from discovery.stability.resampling import Job, shares
from discovery.stability.running import run_samples
from graph.dataset import Dataset
from graph.errors import StoreUnavailableError, UsageError
from tests.discovery.helpers import dataset_of, table_of
from tests.discovery.patient import Patient


def data_of(seed: int = 0, p: int = 8, n: int = 200) -> Dataset:
    rng = np.random.default_rng(seed)
    return dataset_of(linear_gaussian(random_dag(p, 2, rng), n, rng))


def table(seed: int = 0) -> Table:
    return table_of(data_of(seed).frame.to_numpy())


def children() -> set[int]:
    tasks = Path("/proc/self/task")
    return {int(c) for t in tasks.iterdir() for c in (t / "children").read_text().split()}


def test_halves_are_complementary() -> None:
    whole = table()
    job = Job(resolve("pc"), (whole,), Knowledge(), seed=3, resample="subsample")
    rows = {tuple(row) for row in whole.values}
    for pair in range(3):
        one, two = job.draw(2 * pair), job.draw(2 * pair + 1)
        assert one is not None
        assert two is not None
        assert one.n == two.n == 100
        assert {tuple(r) for r in one.values} | {tuple(r) for r in two.values} == rows
    first, third = job.draw(0), job.draw(2)
    assert not np.array_equal(first.values, third.values)


@pytest.mark.parametrize("resample", ["bootstrap", "subsample"])
def test_clusters_stay_together(resample: Any) -> None:
    whole = replace(table(), clusters=np.arange(200, dtype=np.int64) // 8)
    job = Job(resolve("pc"), (whole,), Knowledge(), resample=resample)
    home = {tuple(row): c for row, c in zip(whole.values, whole.clusters, strict=True)}
    for number in range(4):
        sample = job.draw(number)
        counts = np.unique([home[tuple(row)] for row in sample.values], return_counts=True)[1]
        assert (counts % 8 == 0).all()
    if resample == "subsample":
        assert job.draw(0).n + job.draw(1).n == 200


def test_a_column_that_hardly_varies_is_noted() -> None:
    values = np.random.default_rng(0).normal(size=(40, 3))
    values[1:, 2] = 0.0
    found = discovery.learn(dataset_of(values), "pc", bootstraps=2, resample="subsample")
    assert found.bootstraps_done == 0  # one of two halves never has the row
    assert any("2 of 2 resamples could not be searched: a column was constant" in n
               for n in found.notes)  # fmt: skip
    assert any("edges have no stability" in n for n in found.notes)


def test_shares_count_each_kind() -> None:
    job = Job(resolve("pc"), (table(),), Knowledge())
    samples, finished = run_samples(job, 12)
    assert finished
    found = shares(samples, table().columns)
    by_hand: dict[tuple[str, str, str], int] = {}
    for number in range(12):
        sample = job.draw(number)
        marks = job.algorithm.run(sample, Knowledge()).marks
        from discovery.marks import kind_of

        for i in range(8):
            for j in range(i + 1, 8):
                if marks[i, j]:
                    key = (sample.columns[i], sample.columns[j], kind_of(marks, i, j))
                    by_hand[key] = by_hand.get(key, 0) + 1
    flat = {(a, b, kind): round(v * 12) for (a, b), ks in found.items() for kind, v in ks.items()}
    assert flat == by_hand


def test_names_out_of_order_are_read_in_order() -> None:
    rng = np.random.default_rng(0)
    b, c = rng.normal(size=(2, 500))
    data = dataset_of(np.column_stack([b, c, b + c + rng.normal(size=500)]), ("z", "y", "a"))
    found = discovery.learn(data, "pc", bootstraps=5)
    assert found.stability == {("a", "y"): {"<--": 1.0}, ("a", "z"): {"<--": 1.0}}
    assert {(e.source, e.target, e.stability) for e in found.edges} == {
        ("y", "a", 1.0),
        ("z", "a", 1.0),
    }


@pytest.mark.slow
@pytest.mark.parametrize("resample", ["bootstrap", "subsample"])
def test_workers_give_the_same(resample: Any) -> None:
    settings = {"slow_process": os.getpid()}
    before = children()
    alone = discovery.learn(data_of(), Patient, bootstraps=40, resample=resample, seed=5)
    Patient.runs = 0
    seen: list[int] = []
    found = discovery.learn(
        data_of(), Patient, bootstraps=40, resample=resample, seed=5, workers=3,
        progress=lambda done, total, text: seen.append(done) if text == "bootstraps" else None,
        **settings,
    )  # fmt: skip
    assert found.stability == alone.stability
    assert found.edges == alone.edges
    assert Patient.runs < 41  # others did some
    assert seen == list(range(41))
    assert children() == before


@pytest.mark.slow
def test_a_worker_that_is_killed_is_replaced() -> None:
    before = children()
    killed: list[int] = []

    def kill(done: int, total: int | None, text: str) -> None:
        if text == "bootstraps" and done == 8 and not killed:
            killed.extend(children() - before)
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    found = discovery.learn(
        data_of(), Patient, bootstraps=30, workers=2, progress=kill, slow_process=os.getpid()
    )
    assert len(killed) == 1
    assert found.complete
    assert found.stability == discovery.learn(data_of(), "pc", bootstraps=30).stability
    assert children() == before


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_interrupt_keeps_what_is_done_and_ends_the_workers(workers: int) -> None:
    before = children()

    def interrupt(done: int, total: int | None, text: str) -> None:
        if text == "bootstraps" and done == 6:
            os.kill(os.getpid(), signal.SIGINT)

    found = discovery.learn(
        data_of(), Patient, bootstraps=200, workers=workers, progress=interrupt,
        slow_process=os.getpid(), seconds=0.05,
    )  # fmt: skip
    assert not found.complete
    assert found.bootstraps_done >= 5
    assert found.bootstraps_done < 20
    assert any("interrupted after" in n for n in found.notes)
    assert all(e.stability is not None for e in found.edges)
    assert children() == before


@pytest.mark.slow
def test_errors_of_a_worker_arrive_here() -> None:
    with pytest.raises(UsageError, match="this process only"):
        discovery.learn(
            data_of(), Refuses, bootstraps=60, workers=2, slow_process=os.getpid(), seconds=0.2
        )


class Refuses(Patient):
    """Runs in one process and in no other."""

    def run(self, *args: Any) -> Any:
        if os.getpid() != self.settings.slow_process:  # type: ignore[attr-defined]
            raise UsageError("runs in this process only")
        return super().run(*args)


def test_bad_numbers() -> None:
    data = data_of()
    with pytest.raises(UsageError, match="workers must be 1 or more, not 0"):
        discovery.learn(data, "pc", workers=0)
    with pytest.raises(UsageError, match="exclude each other"):
        discovery.learn(data, "pc", workers=2, ray="auto")
    with pytest.raises(UsageError, match="must be even, not 3"):
        discovery.learn(data, "pc", bootstraps=3, resample="subsample")
    with pytest.raises(UsageError, match="resample='jackknife'"):
        discovery.learn(data, "pc", resample="jackknife")  # type: ignore[arg-type]


def test_an_algorithm_of_a_script_cannot_be_sent() -> None:
    local = type("Local", (Patient,), {"__module__": "__main__"})
    with pytest.raises(UsageError, match="defined in a script"):
        discovery.learn(data_of(), local, bootstraps=4, workers=2)


# imputations ---------------------------------------------------------------------------------


def gappy(seed: int = 0) -> Dataset:
    data = data_of(seed, p=6, n=300)
    values = data.frame.to_numpy().copy()
    values[np.random.default_rng(seed).random(values.shape) < 0.15] = np.nan
    return dataset_of(values)


def test_imputations_are_pooled() -> None:
    found = discovery.learn(gappy(), "pc", missing="impute", bootstraps=10, seed=2)
    assert found.bootstraps_done == 10
    (note,) = [n for n in found.notes if n.startswith("5 imputations")]
    assert "in the graphs of all" in note
    again = discovery.learn(gappy(), "pc", missing="impute", bootstraps=10, seed=2)
    assert again.edges == found.edges
    assert again.stability == found.stability
    truth = discovery.learn(data_of(0, p=6, n=300), "pc")
    assert {frozenset((e.source, e.target)) for e in found.edges} & {
        frozenset((e.source, e.target)) for e in truth.edges
    }


def test_p_values_are_medians_over_imputations() -> None:
    from discovery.data import imputations, prepare
    from discovery.stability.pooling import search

    tables = imputations(prepare(gappy(1), missing="impute"), 3, 7)
    algorithm = resolve("pc")
    table, learned, _ = search(algorithm, tables, Knowledge())
    parts = [algorithm.run(t, Knowledge()) for t in tables]
    assert any(table is t for t in tables)
    i, j = (int(k) for k in np.argwhere(learned.marks != 0)[0])
    each = [x.p_values[i, j] if x.marks[i, j] else 1.0 for x in parts]
    assert learned.p_values[i, j] == np.median(each)
    complete = table_of(data_of().frame.to_numpy())
    assert search(algorithm, [complete], Knowledge())[2] == []


# a cluster -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_cluster_gives_the_same(ray_cluster: Any) -> None:
    found = discovery.learn(data_of(), "pc", bootstraps=20, seed=1, ray=ray_cluster.address)
    here = discovery.learn(data_of(), "pc", bootstraps=20, seed=1)
    assert found.stability == here.stability
    assert found.edges == here.edges
    assert found.bootstraps_done == 20
    with pytest.raises(UsageError, match="this process only"):
        discovery.learn(
            data_of(), Refuses, bootstraps=4, ray=ray_cluster.address, slow_process=os.getpid()
        )


@pytest.mark.slow
def test_no_cluster_there() -> None:
    pytest.importorskip("ray")
    with pytest.raises(StoreUnavailableError, match="does not answer"):
        discovery.learn(data_of(), "pc", bootstraps=2, ray="127.0.0.1:1")
