"""The conversation: what is heard, what leans on what, commands, completion, and kept answers."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

import etiograph
from etiograph.chat import COMMANDS, complete, run_chat
from graph.model import Batch, Category, Entity, Evidence, Predicate, Publication, Rung, Statement

LITHIUM = Entity("mesh:D008094", "Lithium", Category.CHEMICAL)
POLYURIA = Entity("mesh:D011141", "Polyuria", Category.PHENOTYPE)
CAUSES = Statement(LITHIUM.id, Predicate.CAUSES, POLYURIA.id, 1)


@pytest.fixture
def kg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[etiograph.KnowledgeGraph]:
    monkeypatch.setenv("ETIOGRAPH_HOME", str(tmp_path / "home"))
    with etiograph.open(tmp_path / "graph") as found:
        papers = tuple(Publication(f"pubmed:{n}", f"Study {n}", 2000) for n in (1, 2))
        evidence = tuple(
            Evidence(CAUSES.id, Rung.ASSERTION, "test", "hand", publication=p.id, text=t, start=0, end=len(t))
            for p, t in zip(papers, ("Lithium caused polyuria in rats.", "Lithium causes polyuria."), strict=True)
        )  # fmt: skip
        found.store.write(Batch((LITHIUM, POLYURIA), papers, (CAUSES,), evidence))
        yield found


def _talk(kg: etiograph.KnowledgeGraph, *lines: str) -> tuple[str, int]:
    out = io.StringIO()
    console = Console(file=out, width=200, force_terminal=False)
    code = run_chat(kg, history=None, console=console, stdin=io.StringIO("\n".join(lines) + "\n"))
    return out.getvalue(), code


def test_questions_lean_on_the_one_before(kg: etiograph.KnowledgeGraph) -> None:
    told, code = _talk(
        kg,
        "Does lithium cause polyuria?",
        "and in rats?",
        "how sure are you?",
        "/exit",
        "not heard",
    )
    assert code == 0
    assert "Does Lithium cause Polyuria in rats?" in told
    assert '1 of the 2 counted sources names "rats"' in told
    assert "How sure is it that Lithium causes Polyuria" in told
    assert "not heard" not in told


def test_commands(kg: etiograph.KnowledgeGraph, tmp_path: Path) -> None:
    file = tmp_path / "answer.json"
    told, code = _talk(kg, "/help", "Does lithium cause polyuria?", "/explain", "/more", "/verify", "/save",
                       f"/certificate {file}", "/history", "/full", "/forget", "and in rats?")  # fmt: skip
    assert all(c in told for c in COMMANDS)
    assert "all hold" in told
    assert file.exists()
    assert len(kg.answers.files()) == 1
    assert code == 7  # forgotten, so that "and in rats?" stands alone and is refused


def test_what_goes_wrong_is_said_and_the_rest_is_heard(kg: etiograph.KnowledgeGraph) -> None:
    told, code = _talk(kg, "/nope", "/verify", "", "Does lithium cause polyuria?")
    assert code == 2
    assert "there is no command /nope" in told
    assert "nothing was answered yet" in told
    assert "report that Lithium" in told


def test_completion(kg: etiograph.KnowledgeGraph) -> None:
    assert ("/verify", 2) in list(complete(kg, "/v"))
    assert ("Lithium", 4) in list(complete(kg, "Does lith"))
    assert ("What causes ", 6) in list(complete(kg, "What c"))


def test_asking_without_waiting(kg: etiograph.KnowledgeGraph) -> None:
    async def both() -> list[str]:
        asked = ("Does lithium cause polyuria?", "What causes polyuria?")
        return [a.short for a in await asyncio.gather(*(kg.aask(q) for q in asked))]

    assert asyncio.run(both()) == ["yes", "told"]


def test_a_kept_answer_no_longer_holds_after_a_retraction(kg: etiograph.KnowledgeGraph) -> None:
    from etiograph.answering import read_certificate

    path = kg.answers.save(kg.certify(kg.ask("Does lithium cause polyuria?")))
    assert kg.verify(read_certificate(path)).ok
    kg.store.set_retracted({"pubmed:1": "pubmed:9"})
    result = kg.verify(read_certificate(path))
    assert not result.ok
    assert result.changed
    again = kg.answers.save(kg.certify(kg.ask("does  lithium cause polyuria?")))
    assert again == path
    assert kg.verify(read_certificate(path)).ok
