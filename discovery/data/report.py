"""The report on a table: everything that was found and what was done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["DataReport", "Issue", "listing"]


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing found: ``text`` says what, ``action`` what was done, ``rows`` how many rows it concerns.

    ``kind`` is one of source, left out, text, codes, identifier, constant, nearly constant, rare levels, missing,
    copy, determined, outliers, heavy tails, repeated rows, transform, weights, clusters, targets, more
    columns than rows.
    """

    kind: str
    columns: tuple[str, ...]
    text: str
    action: str
    rows: int = 0


@dataclass(frozen=True, slots=True)
class DataReport:
    """What was found and what was done about it."""

    rows: int
    rows_used: int
    columns: tuple[str, ...]
    columns_used: tuple[str, ...]
    issues: tuple[Issue, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "rows": self.rows,
            "rows_used": self.rows_used,
            "columns": list(self.columns),
            "columns_used": list(self.columns_used),
            "issues": [
                {
                    "kind": i.kind,
                    "columns": list(i.columns),
                    "rows": i.rows,
                    "text": i.text,
                    "action": i.action,
                }
                for i in self.issues
            ],
        }

    def __str__(self) -> str:
        lines = [
            f"{self.rows_used} of {self.rows} rows, {len(self.columns_used)} of "
            f"{len(self.columns)} columns used"
        ]
        lines += [f"  {i.text}: {i.action}" for i in self.issues]
        return "\n".join(lines)


def listing(columns: Sequence[str], limit: int = 8) -> str:
    """Return quoted names, the first ``limit`` of them."""
    more = f" and {len(columns) - limit} more" if len(columns) > limit else ""
    return ", ".join(repr(c) for c in columns[:limit]) + more
