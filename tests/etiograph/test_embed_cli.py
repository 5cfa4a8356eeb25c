"""``etiograph embed``: audit, export, evaluate and similar, from files and from a store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from etiograph import embedding
from graph.model import Batch, Category, Entity, Evidence, Predicate, Rung, Statement
from graph.stores import open_store


@pytest.fixture
def edges(home: Path) -> Path:
    """Two communities: drugs treat what their targets are associated with."""
    rng = np.random.default_rng(0)
    lines = ["head\trelation\ttail\thead_type\ttail_type"]
    for i in range(30):
        group = i % 3
        genes = rng.choice(10, 4, replace=False) + 10 * group
        lines += [f"drug:{i}\tbinds\tgene:{g}\tDrug\tGene" for g in genes]
        sick = rng.choice(10, 4, replace=False) + 10 * group
        lines += [f"drug:{i}\ttreats\tdisease:{d}\tDrug\tDisease" for d in sick]
        genes = rng.choice(10, 4, replace=False) + 10 * group
        lines += [f"disease:{i // 3 + 10 * group}\thas\tgene:{g}\tDisease\tGene" for g in genes]
    path = home / "edges.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_audit_shows_what_was_planted(run: Any, edges: Path) -> None:
    done = run("embed", "audit", str(edges), "--target", "treats", "--plant", "60", "--json")
    assert done.code == 0
    told = json.loads(done.out)
    found = {leak["kind"]: leak for leak in told["leaks"]}
    assert told["planted"]["inverse"] == 60
    assert found["inverse"]["test_edges"] > 0
    assert found["inverse"]["removed_train"] > 0
    assert found["duplicate"]["test_edges"] > 0
    assert found["symmetric"]["test_edges"] == 0
    assert found["near-duplicate"]["pairs"]
    text = run("embed", "audit", str(edges), "--target", "treats")
    assert text.code == 0
    assert "inverse: 0 of 12 test edges" in text.out
    assert "rewired graph" in text.out


def test_evaluate_prints_a_row_for_each_scorer(run: Any, edges: Path) -> None:
    call = ["embed", "evaluate", str(edges), "--target", "treats", "--scorer", "degree"]
    done = run(*call, "--scorer", "rules", "--negatives", "5", "--typed", "--json")
    assert done.code == 0
    told = json.loads(done.out)
    assert list(told["scorers"]) == ["degree", "rules"]
    mrr = {name: one["mrr"]["value"] for name, one in told["scorers"].items()}
    assert mrr["rules"] > mrr["degree"]
    assert told["scorers"]["rules"]["auprc"]["value"] > 0
    lines = run(*call).out.splitlines()
    assert lines[0].startswith("scorer")
    assert lines[1].startswith("degree")
    held = run(*call, "--hold-out", "Disease", "--clean", "--detail")
    assert held.code == 0
    assert "relation treats" in held.out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("audit", "none.tsv"), 3, "no such file"),
        (("audit", "edges.tsv", "--target", "heals"), 2, "no relation 'heals'"),
        (("evaluate", "edges.tsv", "--scorer", "magic"), 2, "no scorer 'magic'"),
        (("evaluate", "edges.tsv", "--split", "given"), 2, "not published in parts"),
        (("evaluate", "edges.tsv", "--split", "odd"), 2, "no split 'odd'"),
        (("evaluate", "edges.tsv", "--split", "time"), 3, "no edge has a year"),
        (("evaluate", "edges.tsv", "--hold-out", "Cell"), 3, "only 0 entities of type Cell"),
        (("export", "edges.tsv"), 2, "nothing is to be written"),
        (("export", "edges.tsv", "--out", "t", "--until", "2000"), 2, "choose from a store"),
        (("export", "--out", "t", "--rung", "predicted"), 2, "not exported for training"),
    ],
)
def test_what_cannot_be_done_is_said(
    run: Any, edges: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    done = run("embed", *arguments)
    assert done.code == code
    assert says in done.err
    assert "Traceback" not in done.err


def test_an_export_of_a_file_is_read_again(run: Any, edges: Path, home: Path) -> None:
    done = run("embed", "export", str(edges), "--out", "tensors", "--json")
    assert done.code == 0
    told = json.loads(done.out)
    assert told["edges"] == len(edges.read_text().splitlines()) - 1
    again = embedding.source_of(home / "tensors")
    assert again.triples.hash == told["hash"]
    assert run("embed", "evaluate", "tensors", "--scorer", "degree").code == 0


def test_a_store_is_exported_and_answers_what_is_similar(run: Any, home: Path) -> None:
    genes = [Entity(f"hgnc:{i}", f"gene {i}", Category.GENE) for i in range(1, 5)]
    statements = [Statement("hgnc:1", Predicate.BINDS, f"hgnc:{i}") for i in range(2, 5)]
    evidence = [Evidence(s.id, Rung.CURATED, "db", "db") for s in statements]
    with open_store(home / "kg") as store:
        store.write(Batch(tuple(genes), (), tuple(statements), tuple(evidence)))
        vectors = np.array([[1.0, 0], [0, 0], [0.9, 0.1], [0, 1]])
        ids = [g.id for g in genes]
        # the second has no vector: zeros are left out
        assert embedding.write_vectors(ids, vectors, store=store, parquet=home / "v.parquet") == 3
    done = run("embed", "export", "--store", "kg", "--out", "tensors", "--json")
    assert done.code == 0
    assert json.loads(done.out)["edges"] == 3
    done = run("embed", "similar", "gene 1", "--store", "kg", "--most", "1", "--json")
    assert done.code == 0
    assert [row["id"] for row in json.loads(done.out)] == ["hgnc:3"]
    assert run("embed", "similar", "hgnc:2", "--store", "kg").code == 3
    assert (home / "v.parquet").is_file()
