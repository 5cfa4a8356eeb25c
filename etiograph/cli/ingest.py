"""``etiograph ingest``."""

from __future__ import annotations

from typing import Annotated

import typer

from etiograph.cli.common import (
    JsonOption,
    QuietOption,
    StoreOption,
    console,
    emit_json,
    examples,
    open_kg,
    progress,
)
from graph.errors import InputError

EPILOG = examples(
    "etiograph ingest pubmed24n0001.xml.gz",
    "etiograph ingest 'updates/*.xml.gz' notes.pubtator --json",
    "etiograph ingest corpus/ --recogniser crf --recogniser dictionary --linker ngram",
)


def ingest(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Files, folders or globs: PubMed XML (.xml, .xml.gz), PubTator.",
        ),
    ],
    recogniser: Annotated[
        list[str] | None,
        typer.Option(
            "--recogniser",
            metavar="NAME",
            help="What finds names: dictionary (default) or crf, a trained model; may be repeated.",
        ),
    ] = None,
    linker: Annotated[
        str,
        typer.Option(
            "--linker", metavar="NAME", help="What grounds them: names or ngram (trained)."
        ),
    ] = "names",
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read literature into the graph.

    Stop it at any time and run it again: it goes on where it was, and what was read before is not
    read twice. A record that cannot be read is set aside with its reason; the rest goes on.
    """
    from etiograph.reports import job_text

    with open_kg(store, create=True) as kg:
        with progress("reading", quiet=quiet) as update:
            report = kg.ingest(
                *sources,
                recognisers=recogniser or ["dictionary"],
                linker=linker,
                progress=update,
            )
        if json_:
            emit_json(report.to_json())
        else:
            console().print(job_text(report), markup=False)
        if report.interrupted:
            raise typer.Exit(130)
        if report.set_aside and not (report.documents or report.files_unchanged):
            raise typer.Exit(InputError.exit_code)  # everything that was given is unreadable
