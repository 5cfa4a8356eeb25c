"""``etiograph chat``: questions one after another, each leaning on the one before."""

from __future__ import annotations

from typing import Annotated

import typer

from etiograph.cli.ask import Depth
from etiograph.cli.assisted import (
    DryRunOption,
    LangOption,
    ProviderOption,
    ProviderUrlOption,
    ReaderOption,
    helper_for,
)
from etiograph.cli.common import StoreOption, console, examples, open_kg

__all__ = ["EPILOG", "chat"]

EPILOG = examples(
    "etiograph chat --store ./kidney",
    "etiograph chat --provider ollama:llama3.1 --lang fr",
    "printf 'Does lithium cause polyuria?\\nand in rats?\\n' | etiograph chat",
)


def chat(
    depth: Annotated[
        Depth, typer.Option("--depth", help="How much to print: conclusions, or everything.")
    ] = Depth.SHORT,
    provider: ProviderOption = None,
    provider_url: ProviderUrlOption = None,
    lang: LangOption = "en",
    reader: ReaderOption = None,
    dry_run: DryRunOption = False,
    store: StoreOption = None,
) -> None:
    """Ask questions one after another; "and in mice?" and "does it also ...?" are understood.

    With --provider a language model reads what the rules do not, translates, and rewords (--reader); it
    answers nothing, and all that is sent and comes back is in the audit log (/audit). With --dry-run each
    question shows what would be sent instead, and is answered by the rules alone.

    /help lists the commands. From a pipe, ends with the exit code of the first line that failed, or
    7 when one was refused.
    """
    from etiograph.chat import run_chat

    with open_kg(store) as kg:
        home = kg.settings.home.expanduser()
        helper = helper_for(
            kg,
            provider=provider,
            provider_url=provider_url,
            lang=lang,
            reader=reader,
            dry_run=dry_run,
        )
        code = run_chat(
            kg, history=home / "chat-history", console=console(), depth=depth.value, helper=helper
        )
    raise typer.Exit(code)
