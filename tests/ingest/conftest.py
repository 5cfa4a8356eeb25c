"""What the ingestion tests share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from graph.model import Batch, Publication
from graph.store import Store, WriteCounts
from ingest.document import Document, make_document
from ingest.pipeline import Pipeline

CITATION = """<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{pmid}</PMID>
<Article PubModel="Print"><Journal><JournalIssue CitedMedium="Print"><PubDate><Year>{year}</Year></PubDate>
</JournalIssue><Title>A journal</Title></Journal><ArticleTitle>{title}</ArticleTitle>
<Abstract><AbstractText>{abstract}</AbstractText></Abstract><Language>eng</Language>
<PublicationTypeList>{types}</PublicationTypeList></Article>{corrections}</MedlineCitation></PubmedArticle>
"""


@pytest.fixture(scope="session")
def citation() -> Callable[..., str]:
    """Make the XML of one PubMed record."""

    def make(
        pmid: object = 1,
        title: str = "A title.",
        abstract: str = "Lithium causes polyuria.",
        *,
        year: int = 2001,
        types: tuple[str, ...] = ("Journal Article",),
        corrections: str = "",
    ) -> str:
        kinds = "".join(f"<PublicationType>{t}</PublicationType>" for t in types)
        return CITATION.format(
            pmid=pmid,
            title=title,
            abstract=abstract,
            year=year,
            types=kinds,
            corrections=corrections,
        )

    return make


@pytest.fixture(scope="session")
def article_set() -> Callable[..., str]:
    """Wrap records as a PubMed file."""

    def wrap(*records: str, deleted: tuple[int, ...] = ()) -> str:
        gone = "".join(f"<PMID>{p}</PMID>" for p in deleted)
        tail = f"<DeleteCitation>{gone}</DeleteCitation>" if gone else ""
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD'
            ' PubMedArticle, 1st January 2025//EN" "pubmed_250101.dtd">\n<PubmedArticleSet>\n'
            + "".join(records)
            + tail
            + "</PubmedArticleSet>\n"
        )

    return wrap


@pytest.fixture(scope="session")
def pipeline() -> Pipeline:
    """The parts that start fastest, made once."""
    return Pipeline(
        recognisers=("dictionary",), linker="names", extractors=("patterns",), annotators=()
    )


@pytest.fixture(scope="session")
def document() -> Callable[..., Document]:
    """Make a document from an abstract."""

    def make(text: str, *, id: str = "pubmed:1", title: str = "") -> Document:
        return make_document(
            Publication(id, title=title),
            [("title", "", title), ("abstract", "", text)],
            source="test",
        )

    return make


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file into the test's own folder."""

    def put(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return put


class _DyingStore:
    """A store that dies after the graph's commit, before the ledger hears of it."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)

    def write(self, batch: Batch) -> WriteCounts:
        self.store.write(batch)
        raise KeyboardInterrupt


@pytest.fixture(scope="session")
def dying() -> Callable[[Store], Store]:
    """Wrap a store so that its first write is kept and the job killed right after."""
    return _DyingStore  # type: ignore[return-value]
