"""A sample writer for every registered source, and helpers to read what it wrote."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from ingest.document import Document
from ingest.sources import Rejected, pick

Texts = Sequence[tuple[int, str, str]]
"""(PMID, title, abstract)"""


@dataclass(frozen=True)
class Sample:
    """How to write a file of one format: ``file`` joins records, ``bad`` is a record that no reader
    of this format can read."""

    ending: str
    record: Callable[[int, str, str], str]
    bad: str
    head: str = ""
    between: str = ""
    tail: str = ""
    single: bool = False

    def file(self, *records: str) -> bytes:
        """A file of records as they are."""
        return (self.head + self.between.join(records) + self.tail).encode("utf-8")

    def write(self, texts: Texts) -> bytes:
        """A file of documents."""
        return self.file(*(self.record(*t) for t in texts))


def _pubmed(pmid: int, title: str, abstract: str) -> str:
    return (
        f"<PubmedArticle><MedlineCitation><PMID>{pmid}</PMID><Article><ArticleTitle>{escape(title)}"
        f"</ArticleTitle><Abstract><AbstractText>{escape(abstract)}</AbstractText></Abstract>"
        "<Language>eng</Language></Article></MedlineCitation></PubmedArticle>\n"
    )


def _jats(pmid: int, title: str, abstract: str) -> str:
    return (
        '<article article-type="research-article"><front><article-meta><article-id'
        f' pub-id-type="pmid">{pmid}</article-id><title-group><article-title>{escape(title)}'
        f"</article-title></title-group><abstract><p>{escape(abstract)}</p></abstract>"
        "</article-meta></front></article>\n"
    )


def _bioc_xml(pmid: int, title: str, abstract: str) -> str:
    return (
        f"<document><id>{pmid}</id><passage><infon key='type'>title</infon><offset>0</offset>"
        f"<text>{escape(title)}</text></passage><passage><infon key='type'>abstract</infon>"
        f"<offset>{len(title) + 1}</offset><text>{escape(abstract)}</text></passage></document>\n"
    )


def _bioc_json(pmid: int, title: str, abstract: str) -> str:
    passages = [
        {"infons": {"type": "title"}, "offset": 0, "text": title, "annotations": []},
        {"infons": {"type": "abstract"}, "offset": len(title) + 1, "text": abstract},
    ]
    return json.dumps({"id": str(pmid), "infons": {}, "passages": passages}, ensure_ascii=False)


def _csv(pmid: int, title: str, abstract: str) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([pmid, title, abstract])
    return out.getvalue()


SAMPLES = {
    "pubmed": Sample(
        "xml", _pubmed, "<PubmedArticle><MedlineCitation></PubmedArticle>\n",
        head="<PubmedArticleSet>\n", tail="</PubmedArticleSet>\n",
    ),
    "jats": Sample(
        "nxml", _jats, "<article ><front><article-meta></front></article>\n",
        head="<pmc-articleset>\n", tail="</pmc-articleset>\n",
    ),
    "bioc-xml": Sample(
        "xml", _bioc_xml, "<document><id>7</id><passage></document>\n",
        head="<collection><source>mine</source><date>d</date><key>k</key>\n", tail="</collection>\n",
    ),
    "bioc-json": Sample(
        "json", _bioc_json, '{"id": "7", "infons": {}, "passages": [{"offset": 0, "text": "x]}',
        head='{"source": "mine", "documents": [', between=",\n", tail="]}\n",
    ),
    "pubtator3": Sample(
        "json", _bioc_json, '{"id": "7", "infons": {}, "passages": [{"offset": zero}]}',
        head='{"PubTator3": [', between=", ", tail="]}",
    ),
    "pubtator": Sample(
        "pubtator", lambda i, t, a: f"{i}|t|{t}\n{i}|a|{a}\n", "x7|t|Title\nx7|a|Text\n", between="\n"
    ),
    "nbib": Sample(
        "nbib", lambda i, t, a: f"PMID- {i}\nTI  - {t}\nAB  - {a}\nLA  - eng\n", "PMID- seven\nTI  - X\n",
        between="\n",
    ),
    "ris": Sample(
        "ris", lambda i, t, a: f"TY  - JOUR\nAN  - {i}\nDB  - PubMed\nTI  - {t}\nAB  - {a}\nER  - \n",
        "TY  - JOUR\nDO  - 10.1000/nothing\nER  - \n", between="\n",
    ),
    "table": Sample("csv", _csv, '7,"never closed\n', head="PMID,Title,Abstract\n"),
    "text": Sample("txt", lambda _, t, a: f"{t}\n\n{a}\n", "\0", single=True),
    "pdf": Sample("pdf", lambda _, t, a: f"{t}\n{a}", "", single=True),
}  # fmt: skip


def make_pdf(*pages: Sequence[str], encrypted: bool = False, title: str = "") -> bytes:
    """A small PDF of pages of lines in Helvetica (Latin-1 only)."""
    objects: list[bytes] = [b"", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for lines in pages:
        shown = b"".join(
            b"(" + line.encode("latin-1").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
            + b") Tj 0 -14 Td "
            for line in lines
        )  # fmt: skip
        stream = b"BT /F1 11 Tf 50 780 Td " + shown + b"ET"
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >>"
            b" >> /Contents %d 0 R >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    objects.append(b"<< /Title (%s) >>" % title.encode("latin-1"))
    data, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % o for o in offsets)
    data += b"trailer << /Size %d /Root 1 0 R /Info %d 0 R >>\n" % (len(objects) + 1, len(objects))
    data += b"startxref\n%d\n%%%%EOF\n" % start
    if encrypted:
        pypdf = pytest.importorskip("pypdf")
        writer = pypdf.PdfWriter(clone_from=io.BytesIO(bytes(data)))
        writer.encrypt("secret", algorithm="RC4-128")
        out = io.BytesIO()
        writer.write(out)
        return out.getvalue()
    return bytes(data)


@pytest.fixture
def pdf() -> Callable[..., bytes]:
    """Makes the bytes of a small PDF."""
    return make_pdf


@pytest.fixture
def samples() -> dict[str, Sample]:
    """A sample writer for every source."""
    return SAMPLES


@pytest.fixture
def read() -> Callable[[Path], tuple[list[Document], list[Rejected]]]:
    """Read a file with the source that fits: documents and what was set aside."""

    def run(path: Path) -> tuple[list[Document], list[Rejected]]:
        items = list(pick(path).read(path))
        documents = [i for i in items if isinstance(i, Document)]
        for document in documents:
            for span in (*document.annotations,):
                assert document.text[span.start : span.end] == span.text
            for section in document.sections:
                assert document.text[section.start : section.end].strip()
        return documents, [i for i in items if isinstance(i, Rejected)]

    return run
