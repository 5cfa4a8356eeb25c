"""Errata, expressions of concern and partial retractions reach the papers they concern, and ``diff``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from graph.store import Store
from graph.stores.merging import merge_publication
from graph.stores.rows import publication_from, publication_row
from ingest.job import run
from ingest.jobs.changes import Changes, changes
from ingest.ledger import Ledger
from ingest.pipeline import Pipeline
from ingest.sources.corrections import related_of

Light = Callable[..., Pipeline]
Make = Callable[..., str]
Write = Callable[..., Path]


@pytest.fixture
def store(embedded_store: Store) -> Store:
    """A store for each test: they are all about the same papers."""
    return embedded_store


def links(*found: tuple[str, int]) -> str:
    items = "".join(
        f'<CommentsCorrections RefType="{kind}"><RefSource>x</RefSource><PMID>{pmid}</PMID>'
        "</CommentsCorrections>"
        for kind, pmid in found
    )
    return f"<CommentsCorrectionsList>{items}</CommentsCorrectionsList>"


def told(store: Store, ledger: Path, run: int | None = None) -> Changes:
    with Ledger(ledger, store.store_id) as opened:
        return changes(opened, store, run=run)


def notices(store: Store, pmid: int) -> tuple[str, ...]:
    found = store.publication(f"pubmed:{pmid}")
    assert found is not None
    assert not found.retracted
    return found.notices


def test_a_paper_says_which_notices_concern_it(
    store: Store, ledger: Path, write: Write, article_set: Make, citation: Make, light: Light
) -> None:
    mentioned = links(("ErratumIn", 20), ("ExpressionOfConcernIn", 21), ("CommentIn", 22))
    first = write("a.xml", article_set(citation(10, corrections=mentioned), citation(11)))
    one = run(store, [first], ledger=ledger, pipeline=light())
    assert notices(store, 10) == ("erratum pubmed:20", "expression of concern pubmed:21")
    assert notices(store, 11) == ()
    # known from the start, so nothing happened to what was in the graph
    found = told(store, ledger, one.run)
    assert (found.causes, found.concerned) == ((), ())


def test_an_update_brings_a_notice(
    store: Store, ledger: Path, write: Write, article_set: Make, citation: Make, light: Light
) -> None:
    run(
        store, [write("a.xml", article_set(citation(10), citation(11, abstract="Aspirin may cause fever.")))],
        ledger=ledger, pipeline=light(),
    )  # fmt: skip
    before = {s.id: s.belief for s in store.statements()}
    notice = citation(
        20, title="Erratum.", abstract="", types=("Published Erratum",),
        corrections=links(("ErratumFor", 10)),
    )  # fmt: skip
    concern = citation(11, abstract="Aspirin may cause fever.", corrections=links(("ExpressionOfConcernIn", 30)))  # fmt: skip
    two = run(
        store, [write("b.xml", article_set(notice, concern))], ledger=ledger, pipeline=light()
    )
    assert notices(store, 10) == ("erratum pubmed:20",)
    assert notices(store, 11) == ("expression of concern pubmed:30",)
    assert {s.id: s.belief for s in store.statements()} == before  # it does not count less

    found = told(store, ledger)  # the last run that changed anything is this one
    assert found.runs == (two.run,)
    assert ("erratum", "pubmed:10", "pubmed:20") in {c[1:] for c in found.causes}
    assert ("expression of concern", "pubmed:11", "pubmed:30") in {c[1:] for c in found.causes}
    assert {(id, found.sentence(s)) for id, s in found.concerned} == {
        ("pubmed:10", "lithium causes polyuria (+)"), ("pubmed:11", "aspirin causes fever (+)"),
    }  # fmt: skip
    assert {row["publication"] for row in found.to_json()["concerned"]} == {
        "pubmed:10", "pubmed:11",
    }  # fmt: skip
    from etiograph.cli.diff import _changes

    text = "\n".join(_changes(found))
    assert "erratum of pubmed:10 by pubmed:20" in text
    assert "pubmed:10: lithium causes polyuria (+): asserted" in text

    # the same notice again is no news
    three = run(
        store, [write("c.xml", article_set(notice, concern, citation(12)))],
        ledger=ledger, pipeline=light(),
    )  # fmt: skip
    assert told(store, ledger, three.run).concerned == ()


@pytest.mark.parametrize("together", [True, False])
def test_a_notice_may_come_before_the_paper(
    store: Store, ledger: Path, write: Write, article_set: Make, citation: Make, light: Light,
    together: bool,
) -> None:  # fmt: skip
    early = citation(
        20, title="Correction.", abstract="", corrections=links(("PartialRetractionOf", 10))
    )
    files = [(early, citation(10))] if together else [(early,), (citation(10),)]
    for number, records in enumerate(files):
        path = write(f"{number}.xml", article_set(*records))
        run(store, [path], ledger=ledger, pipeline=light())
    assert notices(store, 10) == ("partial retraction pubmed:20",)
    assert store.publication("pubmed:10").title == "A title."  # type: ignore[union-attr]
    # and it survives that the paper is read again
    newer = write("z.xml", article_set(citation(10, title="Another title.")))
    run(store, [newer], ledger=ledger, pipeline=light())
    assert notices(store, 10) == ("partial retraction pubmed:20",)


def test_the_same_graph_whatever_the_order(
    store: Store, embedded_store_again: Store, tmp_path: Path, write: Write, article_set: Make,
    citation: Make, light: Light,
) -> None:  # fmt: skip
    a = write("a.xml", article_set(citation(10)))
    b = write("b.xml", article_set(citation(20, corrections=links(("ErratumFor", 10)))))
    run(store, [a, b], ledger=tmp_path / "one", pipeline=light())
    run(embedded_store_again, [b, a], ledger=tmp_path / "two", pipeline=light())
    assert list(store.publications()) == list(embedded_store_again.publications())


def test_kinds_and_merging() -> None:
    found = related_of([("ErratumIn", ""), ("UpdateIn", "pubmed:4"), ("Cites", "pubmed:5")], ())
    assert found.notices == ("erratum",)
    old = publication_from({"id": "pubmed:1", "notices": ["erratum"]})
    new = publication_from({"id": "pubmed:1", "notices": ["erratum pubmed:2"]})
    merged = merge_publication(old, new)
    assert merged.notices == ("erratum pubmed:2",)
    assert merge_publication(merged, old).notices == ("erratum pubmed:2",)
    assert publication_from(publication_row(merged)) == merged
    assert publication_from({"id": "pubmed:1"}).notices == ()  # of an older store
