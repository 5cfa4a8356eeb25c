"""Annotations, relations and offsets of PubTator, PubTator3 and BioC."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.curie import is_valid
from graph.model import Category
from ingest.document import Document, GivenRelation
from ingest.sources import Rejected, pick
from ingest.sources.annotations import category, entities
from ingest.sources.json_records import cut_objects
from ingest.sources.offsets import Located, locate

Read = Callable[[Path], tuple[list[Document], list[Rejected]]]
Write = Callable[..., Path]

TITLE = "Ménière and α"
ABSTRACT = "The 🧬 of TNF-α in Ménière’s disease; TNF-α again."


def annotation(text: str, offset: int, kind: str, **infons: object) -> dict[str, Any]:
    return {
        "id": str(offset), "infons": {"type": kind, **infons}, "text": text,
        "locations": [{"offset": offset, "length": len(text)}],
    }  # fmt: skip


def bioc(*annotations: dict[str, Any], **more: object) -> str:
    passages = [
        {"infons": {"type": "title", "year": "2020"}, "offset": 0, "text": TITLE},
        {"infons": {"type": "abstract"}, "offset": len(TITLE) + 1, "text": ABSTRACT},
    ]
    for item in annotations:
        where = 0 if item["locations"] and item["locations"][0]["offset"] < len(TITLE) else 1
        passages[where].setdefault("annotations", []).append(item)  # type: ignore[attr-defined]
    document = {"id": "12345678", "infons": {}, "passages": passages, **more}
    return json.dumps({"documents": [document]}, ensure_ascii=False)


BASE = len(TITLE) + 1
GENE = ABSTRACT.index("TNF-α")
DISEASE = ABSTRACT.index("Ménière")


@pytest.mark.parametrize(
    ("kind", "id", "database", "expected"),
    [
        ("Disease", "D008575", "", ("mesh:D008575",)),
        ("Disease", "MESH:D008575", "ncbi_mesh", ("mesh:D008575",)),
        ("Disease", "OMIM:156000", "", ("omim:156000",)),
        ("Disease", "D002318|D012131", "", ("mesh:D002318", "mesh:D012131")),
        ("Chemical", "C560077", "", ("mesh:C560077",)),
        ("ChemicalEntity", "CHEBI:6801", "", ("chebi:6801",)),
        ("Chemical", "-1", "", ()),
        ("Gene", "7124", "ncbi_gene", ("ncbigene:7124",)),
        ("GeneOrGeneProduct", "7124,3569", "", ("ncbigene:7124", "ncbigene:3569")),
        ("Gene", "7124(Tax:9606)", "", ("ncbigene:7124",)),
        ("Species", "9606", "", ("ncbitaxon:9606",)),
        ("SequenceVariant", "rs113488022", "", ("dbsnp:rs113488022",)),
        ("Variant", "tmVar:p|SUB|V|600|E;HGVS:p.V600E;RS#:113488022", "", ("dbsnp:rs113488022",)),
        ("SequenceVariant", "c|SUB|A|12|G", "", ()),
        ("CellLine", "CVCL_0031", "", ("cellosaurus:0031",)),
        ("Disease", "7124", "", ()),
        ("Disease", "UMLS:C0025281", "", ("umls:C0025281",)),
        ("Disease", "nosuch:thing", "", ()),
        ("Unheard", "D008575", "MESH", ("mesh:D008575",)),
    ],
)
def test_entities(kind: str, id: str, database: str, expected: tuple[str, ...]) -> None:
    found = entities(category(kind), id, database)
    assert found == expected
    assert all(is_valid(curie) for curie in found)


def test_bioc_json_annotations_and_relations(write: Write, read: Read) -> None:
    text = bioc(
        annotation("TNF-α", BASE + GENE, "Gene", identifier="7124"),
        annotation("Ménière’s disease", BASE + DISEASE, "Disease", identifier="MESH:D008575"),
        annotation("Ménière", BASE + DISEASE, "Disease"),
        relations=[
            {
                "id": "R1",
                "infons": {"type": "Association"},
                "nodes": [
                    {"refid": str(BASE + GENE), "role": "a"},
                    {"refid": "nowhere", "role": "b"},
                    {"refid": str(BASE + DISEASE), "role": "c"},
                ],
            }
        ],
    )
    ((document,), rejected) = read(write("a.json", text))
    assert not rejected
    assert document.publication.year == 2020
    assert [(m.text, m.category, m.entity) for m in document.annotations] == [
        ("TNF-α", Category.GENE, "ncbigene:7124"),
        ("Ménière", Category.DISEASE, None),
        ("Ménière’s disease", Category.DISEASE, "mesh:D008575"),
    ]
    assert document.annotations[0].recogniser == "bioc-json"
    assert document.given_relations[0].kind == "Association"


def test_discontinuous_and_wrong_annotations_cost_only_themselves(write: Write, read: Read) -> None:
    pieces = annotation("TNF-α again", BASE + GENE, "Gene")
    pieces["locations"].append({"offset": BASE + GENE + 10, "length": 3})
    nowhere = annotation("TNF-α", BASE, "Gene")
    nowhere["locations"] = []
    good = annotation("TNF-α", BASE + GENE, "Gene")
    wrong = annotation("TNF-α", BASE + GENE + 1, "Gene")
    far = annotation("TNF-α", 10_000_000, "Gene")
    ((document,), rejected) = read(write("a.json", bioc(pieces, nowhere, good, wrong, far)))
    assert [m.start for m in document.annotations] == [BASE + GENE]
    assert all(r.partial for r in rejected)
    reasons = sorted(r.reason for r in rejected)
    assert "discontinuous" in reasons[0]
    assert "no location" in reasons[1]
    assert sum("do not fit" in r for r in reasons) == 2


@pytest.mark.parametrize(
    ("encoding", "unit", "name"), [("utf-8", 1, "UTF-8 bytes"), ("utf-16-le", 2, "UTF-16 units")]
)
def test_offsets_in_other_units_are_converted(
    encoding: str, unit: int, name: str, write: Write, read: Read
) -> None:
    def size(text: str) -> int:
        return len(text.encode(encoding)) // unit

    def located(text: str, at: int) -> dict[str, Any]:
        made = annotation(text, 0, "Gene")
        offset = size(TITLE) + 1 + size(ABSTRACT[:at])
        made["locations"] = [{"offset": offset, "length": size(text)}]
        return made

    second = ABSTRACT.index("TNF-α", GENE + 1)
    text = bioc(located("TNF-α", GENE), located("TNF-α", second))
    text = text.replace(f'"offset": {BASE},', f'"offset": {size(TITLE) + 1},')
    ((document,), (notice,)) = read(write("a.json", text))
    assert [m.start for m in document.annotations] == [BASE + GENE, BASE + second]
    assert name in notice.reason
    assert notice.partial


def test_offsets_that_could_mean_two_things_are_not_guessed() -> None:
    # in bytes from the document it is the first "ab", in characters from the passage the second
    items = [Located(5, 2, "ab", "é ab ab ab", 2)]
    spans, words = locate(items)
    assert spans == [None]
    assert words == ""


def test_bioc_xml(write: Write, read: Read) -> None:
    text = f"""<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE collection SYSTEM "BioC.dtd">
<collection><source>x</source><date>1</date><key>k</key><infon key="a">b</infon>
<document><id>12345678</id><passage><infon key="type">title</infon><offset>0</offset><text>{TITLE}</text>
</passage><passage><infon key="type">abstract</infon><offset>{BASE}</offset><text>{ABSTRACT}</text>
<annotation id="T1"><infon key="type">Disease</infon><infon key="MESH">D008575</infon>
<location offset="{BASE + DISEASE}" length="7"/><text>Ménière</text></annotation>
<annotation id="T2"><infon key="type">Gene</infon><infon key="NCBI Gene">7124</infon>
<location offset="{BASE + GENE}" length="5"/><text>TNF-α</text></annotation></passage>
<relation id="R1"><infon key="relation">linked</infon><node refid="T1" role="a"/><node refid="T2"
role="b"/></relation><relation id="R2"><infon key="relation">CID</infon><infon key="Chemical">D1</infon>
<infon key="Disease">D2</infon></relation></document></collection>"""
    ((document,), rejected) = read(write("a.xml", text))
    assert not rejected
    assert [m.entity for m in document.annotations] == ["ncbigene:7124", "mesh:D008575"]
    assert document.given_relations == (
        GivenRelation("linked", "D008575", "7124"),
        GivenRelation("CID", "D1", "D2"),
    )


def test_sentences_without_a_passage_text(write: Write, read: Read) -> None:
    text = """<collection><document><id>12345678</id><passage><offset>0</offset><sentence><offset>0
</offset><text>One α.</text></sentence><sentence><offset>8</offset><text>Two β.</text><annotation id="1">
<infon key="type">Gene</infon><location offset="12" length="1"/><text>β</text></annotation></sentence>
</passage></document></collection>"""
    ((document,), rejected) = read(write("a.xml", text))
    assert not rejected
    assert document.text == "One α.  Two β."
    assert document.annotations[0].text == "β"


def test_references_of_full_texts_are_left_out(write: Write, read: Read) -> None:
    passages = [
        {"infons": {"section_type": "TITLE", "type": "front", "article-id_pmc": "99"}, "text": "T"},
        {
            "infons": {"section_type": "METHODS", "type": "paragraph"},
            "offset": 2,
            "text": "We did.",
        },
        {"infons": {"section_type": "REF", "type": "ref"}, "offset": 10, "text": "Somebody 1999."},
    ]
    text = json.dumps([{"source": "PMC", "documents": [{"id": "99", "passages": passages}]}])
    ((document,), rejected) = read(write("a.json", text))
    assert not rejected
    assert document.id == "pmc:PMC99"
    assert [s.name for s in document.sections] == ["title", "body/METHODS"]


def test_pubtator3_roles_and_lines(write: Write, read: Read) -> None:
    relation = {
        "id": "R1",
        "infons": {
            "type": "Positive_Correlation", "score": "0.9",
            "role1": {"identifier": "MESH:D1"}, "role2": {"identifier": "7124"},
        },
        "nodes": [{"refid": "0", "role": "1,2"}],
    }  # fmt: skip
    made = json.loads(bioc(relations=[relation]))["documents"][0]
    made["_id"] = "12345678|None"
    line = json.dumps(made)
    path = write("a.json", f"{line}\n{line[:-20]}\n{line.replace('12345678', '12345679')}\n")
    assert pick(path).name == "pubtator3"
    documents, rejected = read(path)
    assert [d.id for d in documents] == ["pubmed:12345678", "pubmed:12345679"]
    assert documents[0].given_relations == (
        GivenRelation("Positive_Correlation", "MESH:D1", "7124"),
    )
    assert [r.record for r in rejected] == [2]


def test_deep_json_and_huge_numbers_are_set_aside(write: Write, read: Read) -> None:
    good = json.dumps(json.loads(bioc())["documents"][0])
    deep = '{"id": "1", "passages": ' + "[" * 100_000 + "]" * 100_000 + "}"
    long = '{"id": "1", "passages": [{"offset": ' + "9" * 10_000 + ', "text": "x"}]}'
    half = '{"id": "1", "passages": [{"offset": 0, "text": "\\ud83d half"}]}'
    documents, rejected = read(write("a.json", "\n".join([good, deep, long, half, good])))
    assert len(documents) == 2
    assert [r.record for r in rejected] == [2, 3, 4]
    assert "nested too deeply" in rejected[0].reason
    assert "surrogate" in rejected[2].reason


def test_pubtator_relations_and_ids(write: Write, read: Read) -> None:
    text = (
        "11|t|Lithium and the kidney.\n11|a|Lithium causes polyuria.\n11\t0\t7\tLithium\tChemical\t"
        "D008094\n11\t39\t47\tpolyuria\tDisease\tD011141|D001\n11\tCID\tD008094\tD011141\n"
        "11\tAssociation\tD1\tc|SUB|A|1|G\tNovel\n"
    )
    ((document,), rejected) = read(write("a.pubtator", text))
    assert not rejected
    assert [m.entity for m in document.annotations] == ["mesh:D008094", "mesh:D011141"]
    assert document.given_relations == (
        GivenRelation("CID", "D008094", "D011141"),
        GivenRelation("Association", "D1", "c|SUB|A|1|G", ("Novel",)),
    )


def test_pubtator_byte_offsets_are_converted(write: Write, read: Read) -> None:
    abstract = "The α and the β causes."
    at = len(b"Title\n" + abstract[: abstract.index("causes")].encode())
    text = f"11|t|Title\n11|a|{abstract}\n11\t{at}\t{at + 6}\tcauses\tGene\t1\n"
    ((document,), (notice,)) = read(write("a.pubtator", text))
    assert document.annotations[0].text == "causes"
    assert "UTF-8 bytes" in notice.reason


TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="|\u2028\u2029\x85"),
    min_size=1, max_size=60,
).filter(lambda t: t.strip() == t and bool(t))  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(data=st.data(), title=TEXT, abstract=TEXT)
def test_round_trip(
    data: st.DataObject, title: str, abstract: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = f"{title}\n{abstract}"
    spans = []
    for _ in range(data.draw(st.integers(0, 4))):
        low, high = data.draw(st.sampled_from([(0, len(title)), (len(title) + 1, len(text))]))
        start = data.draw(st.integers(low, high - 1))
        spans.append((start, data.draw(st.integers(start + 1, high))))
    spans = sorted(set(spans))
    folder = tmp_path_factory.mktemp("round")
    lines = [f"12|t|{title}", f"12|a|{abstract}"]
    lines += [f"12\t{a}\t{b}\t{text[a:b]}\tGene\t7124" for a, b in spans]
    passages = [
        {"infons": {"type": kind}, "offset": offset, "text": part, "annotations": [
            annotation(text[a:b], a, "Gene", identifier="7124") | {
                "locations": [{"offset": a, "length": b - a}]
            }
            for a, b in spans if offset <= a < offset + len(part)
        ]}
        for kind, offset, part in (("title", 0, title), ("abstract", len(title) + 1, abstract))
    ]  # fmt: skip
    document = {"id": "12", "infons": {"language": "en"}, "passages": passages}
    (folder / "a.pubtator").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "a.json").write_text(json.dumps({"documents": [document]}), encoding="utf-8")
    for path in sorted(folder.iterdir()):
        items = list(pick(path).read(path))
        (read,) = (i for i in items if isinstance(i, Document))
        assert read.text == text
        assert [(m.start, m.end, m.text) for m in read.annotations] == [
            (a, b, text[a:b]) for a, b in spans
        ]


@pytest.mark.parametrize("size", [1, 7, 100, 5000])
@pytest.mark.parametrize("shape", ['{{"documents": [{}]}}', '[{{"documents": [{}]}}]', "{}"])
def test_cutting_json_does_not_depend_on_chunks(size: int, shape: str) -> None:
    made = [{"id": str(i), "passages": [{"text": "α }{]["}]} for i in range(5)]
    parts = [json.dumps(m, ensure_ascii=False) for m in made]
    parts[2] = parts[2][:-6]
    data = shape.format(",\n".join(parts)).encode()
    whole = list(cut_objects(iter([data])))
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    assert list(cut_objects(iter(pieces))) == whole
    assert [c.value.get("id") for c in whole if not c.problem] == ["0", "1", "3", "4"]
    assert sum(bool(c.problem) for c in whole) == 1


def test_real_files(shared_data: Path, read: Read) -> None:
    documents, rejected = read(shared_data / "literature/pubtator3/export_22663011.json")
    assert not rejected
    assert documents[0].id == "pubmed:22663011"
    assert all(m.entity for m in documents[0].annotations)
    assert len(documents[0].given_relations) == 16
    documents, rejected = read(shared_data / "corpora/bc5cdr/dev.bioc.xml")
    assert len(documents) == 500
    assert all("discontinuous" in r.reason for r in rejected)
    assert sum(len(d.given_relations) for d in documents) == 1012
    tagged, rejected = read(shared_data / "corpora/bc5cdr/dev.pubtator")
    assert not rejected
    assert [d.id for d in tagged] == [d.id for d in documents]
    pairs = [
        {(r.first, r.second) for d in x for r in d.given_relations} for x in (documents, tagged)
    ]
    assert pairs[0] == pairs[1]
