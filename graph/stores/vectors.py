"""Vectors of entities, and the index that finds similar ones in Cypher on both stores.

A vector is the property ``embedding`` of an entity. It is derived, so ``export`` leaves it out. On both
stores one query finds what is similar, only the index's name differs (:data:`INDEX`)::

    MATCH (n:Entity {id: 'hgnc:6840'})
    CALL db.index.vector.queryNodes('Entity[embedding]', 10, n.embedding) YIELD node, score
    RETURN node.id, score

The score is half of one plus the cosine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graph.errors import InputError, UsageError
from graph.store import Store
from graph.stores.cypher import CypherStore
from graph.stores.writing import chunks

__all__ = ["INDEX", "drop_vectors", "similar", "write_vectors"]

INDEX: Mapping[str, str] = {"embedded": "Entity[embedding]", "neo4j": "etiograph_entity_embedding"}
"""The index's name by backend."""


def write_vectors(
    store: Store, ids: Sequence[str], vectors: Sequence[Sequence[float]], *, model: str = ""
) -> int:
    """Give entities a vector each and index them, in place of all earlier ones.

    Args:
        ids: CURIEs; those that the store does not have are left out.
        vectors: as many, all of one length, none all zero (the cosine of zero is not defined).
        model: what made them; kept as ``embedding_model``.

    Returns:
        How many entities have a vector now.

    Raises:
        InputError: no vectors, other lengths, or a vector of zeros.
        UsageError: a store without vectors.
    """
    engine = _store(store).engine
    if not len(ids) or len(ids) != len(vectors):
        raise InputError(f"{len(ids)} ids for {len(vectors)} vectors")
    size = len(vectors[0])
    rows = []
    for curie, vector in zip(ids, vectors, strict=True):
        values = [float(v) for v in vector]
        # a number that is not finite is not less than infinity either
        if len(values) != size or not 0 < sum(v * v for v in values) < float("inf"):
            raise InputError("a vector is of zeros, not finite, or of another length", where=curie)
        rows.append({"id": curie, "vector": values})
    drop_vectors(store)
    done = 0
    for block in chunks(rows, 1000):
        found = engine.write(
            lambda tx, block=block: tx.run(  # type: ignore[misc]
                "UNWIND $rows AS row MATCH (n:Entity {id: row.id}) "
                "SET n.embedding = row.vector, n.embedding_model = $model RETURN count(n) AS n",
                rows=block, model=model,
            )
        )  # fmt: skip
        done += int(found[0]["n"]) if found else 0
    if engine.backend == "neo4j":
        ddl = (
            f"CREATE VECTOR INDEX {INDEX['neo4j']} IF NOT EXISTS FOR (n:Entity) ON (n.embedding) "
            f"OPTIONS {{indexConfig: {{`vector.dimensions`: {size}, "
            "`vector.similarity_function`: 'cosine'}}"
        )
        engine.write(lambda tx: tx.run(ddl))
        engine.run("CALL db.awaitIndexes(300)")
    else:
        _sql(engine, "CREATE PROPERTY Entity.embedding IF NOT EXISTS ARRAY_OF_FLOATS")
        _sql(
            engine,
            "CREATE INDEX IF NOT EXISTS ON Entity (embedding) LSM_VECTOR "
            f'METADATA {{"dimensions": {size}, "similarity": "COSINE"}}',
        )
    return done


def drop_vectors(store: Store) -> None:
    """Remove all vectors and their index; nothing happens where there are none."""
    engine = _store(store).engine
    if engine.backend == "neo4j":
        engine.write(lambda tx: tx.run(f"DROP INDEX {INDEX['neo4j']} IF EXISTS"))
    else:
        _sql(engine, f"DROP INDEX `{INDEX['embedded']}` IF EXISTS")
    while True:
        found = engine.write(
            lambda tx: tx.run(
                "MATCH (n:Entity) WHERE n.embedding IS NOT NULL WITH n LIMIT 5000 "
                "REMOVE n.embedding, n.embedding_model RETURN count(n) AS n"
            )
        )
        if not found or not found[0]["n"]:
            return


def similar(store: Store, entity: str, *, most: int = 10) -> list[tuple[str, float]]:
    """Return the entities most similar to one, best first, with half of one plus the cosine.

    Raises:
        InputError: there is no such entity, or it has no vector.
    """
    engine = _store(store).engine
    own = engine.run("MATCH (n:Entity {id: $id}) RETURN n.embedding IS NOT NULL AS has", id=entity)
    if not own or not own[0]["has"]:
        raise InputError(
            "the entity has no vector" if own else "there is no such entity",
            where=entity,
            hint="Write vectors with 'etiograph embed export --index'.",
        )
    rows: list[dict[str, Any]] = engine.run(
        "MATCH (n:Entity {id: $id}) "
        f"CALL db.index.vector.queryNodes('{INDEX[engine.backend]}', $most, n.embedding) "
        "YIELD node, score RETURN node.id AS id, score ORDER BY score DESC, id",
        id=entity, most=most + 1,
    )  # fmt: skip
    return [(r["id"], float(r["score"])) for r in rows if r["id"] != entity][:most]


def _store(store: Store) -> CypherStore:
    if not isinstance(store, CypherStore):
        raise UsageError("this store keeps no vectors")
    return store


def _sql(engine: Any, statement: str) -> None:
    engine.sql(statement)
