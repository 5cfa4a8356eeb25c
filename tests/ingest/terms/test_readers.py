"""Every reader of terminology files: a sample of its format, bad records set aside, damage survived."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from graph.errors import InputError
from graph.model import Category
from ingest.terms.build import build
from ingest.terms.readers import READERS, Reader
from ingest.terms.records import Dropped, Record, Replaced, Same, Term


class Case(NamedTuple):
    """Files in the reader's form, the terms (id -> category), and lines that are wrong."""

    files: dict[str, str]
    terms: dict[str, Category]
    bad: tuple[str, str] = ("", "")
    same: int = 0
    replaced: int = 0


_GENE_INFO = (
    "#tax_id\tGeneID\tSymbol\tLocusTag\tSynonyms\tdbXrefs\tchromosome\tmap_location\tdescription\t"
    "type_of_gene\tSymbol_from\tFull_name\tStatus\tOther_designations\tDate"
)
_OBO = """format-version: 1.2
[Term]
id: DOID:1
name: first pain ! not a comment
synonym: "pain \\"one\\"" EXACT [X:1]
synonym: "wider pain" BROAD []
xref: MESH:D000001 {source="x"}
alt_id: DOID:77

[Typedef]
id: part_of
name: part of

[Term]
id: DOID:2
name: old pain
is_obsolete: true
replaced_by: DOID:1

[Term]
id: DOID:3
name: last pain
"""
_OWL = """<?xml version="1.0"?>
<rdf:RDF xmlns="http://example.org/x#" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:owl="http://www.w3.org/2002/07/owl#" xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#"
 xmlns:oboInOwl="http://www.geneontology.org/formats/oboInOwl#">
<owl:Ontology rdf:about="http://purl.obolibrary.org/obo/doid.owl"/>
<owl:Class rdf:about="http://purl.obolibrary.org/obo/DOID_5"><rdfs:label>fifth pain</rdfs:label>
<oboInOwl:hasExactSynonym>pain five</oboInOwl:hasExactSynonym><oboInOwl:id>DOID:5</oboInOwl:id></owl:Class>
</rdf:RDF>
"""
_SSSOM = "#mapping_set_id: x\n#license: https://creativecommons.org/publicdomain/zero/1.0/\nsubject_id\tpredicate_id\tobject_id\n"

CASES: dict[str, Case] = {
    "HGNC": Case(
        {
            "hgnc.txt.tsv": "hgnc_id\tsymbol\tname\tstatus\talias_symbol\tprev_symbol\tentrez_id\tuniprot_ids\n"
            "HGNC:1\tABC1\tABC protein 1\tApproved\tAlpha|Beta\tOLD1\t7\tP1|P2\n"
            "HGNC:2\tOLD2~withdrawn\tsymbol withdrawn, see ABC1\tSymbol Withdrawn\t\t\t\t\n"
            "HGNC:3\tABC3P\tABC 3 pseudogene\tApproved\t\t\t\t\n"
        },
        {"HGNC:1": Category.GENE},
        ("hgnc.txt.tsv", "nothing\tX\n"),
        replaced=1,
    ),
    "NCBI Gene": Case(
        {
            "gene_info": f"{_GENE_INFO}\n9606\t7\tABC1\t-\tABX7|CAT\tHGNC:HGNC:1\t1\t1\tx\tprotein-coding\tABC1\tx\tO\tlong name of it\t2020\n"
            "9606\t8\tNOHGNC\t-\t-\t-\t1\t1\tx\tprotein-coding\t-\tx\tO\t-\t2020\n"
        },
        {"ncbigene:7": Category.GENE},
        ("gene_info", "9606\t9\n"),
    ),
    "MeSH": Case(
        {
            "tree.tsv": "mesh_id\tmesh_name\tmesh_tree_number\nD000001\tLow Pain\tC10.1\nD000002\tEther\tD02.1\nD000003\tBook\tL01\n",
            "names.tsv": "D000001\tPain, Low\tLow Ache|Ache, Low\nD000002\tEther\nD000003\tBook\t\n",
            "more.tsv": "MESH\tC000001\tabcine\tCHEBI\tCHEBI:5\tabcine\nMESH\tC000001\tabcine\tUP\tP1\tx\n",
        },
        {"mesh:D000001": Category.DISEASE, "mesh:D000002": Category.CHEMICAL, "mesh:C000001": Category.CHEMICAL},
        ("names.tsv", "D000009\n"),
    ),
    "ontology JSON": Case(
        {
            "o.json": json.dumps(
                [
                    {"id": "HP:0000001", "name": "Slow gait", "namespace": "hp", "synonyms": ["gait"], "xrefs": []},
                    {"id": "0000002", "name": "pain", "namespace": "efo", "synonyms": [], "xrefs": ["DOID:1"]},
                    {"id": "0000003", "name": "obsolete pain", "namespace": "efo", "synonyms": [], "xrefs": []},
                    {"name": "no id", "synonyms": []},
                ],
                indent=1,
            )
        },
        {"HP:0000001": Category.PHENOTYPE, "efo:0000002": Category.DISEASE},
    ),
    "OBO": Case(
        {"x.obo": _OBO}, {"DOID:1": Category.DISEASE, "DOID:3": Category.DISEASE},
        ("x.obo", "\n[Term]\nname: has no id\n"), replaced=1,
    ),
    "Gene Ontology": Case(
        {"go.tsv": "GO:0000001\tkidney development\nGO:0000002\tlong binding thing\n"},
        {"GO:0000001": Category.PROCESS},
        ("go.tsv", "GO:0000003\n"),
    ),
    "ChEBI": Case(
        {
            "names.tsv": "ID\tCOMPOUND_ID\tTYPE\tNAME\n1\t5\tNAME\tabcine\n2\t5\tINN\tabcinum\n3\t6\tSYNONYM\tnone\n",
            "second.tsv": "Secondary\tPrimary\n9\t5\n",
        },
        {"chebi:5": Category.CHEMICAL},
        ("names.tsv", "7\t8\n"),
        replaced=1,
    ),
    "FamPlex": Case(
        {
            "entities.csv": "ABC\nABC_complex\n",
            "equivalences.csv": "MESH,D000002,ABC\nBEL,x,ABC\n",
            "grounding_map.csv": '"ABC, all",FPLX,ABC,,,,\nAbc one,UP,P1,,,,\nboth,UP,P1,CHEBI,CHEBI:5,,\n',
        },
        {"fplx:ABC": Category.PROTEIN, "fplx:ABC_complex": Category.PROTEIN, "uniprot:P1": Category.GENE},
        ("grounding_map.csv", "alone\n"),
    ),
    "UBERON": Case(
        {
            "terms.tsv": "uberon_id\tuberon_name\nUBERON:0000001\tleft toe\nUBERON:0000002\tthing\n",
            "subset.tsv": "uberon_id\tsubset\nUBERON:0000002\tupper_level\n",
            "xref.tsv": "uberon_id\txref\nUBERON:0000001\tUMLS:C1\n",
        },
        {"UBERON:0000001": Category.ANATOMY},
        ("terms.tsv", "UBERON:1\n"),
    ),
    "DrugCentral": Case(
        {
            "drugcentral.tsv": "identifier\tname\tdefinition\tsynonyms\n1\tabcine\t\tabcinum|Abcin\n",
            "syn.tsv": "text\tcurie\tname\tpredicate\tsource\nABC-1\tdrugcentral:1\tabcine\tx\ty\n",
        },
        {"drugcentral:1": Category.CHEMICAL},
        ("syn.tsv", "x\n"),
    ),
    "OWL": Case({"x.owl": _OWL}, {"DOID:5": Category.DISEASE}),
    "mappings": Case(
        {
            "a.sssom.tsv": _SSSOM + "DOID:1\tskos:exactMatch\tMESH:D000001\nDOID:1\tskos:broadMatch\tMESH:D000002\n",
            "b.tsv": "EFO\t0000001\ta b\tDOID\tDOID:1\tc\n",
        },
        {}, ("a.sssom.tsv", "DOID:1\n"), same=2,
    ),
    "table": Case(
        {"mine.tsv": "id\tcategory\tname\tsynonyms\txrefs\nown:1\tChemicalEntity\tabcine\tabc|abd\tmesh:D1\nown:2\tgene\tABC\n"},
        {"own:1": Category.CHEMICAL, "own:2": Category.GENE},
        ("mine.tsv", "own:3\tNoSuchThing\tx\n"),
    ),
}  # fmt: skip

CLASSES = {reader.name: reader for reader in READERS}


def test_every_reader_has_a_case() -> None:
    assert set(CASES) == set(CLASSES)


@pytest.fixture(params=sorted(CASES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _write(case: Case, folder: Path) -> list[Path]:
    for file, text in case.files.items():
        (folder / file).write_text(text, encoding="utf-8")
    return sorted(folder.iterdir())


def _read(reader: Reader, paths: list[Path]) -> list[Record]:
    return [r for group in reader.groups(paths) for r in reader.read(group)]


def test_its_own_reader_claims_and_reads_it(name: str, tmp_path: Path) -> None:
    case, reader = CASES[name], CLASSES[name]()
    if name == "OWL":
        pytest.importorskip("pronto")
    paths = _write(case, tmp_path)
    for path in paths:
        first = next((r.name for r in READERS if r().claims(path)), None)
        assert first == name, path
    records = _read(reader, paths)
    terms = {r.id: r.category for r in records if isinstance(r, Term)}
    assert terms == case.terms
    assert sum(isinstance(r, Same) for r in records) == case.same
    assert sum(isinstance(r, Replaced) for r in records) == case.replaced
    assert reader.name
    for group in reader.groups(paths):
        assert reader.licence_of(group)
        assert reader.called(group)


def test_bad_records_are_set_aside_with_their_place(name: str, tmp_path: Path) -> None:
    case, reader = CASES[name], CLASSES[name]()
    file, line = case.bad
    if not file:
        pytest.skip("the format has no single records, or another library reads it")
    paths = _write(case, tmp_path)
    with (tmp_path / file).open("a", encoding="utf-8") as handle:
        handle.write(line)
    records = _read(reader, paths)
    dropped = [r for r in records if isinstance(r, Dropped)]
    assert len(dropped) == 1
    assert file in dropped[0].where
    assert dropped[0].why
    assert {r.id for r in records if isinstance(r, Term)} == set(case.terms)


def test_compressed_files_and_line_ends(name: str, tmp_path: Path) -> None:
    case, reader = CASES[name], CLASSES[name]()
    if name in ("FamPlex", "OWL"):
        pytest.skip("told by the file's name, or read by another library")
    paths = _write(case, tmp_path)
    for path in paths:
        path.write_bytes(gzip.compress(path.read_bytes().replace(b"\n", b"\r\n")))
        assert reader.claims(path)
    terms = {r.id: r for r in _read(reader, paths) if isinstance(r, Term)}
    assert set(terms) == set(case.terms)
    assert not any("\r" in n for t in terms.values() for n in (t.name, *t.names))


@pytest.mark.parametrize(
    "junk", [b"", b"\x00\xff\xfe", b"\x1f\x8b\x08damaged", "ü".encode("utf-16")]
)
def test_no_reader_claims_or_chokes_on_junk(name: str, junk: bytes, tmp_path: Path) -> None:
    path = tmp_path / "junk.tsv"
    path.write_bytes(junk)
    assert not CLASSES[name]().claims(path)


def test_a_damaged_half_raises_an_input_error(name: str, tmp_path: Path) -> None:
    case, reader = CASES[name], CLASSES[name]()
    if name == "OWL":
        pytest.importorskip("pronto")
    paths = _write(case, tmp_path)
    for path in paths:
        path.write_bytes(path.read_bytes() + b"\xff\xfe\xff broken")
    with pytest.raises(InputError) as caught:
        _read(reader, paths)
    assert caught.value.where


def test_obo_escapes_synonyms_and_aliases(tmp_path: Path) -> None:
    paths = _write(CASES["OBO"], tmp_path)
    records = _read(CLASSES["OBO"](), paths)
    first = next(r for r in records if isinstance(r, Term))
    assert first.names == ['pain "one"']
    assert first.xrefs == {"MESH:D000001"}
    assert first.former == {"DOID:77"}
    assert Replaced("DOID:2", "DOID:1") in records


def test_withdrawn_symbols_and_previous_names(tmp_path: Path) -> None:
    records = _read(CLASSES["HGNC"](), _write(CASES["HGNC"], tmp_path))
    gene = next(r for r in records if isinstance(r, Term))
    assert gene.names == ["ABC protein 1", "Alpha", "Beta", "OLD1"]
    assert gene.xrefs == {"ncbigene:7", "uniprot:P1", "uniprot:P2"}
    assert Replaced("HGNC:2", "symbol:ABC1") in records


def test_one_damaged_file_hurts_no_other(
    tmp_path: Path, write: Callable[[str, str | bytes], Path]
) -> None:
    write("good/mine.tsv", CASES["table"].files["mine.tsv"])
    write("bad/hgnc.tsv", b"hgnc_id\tsymbol\tname\nHGNC:1\tABC1\tx\n\xff\xff\n")
    write("bad/o.json", '[{"id": 1, "name": 2, "synonyms": 3')
    write("what.bin", b"\x00" * 40)
    write("README.md", "# about")
    merged, report = build(tmp_path)
    assert {"own:1", "own:2"} <= set(merged.terms)
    assert [s.files[0] for s in report.problems] == ["bad/hgnc.tsv", "bad/o.json"]
    assert set(report.unknown) == {"what.bin", "README.md"}
    assert all(s.problem for s in report.problems)


def test_the_real_files(shared_data: Path) -> None:
    found: dict[str, int] = {}
    terms = shared_data / "terms"
    files = sorted(p for p in terms.rglob("*") if p.is_file())
    for reader in READERS:
        found[reader.name] = sum(reader().claims(p) for p in files)
    assert {n for n, c in found.items() if c == 0} <= {"OWL", "table"}
