"""The Java engine shares this process's main thread with everything else that runs on it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CODE = """
import sys
import numpy as np
from graph.stores import open_store

with open_store(sys.argv[1]):
    matrix = np.random.default_rng(0).random((800, 800))
    np.linalg.inv(matrix)
np.linalg.inv(matrix)
print("alive")
"""


def test_large_linear_algebra_beside_an_open_store(tmp_path: Path) -> None:
    """With Java's own default the guard page in the main stack killed the process here."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path / "store")],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr


def test_a_store_that_nobody_closed_does_not_keep_the_process(tmp_path: Path) -> None:
    code = "import sys; from graph.stores import open_store; s = open_store(sys.argv[1]); 1 / 0"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "store")],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
