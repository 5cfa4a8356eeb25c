"""Response types of one district: what its variables would be for every value of their causes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from queries.causal.algorithm import district_chain
from queries.causal.bits import BitGraph, bits
from queries.causal.expression import Probability
from queries.causal.simplify import product
from queries.causal.table import Array, Table

__all__ = ["District", "TooManyTypesError"]

MOST_TYPES = 20_000
Levels = Mapping[str, int]
Types = npt.NDArray[np.intp]
Rows = npt.NDArray[np.bool_]


class TooManyTypesError(Exception):
    """The linear program would be too large; the message says what there is too much of."""


class District:
    """The joint distribution of response types of one district, known through Q[district] only.

    Args:
        g: the ancestors of the outcome.
        mask: the district.
        names: its variables that change.
        size: levels of each variable.
        monotone: pairs (cause, effect): raising the one never lowers the other.

    Raises:
        TooManyTypesError: if there are more than 20,000 types.
    """

    def __init__(
        self,
        g: BitGraph,
        mask: int,
        names: Sequence[str],
        size: Levels,
        monotone: Sequence[tuple[str, str]],
    ) -> None:
        self.g, self.mask, self.names, self.size = g, mask, tuple(names), size
        self.members = g.named(mask)
        self.parents = {g.names[i]: g.named(g.pa[i]) for i in bits(mask)}
        self.monotone = [(a, b) for a, b in monotone if b in self.members]
        self._alone = len(self.members) == 1
        chain = district_chain(g, mask, g.all)
        self.formula = product(chain[i] for i in sorted(chain, reverse=True))
        self.conditions = [f for f in chain.values() if isinstance(f, Probability)]
        self._types: dict[str, Types] = {}
        if not self._alone:
            self._lay_out()

    def _lay_out(self) -> None:
        """All types: for each member an array (types, parents' combinations) of levels."""
        each: list[Types] = []
        for name in self.members:
            shape = [self.size[p] for p in self.parents[name]]
            cells = int(np.prod(shape))
            if self.size[name] ** cells > MOST_TYPES:
                raise TooManyTypesError(f"{name} has {self.size[name]}^{cells} response types")
            functions = np.array(list(itertools.product(range(self.size[name]), repeat=cells)))
            each.append(functions[self._rising(name, functions, shape)])
        number = int(np.prod([len(f) for f in each], dtype=float))
        if number > MOST_TYPES:
            raise TooManyTypesError(f"{', '.join(self.members)} have {number:,} response types")
        pick = np.indices([len(f) for f in each]).reshape(len(each), -1)
        self._types = {n: f[k] for n, f, k in zip(self.members, each, pick, strict=True)}

    def _rising(self, name: str, functions: Types, shape: Sequence[int]) -> Rows:
        """Which functions never fall when a monotone cause rises."""
        kept = np.ones(len(functions), bool)
        cube = functions.reshape(-1, *shape)
        for cause, effect in self.monotone:
            if effect == name:
                steps = np.diff(cube, axis=1 + self.parents[name].index(cause))
                kept &= (steps >= 0).reshape(len(functions), -1).all(axis=1)
        return kept

    def read(self, joint: Table) -> None:
        """Take Q[district] from a distribution (of one batch)."""
        found = self.formula.evaluate(joint)
        self._q = Table(found.names, found.values[:1])
        seen = Table.one(1)
        for factor in self.conditions:
            if factor.given:
                below = joint.marginal(factor.given)
                seen = seen.multiply(Table(below.names, (below.values[:1] > 0).astype(float)))
        self._seen = seen
        self._solved: dict[tuple[object, ...], tuple[Array, float]] = {}
        self._rows = None if self._alone else self._constraints()

    def _value(self, table: Table, record: Levels) -> float:
        return float(table.values[(0, *(record[n] for n in table.names))])

    def _at(self, name: str, record: Levels) -> int:
        """The position of the parents' combination in a type."""
        shape = [self.size[p] for p in self.parents[name]]
        if not shape:
            return 0
        return int(np.ravel_multi_index([record[p] for p in self.parents[name]], shape))

    def _fits(self, record: Levels) -> Rows:
        """The types that show the members' values in ``record``."""
        kept = np.ones(len(next(iter(self._types.values()))), bool)
        for name in self.members:
            kept &= self._types[name][:, self._at(name, record)] == record[name]
        return kept

    def _constraints(self) -> tuple[Array, Array]:
        """Which types make up which observed probability, and the probabilities."""
        names = sorted({*self.members, *(p for n in self.members for p in self.parents[n])})
        rows, targets = [], []
        for values in itertools.product(*(range(self.size[n]) for n in names)):
            record = dict(zip(names, values, strict=True))
            if self._value(self._seen, record):
                rows.append(self._fits(record))
                targets.append(self._value(self._q, record))
        return np.array(rows, dtype=float), np.array(targets)

    def outcome_bounds(self, record: Levels, after: Levels, outcome: str) -> tuple[Array, float]:
        """Bound the outcome's levels, all that changes being in this district.

        Returns:
            (low, high) a level, and how far the data are from every model.
        """
        if self._alone:
            return self.response_bounds(record, after, outcome)
        now: dict[str, Types | int] = dict(after)
        for i in bits(self.mask):
            name = self.g.names[i]
            if name in self.names:
                shape = [self.size[p] for p in self.parents[name]]
                at = (
                    np.ravel_multi_index(
                        np.broadcast_arrays(*(now[p] for p in self.parents[name])), shape
                    )
                    if shape
                    else 0
                )
                types = self._types[name]
                now[name] = types[np.arange(len(types)), at]
        shown = np.asarray(now[outcome])
        return self._bounds(record, [shown == k for k in range(self.size[outcome])])

    def response_bounds(self, record: Levels, now: Levels, name: str) -> tuple[Array, float]:
        """Bound what ``name`` would be with its parents as in ``now``, given what the unit shows."""
        levels = self.size[name]
        here, there = (tuple(r[p] for p in self.parents[name]) for r in (record, now))
        if here == there:
            ends = np.zeros((levels, 2))
            ends[record[name]] = 1.0
            return ends, 0.0
        key = (name, there, tuple(sorted(record.items())))
        if key not in self._solved:
            if self._alone:
                self._solved[key] = self._two_settings(record, now, name, here, there)
            else:
                shown = self._types[name][:, self._at(name, now)]
                self._solved[key] = self._bounds(record, [shown == k for k in range(levels)])
        return self._solved[key]

    def _bounds(self, record: Levels, events: Sequence[Rows]) -> tuple[Array, float]:
        """Bound each event's probability among types that show the unit's values."""
        assert self._rows is not None
        fits = self._fits(record)
        below = self._value(self._q, record)
        # of two levels the one is what the other leaves
        goals = [(e & fits).astype(float) for e in (events[1:] if len(events) == 2 else events)]
        ends, apart = _programs(goals, *self._rows)
        return _completed(ends / below, len(events)), apart

    def _two_settings(
        self, record: Levels, now: Levels, name: str, here: tuple[int, ...], there: tuple[int, ...]
    ) -> tuple[Array, float]:
        """Without hidden common causes two settings of the parents are enough: a coupling of two known
        distributions, ordered where the response is monotone."""
        levels = self.size[name]
        shares = []
        for base in (record, now):
            each = [self._value(self._q, {**base, name: k}) for k in range(levels)]
            known = self._value(self._seen, {**base, name: 0})
            shares.append(np.array(each) if known else None)
        first, second = shares
        assert first is not None
        ordered = self._order(name, here, there)
        own = record[name]
        if second is None or not ordered:
            # Fréchet's bounds: any coupling of the two is possible
            share = np.zeros(levels) if second is None else second
            high = np.full(levels, first[own]) if second is None else np.minimum(first[own], share)
            low = np.maximum(0.0, first[own] + share - 1.0)
            return np.clip(np.column_stack([low, high]) / first[own], 0.0, 1.0), 0.0
        if levels == 2 and (second[1] - first[1]) * ordered >= 0:
            # nobody moves against the order, so those who move are the difference
            stay = min(first[own], second[own]) / first[own]
            at = np.array([stay, 1.0 - stay] if own == 0 else [1.0 - stay, stay])
            return np.column_stack([at, at]), 0.0
        grid = [
            (a, b)
            for a in range(levels)
            for b in range(levels)
            if (ordered <= 0 or a <= b) and (ordered >= 0 or a >= b)
        ]
        rows, targets = [], []
        for side, share in enumerate((first, second)):
            rows += [[float(pair[side] == k) for pair in grid] for k in range(levels)]
            targets += list(share)
        goals = [np.array([float(p == (own, k)) for p in grid]) for k in range(levels)]
        ends, apart = _programs(goals, np.array(rows), np.array(targets))
        return np.clip(ends / first[own], 0.0, 1.0), apart

    def _order(self, name: str, here: tuple[int, ...], there: tuple[int, ...]) -> int:
        """1 if the response may only rise from the one setting to the other, -1 if only fall."""
        rising = {a for a, b in self.monotone if b == name}
        signs = {
            np.sign(t - h) if p in rising else 0
            for p, h, t in zip(self.parents[name], here, there, strict=True)
            if h != t
        }
        return int(next(iter(signs))) if len(signs) == 1 else 0


def _completed(ends: Array, levels: int) -> Array:
    """Bounds of all levels from those solved for: of two, the second's give the first's."""
    ends = np.clip(ends, 0.0, 1.0)
    return np.vstack([1.0 - ends[0, ::-1], ends]) if levels == 2 else ends


def _programs(goals: Sequence[Array], rows: Array, targets: Array) -> tuple[Array, float]:
    """Return (lowest, highest) of each goal over distributions with ``rows @ q = targets``, and how far
    (total variation) the nearest one is if there is none; then the goals are those of the nearest."""
    from scipy.optimize import linprog

    types = rows.shape[1]
    found = np.zeros((len(goals), 2))
    for attempt in range(2):
        apart = 0.0
        if attempt == 0:
            matrix, right, limits, extra = rows, targets, None, None
        else:
            # slack both ways, first as small as it can be, then held there
            eye = np.eye(len(targets))
            matrix, right = np.hstack([rows, eye, -eye]), targets
            cost = np.concatenate([np.zeros(types), np.ones(2 * len(targets))])
            least = linprog(cost, A_eq=matrix, b_eq=right, bounds=(0, None), method="highs")
            apart = float(least.fun) / 2
            limits, extra = cost[None, :], [least.fun + 1e-9]
        failed = False
        for k, goal in enumerate(goals):
            padded = np.concatenate([goal, np.zeros(matrix.shape[1] - types)])
            for side, sign in enumerate((1.0, -1.0)):
                done = linprog(
                    sign * padded, A_eq=matrix, b_eq=right, A_ub=limits, b_ub=extra, bounds=(0, None),
                    method="highs",
                )  # fmt: skip
                if done.status != 0:
                    failed = True
                    break
                found[k, side] = sign * float(done.fun)
            if failed:
                break
        if not failed:
            return found, apart
    return np.tile([0.0, np.inf], (len(goals), 1)), 1.0  # pragma: no cover - slack always fits
