"""What every algorithm does with weights, gaps and targets: uses them, or refuses the table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from discovery.algorithms import REGISTRY, resolve
from discovery.data import Table, prepare
from discovery.knowledge import Knowledge
from discovery.simulation import simulate
from graph.dataset import Dataset
from graph.errors import UsageError

NAMES = sorted(REGISTRY)


def two_halves(mechanism: str) -> tuple[Table, Table]:
    """A table whose second half, of another graph, has next to no weight; and the first half alone."""
    one = simulate(5, 2, 300, mechanism=mechanism, levels=(2, 2), seed=1)  # type: ignore[arg-type]
    dense = np.triu(np.ones((5, 5), dtype=bool), 1)
    two = simulate(graph=dense, n=300, mechanism=mechanism, levels=(2, 2), seed=2)  # type: ignore[arg-type]
    frame = pd.concat([one.frame, two.frame], ignore_index=True)
    frame["w"] = [1.0] * 300 + [1e-9] * 300
    return prepare(Dataset(frame), weights="w"), prepare(one.dataset)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mechanism", ["linear", "discrete"])
def test_rows_of_no_weight_count_for_nothing(name: str, mechanism: str) -> None:
    weighted, alone = two_halves(mechanism)
    algorithm = resolve(name)
    if "weights" not in algorithm.uses:
        with pytest.raises(UsageError, match="row weights"):
            algorithm.check_table(weighted)
        return
    algorithm.check_table(weighted)
    # whatever it makes of this half of the rows, it makes of the whole table
    with np.errstate(all="ignore"):
        expected = resolve(name).run(alone, Knowledge()).marks
        plain = resolve(name).run(replace(weighted, weights=None), Knowledge()).marks
        found = algorithm.run(weighted, Knowledge()).marks
    assert np.array_equal(found, expected)
    if mechanism == "linear":
        assert not np.array_equal(plain, expected)  # the other half would have told


@pytest.mark.parametrize("name", NAMES)
def test_gaps_are_used_test_by_test_or_refused(name: str) -> None:
    settings = {"p": 5, "degree": 1.0, "n": 3000, "weights": (0.8, 1.2), "seed": 3}
    made = simulate(**settings, missing=0.1)  # type: ignore[arg-type]
    table = prepare(made.dataset, missing="testwise")
    algorithm = resolve(name)
    if "missing" not in algorithm.uses:
        with pytest.raises(UsageError, match="missing values"):
            algorithm.check_table(table)
        return
    complete = prepare(simulate(**settings).dataset)  # type: ignore[arg-type]
    expected = resolve(name).run(complete, Knowledge()).marks
    assert (expected != 0).any()
    assert np.array_equal(algorithm.run(table, Knowledge()).marks, expected)


@pytest.mark.parametrize("name", NAMES)
def test_targets_are_used_or_refused(name: str) -> None:
    made = simulate(4, 2, 400, interventions=4, seed=1)
    table = prepare(made.dataset, targets=made.targets_column)
    algorithm = resolve(name)
    if "targets" not in algorithm.uses:
        with pytest.raises(UsageError, match="intervention targets"):
            algorithm.check_table(table)
    else:
        algorithm.check_table(table)
