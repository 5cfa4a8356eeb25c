"""``etiograph extract``."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from etiograph.cli.common import QuietOption, examples, loaded_settings, note, progress
from etiograph.cli.ingest import TermsOption
from graph.errors import InputError, UsageError

if TYPE_CHECKING:
    from ingest.pipeline import Pipeline

EPILOG = examples(
    "etiograph extract abstracts.xml.gz --to jsonl -o read.jsonl",
    "etiograph extract gold.pubtator --to pubtator --types bc5cdr -o ours.pubtator",
    "etiograph extract gold.pubtator --to pubtator --given entities | head",
)

# names as the corpus delimits them; with all types also processes, anatomy ... from the dictionary
_RECOGNISERS = {
    "bc5cdr": ["crf"],
    "biored": ["crf-biored"],
    "all": ["crf", "dictionary-beside"],
}
_DEFAULT_TYPES = {"jsonl": "all", "tsv": "all"}


def extract(
    sources: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Files, folders or globs to read.")
    ],
    to: Annotated[
        str, typer.Option("--to", metavar="FORMAT", help="pubtator, bioc, bioc-json, jsonl or tsv.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            help="Write to this file, which appears when it is complete; else to standard output.",
        ),
    ] = None,
    given: Annotated[
        str,
        typer.Option(
            "--given",
            metavar="WHAT",
            help="entities: keep the mentions (and ids) that the files bring, instead of finding "
            "them. Otherwise annotations in the files are passed over.",
        ),
    ] = "",
    types: Annotated[
        str,
        typer.Option(
            "--types",
            metavar="NAMES",
            help="Which types, in whose names: bc5cdr (Chemical, Disease, CID), biored (six types, "
            "signed relations) or all. jsonl and tsv: all, otherwise biored.",
        ),
    ] = "",
    recogniser: Annotated[
        list[str] | None,
        typer.Option(
            "--recogniser",
            metavar="NAME",
            help="What finds names; may be repeated. By default trained models: crf with bc5cdr, "
            "crf-biored with biored, crf and dictionary-beside with all.",
        ),
    ] = None,
    linker: Annotated[
        str, typer.Option("--linker", metavar="NAME", help="What grounds them: ngram or names.")
    ] = "ngram",
    extractor: Annotated[
        list[str] | None,
        typer.Option(
            "--extractor",
            metavar="NAME",
            help="What reads relations: learned (trained), patterns (rules) ...; may be repeated; "
            "none to read none. Both with all types, otherwise learned.",
        ),
    ] = None,
    terms: TermsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Write what is read in literature, for other tools and for scoring; needs no store.

    Mentions, links and relations of every document, in order. A record that cannot be read is set
    aside and counted on standard error. Exit code 0 when something could be read, 3 when nothing
    could, 2 for wrong options, 130 when interrupted (an output file is then not written).
    """
    from ingest import export

    types = types or _DEFAULT_TYPES.get(to, "biored")
    writer_class = export.REGISTRY.lookup(to)
    packs = terms or loaded_settings().settings.terms
    pipeline = _pipeline(recogniser, linker, extractor, types, given, packs)
    with _opened(output) as out:
        writer = writer_class(out, types=types, entity=pipeline.linker.entity)
        with progress("reading", quiet=quiet) as update:
            report = export.extract(sources, writer, pipeline=pipeline, progress=update)
        out.flush()
        if report.set_aside and not report.documents:
            first = report.failures[0]
            raise InputError(
                f"nothing could be read; {report.set_aside:,} set aside, the first: {first['reason']}",
                where=_place(first),
            )
    for failure in report.failures[:10]:
        note(f"set aside: {_place(failure)}: {failure['reason']}", quiet=quiet)
    if report.set_aside > 10:
        note(f"and {report.set_aside - 10:,} more", quiet=quiet)
    note(
        f"{report.documents:,} documents, {report.mentions:,} mentions ({report.grounded:,} "
        f"grounded), {report.relations:,} relations, {report.set_aside:,} set aside, "
        f"{report.seconds:,.1f} s",
        quiet=quiet,
    )


def _place(failure: Mapping[str, Any]) -> str:
    """The file, and where in it if that is known."""
    file, where = failure["file"], failure["where"] or failure["record"]
    return file if where == file else f"{file}, {where}"


def _pipeline(
    recognisers: list[str] | None,
    linker: str,
    extractors: list[str] | None,
    types: str,
    given: str,
    packs: Sequence[Path],
) -> Pipeline:
    from etiograph.pipelines import make_pipeline
    from ingest.recognisers import Recogniser
    from ingest.recognisers.crf import CrfRecogniser

    chosen: list[str | Recogniser] = [*(recognisers or _RECOGNISERS.get(types, ["crf"]))]
    if types == "bc5cdr":
        # half the work: the tagger of the other types need not run
        chosen = [CrfRecogniser(types=("chemical", "disease")) if c == "crf" else c for c in chosen]
    # what a corpus states is what the trained models learned; a reader of everything takes the rules too
    wanted = extractors or (["learned", "patterns"] if types == "all" else ["learned"])
    if wanted == ["none"]:
        wanted = []
    elif "none" in wanted:
        raise UsageError("--extractor none stands alone")
    return make_pipeline(chosen, linker, wanted, None, given, packs)


@contextmanager
def _opened(path: Path | None) -> Iterator[TextIO]:
    """Standard output as UTF-8, or a file that gets its name when everything is written."""
    if path is None:
        stream = sys.stdout
        if isinstance(stream, io.TextIOWrapper):
            # a row ends with a line feed and is UTF-8 wherever this runs
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
        yield stream
        return
    partial = path.with_name(path.name + ".partial")
    try:
        out = partial.open("w", encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"cannot write the output: {reason}", where=str(path)) from error
    try:
        with out:
            yield out
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
