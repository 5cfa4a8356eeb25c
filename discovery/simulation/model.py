"""A random causal model over a DAG: drawn once, then sampled, with or without interventions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from discovery.data.table import Kind
from discovery.marks import topological_order
from discovery.simulation.mechanisms import (
    MECHANISMS,
    Function,
    Levels,
    Linear,
    draw_noise,
    function,
    signed,
)
from graph.errors import UsageError

__all__ = ["Intervention", "InterventionKind", "Model", "Standardise", "random_model"]

Floats = NDArray[np.float64]
Standardise = Literal["after", "internal", "none"]
InterventionKind = Literal["hard", "soft", "shift"]

_PILOT = 4000
"""rows from which the scale of each node is taken"""


@dataclass(frozen=True)
class Intervention:
    """What is done to some nodes. ``hard``: the node no longer follows from its parents (mean 2 observational
    standard deviations off, spread half; a discrete node takes one level 9 times of 10). ``soft``: the
    parents act with 0.3 of their strength and the mean moves by one standard deviation (a discrete node
    follows its parents in half of the rows). ``shift``: the mean alone moves, by 1.5 standard deviations
    (a discrete node: as ``soft``)."""

    targets: tuple[int, ...]
    kind: InterventionKind = "hard"


@dataclass
class _Node:
    parents: list[int]
    kind: Kind
    levels: int = 0
    function: Function | None = None
    table: Levels | None = None
    scores: Floats | None = None
    """[features of the parents, levels] of a discrete node with some continuous parents"""
    spread: float = 1.0
    gain: float = 1.0
    """makes the parents' part of nonlinear mechanisms have variance 1"""
    mean: float = 0.0
    scale: float = 1.0


@dataclass
class Model:
    """A causal model.

    ``dag`` is bool [p, p]; ``kinds`` [p]; ``coefficients`` [p, p] of a linear model in the scale that is
    sampled, else None.
    """

    dag: NDArray[np.bool_]
    kinds: tuple[Kind, ...]
    noise: str
    standardise: Standardise
    linear: bool
    nodes: list[_Node] = field(repr=False)
    order: list[int] = field(repr=False)

    @property
    def coefficients(self) -> Floats | None:
        """Of a linear model in the scale that is sampled, [p, p], ``[i, j]`` of ``i -> j``; else None."""
        if not self.linear:
            return None
        result = np.zeros(self.dag.shape)
        for j, node in enumerate(self.nodes):
            if node.parents and isinstance(node.function, Linear):
                result[node.parents, j] = node.function.weights
        scale = np.array([node.scale for node in self.nodes])
        if self.standardise == "after":
            return np.asarray(result * scale[:, None] / scale[None, :])
        return result / scale[None, :] if self.standardise == "internal" else result

    def sample(
        self, n: int, rng: np.random.Generator, intervention: Intervention | None = None
    ) -> Floats:
        """Return ``n`` rows, [n, p]; discrete nodes as levels 0, 1, 2 ..."""
        raw = self._run(n, rng, intervention, measure=False)
        if self.standardise == "none":
            return raw
        for j, node in enumerate(self.nodes):
            if node.kind == "continuous":
                raw[:, j] = (raw[:, j] - node.mean) / node.scale
        return raw

    def _run(
        self, n: int, rng: np.random.Generator, intervention: Intervention | None, measure: bool
    ) -> Floats:
        """Return rows in the scale of the mechanisms; with ``measure`` take means and scales from them."""
        p = len(self.nodes)
        raw, seen = np.empty((n, p)), np.empty((n, p))
        passes_raw = self.linear and self.standardise != "internal"
        for j in self.order:
            node = self.nodes[j]
            done = intervention if intervention and j in intervention.targets else None
            if node.kind == "discrete":
                chances = self._chances(node, seen, n)
                if done is not None:
                    chances = _pushed(chances, done.kind, rng)
                drawn = (rng.random((n, 1)) > chances.cumsum(axis=1)).sum(axis=1)
                raw[:, j] = seen[:, j] = np.minimum(drawn, node.levels - 1)
                continue
            part = np.zeros(n)
            if node.parents and node.function is not None:
                part = node.function(self._inputs(node, seen))
                if measure and not self.linear:
                    spread = float(part.std())
                    node.gain = 1.0 / spread if spread > 0 else 1.0
                part = part * node.gain
            noise = draw_noise(self.noise, (n,), rng) * node.spread
            if done is None:
                raw[:, j] = part + noise
            else:
                side = float(rng.choice([-1.0, 1.0]))
                if done.kind == "hard":
                    raw[:, j] = node.mean + node.scale * (2.0 * side + 0.5 * noise / node.spread)
                elif done.kind == "soft":
                    raw[:, j] = 0.3 * part + noise + side * node.scale
                else:
                    raw[:, j] = part + noise + 1.5 * side * node.scale
            if measure:
                node.mean, node.scale = float(raw[:, j].mean()), float(raw[:, j].std()) or 1.0
            seen[:, j] = raw[:, j] if passes_raw else (raw[:, j] - node.mean) / node.scale
        return raw

    def _inputs(self, node: _Node, seen: Floats) -> Floats:
        """Return the parents as the mechanism sees them: one column for each level of a discrete one."""
        parts = []
        for k in node.parents:
            levels = self.nodes[k].levels
            parts.append(seen[:, k, None] == np.arange(levels) if levels else seen[:, k, None])
        return np.hstack(parts).astype(np.float64)

    def _chances(self, node: _Node, seen: Floats, n: int) -> Floats:
        if node.table is not None:
            return node.table.rows(seen[:, node.parents].astype(np.int64).reshape(n, -1))
        assert node.scores is not None
        scores = self._inputs(node, seen) @ node.scores
        chances = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(chances / chances.sum(axis=1, keepdims=True))


def _pushed(chances: Floats, kind: InterventionKind, rng: np.random.Generator) -> Floats:
    k = chances.shape[1]
    aim = np.full(k, 0.1 / max(1, k - 1))
    aim[int(rng.integers(k))] = 0.9
    if kind == "hard":
        return np.broadcast_to(aim, chances.shape)
    return np.asarray((chances + aim) / 2)


def random_model(
    dag: NDArray[np.bool_],
    rng: np.random.Generator,
    *,
    mechanism: str = "linear",
    noise: str = "gaussian",
    weights: tuple[float, float] = (0.5, 1.5),
    noise_variance: tuple[float, float] = (0.5, 1.5),
    standardise: Standardise = "after",
    levels: tuple[int, int] = (2, 4),
    concentration: float = 0.5,
    discrete_share: float = 0.5,
    kinds: Mapping[int, Kind] | None = None,
) -> Model:
    """Draw a model over a DAG. The settings are those of :func:`discovery.simulation.simulate`.

    Raises:
        UsageError: a cycle, an unknown word, or a setting out of its range.
    """
    order = topological_order(dag)
    if order is None:
        raise UsageError("the graph has a directed cycle")
    if mechanism not in MECHANISMS:
        raise UsageError(
            f"mechanism={mechanism!r} is not known", hint=f"Choose {', '.join(MECHANISMS)}."
        )
    if standardise not in ("after", "internal", "none"):
        raise UsageError(
            f"standardise={standardise!r} is not known", hint="Choose after, internal or none."
        )
    if not 2 <= levels[0] <= levels[1]:
        raise UsageError(f"levels must be from 2 up, not {levels}")
    if concentration <= 0 or not 0 <= discrete_share <= 1:
        raise UsageError("concentration must be above 0 and discrete_share between 0 and 1")
    p = len(dag)
    chosen = dict(kinds or {})
    nodes: list[_Node] = [_Node([], "continuous") for _ in range(p)]
    for j in range(p):
        if mechanism == "discrete":
            kind: Kind = "discrete"
        elif mechanism == "mixed":
            kind = "discrete" if rng.random() < discrete_share else "continuous"
            kind = chosen.get(j, kind)
        else:
            kind = "continuous"
        nodes[j].kind = kind
        nodes[j].levels = int(rng.integers(levels[0], levels[1] + 1)) if kind == "discrete" else 0
    for j in order:
        node = nodes[j]
        node.parents = [int(i) for i in np.flatnonzero(dag[:, j])]
        sizes = [nodes[i].levels for i in node.parents]
        if node.kind == "discrete" and all(sizes):
            rows = int(np.prod(sizes, dtype=np.int64))
            table = rng.dirichlet(np.full(node.levels, concentration), rows)
            node.table = Levels(table, tuple(sizes))
        elif node.kind == "discrete":
            width = sum(max(1, k) for k in sizes)
            size = signed(*weights, width * node.levels, rng)
            node.scores = size.reshape(width, node.levels)
        else:
            width = sum(max(1, k) for k in sizes)
            node.function = function(mechanism, width, weights, rng) if width else None
            node.spread = float(np.sqrt(rng.uniform(*noise_variance)))
    model = Model(
        dag,
        tuple(node.kind for node in nodes),
        noise,
        standardise,
        mechanism == "linear",
        nodes,
        order,
    )
    model._run(_PILOT, rng, None, measure=True)
    return model


def regimes(
    model: Model,
    n: int,
    interventions: Sequence[Intervention],
    rows_each: int,
    rng: np.random.Generator,
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return ``n`` observational rows followed by ``rows_each`` of each intervention, and the targets
    of each row, both [rows, p]."""
    parts = [model.sample(n, rng)]
    touched = [np.zeros((n, len(model.dag)), dtype=bool)]
    for intervention in interventions:
        parts.append(model.sample(rows_each, rng, intervention))
        mark = np.zeros((rows_each, len(model.dag)), dtype=bool)
        mark[:, list(intervention.targets)] = True
        touched.append(mark)
    return np.vstack(parts), np.vstack(touched)
