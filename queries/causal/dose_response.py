"""The mean outcome at each dose of a treatment with many values, as a curve with bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from graph.dataset import Dataset
from graph.errors import DataError
from queries.causal.estimators.nuisance import FOLDS, canonical_order, folds_of, means, mixture
from queries.causal.overlap import dose_report
from queries.causal.results import Estimand, Refusal
from queries.causal.sample import Array, Sample, prepare

__all__ = ["DoseResponse", "dose_response"]

FEWEST_LEVELS, FEWEST_ROWS = 8, 100
AVERAGED = 500
"""rows over which a predicted mean at a dose is averaged"""
DRAWS = 500
LEAST_DENSITY = 0.02
"""densities given what is adjusted for are kept above this share of the density of all"""
WIDTHS = (0.15, 0.25, 0.4, 0.6, 0.9, 1.4)
"""bandwidths that are tried, in standard deviations of the treatment"""


@dataclass(frozen=True, eq=False)
class DoseResponse:
    """The mean outcome if all had a dose.

    Attributes:
        doses: shape ``(m,)``, from the 5 % to the 95 % quantile of those seen.
        means, std_errors: at each dose.
        ci_low, ci_high: 95 % interval at each dose alone.
        band_low, band_high: hold the whole curve in 95 % of data sets.
        bandwidth: of the local regression, in units of the treatment.
    """

    doses: Array
    means: Array
    std_errors: Array
    ci_low: Array
    ci_high: Array
    band_low: Array
    band_high: Array
    bandwidth: float
    n: int
    treatment: str
    outcome: str
    data_hash: str
    estimand: Estimand
    diagnostics: Mapping[str, Any] = field(default_factory=dict)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must hold, in words."""
        return (
            *self.estimand.assumptions,
            "Either the outcome's means, or the treatment's density (of one shape around its mean), are right.",
        )

    @property
    def explanation(self) -> str:
        """One paragraph in plain words."""
        flat = bool(self.band_low.max() <= self.band_high.min())
        low, high = int(self.means.argmin()), int(self.means.argmax())
        told = (
            "A flat line fits within the band."
            if flat
            else "No flat line fits within the band: the dose matters."
        )
        return (
            f"If all had {self.treatment} = {self.doses[low]:.4g}, {self.outcome} would average "
            f"{self.means[low]:.4g}, the lowest; the highest is {self.means[high]:.4g} at "
            f"{self.doses[high]:.4g}. {told}"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        names = (
            "doses", "means", "std_errors", "ci_low", "ci_high", "band_low", "band_high",
        )  # fmt: skip
        return {
            **{k: getattr(self, k).tolist() for k in names},
            "bandwidth": self.bandwidth, "n": self.n, "treatment": self.treatment,
            "outcome": self.outcome, "data_hash": self.data_hash, "explanation": self.explanation,
            "assumptions": list(self.assumptions), "estimand": self.estimand.to_json(), "diagnostics": dict(self.diagnostics),
        }  # fmt: skip


def dose_response(
    estimand: Estimand | Refusal,
    data: Dataset,
    *,
    points: int = 25,
    seed: int = 0,
    weights: str | None = None,
    clusters: str | None = None,
) -> DoseResponse:
    """Return the mean outcome at doses of a numeric treatment, doubly robust.

    Local quadratic regression of a score on the dose (Kennedy, Ma, McHugh and Small 2017): right if either
    the outcome means or the treatment's density, both given the adjustment set, are. The density is that
    of a location model. Outcome means and location are cross-fitted ensembles; the bandwidth is the best
    by held-out error; the band comes from a multiplier bootstrap. What the smoothing bends is not in the intervals.

    Raises:
        RefusedError: if ``estimand`` is a refusal.
        DataError: for an estimand that is no back-door one, fewer than eight doses or 100 rows.
    """
    if isinstance(estimand, Refusal):
        estimand.raise_()
    sample = prepare(estimand, data, weights=weights, clusters=clusters)
    if estimand.method != "backdoor" or estimand.given:
        raise DataError(
            "a dose-response curve needs a back-door estimand without conditions",
            where=sample.where,
        )
    if (levels := len(np.unique(sample.x))) < FEWEST_LEVELS or sample.n < FEWEST_ROWS:
        raise DataError(
            f"a curve needs {FEWEST_LEVELS} doses and {FEWEST_ROWS} rows, and there are {levels} and "
            f"{sample.n}",
            where=sample.where,
            hint="Estimate the effect instead.",
        )
    labels, raw = sample.covariates(estimand.adjustment)
    order = canonical_order([sample.x, sample.y, *raw.T, sample.w])
    sample, raw = sample.take(order), raw[order]
    z = (raw - raw.mean(axis=0)) / raw.std(axis=0) if raw.shape[1] else raw
    units = float(sample.x.std()), float(sample.y.std())
    x = (sample.x - sample.x.mean()) / units[0]
    y = (sample.y - sample.y.mean()) / units[1]
    scores, told, doses, apart = _scores(sample, z, x, y, seed)
    ends = [float(q) for q in np.quantile(x, [0.05, 0.95])]
    grid = np.linspace(ends[0], ends[1], points)
    width = _bandwidth(x, scores, sample.w)
    fitted, pulls = _local(grid, x, scores, sample.w, width)
    # whom the means are averaged over is a sample too
    pulls += np.array([np.interp(grid, doses, row) for row in apart.T]).T
    low, high, std_errors, band = _bands(fitted, pulls, sample, seed)
    back = [
        v * units[1] + float(sample.y.mean())
        for v in (fitted, low, high, fitted - band, fitted + band)
    ]
    return DoseResponse(
        grid * units[0] + float(sample.x.mean()), back[0], std_errors * units[1], back[1], back[2],
        back[3], back[4], width * units[0], sample.n, sample.treatment, sample.outcome, data.hash, estimand,
        {**sample.diagnostics, **told, **dose_report(labels, raw, sample.x, sample.w)},
    )  # fmt: skip


def _scores(
    sample: Sample, z: Array, x: Array, y: Array, seed: int
) -> tuple[Array, dict[str, Any], Array, Array]:
    """Each row's score, whose mean among rows of a dose is the mean outcome at it; and, at some doses, how far
    each row moves the predicted means, shape ``(doses, n)``."""
    n, w = len(x), sample.w
    everyone = np.ones(n, bool)
    folds = folds_of(np.zeros(n), seed, sample.clusters)
    location = means(z, x, everyone, folds, seed, w, process=True)
    rest = x - location.values
    given = _density(rest, rest, w)
    both = np.column_stack([x, z])
    outcome = means(both, y, everyone, folds, seed, w, process=True)
    doses = np.linspace(x.min(), x.max(), 30)
    chosen = np.sort(np.random.default_rng(seed).permutation(n)[:AVERAGED])
    # the treatment's density over all, and the mean outcome, at some doses, read off between them
    overall = np.array(
        [np.average(_density(d - location.values, rest, w), weights=w) for d in doses]
    )
    at, apart = np.zeros((FOLDS, len(doses))), np.zeros((len(doses), n))
    share = w[chosen] / w[chosen].sum()
    for fold in range(FOLDS):
        rows = folds != fold
        predict = mixture(both[rows], y[rows], w[rows], seed, outcome.shares)
        for k, dose in enumerate(doses):
            points = np.column_stack([np.full(len(chosen), dose), z[chosen]])
            values = predict(points)
            at[fold, k] = share @ values
            apart[k, chosen] += share * (values - at[fold, k]) / FOLDS
    mean = np.array([np.interp(v, doses, at[f]) for v, f in zip(x, folds, strict=True)])
    whole = np.interp(x, doses, overall)
    ratio = whole / np.maximum(given, LEAST_DENSITY * whole)
    told = {
        "learners": {"treatment": location.shares, "outcome": outcome.shares},
        "held_out_losses": {"treatment": location.losses, "outcome": outcome.losses},
        "largest_density_ratio": float(ratio.max()),
    }
    return ratio * (y - outcome.values) + mean, told, doses, apart


def _density(points: Array, rest: Array, w: Array) -> Array:
    """Density of residuals, by a Gaussian kernel of Silverman's width."""
    spread = float(np.sqrt(np.cov(rest, aweights=w)))
    width = 1.06 * spread * len(rest) ** -0.2
    grid = np.linspace(rest.min() - 3 * width, rest.max() + 3 * width, 400)
    apart = (grid[:, None] - rest) / width
    values = (np.exp(-0.5 * apart**2) @ (w / w.sum())) / (width * np.sqrt(2 * np.pi))
    return np.interp(points, grid, values, left=0.0, right=0.0)


def _local(grid: Array, x: Array, scores: Array, w: Array, width: float) -> tuple[Array, Array]:
    """A local quadratic regression at each point of the grid, and each row's pull on it, ``(m, n)``.

    Quadratic at a width chosen for linear fits: so its bias is small beside its noise (Calonico, Cattaneo
    and Farrell 2018).
    """
    fitted, pulls = np.empty(len(grid)), np.empty((len(grid), len(x)))
    for k, point in enumerate(grid):
        apart = (x - point) / width
        kernel = np.exp(-0.5 * apart**2) * w
        design = np.column_stack([np.ones(len(x)), apart, apart**2])
        inverse = np.linalg.pinv(design.T @ (design * kernel[:, None]))
        weights = (inverse[0] @ design.T) * kernel
        fitted[k] = weights @ scores
        beta = inverse @ (design.T @ (kernel * scores))
        pulls[k] = weights * (scores - design @ beta)
    return fitted, pulls


def _bandwidth(x: Array, scores: Array, w: Array) -> float:
    """The width with the smallest leave-one-out error."""
    errors = []
    for width in WIDTHS:
        apart = x - x[:, None]
        kernel = np.exp(-0.5 * (apart / width) ** 2) * w
        s0, s1, s2 = (np.sum(kernel * apart**p, axis=1)[:, None] for p in (0, 1, 2))
        weights = kernel * (s2 - apart * s1) / np.maximum(s0 * s2 - s1**2, 1e-12)
        own = np.diag(weights)
        rest = (scores - weights @ scores) / np.maximum(1 - own, 1e-3)
        errors.append(float(np.average(rest**2, weights=w)))
    return WIDTHS[int(np.argmin(errors))]


def _bands(
    fitted: Array, pulls: Array, sample: Sample, seed: int
) -> tuple[Array, Array, Array, Array]:
    """Ends of the pointwise interval, standard errors, and half the width of the simultaneous band."""
    if sample.clusters is not None:
        summed = np.zeros((len(fitted), int(sample.clusters.max()) + 1))
        np.add.at(summed.T, sample.clusters, pulls.T)
        pulls = summed
    std_errors = np.sqrt(np.sum(pulls**2, axis=1))
    draws = np.random.default_rng(seed).normal(size=(DRAWS, pulls.shape[1])) @ pulls.T
    largest = np.max(np.abs(draws) / np.maximum(std_errors, 1e-300), axis=1)
    band = float(np.quantile(largest, 0.95)) * std_errors
    return fitted - 1.96 * std_errors, fitted + 1.96 * std_errors, std_errors, band
