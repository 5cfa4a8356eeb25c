"""Write the command reference (docs/cli.md) from the commands' own help."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

__all__ = ["reference"]


def _commands(command: Any, path: str) -> Iterator[str]:
    yield path
    for name, below in sorted(getattr(command, "commands", {}).items()):
        yield from _commands(below, f"{path} {name}")


def reference() -> str:
    """Return the reference as Markdown: every command with its help, as a terminal shows it."""
    from typer.testing import CliRunner

    from etiograph.cli import app

    parts = [
        "# Command reference",
        "",
        "Made from the commands' own help by `make docs`; a test holds the two together.",
    ]
    runner = CliRunner(
        env={"COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1", "TERM": "dumb"}
    )
    for path in _commands(get_command(app), "etiograph"):
        shown = runner.invoke(app, [*path.split()[1:], "--help"], prog_name="etiograph").output
        body = "\n".join(line.rstrip() for line in shown.strip().splitlines())
        parts += ["", f"## `{path}`", "", "```text", body, "```"]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    os.environ.setdefault("COLUMNS", "100")
    sys.stdout.write(reference())
