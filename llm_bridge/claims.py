"""What an answer is made of: claims, the sentences that say them, refusals and certificates.

This is the only thing the answering path and the checker share. A claim is data; sentences are
rendered from it and never the other way round. Which fields a kind of claim uses is said at
:class:`ClaimKind`; all others keep their defaults.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from graph.errors import InputError
from graph.model import Category, Predicate, Rung, Status, content_hash
from llm_bridge.query import Kind, Query

__all__ = [
    "Answer",
    "Certificate",
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

FORMAT = "etiograph-certificate"
VERSION: Literal[1] = 1


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


class Verdict(StrEnum):
    """How the evidence on a pair stands, seen from the question."""

    SUPPORTED = "supported"
    CONTESTED = "contested"
    OPPOSED = "opposed"
    UNSIGNED = "unsigned"
    ASSOCIATION = "association"
    PROPOSED = "proposed"
    NOTHING = "nothing"


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
    NOT_A_QUESTION = "not_a_question"
    ADVICE = "advice"
    UNKNOWN_ENTITY = "unknown_entity"
    AMBIGUOUS = "ambiguous"
    SAME_ENTITY = "same_entity"
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
        return bool(self.sentences)

    def certificate(self) -> Certificate:
        """Return everything needed to check this answer elsewhere, content-hashed."""
        return Certificate(answer=self, hash=_seal(self))

    def to_text(self, width: int = 88) -> str:
        """Return the answer as plain text for a terminal or a log."""
        return _text(self, width)


class Certificate(_Model):
    """An answer under a content hash. The hash shows tampering; whether the claims hold is what
    :func:`llm_bridge.checker.check` recomputes."""

    format: Literal["etiograph-certificate"] = "etiograph-certificate"
    version: Literal[1] = VERSION
    answer: Answer
    hash: str

    @property
    def intact(self) -> bool:
        """Whether the hash is that of the content."""
        return self.hash == _seal(self.answer)

    def dumps(self) -> str:
        """Return the certificate as JSON text, the same every time."""
        return json.dumps(self.to_json(), ensure_ascii=False, sort_keys=True, indent=1) + "\n"

    @classmethod
    def loads(cls, text: str | bytes, *, name: str = "<certificate>") -> Self:
        """Read what :meth:`dumps` wrote.

        Raises:
            InputError: if it is not a certificate of a version this software knows.
        """
        try:
            data = json.loads(text)
        except ValueError as error:
            raise InputError(f"the certificate is not JSON: {error}", where=name) from None
        if not isinstance(data, Mapping) or data.get("format") != FORMAT:
            raise InputError("this is not an etiograph certificate", where=name)
        if data.get("version") != VERSION:
            raise InputError(
                f"the certificate has version {data.get('version')!r}, known is {VERSION}",
                where=name,
                hint="Verify it with the version of etiograph that wrote it.",
            )
        try:
            return cls.model_validate_json(json.dumps(data))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(p) for p in first["loc"])
            raise InputError(
                f"the certificate is malformed at {place}: {first['msg']}", where=name
            ) from None


_WHETHER = (Kind.EXISTENCE, Kind.EVIDENCE, Kind.CONTRADICTION)
_SHORT = {
    Verdict.SUPPORTED: "yes",
    Verdict.UNSIGNED: "yes",
    Verdict.OPPOSED: "no",
    Verdict.CONTESTED: "contested",
}


def _seal(answer: Answer) -> str:
    return content_hash("cert", [FORMAT, VERSION, answer.to_json()])


def _wrap(text: str, width: int, first: str, rest: str) -> str:
    lines = textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_long_words=False
    )
    return "\n".join(lines) if lines else first.rstrip()


def _text(answer: Answer, width: int) -> str:
    parts: list[str] = []
    if answer.reading:
        parts.append(_wrap(f"Understood as: {answer.reading}", width, "", "  "))
    for item in answer.understood:
        kind = "" if item.in_graph else ", not in this graph"
        line = f"{item.text!r} is understood as {item.name} ({item.id or 'no identifier'}{kind})"
        parts.append(_wrap(line + (f": {item.note}" if item.note else ""), width, "  ", "    "))
    if answer.sentences:
        parts.append("")
        quoted = (ClaimKind.QUOTE,)
        for sentence in answer.sentences:
            first = "    " if sentence.claim.kind in quoted else "- "
            parts.append(_wrap(sentence.text, width, first, "    " if first != "- " else "  "))
    if answer.refused is not None:
        parts.append("")
        refusal = answer.refused
        parts.append(
            _wrap(
                ("Not estimated: " if answer.sentences else "No answer: ") + refusal.message,
                width,
                "",
                "  ",
            )
        )
        for title, items in (
            ("Did you mean", [f"{s.name} ({s.id}, {s.score:.2f})" for s in refusal.suggestions]),
            ("What can be asked", list(refusal.nearest)),
            ("What to measure next", list(refusal.needs)),
        ):
            if items:
                parts.append(f"{title}:")
                parts.extend(_wrap(i, width, "- ", "  ") for i in items)
    for title, lines in (
        ("Assumptions", answer.assumptions),
        ("What would change this answer", answer.would_change),
        ("Notes", answer.notes),
    ):
        if lines:
            parts += ["", f"{title}:"]
            parts.extend(_wrap(line, width, "- ", "  ") for line in lines)
    if answer.removed:
        parts += ["", "Removed, because the check did not confirm it:"]
        parts.extend(
            _wrap(f"{r.sentence.text} [{'; '.join(r.reasons)}]", width, "- ", "  ")
            for r in answer.removed
        )
    return "\n".join(parts).strip() + "\n"
