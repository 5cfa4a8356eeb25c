"""``etiograph ask`` and ``chat`` with a language model: options, dry run, and printing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from etiograph.cli.common import console, emit_json, note
from graph.errors import UsageError

if TYPE_CHECKING:
    from etiograph.api import KnowledgeGraph
    from etiograph.helping import Helper
    from llm_bridge.providers import Shown

__all__ = [
    "DryRunOption", "LangOption", "ProviderOption", "ProviderUrlOption", "ReaderOption",
    "helper_for", "show_dry_run", "shown_text",
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


def helper_for(
    kg: KnowledgeGraph,
    *,
    provider: str | None,
    provider_url: str | None,
    lang: str,
    reader: str | None,
    dry_run: bool,
    quiet: bool = False,
) -> Helper | None:
    """Return the model that helps; None when none is set and none is needed.

    Raises:
        UsageError: if something needs a model and none is set, or there is no such reader or language.
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
    from etiograph.helping import Helper

    if not spec.local and not dry_run:
        note(f"what rules cannot read goes to {spec.name}; --dry-run shows it", quiet=quiet)
    return Helper(kg, spec, language=lang, reader=reader, dry_run=dry_run)


def shown_text(shown: Sequence[Shown]) -> str:
    """Requests that would be sent, for people."""
    if not shown:
        return "Nothing: the question is read and answered without a model."
    return "\n\n".join(s.to_text() for s in shown)


def show_dry_run(shown: Sequence[Shown], json_: bool) -> None:
    """Print requests that would be sent."""
    if json_:
        emit_json([s.to_json() for s in shown])
    else:
        console().print(shown_text(shown), markup=False)
