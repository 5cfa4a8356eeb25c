"""``etiograph extract``: from files to what other tools read, without a store."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from etiograph.cli import main
from tests.ingest.export.score_pubtator import parse, score

OURS = ("--recogniser", "dictionary", "--linker", "names", "--extractor", "patterns")

GOLD = """11|t|Lithium-induced polyuria in rats.
11|a|Lithium causes polyuria. We saw αβ-nausea after aspirin; aspirin did not cause headache.
11	0	7	Lithium	Chemical	D008094
11	16	24	polyuria	Disease	D011141
11	34	41	Lithium	Chemical	D008094
11	49	57	polyuria	Disease	D011141
11	82	89	aspirin	Chemical	D001241
11	91	98	aspirin	Chemical	D001241
11	113	121	headache	Disease	D006261
11	CID	D008094	D011141

12|t|Nothing of note.
12|a|

"""


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    for name in os.environ:
        if name.startswith(("ETIOGRAPH_", "NEO4J_", "NCBI_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ETIOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    Path("gold.pubtator").write_text(GOLD, encoding="utf-8")

    def run_(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["etiograph", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return Ran(int(ended.value.code or 0), out, err)

    return run_


def test_the_file_can_be_scored_as_it_is(run: Run, tmp_path: Path) -> None:
    done = run("extract", "gold.pubtator", "--to", "pubtator", "--types", "bc5cdr", *OURS)
    assert done.code == 0, done.err
    ours, gold = parse(done.out), parse(GOLD)
    assert {i: d.text for i, d in ours.items()} == {i: d.text for i, d in gold.items()}
    for document in ours.values():
        for start, end, surface, _, _ in document.mentions:
            assert document.text[start:end] == surface
    scores = score(gold, ours)
    assert scores["relations"]["f1"] == 100
    assert scores["mentions"]["r"] == 100
    assert not (tmp_path / "home").exists(), "it needs no store"
    assert "2 documents" in done.err
    quiet = run("extract", "gold.pubtator", "--to", "pubtator", "--types", "bc5cdr", "-q", *OURS)
    assert (quiet.out, quiet.err) == (done.out, "")


def test_annotations_of_the_file_are_passed_over_unless_given(run: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pubtator"
    wrong.write_text("7|t|Metformin and sepsis\n7|a|\n7\t14\t20\tsepsis\tChemical\tD999999\n")
    found = parse(run("extract", str(wrong), "--to", "pubtator", *OURS).out)["7"]
    assert "D999999" not in {m[4] for m in found.mentions}
    assert (0, 9, "Metformin", "ChemicalEntity", "D008687") in found.mentions


def test_given_entities_keep_their_spans(run: Run) -> None:
    done = run("extract", "gold.pubtator", "--to", "pubtator", "--types", "bc5cdr", "--given", "entities", *OURS)  # fmt: skip
    assert done.code == 0, done.err
    scores = score(parse(GOLD), parse(done.out))
    assert scores["mentions"]["f1"] == 100
    assert scores["relations"]["f1"] == 100


def test_given_ids_are_kept_as_they_are(run: Run, tmp_path: Path) -> None:
    content = (
        "7|t|Lithium and AQP2 in c.12del mice with pain\n7|a|\n"
        "7\t0\t7\tLithium\tChemicalEntity\tD999991\n"
        "7\t12\t16\tAQP2\tGeneOrGeneProduct\t11827\n"
        "7\t20\t27\tc.12del\tSequenceVariant\tc|DEL|12|\n"
        "7\t28\t32\tmice\tOrganismTaxon\t10090\n"
        "7\t38\t42\tpain\tDiseaseOrPhenotypicFeature\tD010146,OMIM:261600\n\n"
    )
    (tmp_path / "given").write_text(content)
    done = run("extract", "given", "--to", "pubtator", "--given", "entities", *OURS)
    assert (done.code, done.out) == (0, content), done.err


@pytest.mark.parametrize("to", ["pubtator", "bioc", "bioc-json", "jsonl", "tsv"])
def test_every_format_to_a_file(run: Run, tmp_path: Path, to: str) -> None:
    done = run("extract", "gold.pubtator", "--to", to, "-o", "out", *OURS)
    assert done.code == 0, done.err
    assert done.out == ""
    content = (tmp_path / "out").read_text(encoding="utf-8")
    assert run("extract", "gold.pubtator", "--to", to, *OURS).out == content
    assert "lithium" in content.lower()
    if to == "jsonl":
        first, second = (json.loads(line) for line in content.splitlines())
        assert first["relations"][0]["predicate"] == "causes"
        assert second["relations"] == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["gold.pubtator", "out"]


def test_bad_records_cost_no_good_ones(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.pubtator"
    bad.write_text("x|t|No number\nx|a|Lithium.\n\n" + GOLD, encoding="utf-8")
    done = run("extract", str(bad), "--to", "tsv", *OURS)
    assert done.code == 0
    assert "1 set aside" in done.err
    assert "set aside: " in done.err
    assert "line 1" in done.err
    bad.write_text("x|t|No number\nx|a|Lithium.\n")
    done = run("extract", str(bad), "--to", "tsv", "-o", "out", *OURS)
    assert done.code == 3
    assert "nothing could be read" in done.err
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["missing.xml", "--to", "tsv"], 3, "no such file"),
        (["gold.pubtator", "--to", "rdf"], 2, "Known: bioc, bioc-json, jsonl, pubtator, tsv"),
        (["gold.pubtator", "--to", "tsv", "--types", "mine"], 2, "Known: all, bc5cdr, biored"),
        (["gold.pubtator", "--to", "tsv", "--given", "all"], 2, "Known: entities"),
        (["gold.pubtator", "--to", "tsv", "-o", "no/where"], 2, "cannot write the output"),
        (["gold.pubtator", "--to", "tsv", "--extractor", "none"], 2, "stands alone"),
    ],
)
def test_wrong_calls(run: Run, arguments: list[str], code: int, message: str) -> None:
    done = run("extract", *arguments, *OURS)
    assert done.code == code
    assert message in done.err


def test_own_names(run: Run, tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    Path("from/own.tsv").write_text(
        "id\tname\tcategory\nmine:1\tzebulone\tChemicalEntity\n", encoding="utf-8"
    )
    assert run("terms", "build", "--from", "from", "--out", "own.etg").code == 0
    Path("a.txt").write_text("Zebulone causes polyuria.", encoding="utf-8")
    call = ("extract", "a.txt", "--to", "jsonl", "--recogniser", "crf")
    assert "mine:1" not in run(*call).out
    assert "mine:1" in run(*call, "--terms", "own.etg").out


def test_no_relations(run: Run) -> None:
    done = run("extract", "gold.pubtator", "--to", "jsonl", *OURS[:4], "--extractor", "none")
    assert done.code == 0
    assert all(not json.loads(line)["relations"] for line in done.out.splitlines())


def test_the_development_corpus(run: Run, shared_data: Path, tmp_path: Path) -> None:
    """Scores of the rules alone on abstracts that no rule was made from: well above nothing."""
    path = shared_data / "corpora" / "bc5cdr" / "dev.pubtator"
    part = path.read_text(encoding="utf-8").split("\n\n")[:60]
    (tmp_path / "part").write_text("\n\n".join(part) + "\n\n", encoding="utf-8")
    done = run("extract", "part", "--to", "pubtator", "--types", "bc5cdr", "-o", "ours", *OURS)
    assert done.code == 0, done.err
    gold, ours = (parse((tmp_path / name).read_text(encoding="utf-8")) for name in ("part", "ours"))
    assert {i: d.text for i, d in ours.items()} == {i: d.text for i, d in gold.items()}
    scores = score(gold, ours)
    assert scores["mentions"]["f1"] > 55
    assert scores["ids Chemical"]["f1"] > 55
    assert scores["relations"]["p"] > 30
