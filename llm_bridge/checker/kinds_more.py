"""Checking the kinds of claims that version 2 added; see :mod:`llm_bridge.checker.kinds`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from graph.belief import belief
from graph.model import Rung, Status
from llm_bridge.checker.causal import Graph
from llm_bridge.checker.kinds import counted_sides, differ, listed, statement_of
from llm_bridge.checker.ledger import FIRM, Held, Ledger, Record
from llm_bridge.checker.numbers import MIN_BELIEF, edges_of
from llm_bridge.checker.tally import judge, tally
from llm_bridge.claims import Claim, ClaimKind, Verdict

__all__ = ["CHECKS_MORE", "REPORTED", "USED_MORE", "spellings"]

Wrong = list[str]
_PAIR = ("cause", "cause_name", "effect", "effect_name")
_OF_ONE = ("effect", "effect_name", "path", "path_names")
USED_MORE: Mapping[ClaimKind, frozenset[str]] = {
    ClaimKind.RANKED: frozenset({*_OF_ONE, "wanted", "category", "n", "beliefs", "statement_ids"}),
    ClaimKind.COMPARED: frozenset({*_OF_ONE, "signs", "beliefs", "statement_ids"}),
    ClaimKind.JOINT: frozenset({*_OF_ONE, "signs", "turns", "role"}),
    ClaimKind.ADJUSTMENT: frozenset({*_PAIR, "path", "path_names", "role", "estimand"}),
    ClaimKind.ORDER: frozenset({*_PAIR, "n", "against", "statement_ids", "evidence_ids"}),
    ClaimKind.CERTAINTY: frozenset({*_PAIR, "predicate", "sign", "status", "belief", "n", "against", "statement_ids"}),
    ClaimKind.INFLUENCE: frozenset({*_PAIR, "predicate", "sign", "status", "belief", "without", "publication", "statement_ids"}),
    ClaimKind.GAP: frozenset({*_PAIR, "rungs", "statement_ids"}),
    ClaimKind.SETTING: frozenset({*_PAIR, "quote", "n", "against", "publications", "evidence_ids"}),
}  # fmt: skip
REPORTED = [Rung.ASSERTION, Rung.ASSOCIATION, Rung.INTERVENTION, Rung.GENETIC, Rung.CURATED]
_MOST_RANKED = 5
_SPELLINGS = (
    "mice|mouse|murine", "rats|rat", "humans|human|patients", "dogs|dog|canine", "pigs|pig|porcine",
    "rabbits|rabbit", "women|female", "men|male", "children|child|pediatric|paediatric",
    "monkeys|monkey", "rodents|rodent",
)  # fmt: skip


def spellings(word: str) -> str:
    """Return the words that count as naming a restriction, joined by |."""
    low = word.casefold()
    return next((s for s in _SPELLINGS if low in s.split("|")), low)


def _firm(records: Iterable[Record], sign: int) -> list[Record]:
    """Firm causal statements of a sign, the best believed of each subject first."""
    kept = [
        r
        for r in records
        if r.statement.causal
        and r.statement.status.value in FIRM
        and r.belief > 0
        and sign in (0, r.statement.sign)
    ]
    return sorted(kept, key=lambda r: (-r.belief, r.statement.id))


def _beliefs(claimed: tuple[float, ...], found: list[float]) -> Wrong:
    same = len(claimed) == len(found) and all(
        abs(a - b) <= 5e-5 for a, b in zip(claimed, found, strict=True)
    )
    return (
        [] if same else [f"the beliefs are {found} when recomputed, {list(claimed)} in the claim"]
    )


def _ranked(ledger: Ledger, claim: Claim) -> Wrong:
    if not claim.effect:
        return ["a ranking is of what acts on one entity"]
    kept, _ = listed(ledger, claim)
    best: dict[str, Record] = {}
    for record in _firm(kept, claim.wanted):
        best.setdefault(record.statement.subject, record)
    order = sorted(best, key=lambda z: (-best[z].belief, z))
    shown = order[:_MOST_RANKED]
    wrong = differ("the order", list(claim.path), shown)
    wrong += differ("the number of entities", claim.n, len(order))
    wrong += differ(
        "the statements", list(claim.statement_ids), [best[z].statement.id for z in shown]
    )
    return wrong + _beliefs(claim.beliefs, [best[z].belief for z in shown])


def _compared(ledger: Ledger, claim: Claim) -> Wrong:
    if len(claim.path) < 2 or len(claim.signs) != len(claim.path):
        return ["a comparison is of two entities or more"]
    beliefs, ids = [], []
    for z, sign in zip(claim.path, claim.signs, strict=True):
        own = [r for r in ledger.pair(z, claim.effect) if r.statement.subject == z]
        found = _firm(own, sign)
        beliefs.append(found[0].belief if found else 0.0)
        ids += [found[0].statement.id] if found else []
    wrong = differ("the statements", list(claim.statement_ids), ids)
    return wrong + _beliefs(claim.beliefs, beliefs)


def _joint(ledger: Ledger, claim: Claim) -> Wrong:
    if not 2 <= len(claim.path) == len(claim.signs) == len(claim.turns):
        return ["several interventions need as many directions and outcomes"]
    turns = []
    for z, done in zip(claim.path, claim.signs, strict=True):
        ruling = judge(tally(ledger.pair(z, claim.effect)), 0)[0]
        clear = ruling.verdict in (Verdict.SUPPORTED, Verdict.CONTESTED)
        turns.append(done * ruling.sign if clear and len(ruling.yes) > len(ruling.no) else 0)
    wrong = differ("what the interventions do", list(claim.turns), turns)
    role = "same" if len(set(turns)) == 1 else "opposite"
    return wrong + differ("what they do together", claim.role, "unclear" if 0 in turns else role)


def _adjustment(ledger: Ledger, claim: Claim) -> Wrong:
    record, z = claim.estimand, set(claim.path)
    if record is None or not z or len(z) != len(claim.path):
        return ["the claim has no graph, or nothing to adjust for"]
    nodes = {claim.cause, claim.effect, *z}
    if record.entities != tuple(sorted((n, n) for n in nodes)) or record.min_belief != MIN_BELIEF:
        return ["the graph is not over the entities of the question"]
    if (record.treatment, record.outcome) != (claim.cause, claim.effect):
        return ["the graph asks about another pair"]
    if record.method or record.estimator or record.adjustment or record.formula:
        return ["nothing is estimated here"]
    found = edges_of(ledger, {n: n for n in nodes})
    claimed = {(a, mark, b): set(ids) for a, mark, b, ids in record.edges}
    if len(claimed) != len(record.edges) or claimed != found:
        return ["the causal graph is not the one that the store's statements give now"]
    directed = [(a, b) for a, mark, b in found if mark == "-->"]
    hidden = [(a, b) for a, mark, b in found if mark == "<->"]
    from graph.causal import CausalGraph

    held = CausalGraph(sorted(nodes), directed=directed, bidirected=hidden).hash
    wrong = [] if held == record.graph_hash else ["the graph's hash differs"]
    graph = Graph.of(nodes, directed, hidden)
    return wrong + differ("what adjusting does", claim.role, _role(graph, claim, z))


def _role(graph: Graph, claim: Claim, z: set[str]) -> str:
    x, y = claim.cause, claim.effect
    if graph.cyclic(graph.nodes):
        return "loop"
    if z & (graph.down([x]) | graph.forbidden(x, y)):
        return "harmful"
    free, held = graph.blocks(x, y, ()), graph.blocks(x, y, z)
    if held:
        return "optional" if free else "enough"
    return "biasing" if free else "insufficient"


def _order(ledger: Ledger, claim: Claim) -> Wrong:
    sides: list[set[str]] = []
    statements: set[str] = set()
    evidence: set[str] = set()
    for a, b in ((claim.cause, claim.effect), (claim.effect, claim.cause)):
        sources: set[str] = set()
        for record in ledger.pair(a, b):
            s = record.statement
            if s.subject != a or not s.causal or s.status is Status.REFUTED:
                continue
            statements.add(s.id)
            for held in record.counted(supports=True):
                rung = held.evidence.rung
                if rung.by_algorithm or rung is Rung.ASSOCIATION:
                    continue
                evidence.add(held.evidence.id)
                sources.add(_source(held))
        sides.append(sources)
    wrong = differ("the sources", (claim.n, claim.against), (len(sides[0]), len(sides[1])))
    wrong += differ("the statements", sorted(claim.statement_ids), sorted(statements))
    return wrong + differ("the evidence", sorted(claim.evidence_ids), sorted(evidence))


def _source(held: Held) -> str:
    return held.publication or held.evidence.id


def _best(ledger: Ledger, claim: Claim) -> tuple[Record | None, Wrong]:
    """The statement, which must be the most believed of its sign on the pair."""
    record, wrong = statement_of(ledger, claim)
    if record is None:
        return None, wrong
    rivals = [
        r
        for r in ledger.pair(claim.cause, claim.effect)
        if r.statement.causal
        and r.statement.subject == claim.cause
        and r.statement.status is not Status.REFUTED
        and r.statement.sign == claim.sign
        and r.belief > 0
    ]
    best = min(rivals, key=lambda r: (-r.belief, r.statement.id), default=None)
    if best is None or best.statement.id != record.statement.id:
        wrong.append("the store believes another statement of this sign more")
    if claim.belief is None or abs(claim.belief - record.belief) > 5e-5:
        wrong.append(f"the belief is {record.belief} when recomputed, {claim.belief} in the claim")
    return record, wrong


def _certainty(ledger: Ledger, claim: Claim) -> Wrong:
    record, wrong = _best(ledger, claim)
    if record is None:
        return wrong
    yes, no = ({_source(h) for h in record.counted(supports=side)} for side in (True, False))
    return wrong + differ("the sources", (claim.n, claim.against), (len(yes), len(no)))


def _influence(ledger: Ledger, claim: Claim) -> Wrong:
    record, wrong = _best(ledger, claim)
    if record is None:
        return wrong
    every = [h.evidence for h in record.held]
    gone = {h.publication for h in record.held if h.retracted and h.publication}
    papers = sorted({h.publication for h in record.held if h.publication} - gone)
    left = {p: round(belief(every, gone | {p}), 4) for p in papers}
    most = min(papers, key=lambda p: (-abs(record.belief - left[p]), p), default=None)
    if most is None or claim.publication != most:
        return [*wrong, f"the source that matters most is {most}"]
    if claim.without is None or abs(claim.without - left[most]) > 5e-5:
        wrong.append(f"the belief without it is {left[most]}, {claim.without} in the claim")
    return wrong


def _gap(ledger: Ledger, claim: Claim) -> Wrong:
    records = ledger.pair(claim.cause, claim.effect)
    there = {h.evidence.rung for h in counted_sides(records)}
    missing = [r for r in REPORTED if r not in there]
    wrong = differ(
        "the statements", sorted(claim.statement_ids), sorted(r.statement.id for r in records)
    )
    return wrong + differ("what is missing", list(claim.rungs), missing)


def _setting(ledger: Ledger, claim: Claim) -> Wrong:
    words = claim.quote.split("|")
    if not claim.quote or spellings(words[0]) != claim.quote:
        return ["the words are not the spellings of one restriction"]
    every = counted_sides(ledger.pair(claim.cause, claim.effect))
    # whole words: what stands before and after is no letter or digit
    pattern = re.compile("|".join(rf"(?<!\w)(?:{re.escape(w)})(?!\w)" for w in words))
    kept = [h for h in every if pattern.search(h.evidence.text.casefold())]
    wrong = differ(
        "the sources",
        (claim.n, claim.against),
        (len({_source(h) for h in kept}), len({_source(h) for h in every})),
    )
    papers = sorted({h.publication for h in kept if h.publication})
    wrong += differ("the publications", sorted(claim.publications), papers)
    return wrong + differ(
        "the evidence", sorted(claim.evidence_ids), sorted(h.evidence.id for h in kept)
    )


CHECKS_MORE: Mapping[ClaimKind, Callable[[Ledger, Claim], Wrong]] = {
    ClaimKind.RANKED: _ranked,
    ClaimKind.COMPARED: _compared,
    ClaimKind.JOINT: _joint,
    ClaimKind.ADJUSTMENT: _adjustment,
    ClaimKind.ORDER: _order,
    ClaimKind.CERTAINTY: _certainty,
    ClaimKind.INFLUENCE: _influence,
    ClaimKind.GAP: _gap,
    ClaimKind.SETTING: _setting,
}
