"""One command trains and scores everything, goes on after a stop, and leaves alone what is finished."""

from __future__ import annotations

import csv
import itertools
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from graph.errors import InputError
from ingest.linkers.candidates import FEATURES
from ingest.models import cards, claim_cards, linking_card, linking_training, relation_card
from ingest.models import train as train_module
from ingest.models.name_parts import score_part
from ingest.models.ner_training import Settings
from ingest.models.score_table import lines, render
from ingest.models.train import PARTS, Run, main, train
from ingest.terms.pack import pack_bytes
from ingest.terms.terminology import Terminology, core

pytest.importorskip("sklearn", reason="training needs scikit-learn")


@pytest.fixture(autouse=True)
def same_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code stays the same while a test runs, even if somebody saves a file meanwhile."""
    digest = train_module._code()
    monkeypatch.setattr(train_module, "_code", lambda: digest)


def write_trials(data: Path, articles: int = 12) -> None:
    """A small Evidence Inference of our own."""
    folder = data / "corpora" / "evidence_inference"
    folder.mkdir(parents=True, exist_ok=True)
    words = {
        "significantly increased": "was significantly higher with {} than with placebo",
        "significantly decreased": "was significantly reduced by {} compared with placebo",
        "no significant difference": "did not differ between {} and placebo",
    }
    prompts, annotations = [], []
    for article, (number, (label, text)) in itertools.product(
        range(articles), enumerate(words.items())
    ):
        id = str(3 * article + number)
        drug, outcome = f"drug{article}", ("pain", "survival", "blood pressure")[number]
        prompts.append([id, f"PMC{article}", outcome, drug, "placebo"])
        said = f"In {article + 30} patients {outcome} {text.format(drug)} (P = 0.0{number + 1})."
        annotations.append([id, f"PMC{article}", "True", "True", label, said])
    for name, head, rows in (
        ("prompts", ["PromptID", "PMCID", "Outcome", "Intervention", "Comparator"], prompts),
        (
            "annotations",
            ["PromptID", "PMCID", "Valid Label", "Valid Reasoning", "Label", "Annotations"],
            annotations,
        ),
    ):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *rows])


def options(root: Path, *more: str) -> list[str]:
    return [
        "--data", str(root / "data"), "--out", str(root / "out"), "--work", str(root / "work"),
        "--part", "claims", *more,
    ]  # fmt: skip


def test_a_finished_part_is_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_trials(tmp_path / "data")
    assert main(options(tmp_path, "--json")) == 0
    first = json.loads(capsys.readouterr().out)
    assert [(p["part"], p["done"]) for p in first["parts"]] == [("claims", True)]
    by_figure = {row["figure"]: row for row in first["scores"]}
    trials = by_figure["Evidence Inference, 5 folds by article, macro-F1"]
    assert trials["model"] == "trial results"
    assert trials["low"] <= trials["value"] <= trials["high"]
    assert trials["reached"] == (trials["value"] >= trials["wanted"])
    made = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    assert {"trials.npz", "trials.md", "claims.md", "scores.json"} <= set(made)

    assert main(options(tmp_path)) == 0
    said = capsys.readouterr()
    assert "part 1 of 1, claims: finished before" in said.err
    assert "Evidence Inference, 5 folds by article, macro-F1" in said.out
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == made

    assert main(options(tmp_path, "--again", "--json")) == 0
    again = capsys.readouterr()
    assert json.loads(again.out)["parts"][0]["done"]
    assert json.loads(again.out)["scores"] == first["scores"]
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == made


@pytest.mark.parametrize("change", ["data", "file", "scores", "elsewhere", "code", "settings"])
def test_what_changed_is_done_again(
    tmp_path: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_trials(tmp_path / "data")
    run = Run(tmp_path / "data", tmp_path / "out", tmp_path / "work", lambda message: None)
    assert train(run, ["claims"])[0]["done"]
    assert not train(run, ["claims"])[0]["done"]
    if change == "data":
        write_trials(tmp_path / "data", articles=13)
    elif change == "file":
        (run.out / "trials.npz").write_bytes(b"something else")
    elif change == "scores":
        (run.out / "scores.json").unlink()
    elif change == "code":
        monkeypatch.setattr(train_module, "_code", lambda: "another")
    elif change == "settings":
        run = Run(run.data, run.out, run.work, run.report, settings=Settings(epochs=3))
    else:
        run = Run(run.data, tmp_path / "other", run.work, run.report)
    assert train(run, ["claims"])[0]["done"]
    assert (run.out / "trials.npz").read_bytes()[:2] == b"PK"


def test_it_goes_on_after_the_part_that_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``linking`` has no corpora here: what came before it stays done."""
    write_trials(tmp_path / "data")
    both = options(tmp_path, "--part", "linking")
    assert main(both) == 3
    said = capsys.readouterr().err
    assert "part 1 of 2, claims: done" in said
    assert "bc5cdr" in said
    assert main(both) == 3
    assert "claims: finished before" in capsys.readouterr().err


def test_stopped_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_trials(tmp_path / "data")

    def stop(run: Run) -> dict[str, object]:
        raise KeyboardInterrupt

    relations = train_module.Part(stop, ())
    monkeypatch.setitem(train_module.PARTS, "relations", relations)
    both = options(tmp_path, "--part", "relations")
    assert main(both) == 130
    assert "goes on from here" in capsys.readouterr().err
    monkeypatch.setitem(
        train_module.PARTS, "relations", train_module.Part(lambda run: {"relations": {}}, ())
    )
    assert main(both) == 0
    said = capsys.readouterr().err
    assert "part 1 of 2, claims: finished before" in said
    assert "part 2 of 2, relations: done" in said


def test_no_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out")]) == 3
    assert "--data DIR" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    with pytest.raises(InputError):
        score_part("cdr", tmp_path, report=lambda message: None)


def test_the_table_of_the_shipped_scores() -> None:
    folder = Path(train_module.__file__).parent / "files"
    table = lines(json.loads((folder / "scores.json").read_text(encoding="utf-8")))
    assert {line.model for line in table} == {
        "names (cdr)", "names (six)", "links", "relations", "trial results", "claims",
    }  # fmt: skip
    assert all(line.low is None or line.low <= line.value <= line.high for line in table)  # type: ignore[operator]
    text = render(table).splitlines()
    assert len(text) == len(table) + 1
    assert all("reached" in row or "missed" in row for row in text if "calibration error" in row)


def test_the_shipped_cards_say_what_the_shipped_scores_are(tmp_path: Path) -> None:
    folder = Path(train_module.__file__).parent / "files"
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    cards.write(tmp_path, scores)
    claim_cards.write(tmp_path, scores)
    linking_card.write(tmp_path, scores["linking"], len(FEATURES))
    relation_card.write_card(tmp_path, scores["relations"])
    made = sorted(tmp_path.glob("*.md"))
    assert [p.name for p in made] == sorted(p.name for p in folder.glob("*.md"))
    for path in made:
        # the order of figures is that of training, not that of the file of scores
        shipped = (folder / path.name).read_text(encoding="utf-8")
        assert sorted(path.read_text(encoding="utf-8").splitlines()) == sorted(shipped.splitlines())


def some(path: Path, target: Path, count: int, *, blocks: bool = False) -> None:
    """The first documents (parted by empty lines) or lines of a file."""
    text = path.read_text(encoding="utf-8")
    target.parent.mkdir(parents=True, exist_ok=True)
    parts: Sequence[str] = text.split("\n\n") if blocks else text.split("\n")
    target.write_text(("\n\n" if blocks else "\n").join(parts[:count]) + "\n", encoding="utf-8")


@pytest.fixture
def tiny(shared_data: Path, tmp_path: Path) -> Path:
    """The first documents of every corpus, and small terminologies."""
    pytest.importorskip("pycrfsuite", reason="training needs python-crfsuite")
    data = tmp_path / "data"
    write_trials(data)
    for name, split in itertools.product(("bc5cdr", "biored", "ncbi_disease"), ("train", "dev")):
        part = f"corpora/{name}/{split}.pubtator"
        some(shared_data / part, data / part, 10, blocks=True)
    drugprot = "corpora/drugprot/development/drugprot_development_"
    some(shared_data / f"{drugprot}abstracs.tsv", data / f"{drugprot}abstracs.tsv", 40)
    kept = {
        line.split("\t")[0]
        for line in (data / f"{drugprot}abstracs.tsv").read_text(encoding="utf-8").splitlines()
    }
    for table in ("entities", "relations"):
        rows = (shared_data / f"{drugprot}{table}.tsv").read_text(encoding="utf-8").split("\n")
        mine = [row for row in rows if row.split("\t")[0] in kept]
        (data / f"{drugprot}{table}.tsv").write_text("\n".join(mine) + "\n", encoding="utf-8")
    terms = data / "terms"
    for name in ("mesh_mappings.tsv", "chebi_names.tsv", "hgnc_entries.tsv"):
        some(shared_data / "terms" / name, terms / name, 200)
    some(
        shared_data / "terms/mesh_id_label_mappings.tsv", terms / "mesh_id_label_mappings.tsv", 2000
    )
    (terms / "mesh2015").mkdir()
    shutil.copy(shared_data / "terms/mesh2015/tree-numbers.tsv", terms / "mesh2015")
    diseases = json.loads((shared_data / "terms/doid.json").read_text(encoding="utf-8"))[:200]
    (terms / "doid.json").write_text(json.dumps(diseases), encoding="utf-8")
    return data


def small_terminology() -> Terminology:
    """Every twentieth entity of the bundled one: linking is to be trained in seconds."""
    rows = list(itertools.islice(core().rows(), 0, None, 20))
    return Terminology.from_bytes(pack_bytes(rows, sources=["a part of the bundled terminology"]))


@pytest.mark.slow
def test_everything_on_a_tiny_subset(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking_training, "core", small_terminology)
    settings = Settings(epochs=2, minimum=1)
    said: list[str] = []
    run = Run(tiny, tmp_path / "out", tmp_path / "work", said.append, settings=settings)
    with pytest.raises(InputError, match="too few annotated relations"):
        train(run)  # every type has to be in every fold
    rest = [name for name in PARTS if name != "relations"]
    parts = train(run, rest)
    assert [p["part"] for p in parts] == rest
    assert [p["part"] for p in parts if not p["done"]] == ["claims", "linking"]
    written = {p.name for p in run.out.iterdir()}
    assert {name for part in rest for name in PARTS[part].writes} <= written
    assert {"ner.md", "scores.json"} <= written
    assert {line.model for line in lines(run.scores())} == {
        "names (cdr)", "names (six)", "links", "trial results",
    }  # fmt: skip
    # ``ship`` took the curves that scoring had measured
    from ingest.models.tagger import NerModel

    model = NerModel.load((run.out / "ner.npz").read_bytes())
    assert set(model.curves) == {"cdr", "six"}
    before = {p.name: p.read_bytes() for p in run.out.iterdir()}
    assert not any(p["done"] for p in train(run, rest))
    # another curve, and the file of names is made again, from taggers fitted before
    scores = run.scores()
    scores["calibration_cdr"] = {**scores["calibration_cdr"], "x": [0.0, 1.0], "y": [0.0, 0.5]}
    (run.out / "scores.json").write_text(json.dumps(scores), encoding="utf-8")
    assert [p["part"] for p in train(run, rest) if p["done"]] == ["ship"]
    assert (run.out / "ner.npz").read_bytes() != before["ner.npz"]
