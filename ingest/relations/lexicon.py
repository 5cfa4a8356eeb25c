"""The words that claim a relation, with what they mean for predicate and sign."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from graph.model import Predicate
from ingest.words import words

__all__ = [
    "FINITE", "GERUND", "NOUN_FLIPS", "PASSIVE", "TRIGGERS", "VERB_FORMS", "Trigger", "alternation",
    "trigger",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a verb claims, and how far it can be trusted."""

    predicate: Predicate
    weight: float


_VERBS: dict[Predicate, tuple[float, str]] = {
    Predicate.CAUSES: (
        0.8,
        "cause induce produce provoke trigger elicit evoke precipitate initiate lead_to result_in "
        "give_rise_to contribute_to predispose_to bring_about",
    ),
    Predicate.INCREASES: (
        0.8,
        "increase enhance elevate raise augment potentiate exacerbate aggravate worsen stimulate "
        "activate upregulate up-regulate promote accelerate amplify facilitate intensify restore "
        "strengthen boost overstimulate",
    ),
    Predicate.DECREASES: (
        0.8,
        "decrease reduce lower attenuate suppress inhibit diminish block abolish downregulate "
        "down-regulate impair blunt antagonize antagonise abrogate reverse mitigate repress silence "
        "deplete lessen counteract depress inactivate disrupt ablate retard curb dampen hinder "
        "minimize minimise",
    ),
    Predicate.TREATS: (0.75, "treat cure alleviate ameliorate relieve improve"),
    Predicate.PREVENTS: (0.8, "prevent avert protect_against protect_from guard_against"),
    Predicate.AFFECTS: (
        0.65,
        "affect modulate regulate influence alter mediate control act_on phosphorylate",
    ),
    Predicate.BINDS: (0.75, "bind bind_to"),
    Predicate.INTERACTS_WITH: (0.7, "interact_with associate_physically_with"),
}
_IRREGULAR = {
    "lead": ("leads", "led", "led", "leading"),
    "give": ("gives", "gave", "given", "giving"),
    "bring": ("brings", "brought", "brought", "bringing"),
    "bind": ("binds", "bound", "bound", "binding"),
    "trigger": ("triggers", "triggered", "triggered", "triggering"),
    "abet": ("abets", "abetted", "abetted", "abetting"),
    "curb": ("curbs", "curbed", "curbed", "curbing"),
    "control": ("controls", "controlled", "controlled", "controlling"),
    "avert": ("averts", "averted", "averted", "averting"),
}


def _forms(verb: str) -> tuple[str, str, str, str, str]:
    """Return base, third person, past, participle and -ing form."""
    if verb in _IRREGULAR:
        return (verb, *_IRREGULAR[verb])
    if verb.endswith("e"):
        return verb, verb + "s", verb + "d", verb + "d", verb[:-1] + "ing"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb, verb[:-1] + "ies", verb[:-1] + "ied", verb[:-1] + "ied", verb + "ing"
    third = verb + ("es" if verb.endswith(("s", "x", "ch", "sh")) else "s")
    return verb, third, verb + "ed", verb + "ed", verb + "ing"


def _tables() -> tuple[dict[str, Trigger], dict[str, Trigger], dict[str, Trigger], frozenset[str]]:
    active: dict[str, Trigger] = {}
    passive: dict[str, Trigger] = {}
    gerund: dict[str, Trigger] = {}
    finite: set[str] = set()
    for predicate, (weight, verbs) in _VERBS.items():
        what = Trigger(predicate, weight)
        for verb in verbs.split():
            head, _, tail = verb.replace("_", " ").partition(" ")
            rest = f" {tail}" if tail else ""
            base, third, past, participle, ing = _forms(head)
            active.update({form + rest: what for form in (base, third, past)})
            finite.update((third + rest, past + rest))
            gerund[ing + rest] = what
            if not tail:
                passive[participle] = what
    return active, passive, gerund, frozenset(finite)


TRIGGERS, PASSIVE, GERUND, FINITE = _tables()
"""verb forms -> what they claim: base, third person and past; participles (``X was ... by Y``);
-ing forms; and those of the first that can only be finite"""

VERB_FORMS = frozenset({*TRIGGERS, *PASSIVE, *GERUND})


def trigger(form: str) -> Trigger:
    """Return what a verb form claims.

    Raises:
        KeyError: if it is no trigger.
    """
    form = " ".join(form.lower().split())
    return TRIGGERS.get(form) or PASSIVE.get(form) or GERUND[form]


def alternation(words: Iterable[str]) -> str:
    """Return a regular expression for any of the words, longest first."""
    return "|".join(
        re.escape(w).replace(r"\ ", " ") for w in sorted(words, key=lambda w: (-len(w), w))
    )


NOUN_FLIPS: dict[str, int] = dict.fromkeys(
    sorted(
        words("""inhibition blockade suppression loss lack absence deficiency deletion depletion knockdown
    knockout silencing inactivation withdrawal discontinuation cessation reduction reductions decrease
    decreases decline fall removal restriction attenuation downregulation down-regulation impairment
    disruption ablation antagonism avoidance repression blocking lowering""")
    ),
    -1,
) | dict.fromkeys(
    sorted(
        words("""increase increases elevation rise enhancement activation stimulation induction upregulation
    up-regulation overexpression over-expression augmentation potentiation accumulation exacerbation
    worsening promotion""")
    ),
    +1,
)
"""nouns that say that something goes up or down: ``inhibition of X``"""
