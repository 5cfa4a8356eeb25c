"""Every query of the library on a small graph made by hand, on every store, with the rows it must
return. A query without a case here fails."""

from __future__ import annotations

from typing import Any

from graph.model import Batch, Statement, Status
from graph.store import Decision, Store
from queries.cypher import library
from tests.queries.smoky import (
    BATCH,
    CANCER,
    CANCER_HOSPITAL,
    COFFEE,
    COFFEE_CANCER,
    COFFEE_LESS_INFLAMMATION,
    COFFEE_MORE_INFLAMMATION,
    COFFEE_PREVENTS,
    CONFLICT,
    ENTITIES,
    EVIDENCE,
    HOSPITAL,
    INFLAMMATION,
    INFLAMMATION_CANCER,
    PROPOSAL,
    SMOKING,
    SMOKING_CANCER,
    SMOKING_COFFEE,
    SMOKING_HOSPITAL,
    SMOKING_INFLAMMATION,
    STATEMENTS,
    TP53,
    TP53_CANCER,
    TP53_CAUSES,
    TP53_SMOKING,
    P,
    b,
    ids,
    rows,
    said,
)

ALL = [s.value for s in Status]


class TestRows:
    """One ``test_<name>`` for each query of the library."""

    def test_neighbourhood(self, smoky: Store) -> None:
        got = rows(
            smoky, "neighbourhood", "direction", "predicate", "neighbour", "sign", entity=CANCER
        )
        assert got == [
            ("both", "associated_with", TP53, 0),
            ("in", "causes", SMOKING, 1),
            ("in", "causes", INFLAMMATION, 1),
            ("in", "prevents", COFFEE, -1),
            ("out", "causes", HOSPITAL, 1),
            ("in", "causes", TP53, 1),
            ("in", "causes", COFFEE, 1),
        ]
        beliefs = rows(smoky, "neighbourhood", "belief", entity=CANCER)
        assert beliefs[:2] == [b(smoky, TP53_CANCER), b(smoky, SMOKING_CANCER)]
        assert beliefs[-1] == 0
        one = rows(
            smoky, "neighbourhood", "name", "category", "supporting", "contradicting", "statement",
            entity=CANCER, predicates=["prevents"],
        )  # fmt: skip
        assert one == [("coffee", "ChemicalEntity", 1, 1, COFFEE_PREVENTS.id)]
        assert rows(smoky, "neighbourhood", "neighbour", entity=TP53, statuses=["proposed"]) == [
            CANCER
        ]
        assert len(rows(smoky, "neighbourhood", "neighbour", entity=CANCER, min_belief=0.7)) == 1
        assert rows(smoky, "neighbourhood", "neighbour", entity="mesh:D000000") == []

    def test_paths(self, smoky: Store) -> None:
        got = rows(
            smoky, "paths", "hops", "sign", "path", "predicates", "statements", "strength",
            source=SMOKING, target=CANCER,
        )  # fmt: skip
        assert got[0] == (
            1, 1, ["smoking", "lung cancer"], ["causes"], ids(SMOKING_CANCER), b(smoky, SMOKING_CANCER),
        )  # fmt: skip
        assert [g[:3] for g in got] == [
            (1, 1, ["smoking", "lung cancer"]),
            (2, 1, ["smoking", "inflammation", "lung cancer"]),
            (2, -1, ["smoking", "coffee", "lung cancer"]),
            (3, -1, ["smoking", "coffee", "inflammation", "lung cancer"]),
            (3, 1, ["smoking", "coffee", "inflammation", "lung cancer"]),
        ]
        assert got[3][4] == ids(SMOKING_COFFEE, COFFEE_LESS_INFLAMMATION, INFLAMMATION_CANCER)
        assert got[3][5] == b(smoky, SMOKING_COFFEE, COFFEE_LESS_INFLAMMATION, INFLAMMATION_CANCER)
        four = rows(smoky, "paths", "hops", "entities", source=TP53, target=CANCER, max_hops=4)
        assert four[-1] == (4, [TP53, SMOKING, COFFEE, INFLAMMATION, CANCER])
        assert min(hops for hops, _ in four) == 2  # the direct one is only proposed
        assert rows(smoky, "paths", "hops", source=SMOKING, target=CANCER, max_hops=1) == [1]
        assert rows(smoky, "paths", "hops", source=CANCER, target=SMOKING) == []
        proposed = rows(
            smoky, "paths", "statements", source=TP53, target=CANCER, statuses=ALL, max_hops=1
        )
        assert proposed == [ids(TP53_CAUSES)]

    def test_shortest_paths(self, smoky: Store) -> None:
        got = rows(
            smoky,
            "shortest_paths",
            "hops",
            "entities",
            "steps",
            "statuses",
            source=HOSPITAL,
            target=COFFEE,
        )
        assert {hops for hops, *_ in got} == {2}
        assert (
            2, [HOSPITAL, SMOKING, COFFEE], ["<-causes-", "-increases->"], ["asserted", "asserted"],
        ) in got  # fmt: skip
        assert len(got) == 3  # through smoking once, through cancer over both statements on coffee
        assert rows(smoky, "shortest_paths", "hops", source=COFFEE, target=COFFEE) == []
        statements = rows(smoky, "shortest_paths", "statements", source=TP53, target=CANCER)
        assert sorted(statements) == sorted([ids(TP53_CANCER), ids(TP53_CAUSES)])
        steps = rows(smoky, "shortest_paths", "steps", source=CANCER, target=TP53)
        assert sorted(steps) == [["-associated_with-"], ["<-causes-"]]

    def test_evidence(self, smoky: Store) -> None:
        got = rows(
            smoky, "evidence", "supports", "publication", "year", "retracted", "hedged", "score", "rung",
            statement=SMOKING_CANCER.id,
        )  # fmt: skip
        assert got == [
            (True, "pubmed:2", 2002, False, True, 1.0, "assertion"),
            (True, "pubmed:1", 2001, False, False, 0.9, "assertion"),
            (True, "pubmed:4", 2004, True, False, 1.0, "assertion"),
        ]
        against = rows(smoky, "evidence", "supports", "text", statement=COFFEE_PREVENTS.id)
        assert against == [
            (True, "sentence about prevents in paper 5"),
            (False, "sentence about prevents in paper 3"),
        ]
        database = rows(
            smoky,
            "evidence",
            "publication",
            "title",
            "source",
            "extractor",
            statement=TP53_CANCER.id,
        )
        assert database == [(None, None, "a database", "import")]

    def test_evidence_between(self, smoky: Store) -> None:
        columns = ("statement", "predicate", "subject", "object", "publication", "supports")
        got = rows(smoky, "evidence_between", *columns, source=CANCER, target=COFFEE)
        assert got == [
            (COFFEE_PREVENTS.id, "prevents", COFFEE, CANCER, "pubmed:5", True),
            (COFFEE_PREVENTS.id, "prevents", COFFEE, CANCER, "pubmed:3", False),
            (COFFEE_CANCER.id, "causes", COFFEE, CANCER, "pubmed:4", True),
        ]
        directed = {"directed": True}
        assert (
            rows(smoky, "evidence_between", *columns, source=CANCER, target=COFFEE, **directed)
            == []
        )
        assert (
            rows(smoky, "evidence_between", *columns, source=COFFEE, target=CANCER, **directed)
            == got
        )
        both_ways = rows(
            smoky, "evidence_between", "predicate", source=CANCER, target=TP53, directed=True
        )
        assert both_ways == ["associated_with"]

    def test_common_causes(self, smoky: Store) -> None:
        columns = ("entity", "hops", "sign", "strength", "statements", "also_effect")
        direct = (
            SMOKING, 2, 1, b(smoky, SMOKING_COFFEE, SMOKING_CANCER),
            ids(SMOKING_COFFEE, SMOKING_CANCER), False,
        )  # fmt: skip
        got = rows(smoky, "common_causes", *columns, source=COFFEE, target=CANCER)
        assert got == [direct]
        far = rows(
            smoky, "common_causes", *columns, source=COFFEE, target=CANCER, max_hops=3, statuses=ALL
        )
        assert far == [
            direct,
            (
                TP53, 3, 1, b(smoky, TP53_SMOKING, SMOKING_COFFEE, TP53_CAUSES),
                ids(TP53_SMOKING, SMOKING_COFFEE, TP53_CAUSES), False,
            ),
        ]  # fmt: skip
        other = rows(
            smoky, "common_causes", "entity", "to_source", "to_target",
            source=CANCER, target=COFFEE, max_hops=3, statuses=ALL,
        )  # fmt: skip
        assert other == [
            (SMOKING, ["smoking", "lung cancer"], ["smoking", "coffee"]),
            (TP53, ["TP53", "lung cancer"], ["TP53", "smoking", "coffee"]),
        ]

    def test_common_causes_that_are_acted_on(self, smoky: Store) -> None:
        """Coffee acts on inflammation and cancer; if inflammation acts back, that is said."""
        back = Statement(INFLAMMATION, P.AFFECTS, COFFEE)
        smoky.write(Batch(statements=(back,), evidences=(said(back, 6),)))
        try:
            got = dict(
                rows(
                    smoky,
                    "common_causes",
                    "entity",
                    "also_effect",
                    source=INFLAMMATION,
                    target=CANCER,
                )
            )
        finally:
            smoky.remove_publication_evidence(
                ["pubmed:6"], keep=[e.id for e in EVIDENCE if e.publication == "pubmed:6"]
            )
        assert got == {SMOKING: False, COFFEE: True}

    def test_common_effects(self, smoky: Store) -> None:
        got = rows(
            smoky, "common_effects", "entity", "sign", "strength", "source_predicate", "target_predicate",
            "statements", source=SMOKING, target=CANCER,
        )  # fmt: skip
        assert got == [
            (
                HOSPITAL, 1, b(smoky, SMOKING_HOSPITAL, CANCER_HOSPITAL), "causes", "causes",
                ids(SMOKING_HOSPITAL, CANCER_HOSPITAL),
            )
        ]  # fmt: skip
        strongest = rows(smoky, "common_effects", "entity", "sign", source=SMOKING, target=COFFEE)
        assert strongest == [(INFLAMMATION, -1), (CANCER, -1)]
        assert rows(smoky, "common_effects", "entity", source=SMOKING, target=SMOKING) == []

    def test_mediators(self, smoky: Store) -> None:
        got = rows(
            smoky, "mediators", "entity", "first", "second", "sign", "direct_sign", "agrees", "statements",
            source=SMOKING, target=CANCER,
        )  # fmt: skip
        assert got == [
            (
                INFLAMMATION,
                "increases",
                "causes",
                1,
                1,
                True,
                ids(SMOKING_INFLAMMATION, INFLAMMATION_CANCER),
            ),
            (COFFEE, "increases", "prevents", -1, 1, False, ids(SMOKING_COFFEE, COFFEE_PREVENTS)),
        ]
        both = rows(
            smoky,
            "mediators",
            "entity",
            "sign",
            "direct_sign",
            "agrees",
            source=COFFEE,
            target=CANCER,
        )
        assert both == [(INFLAMMATION, -1, -1, True), (INFLAMMATION, 1, -1, False)]
        none = rows(smoky, "mediators", "name", "direct_sign", "agrees", source=TP53, target=COFFEE)
        assert none == [("smoking", None, None)]

    def test_conflicts(self, smoky: Store) -> None:
        columns = ("subject_name", "object_name", "statement", "supporting", "evidence", "dataset")
        assert rows(smoky, "conflicts", *columns) == []
        smoky.write(Batch(evidences=(CONFLICT,)))
        try:
            wanted = ("coffee", "lung cancer", COFFEE_CANCER.id, 1, CONFLICT.id, "ds-1")
            assert rows(smoky, "conflicts", *columns) == [wanted]
            assert rows(smoky, "conflicts", "algorithm", entity=COFFEE) == ["pc"]
            (details,) = rows(smoky, "conflicts", "details")
            assert "claimed edge not in the data" in details
            # what a paper denies is no conflict with data
            assert rows(smoky, "conflicts", "evidence", entity=INFLAMMATION) == []
            assert rows(smoky, "conflicts", "evidence", statuses=["curated"]) == []
        finally:
            smoky.remove_publication_evidence(["pubmed:6"], extractor="pc")

    def test_contradictions(self, smoky: Store) -> None:
        columns = ("kind", "statement", "against", "supporting", "contradicting")
        got = rows(smoky, "contradictions", *columns)
        assert sorted(got) == sorted(
            [
                ("opposite signs", COFFEE_MORE_INFLAMMATION.id, COFFEE_LESS_INFLAMMATION.id, 1, 1),
                ("for and against", COFFEE_PREVENTS.id, COFFEE_PREVENTS.id, 1, 1),
            ]
        )
        assert rows(smoky, "contradictions", "kind", entity=INFLAMMATION) == ["opposite signs"]
        assert rows(smoky, "contradictions", "kind", entity=SMOKING) == []
        # what rests on a retracted paper alone is believed 0 and contradicts only if asked for
        names = rows(
            smoky, "contradictions", "subject_name", "object_name", "predicate", "against_predicate",
            entity=CANCER, min_belief=0,
        )  # fmt: skip
        assert names == [
            ("coffee", "lung cancer", "prevents", "prevents"),
            ("coffee", "lung cancer", "causes", "prevents"),
        ]

    def test_upstream(self, smoky: Store) -> None:
        got = rows(smoky, "upstream", "entity", "hops", "sign", "path", "statements", entity=CANCER)
        assert got[:3] == [
            (SMOKING, 1, 1, ["smoking", "lung cancer"], ids(SMOKING_CANCER)),
            (INFLAMMATION, 1, 1, ["inflammation", "lung cancer"], ids(INFLAMMATION_CANCER)),
            (COFFEE, 1, -1, ["coffee", "lung cancer"], ids(COFFEE_PREVENTS)),
        ]
        assert got[3:] == [
            (TP53, 2, 1, ["TP53", "smoking", "lung cancer"], ids(TP53_SMOKING, SMOKING_CANCER))
        ]
        strength = rows(smoky, "upstream", "strength", entity=CANCER)
        assert strength[3] == b(smoky, TP53_SMOKING, SMOKING_CANCER)
        assert len(rows(smoky, "upstream", "entity", entity=CANCER, max_hops=1)) == 3
        assert rows(smoky, "upstream", "entity", entity=CANCER, width=1, max_hops=1) == [SMOKING]
        three = rows(smoky, "upstream", "entity", "hops", entity=HOSPITAL, max_hops=3)
        assert dict(three) == {SMOKING: 1, CANCER: 1, TP53: 2, INFLAMMATION: 2, COFFEE: 2}

    def test_downstream(self, smoky: Store) -> None:
        got = rows(smoky, "downstream", "entity", "hops", "path", entity=TP53, max_hops=3)
        assert [g[:2] for g in got[:1]] == [(SMOKING, 1)]
        assert {g[:2] for g in got} == {
            (SMOKING, 1), (CANCER, 2), (INFLAMMATION, 2), (COFFEE, 2), (HOSPITAL, 2),
        }  # fmt: skip
        assert (CANCER, 2, ["TP53", "smoking", "lung cancer"]) in got
        assert rows(smoky, "downstream", "entity", entity=HOSPITAL) == []
        assert rows(smoky, "downstream", "name", "sign", "category", entity=CANCER) == [
            ("hospital stay", 1, "Procedure")
        ]

    def test_retraction_impact(self, smoky: Store) -> None:
        columns = ("statement", "wholly", "lost", "remaining", "publications")
        whole = (COFFEE_CANCER.id, True, 1, 0, ["pubmed:4"])
        assert rows(smoky, "retraction_impact", *columns) == [
            whole,
            (SMOKING_CANCER.id, False, 1, 2, ["pubmed:4"]),
        ]
        assert rows(smoky, "retraction_impact", *columns, wholly=True) == [whole]
        named = rows(smoky, "retraction_impact", *columns, publications=["pubmed:1", "pubmed:2"])
        assert named == [
            (SMOKING_CANCER.id, True, 2, 0, ["pubmed:1", "pubmed:2"]),
            *sorted(
                [
                    (SMOKING_INFLAMMATION.id, True, 1, 0, ["pubmed:1"]),
                    (SMOKING_COFFEE.id, True, 1, 0, ["pubmed:2"]),
                ]
            ),
        ]
        belief = rows(smoky, "retraction_impact", "belief", wholly=True)
        assert belief == [0.0]

    def test_hubs(self, smoky: Store) -> None:
        got = rows(smoky, "hubs", "entity", "statements", "as_subject", "as_object")
        degree = {e.id: [0, 0] for e in ENTITIES}
        for s in STATEMENTS:
            degree[s.subject][0] += 1
            degree[s.object][1] += 1
        expected = [(e, sum(d), *d) for e, d in degree.items()]
        assert got == sorted(expected, key=lambda row: (-row[1], row[0]))
        assert rows(smoky, "hubs", "name", "category", category="Gene") == [("TP53", "Gene")]

    def test_statistics(self, smoky: Store) -> None:
        got = {
            (what, which): n for what, which, n in rows(smoky, "statistics", "what", "which", "n")
        }
        assert got["entities", "Gene"] == 1
        assert got["statements by predicate", "causes"] == 6
        assert got["statements by status", "proposed"] == 1
        assert got["evidence by rung", "assertion"] == 13
        assert got["evidence by direction", "contradicts"] == 1
        assert got["publications", "retracted"] == 1
        assert got["publications", "in force"] == 5

    def test_statements(self, smoky: Store) -> None:
        def found(**params: Any) -> list[str]:
            return rows(smoky, "statements", "statement", **params)

        assert sorted(found()) == sorted(s.id for s in STATEMENTS)
        assert sorted(found(signs=[-1])) == sorted(ids(COFFEE_PREVENTS, COFFEE_LESS_INFLAMMATION))
        assert found(statuses=["proposed"]) == ids(TP53_CAUSES)
        assert found(rungs=["discovered"]) == ids(TP53_CAUSES)
        assert found(predicates=["associated_with", "binds"]) == ids(TP53_CANCER)
        assert found(max_belief=0) == ids(COFFEE_CANCER)
        assert len(found(min_belief=0.9)) == 2
        assert found(limit=1) == found()[:1]
        one = rows(
            smoky, "statements", "subject_name", "object_name", "supporting", "contradicting",
            predicates=["prevents"],
        )  # fmt: skip
        assert one == [("coffee", "lung cancer", 1, 1)]

    def test_proposals(self, smoky: Store) -> None:
        got = rows(
            smoky,
            "proposals",
            "statement",
            "score",
            "rungs",
            "extractors",
            "sources",
            "evidence",
            "literature",
        )
        assert got == [
            (
                TP53_CAUSES.id, 0.9, ["discovered"], ["causal-learn/pc"], ["table.csv"], [PROPOSAL.id],
                ["associated_with"],
            )
        ]  # fmt: skip
        assert rows(smoky, "proposals", "statement", min_score=0.95) == []
        assert rows(smoky, "proposals", "statement", rungs=["predicted"]) == []
        assert rows(smoky, "proposals", "statement", extractors=["causal-learn/ges"]) == []

    def test_recent_publications(self, smoky: Store) -> None:
        got = rows(smoky, "recent_publications", "publication", "year", "statements")
        assert got == [
            ("pubmed:6", 2006, 2), ("pubmed:5", 2005, 2), ("pubmed:4", 2004, 2),
            ("pubmed:3", 2003, 3), ("pubmed:2", 2002, 2), ("pubmed:1", 2001, 2),
        ]  # fmt: skip
        assert rows(smoky, "recent_publications", "publication", since=2006) == ["pubmed:6"]
        retracted = rows(smoky, "recent_publications", "publication", "retracted", retracted=True)
        assert retracted == [("pubmed:4", True)]

    def test_publication(self, smoky: Store) -> None:
        got = rows(
            smoky,
            "publication",
            "statement",
            "supports",
            "text",
            "retracted",
            publication="pubmed:3",
        )
        assert got == [
            (INFLAMMATION_CANCER.id, True, "sentence about causes in paper 3", False),
            (COFFEE_LESS_INFLAMMATION.id, True, "sentence about decreases in paper 3", False),
            (COFFEE_PREVENTS.id, False, "sentence about prevents in paper 3", False),
        ]

    def test_entities(self, smoky: Store) -> None:
        columns = ("entity", "match", "statements")
        assert rows(smoky, "entities", *columns, text="SMOKING") == [(SMOKING, "exact", 5)]
        assert rows(smoky, "entities", *columns, text="p53") == [(TP53, "exact", 3)]
        assert rows(smoky, "entities", *columns, text="lung neo") == [(CANCER, "part", 7)]
        assert rows(smoky, "entities", "name", "synonyms", text=CANCER) == [
            ("lung cancer", ["lung neoplasms"])
        ]
        parts = rows(smoky, "entities", "entity", text="ing")
        assert parts == [SMOKING]
        assert rows(smoky, "entities", "entity", text="smoking", category="Gene") == []

    def test_datasets(self, smoky: Store) -> None:
        columns = ("dataset", "name", "rows", "column", "entity", "entity_name", "unit")
        assert rows(smoky, "datasets", *columns) == [
            ("ds-1", "survey", 100, "cigarettes", SMOKING, "smoking", "1/day"),
            ("ds-1", "survey", 100, "age", "", None, ""),
        ]
        assert rows(smoky, "datasets", "column", "license", entity=SMOKING) == [
            ("cigarettes", "CC0-1.0")
        ]
        assert rows(smoky, "datasets", "column", entity=TP53) == []

    def test_decisions(self, store: Store) -> None:
        store.write(BATCH)
        store.decide(
            Decision(TP53_CAUSES.id, "accept", "me", "looks right", "2026-01-02T03:04:05Z")
        )
        store.decide(Decision(TP53_CAUSES.id, "reject", "you", "no", "2026-01-03T03:04:05Z"))
        got = rows(
            store,
            "decisions",
            "at",
            "who",
            "action",
            "subject_name",
            "object_name",
            "status",
            "why",
        )
        assert got == [
            ("2026-01-03T03:04:05Z", "you", "reject", "TP53", "lung cancer", "refuted", "no"),
            (
                "2026-01-02T03:04:05Z",
                "me",
                "accept",
                "TP53",
                "lung cancer",
                "refuted",
                "looks right",
            ),
        ]


def test_every_query_has_a_test() -> None:
    tested = {name.removeprefix("test_") for name in vars(TestRows) if name.startswith("test_")}
    assert set(library()) <= tested
