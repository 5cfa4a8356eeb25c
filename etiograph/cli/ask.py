"""``etiograph ask`` and ``etiograph verify``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from etiograph.cli.assisted import (
    DryRunOption,
    LangOption,
    ProviderOption,
    ProviderUrlOption,
    ReaderOption,
    helper_for,
    show_dry_run,
)
from etiograph.cli.common import (
    JsonOption,
    QuietOption,
    StoreOption,
    console,
    emit_json,
    examples,
    loaded_settings,
    note,
    open_kg,
)
from graph.errors import CheckFailedError, InputError, RefusedError, UsageError

if TYPE_CHECKING:
    from etiograph.api import KnowledgeGraph
    from etiograph.helping import Helper
    from llm_bridge.claims import Answer


ASK_EPILOG = examples(
    'etiograph ask "What happens to nephropathy if we give lithium?"',
    'etiograph ask "Through what does lithium act on polyuria?" --json',
    'etiograph ask "Does lithium cause polyuria?" --certificate answer.json',
    'etiograph ask "Does 300 mg of lithium raise TSH in rats?" --explain --depth short',
    "etiograph ask --batch questions.jsonl --json > answers.jsonl",
    'etiograph ask --background @world.txt --given "The overall ..." "Will A increase the chance of B?"',
)
VERIFY_EPILOG = examples("etiograph verify answer.json", "etiograph verify answer.json --json")


class Depth(StrEnum):
    """How much of an answer is printed."""

    SHORT = "short"
    FULL = "full"


def ask(
    question: Annotated[str, typer.Argument(help="A causal question in plain English.")] = "",
    batch: Annotated[
        Path | None,
        typer.Option(
            "--batch", metavar="FILE", help="Answer each line of a JSON Lines file ('-': input)."
        ),
    ] = None,
    background: Annotated[
        str | None,
        typer.Option(
            "--background", help="A self-contained world in text (or @FILE) to ask about."
        ),
    ] = None,
    given: Annotated[
        str,
        typer.Option("--given", help="Probabilities, laws, observations of that world (or @FILE)."),
    ] = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Of a world: refuse what needs an unstated assumption.")
    ] = False,
    certificate: Annotated[
        Path | None,
        typer.Option("--certificate", metavar="FILE", help="Write the answer's certificate here."),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Say first, in detail, how the question was understood."),
    ] = False,
    depth: Annotated[
        Depth, typer.Option("--depth", help="How much to print: conclusions, or everything.")
    ] = Depth.FULL,
    save: Annotated[
        bool,
        typer.Option(
            "--save/--no-save", help="Keep the answer, so that etiograph diff checks it again."
        ),
    ] = True,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of the typed query, and end.")
    ] = False,
    provider: ProviderOption = None,
    provider_url: ProviderUrlOption = None,
    lang: LangOption = "en",
    reader: ReaderOption = None,
    dry_run: DryRunOption = False,
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Answer a causal question; every sentence carries a claim that was checked.

    Ends with exit code 7 when the question is refused; the reason, and what would help, is printed.
    With --batch: 0 when every line was a question, 3 when lines were set aside (said on standard error).
    """
    if schema:
        from llm_bridge.query import json_schema

        emit_json(json_schema())
        return
    if batch is not None or background is not None or not question.strip():
        if provider not in (None, "none") or lang != "en" or reader or dry_run:
            raise UsageError(
                "a language model helps with single questions about the graph only",
                hint="Leave --provider, --lang, --reader and --dry-run out, or ask one question.",
            )
        from etiograph.cli.ask_batch import other_ways

        other_ways(
            question, batch=batch, background=background, given=given, strict=strict, store=store,
            certificate=certificate, json_=json_, quiet=quiet,
        )  # fmt: skip
        return
    if certificate is not None and not certificate.expanduser().parent.is_dir():
        raise UsageError(
            "the folder that the certificate should go to does not exist", where=str(certificate)
        )
    with open_kg(store) as kg:
        helper = helper_for(
            kg, provider=provider, provider_url=provider_url, lang=lang, reader=reader, dry_run=dry_run,
            quiet=quiet,
        )  # fmt: skip
        if helper is not None and dry_run:
            show_dry_run(helper.would_send(question), json_)
            return
        answer = _answer(kg, question, helper, json_=json_, explain=explain, depth=depth)
        if certificate is not None or (save and answer.answered):
            sealed = kg.certify(answer)
            if certificate is not None:
                _write(certificate.expanduser(), sealed.dumps())
                note(f"certificate written to {certificate}", quiet=quiet)
            if save and answer.answered:
                kg.answers.save(sealed)
    if not answer.answered:
        raise typer.Exit(RefusedError.exit_code)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"the certificate cannot be written: {error.strerror}", where=str(path)
        ) from error


def _answer(
    kg: KnowledgeGraph,
    question: str,
    helper: Helper | None,
    *,
    json_: bool,
    explain: bool,
    depth: Depth,
) -> Answer:
    """Answer and print: first how the question was understood, as soon as that is known."""
    from llm_bridge.explanation import explain_query
    from llm_bridge.text import answer_text, answered_text, understood_text

    out = console()
    told: list[str] = []

    def reading(begun: Answer) -> None:
        if explain and begun.query is not None:
            out.print(explain_query(begun.query, begun) + "\n", markup=False)
        told.append(understood_text(begun))
        out.print(told[0], end="", markup=False)

    how = None if json_ else reading
    assisted = helper.ask(question, reading=how) if helper is not None else None
    answer = assisted.answer if assisted is not None else kg.ask(question, reading=how)
    if json_:
        data = assisted.to_json() if assisted is not None else answer.to_json()
        if explain:
            asked = [
                explain_query(a.query, a) for a in (answer, *answer.parts) if a.query is not None
            ]
            data |= {"explanation": asked}
        emit_json(data)
        return answer
    out.print(
        answered_text(answer, depth=depth.value).lstrip("\n" if not told else ""), markup=False
    )
    for part in answer.parts:
        out.print(answer_text(part, depth=depth.value), markup=False)
    if assisted is not None and assisted.reworded is not None:
        out.print(assisted.reworded.to_text(), markup=False)
    return answer


def verify(
    certificate: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A certificate.", show_default=False)
    ] = None,
    signer: Annotated[
        str,
        typer.Option("--signer", metavar="HEX", help="The public key that must have signed it."),
    ] = "",
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of certificates, and end.")
    ] = False,
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """Recompute every claim of a certificate from the store and the data, independently.

    Says what holds, what has changed since, and why. Ends with exit code 8 when something does not
    hold, or when --signer is given and that key did not sign it.
    """
    from etiograph.reports import check_text
    from llm_bridge.certificates import Certificate, json_schema
    from llm_bridge.signing import signature_state

    if schema:
        emit_json(json_schema())
        return
    if certificate is None:
        raise UsageError("there is no certificate", hint="etiograph verify answer.json")
    try:
        text = certificate.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"the certificate cannot be read: {error}", where=str(certificate)
        ) from error
    from etiograph.cli.ask_batch import verify_world

    if verify_world(text, json_=json_):
        return
    sealed = Certificate.loads(text, name=str(certificate))
    with open_kg(store) as kg:
        result = kg.verify(sealed)
    state = signature_state(sealed, signer) if sealed.signature or signer else "unsigned"
    if json_:
        emit_json(result.to_json() | {"signature": state, "signer": sealed.signer})
    else:
        told = f"signature: {state}" + (f" ({sealed.signer})" if sealed.signer else "")
        console().print(f"{check_text(result)}\n{told}", markup=False)
    if not result.ok or (signer and state != "valid"):
        raise typer.Exit(CheckFailedError.exit_code)


keys_app = typer.Typer(
    help="The key that certificates are signed with.",
    no_args_is_help=True,
    epilog=examples("etiograph keys make", "etiograph keys show"),
)


@keys_app.command(
    "make", epilog=examples("etiograph keys make", "etiograph keys make --file my.pem")
)
def make(
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="Where; by default under home.")
    ] = None,
) -> None:
    """Make an Ed25519 key; certificates are signed with it from now on. None is ever overwritten."""
    from llm_bridge.signing import make_key

    path = file or loaded_settings().settings.home.expanduser() / "keys" / "signing.pem"
    public = make_key(path)
    console().print(f"private key: {path}\npublic key:  {public}", markup=False)


@keys_app.command("show", epilog=examples("etiograph keys show"))
def show() -> None:
    """Print the public key that others verify your certificates with."""
    from etiograph.answering import signing_key
    from llm_bridge.signing import public_key

    path = signing_key(loaded_settings().settings)
    if path is None:
        raise InputError("there is no signing key", hint="etiograph keys make")
    console().print(public_key(path), markup=False)
