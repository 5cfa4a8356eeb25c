"""docs/ask.md: the session on the demo graph is run, and every kind of question told is read."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from benchmarks.paraphrases import FOLDER, rows
from etiograph.cli import main
from llm_bridge import parse
from llm_bridge.claims import Refusal
from tests.docs.replay import differing, session

PAGE = Path(__file__).parents[2] / "docs" / "ask.md"
TEXT = PAGE.read_text(encoding="utf-8")


@pytest.mark.slow
def test_every_command_prints_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ETIOGRAPH_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[object, str]:
        monkeypatch.setattr(sys, "argv", ["etiograph", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, capsys.readouterr().out

    assert run("demo", "--quiet", "--store", "demo")[0] in (0, None)
    shown = [(command, lines) for command, lines in session(TEXT) if lines]
    assert len(shown) >= 4
    for command, lines in shown:
        code, out = run(*command[1:], "--store", "demo")
        assert code in (0, None), command
        assert differing([line for line in lines if line], out) is None, command


def test_the_questions_of_the_table_are_read() -> None:
    table = TEXT.split("## What can be asked")[1].split("##")[0]
    asked = [
        question
        for row in re.findall(r"^\| [^|]+ \| ([^|]+) \|", table, re.M)
        for question in re.findall(r"[A-Z][^?.]*\?", row)
    ]
    alone = [q for q in asked if not re.match(r"(How sure|What would change|What is missing)", q)]
    assert len(alone) > 12
    assert [q for q in alone if isinstance(parse(q), Refusal)] == []


def test_the_sizes_of_the_tables_are_those_told() -> None:
    assert f"all {len(rows(FOLDER / 'paraphrases.tsv'))} questions" in TEXT
