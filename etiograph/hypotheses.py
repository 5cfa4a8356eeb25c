"""Drug hypotheses: candidates with what speaks for and against each, in columns that are never mixed.

For a disease the candidates are drugs (and, if asked, targets: genes and proteins with the direction they
would have to be moved in); for a drug they are diseases. Each is described by a link prediction with its false
discovery rate, mechanisms and the balance of their signs, the direction a simulated intervention moves the
disease in, genetic support, trials, and safety signals. The order is the mean rank over the columns that say
something (Borda's count); every column is shown, so that any other order can be had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from etiograph.measuring import Measurement, Question, cheapest
from etiograph.predicting import PairScorer
from graph.errors import UsageError
from graph.model import Category, Entity, Evidence, Predicate, Rung, Statement, Status
from graph.store import Store

if TYPE_CHECKING:
    from queries.mechanism import Chain, Network

__all__ = ["Hypotheses", "Hypothesis", "hypotheses"]

Scorer = Callable[[str, str], float | None]
"""The score of a (drug or gene, disease) pair, None where there is none."""

_DRUGS = (Category.CHEMICAL.value,)
_TARGETS = (Category.GENE.value, Category.PROTEIN.value)
_DISEASES = (Category.DISEASE.value, Category.PHENOTYPE.value)
_POOL, _SCORED = 300, 50
_CURES = (Predicate.TREATS, Predicate.PREVENTS)
_HELPS = (*_CURES, Predicate.DECREASES)
_HARMS = (Predicate.CAUSES, Predicate.INCREASES)


@dataclass(frozen=True)
class Hypothesis:
    """One candidate and its columns; a column that says nothing is None or empty.

    Attributes:
        kind: ``drug``, ``target`` or ``disease`` (what the candidate is).
        move: +1 if it would have to be raised (given, activated), -1 if lowered (inhibited).
        prediction: ``score``, ``probability``, ``q_value`` and ``fdr`` of a link prediction, with rung, the
            ``scorer`` it is from (scores of different ones have no common scale) and its ``account``: what the
            score rests on.
        mechanism: ``chains`` in words, ``raises`` and ``lowers``: belief of the best chain of each sign;
            ``balance``. The direct edge between the two counts for targets only: of a drug it is what is
            asked about.
        direction: ``match`` if moving it lowers the disease, ``opposes`` if it raises it, ``ambiguous``,
            ``unknown``; ``strength`` of the better supported direction over the other, in [-1, 1].
        genetic: statements with genetic evidence that connect the disease with the candidate or with
            what it acts on directly.
        trials: evidence of rung ``intervention`` on the pair, for and against.
        safety: what else it is said or simulated to raise.
        known: what people already state of the pair. That a gene lowers a disease is no treatment.
    """

    id: str
    name: str
    kind: str
    move: int
    prediction: dict[str, Any] | None
    mechanism: dict[str, Any]
    direction: dict[str, Any]
    genetic: list[dict[str, Any]]
    trials: dict[str, Any]
    safety: list[dict[str, Any]]
    known: list[str]
    rank: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Hypotheses:
    """The candidates in order, and the measurement that would sort them best for its cost."""

    subject: str
    name: str
    candidates: tuple[Hypothesis, ...]
    measurement: Measurement | None
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "subject": self.subject, "name": self.name,
            "candidates": [c.to_json() for c in self.candidates],
            "measure_next": None if self.measurement is None else asdict(self.measurement),
            "notes": list(self.notes),
        }  # fmt: skip

    def to_text(self) -> str:
        """The table for a terminal."""
        lines = [f"Hypotheses for {self.name} ({self.subject})", ""]
        lines.append(
            "  #  candidate                     score  scorer        q      direction  genes trials safety"
        )
        for i, c in enumerate(self.candidates, 1):
            seen = c.prediction or {}
            score, q = seen.get("score"), seen.get("q_value")
            trials = f"{c.trials['for']}:{c.trials['against']}"
            move = {1: "", -1: "inhibit "}[c.move]
            lines.append(
                f"{i:>3}  {(move + c.name)[:28]:<28}  "
                f"{'-' if score is None else format(score, '.2f'):>6}  "
                f"{seen.get('scorer', '-')[:12]:<12}  "
                f"{'-' if q is None else format(q, '.2g'):<5}  {c.direction['call']:<9}  "
                f"{len(c.genetic):>5} {trials:>6} {len(c.safety):>6}"
                + (f"  (known: {', '.join(c.known)})" if c.known else "")
            )
            lines += [f"       {told}" for told in c.mechanism["chains"][:2]]
            if seen.get("account"):
                lines.append(f"       score rests on {'; '.join(seen['account'][:2])}")
        if not self.candidates:
            lines.append("  none")
        if self.measurement is not None:
            lines += ["", f"Measure next: {self.measurement.told}"]
        return "\n".join([*lines, *(f"Note: {n}" for n in self.notes)])


@dataclass
class _Graph:
    """What is read of the store once."""

    store: Store
    network: Network
    names: dict[str, str] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)

    def name(self, id_: str) -> str:
        return self.names.get(id_, id_)

    def told(self, chain: Chain) -> str:
        arrows = {1: "-[raises]->", -1: "-[lowers]->", 0: "-->"}
        words = [self.name(chain.links[0].cause)]
        for link in chain.links:
            words += [arrows[link.sign], self.name(link.effect)]
        return f"{' '.join(words)} ({chain.belief:.2g})"


def hypotheses(
    store: Store,
    *,
    disease: Entity | None = None,
    drug: Entity | None = None,
    targets: bool = False,
    scorer: Scorer | None = None,
    known: bool = False,
    most: int = 20,
    max_length: int = 4,
    min_belief: float = 0.05,
    progress: Callable[[int, int | None, str], None] | None = None,
) -> Hypotheses:
    """Rank drugs (or targets) for a disease, or diseases for a drug.

    Args:
        disease, drug: one of the two.
        targets: genes and proteins instead of drugs.
        scorer: a model's or another scorer's; a prediction in the store goes before it.
        known: also candidates that people already state to treat, prevent or lower the disease.
        most: how many are given.
        max_length: links of a mechanism.

    Raises:
        UsageError: neither or both of disease and drug, targets of a drug.
    """
    from queries.mechanism import Network

    if (disease is None) == (drug is None):
        raise UsageError("give a disease or a drug", hint="--disease NAME or --drug NAME.")
    subject = disease or drug
    assert subject is not None
    if drug is not None and targets:
        raise UsageError("targets are ranked for a disease", hint="Use --disease with --targets.")
    rows = store.read(
        "MATCH (e:Entity) RETURN e.id AS id, e.name AS name, e.category AS category ORDER BY id",
        max_rows=None, timeout=300.0,
    ).rows  # fmt: skip
    graph = _Graph(
        store,
        Network.of_store(store, min_belief=min_belief),
        {str(r["id"]): str(r["name"]) for r in rows},
        {str(r["id"]): str(r["category"]) for r in rows},
    )
    if scorer is not None and not isinstance(scorer, PairScorer):
        scorer = PairScorer("given", scorer)
    wanted = _DISEASES if drug is not None else (_TARGETS if targets else _DRUGS)
    pool = _pool(graph, subject.id, drug is not None, wanted, max_length, scorer)
    found, notes, hidden = [], [], 0
    for i, (candidate, move) in enumerate(pool):
        ends = (subject.id, candidate) if drug is not None else (candidate, subject.id)
        kind = "disease" if drug is not None else ("target" if targets else "drug")
        one = _described(graph, candidate, kind, move, *ends, scorer, max_length)
        if known or not one.known:
            found.append(one)
        else:
            hidden += 1
        if progress is not None:
            progress(i + 1, len(pool), "candidates")
    ranked = _ranked(found)[:most]
    if scorer is not None:
        ranked = [_accounted(c, subject.id, drug is not None, scorer) for c in ranked]
    if len(pool) == _POOL:
        notes.append(f"more than {_POOL} candidates: the {_POOL} nearest were looked at")
    if hidden:
        notes.append(f"{hidden} left out that are already stated to treat it: --known shows them")
    if not pool:
        notes.append("the graph has no directed way between it and any candidate")
    if not any(c.prediction for c in ranked):
        notes.append(
            "no link predictions: etiograph embed propose --write adds them, or give --model"
        )
    if disease is not None and not targets and scorer is None and not _treated(store, disease.id):
        notes.append("no drug is stated to treat it: --scorer cold-start scores such diseases")
    questions = [
        Question(
            c.id, c.name, *((subject.id, c.id) if drug is not None else (c.id, subject.id)), c.move
        )
        for c in ranked[:10]
    ]
    return Hypotheses(
        subject.id, subject.name, tuple(ranked),
        cheapest(graph.network, questions, max_length, graph.names), tuple(notes),
    )  # fmt: skip


def _pool(
    graph: _Graph,
    subject: str,
    forward: bool,
    wanted: Sequence[str],
    depth: int,
    scorer: PairScorer | None,
) -> list[tuple[str, int]]:
    """Return candidates and the direction each would be moved in: those that are predicted, those with
    a way to (from) the subject, and those that the model scores highest."""
    from queries.mechanism import downstream, regulators

    found: dict[str, int] = {}
    if subject in graph.network:
        if forward:
            effects = downstream(
                graph.network, {subject: 1}, depth=depth, least=1e-9, most=10 * _POOL
            )
            near = [(e.node, 1) for e in effects]
        else:
            causes = regulators(
                graph.network, {subject: -1}, depth=depth, least=1e-6, most=10 * _POOL
            )
            near = [(c.node, c.direction) for c in causes]
            arcs = graph.network.into
            at = graph.network.at(subject)
            direct = arcs.target[arcs.first[at] : arcs.first[at + 1]]
            near += [(graph.network.nodes[int(n)], 1) for n in direct]
        for node, move in near:
            if graph.categories.get(node) in wanted and node != subject:
                # a drug is given; only a target can be moved either way
                found.setdefault(node, move if wanted is _TARGETS else 1)
    pattern = "(a:Entity {id: $id})" if forward else "(a:Entity)"
    other = "(b:Entity)" if forward else "(b:Entity {id: $id})"
    rows = graph.store.read(
        f"MATCH {pattern}<-[:SUBJECT]-(s:Statement)-[:OBJECT]->{other} "
        "MATCH (s)<-[:SUPPORTS]-(e:Evidence) WHERE e.rung = 'predicted' AND s.status <> 'refuted' "
        "RETURN DISTINCT a.id AS a, b.id AS b ORDER BY a, b",
        {"id": subject}, max_rows=None, timeout=300.0,
    ).rows  # fmt: skip
    predicted = [str(r["b"] if forward else r["a"]) for r in rows]
    first = {p: found.get(p, 1) for p in predicted if graph.categories.get(p) in wanted}
    best: list[tuple[float, str]] = []
    if scorer is not None:
        for node, kind in graph.categories.items():
            if kind in wanted and node != subject:
                score = scorer(subject, node) if forward else scorer(node, subject)
                if score is not None:
                    best.append((-score, node))
    scored = {node: found.get(node, 1) for _, node in sorted(best)[:_SCORED]}
    return list((first | dict(list(found.items())[: _POOL - _SCORED]) | scored).items())[:_POOL]


def _described(
    graph: _Graph,
    candidate: str,
    kind: str,
    move: int,
    cause: str,
    effect: str,
    scorer: PairScorer | None,
    max_length: int,
) -> Hypothesis:
    statements = graph.store.statements_between([cause, effect], [cause, effect])
    pair = [s for s in statements if s.status is not Status.REFUTED]
    evidence = [(s, e) for s in pair for e in graph.store.evidences_of(s.id)]
    target = kind == "target"
    mechanism = _mechanism(graph, cause, effect, max_length, direct=target)
    return Hypothesis(
        candidate, graph.name(candidate), kind, move,
        _prediction(evidence, cause, effect, scorer),
        mechanism,
        _direction(mechanism, move),
        _genetic(graph, cause, effect),
        _trials(evidence),
        _safety(graph, cause, effect, move),
        sorted(
            {
                s.predicate.value
                for s in pair
                if s.predicate in (_CURES if target else _HELPS) and s.status is not Status.PROPOSED
            }
        ),
    )  # fmt: skip


def _prediction(
    evidence: Iterable[tuple[Statement, Evidence]],
    cause: str,
    effect: str,
    scorer: PairScorer | None,
) -> dict[str, Any] | None:
    for statement, one in evidence:
        if one.rung is Rung.PREDICTED and one.supports:
            details = dict(one.details)
            return {
                "rung": one.rung.value, "statement": statement.id,
                "score": float(details.get("score", one.score)), "probability": one.score,
                "q_value": float(details["q_value"]) if "q_value" in details else None,
                "fdr": float(details["fdr"]) if "fdr" in details else None,
                "scorer": str(details.get("model", one.extractor)),
                "account": [p for p in str(details.get("paths", "")).split("; ") if p],
            }  # fmt: skip
    score = scorer(cause, effect) if scorer is not None else None
    if scorer is None or score is None:
        return None
    return {
        "rung": Rung.PREDICTED.value, "statement": None, "score": score, "probability": None,
        "q_value": None, "fdr": None, "scorer": scorer.name, "account": [],
    }  # fmt: skip


def _accounted(c: Hypothesis, subject: str, forward: bool, scorer: PairScorer) -> Hypothesis:
    """Return a candidate with the account of its score, if the scorer gave it: only what is shown has one."""
    if c.prediction is None or c.prediction["statement"] is not None:
        return c
    told = scorer.account(*((subject, c.id) if forward else (c.id, subject)))
    return replace(c, prediction=c.prediction | {"account": told})


def _treated(store: Store, disease: str) -> bool:
    return any(
        s.predicate in _CURES and s.status not in (Status.REFUTED, Status.PROPOSED)
        for s in store.statements_between(None, [disease])
    )


def _mechanism(
    graph: _Graph, cause: str, effect: str, max_length: int, *, direct: bool
) -> dict[str, Any]:
    from queries.mechanism import explain

    if cause not in graph.network or effect not in graph.network:
        return {"chains": [], "raises": 0.0, "lowers": 0.0, "balance": "none"}
    found = explain(graph.network, cause, effect, k=12, max_length=max_length, budget=20_000)
    chains = [c for c in found.chains if direct or len(c.links) > 1]
    best = {s: max((c.belief for c in chains if c.sign == s), default=0.0) for s in (1, -1)}
    balance = replace(found, chains=tuple(chains)).balance
    return {
        "chains": [graph.told(c) for c in chains[:5]],
        "raises": best[1], "lowers": best[-1], "balance": balance,
    }  # fmt: skip


def _direction(mechanism: Mapping[str, Any], move: int) -> dict[str, Any]:
    up, down = mechanism["raises"], mechanism["lowers"]
    if move < 0:
        up, down = down, up
    if not up + down:
        return {"call": "unknown", "strength": 0.0}
    call = "match" if down >= 2 * up else "opposes" if up >= 2 * down else "ambiguous"
    return {"call": call, "strength": round((down - up) / (down + up), 4)}


def _genetic(graph: _Graph, cause: str, effect: str) -> list[dict[str, Any]]:
    """Return statements with genetic evidence between the effect and the cause or what it acts on."""
    ends = [cause]
    if cause in graph.network:
        arcs, at = graph.network.out, graph.network.at(cause)
        ends += [
            graph.network.nodes[int(n)] for n in arcs.target[arcs.first[at] : arcs.first[at + 1]]
        ]
    ends = [e for e in dict.fromkeys(ends) if e != effect][:200]
    rows = graph.store.read(
        "UNWIND $ends AS wanted MATCH (a:Entity {id: wanted})<-[:SUBJECT|OBJECT]-(s:Statement) "
        "MATCH (s)-[:SUBJECT|OBJECT]->(b:Entity {id: $effect}) MATCH (s)<-[:SUPPORTS]-(e:Evidence) "
        "WHERE e.rung = 'genetic' AND s.status <> 'refuted' "
        "RETURN wanted AS through, s.id AS statement, s.belief AS belief, count(e) AS evidences "
        "ORDER BY through, statement",
        {"ends": ends, "effect": effect}, max_rows=1000, timeout=60.0,
    ).rows  # fmt: skip
    return [
        {
            "through": str(r["through"]), "name": graph.name(str(r["through"])),
            "statement": str(r["statement"]), "belief": round(float(r["belief"]), 4),
            "evidences": int(r["evidences"]),
        }
        for r in rows
    ]  # fmt: skip


def _trials(evidence: Iterable[tuple[Statement, Evidence]]) -> dict[str, Any]:
    counts = {"for": 0, "against": 0, "publications": []}
    papers = set()
    for statement, one in evidence:
        if one.rung is not Rung.INTERVENTION:
            continue
        helps = statement.predicate in _HELPS or statement.sign < 0
        counts["for" if helps == one.supports else "against"] += 1  # type: ignore[operator]
        if one.publication:
            papers.add(one.publication)
    return counts | {"publications": sorted(papers)}


def _safety(graph: _Graph, cause: str, effect: str, move: int) -> list[dict[str, Any]]:
    """Return diseases and signs that it is said to cause, or that the simulation raises."""
    from queries.mechanism import downstream

    found: dict[str, dict[str, Any]] = {}
    for s in graph.store.statements_between([cause], None, min_belief=0.05):
        bad = s.predicate in _HARMS if move > 0 else s.predicate in _HELPS
        if (
            bad and s.object != effect and graph.categories.get(s.object) in _DISEASES
            and s.status not in (Status.REFUTED, Status.PROPOSED)
        ):  # fmt: skip
            found[s.object] = {"source": "stated", "belief": round(s.belief, 4), "statement": s.id}
    if cause in graph.network:
        for e in downstream(graph.network, {cause: move}, depth=3, least=1e-95, most=200):
            if (
                e.call == "raised"
                and e.node != effect
                and graph.categories.get(e.node) in _DISEASES
            ):
                found.setdefault(e.node, {"source": "simulated", "belief": round(e.up, 4)})
    return [
        {"id": node, "name": graph.name(node)} | found[node]
        for node in sorted(found, key=lambda n: (-found[n]["belief"], n))
    ][:10]


def _ranked(found: list[Hypothesis]) -> list[Hypothesis]:
    """Order by the mean rank over columns; ties share a rank, and silence is the middle."""

    def likely(c: Hypothesis) -> float | None:
        return None if c.prediction is None else c.prediction["score"]

    columns: list[Callable[[Hypothesis], float | None]] = [
        likely,
        lambda c: max(c.mechanism["raises"], c.mechanism["lowers"]) or None,
        lambda c: c.direction["strength"] if c.direction["call"] != "unknown" else None,
        lambda c: max((g["belief"] for g in c.genetic), default=None),
        lambda c: float(c.trials["for"] - c.trials["against"]) if c.trials["publications"] or
        c.trials["for"] + c.trials["against"] else None,
        lambda c: -sum(s["belief"] for s in c.safety) if c.safety else None,
    ]  # fmt: skip
    scorers = {c.id: None if c.prediction is None else c.prediction["scorer"] for c in found}
    ranks = {c.id: 0.0 for c in found}
    for column in columns:
        values = {c.id: column(c) for c in found}
        if not any(v is not None for v in values.values()):
            continue
        for id_, value in values.items():
            if value is None:
                # a candidate a column is silent on stands in its middle: absence is not evidence
                ranks[id_] += 0.5
                continue
            said = [
                v for other, v in values.items()
                if v is not None and (column is not likely or scorers[other] == scorers[id_])
            ]  # fmt: skip
            place = sum(v > value for v in said) + (sum(v == value for v in said) - 1) / 2
            ranks[id_] += place / len(said)
    ordered = [replace(c, rank=round(ranks[c.id] / len(columns), 4)) for c in found]
    return sorted(ordered, key=lambda c: (c.rank, c.id))
