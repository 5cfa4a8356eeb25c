"""Keys of names and the index of similar names."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.models.names import NgramIndex, bag_key, head_key, keys_of, stem, tight_key

WORDS = st.sampled_from(
    [
        "renal",
        "kidney",
        "failure",
        "acute",
        "toxicity",
        "of",
        "the",
        "β-blocker",
        "anaemia",
        "Tumours",
        "5-HT",
        "(x)",
        "𝔘",
        "ß",
        "İ",
    ]
)
NAMES = st.one_of(st.text(max_size=30), st.lists(WORDS, max_size=6).map(" ".join))


@given(NAMES)
@settings(max_examples=300)
def test_all_keys_at_once_are_the_single_ones(name: str) -> None:
    keys = keys_of(name)
    assert keys.tight == tight_key(name)
    assert keys.bag == bag_key(name)
    assert keys.loose == bag_key(name, loose=True)
    assert keys.head == head_key(name)


@given(
    st.lists(st.sampled_from(["renal", "failure", "liver", "damage"]), min_size=1, max_size=5),
    st.randoms(),
)
@settings(max_examples=100)
def test_bags_ignore_order_and_space(words: list[str], random: object) -> None:
    assert bag_key(" ".join(words)) == bag_key("  ".join(reversed(words)))
    assert tight_key(" ".join(words)) == tight_key("-".join(words).upper())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Haematological toxicity", "hematologic toxicities"),
        ("apnoea", "Apnea"),
        ("tumour", "tumor"),
        ("TNF-α", "tnf alpha"),
    ],
)
def test_spellings(one: str, other: str) -> None:
    assert bag_key(one) == bag_key(other)


def test_heads() -> None:
    assert head_key("retinal toxicity") == head_key("Retinal Diseases") != ""
    assert head_key("retina") == ""
    assert stem("hypertensive") == stem("hypertension")


@given(st.lists(NAMES.filter(lambda n: bool(bag_key(n, loose=True))), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_a_name_is_its_own_nearest(names: list[str]) -> None:
    index = NgramIndex.of([(n, n) for n in names])
    for name in names:
        found = index.nearest(name, len(names))
        assert found
        assert found[0][1] == pytest.approx(1.0, abs=1e-3)
        cosines = [f[1] for f in found]
        assert cosines == sorted(cosines, reverse=True)
        assert 0 <= min(cosines) <= max(cosines) <= 1 + 1e-6
        assert found == index.nearest(name, len(names))


def test_cosine_by_hand() -> None:
    """Two names that share every gram but those of one word."""
    index = NgramIndex.of(
        [("renal failure", "a"), ("cardiac failure", "b"), ("renal failure", "c")]
    )
    found = {value: cosine for value, cosine, _ in index.nearest("renal failure", 3)}
    assert found["a"] == found["c"] == pytest.approx(1, abs=1e-5)
    assert 0 < found["b"] < 0.7
    assert NgramIndex.of([]).nearest("x") == []
    assert index.nearest("") == []
    assert np.isfinite(index.stem_weight("never"))
