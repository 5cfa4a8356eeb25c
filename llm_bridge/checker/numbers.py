"""Checking claims from data: the graph is rebuilt, the criterion re-derived, the numbers refitted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from graph.dataset import Dataset, Variable, read_table
from graph.errors import EtiographError
from llm_bridge.checker.causal import Graph, refit
from llm_bridge.checker.ledger import Ledger
from llm_bridge.claims import Claim, EstimandRecord

__all__ = ["MIN_BELIEF", "edges_of", "effect", "unidentified"]

Wrong = list[str]
RELATIVE = 5e-6
"""Claims hold six significant digits; the refit must agree to that."""
MIN_BELIEF = 0.5
LEVEL = 0.95


def _dataset(ledger: Ledger, claim: Claim) -> tuple[Dataset | None, Wrong]:
    held = ledger.dataset(claim.dataset)
    if held is None:
        return None, [f"the store knows no dataset {claim.dataset}"]
    wrong: Wrong = []
    if held["name"] != claim.dataset_name:
        wrong.append(f"the dataset is named {held['name']!r}, not {claim.dataset_name!r}")
    if held["hash"] != claim.data_hash:
        wrong.append("the data hash is not the registered one")
    variables = tuple(
        Variable(v["column"], v["entity"] or "", v["unit"] or "") for v in held["variables"]
    )
    try:
        data = Dataset(read_table(str(held["path"])), variables, name=str(held["name"]))
    except EtiographError as error:
        return None, [*wrong, f"the data cannot be read: {error.message}"]
    if data.hash != claim.data_hash:
        wrong.append("the data file is not what it was: its hash differs")
    return data, wrong


def edges_of(ledger: Ledger, entities: Mapping[str, str]) -> dict[tuple[str, str, str], set[str]]:
    """The causal graph over the columns, from firm statements, with those behind each edge.

    A statement between two measured entities, or a chain through one that is not measured, is a
    directed edge; an unmeasured entity that acts on two is a hidden common cause.
    """
    column = {id: c for c, id in entities.items()}
    found: dict[tuple[str, str, str], set[str]] = {}
    acts: dict[str, dict[str, set[str]]] = {}
    for id, a, b in ledger.onto(column, min_belief=MIN_BELIEF):
        if a in column:
            found.setdefault((column[a], "-->", column[b]), set()).add(id)
        else:
            acts.setdefault(a, {}).setdefault(column[b], set()).add(id)
    for reached in acts.values():
        names = sorted(reached)
        for k, a in enumerate(names):
            for b in names[k + 1 :]:
                found.setdefault((a, "<->", b), set()).update(reached[a] | reached[b])
    for id, a, hidden in ledger.onto(acts, min_belief=MIN_BELIEF):
        if a in column:
            for b, ids in acts[hidden].items():
                if b != column[a]:
                    found.setdefault((column[a], "-->", b), set()).update({id} | ids)
    return found


def _graph(ledger: Ledger, claim: Claim, data: Dataset) -> tuple[Graph | None, Wrong]:
    record = claim.estimand
    if record is None:
        return None, ["the claim has no estimand"]
    wrong: Wrong = []
    if record.entities != tuple(sorted(data.entity_of.items())):
        wrong.append("the columns are bound to other entities")
    if record.min_belief != MIN_BELIEF:
        wrong.append(f"the graph must be made of statements believed at least {MIN_BELIEF}")
    if data.entity_of.get(record.treatment) != claim.cause:
        wrong.append(f"column {record.treatment!r} does not measure the cause")
    if data.entity_of.get(record.outcome) != claim.effect:
        wrong.append(f"column {record.outcome!r} does not measure the effect")
    if wrong:
        return None, wrong
    found = edges_of(ledger, data.entity_of)
    claimed = {(a, mark, b): set(ids) for a, mark, b, ids in record.edges}
    if len(claimed) != len(record.edges) or claimed != found:
        return None, ["the causal graph is not the one that the store's statements give now"]
    nodes = sorted(data.entity_of)
    directed = [(a, b) for a, mark, b in found if mark == "-->"]
    hidden = [(a, b) for a, mark, b in found if mark == "<->"]
    wrong = _hash(record, nodes, directed, hidden)
    return Graph.of(nodes, directed, hidden), wrong


def _hash(
    record: EstimandRecord, nodes: list[str], directed: list[Any], hidden: list[Any]
) -> Wrong:
    from graph.causal import CausalGraph

    same = CausalGraph(nodes, directed=directed, bidirected=hidden).hash == record.graph_hash
    return [] if same else ["the graph's hash differs"]


def effect(ledger: Ledger, claim: Claim) -> Wrong:
    """Check an estimate."""
    data, wrong = _dataset(ledger, claim)
    if data is None or claim.estimand is None:
        return wrong or ["the claim has no estimand"]
    graph, more = _graph(ledger, claim, data)
    wrong += more
    record = claim.estimand
    if graph is None:
        return wrong
    x, y, z = record.treatment, record.outcome, record.adjustment
    if record.method != "backdoor" or record.estimator != "linear":
        wrong.append("only back-door adjustment by least squares can be checked")
    if graph.cyclic(graph.up([x, y])):
        wrong.append("the graph is cyclic above the question")
    elif not graph.blocks(x, y, z) or len(set(z)) != len(z):
        wrong.append("the adjustment set does not isolate the effect in this graph")
    if y not in graph.down([x]):
        wrong.append("the graph has no causal path from cause to effect")
    wrong += _formula(record)
    if wrong:
        return wrong
    fitted = refit(data.frame, x, y, z)
    if isinstance(fitted, str):
        return [f"the estimate cannot be made: {fitted}"]
    units = {v.column: v.unit for v in data.variables}
    unit = f"{units.get(y) or f'unit of {y}'} per {units.get(x) or f'unit of {x}'}"
    if unit != claim.unit:
        wrong.append(f"the unit is {unit!r}")
    low, high = sorted((claim.direction * fitted.low, claim.direction * fitted.high))
    for what, claimed, found in (
        ("value", claim.value, claim.direction * fitted.value),
        ("standard error", claim.std_error, fitted.std_error),
        ("lower end", claim.ci_low, low),
        ("upper end", claim.ci_high, high),
        ("confidence level", claim.level, LEVEL),
    ):
        room = RELATIVE * max(abs(found), 1e-9 * fitted.std_error)
        if claimed is None or abs(claimed - found) > room:
            wrong.append(f"the {what} is {found:.6g} when recomputed, {claimed} in the claim")
    if claim.n != fitted.n:
        wrong.append(f"{fitted.n} rows can be used, not {claim.n}")
    return wrong


def _formula(record: EstimandRecord) -> Wrong:
    """The formula shown must be the one of this back-door adjustment."""
    x, y, z = record.treatment, record.outcome, sorted(record.adjustment)
    wrong = ["the formula is not that of the adjustment"]
    head = f"P({y} | do({x})) = "
    if not record.formula.startswith(head):
        return wrong
    body = record.formula.removeprefix(head)
    if not z:
        return [] if body == f"P({y} | {x})" else wrong
    # order inside the lists is free, so each list is compared as a set
    found = re.fullmatch(
        rf"Σ_\{{?(.+?)\}}? P\({re.escape(y)} \| (.+)\) P\((.+)\)", body, flags=re.DOTALL
    )
    if found is None:
        return wrong
    over, given, weights = (sorted(part.split(", ")) for part in found.groups())
    return [] if over == weights == z and given == sorted([x, *z]) else wrong


def unidentified(ledger: Ledger, claim: Claim) -> Wrong:
    """Check that no adjustment set exists."""
    data, wrong = _dataset(ledger, claim)
    if data is None or claim.estimand is None:
        return wrong or ["the claim has no estimand"]
    graph, more = _graph(ledger, claim, data)
    wrong += more
    record = claim.estimand
    if record.method or record.estimator or record.adjustment or record.formula:
        wrong.append("an effect that is not identified has no method, estimator or formula")
    if graph is not None and graph.adjustable(record.treatment, record.outcome):
        wrong.append("there is an adjustment set")
    return wrong
