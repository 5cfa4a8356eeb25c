"""Soundness of orientations under background knowledge, ours and causal-learn's on the same cases.

    python -m benchmarks.discovery_soundness [--cases N] [--first SEED] [--peer-cases N] [--json FILE]

Every case is a random graph, with hidden common causes in half of them, whose independences are known
exactly, and knowledge (required edges, forbidden edges, tiers) that is true of that graph. So whatever
an algorithm draws can be checked, and a single untrue mark is a failure:

- ``required``: a required edge is not in the result as required;
- ``untrue``: an arrowhead or tail that the generating graph does not have (a false collider from a
  forbidden edge is one);
- ``latent``: an edge that only a hidden common cause makes is given a direction;
- ``skeleton``: adjacencies differ from the true ones;
- ``lost``: a mark found without knowledge is missing with it;
- ``conflict``: a disagreement is reported where there is none;
- ``error``: the algorithm fails.

Knowledge that may be wrong is drawn for samples of few rows: there it has to hold in the result, whatever
the data say (``required``; ``forbidden``: a forbidden edge or one against the tiers; ``cycle``).

Our algorithms run whole, on tables whose correlations are those of the population and whose number of rows
is so large that a test is wrong only where a partial correlation is below 3e-8 (score searches: fewer
rows, and cases that they get wrong without knowledge are passed over). causal-learn is given the
independence oracle itself, as a test of its own registry, and its own background knowledge.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discovery.algorithms import REGISTRY, resolve
from discovery.data import Table
from discovery.knowledge import Knowledge
from discovery.marks import ARROW, TAIL, Marks, arrows, topological_order
from discovery.orientation import to_cpdag
from discovery.simulate import linear_gaussian, random_dag
from graph.errors import DataError, EtiographError

__all__ = [
    "HIDDEN", "SCORES", "TESTS", "Case", "Oracle", "OracleTable", "check_ancestral", "check_directed", "check_holds",
    "draw", "draw_sample", "oracle_failures", "sample_failures", "theirs", "theirs_on_sample",
]  # fmt: skip

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

ROWS = 10**16
"""pretended number of rows: any partial correlation above 3e-8 is found"""

SCORE_ROWS = 10**7
"""the same for scores, whose sums would lose their last digits with more"""

TESTS = ("pc",)
"""algorithms for graphs without hidden causes, of which those in the registry are run"""
SCORES = ("boss", "ges", "grasp")
HIDDEN = ("fci", "rfci")
_THEIR_ERRORS = (AttributeError, IndexError, KeyError, TypeError, ValueError)
SETTINGS: dict[str, dict[str, Any]] = {"fci": {"possible_d_sep": 10}}


class Oracle:
    """d-separation in a DAG, answered over its first ``observed`` nodes by sets as bits."""

    def __init__(self, dag: Bools, observed: int) -> None:
        self.p = observed
        size = len(dag)
        self.parents = [sum(1 << int(k) for k in np.flatnonzero(dag[:, v])) for v in range(size)]
        self.children = [sum(1 << int(k) for k in np.flatnonzero(dag[v])) for v in range(size)]
        self.above = [self._above(1 << v) for v in range(size)]

    def _above(self, nodes: int) -> int:
        found, todo = nodes, nodes
        while todo:
            v = (todo & -todo).bit_length() - 1
            todo &= todo - 1
            new = self.parents[v] & ~found
            found |= new
            todo |= new
        return found

    def separated(self, x: int, y: int, given: int) -> bool:
        """Whether ``x`` and ``y`` are separated given a set (bits): in the moral graph of the ancestors."""
        part = 0
        rest = (1 << x) | (1 << y) | given
        while rest:
            part |= self.above[(rest & -rest).bit_length() - 1]
            rest &= rest - 1
        seen = todo = 1 << x
        while todo:
            v = (todo & -todo).bit_length() - 1
            todo &= todo - 1
            near = self.parents[v] | self.children[v]
            below = self.children[v] & part
            while below:
                near |= self.parents[(below & -below).bit_length() - 1]
                below &= below - 1
            new = near & part & ~seen & ~given
            if new >> y & 1:
                return False
            seen |= new
            todo |= new
        return True

    def ancestors(self) -> Bools:
        """``[i, j]``: i is a cause of j, direct or not; observed nodes only."""
        found = [
            [bool(self.above[j] >> i & 1) and i != j for j in range(self.p)] for i in range(self.p)
        ]
        return np.array(found, dtype=bool)

    def adjacent(self) -> Bools:
        """Pairs of observed nodes that no set of observed ones separates (Richardson and Spirtes 2002:
        it is enough to try their observed ancestors)."""
        found = np.zeros((self.p, self.p), dtype=bool)
        observed = (1 << self.p) - 1
        for i in range(self.p):
            for j in range(i):
                ends = (1 << i) | (1 << j)
                given = (self.above[i] | self.above[j]) & observed & ~ends
                found[i, j] = found[j, i] = not self.separated(i, j, given)
        return found


class OracleTable(Table):
    """A table whose correlations are those of the population."""

    def __init__(self, correlation: Floats, columns: tuple[str, ...], rows: int) -> None:
        values = np.random.default_rng(0).normal(size=(20, len(columns)))
        super().__init__(values, columns, None)  # type: ignore[arg-type]
        self.__dict__["correlation"] = correlation
        self.__dict__["shrunk_correlation"] = correlation
        self.__dict__["effective_n"] = self.__dict__["rows"] = rows

    @property
    def n(self) -> int:
        """The pretended number of rows."""
        return int(self.__dict__["rows"])


@dataclass(frozen=True)
class Case:
    """A random graph and knowledge that is true of it. ``dag`` holds hidden nodes last."""

    seed: int
    dag: Bools
    observed: int
    knowledge: Knowledge
    correlation: Floats

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the observed nodes."""
        return tuple(f"x{i}" for i in range(self.observed))

    @property
    def oracle(self) -> Oracle:
        """Its independences."""
        return Oracle(self.dag, self.observed)

    def table(self, rows: int = ROWS) -> OracleTable:
        """Its population as a table of so many rows."""
        return OracleTable(self.correlation, self.columns, rows)


def draw(seed: int, *, hidden: bool) -> Case:
    """Return the case of a seed: 2 to 7 columns, up to 3 hidden causes of two to four of them."""
    rng = np.random.default_rng([seed, int(hidden)])
    p = int(rng.integers(2, 7 if hidden else 8))
    more = int(rng.integers(1, 4)) if hidden else 0
    dag = np.zeros((p + more, p + more), dtype=bool)
    dag[:p, :p] = random_dag(p, float(rng.uniform(0.5, 2.5 if hidden else 3.5)), rng)
    for h in range(p, p + more):
        number = int(rng.integers(2, min(p, 4) + 1))
        dag[h, rng.choice(p, number, replace=False)] = True
    knowledge = _true_knowledge(dag, p, rng, hidden=hidden)
    return Case(seed, dag, p, knowledge, _population(dag, rng)[:p, :p])


def _true_knowledge(dag: Bools, p: int, rng: np.random.Generator, *, hidden: bool) -> Knowledge:
    """Draw required edges among the edges; forbidden ones and tiers that the graph keeps. With hidden
    causes they speak of causing at all, which is what they mean there."""
    causes = Oracle(dag, p).ancestors() if hidden else dag[:p, :p]
    edges = [(f"x{i}", f"x{j}") for i, j in np.argwhere(dag[:p, :p])]
    absent = [(f"x{i}", f"x{j}") for i, j in np.argwhere(~causes) if i != j]
    chance = rng.choice([0.0, 0.2, 0.5], 2)
    required = [e for e in edges if rng.random() < chance[0]]
    forbidden = [e for e in absent if rng.random() < chance[1]]
    tiers: list[list[str]] = []
    if rng.random() < 0.5:
        order = [k for k in topological_order(dag) or [] if k < p]
        cuts = sorted(rng.integers(0, p + 1, int(rng.integers(1, 3))).tolist())
        bounds = [0, *cuts, p]
        tiers = [
            sorted(f"x{k}" for k in order[a:b] if rng.random() < 0.9)
            for a, b in itertools.pairwise(bounds)
        ]
    return Knowledge(required, forbidden, [t for t in tiers if t])


def _population(dag: Bools, rng: np.random.Generator) -> Floats:
    """Return the correlations of a linear model over the graph, [q, q]."""
    q = len(dag)
    weights = np.where(dag, rng.uniform(0.4, 1.2, (q, q)) * rng.choice([-1.0, 1.0], (q, q)), 0.0)
    total = np.linalg.inv(np.eye(q) - weights.T)
    covariance = (total * rng.uniform(0.5, 1.5, q)) @ total.T
    scale = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(scale, scale))


def _required(case: Case, marks: Marks) -> bool:
    """Whether every required edge is in the result as required."""
    pairs = [(int(c.source[1:]), int(c.target[1:])) for c in case.knowledge.required]
    return all(marks[i, j] == ARROW and marks[j, i] == TAIL for i, j in pairs)


def check_directed(case: Case, marks: Marks) -> set[str]:
    """Return what is wrong with a CPDAG of a case without hidden causes."""
    wrong: set[str] = set()
    dag = case.dag
    if ((marks != 0) != (dag | dag.T)).any():
        wrong.add("skeleton")
    if ((marks == ARROW) & ~dag).any():
        wrong.add("untrue")
    if not _required(case, marks):
        wrong.add("required")
    return wrong


def check_ancestral(case: Case, marks: Marks, *, more: bool = False) -> set[str]:
    """Return what is wrong with a PAG; with ``more`` it may have more edges than are needed (RFCI)."""
    wrong: set[str] = set()
    causes, adjacent = case.oracle.ancestors(), case.oracle.adjacent()
    found = marks != 0
    if (adjacent & ~found).any() or (not more and (found & ~adjacent).any()):
        wrong.add("skeleton")
    # the mark at j of the edge i, j: an arrowhead means that j is no cause of i, a tail that it is
    if ((marks == ARROW) & causes.T).any():
        wrong.add("untrue")
    tails = (marks == TAIL) & ~causes.T
    if tails.any():
        latent = adjacent & ~causes & ~causes.T
        wrong.add("latent" if (tails & latent).any() else "untrue")
    if not _required(case, marks):
        wrong.add("required")
    return wrong


def oracle_failures(seed: int, name: str) -> set[str]:
    """Run one of our algorithms on the case of a seed, with and without its knowledge; return what is
    wrong. Scores find weak edges only with more rows than they can count: cases whose class they miss
    without knowledge are passed over."""
    hidden = name in HIDDEN
    case = draw(seed, hidden=hidden)
    algorithm = resolve(name, **SETTINGS.get(name, {}))
    table = case.table(SCORE_ROWS if name in SCORES else ROWS)
    try:
        learned = algorithm.run(table, case.knowledge)
        free = algorithm.run(table, Knowledge()) if case.knowledge.constrains else learned
    except EtiographError as error:
        return {f"error: {error}"}
    if name in SCORES and (free.marks != to_cpdag(case.dag)).any():
        return set()
    wrong = (
        check_ancestral(case, learned.marks, more=name == "rfci")
        if hidden
        else check_directed(case, learned.marks)
    )
    firm = (ARROW, TAIL) if hidden else (ARROW,)
    if any(((free.marks == mark) & (learned.marks != mark)).any() for mark in firm):
        wrong.add("lost")
    if learned.conflicts:
        wrong.add("conflict")
    return wrong


def _their_knowledge(knowledge: Knowledge) -> Any:
    """Return it as causal-learn's own."""
    from causallearn.graph.GraphNode import GraphNode
    from causallearn.utils.PCUtils.BackgroundKnowledge import BackgroundKnowledge

    found = BackgroundKnowledge()
    for claim in knowledge.required:
        found.add_required_by_node(GraphNode(claim.source), GraphNode(claim.target))
    for claim in knowledge.forbidden:
        found.add_forbidden_by_node(GraphNode(claim.source), GraphNode(claim.target))
    for number, tier in enumerate(knowledge.tiers):
        for column in tier.columns:
            found.add_node_to_tier(GraphNode(column), number)
    return found


def _their_marks(
    values: Floats, names: list[str], test: str, knowledge: Any, *, hidden: bool
) -> Marks:
    from causallearn.search.ConstraintBased.FCI import fci
    from causallearn.search.ConstraintBased.PC import pc

    from discovery.algorithms.causal_learn.base import marks_of, quiet

    options = {"background_knowledge": knowledge, "show_progress": False, "node_names": names}
    with quiet():
        found = (
            fci(values, test, 0.01, **options)[0] if hidden else pc(values, 0.01, test, **options).G
        )
    return marks_of(found.graph)


def theirs_on_sample(seed: int, *, hidden: bool) -> set[str]:
    """Run causal-learn's PC or FCI with Fisher-z and its own background knowledge on a sample."""
    table, knowledge = draw_sample(seed)
    names = list(table.columns)
    try:
        marks = _their_marks(
            table.values, names, "fisherz", _their_knowledge(knowledge), hidden=hidden
        )
    except _THEIR_ERRORS as error:
        return {f"error: {type(error).__name__}"}
    return check_holds(marks, table.columns, knowledge)


def theirs(seed: int, *, hidden: bool, known: bool = True) -> set[str]:
    """Run causal-learn's PC or FCI with the oracle and its own background knowledge on a case."""
    from causallearn.utils import cit

    case = draw(seed, hidden=hidden)
    oracle = case.oracle

    class Separation(cit.CIT_Base):  # type: ignore[misc]
        def __init__(self, data: Any, **others: Any) -> None:
            super().__init__(data, **others)
            self.method = "d_separation"

        def __call__(self, x: int, y: int, given: Any = None) -> float:
            bits = sum(1 << int(k) for k in given or ())
            return float(oracle.separated(int(x), int(y), bits))

    knowledge = _their_knowledge(case.knowledge) if known and case.knowledge.constrains else None
    values = np.random.default_rng(0).normal(size=(20, case.observed))
    cit.register_ci_test("etiograph_oracle", Separation)
    try:
        marks = _their_marks(
            values, list(case.columns), "etiograph_oracle", knowledge, hidden=hidden
        )
    except _THEIR_ERRORS as error:
        return {f"error: {type(error).__name__}"}
    wrong = check_ancestral(case, marks) if hidden else check_directed(case, marks)
    return wrong if known else wrong - {"required"}


def draw_sample(seed: int) -> tuple[Table, Knowledge]:
    """Return 60 to 200 rows of a random graph of 3 to 6 columns, and consistent knowledge that need not be
    true of it: it follows an order of its own."""
    rng = np.random.default_rng([seed, 2])
    p = int(rng.integers(3, 7))
    columns = tuple(f"x{i}" for i in range(p))
    values = linear_gaussian(random_dag(p, 2, rng), int(rng.integers(60, 201)), rng)
    order = rng.permutation(p).tolist()
    pairs = [(a, b) for position, a in enumerate(order) for b in order[position + 1 :]]
    forward = [(columns[a], columns[b]) for a, b in pairs if rng.random() < 0.15]
    forbidden = [(columns[b], columns[a]) for a, b in pairs if rng.random() < 0.15]
    both = [
        edge
        for a, b in pairs
        if rng.random() < 0.1 and (columns[a], columns[b]) not in forward
        for edge in ((columns[a], columns[b]), (columns[b], columns[a]))
    ]
    cut = int(rng.integers(1, p))
    tiers = [[columns[k] for k in order[:cut]], [columns[k] for k in order[cut:]]]
    knowledge = Knowledge(forward, [*forbidden, *both], tiers if rng.random() < 0.5 else [])
    return Table(values, columns, None), knowledge  # type: ignore[arg-type]


def check_holds(marks: Marks, columns: Sequence[str], knowledge: Knowledge) -> set[str]:
    """Return which parts of knowledge a result does not keep."""
    wrong: set[str] = set()
    directed = arrows(marks)
    if (directed & ~knowledge.allowed(columns)).any():
        wrong.add("forbidden")
    if topological_order(directed) is None:
        wrong.add("cycle")
    for claim in knowledge.required:
        if not directed[columns.index(claim.source), columns.index(claim.target)]:
            wrong.add("required")
    return wrong


def sample_failures(seed: int, name: str) -> set[str]:
    """Run one of our algorithms on a sample. A refusal to close a cycle of forced directions is no
    failure, nor is a cycle where tests contradict each other without knowledge too."""
    table, knowledge = draw_sample(seed)
    algorithm = resolve(name)
    try:
        marks = algorithm.run(table, knowledge).marks
    except DataError as error:
        return set() if "cycle" in str(error) else {f"error: {error}"}
    wrong = check_holds(marks, table.columns, knowledge)
    if wrong == {"cycle"}:
        free = algorithm.run(table, Knowledge()).marks
        return wrong - check_holds(free, table.columns, Knowledge())
    return wrong


def rows_of(first: int, cases: int, peer_cases: int) -> list[dict[str, Any]]:
    """Return one row an algorithm: cases, failures by kind and the first failing seeds."""
    seeds, fewer = range(first, first + cases), range(first, first + peer_cases)
    rows = []
    for name in (*TESTS, *SCORES, *HIDDEN):
        if name not in REGISTRY:
            rows.append({"algorithm": name, "cases": "not built"})
            continue
        rows.append(_row(f"{name}, oracle", seeds, partial(oracle_failures, name=name)))
        rows.append(_row(f"{name}, samples", seeds, partial(sample_failures, name=name)))
    for hidden, title in ((False, "causal-learn PC"), (True, "causal-learn FCI")):
        for known in (True, False):
            words = "" if known else ", without knowledge"
            work = partial(theirs, hidden=hidden, known=known)
            rows.append(_row(f"{title}, oracle{words}", fewer, work))
        rows.append(_row(f"{title}, samples", fewer, partial(theirs_on_sample, hidden=hidden)))
    return rows


def _row(name: str, seeds: range, work: Callable[[int], set[str]]) -> dict[str, Any]:
    began = time.process_time()
    kinds: Counter[str] = Counter()
    failing = []
    for seed in seeds:
        wrong = work(seed)
        kinds.update(w.split(":")[0] for w in wrong)
        if wrong:
            failing.append(seed)
    return {
        "algorithm": name,
        "cases": len(seeds),
        "failing": len(failing),
        "kinds": ", ".join(f"{k} {v}" for k, v in sorted(kinds.items())),
        "first seeds": " ".join(map(str, failing[:5])),
        "CPU s": time.process_time() - began,
    }


def main(arguments: list[str] | None = None) -> None:
    """Run the cases and print what failed."""
    from rich.console import Console
    from rich.table import Table as RichTable

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--cases", type=int, default=2500, help="cases for each of our algorithms")
    parser.add_argument("--peer-cases", type=int, default=1000, help="cases for causal-learn")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures there")
    options = parser.parse_args(arguments)
    rows = rows_of(options.first, options.cases, options.peer_cases)
    keys = list(dict.fromkeys(key for row in rows for key in row))
    table = RichTable(*keys, title="Soundness under knowledge", title_justify="left")
    for row in rows:
        values = [row.get(key, "-") for key in keys]
        table.add_row(*(f"{v:.3g}" if isinstance(v, float) else str(v) for v in values))
    Console().print(table)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
