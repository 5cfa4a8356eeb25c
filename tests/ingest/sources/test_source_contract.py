"""What every registered source keeps. A new one adds its sample to ``conftest.SAMPLES``."""

from __future__ import annotations

import codecs
import gzip
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.curie import is_valid
from graph.errors import InputError
from ingest.document import Document
from ingest.sources import REGISTRY, Rejected, pick

Read = Callable[[Path], tuple[list[Document], list[Rejected]]]
Write = Callable[..., Path]

NAMES = list(REGISTRY)
ODD = "Ménie\u0301re’s μ-opioid α₂ 𝔘-unit 🧬 İstanbul and the TNF-α of 3 µM, with care"
TEXTS = [
    (11111111, "Lithium and the kidney", "Lithium causes polyuria in the rat."),
    (11111112, "The " + ODD, "One " + ODD + ". Two was not the same as the other."),
    (11111113, "The third of them", "Amiloride prevents polyuria."),
]


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """Every source in turn."""
    return str(request.param)


@pytest.fixture
def sample(name: str, samples: dict[str, Any]) -> Any:
    """The writer of its samples."""
    assert name in samples, f"the source {name!r} has no sample in conftest.SAMPLES"
    if name == "pdf":
        pytest.importorskip("pypdf")
    return samples[name]


@pytest.fixture
def good(name: str, sample: Any, pdf: Callable[..., bytes]) -> bytes:
    """A good file of the format."""
    if name == "pdf":
        return pdf(["The title", "Lithium causes polyuria in the rat."])
    return bytes(sample.write(TEXTS[1:2] if sample.single else TEXTS))


class TestEverySource:
    def test_a_good_file(
        self, name: str, sample: Any, good: bytes, write: Write, read: Read
    ) -> None:
        path = write(f"sample.{sample.ending}", good)
        source = pick(path)
        assert source.name == name
        assert REGISTRY.make(source) is source
        assert REGISTRY.lookup(name).suffixes
        documents, rejected = read(path)
        assert not rejected
        assert len(documents) == (1 if sample.single else 3)
        assert list(source.read(path)) == list(source.read(path))
        for number, document in enumerate(documents, 1):
            assert is_valid(document.id)
            assert document.source == name
            assert document.record == number
        if not sample.single:
            assert [d.id for d in documents] == [f"pubmed:{t[0]}" for t in TEXTS]
            assert [d.text for d in documents] == [f"{t}\n{a}" for _, t, a in TEXTS]
            assert [d.publication.title for d in documents] == [t for _, t, _ in TEXTS]

    @pytest.mark.parametrize("content", [b"", b" \n\n", gzip.compress(b"", mtime=0)])
    def test_empty(self, sample: Any, content: bytes, write: Write) -> None:
        with pytest.raises(InputError, match="empty"):
            pick(write(f"a.{sample.ending}", content))

    def test_gzip_by_content(
        self, name: str, sample: Any, good: bytes, write: Write, read: Read
    ) -> None:
        plain = read(write(f"a.{sample.ending}", good))
        packed = write(f"a.{sample.ending}.gz", gzip.compress(good))
        assert pick(packed).name == name
        assert [d.hash for d in read(packed)[0]] == [d.hash for d in plain[0]]

    @pytest.mark.parametrize(("bom", "encoding"), [(codecs.BOM_UTF8, "utf-8"), (b"", "utf-16")])
    def test_byte_order_marks(
        self,
        name: str,
        sample: Any,
        good: bytes,
        write: Write,
        read: Read,
        bom: bytes,
        encoding: str,
    ) -> None:
        if name == "pdf":
            pytest.skip("a PDF is no text")
        path = write(f"a.{sample.ending}", bom + good.decode().encode(encoding))
        assert pick(path).name == name
        documents, rejected = read(path)
        assert not rejected
        assert (
            documents[-1].text
            == (TEXTS[1] if sample.single else TEXTS[2])[1]
            + "\n"
            + (TEXTS[1] if sample.single else TEXTS[2])[2]
        )

    def test_windows_line_ends(
        self, name: str, sample: Any, good: bytes, write: Write, read: Read
    ) -> None:
        if name == "pdf":
            pytest.skip("a PDF is no text")
        documents, rejected = read(write(f"a.{sample.ending}", good.replace(b"\n", b"\r\n")))
        assert not rejected
        assert all("\r" not in d.text for d in documents)

    @pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.97])
    def test_truncated(
        self, name: str, sample: Any, good: bytes, write: Write, share: float
    ) -> None:
        path = write(f"a.{sample.ending}", good[: int(len(good) * share)])
        items = list(REGISTRY.make(name).read(path))
        assert items
        if name in ("text", "nbib", "pubtator", "table", "pdf"):
            return  # nothing in these formats says that more should follow
        assert any(isinstance(i, Rejected) for i in items)

    def test_truncated_gzip(self, name: str, sample: Any, good: bytes, write: Write) -> None:
        packed = gzip.compress(good + b"\n" * 1000)
        path = write(f"a.{sample.ending}.gz", packed[: len(packed) - 12])
        items = list(REGISTRY.make(name).read(path))
        assert any(isinstance(i, Rejected) and "gzip" in i.reason for i in items)

    @pytest.mark.parametrize("seed", range(3))
    def test_garbage(self, name: str, sample: Any, write: Write, seed: int) -> None:
        noise = random.Random(seed).randbytes(20_000)
        path = write(f"a.{sample.ending}", noise)
        with pytest.raises(InputError):
            pick(path)
        assert all(isinstance(i, Rejected) for i in REGISTRY.make(name).read(path))

    @pytest.mark.parametrize("seed", range(6))
    def test_damage_never_raises(
        self, name: str, sample: Any, good: bytes, write: Write, seed: int
    ) -> None:
        chance = random.Random(seed)
        data = bytearray(good)
        for _ in range(1 + seed):
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(4)] = chance.randbytes(chance.randrange(4))
        for item in REGISTRY.make(name).read(write(f"a.{sample.ending}", bytes(data))):
            if isinstance(item, Document):
                assert all(item.text[s.start : s.end].strip() for s in item.sections)

    def test_a_bad_record_costs_only_itself(
        self, name: str, sample: Any, write: Write, read: Read
    ) -> None:
        if sample.single:
            pytest.skip("one document in a file")
        first, second, third = (sample.record(*t) for t in TEXTS)
        path = write(f"a.{sample.ending}", sample.file(first, sample.bad, second, third))
        documents, rejected = read(path)
        assert [d.id for d in documents] == [f"pubmed:{t[0]}" for t in TEXTS]
        (found,) = rejected
        assert found.reason
        assert found.record == 2
        assert found.raw
        assert not found.partial

    def test_bad_utf8_costs_only_its_record(
        self, name: str, sample: Any, write: Write, read: Read
    ) -> None:
        if sample.single:
            pytest.skip("one document in a file")
        data = sample.write(TEXTS).replace("Ménie".encode(), b"M\xe9nie", 1)
        documents, rejected = read(write(f"a.{sample.ending}", data))
        assert [d.id for d in documents] == ["pubmed:11111111", "pubmed:11111113"]
        assert "UTF-8" in rejected[0].reason

    def test_too_much_text_is_set_aside(
        self, name: str, sample: Any, write: Write, read: Read
    ) -> None:
        if name == "pdf":
            pytest.skip("tested by its size")
        long = (11111112, "Long", "word " * 900_000)
        texts = [long] if sample.single else [TEXTS[0], long, TEXTS[2]]
        documents, rejected = read(write(f"a.{sample.ending}", sample.write(texts)))
        assert len(documents) == (0 if sample.single else 2)
        assert "more than 4,000,000" in rejected[0].reason
        assert len(rejected[0].raw) <= 1_000_000

    def test_another_language_is_not_mixed_in(
        self, name: str, sample: Any, write: Write, read: Read
    ) -> None:
        if name in ("pubmed", "nbib", "jats", "pubtator", "pdf"):
            pytest.skip("told by what the record states")
        german = (
            "Die Patienten wurden mit dem Medikament behandelt und die Wirkung ist nicht von der "
            "Dosis abhängig, wie sich bei den Untersuchungen zeigte, die auf der Station "
        )
        texts = [(11111112, "Wirkung", german * 2)]
        documents, rejected = read(write(f"a.{sample.ending}", sample.write(texts)))
        assert not documents
        assert "another language" in rejected[0].reason

    @pytest.mark.slow
    def test_memory_does_not_grow_with_the_file(
        self, name: str, sample: Any, tmp_path: Path
    ) -> None:
        if sample.single:
            pytest.skip("one document in a file, bounded by its size")
        path = tmp_path / f"big.{sample.ending}.gz"
        rest = "Lithium causes polyuria, and the α of 🧬 is here. " * 400
        count = 1_000
        with gzip.open(path, "wt", compresslevel=1, encoding="utf-8") as handle:
            handle.write(sample.head)
            for i in range(count):
                handle.write(sample.between if i else "")
                handle.write(sample.record(20_000_000 + i, f"Title {i}", rest))
            handle.write(sample.tail)
        source = pick(path)
        tracemalloc.start()
        read = sum(isinstance(item, Document) for item in source.read(path))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert read == count
        assert peak < 12_000_000
