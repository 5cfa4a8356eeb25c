"""A question without its wrapping: politeness, asides, preambles and tags come off its tokens.

"I was wondering whether, in your opinion, X causes Y?" asks what "whether X causes Y" asks, "could
it be X that causes Y" what "does X cause Y" asks. Nothing that names an entity is taken.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from llm_bridge.patterns import Token, words_of
from llm_bridge.preambles import (
    OPENS,
    SPEAKER,
    among,
    bracketed,
    compared,
    for_whom,
    reported,
    tagged,
    topic,
)

__all__ = ["unwrap"]


_FIRST = words_of(
    "i we i'm i'd could can would will do does please kindly tell let thank thanks hello hi hey dear "
    "sorry excuse may might am just out my any forgive help hope trying question is perhaps as"
)
_WRAPPING = _FIRST | words_of(
    "me us you to know be was were am is are been like love want need wish have had has very much so "
    "wonder wondering wondered grateful glad happy curious interested keen in learning hearing knowing "
    "about appreciate it if ask asking say find see whether anyone anybody somebody someone your our own "
    "opinion view there doctor quick a an the that idea think believe reckon suppose of for bother but "
    "good morning evening everyone all really not sure trying understand learn hear explain give "
    "an answer answers one thing something get told possible explaining out little bit confused unsure obliged trouble bother set lay outline provide supply point send fetch fill dig up towards kind enough as gladly mind"
)
_ASKING = words_of(
    "wonder wondering wondered tell know ask asking grateful glad curious interested keen appreciate "
    "obliged trouble mind please kindly hello hi hey thanks thank love like opinion idea think believe reckon sorry "
    "excuse understand learn hear explain confused unsure say sure"
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
        "on average", "in the first place", "on balance", "true or false", "yes or no", "fact or myth", "myth or fact", "fact or fiction", "in short", "in brief", "in one word", "in a word",
        "in a nutshell", "put simply", "simply put", "in the short term", "in the short run", "from a pharmacological standpoint", "from a clinical standpoint", "all else being equal", "all other things being equal", "all things being equal",
        "other things being equal", "assuming everything else equal", "everything else being equal", "everything else equal", "all else equal",
        "ceteris paribus", "as a rule", "strictly speaking", "to be precise", "to be clear",
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
                "true", "true or false", "yes or no", "agree", "fact or myth", "myth or fact", "or is that a myth", "or is it a myth",
                "or am i wrong", "am i right", "really", "is not it", "does not it", "is that so", "or is that just a myth",
                "or what", "or no", "no", "at the same time", "if so", "long term", "in the long run", "in the long term", "overall", "in detail", "step by step", "is that so",
            )
        ),
        key=len,
        reverse=True,
    )
)  # fmt: skip
"""Said after the question, adding nothing."""
_WAYS = tuple(
    tuple(text.split())
    for text in (
        "by what mechanism", "through what mechanism", "via what mechanism", "by which mechanism", "through which pathway",
        "by what route", "through what pathway", "via what pathway", "what is the mechanism", "by what means",
    )
)  # fmt: skip
_REWRITTEN = tuple(
    sorted(
        (
            (tuple(old.split()), tuple(new.split()))
            for old, new in (
                ("along which", "by which"), ("at once", ""), ("i.e", "that is"), ("is not it so that", "is it true that"), ("is it so that", "is it true that"),
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
                ("what sort of", "which"), ("what kind of", "which"), ("what type of", "which"), ("what sorts of", "which"),
                ("what kinds of", "which"), ("what types of", "which"), ("point me to", "show me"), ("point me towards", "show me"), ("direct me to", "show me"),
                ("refer me to", "show me"), ("dig up", "show me"), ("dig out", "show me"), ("pull up", "show me"), ("nail down", "settle"), ("pin down", "settle"),
                ("put to rest", "settle"), ("get to the bottom of", "settle"), ("safe to say that", "true that"), ("when it comes to", "for"),
                ("in terms of", "for"), ("with regard to", "for"), ("with respect to", "for"), ("as regards", "for"), ("would you agree that", "is it true that"),
                ("do you agree that", "is it true that"), ("our lab", "we"), ("our group", "we"), ("our team", "we"), ("my lab", "we"), ("over and above", "beyond"),
                ("does it follow that", "is it true that"), ("does it hold that", "is it true that"), ("is it a fact that", "is it true that"),
                ("stack up", "compare"), ("measure up", "compare"), ("where can i read that", "what is the evidence that"),
                ("where can i find that", "what is the evidence that"), ("where is it written that", "what is the evidence that"),
                ("where is it shown that", "what is the evidence that"), ("had it not been for", "without"), ("if it were not for", "without"),
                ("if it had not been for", "without"), ("were it not for", "without"), ("follow or precede", "precede"), ("precede or follow", "precede"),
                ("come after or before", "precede"), ("come before or after", "precede"), ("beyond doubt", "certain"), ("true or false that", "true that"), ("let us say", "suppose"), ("let us suppose", "suppose"), ("let us assume", "suppose"), ("how much doubt is there that", "how certain is it that"), ("likelier", "more likely"), ("under what circumstances", "under what evidence"), ("under which circumstances", "under what evidence"), ("in what circumstances", "under what evidence"), ("under what conditions would you", "under what evidence would you"), ("settled science", "settled"), ("explain whether", "whether"), ("explain if", "whether"), ("beyond question", "certain"), ("beyond dispute", "certain"), ("beyond reasonable doubt", "certain"), ("beyond all doubt", "certain"), ("a done deal", "certain"),
                ("no longer believe", "doubt"), ("stop believing", "doubt"), ("cease to believe", "doubt"), ("any better", "better"), ("any worse", "worse"), ("no better", "better"), ("no worse", "worse"), ("any more effective", "more effective"), ("by what amount", "by how much"), ("by which amount", "by how much"), ("walk me through", "explain"), ("talk me through", "explain"), ("shed light on", "explain"), ("whether or not", "whether"), ("effect size", "effect"), ("number one", "top"), ("get rid of", "treat"), ("getting rid of", "treating"),
                ("do not we", "do we not"), ("do not you", "do you not"), ("before or after", "before"), ("at odds", "disagree"), ("opposite things", "conflicting"),
            )
        ),
        key=lambda pair: len(pair[0]),
        reverse=True,
    )
)  # fmt: skip
"""Wordings that mean what a plainer one does."""


@cache
def _rewriting() -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    found: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for old, new in _REWRITTEN:
        if old != new:
            found.setdefault(old[0], []).append((old, new))
    return found


def unwrap(question: str, tokens: list[Token]) -> list[Token]:
    """Return the tokens of what is asked, in plainer words where there are some."""
    tokens = bracketed(question, [t for t in tokens if any(c.isalnum() for c in t.low)])
    tokens = topic(question, _tail(_aside(for_whom(question, tokens))))
    tokens = among(question, tokens)
    tokens = reported(compared(question, tagged(question, tokens)))
    while (rest := _wrapper(question, tokens)) is not tokens:
        tokens = rest
    return _order(_cleft(_rewritten(tokens)))


def _aside(tokens: list[Token]) -> list[Token]:
    words = [t.low for t in tokens]
    for aside in _ASIDES:
        n = len(aside)
        for k in range(len(words) - n + 1):
            if tuple(words[k : k + n]) == aside:
                return _aside([*tokens[:k], *tokens[k + n :]])
    return tokens


def _tail(tokens: list[Token]) -> list[Token]:
    words = [t.low for t in tokens]
    if words[:1] in (["how"], ["why"]):
        for tail in _WAYS:
            if tuple(words[-len(tail) :]) == tail and len(words) > len(tail) + 4:
                return _tail(tokens[: -len(tail)])
    for tail in _TAILS:
        if len(words) > len(tail) + 2 and tuple(words[-len(tail) :]) == tail:
            return _tail(tokens[: -len(tail)])
    return tokens


def _wrapper(question: str, tokens: list[Token]) -> list[Token]:
    """Take "could you kindly tell me", "I was wondering whether" off the front."""
    if not tokens or tokens[0].low not in _FIRST | SPEAKER:
        return tokens
    for k in range(2, len(tokens) - 2):
        if tokens[k].low == "whether" and tokens[k - 1].low in _ASKING and tokens[0].low != "is":
            return tokens[k:]
    if tokens[0].low not in _FIRST:
        return tokens
    end = 0
    while end < len(tokens) and (tokens[end].low in _WRAPPING or _profession(tokens[end].low)):
        end += 1
    for k in range(min(end, len(tokens) - 2), 0, -1):
        inside = [t.low for t in tokens[:k]]
        if inside[0] in {"do", "does", "is"} and inside[1:2] not in (["you"], ["anyone"]):
            continue
        if _ASKING.isdisjoint(inside) or (inside == ["is"]):
            continue
        if inside[-1] in {"whether", "if"}:
            return tokens[k:] if tokens[k].low in OPENS else tokens[k - 1 :]
        if inside[-1] == "that" and inside[-2:-1] in (["think"], ["believe"], ["say"], ["reckon"]):
            return [replace(tokens[k - 1], low="whether"), *tokens[k:]]
        comma = any(c in question[tokens[k - 1].end : tokens[k].start] for c in ",:;!-")
        noun = tokens[k].low == "the" and tokens[k + 1].low in _ASKED_FOR
        if tokens[k].low in OPENS or comma or noun:
            return tokens[k:]
    return tokens


_ASKED_FOR = words_of(
    "evidence mechanism mechanisms effect effects pathway pathways confounders studies papers proof causes side risk treatment treatments data "
    "literature consequences steps size reasons best strongest main"
)


def _profession(word: str) -> bool:
    return word in _JOBS or word.endswith(("ologist", "ician", "iatrist", "acist", "therapist"))


_JOBS = words_of(
    "student nurse doctor researcher scientist gp midwife surgeon layperson parent patient reader medic trainee carer dentist "
    "statistician teacher writer journalist reviewer registrar resident intern postdoc undergraduate vet"
)


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
