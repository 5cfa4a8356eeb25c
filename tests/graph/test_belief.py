"""The laws of belief."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.belief import RUNGS, belief, weight
from graph.model import Evidence, Rung


def made(
    rung: Rung = Rung.ASSERTION,
    publication: str = "pubmed:1",
    *,
    extractor: str = "reader",
    negated: bool = False,
    hedged: bool = False,
    score: float = 1.0,
    source: str = "s",
) -> Evidence:
    return Evidence(
        "st-1", rung, source, extractor,
        publication=publication, negated=negated, hedged=hedged, score=score,
    )  # fmt: skip


EVIDENCE = st.builds(
    made,
    st.sampled_from(list(Rung)),
    st.sampled_from(["", "pubmed:1", "pubmed:2", "pubmed:3"]),
    extractor=st.sampled_from(["patterns", "cooccurrence", "reader"]),
    negated=st.booleans(),
    hedged=st.booleans(),
    score=st.floats(0, 1),
    source=st.sampled_from(["a", "b"]),
)
SOME = st.lists(EVIDENCE, max_size=12)


@settings(max_examples=100)
@given(SOME, EVIDENCE, st.randoms(use_true_random=False))
def test_laws(some: list[Evidence], one: Evidence, rng: object) -> None:
    before = belief(some)
    assert 0.0 <= before < 1.0
    shuffled = list(some)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert belief(shuffled) == before
    assert belief([*some, *some]) == before
    after = belief([*some, one])
    assert after >= before if one.supports else after <= before
    kept = [e for e in some if e.publication != "pubmed:1"]
    assert belief(some, {"pubmed:1"}) == belief(kept)


def test_nothing_is_believed_without_evidence() -> None:
    assert belief([]) == 0.0
    assert belief([made(negated=True)]) == 0.0
    assert belief([made()], ["pubmed:1"]) == 0.0


def test_two_papers_say_more_than_two_sentences() -> None:
    once = belief([made()])
    assert belief([made(), made(hedged=True)]) == once
    assert belief([made(), made(publication="pubmed:2")]) > once


def test_hedges_contradictions_and_rungs() -> None:
    assert belief([made(hedged=True)]) < belief([made()])
    assert belief([made(), made(publication="pubmed:2", negated=True)]) < belief([made()])
    assert belief([made(extractor="cooccurrence")]) < belief([made()])
    for weak in (Rung.DISCOVERED, Rung.PREDICTED):
        assert belief([made(weak)]) < 0.35 < belief([made()])
    assert belief([made(Rung.CURATED)]) > belief([made()])
    assert set(RUNGS) == set(Rung)


@pytest.mark.parametrize("score", [0.0, 0.25, 1.0])
def test_weight(score: float) -> None:
    assert weight(made(score=score)) == pytest.approx(0.65 * score)
    assert belief([made(score=score)]) == pytest.approx(0.65 * score)


def test_many_papers_do_not_make_certain() -> None:
    many = [made(Rung.CURATED, f"pubmed:{i}") for i in range(1000)]
    assert belief(many) < 1.0
