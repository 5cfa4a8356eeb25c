"""``etiograph discover --suggest-bindings``: which entity each column may measure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from etiograph.cli.common import console, emit_json, note, open_kg
from graph.errors import UsageError

__all__ = ["suggest_table"]


def suggest_table(
    data: Path,
    out: Path,
    store: Path | None,
    *,
    bind: Path | None,
    read: Sequence[str] | None,
    json_: bool,
    quiet: bool,
) -> None:
    """Write the table of suggestions for the columns of ``data`` that are not bound yet, and show it.

    Raises:
        UsageError: ``out`` is there already: it may hold a person's decisions.
    """
    from etiograph.api import load_dataset
    from etiograph.binding import suggest, write_suggestions
    from etiograph.cli.cypher import parameters

    if out.exists():
        raise UsageError(
            f"{out} is there already and may have been edited",
            hint="Give another file, or remove it.",
        )
    with open_kg(store, create=True) as kg:
        options: dict[str, Any] = parameters(list(read or ()))
        dataset = load_dataset(data, bind, **options)
        found = suggest(dataset, kg.store)
        write_suggestions(found, out)
    if json_:
        emit_json(
            [
                {
                    "column": item.column,
                    "entity": item.chosen.entity.id if item.chosen else None,
                    "name": item.chosen.entity.name if item.chosen else None,
                    "score": item.chosen.score if item.chosen else None,
                    "alternatives": [
                        {"entity": c.entity.id, "name": c.entity.name, "score": c.score}
                        for c in item.alternatives
                    ],
                    "note": item.note,
                }
                for item in found
            ]
        )
        return
    from rich.table import Table

    table = Table("column", "entity", "name", "score", "alternatives or note")
    for item in found:
        chosen = item.chosen
        others = ", ".join(f"{c.entity.name} ({c.entity.id})" for c in item.alternatives[:2])
        table.add_row(
            item.column,
            chosen.entity.id if chosen else "",
            chosen.entity.name if chosen else "",
            f"{chosen.score:.2f}" if chosen else "",
            "; ".join(part for part in (item.note, others) if part),
        )
    console().print(table)
    sure = sum(item.chosen is not None for item in found)
    note(
        f"{sure} of {len(found)} columns have a proposal. Check {out}, edit its entity column, then: "
        f"etiograph discover {data} {''.join(f'--read {r} ' for r in read or ())}--bind {out}",
        quiet=quiet,
    )
