"""Unit counterfactuals of an outcome with two values, whatever its causes are: bounds from two fitted chances.

Without a hidden common cause of outcome and causes, the data fix how often the outcome happens among units with
given causes, as they are and as they are set, and nothing of how the two go together in one unit. The chance
that this unit's outcome would have happened lies within Fréchet's bounds, and is a point where the cause never
prevents (or never brings about) the outcome: Tian and Pearl, Annals of Mathematics and Artificial Intelligence
28:287 (2000), section 4, within the stratum of the unit's causes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import DataError
from queries.causal.question import consistent
from queries.causal.sample import complete_numbers
from queries.causal.table import Array
from queries.causal.unit_noise import tied
from queries.causal.unit_results import UnitCounterfactual, UnitRefusal, Value

__all__ = ["by_chances", "fits"]

FOLDS = 5
BOOSTED_RESAMPLES = 20
FLOOR = 1e-3
"""fitted chances are kept this far from 0 and 1"""
Chance = Callable[[Array], Array]


def fits(graph: CausalGraph, data: Dataset, outcome: str, changing: Sequence[str]) -> bool:
    """Whether only the outcome responds, it has two values, and no hidden common cause ties it to its causes."""
    if tuple(changing) != (outcome,) or tied(graph, outcome, outcome, {}) is not None:
        return False
    return outcome in data.columns and data.frame[outcome].nunique() == 2


def by_chances(
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
    """Bound the chance of each of the outcome's two values.

    Args:
        graph: the ancestors of the outcome.
        monotone: pairs (cause, outcome): raising the cause never lowers the outcome.

    Raises:
        DataError: if more than the outcome responds, it has not two values, or the unit's causes are not known.
    """
    where = data.path or data.name
    if refused := tied(graph, outcome, outcome, do):
        return refused
    if tuple(changing) != (outcome,):
        raise DataError(
            f"{', '.join(changing) or 'nothing'} would change, and this model is for the outcome alone",
            where=where, hint="Use the model 'types' or 'linear'.",
        )  # fmt: skip
    causes = graph.parents(outcome)
    values = complete_numbers(data, (*causes, outcome))
    z, levels = values[:, :-1], np.unique(values[:, -1])
    if len(levels) != 2:
        raise DataError(f"column {outcome!r} has {len(levels)} values, not two", where=where, hint="Use the model 'types' or 'linear'.")  # fmt: skip
    y = (values[:, -1] == levels[1]).astype(float)
    if absent := [c for c in causes if c not in known]:
        raise DataError(f"the unit's {', '.join(absent)} is not known, and its chances depend on it", where=where, hint="Give it.")  # fmt: skip
    here = np.array([_number(known[c], c) for c in causes])
    there = np.array([_number(do.get(c, known[c]), c) for c in causes])
    own = None if outcome not in known else _number(known[outcome], outcome)
    if own is not None and own not in levels:
        raise DataError(f"column {outcome!r} never is {own:g}", where=where, hint=f"Its values are {levels[0]:g} and {levels[1]:g}.")  # fmt: skip
    order = _order(causes, here, there, {a for a, b in monotone if b == outcome})

    def ends(chance: Chance) -> tuple[Array, float]:
        if own is not None and np.array_equal(here, there):
            return np.full(2, float(own == levels[1])), 0.0
        now, then = (float(p) for p in np.clip(chance(np.vstack([here, there])), FLOOR, 1 - FLOOR))
        return _ends(now, then, None if own is None else own == levels[1], order)

    learner = _choose(z, y, seed)
    span, contradiction = ends(_fit(learner, z, y, seed))
    rng = np.random.default_rng(seed)
    number = min(bootstraps, BOOSTED_RESAMPLES) if learner == "boosted" else bootstraps
    drawn = []
    for _ in range(number):
        rows = rng.integers(0, len(y), len(y))
        if 0 < y[rows].sum() < len(y):
            drawn.append(ends(_fit(learner, z[rows], y[rows], seed))[0])
    outer = span
    if len(drawn) >= 10:
        low, high = np.percentile(np.array(drawn), [2.5, 97.5], axis=0)
        outer = np.array([min(span[0], low[0]), max(span[1], high[1])])
    named = [f"{v:g}" for v in levels]
    return UnitCounterfactual(
        outcome, {n: known[n] for n in (*causes, outcome) if n in known}, dict(do), known.get(outcome),
        None, None, None, _both(named, span), _both(named, outer), f"chances ({learner})", len(y), data.hash,
        _assumptions(graph, do, outcome, monotone, learner, predicted=own is None),
        {"contradiction": contradiction, "bootstraps": len(drawn), "seed": seed,
         "dropped": len(data.frame) - len(y)},
    )  # fmt: skip


def _ends(now: float, then: float, happened: bool | None, order: int) -> tuple[Array, float]:
    """Bounds of the outcome's chance where it has the chances ``now`` and ``then``, and how far they
    contradict the order (1: it may only be brought about, -1: only prevented)."""
    if happened is None:
        return np.array([then, then]), 0.0
    if order:
        contradiction = max(0.0, (now - then) * order)
        if happened:
            value = 1.0 if order > 0 else min(1.0, then / now)
        else:
            value = 0.0 if order < 0 else max(0.0, (then - now) / (1 - now))
        return np.array([value, value]), contradiction
    share = now if happened else 1 - now
    return np.array([max(0.0, share + then - 1) / share, min(share, then) / share]), 0.0


def _order(causes: Sequence[str], here: Array, there: Array, rising: set[str]) -> int:
    moved = {int(np.sign(b - a)) if c in rising else 0 for c, a, b in zip(causes, here, there, strict=True) if a != b}  # fmt: skip
    return moved.pop() if len(moved) == 1 else 0


def _both(names: Sequence[str], span: Array) -> dict[str, tuple[float, float]]:
    low, high = float(span[0]), float(span[1])
    return {names[0]: (1 - high, 1 - low), names[1]: (low, high)}


def _number(value: Value, name: str) -> float:
    if isinstance(value, str):
        raise DataError(f"{name} = {value!r} is no number", hint="Use the model 'types' for words.")
    return value


def _choose(z: Array, y: Array, seed: int) -> str:
    """The learner with the smaller held-out log loss; the logistic one unless the other is better by 2 %."""
    fold = np.random.default_rng(seed).permutation(len(y)) % FOLDS
    loss = {"logistic": 0.0, "boosted": 0.0}
    for k in range(FOLDS):
        out = fold == k
        if not 0 < y[~out].sum() < (~out).sum():
            return "logistic"
        for name in loss:
            p = np.clip(_fit(name, z[~out], y[~out], seed)(z[out]), FLOOR, 1 - FLOOR)
            loss[name] -= float(np.sum(y[out] * np.log(p) + (1 - y[out]) * np.log(1 - p)))
    return "boosted" if loss["boosted"] < 0.98 * loss["logistic"] else "logistic"


def _fit(learner: str, z: Array, y: Array, seed: int) -> Chance:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    if learner == "logistic":
        model = make_pipeline(StandardScaler(), LogisticRegression(C=100.0, max_iter=500))
    else:
        model = HistGradientBoostingClassifier(
            max_iter=80, learning_rate=0.07, max_leaf_nodes=8, l2_regularization=1.0, random_state=seed
        )  # fmt: skip
    # fits this small take longer in several threads than in one
    with threadpool_limits(1):
        model.fit(z, y)
    return lambda new: np.asarray(model.predict_proba(new)[:, 1])


def _assumptions(
    graph: CausalGraph,
    do: Mapping[str, Value],
    outcome: str,
    monotone: Sequence[tuple[str, str]],
    learner: str,
    *,
    predicted: bool,
) -> tuple[str, ...]:
    found = [
        f"The causal graph {graph.hash[:11]} (above {outcome}) is right.",
        f"{consistent(tuple(sorted(do)))}, the rest responds the same.",
        f"The chance of {outcome} among units with the same causes is what the {learner} model says.",
        "Nothing is assumed of how a unit's responses to two settings go together."
        if not monotone
        else "",
        *(f"Raising {a} never lowers {b} in any unit." for a, b in monotone),
        f"The unit's {outcome} is not known, so it is taken to be like the rows." if predicted else "",
    ]  # fmt: skip
    return tuple(text for text in found if text)
