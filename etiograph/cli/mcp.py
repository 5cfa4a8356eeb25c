"""``etiograph mcp``: the graph as a server for agents that speak the Model Context Protocol."""

from __future__ import annotations

from typing import Annotated

import typer

from etiograph.cli.common import QuietOption, StoreOption, examples, note, open_kg

__all__ = ["EPILOG", "mcp"]

EPILOG = examples(
    "etiograph mcp --store ./kidney",
    "etiograph mcp --http --port 8765",
    "claude mcp add etiograph -- etiograph mcp --store ./kidney",
)


def mcp(
    http: Annotated[
        bool,
        typer.Option("--http", help="Streamable HTTP on this machine, instead of standard input."),
    ] = False,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port for --http.")] = 8765,
    cypher: Annotated[
        bool, typer.Option("--cypher/--no-cypher", help="Let clients send Cypher of their own.")
    ] = True,
    store: StoreOption = None,
    quiet: QuietOption = False,
) -> None:
    """Serve the graph to agents (Model Context Protocol): read-only, on standard input or loopback.

    Ends when the client closes standard input, or with Ctrl-C. Exit codes: 2 without the library
    (pip install 'etiograph\\[llm]'), 4 when there is no store.
    """
    from etiograph.serving import serve_mcp

    with open_kg(store) as kg:
        if http:
            note(f"serving on http://127.0.0.1:{port}/mcp; Ctrl-C ends it", quiet=quiet)
        serve_mcp(kg, port=port if http else None, cypher=cypher)
