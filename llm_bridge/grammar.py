"""The deterministic grammar: a question in English becomes a typed query, or a refusal.

Tokens are matched against the frames of :mod:`llm_bridge.frames`, in their order; within a frame,
the reading whose entity spans hold the fewest verbs and prepositions wins. Nothing is looked up
here and nothing is guessed: what no frame covers is refused, with the nearest questions that can
be asked.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

from graph.model import Category
from llm_bridge import lexicon as lex
from llm_bridge.claims import Reason, Refusal
from llm_bridge.frames import CLAUSES, FRAMES, MACROS, OPENINGS
from llm_bridge.patterns import Capture, Matcher, Node, Token, tokenize
from llm_bridge.query import Kind, Query, Relation, Term
from llm_bridge.terms import make_term, split_context

__all__ = ["EXAMPLES", "MAX_CHARACTERS", "MAX_TOKENS", "parse"]

MAX_CHARACTERS = 2_000
MAX_TOKENS = 60

EXAMPLES = (
    "Does lithium cause nephropathy?",
    "What happens to blood pressure if we inhibit ACE?",
    "What treats hypertension?",
)

_FORBIDDEN = frozenset(
    [
        "does",
        "do",
        "did",
        "is",
        "are",
        "was",
        "were",
        "what",
        "which",
        "who",
        "whom",
        "whose",
        "why",
        "how",
        "happens",
        "happen",
        "would",
        "could",
        "should",
        "if",
        "whether",
        "because",
        "happened",
        "than",
    ]
)
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
}
_DEFAULT = {
    Kind.CAUSES: Relation.CAUSE,
    Kind.TREATMENTS: Relation.TREAT,
    Kind.EFFECTS: Relation.AFFECT,
}
_ADVICE: tuple[str, ...] = (
    "should {PRON} (not|still|keep|continue|be)? (<i:base>|<i:ing>|continue|keep|have|change|increase) <x> (for|against|because of|to treat|to prevent|given|due to|if {PRON} have|when {PRON} have|since {PRON} have) <y:treat>",
    "should {PRON} (not|still|keep|continue|be|start|stop)? (<i:base>|<i:ing>|continue|keep|have|change|taking|on) <x>",
    "{BE} it (safe|ok|okay|dangerous|fine|advisable|wise|good|bad|risky) (for {PRON}|for me)? to (<i:base>|continue|keep|have|change) <x>",
    "(can|may|could|must|do) {PRON} (safely)? (need to|have to)? (<i:base>|continue|have) <x>",
    "{BE} <x> (safe|dangerous|good|bad|ok) (for (me|us|people|patients|pregnant women|children|{PRON}))?",
)  # fmt: skip
_TAKE_WORDS = frozenset(["my", "me", "i", "mine", "myself"])


@cache
def _matcher() -> tuple[Matcher, list[tuple[Kind, list[Node]]], list[list[Node]], list[list[Node]]]:
    lexical: dict[str, dict[tuple[str, ...], object]] = {}
    for form in ("base", "s", "ed", "ing"):
        lexical[f"v:{form}"] = lex.relation_forms(form)
        lexical[f"i:{form}"] = lex.intervention_forms(form)
        lexical[f"t:{form}"] = lex.treatment_forms(form)
        lexical[f"g:{form}"] = lex.rising_forms(form)
    lexical["n"] = lex.phrases(lex.RELATION_NOUNS, plural=True)
    lexical["N"] = lex.phrases(lex.VERB_NOUNS)
    lexical["tn"] = lex.phrases(lex.TREATMENT_NOUNS)
    lexical["worse"] = {("worse",): Relation.WORSEN, ("better",): Relation.IMPROVE}
    lexical["cat"] = lex.phrases(lex.CATEGORY_WORDS)
    lexical["adj"] = lex.phrases(lex.ADJECTIVES)
    macros = {**MACROS, "ANY": lex.ANY_WORDS}
    matcher = Matcher(macros, lexical, CLAUSES, _FORBIDDEN, lex.STOP_WORDS)
    frames = [(kind, matcher.compile(text)) for kind, text in FRAMES]
    openings = [matcher.compile(text) for text in OPENINGS]
    advice = [matcher.compile(text) for text in _ADVICE]
    return matcher, frames, openings, advice


@cache
def _suspects() -> dict[str, int]:
    """Words that an entity span rarely holds, with their weight."""
    found: dict[str, int] = dict.fromkeys(
        [
            "on",
            "by",
            "and",
            "or",
            "to",
            "not",
            "than",
            "upon",
            "via",
            "through",
            "be",
            "been",
            "being",
            "not",
        ],
        2,
    )
    found.update(dict.fromkeys(["under", "after", "during", "without"], 2))
    found.update(dict.fromkeys(("in", "with", "for", "from", "of", "against"), 1))
    found.update(
        dict.fromkeys(
            [
                "can",
                "may",
                "might",
                "will",
                "has",
                "have",
                "had",
                "that",
                "when",
                "after",
                "once",
                "then",
                "there",
            ],
            4,
        )
    )
    for form in ("s", "base", "ing", "ed"):
        for words in lex.relation_forms(form):
            if len(words) == 1:
                found.setdefault(words[0], 3)
    return found


def _penalty(words: list[str], capture: Capture) -> tuple[int, int]:
    total = length = 0
    for name in ("x", "y"):
        span = capture.get(name)
        if isinstance(span, tuple):
            inside = words[span[0] : span[1]]
            total += sum(_suspects().get(w, 0) for w in inside)
            length += len(inside) if name == "x" else 0
    return total, length


def _strip_openings(
    tokens: list[Token], openings: list[list[Node]], matcher: Matcher
) -> list[Token]:
    changed = True
    while changed and tokens:
        changed = False
        words = [t.low for t in tokens]
        for opening in openings:
            for end in range(min(len(words) - 1, 7), 0, -1):
                if any(True for _ in matcher.match(opening, words[:end])):
                    tokens, changed = tokens[end:], True
                    break
            if changed:
                break
    return tokens


def _readings(tokens: list[Token]) -> list[tuple[Kind, Capture]]:
    """Return the best reading of each frame that covers the question, frames in order."""
    matcher, frames, _, _ = _matcher()
    words = [t.low for t in tokens]
    found: list[tuple[Kind, Capture]] = []
    for kind, nodes in frames:
        best: tuple[tuple[int, int], Capture] | None = None
        for capture in matcher.match(nodes, words):
            score = _penalty(words, capture)
            if best is None or score < best[0]:
                best = (score, capture)
        if best is not None:
            found.append((kind, best[1]))
            if best[0][0] <= 2:
                break
    found.sort(key=lambda r: min(_penalty(words, r[1])[0], 9) > 2)  # stable: clean readings first
    return found


def _term(
    question: str, tokens: list[Token], span: object, *, induced: bool
) -> tuple[Term | None, tuple[str, ...]]:
    if not isinstance(span, tuple):
        return None, ()
    inside, context = split_context(tokens[span[0] : span[1]])
    where = question[context[0].start : context[-1].end] if context else ""
    return make_term(question, inside, induced=induced), (where,) if where else ()


def _build(
    question: str, tokens: list[Token], kind: Kind, capture: Capture, personal: bool
) -> Query | None:
    mark = str(capture.get("mark", ""))
    meaning = dict(capture)
    if mark in _MARKS:
        name, value = _MARKS[mark]
        meaning.setdefault(name, value)
        if mark in {"treat", "prevent", "assoc", "worse", "better", "affect"}:
            meaning[name] = value
    relation = next(
        (
            r
            for r in (meaning.get(k) for k in ("v", "t", "tn", "n", "N", "worse"))
            if isinstance(r, Relation)
        ),
        None,
    )
    rising = meaning.get("g")
    direction = next((d for d in (meaning.get(k) for k in ("i", "adj")) if d in (1, -1)), 1)
    if isinstance(rising, Relation) and relation is None:
        if kind in (Kind.EXISTENCE, Kind.CAUSES):
            relation = rising
        elif "i" not in meaning:
            direction = -1 if rising is Relation.DECREASE else 1
    words = [t.low for t in tokens]
    if relation is None and kind in (Kind.EXISTENCE, Kind.EVIDENCE, Kind.CONTRADICTION):
        relation = Relation.AFFECT
        if any(w in words for w in ("association", "correlation", "associated", "correlated")):
            relation = Relation.ASSOCIATE
    elif relation is None and {"associated", "correlated"} & set(words):
        relation = Relation.ASSOCIATE
    if any(w in words for w in ("worse", "better")) and kind is Kind.EXISTENCE and "make" in words:
        relation = Relation.WORSEN if "worse" in words else Relation.IMPROVE
    induced = mark == "ind"
    subject, context = _term(question, tokens, capture.get("x"), induced=induced)
    outcome, more = _term(question, tokens, capture.get("y"), induced=False)
    relation = relation or _DEFAULT.get(kind, Relation.AFFECT)
    if kind in (Kind.CONFOUNDERS, Kind.MECHANISM, Kind.EFFECT):
        relation = relation if kind is Kind.MECHANISM else Relation.AFFECT
    if outcome is not None and outcome.direction < 0 and relation is Relation.CAUSE:
        # "causes reduced Y": the level word belongs to the relation
        relation = Relation.DECREASE
        outcome = outcome.model_copy(update={"direction": 1})
    category = capture.get("cat")
    needs_x = kind not in (Kind.CAUSES, Kind.TREATMENTS)
    needs_y = kind is not Kind.EFFECTS
    if (needs_x and subject is None) or (needs_y and outcome is None):
        return None
    way: Literal[-1, 1] = -1 if direction == -1 else 1
    return Query(
        kind=kind,
        relation=relation,
        subject=subject if needs_x else None,
        object=outcome if needs_y else None,
        direction=way,
        category=category if isinstance(category, Category) and kind in _LISTS else None,
        context=context + more,
        negated="not" in words,
        personal=personal,
    )


_LISTS = (Kind.CAUSES, Kind.TREATMENTS, Kind.EFFECTS)


def _advice(question: str, tokens: list[Token]) -> Query | Refusal | None:
    """Questions about what somebody should do: read as a question for evidence."""
    matcher, _, _, patterns = _matcher()
    words = [t.low for t in tokens]
    for pattern in patterns:
        captures = sorted(matcher.match(pattern, words), key=lambda c: _penalty(words, c))
        if not captures:
            continue
        capture = captures[0]
        kind = Kind.EXISTENCE if "y" in capture else Kind.EFFECTS
        query = _build(question, tokens, kind, capture, True)
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


def parse(question: str) -> Query | Refusal:
    """Read a question.

    Args:
        question: English text, at most ``MAX_CHARACTERS`` characters and ``MAX_TOKENS`` words.

    Returns:
        The typed query, or a refusal that names the nearest questions that can be asked.
    """
    text = question.strip()
    if not any(c.isalnum() for c in text):
        return Refusal(reason=Reason.EMPTY, message="there is no question", nearest=EXAMPLES)
    if len(text) > MAX_CHARACTERS:
        return Refusal(
            reason=Reason.TOO_LONG,
            message=f"the question has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read",
            nearest=EXAMPLES,
        )
    matcher, _, openings, _ = _matcher()
    every = tokenize(question)
    tokens = [
        t
        for k, t in enumerate(every)
        if t.low not in lex.FILLERS or (k and every[k - 1].low == "how")
    ]
    if len(tokens) > MAX_TOKENS:
        return Refusal(
            reason=Reason.TOO_LONG,
            message=f"the question has {len(tokens)} words; at most {MAX_TOKENS} are read",
            nearest=EXAMPLES,
        )
    if sum(t.low in lex.FOREIGN for t in tokens) >= 2:
        return Refusal(
            reason=Reason.UNKNOWN_FORM,
            message="the question does not seem to be English, the only language read here",
            nearest=EXAMPLES,
        )
    tokens = _strip_openings(tokens, openings, matcher)
    own = any(t.low in _TAKE_WORDS for t in tokens if t.low != "me") or any(
        t.low == "my" for t in tokens
    )
    advice = _advice(question, tokens)
    if advice is not None:
        return advice
    for kind, capture in _readings(tokens):
        query = _build(question, tokens, kind, capture, own)
        if query is not None:
            return query
    return Refusal(
        reason=Reason.UNKNOWN_FORM,
        message="the question has a form that is not understood",
        nearest=_nearest(question, tokens),
    )
