"""``etiograph ask`` with a language model: options, dry run, and printing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from etiograph.cli.common import console, emit_json, note
from graph.errors import UsageError

if TYPE_CHECKING:
    from etiograph.api import KnowledgeGraph
    from llm_bridge.assist import Assisted, Reading
    from llm_bridge.providers import Shown

__all__ = [
    "DryRunOption", "LangOption", "ProviderOption", "ProviderUrlOption", "ReaderOption",
    "assistance", "show_dry_run",
]  # fmt: skip

ProviderOption = Annotated[
    str | None,
    typer.Option(
        "--provider",
        metavar="VENDOR:MODEL",
        help="A language model: openai, anthropic, ollama, azure or bedrock. Default: the setting; "
        "'none' uses none.",
    ),
]
ProviderUrlOption = Annotated[
    str | None,
    typer.Option("--provider-url", metavar="URL", help="The model's server, if not the vendor's."),
]
LangOption = Annotated[
    str,
    typer.Option("--lang", metavar="CODE", help="Language of the question: en, fr, de, zh, es ..."),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Print what would be sent to the model, and send nothing.")
]
ReaderOption = Annotated[
    str | None,
    typer.Option(
        "--reader", help="Also in words for a child, public, student, clinician or scientist."
    ),
]


def assistance(
    kg: KnowledgeGraph,
    question: str,
    *,
    provider: str | None,
    provider_url: str | None,
    lang: str,
    reader: str | None,
    dry_run: bool,
    json_: bool,
    quiet: bool,
) -> Callable[[Reading | None], Assisted] | None:
    """Return what answers with a model's help; None when no model is set and none is needed.

    Raises:
        UsageError: if something needs a model and none is set.
        Exit: after a dry run.
    """
    from etiograph.agent import provider_spec

    spec = provider_spec(kg, provider, base_url=provider_url)
    if spec is None:
        if lang != "en" or dry_run or reader:
            raise UsageError(
                "this needs a language model",
                hint="Set one with --provider, for instance ollama:MODEL.",
            )
        return None
    from llm_bridge.assist import ask_assisted
    from llm_bridge.providers import Caller

    if dry_run:
        from llm_bridge.assist import what_would_be_sent

        show_dry_run(
            what_would_be_sent(kg.store, question, spec, language=lang, reader=reader), json_
        )
        raise typer.Exit
    if not spec.local:
        note(f"what rules cannot read goes to {spec.name}; --dry-run shows it", quiet=quiet)
    caller = Caller(spec)
    return lambda reading: ask_assisted(
        kg.store, question, caller=caller, language=lang, reader=reader, reading=reading
    )


def show_dry_run(shown: Sequence[Shown], json_: bool) -> None:
    """Print requests that would be sent."""
    if json_:
        emit_json([s.to_json() for s in shown])
    elif not shown:
        console().print("Nothing: the question is read and answered without a model.")
    else:
        console().print("\n\n".join(s.to_text() for s in shown), markup=False)
