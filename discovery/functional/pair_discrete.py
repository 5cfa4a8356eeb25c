"""Criteria of the direction of two columns of categories, each measured both ways, and simulated pairs.

- stochastic complexity (CISC; Budhathoki and Vreeken 2017, ICDM): the description length of the cause and of
  the effect given the cause, by normalised maximum likelihood of multinomials;
- entropic (Kocaoglu et al. 2017, AAAI): the entropy of the cause and of the least noise that a function of
  cause and noise needs, by the greedy coupling of the conditional distributions.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

__all__ = ["DISCRETE", "FAMILIES", "differences", "g_test", "simulate_pair"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DISCRETE = ("complexity", "entropic")
FAMILIES = ("function", "shift", "table", "cut")
"""kinds of mechanism of :func:`simulate_pair`"""


def _log_parametric(n: int, levels: int) -> float:
    """Log of the sum over data sets of the maximum likelihood of a multinomial (Kontkanen and Myllymaki
    2007, Information Processing Letters 103)."""
    if levels <= 1 or n == 0:
        return 0.0
    h = np.arange(n + 1, dtype=np.float64)
    from scipy.special import gammaln, xlogy

    log_terms = (
        gammaln(n + 1) - gammaln(h + 1) - gammaln(n - h + 1)
        + xlogy(h, h / n) + xlogy(n - h, (n - h) / n)
    )  # fmt: skip
    previous, current = 1.0, float(np.exp(log_terms).sum())
    # logs would only be needed beyond 1e300, far above any table that is scored here
    scale = 0.0
    for k in range(3, levels + 1):
        previous, current = current, current + n / (k - 2) * previous
        if current > 1e200:
            previous, current, scale = previous / 1e200, current / 1e200, scale + math.log(1e200)
    return math.log(current) + scale


def _complexity(count: Floats) -> float:
    n = int(count.sum())
    share = count[count > 0]
    return float(n * math.log(n) - (share * np.log(share)).sum()) if n else 0.0


def _length(table: Floats) -> float:
    """Description length of the row variable and the column variable given it, in nats."""
    rows = table.sum(axis=1)
    levels = table.shape[1]
    total = _complexity(rows) + _log_parametric(int(rows.sum()), len(rows))
    for row in table:
        total += _complexity(row) + _log_parametric(int(row.sum()), levels)
    return total


def _coupling_entropy(table: Floats) -> float:
    """Entropy of the greedy least coupling of the rows' distributions, in nats."""
    queues = []
    for row in table:
        share = row[row > 0] / row.sum()
        queue = [-float(s) for s in share]
        heapq.heapify(queue)
        queues.append(queue)
    entropy, left = 0.0, 1.0
    while left > 1e-9 and all(queues):
        size = min(-queue[0] for queue in queues)
        if size <= 1e-12:
            break
        for queue in queues:
            heapq.heapreplace(queue, queue[0] + size)
        entropy -= size * math.log(size)
        left -= size
    return entropy


def _entropy(count: Floats) -> float:
    share = count[count > 0] / count.sum()
    return float(-(share * np.log(share)).sum())


def differences(x: Ints, y: Ints) -> tuple[Mapping[str, float], Floats]:
    """Return for each of :data:`DISCRETE` the cost of y -> x less that of x -> y (positive speaks for
    x -> y; in nats, the first of all rows, the second of one), and the table of counts."""
    _, a = np.unique(x, return_inverse=True)
    _, b = np.unique(y, return_inverse=True)
    table = np.zeros((int(a.max()) + 1, int(b.max()) + 1))
    np.add.at(table, (a, b), 1.0)
    forward = _entropy(table.sum(axis=1)) + _coupling_entropy(table)
    backward = _entropy(table.sum(axis=0)) + _coupling_entropy(table.T)
    return {"complexity": _length(table.T) - _length(table), "entropic": backward - forward}, table


def inputs(criteria: Mapping[str, float], table: Floats) -> Floats:
    """Return the bounded inputs of the logistic combination, [3]: both criteria, and the log ratio of the
    numbers of levels, by which the criteria are biased."""
    rows, columns = table.shape
    return np.array(
        [
            math.asinh(criteria["complexity"] / 5.0),
            math.asinh(criteria["entropic"] / 0.05),
            math.log(rows / columns),
        ]
    )


def g_test(table: Floats) -> float:
    """Return the p-value of independence in a table of counts (G test)."""
    from scipy.special import chdtrc

    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    good = table > 0
    g = 2.0 * float((table[good] * np.log(table[good] / expected[good])).sum())
    return float(chdtrc((table.shape[0] - 1) * (table.shape[1] - 1), max(g, 0.0)))


def simulate_pair(family: str, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return cause and effect of categories, each [n]: a noisy function, an integer shift by noise, a
    random table, or a cut continuous mechanism."""
    while True:
        n = int(np.exp(rng.uniform(np.log(150), np.log(5000))))
        k, m = (int(v) for v in rng.integers(2, 11, 2))
        x = rng.choice(k, n, p=rng.dirichlet(np.ones(k) * rng.uniform(0.5, 3)))
        if family == "function":
            wrong = rng.random(n) < rng.uniform(0.05, 0.6)
            y = np.where(wrong, rng.integers(0, m, n), rng.integers(0, m, k)[x])
        elif family == "shift":
            width = int(rng.integers(2, 5))
            noise = rng.choice(width, n, p=rng.dirichlet(np.ones(width)))
            y = (rng.integers(0, m, k)[x] + noise) % (m + width)
        elif family == "table":
            rows = rng.dirichlet(np.ones(m) * rng.uniform(0.1, 1.0), k)
            y = (rng.random(n)[:, None] > rows.cumsum(axis=1)[x]).sum(axis=1)
        else:
            z = rng.normal(size=n)
            z = z if rng.random() < 0.5 else np.exp(0.7 * z)
            e = np.tanh(rng.uniform(0.5, 2) * z) + rng.uniform(0.2, 1) * rng.normal(size=n)
            x = np.searchsorted(np.quantile(z, np.sort(rng.uniform(0, 1, k))), z)
            y = np.searchsorted(np.linspace(e.min(), e.max(), m + 1)[1:-1], e)
        if len(np.unique(x)) >= 2 and len(np.unique(y)) >= 2:
            return x.astype(np.int64), y.astype(np.int64)
