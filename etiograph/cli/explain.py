"""``etiograph explain`` and ``triangulate``: through what one thing acts on another, and who says so."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from etiograph.cli.common import JsonOption, StoreOption, console, emit_json, examples, open_kg
from graph.errors import UsageError

EPILOG = examples(
    "etiograph explain lithium polyuria --store ./kidney",
    "etiograph explain mesh:D008094 hgnc:634 --max-length 3 --json",
    "etiograph explain A2M FGF2 --graph signed.sif",
)
TRIANGULATE_EPILOG = examples(
    "etiograph triangulate lithium polyuria --store ./kidney",
    "etiograph triangulate mesh:D008094 mesh:D011141 --json",
)


def explain(
    cause: Annotated[str, typer.Argument(metavar="CAUSE", help="A name or id.")],
    effect: Annotated[str, typer.Argument(metavar="EFFECT", help="A name or id.")],
    graph: Annotated[
        Path | None,
        typer.Option(
            "--graph",
            metavar="FILE",
            help="A table of your own instead of the store: cause, sign (1, -1, 0), effect, belief if "
            "any, separated by tabs (SIF).",
        ),
    ] = None,
    k: Annotated[int, typer.Option("--most", min=1, max=1000, help="Chains to show.")] = 10,
    max_length: Annotated[int, typer.Option("--max-length", min=1, max=10, help="Links.")] = 4,
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """Show through what one thing acts on another: chains by belief, feedback, and what to block.

    Chains whose signs disagree are shown as such, never averaged.
    """
    if graph is not None:
        if store is not None:
            raise UsageError("give --graph or --store, not both")
        from etiograph.mechanisms import mechanism
        from queries.mechanism import Network

        found = mechanism(Network.of_file(graph), cause, effect, k=k, max_length=max_length)
    else:
        with open_kg(store) as kg:
            found = kg.explain(cause, effect, k=k, max_length=max_length)
    if json_:
        emit_json(found.to_json())
    else:
        console().print(found.to_text(), markup=False)


def triangulate(
    cause: Annotated[str, typer.Argument(metavar="CAUSE", help="A name or id in the graph.")],
    effect: Annotated[str, typer.Argument(metavar="EFFECT", help="A name or id in the graph.")],
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """Put text, data, genetics, trials and databases side by side, one row a rung of evidence.

    Nothing is mixed into one number: sizes are combined only where they measure the same thing.
    """
    from etiograph.mechanisms import triangulation_text

    with open_kg(store) as kg:
        found = kg.triangulate(cause, effect)
        if json_:
            emit_json(found.to_json())
            return
        names = [kg.find(end).name for end in (found.cause, found.effect)]
        console().print(triangulation_text(found, *names), markup=False)
