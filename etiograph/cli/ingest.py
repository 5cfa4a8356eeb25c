"""``etiograph ingest``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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

EPILOG = examples(
    "etiograph ingest pubmed24n0001.xml.gz",
    "etiograph ingest 'updates/*.xml.gz' notes.pubtator --json",
    "etiograph ingest corpus/ --store ./kidney",
)


def ingest(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Files, folders or globs: PubMed XML (.xml, .xml.gz), PubTator.",
        ),
    ],
    source_format: Annotated[
        str | None,
        typer.Option("--format", metavar="NAME", help="Read as this format, not by file name."),
    ] = None,
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read literature into the graph.

    Stop it at any time and run it again: it goes on where it was, and what was read before is not
    read twice. A record that cannot be read is set aside with its reason; the rest goes on.
    """
    with open_kg(store, create=True) as kg:
        with progress("reading", quiet=quiet) as update:
            options = {"source": source_format} if source_format else {}
            report = kg.ingest(*(Path(s) for s in sources), progress=update, **options)
        if json_:
            emit_json(report.to_json())
        else:
            console().print(report.to_text(), markup=False)
        if report.interrupted:
            note("interrupted: run the same command to go on", quiet=quiet)
            raise typer.Exit(130)
