"""What all of causal-learn's algorithms need: silence, repeatable randomness, knowledge afterwards."""

from __future__ import annotations

import contextlib
import io
import random
import threading
import warnings
from abc import abstractmethod
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from discovery.algorithms.base import Algorithm, Learned, Progress
from discovery.data import Table
from discovery.knowledge import Knowledge
from discovery.marks import ARROW, CIRCLE, TAIL, Marks
from graph.errors import DataError, UsageError

__all__ = ["Reference", "marks_of", "quiet", "standardised"]

_ONE_AT_A_TIME = threading.RLock()
"""it draws from the global random generators and prints to the global streams"""


def marks_of(graph: NDArray[np.int_]) -> Marks:
    """Return our marks for causal-learn's matrix [p, p], whose entry [i, j] is the mark at i."""
    values = {-1: TAIL, 1: ARROW, 2: CIRCLE}
    marks = np.zeros(graph.shape, dtype=np.int8)
    for value, mark in values.items():
        marks[value == graph.T] = mark
    return marks


@contextlib.contextmanager
def quiet(seed: int = 0) -> Iterator[None]:
    """Silence warnings and printing, and seed the global generators that causal-learn draws from;
    afterwards they are as before."""
    with _ONE_AT_A_TIME:
        state, numbers = random.getstate(), np.random.get_state()
        random.seed(seed)
        np.random.seed(seed)
        try:
            with (
                warnings.catch_warnings(),
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.redirect_stderr(io.StringIO()),
            ):
                warnings.simplefilter("ignore")
                yield
        finally:
            random.setstate(state)
            np.random.set_state(numbers)


def standardised(table: Table) -> NDArray[np.float64]:
    """Return the values with mean 0 and variance 1, [n, p]: some of its scores and searches depend on
    the scale, all of them on its rounding."""
    values = table.values - table.values.mean(axis=0)
    return np.asarray(values / values.std(axis=0))


class Reference(Algorithm):
    """An algorithm of causal-learn (Zheng et al. 2024, JMLR 25)."""

    @property
    def engine(self) -> str:
        """Name and version of the installed package."""
        from importlib.metadata import version

        return f"causal-learn {version('causal-learn')}"

    def run(self, table: Table, knowledge: Knowledge, progress: Progress | None = None) -> Learned:
        """See :meth:`Algorithm.run`. causal-learn keeps nothing when it is interrupted: the result then
        has no edge but those required, and is marked incomplete.

        Raises:
            UsageError: graded knowledge, weights of rows, intervention targets or missing values.
            DataError: causal-learn cannot use the data; what it said is in the message.
        """
        self.check_table(table)
        self.check_knowledge(knowledge)
        if progress is not None:
            progress(f"running {self.engine}: {self.name.split('/')[1]}", 0, 0)
        try:
            return self._run(table, knowledge)
        except KeyboardInterrupt:
            return self._interrupted(table, knowledge)
        except (ValueError, np.linalg.LinAlgError) as error:
            if isinstance(error, DataError | UsageError):
                raise
            raise DataError(
                f"{self.name} failed: {error}",
                where=table.name,
                hint="Try an algorithm without causal-learn/ in its name.",
            ) from error

    @abstractmethod
    def _run(self, table: Table, knowledge: Knowledge) -> Learned:
        """Learn; ValueError and LinAlgError of causal-learn are turned into DataError."""

    def _interrupted(self, table: Table, knowledge: Knowledge) -> Learned:
        marks = np.zeros((table.p, table.p), dtype=np.int8)
        required = knowledge.requires(table.columns)
        marks[required] = ARROW
        marks[required.T] = TAIL
        note = (
            "interrupted: causal-learn keeps nothing of an unfinished search; no edge was learned"
        )
        return Learned(marks, notes=[note], complete=False)
