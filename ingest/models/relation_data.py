"""Gold relations as rows of features: BC5CDR, BioRED and DrugProt."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from graph.errors import InputError
from ingest.models.corpora import GoldDocument, GoldMention
from ingest.relations.hierarchy import Hierarchy
from ingest.relations.pair_features import PAIR_KINDS
from ingest.relations.predict import EFFECTS, TYPES, Candidates, candidates
from ingest.relations.view import Span, View, make_view
from ingest.sentences import split_document

__all__ = [
    "Rows", "biored_type", "effect", "gold_view", "make_rows", "read_drugprot", "read_trees",
]  # fmt: skip

Ints = npt.NDArray[np.int64]
_KIND = {"chemical": "C", "disease": "D", "gene": "G", "variant": "V"}
_GROUPS = {
    "INHIBITOR": "decreases activity", "ANTAGONIST": "decreases activity",
    "AGONIST-INHIBITOR": "decreases activity", "ACTIVATOR": "increases activity",
    "AGONIST": "increases activity", "AGONIST-ACTIVATOR": "increases activity",
    "INDIRECT-DOWNREGULATOR": "decreases amount", "INDIRECT-UPREGULATOR": "increases amount",
    "DIRECT-REGULATOR": "binds", "SUBSTRATE": "other", "PRODUCT-OF": "other", "PART-OF": "other",
    "SUBSTRATE_PRODUCT-OF": "other",
}  # fmt: skip


def read_trees(data: Path) -> Hierarchy:
    """Read the MeSH trees of diseases, mental disorders, behaviours and chemicals.

    Raises:
        InputError: if the file is not there.
    """
    path = data / "terms" / "mesh2015" / "tree-numbers.tsv"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()[1:]
    except OSError as error:
        raise InputError(f"cannot read it: {error}", where=str(path)) from error
    numbers: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        id, _, number = line.split("\t")
        if number.startswith(("C", "D", "F01", "F03")):
            numbers[id].append(number)
    return Hierarchy({id: tuple(n) for id, n in numbers.items()})


def read_drugprot(data: Path) -> list[GoldDocument]:
    """Read the development split; the lower-case text of a mention stands for an id, relations are
    (type, chemical, gene) of such.

    Raises:
        InputError: if a file is not there.
    """
    folder = data / "corpora" / "drugprot" / "development"

    def table(name: str) -> list[list[str]]:
        path = folder / f"drugprot_development_{name}.tsv"
        try:
            with path.open(encoding="utf-8", newline="") as file:
                return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        except OSError as error:
            raise InputError(f"cannot read it: {error}", where=str(path)) from error

    names: dict[tuple[str, str], str] = {}
    mentions: dict[str, list[GoldMention]] = defaultdict(list)
    for pmid, key, kind, start, end, text in table("entities"):
        name = " ".join(text.lower().split())
        names[pmid, key] = name
        type = "chemical" if kind == "CHEMICAL" else "gene"
        mentions[pmid].append(GoldMention(int(start), int(end), text, type, (name,)))
    relations: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for pmid, type, one, two in table("relations"):
        ends = (names[pmid, one.removeprefix("Arg1:")], names[pmid, two.removeprefix("Arg2:")])
        relations[pmid].append((type, *ends))
    return [
        GoldDocument(
            pmid, title, abstract,
            tuple(sorted(mentions[pmid], key=lambda m: (m.start, -m.end))),
            tuple(relations[pmid]),
        )
        for pmid, title, abstract in table("abstracs")
    ]  # fmt: skip


def gold_view(gold: GoldDocument) -> View:
    """The view of a document with its gold mentions."""
    document = gold.document()
    spans = [
        Span(m.start, m.end, _KIND[m.type], id)
        for m in gold.mentions if m.type in _KIND for id in m.ids
    ]  # fmt: skip
    return make_view(document.text, split_document(document), spans)


def mesh_of(view: View) -> list[str]:
    """Gold ids are MeSH ids already, if they look like them."""
    return [
        e.id if e.kind in "CD" and e.id[:1] in "CD" and e.id[1:].isdigit() else ""
        for e in view.entities
    ]


@dataclass(slots=True)
class Rows:
    """The candidate pairs of documents; ``labels[d]`` are those of document ``d``'s pairs (-1 none),
    ``gold`` the number of gold relations, whether or not a candidate stands for them."""

    documents: list[GoldDocument]
    candidates: list[Candidates]
    labels: list[Ints]
    gold: list[int]

    def subset(self, numbers: Sequence[int]) -> Rows:
        """Some of the documents."""
        return Rows(
            [self.documents[n] for n in numbers], [self.candidates[n] for n in numbers],
            [self.labels[n] for n in numbers], [self.gold[n] for n in numbers],
        )  # fmt: skip


Label = Callable[[GoldDocument], dict[frozenset[str], int]]


def biored_type(gold: GoldDocument) -> dict[frozenset[str], int]:
    """Pairs of ids -> number of the type in :data:`TYPES`."""
    return {
        frozenset(r[1:3]): TYPES.index(r[0]) if r[0] in TYPES else len(TYPES) - 1
        for r in gold.relations
    }


def cid(gold: GoldDocument) -> dict[frozenset[str], int]:
    """Pairs of ids of chemical-induces-disease relations -> 1."""
    return {frozenset(r[1:3]): 1 for r in gold.relations if r[0] == "CID"}


def effect(gold: GoldDocument) -> dict[frozenset[str], int]:
    """Pairs of names -> number of the group in :data:`EFFECTS`, the most frequent one."""
    counts: dict[frozenset[str], Counter[int]] = defaultdict(Counter)
    for type, one, two in gold.relations:
        counts[frozenset((one, two))][EFFECTS.index(_GROUPS[type])] += 1
    return {k: min(c, key=lambda n: (-c[n], n)) for k, c in counts.items()}


def make_rows(
    documents: Sequence[GoldDocument],
    trees: Hierarchy,
    label: Label,
    kinds: frozenset[str] = frozenset(PAIR_KINDS),
) -> Rows:
    """Make the rows of documents, those without a candidate pair left in for their gold relations."""
    rows = Rows(list(documents), [], [], [])
    for gold in documents:
        view = gold_view(gold)
        found = candidates(view, trees, mesh_of(view), kinds)
        known = label(gold)
        rows.candidates.append(found)
        ids = [e.id for e in view.entities]
        rows.labels.append(
            np.array([known.get(frozenset((ids[a], ids[b])), -1) for a, b in found.pairs], dtype=np.int64)
        )  # fmt: skip
        rows.gold.append(len(known))
    return rows
