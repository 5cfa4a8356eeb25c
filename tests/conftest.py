"""Fixtures for every folder: the shared data, and the two real stores."""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from graph.store import Store

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session", autouse=True)
def _tables() -> None:
    """Keep what tests derive (see ingest.prepared) apart from the user's own, and between test runs."""
    user = getattr(os, "getuid", lambda: 0)()
    folder = Path(tempfile.gettempdir()) / f"etiograph-tests-{user}"
    os.environ.setdefault("ETIOGRAPH_CACHE", str(folder))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public development data; tests that need it skip where it is not."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the development data (../shared/data) is not on this machine")
    return SHARED / "data"


@pytest.fixture
def embedded_store(tmp_path: Path) -> Iterator[Store]:
    """A new, empty embedded store."""
    from graph.stores import open_store

    with open_store(tmp_path / "store") as store:
        yield store


@pytest.fixture
def embedded_store_again(tmp_path: Path) -> Iterator[Store]:
    """Another empty embedded store, to move things to."""
    from graph.stores import open_store

    with open_store(tmp_path / "other-store") as store:
        yield store


@pytest.fixture
def ray_cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A cluster of two nodes with one processor each, whose workers can import what the tests can."""
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(p for p in sys.path if p))
    small = {"num_cpus": 1, "object_store_memory": 100 * 2**20}
    two = Cluster(initialize_head=True, head_node_args={**small, "include_dashboard": False})
    two.add_node(**small)
    yield two
    import ray

    from graph.signals import crash_handlers_kept

    with crash_handlers_kept():
        ray.shutdown()
        two.shutdown()


def _local_neo4j() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "neo4j_local", ROOT / "docker" / "neo4j" / "neo4j_local.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A real Neo4j: the one of NEO4J_URI, else one started from its jars; skips without either.

    Tests wipe it. With ETIOGRAPH_REQUIRE_NEO4J=1 its absence is a failure.
    """
    if uri := os.environ.get("NEO4J_URI"):
        yield {
            "uri": uri,
            "user": os.environ.get("NEO4J_USER") or os.environ.get("NEO4J_USERNAME") or "neo4j",
            "password": os.environ.get("NEO4J_PASSWORD", ""),
        }
        return
    local = _local_neo4j()
    if why := local.missing():
        if os.environ.get("ETIOGRAPH_REQUIRE_NEO4J") == "1":
            pytest.fail(f"a Neo4j is required here: {why}")
        pytest.skip(f"{why}; or set NEO4J_URI")
    home = tmp_path_factory.mktemp("neo4j")
    info = local.start(home, tied=True)
    try:
        yield info
    finally:
        local.stop(home)


def wipe(server: dict[str, Any]) -> None:
    """Remove every node of a Neo4j, in batches; indexes and constraints stay, to save time."""
    import neo4j

    auth = (server["user"], server["password"])
    everything = "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS"
    with (
        neo4j.GraphDatabase.driver(server["uri"], auth=auth) as driver,
        driver.session() as session,
    ):
        session.run(everything).consume()


@pytest.fixture
def neo4j_store(neo4j_server: dict[str, Any]) -> Iterator[Store]:
    """An empty store on the real Neo4j."""
    from graph.stores import open_store

    wipe(neo4j_server)
    with open_store(
        uri=neo4j_server["uri"], user=neo4j_server["user"], password=neo4j_server["password"]
    ) as store:
        yield store


@pytest.fixture(params=["embedded", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def store(request: pytest.FixtureRequest) -> Store:
    """An empty store, of each kind in turn."""
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found


@pytest.fixture(scope="module", params=["embedded", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def module_store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A store of each kind in turn, empty at first and shared by the tests of one module."""
    from graph.stores import open_store

    if request.param == "embedded":
        with open_store(tmp_path_factory.mktemp("module") / "store") as store:
            yield store
        return
    server = request.getfixturevalue("neo4j_server")
    wipe(server)
    with open_store(uri=server["uri"], user=server["user"], password=server["password"]) as store:
        yield store
