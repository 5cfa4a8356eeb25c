"""``etiograph identify`` and ``bound`` on files of the user's own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest


def write(path: Path, value: object) -> str:
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return str(path)


BOW = {"di": [["X", "Y"], ["A", "Y"]], "bi": [["X", "Y"]], "X": "X", "Y": "Y"}
STUDY = "dag { X [exposure]; Y [outcome]; A -> X; A -> B; B -> Y; X -> Y }"


def test_a_cpdag_file_is_answered_or_gives_its_answers(run, tmp_path):
    known = write(
        tmp_path / "g.json", {"di": [["A", "X"], ["B", "X"], ["X", "Y"]], "kind": "CPDAG"}
    )
    code, out, _ = run("identify", "--graph", known, "-x", "X", "-y", "Y", "--json")
    assert code == 0
    found = json.loads(out)
    assert found["method"] == "backdoor"
    assert found["audit"]["performed"]
    open_ = write(tmp_path / "o.json", {"un": [["A", "X"], ["X", "Y"]]})
    code, out, _ = run("identify", "--graph", open_, "-x", "X", "-y", "Y")
    assert code == 7
    assert "these answers" in out
    rng = np.random.default_rng(0)
    a = rng.normal(size=500)
    x = a + rng.normal(size=500)
    pd.DataFrame({"A": a, "X": x, "Y": x + rng.normal(size=500)}).to_csv(
        tmp_path / "d.csv", index=False
    )
    code, out, _ = run("identify", "-g", open_, "-x", "X", "-y", "Y", "-d", str(tmp_path / "d.csv"), "--json")  # fmt: skip
    assert code == 0
    effects = json.loads(out)["effects"]
    assert sum(e["members"] for e in effects) == 3
    assert {round(e["values"]["X"]) for e in effects} == {0, 1}
    code, out, _ = run("identify", "-g", open_, "-x", "X", "-y", "Y", "-d", str(tmp_path / "d.csv"))
    assert "members: 1" in out


def test_adjustment_sets(run, tmp_path):
    graph = write(tmp_path / "g.dagitty", STUDY)
    code, out, _ = run("identify", "-g", graph, "--all-adjustment-sets", "--json")
    assert code == 0
    assert json.loads(out)["sets"] == [["A"], ["B"], ["A", "B"]]
    code, out, _ = run("identify", "-g", graph, "--adjustment-sets", "minimal", "--forbid", "A")
    assert "  B  (cost 1)" in out
    assert "  A" not in out
    code, out, _ = run("identify", "-g", graph, "--adjustment-sets", "cheapest", "--cost", "B=9", "--json")  # fmt: skip
    assert json.loads(out)["sets"] == [["A"]]
    code, out, _ = run("identify", "-g", graph, "--adjustment-sets", "optimal", "--json")
    assert json.loads(out)["sets"] == [["B"]]
    code, out, _ = run("identify", "-g", graph, "--adjustment-sets", "all", "--forbid", "A", "--forbid", "B")  # fmt: skip
    assert code == 7


def test_experiments_populations_and_selection(run, tmp_path):
    graph = write(tmp_path / "bow.json", BOW)
    code, out, _ = run("identify", "-g", graph, "--experiment", "X")
    assert code == 0
    assert "P(Y | do(X)) = P(Y | do(X))" in out
    code, out, _ = run("identify", "-g", graph, "--experiment", "trial:X", "--differs", "trial:A")
    assert "Σ_A P(A) P_trial(Y | do(X), A)" in out
    code, out, _ = run("identify", "-g", graph, "--experiment", "trial:X", "--differs", "trial:Y")
    assert code == 7
    chosen = write(tmp_path / "s.json", {"di": [["X", "Y"], ["Z", "X"], ["Z", "Y"], ["Z", "S"], ["X", "S"]]})  # fmt: skip
    arguments = ("identify", "-g", chosen, "-x", "X", "-y", "Y", "--selection", "S")
    assert run(*arguments).code == 7
    code, out, _ = run(*arguments, "--census", "Z")
    assert "Σ_Z P(Y | S=1, Z, X) P(Z)" in out
    gaps = write(tmp_path / "m.json", {"di": [["X", "Y"], ["X", "R"]]})
    code, out, _ = run("identify", "-g", gaps, "-x", "X", "-y", "Y", "--missing", "Y=R", "--json")
    assert json.loads(out)["method"] == "recovery"


def test_lagged_edges_are_unrolled(run, tmp_path):
    graph = write(tmp_path / "l.json", {"lagged": [["X", "Y", 1], ["Y", "X", 1], ["X", "X", 1]]})
    code, out, _ = run("identify", "-g", graph, "-x", "X", "-y", "Y", "--lag", "2")
    assert code == 0
    assert "P(Y[t] | do(X[t-2]))" in out
    code, _, err = run("identify", "-g", write(tmp_path / "n.json", {"di": [["X", "Y"]]}), "-x", "X", "-y", "Y", "--lag", "1")  # fmt: skip
    assert code == 3
    assert "lagged" in err


def test_a_refusal_is_drawn_and_names_what_stronger_assumptions_give(run, tmp_path):
    iv = write(tmp_path / "iv.json", {"di": [["Z", "X"], ["X", "Y"]], "bi": [["X", "Y"]]})
    for picture in ("why.png", "why.svg"):
        code, out, _ = run("identify", "-g", iv, "-x", "X", "-y", "Y", "--plot", str(tmp_path / picture))  # fmt: skip
        assert code == 7
        assert (tmp_path / picture).stat().st_size > 2000
    assert "Under stronger assumptions:" in out
    assert "cov(Y, Z) / cov(X, Z)" in out
    text = (tmp_path / "why.svg").read_text(encoding="utf-8")
    assert "#f4b183" in text  # the hedge is marked
    code, out, _ = run("identify", "-g", iv, "-x", "X", "-y", "Y", "--json")
    assert json.loads(out)["alternatives"][0]["method"] == "instrumental"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--forbid", "A"), 2, "adjustment sets"),
        (("--adjustment-sets", "best"), 2, "no kind 'best'"),
        (("--adjustment-sets", "all", "--cost", "A"), 2, "NAME=VALUE"),
        (("--differs", "A"), 2, "needs a population"),
        (("--missing", "Y"), 2, "NAME=VALUE"),
        (("--plot", "x.txt"), 2, "no picture"),
        (("--experiment", "Q"), 2, "no node 'Q'"),
        (("--selection", "A", "--experiment", "t:X"), 2, "one population"),
    ],
)
def test_wrong_options_are_named(run, tmp_path, arguments, code, words):
    graph = write(tmp_path / "bow.json", BOW)
    got, _, err = run("identify", "-g", graph, *arguments)
    assert got == code
    assert words in err


def test_hidden_nodes_and_feedback_are_named(run, tmp_path, rows):
    hidden = tmp_path / "u.dot"
    hidden.write_text("digraph { U [latent=true]; U -> X; U -> Y; X -> Y }")
    for command in (
        ("identify", "-x", "X", "-y", "Y", "--given", "U"),
        ("bound", "-x", "U", "-y", "Y", "-d", rows),
        ("counterfactual", "Y[X=1]=1", "--given", "U=0"),
        ("counterfactual", "-x", "X", "-y", "U", "--treated"),
    ):
        code, _, err = run(*command, "-g", str(hidden))
        assert code == 2
        assert "U cannot be asked about" in err
    loop = write(tmp_path / "loop.json", {"di": [["X", "Y"], ["Y", "X"]]})
    code, _, err = run("bound", "-g", loop, "-d", rows, "-x", "X", "-y", "Y")
    assert code == 2
    assert "X -> Y" in err
    assert "--equilibrium" in err
    code, _, err = run("identify", "-g", str(hidden), "-x", "X", "-y", "Y", "--experiment", "Q")
    assert (code, "no node 'Q'" in err) == (2, True)


@pytest.fixture
def rows(tmp_path) -> str:
    """An encouragement Z, a hidden U, and an effect of 0.3."""
    rng = np.random.default_rng(0)
    n = 6000
    u, z = rng.random(n) < 0.5, rng.random(n) < 0.5
    x = rng.random(n) < 0.1 + 0.6 * z + 0.25 * u
    y = rng.random(n) < 0.1 + 0.3 * x + 0.4 * u
    path = tmp_path / "rows.csv"
    pd.DataFrame({"Z": z, "X": x, "Y": y}).astype(int).to_csv(path, index=False)
    return str(path)


def test_bounds_with_and_without_assumptions(run, tmp_path, rows):
    iv = write(tmp_path / "iv.json", {"di": [["Z", "X"], ["X", "Y"]], "bi": [["X", "Y"]]})
    bow = write(tmp_path / "b.json", {"di": [["X", "Y"]], "bi": [["X", "Y"]]})
    asked = ("-d", rows, "-x", "X", "-y", "Y", "--bootstraps", "20", "--json")
    width = {}
    for name, arguments in {
        "bow": ("-g", bow),
        "rising": ("-g", bow, "--assume", "increasing-response"),
        "sorted": ("-g", bow, "--assume", "increasing-response", "--assume", "positive-selection"),
        "iv": ("-g", iv),
        "no defiers": ("-g", iv, "--assume", "no-defiers"),
    }.items():
        code, out, _ = run("bound", *arguments, *asked)
        assert code == 0
        found = json.loads(out)
        assert found["low"] <= 0.3 <= found["high"]
        assert found["ci_low"] <= found["low"] <= found["high"] <= found["ci_high"]
        width[name] = found["high"] - found["low"]
    assert width["bow"] == pytest.approx(1)
    assert width["sorted"] < width["rising"] < width["bow"]
    assert width["no defiers"] <= width["iv"] + 1e-9 < width["bow"]
    code, out, _ = run("bound", "-g", bow, "-d", rows, "-x", "X", "-y", "Y", "--range", "0", "2")
    assert "stays within 0 and 2" in out


def test_causation_from_rows_and_a_trial(run, tmp_path, rows):
    bow = write(tmp_path / "b.json", {"di": [["X", "Y"]], "bi": [["X", "Y"]]})
    rng = np.random.default_rng(3)
    u, x = rng.random(4000) < 0.5, rng.random(4000) < 0.5
    y = rng.random(4000) < 0.1 + 0.3 * x + 0.4 * u
    pd.DataFrame({"X": x, "Y": y}).astype(int).to_csv(tmp_path / "trial.csv", index=False)
    asked = ("bound", "-g", bow, "-d", rows, "-x", "X", "-y", "Y", "--causation", "--json")
    plain = json.loads(run(*asked).out)
    assert plain["risks"] is None
    assert plain["bounds"]["necessity"] == [0, 1]
    told = json.loads(run(*asked, "--trial", str(tmp_path / "trial.csv")).out)
    assert told["source"] == "trial"
    low, high = told["bounds"]["both"]
    assert 0.2 < low <= 0.3 <= high < 0.75
    sure = json.loads(run(*asked, "--trial", str(tmp_path / "trial.csv"), "--monotone").out)
    assert sure["bounds"]["both"][0] == sure["bounds"]["both"][1]
    _, out, _ = run(*asked[:-1], "--trial", str(tmp_path / "trial.csv"))
    assert "(necessity)" in out


def test_feedback_at_rest(run, tmp_path):
    market = {"di": [["P", "Q"], ["Q", "P"], ["Rain", "Q"], ["Income", "P"]], "bi": [["P", "Q"]]}
    rng = np.random.default_rng(2)
    n = 5000
    rain, income, shared = rng.normal(size=(3, n))
    # Q = -0.5 P + rain, P = 0.6 Q + income
    noise_q, noise_p = rain + shared, income + shared + rng.normal(size=n)
    q = (noise_q - 0.5 * noise_p) / 1.3
    p = 0.6 * q + noise_p
    pd.DataFrame({"P": p, "Q": q, "Rain": rain, "Income": income}).to_csv(
        tmp_path / "m.csv", index=False
    )
    graph = write(tmp_path / "m.json", market)
    asked = ("-d", str(tmp_path / "m.csv"), "-x", "P", "-y", "Q", "--equilibrium")
    code, out, _ = run("bound", "-g", graph, *asked, "--json")
    assert code == 0
    assert json.loads(out)["value"] == pytest.approx(-0.5, abs=0.05)
    two = write(tmp_path / "two.json", {"di": [["P", "Q"], ["Q", "P"]]})
    code, out, _ = run("bound", "-g", two, *asked)
    assert code == 7
    assert "feedback loop among P, Q" in out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--assume", "magic"), 2, "no assumption 'magic'"),
        (("--assume", "no-defiers"), 2, "none to use"),
        (("--trial", "t.csv"), 2, "go with --causation"),
        (("--causation", "--equilibrium"), 2, "not both"),
        (("-y", "X", "-x", "X"), 2, "one treatment and one outcome"),
        (("--instrument", "Z"), 2, "no instrument"),
        (("--range", "0", "0.5"), 3, "leaves its range"),
    ],
)
def test_wrong_options_of_bound_are_named(run, tmp_path, rows, arguments, code, words):
    bow = write(
        tmp_path / "b.json", {"nodes": ["X", "Y", "Z"], "di": [["X", "Y"]], "bi": [["X", "Y"]]}
    )
    got, _, err = run("bound", "-g", bow, "-d", rows, "-x", "X", "-y", "Y", *arguments)
    assert got == code, err
    assert words in err
