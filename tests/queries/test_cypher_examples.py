"""The example in the header of every query of the library, on a store with nothing in it."""

from __future__ import annotations

import shlex

from graph.store import Store
from queries.cypher import library, parse_arguments
from tests.queries.smoky import rows


def test_every_example_runs_on_an_empty_graph(store: Store) -> None:
    for name, query in library().items():
        params = parse_arguments(query, shlex.split(query.example))
        assert name == "statistics" or rows(store, name, **params) == []
