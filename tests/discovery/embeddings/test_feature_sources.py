"""Features named by short texts: what they take, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from discovery.embeddings.feature_sources import coverage, read_features
from discovery.embeddings.features import Modality, combine
from discovery.embeddings.triples import Triples
from graph.errors import DataError, InputError, UsageError

LABELS = {"drug:1": "lithium carbonate", "drug:2": "lithium citrate", "sick:1": "polyuria"}


@pytest.fixture
def graph() -> Triples:
    edges = [
        ("drug:1", "isa", "drug:0"),
        ("drug:2", "isa", "drug:0"),
        ("drug:1", "causes", "sick:1"),
    ]
    names = ["drug:0", "drug:1", "drug:2", "sick:1"]
    h, t = ([names.index(e[side]) for e in edges] for side in (0, 2))
    r = [["isa", "causes"].index(e[1]) for e in edges]
    return Triples.from_ids(names, ["isa", "causes"], np.array(h), np.array(r), np.array(t))


def test_each_kind(graph: Triples, tmp_path: Path) -> None:
    (tmp_path / "assay.csv").write_text("id,a,b\ndrug:1,1,2\nsick:9,3,4\n", encoding="utf-8")
    (tmp_path / "smiles.tsv").write_text(
        "# id\tSMILES\ndrug:1\tO=C([O-])[O-]\ndrug:2\tCCO\n", "utf-8"
    )
    (tmp_path / "up.tsv").write_text("sick:1\tsick:0\ndrug:0\tdrug:root\n", encoding="utf-8")
    (tmp_path / "seq.fasta").write_text(">sick:1 made up\nMKTAYIAK\n", encoding="utf-8")
    pd.DataFrame({"id": ["drug:2"], "x": [0.5]}).to_parquet(tmp_path / "more.parquet")
    sources = ["names", "ancestors", f"ancestors:{tmp_path}/up.tsv", f"table:{tmp_path}/assay.csv",
               f"table:{tmp_path}/more.parquet", f"smiles:{tmp_path}/smiles.tsv",
               f"fasta:{tmp_path}/seq.fasta"]  # fmt: skip
    found = read_features(graph, LABELS, sources)
    assert coverage(found) == {
        "names": 3, "ancestors": 2, "ancestors up.tsv": 2, "table assay.csv": 1,
        "table more.parquet": 1, "smiles smiles.tsv": 2, "fasta seq.fasta": 1,
    }  # fmt: skip
    # two salts are alike by name, and by their parent
    first, second, other = (found.of("names")[i] for i in (1, 2, 3))
    assert first @ second > first @ other
    up = found.of("ancestors")
    assert up[1] @ up[2] > 0
    assert not up[3].any()
    # what is absent is zeros and a flag
    assert found.flagged().shape == (4, found.x.shape[1] + 7)
    assert found.flagged()[0, -7:].tolist() == [1, 1, 0, 1, 1, 1, 1]


def test_anndata(graph: Triples, tmp_path: Path) -> None:
    anndata = pytest.importorskip("anndata", reason="needs etiograph[omics]")
    made = anndata.AnnData(np.ones((2, 3), np.float32))
    made.obs_names = ["drug:1", "drug:9"]
    made.obsm["X_pca"] = np.full((2, 2), 4.0)
    made.write_h5ad(tmp_path / "cells.h5ad")
    assert read_features(graph, {}, [f"anndata:{tmp_path}/cells.h5ad"]).x.shape == (4, 3)
    assert read_features(graph, {}, [f"anndata:{tmp_path}/cells.h5ad#X_pca"]).x.shape == (4, 2)


def test_a_graph_without_names_is_read_by_its_ids(graph: Triples) -> None:
    assert coverage(read_features(graph, {}, ["names"])) == {"names": 4}


@pytest.mark.parametrize(
    ("source", "kind", "said"),
    [
        ("colour", UsageError, "no features 'colour'"),
        ("names:x", UsageError, "names take no file"),
        ("table", UsageError, "table need a file"),
        ("table:nowhere.csv", InputError, "no such file"),
        ("table:text.csv", DataError, "no numeric column"),
        ("table:other.csv", DataError, "no entity has any"),
        ("table:nan.csv", DataError, "NaN or infinity in table nan.csv, first drug:1 in column 0"),
        ("smiles:one.tsv", InputError, "one column"),
        ("table:broken.parquet", InputError, "no table can be read"),
    ],
)
def test_what_is_refused(
    graph: Triples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str,
    kind: type[Exception], said: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.csv").write_text("id,a\ndrug:1,x\n", encoding="utf-8")
    (tmp_path / "other.csv").write_text("id,a\nchebi:1,1\n", encoding="utf-8")
    (tmp_path / "nan.csv").write_text("id,a\ndrug:1,\ndrug:2,2\n", encoding="utf-8")
    (tmp_path / "one.tsv").write_text("drug:1\n", encoding="utf-8")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(kind, match=said):
        read_features(graph, LABELS, [source])


def test_nan_may_be_masked_and_nothing_twice(graph: Triples, tmp_path: Path) -> None:
    (tmp_path / "nan.csv").write_text("id,a\ndrug:1,\ndrug:2,2\n", encoding="utf-8")
    found = read_features(graph, {}, [f"table:{tmp_path}/nan.csv"], nan="mask")
    assert coverage(found) == {"table nan.csv": 1}
    assert "1 entities have NaN" in found.notes[0]
    with pytest.raises(UsageError, match="named twice: names"):
        read_features(graph, {}, ["names", "names"])


def test_an_ontology_has_to_be_there() -> None:
    plain = Triples.from_ids(["a", "b"], ["causes"], np.array([0]), np.array([0]), np.array([1]))
    with pytest.raises(DataError, match="no ontology relation"):
        read_features(plain, {}, ["ancestors"])


def test_a_search_reads_them() -> None:
    pytest.importorskip("optuna", reason="needs etiograph[gnn]")
    from discovery.embeddings.config import preset
    from discovery.embeddings.search import search

    n = 24
    ids = [f"e:{i}" for i in range(n)]
    whole = Triples.from_ids(ids, ["next"], np.arange(n), np.zeros(n, int), (np.arange(n) + 1) % n)
    held = np.arange(n) % 6 == 0
    features = combine(
        whole, [Modality("place", np.eye(n, dtype=np.float32), np.ones(n, np.bool_))]
    )
    config = preset("r-gcn", dim=8, epochs=2, batch=16, every=1, patience=0)
    graph, valid = whole.subset(~held), whole.subset(held)
    with_them = search(graph, valid, config, 60, most=2, features=features)
    again = search(graph, valid, config, 60, most=2, features=features)
    without = search(graph, valid, config, 60, most=2)
    assert with_them == again
    assert [m for _, m in with_them.trials] != [m for _, m in without.trials]
