"""The log cannot be changed without it showing."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from graph.errors import InputError
from llm_bridge.agent.audit import AuditLog


def filled(path: Path) -> AuditLog:
    log = AuditLog(path)
    for k in range(5):
        log.add("r1", "step", {"k": k})
    return log


def test_it_is_whole_after_writing_and_reopening(tmp_path: Path) -> None:
    with filled(tmp_path / "a") as log:
        assert log.problems() == []
        head = log.head
    with AuditLog(tmp_path / "a") as log:
        assert log.problems(head) == []
        assert [e.body["k"] for e in log.entries("r1", "step")] == list(range(5))
        assert log.entries("r2") == []


@pytest.mark.parametrize("change", ["UPDATE entries SET body = '{}' WHERE seq = 3",
                                    "DELETE FROM entries WHERE seq = 3"])  # fmt: skip
def test_the_database_refuses_changes(tmp_path: Path, change: str) -> None:
    filled(tmp_path / "a").close()
    db = sqlite3.connect(tmp_path / "a")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(change)
    db.close()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE entries SET body = '{}' WHERE seq = 3", "entry 3 was changed"),
        ("UPDATE entries SET kind = 'x' WHERE seq = 3", "entry 3 was changed"),
        ("UPDATE entries SET at = '2000' WHERE seq = 5", "entry 5 was changed"),
        ("DELETE FROM entries WHERE seq = 3", "entry 3 is missing"),
        ("DELETE FROM entries WHERE seq = 1", "entry 1 is missing"),
        ("DELETE FROM entries WHERE seq = 5", "cut off"),
        ("DELETE FROM entries", "cut off"),
    ],
)
def test_changes_past_the_triggers_show(tmp_path: Path, change: str, told: str) -> None:
    with filled(tmp_path / "a") as log:
        head = log.head
    db = sqlite3.connect(tmp_path / "a")
    db.executescript("DROP TRIGGER entries_stay; DROP TRIGGER entries_remain;")
    db.execute(change)
    db.commit()
    db.close()
    with AuditLog(tmp_path / "a") as log:
        assert any(told in p for p in log.problems(head))


def test_many_writers_make_one_chain(tmp_path: Path) -> None:
    logs = [AuditLog(tmp_path / "a") for _ in range(4)]
    threads = [
        threading.Thread(target=lambda log=log, k=k: [log.add(f"r{k}", "x") for _ in range(20)])
        for k, log in enumerate(logs)
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert logs[0].problems() == []
    assert len(logs[0].entries()) == 80
    for log in logs:
        log.close()


def test_cancelling_lasts_until_resumed(tmp_path: Path) -> None:
    with filled(tmp_path / "a") as log:
        assert not log.cancelled("r1")
        log.cancel("r1")
        assert log.cancelled("r1")
        assert not log.cancelled("r2")
        log.add("r1", "resumed")
        assert not log.cancelled("r1")


def test_any_text_can_be_logged(tmp_path: Path) -> None:
    with AuditLog(tmp_path / "a") as log:
        log.add("r", "reply", {"text": "\ud800 \x00 \u202e"})
        assert log.problems() == []


def test_another_file_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("something else, long enough to be no database " * 50)
    with pytest.raises(InputError):
        AuditLog(tmp_path / "a")
