"""What an answer is made of: claims, the sentences that say them, refusals and certificates.

This is the only thing the answering path and the checker share. A claim is data; sentences are
rendered from it and never the other way round. Which fields a kind of claim uses is said at
:class:`ClaimKind`; all others keep their defaults.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from graph.model import Category, Predicate, Rung, Status, content_hash
from llm_bridge.query import Kind, Query

if TYPE_CHECKING:
    from llm_bridge.certificates import Certificate

__all__ = [
    "Answer",
    "Claim",
    "ClaimKind",
    "EstimandRecord",
    "EvidenceItem",
    "Number",
    "Reason",
    "Refusal",
    "Removed",
    "Sentence",
    "Suggestion",
    "Understood",
    "Verdict",
]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data; ``model_validate`` reads it back."""
        return self.model_dump(mode="json")


class ClaimKind(StrEnum):
    """What a claim claims, and which fields say it (``cause``/``effect`` always with names)."""

    VERDICT = "verdict"
    """cause, effect, direction, wanted, verdict, sign, n (for), against, publications (both),
    evidence_ids, statement_ids: how the counted evidence on one pair stands"""
    SUPPORT = "support"
    """one statement, one rung: cause, effect, predicate, sign, status, rung, belief, n, hedged,
    publications, evidence_ids, statement_ids"""
    CONTRADICTION = "contradiction"
    """as support, but evidence against: negated evidence of the statement, or (``opposite``)
    supporting evidence of a statement of the other sign"""
    QUOTE = "quote"
    """one sentence: quote, publication, year, rung, evidence_ids, statement_ids, negated"""
    RETRACTED = "retracted"
    """publications not counted: n, publications, evidence_ids, statement_ids"""
    REJECTED = "rejected"
    """a statement a person rejected: cause, effect, predicate, sign, status, statement_ids"""
    ABSENCE = "absence"
    """nothing found: cause and effect (no statement on the pair), or one of them with wanted,
    category and predicate (then an empty listing)"""
    NO_PATH = "no_path"
    """no chain of 2 to n statements from cause to effect"""
    NO_CONFOUNDER = "no_confounder"
    """nothing acts on both cause and effect"""
    UNKNOWN = "unknown"
    """an entity the graph does not hold: cause (CURIE or empty), cause_name in the asker's words"""
    LISTING = "listing"
    """how many entities stand on the other side of cause or effect: wanted, category, predicate
    (associated_with when associations were asked for), n, statement_ids"""
    PATH = "path"
    """a chain of statements: path, path_names, predicates, signs, sign (product), direction, belief
    (of the weakest), statement_ids"""
    CONFOUNDER = "confounder"
    """a common cause: path and path_names (the cause of both), predicates, signs, sign (product),
    belief (of the weaker), statement_ids"""
    EFFECT = "effect"
    """an estimate from data: direction, value, std_error, ci_low, ci_high, level, n, unit,
    dataset, dataset_name, data_hash, estimand"""
    UNIDENTIFIED = "unidentified"
    """data are there but the effect is not identified: dataset, dataset_name, data_hash, estimand
    (its graph, no adjustment)"""
    RANKED = "ranked"
    """entities by how well it is supported that they move the effect: effect, wanted, category, n (of
    all), path and path_names (best first), beliefs, statement_ids (the best of each)"""
    COMPARED = "compared"
    """named entities by the same: effect, path, path_names, signs (asked of each), beliefs (0: no
    firm statement of that sign), statement_ids (the best of each that has one)"""
    JOINT = "joint"
    """several interventions at once: effect, path, path_names, signs (what is done), turns (what that
    does to the effect, 0: unknown), role (same, opposite, unclear)"""
    ADJUSTMENT = "adjustment"
    """whether to adjust: cause, effect, path and path_names (what for), role (enough, optional,
    harmful, biasing, insufficient, loop), estimand (the graph)"""
    ORDER = "order"
    """sources for an effect each way round: cause, effect, n, against, statement_ids, evidence_ids"""
    CERTAINTY = "certainty"
    """belief in the best statement of a sign: cause, effect, predicate, sign, status, belief, n and
    against (sources), statement_ids"""
    INFLUENCE = "influence"
    """the source that a belief rests on most: cause, effect, predicate, sign, status, statement_ids,
    publication, belief, without (the belief without that source)"""
    GAP = "gap"
    """rungs that no counted evidence on the pair has: cause, effect, rungs, statement_ids"""
    SETTING = "setting"
    """how many counted sources name a restriction in their sentences: cause, effect, quote (the
    words, by |), n, against (all sources), publications (that name it), evidence_ids"""


class Verdict(StrEnum):
    """How the evidence on a pair stands, seen from the question."""

    SUPPORTED = "supported"
    CONTESTED = "contested"
    OPPOSED = "opposed"
    UNSIGNED = "unsigned"
    ASSOCIATION = "association"
    PROPOSED = "proposed"
    NOTHING = "nothing"

    @property
    def firm(self) -> bool:
        """Whether it rests on reports of an effect."""
        return self in (Verdict.SUPPORTED, Verdict.CONTESTED, Verdict.OPPOSED)


class EstimandRecord(_Model):
    """What was estimated, with everything needed to derive it again.

    ``entities`` are the dataset's bound columns with their CURIEs; ``edges`` are the causal graph over the
    columns, each (column, ``-->`` or ``<->``, column, statements behind it), made of the firm
    causal statements believed at least ``min_belief``.
    """

    treatment: str
    outcome: str
    method: str = ""
    estimator: str = ""
    adjustment: tuple[str, ...] = ()
    formula: str = ""
    entities: tuple[tuple[str, str], ...] = ()
    edges: tuple[tuple[str, str, str, tuple[str, ...]], ...] = ()
    min_belief: float = 0.5
    graph_hash: str = ""


class Claim(_Model):
    """One checkable thing an answer says; see :class:`ClaimKind` for the fields in use.

    Numbers are rounded before they are claimed (beliefs to 4 decimals, estimates to 6 significant
    digits), so that a claim survives JSON unchanged. ``sign`` is the change of the effect when the
    cause is raised; ``direction`` what the question does to the cause; ``wanted`` the sign the
    question asks about, on the scale of ``sign`` (0: either).
    """

    kind: ClaimKind
    cause: str = ""
    cause_name: str = ""
    effect: str = ""
    effect_name: str = ""
    predicate: Predicate | None = None
    sign: Literal[-1, 0, 1] = 0
    direction: Literal[-1, 1] = 1
    wanted: Literal[-1, 0, 1] = 0
    verdict: Verdict | None = None
    rung: Rung | None = None
    status: Status | None = None
    belief: float | None = None
    n: int | None = None
    against: int | None = None
    hedged: int = 0
    negated: bool = False
    opposite: bool = False
    quote: str = ""
    publication: str = ""
    year: int | None = None
    publications: tuple[str, ...] = ()
    evidence_ids: tuple[str, ...] = ()
    statement_ids: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    path_names: tuple[str, ...] = ()
    predicates: tuple[Predicate, ...] = ()
    signs: tuple[int, ...] = ()
    category: Category | None = None
    value: float | None = None
    std_error: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    level: float | None = None
    unit: str = ""
    dataset: str = ""
    dataset_name: str = ""
    data_hash: str = ""
    estimand: EstimandRecord | None = None
    beliefs: tuple[float, ...] = ()
    turns: tuple[int, ...] = ()
    rungs: tuple[Rung, ...] = ()
    role: str = ""
    without: float | None = None

    @property
    def id(self) -> str:
        """Content hash of the claim."""
        return content_hash("cl", self.to_json())


class Sentence(_Model):
    """A sentence and the claim it was rendered from."""

    text: str
    claim: Claim


class Reason(StrEnum):
    """Why a question was not answered."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    UNKNOWN_FORM = "unknown_form"
    LANGUAGE = "language"
    NOT_A_QUESTION = "not_a_question"
    ADVICE = "advice"
    UNKNOWN_ENTITY = "unknown_entity"
    AMBIGUOUS = "ambiguous"
    SAME_ENTITY = "same_entity"
    CONTRADICTORY = "contradictory"
    SCOPE = "scope"
    NOT_IDENTIFIED = "not_identified"
    DATA = "data"
    CHECK = "check"


class Suggestion(_Model):
    """A candidate for what a name may mean; ``score`` in [0, 1]."""

    text: str
    id: str
    name: str
    category: Category = Category.THING
    score: float = 0.0


class Refusal(_Model):
    """An explicit "no answer": why, and what can be asked or measured instead."""

    reason: Reason
    message: str
    nearest: tuple[str, ...] = ()
    """questions that can be answered, nearest first"""
    suggestions: tuple[Suggestion, ...] = ()
    needs: tuple[str, ...] = ()
    """what to measure or add"""
    witness: str = ""


class Understood(_Model):
    """What a name in the question was taken for; ``note`` when that is not the same name."""

    text: str
    id: str
    name: str
    category: Category = Category.THING
    score: float = 1.0
    in_graph: bool = True
    note: str = ""


class Number(_Model):
    """A figure of the answer, for tables."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    unit: str = ""
    dataset: str = ""


class EvidenceItem(_Model):
    """One piece of evidence behind the answer: the sentence exactly as it stands in the paper and
    its offsets there."""

    id: str
    statement: str
    rung: Rung
    publication: str = ""
    title: str = ""
    year: int | None = None
    text: str = ""
    start: int = -1
    end: int = -1
    negated: bool = False
    hedged: bool = False
    retracted: bool = False
    extractor: str = ""


class Removed(_Model):
    """A sentence that did not survive the check, and why."""

    sentence: Sentence
    reasons: tuple[str, ...]


class Answer(_Model):
    """What a question got: sentences with their claims, or a refusal, or both."""

    question: str
    query: Query | None = None
    understood: tuple[Understood, ...] = ()
    reading: str = ""
    """the question as it was read, in plain words"""
    sentences: tuple[Sentence, ...] = ()
    numbers: tuple[Number, ...] = ()
    assumptions: tuple[str, ...] = ()
    evidence: tuple[EvidenceItem, ...] = ()
    refused: Refusal | None = None
    would_change: tuple[str, ...] = ()
    """what would change this answer"""
    notes: tuple[str, ...] = ()
    removed: tuple[Removed, ...] = ()
    store_id: str = ""
    version: str = ""
    """of the software"""
    snapshot: str = ""
    """hash of the graph around what was asked about, when it was answered"""
    parts: tuple[Answer, ...] = ()
    """the answers to what else the sentence asked"""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims of all sentences, in order."""
        return tuple(s.claim for s in self.sentences)

    @property
    def short(self) -> str:
        """The answer in one word: ``yes``, ``no``, ``contested`` or ``unknown`` to a question of
        whether something is so, ``told`` to any other, ``refused`` when nothing is said."""
        if self.sentences and self.query is not None and self.query.kind not in _WHETHER:
            return "told"
        for claim in self.claims:
            if claim.kind is ClaimKind.VERDICT:
                return _SHORT.get(claim.verdict, "unknown") if claim.verdict else "unknown"
        return "refused" if self.refused is not None and not self.sentences else "unknown"

    @property
    def answered(self) -> bool:
        """Whether anything at all is said."""
        return bool(self.sentences) or any(p.answered for p in self.parts)

    def certificate(self) -> Certificate:
        """Return everything needed to check this answer elsewhere, content-hashed."""
        from llm_bridge.certificates import Certificate

        return Certificate.of(self)

    def to_text(self, width: int = 88, *, depth: Literal["short", "full"] = "full") -> str:
        """Return the answer as plain text for a terminal or a log."""
        from llm_bridge.text import answer_text

        return answer_text(self, width, depth)


_WHETHER = (
    Kind.EXISTENCE,
    Kind.EVIDENCE,
    Kind.CONTRADICTION,
    Kind.CERTAINTY,
)
_SHORT = {
    Verdict.SUPPORTED: "yes",
    Verdict.UNSIGNED: "yes",
    Verdict.OPPOSED: "no",
    Verdict.CONTESTED: "contested",
}
