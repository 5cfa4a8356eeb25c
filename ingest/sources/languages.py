"""Which language a text is in, as far as its source needs to know: only English is read.

A format that states the language of its *text* decides by that. Where nothing is stated, a text
whose letters or function words are clearly of another language is told apart; in doubt it counts as
English.
"""

from __future__ import annotations

import re

from graph.errors import InputError
from ingest.words import words

__all__ = ["code", "is_english", "require_english", "seems_foreign"]

_CODES = {
    "en": "eng", "de": "ger", "deu": "ger", "fr": "fre", "fra": "fre", "es": "spa", "it": "ita",
    "pt": "por", "nl": "dut", "nld": "dut", "zh": "chi", "zho": "chi", "ja": "jpn", "ru": "rus",
    "pl": "pol", "ko": "kor", "tr": "tur", "cs": "cze", "ces": "cze", "hu": "hun", "sv": "swe",
    "da": "dan", "no": "nor", "fi": "fin", "el": "gre", "ell": "gre", "uk": "ukr", "ro": "rum",
    "ron": "rum", "hr": "hrv", "ar": "ara", "he": "heb", "fa": "per", "fas": "per", "english": "eng",
    "german": "ger", "french": "fre", "spanish": "spa", "italian": "ita", "portuguese": "por",
    "chinese": "chi", "japanese": "jpn", "russian": "rus",
}  # fmt: skip

_ENGLISH = frozenset(words("the of and to with was were is are that this by from for not which as"))
_FUNCTION_WORDS = {
    "ger": "der die das und mit nicht von wurde wurden eine einer den dem bei ist auf zur durch sich",
    "fre": "le les des et une dans est sont avec par du la pour qui sur ont aux ces été chez",
    "spa": "el los las una con por del que fue fueron para y en se como es la entre sobre",
    "ita": "il gli della dei che con una nel sono per di stato alla degli e non le dal nei",
    "por": "os das uma com foi foram não em para que do da dos na no ao pela são e mais",
    "dut": "het een van en de met niet werd werden voor zijn bij dat op ook aan wordt door",
}
_OTHERS = {name: frozenset(words(text)) for name, text in _FUNCTION_WORDS.items()}
_LATIN = re.compile(r"[A-Za-z\u00aa\u00b5\u00ba-\u024f\u1e00-\u1eff]")
_WORD = re.compile(r"[^\W\d_]+")


def code(language: str) -> str:
    """Return a language in PubMed's three letters (``en-GB`` -> ``eng``); others in lower case."""
    short = re.split(r"[-_]", language.strip().casefold())[0]
    return _CODES.get(short, short)


def is_english(language: str) -> bool:
    """Whether a stated language is English or nothing is stated."""
    return code(language) in ("", "eng", "und", "mul")


def seems_foreign(text: str) -> str:
    """Return why a text is clearly not English, empty if it is or if that cannot be told."""
    sample = text[:3_000]
    if not sample.isascii():
        letters = sum(map(str.isalpha, sample))
        latin = len(_LATIN.findall(sample))
        if letters >= 40 and latin * 2 < letters:
            return "it is mostly not in Latin letters"
    found = _WORD.findall(sample.casefold())
    if len(found) < 20:
        return ""
    english = sum(map(_ENGLISH.__contains__, found))
    if english * 10 >= len(found):
        return ""
    counts = sorted((-sum(w in known for w in found), name) for name, known in _OTHERS.items())
    most, name = -counts[0][0], counts[0][1]
    if most >= 0.12 * len(found) and most > 3 * english:
        return f"its words are those of another language ({name})"
    return ""


def require_english(text: str, stated: str = "") -> str:
    """Return the language to mark a text with (``eng``, or empty if nothing is stated).

    Raises:
        InputError: if the stated language is another one, or, where none is stated, if the text is
            clearly in another one.
    """
    if stated.strip() and not is_english(stated):
        raise InputError(f"the text is in another language ({stated.strip()[:20]})", hint=_HINT)
    if not stated.strip() and (why := seems_foreign(text)):
        raise InputError(f"the text is in another language: {why}", hint=_HINT)
    return code(stated)


_HINT = "Only English is read."
