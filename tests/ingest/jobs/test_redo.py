"""Only what a new version changes is read again, and it ends as if all had been."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model import Category
from graph.store import Store
from graph.stores import open_store
from ingest.document import Document, Mention
from ingest.job import run
from ingest.jobs.reading import (
    document_from,
    document_record,
    mention_key,
    pack_mentions,
    unpack_mentions,
)
from ingest.jobs.records import Known
from ingest.jobs.stages import compare
from ingest.ledger import Ledger
from ingest.pipeline import Pipeline
from tests.graph.worlds import exported

Light = Callable[..., Pipeline]
Make = Callable[..., str]
Write = Callable[..., Path]


@pytest.fixture
def asked(tmp_path: Path) -> Callable[[], list[str]]:
    """What extractors were asked since the last call."""

    def read() -> list[str]:
        log = tmp_path / "parts.log"
        lines = sorted(set(log.read_text().splitlines())) if log.exists() else []
        log.unlink(missing_ok=True)
        return lines

    return read


@pytest.fixture
def file(write: Write, article_set: Make, citation: Make) -> Callable[[int], Path]:
    def make(first: int) -> Path:
        texts = ["Lithium may cause polyuria.", "Aspirin for headache.", "Lithium alone.", "None."]
        return write(
            "a.xml", article_set(*(citation(first + i, abstract=t) for i, t in enumerate(texts)))
        )

    return make


def test_another_extractor_version(
    store: Store, ledger: Path, file: Callable[[int], Path], light: Light, parts: ModuleType,
    asked: Callable[[], list[str]],
) -> None:  # fmt: skip
    path = file(100)
    both = [parts.Pairs, parts.Treats]
    run(store, [path], ledger=ledger, pipeline=light(extractors=both))
    asked()
    before = {e.id for e in store.evidences() if e.extractor == "treats"}
    report = run(
        store, [path], ledger=ledger, pipeline=light(extractors=[parts.NewPairs, parts.Treats])
    )
    assert asked() == ["pairs-2 pubmed:100", "pairs-2 pubmed:101"]  # not treats, not the others
    assert (report.changed, report.unaffected, report.unchanged) == (2, 2, 2)
    assert report.redone == {"extractor pairs 1 -> 2": 2}
    assert "recognition" not in report.timings
    assert (report.evidences_added, report.evidences_removed > 0) == (2, True)
    assert {e.id for e in store.evidences() if e.extractor == "treats"} == before
    assert {e.version for e in store.evidences() if e.extractor == "pairs"} == {"2"}
    again = run(
        store, [path], ledger=ledger, pipeline=light(extractors=[parts.NewPairs, parts.Treats])
    )
    assert (again.files_unchanged, again.changes) == (1, 0)


def test_an_extractor_less(
    store: Store, ledger: Path, file: Callable[[int], Path], light: Light, parts: ModuleType,
    asked: Callable[[], list[str]],
) -> None:  # fmt: skip
    path = file(200)
    run(store, [path], ledger=ledger, pipeline=light(extractors=[parts.Pairs, parts.Treats]))
    asked()
    report = run(store, [path], ledger=ledger, pipeline=light())
    assert asked() == []
    assert (report.changed, report.unaffected) == (2, 2)
    mine = [e for e in store.evidences() if e.publication.startswith("pubmed:20")]
    assert {e.extractor for e in mine} == {"pairs"}
    assert len(mine) == 2


def test_another_annotator_or_linker_or_recogniser(
    store: Store, ledger: Path, file: Callable[[int], Path], light: Light, parts: ModuleType,
    asked: Callable[[], list[str]],
) -> None:  # fmt: skip
    path = file(300)
    run(store, [path], ledger=ledger, pipeline=light())
    report = run(store, [path], ledger=ledger, pipeline=light(annotators=[]))
    assert (report.changed, report.unaffected) == (2, 2)
    assert "recognition" not in report.timings
    assert not any(e.hedged for e in store.evidences() if e.publication == "pubmed:300")
    report = run(
        store, [path], ledger=ledger, pipeline=light(annotators=[], linker=parts.Known("2"))
    )
    assert (report.changed, report.unaffected) == (3, 1)  # one has no mention
    report = run(
        store, [path], ledger=ledger,
        pipeline=light(annotators=[], linker=parts.Known("2"), recognisers=[parts.Words("2")]),
    )  # fmt: skip
    assert (report.changed, report.unaffected) == (4, 0)
    assert report.redone == {"recogniser words 1 -> 2": 4}


@pytest.mark.slow
def test_any_path_of_versions_ends_like_a_fresh_reading(
    tmp_path: Path, file: Callable[[int], Path], light: Light, parts: ModuleType
) -> None:
    path = file(400)
    choices: list[dict[str, object]] = [
        {"extractors": [parts.Pairs, parts.Treats]},
        {"extractors": [parts.NewPairs]},
        {"extractors": [parts.Treats], "annotators": []},
        {"extractors": [parts.NewPairs, parts.Treats], "annotators": [parts.Doubt("2")]},
        {"linker": parts.Known("2")},
        {},
    ]
    fresh = []
    for number, choice in enumerate(choices):
        with open_store(tmp_path / f"fresh-{number}") as one:
            run(one, [path], ledger=tmp_path / f"{number}.sqlite", pipeline=light(**choice))
            fresh.append([x for x in exported(one).splitlines() if '"entity"' not in x])
    with open_store(tmp_path / "walk") as one:
        for number in (0, 1, 3, 2, 0, 5, 3, 4, 1, 2, 5):
            run(one, [path], ledger=tmp_path / "walk.sqlite", pipeline=light(**choices[number]))
            found = [x for x in exported(one).splitlines() if '"entity"' not in x]
            assert found[1:] == fresh[number][1:], number  # the first line names the store
            assert one.check().ok


def test_a_ledger_without_readings_reads_everything(
    store: Store, ledger: Path, file: Callable[[int], Path], light: Light, parts: ModuleType
) -> None:
    path = file(500)
    run(store, [path], ledger=ledger, pipeline=light())
    with Ledger(ledger, store.store_id) as opened:
        opened._db.execute("DELETE FROM readings")
    report = run(store, [path], ledger=ledger, pipeline=light(extractors=[parts.NewPairs]))
    assert (report.changed, report.unaffected) == (4, 0)


def test_orders_and_unknown_stages() -> None:
    one = {
        "sentences": "1",
        "recogniser a": "1",
        "recogniser b": "1",
        "linker l": "1",
        "extractor e": "1",
    }
    known = Known(mention_key(one), 2, 2, {"e": 1}, b"")
    assert compare(one, one).redo(known) is None
    other_order = {
        "sentences": "1",
        "recogniser b": "1",
        "recogniser a": "1",
        "linker l": "1",
        "extractor e": "1",
    }
    redo = compare(one, other_order).redo(known)
    assert redo is not None
    assert (redo.everything, redo.reason) == (True, "another order of components")
    redo = compare(one, one | {"something": "1"}).redo(known)
    assert redo is not None
    assert redo.everything
    redo = compare(None, one).redo(known)
    assert redo is not None
    assert redo.everything


mentions = st.builds(
    lambda start, size, category, entity, score: (start, size, category, entity, score),
    st.integers(0, 15), st.integers(1, 5), st.sampled_from(list(Category)),
    st.none() | st.text(min_size=1, max_size=8), st.floats(0, 1),
)  # fmt: skip


@given(st.lists(mentions, max_size=6), st.text(min_size=20, max_size=20))
def test_packed_mentions_come_back(
    rows: list[tuple[int, int, Category, str | None, float]], text: str
) -> None:
    from graph.model import Publication
    from ingest.document import make_document

    document = make_document(Publication("pubmed:1"), [("abstract", "", "x" + text)])
    found = [
        Mention(s, s + n, document.text[s : s + n], c, e, score, "r") for s, n, c, e, score in rows
    ]
    assert unpack_mentions(pack_mentions(found), document) == found


def test_kept_documents_come_back(document: Callable[..., Document]) -> None:
    from dataclasses import replace

    one = document("Lithium \u0301 causes \U0001f9ea polyuria.", title="A title")
    one = replace(
        one, retracts=("pubmed:2",), annotations=(Mention(8, 15, "Lithium", Category.CHEMICAL),)
    )
    assert document_from(document_record(one)) == one
    assert document_from(document_record(one)).hash == one.hash
