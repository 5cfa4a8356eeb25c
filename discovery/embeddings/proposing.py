"""From a trained model to proposed edges with a false discovery rate, and into the store.

Written are ``proposed`` statements of rung ``predicted``. They are never training data: what an algorithm said
is not evidence for itself. :func:`discovery.embeddings.export` leaves them out until a person accepts them, and
:func:`write` says in every evidence which snapshot and model it comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from discovery.embeddings.calibration import Calibration, calibrate
from discovery.embeddings.explaining import Neighbourhood
from discovery.embeddings.metrics import Scorer
from discovery.embeddings.negatives import corrupt, domains
from discovery.embeddings.selection import (
    Candidates,
    NullDraw,
    fit_nulls,
    null_scores,
    q_values,
)
from discovery.embeddings.triples import F64, I64, Known, Triples
from graph.errors import DataError, UsageError
from graph.model import Batch, Evidence, Predicate, Rung, Statement, Status
from graph.store import Store, WriteCounts

__all__ = ["Proposal", "Proposals", "calibration_of", "candidates_of", "propose", "write"]

NEGATIVES = 10
MOST = 5_000_000
Fit = Callable[[Triples, int], Scorer]
Report = Callable[[int, int | None, str], None]

_OPPOSITE = {
    frozenset(("treats", "causes")), frozenset(("prevents", "causes")),
    frozenset(("increases", "decreases")),
}  # fmt: skip


@dataclass(frozen=True)
class Proposal:
    """One proposed edge.

    Attributes:
        head, relation, tail: CURIEs and the relation's name.
        score: the model's; ``p`` its conformal p-value, ``q`` the smallest rate it is chosen at.
        probability: calibrated, among ten untrue edges for each true one; None without a held-out part.
        paths, nearest, novelty, against: see :class:`discovery.embeddings.explaining.Neighbourhood`.
    """

    head: str
    relation: str
    tail: str
    score: float
    p: float
    q: float
    probability: float | None
    paths: list[dict[str, Any]] = field(default_factory=list)
    nearest: list[dict[str, Any]] = field(default_factory=list)
    novelty: dict[str, Any] = field(default_factory=dict)
    against: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Proposals:
    """What was chosen, out of how many, and how."""

    chosen: tuple[Proposal, ...]
    candidates: int
    fdr: float
    nulls: int
    model: str
    graph: str
    calibration: Calibration | None
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "fdr": self.fdr, "candidates": self.candidates, "rewired_graphs": self.nulls,
            "model": self.model, "graph": self.graph,
            "calibration_error": None if self.calibration is None else self.calibration.error,
            "notes": list(self.notes), "proposals": [p.to_json() for p in self.chosen],
        }  # fmt: skip


def candidates_of(
    triples: Triples,
    known: Known,
    relations: Sequence[str],
    heads: Sequence[str] | None = None,
    tails: Sequence[str] | None = None,
) -> Candidates:
    """Return the pairs of the right types that are not known, of some relations.

    Args:
        heads, tails: only pairs with these entities.

    Raises:
        UsageError: an unknown relation or entity, or more than five million pairs.
    """
    allowed = domains(triples)
    parts: list[tuple[I64, int, I64]] = []
    total = 0
    for name in relations:
        relation = triples.relation_id(name)
        ends = []
        for side, some in (("head", heads), ("tail", tails)):
            ids = np.flatnonzero(allowed[side][relation])
            if some is not None:
                ids = np.intersect1d(ids, [_id(triples, one) for one in some])
            ends.append(ids)
        total += len(ends[0]) * len(ends[1])
        if total > MOST:
            raise UsageError(
                f"more than {MOST:,} pairs would be looked at",
                hint="Name heads or tails, or fewer relations.",
            )
        h = np.repeat(ends[0], len(ends[1]))
        t = np.tile(ends[1], len(ends[0]))
        free = (h != t) & ~known.contains(h, np.full(len(h), relation), t)
        parts.append((h[free], relation, t[free]))
    if not parts:
        raise UsageError("no relation was named", hint=f"There are {', '.join(triples.relations)}.")
    return Candidates(
        np.concatenate([h for h, _, _ in parts]),
        np.concatenate([np.full(len(h), r) for h, r, _ in parts]),
        np.concatenate([t for _, _, t in parts]),
    )


def _id(triples: Triples, curie: str) -> int:
    found = triples.index.get(curie)
    if found is None:
        raise UsageError(
            f"'{curie}' is not in the graph the model was trained on",
            hint="Export and train again, or give an entity of that graph.",
        )
    return found


def calibration_of(
    scorer: Scorer, valid: Triples, known: Known, train: Triples, seed: int = 0
) -> Calibration:
    """Return the calibration on held-out edges, against ten untrue ones of the right types each.

    Raises:
        DataError: nothing was held out.
    """
    if not len(valid):
        raise DataError(
            "nothing was held out to calibrate on",
            hint="Train on a split with a validation part: --split random.",
        )
    h, r, t, _ = corrupt(valid, known, NEGATIVES, candidates=domains(train), seed=seed)
    scores = np.concatenate(
        [scorer.score(valid.heads, valid.edges_relation, valid.tails), scorer.score(h, r, t)]
    )
    truth = np.concatenate([np.ones(len(valid)), np.zeros(len(h))])
    return calibrate(scores, truth, np.concatenate([valid.edges_relation, r]), seed=seed)


def propose(
    scorer: Scorer,
    train: Triples,
    fit: Fit,
    relations: Sequence[str],
    *,
    valid: Triples | None = None,
    fdr: float = 0.1,
    nulls: int = 20,
    most: int = 100,
    heads: Sequence[str] | None = None,
    tails: Sequence[str] | None = None,
    vectors: F64 | None = None,
    model: str = "model",
    seed: int = 0,
    report: Report | None = None,
) -> Proposals:
    """Choose edges that stand out from what degree gives, at a false discovery rate.

    Args:
        scorer: the model, fitted to ``train``.
        fit: fits the same model with the same settings to a rewired graph: ``fit(triples, seed)``.
        valid: edges that were held out, for probabilities; they are not proposed.
        nulls: how many rewired graphs the null scores come from. With ``nulls`` below ``1 / fdr``
            a single edge cannot be chosen, however high its score.
        most: how many of the chosen are explained and returned, best first.
        vectors: an embedding per entity, for the nearest known edges.
        report: called with what is done, of how much, and words.

    Raises:
        UsageError: a rate that is none, unknown relations or entities, too many pairs.
        DataError: a score is NaN.
    """
    if not 0 < fdr < 1:
        raise UsageError(f"the false discovery rate must be between 0 and 1, not {fdr}")
    if nulls < 1:
        raise UsageError(f"{nulls} rewired graphs give no null scores", hint="Use 20.")
    known = train.known(valid) if valid is not None else train.known()
    pairs = candidates_of(train, known, relations, heads, tails)
    if not len(pairs):
        return Proposals((), 0, fdr, nulls, model, train.hash, None, ("there are no such pairs",))
    notes = []
    draws: list[NullDraw] = []
    for i in range(nulls):
        draws.append(null_scores(train, pairs, fit, seed + 1 + i))
        if report is not None:
            report(i + 1, nulls, "rewired graphs")
    if nulls * fdr < 1:
        notes.append(
            f"{nulls} rewired graphs resolve a single edge only at {1 / nulls:.2f}: "
            "at a lower rate several must stand out together"
        )
    scores = np.asarray(scorer.score(pairs.heads, pairs.relations, pairs.tails), np.float64)
    p = fit_nulls(draws).p_values(train, pairs, scores)
    q = q_values(p)
    calibration = None
    if valid is not None and len(valid):
        held = valid.subset(np.isin(valid.edges_relation, np.unique(pairs.relations)))
        if len(held) >= 5:
            calibration = calibration_of(scorer, held, known, train, seed)
    if calibration is None:
        notes.append("no probabilities: fewer than five edges of these relations were held out")
    chosen = np.flatnonzero(q <= fdr)
    order = chosen[np.lexsort((-scores[chosen], q[chosen]))]
    if len(order) > most:
        notes.append(f"{len(order)} edges were chosen, the first {most} are given")
    look = Neighbourhood(train, vectors)
    found = []
    for place in order[:most].tolist():
        h, r, t = (int(x[place]) for x in (pairs.heads, pairs.relations, pairs.tails))
        likely = None
        if calibration is not None:
            likely = float(calibration(scores[[place]], np.array([r]))[0])
        found.append(
            Proposal(
                train.entities[h], train.relations[r], train.entities[t], float(scores[place]),
                float(p[place]), float(q[place]), likely, look.paths(h, t), look.nearest(h, r, t),
                look.novelty(h, r, t), look.against(h, r, t, _contradict),
            )
        )  # fmt: skip
    return Proposals(
        tuple(found), len(pairs), fdr, nulls, model, train.hash, calibration, tuple(notes)
    )


def _contradict(one: str, other: str) -> bool:
    return frozenset((_predicate(one).value, _predicate(other).value)) in _OPPOSITE


def _predicate(relation: str) -> Predicate:
    """Return the predicate behind a relation's name, ``associated_with`` for one that is not ours."""
    word = relation.split("|")[0].split(":")[0].lower().replace(" ", "_")
    try:
        return Predicate(word)
    except ValueError:
        return Predicate.ASSOCIATED_WITH


def write(proposals: Proposals, store: Store, version: str = "1") -> tuple[WriteCounts, list[str]]:
    """Write the proposals whose entities the store has: status ``proposed``, rung ``predicted``.

    A pair that a person has refuted is not proposed again. Idempotent.

    Returns:
        What was written, and what was not, in words.
    """
    statements, evidences, notes = [], [], []
    for one in proposals.chosen:
        if store.entity(one.head) is None or store.entity(one.tail) is None:
            notes.append(f"{one.head} or {one.tail} is not in this store")
            continue
        predicate = _predicate(one.relation)
        statement = Statement(one.head, predicate, one.tail, predicate.info.sign)
        known = store.statement(statement.id)
        if known is not None and known.status is Status.REFUTED:
            notes.append(f"{one.head} {one.relation} {one.tail} was rejected before")
            continue
        against = store.statements_between([one.head], [one.tail])
        opposed = [s.id for s in against if s.sign * statement.sign < 0]
        details = {
            "model": proposals.model,
            "graph": proposals.graph,
            "relation": one.relation,
            "score": f"{one.score:.6g}",
            "p_value": f"{one.p:.3g}",
            "q_value": f"{one.q:.3g}",
            "fdr": proposals.fdr,
            "null": f"{proposals.nulls} rewired graphs, degree-matched",
            "probability": None if one.probability is None else f"{one.probability:.4f}",
            "paths": "; ".join(p["path"] for p in one.paths[:3]) or None,
            "distance": one.novelty.get("distance"),
            "contradicted_by": ", ".join(opposed) or None,
        }
        statements.append(statement)
        evidences.append(
            Evidence(
                statement=statement.id,
                rung=Rung.PREDICTED,
                source=f"embedding:{proposals.graph[:16]}",
                extractor=f"embedding-{proposals.model}",
                version=version,
                score=0.0 if one.probability is None else min(max(one.probability, 0.0), 1.0),
                details=tuple((k, str(v)) for k, v in details.items() if v is not None),
            )
        )
    batch = Batch(statements=tuple(statements), evidences=tuple(evidences))
    return store.write(batch), notes


def again(trained: Any) -> Fit:
    """Return what fits a trained model's configuration to a rewired graph, for as many epochs as were
    best for it, with the features of entities it has."""
    from discovery.embeddings.models.embedding import build
    from discovery.embeddings.training import train

    best = max(
        (e for e in trained.history if e.valid is not None),
        key=lambda e: e.valid,
        default=trained.history[-1] if trained.history else None,
    )
    config = replace(
        trained.config, epochs=best.number if best else trained.config.epochs, every=0, patience=0
    )
    make = partial(build, given=getattr(trained.model, "given", None))
    return lambda triples, seed: train(triples, replace(config, seed=seed), make=make)
