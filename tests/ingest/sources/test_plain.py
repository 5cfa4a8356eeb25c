"""Plain text, tables and PDF, and the ids that documents without ids get."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.curie import is_valid
from graph.errors import InputError
from ingest.document import Document
from ingest.sources import Rejected, pick
from ingest.sources.ids import content_id, doi_id, id_from_name, pmc_id, pubmed_id
from ingest.sources.languages import code, require_english, seems_foreign
from ingest.sources.pdf import join_lines

Read = Callable[[Path], tuple[list[Document], list[Rejected]]]
Write = Callable[..., Path]


# ids and languages -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("12345678.txt", "pubmed:12345678"),
        ("1234567.txt.gz", "pubmed:1234567"),
        ("PMC123.txt", "pmc:PMC123"),
        ("pmid_123.pdf", "pubmed:123"),
        ("123.txt", ""),
        ("20240131.txt", ""),
        ("notes-12345678.txt", ""),
    ],
)
def test_ids_from_names(name: str, id: str) -> None:
    assert id_from_name(Path(name)) == id


def test_ids_as_they_are_written() -> None:
    assert {pubmed_id(t) for t in ("12", "PMID: 12", "pubmed:12", "0012", "12.0")} == {"pubmed:12"}
    assert {pmc_id(t) for t in ("12", "PMC12", "pmc:PMC12", "PMC12.1")} == {"pmc:PMC12"}
    assert doi_id("https://doi.org/10.1000/A(1)") == "doi:10.1000/a(1)"
    assert [pubmed_id("x"), pubmed_id("0"), pmc_id("PMCx"), doi_id("11.1/x")] == [""] * 4


def test_the_content_id_is_the_git_blob_hash() -> None:
    # what `git hash-object` prints for a file that holds "hello\n"
    assert content_id(b"hello\n") == "swh:1:cnt:ce013625030ba8dba906f756967f9e9ca394464a"
    assert is_valid(content_id(b""))
    assert hashlib.sha1(b"blob 0\0").hexdigest() in content_id(b"")


def test_languages() -> None:
    assert (code("en-GB"), code("fra"), code("English"), code("xx")) == ("eng", "fre", "eng", "xx")
    assert seems_foreign("Lithium causes polyuria in the rat and that is known. " * 5) == ""
    assert seems_foreign("BRAF V600E IC50 5 nM") == ""
    assert "Latin letters" in seems_foreign(
        "Литий вызывает полиурию у крыс, и это известно давно. " * 2
    )
    with pytest.raises(InputError, match=r"another language \(ger\)"):
        require_english("x", "ger")
    assert require_english("x", "EN") == "eng"


# text --------------------------------------------------------------------------------------


def test_text_with_and_without_a_title(write: Write, read: Read) -> None:
    ((one,), _) = read(write("12345678.txt", "The title\n\nLithium causes\npolyuria.\n\nMore.\n"))
    assert (one.id, one.publication.title) == ("pubmed:12345678", "The title")
    assert one.text == "The title\nLithium causes\npolyuria.\n\nMore."
    ((two,), _) = read(write("b.txt", "Lithium causes\npolyuria."))
    assert [s.kind for s in two.sections] == ["abstract"]
    assert two.id == content_id(b"Lithium causes\npolyuria.")
    ((three,), _) = read(write("c.txt", "Lithium causes\npolyuria."))
    assert three.id == two.id


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"M\xe9ni\xe8re has it", "not valid UTF-8"),
        (b"some \0 text", "NUL"),
        (b"\xef\xbb\xbf  ", "no text"),
    ],
)
def test_text_that_cannot_be_read(content: bytes, reason: str, write: Write) -> None:
    from ingest.sources.text import TextSource

    (item,) = TextSource().read(write("a.txt", content))
    assert isinstance(item, Rejected)
    assert reason in item.reason


# tables ------------------------------------------------------------------------------------


def test_columns_in_any_case_and_order(write: Write, read: Read) -> None:
    text = (
        'Year;Article Title;"ABSTRACT_text";PubMed ID;DOI;Journal;Language;Publication types\n'
        '2011;"One; with ""marks""";"Lithium causes\npolyuria.";12345678;10.1000/A;J;en;Review|Letter\n'
        "2012;Two;;;10.1000/B;J;;\n2013;Three;Text.;;;;;\n"
    )
    documents, rejected = read(write("a.csv", text))
    assert not rejected
    assert [d.id for d in documents[:2]] == ["pubmed:12345678", "doi:10.1000/b"]
    assert documents[2].id == content_id(b"Three\nText.")
    first = documents[0]
    assert first.text == 'One; with "marks"\nLithium causes\npolyuria.'
    assert first.publication.types == ("Review", "Letter")
    assert (first.publication.year, first.publication.doi) == (2011, "10.1000/a")
    assert first.language == "eng"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("12345678", "swh:"), ("PMID:12345678", "pubmed:"), ("PMC1", "pmc:"), ("10.1000/x", "doi:"),
     ("row-1", "swh:")],
)  # fmt: skip
def test_the_id_column(value: str, expected: str, write: Write, read: Read) -> None:
    ((document,), _) = read(write("a.csv", f"id,text\n{value},Lithium causes polyuria.\n"))
    assert document.id.startswith(expected)


def test_a_table_without_text_names_its_columns(write: Write, read: Read) -> None:
    documents, (rejected,) = read(write("a.csv", "name,value\nx,1\ny,2\n"))
    assert not documents
    assert rejected.record == 0
    assert "'name', 'value'" in rejected.reason
    assert "abstract" in rejected.reason


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2,Two", "2 fields of 3"),
        ("2,Two,text,more", "4 fields, but"),
        ("x2,Two,text", "is no PMID"),
        ("2,,", "neither a title"),
        ('2,"Two', "not closed"),
    ],
)
def test_a_bad_row_costs_only_itself(row: str, reason: str, write: Write, read: Read) -> None:
    text = f'pmid,title,abstract\n1,One,"a\nb"\n{row}\n3,Three,c\n4,"Four, too",d\n'
    documents, (rejected,) = read(write("a.csv", text))
    assert [d.id for d in documents] == ["pubmed:1", "pubmed:3", "pubmed:4"]
    assert reason in rejected.reason
    assert rejected.where == "line 4"


def test_stray_quotes_in_tab_separated_text(write: Write, read: Read) -> None:
    text = 'pmid\ttitle\tabstract\n1\tThe 5" tube\tText.\n2\t"Odd title\tText.\n3\tThree\tText.\n'
    documents, rejected = read(write("a.tsv", text))
    assert not rejected
    assert [d.publication.title for d in documents] == ['The 5" tube', '"Odd title', "Three"]


def test_json_lines(write: Write, read: Read) -> None:
    rows: list[Any] = [
        {"PMID": 12345678, "title": "One", "abstract": None, "year": 2011},
        {"Title": "Two", "Abstract": "Text.", "doi": "10.1000/B"},
        ["not", "an", "object"],
        {"name": "nothing here"},
        {"pmid": "12345679", "text": "Three\u2028with a separator."},
    ]
    text = "\n".join(json.dumps(r, ensure_ascii=False) for r in rows[:3]) + "\n{broken\n"
    text += "\n".join(json.dumps(r, ensure_ascii=False) for r in rows[3:])
    documents, rejected = read(write("a.jsonl", text))
    assert [d.id for d in documents] == ["pubmed:12345678", "doi:10.1000/b", "pubmed:12345679"]
    assert documents[0].publication.year == 2011
    assert [r.record for r in rejected] == [3, 4, 5]
    assert "'name'" in rejected[2].reason


def test_parquet_by_row_groups(tmp_path: Path, read: Read) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        pytest.skip(f"no pyarrow that works: {error}")
    count = 1000
    table = pa.table(
        {
            "PMID": list(range(10_000_000, 10_000_000 + count)),
            "Title": [f"Title {i} α" for i in range(count)],
            "Abstract": [None if i % 2 else "Lithium causes polyuria." for i in range(count)],
            "other": [b"\xff"] * count,
        }
    )
    path = tmp_path / "a.parquet"
    pq.write_table(table, path, row_group_size=100)
    documents, rejected = read(path)
    assert not rejected
    assert len(documents) == count
    assert documents[7].id == "pubmed:10000007"
    data = path.read_bytes()
    path.write_bytes(data[:600] + bytes(200) + data[800:])
    documents, rejected = read(path)
    assert documents
    assert rejected
    path.write_bytes(data[: len(data) // 2])
    documents, rejected = read(path)
    assert not documents
    assert "cannot be read" in rejected[0].reason


def test_parquet_without_pyarrow_says_so(write: Write) -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        with pytest.raises(InputError, match="pyarrow"):
            list(
                pick(write("a.parquet", b"PAR1" + bytes(100) + b"PAR1")).read(
                    write("a.parquet", b"PAR1")
                )
            )
    else:
        pytest.skip("pyarrow works here")


# PDF ---------------------------------------------------------------------------------------


def test_pdf(write: Write, read: Read, pdf: Callable[..., bytes]) -> None:
    pytest.importorskip("pypdf")
    head, foot = "Journal of Tests", "Page {} of 4"
    pages = [
        [head, "Lithium and the kid-", "ney in the rat", "Lithium causes poly-", "uria.", foot.format(1)],
        [head, "TNF-", "alpha and IL-", "6 are here.", foot.format(2)],
        [head, "The end of the text.", "References", "1. Somebody 1999.", foot.format(3)],
        [head, "2. Somebody else 2000.", foot.format(4)],
    ]  # fmt: skip
    data = pdf(*pages, title="Lithium and the kidney in the rat")
    ((document,), rejected) = read(write("PMC77.pdf", data))
    assert not rejected
    assert document.id == "pmc:PMC77"
    assert document.publication.title == "Lithium and the kidney in the rat"
    assert [s.name for s in document.sections] == ["body/page 1", "body/page 2", "body/page 3"]
    assert document.text == (
        "Lithium and the kidney in the rat Lithium causes polyuria.\nTNF-alpha and IL-6 are here.\n"
        "The end of the text."
    )
    assert read(write("a.pdf", data))[0][0].id == content_id(data)


def test_pdfs_that_cannot_be_read(write: Write, read: Read, pdf: Callable[..., bytes]) -> None:
    pytest.importorskip("pypdf")
    cases = {
        "encrypted": pdf(["Lithium"], encrypted=True),
        "no text": pdf([], []),
        "cannot be read": b"%PDF-1.4\n" + b"nothing of use " * 20,
    }
    for reason, data in cases.items():
        documents, rejected = read(write("a.pdf", data))
        assert not documents
        assert reason in rejected[0].reason


def test_pages_without_text_are_named(write: Write, read: Read, pdf: Callable[..., bytes]) -> None:
    pytest.importorskip("pypdf")
    ((document,), (rejected,)) = read(write("a.pdf", pdf(["Lithium causes polyuria."], [])))
    assert document.text == "Lithium causes polyuria."
    assert rejected.partial
    assert rejected.where == "page 2"


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["poly-", "uria"], "polyuria"),
        (["TNF-", "alpha"], "TNF-alpha"),
        (["IL-", "6"], "IL-6"),
        (["non-", "Hodgkin"], "non-Hodgkin"),
        (["2-", "fold"], "2-fold"),
        (["one", "two"], "one two"),
        ([], ""),
    ],
)
def test_divided_words(lines: list[str], text: str) -> None:
    assert join_lines(lines) == text
