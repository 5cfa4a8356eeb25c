"""A typed query in plain words: the shortest question that asks the same.

The grammar reads what stands here back to the same query.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from graph.model import Category
from llm_bridge.qualify import EXCEPTING
from llm_bridge.query import Kind, Measure, Query, Relation

__all__ = ["canonical", "third"]

_ASKED: dict[Category | None, str] = {
    Category.CHEMICAL: "Which drugs",
    Category.GENE: "Which genes",
    Category.PROTEIN: "Which proteins",
    Category.DISEASE: "Which diseases",
    Category.PHENOTYPE: "Which symptoms",
    Category.PROCESS: "Which processes",
    Category.PROCEDURE: "Which procedures",
    Category.BEHAVIOR: "Which behaviours",
    Category.VARIANT: "Which variants",
    Category.CELL: "Which cells",
}
_OPENING = {
    Kind.EVIDENCE: "What is the evidence that",
    Kind.CONTRADICTION: "What contradicts that",
    Kind.CERTAINTY: "How sure is it that",
    Kind.CHANGE: "What would change the conclusion that",
    Kind.MISSING: "What is missing to know whether",
}
_MEASURE = {
    Measure.DIRECT: "natural direct effect",
    Measure.INDIRECT: "natural indirect effect",
    Measure.CONTROLLED_DIRECT: "controlled direct effect",
}


def third(relation: Relation) -> str:
    """Return the verb of a relation in the third person."""
    if relation is Relation.ASSOCIATE:
        return "is associated with"
    return f"{relation.value}s"


def _joined(names: Sequence[str], word: str) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {word} {names[-1]}"


def _act(name: str, way: int) -> str:
    return name if way > 0 else f"removing or inhibiting {name}"


_OPENS = re.compile(
    rf"(in|among|amongst|within|for|to|from|at|during|with|{'|'.join(EXCEPTING)}) ", re.IGNORECASE
)


def _where(query: Query) -> str:
    """The restrictions, in the question's own words."""
    found = [re.sub(r"^(of|by) ", "in ", " ".join(c.split()), flags=re.I) for c in query.context]
    found = [f[0].lower() + f[1:] if _OPENS.match(f) else f"in {f}" for f in found]
    if query.qualifiers.dose is not None:
        found.append(f"at {query.qualifiers.dose.text}")
    return "".join(f" {f}" for f in found)


def _listing(query: Query, x: str, y: str, doing: str) -> str:
    what = _ASKED.get(query.category, "What") if query.category else "What"
    one = what == "What"
    if query.among:
        what, one = f"Which {query.among}", not query.among.endswith("s")
    verb = query.relation.value
    if query.kind is Kind.EFFECTS:
        if query.relation is Relation.ASSOCIATE:
            return f"{what} {'is' if one else 'are'} {x} associated with"
        return f"{what} does {doing} {verb}"
    if query.relation is Relation.ASSOCIATE:
        asked = f"{what} {'is' if one else 'are'} associated with {y}"
    else:
        asked = f"{what} {verb}{'s' if one else ''} {y}"
    return f"{asked} most" if query.kind is Kind.RANKING else asked


def _effect(query: Query, x: str, y: str, way: int, names: Sequence[str]) -> str:
    doing, via = _act(x, way), _joined(names, "and")
    match query.measure:
        case Measure.TOTAL:
            act = "give or raise" if way > 0 else "remove or inhibit"
            return f"What happens to {y} if we {act} {x}"
        case Measure.PATH:
            return f"What is the effect of {doing} on {y} along the path through {via}"
        case Measure.TREATED:
            return f"What is the effect of {doing} on {y} in the treated"
        case Measure.CONTROLLED_DIRECT:
            held = f" with {via} held fixed" if via else ""
            return f"What is the controlled direct effect of {doing} on {y}{held}"
        case _:
            by = "not through" if query.measure is Measure.DIRECT else "through"
            through = f" {by} {via}" if via else ""
            return f"What is the {_MEASURE[query.measure]} of {doing} on {y}{through}"


def _plain(query: Query, x: str, y: str, names: Sequence[str]) -> str:
    way = query.direction * (query.subject.direction if query.subject else 1)
    doing, verb = _act(x, way), query.relation.value
    acts = [_act(n, t.direction) for n, t in zip(names, query.others, strict=False)]
    match query.kind:
        case Kind.EXISTENCE if query.relation is Relation.ASSOCIATE:
            return f"Is {doing} associated with {y}"
        case Kind.EXISTENCE:
            return f"Does {doing} {verb} {y}"
        case Kind.EFFECT:
            return _effect(query, x, y, way, names)
        case Kind.CAUSES | Kind.TREATMENTS | Kind.EFFECTS | Kind.RANKING:
            return _listing(query, x, y, doing)
        case Kind.MECHANISM:
            return f"Through what does {doing} act on {y}"
        case Kind.CONFOUNDERS:
            return (
                f"What confounds the effect of {doing} on {y}"
                if way < 0
                else f"What confounds {x} and {y}"
            )
        case Kind.ADJUSTMENT:
            return f"Should we adjust for {_joined(names, 'and')} when estimating the effect of {doing} on {y}"
        case Kind.COMPARISON:
            return f"Which of {_joined(acts, 'and')} {third(query.relation)} {y} more"
        case Kind.WHAT_IF:
            steps = [
                f"{'give or raise' if t.direction > 0 else 'remove or inhibit'} {n}"
                for n, t in zip(names, query.others, strict=False)
            ]
            return f"What happens to {y} if we {_joined(steps, 'and')}"
        case Kind.COUNTERFACTUAL:
            act = "removed or inhibited" if way < 0 else "given or raised"
            if query.relation is Relation.AFFECT:
                return f"What would {y} have been if {x} had been {act}"
            return f"Would {y} have occurred if {x} had been {act}"
        case Kind.ORDER:
            return f"Does {x} precede {y}"
        case _:
            return f"{_OPENING[query.kind]} {doing} {third(query.relation)} {y}"


def canonical(
    query: Query, subject: str | None = None, object: str | None = None, others: Sequence[str] = ()
) -> str:
    """Return the plainest question that asks the same, with other names if given."""
    x = subject or (query.subject.text if query.subject else "")
    y = object or (query.object.text if query.object else "")
    names = others or [t.text for t in query.others]
    return f"{_plain(query, x, y, names)}{_where(query)}?"
