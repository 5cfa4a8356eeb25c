"""The GWAS Catalog's table of associations: one published top hit a row.

It gives the risk allele with the variant ("rs7903146-T"), an odds ratio or an effect in one column, and
says which only in the words of the interval ("[1.2-1.4]" or "[0.02-0.06] unit increase"). There is no
other allele, so the strand of A/T and C/G variants cannot be told.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from queries.mr.cleaning import Collector
from queries.mr.columns import key

__all__ = ["is_association_table", "read_associations"]

_NEEDED = {"strongestsnpriskallele", "ororbeta", "pvalue"}
_COLUMNS = [
    "snp",
    "chromosome",
    "position",
    "effect_allele",
    "eaf",
    "beta",
    "ci_low",
    "ci_high",
    "p",
]
_FIELDS = {name: name for name in _COLUMNS}
_INTERVAL = re.compile(r"\[\s*(-?[0-9.]+)\s*-\s*(-?[0-9.]+)\s*\]")


def is_association_table(header: Sequence[str]) -> bool:
    """Whether a header is that of the GWAS Catalog's associations."""
    return {key(h) for h in header} >= _NEEDED


def read_associations(
    header: Sequence[str],
    rows: Iterator[tuple[int, Sequence[str]]],
    collector: Collector,
    notes: list[str],
) -> bool:
    """Read the rows into ``collector``; return whether most of them are odds ratios."""
    at = {key(h): i for i, h in enumerate(header)}
    kept: list[list[str]] = []
    numbers: list[int] = []
    ratios = 0

    def cell(row: Sequence[str], name: str) -> str:
        return row[at[name]].strip() if name in at else ""

    for line, row in rows:
        snp, _, allele = cell(row, "strongestsnpriskallele").rpartition("-")
        text = cell(row, "95citext")
        effect, low, high, ratio = _effect(cell(row, "ororbeta"), text)
        ratios += ratio
        kept.append([
            snp.strip() or cell(row, "snps"), cell(row, "chrid"), cell(row, "chrpos"),
            "" if allele.strip() == "?" else allele.strip(), cell(row, "riskallelefrequency"),
            effect, low, high, cell(row, "pvalue"),
        ])  # fmt: skip
        numbers.append(line)
    if kept:
        raw = pd.DataFrame(kept, columns=_COLUMNS, dtype=object)
        collector.add(raw, _FIELDS, np.array(numbers, dtype=np.int64))
    notes.append(
        "the table of associations gives no other allele: A/T and C/G variants cannot be harmonised"
    )
    return 2 * ratios > len(kept)


def _effect(value: str, text: str) -> tuple[str, str, str, bool]:
    # effect on the scale of beta, with its interval; odds ratios become log odds
    interval = _INTERVAL.search(text)
    ends = [float(interval.group(i)) for i in (1, 2)] if interval else []
    words = text.lower()
    ratio = not ("increase" in words or "decrease" in words)
    try:
        number = float(value)
    except ValueError:
        return value, "", "", ratio
    if ratio:
        logs = [math.log(v) if v > 0 else math.nan for v in (number, *ends)]
        number, ends = logs[0], logs[1:]
    elif "decrease" in words:
        number, ends = -number, [-v for v in reversed(ends)]
    low, high = (repr(v) for v in ends) if len(ends) == 2 else ("", "")
    return repr(number), low, high, ratio
