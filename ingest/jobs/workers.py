"""Worker processes: started anew (never forked), watched, replaced when they die.

A thread per worker hands it one chunk at a time over a socket and waits for the answer; it is the
only one that speaks to it, so nothing can be half-sent or locked when a process is killed. A chunk
whose worker dies is read again document by document; a document that kills two workers when it is
read alone is set aside. Workers end when the writer's process does, however it ends.
"""

from __future__ import annotations

import json
import os
import pickle
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

from graph.errors import EtiographError, UsageError
from graph.processes import end_with, plain_error
from ingest.jobs.readers import Done, Readers, timed, worker_environment
from ingest.jobs.reading import Reading, Work, made_from, spec_of
from ingest.pipeline import Pipeline

__all__ = ["Processes", "main"]

_AHEAD = 3
"""chunks in the air per worker: enough that none is idle while the writer writes"""
_STARTS = 3
"""a worker that dies so often before it is ready will not start at all"""
_KILLS = 2
"""a document that kills so many workers when it is read alone is set aside"""
_CODE = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]); "
    "from ingest.jobs.workers import main; main(int(sys.argv[1]))"
)


class Processes(Readers):
    """Reads in worker processes on this machine.

    Raises:
        UsageError: if the pipeline cannot be made in another process.
    """

    def __init__(self, pipeline: Pipeline, workers: int) -> None:
        self.capacity = workers * _AHEAD
        self._tasks: queue.Queue[tuple[int, Sequence[Work]] | None] = queue.Queue()
        self._results: queue.Queue[Done | EtiographError] = queue.Queue()
        self._closed = threading.Event()
        self._counting = threading.Lock()
        hello = pickle.dumps((spec_of(pipeline), pipeline.version))
        self._workers = [_Worker(hello, self._closed, self._died) for _ in range(workers)]
        self._threads = [
            threading.Thread(target=self._serve, args=(w,), name=f"reader-{i}", daemon=True)
            for i, w in enumerate(self._workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that run now."""
        return [w.process.pid for w in self._workers if w.process is not None]

    def submit(self, number: int, chunk: Sequence[Work]) -> None:
        """Hand a chunk over."""
        self._tasks.put((number, chunk))

    def take(self, timeout: float) -> Done | None:
        """Return a chunk that was read."""
        try:
            found = self._results.get(timeout=timeout)
        except queue.Empty:
            return None
        if isinstance(found, EtiographError):
            raise found
        return found

    def close(self) -> None:
        """End the workers at once."""
        self._closed.set()
        for _ in self._threads:
            self._tasks.put(None)
        for worker in self._workers:
            worker.kill()
        for thread in self._threads:
            thread.join(10.0)
        for worker in self._workers:
            worker.kill()  # one that was being started meanwhile

    # in a thread per worker -------------------------------------------------------------

    def _serve(self, worker: _Worker) -> None:
        # Ctrl-C is for the writer: processes started from this thread inherit the blocked signal
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        while not self._closed.is_set() and (task := self._tasks.get()) is not None:
            try:
                self._results.put(self._read(worker, *task))
            except _Closed:
                return
            except EtiographError as error:
                self._results.put(error)
                return

    def _read(self, worker: _Worker, number: int, chunk: Sequence[Work]) -> Done:
        done = self._ask(worker, number, chunk)
        if done is not None:
            return done
        if len(chunk) == 1:
            return self._alone(worker, number, chunk[0], kills=1)
        parts = [self._alone(worker, number, work, kills=0) for work in chunk]
        seconds: dict[str, float] = {}
        for part in parts:
            for stage, spent in part.seconds.items():
                seconds[stage] = seconds.get(stage, 0.0) + spent
        readings = [reading for part in parts for reading in part.readings]
        return Done(number, readings, seconds, sum(part.elapsed for part in parts))

    def _alone(self, worker: _Worker, number: int, work: Work, *, kills: int) -> Done:
        while kills < _KILLS:
            done = self._ask(worker, number, [work])
            if done is not None:
                return done
            kills += 1
        reason = f"reading it killed its process {kills} times ({worker.ending})"
        return Done(number, [Reading(work.document.id, error=reason)])

    def _ask(self, worker: _Worker, number: int, chunk: Sequence[Work]) -> Done | None:
        """Let a worker read a chunk; None if it died over it."""
        try:
            return worker.ask(number, chunk)
        except (EOFError, OSError):
            if self._closed.is_set():
                raise _Closed from None
            worker.bury()
            return None

    def _died(self) -> None:
        with self._counting:
            self.restarts += 1


class _Closed(Exception):  # noqa: N818 - a signal between threads, not an error
    """The readers are being closed."""


class _Worker:
    """One worker process at a time, started when first needed."""

    def __init__(self, hello: bytes, closed: threading.Event, died: Callable[[], None]) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.ending = ""
        self._hello = hello
        self._closed = closed
        self._died = died
        self._connection: Connection[Any, Any] | None = None
        self._starting = threading.Lock()

    def ask(self, number: int, chunk: Sequence[Work]) -> Done:
        if self._connection is None:
            self._start()
        assert self._connection is not None
        self._connection.send((number, list(chunk)))
        done: Done = _checked(self._connection.recv())
        return done

    def _start(self) -> None:
        for _ in range(_STARTS):
            ours, theirs = socket.socketpair()
            with theirs, self._starting:
                if self._closed.is_set():
                    ours.close()
                    raise _Closed
                command = [sys.executable, "-c", _CODE, str(theirs.fileno()), json.dumps(sys.path)]
                try:
                    self.process = subprocess.Popen(
                        command, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL, env=worker_environment(),
                    )  # fmt: skip
                except OSError as error:
                    ours.close()
                    raise UsageError(f"a reading process cannot be started: {error}") from error
            self._connection = Connection(ours.detach())
            try:
                self._connection.send_bytes(self._hello)
                _checked(self._connection.recv())
            except (EOFError, OSError):
                if self._closed.is_set():
                    raise _Closed from None
                self.bury()
                continue
            return
        raise UsageError(
            f"a reading process ended {_STARTS} times before it was ready ({self.ending})",
            hint="Read with one worker to see why.",
        )

    def bury(self) -> None:
        """Take leave of a process that died, noting how."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self.process is not None:
            self.process.kill()  # it may have closed the connection and live on
            code = self.process.wait()
            self.ending = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            self.process = None
        self._died()

    def kill(self) -> None:
        with self._starting:
            process = self.process
        if process is not None:
            process.kill()
            process.wait()


def _checked(answer: Done | EtiographError | str) -> Any:
    if isinstance(answer, EtiographError):
        raise answer
    return answer


# in a worker process ----------------------------------------------------------------------


def main(descriptor: int) -> None:
    """Read chunks that come over a socket until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Connection(descriptor) as connection:
        try:
            spec, version = pickle.loads(connection.recv_bytes())
        except EOFError:
            return
        end_with(os.getppid())
        try:
            pipeline = made_from(spec)
            if pipeline.version != version:
                raise UsageError(
                    "a reading process would read otherwise than this one",
                    hint="Its components depend on settings of this process: read with one worker.",
                )
            connection.send("ready")
            while True:
                number, chunk = connection.recv()
                connection.send(timed(pipeline, number, chunk))
        except EtiographError as error:
            connection.send(plain_error(error))
        except (EOFError, ConnectionError):
            return  # the writer has gone
