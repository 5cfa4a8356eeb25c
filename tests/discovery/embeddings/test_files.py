"""Reading edges: columns by name or by place, signs, published layouts, and files that are none."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from discovery.embeddings.files import read
from graph.errors import InputError


def write(tmp_path: Path, text: str, name: str = "edges.tsv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def edges(path: Path) -> list[tuple[str, str, str, int]]:
    found = read(path).triples
    return [
        (found.entities[h], found.relations[r], found.entities[t], int(s))
        for h, r, t, s in zip(
            found.heads, found.edges_relation, found.tails, found.sign, strict=True
        )
    ]


def test_columns_are_found_by_name(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        ",Target,Sign,Source,Predicate,PMID,year,belief,source_type\n"
        "0,b,-1,a,hits,12|13,1999,0.5,Gene\n1,c,+,a,hits,,,,Gene\n",
        "edges.csv",
    )
    assert edges(path) == [("a", "hits", "b", -1), ("a", "hits", "c", 1)]
    found = read(path).triples
    assert found.papers is not None
    assert found.papers[0] == ("pubmed:12", "pubmed:13")
    assert found.year.tolist() == [1999, 0]
    assert found.types == ("Gene", "Entity", "Entity")


@pytest.mark.parametrize("packed", [False, True])
def test_tables_without_a_header(tmp_path: Path, packed: bool) -> None:
    texts = {
        "plain": ("a\thits\tb\n", ("a", "hits", "b", 0)),
        "sif": ("a\t-1\tb\n", ("a", "regulates", "b", -1)),
        "trrust": ("a\tb\tActivation\t123;456\n", ("a", "regulates", "b", 1)),
    }
    for name, (text, edge) in texts.items():
        path = tmp_path / (name + ".tsv" + ".gz" * packed)
        path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
        assert edges(path) == [edge]


def test_rows_that_agree_are_one_edge_of_both_papers(tmp_path: Path) -> None:
    path = write(tmp_path, "a\tb\tUnknown\t1\na\tb\tUnknown\t2\na\tb\tRepression\t2\n")
    found = read(path).triples
    assert found.sign.tolist() == [-1, 0]
    assert found.evidence.tolist() == [1, 2]
    assert found.papers is not None
    assert found.papers[1] == ("pubmed:1", "pubmed:2")


def test_parquet(tmp_path: Path) -> None:
    import pandas as pd

    path = tmp_path / "e.parquet"
    pd.DataFrame({"head": ["a"], "relation": ["r"], "tail": ["b"], "belief": [0.25]}).to_parquet(
        path
    )
    assert edges(path) == [("a", "r", "b", 0)]
    assert read(path).triples.belief.tolist() == [0.25]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("head\ttail\n", "no edges"),
        ("a\tb\n", "2 columns and no header"),
        ("head\trelation\ttail\na\tr\t\n", "empty head or tail"),
        ("head\trelation\ttail\na\t \tb\n", "empty relation"),
        ("head\tsign\ttail\na\tmaybe\tb\n", "'maybe' is no sign"),
        ("head\tbelief\ttail\na\tmuch\tb\n", "much"),
        ("head\trelation\ttail\na\tr\n", "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read(write(tmp_path, text))
    assert "edges.tsv" in str(caught.value)


def test_folders_and_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no graph that is known"):
        read(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "x.tsv")
    (tmp_path / "x.tsv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "x.tsv")


def test_published_parts_are_kept(tmp_path: Path) -> None:
    for name, text in (
        ("train", "a\tr\tb\na\tr\tb\n"),
        ("valid", "b\tr\tc\n"),
        ("test", "c\tq\ta\n"),
    ):
        (tmp_path / f"{name}.txt").write_text(text)
    found = read(tmp_path)
    assert found.split is not None
    assert (len(found.split.train), len(found.split.valid), len(found.split.test)) == (2, 1, 1)
    assert len(found.triples) == 3
    assert found.split.train.entities == found.triples.entities


def test_a_saved_graph_comes_back(tmp_path: Path) -> None:
    from etiograph.embedding import save

    source = read(write(tmp_path, "a\tr\tb\n"))
    save(source, tmp_path / "out")
    assert read(tmp_path / "out").triples.hash == source.triples.hash


def test_batches_do_not_change_the_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 300, (4000, 2))
    text = "".join(f"e{a}\tr{a % 7}\te{b}\n" for a, b in rows)
    path = write(tmp_path, text)
    whole = read(path).triples
    monkeypatch.setattr("discovery.embeddings.files._BLOCK", 1000)
    assert read(path).triples.hash == whole.hash


def test_hetionet(shared_data: Path) -> None:
    found = read(shared_data / "graphs" / "hetionet")
    triples = found.triples
    assert (triples.n, triples.r, len(triples)) == (47_031, 24, 113_870)
    counts = np.bincount(triples.edges_relation, minlength=24)
    named = dict(zip(triples.relations, counts.tolist(), strict=True))
    assert (named["CbG"], named["DaG"], named["CtD"]) == (11_571, 12_623, 755)
    lithium = triples.index["drugbank:DB01356"]
    assert (triples.types[lithium], found.labels["drugbank:DB01356"]) == ("Compound", "Lithium")
    signs = {
        r: set(triples.sign[triples.edges_relation == i].tolist())
        for i, r in enumerate(triples.relations)
    }
    assert (signs["CuG"], signs["CdG"], signs["GiG"]) == ({1}, {-1}, {0})


@pytest.mark.parametrize(
    ("name", "edges", "positive"),
    [
        ("trrust/trrust_rawdata.human.tsv", 9_384, None),
        ("signed/SIGNORfiltered.csv", 9_570, 6_180),
        ("signed/SignorSIF.tsv", 9_570, 6_180),
        ("signed/Ex2_network_SBV_Omnipath.sif", 9_306, None),
    ],
)
def test_signed_networks(shared_data: Path, name: str, edges: int, positive: int | None) -> None:
    found = read(shared_data / "graphs" / name).triples
    assert len(found) == edges
    assert found.relations == ("regulates",)
    assert positive is None or int((found.sign == 1).sum()) == positive


@pytest.mark.slow
def test_a_million_edges_are_read_in_bounded_memory(tmp_path: Path) -> None:
    import pandas as pd

    rng = np.random.default_rng(0)
    m = 1_000_000
    path = tmp_path / "big.tsv"
    frame = pd.DataFrame(
        {
            "head": np.char.add("hgnc:", rng.integers(0, 50_000, m).astype(str)),
            "relation": np.char.add("r", rng.integers(0, 20, m).astype(str)),
            "tail": np.char.add("hgnc:", rng.integers(0, 50_000, m).astype(str)),
        }
    )
    frame.to_csv(path, sep="\t", index=False)
    triples = read(path).triples
    assert len(triples) == len(frame.drop_duplicates())
    known = triples.known()
    h, r, t = (frame[c].iloc[:1000] for c in ("head", "relation", "tail"))
    ids = [
        [triples.index[e] for e in h],
        [triples.relation_id(x) for x in r],
        [triples.index[e] for e in t],
    ]
    assert known.contains(*ids).all()
