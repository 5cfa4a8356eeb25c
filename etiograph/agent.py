"""The agent's hands: what it may do with a knowledge graph, and making an agent for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from graph.errors import InputError, UsageError
from graph.model import Batch, Entity, Evidence, Predicate, Rung, Statement, Status
from graph.store import ReadResult, Store
from llm_bridge.agent.tools import Found, FoundLink

if TYPE_CHECKING:
    from etiograph.api import KnowledgeGraph
    from graph.causal import CausalGraph
    from llm_bridge.agent import Agent
    from llm_bridge.agent.plan import Plan
    from llm_bridge.assist import Assisted
    from llm_bridge.providers import ProviderSpec

__all__ = ["GraphAbilities", "ask_assisted", "make_agent", "provider_spec"]

_NEAR = 8
"""Entities around a pair that are taken into its causal graph."""
_SHOWN_ROWS = 20


class GraphAbilities:
    """A knowledge graph as the agent's tools see it (:class:`llm_bridge.agent.tools.Abilities`)."""

    def __init__(self, kg: KnowledgeGraph) -> None:
        self._kg = kg

    @property
    def store(self) -> Store:
        """The graph."""
        return self._kg.store

    def find(self, name: str) -> Entity:
        """The entity that a name or id means."""
        return self._kg.find(name)

    def search_entities(self, text: str, limit: int) -> Found:
        """Entities by name, best first."""
        found = self._kg.search(text, limit=limit)
        rows = [{"id": e.id, "name": e.name, "score": round(s, 4)} for e, s in found]
        shown = "\n".join(f"{r['name']} ({r['id']}, {r['score']:.2f})" for r in rows)
        return Found(
            shown or "nothing of that name",
            {"entities": rows},
            "found" if rows else "nothing",
            len(rows),
            tuple(e for e, _ in found),
        )

    def cypher(self, query: str, parameters: Mapping[str, Any], limit: int) -> Found:
        """Rows of a reading query."""
        return _rows(self._kg.cypher(query, dict(parameters), max_rows=limit))

    def named_query(self, name: str, parameters: Mapping[str, Any]) -> Found:
        """Rows of a query of the library."""
        return _rows(self._kg.query(name, **parameters))

    def triangulate(self, cause: str, effect: str) -> Found:
        """What each rung of evidence says."""
        from etiograph.mechanisms import triangulation_text

        x, y = self.find(cause), self.find(effect)
        found = self._kg.triangulate(cause, effect)
        links = tuple(
            FoundLink(
                x.id,
                y.id,
                row.sign,
                row.rung.value,
                len(row.raises) + len(row.lowers) + len(row.unsigned),
                len(row.denies),
            )
            for row in found.rows
        )
        text = triangulation_text(found, x.name or x.id, y.name or y.id)
        outcome = "found" if links else "nothing"
        return Found(text, found.to_json(), outcome, len(links), (x, y), links)

    def explain(self, cause: str, effect: str, most: int = 5) -> Found:
        """The chains from a cause to an effect."""
        found = self._kg.explain(cause, effect, k=most)
        chains = found.chains.chains
        links = {
            (link.cause, link.effect): FoundLink(
                link.cause, link.effect, link.sign, belief=link.belief
            )
            for chain in chains
            for link in chain.links
        }
        ids = sorted({end for pair in links for end in pair})
        entities = tuple(e for e in map(self.store.entity, ids) if e is not None)
        outcome = "found" if chains else "nothing"
        return Found(
            found.to_text(), found.to_json(), outcome, len(chains), entities, tuple(links.values())
        )

    def identify(self, cause: str, effect: str) -> Found:
        """How the effect follows from what could be observed around the pair."""
        from etiograph.effects import identification_text
        from queries.causal import identify

        graph, x, y, names = self._around(cause, effect)
        found = identify(graph, [names[x.id]], [names[y.id]])
        text = identification_text(found)
        outcome = "found" if found.identified else "refused"
        return Found(text, found.to_json(), outcome, 1, (x, y))

    def next_evidence(self, cause: str, effect: str) -> Found:
        """What to measure or randomise next, where only the pair is measured now."""
        from queries.causal import next_evidence

        graph, x, y, names = self._around(cause, effect)
        hidden = [n for i, n in names.items() if i not in (x.id, y.id) and n in graph]
        found = next_evidence(graph, [names[x.id]], [names[y.id]], hidden=hidden)
        outcome = "found" if found.identified or found.plans else "refused"
        return Found(found.explanation, found.to_json(), outcome, len(found.plans), (x, y))

    def estimate(self, cause: str, effect: str) -> Found:
        """The checked answer to what the cause does to the effect, with numbers where data allow."""
        import llm_bridge.answer as bridge
        from llm_bridge.claims import ClaimKind
        from llm_bridge.query import Kind, Query, Term

        x, y = self.find(cause), self.find(effect)
        question = f"What happens to {y.id} if we give or raise {x.id}?"
        terms = [
            Term(text=i, raw=i, start=question.index(i), end=question.index(i) + len(i))
            for i in (x.id, y.id)
        ]
        query = Query(kind=Kind.EFFECT, subject=terms[0], object=terms[1])
        answer = bridge.answer_query(self.store, question, query)
        told = [s.text for s in answer.sentences if s.claim.kind is ClaimKind.EFFECT]
        if not told:
            why = answer.refused.message if answer.refused else "no dataset measures both"
            return Found(f"Not estimated: {why.rstrip('.')}.", {}, "refused", 0, (x, y))
        data = {"numbers": [n.model_dump(mode="json") for n in answer.numbers]}
        return Found("\n".join(told), data, "found", len(told), (x, y))

    def discover(self, dataset: int, algorithm: str) -> Found:
        """The structure of a registered dataset; nothing is written."""
        from discovery import learn
        from discovery.priors import priors_for
        from graph.dataset import Dataset, read_table

        records = self.store.datasets()
        if not 1 <= dataset <= len(records):
            raise UsageError(f"there is no dataset {dataset}", hint=f"There are {len(records)}.")
        record = records[dataset - 1]
        if not record.path:
            raise InputError(f"the rows of {record.name} were never on disk", where=record.name)
        table = Dataset(
            read_table(record.path), record.variables, name=record.name, path=record.path
        )
        known = priors_for(algorithm, self.store, table, None)
        found = learn(table, algorithm, known, seed=self._kg.settings.seed)
        text = "\n".join(f"{e.source} {e.kind} {e.target}" for e in found.edges)
        return Found(text or "no edges", found.to_json(), "found", len(found.edges))

    def propose(self, cause: str, effect: str, predicate: str, sign: int, who: str) -> Found:
        """Write a hypothesis: status ``proposed``, believed as if nobody had said it.

        Raises:
            UsageError: if the graph already says something of this kind.
        """
        x, y = self.find(cause), self.find(effect)
        relation = Predicate(predicate)
        fixed = relation.info.sign
        statement = Statement(x.id, relation, y.id, fixed or sign)
        if self.store.statement(statement.id) is not None:
            raise UsageError("the graph holds this statement already", where=statement.id)
        evidence = Evidence(
            statement=statement.id,
            rung=Rung.PREDICTED,
            source=f"suggestion by {who}",
            extractor="suggestion",
            # nobody measured how often suggestions hold, so that none adds to any belief
            score=0.0,
        )
        self.store.write(Batch(statements=(statement,), evidences=(evidence,)))
        written = self.store.statement(statement.id)
        if written is None or written.status is not Status.PROPOSED:
            raise UsageError("the statement was not written as a proposal", where=statement.id)
        from etiograph.proposals import sentence

        text = f"Proposed: {sentence(self.store, written)} ({written.id})"
        return Found(text, {"statement": written.id}, "proposed", 1, (x, y))

    def _around(
        self, cause: str, effect: str
    ) -> tuple[CausalGraph, Entity, Entity, dict[str, str]]:
        """The causal graph over the pair and what lies between or acts on both, by name."""
        from queries.mechanism import Network, between

        x, y = self.find(cause), self.find(effect)
        near: list[str] = []
        network = Network.of_store(self.store, min_belief=self._kg.settings.min_belief)
        if x.id in network and y.id in network:
            lying = between(network, x.id, y.id)
            ranked = [*lying.common_causes[: _NEAR // 2], *lying.mediators[: _NEAR // 2]]
            near = [node for node, _ in ranked if node not in (x.id, y.id)]
        names: dict[str, str] = {}
        for id_ in (x.id, y.id, *near):
            entity = self.store.entity(id_)
            name = entity.name if entity and entity.name else id_
            names.setdefault(id_, name if name not in names.values() else id_)
        graph = self._kg.causal_graph({name: id_ for id_, name in names.items()})
        return graph, x, y, names


def _rows(result: ReadResult) -> Found:
    lines = ["\t".join(result.columns)]
    lines += ["\t".join(str(r.get(c)) for c in result.columns) for r in result.rows[:_SHOWN_ROWS]]
    if len(result.rows) > _SHOWN_ROWS or result.truncated:
        lines.append(f"... {len(result.rows)} rows{' or more' if result.truncated else ''}")
    rows = [{k: _plain(v) for k, v in r.items()} for r in result.rows]
    outcome = "found" if rows else "nothing"
    return Found("\n".join(lines), {"rows": rows}, outcome, len(rows))


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def provider_spec(
    kg: KnowledgeGraph, provider: str | None = None, **options: Any
) -> ProviderSpec | None:
    """Return the language model to use: named here, else in the settings, else None.

    Args:
        provider: ``VENDOR:MODEL``; ``none`` overrules the settings.
        options: of :meth:`llm_bridge.providers.ProviderSpec.parse`.

    Raises:
        ConfigError: if it is not of that form.
    """
    from llm_bridge.providers import ProviderSpec

    settings = kg.settings
    name = provider or settings.provider
    if not name or name == "none":
        return None
    given: dict[str, Any] = {
        "base_url": settings.provider_url,
        "key": settings.provider_key,
        "timeout": settings.provider_timeout,
    }
    given |= {k: v for k, v in options.items() if v is not None}
    return ProviderSpec.parse(name, **given)


def ask_assisted(
    kg: KnowledgeGraph,
    question: str,
    provider: str | None = None,
    *,
    options: Mapping[str, Any] | None = None,
    **more: Any,
) -> Assisted:
    """Answer a question with a language model's help where the rules alone do not read it.

    Args:
        provider: ``VENDOR:MODEL``, else the one of the settings, else none.
        options: of :meth:`llm_bridge.providers.ProviderSpec.parse`.
        more: ``language``, ``reader`` and the rest of :func:`llm_bridge.assist.ask_assisted`.

    Raises:
        ConfigError: if the provider is not of the form ``VENDOR:MODEL`` or lacks a key.
        UsageError: if its library is not installed, or there is no such reader.
    """
    from llm_bridge.assist import ask_assisted as ask
    from llm_bridge.providers import Caller

    spec = provider_spec(kg, provider, **(options or {}))
    return ask(kg.store, question, caller=Caller(spec) if spec else None, **more)


def make_agent(
    kg: KnowledgeGraph,
    provider: str | None = None,
    *,
    approve: Callable[[Plan], bool] | None = None,
    options: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Agent:
    """Make an agent for a graph; see :class:`llm_bridge.agent.Agent` for ``settings``.

    Its audit log and checkpoints are in ``agent`` under the settings' ``home``, by store.

    Raises:
        ConfigError: if the provider is not of the form ``VENDOR:MODEL``.
    """
    from llm_bridge.agent import Agent

    folder = kg.settings.home / "agent" / kg.store.store_id
    return Agent(
        GraphAbilities(kg),
        folder,
        spec=provider_spec(kg, provider, **(options or {})),
        approve=approve,
        **settings,
    )
