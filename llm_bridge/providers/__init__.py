"""Language models behind one setting: ``ProviderSpec.parse("ollama:llama3.1")``.

Nothing is sent anywhere unless a provider is set; what is sent is checked by
:mod:`llm_bridge.providers.outgoing` and can be looked at with :func:`dry_run`.
"""

from __future__ import annotations

from llm_bridge.providers.budget import Budget
from llm_bridge.providers.calling import Caller, Reply
from llm_bridge.providers.dry import Shown, dry_run
from llm_bridge.providers.outgoing import Outgoing
from llm_bridge.providers.spec import VENDORS, ProviderSpec
from llm_bridge.providers.vendors import chat_model

__all__ = [
    "VENDORS",
    "Budget",
    "Caller",
    "Outgoing",
    "ProviderSpec",
    "Reply",
    "Shown",
    "chat_model",
    "dry_run",
]
