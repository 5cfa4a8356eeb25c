"""Mentions of sequence variants in HGVS form: ``V600E``, ``Val600Glu`` and ``p.V600E`` are one variant.

The forms follow the HGVS nomenclature (den Dunnen et al. 2016, Human Mutation 37:564): three-letter
amino acids, ``Ter`` for a stop, ``fs`` for a frame shift, ``c.`` for coding and ``g.`` for genomic
positions. Intron positions of the old kind (``IVS1+1G>A``) stay as written behind ``c.``, since their
number in the coding sequence cannot be known from the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Variant", "parse_variant"]

_ACIDS = {
    "A": ("Ala", "alanine"), "R": ("Arg", "arginine"), "N": ("Asn", "asparagine"),
    "D": ("Asp", "aspartic acid|aspartate"), "C": ("Cys", "cysteine|cystine"), "E": ("Glu", "glutamic acid|glutamate"),
    "Q": ("Gln", "glutamine"), "G": ("Gly", "glycine"), "H": ("His", "histidine"), "I": ("Ile", "isoleucine"),
    "L": ("Leu", "leucine"), "K": ("Lys", "lysine"), "M": ("Met", "methionine"), "F": ("Phe", "phenylalanine"),
    "P": ("Pro", "proline"), "S": ("Ser", "serine"), "T": ("Thr", "threonine"), "W": ("Trp", "tryptophan"),
    "Y": ("Tyr", "tyrosine"), "V": ("Val", "valine"), "U": ("Sec", "selenocysteine"),
}  # fmt: skip
_STOP = "Ter"
_LETTER: dict[str, str] = {"x": _STOP, "*": _STOP, "ter": _STOP, "stop": _STOP, "term": _STOP, "amber": _STOP, "ochre": _STOP, "opal": _STOP}  # fmt: skip
for _one, (_three, _words) in _ACIDS.items():
    _LETTER[_one.lower()] = _LETTER[_three.lower()] = _three
    for _word in _words.split("|"):
        _LETTER[_word] = _three
_ONE = {three: one for one, (three, _) in _ACIDS.items()} | {_STOP: "X"}
_BASES = {
    "adenine": "A", "adenosine": "A", "cytosine": "C", "cytidine": "C", "guanine": "G", "guanosine": "G",
    "thymine": "T", "thymidine": "T", "uracil": "U", "a": "A", "c": "C", "g": "G", "t": "T", "u": "U",
}  # fmt: skip

_THREE = "|".join(three for three, _ in _ACIDS.values())
_FULL = "|".join(w for _, names in _ACIDS.values() for w in names.split("|"))
_AA = rf"(?:{_THREE}|{_FULL})"
_AA1 = "[ARNDCEQGHILKMFPSTWYVU]"
_END = r"(?:[X*]|Ter(?:m)?|stop)"
_ARROW = r"(?:-{0,2}>|→|/|=>|--?>)"
_POS = r"(?:[-*+]?\d+(?:[-+]\d+)?)"
_RSID = re.compile(r"\b(?:rs|ss)\s?#?:?\s?(\d{2,})\b", re.IGNORECASE)

_P_SUB1 = re.compile(rf"(?:p\.\s*)?\(?({_AA1})\s?-?(\d+)\s?-?({_AA1}|{_END}|=)\)?")
_P_SUB3 = re.compile(
    rf"(?:p\.\s*)?\(?({_AA}|{_AA1}|{_END})[\s-]*\(?(\d+)\)?[\s-]*{_ARROW}?\s*({_AA}|{_AA1}|{_END}|=)\)?",
    re.IGNORECASE,
)
_P_ARROW = re.compile(
    rf"(?:p\.\s*)?({_AA})\s*(?:{_ARROW}|to|by|for)\s*({_AA}|{_END})(?:\s+(?:substitution|change|mutation))?"
    r"[\s,]*(?:at|in)?\s*(?:amino acid|codon|position|residue)?(?:\s*(?:position|residue))?\s*(\d+)",
    re.IGNORECASE,
)
_P_WORDS = re.compile(
    rf"({_AA})[\s-]*(\d+)\s*(?:{_ARROW}|to|by|with|into)\s*(?:an?\s+)?({_AA}|{_END})", re.IGNORECASE
)
_P_FS = re.compile(
    rf"(?:p\.\s*)?\(?({_AA}|{_AA1})\s?(\d+)\s?({_AA}|{_AA1})?\s?fs(?:\s?{_END}?\s?(\d+|\?))?\)?",
    re.IGNORECASE,
)
_P_DEL = re.compile(
    rf"(p\.\s*)?\(?({_AA}|{_AA1})\s?(\d+)(?:\s?[_-]\s?({_AA}|{_AA1})?(\d+))?\s?(del|dup|delins|ins)"
    rf"(?:\s?((?:{_THREE})+|{_AA1}+))?\)?",
    re.IGNORECASE,
)
_DELTA = re.compile(
    rf"(?:del(?:ta)?|Δ|∆)[\s-]?({_AA}|{_AA1})[\s-]?(\d+)", re.IGNORECASE
)  # delta F508
_N_SUB = re.compile(
    rf"(?:([cgmnr])\.\s*)?\(?({_POS})\s?([ACGTU])\s?{_ARROW}\s?([ACGTU])\)?", re.IGNORECASE
)
_N_SUB2 = re.compile(
    rf"(?:([cgmnr])\.\s*)?([ACGTU])[\s(]?({_POS})[\s)]?{_ARROW}?\s?([ACGTU])", re.IGNORECASE
)
_IVS = re.compile(
    rf"(?:c\.\s*)?IVS\s?-?(\d+)\s*([-+]\s?\d+)\s?([ACGTU])\s?{_ARROW}\s?([ACGTU])", re.IGNORECASE
)
_N_EDIT = re.compile(
    rf"(?:([cgmnr])\.\s*)?\(?({_POS})(?:\s?[_/-]\s?({_POS}))?\s?"
    r"(delins|indel|del|ins|dup)\s?([ACGTU]+|\d+)?(?:\s?ins\s?([ACGTU]+))?\)?",
    re.IGNORECASE,
)
_WORDY_N = re.compile(
    r"(adenine|adenosine|cytosine|cytidine|guanine|guanosine|thymine|thymidine)\s*(?:to|for|->)\s*"
    r"(adenine|adenosine|cytosine|cytidine|guanine|guanosine|thymine|thymidine)"
    r"(?:\s+(?:substitution|mutation|transition|transversion|change))?\s*(?:at|in)?\s*"
    r"(?:nucleotide|position|base)?(?:\s*position)?\s*(-?\d+)",
    re.IGNORECASE,
)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-") | {"＞": ">", "➔": ">", "⁎": "*", "∗": "*"})
_CODING_FROM = 200
"""a substitution among A, C, G, T without a prefix (``C677T``) is one of nucleotides from this position"""


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant. ``level`` is ``p``, ``c``, ``g``, ``m``, ``n``, ``r`` or ``rs``; ``kind`` one of
    ``SUB``, ``DEL``, ``INS``, ``DUP``, ``INDEL``, ``FS`` and ``ID``; amino acids have three letters;
    ``certain`` is false where the text does not say whether it means nucleotides or amino acids."""

    level: str
    kind: str
    reference: str
    position: str
    change: str
    extra: str = ""
    certain: bool = True

    @property
    def hgvs(self) -> str:
        """The variant in HGVS form, without a reference sequence; for an rs number that number."""
        if self.kind == "ID":
            return self.change
        head = f"{self.level}."
        if self.kind == "SUB":
            if self.level == "p":
                change = "=" if self.change == self.reference else self.change
                return f"{head}{self.reference}{self.position}{change}"
            return f"{head}{self.position}{self.reference}>{self.change}"
        if self.kind == "FS":
            change = self.change if self.extra else ""
            end = f"Ter{self.extra}" if self.extra else ""
            return f"{head}{self.reference}{self.position}{change}fs{end}"
        name = {"DEL": "del", "INS": "ins", "DUP": "dup", "INDEL": "delins"}[self.kind]
        change = self.change if self.kind in ("INS", "INDEL") else ""
        return f"{head}{self._place}{name}{change}"

    @property
    def _place(self) -> str:
        first, _, last = self.position.partition("_")
        if self.level != "p":
            return self.position
        ends = [*self.reference.split("_"), ""][:2]
        return f"{ends[0]}{first}" + (f"_{ends[1]}{last}" if last else "")

    @property
    def bars(self) -> str:
        """The form that PubTator files use: ``p|SUB|V|600|E``; an rs number as it is."""
        if self.kind == "ID":
            return self.change
        one = [_ONE.get(a, a) for a in (self.reference.partition("_")[0], self.change)]
        if self.kind == "SUB":
            return f"{self.level}|SUB|{one[0]}|{self.position}|{one[1]}"
        if self.kind == "FS":
            return f"{self.level}|FS|{one[0]}|{self.position}|{one[1]}|{self.extra}"
        change = self.change or (one[0] if self.level == "p" and self.kind == "DEL" else "")
        return f"{self.level}|{self.kind}|{self.position}|{change or self.extra}"


def _acid(text: str) -> str:
    return _LETTER.get(text.lower(), "") if text != "=" else "="


def _acids(text: str) -> str:
    """Several amino acids in three letters."""
    if re.fullmatch(f"(?:{_THREE})+", text, re.IGNORECASE) and len(text) % 3 == 0:
        return "".join(_acid(text[i : i + 3]) for i in range(0, len(text), 3))
    return "".join(_acid(c) for c in text)


def _substitution(first: str, position: str, second: str, *, certain: bool = True) -> Variant:
    before, after = _acid(first), _acid(second)
    return Variant("p", "SUB", before, position, before if after == "=" else after, "", certain)


def parse_variant(text: str) -> Variant | None:
    """Return the one variant that a text names, None if it names none or is of no known form.

    A lone substitution among the letters A, C, G and T is read as one of amino acids below position
    200 and as one of nucleotides above, and marked as not certain.
    """
    text = text.translate(_DASHES).strip()
    if not 2 < len(text) <= 200:
        return None
    found = _RSID.search(text)
    if found:
        return Variant("rs", "ID", "", "", f"rs{found.group(1)}")
    for read in (_nucleotide, _protein):
        variant = read(text)
        if variant is not None:
            return variant
    return None


def _nucleotide(text: str) -> Variant | None:
    found = _IVS.fullmatch(text)
    if found:
        place = f"IVS{found[1]}{found[2].replace(' ', '')}"
        return Variant("c", "SUB", _BASES[found[3].lower()], place, _BASES[found[4].lower()])
    found = _N_SUB.fullmatch(text)
    if found:
        level = (found[1] or "c").lower()
        return Variant(level, "SUB", found[3].upper(), found[2].lstrip("+"), found[4].upper())
    found = _WORDY_N.search(text)
    if found:
        return Variant("c", "SUB", _BASES[found[1].lower()], found[3], _BASES[found[2].lower()])
    found = _N_SUB2.fullmatch(text)
    if found:
        level, position = found[1], found[3]
        marked = level or not position.isdecimal() or re.search(r"[>→/]", text)
        if marked or int(position) >= _CODING_FROM:
            if text != text.upper() and not level:
                return None
            return Variant(
                (level or "c").lower(), "SUB", found[2].upper(), position.lstrip("+"),
                found[4].upper(), "", bool(marked),
            )  # fmt: skip
        return None
    found = _N_EDIT.fullmatch(text)
    if found:
        return _edit(found)
    return None


def _edit(found: re.Match[str]) -> Variant | None:
    level = (found[1] or "c").lower()
    first, last, name = found[2].lstrip("+"), found[3] or "", found[4].lower()
    what, put = (found[5] or "").upper(), (found[6] or "").upper()
    if last and first.isdecimal() and last.isdecimal() and int(last) <= int(first):
        if len(last) >= len(first):
            return None  # not a range
        last = first[: -len(last)] + last  # 1023-5 for 1023-1025
        if int(last) <= int(first):
            return None
    if what.isdecimal():
        if name not in ("del", "dup"):
            return None
        if not last and first.isdecimal() and int(what) > 1:
            last = str(int(first) + int(what) - 1)
        what = ""
    kind = {"del": "DEL", "ins": "INS", "dup": "DUP", "delins": "INDEL", "indel": "INDEL"}[name]
    if put:
        kind, what = "INDEL", put
    if kind in ("INS", "INDEL") and not what:
        return None
    place = f"{first}_{last}" if last else first
    if kind == "INS" and not last and first.isdecimal():
        place = f"{first}_{int(first) + 1}"
    if kind == "DEL" and not last and len(what) > 1 and first.isdecimal():
        place = f"{first}_{int(first) + len(what) - 1}"
    return Variant(level, kind, "", place, what)


def _protein(text: str) -> Variant | None:
    found = _P_FS.fullmatch(text)
    if found:
        change = _acid(found[3]) if found[3] else ""
        extra = found[4] or ""
        return Variant("p", "FS", _acid(found[1]), found[2], change, extra)
    found = _P_DEL.fullmatch(text)
    if found:
        return _protein_edit(found)
    found = _DELTA.fullmatch(text)
    if found:
        return Variant("p", "DEL", _acid(found[1]), found[2], "")
    found = _P_SUB1.fullmatch(text)
    if found:
        bases = all(found[n] in "ACGT" for n in (1, 3)) and not text.startswith("p.")
        return _substitution(found[1], found[2], found[3], certain=not bases)
    found = _P_SUB3.fullmatch(text)
    if found and (found[1][0].isupper() or len(found[1]) > 3):
        if len(found[1]) == 1 and len(found[3]) == 1 and not (found[1] + found[3]).isupper():
            return None
        return _substitution(found[1], found[2], found[3])
    found = _P_WORDS.search(text)
    if found:
        return _substitution(found[1], found[2], found[3])
    found = _P_ARROW.search(text)
    if found:
        return _substitution(found[1], found[3], found[2])
    return None


def _protein_edit(found: re.Match[str]) -> Variant | None:
    name = found[6].lower()
    kind = {"del": "DEL", "dup": "DUP", "ins": "INS", "delins": "INDEL"}[name]
    change = _acids(found[7]) if found[7] else ""
    if kind in ("INS", "INDEL") and not change:
        return None
    if not found[1] and len(found[2]) == 1 and not found[2].isupper():
        return None
    position, reference = found[3], _acid(found[2])
    if found[5]:
        if int(found[5]) <= int(found[3]):
            return None
        position = f"{position}_{found[5]}"
        reference = f"{reference}_{_acid(found[4]) if found[4] else ''}"
    return Variant("p", kind, reference, position, change if kind in ("INS", "INDEL") else "")
