"""The result as a table and as text."""

from __future__ import annotations

import numpy as np
import pytest

import discovery
from discovery import EdgeClaim, GradedClaim, Knowledge
from tests.discovery.helpers import dataset_of


@pytest.fixture(scope="module")
def found() -> discovery.Discovery:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 900))
    c = a - b + rng.normal(size=900)
    data = dataset_of(np.column_stack([a, b, c]), tuple("abc"))
    known = Knowledge(
        expected=[EdgeClaim("b", "c", ("st-1",), 0.8, 1, 3)],
        graded=[GradedClaim("b", "c", 0.7, ("st-1", "st-2"), 0.8, ("assertion",), 3)],
    )
    return discovery.learn(data, "boss", known, bootstraps=4)


def test_one_row_an_edge(found: discovery.Discovery) -> None:
    frame = found.frame()
    assert list(frame.columns[:3]) == ["source", "target", "kind"]
    assert len(frame) == len(found.edges) == 2
    wanted = {
        "stability",
        "p_value",
        "score_difference",
        "belief",
        "existence",
        "q_value",
        "conflicts",
    }
    assert wanted <= set(frame.columns)
    row = frame[frame.source == "b"].iloc[0]
    (edge,) = [e for e in found.edges if e.source == "b"]
    assert row.stability == edge.stability
    assert (row["sign"], row.literature, row.log_odds) == (-1, 0.8, 0.7)
    assert row.statements == "st-1; st-2"
    assert row.conflicts == "opposite sign"
    other = frame[frame.source == "a"].iloc[0]
    assert np.isnan(other.literature)
    assert (other.log_odds, other.statements, other.conflicts) == (0, "", "")
    assert frame.dtypes["stability"] == np.float64
    assert frame.dtypes["required"] == np.bool_


def test_a_frame_without_edges_has_the_same_columns(found: discovery.Discovery) -> None:
    data = dataset_of(np.random.default_rng(3).normal(size=(60, 3)))
    none = discovery.learn(data, "pc", alpha=1e-9).frame()
    assert not len(none)
    assert (none.dtypes == found.frame().dtypes).all()


def test_text_shows_both_sides(found: discovery.Discovery) -> None:
    def quoted(conflict: discovery.Conflict) -> list[dict[str, str]]:
        return [{"publication": "pubmed:7", "text": f"about {conflict.target}"}]

    text = found.to_text(quotes=quoted)
    assert "known: b raises c (st-1; belief 0.80); 3 evidences" in text
    assert 'pubmed:7: "about c"' in text
    assert "data:  partial correlation -" in text
    assert "pubmed" not in found.to_text()
    assert "... and 1 more" in found.to_text(max_conflicts=0)
