"""Counterfactuals of one unit: "would this patient have recovered, had the dose been lower?".

Abduction (what does the unit's record say of its noise), action (set what is asked), prediction (Pearl,
Causality, 2nd ed. 2009, section 7.1.2): with additive noise the noise is the residual, and the answer
is a number (:mod:`queries.causal.unit_noise`); discrete mechanisms are not fixed by any data, so the
answer is bounds over response types (:mod:`queries.causal.unit_types`), or from fitted chances where causes are
not discrete (:mod:`queries.causal.unit_chances`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError, UsageError
from queries.causal.unit_results import UnitCounterfactual, UnitRefusal, Value

__all__ = ["MODELS", "unit_counterfactual"]

MODELS = ("auto", "linear", "boosted", "types", "chances")
MOST_LEVELS = 6
"""values up to which a column counts as discrete under ``auto``"""


def unit_counterfactual(
    graph: CausalGraph,
    data: Dataset,
    *,
    unit: Mapping[str, object] | int,
    do: Mapping[str, object],
    outcome: str,
    model: str = "auto",
    monotone: Iterable[tuple[str, str]] = (),
    bootstraps: int = 100,
    seed: int = 0,
) -> UnitCounterfactual | UnitRefusal:
    """Say what the outcome of one unit would have been.

    Args:
        graph: over the table's columns; acyclic, hidden common causes allowed.
        data: the table that the mechanisms are learned from.
        unit: what is known of the unit, or its row in the table (from 0). With additive noise all
            causes of what changes are needed; a missing outcome is predicted.
        do: what is set.
        outcome: the column asked about.
        model: ``linear`` or ``boosted``, noise added; ``types``: discrete columns, no assumption on the
            mechanism; ``chances``: an outcome with two values that alone responds, causes of any kind.
            ``auto``: ``types`` if outcome and what changes have at most six values, ``chances`` if so and
            a cause has more, else whichever of the first two predicts better.
        monotone: pairs (cause, effect): raising the cause never lowers the effect (``types`` and
            ``chances``).
        bootstraps: resamples for intervals.
        seed: of the resamples.

    Returns:
        a value with an interval, or bounds for the chance of each value; a refusal where a hidden
        common cause ties a mechanism's noise to its causes (additive noise) or the program is too large.

    Raises:
        UsageError: for unknown nodes or models, or an outcome that is set.
        DataError: if the table or the unit lacks what is needed.
    """
    graph.indices((outcome, *do))
    if model not in MODELS:
        raise UsageError(
            f"there is no unit model {model!r}", hint=f"There are {', '.join(MODELS)}."
        )
    if not do:
        raise UsageError("a unit's counterfactual needs something that is set", hint="Such as X=1.")
    if outcome in do:
        raise UsageError(f"{outcome!r} is set, so there is nothing to ask about it")
    pairs = tuple((a, b) for a, b in monotone)
    for a, b in pairs:
        if a not in graph.parents(b):
            raise UsageError(f"monotone: the graph has no edge {a} -> {b}")
    known = _known(data, unit)
    settings = {k: _value(v) for k, v in do.items()}
    above = graph.subgraph(graph.ancestors((outcome,)))
    if above.has_cycle:
        loop = above.find_cycle() or []
        return UnitRefusal(
            outcome, settings,
            f"The graph has the feedback loop {' -> '.join([*loop, *loop[:1]])} above {outcome}, and no "
            "edge is dropped to break it.", {"kind": "cycle", "loop": loop},
        )  # fmt: skip
    if above.undirected or above.circle:
        edges = [list(e) for e in above.edges if e[1] not in ("-->", "<->")]
        shown = ", ".join(" ".join(e) for e in edges[:4])
        return UnitRefusal(
            outcome, settings, f"The direction of {shown} is not known.",
            {"kind": "unoriented", "edges": edges}, ("orient these edges",),
        )  # fmt: skip
    if not isinstance(unit, Mapping):
        known = {k: v for k, v in known.items() if k in above}
    changing = changing_nodes(above, settings, outcome)
    from queries.causal.unit_chances import by_chances, fits

    if model == "auto" and _discrete(data, (*changing, outcome)):
        many = not _discrete(data, above.nodes)
        model = "chances" if many and fits(above, data, outcome, changing) else "types"
    if model == "chances":
        return by_chances(above, data, known, settings, outcome, changing, pairs, bootstraps, seed)
    if model == "types":
        from queries.causal.unit_types import by_types

        return by_types(above, data, known, settings, outcome, changing, pairs, bootstraps, seed)
    if pairs:
        raise UsageError("monotone belongs to the models 'types' and 'chances'", hint="Additive noise needs no such assumption.")  # fmt: skip
    from queries.causal.unit_noise import by_noise

    return by_noise(above, data, known, settings, outcome, changing, model, bootstraps, seed)


def changing_nodes(graph: CausalGraph, do: Mapping[str, Value], outcome: str) -> tuple[str, ...]:
    """Return what responds to the setting on the way to the outcome, in causal order."""
    free = graph.without_edges(into=tuple(n for n in do if n in graph))
    below = graph_descendants(free, [n for n in do if n in graph])
    up = free.ancestors((outcome,))
    return tuple(n for n in graph.topological_order() if n in below and n in up and n not in do)


def graph_descendants(graph: CausalGraph, nodes: list[str]) -> frozenset[str]:
    """Descendants of nodes, none for none."""
    return graph.descendants(tuple(nodes)) if nodes else frozenset()


def _value(value: object) -> Value:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value)


def _known(data: Dataset, unit: Mapping[str, object] | int) -> dict[str, Value]:
    if isinstance(unit, Mapping):
        found: dict[str, Any] = dict(unit)
        if unknown := sorted(set(found) - set(data.columns)):
            raise DataError(f"the data has no column {', '.join(map(repr, unknown))}", where=data.path or data.name)  # fmt: skip
    else:
        if not 0 <= unit < len(data.frame):
            raise DataError(
                f"there is no row {unit}", where=data.path or data.name,
                hint=f"Rows are 0 to {len(data.frame) - 1}.",
            )  # fmt: skip
        row = data.frame.iloc[unit]
        found = dict(zip(data.columns, row.to_list(), strict=True))
    # NaN and None are the only values unlike themselves or absent
    return {k: _value(v) for k, v in found.items() if v is not None and v == v}


def _discrete(data: Dataset, names: Iterable[str]) -> bool:
    return all(
        n in data.columns and data.frame.iloc[:, data.columns.index(n)].nunique() <= MOST_LEVELS
        for n in names
    )
