"""One call of a language model: cleared, within budget, tried again a bounded number of times, logged.

The clients parse whatever a server sends, so that a broken or hostile one can make them raise nearly
anything; all of it becomes a :class:`~graph.errors.ProviderError`, after which the caller goes on
without a model. LangChain's tracing is off during calls, whatever the environment says: it would send
prompts to a third party.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from graph.errors import ProviderError
from llm_bridge.providers.budget import Budget, tokens_of
from llm_bridge.providers.outgoing import Outgoing
from llm_bridge.providers.spec import ProviderSpec
from llm_bridge.providers.vendors import chat_model, failures

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage

__all__ = ["Caller", "Reply"]

_ODD = (ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError, AssertionError)
"""What clients raise on replies that are not what the protocol says."""
_LONGEST_WAIT = 20.0
_MOST_REPLY = 200_000
_STATUS = {
    400: "the server refused the request; does the model take tools?",
    401: "the key is not accepted",
    403: "the key does not allow this model",
    404: "there is no such model or address",
    408: "the server gave up waiting",
    429: "too many requests, or the quota is used up",
}
_REFUSALS = ("refusal", "content_filtered", "guardrail_intervened")
_PASSING = (408, 409, 429, 500, 502, 503, 504, 529)

Log = Callable[[str, Mapping[str, Any]], None]


class Tool(Protocol):
    """A tool schema as LangChain binds it: a pydantic class or a dictionary."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: text, tool calls, and the message itself. All of it is untrusted."""

    text: str
    calls: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    refused: bool = False
    message: AIMessage | None = field(default=None, repr=False, compare=False)

    def arguments(self, tool: str) -> Any:
        """Return the arguments of the one call of ``tool``, or the JSON object in the text, or None."""
        named = [a for n, a in self.calls if n == tool]
        if named:
            return dict(named[0])
        return json_in(self.text)


def json_in(text: str) -> Any:
    """Return the first JSON object that stands in a text, or None."""
    decoder = json.JSONDecoder()
    for at in [k for k, c in enumerate(text[:_MOST_REPLY]) if c == "{"][:50]:
        try:
            found, _ = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            continue
        return found
    return None


class Caller:
    """A language model under a budget.

    Args:
        spec: which.
        budget: shared by everything that is done for one question.
        log: told of every request and reply (for the audit log).
        model: instead of the one the spec names (a recorded one, for replays).
        sleep: for waits between tries.
        cancelled: asked before each try and between the pieces of a streamed reply.
    """

    def __init__(
        self,
        spec: ProviderSpec,
        *,
        budget: Budget | None = None,
        log: Log | None = None,
        model: BaseChatModel | None = None,
        sleep: Callable[[float], None] = time.sleep,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self.spec = spec
        self.budget = budget or Budget(price=spec.price)
        self.log: Log = log or (lambda kind, body: None)
        self.model = model if model is not None else chat_model(spec)
        self._sleep = sleep
        self._cancelled = cancelled or (lambda: False)

    def call(
        self,
        outgoing: Outgoing,
        messages: Sequence[BaseMessage],
        *,
        tools: Sequence[Any] = (),
        must: str | None = None,
    ) -> Reply:
        """Send messages, once they are cleared, and return the reply.

        Args:
            outgoing: the guard that made the messages.
            tools: schemas of the tools that the model may name.
            must: the tool it should name.

        Raises:
            RefusedError: if a message may not leave; nothing is sent.
            BudgetError: if the call does not fit the budget; nothing is sent.
            ProviderError: if no usable reply came.
        """
        outgoing.clear(messages)
        runnable: Any = self.model
        if tools:
            options = {"tool_choice": must} if must and self._can_choose() else {}
            runnable = self.model.bind_tools(list(tools), **options)
        return self.send(lambda: self._invoke(runnable, messages), messages, tools)

    def send(
        self,
        invoke: Callable[[], AIMessage],
        messages: Sequence[BaseMessage],
        tools: Sequence[Any] = (),
    ) -> Reply:
        """Run ``invoke`` under the budget with retries; see :meth:`call`."""
        sent = tokens_of("".join(str(m.content) for m in messages)) + 150 * len(tools)
        known = failures(self.spec)
        caught: tuple[type[Exception], ...] = (*known.passing, *known.lasting, *_ODD)
        problem = "no reply"
        for attempt in range(self.spec.retries + 1):
            if self._cancelled():
                raise ProviderError("cancelled")
            self.budget.before_call(sent, self.spec.max_tokens)
            self.log("request", {"model": self.spec.name, "messages": _plain(messages)})
            try:
                message = invoke()
            except caught as error:
                self.budget.after_call(sent, 0)
                again = isinstance(error, known.passing) or _status(error) in _PASSING
                problem = self._problem(error)
                kind = f"{type(error).__name__}{_number(_status(error))}"
                self.log("failure", {"model": self.spec.name, "error": kind, "again": again})
                if not again:
                    break
                if attempt < self.spec.retries:
                    self._sleep(min(_wait(error, attempt), self.budget.left_seconds))
                continue
            return self._read(message, sent)
        raise ProviderError(
            f"{self.spec.name} gave no usable reply: {problem}",
            hint="The answer is made without it; see that the server runs and the key is right.",
        )

    def _problem(self, error: Exception) -> str:
        """Say for people what went wrong; nothing that the server wrote is repeated."""
        status = _status(error)
        if status is not None:
            return _STATUS.get(
                status, "the server failed" if status >= 500 else "it was refused"
            ) + (f" ({status})")
        name = type(error).__name__
        if "Timeout" in name:
            return f"nothing came within {self.spec.timeout:g} s"
        if "Connect" in name or isinstance(error, failures(self.spec).passing):
            where = f" at {self.spec.base_url}" if self.spec.base_url else ""
            return f"no connection{where}, or it broke off"
        return f"what came does not follow the protocol ({name})"

    def _can_choose(self) -> bool:
        """Whether the server takes the name of the tool that must be called."""
        if self.spec.vendor == "bedrock":  # its client refuses the name where the model does
            return "tool" in (getattr(self.model, "supports_tool_choice_values", None) or ())
        return self.spec.vendor != "ollama"

    def _invoke(self, runnable: Any, messages: Sequence[BaseMessage]) -> AIMessage:
        from langchain_core.messages import AIMessage, AIMessageChunk
        from langsmith import tracing_context

        with tracing_context(enabled=False):
            if not self.spec.stream:
                message = runnable.invoke(list(messages))
            else:
                message = None
                for piece in runnable.stream(list(messages)):
                    message = piece if message is None else message + piece
                    self.budget.tick()
                    if self._cancelled() or len(str(message.content)) > _MOST_REPLY:
                        break
        if isinstance(message, AIMessageChunk):
            message = AIMessage(
                content=message.content,
                tool_calls=message.tool_calls,
                additional_kwargs=message.additional_kwargs,
                response_metadata=message.response_metadata,
                usage_metadata=message.usage_metadata,
            )
        if not isinstance(message, AIMessage):
            raise ValueError("the reply is no message")
        return message

    def _read(self, message: AIMessage, sent: int) -> Reply:
        text = str(message.text)[:_MOST_REPLY]
        calls = tuple((str(c["name"]), c["args"]) for c in message.tool_calls[:20])
        received = tokens_of(text + json.dumps([a for _, a in calls], default=str))
        usage: Mapping[str, Any] = message.usage_metadata or {}
        # a server may say less than it used, never more than it should
        sent = max(sent, _whole(usage.get("input_tokens")))
        received = max(received, _whole(usage.get("output_tokens")))
        self.budget.after_call(sent, received)
        about = message.response_metadata
        reason = about.get("stop_reason") or about.get("stopReason")
        refused = reason in _REFUSALS or bool(message.additional_kwargs.get("refusal"))
        self.log(
            "reply",
            {
                "model": self.spec.name,
                "text": text,
                "calls": [[n, dict(a)] for n, a in calls],
                "refused": refused,
                "tokens": [sent, received],
            },
        )
        return Reply(text, calls, refused, message)


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and 0 < value < 10_000_000 else 0


def _plain(messages: Sequence[BaseMessage]) -> list[list[Any]]:
    return [[m.type, m.content] for m in messages]


def _status(error: BaseException) -> int | None:
    found = getattr(error, "status_code", None)
    response = getattr(error, "response", None)
    if found is None and isinstance(response, dict):  # as Bedrock's client tells it
        found = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return found if isinstance(found, int) and found > 0 else None


def _number(status: int | None) -> str:
    return f" {status}" if status else ""


def _wait(error: BaseException, attempt: int) -> float:
    """Seconds until the next try: what the server asks for, within reason, else growing."""
    headers = getattr(getattr(error, "response", None), "headers", {}) or {}
    try:
        asked = float(headers.get("retry-after", ""))
    except (TypeError, ValueError):
        asked = 0.5 * 2**attempt
    return min(max(asked, 0.0), _LONGEST_WAIT) if asked == asked else 1.0
