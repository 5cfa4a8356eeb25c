"""The deterministic grammar: a question in English becomes a typed query, or a refusal.

Tokens are matched against the frames of :mod:`llm_bridge.frames`, in their order; within a frame,
the reading whose entity spans hold the fewest verbs and prepositions wins. Nothing is looked up
here and nothing is guessed: what no frame covers is refused, with the nearest questions that can
be asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from llm_bridge import general, hypothetical
from llm_bridge import lexicon as lex
from llm_bridge.build import build
from llm_bridge.claims import Reason, Refusal
from llm_bridge.classes import asked_class, excepted
from llm_bridge.clauses import CLAUSES, MACROS, OPENINGS
from llm_bridge.discourse import follow, halves, short
from llm_bridge.frames import FRAMES
from llm_bridge.frames_more import FRAMES_MORE, Fixed
from llm_bridge.normalise import unwrap
from llm_bridge.patterns import Capture, Matcher, Node, Token, tokenize
from llm_bridge.preambles import last_question, strong_turn, without_greeting
from llm_bridge.qualify import doses, inner, leading, places, split
from llm_bridge.query import Dose, Kind, Query, Relation, Term
from llm_bridge.rewriting import plainly
from llm_bridge.scoring import penalty
from llm_bridge.terms import make_term
from llm_bridge.variants import variants

__all__ = ["EXAMPLES", "MAX_CHARACTERS", "MAX_TOKENS", "parse"]

MAX_CHARACTERS = 2_000
MAX_TOKENS = 60
MOST_READINGS = 8
"""Ways of splitting the words over one frame that are tried, cleanest first."""

CLEAN, MOST_UNCLEAN = 2, 5
"""Up to here a frame's reading is taken at once; beyond, never."""

EXAMPLES = (
    "Does lithium cause nephropathy?",
    "What happens to blood pressure if we inhibit ACE?",
    "What treats hypertension?",
)

_FORBIDDEN = frozenset(
    "does do did is are was were what which who whom whose why how happens happen "
    "would could should if whether because happened there than when not we you".split()
)
_ADVICE: tuple[str, ...] = (
    "should {PRON} (not|still|keep|continue|be)? (<i:base>|<i:ing>|continue|keep|have|change|increase) <x> (for|against|because of|to treat|to prevent|given|due to|if {PRON} have|when {PRON} have|since {PRON} have) <y:treat>",
    "should {PRON} (not|still|keep|continue|be|start|stop)? (<i:base>|<i:ing>|continue|keep|have|change|taking|on) <x>",
    "{BE} it (safe|ok|okay|dangerous|fine|advisable|wise|good|bad|risky) (for {PRON}|for me)? to (<i:base>|continue|keep|have|change) <x>",
    "(can|may|could|must|do) {PRON} (safely)? (need to|have to)? (<i:base>|continue|have) <x>",
    "{BE} <x> (safe|dangerous|good|bad|ok) (for (me|us|people|patients|pregnant women|children|{PRON}))?",
)  # fmt: skip
_DEFINING = re.compile(
    r"(what (is|are|was|were) (a |an |the )?[\w-]+( [\w-]+){0,4}|define .+|who \w+ .+|when (was|were|did) .+|where (is|are|was) .+"
    r"|how (old|tall|expensive) .+|what does .+ mean|translate .+|write .+|tell me (a|about) .+)$"
)
"""Definitions, history, small talk: outside what is asked here."""
_DEGREES = frozenset(["how", "more", "less", "most"])
"""After these an adverb is what is asked: "how strongly", "more likely"."""
_TAKE_WORDS = frozenset(["my", "me", "i", "mine", "myself"])


@dataclass(frozen=True, slots=True)
class _Frames:
    """The compiled grammar."""

    matcher: Matcher
    frames: list[tuple[Kind, list[Node], Fixed]]
    openings: list[list[Node]]
    advice: list[list[Node]]


@cache
def _compiled() -> _Frames:
    lexical: dict[str, dict[tuple[str, ...], object]] = {}
    for form in ("base", "s", "ed", "ing"):
        lexical[f"v:{form}"] = lex.relation_forms(form)
        lexical[f"i:{form}"] = lexical[f"k:{form}"] = lex.intervention_forms(form)
        lexical[f"t:{form}"] = lex.treatment_forms(form)
        lexical[f"g:{form}"] = lex.rising_forms(form)
    lexical["n"] = lex.phrases(lex.RELATION_NOUNS, plural=True)
    lexical["N"] = lex.phrases(lex.VERB_NOUNS)
    lexical["tn"] = lex.phrases(lex.TREATMENT_NOUNS)
    lexical["in"] = lex.phrases(lex.INTERVENTION_NOUNS)
    lexical["worse"] = lex.phrases(lex.COMPARATIVES)
    lexical["cat"] = lex.phrases(lex.CATEGORY_WORDS)
    lexical["adj"] = lex.phrases(lex.ADJECTIVES)
    macros = {**MACROS, "ANY": lex.ANY_WORDS}
    matcher = Matcher(macros, lexical, CLAUSES, _FORBIDDEN, lex.STOP_WORDS)
    plain: Fixed = {}
    every = [*FRAMES_MORE, *((kind, text, plain) for kind, text in FRAMES)]
    return _Frames(
        matcher,
        [(kind, matcher.compile(text), fixed) for kind, text, fixed in every],
        [matcher.compile(text) for text in OPENINGS],
        [matcher.compile(text) for text in _ADVICE],
    )


_GETTING = frozenset(
    "prevent treat cure lower raise reduce increase avoid relieve get develop catch die suffer become contract lose gain".split()
)


def _strip_openings(
    tokens: list[Token], openings: list[list[Node]], matcher: Matcher
) -> list[Token]:
    changed = True
    while changed and tokens:
        changed = False
        words = [t.low for t in tokens]
        if words[1:2] == ["you"] and words[2:3] and words[2] in _GETTING:
            return tokens  # "can you get a rash from X"
        there = frozenset(words[:7])
        for opening in openings:
            if not matcher.possible(opening, there):
                continue
            for end in range(min(len(words) - 1, 7), 0, -1):
                if any(True for _ in matcher.match(opening, words[:end])):
                    tokens, changed = tokens[end:], True
                    break
            if changed:
                break
    return tokens


def _read(question: str, tokens: list[Token], about: _About) -> tuple[int, Query] | None:
    """Return the query of the first frame whose reading is clean, else of the least unclean.

    How unclean comes first, as in :func:`penalty`.
    """
    compiled = _compiled()
    matcher, words = compiled.matcher, [t.low for t in tokens]
    there = frozenset(words)
    best: tuple[int, Query] | None = None
    for kind, nodes, fixed in compiled.frames:
        if not matcher.possible(nodes, there):
            continue
        captures = sorted(matcher.match(nodes, words), key=lambda c: penalty(words, c))
        for capture in captures[:MOST_READINGS]:
            score = penalty(words, capture)[0]
            if best is not None and score >= max(best[0], 3):
                break
            query = about.build(question, tokens, kind, {**capture, **fixed})
            if query is not None:
                if score <= CLEAN:
                    return score, query
                best = best if best is not None and best[0] <= score else (score, query)
                break
    return best if best and best[0] <= MOST_UNCLEAN else None


@dataclass(frozen=True, slots=True)
class _About:
    """What was taken off the question before its frame is looked for."""

    personal: bool = False
    context: tuple[str, ...] = ()
    dose: Dose | None = None

    def build(
        self, question: str, tokens: list[Token], kind: Kind, capture: Capture
    ) -> Query | None:
        """Build the query of one frame."""
        return build(
            question, tokens, kind, capture,
            personal=self.personal, context=self.context, dose=self.dose,
        )  # fmt: skip


def _advice(question: str, tokens: list[Token], about: _About) -> Query | Refusal | None:
    """Questions about what somebody should do: read as a question for evidence."""
    compiled = _compiled()
    matcher, words = compiled.matcher, [t.low for t in tokens]
    if not lex.ADJUSTING.isdisjoint(words):
        return None  # "do I have to adjust for age": about an analysis
    by = words[:1] in (["can"], ["could"], ["may"]) and {"with", "by", "using"} & set(words)
    if by and _TAKE_WORDS.isdisjoint(words):
        return None  # "can one lower blood pressure with enalapril": about anybody
    for pattern in compiled.advice:
        captures = sorted(matcher.match(pattern, words), key=lambda c: penalty(words, c))
        if not captures:
            continue
        capture = captures[0]
        kind = Kind.EXISTENCE if "y" in capture else Kind.EFFECTS
        query = about.build(question, tokens, kind, capture)
        return query or Refusal(
            reason=Reason.ADVICE,
            message=(
                "this asks what a person should do, which evidence from papers cannot decide; "
                "please ask a doctor or pharmacist before changing any treatment"
            ),
            nearest=("What are the effects of <drug>?", "Does <drug> cause <disease>?"),
        )
    return None


def _nearest(question: str, tokens: list[Token]) -> tuple[str, ...]:
    """Questions that can be asked with the words around the first relation verb, or examples."""
    words = [t.low for t in tokens]
    tables = [lex.relation_forms(f) for f in ("base", "s", "ed", "ing")]
    for k in range(1, len(words) - 1):
        relation = next((t[(words[k],)] for t in tables if (words[k],) in t), None)
        if not isinstance(relation, Relation):
            continue
        before = [t for t in tokens[:k] if t.low not in lex.STOP_WORDS | _FORBIDDEN][-3:]
        after = [t for t in tokens[k + 1 :] if t.low not in lex.STOP_WORDS | _FORBIDDEN][:3]
        x = make_term(question, before) if before else None
        y = make_term(question, after) if after else None
        if x and y:
            base = Query(kind=Kind.EXISTENCE, relation=relation, subject=x, object=y)
            return (base.canonical(), f"What happens to {y.text} if we give or raise {x.text}?")
        if y:
            return (f"What causes {y.text}?",)
    return EXAMPLES


def parse(question: str, known: Callable[[str], bool] | None = None) -> Query | Refusal:
    """Read a question.

    Args:
        question: English text, at most ``MAX_CHARACTERS`` characters and ``MAX_TOKENS`` words.
        known: whether a phrase is one name, so that "head and neck cancer" stays one.

    Returns:
        The typed query (of the first question, when one sentence asks several: ``also`` has the
        others), or a refusal that names the nearest questions that can be asked.
    """
    plain = without_greeting(question) if len(question) <= MAX_CHARACTERS else question
    if plain != question:
        asked = parse(plain, known)
        if isinstance(asked, Refusal):
            return asked
        also = tuple(_placed(question, q) for q in asked.also)
        return _placed(question, asked).model_copy(update={"also": also})
    parts = halves(question, known) if len(question) <= MAX_CHARACTERS else [question]
    if len(parts) > 1:
        read = _one_by_one(parts)
        queries = [q for q in read if isinstance(q, Query)]
        if len(queries) == len(parts):
            first, *rest = (_placed(question, q) for q in queries)
            rest = [q for q in rest if not _mirrored(first, q)]
            return first.model_copy(update={"also": tuple(rest)})
    return _parse(question)


def _mirrored(first: Query, other: Query) -> bool:
    """Whether "or does Y come before X" only says the other answer to "does X come before Y"."""
    names = [[t.text for t in q.terms] for q in (first, other)]
    return first.kind is other.kind is Kind.ORDER and names[0] == names[1][::-1]


def _one_by_one(parts: list[str]) -> list[Query | Refusal]:
    """Read the parts of a sentence; a later one may lean on the first ("and how sure are you?")."""
    read = [_parse(parts[0])]
    first = read[0]
    for part in parts[1:]:
        query = _parse(part)
        if isinstance(query, Refusal) and isinstance(first, Query):
            query = _parse(follow(part, first))
        read.append(query)
    return read


def _placed(question: str, query: Query) -> Query:
    """Find the words of a rewritten question in the one that was asked."""
    changes: dict[str, object] = {}

    def placed(term: Term) -> Term:
        start = question.find(term.raw)
        raw = term.raw if start >= 0 else term.text
        start = max(start, question.find(raw))
        return term.model_copy(
            update={"raw": raw, "start": max(start, 0), "end": max(start, 0) + len(raw)}
        )

    for name in ("subject", "object"):
        term = getattr(query, name)
        if term is not None:
            changes[name] = placed(term)
    changes["others"] = tuple(placed(t) for t in query.others)
    return query.model_copy(update=changes)


def _parse(question: str) -> Query | Refusal:
    text = question.strip()
    if not any(c.isalnum() for c in text):
        return Refusal(reason=Reason.EMPTY, message="there is no question", nearest=EXAMPLES)
    if len(text) > MAX_CHARACTERS:
        return Refusal(
            reason=Reason.TOO_LONG,
            message=f"the question is too long: at most {MAX_CHARACTERS:,} characters are read",
            nearest=EXAMPLES,
        )
    if short(text) is not None:
        return Refusal(
            reason=Reason.UNKNOWN_FORM,
            message="this asks about a claim of the question before it, and there is none",
            nearest=("How sure are you that lithium causes nephropathy?", *EXAMPLES[:2]),
        )
    dose, amounts = doses(question)
    every = [
        t for t in tokenize(question) if not any(a < t.end and t.start < b for a, b in amounts)
    ]
    tokens = [
        t
        for k, t in enumerate(every)
        if not lex.filler(t.low)
        or (t.low == "known" and k and every[k - 1].low == "it")
        or (k and every[k - 1].low in _DEGREES)
        or [n.low for n in every[k + 1 : k + 2]] == ["of"]
    ]
    if len(tokens) > MAX_TOKENS:
        return Refusal(
            reason=Reason.TOO_LONG,
            message=f"the question has {len(tokens)} words; at most {MAX_TOKENS} are read",
            nearest=EXAMPLES,
        )
    if _foreign(tokens):
        return Refusal(
            reason=Reason.LANGUAGE,
            message="the question does not seem to be English, the only language read without a "
            "language model",
            nearest=EXAMPLES,
            needs=("ask in English, or set up a language model that translates questions",),
        )
    fewer, left_out = excepted(question, tokens)
    if left_out:
        found, _ = _unwrapped(question, fewer, dose)
        if isinstance(found, Query) and found.kind in (*_AMONG, Kind.MECHANISM, Kind.CONFOUNDERS):
            return found.model_copy(update={"context": (*found.context, left_out)})
    found, tokens = _unwrapped(question, tokens, dose)
    if found is not None:
        return found
    if _DEFINING.match(" ".join(t.low for t in tokens)):
        return Refusal(
            reason=Reason.SCOPE,
            message="this asks for something other than causes, effects, associations or the evidence for "
            "them, which is all that is answered here",
            nearest=EXAMPLES,
        )
    return Refusal(
        reason=Reason.UNKNOWN_FORM,
        message="the question has a form that is not understood",
        nearest=_nearest(question, tokens),
    )


def _unwrapped(
    question: str, tokens: list[Token], dose: Dose | None
) -> tuple[Query | Refusal | None, list[Token]]:
    """Read what is left when politeness and preambles are off; and those words."""
    compiled = _compiled()
    plain = _strip_openings(unwrap(question, tokens), compiled.openings, compiled.matcher)
    turn = strong_turn(question, plain)
    found = _asked(question, unwrap(question, turn), dose) if turn is not plain else None
    found = found or _asked(question, plain, dose)
    if found is None and (last := last_question(question, plain)) is not plain:
        found = _asked(question, unwrap(question, last), dose)
    return found, plain


_AMONG = (Kind.CAUSES, Kind.TREATMENTS, Kind.EFFECTS, Kind.RANKING)


def _asked(question: str, tokens: list[Token], dose: Dose | None) -> Query | Refusal | None:
    """Read a question with the class that it asks among, if it names one."""
    shorter, among, category = asked_class(question, tokens)
    found = _wrapped_off(question, shorter, dose) if among else None
    if not isinstance(found, Query):
        return _wrapped_off(question, tokens, dose)
    if found.kind not in _AMONG:
        return found
    return found.model_copy(update={"among": among, "category": category or found.category})


def _wrapped_off(question: str, tokens: list[Token], dose: Dose | None) -> Query | Refusal | None:
    """Read what is left when the wrapping is off: by the frames, without qualifiers, then by cues."""
    tokens, place = leading(question, tokens)
    asked, tokens = tokens, plainly(tokens, question)
    own = any(t.low in _TAKE_WORDS for t in tokens if t.low != "me") and not _of_a_patient(tokens)
    about = _About(own, (place,) if place else (), dose)
    advice = _advice(question, tokens, _About(True, about.context, dose))
    if advice is not None:
        return advice
    read = _framed(question, tokens, about)
    if len(tokens) >= 3 and (read is None or read[0] > CLEAN):

        def make(part: list[Token], kind: Kind, capture: Capture) -> Query | None:
            return about.build(question, part, kind, capture)

        matcher = _compiled().matcher
        shorter, where = inner(question, tokens)
        found = None
        if where:
            about = replace(about, context=(*about.context, where))
            found = hypothetical.read(shorter, make)
            about = about if found is not None else replace(about, context=about.context[:-1])
        if found is None and (kept := hypothetical.without_subjects(question, tokens)) is not None:
            fewer, species = kept
            about = replace(about, context=(*about.context, f"in {species}"))
            found = hypothetical.read(fewer, make)
            about = about if found is not None else replace(about, context=about.context[:-1])
        inside, rest = split(tokens)
        if found is None and rest:
            about = replace(about, context=(*about.context, *places(question, rest)))
            found = hypothetical.read(inside, make)
            about = about if found is not None else replace(about, context=about.context[:-1])
        found = found or hypothetical.read(tokens, make)
        found = found or general.read(question, tokens, matcher, make, penalty)
        read = (0, found) if found is not None else read
    if read is None:
        return None
    query = read[1]
    query = hypothetical.blamed(query, asked)
    if not query.negated and _denied(asked, query):
        if query.kind is not Kind.EXISTENCE:
            return None  # "what has no effect on Y"
        query = query.model_copy(update={"negated": True})
    if query.kind is Kind.EVIDENCE and query.negated:  # "papers that say X does not"
        query = query.model_copy(update={"kind": Kind.CONTRADICTION})
    return query


def _denied(tokens: list[Token], query: Query) -> bool:
    """Whether a "no" stands outside the names of a question: "does X have no effect on Y"."""
    if query.kind not in (*_AMONG, Kind.EXISTENCE, Kind.EFFECT):
        return False
    return any(
        t.low == "no" and not any(n.start <= t.start < n.end for n in query.terms) for t in tokens
    )


def _framed(question: str, tokens: list[Token], about: _About) -> tuple[int, Query] | None:
    """Read by the frames: as it stands, without "not", its qualifiers, or turned round."""
    best: tuple[int, Query] | None = None
    for words, where, denied in variants(question, tokens):
        context = (*about.context, where) if where else about.context
        read = _read(question, words, _About(about.personal, context, about.dose))
        if read is not None and denied:
            if read[1].kind is not Kind.EXISTENCE:
                continue
            read = read[0], read[1].model_copy(update={"negated": not read[1].negated})
        if read is not None and (best is None or read[0] < best[0]):
            best = read
        if best is not None and best[0] <= CLEAN:
            return best
    return best


def _of_a_patient(tokens: list[Token]) -> bool:
    """Whether "I" and "my" are a doctor's, or somebody's who works with data."""
    words = [t.low for t in tokens]
    if any(a == "my" and b in {"patient", "patients"} for a, b in pairwise(words)):
        return True
    return "my" not in words and bool({"adjust", "control", "condition", "stratify"} & set(words))


def _foreign(tokens: list[Token]) -> bool:
    """Whether the words are of a language that is not read: its function words, or its script."""
    if sum(t.low in lex.FOREIGN for t in tokens) >= 2:
        return True
    letters = [c for t in tokens for c in t.low if c.isalpha()]
    latin = sum(c.isascii() or "\u00c0" <= c <= "\u03ff" for c in letters)
    return bool(letters) and latin < 0.5 * len(letters)
