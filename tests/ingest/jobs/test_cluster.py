"""Reading on a Ray cluster of two nodes, started here."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.errors import StoreUnavailableError
from graph.stores import open_store
from ingest.job import run
from ingest.ledger import failures
from ingest.pipeline import Pipeline

pytestmark = pytest.mark.slow


@pytest.fixture
def cluster(parts: object, request: pytest.FixtureRequest) -> Any:
    """The cluster, started when the components that its workers import are in place."""
    return request.getfixturevalue("ray_cluster")


def test_a_cluster_reads_the_same(
    tmp_path: Path,
    cluster: Any,
    light: Callable[..., Pipeline],
    corpus: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ingest.job._CHUNK_DOCUMENTS", 5)
    file = tmp_path / "a.xml"
    file.write_text(corpus(60, extra={9: "BROKEN.", 33: "DEADLY."}))
    whole = tmp_path / "b.xml"
    whole.write_text(corpus(60, extra={9: "", 33: ""}))
    found = []
    for name, address in (("cluster", cluster.address), ("here", None)):
        with open_store(tmp_path / name / "store") as store:
            ledger = tmp_path / name / "l.sqlite"
            sources = [file if address else whole]
            report = run(store, sources, ledger=ledger, pipeline=light(), ray=address)
            assert report.new == 60
            out = io.StringIO()
            store.export(out)
            found.append([x for x in out.getvalue().splitlines() if '"evidence"' in x])
            if address:
                poison = {f.id: f.reason for f in failures(ledger) if f.kind == "document"}
                assert report.restarts == 3
    assert poison.keys() == {"pubmed:10", "pubmed:34"}
    assert "ValueError" in poison["pubmed:10"]
    assert "killed its process 2 times" in poison["pubmed:34"]
    assert found[0] == found[1]


def test_no_cluster_there(
    tmp_path: Path, light: Callable[..., Pipeline], corpus: Callable[..., str]
) -> None:
    pytest.importorskip("ray")
    file = tmp_path / "a.xml"
    file.write_text(corpus(2))
    with open_store(tmp_path / "store") as store, pytest.raises(StoreUnavailableError):
        run(store, [file], ledger=tmp_path / "l", pipeline=light(), ray="127.0.0.1:1")
