"""Tables kept between runs: never wrong, never needed, never trusted when others could write them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.prepared import cache_folder, prepared
from ingest.terms.matcher import Matcher
from ingest.terms.terminology import Terminology

MANY = 1_000_000
Make = Callable[[], list[str]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ETIOGRAPH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def made() -> list[str]:
    return []


@pytest.fixture
def make(made: list[str]) -> Make:
    def once_more() -> list[str]:
        made.append("made")
        return [*made]

    return once_more


def test_it_is_made_once(make: Make, made: list[str]) -> None:
    assert prepared("t", ["a"], make, of=MANY) == ["made"]
    assert prepared("t", ["a"], make, of=MANY) == ["made"]
    assert len(made) == 1


def test_other_data_is_another_table(make: Make, made: list[str]) -> None:
    for given in (["a", "b"], ["ab"], ["a", "b", ""], ["b", "a"]):
        prepared("t", given, make, of=MANY)
    assert len(made) == 4


def test_few_things_are_not_kept(make: Make, made: list[str], folder: Path) -> None:
    prepared("t", ["a"], make, of=10)
    prepared("t", ["a"], make, of=10)
    assert len(made) == 2
    assert not folder.exists()


def test_turned_off(make: Make, made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETIOGRAPH_CACHE", "off")
    assert cache_folder() is None
    prepared("t", ["a"], make, of=MANY)
    prepared("t", ["a"], make, of=MANY)
    assert len(made) == 2


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "not a table", "no pickle"])
def test_a_damaged_file_is_made_again(
    make: Make, made: list[str], folder: Path, damage: str
) -> None:
    prepared("t", ["a"], make, of=MANY)
    (file,) = folder.glob("*.table")
    data = file.read_bytes()
    changed = {
        "cut": data[:-3],
        "flipped": data[:-1] + bytes([data[-1] ^ 1]),
        "empty": b"",
        "not a table": b"x" * len(data),
        # whole by its checksum, and still nothing that can be read
        "no pickle": b"ETGTABLE" + (0xE8B7BE43).to_bytes(4, "little") + b"a",
    }[damage]
    file.write_bytes(changed)
    assert len(prepared("t", ["a"], make, of=MANY)) == 2
    assert len(prepared("t", ["a"], make, of=MANY)) == 2
    assert len(made) == 2


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="the rights of files are POSIX's")
@pytest.mark.parametrize("mode", [0o666, 0o660, 0o602])
def test_a_file_that_others_can_write_is_not_read(
    make: Make, made: list[str], folder: Path, mode: int
) -> None:
    prepared("t", ["a"], make, of=MANY)
    (file,) = folder.glob("*.table")
    file.chmod(mode)
    prepared("t", ["a"], make, of=MANY)
    assert len(made) == 2


def test_a_folder_that_cannot_be_used(make: Make, made: list[str], folder: Path) -> None:
    folder.write_text("a file is in the way")
    prepared("t", ["a"], make, of=MANY)
    prepared("t", ["a"], make, of=MANY)
    assert len(made) == 2


def test_old_tables_go(make: Make, folder: Path) -> None:
    for number in range(6):
        prepared("t", [str(number)], make, of=MANY)
    prepared("other", ["a"], make, of=MANY)
    kept = sorted(p.name.rpartition("-")[0] for p in folder.iterdir())
    assert kept == ["other", "t", "t", "t"]


def test_a_matcher_read_back_finds_the_same(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr("ingest.prepared._FEW", 0)
    rows = [
        "#etiograph-terms 1",
        "mesh:D1\tDisease\tpolyuria\twater diuresis\t",
        "mesh:D2\tChemicalEntity\tlithium\tLi salt\t",
    ]
    terms = Terminology(rows)
    text = "Lithium caused polyuria, or water diuresis; polyurias came with Li salt."
    first, again = Matcher(terms), Matcher(terms)
    assert len(list(folder.glob("matcher-*"))) == 1
    assert first.find(text) == again.find(text)
    assert {f.entity for f in again.find(text)} == {"mesh:D1", "mesh:D2"}
