"""The words the grammar knows: relation verbs, interventions, and words to see through.

Word lists only. Inflected forms are made by rule, irregular ones are listed.
"""

from __future__ import annotations

from functools import cache

from graph.model import Category
from llm_bridge.query import Relation

__all__ = [
    "ADJECTIVES",
    "ADJUSTING",
    "ANY_WORDS",
    "CATEGORY_WORDS",
    "COMPARATIVES",
    "FILLERS",
    "FOREIGN",
    "INTERVENTIONS",
    "INTERVENTION_NOUNS",
    "LEVEL_NOUNS",
    "OUTCOME_NOUNS",
    "RELATION_NOUNS",
    "RELATION_VERBS",
    "STOP_WORDS",
    "TREATMENT_NOUNS",
    "VERB_NOUNS",
    "filler",
    "forms",
    "intervention_forms",
    "past",
    "phrases",
    "relation_forms",
    "rising_forms",
    "treatment_forms",
]

RELATION_VERBS: dict[Relation, str] = {
    Relation.CAUSE: (
        "cause|induce|trigger|produce|provoke|bring about|lead to|result in|give rise to|"
        "contribute to|drive|elicit|generate|precipitate|set off|bring on|account for|underlie|predispose to|foster|spark|kindle|explain|provoke|engender|prompt|evoke|unleash|instigate|culminate in|progress to|progress into|develop into|turn into|evolve into|advance to|end in|incite|set in motion|create|breed|ignite|kick off|touch off|initiate|spawn|beget|occasion|stir up|bring forth|lie behind|sit behind|stand behind|set the stage for|pave the way for|translate into|add up to|contribute toward|seed|implant|launch|catalyse into"
    ),
    Relation.INCREASE: (
        "increase|raise|elevate|enhance|upregulate|up-regulate|stimulate|activate|boost|augment|"
        "promote|accelerate|speed up|turn on|switch on|amplify|potentiate|heighten|strengthen|intensify|push up|drive up|"
        "overactivate|favour|favor|fuel|hasten|facilitate|encourage|reinforce|quicken|prolong|lengthen|extend|expand|bump up|ramp up|step up|send up|sensitize|sensitise|spur|spur on|bolster|magnify|escalate|multiply|swell|inflate|maximise|maximize|invigorate|crank up|jack up|pump up|rev up|nudge up|kick up|bring up|pull up|build up|replenish|restore|induce expression of|double|triple|quadruple|deepen|widen|broaden|energise|energize|catalyse|catalyze|uplift|top up|hike|drive upwards|supercharge|turbocharge|hyperactivate|transactivate|derepress|elongate|speed|rescue|stabilise|stabilize"
    ),
    Relation.DECREASE: (
        "decrease|reduce|lower|inhibit|suppress|block|downregulate|down-regulate|diminish|attenuate|"
        "weaken|lessen|abolish|deplete|silence|slow|slow down|antagonise|antagonize|counteract|limit|"
        "blunt|dampen|cut|shrink|interfere with|delay|stop|halt|arrest|turn off|switch off|minimise|minimize|repress|deactivate|inactivate|curb|bring down|"
        "push down|shorten|restrain|hamper|impede|hinder|quench|mute|quell|soften|thwart|tamp down|hold back|hold down|eliminate|eradicate|decelerate|retard|subdue|abrogate|disrupt|constrain|neutralise|neutralize|moderate|ablate|kill|dull|relax|clear|depress|wipe out|wipe off|erode|drain|slash|trim|tame|rein in|tone down|keep down|cut down|cut back|cut back on|knock down|knock back|abate|negate|nullify|extinguish|stifle|smother|cripple|sap|halve|taper|obstruct|interrupt|intercept|destroy|bring low|scale down|scale back|dial down|damp down|damp|damp out|choke|choke off|stunt|prune|offset|oppose|impinge on|desensitize|desensitise|erase|deplete|pull down|drag down|take down|drive down|beat back|beat down|starve|downmodulate|transrepress|desaturate|dissolve|shave|whittle down|lop|strip|rob|chip away at|dent|take the edge off|sink|drop|constrict|destabilise|destabilize|narrow|compress|trim down|slow up|dampen down|phase out"
    ),
    Relation.PREVENT: "prevent|protect against|protect from|ward off|avert|guard against|stave off|avoid|forestall|preclude|head off|fend off|shield against|shield from|safeguard against|defend against|insure against|preempt|hold off|keep away|keep at bay|ward away|immunise against|immunize against|vaccinate against|inoculate against|deter|obviate|cut the risk of|lower the risk of|reduce the risk of|spare from|rule out|keep from",
    Relation.TREAT: (
        "treat|cure|heal|alleviate|relieve|mitigate|remedy|help with|help against|ease|"
        "work against|work for|work in|combat|manage|help treat|reverse|soothe|calm|palliate|rectify|resolve|clear up|take away|banish|vanquish|dispel|do away with|address|handle|tackle|deal with|cope with|fight|fight off|assuage|allay|correct|counter|get rid of|take care of|do something for|settle|quieten|fix|work on|control symptoms of|bring under control|be used for|be used against|be given for|be prescribed for|be indicated for"
    ),
    Relation.AFFECT: (
        "affect|influence|alter|modify|modulate|regulate|change|impact|act on|act upon|acetylate|deacetylate|ubiquitinate|dephosphorylate|demethylate|glycosylate|oxidise|oxidize|hydrolyse|hydrolyze|sumoylate|shape|control|"
        "damage|harm|hurt|target|signal to|interact with|bear on|determine|phosphorylate|methylate|cleave|perturb|disturb|govern|reshape|remodel|tune|dictate|sway|skew|rewire|reprogram|reprogramme|bear upon|feed into|feed back on|factor into|figure in|participate in|mediate|orchestrate|coordinate|shift|swing|nudge|impinge upon|weigh on|meddle with|tamper with|mess with|tie into|bind|bind to|engage|touch|redirect|reroute|adjust the level of|play a part in|set the level of|have an effect on|have an impact on|"
        "have an influence on|have any effect on|have effects on|have any impact on|matter for|"
        "make a difference to"
    ),
    Relation.IMPROVE: "improve|help|benefit|protect|ameliorate|enrich|optimise|optimize|repair|sharpen|preserve|be good for|normalise|normalize",
    Relation.WORSEN: "worsen|aggravate|exacerbate|impair|deteriorate|compromise|inflame|spoil|complicate|ruin|wreck|upset|mar",
    Relation.ASSOCIATE: "correlate with|associate with|co-occur with|go along with|track with|go with|go hand in hand with|coincide with|relate to|accompany|covary with|predict|be linked to|be linked with|be tied to|be associated with|be correlated with|be related to|parallel|hang together with|cluster with",
}

RELATION_NOUNS: dict[Relation, str] = {
    Relation.CAUSE: (
        "cause|trigger|driver|inducer|risk factor|culprit|reason|explanation|precipitant|determinant|"
        "causal factor|origin|source"
    ),
    Relation.INCREASE: "activator|agonist|stimulator|enhancer|promoter|upregulator|inducer|booster",
    Relation.DECREASE: "inhibitor|antagonist|blocker|suppressor|repressor|downregulator|reducer",
    Relation.PREVENT: "protective factor|protection|preventive|prophylaxis|prophylactic|prevention",
    Relation.TREAT: "treatment|therapy|cure|remedy|drug|medicine|medication|antidote|treatment option",
    Relation.AFFECT: "regulator|modulator|modifier|factor",
    Relation.ASSOCIATE: "marker|biomarker|correlate|predictor|sign|indicator",
}
"""Nouns after "is X a ... of/for/against/in Y"."""

INTERVENTIONS: dict[int, str] = {
    +1: (
        "give|administer|add|apply|use|take|inject|infuse|supplement|increase|raise|elevate|activate|"
        "stimulate|upregulate|up-regulate|overexpress|over-express|boost|enhance|express|introduce|"
        "prescribe|ingest|eat|drink|turn on|switch on|turn up|agonise|agonize|induce|start|double|"
        "induce|augment|promote|amplify|treat with|expose to|supplement with|dose with|put on|provide|"
        "supply|restore|push up|smoke|consume|inhale|give or raise"
    ),
    -1: (
        "remove|inhibit|block|deplete|knock out|knock down|knockout|knockdown|delete|silence|suppress|"
        "lower|reduce|decrease|withdraw|stop|discontinue|eliminate|antagonise|antagonize|downregulate|"
        "down-regulate|disrupt|ablate|abolish|neutralise|neutralize|cut|turn off|switch off|take away|"
        "turn down|lose|limit|restrict|avoid|quit|cease|stop taking|stop giving|stop using|deactivate|"
        "inactivate|degrade|repress|diminish|take out|cut out|shut down|shut off|interfere with|"
        "remove or inhibit|halve|omit|skip|prevent|come off|withhold|drop|give up|kick|swear off|lay off|abstain from|cut down on|cut back on|steer clear of|stay off|wean off|taper|taper off|suspend|knock off|interrupt"
    ),
}
"""What is done to the subject, by its direction."""

# nouns made of an intervention: "inhibition of X", "X inhibition"
INTERVENTION_NOUNS: dict[int, str] = {
    +1: (
        "administration|addition|use|intake|injection|infusion|supplementation|activation|stimulation|"
        "upregulation|up-regulation|overexpression|over-expression|expression|introduction|"
        "prescription|ingestion|consumption|treatment|therapy|exposure|elevation|increase|excess|"
        "gain|agonism|dosing|application|supplement|supplements|pretreatment|monotherapy|"
        "overactivity|surplus|dose|doses|dosage|abundance|induction|presence|hyperactivation|gain-of-function|overproduction|smoking|accumulation|increases|rise"
    ),
    -1: (
        "removal|inhibition|blockade|blocking|depletion|knockout|knock-out|knockdown|knock-down|"
        "deletion|silencing|suppression|lowering|reduction|withdrawal|discontinuation|cessation|"
        "elimination|antagonism|downregulation|down-regulation|disruption|ablation|abolition|"
        "neutralisation|neutralization|deficiency|lack|loss|absence|restriction|deprivation|"
        "deactivation|inactivation|degradation|repression|decrease|insufficiency|shortage|avoidance|"
        "haploinsufficiency|eradication|knockouts|knockdowns|deletions|loss-of-function|decreases|drop|fall|termination"
    ),
}
ADJECTIVES: dict[int, str] = {
    +1: "high|higher|increased|elevated|raised|excess|excessive|more|overexpressed|activated|enhanced|rising|greater|upregulated|additional|too much|extra",
    -1: "low|lower|decreased|reduced|lowered|less|blocked|inhibited|absent|deficient|diminished|impaired|insufficient|suppressed|downregulated|silenced|missing|too little|falling|lacking|poor|fewer|gone",
}
OUTCOME_NOUNS = (
    "risk|risks|incidence|prevalence|development|occurrence|onset|rate|rates|likelihood|probability|"
    "odds|chance|chances|frequency|severity|progression|levels|level|amount|amounts|concentration|"
    "concentrations|activity|symptoms|cases|number|numbers|production|secretion|abundance|"
    "episodes|signs|course|burden|emergence|appearance|case|formation|synthesis|release|outcome|"
    "outcomes|state|degree|extent|quantity|patients with|people with|persons with|subjects with|"
    "individuals with|those with"
)
"""Words around an outcome that say how it is measured, not what it is."""

LEVEL_NOUNS = "levels|level|concentration|concentrations|amount|amounts|activity|risk|rates|rate|incidence|severity|symptoms|expression|abundance|use|users|dose|doses|dosage|tablets|pills|gene|protein"

CATEGORY_WORDS: dict[Category, str] = {
    Category.CHEMICAL: "drug|drugs|chemical|chemicals|compound|compounds|medicine|medicines|medication|medications|substance|substances|molecule|molecules|metabolite|metabolites|toxin|toxins|pharmaceuticals|agents|agent|small molecules",
    Category.GENE: "gene|genes|kinase|kinases|transcription factors|targets",
    Category.PROTEIN: "protein|proteins|enzyme|enzymes|receptor|receptors",
    Category.DISEASE: "disease|diseases|disorder|disorders|condition|conditions|illness|illnesses|side effects|adverse effects|adverse events|complications",
    Category.PHENOTYPE: "symptom|symptoms|phenotype|phenotypes",
    Category.PROCESS: "pathway|pathways|process|processes|biological processes",
    Category.PROCEDURE: "procedure|procedures|surgery|surgeries|operations",
    Category.BEHAVIOR: "behaviour|behaviours|behavior|behaviors|habit|habits",
    Category.VARIANT: "variant|variants|mutation|mutations|polymorphisms",
    Category.CELL: "cells|cell types",
}
ANY_WORDS = "risk factor|everything|anything|something|thing|things|factor|factors|viruses|bacteria|pathogens|foods|food|risk factors|agents|variables|exposures|exposure|causes|interventions|intervention|factor|covariates|substances|entities|treatments|therapies|treatment|therapy|variable|mediators|steps|intermediates|other things"

COMPARATIVES: dict[Relation, str] = {
    Relation.WORSEN: "worse|more severe",
    Relation.IMPROVE: "better|less severe|milder",
    Relation.CAUSE: "more likely|more probable|likelier",
    Relation.PREVENT: "less likely|less probable",
    Relation.INCREASE: "more frequent|more common|higher|stronger",
    Relation.DECREASE: "less frequent|less common|rarer|lower|weaker",
}
"""What something makes an outcome: "makes asthma worse", "less likely"."""

ADJUSTING = frozenset((
    "adjust", "adjusting", "adjustment", "covariate", "covariates", "confounder",
    "condition", "conditioning", "stratify", "stratifying",
))  # fmt: skip
"""Words of an analysis, which somebody's treatment is never about."""

FILLERS = frozenset((
    "really", "actually", "directly", "significantly", "ever", "also", "just", "even", "likely",
    "probably", "possibly", "generally", "usually", "typically", "truly", "indeed", "often",
    "sometimes", "commonly", "currently", "exactly", "potentially", "independently", "please",
    "causally", "maybe", "perhaps", "still", "clinically", "simply", "strongly", "greatly",
    "substantially", "markedly", "known", "reportedly", "then", "either",
))  # fmt: skip
"""Adverbs that do not change what is asked."""

STOP_WORDS = frozenset((
    "a", "an", "the", "of", "on", "in", "to", "for", "by", "with", "from", "and", "or", "if",
    "when", "what", "which", "who", "whom", "whose", "why", "how", "does", "do", "did", "is",
    "are", "was", "were", "be", "been", "being", "can", "could", "will", "would", "may", "might",
    "should", "must", "that", "this", "these", "those", "it", "its", "there", "any", "some",
    "we", "you", "they", "i", "he", "she", "one", "us", "me", "my", "your", "our", "their",
    "his", "her", "as", "at", "than", "then", "into", "through", "via", "upon", "about",
    "between", "both", "not", "no", "yes", "has", "have", "had", "show", "give", "tell",
    "explain", "list", "name", "evidence",
))  # fmt: skip

FOREIGN = frozenset((
    "qu'est-ce", "qui", "que", "est-ce", "la", "le", "les", "des", "une", "pour", "avec", "dans",
    "cause-t-il", "quelle", "quels", "sont", "der", "das", "ist", "wie", "und", "wird", "durch",
    "gibt", "verursacht", "bei", "el", "los", "las", "qué", "por", "para", "cuál", "causa",
    "una", "es", "il", "che", "cosa", "di", "provoca",
))  # fmt: skip
"""Function words of languages that are not read: two of them, and the question is not English."""

_IRREGULAR: dict[str, tuple[str, str, str]] = {
    # base: third person, participle, gerund
    "give": ("gives", "given", "giving"),
    "take": ("takes", "taken", "taking"),
    "drive": ("drives", "driven", "driving"),
    "bring": ("brings", "brought", "bringing"),
    "lead": ("leads", "led", "leading"),
    "underlie": ("underlies", "underlain", "underlying"),
    "have": ("has", "had", "having"),
    "make": ("makes", "made", "making"),
    "set": ("sets", "set", "setting"),
    "cut": ("cuts", "cut", "cutting"),
    "shut": ("shuts", "shut", "shutting"),
    "put": ("puts", "put", "putting"),
    "hurt": ("hurts", "hurt", "hurting"),
    "shrink": ("shrinks", "shrunk", "shrinking"),
    "withdraw": ("withdraws", "withdrawn", "withdrawing"),
    "withhold": ("withholds", "withheld", "withholding"),
    "lose": ("loses", "lost", "losing"),
    "quit": ("quits", "quit", "quitting"),
    "eat": ("eats", "eaten", "eating"),
    "drink": ("drinks", "drunk", "drinking"),
    "knock": ("knocks", "knocked", "knocking"),
    "stop": ("stops", "stopped", "stopping"),
    "drop": ("drops", "dropped", "dropping"),
    "skip": ("skips", "skipped", "skipping"),
    "omit": ("omits", "omitted", "omitting"),
    "rise": ("rises", "risen", "rising"),
    "fall": ("falls", "fallen", "falling"),
    "grow": ("grows", "grown", "growing"),
    "become": ("becomes", "become", "becoming"),
    "get": ("gets", "got", "getting"),
    "be": ("is", "been", "being"),
    "go": ("goes", "gone", "going"),
    "come": ("comes", "come", "coming"),
    "benefit": ("benefits", "benefited", "benefiting"),
    "control": ("controls", "controlled", "controlling"),
    "keep": ("keeps", "kept", "keeping"),
    "hold": ("holds", "held", "holding"),
    "leave": ("leaves", "left", "leaving"),
    "bear": ("bears", "borne", "bearing"),
    "do": ("does", "done", "doing"),
    "show": ("shows", "shown", "showing"),
    "mean": ("means", "meant", "meaning"),
    "send": ("sends", "sent", "sending"),
    "see": ("sees", "seen", "seeing"),
    "run": ("runs", "run", "running"),
    "begin": ("begins", "begun", "beginning"),
    "prefer": ("prefers", "preferred", "preferring"),
    "confer": ("confers", "conferred", "conferring"),
    "offer": ("offers", "offered", "offering"),
    "render": ("renders", "rendered", "rendering"),
    "trigger": ("triggers", "triggered", "triggering"),
    "suffer": ("suffers", "suffered", "suffering"),
    "wreak": ("wreaks", "wrought", "wreaking"),
    "fight": ("fights", "fought", "fighting"),
    "deal": ("deals", "dealt", "dealing"),
    "beat": ("beats", "beaten", "beating"),
    "spread": ("spreads", "spread", "spreading"),
    "feed": ("feeds", "fed", "feeding"),
    "spell": ("spells", "spelt", "spelling"),
    "catch": ("catches", "caught", "catching"),
    "win": ("wins", "won", "winning"),
    "find": ("finds", "found", "finding"),
    "tell": ("tells", "told", "telling"),
    "say": ("says", "said", "saying"),
    "throw": ("throws", "thrown", "throwing"),
    "stick": ("sticks", "stuck", "sticking"),
    "swell": ("swells", "swollen", "swelling"),
    "starve": ("starves", "starved", "starving"),
    "stem": ("stems", "stemmed", "stemming"),
    "spur": ("spurs", "spurred", "spurring"),
    "trim": ("trims", "trimmed", "trimming"),
    "dip": ("dips", "dipped", "dipping"),
    "spin": ("spins", "spun", "spinning"),
}


_PAST = {
    "give": "gave", "take": "took", "drive": "drove", "withdraw": "withdrew", "shrink": "shrank",
    "eat": "ate", "drink": "drank", "underlie": "underlay", "go": "went", "come": "came",
    "rise": "rose", "fall": "fell", "grow": "grew", "become": "became", "do": "did", "show": "showed",
    "see": "saw", "run": "ran", "begin": "began", "bear": "bore", "throw": "threw", "beat": "beat",
}  # fmt: skip
"""Simple past where it differs from the participle."""


def _inflect(word: str) -> tuple[str, str, str]:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("e"):
        return f"{word}s", f"{word}d", f"{word[:-1]}ing"
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies", f"{word[:-1]}ied", f"{word}ing"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es", f"{word}ed", f"{word}ing"
    double = (
        len(word) > 2
        and word[-1] in "bdgmnprt"
        and word[-2] in "aeiou"
        and word[-3] not in "aeiou"
        and sum(c in "aeiou" for c in word) == 1
    )
    stem = word + word[-1] if double else word
    return f"{word}s", f"{stem}ed", f"{stem}ing"


def forms(phrase: str) -> dict[str, str]:
    """Return ``base``, ``s``, ``ed`` and ``ing`` forms; the first word is the one inflected."""
    head, _, rest = phrase.partition(" ")
    if " or " in f" {phrase} ":  # "give or raise": both verbs are inflected
        one, _, two = phrase.partition(" or ")
        parts = [_inflect(one), _inflect(two)]
        third, past, gerund = (f"{a} or {b}" for a, b in zip(*parts, strict=True))
    else:
        tail = f" {rest}" if rest else ""
        third, past, gerund = (f"{f}{tail}" for f in _inflect(head))
    return {"base": phrase, "s": third, "ed": past, "ing": gerund}


_PLURALS = frozenset("shift drop swing nudge move spell seed sink".split())
"""Verbs that are nouns in the plural when they end in -s: "night shifts", "eye drops"."""


def _table(words: dict[int, str] | dict[Relation, str], form: str) -> dict[tuple[str, ...], object]:
    found: dict[tuple[str, ...], object] = {}
    for meaning, phrases in words.items():
        for phrase in phrases.split("|"):
            found.setdefault(tuple(forms(phrase)[form].split()), meaning)
            if form == "s" and phrase in _PLURALS:
                del found[(forms(phrase)[form],)]
            head, *tail = phrase.split()
            if form == "ed" and head in _PAST:
                found.setdefault((_PAST[head], *tail), meaning)
    return found


def past(verb: str) -> str:
    """Return the simple past of a verb."""
    head, _, rest = verb.partition(" ")
    plain = _PAST.get(head) or forms(head)["ed"]
    return f"{plain} {rest}" if rest else plain


_NO_ADVERBS = frozenset((
    "family early elderly daily weekly monthly hourly yearly assembly anomaly belly likely unlikely fly only july italy "
    "butterfly firefly jelly oily scaly friendly deadly costly lonely sickly hilly wrinkly bodily curly holly lily "
    "polly supply reply apply multiply ally rely comply imply homely orderly comply doubly underly nearly rally bully "
    "folly gully tally dolly melancholy monopoly"
).split())  # fmt: skip


def filler(word: str) -> bool:
    """Whether a word is an adverb that does not change what is asked: "suddenly", "often"."""
    return word in FILLERS or (
        word.endswith("ly")
        and not word.endswith(("megaly", "cephaly", "dactyly", "mely", "phily"))
        and len(word) > 5
        and word not in _NO_ADVERBS
        and word.isalpha()
    )


@cache
def relation_forms(form: str) -> dict[tuple[str, ...], object]:
    """Return words -> :class:`Relation` for one inflection (``base``, ``s``, ``ed``, ``ing``)."""
    return _table(RELATION_VERBS, form)


@cache
def intervention_forms(form: str) -> dict[tuple[str, ...], object]:
    """Return words -> direction (+1, -1) for one inflection."""
    return _table(INTERVENTIONS, form)


RISING: dict[Relation, str] = {
    Relation.INCREASE: "increase|rise|go up|grow|climb|get higher|soar|spike|surge|shoot up|jump|creep up|mount|be raised|get bigger|get stronger|become more common|swell|peak|build up|pick up|become more frequent|grow larger|speed up|accelerate|get stronger|be increased|be elevated|be raised|go higher|become more likely|get more likely|be higher",
    Relation.DECREASE: "decrease|fall|go down|drop|decline|shrink|get lower|be reduced|be decreased|be lower|be lowered|go lower|become less likely|get less likely|disappear|diminish|go away|dip|drop off|slump|plunge|plummet|sink|dwindle|tail off|wane|come down|get smaller|ebb|taper off|slow|slow down|become rarer|get less frequent|become less common|become less frequent|vanish",
    Relation.WORSEN: "worsen|get worse|deteriorate|become worse|be worse|progress|be exacerbated|flare|flare up|get more severe|become more severe|go downhill|act up|be aggravated|be worsened",
    Relation.IMPROVE: "improve|get better|become better|recover|be better|resolve|heal|get milder|become milder|ease|ease off|ease up|let up|calm down|subside|abate|clear|clear up|get less severe|lessen|remit|settle|settle down|get easier|go into remission|be improved|be eased|get less painful",
    Relation.AFFECT: "change|vary|shift|alter|move|differ|fluctuate",
}
"""Verbs of a change that happens by itself: "does Y rise if ..."."""

VERB_NOUNS: dict[Relation, str] = {
    Relation.CAUSE: "induction|causation|production",
    Relation.INCREASE: "activation|stimulation|increase|elevation|upregulation|enhancement|augmentation|potentiation",
    Relation.DECREASE: "inhibition|suppression|reduction|downregulation|decrease|attenuation|lowering|blockade|repression|depletion",
    Relation.PREVENT: "prevention|prophylaxis",
    Relation.TREAT: "treatment|relief|alleviation|amelioration|management",
    Relation.AFFECT: "regulation|modulation|alteration|control",
    Relation.WORSEN: "exacerbation|worsening|aggravation|impairment",
    Relation.IMPROVE: "improvement",
}
"""Nouns of a relation: "inhibition of Y by X"."""

TREATMENT_NOUNS: dict[Relation, str] = {
    Relation.TREAT: "treatment|treatments|therapy|therapies|cure|cures|remedy|remedies|drug|drugs|medicine|medicines|medication|medications|management|drug of choice|treatment options|treatment option|antidote",
    Relation.PREVENT: "prevention|prophylaxis|protection|preventive measures|protective factors|protective factor|preventives",
}


@cache
def rising_forms(form: str) -> dict[tuple[str, ...], object]:
    """Return words -> :class:`Relation` of the intransitive verbs for one inflection."""
    table = _table(RISING, form)
    if form == "s":
        table.update({("is", *k[1:]): v for k, v in _table(RISING, "base").items() if k[0] == "be"})
    return table


@cache
def treatment_forms(form: str) -> dict[tuple[str, ...], object]:
    """Return words -> treat or prevent for one inflection."""
    some = {r: RELATION_VERBS[r] for r in (Relation.TREAT, Relation.PREVENT)}
    return _table(some, form)


def phrases(
    words: dict[Relation, str] | dict[int, str] | dict[Category, str], *, plural: bool = False
) -> dict[tuple[str, ...], object]:
    """Return words -> meaning of a table of plain phrases, with plurals if asked."""
    found: dict[tuple[str, ...], object] = {}
    for meaning, text in words.items():
        for phrase in text.split("|"):
            found.setdefault(tuple(phrase.split()), meaning)
            if plural:
                found.setdefault(tuple(f"{phrase}s".split()), meaning)
    return found
