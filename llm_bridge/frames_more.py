"""More of the grammar's patterns: the kinds of questions that version 2 of the query added.

They are tried before those of :mod:`llm_bridge.frames`. Each frame may set fields of its own beside
what its slots capture: ``measure`` of the effect, ``negated``, ``turn`` (-1: what is supposed is
that the subject's intervention had not been). ``<z>`` holds one name or a list of names.
"""

from __future__ import annotations

from llm_bridge.query import Kind, Measure, Relation

__all__ = ["CLAUSES_MORE", "FRAMES_MORE", "MACROS_MORE", "Fixed"]

Fixed = dict[str, object]

MACROS_MORE: dict[str, str] = {
    "ADJ": "adjust|control|correct|account|condition|stratify",
    "ADJING": "adjusting|controlling|correcting|accounting|conditioning|stratifying|adjustment|stratification",
    "EST": "look at|look into|looking into|identify|identifying|obtain|obtaining|estimating|estimate|studying|study|measuring|measure|analysing|analyzing|looking at|assess|assessing|we estimate|we study|computing|compute|evaluating|evaluate|testing|estimation of|asking about|we want to estimate|determining|determine|getting|get",
    "NEED": "necessary|needed|required|right|enough|sufficient|valid|ok|correct|useful|appropriate|important|wise|wrong|harmful|a mistake|a good idea|advisable",
    "MORE": "more|more often|more frequently|more likely|more reliably|more quickly|faster|better|more strongly|more effectively|to a greater extent|most|best|the most|the best|more than the other|more potently|further|most strongly",
    "MOST": "most|best|the most|the best|most strongly|most effectively|the most strongly|to the greatest extent|strongest|most reliably|the strongest|most potently|more than anything else",
    "BETTER": "better|weaker|worse|less effective|less potent|inferior|more effective|superior|more potent|stronger|more useful|more efficacious|preferable|more powerful|more helpful|more beneficial",
    "TOP": "best|strongest|most effective|most potent|most important|top|single most important|most powerful|most efficacious|most promising",
    "HAVE": "developed|had|gotten|got|suffered|suffered from|experienced|shown|contracted|acquired|come down with",
    "ARISEN": "occurred|happened|developed|appeared|arisen|existed|come about|taken place|emerged",
    "ONE": "the patient|this patient|he|she|they|the patients|someone|a patient|my patient|the man|the woman|the child|people|patients|we|one|that patient|the person",
    "BEFORE": "precede|predate|antedate|come before|occur before|happen before|appear before|develop before|arise before|start before|begin before|occur earlier than|come earlier than|emerge before|show up before",
    "AFTER": "follow|come after|occur after|happen after|appear after|develop after|arise after|start after|begin after|emerge after|come later than|postdate",
    "KNOW": "know|show|prove|establish|decide|conclude|be sure|learn|find out|identify|estimate|determine|say|tell|be certain|demonstrate|settle|answer|verify|confirm|compute|quantify",
    "MIND": "mind|minds|conclusion|answer|view|belief|verdict|opinion|judgement|judgment|assessment|position",
    "BYWAY": "through|via|by way of|mediated by|that goes through|going through|that runs through|transmitted by|transmitted through|explained by|along|passing through|over",
    "NOTBY": "that bypasses|which bypasses|that avoids|that is not mediated by|which is not mediated by|not through|not via|not mediated by|bypassing|other than through|independent of|independently of|that does not go through|which does not go through|not going through|not explained by|except through|net of|apart from",
    "SHARE": "share|have in common|have|both have|both share",
}

CLAUSES_MORE: dict[str, tuple[str, ...]] = {
    # several things done at once
    "multi": (
        "{PRON} (could|would|were to|should|can|will|have)? both? (<i:base>|<i:ed>) <x> (and|while|but) (also|{PRON})? (<k:base>|<k:ed>) <z>",
        "{PRON} (could|would|were to|should|can|will|have)? (<i:base>|<i:ed>) both? <z> (together|simultaneously|at once|at the same time|in combination)?",
        "{PRON} (could|would|were to|should|can|will)? (<i:base>|combine) <z> (together|simultaneously|at once)?",
        "{PRON} (could|would|were to|should|can|will|have)? (combine|combined|pair|paired|mix|mixed) <x> with <z>",
        "<i:base> <x> (and|while|but|then) (also)? <k:base> <z>",
        "both? <z> ({BE}|were to be|get|being|be) both? <i:ed> (together|simultaneously|at once|at the same time)?",
        "<x> ({BE}) <i:ed> (and|while|but) <z> ({BE})? <k:ed>",
        "{PRON} <i:base> <x> (together with|along with|in combination with|combined with|plus|and also|as well as|on top of) <z>",
        "<i:ing> <x> and <k:ing> <z>",
        "<i:ing> both? <z>",
        "<x> and <z> ({BE}) both? <i:ed>",
    ),
    # "if lithium had not been given", "had the patient not taken lithium"
}  # fmt: skip

_STUDY = "(the|a|any)? (causal|total|average|real|true|observed)? ({EFF}|{LINK}) (of|between) <x> (on|and|in|with|to|upon) <y>"
_SAID = "(the {CLAIMN} that|that|whether|if|how)? (<c:fin>|<c:ing>|<c:nom>|<c:base>)"
_ABOUT = "({WH} (is|are|would be|was)|{WANT}|how (large|big|strong|much) (is|are|would be))? (the|a|an)? (average|mean|causal|expected|pure)? "

_ADJUSTMENT = (
    "{BE} it {NEED} to {ADJ} (for|on|by) <z> (when|if|to|in|in order to|while|for|before)? {EST}? " + _STUDY,
    "(would|does|will|could|can|might) {ADJING} (for|on|by) <z> (bias|confound|distort|open|spoil|help|block|remove|change|harm|introduce bias in|create bias in|improve) (the)? (estimate of)? " + _STUDY,
    "{BE} <z> {A}? (possible|potential|measured|common)? (confounder|confounding factor|confounding variable|collider|common cause|shared cause|cause) (of|for|between|in) (both)? (the)? ({EFF}|{LINK})? (of|between)? <x> (and|on|to) <y>",
    "{DO} <z> (confound|bias|cause both|affect both|influence both|drive both) (the)? ({EFF}|{LINK})? (of|between|from)? <x> (and|on) <y>",
)  # fmt: skip
_COMPARISON = (
    "(which|what) (<cat>|one|drug)? (of|out of|among|between) (the two)? <z> (<v:s>|<v:base>) <y> {MORE}",
    "(which|what|who) (<cat>|one|drug)? ({CAN}|{DO})? (<v:s>|<v:base>) <y> {MORE} <z>",
    "{DO} <x> <v:base> <y> {MORE} than <z> (does|do|did)?",
    "{DO} <x> <v:base> <y> (less|less strongly|less effectively) than <z>",
    "{BE} <x> {BETTER} (than|to) <z> (at|in|for) <v:ing> <y>",
    "{BE} <x> {BETTER} (than|to) <z> (for|against|in|in treating|at treating|in the treatment of|for treating|as a treatment for) <y:treat>",
    "{BE} <x> {BETTER} (for|against|in|at treating) <y:treat> than <z>",
    "{BE} <x> {BETTER} (at|in|for) <v:ing> <y> than <z>",
    "(which|what) (<cat>|one|drug|of the two)? (is|works|are|helps|would be) {BETTER} (at|in|for) <v:ing> <y> <z>",
    "(which|what) (<cat>|one|drug|of the two)? (is|works|are|helps|would be) {BETTER} (for|against|in|in treating) <y:treat> <z>",
    "(which|what) (of|among|between) <z> (is|works|are|would be) (the)? ({BETTER}|{TOP}) (at|in|for) <v:ing> <y>",
    "(which|what) (of|among|between) <z> (is|works|are|would be) (the)? ({BETTER}|{TOP}) (for|against|in|in treating) <y:treat>",
    "compare (the)? ({EFF} of)? <z> (on|upon) <y>",
    "compare <z> (for|in|against|as treatments for|with respect to|as therapies for|in treating) <y:treat>",
    "{BE} <x> {A}? ({BETTER}|bigger|larger|greater|more important) <n> (of|for|against|in) <y> than <z>",
    "(which|what) (is|has) the? (stronger|larger|bigger|greater) {EFF} on <y> <z>",
)  # fmt: skip
_RANKED = "(by (evidence|strength|belief|support|strength of evidence|effect))?"
_RANKING = (
    "{WH} (single)? (<cat>|{ANY})? ({CAN}|{DO})? (<v:s>|<v:base>) <y> {MOST}",
    "({WH} (is|are)|{WANT}|{WH})? (the)? (single)? {TOP} (known|available|possible)? (<tn>|<n>) (is|are)? (for|of|against|to treat|in|to prevent|to) <y>",
    "({WH} (is|are)|{WANT})? (the)? {TOP} (<cat>|{ANY}|way|ways) (to|for|that|which|against) (<v:base>|<v:s>|<v:ing>) <y>",
    "{WH} (<cat>|{ANY})? (is|are|works|work) (the)? ({TOP}|{MOST}) (at|in|for) <v:ing> <y>",
    "{WH} (<cat>|{ANY})? (is|are|works|work) (the)? (most effective|strongest|most potent|best) (for|against|in) <y:treat>",
    "rank (all)? (the)? (<tn>|<n>|<cat>|{ANY}) (of|for|against|behind) <y> " + _RANKED,
    "rank (all)? (the)? (<cat>|{ANY})? (that|which|by how much they|by how strongly they|by how they|which most)? <v:base> <y> " + _RANKED,
    "{WH} {BE} the {TOP} of the (<tn>|<n>|<cat>) (for|of|against) <y>",
)  # fmt: skip
_WHAT_IF = (
    "{WH} (happens|will happen|would happen|might happen|becomes|could happen|changes) (to|with|in|of) <y> (if|when|once|after|upon|with|by|under|while)? <c:multi>",
    "({IF})? <c:multi> (then)? {WH} (happens|will happen|would happen|might happen|becomes|could happen|changes) (to|with|in|of) <y>",
    "{IF} <c:multi> (then)? (how|what) (does|will|would|do|might) <y> (change|respond|react|become|behave|do)",
    "how (does|will|would|do|might) <y> (change|respond|react|behave) (if|when|after|upon|to|under) <c:multi>",
    "(what|how large|how big|how strong) ({BE}|would be|will be) the? (joint|combined|net|total|causal|overall)? {EFF} (of) (combining|combined|the combination of|a combination of|both|jointly giving|simultaneous|simultaneously giving|giving both|co-administering|coadministration of|combination of) <z> (on|upon|for|in) <y>",
    "(what|how large|how big|how strong) ({BE}|would be|will be) the? (joint|combined) {EFF} of <z> (together)? (on|upon|for|in) <y>",
    "(what|how large|how big|how strong) ({BE}|would be|will be) the? (net|total|causal|overall)? {EFF} of <c:multi> (on|upon|for|in) <y>",
)  # fmt: skip
_ORDER = (
    "(which|what) (one)? (comes|occurs|happens|came|appears|is|develops|arises|starts|occurred|happened|appeared) first <x> or <y>",
    "{BE} <x> (already)? {SEEN}? (before|earlier than|prior to|ahead of) <y>",
)  # fmt: skip
_CERTAINTY = (
    "how (sure|certain|confident|convinced|positive) ({BE}|can|should|may|could) {PRON} be? (that|of|about|in|whether)? (the {CLAIMN} that)? (<c:fin>|<c:ing>|<c:nom>)",
    "how (certain|likely|probable|sure|plausible) (is it|is|are) (that|whether)? (the {CLAIMN} that)? <c:fin>",
    "with (what|which|how much) (confidence|certainty|probability) (do|can|does|would) ({PRON} (say|claim|state|conclude) (that)? <c:fin>|<c:base>)",
)  # fmt: skip
_MISSING = (
    "{WH} (do|does) {PRON} not know (about|of|on)? (<c:nom>|<c:fin>|(whether <c:fin>)|(<x> and <y>))",
    "{WH} (is|are) (still|not yet|un)? (unknown|uncertain|unclear|open|unanswered|not known) (about|regarding|on|in) (<c:nom>|<c:fin>|(<x> and <y>))",
)  # fmt: skip
_CONFOUNDERS = (
    "{WH} (common|shared)? (causes|cause|ancestors|drivers) (do|does|are) <x> and <y> {SHARE}",
    "do <x> and <y> {SHARE} {A}? (common|shared) (cause|causes|driver|origin)",
    "{WH} (common|shared) (causes|cause|drivers) (do|does) <x> and <y> (share|have)",
)  # fmt: skip


def _measured() -> list[tuple[Kind, str, Fixed]]:
    tail = "{EFF} of <x> (on|upon) <y>"
    direct: Fixed = {"measure": Measure.DIRECT}
    indirect: Fixed = {"measure": Measure.INDIRECT}
    held: Fixed = {"measure": Measure.CONTROLLED_DIRECT}
    path: Fixed = {"measure": Measure.PATH}
    treated: Fixed = {"measure": Measure.TREATED}
    texts: list[tuple[str, Fixed]] = [
        (_ABOUT + f"controlled direct {tail} (with|when|holding|for|at|keeping|given) (fixed)? <z> (held|is|kept|being|set)? (fixed|constant)?", held),
        (_ABOUT + f"controlled direct {tail}", held),
        (_ABOUT + f"(natural|remaining|pure)? direct {tail} ({{BYWAY}}|{{NOTBY}}|relative to|with respect to|given|with mediator) <z>", direct),
        (_ABOUT + f"(natural|remaining|pure)? direct {tail}", direct),
        (_ABOUT + f"(natural|mediated)? (indirect|mediated) {tail} ({{BYWAY}}|relative to|with respect to|with mediator) <z>", indirect),
        (_ABOUT + f"(natural)? (indirect|mediated) {tail}", indirect),
        ("(how much|what fraction|what part|what share|what portion|what percentage|what proportion|which part) of the (total|causal)? {EFF} of <x> (on|upon) <y> (is|are)? (mediated by|goes through|due to|runs through|passes through|transmitted by|explained by|via|through|goes via|transmitted through) <z>", indirect),
        (_ABOUT + f"(path-specific|path specific)? {tail} (along|by|over|through|via) (the|a)? (path|chain|pathway|route) (through|via|over|of) <z>", path),
        (_ABOUT + f"(path-specific|path specific) {tail} (through|via|along|over) <z>", path),
        ("{DO} <x> (act on|<v:base>) <y> (through|via|by way of|by acting on|by means of) <z>", path),
        ("{BE} the? (causal)? {EFF} of <x> (on|upon) <y> (mediated|transmitted|explained|carried) (by|through|via) <z>", path),
        ("{DO} <z> (mediate|transmit|carry) the? (causal)? {EFF} of <x> (on|upon) <y>", path),
        ("{BE} <z> {A}? mediator (of|in|for|between) (the)? ({EFF})? (of)? <x> (on|and|to) <y>", path),
        (_ABOUT + f"{tail} (in|on|among|for) the (treated|exposed|treated patients|exposed people|treated group)", treated),
        (_ABOUT + "(treatment)? effect on the treated of <x> (on|upon) <y>", treated),
        (_ABOUT + "(att|average treatment effect on the treated) of <x> (on|upon) <y>", treated),
    ]  # fmt: skip
    return [(Kind.EFFECT, text, fixed) for text, fixed in texts]


_UPON: tuple[str, ...] = (
    "({BE}|{CAN}) not? <y> not? be? <v:ed> (when|if|once)? <c:int>",
    "{DO} not? <y> <g:base> <c:int>",
)
_LINKED: tuple[str, ...] = (
    "(has|have|had) not? <x> not? been {ASSOC} (with|to) <y:assoc>",
    "({BE}|{CAN}) not? <x> not? (be|been) {ASSOC} (with|to) <y:assoc>",
)
_EFFECTS: tuple[str, ...] = (
    "{WH} (becomes|will become|would become) of <y> (if|when|once|after|upon|without|under)? <c:int>",
    "(under|with|upon|after|following|during|in response to|on) <c:int> (then)? {WH} (happens|will happen|would happen|might happen|becomes|changes) (to|with|in|of) <y>",
    "<c:int> {WH} (happens|will happen|would happen|might happen|changes) (to|with|in) <y>",
    "<i:ing> <x> {DO} what to <y>",
    "<x> {DO} what to <y>",
    "what {BE} the {EFF} of <c:int> for <y>",
    "how (does|do|will|would|can|could|might) <x> (change|alter|modify|shift) <y>",
)
_BODY: tuple[str, ...] = (
    "{WH} {DO} <x> do to (the body|the human body|the organism|a person|people|patients|cells|us|me)",
)
_NEGATED: tuple[str, ...] = (
    "{DO} <x> (fail|fails) to <v:base> <y>",
    "(is|was) it (false|untrue|wrong|incorrect|a myth|not true|not the case) (that|to say that) <c:fin>",
    "(has|have) <x> failed to <v:base> <y>",
)

_DENIED: Fixed = {"negated": True}

FRAMES_MORE: tuple[tuple[Kind, str, Fixed], ...] = (
    *((Kind.MISSING, text, {}) for text in _MISSING),
    *((Kind.CERTAINTY, text, {}) for text in _CERTAINTY),
    *((Kind.ADJUSTMENT, text, {}) for text in _ADJUSTMENT),
    *((Kind.COMPARISON, text, {}) for text in _COMPARISON),
    *((Kind.RANKING, text, {}) for text in _RANKING),
    *((Kind.ORDER, text, {}) for text in _ORDER),
    *((Kind.WHAT_IF, text, {}) for text in _WHAT_IF),
    *_measured(),
    *((Kind.CONFOUNDERS, text, {}) for text in _CONFOUNDERS),
    *((Kind.EXISTENCE, text, {}) for text in (*_LINKED, *_UPON)),
    *((Kind.EFFECTS, text, {}) for text in _BODY),
    *((Kind.EFFECT, text, {}) for text in _EFFECTS),
    *((Kind.EXISTENCE, text, _DENIED) for text in _NEGATED),
)
