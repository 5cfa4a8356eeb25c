"""Reading a sentence of any kind of claim back."""

from __future__ import annotations

from llm_bridge.checker.reading import READERS
from llm_bridge.checker.reading_more import READERS_MORE
from llm_bridge.claims import Claim

__all__ = ["misreadings"]

_READERS = {**READERS, **READERS_MORE}


def misreadings(text: str, claim: Claim) -> list[str]:
    """Return what a sentence says that its claim does not; empty when it says exactly the claim."""
    return _READERS[claim.kind](text, claim)
