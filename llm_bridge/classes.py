"""The class that is asked for, and what is left out of it: "which opioids lower Y", "besides X, what ...".

Classes that are a category of the graph are read by the frames ("which drugs"); every other is taken
off here, so that the frames need not know it, and kept in the query in its own words.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from graph.model import Category
from llm_bridge import lexicon as lex
from llm_bridge.cues import plain
from llm_bridge.patterns import Token
from llm_bridge.qualify import EXCEPTING, split

__all__ = ["asked_class", "excepted"]

_MOST_WORDS = 5
_AUXILIARIES = frozenset(
    "does do did can could will would may might should is are was were has have had most best that".split()
)
_NO_CLASS = frozenset((
    "effect effects impact influence influences bearing difference change changes role part say percentage proportion fraction share "
    "dose time order extent degree basis grounds harm good circumstances mechanism route happens about if else all size "
    "side becomes outcome consequences conditions proof data trial rct study finding result experiment measurement "
    "confounder covariate evidence one ones arguments gap"
).split())  # fmt: skip


_KINDS = frozenset(
    "biological new common environmental genetic clinical natural herbal oral topical standard single other molecular".split()
)


@cache
def _categories() -> dict[str, Category | None]:
    found: dict[str, Category | None] = {
        w: None for phrase in lex.ANY_WORDS.split("|") for w in [phrase] if " " not in w
    }
    for category, words in lex.CATEGORY_WORDS.items():
        found.update(dict.fromkeys((w for w in words.split("|") if " " not in w), category))
    return found


@cache
def _verbs() -> frozenset[str]:
    tables = [lex.relation_forms(f) for f in ("base", "s", "ed")] + [lex.rising_forms("s")]
    return frozenset(words[0] for table in tables for words in table)


def asked_class(question: str, tokens: list[Token]) -> tuple[list[Token], str, Category | None]:
    """Return the tokens without the class, its words, and its category if that is known.

    Args:
        question: what was asked.
        tokens: its words; a class stands between "which" and the verb.
    """
    none = tokens, "", None
    if not tokens or tokens[0].low not in {"what", "which"}:
        return none
    end = 1
    while end < len(tokens) and end <= _MOST_WORDS + 1:
        low = tokens[end].low
        if low in _AUXILIARIES or (end > 1 and low in _verbs() and low not in _categories()):
            break
        if low in {"or", "and"} and 1 < end <= _MOST_WORDS and tokens[end + 1 : end + 2]:
            end += 1
            continue
        if low in _KINDS and end == 1:
            end += 1
            continue
        if low in lex.STOP_WORDS or low in _NO_CLASS or (plain(low) and low not in _categories()):
            return none
        end += 1
    inside = [t.low for t in tokens[1:end]]
    if not 1 <= len(inside) <= _MOST_WORDS or end >= len(tokens) - 1:
        return none
    if " ".join(inside) in _categories():
        return none
    text = " ".join(question[tokens[1].start : tokens[end - 1].end].split())
    return [replace(tokens[0], low="what"), *tokens[end:]], text, _categories().get(inside[-1])


_EXCEPT = tuple(tuple(phrase.split()) for phrase in EXCEPTING)


def excepted(question: str, tokens: list[Token]) -> tuple[list[Token], str]:
    """Take "besides lithium" out of a question for a list; return the other tokens and its words."""
    low = [t.low for t in tokens]
    if {"what", "which"}.isdisjoint(low):
        return tokens, ""
    cuts = [
        k for k in range(1, len(tokens)) if "," in question[tokens[k - 1].end : tokens[k].start]
    ]
    for k in range(len(tokens)):
        n = next((len(e) for e in _EXCEPT if tuple(low[k : k + len(e)]) == e), 0)
        if not n:
            continue
        if k == 0:  # several may be left out: up to what is asked
            end = next((j for j in cuts if low[j] in {"what", "which"}), 0)
        elif k in cuts and (after := [j for j in cuts if j > k + n]):
            end = after[-1]
        elif k <= _MOST_WORDS and (
            verb := [j for j in range(k + n + 1, len(low)) if low[j] in _verbs()]
        ):
            end = verb[0]
        else:
            end = k + n + len(split(tokens[k + n :])[0])
        if end > k + n:
            return [*tokens[:k], *tokens[end:]], question[tokens[k].start : tokens[end - 1].end]
    return tokens, ""
