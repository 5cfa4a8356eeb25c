"""Planted leaks are found, removed and weighed; a clean graph has none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from discovery.embeddings.audit import audit, plant
from discovery.embeddings.files import read
from discovery.embeddings.leaks import alike_relations, find, hierarchies, near_duplicates
from discovery.embeddings.splits import Split, given, random_split
from discovery.embeddings.triples import Links, Triples
from graph.errors import DataError


def graph(seed: int = 0, n: int = 120, m: int = 900) -> Triples:
    rng = np.random.default_rng(seed)
    keys = np.unique(rng.integers(0, 2 * n * n, m))
    return Triples.from_ids(
        [f"e:{i:03}" for i in range(n)],
        ["affects", "binds"],
        keys // n % n,
        keys // (n * n),
        keys % n,
    )


def by_kind(split: Split) -> dict[str, int]:
    return {leak.kind: int(leak.given.sum()) for leak in find(split)}


def test_a_random_graph_leaks_nothing() -> None:
    assert set(by_kind(random_split(graph())).values()) == {0}


def test_what_was_planted_is_found() -> None:
    whole, places = plant(graph(), 60, seed=1)
    split = random_split(whole, pairs=False, seed=2)
    # what the finders have to find: planted test edges whose origin is in training, or the reverse
    own = set(_edges(split.train))
    origin = int(np.bincount(graph().edges_relation).argmax())
    codes = {kind: int(whole.edges_relation[places[kind][0]]) for kind in ("inverse", "duplicate")}
    wanted = dict.fromkeys(codes, 0)
    for h, k, t in _edges(split.test):
        for kind, code in codes.items():
            ends = (t, h) if kind == "inverse" else (h, t)
            other = {origin: code, code: origin}.get(k)
            wanted[kind] += (ends[0], other, ends[1]) in own
    found = by_kind(split)
    assert found["inverse"] == wanted["inverse"] > 0
    assert found["duplicate"] == wanted["duplicate"] > 0
    assert found["near-duplicate"] > 0


def _edges(part: Triples) -> list[tuple[int, int, int]]:
    rows = zip(part.heads.tolist(), part.edges_relation.tolist(), part.tails.tolist(), strict=True)
    return list(rows)


def test_keeping_pairs_together_leaves_no_inverse_or_duplicate() -> None:
    whole, _ = plant(graph(), 60, seed=1)
    found = by_kind(random_split(whole, pairs=True, seed=2))
    assert found["inverse"] == found["duplicate"] == 0


def test_relations_between_nearly_all_pairs_are_not_alike() -> None:
    n = 12
    every = [(a, b) for a in range(n) for b in range(n) if a != b]
    some = every[::7]
    edges = [(a, 0, b) for a, b in every] + [(a, 1, b) for a, b in some]
    h, r, t = zip(*edges, strict=True)
    dense = Triples.from_ids([str(i) for i in range(n)], ["all", "some"], h, r, t)
    inverse, same, symmetric = alike_relations(dense)
    assert (inverse, same, symmetric) == ([], [], [])


def test_symmetric_inverse_and_duplicate_relations() -> None:
    rng = np.random.default_rng(3)
    pairs = sorted({(int(a), int(b)) for a, b in rng.integers(0, 80, (60, 2)) if a < b})
    edges = [(a, 0, b) for a, b in pairs] + [(b, 0, a) for a, b in pairs]
    other = sorted({(int(a), int(b)) for a, b in rng.integers(0, 80, (60, 2)) if a < b} - {*pairs})
    edges += (
        [(a, 1, b) for a, b in other]
        + [(b, 2, a) for a, b in other]
        + [(a, 3, b) for a, b in other]
    )
    h, r, t = zip(*edges, strict=True)
    whole = Triples.from_ids([f"{i:02}" for i in range(80)], ["sym", "r", "of", "again"], h, r, t)
    inverse, same, symmetric = alike_relations(whole)
    assert symmetric == [0]
    assert inverse == [(1, 2), (2, 3)]
    assert same == [(1, 3)]


def _ontology(n: int = 40) -> tuple[Triples, list[tuple[int, int, int]]]:
    """A tree with all its ancestors, and what is inherited along it."""
    up = {i: (i - 1) // 2 for i in range(1, n)}
    chains = {}
    for i in range(1, n):
        chain, at = [], i
        while at in up:
            at = up[at]
            chain.append(at)
        chains[i] = chain
    edges = [(i, 0, a) for i, chain in chains.items() for a in chain]
    edges += [(i, 1, n + 1) for i in range(n)]
    h, r, t = zip(*edges, strict=True)
    names = [f"t:{i:02}" for i in range(n + 2)]
    return Triples.from_ids(names, ["narrower_than", "located_in"], h, r, t), edges


def test_a_closure_is_found_by_what_it_does_not_by_its_name() -> None:
    whole, _ = _ontology()
    assert hierarchies(whole) == [0]
    split = random_split(whole, seed=1)
    closure = next(leak for leak in find(split) if leak.kind == "closure")
    train = set(_edges(split.train))
    for (h, r, t), leaks in zip(_edges(split.test), closure.given.tolist(), strict=True):
        implied = any((h, 0, y) in train and (y, r, t) in train for y in range(40))
        below = r == 1 and any((h, 1, y) in train and (y, 0, t) in train for y in range(42))
        assert leaks is (implied or below)
    assert closure.given.any()
    assert (closure.test == closure.given).all()


def test_names_make_near_duplicates() -> None:
    whole = graph()
    labels = {"e:000": "Renal Failure", "e:007": "renal failure", "e:009": "failure renal"}
    clusters = near_duplicates(whole, labels)
    assert clusters[0] == clusters[7] != clusters[9]
    other = Triples.from_ids(
        whole.entities, whole.relations, whole.heads, whole.edges_relation, whole.tails,
        types=["A", *["B"] * 119],
    )  # fmt: skip
    clusters = near_duplicates(other, labels)
    assert clusters[0] != clusters[7]


def test_shared_sentences_are_found_and_taken_from_the_test() -> None:
    whole = Triples.from_ids(
        list("abcdef"), ["r"], range(5), [0] * 5, range(1, 6),
        sentences=Links.of([["s1"], ["s2"], ["s1", "s3"], ["s4"], []]),
    )  # fmt: skip
    split = given(whole.subset([0, 1]), whole.subset([]), whole.subset([2, 3, 4]))
    leak = next(one for one in find(split) if one.kind == "sentence")
    assert leak.given.tolist() == leak.test.tolist() == [True, False, False]


def test_an_audit_removes_what_it_found_and_says_its_worth() -> None:
    whole, _ = plant(graph(m=600), 200, seed=1)
    split = random_split(whole, pairs=False, seed=2)
    found = audit(split, most=150)
    worth = {f.kind: f.worth for f in found.findings}
    assert worth["symmetric"] is None
    assert worth["inverse"] is not None
    assert found.inflation > 0.1
    assert by_kind(found.cleaned)["inverse"] == by_kind(found.cleaned)["duplicate"] == 0
    assert len(found.cleaned.test) == len(split.test)
    assert found.degree["share"] <= 1
    told = found.to_text()
    assert "inverse" in told
    assert "rewired graph" in told
    assert found.to_json()["inflation"] == found.inflation


def test_a_test_that_leaks_whole_is_refused() -> None:
    whole = Triples.from_ids(
        list("abc"), ["r"], [0, 1], [0, 0], [1, 2], sentences=Links.of([["s"], ["s"]])
    )
    with pytest.raises(DataError, match="every test edge leaks"):
        audit(given(whole.subset([0]), whole.subset([]), whole.subset([1])), reference="degree")
    with pytest.raises(DataError, match="cannot be planted"):
        plant(whole, 5)


@pytest.mark.slow
def test_the_closures_of_umls_are_found(shared_data: Path) -> None:
    source = read(shared_data / "graphs" / "pykeen_small" / "umls")
    assert source.split is not None
    found = {leak.kind: leak for leak in find(source.split)}
    assert found["closure"].given.mean() > 0.5
    assert any("isa" in pair for pair in found["closure"].pairs)
