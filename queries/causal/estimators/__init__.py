"""Estimators by name. A new one is one file and one line in :data:`REGISTRY`."""

from __future__ import annotations

from collections.abc import Mapping

from queries.causal.estimators.backdoor import InteractedRegression, LinearRegression
from queries.causal.estimators.base import Estimator, Fit
from queries.causal.estimators.bayesian import ProcessMean
from queries.causal.estimators.doubly_robust import AIPW, TMLE, AIPWTreated, InteractiveDML
from queries.causal.estimators.frontdoor import FrontDoorOneStep, FrontDoorRegression
from queries.causal.estimators.matching import Matching, PropensityMatching
from queries.causal.estimators.noeffect import NoEffect
from queries.causal.estimators.partially_linear import PartiallyLinear
from queries.causal.estimators.plugin import PlugIn
from queries.causal.estimators.standardisation import Standardisation
from queries.causal.estimators.weighting import IPW, TrimmedIPW

__all__ = ["REGISTRY", "Estimator", "Fit"]

REGISTRY: Mapping[str, Estimator] = {
    estimator.name: estimator
    for estimator in (
        LinearRegression(),
        InteractedRegression(),
        Standardisation(),
        IPW(),
        TrimmedIPW(),
        Matching(),
        PropensityMatching(),
        AIPW(),
        AIPWTreated(),
        TMLE(),
        InteractiveDML(),
        ProcessMean(),
        PartiallyLinear(),
        FrontDoorRegression(),
        FrontDoorOneStep(),
        PlugIn(),
        NoEffect(),
    )
}
