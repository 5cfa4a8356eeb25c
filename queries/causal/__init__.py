"""Causal queries: identify an effect on a causal graph, estimate it from data, or say what is missing."""

from queries.causal.adjustment_sets import AdjustmentSets, adjustment_sets
from queries.causal.attribution import Attribution, attribution
from queries.causal.bounds import Bounds, bound, instruments, probabilities_of_causation
from queries.causal.counterfactual_data import CounterfactualEstimate, estimate_counterfactual
from queries.causal.counterfactual_identification import counterfactual
from queries.causal.counterfactual_results import CounterfactualEstimand, CounterfactualRefusal
from queries.causal.equilibrium import EquilibriumEffect, equilibrium_effect
from queries.causal.estimation import estimate
from queries.causal.evidence import NextEvidence, next_evidence
from queries.causal.from_store import graph_from_store
from queries.causal.identification import identify
from queries.causal.mediation import (
    controlled_direct_effect,
    effect_on_treated,
    natural_effects,
    path_specific_effect,
)
from queries.causal.mediation_estimation import estimate_effect_part, estimate_natural_effects
from queries.causal.possible import PossibleEffects, possible_effects
from queries.causal.proxies import alternatives, proximal
from queries.causal.recovery import recover
from queries.causal.results import Audit, Estimand, Estimate, Refusal
from queries.causal.transport import Population, transport
from queries.causal.unit import unit_counterfactual
from queries.causal.unrolled import LaggedGraph, identify_lagged

__all__ = [
    "AdjustmentSets", "Attribution", "Audit", "Bounds", "CounterfactualEstimand",
    "CounterfactualEstimate", "CounterfactualRefusal", "EquilibriumEffect", "Estimand",
    "Estimate", "LaggedGraph", "NextEvidence", "Population", "PossibleEffects", "Refusal",
    "adjustment_sets", "alternatives", "attribution", "bound", "controlled_direct_effect",
    "counterfactual", "effect_on_treated", "equilibrium_effect", "estimate",
    "estimate_counterfactual", "estimate_effect_part", "estimate_natural_effects",
    "graph_from_store", "identify", "identify_lagged", "instruments", "natural_effects",
    "next_evidence", "path_specific_effect", "possible_effects", "probabilities_of_causation",
    "proximal", "recover", "transport", "unit_counterfactual",
]  # fmt: skip
