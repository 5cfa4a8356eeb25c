"""A fast sentence splitter for biomedical prose that keeps exact offsets.

A full stop, question or exclamation mark ends a sentence when white space and something that can
begin a sentence follow, unless the word before it is an abbreviation, an initial or the first half
of a species name. Line breaks that separate sections are the caller's: each section is split alone.
"""

from __future__ import annotations

import re

from ingest.document import Document, Sentence
from ingest.words import words

__all__ = ["split", "split_document"]

# a terminator, closing quotes or brackets, white space, then a possible beginning
_CANDIDATE = re.compile(
    r"[.!?…]+[\"'”’)\]]*(?P<gap>\s+)(?=[\"'“‘(\[]*(?:[A-Z0-9À-ÖØ-ÞΑ-Ω]|[a-z]{1,5}[A-Z0-9]|[a-z]-[A-Z]|[α-ω]-))"
)
_PARAGRAPH = re.compile(r"\s*\n\s*\n\s*")

_NEVER = words("""al approx ca cf ch co dr ed eds e.g eg equiv esp fig figs i.e ie incl inc ltd messrs
    mr mrs ms no nos nr prof ref refs resp sp spp ssp st subsp suppl tab var viz vol vols vs
    u.s u.k i.v i.p s.c i.m p.o b.i.d t.i.d""")
# these end a sentence as often as not: only a capitalised word that starts one decides
_NUMBERED = frozenset({"no", "nos", "fig", "figs", "ref", "refs", "vol", "vols", "ch", "tab", "eq"})
_LETTER_NOUNS = words("""vitamin vitamins hepatitis type group groups class grade phase stage factor protein kinase
    cyclosporin cyclosporine influenza immunoglobulin ig part arm region domain site component
    category score factors coenzyme chromosome cytochrome apolipoprotein grades types""")
_WORD_BEFORE = re.compile(r"(\S+)$")
_NEXT_WORD = re.compile(r"[\"'“‘(\[]*(\w+)")
_OPENERS = "\"'“‘([{"


def _is_boundary(text: str, dot: int, after: int) -> bool:
    """Whether the terminator at ``dot`` ends a sentence whose successor starts at ``after``."""
    if text[dot] != ".":
        return True
    found = _WORD_BEFORE.search(text, max(0, dot - 40), dot)
    if found is None:
        return True
    word = found.group(1).lstrip(_OPENERS)
    low = word.lower()
    if low in _NEVER:
        if low in _NUMBERED and low != "no":
            return not text[after].isdigit() and not text[after].isupper()
        if low == "no":
            return not text[after].isdigit()
        if low == "al":
            # "et al. The" ends a sentence only before a word that cannot continue one
            following = _NEXT_WORD.match(text, after)
            return following is not None and following.group(1) in _STARTERS
        return False
    if len(word) == 1 and word.isalpha() and word.isupper():
        before = _WORD_BEFORE.search(text, max(0, found.start(1) - 40), max(0, found.start(1) - 1))
        previous = before.group(1).lower().strip(_OPENERS) if before else ""
        return previous in _LETTER_NOUNS
    if re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]", word):
        following = _NEXT_WORD.match(text, after)
        return following is not None and following.group(1) in _STARTERS
    return True


_STARTERS = words("""A After An All Although And As At Because Both But By Compared Conclusion Conclusions Data Despite
    During Each Finally For From Further Furthermore Here However If In Increased It Its Moreover
    Most Nevertheless No None Of On Only Our Overall Patients Recent Results Several Since Some
    Subsequently Such That The Their Then There Therefore These They This Those Thus To Treatment
    Two Under Using We When Whereas Whether While With""")


def split(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Return (start, end) of every sentence in ``text[start:end]``, white space trimmed.

    The spans are in order, do not overlap, and together cover everything that is not white space.
    """
    end = len(text) if end is None else end
    spans: list[tuple[int, int]] = []
    cuts = [
        (match.start("gap"), match.end())
        for match in _CANDIDATE.finditer(text, start, end)
        if _is_boundary(text, match.start(), match.end())
    ]
    cuts.extend((m.start(), m.end()) for m in _PARAGRAPH.finditer(text, start, end))
    cuts.sort()
    position = start
    for gap_start, gap_end in cuts:
        if gap_start >= position:
            _append(text, position, gap_start, spans)
            position = gap_end
    _append(text, position, end, spans)
    return spans


def _append(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        start += len(piece) - len(piece.lstrip())
        spans.append((start, start + len(stripped)))


def split_document(document: Document) -> tuple[Sentence, ...]:
    """Return the sentences of every section, in order, with offsets in the document's text."""
    return tuple(
        Sentence(start, end, document.text[start:end], section.name)
        for section in document.sections
        for start, end in split(document.text, section.start, section.end)
    )
