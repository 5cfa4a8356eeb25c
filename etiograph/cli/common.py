"""What every command shares: options, output, progress, and how errors end."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from etiograph.api import KnowledgeGraph
    from etiograph.settings import Loaded

__all__ = [
    "EXIT_CODES",
    "JsonOption",
    "QuietOption",
    "StoreOption",
    "console",
    "emit_json",
    "examples",
    "loaded_settings",
    "note",
    "open_kg",
    "progress",
    "shared",
]

EXIT_CODES: dict[int, str] = {
    0: "done",
    1: "a defect in etiograph (run again with --debug to see where)",
    2: "wrong usage or configuration",
    3: "the input or data cannot be used",
    4: "the store cannot be reached, is locked or is full",
    5: "the store is damaged or was written by a newer version",
    6: "a query was refused, failed or took too long",
    7: "the question was refused, with the reason",
    8: "a claim did not survive the check",
    9: "the language model cannot be used, or its budget is spent",
    130: "interrupted; run the same command to go on",
}

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON to standard output.")]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress and no notes on standard error.")
]
StoreOption = Annotated[
    Path | None,
    typer.Option("--store", "-s", metavar="DIR", help="Folder of the embedded store to use."),
]


@dataclass
class Shared:
    """What was said before the command's name."""

    config: Path | None = None
    store: Path | None = None
    quiet: bool = False
    debug: bool = False
    opened: list[KnowledgeGraph] = field(default_factory=list)


shared = Shared()


def examples(*lines: str) -> str:
    """Return an epilog with examples and the exit codes that matter."""
    shown = "\n\n".join(f"[dim]$[/dim] {line}" for line in lines)
    return f"[bold]Examples[/bold]\n\n{shown}\n\n[dim]Exit codes: etiograph --help[/dim]"


def console(*, stderr: bool = False) -> Console:
    """Return a console for standard output (or error) that prints text as it is: no ``:name:`` is a picture."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, emoji=False, soft_wrap=not sys.stdout.isatty())


def emit_json(value: Any) -> None:
    """Print ``value`` as indented JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def note(text: str, *, quiet: bool = False) -> None:
    """Print a remark to standard error."""
    if not (quiet or shared.quiet):
        console(stderr=True).print(text, style="dim", markup=False)


def loaded_settings(store: Path | None = None) -> Loaded:
    """Return the settings in force for this command line."""
    from etiograph.settings import load

    return load(shared.config, store=store or shared.store)


@contextmanager
def open_kg(store: Path | None = None, *, create: bool = False) -> Iterator[KnowledgeGraph]:
    """Open the graph that the options and settings name, and close it after.

    A ``--store`` on the command line overrules a ``NEO4J_URI`` in the environment.
    """
    from etiograph.api import KnowledgeGraph, open_configured

    settings = loaded_settings(store).settings
    embedded = (store or shared.store) is not None
    kg = KnowledgeGraph(open_configured(settings, embedded=embedded, create=create), settings)
    try:
        yield kg
    finally:
        kg.close()


@contextmanager
def progress(
    title: str, *, quiet: bool = False
) -> Iterator[Callable[[int, int | None, str], None]]:
    """Show a progress bar on standard error: nothing when quiet or not a terminal."""
    if quiet or shared.quiet or not sys.stderr.isatty():
        yield lambda done, total, message: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task(title, total=None)

        def update(done: int, total: int | None, message: str) -> None:
            bar.update(task, completed=done, total=total, description=f"{title} {message}".strip())

        yield update
