"""Joining and leaving a Ray cluster that somebody else runs."""

from __future__ import annotations

import socket
from typing import Any

from graph.errors import StoreUnavailableError
from graph.extras import needs
from graph.signals import crash_handlers_kept

__all__ = ["join", "leave"]

_PATIENCE = 10.0
_HINT = "Start one with `ray start --head`, or give the address of one."


def join(address: str, doing: str) -> tuple[Any, bool]:
    """Return Ray, connected to a cluster, and whether this call connected it (and is to :func:`leave`).

    Args:
        address: ``auto``, ``host:6379`` or ``ray://host:10001``. A connection that this process already
            has is used, and kept.
        doing: what for, for the message.

    Raises:
        UsageError: if Ray is not installed.
        StoreUnavailableError: if the cluster cannot be reached.
    """
    with needs(f"{doing} on a cluster", "cluster"):
        import ray
    if ray.is_initialized():
        return ray, False
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        if host and port.isdigit():  # Ray itself would go on asking for minutes
            socket.create_connection((host, int(port)), timeout=_PATIENCE).close()
        with crash_handlers_kept():
            ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise StoreUnavailableError(
            f"the Ray cluster does not answer: {error}", where=address, hint=_HINT
        ) from error
    return ray, True


def leave(ray: Any) -> None:
    """Leave the cluster, if this process is still in it."""
    if ray.is_initialized():
        with crash_handlers_kept():
            ray.shutdown()
