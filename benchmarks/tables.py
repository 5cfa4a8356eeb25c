"""Tables of :mod:`benchmarks.extraction`, and the scores of the model cards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any

from graph.errors import EtiographError

__all__ = ["Row", "Tables", "print_cards"]

Row = dict[str, Any]

_MAIN = ("f1", "macro_f1", "cue", "accuracy")
"""of a model card's scores: the one that the interval is of"""


class Tables:
    """Prints rows as Markdown as they come, or keeps them for JSON."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.rows: dict[str, list[Row]] = {}
        self.left_out: list[str] = []
        self._open = ""

    def say(self, text: str) -> None:
        """Print a remark; a table that goes on after it gets its head again."""
        self._open = ""
        if not self.quiet:
            print(text, flush=True)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """What needs something that is not here is said and left out; the rest goes on."""
        try:
            yield
        except EtiographError as error:
            self.left_out.append(f"{name}: {error}")
            self.say(f"(left out: {name}: {error})")

    def add(self, table: str, title: str, row: Row) -> None:
        """Add a row; the first one of a table prints its head."""
        self.rows.setdefault(table, []).append(row)
        if self.quiet:
            return
        if self._open != table:
            print(f"\n## {title}\n\n| {' | '.join(row)} |\n|{' --- |' * len(row)}")
            self._open = table
        print("| " + " | ".join(_cell(v) for v in row.values()) + " |", flush=True)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}"
    if isinstance(value, tuple):
        return f"{value[0]:.1f}-{value[1]:.1f}"
    return str(value)


def print_cards(tables: Tables) -> None:
    """Print every score of the model cards, whatever their parts are called."""
    file = resources.files("ingest.models").joinpath("files", "scores.json")
    if not file.is_file():
        return

    def walk(path: list[str], value: Any) -> None:
        if isinstance(value, dict):
            values = dict(value)
            low, high = values.pop("low", None), values.pop("high", None)
            main = next((k for k in _MAIN if k in values), "")
            if main and isinstance(values[main], (int, float)):
                count = values.pop("count", values.pop("documents", ""))
                add([*path, main], values.pop(main), "" if low is None else (low, high), count)
                values.pop("precision", None)
                values.pop("recall", None)
            elif main and isinstance(values[main], dict) and low is not None:
                values[main] = {**values[main], "low": low, "high": high}
            for key, below in values.items():
                walk([*path, str(key)], below)
        elif isinstance(value, list):
            if len(value) == 4 and all(isinstance(v, (int, float)) for v in value):
                add(path, value[0], (value[1], value[2]), value[3])
        elif isinstance(value, (int, float)):
            add(path, value, "", "")

    def add(path: list[str], value: float, interval: Any, count: Any) -> None:
        title = "Held out (trained without the documents that are scored; from the model cards)"
        row = {"model and data": " / ".join(path), "score": float(value), "interval": interval, "of": count}  # fmt: skip
        tables.add("held out", title, row)

    walk([], json.loads(file.read_text(encoding="utf-8")))
