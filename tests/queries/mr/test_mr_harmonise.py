"""Harmonisation: what is done to which variant, and that it is counted."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import DataError, UsageError
from queries.mr import GWAS, from_frame, harmonise
from queries.mr.alleles import Relation, align, is_palindrome

COLUMNS = ["snp", "ea", "oa", "eaf", "beta", "se", "pval"]


def study(trait: str, *rows: tuple[object, ...], **more: object) -> GWAS:
    return from_frame(pd.DataFrame(list(rows), columns=COLUMNS).assign(**more), trait)


def one(
    a: tuple[str, str, float], b: tuple[str, str, float], **options: object
) -> tuple[float, set[str]]:
    """The outcome's effect of 0.5 after harmonising, and the actions."""
    x = study("x", ("rs1", *a, 0.1, 0.01, 1e-9))
    y = study("y", ("rs1", *b, 0.5, 0.1, 1e-3))
    done = harmonise(x, y, **options)  # type: ignore[arg-type]
    return float(done.column("beta_outcome")[0]), {a.action for a in done.actions if a.snp}


def test_letters() -> None:
    assert one(("A", "G", 0.3), ("A", "G", 0.3)) == (0.5, set())
    assert one(("A", "G", 0.3), ("G", "A", 0.7)) == (-0.5, {"swapped"})
    assert one(("A", "G", 0.3), ("T", "C", 0.3)) == (0.5, {"flipped"})
    assert one(("A", "G", 0.3), ("C", "T", 0.7)) == (-0.5, {"flipped and swapped"})


def test_insertions_and_deletions() -> None:
    assert one(("AT", "A", 0.3), ("I", "D", 0.3)) == (0.5, set())
    assert one(("AT", "A", 0.3), ("D", "I", 0.7)) == (-0.5, {"swapped"})
    assert one(("I", "D", 0.3), ("A", "AT", 0.7)) == (-0.5, {"swapped"})


def test_palindromes_by_frequency() -> None:
    assert one(("A", "T", 0.2), ("A", "T", 0.25)) == (0.5, {"palindrome kept by frequency"})
    assert one(("A", "T", 0.2), ("A", "T", 0.75)) == (-0.5, {"palindrome turned by frequency"})
    # written the other way round and on the other strand: the same allele after all
    assert one(("A", "T", 0.2), ("T", "A", 0.2)) == (
        0.5,
        {"palindrome turned by frequency", "swapped"},
    )
    assert one(("A", "T", 0.2), ("A", "T", 0.75), palindromes="trust")[0] == 0.5
    for a, b in ((0.45, 0.2), (0.2, 0.55), (float("nan"), 0.2)):
        with pytest.raises(DataError, match="ambiguous palindrome: 1"):
            one(("A", "T", a), ("A", "T", b))
    with pytest.raises(DataError, match="dropped: palindrome: 1"):
        one(("A", "T", 0.2), ("A", "T", 0.2), palindromes="drop")


def test_one_allele_missing() -> None:
    assert one(("A", "G", 0.3), ("A", "", 0.3)) == (0.5, set())
    assert one(("A", "G", 0.3), ("G", "", 0.7)) == (-0.5, {"swapped"})
    assert one(("A", "G", 0.3), ("C", "", 0.7)) == (-0.5, {"flipped and swapped"})
    assert one(("A", "", 0.3), ("G", "A", 0.7)) == (-0.5, {"swapped"})
    assert one(("A", "", 0.3), ("T", "C", 0.3)) == (0.5, {"flipped"})
    assert one(("A", "", 0.3), ("A", "", 0.3)) == (0.5, set())
    for b in (("A", "", 0.7), ("T", "", 0.3), ("G", "", 0.3)):
        with pytest.raises(DataError, match="other alleles not given: 1"):
            one(("A", "", 0.3), b)


def test_frequencies_that_differ_are_told_or_dropped() -> None:
    assert one(("A", "G", 0.1), ("A", "G", 0.6)) == (0.5, {"kept: frequencies differ"})
    with pytest.raises(DataError, match="frequencies differ: 1"):
        one(("A", "G", 0.1), ("A", "G", 0.6), max_frequency_difference=0.3)


def test_errors_name_the_trouble() -> None:
    with pytest.raises(DataError, match="alleles do not match: 1"):
        one(("A", "G", 0.3), ("A", "C", 0.3))
    x = study("x", ("rs1", "A", "G", 0.3, 0.1, 0.01, 1e-9))
    y = study("y", ("1:5:A:G", "A", "G", 0.3, 0.1, 0.01, 1e-9))
    with pytest.raises(DataError, match="share no variant") as caught:
        harmonise(x, y)
    assert "'rs1' and '1:5:A:G'" in str(caught.value)
    with pytest.raises(UsageError, match="cannot be treated"):
        harmonise(x, x, palindromes="guess")
    zero = study("x", ("rs1", "A", "G", 0.3, 0.0, 0.01, 0.9))
    with pytest.raises(DataError, match="no effect on the exposure: 1"):
        harmonise(zero, x)


def test_by_position_when_no_identifier_fits() -> None:
    x = study("x", ("rs1", "A", "G", 0.3, 0.1, 0.01, 1e-9), chr="1", pos=5)
    y = study("y", ("1:5:A:G", "G", "A", 0.7, 0.1, 0.01, 1e-9), chr="chr1", pos=5)
    done = harmonise(x, y)
    assert done.snps == ("rs1",)
    assert done.column("beta_outcome")[0] == -0.1
    assert done.actions[0].action == "matched by position"


def test_the_outcome_row_whose_alleles_fit_is_used() -> None:
    x = study("x", ("rs1", "A", "G", 0.3, 0.1, 0.01, 1e-9))
    y = study(
        "y", ("rs1", "C", "G", 0.3, 0.9, 0.1, 0.1), ("rs1", "G", "A", 0.7, -0.5, 0.1, 0.1)
    )  # fmt: skip
    assert harmonise(x, y).column("beta_outcome")[0] == 0.5


def test_counts_and_json() -> None:
    x = study(
        "x",
        ("rs1", "A", "G", 0.3, 0.1, 0.01, 1e-9),
        ("rs2", "A", "T", 0.5, 0.1, 0.01, 1e-9),
        ("rs3", "A", "C", 0.3, 0.1, 0.01, 1e-9),
        ("rs4", "A", "C", 0.3, 0.1, 0.01, 1e-9),
    )
    y = study(
        "y",
        ("rs1", "G", "A", 0.7, 0.1, 0.01, 1e-9),
        ("rs2", "A", "T", 0.5, 0.1, 0.01, 1e-9),
        ("rs3", "A", "G", 0.3, 0.1, 0.01, 1e-9),
    )
    done = harmonise(x, y)
    assert done.counts == {
        "dropped: alleles do not match": 1,
        "dropped: ambiguous palindrome": 1,
        "swapped": 1,
    }
    assert done.absent == 1
    assert done.to_json()["variants"][0]["n_outcome"] is None


PAIRS = [(a, b) for a in "ACGT" for b in "ACGT" if a != b]


@given(st.sampled_from(PAIRS), st.sampled_from(PAIRS))
@settings(max_examples=150, deadline=None)
def test_alignment_is_the_same_seen_from_the_other_study(
    a: tuple[str, str], b: tuple[str, str]
) -> None:
    there, back = align(*a, *b).relation, align(*b, *a).relation
    assert there is back
    assert is_palindrome(*a) == is_palindrome(a[1], a[0])
    if not is_palindrome(*a) and there is not Relation.MISMATCH:
        # leaving out the other allele of either study changes nothing
        assert align(*a, b[0], "").relation is there
        assert align(a[0], "", *b).relation is there
        assert align(a[0], "", *b)[1:] == a
