"""``etiograph jobs``: runs, and the records that they set aside."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from etiograph.cli.common import (
    JsonOption,
    QuietOption,
    StoreOption,
    console,
    emit_json,
    examples,
    note,
    open_kg,
    progress,
)
from etiograph.cli.ingest import (
    AnnotatorOption,
    ExtractorOption,
    GivenOption,
    LinkerOption,
    RayOption,
    RecogniserOption,
    WorkersOption,
)
from graph.errors import InputError

if TYPE_CHECKING:
    from etiograph.api import KnowledgeGraph
    from ingest.jobs.records import Run
    from ingest.ledger import Failure

__all__ = ["jobs_app"]

_SHOWN = 20

jobs_app = typer.Typer(
    help="What was ingested: runs, and the records that were set aside.",
    no_args_is_help=True,
    epilog=examples(
        "etiograph jobs list",
        "etiograph jobs show 3 --json",
        "etiograph jobs retry",
        "etiograph jobs export-failures -o failures.jsonl",
    ),
)


@jobs_app.command("list", epilog=examples("etiograph jobs list --json"))
def list_(store: StoreOption = None, json_: JsonOption = False) -> None:
    """List the runs, oldest first: finished, interrupted, failed, crashed or running."""
    with open_kg(store) as kg:
        runs = kg.jobs()
    if json_:
        emit_json([run.to_json() for run in runs])
    elif not runs:
        console().print("No runs. etiograph ingest FILE makes one.", markup=False)
    for run in runs if not json_ else ():
        counts = run.counts
        console().print(
            f"{run.number:>4}  {run.started}  {run.status:<11}  "
            f"{counts.get('documents', 0):,} documents, {counts.get('changes', 0):,} changes, "
            f"{counts.get('set_aside', 0):,} set aside  {_sources(run)}",
            markup=False,
        )


@jobs_app.command("show", epilog=examples("etiograph jobs show", "etiograph jobs show 3 --json"))
def show(
    run: Annotated[
        int | None, typer.Argument(metavar="[RUN]", help="Its number; the last one by default.")
    ] = None,
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """Show a run: settings, pipeline, counts, time per stage, and what is set aside now.

    Ends with exit code 3 when there is no such run.
    """
    with open_kg(store) as kg:
        runs = kg.jobs()
        failures = _failures(kg)
    found = [r for r in runs if run in (None, r.number)]
    if not found:
        said = "there are no runs" if run is None else f"there is no run {run}"
        raise InputError(said, hint="`etiograph jobs list` shows the runs.")
    shown = found[-1]
    mine = [f for f in failures if f.run == shown.number]
    if json_:
        emit_json(shown.to_json() | {"failures": [f.to_json() for f in mine]})
        return
    lines = [f"run {shown.number}: {shown.status}" + (f", {shown.reason}" * bool(shown.reason))]
    lines.append(f"  from {shown.started} to {shown.ended}")
    lines += [f"  {name}: {value}" for name, value in shown.settings.items() if value]
    lines.append(f"  pipeline {shown.pipeline}:")
    lines += [f"    {stage} {version}" for stage, version in shown.stages.items()]
    lines.append("  counts:")
    lines += [f"    {name} {count:,}" for name, count in shown.counts.items() if count]
    lines.append("  seconds per stage:")
    lines += [f"    {stage} {seconds:.1f}" for stage, seconds in shown.timings.items()]
    if mine:
        lines.append(f"  set aside, {len(mine):,} of its records:")
        lines += [f"    {f.file} {f.where}: {f.reason}" for f in mine[:_SHOWN]]
        if len(mine) > _SHOWN:
            lines.append(f"    ... and {len(mine) - _SHOWN:,} more (export-failures has them all)")
    console().print("\n".join(lines), markup=False)


@jobs_app.command(
    "retry", epilog=examples("etiograph jobs retry", "etiograph jobs retry mended.xml.gz --json")
)
def retry(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE...]", help="Only records of these files; all by default."),
    ] = None,
    recogniser: RecogniserOption = None,
    linker: LinkerOption = None,
    extractor: ExtractorOption = None,
    annotator: AnnotatorOption = None,
    given: GivenOption = "",
    workers: WorkersOption = 1,
    ray: RayOption = None,
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read the records that were set aside again, after a fix of the file or a new version.

    Those that pass are set aside no more. A file that is gone is replaced by the bytes that were
    kept. Ends with exit code 0 whether they pass or not, 130 when stopped by Ctrl-C.
    """
    with open_kg(store) as kg, progress("reading again", quiet=quiet) as update:
        report = kg.retry(
            *(files or ()), recognisers=recogniser, linker=linker, extractors=extractor,
            annotators=annotator, given=given, workers=workers, ray=ray, progress=update,
        )  # fmt: skip
    if json_:
        emit_json(report.to_json())
    else:
        text = f"{report.before:,} records were set aside: {report.passed:,} passed, "
        console().print(f"{text}{report.after:,} remain", markup=False)
        for failure in report.job.failures[:_SHOWN]:
            said = f"  {failure['where'] or failure['file']}: {failure['reason']}"
            console().print(said, markup=False)
    if report.job.interrupted:
        raise typer.Exit(130)


@jobs_app.command(
    "export-failures", epilog=examples("etiograph jobs export-failures -o failures.jsonl")
)
def export_failures(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Standard output by default."),
    ] = None,
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write every record that is set aside as a line of JSON: where, why, and its bytes."""
    from ingest.jobs.retry import export_failures as export
    from ingest.ledger import Ledger

    with open_kg(store) as kg:
        if not kg.ledger.exists():
            raise InputError("nothing was ingested yet", where=str(kg.ledger))
        with Ledger(kg.ledger, kg.store.store_id, write=False) as ledger:
            if output is None:
                export(ledger, sys.stdout)
                return
            partial = output.with_name(output.name + ".partial")
            try:
                with partial.open("w", encoding="utf-8", newline="\n") as out:
                    count = export(ledger, out)
                partial.replace(output)
            except OSError as error:
                raise InputError(
                    f"the file cannot be written: {error.strerror}", where=str(output)
                ) from error
    if json_:
        emit_json({"file": str(output), "records": count})
    else:
        note(f"wrote {count:,} records to {output}", quiet=quiet)


def _failures(kg: KnowledgeGraph) -> list[Failure]:
    from ingest.ledger import Ledger

    if not kg.ledger.exists():
        return []
    with Ledger(kg.ledger, kg.store.store_id, write=False) as ledger:
        return ledger.failures()


def _sources(run: Run) -> str:
    given = run.settings.get("sources") or [f"retry of {len(run.settings.get('retry', []))} files"]
    names = [Path(str(g)).name for g in given]
    return ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")
