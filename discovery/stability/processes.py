"""Searches on resamples in processes of this machine: started anew, never forked.

This process works too, and feeds the others over sockets: each has two samples ahead, so that it never
waits while this one is in the middle of a search, and nobody waits for a process that is still starting.
They end when this process does, however it ends.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import Any

from discovery.stability.resampling import Job, Sample
from graph.errors import EtiographError, UsageError
from graph.processes import end_with, plain_error

__all__ = ["in_processes", "main"]

_AHEAD = 2
_DEATHS = 3
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_CODE = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]); "
    "from discovery.stability.processes import main; main(int(sys.argv[1]))"
)


def in_processes(job: Job, number: int, workers: int, done: Callable[[Sample], None]) -> None:
    """Search samples 0 to ``number`` - 1 with so many processes, this one included; ``done`` is called
    here with each, in any order.

    Raises:
        UsageError: if the job cannot be sent, or processes die again and again.
    """
    hello = _packed(job)
    todo = deque(range(number))
    others = [_Worker(hello) for _ in range(workers - 1)]
    deaths = 0
    try:
        while todo or any(w.flying for w in others):
            busy = {w.connection: w for w in others}
            for connection in wait(list(busy), 0 if todo else None):
                worker = busy[connection]  # type: ignore[index]
                sample = worker.receive()
                if sample is not None:
                    done(sample)
                elif not worker.alive:
                    deaths += 1
                    todo.extendleft(reversed(worker.flying))
                    others.remove(worker)
                    worker.end()
                    if deaths >= _DEATHS:
                        raise UsageError(
                            f"{deaths} worker processes ended in the middle ({worker.ending})",
                            hint="Use fewer workers: the machine may be short of memory.",
                        )
                    others.append(_Worker(hello))
            for worker in others:
                worker.feed(todo)
            if todo:
                done(job.sample(todo.popleft()))
    finally:
        for worker in others:
            worker.end()


def _packed(job: Job) -> bytes:
    if type(job.algorithm).__module__ == "__main__":
        raise UsageError(
            f"{type(job.algorithm).__name__} is defined in a script, where another process cannot find it",
            hint="Put it into a module, or use one worker.",
        )
    try:
        return pickle.dumps(job)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise UsageError(
            f"the algorithm cannot be sent to another process: {error}", hint="Use one worker."
        ) from error


class _Worker:
    """A process: what it was given and has not answered is ``flying``."""

    def __init__(self, hello: bytes) -> None:
        ours, theirs = socket.socketpair()
        self.connection: Connection[Any, Any] = Connection(ours.detach())
        self.flying: deque[int] = deque()
        self.ready = False
        self.alive = True
        self.ending = ""
        self._hello: bytes | None = hello
        command = [sys.executable, "-c", _CODE, str(theirs.fileno()), json.dumps(sys.path)]
        with theirs:
            try:
                # a group of its own: Ctrl-C is for this process, which then ends the others
                self._process = subprocess.Popen(
                    command, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL, process_group=0,
                    env={**os.environ, **dict.fromkeys(_THREADS, "1")},
                )  # fmt: skip
            except OSError as error:
                self.connection.close()
                raise UsageError(f"a worker process cannot be started: {error}") from error

    def feed(self, todo: deque[int]) -> None:
        """Give it what it has room for."""
        while self.ready and todo and len(self.flying) < _AHEAD:
            self.flying.append(todo.popleft())
            self._send(self.flying[-1])

    def receive(self) -> Sample | None:
        """Take what it says; None if that is no sample."""
        try:
            answer = self.connection.recv()
        except (EOFError, OSError):
            self.alive = False
            return None
        if isinstance(answer, EtiographError):
            raise answer
        if isinstance(answer, Sample):
            self.flying.remove(answer.number)
            return answer
        if self._hello is not None:  # it has started and asks for the job
            hello, self._hello = self._hello, None
            self._send_bytes(hello)
        else:
            self.ready = True
        return None

    def _send(self, number: int) -> None:
        try:
            self.connection.send(number)
        except OSError:
            self.ready = False  # it has gone: reading from it says so next

    def _send_bytes(self, data: bytes) -> None:
        try:
            self.connection.send_bytes(data)
        except OSError:
            self.ready = False

    def end(self) -> None:
        """End it at once."""
        self.connection.close()
        self._process.kill()
        code = self._process.wait()
        self.ending = signal.Signals(-code).name if code < 0 else f"exit code {code}"


# in a worker process ----------------------------------------------------------------------


def main(descriptor: int) -> None:
    """Search the samples whose numbers come over a socket until it closes."""
    from discovery.stability.running import one_thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with(os.getppid())
    with Connection(descriptor) as connection, one_thread():
        try:
            connection.send("job?")
            job: Job = pickle.loads(connection.recv_bytes())
            connection.send("ready")
            while True:
                connection.send(job.sample(connection.recv()))
        except EtiographError as error:
            connection.send(plain_error(error))
        except (EOFError, ConnectionError):
            return  # the other side has gone
