"""Checking one claim of any kind against the store."""

from __future__ import annotations

from llm_bridge.checker.kinds import CHECKS, USED, names_of
from llm_bridge.checker.kinds_more import CHECKS_MORE, USED_MORE
from llm_bridge.checker.ledger import Ledger
from llm_bridge.claims import Claim, ClaimKind

__all__ = ["FIELDS", "recount"]

_CHECKS = {**CHECKS, **CHECKS_MORE}
FIELDS = {**USED, **USED_MORE}
"""Fields a kind of claim may use; any other must keep its default."""


def recount(ledger: Ledger, claim: Claim) -> list[str]:
    """Return what the store or the data say otherwise; empty when the claim holds."""
    unused = [
        name
        for name, field in type(claim).model_fields.items()
        if name != "kind"
        and name not in FIELDS[claim.kind]
        and getattr(claim, name) != field.default
    ]
    wrong = [f"a claim of this kind has no {name}" for name in unused]
    if claim.kind is not ClaimKind.UNKNOWN:
        wrong += names_of(ledger, claim)
    return wrong or _CHECKS[claim.kind](ledger, claim)
