from __future__ import annotations

import numpy as np
import pytest

import discovery
from discovery import Knowledge
from discovery.algorithms import resolve
from discovery.algorithms.constraint import ConstraintAlgorithm
from discovery.colliders import collider_status
from discovery.independence import independence_test
from discovery.marks import adjacency, arrows
from discovery.simulate import linear_gaussian, random_dag
from tests.discovery.helpers import dataset_of, table_of
from tests.discovery.oracles import Oracle, any_table


class Scripted(Oracle):
    """An oracle that is wrong about named tests."""

    wrong: dict[tuple[int, int, tuple[int, ...]], float]

    def p_value(self, i: int, j: int, given: tuple[int, ...] = ()) -> float:
        key = (min(i, j), max(i, j), tuple(sorted(given)))
        return self.wrong.get(key, super().p_value(i, j, given))


def wrong_about_a_collider() -> Scripted:
    """0 -> 2 <- 1 and 0 -> 3 <- 1: 0 and 1 are separated by nothing, and, wrongly, by 2."""
    dag = np.zeros((4, 4), dtype=bool)
    dag[0, 2] = dag[1, 2] = dag[0, 3] = dag[1, 3] = True
    test = Scripted(any_table(4), dag)
    test.wrong = {(0, 1, (2,)): 1.0}
    return test


def test_rules_differ_when_sets_disagree() -> None:
    test = wrong_about_a_collider()
    skeleton = test.skeleton(0.5)
    adjacent = skeleton.adjacent

    def status(rule: str, **options: int):
        found = collider_status(rule, test, skeleton, adjacent, 0.5, **options)  # type: ignore[arg-type]
        return found(0, 2, 1), found(0, 3, 1)

    assert adjacent.sum() == 8
    # the separating sets are {} and {2}: 2 is in one of two, 3 in none
    assert status("standard") == (True, True)
    assert status("conservative") == (None, True)
    assert status("majority") == (None, True)
    assert status("conservative", max_depth=0) == (True, True)
    test.wrong[0, 1, (2, 3)] = 1.0  # two of three sets hold 2: no collider; one holds 3: a collider
    assert status("majority") == (False, True)
    assert status("conservative") == (None, None)


def test_ambiguous_triples_stay_undirected_and_are_noted() -> None:
    test = wrong_about_a_collider()
    pc = resolve("pc", collider="conservative", alpha=0.5)
    assert isinstance(pc, ConstraintAlgorithm)
    found = pc.learn_with(test, test.table, Knowledge())
    assert set(zip(*np.nonzero(arrows(found.marks)), strict=True)) == {(0, 3), (1, 3)}
    assert any("ambiguous" in note for note in found.notes)


@pytest.mark.parametrize("seed", range(5))
def test_rules_share_the_skeleton_and_conservative_directs_less(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = table_of(linear_gaussian(random_dag(15, 3, rng), 500, rng))
    marks = {
        rule: resolve("pc", collider=rule).run(table, Knowledge()).marks
        for rule in ("standard", "conservative", "majority")
    }
    for other in marks.values():
        assert (adjacency(other) == adjacency(marks["standard"])).all()
    # what the conservative rule calls a collider the majority does too
    test = independence_test("fisherz", table)
    skeleton = test.skeleton(0.01)
    careful, most = (
        collider_status(rule, test, skeleton, skeleton.adjacent, 0.01)  # type: ignore[arg-type]
        for rule in ("conservative", "majority")
    )
    for y in range(15):
        near = np.flatnonzero(skeleton.adjacent[y]).tolist()
        for x in near:
            for z in near:
                if x < z and not skeleton.adjacent[x, z]:
                    decided = careful(x, y, z)
                    assert decided is None or decided == most(x, y, z)


def test_column_order_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    values = linear_gaussian(random_dag(10, 3, rng), 400, rng)
    order = rng.permutation(10)
    for rule in ("conservative", "majority"):
        one = resolve("pc", collider=rule).run(table_of(values), Knowledge()).marks
        two = resolve("pc", collider=rule).run(table_of(values[:, order]), Knowledge()).marks
        assert (adjacency(one)[np.ix_(order, order)] == adjacency(two)).all()


def test_rules_are_settings() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 1000))
    data = dataset_of(np.column_stack([a, b, a + b + rng.normal(size=1000)]), ("a", "b", "c"))
    for rule in ("standard", "conservative", "majority"):
        assert discovery.learn(data, "pc", collider=rule).graph.directed == (("a", "c"), ("b", "c"))
