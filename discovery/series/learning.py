"""The one call for series."""

from __future__ import annotations

import difflib
import importlib
import time as clock
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from discovery.knowledge import Conflict, ConflictKind, Knowledge
from discovery.series.found import Links, SeriesAlgorithm
from discovery.series.frame import MissingRows, Series, read_series
from discovery.series.result import LaggedEdge, SeriesDiscovery, benjamini_hochberg
from graph.causal import CausalGraph
from graph.dataset import Dataset
from graph.errors import UsageError

__all__ = ["ALGORITHMS", "Progress", "learn", "resolve"]

Progress = Callable[[int, int | None, str], None]
"""Called with how much is done, of how much (None: not known), and what is being done."""

ALGORITHMS: Mapping[str, str] = {
    "pcmci": "discovery.series.pcmci:PCMCI",
    "pcmci+": "discovery.series.pcmci:PCMCIPlus",
    "var-lingam": "discovery.series.var_lingam:VARLiNGAM",
}
"""name -> ``module:class``; imported when first asked for"""


def learn(
    dataset: Dataset,
    algorithm: str | SeriesAlgorithm = "pcmci",
    knowledge: Knowledge | None = None,
    *,
    time: str | None = None,
    unit: str | None = None,
    max_lag: int = 3,
    missing: MissingRows = "refuse",
    progress: Progress | None = None,
    **settings: Any,
) -> SeriesDiscovery:
    """Learn which column acts on which after how many steps.

    Args:
        dataset: one row a step (and unit); numeric columns are used.
        algorithm: ``pcmci``, ``pcmci+`` or ``var-lingam``, or a ready instance.
        knowledge: forbidden edges and tiers hold at every lag; required and graded ones are refused,
            because they do not say at which. Expected edges that are not found become conflicts.
        time: the column of times, in equal steps; None: rows are in order, equally far apart.
        unit: the column of subjects; every subject is a series of its own.
        max_lag: the longest lag looked for, in steps.
        missing: refuse missing values, or ``drop`` their rows, a gap in time then.
        progress: called while it runs.
        settings: of the algorithm.

    An interrupt (Ctrl-C) returns what is there, with ``complete`` False.

    Raises:
        DataError: times that are missing, doubled or not in equal steps; too few steps; data or
            knowledge that cannot be used.
        UsageError: an unknown algorithm, column or setting; knowledge that cannot be kept.
    """
    if max_lag < 1:
        raise UsageError(f"max_lag must be 1 or more, not {max_lag}")
    chosen = resolve(algorithm, **settings)
    started = clock.perf_counter()
    series = read_series(dataset, time, unit, missing)
    known, notes = (knowledge or Knowledge()).usable(
        series.columns, dataset.columns, where=dataset.path or dataset.name
    )
    chosen.check_knowledge(known)
    read = clock.perf_counter()

    def tell(text: str, done: int, total: int) -> None:
        if progress is not None:
            progress(done, total or None, text)

    found = chosen.links(series, max_lag, known.allowed(series.columns), tell)
    tested = _edges(series, found)
    edges = tuple(e for e, k in zip(tested, found.links, strict=True) if k.there)
    if time is None:
        notes.append("no time column: rows taken as equal steps in order")
    if not found.complete:
        notes.append("interrupted: what was there by then")
    return SeriesDiscovery(
        edges=tuple(sorted(edges, key=lambda e: (e.source, e.target, e.lag))),
        tested=tuple(sorted(tested, key=lambda e: (e.source, e.target, e.lag))),
        graph=CausalGraph(
            series.columns,
            directed={
                (e.source, e.target) for e in edges if e.kind == "-->" and e.source != e.target
            },
            undirected={(e.source, e.target) for e in edges if e.kind == "---"},
        ),
        dataset=dataset,
        report=series.report,
        algorithm=chosen.name,
        version=chosen.version,
        settings=chosen.settings.model_dump(),
        knowledge=known,
        max_lag=max_lag,
        step=series.step,
        windows=found.windows,
        conflicts=tuple(_absent(known, tested, edges)),
        notes=(*notes, *found.notes),
        timings={"prepare": read - started, "search": clock.perf_counter() - read},
        complete=found.complete,
    )


def resolve(algorithm: str | SeriesAlgorithm, **settings: Any) -> SeriesAlgorithm:
    """Return a ready algorithm for series from its name, or the instance given.

    Raises:
        UsageError: an unknown name or setting, or settings given along with an instance.
    """
    if isinstance(algorithm, SeriesAlgorithm):
        if settings:
            raise UsageError(
                f"settings {', '.join(sorted(settings))} were given along with a ready algorithm",
                hint="Give them when making the algorithm.",
            )
        return algorithm
    target = ALGORITHMS.get(algorithm)
    if target is None:
        close = difflib.get_close_matches(str(algorithm), ALGORITHMS, n=1)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        raise UsageError(
            f"there is no algorithm {algorithm!r} for series",
            hint=f"{hint}Known: {', '.join(sorted(ALGORITHMS))}.",
        )
    module, name = target.split(":")
    ready: SeriesAlgorithm = getattr(importlib.import_module(module), name)(**settings)
    return ready


def _edges(series: Series, found: Links) -> list[LaggedEdge]:
    if not found.links:
        return []
    adjusted = benjamini_hochberg(np.array([k.p_value for k in found.links]))
    edges = []
    for k, q in zip(found.links, adjusted, strict=True):
        a, b = series.columns[k.source], series.columns[k.target]
        if k.kind == "---" and a > b:
            a, b = b, a
        edges.append(LaggedEdge(a, b, k.lag, k.kind, k.strength, k.p_value, float(q)))
    return edges


def _absent(
    knowledge: Knowledge, tested: list[LaggedEdge], edges: tuple[LaggedEdge, ...]
) -> list[Conflict]:
    """List the expected edges that no lag shows."""
    there = {(e.source, e.target) for e in edges}
    there |= {(e.target, e.source) for e in edges if e.kind == "---"}
    found = []
    for claim in knowledge.expected:
        if (claim.source, claim.target) in there:
            continue
        near = [e for e in tested if (e.source, e.target) == (claim.source, claim.target)]
        best = min(near, key=lambda e: e.p_value, default=None)
        words = "not tested" if best is None else f"smallest p {best.p_value:.3g}, lag {best.lag}"
        found.append(
            Conflict(
                claim.source,
                claim.target,
                ConflictKind.ABSENT,
                f"{claim.source} -> {claim.target} is claimed{claim.because}",
                f"no link at any lag ({words})",
                "no edge",
                claim.statements,
                p_value=None if best is None else best.p_value,
            )
        )
    return found
