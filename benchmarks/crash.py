"""Kill an ingestion at random moments, resume it, and compare the graph with an undisturbed one.

``python -m benchmarks.crash [FILE] --rounds 100``. Every round ingests in a process of its own with
small batches, kills it with SIGKILL at a random moment, and starts it again; now and then it is killed
several times. With ``--workers 2`` a worker process is killed first, half of the time. At the end of a
round the export must be the same as that of one undisturbed process, byte for byte, the store's own check
must find nothing wrong, and no process may be left.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path

DEFAULT = Path(__file__).parents[2] / "shared/data/literature/medline16n0902.xml.gz"
# spawned, not forked: a Java engine that runs in this process would be dead in a forked child
_CONTEXT = multiprocessing.get_context("spawn")


def _ingest(
    folder: Path, file: Path, batch: int, opened: Event, export: bool, workers: int
) -> None:
    import ingest.job as job
    from graph.stores import open_store
    from ingest.pipeline import Pipeline

    job._BATCH_DOCUMENTS = batch
    job._CHUNK_DOCUMENTS = max(1, batch // 4)
    with open_store(folder / "store") as store:
        opened.set()
        # the parts that start fastest: what is tested is writing, and a kill should hit it
        light = Pipeline(
            recognisers=("dictionary",), linker="names", extractors=("patterns",), annotators=()
        )
        ledger = folder / "ledger.sqlite"
        job.run(store, [file], ledger=ledger, pipeline=light, workers=workers)
        if export:
            problems = store.check().problems
            if problems:
                raise SystemExit(f"check: {problems}")
            with (folder / "export.jsonl").open("w", encoding="utf-8") as out:
                store.export(out)


def start(
    folder: Path, file: Path, batch: int, *, export: bool, workers: int = 1
) -> tuple[BaseProcess, Event]:
    """Start an ingestion; the event is set when its store is open."""
    opened = _CONTEXT.Event()
    process = _CONTEXT.Process(target=_ingest, args=(folder, file, batch, opened, export, workers))
    process.start()
    return process, opened


def children(pid: int) -> list[int]:
    """Return the reading processes of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                command = (entry / "cmdline").read_bytes()
            except (OSError, IndexError):
                continue
            if parent == pid and b"ingest.jobs.workers" in command:
                found.append(int(entry.name))
    return found


def left(pids: list[int], seconds: float = 10.0) -> list[int]:
    """Return which of these processes still run after so many seconds."""
    until = time.monotonic() + seconds

    def runs(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        except OSError:
            return False

    while (alive := [p for p in pids if runs(p)]) and time.monotonic() < until:
        time.sleep(0.05)
    return alive


def finish(folder: Path, file: Path, batch: int, workers: int = 1) -> tuple[str, float]:
    """Run an ingestion to its end; return the export and the seconds after the store was open.

    Raises:
        RuntimeError: if it fails.
    """
    process, opened = start(folder, file, batch, export=True, workers=workers)
    opened.wait(300)
    started = time.monotonic()
    process.join()
    if process.exitcode != 0:
        raise RuntimeError(f"the ingestion ended with exit code {process.exitcode}")
    return (folder / "export.jsonl").read_text(encoding="utf-8"), time.monotonic() - started


def strike(
    folder: Path, file: Path, batch: int, within: float, rng: random.Random, workers: int = 1
) -> str:
    """Kill an ingestion at a random moment, perhaps one of its workers before; return at what point
    it was.

    Raises:
        RuntimeError: if a reading process lives on.
    """
    process, opened = start(folder, file, batch, export=False, workers=workers)
    starting = rng.random() < 0.1
    if starting:
        time.sleep(rng.uniform(0.0, 3.0))
    else:
        opened.wait(300)
        time.sleep(rng.uniform(0.0, within))
    readers = children(process.pid or 0)
    if readers and rng.random() < 0.5:
        os.kill(rng.choice(readers), signal.SIGKILL)
        time.sleep(rng.uniform(0.0, within / 2))
        readers += children(process.pid or 0)
    ended = process.exitcode is not None
    starting = not opened.is_set()
    process.kill()
    process.join()
    if alive := left(readers):
        raise RuntimeError(f"reading processes live on: {alive}")
    return "after its end" if ended else "while starting" if starting else "while ingesting"


def main(arguments: list[str] | None = None) -> int:
    """Run the rounds; exit 1 if any ends with another graph."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crash", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--batch", type=int, default=40, help="documents per write")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1, help="reading processes")
    options = parser.parse_args(arguments)
    rng = random.Random(options.seed)
    struck: dict[str, int] = {}
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        clean = root / "clean"
        clean.mkdir()
        started = time.monotonic()
        wanted, seconds = finish(clean, options.file, options.batch)
        whole = time.monotonic() - started
        print(
            f"undisturbed: {wanted.count(chr(10)):,} lines in {whole:.1f} s, {seconds:.1f} s of them "
            "after the store was open",
            flush=True,
        )
        for number in range(1, options.rounds + 1):
            folder = root / f"round-{number}"
            folder.mkdir()
            kills = rng.choice((1, 1, 1, 2, 3))
            for _ in range(kills):
                point = strike(folder, options.file, options.batch, seconds, rng, options.workers)
                struck[point] = struck.get(point, 0) + 1
            same = finish(folder, options.file, options.batch, options.workers)[0] == wanted
            wrong += not same
            if not same or number % 10 == 0:
                print(
                    f"round {number}: {'same' if same else 'ANOTHER GRAPH'} after {kills} kills",
                    flush=True,
                )
            if same:
                shutil.rmtree(folder)
    kinds = ", ".join(f"{count} {point}" for point, count in sorted(struck.items()))
    print(f"{options.rounds} rounds, {kinds}: {wrong} ended with another graph")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
