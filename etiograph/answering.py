"""Asking a knowledge graph, and keeping, signing and re-checking what it answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import InputError
from graph.model import content_hash

if TYPE_CHECKING:
    from etiograph.settings import Settings
    from graph.store import Store
    from llm_bridge.certificates import Certificate
    from llm_bridge.checker import CheckResult
    from llm_bridge.claims import Answer
    from llm_bridge.query import Query

__all__ = ["AnswerBook", "Answering", "read_certificate", "signing_key"]


def signing_key(settings: Settings) -> Path | None:
    """The key that certificates are signed with: the setting, else the one that ``etiograph keys
    make`` made, else none."""
    if settings.signing_key is not None:
        return settings.signing_key.expanduser()
    made = settings.home.expanduser() / "keys" / "signing.pem"
    return made if made.is_file() else None


class AnswerBook:
    """The answers given on one store, one file a question: asked again, the newer one stays."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, certificate: Certificate) -> Path:
        """Keep a certificate; the file appears only when it is complete."""
        asked = " ".join(certificate.answer.question.casefold().split())
        path = self.folder / f"{content_hash('answer', asked)}.json"
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(certificate.dumps(), encoding="utf-8")
        partial.replace(path)
        return path

    def files(self) -> list[Path]:
        """The certificates kept."""
        return sorted(self.folder.glob("answer-*.json")) if self.folder.is_dir() else []


class Answering:
    """The part of a knowledge graph that answers questions."""

    store: Store
    settings: Settings

    @property
    def answers(self) -> AnswerBook:
        """The answers kept for this store."""
        return AnswerBook(self.settings.home.expanduser() / "answers" / self.store.store_id)

    def ask(
        self,
        question: str,
        *,
        previous: Query | None = None,
        reading: Callable[[Answer], None] | None = None,
    ) -> Answer:
        """Answer a causal question in plain language; every sentence carries a checked claim.

        Args:
            previous: the query of the question before, which "and in mice?" leans on.
            reading: told how the question was understood, before it is answered.
        """
        import llm_bridge

        return llm_bridge.ask(self.store, question, previous=previous, reading=reading)

    async def aask(self, question: str, *, previous: Query | None = None) -> Answer:
        """Answer a question without holding up the event loop; see :meth:`ask`."""
        import asyncio

        return await asyncio.to_thread(self.ask, question, previous=previous)

    def certify(self, answer: Answer) -> Certificate:
        """Return an answer's certificate, signed when there is a key.

        Raises:
            InputError: if the key that the settings name cannot be read.
        """
        certificate = answer.certificate()
        key = signing_key(self.settings)
        if key is None:
            return certificate
        from llm_bridge.signing import sign

        return sign(certificate, key)

    def verify(self, certificate: Answer | Certificate) -> CheckResult:
        """Recompute every claim of an answer or certificate, by the independent checker."""
        from llm_bridge.checker import check

        return check(certificate, self.store)


def read_certificate(path: Path) -> Certificate:
    """Read a certificate's file.

    Raises:
        InputError: if it cannot be read or is none.
    """
    from llm_bridge.certificates import Certificate

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the certificate cannot be read: {error}", where=str(path)) from error
    return Certificate.loads(text, name=str(path))
