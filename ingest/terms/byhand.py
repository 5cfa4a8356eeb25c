"""What is written by hand beside the official files: names that they lack, and species."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from graph.model import Category

__all__ = ["Species", "Supplement", "read_species", "read_supplement", "species_cues"]


@dataclass(frozen=True, slots=True)
class Supplement:
    """A row of ``supplement.tsv``: names that mean this entity and no other."""

    id: str
    category: Category
    name: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Species:
    """A row of ``species.tsv``. ``names`` mention the species; ``cues`` only tell that a text is about
    it (``volunteers``, ``Wistar``) and are no names in any terminology."""

    id: str
    name: str
    names: tuple[str, ...]
    cues: tuple[str, ...]


def _rows(file: str) -> list[list[str]]:
    text = resources.files("ingest.terms").joinpath(file).read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return [line.split("\t") for line in lines]


def _list(text: str) -> tuple[str, ...]:
    return tuple(n for n in text.split("|") if n)


def read_supplement() -> list[Supplement]:
    """Read the names that come with the package, species among them."""
    rows = [
        Supplement(id, Category(category), name, _list(names))
        for id, category, name, names in _rows("supplement.tsv")
    ]
    return rows + [Supplement(s.id, Category.TAXON, s.name, s.names) for s in read_species()]


def read_species() -> list[Species]:
    """Read the species that come with the package."""
    return [
        Species(id, name, _list(names), _list(cues))
        for id, name, names, cues in _rows("species.tsv")
    ]


@lru_cache(maxsize=1)
def species_cues() -> dict[str, str]:
    """Word or phrase in lower case -> id of the species it tells, names and cues alike."""
    found: dict[str, str] = {}
    for species in read_species():
        for word in (species.name, *species.names, *species.cues):
            found.setdefault(word.lower(), species.id)
    return found
