"""What kind of study a document reports, from its publication types, title and text.

Publication types that an indexer gave come first, then what the title says, then the text; species
decide only when nothing else does.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

__all__ = ["STUDIES", "study_of"]

STUDIES: tuple[str, ...] = (
    "meta-analysis", "review", "guideline", "mendelian-randomization", "trial", "cohort", "case-control",
    "cross-sectional", "case-report", "animal", "in-vitro", "in-silico",
)  # fmt: skip
"""every answer but the empty one, which means that the text does not say"""

# in order of precedence: a meta-analysis of trials is a meta-analysis
_TYPES: tuple[tuple[str, str], ...] = (
    ("meta-analysis", "meta-analysis"), ("network meta-analysis", "meta-analysis"),
    ("practice guideline", "guideline"), ("guideline", "guideline"),
    ("consensus development conference", "guideline"), ("consensus development conference, nih", "guideline"),
    ("systematic review", "review"), ("review", "review"), ("scoping review", "review"),
    ("mendelian randomization analysis", "mendelian-randomization"),
    ("randomized controlled trial", "trial"), ("controlled clinical trial", "trial"),
    ("equivalence trial", "trial"), ("pragmatic clinical trial", "trial"), ("adaptive clinical trial", "trial"),
    ("clinical trial", "trial"), ("clinical trial, phase i", "trial"), ("clinical trial, phase ii", "trial"),
    ("clinical trial, phase iii", "trial"), ("clinical trial, phase iv", "trial"),
    ("case reports", "case-report"), ("observational study, veterinary", "animal"),
    ("clinical trial, veterinary", "animal"), ("randomized controlled trial, veterinary", "animal"),
)  # fmt: skip

_SPECIES = (
    r"(?:mice|mouse|rats?|rabbits?|dogs?|pigs?|piglets|minipigs?|swine|sheep|lambs?|monkeys?|macaques?|baboons?|marmosets?|"
    r"hamsters?|guinea[- ]pigs?|gerbils?|zebrafish|drosophila|c\. elegans|chick(?:en)?s?|ferrets?|murine|cats|goats?|rodents?|beagles?)"
)
_TITLE: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.I))
    for kind, pattern in (
        ("meta-analysis", r"\bmeta-?\s?analy|\bpooled analysis of\b"),
        ("mendelian-randomization", r"\bmendelian randomi[sz]ation"),
        ("guideline", r"\bguidelines?\b(?! (?:adherence|implementation))|\bconsensus statement\b|\bposition (?:paper|statement)\b"),
        ("review", r"\b(?:systematic|literature|narrative|scoping|critical|umbrella)? ?review\b(?! of (?:\d+|our|the|three|two|\w+) cases?)|\ban overview\b|\bstate of the art\b|\bcurrent (?:concepts|status|perspectives)\b"),
        ("trial", r"\brandomi[sz]ed\b(?!.*\b(?:mice|rats?)\b)|\bclinical trial\b|\bdouble-blind|\bplacebo-controlled|\bphase (?:i{1,3}v?|iv|[1-4])[ab]?\b|\bopen-label\b|\bcross-?over (?:study|trial)\b"),
        ("case-report", r"\bcase reports?\b|\breport of (?:a|an|one|two|three|four|\d+) cases?\b|\b(?:a|two|three|four) cases?\b(?!-)|\bcase series\b|\bin an? (?:\d+-year-old|patient\b|child\b|infant\b|woman\b|man\b|neonate\b|newborn\b)|\bcase and review\b|\ba case of\b"),
        ("case-control", r"\bcase-?\s?control"),
        ("cohort", r"\bcohort\b|\bprospective study\b|\blongitudinal\b|\bretrospective\b|\bfollow-?up study\b|\bregistry\b|\bpopulation-based\b"),
        ("cross-sectional", r"\bcross-?sectional|\bprevalence of\b|\bsurvey\b"),
        ("in-vitro", r"\bin vitro\b|\bcell lines?\b|\bcultured\b|\bisolated (?:perfused )?(?:heart|liver|kidney|rat|muscle|hepatocytes|cells|myocytes)"),
        ("animal", rf"\b{_SPECIES}\b"),
        ("in-silico", r"\bin silico\b|\bmolecular dynamics\b|\bmolecular docking\b|\bcomputational (?:model|analysis|study)\b"),
    )
)  # fmt: skip
_TEXT: tuple[tuple[str, re.Pattern[str], float], ...] = tuple(
    (kind, re.compile(pattern, re.I), weight)
    for kind, pattern, weight in (
        ("meta-analysis", r"\bwe (?:performed|conducted|did|carried out) (?:a|an) (?:\w+ ){0,4}meta-?analysis|\b(?:random|fixed)-effects? model|\bpooled (?:odds|risk|estimate|effect|relative)|\bin this (?:\w+ )?meta-?analysis|\bmeta-?analysis (?:included|was (?:performed|conducted))", 2.0),
        ("mendelian-randomization", r"\bmendelian randomi[sz]ation|\binstrumental variables?\b.*\bsnps?\b", 3.0),
        ("review", r"\b(?:this|the present|our|in this) (?:\w+ )?(?:review|overview)\b|\bwe (?:\w+ )?review(?:ed)? (?:the )?(?:literature|current|recent|available|evidence|here|what)|\bis reviewed\b|\bare reviewed\b|\b(?:medline|pubmed|embase|cochrane library) (?:was|were|database|and|,)", 2.0),
        ("trial", r"\b(?:were|was|been) (?:\w+ )?(?:randomly|randomi[sz]ed)(?! (?:selected|sampled|chosen))|\brandomi[sz]ed(?:,| to| controlled| trial| clinical| double| study| into)|\bdouble-?blind|\bplacebo-controlled|\bnct\d{8}|\bisrctn|\bintention-to-treat|\bopen-label", 2.0),
        ("case-report", r"\bwe (?:report|describe|present|herein report) (?:on )?(?:a|an|one|two|three|four|five|the) (?:\w+[ -]){0,8}?(?:cases?|patients?|woman|man|boy|girl|child|infant|neonate|male|female|adult|family|siblings)\b|\ba(?:n)? \d+-(?:year|month|week|day)-old\b|\bcase report\b|\bis (?:reported|described|presented) (?:in|who)\b|\b(?:this|our|the) (?:patient|case)\b", 1.5),
        ("case-control", r"\bcase-?\s?control|\b(?:cases|patients) and (?:\d+ )?(?:\w+ )?(?:matched |healthy )?controls\b|\bmatched controls\b", 1.5),
        ("cohort", r"\bcohort\b|\bprospective(?:ly)? (?:study|followed|enrolled|studied)|\bfollow(?:ed)?[- ]?up (?:for|of|period)|\bretrospective(?:ly)?\b|\bhazard ratios?\b|\bmedical records\b|\bconsecutive patients\b|\bperson-years\b|\blongitudinal", 1.0),
        ("cross-sectional", r"\bcross-?sectional|\b(?:questionnaire|survey)\b|\bnhanes\b|\bprevalence\b", 1.0),
        ("in-vitro", r"\bin vitro\b|\bcell lines?\b|\bcultured\b|\bcells? (?:were|was) (?:treated|incubated|exposed|transfected)|\bhek ?293|\bhela\b|\btransfect\w+|\bwestern blot|\bhepatocytes\b|\bbinding assay|\bic50\b", 1.0),
        ("animal", rf"\b{_SPECIES}\b|\bmg/kg\b(?=[^.]*\b(?:i\.?p|s\.?c|gavage)\b)|\bknock-?out\b|\btransgenic\b|\bwistar|\bsprague|\bc57bl|\bin vivo\b", 1.0),
        ("in-silico", r"\bin silico\b|\bmolecular dynamics\b|\bdocking\b|\bsimulations?\b", 1.0),
    )
)  # fmt: skip
_ANIMAL = re.compile(rf"\b{_SPECIES}\b", re.I)
_PEOPLE = re.compile(
    r"\b(?:patients?|women|men|children|volunteers|participants|subjects|humans?|people|adults|infants)\b",
    re.I,
)
_LEAST = 2.0


def study_of(types: Sequence[str], title: str, text: str, *, taxa: Sequence[str] = ()) -> str:
    """Return the kind of study, one of :data:`STUDIES`, or nothing if the text does not say.

    Args:
        types: publication types as PubMed gives them.
        title: of the document.
        text: title and abstract, or all of it.
        taxa: names or ids of the species that were recognised, most frequent first.
    """
    given = {t.lower() for t in types}
    for name, kind in _TYPES:
        if name in given:
            animals = kind == "trial" and _ANIMAL.search(text) and not _PEOPLE.search(text)
            return "animal" if animals else kind
    for kind, pattern in _TITLE:
        if pattern.search(title):
            if kind == "trial" and _ANIMAL.search(text) and not _PEOPLE.search(text):
                return "animal"
            return kind
    votes: dict[str, float] = {}
    for kind, pattern, weight in _TEXT:
        hits = sum(1 for _ in itertools.islice(pattern.finditer(text), 3))
        if hits:
            votes[kind] = weight * hits
    if "animal" in votes and "trial" in votes and not _PEOPLE.search(text):
        votes["animal"] += votes.pop("trial")  # animals are randomised too
    if _PEOPLE.search(text) and votes.get("animal", 0) < 2:
        votes.pop("animal", None)
    if taxa and not _human(taxa[0]) and not _PEOPLE.search(text):
        votes["animal"] = votes.get("animal", 0.0) + 1.0
    if not votes:
        return ""
    best = max(votes.values())
    return next(k for k in STUDIES if votes.get(k) == best) if best >= _LEAST else ""


def _human(taxon: str) -> bool:
    return taxon.lower() in ("human", "homo sapiens", "ncbitaxon:9606", "taxonomy:9606")
