"""Self-contained worlds in text: a stated causal graph, given probabilities or laws, and a question.

:func:`ask_world` reads, answers and explains; :func:`llm_bridge.worlds.check.check_world` checks the
certificate of an answer by another way. Nothing but the text counts: the stated graph overrules what is
known about the words in it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llm_bridge.worlds.answer import WorldAnswer as WorldAnswer
    from llm_bridge.worlds.answer import ask_world as ask_world
    from llm_bridge.worlds.check import check_world as check_world
    from llm_bridge.worlds.reading import looks_like_world as looks_like_world

_WHERE = {
    "WorldAnswer": "llm_bridge.worlds.answer",
    "ask_world": "llm_bridge.worlds.answer",
    "check_world": "llm_bridge.worlds.check",
    "looks_like_world": "llm_bridge.worlds.reading",
}
__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'llm_bridge.worlds' has no attribute {name!r}")
