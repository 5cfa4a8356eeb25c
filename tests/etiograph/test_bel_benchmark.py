"""The reader of BEL statements and the score, on a script of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.bel import Passage, Stated, main, read_bel, score
from graph.errors import InputError
from ingest.pipeline import Pipeline

SCRIPT = r"""
SET DOCUMENT Name = "Ours"
DEFINE NAMESPACE HGNC AS URL "https://example.org/hgnc.belns"
# a remark -> not a statement
SET Citation = {"PubMed", "1"}
SET Evidence = "Lithium inhibits GSK3B
in neurons. Lithium causes polyuria."
SET Species = "9606"
a(CHEBI:"lithium atom") -| p(HGNC:GSK3B)
a(CHEBI:"lithium atom") => act(p(HGNC:GSK3B, pmod(Ph)))
path(MESH:Polyuria) pos a(CHEBI:"lithium atom") // a remark
p(HGNC:GSK3B) -> p(HGNC:GSK3B, pmod(Ph))
composite(p(HGNC:A), p(HGNC:B)) -> bp(GO:aging)
p(HGNC:GSK3B) cnc bp(GO:aging)
SET Evidence = "Nothing signed."
p(HGNC:GSK3B) -- bp(GO:aging)
"""


def test_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "paper.bel").write_text(SCRIPT, encoding="utf-8")
    assert read_bel(tmp_path) == [
        Passage(
            "paper",
            "Lithium inhibits GSK3B in neurons. Lithium causes polyuria.",
            (
                Stated("lithium atom", "GSK3B", -1, False),
                Stated("lithium atom", "GSK3B", 1, False),
                Stated("Polyuria", "lithium atom", 1, True),
            ),
        )
    ]
    with pytest.raises(InputError, match="no BEL statements"):
        read_bel(tmp_path / "nothing")


@pytest.mark.slow
def test_a_right_and_a_wrong_sign(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "Lithium causes polyuria. Naloxone prevents hypotension."
    stated = (
        Stated("Lithium", "Polyuria", 1, False),
        Stated("Polyuria", "Lithium", -1, False),
        Stated("Naloxone", "Aspirin", 1, False),
    )
    rows = {row["figure"]: row for row in score([Passage("p", text, stated)], Pipeline())}
    assert (rows["both ends found"]["%"], rows["both ends found"]["statements"]) == (
        pytest.approx(200 / 3), 3,
    )  # fmt: skip
    assert rows["related with a sign"]["%"] == 100
    assert (rows["sign right"]["%"], rows["direction right"]["%"]) == (50, 50)
    assert main([str(tmp_path)]) == 3
    assert "no BEL statements" in capsys.readouterr().err
