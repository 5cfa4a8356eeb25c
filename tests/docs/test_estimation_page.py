"""The examples of docs/estimation.md, run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from queries.causal.estimators import REGISTRY
from tests.docs.replay import run_doctest

PAGE = Path(__file__).parents[2] / "docs" / "estimation.md"


@pytest.mark.slow
def test_every_example_says_what_the_page_says() -> None:
    run_doctest(PAGE, 20)


def test_the_page_names_every_estimator() -> None:
    table = re.findall(r"^\| (`.*?) \|", PAGE.read_text(encoding="utf-8"), re.M)
    named = set(re.findall(r"`([\w-]+)`", " ".join(table)))
    assert named == set(REGISTRY) - {"no-effect"}
