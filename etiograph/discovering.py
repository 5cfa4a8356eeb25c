"""Discovery from a graph's point of view: priors out of it, the search, proposals into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from discovery import Discovery, Knowledge
    from discovery.priors import Priors
    from discovery.series import SeriesDiscovery
    from etiograph.api import KnowledgeGraph
    from graph.dataset import Dataset

__all__ = ["over_rows", "over_time"]


def over_rows(
    kg: KnowledgeGraph,
    dataset: Dataset,
    algorithm: str,
    priors: Priors | None,
    strength: float | None,
    knowledge: Knowledge | None,
    *,
    propose: bool,
    **options: Any,
) -> Discovery:
    """Do what :meth:`etiograph.api.KnowledgeGraph.discover` says."""
    import discovery
    from discovery.priors import priors_for
    from discovery.proposals import register

    settings = kg.settings
    known = priors_for(
        algorithm,
        kg.store,
        dataset,
        priors,
        strength=settings.prior_strength if strength is None else strength,
        min_belief=settings.prior_belief,
    )
    if knowledge is not None:
        known = known.joined(knowledge)
    found = discovery.learn(dataset, algorithm, known, seed=settings.seed, **options)
    if dataset.path:
        register(dataset, kg.store)
    if propose:
        found.propose(kg.store)
    return found


def over_time(
    kg: KnowledgeGraph,
    dataset: Dataset,
    algorithm: str,
    priors: Priors | None,
    knowledge: Knowledge | None,
    *,
    propose: bool,
    **options: Any,
) -> SeriesDiscovery:
    """Do what :meth:`etiograph.api.KnowledgeGraph.discover_series` says."""
    from discovery import series
    from discovery.priors import priors_for
    from discovery.proposals import register

    known = priors_for(
        series.resolve(algorithm), kg.store, dataset, priors, min_belief=kg.settings.prior_belief
    )
    if knowledge is not None:
        known = known.joined(knowledge)
    found = series.learn(dataset, algorithm, known, **options)
    if propose:
        found.propose(kg.store)
    elif dataset.path:
        register(dataset, kg.store)
    return found
