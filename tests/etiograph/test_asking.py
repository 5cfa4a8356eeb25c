"""``etiograph ask --batch`` and ``--background``: worlds in text from the command line and Python."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import etiograph
from etiograph.asking import Skipped, ask_batch
from graph.model import Batch, Category, Entity, Evidence, Predicate, Rung, Statement

BACKGROUND = "Zuph has a direct effect on rixq."
GIVEN = (
    "For those who are zuph, the probability of rixq is 40%. For those who are not zuph, the probability of rixq is "
    "20%."
)
QUESTION = "Will zuph increase the chance of rixq?"


def _line(**fields: object) -> str:
    return json.dumps(
        {"background": BACKGROUND, "given_info": GIVEN, "question": QUESTION, **fields}
    )


def test_from_python() -> None:
    assert etiograph.ask_world(BACKGROUND, GIVEN, QUESTION).answer == "yes"
    # all in one paragraph
    assert etiograph.ask_world(f"{BACKGROUND} {GIVEN} {QUESTION}").answer == "yes"


def test_a_batch_keeps_order_and_sets_bad_lines_aside() -> None:
    lines = [
        _line(id="a"), "", "{", "[1]", '{"id": 3}', _line(id="b", question="Will zuph decrease the chance of rixq?"),
        b"\xff\xfe", _line(id="c", given_info=7), '{"id": "d", "question": "Does lithium cause polyuria?"}',
        json.dumps({"question": f"{BACKGROUND} {GIVEN} {QUESTION}"}), "x" * 300_000,
    ]  # fmt: skip
    found = list(ask_batch(lines))
    told = [f.line if isinstance(f, Skipped) else (f["id"], f["answer"]) for f in found]
    assert told == [
        ("a", "yes"), 3, 4, 5, ("b", "no"), 7, 8, ("d", "refused"), (10, "yes"), 11,
    ]  # fmt: skip
    first = found[0]
    assert isinstance(first, dict)
    assert {"id", "answer", "query", "claims", "explanation"} <= first.keys()


def test_a_batch_from_the_command_line(run, tmp_path: Path) -> None:
    (tmp_path / "good.jsonl").write_text(_line(id="a") + "\n")
    code, out, err = run("ask", "--batch", "good.jsonl", "--json")
    assert code == 0
    assert json.loads(out)["answer"] == "yes"
    assert "1 answered, 0 refused, 0 set aside" in err
    (tmp_path / "bad.jsonl").write_text("no\n" + _line(id="a") + "\n")
    code, out, err = run("ask", "--batch", "bad.jsonl", "--json")
    assert code == 3
    assert len(out.splitlines()) == 1
    assert "bad.jsonl:1: set aside: it is not JSON" in err
    code, _, err = run("ask", "--batch", "none.jsonl", "--json")
    assert code == 3
    assert "cannot be read" in err
    code, _, err = run("ask", "--batch", "good.jsonl", "and a question")
    assert code == 2
    assert "--batch takes its questions" in err


def test_one_world_from_the_command_line(run, tmp_path: Path) -> None:
    (tmp_path / "world.txt").write_text(BACKGROUND)
    code, out, _ = run(
        "ask", QUESTION, "--background", "@world.txt", "--given", GIVEN, "--certificate", "c.json"
    )
    assert code == 0
    assert out.startswith("Yes.")
    code, out, _ = run("verify", "c.json")
    assert code == 0
    assert "holds" in out
    data = json.loads((tmp_path / "c.json").read_text())
    data["answer"] = "no"
    (tmp_path / "c.json").write_text(json.dumps(data))
    code, out, _ = run("verify", "c.json")
    assert code == 8
    assert "was changed" in out
    code, out, _ = run("ask", QUESTION, "--background", "@world.txt", "--json")
    assert code == 7
    assert json.loads(out)["answer"] == "refused"
    code, _, err = run("ask", QUESTION, "--background", "@missing.txt")
    assert code == 3
    assert "cannot be read" in err


def test_a_batch_about_a_graph(run, tmp_path: Path) -> None:
    lithium = Entity("mesh:D008094", "Lithium", Category.CHEMICAL)
    polyuria = Entity("mesh:D011141", "Polyuria", Category.PHENOTYPE)
    causes = Statement(lithium.id, Predicate.CAUSES, polyuria.id, 1)
    seen = Evidence(causes.id, Rung.ASSERTION, "test", "hand", text="Lithium causes polyuria.")
    with etiograph.open(tmp_path / "graph") as kg:
        kg.store.write(Batch((lithium, polyuria), (), (causes,), (seen,)))
    asked = (
        "Does lithium cause polyuria, and what else causes it?",
        "Does frobnicol cause polyuria?",
    )
    lines = [json.dumps({"id": k, "question": q}) for k, q in enumerate(asked)]
    (tmp_path / "q.jsonl").write_text("\n".join(lines) + "\n")
    code, out, err = run("ask", "--batch", "q.jsonl", "--json", "--store", "graph")
    assert code == 0
    both, unknown = map(json.loads, out.splitlines())
    assert both["answer"] == "yes"
    assert [q["kind"] for q in both["query"]["also"]] == ["causes"]
    assert {"verdict", "listing"} <= {c["kind"] for c in both["claims"]}
    assert "1 answered, 1 refused, 0 set aside" in err
    assert (unknown["answer"], unknown["claims"]) == ("refused", [])
    assert "frobnicol" in unknown["reason"]


def test_answers_are_checked_where_nothing_was_ingested(run, tmp_path: Path) -> None:
    lithium = Entity("mesh:D008094", "Lithium", Category.CHEMICAL)
    polyuria = Entity("mesh:D011141", "Polyuria", Category.PHENOTYPE)
    causes = Statement(lithium.id, Predicate.CAUSES, polyuria.id, 1)
    texts = ("Lithium causes polyuria.", "Lithium caused polyuria in rats.")
    first, second = (Evidence(causes.id, Rung.ASSERTION, "test", "hand", text=t) for t in texts)
    with etiograph.open(tmp_path / "graph") as kg:
        kg.store.write(Batch((lithium, polyuria), (), (causes,), (first,)))
    assert run("diff", "--store", "graph")[0] == 3
    assert run("ask", "Does lithium cause polyuria?", "--store", "graph")[0] == 0
    code, out, _ = run("diff", "--store", "graph")
    assert code == 0
    assert out.splitlines() == [
        "nothing was ingested into this store",
        "answers: 1 checked, 0 no longer hold",
    ]
    with etiograph.open(tmp_path / "graph") as kg:
        kg.store.write(Batch(evidences=(second,)))
    code, out, _ = run("diff", "--store", "graph", "--json")
    assert code == 8
    assert [a["holds"] for a in json.loads(out)["answers"]] == [False]


def test_a_certificate_needs_its_folder(run, tmp_path: Path) -> None:
    code, out, err = run("ask", "Does lithium cause polyuria?", "--certificate", "none/c.json")
    assert code == 2
    assert not out
    assert "does not exist" in err


@pytest.mark.parametrize("question", ["", "   "])
def test_no_question(run, question: str) -> None:
    code, _, err = run("ask", question)
    assert code == 2
    assert "no question" in err
