"""Divide a graph into training, validation and test edges, by what a model is asked to be good at.

At random (can it fill in gaps?), by time (would it have said so then?), by entity (a disease or drug
nobody has studied), by paper (a paper it has not read). All parts keep the graph's vocabularies. What
links the same two entities, in either direction and by any relation that is divided, goes to the same
part unless ``pairs=False``: a test edge whose inverse or near-synonym is trained on measures memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from discovery.embeddings.triples import I64, Known, Links, Mask, Triples
from graph.errors import DataError, UsageError

__all__ = ["SPLITS", "Split", "by_entity", "by_paper", "by_time", "given", "random_split"]

SPLITS = ("random", "time", "entity", "paper")
Fractions = tuple[float, float, float]
_DEFAULT: Fractions = (0.8, 0.1, 0.1)


@dataclass(frozen=True, eq=False)
class Split:
    """Training, validation and test edges over the same vocabularies.

    Attributes:
        name: ``random``, ``time``, ``entity``, ``paper`` or ``given``.
        groups: what the test edges were held out by, int64 ``[len(test)]``: edges of one group are
            resampled together by bootstraps. ``None``: each on its own.
        settings: what the split was made with.
        left_out: edges in no part: removed by the auditor, or between a training and a test entity.
    """

    train: Triples
    valid: Triples
    test: Triples
    name: str = "given"
    groups: I64 | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    left_out: int = 0

    def __post_init__(self) -> None:
        self.train.check_same(self.valid)
        self.train.check_same(self.test)
        if self.groups is not None and len(self.groups) != len(self.test):
            raise DataError(f"{len(self.groups)} groups for {len(self.test)} test edges")

    def known(self) -> Known:
        """Return every true triple of the three parts: what filtered ranking leaves out."""
        return self.train.known(self.valid, self.test)

    def targets(self) -> I64:
        """Return the ids of the relations that are tested."""
        return np.unique(self.test.edges_relation)

    def unseen(self) -> I64:
        """Return the entities of validation and test edges that no training edge has."""
        seen = np.zeros(self.train.n, np.bool_)
        seen[self.train.heads] = seen[self.train.tails] = True
        asked = np.concatenate(
            [self.valid.heads, self.valid.tails, self.test.heads, self.test.tails]
        )
        return np.asarray(np.unique(asked[~seen[asked]]))

    def without(self, train: Mask, valid: Mask | None = None, test: Mask | None = None) -> Split:
        """Return the split without the edges that the masks say."""
        keep_test = ~test if test is not None else np.ones(len(self.test), np.bool_)
        gone = int(train.sum()) + int((~keep_test).sum())
        return replace(
            self,
            train=self.train.subset(~train),
            valid=self.valid if valid is None else self.valid.subset(~valid),
            test=self.test if test is None else self.test.subset(keep_test),
            groups=None if self.groups is None else self.groups[keep_test],
            left_out=self.left_out + gone + (0 if valid is None else int(valid.sum())),
        )

    def to_json(self) -> dict[str, Any]:
        """Return what a model card says of the split."""
        return {
            "name": self.name,
            "train": len(self.train),
            "valid": len(self.valid),
            "test": len(self.test),
            "left_out": self.left_out,
            "unseen_entities": len(self.unseen()),
            "settings": dict(self.settings),
        }


def given(train: Triples, valid: Triples, test: Triples, name: str = "given") -> Split:
    """Return published parts as a split. Parts with other vocabularies are brought to one.

    Vocabularies are the sorted union of the three, so that ids do not depend on which is largest.
    """
    parts = (train, valid, test)
    if all(p.entities == train.entities and p.relations == train.relations for p in parts):
        return Split(train, valid, test, name)
    types = {
        e: t for part in reversed(parts) for e, t in zip(part.entities, part.types, strict=True)
    }
    entities = tuple(sorted(types))
    relations = tuple(sorted({r for part in parts for r in part.relations}))
    place = {name: i for i, name in enumerate(entities)}
    kind = {name: i for i, name in enumerate(relations)}

    def moved(part: Triples) -> Triples:
        ids = np.array([place[e] for e in part.entities], np.int64)
        kinds = np.array([kind[r] for r in part.relations], np.int64)
        return replace(
            part,
            entities=entities,
            types=tuple(types[e] for e in entities),
            relations=relations,
            heads=ids[part.heads],
            edges_relation=kinds[part.edges_relation],
            tails=ids[part.tails],
        )

    return Split(moved(train), moved(valid), moved(test), name)


def random_split(
    triples: Triples,
    *,
    fractions: Fractions = _DEFAULT,
    targets: Sequence[str] | None = None,
    pairs: bool = True,
    seed: int = 0,
) -> Split:
    """Divide edges at random.

    Args:
        fractions: of training, validation and test.
        targets: relations that are divided; the others are all training. Default: every relation.
        pairs: keep all divided edges between the same two entities together.

    Raises:
        DataError: too few edges for three parts.
        UsageError: fractions that do not sum to 1, an unknown relation.
    """
    divided = _divided(triples, targets)
    low = np.minimum(triples.heads, triples.tails)
    high = np.maximum(triples.heads, triples.tails)
    unit = low * triples.n + high if pairs else np.arange(len(triples), dtype=np.int64)
    part = _assign(unit[divided], fractions, seed)
    settings = {"fractions": list(fractions), "pairs": pairs, "seed": seed}
    return _parted(triples, divided, part, "random", settings, targets)


def by_time(
    triples: Triples,
    *,
    test_from: int | None = None,
    valid_from: int | None = None,
    fractions: Fractions = _DEFAULT,
    targets: Sequence[str] | None = None,
    unknown: str = "leave-out",
) -> Split:
    """Train on what was known before a year, test on what was first published from it on.

    Args:
        test_from: first year of the test; default: the year that gives the fractions best.
        valid_from: first year of the validation.
        unknown: edges without a year are ``leave-out`` (they may come from the future) or ``train``.
        targets: relations that are tested; later edges of others are left out, for they were not
            known then either.

    Raises:
        DataError: no edge has a year, or no edge is before or after.
        UsageError: ``unknown`` is neither.
    """
    if unknown not in ("leave-out", "train"):
        raise UsageError(f"unknown is 'leave-out' or 'train', not '{unknown}'")
    dated = triples.year > 0
    divided = _divided(triples, targets)
    if not dated.any():
        raise DataError("no edge has a year", hint="Export with years, or split otherwise.")
    years = np.sort(triples.year[dated & divided]).astype(np.int64)
    if test_from is None:
        test_from = int(years[min(int(len(years) * (1 - fractions[2])), len(years) - 1)])
    if valid_from is None:
        before = years[years < test_from]
        cut = int(len(years) * fractions[0])
        valid_from = int(before[min(cut, len(before) - 1)]) if len(before) else test_from
    if valid_from > test_from:
        raise UsageError(f"validation starts in {valid_from}, after the test in {test_from}")
    part = np.where(triples.year >= test_from, 2, np.where(triples.year >= valid_from, 1, 0))
    part = np.where(~divided & (part > 0), -1, part)
    part = np.where(dated, part, 0 if unknown == "train" else -1)
    settings = {"test_from": test_from, "valid_from": valid_from, "unknown": unknown}
    return _of_parts(triples, part, "time", settings, None, targets)


def by_entity(
    triples: Triples,
    *,
    kind: str | None = None,
    entities: Sequence[str] | None = None,
    targets: Sequence[str] | None = None,
    clusters: I64 | None = None,
    strict: bool = False,
    fractions: Fractions = _DEFAULT,
    seed: int = 0,
) -> Split:
    """Hold out entities (diseases, drugs): no target edge of theirs is trained on.

    Args:
        kind: the type of the entities that are held out.
        entities: hold out exactly these in the test (validation is drawn from the others of their
            kind); default: drawn at random.
        targets: relations that are held out; the others stay as context. Default: all.
        clusters: cluster of each entity, int64 ``[n]`` (near-duplicates share one, as
            ``audit.near_duplicates`` gives them): held out together.
        strict: no edge at all of a held-out entity is trained on; only its features tell of it.

    Raises:
        DataError: fewer than three entities of that kind have target edges.
        UsageError: neither ``kind`` nor ``entities`` is given, an unknown entity.
    """
    if kind is None and not entities:
        raise UsageError("say which entities to hold out", hint="Give kind='Disease', or entities.")
    if unknown := [e for e in entities or () if e not in triples.index]:
        raise UsageError(f"there is no entity {', '.join(unknown[:5])}")
    divided = _divided(triples, targets)
    chosen = np.array([triples.index[e] for e in entities or ()], np.int64)
    kinds = {kind} if kind else {triples.types[i] for i in chosen}
    of_kind = np.fromiter((t in kinds for t in triples.types), np.bool_, triples.n)
    ends = np.concatenate([triples.heads[divided], triples.tails[divided]])
    able = np.unique(ends[of_kind[ends]])
    cluster = np.arange(triples.n, dtype=np.int64) if clusters is None else clusters
    units = np.unique(cluster[able])
    if len(units) < 3:
        raise DataError(
            f"only {len(units)} entities of type {', '.join(sorted(kinds))} have edges to hold out",
            hint=f"There are {', '.join(sorted(set(triples.types)))}.",
        )
    weights = np.bincount(
        np.searchsorted(units, cluster[ends[of_kind[ends]]]), minlength=len(units)
    )
    if len(chosen):
        part_of = np.where(np.isin(units, cluster[chosen]), 2, 0)
        rest = np.flatnonzero(part_of == 0)
        share = fractions[1] / (fractions[0] + fractions[1])
        part_of[rest] = _by_weight(weights[rest], (1 - share, share, 0.0), seed)
    else:
        part_of = _by_weight(weights, fractions, seed)
    part_of_entity = np.zeros(triples.n, np.int64)
    held = of_kind & np.isin(cluster, units)
    part_of_entity[held] = part_of[np.searchsorted(units, cluster[held])]
    head, tail = part_of_entity[triples.heads], part_of_entity[triples.tails]
    part = np.maximum(head, tail)
    # An edge between a validation and a test entity would tell of the test while tuning.
    between = (np.minimum(head, tail) > 0) & (head != tail)
    part[between] = -1
    part[~divided] = 0
    if strict:
        part[~divided & (np.maximum(head, tail) > 0)] = -1
    group = cluster[np.where(head >= tail, triples.heads, triples.tails)]
    settings = {
        "kind": sorted(kinds),
        "strict": strict,
        "clustered": clusters is not None,
        "fractions": list(fractions),
        "seed": seed,
    }
    return _of_parts(triples, part, "entity", settings, group, targets)


def by_paper(
    triples: Triples,
    *,
    fractions: Fractions = _DEFAULT,
    targets: Sequence[str] | None = None,
    seed: int = 0,
) -> Split:
    """Hold out papers: a test edge is told by test papers only.

    An edge that several parts' papers tell belongs to the earliest of training, validation and test.
    Edges without a paper are training; so are those that are not ``targets``.

    Raises:
        DataError: no edge has a paper.
    """
    papers: Links | None = triples.papers
    if papers is None or not len(papers.indices):
        raise DataError("no edge has a paper", hint="Export with papers, or split otherwise.")
    divided = _divided(triples, targets)
    paper_part = _by_weight(
        np.bincount(papers.indices, minlength=len(papers.names)), fractions, seed
    )
    part = np.full(len(triples), 3, np.int64)
    np.minimum.at(part, papers.owners(), paper_part[papers.indices])
    part[(part == 3) | ~divided] = 0
    first = np.full(len(triples), -1, np.int64)
    has = np.diff(papers.offsets) > 0
    first[has] = papers.indices[papers.offsets[:-1][has]]
    settings = {"fractions": list(fractions), "seed": seed}
    return _of_parts(triples, part, "paper", settings, first, targets)


def _divided(triples: Triples, targets: Sequence[str] | None) -> Mask:
    if not len(triples):
        raise DataError("the graph has no edges")
    if targets is None:
        return np.ones(len(triples), np.bool_)
    ids = [triples.relation_id(name) for name in targets]
    return np.isin(triples.edges_relation, ids)


def _assign(units: I64, fractions: Fractions, seed: int) -> I64:
    """Return the part of each edge, whole units at a time."""
    _, place, counts = np.unique(units, return_inverse=True, return_counts=True)
    return _by_weight(counts, fractions, seed)[place]


def _by_weight(weights: I64, fractions: Fractions, seed: int) -> I64:
    """Return a part (0, 1, 2) for every unit, so that weights sum to about the fractions."""
    if len(fractions) != 3 or min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-9:
        raise UsageError(f"fractions are three that sum to 1, not {fractions}")
    order = np.random.default_rng(seed).permutation(len(weights))
    # The middle of each unit, so that one heavy unit at a boundary falls where most of it lies.
    middle = (np.cumsum(weights[order]) - weights[order] / 2) / max(weights.sum(), 1)
    part = np.empty(len(weights), np.int64)
    part[order] = np.searchsorted(np.cumsum(fractions)[:2], middle, side="right")
    if len(weights) >= 3:
        # a few heavy units may leave a part without any
        for value, place in ((2, order[-1]), (1, order[-2])):
            if fractions[value] and not (part == value).any():
                part[place] = value
    return part


def _parted(
    triples: Triples,
    divided: Mask,
    part: I64,
    name: str,
    settings: dict[str, Any],
    targets: Sequence[str] | None,
) -> Split:
    every = np.zeros(len(triples), np.int64)
    every[divided] = part
    return _of_parts(triples, every, name, settings, None, targets)


def _of_parts(
    triples: Triples,
    part: I64,
    name: str,
    settings: dict[str, Any],
    group: I64 | None,
    targets: Sequence[str] | None,
) -> Split:
    for value, word in ((0, "training"), (2, "test")):
        if not (part == value).any():
            raise DataError(
                f"the split has no {word} edges: {len(triples)} edges are too few for it",
                hint="Change the fractions, years or targets.",
            )
    return Split(
        triples.subset(part == 0),
        triples.subset(part == 1),
        triples.subset(part == 2),
        name,
        group[part == 2] if group is not None else None,
        settings | {"targets": list(targets) if targets is not None else "all"},
        int((part == -1).sum()),
    )
