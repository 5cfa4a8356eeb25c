"""Every scorer by name: one line each, loaded when it is asked for.

A factory is called ``factory(train, valid=None, features=None, seed=0, **options)`` and returns a
:class:`discovery.embeddings.metrics.Scorer` over the entities and relations of ``train``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from graph.errors import UsageError

if TYPE_CHECKING:
    from discovery.embeddings.features import Features
    from discovery.embeddings.metrics import Scorer
    from discovery.embeddings.triples import Triples

__all__ = ["BASELINES", "ENSEMBLES", "MODELS", "factory", "fit", "names"]

_HERE = "discovery.embeddings."

# Name -> module and function. What needs no training library.
BASELINES: dict[str, str] = {
    "degree": "baselines:degree_product",
    "common-neighbours": "baselines:common_neighbours",
    "nearest-neighbour": "baselines:nearest_neighbour",
    "dwpc": "rules:dwpc",
    "dwpc-logistic": "rules:dwpc_logistic",
    "rules": "rules:rules",
}

# What is trained with PyTorch.
MODELS: dict[str, str] = {
    "transe": "factories:transe",
    "rotate": "factories:rotate",
    "complex": "factories:complex_",
    "distmult": "factories:distmult",
    "tucker": "factories:tucker",
    "nodepiece": "factories:nodepiece",
    "r-gcn": "factories:r_gcn",
    "compgcn": "factories:compgcn",
    "hgt": "factories:hgt",
    "nbfnet": "factories:nbfnet",
}

# What puts others together; what is asked only where entities are held out.
ENSEMBLES: dict[str, str] = {"ensemble": "ensemble:together", "cold-start": "cold:cold_start"}


def names() -> tuple[str, ...]:
    """Return every scorer's name, baselines first."""
    return (*BASELINES, *MODELS, *ENSEMBLES)


def factory(name: str) -> Callable[..., Scorer]:
    """Return the factory of a scorer.

    Raises:
        UsageError: there is no such scorer.
    """
    path = (BASELINES | MODELS | ENSEMBLES).get(name)
    if path is None:
        raise UsageError(f"there is no scorer '{name}'", hint=f"There are {', '.join(names())}.")
    module, _, attribute = path.partition(":")
    found: Callable[..., Scorer] = getattr(import_module(_HERE + module), attribute)
    return found


def fit(
    name: str,
    train: Triples,
    *,
    valid: Triples | None = None,
    features: Features | None = None,
    seed: int = 0,
    **options: Any,
) -> Scorer:
    """Return a scorer fitted to ``train``."""
    return factory(name)(train, valid=valid, features=features, seed=seed, **options)
