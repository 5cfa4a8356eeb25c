"""Background knowledge from the literature graph, graded or hard.

**Graded** (:func:`graded_from_graph`): a causal statement raises the prior odds of its edge. A claim
that is believed with probability b is about a direct effect in these data with probability
q = b h, h being how often a true claim of its rung is one (:data:`DIRECT`); otherwise it says nothing and
the edge is as likely as any other, with base rate r. Against "no edge" the odds of the edge are then
multiplied by 1 + q / ((1 - q) r), those of the opposite edge by 1: the logarithm, times ``strength``, is
the claim's :attr:`~discovery.knowledge.GradedClaim.log_odds`. The base rate is 1 / (p - 1), two edges a
column. :data:`STRENGTH` was chosen on simulated graphs with literature of known noise
(``benchmarks/prior_strength.py``). Claims that are only denied lower the odds in the same way.

**Hard** (:func:`knowledge_from_graph`): a statement that is believed in one direction only forbids the
edge in the opposite direction. It does not require the edge: a literature claim may be about an indirect
effect or another context, and a prior must not put into the result what the data do not show.
``require_belief`` changes that for the strongest claims.

Either way the claims, with their signs, are kept as expectations that the data are compared with, never
forced; and germline variants form the first tier, since nothing measured acts on them. Not used:
refuted statements; proposals, and in the belief of other statements the evidence of algorithms (an
algorithm's output must not become its own prior). For hard knowledge, pairs claimed in both directions and
claims that form a cycle together (feedback) give no constraint and are listed in ``Knowledge.notes``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from discovery.algorithms import Algorithm, algorithm_class
from discovery.knowledge import EdgeClaim, GradedClaim, Knowledge, Tier
from graph.belief import belief
from graph.dataset import Dataset
from graph.errors import UsageError
from graph.model import Category, Evidence, Rung, Status
from graph.store import Store

__all__ = [
    "DIRECT", "STRENGTH", "Priors", "graded_from_graph", "knowledge_from_graph", "log_odds_of",
    "priors_for", "priors_from_graph",
]  # fmt: skip

Priors = Literal["graded", "hard", "none"]

STRENGTH = 0.5
"""Factor on the log odds of graded priors. With literature as reliable as it says it is, 0.5 brought the
graph nearest to the truth, and with literature that is always wrong it did little harm; full strength counts
every claim as if nothing else about it were uncertain (``benchmarks/prior_strength.py``)."""

DIRECT: Mapping[Rung, float] = {
    Rung.ASSERTION: 0.6,
    Rung.ASSOCIATION: 0.4,
    Rung.INTERVENTION: 0.7,
    Rung.GENETIC: 0.5,
    Rung.CURATED: 0.8,
    Rung.PREDICTED: 0.3,
}
"""How often a true claim whose best evidence is of this rung is about a direct effect. Set by hand:
a database lists steps, a trial or a sentence often a whole pathway."""

_MOST = 1 - 1e-6
_PART = 500


@dataclass
class _Claimed:
    """What is said of one ordered pair of columns."""

    support: float = 0.0
    denial: float = 0.0
    statements: list[str] = field(default_factory=list)
    denied_by: list[str] = field(default_factory=list)
    signs: set[int] = field(default_factory=set)
    rungs: set[Rung] = field(default_factory=set)
    evidences: int = 0

    @property
    def sign(self) -> int:
        signs = self.signs - {0}
        return signs.pop() if len(signs) == 1 else 0

    @property
    def direct(self) -> float:
        return max((DIRECT.get(r, 0.0) for r in self.rungs), default=0.0)


def log_odds_of(belief: float, direct: float, columns: int, strength: float = STRENGTH) -> float:
    """Return the prior log odds of an edge that is claimed with so much belief.

    Args:
        belief: probability that the claim holds.
        direct: probability that it is about a direct effect if it does.
        columns: how many columns the data have.
        strength: factor on the result; 0 gives 0.

    >>> round(log_odds_of(0.8, 0.6, 11, strength=1.0), 2)
    2.33
    """
    q = min(max(belief * direct, 0.0), _MOST)
    return strength * math.log1p(q / (1 - q) * max(columns - 1, 1))


def priors_from_graph(
    store: Store,
    dataset: Dataset,
    kind: Priors = "graded",
    *,
    strength: float = STRENGTH,
    min_belief: float = 0.7,
    require_belief: float | None = None,
    predicted: bool = False,
) -> Knowledge:
    """Return graded or hard knowledge, or none at all.

    Args:
        predicted: see :func:`graded_from_graph`; only graded knowledge takes predictions.

    Raises:
        UsageError: an unknown kind, or a number out of its range.
    """
    if predicted and kind != "graded":
        raise UsageError("only graded priors take predictions", hint='Use priors="graded".')
    match kind:
        case "none":
            return Knowledge()
        case "graded":
            if require_belief is not None:
                raise UsageError(
                    "graded priors require nothing", hint="Leave require_belief out, or use hard."
                )
            return graded_from_graph(store, dataset, strength=strength, predicted=predicted)
        case "hard":
            return knowledge_from_graph(
                store, dataset, min_belief=min_belief, require_belief=require_belief
            )
    raise UsageError(f"priors={kind!r} is not known", hint='Choose "graded", "hard" or "none".')


def priors_for(
    algorithm: str | type[Algorithm] | Algorithm,
    store: Store,
    dataset: Dataset,
    kind: Priors | None = None,
    *,
    strength: float = STRENGTH,
    min_belief: float = 0.7,
) -> Knowledge:
    """Return the priors of the graph that an algorithm can take.

    Args:
        kind: as for :func:`priors_from_graph`; None takes graded priors where the algorithm takes them,
            else hard ones, else only the expectations that the data are compared with. A note says so
            when it is not the first.

    Raises:
        UsageError: an unknown algorithm or kind, or a number out of its range.
    """
    one = algorithm_class(algorithm) if isinstance(algorithm, str) else algorithm
    if kind is not None:
        return priors_from_graph(store, dataset, kind, strength=strength, min_belief=min_belief)
    if "graded" in one.takes:
        return graded_from_graph(store, dataset, strength=strength)
    known = knowledge_from_graph(store, dataset, min_belief=min_belief)
    if not known:
        return known
    if all(part in one.takes for part in ("forbidden", "tiers") if getattr(known, part)):
        note = (
            f"{one.name} cannot take graded priors: believed directions forbid the opposite instead"
        )
        return _noted(known, note)
    note = (
        f"{one.name} takes no such priors: what the literature says is only compared with the data"
    )
    return _noted(Knowledge(expected=known.expected, notes=known.notes), note)


def _noted(knowledge: Knowledge, note: str) -> Knowledge:
    return knowledge.joined(Knowledge(notes=[note]))


def graded_from_graph(
    store: Store,
    dataset: Dataset,
    *,
    strength: float = STRENGTH,
    min_belief: float = 0.1,
    predicted: bool = False,
) -> Knowledge:
    """Return prior log odds from the graph's asserted and curated causal statements.

    Args:
        store: the graph.
        dataset: its bound columns are looked up.
        strength: factor on all log odds; 0 leaves the expectations only.
        min_belief: claims believed less are left out.
        predicted: where people claim nothing of a pair, count a link prediction's calibrated probability
            (rung ``predicted``, which the claim keeps); it is never compared with the data as literature.

    Raises:
        UsageError: if ``strength`` is negative or not finite, or ``min_belief`` not between 0 and 1.
    """
    if not (math.isfinite(strength) and strength >= 0):
        raise UsageError(f"the prior strength must be 0 or more, not {strength}")
    _within(min_belief=min_belief)
    if not dataset.column_of:
        return _unbound()
    claimed = _claimed(store, dataset)
    guessed = _predicted(store, dataset, claimed) if predicted else {}
    claimed |= guessed
    p = len(dataset.columns)
    graded, expected, notes = [], [], []
    for pair in sorted(claimed):
        found = claimed[pair]
        back = claimed.get(pair[::-1])
        if found.support >= min_belief:
            value = log_odds_of(found.support, found.direct, p, strength)
            ids = tuple(sorted(found.statements))
            if pair in guessed:
                notes.append(f"{pair[0]} -> {pair[1]} is only predicted ({found.support:.2f})")
            elif back is None or back.support < min_belief:
                expected.append(EdgeClaim(*pair, ids, found.support, found.sign, found.evidences))
            elif pair[0] < pair[1]:
                notes.append(
                    f"{pair[0]} and {pair[1]} are claimed to act on each other: both directions are "
                    "raised, and the data are not compared with either"
                )
        elif found.denial >= min_belief:
            value = -log_odds_of(found.denial, found.direct, p, strength)
            ids = tuple(sorted(found.denied_by))
        else:
            continue
        if value:
            graded.append(
                GradedClaim(
                    *pair, value, ids, found.support or None,
                    tuple(sorted(r.value for r in found.rungs)), found.evidences,
                )
            )  # fmt: skip
    return Knowledge(tiers=_tiers(store, dataset), expected=expected, graded=graded, notes=notes)


def knowledge_from_graph(
    store: Store,
    dataset: Dataset,
    *,
    min_belief: float = 0.8,
    require_belief: float | None = None,
    doubt: float = 0.3,
) -> Knowledge:
    """Return what the graph's asserted and curated causal statements say about bound columns, as hard
    knowledge.

    Args:
        store: the graph.
        dataset: its bound columns are looked up.
        min_belief: claims believed at least so much forbid the opposite direction.
        require_belief: claims believed at least so much are required; None requires nothing.
        doubt: a claim counts as one-directional only if the opposite one is believed less than this.

    Raises:
        UsageError: if a threshold is not between 0 and 1, or ``require_belief < min_belief``.
    """
    _within(min_belief=min_belief, doubt=doubt)
    if require_belief is not None and not min_belief <= require_belief <= 1.0:
        raise UsageError(
            f"require_belief must be between min_belief ({min_belief}) and 1, not {require_belief}"
        )
    if not dataset.column_of:
        return _unbound()
    claimed = {
        pair: c
        for pair, c in _claimed(store, dataset).items()
        if c.support >= min(min_belief, doubt)
    }
    notes = []
    strong = {pair for pair, c in claimed.items() if c.support >= min_belief}
    single = set()
    for source, target in sorted(strong):
        back = claimed.get((target, source))
        if back is not None and back.support >= doubt:
            if source < target or (target, source) not in strong:
                one = claimed[source, target]
                notes.append(
                    f"{source} -> {target} (belief {one.support:.2f}) and {target} -> {source} "
                    f"(belief {back.support:.2f}) are both claimed: no constraint "
                    f"({', '.join(sorted({*one.statements, *back.statements}))})"
                )
        else:
            single.add((source, target))
    for component in _feedback(single):
        inside = sorted(p for p in single if p[0] in component and p[1] in component)
        single -= set(inside)
        notes.append(
            "claims that form a cycle together give no constraint: "
            + ", ".join(f"{a} -> {b}" for a, b in inside)
        )
    tiers = _tiers(store, dataset)
    first = set(tiers[0].columns) if tiers else set()
    for source, target in sorted(single):
        if target in first and source not in first:
            single.discard((source, target))
            notes.append(f"{source} -> {target} is claimed, but nothing acts on a germline variant")

    def claim(pair: tuple[str, str], *, turned: bool = False) -> EdgeClaim:
        found = claimed[pair]
        ids = tuple(sorted(found.statements))
        if turned:
            return EdgeClaim(*pair[::-1], ids, found.support, 0, found.evidences)
        return EdgeClaim(*pair, ids, found.support, found.sign, found.evidences)

    chosen = sorted(single)
    required = [
        claim(p)
        for p in chosen
        if require_belief is not None and claimed[p].support >= require_belief
    ]
    return Knowledge(
        required=required,
        forbidden=[claim(p, turned=True) for p in chosen],
        tiers=tiers,
        expected=[claim(p) for p in chosen],
        notes=notes,
    )


def _within(**values: float) -> None:
    for name, value in values.items():
        if not 0.0 <= value <= 1.0:
            raise UsageError(f"{name} must be between 0 and 1, not {value}")


def _unbound() -> Knowledge:
    return Knowledge(
        notes=["no column is bound to an entity, so the graph says nothing about them"]
    )


def _claimed(store: Store, dataset: Dataset) -> dict[tuple[str, str], _Claimed]:
    """Return what people's evidence says about each ordered pair of bound columns."""
    column_of = dataset.column_of
    ids = sorted(column_of)
    statements = [
        s
        for s in store.statements_between(ids, ids, statuses=(Status.ASSERTED, Status.CURATED))
        if s.causal
    ]
    evidences = _human_evidence(store, [s.id for s in statements])
    found: dict[tuple[str, str], _Claimed] = {}
    for statement in sorted(statements, key=lambda s: s.id):
        human = evidences.get(statement.id, [])
        support = belief(human)
        denial = 0.0 if support else belief(replace(e, negated=False) for e in human)
        claims = found.setdefault(
            (column_of[statement.subject], column_of[statement.object]), _Claimed()
        )
        if support or denial:
            claims.evidences += len(human)
            claims.rungs |= {e.rung for e in human}
        if support:
            claims.statements.append(statement.id)
            claims.support = max(claims.support, support)
            claims.signs.add(statement.sign)
        elif denial:
            claims.denied_by.append(statement.id)
            claims.denial = max(claims.denial, denial)
    return {pair: c for pair, c in found.items() if c.evidences}


def _predicted(
    store: Store, dataset: Dataset, claimed: Mapping[tuple[str, str], _Claimed]
) -> dict[tuple[str, str], _Claimed]:
    """Return the link predictions about pairs that people claim nothing of, in either direction."""
    column_of = dataset.column_of
    ids = sorted(column_of)
    found: dict[tuple[str, str], _Claimed] = {}
    proposed = store.statements_between(ids, ids, statuses=(Status.PROPOSED,))
    for statement in sorted(proposed, key=lambda s: s.id):
        pair = (column_of[statement.subject], column_of[statement.object])
        if not statement.causal or pair in claimed or pair[::-1] in claimed:
            continue
        said = [
            e
            for e in store.evidences_of(statement.id)
            if e.rung is Rung.PREDICTED and e.supports and e.score > 0
        ]
        if said:
            one = found.setdefault(pair, _Claimed())
            one.support = max(one.support, *(e.score for e in said))
            one.statements.append(statement.id)
            one.signs.add(statement.sign)
            one.rungs.add(Rung.PREDICTED)
            one.evidences += len(said)
    return found


def _human_evidence(store: Store, statements: Sequence[str]) -> dict[str, list[Evidence]]:
    """Return what belief needs of the evidence that no algorithm made, without retracted papers."""
    found: dict[str, list[Evidence]] = {}
    for first in range(0, len(statements), _PART):
        rows = store.read(
            "UNWIND $ids AS wanted "
            "MATCH (s:Statement {id: wanted})<-[:SUPPORTS|CONTRADICTS]-(e:Evidence) "
            "OPTIONAL MATCH (e)-[:REPORTED_IN]->(p:Publication) "
            "RETURN s.id AS statement, e.rung AS rung, e.source AS source, e.extractor AS extractor, "
            "e.publication AS publication, e.negated AS negated, e.hedged AS hedged, "
            "e.score AS score, coalesce(p.retracted, false) AS retracted",
            {"ids": list(statements[first : first + _PART])},
            max_rows=None,
            timeout=300.0,
        ).rows
        for row in rows:
            rung = Rung(row["rung"])
            if rung.by_algorithm or row["retracted"]:
                continue
            found.setdefault(row["statement"], []).append(
                Evidence(
                    row["statement"], rung, row["source"], row["extractor"],
                    publication=row["publication"] or "", negated=bool(row["negated"]),
                    hedged=bool(row["hedged"]), score=float(row["score"]),
                )
            )  # fmt: skip
    return found


def _tiers(store: Store, dataset: Dataset) -> list[Tier]:
    """Return germline variants before everything else, nothing if there are none."""
    first = []
    for column, curie in sorted(dataset.entity_of.items()):
        entity = store.entity(curie)
        if entity is not None and entity.category is Category.VARIANT:
            first.append(column)
    rest = [c for c in sorted(dataset.entity_of) if c not in first]
    return [Tier(tuple(first)), Tier(tuple(rest))] if first and rest else []


def _feedback(pairs: Iterable[tuple[str, str]]) -> list[set[str]]:
    """Return the strongly connected components with more than one node."""
    import networkx as nx

    graph = nx.DiGraph(sorted(pairs))
    found = [set(c) for c in nx.strongly_connected_components(graph) if len(c) > 1]
    return sorted(found, key=min)
