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
    open_kg,
    progress,
)
from graph.errors import InputError, UsageError

EPILOG = examples(
    "etiograph ingest pubmed24n0001.xml.gz",
    "etiograph ingest 'updates/*.xml.gz' notes.pubtator --json",
    "etiograph ingest corpus/ --recogniser dictionary --linker names --extractor patterns",
    "etiograph ingest articles/ --terms our-names.etg",
    "etiograph ingest baseline/ --workers 4",
    "etiograph ingest --pubmed 'lithium AND kidney' --max 500",
)

RecogniserOption = Annotated[
    list[str] | None,
    typer.Option(
        "--recogniser",
        metavar="NAME",
        help="What finds names: crf, crf-biored, dictionary, dictionary-beside, spacy:MODEL, "
        "hf:FOLDER; may be repeated. Default: crf and dictionary-beside.",
    ),
]
LinkerOption = Annotated[
    str | None,
    typer.Option(
        "--linker",
        metavar="NAME",
        help="What grounds them: ngram (default), names, minilm, scispacy:FOLDER.",
    ),
]
ExtractorOption = Annotated[
    list[str] | None,
    typer.Option(
        "--extractor",
        metavar="NAME",
        help="What reads relations: patterns, learned-sure, trials (all three by default), learned; "
        "may be repeated.",
    ),
]
AnnotatorOption = Annotated[
    list[str] | None,
    typer.Option(
        "--annotator",
        metavar="NAME",
        help="What completes relations: claims (default), or none.",
    ),
]
GivenOption = Annotated[
    str,
    typer.Option(
        "--given",
        metavar="WHAT",
        help="'entities': the annotations in the files are the mentions.",
    ),
]
TermsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--terms", metavar="PACK", help="Names of your own (etiograph terms build); repeatable."
    ),
]
WorkersOption = Annotated[
    int,
    typer.Option("--workers", "-w", min=1, metavar="N", help="Processes that extract."),
]
RayOption = Annotated[
    str | None,
    typer.Option(
        "--ray", metavar="ADDRESS", help="Extract on this Ray cluster: auto, HOST:6379 ..."
    ),
]


def ingest(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE...]",
            help="Files, folders or globs: PubMed XML, JATS, BioC, PubTator, nbib, RIS, tables, text, PDF.",
        ),
    ] = None,
    pubmed: Annotated[
        list[str] | None,
        typer.Option("--pubmed", metavar="QUERY", help="Fetch what PubMed finds, and read it."),
    ] = None,
    pmc: Annotated[
        list[str] | None,
        typer.Option("--pmc", metavar="QUERY", help="The same for full texts of PubMed Central."),
    ] = None,
    max_: Annotated[
        int, typer.Option("--max", min=1, metavar="N", help="Records to fetch per query at most.")
    ] = 1000,
    recogniser: RecogniserOption = None,
    linker: LinkerOption = None,
    extractor: ExtractorOption = None,
    annotator: AnnotatorOption = None,
    given: GivenOption = "",
    terms: TermsOption = None,
    workers: WorkersOption = 1,
    ray: RayOption = None,
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read literature into the graph.

    Stop it at any time and run it again: it goes on where it was, and what was read before is not
    read twice. A record that cannot be read is set aside with its reason (see etiograph jobs); the
    rest goes on. The graph is the same whatever the number of workers. Ends with exit code 130 when
    it was stopped by Ctrl-C, with 3 when nothing could be read.
    """
    from etiograph.cli.fetching import fetched
    from etiograph.reports import job_text

    if not (sources or pubmed or pmc):
        raise UsageError("nothing to read", hint="Name files, or fetch with --pubmed or --pmc.")
    files = [*(sources or ()), *fetched(pubmed, pmc, limit=max_, quiet=quiet)]
    with open_kg(store, create=True) as kg:
        with progress("reading", quiet=quiet) as update:
            report = kg.ingest(
                *files,
                recognisers=recogniser,
                linker=linker,
                extractors=extractor,
                annotators=[] if annotator == ["none"] else annotator,
                given=given,
                terms=terms or (),
                workers=workers,
                ray=ray,
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
