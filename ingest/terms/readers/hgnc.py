"""HGNC: approved human genes, withdrawn symbols and what took their place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from graph.errors import InputError
from graph.model import Category
from ingest.terms.readers.base import Reader, head, opened
from ingest.terms.records import Dropped, Record, Replaced, Term

__all__ = ["HgncReader"]

_COLUMNS = {
    "id": ("HGNC ID", "hgnc_id"),
    "symbol": ("Approved Symbol", "Approved symbol", "symbol"),
    "name": ("Approved Name", "Approved name", "name"),
    "status": ("Status", "status"),
    "aliases": ("Synonyms", "Alias symbols", "alias_symbol"),
    "previous": ("Previous Symbols", "Previous symbols", "prev_symbol"),
    "entrez": ("Entrez Gene ID(supplied by NCBI)", "NCBI Gene ID", "entrez_id"),
    "uniprot": ("UniProt ID(supplied by UniProt)", "UniProt ID", "uniprot_ids"),
}
_APART = re.compile(r"\s*[|,]\s+|\|")
_SEE = re.compile(r"withdrawn, see (?:\[?HGNC:)?([\w.-]+)")


class HgncReader(Reader):
    """Custom downloads of genenames.org and ``hgnc_complete_set.txt``.

    A symbol that was withdrawn in favour of another becomes a replaced id.
    """

    name = "HGNC"
    licence = "CC0 1.0"

    def claims(self, path: Path) -> bool:
        """Whether the header has an HGNC id and a symbol."""
        first = (head(path, 1) or [""])[0].split("\t")
        return first[0] in _COLUMNS["id"] and any(c in first for c in _COLUMNS["symbol"])

    def read(self, paths: tuple[Path, ...]) -> Iterator[Record]:
        """Yield genes (pseudogenes left out) and replaced ids."""
        (path,) = paths
        with opened(path) as handle:
            header = handle.readline().rstrip("\r\n").split("\t")
            place = {
                field: next((header.index(n) for n in names if n in header), -1)
                for field, names in _COLUMNS.items()
            }
            if place["id"] < 0 or place["name"] < 0:
                raise InputError("the HGNC columns are missing", where=str(path))
            for number, line in enumerate(handle, 2):
                fields = line.rstrip("\r\n").split("\t")
                row = {f: fields[p] if 0 <= p < len(fields) else "" for f, p in place.items()}
                if not re.fullmatch(r"HGNC:\d+", row["id"]) or not row["symbol"]:
                    yield Dropped(f"{path}, line {number}", "no HGNC id or no symbol")
                    continue
                if row["status"] not in ("Approved", ""):
                    see = _SEE.search(row["name"])
                    if see:
                        new = see.group(1)
                        yield Replaced(
                            row["id"], f"HGNC:{new}" if new.isdigit() else f"symbol:{new}"
                        )
                    continue
                if "pseudogene" in row["name"]:
                    continue
                names = [
                    n.strip().strip('"')
                    for f in ("aliases", "previous")
                    for n in _APART.split(row[f])
                ]
                xrefs = {f"ncbigene:{row['entrez']}"} if row["entrez"] else set()
                xrefs |= {f"uniprot:{u.strip()}" for u in _APART.split(row["uniprot"]) if u.strip()}
                yield Term(
                    row["id"], Category.GENE, row["symbol"],
                    [n for n in (row["name"], *names) if n], xrefs,
                )  # fmt: skip
