"""Handlers of crash signals outlive libraries that replace them."""

from __future__ import annotations

import subprocess
import sys
import time

from graph.signals import crash_handlers_kept

# in a process of its own: pytest has its own handlers
SCRIPT = """
import faulthandler, time, ctypes
from graph.signals import crash_handlers_kept

def handler():
    found = (ctypes.c_uint64 * 64)()
    ctypes.CDLL(None).sigaction(11, None, found)
    return found[0]

faulthandler.enable()
before = handler()
with crash_handlers_kept():
    faulthandler.disable()
    changed = handler()
    for _ in range(2000):
        if handler() == before:
            break
        time.sleep(0.005)
    inside = handler()
    faulthandler.enable()
    faulthandler.disable()
print(before != 0, changed != before, inside == before, handler() == before)
"""


def test_they_are_put_back_inside_and_after() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=True
    )
    # whether the change was seen before it was put back is a matter of half a millisecond
    before, _, inside, after = done.stdout.split()
    assert (before, inside, after) == ("True", "True", "True")


def test_nothing_changes_where_nothing_does() -> None:
    with crash_handlers_kept():
        time.sleep(0.01)
