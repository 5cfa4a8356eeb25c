"""Running the examples of a page of documentation, and comparing what comes with what the page shows."""

from __future__ import annotations

import doctest
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

__all__ = ["differing", "files", "run_doctest", "session"]


def run_doctest(page: Path, least: int) -> None:
    """Run every ``>>>`` of a page, of which there are more than ``least``."""
    text = page.read_text(encoding="utf-8").replace("\n```", "\n\n```")
    test = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    assert len(test.examples) > least
    told: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=told.append)
    assert not result.failed, "".join(told)


def session(page: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield each command with the lines shown below it; ``...`` stands for lines left out."""
    for block in re.findall(r"^```console\n(.*?)^```", page, re.S | re.M):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, *shown = part.splitlines()
            yield shlex.split(command), shown


def files(page: str) -> Iterator[tuple[str, str]]:
    """Yield name and text of each file that the page shows after its name: `` `graph.dot`: `` and a block."""
    yield from re.findall(r"^`([\w.-]+\.\w+)`:\n\n```\w*\n(.*?)^```", page, re.S | re.M)


def differing(shown: list[str], out: str) -> str | None:
    """Return the first shown line that is not in the output, in order."""
    lines = iter(out.splitlines())
    skipping = False
    for line in shown:
        if line == "...":
            skipping = True
            continue
        for found in lines:
            if found.rstrip() == line.rstrip():
                break
            if not skipping and found.strip():
                return f"{line!r} was told, {found!r} came"
        else:
            return f"{line!r} did not come"
        skipping = False
    return None
