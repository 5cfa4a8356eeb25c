"""The tools and the evidence of a graph for your own LangChain agents, and a retriever with citations.

Tools read; the one that proposes is left out unless asked for. What they return is JSON in which text of
papers and of the graph stands as values, capped in length: an agent of yours that acts on such text is
as safe as its own rules are. :class:`llm_bridge.agent.Agent` does not let a model see it at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from graph.errors import EtiographError
from graph.extras import needs
from graph.model import Entity, Evidence, Statement
from graph.store import Store
from llm_bridge.agent.tools import TOOLS, Abilities, Found, Tool, invoke
from llm_bridge.facts import Facts

if TYPE_CHECKING:
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.tools import BaseTool

__all__ = ["Passage", "langchain_retriever", "langchain_tools", "passages"]

MOST_CHARACTERS = 8_000
"""Longest text that a tool returns."""
_MOST_STATEMENTS = 200


def langchain_tools(
    abilities: Abilities, *, writes: bool = False, who: str = "a LangChain agent"
) -> list[BaseTool]:
    """Return the tools as LangChain tools.

    Args:
        writes: whether the tool that writes proposals is among them.
        who: named as the source of proposals.

    Raises:
        UsageError: if LangChain is not installed.
    """
    with needs("LangChain tools", "llm"):
        from langchain_core.tools import StructuredTool

    made: list[BaseTool] = []
    for tool in TOOLS.values():
        if tool.writes and not writes:
            continue
        made.append(
            StructuredTool.from_function(
                func=_function(abilities, tool, who),
                name=tool.name,
                description=f"{tool.purpose[0].upper()}{tool.purpose[1:]}.",
                args_schema=tool.arguments,
                response_format="content_and_artifact",
                handle_tool_error=True,
            )
        )
    made.append(
        StructuredTool.from_function(
            func=lambda question: _ask(abilities.store, question),
            name="ask",
            description="Answer a causal question in English; every sentence is proved and cited.",
            response_format="content_and_artifact",
            handle_tool_error=True,
        )
    )
    return made


def _function(abilities: Abilities, tool: Tool, who: str) -> Any:
    def run(**arguments: Any) -> tuple[str, dict[str, Any]]:
        from langchain_core.tools import ToolException

        try:
            found = invoke(abilities, tool.name, arguments, who=who)
        except EtiographError as error:
            raise ToolException(json.dumps({"error": str(error)[:MOST_CHARACTERS]})) from None
        return _content(found), {"outcome": found.outcome, "data": dict(found.data)}

    return run


def _content(found: Found) -> str:
    cut = len(found.text) > MOST_CHARACTERS
    return json.dumps(
        {
            "outcome": found.outcome,
            "count": found.count,
            "data": found.text[:MOST_CHARACTERS],
            "cut": cut,
        },
        ensure_ascii=True,
    )


def _ask(store: Store, question: str) -> tuple[str, dict[str, Any]]:
    from llm_bridge.answer import ask

    answer = ask(store, question)
    content = {
        "short": answer.short,
        "sentences": [s.text[:1_000] for s in answer.sentences[:40]],
        "refused": answer.refused.message if answer.refused else None,
        "notes": list(answer.notes),
    }
    return json.dumps(content, ensure_ascii=True), answer.to_json()


class Passage:
    """A sentence of a paper with what it is evidence of, and how well it fits a query."""

    __slots__ = ("entities", "evidence", "score", "statement")

    def __init__(
        self,
        evidence: Evidence,
        statement: Statement,
        entities: tuple[Entity | None, Entity | None],
        score: float,
    ) -> None:
        self.evidence = evidence
        self.statement = statement
        self.entities = entities
        self.score = score


def passages(store: Store, query: str, *, most: int = 8, retracted: bool = False) -> list[Passage]:
    """Return the sentences of papers that speak to a query, best first.

    The query's entities are found by name; sentences about two of them come before sentences about one,
    then those that share more words with the query, then the more believed.

    Args:
        most: sentences to return.
        retracted: whether sentences of retracted papers are among them.

    Raises:
        StoreError: if the store cannot be read.
    """
    from llm_bridge.resolve import scan

    named = [e.id for e in scan(store, query)]
    if not named:
        return []
    facts = Facts(store)
    wanted = _words(query)
    best: dict[str, Passage] = {}
    for statement in _statements(store, named):
        ends = {statement.subject, statement.object} & set(named)
        for evidence in store.evidences_of(statement.id):
            if not evidence.text or (not retracted and facts.retracted(evidence)):
                continue
            shared = len(wanted & _words(evidence.text)) / max(1, len(wanted))
            score = len(ends) + 0.5 * shared + 0.3 * statement.belief - 0.1 * evidence.hedged
            entities = (facts.entity(statement.subject), facts.entity(statement.object))
            found = Passage(evidence, statement, entities, round(score, 6))
            key = f"{evidence.publication}\0{evidence.text}"
            if key not in best or found.score > best[key].score:
                best[key] = found
    ordered = sorted(best.values(), key=lambda p: (-p.score, p.evidence.id))
    return ordered[:most]


def _statements(store: Store, named: list[str]) -> Iterable[Statement]:
    found = {s.id: s for s in store.statements_between(named, named)}
    if not found:
        for statement in (
            *store.statements_between(named, None)[:_MOST_STATEMENTS],
            *store.statements_between(None, named)[:_MOST_STATEMENTS],
        ):
            found[statement.id] = statement
    return [found[i] for i in sorted(found)]


def _words(text: str) -> set[str]:
    return {w for w in re.findall(r"\w+", text.lower()) if len(w) > 2}


def langchain_retriever(store: Store, *, k: int = 8, retracted: bool = False) -> BaseRetriever:
    """Return a LangChain retriever over the evidence sentences; each document holds its citation.

    Metadata: ``citation``, ``publication``, ``title``, ``year``, ``evidence``, ``statement``, ``subject``,
    ``predicate``, ``object``, ``sign``, ``rung``, ``belief``, ``negated``, ``hedged``, ``retracted``,
    ``start``, ``end``, ``score``.

    Raises:
        UsageError: if LangChain is not installed.
    """
    with needs("a LangChain retriever", "llm"):
        from langchain_core.callbacks import CallbackManagerForRetrieverRun
        from langchain_core.documents import Document
        from langchain_core.retrievers import BaseRetriever

    class EvidenceRetriever(BaseRetriever):
        """Sentences of papers behind the statements of a causal knowledge graph."""

        def _get_relevant_documents(
            self, query: str, *, run_manager: CallbackManagerForRetrieverRun
        ) -> list[Document]:
            facts = Facts(store)
            return [
                Document(
                    page_content=p.evidence.text, metadata=_metadata(facts, p), id=p.evidence.id
                )
                for p in passages(store, query, most=k, retracted=retracted)
            ]

    return EvidenceRetriever()


def _metadata(facts: Facts, passage: Passage) -> dict[str, Any]:
    evidence, statement = passage.evidence, passage.statement
    paper = facts.publication(evidence.publication)
    source = evidence.publication
    subject, outcome = passage.entities
    return {
        "citation": f"PMID {source[7:]}"
        if source.startswith("pubmed:")
        else source or evidence.source,
        "publication": source,
        "title": paper.title if paper else "",
        "year": paper.year if paper else None,
        "evidence": evidence.id,
        "statement": statement.id,
        "subject": subject.name if subject else statement.subject,
        "predicate": statement.predicate.value,
        "object": outcome.name if outcome else statement.object,
        "sign": statement.sign,
        "rung": evidence.rung.value,
        "belief": statement.belief,
        "negated": evidence.negated,
        "hedged": evidence.hedged,
        "retracted": bool(paper and paper.retracted),
        "start": evidence.start,
        "end": evidence.end,
        "score": passage.score,
    }
