"""What only the embedded store does: own a folder, be joined, survive."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from graph.errors import (
    ReadOnlyError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    StoreUnavailableError,
    UsageError,
)
from graph.model import Batch
from graph.store import Decision, Store
from graph.stores import open_store
from graph.stores.cypher import CypherStore
from graph.stores.embedded import EmbeddedEngine
from graph.stores.engine import Engine
from graph.stores.server import server_status, start_server, stop_server
from tests.graph.worlds import BINDS, PAPER, TREATS, evidence, large, small

ROOT = Path(__file__).parents[2]


def text_of(store: Store) -> str:
    out = io.StringIO()
    store.export(out)
    return out.getvalue()


def child(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Run Python code in another process; it prints a line when it is ready."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


HOLD = """
import sys
from graph.stores import open_store
store = open_store(sys.argv[1])
print("ready", store.store_id, flush=True)
sys.stdin.readline()
store.close()
print("closed", flush=True)
"""


def test_reopening_keeps_everything(tmp_path: Path) -> None:
    with open_store(tmp_path / "s") as store:
        store.write(small())
        before, id = text_of(store), store.store_id
    assert not (tmp_path / "s" / "owner.json").exists()
    with open_store(tmp_path / "s") as store:
        assert (text_of(store), store.store_id) == (before, id)
        with open_store(tmp_path / "s") as twice:
            assert text_of(twice) == before
        assert store.write(small()).total == 0


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        open_store()
    with pytest.raises(UsageError):
        open_store(tmp_path, uri="bolt://localhost")
    with pytest.raises(StoreUnavailableError, match="no store"):
        open_store(tmp_path / "none", create=False)
    assert not (tmp_path / "none").exists()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.docx").write_text("x")
    with pytest.raises(UsageError, match="other files"):
        open_store(tmp_path / "other")
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError):
        open_store(tmp_path / "file")
    with pytest.raises(StoreError):
        open_store(tmp_path / "file" / "below")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir(mode=0o500)
    with pytest.raises(StoreUnavailableError, match="permission"):
        open_store(tmp_path / "s")


def test_secrets_are_for_the_owner_only(tmp_path: Path) -> None:
    with open_store(tmp_path / "s"):
        info = json.loads((tmp_path / "s" / "owner.json").read_text())
        assert stat.S_IMODE((tmp_path / "s" / "owner.json").stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o700
        assert len(info["password"]) > 30
        assert info["password"] != info["reader_password"]
    with open_store(tmp_path / "s"):
        again = json.loads((tmp_path / "s" / "owner.json").read_text())
        assert again["password"] != info["password"]


def test_nothing_is_printed(tmp_path: Path) -> None:
    code = (
        "import sys; from graph.stores import open_store\n"
        "with open_store(sys.argv[1]) as s: s.stats()\n"
        "s = open_store(sys.argv[1]); s.stats()"  # left open on purpose
    )
    done = child(code, str(tmp_path / "s")).communicate(timeout=120)
    assert done == ("", "")
    assert not (tmp_path / "s" / "owner.json").exists()
    assert "ArcadeDB" in (tmp_path / "s" / "log" / "arcadedb.log.0").read_text()


def test_both_ways_of_writing_make_the_same_graph(tmp_path: Path) -> None:
    """The owner writes in process, a second process over Bolt."""

    def fill(store: Store) -> str:
        store.write(small())
        store.write(large(200))
        store.write(Batch(evidences=(evidence(text="More of it."),)))
        store.set_retracted({PAPER.id: "pubmed:9"})
        store.decide(Decision(BINDS.id, "accept", "ada", "", "2020-01-01T00:00:00+00:00"))
        store.remove_publication_evidence(["pubmed:2", "pubmed:0"])
        assert store.check().ok
        return text_of(store)

    with open_store(tmp_path / "native") as native:
        expected = fill(native)
    with open_store(tmp_path / "bolt") as store:
        assert isinstance(store, CypherStore)
        assert isinstance(store.engine, EmbeddedEngine)
        engine = store.engine
        over_bolt = type(
            "OverBolt", (EmbeddedEngine,), {"write": Engine.write, "close": lambda _: None}
        )
        joined = object.__new__(over_bolt)
        joined.__dict__.update(engine.__dict__)
        assert fill(CypherStore(joined)) == expected


def test_a_second_process_joins(tmp_path: Path) -> None:
    code = """
import sys
from graph.stores import open_store
from tests.graph.worlds import small, large
with open_store(sys.argv[1]) as store:
    assert not store.engine.owner
    print(store.write(large(60)).evidences, flush=True)
    try:
        store.read("CREATE (n:X)")
    except Exception as error:
        print(type(error).__name__, flush=True)
    print(store.check().ok, flush=True)
"""
    with open_store(tmp_path / "s") as store:
        store.write(small())
        out, err = child(code, str(tmp_path / "s")).communicate(timeout=120)
        assert out.split() == ["60", "ReadOnlyError", "True"], err
        assert store.stats()["evidences"]["assertion"] == 63


def test_the_joined_process_takes_over_when_the_owner_leaves(tmp_path: Path) -> None:
    with open_store(tmp_path / "s") as store:
        store.write(small())
        before = text_of(store)
    owner = child(HOLD, str(tmp_path / "s"))
    assert owner.stdout is not None
    assert owner.stdout.readline().startswith("ready")
    with open_store(tmp_path / "s") as store:
        assert isinstance(store, CypherStore)
        assert isinstance(store.engine, EmbeddedEngine)
        assert not store.engine.owner
        started = time.monotonic()
        owner.communicate("\n", timeout=60)
        # an owner does not wait for those who joined it
        assert time.monotonic() - started < 30
        assert text_of(store) == before
        assert store.engine.owner


def test_a_killed_owner_is_recovered_from(tmp_path: Path) -> None:
    owner = child(HOLD, str(tmp_path / "s"))
    assert owner.stdout is not None
    assert owner.stdout.readline().startswith("ready")
    status = server_status(tmp_path / "s")
    assert status is not None
    assert status.pid == owner.pid
    assert not status.background
    with pytest.raises(StoreLockedError, match=str(owner.pid)):
        stop_server(tmp_path / "s")
    with pytest.raises(StoreLockedError, match=str(owner.pid)):
        start_server(tmp_path / "s")
    owner.kill()
    owner.communicate()
    assert (tmp_path / "s" / "owner.json").exists()
    assert server_status(tmp_path / "s") is None
    with open_store(tmp_path / "s") as store:
        assert isinstance(store, CypherStore)
        assert isinstance(store.engine, EmbeddedEngine)
        assert store.engine.owner
        store.write(small())
        assert store.check().ok


def test_an_owner_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    with open_store(tmp_path / "s"):
        pass
    monkeypatch.setattr("graph.stores.embedded._WAIT_FOR_OWNER", 0.3)
    with (tmp_path / "s" / "owner.lock").open("r+") as file:
        # held through another open file: as another process would
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(StoreLockedError, match="another process"):
            open_store(tmp_path / "s")


def test_damaged_files_are_noticed(tmp_path: Path) -> None:
    with open_store(tmp_path / "s") as store:
        store.write(large(300))
    database = tmp_path / "s" / "db" / "databases" / "graph"
    page = max(
        (p for p in database.iterdir() if p.name.startswith("Evidence_0") and ".bucket" in p.name),
        key=lambda p: p.stat().st_size,
    )
    page.write_bytes(page.read_bytes()[: page.stat().st_size // 2])
    # as after a crash: the check is run on opening
    (tmp_path / "s" / "owner.json").write_text("{}")
    found = ""
    try:
        store = open_store(tmp_path / "s")
    except StoreDamagedError as error:
        found = str(error)
    else:
        with store:
            found = " ".join(store.check().problems)
    assert found


def test_a_schema_that_cannot_be_read(tmp_path: Path) -> None:
    with open_store(tmp_path / "s"):
        pass
    database = tmp_path / "s" / "db" / "databases" / "graph"
    for name in ("schema.json", "configuration.json"):
        (database / name).write_text("{ not json")
    for kept in database.glob("schema.prev*"):
        kept.unlink()
    try:
        with open_store(tmp_path / "s") as store:
            said = str(tmp_path) if store.check().ok else ""
    except StoreError as error:
        said = str(error)
    assert str(tmp_path) in said


def test_a_full_disk_is_noticed_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(tmp_path / "s") as store:
        store.write(small())
        before = text_of(store)
        monkeypatch.setattr("graph.stores.embedded._MIN_FREE", 2**60)
        with pytest.raises(StoreFullError, match="space"):
            store.write(large(30))
        monkeypatch.undo()
        assert text_of(store) == before
        assert store.write(large(30)).evidences == 30


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="needs to mount a small file system")
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    code = """
import sys, io
from pathlib import Path
import graph.stores.embedded as embedded
from graph.errors import StoreFullError
from graph.stores import open_store
from tests.graph.worlds import large
embedded._MIN_FREE = 0
store = open_store(sys.argv[1])
written = 0
try:
    for seed in range(10_000):
        store.write(large(300, seed=seed)); written = seed + 1
except StoreFullError as error:
    print("full", written, flush=True)
except Exception as error:
    print(type(error).__name__, error, flush=True)
"""
    disk = tmp_path / "disk"
    disk.mkdir()
    size = ["-o", "size=48m"]
    mounted = subprocess.run(["mount", "-t", "tmpfs", *size, "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        with child(code, str(disk / "s")) as process:
            out, err = process.communicate(timeout=300)
        assert out.startswith("full"), (out, err)
        batches = int(out.split()[1])
        subprocess.run(["mount", "-o", "remount,size=512m", str(disk)], check=True)
        check = """
import sys
from graph.stores import open_store
with open_store(sys.argv[1]) as store:
    print(store.check().ok, store.stats()["evidences"].get("assertion", 0))
"""
        with child(check, str(disk / "s")) as process:
            out, err = process.communicate(timeout=300)
        ok, count = out.split()
        assert ok == "True", err
        assert int(count) == 300 * batches
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_background_server(tmp_path: Path) -> None:
    assert server_status(tmp_path / "s") is None
    assert stop_server(tmp_path / "s") is False
    info = start_server(tmp_path / "s")
    try:
        assert info.background
        assert start_server(tmp_path / "s") == info
        with open_store(tmp_path / "s") as store:
            assert isinstance(store, CypherStore)
            assert isinstance(store.engine, EmbeddedEngine)
            assert not store.engine.owner
            store.write(small())
            assert store.check().ok
            with pytest.raises(ReadOnlyError):
                store.read("MATCH (n) DETACH DELETE n")
        with open_store(tmp_path / "s") as store:
            assert store.statement(TREATS.id) is not None
    finally:
        assert stop_server(tmp_path / "s")
    assert server_status(tmp_path / "s") is None
    assert not (tmp_path / "s" / "owner.json").exists()


def test_sigterm_ends_an_ordinary_owner(tmp_path: Path) -> None:
    owner = child(HOLD, str(tmp_path / "s"))
    assert owner.stdout is not None
    owner.stdout.readline()
    owner.send_signal(signal.SIGTERM)
    owner.communicate(timeout=30)
    assert owner.returncode == -signal.SIGTERM


WRITE_UNTIL_KILLED = """
import sys
from graph.stores import open_store
from tests.graph.worlds import large
store = open_store(sys.argv[1])
print("ready", flush=True)
seed = int(sys.argv[2])
while True:
    store.write(large(400, seed=seed))
    print(seed, flush=True)
    seed += 1
"""


@pytest.mark.slow
@pytest.mark.parametrize("joined", [False, True])
def test_kill_at_any_moment_leaves_all_or_nothing_of_a_batch(tmp_path: Path, joined: bool) -> None:
    rng = random.Random(joined)
    folder = tmp_path / "s"
    seed = 0
    for _ in range(3):
        if joined:
            start_server(folder)
        process = child(WRITE_UNTIL_KILLED, str(folder), str(seed))
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        time.sleep(rng.uniform(0.3, 3.0))
        process.kill()
        done = [int(line) for line in process.communicate()[0].split()]
        if joined:
            # the server goes on; what the killed process had not committed is gone
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                with open_store(folder) as store:
                    count = store.stats()["evidences"].get("assertion", 0)
                if count % 400 == 0:
                    break
            stop_server(folder)
        with open_store(folder) as store:
            assert store.check().ok
            seeds = {int(e.text.split()[1].split("/")[0]) for e in store.evidences()}
            assert sum(store.stats()["evidences"].values()) == 400 * len(seeds)
            last = max(done, default=seed - 1)
            assert set(range(last + 1)) <= seeds <= set(range(last + 2))
            seed = last + 2
            for missing in set(range(seed)) - seeds:
                store.write(large(400, seed=missing))
