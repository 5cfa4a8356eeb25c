"""``etiograph chat``: questions one after another, each leaning on the one before."""

from __future__ import annotations

from typing import Annotated

import typer

from etiograph.cli.ask import Depth
from etiograph.cli.common import StoreOption, console, examples, open_kg

__all__ = ["EPILOG", "chat"]

EPILOG = examples(
    "etiograph chat --store ./kidney",
    "printf 'Does lithium cause polyuria?\\nand in rats?\\n' | etiograph chat",
)


def chat(
    depth: Annotated[
        Depth, typer.Option("--depth", help="How much to print: conclusions, or everything.")
    ] = Depth.SHORT,
    store: StoreOption = None,
) -> None:
    """Ask questions one after another; "and in mice?" and "does it also ...?" are understood.

    /help lists the commands. From a pipe, ends with the exit code of the first line that failed, or
    7 when one was refused.
    """
    from etiograph.chat import run_chat

    with open_kg(store) as kg:
        home = kg.settings.home.expanduser()
        code = run_chat(kg, history=home / "chat-history", console=console(), depth=depth.value)
    raise typer.Exit(code)
