"""Estimators by name. A new one is one file and one line in :data:`REGISTRY`."""

from __future__ import annotations

from collections.abc import Mapping

from queries.causal.estimators.backdoor import InteractedRegression, LinearRegression
from queries.causal.estimators.base import Estimator, Fit
from queries.causal.estimators.doubly_robust import AIPW, TMLE, AIPWTreated
from queries.causal.estimators.frontdoor import FrontDoorRegression
from queries.causal.estimators.noeffect import NoEffect
from queries.causal.estimators.plugin import PlugIn

__all__ = ["REGISTRY", "Estimator", "Fit"]

REGISTRY: Mapping[str, Estimator] = {
    estimator.name: estimator
    for estimator in (
        LinearRegression(),
        InteractedRegression(),
        AIPW(),
        AIPWTreated(),
        TMLE(),
        FrontDoorRegression(),
        PlugIn(),
        NoEffect(),
    )
}
