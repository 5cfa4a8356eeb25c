"""``etiograph discover`` and ``etiograph proposals``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from etiograph.cli.common import (
    JsonOption,
    QuietOption,
    StoreOption,
    console,
    emit_json,
    examples,
    open_kg,
    progress,
)

EPILOG = examples(
    "etiograph discover cells.csv --bind bindings.csv",
    "etiograph discover cells.csv --algorithm causal-learn/ges --bootstraps 50 --json",
    "etiograph discover cells.csv --set alpha=0.001 --no-priors --no-propose",
)


def discover(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="A CSV, TSV or Parquet table.")],
    algorithm: Annotated[
        str, typer.Option("--algorithm", "-a", help="pc, causal-learn/pc, causal-learn/ges ...")
    ] = "pc",
    bind: Annotated[
        Path | None,
        typer.Option(
            "--bind",
            metavar="FILE",
            help="Table column,entity: what each column measures. Default: bindings.csv beside DATA.",
        ),
    ] = None,
    priors: Annotated[
        bool, typer.Option("--priors/--no-priors", help="Use what the graph already believes.")
    ] = True,
    propose: Annotated[
        bool, typer.Option("--propose/--no-propose", help="Write the edges found as proposals.")
    ] = True,
    bootstraps: Annotated[
        int, typer.Option("--bootstraps", "-b", min=0, help="Resamples for edge stability.")
    ] = 20,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting of the algorithm."),
    ] = None,
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Propose causal edges from data, under priors from the literature graph."""
    from etiograph.cli.cypher import parameters

    with open_kg(store, create=True) as kg:
        with progress("discovering", quiet=quiet) as update:
            found = kg.discover(
                data,
                algorithm,
                bind=bind,
                priors=priors,
                propose=propose,
                bootstraps=bootstraps,
                progress=update,
                **parameters(setting),
            )
        if json_:
            emit_json(found.to_json())
        else:
            console().print(found.to_text(), markup=False)
            if propose:
                console().print("\nSee them with: etiograph proposals list", markup=False)


proposals_app = typer.Typer(
    help="What algorithms proposed: look, accept, reject.",
    no_args_is_help=True,
    epilog=examples(
        "etiograph proposals list", "etiograph proposals accept st-1234 --why 'seen in our assay'"
    ),
)


@proposals_app.command("list", epilog=examples("etiograph proposals list --json"))
def list_(store: StoreOption = None, json_: JsonOption = False) -> None:
    """List proposals with where they come from and what the literature says."""
    from etiograph.proposals import proposals_table, summarise

    with open_kg(store) as kg:
        rows = summarise(kg)
    if json_:
        emit_json(rows)
    elif rows:
        console().print(proposals_table(rows))
    else:
        console().print("No proposals. etiograph discover DATA makes some.", markup=False)


WhoOption = Annotated[
    str | None, typer.Option("--who", help="Who decides; the login name when not given.")
]
WhyOption = Annotated[str, typer.Option("--why", help="The reason, kept with the decision.")]
IdArgument = Annotated[
    str, typer.Argument(metavar="STATEMENT", help="A statement's id, or the start of it.")
]


@proposals_app.command(
    "accept", epilog=examples("etiograph proposals accept st-1a2b --who ada --why 'assay 12'")
)
def accept(
    statement: IdArgument,
    who: WhoOption = None,
    why: WhyOption = "",
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """Accept a proposal: its status becomes curated, its evidence keeps its rung."""
    _decide("accept", statement, who, why, store, json_)


@proposals_app.command(
    "reject", epilog=examples("etiograph proposals reject st-1a2b --why 'batch effect'")
)
def reject(
    statement: IdArgument,
    who: WhoOption = None,
    why: WhyOption = "",
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """Reject a proposal: its status becomes refuted, and it is used no more."""
    _decide("reject", statement, who, why, store, json_)


def _decide(
    action: str, statement: str, who: str | None, why: str, store: Path | None, json_: bool
) -> None:
    import getpass

    from etiograph.proposals import full_id, sentence

    with open_kg(store) as kg:
        id_ = full_id(kg, statement)
        decide = kg.accept if action == "accept" else kg.reject
        decided = decide(id_, who=who or getpass.getuser(), why=why)
        said: dict[str, Any] = {
            "statement": decided.id,
            "status": decided.status.value,
            "belief": decided.belief,
            "text": sentence(kg.store, decided),
        }
    if json_:
        emit_json(said)
    else:
        console().print(f"{said['text']}: {said['status']} ({decided.id})", markup=False)
