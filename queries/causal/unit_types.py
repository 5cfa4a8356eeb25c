"""Unit counterfactuals of discrete variables: sharp or valid bounds over response types.

A unit's response type says what each variable would be for every value of its causes. The table fixes
only sums over types; the chance that this unit's outcome would have another value is bounded by linear
programs over all that fit (Balke and Pearl, UAI 1994; Tian and Pearl 2000 for two variables).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError
from queries.causal.bits import BitGraph
from queries.causal.counterfactual_data import DiscreteTable, estimate_counterfactual, level_of
from queries.causal.counterfactual_identification import counterfactual
from queries.causal.counterfactual_results import CounterfactualEstimand
from queries.causal.counterfactual_terms import Term
from queries.causal.question import consistent
from queries.causal.table import Array, Table
from queries.causal.unit_district import District, TooManyTypesError
from queries.causal.unit_results import Span, UnitCounterfactual, UnitRefusal, Value

__all__ = ["by_types"]

MOST_COMPLETIONS = 64
"""combinations of unknown values of the unit"""
MOST_FUTURES = 4096
"""combinations of values that what changes may have"""
WARN = 1e-6
Levels = dict[str, int]


def by_types(
    graph: CausalGraph,
    data: Dataset,
    known: Mapping[str, Value],
    do: Mapping[str, Value],
    outcome: str,
    changing: Sequence[str],
    monotone: Sequence[tuple[str, str]],
    bootstraps: int,
    seed: int,
) -> UnitCounterfactual | UnitRefusal:
    """Bound the chance of each value that the unit's outcome might have had.

    Args:
        graph: the ancestors of the outcome.
        changing: nodes that respond to ``do``, in causal order.
        monotone: pairs (cause, effect).

    Raises:
        DataError: if the table lacks columns, has too many values or never shows the unit's record.
    """
    table = DiscreteTable.of(data, graph.nodes)
    at = {n: level_of(table.levels[n], _text(v), n, table.where) for n, v in known.items() if n in graph}  # fmt: skip
    set_ = {n: level_of(table.levels[n], _text(v), n, table.where) for n, v in do.items() if n in graph}  # fmt: skip
    if not monotone and (fixed := _fixed(graph, data, table, known, do, outcome, bootstraps, seed)):
        return fixed
    problem = _Problem(graph, table, at, set_, outcome, tuple(changing), tuple(monotone))
    try:
        problem.prepare()
        chances, contradiction = problem.chances(table.shares())
    except TooManyTypesError as error:
        return UnitRefusal(
            outcome, dict(do), f"{error}, too many for bounds by linear programming.",
            {"kind": "too wide"}, ("group values into fewer levels", "additive noise (model 'linear')"),
        )  # fmt: skip
    drawn = []
    for joint in table.resamples(bootstraps, seed):
        for k in range(joint.batch):
            one = Table(joint.names, joint.values[k : k + 1])
            try:
                drawn.append(problem.chances(one)[0])
            except DataError:
                continue  # a resample that never shows the unit's record says nothing of it
    outer = chances
    if len(drawn) >= 10:
        ends = np.array(drawn)
        low = np.minimum(chances[:, 0], np.percentile(ends[:, :, 0], 2.5, axis=0))
        high = np.maximum(chances[:, 1], np.percentile(ends[:, :, 1], 97.5, axis=0))
        outer = np.column_stack([low, high])
    names = [_text(v if isinstance(v, str) else float(v)) for v in table.levels[outcome]]

    def spans(ends: Array) -> dict[str, Span]:
        return {name: (float(a), float(b)) for name, (a, b) in zip(names, ends, strict=True)}

    diagnostics: dict[str, Any] = {
        "contradiction": contradiction, "bootstraps": len(drawn), "seed": seed, "dropped": table.dropped,
        "rows_like_it": problem.rows_like_it(),
        **({"not_used": idle} if (idle := sorted(set(known) - set(graph.nodes))) else {}),
    }  # fmt: skip
    return UnitCounterfactual(
        outcome, {n: known[n] for n in sorted(at)}, dict(do), known.get(outcome), None, None, None,
        spans(chances), spans(outer), "response types", table.n,
        data.hash, _assumptions(graph, do, outcome, monotone, problem.loose, contradiction), diagnostics,
    )  # fmt: skip


def _fixed(
    graph: CausalGraph,
    data: Dataset,
    table: DiscreteTable,
    known: Mapping[str, Value],
    do: Mapping[str, Value],
    outcome: str,
    bootstraps: int,
    seed: int,
) -> UnitCounterfactual | None:
    """The answer where the graph fixes it: what is known leaves the response open to all alike."""
    used = {n: known[n] for n in sorted(known) if n in graph}
    if outcome in used:
        return None
    two = [n for n, levels in table.levels.items() if len(levels) == 2]
    setting = {n: _text(v) for n, v in do.items() if n in graph}
    record = [Term.make(n, _text(v)) for n, v in used.items()]
    found = counterfactual(graph, Term.make(outcome, None, setting), record, binary=two)
    if not isinstance(found, CounterfactualEstimand):
        return None
    number = estimate_counterfactual(found, data, bootstraps=max(bootstraps, 100), seed=seed)
    chances = {k.partition("=")[2]: (p, p) for k, (p, _, _) in number.values.items()}
    spans = {k.partition("=")[2]: (a, b) for k, (_, a, b) in number.values.items()}
    return UnitCounterfactual(
        outcome, used, dict(do), None, None, None, None, chances, spans, "formula", number.n, data.hash,
        found.assumptions, {**number.diagnostics, "formula": found.formula},
    )  # fmt: skip


@dataclass
class _Problem:
    """One unit and one setting; evaluated on as many distributions as one likes."""

    graph: CausalGraph
    table: DiscreteTable
    known: Levels
    set_: Levels
    outcome: str
    changing: tuple[str, ...]
    monotone: tuple[tuple[str, str], ...]
    loose: bool = False

    def prepare(self) -> None:
        """Lay out the districts that what changes belongs to."""
        self.g = BitGraph.of(self.graph)
        self.size = {n: len(v) for n, v in self.table.levels.items()}
        futures = int(np.prod([self.size[n] for n in self.changing], dtype=float))
        if futures > MOST_FUTURES:
            raise TooManyTypesError(f"what changes can take {futures:,} combinations of values")
        tied = [self.g.mask(self.graph.district(n)) for n in self.changing]
        together = sorted(set(tied))
        groups: list[tuple[int, tuple[str, ...]]] = [
            (t, tuple(n for n, own in zip(self.changing, tied, strict=True) if own == t))
            for t in together
        ]
        # several districts: each may hold one variable that changes, and its response is bounded by itself
        if len(groups) > 1 and any(len(names) > 1 for _, names in groups):
            raise TooManyTypesError(
                f"hidden common causes tie several of {', '.join(self.changing)}, and others stand apart: "
                "their response types together are"
            )
        self.loose = len(groups) > 1
        self.districts = [
            District(self.g, mask, names, self.size, self.monotone) for mask, names in groups
        ]

    def rows_like_it(self) -> int:
        """Rows of the table that show what is known of the unit."""
        index = tuple(self.known.get(n, slice(None)) for n in self.table.names)
        return int(self.table.counts[index].sum())

    def chances(self, joint: Table) -> tuple[Array, float]:
        """Return (low, high) for each level of the outcome, shape ``(levels, 2)``, and how far the
        distribution is from every model of the graph.

        Raises:
            DataError: if the unit's record has no weight.
        """
        for district in self.districts:
            district.read(joint)
        unknown = [n for n in self.graph.nodes if n not in self.known]
        number = int(np.prod([self.size[n] for n in unknown], dtype=float))
        if number > MOST_COMPLETIONS:
            raise DataError(
                f"the unit's {', '.join(unknown)} are not known, which leaves {number:,} possibilities",
                where=self.table.where, hint="Give more of its record.",
            )  # fmt: skip
        found = np.zeros((self.size[self.outcome], 2))
        total = contradiction = 0.0
        for filled in itertools.product(*(range(self.size[n]) for n in unknown)):
            record = {**self.known, **dict(zip(unknown, filled, strict=True))}
            weight = float(joint.values[(0, *(record[n] for n in joint.names))])
            if weight <= 0:
                continue
            ends, apart = self._one(record)
            found += weight * ends
            total += weight
            contradiction = max(contradiction, apart)
        if total <= 0:
            raise DataError(
                "no row shows what is known of the unit", where=self.table.where,
                hint="Give less of its record, or use additive noise (model 'linear').",
            )  # fmt: skip
        return found / total, contradiction

    def _one(self, record: Levels) -> tuple[Array, float]:
        """Bounds for a unit of which everything is known."""
        levels = self.size[self.outcome]
        after = {**record, **self.set_}
        if not self.changing or all(record[n] == v for n, v in self.set_.items()):
            ends = np.zeros((levels, 2))
            ends[after[self.outcome]] = 1.0
            return ends, 0.0
        if len(self.districts) == 1:
            return self.districts[0].outcome_bounds(record, after, self.outcome)
        return self._chained(record, after)

    def _chained(self, record: Levels, after: Levels) -> tuple[Array, float]:
        """Each variable's response is bounded given all before it; what they allow together is a linear
        program over what the variables would be."""
        from scipy.optimize import linprog

        of = {d.names[0]: d for d in self.districts}
        ranges = [range(self.size[n]) for n in self.changing]
        futures = list(itertools.product(*ranges))
        rows: list[Array] = []
        contradiction = 0.0
        index = np.array(futures)
        for k, name in enumerate(self.changing):
            for before in itertools.product(*ranges[:k]):
                now = {**after, **dict(zip(self.changing, before, strict=False))}
                ends, apart = of[name].response_bounds(record, now, name)
                contradiction = max(contradiction, apart)
                reached = (index[:, :k] == before).all(axis=1)
                for level, (low, high) in enumerate(ends):
                    here = reached & (index[:, k] == level)
                    if high < 1:
                        rows.append(here - high * reached)
                    if low > 0:
                        rows.append(low * reached - here.astype(float))
        limits = np.array(rows) if rows else None
        found = np.zeros((self.size[self.outcome], 2))
        last = self.changing.index(self.outcome)
        first = 1 if len(found) == 2 else 0
        for level in range(first, len(found)):
            goal = (index[:, last] == level).astype(float)
            for side, sign in enumerate((1.0, -1.0)):
                done = linprog(
                    sign * goal, A_ub=limits, b_ub=None if limits is None else np.full(len(rows), 1e-12),
                    A_eq=np.ones((1, len(futures))), b_eq=[1.0], bounds=(0, None), method="highs",
                )  # fmt: skip
                if done.status != 0:
                    raise DataError("the bounds' linear program has no solution", where=self.table.where)  # fmt: skip
                found[level, side] = min(1.0, max(0.0, sign * float(done.fun)))
        if first:
            # of two levels the one is what the other leaves
            found[0] = 1.0 - found[1, ::-1]
        return found, contradiction


def _text(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _assumptions(
    graph: CausalGraph,
    do: Mapping[str, Value],
    outcome: str,
    monotone: Sequence[tuple[str, str]],
    loose: bool,
    contradiction: float,
) -> tuple[str, ...]:
    found = [
        f"The causal graph {graph.hash[:11]} (above {outcome}) is right.",
        f"{consistent(tuple(sorted(do)))}, the rest responds the same.",
        "Nothing is assumed about the mechanisms: any response of a unit that fits the table counts.",
    ]  # fmt: skip
    found += [f"Raising {a} never lowers {b} in any unit." for a, b in monotone]
    if loose:
        found.append("Several mechanisms in a row: the bounds hold, but may be wider than needed.")
    if contradiction > WARN:
        found.append(
            f"The table fits no model with this graph exactly (it is {contradiction:.2g} away in total "
            "variation, which may be chance); the bounds are those of the nearest models."
        )
    return tuple(found)
