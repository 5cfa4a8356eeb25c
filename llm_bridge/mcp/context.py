"""The server's resources (what can be read by address) and prompts (what to begin with)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from graph.errors import EtiographError
from llm_bridge.mcp.results import EntityResult, EvidenceResult, StatementResult

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

    from llm_bridge.mcp.server import GraphServer

__all__ = ["register_prompts", "register_resources"]

_JSON = "application/json"


def _text(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1, default=str)


def register_resources(server: MCPServer[Any], graph: GraphServer) -> None:
    """Add the schema, and entities, statements and certificates by address."""
    from mcp.server.mcpserver.exceptions import ResourceNotFoundError

    @server.resource(
        "graph://schema",
        name="schema",
        title="The graph's schema",
        description="Labels, relationship types and properties in use, and counts; read it before Cypher.",
        mime_type=_JSON,
    )
    def schema() -> str:
        return _text({"schema": graph.store.schema(), "counts": graph.store.stats()})

    @server.resource(
        "schema://query",
        name="query-schema",
        title="The typed query",
        description="JSON Schema of the typed causal query that questions are read into.",
        mime_type=_JSON,
    )
    def query_schema() -> str:
        from llm_bridge.query import json_schema

        return _text(json_schema())

    @server.resource(
        "schema://certificate",
        name="certificate-schema",
        title="The certificate",
        description="JSON Schema of an answer's certificate.",
        mime_type=_JSON,
    )
    def certificate_schema() -> str:
        from llm_bridge.certificates import json_schema

        return _text(json_schema())

    @server.resource(
        "entity://{id}",
        name="entity",
        title="An entity",
        description="An entity by its CURIE, with its strongest statements.",
        mime_type=_JSON,
    )
    def entity(id: str) -> str:
        try:
            found = graph.abilities.find(id)
        except EtiographError as error:
            raise ResourceNotFoundError(str(error)) from None
        said = [
            *graph.store.statements_between([found.id], None),
            *graph.store.statements_between(None, [found.id]),
        ]
        best = sorted(said, key=lambda s: (-s.belief, s.id))[:20]
        return _text(
            {
                **EntityResult.of(found).model_dump(exclude={"score"}),
                "statements": [StatementResult.of(graph.store, s).model_dump() for s in best],
                "total": len(said),
            }
        )

    @server.resource(
        "statement://{id}",
        name="statement",
        title="A statement",
        description="A statement by its id (st-...), with its evidence.",
        mime_type=_JSON,
    )
    def statement(id: str) -> str:
        found = graph.store.statement(id)
        if found is None:
            raise ResourceNotFoundError(f"the graph has no statement {id}")
        evidence = [
            EvidenceResult.of(e, graph.store.publication(e.publication) if e.publication else None)
            for e in sorted(graph.store.evidences_of(id), key=lambda e: e.id)[:50]
        ]
        return _text(
            {
                **StatementResult.of(graph.store, found).model_dump(),
                "evidence": [e.model_dump() for e in evidence],
            }
        )

    @server.resource(
        "certificate://{hash}",
        name="certificate",
        title="A certificate",
        description="The certificate of an answer that the tool ask gave in this session.",
        mime_type=_JSON,
    )
    def certificate(hash: str) -> str:
        found = graph.certificate(hash)
        if found is None:
            raise ResourceNotFoundError(
                f"no certificate {hash} is kept; ask the question again with the tool ask"
            )
        return found.dumps()


def register_prompts(server: MCPServer[Any]) -> None:
    """Add the beginnings of common work."""

    @server.prompt(
        name="investigate_effect",
        title="Does one thing act on another?",
        description="Look into whether a cause acts on an effect: evidence for and against, mechanism, confounders.",
    )
    def investigate_effect(cause: str, effect: str) -> str:
        return (
            f"Find out with the etiograph tools whether {cause} acts on {effect}.\n"
            f'1. ask "Does {cause} cause {effect}?" and keep its sentences word for word.\n'
            f'2. ask "What contradicts that {cause} causes {effect}?"\n'
            f"3. triangulate and explain the pair; ask what confounds it.\n"
            "4. Report what is proved, by which kind of evidence, what speaks against it, and what would "
            "change the answer. Keep associations apart from effects. Name publications by the ids given; "
            "add no fact of your own. This is evidence, not medical advice."
        )

    @server.prompt(
        name="compare_treatments",
        title="Which treatment is better supported?",
        description="Compare what is known of several treatments of one condition.",
    )
    def compare_treatments(condition: str, treatments: str) -> str:
        return (
            f"Compare {treatments} for {condition} with the etiograph tools: ask "
            f'"Which of {treatments} treats {condition} more?", then for each the evidence for and against. '
            "Say that support is not the size of an effect. This is evidence, not medical advice."
        )

    @server.prompt(
        name="plan_study",
        title="What to measure next",
        description="Plan the study that would settle an effect.",
    )
    def plan_study(cause: str, effect: str) -> str:
        return (
            f"Plan a study of the effect of {cause} on {effect} with the etiograph tools: identify the pair, "
            f'ask "What confounds {cause} and {effect}?" and "What is missing to know whether {cause} causes '
            f'{effect}?", then next_evidence. Say what to measure, what to adjust for and what must not be.'
        )
