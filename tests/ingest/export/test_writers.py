"""Every writer on texts of every kind: whatever is written slices back."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import UsageError
from graph.model import Category, Entity, Predicate, Publication
from ingest import export
from ingest.document import Mention, make_document
from ingest.export.native import native
from ingest.export.rows import COLUMNS
from ingest.pipeline import Extraction
from ingest.relations import Relation
from ingest.sentences import split_document
from tests.ingest.export.score_pubtator import parse

LITHIUM = Entity("mesh:D008094", "Lithium", Category.CHEMICAL)
POLYURIA = Entity("doid:1", "polyuria", Category.DISEASE, xrefs=("mesh:D011141", "omim:5"))
AQP2 = Entity("hgnc:634", "AQP2", Category.GENE, xrefs=("ncbigene:359", "uniprot:P41181"))
KNOWN = {e.id: e for e in (LITHIUM, POLYURIA, AQP2)}


def made(
    title: str,
    abstract: str,
    spans: Sequence[tuple[int, int, Category, str | None]],
    relations: Sequence[tuple[int, Predicate, int, int, dict[str, object]]] = (),
    id: str = "pubmed:7",
) -> Extraction:
    """An extraction of given spans; relations name their mentions by number."""
    document = make_document(
        Publication(id=id, title=title), [("title", "", title), ("abstract", "", abstract)]
    )
    text = document.text
    mentions = [Mention(s, e, text[s:e], category, entity) for s, e, category, entity in spans]
    sentences = split_document(document)
    found = tuple(
        ("x", "1", Relation(sentences[0], mentions[a], p, mentions[b], sign, -1, -1, **more))  # type: ignore[arg-type]
        for a, p, b, sign, more in relations
    )
    return Extraction(document, tuple(sentences), tuple(mentions), found)


def written(name: str, *extractions: Extraction, types: str = "biored") -> str:
    out = io.StringIO()
    writer = export.REGISTRY.make(name, out=out, types=types, entity=KNOWN.get)
    writer.begin()
    for extraction in extractions:
        writer.write(extraction)
    writer.end()
    return out.getvalue()


def spans_of(name: str, content: str) -> list[list[tuple[int, int, str]]]:
    """Check that every span of every document slices back; return them."""
    found: list[list[tuple[int, int, str]]] = []
    if name == "pubtator":
        for pubtator in parse(content).values():
            for start, end, surface, _, _ in pubtator.mentions:
                assert pubtator.text[start:end] == surface
            found.append([m[:3] for m in pubtator.mentions])
    elif name == "bioc":
        for document in ElementTree.fromstring(content).iter("document"):
            found.append([])
            for passage in document.iter("passage"):
                offset = int(passage.findtext("offset") or -1)
                text = passage.findtext("text") or ""
                for note in passage.iter("annotation"):
                    place = note.find("location")
                    assert place is not None
                    start, length = int(place.attrib["offset"]), int(place.attrib["length"])
                    surface = note.findtext("text") or ""
                    assert text[start - offset : start - offset + length] == surface
                    found[-1].append((start, start + length, surface))
    elif name == "bioc-json":
        for document in json.loads(content)["documents"]:
            found.append([])
            for passage in document["passages"]:
                for note in passage["annotations"]:
                    place = note["locations"][0]
                    start = place["offset"] - passage["offset"]
                    assert passage["text"][start : start + place["length"]] == note["text"]
                    end = place["offset"] + place["length"]
                    found[-1].append((place["offset"], end, note["text"]))
    elif name == "jsonl":
        for line in content.splitlines():
            row = json.loads(line)
            for m in row["mentions"]:
                assert row["text"][m["start"] : m["end"]] == m["text"]
            found.append([(m["start"], m["end"], m["text"]) for m in row["mentions"]])
    else:
        head, *rows = content.splitlines()
        assert head.split("\t") == list(COLUMNS)
        table = [dict(zip(COLUMNS, row.split("\t"), strict=True)) for row in rows]
        found.append(
            [(int(r["start"]), int(r["end"]), r["text"]) for r in table if r["kind"] == "mention"]
        )
    return found


@pytest.mark.parametrize("name", list(export.REGISTRY))
def test_an_ordinary_document(name: str) -> None:
    extraction = made(
        "Lithium & the kidney",
        "Lithium causes <polyuria>. It lowers AQP2.",
        [
            (0, 7, Category.CHEMICAL, "mesh:D008094"),
            (37, 45, Category.DISEASE, "doid:1"),
            (58, 62, Category.GENE, "hgnc:634"),
        ],
    )
    (found,) = spans_of(name, written(name, extraction))
    assert found == [(0, 7, "Lithium"), (37, 45, "polyuria"), (58, 62, "AQP2")]
    assert len(spans_of(name, written(name, extraction, extraction))) == (
        1 if name in ("pubtator", "tsv") else 2
    )
    assert spans_of(name, written(name)) in ([], [[]])


def test_pubtator_to_the_letter() -> None:
    extraction = made(
        "Lithium.", "Polyuria in β-cells of mice.",
        [
            (0, 7, Category.CHEMICAL, "mesh:D008094"), (9, 17, Category.PHENOTYPE, "doid:1"),
            (32, 36, Category.TAXON, None), (21, 28, Category.CELL, "cl:0000169"),
        ],
        [(0, Predicate.CAUSES, 1, 1, {})],
    )  # fmt: skip
    text = "7|t|Lithium.\n7|a|Polyuria in β-cells of mice.\n"
    assert written("pubtator", extraction) == text + (
        "7\t0\t7\tLithium\tChemicalEntity\tD008094\n"
        "7\t9\t17\tPolyuria\tDiseaseOrPhenotypicFeature\tD011141\n"
        "7\t32\t36\tmice\tOrganismTaxon\t-\n"
        "7\tPositive_Correlation\tD008094\tD011141\tNovel\n\n"
    )
    assert written("pubtator", extraction, types="bc5cdr") == text + (
        "7\t0\t7\tLithium\tChemical\tD008094\n"
        "7\t9\t17\tPolyuria\tDisease\tD011141\n"
        "7\tCID\tD008094\tD011141\n\n"
    )
    assert "7\t21\t28\tβ-cells\tCell\tCL:0000169\n" in written("pubtator", extraction, types="all")


@pytest.mark.parametrize(
    ("predicate", "sign", "more", "kind"),
    [
        (Predicate.CAUSES, 1, {}, "Positive_Correlation"),
        (Predicate.TREATS, -1, {}, "Negative_Correlation"),
        (Predicate.BINDS, 0, {}, "Bind"),
        (Predicate.ASSOCIATED_WITH, 0, {}, "Association"),
        (Predicate.AFFECTS, 0, {"details": (("novelty", "known"),)}, "Association"),
        (Predicate.INTERACTS_WITH, 0, {"details": (("biored", "Cotreatment"),)}, "Cotreatment"),
        (Predicate.CAUSES, 1, {"negated": True}, None),
    ],
)
def test_types_of_relations(
    predicate: Predicate, sign: int, more: dict[str, object], kind: str | None
) -> None:
    spans = [(0, 1, Category.CHEMICAL, "mesh:D1"), (2, 3, Category.GENE, "ncbigene:2")]
    extraction = made("A B", "", spans, [(0, predicate, 1, sign, more)])
    found = parse(written("pubtator", extraction))["7"].relations
    novelty = "No" if "known" in str(more) else "Novel"
    assert found == ([[kind, "D1", "2", novelty]] if kind else [])


def test_a_pair_is_stated_once_and_by_the_best_relation() -> None:
    spans = [
        (0, 1, Category.CHEMICAL, "mesh:D1"),
        (2, 3, Category.DISEASE, "mesh:D2"),
        (4, 5, Category.DISEASE, "mesh:D2"),
    ]
    relations = [
        (0, Predicate.ASSOCIATED_WITH, 1, 0, {"score": 0.9}),
        (2, Predicate.ASSOCIATED_WITH, 0, 0, {"score": 0.3}),
        (0, Predicate.CAUSES, 2, 1, {"score": 0.95}),
        (0, Predicate.INCREASES, 1, 1, {"score": 0.5}),
        (0, Predicate.TREATS, 1, -1, {"score": 0.5}),
    ]
    extraction = made("A B C", "", spans, relations)
    assert parse(written("pubtator", extraction))["7"].relations == [
        ["Positive_Correlation", "D1", "D2", "Novel"]
    ]
    assert parse(written("pubtator", extraction, types="bc5cdr"))["7"].relations == [
        ["CID", "D1", "D2"]
    ]
    document = ElementTree.fromstring(written("bioc", extraction, types="bc5cdr")).find("document")
    assert document is not None
    (relation,) = document.findall("relation")
    infons = {i.attrib["key"]: i.text for i in relation.findall("infon")}
    assert infons["relation"] == "CID"
    assert (infons["Chemical"], infons["Disease"]) == ("D1", "D2")
    assert [n.attrib["refid"] for n in relation.findall("node")] == ["T1", "T3"]


def test_documents_without_a_title_or_an_abstract() -> None:
    only_title = made("Lithium", "", [(0, 7, Category.CHEMICAL, None)])
    assert written("pubtator", only_title).startswith("7|t|Lithium\n7|a|\n7\t0\t7\tLithium\t")
    only_abstract = made("", "Lithium", [(0, 7, Category.CHEMICAL, None)])
    assert written("pubtator", only_abstract).startswith("7|t|\n7|a|Lithium\n7\t1\t8\tLithium\t")
    padded = made("", " Lithium", [(1, 8, Category.CHEMICAL, None)])  # as its reader pads it
    assert written("pubtator", padded) == written("pubtator", only_abstract)


def test_a_composite_mention_is_one_row() -> None:
    spans = [(0, 7, Category.DISEASE, "mesh:D1"), (0, 7, Category.DISEASE, "mesh:D2")]
    extraction = made("Lithium", "", spans)
    assert "7\t0\t7\tLithium\tDisease\tD1|D2\n" in written("pubtator", extraction, types="bc5cdr")
    assert "\tD1,D2\n" in written("pubtator", extraction)


def test_ids_that_would_break_a_line() -> None:
    content = written("pubtator", made("Lithium", "", [], id="doi:10.1/a|b c"))
    assert content.startswith("10.1/a_b_c|t|Lithium\n")


@pytest.mark.parametrize(
    ("id", "shown"),
    [
        ("mesh:D008687", "D008687"),
        ("ncbigene:6528", "6528"),
        ("ncbitaxon:9606", "9606"),
        ("omim:261600", "OMIM:261600"),
        ("cellosaurus:0224", "CVCL_0224"),
        ("cellosaurus:CVCL_0224", "CVCL_0224"),
        ("dbsnp:rs7903146", "rs7903146"),
        ("hgvs:NM_000546.6:c.215C>G", "NM_000546.6:c.215C>G"),
        ("hgnc:634", "359"),
        ("doid:1", "D011141"),
        ("hgnc:99999", "HGNC:99999"),
        ("doid:2", "DOID:2"),
        ("chebi:15365", "CHEBI:15365"),
        ("D003409", "D003409"),
    ],
)
def test_native_ids(id: str, shown: str) -> None:
    assert native(id, KNOWN.get(id)) == shown


def test_unknown_names() -> None:
    with pytest.raises(UsageError, match="unknown output format"):
        export.REGISTRY.lookup("rdf")
    with pytest.raises(UsageError, match="unknown types"):
        written("jsonl", types="none")


# letters that break lines, columns, markup, encodings and the counting of offsets
ODD = st.text(st.sampled_from("aβé\u0301🧪|&<>\"'\t\n\r\x0b\x0c\x1c\x85\u2028\u2029\x00\x07\ufffe\ud800 ."), max_size=30)  # fmt: skip


@st.composite
def extractions(draw: st.DrawFn) -> Extraction:
    title, abstract = draw(ODD), draw(ODD.filter(lambda t: bool(t.strip())))
    size = len(abstract) + (len(title) + 1 if title.strip() else 0)
    edges = sorted(draw(st.sets(st.integers(0, size), max_size=6)))
    text = made(title, abstract, []).document.text
    spans = [(s, e) for s, e in zip(edges[::2], edges[1::2], strict=False) if not text[s].isspace()]
    category = st.sampled_from([Category.CHEMICAL, Category.DISEASE, Category.GENE])
    return made(title, abstract, [(s, e, draw(category), "mesh:D1") for s, e in spans])


@pytest.mark.parametrize("name", list(export.REGISTRY))
@given(extraction=extractions())
@settings(max_examples=60, deadline=None)
def test_odd_letters_never_move_an_offset(name: str, extraction: Extraction) -> None:
    content = written(name, extraction)
    if name != "jsonl":
        content.encode("utf-8")
    (found,) = spans_of(name, content)
    sections = extraction.document.sections
    assert len(found) == sum(
        any(s.start <= m.start and m.end <= s.end for s in sections) for m in extraction.mentions
    )
