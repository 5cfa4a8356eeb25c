"""How like two phrases are, and whether they say a thing or its opposite.

Values of one variable are worded in many ways ("people who refuse the vaccine", "vaccine refusal",
"the person refused the vaccine"). A phrase becomes a bag of stems, each with a sign: minus behind a
negation ("not", "without", "no") or with a negating prefix of a word that the same text also uses bare.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from llm_bridge.worlds.opposites import NUMBER_BROAD, attributes, poles

__all__ = ["Bag", "affinity", "alike", "bag", "clean", "parity", "stem", "tokens"]

_STOP = """
a an the of to in on at by for from with and or as is are was were be been being am do does
did done doing have has had having who whom whose which that this these those it its they
their them he she his her him i we our you your would will could should can may might must
people person persons individual individuals someone somebody those one ones everyone case
cases there than then so such level status instead if when while s
"""
STOP = frozenset(_STOP.split())
"""words that carry no value of their own; a phrase of nothing else keeps them"""
_NEGATORS = """
not no non never without lack lacks lacking absence absent neither nor none cannot zero
"""
NEGATORS = frozenset(_NEGATORS.split())
_DENYING = """
avoid avoids avoided avoiding avoidance escape escapes escaped escaping evade evades evaded
refuse refuses refused refusing refusal reject rejects rejected rejecting rejection deny
denies denied denial decline declines declined skip skips skipped skipping miss misses
missed missing fail fails failed failing failure stop stops stopped stopping cease ceases
ceased quit quits prevent prevents prevented neglect neglects neglected omit omits omitted
abstain abstains abstained abstaining abstinence refrain refrains refrained forgo forgoes
deficiency deficient shortage loss lost loses free
"""
DENYING = frozenset(_DENYING.split())
"""words that deny what the rest of their phrase says; they stay words of their own"""
PREFIXES = ("non", "un", "in", "im", "ir", "il", "dis", "de", "mis")
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_SUFFIXES = (
    "ations", "ation", "iness", "ingly", "ments", "ment", "ances", "ance", "ences", "ence", "ities",
    "ity", "ness", "ings", "ing", "ions", "ion", "ives", "ive", "ables", "able", "ally", "ers", "er",
    "ors", "or", "ies", "ied", "als", "al", "ed", "es", "ly", "s", "e", "y",
)  # fmt: skip
_IRREGULAR = {
    "men": "man", "women": "woman", "wives": "wife", "lives": "live", "children": "child",
    "lit": "light", "lighted": "light", "paid": "pay", "ate": "eat", "eaten": "eat", "took": "take",
    "taken": "take", "drove": "drive", "driven": "drive", "rang": "ring", "rung": "ring",
    "went": "go", "gone": "go", "slept": "sleep", "drank": "drink", "drunk": "drunk",
    "blew": "blow", "blown": "blow", "wore": "wear", "worn": "wear", "grew": "grow",
    "grown": "grow", "spoke": "speak", "spoken": "speak", "left": "left", "died": "die",
    "dying": "die", "dies": "die", "death": "die", "dead": "die", "won": "win", "lost": "lose",
    "bought": "buy", "fed": "feed", "made": "make", "ran": "run", "sat": "sit", "shot": "shoot",
    "wrote": "write", "written": "write", "mice": "mouse", "feet": "foot", "teeth": "tooth",
    "admission": "admit", "admissions": "admit", "admitted": "admit", "decision": "decide",
    "knew": "know", "known": "know", "gave": "give", "given": "give", "saw": "see", "seen": "see",
    "chose": "choose", "chosen": "choose", "choice": "choose", "fell": "fall", "fallen": "fall",
    "rose": "rise", "risen": "rise", "bit": "bite", "bitten": "bite", "broke": "break",
    "broken": "break", "held": "hold", "kept": "keep", "sold": "sell", "taught": "teach",
    "caught": "catch", "swam": "swim", "sang": "sing", "woke": "wake", "awoke": "wake",
    "flew": "fly", "flown": "fly", "froze": "freeze", "frozen": "freeze", "hid": "hide",
    "hidden": "hide", "began": "begin", "begun": "begin", "came": "come", "thought": "think",
    "felt": "feel", "found": "find", "heard": "hear", "built": "build", "burnt": "burn",
    "sent": "send", "spent": "spend", "stood": "stand", "understood": "understand",
}  # fmt: skip


def clean(text: str) -> str:
    """Return the phrase in one case, without outer articles, spaces and stops."""
    text = " ".join(text.lower().replace("’", "'").split()).strip(' .,;:?!"')
    return re.sub(r"^(?:the|a|an) ", "", text)


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Return a rough stem: the same for "recover", "recovery" and "recovering"."""
    word = word.split("'")[0]
    word = _IRREGULAR.get(word, word)
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "sl":
                word = word[:-1]
            break
    return word


@lru_cache(maxsize=8192)
def tokens(text: str) -> tuple[str, ...]:
    """Return the words, contractions of "not" opened: "doesn't" gives "does", "not"."""
    text = text.lower().replace("’", "'").replace("cannot", "can not")
    text = re.sub(r"\b(\w+?)n't\b", r"\1 not", text)
    text = re.sub(r"\bout of\b", "without", text)
    return tuple(_WORD.findall(text))


@lru_cache(maxsize=65536)
def alike(a: str, b: str) -> float:
    """Return how surely two stems are of one word: 1 if equal, less for a long common start."""
    if a == b:
        return 1.0
    short, long = sorted((a, b), key=len)
    if len(short) < 4:
        return 0.0
    if long.startswith(short) and len(long) - len(short) <= 4:
        return 0.9
    same = 0
    for x, y in zip(short, long, strict=False):
        if x != y:
            break
        same += 1
    if same >= 5 and same >= len(short) - 2:
        return 0.7
    if same >= 4 and same >= len(short) - 1 and len(long) <= len(short) + 1:
        return 0.6
    return 0.0


@dataclass(frozen=True)
class Bag:
    """A phrase as stems with signs, ends of scales with signs, and whether it is negated at all."""

    text: str
    stems: tuple[tuple[str, int], ...]
    ends: tuple[tuple[int, int, str], ...]
    words: frozenset[str]
    head: str
    negated: bool


def vocabulary(texts: Iterable[str]) -> frozenset[str]:
    """Return all words used, for :func:`bag`."""
    return frozenset(w for t in texts for w in tokens(t))


def _bare(word: str, words: frozenset[str]) -> str | None:
    """The word without a negating prefix or suffix, if the text uses it bare."""
    for prefix in PREFIXES:
        rest = word[len(prefix) :]
        if word.startswith(prefix) and len(rest) >= 3:
            root = stem(rest)
            if any(alike(root, stem(w)) >= 0.7 for w in words if w != word and w[:3] == rest[:3]):
                return rest
    if word.endswith("less") and len(word) > 6:
        return word[:-4]
    return None


@lru_cache(maxsize=1)
def _scales() -> dict[str, frozenset[tuple[int, int]]]:
    """Word, and stem, -> its places on scales."""
    found: dict[str, set[tuple[int, int]]] = {}
    for word, places in poles().items():
        found.setdefault(word, set()).update(places)
        found.setdefault(stem(word), set()).update(places)
    return {word: frozenset(places) for word, places in found.items()}


@lru_cache(maxsize=16384)
def bag(text: str, words: frozenset[str] = frozenset(), denials: bool = True) -> Bag:
    """Return the phrase as a bag, judged within the vocabulary of its text.

    Args:
        text: the phrase.
        words: all words of the world's text.
        denials: whether words like "avoid" turn the sign of the others; not in names of variables.
    """
    sign, any_negation = 1, False
    stems: list[tuple[str, int]] = []
    ends: list[tuple[int, int, str]] = []
    kept: list[str] = []
    scale = _scales()
    all_words = tokens(text)
    content = [w for w in all_words if w not in STOP and w not in NEGATORS]
    denied = -1 if denials and any(w in DENYING for w in all_words) and len(content) > 1 else 1
    for word in all_words:
        if word in NEGATORS:
            sign, any_negation = -sign, True
            continue
        if word in STOP and content:
            if word in ("who", "which", "and", "or"):
                sign = 1  # the next clause starts afresh
            continue
        own = sign if word in DENYING else sign * denied
        bare = _bare(word, words)
        if bare is not None:
            own, any_negation = -own, True
            word = bare
        kept.append(word)
        stems.append((stem(word), own))
        places = {*scale.get(word, ()), *scale.get(stem(word), ())}
        ends += [(number, end * own, stem(word)) for number, end in sorted(places)]
    sides: dict[int, set[int]] = {}
    for number, end, _ in ends:
        sides.setdefault(number, set()).add(end)
    clear = dict.fromkeys(e for e in ends if len(sides[e[0]]) == 1)
    return Bag(
        text, tuple(dict.fromkeys(stems)), tuple(clear), frozenset(kept),
        stems[-1][0] if stems else "", any_negation,
    )  # fmt: skip


@lru_cache(maxsize=65536)
def parity(a: Bag, b: Bag) -> float:
    """Return how surely ``a`` says the same (plus) or the opposite (minus) of ``b``.

    Opposition outweighs what is shared: phrases for the two values of a variable share its words.
    """
    same = opposed = 0.0
    for x, sx in a.stems:
        for y, sy in b.stems:
            if like := alike(x, y):
                if sx == sy:
                    same += like
                else:
                    opposed += like
    # words that are shared have been counted; others may stand on one scale
    met = [
        (m >= NUMBER_BROAD, e * f)
        for m, e, x in a.ends
        for n, f, y in b.ends
        if m == n and not alike(x, y)
    ]
    close = any(near for near, _ in met)
    verdicts = {verdict for near, verdict in met if near == close}
    if len(verdicts) == 2 and not close:
        verdicts = set()
    if -1 in verdicts:
        opposed += 1.5
    elif 1 in verdicts:
        same += 1.0
    if opposed:
        return 0.3 * same - opposed
    return same


@lru_cache(maxsize=65536)
def affinity(a: Bag, b: Bag, part: bool = True) -> float:
    """Return how much two phrases are about one thing, whatever the signs: 0 to about 1.5.

    Args:
        part: whether being a part of the other is enough, as a variable's name is of a phrase on it.
    """
    if not a.stems or not b.stems:
        return 0.0
    total = 0.0
    for x, _ in a.stems:
        total += max(alike(x, y) for y, _ in b.stems)
    size = min(len(a.stems), len(b.stems)) if part else (len(a.stems) + len(b.stems)) / 2
    score = min(total / size, 1.0)
    if score and alike(a.head, b.head):
        score += 0.25
    if score and alike(a.stems[0][0], b.stems[0][0]):
        score += 0.15
    values = attributes()
    for one, other in ((a, b), (b, a)):
        if score < 0.7 and any(w in values and values[w] & other.words for w in one.words):
            score = max(score, 0.7)
    if score < 0.4 and {e[0] for e in a.ends} & {e[0] for e in b.ends}:
        score = 0.4
    return score
