"""Numbers for "what happens if": identification on the literature's graph, estimation from data.

Only registered datasets with a column for each of the two entities are asked, only firm statements
make the graph (what an algorithm learnt from the same rows would argue in a circle), and only what
the checker can recompute on its own is told as a number: back-door adjustment, least squares.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from graph.causal import CausalGraph
from graph.dataset import Dataset, DatasetRecord, read_table
from graph.errors import EtiographError
from graph.model import Entity, Status
from graph.store import Store
from llm_bridge.answers.draft import Draft, ends
from llm_bridge.claims import Claim, ClaimKind, EstimandRecord, Number, Reason, Refusal

__all__ = ["MIN_BELIEF", "tell_effect"]

MIN_BELIEF = 0.5
ESTIMATOR = "linear"
FIRM = (Status.ASSERTED, Status.CURATED)


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def _bound(record: DatasetRecord, id: str) -> str | None:
    return next((v.column for v in record.variables if v.entity == id), None)


def _open(record: DatasetRecord) -> Dataset | str:
    """Read a dataset back, or say why it cannot be used."""
    if not record.path:
        return f"the rows of {record.name} were never on disk, so they cannot be read again"
    try:
        data = Dataset(
            read_table(record.path), record.variables, name=record.name, path=record.path
        )
    except EtiographError as error:
        return f"{record.name} cannot be read: {error.message}"
    if data.hash != record.hash:
        return f"the file of {record.name} has changed since it was registered"
    return data


def tell_effect(draft: Draft, x: Entity, y: Entity, *, direction: Literal[-1, 1]) -> bool:
    """Add an estimate for every dataset that measures both; return whether there was one."""
    told = False
    for record in draft.facts.store.datasets():
        treatment, outcome = _bound(record, x.id), _bound(record, y.id)
        if treatment is None or outcome is None:
            continue
        told = _one(draft, record, treatment, outcome, x, y, direction) or told
    if told:
        # another dataset gave the number: what one could not is only a note
        if draft.refused is not None:
            draft.add(draft.notes, draft.refused.message)
        draft.refused = None
    return told


def _one(
    draft: Draft,
    record: DatasetRecord,
    treatment: str,
    outcome: str,
    x: Entity,
    y: Entity,
    direction: Literal[-1, 1],
) -> bool:
    from queries.causal import estimate, identify

    entity_of = {v.column: v.entity for v in record.variables}

    def legend(columns: Iterable[str]) -> None:
        names = [f"{c} measures {draft.facts.name(entity_of[c])}" for c in columns]
        draft.add(draft.notes, f"In {record.name}, {', '.join(names)}.")

    data = _open(record)
    if isinstance(data, str):
        draft.refused = draft.refused or Refusal(
            reason=Reason.DATA, message=data, needs=(f"register {record.name} again",)
        )
        return False
    base = _record(draft.facts.store, record, treatment, outcome)
    graph, estimand_record = base
    # the independent checker knows no settled loops, so that they are refused here
    found = identify(graph, treatment, outcome, loops="refuse")
    about = {
        **ends(x, y),
        "direction": direction,
        "dataset": record.id,
        "dataset_name": record.name,
        "data_hash": record.hash,
    }
    if not found.identified:
        legend((treatment, outcome))
        reason = getattr(found, "reason", "")
        cyclic = getattr(found, "witness", {}).get("kind") != "hedge"
        if not cyclic:
            claim = {"kind": ClaimKind.UNIDENTIFIED, **about, "direction": 1}
            draft.say(Claim.model_validate({**claim, "estimand": estimand_record}))
        draft.refused = Refusal(
            reason=Reason.NOT_IDENTIFIED,
            message=f"{reason} (columns of {record.name})",
            needs=(*_hidden(draft, estimand_record), *getattr(found, "needs", ())),
            witness=str(dict(getattr(found, "witness", {}))),
        )
        return False
    method = getattr(found, "method", "")
    if method != "backdoor":
        draft.refused = Refusal(
            reason=Reason.NOT_IDENTIFIED,
            message=(
                f"the graph leads along no chain from {x.name} to {y.name}, so there is nothing to estimate from {record.name}"
                if method == "no-effect"
                else f"the effect of {x.name} on {y.name} follows from {record.name} by a {method} formula, "
                "for which no independently checked estimate is given yet"
            ),
            needs=(
                (f"evidence that {x.name} acts on {y.name}",)
                if method == "no-effect"
                else (f"the causes shared by {x.name} and {y.name}, measured in {record.name}",)
            ),
            witness="" if method == "no-effect" else getattr(found, "formula", ""),
        )
        return False
    try:
        result = estimate(found, data, estimator=ESTIMATOR)
    except EtiographError as error:
        draft.refused = Refusal(reason=Reason.DATA, message=f"{record.name}: {error}")
        return False
    ends_of = sorted((direction * result.ci_low, direction * result.ci_high))
    claim_data = Claim.model_validate(
        {
            "kind": ClaimKind.EFFECT,
            **about,
            "value": _rounded(direction * result.value),
            "std_error": _rounded(result.std_error),
            "ci_low": _rounded(ends_of[0]),
            "ci_high": _rounded(ends_of[1]),
            "level": 0.95,
            "n": result.n,
            "unit": result.units,
            "estimand": estimand_record.model_copy(
                update={
                    "method": method,
                    "estimator": ESTIMATOR,
                    "adjustment": tuple(result.estimand.adjustment),
                    "formula": result.estimand.adjustment_formula,
                }
            ),
        }
    )
    draft.say(claim_data)
    draft.numbers.append(
        Number(
            label=f"{'raising' if direction > 0 else 'lowering'} {x.name} by one unit: change of {y.name}",
            value=claim_data.value or 0.0,
            low=claim_data.ci_low,
            high=claim_data.ci_high,
            unit=claim_data.unit,
            dataset=record.name,
        )
    )
    legend((treatment, outcome, *result.estimand.adjustment))
    draft.add(draft.assumptions, *result.estimand.assumptions)
    draft.add(
        draft.assumptions,
        f"{y.name} changes by the same amount for every unit of {x.name}, and {record.name} stands for the "
        "population asked about.",
    )
    draft.add(
        draft.would_change,
        f"A hidden common cause of {x.name} and {y.name} that the graph does not know.",
    )
    return True


def _hidden(draft: Draft, record: EstimandRecord) -> tuple[str, ...]:
    """Name the unmeasured common causes that the papers know: the cheapest things to measure."""
    store, measured = draft.facts.store, dict(record.entities)
    needs = []
    for a, mark, b, ids in record.edges:
        if mark != "<->" or not {record.treatment, record.outcome} & {a, b}:
            continue
        found = [s for s in map(store.statement, ids) if s is not None]
        causes = sorted({s.subject for s in found if s.subject not in measured.values()})
        names = [draft.facts.name(c) for c in causes]
        if names:
            needs.append(
                f"measure {' and '.join(names)}, named in the graph as acting on both "
                f"{draft.facts.name(measured[a])} and {draft.facts.name(measured[b])}"
            )
    return tuple(needs)


def _record(
    store: Store, record: DatasetRecord, treatment: str, outcome: str
) -> tuple[CausalGraph, EstimandRecord]:
    from queries.causal import graph_from_store

    entities = {v.column: v.entity for v in record.variables if v.entity}
    graph, provenance = graph_from_store(store, entities, min_belief=MIN_BELIEF, statuses=FIRM)
    return graph, EstimandRecord(
        treatment=treatment,
        outcome=outcome,
        entities=tuple(sorted(entities.items())),
        edges=tuple((a, mark, b, ids) for (a, mark, b), ids in sorted(provenance.items())),
        min_belief=MIN_BELIEF,
        graph_hash=graph.hash,
    )
