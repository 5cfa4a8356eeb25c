"""The Cypher prompt: statements, completion, commands, the terminal and the pipe."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from etiograph.cypher_text import Words, complete, split_statements
from etiograph.shell import Shell, make_session, run_shell
from graph.model import Batch, Category, Entity
from graph.store import Store
from queries.cypher import library

WORDS = Words(
    labels=("Disease", "Drug", "Entity"),
    types=("CAUSES", "DECREASES"),
    properties=("id", "name", "names"),
    queries=library(),
    parameters=("drug",),
)


class TestSplitting:
    @pytest.mark.parametrize(
        ("text", "statements", "rest"),
        [
            ("RETURN 1;", ["RETURN 1"], ""),
            ("RETURN 1; RETURN 2", ["RETURN 1"], "RETURN 2"),
            ("RETURN ';' AS a; // ; no\nRETURN 2;", ["RETURN ';' AS a", "// ; no\nRETURN 2"], ""),
            ("RETURN 'it\\'s; ';", ["RETURN 'it\\'s; '"], ""),
            ("RETURN /* ; */ `a;b`;", ["RETURN /* ; */ `a;b`"], ""),
            ("RETURN 'open;", [], "RETURN 'open;"),
            ("RETURN /* open;", [], "RETURN /* open;"),
            (";;  ;", [], ""),
            ("// only this\n;", [], ""),
            (":json\nRETURN 1\n;\n:exit;\n", [":json", "RETURN 1", ":exit"], ""),
            (":run hubs", [], ":run hubs"),
            ("MATCH (n\n:Gene) RETURN n;", ["MATCH (n\n:Gene) RETURN n"], ""),
        ],
    )
    def test_cases(self, text: str, statements: list[str], rest: str) -> None:
        assert split_statements(text) == (statements, rest)

    @given(st.text(alphabet="a;'\"`/*\\\n: ", max_size=30))
    @settings(max_examples=200)
    def test_nothing_is_lost(self, text: str) -> None:
        statements, rest = split_statements(text)
        letters = "".join(statements) + rest
        assert text.count("a") >= letters.count("a")
        if not {"/", ":"} & set(text):
            assert text.count("a") == letters.count("a")


class TestCompletion:
    @pytest.mark.parametrize(
        ("before", "candidates"),
        [
            ("MATCH (d:D", ["Disease", "Drug"]),
            ("MATCH (d:Disease&", ["Disease", "Drug", "Entity"]),
            ("MATCH (a)-[r:", ["CAUSES", "DECREASES"]),
            ("MATCH (a)-[:CAUSES|d", ["DECREASES"]),
            ("MATCH (d:Disease) RETURN d.na", ["name", "names"]),
            ("MATCH (d {i", ["id"]),
            ("MATCH (d {id: $", ["drug"]),
            ("matc", ["MATCH"]),
            ("MATCH (disease) RETURN dise", ["disease"]),
            ("RETURN 'dise", []),
            ("RETURN 1; RETU", ["RETURN"]),
            (":he", [":help"]),
            (":run hu", ["hubs"]),
            (":run paths so", ["source="]),
            (":run paths source=mesh:D1 m", ["max_hops=", "min_belief="]),
            (":run statements statuses=asserted,pro", ["proposed"]),
            (":run hubs category=Gen", ["Gene"]),
            (":run nothing x", []),
            ("", []),
        ],
    )
    def test_cases(self, before: str, candidates: list[str]) -> None:
        assert complete(before, WORDS)[1] == candidates

    @given(st.text(alphabet="aM(:[{|$.'\"=, ;\n", max_size=20))
    @settings(max_examples=200)
    def test_anything_may_be_typed(self, before: str) -> None:
        length, _ = complete(before, WORDS)
        assert 0 <= length <= len(before)


@pytest.fixture(scope="module")
def genes(module_store: Store) -> Store:
    """A store with two genes."""
    names = {"hgnc:6840": "MAP2K1", "hgnc:6871": "MAPK1"}
    module_store.write(Batch(tuple(Entity(id, name, Category.GENE) for id, name in names.items())))
    return module_store


def piped(store: Store, text: str, *, max_rows: int = 100) -> tuple[int, str]:
    """Exit code and what was printed to standard output."""
    out = io.StringIO()
    code = run_shell(
        store,
        history=None,
        max_rows=max_rows,
        timeout=10,
        console=Console(file=out),
        stdin=io.StringIO(text),
    )
    return code, out.getvalue()


class TestPipe:
    def test_statements(self, genes: Store) -> None:
        code, out = piped(
            genes, "MATCH (g:Gene) RETURN g.name AS name\nORDER BY name;\nRETURN 1 AS one"
        )
        assert code == 0
        assert out.split() == ["name", "MAP2K1", "MAPK1", "2", "rows", "one", "1", "1", "row"]

    def test_errors_are_said_and_the_rest_runs(
        self, genes: Store, capsys: pytest.CaptureFixture[str]
    ) -> None:
        code, out = piped(genes, "RETURN oops(;\nCREATE (x:Gene);\n:nonsense\nRETURN 7 AS seven;")
        assert code == 6
        assert "seven" in out
        error = capsys.readouterr().err
        assert error.count("error: ") == 3
        assert "Traceback" not in error
        counts = genes.read("MATCH (g:Gene) RETURN count(g) AS n")
        assert counts.rows == [{"n": 2}]

    def test_row_cap(self, genes: Store) -> None:
        _, out = piped(genes, "UNWIND range(1, 10) AS n RETURN n;", max_rows=3)
        assert "only the first 3 rows" in out

    def test_commands(self, genes: Store) -> None:
        code, out = piped(
            genes,
            ':param id="hgnc:6840"\n:param\n:json\nMATCH (g:Gene {id: $id}) RETURN g;\n:run entities text=mapk1\n'
            ":json\n:run hubs\n:schema\n:queries\n:queries paths\n:help\n:exit\nRETURN 'never';",
        )
        assert code == 0
        assert '$id = "hgnc:6840"' in out
        decoder = json.JSONDecoder()
        first, stop = decoder.raw_decode(out[out.index("{") :])
        assert first["rows"][0]["g"]["name"] == "MAP2K1"
        rest = out[out.index("{") + stop :]
        second, _ = decoder.raw_decode(rest[rest.index("{") :])
        assert [row["entity"] for row in second["rows"]] == ["hgnc:6871"]
        for expected in (
            "no rows",
            "labels",
            "Gene",
            "contradictions",
            "max_hops (integer 1..4) = 3",
            ":schema",
        ):
            assert expected in out
        assert "never" not in out

    @pytest.mark.parametrize(
        "line",
        [
            ":run",
            ":run hubz",
            ":run hubs limit=x",
            ":run 'open",
            ":param x",
            ":queries hubz",
            ":hlp",
        ],
    )
    def test_wrong_commands(
        self, genes: Store, line: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert piped(genes, line)[0] == 2
        assert "error: " in capsys.readouterr().err

    def test_empty(self, genes: Store) -> None:
        assert piped(genes, "") == (0, "")


class Terminal(io.StringIO):
    """A standard input that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def keyboard() -> Iterator[PipeInput]:
    """What is typed."""
    with create_pipe_input() as typed, create_app_session(input=typed, output=DummyOutput()):
        yield typed


def typed(store: Store, keyboard: PipeInput, text: str, history: Path | None = None) -> str:
    """Type text at the prompt and return what was printed."""
    keyboard.send_text(text)
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, color_system=None)
    code = run_shell(
        store, history=history, max_rows=100, timeout=10, console=console, stdin=Terminal()
    )
    assert code == 0
    return out.getvalue()


CTRL_C, CTRL_D, ENTER, UP = "\x03", "\x04", "\r", "\x1b[A"


class TestTerminal:
    def test_several_lines_and_leaving(self, genes: Store, keyboard: PipeInput) -> None:
        out = typed(genes, keyboard, f"RETURN{ENTER}41 + 1{ENTER}AS n;{ENTER}{CTRL_D}")
        assert "42" in out
        assert "1 row, " in out
        assert " ms" in out

    def test_errors_do_not_end_it(self, genes: Store, keyboard: PipeInput) -> None:
        out = typed(
            genes, keyboard, f"RETURN nope;{ENTER}:what{ENTER}RETURN 6 * 7 AS n;{ENTER}:exit{ENTER}"
        )
        assert out.count("error: ") == 2
        assert "42" in out

    def test_ctrl_c_clears(self, genes: Store, keyboard: PipeInput) -> None:
        out = typed(genes, keyboard, f"RETURN 'first'{CTRL_C}RETURN 'second' AS s;{ENTER}{CTRL_D}")
        assert "second" in out
        assert "first" not in out

    def test_history(self, genes: Store, keyboard: PipeInput, tmp_path: Path) -> None:
        file = tmp_path / "new" / "history"
        typed(genes, keyboard, f"RETURN 17 AS n;{ENTER}:exit{ENTER}", file)
        assert "RETURN 17 AS n;" in file.read_text()
        assert file.stat().st_mode & 0o077 == 0

    def test_history_is_offered_again(
        self, genes: Store, keyboard: PipeInput, tmp_path: Path
    ) -> None:
        file = tmp_path / "history"
        file.write_text("\n# 2026-01-01 00:00:00.000000\n+RETURN 18 AS n;\n")
        assert "18" in typed(genes, keyboard, f"{UP}{ENTER}{CTRL_D}", file)

    def test_unwritable_history(self, genes: Store, keyboard: PipeInput, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        out = typed(
            genes, keyboard, f"RETURN 19 AS n;{ENTER}{CTRL_D}", tmp_path / "file" / "history"
        )
        assert "not kept" in out
        assert "19" in out

    def test_completion(self, genes: Store, keyboard: PipeInput) -> None:
        console = Console(file=io.StringIO())
        shell = Shell(genes, max_rows=10, timeout=10, console=console)
        completer = make_session(shell, None).completer
        assert completer is not None
        document = Document("MATCH (g:Gen")
        found = list(completer.get_completions(document, CompleteEvent(completion_requested=True)))
        assert [(c.text, c.start_position) for c in found] == [("Gene", -3)]
