from __future__ import annotations

import json

import pytest

from discovery.knowledge import EdgeClaim, GradedClaim, Knowledge, Tier
from graph.errors import DataError, InputError

COLUMNS = ("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("knowledge", "words"),
    [
        (Knowledge(required=[("a", "x")]), ["'x'"]),
        (Knowledge(forbidden=[("aa", "b")]), ["'aa'", "Did you mean 'a'"]),
        (Knowledge(tiers=[["a"], ["z"]]), ["'z'"]),
        (Knowledge(required=[("a", "a")]), ["'a' to itself"]),
        (Knowledge(required=[("a", "b")], forbidden=[("a", "b")]), ["a -> b", "both required"]),
        (Knowledge(required=[("a", "b"), ("b", "a")]), ["cycle: a -> b -> a"]),
        (
            Knowledge(required=[("b", "c"), ("c", "d"), ("d", "b")]),
            ["cycle: b -> c -> d -> b"],
        ),
        (Knowledge(tiers=[["a", "b"], ["b"]]), ["'b' is in tier 1 and in tier 2"]),
        (Knowledge(required=[("c", "a")], tiers=[["a"], ["c"]]), ["c -> a", "tier 2", "tier 1"]),
        (Knowledge(graded=[("a", "x", 1.0)]), ["'x'"]),
        (Knowledge(graded=[("a", "a", 1.0)]), ["'a' to itself"]),
        (Knowledge(graded=[("a", "b", float("inf"))]), ["a -> b", "inf"]),
    ],
)
def test_contradictions_are_refused_and_name_the_columns(
    knowledge: Knowledge, words: list[str]
) -> None:
    with pytest.raises(DataError) as caught:
        knowledge.check(COLUMNS)
    for word in words:
        assert word in str(caught.value)


def test_provenance_is_named_in_the_refusal() -> None:
    knowledge = Knowledge(
        required=[EdgeClaim("a", "b", ("st-1",), 0.9)], forbidden=[EdgeClaim("a", "b", ("st-2",))]
    )
    with pytest.raises(DataError, match=r"st-1; belief 0\.90.*st-2"):
        knowledge.check(COLUMNS)


def test_allowed_directions() -> None:
    allowed = Knowledge(
        required=[("a", "b")], forbidden=[("c", "d")], tiers=[["a"], ["c"]]
    ).allowed(COLUMNS)
    assert not allowed[1, 0]
    assert allowed[0, 1]
    assert not allowed[2, 3]
    assert allowed[3, 2]
    assert not allowed[2, 0]
    assert allowed[0, 2]
    assert not allowed.diagonal().any()


def test_the_same_edge_twice_is_one_claim_with_all_statements() -> None:
    knowledge = Knowledge(
        forbidden=[EdgeClaim("a", "b", ("s2",), 0.5, 1), EdgeClaim("a", "b", ("s1",), 0.7, -1)]
    )
    assert knowledge.forbidden == (EdgeClaim("a", "b", ("s1", "s2"), 0.7, 0),)


def test_json_round_trip() -> None:
    knowledge = Knowledge(
        [EdgeClaim("a", "b", ("st-1",), 0.9, -1)],
        [("c", "d")],
        [Tier(("a", "b"), ("st-9",)), ["c"]],
        [("a", "d")],
        ["a note"],
        [GradedClaim("b", "c", -1.5, ("st-2",), 0.4, ("assertion",), 3)],
    )
    again = Knowledge.from_json(json.loads(json.dumps(knowledge.to_json())))
    assert again == knowledge
    assert again.notes == knowledge.notes
    assert Knowledge.from_json({"required": [["a", "b"]], "tiers": [["a"], ["b"]]}) == Knowledge(
        [("a", "b")], tiers=[["a"], ["b"]]
    )


@pytest.mark.parametrize(
    "data",
    [
        {"graded": [["a", "b"]]},
        {"graded": [["a", "b", "much"]]},
        {"needed": []},
        {"required": ["ab"]},
        {"required": [{"source": "a"}]},
        {"required": 3},
    ],
)
def test_json_of_another_shape_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Knowledge.from_json(data)


def test_unusable_columns_are_left_out_but_not_required_ones() -> None:
    knowledge = Knowledge(forbidden=[("a", "b"), ("c", "d")], tiers=[["a"], ["c", "d"]])
    rest, notes = knowledge.usable(("b", "c", "d"), COLUMNS)
    assert rest == Knowledge(forbidden=[("c", "d")], tiers=[[], ["c", "d"]])
    assert "a" in notes[0]
    with pytest.raises(DataError, match="'a' cannot be used"):
        Knowledge(required=[("a", "b")]).usable(("b", "c", "d"), COLUMNS)
    with pytest.raises(DataError, match="'e'"):
        Knowledge(required=[("e", "b")]).usable(COLUMNS, COLUMNS)


def test_graded_claims_constrain_nothing() -> None:
    knowledge = Knowledge(graded=[("a", "b", 2.0), ("c", "a", -1.0)])
    assert knowledge
    assert not knowledge.constrains
    assert (knowledge.allowed(COLUMNS) == Knowledge().allowed(COLUMNS)).all()
    odds = knowledge.log_odds(COLUMNS)
    assert odds[0, 1] == 2.0
    assert odds[2, 0] == -1.0
    assert (odds != 0).sum() == 2
    assert not knowledge.hard()
    rest, _ = knowledge.usable(("b", "c", "d"), COLUMNS)
    assert not rest.graded


def test_two_accounts_of_one_edge_do_not_add_up() -> None:
    one = GradedClaim("a", "b", 1.0, ("s2",), 0.5)
    both = Knowledge(graded=[one, GradedClaim("a", "b", 2.5, ("s1",), 0.7)])
    assert both.graded == (GradedClaim("a", "b", 2.5, ("s1", "s2"), 0.7),)
    against = Knowledge(graded=[one, GradedClaim("a", "b", -2.5, ("s1",))])
    assert against.graded[0].log_odds == -1.5


def test_joining() -> None:
    one = Knowledge([("a", "b")], tiers=[["a"], ["b"]], notes=["one"])
    two = Knowledge(forbidden=[("b", "c")], graded=[("a", "c", 1.0)], notes=["two"])
    both = one.joined(two)
    assert both == Knowledge([("a", "b")], [("b", "c")], [["a"], ["b"]], graded=[("a", "c", 1.0)])
    assert both.notes == ("one", "two")
    assert two.joined(one).tiers == one.tiers
    with pytest.raises(InputError, match="tiers"):
        one.joined(one)
