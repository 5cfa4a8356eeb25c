"""The linker of trained mentions."""

from __future__ import annotations

import pytest

from graph.model import Category, Publication
from ingest.abbreviations import find_abbreviations
from ingest.document import Document, Mention, make_document
from ingest.linkers.ngram import NgramLinker, bundled_ranker
from ingest.models.ranker import Ranker
from ingest.models.synonyms import Synonyms
from ingest.sentences import split_document
from ingest.terms.terminology import Terminology

ROWS = """#etiograph-terms 1\ttest
mesh:D013739\tChemicalEntity\tTestosterone\tTestosterone Propionate|17-beta-hydroxyandrost-4-en-3-one\t
mesh:D008094\tChemicalEntity\tLithium\t\t
mesh:D002122\tChemicalEntity\tCalcium Chloride\t\t
mesh:D051437\tDisease\tRenal Insufficiency\tKidney Insufficiency|Renal failure\t
mesh:D006331\tDisease\tHeart Diseases\tCardiac Diseases\t
doid:1\tDisease\tblue knee\t\t
hgnc:11998\tGene\tTP53\tp53|tumor protein p53\tncbigene:7157
hgnc:1097\tGene\tBRAF\t\tncbigene:673
hgnc:1\tGene\tPLAT\ttPA\t
hgnc:2\tGene\tTTPA\tTPA\t
"""
SYNONYMS: Synonyms = {
    "disease": {"kidney trouble": (("mesh:D051437", 3),), "odd ill": (("mesh:C1", 1),)},
    "gene": {"trp53": (("ncbigene:22059", 4),)},
    "species": {"mouse": (("ncbitaxon:10090", 9),)},
    "cell_line": {"abc 1": (("cellosaurus:0001", 2),)},
}


@pytest.fixture(scope="module")
def linker() -> NgramLinker:
    return NgramLinker(Terminology(ROWS.splitlines()), SYNONYMS)


def document(text: str) -> Document:
    return make_document(Publication(id="pubmed:1"), [("abstract", "", text)])


def mentions_of(text: str, *wanted: tuple[str, Category]) -> list[Mention]:
    return [
        Mention(text.index(name), text.index(name) + len(name), name, kind) for name, kind in wanted
    ]


def read(linker: NgramLinker, text: str, *wanted: tuple[str, Category]) -> list[Mention]:
    doc = document(text)
    mentions = mentions_of(text, *wanted)
    found = linker.link(doc, mentions, find_abbreviations(text, split_document(doc)))
    assert [(m.start, m.end) for m in found] == [(m.start, m.end) for m in mentions]
    assert all(0 <= m.score <= 1 for m in found)
    return found


def link(linker: NgramLinker, text: str, *wanted: tuple[str, Category]) -> list[str | None]:
    return [m.entity for m in read(linker, text, *wanted)]


@pytest.mark.parametrize(
    ("text", "kind", "id"),
    [
        ("lithium", Category.CHEMICAL, "mesh:D008094"),
        ("CaCl(2)", Category.CHEMICAL, "mesh:D002122"),
        ("Li+", Category.CHEMICAL, "mesh:D008094"),
        ("Kidney Insufficiencies", Category.DISEASE, "mesh:D051437"),
        ("failure of the kidneys", Category.DISEASE, "mesh:D051437"),
        ("kidney troubles", Category.DISEASE, "mesh:D051437"),
        ("blue knee", Category.DISEASE, "doid:1"),
        ("p53", Category.GENE, "hgnc:11998"),
        ("tPA", Category.GENE, "hgnc:1"),
        ("TPA", Category.GENE, "hgnc:2"),
        ("lithium", Category.DISEASE, None),
        ("zzzzzz", Category.DISEASE, None),
        ("lithium", Category.ANATOMY, None),
        ("odd ills", Category.DISEASE, "mesh:C1"),
        ("mouse", Category.TAXON, "ncbitaxon:10090"),
        ("ABC-1", Category.CELL_LINE, "cellosaurus:0001"),
    ],
)
def test_forms(linker: NgramLinker, text: str, kind: Category, id: str | None) -> None:
    assert link(linker, f"A {text} here.", (text, kind)) == [id]
    if id is not None:
        entity = linker.entity(id)
        assert entity is not None
        assert entity.category is kind


def test_one_entity_has_one_id() -> None:
    synonyms: Synonyms = {"chemical": {"lithium": (("mesh:C9", 3),)}}
    linker = NgramLinker(Terminology(ROWS.splitlines()), synonyms)
    assert link(linker, "Lithium", ("Lithium", Category.CHEMICAL)) == ["mesh:D008094"]
    assert linker.also_known_as("mesh:D008094") == ("mesh:C9",)


def test_settings_and_files_change_the_version(linker: NgramLinker) -> None:
    terminology, ranker = linker.terminology, bundled_ranker()
    others = [
        NgramLinker(terminology, SYNONYMS, cutoffs={"chemical": 0.4}),
        NgramLinker(terminology, SYNONYMS, orthologs=False),
        NgramLinker(terminology, {**SYNONYMS, "cell_line": {}}),
        NgramLinker(terminology, SYNONYMS, ranker=Ranker(ranker.networks, {})),
    ]
    assert len({linker.version, *(o.version for o in others)}) == 5
    assert NgramLinker(terminology, SYNONYMS).version == linker.version


def test_below_the_threshold_a_mention_stays_as_it_is(linker: NgramLinker) -> None:
    strict = NgramLinker(linker.terminology, SYNONYMS, cutoffs={"disease": 1.01})
    (found,) = read(strict, "A renal failure.", ("renal failure", Category.DISEASE))
    assert found == Mention(2, 15, "renal failure", Category.DISEASE)
    assert strict.ground("renal failure", "disease") is None
    found_id = linker.ground("renal failure", "disease")
    assert found_id is not None
    assert found_id[0] == "mesh:D051437"


def test_abbreviations(linker: NgramLinker) -> None:
    chemical = Category.CHEMICAL
    text = "Given testosterone (T) to rats."
    assert link(linker, text, ("testosterone", chemical), ("T)", chemical))[0] == "mesh:D013739"
    for changed in (text.replace("(T)", "(TTN)"), "Here testosterone and TTN act."):
        assert link(linker, changed, ("testosterone", chemical), ("TTN", chemical)) == ["mesh:D013739"] * 2  # fmt: skip


def test_a_given_entity_stays(linker: NgramLinker) -> None:
    doc = document("lithium")
    mention = Mention(0, 7, "lithium", Category.CHEMICAL, "x:1", 0.5)
    assert linker.link(doc, [mention], []) == [mention]


def test_genes_and_their_species(linker: NgramLinker) -> None:
    gene = Category.GENE
    (human,) = read(linker, "In patients p53 was low.", ("p53", gene))
    assert (human.entity, human.details) == ("hgnc:11998", ())
    (mouse,) = read(linker, "In mice p53 was low.", ("p53", gene))
    assert (mouse.entity, mouse.details) == ("hgnc:11998", (("species", "ncbitaxon:10090"),))
    assert link(linker, "Mice lack Trp53.", ("Trp53", gene)) == ["ncbigene:22059"]
    plain = NgramLinker(linker.terminology, SYNONYMS, orthologs=False)
    (alone,) = read(plain, "In mice p53 was low.", ("p53", gene))
    assert (alone.entity, alone.details) == (None, (("species", "ncbitaxon:10090"),))


def test_variants(linker: NgramLinker) -> None:
    gene, variant = Category.GENE, Category.VARIANT
    text = "BRAF V600E and L597R are known. Here Q61K was seen, and G12V (rs121913529); C77T too."
    found = read(
        linker, text, ("BRAF", gene), ("V600E", variant), ("L597R", variant), ("Q61K", variant),
        ("G12V", variant), ("rs121913529", variant), ("C77T", variant),
    )  # fmt: skip
    assert [m.entity for m in found] == [
        "hgnc:1097", "hgvs:BRAF:p.Val600Glu", "hgvs:BRAF:p.Leu597Arg", None,
        "dbsnp:rs121913529", "dbsnp:rs121913529", None,
    ]  # fmt: skip
    assert found[3].details == (("hgvs", "p.Gln61Lys"),)
    entity = linker.entity("hgvs:BRAF:p.Val600Glu")
    assert entity is not None
    assert (entity.name, entity.category) == ("BRAF p.Val600Glu", Category.VARIANT)


def test_the_document_helps(linker: NgramLinker) -> None:
    """The same mentions in another order or asked again give the same links."""
    text = "Renal failure and kidney insufficiency under lithium in heart disease."
    wanted = [
        ("Renal failure", Category.DISEASE), ("kidney insufficiency", Category.DISEASE),
        ("lithium", Category.CHEMICAL), ("heart disease", Category.DISEASE),
    ]  # fmt: skip
    first = read(linker, text, *wanted)
    fresh = NgramLinker(linker.terminology, SYNONYMS)
    assert read(fresh, text, *reversed(wanted)) == list(reversed(first))
    assert read(fresh, text, *wanted) == first
