"""``etiograph ask`` and ``etiograph verify``."""

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
)
from graph.errors import CheckFailedError, InputError, RefusedError

ASK_EPILOG = examples(
    'etiograph ask "What happens to nephropathy if we give lithium?"',
    'etiograph ask "Through what does lithium act on polyuria?" --json',
    'etiograph ask "Does lithium cause polyuria?" --certificate answer.json',
)
VERIFY_EPILOG = examples("etiograph verify answer.json", "etiograph verify answer.json --json")


def ask(
    question: Annotated[str, typer.Argument(help="A causal question in plain English.")],
    certificate: Annotated[
        Path | None,
        typer.Option("--certificate", metavar="FILE", help="Write the answer's certificate here."),
    ] = None,
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Answer a causal question; every sentence carries a claim that was checked.

    Ends with exit code 7 when the question is refused; the reason, and what would help, is printed.
    """
    with open_kg(store) as kg:
        answer = kg.ask(question)
    if json_:
        emit_json(answer.to_json())
    else:
        console().print(answer.to_text(), markup=False)
    if certificate is not None:
        certificate.write_text(answer.certificate().dumps(), encoding="utf-8")
        note(f"certificate written to {certificate}", quiet=quiet)
    if not answer.answered:
        raise typer.Exit(RefusedError.exit_code)


def verify(
    certificate: Annotated[Path, typer.Argument(metavar="FILE", help="A certificate.")],
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """Recompute every claim of a certificate from the store and the data, independently."""
    from etiograph.reports import check_text
    from llm_bridge.claims import Certificate

    try:
        text = certificate.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"the certificate cannot be read: {error}", where=str(certificate)
        ) from error
    with open_kg(store) as kg:
        result = kg.verify(Certificate.loads(text, name=str(certificate)))
    if json_:
        emit_json(result.to_json())
    else:
        console().print(check_text(result), markup=False)
    if not result.ok:
        raise typer.Exit(CheckFailedError.exit_code)
