"""Summary statistics of a genome-wide association study: one row a variant and effect allele."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from graph.errors import UsageError

__all__ = ["COLUMNS", "GWAS", "KINDS", "Array", "SetAside", "check_kind", "content_digest"]

Array = npt.NDArray[np.float64]

TEXT = ("snp", "chromosome", "effect_allele", "other_allele")
NUMBERS = ("position", "eaf", "beta", "se", "p", "n", "n_cases", "n_controls")
COLUMNS = (*TEXT, *NUMBERS)
"""Columns of :attr:`GWAS.frame`: text (empty = not given) and numbers (NaN = not given)."""

KINDS = ("quantitative", "binary")


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that could not be used: the line of the file it stands on (0 = unknown), the variant and
    why."""

    line: int
    snp: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"line": self.line, "snp": self.snp, "reason": self.reason}


@dataclass(frozen=True)
class GWAS:
    """Associations of variants with one trait.

    Attributes:
        frame: one row a variant, columns :data:`COLUMNS`. ``beta`` is the change of the trait per
            copy of ``effect_allele`` (log odds for a binary trait) and ``se`` its standard error;
            ``p`` is never missing.
        trait: what was measured, for people.
        kind: ``quantitative`` or ``binary``.
        unit: of the trait (``SD``, ``log odds`` ...).
        path: where it was read from, empty when made in memory.
        rows: rows read, those set aside and those not asked for included.
        set_aside: how many rows were set aside, by reason.
        examples: the first rows that were set aside.
        notes: what was assumed while reading, in words.
        hash: SHA-256 of the rows kept.
    """

    frame: pd.DataFrame
    trait: str
    kind: str = "quantitative"
    unit: str = ""
    path: str = ""
    rows: int = 0
    set_aside: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[SetAside, ...] = ()
    notes: tuple[str, ...] = ()
    hash: str = field(init=False, default="")

    def __post_init__(self) -> None:
        check_kind(self.kind)
        object.__setattr__(self, "hash", content_digest(self.frame))

    def __len__(self) -> int:
        return len(self.frame)

    def __hash__(self) -> int:
        return hash((self.hash, self.trait))

    def column(self, name: str) -> Array:
        """Return a number column as an array of shape ``(rows,)``."""
        values: Array = self.frame[name].to_numpy(np.float64)
        return values

    def text(self, name: str) -> list[str]:
        """Return a text column."""
        return [str(v) for v in self.frame[name]]

    def keep(self, mask: npt.NDArray[np.bool_], *notes: str) -> GWAS:
        """Return the rows where ``mask`` holds, with more notes."""
        return GWAS(
            self.frame.loc[mask].reset_index(drop=True),
            self.trait,
            self.kind,
            self.unit,
            self.path,
            self.rows,
            self.set_aside,
            self.examples,
            (*self.notes, *notes),
        )

    def significant(self, p: float) -> GWAS:
        """Return the rows with a p-value below ``p``."""
        return self.keep(self.column("p") < p)

    def only(self, snps: Collection[str]) -> GWAS:
        """Return the rows of these variants."""
        wanted = set(snps)
        return self.keep(np.array([s in wanted for s in self.text("snp")], dtype=bool))

    def to_json(self) -> dict[str, Any]:
        """What was read and what was not, as plain data; never the rows."""
        return {
            "trait": self.trait,
            "kind": self.kind,
            "unit": self.unit,
            "path": self.path,
            "hash": self.hash,
            "rows_read": self.rows,
            "rows_kept": len(self),
            "set_aside": dict(sorted(self.set_aside.items())),
            "examples": [e.to_json() for e in self.examples],
            "notes": list(self.notes),
        }


def check_kind(kind: str | None) -> None:
    """Refuse an unknown kind of trait (None: to be found out).

    Raises:
        UsageError: if it is neither ``quantitative`` nor ``binary``.
    """
    if kind is not None and kind not in KINDS:
        raise UsageError(f"a trait cannot be {kind!r}", hint=f"Say one of {', '.join(KINDS)}.")


def content_digest(frame: pd.DataFrame) -> str:
    """Return the SHA-256 of the canonical columns, whatever the order of the rows."""
    table = frame.reindex(columns=list(COLUMNS))
    hashes = pd.util.hash_pandas_object(table, index=False).to_numpy(np.uint64)
    digest = hashlib.sha256("\x1f".join(COLUMNS).encode())
    digest.update(np.sort(hashes).tobytes())
    return digest.hexdigest()
