"""Reading summary statistics: delimited tables, GWAS Catalog files and GWAS-VCF.

A row that cannot be used is set aside with its line and reason and the rest goes on. Files are read in
pieces, so that with ``snps`` or ``p_below`` the memory needed is that of the rows asked for.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from graph.errors import InputError
from queries.mr.catalog import is_association_table, read_associations
from queries.mr.cleaning import Collector, consistency
from queries.mr.columns import find_columns
from queries.mr.gwas import GWAS, check_kind
from queries.mr.gwasvcf import read_vcf

__all__ = ["from_frame", "read_gwas"]

_PIECE = 100_000


def read_gwas(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    trait: str = "",
    kind: str | None = None,
    unit: str = "",
    sample: str | None = None,
    snps: Collection[str] | None = None,
    p_below: float | None = None,
) -> GWAS:
    """Read summary statistics.

    The format is told by the content: GWAS-VCF (``##fileformat=VCF`` with ``ES`` and ``SE``), the GWAS
    Catalog's table of associations, or any table with a header line (tab, comma, semicolon or spaces;
    the GWAS Catalog's summary statistics, PLINK, REGENIE, METAL, SAIGE, GCTA and TwoSampleMR headers
    are known). ``.gz``, ``.bz2`` and ``.xz`` files are unpacked.

    Args:
        path: the file.
        columns: field -> column where the header does not say it well; fields are
            :data:`queries.mr.columns.FIELDS`.
        trait: what was measured; the file's name, or the VCF's sample, when empty.
        kind: ``quantitative`` or ``binary`` (``beta`` is a log odds ratio); by default ``binary`` when
            there are odds ratios or case numbers.
        unit: of the trait.
        sample: which sample of a GWAS-VCF with several.
        snps: keep only these variants; other rows are not looked at, so not set aside either.
        p_below: keep only rows with a smaller p-value; likewise.

    Raises:
        InputError: if the file is not there, is no such table, or holds no usable row.
        UsageError: for an unknown field or kind, or a VCF of several samples without ``sample``.
    """
    path = Path(path)
    check_kind(kind)
    asked = frozenset(snps) if snps is not None else None
    collector = Collector(snps=asked, p_below=p_below)
    notes: list[str] = []
    try:
        with _open(path) as lines:
            first = next(lines, "")
            if first.startswith("##fileformat=VCF"):
                name, binary = read_vcf(chain([first], lines), collector, sample, str(path))
                trait = trait or name
            else:
                binary = _read_table(chain([first], lines), collector, columns, notes, str(path))
    except FileNotFoundError:
        raise InputError("there is no such file", where=str(path)) from None
    except (EOFError, zlib.error, lzma.LZMAError) as error:
        # what was read before the damage is good, but nobody should miss that it is not all
        if not collector.pieces:
            raise InputError(f"the file is damaged: {error}", where=str(path)) from error
        collector.refuse(0, "", "the compressed file ends early or is damaged")
        binary = False
        notes.append("the file is damaged or cut off: later rows are missing")
    except OSError as error:
        raise InputError(f"the file cannot be read: {error}", where=str(path)) from error
    stem = path.name.split(".")[0]
    return _finish(collector, trait or stem, kind, binary, unit, str(path), notes)


def from_frame(
    frame: pd.DataFrame,
    trait: str,
    *,
    columns: Mapping[str, str] | None = None,
    kind: str | None = None,
    unit: str = "",
) -> GWAS:
    """Return summary statistics from a data frame, cleaned as a file's are; ``line`` of a row that is
    set aside is its number, from 1.

    Raises:
        InputError: if a needed column is missing or no row can be used.
    """
    collector = Collector()
    header = [str(c) for c in frame.columns]
    found, notes = find_columns(header, columns, trait)
    raw = frame.copy()
    raw.columns = pd.Index(header)
    collector.add(raw, found, np.arange(1, len(raw) + 1))
    binary = bool({"odds_ratio", "n_cases"} & set(found))
    return _finish(collector, trait, kind, binary, unit, "", notes)


def _finish(
    collector: Collector,
    trait: str,
    kind: str | None,
    binary: bool,
    unit: str,
    path: str,
    notes: list[str],
) -> GWAS:
    frame = collector.finish()
    bad = sum(collector.reasons.values())
    if not collector.rows:
        raise InputError("the table holds no rows", where=path or trait)
    if not len(frame) and bad >= collector.rows:
        reason, count = collector.reasons.most_common(1)[0]
        raise InputError(
            f"none of {collector.rows} rows can be used; {count} because {reason}",
            where=path or trait,
            hint='Say which column is which, as in columns={"beta": "Effect"}.',
        )
    if warning := consistency(frame):
        notes.append(warning)
    return GWAS(
        frame,
        trait,
        kind or ("binary" if binary else "quantitative"),
        unit,
        path,
        collector.rows,
        dict(collector.reasons),
        tuple(collector.examples),
        tuple(notes),
    )


class _open:  # noqa: N801 - used like the function it stands for
    """The lines of a text file that may be compressed, without a byte order mark."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file: IO[str] | None = None

    def __enter__(self) -> Iterator[str]:
        with self.path.open("rb") as raw:
            magic = raw.read(6)
        if magic.startswith(b"\x1f\x8b"):
            stream: Any = gzip.open(self.path)
        elif magic.startswith(b"BZh"):
            stream = bz2.open(self.path)
        elif magic.startswith(b"\xfd7zXZ"):
            stream = lzma.open(self.path)
        else:
            stream = self.path.open("rb")
        self.file = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace")
        return iter(self.file)

    def __exit__(self, *_: object) -> None:
        if self.file is not None:
            self.file.close()


def _read_table(
    lines: Iterator[str],
    collector: Collector,
    columns: Mapping[str, str] | None,
    notes: list[str],
    where: str,
) -> bool:
    number, head = 0, ""
    for number, head in enumerate(lines, 1):  # noqa: B007
        if head.strip() and not head.startswith("##"):
            break
    else:
        raise InputError("the file is empty", where=where)
    separator = _separator(head)
    header = [h.lstrip("#") for h in _split(head, separator)]
    if len(header) < 3:
        raise InputError(
            "the first line is no header of a table",
            where=f"{where}, line {number}",
            hint="A header line names the columns, parted by tabs, commas or spaces.",
        )
    if len(set(header)) < len(header):
        double = sorted({h for h in header if header.count(h) > 1})
        raise InputError(f"two columns are called {double[0]!r}", where=f"{where}, line {number}")
    if is_association_table(header):
        rows = _rows(lines, separator, len(header), number, collector)
        return read_associations(header, rows, collector, notes)
    found, guessed = find_columns(header, columns, where)
    notes.extend(guessed)
    rows = _rows(lines, separator, len(header), number, collector)
    while piece := list(islice(rows, _PIECE)):
        raw = pd.DataFrame([r for _, r in piece], columns=header, dtype=object)
        collector.add(raw, found, np.array([n for n, _ in piece], dtype=np.int64))
    return bool({"odds_ratio", "n_cases"} & set(found))


def _rows(
    lines: Iterator[str], separator: str, width: int, number: int, collector: Collector
) -> Iterator[tuple[int, Sequence[str]]]:
    for line_number, line in enumerate(lines, number + 1):
        if not line.strip():
            continue
        row = _split(line, separator)
        if len(row) != width:
            collector.rows += 1
            collector.refuse(
                line_number, row[0][:40], f"the line has not the header's {width} fields"
            )
            continue
        yield line_number, row


def _separator(head: str) -> str:
    for candidate in ("\t", ",", ";"):
        if candidate in head:
            return candidate
    return " "


def _split(line: str, separator: str) -> list[str]:
    line = line.rstrip("\r\n")
    if separator == " ":
        return line.split()
    if '"' in line:
        return next(csv.reader([line], delimiter=separator))
    return line.split(separator)
