"""Cues and their scopes: which words of a sentence deny or weaken it, and how far they reach.

The rules are our own; the vocabulary of the task (cue, scope, scopes inside scopes) follows the
BioScope corpus (Vincze et al., BMC Bioinformatics 2008), which was used to measure, never to train.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Cue", "clause_end", "clause_start", "covers", "words_of"]

_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue with its scope, as offsets in the text that was searched.

    ``kind`` says what sort of cue it is (``not``, ``lack``, ``modal``, ``report`` ...). The scope
    contains the cue.
    """

    start: int
    end: int
    kind: str
    scope_start: int
    scope_end: int


def words_of(text: str) -> set[str]:
    """Return the lower-case runs of letters of a text: a cheap test whether any rule can apply."""
    return set(_WORD.findall(text.lower()))


def covers(cues: Sequence[Cue], start: int, end: int) -> bool:
    """Whether the scope of any cue holds the whole span."""
    return any(c.scope_start <= start and end <= c.scope_end for c in cues)


# where a clause ends, seen from a cue inside of it
_END = re.compile(
    r";|:(?=\s)|,? (?:but|whereas|although|though|however|unless|except(?: for| that)?)\b"
    r"|, (?:while|which|who|where|when|suggesting|indicating|implying|and (?:that|it|they|we|this|these|thus|"
    r"therefore|the|is|are|was|were|has|have|had|may|might|can|could|\(\s?\d)\b)"
    r"|,? and (?:that|therefore|thus|hence|is|are|was|were|did|does|do|had|has|have|there)\b|,? (?:because|since|as well as|despite|in contrast)\b"
    r"|,? suggesting\b|, indicating\b|(?<=\w), (?:thus|thereby|therefore|presumably)\b"
)
_TAIL = re.compile(r"(?:\s*\((?:[^()]|\([^()]*\))*\))?\s*[.?!]*\s*$")
_LONGEST_TAIL = 200
_REACH = 1000  # a clause is not longer; keeps lists of a thousand cues linear
_COMMA = re.compile(r",(?= )(?! (?:or|nor) )")
_OPENING = re.compile(
    r"(?:Although|While|If|Since|Because|Whereas|When|As|Though|Despite|Unlike|In the absence)\b"
)
_FINITE = re.compile(
    r" (?:is|are|was|were|has|have|had|did|does|do|may|might|could|can|and (?:is|are|was|were|has|have)) "
)
# where a clause begins
_START = re.compile(
    r"[;:]\s+|, (?:and|but|or|so|yet|whereas|while|although|though|which|who|where)\s+(?:that\s+)?|\b(?:but|whereas|although|though|while|because|since|"
    r"that|which|who|whether|if|when|where|how|and that|however,|therefore,|thus,|moreover,|furthermore,)\s+",
    re.I,
)
_LEAD = re.compile(
    r"^(?:[^,]{0,60}?\b(?:in|by|after|upon|under|with|using|for|at|on|to|as|from|during|despite|unlike|of)\b[^,]*,\s+"
    r"|(?:\w+ly|however|therefore|thus|moreover|furthermore|in addition|in contrast|hence|also|here)\s*,\s+)",
    re.I,
)


def clause_end(text: str, start: int, *, brief: bool = False) -> int:
    """Return where the clause that goes on at ``start`` ends, closing punctuation left out.

    ``brief`` for a phrase that is over at the next comma; so is a subordinate clause that opens the
    sentence.
    """
    end = min(len(text), start + _REACH)
    if end == len(text) and (tail := _TAIL.search(text, max(start, end - _LONGEST_TAIL))):
        end = tail.start()
    found = _END.search(text, start, end)
    if found:
        end = found.start()
    if brief or _OPENING.match(text):
        comma = _COMMA.search(text, start, end)
        if comma:
            end = comma.start()
    if brief:
        verb = _FINITE.search(text, start, end)
        if verb:
            end = verb.start()
    depth = 0
    for place in range(start, end):
        if text[place] in "([":
            depth += 1
        elif text[place] in ")]":
            depth -= 1
            if depth < 0:
                return place
    return end


def clause_start(text: str, end: int) -> int:
    """Return where the clause that holds ``end`` begins, conjunctions and lead-ins left out."""
    begin = max(0, end - _REACH)
    for match in _START.finditer(text, begin, end):
        begin = match.end()
    lead = _LEAD.match(text[begin:end])
    if lead and begin + lead.end() < end:
        begin += lead.end()
    depth = 0
    for place in range(end - 1, begin - 1, -1):
        if text[place] in ")]":
            depth += 1
        elif text[place] in "([":
            depth -= 1
            if depth < 0:
                return place + 1
    return begin
