"""``etiograph explain`` on a file and on a real store."""

from __future__ import annotations

import json
from pathlib import Path

from graph.model import Batch, Category, Entity, Evidence, Predicate, Publication, Rung, Statement
from graph.stores import open_store


def test_on_a_file(run, tmp_path: Path) -> None:
    (tmp_path / "net.sif").write_text("a\t1\tb\t0.9\nb\t-1\tc\t0.5\na\t1\tc\t0.1\nc\t1\ta\n")
    code, out, _ = run("explain", "a", "c", "--graph", "net.sif")
    assert code == 0
    assert "a -[raises]-> b -[lowers]-> c" in out
    assert "chains disagree: raising 0.1, lowering 0.45" in out
    assert "a -> c is direct" in out
    assert "damps" in out
    code, out, _ = run("explain", "a", "c", "--graph", "net.sif", "--json")
    found = json.loads(out)
    assert [c["sign"] for c in found["chains"]["chains"]] == [-1, 1]
    assert found["block"]["possible"] is False


def test_what_is_not_there(run, tmp_path: Path) -> None:
    (tmp_path / "net.sif").write_text("alpha\t1\tbeta\n")
    code, _, err = run("explain", "alfa", "beta", "--graph", "net.sif")
    assert code == 2
    assert "Near it: alpha" in err
    code, _, err = run("explain", "a", "b", "--graph", "net.sif", "--store", "x")
    assert code == 2
    assert "not both" in err
    code, _, err = run("explain", "a", "b", "--graph", "none.sif")
    assert code == 3


def test_on_a_store(run, tmp_path: Path) -> None:
    drug = Entity("mesh:D008094", "Lithium", Category.CHEMICAL)
    gene = Entity("hgnc:634", "AQP2", Category.GENE)
    sign = Entity("mesh:D011141", "Polyuria", Category.DISEASE)
    paper = Publication("pubmed:1", title="A paper.")
    rows = [
        (drug, Predicate.DECREASES, -1, gene, "Lithium lowers AQP2."),
        (gene, Predicate.PREVENTS, -1, sign, "AQP2 averts polyuria."),
    ]
    statements = [Statement(a.id, p, b.id, s) for a, p, s, b, _ in rows]
    evidences = [
        Evidence(s.id, Rung.ASSERTION, "test", "hand", publication=paper.id, text=row[-1])
        for s, row in zip(statements, rows, strict=True)
    ]
    with open_store(tmp_path / "store") as store:
        store.write(Batch((drug, gene, sign), (paper,), tuple(statements), tuple(evidences)))
    code, out, _ = run("explain", "lithium", "polyuria", "--store", str(tmp_path / "store"))
    assert code == 0
    assert "Lithium -[lowers]-> AQP2 -[lowers]-> Polyuria" in out
    assert "block AQP2" in out
    assert "Between them: AQP2" in out
