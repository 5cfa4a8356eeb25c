"""Reading on an existing Ray cluster: the same chunks, as remote tasks.

Every node needs etiograph with the same version and the same optional libraries. The graph store and
the ledger stay with the process that started the job.
"""

from __future__ import annotations

import functools
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from graph.cluster import join, leave
from graph.errors import EtiographError, StoreUnavailableError, UsageError
from ingest.jobs.readers import Done, Readers, timed
from ingest.jobs.reading import Reading, Work, made_from, spec_of

if TYPE_CHECKING:
    from ingest.pipeline import Pipeline

__all__ = ["Cluster"]

_AHEAD = 3
"""chunks in the air per processor of the cluster"""
_MOST = 4096
_KILLS = 2


class Cluster(Readers):
    """Reads as tasks of a Ray cluster.

    Args:
        pipeline: what reads.
        address: ``auto``, ``host:6379`` or ``ray://host:10001``. A connection that this process
            already has is used, and kept.

    Raises:
        UsageError: if Ray is not installed, or the pipeline cannot be made elsewhere.
        StoreUnavailableError: if the cluster cannot be reached.
    """

    def __init__(self, pipeline: Pipeline, address: str) -> None:
        self._flying: dict[Any, tuple[int, list[Work], int]] = {}
        self._split: dict[int, list[Done | None]] = {}
        self._waiting: deque[Done] = deque()
        spec = spec_of(pipeline)
        ray, self._ours = join(address, "reading")
        self._ray: Any = ray
        try:
            self._join(ray, pipeline.version, spec)
        except (ImportError, OSError, RuntimeError, ray.exceptions.RayError) as error:
            self.close()
            raise StoreUnavailableError(
                f"the Ray cluster cannot be used from here: {error}", where=address
            ) from error

    def _join(self, ray: Any, version: str, spec: bytes) -> None:
        processors = int(ray.cluster_resources().get("CPU", 1))
        self.capacity = min(_MOST, max(2, processors * _AHEAD))
        self._spec = ray.put(spec)
        self._version = version
        self._task = ray.remote(max_retries=0, num_cpus=1)(_read)

    def submit(self, number: int, chunk: Sequence[Work]) -> None:
        """Hand a chunk over."""
        self._send(number, list(chunk), -1)

    def _send(self, number: int, chunk: list[Work], part: int, kills: int = 0) -> None:
        reference = self._task.remote(self._spec, self._version, number, chunk)
        self._flying[reference] = (number, chunk, part if part < 0 else part * 8 + kills)

    def take(self, timeout: float) -> Done | None:
        """Return a chunk that was read."""
        until = time.monotonic() + timeout
        while not self._waiting:
            left = until - time.monotonic()
            if not self._flying or left <= 0:
                return None
            ready, _ = self._ray.wait(list(self._flying), timeout=left)
            for reference in ready:
                self._landed(reference)
        return self._waiting.popleft()

    def _landed(self, reference: Any) -> None:
        number, chunk, code = self._flying.pop(reference)
        errors = self._ray.exceptions
        try:
            done: Done = self._ray.get(reference)
        except (errors.WorkerCrashedError, errors.NodeDiedError, errors.ObjectLostError,
                errors.OutOfMemoryError, errors.RaySystemError) as error:  # fmt: skip
            self.restarts += 1
            self._died(number, chunk, code, error)
            return
        except errors.RayTaskError as error:
            if isinstance(error.cause, EtiographError):
                raise error.cause from None
            raise UsageError(
                f"the cluster cannot read: {error.cause}",
                hint="Every node needs the same etiograph with the same optional libraries.",
            ) from error
        self._arrived(number, code, done)

    def _arrived(self, number: int, code: int, done: Done) -> None:
        if code < 0:
            self._waiting.append(done)
            return
        parts = self._split[number]
        parts[code // 8] = done
        if all(part is not None for part in parts):
            del self._split[number]
            whole = [part for part in parts if part is not None]
            seconds: dict[str, float] = {}
            for part in whole:
                for stage, spent in part.seconds.items():
                    seconds[stage] = seconds.get(stage, 0.0) + spent
            readings = [r for part in whole for r in part.readings]
            self._waiting.append(Done(number, readings, seconds, sum(p.elapsed for p in whole)))

    def _died(self, number: int, chunk: list[Work], code: int, error: Exception) -> None:
        """Read a chunk whose process died again, each document by itself."""
        if code < 0:
            self._split[number] = [None] * len(chunk)
            for part, work in enumerate(chunk):
                self._send(number, [work], part, kills=int(len(chunk) == 1))
            return
        part, kills = code // 8, code % 8 + 1
        if kills < _KILLS:
            self._send(number, chunk, part, kills)
            return
        reason = f"reading it killed its process {kills} times ({type(error).__name__})"
        self._arrived(number, code, Done(number, [Reading(chunk[0].document.id, error=reason)]))

    def close(self) -> None:
        """Cancel what is in the air; leave the cluster if this object joined it."""
        flying, self._flying = list(self._flying), {}
        for reference in flying:
            self._ray.cancel(reference, force=True)
        if self._ours:
            leave(self._ray)


def _read(spec: bytes, version: str, number: int, chunk: list[Work]) -> Done:
    """Read a chunk, in a process of the cluster."""
    pipeline = _pipeline(spec)
    if pipeline.version != version:
        raise UsageError(
            "a node of the cluster would read otherwise than this process",
            hint="Every node needs the same etiograph with the same optional libraries.",
        )
    return timed(pipeline, number, chunk)


@functools.lru_cache(maxsize=1)
def _pipeline(spec: bytes) -> Pipeline:
    """Return the pipeline, made once in a process."""
    return made_from(spec)
