"""A dry run: the vendor's real client, with a transport that keeps the request and sends nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from graph.errors import ProviderError
from llm_bridge.providers.budget import Budget
from llm_bridge.providers.calling import Caller
from llm_bridge.providers.outgoing import Outgoing
from llm_bridge.providers.spec import ProviderSpec
from llm_bridge.providers.vendors import chat_model

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

__all__ = ["Shown", "dry_run"]

_SECRET = ("authorization", "x-api-key", "api-key", "x-amz-security-token")


@dataclass(frozen=True, slots=True)
class Shown:
    """One HTTP request that would be sent; secrets are left out of the headers."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: Any

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "method": self.method,
            "url": self.url,
            "headers": dict(self.headers),
            "body": self.body,
        }

    def to_text(self) -> str:
        """The request for a terminal."""
        lines = [f"{self.method} {self.url}", *(f"{k}: {v}" for k, v in self.headers), ""]
        return "\n".join([*lines, json.dumps(self.body, ensure_ascii=False, indent=1)])


def dry_run(
    spec: ProviderSpec,
    outgoing: Outgoing,
    messages: Sequence[BaseMessage],
    *,
    tools: Sequence[Any] = (),
    must: str | None = None,
) -> Shown:
    """Return exactly what :meth:`Caller.call` would send first. No connection is opened.

    Raises:
        RefusedError: if a message may not leave.
        UsageError: if the provider's library is missing.
        ConfigError: if its address or region is.
    """
    kept: list[Shown] = []

    def keep(method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        shown = [(k, "(secret)" if k.lower() in _SECRET else v) for k, v in sorted(headers.items())]
        kept.append(Shown(method, url, tuple(shown), json.loads(body or b"null")))

    # a dry run needs no key: what is shown does not hold one
    spec = replace(spec, key=spec.key or SecretStr("none"), retries=0)
    model = chat_model(spec, capture=keep)
    caller = Caller(spec, budget=Budget(tokens=10_000_000), model=model)
    with suppress(ProviderError):
        caller.call(outgoing, messages, tools=tools, must=must)
    if not kept:
        raise ProviderError(f"{spec.name} would send nothing")
    return kept[0]
