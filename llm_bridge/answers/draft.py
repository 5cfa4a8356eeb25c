"""An answer in the making, and the claims that every kind of answer makes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from graph.model import Entity, Evidence, Rung, Statement, Status
from llm_bridge.claims import Claim, ClaimKind, EvidenceItem, Number, Refusal, Sentence
from llm_bridge.facts import Facts, Reading, sources
from llm_bridge.render import say

__all__ = [
    "MOST_QUOTES",
    "Draft",
    "against_claims",
    "belief",
    "publications",
    "quote_claims",
    "support_claims",
]

_ARTICLES = {"erratum": "an", "expression of concern": "an"}
MOST_QUOTES = 2
"""Sentences quoted for each statement and rung, unless the question asks for evidence."""


def belief(value: float) -> float:
    """Round a belief the way claims hold it."""
    return round(float(value), 4)


def publications(evidences: Iterable[Evidence]) -> tuple[str, ...]:
    """Return the publications of some evidence, newest PMID first."""
    found = {e.publication for e in evidences if e.publication}
    return tuple(sorted(found, key=lambda p: (-_number(p), p)))


def _number(id: str) -> int:
    tail = id.rpartition(":")[2]
    return int(tail) if tail.isdecimal() else 0


@dataclass
class Draft:
    """What has been gathered for an answer so far."""

    facts: Facts
    sentences: list[Sentence] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    would_change: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refused: Refusal | None = None

    def say(self, *claims: Claim) -> None:
        """Add sentences, each only once."""
        for claim in claims:
            sentence = say(claim)
            if sentence not in self.sentences:
                self.sentences.append(sentence)

    def add(self, where: list[str], *texts: str) -> None:
        """Add lines to a list, each only once."""
        where.extend(t for t in dict.fromkeys(texts) if t and t not in where)

    def evidence(self) -> tuple[EvidenceItem, ...]:
        """Every piece of evidence that a sentence names, once, in the order of the sentences."""
        found: dict[str, EvidenceItem] = {}
        for sentence in self.sentences:
            for id in sentence.claim.evidence_ids:
                if id in found:
                    continue
                evidence = self.facts.store.evidence(id)
                if evidence is not None:
                    found[id] = self._item(evidence)
        return tuple(found.values())

    def note_notices(self, evidence: Iterable[EvidenceItem]) -> None:
        """Say which of the papers behind the sentences had an erratum or an expression of concern."""
        for item in evidence:
            paper = self.facts.publication(item.publication)
            for notice in paper.notices if paper else ():
                kind, _, by = notice.rpartition(" ") if ":" in notice else (notice, "", "")
                text = f"{item.publication}, which is cited here, has had {_ARTICLES.get(kind, 'a')} {kind}"
                self.add(self.notes, f"{text} ({by})." if by else f"{text}.")

    def _item(self, evidence: Evidence) -> EvidenceItem:
        paper = self.facts.publication(evidence.publication)
        return EvidenceItem(
            id=evidence.id,
            statement=evidence.statement,
            rung=evidence.rung,
            publication=evidence.publication,
            title=paper.title if paper else "",
            year=paper.year if paper else None,
            text=evidence.text,
            start=evidence.start,
            end=evidence.end,
            negated=evidence.negated,
            hedged=evidence.hedged,
            retracted=bool(paper and paper.retracted),
            extractor=evidence.extractor,
        )


def _about(facts: Facts, statement: Statement) -> dict[str, object]:
    return {
        "cause": statement.subject,
        "cause_name": facts.name(statement.subject),
        "effect": statement.object,
        "effect_name": facts.name(statement.object),
        "predicate": statement.predicate,
        "sign": statement.sign,
        "status": statement.status,
        "statement_ids": (statement.id,),
    }


def support_claims(facts: Facts, reading: Reading) -> list[tuple[Claim, list[Evidence]]]:
    """One claim a rung that supports the statement, with its evidence."""
    found = []
    for rung, evidences in reading.rungs():
        claim = Claim.model_validate(
            {
                "kind": ClaimKind.SUPPORT,
                **_about(facts, reading.statement),
                **_counted(rung, evidences, reading.statement),
            }
        )
        found.append((claim, evidences))
    return found


def _counted(rung: Rung, evidences: list[Evidence], statement: Statement) -> dict[str, object]:
    firm = sources(e for e in evidences if not e.hedged)
    every = sources(evidences)
    return {
        "rung": rung,
        "belief": belief(statement.belief),
        "n": len(every),
        "hedged": len(every - firm),
        "publications": publications(evidences),
        "evidence_ids": tuple(sorted(e.id for e in evidences)),
    }


def against_claims(
    facts: Facts, reading: Reading, wanted: int
) -> list[tuple[Claim, list[Evidence]]]:
    """Claims of what speaks against an effect of sign ``wanted``.

    Negated evidence of the statement, or, when its sign is the opposite, what supports it.
    """
    found = []
    statement = reading.statement
    opposite = wanted != 0 and statement.sign == -wanted
    for rung, evidences in reading.rungs() if opposite else reading.rungs_against():
        claim = Claim.model_validate(
            {
                "kind": ClaimKind.CONTRADICTION,
                **_about(facts, statement),
                **_counted(rung, evidences, statement),
                "opposite": opposite,
                "negated": not opposite,
                "wanted": wanted if opposite else 0,
            }
        )
        found.append((claim, evidences))
    return found


def quote_claims(facts: Facts, evidences: Iterable[Evidence], most: int) -> list[Claim]:
    """Quote the strongest sentences, one a publication."""
    ordered = sorted(
        (e for e in evidences if e.text), key=lambda e: (e.hedged, -e.score, e.publication, e.id)
    )
    found: list[Claim] = []
    seen: set[str] = set()
    for evidence in ordered:
        source = evidence.publication or evidence.id
        if source in seen:
            continue
        seen.add(source)
        paper = facts.publication(evidence.publication)
        found.append(
            Claim(
                kind=ClaimKind.QUOTE,
                quote=evidence.text,
                publication=evidence.publication,
                year=paper.year if paper else None,
                rung=evidence.rung,
                negated=evidence.negated,
                evidence_ids=(evidence.id,),
                statement_ids=(evidence.statement,),
            )
        )
        if len(found) == most:
            break
    return found


def not_counted(facts: Facts, statements: Iterable[Statement]) -> list[Claim]:
    """Claims that name what does not count: retracted papers, rejected statements."""
    found: list[Claim] = []
    gone: list[Evidence] = []
    scope: list[str] = []
    for statement in statements:
        if statement.status is Status.REFUTED:
            found.append(
                Claim.model_validate({"kind": ClaimKind.REJECTED, **_about(facts, statement)})
            )
        lost = facts.reading(statement).retracted
        if lost:
            gone.extend(lost)
            scope.append(statement.id)
    if gone:
        found.append(
            Claim(
                kind=ClaimKind.RETRACTED,
                n=len(publications(gone)),
                publications=publications(gone),
                evidence_ids=tuple(sorted(e.id for e in gone)),
                statement_ids=tuple(sorted(scope)),
            )
        )
    return found


def ends(cause: Entity | None = None, effect: Entity | None = None) -> dict[str, str]:
    """Fields that name the entities of a claim."""
    fields: dict[str, str] = {}
    if cause is not None:
        fields |= {"cause": cause.id, "cause_name": cause.name or cause.id}
    if effect is not None:
        fields |= {"effect": effect.id, "effect_name": effect.name or effect.id}
    return fields
