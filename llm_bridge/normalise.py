"""A question without its wrapping: politeness, asides, preambles and tags come off its tokens.

"I was wondering whether, in your opinion, X causes Y?" asks what "whether X causes Y" asks, "could
it be X that causes Y" what "does X cause Y" asks. Nothing that names an entity is taken.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from llm_bridge.patterns import Token

__all__ = ["last_question", "strong_turn", "unwrap"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FIRST = _words(
    "i we i'm i'd could can would will do does please kindly tell let thank thanks hello hi hey dear "
    "sorry excuse may might am just out my any forgive help hope trying question is perhaps as"
)
_WRAPPING = _FIRST | _words(
    "me us you to know be was were am is are been like love want need wish have had has very much so "
    "wonder wondering wondered grateful glad happy curious interested keen in learning hearing knowing "
    "about appreciate it if ask asking say find see whether anyone anybody somebody someone your our own "
    "opinion view there doctor quick a an the that idea think believe reckon suppose of for bother but "
    "good morning evening everyone all really not sure trying understand learn hear explain give "
    "an answer answers one thing something get told possible explaining out little bit confused unsure"
)
_ASKING = _words(
    "wonder wondering wondered tell know ask asking grateful glad curious interested keen appreciate "
    "please kindly hello hi hey thanks thank love like opinion idea think believe reckon sorry "
    "excuse understand learn hear explain confused unsure say sure"
)
_OPENS = _words(
    "what which who whom whose why how when where does do did is are was were can could will would may "
    "might should must shall has have had ought whether if through via by with on in under to for at "
    "among between from within suppose given"
)
_ASIDES = tuple(
    tuple(text.split())
    for text in (
        "in your opinion", "in your view", "to your knowledge", "as far as you know", "as far as is known",
        "as far as we know", "do you think", "do you suppose", "would you say", "in fact",
        "for instance", "for example", "by any chance", "by the way", "if any", "if at all", "in practice",
        "according to the literature", "according to the evidence", "according to current evidence",
        "in the literature", "in your judgement", "in principle", "in theory", "in reality", "after all",
        "if you know", "generally speaking", "on the whole", "of course", "in general", "at all", "on earth",
        "on average", "in the first place",
    )
)  # fmt: skip
"""Said beside the question, wherever they stand."""
_TAILS = tuple(
    sorted(
        (
            tuple(text.split())
            for text in (
                "or not", "or the other way round", "or the other way around", "or is it the other way round",
                "or is it the other way around", "or vice versa", "or the reverse", "or is it the reverse",
                "or the opposite", "or afterwards", "or afterward", "or later", "or after", "or after it",
                "or is it the opposite", "or the converse", "or is it not", "mechanistically", "please",
                "thanks", "thank you", "many thanks", "anyway", "nowadays", "these days", "today",
                "or conversely", "or the other way about", "right", "correct", "is that true", "is that right",
                "or does it not", "at present", "in the end", "specifically", "molecularly", "exactly",
                "biologically", "or is it vice versa", "or the reverse order", "or rather the reverse",
                "overall", "in detail", "step by step", "is that so",
            )
        ),
        key=len,
        reverse=True,
    )
)  # fmt: skip
"""Said after the question, adding nothing."""
_REWRITTEN = tuple(
    sorted(
        (
            (tuple(old.split()), tuple(new.split()))
            for old, new in (
                ("is not it so that", "is it true that"), ("is it so that", "is it true that"),
                ("is it not so that", "is it true that"), ("is it not true that", "is it true that"),
                ("is not it true that", "is it true that"), ("is it the case that", "is it true that"),
                ("is not it the case that", "is it true that"), ("is it fair to say that", "is it true that"),
                ("is it right that", "is it true that"), ("is it correct that", "is it true that"),
                ("has it been established that", "is it known that"), ("is it accurate that", "is it true that"),
                ("whereby", "by which"), ("by means of which", "by which"),
                ("as to whether", "whether"), ("as to how", "how"), ("the fact that", "that"),
                ("the question whether", "whether"), ("the question of whether", "whether"),
                ("or if", "whether"), ("in order to", "to"), ("so as to", "to"), ("ought", "should"),
                ("should to", "should"), ("how come", "how come"), ("for what reason", "why"),
                ("what is it that", "what"), ("which is it that", "which"), ("what are the ways in which", "how does"),
                ("anybody", "anyone"), ("somebody", "someone"), ("for the purpose of", "for"), ("with a view to", "when"),
                ("owing to", "due to"), ("on account of", "due to"), ("as a consequence of", "due to"),
                ("as well as", "and"), ("together with", "together with"), ("alongside", "together with"),
                ("the better choice", "better"), ("the better option", "better"), ("a better choice", "better"),
                ("a better option", "better"), ("the better drug", "better"), ("the better treatment", "better"),
                ("the preferable", "better"), ("the superior", "better"), ("the best choice", "better"),
                ("the best one", "best"),
                ("the one that", "that"), ("is it likely that", "is it true that"),
                ("give up the", "abandon the"), ("give up your", "abandon your"), ("let go of the", "abandon the"), ("correct to say that", "true that"), ("fair to say that", "true that"), ("right to say that", "true that"), ("true to say that", "true that"), ("accurate to say that", "true that"),
                ("one of the things that", "something that"), ("one of the things", "something that"), ("among the things that", "something that"), ("lead us to", "make us"), ("lead you to", "make you"), ("lead one to", "make one"), ("reason to believe that", "evidence that"), ("reason to think that", "evidence that"), ("reason to suspect that", "evidence that"), ("in the body", ""), ("treatment of choice", "treatment"), ("therapy of choice", "therapy"), ("prior to or after", "before"), ("before or following", "before"), ("earlier or later than", "before"),
                ("by what amount", "by how much"), ("by which amount", "by how much"), ("walk me through", "explain"), ("talk me through", "explain"), ("shed light on", "explain"), ("whether or not", "whether"), ("effect size", "effect"), ("number one", "top"), ("get rid of", "treat"), ("getting rid of", "treating"),
                ("do not we", "do we not"), ("do not you", "do you not"), ("before or after", "before"), ("at odds", "disagree"), ("opposite things", "conflicting"),
            )
        ),
        key=lambda pair: len(pair[0]),
        reverse=True,
    )
)  # fmt: skip
"""Wordings that mean what a plainer one does."""
_PLACES = _words(
    "in among for within under with after if when during given following without had suppose but"
)
_AUXILIARIES = _words("does do did is are can could will would may might should must")
_SPEAKER = _words("my our i i'm i've we we're doctor hello hi hey dear he she his her the a this")
_TURNS = (":", ";", ".", " - ", " – ", " — ", ",", "?", "!")


@cache
def _rewriting() -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    found: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for old, new in _REWRITTEN:
        if old != new:
            found.setdefault(old[0], []).append((old, new))
    return found


def unwrap(question: str, tokens: list[Token]) -> list[Token]:
    """Return the tokens of what is asked, in plainer words where there are some."""
    tokens = _tail(_aside([t for t in tokens if any(c.isalnum() for c in t.low)]))
    while (rest := _wrapper(question, tokens)) is not tokens:
        tokens = rest
    return _order(_cleft(_rewritten(tokens)))


def _aside(tokens: list[Token]) -> list[Token]:
    words = [t.low for t in tokens]
    for aside in _ASIDES:
        n = len(aside)
        for k in range(1, len(words) - n + 1):
            if tuple(words[k : k + n]) == aside:
                return _aside([*tokens[:k], *tokens[k + n :]])
    return tokens


def _tail(tokens: list[Token]) -> list[Token]:
    words = [t.low for t in tokens]
    for tail in _TAILS:
        if len(words) > len(tail) + 2 and tuple(words[-len(tail) :]) == tail:
            return _tail(tokens[: -len(tail)])
    return tokens


def _wrapper(question: str, tokens: list[Token]) -> list[Token]:
    """Take "could you kindly tell me", "I was wondering whether" off the front."""
    if not tokens or tokens[0].low not in _FIRST | _SPEAKER:
        return tokens
    for k in range(2, len(tokens) - 2):
        if tokens[k].low == "whether" and tokens[k - 1].low in _ASKING and tokens[0].low != "is":
            return tokens[k:]
    if tokens[0].low not in _FIRST:
        return tokens
    end = 0
    while end < len(tokens) and tokens[end].low in _WRAPPING:
        end += 1
    for k in range(min(end, len(tokens) - 2), 0, -1):
        inside = [t.low for t in tokens[:k]]
        if inside[0] in {"do", "does", "is"} and inside[1:2] not in (["you"], ["anyone"]):
            continue
        if _ASKING.isdisjoint(inside) or (inside == ["is"]):
            continue
        if inside[-1] in {"whether", "if"}:
            return tokens[k:] if tokens[k].low in _OPENS else tokens[k - 1 :]
        if inside[-1] == "that" and inside[-2:-1] in (["think"], ["believe"], ["say"], ["reckon"]):
            return [replace(tokens[k - 1], low="whether"), *tokens[k:]]
        comma = any(c in question[tokens[k - 1].end : tokens[k].start] for c in ",:;!-")
        if tokens[k].low in _OPENS or comma:
            return tokens[k:]
    return tokens


def _rewritten(tokens: list[Token]) -> list[Token]:
    out: list[Token] = []
    k = 0
    while k < len(tokens):
        for old, new in _rewriting().get(tokens[k].low, ()):
            n = len(old)
            if tuple(t.low for t in tokens[k : k + n]) == old:
                start, end = tokens[k].start, tokens[k + n - 1].end
                out += [Token(word, start, end) for word in new]
                k += n
                break
        else:
            out.append(tokens[k])
            k += 1
    return out


def _cleft(tokens: list[Token]) -> list[Token]:
    """ "could it be X that causes Y" is "whether X causes Y", "is it X that ..." too."""
    words = [t.low for t in tokens]
    if words[1:3] == ["it", "be"] and words[0] in {"could", "can", "might", "may"}:
        for k in range(4, min(len(words) - 2, 10)):
            if words[k] in {"that", "which", "who"} and words[3] != "that":
                return [replace(tokens[0], low="whether"), *tokens[3:k], *tokens[k + 1 :]]
    return tokens


def _order(tokens: list[Token]) -> list[Token]:
    """ "what the effect of X on Y is", as an indirect question words it, the usual way round."""
    words = [t.low for t in tokens]
    if (
        len(words) > 4
        and words[0] in {"what", "which", "who"}
        and words[1] in {"the", "are", "is"}
        and words[1] == "the"
        and words[-1] in {"is", "are", "was", "were"}
    ):
        return [tokens[0], tokens[-1], *tokens[1:-1]]
    return tokens


def last_question(question: str, tokens: list[Token]) -> list[Token]:
    """Return the question after a preamble ("My son has asthma, what ..."); as it is without one."""
    own = [t.low for t in tokens[1:2]] in (["my"], ["our"])
    if not tokens or (tokens[0].low in _PLACES and not own):
        return tokens
    opens = _OPENS if own or tokens[0].low in _SPEAKER else _AUXILIARIES
    for k in range(len(tokens) - 3, 0, -1):
        between = question[tokens[k - 1].end : tokens[k].start]
        if tokens[k - 1].low in {"so", "and", "but"} and k > 2:
            between = question[tokens[k - 2].end : tokens[k - 1].start]
        if tokens[k].low in opens and any(turn in between for turn in _TURNS):
            return tokens[k:]
    return tokens


def strong_turn(question: str, tokens: list[Token]) -> list[Token]:
    """Return the question after a sentence or a dash of the speaker's own, which comes first then."""
    if not tokens or tokens[0].low not in _SPEAKER - {"the", "a", "this"}:
        return tokens
    for k in range(len(tokens) - 3, 0, -1):
        between = question[tokens[k - 1].end : tokens[k].start]
        if tokens[k].low in _OPENS and any(turn in between for turn in _TURNS if turn != ","):
            return tokens[k:]
    return tokens
