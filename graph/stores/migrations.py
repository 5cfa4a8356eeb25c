"""The schema of the graph, its version, and how an older one becomes a newer one."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from typing import NamedTuple

from graph.errors import StoreVersionError
from graph.model import Predicate
from graph.stores.engine import Engine, Tx

__all__ = ["INDEXES", "MIGRATIONS", "REL_TYPES", "VERSION", "Meta", "ensure_schema"]

INDEXES: tuple[tuple[str, str, bool], ...] = (
    ("Meta", "id", True),
    ("Entity", "id", True),
    ("Publication", "id", True),
    ("Statement", "id", True),
    ("Evidence", "id", True),
    ("Decision", "id", True),
    ("Decision", "statement", False),
    ("Dataset", "id", True),
    ("Variable", "id", True),
    ("Notice", "id", True),
)
"""Label, property, whether unique."""

REL_TYPES: tuple[str, ...] = tuple(sorted(p.relationship for p in Predicate))
"""Types of projected relationships."""


class Meta(NamedTuple):
    """What a store knows about itself."""

    store_id: str
    version: int


def _first(engine: Engine) -> None:
    engine.prepare_schema(INDEXES, REL_TYPES)


MIGRATIONS: tuple[Callable[[Engine], None], ...] = (_first,)
"""The n-th makes version n+1 out of version n. Each may be run again if it was interrupted."""

VERSION = len(MIGRATIONS)
"""The schema version this code writes."""


def ensure_schema(engine: Engine) -> Meta:
    """Make or migrate the schema and return what the store knows about itself.

    Raises:
        StoreVersionError: if a newer etiograph wrote the store; nothing is touched.
    """
    rows = engine.run(
        "MATCH (m:Meta {id: 'etiograph'}) RETURN m.store_id AS store_id, m.version AS version"
    )
    version = int(rows[0]["version"]) if rows else 0
    if version > VERSION:
        raise StoreVersionError(
            f"the store has schema version {version}, this etiograph knows up to {VERSION}",
            where=engine.where,
            hint="Update etiograph, or open the store with the version that wrote it.",
        )
    store_id = str(rows[0]["store_id"]) if rows else uuid.uuid4().hex
    if version == VERSION:
        return Meta(store_id, version)
    for migrate in MIGRATIONS[version:]:
        migrate(engine)

    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")

    def note(tx: Tx) -> str:
        # MERGE: two processes may be making the same new store
        found = tx.run(
            "MERGE (m:Meta {id: 'etiograph'}) ON CREATE SET m.store_id = $store_id, "
            "m.created = $now SET m.version = $version RETURN m.store_id AS store_id",
            store_id=store_id, version=VERSION, now=now,
        )  # fmt: skip
        return str(found[0]["store_id"])

    return Meta(engine.write(note), VERSION)
