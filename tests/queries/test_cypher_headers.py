"""Headers, typed parameters and the catalogue of named queries, without a store."""

from __future__ import annotations

import contextlib
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InputError, UsageError
from graph.model import Predicate, Status
from graph.store import ReadResult
from queries.cypher import (
    Kind,
    NamedQuery,
    Parameter,
    library,
    parse_arguments,
    parse_header,
    run,
)
from queries.cypher.catalog import BUILT_IN

GOOD = """\
// purpose: Something
//   said over two lines.
// parameters:
//   entity (entity): what is
//     asked about
//   hops (integer 1..3) = 2: how far
//   statuses (list of status) = ["asserted"]: which
//   kind (category) = "": of which category; empty for all
// columns:
//   a: first
//   b: second: with a colon
// example: entity=mesh:D003920 statuses=asserted,proposed

// a remark about $nothing
MATCH (e:Entity {id: $entity}) /* nor $this */
WHERE e.s IN $statuses AND $hops > 1 AND $kind = '$price; //' // $no
RETURN e.a AS a, "it's $5" AS b;
"""


def parsed(text: str, name: str = "good.cypher") -> NamedQuery:
    return parse_header(Path(name), text)


class TestHeader:
    def test_all_of_it(self) -> None:
        query = parsed(GOOD)
        assert query.name == "good"
        assert query.purpose == "Something said over two lines."
        assert [(p.name, p.type, p.required, p.default) for p in query.parameters] == [
            ("entity", "entity", True, None),
            ("hops", "integer 1..3", False, 2),
            ("statuses", "list of status", False, ["asserted"]),
            ("kind", "category", False, ""),
        ]
        assert query.parameters[0].description == "what is asked about"
        assert query.columns == (("a", "first"), ("b", "second: with a colon"))
        assert query.cypher.startswith("// a remark")
        assert query.cypher.endswith("AS b")
        assert query.signature == 'entity, hops=2, statuses=["asserted"], kind=""'
        shown = query.to_json()
        assert shown["parameters"][2]["choices"] == [s.value for s in Status]
        assert "default" not in shown["parameters"][0]

    @pytest.mark.parametrize(
        ("old", "new", "line", "message"),
        [
            ("// purpose: Something", "// purposes: Something", 1, "must begin with"),
            ("// columns:", "// colums:", 9, "neither a section"),
            ("(integer 1..3) = 2", "(number) = 2", 6, "not a type"),
            ("(integer 1..3) = 2", "(integer 1..3) = 7", 6, "default does not hold"),
            ("(integer 1..3) = 2", "(integer 1..3) = two", 6, "hops"),
            ("(integer 1..3) = 2", "(string 1..3) = 2", 6, "only numbers have bounds"),
            ("//   hops (integer 1..3)", "//   hops integer", 6, "not a parameter"),
            ("//   hops (", "//   timeout (", 6, "run uses itself"),
            ("//   hops (", "//   entity (", 6, "twice"),
            (": how far", "", 6, "no description"),
            ("//   b: second: with a colon", "//   a: again", 11, "not a new column"),
            ("entity=mesh:D003920", "entity=diabetes", 12, "example does not hold"),
            ("entity=mesh:D003920 ", "", 12, "example does not hold"),
            ("AND $hops > 1", "", 3, "does not use $hops"),
            ("$hops > 1", "$hops > $more", 3, "uses $more"),
        ],
    )
    def test_faults_are_named_with_their_line(
        self, old: str, new: str, line: int, message: str
    ) -> None:
        assert old in GOOD
        with pytest.raises(InputError) as caught:
            parsed(GOOD.replace(old, new, 1))
        assert message in str(caught.value)
        assert caught.value.where == f"good.cypher:{line}"

    @pytest.mark.parametrize(
        "text",
        ["", "MATCH (n) RETURN n", "// purpose: x\n// parameters: none\n// columns:\n//   a: b\n"],
    )
    def test_what_is_missing(self, text: str) -> None:
        with pytest.raises(InputError):
            parsed(text)

    def test_names(self) -> None:
        with pytest.raises(InputError, match="cannot be the name"):
            parsed(GOOD, "Not-Good.cypher")

    @given(st.text(max_size=200))
    @settings(max_examples=60)
    def test_anything_is_read_or_refused(self, text: str) -> None:
        for candidate in (text, "// purpose: x\n//" + text, GOOD.replace("first", text)):
            with contextlib.suppress(InputError):
                parsed(candidate)


class TestParameters:
    @pytest.mark.parametrize(
        ("kind", "value", "expected"),
        [
            ("integer", np.int64(3), 3),
            ("float", 1, 1.0),
            ("float", np.float32(0.5), 0.5),
            ("boolean", True, True),
            ("entity", "mesh:D008175", "mesh:D008175"),
            ("entity", "MESH:D008175", "mesh:D008175"),
            ("predicate", Predicate.CAUSES, "causes"),
            ("statement", "st-1", "st-1"),
            ("string", "", ""),
        ],
    )
    def test_values(self, kind: str, value: Any, expected: Any) -> None:
        parameter = Parameter("x", Kind(kind), "")
        got = parameter.check(value)
        assert got == expected
        assert type(got) is type(expected)
        several = Parameter("x", Kind(kind), "", many=True)
        assert several.check([value, value]) == [expected, expected]
        assert several.check((value,)) == [expected]
        assert several.check([]) == []

    @pytest.mark.parametrize(
        ("kind", "value", "says"),
        [
            ("integer", True, "a whole number"),
            ("integer", 2.0, "a whole number"),
            ("integer", "2", "a whole number"),
            ("integer", 2**70, "a whole number"),
            ("float", float("nan"), "a number"),
            ("float", "0.5", "a number"),
            ("boolean", 1, "true or false"),
            ("string", 1, "a text"),
            ("string", None, "a text"),
            ("entity", "lung cancer", 'the query "entities" finds'),
            ("entity", "NOSUCHPREFIX:1", "such as mesh:"),
            ("publication", "123", "Write pubmed:123"),
            ("statement", "ev-1", "st-"),
            ("status", "proposd", 'Did you mean "proposed"?'),
            ("predicate", "CAUSES", 'Did you mean "causes"?'),
        ],
    )
    def test_wrong_values_say_what_is_expected(self, kind: str, value: Any, says: str) -> None:
        with pytest.raises(UsageError) as caught:
            Parameter("thing", Kind(kind), "").check(value)
        assert says in str(caught.value)
        assert str(caught.value).startswith("thing must be")
        with pytest.raises(UsageError, match="list of"):
            Parameter("thing", Kind(kind), "", many=True).check(value)

    def test_bounds(self) -> None:
        parameter = Parameter("x", Kind.FLOAT, "", low=0.0, high=1.0)
        assert parameter.check(0) == 0
        for value in (-0.1, 1.1):
            with pytest.raises(UsageError, match="from 0 to 1"):
                parameter.check(value)

    def test_long_values_are_cut_in_messages(self) -> None:
        with pytest.raises(UsageError) as caught:
            Parameter("x", Kind.INTEGER, "").check("9" * 10_000)
        assert len(str(caught.value)) < 200

    def test_arguments(self) -> None:
        query = parsed(GOOD)
        got = parse_arguments(
            query, ["entity=mesh:D1", "hops=3", "statuses=asserted, curated", "kind="]
        )
        assert got == {
            "entity": "mesh:D1", "hops": 3, "statuses": ["asserted", "curated"], "kind": "",
        }  # fmt: skip
        assert parse_arguments(query, ['statuses=["refuted"]']) == {"statuses": ["refuted"]}
        assert parse_arguments(query, ["statuses="]) == {"statuses": []}

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["entity"], "key=value"),
            (["hops=1", "hops=2"], "twice"),
            (["hop=1"], 'Did you mean "hops"?'),
            (["hops=many"], "a whole number"),
            (["statuses=[oops"], "list of statuses"),
        ],
    )
    def test_wrong_arguments(self, arguments: list[str], says: str) -> None:
        with pytest.raises(UsageError) as caught:
            parse_arguments(parsed(GOOD), arguments)
        assert says in str(caught.value)
        assert "good" in (caught.value.where or "good")

    def test_check_fills_in_and_refuses(self) -> None:
        query = parsed(GOOD)
        assert query.check({"entity": "mesh:D1"}) == {
            "entity": "mesh:D1", "hops": 2, "statuses": ["asserted"], "kind": "",
        }  # fmt: skip
        with pytest.raises(UsageError, match="needs entity"):
            query.check({})
        with pytest.raises(UsageError, match="no parameter 'entty'"):
            query.check({"entity": "mesh:D1", "entty": 1})
        assert query.check({"entity": "mesh:D1"})["statuses"] is not query.parameters[2].default


class Recorder:
    """Stands where a store stands when nothing may reach it."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def read(self, cypher: str, parameters: Any, *, max_rows: Any, timeout: Any) -> ReadResult:
        self.calls.append((cypher, parameters, max_rows, timeout))
        return ReadResult((), [])


class TestLibrary:
    def test_what_comes_with_the_package(self) -> None:
        found = library()
        assert list(found) == sorted(path.stem for path in BUILT_IN.glob("*.cypher"))
        assert {"neighbourhood", "paths", "common_causes", "mediators", "contradictions"} <= set(
            found
        )
        found.clear()
        assert library()

    @pytest.mark.parametrize("name", sorted(library()))
    def test_rules(self, name: str) -> None:
        """What keeps a query affordable and the same on both engines."""
        query = library()[name]
        assert "elementId" not in query.cypher
        assert " id(" not in query.cypher
        assert "ORDER BY" in query.cypher
        assert "*]" not in query.cypher
        assert ".." not in query.cypher or "*1..5" in query.cypher
        assert not any(p.required for p in query.parameters) or query.example
        relationships = [p.relationship for p in Predicate if p.info.causal]
        if relationships[0] in query.cypher:  # a new predicate must not be forgotten
            for relationship in relationships:
                assert relationship in query.cypher
        if Predicate.ASSOCIATED_WITH.relationship in query.cypher:
            for predicate in Predicate:
                if predicate.info.symmetric:
                    assert predicate.relationship in query.cypher

    def test_own_folder(self, tmp_path: Path) -> None:
        (tmp_path / "mine.cypher").write_text(GOOD)
        (tmp_path / "broken.cypher").write_text("RETURN 1")
        (tmp_path / "hubs.cypher").write_text(GOOD)
        (tmp_path / "latin.cypher").write_bytes(b"// purpose: caf\xe9")
        (tmp_path / "notes.txt").write_text("not a query")
        problems: list[InputError] = []
        found = library(tmp_path, on_problem=problems.append)
        assert set(found) - set(library()) == {"mine"}
        assert found["hubs"] == library()["hubs"]
        assert len(problems) == 3
        with pytest.warns(UserWarning, match="left out a query"):
            library(extra=tmp_path)
        store = Recorder()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = run(store, "mine", extra=tmp_path, entity="mesh:D1", timeout=1.0)  # type: ignore[arg-type]
        assert result.columns == ("a", "b")
        assert store.calls[0][1:] == (found["mine"].check({"entity": "mesh:D1"}), 10_000, 1.0)

    def test_no_such_folder(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no such folder"):
            library(tmp_path / "nowhere")

    def test_mistakes_do_not_reach_the_store(self) -> None:
        store: Any = Recorder()
        with pytest.raises(UsageError, match='Did you mean "hubs"'):
            run(store, "hubz")
        with pytest.raises(UsageError, match="The queries are"):
            run(store, "xyzzy")
        with pytest.raises(UsageError, match='Did you mean "max_hops"'):
            run(store, "paths", source="mesh:D1", target="mesh:D2", maxhops=2)
        with pytest.raises(UsageError, match="needs source, target"):
            run(store, "paths")
        with pytest.raises(UsageError, match="max_hops must be a whole number from 1 to 4"):
            run(store, "paths", source="mesh:D1", target="mesh:D2", max_hops=9)
        assert store.calls == []
