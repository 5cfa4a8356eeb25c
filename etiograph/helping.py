"""A language model that helps to ask: the same rules, budget and audit log for ``ask`` and ``chat``."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from etiograph.api import KnowledgeGraph
    from llm_bridge.agent.audit import Entry
    from llm_bridge.assist import Assisted, Reading
    from llm_bridge.providers import Shown
    from llm_bridge.providers.spec import ProviderSpec
    from llm_bridge.query import Query

__all__ = ["Helper"]


class Helper:
    """Reads what the rules refuse, translates and rewords; every request and reply is in the audit log.

    Each question has a budget of its own (:class:`llm_bridge.providers.Budget`). The log is the one that
    ``etiograph agent`` keeps for this store; ``etiograph agent --log RUN`` shows it.

    Args:
        kg: the graph.
        spec: the model.
        language: code of the language that is asked in.
        reader: whom answers are reworded for as well.
        dry_run: show what would be sent, and send nothing.

    Raises:
        UsageError: if there is no such reader or language.
    """

    def __init__(
        self,
        kg: KnowledgeGraph,
        spec: ProviderSpec,
        *,
        language: str = "en",
        reader: str | None = None,
        dry_run: bool = False,
    ) -> None:
        from llm_bridge.roles.rephrasing import known_reader
        from llm_bridge.roles.translating import known_language

        self._kg, self.spec, self.dry_run = kg, spec, dry_run
        self._language = known_language(language)
        self._reader = known_reader(reader) if reader is not None else None
        self._conversation = f"chat-{uuid.uuid4().hex[:8]}"
        self.run = ""
        """the audit log's name of the last question"""
        self.calls = self.tokens = 0
        """what all questions together have cost"""

    def ask(
        self,
        question: str,
        *,
        earlier: Sequence[str] = (),
        previous: Query | None = None,
        reading: Reading | None = None,
    ) -> Assisted:
        """Answer a question; see :func:`llm_bridge.assist.ask_assisted`."""
        from llm_bridge.agent.audit import AuditLog
        from llm_bridge.assist import ask_assisted
        from llm_bridge.providers import Budget, Caller

        self.run = uuid.uuid4().hex[:12]
        budget = Budget(price=self.spec.price)
        with AuditLog(self._path) as log:
            log.add(self.run, "heard", {"question": question, "conversation": self._conversation})

            def note(kind: str, body: Mapping[str, Any]) -> None:
                log.add(self.run, kind, body)

            caller = Caller(self.spec, budget=budget, log=note)
            try:
                found = ask_assisted(
                    self._kg.store, question, caller=caller, language=self._language,
                    reader=self._reader, earlier=tuple(earlier), previous=previous, reading=reading,
                )  # fmt: skip
            finally:
                self.calls += budget.spent_calls
                self.tokens += budget.spent_tokens
            told = {"read_by": found.read.by, "certificate": found.answer.certificate().hash}
            log.add(self.run, "answered", told)
        return found

    def would_send(self, question: str, earlier: Sequence[str] = ()) -> list[Shown]:
        """Return the requests that a question would cause, as far as replies do not decide them."""
        from llm_bridge.assist import what_would_be_sent

        return what_would_be_sent(
            self._kg.store, question, self.spec, language=self._language, reader=self._reader,
            earlier=tuple(earlier),
        )  # fmt: skip

    def audit(self) -> tuple[list[Entry], list[str]]:
        """Return the log's entries on the last question, and what is wrong with the log's chain."""
        from llm_bridge.agent.audit import AuditLog

        with AuditLog(self._path) as log:
            return (log.entries(self.run) if self.run else []), log.problems()

    @property
    def _path(self) -> Path:
        home = self._kg.settings.home.expanduser()
        return home / "agent" / self._kg.store.store_id / "audit.sqlite"
