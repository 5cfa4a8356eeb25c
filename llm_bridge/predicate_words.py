"""The words that the rules of :mod:`llm_bridge.predicates` are made of, as pieces of regular expressions."""

from __future__ import annotations

import re

from llm_bridge import lexicon as lex

__all__ = [
    "ABLE",
    "ABLE_ING",
    "BE",
    "CAUSES",
    "CHANGES",
    "DEGREES",
    "DET",
    "DOWN",
    "EFFECT",
    "FORMS",
    "GOOD",
    "HIGHER",
    "LACKING",
    "LOWER",
    "MAKING",
    "NAME",
    "NO_GAP",
    "PEOPLE",
    "RESULTS",
    "RISK",
    "STOPS",
    "TAKING",
    "THINGS",
    "TREATMENTS",
    "UP",
    "WITH",
    "G",
    "W",
    "alternatives",
    "verbs",
]

STOPS = (
    "of in on to for with by from and or that which who is are was were be been being do does did can "
    "could will would may might should must has have had if when than as at not what how why whether but "
    "most more less least best better stronger weaker strongest largest biggest greatest common shared direct indirect mediated"
)
W = rf"(?!(?:{'|'.join(STOPS.split())})\b)\S+"
DET = r"(?:an?|the|any|some|no|another|one of the|its|their|such an?|much of an?|one)"
BE = r"(?:is|are|was|were)"
PEOPLE = (
    r"(?:(?:the|an?|some|any|many|most|my|our|your|these|those|older|younger|healthy|pregnant|more|other|this|unborn|elderly|young|old|diabetic|obese|overweight|hypertensive|hospitalised|hospitalized|black|white|asian|adult|male|female|premenopausal|postmenopausal|depressed|asthmatic|anaemic|anemic|smoking|athletic|sedentary|frail|premature|breastfeeding|nursing|school-age|middle-aged|immunocompromised|infected|vaccinated|unvaccinated|teenage|adolescent|growing|newborn|severely|morbidly) ){0,2}"
    r"(?:people|patients?|persons?|someone|somebody|anyone|individuals|subjects|you|us|me|him|her|them|folks|folk|"
    r"humans|users|workers|women|men|children|kids|adults|one|those|everyone|babies|infants|baby|child|fetus|foetus|"
    r"mother|infant|newborn|man|woman|smokers|a person|the body)"
)

FORMS: dict[str, str] = {
    "be": "base",
    "been": "ed",
    "being": "ing",
    "is": "s",
    "are": "base",
    "was": "ed",
    "were": "ed",
}
"""Words of the verbs that rules begin with, and their form."""


def verbs(text: str, name: str = "h") -> str:
    """A group that matches verbs (``bring_about`` for several words) in every inflection."""
    found = set()
    for verb in text.split():
        plain = verb.replace("_", " ")
        for form, word in (*lex.forms(plain).items(), ("ed", lex.past(plain))):
            FORMS.setdefault(word.split()[0], form)
            found.add(word)
    inside = "|".join(sorted(map(re.escape, found), key=lambda w: (-len(w), w)))
    return f"(?P<{name}>{inside})"


UP = "increase|increases|rise|rises|elevation|elevations|surge|spike|spikes|jump|growth|gain|gains|boost|upregulation|up-regulation|climb|escalation|enhancement|augmentation|uptick"
DOWN = "decrease|decreases|drop|drops|fall|falls|decline|declines|reduction|reductions|dip|lowering|downregulation|down-regulation|suppression|attenuation|slowing|inhibition|depletion|cut"
CHANGES = {
    "increase": UP, "decrease": DOWN, "improve": "improvement|improvements", "worsen": "worsening|deterioration|exacerbation|aggravation|impairment",
    "affect": "change|changes|alteration|alterations|shift|shifts|difference",
}  # fmt: skip
DEGREES = {
    "increase": "higher|increased|elevated|raised|greater|larger|bigger",
    "decrease": "lower|reduced|decreased|lowered|fewer|smaller|diminished",
    "worsen": "worse|worsened|poorer|impaired",
    "improve": "better|improved",
}
MAKING = "cause produce bring_about lead_to result_in bring induce trigger yield elicit provoke drive entail mean"
CAUSES = (
    "cause|causes|contributor|contributors|culprit|culprits|trigger|triggers|driver|drivers|risk factor|risk factors|"
    "precipitant|precipitants|inducer|inducers|instigator|initiator|causal factor|causal factors|contributing factor|"
    "contributing factors|causative factor|causative agent|source|origin|reason|predisposing factor|"
    "aetiological factor|etiological factor|causal agent|contributory factor|causes or contributors"
)
RESULTS = (
    "complication|complications|consequence|consequences|side effect|side effects|side-effect|adverse effect|"
    "adverse effects|adverse event|adverse reaction|sequela|sequelae|result|manifestation|manifestations|outcome|"
    "product|by-product|unwanted effect|after-effect|toxic effect|toxicity|adverse outcome|hazard|risk|danger|symptom|symptoms"
)
TREATMENTS = "treatment|treatments|therapy|therapies|remedy|remedies|cure|cures|antidote|medicine|medicines|treatment option|option|options|painkiller|solution|medication"
GOOD = (
    "effective|useful|helpful|good|beneficial|of use|of any use|of help|of any help|of benefit|of any benefit|efficacious|"
    "any good|indicated|any use|any help|of value|of any value|worthwhile|worth trying|worth a try|worth giving|"
    "therapeutic|curative|a good choice|a good option|any benefit|much use|much help|"
    "much good|of much use|of much help|valuable|worth using"
)
RISK = "risk|risks|chance|chances|odds|likelihood|probability|danger|dangers"
HIGHER = "higher|increased|elevated|greater|more"
LOWER = "lower|reduced|decreased|smaller|less"
WITH = "with|under|on|after|from|in (?:people|those|patients|women|men|adults|children|users|subjects|individuals)(?: who (?:take|use|get|have|drink|eat|smoke|receive|are on|are given))?(?: taking| on| using| with| given| exposed to| receiving| treated with)?"
EFFECT = "effect|effects|impact|influence|consequence|consequences|bearing"
THINGS = "causes|drugs|factors|treatments|therapies|medicines|medications|risk factors|options|remedies|agents|things|triggers|genes|drivers|interventions|substances|contributors|candidates"
NO_GAP = "that which who if when while is are was were be been being does do did can could will would may might should must has have had what how why whether there it than because most more less better best"
G = rf"(?:(?!(?:{'|'.join(NO_GAP.split())})\b)\S+)"
"""A word of a name."""
NAME = rf"{G}(?: {G}){{0,9}}?"
TAKING = (
    "who take|who takes|who use|who uses|taking|using|on|receiving|who receive|who received|given|who are given|who were given|"
    "exposed to|who are exposed to|who were exposed to|treated with|who are treated with|who are on|who drink|drinking|who eat|"
    "eating|who consume|consuming|fed|born to|living with|living near|working with|wearing|who wear|who smoke|who get|who have|who have had|who had|who carry|carrying|with"
)
LACKING = "who lack|lacking|without|deficient in|who are deficient in|who do not take|not taking|who avoid|low in|who are low in"


ABLE = (
    "able|likely|liable|apt|prone|bound|known|thought|believed|said|reported|shown|found|suspected|supposed|expected|"
    "considered|held|claimed|alleged|proven|proved|demonstrated|seen|observed|used|sufficient|enough|predicted|"
    "presumed|understood|certain|sure|set|meant|documented|established"
)
ABLE_ING = "capable of|good at|effective at|effective in|useful in|useful for|useful at|used for|known for|successful in|successful at|helpful in|helpful for|instrumental in|effective for|beneficial in|involved in|implicated in|responsible for"


def alternatives(form: str) -> str:
    """The relation verbs of one word, in a form, as an alternation."""
    words = sorted(
        {w[0] for w in lex.relation_forms(form) if len(w) == 1}, key=lambda w: (-len(w), w)
    )
    for base in lex.RELATION_VERBS.values():
        for verb in base.split("|"):
            if " " not in verb:
                FORMS.setdefault(lex.forms(verb)[form], form)
    return "|".join(map(re.escape, words))
