"""Unit counterfactuals with additive noise: V = f(causes of V) + noise, the noise independent of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError
from queries.causal.question import consistent
from queries.causal.sample import complete_numbers
from queries.causal.table import Array
from queries.causal.unit_results import UnitCounterfactual, UnitRefusal, Value

__all__ = ["by_noise", "tied"]

FOLDS = 5
BOOSTED_RESAMPLES = 20
Fitted = Callable[[Array], Array]


def by_noise(
    graph: CausalGraph,
    data: Dataset,
    known: Mapping[str, Value],
    do: Mapping[str, Value],
    outcome: str,
    changing: Sequence[str],
    model: str,
    bootstraps: int,
    seed: int,
) -> UnitCounterfactual | UnitRefusal:
    """Return the outcome as it would be, with a bootstrap interval.

    Args:
        graph: the ancestors of the outcome.
        changing: nodes that respond, in causal order.
        model: ``linear``, ``boosted`` or ``auto``.

    Raises:
        DataError: if the table or the unit lacks a column that is needed.
    """
    for node in changing:
        if refused := tied(graph, node, outcome, do):
            return refused
    needed = tuple(sorted({n for v in changing for n in (v, *graph.parents(v))} | {outcome}))
    values = complete_numbers(data, needed)
    column = {n: values[:, k] for k, n in enumerate(needed)}
    unit: dict[str, float] = {}
    for name in needed:
        found = known.get(name)
        if found is None:
            # what is set needs no record; what the outcome is may be what one wants to know
            if name in do or (name == outcome and outcome in changing):
                continue
            raise DataError(
                f"the unit's {name} is not known, and what {' and '.join(changing)} would be depends on it",
                where=data.path or data.name, hint=f"Give {name}.",
            )  # fmt: skip
        unit[name] = _number(found, name)
    settings = {k: _number(v, k) for k, v in do.items()}
    missing = [n for n in do if n in needed and n not in unit]
    if missing and any(n in graph.parents(v) for n in missing for v in changing if v in unit):
        raise DataError(
            f"the unit's {', '.join(missing)} is not known, so its noise cannot be worked out",
            where=data.path or data.name, hint="Give what it was.",
        )  # fmt: skip
    chosen = {v: _choose(graph, v, column, model, seed) for v in changing}
    rng = np.random.default_rng(seed)

    def would_be(rows: npt.NDArray[np.intp] | None) -> tuple[float, Array]:
        now = dict(unit) | settings
        residuals = np.zeros(1)
        for v in changing:
            parents = graph.parents(v)
            z = np.column_stack([column[p] for p in parents])
            y = column[v]
            f = _fit(
                chosen[v], z if rows is None else z[rows], y if rows is None else y[rows], seed
            )
            after = float(f(np.array([[now[p] for p in parents]]))[0])
            if v in unit:
                now[v] = after + unit[v] - float(f(np.array([[unit[p] for p in parents]]))[0])
            else:
                residuals, now[v] = y - f(z), after
        return now[outcome], residuals

    point, residuals = would_be(None)
    n = len(values)
    number = min(bootstraps, BOOSTED_RESAMPLES) if "boosted" in chosen.values() else bootstraps
    drawn = np.array([would_be(rng.integers(0, n, n))[0] for _ in range(number)]) if changing else np.array([point])  # fmt: skip
    predicted = outcome in changing and outcome not in unit
    if predicted:
        # the unit's own noise is unknown: that of the rows stands for it
        drawn = drawn[:, None] + rng.choice(residuals, size=(len(drawn), 200))
    low, high = np.percentile(drawn, [2.5, 97.5]) if drawn.size > 1 else (point, point)
    method = "boosted" if "boosted" in chosen.values() else "linear"
    used = {k: v for k, v in unit.items() if k in needed}
    return UnitCounterfactual(
        outcome, used, dict(settings), unit.get(outcome), point, float(low), float(high), {}, {}, method,
        n, data.hash, _assumptions(graph, changing, do, predicted, outcome),
        {"learners": chosen, "bootstraps": number, "seed": seed, "dropped": len(data.frame) - n,
         "noise": _noise_report(graph, changing, column, chosen, seed)},
    )  # fmt: skip


def tied(
    graph: CausalGraph, node: str, outcome: str, do: Mapping[str, Value]
) -> UnitRefusal | None:
    """The refusal if a hidden common cause ties the node's noise to what its causes are."""
    up = graph.ancestors(graph.parents(node))
    for other in graph.siblings(node):
        if other in up:
            through = "" if other in graph.parents(node) else f", from which {', '.join(graph.parents(node))} follow"  # fmt: skip
            return UnitRefusal(
                outcome, dict(do),
                f"How {node} responds to its causes cannot be read off the data: a hidden common cause ties "
                f"its noise to {other}{through}.",
                {"kind": "confounded", "variable": node, "cause": other},
                (f"measure what {node} and {other} have in common",
                 "bounds (model 'types'), if the columns are discrete"),
            )  # fmt: skip
    return None


def _number(value: Value, name: str) -> float:
    if isinstance(value, str):
        raise DataError(f"{name} = {value!r} is no number", hint="Use the model 'types' for words.")
    return value


def _fit(learner: str, z: Array, y: Array, seed: int) -> Fitted:
    if learner == "linear":
        design = np.column_stack([np.ones(len(z)), z])
        b = np.linalg.lstsq(design, y, rcond=None)[0]
        return lambda new: np.asarray(np.column_stack([np.ones(len(new)), new]) @ b)
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    model = HistGradientBoostingRegressor(
        max_iter=120,
        learning_rate=0.07,
        max_leaf_nodes=12,
        l2_regularization=1.0,
        random_state=seed,
    )
    # fits this small take longer in several threads than in one
    with threadpool_limits(1):
        model.fit(z, y)
    return lambda new: np.asarray(model.predict(new))


def _choose(
    graph: CausalGraph, node: str, column: Mapping[str, Array], model: str, seed: int
) -> str:
    """The learner with the smaller held-out error; the linear one unless the other is better by 2 %."""
    if model != "auto":
        return model
    z = np.column_stack([column[p] for p in graph.parents(node)])
    y = column[node]
    if len(y) < 200:
        return "linear"
    folds = np.random.default_rng(seed).permutation(len(y)) % FOLDS
    loss = {"linear": 0.0, "boosted": 0.0}
    for fold in range(FOLDS):
        out = folds == fold
        for learner in loss:
            f = _fit(learner, z[~out], y[~out], seed)
            loss[learner] += float(np.sum((y[out] - f(z[out])) ** 2))
    return "boosted" if loss["boosted"] < 0.98 * loss["linear"] else "linear"


def _noise_report(
    graph: CausalGraph,
    changing: Sequence[str],
    column: Mapping[str, Array],
    chosen: Mapping[str, str],
    seed: int,
) -> dict[str, Any]:
    """A node's noise: its size, and the causes that its size changes with (Spearman, p < 0.001)."""
    from scipy.stats import spearmanr

    found: dict[str, Any] = {}
    for v in changing:
        parents = graph.parents(v)
        z = np.column_stack([column[p] for p in parents])
        left = column[v] - _fit(chosen[v], z, column[v], seed)(z)
        tied = []
        for p, values in zip(parents, z.T, strict=True):
            varied = np.ptp(values) > 0 and np.ptp(left) > 0
            if varied and float(spearmanr(np.abs(left), values).pvalue) < 1e-3:
                tied.append(p)
        found[v] = {"sd": round(float(left.std()), 6), "size_depends_on": tied}
    return found


def _assumptions(
    graph: CausalGraph,
    changing: Sequence[str],
    do: Mapping[str, Value],
    predicted: bool,
    outcome: str,
) -> tuple[str, ...]:
    shown = " and ".join(changing) or "nothing"
    found = [
        f"The causal graph {graph.hash[:11]} (above {outcome}) is right.",
        f"{consistent(tuple(sorted(do)))}, the rest responds the same.",
        f"Noise is added: {shown} is a function of its causes plus a term of the unit's own that does not "
        "depend on them, and that stays what it is. Data can speak against this, not for it.",
    ]  # fmt: skip
    if predicted:
        found.append(f"The unit's {outcome} is not known, so its noise is taken to be like that of the rows.")  # fmt: skip
    return tuple(found)
