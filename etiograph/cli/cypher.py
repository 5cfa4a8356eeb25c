"""``etiograph cypher`` and ``etiograph query``."""

from __future__ import annotations

from typing import Annotated

import typer

from etiograph.cli.common import (
    JsonOption,
    StoreOption,
    console,
    emit_json,
    examples,
    open_kg,
)
from graph.errors import UsageError

CYPHER_EPILOG = examples(
    'etiograph cypher "MATCH (d:Disease) RETURN d.name LIMIT 5"',
    "etiograph cypher 'MATCH (e:Entity {id: $id}) RETURN e' --param id=mesh:D008094 --json",
    "etiograph cypher    [dim]# a prompt with history and completion[/dim]",
)
ParamOption = Annotated[
    list[str] | None,
    typer.Option("--param", "-p", metavar="NAME=VALUE", help="A parameter; may be repeated."),
]
MaxRowsOption = Annotated[
    int | None, typer.Option("--max-rows", min=1, help="Rows to return at most.")
]
TimeoutOption = Annotated[
    float | None, typer.Option("--timeout", min=0.001, help="Seconds to run at most.")
]

query_app = typer.Typer(
    help="Run the queries of the library.",
    no_args_is_help=True,
    epilog=examples(
        "etiograph query list",
        "etiograph query run mediators source=mesh:D008094 target=mesh:D011141",
    ),
)


def parameters(given: list[str] | None) -> dict[str, object]:
    """Return ``NAME=VALUE`` strings as parameters: JSON values are read as such, others as text."""
    import json

    found: dict[str, object] = {}
    for item in given or []:
        name, equals, value = item.partition("=")
        if not equals or not name:
            raise UsageError(f"a parameter must be NAME=VALUE, not {item!r}")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found


def cypher(
    query: Annotated[
        str | None, typer.Argument(help="A Cypher query; without one, an interactive prompt.")
    ] = None,
    param: ParamOption = None,
    max_rows: MaxRowsOption = None,
    timeout: TimeoutOption = None,
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """Explore the graph in Cypher: read-only, enforced by the engine itself."""
    from etiograph.shell import run_shell
    from etiograph.tables import print_result

    with open_kg(store) as kg:
        limit = max_rows or kg.settings.query_max_rows
        seconds = timeout or kg.settings.query_timeout
        if query is None:
            kg.settings.home.mkdir(parents=True, exist_ok=True)
            history = kg.settings.home / "cypher-history"
            raise typer.Exit(
                run_shell(
                    kg.store, history=history, max_rows=limit, timeout=seconds, console=console()
                )
            )
        result = kg.cypher(query, parameters(param), max_rows=limit, timeout=seconds)
        print_result(console(), result, "json" if json_ else "table")


@query_app.command("list", epilog=examples("etiograph query list --json"))
def list_(json_: JsonOption = False) -> None:
    """List the named queries with their parameters."""
    from rich.table import Table

    from queries.cypher import library

    found = library()
    if json_:
        emit_json({name: query.to_json() for name, query in found.items()})
        return
    table = Table("query", "parameters", "purpose", box=None, header_style="bold")
    for name, query in found.items():
        table.add_row(name, query.signature, query.purpose)
    console().print(table)


@query_app.command(
    "run",
    epilog=examples(
        "etiograph query run hubs limit=5",
        "etiograph query run evidence_between source=mesh:D008094 target=mesh:D011141 --json",
    ),
)
def run(
    name: Annotated[str, typer.Argument(help="The query's name.")],
    values: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="Its parameters.")
    ] = None,
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """Run a named query. Entities are given by id (etiograph query run entities text=lithium)."""
    from etiograph.tables import print_result
    from queries.cypher import parse_arguments
    from queries.cypher.catalog import find

    typed = parse_arguments(find(name), values or [])
    with open_kg(store) as kg:
        print_result(console(), kg.query(name, **typed), "json" if json_ else "table")
