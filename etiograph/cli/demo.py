"""``etiograph demo``."""

from __future__ import annotations

import typer

from etiograph.cli.common import (
    JsonOption,
    QuietOption,
    StoreOption,
    console,
    emit_json,
    examples,
    loaded_settings,
    shared,
)

EPILOG = examples("etiograph demo", "etiograph demo --store ./demo --json")


def demo(
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run the main job end to end on a small corpus and a real data table."""
    from etiograph.demo import run_demo

    chosen = store or shared.store
    report = run_demo(
        loaded_settings(store).settings,
        chosen=chosen,
        out=None if json_ else console(),
        quiet=quiet or shared.quiet,
    )
    if json_:
        emit_json(report)
    if not report["ok"]:
        raise typer.Exit(1)
