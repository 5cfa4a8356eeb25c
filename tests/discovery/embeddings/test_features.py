"""Features: what is hashed, what is masked, what is named as wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from discovery.embeddings.features import (
    Features,
    Modality,
    ancestors,
    combine,
    from_anndata,
    from_fasta,
    from_frame,
    from_matrix,
    from_smiles,
    names,
)
from discovery.embeddings.triples import F64, Triples
from graph.errors import DataError, InputError, UsageError

GRAPH = Triples.from_ids(["a:1", "a:2", "a:3", "a:4"], ["r"], [0], [0], [1])


def cosine(values: F64, i: int, j: int) -> float:
    a, b = values[i].astype(float), values[j].astype(float)
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def test_names_that_are_alike_are_near() -> None:
    found = names(
        GRAPH, {"a:1": "chronic renal failure", "a:2": "Renal failures", "a:3": "asthma"}, dims=512
    )
    assert found.present.tolist() == [True, True, True, False]
    assert not found.values[3].any()
    assert cosine(found.values, 0, 1) > 0.4 > cosine(found.values, 0, 2) + 0.2
    assert np.linalg.norm(found.values[0]) == pytest.approx(1)


def test_ancestors_are_shared_and_cycles_end() -> None:
    parents = {"a:1": ["p"], "a:2": ["p"], "a:3": ["q"], "p": ["top"], "q": ["top"], "top": ["p"]}
    found = ancestors(GRAPH, parents)
    assert found.present.tolist() == [True, True, True, False]
    assert cosine(found.values, 0, 1) > cosine(found.values, 0, 2)


def test_tables_by_id_mask_what_they_do_not_have() -> None:
    frame = pd.DataFrame({"id": ["a:3", "x:9", "a:1"], "u": [1.0, 9.0, 3.0], "name": ["", "", ""]})
    found = from_frame(GRAPH, frame, "id")
    assert found.values[:, 0].tolist() == [3, 0, 1, 0]
    assert found.present.tolist() == [True, False, True, False]
    with pytest.raises(DataError, match="no column 'curie'"):
        from_frame(GRAPH, frame, "curie")
    with pytest.raises(DataError, match="no numeric"):
        from_frame(GRAPH, frame[["id", "name"]], "id")
    with pytest.raises(DataError, match="twice: a:1"):
        from_matrix(GRAPH, ["a:1", "a:1"], np.zeros((2, 3)))


def test_nan_is_named_or_masked() -> None:
    values = np.ones((4, 3), np.float32)
    values[2, 1] = np.nan
    bad = Modality("expression", values, np.ones(4, np.bool_))
    with pytest.raises(
        DataError, match="1 entities have NaN or infinity in expression, first a:3 in column 1"
    ):
        combine(GRAPH, [bad])
    found = combine(GRAPH, [bad], nan="mask")
    assert found.mask[:, 0].tolist() == [True, True, False, True]
    assert not found.x[2].any()
    assert np.isfinite(found.x).all()
    assert "masked" in found.notes[0]
    with pytest.raises(UsageError):
        combine(GRAPH, [bad], nan="zero")


def test_modalities_stand_side_by_side_and_come_back(tmp_path: Path) -> None:
    one = from_matrix(GRAPH, ["a:1", "a:2"], 100 * np.eye(2), "big")
    two = from_matrix(GRAPH, ["z:1"], np.ones((1, 3)), "other")
    found = combine(GRAPH, [one, two])
    assert found.x.shape == (4, 5)
    assert found.of("big")[0].tolist() == [1, 0]  # rows are scaled to a mean length of one
    assert found.mask.tolist() == [[True, False], [True, False], [False, False], [False, False]]
    assert "No entity has other" in found.notes[0]
    found.save(tmp_path / "f.npz")
    again = Features.load(tmp_path / "f.npz")
    assert np.array_equal(again.x, found.x)
    assert (again.modalities, again.notes) == (found.modalities, found.notes)
    with pytest.raises(UsageError, match="no modality 'x'"):
        found.of("x")
    with pytest.raises(InputError, match="no features"):
        Features.load(tmp_path / "none.npz")


def test_sequences_are_counted_by_k_mers(tmp_path: Path) -> None:
    path = tmp_path / "s.fasta"
    path.write_text(">a:1 first\nACDE\nFGHI\n>a:2\nacdefghi\n>a:4\nWWWWYYYY\n")
    found = from_fasta(GRAPH, path)
    assert found.present.tolist() == [True, True, False, True]
    assert cosine(found.values, 0, 1) == pytest.approx(1)
    assert abs(cosine(found.values, 0, 3)) < 0.3
    path.write_text(">a:1\nAC\n>a:1\nAC\n")
    with pytest.raises(InputError, match="a:1 is there twice"):
        from_fasta(GRAPH, path)
    path.write_text("ACDC\n")
    with pytest.raises(InputError, match="before the first header"):
        from_fasta(GRAPH, path)


def test_molecules_that_are_alike_are_near() -> None:
    smiles = {"a:1": "CC(=O)Oc1ccccc1C(=O)O", "a:2": "OC(=O)c1ccccc1O", "a:3": "[Li+]"}
    found = from_smiles(GRAPH, smiles)
    assert found.present.tolist() == [True, True, True, False]
    assert cosine(found.values, 0, 1) > 0.5 > cosine(found.values, 0, 2) + 0.3


@pytest.mark.parametrize("axis", ["obs", "var"])
def test_anndata_by_names(tmp_path: Path, axis: str) -> None:
    anndata = pytest.importorskip("anndata")
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    ids = ["a:2", "a:4"]
    data = anndata.AnnData(x if axis == "obs" else x.T.copy())
    if axis == "obs":
        data.obs_names = ids
    else:
        data.var_names = ids
    (data.obsm if axis == "obs" else data.varm)["emb"] = -x[:, :2]
    data.write_h5ad(tmp_path / "d.h5ad")
    found = from_anndata(GRAPH, tmp_path / "d.h5ad", axis=axis)
    assert found.values[[1, 3]].tolist() == x.tolist()
    assert not found.present[[0, 2]].any()
    found = from_anndata(GRAPH, tmp_path / "d.h5ad", axis=axis, obsm="emb")
    assert found.values[3].tolist() == [-3, -4]
    with pytest.raises(UsageError, match="no 'pca'"):
        from_anndata(GRAPH, tmp_path / "d.h5ad", axis=axis, obsm="pca")
    (tmp_path / "x.h5ad").write_text("no")
    with pytest.raises(InputError, match="no AnnData"):
        from_anndata(GRAPH, tmp_path / "x.h5ad")
