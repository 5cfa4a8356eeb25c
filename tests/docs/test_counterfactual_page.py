"""docs/counterfactual.md: every example is run, and every line that is shown came out of it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from etiograph.cli import main
from tests.docs.replay import differing, files, run_doctest, session

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "counterfactual.md"


def test_every_python_example_says_what_the_page_says() -> None:
    run_doctest(PAGE, 25)


def test_every_command_prints_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = PAGE.read_text(encoding="utf-8")
    monkeypatch.setenv("ETIOGRAPH_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "etiograph").symlink_to(ROOT / "etiograph")
    for name, content in files(text):
        (tmp_path / name).write_text(content, encoding="utf-8")
    done = 0
    for words, shown in session(text):
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert ended.value.code in (0, None, 7 if "cannot be told" in out else 0), f"{err}\n{out}"
        wrong = differing(shown, out)
        assert wrong is None, f"{shlex.join(words)}: {wrong}\n\n{out}"
        done += 1
    assert done == 4
