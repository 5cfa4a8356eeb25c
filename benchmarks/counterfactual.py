"""Counterfactual identification: wrong, overclaimed and wrongly refused answers and time, beside y0's decisions.

    python -m benchmarks.counterfactual [--number N] [--seed S] [--nodes N] [--no-peers]

Random graphs with hidden common causes and random events over several worlds, nested ones too; from
observation alone and from all experiments. Formulas are held against counterfactuals counted one by one,
decisions against the Jacobian of all that is observed (counterfactual_oracle.py). y0's ID* and IDC* read
all experiments and know no nested terms; only its decision is judged, on the questions that it can be
asked.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks import counterfactual_oracle as oracle
from graph.causal import CausalGraph
from graph.errors import UsageError
from queries.causal import counterfactual
from queries.causal.counterfactual_expression import evaluate
from queries.causal.counterfactual_results import CounterfactualEstimand
from queries.causal.counterfactual_terms import Term
from queries.causal.expression import Regime
from queries.causal.table import Table

LABELS = "ab"
ALWAYS = ("right", "wrong", "overclaimed", "wrongly refused", "rightly refused")
Pairs = list[tuple[str, str]]
Solver = Callable[[list[str], Pairs, Pairs, Sequence[Term], Sequence[Term]], bool]


def error_of(found: CounterfactualEstimand, model: oracle.Model, seed: int) -> float:
    """Largest difference of the formula, on all that the model shows, and the truth."""
    levels = {(n, label): k for n in model.nodes for k, label in enumerate(LABELS)}
    weights = model.weights(model.draw(seed))
    joints = {Regime(): Table.make(model.nodes, model.joint(weights)[None])}
    for done in found.experiments:
        whole = np.zeros([model.size[n] for n in model.nodes])
        for values in np.ndindex(*(model.size[n] for n in done)):
            whole += model.joint(weights, dict(zip(done, values, strict=True)))
        joints[Regime(do=done)] = Table.make(model.nodes, whole[None])
    value = evaluate(found.expression, joints, found.variable_of)
    for symbol, (variable, label) in found.symbols.items():
        if label is not None and symbol in value.names:
            value = value.take(symbol, levels[variable, label])
    below = model.indicator(found.given, levels)
    both = below & model.indicator(found.event, levels)
    return float(np.abs(value.values - weights[both].sum() / weights[below].sum()).max())


def y0_solver() -> Solver | None:
    """Whether y0 gives a formula, or None if it is not installed."""
    try:
        from y0.algorithm.identify import Unidentifiable
        from y0.algorithm.identify.id_star import id_star
        from y0.algorithm.identify.idc_star import idc_star
        from y0.dsl import Intervention, Variable
        from y0.graph import NxMixedGraph
    except ImportError:
        return None

    def event_of(terms: Sequence[Term]) -> dict[object, object]:
        found: dict[object, object] = {}
        for t in terms:
            v = Variable(t.variable)
            if t.do:
                v = v @ tuple(Intervention(k, star=side == "b") for k, side in t.do)
            found[v] = Intervention(t.variable, star=t.value == "b")
        return found

    def solve(
        nodes: list[str], di: Pairs, bi: Pairs, event: Sequence[Term], given: Sequence[Term]
    ) -> bool:
        graph = NxMixedGraph.from_edges(
            nodes=[Variable(n) for n in nodes],
            directed=[(Variable(a), Variable(b)) for a, b in di],
            undirected=[(Variable(a), Variable(b)) for a, b in bi],
        )
        try:
            if given:
                idc_star(graph, event_of(event), event_of(given))
            else:
                id_star(graph, event_of(event))
        except Unidentifiable:
            return False
        return True

    return solve


def levels_for(names: Sequence[str], terms: Sequence[Term]) -> dict[str, int]:
    """Three levels where two values are named, so that no formula can rest on there being two."""
    named: dict[str, set[str]] = {}
    for term in terms:
        for part in term.walk():
            sides = [(k, v) for k, v in part.do if isinstance(v, str)]
            for name, label in (*sides, *([(part.variable, part.value)] if part.value else [])):
                named.setdefault(name, set()).add(label)
    return {n: 3 if len(named.get(n, ())) > 1 else 2 for n in names}


def still_determined(
    names: list[str], di: Pairs, bi: Pairs, event: Sequence[Term], given: Sequence[Term],
    trials: bool, seed: int,
) -> bool:  # fmt: skip
    """Whether models with other numbers of levels, two or three of each variable and of the hidden ones,
    determine it too: what follows only where one has two values is not identifiable in general."""
    levels = {(n, label): j for n in names for j, label in enumerate(LABELS)}
    shapes = [
        dict(zip(names, s, strict=True)) for s in itertools.product((2, 3), repeat=len(names))
    ]
    for hidden, size in itertools.product((2, 3), sorted(shapes, key=lambda s: sum(s.values()))):
        try:
            model = oracle.Model(names, di, bi, size, hidden)
        except oracle.TooLargeError:
            continue
        if model.determined(event, given, levels, experiments=trials, seed=seed) is False:
            return False
    return True


def plain(event: Sequence[Term], given: Sequence[Term]) -> bool:
    """Whether y0 can be asked: no nesting, no counterfactual named twice."""
    terms = [*event, *given]
    if any(isinstance(v, Term) for t in terms for _, v in t.do):
        return False
    keys = [(t.variable, t.do) for t in terms]
    return len(set(keys)) == len(keys)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the comparison and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--number", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args(arguments)
    rng = random.Random(options.seed)
    print(f"{options.number} questions, graphs of {options.nodes} nodes, seed {options.seed}")
    peer = None if options.no_peers else y0_solver()
    ours: Counter[str] = Counter()
    theirs: Counter[str] = Counter()
    seconds: list[float] = []
    failures: list[str] = []
    for k in range(options.number):
        names, di, bi = oracle.random_graph(rng, options.nodes)
        event, given = oracle.random_event(rng, names)
        trials = rng.random() < 0.5
        graph = CausalGraph(names, directed=di, bidirected=bi)
        start = time.process_time()
        try:
            found = counterfactual(graph, event, given, experiments="all" if trials else ())
        except UsageError:
            ours["contradictory condition"] += 1
            continue
        seconds.append(time.process_time() - start)
        try:
            model = oracle.Model(names, di, bi, levels_for(names, [*event, *given]))
        except oracle.TooLargeError:
            ours["too large to decide"] += 1
            continue
        levels = {(n, label): j for n in names for j, label in enumerate(LABELS)}
        decided = model.determined(event, given, levels, experiments=trials, seed=k)
        if decided and not found.identified:
            decided = still_determined(names, di, bi, event, given, trials, k)
        if decided is None:
            ours["undecided"] += 1
            continue
        wrong = isinstance(found, CounterfactualEstimand) and not error_of(found, model, k) < 1e-9
        _count(ours, found.identified, decided, wrong=wrong)
        if wrong or found.identified != decided:
            failures.append(f"{found.query} experiments={trials} directed={di} bidirected={bi}")
        if peer and trials and plain(event, given):
            try:
                _count(theirs, peer(names, di, bi, event, given), decided)
            except Exception as error:  # noqa: BLE001 - whatever a peer raises is its answer
                theirs["failed"] += 1
                theirs[f"failed: {type(error).__name__}"] += 1
    for name, counts in (("etiograph", ours), ("y0 (decision only)", theirs)):
        if counts:
            more = sorted(set(counts) - set(ALWAYS))
            print(f"{name}: " + ", ".join(f"{key} {counts[key]}" for key in (*ALWAYS, *more)))
    for text in failures:
        print(f"  not as decided: {text}")
    ordered = sorted(1e3 * s for s in seconds)
    print(
        f"processor time a question, audit included: median {statistics.median(ordered):.1f} ms, "
        f"p95 {ordered[int(0.95 * (len(ordered) - 1))]:.1f} ms"
    )


def _count(counts: Counter[str], answered: bool, determined: bool, *, wrong: bool = False) -> None:
    if not answered:
        counts["wrongly refused" if determined else "rightly refused"] += 1
    elif not determined:
        counts["overclaimed"] += 1
    else:
        counts["wrong" if wrong else "right"] += 1


if __name__ == "__main__":
    main()
