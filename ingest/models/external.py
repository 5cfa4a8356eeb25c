"""The external lexicon: names from terminologies with the classes they belong to.

Sources, all free to ship: HGNC (CC0), MeSH (U.S. Government work), Disease Ontology (CC0), ChEBI
(CC BY 4.0), FamPlex (CC0).
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

from graph.errors import InputError
from ingest.terms.normal import uninverted

__all__ = ["CLASSES", "read_names"]

CLASSES = (
    "chem", "dis", "gene", "prot", "role", "org", "anat", "cell", "proc", "other",
)  # fmt: skip
"""what a name may be; its position is its bit in a mask"""

_BIT = {name: 1 << number for number, name in enumerate(CLASSES)}
_TREES = (
    (re.compile(r"D12\.776|D08\.811|D12\.644\.276|D23\.529|D12\.644\.541"), "prot"),
    (re.compile(r"D26|D27"), "role"),
    (re.compile(r"D"), "chem"),
    (re.compile(r"C22"), "other"),
    (re.compile(r"C|F03"), "dis"),
    (re.compile(r"B"), "org"),
    (re.compile(r"A11\.251\.210"), "cell"),
    (re.compile(r"A"), "anat"),
    (re.compile(r"G|F0[12]"), "proc"),
    (re.compile(r"E|H|I|J|L|M|N"), "other"),
)


def _lines(path: Path) -> Iterator[list[str]]:
    try:
        with path.open(encoding="utf-8") as handle:
            for line in handle:
                yield line.rstrip("\r\n").split("\t")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read it: {error}", where=str(path)) from error


def _mesh(terms: Path) -> Iterator[tuple[str, int]]:
    masks: dict[str, int] = {}
    for row in _lines(terms / "mesh2015" / "tree-numbers.tsv"):
        for pattern, name in _TREES:
            if pattern.match(row[2]):
                masks[row[0]] = masks.get(row[0], 0) | _BIT[name]
                break
    for id, name, synonyms in _lines(terms / "mesh_id_label_mappings.tsv"):
        for synonym in (name, *synonyms.split("|")):
            if synonym and id in masks:
                yield uninverted(synonym), masks[id]
    for _, id, name, prefix, *_ in _lines(terms / "mesh_mappings.tsv"):
        if id.startswith("C") and prefix in ("CHEBI", "DOID"):
            yield uninverted(name), _BIT["chem" if prefix == "CHEBI" else "dis"]


def _genes(terms: Path) -> Iterator[tuple[str, int]]:
    for row in _lines(terms / "hgnc_entries.tsv"):
        if len(row) < 5 or row[3] != "Approved":
            continue
        for name in (row[1], row[2], *row[4].split(", ")):
            if len(name) > 1:
                yield name, _BIT["gene"]
    path = terms / "famplex" / "grounding_map.csv"
    if path.exists():
        with path.open(encoding="utf-8", newline="") as handle:
            for row in csv.reader(handle):
                if len(row) > 2 and row[1] in ("FPLX", "HGNC", "UP"):
                    yield row[0], _BIT["prot"]


def read_names(data: Path) -> list[tuple[str, int]]:
    """Return (name, mask of classes) from ``data/terms``, names as the sources spell them.

    Raises:
        InputError: if a source is missing or cannot be read.
    """
    terms = data / "terms"
    names = [*_mesh(terms), *_genes(terms)]
    path = terms / "doid.json"
    try:
        diseases = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read it: {error}", where=str(path)) from error
    for entry in diseases:
        if entry["name"].startswith("obsolete"):
            continue
        names += [(n, _BIT["dis"]) for n in (entry["name"], *entry["synonyms"]) if "|" not in n]
    names += [
        (row[3], _BIT["chem"])
        for row in _lines(terms / "chebi_names.tsv")
        if row[2] in ("NAME", "INN")
    ]
    return names
