"""Processes that read: the same graph whatever their number, and whoever dies."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from graph.errors import UsageError
from graph.store import Store
from graph.stores import open_store
from ingest.job import run
from ingest.jobs.readers import Here, Readers
from ingest.jobs.reading import Work, made_from, spec_of
from ingest.jobs.workers import Processes
from ingest.ledger import failures
from ingest.pipeline import Pipeline
from tests.graph.worlds import exported

Light = Callable[..., Pipeline]
Corpus = Callable[..., str]


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small chunks and batches, so that a small file has many."""
    monkeypatch.setattr("ingest.job._CHUNK_DOCUMENTS", 5)
    monkeypatch.setattr("ingest.job._BATCH_DOCUMENTS", 20)


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.usefixtures("small_steps")
def test_any_number_of_workers_writes_the_same_graph(
    tmp_path: Path, light: Light, corpus: Corpus
) -> None:
    file = tmp_path / "a.xml"
    file.write_text(corpus(120, extra={7: "You do not import the store. Lithium polyuria."}))
    found = {}
    for workers in (1, 2, 3):
        folder = tmp_path / str(workers)
        with open_store(folder / "store") as store:
            report = run(
                store, [file], ledger=folder / "l.sqlite", pipeline=light(), workers=workers
            )
            assert (report.new, report.duplicates, report.restarts) == (120, 1, 0)
            assert (report.workers, report.set_aside) == (workers, 1 + (workers == 1))
            assert set(report.timings) >= {"reading", "recognition", "relations", "writing"}
            assert report.timings == {s: t for s, t in report.timings.items() if t >= 0}
            found[workers] = [
                line for line in exported(store).splitlines() if 'pubmed:8"' not in line
            ]
    # in this process the store is imported, of course: record 8 is set aside with one worker
    statements = [[line for line in f if '"evidence"' in line] for f in found.values()]
    assert statements[0] == statements[1] == statements[2]
    assert found[2] == found[3]


@pytest.mark.usefixtures("small_steps")
def test_a_killed_worker_is_replaced(
    tmp_path: Path, light: Light, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.xml"
    slow = {i: f"SLOW. Lithium may cause polyuria in {i} rats." for i in range(0, 60, 2)}
    file.write_text(corpus(60, extra=slow))
    pids: list[int] = []

    def strike(readers: Processes) -> None:
        until = time.monotonic() + 30
        while len(readers.pids) < 2 and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.8)
        pids.extend(readers.pids)
        os.kill(readers.pids[0], signal.SIGKILL)

    class Struck(Processes):
        def __init__(self, pipeline: Pipeline, workers: int) -> None:
            super().__init__(pipeline, workers)
            threading.Thread(target=strike, args=(self,), daemon=True).start()

    wanted = ""
    for name in ("whole", "struck"):
        if name == "struck":
            monkeypatch.setattr("ingest.jobs.workers.Processes", Struck)
        with open_store(tmp_path / name / "store") as store:
            report = run(
                store, [file], ledger=tmp_path / name / "l.sqlite", pipeline=light(), workers=2
            )
            assert report.new == 60
            assert report.set_aside == 1  # the second text of one PMID
            if name == "whole":
                wanted = exported(store)
    assert report.restarts == 1
    with open_store(tmp_path / "struck" / "store") as store:
        assert exported(store) == wanted
    assert all(gone(pid) for pid in pids)


def test_a_document_that_kills_is_set_aside(
    store: Store, ledger: Path, tmp_path: Path, light: Light, corpus: Corpus
) -> None:
    file = tmp_path / "a.xml"
    file.write_text(corpus(30, first=2000, extra={11: "DEADLY. Lithium polyuria."}))
    report = run(store, [file], ledger=ledger, pipeline=light(), workers=2)
    assert report.new == 30
    assert report.restarts == 3  # with its chunk, then twice alone
    (_, poison) = sorted(failures(ledger), key=lambda f: f.record == 12)
    assert (poison.kind, poison.record, poison.id) == ("document", 12, "pubmed:2011")
    assert poison.reason == "reading it killed its process 2 times (SIGKILL)"
    assert store.publication("pubmed:2011") is None
    assert store.publication("pubmed:2012") is not None


@pytest.mark.parametrize("workers", [1, 2])
def test_a_document_that_fails_is_set_aside(
    store: Store, ledger: Path, tmp_path: Path, light: Light, corpus: Corpus, workers: int
) -> None:
    first = 3000 + 100 * workers
    file = tmp_path / "a.xml"
    file.write_text(corpus(10, first=first, extra={4: "BROKEN. Lithium polyuria."}))
    report = run(store, [file], ledger=ledger, pipeline=light(), workers=workers)
    reasons = {f.id: f.reason for f in failures(ledger) if f.kind == "document"}
    assert reasons == {f"pubmed:{first + 4}": "reading it failed: ValueError: this text is broken"}
    assert report.restarts == 0
    assert store.publication(f"pubmed:{first + 5}") is not None


@pytest.mark.parametrize("workers", [1, 2])
def test_a_pipeline_that_fails_on_everything_ends_the_job(
    store: Store, ledger: Path, tmp_path: Path, light: Light, corpus: Corpus, workers: int
) -> None:
    file = tmp_path / "a.xml"
    file.write_text(corpus(60, first=4000, extra=dict.fromkeys(range(60), "BROKEN.")))
    with pytest.raises(UsageError, match="none of the first 50 documents"):
        run(store, [file], ledger=ledger, pipeline=light(), workers=workers)


def test_pipelines_that_cannot_move(
    store: Store, ledger: Path, tmp_path: Path, light: Light, parts: ModuleType, corpus: Corpus
) -> None:
    file = tmp_path / "a.xml"
    file.write_text(corpus(3, first=5000))

    class Local(parts.Words):  # type: ignore[name-defined,misc]
        pass

    with pytest.raises(UsageError, match="recogniser words cannot be made in another process"):
        run(store, [file], ledger=ledger, pipeline=light(recognisers=[Local()]), workers=2)
    locked = parts.Words()
    locked.lock = threading.Lock()
    with pytest.raises(UsageError, match="cannot pickle"):
        run(store, [file], ledger=ledger, pipeline=light(recognisers=[locked]), workers=2)
    with pytest.raises(UsageError, match="at least one worker"):
        run(store, [file], ledger=ledger, pipeline=light(), workers=0)
    assert run(store, [file], ledger=ledger, pipeline=light(recognisers=[Local()])).new == 3


def test_a_pipeline_is_the_same_elsewhere(light: Light) -> None:
    for pipeline in (light(), Pipeline(), Pipeline(given="entities")):
        again = made_from(spec_of(pipeline))
        assert again.stages == pipeline.stages
        assert again.version == pipeline.version


def test_what_is_kept_of_a_chunk_crosses_once(
    light: Light, document: Callable[..., object]
) -> None:
    documents = [document("Lithium causes polyuria.", id=f"pubmed:{i}") for i in range(40)]
    readers: Readers = Here(light())
    readers.submit(0, [Work(d) for d in documents])  # type: ignore[arg-type]
    done = readers.take(0.0)
    assert done is not None
    entities = {id(e) for r in done.readings for e in r.batch.entities}
    assert len(entities) == 2
    assert len(pickle.dumps(done)) < 40 * 2_000
