"""From a question to a typed query to a certified answer, with or without a language model.

``ask(store, question)`` answers, ``parse(question)`` only reads; :mod:`llm_bridge.checker` checks
what anybody claims to have answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.store import Store
    from llm_bridge.claims import Answer, Refusal
    from llm_bridge.query import Query

__all__ = ["ask", "parse"]


def ask(
    store: Store,
    question: str,
    *,
    previous: Query | None = None,
    reading: Callable[[Answer], None] | None = None,
) -> Answer:
    """Answer a question from the graph; see :func:`llm_bridge.answer.ask`."""
    from llm_bridge import answer

    return answer.ask(store, question, previous=previous, reading=reading)


def parse(question: str) -> Query | Refusal:
    """Read a question without answering it; see :func:`llm_bridge.grammar.parse`."""
    from llm_bridge import grammar

    return grammar.parse(question)
