"""Which regulators a target cannot do without: Bayesian model averaging over small sets of them.

Every target is regressed on additive smooth functions of sets of at most a few regulators. The
evidence for a regulator is by how much the best set with it beats the best set without it (BIC), its
probability the share of all sets' posterior weight that falls on sets with it (Raftery 1995,
Sociological Methodology 25; for regulatory networks Young, Raftery and Yeung 2014, BMC Systems Biology 8).
Smooth functions rather than straight lines because regulation saturates; sets rather than one
regulator at a time because regulators regulate each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

__all__ = ["subset_evidence"]

Floats = NDArray[np.float64]


def subset_evidence(
    values: Floats,
    candidates: Sequence[Sequence[int]],
    rows: Sequence[NDArray[np.bool_]] | None = None,
    *,
    curve: int = 3,
    size: int = 3,
    pool: int = 8,
) -> tuple[Floats, Floats]:
    """Return evidence (BIC difference, twice the log Bayes factor) and probability, both [p, p] with
    regulators in rows and targets in columns, 0 where a column is no candidate.

    Args:
        values: [n, p].
        candidates: for each column, the columns that may regulate it.
        rows: for each column, the rows that tell what regulates it; all when None.
        curve: 0 for straight lines, else a quadratic spline with ``curve`` - 1 knots.
        size: largest set.
        pool: sets are drawn from so many candidates, those a forward search and the single
            regressions put first; the others are judged by what they add to the best set.
    """
    n, p = values.shape
    used = sorted({k for c in candidates for k in c})
    width = curve + 1 if curve else 1
    basis = np.hstack([_basis(values[:, k], curve) for k in used]) if used else np.empty((n, 0))
    place = {k: slice(i * width, (i + 1) * width) for i, k in enumerate(used)}
    evidence, chance = np.zeros((p, p)), np.zeros((p, p))
    whole = _moments(basis, values)
    for y in range(p):
        if not candidates[y]:
            continue
        if rows is None or rows[y].all():
            gram, cross, total, count = whole[0], whole[1][:, y], whole[2][y], n
        else:
            part = rows[y]
            g, c, t = _moments(basis[part], values[part][:, [y]])
            gram, cross, total, count = g, c[:, 0], t[0], int(part.sum())
        found = _one(gram, cross, float(total), count, list(candidates[y]), place, size, pool)
        for k, (e, c_) in found.items():
            evidence[k, y], chance[k, y] = e, c_
    return evidence, chance


def _basis(x: Floats, curve: int) -> Floats:
    """Return a quadratic spline of a column, [n, curve + 1], each part centred and of variance 1."""
    x = (x - x.mean()) / max(float(x.std()), 1e-300)
    parts = [x]
    if curve:
        parts.append(x**2)
        knots = np.quantile(x, np.arange(1, curve) / curve)
        parts += [np.maximum(x - t, 0.0) ** 2 for t in knots]
    found = np.column_stack(parts)
    found -= found.mean(axis=0)
    return np.asarray(found / np.maximum(found.std(axis=0), 1e-12))


def _moments(basis: Floats, values: Floats) -> tuple[Floats, Floats, Floats]:
    b, v = basis - basis.mean(axis=0), values - values.mean(axis=0)
    return b.T @ b, b.T @ v, np.asarray((v * v).sum(axis=0))


def _one(
    gram: Floats,
    cross: Floats,
    total: float,
    n: int,
    candidates: list[int],
    place: dict[int, slice],
    size: int,
    pool: int,
) -> dict[int, tuple[float, float]]:
    known: dict[tuple[int, ...], float] = {(): 0.0}

    def bic(chosen: tuple[int, ...]) -> float:
        chosen = tuple(sorted(chosen))
        if chosen not in known:
            at = np.concatenate([np.arange(place[k].start, place[k].stop) for k in chosen])
            left, rank = _residual(gram[np.ix_(at, at)], cross[at], total)
            known[chosen] = n * np.log(max(left, 1e-12)) + np.log(n) * rank
        return known[chosen]

    single = sorted(candidates, key=lambda k: (bic((k,)), k))
    if len(candidates) > pool:
        forward: list[int] = []
        while len(forward) < pool // 2:
            rest = [k for k in candidates if k not in forward]
            forward.append(min(rest, key=lambda k: (bic((*forward, k)), k)))
        near = [*forward, *(k for k in single if k not in forward)][:pool]
    else:
        near = single
    sets = [s for d in range(min(size, len(near)) + 1) for s in combinations(sorted(near), d)]
    scores = np.array([bic(s) for s in sets])
    best = sets[int(scores.argmin())]
    weights = np.exp(-0.5 * (scores - scores.min()))
    weights /= weights.sum()
    found: dict[int, tuple[float, float]] = {}
    for k in candidates:
        if k in near:
            inside = np.array([k in s for s in sets])
            gap = float(scores[~inside].min() - scores[inside].min())
            found[k] = gap, float(weights[inside].sum())
        else:
            gap = bic(best) - bic((*best, k))
            found[k] = gap, float(1.0 / (1.0 + np.exp(-0.5 * min(gap, 600.0))))
    return found


def _residual(gram: Floats, cross: Floats, total: float) -> tuple[float, int]:
    """Return the share of a column's variance that a set leaves, and the set's rank."""
    values, vectors = np.linalg.eigh(gram)
    keep = values > 1e-8 * max(float(values[-1]), 1e-300)
    share = (vectors[:, keep].T @ cross) ** 2 / values[keep]
    return (total - float(share.sum())) / total, int(keep.sum())
