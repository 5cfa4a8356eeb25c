"""Tables, JSON and CSV of query results."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from etiograph.tables import cell_text, print_result, to_csv, to_json
from graph.errors import UsageError
from graph.store import ReadResult

NODE = {"_labels": ["Entity", "Gene"], "id": "hgnc:1", "synonyms": ["a", "b"], "note": ""}
RESULT = ReadResult(
    ("name", "belief", "node", "known"),
    [
        {"name": "one [bold]two[/bold]", "belief": 0.123456, "node": NODE, "known": True},
        {"name": "long words " * 20, "belief": 1.0, "node": None, "known": None},
    ],
    truncated=True,
)


def printed(result: ReadResult, fmt: str = "table", *, width: int = 0, note: str = "") -> str:
    """What is printed: to a terminal of a width, or to a pipe."""
    out = io.StringIO()
    if width:
        console = Console(file=out, force_terminal=True, width=width, color_system=None)
    else:
        console = Console(file=out)
    print_result(console, result, fmt, note=note)
    return out.getvalue()


class TestTable:
    def test_pipe_has_a_line_a_row(self) -> None:
        lines = printed(RESULT).splitlines()
        assert lines[0].split() == ["name", "belief", "node", "known"]
        assert "one [bold]two[/bold]" in lines[1]
        assert lines[1].endswith("true")
        assert len(lines[2]) > 200
        assert "only the first 2 rows" in " ".join(lines[3:])

    def test_terminal_folds(self) -> None:
        text = printed(RESULT, width=100, note="3 ms")
        assert max(map(len, text.splitlines())) <= 100
        assert "0.1235" in text
        assert "3 ms" in text

    def test_narrow_terminal_gets_records(self) -> None:
        text = printed(RESULT, width=40)
        assert max(map(len, text.splitlines())) <= 40
        assert text.startswith("row 1\n")
        assert "row 2" in text

    @pytest.mark.parametrize("width", [0, 80])
    def test_no_rows(self, width: int) -> None:
        assert printed(ReadResult(("a",), []), width=width).strip() == "no rows"
        assert printed(ReadResult((), []), width=width).strip() == "no rows"
        assert "1 row\n" in printed(ReadResult(("a",), [{"a": 1}]), width=width)

    def test_cells(self) -> None:
        assert cell_text(NODE) == "(:Entity:Gene {id: hgnc:1, synonyms: [a, b]})"
        assert cell_text({"_type": "CAUSES", "sign": 1}) == "[:CAUSES {sign: 1}]"
        assert cell_text({"a": [1, None]}) == "{a: [1, ]}"
        assert cell_text("a\n\tb") == "a b"
        assert cell_text([1.0, "x", False]) == "1, x, false"

    @given(st.text(max_size=50))
    @settings(max_examples=60)
    def test_nothing_commands_the_terminal(self, text: str) -> None:
        result = ReadResult(("x",), [{"x": text + "\x1b[2J\x9b2J\u202e"}])
        for shown in (printed(result), printed(result, width=80)):
            assert not any(ord(c) < 32 and c != "\n" for c in shown)
            assert not set(shown) & {"\x7f", "\x9b", "\u202e"}


class TestJson:
    def test_round_trip(self) -> None:
        text = printed(RESULT, "json")
        assert json.loads(text) == {
            "columns": list(RESULT.columns), "rows": RESULT.rows, "truncated": True,
        }  # fmt: skip

    @given(st.text(max_size=50))
    @settings(max_examples=60)
    def test_any_text(self, text: str) -> None:
        result = ReadResult(("x",), [{"x": text}])
        shown = to_json(result)
        assert json.loads(shown)["rows"] == result.rows
        assert not any(ord(c) < 32 and c != "\n" for c in shown)
        assert "\u202e" not in shown


class TestCsv:
    def test_rows(self, capsys: pytest.CaptureFixture[str]) -> None:
        rows = list(csv.DictReader(io.StringIO(printed(RESULT, "csv"))))
        assert rows[0]["belief"] == "0.123456"
        assert rows[0]["known"] == "true"
        assert json.loads(rows[0]["node"]) == NODE
        assert rows[1]["known"] == ""
        assert "only the first" in capsys.readouterr().err

    @given(st.text(max_size=30).filter(lambda t: "\x00" not in t))
    @settings(max_examples=60)
    def test_any_text(self, text: str) -> None:
        shown = to_csv(ReadResult(("x", "y"), [{"x": text, "y": [text]}]))
        row = list(csv.reader(io.StringIO(shown, newline="")))[1]
        assert row[0] == text
        assert json.loads(row[1]) == [text]


def test_unknown_format() -> None:
    with pytest.raises(UsageError, match="Formats are"):
        printed(RESULT, "xml")
