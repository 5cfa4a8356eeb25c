"""How strong a causal claim a sentence makes: none, correlational, conditional or direct.

The four levels are those of Yu, Li and Wang (EMNLP 2019): *none* claims no relation, *correlational*
an association, *conditional* a cause with a hedge (may, might, appears to), *direct* a cause outright.
The rules and their confidences are written by hand; nothing here was fitted to a corpus.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["CUES", "LEVELS", "Strength", "classify", "features"]

LEVELS: tuple[str, ...] = ("none", "correlational", "conditional", "direct")


@dataclass(frozen=True, slots=True)
class Strength:
    """A level, the probability that it is right, and the rule that said so."""

    level: str
    probability: float
    rule: str


_AFFECT = (
    r"(?:(?:in|de)creas|reduc|improv|enhanc|caus|induc|prevent|affect|influenc|impact|attenuat|promot|lower|rais|"
    r"protect|worsen|impair|alleviat|ameliorat|accelerat|aggravat|exacerbat|delay|diminish|eliminat|elevat|"
    r"inhibit|suppress|stimulat|trigger|mediat|modulat|modif|alter|restor|mitigat|amplif|regulat|facilitat|hinder|"
    r"weaken|strengthen|slow|shorten|prolong|minimi[sz]|optimi[sz]|lessen|augment|normali[sz]|boost|counteract|drive|provok|"
    r"compromis|disrupt|moderat|activat|advanc)"
)
_AFFECT_FINITE = rf"{_AFFECT}(?:e?s|ed|e|ies|ied|y)?\b"
_PHRASE = (
    r"(?:leads?|led)(?: \w+ly)? to\b|result(?:s|ed)?(?: \w+ly)? (?:in)\b|contribut(?:es?|ed)(?: \w+ly)? to(?:wards?)?\b|"
    r"(?:g[ia]ve|gives|given) rise to|(?:ha(?:s|ve|d)|exert(?:s|ed)?|show(?:s|ed)?|produc(?:es?|ed)|with) (?:\w+ ){0,4}?"
    r"(?:effects?|impact|influence|benefits?|efficacy|consequences)\b|"
    r"plays? (?:\w+,? ){0,4}?(?:role|part)|(?:is|are|was|were|be|been|being|proved|proven|remains?) (?:\w+ ){0,3}?"
    r"(?:effective|efficacious|beneficial|detrimental|harmful|protective|favou?rable|responsible for|due to|ineffective|attributable|"
    r"attributed to|caused by|the cause|a cause|superior)|benefit(?:s|ed)? from|due to\b|"
    r"(?:positive|negative|adverse|beneficial|favou?rable|significant|protective|additive|direct|harmful|detrimental|similar|strong) (?:\w+ )?(?:effects?|impact|influence)|"
    r"\b(?:effectiveness|efficacy|effects?|impact|influence) of\b|determinants?\b|\b(?<!not )achiev(?:es?|ed)\b|"
    r"(?:highlights?|underlines?|importance|role|roles|contributions?) of [^.;]{0,80}? in (?:\w+ing|the development|the pathogenesis)\b|"
    r"(?:no|additional|significant|substantial|clinical|survival|greater|similar) benefits?\b|benefits? of \w+ing|"
    r"safe and (?:\w+ )?effective|well[- ]tolerated|did not (?:\w+ )?(?:change|alter|interfere|affect)|driven by|helps?\b|provid(?:es?|ed) (?:\w+ ){0,3}benefits?|"
    r"(?:is|are|was|were) not (?:\w+ )?(?:explained|affected|influenced|altered) by|important factors?"
)
CAUSAL = re.compile(rf"\b(?:{_AFFECT_FINITE}|{_PHRASE})", re.I)
_NOUN_USE = re.compile(
    r"\b(?:an?|the|its|their|this|these|of|in|and|with|by|no|for|to an?|significant|found|showed|have|has|had|exhibited|receiving|with|observed|identified|experienced|markedly|weight|more|as|from|on|further) "
    r"(?:\w+ly )?(?:increase[ds]?|decrease[ds]?|reduced|improved|impaired|impacts?|lower|altered|delays?|drive|influences?|cause|causes|elevated|raised|"
    r"slow|effects?|impact|delayed|prolonged|modified|advanced|regulated|affected|alter|moderate|enhanced)\b(?! (?:by|the|in the)\b)",
    re.I,
)
ASSOCIATION = re.compile(
    r"\b(?:associat(?:ed|ions?|es?|ing)|correlat\w+|relat(?:ed to|ionships?|ion (?:between|of|to))|link(?:s|ed|age)? (?:between|to|with)|links\b|linked|"
    r"predict(?:s|ed|ors?|ive|ing)?|risk factors?|(?:more|less) (?:\w+ )?(?:likely|common(?:ly)?|prevalent|frequent(?:ly)?|prone|prevalen\w+)|"
    r"odds|(?:inverse|dose-response|independent)ly?\b|(?:increas|reduc|high|low|decreas|elevat|great)\w* (?:\w+ ){0,2}?risks?\b|at (?:\w+ )?risk (?:of|for)|risk markers?|"
    r"susceptib\w+|tend(?:s|ed)? to|dependent on|depend(?:s|ed)? on|worse prognosis|prognostic|coexist\w*|accompanied by|comorbid\w*|"
    r"confer\w*|attribut\w+|indicators? of|marker of|characteri[sz]ed by)\b",
    re.I,
)
COMPARISON = re.compile(
    r"\b(?:(?:high|low|great|larg|small|few|long|short|young|old|poor|bett|worse|thick|strong|weak|slow|fast|bigg|heavi)(?:er)?|more|less|worse|better)\b"
    r"(?:[^.;]{0,80}?)\b(?:than|compared (?:with|to)|in (?:patients|women|men|children|the|those|adults|girls|boys|subjects|individuals)|among|versus|vs)\b"
    r"|\bdiffer(?:s|ed|ences?|ent(?:ial)?)?\b (?:\w+ ){0,6}?(?:between|among|from|by|in|across)\b|\bsimilar (?:\w+ ){0,3}?(?:between|among|to|in)\b"
    r"|\b(?:highest|lowest|greatest|worst|poorest|common(?:est)? in|prevalent (?:in|among)|frequent in)\b|\bcompared (?:with|to)\b|\bcomparable\b",
    re.I,
)
MODAL = re.compile(
    r"\b(?:may|might|could|can(?! be used)|appear(?:s|ed)?|seem(?:s|ed)?|possibl[ey]|possibility|potential(?:ly)?|probabl[ey]|perhaps|likely to|is likely|are likely|"
    r"would|postulate|hypothesi\w+|conceivabl[ey]|presumably|suggest(?:s|ed|ing)? (?:a |an |the )?(?:possible|potential|role|beneficial|protective)|speculat\w+|promising|"
    r"has the potential|expected to|trend towards?|plausib\w+)\b",
    re.I,
)
NONE = re.compile(
    r"\b(?:(?:is|are|be|was|were|seems?|still|urgently|now|also|therefore|thus|studies|research|trials?|investigations?) (?:\w+ ){0,2}?(?:need(?:ed|s)?|required|warranted|recommended|mandatory|necessary)|"
    r"need(?:s|ed)? (?:for|to|of|further)|(?:further|future|additional|more|larger|prospective|long-term|other) (?:[\w-]+ ){0,4}?(?:stud(?:y|ies)|research|investigations?|trials?|work|evaluation|efforts|exploration)|"
    r"should|recommend(?:s|ed|ations?)?|regist(?:ered|ration|ry)|clinicaltrials|prospero|isrctn|must|ought|limitations?|caution|feasib\w+|clinicians|"
    r"can be used|could be used|may be used|may be useful|(?:is|are|be) (?:a |an )?(?:\w+ )?(?:useful|valuable|reliable|valid|accurate|safe|tool|alternative|option|feasible|acceptable)\b|"
    r"to (?:inform|identify|determine|investigate|confirm|clarify|elucidate|examine|explore|assess|evaluate|identify|understand|establish|verify)|prevalence of|"
    r"(?:these|our|this|the|present) (?:\w+ )?(?:findings|results|study|data|work|review|paper|analysis|article) (?:\w+ )?(?:provides?|highlights?|underlines?|underscores?|emphasi[sz]es?|supports? the|describes?|adds?|"
    r"presents?|offers?|contributes? to)|warrants?|consider(?:ed|ation)?|important (?:to|implications)|attention|screening|strateg(?:y|ies)|remains? (?:unclear|unknown|controversial|to be)|"
    r"unclear|unknown|inconclusive|insufficient evidence|lack of evidence|whether|opportunit\w+|implications for|challeng\w+|awareness|knowledge)\b",
    re.I,
)
_STRONG_NONE = re.compile(
    r"\b(?:should|registered|registration|clinicaltrials|isrctn|prospero|recommend(?:ed|s)?|must|"
    r"(?:further|future|additional|more|larger) (?:[\w-]+ ){0,4}?(?:stud(?:y|ies)|research|investigations?|trials?)|"
    r"(?:is|are|be) (?:\w+ ){0,2}?(?:needed|required|warranted|recommended)|need (?:for|to)|needs? to|feasib\w+)\b", re.I,
)  # fmt: skip
_CONDITIONED = re.compile(
    r"\b(?:may|might|could|appear(?:s|ed)?|seem(?:s|ed)?|possibly|potentially|likely|probably|perhaps|presumably|postulate|plausibl[ey]|"
    r"hypothesi[sz]ed?|potential|possible|promising|trend towards?)\b[^.;]{0,70}?"
    rf"\b(?:{_AFFECT}(?:e|y|ed|ing|ion|ive)?\b|lead(?:ing)? to|result(?:ing)? in|contribut\w+|cause|effective|beneficial|"
    r"benefits?|effects?|impact|influence|role|protect\w*|due to|harmful|detrimental|favou?rable|responsible|help|mechanism|therapeutic|mediator|improve\w*|provide|treatment|explain(?:ed)?|underlie)",
    re.I,
)
OBSERVED = re.compile(
    r"\b(?:(?:increas|decreas|declin|improv|worsen|reduc|chang|fell|fall|rose)\w* (?:\w+ly |over |further )?(?:with|during|over|from|after|until|at|since|as|by \d|between|across|for|in the \w+ group|in (?:patients|both))\b"
    r"|(?:increas|decreas|chang|improvement|reduction|decline)\w* (?:in|of) [^.;]{0,80}? (?:was|were) (?:also )?(?:observed|seen|noted|found|detected|recorded)"
    r"|(?:found|observed|showed|revealed|noted|identified|exhibited|had|have|has) (?:an? |the |that |significantly |significant |markedly |remarkable )*"
    r"(?:more|fewer|less|higher|lower|increased|decreased|reduced|elevated|diminished|impaired|improvements?|older|greater|poorer|better|worse|normal|interaction)\b"
    r"|(?:was|were|is|are) (?:\w+ly )?(?:older|younger|higher|lower|elevated|increased|decreased|reduced|greater|heavier|worse|better|poorer|longer|shorter)\b(?! by)"
    r"|interact(?:s|ion|ions)?\b|interrelation|no (?:obvious |significant )?differences?\b|similar regardless)", re.I,
)  # fmt: skip
_ONLY_RISK = re.compile(
    r"(?:increas|reduc|high|low|decreas|elevat|great)\w* (?:\w+ ){0,2}?risks?|at (?:\w+ )?risk (?:of|for)|tend(?:s|ed)? to|prognostic|accompanied by|predict\w*|attribut\w+|susceptib\w+|risk factors?",
    re.I,
)
_POSSIBLE_USE = re.compile(r"\b(?:may|might|could|can|potential\w*|appears? to) be (?:an? )?(?:\w+ly )?(?:\w+ )?(?:used|useful|considered|tool|alternative|valuable|suitable|appropriate|necessary|helpful|reliable|target|marker|biomarker|warranted|needed|required|applied)", re.I)  # fmt: skip


def features(text: str) -> dict[str, float]:
    """Return what the rules see in a sentence, by name: the counts of each kind of cue and whether
    a cause is conditioned; for models that want more than the verdict."""
    causes = _causes(text)
    found = {
        "causal": float(len(causes)),
        "association": float(len(ASSOCIATION.findall(text))),
        "comparison": float(len(COMPARISON.findall(text))),
        "modal": float(len(MODAL.findall(text))),
        "none": float(len(NONE.findall(text))),
        "strong none": float(len(_STRONG_NONE.findall(text))),
        "conditioned": float(_CONDITIONED.search(text) is not None),
        "possible use": float(_POSSIBLE_USE.search(text) is not None),
    }
    verdict = classify(text)
    found["rule " + verdict.rule] = 1.0
    found["level " + verdict.level] = 1.0
    return found


def _causes(text: str) -> list[re.Match[str]]:
    nouns = {m.end() for m in _NOUN_USE.finditer(text)}
    return [m for m in CAUSAL.finditer(text) if m.end() not in nouns]


def classify(text: str) -> Strength:
    """Return the strength of the claim that one sentence makes."""
    if len(text) < 3:
        return Strength("none", 0.95, "nothing")
    strong = _STRONG_NONE.search(text) is not None
    causes = _causes(text)
    association = ASSOCIATION.search(text) is not None
    conditioned = _CONDITIONED.search(text) is not None
    comparison = COMPARISON.search(text) is not None
    if strong:
        if (
            association
            and not conditioned
            and len(causes) == 0
            and not re.search(r"\bneed|further|warrant", text)
        ):
            return Strength("correlational", 0.45, "advice and association")
        return Strength("none", 0.86, "advice")
    if _POSSIBLE_USE.search(text):
        return Strength("none", 0.7, "possible use")
    if conditioned and not association:
        return Strength("conditional", 0.65, "conditioned cause")
    if (
        association
        and causes
        and all(_ONLY_RISK.fullmatch(m.group()) for m in ASSOCIATION.finditer(text))
    ):
        if conditioned:
            return Strength("conditional", 0.6, "conditioned risk")
        if not OBSERVED.search(text):
            return Strength("direct", 0.6, "cause of a risk")
    if association:
        if conditioned and len(causes) > 0 and re.search(r"\b(?:may|might|could)\b", text):
            return Strength("conditional", 0.5, "conditioned association")
        return Strength("correlational", 0.85, "association")
    if (
        causes
        and OBSERVED.search(text)
        and not re.search(r"effect|impact|compared with|placebo", text)
    ):
        return Strength("correlational", 0.55, "observed change")
    if causes:
        if NONE.search(text):
            return Strength("direct", 0.5, "cause and advice")
        return Strength("direct", 0.7, "cause")
    if OBSERVED.search(text):
        return Strength("correlational", 0.6, "observed difference")
    if comparison:
        if NONE.search(text):
            return Strength("none", 0.6, "comparison and advice")
        return Strength("correlational", 0.6, "comparison")
    return Strength("none", 0.85, "nothing")


CUES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("C", CAUSAL), ("A", ASSOCIATION), ("P", COMPARISON), ("M", MODAL), ("N", NONE), ("O", OBSERVED),
)  # fmt: skip
"""every kind of cue by a letter: causal, association, comparison, modal, none, observed"""
