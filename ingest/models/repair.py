"""What rules add to a tagger's spans: variants in standard notation, and names found nearly everywhere.

Chosen on a third of BioRED's training split with a tagger trained on the rest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Span", "consistent", "with_variants"]


@dataclass(frozen=True, slots=True)
class Span:
    """A name found: offsets in the text, its type, and the probability that the span is right."""

    start: int
    end: int
    type: str
    score: float


_LETTER = "[ACDEFGHIKLMNPQRSTVWY]"
_SHORT = "(?:Ala|Arg|Asn|Asp|Cys|Gln|Glu|Gly|His|Ile|Leu|Lys|Met|Phe|Pro|Ser|Thr|Trp|Tyr|Val|Ter)"
_LONG = (
    "(?:alanine|arginine|asparagine|aspartic acid|aspartate|cysteine|glutamine|glutamic acid|glutamate|"
    "glycine|histidine|isoleucine|leucine|lysine|methionine|phenylalanine|proline|serine|threonine|"
    "tryptophan|tyrosine|valine)"
)
_ALONE = r"(?<![A-Za-z0-9])"
_END = r"(?![A-Za-z0-9])"
_VARIANTS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_ALONE}rs\d{{3,}}{_END}",  # dbSNP
        rf"{_ALONE}(?:p\.\(?)?{_SHORT}-?\d{{1,4}}-?(?:{_SHORT}|fs|[Ss]top|X|\*)(?:fs\w*)?{_END}",
        rf"(?<![A-Za-z0-9-])(?i:{_LONG}[ -]?\d{{1,4}}[ -]?(?:to[ -])?{_LONG}){_END}",
        # HGVS of coding and genomic sequences
        r"(?<![A-Za-z0-9.])[cg]\. ?[-*]?\d+(?:[-+]\d+)?(?:_[-*]?\d+(?:[-+]\d+)?)?"
        r"(?:[ACGT]+ ?> ?[ACGT]+|delins[ACGT]*|del[ACGT]*\d*|ins[ACGT]*|dup[ACGT]*|inv)(?![A-Za-z0-9>])",
        # V600E; T47D is a cell line
        rf"{_ALONE}(?!T47D){_LETTER}[1-9]\d{{1,3}}(?:{_LETTER}|fs|\*|X){_END}",
    )
)
_VARIANT_SCORE = 0.9
_SHARE = 0.66
_SHORTEST = 3


def with_variants(text: str, spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """Add variants that ``text[start:end]`` holds in standard notation, in place of shorter spans within
    them; a span that reaches further stays."""
    found = list(spans)
    for pattern in _VARIANTS:
        for match in pattern.finditer(text, start, end):
            a, b = match.span()
            over = [s for s in found if s.start < b and a < s.end]
            if any(s.start < a or s.end > b or (s.start == a and s.end == b and s.type == "variant")
                   for s in over):  # fmt: skip
                continue
            found = [s for s in found if s not in over]
            found.append(Span(a, b, "variant", _VARIANT_SCORE))
    return sorted(found, key=lambda s: s.start)


def consistent(text: str, spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """Add the other occurrences in ``text[start:end]`` of strings that were found as one type in at
    least two thirds of the places where they stand as words of their own."""
    by_name: dict[str, list[Span]] = {}
    for span in spans:
        by_name.setdefault(text[span.start : span.end], []).append(span)
    found = list(spans)
    for name in sorted(by_name, key=lambda n: (-len(n), n)):
        mine = by_name[name]
        if len(name) < _SHORTEST or text.count(name, start, end) == len(mine):
            continue
        kinds = [s.type for s in mine]
        kind = max(sorted(set(kinds)), key=kinds.count)
        pattern = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
        places = [m.span() for m in pattern.finditer(text, start, end)]
        if not places or kinds.count(kind) < _SHARE * len(places):
            continue
        score = min(s.score for s in mine if s.type == kind)
        for a, b in places:
            if not any(s.start < b and a < s.end for s in found):
                found.append(Span(a, b, kind, score))
    return sorted(found, key=lambda s: s.start)
