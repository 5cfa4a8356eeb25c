"""What in training gives test edges away: inverses, duplicates, near-duplicates, closures, sentences.

Each finder looks at a split and returns which training or test edges have to go. Inverse and duplicate
relations are found as in Akrami et al. 2020, *Realistic re-evaluation of knowledge graph completion
methods*: by the share of their pairs that they have in common.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from discovery.embeddings.splits import Split
from discovery.embeddings.triples import I64, Mask, Triples

__all__ = ["FINDERS", "Leak", "alike_relations", "find", "hierarchies", "near_duplicates"]

_HIERARCHY = re.compile(
    r"^(is_?a|sub_?class(_?of)?|part_?of|broader|narrower|parent(_?of)?|pcic)$", re.I
)
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, eq=False)
class Leak:
    """One kind of leak.

    Attributes:
        kind: its name.
        says: what was found, in a sentence.
        given: test edges that training gives away, bool ``[test]``.
        train: training edges to remove, bool ``[train]``.
        test: test edges to remove, bool ``[test]``, where no single training edge gives them away.
        pairs: the relations (or entities) concerned, first ones.
    """

    kind: str
    says: str
    given: Mask
    train: Mask
    test: Mask
    pairs: tuple[str, ...] = ()


def alike_relations(
    triples: Triples, *, share: float = 0.8, few: int = 5
) -> tuple[list[tuple[int, int]], list[tuple[int, int]], list[int]]:
    """Return inverse pairs, duplicate pairs (lower id first) and symmetric relations.

    Two relations are alike if at least ``share`` of the pairs of the smaller one, and at least ``few``,
    are pairs of the other, and at least twice as many as chance would give. A relation is symmetric if that holds of it and itself reversed; loops do
    not count.
    """
    from scipy import sparse

    n, r = triples.n, triples.r
    mine = triples.heads != triples.tails
    pair = triples.heads[mine] * n + triples.tails[mine]
    back = triples.tails[mine] * n + triples.heads[mine]
    relation = triples.edges_relation[mine]
    keys = np.unique(np.stack([relation, pair, back]), axis=1)
    size = np.bincount(keys[0], minlength=r)

    pairs, place = np.unique(np.concatenate([keys[1], keys[2]]), return_inverse=True)
    forward, backward = (
        sparse.csr_matrix((np.ones(keys.shape[1]), (keys[0], at)), shape=(r, len(pairs)))
        for at in np.split(place, 2)
    )

    least = np.maximum(np.minimum(size[:, None], size[None, :]), 1)

    # a relation between nearly all pairs has most pairs of any other, and tells nothing
    ends = np.unique(np.concatenate([triples.heads, triples.tails]))
    largest = np.maximum(size[:, None], size[None, :])
    chance = 2 * least * largest / max(len(ends) * (len(ends) - 1), 1)

    def alike(counts: I64) -> Mask:
        return np.asarray((counts >= few) & (counts >= share * least) & (counts >= chance))

    inverse = alike((forward @ backward.T).toarray())
    same = alike((forward @ forward.T).toarray())
    symmetric = np.flatnonzero(np.diag(inverse)).tolist()
    up = np.triu_indices(r, 1)
    listed = [
        [(int(a), int(b)) for a, b in zip(*up, strict=True) if found[a, b]]
        for found in (inverse, same)
    ]
    return listed[0], listed[1], symmetric


def hierarchies(triples: Triples, *, share: float = 0.8, few: int = 10) -> list[int]:
    """Return relations that are an ontology's: by name (``isa``, ``part_of`` ...) or transitive.

    Transitive: of the pairs two steps apart at least ``share`` are one step apart, no relation that is
    symmetric among them.
    """
    from scipy import sparse

    _, _, symmetric = alike_relations(triples, share=0.5)
    found = []
    for relation in range(triples.r):
        if _HIERARCHY.match(triples.relations[relation]):
            found.append(relation)
            continue
        matrix = _matrix(triples, relation)
        if relation in symmetric or matrix.nnz < few or matrix.nnz > 2_000_000:
            continue
        two = (matrix @ matrix).tocsr()
        two = (two - sparse.diags(two.diagonal())).tocsr()
        two.eliminate_zeros()
        closed = two.multiply(matrix).count_nonzero()
        if two.nnz >= few and closed >= share * two.nnz:
            found.append(relation)
    return found


def near_duplicates(
    triples: Triples, labels: Mapping[str, str] | None = None, *, share: float = 0.9, few: int = 4
) -> I64:
    """Return a cluster for each entity, int64 ``[n]``: near-duplicates have the same.

    Entities of one type are near-duplicates if their names have the same words in a row, or if they have at least
    ``few`` neighbours (by relation and direction) and share ``share`` of them (Jaccard). Neighbours of
    more than 1,000 entities tell nothing apart and are not compared by.
    """
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    from discovery.embeddings.baselines import _incidence

    n = triples.n
    kinds = triples.type_ids[1]
    sides = _incidence(triples, by_relation=True)
    size = np.diff(sides.indptr)
    common = np.bincount(sides.indices, minlength=sides.shape[1])
    useful = (common > 1) & (common <= 1000)
    compared = sides[:, useful].tocsr()
    rows: list[I64] = []
    columns: list[I64] = []
    back = compared.T.tocsr()
    for start in range(0, n, 2048):
        block = (compared[start : start + 2048] @ back).tocoo()
        a, b = block.row + start, block.col
        near = (
            (a < b)
            & (block.data >= share * (size[a] + size[b] - block.data))
            & (np.minimum(size[a], size[b]) >= few)
            & (kinds[a] == kinds[b])
        )
        rows.append(a[near])
        columns.append(b[near])
    if labels:
        by_name: dict[tuple[int, str], int] = {}
        for i, entity in enumerate(triples.entities):
            words = " ".join(_WORD.findall(labels.get(entity, "").casefold()))
            if words:
                first = by_name.setdefault((int(kinds[i]), words), i)
                if first != i:
                    rows.append(np.array([first]))
                    columns.append(np.array([i]))
    a, b = np.concatenate(rows), np.concatenate(columns)
    matrix = sparse.coo_matrix((np.ones(len(a)), (a, b)), shape=(n, n))
    return np.asarray(connected_components(matrix, directed=False)[1], np.int64)


def _matrix(triples: Triples, relation: int) -> Any:
    from scipy import sparse

    mine = (triples.edges_relation == relation) & (triples.heads != triples.tails)
    ones = np.ones(int(mine.sum()), np.float32)
    ends = (triples.heads[mine], triples.tails[mine])
    found = sparse.csr_matrix((ones, ends), shape=(triples.n, triples.n))
    found.data[:] = 1
    return found


def _keys(part: Triples, relation: I64, heads: I64, tails: I64) -> I64:
    return np.asarray((heads * part.r + relation) * part.n + tails)


def _inverse(split: Split, labels: Mapping[str, str] | None) -> Leak:
    inverse, _, _ = alike_relations(_whole(split))
    both = [*inverse, *((b, a) for a, b in inverse)]
    return _mirrored(split, "inverse", both, backwards=True, says="a relation that is its inverse")


def _duplicate(split: Split, labels: Mapping[str, str] | None) -> Leak:
    _, same, _ = alike_relations(_whole(split))
    both = [*same, *((b, a) for a, b in same), *((i, i) for i in range(split.train.r))]
    return _mirrored(
        split, "duplicate", both, backwards=False, says="the same or a near-synonymous relation"
    )


def _symmetric(split: Split, labels: Mapping[str, str] | None) -> Leak:
    _, _, symmetric = alike_relations(_whole(split))
    both = [(i, i) for i in symmetric]
    return _mirrored(
        split,
        "symmetric",
        both,
        backwards=True,
        says="the same edge the other way, of a symmetric relation",
    )


def _mirrored(
    split: Split, kind: str, pairs: Sequence[tuple[int, int]], *, backwards: bool, says: str
) -> Leak:
    """Find training edges between the ends of a test edge, of a relation that goes with its own."""
    train, test = split.train, split.test
    given, gone = np.zeros(len(test), np.bool_), np.zeros(len(train), np.bool_)
    ends = (test.tails, test.heads) if backwards else (test.heads, test.tails)
    own = _keys(train, train.edges_relation, train.heads, train.tails)
    named = []
    for asked, other in pairs:
        mine = np.flatnonzero(test.edges_relation == asked)
        wanted = _keys(test, np.full(len(mine), other, np.int64), ends[0][mine], ends[1][mine])
        hit = np.isin(wanted, own)
        given[mine[hit]] = True
        gone |= np.isin(own, wanted[hit])
        if hit.any():
            named.append(f"{train.relations[asked]} ~ {train.relations[other]} ({int(hit.sum())})")
    told = f"{int(given.sum())} of {len(test)} test edges have {says} in training"
    return Leak(kind, told, given, gone, np.zeros(len(test), np.bool_), tuple(named))


def _near_duplicate(split: Split, labels: Mapping[str, str] | None) -> Leak:
    """Find test edges that training has of a near-duplicate of one end."""
    train, test = split.train, split.test
    cluster = near_duplicates(_whole(split), labels)
    own = _keys(train, train.edges_relation, cluster[train.heads], cluster[train.tails])
    wanted = _keys(test, test.edges_relation, cluster[test.heads], cluster[test.tails])
    exact = np.isin(
        _keys(test, test.edges_relation, test.heads, test.tails),
        _keys(train, train.edges_relation, train.heads, train.tails),
    )
    given = np.isin(wanted, own) & ~exact
    gone = np.isin(own, wanted[given])
    size = np.bincount(cluster, minlength=train.n)
    groups = np.flatnonzero(size > 1)
    order = np.argsort(cluster, kind="stable")
    starts = np.searchsorted(cluster[order], groups)
    named = [
        " = ".join(_label(train, int(i), labels) for i in order[s : s + min(size[g], 4)])
        for g, s in zip(groups[:20], starts[:20], strict=True)
    ]
    told = (
        f"{int(given.sum())} of {len(test)} test edges are in training of a near-duplicate entity; "
        f"there are {len(groups)} groups of near-duplicates"
    )
    return Leak("near-duplicate", told, given, gone, np.zeros(len(test), np.bool_), tuple(named))


def _label(triples: Triples, entity: int, labels: Mapping[str, str] | None) -> str:
    curie = triples.entities[entity]
    return f"{(labels or {}).get(curie, curie)} [{curie}]" if labels else curie


def _closure(split: Split, labels: Mapping[str, str] | None) -> Leak:
    """Find test edges that follow from a hierarchy: ``x p y, y p z`` gives ``x p z``; and inherited
    ones, ``x p y, y r t`` gives ``x r t``, for relations that are inherited nearly always."""
    train, test = split.train, split.test
    given = np.zeros(len(test), np.bool_)
    whole = _whole(split)
    named = []
    for up in hierarchies(whole):
        parent = _matrix(train, up)
        for relation in np.unique(test.edges_relation).tolist():
            if relation != up and not _inherited(whole, up, relation):
                continue
            mine = np.flatnonzero(test.edges_relation == relation)
            implied = (parent @ _matrix(train, relation)).tocsr()
            hit = np.asarray(implied[test.heads[mine], test.tails[mine]]).ravel() > 0
            if relation != up:
                from_below = (_matrix(train, relation) @ parent).tocsr()
                hit |= np.asarray(from_below[test.heads[mine], test.tails[mine]]).ravel() > 0
            given[mine[hit]] = True
            if hit.any():
                names = train.relations
                named.append(
                    f"{names[up]} / {names[relation]} => {names[relation]} ({int(hit.sum())})"
                )
    told = f"{int(given.sum())} of {len(test)} test edges follow from training by an ontology's closure"
    return Leak("closure", told, given, np.zeros(len(train), np.bool_), given, tuple(named))


def _inherited(whole: Triples, up: int, relation: int, share: float = 0.8, few: int = 10) -> bool:
    parent, edges = _matrix(whole, up), _matrix(whole, relation)
    for walked in ((parent @ edges).tocsr(), (edges @ parent).tocsr()):
        if walked.nnz >= few and walked.multiply(edges).count_nonzero() >= share * walked.nnz:
            return True
    return False


def _sentence(split: Split, labels: Mapping[str, str] | None) -> Leak:
    """Find test edges read from a sentence that a training edge was read from as well."""
    train, test = split.train, split.test
    given, none = np.zeros(len(test), np.bool_), np.zeros(len(train), np.bool_)
    if train.sentences is None or test.sentences is None:
        told = "the graph was exported without sentences: overlap of evidence is not known"
        return Leak("sentence", told, given, none, given)
    known = {train.sentences.names[i] for i in np.unique(train.sentences.indices)}
    shared = np.array([name in known for name in test.sentences.names] or [False])
    given[np.unique(test.sentences.owners()[shared[test.sentences.indices]])] = True
    told = (
        f"{int(given.sum())} of {len(test)} test edges share a sentence of evidence with training"
    )
    return Leak("sentence", told, given, none, given)


def _whole(split: Split) -> Triples:
    """Return the edges of all parts: how relations go together is a fact about the graph."""
    parts = (split.train, split.valid, split.test)
    names = ("heads", "edges_relation", "tails")
    h, r, t = (np.concatenate([getattr(p, name) for p in parts]) for name in names)
    return Triples.from_ids(
        split.train.entities, split.train.relations, h, r, t, types=split.train.types
    )


FINDERS: dict[str, Callable[[Split, Mapping[str, str] | None], Leak]] = {
    "inverse": _inverse,
    "duplicate": _duplicate,
    "symmetric": _symmetric,
    "near-duplicate": _near_duplicate,
    "closure": _closure,
    "sentence": _sentence,
}


def find(split: Split, labels: Mapping[str, str] | None = None) -> list[Leak]:
    """Return every kind of leak, those that are not there too."""
    return [finder(split, labels) for finder in FINDERS.values()]
