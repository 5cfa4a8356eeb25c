"""Importing etiograph and asking for help must not load what is only used later."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("numpy", "pandas", "scipy", "neo4j", "jpype", "arcadedb_embedded", "causallearn",
         "statsmodels", "sklearn", "bioregistry", "networkx", "matplotlib", "torch")  # fmt: skip


@pytest.mark.parametrize(
    "code",
    [
        "import etiograph",
        "import etiograph.cli",
        "import sys; sys.argv = ['etiograph', '--help']\n"
        "from etiograph.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass",
    ],
    ids=["import", "command line", "help"],
)
def test_nothing_heavy_is_loaded(code: str) -> None:
    report = f"\nimport sys\nprint('LOADED', *[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code + report], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1].strip() == "LOADED"


def test_every_public_name_can_be_reached() -> None:
    import etiograph

    for name in etiograph.__all__:
        assert getattr(etiograph, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = etiograph.nothing
