"""How the alleles of two studies of one variant stand to each other."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

__all__ = ["Alignment", "Relation", "align", "is_palindrome"]

_COMPLEMENT = str.maketrans("ACGT", "TGCA")


class Relation(StrEnum):
    """What has to be done to the second study so that both speak of the same allele."""

    SAME = "same"
    SWAPPED = "swapped"
    FLIPPED = "flipped"
    """the other strand"""
    FLIPPED_SWAPPED = "flipped and swapped"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"
    """an allele is missing and what is left does not decide"""

    @property
    def reverses(self) -> bool:
        """Whether the effect changes its sign."""
        return self in (Relation.SWAPPED, Relation.FLIPPED_SWAPPED)


class Alignment(NamedTuple):
    """A relation, and the alleles that both studies then have."""

    relation: Relation
    effect: str
    other: str


def is_palindrome(effect: str, other: str) -> bool:
    """Whether the two alleles read the same on both strands (A/T, C/G), so that the letters alone do
    not tell the strand."""
    return (
        bool(effect) and len(effect) == len(other) == 1 and effect == other.translate(_COMPLEMENT)
    )


def align(a1: str, a2: str, b1: str, b2: str) -> Alignment:
    """Return how study B's effect allele ``b1`` and other allele ``b2`` stand to A's ``a1``, ``a2``.

    Either other allele may be empty. A palindrome is compared as it is written; that its strand is
    open is for the caller to resolve. Insertions and deletions written as I and D are matched by the
    alleles' lengths.
    """
    a1, a2, b1, b2 = _spell_out(a1, a2, b1, b2)
    if a2 and b2:
        return _two_two(a1, a2, b1, b2)
    if a2:
        return _two_one(a1, a2, b1)
    if b2:
        relation, effect, other = _two_one(b1, b2, a1)
        if relation in (Relation.MISMATCH, Relation.UNKNOWN):
            return Alignment(relation, a1, a2)
        # seen from B, A's allele is B's other one: so B has to be turned round
        if relation.reverses:
            effect, other = other, effect
        if relation in (Relation.FLIPPED, Relation.FLIPPED_SWAPPED):
            effect, other = effect.translate(_COMPLEMENT), other.translate(_COMPLEMENT)
        return Alignment(relation, effect, other)
    return Alignment(Relation.SAME if a1 == b1 else Relation.UNKNOWN, a1, "")


def _two_two(a1: str, a2: str, b1: str, b2: str) -> Alignment:
    if (a1, a2) == (b1, b2):
        return Alignment(Relation.SAME, a1, a2)
    if (a1, a2) == (b2, b1):
        return Alignment(Relation.SWAPPED, a1, a2)
    c1, c2 = b1.translate(_COMPLEMENT), b2.translate(_COMPLEMENT)
    if (a1, a2) == (c1, c2):
        return Alignment(Relation.FLIPPED, a1, a2)
    if (a1, a2) == (c2, c1):
        return Alignment(Relation.FLIPPED_SWAPPED, a1, a2)
    return Alignment(Relation.MISMATCH, a1, a2)


def _two_one(a1: str, a2: str, b1: str) -> Alignment:
    # of a variant that is no palindrome, A's alleles and their complements are four letters
    if b1 == a1:
        return Alignment(Relation.SAME, a1, a2)
    if b1 == a2:
        return Alignment(Relation.SWAPPED, a1, a2)
    flipped = b1.translate(_COMPLEMENT)
    if len(b1) > 1 or b1 in ("D", "I"):
        return Alignment(Relation.MISMATCH, a1, a2)
    if flipped == a1:
        return Alignment(Relation.FLIPPED, a1, a2)
    if flipped == a2:
        return Alignment(Relation.FLIPPED_SWAPPED, a1, a2)
    return Alignment(Relation.MISMATCH, a1, a2)


def _spell_out(a1: str, a2: str, b1: str, b2: str) -> tuple[str, str, str, str]:
    if {b1, b2} == {"D", "I"} and len(a1) != len(a2) and a2:
        long, short = (a1, a2) if len(a1) > len(a2) else (a2, a1)
        b1, b2 = (long, short) if b1 == "I" else (short, long)
    elif {a1, a2} == {"D", "I"} and len(b1) != len(b2) and b2:
        long, short = (b1, b2) if len(b1) > len(b2) else (b2, b1)
        a1, a2 = (long, short) if a1 == "I" else (short, long)
    return a1, a2, b1, b2
