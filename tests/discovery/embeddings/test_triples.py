"""Triples: vocabularies, membership, files, tensors, and what is said of poor graphs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.embeddings.triples import Links, Triples
from graph.errors import DataError, InputError, UsageError

EDGES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 5)), min_size=1, max_size=40
)


def graph(edges: list[tuple[int, int, int]], **more: object) -> Triples:
    h, r, t = zip(*edges, strict=True)
    return Triples.from_ids([f"e:{i}" for i in range(6)], ["a", "b", "c"], h, r, t, **more)  # type: ignore[arg-type]


@given(EDGES, EDGES)
@settings(max_examples=50, deadline=None)
def test_known_is_a_set(
    edges: list[tuple[int, int, int]], asked: list[tuple[int, int, int]]
) -> None:
    known = graph(edges).known()
    true = set(edges)
    assert len(known) == len(true)
    h, r, t = zip(*asked, strict=True)
    assert known.contains(h, r, t).tolist() == [e in true for e in asked]
    for head, relation, tail in asked:
        assert known.tails(head, relation).tolist() == sorted(
            e[2] for e in true if e[:2] == (head, relation)
        )
        assert known.heads(relation, tail).tolist() == sorted(
            e[0] for e in true if e[1:] == (relation, tail)
        )


def test_rows_of_a_frame_are_merged_in_any_order() -> None:
    rows = pd.DataFrame(
        {
            "head": ["b", "a", "a", "a"],
            "relation": ["r", "r", "r", "r"],
            "tail": ["c", "b", "b", "b"],
            "sign": [0, 1, 1, -1],
            "belief": [0.5, 0.2, 0.9, 0.4],
            "evidence": [1, 2, 3, 4],
            "year": [0, 2005, 2001, 0],
            "paper": ["", "pubmed:1|pubmed:2", "pubmed:2", ""],
            "head_type": ["Gene", "Drug", "Drug", "Drug"],
        }
    )
    found = Triples.from_frame(rows)
    assert found.entities == ("a", "b", "c")
    assert found.types == ("Drug", "Gene", "Entity")
    edges = list(zip(found.heads.tolist(), found.tails.tolist(), found.sign.tolist(), strict=True))
    assert edges == [(0, 1, -1), (0, 1, 1), (1, 2, 0)]
    assert found.belief.tolist() == pytest.approx([0.4, 0.9, 0.5])
    assert found.evidence.tolist() == [4, 5, 1]
    assert found.year.tolist() == [0, 2001, 0]
    assert found.papers is not None
    assert found.papers[1] == ("pubmed:1", "pubmed:2")
    again = Triples.from_frame(rows.iloc[::-1].reset_index(drop=True))
    assert again.hash == found.hash


@pytest.mark.parametrize("column", ["head", "relation", "tail"])
def test_an_empty_cell_is_named(column: str) -> None:
    rows = pd.DataFrame({"head": ["a", "b"], "relation": ["r", "r"], "tail": ["c", "d"]})
    rows.loc[1, column] = " "
    with pytest.raises(DataError, match=f"row 1 has an empty {column}"):
        Triples.from_frame(rows)


def test_saved_triples_come_back_and_changed_ones_do_not(tmp_path: Path) -> None:
    papers = Links.of([["p:1", "p:2"], [], ["p:2"]])
    before = graph([(0, 0, 1), (1, 2, 5), (4, 1, 4)], year=[1999, 0, 2020], papers=papers)
    before.save(tmp_path)
    after = Triples.load(tmp_path)
    assert after.hash == before.hash
    assert after.papers is not None
    assert [after.papers[i] for i in range(3)] == [("p:1", "p:2"), (), ("p:2",)]
    names = (tmp_path / "entities.tsv").read_text().replace("e:5", "e:6")
    (tmp_path / "entities.tsv").write_text(names)
    with pytest.raises(InputError, match="changed"):
        Triples.load(tmp_path)


def test_a_folder_without_triples_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no triples"):
        Triples.load(tmp_path)


def test_a_subset_keeps_ids_and_compact_does_not() -> None:
    whole = graph([(0, 0, 1), (1, 2, 5), (4, 1, 4)], papers=Links.of([["x"], ["y"], ["x", "y"]]))
    part = whole.subset(np.array([False, True, True]))
    assert part.entities == whole.entities
    assert part.heads.tolist() == [1, 4]
    assert part.papers is not None
    assert part.papers[1] == ("x", "y")
    small = part.compact()
    assert small.entities == ("e:1", "e:4", "e:5")
    assert small.relations == ("b", "c")
    assert [small.entities[i] for i in small.tails] == ["e:5", "e:4"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"belief": [float("nan")]}, "belief"),
        ({"belief": [1.5]}, "belief"),
        ({"sign": [2]}, "sign"),
        ({"year": [1, 2]}, "year has shape"),
        ({"types": ["x"]}, "types"),
    ],
)
def test_wrong_arrays_are_named(more: dict[str, object], says: str) -> None:
    with pytest.raises(DataError, match=says):
        graph([(0, 0, 1)], **more)


def test_an_id_out_of_range_is_refused() -> None:
    with pytest.raises(DataError, match="tails has ids outside"):
        Triples.from_ids(["a"], ["r"], [0], [0], [1])


def test_problems_name_rare_relations_isolated_entities_and_one_type() -> None:
    edges = [(0, 0, 1), (1, 0, 2), (0, 0, 2), (2, 0, 3), (0, 1, 2)]
    told = " ".join(graph(edges).problems())
    assert "2 relation(s) with at most 3 edges cannot be learned or tested: b, c" in told
    assert "2 of 6 entities have no edge: nothing is learned of them: e:4, e:5" in told
    assert "one type (Entity)" in told
    assert graph(edges).subset([]).problems() == ("The graph has no edges.",)


def test_other_vocabularies_are_another_graph() -> None:
    one = graph([(0, 0, 1)])
    other = Triples.from_ids(["a", "b"], ["r"], [0], [0], [1])
    with pytest.raises(DataError, match="two different graphs"):
        one.known(other)
    with pytest.raises(UsageError, match="no relation 'x'"):
        one.relation_id("x")


def test_pykeen_has_the_same_ids() -> None:
    pytest.importorskip("pykeen")
    whole = graph([(0, 0, 1), (5, 2, 1), (0, 0, 1)], sign=[1, 0, -1])
    factory = whole.to_pykeen()
    assert factory.num_triples == 2  # signs are not told apart there
    assert {tuple(row) for row in factory.mapped_triples.tolist()} == {(0, 0, 1), (5, 2, 1)}
    assert factory.entity_to_id["e:5"] == 5


def test_hetero_data_has_every_edge_once_with_its_attributes() -> None:
    pytest.importorskip("torch_geometric")
    types = ["Drug", "Gene", "Gene", "Drug", "Disease", "Gene"]
    edges = [(0, 0, 1), (3, 0, 2), (1, 1, 4), (1, 1, 2)]
    whole = graph(edges, types=types, sign=[1, -1, 0, 0], year=[2001, 0, 0, 1990])
    x = np.arange(12, dtype=np.float32).reshape(6, 2)
    data = whole.to_hetero({"x": x})
    assert sorted(data.node_types) == ["Disease", "Drug", "Gene"]
    seen = {}
    for head, relation, tail in data.edge_types:
        store = data[head, relation, tail]
        for column, edge in enumerate(store.edge_id.tolist()):
            a, b = store.edge_index[:, column].tolist()
            ends = (int(data[head].node_id[a]), int(data[tail].node_id[b]))
            seen[edge] = (ends[0], whole.relations.index(relation), ends[1])
            assert store.edge_attr[column, 0] == whole.sign[edge]
            assert store.edge_attr[column, 3] == whole.year[edge]
    assert [seen[i] for i in range(4)] == edges
    assert data["Drug"].x.tolist() == x[[0, 3]].tolist()
