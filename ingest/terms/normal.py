"""Normal forms of names: what is compared when a name is looked up or a text is matched."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["GREEK", "fold", "key", "single", "uninverted", "variants"]

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu", "σ": "sigma",
    "τ": "tau", "ω": "omega",
}  # fmt: skip
_GREEK_WORD = re.compile(r"(?<![a-z])(" + "|".join(sorted(GREEK.values())) + r")(?![a-z])")
_SPECIAL = re.compile(r"[,()\[\]/]|" + "|".join(sorted(GREEK.values())))
_LETTER = {word: letter for letter, word in GREEK.items()}
_SPACE_LIKE = "-‐‑‒–—−\u00ad\u00a0\u2009\u202f\t\n\r"
_FOLD = {ord(c): " " for c in _SPACE_LIKE} | {
    ord("’"): "'", ord("‘"): "'", ord("`"): "'", ord("µ"): "μ", ord("ς"): "σ",
}  # fmt: skip
_APART = re.compile(r"[^0-9a-z]+")
_PUNCTUATION_SPACE = re.compile(r"\s+([,()\[\]/])\s*|([,()\[\]/])\s+")


def fold(text: str) -> str:
    """Lower case, hyphens and odd spaces as spaces, without changing the length of the text."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return low.translate(_FOLD)


def key(text: str) -> str:
    """The loosest form: ASCII letters and digits only, Greek letters spelled out, plural ``s`` of a
    long last word dropped. ``TNF-α`` and ``tnf alpha`` share a key."""
    low = text.lower()
    for letter, word in GREEK.items():
        if letter in low:
            low = low.replace(letter, word)
    if not low.isascii():
        low = unicodedata.normalize("NFKD", low)
    words = _APART.sub(" ", low).split()
    if (
        words
        and len(words[-1]) > 4
        and words[-1][-1] == "s"
        and words[-1][-2:] not in ("ss", "us", "is")
    ):
        last = words[-1]
        words[-1] = last[:-3] + "y" if last.endswith("ies") else last[:-1]
    return "".join(words)


def uninverted(name: str) -> str:
    """Turn ``Diabetes Insipidus, Nephrogenic`` into ``Nephrogenic Diabetes Insipidus``."""
    if name.count(", ") == 1:
        head, tail = name.split(", ")
        if head and tail and not tail[0].isdigit():
            return f"{tail} {head}"
    return name


def single(folded: str) -> bool:
    """Whether a name is matched by one spelling only, as most are."""
    return folded[-1] not in "sy" and folded.isascii() and _SPECIAL.search(folded) is None


def variants(folded: str) -> set[str]:
    """Return the folded spellings a name is matched by: the singular (a matcher accepts a plural
    ``s`` by itself), ``-y`` and ``-ies``, Greek letters and their names."""
    found = {folded}
    if single(folded):
        return found
    if not folded.isascii():
        spelled = folded
        for letter, word in GREEK.items():
            spelled = spelled.replace(letter, word)
        found.add(spelled)
    elif _GREEK_WORD.search(folded):
        found.add(_GREEK_WORD.sub(lambda m: _LETTER[m.group(1)], folded))
    if folded[-1] in "sy":
        for form in tuple(found):
            last = form.rsplit(" ", 1)[-1]
            if len(last) < 5 or not last.isalpha():
                continue
            if last.endswith("ies"):
                found.add(form[:-3] + "y")
            elif last.endswith("y") and last[-2] not in "aeiou":
                found.add(form[:-1] + "ies")
            elif last.endswith("s") and last[-2:] not in ("ss", "us", "is", "as", "os"):
                found.add(form[:-1])
    if _PUNCTUATION_SPACE.search(folded):
        found |= {_PUNCTUATION_SPACE.sub(r"\1\2", form) for form in found}
    return found
