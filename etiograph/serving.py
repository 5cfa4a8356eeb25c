"""A knowledge graph served to agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

    from etiograph.api import KnowledgeGraph

__all__ = ["mcp_server", "serve_mcp"]


def mcp_server(kg: KnowledgeGraph, *, cypher: bool = True) -> MCPServer[Any]:
    """Return an MCP server over a graph, for a transport of your own.

    Raises:
        UsageError: if the MCP library is not installed (``pip install 'etiograph[llm]'``).
    """
    import etiograph
    from etiograph.agent import GraphAbilities
    from llm_bridge.mcp.server import make_server

    return make_server(GraphAbilities(kg), version=etiograph.__version__, cypher=cypher)


def serve_mcp(kg: KnowledgeGraph, *, port: int | None = None, cypher: bool = True) -> None:
    """Serve until the client leaves: over standard input, or over HTTP on loopback at a port.

    Raises:
        UsageError: if the MCP library is not installed.
    """
    server = mcp_server(kg, cypher=cypher)
    if port is None:
        server.run("stdio")
    else:
        server.run("streamable-http", host="127.0.0.1", port=port)
