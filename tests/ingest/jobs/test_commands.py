"""The commands as people run them: ingest with workers, Ctrl-C, jobs, diff with answers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.crash import children, left
from etiograph.cli import main

Make = Callable[..., str]
MAIN = "from etiograph.cli import main; main()"


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start a command in a session of its own, with a home of its own."""

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", MAIN, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=os.environ | {"ETIOGRAPH_HOME": str(tmp_path / "home")},
        )

    return start


@pytest.fixture
def ran(command: Callable[..., subprocess.Popen[str]]) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: str) -> tuple[int, str, str]:
        process = command(*arguments)
        out, err = process.communicate(timeout=200)
        return process.returncode, out, err

    return run


# the parts that start fastest: what is tested is the job
LIGHT = (
    "--recogniser", "dictionary", "--linker", "names", "--extractor", "patterns",
    "--annotator", "none",
)  # fmt: skip


@pytest.mark.slow
def test_ctrl_c_and_on_with_workers(
    tmp_path: Path, article_set: Make, citation: Make,
    command: Callable[..., subprocess.Popen[str]], ran: Callable[..., tuple[int, str, str]],
) -> None:  # fmt: skip
    texts = [f"Lithium causes polyuria in {i} rats. " * 40 for i in range(1, 400)]
    file = tmp_path / "a.xml"
    file.write_text(article_set(*(citation(i, abstract=t) for i, t in enumerate(texts, 1))))
    process = command("ingest", str(file), *LIGHT, "--workers", "2", "--json")
    until = time.monotonic() + 120
    readers: list[int] = []
    while len(readers) < 2 and process.poll() is None and time.monotonic() < until:
        readers = children(process.pid)
        time.sleep(0.05)
    time.sleep(1.0)
    os.killpg(process.pid, signal.SIGINT)  # what a terminal does: to the workers, too
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert json.loads(out)["interrupted"]
    assert "Traceback" not in err
    assert left(readers) == []
    code, out, err = ran("ingest", str(file), *LIGHT, "--workers", "2", "--json")
    assert code == 0, err
    report = json.loads(out)
    assert report["documents"] == 399
    code, out, err = ran("jobs", "list", "--json")
    assert [r["status"] for r in json.loads(out)] == ["interrupted", "finished"]
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    assert ran("store", "export", str(one))[0] == 0
    os.environ["ETIOGRAPH_HOME"] = str(tmp_path / "other")
    try:
        for arguments in (("ingest", str(file), *LIGHT), ("store", "export", str(two))):
            subprocess.run(
                [sys.executable, "-c", MAIN, *arguments],
                check=True, capture_output=True, env=os.environ, timeout=200,
            )  # fmt: skip
    finally:
        del os.environ["ETIOGRAPH_HOME"]
    assert one.read_bytes() == two.read_bytes()


@pytest.fixture
def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run commands in this process."""
    monkeypatch.setenv("ETIOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "300")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["etiograph", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else int(code is not None)), out, err

    return run


def test_jobs_and_diff(
    tmp_path: Path, article_set: Make, citation: Make, here: Callable[..., tuple[int, str, str]]
) -> None:
    ran = here
    good = citation(1, abstract="Lithium causes polyuria.")
    bad = citation(2).replace("</AbstractText>", "")
    file = tmp_path / "a.xml"
    file.write_text(article_set(good, bad, citation(3, abstract="Lithium causes nephropathy.")))
    assert ran("jobs", "list")[0] in (0, 4)  # no store yet
    code, out, err = ran("ingest", str(file), "--given", "nothing")
    assert code == 2
    assert "'nothing'" in err
    code, out, err = ran("ingest", str(file))
    assert code == 0, err
    assert "set aside 1 record" in out
    assert "took" in out
    certificate = tmp_path / "answers" / "polyuria.json"
    certificate.parent.mkdir()
    code, out, err = ran("ask", "Does lithium cause polyuria?", "--certificate", str(certificate))
    assert code == 0, err

    code, out, err = ran("diff", "--answers", str(certificate.parent))
    assert code == 0, err
    assert "2 statements added" in out
    assert "1 checked, 0 no longer hold" in out

    link = (
        '<CommentsCorrectionsList><CommentsCorrections RefType="RetractionOf"><RefSource>x</RefSource>'
        "<PMID>1</PMID></CommentsCorrections></CommentsCorrectionsList>"
    )
    notice = citation(4, types=("Retraction of Publication",), corrections=link)
    update = tmp_path / "b.xml"
    update.write_text(article_set(notice))
    assert ran("ingest", str(update))[0] == 0
    code, out, err = ran("diff", "--answers", str(certificate))
    assert code == 8
    assert "retraction of pubmed:1 by pubmed:4" in out
    assert "1 checked, 1 no longer hold" in out
    code, out, err = ran("diff", "--json", "--answers", str(certificate), "--run", "2")
    data = json.loads(out) if code == 8 else {}
    assert [c["kind"] for c in data["causes"]] == ["retraction"]
    (changed,) = data["changed"]
    assert changed["before"]["belief"] > changed["after"]["belief"]
    assert data["answers"][0]["holds"] is False
    assert data["answers"][0]["claims"]
    assert ran("diff", "--run", "99")[0] == 3
    assert ran("diff", "--since", "then")[0] == 2

    code, out, err = ran("jobs", "show", "1", "--json")
    assert json.loads(out)["failures"][0]["id"] == "pubmed:2"
    assert "seconds per stage" in ran("jobs", "show")[1]
    assert ran("jobs", "show", "99")[0] == 3
    failures = tmp_path / "failures.jsonl"
    assert ran("jobs", "export-failures", "-o", str(failures))[0] == 0
    (line,) = [json.loads(x) for x in failures.read_text().splitlines()]
    assert "<PMID" in line["raw"]
    file.write_text(
        article_set(good, citation(2), citation(3, abstract="Lithium causes nephropathy."))
    )
    code, out, err = ran("jobs", "retry", "--json")
    assert code == 0, err
    assert (json.loads(out)["before"], json.loads(out)["after"]) == (1, 0)
    assert ran("jobs", "export-failures")[1] == ""
