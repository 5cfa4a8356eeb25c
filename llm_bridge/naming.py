"""Questions that only name things between words of known families.

"A vs B for Y, which works better", "is there anything that can be given for Y", "X side effects":
what is neither such a word nor a verb is a name, and each reading here has one condition on the
families and the places of the names. A question that two of them read differently has no reading.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise

from llm_bridge import lexicon as lex
from llm_bridge.cues import Cue, cues, plain
from llm_bridge.patterns import Capture, Token
from llm_bridge.query import Kind, Query, Relation

__all__ = [
    "AUXILIARIES",
    "JOINING",
    "STRONG",
    "WH",
    "Build",
    "Span",
    "apart",
    "blocks_of",
    "families",
    "named",
]

Build = Callable[[list[Token], Kind, Capture], Query | None]
Span = tuple[int, int]

WH = frozenset(["what", "which", "who", "how", "why", "where", "whose", "whom"])
JOINING = frozenset(["and", "or", "vs", "versus"])
STRONG = frozenset([Cue.AGAINST, Cue.CHANGE, Cue.CONFOUND, Cue.ADJUST])
"""Families that say what is asked about a claim, and are never part of it."""
AUXILIARIES = frozenset(
    "does do did can could will would may might should must is are was were".split()
)
_LINKED = frozenset(
    "link linked relationship association associated related connected correlation correlated "
    "connection tied".split()
)


@cache
def _verbs() -> dict[str, Relation]:
    """Relation verbs of one word, in every inflection."""
    found: dict[str, Relation] = {}
    for form in ("base", "s", "ed", "ing"):
        for words, relation in lex.relation_forms(form).items():
            if len(words) == 1 and isinstance(relation, Relation):
                found.setdefault(words[0], relation)
    return found


def families(words: list[str]) -> frozenset[Cue]:
    return frozenset(c for w in words for c in cues(w))


def blocks_of(tokens: list[Token]) -> list[Span]:
    """Stretches of words that are neither plain nor verbs: what is named."""
    spans: list[Span] = []
    start: int | None = None
    for k, token in enumerate([*tokens, Token("of", 0, 0)]):
        named = not plain(token.low) and token.low not in _verbs()
        if named and start is None:
            start = k
        elif not named and start is not None:
            spans.append((start, k))
            start = None
    joined: list[Span] = []
    for span in spans:
        if joined and span[0] - joined[-1][1] == 1 and tokens[joined[-1][1]].low in {"of", "in"}:
            joined[-1] = (joined[-1][0], span[1])
        else:
            joined.append(span)
    return joined


def named(question: str, tokens: list[Token], build: Build) -> Query | None:
    """Return the one reading of a question that holds no claim, or None.

    Args:
        question: what was asked.
        tokens: its words, without wrapping.
        build: makes the query of a kind from what was found.
    """
    words = [t.low for t in tokens]
    if "least" in words:
        return None  # what is the other end of a ranking
    blocks = apart(question, tokens, blocks_of(tokens))
    around = [w for k, w in enumerate(words) if not any(a <= k < b for a, b in blocks)]
    found = families(around)
    readings = [
        q for reading in (_order, _comparison, _ranking, _listing, _pair, _which, _terse)
        if (q := reading(tokens, words, blocks, found, build)) is not None
    ]  # fmt: skip
    same = {(q.kind, q.relation, tuple(t.text for t in q.terms)) for q in readings}
    return readings[0] if len(same) == 1 else None


def apart(question: str, tokens: list[Token], blocks: list[Span]) -> list[Span]:
    """Blocks split at commas."""
    found: list[Span] = []
    for start, end in blocks:
        cut = start
        for k in range(start + 1, end):
            if any(c in ",;:" for c in question[tokens[k - 1].end : tokens[k].start]):
                found.append((cut, k))
                cut = k
        found.append((cut, end))
    return found


def _order(
    tokens: list[Token], words: list[str], blocks: list[Span], found: frozenset[Cue], build: Build
) -> Query | None:
    if len(blocks) != 2 or not found & {Cue.FIRST, Cue.LATER}:
        return None
    if any(w in _verbs() and _verbs()[w] is not Relation.AFFECT for w in words):
        return None
    between = words[blocks[0][1] : blocks[1][0]]
    later = Cue.LATER in families(between)
    passive = "by" in between
    first = Cue.FIRST in found
    if not later and not first:
        return None
    x, y = (blocks[1], blocks[0]) if later != passive and (later or passive) else blocks
    return build(tokens, Kind.ORDER, {"x": x, "y": y})


def _relation(words: list[str], found: frozenset[Cue]) -> tuple[Relation, int] | None:
    """The relation that is worded, and where; (treat, -1) for a word of treatment."""
    at = [(_verbs()[w], k) for k, w in enumerate(words) if w in _verbs()]
    strong = [r for r in at if r[0] not in (Relation.TREAT, Relation.AFFECT)]
    if len({r for r, _ in strong}) > 1:
        return None
    if strong:
        return strong[0]
    return (Relation.PREVENT if Cue.PREVENT in found else Relation.TREAT, -1)


def _comparison(
    tokens: list[Token], words: list[str], blocks: list[Span], found: frozenset[Cue], build: Build
) -> Query | None:
    """ "A or B, which is better for Y": two names joined, and what they act on."""
    if len(blocks) < 3 or Cue.COMPARE not in found:
        return None
    relation = _relation(words, found)
    if relation is None:
        return None
    better = [s for s in blocks if s[0] and words[s[0] - 1] in {"better", "superior", "stronger"}]
    blocks = [s for s in blocks if s not in better]  # "the better painkiller"
    joined = [
        (a, b) for a, b in pairwise(blocks)
        if a[1] == b[0] or set(words[a[1] : b[0]]) & (JOINING | {"than"})
    ]  # fmt: skip
    pairs = [
        (a, b) for a, b in joined
        if set(words[a[1] : b[0]]) <= JOINING | {"than", "the", "with", "to", "compared"}
    ]  # fmt: skip
    group = sorted({s for pair in pairs for s in pair})
    rest = [s for s in blocks if s not in group]
    if len(group) < 2 or len(rest) != 1 or group[-1][0] - group[0][1] > 4 * len(group):
        return None
    y = rest[0]
    before = words[y[0] - 1] if y[0] else ""
    if relation[1] < 0 and before not in {
        "for",
        "against",
        "in",
        "with",
        "of",
        "treat",
        "treating",
        "the",
        "a",
    }:
        return None
    if "less" in words:
        return None
    return build(
        tokens, Kind.COMPARISON, {"y": y, "z": (group[0][0], group[-1][1]), "v": relation[0]}
    )


def _ranking(
    tokens: list[Token], words: list[str], blocks: list[Span], found: frozenset[Cue], build: Build
) -> Query | None:
    """ "By which drug is Y lowered the most": a superlative, one name and a relation."""
    if Cue.MOST not in found or words[:1] == ["how"] or not WH & set(words) - {"how"}:
        return None
    if Cue.COMPARE in found and {"or", "than", "vs"} & set(words):
        return None
    relation = _relation(words, found)
    if relation is None or (relation[1] < 0 and Cue.TREAT not in found):
        return None
    if len(blocks) == 2 and blocks[0][0] == 1 and words[0] in {"what", "which"}:
        blocks = blocks[1:] if blocks[0][1] - blocks[0][0] <= 2 else blocks
    if len(blocks) != 1:
        return None
    return build(tokens, Kind.RANKING, {"y": blocks[0], "v": relation[0]})


def _listing(
    tokens: list[Token], words: list[str], blocks: list[Span], found: frozenset[Cue], build: Build
) -> Query | None:
    """ "Is there anything that can be given for Y": words about a list, a preposition, one name."""
    if words[0] in AUXILIARIES - {"is", "are"} and not {"anything", "something"} & set(words):
        return None  # "does treating X prevent Y" asks for no list
    if not blocks or Cue.MOST in found or found & {Cue.AGAINST, Cue.SOURCE, Cue.SURE, Cue.MISSING}:
        return None
    kinds = {Cue.RESULT, Cue.TREAT, Cue.CAUSE, Cue.PREVENT}
    (first, last), more = blocks[0], len(blocks) > 1
    if more and first < 4 and last - first == 1 and cues(words[last]) & kinds:
        blocks = blocks[1:]  # "the unwanted effects of X"
    start = blocks[0][0]
    while start and words[start - 1] in {"the", "a", "an", "my", "our"}:
        start -= 1
    if start > 1 and words[start - 1] in _acting():
        start -= 1
    if start < 2 or len(blocks) > 1 or AUXILIARIES & set(words[start:]):
        return None
    ahead = words[:start]
    before, found = ahead[-1], families(ahead[:-1])
    verbs = {_verbs()[w] for w in ahead if w in _verbs()} - {Relation.TREAT}
    tail = (start, len(words))
    if Cue.RESULT in found and before in {"of", "from", "with", "after"} and not verbs:
        return build(tokens, Kind.EFFECTS, {"x": tail, "relation": Relation.AFFECT})
    treating = before in {"for", "against", "with", "to"} or cues(before) & {Cue.TREAT, Cue.PREVENT}
    if Cue.TREAT in found and treating and verbs <= {Relation.PREVENT}:
        prevent = bool(verbs) or Cue.PREVENT in families(ahead)
        relation = Relation.PREVENT if prevent else Relation.TREAT
        return build(tokens, Kind.TREATMENTS, {"y": tail, "v": relation})
    if Cue.CAUSE in found and before in {"of", "for", "behind"} and verbs <= {Relation.CAUSE}:
        return build(tokens, Kind.CAUSES, {"y": tail, "v": Relation.CAUSE})
    return None


@cache
def _acting() -> frozenset[str]:
    return frozenset(w[0] for w in lex.intervention_forms("ing") if len(w) == 1)


_SMALL = frozenset(["a", "an", "the", "my", "our", "her", "his"])
_TERSE: dict[str, tuple[Kind, Relation]] = {
    **dict.fromkeys(
        ("side effects", "adverse effects", "effects", "complications", "consequences", "toxicity"),
        (Kind.EFFECTS, Relation.AFFECT),
    ),
    **dict.fromkeys(
        ("causes", "cause", "risk factors", "triggers", "etiology", "aetiology"),
        (Kind.CAUSES, Relation.CAUSE),
    ),
    **dict.fromkeys(
        ("treatment", "treatments", "therapy", "therapies", "cure", "remedies", "drugs", "medication"),
        (Kind.TREATMENTS, Relation.TREAT),
    ),
    **dict.fromkeys(("prevention", "prophylaxis"), (Kind.TREATMENTS, Relation.PREVENT)),
}  # fmt: skip


def _terse(
    tokens: list[Token], words: list[str], blocks: list[Span], found: frozenset[Cue], build: Build
) -> Query | None:
    """ "lisinopril side effects", "treatment gout": a name and what of it, and nothing else."""
    if len(blocks) != 1 or len(words) > 6:
        return None
    start, end = blocks[0]
    asked = _TERSE.get(" ".join(words[:start] + words[end:]))
    if asked is None or (start and words[end:]):
        return None
    kind, relation = asked
    return build(tokens, kind, {"x" if kind is Kind.EFFECTS else "y": blocks[0], "v": relation})


def _pair(
    tokens: list[Token], words: list[str], blocks: list[Span], found: frozenset[Cue], build: Build
) -> Query | None:
    """ "X and Y, is there a link" and "X for Y", as one types them into a search box."""
    if len(blocks) == 3 and blocks[0][0] == 0:
        gaps = [[w for w in words[a[1] : b[0]] if w not in _SMALL] for a, b in pairwise(blocks)]
        relation = Relation.PREVENT if Cue.PREVENT in found else Relation.TREAT
        if gaps[0] in (["or"], ["vs"], ["versus"]) and gaps[1] in (["for"], ["against"]):
            spans: Capture = {"z": (0, blocks[1][1]), "y": blocks[2], "v": relation}
            return build(tokens, Kind.COMPARISON, spans)
    if len(blocks) != 2 or blocks[0][0] != 0:
        return None
    (_, end), (start, last) = blocks
    between, after = words[end:start], words[last:]
    spans = {"x": blocks[0], "y": blocks[1]}
    if between in (["for"], ["against"]) and not after:
        return build(tokens, Kind.EXISTENCE, {**spans, "relation": Relation.TREAT})
    if between in (["and"],) and _LINKED & set(after) and found <= {Cue.TRUE}:
        return build(tokens, Kind.EXISTENCE, {**spans, "relation": Relation.ASSOCIATE})
    return None


def _which(
    tokens: list[Token], words: list[str], blocks: list[Span], found: frozenset[Cue], build: Build
) -> Query | None:
    """ "Which vaccines protect against Y", "what organs does X damage": a kind of thing, unlisted."""
    if len(blocks) != 2 or words[0] not in {"what", "which"} or blocks[0][0] != 1:
        return None
    if (
        found & STRONG - {Cue.AGAINST}
        or Cue.MOST in found
        or Cue.COMPARE in found
        or blocks[0][1] > 3
    ):
        return None
    (_, end), (start, last) = blocks
    between, after = words[end:start], words[last:]
    while between and between[0] in AUXILIARIES | {"that"}:
        between = between[1:]
    if not after and between[-1:] in (["to"], ["with"]) and _LINKED & set(between[-2:-1]):
        return build(tokens, Kind.CAUSES, {"y": blocks[1], "v": Relation.ASSOCIATE})
    if (
        not after
        and between[-1:] == ["from"]
        and {"result", "arise", "stem", "come"} & set(between[-2:-1])
    ):
        return build(tokens, Kind.EFFECTS, {"x": blocks[1], "v": Relation.CAUSE})
    acted = lex.relation_forms("ed").get(tuple(between[:-1])) if between[-1:] == ["by"] else None
    if not after and isinstance(acted, Relation):
        return build(tokens, Kind.EFFECTS, {"x": blocks[1], "v": acted})
    if not after:
        for form in ("s", "base"):
            relation = lex.relation_forms(form).get(tuple(between))
            if isinstance(relation, Relation):
                treats = relation in (Relation.TREAT, Relation.PREVENT)
                kind = Kind.TREATMENTS if treats else Kind.CAUSES
                return build(tokens, kind, {"y": blocks[1], "v": relation})
    relation = lex.relation_forms("base").get(tuple(after))
    if isinstance(relation, Relation) and not between and words[end:start]:
        return build(tokens, Kind.EFFECTS, {"x": blocks[1], "v": relation})
    return None
