"""The trained models as registry entries: ``factory(train, valid=None, features=None, seed=0, **settings)``.

Settings change the model's preset (:data:`discovery.embeddings.config.PRESETS`). ``features`` are
read by ``r-gcn``, ``compgcn`` and ``hgt`` beside a learned vector of each entity; the others learn from edges alone.
"""

from __future__ import annotations

from functools import partial

from discovery.embeddings.training import fit

__all__ = [
    "compgcn",
    "complex_",
    "distmult",
    "hgt",
    "nbfnet",
    "nodepiece",
    "r_gcn",
    "rotate",
    "transe",
    "tucker",
]

transe = partial(fit, "transe")
rotate = partial(fit, "rotate")
complex_ = partial(fit, "complex")
distmult = partial(fit, "distmult")
tucker = partial(fit, "tucker")
nodepiece = partial(fit, "nodepiece")
r_gcn = partial(fit, "r-gcn")
compgcn = partial(fit, "compgcn")
hgt = partial(fit, "hgt")
nbfnet = partial(fit, "nbfnet")
