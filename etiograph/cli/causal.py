"""``etiograph next-evidence``, ``estimate``, ``mr`` (no store needed) and ``what-if``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from etiograph.cli.common import (
    JsonOption,
    StoreOption,
    console,
    emit_json,
    examples,
    open_kg,
)
from graph.errors import DataError, RefusedError, UsageError

if TYPE_CHECKING:
    from graph.causal import CausalGraph
    from graph.causal_formats import GraphDocument
    from graph.dataset import Dataset
    from queries.causal import Bounds, Estimand, Refusal
    from queries.causal.instrumental import InstrumentalEstimate

ESTIMATE_EPILOG = examples(
    "etiograph estimate --graph study.dagitty --data cohort.csv -x smoking -y weight",
    "etiograph estimate --graph g.dot --data cohort.parquet -x A -y B --estimator aipw --refute --json",
)
NEXT_EPILOG = examples(
    "etiograph next-evidence --graph study.dagitty -x smoking -y weight",
    "etiograph next-evidence --graph admg.json -x X -y Y --cost U=3 --cost 'X<->Y=10' --json",
    "etiograph next-evidence --graph g.dot -x X -y Y --impossible randomise",
)
WHAT_IF_EPILOG = examples(
    "etiograph what-if lithium polyuria --store ./kidney",
    "etiograph what-if mesh:D008094 hgnc:634 --hidden mesh:D000428 --json",
)
MR_EPILOG = examples(
    "etiograph mr bmi.tsv.gz chd.vcf.gz --ld reference.ld",
    "etiograph mr bmi.tsv.gz chd.tsv.gz --method ivw --method egger --plot forest.png --json",
)

GraphOption = Annotated[
    Path,
    typer.Option(
        "--graph", "-g", metavar="FILE", help="A causal graph: dagitty text, DOT or JSON."
    ),
]
TreatmentOption = Annotated[
    list[str] | None,
    typer.Option(
        "--treatment",
        "-x",
        metavar="NODE",
        help="What is set; may be repeated. Default: the file's.",
    ),
]
OutcomeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--outcome",
        "-y",
        metavar="NODE",
        help="What is asked about; may be repeated. Default: the file's.",
    ),
]
GivenOption = Annotated[
    list[str] | None,
    typer.Option("--given", metavar="NODE", help="What is known of the unit; may be repeated."),
]


def asked(
    document: GraphDocument, path: Path, treatment: list[str] | None, outcome: list[str] | None
) -> tuple[list[str], list[str]]:
    """Return the treatments and outcomes: those named, else the file's."""
    x, y = treatment or list(document.exposures), outcome or list(document.outcomes)
    for nodes, option, word in ((x, "-x", "treatment"), (y, "-y", "outcome")):
        if not nodes:
            raise UsageError(
                f"no {word} is named",
                where=str(path),
                hint=f"Name it with {option} NODE; the graph has {', '.join(document.graph.nodes)}.",
            )
    return x, y


def _identified(
    path: Path, treatment: list[str] | None, outcome: list[str] | None, given: list[str] | None
) -> tuple[Estimand | Refusal, CausalGraph]:
    """What the file's graph says of the effect, and the graph over what is observed."""
    from graph.causal_formats import load
    from queries.causal import identify as identify_

    document = load(path)
    x, y = asked(document, path, treatment, outcome)
    if hidden := sorted({*x, *y, *(given or ())} & set(document.hidden)):
        raise UsageError(
            f"{', '.join(hidden)} cannot be asked about: the graph says that it is hidden",
            where=str(path),
        )
    observed = document.observed
    return identify_(observed, x, y, given or ()), observed


def next_evidence(
    graph: GraphOption,
    treatment: TreatmentOption = None,
    outcome: OutcomeOption = None,
    given: GivenOption = None,
    cost: Annotated[
        list[str] | None,
        typer.Option(
            "--cost",
            metavar="WHAT=COST",
            help="Of measuring a hidden node or what an edge A<->B stands for (1 if not said), or of "
            "randomising an observed one (5); may be repeated.",
        ),
    ] = None,
    impossible: Annotated[
        list[str] | None,
        typer.Option(
            "--impossible",
            metavar="WHAT",
            help="Cannot be done; 'randomise' rules out experiments; may be repeated.",
        ),
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, max=100, help="Plans to show.")] = 5,
    json_: JsonOption = False,
) -> None:
    """Say what to measure or randomise next so that an effect can be computed, cheapest first.

    Hidden variables are nodes that the file calls latent, and bidirected edges. Exit code 7: nothing
    that is allowed is enough.
    """
    from graph.causal_formats import load
    from queries.causal import next_evidence as next_evidence_

    document = load(graph)
    x, y = asked(document, graph, treatment, outcome)
    found = next_evidence_(
        document.graph,
        x,
        y,
        given or (),
        hidden=document.hidden,
        costs=dict(map(_cost, cost or ())),
        impossible=impossible or (),
        most=most,
    )
    if json_:
        emit_json(found.to_json())
    else:
        console().print(found.explanation, markup=False)
    if not found.identified and not found.plans:
        raise typer.Exit(RefusedError.exit_code)


def _cost(text: str) -> tuple[str, float]:
    name, _, number = text.rpartition("=")
    try:
        return name, float(number)
    except ValueError:
        raise UsageError(
            f"--cost {text} is not WHAT=COST", hint="For instance --cost U=3, or 'X<->Y=10'."
        ) from None


def estimate(
    graph: GraphOption,
    data: Annotated[
        Path, typer.Option("--data", "-d", metavar="FILE", help="A CSV, TSV or Parquet table.")
    ],
    treatment: TreatmentOption = None,
    outcome: OutcomeOption = None,
    given: GivenOption = None,
    estimator: Annotated[
        str,
        typer.Option("--estimator", metavar="NAME", help="auto, linear, interacted, plug-in ..."),
    ] = "auto",
    refute: Annotated[
        bool, typer.Option("--refute", help="Also check it with placebos, subsets, a random cause.")
    ] = False,
    json_: JsonOption = False,
) -> None:
    """Identify an effect on your own graph and estimate it from your own table.

    The graph's nodes are column names. Exit code 7: the effect is not identifiable; bounds are given
    where the data are discrete, and the linear effect if the graph has an instrument.
    """
    from etiograph.api import load_dataset
    from etiograph.effects import estimate_text, identification_text
    from queries.causal import Refusal
    from queries.causal import estimate as estimate_
    from queries.causal.sensitivity import refute as refute_
    from queries.causal.sensitivity import sensitivity

    found, observed = _identified(graph, treatment, outcome, given)
    table = load_dataset(data)
    if isinstance(found, Refusal):
        bounds, why = _bounds(observed, found, table)
        linear = _instrumental(observed, found, table)
        if json_:
            emit_json(
                {
                    **found.to_json(),
                    "bounds": bounds.to_json() if bounds else None,
                    "instrumental": linear.to_json() if linear else None,
                }
            )
        else:
            told = [bounds.explanation if bounds else f"No bounds either: {why}."]
            if linear:
                told.append(linear.explanation)
            console().print("\n\n".join([identification_text(found), *told]), markup=False)
        raise typer.Exit(RefusedError.exit_code)
    number = estimate_(found, table, estimator=estimator)
    hidden = sensitivity(number, table) if found.method == "backdoor" else None
    checks = refute_(number, table) if refute else ()
    if json_:
        emit_json(
            {
                **number.to_json(),
                "sensitivity": hidden.to_json() if hidden else None,
                "refutations": [c.to_json() for c in checks],
            }
        )
        return
    lines = [estimate_text(number)]
    if hidden:
        lines.append(f"How robust: {hidden.explanation}")
    lines += [f"{'passed' if c.passed else 'FAILED'}: {c.name}: {c.explanation}" for c in checks]
    console().print("\n\n".join(lines), markup=False)


def what_if(
    cause: Annotated[str, typer.Argument(metavar="CAUSE", help="A name or id in the graph.")],
    effect: Annotated[str, typer.Argument(metavar="EFFECT", help="A name or id in the graph.")],
    depth: Annotated[int, typer.Option("--depth", min=1, max=6, help="Steps up from both.")] = 3,
    hidden: Annotated[
        list[str] | None,
        typer.Option("--hidden", metavar="ENTITY", help="Cannot be measured; may be repeated."),
    ] = None,
    worlds: Annotated[
        int, typer.Option("--worlds", min=10, max=100_000, help="Worlds to draw if many.")
    ] = 1000,
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """Say what an intervention does if every statement is only as true as it is believed.

    The graph is taken apart into the worlds that its beliefs allow; the answer is a distribution over
    them, with the statements that are most worth checking.
    """
    from etiograph.effects import worlds_text

    with open_kg(store) as kg:
        found, names = kg.what_if(cause, effect, depth=depth, hidden=hidden or (), number=worlds)
        if json_:
            emit_json({**found.to_json(), "names": names})
        else:
            console().print(worlds_text(found, names), markup=False)


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


def mr(
    exposure: Annotated[
        Path,
        typer.Argument(metavar="EXPOSURE", help="GWAS of the exposure: table, GWAS-VCF, catalog."),
    ],
    outcome: Annotated[Path, typer.Argument(metavar="OUTCOME", help="GWAS of the outcome.")],
    method: Annotated[
        list[str] | None,
        typer.Option(
            "--method", "-m", metavar="NAME", help="ivw, egger ...; the first is the main one."
        ),
    ] = None,
    p: Annotated[float, typer.Option("--p", help="Instruments have a p-value below this.")] = 5e-8,
    ld: Annotated[
        Path | None, typer.Option("--ld", metavar="FILE", help="Correlations to clump by.")
    ] = None,
    palindromes: Annotated[str, typer.Option(help="infer, drop or trust.")] = "infer",
    seed: Annotated[int, typer.Option(help="Of bootstraps and simulations.")] = 0,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw it: PNG, SVG or PDF.")
    ] = None,
    kind: Annotated[
        str, typer.Option("--kind", help="forest, scatter, funnel or leave-one-out.")
    ] = "forest",
    json_: JsonOption = False,
) -> None:
    """Mendelian randomization: the effect of one trait on another, from summary statistics."""
    from queries import mr as mr_

    result = mr_.run(
        exposure,
        outcome,
        method or None,
        p=p,
        ld=mr_.read_ld(ld) if ld else None,
        palindromes=palindromes,
        seed=seed,
    )
    if json_:
        emit_json(result.to_json())
    else:
        console().print(result.to_text(), markup=False)
    if plot is not None:
        result.plot(plot, kind)
