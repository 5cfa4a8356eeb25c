"""docs/discovery.md: every command is run, and every line that is shown came out of it."""

from __future__ import annotations

import math
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from discovery.algorithms import REGISTRY
from discovery.series import ALGORITHMS
from etiograph.cli import main
from tests.docs.replay import differing, session

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "discovery.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_worked_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in os.environ:
        if name.startswith(("ETIOGRAPH_", "NEO4J_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ETIOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "etiograph").symlink_to(ROOT / "etiograph")
    done = 0
    for words, shown in session(PAGE):
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert ended.value.code in (0, None), f"{shlex.join(words)}\n{out}\n{err}"
        wrong = differing(shown, out)
        assert wrong is None, f"{shlex.join(words)}: {wrong}\n\n{out}"
        done += 1
    assert done >= 8
    for name in ("graph", "stability"):
        drawn = (tmp_path / f"{name}.png").read_bytes()
        kept = (ROOT / "docs" / "images" / f"sachs-{name}.png").read_bytes()
        assert drawn[:24] == kept[:24], f"docs/images/sachs-{name}.png has another size"


def test_a_wrong_line_is_seen() -> None:
    out = "one\n\n  two\nthree\n"
    assert differing(["one", "  two", "three"], out) is None
    assert differing(["one", "...", "three"], out) is None
    assert differing(["one", "three"], out) is not None
    assert differing(["...", "four"], out) is not None
    assert differing(["three", "...", "one"], out) is not None


def test_the_algorithms_named_exist() -> None:
    table = PAGE.split("## Which algorithm")[1].split("## Priors")[0]
    named = set(re.findall(r"`([a-z][a-z/+-]*)`", table))
    assert {"pc", "boss", "fci", "gies", "pcmci"} <= named
    assert named <= {*REGISTRY, *ALGORITHMS}


def test_the_defaults_told_are_those_in_force() -> None:
    from discovery.leaning import LEAST
    from discovery.priors import DIRECT, STRENGTH
    from etiograph.settings import Settings
    from graph.model import Rung

    assert Settings().prior_strength == STRENGTH
    assert f"**Why the strength is {STRENGTH:g}.**" in PAGE
    told = f"(text {DIRECT[Rung.ASSERTION]}, intervention {DIRECT[Rung.INTERVENTION]}, database {DIRECT[Rung.CURATED]})"
    assert told in PAGE
    assert math.exp(LEAST) == pytest.approx(1.5)


def refreshed(home: Path) -> str:
    """Return the page with each shown line as it comes today: the line that begins the same way."""
    import contextlib
    import io

    text = PAGE
    for words, shown in session(PAGE):
        sys.argv = words
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
            main()
        lines = out.getvalue().splitlines()
        for line in shown:
            same = [x for x in lines if x[:18] == line[:18] and x.strip()]
            if line != "..." and same and line not in same:
                text = text.replace(line + "\n", same[0].rstrip() + "\n")
    for name in ("graph", "stability"):
        (ROOT / "docs" / "images" / f"sachs-{name}.png").write_bytes(
            (home / f"{name}.png").read_bytes()
        )
    return text


if __name__ == "__main__":  # python -m tests.docs.test_discovery_page: write what comes today
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"ETIOGRAPH_HOME": f"{folder}/home", "COLUMNS": "100"}
        os.chdir(folder)
        Path("etiograph").symlink_to(ROOT / "etiograph")
        (ROOT / "docs" / "discovery.md").write_text(refreshed(Path(folder)), encoding="utf-8")
