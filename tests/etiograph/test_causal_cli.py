"""``etiograph identify``, ``estimate`` and ``mr`` on files of the user's own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

NAPKIN = "digraph { W -> R; R -> X; X -> Y; W -> X [dir=both]; W -> Y [dir=both]; }"
CONFOUNDED = "dag { X [exposure]; Y [outcome]; X -> Y; C -> X; C -> Y }"
BOW = "dag { X [exposure]; Y [outcome]; U [latent]; X -> Y; U -> X; U -> Y }"


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_identify_gives_the_napkins_formula_and_its_audit(run, tmp_path):
    graph = write(tmp_path / "napkin.dot", NAPKIN)
    code, out, _ = run("identify", "--graph", graph, "-x", "X", "-y", "Y", "--json")
    assert code == 0
    found = json.loads(out)
    assert found["method"] == "napkin"
    assert found["audit"]["performed"]
    assert found["audit"]["worst_error"] < 1e-9
    code, out, _ = run("identify", "--graph", graph, "-x", "X", "-y", "Y")
    assert code == 0
    assert "P(Y | do(X)) = " in out
    assert "Checked: against exact intervention" in out
    code, out, _ = run("identify", "--graph", graph, "-x", "X", "-y", "Y", "--latex")
    assert out.startswith("P(Y \\mid")


def test_identify_refuses_with_what_would_help(run, tmp_path):
    code, out, _ = run("identify", "--graph", write(tmp_path / "bow.dagitty", BOW))
    assert code == 7
    assert "randomise X" in out
    code, out, _ = run("identify", "--graph", str(tmp_path / "bow.dagitty"), "--json")
    assert code == 7
    assert json.loads(out)["witness"]["kind"] == "hedge"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("-y", "Y"), 2, "no treatment is named"),
        (("-x", "Q", "-y", "Y"), 2, "Q"),
        (("-x", "Y", "-y", "Y"), 2, "both treatment and outcome"),
    ],
)
def test_identify_names_what_is_wrong(run, tmp_path, arguments, code, words):
    graph = write(tmp_path / "napkin.dot", NAPKIN)
    got, _, err = run("identify", "--graph", graph, *arguments)
    assert got == code
    assert words in err


def test_hidden_nodes_cannot_be_asked_about(run, tmp_path):
    code, _, err = run("identify", "-g", write(tmp_path / "bow.dagitty", BOW), "-x", "U")
    assert code == 2
    assert "hidden" in err


def test_estimate_on_own_graph_and_table(run, tmp_path):
    rng = np.random.default_rng(1)
    c = rng.normal(size=800)
    x = (rng.random(800) < 1 / (1 + np.exp(-c))).astype(int)
    table = pd.DataFrame({"X": x, "Y": 2.0 * x + c + rng.normal(size=800), "C": c})
    table.to_csv(tmp_path / "t.csv", index=False)
    graph = write(tmp_path / "g.dagitty", CONFOUNDED)
    for estimator in ("auto", "aipw", "tmle"):
        code, out, _ = run(
            "estimate",
            "-g",
            graph,
            "-d",
            str(tmp_path / "t.csv"),
            "--estimator",
            estimator,
            "--json",
        )
        assert code == 0
        found = json.loads(out)
        assert found["ci_low"] < 2.0 < found["ci_high"]
    code, out, _ = run("estimate", "-g", graph, "-d", str(tmp_path / "t.csv"), "--refute")
    assert code == 0
    assert "95 % interval" in out
    assert "How robust:" in out
    assert "passed: placebo:" in out
    assert "This holds if:" in out
    bow = write(tmp_path / "bow.dagitty", BOW)
    code, out, _ = run("estimate", "-g", bow, "-d", str(tmp_path / "t.csv"))
    assert code == 7
    assert "No bounds either: column 'Y' has 800 values" in out
    table["Y"] = (table["Y"] > 1).astype(int)
    table.to_csv(tmp_path / "t.csv", index=False)
    code, out, _ = run("estimate", "-g", bow, "-d", str(tmp_path / "t.csv"))
    assert code == 7
    assert "lies between" in out


def test_mr_on_tables(run, tmp_path):
    rng = np.random.default_rng(2)
    n = 12
    beta = rng.uniform(0.05, 0.2, n)
    common = {
        "SNP": [f"rs{i + 1}" for i in range(n)], "effect_allele": ["A"] * n,
        "other_allele": ["G"] * n, "eaf": rng.uniform(0.2, 0.4, n),
    }  # fmt: skip
    for name, effect, noise in (("exposure", beta, 0.0), ("outcome", 0.5 * beta, 0.004)):
        pd.DataFrame(
            {**common, "beta": effect + noise * rng.normal(size=n), "se": 0.004, "pval": 1e-10}
        ).to_csv(tmp_path / f"{name}.tsv", sep="\t", index=False)
    files = str(tmp_path / "exposure.tsv"), str(tmp_path / "outcome.tsv")
    code, out, _ = run("mr", *files, "--json", "--plot", str(tmp_path / "forest.png"))
    assert code == 0
    main_ = json.loads(out)["estimates"][0]
    assert abs(main_["beta"] - 0.5) < 0.1
    assert (tmp_path / "forest.png").stat().st_size > 1000
    code, _, err = run("mr", files[0], str(tmp_path / "none.tsv"))
    assert code == 3
    assert "none.tsv" in err


def test_what_if_over_the_worlds_of_a_graph(run, tmp_path):
    import etiograph
    from graph.model import (
        Batch,
        Category,
        Entity,
        Evidence,
        Predicate,
        Publication,
        Rung,
        Statement,
    )

    papers = [Publication(id=f"pubmed:{i}", title=f"paper {i}") for i in (1, 2, 3)]
    things = [
        Entity("mesh:D008094", "Lithium", Category.CHEMICAL),
        Entity("hgnc:634", "AQP2", Category.GENE),
        Entity("mesh:D011141", "Polyuria", Category.DISEASE),
    ]
    lithium, aqp2, polyuria = (t.id for t in things)
    statements = [
        Statement(lithium, Predicate.DECREASES, aqp2, -1),
        Statement(aqp2, Predicate.DECREASES, polyuria, -1),
    ]
    evidences = [
        Evidence(s.id, Rung.ASSERTION, "text", "test", publication=p.id, text=f"{i} {s.id}")
        for i, (s, p) in enumerate([(statements[0], papers[0]), (statements[1], papers[1])])
    ]
    with etiograph.open(tmp_path / "kg") as kg:
        kg.store.write(Batch(tuple(things), tuple(papers), tuple(statements), tuple(evidences)))
        beliefs = [kg.store.statement(s.id).belief for s in statements]
    code, out, _ = run("what-if", "lithium", "polyuria", "--store", str(tmp_path / "kg"), "--json")
    assert code == 0
    found = json.loads(out)
    assert found["answers"]["raises"] == pytest.approx(beliefs[0] * beliefs[1])
    assert found["names"][aqp2] == "AQP2"
    code, out, _ = run("what-if", lithium, polyuria, "--store", str(tmp_path / "kg"))
    assert "Most worth checking:" in out
    code, _, err = run("what-if", "nothing at all", polyuria, "--store", str(tmp_path / "kg"))
    assert code == 3
    assert "knows no" in err


def test_next_evidence_names_the_cheapest_plans(run, tmp_path):
    graph = write(tmp_path / "bow.dagitty", BOW)
    code, out, _ = run("next-evidence", "--graph", graph)
    assert code == 0
    assert out.index("cost 1: measure U") < out.index("cost 5: randomise X")
    code, out, _ = run("next-evidence", "--graph", graph, "--cost", "U=7", "--json")
    assert code == 0
    assert [p["steps"][0]["text"] for p in json.loads(out)["plans"]] == ["randomise X", "measure U"]
    code, out, _ = run("next-evidence", "--graph", graph, "--impossible", "U", "--impossible", "X")
    assert code == 7
    assert "Nothing that is allowed" in out
    code, _, err = run("next-evidence", "--graph", graph, "--cost", "U")
    assert code == 2
    assert "not WHAT=NUMBER" in err


def test_what_if_on_a_graph_of_ones_own_needs_no_store(run, tmp_path):
    graph = write(tmp_path / "g.dot", "digraph { X -> M; M -> Y; X -> Y [dir=both] }")
    asked = ("what-if", "X", "Y", "--graph", graph)
    code, out, _ = run(*asked, "--belief", "X->M=0.6", "--sign", "X->M=-1", "--sign", "M->Y=1", "--json")  # fmt: skip
    assert code == 0
    found = json.loads(out)
    assert found["answers"]["lowers"] == pytest.approx(0.6)
    code, out, _ = run(*asked, "--belief", "X->M=0.6")
    assert "Most worth checking" in out
    for wrong, words in ((("--belief", "X->M"), "WHAT=NUMBER"), (("--belief", "X->Y=1"), "no edge"), (("--sign", "X->M=3"), "not 1 or -1")):  # fmt: skip
        code, _, err = run(*asked, *wrong)
        assert code == 2
        assert words in err
    code, _, err = run("what-if", "X", "Y", "--belief", "X->M=0.5")
    assert (code, "--graph" in err) == (2, True)
    code, _, err = run("what-if", "X", "Q", "--graph", graph)
    assert (code, "no node 'Q'" in err) == (2, True)
