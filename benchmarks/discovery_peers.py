"""Peers for :mod:`benchmarks.discovery`: other packages' searches, each package in a process of its own.

A peer that is not installed, fails, or takes longer than its limit gives a row that says so; it never ends
the run. Imports and a first small search are not timed. Every search gives marks [p, p]
(:mod:`discovery.marks`) or what its row compares.
"""

from __future__ import annotations

import contextlib
import io
import logging
import multiprocessing
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["PEERS", "Outcome", "Peers", "versions"]

PACKAGES = ("causal-learn", "pybnesian", "pyagrum", "gcastle", "dagma", "scikit-learn", "numba")


def versions() -> dict[str, str]:
    """Return the installed versions, "not installed" for the others."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


# Each peer: (values [n, p], settings) -> result. They run in the peer's process. ----------------------


def _frame(values: npt.NDArray[Any], *, discrete: bool = False) -> Any:
    import pandas as pd

    frame = pd.DataFrame(values, columns=[f"x{i}" for i in range(values.shape[1])])
    if discrete:
        for name in frame.columns:
            frame[name] = pd.Categorical(frame[name].astype(int).astype(str))
    return frame


def _marks_of_pairs(
    p: int, directed: list[tuple[str, str]], undirected: list[tuple[str, str]]
) -> npt.NDArray[Any]:
    from discovery.marks import ARROW, TAIL

    marks = np.zeros((p, p), dtype=np.int8)
    for a, b in undirected:
        i, j = int(a[1:]), int(b[1:])
        marks[i, j] = marks[j, i] = TAIL
    for a, b in directed:
        i, j = int(a[1:]), int(b[1:])
        marks[i, j], marks[j, i] = ARROW, TAIL
    return marks


def _class_of(dag: npt.NDArray[Any]) -> npt.NDArray[Any]:
    from discovery.marks import topological_order
    from discovery.orientation import to_cpdag

    directed = np.asarray(dag) != 0
    return to_cpdag(directed) if topological_order(directed) is not None else _directed(directed)


def _directed(dag: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.where(dag, 2, np.where(dag.T, 1, 0)).astype(np.int8)


def causal_learn_pc(
    values: npt.NDArray[Any], alpha: float = 0.01, test: str = "fisherz"
) -> npt.NDArray[Any]:
    from causallearn.search.ConstraintBased.PC import pc

    from discovery.algorithms.causal_learn import marks_of

    return marks_of(pc(values, alpha, test, show_progress=False).G.graph)


def causal_learn_fci(values: npt.NDArray[Any], alpha: float = 0.01) -> npt.NDArray[Any]:
    from causallearn.search.ConstraintBased.FCI import fci

    from discovery.algorithms.causal_learn import marks_of

    return marks_of(fci(values, "fisherz", alpha, show_progress=False)[0].graph)


def causal_learn_boss(values: npt.NDArray[Any], penalty: float = 2.0) -> npt.NDArray[Any]:
    from causallearn.search.PermutationBased.BOSS import boss

    from discovery.algorithms.causal_learn import marks_of

    found = boss(values, parameters={"lambda_value": penalty}, verbose=False)
    return marks_of(found.graph)


def causal_learn_grasp(values: npt.NDArray[Any], penalty: float = 2.0) -> npt.NDArray[Any]:
    from causallearn.search.PermutationBased.GRaSP import grasp

    from discovery.algorithms.causal_learn import marks_of

    found = grasp(values, parameters={"lambda_value": penalty}, verbose=False)
    return marks_of(found.graph)


def causal_learn_ges(
    values: npt.NDArray[Any], score: str = "local_score_BIC_from_cov", penalty: float | None = 2.0
) -> npt.NDArray[Any]:
    from causallearn.search.ScoreBased.GES import ges

    from discovery.algorithms.causal_learn import marks_of

    return marks_of(ges(values, score, lambda_value=penalty)["G"].graph)


def causal_learn_bdeu(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return causal_learn_ges(values, "local_score_BDeu", None)


def causal_learn_lingam(values: npt.NDArray[Any]) -> list[int]:
    from causallearn.search.FCMBased.lingam import DirectLiNGAM

    model = DirectLiNGAM()
    model.fit(values)
    return [int(k) for k in model.causal_order_]


def causal_learn_tests(
    values: npt.NDArray[Any], queries: list[list[int]], test: str = "gsq"
) -> list[float]:
    from causallearn.utils.cit import CIT

    asked = CIT(values, test)
    return [float(asked(x, y, tuple(given))) for x, y, *given in queries]


def pybnesian_pc(values: npt.NDArray[Any], alpha: float = 0.01) -> npt.NDArray[Any]:
    from pybnesian import PC, LinearCorrelation

    frame = _frame(values)
    found = PC().estimate(LinearCorrelation(frame), alpha=alpha, allow_bidirected=False)
    return _marks_of_pairs(values.shape[1], found.arcs(), found.edges())


def pybnesian_hc(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    import pybnesian

    found = pybnesian.hc(_frame(values), bn_type=pybnesian.GaussianNetworkType(), score="bic")
    marks = _marks_of_pairs(values.shape[1], found.arcs(), [])
    return _class_of(marks == 2)


def pybnesian_hc_discrete(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    import pybnesian

    frame = _frame(values, discrete=True)
    found = pybnesian.hc(frame, bn_type=pybnesian.DiscreteBNType(), score="bic", operators=["arcs"])
    marks = _marks_of_pairs(values.shape[1], found.arcs(), [])
    return _class_of(marks == 2)


def pyagrum_miic(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    import pyagrum

    learner = pyagrum.BNLearner(_frame(values, discrete=True))
    learner.useMIIC()
    found = learner.learnPDAG()
    undirected = [(f"x{a}", f"x{b}") for a, b in found.edges()]
    return _marks_of_pairs(
        values.shape[1], [(f"x{a}", f"x{b}") for a, b in found.arcs()], undirected
    )


def gcastle_pc(values: npt.NDArray[Any], alpha: float = 0.01) -> npt.NDArray[Any]:
    from castle.algorithms import PC

    model = PC(variant="stable", alpha=alpha, ci_test="fisherz")
    model.learn(values)
    found = np.asarray(model.causal_matrix) != 0
    return np.where(found & found.T, 1, _directed(found & ~found.T)).astype(np.int8)


def dagma_linear(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    from dagma.linear import DagmaLinear

    return _class_of(DagmaLinear(loss_type="l2").fit(values, lambda1=0.02))


PEERS: dict[str, tuple[str, Callable[..., Any]]] = {
    "causal-learn PC": ("causallearn", causal_learn_pc),
    "causal-learn FCI": ("causallearn", causal_learn_fci),
    "causal-learn BOSS": ("causallearn", causal_learn_boss),
    "causal-learn GRaSP": ("causallearn", causal_learn_grasp),
    "causal-learn GES": ("causallearn", causal_learn_ges),
    "causal-learn GES-BDeu": ("causallearn", causal_learn_bdeu),
    "causal-learn DirectLiNGAM": ("causallearn", causal_learn_lingam),
    "causal-learn tests": ("causallearn", causal_learn_tests),
    "pybnesian PC": ("pybnesian", pybnesian_pc),
    "pybnesian HC": ("pybnesian", pybnesian_hc),
    "pybnesian HC-BIC": ("pybnesian", pybnesian_hc_discrete),
    "pyAgrum MIIC": ("pyagrum", pyagrum_miic),
    "gCastle PC": ("castle", gcastle_pc),
    "DAGMA": ("dagma", dagma_linear),
}
"""name -> module that must be installed, and the search"""


@dataclass(frozen=True)
class Outcome:
    """What a peer returned and its seconds (wall and processor), or why there is nothing."""

    result: Any = None
    seconds: float | None = None
    cpu: float | None = None
    failure: str = ""


def _serve(pipe: Connection) -> None:
    """Answer searches until the pipe closes."""
    import random

    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    while True:
        try:
            name, values, settings = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        random.seed(0)
        np.random.seed(0)
        try:
            with (
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.redirect_stderr(io.StringIO()),
            ):
                wall, cpu = time.perf_counter(), time.process_time()
                result = PEERS[name][1](values, **settings)
                found: tuple[Any, float | None, float | None, str] = (
                    result,
                    time.perf_counter() - wall,
                    time.process_time() - cpu,
                    "",
                )
        except Exception as error:  # noqa: BLE001 - whatever a peer raises is its row, not our end
            found = (None, None, None, f"{type(error).__name__}: {error}"[:80])
        pipe.send(found)


class Peers:
    """Runs peers' searches in one process a package; use as a context.

    Args:
        limit: seconds for one search; a process that takes longer is ended.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self._running: dict[str, tuple[Any, Connection]] = {}
        self._known: dict[tuple[Any, ...], Outcome] = {}

    def __enter__(self) -> Peers:
        return self

    def __exit__(self, *_: object) -> None:
        for module in list(self._running):
            self._end(module)

    def run(
        self,
        name: str,
        values: npt.NDArray[Any],
        *,
        warm: npt.NDArray[Any] | None = None,
        **settings: Any,
    ) -> Outcome:
        """Search once; the same question again is answered from memory.

        Args:
            name: in :data:`PEERS`.
            values: [n, p].
            warm: small data for an untimed first search in a new process; by default 60 rows of five of
                the columns.
            settings: of the peer's function.
        """
        from importlib.util import find_spec

        module = PEERS[name][0]
        if find_spec(module) is None:
            return Outcome(failure="not installed")
        key = (name, values.shape, values.tobytes(), repr(sorted(settings.items())))
        if key not in self._known:
            self._known[key] = self._ask(module, name, values, warm, settings)
        return self._known[key]

    def _ask(
        self,
        module: str,
        name: str,
        values: npt.NDArray[Any],
        warm: npt.NDArray[Any] | None,
        settings: dict[str, Any],
    ) -> Outcome:
        if module not in self._running:
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            self._running[module] = process, ours
        _, pipe = self._running[module]
        first = values[:60, :5] if warm is None else warm
        questions = (
            [(first, {}), (values, settings)] if "queries" not in settings else [(values, settings)]
        )
        found: tuple[Any, ...] = (None, None, None, "no answer")
        for position, (data, options) in enumerate(questions):
            pipe.send((name, data, options))
            # imports of the first search count against the limit of the peer's process, not its time
            if not pipe.poll(self.limit + (120 if position == 0 else 0)):
                self._end(module)
                return Outcome(failure=f"over {self.limit:.0f} s")
            try:
                found = pipe.recv()
            except EOFError:
                self._end(module)
                return Outcome(failure="its process died")
        return Outcome(*found)

    def _end(self, module: str) -> None:
        process, pipe = self._running.pop(module)
        pipe.close()
        process.terminate()
        process.join(5)
        if process.is_alive():
            process.kill()
