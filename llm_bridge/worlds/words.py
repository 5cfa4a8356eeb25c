"""How like two phrases are, and whether they say a thing or its opposite.

Values of one variable are worded in many ways ("people who refuse the vaccine", "vaccine refusal",
"the person refused the vaccine"). A phrase becomes a bag of stems, each with a sign: minus behind a
negation ("not", "without", "no") or with a negating prefix of a word that the same text also uses bare.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from llm_bridge.worlds.opposites import NUMBER_BROAD, attributes, poles

__all__ = [
    "Bag",
    "affinity",
    "alike",
    "bag",
    "clean",
    "parity",
    "stem",
    "tokens",
    "vocabulary",
    "without",
]

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
not no non nobody never without lack lacks lacking absence absent neither nor none cannot zero
hardly barely scarcely
"""
NEGATORS = frozenset(_NEGATORS.split())
# words that deny what the rest of their phrase says; they stay words of their own
_DENYING = """
avoid avoids avoided avoiding avoidance escape escapes escaped escaping evade evades evaded
refuse refuses refused refusing refusal reject rejects rejected rejecting rejection deny
denies denied denial decline declines declined skip skips skipped skipping miss misses
missed missing fail fails failed failing failure stop stops stopped stopping cease ceases
ceased quit quits prevent prevents prevented neglect neglects neglected omit omits omitted
abstain abstains abstained abstaining abstinence refrain refrains refrained forgo forgoes
deficiency deficient shortage loss lost loses free freedom
"""
# verbs that join a value to its owner and tell little by themselves
_LIGHT = """
go get make live stay remain become come put keep show undergo wear use take receive earn feel find turn
lie sit stand stop start hold happen occur belong own possess consume apply eat drink give
suffer exist exhibit display experience develop contain include find behave
"""
_TURNS = frozenset(
    "who that which whose where when with without is are was were has have had does do".split()
)
PREFIXES = ("non", "un", "in", "im", "ir", "il", "dis", "de", "mis")
_TURNING = (
    *PREFIXES,
    "anti",
    "hyper",
    "hypo",
    "normo",
    "over",
    "under",
    "pre",
    "post",
    "counter",
    "re",
)
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_COMPARED = (
    (re.compile(r"\bat least\b|\b(?:more|greater|higher|larger|longer) than\b|\bno (?:less|fewer) than\b|\bor more\b"), "above"),
    (re.compile(r"\bat most\b|\b(?:less|fewer|lower|smaller|shorter) than\b|\bup to\b|\bor (?:less|fewer)\b"), "below"),
)  # fmt: skip
_SUFFIXES = (
    "iously", "ously", "ically", "fully", "ations", "ation", "iness", "ingly", "ments", "ment", "ances", "ance", "ences", "ence", "ities",
    "ity", "ness", "ings", "ing", "ions", "ion", "ives", "ive", "ables", "able", "ally", "ers", "er",
    "ors", "or", "ious", "eous", "ous", "iety", "ful", "ies", "ied", "als", "al", "ed", "es", "ly", "s", "e", "y",
)  # fmt: skip
_OUTER = ("iously", "ously", "ically", "fully", "ous", "ful", "ly", "iness", "ness")
# British and American spellings as one
_SPELLINGS = (
    (re.compile(r"(?<=[a-z]{3})our"), "or"),
    (re.compile(r"[ao]e(?=[a-z]{2})"), "e"),
    (re.compile(r"(?<=[a-z]{3})is(?=e[sdr]?$|ing$|ations?$)"), "iz"),
)
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
    for pattern, other in _SPELLINGS:
        word = pattern.sub(other, word)
    word, suffix = _stripped(word)
    return _stripped(word)[0] if suffix in _OUTER else word


def _stripped(word: str) -> tuple[str, str]:
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "sl":
                word = word[:-1]
            return word, suffix
    return word, ""


LIGHT = frozenset(stem(w) for w in _LIGHT.split())
GENERIC = frozenset(
    stem(w)
    for w in "condition type kind quality size amount state choice use volume policy situation".split()
)
"""stems in names of variables that say of what sort, not of what"""
_DENYING_STEMS = frozenset(stem(w) for w in _DENYING.split())


@lru_cache(maxsize=8192)
def tokens(text: str) -> tuple[str, ...]:
    """Return the words, contractions of "not" opened: "doesn't" gives "does", "not"."""
    text = text.lower().replace("’", "'").replace("cannot", "can not")
    text = re.sub(r"\b(\w+?)n't\b", r"\1 not", text)
    text = re.sub(r"\bout of\b", "without", text)
    text = re.sub(r"\b(?:no|not) more than\b", "at most", text)
    for pattern, word in _COMPARED:
        text = pattern.sub(word, text)
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
    # compounds: "outbreak" and "break"; not with a prefix that turns or measures
    if long.endswith(short) and len(short) >= 4 and not long.startswith(_TURNING):
        return 0.8
    same = 0
    for x, y in zip(short, long, strict=False):
        if x != y:
            break
        same += 1
    if same >= 5 and same >= len(short) - 2:
        return 0.7
    if same >= 4 and same == len(short) - 1 and len(long) == len(short):
        return 0.6
    return 0.0


UNLIKE = 0.6
"""how surely two phrases of one variable without a telling word in common are of its two values"""


@dataclass(frozen=True)
class Bag:
    """A phrase as stems with signs, ends of scales with signs, and whether it is negated at all.

    ``denies`` are its words like "avoid", ``doing`` its first word in -ing, ``owner`` the stems of whom or
    what it is about ("the soil is sandy", "babies who sleep"); all as stems.
    """

    text: str
    stems: tuple[tuple[str, int], ...]
    ends: tuple[tuple[int, int, str], ...]
    words: frozenset[str]
    head: str
    negated: bool
    denies: frozenset[str] = frozenset()
    doing: str = ""
    owner: frozenset[str] = frozenset()


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
    denied = (
        -1
        if denials and any(stem(w) in _DENYING_STEMS for w in all_words) and len(content) > 1
        else 1
    )
    for word in all_words:
        if word in NEGATORS:
            sign, any_negation = -sign, True
            continue
        if word in STOP and content:
            if word in ("who", "which", "and", "or"):
                sign = 1  # the next clause starts afresh
            continue
        own = sign if stem(word) in _DENYING_STEMS else sign * denied
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
        frozenset(stem(w) for w in kept) & _DENYING_STEMS,
        next((stem(w) for w in kept if len(w) > 5 and w.endswith("ing")), ""), _owner(all_words),
    )  # fmt: skip


def _owner(words: Sequence[str]) -> frozenset[str]:
    """Stems before the first relative pronoun, auxiliary or light verb, if something follows it."""
    at = next((i for i, w in enumerate(words) if w in _TURNS or stem(w) in LIGHT), 0)
    return frozenset(stem(w) for w in words[:at]) if at < len(words) - 1 else frozenset()


def without(of: Bag, stems: frozenset[str]) -> Bag:
    """Return the phrase less some stems; unchanged if nothing would be left."""
    kept = tuple(s for s in of.stems if s[0] not in stems)
    if not kept or len(kept) == len(of.stems):
        return of
    return replace(of, stems=kept, head=kept[-1][0])


@lru_cache(maxsize=65536)
def parity(a: Bag, b: Bag, weak: frozenset[str] | None = None, whole: bool = False) -> float:
    """Return how surely ``a`` says the same (plus) or the opposite (minus) of ``b``.

    Opposition outweighs what is shared: phrases for the two values of a variable share its words. Two
    wordings of one value nearly always share a word, so that phrases with nothing telling in common are
    likely opposites ("an irritable mood", "the person is cheerful") where ``weak`` is given.

    Args:
        a, b: the phrases.
        weak: stems that both values share, as those of the variable's name.
        whole: whether wordings of one value would share all telling words, as an event and its clause do.
    """
    same = opposed = strong = 0.0
    told = weak or frozenset()
    told |= a.owner | b.owner
    # "free of" denies as "lacking" does
    met: set[str] = set(a.denies | b.denies) if a.denies and b.denies else set()
    for x, sx in a.stems:
        for y, sy in b.stems:
            if like := alike(x, y):
                if sx == sy:
                    same += like
                    strong += like * (x not in told and x not in LIGHT)
                else:
                    opposed += like
                met |= {x, y}
    # words that are shared have been counted; others may stand on one scale
    near = [
        (m >= NUMBER_BROAD, e * f, {x, y})
        for m, e, x in a.ends
        for n, f, y in b.ends
        if m == n and not alike(x, y)
    ]
    close = any(n for n, _, _ in near)
    verdicts = {verdict for n, verdict, _ in near if n == close}
    if len(verdicts) == 2 and not close:
        verdicts = set()
    if -1 in verdicts:
        opposed += 1.5
    elif 1 in verdicts:
        same, strong = same + 1.0, strong + 1.0
        met = met.union(*(words for _, _, words in near))
    if opposed:
        return 0.3 * same - opposed
    if weak is None:
        return same
    left = [{s for s, _ in one.stems} - met - one.owner for one in (a, b)]
    telling = [words - LIGHT for words in left]
    # a light verb tells by itself at the end ("the bridge holds")
    ends = [
        words | ({one.head} & rest) for words, rest, one in zip(telling, left, (a, b), strict=True)
    ]
    # a value may be worded by its variable's name alone
    unlike = all(words - told or words for words in ends) and any(telling)
    if not strong:
        return -UNLIKE if unlike else same
    if not (_done_alike(a, b) and _done_alike(b, a)):
        return 0.3 * same - 1.0
    return -UNLIKE if whole and unlike else same


def _done_alike(a: Bag, b: Bag) -> bool:
    """Whether what ``a`` says is done ("evading the reef") is done in ``b`` too ("hits the reef")."""
    if not a.doing or a.doing in LIGHT or len(a.stems) < 2:
        return True
    return any(alike(a.doing, s) for s, _ in b.stems) or bool(
        {e[:2] for e in a.ends} & {e[:2] for e in b.ends}
    )


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
    if score:
        score += 0.25 * alike(a.head, b.head) + 0.15 * alike(a.stems[0][0], b.stems[0][0])
    values = attributes()
    for one, other in ((a, b), (b, a)):
        if score < 0.7 and any(w in values and values[w] & other.words for w in one.words):
            score = max(score, 0.7)
    if score < 0.4 and {e[0] for e in a.ends} & {e[0] for e in b.ends}:
        score = 0.4
    return score
