"""Data with known causes, for tests, benchmarks and users' own checks.

:func:`simulate` draws a graph, mechanisms, interventions and gaps and reports how sortable the result is;
the parts are there one by one.
"""

from discovery.simulation.gaps import delete
from discovery.simulation.graphs import ancestors, random_dag, scale_free, true_pag
from discovery.simulation.linear import linear_gaussian
from discovery.simulation.model import Intervention, Model, random_model
from discovery.simulation.networks import Network, read_bif
from discovery.simulation.simulating import Simulated, simulate
from discovery.simulation.sortability import r2_sortability, sortability, varsortability

__all__ = [
    "Intervention",
    "Model",
    "Network",
    "Simulated",
    "ancestors",
    "delete",
    "linear_gaussian",
    "r2_sortability",
    "random_dag",
    "random_model",
    "read_bif",
    "scale_free",
    "simulate",
    "sortability",
    "true_pag",
    "varsortability",
]
