"""How the calibration is made: searches on simulated truth, models of what came true, their scores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from discovery.stability.bins import ReliabilityBin, brier_score, calibration_error, reliability
from discovery.stability.calibration import (
    Logistic,
    Variant,
    direction_terms,
    lean_terms,
    probabilities,
    terms_of,
)
from discovery.stability.features import EdgeFeatures, describe
from discovery.stability.worlds import Family, draw_world
from graph.errors import DataError

if TYPE_CHECKING:
    from discovery.simulation.simulating import Simulated

__all__ = ["RECIPES", "Recipe", "Rows", "Scores", "edges_of", "fit", "gather", "score"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

HELD_OUT = 1_000_000
"""seeds from here on are for scores"""
_LOOSE, _FIRM = 1.0, 0.03
"""inverse penalties of the regressions of existence and of direction, chosen by leaving out numbers of rows, of
columns and densities of the training worlds in turn"""


@dataclass(frozen=True)
class Recipe:
    """What one variant learns from and is scored on.

    ``algorithms`` and ``settings``: values to draw from; ``learns``, ``scored``: family and number of
    worlds; ``stream``: of the random draws; ``samples``: numbers of resamples to draw from; ``small``: few
    columns only.
    """

    algorithms: tuple[str, ...]
    settings: Mapping[str, tuple[Any, ...]]
    learns: tuple[Family, int]
    scored: tuple[tuple[Family, int], ...]
    stream: int
    samples: tuple[int, ...] = (20, 50, 100)
    small: bool = False


_ELSEWHERE: tuple[tuple[Family, int], ...] = (("nonlinear", 40), ("hidden", 40), ("discrete", 40))

RECIPES: Mapping[str, Recipe] = {
    "fci": Recipe(
        ("fci",),
        {"alpha": (0.001, 0.01, 0.05)},
        ("open", 120),
        (("open", 150), ("open-shifted", 40), ("nonlinear", 20)),
        104,
        (20,),
        small=True,
    ),
    "gies": Recipe(
        ("gies",),
        {"penalty": (1.0, 2.0), "gamma": (0.0, 0.5)},
        ("experiments", 120),
        (("experiments", 60), ("experiments-shifted", 60)),
        105,
        (20,),
        small=True,
    ),
    "lingam": Recipe(
        ("direct-lingam", "direct-lingam", "ica-lingam"),
        {"penalty": (1.0, 2.0), "gamma": (0.0, 0.5)},
        ("seen", 200),
        (("seen", 100), ("shifted", 80), ("nonlinear", 40), ("hidden", 40)),
        106,
        (20, 50),
        small=True,
    ),
    "pc": Recipe(
        ("pc",),
        {"alpha": (0.001, 0.01, 0.05)},
        ("seen", 350),
        (("seen", 120), ("shifted", 100), *_ELSEWHERE),
        101,
    ),
    "pc-counts": Recipe(
        ("pc",),
        {"alpha": (0.001, 0.01, 0.05), "test": ("gsq",)},
        ("tables", 150),
        (("tables", 40), ("tables-shifted", 40)),
        102,
        (20, 50),
        small=True,
    ),
    "scores": Recipe(
        ("ges", "ges", "grasp", "grasp", "boss"),
        {"penalty": (1.0, 2.0), "gamma": (0.0, 0.5), "score": ("bic",)},
        ("seen", 250),
        (("seen", 80), ("shifted", 80), *_ELSEWHERE),
        103,
        small=True,
    ),
}
"""variant -> recipe"""


@dataclass
class Rows:
    """Edges found in simulated data: ``features`` [n, f] with and ``alone`` [n, f] without resamples;
    whether the pair is ``adjacent`` in truth and ``forward``, source -> target; the ``stability`` of the edge
    with its marks."""

    features: Floats = field(default_factory=lambda: np.empty((0, len(EdgeFeatures._fields))))
    adjacent: Bools = field(default_factory=lambda: np.empty(0, dtype=bool))
    forward: Bools = field(default_factory=lambda: np.empty(0, dtype=bool))
    stability: Floats = field(default_factory=lambda: np.empty(0))
    worlds: int = 0

    @property
    def alone(self) -> Floats:
        """The features as they are without resamples."""
        features = self.features.copy()
        for name in ("adjacent", "forward", "backward"):
            features[:, EdgeFeatures._fields.index(name)] = np.nan
        features[:, EdgeFeatures._fields.index("partner")] = 0.0
        return features

    def save(self, path: Path) -> None:
        """Write to an ``.npz`` file."""
        np.savez_compressed(
            path, features=self.features, adjacent=self.adjacent, forward=self.forward,
            stability=self.stability, worlds=self.worlds,
        )  # fmt: skip

    @classmethod
    def load(cls, path: Path) -> Rows:
        """Read what :meth:`save` wrote."""
        with np.load(path) as kept:
            return cls(
                kept["features"], kept["adjacent"], kept["forward"], kept["stability"],
                int(kept["worlds"]),
            )  # fmt: skip

    @classmethod
    def joined(cls, parts: Iterable[Rows]) -> Rows:
        """Return several as one."""
        all_ = [cls(), *parts]
        return cls(
            np.concatenate([r.features for r in all_]),
            np.concatenate([r.adjacent for r in all_]),
            np.concatenate([r.forward for r in all_]),
            np.concatenate([r.stability for r in all_]),
            sum(r.worlds for r in all_),
        )


def edges_of(name: str, family: Family, seed: int) -> Rows:
    """Search one simulated world with the settings of a recipe and compare its edges with the truth."""
    from discovery.learning import learn

    recipe = RECIPES[name]
    world = draw_world(family, seed, small=recipe.small)
    rng = np.random.default_rng([recipe.stream, seed])
    settings = {k: v[rng.integers(len(v))] for k, v in recipe.settings.items()}
    samples = int(rng.choice(recipe.samples))
    algorithm = str(rng.choice(recipe.algorithms))
    try:
        found = learn(
            world.dataset, algorithm, bootstraps=samples, seed=seed % 2**31,
            targets=world.targets_column, **settings,
        )  # fmt: skip
    except DataError:  # too few columns vary
        return Rows()
    index = {c: i for i, c in enumerate(world.columns)}
    adjacent, forward = _truth(world, name)
    pairs = [(index[e.source], index[e.target]) for e in found.edges]
    return Rows(
        describe(
            found.edges, found.stability, found.report.rows_used, len(found.report.columns_used),
            counts=name == "pc-counts",
        ),
        np.array([adjacent[i, j] for i, j in pairs], dtype=bool),
        np.array([forward[i, j] for i, j in pairs], dtype=bool),
        np.array([e.stability for e in found.edges], dtype=float),
        worlds=1,
    )  # fmt: skip


def _truth(world: Simulated, name: str) -> tuple[Bools, Bools]:
    """Return which pairs are adjacent and which first act on the second, [p, p], in what is to be found: the
    DAG, or for FCI the maximal ancestral graph."""
    if name != "fci":
        return world.dag | world.dag.T, world.dag
    from discovery.simulation.graphs import ancestors

    p = len(world.columns)
    adjacent = world.pag != 0
    return adjacent, adjacent & ancestors(world.model.dag)[:p, :p]


def gather(
    name: str,
    family: Family,
    first: int,
    worlds: int,
    tell: Callable[[int], None] | None = None,
) -> Rows:
    """Search worlds ``first`` to ``first + worlds - 1``."""
    parts = []
    for seed in range(first, first + worlds):
        parts.append(edges_of(name, family, seed))
        if tell is not None:
            tell(len(parts))
    return Rows.joined(parts)


def fit(rows: Rows) -> Variant:
    """Fit the models of one variant."""
    low, high = rows.features.min(axis=0), rows.features.max(axis=0)
    directed = rows.features[:, EdgeFeatures._fields.index("directed")] > 0
    true = rows.adjacent & directed
    existence, direction = {}, {}
    for samples, features in ((True, rows.features), (False, rows.alone)):
        existence[samples] = _logistic(terms_of(features, samples), rows.adjacent, _LOOSE)
        direction[samples] = _logistic(
            direction_terms(features[true], samples), rows.forward[true], _FIRM
        )
    loose = rows.adjacent & ~directed
    lean = lean_terms(rows.features[loose])
    # both ways round, so that no direction is preferred
    turned = _logistic(
        np.vstack([lean, -lean]),
        np.concatenate([rows.forward[loose], ~rows.forward[loose]]),
        _LOOSE,
    )
    odd = Logistic(np.zeros(lean.shape[1]), turned.scale, turned.weights, 0.0)
    return Variant(low, high, existence, direction, odd)


def _logistic(terms: Floats, true: Bools, strength: float) -> Logistic:
    from sklearn.linear_model import LogisticRegression

    mean, scale = terms.mean(axis=0), terms.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    model = LogisticRegression(C=strength, max_iter=2000, tol=1e-6)
    model.fit((terms - mean) / scale, true)
    return Logistic(mean, scale, model.coef_[0], float(model.intercept_[0]))


@dataclass(frozen=True)
class Scores:
    """How beliefs compare with the truth in one family of worlds; ``raw`` is the stability of the edge taken
    as the probability that it is true as marked."""

    worlds: int
    edges: int
    existence_error: float
    belief_error: float
    belief_brier: float
    raw_error: float
    raw_brier: float
    alone_existence_error: float
    alone_belief_error: float
    bins: tuple[ReliabilityBin, ...]
    existence_bins: tuple[ReliabilityBin, ...]


def score(variant: Variant, rows: Rows) -> Scores:
    """Compare the models with the truth of worlds they did not learn from."""
    existence, belief = probabilities(variant, rows.features)
    alone_existence, alone_belief = probabilities(variant, rows.alone)
    directed = rows.features[:, EdgeFeatures._fields.index("directed")] > 0
    raw_true = np.where(directed, rows.forward, rows.adjacent)
    some = ~np.isnan(belief)  # an edge with two heads has none
    belief, alone_belief, forward = belief[some], alone_belief[some], rows.forward[some]
    bins, existence_bins = reliability(belief, forward), reliability(existence, rows.adjacent)
    return Scores(
        rows.worlds,
        len(rows.adjacent),
        calibration_error(existence_bins),
        calibration_error(bins),
        brier_score(belief, forward),
        calibration_error(reliability(rows.stability[some], raw_true[some])),
        brier_score(rows.stability[some], raw_true[some]),
        calibration_error(reliability(alone_existence, rows.adjacent)),
        calibration_error(reliability(alone_belief, forward)),
        bins,
        existence_bins,
    )
