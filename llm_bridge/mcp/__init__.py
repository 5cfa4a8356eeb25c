"""A knowledge graph as an MCP server: tools, resources and prompts for any agent that speaks it.

Everything reads; nothing writes. :func:`llm_bridge.mcp.server.make_server` makes the server from what
a graph can do (:class:`llm_bridge.agent.tools.Abilities`).
"""
