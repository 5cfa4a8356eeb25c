"""The mapped index: the same answers as a dictionary, and damaged files refused."""

from __future__ import annotations

import pickle
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InputError
from graph.model import Category
from ingest.terms import Terminology, core, layers
from ingest.terms.normal import key
from ingest.terms.pack import MAGIC, VERSION, Pack, Row, pack_bytes, write_pack
from ingest.terms.similar import Similar

NAME = st.text(
    st.characters(
        codec="utf-8", exclude_characters="|", exclude_categories=["Cc", "Zs", "Zl", "Zp"]
    ),
    min_size=1,
    max_size=12,
)
ID = st.from_regex(r"[a-z]{1,3}:[0-9A-Za-zé]{1,4}", fullmatch=True)
ROWS = st.dictionaries(
    ID,
    st.tuples(st.sampled_from(list(Category)), NAME, st.lists(NAME, max_size=3, unique=True)),
    max_size=12,
)


@settings(max_examples=80, deadline=None)
@given(ROWS, st.dictionaries(ID, ID, max_size=5))
def test_a_pack_is_a_dictionary(
    content: dict[str, tuple[Category, str, list[str]]], others: dict[str, str]
) -> None:
    rows = [Row(id, c, n, tuple(s), ("mesh:D1",)) for id, (c, n, s) in content.items()]
    data = pack_bytes(rows, aliases=others)
    assert data == pack_bytes(list(reversed(rows)), aliases=dict(reversed(others.items())))
    terminology = Terminology.from_bytes(data)
    assert terminology.packs[0].verify()
    assert len(terminology) == len(content)
    assert list(terminology) == sorted(content, key=lambda i: i.encode())
    assert {r.id: r for r in terminology.rows()} == {r.id: r for r in rows}
    index: dict[str, set[str]] = {}
    spelled: dict[str, str] = {}
    for id, (category, name, synonyms) in content.items():
        assert id in terminology
        entity = terminology.entity(id)
        assert entity is not None
        assert (entity.category, entity.name, list(entity.synonyms)) == (category, name, synonyms)
        assert terminology.category(id) is category
        assert terminology.name(id) == name
        assert terminology.synonyms(id) == synonyms
        assert terminology.resolve(id) == id
        for text in (name, *synonyms):
            index.setdefault(key(text), set()).add(id)
            spelled[key(text)] = text
    index.pop("", None)
    assert {k: set(v) for k, v in terminology.index.items()} == index
    for form, ids in index.items():
        assert {c.entity.id for c in terminology.exact(spelled[form])} == ids
    for old, new in others.items():
        if old not in content:
            assert terminology.resolve(old) == (new if new in content else None)
    assert "nothing:0" not in terminology
    assert terminology.entity("nothing:0") is None


def _tiny() -> list[Row]:
    return [
        Row("hgnc:1", Category.GENE, "ABC1", ("alpha", "beta-α"), ("ncbigene:7",)),
        Row("mesh:D1", Category.DISEASE, "Big Pain", ("pains",), ()),
    ]


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.etg"
    size = write_pack(path, _tiny(), aliases={"doid:9": "mesh:D1"}, sources=["Ours (CC0 1.0)"])
    assert path.stat().st_size == size
    assert [p.name for p in tmp_path.iterdir()] == ["tiny.etg"]
    return path


def test_every_flipped_byte_is_noticed(tiny: Path) -> None:
    good = tiny.read_bytes()
    for position in range(0, len(good), 7):
        bad = bytearray(good)
        bad[position] ^= 0x20
        if 20 <= position < 24:
            continue  # the unused word of the header
        with pytest.raises(InputError) as caught:
            Terminology.from_bytes(bytes(bad), name="bad.etg")
        assert caught.value.where == "bad.etg"
        assert caught.value.hint or "damaged" in caught.value.message


@pytest.mark.parametrize("cut", [0, 5, 8, 23, 24, 100, -1, -8])
def test_cut_files_are_refused(tiny: Path, cut: int) -> None:
    tiny.write_bytes(tiny.read_bytes()[:cut])
    with pytest.raises(InputError):
        Terminology.load(tiny)


def test_other_versions_are_refused_saying_what_to_do(tiny: Path) -> None:
    data = bytearray(tiny.read_bytes())
    data[8:12] = struct.pack("<I", VERSION + 1)
    tiny.write_bytes(data)
    with pytest.raises(InputError, match="format version 3") as caught:
        Pack.open(tiny)
    assert "terms build" in str(caught.value.hint)
    assert MAGIC == b"ETGTERMS"


def test_a_folder_or_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.etg"):
        with pytest.raises(InputError):
            Terminology.load(path)


def test_ids_that_would_break_the_lines_are_refused() -> None:
    with pytest.raises(InputError):
        pack_bytes([Row("a:1\nb:2", Category.GENE, "x", (), ())])


def test_layers(tiny: Path) -> None:
    upper = Terminology.from_bytes(
        pack_bytes([
            Row("hgnc:1", Category.PROTEIN, "ABC one", ("uno",), ("uniprot:P1",)),
            Row("own:1", Category.CHEMICAL, "XYZ-17", ("alpha",), ()),
        ])
    )  # fmt: skip
    both = Terminology.layered([upper, tiny])
    assert list(both) == ["hgnc:1", "mesh:D1", "own:1"]
    assert len(both) == 3
    entity = both.entity("hgnc:1")
    assert entity is not None
    assert (entity.name, entity.category) == ("ABC one", Category.PROTEIN)
    assert entity.synonyms == ("ABC1", "alpha", "beta-α", "uno")
    assert entity.xrefs == ("ncbigene:7", "uniprot:P1")
    assert {c.entity.id for c in both.exact("alpha")} == {"hgnc:1", "own:1"}
    assert both.resolve("doid:9") == "mesh:D1"
    assert both.lookup("XYZ17")[0].entity.id == "own:1"
    assert both.lookup("big pane")[0].entity.id == "mesh:D1"
    assert both.version not in (upper.version, Terminology.load(tiny).version)
    assert [r.id for r in both.rows()] == list(both)
    assert Terminology.layered([upper]) is upper
    with pytest.raises(ValueError, match="no terminologies"):
        Terminology.layered([])


def test_over_the_bundled_pack(tiny: Path) -> None:
    both = layers([tiny])
    assert both.exact("Big Pain")[0].entity.id == "mesh:D1"
    assert both.exact("lithium")[0].entity.id == "mesh:D008094"
    assert layers() is core()


def test_another_process_opens_the_same_file(tiny: Path) -> None:
    both = Terminology.layered([tiny, core()])
    sent = pickle.dumps(both)
    assert len(sent) < 10_000  # paths, not contents
    again = pickle.loads(sent)
    assert again.version == both.version
    assert again.exact("pain, big") == both.exact("pain, big")


def test_a_fresh_process_grounds_a_sentence_from_the_bundled_pack(tmp_path: Path) -> None:
    code = (
        "from ingest.terms.matcher import core_matcher\n"
        "text = 'Lithium carbonate reduced AQP2 in the kidney medulla of rats.'\n"
        "print(*(f'{text[f.start:f.end]}={f.entity}' for f in core_matcher().find(text)), sep=';')\n"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(root)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = dict(part.split("=") for part in done.stdout.strip().split(";"))
    assert found["Lithium carbonate"] == "mesh:D016651"
    assert found["AQP2"] == "hgnc:634"
    assert found["rats"] == "ncbitaxon:10116"
    assert list(tmp_path.iterdir()) == []  # nothing was written


# similar names ------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text("abcde12", min_size=1, max_size=14), min_size=1, max_size=30, unique=True),
    st.text("abcde12", min_size=1, max_size=14),
)
def test_similar_names_are_those_of_a_full_comparison(forms: list[str], asked: str) -> None:
    from rapidfuzz import fuzz

    full = {f: fuzz.ratio(asked, f) for f in forms}
    expected = sorted(((f, r) for f, r in full.items() if r >= 82.0), key=lambda h: (-h[1], h[0]))
    assert Similar(forms).find(asked, 100) == expected


def test_similar_in_nothing() -> None:
    assert Similar([]).find("abc", 5) == []
    assert Similar(["abc"]).find("", 5) == []
    assert Similar(["abc"]).find("x" * 300, 5) == []
