"""A store written to a file and read back."""

from __future__ import annotations

import io

import pytest

from graph.dataset import DatasetRecord, Variable
from graph.errors import (
    InputError,
    StoreVersionError,
)
from graph.store import Decision, Store
from graph.stores.cypher import CypherStore
from tests.graph.worlds import (
    BINDS,
    INSULIN,
    PAPER,
    TREATS,
    exported,
    small,
)


def test_export_import_round_trip(store: Store, embedded_store_again: Store) -> None:
    store.write(small())
    store.set_retracted({PAPER.id: "pubmed:9", "pubmed:77": "pubmed:78"})
    store.decide(Decision(BINDS.id, "accept", "ada", "why not", "2020-01-01T00:00:00+00:00"))
    store.decide(Decision(TREATS.id, "reject", "ada", "", "2020-01-01T00:00:00+00:00"))
    record = DatasetRecord("ds-1", "c", "", "ab", 10, (Variable("i", INSULIN.id), Variable("a")))
    store.register_dataset(record)
    text = exported(store)
    other = embedded_store_again
    counts = other.import_(io.StringIO(text), name="x.jsonl")
    assert (counts.entities, counts.evidences) == (3, 4)
    assert exported(other) == text
    assert other.import_(io.StringIO(text)).total == 0
    assert other.check().ok
    assert other.decisions() == store.decisions()
    lines = text.splitlines()
    kinds = [line.split('"kind":"')[1].split('"')[0] for line in lines[1:]]
    assert kinds == sorted(kinds, key=list(dict.fromkeys(kinds)).index)


def test_import_names_the_line(store: Store) -> None:
    store.write(small())
    lines = exported(store).splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if '"kind":"evidence"' in line)
    broken = [
        ([], "empty"),
        (["{}\n"], "line 1"),
        ([*lines[:3], "not json\n"], "line 4"),
        ([*lines[:3], '{"kind":"odd"}\n'], "line 4"),
        ([*lines[:3], "[1]\n"], "line 4"),
        (
            [*lines[:at], lines[at].replace('"section":"abstract"', '"section":"x"')],
            f"line {at + 1}",
        ),
        ([*lines[:at], lines[at].replace('"rung"', '"ring"')], f"line {at + 1}"),
        ([*lines[:at], lines[at].replace('"end":', '"end":1')], f"line {at + 1}"),
    ]
    for text, where in broken:
        with pytest.raises(InputError) as caught:
            store.import_(text, name="file.jsonl")
        assert where in str(caught.value), (where, caught.value)
        assert "file.jsonl" in str(caught.value)
    assert isinstance(store, CypherStore)
    store.engine.write(lambda tx: tx.run("MATCH (n:Statement) DETACH DELETE n"))
    store.engine.write(lambda tx: tx.run("MATCH (n:Evidence) DETACH DELETE n"))
    with pytest.raises(InputError, match="lines 2 to 2"):
        store.import_([lines[0], lines[at]])
    with pytest.raises(StoreVersionError):
        store.import_([lines[0].replace('"version":1', '"version":99')])
