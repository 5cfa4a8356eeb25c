"""Speculation: which words keep a sentence from committing itself, and to what.

Measured on BioScope abstracts, see ``benchmarks/claims.py``. ``kind`` of a cue says how it weakens:
``modal`` (may, might), ``belief`` (suggest that, appears to), ``report`` (indicate that: what the
authors conclude from their own data), ``option`` (or), ``question`` (whether), ``unknown``.
"""

from __future__ import annotations

import re

from ingest.claims.cues import Cue, clause_end, clause_start, words_of
from ingest.words import words

__all__ = ["find_speculations"]

_KEYS = words("""may might could can possible possibly possibility possibilities potential potentially probable probably
    perhaps likely unlikely likelihood putative putatively suggest suggests suggested suggesting suggestive indicate
    indicates indicated indicating appear appears appeared appearing seem seems seemed seemingly think thought believe
    believed belief propose proposed proposes imply implies implied implying implicate hypothesis hypotheses hypothesize
    hypothesized hypothesise hypothesised speculate speculated speculation postulate postulated presume presumed
    presumably suspect suspected assume assumed assumption conceivable conceivably whether if or unknown unclear
    uncertain known clear understood elucidated apparent apparently should would must idea notion predicted infer
    inferred suppose supposed hypothetical theoretically raise raises raised raising either deduced question remains
    controversial consider considered expected consistent""")

_MODAL = re.compile(r"\b(?:may|might)\b(?! \d)(?:(?= or may not))?", re.I)
_COULD = re.compile(
    r"\bcould\b(?! not\b)(?= (?:also |thus |then |therefore |potentially |possibly |contribute|involve|transactivate|account|explain|"
    r"play|be (?:a|an|the|one|due|responsible|involved|important|related|explained|associated|useful|implicated|part|"
    r"of|mediated|relevant|regulated|critical)|represent|serve|provide|mimic|result|lead|have|act|function|help|"
    r"reflect|affect|influence|facilitate|participate|interact|regulate|modulate|enhance|promote|underlie|"
    r"constitute|allow|induce|potentially|occur|determine|increase|prevent|offer))|\bwe could not exclude",
    re.I,
)
_CAN = re.compile(
    r"\bcan (?=(?:also |therefore |thus |potentially )*(?:contribute|be due|account|play|lead to|have))",
    re.I,
)
_VERB = re.compile(
    r"\b(?:suggest(?:s|ed|ing|ive)?|hypothesi[sz]ed?|speculated?|postulated?|presum(?:ed|ably)|suspect(?:ed)?|"
    r"conceivabl[ey]|impl(?:y|ies|ied|ying)|infer(?:red)?|suppose[ds]?|supposedly|hypothetical(?:ly)?|assumed?|"
    r"theoretically|speculation|(?<!previously )thought(?= to\b|:| that\b)|believed?(?= to\b| that\b)|"
    r"(?<!is )(?<!not )considered(?= to be (?:a |an )?(?:possible|potential))|predicted(?= to\b)|implicates?(?= that\b))\b",
    re.I,
)
_PROPOSE = re.compile(r"\bproposed?(?= (?:here )?(?:that|to|as)\b)(?<!been proposed)", re.I)
_REPORT = re.compile(
    r"\bindicat(?:e|es|ed|ing)(?: also)? that\b|\bindicat(?:e|es|ing)(?= (?:a|an|the|its|their|possible|\w+ ))(?<!to indicate)",
    re.I,
)
_APPEAR = re.compile(
    r"\b(?:appear(?:s|ed|ing)?(?= (?:not )?(?:to\b|that\b|likely|as (?:if|though)\b|unlikely))|"
    r"appears?(?= (?:\w+ly )?\w+(?:ed|ent|al|ive|ant|ble|ful)\b)|seem(?:s|ed|ingly)?\b)",
    re.I,
)
_LIKELY = re.compile(
    r"\b(?:possib(?:le|ly|ilit(?:y|ies))|potentially|probabl[ey]|perhaps|(?:un)?likely|putative(?:ly)?)\b"
    r"(?<!as possible)",
    re.I,
)
_POTENTIAL = re.compile(
    r"(?<!examined the )(?<!examine the )(?<!new )(?<!the )\bpotential\b(?= (?:new |novel |therapeutic |functional )?"
    r"(?:role|mechanism|involvement|interaction|link|cause|function|marker|therap|candidate|regulator|risk|treatment|"
    r"benefit|effect|association|use|importance|substrate|contribution|explanation|biomarker|mediator|strategy|agent|way|"
    r"site of|source)\w*)",
    re.I,
)
_WHETHER = re.compile(
    r"\bwhether(?: or not)?\b|\bif\b(?= (?:the|this|these|it|they|there|such|a) [^,]*[.?]?$)", re.I
)
_ASK_IF = re.compile(
    r"\b(?:determine|test|ask|asked|examine|investigate|see|know|unknown|unclear|assess|tested|examined|determined|investigated|evaluate|establish|clear|explore|verify|decide) (?P<c>if)\b",
    re.I,
)
_HYPOTHESIS = re.compile(
    r"\bhypothes[ie]s\b(?= (?:that|is that|of|was)\b)|\bidea(?= that\b)|\bnotion(?= that\b)|\bassumption(?= that\b)|\bbelief(?= that\b)",
    re.I,
)
_UNKNOWN = re.compile(
    r"\b(?:unknown|unclear|uncertain|controversial)\b|\bnot (?:yet |been |yet been |so |entirely |fully |completely |well |"
    r"currently |precisely |clearly |totally |be |very )*(?:known|clear|understood|elucidated|established|certain)\b|"
    r"\bremain(?:s|ed)? to be (?:\w+ly )?(?:\w+ed|shown|seen)\b|"
    r"\bquestion of (?:whether|how)\b|\bno evidence (?:of|for|that)\b",
    re.I,
)
_OR = re.compile(r"\beither\b(?=[^.;]*\bor\b)|\band/or\b|\bor\b", re.I)
_OTHER = re.compile(r"\brais(?:e|es|ed|ing) the (?:\w+ )?(?:possibility|question|hypothesis|idea)\b|\bcan be (?:deduced|speculated|hypothesi[sz]ed)\b|\bshould\b(?= (?:be (?:useful|possible|able)|help|allow|provide|lead))|\bmust\b(?= (?:be (?:due|involved|required)|have|exist))|\bwould\b(?= (?:suggest|appear|seem|explain))|\bexpected(?= to\b)", re.I)  # fmt: skip

_RAISED = re.compile(
    r"\s+(?:\w+ly )?be (?:\w+ly )?\w+(?:ed|en|wn|nd|ght|ble|ant|ent|ial|ary|due|al)\b|\s+(?:be|have been) ",
    re.I,
)


def find_speculations(text: str) -> list[Cue]:
    """Return the speculations of a sentence in order, each with its scope."""
    present = words_of(text)
    if _KEYS.isdisjoint(present):
        return []
    found: list[Cue] = []
    for keys, pattern, kind, reach in _RULES:
        if keys.isdisjoint(present):
            continue
        for m in pattern.finditer(text):
            start, end = m.span("c") if "c" in pattern.groupindex else m.span()
            begin = start
            if reach == "subject" or (reach == "passive" and _RAISED.match(text, end)):
                begin = clause_start(text, start)
            found.append(Cue(start, end, kind, begin, clause_end(text, end)))
    found.sort(key=lambda c: (c.start, -c.end))
    kept: list[Cue] = []
    for cue in found:
        if not kept or cue.start >= kept[-1].end:
            kept.append(cue)
    return kept


_RULES: tuple[tuple[frozenset[str], re.Pattern[str], str, str], ...] = (
    (words("may might"), _MODAL, "modal", "passive"),
    (words("could"), _COULD, "modal", "passive"),
    (words("can"), _CAN, "modal", ""),
    (_KEYS, _VERB, "belief", ""),
    (words("propose proposed"), _PROPOSE, "belief", ""),
    (words("indicate indicates indicated indicating"), _REPORT, "report", ""),
    (
        words("appear appears appeared appearing seem seems seemed seemingly"),
        _APPEAR,
        "belief",
        "subject",
    ),
    (_KEYS, _LIKELY, "belief", ""),
    (words("potential"), _POTENTIAL, "belief", ""),
    (words("whether"), _WHETHER, "question", ""),
    (words("if"), _ASK_IF, "question", ""),
    (words("hypothesis hypotheses idea notion assumption belief"), _HYPOTHESIS, "belief", ""),
    (_KEYS, _UNKNOWN, "unknown", "subject"),
    (
        words("raise raises raised raising deduced should must would expected can"),
        _OTHER,
        "belief",
        "",
    ),
)
