"""Reading back the sentences of the claims that version 2 added; see :mod:`llm_bridge.checker.reading`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from graph.model import Rung
from llm_bridge.checker.reading import (
    KINDS,
    MOVING,
    UNREADABLE,
    V,
    believed,
    match,
    numbers,
    papers_named,
    says,
)  # fmt: skip
from llm_bridge.claims import Claim, ClaimKind

__all__ = ["READERS_MORE"]

_BELIEF = r"(?P<belief>0\.\d\d|above 0\.99)"
_DOING = {"raising": 1, "lowering": -1}
_TURNING = {"raises": 1, "lowers": -1, "changes, in an unknown direction,": 0}
_TOGETHER = {
    "all push the same way": "same",
    "they push in opposite directions, and which one wins is not known": "opposite",
    "what they do together is not known": "unclear",
}
_MISSING = {
    "assertion in a text": Rung.ASSERTION,
    "reported association": Rung.ASSOCIATION,
    "experiment or trial": Rung.INTERVENTION,
    "genetic evidence": Rung.GENETIC,
    "entry of a curated database": Rung.CURATED,
}
_ROLE = (
    ("enough", r"adjusting for {Z} is enough for the effect of {X} on {Y}, and without it common causes stay open"),
    ("optional", r"adjusting for {Z} does no harm but is not needed for the effect of {X} on {Y}"),
    ("harmful", r"{Z} must not be adjusted for in the effect of {X} on {Y}: what {X} acts on is among it"),
    ("biasing", r"adjusting for {Z} opens a path and biases the effect of {X} on {Y}, which needs no adjustment"),
    ("insufficient", r"adjusting for {Z} is not enough for the effect of {X} on {Y}: other paths stay open"),
    ("loop", r"{X}, {Y} and {Z} are in a feedback loop, so that no adjustment set can be read off"),
)  # fmt: skip


def _and(parts: Sequence[str], word: str = "and") -> str:
    if len(parts) == 1:
        return parts[0]
    return ", ".join(parts[:-1]) + f" {word} " + parts[-1]


def _pieces(text: str, head: str, tail: str) -> str | None:
    """What stands between two fixed texts."""
    if not text.startswith(head) or not text.endswith(tail) or len(text) < len(head) + len(tail):
        return None
    return text[len(head) : len(text) - len(tail)]


def _take(rest: str, patterns: Sequence[str], joints: Sequence[str]) -> list[re.Match[str]] | None:
    """Match pieces one after the other, with the joints between them; all of the text is used up."""
    found = []
    for k, pattern in enumerate(patterns):
        if k:
            if not rest.startswith(joints[k - 1]):
                return None
            rest = rest[len(joints[k - 1]) :]
        piece = re.match(pattern, rest)
        if piece is None:
            return None
        found.append(piece)
        rest = rest[piece.end() :]
    return found if not rest else None


def _joints(n: int) -> list[str]:
    return [*([", "] * (n - 2)), " and "] if n > 1 else []


def _ranked(text: str, c: Claim) -> list[str]:
    kinds = "|".join(map(re.escape, sorted(KINDS, key=len, reverse=True)))
    head = re.match(
        rf"Of (?P<n>\d+) (?P<what>{kinds}) reported to (?P<moving>increase or cause|decrease, prevent or treat|affect) "
        rf"{re.escape(c.effect_name)}, the best supported: ",
        text,
    )
    body = head and _pieces(text[head.end() :], "", "; support is not the size of the effect.")
    if head is None or body is None:
        return UNREADABLE
    pieces = _take(
        body,
        [rf"{re.escape(n)} \(belief {_BELIEF}\)" for n in c.path_names],
        [", "] * (len(c.path_names) - 1),
    )
    if not pieces or len(c.beliefs) != len(pieces):
        return UNREADABLE
    wrong = [] if int(head["n"]) == c.n else ["the sentence counts differently"]
    if MOVING[head["moving"]] != c.wanted:
        wrong.append("the sentence speaks of another direction")
    asked = c.category if c.category in KINDS.values() else None
    if KINDS[head["what"]] is not asked:
        wrong.append("the sentence speaks of another category")
    same = all(believed(p["belief"], b) for p, b in zip(pieces, c.beliefs, strict=True))
    return wrong if same else [*wrong, "the sentence gives other beliefs"]


def _compared(text: str, c: Claim) -> list[str]:
    body = _pieces(
        text,
        f"How well it is supported that these act on {c.effect_name}: ",
        "; support is not the size of the effect.",
    )
    pieces = body and _take(
        body,
        [
            rf"{re.escape(n)} to (?P<moving>increase or cause|decrease, prevent or treat|affect) "
            rf"\((?:belief {_BELIEF}|(?P<none>nothing in this graph says so))\)"
            for n in c.path_names
        ],
        [", "] * (len(c.path_names) - 1),
    )
    if not pieces or not len(pieces) == len(c.signs) == len(c.beliefs):
        return UNREADABLE
    for piece, sign, b in zip(pieces, c.signs, c.beliefs, strict=True):
        told = believed(piece["belief"], b) if piece["belief"] else b == 0
        if MOVING[piece["moving"]] != sign or not told or (piece["belief"] and b <= 0):
            return ["the sentence gives another direction or belief than the claim"]
    return []


def _joint(text: str, c: Claim) -> list[str]:
    head = "By the reports on each alone, "
    end = next((e for e in _TOGETHER if text.endswith(f": {e}.")), None)
    body = _pieces(text, head, f": {end}.") if end else None
    pieces = body and _take(
        body,
        [
            rf"(?P<do>raising|lowering) {re.escape(n)} (?P<turn>raises|lowers|changes, in an unknown direction,) "
            + re.escape(c.effect_name)
            for n in c.path_names
        ],
        _joints(len(c.path_names)),
    )
    if not pieces or end is None or not len(pieces) == len(c.signs) == len(c.turns):
        return UNREADABLE
    wrong = [] if _TOGETHER[end] == c.role else ["the sentence puts the parts together differently"]
    for piece, sign, turn in zip(pieces, c.signs, c.turns, strict=True):
        if _DOING[piece["do"]] != sign or _TURNING[piece["turn"]] != turn:
            wrong.append("the sentence gives another direction than the claim")
    return wrong


def _adjustment(text: str, c: Claim) -> list[str]:
    body = _pieces(text, "By the graph of what is reported, with everything else unmeasured, ", ".")
    if body is None or not c.path_names:
        return UNREADABLE
    z = _and(c.path_names)
    for role, pattern in _ROLE:
        plain = pattern.replace("{Z}", "\0Z").replace("{X}", "\0X").replace("{Y}", "\0Y")
        told = plain.replace("\0Z", z).replace("\0X", c.cause_name).replace("\0Y", c.effect_name)
        if told == body:
            return [] if role == c.role else ["the sentence says another role than the claim"]
    return UNREADABLE


def _order(text: str, c: Claim) -> list[str]:
    found = match(
        r"(?P<n>\d+) sources? says? that {X} acts on {Y}, and (?P<m>\d+) sources? says? that {Y} acts on {X}; "
        r"a cause comes before its effect, but this graph records no times\.",
        text,
        c,
    )
    return numbers(found, c) if found else UNREADABLE


def _verb(found: re.Match[str], c: Claim) -> list[str]:
    if says(found["verb"], None, c.predicate, c.sign):
        return []
    return [f"{found['verb']!r} is not what the claim's predicate and sign say"]


def _certainty(text: str, c: Claim) -> list[str]:
    found = match(
        rf"The belief that {{X}} {V} {{Y}} is {_BELIEF}: (?P<n>\d+) sources? for it, (?P<m>\d+) against\.",
        text,
        c,
    )
    if found is None:
        return UNREADABLE
    return [*numbers(found, c), *_verb(found, c)]


def _influence(text: str, c: Claim) -> list[str]:
    paper = "one without a publication"
    if c.publication:
        paper = re.sub(r"^pubmed:", "PMID ", c.publication)
    found = match(
        rf"The source that matters most for the belief that {{X}} {V} {{Y}} is {re.escape(paper)}: without it the belief would be "
        rf"(?P<left>0\.\d\d|above 0\.99) instead of {_BELIEF}\.",
        text,
        c,
    )
    if found is None:
        return UNREADABLE
    wrong = [*numbers(found, c), *_verb(found, c)]
    if not believed(found["left"], c.without):
        wrong.append("the sentence gives another belief without the source")
    return wrong


def _gap(text: str, c: Claim) -> list[str]:
    body = _pieces(text, f"Missing on {c.cause_name} and {c.effect_name} in this graph: ", ".")
    if body is None:
        return UNREADABLE
    named = [_MISSING.get(w) for w in re.split(r", | or (?!trial)", body)]
    return [] if named == list(c.rungs) else ["the sentence names other kinds of evidence"]


def _setting(text: str, c: Claim) -> list[str]:
    words = _and([f'"{w}"' for w in c.quote.split("|")], "or")
    found = re.fullmatch(
        rf"(?P<n>\d+) of the (?P<m>\d+) counted sources names? {re.escape(words)} in their sentences(?:: (?P<papers>.+))?\.",
        text,
    )
    if found is None:
        return UNREADABLE
    wrong = (
        []
        if (int(found["n"]), int(found["m"])) == (c.n, c.against)
        else ["the sentence counts differently"]
    )
    if not papers_named(found["papers"], c.publications):
        wrong.append("the papers named are not those of the claim")
    return wrong


READERS_MORE: Mapping[ClaimKind, Callable[[str, Claim], list[str]]] = {
    ClaimKind.RANKED: _ranked,
    ClaimKind.COMPARED: _compared,
    ClaimKind.JOINT: _joint,
    ClaimKind.ADJUSTMENT: _adjustment,
    ClaimKind.ORDER: _order,
    ClaimKind.CERTAINTY: _certainty,
    ClaimKind.INFLUENCE: _influence,
    ClaimKind.GAP: _gap,
    ClaimKind.SETTING: _setting,
}
