"""From a span of the question to the entity it words: modifiers are read and taken off.

"treatment with lithium" is lithium given, "PKC inhibition" is PKC inhibited, "the risk of reduced
bone density" is bone density, lowered.
"""

from __future__ import annotations

import re
from typing import Literal

from llm_bridge import lexicon as lex
from llm_bridge.patterns import ENDINGS, Token
from llm_bridge.places import SPECIES, STAGES, person
from llm_bridge.query import Term

__all__ = ["GENERIC", "make_term", "split_context"]

_DETERMINERS = frozenset(
    [
        "a",
        "an",
        "the",
        "any",
        "some",
        "my",
        "your",
        "his",
        "her",
        "our",
        "their",
        "this",
        "that",
        "these",
        "those",
        "all",
        "every",
        "each",
        "such",
        "its",
        "people's",
        "someone's",
        "somebody's",
        "one's",
        "person's",
        "patients'",
        "patient's",
    ]
)
_PREPOSITIONS = frozenset(
    ["of", "in", "with", "to", "by", "for", "on", "from", "against", "at", "among"]
)
GENERIC = frozenset(
    [
        "it",
        "them",
        "this",
        "that",
        "tablets",
        "tablet",
        "pills",
        "medication",
        "medications",
        "medicine",
        "medicines",
        "drug",
        "drugs",
        "dose",
        "treatment",
        "therapy",
        "meds",
        "something",
        "anything",
        "nothing",
        "everything",
        "someone",
        "anyone",
        "thing",
        "things",
        "stuff",
        "disease",
        "diseases",
        "gene",
        "genes",
        "proteins",
        "symptom",
        "symptoms",
    ]
)
"""Words that name no entity by themselves."""

_CONTEXT_HEADS = SPECIES | frozenset(
    "vitro vivo general practice culture models hepatocytes neurons monocytes fibroblasts cells".split()
)
_WITHIN = frozenset(["in", "among", "amongst", "within"])
_ON = frozenset("with who over aged under taking given without".split())
_WHILE = frozenset(["at", "during"])
_HEADLESS = lex.STOP_WORDS - {"the", "my", "our", "these", "those", "and", "or", "some", "a", "an"}

_NOUNS = {1: lex.INTERVENTION_NOUNS[1].split("|"), -1: lex.INTERVENTION_NOUNS[-1].split("|")}
_LEADING = {d: frozenset(w for w in words if w != "smoking") for d, words in _NOUNS.items()}
_AGENTS = {
    -1: frozenset(
        "inhibitor inhibitors antagonist antagonists blocker blockers sirna sirnas shrna shrnas antisense morpholino "
        "morpholinos degrader degraders null nulls silencer silencers".split()
    ),
    +1: frozenset(["agonist", "agonists", "activator", "activators", "supplement", "supplements"]),
}
_OUTCOMES = tuple(
    sorted((tuple(p.split()) for p in lex.OUTCOME_NOUNS.split("|")), key=len, reverse=True)
)
_ADJECTIVES = {d: frozenset(p for p in w.split("|")) for d, w in lex.ADJECTIVES.items()}
_TAKEN = frozenset(
    "taken given used administered eaten drunk worn applied started consumed ingested injected inhaled prescribed".split()
)
_LONG = tuple(
    tuple(text.split())
    for text in (
        "long term", "in the long run", "in the long term", "over time", "for years", "for life", "every day", "each day",
        "at night", "over the years", "at bedtime", "in the short term", "all day", "at all", "for months", "for weeks",
        "every night", "every morning", "on its own", "by itself", "by mouth", "in general", "in excess", "as a whole",
    )
)  # fmt: skip
_WHEN = frozenset(
    "before after during at as for by in with early late every once twice when over".split()
)
_LASTING = frozenset(
    "long-term short-term high-dose low-dose standard-dose daily once-daily".split()
)
"""What is said of a treatment, and of no disease."""
_COURSE = frozenset(
    [
        "chronic",
        "acute",
        "long-term",
        "short-term",
        "oral",
        "intravenous",
        "prolonged",
        "high-dose",
        "low-dose",
        "daily",
        "regular",
        "therapeutic",
        "systemic",
    ]
)
"""Adjectives of a treatment, but part of the name of many diseases."""
_DOING = frozenset(
    "losing giving gaining adding raising lowering increasing decreasing reducing blocking inhibiting removing stopping taking using "
    "starting quitting cutting".split()
)
_ACTIONS = frozenset(
    "cessation inhibition blockade knockdown knockout deletion depletion deficiency withdrawal discontinuation supplementation "
    "overexpression administration activation silencing".split()
)
_LEVELS = frozenset(lex.LEVEL_NOUNS.split("|"))


def split_context(tokens: list[Token]) -> tuple[list[Token], list[Token]]:
    """Split "nephropathy in patients with bipolar disorder" before its restriction."""
    for k in range(1, len(tokens) - 1):
        if tokens[k].low in _WHILE and tokens[k + 1].low in STAGES:
            return tokens[:k], tokens[k:]
        if tokens[k].low not in {*_WITHIN, "for", "to", "from", "of"}:
            continue
        for j in range(k + 1, min(len(tokens), k + 7)):
            word = tokens[j].low
            if word in _HEADLESS:
                break
            if word not in _CONTEXT_HEADS and not person(word):
                continue
            ends = j == len(tokens) - 1 or tokens[j + 1].low in _ON
            owned = tokens[k].low == "of" and ends and (person(word) or word in SPECIES)
            near = tokens[k].low != "of" and (j == k + 1 or tokens[k + 1].low in _DETERMINERS)
            if tokens[k].low in {*_WITHIN, "for"} or owned or near:
                return tokens[:k], tokens[k:]
    return tokens, []


def _gerunds() -> dict[tuple[str, ...], object]:
    return lex.intervention_forms("ing")


def _leading(words: list[str], *, outcome: bool = False) -> tuple[int, int]:
    """Return (tokens to drop at the front, their direction)."""
    if words[0] in _DETERMINERS and len(words) > 1:
        return 1, 1
    if tuple(words[:2]) in _NAMED_AHEAD:
        return 0, 1
    for n in (3, 2, 1):
        if outcome and words[n : n + 1] != ["of"]:
            continue  # "drinking days"
        if len(words) == n + 1 and words[-1] in _NOUNS[-1]:
            continue  # "smoking cessation"
        direction = _gerunds().get(tuple(words[:n]))
        if direction is not None and len(words) > n:
            return n + (words[n] in {"of", "the"} and len(words) > n + 1), int(str(direction))
    if words[0] in {"being", "getting"} and len(words) > 1:
        return 1, 1
    if words[0] in _MENDING and words[-1] in _NOUNS[-1] and len(words) > 2:
        return 1, -1  # "correcting iron deficiency"
    if words[:2] == ["loss", "of"] and len(words) == 3 and words[2] in _LOST | _SENSES:
        return 0, 1
    if words[0] in _RIDDING and len(words) > 1 and "with" not in words:
        return 1, -1
    if words[:2] == ["treatment", "of"] and len(words) > 2 and "with" not in words:
        return 2, -1
    for direction in (1, -1):
        if (
            not outcome
            and words[0] in _LEADING[direction]
            and len(words) > 2
            and words[1] in _PREPOSITIONS
        ):
            return 2, direction
        for n in (2, 1):
            if " ".join(words[:n]) in _ADJECTIVES[direction] and len(words) > n:
                return n, direction
        if (
            words[0] in _AGENTS[direction]
            and len(words) > 2
            and words[1] in {"of", "against", "targeting"}
        ):
            return 2, direction
    manner = words[0] in _COURSE | _MANNER or words[0].endswith(
        ("-mediated", "-specific", "-based")
    )
    if manner and len(words) > 2 and words[1] in {*_NOUNS[1], *_NOUNS[-1]}:
        return 1, 1
    if words[0].endswith("ly") and len(words) > 2 and tuple(words[1:2]) in _gerunds():
        return 1, 1
    for measured in _OUTCOMES:
        n = len(measured)
        if tuple(words[:n]) == measured and len(words) > n:
            if measured[-1] == "with":
                return n, 1
            if words[n] in {"of", "for", "in"} and len(words) > n + 1:
                return n + 1, 1
    if (
        words[0] in {"gene", "protein", "drug", "hormone", "enzyme", "kinase", "compound"}
        and len(words) > 1
        and words[1] != "replacement"
        and not words[1].endswith(("ion", "ing", "port", "asis", "ysis", "ment", "ance"))
        and words[1] not in GENERIC | _LEADING[1] | _LEADING[-1]  # "hormone therapy"
    ):
        return 1, 1
    if words[0] in _PREPOSITIONS and len(words) > 1:
        return 1, 1
    return 0, 1


_ADJECTIVAL = (
    "ial",
    "ral",
    "nal",
    "tal",
    "cal",
    "ual",
    "sal",
    "mal",
    "dal",
    "ic",
    "ary",
    "ive",
    "ous",
    "immune",
    "ian",
)
_NOT_ADJECTIVES = frozenset(
    "arsenic garlic phenobarbital pentobarbital secobarbital butalbital thiopental retinal metal".split()
)
_MANNER = frozenset(
    "crispr crispr-cas9 rnai twice-daily once-daily three-times-daily weekly genetic pharmacological pharmacologic conditional heterozygous homozygous complete partial selective targeted "
    "chemical forced ectopic sustained transient global germline whole-body repeated heavy moderate excessive early "
    "prenatal postnatal continuous intermittent combined additional simultaneous inducible somatic".split()
)
"""How something is done, before what is done."""
_RIDDING = frozenset("treating curing correcting reversing relieving eradicating resolving".split())
_SENSES = frozenset(["smell", "taste", "consciousness", "libido", "sight"])
_MENDING = frozenset(
    "correcting correction reversing reversal treating treatment fixing relieving overcoming repairing".split()
)
_NAMED_AHEAD = frozenset(
    [("smoking", "status"), ("smoking", "history"), ("low", "back"), ("low", "birth"), ("low", "mood"), ("high", "altitude"), ("high", "fat"),
     ("high", "fructose"), ("high", "fibre"), ("high", "fiber"), ("high", "salt"), ("high", "protein"), ("poor", "sleep"), ("high", "blood"), ("low", "blood"), ("low", "carb"), ("missing", "teeth"),
     ("impaired", "glucose"), ("impaired", "fasting"), ("lowered", "consciousness")]
)  # fmt: skip
"""Words of a level that are part of a name."""
_LOST = frozenset((
    "hearing", "bone", "hair", "weight", "memory", "vision", "visual", "blood",
    "muscle", "tooth", "appetite", "synapse", "synaptic", "neuron", "neuronal", "axon", "axonal",
    "nerve", "myelin", "fluid", "cell", "nephron", "podocyte", "speech", "voice", "sensory", "pregnancy", "fetal", "water",
))  # fmt: skip
_BLOCKING = frozenset(["beta", "alpha", "channel", "receptor"])
_NAMED: dict[str, frozenset[str]] = {
    "loss": _LOST,
    "stimulation": frozenset(
        "nerve brain magnetic electrical current cord sensory cortical".split()
    ),
    "restriction": frozenset(["growth", "fluid"]),
    "therapy": frozenset(
        "hormone gene replacement behavioural behavioral cognitive talking speech occupational physical group family art music radiation "
        "electroconvulsive oxygen exposure compression light cell stem".split()
    ),
    "gain": frozenset(["weight", "muscle"]),
    "rate": frozenset(["heart", "pulse", "respiratory", "filtration", "metabolic", "birth"]),
    "blocker": _BLOCKING,
    "blockers": _BLOCKING,
    "activity": frozenset(["physical", "brain", "sexual", "seizure"]),
    "secretion": frozenset(["insulin", "acid", "bile"]),
    "expression": frozenset(["gene"]),
    "synthesis": frozenset(["protein", "dna"]),
    "production": frozenset(
        ["glucose", "sperm", "milk", "energy", "heat", "sweat", "tear", "mucus"]
    ),
    "symptoms": frozenset(["withdrawal", "depressive"]),
}
"""Words that elsewhere say what is done or measured, after which they are part of a name."""


_RATES = frozenset(["rate", "severity", "symptoms", "dose", "dosage", "use"])


def _trailing(words: list[str], *, outcome: bool = False) -> tuple[int, int]:
    """Return (tokens to drop at the end, their direction)."""
    if len(words) < 2:
        return 0, 1
    last = words[-1]
    if words[-2] in _NAMED.get(last, ()) or last == "smoking":
        return 0, 1
    if words[-2].endswith(_ADJECTIVAL) and words[-2] not in _NOT_ADJECTIVES and words[-2].islower():
        return 0, 1  # "renal insufficiency", "C-reactive protein": no name without its noun
    for direction in (1, -1):
        if not outcome and (last in _NOUNS[direction] or last in _AGENTS[direction]):
            return 1, direction
    if last in {"protein", "gene"} and not any(c.isdigit() for c in words[-2]):
        return 0, 1  # "whey protein"
    if (last in _LEVELS and not (outcome and last in _RATES)) or last in _PREPOSITIONS:
        return 1, 1
    if last in {
        "alone",
        "given",
        "taken",
        "itself",
        "directly",
        "anymore",
        "instead",
        "either",
        "too",
        "long-term",
        "daily",
        "chronically",
    }:
        return 1, 1
    return 0, 1


def _unbroken(question: str, tokens: list[Token]) -> list[Token]:
    """The tokens up to where words were taken out between them: "asthma | worse | in cities"."""
    for k in range(1, len(tokens)):
        gap = question[tokens[k - 1].end : tokens[k].start].split()
        if any(w.isalpha() and not lex.filler(w.casefold()) for w in gap):
            return tokens[:k]
    return tokens


def _done_with(tokens: list[Token]) -> list[Token]:
    """ "depletion of microglia with PLX5622", "addition of X to Z": what with, and to what, comes off."""
    words = [t.low for t in tokens]
    if (
        words[1:2] == ["of"]
        and (words[0] in _NOUNS[1] or words[0] in _NOUNS[-1])
        and words[0] != "treatment"
    ):
        for k in range(3, len(words) - 1):
            if words[k] in {"with", "using", "by"} or (words[0] == "addition" and words[k] == "to"):
                return tokens[:k]
    return tokens


def make_term(
    question: str, tokens: list[Token], mark: str = "", *, outcome: bool = False
) -> Term | None:
    """Return the entity worded by ``tokens``, or None when they name none ("it", "my tablets").

    An ``outcome`` keeps what is done in its name ("food intake", "caspase activation"). The ending that ``mark`` stands for ("lithium-induced", "lithium's") is taken off.
    """
    if mark in ENDINGS:
        last = tokens[-1]
        ending = next(e for e in ENDINGS[mark] if last.low.endswith(e))
        tokens = [
            *tokens[:-1],
            Token(last.low.removesuffix(ending), last.start, last.end - len(ending)),
        ]
    tokens = _done_with(_unbroken(question, tokens))
    while len(tokens) > 1 and (tokens[0].low in _DETERMINERS or tokens[0].low in _PREPOSITIONS):
        tokens = tokens[1:]
    while len(tokens) > 1 and tokens[-1].low in _PREPOSITIONS | {"and", "or"}:
        tokens = tokens[:-1]
    for k in range(1, len(tokens) - 1):
        if tokens[k].low in _TAKEN and tokens[k + 1].low in _WHEN:
            tokens = tokens[:k]  # "folic acid taken before conception"
            break
    while len(tokens) > 1 and tokens[0].low in _LASTING:
        tokens = tokens[1:]
    for tail in _LONG:
        n = len(tail)
        if len(tokens) > n and tuple(t.low for t in tokens[-n:]) == tail:
            tokens = tokens[:-n]
    if {"that", "which", "who", "it"} & {t.low for t in tokens}:
        return None
    start, end = tokens[0].start, tokens[-1].end
    way: Literal[-1, 1] = 1
    acted = False
    ladder: list[tuple[str, Literal[-1, 1]]] = []
    while True:
        text = re.sub(r"\s+", " ", question[tokens[0].start : tokens[-1].end]).strip()
        ladder.append((text, way))
        words = [t.low for t in tokens]
        drop, sense = _leading(words, outcome=outcome)
        if not drop and acted and words[0] in _COURSE and len(words) > 1:
            drop = 1
        if drop:
            tokens = tokens[drop:]
        else:
            drop, sense = _trailing(words, outcome=outcome)
            tokens = tokens[: len(tokens) - drop]
        if not drop:
            break
        acted = True
        way = 1 if way * sense > 0 else -1
    if not text or (
        len(tokens) == 1 and tokens[0].low in GENERIC | lex.STOP_WORDS | _ACTIONS | _DOING
    ):
        return None
    return Term(
        text=text,
        raw=question[start:end],
        start=start,
        end=end,
        direction=way,
        ladder=tuple(ladder),
    )
