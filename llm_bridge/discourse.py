"""Questions that lean on others: two in one sentence, and one that follows another.

"Does lithium cause polyuria, and how?" is two questions; "and in mice?" asks the one before again,
elsewhere. Both are written out in full here, and the grammar reads the result.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from graph.model import Category
from llm_bridge import lexicon as lex
from llm_bridge.patterns import Token, tokenize
from llm_bridge.query import Kind, Query
from llm_bridge.wording import canonical

__all__ = ["follow", "halves", "short"]

_AUXILIARIES = frozenset(
    [
        "does",
        "do",
        "did",
        "is",
        "are",
        "was",
        "were",
        "can",
        "could",
        "will",
        "would",
        "may",
        "might",
        "should",
        "has",
        "have",
        "had",
    ]
)
_ASKING = _AUXILIARIES | frozenset(["what", "which", "who", "how", "why", "through"])
_IT = frozenset(["it", "this", "that", "they", "them", "these", "those"])
_OF_IT = frozenset(["its", "their"])
_COMPARING = frozenset(["more", "better", "most", "best", "than", "first", "compare"])
_NAMES_WITH_AND = (
    ("head", "neck"), ("over", "above"), ("nausea", "vomiting"), ("signs", "symptoms"), ("wounds", "injuries"),
    ("foot", "mouth"), ("hand", "foot"), ("ear", "nose"), ("graft", "host"), ("growth", "development"),
    ("fruit", "vegetables"), ("fruits", "vegetables"), ("black", "white"), ("mind", "body"),
)  # fmt: skip


def _verbs() -> set[tuple[str, ...]]:
    return set(lex.relation_forms("base"))


def _verb_at(words: list[str], k: int) -> bool:
    table = _verbs()
    return any(tuple(words[k : k + n]) in table for n in (3, 2, 1))


def halves(question: str, known: Callable[[str], bool] | None = None) -> list[str]:
    """Write a double question out as its questions; a single one comes back alone.

    Args:
        question: what was asked.
        known: whether a phrase is one name ("head and neck cancer"), so that it is not taken apart.
    """
    tokens = tokenize(question)
    words = [t.low for t in tokens]
    if not _COMPARING.isdisjoint(words):
        return [question]  # "does aspirin or warfarin lower it more" is one question
    for k in range(2, len(words)):
        if words[k] not in {"and", "or", "but"} or k + 1 >= len(words):
            continue
        if words[k - 1] in _gerunds() and words[k + 1] in _gerunds():
            continue  # "removing or inhibiting X"
        rest = words[k + 1 :]
        head, tail = question[: tokens[k - 1].end], question[tokens[k + 1].start :].rstrip()
        if _only_how(rest):
            return [f"{head}?", _how(question, tokens, k, rest[0])]
        if short(tail) is not None:
            return [f"{head}?", tail]
        turned = _OTHER_WAY.fullmatch(" ".join(rest))
        own = rest[0] in _ASKING and len(rest) > 2 and words[0] in _ASKING and not turned
        if own and rest[0] not in {"that", "has"}:
            return [f"{head}?", _replaced(tail, question, tokens[:k])]
        subject = _subject(words)
        if subject is not None and words[0] in {
            "does",
            "do",
            "did",
            "can",
            "could",
            "will",
            "would",
        }:
            start, end = subject
            if turned and k > _object(words, end):
                verb = _object(words, end)
                x, link, y = (
                    question[tokens[a].start : tokens[b - 1].end]
                    for a, b in ((start, end), (end, verb), (verb, k))
                )
                return [f"{head}?", f"{question[: tokens[0].end]} {y} {link} {x}?"]
            if start < k < end and words[k] in {"and", "or"}:
                whole = question[tokens[start].start : tokens[end - 1].end]
                if not _one_name(words[k - 1], words[k + 1], whole, known):
                    after = question[tokens[end].start :]
                    opening = "does" if words[0] == "do" else question[: tokens[0].end]
                    first = question[tokens[start].start : tokens[k - 1].end]
                    second = question[tokens[k + 1].start : tokens[end - 1].end]
                    first = re.sub(r"^(both|either)\s+", "", first, flags=re.I)
                    return [f"{opening} {first} {after}", f"{opening} {second} {after}"]
            if k > end and _verb_at(words, k + 1):
                opening = question[: tokens[end - 1].end]
                return [f"{head}?", f"{opening} {tail}"]
            last = _object(words, end)
            if (
                k > last
                and words[k] in {"and", "or"}
                and words[k - 1] not in _IT
                and "between" not in words
            ):
                whole = question[tokens[last].start :].strip(" ?.!")
                if not _one_name(words[k - 1], words[k + 1], whole, known) and len(rest) <= 6:
                    opening = question[: tokens[last - 1].end]
                    return [f"{head}?", f"{opening} {tail}"]
    return [question]


_OTHER_WAY = re.compile(
    r"(?:is it )?(?:rather )?(?:vice versa|conversely|the (?:other way (?:round|around|about)|reverse|converse))"
)
_HOW = frozenset(
    "how why by through via what which mechanism mechanisms means pathway pathways route way does do did is it they this that so "
    "work works happen happens would come about act acts exactly thought supposed to can could might if the its in".split()
)


def _only_how(words: list[str]) -> bool:
    """Whether the rest of a sentence asks no more than how: "and how does it do so?"."""
    opens = words[2:] if words[:2] == ["if", "so"] else words
    return (
        opens[:1] in (["how"], ["why"], ["by"], ["through"], ["via"])
        and set(opens) <= _HOW
        and (len(opens) > 1 or opens[0] in {"how", "why"})
    )


def _one_name(left: str, right: str, whole: str, known: Callable[[str], bool] | None) -> bool:
    return (left, right) in _NAMES_WITH_AND or (known is not None and known(whole))


def _subject(words: list[str]) -> tuple[int, int] | None:
    """Where the subject of "does X cause Y" stands; None in other questions."""
    if words[0] not in _AUXILIARIES:
        return None
    for k in range(2, len(words)):
        if _verb_at(words, k):
            return 1, k
    return None


def _object(words: list[str], verb: int) -> int:
    """Where the object begins, after the verb at ``verb``."""
    table = _verbs()
    for n in (4, 3, 2, 1):
        if tuple(words[verb : verb + n]) in table:
            return verb + n
    return verb + 1


def _how(question: str, tokens: list[Token], k: int, word: str) -> str:
    """ "Does X cause Y, and how?" asks "How does X cause Y?" too."""
    head = question[: tokens[k - 1].end]
    asked = "why" if word == "why" else "how"
    return f"{asked} {head[0].lower()}{head[1:]}?"


def _replaced(tail: str, question: str, before: list[Token]) -> str:
    """Put the subject of the first half where the second says "it"."""
    words = [t.low for t in before]
    subject = _subject(words)
    if subject is None:
        return tail
    name = question[before[subject[0]].start : before[subject[1] - 1].end]
    outcome = (
        question[before[_object(words, subject[1])].start : before[-1].end]
        if _object(words, subject[1]) < len(before)
        else name
    )
    return _pronouns(tail, name, outcome)


def _pronouns(text: str, subject: str, outcome: str) -> str:
    """Put names where a question says "it": the subject early in it, the outcome late."""
    tokens = tokenize(text)
    out, last = "", 0
    for k, token in enumerate(tokens):
        if token.low not in _IT | _OF_IT:
            continue
        if (
            token.low == "that"
            and k + 1 < len(tokens)
            and k
            and tokens[k - 1].low not in _AUXILIARIES
        ):
            continue
        if (
            k + 1 < len(tokens)
            and token.low in {"this", "that", "these", "those"}
            and tokens[k + 1].low in lex.STOP_WORDS | {"patient"}
            and k == 0
        ):
            continue
        if (
            token.low in {"this", "that", "these", "those"}
            and k + 1 < len(tokens)
            and not (tokens[k - 1].low in _AUXILIARIES and _after_it([t.low for t in tokens], k))
        ):
            continue
        early = k + 1 < len(tokens) and (k < 3 or tokens[k - 1].low in _AUXILIARIES)
        name = (
            subject
            if early and k and tokens[k - 1].low in _AUXILIARIES | {"if", "when"}
            else outcome
        )
        if k + 1 < len(tokens) and name is outcome and tokens[k - 1].low in _gerunds():
            name = subject
        if token.low in _OF_IT:
            name = f"{subject}'s"
        out += text[last : token.start] + name
        last = token.end
    return out + text[last:]


def _after_it(words: list[str], k: int) -> bool:
    rest = [w for w in words[k + 1 :] if w not in lex.FILLERS]
    return bool(rest) and (_verb_at(rest, 0) or rest[0] in {"act", "have", "play", "do"})


def _gerunds() -> set[str]:
    return {w[-1] for f in ("ing", "base") for w in lex.intervention_forms(f)}


_SHORT: tuple[tuple[str, Kind], ...] = (
    (r"(and )?(how|why|through what|by what mechanism|how so|what is the mechanism|how does that work)", Kind.MECHANISM),
    (r"(and )?how (sure|certain|confident) (are you|is that|is it|are we)( of that| about that)?", Kind.CERTAINTY),
    (r"(are you|how) sure", Kind.CERTAINTY),
    (r"(and )?(what is the evidence|says who|who says( so| that)?|what evidence is there|show me the evidence|which papers say (so|that)|sources|source|evidence)", Kind.EVIDENCE),
    (r"(and )?(what|who|does anything) (contradicts?|speaks against|disputes?) (it|that|this)|what is the evidence against (it|that)", Kind.CONTRADICTION),
    (r"(and )?what would change (your mind|that|this|the answer|your answer)", Kind.CHANGE),
    (r"(and )?what is (still )?(missing|not known|unknown)|what should (we|i|one) measure( next)?", Kind.MISSING),
    (r"(and )?(what (confounds|(might|could|may|would) (be )?confound(ing)?) (it|them|that|this)|are there (any )?confounders|any confounders|could (it|that) be confounded)", Kind.CONFOUNDERS),
    (r"(and )?what happens (then|in that case)", Kind.EFFECT),
)  # fmt: skip
_PLACE = re.compile(
    r"(?:and |but |what about |how about |is (?:it|that) (?:also )?(?:the same|true|so) |also )*"
    r"(?P<place>(?:in|among|for|at) .+)",
    re.I,
)
_ON = re.compile(r"(?:to|on|for|against)\s+(?P<name>.+)", re.I)
_ABOUT = re.compile(r"(?:and |but |so )*(?:what about|how about|and|what of)\s+(?P<name>.+)", re.I)
_REVERSED = re.compile(
    r"(?:and )?(?:what )?(?:if|when) (?:we|you|one) (?P<act>\w+(?: out| down)?) (?:it|that|them)",
    re.I,
)
_ADJUST = re.compile(
    r"(?:and )?(?P<head>(?:should|do|must|shall|can|need) (?:we|i|you|one) (?:need to |have to |also )?"
    r"(?:adjust|control|account|correct|condition) (?:for|on) .+)",
    re.I,
)


def follow(
    question: str,
    previous: Query,
    category: Callable[[str], Category | None] | None = None,
) -> str:
    """Write a question out in full, with what it takes from the one before; as it is when it takes
    nothing.

    Args:
        question: "and in mice?", "does it also raise TSH?", "what about amiloride?".
        previous: the query of the question before.
        category: the category of what a name means, if it can be told; decides whether "what about
            Z" changes what acts or what is acted on.
    """
    plain = re.sub(r"\s+", " ", question).strip(" ?!.,")
    kind = short(plain)
    if kind is not None:
        return _again(previous, kind) or question
    subject = previous.subject.text if previous.subject else ""
    outcome = previous.object.text if previous.object else ""
    if (found := _ADJUST.fullmatch(plain)) and subject and outcome and " of " not in plain:
        return f"{found['head']} when estimating the effect of {subject} on {outcome}?"
    if (found := _REVERSED.fullmatch(plain)) and subject and outcome:
        return f"What happens to {outcome} if we {found['act']} {subject}?"
    if found := _PLACE.fullmatch(plain):
        kept = previous.model_copy(
            update={
                "context": (found["place"][0].lower() + found["place"][1:],),
                "qualifiers": previous.qualifiers.model_copy(update={"dose": None}),
                "also": (),
            }
        )
        return canonical(kept)
    if (found := _ABOUT.fullmatch(plain)) and len(found["name"].split()) <= 6:
        return _instead(previous, found["name"], category)
    if _IT | _OF_IT & {t.low for t in tokenize(question)} and (subject or outcome):
        return _pronouns(question, subject or outcome, outcome or subject)
    return question


def short(text: str) -> Kind | None:
    """The kind of question that a few words ask about the one before: "how sure are you"."""
    plain = text.strip(" ?!.,")
    return next((kind for pattern, kind in _SHORT if re.fullmatch(pattern, plain, re.I)), None)


def _again(previous: Query, kind: Kind) -> str | None:
    """The question before, asked as another kind."""
    if previous.subject is None or previous.object is None:
        return None
    relation = previous.relation
    changed = Query(
        kind=kind,
        relation=relation,
        subject=previous.subject,
        object=previous.object,
        direction=previous.direction,
        context=previous.context,
    )
    return canonical(changed)


def _instead(previous: Query, name: str, category: Callable[[str], Category | None] | None) -> str:
    """The question before, about another entity."""
    place = "subject" if previous.subject is not None else "object"
    if (found := _ON.fullmatch(name)) and previous.object is not None:
        place, name = "object", found["name"]
    elif previous.subject is not None and previous.object is not None and category is not None:
        kinds = [category(t.text) for t in (previous.subject, previous.object)]
        kind = category(name)
        if kind is not None and kind is kinds[1] and kind is not kinds[0]:
            place = "object"
    x = name if place == "subject" else None
    y = name if place == "object" else None
    return canonical(previous.model_copy(update={"also": ()}), x, y)
