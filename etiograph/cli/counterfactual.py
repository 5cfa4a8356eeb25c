"""``etiograph counterfactual``: what would have been, direct and indirect effects, one unit. No store needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from etiograph.cli.causal import GraphOption, seen
from etiograph.cli.common import JsonOption, console, emit_json, examples
from graph.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from graph.causal import CausalGraph
    from graph.causal_formats import GraphDocument
    from graph.dataset import Dataset
    from queries.causal.mediation_estimation import MediationEstimate, PartEstimate
    from queries.causal.mediation_results import EffectPart, EffectPartRefusal

    Part = EffectPart | EffectPartRefusal

EPILOG = examples(
    "etiograph counterfactual 'Y[X=1]=1' --given 'X=0, Y=0' --graph g.dot",
    "etiograph counterfactual 'Y[X=1]' --given X=0 --graph g.dot --data cohort.csv --json",
    "etiograph counterfactual --graph g.dot -x smoking -y cancer --mediator tar --data cohort.csv",
    "etiograph counterfactual --graph g.dot -x X -y Y --path 'X -> W -> Y'",
    "etiograph counterfactual --graph g.dot -x X -y Y --treated",
    "etiograph counterfactual --graph g.dot --data cohort.csv --unit 17 --do dose=0 -y recovery",
)


def counterfactual(
    graph: GraphOption,
    event: Annotated[
        str | None,
        typer.Argument(metavar="EVENT", help="Such as 'Y[X=1]=1'; without =1 the distribution."),
    ] = None,
    given: Annotated[
        list[str] | None, typer.Option("--given", metavar="EVENT", help="What is known; may be repeated.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", "-d", metavar="FILE", help="A CSV, TSV or Parquet table.")
    ] = None,
    treatment: Annotated[
        str | None, typer.Option("--treatment", "-x", metavar="NODE", help="Default: the file's.")
    ] = None,
    outcome: Annotated[
        str | None, typer.Option("--outcome", "-y", metavar="NODE", help="Default: the file's.")
    ] = None,
    mediator: Annotated[
        list[str] | None,
        typer.Option("--mediator", metavar="NODE", help="Natural direct and indirect effect; may be repeated."),
    ] = None,
    hold: Annotated[
        list[str] | None,
        typer.Option("--hold", metavar="NODE=VALUE", help="Controlled direct effect; may be repeated."),
    ] = None,
    path: Annotated[
        list[str] | None,
        typer.Option("--path", metavar="'A -> B'", help="The effect along this path; may be repeated."),
    ] = None,
    treated: Annotated[bool, typer.Option("--treated", help="The effect on the treated.")] = False,
    active: Annotated[str, typer.Option(help="The treatment's value.")] = "1",
    baseline: Annotated[str, typer.Option(help="The value that it is compared with.")] = "0",
    unit: Annotated[
        list[str] | None,
        typer.Option("--unit", metavar="ROW or NODE=VALUE", help="One unit: its row (from 0), or what is known of it."),
    ] = None,
    do: Annotated[
        list[str] | None,
        typer.Option("--do", metavar="NODE=VALUE", help="With --unit: what is set; may be repeated."),
    ] = None,
    model: Annotated[
        str, typer.Option("--model", help="With --unit: auto, linear, boosted, types or chances.")
    ] = "auto",
    monotone: Annotated[
        list[str] | None,
        typer.Option("--monotone", metavar="A=B", help="With --unit: raising A never lowers B."),
    ] = None,
    experiment: Annotated[
        list[str] | None,
        typer.Option("--experiment", metavar="NODES", help="An experiment at hand that sets these (A,B), or 'all'."),
    ] = None,
    two_valued: Annotated[
        list[str] | None,
        typer.Option("--two-valued", metavar="NODE", help="Has two values only; taken from --data too."),
    ] = None,
    estimator: Annotated[
        str, typer.Option("--estimator", help="auto, plug-in, regression or doubly-robust.")
    ] = "auto",
    latex: Annotated[bool, typer.Option("--latex", help="Print only the formula, for LaTeX.")] = False,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Say what would have been: for a group, along a path, or for one unit.

    EVENT names variables in worlds: Y[X=1] is Y had X been 1, Y[X=1, M=M[X=0]] has M as it would be with
    X = 0. Formulas are audited against exact counterfactuals in random models. With --data they are
    evaluated. Exit code 7: it cannot be told, with the reason.
    """
    from graph.causal_formats import load

    document = load(graph)
    kinds = [bool(event), bool(unit), bool(mediator), bool(hold), bool(path), treated]
    if sum(kinds) != 1:
        raise UsageError(
            "one question at a time: an EVENT, --mediator, --hold, --path, --treated or --unit",
            hint="etiograph identify gives the whole effect of one node on another.",
        )
    table = _table(data)
    binary = _two_valued(document.observed, table, two_valued or [])
    if event:
        from queries.causal.counterfactual_terms import parse_terms

        terms = parse_terms([event, *(given or ())])
        seen(
            document, graph, (n for t in terms for p in t.walk() for n in (p.variable, *dict(p.do)))
        )
        _event(document.observed, event, given or [], experiment or [], binary, table, latex, json_)
        return
    y = _named(outcome, document.outcomes, "outcome", "-y", graph)
    seen(document, graph, (y, *([treatment] if treatment else []), *(mediator or ())))
    if unit:
        _unit(document.observed, table, unit, do or [], y, model, monotone or [], json_)
        return
    x = _named(treatment, document.exposures, "treatment", "-x", graph)
    parts = _parts(document, x, y, mediator, hold, path, active, baseline, binary)
    _show(parts, table, estimator, latex, json_)


def _event(
    graph: CausalGraph,
    event: str,
    given: list[str],
    experiments: list[str],
    binary: list[str],
    table: Dataset | None,
    latex: bool,
    json_: bool,
) -> None:
    from etiograph.counterfactuals import answer_text
    from queries.causal import counterfactual as counterfactual_
    from queries.causal import estimate_counterfactual

    done = "all" if "all" in experiments else [e.split(",") for e in experiments]
    found = counterfactual_(graph, event, given, experiments=done, binary=binary)
    number = estimate_counterfactual(found, table) if table is not None and found.identified else None  # fmt: skip
    if json_:
        emit_json(number.to_json() if number else found.to_json())
    elif latex and found.identified:
        typer.echo(found.latex)  # type: ignore[union-attr]
    else:
        lines = [answer_text(found)]
        if number:
            lines.insert(0, number.explanation)
        console().print("\n\n".join(lines), markup=False)
    if not found.identified:
        raise typer.Exit(RefusedError.exit_code)


def _parts(
    document: GraphDocument,
    x: str,
    y: str,
    mediator: list[str] | None,
    hold: list[str] | None,
    path: list[str] | None,
    active: str,
    baseline: str,
    binary: list[str],
) -> dict[str, Part]:
    from queries.causal import mediation

    graph = document.observed
    if mediator:
        return mediation.natural_effects(
            graph, x, y, mediator, active=active, baseline=baseline, binary=binary
        )
    if hold:
        return {
            "controlled": mediation.controlled_direct_effect(
                graph, x, y, dict(map(_pair, hold)), active=active, baseline=baseline, binary=binary
            )
        }
    if path:
        return {
            "path": mediation.path_specific_effect(
                graph, x, y, path, active=active, baseline=baseline, binary=binary
            )
        }
    return {
        "treated": mediation.effect_on_treated(
            graph, x, y, active=active, baseline=baseline, binary=binary
        )
    }


def _show(
    parts: dict[str, Part], table: Dataset | None, estimator: str, latex: bool, json_: bool
) -> None:
    from etiograph.counterfactuals import part_text, rests_on
    from queries.causal import estimate_effect_part, estimate_natural_effects

    refused = not all(p.identified for p in parts.values())
    number: MediationEstimate | PartEstimate | None = None
    if table is not None and not refused:
        if "direct" in parts:
            number = estimate_natural_effects(parts, table, estimator=estimator)
        else:
            number = estimate_effect_part(next(iter(parts.values())), table, estimator=estimator)
    if json_:
        emit_json(number.to_json() if number else {k: p.to_json() for k, p in parts.items()})
    elif latex and not refused:
        typer.echo("\n".join(p.latex for p in parts.values()))  # type: ignore[union-attr]
    else:
        lines = [part_text(p) for p in parts.values()]
        # of direct, indirect and total effect, the first rests on most
        assumptions = (number or next(iter(parts.values()))).assumptions
        if number:
            lines.insert(0, number.explanation)
        console().print("\n\n".join([*lines, "\n".join(rests_on(assumptions))]), markup=False)
    if refused:
        raise typer.Exit(RefusedError.exit_code)


def _unit(
    graph: CausalGraph,
    table: Dataset | None,
    unit: list[str],
    do: list[str],
    outcome: str,
    model: str,
    monotone: list[str],
    json_: bool,
) -> None:
    from etiograph.counterfactuals import unit_text
    from queries.causal import unit_counterfactual

    if table is None:
        raise UsageError(
            "a unit's counterfactual is learned from a table", hint="Give --data FILE."
        )
    if not do:
        raise UsageError("nothing is set", hint="Say what, such as --do dose=0.")
    row = len(unit) == 1 and unit[0].lstrip("-").isdigit()
    found = unit_counterfactual(
        graph, table, unit=int(unit[0]) if row else dict(map(_pair, unit)), do=dict(map(_pair, do)),
        outcome=outcome, model=model, monotone=[_pair(m) for m in monotone],
    )  # fmt: skip
    if json_:
        emit_json(found.to_json())
    else:
        console().print(unit_text(found), markup=False)
    if not found.identified:
        raise typer.Exit(RefusedError.exit_code)


def _table(data: Path | None) -> Dataset | None:
    if data is None:
        return None
    from etiograph.api import load_dataset

    return load_dataset(data)


def _two_valued(graph: CausalGraph, table: Dataset | None, named: list[str]) -> list[str]:
    """Nodes with two values only: those named, and those that the table shows so."""
    if table is None:
        return named
    seen = [n for n in graph.nodes if n in table.columns and table.frame[n].nunique() == 2]
    return sorted({*named, *seen})


def _named(given: str | None, said: tuple[str, ...], word: str, option: str, path: Path) -> str:
    found = [given] if given else list(said)
    if len(found) != 1:
        raise UsageError(f"name one {word}", where=str(path), hint=f"With {option} NODE.")
    return found[0]


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise UsageError(f"{text!r} is not NODE=VALUE")
    return name.strip(), value.strip()
