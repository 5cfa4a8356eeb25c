"""Features of entities in the graph networks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from discovery.embeddings.config import READS_FEATURES, preset
from discovery.embeddings.features import Features, Modality, combine
from discovery.embeddings.models.embedding import build
from discovery.embeddings.proposing import again
from discovery.embeddings.trained import Trained
from discovery.embeddings.training import fit, train
from discovery.embeddings.triples import Triples
from graph.errors import DataError, UsageError

SMALL: dict[str, Any] = {"epochs": 2, "dim": 8, "batch": 64, "every": 0, "patience": 0}
KINDS, EACH = 4, 10


def kinds() -> tuple[Triples, Features, Triples]:
    """Drugs that treat the diseases of their kind; the last drug of each kind has no edge, but features
    tell its kind. Returns the graph, the features, and what those drugs treat."""
    n = KINDS * EACH
    kind = np.arange(n) % KINDS
    edges = [(d, n + e) for d in range(n) for e in range(n) if kind[d] == kind[e]]
    h, t = (np.array(x) for x in zip(*edges, strict=True))
    names = [f"drug:{i:02}" for i in range(n)] + [f"sick:{i:02}" for i in range(n)]
    whole = Triples.from_ids(
        names, ["treats"], h, np.zeros(len(h), int), t, types=["Drug"] * n + ["Disease"] * n
    )
    cold = whole.heads >= n - KINDS
    told = np.concatenate([np.eye(KINDS)[kind], np.zeros((n, KINDS))]).astype(np.float32)
    modality = Modality("kind", told, np.arange(2 * n) < n)
    return whole.subset(~cold), combine(whole, [modality]), whole.subset(cold)


def told_apart(scorer: Trained, cold: Triples) -> float:
    """How often a drug's diseases score above the others (area under the ROC curve, mean of drugs)."""
    found = []
    for drug in np.unique(cold.heads):
        rows = scorer.score_tails(np.array([drug]), np.zeros(1, np.int64))[0, KINDS * EACH :]
        true = np.arange(KINDS * EACH) % KINDS == drug % KINDS
        found.append((rows[true][:, None] > rows[~true]).mean())
    return float(np.mean(found))


@pytest.mark.slow
@pytest.mark.parametrize("name", READS_FEATURES)
def test_features_tell_what_an_entity_without_edges_does(name: str) -> None:
    graph, features, cold = kinds()
    settings: dict[str, Any] = {
        "dim": 16,
        "epochs": 20,
        "batch": 64,
        "every": 0,
        "layers": 1,
        "seed": 2,
    }
    assert told_apart(fit(name, graph, features=features, **settings), cold) > 0.9
    # without features it is a guess
    assert told_apart(fit(name, graph, **settings), cold) < 0.75


@pytest.mark.parametrize("name", READS_FEATURES)
def test_every_network_reads_them_and_a_saved_model_has_them(name: str, tmp_path: Path) -> None:
    graph, features, cold = kinds()
    r, h = np.zeros(4, np.int64), np.unique(cold.heads)
    trained = fit(name, graph, features=features, **SMALL)
    again_loaded = Trained.load(trained.save(tmp_path), graph, "cpu")
    assert np.array_equal(again_loaded.score_tails(h, r), trained.score_tails(h, r))
    turned = replace(features, x=features.x[:, ::-1].copy())
    other = build(graph, trained.config, turned.flagged())
    state = trained.model.state_dict()
    other.load_state_dict(state | {"given": other.state_dict()["given"]})
    changed = Trained(other, graph, trained.config).score_tails(h, r)
    assert not np.allclose(changed, trained.score_tails(h, r))
    # a rewired graph is learned with the same features
    null = again(trained)(graph, 3)
    assert isinstance(null, Trained)
    assert np.array_equal(null.model.given.numpy(), features.flagged())


def test_an_absent_modality_is_zeros_and_a_flag() -> None:
    graph, _, _ = kinds()
    n = graph.n
    full = np.ones((n, 2), np.float32)
    there = np.arange(n) % 2 == 0
    features = combine(
        graph, [Modality("a", full, there), Modality("b", full, np.ones(n, np.bool_))], scale=False
    )
    # what stands where nothing is known must not matter
    loud = replace(features, x=np.where(np.repeat(features.mask, 2, axis=1), features.x, 99))
    rows = loud.flagged()
    assert rows.dtype == np.float32
    assert rows.shape == (n, 6)
    assert np.array_equal(rows, features.flagged())
    assert np.array_equal(rows[0], [1, 1, 1, 1, 0, 0])
    assert np.array_equal(rows[1], [0, 0, 1, 1, 1, 0])


def test_features_that_cannot_be_read_are_refused() -> None:
    graph, features, _ = kinds()
    with pytest.raises(DataError, match="features of shape"):
        build(graph, preset("r-gcn"), features.flagged()[:-1])
    hole = features.x.copy()
    hole[0, 0] = np.nan
    with pytest.raises(DataError, match="NaN"):
        fit("r-gcn", graph, features=replace(features, x=hole), **SMALL)


def test_models_of_edges_alone_leave_them() -> None:
    graph, features, _ = kinds()
    one, other = (fit("complex", graph, features=f, **SMALL) for f in (features, None))
    mine, theirs = one.model.state_dict(), other.model.state_dict()
    assert mine.keys() == theirs.keys()
    assert all(bool((mine[k] == theirs[k]).all()) for k in theirs)


def test_a_run_goes_on_with_the_features_it_was_started_with(tmp_path: Path) -> None:
    graph, features, _ = kinds()
    config = preset("compgcn", **SMALL)

    def make(given: Features | None) -> Any:
        rows = None if given is None else given.flagged()
        return lambda triples, settings: build(triples, settings, rows)

    def run(given: Features | None, folder: str, epochs: int) -> Trained:
        longer = replace(config, epochs=epochs)
        return train(graph, longer, folder=tmp_path / folder, make=make(given))

    run(features, "stopped", 2)
    resumed, whole = run(features, "stopped", 4), run(features, "whole", 4)
    mine, other = resumed.model.state_dict(), whole.model.state_dict()
    assert all(bool((mine[k] == other[k]).all()) for k in other)
    for wrong in (None, replace(features, x=features.x * 2)):
        with pytest.raises(UsageError, match="other features"):
            run(wrong, "stopped", 6)
