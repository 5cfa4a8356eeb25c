"""``etiograph next-evidence``, ``mr`` (no store needed) and ``what-if``."""

from __future__ import annotations

from collections.abc import Iterable
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
from graph.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from graph.causal_formats import GraphDocument

NEXT_EPILOG = examples(
    "etiograph next-evidence --graph study.dagitty -x smoking -y weight",
    "etiograph next-evidence --graph admg.json -x X -y Y --cost U=3 --cost 'X<->Y=10' --json",
    "etiograph next-evidence --graph g.dot -x X -y Y --impossible randomise",
)
WHAT_IF_EPILOG = examples(
    "etiograph what-if lithium polyuria --store ./kidney",
    "etiograph what-if mesh:D008094 hgnc:634 --hidden mesh:D000428 --json",
    "etiograph what-if X Y --graph g.dot --belief 'X->M=0.7' --sign 'X->M=-1' --sign 'M->Y=1'",
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


def seen(document: GraphDocument, path: Path, nodes: Iterable[str]) -> None:
    """Raise :class:`~graph.errors.UsageError` if one of these is hidden, naming it."""
    if hidden := sorted(set(nodes) & set(document.hidden)):
        raise UsageError(
            f"{', '.join(hidden)} cannot be asked about: the graph says that it is hidden",
            where=str(path),
        )


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
        costs=dict(_number(text, "--cost", "X<->Y=10") for text in cost or ()),
        impossible=impossible or (),
        most=most,
    )
    if json_:
        emit_json(found.to_json())
    else:
        console().print(found.explanation, markup=False)
    if not found.identified and not found.plans:
        raise typer.Exit(RefusedError.exit_code)


def _number(text: str, option: str, example: str) -> tuple[str, float]:
    name, _, number = text.rpartition("=")
    try:
        return name, float(number)
    except ValueError:
        raise UsageError(
            f"{option} {text} is not WHAT=NUMBER", hint=f"For instance {option} '{example}'."
        ) from None


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
    graph: Annotated[
        Path | None,
        typer.Option(
            "--graph", "-g", metavar="FILE", help="A graph of your own instead of a store."
        ),
    ] = None,
    belief: Annotated[
        list[str] | None,
        typer.Option(
            "--belief",
            metavar="A->B=P",
            help="With --graph: how sure an edge is (1 if not said); may be repeated.",
        ),
    ] = None,
    sign: Annotated[
        list[str] | None,
        typer.Option(
            "--sign", metavar="A->B=1", help="With --graph: 1 raises, -1 lowers; may be repeated."
        ),
    ] = None,
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """Say what an intervention does if every statement is only as true as it is believed.

    The graph is taken apart into the worlds that its beliefs allow; the answer is a distribution over
    them, with the statements that are most worth checking.
    """
    from etiograph.effects import worlds_text

    if (belief or sign) and graph is None:
        raise UsageError("--belief and --sign are about the edges of a --graph")
    if graph is not None:
        from graph.causal_formats import load
        from queries.causal.believed import believed_arcs
        from queries.causal.worlds import worlds as worlds_

        document = load(graph)
        document.graph.indices((cause, effect, *(hidden or ())))
        beliefs = dict(_number(text, "--belief", "A->B=0.7") for text in belief or ())
        signs = dict(_number(text, "--sign", "A->B=-1") for text in sign or ())
        arcs, tied = believed_arcs(document.graph, beliefs, signs=signs)
        found = worlds_(
            arcs, cause, effect, hidden=(*tied, *document.hidden, *(hidden or ())), number=worlds
        )
        if json_:
            emit_json(found.to_json())
        else:
            console().print(worlds_text(found, {}), markup=False)
        return
    with open_kg(store) as kg:
        found, names = kg.what_if(cause, effect, depth=depth, hidden=hidden or (), number=worlds)
        if json_:
            emit_json({**found.to_json(), "names": names})
        else:
            console().print(worlds_text(found, names), markup=False)


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
