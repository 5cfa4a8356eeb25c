"""The README's commands and Python example, run as they stand, in order, on real stores."""

from __future__ import annotations

import io
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from etiograph.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str, heading: str) -> list[str]:
    section = re.split(r"^## ", README.split(f"\n## {heading}\n", 1)[1], maxsplit=1, flags=re.M)[0]
    return re.findall(rf"^```{language}\n(.*?)^```", section, re.S | re.M)


def _commands(heading: str) -> list[list[str]]:
    lines = "".join(_blocks("console", heading)).splitlines()
    found = [shlex.split(line[2:], comments=True) for line in lines if line.startswith("$ ")]
    return [words for words in found if words[0] == "etiograph"]


@pytest.fixture
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder with the project's data beside it, and no settings of this machine."""
    for name in os.environ:
        if name.startswith(("ETIOGRAPH_", "NEO4J_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ETIOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "etiograph").symlink_to(ROOT / "etiograph")


@pytest.mark.slow
@pytest.mark.usefixtures("_elsewhere")
def test_the_session(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    commands = _commands("A session")
    assert len(commands) > 12
    for words in commands:
        monkeypatch.setattr(sys, "argv", words)
        monkeypatch.setattr(sys, "stdin", io.StringIO(""))
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert ended.value.code in (0, None), f"{shlex.join(words)}\n{out}\n{err}"
        if "ingest" not in words and words[1:] != ["cypher", "--store", "./kidney"]:
            assert out.strip(), f"{shlex.join(words)} printed nothing"


@pytest.mark.slow
@pytest.mark.usefixtures("_elsewhere")
def test_the_python_example(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = _blocks("python", "Python")
    exec(compile(example, "README.md", "exec"), {})
    out = capsys.readouterr().out
    assert "True" in out
