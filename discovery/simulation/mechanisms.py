"""How a node follows from its parents: mechanisms drawn at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from graph.errors import UsageError

__all__ = ["MECHANISMS", "NOISES", "Levels", "Mechanism", "Noise", "draw_noise", "function"]

Floats = NDArray[np.float64]
Noise = Literal["gaussian", "uniform", "laplace", "exponential", "gumbel", "student"]
Mechanism = Literal["linear", "gp", "gp-additive", "mlp", "sigmoid", "discrete", "mixed"]

NOISES: tuple[str, ...] = ("gaussian", "uniform", "laplace", "exponential", "gumbel", "student")
MECHANISMS: tuple[str, ...] = ("linear", "gp", "gp-additive", "mlp", "sigmoid", "discrete", "mixed")

_FEATURES = 100
"""random Fourier features of a sampled function, hidden units of a network"""


def draw_noise(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Return noise of mean 0 and variance 1.

    Raises:
        UsageError: an unknown kind; the known ones are named.
    """
    if kind == "gaussian":
        return rng.normal(size=shape)
    if kind == "uniform":
        return rng.uniform(-np.sqrt(3.0), np.sqrt(3.0), shape)
    if kind == "laplace":
        return rng.laplace(0.0, np.sqrt(0.5), shape)
    if kind == "exponential":
        return rng.exponential(1.0, shape) - 1.0
    if kind == "gumbel":
        scale = np.sqrt(6.0) / np.pi
        return rng.gumbel(-np.euler_gamma * scale, scale, shape)
    if kind == "student":
        return np.asarray(rng.standard_t(5, shape) / np.sqrt(5.0 / 3.0))
    raise UsageError(f"noise={kind!r} is not known", hint=f"Choose {', '.join(NOISES)}.")


class Function(Protocol):
    """A function of the parents: [n, k] -> [n]."""

    def __call__(self, x: Floats) -> Floats: ...


def signed(low: float, high: float, size: int, rng: np.random.Generator) -> Floats:
    """Return numbers uniform in +-(low, high), [size]."""
    return np.asarray(rng.uniform(low, high, size) * rng.choice([-1.0, 1.0], size))


@dataclass(frozen=True)
class Linear:
    """A weighted sum of the parents."""

    weights: Floats

    def __call__(self, x: Floats) -> Floats:
        return np.asarray(x @ self.weights)


@dataclass(frozen=True)
class Fourier:
    """A draw from a Gaussian process with a Gaussian kernel of length 1, by random Fourier features
    (Rahimi and Recht 2007)."""

    frequencies: Floats
    phases: Floats
    weights: Floats

    def __call__(self, x: Floats) -> Floats:
        waves = np.cos(x @ self.frequencies + self.phases)
        return np.asarray(waves @ self.weights * np.sqrt(2.0 / len(self.phases)))


@dataclass(frozen=True)
class Additive:
    """A sum of functions of one parent each."""

    parts: tuple[Function, ...]

    def __call__(self, x: Floats) -> Floats:
        return np.asarray(sum(part(x[:, k : k + 1]) for k, part in enumerate(self.parts)))


@dataclass(frozen=True)
class Network:
    """One hidden layer of logistic units with weights in +-(0.5, 2), as in Zheng et al. 2020."""

    inner: Floats
    outer: Floats

    def __call__(self, x: Floats) -> Floats:
        return np.asarray(1.0 / (1.0 + np.exp(-(x @ self.inner))) @ self.outer)


@dataclass(frozen=True)
class Sigmoid:
    """a b (x + c) / (1 + |b (x + c)|), as in Buehlmann, Peters and Ernest 2014, section 5.1."""

    a: float
    b: float
    c: float

    def __call__(self, x: Floats) -> Floats:
        inner = self.b * (x[:, 0] + self.c)
        return np.asarray(self.a * inner / (1.0 + np.abs(inner)))


def function(
    mechanism: str, k: int, weights: tuple[float, float], rng: np.random.Generator
) -> Function:
    """Draw the function by which ``k`` parents act on a continuous node.

    Raises:
        UsageError: an unknown mechanism; the known ones are named.
    """
    if mechanism in ("linear", "mixed"):
        return Linear(signed(*weights, k, rng))
    if mechanism == "gp":
        return _fourier(k, rng)
    if mechanism == "gp-additive":
        return Additive(tuple(_fourier(1, rng) for _ in range(k)))
    if mechanism == "mlp":
        inner = signed(0.5, 2.0, k * _FEATURES, rng).reshape(k, _FEATURES)
        return Network(inner, signed(0.5, 2.0, _FEATURES, rng))
    if mechanism == "sigmoid":
        parts = []
        for _ in range(k):
            slope = float(signed(0.5, 2.0, 1, rng)[0])
            parts.append(Sigmoid(1.0 + rng.exponential(0.25), slope, rng.uniform(-2.0, 2.0)))
        return Additive(tuple(parts))
    raise UsageError(
        f"mechanism={mechanism!r} is not known", hint=f"Choose {', '.join(MECHANISMS)}."
    )


def _fourier(k: int, rng: np.random.Generator) -> Fourier:
    return Fourier(
        rng.normal(size=(k, _FEATURES)),
        rng.uniform(0, 2 * np.pi, _FEATURES),
        rng.normal(size=_FEATURES),
    )


@dataclass(frozen=True)
class Levels:
    """A table of chances: one distribution over the levels for each combination of the parents' levels.

    ``table`` is [combinations, levels]; ``sizes`` are the parents' numbers of levels, the first parent
    varying slowest.
    """

    table: Floats
    sizes: tuple[int, ...]

    def rows(self, codes: NDArray[np.int64]) -> Floats:
        """Return the distribution of each row, [n, levels], from the parents' levels [n, k]."""
        index = np.zeros(len(codes), dtype=np.int64)
        for k, size in enumerate(self.sizes):
            index = index * size + codes[:, k]
        return np.asarray(self.table[index])
