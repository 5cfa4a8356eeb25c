"""Discovery algorithms: one registry, one file a family.

To add one: a module with a subclass of :class:`~discovery.algorithms.base.Algorithm`, and a line in
:data:`REGISTRY`. The contract tests in ``tests/discovery/test_algorithms.py`` run every entry.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from typing import Any

from discovery.algorithms.base import Algorithm, Learned, Progress, Settings
from graph.errors import UsageError

__all__ = ["REGISTRY", "Algorithm", "Learned", "Progress", "Settings", "algorithm_class", "resolve"]

REGISTRY: Mapping[str, str] = {
    "boss": "discovery.algorithms.boss:BOSS",
    "boss-fci": "discovery.algorithms.boss_fci:BOSSFCI",
    "causal-learn/boss": "discovery.algorithms.causal_learn:CausalLearnBOSS",
    "causal-learn/direct-lingam": "discovery.algorithms.causal_learn:CausalLearnDirectLiNGAM",
    "causal-learn/exact-search": "discovery.algorithms.causal_learn:CausalLearnExactSearch",
    "causal-learn/fci": "discovery.algorithms.causal_learn:CausalLearnFCI",
    "causal-learn/ges": "discovery.algorithms.causal_learn:CausalLearnGES",
    "causal-learn/grasp": "discovery.algorithms.causal_learn:CausalLearnGRaSP",
    "causal-learn/ica-lingam": "discovery.algorithms.causal_learn:CausalLearnICALiNGAM",
    "causal-learn/lingam": "discovery.algorithms.causal_learn:CausalLearnLiNGAM",
    "causal-learn/pc": "discovery.algorithms.causal_learn:CausalLearnPC",
    "causal-learn/rcd": "discovery.algorithms.causal_learn:CausalLearnRCD",
    "direct-lingam": "discovery.algorithms.lingam:DirectLiNGAM",
    "fci": "discovery.algorithms.fci:FCI",
    "ges": "discovery.algorithms.ges:GES",
    "gies": "discovery.algorithms.gies:GIES",
    "grn": "discovery.algorithms.grn:GRN",
    "ica-lingam": "discovery.algorithms.ica_lingam:ICALiNGAM",
    "grasp": "discovery.algorithms.grasp:GRaSP",
    "pc": "discovery.algorithms.pc:PC",
    "rcd": "discovery.algorithms.rcd:RCD",
    "resit": "discovery.algorithms.resit:RESIT",
    "rfci": "discovery.algorithms.rfci:RFCI",
}
"""name -> ``module:class``; imported when first asked for"""


def algorithm_class(name: str) -> type[Algorithm]:
    """Return the class registered under a name.

    Raises:
        UsageError: if there is none; the nearest name is suggested.
    """
    target = REGISTRY.get(name)
    if target is None:
        close = difflib.get_close_matches(name, REGISTRY, n=1)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        raise UsageError(
            f"there is no discovery algorithm {name!r}",
            hint=f"{hint}Known: {', '.join(sorted(REGISTRY))}.",
        )
    module, attribute = target.split(":")
    found: type[Algorithm] = getattr(importlib.import_module(module), attribute)
    return found


def resolve(algorithm: str | type[Algorithm] | Algorithm, **settings: Any) -> Algorithm:
    """Return a ready algorithm from its name, class or instance.

    Raises:
        UsageError: an unknown name or setting, or settings given along with an instance.
    """
    if isinstance(algorithm, Algorithm):
        if settings:
            raise UsageError(
                f"settings {', '.join(sorted(settings))} were given along with a ready algorithm",
                hint="Give them when making the algorithm.",
            )
        return algorithm
    if isinstance(algorithm, str):
        return algorithm_class(algorithm)(**settings)
    if isinstance(algorithm, type) and issubclass(algorithm, Algorithm):
        return algorithm(**settings)
    raise UsageError(
        f"an algorithm is a name, a class or an instance, not {algorithm!r}",
        hint=f"Known names: {', '.join(sorted(REGISTRY))}.",
    )
