"""Negation, hedging and questions: whether a sentence commits itself to a relation.

Each function looks at the words around a trigger: ``before`` (from the start of the sentence to the
first argument), ``inside`` (between the arguments).
"""

from __future__ import annotations

import re

__all__ = ["asks", "hedges", "negates"]

_NOT_INSIDE = re.compile(
    r"\b(?:not|never|no longer|nor|cannot|unable to|incapable of|without|fail(?:s|ed|ing)? to|no)\b"
    r"(?! only)|n't\b",
    re.I,
)
_ASIDE = re.compile(r"^,? (?:but not|and not|unlike|in contrast to) [^,]*,")
_FAIL = re.compile(r"\bfail(?:s|ed|ing)? to\b", re.I)
_NOT = re.compile(r"\b(?:not|never|cannot|nor)\b(?! only)|n't\b", re.I)
_NOT_BEFORE = re.compile(
    r"(?:\bno (?:\w+ ){0,3}(?:evidence|indication|proof|sign|support|association|relationship|"
    r"correlation|link|effect|influence|increase|decrease|difference|change)\w*\b"
    r"|\b(?:lack|absence) of (?:\w+ ){0,2}(?:evidence|association|relationship|correlation|effect)"
    r"|\b(?:do(?:es)?|did|was|were|could|is|are) not (?:\w+ ){0,2}(?:show|support|find|found|suggest|"
    r"indicate|demonstrate|confirm|detect|reveal|observe|observed|shown|demonstrated|evident|detected)"
    r"|\bfail(?:s|ed)? to (?:show|demonstrate|find|confirm|detect|support|reveal|prove)"
    r"|\bunlikely|\bneither|\brul(?:e|ed|ing) out"
    r"|\bno (?:\w+ )?$|\bnot (?:\w+ )?$|\bwithout (?:\w+ )?$|\bnot (?:a|an|the) (?:\w+ )?$)",
    re.I,
)
_HEDGE = (
    r"may|might|could|possibl[ey]|potential(?:ly)?|probabl[ey]|perhaps|likely|putative(?:ly)?|"
    r"appear(?:s|ed)?(?! in| on)|seem(?:s|ed)?|tend(?:s|ed)? to|presum\w+|suspected|suspicion|"
    r"hypothes\w+|speculat\w+|propos\w+|postulat\w+|conceivabl[ey]|thought to|believed to|"
    r"considered to|suggest\w*|assum\w+|implicated|possibility|unclear|unknown|controversial"
)
_HEDGE_INSIDE = re.compile(rf"\b(?:{_HEDGE})\b", re.I)
_HEDGE_BEFORE = re.compile(
    r"\b(?:(?:suggest(?:s|ed|ing|ive)?|hypothesi[sz]ed?|speculated?|proposed?|postulated?|believed?|"
    r"presumed?|suspect(?:ed)?|assumed?|possible|possibility|likely|probable|conceivable|thought|"
    r"hypothesis|speculation|assumption|seems|appears|argued?)"
    r"(?: (?:is|was|exists|here))?(?: that\b| of$|:|,? $)|perhaps|possibly|probably|presumably|"
    r"(?:suggest(?:s|ing|ed)?|possible|potential|putative|suspected|probable|presumed) "
    r"(?:\w+ ){0,2}$|according to the hypothesis)",
    re.I,
)
_QUESTION = re.compile(
    r"\b(?:whether|if|hypothesis that|question(?:ed)? (?:of )?(?:whether|how)|"
    r"(?:to|of|at) (?:determin|assess|evaluat|examin|investigat|study|test|explor|compar|clarif|"
    r"elucidat|analy[sz]|identif|ascertain|establish|verif|address|defin)\w*|aim(?:s|ed)?|objective|"
    r"purpose|goal|designed to|(?:we|study|studies|trial) (?:\w+ )?(?:investigated?|examined?|"
    r"evaluated?|tested|studied|assessed|asked|explored?|compared?|sought))\b[^,;:]*$",
    re.I,
)


def negates(before: str, inside: str) -> bool:
    """Whether the relation is denied; two denials cancel (``did not fail to``)."""
    inside = _ASIDE.sub("", inside)
    count = 0
    if _FAIL.search(inside):
        count += 1
        if _NOT.search(_FAIL.split(inside)[0]):
            count += 1
    elif _NOT_INSIDE.search(inside):
        count += 1
    clause = re.split(r"[;:]|, (?:but|however|whereas|while|although)\b", before)[-1]
    if _NOT_BEFORE.search(clause):
        count += 1
    return count % 2 == 1


def hedges(before: str, inside: str) -> bool:
    """Whether the sentence does not commit itself to the relation."""
    return _HEDGE_INSIDE.search(inside) is not None or _HEDGE_BEFORE.search(before) is not None


def asks(before: str, sentence: str) -> bool:
    """Whether the relation is only asked about: a question, an aim, something to be tested."""
    return sentence.rstrip().endswith("?") or _QUESTION.search(before) is not None
