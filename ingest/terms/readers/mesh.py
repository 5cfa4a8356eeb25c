"""MeSH: descriptors of the trees that can take part in a relation, and supplementary records."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from graph.errors import InputError
from graph.model import Category
from ingest.terms.normal import uninverted
from ingest.terms.readers.base import Reader, head, rows
from ingest.terms.records import Dropped, Record, Term

__all__ = ["MeshReader", "mesh_category"]

_PROCEDURE = re.compile(r"E0[24]\.")
_PROCESS = re.compile(r"G(?:0[2-5]|0[7-9]|1[0-2])\.")
_PROTEIN = re.compile(r"D12\.776|D08\.811|D12\.644\.276|D23\.529|D12\.644\.541")
_SKIPPED_TREES = re.compile(r"C23\.550\.291|D26|D27\.720|E02\.(?:760|950)|C22")
_TREES, _NAMES, _MAPPED = "tree-numbers", "names", "supplementary"


def mesh_category(trees: list[str]) -> Category | None:
    """Return what a descriptor with these tree numbers is, None if relations never speak of it."""
    kept = [t for t in trees if not _SKIPPED_TREES.match(t)]
    if not kept:
        return None
    letters = {t[0] for t in kept}
    if "C" in letters or any(t.startswith("F03") for t in kept):
        symptom = all(t.startswith("C23.888") for t in kept if t[0] == "C") and "C" in letters
        return Category.PHENOTYPE if symptom else Category.DISEASE
    if "D" in letters:
        chemical = [t for t in kept if t[0] == "D"]
        return Category.PROTEIN if any(_PROTEIN.match(t) for t in chemical) else Category.CHEMICAL
    if any(t.startswith("A11") for t in kept):
        line = any(t.startswith("A11.251.210") for t in kept)
        return Category.CELL_LINE if line else Category.CELL
    for pattern, category in (
        (re.compile(r"A0[1-9]|A10|A1[2-7]"), Category.ANATOMY),
        (re.compile(r"F01\.145"), Category.BEHAVIOR),
        (_PROCESS, Category.PROCESS),
        (_PROCEDURE, Category.PROCEDURE),
    ):
        if any(pattern.match(t) for t in kept):
            return category
    return None


class MeshReader(Reader):
    """Tables ``id name tree-number`` and ``id name synonyms``, and supplementary records from a table
    ``MESH id name prefix id name``, of which only NLM's own ids and names are taken."""

    name = "MeSH"
    licence = "U.S. Government work"

    def claims(self, path: Path) -> bool:
        """Whether it is one of the three tables."""
        return _kind(path) is not None

    def groups(self, paths: Sequence[Path]) -> list[tuple[Path, ...]]:
        """All tables together: tree numbers decide what the names are names of."""
        return [tuple(sorted(paths))] if paths else []

    def read(self, paths: tuple[Path, ...]) -> Iterator[Record]:
        """Yield descriptors with a category, then supplementary chemicals and diseases."""
        files: dict[str, list[Path]] = defaultdict(list)
        for path in paths:
            files[_kind(path) or ""].append(path)
        if files[_NAMES] and not files[_TREES]:
            raise InputError(
                "MeSH names without tree numbers: nothing says what they are names of",
                where=str(files[_NAMES][0]), hint="Put the table of tree numbers beside it.",
            )  # fmt: skip
        trees: dict[str, list[str]] = defaultdict(list)
        for path in files[_TREES]:
            for row in rows(path, columns=3, skip=1):
                if isinstance(row, Dropped):
                    yield row
                else:
                    trees[row[1][0]].append(row[1][2])
        for path in files[_NAMES]:
            for row in rows(path, columns=2):
                if isinstance(row, Dropped):
                    yield row
                    continue
                id, name, synonyms = (*row[1], "")[:3]
                category = mesh_category(trees.get(id, []))
                if category is not None:
                    others = {uninverted(s) for s in (name, *synonyms.split("|")) if s}
                    yield Term(f"mesh:{id}", category, name, sorted(others - {name}))
        for path in files[_MAPPED]:
            yield from _supplementary(path)


def _supplementary(path: Path) -> Iterator[Record]:
    seen: set[str] = set()
    for row in rows(path, columns=5):
        if isinstance(row, Dropped):
            yield row
            continue
        _, id, name, prefix = row[1][:4]
        if id.startswith("C") and prefix in ("CHEBI", "DOID") and id not in seen:
            seen.add(id)
            category = Category.CHEMICAL if prefix == "CHEBI" else Category.DISEASE
            yield Term(f"mesh:{id}", category, uninverted(name))


def _kind(path: Path) -> str | None:
    first, *rest = head(path, 2) or [""]
    if first.split("\t") == ["mesh_id", "mesh_name", "mesh_tree_number"]:
        return _TREES
    line = (rest or [""])[0].split("\t")
    if re.fullmatch(r"[DC]\d{6,9}\t[^\t]+(?:\t[^\t]*)?", first):
        return _NAMES
    if len(line) >= 5 and line[0] == "MESH" and re.fullmatch(r"[DC]\d{6,9}", line[1]):
        return _MAPPED
    return None
