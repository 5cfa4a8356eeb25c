"""Genes: which species a mention is about, and which gene its name means."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.linkers.candidates import Names

__all__ = ["HUMAN", "GeneLink", "SpeciesReader", "choose_gene"]

HUMAN = "ncbitaxon:9606"
_WORDS = {
    HUMAN: r"humans?|patients?|wom[ae]n|m[ae]n|children|child|subjects|volunteers|participants|persons?"
    r"|people|infants?|individuals|boys?|girls?|proband|famil(?:y|ies)|cases|HEK293|HeLa",
    "ncbitaxon:10090": r"mouse|mice|murine|C57BL/6J?|BALB/c",
    "ncbitaxon:10116": r"rats?|Wistar|Sprague[- ]Dawley",
    "ncbitaxon:7955": r"zebrafish|danio rerio",
    "ncbitaxon:7227": r"drosophila|fruit fl(?:y|ies)",
    "ncbitaxon:6239": r"caenorhabditis elegans|c\. elegans",
    "ncbitaxon:4932": r"saccharomyces cerevisiae|s\. cerevisiae|budding yeast|yeast",
    "ncbitaxon:562": r"escherichia coli|e\. coli",
    "ncbitaxon:9031": r"chickens?|chicks?",
    "ncbitaxon:9913": r"bovine|cattle|cows?",
    "ncbitaxon:9823": r"pigs?|porcine|swine|minipigs?",
    "ncbitaxon:9986": r"rabbits?",
    "ncbitaxon:9615": r"dogs?|canine",
    "ncbitaxon:10029": r"CHO cells|chinese hamsters?",
    "ncbitaxon:8355": r"xenopus(?: laevis)?",
    "ncbitaxon:3702": r"arabidopsis(?: thaliana)?",
}
_PATTERN = re.compile(
    r"\b(?:" + "|".join(f"(?P<s{n}>{words})" for n, words in enumerate(_WORDS.values())) + r")\b",
    re.IGNORECASE,
)
_TAXA = tuple(_WORDS)
_RODENTS = ("ncbitaxon:10090", "ncbitaxon:10116")
_STOP = re.compile(r"[.!?](?=\s+[A-Z])|\n")


class SpeciesReader:
    """The organisms that a document names.

    Args:
        text: the document's.
    """

    def __init__(self, text: str) -> None:
        self._found = [(m.start(), _TAXA[int(m.lastgroup[1:])]) for m in _PATTERN.finditer(text) if m.lastgroup]  # fmt: skip
        self._counts = Counter(taxon for _, taxon in self._found)
        self._stops = [m.end() for m in _STOP.finditer(text)] if self._found else []

    def at(self, start: int, name: str) -> str:
        """Return the species that a gene named at an offset belongs to: the nearest one named before it
        or else after it in its sentence; else the one that the document names most; human if none.

        A name in capitals (``TNF``) is human where the document names humans at all, and one with only
        its first letter a capital (``Tnf``) a rodent's where it names rodents.
        """
        if not self._found:
            return HUMAN
        letters = [c for c in name if c.isalpha()]
        if len(letters) > 2 and name[0].isupper():
            if all(map(str.isupper, letters)) and HUMAN in self._counts:
                return HUMAN
            if all(map(str.islower, letters[1:])) and any(c.isdigit() for c in name):
                rodents = [t for t in _RODENTS if t in self._counts]
                if rodents:
                    return max(rodents, key=lambda t: (self._counts[t], t))
        low = max((s for s in self._stops if s <= start), default=0)
        high = min((s for s in self._stops if s > start), default=1 << 60)
        near = [(o, t) for o, t in self._found if low <= o < high]
        if near:
            before = [(o, t) for o, t in near if o <= start]
            return before[-1][1] if before else near[0][1]
        return min(self._counts, key=lambda t: (-self._counts[t], t != HUMAN, t))


@dataclass(frozen=True, slots=True)
class GeneLink:
    """An entity and how it was chosen (a key of the measured rates)."""

    id: str
    how: str


def choose_gene(names: Names, forms: Sequence[str], species: str) -> GeneLink | None:
    """Return what a gene's name means in a species: what annotators meant by it in such a species, else
    the human gene with that symbol or synonym (of several, the one that is written so), else the first
    of several, else what annotators meant by it in other species.

    Args:
        names: the names of genes.
        forms: the text and what it stands for, the more certain one first.
        species: the organism it belongs to.
    """
    where = "human" if species == HUMAN else "other"
    several: GeneLink | None = None
    elsewhere: GeneLink | None = None
    for form in forms:
        exact = names.exact(form)
        learned = [(share, id) for level, id, share in exact if level == 0]
        fitting = [(s, id) for s, id in learned if id.startswith("ncbigene:") == (where == "other")]
        if fitting:
            share, id = max(fitting)
            return GeneLink(id, f"gene/{where}/learned{'' if share > 0.9 else ' in part'}")
        if learned and elsewhere is None:
            elsewhere = GeneLink(max(learned)[1], f"gene/{where}/learned elsewhere")
        found = sorted((level, -share, id) for level, id, share in exact if level in (2, 3))
        if found:
            kind = {2: "symbol", 3: "synonym"}[found[0][0]]
            written = names.written(form)
            if found[0][1] != -1 and len(same := [id for _, _, id in found if id in written]) == 1:
                return GeneLink(same[0], f"gene/{where}/{kind} as written")
            if found[0][1] == -1:
                return GeneLink(found[0][2], f"gene/{where}/{kind}")
            several = several or GeneLink(found[0][2], f"gene/{where}/{kind} of several")
    return several or elsewhere
