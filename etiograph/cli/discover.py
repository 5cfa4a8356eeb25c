"""``etiograph discover``: from a table to proposed causal edges."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from etiograph.cli.common import (
    JsonOption,
    QuietOption,
    StoreOption,
    console,
    emit_json,
    examples,
    note,
    open_kg,
    progress,
)
from etiograph.cli.series import is_series, pair, refuse, series

if TYPE_CHECKING:
    from discovery import Discovery, Knowledge
    from discovery.priors import Priors
    from graph.store import Store

EPILOG = examples(
    "etiograph discover --list",
    "etiograph discover cells.csv --suggest-bindings bindings.csv",
    "etiograph discover cells.csv --bind bindings.csv",
    "etiograph discover cells.h5ad --read layer=raw --read top=100",
    "etiograph discover cells.csv --algorithm boss --bootstraps 100 --workers 2 --plot graph.png",
    "etiograph discover cells.csv --set alpha=0.001 --priors hard --no-propose --json",
    "etiograph discover cells.csv --missing testwise --transform nonparanormal --no-priors",
    "etiograph discover screen.csv --algorithm gies --targets perturbed",
    "etiograph discover visits.csv --algorithm pcmci --time week --unit patient --max-lag 4",
    "etiograph discover cells.csv --pair raf,mek",
)


class PriorKind(StrEnum):
    """How the literature graph is used."""

    GRADED = "graded"
    HARD = "hard"
    NONE = "none"


class MissingKind(StrEnum):
    """What to do about missing values."""

    REFUSE = "refuse"
    DROP = "drop"
    TESTWISE = "testwise"
    IMPUTE = "impute"


class TransformKind(StrEnum):
    """What to do to columns first."""

    NONPARANORMAL = "nonparanormal"


class PlotKind(StrEnum):
    """What ``--plot`` draws."""

    GRAPH = "graph"
    STABILITY = "stability"
    CONFLICTS = "conflicts"


_DATA, _TIME, _PRIORS = "Data", "Series and pairs", "Priors"
_RUN, _OUT = "Search", "Output"


def discover(
    data: Annotated[
        Path | None,
        typer.Argument(metavar="DATA", help="A CSV, TSV, Parquet, h5ad or DuckDB table."),
    ] = None,
    algorithm: Annotated[
        str,
        typer.Option("--algorithm", "-a", help="See --list for all of them.", rich_help_panel=_RUN),
    ] = "pc",
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A setting of the algorithm.",
            rich_help_panel=_RUN,
        ),
    ] = None,
    bootstraps: Annotated[
        int | None,
        typer.Option(
            "--bootstraps",
            "-b",
            min=0,
            help="Resamples for edge stability. Default: 20.",
            rich_help_panel=_RUN,
        ),
    ] = None,
    workers: Annotated[
        int,
        typer.Option(
            "--workers",
            "-w",
            min=1,
            help="Processes for the resamples; the result is the same.",
            rich_help_panel=_RUN,
        ),
    ] = 1,
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="ADDR",
            help="Ray cluster for the resamples; the result is the same.",
            rich_help_panel=_RUN,
        ),
    ] = None,
    fdr: Annotated[
        float | None,
        typer.Option(
            "--fdr",
            metavar="Q",
            min=0.0,
            max=1.0,
            help="Keep edges up to this false discovery rate (algorithms of tests).",
            rich_help_panel=_RUN,
        ),
    ] = None,
    bind: Annotated[
        Path | None,
        typer.Option(
            "--bind",
            metavar="FILE",
            help="Table column,entity: what each column measures. Default: bindings.csv beside DATA.",
            rich_help_panel=_DATA,
        ),
    ] = None,
    missing: Annotated[
        MissingKind,
        typer.Option("--missing", help="What to do about missing values.", rich_help_panel=_DATA),
    ] = MissingKind.REFUSE,
    transform: Annotated[
        TransformKind | None,
        typer.Option(
            "--transform", help="Normal scores of ranks: heavy tails.", rich_help_panel=_DATA
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights", metavar="COL", help="Column of row weights.", rich_help_panel=_DATA
        ),
    ] = None,
    clusters: Annotated[
        str | None,
        typer.Option(
            "--clusters",
            metavar="COL",
            help="Column that groups rows (plate, patient): resampled whole.",
            rich_help_panel=_DATA,
        ),
    ] = None,
    targets: Annotated[
        list[str] | None,
        typer.Option(
            "--targets",
            metavar="COL",
            help="Column that names what was intervened upon in each row; or NAME=COL, a column of 0/1 "
            "for the column NAME (repeat).",
            rich_help_panel=_DATA,
        ),
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option(
            "--leave-out",
            metavar="COL",
            help="Column not to look at (repeat).",
            rich_help_panel=_DATA,
        ),
    ] = None,
    read: Annotated[
        list[str] | None,
        typer.Option(
            "--read",
            metavar="NAME=VALUE",
            help="How to read DATA: layer, obs, genes, top (h5ad); table (DuckDB).",
            rich_help_panel=_DATA,
        ),
    ] = None,
    suggest_bindings: Annotated[
        Path | None,
        typer.Option(
            "--suggest-bindings",
            metavar="FILE",
            help="Only write a table of what each column may measure, to check, edit and give to --bind.",
            rich_help_panel=_DATA,
        ),
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(
            "--time",
            metavar="COL",
            help="Algorithms over time: column of times, in equal steps. Default: rows are in order.",
            rich_help_panel=_TIME,
        ),
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option(
            "--unit",
            metavar="COL",
            help="Column of subjects, each a series of its own.",
            rich_help_panel=_TIME,
        ),
    ] = None,
    max_lag: Annotated[
        int | None,
        typer.Option(
            "--max-lag",
            min=1,
            help="Longest lag looked for, in steps. Default: 3.",
            rich_help_panel=_TIME,
        ),
    ] = None,
    pair_: Annotated[
        str | None,
        typer.Option(
            "--pair",
            metavar="X,Y",
            help="Only say which of two columns acts on the other, or that it is not known.",
            rich_help_panel=_TIME,
        ),
    ] = None,
    from_graph: Annotated[
        bool,
        typer.Option(
            "--prior-from-graph/--no-priors",
            help="Use what the graph already believes.",
            rich_help_panel=_PRIORS,
        ),
    ] = True,
    priors: Annotated[
        PriorKind | None,
        typer.Option(
            "--priors",
            help="How: as prior odds, as forbidden directions, not at all. Default: what the "
            "algorithm can take.",
            rich_help_panel=_PRIORS,
        ),
    ] = None,
    strength: Annotated[
        float | None,
        typer.Option(
            "--prior-strength",
            metavar="X",
            min=0.0,
            help="Factor on graded priors. Default: the setting prior_strength.",
            rich_help_panel=_PRIORS,
        ),
    ] = None,
    knowledge: Annotated[
        Path | None,
        typer.Option(
            "--knowledge",
            metavar="FILE",
            help="What else is known, as JSON: required, forbidden, tiers, graded.",
            rich_help_panel=_PRIORS,
        ),
    ] = None,
    propose: Annotated[
        bool,
        typer.Option(
            "--propose/--no-propose",
            help="Write the edges found as proposals, and the conflicts as evidence.",
            rich_help_panel=_OUT,
        ),
    ] = True,
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot",
            metavar="FILE",
            help="Draw the result: .png, .svg or .pdf.",
            rich_help_panel=_OUT,
        ),
    ] = None,
    plot_kind: Annotated[
        PlotKind, typer.Option("--plot-kind", help="What to draw.", rich_help_panel=_OUT)
    ] = PlotKind.GRAPH,
    list_: Annotated[
        bool,
        typer.Option(
            "--list",
            help="List the algorithms, what they learn from and what knowledge they take.",
            rich_help_panel=_OUT,
        ),
    ] = False,
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Propose causal edges from data, under priors from the literature graph.

    Where data and literature disagree, the conflict is printed with both sides' evidence.
    """
    from etiograph.cli.cypher import parameters
    from graph.errors import UsageError

    if list_:
        _list(json_)
        return
    if data is None:
        raise UsageError(
            "no table was given", hint="etiograph discover DATA; --list shows the algorithms."
        )
    if not from_graph and priors not in (None, PriorKind.NONE):
        raise UsageError(f"--no-priors and --priors {priors.value} exclude each other")
    if plot is not None:
        from discovery.plots import check_file

        check_file(plot)
    if suggest_bindings is not None:
        from etiograph.cli.binding import suggest_table

        suggest_table(data, suggest_bindings, store, bind=bind, read=read, json_=json_, quiet=quiet)
        return
    kind: Priors | None = "none" if not from_graph else None if priors is None else priors.value
    own = None if knowledge is None else _knowledge(knowledge)
    tabular = {
        "--workers": workers > 1, "--ray": ray, "--fdr": fdr, "--transform": transform,
        "--clusters": clusters, "--targets": targets, "--plot": plot, "--leave-out": leave_out,
        "--bootstraps": bootstraps, "--prior-strength": strength,
    }  # fmt: skip
    over_time = {"--time": time, "--unit": unit, "--max-lag": max_lag}
    if pair_ is not None:
        refuse("--pair", {**tabular, **over_time, "--knowledge": knowledge})
        pair(
            data, pair_, read=parameters(read), weights=weights, settings=parameters(setting),
            json_=json_,
        )  # fmt: skip
        return
    if is_series(algorithm):
        refuse(algorithm, {**tabular, "--weights": weights})
        series(
            data, algorithm, time=time, unit=unit, max_lag=max_lag, bind=bind,
            read=parameters(read), priors=kind, knowledge=own, missing=missing.value,
            settings=parameters(setting), propose=propose, store=store, json_=json_, quiet=quiet,
        )  # fmt: skip
        return
    refuse(algorithm, over_time)
    with open_kg(store, create=True) as kg:
        with progress("discovering", quiet=quiet) as update:
            found = kg.discover(
                data,
                algorithm,
                bind=bind,
                read=parameters(read),
                priors=kind,
                prior_strength=strength,
                knowledge=own,
                propose=propose,
                bootstraps=20 if bootstraps is None else bootstraps,
                progress=update,
                workers=workers,
                ray=ray,
                fdr=fdr,
                missing=missing.value,
                transform=None if transform is None else transform.value,
                weights=weights,
                clusters=clusters,
                targets=_targets(targets),
                leave_out=leave_out or (),
                on_report=lambda report: note(f"data: {report}", quiet=quiet or not report.issues),
                **parameters(setting),
            )
        if plot is not None:
            found.plot(plot, kind=plot_kind.value)
            note(f"drawn in {plot}", quiet=quiet)
        if json_:
            emit_json(_json(found, kg.store))
        else:
            console().print(_text(found, kg.store), markup=False)
            if propose:
                console().print(
                    "\nSee them with: etiograph proposals list, etiograph proposals conflicts",
                    markup=False,
                )


def _targets(given: list[str] | None) -> str | dict[str, str] | None:
    from graph.errors import UsageError

    if not given:
        return None
    if len(given) == 1 and "=" not in given[0]:
        return given[0]
    found: dict[str, str] = {}
    for item in given:
        name, equals, column = item.partition("=")
        if not (name and equals and column):
            raise UsageError(
                f"--targets {item!r} is not NAME=COL", hint="Give one COL alone, or NAME=COL each."
            )
        found[name] = column
    return found


def _knowledge(path: Path) -> Knowledge:
    from discovery import Knowledge
    from graph.errors import InputError

    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror}", where=str(path)) from error
    except ValueError as error:
        raise InputError(f"this is no JSON: {error}", where=str(path)) from error
    if not isinstance(said, dict):
        raise InputError(
            "background knowledge is a JSON object",
            where=str(path),
            hint='{"required": [["a", "b"]], "forbidden": [], "tiers": [], "graded": [["a", "c", 1.5]]}',
        )
    return Knowledge.from_json(said, where=str(path))


def _json(found: Discovery, store: Store) -> dict[str, Any]:
    from discovery.ledger import quotes

    said = found.to_json()
    for row, conflict in zip(said["conflicts"], found.conflicts, strict=True):
        row["quotes"] = quotes(store, conflict)
    return said


def _text(found: Discovery, store: Store) -> str:
    from discovery.ledger import quotes

    return found.to_text(quotes=lambda conflict: quotes(store, conflict, most=1))


def _list(json_: bool) -> None:
    from discovery.algorithms import REGISTRY, algorithm_class
    from discovery.series import ALGORITHMS, resolve

    rows: list[dict[str, Any]] = []
    over_time = {name: type(resolve(name)) for name in ALGORITHMS}
    tabular = {name: algorithm_class(name) for name in REGISTRY}
    every = {**tabular, **over_time}
    for name in sorted(every, key=lambda n: ("/" in n, n in over_time, n)):
        one = every[name]
        rows.append(
            {
                "name": name,
                "summary": one.summary,
                "data": list(one.data),
                "knowledge": list(one.takes),
                "hidden_causes": one.hidden_causes,
                "settings": {
                    key: {"default": field.get_default(call_default_factory=True), "help": field.description}
                    for key, field in one.settings_type.model_fields.items()
                },
            }
        )  # fmt: skip
    if json_:
        emit_json(rows)
        return
    wide = max(len(row["name"]) for row in rows)
    for row in rows:
        knowledge = ", ".join(row["knowledge"]) or "none"
        console().print(f"{row['name']:<{wide}}  {row['summary']}", markup=False)
        console().print(
            f"{'':<{wide}}    data: {', '.join(row['data'])}; knowledge: {knowledge}",
            markup=False,
            style="dim",
        )
    console().print(
        "\nSettings with their defaults: etiograph discover --list --json", markup=False
    )
