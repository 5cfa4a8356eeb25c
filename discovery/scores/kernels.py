"""Local scores, compiled: what a set of parents is worth to a column.

Every score is in units of twice the log-likelihood, relative to having no parents, and includes what is
known of each edge (:attr:`Model.prior`). Nothing here checks anything: use :mod:`discovery.scores`.

What is compiled is kept on disk until the file of a kernel changes. Kernels of other files hold parts of this
one: after a change here, touch ``discovery/orders.py``, ``classes.py`` and ``tucks.py``.
"""

# NumPy scalars stand for Python numbers here: the compiler makes no difference
# mypy: disable-error-code="no-any-return, return-value, assignment, arg-type"

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "BDEU", "BLOCKS", "DISCRETE", "GAUSSIAN", "Cache", "Model", "compiled", "fill_gains", "inner", "local",
    "new_cache",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
_F = TypeVar("_F", bound=Callable[..., Any])

GAUSSIAN, BLOCKS, BDEU, DISCRETE = 0, 1, 2, 3
_TINY = 1e-9


def compiled(function: _F) -> _F:
    """Compile a kernel: without the interpreter's lock, kept on disk between runs."""
    return cast(_F, njit(cache=True, nogil=True, error_model="numpy")(function))


def inner(function: _F) -> _F:
    """Compile a function that only kernels call: what lets Python call it is left out, which halves the
    time to compile. It is kept on disk as a part of its callers."""
    return cast(
        _F,
        njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(
            function
        ),
    )


class Model(NamedTuple):
    """Data and settings of a score over ``p`` columns.

    ``kind`` one of the constants above; ``n`` rows that count; ``cost`` of a free parameter; ``sample`` the
    equivalent sample size of BDeu; ``matrix`` [P, P] correlations of the P columns that the p columns are
    coded as, ``block`` [p + 1] where each one's begin; ``codes`` [p, rows] levels, ``cards`` [p] how many,
    ``weights`` [rows]; ``prior`` [p, p] what the edge i -> j is worth beyond the score; ``base`` [p] score
    without parents.
    """

    kind: int
    n: float
    cost: float
    sample: float
    matrix: Floats
    block: Ints
    codes: NDArray[np.int32]
    cards: Ints
    weights: Floats
    prior: Floats
    base: Floats


class Cache(NamedTuple):
    """Scores of sets already seen, by a 64-bit hash: ``keys`` [m] (0: free), ``values`` [m], ``used`` [1]."""

    keys: NDArray[np.uint64]
    values: Floats
    used: Ints
    marks: NDArray[np.uint64]


def new_cache(p: int, kind: int) -> Cache:
    """Return an empty cache; scores from correlations are cheaper than looking them up."""
    size = 1 << 18 if kind >= BDEU else 1 << 14 if kind == BLOCKS else 1
    marks = np.random.default_rng(20021).integers(1, 2**63, 2 * p, dtype=np.uint64)
    return Cache(np.zeros(size, np.uint64), np.zeros(size), np.zeros(1, np.int64), marks)


@inner
def _find(cache: Cache, key: int) -> int:
    mask = np.uint64(len(cache.keys) - 1)
    at = (key ^ (key >> np.uint64(29))) & mask
    while cache.keys[at] != 0:
        if cache.keys[at] == key:
            return np.int64(at)
        at = (at + np.uint64(1)) & mask
    return -1 - np.int64(at)


@inner
def _store(cache: Cache, key: int, value: float) -> None:
    if 2 * cache.used[0] >= len(cache.keys):
        return
    at = _find(cache, key)
    if at < 0:
        cache.keys[-1 - at] = key
        cache.values[-1 - at] = value
        cache.used[0] += 1


@inner
def _log_gamma(x: float) -> float:
    """log Gamma(x), x > 0: recurrence up to 7, then Stirling's series (error below 1e-12)."""
    product = 1.0
    while x < 7.0:
        product *= x
        x += 1.0
    z = 1.0 / (x * x)
    series = 1.0 / 12 - z * (1.0 / 360 - z * (1.0 / 1260 - z * (1.0 / 1680 - z * (1.0 / 1188))))
    return (x - 0.5) * math.log(x) - x + 0.9189385332046727 + series / x - math.log(product)


@inner
def _merge(
    group: NDArray[np.int32],
    number: int,
    column: NDArray[np.int32],
    card: int,
    out: NDArray[np.int32],
) -> int:
    """Refine groups by one more column. They are numbered as they come in the rows, whatever the order in
    which columns were added, so that the score of a set is the same to the last bit."""  # fmt: skip
    seen = np.full(number * card, -1, np.int32)
    found = 0
    for r in range(len(group)):
        cell = group[r] * card + column[r]
        new = seen[cell]
        if new < 0:
            new = found
            seen[cell] = new
            found += 1
        out[r] = new
    return found


@inner
def _group(model: Model, s: Ints, d: int, group: NDArray[np.int32]) -> int:
    """Number the combinations of values that occur in columns s[:d]; return how many."""
    group[:] = 0
    number = np.int64(1)
    for k in range(d):
        number = _merge(group, number, model.codes[s[k]], model.cards[s[k]], group)
    return number


@inner
def _tally(model: Model, y: int, group: NDArray[np.int32], number: int, levels: float) -> float:
    """Return the score of y in ``number`` groups of rows, out of ``levels`` possible ones."""
    card = model.cards[y]
    column = model.codes[y]
    weights = model.weights
    counts = np.zeros(number * card)
    for r in range(len(group)):
        counts[group[r] * card + column[r]] += weights[r]
    total = 0.0
    if model.kind == BDEU:
        one = model.sample / (levels * card)
        all_ = model.sample / levels
        low, high = _log_gamma(one), _log_gamma(all_)
        for g in range(number):
            size = 0.0
            for c in range(g * card, (g + 1) * card):
                if counts[c] > 0.0:
                    size += counts[c]
                    total += _log_gamma(counts[c] + one) - low
            if size > 0.0:
                total -= _log_gamma(size + all_) - high
        return 2.0 * total
    for g in range(number):
        size = 0.0
        for c in range(g * card, (g + 1) * card):
            if counts[c] > 0.0:
                size += counts[c]
                total += counts[c] * math.log(counts[c])
        if size > 0.0:
            total -= size * math.log(size)
    return 2.0 * total - model.cost * (card - 1) * levels


@inner
def _ascending(s: Ints, d: int) -> Ints:
    """Return s[:d] in ascending order."""
    out = np.empty(d, np.int64)
    for k in range(d):
        at = k
        while at > 0 and out[at - 1] > s[k]:
            out[at] = out[at - 1]
            at -= 1
        out[at] = s[k]
    return out


@inner
def _factor(model: Model, s: Ints, d: int, extra: int) -> tuple[Floats, int]:
    """Factor the correlations of the columns that s[:d] are coded as; room for ``extra`` more rows.

    Row k of the result is the k-th of them, freed of those before and scaled to 1, against every column:
    what is left of the correlation of columns a and b is matrix[a, b] - sum_k row[k, a] * row[k, b].
    """
    wide = len(model.matrix)
    total = extra
    for k in range(d):
        total += model.block[s[k] + 1] - model.block[s[k]]
    rows = np.empty((total, wide))
    used = np.int64(0)
    for k in range(d):
        for c in range(model.block[s[k]], model.block[s[k] + 1]):
            used = _add_row(model.matrix, rows, used, c)
    return rows, used


@inner
def _add_row(matrix: Floats, rows: Floats, used: int, c: int) -> int:
    pivot = matrix[c, c]
    for k in range(used):
        pivot -= rows[k, c] * rows[k, c]
    if pivot <= _TINY:  # determined by those before
        return used
    row = rows[used]
    for j in range(len(row)):
        row[j] = matrix[c, j]
    for k in range(used):
        share = rows[k, c]
        for j in range(len(row)):
            row[j] -= share * rows[k, j]
    scale = 1.0 / math.sqrt(pivot)
    for j in range(len(row)):
        row[j] *= scale
    return used + 1


@inner
def _log_left(model: Model, y: int, rows: Floats, used: int, skip: Bools, note: int) -> float:
    """Return the log determinant of what is left of the block of y; with ``note`` (0 or 1) remember in ``skip``
    which of its columns are determined already, else leave those out."""
    first, last = model.block[y], model.block[y + 1]
    size = last - first
    left = np.empty((size, size))
    for a in range(size):
        for b in range(a + 1):
            value = model.matrix[first + a, first + b]
            for k in range(used):
                value -= rows[k, first + a] * rows[k, first + b]
            left[a, b] = value
    total = 0.0
    for a in range(size):
        if note:
            skip[a] = False
        elif skip[a]:
            continue
        pivot = left[a, a]
        if note and pivot <= _TINY:
            skip[a] = True
            continue
        pivot = max(pivot, _TINY)
        total += math.log(pivot)
        for b in range(a + 1, size):
            share = left[b, a] / pivot
            for c in range(a + 1, b + 1):
                left[b, c] -= share * left[c, a]
    return total


@inner
def _raw(model: Model, y: int, s: Ints, d: int) -> float:
    """Score of y with parents s[:d], without what is known of the edges."""
    if model.kind >= BDEU:
        group = np.empty(model.codes.shape[1], np.int32)
        number = _group(model, s, d, group)
        levels = 1.0
        for k in range(d):
            levels *= model.cards[s[k]]
        return _tally(model, y, group, number, levels)
    if model.kind == GAUSSIAN:
        # a small factor of the parents and y only
        left = np.empty((d + 1, d + 1))
        for a in range(d + 1):
            one = y if a == d else s[a]
            for b in range(a + 1):
                two = y if b == d else s[b]
                value = model.matrix[one, two]
                for k in range(b):
                    value -= left[a, k] * left[b, k]
                if a == b:
                    left[a, a] = math.sqrt(value) if value > _TINY else 0.0
                else:
                    left[a, b] = value / left[b, b] if left[b, b] > 0.0 else 0.0
        rest = max(left[d, d] * left[d, d], 1e-12)
        return -model.n * math.log(rest) - model.cost * d
    wide, size = 0, model.block[y + 1] - model.block[y]
    for k in range(d):
        wide += model.block[s[k] + 1] - model.block[s[k]]
    # in one order, so that the score of a set is the same to the last bit
    rows, used = _factor(model, _ascending(s, d), d, np.int64(0))
    skip = np.zeros(size, np.bool_)
    _log_left(model, y, rows, np.int64(0), skip, np.int64(1))
    return -model.n * _log_left(model, y, rows, used, skip, np.int64(0)) - model.cost * wide * size


@compiled
def local(model: Model, cache: Cache, y: int, s: Ints, d: int) -> float:
    """Return what the parents s[:d] are worth to y."""
    known = 0.0
    for k in range(d):
        known += model.prior[s[k], y]
    if model.kind == GAUSSIAN:
        return known + _raw(model, y, s, d) - model.base[y]
    p = len(model.cards)
    key = cache.marks[p + y]
    for k in range(d):
        key ^= cache.marks[s[k]]
    at = _find(cache, key)
    if at >= 0:
        return known + cache.values[at]
    value = _raw(model, y, s, d) - model.base[y]
    _store(cache, key, value)
    return known + value


@compiled
def fill_gains(
    model: Model, cache: Cache, y: int, s: Ints, d: int, open_: Bools, out: Floats
) -> None:
    """Write for each column what adding it to the parents s[:d] of y is worth, -inf if not ``open_`` [p]."""
    p = len(model.cards)
    out[:] = -np.inf
    if model.kind == GAUSSIAN:
        rows, used = _factor(model, s, d, np.int64(0))
        cover = model.matrix[y].copy()
        left = np.ones(p)
        for k in range(used):
            share = rows[k, y]
            for j in range(p):
                cover[j] -= share * rows[k, j]
                left[j] -= rows[k, j] * rows[k, j]
        for u in range(p):
            if open_[u]:
                value = model.prior[u, y] - model.cost
                if left[u] > _TINY:
                    scale = left[u] * max(left[y], _TINY)
                    value -= model.n * math.log(max(1.0 - cover[u] * cover[u] / scale, 1e-12))
                out[u] = value
    elif model.kind == BLOCKS:
        size = model.block[y + 1] - model.block[y]
        widest = 0
        for u in range(p):
            widest = max(widest, model.block[u + 1] - model.block[u])
        rows, used = _factor(model, s, d, size)
        more = used
        for c in range(model.block[y], model.block[y + 1]):
            more = _add_row(model.matrix, rows, more, c)
        skip = np.zeros(widest, np.bool_)
        for u in range(p):
            if open_[u]:
                before = _log_left(model, u, rows, used, skip, np.int64(1))
                after = _log_left(model, u, rows, more, skip, np.int64(0))
                wide = size * (model.block[u + 1] - model.block[u])
                out[u] = model.n * (before - after) - model.cost * wide + model.prior[u, y]
    else:
        rows_ = model.codes.shape[1]
        group, finer = np.empty(rows_, np.int32), np.empty(rows_, np.int32)
        number = -1
        levels = 1.0
        key = cache.marks[p + y]
        for k in range(d):
            levels *= model.cards[s[k]]
            key ^= cache.marks[s[k]]
        now = local(model, cache, y, s, d)
        known = 0.0
        for k in range(d):
            known += model.prior[s[k], y]
        for u in range(p):
            if not open_[u]:
                continue
            at = _find(cache, key ^ cache.marks[u])
            if at >= 0:
                value = cache.values[at]
            else:
                if number < 0:
                    number = _group(model, s, d, group)
                card = model.cards[u]
                many = _merge(group, number, model.codes[u], card, finer)
                value = _tally(model, y, finer, many, levels * card) - model.base[y]
                _store(cache, key ^ cache.marks[u], value)
            out[u] = value + known + model.prior[u, y] - now
