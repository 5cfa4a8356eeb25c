"""The order of an agent's stages as a LangGraph graph with checkpoints in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from graph.extras import needs

__all__ = ["compile_graph"]

Work = Callable[[Any], dict[str, Any]]


def compile_graph(
    state: type[Any], work: Mapping[str, Work], file: Path
) -> tuple[Any, sqlite3.Connection]:
    """Return the compiled graph and the connection its checkpoints are in.

    Args:
        state: the typed dictionary of the state: plain data only.
        work: what each stage does, by name.
        file: the SQLite file, made when it is not there.

    Raises:
        UsageError: if LangGraph or its SQLite checkpoints are not installed.
    """
    with needs("the agent", "llm"):
        from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
        from langgraph.checkpoint.sqlite import SqliteSaver
        from langgraph.graph import END, START, StateGraph

    def after_approval(values: Mapping[str, Any]) -> str:
        return "act_step" if values["approved"] else END

    def after_act(values: Mapping[str, Any]) -> str:
        return "act_step" if values["at"] < len(values["plan"]["steps"]) else "explore_step"

    file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(file, check_same_thread=False, timeout=30)
    # plain data only: a checkpoint file must not be able to make any object
    saver = SqliteSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
    build: Any = StateGraph(state)
    for name, does in work.items():
        build.add_node(f"{name}_step", does)
    build.add_edge(START, "read_step")
    build.add_edge("read_step", "plan_step")
    build.add_edge("plan_step", "approve_step")
    build.add_conditional_edges("approve_step", after_approval, ["act_step", END])
    build.add_conditional_edges("act_step", after_act, ["act_step", "explore_step"])
    for one, following in (("explore", "answer"), ("answer", "verify"), ("verify", "reword")):
        build.add_edge(f"{one}_step", f"{following}_step")
    build.add_edge("reword_step", END)
    return build.compile(checkpointer=saver), connection
