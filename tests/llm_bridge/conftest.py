"""One embedded store with the hand-made world, shared by the tests of this folder (read only)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.store import Store
from graph.stores import open_store

sys.path.insert(0, str(Path(__file__).parent))

import bridge_world as world


@pytest.fixture(scope="session")
def bridge_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the world and its data live."""
    return tmp_path_factory.mktemp("bridge")


@pytest.fixture(scope="session")
def bridge_store(bridge_folder: Path) -> Iterator[Store]:
    """A real embedded store with the world in it."""
    with open_store(bridge_folder / "graph") as store:
        world.fill(store, bridge_folder)
        yield store
