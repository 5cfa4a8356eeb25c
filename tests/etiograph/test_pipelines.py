"""Pipelines of the command line: a user's own names are found, linked, and leave the others alone."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from etiograph.pipelines import make_pipeline
from graph.model import Publication
from ingest.document import make_document
from ingest.pipeline import Pipeline
from ingest.terms.build import build_pack

TEXT = "Zebulone causes frobnitis (FB). FB was rare. Lithium causes polyuria."
OWN = (
    "id\tname\tcategory\tsynonyms\n"
    "mine:1\tXYZ-17\tChemicalEntity\tzebulone\n"
    "mine:2\tfrobnitis\tDisease\t\n"
    "mesh:D011141\tpolyuria\tDisease\twas rare\n"
)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    (folder / "from").mkdir()
    (folder / "from" / "own.tsv").write_text(OWN, encoding="utf-8")
    build_pack(folder / "from", folder / "own.etg")
    return folder / "own.etg"


def found(pipeline: Pipeline) -> list[tuple[str, str | None]]:
    document = make_document(Publication(id="pubmed:1"), [("abstract", "", TEXT)])
    return [(m.text, m.entity) for m in pipeline(document).mentions]


@pytest.mark.parametrize("recognisers", [None, ["dictionary"]])
def test_own_names_are_found_beside_the_others(pack: Path, recognisers: list[str] | None) -> None:
    plain = make_pipeline(recognisers, None, None, None, "")
    assert "mine" not in str(found(plain))
    own = make_pipeline(recognisers, None, None, None, "", [pack])
    names = found(own)
    for name in (("Zebulone", "mine:1"), ("frobnitis", "mine:2"), ("FB", "mine:2")):
        assert name in names
    assert ("Lithium", "mesh:D008094") in names
    assert ("polyuria", "mesh:D011141") in names
    assert pickle.loads(pickle.dumps(own.recognisers[-1])).version == own.recognisers[-1].version


def test_what_both_have_is_left_to_the_taggers(pack: Path) -> None:
    own = make_pipeline(["crf"], None, None, None, "", [pack])
    assert "was rare" not in [text for text, _ in found(own)]


def test_given_entities_need_no_recogniser(pack: Path) -> None:
    own = make_pipeline(None, None, None, None, "entities", [pack])
    assert len(own.recognisers) == len(Pipeline().recognisers)
