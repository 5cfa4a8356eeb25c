"""One call that makes a data set with its truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from discovery.data.table import Kind
from discovery.marks import Marks
from discovery.simulation.gaps import MissingKind, delete
from discovery.simulation.graphs import random_dag, scale_free, to_causal_graph, true_pag
from discovery.simulation.mechanisms import Mechanism, Noise
from discovery.simulation.model import (
    Intervention,
    InterventionKind,
    Model,
    Standardise,
    random_model,
    regimes,
)
from discovery.simulation.sortability import r2_sortability, varsortability
from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Simulated", "simulate"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
GraphKind = Literal["erdos-renyi", "scale-free"]


@dataclass(frozen=True)
class Simulated:
    """A simulated data set and what is true of it.

    ``values`` is float64 [n, p] of the observed columns, NaN where missing; ``dag`` bool [p, p] the direct
    causes among them (with hidden nodes: without the paths through these); ``targets`` bool [n, p], None
    without interventions. ``varsortability`` and ``r2_sortability`` are those of the observational rows
    before values went missing: 0.5 is what they should be near to, see
    :mod:`discovery.simulation.sortability`.
    """

    values: Floats
    columns: tuple[str, ...]
    dag: Bools
    kinds: tuple[Kind, ...]
    varsortability: float
    r2_sortability: float
    model: Model = field(repr=False)
    targets: Bools | None = field(default=None, repr=False)
    hidden: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    targets_column: str | None = None
    """the column of :attr:`dataset` that names what was intervened upon, None without interventions"""

    @cached_property
    def graph(self) -> CausalGraph:
        """The true graph over the observed columns: a DAG, or an ADMG when nodes are hidden."""
        return to_causal_graph(self.model.dag, (*self.columns, *self.hidden), self.hidden)

    @cached_property
    def cpdag(self) -> Marks:
        """Marks of the CPDAG that perfect tests of observational rows lead to.

        Raises:
            UsageError: with hidden nodes; use :attr:`pag`.
        """
        from discovery.orientation import to_cpdag

        if self.hidden:
            raise UsageError("with hidden nodes there is no CPDAG", hint="Use the PAG.")
        return to_cpdag(self.dag)

    @cached_property
    def pag(self) -> Marks:
        """Marks of the PAG that perfect tests of observational rows lead to."""
        p = len(self.columns)
        return true_pag(self.model.dag, range(p, p + len(self.hidden)))

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The columns as a data frame, discrete ones as whole numbers; with interventions a last column
        that names the targets of each row, ``;`` between them."""
        import pandas as pd

        frame = pd.DataFrame(self.values, columns=list(self.columns))
        for column, kind in zip(self.columns, self.kinds, strict=True):
            if kind == "discrete":
                frame[column] = frame[column].astype("Int64" if frame[column].hasnans else "int64")
        if self.targets is not None and self.targets_column is not None:
            frame[self.targets_column] = [
                ";".join(c for c, t in zip(self.columns, row, strict=True) if t)
                for row in self.targets
            ]
        return frame

    @cached_property
    def dataset(self) -> Dataset:
        """The data as ``learn`` takes them; give ``targets=simulated.targets_column`` along."""
        return Dataset(self.frame, name=str(self.settings.get("name", "simulated")))

    def __str__(self) -> str:
        n, p = self.values.shape
        parts = [f"{n} rows, {p} columns, {int(self.dag.sum())} edges"]
        if self.hidden:
            parts.append(f"{len(self.hidden)} hidden causes")
        if self.targets is not None:
            parts.append(f"{int(self.targets.any(axis=1).sum())} rows intervened upon")
        if np.isnan(self.values).any():
            parts.append(f"{np.isnan(self.values).mean():.1%} missing")
        parts.append(
            f"varsortability {self.varsortability:.2f}, R2-sortability {self.r2_sortability:.2f}"
        )
        return ", ".join(parts)


def simulate(
    p: int = 10,
    degree: float = 2.0,
    n: int = 1000,
    *,
    graph: GraphKind | Bools = "erdos-renyi",
    mechanism: Mechanism = "linear",
    noise: Noise = "gaussian",
    seed: int = 0,
    hidden: int = 0,
    weights: tuple[float, float] = (0.5, 1.5),
    noise_variance: tuple[float, float] = (0.5, 1.5),
    standardise: Standardise = "after",
    levels: tuple[int, int] = (2, 4),
    concentration: float = 0.5,
    discrete_share: float = 0.5,
    interventions: int | Sequence[Sequence[int]] = 0,
    intervention: InterventionKind = "hard",
    rows_each: int | None = None,
    missing: float = 0.0,
    missing_kind: MissingKind = "mcar",
) -> Simulated:
    """Simulate a data set from a random causal model. The same arguments give the same data.

    Args:
        p: observed columns.
        degree: neighbours a column on average (not counting hidden causes).
        n: observational rows.
        graph: ``erdos-renyi``, ``scale-free`` (few columns cause many), or a DAG [p, p].
        mechanism: ``linear``; ``gp`` (a smooth random function of all parents) or ``gp-additive``; ``mlp``;
            ``sigmoid`` (additive and monotone); ``discrete`` (random tables of chances); ``mixed``
            (discrete and continuous columns, linear and logistic).
        noise: ``gaussian``, ``uniform``, ``laplace``, ``exponential``, ``gumbel``, ``student`` (5 degrees
            of freedom).
        hidden: further nodes without a column, each a direct cause of two or three columns.
        weights: range of the sizes of linear coefficients; signs are random.
        noise_variance: range of the noise variances; beside it the parents' part of nonlinear
            mechanisms has variance 1.
        standardise: ``after``: columns are scaled to variance 1 (in the observational distribution) at
            the end; ``internal``: each node before its children see it (Ormaniec et al. 2025), which
            lowers R2-sortability too; ``none``: nonlinear mechanisms still see scaled parents.
        levels: fewest and most levels of discrete columns.
        concentration: of the Dirichlet distribution of the tables; small: strong dependence.
        discrete_share: chance that a column of ``mixed`` data is discrete.
        interventions: number of experiments on one random column each, or the columns of each experiment.
        intervention: ``hard``, ``soft`` or ``shift``, see :class:`Intervention`.
        rows_each: rows of each experiment; ``n // 4`` when not given.
        missing: share of values that go missing.
        missing_kind: ``mcar``, ``mar`` or ``mnar``, see :func:`discovery.simulation.delete`.

    Raises:
        UsageError: an unknown word or a number out of its range.
    """
    settings = {k: v for k, v in locals().items() if not isinstance(v, np.ndarray)}
    if n < 1:
        raise UsageError(f"n must be 1 or more, not {n}")
    rng = np.random.default_rng(seed)
    dag = _graph(graph, p, degree, rng)
    p = len(dag)
    if hidden < 0 or (hidden and p < 2):
        raise UsageError(f"hidden must be 0 or more, with at least two columns, not {hidden}")
    whole = np.zeros((p + hidden, p + hidden), dtype=bool)
    whole[:p, :p] = dag
    for h in range(p, p + hidden):
        size = min(p, int(rng.integers(2, 4)))
        whole[h, rng.choice(p, size, replace=False)] = True
    experiments = _experiments(interventions, intervention, p, rng)
    model = random_model(
        whole,
        rng,
        mechanism=mechanism,
        noise=noise,
        weights=weights,
        noise_variance=noise_variance,
        standardise=standardise,
        levels=levels,
        concentration=concentration,
        discrete_share=discrete_share,
    )
    each = rows_each if rows_each is not None else max(1, n // 4)
    values, targets = regimes(model, n, experiments, each, rng)
    values, targets = values[:, :p], targets[:, :p]
    if standardise != "none":
        _rescale(values, n, model.kinds[:p])
    seen = values[:n]
    width = len(str(max(p - 1, 1)))
    return Simulated(
        delete(values, missing, rng, missing_kind) if missing else values,
        tuple(f"x{i:0{width}d}" for i in range(p)),
        dag,
        model.kinds[:p],
        varsortability(seen, dag),
        r2_sortability(seen, dag),
        model,
        targets if experiments else None,
        tuple(f"hidden{i}" for i in range(hidden)),
        settings,
        "intervened" if experiments else None,
    )


def _graph(graph: GraphKind | Bools, p: int, degree: float, rng: np.random.Generator) -> Bools:
    if isinstance(graph, np.ndarray):
        if graph.ndim != 2 or graph.shape[0] != graph.shape[1]:
            raise UsageError(f"a graph is a square matrix, not {graph.shape}")
        return graph.astype(bool)
    if graph == "erdos-renyi":
        return random_dag(p, degree, rng)
    if graph == "scale-free":
        return scale_free(p, degree, rng)
    raise UsageError(
        f"graph={graph!r} is not known", hint="Choose erdos-renyi, scale-free, or give a matrix."
    )


def _experiments(
    interventions: int | Sequence[Sequence[int]],
    kind: InterventionKind,
    p: int,
    rng: np.random.Generator,
) -> list[Intervention]:
    if kind not in ("hard", "soft", "shift"):
        raise UsageError(f"intervention={kind!r} is not known", hint="Choose hard, soft or shift.")
    if isinstance(interventions, int):
        if not 0 <= interventions <= p:
            raise UsageError(f"interventions must be from 0 to {p}, not {interventions}")
        return [Intervention((int(j),), kind) for j in rng.permutation(p)[:interventions]]
    found = [Intervention(tuple(int(j) for j in each), kind) for each in interventions]
    if any(not e.targets or min(e.targets) < 0 or max(e.targets) >= p for e in found):
        raise UsageError(f"each experiment names one or more columns from 0 to {p - 1}")
    return found


def _rescale(values: Floats, n: int, kinds: Sequence[Kind]) -> None:
    """Give continuous columns mean 0 and variance 1 in the first ``n`` rows, in place."""
    which = [j for j, kind in enumerate(kinds) if kind == "continuous"]
    mean, scale = values[:n, which].mean(axis=0), values[:n, which].std(axis=0)
    values[:, which] = (values[:, which] - mean) / np.where(scale > 0, scale, 1.0)
