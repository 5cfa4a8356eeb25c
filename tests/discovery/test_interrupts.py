"""Ctrl-C during a search gives the best graph so far, marked incomplete."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

import discovery
from discovery import Knowledge
from discovery.algorithms import resolve
from discovery.algorithms.constraint import ConstraintAlgorithm
from discovery.counts import CountTests, counts_skeleton
from discovery.marks import topological_order
from discovery.simulate import linear_gaussian, random_dag
from discovery.skeleton import gaussian_skeleton, search_skeleton
from tests.discovery.helpers import dataset_of, table_of
from tests.discovery.oracles import Oracle


class Stopping(Oracle):
    """An oracle that is interrupted at its n-th test."""

    left = 0

    def p_value(self, i: int, j: int, given: Sequence[int] = ()) -> float:
        self.left -= 1
        if self.left < 0:
            self.left = 10**9
            raise KeyboardInterrupt
        return super().p_value(i, j, given)


@pytest.mark.parametrize("name", ["pc", "fci", "rfci"])
@pytest.mark.parametrize("collider", ["standard", "majority"])
def test_the_graph_so_far(name: str, collider: str) -> None:
    rng = np.random.default_rng(1)
    dag = random_dag(9, 3, rng)[:9, :9]
    table = table_of(rng.normal(size=(30, 9)))
    options = {"collider": collider} if name == "pc" else {}
    chosen = resolve(name, **options)
    assert isinstance(chosen, ConstraintAlgorithm)
    test = Stopping(table, dag)
    test.left = 10**9
    whole = chosen.learn_with(test, table, Knowledge())
    assert whole.complete
    needed = 10**9 - test.left
    partial = 0
    for stop in sorted({1, 20, needed // 3, needed // 2, needed - 5, needed - 1}):
        test.left = stop
        found = chosen.learn_with(test, table, Knowledge())
        assert not found.complete
        assert any("interrupted" in note for note in found.notes)
        # tests that are not done separate nothing: every true edge is there
        assert (found.marks != 0)[dag | dag.T].all()
        partial += int((found.marks != 0).sum() > (whole.marks != 0).sum())
    assert partial


def raising_at(level: int):
    def progress(text: str, done: int, total: int) -> None:
        if "conditioning" in text and done == level:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("test", ["fisherz", "gsq", "conditional-gaussian"])
def test_between_levels(test: str) -> None:
    rng = np.random.default_rng(0)
    values = linear_gaussian(random_dag(8, 3, rng), 600, rng)
    if test != "fisherz":
        values[:, :4] = values[:, :4] > 0
    if test == "gsq":
        values = (values > 0).astype(float)
    table = table_of(values)
    found = resolve("pc", test=test).run(table, Knowledge(), raising_at(1))
    assert not found.complete
    until = resolve("pc", test=test, max_depth=0).run(table, Knowledge())
    assert ((found.marks != 0) == (until.marks != 0)).all()
    assert topological_order(found.marks == 2) is not None or (found.marks == 2).any()


def test_an_interrupted_search_is_not_followed_by_bootstraps() -> None:
    rng = np.random.default_rng(0)
    data = dataset_of(linear_gaussian(random_dag(6, 2, rng), 300, rng))

    def stop(done: int, total: int | None, text: str) -> None:
        if text.startswith("testing with 1"):
            raise KeyboardInterrupt

    found = discovery.learn(data, "pc", bootstraps=5, progress=stop)
    assert not found.complete
    assert found.bootstraps_done == 0


def test_every_skeleton_search_can_be_stopped() -> None:
    rng = np.random.default_rng(0)
    values = linear_gaussian(random_dag(6, 2, rng), 300, rng)
    table = table_of(values)

    def stop(depth: int) -> None:
        if depth == 1:
            raise KeyboardInterrupt

    codes = CountTests((values > 0).astype(np.int64))
    for found in (
        gaussian_skeleton(table.correlation, 300, 0.01, progress=stop),
        counts_skeleton(codes, 0.01, progress=stop),
        search_skeleton(6, lambda x, y, s: 0.0, 0.01, progress=stop),
    ):
        assert not found.complete
        assert found.depth == 0
