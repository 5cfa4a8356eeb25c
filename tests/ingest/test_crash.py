"""A few rounds of kill -9 (``python -m benchmarks.crash`` runs many)."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.crash import finish, strike


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_killed_jobs_end_with_the_same_graph(
    tmp_path: Path, citation: Callable[..., str], article_set: Callable[..., str], workers: int
) -> None:
    records = [citation(i, abstract=f"Lithium causes polyuria in {i} rats.") for i in range(1, 301)]
    newer = citation(7, abstract="Amiloride prevents nephropathy.")
    file = tmp_path / "a.xml"
    file.write_text(article_set(*records, newer, deleted=(8, 9)), encoding="utf-8")
    rng = random.Random(0)
    (tmp_path / "clean").mkdir()
    wanted, seconds = finish(tmp_path / "clean", file, 20)
    assert wanted.count("\n") > 300
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        for _ in range(number + 1):
            strike(folder, file, 20, seconds, rng, workers)
        assert finish(folder, file, 20, workers)[0] == wanted
