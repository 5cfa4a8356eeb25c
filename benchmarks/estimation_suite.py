"""Simulated effects under heavy confounding: nonlinear surfaces, effects that differ, 20 settings.

A setting fixes rows, columns and their kind, what the surfaces are made of, how strongly the treatment
follows the same drivers as the outcome, and the noise; a seed draws everything from it. Truth is each
row's difference of outcome means. ``SCORED`` seeds are for scoring only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["SCORED", "SETTINGS", "Draw", "draw"]

Array = npt.NDArray[np.float64]
SETTINGS = 20
SCORED = 20_261_121
"""seed of the scored draws; settings of estimators were chosen on seeds below 1,000"""
SHAPES: tuple[Callable[[Array], Array], ...] = (
    lambda v: v,
    lambda v: (v**2 - 1) / 1.4,
    lambda v: 1.4 * np.sin(2 * v),
    lambda v: 2.0 * (v > 0.3) - 0.76,
    lambda v: 1.6 * np.maximum(v, 0) - 0.64,
    lambda v: np.exp(np.clip(v, -3, 2.5) / 1.3) / 1.6 - 0.8,
    lambda v: 1.5 * np.tanh(2 * v),
    lambda v: 1.7 * np.abs(v) - 1.35,
)


@dataclass(frozen=True, eq=False)
class Draw:
    """One data set: covariates ``(n, k)``, treatment, outcome, each row's true effect, and its chance to be
    treated."""

    z: Array
    t: Array
    y: Array
    effect: Array
    chance: Array


def draw(setting: int, seed: int) -> Draw:
    """Return the data of a setting (0 to 19) under a seed."""
    rng = np.random.default_rng([setting, seed])
    n = (500, 1000, 1000, 2000)[setting % 4]
    k = (5, 8, 12, 20, 30)[setting % 5]
    strength = (1.0, 1.6, 2.2)[setting % 3]
    z = _covariates(rng, n, k, binary=(0.0, 0.4)[setting % 2])
    drivers = rng.permutation(k)
    shared = _surface(rng, z, drivers[: max(3, k // 4)], terms=5)
    own = _surface(rng, z, drivers[-max(2, k // 5) :], terms=3)
    score = strength * (shared + 0.4 * _surface(rng, z, drivers[: max(3, k // 4)], terms=3))
    chance = np.clip(1 / (1 + np.exp(-(score - np.median(score) - rng.normal(0, 0.4)))), 0.02, 0.98)
    t = (rng.random(n) < chance).astype(np.float64)
    varying = _surface(rng, z, rng.choice(drivers, min(3, k), replace=False), terms=3)
    effect = 0.8 + (0.3, 0.7, 1.1)[(setting // 2) % 3] * varying
    level = 1.5 * shared + 0.8 * own
    noise = (0.5, 1.0)[(setting // 4) % 2]
    y = level + t * effect + noise * rng.normal(size=n)
    return Draw(z, t, y, effect, chance)


def _covariates(rng: np.random.Generator, n: int, k: int, binary: float) -> Array:
    """Correlated normal columns; a share of them cut to 0 and 1."""
    loadings = rng.normal(0, 0.6, (2, k))
    z = rng.normal(size=(n, 2)) @ loadings + rng.normal(size=(n, k))
    z /= z.std(axis=0)
    for column in range(int(binary * k)):
        z[:, column] = z[:, column] > rng.normal(0, 0.5)
    return np.asarray(z)


def _surface(
    rng: np.random.Generator, z: Array, columns: npt.NDArray[np.intp], terms: int
) -> Array:
    """A sum of bent columns and of products of two, centred, with standard deviation 1."""
    total = np.zeros(len(z))
    for _ in range(terms):
        shape = SHAPES[rng.integers(len(SHAPES))]
        part = shape(z[:, rng.choice(columns)])
        if rng.random() < 0.35:
            other = SHAPES[rng.integers(len(SHAPES))]
            part = part * other(z[:, rng.choice(columns)])
        total += rng.normal(0, 1) * part
    spread = total.std()
    if spread < 1e-9:
        return z[:, columns[0]] - z[:, columns[0]].mean()
    return np.asarray((total - total.mean()) / spread)
