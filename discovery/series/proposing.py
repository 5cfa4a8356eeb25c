"""From links over time to ``proposed`` statements of rung ``discovered``.

Two columns become one statement, whatever the number of lags at which one acts on the other: "source
affects target" if a link is directed (time directs it when its lag is 1 or more), with the sign that all
its lags agree on, else 0; "associated with" for a link within a step whose direction is not known. The lags, strengths
and p-values stand in the evidence. Its score is
:data:`discovery.proposals.NO_BOOTSTRAP_SCORE`: there are no resamples of a series. Conflicts are written as
those of tables are (:mod:`discovery.proposals`).
"""

from __future__ import annotations

import json
from dataclasses import replace

from discovery.proposals import NO_BOOTSTRAP_SCORE, against, register
from discovery.series.result import LaggedEdge, SeriesDiscovery
from graph.model import Batch, Evidence, Predicate, Rung, Statement
from graph.store import Store, WriteCounts

__all__ = ["batch_of", "contradictions", "propose"]


def propose(found: SeriesDiscovery, store: Store) -> WriteCounts:
    """Register the dataset and write the links between bound columns as proposals. Idempotent."""
    registered = register(found.dataset, store)
    batch = batch_of(found)
    disagreeing = tuple(
        e for e in contradictions(found) if store.statement(e.statement) is not None
    )
    written = store.write(replace(batch, evidences=(*batch.evidences, *disagreeing)))
    return WriteCounts(*(a + b for a, b in zip(registered, written, strict=True)))


def batch_of(found: SeriesDiscovery) -> Batch:
    """Return the statements and evidences that :func:`propose` writes."""
    entity_of = found.dataset.entity_of
    pairs: dict[tuple[str, str, str], list[LaggedEdge]] = {}
    for edge in found.edges:
        if edge.source != edge.target and {edge.source, edge.target} <= entity_of.keys():
            pairs.setdefault((edge.source, edge.target, edge.kind), []).append(edge)
    statements, evidences = [], []
    for (source, target, kind), edges in pairs.items():
        ends = entity_of[source], entity_of[target]
        if kind == "-->":
            signs = {1 if e.strength > 0 else -1 for e in edges}
            sign = signs.pop() if len(signs) == 1 else 0
            statement = Statement(ends[0], Predicate.AFFECTS, ends[1], sign)
        else:
            statement = Statement(ends[0], Predicate.ASSOCIATED_WITH, ends[1])
        statements.append(statement)
        details = {
            **_run(found),
            "edge": f"{source} {kind} {target}",
            "lags": "; ".join(
                f"{e.lag}: strength {e.strength:.6g}, p {e.p_value:.6g}, q {e.q_value:.6g}" for e in edges
            ),
        }  # fmt: skip
        evidences.append(
            Evidence(
                statement=statement.id,
                rung=Rung.DISCOVERED,
                source=found.dataset.record.id,
                extractor=found.algorithm,
                version=found.version,
                score=NO_BOOTSTRAP_SCORE,
                details=tuple(details.items()),
            )
        )
    return Batch(statements=tuple(statements), evidences=tuple(evidences))


def contradictions(found: SeriesDiscovery) -> list[Evidence]:
    """Return one negated evidence for each conflict and each statement behind its literature side."""
    return [
        evidence
        for conflict in found.conflicts
        for evidence in against(
            conflict, _run(found), found.dataset, found.algorithm, found.version
        )
    ]


def _run(found: SeriesDiscovery) -> dict[str, str]:
    return {
        "algorithm": found.algorithm,
        "settings": json.dumps(dict(found.settings), sort_keys=True),
        "data_hash": found.dataset.hash,
        "windows": str(found.windows),
        "max_lag": str(found.max_lag),
        "step": found.step,
    }
