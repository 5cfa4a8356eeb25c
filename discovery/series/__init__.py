"""Causal links over time: which column acts on which, and after how many steps.

``learn(dataset, "pcmci", time="day")`` returns a :class:`SeriesDiscovery`: a table of lagged links and
a summary graph over the columns. Algorithms: ``pcmci``, ``pcmci+`` and ``var-lingam``.
"""

from discovery.series.learning import ALGORITHMS, learn, resolve
from discovery.series.result import LaggedEdge, SeriesDiscovery

__all__ = ["ALGORITHMS", "LaggedEdge", "SeriesDiscovery", "learn", "resolve"]
