"""``etiograph bound``: what can be said of an effect that cannot be computed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from etiograph.cli.causal import GraphOption, OutcomeOption, TreatmentOption, asked, seen
from etiograph.cli.common import JsonOption, console, emit_json, examples
from graph.errors import UsageError

EPILOG = examples(
    "etiograph bound --graph bow.dot --data rows.csv -x X -y Y",
    "etiograph bound --graph iv.dagitty --data rows.csv --instrument Z --assume no-defiers --json",
    "etiograph bound --graph g.json --data rows.csv -x school -y wage --assume increasing-response --range 0 50",
    "etiograph bound --graph g.json --data rows.csv -x drug -y death --causation --trial trial.csv",
    "etiograph bound --graph market.json --data rows.csv -x price -y demand --equilibrium",
)


def bound(
    graph: GraphOption,
    data: Annotated[
        Path, typer.Option("--data", "-d", metavar="FILE", help="A CSV, TSV or Parquet table.")
    ],
    treatment: TreatmentOption = None,
    outcome: OutcomeOption = None,
    instrument: Annotated[
        str | None,
        typer.Option(
            "--instrument", metavar="NODE", help="The instrument to use, of those that fit."
        ),
    ] = None,
    assume: Annotated[
        list[str] | None,
        typer.Option(
            "--assume",
            metavar="NAME",
            help="increasing-response, decreasing-response, positive-selection, negative-selection or "
            "no-defiers; may be repeated.",
        ),
    ] = None,
    range_: Annotated[
        tuple[float, float] | None,
        typer.Option("--range", metavar="LOW HIGH", help="What the outcome cannot leave."),
    ] = None,
    causation: Annotated[
        bool,
        typer.Option("--causation", help="Probabilities of necessity and sufficiency instead."),
    ] = False,
    trial: Annotated[
        Path | None,
        typer.Option(
            "--trial", metavar="FILE", help="With --causation: rows of a trial of the cause."
        ),
    ] = None,
    monotone: Annotated[
        bool,
        typer.Option("--monotone", help="With --causation: the cause never prevents the outcome."),
    ] = False,
    equilibrium: Annotated[
        bool,
        typer.Option(
            "--equilibrium", help="The linear effect of a graph with feedback, once settled."
        ),
    ] = False,
    bootstraps: Annotated[
        int, typer.Option("--bootstraps", min=0, help="Resamples for the intervals.")
    ] = 200,
    seed: Annotated[int, typer.Option("--seed", help="Of the resamples.")] = 0,
    json_: JsonOption = False,
) -> None:
    """Bound an effect that hidden common causes keep from being computed.

    By the structure of the graph where the data are discrete, an instrument if there is one; by the
    outcome's range and what you assume of how units answer; or, for feedback, linearly. Exit code 7: the
    feedback cannot be told apart.
    """
    from etiograph.api import load_dataset
    from graph.causal_formats import load
    from graph.errors import RefusedError
    from queries.causal import bound as bound_
    from queries.causal.attribution import attribution
    from queries.causal.equilibrium import equilibrium_effect
    from queries.causal.results import Refusal

    document = load(graph)
    xs, ys = asked(document, graph, treatment, outcome)
    if len(xs) != 1 or len(ys) != 1:
        raise UsageError("bounds are given for one treatment and one outcome")
    if causation and equilibrium:
        raise UsageError("give --causation or --equilibrium, not both")
    if not causation and (trial or monotone):
        raise UsageError("--trial and --monotone go with --causation")
    x, y = xs[0], ys[0]
    seen(document, graph, (x, y, *([instrument] if instrument else [])))
    observed = document.observed
    table = load_dataset(data)
    if equilibrium:
        rest = equilibrium_effect(observed, x, y, table, bootstraps=bootstraps, seed=seed)
        if isinstance(rest, Refusal):
            from etiograph.effects import identification_text

            if json_:
                emit_json(rest.to_json())
            else:
                console().print(identification_text(rest), markup=False)
            raise typer.Exit(RefusedError.exit_code)
        _print(rest.explanation, rest.assumptions, rest.to_json(), json_=json_)
    elif causation:
        found = attribution(
            observed, x, y, table, trial=load_dataset(trial) if trial else None,
            monotone=monotone, bootstraps=bootstraps, seed=seed,
        )  # fmt: skip
        told = found.explanation
        if bootstraps:
            told += f" With sampling error: {found.intervals.text}."
        _print(told, found.assumptions, found.to_json(), json_=json_)
    else:
        ends = bound_(
            observed, x, y, table, instrument=instrument, assume=assume or (),
            outcome_range=range_, bootstraps=bootstraps, seed=seed,
        )  # fmt: skip
        told = ends.explanation
        if bootstraps:
            told += f" With sampling error: {ends.ci_low:.4g} to {ends.ci_high:.4g}."
        if ends.contradiction > 1e-6:
            told += f" The data are {ends.contradiction:.3g} (total variation) from any model of this graph."
        _print(told, ends.assumptions, ends.to_json(), json_=json_)


def _print(told: str, assumptions: tuple[str, ...], data: object, *, json_: bool) -> None:
    if json_:
        emit_json(data)
        return
    lines = [told, "", "This holds if:", *(f"  - {a}" for a in assumptions)]
    console().print("\n".join(lines), markup=False)
