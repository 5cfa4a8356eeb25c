"""Untrue edges to tell true ones from: of the right types, and of the right degree."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from discovery.embeddings.triples import I64, Known, Mask, Triples
from graph.errors import DataError

__all__ = ["corrupt", "degree_bins", "domains"]

_TRIES = 30


def domains(train: Triples) -> dict[str, Mask]:
    """Return which entities can be ``head`` or ``tail`` of each relation, bool ``[relations, n]``.

    They are those of a type that training edges of the relation have there; for a relation without
    training edges, every entity.
    """
    names, kind = train.type_ids
    found = {}
    for side, ids in (("head", train.heads), ("tail", train.tails)):
        has = np.zeros((train.r, len(names)), np.bool_)
        has[train.edges_relation, kind[ids]] = True
        has[~has.any(axis=1)] = True
        found[side] = has[:, kind]
    return found


def degree_bins(train: Triples, side: str) -> I64:
    """Return the stratum of each entity's degree on one side of each relation, ``[relations, n]``.

    Stratum 0 is degree 0, and every next one twice as wide: 1, 2-3, 4-7 ...
    """
    ids = train.tails if side == "tail" else train.heads
    degree = np.bincount(train.edges_relation * train.n + ids, minlength=train.r * train.n)
    strata = np.ceil(np.log2(degree + 1)).astype(np.int64)
    return np.asarray(strata.reshape(train.r, train.n))


def corrupt(
    edges: Triples,
    known: Known,
    count: int,
    *,
    train: Triples | None = None,
    candidates: Mapping[str, Mask] | None = None,
    seed: int = 0,
) -> tuple[I64, I64, I64, I64]:
    """Draw untrue edges by replacing tail and head in turn.

    Args:
        known: what is true, which is never drawn.
        count: how many for each edge.
        train: draw replacements whose degree in this graph, on that side of the relation, is in the
            same stratum as what they replace: degree alone cannot tell them apart.
        candidates: what may be drawn, as :func:`domains` gives; default: every entity.

    Returns:
        Heads, relations, tails and the place of the edge each was drawn for, int64 ``[k]``; fewer than
        ``count`` for an edge that has no more.
    """
    if count < 1:
        raise DataError(f"{count} negatives for each edge")
    rng = np.random.default_rng(seed)
    found: list[tuple[I64, I64, I64, I64]] = []
    for side in ("tail", "head"):
        each = count - count // 2 if side == "tail" else count // 2
        if not each:
            continue
        own = edges.tails if side == "tail" else edges.heads
        bins = None if train is None else degree_bins(train, side)
        for relation in np.unique(edges.edges_relation):
            mine = np.flatnonzero(edges.edges_relation == relation)
            stratum = np.zeros(edges.n, np.int64) if bins is None else bins[relation]
            able = np.ones(edges.n, np.bool_) if candidates is None else candidates[side][relation]
            for value in np.unique(stratum[own[mine]]):
                pool = np.flatnonzero(able & (stratum == value))
                of = np.repeat(mine[stratum[own[mine]] == value], each)
                if len(pool):
                    found.append(_draw(edges, known, of, pool, side, rng))
    if not found:
        return (np.zeros(0, np.int64),) * 4
    h, r, t, of = (np.concatenate(part) for part in zip(*found, strict=True))
    return h, r, t, of


def _draw(
    edges: Triples, known: Known, of: I64, pool: I64, side: str, rng: np.random.Generator
) -> tuple[I64, I64, I64, I64]:
    """Draw from ``pool`` for each of ``of``; what is true is drawn again, and at last given up."""
    h, r, t = edges.heads[of].copy(), edges.edges_relation[of], edges.tails[of].copy()
    changed = t if side == "tail" else h
    bad = np.arange(len(of))
    for _ in range(_TRIES):
        changed[bad] = rng.choice(pool, len(bad))
        bad = bad[known.contains(h[bad], r[bad], t[bad])]
        if not len(bad):
            break
    keep = np.ones(len(of), np.bool_)
    keep[bad] = False
    return h[keep], r[keep], t[keep], of[keep]
