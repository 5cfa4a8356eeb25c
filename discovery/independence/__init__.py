"""Tests of conditional independence: one registry, one file a family.

To add one: a module with a subclass of :class:`~discovery.independence.base.IndependenceTest` and a line in
:data:`TESTS`. The contract tests in ``tests/discovery/test_independence.py`` run every entry.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Literal

from discovery.data import Table
from discovery.independence.base import IndependenceTest
from graph.errors import UsageError

__all__ = ["TESTS", "IndependenceTest", "TestName", "automatic", "class_of", "independence_test"]

TestName = Literal[
    "auto", "fisherz", "gsq", "chisq", "conditional-gaussian", "kernel", "kci", "rcit",
    "fisher-z", "g2", "chi2",
]  # fmt: skip
"""what the setting ``test`` of an algorithm may be; the last three are other names"""

TESTS: Mapping[str, str] = {
    "chisq": "discovery.independence.categorical:Chi2",
    "conditional-gaussian": "discovery.independence.conditional_gaussian:ConditionalGaussian",
    "fisherz": "discovery.independence.fisher_z:FisherZ",
    "gsq": "discovery.independence.categorical:G2",
    "kci": "discovery.independence.kernel:KCI",
    "rcit": "discovery.independence.random_features:RCIT",
}
"""name -> ``module:class``; imported when first asked for"""

_OTHER_NAMES = {"fisher-z": "fisherz", "g2": "gsq", "chi2": "chisq"}
_KERNEL_ROWS = 500
"""up to so many rows ``kernel`` is the exact kernel test, then the one with random features"""


def class_of(name: str) -> type[IndependenceTest]:
    """Return the class registered under a name; ``auto`` and ``kernel`` need a table.

    Raises:
        UsageError: if there is none.
    """
    target = TESTS.get(_OTHER_NAMES.get(name, name))
    if target is None:
        raise UsageError(
            f"there is no independence test {name!r}",
            hint=f"Known: auto, kernel, {', '.join(sorted({*TESTS, *_OTHER_NAMES}))}.",
        )
    module, attribute = target.split(":")
    found: type[IndependenceTest] = getattr(importlib.import_module(module), attribute)
    return found


def automatic(table: Table) -> str:
    """Return the test that fits the kinds of the columns: ``fisherz`` if all are continuous, ``gsq`` if
    all are discrete, else ``conditional-gaussian``."""
    kinds = set(table.kinds)
    if kinds == {"continuous"}:
        return "fisherz"
    return "gsq" if kinds == {"discrete"} else "conditional-gaussian"


def independence_test(name: str, table: Table, *, seed: int = 0) -> IndependenceTest:
    """Return a ready test of a table's columns.

    Args:
        name: of :data:`TESTS`; ``auto`` chooses by the kinds of the columns (:func:`automatic`);
            ``kernel`` is ``kci`` up to 500 rows and ``rcit`` above.
        seed: of the tests that draw numbers.

    Raises:
        UsageError: an unknown test, or one that cannot use the table's weights or missing values.
        DataError: a column that this test cannot take.
    """
    if name == "auto":
        name = automatic(table)
    if name == "kernel":
        name = "kci" if table.n <= _KERNEL_ROWS else "rcit"
    found = class_of(name)
    found.check(table)
    return found(table, seed=seed)
