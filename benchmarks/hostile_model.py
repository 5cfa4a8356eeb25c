"""A model server on loopback that says what a script tells it to, in four protocols.

OpenAI (``/v1/chat/completions``, Azure's too), Anthropic (``/v1/messages``) and Ollama (``/api/chat``),
with and without streaming, and Bedrock's Converse without. It stands in for a model that is broken, slow, refusing, or wants to do harm; the
clients that speak to it are the real ones.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["HostileModel", "Request", "Say", "serve"]


@dataclass(frozen=True)
class Say:
    """One reply.

    ``raw`` is sent instead of a well-formed body; ``status`` other than 200 is sent as an error;
    ``delay`` in seconds comes before the first byte; ``cut`` closes the connection in the middle.
    """

    text: str = ""
    calls: Sequence[tuple[str, Any]] = ()
    refusal: bool = False
    status: int = 200
    raw: bytes | None = None
    delay: float = 0.0
    cut: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    tokens: tuple[int, int] = (10, 10)


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    protocol: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The body as text."""
        return json.dumps(self.body, ensure_ascii=False)

    @property
    def tools(self) -> list[str]:
        """Names of the tools offered."""
        every = self.body.get("tools") or (self.body.get("toolConfig") or {}).get("tools") or []
        named = [t.get("function") or t.get("toolSpec") or t for t in every]
        return [t.get("name", "") for t in named]


Script = Callable[[Request], Say]


class HostileModel:
    """The server's script and what it was sent."""

    def __init__(self, script: Script | Sequence[Say]) -> None:
        if callable(script):
            self._script: Script = script
        else:
            left = list(script)
            self._script = lambda _: left.pop(0) if len(left) > 1 else left[0]
        self.requests: list[Request] = []
        self._lock = threading.Lock()
        self.port = 0

    def url(self, vendor: str) -> str:
        """The base URL to give to a provider."""
        return f"http://127.0.0.1:{self.port}{'/v1' if vendor == 'openai' else ''}"

    def reply(self, request: Request) -> Say:
        """Note the request and return what the script says."""
        with self._lock:
            self.requests.append(request)
            return self._script(request)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model: HostileModel

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on standard error."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        kinds = {"/chat/completions": "openai", "/messages": "anthropic", "/api/chat": "ollama",
                 "/converse": "bedrock"}  # fmt: skip
        path = self.path.partition("?")[0]
        protocol = next((v for k, v in kinds.items() if path.endswith(k)), "")
        request = Request(protocol, self.path, dict(self.headers), json.loads(body or b"{}"))
        say = self.model.reply(request)
        if say.delay:
            time.sleep(say.delay)
        stream = bool(request.body.get("stream"))
        kind = "application/json"
        if say.status != 200:
            content = (
                say.raw
                or json.dumps(
                    {"type": "error", "error": {"type": "error", "message": say.text or "no"}}
                ).encode()
            )
        elif say.raw is not None:
            content = say.raw
        elif protocol == "openai":
            content = _openai(say, stream)
        elif protocol == "anthropic":
            content = _anthropic(say, stream)
        elif protocol == "bedrock":
            content = _bedrock(say)
        else:
            content, kind = _ollama(say), "application/x-ndjson"
        if stream and protocol != "ollama" and say.status == 200:
            kind = "text/event-stream"
        try:
            self.send_response(say.status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            for name, value in say.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if say.cut else content)
        except OSError:
            pass  # the client gave up waiting, as it should
        if say.cut:
            self.close_connection = True


def _text(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


def _events(events: Sequence[tuple[str, Any]]) -> bytes:
    lines = [
        (f"event: {name}\n" if name else "")
        + f"data: {d if isinstance(d, str) else json.dumps(d)}\n\n"
        for name, d in events
    ]
    return "".join(lines).encode()


def _openai(say: Say, stream: bool) -> bytes:
    about = {"id": "c1", "created": 1, "model": "hostile"}
    calls: list[dict[str, Any]] = [
        {"id": f"call_{k}", "type": "function", "function": {"name": n, "arguments": _text(a)}}
        for k, (n, a) in enumerate(say.calls)
    ]
    sent, received = say.tokens
    usage = {"prompt_tokens": sent, "completion_tokens": received, "total_tokens": sent + received}
    end = "tool_calls" if calls else "stop"
    if not stream:
        message: dict[str, Any] = {"role": "assistant", "content": say.text or None}
        if calls:
            message["tool_calls"] = calls
        if say.refusal:
            message["refusal"] = say.text or "I cannot help with that."
        choice = {"index": 0, "message": message, "finish_reason": end}
        whole = {**about, "object": "chat.completion", "choices": [choice], "usage": usage}
        return json.dumps(whole).encode()
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": say.text[k : k + 7]} for k in range(0, len(say.text), 7)]
    for k, call in enumerate(calls):
        arguments = call["function"]["arguments"]
        first = {**call, "index": k, "function": {**call["function"], "arguments": ""}}
        deltas.append({"tool_calls": [first]})
        deltas += [
            {"tool_calls": [{"index": k, "function": {"arguments": arguments[i : i + 9]}}]}
            for i in range(0, len(arguments), 9)
        ]
    chunks = [
        {
            **about,
            "object": "chat.completion.chunk",
            "choices": [{"index": 0, "delta": d, "finish_reason": None}],
        }
        for d in deltas
    ]
    last = {"index": 0, "delta": {}, "finish_reason": end}
    chunks.append({**about, "object": "chat.completion.chunk", "choices": [last], "usage": usage})
    return _events([("", c) for c in chunks] + [("", "[DONE]")])


def _anthropic(say: Say, stream: bool) -> bytes:
    sent, received = say.tokens
    blocks: list[dict[str, Any]] = [{"type": "text", "text": say.text}] if say.text else []
    for k, (name, arguments) in enumerate(say.calls):
        given = arguments if isinstance(arguments, dict) else {"broken": arguments}
        blocks.append({"type": "tool_use", "id": f"toolu_{k}", "name": name, "input": given})
    end = "refusal" if say.refusal else "tool_use" if say.calls else "end_turn"
    message = {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": "hostile",
        "content": [] if stream else blocks,
        "stop_reason": None if stream else end,
        "stop_sequence": None,
        "usage": {"input_tokens": sent, "output_tokens": received},
    }
    if not stream:
        return json.dumps(message).encode()
    events: list[tuple[str, Any]] = [
        ("message_start", {"type": "message_start", "message": message})
    ]
    for k, block in enumerate(blocks):
        if block["type"] == "text":
            empty: dict[str, Any] = {"type": "text", "text": ""}
            delta = {"type": "text_delta", "text": block["text"]}
        else:
            empty = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        start = {"type": "content_block_start", "index": k, "content_block": empty}
        events.append(("content_block_start", start))
        piece = {"type": "content_block_delta", "index": k, "delta": delta}
        events.append(("content_block_delta", piece))
        events.append(("content_block_stop", {"type": "content_block_stop", "index": k}))
    ending = {"stop_reason": end, "stop_sequence": None}
    used = {"output_tokens": received}
    events.append(("message_delta", {"type": "message_delta", "delta": ending, "usage": used}))
    events.append(("message_stop", {"type": "message_stop"}))
    return _events(events)


def _bedrock(say: Say) -> bytes:
    sent, received = say.tokens
    content: list[dict[str, Any]] = [{"text": say.text}] if say.text else []
    for k, (name, arguments) in enumerate(say.calls):
        given = arguments if isinstance(arguments, dict) else {"broken": arguments}
        content.append({"toolUse": {"toolUseId": f"t{k}", "name": name, "input": given}})
    end = "refusal" if say.refusal else "tool_use" if say.calls else "end_turn"
    whole = {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": end,
        "usage": {"inputTokens": sent, "outputTokens": received, "totalTokens": sent + received},
        "metrics": {"latencyMs": 1},
    }
    return json.dumps(whole).encode()


def _ollama(say: Say) -> bytes:
    sent, received = say.tokens
    calls = [
        {"function": {"name": n, "arguments": a if isinstance(a, dict) else {"broken": a}}}
        for n, a in say.calls
    ]
    message: dict[str, Any] = {"role": "assistant", "content": say.text}
    if calls:
        message["tool_calls"] = calls
    last = {
        "model": "hostile",
        "created_at": "2024-01-01T00:00:00Z",
        "message": message,
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": sent,
        "eval_count": received,
    }
    return json.dumps(last).encode() + b"\n"


@contextmanager
def serve(script: Script | Sequence[Say]) -> Iterator[HostileModel]:
    """Run the server on a free port of loopback until the block ends.

    Args:
        script: a function of the request, or replies in order (the last one again and again).
    """
    model = HostileModel(script)
    handler = type("Handler", (_Handler,), {"model": model})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    model.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
