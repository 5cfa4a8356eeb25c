"""How a question was understood, in plain words: what ``etiograph ask --explain`` prints first."""

from __future__ import annotations

from llm_bridge.claims import Answer
from llm_bridge.query import Kind, Measure, Query, Relation

__all__ = ["explain_query"]

_KINDS = {
    Kind.EXISTENCE: "whether one thing acts on another",
    Kind.EFFECT: "what happens to one thing when another is changed",
    Kind.CAUSES: "what acts on something",
    Kind.EFFECTS: "what something does",
    Kind.TREATMENTS: "what treats or prevents something",
    Kind.MECHANISM: "through what one thing acts on another",
    Kind.CONFOUNDERS: "what acts on both",
    Kind.EVIDENCE: "the evidence for an effect",
    Kind.CONTRADICTION: "the evidence against an effect",
    Kind.ADJUSTMENT: "whether to adjust for something when estimating an effect",
    Kind.COMPARISON: "which of several acts more",
    Kind.RANKING: "what acts most",
    Kind.WHAT_IF: "what happens when several things are changed at once",
    Kind.COUNTERFACTUAL: "what would have been, had something been otherwise",
    Kind.ORDER: "what comes first",
    Kind.CERTAINTY: "how sure an effect is",
    Kind.CHANGE: "what would change the answer",
    Kind.MISSING: "what is missing to know",
}
_MEASURES = {
    Measure.DIRECT: "the natural direct effect, not through the mediators",
    Measure.INDIRECT: "the natural indirect effect, through the mediators",
    Measure.CONTROLLED_DIRECT: "the direct effect with the mediators held fixed",
    Measure.PATH: "the effect along one chain",
    Measure.TREATED: "the effect on those who were treated",
}
_DONE = {1: "given or raised", -1: "removed or lowered"}
_SIGNS = {1: "upwards", -1: "downwards", 0: "either way"}


def explain_query(query: Query, answer: Answer | None = None) -> str:
    """Return how a query reads its question, one line a part.

    Args:
        answer: its answer, to name the entities that the words were taken for.
    """
    lines = [f"asked:     {_KINDS[query.kind]} ({query.kind.value}; rung: {query.rung.value})"]
    if query.relation is not Relation.AFFECT:
        lines.append(f"relation:  {query.relation.value}, {_SIGNS[query.relation.sign()]}")
    taken = {u.text: u for u in answer.understood} if answer is not None else {}
    for role, terms in (
        ("subject", (query.subject,)), ("object", (query.object,)), ("others", query.others)
    ):  # fmt: skip
        for term in terms:
            if term is None:
                continue
            named = next((taken[t] for t, _ in (*term.ladder, (term.text, 1)) if t in taken), None)
            known = f" -> {named.name} ({named.id}, {named.category.value})" if named else ""
            note = f"; {named.note}" if named is not None and named.note else ""
            way = term.direction * (query.direction if role == "subject" else 1)
            done = "" if role == "object" else f", {_DONE[way]}"
            lines.append(f"{role + ':':<10} {term.raw!r}{known}{done}{note}")
    if query.measure is not Measure.TOTAL:
        lines.append(f"measure:   {_MEASURES[query.measure]}")
    asked = query.qualifiers
    for role, text in (
        ("species", asked.species), ("tissue", asked.tissue), ("people", asked.population),
        ("dose", asked.dose.text if asked.dose else ""), ("unit", "one individual" if asked.unit else ""),
    ):  # fmt: skip
        if text:
            lines.append(f"{role + ':':<10} {text}")
    if query.category is not None:
        lines.append(f"kind of:   {query.category.value}")
    if query.negated:
        lines.append("negated:   the question is put with 'not'")
    if query.personal:
        lines.append(
            "personal:  about somebody's own health; answered as evidence, never as advice"
        )
    lines += [f"also:      {other.canonical()}" for other in query.also]
    return "\n".join(lines)
