"""How fast a MEDLINE file becomes a graph.

``python -m benchmarks.ingest [FILE]``: ingests the file twice into a new embedded store, in fresh
processes as a user would, and prints times, words a second and counts. ``--workers 1 2`` compares
numbers of workers on ``--copies`` copies of the file under other PMIDs: wall-clock time, processor time
of all processes, and the largest memory of a process. On a machine that does other things as well, the
processor time says more than the clock: wall-clock times are only comparable on a quiet one.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DEFAULT = Path(__file__).parents[2] / "shared/data/literature/medline16n0902.xml.gz"
_CHILD = """
import json, sys, time
from pathlib import Path
from graph.stores import open_store
from ingest.job import run
with open_store(sys.argv[1]) as store:
    opened = time.monotonic()
    import resource
    before = resource.getrusage(resource.RUSAGE_SELF)
    report = run(
        store, [sys.argv[3]], ledger=Path(sys.argv[2]), workers=int(sys.argv[4])
    )
    done = time.monotonic()
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps({
        **report.to_json(), "ingest": done - opened,
        "writer_cpu": own.ru_utime + own.ru_stime - before.ru_utime - before.ru_stime,
        "readers_cpu": others.ru_utime + others.ru_stime,
        "writer_mb": own.ru_maxrss / 1024, "reader_mb": others.ru_maxrss / 1024,
    }))
"""


def main(arguments: list[str] | None = None) -> int:
    """Time a first and a second ingestion, then the stages alone."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--workers", type=int, nargs="+", help="numbers of workers to compare")
    parser.add_argument("--copies", type=int, default=10, help="copies of the file to read then")
    options = parser.parse_args(arguments)
    if not options.file.exists():
        print(f"{options.file} is not there: name a PubMed XML file", file=sys.stderr)
        return 2
    if options.workers:
        return _compare(options.file, options.workers, options.copies)
    with tempfile.TemporaryDirectory() as folder:
        for attempt in ("first run", "second run"):
            started = time.monotonic()
            command = [sys.executable, "-c", _CHILD, f"{folder}/store", f"{folder}/ledger.sqlite"]
            done = subprocess.run(
                [*command, str(options.file), "1"], capture_output=True, text=True, check=True
            )
            seconds = time.monotonic() - started
            report = json.loads(done.stdout.splitlines()[-1])
            print(
                f"{attempt:<11} {seconds:6.1f} s with start, {report['ingest']:6.1f} s ingesting: "
                f"{report['documents']} documents, {report['relations']} relations, "
                f"{report['evidences_added']} evidences, {report['changes']} changes"
            )
    _stages(options.file)
    return 0


def _compare(path: Path, workers: list[int], copies: int) -> int:
    """Ingest copies of a file with several numbers of workers."""
    seconds: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = folder / "files"
        files.mkdir()
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rb") as handle:
            content = handle.read()
        for copy in range(copies):

            def other(found: re.Match[bytes], copy: int = copy) -> bytes:
                return found.group(1) + str(int(found.group(2)) + copy * 10**8).encode()

            (files / f"{copy:04}.xml").write_bytes(re.sub(rb"(<PMID[^>]*>)(\d+)", other, content))
        for number in workers:
            command = [sys.executable, "-c", _CHILD, f"{folder}/s{number}", f"{folder}/l{number}"]
            done = subprocess.run(
                [*command, str(files), str(number)], capture_output=True, text=True, check=True
            )
            report = json.loads(done.stdout.splitlines()[-1])
            seconds[number] = report["ingest"]
            cpu = report["writer_cpu"] + report["readers_cpu"]
            words = report["words"]
            print(
                f"{number} workers  {report['ingest']:6.1f} s, {cpu:6.1f} s CPU "
                f"(writer {report['writer_cpu']:.1f}), {words:,} words, "
                f"{words / report['ingest']:,.0f} words/s, {words / cpu:,.0f} words/s CPU, "
                f"memory writer {report['writer_mb']:.0f} MB, reader {report['reader_mb']:.0f} MB",
                flush=True,
            )
            stages = ", ".join(f"{s} {t:.1f}" for s, t in report["timings"].items())
            print(f"           {stages}")
    first = workers[0]
    for number in workers[1:]:
        print(
            f"{number} workers are {seconds[first] / seconds[number]:.2f} times as fast as {first}"
        )
    return 0


def _stages(path: Path) -> None:
    from ingest.document import Document
    from ingest.pipeline import Pipeline
    from ingest.sources import pick

    started = time.process_time()
    documents = [d for d in pick(path).read(path) if isinstance(d, Document)]
    parsing = time.process_time() - started
    if not documents:
        return
    words = sum(len(d.text.split()) for d in documents)
    pipeline = Pipeline()
    started = time.process_time()
    pipeline(documents[0])
    loading = time.process_time() - started
    started = time.process_time()
    found = [pipeline(d) for d in documents]
    reading = time.process_time() - started
    mentions = sum(len(x.mentions) for x in found)
    print(f"parsing     {parsing:6.2f} s CPU, {words / parsing:,.0f} words/s")
    print(f"loading     {loading:6.2f} s CPU (terminology and automaton, once a process)")
    print(
        f"extraction  {reading:6.2f} s CPU, {words / reading:,.0f} words/s, {mentions:,} mentions"
    )
    print(
        f"memory      {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:6.0f} MB at most"
    )


if __name__ == "__main__":
    sys.exit(main())
