"""Negation: which words deny something in a sentence, and what they deny.

Measured on BioScope abstracts and the NegEx sentences, see ``benchmarks/claims.py``.
"""

from __future__ import annotations

import re

from ingest.claims.cues import Cue, clause_end, clause_start, words_of
from ingest.words import words

__all__ = ["find_negations"]

_KEYS = words("""not no without absence absent nor neither none cannot lack lacks lacked lacking fail fails failed
    failing failure unable inability never rather instead exception missing t denies denied deny denying negative
    ruled ruling nobody nothing free incapable ve""")

# "not" that denies nothing here: not only, not known (speculation), whether or not
_NOT_PSEUDO = (
    r"(?! only\b| merely\b| just\b| simply\b| solely\b| necessarily\b| always\b"
    r"| (?:yet |been |yet been |so |entirely |fully |completely |well |currently |precisely |clearly |totally |be |very )*"
    r"(?:known|clear|understood|elucidated|certain)\b(?! to have))"
)
_NOT = re.compile(
    rf"\b(?P<cannot>cannot|can not|could not|couldn't|can't)\b(?! exclude| be excluded| rule| be ruled){_NOT_PSEUDO}"
    rf"|(?<!or )(?<!if )\b(?:not|never)\b{_NOT_PSEUDO}|(?:n't)\b{_NOT_PSEUDO}",
    re.I,
)
_PASSIVE = re.compile(
    r"\s+(?:\w+ly |yet |be |been |being |to |have |has )*(?:\w+ed|found|seen|shown|known|understood|sufficient|bound|"
    r"affected|made|lost|driven|taken|given|undergone|known|overcome)\b",
    re.I,
)
_RAISING = re.compile(r" (?:appear|seem)\b", re.I)
_BE = re.compile(
    r"\b(?:is|are|was|were|be|been|being|has been|have been|had been|isn|wasn|weren|aren|have|has|had)(?: yet| also| still)?\s*$",
    re.I,
)
_NO = re.compile(
    r"(?P<c>(?<![-\w])no\b)(?!\.|-)(?! (?:longer|evidence (?:of|for|that|to)\b)| doubt| matter| sooner| less than| more than|\d)",
)
_NO_EVIDENCE = re.compile(r"\b(?P<c>no) (?:\w+ ){0,2}evidence\b", re.I)
_NO_LONGER = re.compile(r"\b(?P<c>no longer)\b", re.I)
_WITHOUT = re.compile(r"\bwithout\b(?! doubt)", re.I)
_NEITHER = re.compile(r"\bneither\b|\bnone\b|\bnobody\b|\bnothing\b|(?<=, )nor\b|\bnor\b", re.I)
_LACK = re.compile(r"\black(?:s|ed|ing)?\b", re.I)
_ABSENCE = re.compile(r"\babsence\b(?! (?:or|and) (?:in )?(?:the )?presence)(?<!presence and absence)(?<!presence or absence)(?<!presence and in the absence)(?<!presence or in the absence)(?<!presence or the absence)(?<!presence and the absence)", re.I)  # fmt: skip
_ABSENT = re.compile(r"\babsent\b(?! from work)", re.I)
_FAIL = re.compile(r"\bfail(?:s|ed|ing)?(?= to\b| in\b)|\bfailure(?= to\b)", re.I)
_UNABLE = re.compile(r"\b(?:unable|inability)\b(?= to\b)|\bincapable(?= of\b)", re.I)
_DENY = re.compile(
    r"\bden(?:y|ies|ied|ying)\b|\bnegative for\b|(?<!\w)-ve for\b|\brul(?:ed?|ing) out\b(?<!to rule out)|\b(?:is|are|was|were|remains?|remained) free of\b",
    re.I,
)
_INSTEAD = re.compile(r"\brather than\b|\binstead of\b|\bwith the (?:\w+ )?exception of\b", re.I)


_CONTRAST = re.compile(r"(?:\b(?:but|and)|,) (?:probably |also )?$")


def find_negations(text: str) -> list[Cue]:
    """Return the negations of a sentence in order, each with its scope.

    Left out: ``not only``, ``not known`` (speculation, see :mod:`ingest.claims.speculation`),
    ``whether or not``, ``the presence or absence``.
    """
    present = words_of(text)
    if _KEYS.isdisjoint(present):
        return []
    found: list[Cue] = []
    if "not" in present or "never" in present or "cannot" in present or "t" in present:
        for m in _NOT.finditer(text):
            start, end = m.span()
            begin = _subject(text, start, end)
            reach = clause_end(text, end, brief=_CONTRAST.search(text, 0, start) is not None)
            found.append(Cue(start, end, "not", begin, reach))
    if "no" in present:
        for pattern, kind, body in (
            (_NO, "no", _lower_first(text)), (_NO_EVIDENCE, "no", text), (_NO_LONGER, "not", text),
        ):  # fmt: skip
            found.extend(
                Cue(m.start(), m.end("c"), kind, m.start(), clause_end(text, m.end()))
                for m in pattern.finditer(body)
            )
    for key, pattern, kind, raised in _PLAIN:
        if key.isdisjoint(present):
            continue
        for m in pattern.finditer(text):
            begin = clause_start(text, m.start()) if raised else m.start()
            reach = clause_end(text, m.end(), brief=kind in _BRIEF)
            found.append(Cue(*m.span(), kind, begin, reach))
    found.sort(key=lambda c: (c.start, c.end))
    return _no_overlap(found)


_BRIEF = frozenset({"without", "lack", "absence", "instead", "absent"})
_PLAIN: tuple[tuple[frozenset[str], re.Pattern[str], str, bool], ...] = (
    (words("without"), _WITHOUT, "without", False),
    (words("neither none nor nobody nothing"), _NEITHER, "neither", False),
    (words("lack lacks lacked lacking"), _LACK, "lack", False),
    (words("absence"), _ABSENCE, "absence", False),
    (words("absent"), _ABSENT, "absent", True),
    (words("fail fails failed failing failure"), _FAIL, "fail", False),
    (words("unable inability incapable"), _UNABLE, "unable", False),
    (words("deny denies denied denying negative ve ruled ruling free"), _DENY, "deny", False),
    (words("rather instead exception"), _INSTEAD, "instead", False),
)


def _lower_first(text: str) -> str:
    """The text with a first word ``No`` in lower case: elsewhere ``NO`` is nitric oxide."""
    if text.isupper():
        return text.lower()
    return "no" + text[2:] if text[:3] in ("No ", "NO ") else text.replace(" No ", " no ")


def _subject(text: str, start: int, end: int) -> int:
    """A negated passive or predicate denies its subject too (``X was not detected``)."""
    if _BE.search(text, max(0, start - 20), start) and _PASSIVE.match(text, end):
        return clause_start(text, start)
    return clause_start(text, start) if _RAISING.match(text, end) else start


def _no_overlap(cues: list[Cue]) -> list[Cue]:
    kept: list[Cue] = []
    for cue in cues:
        if not kept or cue.start >= kept[-1].end:
            kept.append(cue)
    return kept
