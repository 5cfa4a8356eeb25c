"""Views hide what is to look new, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from discovery.embeddings.describing import target_of, top, views_of
from discovery.embeddings.triples import Triples
from graph.errors import UsageError


def graph(known: int = 12, more: int = 3) -> Triples:
    """Two drugs treat each known disease; every disease has a gene."""
    types = ["Drug"] * 4 + ["Gene"] * 3 + ["Disease"] * (known + more)
    names = [f"{kind.lower()}:{i:02}" for i, kind in enumerate(types)]
    ills = range(7, 7 + known + more)
    edges = [((i + k) % 4, 0, i) for i in ills[:known] for k in (0, 1)]
    edges += [(i, 1, 4 + i % 3) for i in ills]
    h, r, t = (np.array(x) for x in zip(*edges, strict=True))
    return Triples.from_ids(names, ["treats", "has_gene"], h, r, t, types=types)


def test_each_view_hides_its_members_target_edges_only() -> None:
    train = graph()
    cold = np.flatnonzero([t == "Disease" for t in train.types])
    target = target_of(train, 0, "Disease", cold)
    assert not target.away
    assert target.true.nnz == 24
    views = views_of(train, [target], 4, seed=0)
    assert sorted(np.concatenate([v.members for v in views]).tolist()) == cold.tolist()
    assert views[0].members.tolist() == cold[-3:].tolist()  # those without drugs see all
    assert len(views[0].train) == len(train)
    for view in views[1:]:
        treats = view.train.edges_relation == 0
        assert not np.isin(view.train.tails[treats], view.members).any()
        assert treats.sum() == 24 - 2 * len(view.members)
        assert (~treats).sum() == len(cold)


def test_a_target_needs_ten_entities_and_the_type_at_an_end() -> None:
    train = graph(9)
    cold = np.flatnonzero([t == "Disease" for t in train.types])
    with pytest.raises(UsageError, match="fewer than 10 entities"):
        target_of(train, 0, "Disease", cold)
    with pytest.raises(UsageError, match="no end of type Gene"):
        target_of(train, 0, "Gene", np.flatnonzero([t == "Gene" for t in train.types]))


def test_the_greatest_of_each_row_are_kept_but_not_itself() -> None:
    from scipy import sparse

    found = top(
        sparse.csr_matrix([[9.0, 1.0, 2.0, 3.0], [0.0, 9.0, 0.0, 0.0]] + [[0.0] * 4] * 2), 2
    )
    assert found.toarray()[0] == pytest.approx([0, 0, 2 / 6, 3 / 6])
    assert found[1].nnz == 0
