"""``etiograph curate``: which papers to cite for a question."""

from __future__ import annotations

from typing import Annotated

import typer

from etiograph.cli.common import JsonOption, StoreOption, console, emit_json, examples, open_kg
from graph.errors import RefusedError

EPILOG = examples(
    'etiograph curate "Does lithium cause polyuria?" papers.xml.gz',
    'etiograph curate "Does ascorbic acid prevent nephropathy?" abstracts/ --json',
)


def curate(
    question: Annotated[str, typer.Argument(help="A question with a cause and an outcome.")],
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Papers: files, folders or globs, as for ingest."),
    ],
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """Say which papers to cite for a question, which speak against it, and why others are left out.

    Rules only, no language model: a paper is cited when a sentence of it links the two as asked, and that
    sentence is printed. Retracted papers, notices, comments and editorials are never cited; nothing is
    written to the graph. Exit code 7 when there is nothing to cite.
    """
    from etiograph.curating import curate_files, curation_text

    with open_kg(store) as kg:
        found = curate_files(kg, question, inputs)
    if json_:
        emit_json({"question": found.question, "choices": [c.to_json() for c in found.choices]})
    else:
        console().print(curation_text(found), markup=False)
    if not found.cited:
        raise typer.Exit(RefusedError.exit_code)
