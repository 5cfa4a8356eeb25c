"""What a run of the agent would send to its language model, shown without sending it."""

from __future__ import annotations

from collections.abc import Sequence

from llm_bridge.agent.explore import first_handles, opening
from llm_bridge.agent.plan import HypothesesForm, PlanForm
from llm_bridge.agent.tools import Abilities
from llm_bridge.assist import form_request
from llm_bridge.assist import what_would_be_sent as to_read_and_reword
from llm_bridge.grammar import parse
from llm_bridge.providers import Outgoing, ProviderSpec, Shown, dry_run
from llm_bridge.query import Query

__all__ = ["what_would_be_sent"]


def what_would_be_sent(
    abilities: Abilities,
    question: str,
    spec: ProviderSpec,
    *,
    language: str = "en",
    reader: str | None = None,
    earlier: Sequence[str] = (),
    explore: int = 0,
    hypotheses: int = 0,
) -> list[Shown]:
    """Return every request of a run, in order, as far as it does not depend on replies.

    Args:
        earlier: the questions before, of the same conversation.
        explore, hypotheses: as of :class:`llm_bridge.agent.Agent`.

    Raises:
        RefusedError: if something must not leave.
        UsageError: if the provider's library is missing, or there is no such reader or language.
    """
    store = abilities.store
    shown = to_read_and_reword(store, question, spec, language=language, earlier=earlier)
    if language != "en" or any("TranslationForm" in s.to_text() for s in shown):
        return shown  # the plan is made from the translation
    outgoing = Outgoing(question, earlier)
    read_by_rules = not shown
    shown.append(form_request(spec, outgoing, "plan", PlanForm))
    if hypotheses:
        shown.append(form_request(spec, outgoing, "hypothesise", HypothesesForm))
    if not read_by_rules:
        return shown  # what follows depends on how the model reads it
    query = parse(question)
    handles = first_handles(question, query if isinstance(query, Query) else None, abilities.find)
    if explore and handles.candidates:
        alone = Outgoing(question)
        messages, tools = opening(alone, handles)
        shown.append(dry_run(spec, alone, messages, tools=tools))
    if reader is not None:
        shown += to_read_and_reword(store, question, spec, reader=reader)
    return shown
