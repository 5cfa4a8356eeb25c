"""What language models and tools may cost, checked before each call and settled after it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graph.errors import BudgetError, ConfigError

__all__ = ["Budget", "tokens_of"]


def tokens_of(text: str) -> int:
    """Return how many tokens a text has at most, as a rule of thumb: a third of its UTF-8 bytes."""
    return math.ceil(len(text.encode("utf-8", "replace")) / 3)


@dataclass(slots=True)
class Budget:
    """Limits, and what is spent of them.

    Args:
        calls: calls of a language model.
        tool_calls: calls of tools.
        tokens: tokens sent and received together.
        money: in the currency of ``price``; None for no limit.
        seconds: of wall-clock time since the first use.
        price: money per million tokens (sent, received).
    """

    calls: int = 20
    tool_calls: int = 20
    tokens: int = 50_000
    money: float | None = None
    seconds: float = 300.0
    price: tuple[float, float] | None = None
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    spent_calls: int = 0
    spent_tool_calls: int = 0
    spent_tokens: int = 0
    spent_money: float = 0.0
    spent_seconds: float = 0.0
    _since: float | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.money is not None and self.price is None:
            raise ConfigError(
                "a limit on money needs the price of tokens",
                hint="Give --price SENT,RECEIVED per million tokens.",
            )
        for name in ("calls", "tool_calls", "tokens", "seconds"):
            if not getattr(self, name) >= 0:
                raise ConfigError(f"the limit on {name} must not be negative")

    def tick(self) -> None:
        """Count the time since the last look.

        Raises:
            BudgetError: if it is used up.
        """
        now = self.clock()
        if self._since is not None:
            self.spent_seconds += max(0.0, now - self._since)
        self._since = now
        if self.spent_seconds > self.seconds:
            raise BudgetError(f"the {self.seconds:g} seconds allowed are used up")

    @property
    def left_seconds(self) -> float:
        """Time left."""
        return max(0.0, self.seconds - self.spent_seconds)

    def before_call(self, sent: int, most_received: int) -> None:
        """Make sure that a call of this size fits, and count it.

        Raises:
            BudgetError: if it does not; nothing must be sent then.
        """
        self.tick()
        if self.spent_calls + 1 > self.calls:
            raise BudgetError(f"the {self.calls} calls of a language model allowed are used up")
        if self.spent_tokens + sent + most_received > self.tokens:
            raise BudgetError(
                f"the next call could exceed the {self.tokens:,} tokens allowed "
                f"({self.spent_tokens:,} are used)"
            )
        if (
            self.money is not None
            and self._cost(sent, most_received) > self.money - self.spent_money
        ):
            raise BudgetError(f"the next call could cost more than the {self.money:g} allowed")
        self.spent_calls += 1

    def after_call(self, sent: int, received: int) -> None:
        """Count the tokens of a call."""
        self.spent_tokens += sent + received
        self.spent_money += self._cost(sent, received)
        self.tick()

    def before_tool(self) -> None:
        """Count a call of a tool.

        Raises:
            BudgetError: if no more are allowed.
        """
        self.tick()
        if self.spent_tool_calls + 1 > self.tool_calls:
            raise BudgetError(f"the {self.tool_calls} calls of tools allowed are used up")
        self.spent_tool_calls += 1

    def _cost(self, sent: int, received: int) -> float:
        if self.price is None:
            return 0.0
        return (sent * self.price[0] + received * self.price[1]) / 1e6

    def to_json(self) -> dict[str, Any]:
        """What is spent, as plain data."""
        return {
            "calls": self.spent_calls,
            "tool_calls": self.spent_tool_calls,
            "tokens": self.spent_tokens,
            "money": round(self.spent_money, 6),
            "seconds": round(self.spent_seconds, 3),
        }

    def restore(self, spent: dict[str, Any]) -> None:
        """Go on from what :meth:`to_json` wrote."""
        self.spent_calls = int(spent["calls"])
        self.spent_tool_calls = int(spent["tool_calls"])
        self.spent_tokens = int(spent["tokens"])
        self.spent_money = float(spent["money"])
        self.spent_seconds = float(spent["seconds"])
        self._since = None
