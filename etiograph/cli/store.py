"""``etiograph store``, ``stats`` and ``config``."""

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
    loaded_settings,
    note,
    open_kg,
    shared,
)
from graph.errors import StoreDamagedError, UsageError

STATS_EPILOG = examples("etiograph stats", "etiograph stats --json")
CONFIG_EPILOG = examples("etiograph config", "ETIOGRAPH_HOME=/data etiograph config --json")

store_app = typer.Typer(
    help="The graph store: run it in the background, check it, move it.",
    no_args_is_help=True,
    epilog=examples("etiograph store check", "etiograph store export graph.jsonl.gz"),
)


def _embedded_path(store: Path | None) -> Path:
    settings = loaded_settings(store).settings
    if settings.neo4j_uri and (store or shared.store) is None:
        raise UsageError(
            f"the store in use is the Neo4j at {settings.neo4j_uri}, which runs by itself",
            hint="Give --store DIR to speak of an embedded store.",
        )
    return settings.store_path


@store_app.command(
    "start", epilog=examples("etiograph store start", "etiograph store start --json")
)
def start(store: StoreOption = None, json_: JsonOption = False) -> None:
    """Keep the embedded store open in the background, so that commands start faster."""
    from dataclasses import asdict

    from graph.stores.server import start_server

    info = start_server(_embedded_path(store))
    if json_:
        emit_json(asdict(info))
    else:
        console().print(
            f"running at {info.uri} (process {info.pid}); etiograph store stop ends it",
            markup=False,
        )


@store_app.command("stop", epilog=examples("etiograph store stop"))
def stop(store: StoreOption = None, json_: JsonOption = False) -> None:
    """Stop the background store."""
    from graph.stores.server import stop_server

    stopped = stop_server(_embedded_path(store))
    if json_:
        emit_json({"stopped": stopped})
    else:
        console().print("stopped" if stopped else "it was not running")


@store_app.command("status", epilog=examples("etiograph store status --json"))
def status(store: StoreOption = None, json_: JsonOption = False) -> None:
    """Say which store is in use and whether it runs in the background."""
    from graph.stores.server import server_status

    settings = loaded_settings(store).settings
    said: dict[str, Any]
    if settings.neo4j_uri and (store or shared.store) is None:
        with open_kg(store) as kg:
            said = {"backend": "neo4j", "uri": settings.neo4j_uri, "store_id": kg.store.store_id}
    else:
        info = server_status(settings.store_path)
        said = {
            "backend": "embedded",
            "path": str(settings.store_path),
            "exists": settings.store_path.exists(),
            "running": info is not None,
            **({"uri": info.uri, "pid": info.pid} if info else {}),
        }
    if json_:
        emit_json(said)
    else:
        for name, value in said.items():
            console().print(f"{name:10} {value}", markup=False)


@store_app.command(
    "check", epilog=examples("etiograph store check", "etiograph store check --json")
)
def check(store: StoreOption = None, json_: JsonOption = False) -> None:
    """Look for damage: the engine's own check, then every invariant of the graph."""
    with open_kg(store) as kg:
        report = kg.check()
    if json_:
        emit_json({"ok": report.ok, "checked": dict(report.checked), "problems": report.problems})
    else:
        counted = ", ".join(f"{n:,} {what}" for what, n in report.checked.items())
        console().print(f"checked {counted}", markup=False)
        for problem in report.problems:
            console().print(f"- {problem}", markup=False)
        console().print("no damage found" if report.ok else f"{len(report.problems)} problems")
    if not report.ok:
        raise typer.Exit(StoreDamagedError.exit_code)


@store_app.command("export", epilog=examples("etiograph store export graph.jsonl.gz"))
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="To write; .gz is compressed.")],
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """Write the whole graph as JSON Lines."""
    with open_kg(store) as kg:
        lines = kg.export(file)
    if json_:
        emit_json({"file": str(file), "lines": lines})
    else:
        console().print(f"{lines:,} lines written to {file}", markup=False)


@store_app.command(
    "import", epilog=examples("etiograph store import graph.jsonl.gz --store ./copy")
)
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An export.")],
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read an export into the graph; what is there already stays as it is."""
    with open_kg(store, create=True) as kg:
        counts = kg.import_(file)
    if json_:
        emit_json(counts._asdict())
    elif counts.total:
        parts = ", ".join(f"{n:,} {what}" for what, n in counts._asdict().items() if n)
        console().print(f"new: {parts}", markup=False)
    else:
        note("nothing new", quiet=quiet)


def stats(store: StoreOption = None, json_: JsonOption = False) -> None:
    """Count what is in the graph."""
    with open_kg(store) as kg:
        found = kg.stats()
    if json_:
        emit_json(found)
        return
    out = console()

    def show(name: str, value: Any, depth: int) -> None:
        indented = "  " * depth + name.replace("_", " ")
        if isinstance(value, dict):
            out.print(indented, style="bold", markup=False)
            for below, count in value.items():
                show(below, count, depth + 1)
        else:
            out.print(f"{indented:28} {value:>10,}", markup=False)

    for name, value in found.items():
        show(name, value, 0)


def config(json_: JsonOption = False) -> None:
    """Print the settings in force and where each comes from; secrets are masked."""
    loaded = loaded_settings()
    values = loaded.settings.model_dump(mode="json")
    values["store"] = str(loaded.settings.store_path)
    if json_:
        emit_json({name: {"value": v, "from": loaded.origins[name]} for name, v in values.items()})
        return
    from rich.table import Table

    table = Table("setting", "value", "from", "meaning", box=None, header_style="bold")
    for name, value in values.items():
        description = type(loaded.settings).model_fields[name].description or ""
        table.add_row(name, "" if value is None else str(value), loaded.origins[name], description)
    console().print(table)
