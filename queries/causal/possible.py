"""The possible effects when the graph is a class: one number for each way the members answer (IDA).

In a class of DAGs the parents of the treatments decide a linear effect (Maathuis, Kalisch and Buehlmann,
Annals of Statistics 37:3133, 2009; several treatments at once: Nandy, Maathuis and Richardson, Annals of
Statistics 45:647, 2017). In a PAG every maximal ancestral graph of the class is asked (Malinsky and
Spirtes, 2017), and those in which no adjustment does it say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from graph.causal import CausalGraph, GraphKind
from graph.causal_classes import dag_members, mag_members, parent_sets
from graph.dataset import Dataset
from graph.errors import DataError, InputError, UsageError
from queries.causal.markov_class import by_adjustment
from queries.causal.question import Names, checked_names
from queries.causal.sample import complete_numbers

__all__ = ["PossibleEffect", "PossibleEffects", "possible_effects"]

MOST = 500
MOST_COUNTED = 2000
"""members that are counted"""


@dataclass(frozen=True, slots=True)
class PossibleEffect:
    """The answer of some members.

    Attributes:
        values: change of the outcome per unit of each treatment, the others held; None where no
            adjustment gives it.
        adjustment: what each treatment's effect is adjusted for; empty for what is no effect.
        members: how many members of the class answer so; None if there are too many to count.
    """

    values: Mapping[str, float] | None
    adjustment: Mapping[str, tuple[str, ...]]
    members: int | None


@dataclass(frozen=True)
class PossibleEffects:
    """A multiset of effects: the truth is one of them, if the class is right and effects are linear.

    Attributes:
        effects: one for each way the parents of the treatments (in a PAG: the marks) may be.
        complete: whether these are all.
        n: rows used.
    """

    treatment: tuple[str, ...]
    outcome: str
    graph: str
    effects: tuple[PossibleEffect, ...]
    complete: bool
    n: int
    data_hash: str

    def range(self, treatment: str) -> tuple[float, float]:
        """Return the smallest and largest possible effect of one treatment.

        Raises:
            UsageError: if it is no treatment, or no member gives its effect.
        """
        values = [e.values[treatment] for e in self.effects if e.values and treatment in e.values]
        if not values:
            raise UsageError(f"no member of the class gives the effect of {treatment!r}")
        return min(values), max(values)

    def least(self, treatment: str) -> float:
        """Return the smallest size that the effect may have: 0 if a member has another sign or none."""
        low, high = self.range(treatment)
        return 0.0 if low <= 0 <= high else min(abs(low), abs(high))

    @property
    def explanation(self) -> str:
        """One paragraph in plain words."""
        told = []
        for name in self.treatment:
            if not any(e.values for e in self.effects):
                continue
            low, high = self.range(name)
            sign = "raises" if low > 0 else "lowers" if high < 0 else "may raise, lower or leave"
            told.append(
                f"One more unit of {name} changes {self.outcome} by {low:.4g} to {high:.4g}: it {sign} it."
            )
        unknown = sum(e.values is None for e in self.effects)
        if unknown:
            told.append(f"{unknown} of {len(self.effects)} kinds of members give no number.")
        if not self.complete:
            told.append("There are more members than were looked at.")
        return " ".join(told)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must hold, in words."""
        return (
            f"The graph {self.graph[:11]} is right: one of its members is the causal graph.",
            f"{self.outcome} answers linearly to its causes, and its causes to theirs.",
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "treatment": list(self.treatment), "outcome": self.outcome, "graph": self.graph,
            "effects": [
                {
                    "values": dict(e.values) if e.values else None,
                    "adjustment": {k: list(v) for k, v in e.adjustment.items()},
                    "members": e.members,
                }
                for e in self.effects
            ],
            "complete": self.complete, "n": self.n, "data_hash": self.data_hash,
            "explanation": self.explanation, "assumptions": list(self.assumptions),
        }  # fmt: skip


def possible_effects(
    graph: CausalGraph, treatment: Names, outcome: str, data: Dataset
) -> PossibleEffects:
    """Return every effect that a member of the class implies for the data, assuming linearity.

    Args:
        graph: DAG, CPDAG (also with background knowledge) or PAG; nodes are columns.
        treatment: one or more; with several each effect is that with the others held (joint).
        outcome: one node.
        data: rows without a missing value in a needed column are used.

    Raises:
        UsageError: for unknown nodes, other kinds of graphs, several treatments on a PAG.
        InputError: if the graph is no class.
        DataError: for missing columns, words, or too few rows.
    """
    x, (y,), _ = checked_names(graph, treatment, [outcome], ())
    pag = graph.kind in (GraphKind.PAG, GraphKind.MAG)
    if not pag and graph.kind not in (GraphKind.CPDAG, GraphKind.DAG):
        raise UsageError(
            f"possible effects are those of a DAG, CPDAG, MAG or PAG, not {graph.kind}"
        )
    if pag and len(x) > 1:
        raise UsageError("on a PAG possible effects are those of one treatment")
    table = complete_numbers(data, list(graph.nodes))
    where = data.path or data.name
    if len(table) <= len(graph.nodes) + 1:
        raise DataError(f"{len(table)} complete rows are too few", where=where)
    at = {n: i for i, n in enumerate(graph.nodes)}
    cov = np.cov(table, rowvar=False)

    def slope(a: str, b: str, given: tuple[str, ...]) -> float:
        rows = [at[a], *(at[n] for n in given)]
        return float(np.linalg.lstsq(cov[np.ix_(rows, rows)], cov[rows, at[b]], rcond=None)[0][0])

    every = list(
        islice(_in_pag(graph, x[0], y, slope) if pag else _in_dags(graph, x, y, slope), MOST + 1)
    )
    if not every:
        raise InputError("the class has no member", hint="Check how the graph was learned.")
    return PossibleEffects(
        x, y, graph.hash, tuple(every[:MOST]), len(every) <= MOST, len(table), data.hash
    )


def _in_dags(
    graph: CausalGraph, x: tuple[str, ...], y: str, slope: Any
) -> Iterator[PossibleEffect]:
    for parents, part in parent_sets(graph, x):

        def total(a: str, b: str, given: Mapping[str, tuple[str, ...]] = parents) -> float:
            return 0.0 if b in given[a] else slope(a, b, given[a])

        # what an intervention on one treatment does is what it does through each of them
        among = np.array([[1.0 if a == b else total(a, b) for b in x] for a in x])
        joint = np.linalg.solve(among, [total(a, y) for a in x])
        counted = sum(1 for _ in dag_members(part, MOST_COUNTED + 1))
        yield PossibleEffect(
            dict(zip(x, map(float, joint), strict=True)),
            parents,
            counted if counted <= MOST_COUNTED else None,
        )


def _in_pag(graph: CausalGraph, x: str, y: str, slope: Any) -> Iterator[PossibleEffect]:
    found: dict[tuple[str, ...] | str | None, int] = {}
    members = [graph] if graph.kind is GraphKind.MAG else mag_members(graph)
    for member in members:
        answer = by_adjustment(member, (x,), (y,), ())
        key = None if answer is None else "none" if answer[0] == "no-effect" else answer[1]
        found[key] = found.get(key, 0) + 1
    for key, number in sorted(found.items(), key=lambda item: str(item[0])):
        if key is None:
            yield PossibleEffect(None, {}, number)
        elif isinstance(key, str):
            yield PossibleEffect({x: 0.0}, {}, number)
        else:
            yield PossibleEffect({x: slope(x, y, key)}, {x: key}, number)
