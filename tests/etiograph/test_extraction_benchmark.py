"""``python -m benchmarks.extraction`` on any gold file: the figures are right where they are known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.extraction import main
from benchmarks.gold import read_gold
from graph.errors import InputError
from tests.etiograph.test_extract import GOLD

OURS = (
    "--recogniser", "dictionary", "--linker", "names", "--extractor", "patterns", "--no-peers", "--json",
)  # fmt: skip

BIOC = """<?xml version="1.0"?><!DOCTYPE collection SYSTEM "BioC.dtd"><collection><document><id>11</id>
<passage><infon key="type">title</infon><offset>0</offset><text>Lithium</text>
<annotation id="0"><infon key="type">Chemical</infon><infon key="MESH">D008094</infon>
<location offset="0" length="7"/><text>Lithium</text></annotation></passage>
<passage><infon key="type">abstract</infon><offset>8</offset><text>causes polyuria</text>
<annotation id="1"><infon key="type">Disease</infon><infon key="MESH">D011141|D2</infon>
<location offset="15" length="8"/><text>polyuria</text></annotation>
<annotation id="2"><infon key="type">Disease</infon><infon key="MESH">D1</infon>
<location offset="1" length="8"/><text>shifted</text></annotation></passage>
<relation id="R0"><infon key="relation">CID</infon><infon key="Chemical">D008094</infon>
<infon key="Disease">D011141</infon></relation></document></collection>"""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, list[dict[str, object]]]:
    assert main([*arguments, *OURS]) == 0
    found: dict[str, list[dict[str, object]]] = json.loads(capsys.readouterr().out)
    return found


def test_known_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "gold.pubtator"
    path.write_text(GOLD, encoding="utf-8")
    tables = run(capsys, "--gold", str(path))
    names = {row["type"]: row for row in tables["names"]}
    assert names["chemical"]["F1"] == 100
    assert names["disease"]["R"] == 100
    links = {row["type"]: row for row in tables["linking"]}
    assert links["chemical"]["accuracy@1"] == 100
    relations = {(r["entities"], r["task"]): r for r in tables["relations"]}
    assert relations["gold", "chemical induces disease"]["F1"] == 100
    assert relations["found", "chemical induces disease"]["F1"] == 100
    assert {row["type"] for row in tables["entities"]} == {"chemical", "disease"}
    assert tables["speed"][0]["words"] == 17 + 3
    assert tables["held out"]
    assert tables["speed"][0]["system"] == "dictionary + names + patterns"


def test_pairs_with_types_and_signs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "gold.pubtator"
    path.write_text(
        "7|t|Lithium causes polyuria.\n7|a|\n7\t0\t7\tLithium\tChemicalEntity\tD008094\n"
        "7\t15\t23\tpolyuria\tDiseaseOrPhenotypicFeature\tD011141\n"
        "7\tPositive_Correlation\tD011141\tD008094\tNovel\n"
    )
    tables = run(capsys, "--gold", str(path), "--only", "relations")
    found = {r["task"]: r["P"] for r in tables["relations"] if r["entities"] == "gold"}
    assert found == {"pair": 100, "pair with type": 100, "sign, where both give one": 100}


def test_bioc_gold(tmp_path: Path) -> None:
    path = tmp_path / "gold.xml"
    path.write_text(BIOC)
    (gold,) = read_gold(path)
    assert gold.document.id == "pubmed:11"
    assert [(s.text, s.type, s.ids) for s in gold.spans] == [
        ("Lithium", "chemical", ("D008094",)),
        ("polyuria", "disease", ("D011141", "D2")),
    ]
    assert gold.cid == {("D008094", "D011141")}
    assert [m.entity for m in gold.given.annotations] == [
        "mesh:D008094", "mesh:D011141", "mesh:D2",
    ]  # fmt: skip


def test_both_forms_of_a_corpus_say_the_same(shared_data: Path) -> None:
    folder = shared_data / "corpora" / "bc5cdr"
    pubtator = {g.document.id: g for g in read_gold(folder / "dev.pubtator")}
    bioc = {g.document.id: g for g in read_gold(folder / "dev.bioc.xml")}
    assert pubtator.keys() == bioc.keys()
    same = sum(pubtator[i].cid == bioc[i].cid for i in bioc)
    assert same >= 0.99 * len(bioc)
    assert sum(pubtator[i].document.text == bioc[i].document.text for i in bioc) == len(bioc)


def test_files_that_are_no_gold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "a.pubtator"
    empty.write_text("7|t|Lithium\n7|a|\n")
    with pytest.raises(InputError, match="no annotated document"):
        read_gold(empty)
    assert main(["--gold", str(tmp_path / "missing")]) == 3
    assert "cannot read it" in capsys.readouterr().err
