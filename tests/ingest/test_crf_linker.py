"""The linker of trained mentions."""

from __future__ import annotations

import pytest

from graph.model import Category, Publication
from ingest.abbreviations import find_abbreviations
from ingest.document import Document, Mention, make_document
from ingest.linkers.ngram import NgramLinker
from ingest.models.names import NgramIndex, bag_key, stem, tight_key
from ingest.sentences import split_document
from ingest.terms.terminology import Terminology

ROWS = """#etiograph-terms 1\ttest
mesh:D013739\tChemicalEntity\tTestosterone\tTestosterone Propionate|17-beta-hydroxyandrost-4-en-3-one\t
mesh:D008094\tChemicalEntity\tLithium\t\t
mesh:D051437\tDisease\tRenal Insufficiency\tKidney Insufficiency|Renal failure\t
mesh:D006331\tDisease\tHeart Diseases\tCardiac Diseases\t
hgnc:11998\tGene\tTP53\tp53|tumor protein p53\t
"""


@pytest.fixture
def linker() -> NgramLinker:
    synonyms = {"disease": {"kidney trouble": ("mesh:D051437", 3), "odd ill": ("mesh:C1", 1)}}
    return NgramLinker(Terminology(ROWS.splitlines()), synonyms)


def document(text: str) -> Document:
    return make_document(Publication(id="pubmed:1"), [("abstract", "", text)])


def link(linker: NgramLinker, text: str, *wanted: tuple[str, Category]) -> list[str | None]:
    doc = document(text)
    mentions = [
        Mention(text.index(name), text.index(name) + len(name), name, kind) for name, kind in wanted
    ]
    found = linker.link(doc, mentions, find_abbreviations(text, split_document(doc)))
    assert [(m.start, m.end) for m in found] == [(m.start, m.end) for m in mentions]
    return [m.entity for m in found]


@pytest.mark.parametrize(
    ("text", "kind", "id"),
    [
        ("lithium", Category.CHEMICAL, "mesh:D008094"),
        ("Kidney Insufficiencies", Category.DISEASE, "mesh:D051437"),
        ("failure of the kidneys", Category.DISEASE, "mesh:D051437"),
        ("kidney troubles", Category.DISEASE, "mesh:D051437"),
        ("testosterone propionat", Category.CHEMICAL, "mesh:D013739"),
        ("p53", Category.GENE, "hgnc:11998"),
        ("lithium", Category.DISEASE, None),
        ("zzzzzz", Category.DISEASE, None),
        ("lithium", Category.ANATOMY, None),
        ("odd ills", Category.DISEASE, "mesh:C1"),
    ],
)
def test_forms(linker: NgramLinker, text: str, kind: Category, id: str | None) -> None:
    assert link(linker, f"A {text} here.", (text, kind)) == [id]
    if id is not None:
        assert linker.entity(id) is not None


def test_one_entity_has_one_id() -> None:
    synonyms = {"chemical": {"lithium": ("mesh:C9", 3)}}
    linker = NgramLinker(Terminology(ROWS.splitlines()), synonyms)
    assert link(linker, "Lithium", ("Lithium", Category.CHEMICAL)) == ["mesh:D008094"]
    assert linker.also_known_as("mesh:D008094") == ("mesh:C9",)


def test_settings_change_the_version_and_the_answers(linker: NgramLinker) -> None:
    other = NgramLinker(linker.terminology, linker.synonyms, cutoffs={"chemical": 0.4})
    assert other.version != linker.version
    wanted = ("testossterone", Category.CHEMICAL)
    assert link(linker, "A testossterone.", wanted) == [None]
    assert link(other, "A testossterone.", wanted) == ["mesh:D013739"]


def test_abbreviations(linker: NgramLinker) -> None:
    chemical = Category.CHEMICAL
    text = "Given testosterone (T) to rats."
    assert link(linker, text, ("testosterone", chemical), ("T)", chemical))[0] == "mesh:D013739"
    assert link(linker, text.replace("(T)", "(TTN)"), ("testosterone", chemical), ("TTN", chemical)) == ["mesh:D013739"] * 2  # fmt: skip
    text = "Here testosterone and TST act."
    assert link(linker, text, ("testosterone", chemical), ("TST", chemical)) == ["mesh:D013739"] * 2


def test_a_given_entity_stays(linker: NgramLinker) -> None:
    doc = document("lithium")
    mention = Mention(0, 7, "lithium", Category.CHEMICAL, "x:1", 0.5)
    assert linker.link(doc, [mention], []) == [mention]


def test_keys() -> None:
    assert tight_key("TNF-α") == tight_key("tnf alpha")
    assert bag_key("diseases of the heart") == bag_key("Heart Disease")
    assert bag_key("liver injury", loose=True) == bag_key("hepatic damage", loose=True)
    assert stem("hypertensive") == stem("hypertension")


def test_nearest_names() -> None:
    index = NgramIndex.of(
        [("renal failure", "a"), ("cardiac failure", "b"), ("renal failures", "a")]
    )
    found = index.nearest("chronic renal failure")
    assert [f[0] for f in found] == ["a", "b"]
    assert 0 < found[1][1] < found[0][1] <= 1
    assert index.nearest("") == []
    assert NgramIndex.of([]).nearest("x") == []
