"""``etiograph identify``: how an effect follows from what is observed, or why it does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from etiograph.cli.causal import (
    GivenOption,
    GraphOption,
    OutcomeOption,
    TreatmentOption,
    asked,
    seen,
)
from etiograph.cli.common import JsonOption, console, emit_json, examples
from graph.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from graph.causal_formats import GraphDocument
    from queries.causal import Estimand, Refusal
    from queries.causal.proxies import Alternative

EPILOG = examples(
    "etiograph identify --graph napkin.dot -x X -y Y",
    "etiograph identify --graph admg.json -x drug -x dose -y outcome --given sex --json",
    "etiograph identify --graph study.dagitty --all-adjustment-sets --forbid genotype",
    "etiograph identify --graph study.dagitty --adjustment-sets cheapest --cost biopsy=20",
    "etiograph identify --graph g.json -x X -y Y --experiment Z --experiment trial:X --differs trial:age",
    "etiograph identify --graph g.json -x X -y Y --selection S --missing Y=R",
    "etiograph identify --graph cpdag.json -x X -y Y --data rows.csv",
    "etiograph identify --graph lagged.json -x X -y Y --lag 2 --plot why.png",
)
KINDS = ("all", "minimal", "smallest", "cheapest", "optimal")


def identify(
    graph: GraphOption,
    treatment: TreatmentOption = None,
    outcome: OutcomeOption = None,
    given: GivenOption = None,
    experiment: Annotated[
        list[str] | None,
        typer.Option(
            "--experiment",
            metavar="[POPULATION:]A,B",
            help="What an experiment at hand sets; may be repeated.",
        ),
    ] = None,
    population: Annotated[
        list[str] | None,
        typer.Option(
            "--population",
            metavar="NAME",
            help="Another population that was observed; may be repeated.",
        ),
    ] = None,
    differs: Annotated[
        list[str] | None,
        typer.Option(
            "--differs",
            metavar="POPULATION:A,B",
            help="Variables whose mechanism is another in that population.",
        ),
    ] = None,
    selection: Annotated[
        list[str] | None,
        typer.Option("--selection", metavar="NODE", help="Only units with 1 here are seen."),
    ] = None,
    missing: Annotated[
        list[str] | None,
        typer.Option(
            "--missing", metavar="NODE=INDICATOR", help="NODE is recorded where INDICATOR is 1."
        ),
    ] = None,
    census: Annotated[
        list[str] | None,
        typer.Option(
            "--census",
            metavar="A,B",
            help="Their distribution among all units is known (with --selection, --missing).",
        ),
    ] = None,
    lag: Annotated[
        int | None,
        typer.Option("--lag", min=0, help="Steps to the outcome, for a graph with 'lagged' edges."),
    ] = None,
    duration: Annotated[
        int, typer.Option("--duration", min=1, help="Steps that the treatment is set for.")
    ] = 1,
    adjustment_sets: Annotated[
        str | None,
        typer.Option("--adjustment-sets", metavar="KIND", help=f"List them: {', '.join(KINDS)}."),
    ] = None,
    all_sets: Annotated[
        bool, typer.Option("--all-adjustment-sets", help="The same as --adjustment-sets all.")
    ] = False,
    forbid: Annotated[
        list[str] | None,
        typer.Option("--forbid", metavar="NODE", help="Never adjust for it; may be repeated."),
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option("--require", metavar="NODE", help="Always adjust for it; may be repeated."),
    ] = None,
    cost: Annotated[
        list[str] | None,
        typer.Option("--cost", metavar="NODE=COST", help="Of adjusting for it (1 if not said)."),
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="Adjustment sets to list.")] = 100,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            "-d",
            metavar="FILE",
            help="Of a CPDAG or PAG: the linear effects that its members imply for this table.",
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw the graph and what is in the way."),
    ] = None,
    latex: Annotated[
        bool, typer.Option("--latex", help="Print only the formula, for LaTeX.")
    ] = False,
    json_: JsonOption = False,
) -> None:
    """Say how an effect follows from what is observed, or why it does not.

    Hidden common causes are bidirected edges, or nodes that the file calls latent. A CPDAG or PAG is
    answered where all its members agree. The formula is audited against exact interventions in random
    models of the same graph before it is shown. Exit code 7: it is not identifiable.
    """
    from graph.causal_formats import load

    if lag is not None:
        _over_time(graph, treatment, outcome, lag, duration, plot, latex=latex, json_=json_)
        return
    document = load(graph)
    x, y = asked(document, graph, treatment, outcome)
    z = list(given or ())
    seen(document, graph, (*x, *y, *z))
    kind = "all" if all_sets else adjustment_sets
    if kind is not None:
        _sets(document, x, y, kind, forbid, require, cost, most, json_=json_)
        return
    if forbid or require or cost:
        raise UsageError(
            "--forbid, --require and --cost are about adjustment sets",
            hint="Add --adjustment-sets minimal.",
        )
    if data is not None:
        _possible(document, x, y, data, json_=json_)
        return
    found = _answer(document, x, y, z, experiment, population, differs, selection, missing, census)
    _show(document, found, plot, latex=latex, json_=json_)


def _answer(
    document: GraphDocument,
    x: list[str],
    y: list[str],
    z: list[str],
    experiment: list[str] | None,
    population: list[str] | None,
    differs: list[str] | None,
    selection: list[str] | None,
    missing: list[str] | None,
    census: list[str] | None,
) -> Estimand | Refusal:
    """By the function that the options call for."""
    from queries.causal import identify as identify_
    from queries.causal.recovery import recover
    from queries.causal.transport import Population, transport

    observed = document.observed
    own: list[tuple[str, ...]] = []
    theirs: dict[str, list[tuple[str, ...]]] = {}
    for text in experiment or ():
        name, _, nodes = text.rpartition(":")
        (theirs.setdefault(name, []) if name else own).append(_nodes(nodes))
    other = {name: _nodes(nodes) for name, _, nodes in (t.rpartition(":") for t in differs or ())}
    if "" in other:
        raise UsageError("--differs needs a population", hint="For instance --differs trial:age.")
    names = sorted({*(population or ()), *theirs, *other})
    if selection or missing or census:
        if names:
            raise UsageError("selection and missing values are of one population")
        gaps = dict(_pair(m, "--missing", "Y=R_Y") for m in missing or ())
        return recover(
            observed, x, y, z, selection=selection or (), missing=gaps,
            unbiased=list(map(_nodes, census or ())), experiments=own,
        )  # fmt: skip
    if names:
        populations = [
            Population(n, other.get(n, ()), tuple(theirs.get(n, ())), n in (population or ()))
            for n in names
        ]
        return transport(observed, x, y, z, populations=populations, experiments=own)
    return identify_(observed, x, y, z, experiments=own)


def _nodes(text: str) -> tuple[str, ...]:
    return tuple(sorted({n.strip() for n in text.split(",") if n.strip()}))


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name or not value:
        raise UsageError(
            f"{option} {text} is not NAME=VALUE", hint=f"For instance {option} {example}."
        )
    return name, value


def _show(
    document: GraphDocument | None,
    found: Estimand | Refusal,
    plot: Path | None,
    *,
    latex: bool,
    json_: bool,
) -> None:
    from etiograph.effects import identification_text
    from queries.causal.proxies import alternatives

    others: tuple[Alternative, ...] = ()
    if document is not None and not found.identified and found.witness["kind"] == "hedge":  # type: ignore[union-attr]
        single = len(found.treatment) == len(found.outcome) == 1 and not found.given
        if single and not document.graph.has_cycle:
            others = alternatives(
                document.graph, found.treatment[0], found.outcome[0], document.hidden
            )
    if json_:
        more: dict[str, Any] = {"alternatives": [a.to_json() for a in others]} if others else {}
        emit_json({**found.to_json(), **more})
    elif latex and found.identified:
        typer.echo(found.latex)  # type: ignore[union-attr]
    else:
        lines = [identification_text(found)]
        if others:
            lines += ["", "Under stronger assumptions:"]
            lines += [f"  - {a.method}: {a.text}. {' '.join(a.assumptions)}" for a in others]
        console().print("\n".join(lines), markup=False)
    if plot is not None:
        from queries.causal.drawing import draw

        if document is None:
            raise UsageError("--plot draws graphs without lags")
        draw(document.observed, plot, found)
    if not found.identified:
        raise typer.Exit(RefusedError.exit_code)


def _sets(
    document: GraphDocument,
    x: list[str],
    y: list[str],
    kind: str,
    forbid: list[str] | None,
    require: list[str] | None,
    cost: list[str] | None,
    most: int,
    *,
    json_: bool,
) -> None:
    from queries.causal.adjustment_sets import adjustment_sets

    if kind not in KINDS:
        raise UsageError(
            f"there is no kind {kind!r} of adjustment set", hint=f"There are {', '.join(KINDS)}."
        )
    costs: dict[str, float] = {}
    for text in cost or ():
        name, value = _pair(text, "--cost", "biopsy=20")
        try:
            costs[name] = float(value)
        except ValueError:
            raise UsageError(
                f"--cost {text} is not NODE=COST", hint="For instance biopsy=20."
            ) from None
    found = adjustment_sets(
        document.observed, x, y, kind=kind, forbid=forbid or (), require=require or (),  # type: ignore[arg-type]
        costs=costs, most=most,
    )  # fmt: skip
    if json_:
        emit_json(found.to_json())
    else:
        console().print(found.explanation, markup=False)
    if not found.sets:
        raise typer.Exit(RefusedError.exit_code)


def _possible(
    document: GraphDocument, x: list[str], y: list[str], data: Path, *, json_: bool
) -> None:
    from etiograph.api import load_dataset
    from queries.causal.possible import possible_effects

    if len(y) != 1:
        raise UsageError("possible effects are those on one outcome")
    found = possible_effects(document.observed, x, y[0], load_dataset(data))
    if json_:
        emit_json(found.to_json())
        return
    lines = [found.explanation, ""]
    for e in found.effects:
        values = "not by adjustment" if e.values is None else ", ".join(
            f"{n} {v:+.4g}" for n, v in e.values.items()
        )  # fmt: skip
        sets = "; ".join(
            f"{n} adjusted for {', '.join(s) or 'nothing'}" for n, s in e.adjustment.items()
        )
        lines.append(
            f"  {values}  ({sets or 'no effect or none found'}; members: {e.members or 'many'})"
        )
    lines += ["", "This holds if:", *(f"  - {a}" for a in found.assumptions)]
    console().print("\n".join(lines), markup=False)


def _over_time(
    path: Path,
    treatment: list[str] | None,
    outcome: list[str] | None,
    lag: int,
    duration: int,
    plot: Path | None,
    *,
    latex: bool,
    json_: bool,
) -> None:
    from graph.errors import InputError
    from queries.causal.unrolled import LaggedGraph, identify_lagged

    if not treatment or not outcome or len(outcome) != 1:
        raise UsageError("--lag needs -x and one -y")
    try:
        data = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise InputError(f"the graph file cannot be read: {error}", where=str(path)) from error
    except ValueError as error:
        raise InputError(f"the graph is not JSON: {error}", where=str(path)) from None
    if not isinstance(data, dict) or "lagged" not in data:
        raise InputError(
            "the graph has no lagged edges", where=str(path),
            hint='Write {"lagged": [["X", "Y", 1], ...]}.',
        )  # fmt: skip
    found = identify_lagged(
        LaggedGraph.from_json(data), treatment, outcome[0], lag=lag, duration=duration
    )
    _show(None, found, plot, latex=latex, json_=json_)
