"""NCBI Gene: further names of human protein-coding genes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from graph.model import Category
from ingest.terms.readers.base import Reader, head, rows
from ingest.terms.records import Dropped, Record, Term

__all__ = ["NcbiGeneReader"]

_JUNK = re.compile(r"epididymis|HEL-|\bputative\b|^hypothetical|uncharacterized|readthrough|OTTHUM")


def _alias(text: str) -> bool:
    """Whether a short alias is unlikely to be an English word or an accession."""
    return (
        3 <= len(text) <= 12
        and any(c.isdigit() for c in text)
        and any(c.isalpha() for c in text)
        and not re.match(r"\d|(?:FLJ|KIAA|DKFZ|MGC|HSPC|PRO|UNQ|LOC|OTT|bA|dJ|HEL)\d", text)
    )


class NcbiGeneReader(Reader):
    """``Homo_sapiens.gene_info`` (also compressed). Genes without an HGNC id are left out: they have
    no name that prose uses."""

    name = "NCBI Gene"
    licence = "U.S. Government work"

    def claims(self, path: Path) -> bool:
        """Whether it has the header of ``gene_info``."""
        first = (head(path, 1) or [""])[0]
        return first.startswith("#") and "tax_id" in first and "GeneID" in first

    def read(self, paths: tuple[Path, ...]) -> Iterator[Record]:
        """Yield human protein-coding genes; an alias shared by several genes is left out."""
        (path,) = paths
        kept: list[list[str]] = []
        count: Counter[str] = Counter()
        for row in rows(path, columns=14, skip=1):
            if isinstance(row, Dropped):
                yield row
                continue
            fields = row[1]
            if fields[0] == "9606" and fields[9] == "protein-coding":
                kept.append(fields)
            for alias in {fields[2], *fields[4].split("|")}:
                count[alias.upper()] += 1
        for fields in kept:
            hgnc = re.search(r"HGNC:(?:HGNC:)?(\d+)", fields[5])
            if not hgnc:
                continue
            names = [n for n in fields[13].split("|") if 6 < len(n) < 60 and not _JUNK.search(n)]
            names += [a for a in fields[4].split("|") if count[a.upper()] == 1 and _alias(a)]
            yield Term(
                f"ncbigene:{fields[1]}", Category.GENE, fields[2], names,
                {f"hgnc:{hgnc.group(1)}"}, adds=True,
            )  # fmt: skip
