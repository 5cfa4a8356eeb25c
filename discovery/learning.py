"""The one call: data, algorithm and knowledge in, a :class:`~discovery.result.Discovery` out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from discovery.algorithms import Algorithm, Learned, resolve
from discovery.constrain import compare_expected, edge_test
from discovery.data import Missing, Table, prepare
from discovery.knowledge import Conflict, ConflictKind, Knowledge
from discovery.marks import ARROW, TAIL, kind_of, to_graph
from discovery.result import DiscoveredEdge, Discovery
from graph.dataset import Dataset
from graph.errors import UsageError

__all__ = ["Progress", "learn"]

Progress = Callable[[int, int | None, str], None]
"""Called with how much is done, of how much (None: not known), and what is being done."""

_SIGN_LEVEL = 0.05


def learn(
    dataset: Dataset,
    algorithm: str | type[Algorithm] | Algorithm = "causal-learn/pc",
    knowledge: Knowledge | None = None,
    *,
    bootstraps: int = 0,
    seed: int = 0,
    missing: Missing = "refuse",
    progress: Progress | None = None,
    **settings: Any,
) -> Discovery:
    """Learn a causal graph from data.

    Args:
        dataset: numeric columns are used; bound ones can be proposed to a store afterwards.
        algorithm: a name in :data:`discovery.algorithms.REGISTRY`, a class or an instance.
        knowledge: kept in the result whatever the data say; disagreement is listed in ``conflicts``.
        bootstraps: number of resamples for the stability of each edge.
        seed: of the resamples; the same seed gives the same result.
        missing: ``refuse`` missing values, or ``drop`` incomplete rows and report it.
        progress: called while it runs.
        settings: of the algorithm.

    An interrupt (Ctrl-C) during the bootstraps returns what is there, with ``complete`` False.

    Raises:
        DataError: the data cannot be used, or the knowledge contradicts itself or names unknown
            columns; columns and rows are named.
        UsageError: an unknown algorithm or setting, or a bad value.
    """
    if bootstraps < 0:
        raise UsageError(f"bootstraps must be 0 or more, not {bootstraps}")
    chosen = resolve(algorithm, **settings)
    started = time.perf_counter()
    table = prepare(dataset, missing=missing, categories=chosen.categories)
    known, notes = (knowledge or Knowledge()).usable(
        table.columns, dataset.columns, where=dataset.path or dataset.name
    )
    prepared = time.perf_counter()

    def tell(text: str, done: int, total: int) -> None:
        if progress is not None:
            progress(done, total or None, text)

    learned = chosen.run(table, known, tell)
    learned.conflicts += compare_expected(table, known, learned.marks, learned.separations)
    searched = time.perf_counter()
    # an interrupted search is not followed by more of them
    number = bootstraps if learned.complete else 0
    counts, done, finished = _bootstrap(chosen, table, known, number, seed, progress)
    ended = time.perf_counter()
    if not finished:
        notes.append(f"interrupted after {done} of {bootstraps} bootstraps")
    elif done < number:
        notes.append(f"{number - done} resamples had a constant column and were left out")
    if done == 0 and bootstraps:
        notes.append("no bootstrap was finished: edges have no stability")
    stability = {
        pair: {kind: number / done for kind, number in sorted(kinds.items())}
        for pair, kinds in sorted(counts.items())
    }
    graph = to_graph(learned.marks, table.columns)
    if graph.has_cycle:
        cycle = graph.find_cycle() or []
        notes.append(
            f"conflicting tests gave a directed cycle ({' -> '.join(cycle)}); "
            "the data do not fit an acyclic graph without hidden causes"
        )
    return Discovery(
        graph=graph,
        edges=_edges(table, learned, known, stability if done else None),
        conflicts=tuple(learned.conflicts),
        dataset=dataset,
        report=table.report,
        algorithm=chosen.name,
        engine=chosen.engine,
        version=chosen.version,
        settings=chosen.settings.model_dump(),
        knowledge=known,
        seed=seed,
        bootstraps=bootstraps,
        bootstraps_done=done,
        stability=stability,
        timings={
            "prepare": prepared - started,
            "search": searched - prepared,
            "bootstraps": ended - searched,
        },
        notes=(*notes, *learned.notes),
        complete=learned.complete and finished,
    )


def _bootstrap(
    algorithm: Algorithm,
    table: Table,
    knowledge: Knowledge,
    number: int,
    seed: int,
    progress: Progress | None,
) -> tuple[dict[tuple[str, str], Counter[str]], int, bool]:
    """Count the kinds of edges over resamples; also how many were done and whether all were tried."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    done = 0
    try:
        for b in range(number):
            if progress is not None:
                progress(b, number, "bootstraps")
            sample = _resample(table, np.random.default_rng([seed, b]))
            if sample is None:
                continue
            learned = algorithm.run(sample, knowledge, None)
            if not learned.complete:
                return counts, done, False
            for i, j in np.argwhere(np.triu(learned.marks != 0, 1)):
                a, b_ = table.columns[int(i)], table.columns[int(j)]
                x, y = (int(i), int(j)) if a < b_ else (int(j), int(i))
                pair = (table.columns[x], table.columns[y])
                counts.setdefault(pair, Counter())[kind_of(learned.marks, x, y)] += 1
            done += 1
    except KeyboardInterrupt:
        return counts, done, False
    if progress is not None and number:
        progress(number, number, "bootstraps")
    return counts, done, True


def _resample(table: Table, rng: np.random.Generator) -> Table | None:
    for _ in range(20):
        sample = table.resample(rng)
        if (np.ptp(sample.values, axis=0) > 0).all():
            return sample
    return None


def _edges(
    table: Table,
    learned: Learned,
    knowledge: Knowledge,
    stability: Mapping[tuple[str, str], Mapping[str, float]] | None,
) -> tuple[DiscoveredEdge, ...]:
    marks, columns = learned.marks, table.columns
    by_pair: dict[frozenset[str], list[Conflict]] = {}
    for conflict in learned.conflicts:
        by_pair.setdefault(frozenset((conflict.source, conflict.target)), []).append(conflict)
    found = []
    for first, second in np.argwhere(np.triu(marks != 0, 1)):
        i, j = int(first), int(second)
        if marks[j, i] == ARROW and marks[i, j] != ARROW:
            i, j = j, i
        elif marks[i, j] == TAIL and marks[j, i] not in (TAIL, ARROW):
            pass
        elif marks[j, i] == TAIL and marks[i, j] not in (TAIL, ARROW):
            i, j = j, i
        a, b = columns[i], columns[j]
        kind = kind_of(marks, i, j)
        if kind == "--o":
            i, j, kind = j, i, "o--"
            a, b = b, a
        if kind in ("---", "<->", "o-o") and a > b:
            i, j, a, b = j, i, b, a
        test = edge_test(table, marks, i, j)
        ordered = not table.nominal.intersection((a, b))
        p_value = test.p_value if ordered else None
        if learned.p_values is not None:
            p_value = float(learned.p_values[i, j])
        low, high = (a, b) if a < b else (b, a)
        share = None
        if stability is not None:
            x, y = columns.index(low), columns.index(high)
            share = stability.get((low, high), {}).get(kind_of(marks, x, y), 0.0)
        conflicts = tuple(by_pair.get(frozenset((a, b)), ()))
        reason = learned.reasons.get((i, j))
        found.append(
            DiscoveredEdge(
                a,
                b,
                kind,
                stability=share,
                p_value=p_value,
                score_difference=learned.gains.get((i, j)),
                sign=int(np.sign(test.correlation))
                if ordered and test.p_value < _SIGN_LEVEL
                else 0,
                effect=test.correlation if ordered else 0.0,
                directed_by=_directed_by(learned, knowledge, i, j) if kind == "-->" else "",
                reason=_reason(reason.rule, [columns[k] for k in reason.nodes]) if reason else "",
                required=any(c.kind is ConflictKind.REQUIRED_ABSENT for c in conflicts),
                conflicts=conflicts,
            )
        )
    return tuple(sorted(found, key=lambda e: (e.source, e.target, e.kind)))


def _directed_by(learned: Learned, knowledge: Knowledge, i: int, j: int) -> str:
    if not knowledge.constrains:
        return "data"
    return "data" if (i, j) in learned.by_data else "knowledge"


def _reason(rule: str, names: list[str]) -> str:
    if rule == "collider":
        return f"collider {names[0]} -> {names[1]} <- {names[2]}"
    if rule == "knowledge":
        return "from what was known"
    return f"rule ({rule}: {', '.join(names)})" if rule.startswith("meek ") else rule
