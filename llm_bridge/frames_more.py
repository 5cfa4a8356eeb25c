"""More frames: those that set a field of their own, and those of the kinds with lists of names.

They are tried before those of :mod:`llm_bridge.frames`. Each may set fields beside what its slots
capture: ``measure`` of the effect, ``negated``, ``turn`` (-1: what is supposed is that the subject's
intervention had not been). ``<z>`` holds one name or a list of names.
"""

from __future__ import annotations

from llm_bridge.query import Kind, Measure

__all__ = ["FRAMES_MORE", "Fixed"]

Fixed = dict[str, object]

_STUDY = "(the|a|any)? (causal|total|average|real|true|observed)? ({EFF}|{LINK}) (of|between) <x> (on|and|in|with|to|upon) <y>"
_SAID = "(the {CLAIMN} that|that|whether|if|how)? (<c:fin>|<c:ing>|<c:nom>|<c:base>)"
_ABOUT = "({WH} (is|are|would be|was)|{WANT}|how (large|big|strong|much) (is|are|would be))? (the|a|an)? (average|mean|causal|expected|pure)? "

_RANKED = "(by (evidence|strength|belief|support|strength of evidence|effect))?"
_DENIED: Fixed = {"negated": True}

_EXISTENCE: tuple[str, ...] = (
    "{BE} <y> (something|a thing|one thing) (that|which)? <x> ({CAN})? (<v:s>|<v:base>)",
    "{BE} not? <x> (required|needed|necessary|essential|sufficient|important|dispensable|crucial|critical|enough) for <y:affect>",
    "{BE} there {A}? (risk|danger|chance) of <y> (with|from|under|on|after|due to) <x:cause>",
    "({DO}) {PRON} (get|develop|catch|contract|have|suffer|suffer from) <y> (from|due to|because of|through|on|after) (taking|using)? <x:cause>",
    "{BE} <y> {A} (known|possible)? (risk|danger|hazard) of <x:cause>",
    "{BE} <x> (upstream of|an upstream regulator of) <y:affect>",
    "{BE} <y> (downstream of|under the control of|controlled by|dependent on|sensitive to|responsive to|subject to) <x:affect>",
    "{BE} <y> {A}? (direct|known|downstream|main)? target of <x:affect>",
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
    "{DO} <x> (fail|fails) to <v:base> <y>",
    "(is|was) it (false|untrue|wrong|incorrect|a myth|not true|not the case) (that|to say that) <c:fin>",
    "{BE} there no (causal|direct|known)? {LINK} (between|of) <x:assoc> (and|with|to) <y>",
    "{BE} there no (causal|direct|known)? {EFF} (of|from) <x> (on|in|upon) <y>",
    "{DO} <x> have no {EFF} (on|upon) <y>",
)  # fmt: skip
_EFFECT: tuple[str, ...] = (
    "{WH} (becomes|will become|would become) of <y> (if|when|once|after|upon|without|under)? <c:int>",
    "(under|with|upon|after|following|during|in response to|on) <c:int> (then)? {WH} (happens|will happen|would happen|might happen|becomes|changes) (to|with|in|of) <y>",
    "<c:int> {WH} (happens|will happen|would happen|might happen|changes) (to|with|in) <y>",
    "<i:ing> <x> {DO} what to <y>",
    "<x> {DO} what to <y>",
    "what {BE} the {EFF} of <c:int> for <y>",
    "how (does|do|will|would|can|could|might) <x> (change|alter|modify|shift) <y>",
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
    "{WH} (<cat>|{ANY})? ((is|are)|({CAN} be)) <v:ing> <y>",
    "(is there|are there) {A}? (<cat>|{ANY}) (that|which) ({CAN})? (<v:s>|<v:base>) <y>",
)  # fmt: skip
_TREATMENTS: tuple[str, ...] = (
    "({CAN}) (anything|something) be (done|given|used|taken|prescribed) (for|about|against|to treat) <y>",
    "how {DO} {PRON} (best|usually|normally)? <t:base> <y>",
    "{WH} (treatment|therapeutic)? options? ((are there)|exist|(do we have)|(is there))? (to|for|against) (<t:base>|<t:ing>)? <y>",
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
    "{WH} (common|shared)? (causes|cause|ancestors|drivers) (do|does|are) <x> and <y> {SHARE}",
    "do <x> and <y> {SHARE} {A}? (common|shared) (cause|causes|driver|origin)",
    "{WH} (common|shared) (causes|cause|drivers) (do|does) <x> and <y> (share|have)",
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
    "do (the|all|any)? {STUDY} (of|on|about|regarding) (<x> and <y>) (agree|disagree|conflict|differ|clash)",
    "(do|does|did) ({WHO}|everybody|everyone) (agree|disagree|argue|differ|doubt|dispute|question|contest|challenge) {SAID}",
    "{WH} {BE} the? (arguments|objections|counterarguments|counter-arguments|reasons|case) against (the {CLAIMN} (that|of))? (<c:ing>|<c:nom>|<c:fin>)",
    "do (the|all|any)? {STUDY} (conflict|disagree|differ|agree|contradict each other|clash) (on|about|over|regarding|concerning|as to) (whether)? ((<x> and <y>)|<c:nom>|<c:fin>)",
    "({WH}|who|are there|is there {A}) {STUDY} (that)? (found|find|finds|show|shows|showed|report|reports|reported) no (such)? ({LINK} (between|of) <x> (and|with) <y>|{EFF} of <x> (on|upon) <y>)",
    "{BE} the? (findings|results|reports|evidence|{STUDY}|data) (on|about|for|regarding) ((<x> and <y>)|<c:nom>) (consistent|inconsistent|contradictory|conflicting|mixed|in conflict|in agreement)",
)  # fmt: skip
_ADJUST_FOR = "{ADJ} (for|on|by) <z>"
_ADJUSTING_FOR = "{ADJING} (for|on|by) <z>"
_ADJUSTMENT: tuple[str, ...] = (
    "{CAN} {ADJING} (for|on|by) <z> be {NEED} (when|if|in|while|for) {EST}? (<x> and <y>)",
    "{DO} (<x> and <y>) (need|require|needs|requires) {ADJING} (for|on|by) <z>",
    "{DO} {PRON} ({OBLIGED})? {ADJ} (for|on|by) <z> (in|for|when studying|when analysing|when analyzing) <x> and <y>",
    "{DO} {PRON} ({OBLIGED})? {ADJ} (for|on|by) <z> (when|if|to|in|in order to|while|for|before|after) {PRON}? {EST} ({XY}|(<x> and <y>))",
    "{BE} it {NEED} to {ADJ} (for|on|by) <z> (when|if|to|in|in order to|while|for|before)? {EST}? " + _STUDY,
    "{BE} it {NEED} to {ADJ} (for|on|by) <z> (when|if|in|while|for|before) {PRON}? {EST} <x> and <y>",
    "(would|does|will|could|can|might) {ADJING} (for|on|by) <z> (hide|mask|obscure|dilute|inflate|exaggerate|underestimate|overestimate|attenuate|bias|confound|distort|open|spoil|help|block|remove|change|harm|introduce bias in|create bias in|improve) (the)? (estimate of)? " + _STUDY,
    "{BE} <z> {A}? (possible|potential|measured|common)? (confounder|confounding factor|confounding variable|collider|common cause|shared cause|cause) (of|for|between|in) (both)? (the)? ({EFF}|{LINK})? (of|between)? <x> (and|on|to) <y>",
    "{DO} <z> (confound|bias|cause both|affect both|influence both|drive both) (the)? ({EFF}|{LINK})? (of|between|from)? <x> (and|on) <y>",
    "({CAN}) <z> be (confounding|biasing|a confounder of|a confounder for|distorting) (the estimate of)? {XY}",
    "({DO}) (including|adding|using|entering) <z> (as a covariate)? (bias|confound|distort|change|help|improve|spoil) (the|an|any)? (estimate of|estimates of)? {XY}",
    "{BE} <z> worth {ADJING} (for|on) {STUDYING} {XY}",
    "({DO}) {XY} be (adjusted|controlled|corrected|stratified|conditioned) (for|by|on) <z>",
    "if {PRON} " + _ADJUST_FOR + " {BE} {XY} (unbiased|biased|identified|identifiable|valid|correct|estimable)",
    "({CAN}) {PRON} (estimate|identify|get|compute|obtain|measure) {XY} (by|with|after|through) " + _ADJUSTING_FOR,
    "({DO}) {PRON} ({OBLIGED})? {ADJ} {XY} (for|on|by) <z>",
)  # fmt: skip
_COMPARISON: tuple[str, ...] = (
    "(which|what) (one)? (of|out of|among|between) (the two)? <z> (most|best|more) (<v:s>|<v:base>) <y>",
    "rank <z> (for|in|against|as treatments for|in treating) <y:treat>",
    "(which|what) (<cat>|one|drug)? (of|out of|among|between) (the two)? <z> (<v:s>|<v:base>) <y> {MORE}",
    "(which|what|who) (<cat>|one|drug)? ({CAN}|{DO})? (<v:s>|<v:base>) <y> {MORE}? <z>",
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
    "{WH} {CAN} (be|{PRON}) (tried|given|used|try|give|use|taken|prescribed|started) first (for|against|in|to treat) <y:treat>",
    "(what|which) {MOST} (<v:s>|<v:base>) <y>",
    "(what|which) (<v:s>|<v:base>) {MOST} (to)? <y>",
    "{WH} (single)? (<cat>|{ANY})? ({CAN}|{DO})? (<v:s>|<v:base>) <y> {MOST}",
    "({WH} (is|are)|{WANT}|{WH})? (the)? (single)? {TOP} (known|available|possible)? (<tn>|<n>) (is|are)? (for|of|against|to treat|in|to prevent|to) <y>",
    "({WH} (is|are)|{WANT})? (the)? {TOP} (<cat>|{ANY}|way|ways|method|methods|measure|strategy|means|approach) (to|for|of|that|which|against) (<v:base>|<v:s>|<v:ing>) <y>",
    "{WH} (<cat>|{ANY})? (is|are|works|work) (the)? ({TOP}|{MOST}) (at|in|for) <v:ing> <y>",
    "{WH} (<cat>|{ANY})? (is|are|works|work) (the)? (most effective|strongest|most potent|best) (for|against|in) <y:treat>",
    "rank (all)? (the)? (<tn>|<n>|<cat>|{ANY}) (of|for|against|behind) <y> " + _RANKED,
    "rank (all)? (the)? (<cat>|{ANY})? (that|which|by how much they|by how strongly they|by how they|which most)? <v:base> <y> " + _RANKED,
    "{WH} {BE} the {TOP} of the (<tn>|<n>|<cat>) (for|of|against) <y>",
    "{WH} (<tn>|<n>|<cat>) (for|of|against) <y> (is|are|works) (the)? {TOP}",
    "{WH} (<cat>|{ANY})? (most|best|most strongly) (<v:s>|<v:base>) <y>",
    "{WH} (<cat>|{ANY})? (has|have|had|exerts) the? (strongest|largest|greatest|biggest|most powerful|highest) {EFF} (on|upon) <y:affect>",
)  # fmt: skip
_WHAT_IF: tuple[str, ...] = (
    "{WH} {DO} <c:multi> do (to|for|with) <y>",
    "{WH} (happens|will happen|would happen|might happen|becomes|could happen|changes) (to|with|in|of) <y> (if|when|once|after|upon|with|by|under|while)? <c:multi>",
    "({IF})? <c:multi> (then)? {WH} (happens|will happen|would happen|might happen|becomes|could happen|changes) (to|with|in|of) <y>",
    "{IF} <c:multi> (then)? (how|what) (does|will|would|do|might) <y> (change|respond|react|become|behave|do)",
    "how (does|will|would|do|might) <y> (change|respond|react|behave) (if|when|after|upon|to|under) <c:multi>",
    "(what|how large|how big|how strong) ({BE}|would be|will be) the? (joint|combined|net|total|causal|overall)? {EFF} (of) (combining|combined|the combination of|a combination of|both|jointly giving|simultaneous|simultaneously giving|giving both|co-administering|coadministration of|combination of) <z> (on|upon|for|in) <y>",
    "(what|how large|how big|how strong) ({BE}|would be|will be) the? (joint|combined) {EFF} of <z> (together)? (on|upon|for|in) <y>",
    "(what|how large|how big|how strong) ({BE}|would be|will be) the? (net|total|causal|overall)? {EFF} of <c:multi> (on|upon|for|in) <y>",
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
    "how (sure|certain|confident|convinced|positive) ({BE}|can|should|may|could) {PRON} be? (that|of|about|in|whether)? (the {CLAIMN} that)? (<c:fin>|<c:ing>|<c:nom>)",
    "how (certain|likely|probable|sure|plausible) (is it|is|are) (that|whether)? (the {CLAIMN} that)? <c:fin>",
    "with (what|which|how much) (confidence|certainty|probability) (do|can|does|would) ({PRON} (say|claim|state|conclude) (that)? <c:fin>|<c:base>)",
    "how much (confidence|faith|trust|certainty|belief) (do|does|can|should|would) {PRON} (have|put|place) (that|in|on)? {SAID}",
)  # fmt: skip
_CHANGE: tuple[str, ...] = (
    "{WH} {KINDOF}? (new|further)? {FINDING}? (would|could|might|can) make {PRON} (think|believe|conclude|accept|say) that? <c:neg>",
    "{WH} {KINDOF}? (new|further)? {FINDING}? (would|could|might|can) (prove|show|demonstrate|convince {PRON}|establish) (that|of) <c:neg>",
)  # fmt: skip
_MISSING: tuple[str, ...] = (
    "{WH} {KINDOF}? (more|further|additional|other)? {FINDING} (is|are) {NEEDED} (on|about|for|regarding|concerning) (<c:nom>|(<x> and <y>))",
    "{WH} (do|does) {PRON} not know (about|of|on)? (<c:nom>|<c:fin>|(whether <c:fin>)|(<x> and <y>))",
    "{WH} (is|are) (still|not yet|un)? (unknown|uncertain|unclear|open|unanswered|not known) (about|regarding|on|in) (<c:nom>|<c:fin>|(<x> and <y>))",
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
_ORDER: tuple[str, ...] = (
    "(which|what) (one)? (comes|occurs|happens|came|appears|is|develops|arises|starts|occurred|happened|appeared) first <x> or <y>",
    "{BE} <x> (already)? {SEEN}? (before|earlier than|prior to|ahead of) <y>",
)  # fmt: skip
_LINKED: tuple[str, ...] = (
    "(has|have|had) not? <x> not? been {ASSOC} (with|to) <y:assoc>",
    "({BE}|{CAN}) not? <y> not? be? <v:ed> (when|if|once)? <c:int>",
    "{DO} not? <y> <g:base> <c:int>",
)
_BODY: tuple[str, ...] = (
    "{WH} {DO} <x> do to (the body|the human body|the organism|a person|people|patients|cells|us|me)",
)


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


FRAMES_MORE: tuple[tuple[Kind, str, Fixed], ...] = (
    *((Kind.CHANGE, text, {}) for text in _CHANGE),
    *((Kind.MISSING, text, {}) for text in _MISSING),
    *((Kind.CERTAINTY, text, {}) for text in _CERTAINTY),
    *((Kind.ADJUSTMENT, text, {}) for text in _ADJUSTMENT),
    *((Kind.COMPARISON, text, {}) for text in _COMPARISON),
    *((Kind.RANKING, text, {}) for text in _RANKING),
    *((Kind.COUNTERFACTUAL, text, fixed) for text, fixed in _COUNTERFACTUAL),
    *((Kind.ORDER, text, {}) for text in _ORDER),
    *((Kind.WHAT_IF, text, {}) for text in _WHAT_IF),
    *_measured(),
    *((Kind.EFFECT, text, fixed) for text, fixed in _MEASURES),
    *((Kind.EXISTENCE, text, {}) for text in _LINKED),
    *((Kind.EFFECTS, text, {}) for text in _BODY),
    *((Kind.CONTRADICTION, text, {}) for text in _DENIED_BY),
    *((Kind.EVIDENCE, text, {}) for text in _EVIDENCE),
    *((Kind.CONFOUNDERS, text, {}) for text in _CONFOUNDERS),
    *((Kind.TREATMENTS, text, {}) for text in _TREATMENTS),
    *((Kind.EFFECT, text, {}) for text in _EFFECT),
    *((Kind.MECHANISM, text, {}) for text in _MECHANISM),
    *((Kind.CAUSES, text, {}) for text in _CAUSES),
    *((Kind.EFFECTS, text, {}) for text in _EFFECTS),
    *((Kind.EXISTENCE, text, _DENIED) for text in _NONE),
    *((Kind.EXISTENCE, text, {}) for text in _EXISTENCE),
)
