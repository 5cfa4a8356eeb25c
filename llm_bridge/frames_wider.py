"""Still more patterns: other wordings of the kinds that the two frame modules before this one know.

They are tried before those of :mod:`llm_bridge.frames` and after those of
:mod:`llm_bridge.frames_more`. ``{XY}`` is "the effect of X on Y" in its wordings, ``{SAID}`` a claim.
"""

from __future__ import annotations

from llm_bridge.frames_more import Fixed
from llm_bridge.query import Kind, Measure, Relation

__all__ = ["CLAUSES_WIDER", "FRAMES_WIDER", "MACROS_WIDER", "OPENINGS_WIDER"]

MACROS_WIDER: dict[str, str] = {
    "HAP": "happens|will happen|would happen|happened|might happen|may happen|should happen|does happen|is going to happen|could happen|can happen|becomes|occurs|changes",
    "KINDOF": "kind of|kinds of|sort of|sorts of|type of|types of",
    "FINDING": "evidence|proof|data|result|results|finding|findings|study|studies|experiment|experiments|trial|trials|observation|observations|measurement|measurements|information|paper|papers",
    "SAID": "(how|about|on|of|for|over|as to|regarding)? (whether|that|if|how)? (the {CLAIMN} (that|of)?)? (<c:fin>|<c:ing>|<c:nom>)",
    "WHO": "anybody|anyone|somebody|someone|nobody|researchers|scientists|experts|people|doctors|authors|investigators|others|(any|a|an|the|some|other|all)? {STUDY}",
    "XY": "((the|a|an|any)? (causal|total|average|overall|real|true|observed)? ({EFF}|{LINK}) (of|between) <x> (on|and|in|with|to|upon) <y>)|(<x:poss> (causal|total|average|overall)? ({EFF}) (on|upon) <y>)",
    "STUDYING": "(when|if|to|in|in order to|while|for|before|after)? {PRON}? (want to|try to|wish to)? {EST}?",
    "OBLIGED": "have to|need to|want to|ought to|be required to",
    "HELDFIXED": "held fixed|held constant|kept fixed|kept constant|fixed|held at a fixed value|held",
    "THEIRS": "(those|people|patients|persons|subjects|individuals) (who (took|received|got|had|were given|were treated with|were exposed to|take|receive) (it|them)|treated|exposed|who were treated|who were exposed|treated with it|exposed to it)",
    "WITHIT": "with|under|on|after|upon|during|from|in {PRON} (taking|on|who take|with|exposed to|who are exposed to|treated with|given|who receive|who use|using|receiving)",
    "SEEN": "there|present|seen|observed|found|detected|detectable|visible|apparent|evident|noticed",
    "NEEDED": "missing|needed|required|lacking|necessary|absent|wanting",
    "SETTLE": "settle|decide|resolve|answer|clarify|show|prove|establish|determine|tell|demonstrate|find out",
    "PUT": "include|enter|use|put|add|treat",
    "PUTTED": "included|entered|used|put|added|treated",
    "COVARIATE": "covariate|covariates|confounder|confounders|control|controls|control variable|adjustment variable",
}

CLAUSES_WIDER: dict[str, tuple[str, ...]] = {
    "base": (
        "<x> not? make <y> <worse>",
        "<x> not? (carry|pose|bear|involve|entail) {A}? risk of <y:cause>",
        "<x> not? (act|lie|work) upstream of <y:affect>",
        "<x> not? have (anything|something) to do with <y:affect>",
        "<x> not? be (used|given|taken) to <v:base> <y>",
        "<x> not? (bring|keep|push|drive|get|take|hold|calm) <y:down> down",
        "<x> not? (bring|push|drive|get|send|take) <y:up> up",
        "<x> not? be (useful|effective|good|helpful|suitable|used|of use) (in|for|at) <v:ing> <y>",
    ),
    "fin": (
        "<x> (makes|make|made) <y> <worse>",
        "<x> (brings|keeps|pushes|drives|gets|takes|holds|calms) <y:down> down",
        "<x> (brings|pushes|drives|gets|sends|takes) <y:up> up",
        "<x> (carries|carry|poses|pose) {A}? risk of <y:cause>",
        "<x> (has|have) (something|anything) to do with <y:affect>",
        "<x> {DO} not have {A}? causal? {EFF} on <y>",
        "<x> {BE} not? (useful|effective|good|helpful) (in|for|at) <v:ing> <y>",
    ),
    "nom": ("<x:poss> (causal|direct|total|overall)? {EFF} (on|upon|in) <y>",),
    "int": (
        "(with|having|keeping) <x> <i:ed>",
        "(under|upon|with|after|following|during|on)? <in> (of|with|by) <x>",
    ),
    "multi": (
        "(with|under|on|given) both <z>",
        "<x> ({BE})? (combined|given together|co-administered|taken together|mixed|paired) with <z>",
        "(under|with|on|by)? <x> (plus|together with|combined with|along with|in combination with) <z>",
        "{PRON} (have)? (<i:ed>|<i:ing>|<i:base>) <x> (and|while|but) (keep|keeping|continue|continuing|also|at the same time)? (<k:ing>|<k:base>|<k:ed>) <z>",
        "<z> {BE} (combined|mixed|co-administered|co-inhibited)",
        "<z> {BE} (given|taken|combined|administered|used) (together|jointly|in combination|simultaneously|at the same time|at once)",
        "(double|simultaneous|combined|joint|dual)? <in> of both? <z>",
        "(double|simultaneous|combined|joint|dual) <in> of both? <z>",
        "<x> ({BE}) <i:ed> (and|while|but) <z> ({BE}) <k:ed>",
    ),
}  # fmt: skip

OPENINGS_WIDER: tuple[str, ...] = (
    "(could|can|might|may) it be (the case)? that", "do you (think|believe|reckon) (that)?",
    "is it (conceivable|thinkable|imaginable|believed|thought) that", "i wonder (whether|if)",
    "(any|have you any|do you have any) idea (whether|if)?", "do we know (whether|if)",
    "(i am|we are) (curious|interested to know) (whether|if)?", "help me understand", "quick question",
    "i am trying to (find out|understand|learn)", "let me know",
)  # fmt: skip

_DENIED: Fixed = {"negated": True}
_MORE_LIKELY: Fixed = {"relation": Relation.INCREASE}
_LESS_LIKELY: Fixed = {"relation": Relation.DECREASE}
_TAKING = "(who (take|takes|use|receive|get|are on|are given|are exposed to|are treated with)|taking|on|using|receiving|given|exposed to|treated with|with)"
_GETS = "(to (develop|get|have|suffer|suffer from|contract|experience|show))"
_HIGHER = (
    "(higher|more likely|more frequent|more common|increased|elevated|greater|more severe|worse)"
)
_LOWER = "(lower|less likely|less frequent|less common|rarer|reduced|decreased|smaller|less severe)"

_EXISTENCE: tuple[str, ...] = (
    "{BE} <y> (something|a thing|one thing) (that|which)? <x> ({CAN})? (<v:s>|<v:base>)",
    "{BE} not? <x> (required|needed|necessary|essential|sufficient|important|dispensable|crucial|critical|enough) for <y:affect>",
    "{BE} there {A}? (risk|danger|chance) of <y> (with|from|under|on|after|due to) <x:cause>",
    "({DO}) {PRON} (get|develop|catch|contract|have|suffer|suffer from) <y> (from|due to|because of|through|on|after) (taking|using)? <x:cause>",
    "{BE} <y> {A}? (known|possible)? (risk|danger|hazard) of <x:cause>",
    "{BE} <x> (upstream of|an upstream regulator of) <y:affect>",
    "{BE} <y> (downstream of|under the control of|controlled by|dependent on|sensitive to|responsive to|subject to) <x:affect>",
    "{BE} <y> {A}? (direct|known)? target of <x:affect>",
    "(has|have|had) <x> {A}? (causal|direct)? {EFF} (on|upon) <y:affect>",
    "{BE} it? <x> (that|what|which) (<v:s>|<v:ed>|<v:base>) <y>",
    "{BE} <x> (any|of any)? (good|use|help|value|useful) (for|against|in|in treating) <y:treat>",
    "{BE} <x> (used|useful|effective|good|helpful) (at|in|for) <v:ing> <y>",
    "{DO} <x> help {PRON} with <y:better>",
    "(can|could|may|might|will|do|does) {PRON} <v:base> <y> (with|by|using|through|by giving|by means of) <x>",
    "{BE} <y> (among|one of) (the)? (known|possible|common)? (side effects|adverse effects|effects|consequences|complications|symptoms|results) of <x:cause>",
    "{BE} <x> (levels|exposure|intake)? (responsible for|to blame for|behind|the cause of|the reason for) <y:cause>",
)  # fmt: skip
_NONE: tuple[str, ...] = (
    "{BE} there no (causal|direct|known)? {LINK} (between|of) <x:assoc> (and|with|to) <y>",
    "{BE} there no (causal|direct|known)? {EFF} (of|from) <x> (on|in|upon) <y>",
    "{DO} <x> have no {EFF} (on|upon) <y>",
)  # fmt: skip
_LIKELIHOOD: tuple[tuple[str, Fixed], ...] = tuple(
    (text, fixed)
    for often, likely, fixed in (
        (_HIGHER, "more", _MORE_LIKELY), (_LOWER, "less", _LESS_LIKELY),
    )
    for text in (
        f"{{BE}} <y> {often} {{WITHIT}} <x>",
        f"{{BE}} <y> {{WITHIT}} <x> {often}",
        f"{{BE}} {{PRON}} {_TAKING} <x> {likely} likely {_GETS} <y>",
        f"{{DO}} {{PRON}} {_TAKING} <x> (develop|get|have|suffer from|contract|experience) <y> {likely} (often|frequently)",
        f"{{DO}} {{PRON}} {_TAKING} <x> (develop|get|have|suffer from|contract|experience) {likely} <y>",
    )
)  # fmt: skip
_EFFECT: tuple[str, ...] = (
    "how {DO} (<i:ing>|(<in> of)) <x> (affect|influence|impact|change|alter) <y>",
    "how {DO} <x> <in> (affect|influence|impact|change|alter) <y>",
    "{WH} (would|do|should|can) {PRON} (expect|predict|anticipate) (to happen|will happen|happens)? (to|for|of|with|in) <y> (if|when|after|upon|under|once)? <c:int>",
    "{WH} {BE} the (response|reaction|sensitivity) of <y> to <c:intx>",
    "{WH} {DO} (<c:int>|<x>) mean for <y>",
    "how (big|large|much of|great|strong) (a|an)? (change|rise|fall|drop|increase|decrease|reduction|difference) (in|of|to) <y> {DO} <x> (produce|cause|bring|give|induce|make|lead to)",
    "(by what (amount|margin|degree)|to what degree) {DO} <c:much>",
    "how (effective|effectively|good|potent|efficacious) {BE} <x> (at|in|for) <v:ing> <y>",
    "(what|how) (is|would|will) <y> (be|look)? like (without|with|under|after) <x:low>",
    "{WH} {HAP} (to|with|in) <y> (if|when|once|after|upon|following|under|with|by|during|without)? <c:int>",
    "{WH} (difference|change|changes) {DO} <x> make (to|for|in) <y>",
    "(by)? (how much|how far|how strongly) <c:fin>",
    "{WANT}? (estimate|predict|calculate|compute|quantify) (by)? (how much|how far|how strongly) <c:fin>",
)  # fmt: skip
_TAIL = "{EFF} of <x> (on|upon) <y>"
_MEASURES: tuple[tuple[str, Fixed], ...] = (
    ("(how much|what fraction|what part|what share|what proportion|what percentage|which part) of <x:poss> {EFF} (on|upon) <y> (is|are)? (mediated by|goes through|due to|runs through|passes through|transmitted by|explained by|via|through|goes via|transmitted through|works through|acts through) <z>", {"measure": Measure.INDIRECT}),
    ("(what|how much) of the {EFF} of <x> on <y> (works|acts|operates|flows) through <z>", {"measure": Measure.INDIRECT}),
    ("(apart from|besides|not counting|excluding|leaving out|beyond) <z> (what|how large|how strong) (is|would be) the? (natural|remaining)? (direct)? " + _TAIL, {"measure": Measure.DIRECT}),
    ("(what|how much) {EFF} {DO} <x> have on <y> ({NOTBY}) <z>", {"measure": Measure.DIRECT}),
    ("(what|how large|how big|how strong) (is|would be) the? (remaining|causal)? " + _TAIL + " ({NOTBY}) <z>", {"measure": Measure.DIRECT}),
    ("{BE} there {A}? (natural)? direct " + _TAIL, {"measure": Measure.DIRECT}),
    ("{DO} <x> have {A}? (natural)? direct {EFF} (on|upon) <y>", {"measure": Measure.DIRECT}),
    ("{BE} there {A}? (natural)? (indirect|mediated) " + _TAIL + " (through|via|by) <z>", {"measure": Measure.INDIRECT}),
    ("{DO} <x> have {A}? (natural)? indirect {EFF} (on|upon) <y> (through|via|by) <z>", {"measure": Measure.INDIRECT}),
    ("(what|how large|how big|how strong) (is|would be) the? (controlled|direct|causal)? (direct)? " + _TAIL + " (if|when|while|with|given that) <z> (is|are|were|was|stays|remains)? {HELDFIXED}", {"measure": Measure.CONTROLLED_DIRECT}),
    ("(what|how large|how big|how strong) (is|would be) the? (controlled|direct|causal)? (direct)? " + _TAIL + " (holding|keeping|fixing) <z> (fixed|constant)?", {"measure": Measure.CONTROLLED_DIRECT}),
    ("(what|how large|how big|how strong) (is|would be|was) the? (average|causal)? " + _TAIL + " (in|among|for|on) {THEIRS}", {"measure": Measure.TREATED}),
    ("{DO} <x> (act on|<v:base>) <y> (by|through|via) <v:ing> <z>", {"measure": Measure.PATH}),
    ("{DO} <z> (mediate|transmit|carry) <x:poss> {EFF} (on|upon) <y>", {"measure": Measure.PATH}),
)  # fmt: skip
_CAUSES: tuple[str, ...] = (
    "{WH} (other|environmental|genetic|common|dietary|infectious|occupational|specific|possible|main|new) (<cat>|{ANY}) ({CAN})? (<v:s>|<v:base>) <y>",
    "{WH} (<cat>|{ANY})? ({CAN})? (makes|make) {PRON} (develop|get|have|suffer from|contract) <y:cause>",
    "{WH} (<cat>|{ANY})? ({CAN})? (brings|bring|keeps|keep|pushes|push|drives|drive|gets|get|takes|take|holds|hold) <y:down> down",
    "{WH} (<cat>|{ANY})? ({CAN})? (brings|bring|pushes|push|drives|drive|gets|get|sends|send) <y:up> up",
    "{WH} (<cat>|{ANY})? ({CAN})? (puts|put|places|place) {PRON}? at (a)? (higher|increased|high|greater|elevated)? risk (of|for) <y:cause>",
    "{WH} (<cat>|{ANY})? ((is|are)|({CAN} be)) <v:ing> <y>",
    "(is there|are there) {A}? (<cat>|{ANY}) (that|which) ({CAN})? (<v:s>|<v:base>) <y>",
)  # fmt: skip
_TREATMENTS: tuple[str, ...] = (
    "({CAN}) (anything|something) be (done|given|used|taken|prescribed) (for|about|against|to treat) <y>",
    "how {DO} {PRON} (best|usually|normally)? <t:base> <y>",
    "{WH} (treatment|therapeutic)? options? ((are there)|exist|(do we have)|(is there))? (to|for|against) (<t:base>|<t:ing>)? <y>",
    "{WH} (<cat>|{ANY})? (protects|protect|saves|guards|shields) {PRON} (from|against) <y:prevent>",
)  # fmt: skip
_EFFECTS: tuple[str, ...] = (
    "{WH} {BE} <x:poss> (known|main|possible|common)? (effects|side effects|adverse effects|consequences|targets|complications|risks|downstream targets)",
    "{WH} ({CAN})? (go|goes) wrong (with|on|under|after) <x>",
    "{WH} (harm|harms|damage|good|benefit|benefits) {DO} <x> (do|cause|bring|have)",
    "(against|for) {WH} (<cat>)? {DO} <x:treat> (help|work)",
)  # fmt: skip
_MECHANISM: tuple[str, ...] = (
    "{WH} {BE} the (biological|molecular|causal|physiological)? (chain|sequence|series|cascade) of (events|steps|reactions) (between|from|that leads from|leading from|linking) <x> (and|to|with) <y>",
    "{WH} {BE} the (biological|molecular|mechanistic|physiological)? (basis|explanation|rationale|reason) (of|for|behind|underlying|that|why) (<c:nom>|<c:fin>)",
    "(through|via|by) {WH} ({MECH}|<cat>|intermediate)? {DO} <x> (reach|get to|arrive at|act on|operate on) <y>",
    "how {DO} <x> (come to|manage to|end up) (<v:base>|<v:ing>) <y>",
    "(explain|describe|elucidate) the? {LINK} (between|of) <x> (and|with|to) <y>",
)  # fmt: skip
_SPURIOUS = "(spurious|confounded|due to confounding|causal or confounded|causal or spurious|confounded or causal|real or spurious|not causal|explained away|only due to confounding)"
_CONFOUNDERS: tuple[str, ...] = (
    "({BE}|{CAN}) the? ({LINK}|{EFF}) (between|of) <x> (and|with|on) <y> be? (due to|explained by|produced by|caused by|created by|because of|the result of) {A}? (possible|hidden|common|shared|unmeasured)? (confounder|confounders|confounding|third variable|third factor|cause|bias)",
    "{BE} <x> and <y> confounded",
    "({CAN}) (something|anything) else (explain|account for|lie behind) (the|why|that)? ({LINK} (between|of))? <x> and <y> ({BE} {ASSOC})?",
    "{BE} the? ({LINK}|{EFF}) (between|of) <x> (and|with|on) <y> " + _SPURIOUS,
)  # fmt: skip
_EVIDENCE: tuple[str, ...] = (
    "on (what|which) {FINDING}? (basis|grounds)? (does|do|is) the {CLAIMN} that <c:fin> (rest|depend|stand|based)",
    "what (is|are) the {CLAIMN} that <c:fin> (based on|grounded in|built on|founded on)",
    "what makes {PRON} (say|think|believe|claim|conclude|assume) that? <c:fin>",
    "{WH} is known? about (<c:nom>|<c:fin>|(<x> and <y>))",
    "{WH} (do|does|can) {PRON} (know|say|find) about (<c:nom>|<c:fin>)",
)  # fmt: skip
_DENIED_BY: tuple[str, ...] = (
    "(do|does|did) ({WHO}|everybody|everyone) (agree|disagree|argue|differ|doubt|dispute|question|contest|challenge) {SAID}",
    "{WH} {BE} the? (arguments|objections|counterarguments|counter-arguments|reasons|case) against (the {CLAIMN} (that|of))? (<c:ing>|<c:nom>|<c:fin>)",
    "do (the|all|any)? {STUDY} (conflict|disagree|differ|agree|contradict each other|clash) (on|about|over|regarding|concerning|as to) (whether)? ((<x> and <y>)|<c:nom>|<c:fin>)",
    "({WH}|who|are there|is there {A}) {STUDY} (that)? (found|find|finds|show|shows|showed|report|reports|reported) no (such)? ({LINK} (between|of) <x> (and|with) <y>|{EFF} of <x> (on|upon) <y>)",
    "{BE} the? (findings|results|reports|evidence|{STUDY}|data) (on|about|for|regarding) ((<x> and <y>)|<c:nom>) (consistent|inconsistent|contradictory|conflicting|mixed|in conflict|in agreement)",
)  # fmt: skip
_ADJUST_FOR = "{ADJ} (for|on|by) <z>"
_ADJUSTING_FOR = "{ADJING} (for|on|by) <z>"
_ADJUSTMENT: tuple[str, ...] = (
    "({CAN}) <z> be (confounding|biasing|a confounder of|a confounder for|distorting) (the estimate of)? {XY}",
    "({DO}) (including|adding|using|entering) <z> (as a covariate)? (bias|confound|distort|change|help|improve|spoil) (the|an|any)? (estimate of|estimates of)? {XY}",
    "{BE} <z> worth {ADJING} (for|on) {STUDYING} {XY}",
    "({DO}) {XY} be (adjusted|controlled|corrected|stratified|conditioned) (for|by|on) <z>",
    "if {PRON} " + _ADJUST_FOR + " {BE} {XY} (unbiased|biased|identified|identifiable|valid|correct|estimable)",
    "({CAN}) {PRON} (estimate|identify|get|compute|obtain|measure) {XY} (by|with|after|through) " + _ADJUSTING_FOR,
    "({DO}) {PRON} ({OBLIGED})? {ADJ} {XY} (for|on|by) <z>",
)  # fmt: skip
_COMPARISON: tuple[str, ...] = (
    "{BE} <z> {BETTER} (at|in|for) <v:ing> <y>",
    "{BE} <z> {BETTER} (for|against|in|in treating) <y:treat>",
    "{BE} <y> <v:ed> {MORE} by <x> or by? <z>",
    "{DO} <z> <v:base> <y> {MORE}",
    "(of|between|among|out of|comparing) <z> (which|what) (one)? ({CAN}|{DO})? (<v:s>|<v:base>) <y> {MORE}",
    "(of|between|among|out of|comparing)? <z> (which|what) (one)? (is|works|would be|are|helps) {BETTER} (for|against|in|in treating) <y:treat>",
    "(of|between|among|out of|comparing)? <z> (which|what) (one)? (is|works|would be|are|helps) {BETTER} (at|in|for) <v:ing> <y>",
    "{DO} <x> (work|help|do) ({BETTER}|{MORE}) than <z> (for|against|in|on|with) <y:treat>",
    "{DO} <x> (work|help) ({BETTER}|{MORE}) (for|against|in|on|with) <y:treat> than <z>",
    "{BE} <x> as (effective|good|potent|useful|efficacious|helpful) as <z> (for|against|in|in treating|at treating) <y:treat>",
    "{BE} <x> as (effective|good|potent|useful|efficacious|helpful) as <z> (at|in|for) <v:ing> <y>",
    "compare (the)? ({EFF} of)? <x> (with|to|against|versus|vs) <z> (for|in|against|as treatments for|with respect to|in treating) <y:treat>",
    "compare (the)? ({EFF} of) <x> (with|to|against|versus|vs) <z> (on|upon) <y>",
    "{BE} <x> (more|less) likely than <z> to <v:base> <y>",
    "{BE} <x> (more|less) likely to <v:base> <y> than <z>",
    "(which|what) (one|drug|<cat>)? (is|are) (more|less|most) likely to <v:base> <y> <z>",
    "(which|what) (of) <z> (is|are) (more|less|most) likely to <v:base> <y>",
    "how {DO} <x> compare (with|to|against) <z> (for|in|against|as a treatment for|in treating) <y:treat>",
    "how {DO} <z> compare (for|in|against|as treatments for|in treating) <y:treat>",
    "({DO}) {PRON} (prefer|choose|favour|favor|pick) <x> (over|to|rather than|instead of) <z> (for|against|in|to treat) <y:treat>",
)  # fmt: skip
_RANKING: tuple[str, ...] = (
    "{WH} (<tn>|<n>|<cat>) (for|of|against) <y> (is|are|works) (the)? {TOP}",
    "{WH} (<cat>|{ANY})? (most|best|most strongly) (<v:s>|<v:base>) <y>",
    "{WH} (<cat>|{ANY})? (has|have|had|exerts) the? (strongest|largest|greatest|biggest|most powerful|highest) {EFF} (on|upon) <y:affect>",
)  # fmt: skip
_WHAT_IF: tuple[str, ...] = (
    "what if <c:multi> (then)? {WH} {HAP} (to|with|in|of) <y>",
    "(suppose|assume|imagine|say) (that)? <c:multi> (then)? (how|what) ({DO}|{HAP}) (to|with)? <y> (change|respond|react|become|behave|do)?",
    "how (does|do|will|would|might) <y> (change|respond|react|behave) (if|when|after|upon|to|under|with) <c:multi>",
    "{WH} {HAP} (to|with|in|of) <y> (on|if|when|after|upon|with|by|under|while|once)? <c:multi>",
)  # fmt: skip
_COUNTERFACTUAL: tuple[tuple[str, Fixed], ...] = (
    ("(was|is) it (really)? (the)? <x> (that|which) (caused|brought about|led to|produced|triggered) <y>", {"turn": -1}),
    ("(was|were|is) <x> (the cause of|responsible for|to blame for|behind|the reason for) (this|my|our|the) (patient's|man's|woman's|child's) <y>", {"turn": -1}),
    ("did <x> <v:base> the <y> (of|in) (this|my|our|that) (patient|man|woman|child|person|case)", {"turn": -1}),
)  # fmt: skip
_CERTAINTY: tuple[str, ...] = (
    "how much (confidence|faith|trust|certainty|belief) (do|does|can|should|would) {PRON} (have|put|place) (that|in|on)? {SAID}",
)  # fmt: skip
_CHANGE: tuple[str, ...] = (
    "{WH} {KINDOF}? (new|further)? {FINDING}? (would|could|might|can) (prove|show|demonstrate|convince {PRON}|establish) (that|of) <c:neg>",
)  # fmt: skip
_MISSING: tuple[str, ...] = (
    "{WH} (stops|prevents|keeps|hinders) ({PRON}|us|me) from (knowing|saying|deciding|concluding|estimating|telling) {SAID}",
    "{WH} (should|could|must|can|do) {PRON} (measure|study|test|investigate|examine|collect) next {SAID}",
    "{WH} {KINDOF}? (more|further|additional|other|new)? {FINDING} (is|are) {NEEDED} (to|for|in order to)? ({KNOW})? {SAID}",
    "{WH} {KINDOF}? (more|further|additional|other|new)? {FINDING} (do|does|would|should) {PRON} (need|want|require|lack) (to|in order to|for)? ({KNOW})? {SAID}",
    "{WH} {KINDOF}? (more|further|additional|other|new)? {FINDING} (would|could|might|can|will|is needed to|are needed to|is required to|is to be done to) {SETTLE} {SAID}",
    "{WH} (is|are) not (yet)? known? (about|of|on|regarding) ({SAID}|(<x> and <y>))",
    "{WH} (remains|remain|stays|is left) (unknown|unclear|open|uncertain|unanswered|undetermined|to be (shown|known|proven)) (about|on|regarding|in|of) ({SAID}|(<x> and <y>))",
    "{WH} (else)? (should|must|could|has to|would have to|needs to|ought to) be (measured|studied|tested|done|observed|recorded|collected|examined) (next|first)? (to|in order to|before {PRON}? can) {KNOW} {SAID}",
    "{BE} (more|further|additional|any more|other) {FINDING} {NEEDED} (to|for|in order to) {KNOW} {SAID}",
)  # fmt: skip


FRAMES_WIDER: tuple[tuple[Kind, str, Fixed], ...] = (
    *((Kind.CHANGE, text, {}) for text in _CHANGE),
    *((Kind.MISSING, text, {}) for text in _MISSING),
    *((Kind.CERTAINTY, text, {}) for text in _CERTAINTY),
    *((Kind.ADJUSTMENT, text, {}) for text in _ADJUSTMENT),
    *((Kind.COMPARISON, text, {}) for text in _COMPARISON),
    *((Kind.RANKING, text, {}) for text in _RANKING),
    *((Kind.COUNTERFACTUAL, text, fixed) for text, fixed in _COUNTERFACTUAL),
    *((Kind.WHAT_IF, text, {}) for text in _WHAT_IF),
    *((Kind.EFFECT, text, fixed) for text, fixed in _MEASURES),
    *((Kind.CONTRADICTION, text, {}) for text in _DENIED_BY),
    *((Kind.EVIDENCE, text, {}) for text in _EVIDENCE),
    *((Kind.CONFOUNDERS, text, {}) for text in _CONFOUNDERS),
    *((Kind.TREATMENTS, text, {}) for text in _TREATMENTS),
    *((Kind.EFFECT, text, {}) for text in _EFFECT),
    *((Kind.MECHANISM, text, {}) for text in _MECHANISM),
    *((Kind.CAUSES, text, {}) for text in _CAUSES),
    *((Kind.EFFECTS, text, {}) for text in _EFFECTS),
    *((Kind.EXISTENCE, text, fixed) for text, fixed in _LIKELIHOOD),
    *((Kind.EXISTENCE, text, _DENIED) for text in _NONE),
    *((Kind.EXISTENCE, text, {}) for text in _EXISTENCE),
)
