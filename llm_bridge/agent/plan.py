"""The plan: which tools, with which arguments, fixed before anything is read.

Made by rules from the typed query, or by a model from the question alone. Names in a model's plan must
stand in the question and are looked up here; a plan is shown, hashed, and run exactly as shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graph.errors import EtiographError
from graph.model import Predicate, content_hash
from llm_bridge.agent.tools import TOOLS, PairArguments, ProposeArguments, ToolName
from llm_bridge.providers.calling import Caller
from llm_bridge.providers.outgoing import Outgoing
from llm_bridge.query import Kind, Query
from llm_bridge.roles.forms import Filled, UnfitError, fill, spans

__all__ = ["MOST_STEPS", "Plan", "Step", "hypotheses_by_model", "plan_by_model", "plan_by_rules"]

MOST_STEPS = 12


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(_Model):
    """One call of a tool with checked arguments; entities by id, ``names`` for people."""

    tool: ToolName
    arguments: dict[str, Any] = Field(default_factory=dict)
    names: dict[str, str] = Field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Whether it changes the graph."""
        return TOOLS[self.tool].writes

    def to_text(self) -> str:
        """The step for a terminal."""
        shown = {**self.arguments, **self.names}
        inside = ", ".join(f"{k}: {v}" for k, v in shown.items() if v not in ({}, [], "", 0))
        return f"{self.tool} ({inside})" + ("  [writes: needs approval]" if self.writes else "")


class Plan(_Model):
    """Steps in order, who made them, and how many further reading calls a model may make."""

    steps: tuple[Step, ...] = Field(max_length=MOST_STEPS)
    made_by: str = "rules"
    proposals_by: str = ""
    explore: int = Field(0, ge=0, le=20)

    @property
    def hash(self) -> str:
        """Content hash: what is approved is this and nothing else."""
        return content_hash("plan", self.model_dump(mode="json"))

    @property
    def writes(self) -> bool:
        """Whether any step changes the graph."""
        return any(s.writes for s in self.steps)

    def to_text(self) -> str:
        """The plan for a terminal."""
        by = f", proposals by {self.proposals_by}" if self.proposals_by else ""
        lines = [f"Plan (by {self.made_by}{by}):"]
        lines += [f"  {k}. {s.to_text()}" for k, s in enumerate(self.steps, 1)]
        if self.explore:
            readers = ", ".join(sorted(t.name for t in TOOLS.values() if t.by_pair))
            lines.append(f"  then up to {self.explore} further reading calls of {readers}")
        lines.append("  then the answer from proved claims, after an attempt to refute it")
        return "\n".join(lines)


class StepForm(BaseModel):
    """One step. Give only the fields its tool needs."""

    model_config = ConfigDict(extra="forbid")

    tool: ToolName
    cause: str | None = Field(None, max_length=200, description="Copied from the question.")
    effect: str | None = Field(None, max_length=200, description="Copied from the question.")
    text: str | None = Field(None, max_length=200, description="For search_entities.")
    query: str | None = Field(None, max_length=4_000, description="For cypher: reading only.")
    name: str | None = Field(None, max_length=60, description="For named_query.")
    dataset: int | None = Field(None, description="For discover: counted from 1.")
    predicate: Predicate | None = Field(None, description="For propose.")
    sign: Literal[-1, 0, 1] | None = Field(None, description="For propose.")


class PlanForm(BaseModel):
    """The steps that answer the question."""

    model_config = ConfigDict(extra="forbid")

    steps: list[StepForm] = Field(min_length=1, max_length=MOST_STEPS)


class LinkForm(BaseModel):
    """A link that may hold and that the graph may not know."""

    model_config = ConfigDict(extra="forbid")

    cause: str = Field(max_length=200, description="Name of a gene, drug, disease or process.")
    effect: str = Field(max_length=200, description="Name of a gene, drug, disease or process.")
    predicate: Predicate
    sign: Literal[-1, 0, 1] = Field(0, description="1 raises, -1 lowers, 0 not known.")


class HypothesesForm(BaseModel):
    """Links that could explain what the question is about."""

    model_config = ConfigDict(extra="forbid")

    links: list[LinkForm] = Field(min_length=1, max_length=MOST_STEPS)


Find = Callable[[str], tuple[str, str]]
"""From a name to (id, name); raises an EtiographError."""


def plan_by_model(
    caller: Caller,
    question: str,
    find: Find,
    *,
    earlier: Sequence[str] = (),
    may_write: bool = False,
    explore: int = 0,
) -> Filled[Plan]:
    """Let a model plan from the question alone.

    Args:
        may_write: whether steps that write may stand in it; they still wait for approval.
        explore: further reading calls to allow.
    """
    outgoing = Outgoing(question, earlier)

    def make(form: PlanForm) -> Plan:
        steps = tuple(_step(f, outgoing.question, find, may_write) for f in form.steps)
        kept = tuple({s.model_dump_json(): s for s in steps}.values())
        return Plan(steps=kept, made_by=caller.spec.name, explore=explore)

    return fill(caller, outgoing, "plan", PlanForm, make)


def hypotheses_by_model(
    caller: Caller, question: str, find: Find, *, most: int, earlier: Sequence[str] = ()
) -> Filled[tuple[Step, ...]]:
    """Let a model propose links, as steps that write proposals once somebody approves them.

    One end of a link must stand in the question, so that what is proposed is about it; the other may come
    from the model, if the graph knows it. Links that do not hold to that are left out.

    Args:
        most: links taken at most.
    """
    outgoing = Outgoing(question, earlier)

    def make(form: HypothesesForm) -> tuple[Step, ...]:
        found = (_hypothesis(f, outgoing.question, find) for f in form.links)
        steps = {s.model_dump_json(): s for s in found if s is not None}
        if not steps:
            raise UnfitError("links", "not_in_question_or_graph")
        return tuple(steps.values())[:most]

    return fill(caller, outgoing, "hypothesise", HypothesesForm, make)


def _hypothesis(form: LinkForm, question: str, find: Find) -> Step | None:
    if not any(spans(words, question) for words in (form.cause, form.effect)):
        return None
    try:
        ends = {"cause": find(form.cause), "effect": find(form.effect)}
    except EtiographError:
        return None
    if ends["cause"][0] == ends["effect"][0]:
        return None
    arguments = {k: v[0] for k, v in ends.items()}
    given = ProposeArguments(**arguments, predicate=form.predicate, sign=form.sign)
    names = {k: v[1] for k, v in ends.items()}
    return Step(tool="propose", arguments=given.model_dump(mode="json"), names=names)


def _step(form: StepForm, question: str, find: Find, may_write: bool) -> Step:
    tool = TOOLS[form.tool]
    if tool.writes and not may_write:
        raise UnfitError("steps", "writing_was_not_asked_for")
    arguments: dict[str, Any] = {}
    names: dict[str, str] = {}
    wanted = tool.arguments.model_fields
    for field, value in form.model_dump(exclude={"tool"}, exclude_none=True).items():
        if field not in wanted:
            raise UnfitError("steps", f"{field}_is_not_for_{form.tool}")
        arguments[field] = value
    for field in ("cause", "effect", "text"):
        words = arguments.get(field)
        if words is None:
            continue
        if spans(words, question) is None:
            raise UnfitError("steps", f"{field}_not_in_question")
        if field != "text":
            try:
                arguments[field], names[field] = find(words)
            except EtiographError:
                raise UnfitError("steps", f"{field}_not_in_graph") from None
    try:
        checked = tool.arguments.model_validate(arguments)
    except ValidationError:
        raise UnfitError("steps", f"arguments_of_{form.tool}") from None
    if isinstance(checked, PairArguments) and checked.cause == checked.effect:
        raise UnfitError("steps", "cause_is_effect")
    return Step(tool=form.tool, arguments=checked.model_dump(mode="json"), names=names)


_BY_KIND: dict[Kind, tuple[ToolName, ...]] = {
    Kind.EXISTENCE: ("triangulate", "explain"),
    Kind.EFFECT: ("triangulate", "identify", "estimate"),
    Kind.MECHANISM: ("explain",),
    Kind.CONFOUNDERS: ("identify", "next_evidence"),
    Kind.EVIDENCE: ("triangulate",),
    Kind.CONTRADICTION: ("triangulate",),
}


def plan_by_rules(query: Query | None, find: Find) -> Plan:
    """Plan from the typed query; entities that the graph does not know leave steps out."""
    if query is None:
        return Plan(steps=())
    steps: list[Step] = []
    ends: dict[str, tuple[str, str]] = {}
    for place, term in (("cause", query.subject), ("effect", query.object)):
        if term is None:
            continue
        search = {"text": term.text[:200], "limit": 5}
        steps.append(Step(tool="search_entities", arguments=search))
        for text in dict.fromkeys((*(t for t, _ in term.ladder), term.text)):
            try:
                ends[place] = find(text)
            except EtiographError:
                continue
            break
    if len(ends) == 2 and ends["cause"][0] != ends["effect"][0]:
        pair = {k: v[0] for k, v in ends.items()}
        names = {k: v[1] for k, v in ends.items()}
        tools = _BY_KIND.get(query.kind, ("triangulate",))
        for tool in tools:
            given = TOOLS[tool].arguments.model_validate(pair).model_dump(mode="json")
            steps.append(Step(tool=tool, arguments=given, names=names))
    return Plan(steps=tuple(steps[:MOST_STEPS]))
