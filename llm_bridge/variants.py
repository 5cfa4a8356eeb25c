"""The ways in which the words of one question can stand: as they are, turned round, without "not"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from llm_bridge import lexicon as lex
from llm_bridge.patterns import Token
from llm_bridge.qualify import inner, split
from llm_bridge.query import Relation

__all__ = ["variants"]


def variants(question: str, tokens: list[Token]) -> Iterator[tuple[list[Token], str, bool]]:
    """Yield the words to read, the restriction taken off them, and whether a "not" was."""
    yield tokens, "", False
    if tokens[1:2] and tokens[1].low == "not" and tokens[0].low in _AUXILIARIES:
        yield [tokens[0], *tokens[2:]], "", True
    if len(tokens) > 3:
        inside, where = split(tokens)
        if where:
            yield inside, question[where[0].start : where[-1].end], False
    inside, place = inner(question, tokens)
    if place:
        yield inside, place, False
    if turned := _turned(question, tokens):
        yield turned, "", False
    if active := _active(tokens):
        yield active, "", False


def _turned(question: str, tokens: list[Token]) -> list[Token]:
    """ "If we give X, what will Y do?" with its condition at the end; empty if it has none ahead."""
    if tokens[:1] and tokens[0].low in _CONDITIONS:
        for k in range(2, len(tokens) - 2):
            if any(c in ",;:" for c in question[tokens[k - 1].end : tokens[k].start]):
                return [*tokens[k:], *tokens[:k]]
    return []


def _active(tokens: list[Token]) -> list[Token]:
    """ "By which drug is Y lowered most" as "which drug lowers Y most"; empty if it is no such."""
    words = [t.low for t in tokens]
    if words[:1] != ["by"] or words[1:2] not in (["what"], ["which"]):
        return []
    known = lex.relation_forms("ed")
    for k in range(2, min(len(words) - 2, 6)):
        if words[k] not in _PASSIVE:
            continue
        for m in range(k + 2, len(words)):
            relation = known.get((words[m],))
            if isinstance(relation, Relation) and "by" not in words[m:]:
                verb = replace(tokens[m], low=f"{relation.value}s")
                inside = [t for t in tokens[k + 1 : m] if t.low != "be"]
                return [*tokens[1:k], verb, *inside, *tokens[m + 1 :]]
    return []


_PASSIVE = frozenset(["is", "are", "was", "were", "can", "could", "may", "might", "will"])
_CONDITIONS = frozenset(
    "if when after upon once without under with following during on by through for against".split()
)
_AUXILIARIES = frozenset("is are was were does do did can could will would has have had".split())
