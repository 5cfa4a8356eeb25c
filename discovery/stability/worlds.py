"""Simulated truth for the calibration: settings drawn at random, and data from :func:`simulate`.

Families: ``seen`` is what the calibration learns from, and is scored on with other seeds; ``shifted`` has
graphs, sizes, coefficients and noises that it never saw; the others break its assumptions one at
a time: ``nonlinear`` (smooth random functions and networks), ``hidden`` causes, ``discrete`` columns.
``open`` and ``open-shifted`` have hidden causes or not, for algorithms that allow them; ``tables`` and ``tables-shifted`` are discrete columns for tests of counts, as ``seen`` and ``shifted``;
``experiments`` and ``experiments-shifted`` have rows with hard interventions on single columns beside the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from discovery.simulation.simulating import Simulated

__all__ = ["FAMILIES", "Family", "draw_world"]

Family = Literal[
    "seen", "shifted", "nonlinear", "hidden", "discrete", "tables", "tables-shifted", "open",
    "open-shifted", "experiments", "experiments-shifted",
]  # fmt: skip
FAMILIES: tuple[Family, ...] = (
    "seen", "shifted", "nonlinear", "hidden", "discrete", "tables", "tables-shifted",
    "open", "open-shifted", "experiments", "experiments-shifted",
)  # fmt: skip
Bools = NDArray[np.bool_]

_ROWS = (100, 200, 500, 1000, 2000, 5000)
_SPANS = ((0.1, 0.6), (0.2, 0.8), (0.3, 1.0), (0.5, 1.5))


def draw_world(family: Family, seed: int, *, small: bool = False) -> Simulated:
    """Draw a setting, a graph and rows. The same family and seed give the same.

    Args:
        family: see the module.
        seed: 0 or more.
        small: at most 20 columns (25 shifted), for slow algorithms.
    """
    from discovery.simulation.simulating import simulate

    rng = np.random.default_rng([FAMILIES.index(family), seed])
    shifted = family.endswith("shifted")
    sizes = ([15, 25] if shifted else [8, 12, 20]) + (
        [] if small else [40] if shifted else [30, 50]
    )
    p = int(rng.choice(sizes))
    degree = float(rng.choice((1.2, 2.5, 5.0) if shifted else (1.0, 2.0, 3.0, 4.0)))
    chosen: dict[str, Any] = {
        "n": int(rng.choice((150, 700, 3000) if shifted else _ROWS)),
        "seed": int(rng.integers(2**31)),
    }
    if shifted:
        chosen["graph"] = (_layers if rng.random() < 0.5 else _ring)(p, degree, rng)
        chosen["weights"] = ((0.15, 0.5), (0.4, 1.1))[rng.integers(2)]
        chosen["noise"] = str(rng.choice(("student", "exponential", "gumbel")))
        chosen["standardise"] = str(rng.choice(("after", "internal")))
        chosen |= {"levels": (2, 3), "concentration": 1.0}
    else:
        chosen["graph"] = str(rng.choice(("erdos-renyi", "scale-free")))
        chosen["weights"] = _SPANS[rng.integers(4)]
        chosen["noise"] = str(rng.choice(("gaussian", "gaussian", "laplace", "uniform")))
    if family in ("seen", "open", "experiments"):
        chosen["mechanism"] = str(rng.choice(("linear", "linear", "linear", "sigmoid")))
    elif family == "nonlinear":
        chosen["mechanism"] = str(rng.choice(("gp", "gp-additive", "mlp")))
    elif family in ("discrete", "tables", "tables-shifted"):
        chosen["mechanism"] = "discrete"
        if family == "tables":
            chosen["concentration"] = float(rng.choice((0.3, 0.5, 1.0)))
    if family == "hidden":
        chosen["hidden"] = max(1, p // 5)
    if family in ("open", "open-shifted"):
        chosen["hidden"] = int(rng.choice((0, p // 10, p // 6 if shifted else p // 4)))
    if family.startswith("experiments"):
        chosen["interventions"] = int(rng.integers(1, p // 2 + 1))
    return simulate(p, degree, **chosen)


def _layers(p: int, degree: float, rng: np.random.Generator) -> Bools:
    """Return a DAG of three layers with edges between neighbouring ones only, in a random order."""
    layer = np.arange(p) * 3 // p
    next_ = layer[None, :] == layer[:, None] + 1
    return _shuffled(next_ & (rng.random((p, p)) < min(1.0, degree * p / 2 / next_.sum())), rng)


def _ring(p: int, degree: float, rng: np.random.Generator) -> Bools:
    """Return a DAG that is a ring, cut open, with some edges missing or with shortcuts."""
    upper = np.triu(rng.random((p, p)) < max(0.0, degree - 2) / (p - 1), 1)
    before = np.arange(p - 1)
    upper[before, before + 1] |= rng.random(p - 1) < min(1.0, degree / 2)
    return _shuffled(upper, rng)


def _shuffled(upper: Bools, rng: np.random.Generator) -> Bools:
    order = rng.permutation(len(upper))
    dag = np.zeros_like(upper)
    dag[np.ix_(order, order)] = upper
    return dag
