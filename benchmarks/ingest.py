"""How fast a MEDLINE file becomes a graph.

``python -m benchmarks.ingest [FILE]``: ingests the file twice into a new embedded store, in fresh
processes as a user would, and prints times, words a second and counts.
"""

from __future__ import annotations

import argparse
import json
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
    report = run(store, [sys.argv[3]], ledger=Path(sys.argv[2]))
    done = time.monotonic()
    print(json.dumps({**report.to_json(), "ingest": done - opened}))
"""


def main(arguments: list[str] | None = None) -> int:
    """Time a first and a second ingestion, then the stages alone."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=DEFAULT)
    options = parser.parse_args(arguments)
    if not options.file.exists():
        print(f"{options.file} is not there: name a PubMed XML file", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        for attempt in ("first run", "second run"):
            started = time.monotonic()
            command = [sys.executable, "-c", _CHILD, f"{folder}/store", f"{folder}/ledger.sqlite"]
            done = subprocess.run(
                [*command, str(options.file)], capture_output=True, text=True, check=True
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
