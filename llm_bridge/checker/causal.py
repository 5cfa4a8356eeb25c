"""Causal numbers, derived again by other means than the answering path's.

Adjustment: instead of a path-blocking search, the proper back-door graph is made with every hidden
common cause as an explicit latent node, reduced to ancestors, moralised, and cut (Lauritzen et al.
1990); that no measured set works is shown by the largest candidate set (van der Zander et al.
2019). Estimate: least squares by the normal equations, with the HC3 covariance written out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Graph", "Refit", "refit"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Graph:
    """A causal graph over columns: directed pairs and pairs with a hidden common cause."""

    nodes: tuple[str, ...]
    directed: frozenset[tuple[str, str]]
    hidden: frozenset[frozenset[str]]
    _parents: dict[str, set[str]] = field(default_factory=dict, compare=False)

    @classmethod
    def of(
        cls,
        nodes: Iterable[str],
        directed: Iterable[tuple[str, str]],
        hidden: Iterable[Collection[str]],
    ) -> Graph:
        """Build a graph; hidden common causes become latent nodes of its parent table."""
        self = cls(
            tuple(sorted(nodes)), frozenset(directed), frozenset(frozenset(h) for h in hidden)
        )
        table = self._parents
        for n in self.nodes:
            table[n] = set()
        for a, b in self.directed:
            table[b].add(a)
        for k, pair in enumerate(sorted(tuple(sorted(h)) for h in self.hidden)):
            latent = f"\0latent{k}"
            table[latent] = set()
            for n in pair:
                table[n].add(latent)
        return self

    def up(self, starts: Iterable[str], parents: Mapping[str, set[str]] | None = None) -> set[str]:
        """Ancestors, the starts included."""
        table = self._parents if parents is None else parents
        found, stack = set(starts), list(starts)
        while stack:
            for p in table[stack.pop()] - found:
                found.add(p)
                stack.append(p)
        return found

    def down(self, starts: Iterable[str]) -> set[str]:
        """Descendants, the starts included."""
        found, stack = set(starts), list(starts)
        while stack:
            n = stack.pop()
            for a, b in self.directed:
                if a == n and b not in found:
                    found.add(b)
                    stack.append(b)
        return found

    def cyclic(self, among: Collection[str]) -> bool:
        """Whether directed edges among these nodes form a loop (peeling off sources)."""
        left = set(among)
        while left:
            free = {n for n in left if not self._parents[n] & left}
            if not free:
                return True
            left -= free
        return False

    def _causal(self, x: str, y: str) -> set[str]:
        """Nodes on directed paths from x to y, x left out."""
        without = {b: {a for a in p if a != x} for b, p in self._parents.items()}
        return (self.down([x]) & self.up([y], without)) - {x}

    def forbidden(self, x: str, y: str) -> set[str]:
        """Nodes no adjustment set may hold: causal paths and what they cause."""
        return self.down(self._causal(x, y)) | {x, y}

    def blocks(self, x: str, y: str, given: Collection[str]) -> bool:
        """Whether adjusting for ``given`` gives the effect of x on y (complete criterion)."""
        z = set(given)
        if z & self.forbidden(x, y) or not z <= set(self.nodes):
            return False
        causal = self._causal(x, y)
        parents = {n: set(p) for n, p in self._parents.items()}
        for n in causal:
            parents[n].discard(x)
        return _separated(parents, x, y, z, self)

    def adjustable(self, x: str, y: str) -> bool:
        """Whether any set of columns can be adjusted for."""
        candidates = (self.up([x, y]) & set(self.nodes)) - self.forbidden(x, y)
        return self.blocks(x, y, candidates)


def _separated(parents: Mapping[str, set[str]], x: str, y: str, z: set[str], graph: Graph) -> bool:
    keep = graph.up({x, y} | z, parents)
    joined: dict[str, set[str]] = {n: set() for n in keep}
    for n in keep:
        family = [*(parents[n] & keep), n]
        for i, a in enumerate(family):
            for b in family[i + 1 :]:
                joined[a].add(b)
                joined[b].add(a)
    seen, stack = {x}, [x]
    while stack:
        for n in joined[stack.pop()] - seen - z:
            if n == y:
                return False
            seen.add(n)
            stack.append(n)
    return True


@dataclass(frozen=True, slots=True)
class Refit:
    """Estimate of the treatment's coefficient."""

    value: float
    std_error: float
    low: float
    high: float
    n: int


def refit(frame: pd.DataFrame, x: str, y: str, adjustment: Sequence[str]) -> Refit | str:
    """Least squares of y on x and the adjustment set, 95 % interval from Student's t.

    Rows with a missing value in a used column are left out; words become 0/1 columns. Returns a
    sentence if it cannot be done.
    """
    used = frame[[x, y, *adjustment]].dropna()
    parts: list[Array] = [np.ones(len(used)), _numeric(used[x])]
    for name in adjustment:
        column = used[name]
        numbers = pd.to_numeric(column, errors="coerce")
        if numbers.notna().all():
            parts.append(numbers.to_numpy(np.float64))
        else:
            words = column.astype(str)
            parts += [(words == level).to_numpy(np.float64) for level in sorted(words.unique())[1:]]
    design = np.column_stack([p for k, p in enumerate(parts) if k < 2 or np.ptp(p) > 0])
    design = _full_rank(design)
    outcome = _numeric(used[y])
    n, k = design.shape
    if n <= k:
        return f"{n} complete rows are too few"
    # centred and scaled so that the normal equations stay well-conditioned
    centre = np.concatenate([[0.0], design[:, 1:].mean(axis=0)])
    scale = np.concatenate([[1.0], design[:, 1:].std(axis=0)])
    if not (scale > 0).all():
        return "the treatment does not vary"
    scaled = (design - centre) / scale
    inverse = np.linalg.inv(scaled.T @ scaled)
    beta = inverse @ (scaled.T @ outcome)
    residual = outcome - scaled @ beta
    leverage = np.einsum("ij,jk,ik->i", scaled, inverse, scaled)
    weights = np.where(leverage < 1 - 1e-10, residual / (1 - leverage), 0.0) ** 2
    covariance = inverse @ (scaled.T * weights) @ scaled @ inverse
    value = float(beta[1] / scale[1])
    error = float(np.sqrt(covariance[1, 1]) / scale[1])
    from scipy import stats

    half = float(stats.t.ppf(0.975, n - k)) * error
    return Refit(value, error, value - half, value + half, n)


def _numeric(column: pd.Series[float]) -> Array:
    return np.asarray(pd.to_numeric(column).to_numpy(), dtype=np.float64)


def _full_rank(design: Array) -> Array:
    """Drop covariates that add nothing to the span of the columns before them, x last tested."""
    kept = [0, 1]
    covariates = [0]
    for k in range(2, design.shape[1]):
        trial = design[:, [*covariates, k]]
        spread = trial.std(axis=0)
        spread[0] = 1.0
        if np.linalg.matrix_rank(trial / spread, tol=1e-8 * len(trial) ** 0.5) == trial.shape[1]:
            covariates.append(k)
            kept.append(k)
    return design[:, kept]
