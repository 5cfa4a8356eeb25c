"""Networks from files and from a store."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from graph.errors import InputError
from queries.mechanism import Network


def test_a_file(tmp_path: Path) -> None:
    text = "source\tsign\ttarget\nA\t1\tB\nB\t-1\tC\t0.25\n\nC\t?\tA\n"
    path = tmp_path / "net.sif"
    path.write_text(text, encoding="utf-8")
    packed = tmp_path / "net.sif.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    for file in (path, packed):
        network = Network.of_file(file)
        assert [(x.cause, x.sign, x.effect, x.belief) for x in network.links] == [
            ("A", 1, "B", 1.0), ("B", -1, "C", 0.25), ("C", 0, "A", 1.0),
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A\t1\tB\nA\tup\tB\n", "line 2.*sign 'up'"),
        ("A\t1\n", "line 1.*2 fields"),
        ("A\t1\tB\t1.5\n", "line 1.*belief '1.5'"),
        ("A\t1\tB\tmuch\n", "line 1.*belief 'much'"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "net.sif"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        Network.of_file(path)
    place, _, what = said.partition(".*")
    assert place in str(raised.value)
    assert what in str(raised.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read the network"):
        Network.of_file(tmp_path / "none.sif")
