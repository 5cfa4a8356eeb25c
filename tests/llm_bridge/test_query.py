"""The typed query: its schema, its validation, its JSON."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from graph.model import Category
from llm_bridge import parse
from llm_bridge.query import Kind, Query, Relation, Term, json_schema

X = Term(text="lithium", raw="lithium", start=5, end=12)
Y = Term(text="nephropathy", raw="nephropathy", start=19, end=30)


def test_json_schema_is_versioned_and_plain() -> None:
    schema = json_schema()
    assert json.loads(json.dumps(schema)) == schema
    assert schema["properties"]["version"]["enum"] == [1, 2]
    assert set(schema["$defs"]["Kind"]["enum"]) == {k.value for k in Kind}


def test_json_round_trip() -> None:
    query = parse("Does lithium cause nephropathy?")
    assert isinstance(query, Query)
    assert Query.model_validate_json(query.model_dump_json()) == query


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": Kind.EXISTENCE, "subject": X},
        {"kind": Kind.CAUSES, "subject": X, "object": Y},
        {"kind": Kind.EFFECTS, "object": Y},
        {"kind": Kind.EXISTENCE, "subject": X, "object": Y, "direction": 2},
        {"kind": Kind.EXISTENCE, "subject": X, "object": Y, "version": 3},
        {"kind": Kind.ORDER, "subject": X, "object": Y, "version": 1},
        {"kind": Kind.EFFECT, "subject": X, "object": Y, "version": 1, "measure": "direct"},
        {"kind": Kind.EXISTENCE, "subject": X, "object": Y, "measure": "direct"},
        {"kind": Kind.EXISTENCE, "subject": X, "object": Y, "others": [X]},
        {"kind": Kind.COMPARISON, "object": Y, "others": [X]},
        {"kind": Kind.ADJUSTMENT, "subject": X, "object": Y},
        {"kind": Kind.EXISTENCE, "subject": X, "object": Y, "surprise": 1},
        {"kind": "gossip", "subject": X, "object": Y},
    ],
)
def test_malformed_queries_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Query.model_validate(fields)


@pytest.mark.parametrize(
    ("relation", "category", "sign"),
    [
        (Relation.CAUSE, None, 1),
        (Relation.TREAT, Category.DISEASE, -1),
        (Relation.IMPROVE, Category.DISEASE, -1),
        (Relation.IMPROVE, Category.PROCESS, 1),
        (Relation.WORSEN, Category.DISEASE, 1),
        (Relation.WORSEN, Category.PROCESS, -1),
        (Relation.ASSOCIATE, Category.DISEASE, 0),
    ],
)
def test_sign_asked_about(relation: Relation, category: Category | None, sign: int) -> None:
    assert relation.sign(category) == sign
