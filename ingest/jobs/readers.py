"""The one interface to what reads chunks of documents: this process, worker processes, a cluster."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import ClassVar

from ingest.jobs.reading import Reading, Work, read_chunk
from ingest.pipeline import Pipeline

__all__ = ["Done", "Here", "Readers", "open_readers"]


@dataclass(frozen=True, slots=True)
class Done:
    """A chunk that was read: its number, its readings in order, and the time it took."""

    number: int
    readings: list[Reading]
    seconds: dict[str, float] = field(default_factory=dict)
    """by stage"""
    elapsed: float = 0.0
    """seconds from start to end, in the process that read it"""


class Readers(ABC):
    """Reads chunks, in any order; at most :attr:`capacity` of them may be in the air."""

    capacity: int
    workers: ClassVar[int] = 1
    restarts: int = 0
    """how often a process that died was replaced"""

    @abstractmethod
    def submit(self, number: int, chunk: Sequence[Work]) -> None:
        """Hand a chunk over."""

    @abstractmethod
    def take(self, timeout: float) -> Done | None:
        """Return a chunk that was read, or None if there is none within ``timeout`` seconds.

        Raises:
            EtiographError: if nothing more can be read.
        """

    def close(self) -> None:  # noqa: B027 - nothing was started unless a subclass says so
        """End every process that was started, at once; safe to call twice."""


class Here(Readers):
    """Reads in this process, when asked for the result."""

    capacity = 1

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self._waiting: deque[tuple[int, Sequence[Work]]] = deque()

    def submit(self, number: int, chunk: Sequence[Work]) -> None:
        """Hand a chunk over."""
        self._waiting.append((number, chunk))

    def take(self, timeout: float) -> Done | None:
        """Read the next chunk now."""
        if not self._waiting:
            return None
        number, chunk = self._waiting.popleft()
        return timed(self.pipeline, number, chunk)


def timed(pipeline: Pipeline, number: int, chunk: Sequence[Work]) -> Done:
    """Read a chunk and say how long each stage took."""
    before = dict(pipeline.clock.seconds)
    started = perf_counter()
    readings = read_chunk(pipeline, chunk)
    elapsed = perf_counter() - started
    spent = {s: t - before.get(s, 0.0) for s, t in pipeline.clock.seconds.items()}
    return Done(number, readings, {s: t for s, t in spent.items() if t > 0}, elapsed)


def open_readers(pipeline: Pipeline, workers: int, ray: str | None) -> Readers:
    """Return what reads: this process for one worker, processes for more, or a Ray cluster.

    Raises:
        UsageError: if the pipeline cannot be made in another process, or Ray is not installed.
        StoreUnavailableError: if the cluster cannot be reached.
    """
    if ray is not None:
        from ingest.jobs.cluster import Cluster

        return Cluster(pipeline, ray)
    if workers > 1:
        from ingest.jobs.workers import Processes

        return Processes(pipeline, workers)
    return Here(pipeline)


def worker_environment() -> dict[str, str]:
    """Return the environment of a reading process: one thread each, numbers in libraries of linear
    algebra included, unless the user said otherwise."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return one | {"TOKENIZERS_PARALLELISM": "false"} | dict(os.environ)
