"""What is said of two things, in one verb: the rules.

"is a recognised contributor to Y", "plays a part in Y", "tends to raise Y", "brings about a drop in
Y", "keeps Y at bay", "people who take X get more Y" are the verbs *cause*, *affect*, *increase*,
*decrease*, *prevent* and *cause* here, in the form that the sentence has them in; questions in an
unusual order are turned into the usual one. :mod:`llm_bridge.rewriting` applies the rules.
"""

from __future__ import annotations

from llm_bridge import lexicon as lex
from llm_bridge.places import populations
from llm_bridge.predicate_words import (
    ABLE,
    ABLE_ING,
    CAUSES,
    CHANGES,
    DEGREES,
    DET,
    EFFECT,
    GOOD,
    HIGHER,
    LACKING,
    LOWER,
    MAKING,
    NAME,
    PEOPLE,
    RESULTS,
    RISK,
    TAKING,
    THINGS,
    TREATMENTS,
    WITH,
    G,
    W,
    alternatives,
    verbs,
)

__all__ = ["rules_text"]


def predicates() -> list[tuple[str, str]]:
    """What stands after *be*, and the verb that says the same."""
    det = rf"(?:{DET} )(?:{W} ){{0,3}}?"
    nouns = (
        (CAUSES, "of|for|in|behind|to|towards?", "cause"),
        (TREATMENTS, "for|against|of", "treat"),
        ("prophylactic|prophylaxis|preventive|preventative|protective factor|protection|safeguard|shield", "for|against|of|from", "prevent"),
        ("inhibitor|inhibitors|blocker|suppressor|suppressors|repressor|antagonist|antagonists|negative regulator|negative regulators", "of", "decrease"),
        ("activator|activators|stimulator|stimulators|enhancer|enhancers|positive regulator|positive regulators", "of", "increase"),
        ("regulator|regulators|modulator|modulators|determinant|determinants|factor|factors|player|players|actor", "of|in|for|behind", "affect"),
    )  # fmt: skip
    adjectives = (
        ("responsible|partly to blame|to blame|at fault|accountable|partly responsible", "for", "cause"),
        ("implicated|involved|instrumental|influential|a factor|at play|at work", "in", "affect"),
        ("relevant|important|required|necessary|essential|crucial|critical|vital|indispensable", "for|in", "affect"),
        (GOOD, "for|against|in treating|in the treatment of|in the management of|in managing|for treating|at treating|as a treatment for|to treat|for the treatment of|in", "treat"),
        ("suitable|recommended|appropriate|approved", "for|against|to treat|for treating|as a treatment for|for the treatment of", "treat"),
        ("any help|of help|of any help|helpful|any use|any good|much help|useful", "with", "treat"),
        ("protective", "against|from", "prevent"),
        ("bad|detrimental", "for|to", "worsen"),
        ("harmful|toxic|dangerous|damaging|hazardous|injurious", "for|to", "harm"),
    )  # fmt: skip
    return [
        *(
            (
                rf"(?:{det}|(?<!common )(?<!shared )(?<!stronger )(?<!better ))(?:{noun}) (?:{prep})",
                verb,
            )
            for noun, prep, verb in nouns
        ),
        *((rf"(?:{words}) (?:{prep})", verb) for words, prep, verb in adjectives),
        ("(?:behind|at the root of|at the heart of|at the bottom of)", "cause"),
    ]


def rules_text() -> list[tuple[str, str]]:
    """The rules: a pattern over the words, and what they become.

    ``$x`` keeps a group, ``@cause`` is the verb in the form of the group ``h``, ``@cause/base`` in a
    form of its own, ``%v`` the verb of the group ``v`` in the form of ``h``.
    """
    base, ing = (alternatives(f) for f in ("base", "ing"))
    rises = "|".join(
        sorted((" ".join(w) for w in lex.rising_forms("base")), key=lambda w: (-len(w), w))
    )
    acting = "|".join(
        sorted((" ".join(w) for w in lex.intervention_forms("ing")), key=lambda w: (-len(w), w))
    )
    third = alternatives("s")
    doing = "|".join(
        sorted(
            (w[0] for w in lex.intervention_forms("base") if len(w) == 1),
            key=lambda w: (-len(w), w),
        )
    )
    light = rf"(?:{DET} )?(?:{W} ){{0,3}}?"
    past = "|".join(
        sorted((" ".join(w) for w in lex.relation_forms("ed")), key=lambda w: (-len(w), w))
    )
    longer = "|".join(
        sorted(
            (" ".join(w) for w in lex.relation_forms("base") if len(w) > 1),
            key=lambda w: (-len(w), w),
        )
    )
    found: list[tuple[str, str]] = []
    who = rf"(?P<who>{PEOPLE}|(?:{W} ){{0,2}}?(?:{populations()}))"
    people = rf"{who} (?:{TAKING}) (?P<x>{NAME}) "
    lacking = rf"{who} (?P<l>{LACKING}) (?P<x>{NAME}) "
    getting = "(?:get|gets|develop|develops|have|has|experience|suffer from|suffer|show|report|see|face|end up with|come down with|contract|had|got|developed)"
    likely = "(?:more|most) (?:likely|prone|liable|apt|susceptible|vulnerable)"
    unlikely = "less (?:likely|prone|liable|apt|susceptible|vulnerable)"
    for who, subject in ((people, "$x"), (lacking, "lack of $x")):
        found += [
            (
                rf"{who}(?:have|has|face|faces|run|runs|carry|show) (?:an? )?(?:{HIGHER}) (?:{RISK}|rate|rates|incidence|prevalence) (?:of|for)(?: (?:developing|getting|having))?",
                f"{subject} @cause/base",
            ),
            (
                rf"{who}(?:have|has|face|faces|run|runs|carry|show) (?:an? )?(?:{LOWER}) (?:{RISK}|rate|rates|incidence|prevalence) (?:of|for)(?: (?:developing|getting|having))?",
                f"{subject} @prevent/base",
            ),
            (
                rf"^(?:is|are|was|were) {who}(?:{likely}) to (?:{getting}|die of|die from)",
                f"does {subject} @cause/base",
            ),
            (
                rf"^(?:is|are|was|were) {who}(?:{unlikely}) to (?:{getting}|die of|die from)",
                f"does {subject} @prevent/base",
            ),
            (
                rf"^(?:is|are|was|were) {who}at (?:an? )?(?:increased|higher|greater|elevated|raised|high|more)? ?risk (?:of|for)(?: {getting[3:-1]})?",
                f"does {subject} @cause/base",
            ),
            (
                rf"^(?:is|are|was|were) {who}at (?:an? )?(?:decreased|lower|reduced|less)? ?risk (?:of|for)",
                f"does {subject} @prevent/base",
            ),
            (
                rf"^(?P<q>does|do|did|will|can|could|would) {who}{getting} (?P<y>{NAME}) more (?:often|frequently)$",
                f"$q {subject} @cause/base $y",
            ),
            (rf"{who}{getting} (?:more|{DEGREES['increase']})", f"{subject} @increase/base"),
            (rf"{who}{getting} (?:less|{DEGREES['decrease']})", f"{subject} @decrease/base"),
            (
                rf"^(?P<q>does|do|did|will|can|could|would|might|may|should) {who}(?:get|develop|have|experience|suffer from|suffer|show|end up with|come down with|contract)",
                f"$q {subject} @cause/base",
            ),
        ]
    found += [
        (rf"^would (?P<y>{NAME}) have been (?:averted|prevented|avoided|stopped|warded off|forestalled) (?:by|with) (?P<x>{NAME})$", "would $y have occurred if $x had been given"),
        (rf"^would (?:giving |using |taking )?(?P<x>{NAME}) have (?:averted|prevented|avoided|stopped|forestalled|caused|triggered|brought on|led to) (?P<y>{NAME})$", "would $y have occurred if $x had been given"),
        (rf"^adding (?P<x>{NAME}) to (?P<z>{NAME}) (?:effect|effects|impact|result|outcome) (?:on|for) (?P<y>.+)$", "what happens to $y with $x and $z"),
        # plainer words
        (rf"(?P<h>has|have|had) been (?P<p>{past}) (?P<b>by|with)", "are $p $b"),
        (rf"{verbs('get')} (?P<p>{past}) (?P<b>by|with)", "are $p $b"),
        (r"(?:molecular|biological|mechanistic|cellular|biochemical|physiological|physiologic|pharmacological|neural) (?:basis|bases|underpinnings?|logic|rationale|details|explanation|grounds|story|machinery)", "mechanism"),
        (r"(?P<n>mechanism|mechanisms|pathway|pathways|route|routes|steps|path|chain|process|way|means) (?:along|through|via|by|in|with) which", "$n by which"),
        (r"(?:an?|the|any|our|my|your) (?:analysis|study|investigation|regression|examination|assessment|evaluation) of(?! the effect| the relation| the assoc| the link| the corr| the impact| the influence| effect| relation| assoc| link)(?: the)?", ""),
        (rf"(?:a|the|any) (?:{W} )?(?:role|part|place) (?:for|of|played by) (?P<x>{NAME}) in (?P<y>{G})", "the effect of $x on $y"),
        (r"^should (?P<p>we|i|one|you) to", "should $p"),
        (rf"(?P<w>what|which) (?:is|are|would be) worse for (?P<y>{NAME})(?= {G} (?:or|and|vs|versus) | {G} {G} (?:or|and|vs|versus) )", "$w worsens $y"),
        (r"(?:does|do) (?:the )?(?P<m>most|more) (?:for|against) (?P<y>.+)$", "treats $y $m"),
        (rf"^what (?:is|are|was|were) (?P<x>{NAME}) (?:{ABLE}) to (?P<v>{base}|{longer})$", "what does $x $v"),
        (r"(?:has|have|had) been(?= (?:linked|tied|associated|correlated|connected|related) (?:with|to))", "are"),
        (r"(?:the )?(?:adjustment set|set of adjustment variables|covariate set|conditioning set|set of covariates)", "confounders"),
        (rf"^(?:leaving aside|setting aside|leaving out|apart from|net of|ignoring|excluding|not counting|independent of|over and above|beyond|discounting|aside from|other than through) (?P<z>{NAME}) (?:how|how much|how strongly|to what extent|what) (?:does|do|did|will|would|can) (?P<x>{NAME}) (?:{base}) (?P<y>{NAME})$", "what is the direct effect of $x on $y not through $z"),
        (rf"^(?:how|how much|how strongly|to what extent) (?:does|do|did|will|would|can) (?P<x>{NAME}) (?:{base}) (?P<y>{NAME}) (?:not through|other than through|independent of|apart from|beyond) (?P<z>{NAME})$", "what is the direct effect of $x on $y not through $z"),
        (r"(?:(?:that is|i\.?e|namely|meaning) )?(?:(?:the )?(?:part|portion|component|bit|share|fraction|effect) )?(?:(?:that|which) )?(?:does not|is not|not|but not) (?:run|go|pass|act|work|operate|flow|mediated|transmitted|explained|carried|running|going|passing|acting|working|routed) (?:through|via|by|over|along)", "not through"),
        (r"(?:(?:that is|i\.?e|namely|meaning) )?(?:the )(?:part|portion|component|bit|share|fraction) (?:(?:that|which) )?(?:runs|goes|passes|acts|works|flows|is mediated|is transmitted|is carried|is explained|running|going|passing|mediated) (?:through|via|by|over|along)", "through"),
        (rf"^what (?:would|will|does|might|could) (?P<y>{NAME}) do (?P<c>if|when|under|after|once)", "what happens to $y $c"),
        (rf"{verbs('confer carry pose bear have bring')} the (?:greatest|highest|biggest|largest|strongest|most) (?:risk|danger|hazard) (?:of|for) (?P<y>.+)$", "@cause $y most"),
        (r"(?P<w>what|which) (?:has|have) been (?:used|tried|given|prescribed|recommended|employed) (?:in|for|against|to treat)", "$w treats"),
        (r"^(?:with|by) what (?:does|do|can|could|should|would|might) (?:one|we|you|i|people|doctors|clinicians)", "how can one"),
        # one verb before another
        (rf"{verbs('tend seem appear serve happen prove manage begin start continue threaten')} to (?P<v>{base}|be)", "%v"),
        (rf"(?P<h>has|have|had) been (?:{ABLE}) to (?:have )?(?P<v>{base}|be)", "%v"),
        (rf"^(?:has|have|had) (?P<x>{NAME}) (?:ever )?been (?:{ABLE}) to (?P<v>{base}|be)", "does $x $v"),
        (rf"^(?:is|are|was|were) (?P<x>{NAME}) (?:{ABLE}) to (?P<v>{base}|be)", "does $x $v"),
        (rf"(?P<h>is|are|was|were|be) (?:{ABLE}) to (?P<v>{base}|be)", "%v"),
        (rf"^(?:is|are|was|were) (?P<x>{NAME}) (?:{ABLE_ING}) (?P<v>{ing})", "does $x %v/base"),
        (rf"(?P<h>is|are|was|were|be) (?:{ABLE_ING}) (?P<v>{ing})", "%v"),
        (rf"{verbs('have')} the (?:potential|ability|capacity|power|tendency|property|effect) (?:to|of) (?P<v>{base}|{ing})", "%v"),
        (rf"{verbs('help')} (?:to )?(?P<v>{base}|{longer})(?! (?:with|against))", "%v"),
        (r"(?P<h>is|are|was|were) (?P<v>making|keeping|giving|putting|bringing|doing|helping|pushing|sending)", "%v"),
        (rf"{verbs('succeed')} in (?P<v>{ing})", "%v"),
        (rf"{verbs('contribute')} (?:the )?most (?:to|towards?)", "most @cause"),
        (rf"{verbs('contribute')} (?:more )?(?:to|towards?)", "@cause"),
        # risk
        (rf"{verbs('increase raise elevate boost heighten up drive_up push_up double triple')} (?:{DET} |one's |people's |your )?(?:{W} ){{0,2}}?(?:{RISK}) (?:of|for)(?: (?:developing|getting|having|suffering|dying of|dying from))?", "@cause"),
        (rf"{verbs('decrease reduce lower cut halve diminish minimise minimize lessen bring_down')} (?:{DET} |one's |people's |your )?(?:{W} ){{0,2}}?(?:{RISK}) (?:of|for)(?: (?:developing|getting|having|dying of|dying from))?", "@prevent"),
        (rf"{verbs('increase raise elevate boost heighten up drive_up push_up double triple')} (?:the )?(?P<y>{NAME}) (?:risk|risks)$", "@cause $y"),
        (rf"{verbs('decrease reduce lower cut halve diminish minimise minimize lessen')} (?:the )?(?P<y>{NAME}) (?:risk|risks)$", "@prevent $y"),
        (rf"{verbs('put place leave')} (?:(?P<who>{PEOPLE}) )?(?:at|in) (?:an? )?(?:{W} ){{0,2}}?(?:risk|danger) (?:of|for)(?: (?:developing|getting|having|suffering))?", "@cause"),
        (rf"{verbs('carry pose present bear entail confer bring have')} (?:{DET} )?(?:{W} ){{0,2}}?(?:risk|risks|danger|hazard|threat) (?:of|for)", "@cause"),
        (rf"{verbs('confer offer provide give afford')} (?:(?P<who>{PEOPLE}) )?(?:{DET} )?(?:{W} ){{0,2}}?(?:protection|immunity|defence|defense) (?:against|from)", "@prevent"),
        (rf"{verbs('offer provide give bring')} (?:(?P<who>{PEOPLE}) )?(?:{DET} )?(?:{W} ){{0,2}}?(?:relief|help|benefit) (?:from|for|in|against|of|to|with)", "@treat"),
        (rf"{verbs('do')} (?:anything|something|much|a lot|any good|good|wonders|anything useful) (?:for|against|about)", "@treat"),
        (rf"{verbs('do')} (?:anything|something|a lot|much|harm|damage|any harm|any damage|good|what it should) to", "@affect"),
        # changes
        *((rf"{verbs(MAKING)} (?:{DET} (?:{W} ){{0,2}}?|(?:marked|large|significant|sharp|small|modest|substantial|sustained|rapid|dramatic|slight|transient|big|major|steep|mild) )?(?:{nouns}) (?:in|of|to)", f"@{verb}") for verb, nouns in CHANGES.items()),
        *((rf"{verbs(MAKING)} (?:{words})", f"@{verb}") for verb, words in DEGREES.items()),
        # light verbs
        (rf"^(?:has|have|had) (?P<x>{NAME}) {light.replace(')?', ')', 1)}(?:effect|effects|impact|influence|bearing|role|part) (?:on|upon|over|in|for)", "does $x @affect/base"),
        (rf"{verbs('have exert exercise show wield produce')} {light}(?:effect|effects|impact|influence|bearing|action|repercussions|implications) (?:on|upon|over|in|for)", "@affect"),
        (rf"{verbs('have play take')} {light}(?:role|part|hand|say|involvement) (?:in|for)(?: (?:the )?(?:development|pathogenesis|onset|aetiology|etiology|progression|regulation|control) of)?", "@affect"),
        (rf"{verbs('make')} {light}contribution to", "@cause"),
        (rf"{verbs('make')} {light}difference (?:to|in|for)", "@affect"),
        (rf"{verbs('take')} (?:a|its|their) (?:{W} )?toll on", "@worsen"),
        (rf"{verbs('take')} the edge off", "@improve"),
        (rf"{verbs('make')} (?:a|any) dent in", "@decrease"),
        (rf"{verbs('put')} (?:a stop|an end|paid) to", "@decrease"),
        (rf"{verbs('put')} (?:a brake|the brakes) on", "@decrease"),
        (rf"{verbs('keep')} (?:a )?(?:lid|check) on", "@decrease"),
        (rf"{verbs('give')} (?:a |any )?boost to", "@increase"),
        (rf"{verbs('set')} the stage for|{verbs('pave open','h2')} the (?:way|door) (?:for|to)", "@cause"),
        (rf"{verbs('have')} (?:anything|something|a lot|much) to do with", "@affect"),
        # verbs with what comes of it
        (rf"{verbs('keep hold bring get')} (?P<y>{NAME}) (?:in check|under control)\b", "@treat $y"),
        (rf"{verbs('keep hold ward')} (?P<y>{NAME}) (?:at bay|away|off)\b", "@prevent $y"),
        (rf"{verbs('keep hold bring drive push force pull knock take get calm')} (?P<y>{NAME}) (?:down|lower|downwards)\b", "@decrease $y"),
        (rf"{verbs('bring drive push send force crank jack ramp bump pull take get put')} (?P<y>{NAME}) (?:up|higher|upwards|soaring|through the roof)\b", "@increase $y"),
        (rf"{verbs('make render leave')} (?P<y>{NAME}) (?:worse|more severe|harder to control)\b", "@worsen $y"),
        (rf"{verbs('make render leave')} (?P<y>{NAME}) (?:better|milder|less severe|less intense|more bearable)\b", "@improve $y"),
        (rf"{verbs('stop prevent keep')} (?:(?P<who>{PEOPLE}) )?(?:from )?(?:getting|developing|having|catching|contracting|suffering from|suffering|dying of|dying from)", "@prevent"),
        (rf"{verbs('stop prevent keep')} (?P<y>{NAME}) from (?:developing|occurring|coming back|recurring|happening|returning|forming|arising|coming on)\b", "@prevent $y"),
        (rf"{verbs('stop prevent keep')} (?P<y>{NAME}) from (?:progressing|spreading|getting worse|growing|rising|advancing)\b", "@decrease $y"),
        # persons
        (rf"(?<=\S )(?<!you )(?<!\bwe )(?<!\bone )(?<!\bi ){verbs('give cause get bring land')} (?P<who>{PEOPLE})(?: with)?(?= (?!with |who |taking |on |in |to |for |a (?:lower|higher|reduced|greater))\S)", "@cause"),
        (rf"{verbs('save spare protect guard shield keep')} (?P<who>{PEOPLE}) (?:from|against)", "@prevent"),
        (rf"{verbs('make')} (?P<who>{PEOPLE}) (?:develop|get|have|suffer from|suffer|experience|catch)", "@cause"),
        (rf"{verbs('predispose')} (?P<who>{PEOPLE}) to", "@cause"),
        (rf"{verbs('cure relieve rid free')} (?P<who>{PEOPLE}) (?:of|from)", "@treat"),
    ]  # fmt: skip
    found += [
        # what makes more and less likely, or of what there is more
        (rf"{verbs('make render leave')} (?P<y>{NAME}) (?:more frequent|more common|commoner)", "@increase $y"),
        (rf"{verbs('make render leave')} (?P<y>{NAME}) (?:less frequent|less common|rarer)", "@decrease $y"),
        (rf"{verbs('make render leave')} (?P<y>{NAME}) (?:more likely|likelier|more probable)", "@cause $y"),
        (rf"{verbs('make render leave')} (?P<y>{NAME}) (?:less likely|less probable|unlikely)", "@prevent $y"),
        (rf"^(?:is|are|was|were) (?:the |there (?:an? )?)?(?:{RISK}|incidence|prevalence|rate|frequency|occurrence) of (?P<y>{NAME}) (?:{HIGHER}) (?:{WITH}) (?P<x>.+)$", "does $x @cause/base $y"),
        (rf"^(?:is|are|was|were) (?:the |there (?:an? )?)(?:{LOWER}) (?:{RISK}|incidence|prevalence|rate|frequency|occurrence) of (?P<y>{NAME}) (?:{WITH}) (?P<x>.+)$", "does $x @prevent/base $y"),
        (rf"^(?:is|are|was|were) (?:the |there (?:an? )?)?(?:{RISK}|incidence|prevalence|rate|frequency|occurrence) of (?P<y>{NAME}) (?:{LOWER}) (?:{WITH}) (?P<x>.+)$", "does $x @prevent/base $y"),
        (rf"^(?:is|are|was|were) (?:the |there (?:an? )?)?(?:{HIGHER} )?(?:{RISK}) of (?P<y>{NAME}) (?:{WITH}) (?P<x>{G}(?: (?!higher|greater|increased|lower|reduced){G})*)$", "does $x @cause/base $y"),
        (rf"^(?:is|are|was|were) (?P<y>{NAME}) (?:more (?:common|frequent|likely)|likelier|commoner) (?:{WITH}) (?P<x>.+)$", "does $x @cause/base $y"),
        (rf"^(?:is|are|was|were) (?P<y>{NAME}) (?:less (?:common|frequent|likely)|rarer) (?:{WITH}) (?P<x>.+)$", "does $x @prevent/base $y"),
        (rf"^(?:is|are|was|were) (?P<y>{NAME}) (?:higher|greater|increased|elevated) (?:{WITH}) (?P<x>.+)$", "does $x @increase/base $y"),
        (rf"^(?:is|are|was|were) (?P<y>{NAME}) (?:lower|smaller|reduced|decreased) (?:{WITH}) (?P<x>.+)$", "does $x @decrease/base $y"),
        (rf"^(?:is|are|was|were) (?P<y>{NAME}) (?:under|with|on|after) (?P<x>{NAME}) (?:more (?:frequent|common)|higher|commoner)$", "does $x @increase/base $y"),
        (rf"^(?:is|are|was|were) (?P<y>{NAME}) (?:under|with|on|after) (?P<x>{NAME}) (?:less (?:frequent|common)|lower|rarer)$", "does $x @decrease/base $y"),
        # how much
        (rf"^(?:by )?how many (?:{G} ){{1,5}}(?P<q>does|do|did|will|would|can) (?P<x>{NAME}) (?:take|knock|shave|wipe|cut) (?:off|from) (?P<y>.+)$", "how much $q $x decrease $y"),
        (rf"^(?:by )?how many (?:{G} ){{1,5}}(?P<q>does|do|did|will|would|can) (?P<x>{NAME}) (?:add to|put on) (?P<y>.+)$", "how much $q $x increase $y"),
        (rf"^(?:by )?how many (?:{G} ){{1,5}}(?P<q>does|do|did|will|would|can) (?P<x>.+)$", "how much $q $x"),
        (rf"^(?:by )?how much (?P<q>does|do|did|will|would|can) (?P<x>{NAME}) (?:take|knock|shave|wipe|cut) (?:off|from) (?P<y>.+)$", "how much $q $x decrease $y"),
        (r"^how much of an? (?P<e>effect|impact|influence|difference)", "what $e"),
        (r"^(?:what )?(?:is |are )?(?:the )?(?:size|magnitude|extent|strength) of (?:the )?(?P<e>effect|impact|influence)", "what is the $e"),
        (rf"(?P<q>^what|^which) (?:{EFFECT}) (?P<x>{NAME}) (?:has|have|had|exerts|might have|could have|would have) (?:on|upon|over) (?P<y>.+)$", "what is the effect of $x on $y"),
        (rf"^what (?:change|changes|difference|drop|fall|rise|reduction|increase|decrease|improvement|response) (?:in|to|of) (?P<y>{NAME}) (?:should|can|could|would|will|might|do|does|is|are)(?: {PEOPLE}| one| we| i)?(?: be)?(?: expect| see| get| anticipate| expected| seen)?(?: to see)? (?:from|with|after|on|under|by) (?P<x>.+)$", "what is the effect of $x on $y"),
        (rf"^(?P<q>(?:how much|what|which) .*(?:{EFFECT}) .*?) (?:(?:is|are|can be|could be|may be)? ?(?:carried|conveyed|transmitted|accounted for|channelled|channeled|routed|relayed|driven|explained|attributed|attributable|down|due|borne|put down) (?:by|through|via|to)|(?:passes|travels|operates|comes|flows|runs|goes|works|acts) (?:through|via|by way of|by)) (?P<z>{NAME})$", "$q mediated by $z"),
        (rf"^(?:does|do|is|are|can|could|might|would) (?:the )?(?:causal )?(?:link|path|effect|influence|impact|pathway|route|association|connection|relationship) (?:from|of|between|linking) (?P<x>{NAME}) (?:to|on|and|with|upon) (?P<y>{NAME}) (?:be )?(?:run|go|pass|work|operate|act|flow|mediated|travel|come|explained|carried|transmitted|conveyed|proceed|occur) (?:via|through|by way of|by|along) (?P<z>(?!confound|an? confound|chance|bias|an? third|third|reverse|hidden){NAME})$", "is the effect of $x on $y mediated by $z"),
        (rf"^(?:does|is|are|do) (?P<z>{NAME}) (?:lie |sit |fall |stand |act as )?(?:on the (?:causal )?(?:path|pathway|route|chain)|an? (?:mediator|intermediate|intermediary|go-between|intermediate step|stepping stone)|in the (?:causal )?(?:path|pathway|chain)) (?:from|between|linking|of|in|for) (?:the )?(?:effect of |link between |relationship between |association between )?(?P<x>{NAME}) (?:to|and|on|with) (?P<y>{NAME})$", "does $z mediate the effect of $x on $y"),
        (rf"^(?:does|do|did|will|can) (?P<x>{NAME}) (?:beat|outperform|outdo|surpass|trump|out-perform|outclass) (?P<z>{NAME}) (?P<p>for|in|against|at) (?P<y>{NAME})$", "is $x better than $z $p $y"),
        (r"^(?:who|which|what)(?: one| drug)? (?:wins|comes out on top|comes out ahead|is the winner|prevails|comes out best|has the edge) (?P<p>for|in|against|at)", "which is better $p"),
        (r"^(?:is there )?(?:any|some|a grain of) (?:truth|merit|substance|validity|weight|credence|mileage) (?:to|in|behind)(?: the)?(?: (?:idea|claim|notion|rumour|rumor|belief|theory|view|statement|suggestion|assertion|hypothesis|saying))?(?: that| of)?", "is it true that"),
        (r"^(?:is there )?anything (?:to|in) (?:the )?(?:idea|claim|notion|rumour|rumor|belief|theory|view|statement|suggestion|assertion|hypothesis)(?: that| of)?", "is it true that"),
        (rf"^(?:is|are|was|were) (?P<x>{NAME}) (?:a|an|the) (?:{W} )?(?:precursor|forerunner|antecedent|prelude|harbinger|predecessor) (?:of|to|for) (?P<y>.+)$", "does $x precede $y"),
        (rf"everything (?:that )?(?P<x>{NAME}) does$", "what does $x do"),
        (rf"^(?:net of|adjusted for|independently of|independent of|apart from|leaving aside|beyond) (?P<z>{NAME}) what (?:does|do|did|would|will) (?P<x>{NAME}) do to (?P<y>{NAME})$", "what is the direct effect of $x on $y not through $z"),
        (rf"^what (?:can |might |could |would )?helps? (?:{PEOPLE}) with", "what treats"),
        # other orders of words
        (r"^(?P<w>what|which) (?:would|could|might|will|can|may) be (?P<d>the|a|some|an)", "$w is $d"),
        (rf"^(?:what|which) (?:role|part) (?:do|does|did|might|could|would|can|may) (?P<x>{NAME}) play in (?P<y>.+)$", "what is the effect of $x on $y"),
        (rf"^(?:how|with what|by what means) (?:can|could|do|does|should|might|may|is|are) (?:the )?(?:{RISK}) of (?P<y>{NAME}) (?:be )?(?:lowered|reduced|cut|decreased|minimised|minimized|brought down|kept down)", "how can $y be prevented"),
        (rf"^(?:does|do|is|are) (?P<z>.+ or .+?) (?:have|has) the (?:bigger|greater|larger|stronger) (?:{EFFECT}) (?:on|upon) (?P<y>.+)$", "which affects $y more $z"),
        (rf"^(?:compared (?:with|to)|relative to|versus|in comparison (?:with|to)) (?P<z>{NAME}) (?P<q>does|do|did|will|would|can) (?P<x>{NAME}) (?P<v>{base}) (?:(?:more|less) )?(?P<y>{NAME})$", "$q $x $v $y more than $z"),
        (rf"^(?:combining|pairing|mixing|the combination of) (?P<x>{NAME}) (?:with|and|plus) (?P<z>{NAME}) (?:does|do|has) what to (?P<y>.+)$", "what happens to $y with $x and $z"),
        (rf"^(?:does|do|did|can|will|would|could|is|might) (?P<x>{NAME}) (?:{base}) (?P<y>{NAME}) (?:beyond|independent of|independently of|other than through|not via|not through|apart from through) (?P<z>{NAME})$", "what is the direct effect of $x on $y not through $z"),
        (rf"^how much of (?:the )?(?:{EFFECT}|benefit|harm|risk) of (?P<x>{NAME}) (?:on|upon|for) (?P<y>{NAME}) (?:is )?(?:independent of|not through|not mediated by|not explained by|not due to|unrelated to) (?P<z>{NAME})$", "what is the direct effect of $x on $y not through $z"),
        (rf"^what is it about (?P<x>{NAME}) (?:that|which) (?P<v>{third}) (?P<y>.+)$", "how does $x %v/base $y"),
        (rf"^(?P<p>to|for|with|from|of|on|against) (?P<w>which|what)(?P<c>(?: {G}){{0,3}}?) (?P<r>(?:does|do|is|are|can|has) .+ (?:predispose|lead|contribute|associated|linked|used|indicated|work|effective|arise|depend|respond|tied|related|correlated|prescribed|given|help|helpful|useful))$", "$w $c $r $p"),
        (rf"^how (?:would|do|does|should|could|can|might) (?:one|we|you|i|doctors|clinicians|people) (?:go about|approach|set about|best go about) (?P<v>{ing})", "how can one %v/base"),
        (rf"^is (?:there )?(?:anything|something) (?:{ABLE}|that can|which can|that might)(?: to)? (?P<v>{base}|{longer})", "what %v/s"),
        (rf"^(?:does|can|could|will|might|may) (?:anything|something) (?P<v>{base}|{longer})", "what %v/s"),
        (rf"^(?:would|do|should) (?:you|one|we|i) (?:rather |sooner )?(?:use|choose|pick|prefer|give|go for|take|recommend|try|opt for|prescribe|favour|favor|start with|go with) (?P<a>{NAME}) (?:or|over|instead of|rather than|before) (?P<b>{NAME}) (?:for|in|against|to treat) (?P<y>.+)$", "is $a better than $b for $y"),
        (rf"^(?P<a>(?:{acting}) .+?) (?:combined |joint |net |total |overall )?(?:effect|effects|impact|result|outcome|consequence|consequences) (?:on|for|in) (?P<y>{NAME})$", "what happens to $y when $a"),
        (rf"^(?P<a>(?:{doing}) .+) (?:effect|effects|impact|result|consequence|outcome) (?:on|for|in) (?P<y>{NAME})$", "what happens to $y if we $a"),
        (rf"^.*(?:worry about|consider|treat|count|regard|include|think of) (?P<z>{NAME}) as an? (?:confounder|confounding factor|covariate|confounding variable) (?:for|of|in|when studying|between) (?P<r>.+)$", "is $z a confounder of $r"),
        (rf"^(?:is|are|was|were) (?P<x>{NAME}) (?:antecedent|anterior) to (?P<y>.+)$", "does $x precede $y"),
        (r"(?:inconsistent|conflicting|contradictory|mixed|discordant|divergent|opposing|contrary|incompatible|discrepant|opposite|clashing|contrasting) (?:results|findings|reports|evidence|data|studies|conclusions|outcomes|papers|publications|messages|opinions|views|literature|trials)", "contradictory evidence"),
        (r"^(?:what is |how (?:good|high|great) is )?the (?:strength|quality|weight|solidity|robustness|reliability) of (?:the )?(?:evidence|case|data|proof)", "how certain is"),
        (r"^how (?:strong|solid|good|robust|convincing|reliable|weak|firm|compelling|persuasive|watertight|sound|conclusive) (?:is|are) (?:the )?(?:evidence|case|data|proof|literature)", "how certain is"),
        (rf"^(?P<x>{NAME}) (?:{GOOD}) (?:for|against|in treating|to treat) (?P<y>{NAME})$", "$x treats $y"),
        (rf"^(?:among|in|for|of|on) (?:those|the ones|the people|the patients) (?:who )?(?:(?:were|got|received|took|underwent|complied|adhered) ?)(?:{W} )?(?P<q>(?:what|how) .*(?:{EFFECT}) of .+)$", "$q in the treated"),
        (rf"^(?!(?:the|an?|any|joint|direct|indirect|total|causal|net|combined|average) )(?P<x>{NAME}) (?:effect|effects|impact|influence) (?:on|upon) (?P<y>.+)$", "what is the effect of $x on $y"),
        (rf"^(?P<x>{NAME}) (?:and|vs|on) (?P<y>{NAME}) (?:(?:which|what|any|possible|potential|what are the|list the|need the) )?(?:confounders|confounding|confounding factors|confounding variables|common causes)$", "what confounds $x and $y"),
        (rf"^(?P<q>.*(?:{EFFECT}) of .+) (?:among|in|for|on) (?:those|the ones) who (?:were|got|received|took|underwent|complied)(?: {W}){{0,3}}$", "$q in the treated"),
        (rf"^why (?:do|does|did) (?P<who>{PEOPLE}|{W}) (?:get|develop|have|suffer from|contract|catch) (?P<y>{NAME})$", "why do people get $y"),
        (rf"{verbs('protect guard shield')} (?P<who>{PEOPLE}|travellers|travelers|workers) (?:better|more|best) (?:against|from)", "@prevent"),
        (rf"(?P<c>can|could|might|may|will|would) be (?P<v>{ing})", "$c %v/base"),
        (r"(?P<c>can|could|might|may|will|would) be (?P<v>making|keeping|giving|putting|bringing|doing|helping|driving|pushing|sending)", "$c %v/base"),
        (rf"^(?:is|are|was|were) (?P<x>{NAME}) (?P<v>making|keeping|giving|putting|bringing|doing|helping|pushing|sending)", "does $x %v/base"),
        (rf"^whether (?P<x>{NAME}) for (?P<y>{NAME})$", "whether $x treats $y"),
        (rf"^(?P<c>can|could|might|may|will|would) (?P<x>{NAME}) be (?P<v>{ing}|making|keeping|giving|putting|bringing|doing|helping|driving|pushing|sending)(?! by)", "$c $x %v/base"),
        (rf"^(?:does|do|is|are|will|can|would) (?P<x>{NAME}) for (?P<y>{NAME}) (?:work|works|help|effective|any good|worth it|worthwhile|useful|work well)$", "does $x treat $y"),
        (rf"^(?:can|do|does|did|will|could|might|may|would) (?P<who>{PEOPLE}|(?:{W} ){{0,2}}?(?:{populations()})) (?:get|develop|contract|catch|suffer|suffer from|have|experience|end up with|come down with) (?P<y>{NAME}) (?:from|after|because of|due to|on|through|with|when taking|by taking|if they take|while on|as a result of) (?P<x>{NAME})$", "does $x @cause/base $y"),
        (rf"^of (?:the )?(?:{EFFECT}) of (?P<x>{NAME}) (?:on|upon) (?P<y>{NAME}) how much (?:is|goes|passes|runs|works|acts|can be)(?: mediated| explained| due| transmitted| carried)? (?:through|via|by|to) (?P<z>{NAME})$", "how much of the effect of $x on $y is mediated by $z"),
        (r"(?:protective|beneficial|harmful|detrimental|positive|negative|observed|apparent|supposed|alleged|known|reported|possible|therapeutic|toxic)(?= (?:effect|effects|impact|influence) of)", ""),
        (rf"^why (?:would|might|could|is|are|does|do|was|were) (?:{PEOPLE}'s |the |my )?(?P<y>{NAME}) (?:be )?(?:high|raised|elevated|increased|too high|up)$", "what increases $y"),
        (rf"^why (?:would|might|could|is|are|does|do|was|were) (?:{PEOPLE}'s |the |my )?(?P<y>{NAME}) (?:be )?(?:low|reduced|decreased|too low|down)$", "what decreases $y"),
        (r"^how (?:is it known|was it shown|was it discovered|was it established|was it found|was it proven|has it been shown|was it proved|is it established|did they show|did anyone show) that", "how do we know that"),
        (rf"^(?:predict|estimate|forecast|(?:what|how large|how big|how great|how strong) (?:is|was|would be|will be)) (?:the )?(?:expected )?(?:change|changes|difference|drop|fall|rise|reduction|increase|decrease|decline|gain|improvement) (?:in|of) (?P<y>{NAME}) (?:from|with|after|on|under|due to|seen with|achieved with|caused by|produced by|brought about by) (?P<x>.+)$", "what is the effect of $x on $y"),
        (rf"(?P<q>(?:{EFFECT}) of .+) (?:among|in|for|on) (?:the )?(?:treated|exposed) (?:patients|people|persons|subjects|individuals|participants|group|arm|women|men|children|animals)$", "$q in the treated"),
        (r"(?:that|which) (?:does not|do not|did not) (?:depend on|involve|require|rely on|need)", "not through"),
        (rf"treatment of (?P<who>{PEOPLE}|(?:{W} ){{0,2}}?(?:{populations()})) with", "treatment with"),
        (r"^(?:could|might|may|can|would) there be", "is there"),
        (r"^(?:has|have) there (?:ever )?been", "is there"),
        (r"(?P<n>link|association|connection|correlation|relationship) (?:found|reported|shown|established|seen|observed|known|demonstrated) (?P<b>between|of|with)", "$n $b"),
        (rf"^what (?:{EFFECT}) (?:does|do|did|might|could|would|will|can) (?P<x>{NAME}) have (?:for|on|upon|in) (?P<y>.+)$", "what is the effect of $x on $y"),
        (r"^(?P<q>is|are|does|do) (?:part|some|any|much|most|a share|all) of the (?P<e>effect|impact|influence)", "$q the $e"),
        (rf"{verbs('lead')} (?P<who>{PEOPLE}) to (?:develop|get|have|suffer from|contract|experience)", "@cause"),
        (rf"^what (?:would|does|will|might|could) adding (?P<x>{NAME}) to (?P<z>{NAME}) do to (?P<y>.+)$", "what happens to $y with $x and $z"),
        (rf"^what (?:can|could|should|do|might|may) (?:{PEOPLE}|i|we) (?:do|take|use|give|try) to (?:stop|reduce|control|manage|get rid of|clear|calm|soothe|ease|fight|combat|help|settle|lessen) (?P<y>.+)$", "how can one treat $y"),
        (r"^(?P<w>which|what) is more (?:dangerous|harmful|toxic|damaging|hazardous) (?:for|to)", "$w harms"),
        (rf"^(?:is|are|could|might|can) (?:the )?(?:association|link|relationship|effect|correlation|connection) (?:between|of) (?P<x>{NAME}) (?:and|on|with) (?P<y>{NAME}) (?:be )?(?:confounded|biased|distorted) by (?P<z>{NAME})$", "does $z confound the effect of $x on $y"),
        (rf"(?P<e>{EFFECT}) of (?P<x>{NAME}) on (?P<who>(?:{W} ){{0,2}}?(?:{populations()}))$", "$e of $x"),
        (r"^(?:do|have) (?:we|you) (?:have|got)(?= (?:any |good |solid |strong |real |hard )?(?:proof|evidence|data|studies|trials|papers|reason))", "is there"),
        (r"^(?:give|tell|name|list|show)(?: me| us)? (?:some|two|three|four|five|ten|a few|several|all the|all)(?= )", "list"),
        (rf"^how (?:does|do|can|could) (?:one|you|we|it|things) (?:get|go|come) from (?P<x>{NAME}) to (?P<y>{NAME})$", "how does $x affect $y"),
        (rf"^what makes (?P<x>{NAME}) (?P<v>{base}) (?P<y>{NAME})$", "how does $x $v $y"),
        (rf"(?:the )?(?:role|involvement|part|participation|function) of (?P<x>{NAME}) in (?P<y>.+)$", "the effect of $x on $y"),
        (rf"(?:the )?contribution of (?P<x>{NAME}) to (?P<y>.+)$", "the effect of $x on $y"),
        (rf"^(?:does|do|did|can|could|might|will) (?P<x>{NAME}) (?:work|act|operate|go|signal) (?:through|via|by way of|by) (?P<z>{NAME}) to (?:{base}) (?P<y>{NAME})$", "is the effect of $x on $y mediated by $z"),
        (rf"^(?:is|was) it (?:through|via|by way of|by means of) (?P<z>{NAME}) that (?P<x>{NAME}) (?P<v>{third}|{base}|{past}) (?P<y>{NAME})$", "is the effect of $x on $y mediated by $z"),
        (rf"(?:in|among|for|on) (?:the )?(?:{PEOPLE}|(?:{W} )?(?:{populations()})) (?:who )?(?:were |had |was |have )?(?:took|got|received|treated with|given|exposed to|operated on|taken|treated)(?: (?:it|them))?$", "in the treated"),
        (rf"^what (?:did|does|would|will) (?P<x>{NAME}) do to (?P<y>{NAME}) in the treated$", "what is the effect of $x on $y in the treated"),
        (rf"^(?:is|are) (?P<z>{NAME} or {NAME}) worse for (?P<y>{NAME})$", "which worsens $y more $z"),
        (r"(?:randomi[sz]ed|controlled|clinical|large|recent|published|observational|cohort|animal|human|high-quality|epidemiological|epidemiologic|prospective|experimental) (?P<s>trials?|studies|study|data|evidence|papers?|research|experiments?|findings|literature|reports?)(?! of the effect)", "$s"),
        (rf"^(?:not via|not through|not by way of) (?P<z>{NAME}) (?P<q>(?:what|how) .*(?:{EFFECT}) of .+)$", "$q not through $z"),
        (rf"^(?:keeping|holding|fixing|with) (?P<z>{NAME}) (?:constant|fixed|held constant|held fixed|unchanged|equal) (?P<q>(?:what|how) .*(?:{EFFECT}) of .+)$", "$q holding $z fixed"),
        (r"(?:does|do) more (?:harm|damage) to", "harms"),
        # on those who had it
        (rf"^(?:among|in|for|of|on) (?:the )?{PEOPLE} (?:who (?:had |were )?)?(?:took|received|got|given|taken|treated with|exposed to|receiving|taking) (?P<x>{NAME}) (?P<q>(?:what|how) .*(?:{EFFECT}) of (?P=x) .+)$", "$q in the treated"),
        (rf"(?P<e>{EFFECT}) (?:on|upon) (?!the treated|treated)(?P<y>{NAME}) of (?P<x>.+)$", "$e of $x on $y"),
        (rf"^what (?:should|can|do|does|might|will|could) (?:{PEOPLE}|i|we) expect (?:from|of|with|on|after) (?P<x>{NAME})$", "what does $x do"),
        (r"(?P<c>can|could|might|may|will|would) be (?P<v>confounding|biasing|distorting|causing|driving|raising|lowering|worsening|preventing|producing|triggering|increasing|reducing|affecting|influencing)", "$c %v/base"),
        (r"(?:third|lurking|hidden|extraneous|background|other|unmeasured|outside|external) (?:variables?|factors?)(?= (?:confound|bias|distort))", "factors"),
        (rf"^(?:if|when|once|after) (?P<who>{PEOPLE}) (?:take|takes|took|use|uses|get|gets|receive|receives|are given|are on|start|starts|drink|eat|smoke|stay on) (?P<x>{NAME}) (?:does|do|will|can|could|might|would|is) (?:it|that|this) (?P<v>{base}) (?P<y>.+)$", "does $x $v $y"),
        (rf"^(?:if|when|once|after) (?P<x>{NAME}) (?:wears off|is stopped|is withdrawn|runs out|is removed|is discontinued|wears out|is blocked|is deleted|is lost) (?P<q>does|do|will|can|could|might|would) (?:it|that|this) (?P<v>{base}|{longer}) (?P<y>.+)$", "$q withdrawing $x $v $y"),
        (rf"^(?:if|when|once|after) (?P<who>{PEOPLE}) (?:take|takes|took|use|uses|get|gets|receive|receives|are given|are on|start|starts|drink|eat|smoke) (?P<x>{NAME}) (?P<q>does|do|will|can|could|might|would) (?P<y>{NAME} (?:{rises}))$", "$q $y with $x"),
        (rf"^(?:among|in|for|of|on) (?:the )?{PEOPLE} (?:who (?:had )?)?(?:took|received|got|were given|were on|were treated with|were exposed to|taken|treated with|given|exposed to|receiving|taking) (?P<x>{NAME}) (?:how much|how|by how much|how far) (?:does|did|do|has|have) (?P<y>{NAME}) (?:change|changed|fall|rise|improve|drop|decline|increase|decrease|shift)$", "what is the effect of $x on $y in the treated"),
        (rf"^(?:among|in|for|of|on) (?:the )?(?:treated|exposed)(?: {W}| {PEOPLE})? (?P<q>.*(?:{EFFECT}) of .+)$", "$q in the treated"),
        (rf"^(?:among|in|for|of|on) (?:the )?{PEOPLE} (?:who (?:had )?)?(?:took|received|got|were given|were on|were treated with|were exposed to|taken|treated with|given|exposed to|receiving|taking) (?P<x>{NAME}) (?:what (?:is|was|were|are)|how (?:large|big|strong|great) (?:is|was)) (?:its|the|their) (?:average )?(?:{EFFECT})(?: of it)? (?:on|upon) (?P<y>.+)$", "what is the effect of $x on $y in the treated"),
        # lists
        (rf"^(?:of|among|out of|from) (?:all )?(?:of )?(?:the )?(?:{W} ){{0,3}}(?:{THINGS}) (?P<q>which|what)(?: one)?", "$q"),
        (rf"(?P<q>which|what)(?: one)? {verbs('cause')} more(?= .* (?:or|vs|versus|than))", "$q @cause more"),
    ]  # fmt: skip
    whole = rf"(?!(?:the|an?|any|some|there|it) (?:{W} )?(?:{RESULTS}|{CAUSES}|{TREATMENTS}|effect|effects)(?: |$))"
    for pattern, verb in predicates():
        found += [
            (
                rf"^(?P<q>why |how )?(?:is|are|was|were) (?P<n>not )?{whole}(?P<x>{NAME}) (?P<m>not )?(?<!more )(?<!less )(?<!\bas )(?<!most )(?:{pattern})",
                f"$q does $n $m $x @{verb}/base",
            ),
            (
                rf"(?<!what )(?<!who )(?<!which )(?<!there )(?<!\bit )(?P<h>is|are|was|were) not (?:{pattern})",
                f"does not @{verb}/base",
            ),
            (
                ("!" if "involved" in pattern else "")
                + rf"(?<!what )(?<!who )(?<!which )(?<!there )(?<!\bit )(?P<h>is|are|was|were|be|being|been) (?:{pattern})",
                f"@{verb}",
            ),
        ]
    due = rf"(?:{DET} (?:{W} ){{0,3}}?)?(?:{RESULTS}) of|because of|owing to|attributable to|down to|secondary to|the fault of|the work of|put down to|traceable to|the result of"
    found += [
        (rf"^(?P<q>is|are|was|were) (?P<n>not )?{whole}(?P<y>{NAME}) (?:{due})", "$q $n $y due to"),
        (
            rf"!(?<!what )(?<!which )(?<!there )(?<!\bit )(?P<q>is|are|was|were|be|being|been) (?P<n>not )?(?:{due})",
            "$q $n due to",
        ),
    ]
    return found
