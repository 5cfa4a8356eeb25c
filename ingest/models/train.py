"""Train and score again every model that comes with the package.

``python -m ingest.models.train``: reads ``corpora/`` and ``terms/`` in ``--data``, and writes the models,
their cards and ``scores.json`` to ``--out`` (the package's own folder unless another is given). Every
model is trained without the development splits and scored on them, then trained on all and written. The
same data and code give the same files. It ends with a table of all scores.

The parts, in order: ``claims`` (trial results; the rules for negation, speculation and strength are
scored), ``linking``, ``relations``, ``score-cdr`` and ``score-six`` (names), ``ship`` (the file of names, with
the calibration that the two measured). ``--part`` does one or a few of them. A part that was finished with
the same data, code and settings, and whose files are still what it wrote, is not done again; nor are
taggers that were fitted before a stop. Needs ``pip install 'etiograph[train]'``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from graph.errors import EtiographError, InputError
from ingest.models import (
    cards,
    claim_training,
    linking_training,
    name_parts,
    relation_training,
    score_table,
)
from ingest.models.name_parts import calibrate_ner, score_ner
from ingest.models.ner_training import Settings
from ingest.prepared import cache_folder

__all__ = ["PARTS", "Run", "calibrate_ner", "main", "score_ner", "train"]

_SCORES = "scores.json"
_STATE = "parts.json"
_LIBRARIES = ("numpy", "scikit-learn", "python-crfsuite")
_CORPORA = ("bc5cdr", "biored", "ncbi_disease")
_NAMES = (*(f"corpora/{name}" for name in _CORPORA), "terms")

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Run:
    """What every part is given."""

    data: Path
    out: Path
    work: Path
    report: Report
    jobs: int = 1
    settings: Settings = field(default_factory=Settings)

    def scores(self) -> dict[str, Any]:
        """What was measured so far."""
        path = self.out / _SCORES
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


@dataclass(frozen=True, slots=True)
class Part:
    """A step of training: what it does (returning scores), what it reads below ``--data``, which files it
    writes, and which earlier scores it depends on."""

    do: Callable[[Run], Mapping[str, Any]]
    reads: tuple[str, ...]
    writes: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def _score(tagger: str) -> Callable[[Run], Mapping[str, Any]]:
    return lambda run: name_parts.score_part(
        tagger, run.data, jobs=run.jobs, cache=run.work, settings=run.settings, report=run.report
    )


def _ship(run: Run) -> Mapping[str, Any]:
    name_parts.ship(
        run.data, run.out, run.scores(), jobs=run.jobs, cache=run.work, settings=run.settings,
        report=run.report,
    )  # fmt: skip
    return {}


PARTS: dict[str, Part] = {
    "claims": Part(
        lambda run: claim_training.run(run.data, run.out, report=run.report),
        ("corpora/evidence_inference", "corpora/bioscope", "corpora/negex", "corpora/causal_language"),
        ("trials.npz", "trials.md", "claims.md"),
    ),
    "linking": Part(
        lambda run: {"linking": linking_training.run(run.data, run.out, report=run.report)},
        tuple(f"corpora/{name}" for name in _CORPORA),
        ("synonyms.tsv.gz", "linker.npz", "synonyms.md"),
    ),
    "relations": Part(
        lambda run: relation_training.run(run.data, run.out, report=run.report),
        ("corpora/bc5cdr", "corpora/biored", "corpora/drugprot", "terms"),
        ("relations.npz", "relations.md"),
    ),
    "score-cdr": Part(_score("cdr"), _NAMES),
    "score-six": Part(_score("six"), _NAMES),
    "ship": Part(_ship, _NAMES, ("ner.npz",), ("calibration_cdr", "calibration_six")),
}  # fmt: skip
"""name -> part, in the order they are done"""


def train(run: Run, wanted: Sequence[str] = (), *, again: bool = False) -> list[dict[str, Any]]:
    """Do parts, all unless some are wanted, in the order of :data:`PARTS`.

    Args:
        run: from where, to where.
        wanted: names of parts.
        again: do also what is finished.

    Returns:
        for each part its ``part``, ``done`` (false if it was finished before) and ``seconds``.

    Raises:
        EtiographError: whatever stops a part; those before it are finished and are not done again.
    """
    if not (run.data / "corpora").is_dir():
        raise InputError(
            "there are no corpora to learn from", where=str(run.data / "corpora"),
            hint="Name the folder that holds corpora/ and terms/: --data DIR.",
        )  # fmt: skip
    run.out.mkdir(parents=True, exist_ok=True)
    run.work.mkdir(parents=True, exist_ok=True)
    names = [name for name in PARTS if not wanted or name in wanted]
    found: list[dict[str, Any]] = []
    for number, name in enumerate(names, 1):
        part = PARTS[name]
        key = _key(run, name)
        about = f"part {number} of {len(names)}, {name}"
        if not again and _finished(run, name, key):
            run.report(f"{about}: finished before, left as it is")
            found.append({"part": name, "done": False, "seconds": 0.0})
            continue
        run.report(about)
        began = time.monotonic()
        made = dict(part.do(run))
        _write_json(run.out / _SCORES, {**run.scores(), **made})
        cards.write(run.out, run.scores())
        _remember(run, name, key, made)
        seconds = round(time.monotonic() - began, 1)
        run.report(f"{about}: done in {seconds:.0f} s")
        found.append({"part": name, "done": True, "seconds": seconds})
    return found


# what is finished -------------------------------------------------------------------------


def _digest(folder: Path) -> str:
    """A hash of the names and bytes of all files below a folder, nothing if it is not there."""
    about = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        about.update(path.relative_to(folder).as_posix().encode() + b"\0")
        about.update(hashlib.sha256(path.read_bytes()).digest())
    return about.hexdigest()


def _code() -> str:
    """A hash of this package's modules and tables, the trained files left out, and of the libraries."""
    root = Path(str(resources.files("ingest")))
    about = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in (".py", ".tsv", ".etg") and "files" not in path.relative_to(root).parts:
            about.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    for library in _LIBRARIES:
        try:
            about.update(f"{library} {metadata.version(library)}".encode())
        except metadata.PackageNotFoundError:
            continue  # the part that needs it will say so
    return about.hexdigest()


def _key(run: Run, name: str) -> str:
    part, scores = PARTS[name], run.scores()
    parts = [_code(), repr(run.settings), *(_digest(run.data / folder) for folder in part.reads)]
    parts += [json.dumps(scores.get(score), sort_keys=True) for score in part.after]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _state(run: Run) -> dict[str, Any]:
    try:
        found = json.loads((run.work / _STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # nothing is known to be finished
    return found if isinstance(found, dict) else {}


def _hashes(run: Run, name: str) -> dict[str, str]:
    paths = [run.out / file for file in PARTS[name].writes]
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in paths if p.exists()}


def _finished(run: Run, name: str, key: str) -> bool:
    known = _state(run).get(f"{name} {run.out.resolve()}")
    if not isinstance(known, dict) or known.get("key") != key:
        return False
    scores = run.scores()
    return known.get("files") == _hashes(run, name) and all(
        score in scores for score in known.get("scores", ())
    )


def _remember(run: Run, name: str, key: str, made: Mapping[str, Any]) -> None:
    known = {"key": key, "files": _hashes(run, name), "scores": sorted(made)}
    _write_json(run.work / _STATE, {**_state(run), f"{name} {run.out.resolve()}": known})


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file whole or not at all."""
    scratch = path.with_name(path.name + ".part")
    scratch.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    scratch.replace(path)


# command line -----------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ingest.models.train", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit codes: 0 done; 2 wrong option; 3 data are missing or damaged; 130 stopped with "
        "Ctrl-C (the same command goes on)",
    )  # fmt: skip
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"),
        help="folder with corpora/ and terms/ (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "files",
        help="where the models, cards and scores go (default: the package's own)",
    )  # fmt: skip
    parser.add_argument(
        "--work",
        type=Path,
        help="where finished parts and fitted taggers are remembered (default: below the user's cache)",
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes for cross-fitting")
    parser.add_argument(
        "--part", action="append", choices=("all", *PARTS), default=None,
        help="do this part only; may be given several times",
    )  # fmt: skip
    parser.add_argument("--again", action="store_true", help="do also what is finished")
    parser.add_argument("--json", action="store_true", help="print parts and scores as JSON")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line, see the module's text and ``--help``."""
    options = _parser().parse_args(arguments)
    began = time.monotonic()

    def report(message: str) -> None:
        print(f"[{time.monotonic() - began:6.0f} s] {message}", file=sys.stderr, flush=True)

    work = options.work or (cache_folder() or options.out) / "training"
    run = Run(options.data, options.out, work, report, options.jobs)
    wanted = [] if not options.part or "all" in options.part else options.part
    try:
        parts = train(run, wanted, again=options.again)
    except EtiographError as error:
        print(f"error: {error}", file=sys.stderr)
        if error.hint:
            print(error.hint, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130
    table = score_table.lines(run.scores())
    if options.json:
        rows = [{**asdict(line), "reached": line.reached} for line in table]
        content = {"data": str(run.data), "out": str(run.out), "parts": parts, "scores": rows}
        print(json.dumps(content, indent=1))
    else:
        print(score_table.render(table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
