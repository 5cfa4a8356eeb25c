"""The stores: one class over two databases.

:func:`open_store` picks one: an embedded store in a folder, or a Neo4j server by its address.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import UsageError
from graph.store import Store

if TYPE_CHECKING:
    from graph.stores.engine import Engine

__all__ = ["open_store"]


def open_store(
    path: str | Path | None = None,
    *,
    uri: str | None = None,
    user: str | None = None,
    password: str | None = None,
    database: str | None = None,
    create: bool = True,
) -> Store:
    """Open a store: the embedded one in the folder ``path``, or the Neo4j server at ``uri``.

    Args:
        path: folder of an embedded store.
        uri: Bolt address of a Neo4j server, such as ``bolt://localhost:7687``.
        user: Neo4j user name, ``neo4j`` by default.
        password: Neo4j password.
        database: Neo4j database, the server's default when not given.
        create: make an embedded store that is not there yet.

    Raises:
        UsageError: unless exactly one of ``path`` and ``uri`` is given.
        StoreUnavailableError: if it cannot be reached or started.
        StoreAuthError: if the user name or password is wrong.
        StoreLockedError: if another process has the folder and cannot be joined.
        StoreVersionError: if a newer etiograph wrote it.
        StoreDamagedError: if its files are damaged.
    """
    if (path is None) == (uri is None):
        raise UsageError(
            "give either the folder of an embedded store or the address of a Neo4j server"
        )
    from graph.stores.cypher import CypherStore

    engine: Engine
    if path is not None:
        from graph.stores.embedded import EmbeddedEngine

        engine = EmbeddedEngine(Path(path), create=create)
    else:
        from graph.stores.neo4j_engine import Neo4jEngine

        engine = Neo4jEngine(str(uri), user or "neo4j", password or "", database)
    return CypherStore(engine)
