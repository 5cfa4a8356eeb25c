"""From what a frame captured to the typed query."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from pydantic import ValidationError

from graph.model import Category
from llm_bridge.lexicon import STOP_WORDS, intervention_forms
from llm_bridge.patterns import Capture, Token
from llm_bridge.places import PERSONS, RELATIVES, SPECIES, STAGES, person, somebody
from llm_bridge.qualify import places, qualifiers, split
from llm_bridge.query import Dose, Kind, Measure, Query, Relation, Term
from llm_bridge.terms import make_term

__all__ = ["build", "listed"]

_MARKS: dict[str, tuple[str, object]] = {
    "cause": ("v", Relation.CAUSE),
    "prevent": ("v", Relation.PREVENT),
    "assoc": ("v", Relation.ASSOCIATE),
    "treat": ("v", Relation.TREAT),
    "better": ("v", Relation.IMPROVE),
    "worse": ("v", Relation.WORSEN),
    "affect": ("v", Relation.AFFECT),
    "ind": ("v", Relation.CAUSE),
    "low": ("i", -1),
    "down": ("v", Relation.DECREASE),
    "up": ("v", Relation.INCREASE),
}
_DEFAULT = {
    Kind.CAUSES: Relation.CAUSE,
    Kind.TREATMENTS: Relation.TREAT,
    Kind.EFFECTS: Relation.AFFECT,
    Kind.RANKING: Relation.CAUSE,
    Kind.COUNTERFACTUAL: Relation.CAUSE,
}
_LISTS = (Kind.CAUSES, Kind.TREATMENTS, Kind.EFFECTS, Kind.RANKING)
_WHETHER = (
    Kind.EXISTENCE, Kind.EVIDENCE, Kind.CONTRADICTION, Kind.CERTAINTY, Kind.CHANGE, Kind.MISSING,
)  # fmt: skip
_NEUTRAL = (
    Kind.CONFOUNDERS, Kind.EFFECT, Kind.ADJUSTMENT, Kind.WHAT_IF, Kind.ORDER,
)  # fmt: skip
_NO_SUBJECT = (Kind.CAUSES, Kind.TREATMENTS, Kind.COMPARISON, Kind.RANKING, Kind.WHAT_IF)
_GROUPED = (Kind.COMPARISON, Kind.WHAT_IF)
_ONE_PERSON = frozenset(
    "animal mouse rat dog cat pig monkey rabbit horse volunteer participant donor recipient patient patient's he she him her man woman child person girl boy baby mother father mum mom dad wife husband son "
    "daughter brother sister uncle aunt grandmother grandfather friend neighbour neighbor lady gentleman".split()
)


def listed(question: str, tokens: Sequence[Token], span: object) -> list[list[Token]]:
    """Split a span at its commas and joining words: "enalapril, amiloride and lithium"."""
    if not isinstance(span, tuple):
        return []
    parts: list[list[Token]] = [[]]
    inside = tokens[span[0] : span[1]]
    for k, token in enumerate(inside):
        if token.low in {"together", "jointly", "simultaneously"}:
            continue
        if token.low in {"and", "or", "versus", "vs"}:
            parts.append([])
            continue
        if k and "," in question[inside[k - 1].end : token.start]:
            parts.append([])
        parts[-1].append(token)
    return [p for p in parts if p and not (len(p) == 1 and p[0].low in {"both", "either"})]


def _turned(term: Term, way: int) -> Term:
    """The term with what is done to it turned round."""
    if way > 0:
        return term
    turned = tuple((text, _sign(-d)) for text, d in term.ladder)
    return term.model_copy(update={"direction": _sign(-term.direction), "ladder": turned})


def _sign(way: int) -> Literal[-1, 1]:
    return -1 if way < 0 else 1


def _term(
    question: str, tokens: list[Token], span: object, mark: str = "", *, outcome: bool = False
) -> tuple[Term | None, tuple[str, ...]]:
    if not isinstance(span, tuple):
        return None, ()
    inside, context = split(tokens[span[0] : span[1]])
    words = [t.low for t in inside[:5]]
    if outcome and "with" in words[1:]:  # "adolescents with obesity"
        k = words.index("with", 1)
        if person(words[k - 1]) and len(inside) > k + 1:
            who = inside[:k]
            said = (
                ""
                if len(who) == 1 and who[0].low in _ANYBODY
                else question[who[0].start : who[-1].end]
            )
            term = make_term(question, inside[k + 1 :], mark, outcome=True)
            return term, (*((f"in {said}",) if said else ()), *places(question, context))
    while len(inside) > 2 and inside[0].low in _OWNERS:
        inside = inside[1:]
    owner = _owner(inside[0].low) if len(inside) > 1 else ""
    if owner:  # "children's IQ", "my mother's rash"
        inside, found = inside[1:], (() if somebody(owner) else (f"in {owner}",))
        context_found = (*found, *places(question, context))
    else:
        context_found = places(question, context)
    return make_term(question, inside, mark, outcome=outcome), context_found


_ANYBODY = frozenset("people patients persons subjects individuals those".split())
_OWNERS = frozenset("my our his her this that these the their".split())


def _owner(word: str) -> str:
    """Whose something is, of a word like "children's"; empty if it is no person's."""
    if not word.endswith(("'s", "s'")):
        return ""
    name = word[:-2] if word.endswith("'s") else word[:-1]
    return name if name in PERSONS | RELATIVES or person(name) else ""


def _others(
    question: str, tokens: list[Token], capture: Capture, way: int, kind: Kind
) -> tuple[list[Term], tuple[str, ...]] | None:
    """The names in ``<z>``, and in ``<x>`` where that is one of several."""
    found: list[Term] = []
    context: tuple[str, ...] = ()
    other = capture.get("k", capture.get("i"))
    second = other if other in (1, -1) else way
    for name, sense in (("x", way), ("z", int(str(second)))):
        parts = listed(question, tokens, capture.get(name))
        if name == "z" and any(_acting(p) for p in parts[1:]):
            return None  # "inhibit PKC and activate PKA": another verb begins
        for k, part in enumerate(parts):
            inside, where = split(part) if k == len(parts) - 1 else (part, [])
            term = make_term(question, inside, outcome=kind in (Kind.ADJUSTMENT, Kind.EFFECT))
            if term is None:
                return None
            mediates = kind is Kind.EFFECT
            found.append(
                term.model_copy(update={"direction": 1}) if mediates else _turned(term, sense)
            )
            context += places(question, where)
    return found, context


def _who(term: Term) -> bool:
    last = term.text.split()[-1].casefold()
    return (person(last) and last not in STAGES) or last in SPECIES


def _acting(tokens: list[Token], *allowed: str) -> bool:
    words = tuple(t.low for t in tokens)
    return any(
        words[:n] in intervention_forms(form)
        for form in allowed or ("base", "ed", "ing", "s")
        for n in (1, 2)
        if len(words) > n
    )


def _runs_on(question: str, tokens: list[Token], span: object) -> bool:
    """Whether a name goes on, after a comma, with what is no part of it: "Y, leaving out Z"."""
    if not isinstance(span, tuple):
        return False
    return any(
        "," in question[tokens[k - 1].end : tokens[k].start]
        and (tokens[k].low.endswith("ing") or tokens[k].low in STOP_WORDS - {"and", "or"})
        for k in range(span[0] + 1, span[1])
    )


def _acts_on(question: str, tokens: list[Token], span: object) -> bool:
    """Whether after a comma in a name something else is done: "dopamine, block D2"."""
    if not isinstance(span, tuple):
        return False
    return any(
        "," in question[tokens[k - 1].end : tokens[k].start]
        and _acting(tokens[k : span[1]], "base", "ing")
        for k in range(span[0] + 1, span[1])
    )


def _with_comma(question: str, tokens: list[Token], span: object) -> bool:
    """Whether a mark of punctuation stands between the words of a name."""
    if not isinstance(span, tuple):
        return False
    inside, _ = split(tokens[span[0] : span[1]])
    return any(
        any(c in ",;" for c in question[a.end : b.start])
        and (person(a.low) or a.low in SPECIES or inside[0].low in {"in", "among", "for"})
        for a, b in pairwise(inside)
    )


def _adjective(tokens: list[Token], span: object) -> bool:
    if not isinstance(span, tuple) or span[1] - span[0] != 1:
        return False
    return tokens[span[0]].low.endswith(
        ("ian", "ial", "ral", "nal", "cal", "ual", "ic", "ive", "ary", "ous")
    )


def _several(tokens: list[Token], span: object) -> bool:
    """Whether a name goes on to another that is acted on too."""
    if not isinstance(span, tuple):
        return False
    inside = tokens[span[0] : span[1]]
    acts = [k for k, t in enumerate(inside) if t.low == "and" and _acting(inside[k + 1 :])]
    return bool(acts) or "both" in {t.low for t in inside[:3]}


def _place(question: str, tokens: list[Token], span: object) -> bool:
    """Whether a span after "in" says where or in whom, and names no outcome."""
    if not isinstance(span, tuple) or not span[0] or tokens[span[0] - 1].low not in {"in", "among"}:
        return False
    ahead = [Token("x", 0, 0), *tokens[span[0] - 1 : span[1]]]
    asked = qualifiers([question[ahead[1].start : ahead[-1].end]], None)
    return bool(len(split(ahead)[0]) == 1 and (asked.species or asked.population))


def _adjacent(question: str, tokens: list[Token], capture: Capture) -> bool:
    """Whether two spans touch without a mark of punctuation between them."""
    spans = sorted(
        s for s in (capture.get("x"), capture.get("y"), capture.get("z")) if isinstance(s, tuple)
    )
    return any(
        a[1] == b[0]
        and not any(c in ",:;-–" for c in question[tokens[a[1] - 1].end : tokens[b[0]].start])
        for a, b in pairwise(spans)
    )


def build(
    question: str,
    tokens: list[Token],
    kind: Kind,
    capture: Capture,
    *,
    personal: bool = False,
    context: tuple[str, ...] = (),
    dose: Dose | None = None,
) -> Query | None:
    """Return the query that a frame's captures make, or None when they name nothing."""
    if isinstance(capture.get("z"), tuple) and _adjacent(question, tokens, capture):
        return None
    words = [t.low for t in tokens]
    if _runs_on(question, tokens, capture.get("y")) or _acts_on(question, tokens, capture.get("x")):
        return None
    if "in" in capture and _adjective(tokens, capture.get("x")):
        return None  # "circadian disruption"
    if (
        any(_with_comma(question, tokens, capture.get(n)) for n in ("x", "y"))
        and kind not in _GROUPED
    ):
        return None
    if {"benefit", "benefits"} & set(words) and "from" in words:
        return None  # who benefits is asked, not what
    if kind in (Kind.EFFECT, Kind.EFFECTS) and _several(tokens, capture.get("x")):
        return None  # "inhibit PKC and give lithium": more than one thing is done
    relation, direction = _meaning(kind, capture, words)
    mark = str(capture.get("mark", ""))
    subject = None
    others: list[Term] = []
    outcome, more = _term(question, tokens, capture.get("y"), outcome=True)
    context += more
    if kind in _GROUPED or "z" in capture:
        only = {k: v for k, v in capture.items() if k != "x"} if kind not in _GROUPED else capture
        way = direction if kind is Kind.WHAT_IF else 1
        grouped = _others(question, tokens, only, way, kind)
        if grouped is None:
            return None
        others, more = grouped
        if kind is Kind.COMPARISON and any(
            _who(t) for t in (*others, *([outcome] if outcome else []))
        ):
            return None  # "more in men than in women" compares no causes
        context += more
    if kind not in _NO_SUBJECT:
        subject, more = _term(question, tokens, capture.get("x"), mark, outcome=kind is Kind.ORDER)
        context += more
    if outcome is not None and outcome.direction < 0 and relation is Relation.CAUSE:
        # "causes reduced Y": the level word belongs to the relation
        relation = Relation.DECREASE
        outcome = _turned(outcome, -1).model_copy(update={"direction": 1})
    if outcome is not None and _process(outcome):
        relation = _of_process(relation, words)
    helping = relation is Relation.IMPROVE and {"help", "helps"} & set(words)
    if kind is Kind.CAUSES and helping:
        relation = Relation.TREAT  # "what helps Y" asks for a remedy
    if kind is Kind.CAUSES and relation in (Relation.TREAT, Relation.PREVENT):
        kind = Kind.TREATMENTS
    if kind is Kind.WHAT_IF:
        direction = 1  # each of the others has its own
    if kind is Kind.COUNTERFACTUAL:
        turn = capture.get("turn", -1)
        direction = direction * (-1 if turn == -1 else 1)
    needs_y = kind is not Kind.EFFECTS
    if kind in (Kind.EFFECT, Kind.RANKING, Kind.TREATMENTS) and _place(
        question, tokens, capture.get("y")
    ):
        return None  # "the effects of cannabis in adolescents" are asked about, not those on them
    if (kind not in _NO_SUBJECT and subject is None) or (needs_y and outcome is None):
        return None
    category, measure = capture.get("cat"), capture.get("measure")
    negated = capture.get("negated") is True or ("not" in words and kind in _WHETHER[:3])
    asked = qualifiers(context, dose)
    if kind is Kind.COUNTERFACTUAL and _ONE_PERSON & set(words):
        asked = asked.model_copy(update={"unit": True})
    try:
        return Query(
            kind=kind,
            relation=relation,
            subject=subject,
            object=outcome if needs_y else None,
            direction=_sign(direction),
            category=category if isinstance(category, Category) and kind in _LISTS else None,
            context=context,
            negated=negated,
            personal=personal,
            others=tuple(others),
            measure=measure if isinstance(measure, Measure) else Measure.TOTAL,
            qualifiers=asked,
        )
    except ValidationError:
        return None  # the frame fits the words, but not the kind: too few names, say


_LINKS = frozenset(
    "association associations correlation correlations associated correlated connection ties".split()
)
_DETERMINED = frozenset("the a any no this that".split())
_IMPAIRING = ("impair", "compromis")
_PROVOKING = ("induc", "driv", "trigger", "evok", "elicit", "provok", "spark", "fuel")
_GENE = re.compile(r"[A-Z][A-Za-z]*\d+[A-Za-z0-9]*")
_PROCESS = re.compile(
    r"(?:apoptosis|autophagy|ferroptosis|pyroptosis|necroptosis|angiogenesis|lipolysis|glycolysis|phagocytosis|exocytosis|endocytosis"
    r"|proliferation|differentiation|migration|invasion|secretion|release|production|synthesis|expression|transcription"
    r"|translation|activity|activation|signalling|signaling|uptake|metabolism|phosphorylation|\w+ylation|\w+neogenesis"
    r"|neurogenesis|myogenesis|osteogenesis|adipogenesis|lipogenesis|chemotaxis|growth|turnover|transport|firing|efflux|influx"
    r"|clearance|degradation|recruitment|polarisation|polarization|maturation|mitophagy|mitosis|meiosis|ovulation)"
)


def _process(term: Term) -> bool:
    """Whether a name is a process's or a gene's: what induces it raises it."""
    words = term.text.split()
    last = words[0] if words[1:2] == ["of"] else words[-1]
    return bool(_PROCESS.fullmatch(last.casefold()) or _GENE.fullmatch(term.text))


def _of_process(relation: Relation, words: list[str]) -> Relation:
    """What drives or impairs a process raises or lowers it."""
    if relation is Relation.CAUSE and any(w.startswith(_PROVOKING) for w in words):
        return Relation.INCREASE  # "drives apoptosis", "an inducer of CYP1A2"
    if relation is Relation.WORSEN and any(w.startswith(_IMPAIRING) for w in words):
        return Relation.DECREASE
    return relation


def _meaning(kind: Kind, capture: Capture, words: list[str]) -> tuple[Relation, int]:
    """The relation asked about, and what is done to the subject."""
    mark = str(capture.get("mark", ""))
    meaning = dict(capture)
    if mark in _MARKS:
        name, value = _MARKS[mark]
        meaning.setdefault(name, value)
        if mark in {"treat", "prevent", "assoc", "worse", "better", "affect"}:
            meaning[name] = value
    names = (meaning.get(k) for k in ("relation", "v", "t", "tn", "n", "N", "worse"))
    relation = next((r for r in names if isinstance(r, Relation)), None)
    rising = meaning.get("g")
    direction = next((d for d in (meaning.get(k) for k in ("i", "in", "adj")) if d in (1, -1)), 1)
    if isinstance(rising, Relation) and relation is None:
        if kind in (Kind.EXISTENCE, Kind.CAUSES):
            relation = rising
        elif "i" not in meaning:
            direction = -1 if rising is Relation.DECREASE else 1
    if relation is None and kind in _WHETHER:
        relation = Relation.AFFECT
        if _LINKS & set(words) or any(
            a in _DETERMINED and b in {"link", "tie"} for a, b in pairwise(words)
        ):
            relation = Relation.ASSOCIATE
    elif relation is None and {"associated", "correlated"} & set(words):
        relation = Relation.ASSOCIATE
    relation = relation or _DEFAULT.get(kind, Relation.AFFECT)
    if kind in _NEUTRAL:
        relation = Relation.AFFECT
    return relation, int(str(direction))
