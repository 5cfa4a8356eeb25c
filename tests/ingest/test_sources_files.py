"""Files, formats, archives and bombs: what a source can be."""

from __future__ import annotations

import gzip
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from graph.errors import InputError, UsageError
from ingest.sources import REGISTRY, find, pick
from ingest.sources.files import lines, open_chunks
from tests.ingest.reading import PUBTATOR, ids, read

Make = Callable[..., str]
Write = Callable[..., Path]
SHARED = Path(__file__).parents[3] / "shared"


# files and formats -------------------------------------------------------------------------


def test_long_lines_are_cut() -> None:
    found = list(lines(iter([b"abc", b"def\ngh", b"i\r\nj"]), 4))
    assert found == [(1, b"abcd", True), (2, b"ghi", False), (3, b"j", False)]


def test_gzip_is_told_by_content_not_by_name(
    citation: Make, article_set: Make, write: Write
) -> None:
    data = article_set(citation(1)).encode()
    assert ids(read(write("a.xml", gzip.compress(data)))[0]) == ["pubmed:1"]
    assert ids(read(write("b.xml.gz", data))[0]) == ["pubmed:1"]
    two = gzip.compress(data[:500]) + gzip.compress(data[500:])
    assert ids(read(write("c.xml.gz", two))[0]) == ["pubmed:1"]


def test_find_sorts_and_does_not_repeat(write: Write, tmp_path: Path) -> None:
    write("d/b.xml", "x")
    write("d/a.xml.gz", "x")
    write("d/sub/c.pubtator", "x")
    write("d/ignored.md", "x")
    found = find([tmp_path / "d", tmp_path / "d/b.xml", str(tmp_path / "d/*.xml")])
    assert [f.path.name for f in found] == ["a.xml.gz", "b.xml", "c.pubtator"]


@pytest.mark.parametrize("name", ["nothing.xml", "no*.xml"])
def test_missing_inputs(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such file|matches no file"):
        find([tmp_path / name])


def test_empty_directory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file to read"):
        find([tmp_path])


@pytest.mark.parametrize("content", [b"", b"  \n", gzip.compress(b"", mtime=0)])
def test_empty_file(content: bytes, write: Write) -> None:
    with pytest.raises(InputError, match="empty"):
        pick(write("a.xml", content))


def test_unknown_format(write: Write) -> None:
    with pytest.raises(InputError, match="does not look like bioc-xml or jats or pubmed"):
        pick(write("a.xml", "<html><body>Not found</body></html>"))
    with pytest.raises(InputError, match="in no format"):
        pick(write("a.bin", b"\x89PNG\r\n"))


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        list(open_chunks(tmp_path))


def test_unknown_source_name() -> None:
    with pytest.raises(UsageError, match="unknown source"):
        REGISTRY.make("nosuch")


# archives and bombs ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "kind"), [("w", "TAR"), ("w:gz", "TAR"), ("w:bz2", "bzip2"), ("w:xz", "xz")]
)
def test_tar_archives_are_refused(mode: str, kind: str, write: Write, tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        archive.add(write("inner.txt", "some text"), "inner.txt")
    with pytest.raises(InputError, match=rf"{kind}.*Unpack it"):
        pick(path)


def test_zip_archives_are_refused(tmp_path: Path) -> None:
    for name in ("a.xml", "a.txt", "a.csv"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("inner.txt", "some text")
        with pytest.raises(InputError, match=r"ZIP archive.*Unpack it"):
            pick(tmp_path / name)


def test_gzip_bombs_are_refused(monkeypatch: pytest.MonkeyPatch, write: Write) -> None:
    monkeypatch.setattr("ingest.sources.files._BOMB_SIZE", 8 << 20)
    path = write("a.pubtator.gz", gzip.compress(PUBTATOR.encode() + b" " * (64 << 20)))
    documents, rejected, _ = read(path)
    assert ids(documents) == ["pubmed:11", "pubmed:12"]
    assert "decompression bomb" in rejected[-1].reason


def test_a_mixture_in_a_folder(
    citation: Make, article_set: Make, write: Write, tmp_path: Path
) -> None:
    write("m/a.xml", article_set(citation(1)))
    write("m/b.txt", "2|t|Two\n2|a|Text.\n")
    write("m/c.txt", "Some plain text about lithium.")
    write("m/d.csv.gz", gzip.compress(b"pmid,title\n4,Four\n", mtime=0))
    write("m/e.jsonl", '{"pmid": 5, "title": "Five"}\n')
    write("m/f.txt", "PMID- 6\nTI  - Six\n")
    write("m/.hidden.txt", "no")
    names = [(f.path.name, pick(f.path).name) for f in find([tmp_path / "m"])]
    assert [n for _, n in names] == ["pubmed", "pubtator", "text", "table", "table", "nbib"]


@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/data")
def test_the_real_medline_file() -> None:
    documents, rejected, deletions = read(SHARED / "data/literature/medline16n0902.xml.gz")
    assert len(documents) == 604
    # 21 records have an abstract in another language too
    assert all(r.partial and "another language" in r.reason for r in rejected)
    assert len(rejected) == 21
    assert [d.id for d in deletions] == ["pubmed:26432306"]
    assert sum(d.publication.year is not None for d in documents) == 604
