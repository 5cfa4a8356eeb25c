"""``etiograph discover`` and ``etiograph proposals`` on a small real store with literature that partly
disagrees with the data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graph.model import Predicate, Statement
from graph.stores import open_store
from tests.discovery.test_store import IDS, claims
from tests.etiograph.conftest import Run

RIGHT = Statement(IDS["a"], Predicate.INCREASES, IDS["c"], 1).id
TURNED = Statement(IDS["d"], Predicate.INCREASES, IDS["c"], 1).id
SIGN = Statement(IDS["b"], Predicate.INCREASES, IDS["c"], 1).id


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a store and a table: a -> c <- b, c -> d, b lowers c."""
    home = tmp_path_factory.mktemp("home")
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 1500))
    c = a - b + rng.normal(size=1500)
    d = c + rng.normal(size=1500)
    plate = np.repeat(np.arange(30), 50)
    frame = pd.DataFrame({"a": a, "b": b, "c": c, "d": d})
    frame.to_csv(home / "cells.csv", index=False)
    frame.assign(plate=plate, weight=1.0 + (plate % 2)).to_csv(home / "plates.csv", index=False)
    pd.DataFrame({"column": list(IDS), "entity": list(IDS.values())}).to_csv(
        home / "bindings.csv", index=False
    )
    with open_store(home / "store") as store:
        claims(
            store,
            ("a", Predicate.INCREASES, "c", 1, 4),
            ("d", Predicate.INCREASES, "c", 1, 4),
            ("b", Predicate.INCREASES, "c", 1, 4),
        )
    return home


def test_list(run: Run) -> None:
    from discovery.algorithms import REGISTRY
    from discovery.series import ALGORITHMS

    rows = json.loads(run("discover", "--list", "--json").out)
    assert {r["name"] for r in rows} == {*REGISTRY, *ALGORITHMS}
    by_name = {r["name"]: r for r in rows}
    assert by_name["boss"]["knowledge"] == ["required", "forbidden", "tiers", "graded"]
    assert "graded" not in by_name["causal-learn/pc"]["knowledge"]
    assert by_name["pc"]["settings"]["alpha"]["default"] == 0.01
    shown = run("discover", "--list")
    assert shown.code == 0
    for row in rows:
        assert row["name"] in shown.out
        assert row["summary"] in shown.out


def test_the_ledger_in_text_and_json(run: Run) -> None:
    done = run("discover", "cells.csv", "--no-propose", "--bootstraps", "3", "-a", "boss")
    assert done.code == 0, done.err
    assert "opposite sign" in done.out
    assert "opposite direction" in done.out
    assert f"({TURNED}; belief" in done.out
    assert "; 4 evidences" in done.out
    assert 'pubmed:1: "t"' in done.out
    said = json.loads(
        run("discover", "cells.csv", "--no-propose", "-b", "3", "-a", "boss", "--json").out
    )
    rows = {(c["kind"], tuple(c["statements"])): c for c in said["conflicts"]}
    assert set(rows) == {("opposite direction", (TURNED,)), ("opposite sign", (SIGN,))}
    for row in rows.values():
        assert row["evidences"] == 4
        assert 0.5 < row["belief"] < 1
        assert row["p_value"] < 1e-6
        assert row["quotes"][0]["text"] == "t"
    graded = said["knowledge"]["graded"]
    assert {(g["source"], g["target"]) for g in graded} == {("a", "c"), ("d", "c"), ("b", "c")}
    assert all(g["log_odds"] > 0 for g in graded)
    assert {(e["source"], e["target"]) for e in said["edges"]} == {
        ("a", "c"),
        ("b", "c"),
        ("c", "d"),
    }


def test_kinds_of_priors(run: Run) -> None:
    def known(*more: str) -> dict[str, list[object]]:
        done = run("discover", "cells.csv", "--no-propose", "-b", "0", "--json", *more)
        assert done.code == 0, done.err
        found: dict[str, list[object]] = json.loads(done.out)["knowledge"]
        return found

    assert known("--prior-from-graph", "--priors", "graded", "-a", "boss")["graded"]
    hard = known("--priors", "hard", "-a", "boss")
    assert hard["forbidden"]
    assert not hard["graded"]
    for none in (("--no-priors",), ("--priors", "none")):
        assert not any(known(*none).values())
    fallback = known("-a", "causal-learn/pc")
    assert fallback["forbidden"]
    assert "cannot take graded priors" in str(fallback["notes"])
    strong = known("-a", "boss", "--prior-strength", "2")["graded"]
    weak = known("-a", "boss", "--prior-strength", "1")["graded"]
    assert [g["log_odds"] for g in strong] == [2 * g["log_odds"] for g in weak]  # type: ignore[index]
    refused = run("discover", "cells.csv", "-a", "causal-learn/pc", "--priors", "graded")
    assert refused.code == 2
    assert "cannot take graded priors" in refused.err


def test_knowledge_of_ones_own(run: Run, home: Path) -> None:
    file = home / "known.json"
    file.write_text('{"required": [["a", "d"]], "graded": [["b", "d", 0.5]]}')
    done = run(
        "discover", "cells.csv", "--no-propose", "-b", "0", "--json", "--no-priors",
        "--knowledge", str(file), "-a", "boss",
    )  # fmt: skip
    assert done.code == 0, done.err
    said = json.loads(done.out)
    (edge,) = [e for e in said["edges"] if (e["source"], e["target"]) == ("a", "d")]
    assert edge["required"]
    for text, words in (
        ("{", "no JSON"),
        ("[]", "JSON object"),
        ('{"required": [["a", "z"]]}', "'z'"),
        ('{"must": []}', "no part 'must'"),
    ):
        file.write_text(text)
        done = run("discover", "cells.csv", "--no-propose", "--knowledge", str(file))
        assert done.code == 3
        assert words in done.err
    assert run("discover", "cells.csv", "--knowledge", "no-such.json").code == 3


def test_options_of_the_data(run: Run) -> None:
    arguments = ("discover", "plates.csv", "--no-propose", "--no-priors", "-b", "4", "--json")
    plain = run(*arguments, "--clusters", "plate", "--weights", "weight")
    assert plain.code == 0, plain.err
    said = json.loads(plain.out)
    assert said["report"]["columns_used"] == ["a", "b", "c", "d"]
    two = json.loads(run(*arguments, "--clusters", "plate", "--weights", "weight", "-w", "2").out)
    said.pop("timings"), two.pop("timings")
    assert two == said
    normal = run(*arguments[:-1], "--transform", "nonparanormal", "--fdr", "0.05")
    assert normal.code == 0, normal.err
    assert run(*arguments, "--weights", "nothing").code == 2
    assert run(*arguments, "--missing", "guess").code == 2
    assert run(*arguments, "--targets", "a=").code == 2


@pytest.mark.parametrize("kind", ["graph", "stability", "conflicts"])
def test_plots(run: Run, home: Path, kind: str) -> None:
    file = home / f"{kind}.png"
    done = run(
        "discover", "cells.csv", "--no-propose", "-b", "3", "--plot", str(file), "--plot-kind", kind
    )
    assert done.code == 0, done.err
    assert file.read_bytes().startswith(b"\x89PNG")


def test_series(run: Run, home: Path) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=400)
    y = np.concatenate([[0.0], 0.8 * x[:-1]]) + rng.normal(size=400)
    (home / "series").mkdir()
    file = home / "series" / "series.csv"
    pd.DataFrame({"week": np.arange(400), "x": x, "y": y}).to_csv(file, index=False)
    arguments = (
        "discover",
        str(file),
        "-a",
        "pcmci",
        "--time",
        "week",
        "--max-lag",
        "2",
        "--no-propose",
    )
    done = run(*arguments, "--json")
    assert done.code == 0, done.err
    said = json.loads(done.out)
    links = {(e["source"], e["target"], e["lag"]) for e in said["edges"]}
    assert {k for k in links if k[0] != k[1]} == {("x", "y", 1)}
    assert said["max_lag"] == 2
    assert "x --> y  lag 1" in run(*arguments).out
    for more in (("--fdr", "0.1"), ("--bootstraps", "5"), ("--clusters", "x"), ("--plot", "a.png")):
        refused = run(*arguments, *more)
        assert refused.code == 2
        assert f"pcmci takes no {more[0]}" in refused.err
    assert run(*arguments, "--missing", "impute").code == 2
    refused = run("discover", "cells.csv", "--time", "a")
    assert refused.code == 2
    assert "pc takes no --time" in refused.err


def test_a_pair(run: Run) -> None:
    from importlib.resources import files

    if not files("discovery.functional").joinpath("pair_model.json").is_file():
        pytest.skip("the model of pairs is not there")
    done = run("discover", "cells.csv", "--pair", "a,c", "--json")
    assert done.code == 0, done.err
    said = json.loads(done.out)
    assert (said["x"], said["y"]) == ("a", "c")
    assert said["direction"] in ("", "-->", "<--")
    assert "probability of a --> c" in run("discover", "cells.csv", "--pair", "a,c").out
    for bad in ("a", "a,a", "a,z", "a,b,c"):
        assert run("discover", "cells.csv", "--pair", bad).code == 2


def test_bad_calls(run: Run) -> None:
    assert run("discover").code == 2
    assert run("discover", "cells.csv", "--plot", "a.gif").code == 2
    assert run("discover", "cells.csv", "--no-priors", "--priors", "hard").code == 2
    assert run("discover", "cells.csv", "--prior-strength", "-1").code == 2


def test_from_proposal_to_decision_and_back(run: Run) -> None:
    assert run("discover", "cells.csv", "-a", "boss", "-b", "5").code == 0
    rows = {r["text"]: r for r in json.loads(run("proposals", "list", "--json").out)}
    edge = next(r for t, r in rows.items() if t.endswith("d") and "affects" in t)
    (source,) = edge["sources"]
    assert source["algorithm"] == "boss"
    assert source["engine"].startswith("etiograph")
    assert len(source["data_hash"]) == 64
    assert source["seed"] == "0"
    assert float(source["stability"]) == source["score"]
    assert edge["literature"] == {"agrees": 0, "contradicts": 0, "unsigned": 0, "opposite": 1}
    lowered = next(r for r in rows.values() if r["sign"] == -1)
    assert lowered["literature"]["contradicts"] == 1

    said = json.loads(run("proposals", "show", edge["statement"][:12], "--json").out)
    assert [s["statement"] for s in said["against"]] == [TURNED]
    assert said["against"][0]["evidences"] == 4
    assert said["against"][0]["quotes"][0]["text"] == "t"
    assert not said["support"]
    text = run("proposals", "show", edge["statement"][:12]).out
    assert "found by boss" in text
    assert "literature against it" in text

    ledger = json.loads(run("proposals", "conflicts", "--json").out)
    assert {r["statement"] for r in ledger} == {TURNED, SIGN}
    assert {r["conflict"] for r in ledger} == {"opposite direction", "opposite sign"}
    assert all(float(r["statistic"]) and r["supporting"] == 4 for r in ledger)
    shown = run("proposals", "conflicts").out
    assert TURNED[:11] in shown

    id_ = edge["statement"]
    done = run("proposals", "accept", id_, "--by", "ada", "--why", "assay 12", "--json")
    assert json.loads(done.out)["status"] == "curated"
    assert id_ not in run("proposals", "list", "--json").out
    said = json.loads(run("proposals", "show", id_, "--json").out)
    assert {s["rung"] for s in said["sources"]} == {"discovered"}
    done = run("proposals", "undo", id_, "--by", "bob", "--why", "other clone", "--json")
    assert json.loads(done.out)["status"] == "proposed"
    assert id_ in run("proposals", "list", "--json").out
    said = json.loads(run("proposals", "show", id_, "--json").out)
    assert [(d["action"], d["who"], d["why"]) for d in said["decisions"]] == [
        ("accept", "ada", "assay 12"),
        ("undo", "bob", "other clone"),
    ]
    assert run("proposals", "undo", id_).code == 3
    done = run("proposals", "reject", id_, "--by", "ada", "--why", "artefact", "--json")
    assert json.loads(done.out)["status"] == "refuted"
    assert run("proposals", "show", "st-nothing").code == 2
