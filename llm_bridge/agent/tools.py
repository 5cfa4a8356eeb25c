"""The tools: typed arguments, what each may do, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from graph.model import Entity, Predicate
from graph.store import Store

__all__ = [
    "TOOLS",
    "Abilities",
    "CypherArguments",
    "DiscoverArguments",
    "ExplainArguments",
    "Found",
    "FoundLink",
    "NamedQueryArguments",
    "PairArguments",
    "ProposeArguments",
    "SearchArguments",
    "Tool",
    "ToolName",
]

ToolName = Literal[
    "search_entities",
    "cypher",
    "named_query",
    "identify",
    "estimate",
    "triangulate",
    "explain",
    "next_evidence",
    "discover",
    "propose",
]
EntityId = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Scalar = str | int | float | bool | list[str]


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SearchArguments(_Arguments):
    """Find entities by name."""

    text: str = Field(min_length=1, max_length=200, description="A name, in the user's words.")
    limit: int = Field(5, ge=1, le=20)


class CypherArguments(_Arguments):
    """Read the graph in Cypher."""

    query: str = Field(min_length=1, max_length=4_000, description="A reading Cypher query.")
    parameters: dict[str, Scalar] = Field(default_factory=dict, max_length=20)
    limit: int = Field(50, ge=1, le=200)


class NamedQueryArguments(_Arguments):
    """Run a query of the library."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,60}$")]
    parameters: dict[str, Scalar] = Field(default_factory=dict, max_length=20)


class PairArguments(_Arguments):
    """A cause and an effect."""

    cause: EntityId = Field(description="The cause: an id or a name.")
    effect: EntityId = Field(description="The effect: an id or a name.")


class ExplainArguments(PairArguments):
    """A cause, an effect, and how many chains to show."""

    most: int = Field(5, ge=1, le=20)


class DiscoverArguments(_Arguments):
    """Learn the structure of a registered dataset."""

    dataset: int = Field(ge=1, le=1_000, description="Which registered dataset, counted from 1.")
    algorithm: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")] = "pc"


class ProposeArguments(PairArguments):
    """A hypothesis."""

    predicate: Predicate
    sign: Literal[-1, 0, 1] = 0


@dataclass(frozen=True, slots=True)
class FoundLink:
    """What the graph says between two entities, by id."""

    cause: str
    effect: str
    sign: int = 0
    rung: str = ""
    supports: int = 0
    against: int = 0
    belief: float = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """What a tool found.

    ``text`` is for the user and never goes to a model; neither does ``data``. ``outcome`` is a code:
    ``found``, ``nothing``, ``refused``, ``proposed``, ``failed``.
    """

    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
    outcome: str = "found"
    count: int = 0
    entities: tuple[Entity, ...] = ()
    links: tuple[FoundLink, ...] = ()


class Abilities(Protocol):
    """What a graph lets the agent do. Every function takes ids and returns what it found, or raises
    an :class:`~graph.errors.EtiographError`."""

    @property
    def store(self) -> Store:
        """The graph."""

    def find(self, name: str) -> Entity:
        """The entity that a name or id means; raises InputError when none or several do."""

    def search_entities(self, text: str, limit: int) -> Found: ...

    def cypher(self, query: str, parameters: Mapping[str, Any], limit: int) -> Found: ...

    def named_query(self, name: str, parameters: Mapping[str, Any]) -> Found: ...

    def identify(self, cause: str, effect: str) -> Found: ...

    def estimate(self, cause: str, effect: str) -> Found: ...

    def triangulate(self, cause: str, effect: str) -> Found: ...

    def explain(self, cause: str, effect: str, most: int) -> Found: ...

    def next_evidence(self, cause: str, effect: str) -> Found: ...

    def discover(self, dataset: int, algorithm: str) -> Found: ...

    def propose(self, cause: str, effect: str, predicate: str, sign: int, who: str) -> Found: ...


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool: its arguments, whether it writes, and what it does."""

    name: ToolName
    arguments: type[_Arguments]
    purpose: str
    writes: bool = False

    @property
    def by_pair(self) -> bool:
        """Whether it takes a cause and an effect and nothing free, so that a model may call it by
        handles after data were read."""
        return issubclass(self.arguments, PairArguments) and not self.writes


TOOLS: Mapping[str, Tool] = {
    t.name: t
    for t in (
        Tool("search_entities", SearchArguments, "find entities of the graph by name"),
        Tool("cypher", CypherArguments, "read the graph in Cypher, read-only by the engine"),
        Tool("named_query", NamedQueryArguments, "run a query of the library"),
        Tool("identify", PairArguments, "say how an effect follows from what is observed"),
        Tool("estimate", PairArguments, "estimate an effect from the registered datasets"),
        Tool("triangulate", PairArguments, "compare what each rung of evidence says"),
        Tool("explain", ExplainArguments, "show the chains from a cause to an effect"),
        Tool("next_evidence", PairArguments, "say what to measure or randomise next"),
        Tool("discover", DiscoverArguments, "learn the structure of a registered dataset"),
        Tool("propose", ProposeArguments, "write a hypothesis as 'proposed'", writes=True),
    )
}


def invoke(abilities: Abilities, tool: str, arguments: Mapping[str, Any], *, who: str) -> Found:
    """Run a tool with arguments that were validated before.

    Raises:
        EtiographError: what the tool raises.
    """
    given = TOOLS[tool].arguments.model_validate(arguments).model_dump()
    match tool:
        case "propose":
            given["predicate"] = str(given["predicate"].value)
            return abilities.propose(**given, who=who)
        case _:
            found: Found = getattr(abilities, tool)(**given)
            return found
