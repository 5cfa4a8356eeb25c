"""Whether an answer says all that its kind of question must be told, counted from the store again.

Every sentence of an answer may be true and the whole still mislead: by leaving out the paper that denies
it, the second drug of a comparison, or the refusal. What must be there is worked out here from the query
and the store, not from the answer: the conclusion; every rung that supports or contradicts it, quoted;
what is not counted; what was refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from graph.belief import belief
from graph.model import Predicate, Status
from llm_bridge.checker.context import asked_of, others_of, pairs_of
from llm_bridge.checker.kinds import counted_sides, listed
from llm_bridge.checker.kinds_more import REPORTED, spellings
from llm_bridge.checker.ledger import Held, Ledger, Record
from llm_bridge.checker.tally import judge, tally
from llm_bridge.claims import Answer, Claim, ClaimKind, Reason, Verdict

__all__ = ["left_out"]

_CHAINS, _CHAINS_INSTEAD, _CAUSES, _ENTITIES = 6, 3, 6, 8
"""At most so many chains, chains where nothing direct is known, common causes and listed entities are told."""
_QUOTES, _QUOTES_ASKED = 2, 5
_MOVES = 0.01
"""A source that moves a belief by less need not be named."""
_HUB = 2_000
_LISTS = ("causes", "effects", "treatments", "ranking")
_BEFORE = (Reason.SAME_ENTITY, Reason.CONTRADICTORY)
_TREATING = (Predicate.TREATS, Predicate.PREVENTS)


def left_out(ledger: Ledger, answer: Answer, told: Sequence[Claim]) -> list[str]:
    """Return what the answer had to say and does not.

    Args:
        ledger: the store.
        answer: the answer, its parts left aside.
        told: its claims, and those that are shown as removed and do not hold.
    """
    query, refused = answer.query, answer.refused
    if query is None or len(answer.understood) != len(query.terms):
        return [] if refused is not None else ["it says nothing, and not why"]
    wrong = _notes(answer)
    if refused is not None and refused.reason in _BEFORE:
        ids = [u.id for u in answer.understood]
        return wrong if len(set(ids)) < len(ids) else [*wrong, "it refuses without a reason"]
    return wrong + _Needs(ledger, answer, told).all()


def _notes(answer: Answer) -> list[str]:
    """What must stand in the notes: that it is no advice, and each restriction that is not applied."""
    query = answer.query
    assert query is not None
    told = " ".join(answer.notes)
    dose = query.qualifiers.dose
    if answer.refused is not None and not answer.sentences:
        restrictions: list[str] = []  # nothing is told that they would restrict
    else:
        restrictions = [*query.context, query.among, dose.text if dose is not None else ""]
    wrong = [f"it leaves out that {r!r} is not applied" for r in restrictions if r not in told]
    if query.personal and "not advice" not in told:
        wrong.append("it leaves out that it is not advice about a person")
    if query.qualifiers.unit and "one individual" not in told and answer.sentences:
        wrong.append("it leaves out that one individual may differ")
    return wrong


class _Needs:
    """What one answer must say; ``missing`` fills up while it is gone through."""

    def __init__(self, ledger: Ledger, answer: Answer, told: Sequence[Claim]) -> None:
        assert answer.query is not None
        self.ledger, self.answer, self.told, self.query = ledger, answer, told, answer.query
        self.kind = answer.query.kind.value
        self.association = answer.query.relation.value == "associate"
        self.missing: list[str] = []
        self.quoted = {
            c.evidence_ids[0] for c in told if c.kind is ClaimKind.QUOTE and c.evidence_ids
        }

    def all(self) -> list[str]:
        unknown = [u for u in self.answer.understood if not u.in_graph]
        for item in unknown:
            self.need(f"that {item.text!r} is not in the graph", ClaimKind.UNKNOWN, cause=item.id)
        if not unknown and self.kind in _LISTS:
            self.listing()
        elif not unknown:
            self.on_pairs()
        return list(dict.fromkeys(f"it leaves out {m}" for m in self.missing))

    # -- help

    def find(self, kind: ClaimKind, **fields: Any) -> list[Claim]:
        return [
            c for c in self.told
            if c.kind is kind and all(getattr(c, name) == value for name, value in fields.items())
        ]  # fmt: skip

    def need(self, what: str, kind: ClaimKind, **fields: Any) -> None:
        if not self.find(kind, **fields):
            self.missing.append(what)

    def names(self, x: str, y: str) -> str:
        return f"{self.ledger.name(x) or x} and {self.ledger.name(y) or y}"

    def quotes(self, held: Iterable[Held], most: int) -> None:
        every = [h for h in held if h.evidence.text]
        wanted = min(most, len({h.publication or h.evidence.id for h in every}))
        if len({h.evidence.id for h in every} & self.quoted) < wanted:
            self.missing.append(f"sentences of the papers on {every[0].statement}")

    def side(
        self, record: Record, kind: ClaimKind, *, supports: bool, quotes: int, **fields: Any
    ) -> None:
        """One claim a rung for the evidence of one side, and quotations of it."""
        held = record.counted(supports=supports)
        s = record.statement
        for rung in sorted({h.evidence.rung for h in held}):
            against = kind is ClaimKind.CONTRADICTION
            what = "what speaks against it" if against else "evidence"
            self.need(
                f"{what} ({rung.value}, on {self.names(s.subject, s.object)})",
                kind, statement_ids=(s.id,), rung=rung, **fields,
            )  # fmt: skip
            self.quotes((h for h in held if h.evidence.rung is rung), quotes)

    def against(self, record: Record, sign: int, quotes: int = 1) -> None:
        opposite = sign != 0 and record.statement.sign == -sign
        self.side(
            record, ClaimKind.CONTRADICTION, supports=opposite, quotes=quotes, opposite=opposite
        )

    def not_counted(self, records: Iterable[Record]) -> None:
        every = list(records)
        for record in every:
            if record.statement.status is Status.REFUTED:
                id = record.statement.id
                self.need("a statement that was rejected", ClaimKind.REJECTED, statement_ids=(id,))
        gone = {r.statement.id for r in every if any(h.retracted for h in r.held)}
        said = [set(c.statement_ids) for c in self.find(ClaimKind.RETRACTED)]
        if gone and not any(gone <= ids for ids in said):
            self.missing.append("papers that were retracted")

    # -- questions on pairs

    def on_pairs(self) -> None:
        pairs = pairs_of(self.answer)
        (x, y), (way, wanted) = next(iter(pairs.items()))
        measure = self.query.measure.value
        if self.kind in ("comparison", "what_if"):
            kind = ClaimKind.COMPARED if self.kind == "comparison" else ClaimKind.JOINT
            self.need("how they compare", kind, effect=y)
            for (a, b), (_, sign) in pairs.items():
                self.pair(a, b, sign)
        elif self.kind == "effect" and measure not in ("total", "treated"):
            self.mediated([*pairs], measure)
        elif self.kind == "mechanism":
            self.premise(x, y, way)
            if not self.chains(x, y, _CHAINS):
                self.pair(x, y, 0)
        elif self.kind == "confounders":
            self.confounders(x, y)
        elif self.kind in ("adjustment", "order"):
            kind = ClaimKind.ADJUSTMENT if self.kind == "adjustment" else ClaimKind.ORDER
            self.need("what was asked", kind, cause=x, effect=y)
        else:
            self.plain(x, y, wanted)

    def plain(self, x: str, y: str, wanted: int) -> None:
        records = self.ledger.pair(x, y)
        if self.kind == "counterfactual":
            self.refusal()
        if self.kind in ("certainty", "change") and records:
            self.doubts(records, wanted)
        if self.kind == "missing":
            there = {h.evidence.rung for h in counted_sides(records)}
            if set(REPORTED) - there:
                self.need("what there is no evidence of", ClaimKind.GAP, cause=x, effect=y)
        if self.kind in ("effect", "missing"):
            self.data(x, y)
        if self.pair(x, y, wanted):
            self.settings(x, y, records)
        elif not self.association:
            self.chains(x, y, _CHAINS_INSTEAD)

    def pair(self, x: str, y: str, wanted: int) -> bool:
        records = self.ledger.pair(x, y)
        names = self.names(x, y)
        if not records:
            self.need(f"that nothing is known on {names}", ClaimKind.ABSENCE, cause=x, effect=y)
            self.reverse(x, y)
            return False
        counts = tally(records)
        verdicts = self.find(ClaimKind.VERDICT, cause=x, effect=y)
        if self.association:
            # all statements and, where they say more than an association, the causal ones alone
            causal = [r for r in records if r.statement.causal]
            wants = [records]
            if judge(tally(causal), 0)[0].verdict not in (Verdict.NOTHING, Verdict.ASSOCIATION):
                wants.append(causal)
            ids = [{r.statement.id for r in group} for group in wants]
        else:
            verdicts = [v for v in verdicts if v.wanted == wanted]
            ids = [{r.statement.id for r in records}]
        told = [set(v.statement_ids) for v in verdicts]
        if any(group not in told for group in ids):
            self.missing.append(f"how the evidence on {names} stands")
        linked = self.association and counts.linked
        sign = 0 if linked else (verdicts[0].sign if verdicts else judge(counts, wanted)[0].sign)
        sign = sign or wanted
        for record in records:
            if record.statement.status is Status.REFUTED:
                continue
            if not (sign and record.statement.sign == -sign):
                most = _QUOTES_ASKED if self.kind == "evidence" else _QUOTES
                self.side(record, ClaimKind.SUPPORT, supports=True, quotes=most)
            self.against(record, sign, _QUOTES_ASKED if self.kind == "contradiction" else 1)
        self.not_counted(records)
        return True

    def reverse(self, x: str, y: str) -> None:
        back = [
            r for r in self.ledger.pair(y, x) if r.statement.causal and r.statement.subject == y
        ]
        back.sort(key=lambda r: (-r.statement.belief, r.statement.id))
        for record in back[:2]:
            if record.statement.status is not Status.REFUTED:
                self.side(record, ClaimKind.SUPPORT, supports=True, quotes=1)

    def premise(self, x: str, y: str, way: int) -> None:
        """A question that supposes what reports dispute must be told so."""
        sign, records = asked_of(self.answer) * way, self.ledger.pair(x, y)
        if sign and records:
            verdict = judge(tally(records), sign)[0].verdict
            if verdict in (Verdict.OPPOSED, Verdict.CONTESTED):
                self.need("that its premise is disputed", ClaimKind.VERDICT, wanted=sign)

    def doubts(self, records: list[Record], wanted: int) -> None:
        sign = wanted or judge(tally(records), 0)[0].sign
        rivals = [
            r for r in records
            if r.statement.causal and r.statement.status is not Status.REFUTED
            and r.belief > 0 and sign in (0, r.statement.sign)
        ]  # fmt: skip
        best = min(rivals, key=lambda r: (-r.belief, r.statement.id), default=None)
        if best is None:
            return
        ids = (best.statement.id,)
        if self.kind == "certainty":
            self.need("how sure it is", ClaimKind.CERTAINTY, statement_ids=ids)
        every = [h.evidence for h in best.held]
        gone = {h.publication for h in best.held if h.retracted and h.publication}
        papers = {h.publication for h in best.held if h.publication} - gone
        moved = [abs(best.belief - round(belief(every, gone | {p}), 4)) for p in sorted(papers)]
        if moved and max(moved) >= _MOVES:
            self.need("what it rests on most", ClaimKind.INFLUENCE, statement_ids=ids)

    def settings(self, x: str, y: str, records: list[Record]) -> None:
        asked = self.query.qualifiers
        words = (*asked.words, *([asked.dose.text] if asked.dose is not None else []))
        if counted_sides(records):
            for word in words:
                self.need(
                    f"how many sources name {word!r}", ClaimKind.SETTING, quote=spellings(word), cause=x, effect=y,
                )  # fmt: skip

    # -- chains and common causes

    def chains(self, x: str, y: str, most: int) -> bool:
        heads = self.ledger.links([x], None)
        tails = self.ledger.links(None, [y])
        first = {b: n for (_, b), n in heads.items() if b != y}
        last = {a: n for (a, _), n in tails.items() if a != x}
        number = sum(n * last.get(m, 0) for m, n in first.items())
        between: dict[tuple[str, str], int] = {}
        if number < most and first and last:
            between = self.ledger.links(sorted(first), sorted(last))
            number += sum(
                first.get(a, 0) * n * last.get(b, 0) for (a, b), n in between.items() if b != x and a != y
            )  # fmt: skip
        if not number:
            self.need("that no chain is known", ClaimKind.NO_PATH, cause=x, effect=y)
            return False
        # of a hub only the strongest statements are followed
        hub = max(len(heads), len(tails), len(between)) > _HUB
        paths = self.find(ClaimKind.PATH, cause=x, effect=y)
        if len(paths) < (1 if hub else min(most, number)):
            self.missing.append(f"a chain between {self.names(x, y)}")
        self.steps(paths)
        return True

    def steps(self, claims: Iterable[Claim]) -> None:
        for record in self.ledger.records(id for c in claims for id in c.statement_ids):
            self.quotes(record.counted(supports=True), 1)
            self.against(record, 0)

    def confounders(self, x: str, y: str) -> None:
        both = self.ledger.firm(x, out=False) & self.ledger.firm(y, out=False) - {x, y}
        found = self.find(ClaimKind.CONFOUNDER, cause=x, effect=y)
        if not both:
            self.need("that no common cause is known", ClaimKind.NO_CONFOUNDER, cause=x, effect=y)
        elif len(found) < min(_CAUSES, len(both)):
            self.missing.append(f"a common cause of {self.names(x, y)}")
        self.steps(found)

    def mediated(self, pairs: list[tuple[str, str]], measure: str) -> None:
        x, y = pairs[0]
        direct = measure in ("direct", "controlled_direct")
        nodes = [x, *others_of(self.answer), y]
        steps = list(pairwise(nodes))
        if len(steps) > 1:
            if all(b in self.ledger.firm(a, out=True) for a, b in steps):
                self.need("the chain asked about", ClaimKind.PATH, path=tuple(nodes))
            for a, b in steps:
                kind = ClaimKind.VERDICT if self.ledger.pair(a, b) else ClaimKind.ABSENCE
                self.need(f"how the evidence on {self.names(a, b)} stands", kind, cause=a, effect=b)
        elif not direct:
            self.chains(x, y, _CHAINS)
        if direct:
            self.pair(x, y, 0)
        if measure != "path":
            self.refusal()

    # -- data and refusals

    def refusal(self) -> None:
        if self.answer.refused is None or self.answer.refused.reason is not Reason.NOT_IDENTIFIED:
            self.missing.append("that the size asked about does not follow")

    def data(self, x: str, y: str) -> None:
        refused = self.answer.refused
        effects = self.find(ClaimKind.EFFECT, cause=x, effect=y)
        told = {
            c.dataset for c in (*effects, *self.find(ClaimKind.UNIDENTIFIED, cause=x, effect=y))
        }
        both = self.ledger.measuring(x, y)
        if refused is None and both and not effects:
            self.missing.append("what the data say, or why they say nothing")
        if refused is not None and "'hedge'" in refused.witness and not told:
            self.missing.append("that the effect is not identified")
        if effects and not self.answer.assumptions:
            self.missing.append("what the estimate assumes")

    # -- lists

    def listing(self) -> None:
        id = self.answer.understood[0].id
        onto = self.query.object is not None
        side = {"effect" if onto else "cause": id}
        heads = [*self.find(ClaimKind.LISTING, **side), *self.find(ClaimKind.ABSENCE, **side)]
        if not heads:
            self.missing.append("how many there are")
            return
        head = heads[0]
        kept, _ = listed(self.ledger, head)
        if self.kind == "ranking" and kept and not self.association:
            self.need("their order", ClaimKind.RANKED, effect=id)
        treating = self.kind == "treatments"
        kept.sort(
            key=lambda r: (
                treating and r.statement.predicate not in _TREATING, -r.statement.belief, r.statement.id,
            )
        )  # fmt: skip
        around = self.ledger.around(id, subject=not onto)
        others = list(dict.fromkeys(_other(r, id) for r in kept))[:_ENTITIES]
        scope = [r for r in kept if _other(r, id) in others]
        for record in scope:
            self.side(record, ClaimKind.SUPPORT, supports=True, quotes=1)
            self.against(record, record.statement.sign)
            for other in around if head.wanted else ():
                if _opposed(record, other):
                    self.against(other, record.statement.sign)
        void = [
            r for r in sorted(around, key=lambda r: (-r.statement.belief, r.statement.id))
            if r.statement.causal and head.wanted in (0, r.statement.sign) and r not in scope
            and (r.statement.status is Status.REFUTED or r.statement.belief == 0)
        ]  # fmt: skip
        self.not_counted([*scope, *([] if self.association else void[:_ENTITIES])])


def _other(record: Record, id: str) -> str:
    s = record.statement
    return s.object if s.subject == id else s.subject


def _opposed(one: Record, other: Record) -> bool:
    a, b = one.statement, other.statement
    return (
        (a.subject, a.object, a.sign) == (b.subject, b.object, -b.sign)
        and b.causal
        and b.status is not Status.REFUTED
    )
