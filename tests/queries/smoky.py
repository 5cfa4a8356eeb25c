"""A small graph made by hand, on which the queries of the library are tried."""

from __future__ import annotations

from typing import Any

import pytest

from graph.dataset import DatasetRecord, Variable
from graph.model import (
    Batch,
    Category,
    Entity,
    Evidence,
    Predicate,
    Publication,
    Rung,
    Statement,
)
from graph.store import Store
from queries.cypher import library, run

SMOKING, COFFEE, INFLAMMATION, CANCER, TP53, HOSPITAL = (
    "mesh:D012907", "mesh:D003069", "mesh:D007249", "mesh:D008175", "hgnc:11998", "mesh:D006760",
)  # fmt: skip
ENTITIES = (
    Entity(SMOKING, "smoking", Category.BEHAVIOR, ("tobacco smoking",)),
    Entity(COFFEE, "coffee", Category.CHEMICAL),
    Entity(INFLAMMATION, "inflammation", Category.PHENOTYPE),
    Entity(CANCER, "lung cancer", Category.DISEASE, ("lung neoplasms",)),
    Entity(TP53, "TP53", Category.GENE, ("p53",)),
    Entity(HOSPITAL, "hospital stay", Category.PROCEDURE),
)
PAPERS = tuple(
    Publication(f"pubmed:{n}", f"paper {n}", 2000 + n, "J Test", retracted=n == 4)
    for n in range(1, 7)
)

P = Predicate
SMOKING_CANCER = Statement(SMOKING, P.CAUSES, CANCER, 1)
SMOKING_INFLAMMATION = Statement(SMOKING, P.INCREASES, INFLAMMATION, 1)
INFLAMMATION_CANCER = Statement(INFLAMMATION, P.CAUSES, CANCER, 1)
SMOKING_COFFEE = Statement(SMOKING, P.INCREASES, COFFEE, 1)
COFFEE_CANCER = Statement(COFFEE, P.CAUSES, CANCER, 1)
COFFEE_LESS_INFLAMMATION = Statement(COFFEE, P.DECREASES, INFLAMMATION, -1)
COFFEE_MORE_INFLAMMATION = Statement(COFFEE, P.INCREASES, INFLAMMATION, 1)
COFFEE_PREVENTS = Statement(COFFEE, P.PREVENTS, CANCER, -1)
SMOKING_HOSPITAL = Statement(SMOKING, P.CAUSES, HOSPITAL, 1)
CANCER_HOSPITAL = Statement(CANCER, P.CAUSES, HOSPITAL, 1)
TP53_CANCER = Statement(TP53, P.ASSOCIATED_WITH, CANCER)
TP53_SMOKING = Statement(TP53, P.INCREASES, SMOKING, 1)
TP53_CAUSES = Statement(TP53, P.CAUSES, CANCER, 1)
STATEMENTS = (
    SMOKING_CANCER, SMOKING_INFLAMMATION, INFLAMMATION_CANCER, SMOKING_COFFEE, COFFEE_CANCER,
    COFFEE_LESS_INFLAMMATION, COFFEE_MORE_INFLAMMATION, COFFEE_PREVENTS, SMOKING_HOSPITAL,
    CANCER_HOSPITAL, TP53_CANCER, TP53_SMOKING, TP53_CAUSES,
)  # fmt: skip


def said(statement: Statement, paper: int, *, start: int = 0, **more: Any) -> Evidence:
    """A sentence of a paper."""
    more = {"rung": Rung.ASSERTION, "extractor": "patterns", "source": "hand"} | more
    text = f"sentence about {statement.predicate} in paper {paper}"
    return Evidence(
        statement.id, publication=f"pubmed:{paper}", section="abstract", text=text,
        start=start, end=start + len(text), **more,
    )  # fmt: skip


PROPOSAL = Evidence(TP53_CAUSES.id, Rung.DISCOVERED, "table.csv", "causal-learn/pc", score=0.9)
CONFLICT = Evidence(
    COFFEE_CANCER.id, Rung.DISCOVERED, "ds-1", "pc", publication="pubmed:6", negated=True, score=0.0,
    details=(("conflict", "claimed edge not in the data"), ("statistic", "0.3")),
)  # fmt: skip
EVIDENCE = (
    said(SMOKING_CANCER, 1, score=0.9), said(SMOKING_CANCER, 2, hedged=True), said(SMOKING_CANCER, 4),
    said(SMOKING_INFLAMMATION, 1, start=100), said(INFLAMMATION_CANCER, 3), said(SMOKING_COFFEE, 2, start=100),
    said(COFFEE_CANCER, 4, start=100), said(COFFEE_LESS_INFLAMMATION, 3, start=100),
    said(COFFEE_MORE_INFLAMMATION, 5, score=0.5), said(COFFEE_PREVENTS, 5, start=100),
    said(COFFEE_PREVENTS, 3, start=200, negated=True, score=0.5),
    said(SMOKING_HOSPITAL, 6), said(CANCER_HOSPITAL, 6, start=100, score=0.5),
    Evidence(TP53_CANCER.id, Rung.CURATED, "a database", "import"),
    Evidence(TP53_SMOKING.id, Rung.CURATED, "a database", "import"),
    PROPOSAL,
)  # fmt: skip
BATCH = Batch(ENTITIES, PAPERS, STATEMENTS, EVIDENCE)
DATASET = DatasetRecord(
    "ds-1", "survey", "survey.csv", "0" * 64, 100,
    (Variable("cigarettes", SMOKING, "1/day", "how many"), Variable("age")), "made up", "CC0-1.0",
)  # fmt: skip


def b(store: Store, *statements: Statement) -> Any:
    """The product of what is believed, as a comparison that forgives rounding."""
    product = 1.0
    for statement in statements:
        found = store.statement(statement.id)
        assert found is not None
        product *= found.belief
    return pytest.approx(product)


def ids(*statements: Statement) -> list[str]:
    """Statement ids."""
    return [s.id for s in statements]


def rows(store: Store, name: str, *columns: str, **params: Any) -> list[Any]:
    """Run a query and return the columns asked for, after checking all against the header."""
    result = run(store, name, **params)
    query = library()[name]
    assert result.columns == tuple(c.name for c in query.columns)
    assert all(tuple(row) == result.columns for row in result.rows)
    if len(columns) == 1:
        return [row[columns[0]] for row in result.rows]
    return [tuple(row[c] for c in columns) for row in result.rows]
