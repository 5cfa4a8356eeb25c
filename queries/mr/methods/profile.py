"""Robust adjusted profile score (Zhao et al., Annals of Statistics 48:1742, 2020).

Models the error of both effects, so that many weak instruments do no harm, allows every variant a small
direct effect of variance ``tau2`` and bounds what an outlier can do. With
``t_j(b) = (by_j - b bx_j) / sqrt(sy_j**2 + b**2 sx_j**2 + tau2)`` the estimate minimises
``sum rho(t_j)`` and solves, for ``tau2``, ``sum (t_j psi(t_j) - delta) / v_j = 0`` with ``v_j`` the
squared denominator and ``delta = E[Z psi(Z)]``; the standard error is that of the two equations
together (the sandwich).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import integrate, optimize

from graph.errors import DataError, UsageError
from queries.mr.gwas import Array
from queries.mr.methods.base import Effects, Method, MethodEstimate, Settings, conclude

__all__ = ["LOSSES", "RAPS"]

LOSSES = ("huber", "tukey", "l2")
_HUBER, _TUKEY = 1.345, 4.685
_ROUNDS = 200


class _Loss(NamedTuple):
    rho: Callable[[Array], Array]
    psi: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    edge: float


def _loss(name: str) -> _Loss:
    if name == "l2":
        return _Loss(lambda t: t**2 / 2, lambda t: t, np.ones_like, 1.0)
    if name == "huber":
        k = _HUBER
        return _Loss(
            lambda t: np.where(np.abs(t) <= k, t**2 / 2, k * (np.abs(t) - k / 2)),
            lambda t: np.clip(t, -k, k),
            lambda t: (np.abs(t) <= k).astype(np.float64),
            k,
        )
    if name == "tukey":
        k = _TUKEY
        return _Loss(
            lambda t: k**2 / 6 * (1 - (1 - np.minimum((t / k) ** 2, 1)) ** 3),
            lambda t: t * (1 - np.minimum((t / k) ** 2, 1)) ** 2,
            lambda t: np.where(np.abs(t) < k, (1 - (t / k) ** 2) * (1 - 5 * (t / k) ** 2), 0.0),
            k,
        )
    raise UsageError(f"there is no loss {name!r}", hint=f"There are {', '.join(LOSSES)}.")


def _constants(loss: _Loss) -> tuple[float, float, float, float]:
    # moments under the standard normal, integrated piecewise around the kinks of the loss
    def mean(f: Callable[[Array], Array]) -> float:
        def g(z: float) -> float:
            return float(f(np.array(z)) * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))

        inner = integrate.quad(g, 0, loss.edge, epsabs=1e-13)[0]
        return 2 * float(inner + integrate.quad(g, loss.edge, 12, epsabs=1e-13)[0])

    delta = mean(lambda z: z * loss.psi(z))
    c1 = mean(lambda z: loss.psi(z) ** 2)
    c2 = mean(lambda z: (z * loss.psi(z)) ** 2) - delta**2
    c3 = mean(lambda z: z**2 * loss.slope(z))
    return delta, c1, c2, c3


def _raps(e: Effects, settings: Settings) -> MethodEstimate:
    loss = _loss(settings.loss)
    delta, c1, c2, c3 = _constants(loss)
    beta, tau2, rounds = _start(e), 0.0, 0
    # starting from the smooth loss keeps a redescending one out of a far local minimum
    for stage in dict.fromkeys(("l2", settings.loss)):
        current = _loss(stage)
        level = 1.0 if stage == "l2" else delta
        for rounds in range(_ROUNDS):  # noqa: B007
            before = beta, tau2
            if settings.overdispersion:
                tau2 = _solve_tau2(e, beta, current, level)
            beta = _solve_beta(e, beta, tau2, current)
            scale = float(np.median(e.sy)) ** 2
            if abs(beta - before[0]) <= 1e-11 * max(abs(beta), 1e-300) and (
                abs(tau2 - before[1]) <= 1e-11 * (tau2 + scale)
            ):
                break
    se = _std_error(e, beta, tau2, loss, (delta, c1, c2, c3))
    details = {
        "loss": settings.loss,
        "overdispersion": settings.overdispersion,
        "tau2": tau2,
        "converged": rounds < _ROUNDS - 1,
    }
    return conclude("raps", RAPS.label, len(e), beta, se, details=details)


def _t(e: Effects, beta: float, tau2: float) -> Array:
    t: Array = (e.by - beta * e.bx) / np.sqrt(e.sy**2 + (beta * e.sx) ** 2 + tau2)
    return t


def _start(e: Effects) -> float:
    # the best of a grid over the plausible ratios: the objective may have several minima
    bound = 2 * float(np.quantile(np.abs(e.ratio), 0.95)) or 1.0
    grid = np.linspace(-bound, bound, 401)
    t = (e.by - grid[:, None] * e.bx) / np.sqrt(e.sy**2 + (grid[:, None] * e.sx) ** 2)
    return float(grid[int(np.argmin((t**2).sum(axis=1)))])


def _solve_beta(e: Effects, beta: float, tau2: float, loss: _Loss) -> float:
    def objective(b: float) -> float:
        return float(loss.rho(_t(e, b, tau2)).sum())

    def score(b: float) -> float:
        v = e.sy**2 + (b * e.sx) ** 2 + tau2
        u = (e.bx * (e.sy**2 + tau2) + b * e.by * e.sx**2) / v**1.5
        return float((u * loss.psi(_t(e, b, tau2))).sum())

    # a bracket on a grid around the last value, then the root of the score inside it
    bound = 2 * float(np.quantile(np.abs(e.ratio), 0.95)) or 1.0
    grid = beta + np.linspace(-bound, bound, 201)
    best = int(np.argmin([objective(float(b)) for b in grid]))
    low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, 200)])
    if score(low) > 0 > score(high):
        return float(optimize.brentq(score, low, high, xtol=1e-15 * bound, rtol=1e-14))
    found = optimize.minimize_scalar(objective, bounds=(low, high), method="bounded")
    return float(found.x)


def _solve_tau2(e: Effects, beta: float, loss: _Loss, delta: float) -> float:
    def equation(tau2: float) -> float:
        v = e.sy**2 + (beta * e.sx) ** 2 + tau2
        t = (e.by - beta * e.bx) / np.sqrt(v)
        return float(((t * loss.psi(t) - delta) / v).sum())

    if equation(0.0) <= 0:
        return 0.0
    high = float(np.median(e.sy)) ** 2
    for _ in range(200):
        if equation(high) < 0:
            return float(optimize.brentq(equation, 0.0, high, xtol=1e-300, rtol=1e-13))
        high *= 2
    raise DataError(
        "the spread of the variants has no finite size", hint="Use overdispersion=False."
    )


def _std_error(
    e: Effects,
    beta: float,
    tau2: float,
    loss: _Loss,
    constants: tuple[float, float, float, float],
) -> float:
    # sandwich of the two estimating equations; gamma is each variant's true effect on the exposure as
    # it looks given beta, and its derivatives leave out those of its own weights, whose part has
    # expectation zero
    delta, c1, c2, c3 = constants
    sx2, sy2 = e.sx**2, e.sy**2 + tau2
    v = sy2 + beta**2 * sx2
    psi = loss.psi(_t(e, beta, tau2))
    weight = 1 / (1 / sx2 + beta**2 / sy2)
    gamma = (e.bx / sx2 + beta * e.by / sy2) * weight
    by_beta = e.by / sy2 * weight
    information = float((by_beta * psi / np.sqrt(v) - delta * gamma * e.bx / v).sum())
    if information >= 0:
        return float("nan")
    spread = np.diag([c1 * float((gamma**2 / v).sum()), c2 * float((1 / v**2).sum())])
    if tau2 == 0:
        return float(np.sqrt(spread[0, 0]) / -information)
    by_tau2 = -beta * e.by / sy2**2 * weight
    bread = np.array([
        [information, float((by_tau2 * psi / np.sqrt(v)).sum())],
        [0.0, (delta + c3) / 2 * float((1 / v**2).sum())],
    ])  # fmt: skip
    inverse = np.linalg.inv(bread)
    return float(np.sqrt((inverse @ spread @ inverse.T)[0, 0]))


RAPS = Method(
    "raps", "Robust adjusted profile score", 3, _raps,
    relaxes="weak instruments, balanced small direct effects of all variants, and a few outliers",
    assumes="direct effects are normal around zero but for a few outliers, and unrelated to strength",
    reference="Zhao et al., Ann Stat 48:1742, 2020",
)  # fmt: skip
