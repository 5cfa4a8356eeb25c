"""The score searches on networks of categories, 5,000 rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from discovery.algorithms import resolve
from discovery.data import prepare
from discovery.knowledge import Knowledge
from discovery.orientation import to_cpdag
from discovery.simulation import read_bif
from graph.dataset import Dataset
from tests.discovery.test_boss import shd


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "most"), [("sachs", 0), ("child", 1), ("insurance", 22), ("alarm", 3)]
)
@pytest.mark.parametrize("algorithm", ["boss", "grasp"])
def test_known_networks_are_found(shared_data: Path, name: str, most: int, algorithm: str) -> None:
    network = read_bif(shared_data / "causal" / "bif" / f"{name}.bif.gz")
    wrong = []
    for seed in (100, 101):
        frame = network.frame(5000, np.random.default_rng(seed))
        table = prepare(Dataset(frame), categories=True)
        assert table.columns == network.columns
        marks = resolve(algorithm).run(table, Knowledge()).marks
        wrong.append(shd(marks, to_cpdag(network.dag)))
    assert np.mean(wrong) <= most
