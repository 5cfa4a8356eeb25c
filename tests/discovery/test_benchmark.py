"""``python -m benchmarks.discovery``: rows run alone, peers that fail or hang cost one row only."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.discovery import ROWS, main
from benchmarks.discovery_data import CONDITIONS, case, non_gaussian_case, sachs_data
from benchmarks.discovery_peers import PEERS, Peers, versions
from benchmarks.discovery_plot import plot_growth
from benchmarks.discovery_soundness import main as soundness
from discovery.algorithms import resolve
from discovery.knowledge import Knowledge
from discovery.metrics import same_graph


def test_every_row_says_what_it_is() -> None:
    assert all((work.__doc__ or "").strip() for work in ROWS.values())


def test_an_unknown_row_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--rows", "pc,cp"])
    assert "no row 'cp'" in capsys.readouterr().err


def test_data_are_the_same_for_the_same_seed() -> None:
    dag, table = case(12, 3)
    again = non_gaussian_case(12, 3)
    assert (non_gaussian_case(12, 3)[1].values == again[1].values).all()
    assert not (again[0] == dag).all()
    assert np.allclose(table.values.std(axis=0), 1)


def test_sachs_conditions_fill_the_table() -> None:
    data, dag = sachs_data()
    assert CONDITIONS[0] == (len(data.frame), None)
    assert sum(rows for rows, _ in CONDITIONS) == 7466
    assert {target for _, target in CONDITIONS if target} <= set(data.columns)
    assert dag.sum() == 17


@pytest.mark.slow
def test_peers_answer_fail_and_hang() -> None:
    _, table = case(15, 0)
    with Peers(60) as peers:
        found = peers.run("causal-learn PC", table.values, alpha=0.01)
        assert not found.failure
        assert found.seconds is not None
        assert found.seconds > 0
        ours = resolve("pc").run(table, Knowledge()).marks
        assert same_graph(found.result, ours)
        assert peers.run("causal-learn PC", table.values, alpha=0.01) is found
        values = table.values.copy()
        values[:, 3] = values[:, 4]
        broken = peers.run("causal-learn PC", values)
        assert "singular" in broken.failure
        peers.limit = 0.01
        assert peers.run("causal-learn GES", table.values).failure == "over 0 s"
        peers.limit = 60
        assert not peers.run("causal-learn PC", case(10, 0)[1].values).failure


def test_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PEERS, "nothing", ("a_package_that_is_not_there", len))
    with Peers(1) as peers:
        assert peers.run("nothing", np.zeros((2, 2))).failure == "not installed"
    assert versions()["causal-learn"].startswith("0.")


@pytest.mark.slow
def test_one_row_runs_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "figures.json"
    assert main(["--quick", "--rows", "lingam", "--json", str(file)]) == 0
    figures = json.loads(file.read_text())
    assert set(figures["rows"]) == {"lingam"}
    assert figures["machine"]["cores"] >= 1
    rows = [r for r in figures["rows"]["lingam"] if "same order" in r]
    assert rows
    assert all(r["same order"] for r in rows)
    assert "DirectLiNGAM" in capsys.readouterr().out


@pytest.mark.slow
def test_soundness_runs_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "soundness.json"
    soundness(["--cases", "5", "--peer-cases", "30", "--json", str(file)])
    rows = {row["algorithm"]: row for row in json.loads(file.read_text())}
    assert rows["pc, oracle"]["failing"] == rows["fci, samples"]["failing"] == 0
    assert rows["causal-learn FCI, oracle"]["failing"] > 0
    assert rows["causal-learn FCI, oracle, without knowledge"]["failing"] == 0
    assert "Soundness" in capsys.readouterr().out


def test_growth_is_drawn(tmp_path: Path) -> None:
    rows = [
        {"grows": grows, "value": value, "method": name, "s": value / 1000}
        for grows in ("columns", "rows")
        for value in (10, 100)
        for name in ("pc", "causal-learn PC")
    ]
    rows.append({"grows": "rows", "value": 1000, "method": "causal-learn PC", "s": "over 90 s"})
    file = tmp_path / "plots" / "growth.png"
    plot_growth(rows, file)
    assert file.read_bytes()[:4] == b"\x89PNG"
