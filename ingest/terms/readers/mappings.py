"""Cross-references: SSSOM tables, and Biomappings' table of six columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ingest.terms.readers.base import Reader, head, opened
from ingest.terms.records import Dropped, Record, Same

__all__ = ["MappingReader"]

_EXACT = {"skos:exactmatch", "owl:sameas", "owl:equivalentclass", "oboinowl:hasdbxref"}
_SIX = re.compile(r"[A-Za-z.]+\t[\w:.-]+\t[^\t]*\t[A-Za-z.]+\t[\w:.-]+\t[^\t]*$")
_PLAIN = ("CHEBI\tCHEMBL",)


class MappingReader(Reader):
    """SSSOM (``subject_id``, ``predicate_id``, ``object_id`` in a header, ``#`` comments before it) and
    rows ``prefix id name prefix id name``. Only exact matches count."""

    name = "mappings"
    licence = "as its source says"

    def claims(self, path: Path) -> bool:
        """Whether it has the SSSOM columns, or six columns with a prefix and an id twice."""
        lines = [line for line in head(path, 60) if not line.startswith("#")]
        if not lines:
            return False
        fields = lines[0].split("\t")
        if {"subject_id", "object_id"} <= set(fields) or lines[0] in _PLAIN:
            return True
        return all(_SIX.match(line) for line in lines[:3]) and not lines[0].startswith("MESH\t")

    def licence_of(self, paths: tuple[Path, ...]) -> str:
        """The ``license`` of an SSSOM file's metadata; Biomappings is CC0."""
        for line in head(paths[0], 60):
            match = re.match(r"#\s*license:\s*\"?(.+?)\"?\s*$", line)
            if match:
                return "CC0 1.0" if "zero/1.0" in match.group(1) else match.group(1)
        return "CC0 1.0" if "biomappings" in paths[0].name else self.licence

    def read(self, paths: tuple[Path, ...]) -> Iterator[Record]:
        """Yield pairs of ids."""
        (path,) = paths
        header: list[str] | None = None
        with opened(path) as handle:
            for number, line in enumerate(handle, 1):
                line = line.rstrip("\r\n")
                if not line or line.startswith("#"):
                    continue
                fields = line.split("\t")
                if header is None and ("subject_id" in fields or line in _PLAIN):
                    header = fields
                    continue
                pair = _pair(header, fields)
                if pair is None:
                    yield Dropped(f"{path}, line {number}", "not a mapping")
                elif pair:
                    yield Same(*pair)


def _pair(header: list[str] | None, fields: list[str]) -> tuple[str, str] | tuple[()] | None:
    if header is None:
        return (_id(*fields[:2]), _id(*fields[3:5])) if len(fields) == 6 else None
    if len(header) == 2:
        return (f"chebi:{fields[0]}", f"chembl:{fields[1]}") if len(fields) == 2 else None
    row = dict(zip(header, fields, strict=False))
    if not row.get("subject_id") or not row.get("object_id"):
        return None
    if row.get("predicate_modifier", "").lower() == "not":
        return ()
    exact = row.get("predicate_id", "skos:exactMatch").lower() in _EXACT
    return (row["subject_id"], row["object_id"]) if exact else ()


def _id(prefix: str, id: str) -> str:
    return id if id.upper().startswith(f"{prefix.upper()}:") else f"{prefix}:{id}"
