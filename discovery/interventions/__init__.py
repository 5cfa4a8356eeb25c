"""Causal structure from data in which some variables were intervened upon.

:mod:`~discovery.interventions.mechanisms` splits rows by which columns' mechanisms they share,
:mod:`~discovery.interventions.scores` scores parents over those parts,
:mod:`~discovery.interventions.orders` searches, :mod:`~discovery.interventions.essential` says which
directions the interventions identify, and :mod:`~discovery.interventions.levels` cuts continuous
columns into levels.
"""

from discovery.interventions.essential import essential_graph, identified
from discovery.interventions.levels import cut
from discovery.interventions.mechanisms import Mechanisms, Targets, mechanisms

__all__ = ["Mechanisms", "Targets", "cut", "essential_graph", "identified", "mechanisms"]
