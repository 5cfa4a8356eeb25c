"""Search within a budget, the model card, and the picture of training."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from discovery.embeddings.card import draw_history, model_card, write_card
from discovery.embeddings.config import preset
from discovery.embeddings.search import search
from discovery.embeddings.training import train
from discovery.embeddings.triples import Triples
from graph.errors import DataError, UsageError


def ring(n: int = 24) -> tuple[Triples, Triples]:
    """Each node points to the next and the one after; every seventh edge is held out."""
    h = np.concatenate([np.arange(n), np.arange(n)])
    t = np.concatenate([(np.arange(n) + 1) % n, (np.arange(n) + 2) % n])
    graph = Triples.from_ids(
        [f"x:{i:02}" for i in range(n)], ["next", "after"], h, np.repeat([0, 1], n), t
    )
    held = np.arange(len(h)) % 7 == 0
    return graph.subset(~held), graph.subset(held)


SMALL = {"dim": 4, "epochs": 2, "every": 1, "batch": 16}


@pytest.mark.slow
def test_a_search_starts_from_the_settings_and_returns_the_best() -> None:
    graph, valid = ring()
    start = preset("distmult", **SMALL)
    found = search(graph, valid, start, 600, most=3)
    again = search(graph, valid, start, 600, most=3)
    assert len(found.trials) == 3
    assert found.trials[0][0]["lr"] == start.lr
    assert found.mrr == max(v for _, v in found.trials)
    assert (found.config, found.trials) == (again.config, again.trials)


def test_a_search_needs_time_and_edges() -> None:
    graph, valid = ring()
    with pytest.raises(UsageError, match="some time"):
        search(graph, valid, preset("distmult"), 0)
    with pytest.raises(DataError, match="validation edges"):
        search(graph, valid.subset(np.zeros(len(valid), np.bool_)), preset("distmult"), 5)


@pytest.mark.slow
def test_a_card_has_the_snapshot_the_settings_and_what_was_not_done(tmp_path: Path) -> None:
    graph, valid = ring()
    trained = train(graph, preset("distmult", **SMALL), valid=valid)
    card = model_card(trained, valid=valid)
    write_card(card, tmp_path)
    (file,) = tmp_path.glob("*.json")
    stored = json.loads(file.read_text(encoding="utf-8"))
    assert stored["data"]["snapshot"] == graph.hash
    assert stored["config"]["dim"] == 4
    assert stored["training"]["epochs"] == 2
    assert stored["evaluation"] is None
    draw_history(trained, tmp_path / "curve.svg")
    assert "<svg" in (tmp_path / "curve.svg").read_text(encoding="utf-8")
    with pytest.raises(UsageError):
        draw_history(trained, tmp_path / "curve.xyz")
