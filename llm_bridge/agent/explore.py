"""A model looking further with reading tools, by handles, inside a gate that lets nothing else through.

The loop is LangChain's ``create_agent``; the gate is its middleware. A call runs only if the plan allows
exploring, the tool reads, and its arguments are handles handed out before; what the model gets back are
handles, codes and counts. It never sees a word of a paper or a name from the graph, so that text in them
has no way to reach it, and the worst that it can do is to read more of the user's own graph within the
budget.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graph.errors import EtiographError, ProviderError
from graph.model import Category, Entity, Rung
from llm_bridge.agent.tools import TOOLS, Found
from llm_bridge.providers.calling import Caller
from llm_bridge.providers.outgoing import Candidate, Candidates, Link, Outgoing, Result
from llm_bridge.providers.prompts import PROMPTS
from llm_bridge.query import Query

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage
    from langchain_core.tools import BaseTool

__all__ = ["Explored", "Handles", "explore", "first_handles", "opening"]

_MOST_CALLS_AT_ONCE = 5
_HANDLE = r"^E[1-9]\d{0,3}$"


class HandlePair(BaseModel):
    """A cause and an effect, by the handles you were shown."""

    model_config = ConfigDict(extra="forbid")

    cause: str = Field(pattern=_HANDLE)
    effect: str = Field(pattern=_HANDLE)


class Handles:
    """Stands between ids and names of the graph and what a model sees of them."""

    def __init__(self, question: str) -> None:
        self._question = question
        self._by_id: dict[str, str] = {}
        self._entities: dict[str, Candidate] = {}
        self._ids: dict[str, str] = {}

    def give(self, entity_id: str, category: Category = Category.THING, words: str = "") -> str:
        """Return the handle of an entity; ``words`` only where the question holds them."""
        if entity_id not in self._by_id:
            handle = f"E{len(self._by_id) + 1}"
            self._by_id[entity_id] = handle
            self._ids[handle] = entity_id
            shown = words if words and words in self._question else ""
            self._entities[handle] = Candidate(handle=handle, category=category, words=shown[:200])
        return self._by_id[entity_id]

    def id(self, handle: str) -> str | None:
        """Return the id of a handle that was given out."""
        return self._ids.get(handle)

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """Every entity handed out, in order."""
        return tuple(self._entities.values())[:40]

    def result(self, tool: str, found: Found) -> Result:
        """Return what a model may see of what a tool found."""
        entities = [self._candidate(e) for e in found.entities[:40]]
        links = []
        for link in found.links[:40]:
            rung = Rung(link.rung) if link.rung in {r.value for r in Rung} else None
            links.append(
                Link(
                    cause=self.give(link.cause),
                    effect=self.give(link.effect),
                    sign=1 if link.sign > 0 else -1 if link.sign < 0 else 0,
                    rung=rung,
                    supports=max(0, link.supports),
                    against=max(0, link.against),
                    belief=round(min(max(link.belief, 0.0), 1.0), 2),
                )
            )
        return Result(
            tool=tool,
            ok=found.outcome != "failed",
            outcome=found.outcome,
            count=max(0, found.count),
            entities=tuple(entities),
            links=tuple(links),
        )

    def _candidate(self, entity: Entity) -> Candidate:
        handle = self.give(entity.id, entity.category)
        return self._entities[handle]


@dataclass
class Explored:
    """What came of it: calls that ran, calls that were not let through, and what the model said."""

    ran: list[tuple[str, dict[str, str], Found]] = field(default_factory=list)
    blocked: list[tuple[str, str]] = field(default_factory=list)
    said: str = ""
    stopped: str = ""


def first_handles(question: str, query: Query | None, find: Callable[[str], Entity]) -> Handles:
    """Return handles of what the question names and the graph knows."""
    handles = Handles(question)
    for name in sorted({t.raw for t in query.terms} if query is not None else ()):
        try:
            entity = find(name)
        except EtiographError:
            continue
        handles.give(entity.id, entity.category, name)
    return handles


Invoke = Callable[[str, dict[str, str]], Found]
"""Runs a reading tool with ids."""


def explore(
    caller: Caller,
    outgoing: Outgoing,
    handles: Handles,
    invoke: Invoke,
    *,
    most: int,
    on_block: Callable[[str, str], None] = lambda tool, why: None,
) -> Explored:
    """Let a model call reading tools by handles until it stops or the budget does.

    Args:
        most: calls of tools at most.
        on_block: told of each call that was not let through.
    """
    from langchain.agents import create_agent
    from langgraph.errors import GraphRecursionError
    from langsmith import tracing_context

    done = Explored()
    start, tools = opening(outgoing, handles)
    gate = _gate(caller, outgoing, handles, invoke, done, most, on_block)
    agent: Any = create_agent(
        caller.model, tools, system_prompt=PROMPTS["explore"], middleware=[gate]
    )
    try:
        with tracing_context(enabled=False):
            # the instruction is the agent's own system prompt
            state = agent.invoke({"messages": start[1:]}, {"recursion_limit": 4 * most + 12})
        last = state["messages"][-1]
        done.said = str(last.text) if last.type == "ai" else ""
    except EtiographError as error:
        done.stopped = error.message
    except GraphRecursionError:
        done.stopped = "it did not come to an end"
    return done


def opening(outgoing: Outgoing, handles: Handles) -> tuple[list[BaseMessage], list[BaseTool]]:
    """Return the first messages of a model that looks further, and the tools that it is offered."""
    from langchain_core.tools import StructuredTool

    tools: list[BaseTool] = [
        StructuredTool.from_function(
            func=_never, name=t.name, description=t.purpose, args_schema=HandlePair
        )
        for t in TOOLS.values()
        if t.by_pair
    ]
    shown = outgoing.human(Candidates(entities=handles.candidates))
    return [*outgoing.start("explore"), shown], tools


def _never(cause: str, effect: str) -> str:
    """Tools run in the gate only."""
    raise ProviderError("a tool was called past the gate")


def _gate(
    caller: Caller,
    outgoing: Outgoing,
    handles: Handles,
    invoke: Invoke,
    done: Explored,
    most: int,
    on_block: Callable[[str, str], None],
) -> Any:
    from langchain.agents.middleware import AgentMiddleware
    from langchain_core.messages import AIMessage, ToolMessage

    lock = threading.Lock()

    class Gate(AgentMiddleware[Any, Any, Any]):
        """Clears what goes out; lets through only reading calls by known handles."""

        def wrap_model_call(self, request: Any, handler: Any) -> Any:
            messages = [request.system_message, *request.messages]
            outgoing.clear(messages)
            kept: list[Any] = []

            def once() -> AIMessage:
                response = handler(request)
                kept[:] = [response]
                return _single(response.result)

            caller.send(once, messages, request.tools)
            return kept[0]

        def wrap_tool_call(self, request: Any, handler: Any) -> Any:
            call = request.tool_call
            with lock:
                result = self._run(str(call["name"]), call["args"])
            return ToolMessage(
                result.model_dump_json(), tool_call_id=str(call["id"]), name=result.tool
            )

        def _run(self, name: str, arguments: Any) -> Result:
            tool = TOOLS.get(name)
            why = ""
            ids: dict[str, str] = {}
            if tool is None or not tool.by_pair:
                why = "not a reading tool of the plan"
            elif len(done.ran) >= most:
                why = "more calls than the plan allows"
            else:
                try:
                    pair = HandlePair.model_validate(arguments)
                except ValidationError:
                    why = "arguments that are no handles"
                else:
                    found = {k: handles.id(v) for k, v in pair.model_dump().items()}
                    ids = {k: v for k, v in found.items() if v is not None}
                    if len(ids) < 2:
                        why = "handles that were never given out"
                    elif ids["cause"] == ids["effect"]:
                        why = "twice the same entity"
            if why:
                # the name may be anything the model wrote, so that it is not repeated to it
                done.blocked.append((name[:80], why))
                on_block(name[:80], why)
                return Result(tool="none", ok=False, outcome="not_allowed")
            caller.budget.before_tool()
            try:
                result = invoke(name, ids)
            except EtiographError as error:
                result = Found(str(error), outcome="failed")
            done.ran.append((name, ids, result))
            return handles.result(name, result)

    def _single(messages: Sequence[Any]) -> AIMessage:
        message = messages[0]
        if not isinstance(message, AIMessage):
            raise ValueError("the reply is no message")
        message.tool_calls = message.tool_calls[:_MOST_CALLS_AT_ONCE]
        return message

    return Gate()
