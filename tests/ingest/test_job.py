"""Jobs on a real embedded store: resumable, idempotent, nothing lost."""

from __future__ import annotations

import gzip
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from graph.errors import InputError, StoreLockedError, StoreVersionError
from graph.store import Store
from graph.stores import open_store
from ingest.document import Document
from ingest.job import JobReport, run
from ingest.ledger import Ledger, failures
from ingest.pipeline import Extraction, Pipeline
from tests.graph.worlds import exported

Make = Callable[..., str]
Write = Callable[..., Path]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One embedded store for the module: every test uses PMIDs and a ledger of its own."""
    with open_store(tmp_path_factory.mktemp("job") / "store") as opened:
        yield opened


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def texts(store: Store, pmid: int) -> list[str]:
    """The sentences that a publication's evidences quote."""
    return sorted(e.text for e in store.evidences() if e.publication == f"pubmed:{pmid}")


def test_a_file_is_read_once(
    store: Store, ledger: Path, citation: Make, article_set: Make, write: Write, pipeline: Pipeline
) -> None:
    path = write("a.xml.gz", gzip.compress(article_set(citation(101), citation(102)).encode()))
    said: list[tuple[int, int | None, str]] = []
    first = run(store, [path], ledger=ledger, pipeline=pipeline, progress=lambda *a: said.append(a))
    assert (first.files, first.documents, first.new, first.relations) == (1, 2, 2, 2)
    assert first.evidences_added == 2
    assert first.changes > 0
    assert not first.interrupted
    assert said
    assert store.publication("pubmed:101") is not None
    before = exported(store)
    second = run(store, [path], ledger=ledger, pipeline=pipeline)
    assert (second.files_unchanged, second.documents, second.changes) == (1, 0, 0)
    assert exported(store) == before
    assert isinstance(first.to_json()["failures"], list)


def test_the_same_document_in_another_file_changes_nothing(
    store: Store, ledger: Path, citation: Make, article_set: Make, write: Write, pipeline: Pipeline
) -> None:
    run(store, [write("a.xml", article_set(citation(111)))], ledger=ledger, pipeline=pipeline)
    again = run(
        store,
        [write("b.xml", article_set(citation(111), citation(112)))],
        ledger=ledger,
        pipeline=pipeline,
    )
    assert (again.unchanged, again.new, again.evidences_removed) == (1, 1, 0)


def test_changed_text_replaces_old_evidence(
    store: Store, ledger: Path, citation: Make, article_set: Make, write: Write, pipeline: Pipeline
) -> None:
    run(store, [write("a.xml", article_set(citation(121)))], ledger=ledger, pipeline=pipeline)
    assert texts(store, 121) == ["Lithium causes polyuria."]
    newer = article_set(citation(121, abstract="Amiloride prevents nephropathy."))
    report = run(store, [write("b.xml", newer)], ledger=ledger, pipeline=pipeline)
    assert (report.changed, report.evidences_removed > 0) == (1, True)
    assert texts(store, 121) == ["Amiloride prevents nephropathy."]
    # the old file with an addition does not bring the old text back
    older = article_set(citation(121), citation(122))
    report = run(store, [write("a.xml", older)], ledger=ledger, pipeline=pipeline)
    assert (report.stale, report.new) == (1, 1)
    assert texts(store, 121) == ["Amiloride prevents nephropathy."]


def test_duplicates_in_one_file_later_wins(
    store: Store, ledger: Path, citation: Make, article_set: Make, write: Write, pipeline: Pipeline
) -> None:
    text = article_set(citation(131), citation(131, abstract="Amiloride prevents nephropathy."))
    path = write("a.xml", text)
    report = run(store, [path], ledger=ledger, pipeline=pipeline)
    assert report.duplicates == 1
    assert texts(store, 131) == ["Amiloride prevents nephropathy."]
    (failure,) = failures(ledger)
    assert failure.partial
    assert "another text for pubmed:131 than record 1" in failure.reason
    before = exported(store)
    path.write_text(text + "\n")  # read again: the same end
    run(store, [path], ledger=ledger, pipeline=pipeline)
    assert exported(store) == before


def test_deletions_remove_evidence(
    store: Store, ledger: Path, citation: Make, article_set: Make, write: Write, pipeline: Pipeline
) -> None:
    path = write("a.xml", article_set(citation(141), citation(142)))
    run(store, [path], ledger=ledger, pipeline=pipeline)
    update = write("b.xml", article_set(deleted=(141, 149)))
    assert run(store, [update], ledger=ledger, pipeline=pipeline).deleted == 1
    assert texts(store, 141) == []
    assert texts(store, 142) != []
    path.write_text(path.read_text() + "\n")
    assert run(store, [path], ledger=ledger, pipeline=pipeline).stale == 1
    assert texts(store, 141) == []


def test_retractions_reach_the_store(
    store: Store, ledger: Path, citation: Make, article_set: Make, write: Write, pipeline: Pipeline
) -> None:
    run(store, [write("a.xml", article_set(citation(151)))], ledger=ledger, pipeline=pipeline)
    (statement,) = {e.statement for e in store.evidences() if e.publication == "pubmed:151"}
    link = (
        '<CommentsCorrectionsList><CommentsCorrections RefType="RetractionOf"><RefSource>x</RefSource>'
        "<PMID>151</PMID></CommentsCorrections></CommentsCorrectionsList>"
    )
    notice = article_set(citation(152, types=("Retraction of Publication",), corrections=link))
    report = run(store, [write("b.xml", notice)], ledger=ledger, pipeline=pipeline)
    assert report.retractions == 1
    publication = store.publication("pubmed:151")
    assert publication is not None
    assert (publication.retracted, publication.retraction) == (True, "pubmed:152")
    assert texts(store, 152) == []
    assert store.statement(statement) is not None


def test_broken_records_are_set_aside(
    store: Store, ledger: Path, citation: Make, article_set: Make, write: Write, pipeline: Pipeline
) -> None:
    bad = citation(162).replace("</AbstractText>", "")
    path = write("a.xml", article_set(citation(161), bad, citation(163)))
    report = run(store, [path], ledger=ledger, pipeline=pipeline)
    assert (report.new, report.set_aside) == (2, 1)
    (failure,) = failures(ledger)
    assert (failure.file, failure.record, failure.id) == (str(path.resolve()), 2, "pubmed:162")
    assert "malformed XML" in failure.reason
    assert failure.to_json()["reason"] == failure.reason
    with Ledger(ledger, store.store_id) as opened:
        assert b"<PMID" in opened.raw(failure.file, 2)
    # mended, the file is read again and the failure is gone
    path.write_text(article_set(citation(161), citation(162), citation(163)))
    report = run(store, [path], ledger=ledger, pipeline=pipeline)
    assert (report.new, report.unchanged, report.set_aside) == (1, 2, 0)
    assert failures(ledger) == []


def test_one_bad_file_does_not_stop_the_others(
    store: Store, ledger: Path, citation: Make, article_set: Make, write: Write, pipeline: Pipeline
) -> None:
    write("d/a.xml", "")
    write("d/b.xml", article_set(citation(171)))
    whole = gzip.compress(article_set(*(citation(i) for i in range(172, 180))).encode())
    cut = write("d/c.xml.gz", whole[:-20])
    report = run(store, [cut.parent], ledger=ledger, pipeline=pipeline)
    assert (report.files, report.files_failed) == (3, 1)
    assert report.new >= 2
    reasons = " ".join(f.reason for f in failures(ledger))
    assert "empty" in reasons
    assert "ends too early" in reasons


def test_nothing_readable_is_an_error(
    store: Store, ledger: Path, write: Write, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="empty"):
        run(store, [write("a.xml", "")], ledger=ledger)
    with pytest.raises(InputError, match="no such file"):
        run(store, [tmp_path / "gone.xml"], ledger=ledger)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file(store: Store, ledger: Path, write: Write) -> None:
    path = write("a.xml", "x")
    path.chmod(0)
    with pytest.raises(InputError, match="permission denied"):
        run(store, [path], ledger=ledger)


class _Interrupting(Pipeline):
    """A pipeline during which somebody presses Ctrl-C."""

    def __init__(self, after: int) -> None:
        super().__init__(
            recognisers=("dictionary",), linker="names", extractors=("patterns",), annotators=()
        )
        self.left = after

    def read(self, documents: Sequence[Document]) -> list[Extraction]:
        self.left -= len(documents)
        if self.left < 0:
            raise KeyboardInterrupt
        return super().read(documents)


def test_ctrl_c_leaves_a_resumable_state(
    store: Store, ledger: Path, citation: Make, article_set: Make, write: Write, pipeline: Pipeline,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("ingest.job._BATCH_DOCUMENTS", 2)
    monkeypatch.setattr("ingest.job._CHUNK_DOCUMENTS", 1)
    path = write("a.xml", article_set(*(citation(i) for i in range(201, 208))))
    report = run(store, [path], ledger=ledger, pipeline=_Interrupting(5))
    assert report.interrupted
    assert len([i for i in range(201, 208) if texts(store, i)]) == 4
    rest = run(store, [path], ledger=ledger, pipeline=pipeline)
    assert not rest.interrupted
    assert (rest.unchanged, rest.new) == (4, 3)
    assert all(texts(store, i) for i in range(201, 208))


def test_a_write_the_ledger_did_not_hear_of_is_replaced(
    store: Store,
    ledger: Path,
    citation: Make,
    article_set: Make,
    write: Write,
    pipeline: Pipeline,
    dying: Callable[[Store], Store],
) -> None:
    path = write("a.xml", article_set(citation(211)))
    report = run(dying(store), [path], ledger=ledger, pipeline=pipeline)
    assert report.interrupted
    assert texts(store, 211) == ["Lithium causes polyuria."]
    # meanwhile the file changes: what the dead job wrote must go
    path.write_text(article_set(citation(211, abstract="Amiloride prevents nephropathy.")))
    run(store, [path], ledger=ledger, pipeline=pipeline)
    assert texts(store, 211) == ["Amiloride prevents nephropathy."]


def test_a_lost_ledger_changes_nothing(
    store: Store, ledger: Path, citation: Make, article_set: Make, write: Write, pipeline: Pipeline
) -> None:
    path = write("a.xml", article_set(citation(221), citation(222)))
    run(store, [path], ledger=ledger, pipeline=pipeline)
    before = exported(store)
    ledger.unlink()
    report = run(store, [path], ledger=ledger, pipeline=pipeline)
    assert (report.new, report.evidences_added, report.evidences_removed) == (2, 0, 0)
    assert exported(store) == before


def test_another_pipeline_reads_again_and_replaces(
    store: Store, ledger: Path, citation: Make, article_set: Make, write: Write, pipeline: Pipeline
) -> None:
    path = write("a.xml", article_set(citation(231)))
    run(store, [path], ledger=ledger, pipeline=pipeline)
    report = run(store, [path], ledger=ledger, pipeline=Pipeline(extractors=()))
    assert report.changed == 1
    assert texts(store, 231) == []
    assert run(store, [path], ledger=ledger, pipeline=pipeline).changed == 1
    assert texts(store, 231) == ["Lithium causes polyuria."]


def test_limit(
    store: Store, ledger: Path, citation: Make, article_set: Make, write: Write, pipeline: Pipeline
) -> None:
    path = write("a.xml", article_set(*(citation(i) for i in range(241, 246))))
    assert run(store, [path], ledger=ledger, pipeline=pipeline, limit=2).new == 2
    assert run(store, [path], ledger=ledger, pipeline=pipeline).new == 3


# the ledger --------------------------------------------------------------------------------


def test_one_job_at_a_time(store: Store, ledger: Path, write: Write) -> None:
    with Ledger(ledger, store.store_id) as opened:
        opened.lock()
        with pytest.raises(StoreLockedError, match="another process"):
            run(store, [write("a.xml", "x")], ledger=ledger)
    with Ledger(ledger, store.store_id) as opened:
        opened.lock()


def test_ledgers_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with pytest.raises(InputError, match="no ledger"):
        failures(path)
    path.write_text("this is not a database, it is a text of some length" * 100)
    with pytest.raises(InputError, match="not a ledger"):
        Ledger(path, "s")
    path.unlink()
    with Ledger(path, "s"):
        pass
    with sqlite3.connect(path) as db:
        db.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    with pytest.raises(StoreVersionError, match="schema 99"):
        Ledger(path, "s")


def test_ledgers_keep_stores_apart(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with Ledger(path, "one") as one:
        one.finish_file("/f", "h", "p", 1, {"documents": 3})
        assert one.file_done("/f", "h", "p") == {"documents": 3}
        assert one.file_done("/f", "other", "p") is None
    with Ledger(path, "two") as two:
        assert two.file_done("/f", "h", "p") is None


def test_reports_are_plain_values() -> None:
    import json

    assert json.loads(json.dumps(JobReport().to_json()))["files"] == 0
