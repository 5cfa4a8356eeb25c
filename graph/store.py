"""The one interface both stores speak: what can be written, read, checked and moved.

Implementations are in :mod:`graph.stores`; ``graph.stores.open_store`` picks one.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple

from graph.closing import Closing
from graph.dataset import DatasetRecord
from graph.model import Batch, Entity, Evidence, Publication, Statement, Status

__all__ = ["CheckReport", "Decision", "ReadResult", "Store", "WriteCounts"]


class WriteCounts(NamedTuple):
    """How many of each were new (or, for ``removed``, taken away)."""

    entities: int = 0
    publications: int = 0
    statements: int = 0
    evidences: int = 0
    updated: int = 0
    """publications or entities whose properties changed"""
    removed: int = 0

    @property
    def total(self) -> int:
        """All changes together: 0 means the write changed nothing."""
        return sum(self)


@dataclass(frozen=True, slots=True)
class ReadResult:
    """Rows of a read-only query; ``truncated`` when the row cap cut them."""

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about a statement. Recorded, never overwritten."""

    statement: str
    action: str
    """``accept``, ``reject``, or ``undo``: the latest decision not yet undone counts no more"""
    who: str
    why: str = ""
    at: str = ""
    """ISO 8601, UTC"""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What ``check`` found: ``problems`` is empty when all is well."""

    checked: Mapping[str, int]
    problems: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


class Store(Closing):
    """A causal knowledge graph. Use as a context manager, or call :meth:`close`.

    All ids are etiograph's own (CURIEs and content hashes). Reads stream. Methods raise
    :class:`~graph.errors.StoreError` or :class:`~graph.errors.QueryError`.
    """

    backend: str
    """``embedded`` or ``neo4j``"""

    @property
    @abstractmethod
    def store_id(self) -> str:
        """A random id made with the store: ledgers use it to know which store they speak of."""

    # writing -----------------------------------------------------------------------------

    @abstractmethod
    def write(self, batch: Batch) -> WriteCounts:
        """Upsert a batch in one transaction, then belief and status of every touched statement.

        Idempotent. A statement's status and belief are derived from its evidences and decisions;
        what the batch says about them is not believed.

        Raises:
            InputError: if the batch names an entity, statement or publication found nowhere.
        """

    @abstractmethod
    def remove_publication_evidence(
        self, publications: Sequence[str], *, keep: Iterable[str] = (), extractor: str | None = None
    ) -> WriteCounts:
        """Remove the evidences reported in these publications (by this extractor), except those
        whose ids are in ``keep``; statements left without any evidence go too."""

    @abstractmethod
    def set_retracted(self, notices: Mapping[str, str]) -> WriteCounts:
        """Mark publications (id -> id of the notice) as retracted; unknown ones are remembered, so
        that they are retracted when they arrive. Beliefs follow."""

    @abstractmethod
    def decide(self, decision: Decision) -> Statement:
        """Accept (status ``curated``) or reject (``refuted``) a statement, or undo the
        latest decision; evidence keeps its rung, and every decision stays recorded.

        Raises:
            InputError: if there is no such statement, or nothing to undo.
        """

    @abstractmethod
    def register_dataset(self, record: DatasetRecord) -> None:
        """Remember a dataset and what its columns measure (never its rows)."""

    # reading -----------------------------------------------------------------------------

    @abstractmethod
    def read(
        self,
        cypher: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        max_rows: int | None = 10_000,
        timeout: float | None = 30.0,
    ) -> ReadResult:
        """Run untrusted Cypher, read-only by the engine's own enforcement.

        Nodes and relationships come back as dictionaries with ``_labels`` or ``_type``.

        Raises:
            ReadOnlyError: if it would write, read a file or URL, or call a procedure not allowed.
            QueryTimeoutError: after ``timeout`` seconds.
            QueryError: for any other failure, with the engine's own words.
        """

    @abstractmethod
    def entity(self, id: str) -> Entity | None:
        """Return an entity by CURIE."""

    @abstractmethod
    def statement(self, id: str) -> Statement | None:
        """Return a statement by id, with status and belief."""

    @abstractmethod
    def evidence(self, id: str) -> Evidence | None:
        """Return one piece of evidence by id."""

    @abstractmethod
    def publication(self, id: str) -> Publication | None:
        """Return a publication by CURIE."""

    @abstractmethod
    def evidences_of(self, statement: str) -> list[Evidence]:
        """Return the evidences of a statement, by id."""

    @abstractmethod
    def statements_between(
        self,
        subjects: Iterable[str] | None = None,
        objects: Iterable[str] | None = None,
        *,
        min_belief: float = 0.0,
        statuses: Iterable[Status] | None = None,
    ) -> list[Statement]:
        """Return statements by subject and object ids (None = any), strongest belief first."""

    @abstractmethod
    def search_entities(self, text: str, *, limit: int = 10) -> list[tuple[Entity, float]]:
        """Full-text search over names and synonyms, best first, scores in (0, 1]: 1.0 is an exact
        name or synonym (case folded)."""

    @abstractmethod
    def datasets(self) -> list[DatasetRecord]:
        """Return every registered dataset."""

    @abstractmethod
    def entities(self) -> Iterator[Entity]:
        """Stream all entities by id."""

    @abstractmethod
    def publications(self) -> Iterator[Publication]:
        """Stream all publications by id."""

    @abstractmethod
    def statements(self) -> Iterator[Statement]:
        """Stream all statements by id."""

    @abstractmethod
    def evidences(self) -> Iterator[Evidence]:
        """Stream all evidences by id."""

    @abstractmethod
    def decisions(self, statement: str | None = None) -> list[Decision]:
        """Return recorded decisions, oldest first."""

    @abstractmethod
    def schema(self) -> dict[str, list[str]]:
        """Return ``labels``, ``relationship_types`` and ``properties`` in use, for completion."""

    @abstractmethod
    def stats(self) -> dict[str, Any]:
        """Return counts: entities by category, statements by predicate and status, evidences by
        rung, publications and retracted ones, datasets."""

    # moving and checking -----------------------------------------------------------------

    @abstractmethod
    def export(self, out: IO[str]) -> int:
        """Write everything as JSON Lines, sorted by kind and id; return the number of lines."""

    @abstractmethod
    def import_(self, lines: Iterable[str], *, name: str = "<import>") -> WriteCounts:
        """Read what :meth:`export` wrote; an export of the result is byte for byte the same.

        Raises:
            InputError: naming the file and line, with nothing of that line's batch written.
        """

    @abstractmethod
    def check(self) -> CheckReport:
        """Look for damage: the engine's own check, counts, dangling ends, ids that are not the
        hash of their content, projected relationships that disagree with their statement."""
