"""What was learned from series: lagged links, all tests, and a summary graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from discovery.data import DataReport
from discovery.knowledge import Conflict, Knowledge
from graph.causal import CausalGraph
from graph.dataset import Dataset

if TYPE_CHECKING:
    import pandas as pd

    from graph.store import Store, WriteCounts

__all__ = ["LaggedEdge", "SeriesDiscovery", "benjamini_hochberg"]


@dataclass(frozen=True, slots=True)
class LaggedEdge:
    """A link: ``source`` at ``lag`` steps before acts on ``target``.

    Attributes:
        kind: ``-->``, or ``---`` for a link within a step whose direction is not known (then source <
            target).
        strength: partial correlation (pcmci), or coefficient with every column in standard deviations
            (var-lingam).
        p_value: of that number being 0.
        q_value: p_value adjusted by Benjamini and Hochberg over all links tested.
    """

    source: str
    target: str
    lag: int
    kind: str
    strength: float
    p_value: float
    q_value: float

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "source": self.source,
            "target": self.target,
            "lag": self.lag,
            "kind": self.kind,
            "strength": self.strength,
            "p_value": self.p_value,
            "q_value": self.q_value,
        }


@dataclass(frozen=True)
class SeriesDiscovery:
    """Links over time and what led to them.

    ``edges`` are the links found, ``tested`` every link that was tested. ``graph`` has an edge for each
    link between different columns at any lag; both directions, and so cycles, are possible: that is
    feedback over time.
    """

    edges: tuple[LaggedEdge, ...]
    tested: tuple[LaggedEdge, ...]
    graph: CausalGraph
    dataset: Dataset
    report: DataReport
    algorithm: str
    version: str
    settings: Mapping[str, Any]
    knowledge: Knowledge
    max_lag: int
    step: str
    windows: int
    """how many stretches of consecutive steps were used"""
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    complete: bool = True
    """False when it was interrupted: what was there by then"""

    @property
    def frame(self) -> pd.DataFrame:
        """The links found: source, target, lag, kind, strength, p_value, q_value."""
        return _frame(self.edges)

    @property
    def tests(self) -> pd.DataFrame:
        """Every link tested, with the columns of :attr:`frame`."""
        return _frame(self.tested)

    def propose(self, store: Store) -> WriteCounts:
        """Write the links between bound columns as ``proposed`` statements; see
        :mod:`discovery.series.proposing`."""
        from discovery.series.proposing import propose

        return propose(self, store)

    def to_json(self) -> dict[str, Any]:
        """Return everything but the rows as plain data; timings are all that differs between runs."""
        return {
            "algorithm": self.algorithm,
            "version": self.version,
            "settings": dict(self.settings),
            "dataset": {
                "id": self.dataset.record.id,
                "name": self.dataset.name,
                "hash": self.dataset.hash,
                "bindings": self.dataset.entity_of,
            },
            "report": self.report.to_json(),
            "max_lag": self.max_lag,
            "step": self.step,
            "windows": self.windows,
            "graph": self.graph.to_json(),
            "edges": [e.to_json() for e in self.edges],
            "tested": [e.to_json() for e in self.tested],
            "conflicts": [c.to_json() for c in self.conflicts],
            "knowledge": self.knowledge.to_json(),
            "notes": list(self.notes),
            "timings": dict(self.timings),
            "complete": self.complete,
        }

    def to_text(self) -> str:
        """Return what was found in words, for a terminal."""
        lines = [
            f"{self.algorithm} on {self.dataset.name}: {len(self.edges)} links of {len(self.tested)} "
            f"tested, up to {self.max_lag} steps ({self.step}), {self.windows} windows",
            f"data: {self.report}",
        ]
        if not self.complete:
            lines.append("INCOMPLETE: interrupted; this is what was there by then")
        for e in self.edges:
            when = "same step" if e.lag == 0 else f"lag {e.lag}"
            lines.append(
                f"  {e.source} {e.kind} {e.target}  {when}  strength {e.strength:+.3f}  q {e.q_value:.2g}"
            )
        lines += [f"conflict: {c.literature}; {c.data}" for c in self.conflicts]
        lines += [f"note: {n}" for n in self.notes]
        return "\n".join(lines)


def _frame(edges: tuple[LaggedEdge, ...]) -> pd.DataFrame:
    import pandas as pd

    names = ["source", "target", "lag", "kind", "strength", "p_value", "q_value"]
    return pd.DataFrame([e.to_json() for e in edges], columns=names)


def benjamini_hochberg(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return adjusted p-values, [m] (Benjamini and Hochberg 1995, JRSS B 57)."""
    m = len(p_values)
    order = np.argsort(p_values, kind="stable")
    ratio = p_values[order] * m / np.arange(1, m + 1)
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(np.minimum.accumulate(ratio[::-1])[::-1], 1.0)
    return adjusted
