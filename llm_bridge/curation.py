"""Which of some abstracts to cite for a question: relevant and reliable ones, each with its sentence.

Rules over names and sentences, no model. An abstract supports when a sentence of it links the cause to
the outcome in the direction asked about; it speaks against when that sentence denies it or says the
opposite; everything else is left out with the reason. Retracted papers, notices, comments and abstracts
that say both without saying that they do are never cited. The task is that of CRAB (Zhong et al. 2025:
curating retrieved references, with relevant, irrelevant and retracted ones among them); the way is ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from graph.errors import InputError
from graph.store import Store
from ingest.abbreviations import find_abbreviations
from ingest.document import Sentence
from ingest.sentences import split
from llm_bridge.claims import Refusal
from llm_bridge.grammar import parse
from llm_bridge.query import Query, Term
from llm_bridge.resolve import resolve

__all__ = ["THRESHOLD", "Candidate", "Choice", "Curation", "Role", "curate"]

THRESHOLD = 0.4
"""Least strength of a link that is cited: on BC5CDR train the lowest at which being named together is not
enough (``python -m benchmarks.curation --scan``)."""


class Role(StrEnum):
    """What an abstract is for the question."""

    SUPPORTS = "supports"
    AGAINST = "against"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An abstract that may be cited. ``types`` are publication types as PubMed names them."""

    id: str
    title: str
    text: str
    types: tuple[str, ...] = ()
    retracted: bool = False
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What became of a candidate: ``text[start:end] == sentence`` of title, newline and abstract."""

    id: str
    role: Role
    reason: str
    strength: float = 0.0
    sentence: str = ""
    start: int = -1
    end: int = -1

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "id": self.id,
            "role": self.role.value,
            "reason": self.reason,
            "strength": self.strength,
            "sentence": self.sentence,
            "start": self.start,
            "end": self.end,
        }


@dataclass(frozen=True, slots=True)
class Curation:
    """All candidates, the best cited first."""

    question: str
    choices: tuple[Choice, ...]

    def of(self, role: Role) -> tuple[Choice, ...]:
        """The candidates of one role."""
        return tuple(c for c in self.choices if c.role is role)

    @property
    def cited(self) -> tuple[str, ...]:
        """Ids to cite in support."""
        return tuple(c.id for c in self.of(Role.SUPPORTS))


_OUT = {
    "Retracted Publication": "retracted",
    "Retraction of Publication": "a retraction notice",
    "Published Erratum": "an erratum",
    "Expression of Concern": "under an expression of concern",
    "Comment": "a comment on another paper",
    "Editorial": "an editorial",
    "News": "news",
}
_UP = re.compile(
    r"induc|caus|produc|provok|precipitat|trigger|elicit|due to|secondary to|result(?:s|ed|ing)? (?:in|from)|"
    r"follow|after|develop|increas|rais|rise|elevat|worsen|aggravat|exacerbat|potentiat|toxic|side effect|"
    r"adverse|associated with|association|related|risk|complicat|lead(?:s|ing)? to|led to|attribut|receiv|"
    r"treated with|exposure|during|administration|overdose|withdrawal"
)
_STRONG = re.compile(
    r"induc|caus|due to|secondary to|produc|result(?:s|ed|ing)? (?:in|from)|led to|lead(?:s|ing)? to|"
    r"attribut|side effect|adverse|toxic|provok|trigger|elicit|precipitat|risk of|increas"
)
_DOWN = re.compile(
    r"prevent|protect|reduc(?!tase)|decreas|lower|attenuat|alleviat|ameliorat|improv|suppress|inhibit|"
    r"revers|abolish|block|reliev|treatment of|to treat|therapy (?:of|for)|used for|effective in|control of"
)
_DENY = re.compile(
    r"\b(?:not|no|never|without|neither|nor|fail(?:ed|s)? to|lack of|absence of|free of|unlikely|"
    r"no evidence|unrelated)\b|n't\b"
)
_PERHAPS = re.compile(
    r"\b(?:may|might|could|possibl[ey]|perhaps|suggest(?:s|ed|ing)?|hypothesi[sz]ed?)\b",
    re.IGNORECASE,
)
_BOTH = re.compile(
    r"\b(?:but|however|although|whereas|while|in contrast|contrary|on the other hand)\b"
)


def _names(store: Store, term: Term) -> tuple[str, ...]:
    """Words for an entity: the question's own, and the names of what it is resolved to."""
    found = resolve(store, term)
    names = {term.text, term.raw}
    if not isinstance(found, Refusal):
        from ingest.terms import core

        known = core().entity(found.entity.id)
        for entity in (found.entity, known):
            names |= {entity.name, *entity.synonyms} if entity is not None else set()
    return tuple(sorted({n for n in names if len(n) > 2}, key=lambda n: (-len(n), n)))


def _pattern(names: Sequence[str]) -> re.Pattern[str]:
    """Any of the names as whole words, hyphens as spaces, a plural allowed."""
    parts = [r"[\s\-]+".join(map(re.escape, re.split(r"[\s\-]+", n))) for n in names]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?:s|es)?(?!\w)", re.IGNORECASE)


def _with_abbreviations(text: str, names: re.Pattern[str]) -> re.Pattern[str]:
    """The names, and the short or long forms that the text defines for them."""
    sentences = [Sentence(a, b, text[a:b]) for a, b in split(text)]
    more = [
        new
        for one in find_abbreviations(text, sentences)
        for new, old in ((one.short, one.long), (one.long, one.short))
        if names.fullmatch(old)
    ]
    if not more:
        return names
    added = "|".join(re.escape(m) for m in sorted(more))
    return re.compile(rf"{names.pattern}|(?<!\w)(?:{added})(?!\w)", re.IGNORECASE)


def curate(
    store: Store,
    question: str | Query,
    candidates: Iterable[Candidate],
    *,
    threshold: float = THRESHOLD,
) -> Curation:
    """Choose what to cite for a question about a cause and an outcome.

    Args:
        store: where names are looked up first (the bundled terminology comes after it).
        question: English text, or a query with a subject and an object.
        candidates: what may be cited.
        threshold: least strength in [0, 1] of a link that is cited.

    Raises:
        InputError: if the question names no cause and outcome.
    """
    query = parse(question) if isinstance(question, str) else question
    if isinstance(query, Refusal) or query.subject is None or query.object is None:
        raise InputError(
            "the question must name a cause and an outcome",
            hint="For instance: Does lithium cause polyuria?",
        )
    x, y = (_pattern(_names(store, t)) for t in (query.subject, query.object))
    wanted = query.relation.sign() * query.subject.direction * query.direction or 1
    wanted *= query.object.direction
    found = [_choose(c, x, y, wanted, threshold) for c in candidates]
    order = list(Role)
    found.sort(key=lambda c: (order.index(c.role), -c.strength, c.id))
    asked = question if isinstance(question, str) else question.canonical()
    return Curation(asked, tuple(found))


@dataclass(frozen=True, slots=True)
class _Link:
    start: int
    end: int
    strength: float
    sign: int
    denied: bool
    contrast: bool


def _choose(
    candidate: Candidate, x: re.Pattern[str], y: re.Pattern[str], wanted: int, threshold: float
) -> Choice:
    text = f"{candidate.title}\n{candidate.text}"
    x, y = _with_abbreviations(text, x), _with_abbreviations(text, y)
    if not x.search(text) or not y.search(text):
        missing = "cause" if not x.search(text) else "outcome"
        return Choice(candidate.id, Role.IGNORED, f"does not name the {missing}")
    for kind in candidate.types:
        if kind in _OUT:
            return Choice(candidate.id, Role.IGNORED, _OUT[kind])
    if candidate.retracted:
        return Choice(candidate.id, Role.IGNORED, "retracted")
    links = _links(text, len(candidate.title), x, y)
    if not links:
        return Choice(candidate.id, Role.IGNORED, "names both, far from each other")
    best = max(links, key=lambda k: (k.strength, -k.start))
    said = text[best.start : best.end]
    where = (round(best.strength, 3), said, best.start, best.end)
    if best.strength < threshold:
        return Choice(candidate.id, Role.IGNORED, "names both without linking them", *where)
    strong = [k for k in links if k.strength >= threshold]
    agrees = {k.sign * (-1 if k.denied else 1) == wanted for k in strong}
    if len(agrees) == 2 and not any(k.contrast for k in strong):
        return Choice(candidate.id, Role.IGNORED, "says both, without saying that it does", *where)
    if best.denied:
        return Choice(candidate.id, Role.AGAINST, "denies it", *where)
    if best.sign != wanted:
        return Choice(candidate.id, Role.AGAINST, "says the opposite", *where)
    hedged = ", as a possibility" if _PERHAPS.search(said) else ""
    return Choice(candidate.id, Role.SUPPORTS, f"links them as asked{hedged}", *where)


def _links(text: str, title: int, x: re.Pattern[str], y: re.Pattern[str]) -> list[_Link]:
    found = []
    sentences = split(text)
    for start, end in sentences:
        sentence = text[start:end]
        pairs = [(a, b) for a in x.finditer(sentence) for b in y.finditer(sentence)]
        pairs = [(a, b) for a, b in pairs if a.end() <= b.start() or b.end() <= a.start()]
        if not pairs:
            continue
        a, b = min(
            pairs, key=lambda p: max(p[0].start(), p[1].start()) - min(p[0].end(), p[1].end())
        )
        first, last = sorted((a, b), key=lambda m: m.start())
        between = sentence[first.end() : last.start()].lower()
        around = sentence[max(0, first.start() - 40) : last.end() + 40].lower()
        down = bool(_DOWN.search(between)) and not _STRONG.search(between)
        strength = 0.3
        if _STRONG.search(between):
            strength = 0.9
        elif _UP.search(between) or down:
            strength = 0.7
        elif _STRONG.search(around):
            strength = 0.6
        elif _UP.search(around):
            strength = 0.5
        if start < title:
            strength += 0.2
        strength -= 0.1 * (len(between) > 120)
        # a denial counts where it stands next to what links the two
        near = sentence[max(0, first.start() - 25) : last.end()].lower()
        denied = bool(_DENY.search(near))
        contrast = bool(_BOTH.search(sentence.lower()))
        found.append(
            _Link(start, end, min(max(strength, 0.0), 1.0), -1 if down else 1, denied, contrast)
        )
    return found or _across(text, title, sentences, x, y)


def _across(
    text: str,
    title: int,
    sentences: Sequence[tuple[int, int]],
    x: re.Pattern[str],
    y: re.Pattern[str],
) -> list[_Link]:
    """Links over a sentence's end: the title says what the abstract is about, or two sentences follow
    each other, with a word between them that says what came of what."""
    found = []
    head = text[:title]
    for k, (start, end) in enumerate(sentences):
        sentence = text[start:end]
        named = [p for p in (x, y) if p.search(sentence)]
        if len(named) != 1 or start < title:
            continue
        other = y if named[0] is x else x
        before = text[sentences[k - 1][0] : sentences[k - 1][1]] if k else ""
        strength = 0.0
        if other.search(head):
            strength = 0.45 if _STRONG.search(head.lower()) else 0.25
        elif other.search(before):
            strength = 0.35 if _STRONG.search(f"{before} {sentence}".lower()) else 0.2
        lowered = f"{head if other.search(head) else before} {sentence}".lower()
        if strength and not _DENY.search(lowered) and not _DOWN.search(lowered):
            found.append(_Link(start, end, strength, 1, False, False))
    return found
