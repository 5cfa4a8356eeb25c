"""``etiograph counterfactual`` on files of the user's own."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

GRAPH = "digraph { X -> M; M -> Y; X -> Y; C -> X; C -> M; C -> Y }"
TIED = "digraph { X -> M; M -> Y; X -> Y; M -> Y [dir=both] }"


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(1)
    n = 800
    c = (rng.random(n) < 0.5).astype(int)
    x = (rng.random(n) < 0.3 + 0.3 * c).astype(int)
    m = (rng.random(n) < 0.2 + 0.4 * x + 0.1 * c).astype(int)
    y = (rng.random(n) < 0.1 + 0.2 * x + 0.3 * m + 0.1 * c).astype(int)
    table, graph, tied = tmp_path / "d.csv", tmp_path / "g.dot", tmp_path / "tied.dot"
    pd.DataFrame({"C": c, "X": x, "M": m, "Y": y}).to_csv(table, index=False)
    graph.write_text(GRAPH)
    tied.write_text(TIED)
    return str(graph), str(table), str(tied)


def test_events(run, files):
    graph, table, _ = files
    code, out, _ = run("counterfactual", "Y[X=1]=1", "--given", "X=0", "--graph", graph)
    assert code == 0
    assert "P(Y[X=1]=1 | X=0) = Σ_C P(Y=1 | C, X=1) P(C | X=0)" in out
    assert "This holds if:" in out
    code, out, _ = run("counterfactual", "Y[X=1]=1", "--given", "X=0", "-g", graph, "-d", table, "--json")  # fmt: skip
    found = json.loads(out)
    assert 0.3 < found["values"][0]["probability"] < 0.7
    assert found["estimand"]["audit"]["performed"]
    code, out, _ = run("counterfactual", "Y[X=1]=1", "--given", "X=0, Y=0", "-g", graph)
    assert code == 7
    assert "cannot be told" in out
    code, out, _ = run("counterfactual", "Y[X=1]", "-g", graph, "--latex")
    assert out.startswith("P(Y_{X=1}) = ")


def test_parts_of_effects(run, files):
    graph, table, tied = files
    code, out, _ = run("counterfactual", "-g", graph, "-d", table, "-x", "X", "-y", "Y", "--mediator", "M")  # fmt: skip
    assert code == 0
    assert "goes through M" in out
    assert "mediation formula" in out
    code, out, _ = run("counterfactual", "-g", graph, "-x", "X", "-y", "Y", "--path", "X -> M -> Y", "--json")  # fmt: skip
    assert json.loads(out)["path"]["name"] == "edge g-formula"
    for option in (["--treated"], ["--hold", "M=1"]):
        code, out, _ = run("counterfactual", "-g", graph, "-d", table, "-x", "X", "-y", "Y", *option, "--json")  # fmt: skip
        assert code == 0
        assert json.loads(out)["ci_low"] < json.loads(out)["value"]
    code, out, _ = run("counterfactual", "-g", tied, "-x", "X", "-y", "Y", "--mediator", "M")
    assert code == 7
    assert "recanting district" in out


def test_units(run, files):
    graph, table, _ = files
    code, out, _ = run("counterfactual", "-g", graph, "-d", table, "--unit", "3", "--do", "X=1", "-y", "Y", "--json")  # fmt: skip
    assert code == 0
    found = json.loads(out)
    assert set(found["chances"]) == {"0", "1"}
    code, out, _ = run(
        "counterfactual", "-g", graph, "-d", table, "--unit", "X=1", "--unit", "C=0", "--unit", "M=1",
        "--unit", "Y=1", "--do", "X=0", "-y", "Y", "--monotone", "X=Y", "--monotone", "M=Y", "--monotone", "X=M",
    )  # fmt: skip
    assert code == 0
    assert "Had X been 0, Y of this unit would have been" in out
    assert "Raising X never lowers Y" in out


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ([], "one question at a time"),
        (["Y[X=1]", "--treated"], "one question at a time"),
        (["--treated"], "name one outcome"),
        (["--unit", "0", "--do", "X=1", "-y", "Y"], "learned from a table"),
        (["--hold", "M", "-x", "X", "-y", "Y"], "is not NODE=VALUE"),
        (["Y[X"], "cannot be read"),
    ],
)
def test_wrong_usage(run, files, options, what):
    code, _, err = run("counterfactual", "-g", files[0], *options)
    assert code == 2
    assert what in err
