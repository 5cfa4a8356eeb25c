"""In whom, where and at what dose: the context of a relation, as far as its sentence names it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from graph.model import Category
from ingest.document import Mention, Sentence
from ingest.words import words

__all__ = ["Found", "doses", "nearest", "populations", "species", "tissues"]


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of context: what to call it, and where it stands in the text that was searched."""

    value: str
    start: int
    end: int


_NUMBER = r"\d+(?:[.,]\d+)?"
_UNIT = r"(?:[mµμunk]?g|mcg|[mµμun]?mol(?:es)?|[mµμunp]M|mmol|mEq|[kM]?U|IU|units?|[mM]?[lL]|ml|%)"
_PER = r"(?:\s?(?:/|\bper\b)\s?(?:kg|day|d|h|hr|min|m2|m\(2\)|week|wk|dose|body weight|g|[mdµμu]?[lL]|kilogram|hour|mouse|rat))"
_DOSE = re.compile(
    rf"(?<![\w.])({_NUMBER}(?:\s?(?:-|–|to|or|and|,)\s?{_NUMBER}){{0,3}}\s?(?:{_UNIT}{_PER}{{1,3}}|(?:[mµμunk]g|mcg|g|[mµμunp]M|[nm]mol|µmol|μmol|umol|[kM]U|IU|units))"
    r"(?:\s?(?:daily|once daily|twice daily|b\.i\.d\.|q\.d\.|t\.i\.d\.|a day|per day))?)(?![\w/])"
)
# concentrations that are measured, not given
_MEASURED = re.compile(
    r"(?:level|concentration|from|cholesterol|glucose|creatinine|loss|weighing|weight)s?\b[^.;]{0,25}$",
    re.I,
)

_WHO = (
    r"(?:patients|women|men|children|adolescents|adults|infants|neonates|newborns|volunteers|individuals|subjects|people|"
    r"persons|participants|smokers|boys|girls|mothers|survivors|carriers|athletes|veterans|workers)"
)
_ADJECTIVES = (
    r"(?:(?:elderly|older|younger|young|healthy|obese|overweight|diabetic|hypertensive|postmenopausal|premenopausal|pregnant|"
    r"male|female|adult|p(?:a)?ediatric|critically ill|hospitali[sz]ed|epileptic|schizophrenic|depressed|cancer|hemodialysis|dialysis|"
    r"preterm|premature|term|middle-aged|black|white|asian|chinese|japanese|korean|african|european|caucasian|hispanic|"
    r"hiv-infected|hiv-positive|septic|cirrhotic|asthmatic|parkinsonian|bipolar|alcoholic|normotensive|surgical|renal|transplant|school|normal) )"
)
_POPULATION = re.compile(
    rf"\b({_ADJECTIVES}{{0,3}}{_WHO}(?: with (?:(?:an?|the|severe|mild|moderate|acute|chronic|advanced|newly diagnosed|type [12]|"
    r"end-stage|recurrent|refractory|active|early|known|coronary|congestive|stable|unstable|\w+al|\w+ic|\w+ed|\w+ary|\w+ant) ){0,3}[A-Za-z][\w'-]*"
    r"(?: (?:disease|syndrome|failure|disorders?|cancer|carcinoma|infarction|infection|mellitus|injury|hypertension|arthritis|deficiency|"
    r"disorder|sclerosis|fibrosis|fibrillation|artery disease|kidney disease|lupus erythematosus|dysfunction|stenosis|lymphoma|leuk(?:a)?emia|dependence))*)?)",
    re.I,
)
_BARE = re.compile(rf"(?:{_WHO}|the)", re.I)
_GROUPS = re.compile(
    r"\b(the elderly|neonates|children|infants|pregnancy|pregnant women|postmenopausal women|adolescents)\b",
    re.I,
)

_SPECIES: tuple[tuple[str, str], ...] = (
    ("human", r"humans?|patients?|women|men|volunteers|children|infants|adults|adolescents|woman|participants"),
    ("mouse", r"mice|mouse|murine"), ("rat", r"rats?"), ("rabbit", r"rabbits?"), ("dog", r"dogs?|canine|beagles?"),
    ("pig", r"pigs?|piglets?|porcine|swine|minipigs?"), ("cow", r"bovine|cattle|cows?|calves"), ("sheep", r"sheep|ovine|lambs?"),
    ("monkey", r"monkeys?|macaques?|baboons?|marmosets?|primates"), ("guinea pig", r"guinea[- ]pigs?"),
    ("hamster", r"hamsters?"), ("gerbil", r"gerbils?"), ("chicken", r"chicks?|chickens?|chick embryos?"), ("zebrafish", r"zebrafish"),
    ("fruit fly", r"drosophila|fruit fl(?:y|ies)"), ("nematode", r"c\. elegans|caenorhabditis elegans"),
    ("yeast", r"yeast|s\. cerevisiae|saccharomyces cerevisiae"), ("frog", r"xenopus|frogs?"), ("cat", r"cats|feline"), ("goat", r"goats?"),
)  # fmt: skip
_ANY_SPECIES = re.compile(
    r"(?<![-\w])(?:"
    + "|".join(f"(?P<s{i}>{p})" for i, (_, p) in enumerate(_SPECIES))
    + r")(?!\w)(?!-(?:like|derived))",
    re.I,
)
_CHEAP_TISSUE = (
    r"liver|kidneys?|hearts?|lungs?|brain|hippocampus|hippocampal|striatum|cerebral cortex|prefrontal cortex|cerebellum|"
    r"hypothalamus|spinal cord|skeletal muscle|adipose tissue|white adipose tissue|bone marrow|bone|skin|spleen|thymus|pancreas|"
    r"pancreatic islets|plasma|serum|urine|cerebrospinal fluid|retina|cornea|placenta|uterus|ovar(?:y|ies)|testis|testes|prostate|"
    r"bladder|stomach|colon|small intestine|intestine|duodenum|aorta|coronary arteries|arteries|veins|endothelium|"
    r"endothelial cells|macrophages|monocytes|neutrophils|lymphocytes|t cells|b cells|platelets|erythrocytes|hepatocytes|"
    r"cardiomyocytes|neurons|astrocytes|microglia|fibroblasts|keratinocytes|adipocytes|smooth muscle cells|epithelial cells|"
    r"mammary gland|thyroid|adrenal gland|pituitary|amygdala|nucleus accumbens|substantia nigra|brainstem|trachea|bronchi"
)
_TISSUE = re.compile(
    r"\b(?:in|of|from|within|into) (?:the |their |its |isolated |cultured |primary |human |rat |mouse |murine |rabbit |canine |"
    rf"perfused |whole |left |right )*({_CHEAP_TISSUE})(?! (?:cancer|disease|failure|injury|transplant\w*|toxicity|dysfunction|attack|"
    r"damage|rate|function|lesions?|resorption|loss|mass|density|weight|infection|tumou?rs?|carcinoma|metastas\w+|pressure))\b",
    re.I,
)
_ANATOMY = frozenset({Category.ANATOMY, Category.CELL, Category.CELL_LINE})


def doses(text: str) -> list[Found]:
    """Return the doses of a sentence (``10 mg/kg``, ``5 uM``), measured levels left out."""
    if not any(c.isdigit() for c in text):
        return []
    return [
        Found(" ".join(m.group(1).split()), m.start(1), m.end(1))
        for m in _DOSE.finditer(text)
        if not _MEASURED.search(text, max(0, m.start() - 45), m.start())
    ]


def populations(text: str) -> list[Found]:
    """Return the groups of people that a sentence names, most telling first."""
    found = [
        Found(" ".join(m.group(1).split()), m.start(1), m.end(1))
        for m in _POPULATION.finditer(text)
    ]
    telling = [f for f in found if not _BARE.fullmatch(f.value) or f.value.lower() in _SAYS_ENOUGH]
    if not telling:
        telling = [Found(m.group(1), *m.span(1)) for m in _GROUPS.finditer(text)]
    return telling


_SAYS_ENOUGH = words("""women men children adolescents infants neonates newborns smokers boys girls mothers athletes
    veterans survivors""")


def species(text: str) -> list[Found]:
    """Return the species that a text names, by one common name each, in order."""
    return [
        Found(_SPECIES[int((m.lastgroup or "s0")[1:])][0], *m.span())
        for m in _ANY_SPECIES.finditer(text)
    ]


def tissues(sentence: Sentence, mentions: Sequence[Mention]) -> list[Found]:
    """Return the tissues and cells of a sentence: recognised ones, else those that ``in the ...``
    names; offsets are those of the sentence's text."""
    known = [
        Found(m.text, m.start - sentence.start, m.end - sentence.start)
        for m in mentions
        if m.category in _ANATOMY
    ]
    return known or [Found(m.group(1).lower(), *m.span(1)) for m in _TISSUE.finditer(sentence.text)]


def nearest(found: Sequence[Found], start: int, end: int, *, within: int = 120) -> str:
    """Return the value that stands nearest to a span, nothing if none is within reach."""
    best: tuple[int, int, str] | None = None
    for index, one in enumerate(found):
        gap = max(0, start - one.end, one.start - end)
        if gap <= within and (best is None or (gap, index) < best[:2]):
            best = (gap, index, one.value)
    return best[2] if best else ""
