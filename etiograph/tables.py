"""Rows of a query as a table, as JSON or as CSV.

What a graph holds was written by others: control characters and the marks that turn the direction
of text around never reach the terminal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from graph.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from graph.store import ReadResult

__all__ = ["FORMATS", "cell_text", "print_result", "to_csv", "to_json"]

FORMATS = ("table", "json", "csv")

_SPACE = re.compile(r"[\t\n\r\v\f\x85\u2028\u2029]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BEYOND_JSON = re.compile("[\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_CSV_SPECIAL = re.compile(r'[",\r\n]|^\s|\s$')
_WIDEST = 24
"""A column wider than this may be folded; below it, a table that does not fit is turned into
records."""


def cell_text(value: Any) -> str:
    """Return one value in one line of printable text."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.4g}"
        case str():
            return _CONTROL.sub("\ufffd", _SPACE.sub(" ", value))
        case list() | tuple():
            return ", ".join(cell_text(v) for v in value)
        case Mapping():
            return _mapping_text(value)
        case _:
            return cell_text(str(value)) if not isinstance(value, int) else str(value)


def _mapping_text(value: Mapping[str, Any]) -> str:
    properties = ", ".join(
        f"{cell_text(k)}: {'[' + cell_text(v) + ']' if isinstance(v, list) else cell_text(v)}"
        for k, v in value.items()
        if k not in ("_labels", "_type") and v not in (None, "", [])
    )
    body = f"{{{properties}}}"
    if "_labels" in value:
        labels = "".join(f":{cell_text(label)}" for label in value["_labels"])
        return f"({labels} {body})" if properties else f"({labels})"
    if "_type" in value:
        kind = cell_text(value["_type"])
        return f"[:{kind} {body}]" if properties else f"[:{kind}]"
    return body


def to_json(result: ReadResult) -> str:
    """Return ``{"columns", "rows", "truncated"}`` as indented JSON."""
    value = {"columns": list(result.columns), "rows": result.rows, "truncated": result.truncated}
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return _BEYOND_JSON.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


def to_csv(result: ReadResult) -> str:
    """Return the rows as CSV with a header line; lists and maps are JSON inside."""
    lines = [result.columns, *([row.get(c) for c in result.columns] for row in result.rows)]
    return "".join(",".join(_csv_cell(v) for v in line) + "\n" for line in lines)


def _csv_cell(value: Any) -> str:
    """One field; not by the csv module, which leaves a bare carriage return unquoted."""
    match value:
        case None:
            text = ""
        case bool():
            text = "true" if value else "false"
        case list() | tuple() | Mapping():
            text = json.dumps(value, ensure_ascii=False, default=str)
        case _:
            text = str(value)
    return '"' + text.replace('"', '""') + '"' if _CSV_SPECIAL.search(text) else text


def print_result(
    console: Console, result: ReadResult, fmt: str = "table", *, note: str = ""
) -> None:
    """Print the rows of a query.

    On a terminal a table is folded to its width, and rows with more columns than fit are shown one
    below the other. Elsewhere every row is one line, however long.

    Args:
        console: where.
        result: what.
        fmt: ``table``, ``json`` or ``csv``.
        note: added to the line that counts the rows (``table`` only).

    Raises:
        UsageError: for another format.
    """
    if fmt not in FORMATS:
        raise UsageError(f"there is no format {fmt!r}", hint=f"Formats are {', '.join(FORMATS)}.")
    if fmt == "table":
        _print_table(console, result, note)
        return
    text = to_json(result) + "\n" if fmt == "json" else to_csv(result)
    console.file.write(text)
    if result.truncated and fmt == "csv":
        from rich.console import Console

        Console(stderr=True).print(_count(result), style="yellow", highlight=False)


def _count(result: ReadResult) -> str:
    n = len(result.rows)
    if result.truncated:
        return f"only the first {n:,} row{'s' * (n != 1)}; there are more (raise --max-rows, or narrow the query)"
    return f"{n:,} row{'s' * (n != 1)}" if n else "no rows"


def _print_table(console: Console, result: ReadResult, note: str) -> None:
    cells = [[cell_text(row.get(c)) for c in result.columns] for row in result.rows]
    if cells:
        names = [cell_text(c) for c in result.columns]
        if not console.is_terminal:
            console.file.write(_plain(result, names, cells))
        elif _fits(console.width, names, cells):
            console.print(_table(result, names, cells))
        else:
            console.print(_records(names, cells))
    text = _count(result) + (f", {note}" if note else "")
    console.print(text, style="yellow" if result.truncated else "dim", highlight=False)


def _fits(width: int, names: list[str], cells: list[list[str]]) -> bool:
    from rich.cells import cell_len

    needed = 0
    for i, name in enumerate(names):
        natural = max([cell_len(name), *(cell_len(row[i]) for row in cells)])
        needed += min(natural, _WIDEST) + 2
    return needed <= width


def _numeric(result: ReadResult) -> Callable[[str], bool]:
    def numeric(column: str) -> bool:
        values = [row.get(column) for row in result.rows]
        given = [v for v in values if v is not None]
        return bool(given) and all(
            isinstance(v, int | float) and not isinstance(v, bool) for v in given
        )

    return numeric


def _plain(result: ReadResult, names: list[str], cells: list[list[str]]) -> str:
    """Every row in one line, columns aligned."""
    from rich.cells import cell_len

    numeric = _numeric(result)
    columns = list(zip(*[names, *cells], strict=True))
    widths = [max(map(cell_len, column)) for column in columns]
    right = [numeric(c) for c in result.columns]
    lines = []
    for row in [names, *cells]:
        padded = []
        for cell, width, flush in zip(row, widths, right, strict=True):
            space = " " * (width - cell_len(cell))
            padded.append(space + cell if flush else cell + space)
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines) + "\n"


def _table(result: ReadResult, names: list[str], cells: list[list[str]]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    numeric = _numeric(result)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for column, name in zip(result.columns, names, strict=True):
        table.add_column(
            Text(name),
            justify="right" if numeric(column) else "left",
            overflow="fold",
        )
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _records(names: list[str], cells: list[list[str]]) -> RenderableType:
    """Rows one below the other, a line for each column that holds something."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    parts: list[RenderableType] = []
    for n, row in enumerate(cells, 1):
        parts.append(Text(f"row {n}", style="bold"))
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(style="cyan", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, cell in zip(names, row, strict=True):
            if cell:
                grid.add_row(Text(f"  {name}"), Text(cell))
        parts.append(grid)
    return Group(*parts)
