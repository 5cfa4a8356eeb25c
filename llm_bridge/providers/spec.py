"""Which language model to use, how to reach it, and how long to wait for it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr

from graph.errors import ConfigError

__all__ = ["VENDORS", "ProviderSpec"]

VENDORS = ("anthropic", "azure", "bedrock", "ollama", "openai")
_LOOPBACK = ("localhost", "::1")


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """One setting, ``VENDOR:MODEL``, and what goes with it.

    Args:
        vendor: one of :data:`VENDORS`; ``openai`` speaks to any server of that protocol.
        model: the vendor's name of the model (for Azure: of the deployment).
        base_url: another server than the vendor's own.
        key: the secret; without one the vendor's own environment variable is used.
        timeout: seconds to wait for one reply.
        retries: how often to try again after 429, 5xx, a timeout or a broken connection.
        max_tokens: longest reply.
        price: money per million tokens (sent, received), where a limit on money is wanted.
        stream: take replies in pieces, so that a time limit also ends a slow one.
    """

    vendor: str
    model: str
    base_url: str | None = None
    key: SecretStr | None = field(default=None, repr=False)
    timeout: float = 60.0
    retries: int = 2
    max_tokens: int = 1024
    price: tuple[float, float] | None = None
    stream: bool = False

    def __post_init__(self) -> None:
        if self.vendor not in VENDORS:
            raise ConfigError(
                f"there is no provider {self.vendor!r}",
                hint=f"Providers are {', '.join(VENDORS)}; for instance ollama:llama3.1.",
            )
        if not self.model.strip():
            raise ConfigError("the provider names no model", hint="For instance openai:gpt-4o.")
        if self.base_url is not None:
            parts = urlsplit(self.base_url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ConfigError(f"the provider's address {self.base_url!r} is no http(s) URL")
        if not (math.isfinite(self.timeout) and self.timeout > 0):
            raise ConfigError(f"the timeout must be positive, not {self.timeout!r}")
        if not 0 <= self.retries <= 10:
            raise ConfigError(f"retries must be between 0 and 10, not {self.retries!r}")
        if not 1 <= self.max_tokens <= 100_000:
            raise ConfigError(f"max_tokens must be between 1 and 100000, not {self.max_tokens!r}")

    @classmethod
    def parse(
        cls,
        text: str,
        *,
        base_url: str | None = None,
        key: SecretStr | str | None = None,
        timeout: float = 60.0,
        retries: int = 2,
        max_tokens: int = 1024,
        price: tuple[float, float] | None = None,
        stream: bool = False,
    ) -> ProviderSpec:
        """Read ``VENDOR:MODEL``; the model may hold colons (``ollama:llama3.1:8b``).

        Raises:
            ConfigError: if it is not of that form, or an option is out of range.
        """
        vendor, colon, model = text.strip().partition(":")
        if not colon:
            raise ConfigError(
                f"a provider is VENDOR:MODEL, not {text!r}", hint="For instance ollama:llama3.1."
            )
        secret = SecretStr(key) if isinstance(key, str) else key
        return cls(
            vendor.lower(), model, base_url, secret, timeout, retries, max_tokens, price, stream
        )  # fmt: skip

    @property
    def name(self) -> str:
        """``VENDOR:MODEL``."""
        return f"{self.vendor}:{self.model}"

    @property
    def local(self) -> bool:
        """Whether everything stays on this machine."""
        if self.base_url is None:
            return self.vendor == "ollama"
        host = urlsplit(self.base_url).hostname or ""
        return host in _LOOPBACK or host.startswith("127.")
