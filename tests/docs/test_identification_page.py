"""The examples of docs/identification.md, run as they stand."""

from __future__ import annotations

from pathlib import Path

from tests.docs.replay import run_doctest


def test_every_example_says_what_the_page_says() -> None:
    run_doctest(Path(__file__).parents[2] / "docs" / "identification.md", 25)
