"""``etiograph estimate``: an effect on your own graph from your own table, with its checks and plots."""

from __future__ import annotations

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
from graph.errors import DataError, RefusedError, UsageError

if TYPE_CHECKING:
    from graph.causal import CausalGraph
    from graph.dataset import Dataset
    from queries.causal import Bounds, Estimand, Refusal
    from queries.causal.instrumental import InstrumentalEstimate

EPILOG = examples(
    "etiograph estimate --graph study.dagitty --data cohort.csv -x smoking -y weight",
    "etiograph estimate -g g.dot -d cohort.parquet -x A -y B --estimator aipw --refute --plot love.png",
    "etiograph estimate -g study.dagitty -d cohort.csv --what units --by sex --by age --plot units.png",
    "etiograph estimate -g study.dagitty -d cohort.csv --what survival --event died --json",
)
WHATS = ("average", "units", "doses", "survival", "specifications")


def _identified(
    path: Path, treatment: list[str] | None, outcome: list[str] | None, given: list[str] | None
) -> tuple[Estimand | Refusal, CausalGraph]:
    """What the file's graph says of the effect, and the graph over what is observed."""
    from graph.causal_formats import load
    from queries.causal import identify as identify_

    document = load(path)
    x, y = asked(document, path, treatment, outcome)
    seen(document, path, (*x, *y, *(given or ())))
    observed = document.observed
    return identify_(observed, x, y, given or ()), observed


def estimate(
    graph: GraphOption,
    data: Annotated[
        Path, typer.Option("--data", "-d", metavar="FILE", help="A CSV, TSV or Parquet table.")
    ],
    treatment: TreatmentOption = None,
    outcome: OutcomeOption = None,
    given: GivenOption = None,
    what: Annotated[
        str,
        typer.Option(
            "--what",
            metavar="WHAT",
            help="average; units (of each unit and of groups); doses (a curve); survival (time to an event); "
            "specifications (every estimator with every adjustment set).",
        ),
    ] = "average",
    estimator: Annotated[
        str,
        typer.Option(
            "--estimator",
            metavar="NAME",
            help="For the average: auto, linear, aipw ... ('list' prints all); for units: auto, s, t, x, dr, r, "
            "gp, forest.",
        ),
    ] = "auto",
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="COLUMN", help="Groups for 'units'; may be repeated."),
    ] = None,
    event: Annotated[
        str | None,
        typer.Option("--event", metavar="COLUMN", help="For 'survival': 1 event, 0 lost before."),
    ] = None,
    horizon: Annotated[
        float | None, typer.Option("--horizon", help="For 'survival': mean time up to here.")
    ] = None,
    weights: Annotated[
        str | None, typer.Option("--weights", metavar="COLUMN", help="What each row counts.")
    ] = None,
    clusters: Annotated[
        str | None, typer.Option("--clusters", metavar="COLUMN", help="Rows that belong together.")
    ] = None,
    missing: Annotated[
        str, typer.Option("--missing", help="Rows without outcome: auto, drop or weight.")
    ] = "auto",
    refute: Annotated[
        bool,
        typer.Option(
            "--refute",
            help="Also check it: placebos, subsets, a random cause; Rosenbaum's bounds for two arms.",
        ),
    ] = False,
    dowhy: Annotated[
        bool, typer.Option("--dowhy", help="Also check it by DoWhy's refuters.")
    ] = False,
    control: Annotated[
        list[str] | None,
        typer.Option(
            "--control",
            metavar="COLUMN",
            help="An outcome that the treatment cannot change (negative control); may be repeated.",
        ),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw it: PNG, SVG or PDF.")
    ] = None,
    kind: Annotated[
        str, typer.Option("--kind", help="Plot of the average: balance or sensitivity.")
    ] = "balance",
    seed: Annotated[int, typer.Option(help="Of folds and resampling.")] = 0,
    json_: JsonOption = False,
) -> None:
    """Identify an effect on your own graph and estimate it from your own table.

    The graph's nodes are column names. Exit code 7: the effect is not identifiable; bounds are given
    where the data are discrete, and the linear effect if the graph has an instrument.
    """
    from etiograph.api import load_dataset
    from queries.causal import Refusal

    if estimator == "list":
        _list(json_)
        return
    if what not in WHATS:
        raise UsageError(f"--what {what} is not known", hint=f"There are {', '.join(WHATS)}.")
    if kind not in ("balance", "sensitivity"):
        raise UsageError(f"there is no plot {kind!r}", hint="There are balance, sensitivity.")
    found, observed = _identified(graph, treatment, outcome, given)
    table = load_dataset(data)
    if isinstance(found, Refusal):
        _refused(found, observed, table, json_)
        raise typer.Exit(RefusedError.exit_code)
    rows: dict[str, Any] = {"seed": seed, "weights": weights, "clusters": clusters}
    if what == "average":
        _average(
            found, table, rows | {"estimator": estimator, "missing": missing}, refute, dowhy,
            control or [], (plot, kind), json_,
        )  # fmt: skip
        return
    _other(what, found, observed, table, rows, estimator, by or [], event, horizon, plot, json_)


def _list(json_: bool) -> None:
    """Every estimator and learner, and what it is."""
    from queries.causal.estimators import REGISTRY
    from queries.causal.metalearners import NAMES

    told = {name: e.summary for name, e in REGISTRY.items()}
    if json_:
        emit_json({"average": told, "units": ["auto", *NAMES]})
        return
    width = max(map(len, told))
    lines = [f"{name:<{width}}  {summary}" for name, summary in told.items()]
    console().print("\n".join([*lines, f"units: auto, {', '.join(NAMES)}"]), markup=False)


def _average(
    found: Estimand, table: Dataset, options: dict[str, Any], refute: bool, dowhy: bool,
    controls: list[str], plot: tuple[Path | None, str], json_: bool,
) -> None:  # fmt: skip
    from etiograph.effects import estimate_text
    from queries.causal import estimate as estimate_
    from queries.causal.hidden_bias import negative_control, rosenbaum_bounds
    from queries.causal.plots import plot_balance, plot_sensitivity
    from queries.causal.sensitivity import refute as refute_
    from queries.causal.sensitivity import sensitivity

    number = estimate_(found, table, **options)
    adjusted = found.method == "backdoor"
    hidden = sensitivity(number, table) if adjusted else None
    checks = [*(refute_(number, table) if refute else ())]
    if dowhy:
        from queries.causal.dowhy_refuters import refute_with_dowhy

        checks += refute_with_dowhy(number, table, seed=options["seed"])
    pairs = None
    if refute and adjusted and "arms" in number.diagnostics:
        try:
            pairs = rosenbaum_bounds(found, table)
        except DataError:
            pairs = None  # too few pairs are alike: the overlap that was told says why
    nulls = [negative_control(number, table, c, seed=options["seed"]) for c in controls]
    if plot[0] is not None:
        if plot[1] == "balance":
            plot_balance(number, plot[0])
        elif hidden is None:
            raise UsageError("a plot of sensitivity is for back-door estimates")
        else:
            plot_sensitivity(hidden, plot[0])
    if json_:
        emit_json(
            {
                **number.to_json(),
                "sensitivity": hidden.to_json() if hidden else None,
                "rosenbaum": pairs.to_json() if pairs else None,
                "negative_controls": [c.to_json() for c in nulls],
                "refutations": [c.to_json() for c in checks],
            }
        )
        return
    lines = [estimate_text(number)]
    if hidden:
        lines.append(f"How robust: {hidden.explanation}")
    if pairs:
        lines.append(f"Matched pairs: {pairs.explanation}")
    lines += [f"{_mark(c.passed)}: {c.name}: {c.explanation}" for c in checks]
    lines += [f"{_mark(c.passed)}: control {c.name}: {c.explanation}" for c in nulls]
    console().print("\n\n".join(lines), markup=False)


def _mark(passed: bool) -> str:
    return "passed" if passed else "FAILED"


def _other(
    what: str, found: Estimand, observed: CausalGraph, table: Dataset, rows: dict[str, Any],
    estimator: str, by: list[str], event: str | None, horizon: float | None, plot: Path | None,
    json_: bool,
) -> None:  # fmt: skip
    """Effects of units, a curve of doses, times to an event, or all specifications."""
    from etiograph.effects import told_text
    from queries.causal import plots

    result: Any
    draw: Any
    if what == "units":
        from queries.causal.heterogeneity import effects_by_unit

        result, draw = (
            effects_by_unit(found, table, by=by, learner=estimator, **rows),
            plots.plot_units,
        )
    elif what == "doses":
        from queries.causal.dose_response import dose_response

        result, draw = dose_response(found, table, **rows), plots.plot_doses
    elif what == "survival":
        from queries.causal.survival import survival_effect

        if event is None:
            raise UsageError(
                "the column of events is not named",
                hint="Name it: --event COLUMN (1 event, 0 lost).",
            )
        result = survival_effect(found, table, event, horizon=horizon, **rows)
        draw = plots.plot_survival
    else:
        from queries.causal.specification import specification_curve

        x, y = found.treatment[0], found.outcome[0]
        chosen = () if estimator == "auto" else (estimator,)
        result = specification_curve(observed, x, y, table, estimators=chosen, **rows)
        draw = plots.plot_specifications
    if plot is not None:
        draw(result, plot)
    if json_:
        emit_json(result.to_json())
    else:
        console().print(told_text(result), markup=False)


def _refused(refused: Refusal, observed: CausalGraph, table: Dataset, json_: bool) -> None:
    """What can be said of an effect that is not identifiable."""
    from etiograph.effects import identification_text

    bounds, why = _bounds(observed, refused, table)
    linear = _instrumental(observed, refused, table)
    if json_:
        emit_json(
            {
                **refused.to_json(),
                "bounds": bounds.to_json() if bounds else None,
                "instrumental": linear.to_json() if linear else None,
            }
        )
        return
    told = [bounds.explanation if bounds else f"No bounds either: {why}."]
    if linear:
        told.append(linear.explanation)
    console().print("\n\n".join([identification_text(refused), *told]), markup=False)


def _bounds(observed: CausalGraph, refused: Refusal, table: Dataset) -> tuple[Bounds | None, str]:
    """Bounds of a refused effect where the data are discrete, or why there are none."""
    from queries.causal import bound

    if len(refused.treatment) != 1 or len(refused.outcome) != 1 or refused.given:
        return None, "they are given for one treatment and one outcome, without conditions"
    if observed.has_cycle or observed.undirected or observed.circle:
        return None, "the graph is cyclic or not fully directed"
    try:
        return bound(observed, refused.treatment[0], refused.outcome[0], table, bootstraps=200), ""
    except DataError as error:
        return None, error.message


def _instrumental(
    observed: CausalGraph, refused: Refusal, table: Dataset
) -> InstrumentalEstimate | None:
    """The linear effect by the first instruments that need the same adjustment, if there are any."""
    from queries.causal.instrumental import conditional_instruments, instrumental

    if len(refused.treatment) != 1 or len(refused.outcome) != 1 or observed.has_cycle:
        return None
    x, y = refused.treatment[0], refused.outcome[0]
    usable = [
        i
        for i in conditional_instruments(observed, x, y)
        if {i.node, *i.given} <= set(table.columns)
    ]
    if not usable:
        return None
    given = usable[0].given
    try:
        return instrumental(table, x, y, [i.node for i in usable if i.given == given], given)
    except DataError:
        return None  # the refusal is the answer; this was only what could be added to it
