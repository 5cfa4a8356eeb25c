"""``etiograph ingest --pubmed`` from the command line to the graph, against a loopback service."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from etiograph.cli import main
from tests.ingest.fetch import server as faults
from tests.ingest.fetch.server import Service, running

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def service() -> Iterator[Service]:
    with running() as found:
        yield found


@pytest.fixture
def run(
    service: Service,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    for name in os.environ:
        if name.startswith(("ETIOGRAPH_", "NEO4J_", "NCBI_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ETIOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NCBI_URL", service.url)
    monkeypatch.setenv("NCBI_API_KEY", "K3Y-of-ours")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def run_(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["etiograph", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run_


def test_what_is_fetched_is_read(run: Run, service: Service, tmp_path: Path) -> None:
    code, out, err = run("ingest", "--pubmed", "lithium AND kidney", "--max", "7", "--json")
    assert code == 0, err
    assert json.loads(out)["documents"] == 7
    assert f"contacting {service.url} (database pubmed): lithium AND kidney" in err
    assert "25 found, 7 fetched" in err
    assert "K3Y" not in out + err
    assert all(p["api_key"] == "K3Y-of-ours" for _, p, _ in service.asked)
    kept = b"".join(p.read_bytes() for p in (tmp_path / "home" / "fetched").rglob("*.*"))
    assert b"K3Y" not in kept
    code, out, err = run("ingest", "--pubmed", "lithium AND kidney", "--max", "7", "--json")
    assert (code, json.loads(out)["changes"]) == (0, 0)
    assert "0 fetched, 7 there before" in err
    code, out, _ = run("config", "--json")
    assert "K3Y" not in out


def test_nothing_found_and_nothing_asked(run: Run, service: Service) -> None:
    service.ids = []
    code, _, err = run("ingest", "--pubmed", "lithiumm")
    assert code == 0
    assert "pubmed finds nothing for 'lithiumm'" in err
    code, _, err = run("ingest")
    assert code == 2
    assert "--pubmed" in err
    assert len(service.asked) == 1


def test_a_service_that_refuses(run: Run, service: Service) -> None:
    service.faults["esearch.fcgi"] = [
        faults.says("<eSearchResult><ERROR>Empty term and query_key</ERROR></eSearchResult>")
    ]
    code, _, err = run("ingest", "--pmc", "x")
    assert code == 3
    assert "Empty term" in err
    assert f"{service.url}/esearch.fcgi" in err
