"""The command line, run in this process on a real embedded store."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from etiograph.cli import app, main
from etiograph.cli.common import EXIT_CODES
from etiograph.cli.reference import reference
from etiograph.demo import DATA
from graph.errors import EtiographError
from tests.etiograph.conftest import Run

CORPUS = DATA / "demo" / "corpus.xml"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def _graph(home: Path) -> None:
    """One ingested demo corpus and one discovery for all tests of this module."""
    import etiograph
    from etiograph.settings import load

    with etiograph.open(home / "store") as kg:
        kg.settings = load(home=home).settings
        kg.ingest(CORPUS)
        kg.discover(next((DATA / "sachs").glob("sachs.csv*")))


@pytest.mark.usefixtures("_graph")
class TestOnAGraph:
    def test_a_second_ingestion_changes_nothing(self, run: Run) -> None:
        done = run("ingest", str(CORPUS), "--json")
        assert done.code == 0, done.err
        report = json.loads(done.out)
        assert report["changes"] == 0
        assert report["files_unchanged"] == 1

    def test_stats(self, run: Run) -> None:
        counts = json.loads(run("stats", "--json").out)
        assert counts["publications"] >= 55
        assert counts["retracted"] == 1
        assert counts["evidences"]["discovered"] > 0
        assert "Publications" in run("stats").out.title()

    def test_cypher_reads(self, run: Run) -> None:
        query = "MATCH (e:Entity) WHERE e.id = $id RETURN e.name AS name"
        done = run("cypher", query, "--param", "id=hgnc:6840", "--json")
        assert json.loads(done.out)["rows"] == [{"name": "MAP2K1"}]
        assert "MAP2K1" in run("cypher", query, "-p", "id=hgnc:6840").out

    @pytest.mark.parametrize(
        "query",
        ["CREATE (n:X)", "MATCH (n:Entity) DETACH DELETE n", "MATCH (n:Entity) SET n.name = 'x'",
         "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line"],
    )  # fmt: skip
    def test_cypher_cannot_write(self, run: Run, query: str) -> None:
        before = run("stats", "--json").out
        done = run("cypher", query)
        assert done.code == 6
        assert done.err.startswith("error: ")
        assert "Traceback" not in done.err
        assert run("stats", "--json").out == before

    def test_cypher_mistakes_are_explained(self, run: Run) -> None:
        done = run("cypher", "MATCH (n:Entity RETURN n")
        assert done.code == 6
        assert done.out == ""
        assert run("cypher", "RETURN 1", "--param", "x").code == 2

    def test_queries(self, run: Run) -> None:
        listed = json.loads(run("query", "list", "--json").out)
        assert {"hubs", "mediators", "neighbourhood", "paths"} <= set(listed)
        done = run("query", "run", "hubs", "limit=3", "--json")
        assert len(json.loads(done.out)["rows"]) == 3
        done = run("query", "run", "hubz")
        assert done.code == 2
        assert "hubs" in done.err

    def test_ask_and_verify(self, run: Run, tmp_path: Path) -> None:
        file = tmp_path / "answer.json"
        question = "Does lithium cause nephrogenic diabetes insipidus?"
        done = run("ask", question, "--certificate", str(file), "--json")
        assert done.code == 0, done.err
        answer = json.loads(done.out)
        assert answer["sentences"]
        assert all(s["claim"] for s in answer["sentences"])
        assert run("verify", str(file)).code == 0
        said = file.read_text()
        sign = re.search(r'"sign": 1', said)
        assert sign
        file.write_text(said.replace('"sign": 1', '"sign": -1'))
        tampered = run("verify", str(file), "--json")
        assert tampered.code == 8
        assert not json.loads(tampered.out)["ok"]

    def test_ask_refuses_with_a_reason(self, run: Run) -> None:
        done = run("ask", "What is the capital of France?")
        assert done.code == 7
        assert len(done.out) > 40

    def test_proposals(self, run: Run) -> None:
        rows = json.loads(run("proposals", "list", "--json").out)
        assert rows
        assert all(r["sources"][0]["rung"] == "discovered" for r in rows)
        id_ = rows[0]["statement"]
        done = run("proposals", "accept", id_[:20], "--who", "ada", "--why", "seen", "--json")
        assert json.loads(done.out)["status"] == "curated"
        done = run("proposals", "reject", id_, "--who", "ada", "--why", "artefact", "--json")
        assert json.loads(done.out)["status"] == "refuted"
        assert id_ not in run("proposals", "list", "--json").out
        assert run("proposals", "accept", "st-nothing").code == 2

    def test_discover_without_proposing(self, run: Run) -> None:
        table = str(next((DATA / "sachs").glob("sachs.csv*")))
        before = run("stats", "--json").out
        done = run("discover", table, "--no-propose", "--no-priors", "--bootstraps", "0", "--json")
        assert done.code == 0, done.err
        assert json.loads(done.out)["edges"]
        assert run("stats", "--json").out == before
        assert run("discover", table, "--algorithm", "no-such").code == 2
        assert run("discover", table, "--set", "no_such=1").code == 2

    def test_store_check_export_import(self, run: Run, tmp_path: Path) -> None:
        assert run("store", "check").code == 0
        first, second = tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl"
        assert run("store", "export", str(first)).code == 0
        copy = str(tmp_path / "copy")
        assert run("store", "import", str(first), "--store", copy).code == 0
        assert run("store", "export", str(second), "--store", copy).code == 0
        import gzip

        assert gzip.decompress(first.read_bytes()) == second.read_bytes()

    def test_status_says_which_store(self, run: Run, home: Path) -> None:
        said = json.loads(run("store", "status", "--json").out)
        assert said["path"] == str(home / "store")
        assert said["running"] is False

    def test_background_store(self, run: Run) -> None:
        assert run("store", "start").code == 0
        try:
            assert json.loads(run("store", "status", "--json").out)["running"] is True
            done = run("cypher", "MATCH (p:Publication) RETURN count(p) AS n", "--json")
            assert json.loads(done.out)["rows"][0]["n"] >= 55
            assert run("cypher", "CREATE (n:X)").code == 6
        finally:
            assert run("store", "stop").code == 0
        assert json.loads(run("store", "status", "--json").out)["running"] is False


def test_config_masks_secrets(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "hunter2")
    done = run("config")
    assert "neo4j_password" in done.out
    assert "hunter2" not in done.out
    values = json.loads(run("config", "--json").out)
    assert values["neo4j_password"] == {"value": "**********", "from": "environment"}


def test_version(run: Run) -> None:
    assert re.fullmatch(r"etiograph \d+\.\d+\.\d+\n", run("version").out)


def test_a_missing_store_is_not_made_by_reading(run: Run, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    done = run("stats", "--store", str(missing))
    assert done.code == 4
    assert "to do:" in done.err
    assert not missing.exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["ingest", "no-such-file.xml"], 3),
        (["discover", "no-such-table.csv"], 3),
        (["verify", "no-such-certificate.json"], 3),
        (["store", "import", "no-such-export.jsonl"], 3),
        (["no-such-command"], 2),
        (["--config", "no-such.toml", "config"], 2),
    ],
)
def test_bad_input_ends_in_a_message(run: Run, arguments: list[str], code: int) -> None:
    done = run(*arguments)
    assert done.code == code
    assert done.err.strip()
    assert "Traceback" not in done.err + done.out


def test_a_neo4j_that_is_down(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:9")
    monkeypatch.setenv("NEO4J_PASSWORD", "x")
    done = run("stats")
    assert done.code == 4
    assert "127.0.0.1:9" in done.err
    assert "Traceback" not in done.err


def test_debug_shows_the_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["etiograph", "verify", "missing.json", "--debug"])
    with pytest.raises(EtiographError):
        main()


def _every_command() -> list[list[str]]:
    return [
        line.split("`")[1].split()[1:] for line in reference().splitlines() if line[:4] == "## `"
    ]


@pytest.mark.parametrize("command", _every_command(), ids=" ".join)
def test_every_help_has_examples(command: list[str]) -> None:
    shown = CliRunner().invoke(app, [*command, "--help"])
    assert shown.exit_code == 0
    assert "$ etiograph" in shown.output or "etiograph COMMAND" in shown.output or not command


def test_every_exit_code_is_documented() -> None:
    def codes(kind: type[EtiographError]) -> set[int]:
        return {kind.exit_code}.union(*(codes(k) for k in kind.__subclasses__()))

    assert codes(EtiographError) <= set(EXIT_CODES)
    shown = CliRunner().invoke(app, ["--help"]).output
    assert all(re.search(rf"^ *{code}\b", shown, re.M) for code in EXIT_CODES)


def test_the_reference_is_current() -> None:
    page = Path(__file__).parents[2] / "docs" / "cli.md"
    assert page.read_text(encoding="utf-8") == reference(), "run `make docs`"
