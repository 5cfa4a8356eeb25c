"""Where the searches on resamples run: here, in processes on this machine, or on a Ray cluster.

The samples are the same in every case, and so is the result. Linear algebra runs on one thread in all
of them: with several, sums are made in another order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from discovery.stability.resampling import Job, Sample
from graph.errors import UsageError

__all__ = ["run_samples"]

Told = Callable[[int], None]


def run_samples(
    job: Job,
    number: int,
    *,
    workers: int = 1,
    ray: str | None = None,
    progress: Told | None = None,
) -> tuple[list[Sample], bool]:
    """Search samples 0 to ``number`` - 1.

    Args:
        job: what to search.
        number: how many.
        workers: processes, this one included; the others are started anew, never forked.
        ray: address of a Ray cluster, used instead of processes here.
        progress: called with how many are done.

    Returns:
        The samples by number, and whether all were searched: an interrupt (Ctrl-C) gives those done so
        far and False.

    Raises:
        UsageError: if the job cannot be sent to another process, or a process dies again and again.
        StoreUnavailableError: if the cluster cannot be reached.
    """
    found: list[Sample] = []

    def done(sample: Sample) -> None:
        found.append(sample)
        if progress is not None:
            progress(len(found))

    finished = True
    if progress is not None and number:
        progress(0)
    try:
        with one_thread():
            if number and ray is not None:
                from discovery.stability.cluster import on_cluster

                on_cluster(job, number, ray, done)
            elif min(workers, number) > 1:
                from discovery.stability.processes import in_processes

                in_processes(job, number, min(workers, number), done)
            else:
                for b in range(number):
                    done(job.sample(b))
    except KeyboardInterrupt:
        finished = False
    return sorted(found, key=lambda s: s.number), finished


@contextmanager
def one_thread() -> Iterator[None]:
    """Let linear algebra use one thread."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield


def check_workers(workers: int, ray: str | None) -> None:
    """Refuse a number of workers that is none.

    Raises:
        UsageError: fewer than one, or several along with a cluster.
    """
    if workers < 1:
        raise UsageError(f"workers must be 1 or more, not {workers}")
    if ray is not None and workers != 1:
        raise UsageError(
            "workers and ray exclude each other", hint="A cluster has its own number of processors."
        )
