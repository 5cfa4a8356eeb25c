"""Simulated pairs of known direction, of many kinds of mechanism, to train and calibrate with.

No real pair is used. Families: additive, multiplicative, location-scale and post-nonlinear noise, noise inside
the mechanism, linear non-normal, measurement noise on both, a hidden common cause beside the effect. After
that: rounding, log or exponential scales, detection limits. Two families have no direction to find, so that
nothing is made of chance: lines with normal noise, and a hidden common cause alone.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["FAMILIES", "simulate_pair"]

Floats = NDArray[np.float64]
Random = np.random.Generator


def _unit(x: Floats) -> Floats:
    spread = float(x.std())
    return np.asarray((x - x.mean()) / spread) if spread > 1e-12 else x - x.mean()


def _marginal(n: int, rng: Random) -> Floats:
    """A column without causes."""
    kind = int(rng.integers(9))
    if kind == 0:
        x = rng.normal(size=n)
    elif kind == 1:
        x = rng.uniform(-1, 1, n)
    elif kind == 2:
        x = rng.exponential(size=n)
    elif kind == 3:
        x = np.exp(rng.uniform(0.3, 1.0) * rng.normal(size=n))
    elif kind == 4:
        x = rng.beta(rng.uniform(0.5, 4), rng.uniform(0.5, 4), n)
    elif kind == 5:
        x = rng.gamma(rng.uniform(1, 6), size=n)
    elif kind == 6:
        x = rng.standard_t(rng.uniform(3, 10), n)
    elif kind == 7:
        x = _curve(rng)(rng.normal(size=n))
    else:
        groups = int(rng.integers(2, 6))
        centre, width = rng.normal(size=groups) * 2, rng.uniform(0.2, 1.2, groups)
        which = rng.choice(groups, n, p=rng.dirichlet(np.ones(groups) * 2))
        x = centre[which] + width[which] * rng.normal(size=n)
    if rng.random() < 0.3:
        x = -x
    return _unit(np.asarray(x))


def _noise(n: int, rng: Random) -> Floats:
    kind = rng.random()
    if kind < 0.5:
        return np.asarray(rng.normal(size=n))
    return _marginal(n, rng)


def _curve(rng: Random) -> Callable[[Floats], Floats]:
    """A random function of one argument with spread about 1."""
    kind = int(rng.integers(6))
    if kind == 0:  # a smooth random function: a Gaussian process by random features
        size = rng.uniform(0.3, 1.6)
        w, b = rng.normal(size=40) * size, rng.uniform(0, 2 * np.pi, 40)
        a = rng.normal(size=40)
        return lambda z: _unit(np.cos(np.outer(z, w) + b) @ a)
    if kind == 1:  # a sum of soft steps
        k = int(rng.integers(1, 4))
        steep, at, height = rng.uniform(0.5, 4, k), rng.normal(size=k), rng.normal(size=k)
        return lambda z: _unit(np.tanh(steep * (z[:, None] - at)) @ height)
    if kind == 2:  # monotone, saturating or accelerating
        rate, sign = rng.uniform(0.3, 1.2), rng.choice([-1.0, 1.0])
        side = rng.choice([-1.0, 1.0])
        return lambda z: _unit(sign * np.exp(np.clip(side * rate * z, -6, 3)))
    if kind == 3:  # power of the distance from the lower end
        power = rng.choice([0.4, 0.5, 0.7, 1.5, 2.0, 3.0])
        sign = rng.choice([-1.0, 1.0])
        return lambda z: _unit(sign * (np.maximum(z - z.min(), 0) + 0.05) ** power)
    if kind == 4:  # polynomial
        a = rng.normal(size=3) / np.array([1.0, 2.0, 6.0])
        return lambda z: _unit(a[0] * z + a[1] * z**2 + a[2] * np.clip(z, -4, 4) ** 3)
    sign = rng.choice([-1.0, 1.0])
    return lambda z: _unit(sign * z)


def _bent(x: Floats, rng: Random) -> Floats:
    return _curve(rng)(x)


def _additive(x: Floats, rng: Random) -> Floats:
    return np.asarray(_bent(x, rng) + rng.uniform(0.1, 1.5) * _noise(len(x), rng))


def _scaled(x: Floats, rng: Random) -> Floats:
    spread = np.exp(rng.uniform(0.2, 0.9) * _bent(x, rng))
    return np.asarray(_bent(x, rng) + rng.uniform(0.1, 1.0) * spread * _noise(len(x), rng))


def _multiplied(x: Floats, rng: Random) -> Floats:
    base = np.exp(rng.uniform(0.2, 0.8) * _bent(x, rng))
    if rng.random() < 0.5:
        return np.asarray(base * np.exp(rng.uniform(0.1, 0.8) * _noise(len(x), rng).clip(-4, 4)))
    return np.asarray((x - x.min() + 0.2) * rng.uniform(0, 1, len(x)) ** rng.uniform(0.2, 1))


def _after(x: Floats, rng: Random) -> Floats:
    inner = _unit(_bent(x, rng) + rng.uniform(0.1, 1.0) * _noise(len(x), rng))
    kind = int(rng.integers(4))
    if kind == 0:
        return np.asarray(np.tanh(rng.uniform(0.4, 1.5) * inner))
    if kind == 1:
        return np.asarray(np.exp(rng.uniform(0.3, 0.9) * inner))
    if kind == 2:
        return np.asarray(np.sign(inner) * np.abs(inner) ** rng.choice([0.6, 1.5, 2.0]))
    return np.asarray(inner + 0.3 * inner**3 / 3)


def _inside(x: Floats, rng: Random) -> Floats:
    """The noise goes through the mechanism: a random smooth function of cause and noise."""
    e = _noise(len(x), rng)
    w = rng.normal(size=(2, 60)) * np.array([[rng.uniform(0.3, 1.2)], [rng.uniform(0.15, 0.8)]])
    value = np.cos(np.column_stack([x, e]) @ w + rng.uniform(0, 2 * np.pi, 60)) @ rng.normal(
        size=60
    )
    return np.asarray(_unit(value) + 0.05 * rng.normal(size=len(x)))


def _straight(x: Floats, rng: Random) -> Floats:
    return np.asarray(rng.choice([-1.0, 1.0]) * x + rng.uniform(0.2, 2.0) * _marginal(len(x), rng))


def _normal(x: Floats, rng: Random) -> Floats:
    return np.asarray(rng.choice([-1.0, 1.0]) * x + rng.uniform(0.2, 3.0) * rng.normal(size=len(x)))


FAMILIES: dict[str, Callable[[Floats, Random], Floats]] = {
    "additive": _additive,
    "after": _after,
    "confounded": _additive,
    "hidden": _additive,
    "inside": _inside,
    "measured": _additive,
    "multiplied": _multiplied,
    "normal": _normal,
    "scaled": _scaled,
    "straight": _straight,
}


def _recorded(x: Floats, rng: Random) -> Floats:
    """What becomes of a column when it is written down; says nothing about cause or effect."""
    kind = rng.random()
    x = _unit(x)
    if kind < 0.10:
        x = np.exp(rng.uniform(0.3, 0.8) * x.clip(-5, 5))
    elif kind < 0.16:
        x = np.log(x - x.min() + 0.1)
    if rng.random() < 0.35:
        step = x.std() * np.exp(rng.uniform(np.log(0.02), np.log(0.5)))
        x = np.round(x / step) * step
    if rng.random() < 0.08:
        limit = np.quantile(x, rng.uniform(0.02, 0.2))
        x = np.maximum(x, limit) if rng.random() < 0.6 else np.minimum(x, -np.quantile(-x, 0.1))
    return np.asarray(x)


def simulate_pair(family: str, rng: Random) -> tuple[Floats, Floats]:
    """Return cause and effect, each [n] with n between 80 and 3000."""
    while True:
        n = int(np.exp(rng.uniform(np.log(80), np.log(3000))))
        x = rng.normal(size=n) if family == "normal" else _marginal(n, rng)
        hidden = _marginal(n, rng)
        if family == "hidden":
            x = _bent(hidden, rng) + rng.uniform(0.1, 1.5) * _noise(n, rng)
            y = _bent(hidden, rng) + rng.uniform(0.1, 1.5) * _noise(n, rng)
        elif family == "confounded":
            x = _unit(x + rng.uniform(0.2, 0.8) * _bent(hidden, rng))
            y = _additive(x, rng) + rng.uniform(0.1, 0.6) * _bent(hidden, rng)
        else:
            y = FAMILIES[family](x, rng)
        if family == "measured":
            x = x + rng.uniform(0.05, 0.5) * rng.normal(size=n)
            y = _unit(y) + rng.uniform(0.05, 0.5) * rng.normal(size=n)
        if family != "normal":
            x, y = _recorded(x, rng), _recorded(y, rng)
        fine = np.isfinite(x).all() and np.isfinite(y).all()
        if fine and len(np.unique(x)) >= 4 and len(np.unique(y)) >= 4:
            return x, y
