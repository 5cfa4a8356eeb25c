"""The one call: data, algorithm and knowledge in, a :class:`~discovery.result.Discovery` out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from discovery.algorithms import Algorithm, Learned, resolve
from discovery.constrain import edge_test
from discovery.data import DataReport, Encode, Missing, Table, Targets, Transform, prepare
from discovery.data import imputations as draw
from discovery.knowledge import Conflict, ConflictKind, Knowledge
from discovery.ledger import settle
from discovery.marks import ARROW, TAIL, kind_of, to_graph
from discovery.result import DiscoveredEdge, Discovery
from discovery.stability.calibration import with_beliefs
from discovery.stability.pooling import search
from discovery.stability.rates import Correction, check_rate, edge_q_values, prune
from discovery.stability.resampling import Job, Resample, Sample, shares
from discovery.stability.running import check_workers, run_samples
from graph.dataset_sources import as_dataset
from graph.errors import UsageError

__all__ = ["Progress", "learn"]

Progress = Callable[[int, int | None, str], None]
"""Called with how much is done, of how much (None: not known), and what is being done."""

_SIGN_LEVEL = 0.05


def learn(
    dataset: object,
    algorithm: str | type[Algorithm] | Algorithm = "pc",
    knowledge: Knowledge | None = None,
    *,
    bootstraps: int = 0,
    resample: Resample = "bootstrap",
    workers: int = 1,
    ray: str | None = None,
    fdr: float | None = None,
    correction: Correction = "bh",
    seed: int = 0,
    missing: Missing = "refuse",
    transform: Transform | None = None,
    weights: str | None = None,
    clusters: str | None = None,
    targets: Targets | None = None,
    encode: Encode = "aside",
    levels: Mapping[str, Sequence[Any]] | None = None,
    leave_out: Sequence[str] = (),
    imputations: int = 5,
    on_report: Callable[[DataReport], None] | None = None,
    progress: Progress | None = None,
    **settings: Any,
) -> Discovery:
    """Learn a causal graph from data.

    Args:
        dataset: a dataset, or what :func:`graph.dataset_sources.as_dataset` makes one of: a data frame, a file,
            an AnnData object, a DuckDB relation. Bound columns can be proposed to a store afterwards.
        algorithm: a name in :data:`discovery.algorithms.REGISTRY`, a class or an instance.
        knowledge: kept in the result whatever the data say; disagreement is listed in ``conflicts``.
        bootstraps: number of resamples for the stability of each edge.
        resample: ``bootstrap`` draws rows with replacement; ``subsample`` complementary halves of the rows
            (an even number of them), for :func:`discovery.stability.selection`.
        workers: processes for the resamples, this one included; the result does not depend on it.
        ray: address of a Ray cluster for the resamples; the result is the same.
        fdr: for algorithms of tests, lower ``alpha`` until every edge has a ``q_value`` of at most this; what
            goes is noted.
        correction: ``bh`` or ``by``, see :mod:`discovery.stability.rates`.
        seed: of the resamples; the same seed gives the same result.
        missing: ``refuse`` missing values, ``drop`` incomplete rows, ``testwise`` or ``impute``.
        transform: ``nonparanormal`` replaces continuous columns by normal scores of their ranks.
        weights: a column of row weights.
        clusters: a column that groups rows; groups are resampled whole.
        targets: what was intervened upon in each row, see :data:`discovery.data.Targets`.
        encode: text columns of an algorithm of numbers are set ``aside``, or made ``indicators``.
        levels: the order of the levels of columns, lowest first.
        leave_out: columns not to look at.
        imputations: how many times missing values are drawn with ``missing="impute"``; what is found is
            pooled, see :func:`discovery.stability.pooling.search`.
        on_report: called with the report on the data before the search begins.
        progress: called while it runs.
        settings: of the algorithm.

    An interrupt (Ctrl-C) during the bootstraps returns what is there, with ``complete`` False.

    Raises:
        DataError: the data cannot be used, or the knowledge contradicts itself or names unknown
            columns; columns and rows are named.
        UsageError: an unknown algorithm or setting, or a bad value.
    """
    _check(bootstraps, resample)
    check_workers(workers, ray)
    check_rate(fdr, correction)
    chosen = resolve(algorithm, **settings)
    dataset = as_dataset(dataset)
    started = time.perf_counter()
    table = prepare(
        dataset,
        missing=missing,
        categories=chosen.categories,
        transform=transform,
        weights=weights,
        clusters=clusters,
        targets=targets,
        encode=encode,
        levels=levels,
        leave_out=leave_out,
    )
    if on_report is not None:
        on_report(table.report)
    chosen.check_table(table)
    known, notes = (knowledge or Knowledge()).usable(
        table.columns, dataset.columns, where=dataset.path or dataset.name
    )
    chosen.check_knowledge(known)
    prepared = time.perf_counter()

    def tell(text: str, done: int, total: int) -> None:
        if progress is not None:
            progress(done, total or None, text)

    tables = tuple(draw(table, imputations, seed)) if missing == "impute" else (table,)
    table, learned, pooling = search(chosen, tables, known, tell)
    notes += pooling
    if fdr is not None:
        chosen, table, learned, pruned = prune(
            chosen, table, known, learned, fdr, correction,
            lambda other: search(other, tables, known, tell)[:2],
        )  # fmt: skip
        notes += pruned
    settle(table, known, learned, lambda other: search(chosen, tables, other, tell)[1])
    searched = time.perf_counter()
    # an interrupted search is not followed by more of them
    number = bootstraps if learned.complete else 0
    samples, finished = run_samples(
        Job(chosen, tables, known, seed, resample),
        number,
        workers=workers,
        ray=ray,
        progress=None if progress is None else lambda done: progress(done, number, "bootstraps"),
    )
    ended = time.perf_counter()
    done = sum(sample.codes is not None for sample in samples)
    notes += _sample_notes(samples, done, bootstraps, finished)
    stability = shares(samples, table.columns)
    graph = to_graph(learned.marks, table.columns)
    if graph.has_cycle:
        cycle = graph.find_cycle() or []
        notes.append(
            f"conflicting tests gave a directed cycle ({' -> '.join(cycle)}); "
            "the data do not fit an acyclic graph without hidden causes"
        )
    return Discovery(
        graph=graph,
        edges=with_beliefs(
            _edges(table, learned, known, stability if done else None, correction),
            stability if done else None,
            chosen.name,
            chosen.settings.model_dump(),
            table,
        ),
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
        resample=resample,
        stability=stability,
        timings={
            "prepare": prepared - started,
            "search": searched - prepared,
            "bootstraps": ended - searched,
        },
        notes=(*notes, *learned.notes),
        complete=learned.complete and finished,
    )


def _check(bootstraps: int, resample: str) -> None:
    if bootstraps < 0:
        raise UsageError(f"bootstraps must be 0 or more, not {bootstraps}")
    if resample not in ("bootstrap", "subsample"):
        raise UsageError(
            f"resample={resample!r} is not known", hint='Choose "bootstrap" or "subsample".'
        )
    if resample == "subsample" and bootstraps % 2:
        raise UsageError(
            f"half-samples come in pairs, so bootstraps must be even, not {bootstraps}"
        )


def _sample_notes(
    samples: Sequence[Sample], done: int, bootstraps: int, finished: bool
) -> list[str]:
    notes = []
    if not finished:
        notes.append(f"interrupted after {done} of {bootstraps} bootstraps")
    reasons = sorted({s.reason for s in samples if s.codes is None})
    if reasons:
        notes.append(
            f"{len(samples) - done} of {bootstraps} resamples could not be searched: {reasons[0]}"
            + (f" (and {len(reasons) - 1} other reasons)" if len(reasons) > 1 else "")
        )
    if done == 0 and bootstraps:
        notes.append("no bootstrap was finished: edges have no stability")
    return notes


def _edges(
    table: Table,
    learned: Learned,
    knowledge: Knowledge,
    stability: Mapping[tuple[str, str], Mapping[str, float]] | None,
    correction: Correction,
) -> tuple[DiscoveredEdge, ...]:
    marks, columns = learned.marks, table.columns
    q_values = edge_q_values(table, knowledge, learned, correction)
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
                required=(i, j) in learned.by_prior
                or any(c.kind is ConflictKind.REQUIRED_ABSENT for c in conflicts),
                conflicts=conflicts,
                q_value=None
                if q_values is None or np.isnan(q_values[i, j])
                else float(q_values[i, j]),
            )
        )
    return tuple(sorted(found, key=lambda e: (e.source, e.target, e.kind)))


def _directed_by(learned: Learned, knowledge: Knowledge, i: int, j: int) -> str:
    if not (knowledge.constrains or knowledge.graded):
        return "data"
    return "data" if (i, j) in learned.by_data else "knowledge"


def _reason(rule: str, names: list[str]) -> str:
    if rule == "collider":
        return f"collider {names[0]} -> {names[1]} <- {names[2]}"
    if rule == "knowledge":
        return "from what was known"
    return f"rule ({rule}: {', '.join(names)})" if rule.startswith("meek ") else rule
