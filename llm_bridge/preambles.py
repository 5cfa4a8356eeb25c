"""What stands before or beside a question, and what a question leaves to what stands before it.

"My aunt swears that X cures Y.", "TLR4 blockade: what would that do to Y", "X raises Y, true?",
", which is an antibiotic,": preambles, topics, tags and asides are taken off the tokens or put where
the question needs them. Nothing that names an entity is lost.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from llm_bridge.patterns import Token, words_of
from llm_bridge.places import SPECIES, person, somebody

__all__ = [
    "OPENS",
    "SPEAKER",
    "among",
    "bracketed",
    "compared",
    "for_whom",
    "last_question",
    "reported",
    "strong_turn",
    "tagged",
    "topic",
    "without_greeting",
]


OPENS = words_of(
    "what which who whom whose why how when where does do did is are was were can could will would may "
    "might should must shall has have had ought whether if through via by with on in under to for at "
    "among between from within suppose given"
)
_PLACES = words_of(
    "in among for within under with after if when during given following without had suppose but"
)
_AUXILIARIES = words_of("does do did is are was were can could will would may might should must")
SPEAKER = words_of(
    "sorry apologies forgive my our i i'm i've we we're doctor hello hi hey dear he she his her the a this"
)
_TURNS = (":", ";", ".", " - ", " – ", " — ", ",", "?", "!")


_GREETING = re.compile(
    r"\s*(?:(?:hi|hello|hey|greetings|dear \w+|good (?:morning|afternoon|evening|day))(?: (?:there|all|everyone|team|doctor))?"
    r"|(?:a )?(?:quick|silly|dumb|short|simple|further|last|one|another|stupid) (?:question|one|query)|question|sorry to (?:bother|trouble) you"
    r"|sorry to ask|sorry|excuse me|so|ok|okay|well|now|please|in your (?:opinion|view)|just (?:wondering|curious)|out of curiosity"
    r"|thanks in advance|one more thing"
    r"|(?:according to|based on|given|from) (?:the )?(?:current |available |published )?(?:literature|evidence|graph|data))\s*[,.!:;\u2013\u2014-]+\s*(?:but\s+(?!for\b))?(?=\w)",
    re.I,
)
_THANKS = re.compile(
    r"[\s,.;!?\u2013\u2014-]+(?:please|thanks(?: a lot| in advance| so much)?|thank you(?: very much| in advance)?|cheers|many thanks)"
    r"\s*[.!?]*\s*$",
    re.I,
)


_SPOKEN = re.compile(r"\s*([^:.;!?\u2013\u2014]{3,60}?)\s*(?:[:.;!\u2013\u2014]|\s-\s)\s*(?=\w)")
_SPEECH = words_of(
    "could can would will you we i me my us tell this that have has had a an the question one quick please to ask asked asks asking "
    "about for thesis exam essay homework class course presentation professor teacher supervisor boss friend colleague student "
    "was is just wondering know like need want here it's i'm been something following help with got explain answer"
)


def _spoken(text: str) -> re.Match[str] | None:
    """A first sentence of the speaker's own: "I have a question.", "For my thesis:"."""
    found = _SPOKEN.match(text)
    words = found[1].casefold().replace("\u2019", "'").split() if found else []
    return found if len(words) > 1 and set(words) <= _SPEECH else None


def without_greeting(question: str) -> str:
    """Return the text of a question without "Hi!", "Quick question:" and "Thanks!" around it."""
    text = question
    while (found := _GREETING.match(text) or _spoken(text)) and len(text) - found.end() > 8:
        text = text[found.end() :]
    ending = _THANKS.search(text)
    if ending and ending.start() > 8:
        text = text[: ending.start()] + ("?" if "?" in ending.group() else "")
    return text


def for_whom(question: str, tokens: list[Token]) -> list[Token]:
    """ "X effect on Y, children" as "... in children"."""
    for k in range(max(3, len(tokens) - 3), len(tokens)):
        last = tokens[-1].low
        if "," in question[tokens[k - 1].end : tokens[k].start] and (
            person(last) or last in SPECIES
        ):
            inside = {t.low for t in tokens[k:]}
            if not inside & (OPENS | _AUXILIARIES | {"and", "or"}):
                return [*tokens[:k], Token("in", tokens[k].start, tokens[k].start), *tokens[k:]]
    return tokens


_BRACKETS = (
    words_of("which who"),
    words_of("is are was were being a an the also"),
    {
        ("apart", "from"),
        ("other", "than"),
        ("aside", "from"),
        ("except", "for"),
        ("leaving", "aside"),
    },
    words_of("besides excluding except barring beyond"),
)


def bracketed(question: str, tokens: list[Token]) -> list[Token]:
    """Take ", which is a P-gp inhibitor," and ", apart from Z," out of a sentence."""

    def cut(k: int) -> bool:
        return "," in question[tokens[k - 1].end : tokens[k].start]

    opens, linking, pairs, single = _BRACKETS
    for k in range(1, len(tokens) - 3):
        low, after = tokens[k].low, tokens[k + 1].low
        asked = low in opens and k > 2 and tokens[0].low in _AUXILIARIES | {"how", "what"}
        if not cut(k) or not (
            asked or (low in opens and after in linking) or (low, after) in pairs or low in single
        ):
            continue
        end = next((j for j in range(k + 2, len(tokens)) if cut(j)), None)
        if end is not None and end - k < 12 and k < 8 and end < len(tokens) - 1:
            return [*tokens[:k], *tokens[end:]]
    return tokens


def topic(question: str, tokens: list[Token]) -> list[Token]:
    """ "TLR4 blockade: what would that do to Y" as "what would TLR4 blockade do to Y"."""
    start = 0
    while start < len(tokens) - 3 and tokens[start].low in _ABOUT:
        start += 1
    for k in range(start + 1, min(len(tokens) - 2, start + 8)):
        if tokens[k - 1].low in (OPENS - _PREPOSED) | _BREAKS:
            return tokens
        between = question[tokens[k - 1].end : tokens[k].start]
        if tokens[k].low not in OPENS or not any(c in between for c in ",:;-–—.?!"):
            continue
        if tokens[start].low in _TELLERS | _OWNING or somebody(tokens[start].low):
            verbs = [j for j in range(start + 1, k - 1) if tokens[j].low in _TAKING]
            if not verbs:
                return tokens
            start = verbs[-1] + 1  # "Grandma takes digoxin."
        for j in range(k + 1, min(len(tokens), k + 5)):
            if (
                tokens[j].low in {"it", "that", "this", "they", "those", "these"}
                and tokens[j - 1].low in _AUXILIARIES
            ):
                return [*tokens[k:j], *tokens[start:k], *tokens[j + 1 :]]
        return tokens
    return tokens


_TAG = words_of(
    "true real really right correct does is do it fact myth legit so truth anything agree can possible plausible proven yes no not "
    "or they that this there to in any merit substance a just false did has have are actually genuine nonsense rubbish valid well "
    "supported evidence-based established known work works help helps effective good worth use any useful what you think your opinion view of about be could would might would bogus hype"
)
_SAYS = words_of(
    "work works help helps effective useful true real really right correct does is do it fact myth legit truth agree can possible plausible proven genuine nonsense "
    "rubbish valid bogus think"
)
_WORKING = words_of("work works help helps effective useful")
_CUTS = ";,.?!:-–—"


def tagged(question: str, tokens: list[Token]) -> list[Token]:
    """Take "- real?", "; does it?", ". Is there any truth in that?" off a claim: whether it holds."""
    for k in range(len(tokens) - 1, max(2, len(tokens) - 9), -1):
        inside = {t.low for t in tokens[k:]}
        if not inside <= _TAG:
            return tokens
        if inside & _WORKING and tokens[0].low in _AUXILIARIES:
            return tokens
        if (
            any(c in _CUTS for c in question[tokens[k - 1].end : tokens[k].start])
            and inside & _SAYS
        ):
            if tokens[0].low in OPENS - {"in", "with", "on", "for"}:
                return tokens[:k]
            return [Token("whether", tokens[0].start, tokens[0].start), *tokens[:k]]
    return tokens


def among(question: str, tokens: list[Token]) -> list[Token]:
    """ "Among dietary polyphenols, which boosts Y" as "which dietary polyphenols boosts Y"."""
    if [t.low for t in tokens[:3]] == ["which", "of", "the"] and tokens[3:4]:
        rest = {t.low for t in tokens[3:]}
        if not rest & {"and", "or", "two", "three", "following"}:
            return [tokens[0], *tokens[3:]]
    start = 2 if [t.low for t in tokens[:2]] == ["out", "of"] else 1
    if not tokens or tokens[0].low not in {"among", "amongst", "of", "out", "from", "within"}:
        return tokens
    while start < len(tokens) and tokens[start].low in {
        "all",
        "the",
        "of",
        "known",
        "possible",
        "available",
        "common",
    }:
        start += 1
    for k in range(start + 1, min(len(tokens) - 2, start + 6)):
        if tokens[k - 1].low in OPENS | {"and", "or", "vs", "versus", "who"}:
            return tokens
        if tokens[k].low in {"which", "what"}:
            if any("," in question[a.end : b.start] for a, b in pairwise(tokens[start:k])):
                return tokens
            after = k + 1 + (tokens[k + 1].low in {"one", "ones"})
            return [tokens[k], *tokens[start:k], *tokens[after:]]
    return tokens


_RATHER = {
    **dict.fromkeys(("more", "higher", "increased", "raised", "elevated", "greater"), "increases"),
    **dict.fromkeys(("less", "lower", "fewer", "reduced", "decreased"), "decreases"),
    "worse": "worsens",
    "better": "improves",
}


def compared(question: str, tokens: list[Token]) -> list[Token]:
    """ "TP53 knockout - more aneuploidy?" as "TP53 knockout increases aneuploidy"."""
    for k in range(1, min(len(tokens) - 1, 7)):
        if tokens[k - 1].low in OPENS | _AUXILIARIES:
            break
        between = question[tokens[k - 1].end : tokens[k].start]
        if tokens[k].low in _RATHER and any(c in between for c in ":-–—→,=>"):
            if {t.low for t in tokens[k + 1 :]} & (OPENS | {"than", "or"} - {"in", "on"}):
                break
            verb = replace(tokens[k], low=_RATHER[tokens[k].low])
            return [
                Token("whether", tokens[0].start, tokens[0].start),
                *tokens[:k],
                verb,
                *tokens[k + 1 :],
            ]
    return tokens


_TELLING = words_of(
    "i i'm i've we we've we're my our a an the some people they everyone everybody someone somebody one who whose is are was were am be been "
    "being have has had do keep keeps kept always just once often recently lately somewhere online here there now also even in on at "
    "from by internet web news forum paper papers study studies blog article articles colleague colleagues doctor physio gp "
    "nurse pharmacist dentist trainer coach supervisor consultant lecturer professor rumour rumor word folk of it to me us read "
    "says that"
)
_TOLD = words_of(
    "hear hearing heard read reads reading told tells say says said saying swear swears swore claim claims claimed insist insists "
    "insisted think thinks reckon reckons believe believes convinced understand seen saw see rumour rumor assume assumes suspect "
    "suspects suspected suspecting wonder wondering argue argues argued maintain maintains mention mentioned mentions reported "
    "seeing thought rumoured rumored alleged"
)
_TELLERS = words_of(
    "i i'm i've we we've we're my our some people they everyone everybody someone somebody a the one there"
)


def reported(tokens: list[Token]) -> list[Token]:
    """ "My aunt swears that X cures Y" as "whether X cures Y"."""
    first = tokens[1:] if tokens[:1] and tokens[0].low == "whether" else tokens
    if [t.low for t in first[:2]] == ["it", "is"] and not {t.low for t in first[2:5]}.isdisjoint(
        _TOLD
    ):
        first = first[2:]  # "it is often said that"
    elif not first or first[0].low not in _TELLERS:
        return tokens
    told = False
    for k, token in enumerate(first[:12]):
        told = told or token.low in _TOLD
        if token.low not in _TELLING | _TOLD and not somebody(token.low):
            if told and first[k - 1].low in _TOLD | {"that", "whether"} and len(first) - k > 2:
                if {t.low for t in first[k:]} & _ASKED:
                    return tokens
                return [replace(first[k - 1], low="whether"), *first[k:]]
            return tokens
    return tokens


_ASKED = words_of("what which who how why should would whether if")
_ABOUT = words_of(
    "turning coming moving reading thinking wondering talking asking curious question and so about regarding concerning take with as to for consider on"
)
_PREPOSED = words_of(
    "through via by with on in under to for at among between from within given suppose"
)
_OWNING = words_of("our this he she his her")
_TAKING = words_of(
    "takes take taking took on has have had given got started uses use using drinks eats smokes with developed gets received prescribed"
)
_BREAKS = words_of("that whether causes cause said says think thought")


_LIMITING = words_of(
    "excluding ignoring apart setting leaving controlling controlled adjusting adjusted stratified corrected holding assuming independent independently besides beyond discounting "
    "conditional conditioning accounting compared relative versus unlike like keeping net"
)


def last_question(question: str, tokens: list[Token]) -> list[Token]:
    """Return the question after a preamble ("My son has asthma, what ..."); as it is without one."""
    own = [t.low for t in tokens[1:2]] in (["my"], ["our"])
    if not tokens or (tokens[0].low in _PLACES | _LIMITING and not own):
        return tokens
    opens = OPENS if own or tokens[0].low in SPEAKER else _AUXILIARIES
    for k in range(len(tokens) - 3, 0, -1):
        between = question[tokens[k - 1].end : tokens[k].start]
        if tokens[k - 1].low in {"so", "and", "but"} and k > 2:
            between = question[tokens[k - 2].end : tokens[k - 1].start]
        if tokens[k].low in opens and any(turn in between for turn in _TURNS):
            return tokens[k:]
    return tokens


def strong_turn(question: str, tokens: list[Token]) -> list[Token]:
    """Return the question after a sentence or a dash of the speaker's own, which comes first then."""
    if not tokens or tokens[0].low not in SPEAKER - {"the", "a", "this"}:
        return tokens
    for k in range(len(tokens) - 3, 0, -1):
        between = question[tokens[k - 1].end : tokens[k].start]
        if tokens[k].low in OPENS and any(turn in between for turn in _TURNS if turn != ","):
            return tokens[k:]
    return tokens
