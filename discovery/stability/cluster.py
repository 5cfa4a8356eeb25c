"""Searches on resamples on an existing Ray cluster: the same samples, as remote tasks.

Every node needs etiograph with the same version and the same optional libraries. Nodes whose
processors differ may round otherwise in the last digit, which can turn a test that is on the edge.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from discovery.stability.resampling import Job, Sample
from graph.cluster import join, leave
from graph.errors import EtiographError, StoreUnavailableError, UsageError

__all__ = ["on_cluster"]

_PER_PROCESSOR = 4
"""tasks per processor: enough that the slow ones even out"""


def on_cluster(job: Job, number: int, address: str, done: Callable[[Sample], None]) -> None:
    """Search samples 0 to ``number`` - 1 as tasks of a cluster; ``done`` is called here with each.

    Args:
        job: what to search.
        number: how many samples.
        address: ``auto``, ``host:6379`` or ``ray://host:10001``. A connection that this process already
            has is used, and kept.
        done: takes a sample, in any order.

    Raises:
        UsageError: if Ray is not installed, or a node cannot run the algorithm.
        StoreUnavailableError: if the cluster cannot be reached.
    """
    ray, ours = join(address, "searching")
    try:
        _all(ray, job, number, done)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, EtiographError):
            raise error.cause from None
        raise UsageError(
            f"the cluster cannot run {job.algorithm.name}: {error.cause}",
            hint="Every node needs the same etiograph with the same optional libraries.",
        ) from error
    except ray.exceptions.RayError as error:
        raise StoreUnavailableError(
            f"the Ray cluster failed: {error}", where=address, hint="Try again, or without ray."
        ) from error
    finally:
        if ours:
            leave(ray)


def _all(ray: Any, job: Job, number: int, done: Callable[[Sample], None]) -> None:
    processors = max(1, int(ray.cluster_resources().get("CPU", 1)))
    size = max(1, -(-number // (processors * _PER_PROCESSOR)))
    shared = ray.put(job)
    # a task gives the same result however often it is tried
    task = ray.remote(max_retries=3, num_cpus=1)(_searched)
    flying = [
        task.remote(shared, _versions(job), list(range(first, min(number, first + size))))
        for first in range(0, number, size)
    ]
    try:
        while flying:
            ready, flying = ray.wait(flying, num_returns=1)
            for sample in ray.get(ready[0]):
                done(sample)
    finally:
        for reference in flying:
            ray.cancel(reference, force=True)


def _versions(job: Job) -> tuple[str, ...]:
    import numpy as np
    import scipy

    return (job.algorithm.engine, np.__version__, scipy.__version__)


def _searched(job: Job, versions: tuple[str, ...], numbers: list[int]) -> list[Sample]:
    """Search some samples, in a process of the cluster."""
    from discovery.stability.running import one_thread

    if _versions(job) != versions:
        raise UsageError(
            f"a node of the cluster has other versions: {', '.join(_versions(job))} where this process "
            f"has {', '.join(versions)}",
            hint="Every node needs the same etiograph with the same libraries.",
        )
    with one_thread():
        return [job.sample(number) for number in numbers]
