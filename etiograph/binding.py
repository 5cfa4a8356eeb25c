"""Which entity a column measures, proposed from its name: a table to check, edit and give back.

Nothing is bound by name alone: :func:`suggest` proposes, a person decides, and the edited table is read as
bindings (``--bind``). A column gets a proposal only where one entity stands out; the others that were near
are listed beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import InputError
from graph.model import Category, Entity

if TYPE_CHECKING:
    from graph.dataset import Dataset
    from graph.store import Store
    from ingest.linkers.ngram import NgramLinker
    from ingest.terms.terminology import Terminology

__all__ = ["Choice", "Suggestion", "readings", "suggest", "write_suggestions"]

_SURE = 0.85
"""score from which an entity is proposed"""
_APART = 0.025
"""by how much it has to be ahead of the next"""
_SHOWN = 4
"""alternatives listed"""

_GROUPS = ("gene", "chemical", "disease")
_UNITS = re.compile(
    r"(?:[ _.]+|(?<=[a-z])(?=\())\(?(?:(?:[mnuµpk]?(?:g|mol|l|iu|u|eq)|pg|ng|mg|ug|kg|cells?|count|10\^?\d)"
    r"(?:[ _./]+(?:p(?:er)?[ _.]*)?(?:[dmu]?l|m2|min|h|day|kg|ul))|mmhg|bpm|percent|pct|%|mg|kg|cm|mm|years?|yrs?)\)?$",
    re.I,
)
_ENDS = re.compile(
    r"[ _.]+(?:levels?|conc(?:entration)?|expr(?:ession)?|abundance|activity|counts?|values?|score|zscore|log\d*|mean|avg|"
    r"median|baseline|bl|t\d+|v\d+|day ?\d+|tpm|fpkm|rpkm|cpm|norm(?:alized|alised)?|rep\d+|human|mouse)$",
    re.I,
)
_STARTS = re.compile(
    r"^(?:log\d*|ln|z|scaled|norm|mean|avg|delta|serum|plasma|blood|urine|total|fasting)[ _.]+",
    re.I,
)
_SITE = re.compile(r"[ _.-]*(?:p?[STY]?\d{2,4}(?:[/_ -][STY]?\d{2,4})*|p[STY]\d+)$", re.I)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class Choice:
    """An entity a column may mean: ``score`` from 0 to 1, ``matched`` the name that fits ``reading``, the
    form of the column's name it was found by, and whether the graph at hand has it."""

    entity: Entity
    score: float
    matched: str
    reading: str
    in_graph: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What one column may mean: ``chosen`` None where nothing stands out, ``note`` says why."""

    column: str
    chosen: Choice | None
    alternatives: tuple[Choice, ...] = ()
    note: str = ""


def readings(column: str) -> list[tuple[str, float]]:
    """Return the forms in which a column's name may name an entity, with how far each can be trusted.

    The name itself first; then without units and words of measurement, without the ``p`` and the residue of
    a phosphorylated protein (``pAKT_S473``), and its parts.
    """
    found: dict[str, float] = {}

    def put(text: str, trust: float) -> None:
        text = re.sub(r"[\s_]+", " ", text).strip(" .-_()[]:=%")
        if len(text) >= 2 and not text.isdigit():
            found.setdefault(text, trust)

    put(column, 1.0)
    put(_CAMEL.sub(" ", column), 0.98)
    core = column
    for _ in range(3):
        core = _STARTS.sub("", _ENDS.sub("", _UNITS.sub("", core)))
    put(core, 0.97)
    put(_CAMEL.sub(" ", core), 0.96)
    put(core.replace(".", " "), 0.95)
    bare = re.sub(r"^(?:phospho[ _.-]?|p[_-]|p(?=[A-Za-z]{3}))", "", core)
    site = _SITE.sub("", core)
    put(site, 0.93)
    put(bare, 0.93)
    put(_SITE.sub("", bare), 0.92)
    for part in re.split(r"[_ ./|:;-]+", core):
        if len(part) >= 3 and part != core:
            put(part, 0.75)
    return list(found.items())


def suggest(
    dataset: Dataset,
    store: Store | None = None,
    *,
    terminology: Terminology | None = None,
    linker: NgramLinker | None = None,
    prefer: Category | None = None,
) -> list[Suggestion]:
    """Propose an entity for each unbound column of a dataset, in the order of the columns.

    Args:
        store: entities that this graph has go before others with the same name, since only these connect
            data and literature.
        terminology: the bundled one when not given.
        linker: to weigh what names mean; made from the terminology when not given.
        prefer: a category that goes before others, such as genes in expression data.
    """
    from ingest.linkers.ngram import NgramLinker
    from ingest.terms.terminology import core

    terms = terminology or core()
    linked_by = linker or NgramLinker(terms)
    bound = set(dataset.entity_of)
    found = [
        _suggestion(column, _choices(column, store, terms, linked_by, prefer))
        for column in dataset.columns
        if column not in bound
    ]
    return _unshared(found, dataset)


def _choices(
    column: str,
    store: Store | None,
    terms: Terminology,
    linker: NgramLinker,
    prefer: Category | None,
) -> list[Choice]:
    best: dict[str, Choice] = {}
    for reading, trust in readings(column):
        for entity, score, matched in _named(reading, trust, store, terms, linker):
            held = best.get(entity.id)
            if held is None or score * trust > held.score:
                best[entity.id] = Choice(entity, round(score * trust, 4), matched, reading)
        if any(c.score >= 0.95 for c in best.values()):
            break
    ranked = []
    for choice in best.values():
        there = store is not None and store.entity(choice.entity.id) is not None
        score = choice.score
        if store is not None and not there:
            score *= 0.95  # an entity that the graph lacks connects nothing
        if prefer is not None and choice.entity.category is not prefer:
            score *= 0.9
        ranked.append(replace(choice, score=round(score, 4), in_graph=there))
    return sorted(ranked, key=lambda c: (-c.score, c.entity.id))


def _named(
    reading: str, trust: float, store: Store | None, terms: Terminology, linker: NgramLinker
) -> Iterator[tuple[Entity, float, str]]:
    """Yield what a name may mean by the terminology, the linker and the graph's own names."""
    id = terms.resolve(reading) if ":" in reading else None
    if id is not None and (entity := terms.entity(id)) is not None:
        yield entity, 1.0, reading
    for candidate in terms.lookup(reading, 6):
        # parts of a name say little when they are only similar to something
        if candidate.score >= 0.9 or trust > 0.9:
            yield candidate.entity, candidate.score, candidate.matched
    for group in _GROUPS if len(reading) >= 3 else ():
        grounded = linker.ground(reading, group)
        entity = linker.entity(grounded[0]) if grounded else None
        if grounded and entity is not None and terms.exact(reading) == []:
            yield entity, 0.95 * grounded[1], entity.name
    if store is not None:
        for entity, score in store.search_entities(reading, limit=3):
            if score == 1.0:
                yield entity, 0.97, reading


def _suggestion(column: str, choices: Sequence[Choice]) -> Suggestion:
    if not choices:
        return Suggestion(column, None, note="no entity has such a name")
    first, rest = choices[0], tuple(choices[1 : 1 + _SHOWN])
    if first.score < _SURE:
        return Suggestion(column, None, tuple(choices[:_SHOWN]), "nothing near enough; choose one")
    if rest and first.score - rest[0].score < _APART:
        return Suggestion(column, None, tuple(choices[:_SHOWN]), "several fit; choose one")
    return Suggestion(column, first, rest)


def _unshared(found: list[Suggestion], dataset: Dataset) -> list[Suggestion]:
    """Let each entity be proposed for one column only: the one that fits best, the first of equals."""
    taken = {entity: (2.0, column) for column, entity in dataset.entity_of.items()}
    for item in found:
        if item.chosen is not None:
            id = item.chosen.entity.id
            if id not in taken or item.chosen.score > taken[id][0]:
                taken[id] = (item.chosen.score, item.column)
    result = []
    for item in found:
        owner = taken[item.chosen.entity.id][1] if item.chosen is not None else item.column
        if item.chosen is not None and owner != item.column:
            item = Suggestion(
                item.column,
                None,
                (item.chosen, *item.alternatives)[:_SHOWN],
                f"the same as column {owner!r}; bind one of them",
            )
        result.append(item)
    return result


def write_suggestions(found: Sequence[Suggestion], path: str | Path) -> None:
    """Write the table to check: ``column, entity, unit, description, name, category, score, matched,
    alternatives, note``. The ``entity`` column is what counts when it is given back with ``--bind``;
    leave a cell empty to leave a column unbound.

    Raises:
        InputError: if the file cannot be written.
    """
    import csv

    header = (
        "column", "entity", "unit", "description", "name", "category", "score", "matched",
        "alternatives", "note",
    )  # fmt: skip
    try:
        with Path(path).open("w", newline="", encoding="utf-8") as handle:
            writer = csv.writer(handle)
            writer.writerow(header)
            for item in found:
                chosen = item.chosen
                known = (
                    ["", "", "", ""]
                    if chosen is None
                    else [
                        chosen.entity.name,
                        chosen.entity.category.value,
                        f"{chosen.score:.2f}",
                        chosen.matched,
                    ]
                )
                others = "; ".join(
                    f"{c.entity.id} {c.entity.name} {c.score:.2f}{' (in the graph)' if c.in_graph else ''}"
                    for c in item.alternatives
                )
                id = chosen.entity.id if chosen is not None else ""
                writer.writerow([item.column, id, "", "", *known, others, item.note])
    except OSError as error:
        raise InputError(f"the table cannot be written: {error}", where=str(path)) from error
