"""The other rows of :mod:`benchmarks.identification`: time, bounds, feedback, several sources, classes.

Each is held against something that shares no code with what it checks: truths of simulated response types,
published closed forms, equilibria found by iteration, enumeration of the members of a class.
"""

from __future__ import annotations

import itertools
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks import identification_oracle as oracle
from graph.causal import CausalGraph

__all__ = ["ROWS", "bounds", "classes", "feedback", "sources", "speed"]

Array = np.ndarray[Any, np.dtype[np.float64]]


def _graph(p: oracle.Problem) -> CausalGraph:
    return CausalGraph(p.nodes, directed=p.di, bidirected=p.bi)


def _connected(
    number: int, size: int, seed: int, degree: float, tied: float
) -> Iterator[oracle.Problem]:
    """Sparse random graphs with a question whose treatment is an ancestor of its outcome."""
    rng = random.Random(seed)
    while number:
        nodes = [f"V{i}" for i in range(size)]
        rng.shuffle(nodes)
        place = {n: i for i, n in enumerate(nodes)}
        di: set[tuple[str, str]] = set()
        bi: set[tuple[str, str]] = set()
        for many, into in ((degree * size / 2, di), (tied * size / 2, bi)):
            while len(into) < many:
                a, b = rng.sample(nodes, 2)
                into.add((a, b) if place[a] < place[b] else (b, a))
        graph = CausalGraph(nodes, directed=di, bidirected=bi)
        outcome = rng.choice(nodes[size // 2 :])
        above = sorted(graph.ancestors([outcome]) - {outcome})
        if len(above) < min(20, size // 4):
            continue
        number -= 1
        yield oracle.Problem(
            f"sparse-{size}-{number}", tuple(sorted(nodes)), tuple(sorted(di)), tuple(sorted(bi)),
            (rng.choice(above),), (outcome,),
        )  # fmt: skip


def speed(number: int) -> list[str]:
    """CPU time of one query, with the audit and without."""
    from queries.causal import identification
    from queries.causal.results import Audit

    def none(*_: Any, **__: Any) -> Audit:
        return Audit(False)

    lines = [
        f"{'nodes, edges a node':28} {'queries':>8} {'p50 ms':>8} {'p95 ms':>8} {'max ms':>8} {'audited':>8}"
    ]
    suites = {
        "8": list(oracle.random_problems(number, (8, 8), 5, density=(0.35, 0.15))),
        "60": list(_connected(max(20, number // 5), 60, 6, 3, 0.5)),
        "1,000": list(_connected(20, 1000, 7, 3, 0.3)),
    }
    for name, problems in suites.items():
        for alone in (False, True):
            times, audited = [], 0
            with patch.object(identification, "audit", none) if alone else nullcontext():
                for p in problems:
                    graph = _graph(p)
                    began = time.process_time()
                    found = identification.identify(graph, p.X, p.Y)
                    times.append(1e3 * (time.process_time() - began))
                    audited += bool(found.identified and found.audit.performed)  # type: ignore[union-attr]
            identification._identify.cache_clear()
            times.sort()
            what = "alone" if alone else "with audit"
            lines.append(
                f"{name + ' ' + what:28} {len(times):8} {statistics.median(times):8.2f} "
                f"{times[int(0.95 * (len(times) - 1))]:8.2f} {times[-1]:8.2f} {audited or '-':>8}"
            )
    return lines


# bounds ------------------------------------------------------------------------------------


def _iv(rng: np.random.Generator, nz: int, nx: int, ny: int) -> tuple[Array, Array, float]:
    """P(x, y | z) of random response types, the outcome's values, and the true effect."""
    rx = np.array(list(itertools.product(range(nx), repeat=nz)))
    ry = np.array(list(itertools.product(range(ny), repeat=nx)))
    q = rng.dirichlet(np.full(len(rx) * len(ry), 0.3)).reshape(len(rx), len(ry))
    values = np.sort(rng.normal(size=ny))
    joint = np.zeros((nz, nx, ny))
    for z in range(nz):
        for i, fx in enumerate(rx):
            np.add.at(joint[z, fx[z]], ry[:, fx[z]], q[i])
    return joint, values, float(q.sum(axis=0) @ (values[ry[:, -1]] - values[ry[:, 0]]))


def balke_pearl(joint: Array) -> tuple[float, float]:
    """The closed form for two levels each, P(x, y | z) with axes z, x, y (Balke and Pearl 1997, eq. 7)."""
    p = {(y, x, z): float(joint[z, x, y]) for y in (0, 1) for x in (0, 1) for z in (0, 1)}
    low = max(
        p[1, 1, 1] + p[0, 0, 0] - 1,
        p[1, 1, 0] + p[0, 0, 1] - 1,
        p[1, 1, 0] - p[1, 1, 1] - p[1, 0, 1] - p[0, 1, 0] - p[1, 0, 0],
        p[1, 1, 1] - p[1, 1, 0] - p[1, 0, 0] - p[0, 1, 1] - p[1, 0, 1],
        -p[0, 1, 1] - p[1, 0, 1],
        -p[0, 1, 0] - p[1, 0, 0],
        p[0, 0, 1] - p[0, 1, 1] - p[1, 0, 1] - p[0, 1, 0] - p[0, 0, 0],
        p[0, 0, 0] - p[0, 1, 0] - p[1, 0, 0] - p[0, 1, 1] - p[0, 0, 1],
    )
    high = min(
        1 - p[0, 1, 1] - p[1, 0, 0],
        1 - p[0, 1, 0] - p[1, 0, 1],
        -p[0, 1, 0] + p[0, 1, 1] + p[0, 0, 1] + p[1, 1, 0] + p[0, 0, 0],
        -p[0, 1, 1] + p[1, 1, 1] + p[0, 0, 1] + p[0, 1, 0] + p[0, 0, 0],
        p[1, 1, 1] + p[0, 0, 1],
        p[1, 1, 0] + p[0, 0, 0],
        -p[1, 0, 1] + p[1, 1, 1] + p[0, 0, 1] + p[1, 1, 0] + p[1, 0, 0],
        -p[1, 0, 0] + p[1, 1, 0] + p[0, 0, 0] + p[1, 1, 1] + p[1, 0, 1],
    )
    return low, high


def _means(rng: np.random.Generator) -> tuple[Array, Array, float, list[str], float]:
    """Shares, means, range and true effect of units whose answers keep random assumptions."""
    levels = int(rng.integers(2, 5))
    assume = [a for a in ("increasing-response", "positive-selection") if rng.random() < 0.5]
    n = 400
    y = rng.random((n, levels))
    if "increasing-response" in assume:
        y = np.sort(y, axis=1)
    took = rng.integers(0, levels, n)
    took[:levels] = np.arange(levels)
    if "positive-selection" in assume:
        # the same answers at higher levels, never lower: the mean of each potential outcome rises
        took = np.sort(took)
        y = y[np.argsort(y.sum(axis=1))]
        mean = np.array([[y[took == s, t].mean() for t in range(levels)] for s in range(levels)])
        if (np.diff(mean, axis=0) < 0).any():
            assume.remove("positive-selection")
    shares = np.bincount(took, minlength=levels) / n
    means = np.array([y[took == t, t].mean() for t in range(levels)])
    return shares, means, 1.0, assume, float(y[:, -1].mean() - y[:, 0].mean())


def bounds(number: int) -> list[str]:
    """Bounds of random models: how often they miss the truth, and how far from closed forms."""
    from scipy.optimize import linprog

    from queries.causal.bounds import iv_bounds, probabilities_of_causation
    from queries.causal.manski import mean_bounds
    from queries.causal.response_types import response_bounds

    rng = np.random.default_rng(2)
    lines = [f"{'':48} {'models':>8} {'missed':>8} {'worst gap':>12}"]
    kinds = [(2, 2, 2), (2, 2, 2), (3, 2, 2), (2, 2, 3), (2, 3, 2)]
    many = 4 * number // 10
    missed, gap = 0, 0.0
    for k in range(many):
        joint, values, effect = _iv(rng, *kinds[k % len(kinds)])
        low, high, _ = iv_bounds(joint, values)
        missed += not low - 1e-9 <= effect <= high + 1e-9
        if joint.shape == (2, 2, 2):
            low, high, _ = iv_bounds(joint, [0, 1])
            a, b = balke_pearl(joint)
            gap = max(gap, abs(low - a), abs(high - b))
    lines.append(f"{'instrument (gap to Balke and Pearl)':48} {many:8} {missed:8} {gap:12.1e}")

    many = number // 10
    missed = 0
    shapes = (
        CausalGraph(
            directed=[("C", "X"), ("C", "Y"), ("Z", "X"), ("X", "Y")], bidirected=[("X", "Y")]
        ),
        CausalGraph(
            directed=[("X", "M"), ("M", "Y"), ("Z", "X")], bidirected=[("X", "M"), ("X", "Y")]
        ),
        CausalGraph(directed=[("X", "Y"), ("C", "X"), ("C", "Y")], bidirected=[("X", "Y")]),
    )
    for k in range(many):
        graph = shapes[k % len(shapes)]
        p = oracle.Problem("g", graph.nodes, graph.directed, graph.bidirected, ("X",), ("Y",))
        model = oracle.Model(p, seed=k, levels=3)
        truth = model.truth()
        low, high, _ = response_bounds(graph, "X", "Y", model.observed(), graph.nodes, [0.0, 1.0])
        missed += not low - 1e-9 <= truth[1, 1] - truth[0, 1] <= high + 1e-9
    lines.append(f"{'other structure (response types)':48} {many:8} {missed:8} {'-':>12}")

    many = number // 4
    missed = 0
    for _ in range(many):
        shares, means, top, assume, effect = _means(rng)
        *_, low, high = mean_bounds(shares, means, 0.0, top, assume)
        missed += not low - 1e-9 <= effect <= high + 1e-9
    lines.append(f"{'range and monotonicity (Manski, Pepper)':48} {many:8} {missed:8} {'-':>12}")

    many = number - 4 * number // 10 - number // 10 - number // 4
    missed, gap = 0, 0.0
    cells = list(itertools.product((0, 1), repeat=3))
    for k in range(many):
        q = rng.dirichlet(np.full(8, 0.6)).reshape(2, 2, 2)  # x, y without the cause, y with it
        joint = np.array([[q[0, 0].sum(), q[0, 1].sum()], [q[1, :, 0].sum(), q[1, :, 1].sum()]])
        risks = float(q[:, :, 1].sum()), float(q[:, 1, :].sum())
        found = probabilities_of_causation(joint, risks)
        truths = (q[1, 0, 1] / joint[1, 1], q[0, 0, 1] / joint[0, 0], q[:, 0, 1].sum())
        given = (found.necessity, found.sufficiency, found.both)
        missed += any(
            not a - 1e-9 <= t <= b + 1e-9 for t, (a, b) in zip(truths, given, strict=True)
        )
        if k % 10:
            continue
        rows = [
            [float(x == i and (b if x else a) == j) for x, a, b in cells]
            for i in (0, 1)
            for j in (0, 1)
        ]
        rows += [[float(b) for _, _, b in cells], [float(a) for _, a, _ in cells]]
        cost = np.array([float(not a and b) for _, a, b in cells])
        for sign, end in ((1, found.both[0]), (-1, found.both[1])):
            done = linprog(sign * cost, A_eq=rows, b_eq=[*joint.ravel(), *risks], bounds=(0, None))
            if done.status == 0:
                gap = max(gap, abs(sign * done.fun - end))
    lines.append(
        f"{'necessity, sufficiency (gap to the program)':48} {many:8} {missed:8} {gap:12.1e}"
    )
    return lines


# feedback ----------------------------------------------------------------------------------


def _at_rest(b: Array, x: int, y: int) -> float:
    """The outcome once the equations have been repeated until nothing changes, the treatment held at 1."""
    state = np.zeros(len(b))
    for _ in range(4000):
        new = b @ state
        new[x] = 1.0
        if np.abs(new - state).max() < 1e-14:
            break
        state = new
    return float(state[y])


def _slope(cov: Array, y: int, x: int, given: list[int]) -> float:
    rows = [x, *given]
    return float(np.linalg.solve(cov[np.ix_(rows, rows)], cov[rows, y])[0])


def feedback(number: int) -> list[str]:
    """Random cyclic linear models: answers against equilibria found by iteration, refusals by their loop."""
    from queries.causal import Estimand, identify
    from queries.causal.equilibrium import equations, settled_effect
    from queries.causal.results import Refusal

    rng = np.random.default_rng(9)
    names = ["A", "B", "C", "X", "Y"]
    at = {n: i for i, n in enumerate(names)}
    counts = dict.fromkeys(("settled", "settled wrong", "unchecked", "refused", "no loop named",
                            "linear", "linear wrong", "linear refused", "in a loop"), 0)  # fmt: skip
    done = 0
    while done < number:
        b = (rng.random((5, 5)) < 0.28) & ~np.eye(5, dtype=bool)
        weights = b * rng.uniform(0.3, 0.9, (5, 5)) * rng.choice([-1, 1], (5, 5))
        if np.abs(np.linalg.eigvals(weights)).max() > 0.9:
            continue
        tied = [(names[i], names[j]) for i in range(5) for j in range(i) if rng.random() < 0.12]
        graph = CausalGraph(
            names, directed=[(names[j], names[i]) for i, j in np.argwhere(b)], bidirected=tied
        )
        if not graph.has_cycle:
            continue
        done += 1
        noise = np.eye(5)
        for a, c in tied:
            noise[at[a], at[c]] = noise[at[c], at[a]] = 0.15
        settled = np.linalg.inv(np.eye(5) - weights)
        cov = settled @ noise @ settled.T
        truth = _at_rest(weights, at["X"], at["Y"])
        found = identify(graph, "X", "Y")
        if isinstance(found, Estimand):
            held = [at[n] for n in found.adjustment]
            value = 0.0 if found.method == "no-effect" else None
            if found.method == "backdoor":
                value = _slope(cov, at["Y"], at["X"], held)
            elif found.method == "frontdoor":
                value = sum(
                    _slope(cov, m, at["X"], [])
                    * _slope(cov, at["Y"], m, [at["X"], *(o for o in held if o != m)])
                    for m in held
                )
            if value is None:
                counts["unchecked"] += 1
            else:
                counts["settled"] += 1
                counts["settled wrong"] += abs(value - truth) > 1e-8
        else:
            counts["refused"] += 1
            if found.witness["kind"] == "cycle":
                loop = found.witness["loop"]
                real = all(
                    e in graph.directed for e in zip(loop, [*loop[1:], loop[0]], strict=True)
                )
                counts["no loop named"] += not real
        linear = equations(graph, "X", "Y")
        if isinstance(linear, Refusal):
            counts["linear refused"] += 1
            continue
        known: dict[tuple[str, str], float] = {}
        for e in linear:
            rows, columns = [at[n] for n in e.instruments], [at[n] for n in e.causes]
            known |= dict(
                zip(
                    [(n, e.node) for n in e.causes],
                    np.linalg.lstsq(cov[np.ix_(rows, columns)], cov[rows, at[e.node]], rcond=None)[
                        0
                    ].tolist(),
                    strict=True,
                )
            )
        mine = settled_effect(known, "X", "Y") if any("X" in pair for pair in known) else 0.0
        counts["linear"] += 1
        counts["linear wrong"] += abs(mine - truth) > 1e-6
        counts["in a loop"] += any("X" in loop for loop in graph.strongly_connected()) and bool(
            linear
        )
    return [
        f"{number} random linear models with feedback",
        f"  as settled: {counts['settled']} answered, {counts['settled wrong']} wrong; "
        f"{counts['unchecked']} by formulas that are not checked linearly; {counts['refused']} refused, "
        f"{counts['no loop named']} with a loop that is not there",
        f"  linear at rest: {counts['linear']} answered ({counts['in a loop']} with the treatment in a "
        f"loop), {counts['linear wrong']} wrong; {counts['linear refused']} refused",
    ]


# several sources, classes --------------------------------------------------------------------


def sources(number: int) -> list[str]:
    """Experiments, populations, selection and missing values on random graphs: what is answered, audited."""
    from queries.causal.recovery import recover
    from queries.causal.results import Estimand
    from queries.causal.transport import Population, transport

    rng = random.Random(4)
    lines = [f"{'':28} {'queries':>8} {'answered':>9} {'audited':>8} {'worst':>9} {'p95 ms':>8}"]

    def row(
        name: str, ask: Callable[[oracle.Problem], Any], problems: list[oracle.Problem]
    ) -> None:
        answered, audited, worst, times = 0, 0, 0.0, []
        for p in problems:
            began = time.process_time()
            found = ask(p)
            times.append(1e3 * (time.process_time() - began))
            if isinstance(found, Estimand):
                answered += 1
                audited += found.audit.performed
                worst = max(worst, found.audit.worst_error or 0.0)
        times.sort()
        lines.append(
            f"{name:28} {len(problems):8} {answered:9} {audited:8} {worst:9.1e} "
            f"{times[int(0.95 * (len(times) - 1))]:8.1f}"
        )

    problems = list(oracle.random_problems(number, (5, 7), 71, density=(0.45, 0.35)))
    row(
        "two experiments",
        lambda p: transport(
            _graph(p), p.X, p.Y, experiments=[rng.sample(p.nodes, k) for k in (1, 2)]
        ),
        problems,
    )
    row(
        "two other populations",
        lambda p: transport(
            _graph(p), p.X, p.Y,
            populations=[
                Population(n, tuple(rng.sample(p.nodes, 1)), (tuple(rng.sample(p.nodes, 1)), p.X))
                for n in ("one", "two")
            ],
        ),
        problems,
    )  # fmt: skip
    small = list(oracle.random_problems(number, (4, 5), 73, density=(0.45, 0.15)))

    def selected(p: oracle.Problem) -> Any:
        causes = rng.sample(p.nodes, 2)
        graph = CausalGraph(
            [*p.nodes, "S"], directed=[*p.di, *((c, "S") for c in causes)], bidirected=p.bi
        )
        return recover(graph, p.X, p.Y, selection="S", unbiased=[rng.sample(p.nodes, 1)])

    def incomplete(p: oracle.Problem) -> Any:
        gaps = dict(zip(rng.sample(p.nodes, 2), ("R1", "R2"), strict=True))
        edges = [(rng.choice(p.nodes), r) for r in gaps.values()]
        graph = CausalGraph([*p.nodes, *gaps.values()], directed=[*p.di, *edges], bidirected=p.bi)
        return recover(graph, p.X, p.Y, missing=gaps)

    row("selected rows and a census", selected, small)
    row("two incomplete variables", incomplete, small)
    return lines


def _class_of(dag: CausalGraph) -> tuple[CausalGraph, list[CausalGraph]]:
    """The CPDAG of a DAG by brute force: all orientations with its colliders; and its members."""

    def colliders(graph: CausalGraph) -> set[tuple[str, str, str]]:
        return {
            (a, n, c)
            for n in graph.nodes
            for a, c in itertools.combinations(graph.parents(n), 2)
            if not graph.adjacent(a, c)
        }

    pairs, wanted, members = dag.skeleton(), colliders(dag), []
    for ways in itertools.product((0, 1), repeat=len(pairs)):
        graph = CausalGraph(
            dag.nodes, directed=[e if w else e[::-1] for e, w in zip(pairs, ways, strict=True)]
        )
        if not graph.has_cycle and colliders(graph) == wanted:
            members.append(graph)
    sure = set.intersection(*(set(m.directed) for m in members))
    open_ = [e for e in pairs if e not in sure and e[::-1] not in sure]
    return CausalGraph(dag.nodes, directed=sorted(sure), undirected=open_, kind="CPDAG"), members


def classes(number: int) -> list[str]:
    """CPDAGs: one formula exactly where all members agree, by enumeration."""
    from queries.causal import Estimand, identify
    from queries.causal.expression import Probability
    from queries.causal.table import Table

    rng = random.Random(8)
    right = wrong = missed = refused = 0
    for p in oracle.random_problems(number, (4, 5), 81, density=(0.55, 0.0)):
        dag = _graph(p)
        graph, members = _class_of(dag)
        joint = Table.make(p.nodes, oracle.Model(p, seed=rng.randrange(10**6)).observed()[None])
        truths = []
        for m in members:
            value = Table.one(1)
            for n in m.nodes:
                if n not in p.X:
                    value = value.multiply(Probability((n,), m.parents(n)).evaluate(joint))
            value = value.sum(set(value.names) - {*p.X, *p.Y})
            truths.append(value.spread(tuple(sorted((*p.X, *p.Y)))) * np.ones((1, 2, 2)))
        same = max(float(np.abs(t - truths[0]).max()) for t in truths) < 1e-9
        found = identify(graph, p.X, p.Y)
        if isinstance(found, Estimand):
            mine = found.expression.evaluate(joint).spread(tuple(sorted((*p.X, *p.Y))))
            good = same and float(np.abs(mine - truths[0]).max()) < 1e-9
            right, wrong = right + good, wrong + (not good)
        else:
            missed, refused = missed + same, refused + (not same)
    return [
        f"{number} CPDAGs of 4-5 nodes: {right} right, {wrong} wrong, {missed} wrongly refused, "
        f"{refused} with several answers"
    ]


ROWS: dict[str, tuple[str, Callable[[int], list[str]], int]] = {
    "speed": ("CPU time of a query", speed, 300),
    "bounds": ("Bounds in random models", bounds, 10_000),
    "feedback": ("Feedback", feedback, 2000),
    "sources": ("Several sources, selected and incomplete rows", sources, 200),
    "classes": ("Classes of graphs", classes, 300),
}
"""Name -> title, function, how many models by default."""
