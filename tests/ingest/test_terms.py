"""The bundled terminology, its look-up and its matcher."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graph.curie import normalize
from graph.errors import InputError
from graph.model import Category
from ingest.abbreviations import find_abbreviations
from ingest.document import Document, Sentence
from ingest.pipeline import Pipeline
from ingest.terms import Terminology, core, lookup
from ingest.terms.build import main
from ingest.terms.byhand import read_supplement
from ingest.terms.matcher import Matcher, core_matcher, read_stop_list
from ingest.terms.normal import fold, key, uninverted

KIDNEY = {
    "lithium": "mesh:D008094", "nephropathy": "mesh:D007674", "kidney disease": "mesh:D007674",
    "renal failure": "mesh:D051437", "chronic kidney disease": "mesh:D051436",
    "acute kidney injury": "mesh:D058186", "end-stage renal disease": "mesh:D007676",
    "nephrogenic diabetes insipidus": "mesh:D018500", "polyuria": "mesh:D011141",
    "AQP2": "hgnc:634", "aquaporin-2": "hgnc:634", "GSK3B": "hgnc:4617", "GSK-3β": "hgnc:4617",
    "hypertension": "mesh:D006973", "diabetes": "mesh:D003920", "NSAIDs": "mesh:D000894",
    "nonsteroidal anti-inflammatory drugs": "mesh:D000894", "amiloride": "mesh:D000584",
    "bipolar disorder": "mesh:D001714", "MEK": "hgnc:6840", "ERK": "hgnc:6871", "RAF1": "hgnc:9829",
    "AKT": "hgnc:391", "PKC": "hgnc:9393", "PKA": "hgnc:9380", "JNK": "hgnc:6881", "p38": "hgnc:6876",
    "PLCG1": "hgnc:9065", "PIP2": "mesh:D019269", "PIP3": "chebi:57836", "vasopressin": "mesh:D014667",
    "TNF alpha": "hgnc:11892", "smoking": "mesh:D012907", "suicide": "mesh:D013405",
    "creatinine": "mesh:D003404", "lithium carbonate": "mesh:D016651", "proteinuria": "mesh:D011507",
    "hypercalcaemia": "mesh:D006934", "cAMP": "mesh:D000242", "kidney": "mesh:D007668",
}  # fmt: skip


@pytest.mark.parametrize(("name", "id"), KIDNEY.items())
def test_names_of_the_kidney_domain(name: str, id: str) -> None:
    best = lookup(name, 3)[0]
    assert best.entity.id == id
    assert best.score >= 0.9


def test_similar_names_come_when_no_name_is_the_same() -> None:
    candidates = lookup("litium", 5)
    assert candidates[0].entity.id == "mesh:D008094"
    assert candidates[0].how == "similar"
    assert candidates[0].score < 0.9
    assert lookup("") == []
    assert lookup("qqqqzzzzxxxx") == []
    assert len(lookup("lithium", 1)) == 1


def test_every_id_is_a_normal_curie() -> None:
    terminology = core()
    assert len(terminology) > 50_000
    by_prefix: dict[str, list[str]] = {}
    for id in terminology:
        by_prefix.setdefault(id.partition(":")[0], []).append(id)
    assert set(by_prefix) == {"hgnc", "mesh", "doid", "go", "chebi", "ncbitaxon", "fplx", "uberon"}
    for found in by_prefix.values():
        for id in found[:: max(1, len(found) // 50)]:
            assert normalize(id) == id
            entity = terminology.entity(id)
            assert entity is not None
            assert entity.name
            for xref in entity.xrefs:
                assert normalize(xref) == xref


def test_the_supplement_names_known_entities() -> None:
    for row in read_supplement():
        entity = core().entity(row.id)
        assert entity is not None
        assert fold(entity.name) == fold(row.name) or row.id == "mesh:D056486"
        assert {fold(n) for n in row.names} <= {fold(n) for n in (entity.name, *entity.synonyms)}


def test_the_pack_is_small() -> None:
    assert sum(len(p.data) for p in core().packs) <= 20_000_000


@pytest.mark.slow
def test_the_build_gives_the_bundled_bytes(shared_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "core.etg"
    assert main(["--from", str(shared_data / "terms"), "--out", str(out)]) == 0
    assert out.read_bytes() == bytes(core().packs[0].data)


def test_build_without_sources(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--from", str(tmp_path), "--out", str(tmp_path / "x")]) == 3
    assert "no terminology file" in capsys.readouterr().err
    assert main(["--from", str(tmp_path / "absent"), "--out", str(tmp_path / "x")]) == 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no gzip",
        gzip.compress(b"other\n", mtime=0),
        gzip.compress(b"#etiograph-terms 1\na\tb\n", mtime=0),
    ],
)
def test_damaged_packs(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "pack.gz"
    path.write_bytes(data)
    with pytest.raises(InputError):
        Terminology.load(path)


def test_normal_forms() -> None:
    assert key("TNF-α") == key("tnf alpha") == "tnfalpha"
    assert key("Kidney Diseases") == key("kidney disease")
    assert key("nephropathies") == key("Nephropathy")
    assert uninverted("Diabetes Insipidus, Nephrogenic") == "Nephrogenic Diabetes Insipidus"
    assert uninverted("1,25-Dihydroxy") == "1,25-Dihydroxy"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=50))
@example("İstanbul ẞ ﬁ")
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)


# the matcher -------------------------------------------------------------------------------

TINY = """#etiograph-terms 1
hgnc:1\tGene\tMET\tHGFR|receptor one\t
hgnc:2\tGene\tAQP2\tAQ\t
mesh:D1\tChemicalEntity\tethanol\tethyl alcohol|EtOH\t
mesh:D2\tDisease\tnephropathy\tkidney disease\t
mesh:D3\tDisease\tcold\tcommon cold\t
mesh:D4\tChemicalEntity\tα-tocopherol\tvitamin E\t
"""


@pytest.fixture(scope="module")
def tiny() -> Matcher:
    return Matcher(Terminology(TINY.splitlines()), stop={"cold"})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("MET and met and Met", ["MET"]),
        ("AQP2 or Aqp2 or AQP2s", ["AQP2", "Aqp2", "AQP2s"]),
        ("Ethanol; ethanol, ETHANOL.", ["Ethanol", "ethanol", "ETHANOL"]),
        ("aminoethanol and 2-methyl-ethanol", []),
        ("non-ethanol", ["ethanol"]),
        ("kidney diseases, kidney\ndisease, Kidney-disease", ["kidney diseases", "kidney\ndisease", "Kidney-disease"]),
        ("nephropathies", ["nephropathies"]),
        ("a cold day, a common cold", ["common cold"]),
        ("alpha-tocopherol or α-tocopherol", ["alpha-tocopherol", "α-tocopherol"]),
        ("İ ethanol", ["ethanol"]),
        ("ethanolic", []),
    ],
)  # fmt: skip
def test_what_is_found(tiny: Matcher, text: str, found: list[str]) -> None:
    assert [text[f.start : f.end] for f in tiny.find(text)] == found


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["ethanol", "MET", "nephropathy", " ", "-", "(", ")", "s", "İ", "𝔘", "x", ". "]), max_size=20).map("".join))  # fmt: skip
def test_found_spans_are_apart_and_whole(text: str) -> None:
    matcher = Matcher(Terminology(TINY.splitlines()))
    position = 0
    for found in matcher.find(text):
        assert position <= found.start < found.end <= len(text)
        assert not (found.start and text[found.start - 1].isalnum() and text[found.start].isalnum())
        assert found.end == len(text) or not text[found.end].isalnum()
        position = found.end


def test_common_words_are_left_alone() -> None:
    stop = read_stop_list()
    assert {"drug", "was", "cell"} <= stop
    text = "Inhibition was set to rest and the large impact of the protein on cells was not met."
    assert core_matcher().find(text) == []


# abbreviations -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("patients with nephrogenic diabetes insipidus (NDI) were", "NDI", "nephrogenic diabetes insipidus"),
        ("tumor necrosis factor-alpha (TNF-α)", "TNF-α", "tumor necrosis factor-alpha"),
        ("the GFR (glomerular filtration rate) fell", "GFR", "glomerular filtration rate"),
        ("nonsteroidal anti-inflammatory drugs (NSAIDs; n = 3)", "NSAIDs", "nonsteroidal anti-inflammatory drugs"),
        ("5-fluorouracil (5-FU)", "5-FU", "5-fluorouracil"),
    ],
)  # fmt: skip
def test_definitions(text: str, short: str, long: str) -> None:
    (found,) = find_abbreviations(text, [Sentence(0, len(text), text)])
    assert (found.short, found.long) == (short, long)
    assert text[found.short_start : found.short_end] == short
    assert text[found.long_start : found.long_end] == long


@pytest.mark.parametrize(
    "text", ["in rats (n = 5)", "it rose (P < 0.05)", "in 1999 (see below)", "(ABC) alone"]
)
def test_no_definitions(text: str) -> None:
    assert find_abbreviations(text, [Sentence(0, len(text), text)]) == []


def test_abbreviations_mean_their_long_form(
    pipeline: Pipeline, document: Callable[..., Document]
) -> None:
    text = "Coronary artery disease (CAD) is common. CAD kills. Catecholamine degrader (MAO) is unknown."
    mentions = pipeline(document(text)).mentions
    assert [(m.text, m.entity) for m in mentions if m.category is Category.DISEASE] == [
        ("Coronary artery disease", "mesh:D003324"), ("CAD", "mesh:D003324"), ("CAD", "mesh:D003324"),
    ]  # fmt: skip


def test_unknown_diseases_are_kept_ungrounded(
    pipeline: Pipeline, document: Callable[..., Document]
) -> None:
    extraction = pipeline(document("Lithium causes the Foobar-Baz syndrome in rats."))
    (mention,) = [m for m in extraction.mentions if m.category is Category.DISEASE]
    assert mention.entity is None
    assert mention.text.endswith("Baz syndrome")
    assert extraction.relations == ()
