"""``etiograph proposals``: look at what algorithms proposed, and decide."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from etiograph.cli.common import JsonOption, StoreOption, console, emit_json, examples, open_kg

proposals_app = typer.Typer(
    help="What algorithms proposed: look, accept, reject.",
    no_args_is_help=True,
    epilog=examples(
        "etiograph proposals list",
        "etiograph proposals show st-1234",
        "etiograph proposals accept st-1234 --by ada --why 'seen in our assay'",
    ),
)

ByOption = Annotated[
    str | None, typer.Option("--by", "--who", help="Who decides; the login name when not given.")
]
WhyOption = Annotated[str, typer.Option("--why", help="The reason, kept with the decision.")]
IdArgument = Annotated[
    str, typer.Argument(metavar="STATEMENT", help="A statement's id, or the start of it.")
]


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


@proposals_app.command("show", epilog=examples("etiograph proposals show st-1a2b"))
def show(statement: IdArgument, store: StoreOption = None, json_: JsonOption = False) -> None:
    """Show one proposal: its runs, what the literature says for and against it, decisions."""
    from etiograph.proposals import proposal_text
    from etiograph.proposals import show as look

    with open_kg(store) as kg:
        said = look(kg, statement)
    if json_:
        emit_json(said)
    else:
        console().print(proposal_text(said), markup=False)


@proposals_app.command("conflicts", epilog=examples("etiograph proposals conflicts --json"))
def conflicts(store: StoreOption = None, json_: JsonOption = False) -> None:
    """List the statements that data disagree with: the ledger of conflicts."""
    from etiograph.proposals import conflicts as ledger
    from etiograph.proposals import conflicts_text

    with open_kg(store) as kg:
        rows = ledger(kg)
    if json_:
        emit_json(rows)
    elif rows:
        console().print(conflicts_text(rows), markup=False)
    else:
        console().print("No conflicts between data and literature.", markup=False)


@proposals_app.command(
    "accept", epilog=examples("etiograph proposals accept st-1a2b --by ada --why 'assay 12'")
)
def accept(
    statement: IdArgument,
    by: ByOption = None,
    why: WhyOption = "",
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """Accept a proposal: its status becomes curated, its evidence keeps its rung."""
    _decide("accept", statement, by, why, store, json_)


@proposals_app.command(
    "reject", epilog=examples("etiograph proposals reject st-1a2b --why 'batch effect'")
)
def reject(
    statement: IdArgument,
    by: ByOption = None,
    why: WhyOption = "",
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """Reject a proposal: its status becomes refuted, and it is used no more."""
    _decide("reject", statement, by, why, store, json_)


@proposals_app.command(
    "undo", epilog=examples("etiograph proposals undo st-1a2b --why 'wrong statement'")
)
def undo(
    statement: IdArgument,
    by: ByOption = None,
    why: WhyOption = "",
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """Take back the latest decision about a statement; that it was made stays recorded."""
    _decide("undo", statement, by, why, store, json_)


def _decide(
    action: str, statement: str, by: str | None, why: str, store: Path | None, json_: bool
) -> None:
    import getpass

    from etiograph.proposals import full_id, sentence

    with open_kg(store) as kg:
        id_ = full_id(kg, statement)
        decide = {"accept": kg.accept, "reject": kg.reject, "undo": kg.undo}[action]
        decided = decide(id_, who=by or getpass.getuser(), why=why)
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
