"""The last reading: what no frame covers is taken apart into what it names and words about it.

A question about a claim or an effect ("... that lithium causes nephropathy", "the effect of X on Y")
holds it as one stretch of words; the words around it, all of known families (:mod:`llm_bridge.cues`),
say what is asked about it. A question without one holds names between such words. Every kind of
question has one condition on its families and its names; where no condition holds, or a word around
is of no family, there is no reading.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise

from llm_bridge import lexicon as lex
from llm_bridge.cues import Cue, cues, plain
from llm_bridge.patterns import Capture, Matcher, Node, Token
from llm_bridge.query import Kind, Query, Relation

__all__ = ["read"]

Build = Callable[[list[Token], Kind, Capture], Query | None]
Penalty = Callable[[list[str], Capture], tuple[int, int]]
Span = tuple[int, int]

_LINKS = frozenset(
    "that whether if how why which for of about on against behind over regarding concerning with to "
    "between when by as".split()
)
"""Before a claim or an effect."""
_CONDITIONAL = frozenset(["would", "could", "might", "will", "can", "have", "has", "should"])
_WH = frozenset(["what", "which", "who", "how", "why", "where", "whose", "whom"])
_AND = frozenset(["and", "or", "vs", "versus"])
_STRONG = frozenset([Cue.AGAINST, Cue.CHANGE, Cue.CONFOUND, Cue.ADJUST])
_FORMS = (
    ("<c:fin>", True),
    ("<c:ing>", True),
    ("<c:nom>", False),
    ("between <x> and <y>", False),
    ("of <x> and <y>", False),
)
_LINKED = frozenset(
    "link linked relationship association associated related connected correlation correlated connection tied".split()
)
_GAP = Token("the", 0, 0)
_AUX = frozenset("does do did can could will would may might should must is are was were".split())


@cache
def _verbs() -> dict[str, Relation]:
    """Relation verbs of one word, in every inflection."""
    found: dict[str, Relation] = {}
    for form in ("base", "s", "ed", "ing"):
        for words, relation in lex.relation_forms(form).items():
            if len(words) == 1 and isinstance(relation, Relation):
                found.setdefault(words[0], relation)
    return found


def _families(words: list[str]) -> frozenset[Cue]:
    return frozenset(c for w in words for c in cues(w))


def read(
    question: str, tokens: list[Token], matcher: Matcher, build: Build, penalty: Penalty
) -> Query | None:
    """Return the one reading that the families of the words allow, or None.

    Args:
        question: what was asked.
        tokens: its words, without wrapping.
        matcher: the grammar's, for its clauses.
        build: makes the query of a kind from what a clause captured.
        penalty: how unclean a clause's reading of words is.
    """
    held = _claim(question, tokens, matcher, penalty)
    if held is not None:
        (start, end), capture, finite = held
        inside, around = tokens[start:end], [*tokens[:start], *tokens[end:]]
        if not finite and _families([t.low for t in around]) & {Cue.CONFOUND, Cue.ADJUST}:
            return _adjusted(question, inside, around, capture, build)
        words = [t.low for t in around]
        if not all(plain(w) for w in words) or inside[0].low in {"between", "of"}:
            return _named(question, tokens, build)
        kind = _kind(words, _families(words), finite=finite)
        return build(inside, kind, capture) if kind is not None else None
    return _named(question, tokens, build)


def _claim(
    question: str, tokens: list[Token], matcher: Matcher, penalty: Penalty
) -> tuple[Span, Capture, bool] | None:
    """The stretch of words that states a claim or names an effect, if the others are plain."""
    words = [t.low for t in tokens]
    best: tuple[tuple[int, int, int], Span, Capture, bool] | None = None
    ends = _ends(question, tokens)
    for text, finite in _FORMS:
        nodes = _compiled(matcher, text)
        for start in range(len(words) - 2):
            if start and finite and not plain(words[start - 1]):
                break
            if start and finite and not _linked(words, start):
                continue
            for end in ends:
                if end - start < 3:
                    continue
                part = words[start:end]
                for capture in matcher.match(nodes, part):
                    if not finite and not _spoken(part, capture):
                        continue
                    cost = penalty(part, capture)[0] + 4 * _odd(part, capture)
                    rank = (cost + (0 if finite else 1), start, -end)
                    if cost <= 3 and (best is None or rank < best[0]):
                        best = rank, (start, end), capture, finite
    return best[1:] if best else None


def _linked(words: list[str], start: int) -> bool:
    """Whether what stands before a claim announces one: "that", "by which"."""
    if words[start - 1] == "which":
        return words[start - 2 : start - 1] in (["by"], ["through"], ["via"], ["in"], ["along"])
    return words[start - 1] in _LINKS


def _ends(question: str, tokens: list[Token]) -> list[int]:
    """Where a stretch may end: at the end, before plain words at the end, at a comma."""
    found = [len(tokens)]
    for k in range(len(tokens) - 1, 2, -1):
        if not plain(tokens[k].low):
            break
        found.append(k)
    found += [
        k for k in range(3, len(tokens))
        if any(c in ",;:" for c in question[tokens[k - 1].end : tokens[k].start]) and k not in found
    ]  # fmt: skip
    return found


@cache
def _compiled(matcher: Matcher, text: str) -> list[Node]:
    return matcher.compile(text)


def _spoken(words: list[str], capture: Capture) -> bool:
    """Whether a noun phrase says "effect of X on Y", and does not only juxtapose X and Y."""
    outside = set(words)
    for name in ("x", "y"):
        span = capture.get(name)
        if isinstance(span, tuple):
            outside -= set(words[span[0] : span[1]])
    return bool(outside - {"for", "against", "in", "of", "a", "the"}) or "N" in capture


def _odd(words: list[str], capture: Capture) -> int:
    """How many words of the names say something about the claim instead."""
    total = 0
    for name in ("x", "y"):
        span = capture.get(name)
        if isinstance(span, tuple):
            inside = words[span[0] : span[1]]
            total += sum(bool(cues(w) & _STRONG) or w in _WH or w in _AUX for w in inside)
            total += not any(not plain(w) for w in inside)
    return total


def _adjusted(
    question: str, inside: list[Token], around: list[Token], capture: Capture, build: Build
) -> Query | None:
    """What to adjust for, or whether to adjust for what the words around an effect name."""
    named = {t.low for t in inside}
    blocks = _apart(question, around, _blocks([t if t.low not in named else _GAP for t in around]))
    if not blocks:
        return build(inside, Kind.CONFOUNDERS, capture)
    words = [t.low for t in around]
    apart = [words[a[1] : b[0]] for a, b in pairwise(blocks)]
    if Cue.ADJUST not in _families(words) or any(not set(w) <= _AND for w in apart):
        return None
    first, last = blocks[0][0], blocks[-1][1]
    n = len(inside) + 1
    every = [*inside, _GAP, *around[first:last]]
    return build(every, Kind.ADJUSTMENT, {**capture, "z": (n, n + last - first)})


def _kind(words: list[str], found: frozenset[Cue], *, finite: bool) -> Kind | None:
    asked = bool(_CONDITIONAL & set(words))
    against = Cue.AGAINST in found
    if (
        Cue.CHANGE in found
        and (asked or "mind" in words)
        and not {"has", "have", "been"} <= set(words)
    ):
        return Kind.CHANGE
    if (
        _WH & set(words[:1])
        and asked
        and {"take", "make"} & set(words)
        and {"believe", "accept", "doubt"} & set(words)
    ):
        return Kind.CHANGE
    if against and words[:1] and words[0] in _WH and asked and not {"say", "says"} & set(words):
        return Kind.CHANGE
    if against:
        return Kind.CONTRADICTION
    if Cue.MISSING in found and (Cue.KNOWING in found or {"missing", "gaps", "gap"} & set(words)):
        return Kind.MISSING
    if Cue.SURE in found and not {"evidence", "studies", "data", "papers"} & set(words):
        return Kind.CERTAINTY
    if Cue.SOURCE in found and found <= {Cue.SOURCE, Cue.KNOWING, Cue.SURE, Cue.MISSING, Cue.TRUE, Cue.RESULT, Cue.CAUSE, Cue.TREAT, Cue.COMPARE, Cue.FIRST}:  # fmt: skip
        return Kind.EVIDENCE
    if (
        {"how", "why"} & set(words[:-1])
        and not {"how", "why"} & set(words[-1:])
        and not _ways(words)
    ):
        return Kind.EVIDENCE if Cue.SOURCE in found else None  # "how strong is the case that"
    if Cue.WAY in found and finite and found <= {Cue.WAY, Cue.KNOWING, Cue.CAUSE, Cue.CONFOUND, Cue.FIRST, Cue.TRUE, Cue.RESULT}:  # fmt: skip
        return Kind.MECHANISM
    if (
        finite
        and found <= {Cue.TRUE, Cue.KNOWING}
        and ({"whether", "if"} & set(words) or "it" in words[1:2])
    ):
        return Kind.EXISTENCE
    return None


def _ways(words: list[str]) -> bool:
    """Whether a mechanism is named, and not only "how" something is."""
    return words[:2] in (["how", "is"], ["how", "come"]) or any(
        Cue.WAY in cues(w) for w in words if w not in {"how", "why"}
    )


def _blocks(tokens: list[Token]) -> list[Span]:
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


def _named(question: str, tokens: list[Token], build: Build) -> Query | None:
    """The reading of a question that only names things between words of known families."""
    words = [t.low for t in tokens]
    blocks = _apart(question, tokens, _blocks(tokens))
    around = [w for k, w in enumerate(words) if not any(a <= k < b for a, b in blocks)]
    found = _families(around)
    readings = [
        q for reading in (_order, _comparison, _ranking, _listing, _pair, _which, _terse)
        if (q := reading(tokens, words, blocks, found, build)) is not None
    ]  # fmt: skip
    same = {(q.kind, q.relation, tuple(t.text for t in q.terms)) for q in readings}
    return readings[0] if len(same) == 1 else None


def _apart(question: str, tokens: list[Token], blocks: list[Span]) -> list[Span]:
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
    later = Cue.LATER in _families(between)
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
        if a[1] == b[0] or set(words[a[1] : b[0]]) & (_AND | {"than"})
    ]  # fmt: skip
    pairs = [
        (a, b) for a, b in joined
        if set(words[a[1] : b[0]]) <= _AND | {"than", "the", "with", "to", "compared"}
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
    if Cue.MOST not in found or words[:1] == ["how"] or not _WH & set(words) - {"how"}:
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
    if not blocks or Cue.MOST in found or found & {Cue.AGAINST, Cue.SOURCE, Cue.SURE, Cue.MISSING}:
        return None
    kinds = {Cue.RESULT, Cue.TREAT, Cue.CAUSE, Cue.PREVENT}
    if blocks[0][1] < len(words) and blocks[0][1] - blocks[0][0] == 1 and len(blocks) > 1:
        if blocks[0][0] < 4 and cues(words[blocks[0][1]]) & kinds:
            blocks = blocks[1:]  # "the unwanted effects of X"
    start = blocks[0][0]
    while start and words[start - 1] in {"the", "a", "an", "my", "our"}:
        start -= 1
    if start > 1 and words[start - 1] in _acting():
        start -= 1
    if start < 2 or len(blocks) > 1 or _AUX & set(words[start:]):
        return None
    ahead = words[:start]
    before, found = ahead[-1], _families(ahead[:-1])
    verbs = {_verbs()[w] for w in ahead if w in _verbs()} - {Relation.TREAT}
    tail = (start, len(words))
    if Cue.RESULT in found and before in {"of", "from", "with", "after"} and not verbs:
        return build(tokens, Kind.EFFECTS, {"x": tail, "relation": Relation.AFFECT})
    treating = before in {"for", "against", "with", "to"} or cues(before) & {Cue.TREAT, Cue.PREVENT}
    if Cue.TREAT in found and treating and verbs <= {Relation.PREVENT}:
        prevent = bool(verbs) or Cue.PREVENT in _families(ahead)
        relation = Relation.PREVENT if prevent else Relation.TREAT
        return build(tokens, Kind.TREATMENTS, {"y": tail, "v": relation})
    if Cue.CAUSE in found and before in {"of", "for", "behind"} and verbs <= {Relation.CAUSE}:
        return build(tokens, Kind.CAUSES, {"y": tail, "v": Relation.CAUSE})
    return None


@cache
def _acting() -> frozenset[str]:
    return frozenset(w[0] for w in lex.intervention_forms("ing") if len(w) == 1)


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
        gaps = [words[a[1] : b[0]] for a, b in pairwise(blocks)]
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
        found & _STRONG - {Cue.AGAINST}
        or Cue.MOST in found
        or Cue.COMPARE in found
        or blocks[0][1] > 3
    ):
        return None
    (_, end), (start, last) = blocks
    between, after = words[end:start], words[last:]
    while between and between[0] in _AUX | {"that"}:
        between = between[1:]
    if not after and between[-1:] in (["to"], ["with"]) and _LINKED & set(between[-2:-1]):
        return build(tokens, Kind.CAUSES, {"y": blocks[1], "v": Relation.ASSOCIATE})
    if (
        not after
        and between[-1:] == ["from"]
        and {"result", "arise", "stem", "come"} & set(between[-2:-1])
    ):
        return build(tokens, Kind.EFFECTS, {"x": blocks[1], "v": Relation.CAUSE})
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
