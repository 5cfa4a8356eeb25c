"""Where, for whom and how much: the qualifiers of a question, taken off its words.

"in mice", "in human hepatocytes", "in patients with bipolar disorder", "for this patient", "at
10 mg/kg". What is taken off here is kept word for word in the query's ``context``, and typed in its
``qualifiers``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from llm_bridge.lexicon import STOP_WORDS
from llm_bridge.patterns import Token
from llm_bridge.places import SPECIES, TISSUES, person, tissue_word
from llm_bridge.query import Dose, Qualifiers
from llm_bridge.terms import split_context

__all__ = ["EXCEPTING", "doses", "inner", "leading", "places", "qualifiers", "split"]

EXCEPTING = (
    "besides", "excluding", "barring", "except for", "except", "other than", "apart from", "aside from",
    "leaving aside", "not counting",
)  # fmt: skip
"""Before what a list is to leave out."""
_ONE = re.compile(
    r"\b(?:for|in|of|to|with)\s+(?:this|my|our|that|the|a single|one)\s+(?:particular |specific |one |single |individual )?"
    r"(?:patient|individual|case|person|man|woman|child)\b(?!s|')",
    re.IGNORECASE,
)
_OF_ONE = frozenset(["patient", "individual", "case", "person", "man", "woman", "child"])
_SAYING = frozenset(["this", "my", "our", "that", "the", "one"])

_UNITS = {
    "mg": "mg", "milligram": "mg", "milligrams": "mg", "g": "g", "gram": "g", "grams": "g", "kg": "kg",
    "µg": "ug", "μg": "ug", "ug": "ug", "mcg": "ug", "microgram": "ug", "micrograms": "ug", "ng": "ng",
    "ml": "mL", "l": "L", "iu": "IU", "units": "units", "unit": "units", "mmol": "mmol", "µmol": "umol",
    "μmol": "umol", "umol": "umol", "nmol": "nmol", "mm": "mM", "µm": "uM", "μm": "uM", "um": "uM",
    "nm": "nM", "%": "%", "meq": "mEq", "cups": "cups", "cup": "cups", "tablets": "tablets",
    "tablet": "tablets", "cigarettes": "cigarettes", "drinks": "drinks", "ppm": "ppm", "gy": "Gy",
}  # fmt: skip
_SYMBOLS = frozenset("µg μg ug mcg µmol μmol umol mm µm μm um nm".split())
_PER = {
    "kg": "kg", "day": "day", "d": "day", "week": "week", "hour": "h", "h": "h", "l": "L", "dl": "dL",
    "ml": "mL", "m2": "m2", "m²": "m2",
}  # fmt: skip
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_RATE = "|".join(sorted(map(re.escape, _PER), key=len, reverse=True))
_DAILY = r"(?:once |one time )?(?:daily|a day|per day|each day|every day)|weekly|a week|per week|twice (?:daily|a day)"
_DOSE = re.compile(
    r"(?<![\w.\-])(?:(?:at|with|in|using|on)\s+)?(?:an?\s+|the\s+)?(?:(?:daily\s+)?doses?\s+of\s+|concentrations?\s+of\s+)?"
    r"(?<![\w.\-])(?P<low>\d+(?:[.,]\d+)*)(?:\s*(?:-|–|to)\s*(?P<high>\d+(?:[.,]\d+)*))?\s*"
    rf"(?P<unit>{_UNIT})(?P<per>(?:\s*(?:/|per)\s*(?:{_RATE})(?!\w))*)(?![\w\-/])"
    rf"(?:\s+(?P<rate>{_DAILY})\b)?(?P<of>\s+of\b)?",
    re.IGNORECASE,
)
_NETWORK = re.compile(r"\dG")
"""5G is no dose."""
_CHANGED_BY = re.compile(
    r"\bby (?:about |at least |up to |over |more than |some )?\d+(?:\.\d+)?\s*(?:%|percent\b|per cent\b)",
    re.IGNORECASE,
)
"""The size of a change, which is no dose: "reduces Y by 20 %"."""
_LATER = re.compile(rf"\s+(?P<rate>{_DAILY})\b", re.IGNORECASE)


def _number(text: str) -> float:
    plain = re.sub(r",(?=\d{3}\b)", "", text).replace(",", ".")
    return float(plain) if plain.count(".") < 2 else float(plain.replace(".", ""))


def doses(question: str) -> tuple[Dose | None, list[tuple[int, int]]]:
    """Return the dose a question states, and the stretches of text that state it, or how much changes.

    With several doses none is taken: which belongs to what is not told by their words.
    """
    spans = [m.span() for m in _CHANGED_BY.finditer(question)]
    found = [
        m for m in _DOSE.finditer(question)
        if not _NETWORK.fullmatch(m[0].strip()) and not any(a <= m.start("low") < b for a, b in spans)
    ]  # fmt: skip
    if len(found) != 1:
        return None, spans
    m = found[0]
    spans.append(m.span())
    rate = m["rate"]
    if rate is None and (later := _LATER.search(question, m.end())):
        rate = later["rate"]
        spans.append(later.span())
    per = [
        _PER[p.casefold()] for p in re.split(r"\s*(?:/|per)\s*", m["per"] or "", flags=re.I) if p
    ]
    twice = rate is not None and rate.casefold().startswith("twice")
    if rate is not None:
        per.append("week" if "week" in rate.casefold() else "day")
    unit = "/".join([_UNITS[m["unit"].casefold()], *per])
    low = _number(m["low"]) * (2 if twice else 1)
    high = _number(m["high"]) * (2 if twice else 1) if m["high"] else None
    amount = f"{low:g}" if high is None else f"{low:g}-{high:g}"
    written = m["unit"] if m["unit"].casefold() in _SYMBOLS else _UNITS[m["unit"].casefold()]
    text = f"{amount} {'/'.join([written, *per])}"
    return Dose(value=low, high=high, unit=unit, text=text), spans


def _tissue(tokens: list[Token]) -> int | None:
    """Where a trailing "in skeletal muscle" begins."""
    if not tissue_word(tokens[-1].low):
        return None
    for k in range(len(tokens) - 2, max(0, len(tokens) - 6), -1):
        if tokens[k].low in {"in", "within"}:
            return k
        if tokens[k].low in STOP_WORDS and tokens[k].low not in {"the", "a", "and"}:
            return None
    return None


def _individual(tokens: list[Token]) -> int | None:
    """Where a trailing "of this patient" begins."""
    if len(tokens) > 3 and tokens[-1].low in _OF_ONE and tokens[-2].low in _SAYING:
        return len(tokens) - 3 if tokens[-3].low in {"in", "of", "for", "to"} else None
    return None


_GIVEN = frozenset(
    "taken given used administered received prescribed consumed ingested started".split()
)


def _split(tokens: list[Token]) -> tuple[list[Token], list[Token]]:
    for k in range(1, len(tokens) - 2):
        if tokens[k].low in _GIVEN and tokens[k + 1].low in {"by", "to", "in"}:
            ahead = [
                tokens[k],
                Token("in", tokens[k + 1].start, tokens[k + 1].end),
                *tokens[k + 2 :],
            ]
            if len(split_context(ahead)[1]) > 1:
                return tokens[:k], tokens[k + 1 :]  # "paracetamol taken by pregnant women"
    for found in (_individual(tokens), _tissue(tokens)):
        if found is not None:
            return tokens[:found], tokens[found:]
    return split_context(tokens)


def split(tokens: list[Token]) -> tuple[list[Token], list[Token]]:
    """Split a span of words into what it names and the restrictions at its end, if any."""
    inside, found = _split(tokens)
    while found and len(inside) > 2:
        inside, more = _split(inside)
        if not more:
            break
        found = [*more, *found]
    return inside, found


def _same_name(tokens: list[Token]) -> bool:
    """ "In patients who received X, what was the effect of X": whom an effect is asked on."""
    words = [t.low for t in tokens]
    got = next((k for k, w in enumerate(words[:7]) if w in _RECEIVED), None)
    return got is not None and any(w in words[got + 2 :] for w in words[got + 1 : got + 2])


_RECEIVED = frozenset("received took got taken given treated exposed receiving taking".split())


def leading(question: str, tokens: list[Token]) -> tuple[list[Token], str]:
    """Take "In mice," off the front; return the other tokens and the restriction."""
    if not tokens or tokens[0].low not in {"in", "among", "for", "within"}:
        return tokens, ""
    if {"treated", "exposed"} & {t.low for t in tokens[1:3]} or _same_name(tokens):
        return tokens, ""  # whom an effect is asked on
    for k in range(1, min(len(tokens) - 2, 8)):
        if "," in question[tokens[k].end : tokens[k + 1].start]:
            inside = {t.low for t in tokens[1 : k + 1]}
            ahead = [Token("x", 0, 0), *tokens[: k + 1]]
            if inside & (SPECIES | TISSUES | _OF_ONE) or len(split_context(ahead)[1]) > 1:
                return tokens[k + 1 :], question[tokens[0].start : tokens[k].end]
    return tokens, ""


def inner(question: str, tokens: list[Token]) -> tuple[list[Token], str]:
    """Take "in mice" out of the middle; return the other tokens and the restriction."""
    for k in range(1, len(tokens) - 2):
        if tokens[k].low in {"in", "within", "among"}:
            for j in range(k + 1, min(k + 4, len(tokens) - 1)):
                word, after = tokens[j].low, tokens[j + 1].low
                if word in SPECIES or (person(word) and after not in _GOING_ON):
                    return [*tokens[:k], *tokens[j + 1 :]], question[
                        tokens[k].start : tokens[j].end
                    ]
                if word in STOP_WORDS and word not in {"the", "these", "those"}:
                    break
    return tokens, ""


_GOING_ON = frozenset("with who on taking over aged under of given without".split())


def places(question: str, tokens: list[Token]) -> tuple[str, ...]:
    """The restrictions that some words tell, apart: "in rats", "in elderly women"."""
    runs: list[list[Token]] = []
    for token in tokens:
        apart = runs and question[runs[-1][-1].end : token.start].strip(
            " ,;."
        )  # a dose stood there
        owner = (
            token.low == "of"
            and runs
            and runs[-1][-1].low not in SPECIES
            and not person(runs[-1][-1].low)
        )
        if not runs or apart or owner or token.low in {"in", "among", "within"}:
            runs.append([])
        runs[-1].append(token)
    return tuple(question[run[0].start : run[-1].end] for run in runs)


def qualifiers(context: Iterable[str], dose: Dose | None) -> Qualifiers:
    """Type the restrictions of a question."""
    species = tissue = population = ""
    unit = False
    for text in context:
        words = re.sub(
            r"^(in|among|amongst|for|within|of|to|from|with|by|at|during)\s+(the\s+)?",
            "",
            text.strip(),
            flags=re.I,
        )
        if _ONE.search(f" {text} "):
            unit = True
            continue
        if text.strip().casefold().startswith(EXCEPTING):
            continue
        said = [w.strip(",?!") for w in words.split()]
        low = [w.casefold().strip(".") for w in said]
        cut = next((k for k, w in enumerate(low) if k and w in _GOING_ON), len(low))
        named = next((w for w in low[:cut] if w in SPECIES), "")
        rest = " ".join(
            w for w, x in zip(said, low, strict=True) if x not in SPECIES | {"the", "a"}
        )
        if not low or (not rest and not named):
            continue
        head = low[cut - 1]
        young = named and head in {
            "larvae",
            "embryos",
            "pups",
            "litters",
            "models",
            "fetuses",
            "strains",
        }
        if (head in SPECIES or young) and cut == len(low):
            species = species or " ".join(
                w for w, x in zip(said, low, strict=True) if x not in {"the", "a", "these"}
            )
        elif tissue_word(head) and cut == len(low):
            species, tissue = species or named, tissue or rest
        else:
            species, population = species or named, population or words
    return Qualifiers(species=species, tissue=tissue, population=population, dose=dose, unit=unit)
