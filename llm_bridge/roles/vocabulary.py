"""Words a reworded sentence may use, by what they say.

A word that is in none of these tables and not in the proved sentence is one that nothing proves, so a
sentence with it is not shown. Intransitive and passive wordings ("rises", "by", "because of") are left
out on purpose: with them the order of names no longer says what acts on what.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["MEANINGS", "NEUTRAL", "meaning"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MEANINGS: Mapping[str, frozenset[str]] = {
    "up": _words(
        "increase increases increased increasing raise raises raised raising cause causes caused causing induce "
        "induces trigger triggers promote promotes activate activates boost boosts stimulate stimulates worsen "
        "worsens higher positively together reinforces"
    ),
    "down": _words(
        "decrease decreases decreased decreasing lower lowers lowered lowering reduce reduces reduced reducing "
        "prevent prevents treat treats inhibit inhibits inhibiting block blocks suppress suppresses relieve "
        "relieves removing remove removes inversely negatively opposite less cure cures heal heals"
    ),
    "acts": _words(
        "affect affects affected influence influences act acts change changes alter alters"
    ),
    "linked": _words(
        "associated association associations linked link links related relation connected correlated correlation "
        "interaction interacts interact binds bind"
    ),
    "not": _words(
        "not no none never neither nor nothing otherwise contrary against denies deny without isn't doesn't "
        "don't aren't cannot nobody rejected retracted contested split disagree disagrees"
    ),
    "perhaps": _words(
        "may might could possibly possibility possible perhaps maybe if hint hints suggests suggest"
    ),
    "proposed": _words(
        "propose proposes proposed proposal proposals algorithm algorithms prediction"
    ),
    "experiment": _words("experiment experiments trial trials experimental tested"),
    "genetic": _words("genetic genetics genetically"),
    "curated": _words("curated database databases curator curators"),
    "unsigned": _words("unknown direction directions some way unclear"),
}
"""Groups whose words change what is claimed; they must stand in the same numbers before and after."""

NEUTRAL = _words(
    "a an the this that these those it its they them their there here and or but so also while "
    "of in on at to for with as about between among into over per "
    "is are was were be been being has have had do does did "
    "study studies paper papers publication publications article articles source sources work works "
    "research researchers scientists scientist authors author evidence finding findings report reports reported "
    "reporting say says said state states stated tell tells describe describes described write writes claim claims "
    "assert asserts asserted mention mentions find finds found observe observes observed note notes "
    "according who which what where how "
    "strength belief level score weight confidence interval range estimate estimated number numbers figure "
    "graph data text texts literature published named called means mean meaning "
    "see saw look looked looking read counted count counting counts "
    "now then still yet such same than here's that's it's we our"
)
"""Words that claim nothing. Words such as "only", "all", "will" or "you" are left out: they would."""


def meaning(word: str) -> str | None:
    """Return the group of a word that changes what is claimed, or None."""
    return _BY_WORD.get(word)


_BY_WORD = {w: name for name, words in MEANINGS.items() for w in words}
