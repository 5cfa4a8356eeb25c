"""The small graph made by hand, in a store."""

from __future__ import annotations

import pytest

from graph.store import Store
from tests.queries.smoky import BATCH, DATASET


@pytest.fixture(scope="module")
def smoky(module_store: Store) -> Store:
    """A store that holds the graph above."""
    module_store.write(BATCH)
    module_store.register_dataset(DATASET)
    return module_store
