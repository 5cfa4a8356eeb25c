"""Hypotheses: columns from a small graph whose answers are known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import etiograph
from etiograph.hypotheses import hypotheses
from etiograph.measuring import Question, cheapest
from graph.errors import UsageError
from graph.model import Batch, Category, Entity, Evidence, Predicate, Publication, Rung, Statement
from graph.store import Store
from queries.mechanism import Link, Network

GOOD, BAD, KNOWN, GENE, GENE2, ILL, RASH = (
    "chebi:1", "chebi:2", "chebi:3", "hgnc:1", "hgnc:2", "doid:1", "hp:1",
)  # fmt: skip


def stocked(store: Store) -> None:
    """GOOD lowers GENE, which raises ILL; BAD raises GENE; KNOWN treats ILL; GOOD causes RASH."""
    things = (
        Entity(GOOD, "good", Category.CHEMICAL), Entity(BAD, "bad", Category.CHEMICAL),
        Entity(KNOWN, "known", Category.CHEMICAL), Entity(GENE, "gene", Category.GENE),
        Entity(GENE2, "other", Category.GENE), Entity(ILL, "illness", Category.DISEASE),
        Entity(RASH, "rash", Category.PHENOTYPE),
    )  # fmt: skip
    links = [
        (Statement(GOOD, Predicate.DECREASES, GENE, -1), Rung.CURATED),
        (Statement(BAD, Predicate.INCREASES, GENE, 1), Rung.CURATED),
        (Statement(GENE, Predicate.INCREASES, ILL, 1), Rung.GENETIC),
        (Statement(GENE2, Predicate.DECREASES, ILL, -1), Rung.CURATED),
        (Statement(KNOWN, Predicate.TREATS, ILL, -1), Rung.INTERVENTION),
        (Statement(GOOD, Predicate.CAUSES, RASH, 1), Rung.CURATED),
        (Statement(GOOD, Predicate.AFFECTS, ILL, 0), Rung.PREDICTED),
    ]
    evidences = tuple(
        Evidence(
            s.id, rung, "made", "test",
            publication="" if rung is Rung.PREDICTED else "pubmed:1",
            score=0.8,
            details=(("q_value", "0.03"), ("fdr", "0.1"), ("score", "2.5"))
            if rung is Rung.PREDICTED
            else (),
        )
        for s, rung in links
    )  # fmt: skip
    store.write(
        Batch(things, (Publication("pubmed:1", year=2001),), tuple(s for s, _ in links), evidences)
    )


def test_drugs_for_a_disease_in_separate_columns(embedded_store: Store) -> None:
    stocked(embedded_store)
    ill = embedded_store.entity(ILL)
    found = hypotheses(embedded_store, disease=ill)
    by = {c.id: c for c in found.candidates}
    assert list(by) == [GOOD, BAD]  # KNOWN is known
    good, bad = by[GOOD], by[BAD]
    assert good.prediction is not None
    assert (good.prediction["q_value"], good.prediction["rung"]) == (0.03, "predicted")
    assert bad.prediction is None
    assert good.direction["call"] == "match"
    assert bad.direction["call"] == "opposes"
    assert good.mechanism["chains"][0].startswith("good -[lowers]-> gene -[raises]-> illness")
    assert good.mechanism["lowers"] > 0
    assert [g["through"] for g in good.genetic] == [GENE]
    assert [s["name"] for s in good.safety] == ["rash"]
    assert good.trials == {"for": 0, "against": 0, "publications": []}
    with_known = {c.id: c for c in hypotheses(embedded_store, disease=ill, known=True).candidates}
    assert with_known[KNOWN].known == ["treats"]
    assert with_known[KNOWN].trials == {"for": 1, "against": 0, "publications": ["pubmed:1"]}


def test_targets_have_the_direction_they_must_be_moved_in(embedded_store: Store) -> None:
    stocked(embedded_store)
    found = hypotheses(embedded_store, disease=embedded_store.entity(ILL), targets=True)
    assert {c.id: c.move for c in found.candidates} == {GENE: -1, GENE2: 1}


def test_diseases_for_a_drug(embedded_store: Store) -> None:
    stocked(embedded_store)
    found = hypotheses(embedded_store, drug=embedded_store.entity(GOOD))
    by = {c.id: c for c in found.candidates}
    assert by[ILL].direction["call"] == "match"
    assert by[ILL].kind == "disease"
    assert RASH in by
    with pytest.raises(UsageError, match="a disease or a drug"):
        hypotheses(embedded_store)
    with pytest.raises(UsageError, match="targets are ranked for a disease"):
        hypotheses(embedded_store, drug=embedded_store.entity(GOOD), targets=True)


def test_a_model_adds_its_score_where_the_store_has_none(embedded_store: Store) -> None:
    stocked(embedded_store)
    scores = {(BAD, ILL): 9.0, (GOOD, ILL): 1.0}
    found = hypotheses(
        embedded_store, disease=embedded_store.entity(ILL), scorer=lambda a, b: scores.get((a, b))
    )
    by = {c.id: c for c in found.candidates}
    assert by[BAD].prediction is not None
    assert by[BAD].prediction["score"] == 9.0
    assert by[BAD].prediction["q_value"] is None
    assert by[BAD].prediction["scorer"] == "given"
    assert by[GOOD].prediction is not None
    assert by[GOOD].prediction["score"] == 2.5
    assert by[GOOD].prediction["scorer"] == "test"  # what wrote the evidence
    # 2.5 of one scorer and 9.0 of another have no order: alone with its scorer, each is first and last
    alone = hypotheses(embedded_store, disease=embedded_store.entity(ILL), scorer=lambda a, b: -9.0)
    assert [c.rank for c in alone.candidates] == [c.rank for c in found.candidates]


def test_what_only_a_model_speaks_for_is_a_candidate_and_what_is_hidden_is_counted(
    embedded_store: Store,
) -> None:
    stocked(embedded_store)
    bad, known = embedded_store.entity(BAD), embedded_store.entity(KNOWN)
    alone = hypotheses(embedded_store, drug=bad)
    assert {c.id for c in alone.candidates} == {ILL}
    found = hypotheses(
        embedded_store, drug=bad, scorer=lambda drug, ill: 1.5 if ill == RASH else None
    )
    by = {c.id: c for c in found.candidates}
    assert set(by) == {ILL, RASH}
    assert by[RASH].prediction is not None
    assert by[RASH].prediction["score"] == 1.5
    hidden = hypotheses(embedded_store, drug=known)
    assert not hidden.candidates
    assert any("1 left out" in note for note in hidden.notes)


def test_the_link_that_decides_most_for_least_is_measured_next() -> None:
    network = Network(
        [
            Link("chebi:1", "hgnc:1", -1, 0.9, "s1"), Link("chebi:2", "hgnc:1", 1, 0.9, "s2"),
            Link("hgnc:1", "doid:1", 0, 0.5, "s3"),
        ]
    )  # fmt: skip
    asked = [Question(c, c, c, "doid:1", 1) for c in ("chebi:1", "chebi:2")]
    found = cheapest(network, asked, 3, {})
    assert found is not None
    assert found.statement == "s3"
    assert found.kind == "public"
    assert found.changes == ("chebi:1", "chebi:2")
    assert cheapest(network, [], 3, {}) is None


def grouped(store: Store, groups: int = 3) -> None:
    """Drugs and diseases of three groups that share genes; the last disease has no drug."""
    drugs, genes, ills = ([f"{p}:{i}" for i in range(10, 10 + n)] for p, n in
                          (("chebi", 15), ("hgnc", 15), ("doid", 18)))  # fmt: skip
    made = [
        *((d, Predicate.TREATS, i, -1) for d in drugs for i in ills[:-1]),
        *((d, Predicate.DECREASES, g, -1) for d in drugs for g in genes),
        *((g, Predicate.INCREASES, i, 1) for g in genes for i in ills),
    ]
    number = {e: int(e.split(":")[1]) for e in (*drugs, *genes, *ills)}
    links = [
        Statement(a, predicate, b, sign)
        for a, predicate, b, sign in made
        if number[a] % groups == number[b] % groups and (number[a] * 7 + number[b]) % 5
    ]
    things = [
        Entity(e, f"{kind.value} {e}", kind)
        for ids, kind in (
            (drugs, Category.CHEMICAL), (genes, Category.GENE), (ills, Category.DISEASE),
        )
        for e in ids
    ]  # fmt: skip
    evidences = [Evidence(s.id, Rung.CURATED, "made", "test", score=0.8) for s in links]
    store.write(Batch(tuple(things), (), tuple(links), tuple(evidences)))


@pytest.mark.slow
def test_a_disease_without_drugs_is_scored_by_what_others_are_like(tmp_path: Path, run) -> None:  # type: ignore[no-untyped-def]
    with etiograph.open(tmp_path / "kg") as kg:
        grouped(kg.store)
    asked = ("hypotheses", "--disease", "doid:27", "--store", str(tmp_path / "kg"), "--known")
    code, out, err = run(*asked, "--json")
    assert code == 0, err
    assert any("cold-start" in note for note in json.loads(out)["notes"])
    code, out, err = run(*asked, "--json", "--scorer", "cold-start")
    assert code == 0, err
    found = json.loads(out)
    assert not any("cold-start" in note for note in found["notes"])
    seen = {c["id"]: c["prediction"] for c in found["candidates"]}
    assert len(seen) == 15
    assert {p["scorer"] for p in seen.values()} == {"cold-start"}
    first = sorted(seen, key=lambda i: -seen[i]["score"])[:5]
    assert {int(i.split(":")[1]) % 3 for i in first} == {0}  # its own group's, as 27 is
    assert any(seen[i]["account"] for i in first)
    code, out, _ = run(*asked, "--scorer", "cold-start")
    assert "cold-start" in out
    assert "score rests on" in out
    code, _, err = run(*asked, "--scorer", "degree")
    assert code == 2
    assert "no scorer 'degree'" in err
    code, _, err = run(*asked, "--scorer", "cold-start", "--model", str(tmp_path))
    assert code == 2
    assert "Leave one of them out" in err


def test_the_command_prints_columns_and_json(tmp_path: Path, run) -> None:  # type: ignore[no-untyped-def]
    with etiograph.open(tmp_path / "kg") as kg:
        stocked(kg.store)
    code, out, _ = run(
        "hypotheses", "--disease", "illness", "--store", str(tmp_path / "kg"), "--json"
    )
    assert code == 0
    found = json.loads(out)
    assert [c["name"] for c in found["candidates"]] == ["good", "bad"]
    assert found["measure_next"]["how"]
    code, out, _ = run("hypotheses", "--drug", "good", "--store", str(tmp_path / "kg"))
    assert code == 0
    assert "illness" in out
    assert "Measure next" in out
    code, _, err = run("hypotheses", "--store", str(tmp_path / "kg"))
    assert code == 2
    assert "give a disease or a drug" in err
