"""Sentences about a world as forms with raw phrases: what is given, and what is asked.

A form says which phrase stands in which role ("For GROUP, the probability of TARGET is NUMBER"); which
variable and value a phrase means is decided later, over all forms together (:mod:`.align`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from graph.errors import InputError
from llm_bridge.worlds.reading import sentences
from llm_bridge.worlds.words import stem, tokens

__all__ = [
    "Asked",
    "Correlation",
    "Given",
    "Law",
    "Method",
    "Observation",
    "Rate",
    "WorldKind",
    "read_givens",
    "read_question",
]


class WorldKind(StrEnum):
    """What a question about a world asks for; the comment is the quantity."""

    MARGINAL = "marginal"  # P(Y)
    CORRELATION = "correlation"  # P(Y | X=1) - P(Y | X=0)
    CONDITIONAL = "exp_away"  # P(Y | X=1, C) - P(Y | C)
    COLLIDER_BIAS = "collider_bias"  # does X affect Y, given what is seen in a selected group
    EFFECT = "ate"  # E[Y | do(X=1)] - E[Y | do(X=0)]
    TREATED = "ett"  # E[Y_x' - Y_x | X=x]
    DIRECT = "nde"  # E[Y_{X=1, M_0} - Y_0]
    INDIRECT = "nie"  # E[Y_{0, M_1} - Y_0]
    CONTROLLED = "cde"  # E[Y | do(X=1, M=m)] - E[Y | do(X=0, M=m)]
    METHOD = "backadj"  # which of two ways of looking gives the effect
    COUNTERFACTUAL = "det-counterfactual"  # Y_{X=x} in a world of laws


RUNG = {
    WorldKind.MARGINAL: 1, WorldKind.CORRELATION: 1, WorldKind.CONDITIONAL: 1,
    WorldKind.COLLIDER_BIAS: 2, WorldKind.EFFECT: 2, WorldKind.METHOD: 2, WorldKind.CONTROLLED: 2,
    WorldKind.TREATED: 3, WorldKind.DIRECT: 3, WorldKind.INDIRECT: 3, WorldKind.COUNTERFACTUAL: 3,
}  # fmt: skip
"""rung of Pearl's ladder: 1 seeing, 2 doing, 3 imagining"""


@dataclass(frozen=True)
class Rate:
    """``probability`` of ``target`` (perhaps joined events) in ``group``, all people if empty."""

    target: str
    group: str
    probability: float
    text: str


@dataclass(frozen=True)
class Correlation:
    """A correlation coefficient of two events within a group."""

    a: str
    b: str
    group: str
    value: float
    text: str


@dataclass(frozen=True)
class Law:
    """``causes`` (events joined by "and" or "or") brings about ``effects``, and nothing else does."""

    causes: str
    effects: str
    text: str


@dataclass(frozen=True)
class Observation:
    """Something seen to be so."""

    event: str
    text: str


@dataclass(frozen=True)
class Method:
    """A way of looking at data: by the cases of ``by``, or directly if that is empty."""

    number: str
    by: str
    text: str


Given = Rate | Correlation | Law | Observation | Method


@dataclass(frozen=True)
class Asked:
    """A question as a form.

    Attributes:
        kind: what is asked.
        cause, effect: phrases of events, or names of variables.
        other: the opposite of ``effect`` (marginal) or of ``cause`` (counterfactual).
        group: of whom it is asked.
        via: names of mediators.
        condition: an event held fixed besides; of ways of looking, their names.
        direction: +1 if yes means more, -1 if yes means less, 0 if the value is asked.
        negated: whether "not" turns the answer.
    """

    kind: WorldKind
    effect: str = ""
    cause: str = ""
    other: str = ""
    group: str = ""
    via: str = ""
    condition: str = ""
    direction: int = 0
    negated: bool = False


_P = r"(?P<p>-?\d+(?:[.,]\d+)?(?:e-?\d+)?)\s*(?P<unit>%|percent|per cent)?"
_CHANCE = r"(?:overall |total |marginal )?(?:probability|chance|likelihood|rate|prevalence|frequency|risk|odds)"
_IS = r"(?:is|was|equals|are|amounts to|=)(?: about| around| equal to| roughly)?"
_FOR = r"(?:for|among|in|amongst|given|within|of|when looking at|if we look at)"
_RATES = tuple(
    re.compile(p, re.I)
    for p in (
        rf"^{_FOR} (?P<g>.+?),? the {_CHANCE} (?:of|that|for) (?P<t>.+?) {_IS} {_P}$",
        rf"^the {_CHANCE} (?:of|that|for) (?P<t>.+?) (?:given|among|for|if|when|conditional on) (?P<g>.+?) {_IS} {_P}$",
        rf"^the {_CHANCE} (?:of|that|for) (?P<t>.+?) {_IS} {_P}$",
        rf"^{_P} of (?P<g>.+?) (?:have|has|show|are|get|experience) (?P<t>.+)$",
        rf"^{_FOR} (?P<g>.+?), (?P<t>.+?) (?:has|have|happens|occurs) (?:with )?(?:a )?{_CHANCE} (?:of )?{_P}$",
        rf"^P\((?P<t>[^|()]+)(?:\|(?P<g>[^()]+))?\)\s*(?:=|is)\s*{_P}$",
    )
)
_CORRELATION = re.compile(
    rf"^(?:{_FOR} (?P<g>.+?),? )?the correlation between (?P<a>.+?) and (?P<b>.+?) {_IS} {_P}$",
    re.I,
)
_LAW = re.compile(
    r"^(?:and )?(?:we know that |we also know that |it is known that )?(?P<a>.+?) "
    r"(?:always |necessarily )?(?:causes?|leads? to|results? in|brings? about) (?P<b>.+)$",
    re.I,
)
_SEEN = re.compile(
    r"^(?:and )?(?:we|it was|they|i) (?:have )?(?:also )?"
    r"(?:observed?|saw|see|know|found|learned|learnt|noted?)(?: that)? (?P<e>.+)$",
    re.I,
)
_METHOD = re.compile(r"^(?P<m>(?:method|approach|option|way) \w+)\s*:\s*(?P<r>.+)$", re.I)
_BY = re.compile(
    r"(?:case by case|stratum by stratum|group by group|separately)"
    r"(?: according to| by| for each(?: value of)?| within each(?: value of)?| for| within) (?P<z>.+)$"
    r"|(?:adjust(?:ing)?|controll?(?:ing)?|conditioning|condition|stratif(?:y|ied|ying))"
    r" (?:for|on|by) (?P<z2>.+)$",
    re.I,
)


def _number(found: re.Match[str]) -> float:
    value = float(found["p"].replace(",", "."))
    return value / 100 if found["unit"] else value


@lru_cache(maxsize=16384)
def _given(sentence: str) -> tuple[Given, ...]:
    bare = sentence.strip().rstrip(".;!")
    if found := _METHOD.match(bare):
        by = _BY.search(found["r"])
        return (Method(found["m"], (by["z"] or by["z2"]) if by else "", sentence),)
    if found := _CORRELATION.match(bare):
        value = _number(found)
        if not -1 <= value <= 1:
            raise InputError(f"a correlation of {value} is not between -1 and 1", where=sentence)
        return (Correlation(found["a"], found["b"], found["g"] or "", value, sentence),)
    for pattern in _RATES:
        if found := pattern.match(bare):
            parts = found.groupdict()
            if "P(" in pattern.pattern and bare[0] not in "Pp":
                continue
            value = _number(found)
            if not 0 <= value <= 1:
                raise InputError(
                    f"a probability of {found['p']}{found['unit'] or ''} is not between 0 and 1",
                    where=sentence,
                )
            return (Rate(parts["t"].strip(), (parts.get("g") or "").strip(), value, sentence),)
    if " cause" not in f" {bare}" and (found := _SEEN.match(bare)):
        return (Observation(found["e"], sentence),)
    pieces = re.split(r",? and (?=we (?:also )?know that )", bare, flags=re.I)
    laws = [_LAW.match(piece) for piece in pieces]
    if all(laws):
        return tuple(Law(m["a"], m["b"], sentence) for m in laws if m)
    if found := _SEEN.match(bare):
        return (Observation(found["e"], sentence),)
    return ()


def read_givens(text: str) -> tuple[tuple[Given, ...], tuple[str, ...]]:
    """Return what is given, and the sentences that were not understood.

    Raises:
        InputError: for a probability or correlation out of its range.
    """
    found: list[Given] = []
    unread: list[str] = []
    for sentence in sentences(text):
        forms = _given(sentence)
        if forms:
            found += forms
        else:
            unread.append(sentence)
    return tuple(found), tuple(unread)


_MORE = r"(?P<more>more|larger|bigger|higher|greater|increased?|increases|raised?|raises|up|positively|rise)"
_LESS = r"(?P<less>less|smaller|lower|lowers|decreased?|decreases|reduced?|reduces|down|negatively|fall)"
_WAY = rf"(?:{_MORE}|{_LESS})"
_WHO = r"(?:if we (?:look at|consider|restrict (?:ourselves )?to)|for|among|looking at)"
_SEE = r"(?:to see |to observe |to have |that )?"
_HELD = r"(?:is |are |was |were )?(?:held|kept|fixed|set)(?: fixed| constant| steady)?(?: (?:at|to) (?P<at>.+?))?"
_MOVES = rf"(?:will|would|does|do|can) (?P<x>.+?) {_WAY} the (?:overall )?{_CHANCE} (?:of|that) (?P<y>.+?)"
_QUESTIONS: tuple[tuple[WorldKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.I))
    for kind, pattern in (
        (WorldKind.METHOD,
         r"^to understand how (?P<x>.+?) (?:affects?|influences?|impacts?|acts? on) (?P<y>.+?),? is it (?:more correct|better|more"
         r" appropriate) to (?:use|apply) (?:the )?(?P<m1>\w+ \w+) (?:than|rather than|instead of|over) (?:the )?(?P<m2>\w+ \w+)$"),
        (WorldKind.METHOD,
         r"^should (?:we|one|i) (?:adjust|control|condition|stratify) (?:for|on|by) (?P<via>.+?) (?:to (?:understand|estimate|find|learn|see)"
         r"|when (?:we )?(?:estimat\w+|study\w*)) (?:how|the effect of) (?P<x>.+?) (?:affects?|influences?|on) (?P<y>.+)$"),
        (WorldKind.DIRECT,
         rf"^if we (?:disregard|ignore|exclude|leave out) the mediation effect through (?P<via>.+?), would (?P<x>.+?) {_WAY} affect (?P<y>.+)$"),
        (WorldKind.DIRECT,
         rf"^does (?P<x>.+?) (?:directly )?{_WAY} affect (?P<y>.+?) (?:other than|not|except) through (?P<via>.+)$"),
        (WorldKind.INDIRECT,
         rf"^(?:does|would|will) (?P<x>.+?) {_WAY} (?:affect|influence|impact) (?P<y>.+?) (?:only )?(?:through|via|by way of) (?P<via>.+)$"),
        (WorldKind.CONTROLLED, rf"^(?:with|if) (?P<h>.+?) {_HELD},? {_MOVES}$"),
        (WorldKind.CONTROLLED,
         rf"^(?:(?:if|when) we |by )?(?:hold|holding|fix|fixing|set|setting|keep|keeping) (?P<h>.+?)(?: fixed| constant| steady)?"
         rf"(?: (?:at|to) (?P<at>.+?))?, {_MOVES}$"),
        (WorldKind.CONTROLLED, rf"^{_MOVES} (?:with|if|when) (?P<h>.+?) {_HELD}$"),
        (WorldKind.CONTROLLED,
         rf"^what is the controlled direct effect of (?P<x>.+?) on (?:the {_CHANCE} of )?(?P<y>.+?) "
         rf"(?:with|if|when|given) (?P<h>.+?)(?: {_HELD})?$"),
        (WorldKind.COLLIDER_BIAS,
         rf"^{_WHO} (?P<g>.+?),? does it mean that (?P<x>.+?) (?P<not>(?:does|do) not affect|has no effect on|affects?|influences?|"
         r"has an effect on) (?P<y>.+)$"),
        (WorldKind.CONDITIONAL,
         rf"^{_WHO} (?P<g>.+?),? (?:does|will|would) the {_CHANCE} of (?P<y>.+?) {_WAY} (?:when|if|given|with) (?P<x>.+)$"),
        (WorldKind.TREATED,
         rf"^(?:for|among) (?P<g>.+?),? would it be {_WAY} (?:likely|probable) {_SEE}(?P<y>.+?) (?:if|had) (?P<x>.+)$"),
        (WorldKind.COUNTERFACTUAL,
         r"^(?:would|will|does|is|were) (?P<y>.+?) if (?P<x>.+?) (?:instead of|rather than|in place of) (?P<o>.+)$"),
        (WorldKind.MARGINAL,
         rf"^(?:is|are) (?P<y>.+?) {_WAY} (?:likely|probable|common) than (?P<o>.+?)(?: overall| in general| altogether)?$"),
        (WorldKind.CORRELATION,
         rf"^is the {_CHANCE} of (?P<y>.+?) {_WAY} (?:when|if|given)(?: we)?(?: observ(?:e|ing)| see(?:ing)?)? (?P<x>.+)$"),
        (WorldKind.CORRELATION,
         rf"^(?:is|are) (?P<y>.+?) {_WAY} (?:likely|probable) (?:when|if|given|for|among)(?: we)?(?: observ(?:e|ing)| see(?:ing)?)? (?P<x>.+)$"),
        (WorldKind.EFFECT,
         rf"^(?:will|would|does|do|can) (?P<x>.+?) {_WAY} the (?:overall )?{_CHANCE} (?:of|that) (?P<y>.+)$"),
        (WorldKind.EFFECT,
         rf"^(?:will|would|does|do) (?P<x>.+?) make (?P<y>.+?) {_WAY} (?:likely|probable)$"),
        (WorldKind.EFFECT,
         rf"^(?:will|would|does|do) the {_CHANCE} of (?P<y>.+?) {_WAY} (?:if|when) we (?:set|force|make|intervene to(?: set)?) (?P<x>.+)$"),
        (WorldKind.EFFECT,
         rf"^what is the (?:average )?(?:causal |total )?effect of (?P<x>.+?) on (?:the {_CHANCE} of )?(?P<y>.+)$"),
        (WorldKind.TREATED,
         r"^what is the effect of (?P<x>.+?) on (?P<y>.+?) (?:for|among) (?P<g>.+)$"),
        (WorldKind.CORRELATION,
         rf"^what is the {_CHANCE} of (?P<y>.+?) (?P<level>given|for|among|when|if) (?P<x>.+)$"),
        (WorldKind.MARGINAL,
         rf"^what is the (?:overall )?{_CHANCE} of (?P<y>.+)$"),
    )
)  # fmt: skip


def _held_at(what: str, at: str) -> str:
    """The event of "tar held at high": "high tar"; of "cholesterol held at low cholesterol" the latter."""
    if not at or {stem(w) for w in tokens(what)} & {stem(w) for w in tokens(at)}:
        return at or what
    return f"{at} {what}"


@lru_cache(maxsize=16384)
def read_question(question: str) -> Asked | None:
    """Return the form of a question about a world, None if it has none of the forms that are read."""
    text = " ".join(question.split()).strip().rstrip("?.! ")
    for kind, pattern in _QUESTIONS:
        if not (found := pattern.match(text)):
            continue
        part = found.groupdict()
        direction = 1 if part.get("more") else -1 if part.get("less") else 0
        condition = ""
        if kind is WorldKind.METHOD:
            condition = f"{part.get('m1') or ''}|{part.get('m2') or ''}"
        if part.get("level"):
            condition = "level"
        if kind is WorldKind.CONTROLLED:
            condition = _held_at(part["h"], part.get("at") or "")
        negated = bool(re.search(r"\b(?:not|no)\b", part.get("not") or ""))
        return Asked(
            kind, part["y"], part.get("x") or "", part.get("o") or "", part.get("g") or "",
            part.get("via") or "", condition, direction, negated,
        )  # fmt: skip
    return None
