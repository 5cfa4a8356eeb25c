"""From a learned graph to ``proposed`` statements of rung ``discovered``.

What is written: a directed edge whose direction the data alone give becomes "source affects target"
with the sign of the partial correlation; every other edge "associated with". An edge that is there
only because knowledge required it is not written: data that do not show an edge are no evidence for
it, and what came from the literature must not come back as a discovery; nor is one that is there only
because of graded priors. For the same reason an edge directed only by knowledge is written as an
association. The evidence's score is the stability, 0.5 without bootstraps.

The conflict ledger is written too: each statement that the data disagree with gets a negated evidence of
rung ``discovered`` from the dataset (``(:Evidence)-[:CONTRADICTS]->(:Statement)``), with the kind of
conflict, both sides in words, the test, and how sure the data are (:func:`discovery.ledger.sureness`) in its
details. Its score is 0: a search that does not see an edge must not by itself turn off what people
asserted, so belief and status stay as they were until a person decides. Conflicts with knowledge that no statement stands behind, and edges
that only a prior moved, stay in the result.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from discovery.claims import Conflict, ConflictKind
from discovery.ledger import sureness
from discovery.result import DiscoveredEdge, Discovery
from graph.dataset import Dataset
from graph.model import Batch, Category, Entity, Evidence, Predicate, Rung, Statement
from graph.store import Store, WriteCounts

__all__ = ["NO_BOOTSTRAP_SCORE", "against", "batch_of", "contradictions", "propose", "register"]

NO_BOOTSTRAP_SCORE = 0.5

_CATEGORIES = {"hgnc": Category.GENE, "ncbigene": Category.GENE, "uniprot": Category.PROTEIN}
_CATEGORIES |= {"chebi": Category.CHEMICAL, "doid": Category.DISEASE, "go": Category.PROCESS}
_CATEGORIES |= {"hp": Category.PHENOTYPE, "uberon": Category.ANATOMY, "cl": Category.CELL}


def propose(discovery: Discovery, store: Store) -> WriteCounts:
    """Register the dataset and write the edges between bound columns as proposals. Idempotent.

    An edge that says exactly what a statement of the store says becomes one more evidence of it,
    whatever its status; nothing is promoted.
    """
    registered = register(discovery.dataset, store)
    batch = batch_of(discovery)
    disagreeing = tuple(
        e for e in contradictions(discovery) if store.statement(e.statement) is not None
    )
    written = store.write(replace(batch, evidences=(*batch.evidences, *disagreeing)))
    return WriteCounts(*(a + b for a, b in zip(registered, written, strict=True)))


def register(dataset: Dataset, store: Store) -> WriteCounts:
    """Make the store remember a dataset. A bound entity it does not have is written first, named by
    its column until a terminology or a text names it better."""
    missing = []
    for column, curie in sorted(dataset.entity_of.items()):
        if store.entity(curie) is None:
            category = _CATEGORIES.get(curie.split(":", 1)[0], Category.THING)
            missing.append(Entity(curie, column, category))
    counts = store.write(Batch(tuple(missing))) if missing else WriteCounts()
    store.register_dataset(dataset.record)
    return counts


def batch_of(discovery: Discovery) -> Batch:
    """Return the statements and evidences that :func:`propose` writes; their entities must be in the
    store, as they are once the dataset is registered."""
    entity_of = discovery.dataset.entity_of
    statements, evidences = [], []
    for edge in discovery.edges:
        source, target = entity_of.get(edge.source), entity_of.get(edge.target)
        if edge.required or not source or not target:
            continue
        statement = _statement(edge, source, target)
        statements.append(statement)
        evidences.append(_evidence(discovery, edge, statement))
    return Batch(statements=tuple(statements), evidences=tuple(evidences))


def _statement(edge: DiscoveredEdge, source: str, target: str) -> Statement:
    if edge.directed and edge.directed_by == "data":
        return Statement(source, Predicate.AFFECTS, target, edge.sign)
    return Statement(source, Predicate.ASSOCIATED_WITH, target)


def contradictions(discovery: Discovery) -> list[Evidence]:
    """Return one negated evidence for each conflict and each statement behind its literature side."""
    edges = {frozenset((e.source, e.target)): e for e in discovery.edges}
    found = []
    for conflict in discovery.conflicts:
        if conflict.kind in (ConflictKind.PRIOR_ADDED, ConflictKind.PRIOR_REMOVED):
            continue
        edge = edges.get(frozenset((conflict.source, conflict.target)))
        stability = edge.stability if edge is not None else None
        details = _run(discovery) | {
            "stability": _short(stability),
            "sureness": _short(sureness(conflict, discovery.report.rows_used, stability)),
        }
        found += against(
            conflict, details, discovery.dataset, discovery.algorithm, discovery.version
        )
    return found


def against(
    conflict: Conflict,
    details: Mapping[str, str | int | None],
    dataset: Dataset,
    algorithm: str,
    version: str,
) -> list[Evidence]:
    """Return the negated evidences of one conflict; ``details`` are said beside the conflict itself."""
    said = {
        **details,
        "conflict": conflict.kind.value,
        "edge": f"{conflict.source}, {conflict.target}",
        "literature": conflict.literature,
        "data": conflict.data,
        "kept": conflict.kept,
        "statistic": _short(conflict.statistic),
        "p_value": _short(conflict.p_value),
    }
    return [
        Evidence(
            statement=statement,
            rung=Rung.DISCOVERED,
            source=dataset.record.id,
            extractor=algorithm,
            version=version,
            negated=True,
            score=0.0,
            details=tuple((k, str(v)) for k, v in said.items() if v is not None),
        )
        for statement in conflict.statements
    ]


def _short(value: float | None) -> str | None:
    return None if value is None else f"{value:.6g}"


def _run(discovery: Discovery) -> dict[str, str | int | None]:
    """What every evidence of one run says about it."""
    return {
        "algorithm": discovery.algorithm,
        "engine": discovery.engine,
        "settings": json.dumps(dict(discovery.settings), sort_keys=True),
        "data_hash": discovery.data_hash,
        "rows": discovery.report.rows_used,
        "bootstraps": discovery.bootstraps_done,
        "seed": discovery.seed,
    }


def _evidence(discovery: Discovery, edge: DiscoveredEdge, statement: Statement) -> Evidence:
    details = _run(discovery) | {
        "edge": f"{edge.source} {edge.kind} {edge.target}",
        "correlation": _short(edge.effect),
        "p_value": _short(edge.p_value),
        "q_value": _short(edge.q_value),
        "score_difference": _short(edge.score_difference),
        "stability": _short(edge.stability),
        "existence": _short(edge.existence),
        "probability": _short(edge.belief),
        "directed_by": edge.directed_by or None,
        "conflicts": "; ".join(sorted({c.kind.value for c in edge.conflicts})) or None,
    }
    return Evidence(
        statement=statement.id,
        rung=Rung.DISCOVERED,
        source=discovery.dataset.record.id,
        extractor=discovery.algorithm,
        version=discovery.version,
        score=NO_BOOTSTRAP_SCORE if edge.stability is None else edge.stability,
        details=tuple((k, str(v)) for k, v in details.items() if v is not None),
    )
