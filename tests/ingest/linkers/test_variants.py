"""Variants as they are written, and their HGVS forms."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.linkers.variants import Variant, parse_variant

ACIDS = "Ala Arg Asn Asp Cys Glu Gln Gly His Ile Leu Lys Met Phe Pro Ser Thr Trp Tyr Val".split()
ONE = dict(zip(ACIDS, "A R N D C E Q G H I L K M F P S T W Y V".split(), strict=True))


@pytest.mark.parametrize(
    ("text", "hgvs"),
    [
        ("V600E", "p.Val600Glu"),
        ("Val600Glu", "p.Val600Glu"),
        ("p.V600E", "p.Val600Glu"),
        ("p.(Val600Glu)", "p.Val600Glu"),
        ("p. Asp291Asn", "p.Asp291Asn"),
        ("Val 600 Glu", "p.Val600Glu"),
        ("Val-600-Glu", "p.Val600Glu"),
        ("Val600→Glu", "p.Val600Glu"),
        ("valine 600 to glutamic acid", "p.Val600Glu"),
        ("glycine to arginine substitution at codon 86", "p.Gly86Arg"),
        ("R32X", "p.Arg32Ter"),
        ("R32*", "p.Arg32Ter"),
        ("p.Arg32Ter", "p.Arg32Ter"),
        ("E873stop", "p.Glu873Ter"),
        ("p.Gln193=", "p.Gln193="),
        ("Q193Q", "p.Gln193="),
        ("V311fs", "p.Val311fs"),
        ("p.Ser412ValfsX12", "p.Ser412ValfsTer12"),
        ("p.Ser412Valfs*12", "p.Ser412ValfsTer12"),
        ("delta F508", "p.Phe508del"),
        ("ΔF508", "p.Phe508del"),
        ("F508del", "p.Phe508del"),
        ("p.G204_K247del", "p.Gly204_Lys247del"),
        ("c.1799T>A", "c.1799T>A"),
        ("1799T>A", "c.1799T>A"),
        ("c.1799T→A", "c.1799T>A"),
        ("-3170G>A", "c.-3170G>A"),
        ("−3170G>A", "c.-3170G>A"),
        ("A-202G", "c.-202A>G"),
        ("C677T", "c.677C>T"),
        ("m.3243A>G", "m.3243A>G"),
        ("c.88+1G>T", "c.88+1G>T"),
        ("c.610-2A>G", "c.610-2A>G"),
        ("IVS1+1G>A", "c.IVS1+1G>A"),
        ("IVS8 -2A>G", "c.IVS8-2A>G"),
        ("c.35delG", "c.35del"),
        ("657del5", "c.657_661del"),
        ("c.76_77del", "c.76_77del"),
        ("c.7916_7917insT", "c.7916_7917insT"),
        ("c.20dupA", "c.20dup"),
        ("c.112_117delinsTG", "c.112_117delinsTG"),
        ("rs113488022", "rs113488022"),
        ("Rs113488022", "rs113488022"),
        ("rs 6318", "rs6318"),
    ],
)
def test_forms(text: str, hgvs: str) -> None:
    found = parse_variant(text)
    assert found is not None
    assert found.hgvs == hgvs


@pytest.mark.parametrize(
    "text",
    ["", "T>G", "mutation", "G12", "Q61K/R", "IL6", "p53", "the 4G allele", "x" * 5000, "c.9_3del"],
)
def test_what_is_no_single_variant(text: str) -> None:
    assert parse_variant(text) is None


def test_bases_that_may_be_amino_acids_are_not_certain() -> None:
    for text, certain in (("A53T", False), ("p.A53T", True), ("C677T", False), ("V600E", True)):
        found = parse_variant(text)
        assert found is not None
        assert found.certain is certain


@pytest.mark.parametrize(
    ("text", "bars"),
    [
        ("V600E", "p|SUB|V|600|E"),
        ("R32*", "p|SUB|R|32|X"),
        ("c.1799T>A", "c|SUB|T|1799|A"),
        ("p.Ser412ValfsX12", "p|FS|S|412|V|12"),
        ("c.1052delA", "c|DEL|1052|A"),
        ("rs6318", "rs6318"),
    ],
)
def test_pubtator_form(text: str, bars: str) -> None:
    found = parse_variant(text)
    assert found is not None
    assert found.bars == bars


acids = st.sampled_from(ACIDS)
positions = st.integers(1, 4000)


@given(acids, positions, st.sampled_from([*ACIDS, "Ter"]))
@settings(max_examples=200)
def test_a_substitution_is_the_same_however_written(first: str, position: int, second: str) -> None:
    one = ONE.get(second, "X")
    forms = [
        f"p.{first}{position}{second}",
        f"{first}{position}{second}",
        f"p.{ONE[first]}{position}{one}",
        f"p.({first}{position}{second})",
    ]
    found = {v.hgvs for form in forms if (v := parse_variant(form)) is not None}
    change = "=" if first == second else second
    assert found == {f"p.{first}{position}{change}"}
    assert parse_variant(found.pop()) is not None


bases = st.sampled_from("ACGT")
places = st.one_of(
    positions.map(str),
    positions.map(lambda p: f"-{p}"),
    st.tuples(positions, st.sampled_from("+-"), st.integers(1, 99)).map(
        lambda t: f"{t[0]}{t[1]}{t[2]}"
    ),
)


@given(st.sampled_from("cgm"), places, bases, bases)
@settings(max_examples=200)
def test_nucleotides_come_back(level: str, place: str, first: str, second: str) -> None:
    text = f"{level}.{place}{first}>{second}"
    found = parse_variant(text)
    assert found is not None
    assert found.hgvs == text


@given(
    st.sampled_from(["DEL", "DUP", "INS", "INDEL"]), positions, st.integers(1, 50), st.text("ACGT", min_size=1, max_size=6)
)  # fmt: skip
@settings(max_examples=200)
def test_edits_come_back(kind: str, position: int, size: int, what: str) -> None:
    change = what if kind in ("INS", "INDEL") else ""
    made = Variant("c", kind, "", f"{position}_{position + size}", change)
    found = parse_variant(made.hgvs)
    assert found is not None
    assert found.hgvs == made.hgvs


@given(st.text(max_size=40))
@settings(max_examples=300)
def test_any_text_is_read_or_not_and_reading_is_stable(text: str) -> None:
    found = parse_variant(text)
    if found is not None and found.kind != "ID":
        again = parse_variant(found.hgvs)
        assert again is None or again.hgvs == found.hgvs
