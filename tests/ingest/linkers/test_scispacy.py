"""scispaCy's candidate generator over an index made here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph.errors import InputError, UsageError
from graph.model import Category, Publication
from ingest.document import Mention, make_document
from ingest.linkers import REGISTRY

CONCEPTS = [
    ("D008094", "Lithium", ["lithium carbonate", "lithium ion"]),
    ("D051437", "Renal Insufficiency", ["kidney failure", "renal failure"]),
    ("D003920", "Diabetes Mellitus", ["diabetes"]),
    ("D006333", "Heart Failure", ["cardiac failure"]),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("scispacy.candidate_generation")
    import joblib
    import nmslib
    import numpy as np
    import scipy.sparse
    from sklearn.feature_extraction.text import TfidfVectorizer

    folder = tmp_path_factory.mktemp("scispacy")
    rows = [
        {"concept_id": id, "canonical_name": name, "aliases": aliases, "types": ["T000"]}
        for id, name, aliases in CONCEPTS
    ]
    (folder / "kb.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    # scispaCy's own builder refuses to run with the SciPy of today; this is what it writes
    aliases = sorted({a for _, name, others in CONCEPTS for a in (name, *others)})
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32)
    vectors = vectorizer.fit_transform(aliases)
    joblib.dump(vectorizer, folder / "tfidf_vectorizer.joblib")
    scipy.sparse.save_npz(folder / "tfidf_vectors_sparse.npz", vectors)
    (folder / "concept_aliases.json").write_text(json.dumps(aliases), encoding="utf-8")
    found = nmslib.init(
        method="hnsw", space="cosinesimil_sparse", data_type=nmslib.DataType.SPARSE_VECTOR
    )
    found.addDataPointBatch(vectors)
    found.createIndex({"M": 10, "efConstruction": 100, "indexThreadQty": 1, "post": 0})
    found.saveIndex(str(folder / "nmslib_index.bin"))
    return folder


def test_links(index: Path) -> None:
    linker = REGISTRY.make(f"scispacy:{index}")
    text = "Kidney failure (KF) and qqxxyyzz under lithium; KF again."
    document = make_document(Publication(id="pubmed:1"), [("abstract", "", text)])
    mentions = [
        Mention(0, 14, text[:14], Category.DISEASE),
        Mention(16, 18, "KF", Category.DISEASE),
        Mention(24, 32, "qqxxyyzz", Category.DISEASE),
        Mention(39, 46, "lithium", Category.CHEMICAL, "x:1", 0.5),
    ]
    linked = linker.link(document, mentions, [])
    assert [m.entity for m in linked] == ["mesh:D051437", "mesh:D051437", None, "x:1"]
    assert [(m.start, m.end, m.text) for m in linked] == [
        (m.start, m.end, m.text) for m in mentions
    ]
    assert 0.9 < linked[0].score <= 1.0
    entity = linker.entity("mesh:D051437")
    assert entity is not None
    assert (entity.name, entity.category) == ("Renal Insufficiency", Category.DISEASE)
    assert linker.link(document, mentions, []) == linked
    other = REGISTRY.make(f"scispacy:{index}", cutoff=0.5)
    assert other.version != linker.version


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no directory") as raised:
        REGISTRY.make("scispacy:umls")
    assert "Nothing is downloaded" in raised.value.hint
    with pytest.raises(InputError, match=r"concept_aliases\.json"):
        REGISTRY.make(f"scispacy:{tmp_path}")
    with pytest.raises(UsageError):
        REGISTRY.make("scispacy:")


def test_a_damaged_index(index: Path, tmp_path: Path) -> None:
    for file in index.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "concept_aliases.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        REGISTRY.make(f"scispacy:{tmp_path}")
