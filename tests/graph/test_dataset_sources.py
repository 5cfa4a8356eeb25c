from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import discovery
from discovery.data import prepare
from graph.dataset import Dataset, Variable, read_bindings, read_table
from graph.dataset_sources import as_dataset, from_anndata, read_h5ad
from graph.errors import DataError, InputError, UsageError

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(RNG.integers(-99, 99, (40, 3)) / 8, columns=["a", "b", "c"])


def cells(sparse: bool = False):
    anndata = pytest.importorskip("anndata")
    from scipy.sparse import csr_matrix

    counts = np.random.default_rng(1).poisson([1, 2, 30, 4, 0.1], (50, 5)).astype(np.float32)
    made = anndata.AnnData(
        csr_matrix(counts) if sparse else counts,
        obs=pd.DataFrame(
            {"depth": counts.sum(axis=1), "type": pd.Categorical(["t", "b"] * 25)},
            index=[f"cell{i}" for i in range(50)],
        ),
        var=pd.DataFrame(index=["g0", "g1", "g2", "g3", "g4"]),
    )
    made.layers["logs"] = np.log1p(counts)
    return made, counts


def test_every_file_format_gives_the_same_data(tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    FRAME.to_csv(tmp_path / "t.tsv", index=False, sep="\t")
    FRAME.to_csv(tmp_path / "t.csv.gz", index=False)
    FRAME.to_parquet(tmp_path / "t.parquet")
    made = [as_dataset(tmp_path / f"t.{end}") for end in ("csv", "tsv", "csv.gz", "parquet")]
    assert {m.name for m in made} == {"t"}
    assert all(np.array_equal(m.frame.to_numpy(), FRAME.to_numpy()) for m in made)
    assert all(m.path and m.hash == as_dataset(FRAME).hash for m in made)


def test_a_duckdb_relation_and_file_are_read(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "t.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.register("given", FRAME)
        connection.execute("CREATE TABLE main_table AS SELECT * FROM given")
        connection.execute("CREATE TABLE other AS SELECT a FROM given")
        found = as_dataset(
            connection.sql("SELECT * FROM given WHERE a > 0"), [Variable("b", "x:1")]
        )
        assert len(found.frame) == (FRAME["a"] > 0).sum()
        assert found.entity_of == {"b": "x:1"}
        with pytest.raises(InputError, match="no rows"):
            as_dataset(connection.sql("SELECT * FROM given WHERE a > 99"))
    assert as_dataset(path, table="main_table").hash == as_dataset(FRAME).hash
    with pytest.raises(InputError, match="2 tables") as caught:
        as_dataset(path)
    assert "main_table, other" in str(caught.value)
    with pytest.raises(InputError, match="no table 'nix'"):
        as_dataset(path, table="nix")
    with duckdb.connect(str(path)) as connection:
        connection.execute("DROP TABLE other")
    assert np.array_equal(read_table(path).to_numpy(), FRAME.to_numpy())
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(InputError, match="cannot be read"):
        as_dataset(path)


@pytest.mark.parametrize("sparse", [False, True])
def test_cells_genes_and_annotations_become_a_table(sparse: bool) -> None:
    data, counts = cells(sparse)
    found = as_dataset(data, genes="g3, g0", obs=["depth", "type"])
    assert found.columns == ("g3", "g0", "depth", "type")
    assert np.array_equal(found.frame[["g3", "g0"]].to_numpy(), counts[:, [3, 0]])
    assert found.notes == ()
    assert list(found.frame["type"][:2]) == ["t", "b"]
    logs = from_anndata(data, layer="logs", genes=["g1"])
    assert np.allclose(logs.frame["g1"], np.log1p(counts[:, 1]))


@pytest.mark.parametrize("sparse", [False, True])
def test_what_a_cap_on_genes_leaves_out_is_said(sparse: bool) -> None:
    data, counts = cells(sparse)
    found = as_dataset(data, top=2)
    best = np.sort(np.argsort(-counts.var(axis=0))[:2])
    assert found.columns == tuple(f"g{j}" for j in best)
    assert found.notes == ("the 2 genes of 5 that vary most, by variance",)
    report = prepare(found).report
    assert report.issues[0].kind == "source"
    assert "2 genes of 5" in str(report)
    data.var["dispersions_norm"] = [5.0, 4, 3, 2, np.nan]
    assert as_dataset(data, top=2).columns == ("g0", "g1")


def test_what_an_anndata_object_does_not_have_is_named() -> None:
    data, _ = cells()
    with pytest.raises(DataError, match="no layer 'scaled'") as caught:
        from_anndata(data, layer="scaled")
    assert "X, logs" in str(caught.value)
    with pytest.raises(DataError, match="no gene 'TP53'"):
        from_anndata(data, genes=["TP53"])
    with pytest.raises(DataError, match="no annotation 'age'"):
        from_anndata(data, obs="age")
    with pytest.raises(UsageError, match="top"):
        from_anndata(data, top=0)
    data.obs["g1"] = 1.0
    with pytest.raises(DataError, match="a gene and an annotation"):
        from_anndata(data, obs="g1")
    data.var.index = ["g0", "g1", "g1", "g3", "g4"]
    with pytest.raises(DataError, match="two genes"):
        from_anndata(data)


@pytest.mark.filterwarnings("ignore")
def test_the_shared_cells_are_read_and_learned_from(shared_data: Path) -> None:
    pytest.importorskip("anndata")
    path = shared_data / "omics" / "10x_pbmc68k_reduced.h5ad"
    found = as_dataset(path, layer="raw", genes="CD3E,CD3D,NKG7,LYZ,CST3", obs="phase")
    assert found.frame.shape == (700, 6)
    assert (found.frame["LYZ"] >= 0).all()
    learned = discovery.learn(found, "pc", encode="indicators")
    assert {"phase=S", "LYZ"} <= set(learned.report.columns_used)
    assert ("CST3", "LYZ") in {tuple(sorted((e.source, e.target))) for e in learned.edges}


def test_files_that_are_absent_broken_or_need_a_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for end in ("h5ad", "duckdb", "csv"):
        with pytest.raises(InputError, match="no such file"):
            as_dataset(tmp_path / f"absent.{end}")
    broken = tmp_path / "broken.h5ad"
    broken.write_bytes(b"nothing")
    if "anndata" in sys.modules:
        with pytest.raises(InputError, match="cannot be read"):
            read_h5ad(broken)
    (tmp_path / "x.duckdb").write_bytes(b"")
    for name, path, extra in (
        ("anndata", broken, "omics"),
        ("duckdb", tmp_path / "x.duckdb", "duckdb"),
    ):
        monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
        with pytest.raises(UsageError) as caught:
            as_dataset(path)
        assert f"etiograph[{extra}]" in str(caught.value)


def test_other_types_and_options_are_refused() -> None:
    assert as_dataset(Dataset(FRAME)).columns == ("a", "b", "c")
    with pytest.raises(UsageError, match="cannot be a list"):
        as_dataset([1, 2])
    with pytest.raises(UsageError, match="no options top"):
        as_dataset(FRAME, top=3)
    with pytest.raises(UsageError, match="its own variables"):
        as_dataset(Dataset(FRAME), [Variable("a", "x:1")])


def test_arrow_tables_are_taken() -> None:
    import pyarrow

    assert as_dataset(pyarrow.Table.from_pandas(FRAME)).hash == as_dataset(FRAME).hash


def test_learn_takes_what_users_have(tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    one, two = discovery.learn(FRAME, "pc"), discovery.learn(str(tmp_path / "t.csv"), "pc")
    assert one.data_hash == two.data_hash


def test_columns_named_twice_are_refused_not_renamed(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b,a\n1,2,3\n4,5,6\n")
    with pytest.raises(InputError, match="named 'a'"):
        read_table(path)
    path.write_text("column,entity,entity\nx,y,z\n")
    with pytest.raises(InputError, match="named 'entity'"):
        read_bindings(path)


def test_a_dataset_says_how_it_is_read_again(tmp_path: Path) -> None:
    data, _ = cells()
    path = tmp_path / "cells.h5ad"
    data.write_h5ad(path)
    for options in (
        {}, {"top": 2}, {"layer": "logs", "genes": ["g1", "g3"], "obs": "depth,type"},
    ):  # fmt: skip
        found = as_dataset(path, **options)
        assert Dataset(read_table(found.path)).hash == found.hash
    assert found.path == f"{path}?genes=g1,g3&layer=logs&obs=depth,type"
    assert as_dataset(f"{path}?top=2").columns == as_dataset(path, top=2).columns
