"""A sentence with its mentions folded into single characters, so that short patterns fit.

Three steps: every mention becomes one private-use character and parentheses go; coordinated mentions
(``A, B and C``) become one group; a group with the words that only dress it (``treatment with A``,
``levels of A``, ``A deficiency``) becomes one chunk that knows whether those words turn its sign.
Every character of the folded sentence remembers where it came from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from graph.model import Category
from ingest.document import Mention, Sentence
from ingest.relations.lexicon import FINITE, NOUN_FLIPS, VERB_FORMS, alternation

__all__ = ["CHUNK", "Chunk", "Folded", "fold_sentence"]

_FIRST = 0xE000
_CHUNK_FIRST = 0xF000
GROUP = "[\ue000-\uefff]"
CHUNK = "[\uf000-\uf8ff]"
_MAX_MEMBERS = 8


@dataclass(frozen=True, slots=True)
class Chunk:
    """An argument: coordinated mentions and what its words say about them.

    ``flip`` is -1 when the words name the opposite (``A inhibition``, ``lack of A``); ``noun`` is the
    outermost word of change before it (``inhibition of A``) and ``change`` its direction; ``people``
    when it names a population, not the thing; ``agent`` when it names an entity acting on the
    mention (``A inhibitor``); ``suffix`` the words after it.
    """

    mentions: tuple[Mention, ...]
    flip: int = 1
    noun: str = ""
    change: int = 0
    people: bool = False
    agent: bool = False
    suffix: str = ""


@dataclass(slots=True)
class Folded:
    """A folded sentence: ``text`` with one character per chunk, and where each came from."""

    text: str
    spans: list[tuple[int, int]]
    chunks: dict[str, Chunk] = field(default_factory=dict)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the document's text of a piece of the folded text."""
        return self.spans[start][0], self.spans[end - 1][1]


_PAREN = re.compile(r" ?\([^()]*\)| ?\[[^\[\]]*\]")
_DETERMINER = r"(?:the|a|an|this|these|both|such|its|their|our|either)"
_ADJECTIVE = (
    r"(?:acute|chronic|severe|mild|moderate|oral|intravenous|systemic|topical|inhaled|dietary|"
    r"exogenous|endogenous|circulating|plasma|serum|urinary|renal|hepatic|cardiac|cerebral|human|"
    r"recombinant|long-term|short-term|high-dose|low-dose|intraperitoneal|subcutaneous|prolonged|"
    r"repeated|concomitant|combined|prenatal|neonatal|maternal|early|late|recurrent|progressive|"
    r"spontaneous|experimental|intracellular|extracellular|cellular|cytosolic|nuclear|total|free|"
    r"antidepressant|anticonvulsant|prophylactic|postoperative|perioperative|primary|secondary|"
    r"subsequent|persistent|transient|generalized|overt|clinical|symptomatic|symptomatic|excessive|"
    r"intrathecal|epidural|adjuvant|daily|single|continuous|local|peripheral|central|basal)"
)
_DOSING = (
    r"(?:treatments?|therapy|therapies|administrations?|exposures?|intakes?|ingestion|infusions?|"
    r"injections?|supplementation|pretreatment|pre-treatment|incubation|use|usage|consumption|"
    r"doses?|dosage|dosing|monotherapy|prophylaxis|overdose|intoxication|prescription|application|"
    r"combination|addition|stimulation|immunization|co-administration|coadministration)"
)
_GIVING = (
    r"(?:administrations?|exposures?|intakes?|ingestion|infusions?|injections?|supplementation|use|"
    r"usage|consumption|doses?|overdose|application|combinations?|addition|co-administration|"
    r"coadministration|prescription|introduction|presence)"
)
_ASPECT = (
    r"(?:levels?|concentrations?|expression|activity|activities|production|secretion|release|"
    r"synthesis|amounts?|numbers?|rates?|risks?|areas?|size|magnitude|intensity|spread|growth|scores?|incidence|prevalence|development|progression|"
    r"severity|occurrence|onset|symptoms?|signs?|frequency|formation|generation|presence|degree|"
    r"extent|likelihood|odds|probability|episodes?|cases?|abundance|content|"
    r"excretion|signaling|signalling|pathways?|function|phosphorylation|translocation|transport|"
    r"mRNA|protein|proteins|mRNA levels?|mRNA expression|protein levels?|protein expression|"
    r"gene expression|receptors?|channels?|burden|mortality from|deaths? from|"
    r"recurrence|relapse|attacks?|type|subtype|history|rates|state|status|responses?|uptake)"
)
_PREFIX = re.compile(
    rf"\b(?:{_DETERMINER} |{_ADJECTIVE} |{_DOSING} with |{_GIVING} (?:of|to) |{_ASPECT} (?:of|for|from) "
    rf"|(?P<change>{alternation(NOUN_FLIPS)}) (?:of|in) "
    rf"|(?P<people>patients?|subjects?|individuals?|women|men|children|infants|mice|rats|animals|"
    rf"adults|cells|groups?|models?|cases|people|population|family|families|those|controls|"
    rf"survivors|participants|volunteers|neonates|pigs|dogs|rabbits|mouse|rat|patient|child|infant|"
    rf"woman|man|boy|girl)"
    rf" (?:with|without|on|receiving|taking|suffering from|affected by|having|undergoing|given|"
    rf"treated with|exposed to|at risk of|at risk for|for|who have|who had) )",
    re.I,
)
_SUFFIX = re.compile(
    rf"(?: (?:{_DOSING}|{_ASPECT}|effects?|actions?)\b"
    r"| (?P<flip>inhibition|blockade|deficiency|depletion|deletion|knockdown|knockout|withdrawal|"
    r"discontinuation|cessation|restriction|silencing|inactivation|deprivation|loss|ablation|"
    r"suppression|reduction|insufficiency|siRNA|shRNA|antisense)\b"
    r"| (?P<agent>inhibitors?|antagonists?|blockers?|blocking|antibody|antibodies|antagonism|"
    r"neutralization|inhibitory)\b"
    r"| (?:agonists?|activators?|activation|overexpression|stimulation|upregulation|up-regulation|"
    r"accumulation|analogues?|analogs?|users?|abuse|metabolites?|derivatives?|salts?)\b"
    r"|(?P<people>(?:[- ](?:treated|exposed|deficient|null|infected|positive|negative|resistant|"
    r"sensitive|naive|fed|injected|transgenic|prone))? (?:patients?|subjects?|individuals?|mice|"
    r"rats|animals|cells|groups?|models?|cohorts?|trials?|population|survivors|families|controls|"
    r"users|mouse|rat|women|men|children|carriers|gene|genes|genotype|polymorphisms?|variants?|"
    r"mutations?|alleles?|promoter|analysis|assays?|cell lines?|cases|kidneys?|diagnosis))\b"
    r"|(?P<head>[-–][A-Za-z]+))"
)
_JOIN = re.compile(
    rf"({GROUP})((?:(?:, and |, or |, | and | or | nor |/| and/or | as well as | & |, as well as | plus )"
    rf"(?:(?:the|both|its|their) )?(?:{_ADJECTIVE} )?{GROUP})+)"
)
_JOINED = re.compile(r" (?:and|or|nor|and/or|as well as|&|plus) |/")
_ANY_GROUP = re.compile(GROUP)
_VERB = re.compile(rf"\b(?:{alternation(VERB_FORMS)})\b", re.I)
_FINITE_NEXT = re.compile(rf"^ (?:\w+ly |also )?(?:{alternation(FINITE)})\b", re.I)
_KIND = {
    Category.CHEMICAL: 1, Category.GENE: 1, Category.PROTEIN: 1, Category.DISEASE: 2,
    Category.PHENOTYPE: 2, Category.PROCESS: 2, Category.PROCEDURE: 1, Category.BEHAVIOR: 0,
}  # fmt: skip


def fold_sentence(sentence: Sentence, mentions: Sequence[Mention]) -> Folded:
    """Fold a sentence; ``mentions`` are those inside it, in order, none overlapping."""
    base = sentence.start
    text: list[str] = []
    spans: list[tuple[int, int]] = []
    groups: dict[str, tuple[Mention, ...]] = {}
    position = base
    for index, mention in enumerate(mentions[: _CHUNK_FIRST - _FIRST]):
        for offset in range(position, mention.start):
            text.append(sentence.text[offset - base])
            spans.append((offset, offset + 1))
        mark = chr(_FIRST + index)
        groups[mark] = (mention,)
        text.append(mark)
        spans.append((mention.start, mention.end))
        position = mention.end
    for offset in range(position, sentence.end):
        text.append(sentence.text[offset - base])
        spans.append((offset, offset + 1))
    folded = "".join(c if not c.isspace() else " " for c in text)
    folded, spans = _without(_PAREN, folded, spans)
    folded, spans = _without(_PAREN, folded, spans)  # nested once
    folded, spans = _join(folded, spans, groups)
    return _chunked(folded, spans, groups)


def _without(
    pattern: re.Pattern[str], text: str, spans: list[tuple[int, int]]
) -> tuple[str, list[tuple[int, int]]]:
    if "(" not in text and "[" not in text:
        return text, spans
    kept: list[str] = []
    kept_spans: list[tuple[int, int]] = []
    position = 0
    for match in pattern.finditer(text):
        kept.append(text[position : match.start()])
        kept_spans.extend(spans[position : match.start()])
        position = match.end()
    kept.append(text[position:])
    kept_spans.extend(spans[position:])
    return "".join(kept), kept_spans


def _join(
    text: str, spans: list[tuple[int, int]], groups: dict[str, tuple[Mention, ...]]
) -> tuple[str, list[tuple[int, int]]]:
    """Fold coordinations into their first member's character."""
    search = 0
    while match := _JOIN.search(text, search):
        marks = [m.start() for m in _ANY_GROUP.finditer(text, match.start(), match.end())]
        kinds = {_KIND.get(groups[text[marks[0]]][0].category)}
        last = 0
        for index, mark in enumerate(marks[1:_MAX_MEMBERS], 1):
            kinds.add(_KIND.get(groups[text[mark]][0].category))
            if None in kinds or len(kinds - {0}) > 1:
                break
            if (
                _FINITE_NEXT.match(text[mark + 1 : mark + 60])
                and " and " in text[marks[index - 1] : mark]
                and _VERB.search(text[max(0, match.start() - 60) : match.start()])
            ):
                break  # "A inhibits B and C increases D": C begins a clause of its own
            if _JOINED.search(text[marks[index - 1] : mark]):
                last = index  # a comma alone joins nothing: there must be a word for it at the end
        if last == 0:
            search = match.start() + 1
            continue
        first, end = marks[0], marks[last] + 1
        members = tuple(m for i in marks[: last + 1] for m in groups[text[i]])
        groups[text[first]] = members
        spans = [*spans[:first], (spans[first][0], spans[end - 1][1]), *spans[end:]]
        text = text[: first + 1] + text[end:]
        search = first + 1
    return text, spans


def _chunked(
    text: str, spans: list[tuple[int, int]], groups: dict[str, tuple[Mention, ...]]
) -> Folded:
    out: list[str] = []
    out_spans: list[tuple[int, int]] = []
    chunks: dict[str, Chunk] = {}
    position = 0
    for match in _ANY_GROUP.finditer(text):
        start = match.start()
        left, chunk_before = _prefixes(text, position, start)
        if left and text[left - 1] in "-–":
            # part of a longer word: "anti-A" acts against A, "non-A" and "B-A" are something else
            anti = left >= 5 and text[left - 5 : left - 1].lower() == "anti"
            flip, noun, change, people = chunk_before
            chunk_before = (-flip if anti else flip, noun, change, people or not anti)
            left -= 5 if anti else 0
        right, chunk = _suffixes(text, match.end(), groups[match.group()], chunk_before)
        out.append(text[position:left])
        out_spans.extend(spans[position:left])
        mark = chr(_CHUNK_FIRST + len(chunks))
        chunks[mark] = chunk
        out.append(mark)
        out_spans.append((spans[left][0], spans[right - 1][1]))
        position = right
    out.append(text[position:])
    out_spans.extend(spans[position:])
    return Folded("".join(out), out_spans, chunks)


def _prefixes(text: str, low: int, start: int) -> tuple[int, tuple[int, str, int, bool]]:
    """How far to the left the chunk reaches, and (flip, noun, change, people)."""
    left, flip, noun, change, people = start, 1, "", 0, False
    while True:
        found = _ending_at(text, max(low, left - 45), left)
        if found is None:
            return left, (flip, noun, change, people)
        left = found.start()
        if word := found.group("change"):
            noun, change = word.lower(), NOUN_FLIPS[word.lower()]
            flip *= change
        if found.group("people"):
            people = True


def _ending_at(text: str, low: int, end: int) -> re.Match[str] | None:
    for position in range(low, end):
        if position and text[position - 1].isalnum():
            continue
        match = _PREFIX.match(text, position, end)
        if match is not None and match.end() == end:
            return match
    return None


def _suffixes(
    text: str,
    right: int,
    mentions: tuple[Mention, ...],
    before: tuple[int, str, int, bool],
) -> tuple[int, Chunk]:
    flip, noun, change, people = before
    agent = False
    begin = right
    for _ in range(3):
        match = _SUFFIX.match(text, right)
        if match is None or match.group("head"):
            break
        if match.group("flip") or match.group("agent"):
            flip = -flip
            agent = agent or bool(match.group("agent"))
        if match.group("people"):
            people = True
        right = match.end()
    return right, Chunk(mentions, flip, noun, change, people, agent, text[begin:right].strip())
