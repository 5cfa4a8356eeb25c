"""VAR-LiNGAM: lagged and directed instantaneous effects from non-normal disturbances.

A vector autoregression takes out the past; DirectLiNGAM orders the columns by its residuals (Hyvarinen,
Zhang, Shimizu and Hoyer 2010, JMLR 11). Given the order every column is regressed on the columns before it
in the same step and on all columns in earlier steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from discovery.algorithms.base import Settings
from discovery.marks import closure
from discovery.series.found import Link, Links, SeriesAlgorithm
from discovery.series.frame import Series, windows
from graph.errors import DataError

__all__ = ["VARLiNGAM", "VARLiNGAMSettings"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_UNIT = 0.98
"""root of the autoregression above which series count as non-stationary"""
_NORMAL = 0.01
"""level of the test that the residuals of a column are normal"""


class VARLiNGAMSettings(Settings):
    """Settings of :class:`VARLiNGAM`."""

    level: Annotated[
        float, Field(gt=0, lt=1, description="q-value up to which a link is found")
    ] = 0.05
    lags: Annotated[
        int | None, Field(ge=1, description="steps of the autoregression; by default BIC's choice")
    ] = None


class VARLiNGAM(SeriesAlgorithm):
    """VAR-LiNGAM (Hyvarinen et al. 2010) with DirectLiNGAM on the residuals.

    Assumes linear effects that do not change over time, independent non-normal disturbances, no cycle
    within a step and no hidden common causes. P-values take the order as given.
    """

    name: ClassVar[str] = "var-lingam"
    summary: ClassVar[str] = "lagged and directed instantaneous effects, non-normal disturbances"
    settings_type: ClassVar[type[Settings]] = VARLiNGAMSettings

    def links(
        self, series: Series, max_lag: int, allowed: Bools, tell: Callable[[str, int, int], None]
    ) -> Links:
        """See :meth:`SeriesAlgorithm.links`."""
        from discovery.functional.diagnostics import gaussian_p_values
        from discovery.functional.pwling import causal_order

        settings = self.settings
        assert isinstance(settings, VARLiNGAMSettings)
        found = windows(series, (settings.lags or max_lag) + 1)
        n, _, p = found.shape
        lags = settings.lags or _order_by_bic(found, max_lag)
        if n <= p * (lags + 1) + 5:
            raise DataError(
                f"{n} windows are too few for {p} columns at {lags} lags",
                hint="Choose a smaller max_lag, fewer columns, or pcmci.",
            )
        tell("order of the columns", 0, 1)
        now, past = found[:, 0], found[:, 1 : lags + 1].reshape(n, -1)
        slopes = np.linalg.lstsq(past, now, rcond=None)[0]
        rest = now - past @ slopes
        # only what tiers and one-way edges say about a step's own order limits it
        order, _ = causal_order(rest, before=_before(allowed))
        normal = gaussian_p_values(rest) > _NORMAL
        links = []
        for position, y in enumerate(order):
            same = [x for x in order[:position] if allowed[x, y]]
            back = [
                (x, lag) for lag in range(1, lags + 1) for x in range(p) if x == y or allowed[x, y]
            ]
            nodes = [*((x, 0) for x in same), *back]
            design = np.column_stack([found[:, lag, x] for x, lag in nodes])
            sizes, p_values = _regress(design, now[:, y])
            links += [
                Link(x, y, lag, "-->", float(b), float(v))
                for (x, lag), b, v in zip(nodes, sizes, p_values, strict=True)
            ]
        links.sort(key=lambda k: (k.lag, k.source, k.target))
        result = Links(links, windows=n, lags=lags)
        if settings.lags is None:
            result.notes.append(f"{lags} of up to {max_lag} lags by BIC")
        if _growth(slopes, p) > _UNIT:
            result.notes.append(
                "the series look non-stationary (a trend or a unit root): p-values are too small; "
                "consider differences"
            )
        if normal.sum() > 1:
            names = ", ".join(repr(series.columns[int(k)]) for k in np.flatnonzero(normal))
            result.notes.append(
                f"the disturbances of {names} look normal: directions within a step among them "
                "are not identified"
            )
        result.judge(settings.level)
        return result


def _growth(slopes: Floats, p: int) -> float:
    """Return the largest absolute root of an autoregression with slopes [lags * p, p]."""
    size = len(slopes)
    companion = np.eye(size, k=-p)
    companion[:p] = slopes.T
    return float(np.abs(np.linalg.eigvals(companion)).max())


def _before(allowed: Bools) -> Bools:
    """Return what must come first in every order: the ends of a pair that only one direction joins, as
    far as these do not contradict each other."""
    before = allowed & ~allowed.T
    before = closure(before)
    return before & ~before.T


def _order_by_bic(found: Floats, max_lag: int) -> int:
    n, _, p = found.shape
    best, chosen = math.inf, 1
    for lags in range(1, max_lag + 1):
        past = found[:, 1 : lags + 1].reshape(n, -1)
        if n <= past.shape[1] + p:
            break
        rest = found[:, 0] - past @ np.linalg.lstsq(past, found[:, 0], rcond=None)[0]
        bic = n * float(np.linalg.slogdet(rest.T @ rest / n)[1]) + lags * p * p * math.log(n)
        if bic < best - 1e-9:
            best, chosen = bic, lags
    return chosen


def _regress(design: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return least-squares slopes and two-sided t-test p-values."""
    from scipy.stats import t

    design, y = design - design.mean(axis=0), y - y.mean()
    inverse = np.linalg.pinv(design.T @ design, hermitian=True)
    slopes = inverse @ design.T @ y
    freedom = len(y) - design.shape[1] - 1
    rest = y - design @ slopes
    spread = np.sqrt(np.maximum(np.diag(inverse), 0.0) * (rest @ rest) / freedom)
    ratio = np.abs(slopes) / np.maximum(spread, 1e-300)
    return np.asarray(slopes), np.asarray(2.0 * t.sf(ratio, freedom))
