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

from llm_bridge.cues import Cue, cues, plain
from llm_bridge.naming import (
    AUXILIARIES,
    JOINING,
    STRONG,
    WH,
    Build,
    Span,
    apart,
    blocks_of,
    families,
    named,
)
from llm_bridge.patterns import Capture, Matcher, Node, Token
from llm_bridge.query import Kind, Query

__all__ = ["read"]

Penalty = Callable[[list[str], Capture], tuple[int, int]]

_LINKS = frozenset(
    "that whether if how why which for of about on against behind over regarding concerning with to "
    "between when by as".split()
)
"""Before a claim or an effect."""
_CONDITIONAL = frozenset(["would", "could", "might", "will", "can", "have", "has", "should"])
_FORMS = (
    ("<c:fin>", True),
    ("<c:ing>", True),
    ("<c:base>", True),
    ("<c:nom>", False),
    ("between <x> and <y>", False),
    ("of <x> and <y>", False),
    (
        "(on|about|for|regarding|over|concerning|linking|connecting|relating) <x> (and|to|with) <y>",
        False,
    ),
)
_GAP = Token("the", 0, 0)


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
        if not finite and families([t.low for t in around]) & {Cue.CONFOUND, Cue.ADJUST}:
            return _adjusted(question, inside, around, capture, build)
        words = [t.low for t in around]
        if not all(plain(w) for w in words) or inside[0].low in {"between", "of"}:
            return named(question, tokens, build)
        kind = _kind(words, families(words), finite=finite)
        return build(inside, kind, capture) if kind is not None else named(question, tokens, build)
    return named(question, tokens, build)


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
            if start and finite and not _linked(words, start, base=text == "<c:base>"):
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


def _linked(words: list[str], start: int, *, base: bool) -> bool:
    """Whether what stands before a claim announces one: "that", "by which", "by what steps does"."""
    if base or words[start - 1] in AUXILIARIES:
        return base and start > 3 and words[start - 1] in {"do", "does", "did", "can", "could"}
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
        if k not in found
        and (
            tokens[k].low in {"to", "if", "when", "while", "should"}
            or any(c in ",;:" for c in question[tokens[k - 1].end : tokens[k].start])
        )
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


_TOLD_BY = frozenset(
    "trials trial studies study evidence papers paper data reports back support supports backs publications research literature".split()
)


def _odd(words: list[str], capture: Capture) -> int:
    """How many words of the names say something about the claim instead."""
    total = 0
    for name in ("x", "y"):
        span = capture.get(name)
        if isinstance(span, tuple):
            inside = words[span[0] : span[1]]
            total += sum(
                bool(cues(w) & STRONG) or w in _TOLD_BY or w in WH or w in AUXILIARIES
                for w in inside
            )
            total += not any(not plain(w) for w in inside)
            total += inside[0].endswith("ing") and plain(inside[0])
    return total


def _adjusted(
    question: str, inside: list[Token], around: list[Token], capture: Capture, build: Build
) -> Query | None:
    """What to adjust for, or whether to adjust for what the words around an effect name."""
    inner = {t.low for t in inside}
    blocks = apart(question, around, blocks_of([t if t.low not in inner else _GAP for t in around]))
    if not blocks:
        return build(inside, Kind.CONFOUNDERS, capture)
    words = [t.low for t in around]
    gaps = [words[a[1] : b[0]] for a, b in pairwise(blocks)]
    asked = Cue.ADJUST in families(words) or words[0] in AUXILIARIES
    if not asked or any(not set(w) <= JOINING for w in gaps):
        return None
    first, last = blocks[0][0], blocks[-1][1]
    n = len(inside) + 1
    every = [*inside, _GAP, *around[first:last]]
    return build(every, Kind.ADJUSTMENT, {**capture, "z": (n, n + last - first)})


def _kind(words: list[str], found: frozenset[Cue], *, finite: bool) -> Kind | None:
    asked = bool(_CONDITIONAL & set(words))
    if words[:1] in (["if"], ["suppose"], ["supposing"]):
        return None  # what somebody would think on some condition
    against = Cue.AGAINST in found
    if (
        Cue.CHANGE in found
        and (asked or "mind" in words)
        and not {"has", "have", "been"} <= set(words)
    ):
        return Kind.CHANGE
    if (
        WH & set(words[:1])
        and asked
        and {"take", "make"} & set(words)
        and {"believe", "accept", "doubt"} & set(words)
    ):
        return Kind.CHANGE
    if against and WH & set(words[:2]) and asked and not {"say", "says"} & set(words):
        return Kind.CHANGE
    if against:
        return Kind.CONTRADICTION
    lacked = {"needed", "need", "needs", "required", "require", "lacking", "missing"} & set(words)
    if finite and lacked and Cue.SOURCE in found and "how" not in words[:1]:
        return Kind.MISSING
    if Cue.MISSING in found and (
        Cue.KNOWING in found
        or {
            "missing",
            "gaps",
            "gap",
            "lacking",
            "lacks",
            "lack",
            "unknown",
            "unanswered",
            "outstanding",
            "absent",
        }
        & set(words)
    ):
        return Kind.MISSING
    settling = asked and _SETTLING & set(words) and "how" not in words[:1]
    if finite and WH & set(words[:1]) and settling and not against:
        return Kind.MISSING
    if (
        "how" in words[:2]
        and finite
        and {"established", "founded", "settled", "grounded"} & set(words)
    ):
        return Kind.CERTAINTY
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
        and not WH & set(words[:1])
        and found <= {Cue.TRUE, Cue.KNOWING}
        and ({"whether", "if"} & set(words) or "it" in words[1:2])
    ):
        return Kind.EXISTENCE
    return None


_SETTLING = frozenset("settle resolve decide clarify determine answer".split())


def _ways(words: list[str]) -> bool:
    """Whether a mechanism is named, and not only "how" something is."""
    return words[:2] in (["how", "is"], ["how", "come"]) or any(
        Cue.WAY in cues(w) for w in words if w not in {"how", "why"}
    )
