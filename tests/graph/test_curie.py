"""CURIEs in normal form."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.curie import _COMMON, is_valid, normalize
from graph.errors import InputError


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ("MESH:D008687", "mesh:D008687"),
        ("HGNC:6840", "hgnc:6840"),
        ("HGNC:HGNC:6840", "hgnc:6840"),
        ("PMID:123", "pubmed:123"),
        ("pubmed:123", "pubmed:123"),
        ("CHEBI:15365", "chebi:15365"),
        ("CHEBI:CHEBI:15365", "chebi:15365"),
        ("chebi:15365", "chebi:15365"),
        ("DOID:1470", "doid:1470"),
        ("GO:0006915", "go:0006915"),
        ("EntrezGene:7157", "ncbigene:7157"),
        ("taxonomy:9606", "ncbitaxon:9606"),
        ("pmc:PMC123", "pmc:PMC123"),
        (" mesh:D008687 ", "mesh:D008687"),
    ],
)
def test_normalize(given_: str, wanted: str) -> None:
    assert normalize(given_) == wanted
    assert is_valid(wanted)
    assert is_valid(given_) == (given_ == wanted)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "metformin",
        ":1",
        "mesh:",
        "nosuchprefix:1",
        "mesh:metformin",
        "hgnc:x",
        "mesh:D0 1",
        "a:\x00",
    ],
)
def test_refused(bad: str) -> None:
    with pytest.raises(InputError):
        normalize(bad)
    assert not is_valid(bad)


@settings(max_examples=50)
@given(st.sampled_from(["hgnc", "pubmed", "chebi", "ncbigene"]), st.integers(1, 99_999))
def test_normal_form_is_stable(prefix: str, number: int) -> None:
    curie = normalize(f"{prefix.upper()}:{number}")
    assert normalize(curie) == curie == f"{prefix}:{number}"


def test_the_common_prefixes_are_as_registered() -> None:
    import bioregistry

    for prefix, pattern in _COMMON.items():
        assert bioregistry.normalize_prefix(prefix) == prefix
        assert bioregistry.get_pattern(prefix) == pattern


def test_common_prefixes_need_no_registry() -> None:
    code = (
        "import sys; from graph.curie import normalize; normalize('mesh:D008687');"
        "print('bioregistry' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
