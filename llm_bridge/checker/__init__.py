"""The independent checker: every claim of an answer, recomputed from the store and the data.

It shares the data model (:mod:`graph`, :mod:`llm_bridge.claims`) with the answering path and
nothing else: its own queries, its own counting, another algorithm for adjustment sets, another
solver for estimates, and a reader that turns each sentence back into what it says.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from graph.errors import CheckFailedError, ConfigError
from graph.store import Store
from llm_bridge.certificates import Certificate
from llm_bridge.checker.complete import left_out
from llm_bridge.checker.context import context
from llm_bridge.checker.ledger import Ledger
from llm_bridge.checker.recount import recount
from llm_bridge.checker.wording import misreadings
from llm_bridge.claims import Answer, ClaimKind, Sentence
from llm_bridge.signing import signature_state

__all__ = ["CheckResult", "Finding", "check", "examine"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What the check of one sentence found; ``reasons`` is empty when it holds."""

    index: int
    text: str
    kind: ClaimKind
    reasons: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the sentence holds."""
        return not self.reasons


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Verdicts on every sentence, and problems of the answer as a whole.

    ``changed`` tells what has changed since, without making anything false (another store).
    """

    findings: tuple[Finding, ...] = ()
    problems: tuple[str, ...] = ()
    changed: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return not self.problems and all(f.ok for f in self.findings)

    @property
    def failed(self) -> tuple[Finding, ...]:
        """Sentences that do not hold."""
        return tuple(f for f in self.findings if not f.ok)

    def raise_(self) -> None:
        """Raise if something does not hold.

        Raises:
            CheckFailedError: naming the first sentence or problem.
        """
        if self.problems:
            raise CheckFailedError(self.problems[0])
        if self.failed:
            first = self.failed[0]
            raise CheckFailedError(
                "; ".join(first.reasons), where=f"sentence {first.index + 1}: {first.text}"
            )

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "ok": self.ok,
            "problems": list(self.problems),
            "changed": list(self.changed),
            "sentences": [
                {
                    "index": f.index,
                    "text": f.text,
                    "kind": f.kind.value,
                    "ok": f.ok,
                    "reasons": list(f.reasons),
                }
                for f in self.findings
            ],
        }


def check(
    answer: Answer | Certificate, store: Store, *, ledger: Ledger | None = None
) -> CheckResult:
    """Recompute every claim of an answer.

    Args:
        answer: what was said, or its certificate (whose hash is checked too).
        store: the graph to check against, as it is now.
        ledger: what an earlier check of the same, unchanged store has read (many checks in a row).

    Raises:
        StoreError: if the store cannot be read.
    """
    problems: list[str] = []
    unsure: list[str] = []
    if isinstance(answer, Certificate):
        if not answer.intact:
            problems.append("the certificate's hash is not that of its content: it was edited")
        try:
            if signature_state(answer) == "wrong":
                problems.append("the signature is not that of the signer it names")
        except ConfigError as error:
            unsure.append(error.message)
        answer = answer.answer
    ledger = ledger or Ledger(store)
    findings, more, changed = _one(ledger, answer)
    changed = unsure + changed
    problems += more
    also = answer.query.also if answer.query is not None else ()
    if tuple(part.query for part in answer.parts) != also:
        problems.append("it does not answer all that was asked")
    for k, part in enumerate(answer.parts):
        if part.parts or part.question != answer.question:
            problems.append("a part of the answer is to another question")
        found, more, since = _one(ledger, part)
        findings += [replace(f, index=f.index + len(findings)) for f in found]
        problems += [f"part {k + 2}: {p}" for p in more]
        changed += [s for s in since if s not in changed]
    return CheckResult(tuple(findings), tuple(problems), tuple(changed))


def _one(ledger: Ledger, answer: Answer) -> tuple[list[Finding], list[str], list[str]]:
    """Check one answer, its parts left aside."""
    ledger.records(id for c in answer.claims for id in c.statement_ids)  # all in two reads
    findings = []
    for index, sentence in enumerate(answer.sentences):
        reasons = examine(ledger, answer, sentence)
        findings.append(Finding(index, sentence.text, sentence.claim.kind, reasons))
    problems = _evidence(ledger, answer) + _numbers(answer) + _understood(ledger, answer)
    # what is shown as removed is told of, if it was rightly removed
    removed = [r.sentence for r in answer.removed]
    gone = [s.claim for s in removed if examine(ledger, answer, s)]
    problems += left_out(ledger, answer, [*answer.claims, *gone])
    changed = []
    if answer.store_id != ledger.store.store_id:
        changed.append("this is another store than the one that answered")
    if answer.snapshot:
        now = ledger.snapshot(u.id for u in answer.understood)
        if now != answer.snapshot:
            changed.append("statements around what was asked about have changed since the answer")
    return findings, problems, changed


def examine(ledger: Ledger, answer: Answer, sentence: Sentence) -> tuple[str, ...]:
    """Return why one sentence of an answer does not hold; empty when it does."""
    reasons = misreadings(sentence.text, sentence.claim)
    reasons += recount(ledger, sentence.claim) + context(ledger, answer, sentence.claim)
    return tuple(dict.fromkeys(reasons))


def _evidence(ledger: Ledger, answer: Answer) -> list[str]:
    """The evidence list must be that of the claims, with the store's own sentences."""
    wrong = []
    named = {id for c in answer.claims for id in c.evidence_ids}
    listed = [e.id for e in answer.evidence]
    if set(listed) != named or len(set(listed)) != len(listed):
        wrong.append("the evidence listed is not the evidence of the claims")
    for item in answer.evidence:
        held = ledger.evidence(item.id)
        if held is None:
            wrong.append(f"the store has no evidence {item.id}")
            continue
        e = held.evidence
        same = (
            (
                item.statement,
                item.rung,
                item.publication,
                item.year,
                item.text,
                item.start,
                item.end,
            )
            == (held.statement, e.rung, held.publication, held.year, e.text, e.start, e.end)
            and (item.negated, item.hedged, item.retracted, item.extractor)
            == (not held.supports, e.hedged, held.retracted, e.extractor)
            and item.title == ledger.title(held.publication)
        )
        if not same or not held.sound:
            wrong.append(f"evidence {item.id} is listed differently from what the store holds")
    return wrong


def _numbers(answer: Answer) -> list[str]:
    """Every figure must be that of an effect claim."""
    known = {
        (c.value, c.ci_low, c.ci_high, c.unit, c.dataset_name)
        for c in answer.claims
        if c.kind is ClaimKind.EFFECT
    }
    shown = {(n.value, n.low, n.high, n.unit, n.dataset) for n in answer.numbers}
    return [] if shown <= known else ["a figure is not backed by a claim"]


def _understood(ledger: Ledger, answer: Answer) -> list[str]:
    wrong = []
    for item in answer.understood:
        name = ledger.name(item.id) if item.id else None
        if item.in_graph is not (name is not None):
            wrong.append(f"{item.id} is {'not ' if name is None else ''}in the store")
        elif name is not None and name != item.name:
            wrong.append(f"{item.id} is named {name!r}, not {item.name!r}")
        if item.text not in answer.question:
            wrong.append(f"{item.text!r} does not stand in the question")
    return wrong
