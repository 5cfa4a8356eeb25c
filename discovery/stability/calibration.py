"""Calibrated probabilities that an edge exists and that it points as found.

Models of simulated truth, one a kind of algorithm, fitted by ``python -m discovery.stability.train``: logistic
regressions on what the search and its resamples say of an edge (:mod:`discovery.stability.features`). They
are kept with their card, which tells what they learned from and how well calibrated they are on other
simulations, in ``discovery/stability/files``.

``existence`` is the probability that the pair is adjacent in the true graph, ``belief`` that it is and that the
source acts on the target. For FCI the true graph is the maximal ancestral graph of the columns: a pair is
adjacent if no set of columns separates it, and the source acts on the target directly or through
others; the others suppose that no common cause is hidden. Both are about data like the simulated ones: relations that are linear or monotone, rows that are independent; the card shows what happens elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discovery.data import Table
from discovery.result import DiscoveredEdge
from discovery.stability.features import EdgeFeatures, describe

__all__ = ["Logistic", "Variant", "load", "probabilities", "variant_of", "with_beliefs"]

Floats = NDArray[np.float64]
_FILE = "edges.json"
_COUNTS = frozenset({"gsq", "chisq", "g2", "chi2"})


@dataclass(frozen=True)
class Logistic:
    """A logistic regression on standardised terms: ``mean``, ``scale``, ``weights`` [k], ``bias``."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float

    def __call__(self, terms: Floats) -> Floats:
        """Return probabilities [n] for terms [n, k]."""
        total = ((terms - self.mean) / self.scale) @ self.weights + self.bias
        return np.asarray(1.0 / (1.0 + np.exp(-total)))

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "mean": [float(f"{v:.6g}") for v in self.mean],
            "scale": [float(f"{v:.6g}") for v in self.scale],
            "weights": [float(f"{v:.6g}") for v in self.weights],
            "bias": float(f"{self.bias:.6g}"),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Logistic:
        """Read what :meth:`to_json` wrote."""
        mean, scale, weights = (np.array(data[k], float) for k in ("mean", "scale", "weights"))
        return cls(mean, scale, weights, float(data["bias"]))


@dataclass(frozen=True)
class Variant:
    """Models for one kind of algorithm, each with (``samples``) and without resamples.

    ``existence`` of a pair; ``direction`` of a ``-->`` edge that exists; ``lean`` of an undirected one, odd in
    the two directions. ``low`` and ``high``: the range of each feature in training; others are moved to it.
    """

    low: Floats
    high: Floats
    existence: dict[bool, Logistic]
    direction: dict[bool, Logistic]
    lean: Logistic


def variant_of(algorithm: str, settings: Mapping[str, Any], table: Table) -> str | None:
    """Return which models are for an algorithm with these settings on this table, None if there are none."""
    if table.targets is not None:
        hard = algorithm == "gies" and settings.get("interventions", "hard") == "hard"
        return "gies" if hard and not settings.get("off_target") else None
    kinds = set(table.kinds)
    if algorithm in ("pc", "causal-learn/pc"):
        test = str(settings.get("test", "fisherz"))
        if settings.get("collider", "standard") != "standard":
            return None
        if test in _COUNTS or (test == "auto" and kinds == {"discrete"}):
            return "pc-counts"
        numbers = test in ("fisherz", "fisher-z") or (test == "auto" and kinds == {"continuous"})
        return "pc" if numbers else None
    if algorithm == "fci":
        test = str(settings.get("test", "fisherz"))
        numbers = test in ("fisherz", "fisher-z") or (test == "auto" and kinds == {"continuous"})
        return "fci" if numbers else None
    if algorithm in ("boss", "ges", "grasp"):
        score = settings.get("score", "bic")
        numbers = score == "bic" or (score == "auto" and kinds == {"continuous"})
        return "scores" if numbers else None
    if algorithm in ("direct-lingam", "ica-lingam"):
        return "lingam" if settings.get("pruning", "bic") == "bic" else None
    return None


def terms_of(features: Floats, samples: bool) -> Floats:
    """Return the terms of the existence model, [n, k], from features [n, len(EdgeFeatures._fields)]."""
    f = EdgeFeatures(*features.T)
    strength = np.log1p(f.strength)
    size = np.log10(f.rows) - 3.0
    width = np.log10(f.columns) - 1.3
    density = 2.0 * f.edges / f.columns
    degrees = f.degrees / 10.0
    shared = np.minimum(f.shared, 3.0)
    sides = [size, width, density, degrees, shared]
    terms = [
        *_bent(strength, (1.0, 1.6, 2.2, 3.0)), *sides, f.directed, np.minimum(f.colliders, 3.0),
        np.minimum(f.chains, 3.0), *(strength * side for side in sides), size * width, size * density,
        size * size, f.circle, f.double,
    ]  # fmt: skip
    if samples:
        terms += [
            *_bent(f.adjacent, (0.3, 0.5, 0.7, 0.85, 0.95)), f.adjacent * strength,
            *(f.adjacent * side for side in sides), f.partner,
        ]  # fmt: skip
    return np.column_stack(terms)


def direction_terms(features: Floats, samples: bool) -> Floats:
    """Return the terms of the direction model, [n, k]."""
    f = EdgeFeatures(*features.T)
    common = terms_of(features, samples)
    if not samples:
        return common
    strength, size = np.log1p(f.strength), np.log10(f.rows) - 3.0
    ahead = _ahead(f)
    terms = [
        *_bent(ahead, (0.0, 0.3, 0.6, 0.9)), *_bent(f.forward, (0.5, 0.8)), ahead * strength,
        ahead * size, f.partner * f.forward, f.partner * size,
        *_bent(f.backward / np.maximum(f.adjacent, 1e-9), (0.1, 0.3)),
    ]  # fmt: skip
    return np.column_stack([common, *terms])


def lean_terms(features: Floats) -> Floats:
    """Return the terms for undirected edges, [n, 3]: they change sign with the two directions."""
    f = EdgeFeatures(*features.T)
    ahead = _ahead(f)
    return np.column_stack([ahead, ahead * np.abs(ahead), ahead * (np.log10(f.rows) - 3.0)])


def _ahead(f: EdgeFeatures) -> Floats:
    return np.asarray((f.forward - f.backward) / np.maximum(f.adjacent, 1e-9))


def _bent(x: Any, knots: Sequence[float]) -> list[Floats]:
    """A line with a bend at each knot."""
    return [x, *(np.maximum(0.0, x - knot) for knot in knots)]


@lru_cache(maxsize=1)
def load() -> dict[str, Variant]:
    """Return the models that come with the package, by variant."""
    source = resources.files("discovery.stability").joinpath("files", _FILE)
    return variants_from_json(json.loads(source.read_text()))


def variants_from_json(data: Mapping[str, Any]) -> dict[str, Variant]:
    """Read what :func:`variants_to_json` wrote."""
    found = {}
    for name, part in data["variants"].items():
        found[name] = Variant(
            np.array(part["low"], float),
            np.array(part["high"], float),
            {k == "samples": Logistic.from_json(v) for k, v in part["existence"].items()},
            {k == "samples": Logistic.from_json(v) for k, v in part["direction"].items()},
            Logistic.from_json(part["lean"]),
        )
    return found


def variants_to_json(variants: Mapping[str, Variant]) -> dict[str, Any]:
    """Return models as plain data."""
    words = {True: "samples", False: "alone"}
    return {
        "features": list(EdgeFeatures._fields),
        "variants": {
            name: {
                "low": [float(f"{x:.6g}") for x in v.low],
                "high": [float(f"{x:.6g}") for x in v.high],
                "existence": {words[k]: m.to_json() for k, m in sorted(v.existence.items())},
                "direction": {words[k]: m.to_json() for k, m in sorted(v.direction.items())},
                "lean": v.lean.to_json(),
            }
            for name, v in sorted(variants.items())
        },
    }


def probabilities(variant: Variant, features: Floats) -> tuple[Floats, Floats]:
    """Return existence [n] and belief [n] of edges with these features, [n, len(EdgeFeatures._fields)]; the
    belief of a ``<->`` edge is NaN.

    A result either has samples for all edges or for none.
    """
    if not len(features):
        return np.empty(0), np.empty(0)
    samples = not bool(np.isnan(features[:, 0]).any())
    inside = np.clip(features, variant.low, variant.high)
    existence = variant.existence[samples](terms_of(inside, samples))
    direction = variant.direction[samples](direction_terms(inside, samples))
    lean = variant.lean(lean_terms(inside)) if samples else np.full(len(features), 0.5)
    f = EdgeFeatures(*features.T)
    share = np.where(f.directed > 0, direction, np.where(f.double > 0, np.nan, lean))
    return existence, existence * share


def with_beliefs(
    edges: tuple[DiscoveredEdge, ...],
    stability: Mapping[tuple[str, str], Mapping[str, float]] | None,
    algorithm: str,
    settings: Mapping[str, Any],
    table: Table,
) -> tuple[DiscoveredEdge, ...]:
    """Return the edges with ``existence`` and ``belief``, where there are models for the algorithm.

    An edge that is there because it was required gets neither, one that only knowledge directs no belief:
    the models are about what data say.
    """
    name = variant_of(algorithm, settings, table)
    variant = None if name is None else load().get(name)
    if variant is None or not edges:
        return edges
    features = describe(edges, stability, table.n, table.p, counts=name == "pc-counts")
    existence, belief = probabilities(variant, features)
    return tuple(
        edge
        if edge.required
        else replace(
            edge,
            existence=round(float(e), 6),
            belief=None if edge.directed_by == "knowledge" or np.isnan(b) else round(float(b), 6),
        )
        for edge, e, b in zip(edges, existence, belief, strict=True)
    )
