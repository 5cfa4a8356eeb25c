"""Multiple imputation by chained equations (van Buuren, Flexible Imputation of Missing Data, 2nd ed., ch. 4).

Each column with gaps is drawn in turn from a model of the others, again and again, until the draws no
longer depend on where they began; m such chains give m complete tables. Continuous columns: Bayesian linear
regression with predictive mean matching (ibid., algorithm 3.3, type 1 matching, 5 donors), so that only
values that occur are drawn. Discrete columns: multinomial logistic regression on a Bayesian bootstrap of
the rows (Rubin 1981), fitted with Boehning's bound on the Hessian (1992). The models are linear in the other
columns and suppose that gaps are missing at random given these.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from discovery.data.table import Table, pairwise
from graph.errors import UsageError

__all__ = ["imputations", "imputed"]

Floats = NDArray[np.float64]

_DONORS = 5
_PREDICTORS = 20
"""columns a model uses at most: those most associated with the column or with its gaps"""
_RIDGE = 1e-3
"""per row, on standardised features: keeps a model of many columns defined"""
_STEPS = (15, 5)
"""steps of the logistic fit in the first cycle and in later ones, which go on from the one before"""


def imputations(table: Table, m: int = 5, seed: int = 0, *, cycles: int = 5) -> list[Table]:
    """Return ``m`` complete tables, each with its own draw of the missing values.

    What is learned from each is to be pooled, for instance by the share of tables with an edge. A table
    without gaps is returned alone. The same table and seed give the same draws; the first ``k`` of ``m``
    are those of ``m = k``.

    Args:
        table: from ``prepare(missing="impute")`` or ``"testwise"``.
        cycles: passes over the columns before the draw is taken.

    Raises:
        UsageError: ``m`` or ``cycles`` below 1.
    """
    if m < 1 or cycles < 1:
        raise UsageError(f"m and cycles must be 1 or more, not {m} and {cycles}")
    if table.gaps is None or not table.gaps.any():
        return [table]
    return [imputed(table, seed, k, cycles=cycles) for k in range(m)]


def imputed(table: Table, seed: int = 0, index: int = 0, *, cycles: int = 5) -> Table:
    """Return the table with draw number ``index`` of its missing values."""
    if table.gaps is None:
        return table
    rng = np.random.default_rng([seed, index])
    chain = _Chain(table, rng)
    for _ in range(cycles):
        chain.cycle()
    return replace(table, values=chain.values)


class _Features:
    """Columns as models see them, [n, f]: standardised numbers, or one 0/1 column for each level after the
    first; ``of[j]`` are the features of column j."""

    def __init__(self, table: Table, known: Floats) -> None:
        self.levels = [
            np.unique(known[~np.isnan(known[:, j]), j]) if kind == "discrete" else None
            for j, kind in enumerate(table.kinds)
        ]
        scale = np.nanstd(known, axis=0)
        self.mean, self.scale = np.nanmean(known, axis=0), np.where(scale > 0, scale, 1.0)
        self.of: list[NDArray[np.int64]] = []
        width = 0
        for levels in self.levels:
            size = 1 if levels is None else max(1, len(levels) - 1)
            self.of.append(np.arange(width, width + size))
            width += size
        self.matrix = np.empty((table.n, width), order="F")
        for j in range(table.p):
            self.put(known[:, j], j)

    def put(self, column: Floats, j: int) -> None:
        """Write column ``j``; missing values stay missing."""
        levels = self.levels[j]
        if levels is None or len(levels) <= 2:
            self.matrix[:, self.of[j][0]] = (column - self.mean[j]) / self.scale[j]
            return
        same = (column[:, None] == levels[None, 1:]).astype(np.float64)
        same[np.isnan(column)] = np.nan
        self.matrix[:, self.of[j]] = same


class _Chain:
    def __init__(self, table: Table, rng: np.random.Generator) -> None:
        assert table.gaps is not None
        self.table, self.rng, self.gaps = table, rng, table.gaps
        known = np.where(self.gaps, np.nan, table.values)
        self.features = _Features(table, known)
        counts = self.gaps.sum(axis=0)
        # by name, so that the order of columns in the data plays no part
        order = sorted(range(table.p), key=lambda j: (counts[j], table.columns[j]))
        self.order = [j for j in order if counts[j]]
        by_name = np.argsort(np.argsort(np.asarray(table.columns)))
        near = _predictors(self.features, self.gaps, table.weights)
        self.predictors = [ks[np.argsort(by_name[ks])] for ks in near]
        self.weights = np.ones(table.n) if table.weights is None else table.weights
        self.always = np.hstack([np.ones((table.n, 1)), self._touched()])
        self.fits: dict[int, Floats] = {}
        self.values = table.values.copy()
        for j in self.order:  # begin from values drawn out of the column itself
            here = np.flatnonzero(~self.gaps[:, j])
            drawn = self.rng.choice(here, int(counts[j]))
            self.values[self.gaps[:, j], j] = table.values[drawn, j]
            self.features.put(self.values[:, j], j)

    def _touched(self) -> Floats:
        """Return which interventions a row had, [n, k], as features."""
        targets = self.table.targets
        if targets is None:
            return np.empty((self.table.n, 0))
        return np.unique(targets[:, targets.any(axis=0)].astype(np.float64), axis=1)

    def cycle(self) -> None:
        """Draw the gaps of every column once."""
        for j in self.order:
            index = [self.features.of[int(k)] for k in self.predictors[j]]
            chosen = self.features.matrix[:, np.concatenate([np.empty(0, dtype=np.int64), *index])]
            design = np.hstack([self.always, chosen])
            here = ~self.gaps[:, j]
            if self.features.levels[j] is None:
                drawn = self._matched(design, here, j)
            else:
                drawn = self._level(design, here, j)
            self.values[~here, j] = drawn
            self.features.put(self.values[:, j], j)

    def _matched(self, design: Floats, here: NDArray[np.bool_], j: int) -> Floats:
        """Draw by predictive mean matching."""
        x, y, w = design[here], self.values[here, j], self.weights[here]
        gram, factor = _gram(x, w)
        y = (y - self.features.mean[j]) / self.features.scale[j]
        best = np.linalg.solve(gram, (x * w[:, None]).T @ y)
        rest = y - x @ best
        freedom = max(1.0, len(y) - x.shape[1])
        spread = np.sqrt(float((w * rest) @ rest) / self.rng.chisquare(freedom))
        noise = np.linalg.solve(factor.T, self.rng.normal(size=len(best)))
        fitted, wanted = x @ best, design[~here] @ (best + spread * noise)
        order = np.argsort(fitted, kind="stable")
        ranked = fitted[order]
        k = min(_DONORS, len(ranked))
        # the k nearest of sorted values are among the k on either side
        near = np.searchsorted(ranked, wanted)[:, None] + np.arange(-k, k)[None, :]
        outside = (near < 0) | (near >= len(ranked))
        near = np.clip(near, 0, len(ranked) - 1)
        far = np.where(outside, np.inf, np.abs(ranked[near] - wanted[:, None]))
        donors = np.argsort(far, axis=1, kind="stable")[:, :k]
        # a donor's chance is its row's weight
        rank = np.take_along_axis(near, donors, axis=1)
        share = w[order[rank]].cumsum(axis=1)
        drawn = self.rng.random((len(wanted), 1)) * share[:, -1:]
        pick = np.minimum((drawn >= share).sum(axis=1), k - 1)
        chosen = donors[np.arange(len(wanted)), pick]
        picked = order[near[np.arange(len(wanted)), chosen]]
        return np.asarray(self.values[here, j][picked])

    def _level(self, design: Floats, here: NDArray[np.bool_], j: int) -> Floats:
        """Draw by multinomial logistic regression on a Bayesian bootstrap of the rows."""
        levels = self.features.levels[j]
        assert levels is not None
        x = design[here]
        w = self.weights[here] * self.rng.exponential(size=len(x))
        answer = (self.values[here, j, None] == levels[None, :]).astype(np.float64)
        gram, _ = _gram(x, w)
        inverse = np.linalg.inv(gram)
        start = self.fits.get(j)
        coef = np.zeros((x.shape[1], len(levels))) if start is None else start
        penalty = 0.5 * _RIDGE * w.sum()  # so that the ridged Gram matrix bounds the Hessian
        weighted = np.ascontiguousarray((x * w[:, None]).T)
        for _ in range(_STEPS[start is not None]):
            slope = weighted @ (answer - _softmax(x @ coef)) - penalty * _body(coef)
            coef = coef + 2.0 * inverse @ slope
        self.fits[j] = coef
        chances = _softmax(design[~here] @ coef).cumsum(axis=1)
        drawn = (self.rng.random((len(chances), 1)) > chances).sum(axis=1)
        return np.asarray(levels[np.minimum(drawn, len(levels) - 1)])


def _body(coef: Floats) -> Floats:
    """Return the coefficients without the intercept's, which is not shrunk."""
    body = coef.copy()
    body[0] = 0.0
    return body


def _softmax(scores: Floats) -> Floats:
    # more than 30 apart is never or always
    scores = np.exp(np.clip(scores - scores[:, :1], -30.0, 30.0))
    return np.asarray(scores / (scores @ np.ones((scores.shape[1], 1))))


def _gram(x: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Return the ridged weighted Gram matrix and its Cholesky factor."""
    gram = (x * w[:, None]).T @ x
    gram[np.diag_indices_from(gram)] += _RIDGE * w.sum() * np.r_[1e-6, np.ones(len(gram) - 1)]
    return gram, np.linalg.cholesky(gram)


def _predictors(
    features: _Features, gaps: NDArray[np.bool_], weights: Floats | None
) -> list[NDArray[np.int64]]:
    """Return for each column the columns its model uses: all others, or the most associated ones with it or
    with its gaps (van Buuren, ch. 6.3.2)."""
    p = gaps.shape[1]
    everything = np.arange(p)
    if p <= _PREDICTORS + 1:
        return [np.delete(everything, j) for j in range(p)]
    width = features.matrix.shape[1]
    marks = gaps.astype(np.float64)
    strength = np.abs(pairwise(np.hstack([features.matrix, marks]), weights))
    starts = [int(index[0]) for index in features.of]
    # of the features of a column the strongest counts
    across = np.maximum.reduceat(strength[:, :width], starts, axis=1)
    both = np.maximum(np.maximum.reduceat(across[:width], starts, axis=0), across[width:])
    np.fill_diagonal(both, -1.0)
    return [np.sort(np.argsort(-both[j], kind="stable")[:_PREDICTORS]) for j in range(p)]
