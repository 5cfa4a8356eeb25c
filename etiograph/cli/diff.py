"""``etiograph diff``: what a run changed, and which answers no longer hold."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from etiograph.answering import read_certificate
from etiograph.cli.common import JsonOption, StoreOption, console, emit_json, examples, open_kg
from graph.errors import CheckFailedError, InputError

if TYPE_CHECKING:
    from etiograph.api import KnowledgeGraph
    from ingest.jobs.changes import Changes
    from ingest.jobs.records import StatementChange

__all__ = ["EPILOG", "diff"]

EPILOG = examples(
    "etiograph diff",
    "etiograph diff --run 7 --json",
    "etiograph diff --since 2026-05-01 --answers 'answers/*.json'",
)
_SHOWN = 20
_BY_FILE = ("correction", "deletion")
"""causes whose detail is a file, not a notice"""


def diff(
    run: Annotated[
        int | None,
        typer.Option("--run", metavar="N", help="This run; by default the last that changed any."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="Every run since (ISO 8601).")
    ] = None,
    answers: Annotated[
        list[str] | None,
        typer.Option(
            "--answers",
            metavar="FILE",
            help="More certificates (of etiograph ask --certificate) to check again: files, folders or "
            "globs; may be repeated.",
        ),
    ] = None,
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """List what ingestion changed: statements before and after, proposals, and answers.

    Answers that `etiograph ask` kept for this store are checked again, and those of --answers.

    Ends with exit code 8 when an answer that was given no longer holds.
    """
    with open_kg(store) as kg:
        files = [*_files(answers or ()), *kg.answers.files()]
        try:
            found = kg.diff(run=run, since=since)
        except InputError:
            if not files or run is not None or since is not None:
                raise
            found = None  # nothing was ingested here, but the answers can be checked
        checked = _check(kg, files)
    failed = [a for a in checked if not a["holds"]]
    if json_:
        emit_json((found.to_json() if found is not None else {}) | {"answers": checked})
    else:
        lines = _changes(found) if found is not None else ["nothing was ingested into this store"]
        lines += _answers(checked, failed)
        console().print("\n".join(lines), markup=False)
    if failed:
        raise typer.Exit(CheckFailedError.exit_code)


def _check(kg: KnowledgeGraph, files: Sequence[Path]) -> list[dict[str, Any]]:
    """Check each certificate once, though it may lie in several files."""
    checked = []
    seen = set()
    for path in dict.fromkeys(files):
        certificate = read_certificate(path)
        content = certificate.dumps()
        if content in seen:
            continue
        seen.add(content)
        result = kg.verify(certificate)
        checked.append(
            {
                "file": str(path),
                "question": certificate.answer.question,
                "holds": result.ok,
                "problems": list(result.problems),
                "changed": list(result.changed),
                "claims": [
                    {"text": finding.text, "reasons": list(finding.reasons)}
                    for finding in result.failed
                ],
            }
        )
    return checked


def _files(given: Sequence[str]) -> list[Path]:
    found: dict[Path, None] = {}
    for name in given:
        path = Path(name).expanduser()
        if path.is_dir():
            files = sorted(path.glob("*.json"))
        elif path.exists() or not glob.has_magic(name):
            files = [path]
        else:
            files = sorted(Path(match) for match in glob.glob(str(path)))
        if not files:
            raise InputError("no certificate there", where=name)
        found.update(dict.fromkeys(files))
    return list(found)


def _changes(found: Changes) -> list[str]:
    if not found.runs:
        return ["no run in that time"]
    first, last = found.runs[0], found.runs[-1]
    lines = [f"run {first}" if first == last else f"runs {first} to {last}"]
    lines[0] += (
        f": {len(found.added):,} statements added, {len(found.moved):,} changed, "
        f"{len(found.removed):,} removed"
    )
    causes = [f"{kind} of {id}" + (f" by {detail}" if kind not in _BY_FILE and detail else "")
              for _, kind, id, detail in found.causes]  # fmt: skip
    lines += _list("because of", causes)
    lines += _list("changed", [_line(found, s) for s in found.moved])
    lines += _list("removed", [_line(found, s) for s in found.removed])
    lines += _list("added", [_line(found, s) for s in found.added])
    lines += _list(
        "reported in papers that got a notice",
        [f"{id}: {found.sentence(s)}: {s.status_after} {s.belief_after or 0:.3f}"
         for id, s in found.concerned],
    )  # fmt: skip
    lines += _list("proposals among them", [_line(found, s) for s in found.proposals])
    return lines


def _line(found: Changes, s: StatementChange) -> str:
    def state(belief: float | None, status: str | None) -> str:
        return "none" if belief is None else f"{status} {belief:.3f}"

    before, after = state(s.belief_before, s.status_before), state(s.belief_after, s.status_after)
    return f"{found.sentence(s)}: {before} -> {after}"


def _list(title: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    shown = [f"  {line}" for line in lines[:_SHOWN]]
    if len(lines) > _SHOWN:
        shown.append(f"  ... and {len(lines) - _SHOWN:,} more (--json lists all)")
    return [f"{title}:", *shown]


def _answers(checked: Sequence[dict[str, Any]], failed: Sequence[dict[str, Any]]) -> list[str]:
    if not checked:
        return []
    lines = [f"answers: {len(checked):,} checked, {len(failed):,} no longer hold"]
    for answer in failed:
        lines.append(f"  {answer['file']}: {answer['question']}")
        lines += [f"    {problem}" for problem in answer["problems"]]
        for claim in answer["claims"]:
            lines.append(f"    {claim['text']}")
            lines += [f"      {reason}" for reason in claim["reasons"]]
    return lines
