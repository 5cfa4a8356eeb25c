"""Runs are recorded; what was set aside can be read again and given out."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from graph.errors import InputError
from graph.store import Store
from ingest.job import run
from ingest.jobs.retry import export_failures, retry
from ingest.ledger import Ledger, failures
from ingest.pipeline import Pipeline

Light = Callable[..., Pipeline]
Make = Callable[..., str]
Write = Callable[..., Path]


def bad(citation: Make, pmid: int) -> str:
    return citation(pmid).replace("</AbstractText>", "")


def test_runs_are_recorded(
    store: Store, ledger: Path, write: Write, article_set: Make, citation: Make, light: Light
) -> None:
    path = write("a.xml", article_set(citation(1), bad(citation, 2)))
    report = run(store, [path], ledger=ledger, pipeline=light())
    with pytest.raises(InputError):
        run(store, [write("b.xml", "")], ledger=ledger, pipeline=light())
    with Ledger(ledger, store.store_id) as opened:
        opened.start_run("none", {})
        first, second, third = opened.history()
        (only,) = opened.history(first.number)
    assert only == first
    assert (first.status, second.status, third.status) == ("finished", "failed", "crashed")
    assert "empty" in second.reason
    assert first.number == report.run
    assert first.counts["documents"] == 1
    assert first.counts["set_aside"] == 1
    assert first.settings["sources"] == [str(path)]
    assert first.stages == light().stages
    assert first.timings.keys() >= {"reading", "writing"}
    assert json.dumps(first.to_json())


def test_a_mended_file_is_read_again(
    store: Store, ledger: Path, write: Write, article_set: Make, citation: Make, light: Light
) -> None:
    path = write("a.xml", article_set(citation(11), bad(citation, 12), bad(citation, 13)))
    run(store, [path], ledger=ledger, pipeline=light())
    same = retry(store, ledger=ledger, pipeline=light())
    assert (same.before, same.after, same.passed) == (2, 2, 0)
    assert len(failures(ledger)) == 2
    path.write_text(article_set(citation(11), citation(12), bad(citation, 13)))
    report = retry(store, ledger=ledger, pipeline=light(), files=[path])
    assert (report.before, report.after) == (2, 1)
    assert (report.job.new, report.job.unchanged) == (1, 1)
    assert store.publication("pubmed:12") is not None
    assert report.to_json()["passed"] == 1
    # the file is known as it is now
    assert run(store, [path], ledger=ledger, pipeline=light()).files_unchanged == 1


def test_a_mended_component_reads_poison(
    store: Store, ledger: Path, write: Write, article_set: Make, citation: Make, light: Light,
    parts: ModuleType, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    text = "BROKEN. Lithium may cause polyuria."
    path = write("a.xml", article_set(citation(21, abstract=text), citation(22)))
    run(store, [path], ledger=ledger, pipeline=light())
    assert store.publication("pubmed:21") is None
    path.unlink()  # only the ledger has it now
    report = retry(store, ledger=ledger, pipeline=light())
    assert (report.before, report.after) == (1, 1)
    monkeypatch.setattr(parts.Words, "recognise", lambda self, document, *_: [])
    report = retry(store, ledger=ledger, pipeline=light())
    assert (report.before, report.after) == (1, 0)
    assert store.publication("pubmed:21") is not None


def test_kept_bytes_of_a_file_that_is_gone(
    store: Store, ledger: Path, write: Write, article_set: Make, citation: Make, light: Light
) -> None:
    path = write("a.xml", article_set(citation(31), bad(citation, 32)))
    run(store, [path], ledger=ledger, pipeline=light())
    path.unlink()
    report = retry(store, ledger=ledger, pipeline=light())
    assert (report.before, report.after) == (1, 1)  # as broken as it was
    # as if a newer version could read it
    import zlib

    with Ledger(ledger, store.store_id) as opened:
        mended = zlib.compress(citation(32).encode())
        opened._db.execute("UPDATE failures SET raw=?", (mended,))
    report = retry(store, ledger=ledger, pipeline=light())
    assert (report.before, report.after, report.job.new) == (1, 0, 1)
    assert store.publication("pubmed:32") is not None


def test_failures_are_given_out(
    store: Store, ledger: Path, write: Write, article_set: Make, citation: Make, light: Light
) -> None:
    broken = bad(citation, 42).encode() + b"\xff\xfe"
    whole = article_set(citation(41), "@@", bad(citation, 43)).encode().replace(b"@@", broken)
    run(store, [write("a.xml", whole)], ledger=ledger, pipeline=light())
    out = io.StringIO()
    with Ledger(ledger, store.store_id) as opened:
        count = export_failures(opened, out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(lines) == count >= 1
    for line in lines:
        raw = line["raw"]
        data = base64.b64decode(raw) if line["encoding"] == "base64" else raw.encode()
        assert len(data) == line["bytes"]
        assert line["reason"]
    assert any(line["id"] == "pubmed:43" for line in lines)


def test_without_a_ledger(store: Store, tmp_path: Path, light: Light) -> None:
    with pytest.raises(InputError, match="no ledger"):
        retry(store, ledger=tmp_path / "none.sqlite", pipeline=light())


def test_a_ledger_of_the_first_schema_is_read(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "old.sqlite"
    with sqlite3.connect(path) as db:
        db.executescript(
            "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);"
            "INSERT INTO meta VALUES ('schema', '1');"
            "CREATE TABLE failures (store TEXT NOT NULL, path TEXT NOT NULL, record INTEGER NOT NULL,"
            " place TEXT NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL, partial INTEGER NOT NULL,"
            " raw BLOB NOT NULL, at TEXT NOT NULL);"
            "INSERT INTO failures VALUES ('s', '/f', 3, 'x', 'pubmed:1', 'why', 0, x'', 'then');"
        )
    for _ in range(2):
        with Ledger(path, "s") as opened:
            (failure,) = opened.failures()
            assert (failure.kind, failure.run, failure.record) == ("record", 0, 3)
            assert opened.runs() == []
