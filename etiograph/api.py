"""The Python API: one object that mirrors the command line.

Every method opens nothing by itself: the store is opened once, by :func:`open`, and closed with the
object (``with etiograph.open() as kg: ...``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etiograph.answering import Answering
from etiograph.datasets import load_dataset
from etiograph.pipelines import make_pipeline
from etiograph.settings import Settings, load
from graph.closing import Closing
from graph.errors import InputError, UsageError
from graph.store import CheckReport, Decision, ReadResult, Store, WriteCounts

if TYPE_CHECKING:
    from discovery import Discovery, Knowledge
    from discovery.priors import Priors
    from discovery.series import SeriesDiscovery
    from etiograph.mechanisms import Mechanism
    from graph.causal import CausalGraph
    from graph.dataset import Variable
    from graph.model import Entity, Evidence, Statement
    from ingest.job import JobReport
    from ingest.jobs.changes import Changes
    from ingest.jobs.records import Run
    from ingest.jobs.retry import RetryReport
    from llm_bridge.agent import Agent
    from llm_bridge.assist import Assisted
    from queries.causal.worlds import Worlds
    from queries.triangulation import Triangulation

__all__ = ["KnowledgeGraph", "load_dataset", "open"]

Progress = Callable[[int, int | None, str], None]
"""Called with (done, total or None, message)."""


def open(
    path: str | Path | None = None,
    *,
    uri: str | None = None,
    user: str | None = None,
    password: str | None = None,
    database: str | None = None,
    create: bool = True,
    config: Path | None = None,
) -> KnowledgeGraph:
    """Open a knowledge graph.

    Args:
        path: folder of an embedded store, made when it is not there (unless ``create`` is False).
        uri: a Neo4j instead (``bolt://`` or ``neo4j://``), with ``user``, ``password``, ``database``.
        config: a TOML file with settings, instead of the ones looked for.

    What is not given comes from the settings (:mod:`etiograph.settings`); a ``path`` given here
    overrules a ``NEO4J_URI`` in the environment.

    Raises:
        StoreError: if the store cannot be opened.
        ConfigError: if a setting is wrong.
    """
    if path is not None and uri is not None:
        raise UsageError("give the path of an embedded store or the uri of a Neo4j, not both")
    settings = load(
        config,
        store=path,
        neo4j_uri=uri,
        neo4j_user=user,
        neo4j_password=password,
        neo4j_database=database,
    ).settings
    return KnowledgeGraph(
        open_configured(settings, embedded=path is not None, create=create), settings
    )


def open_configured(settings: Settings, *, embedded: bool = False, create: bool = True) -> Store:
    """Open the store that the settings name: Neo4j when there is a URI and no ``embedded``."""
    from graph.stores import open_store

    if settings.neo4j_uri and not embedded:
        password = settings.neo4j_password
        return open_store(
            uri=settings.neo4j_uri,
            user=settings.neo4j_user,
            password=password.get_secret_value() if password else None,
            database=settings.neo4j_database,
        )
    return open_store(settings.store_path, create=create)


class KnowledgeGraph(Answering, Closing):
    """A store with everything that can be done with it."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings

    def __repr__(self) -> str:
        return f"<KnowledgeGraph {self.store.backend} {self.store.store_id}>"

    def close(self) -> None:
        """Release the store; safe to call twice."""
        self.store.close()

    @property
    def ledger(self) -> Path:
        """The file that remembers which documents this store has read."""
        return self.settings.home / "jobs" / f"{self.store.store_id}.sqlite"

    # reading the world -------------------------------------------------------------------

    def ingest(
        self,
        *sources: str | Path,
        recognisers: Sequence[str] | None = None,
        linker: str | None = None,
        extractors: Sequence[str] | None = None,
        annotators: Sequence[str] | None = None,
        given: str = "",
        terms: Sequence[Path] = (),
        workers: int = 1,
        ray: str | None = None,
        progress: Progress | None = None,
        limit: int | None = None,
    ) -> JobReport:
        """Read literature files, folders or globs into the graph.

        Resumable and idempotent: what was read before is not read again. Bad records are set aside
        with their reason and counted in the report. The graph is the same whatever the number of
        workers.

        Args:
            recognisers: what finds names, in order of precedence; trained models by default, with
                the dictionary for what they do not cover.
            linker: what gives names an identifier: ``ngram`` (trained), ``names`` ...
            extractors: what reads relations: ``patterns``, ``learned-sure``, ``trials`` by default.
            annotators: what completes relations: negation, speculation, strength of the claim.
            given: ``entities`` to take the annotations of the files for the mentions.
            terms: packs of names of your own, over the bundled ones; default: the setting.
            workers: processes that extract; 1 is this one.
            ray: address of a Ray cluster that extracts instead.
            limit: stop after so many documents.

        Raises:
            InputError: if nothing can be read at all.
            UsageError: for an unknown component.
        """
        from ingest.job import run

        self.ledger.parent.mkdir(parents=True, exist_ok=True)
        return run(
            self.store,
            [Path(s) for s in sources],
            ledger=self.ledger,
            pipeline=make_pipeline(
                recognisers, linker, extractors, annotators, given, terms or self.settings.terms
            ),
            progress=progress,
            limit=limit,
            workers=workers,
            ray=ray,
        )

    def retry(
        self,
        *files: str | Path,
        recognisers: Sequence[str] | None = None,
        linker: str | None = None,
        extractors: Sequence[str] | None = None,
        annotators: Sequence[str] | None = None,
        given: str = "",
        workers: int = 1,
        ray: str | None = None,
        progress: Progress | None = None,
    ) -> RetryReport:
        """Read the records that were set aside again (of these files, or all); those that pass are
        set aside no more. Components as in :meth:`ingest`.

        Raises:
            InputError: if nothing was ingested yet.
        """
        from ingest.jobs.retry import retry

        return retry(
            self.store,
            ledger=self.ledger,
            pipeline=make_pipeline(
                recognisers, linker, extractors, annotators, given, self.settings.terms
            ),
            files=files,
            progress=progress,
            workers=workers,
            ray=ray,
        )

    def jobs(self) -> list[Run]:
        """Return the runs of :meth:`ingest` and :meth:`retry`, oldest first."""
        from ingest.ledger import Ledger

        if not self.ledger.exists():
            return []
        with Ledger(self.ledger, self.store.store_id, write=False) as ledger:
            return ledger.history()

    def diff(self, *, run: int | None = None, since: str | None = None) -> Changes:
        """Return the statements that a run changed, or every run since a date; by default the last
        run that changed any.

        Raises:
            InputError: if nothing was ingested yet, or there is no such run.
            UsageError: if ``since`` is no date, or both are given.
        """
        from ingest.jobs.changes import changes
        from ingest.ledger import Ledger

        with Ledger(self.ledger, self.store.store_id, write=False) as ledger:
            return changes(ledger, self.store, run=run, since=since)

    def discover(
        self,
        data: object,
        algorithm: str = "pc",
        *,
        bind: str | Path | Sequence[Variable] | None = None,
        read: Mapping[str, Any] | None = None,
        priors: Priors | None = None,
        prior_strength: float | None = None,
        knowledge: Knowledge | None = None,
        propose: bool = True,
        bootstraps: int = 0,
        progress: Progress | None = None,
        **options: Any,
    ) -> Discovery:
        """Learn a causal graph from data, under priors from the literature graph.

        Edges between bound columns are written as ``proposed`` statements of rung ``discovered``, and
        the ledger of conflicts as evidence against the statements it names, unless ``propose`` is
        False; the dataset is registered either way, so that questions can be answered from it.

        Args:
            data, bind, read: see :func:`load_dataset`; ``read`` holds its options.
            priors: ``graded``, ``hard`` or ``none`` (:mod:`discovery.priors`); by default graded where
                the algorithm can take them, else what it can, which is noted.
            prior_strength: factor on graded priors; the setting of that name when not given.
            knowledge: what else is known; it holds beside the priors.
            options: of :func:`discovery.learn` (missing, weights, workers ...), and the algorithm's
                settings.

        Raises:
            DataError: if the data cannot be used, naming the columns and rows.
            UsageError: if the algorithm or a setting is unknown, or it cannot take such priors.
        """
        from etiograph.discovering import over_rows

        return over_rows(
            self, load_dataset(data, bind, **(read or {})), algorithm, priors, prior_strength,
            knowledge, propose=propose, bootstraps=bootstraps, progress=progress, **options,
        )  # fmt: skip

    def discover_series(
        self,
        data: object,
        algorithm: str = "pcmci",
        *,
        time: str | None = None,
        bind: str | Path | Sequence[Variable] | None = None,
        read: Mapping[str, Any] | None = None,
        priors: Priors | None = None,
        knowledge: Knowledge | None = None,
        propose: bool = True,
        progress: Progress | None = None,
        **options: Any,
    ) -> SeriesDiscovery:
        """Learn which column acts on which after how many steps, under hard priors from the graph (or
        ``none``). Links between bound columns are written as proposals, as :meth:`discover` does.

        Args: as :meth:`discover`; ``time`` is the column of times (None: rows are in order), ``options``
        those of :func:`discovery.series.learn` and the algorithm's settings.
        """
        from etiograph.discovering import over_time

        dataset = load_dataset(data, bind, **(read or {}))
        return over_time(
            self, dataset, algorithm, priors, knowledge, propose=propose, time=time,
            progress=progress, **options,
        )  # fmt: skip

    # asking ------------------------------------------------------------------------------

    def what_if(
        self, cause: str, effect: str, *, depth: int = 3, hidden: Sequence[str] = (),
        number: int = 1000,
    ) -> tuple[Worlds, dict[str, str]]:  # fmt: skip
        """Return how the answer is distributed when statements are only as true as believed, and the
        names of the entities in it.

        Args:
            cause, effect, hidden: names or ids in the graph.
            depth: how many steps up from both to look.
            number: worlds to draw when there are too many to enumerate.

        Raises:
            InputError: if the graph does not know a name.
            UsageError: if cause and effect are the same.
        """
        from queries.causal.worlds import arcs_above, worlds

        x, y, *rest = (self.find(name) for name in (cause, effect, *hidden))
        arcs = arcs_above(self.store, x.id, y.id, depth=depth)
        found = worlds(
            arcs, x.id, y.id, hidden=[e.id for e in rest], number=number, seed=self.settings.seed
        )
        ids = {x.id, y.id, *(end for a in found.arcs for end in (a.cause, a.effect))}
        known = ((id_, self.store.entity(id_)) for id_ in sorted(ids))
        return found, {id_: e.name for id_, e in known if e is not None}

    def explain(
        self, cause: str, effect: str, *, k: int = 10, max_length: int = 4, min_belief: float = 0.05
    ) -> Mechanism:
        """Return through what ``cause`` may act on ``effect``: the most believed chains and whether
        their signs agree, feedback, what lies between, and what to block.

        Raises:
            InputError: if the graph does not know a name.
            UsageError: if cause and effect are the same, or take part in no causal statement.
        """
        from etiograph.mechanisms import mechanism_in

        x, y = self.find(cause), self.find(effect)
        return mechanism_in(
            self.store, x.id, y.id, k=k, max_length=max_length, min_belief=min_belief
        )

    def triangulate(self, cause: str, effect: str) -> Triangulation:
        """Return what each rung of evidence says about the effect of one entity on another.

        Raises:
            InputError: if the graph does not know a name.
        """
        from queries.triangulation import triangulate

        return triangulate(self.store, self.find(cause).id, self.find(effect).id)

    def find(self, name: str) -> Entity:
        """Return the entity of the graph that a name or id means.

        Raises:
            InputError: if there is none, naming what is near.
        """
        if (entity := self.store.entity(name)) is not None:
            return entity
        near = self.store.search_entities(name, limit=5)
        if near and near[0][1] == 1.0:
            return near[0][0]
        told = ", ".join(f"{e.name} ({e.id})" for e, _ in near)
        raise InputError(f"the graph knows no {name!r}", hint=f"Near it: {told}." if told else None)

    def agent(self, provider: str | None = None, **settings: Any) -> Agent:
        """Return an agent over this graph; see :func:`etiograph.agent.make_agent`."""
        from etiograph.agent import make_agent

        return make_agent(self, provider, **settings)

    def ask_assisted(self, question: str, provider: str | None = None, **options: Any) -> Assisted:
        """Answer with a language model's help; see :func:`etiograph.agent.ask_assisted`."""
        from etiograph.agent import ask_assisted

        return ask_assisted(self, question, provider, **options)

    def cypher(
        self, query: str, parameters: dict[str, Any] | None = None, *,
        max_rows: int | None = None, timeout: float | None = None,
    ) -> ReadResult:  # fmt: skip
        """Run a Cypher query, read-only by the engine's own enforcement."""
        return self.store.read(
            query,
            parameters,
            max_rows=max_rows or self.settings.query_max_rows,
            timeout=timeout or self.settings.query_timeout,
        )

    def query(self, name: str, **parameters: Any) -> ReadResult:
        """Run a named query of the library (``queries.cypher.library()`` lists them)."""
        from queries.cypher import run

        return run(
            self.store,
            name,
            max_rows=self.settings.query_max_rows,
            timeout=self.settings.query_timeout,
            **parameters,
        )

    def causal_graph(self, entities: dict[str, str]) -> CausalGraph:
        """Return what the graph believes between entities, as a causal graph over your own names.

        Args:
            entities: name -> CURIE.
        """
        from queries.causal import graph_from_store

        return graph_from_store(self.store, entities, min_belief=self.settings.min_belief)[0]

    # curating ----------------------------------------------------------------------------

    def proposals(self) -> list[tuple[Statement, list[Evidence]]]:
        """Return what algorithms proposed and nobody decided yet, strongest belief first."""
        from graph.model import Status

        found = self.store.statements_between(statuses=[Status.PROPOSED])
        return [(s, self.store.evidences_of(s.id)) for s in found]

    def accept(self, statement: str, *, who: str, why: str = "") -> Statement:
        """Record that a person accepts a statement. Its evidence keeps its rung."""
        return self._decide(statement, "accept", who, why)

    def reject(self, statement: str, *, who: str, why: str = "") -> Statement:
        """Record that a person rejects a statement."""
        return self._decide(statement, "reject", who, why)

    def undo(self, statement: str, *, who: str, why: str = "") -> Statement:
        """Take back the latest decision about a statement; both stay recorded."""
        return self._decide(statement, "undo", who, why)

    def _decide(self, statement: str, action: str, who: str, why: str) -> Statement:
        from datetime import UTC, datetime

        at = datetime.now(UTC).isoformat(timespec="seconds")
        return self.store.decide(Decision(statement, action, who, why, at))

    # the store ---------------------------------------------------------------------------

    def search(self, text: str, *, limit: int = 10) -> list[tuple[Entity, float]]:
        """Find entities by name or synonym, best first."""
        return self.store.search_entities(text, limit=limit)

    def stats(self) -> dict[str, Any]:
        """Return counts of everything."""
        return self.store.stats()

    def check(self) -> CheckReport:
        """Look for damage."""
        return self.store.check()

    def export(self, file: str | Path) -> int:
        """Write the whole graph as JSON Lines; return the number of lines.

        The file appears only when it is complete.
        """
        import gzip

        path = Path(file)
        partial = path.with_name(path.name + ".partial")
        opener = gzip.open if path.suffix == ".gz" else Path.open
        with opener(partial, "wt", encoding="utf-8", newline="\n") as out:
            lines = self.store.export(out)
        partial.replace(path)
        return lines

    def import_(self, file: str | Path) -> WriteCounts:
        """Read what :meth:`export` wrote.

        Raises:
            InputError: naming the file and line.
        """
        import gzip

        path = Path(file)
        opener = gzip.open if path.suffix == ".gz" else Path.open
        try:
            with opener(path, "rt", encoding="utf-8", newline="\n") as lines:
                return self.store.import_(lines, name=str(path))
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise InputError(f"the export cannot be read: {error}", where=str(path)) from error
