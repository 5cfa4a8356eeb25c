"""What a search found, with everything needed to judge and repeat it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from discovery.data import DataReport
from discovery.knowledge import Conflict, GradedClaim, Knowledge
from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.store import Store, WriteCounts

if TYPE_CHECKING:
    import pandas as pd

    from discovery.plots import PlotKind

__all__ = ["DiscoveredEdge", "Discovery"]

_FRAME = {
    "source": "object", "target": "object", "kind": "object", "sign": "int64", "effect": "float64",
    "stability": "float64", "belief": "float64", "existence": "float64", "p_value": "float64",
    "q_value": "float64", "score_difference": "float64", "directed_by": "object",
    "reason": "object", "required": "bool", "literature": "float64", "log_odds": "float64",
    "statements": "object", "conflicts": "object",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DiscoveredEdge:
    """One edge of the result.

    Attributes:
        source, target: column names; ``kind`` is read from source to target: ``-->``, ``---``, ``<->``,
            ``o->``, ``o-o``, ``o--``.
        stability: share of bootstrap samples with exactly this edge, None without bootstraps.
        p_value: for tests, the largest p-value any test of the pair gave; otherwise that of the partial
            correlation given the other parents of the target (None for text columns).
        score_difference: by how much the edge raises the BIC (2 log-likelihood less the penalty).
        sign: of the partial correlation given the other parents of the target; 0 when p >= 0.05 or a
            column is text.
        effect: that partial correlation.
        directed_by: ``data`` if the data alone give the direction, ``knowledge`` if it needs what was
            known before, empty for edges without a direction.
        reason: why the edge points as it does.
        required: it is there because it was required, or because of graded priors; the data alone do not
            have it.
        conflicts: what disagrees about this pair.
        q_value: the share of false edges to expect among the edges at least as significant as this one;
            None for algorithms that do not test edges (see :mod:`discovery.stability.rates`).
        existence: calibrated probability that the two columns are adjacent in the true graph.
        belief: calibrated probability that the true graph has this edge with this direction; both are
            of a model of simulated truth (:mod:`discovery.stability.calibration`), None where it does
            not apply.
    """

    source: str
    target: str
    kind: str
    stability: float | None = None
    p_value: float | None = None
    score_difference: float | None = None
    sign: int = 0
    effect: float = 0.0
    directed_by: str = ""
    reason: str = ""
    required: bool = False
    conflicts: tuple[Conflict, ...] = ()
    q_value: float | None = None
    existence: float | None = None
    belief: float | None = None

    @property
    def directed(self) -> bool:
        """Whether it says that source acts on target."""
        return self.kind == "-->"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "source": self.source,
            "target": self.target,
            "kind": self.kind,
            "stability": self.stability,
            "p_value": self.p_value,
            "score_difference": self.score_difference,
            "sign": self.sign,
            "effect": self.effect,
            "directed_by": self.directed_by,
            "reason": self.reason,
            "required": self.required,
            "conflicts": [c.kind.value for c in self.conflicts],
            "q_value": self.q_value,
            "existence": self.existence,
            "belief": self.belief,
        }


@dataclass(frozen=True)
class Discovery:
    """A learned graph over column names and all that led to it.

    ``stability`` maps a pair of columns (first < second) to the share of bootstrap samples with each
    kind of edge, read from first to second; pairs that were never adjacent are left out.
    """

    graph: CausalGraph
    edges: tuple[DiscoveredEdge, ...]
    conflicts: tuple[Conflict, ...]
    dataset: Dataset
    report: DataReport
    algorithm: str
    engine: str
    version: str
    settings: Mapping[str, Any]
    knowledge: Knowledge
    seed: int = 0
    bootstraps: int = 0
    """how many were asked for"""
    bootstraps_done: int = 0
    resample: str = "bootstrap"
    """how the samples were drawn: ``bootstrap`` or ``subsample``"""
    stability: Mapping[tuple[str, str], Mapping[str, float]] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    complete: bool = True
    """False when it was interrupted: what was there by then"""

    @property
    def data_hash(self) -> str:
        """SHA-256 of the rows."""
        return self.dataset.hash

    def propose(self, store: Store) -> WriteCounts:
        """Write the edges between bound columns as ``proposed`` statements; see
        :func:`discovery.proposals.propose`."""
        from discovery.proposals import propose

        return propose(self, store)

    def frame(self) -> pd.DataFrame:
        """Return the edges as a data frame, one row each, in the order of :attr:`edges`.

        Columns: source, target, kind, sign, effect, stability, belief, existence, p_value, q_value,
        score_difference, directed_by, reason, required, literature (the strongest belief of a claim
        that ``source`` acts on ``target``), log_odds (what graded priors added to the edge),
        statements and conflicts (both joined with "; ").
        """
        import pandas as pd

        rows = []
        for edge in self.edges:
            claims = self.knowledge.about(edge.source, edge.target)
            row = edge.to_json()
            row["literature"] = max(
                (c.belief for c in claims if c.belief is not None), default=None
            )
            row["log_odds"] = sum(c.log_odds for c in claims if isinstance(c, GradedClaim))
            row["statements"] = "; ".join(sorted({s for c in claims for s in c.statements}))
            row["conflicts"] = "; ".join(sorted({c.kind.value for c in edge.conflicts}))
            rows.append(row)
        frame = pd.DataFrame(rows, columns=list(_FRAME))
        return frame.astype({name: kind for name, kind in _FRAME.items() if kind != "object"})

    def to_json(self) -> dict[str, Any]:
        """Return everything but the rows as plain data. Timings are the only part that differs from
        one run to the next."""
        return {
            "algorithm": self.algorithm,
            "engine": self.engine,
            "version": self.version,
            "settings": dict(self.settings),
            "seed": self.seed,
            "bootstraps": self.bootstraps,
            "bootstraps_done": self.bootstraps_done,
            "resample": self.resample,
            "complete": self.complete,
            "dataset": {
                "id": self.dataset.record.id,
                "name": self.dataset.name,
                "hash": self.data_hash,
                "bindings": self.dataset.entity_of,
            },
            "report": self.report.to_json(),
            "graph": self.graph.to_json(),
            "edges": [e.to_json() for e in self.edges],
            "stability": [
                {"first": a, "second": b, "kinds": dict(kinds)}
                for (a, b), kinds in sorted(self.stability.items())
            ],
            "conflicts": [c.to_json() for c in self.conflicts],
            "knowledge": self.knowledge.to_json(),
            "notes": list(self.notes),
            "timings": dict(self.timings),
        }

    def plot(self, file: str | Path, kind: PlotKind = "graph") -> Path:
        """Draw ``graph``, ``stability`` or ``conflicts`` into a .png, .svg or .pdf file; see
        :mod:`discovery.plots`.

        Raises:
            UsageError: an unknown kind or ending, nothing to draw, or matplotlib is not installed.
        """
        from discovery.plots import draw

        return draw(self, file, kind)

    def to_text(
        self,
        *,
        max_conflicts: int | None = None,
        quotes: Callable[[Conflict], list[dict[str, Any]]] | None = None,
    ) -> str:
        """Return what was found in words, for a terminal; at most so many conflicts in full.

        ``quotes`` gives the sentences behind a conflict, as :func:`discovery.ledger.quotes` does.
        """
        settings = ", ".join(f"{k}={json.dumps(v)}" for k, v in self.settings.items())
        lines = [
            f"{self.algorithm} ({self.engine}) on {self.dataset.name}: "
            f"{len(self.edges)} edge{'s' if len(self.edges) != 1 else ''} between "
            f"{len(self.graph.nodes)} columns ({self.graph.kind.value})",
            f"settings: {settings}; seed {self.seed}",
            f"data: {self.report}",
        ]
        if not self.complete:
            lines.append("INCOMPLETE: interrupted; this is what was there by then")
        if self.bootstraps:
            lines.append(f"bootstraps: {self.bootstraps_done} of {self.bootstraps}")
        if self.edges:
            lines.append("")
            wide = max(len(e.source) for e in self.edges), max(len(e.target) for e in self.edges)
            lines += [_edge_text(e, wide) for e in self.edges]
        if self.conflicts:
            lines += ["", f"conflicts between data and what was known ({len(self.conflicts)}):"]
            for c in self.conflicts[:max_conflicts]:
                lines.append(f"  {c.source}, {c.target}: {c.kind.value}")
                held = (
                    f"; {c.evidences} evidence{'s' if c.evidences != 1 else ''}"
                    if c.evidences
                    else ""
                )
                lines.append(f"    known: {c.literature}{held}")
                for quote in quotes(c) if quotes is not None else ():
                    lines.append(f'           {quote["publication"]}: "{quote["text"]}"')
                lines.append(f"    data:  {c.data}")
                lines.append(f"    kept:  {c.kept}")
            if max_conflicts is not None and len(self.conflicts) > max_conflicts:
                lines.append(f"  ... and {len(self.conflicts) - max_conflicts} more")
        notes = [*self.notes, *self.knowledge.notes]
        if notes:
            lines += ["", *(f"note: {n}" for n in notes)]
        return "\n".join(lines)


def _edge_text(edge: DiscoveredEdge, wide: tuple[int, int]) -> str:
    parts = [f"  {edge.source:>{wide[0]}} {edge.kind} {edge.target:<{wide[1]}}"]
    parts.append({1: "+", -1: "-", 0: "?"}[edge.sign])
    if edge.stability is not None:
        parts.append(f"stability {edge.stability:.2f}")
    if edge.existence is not None:
        parts.append(f"exists {edge.existence:.2f}")
    if edge.belief is not None:
        parts.append(f"so directed {edge.belief:.2f}")
    if edge.p_value is not None:
        parts.append(f"p {edge.p_value:.2g}" if edge.p_value > 0 else "p <1e-300")
    if edge.score_difference is not None:
        parts.append(f"BIC {edge.score_difference:+.1f}")
    if edge.reason:
        parts.append(edge.reason)
    if edge.conflicts:
        parts.append("CONFLICT")
    return "  ".join(parts)
