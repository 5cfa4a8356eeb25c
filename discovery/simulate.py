"""The plainest simulations under their short path; everything is in :mod:`discovery.simulation`."""

from __future__ import annotations

from discovery.simulation import linear_gaussian, random_dag, simulate, varsortability

__all__ = ["linear_gaussian", "random_dag", "simulate", "varsortability"]
