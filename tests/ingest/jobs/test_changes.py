"""What a run changed: retractions, corrections, deletions, and what they do to statements."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from graph.errors import InputError, UsageError
from graph.store import Store
from ingest.job import run
from ingest.jobs.changes import Changes, changes
from ingest.ledger import Ledger
from ingest.pipeline import Pipeline

Light = Callable[..., Pipeline]
Make = Callable[..., str]
Write = Callable[..., Path]


def told(store: Store, ledger: Path, run: int | None = None, since: str | None = None) -> Changes:
    with Ledger(ledger, store.store_id) as opened:
        return changes(opened, store, run=run, since=since)


def retraction(article_set: Make, citation: Make, notice: int, of: int) -> str:
    link = (
        '<CommentsCorrectionsList><CommentsCorrections RefType="RetractionOf"><RefSource>x</RefSource>'
        f"<PMID>{of}</PMID></CommentsCorrections></CommentsCorrectionsList>"
    )
    return article_set(citation(notice, types=("Retraction of Publication",), corrections=link))


def test_a_retraction_a_correction_and_a_deletion(
    store: Store, ledger: Path, write: Write, article_set: Make, citation: Make, light: Light
) -> None:
    texts = [
        "Lithium may cause polyuria.",
        "Aspirin may cause fever.",
        "Caffeine may cause headache.",
    ]
    first = article_set(*(citation(10 + i, abstract=t) for i, t in enumerate(texts)))
    one = run(store, [write("a.xml", first)], ledger=ledger, pipeline=light())
    found = told(store, ledger)
    assert found.runs == (one.run,)
    assert {found.sentence(s) for s in found.added} == {
        "lithium causes polyuria (+)", "aspirin causes fever (+)", "caffeine causes headache (+)",
    }  # fmt: skip
    assert (found.moved, found.removed, found.causes) == ((), (), ())

    notice = retraction(article_set, citation, 19, 10)
    two = run(store, [write("b.xml", notice)], ledger=ledger, pipeline=light())
    found = told(store, ledger)
    assert found.causes == ((two.run, "retraction", "pubmed:10", "pubmed:19"),)
    (moved,) = found.moved
    assert found.sentence(moved) == "lithium causes polyuria (+)"
    assert moved.belief_before is not None
    assert moved.belief_after is not None
    assert moved.belief_after < moved.belief_before
    assert store.statement(moved.statement).belief == moved.belief_after  # type: ignore[union-attr]

    newer = article_set(citation(11, abstract="Amiloride may cause fever."), deleted=(12,))
    three = run(store, [write("c.xml", newer)], ledger=ledger, pipeline=light())
    found = told(store, ledger, run=three.run)
    assert {found.sentence(s) for s in found.removed} == {
        "aspirin causes fever (+)", "caffeine causes headache (+)",
    }  # fmt: skip
    assert {found.sentence(s) for s in found.added} == {"amiloride causes fever (+)"}
    assert {(kind, id) for _, kind, id, _ in found.causes} == {
        ("correction", "pubmed:11"), ("deletion", "pubmed:12"),
    }  # fmt: skip
    plain = found.to_json()
    assert plain["removed"][0]["after"] is None
    assert plain["added"][0]["before"] is None

    # all runs together: what came and went is not told
    everything = told(store, ledger, since="2000-01-01")
    assert {everything.sentence(s) for s in everything.added} == {
        "lithium causes polyuria (+)", "amiloride causes fever (+)",
    }  # fmt: skip
    assert everything.removed == ()

    # a run that changes nothing is not what people ask about
    run(store, [write("c.xml", newer + "\n")], ledger=ledger, pipeline=light())
    assert told(store, ledger).runs == (three.run,)


def test_the_change_of_a_killed_write_is_told(
    store: Store,
    ledger: Path,
    write: Write,
    article_set: Make,
    citation: Make,
    light: Light,
    dying: Callable[[Store], Store],
) -> None:
    path = write("a.xml", article_set(citation(31, abstract="Caffeine may cause nephropathy.")))
    dead = run(dying(store), [path], ledger=ledger, pipeline=light())
    assert dead.interrupted
    run(store, [path], ledger=ledger, pipeline=light())
    found = told(store, ledger, run=dead.run)
    assert {found.sentence(s) for s in found.added} == {"caffeine causes nephropathy (+)"}
    with Ledger(ledger, store.store_id) as opened:
        assert opened.open_statements() == []
        assert [r.status for r in opened.history()] == ["interrupted", "finished"]


def test_what_cannot_be_told(store: Store, ledger: Path, light: Light) -> None:
    with Ledger(ledger, store.store_id) as opened:
        assert changes(opened, store).runs == ()
    with pytest.raises(InputError, match="no run 7"):
        told(store, ledger, run=7)
    with pytest.raises(UsageError, match="not both"):
        told(store, ledger, run=7, since="2026-01-01")
    with Ledger(ledger, store.store_id) as opened:
        opened.start_run("p", {})
    with pytest.raises(UsageError, match="not a date"):
        told(store, ledger, since="yesterday")
    assert told(store, ledger, since="2999-01-01").runs == ()
