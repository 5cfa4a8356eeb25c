"""Reading sentences back: what a sentence says must be what its claim holds, word for word.

For each kind of claim there is a grammar of the sentences that may say it. Names, numbers, signs,
rungs and ids found in the sentence are compared with the claim; a sentence that cannot be read, or
that says anything else, fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from graph.model import Category, Predicate, Rung, Status
from llm_bridge.claims import Claim, ClaimKind, Verdict

__all__ = [
    "KINDS", "MOVING", "READERS", "UNREADABLE", "V", "believed", "match", "numbers", "papers_named",
    "says",
]  # fmt: skip

# what a verb phrase says: (predicate or None for any, sign or None for the predicate's own)
_PHRASES: Mapping[str, tuple[str | None, int | None]] = {
    "causes": ("causes", None),
    "treats": ("treats", None),
    "prevents": ("prevents", None),
    "increases": ("increases", None),
    "decreases": ("decreases", None),
    "affects": ("affects", None),
    "binds": ("binds", None),
    "interacts with": ("interacts_with", None),
    "is associated with": ("associated_with", 0),
    "is positively associated with": ("associated_with", 1),
    "is inversely associated with": ("associated_with", -1),
}
_MOVED = {"increases or causes": 1, "decreases, prevents or treats": -1, "affects": 0}
MOVING = {"increase or cause": 1, "decrease, prevent or treat": -1, "affect": 0}
_ADVERBS = {"positively": 1, "negatively": -1, "in some way": 0}
KINDS = {
    "gene": Category.GENE, "genes": Category.GENE, "protein": Category.PROTEIN,
    "proteins": Category.PROTEIN, "chemical": Category.CHEMICAL, "chemicals": Category.CHEMICAL,
    "disease": Category.DISEASE, "diseases": Category.DISEASE, "phenotype": Category.PHENOTYPE,
    "phenotypes": Category.PHENOTYPE, "process": Category.PROCESS, "processes": Category.PROCESS,
    "procedure": Category.PROCEDURE, "procedures": Category.PROCEDURE,
    "behaviour": Category.BEHAVIOR, "behaviours": Category.BEHAVIOR, "variant": Category.VARIANT,
    "variants": Category.VARIANT, "cell type": Category.CELL, "cell types": Category.CELL,
    "entity": None, "entities": None,
}  # fmt: skip
_VERB = "|".join(map(re.escape, sorted(_PHRASES, key=len, reverse=True)))
V = rf"(?P<verb>(?:(?:positively|negatively|in some way) )?(?:{_VERB}))"
M = "(?P<moved>increases or causes|decreases, prevents or treats|affects)"
G = "(?P<moving>increase or cause|decrease, prevent or treat|affect)"
K = "(?P<what>" + "|".join(map(re.escape, sorted(KINDS, key=len, reverse=True))) + ")"
N = r"(?P<n>\d+) (?:publication|source)s?"
AGAINST = r"(?P<m>\d+) (?:publication|source)s?"
P = r"(?:: (?P<papers>.+))?"
B = r"belief (?P<belief>0\.\d\d|above 0\.99)"
H = r"(?:; (?P<hedged>\d+) of (?P<of>\d+) only as a possibility)?"
S = r"(?P<status>; a proposal, not an established fact|; accepted by a curator|; rejected by a curator)?"
NUM = r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?"
TURN = r"(?: If that holds, removing or inhibiting {X} (?P<turn>increases|decreases) {Y}\.)?"

_STATUS = {
    None: Status.ASSERTED,
    "; a proposal, not an established fact": Status.PROPOSED,
    "; accepted by a curator": Status.CURATED,
    "; rejected by a curator": Status.REFUTED,
}
_SUPPORT: Mapping[Rung, str] = {
    Rung.ASSERTION: rf"{N} asserts? that {{X}} {V} {{Y}}",
    Rung.ASSOCIATION: rf"{N} reports? that {{X}} {V} {{Y}}",
    Rung.INTERVENTION: rf"{N} reports? from an experiment or trial that {{X}} {V} {{Y}}",
    Rung.GENETIC: rf"{N} reports? from genetic evidence that {{X}} {V} {{Y}}",
    Rung.CURATED: rf"{N} in curated databases states? that {{X}} {V} {{Y}}",
    Rung.DISCOVERED: rf"Structure learning on data proposes in (?P<n>\d+) runs? that {{X}} {V} {{Y}}",
    Rung.PREDICTED: rf"Link prediction proposes in (?P<n>\d+) runs? that {{X}} {V} {{Y}}",
}
_HOW: Mapping[Rung, str] = {
    Rung.ASSERTION: "in the text",
    Rung.ASSOCIATION: "as an association",
    Rung.INTERVENTION: "from an experiment or trial",
    Rung.GENETIC: "from genetic evidence",
    Rung.CURATED: "in curated databases",
    Rung.DISCOVERED: "by structure learning, as a proposal",
    Rung.PREDICTED: "by link prediction, as a proposal",
}
_VERDICT: Mapping[Verdict, str] = {
    Verdict.SUPPORTED: rf"{N} reports? that {{X}} {M} {{Y}}, and none reports otherwise\.{TURN}",
    Verdict.OPPOSED: rf"No counted publication reports that {{X}} {M} {{Y}}, and {AGAINST} reports? otherwise\.",
    Verdict.UNSIGNED: rf"{N} reports? that {{X}} affects {{Y}}, without saying in which direction\.",
    Verdict.ASSOCIATION: rf"{N} reports? an association or interaction between {{X}} and {{Y}}, which does not show that one acts on the other\.",
    Verdict.PROPOSED: rf"Only algorithms propose that {{X}} {M} {{Y}} \((?P<n>\d+) proposals?\); no publication or database in this graph says so\.{TURN}",
    Verdict.NOTHING: r"All that this graph holds on an effect of {X} on {Y} is retracted or rejected, so nothing counts\.",
}  # fmt: skip
_CONTESTED = rf"The evidence is contested: {N} reports? that {{X}} {M} {{Y}}, and {AGAINST} reports? otherwise\.{TURN}"
_SPLIT = (
    rf"The evidence is split: {N} reports? that {{X}} increases or causes {{Y}}, and {AGAINST} reports? that "
    r"{X} decreases, prevents or treats {Y}\."
)


def _fill(pattern: str, **names: str) -> str:
    return re.sub(r"\{([XY])\}", lambda m: re.escape(names[m[1]]), pattern)


def match(pattern: str, text: str, claim: Claim) -> re.Match[str] | None:
    return re.fullmatch(_fill(pattern, X=claim.cause_name, Y=claim.effect_name), text)


def says(phrase: str, rung: Rung | None, predicate: Predicate | None, sign: int) -> bool:
    """Whether a verb phrase is a right wording of predicate and sign as evidence of this rung."""
    adverb, plain = None, phrase
    for word, meaning in _ADVERBS.items():
        if phrase.startswith(word + " "):
            adverb, plain = meaning, phrase[len(word) + 1 :]
    if plain not in _PHRASES or predicate is None:
        return False
    named, own = _PHRASES[plain]
    associative = rung is Rung.ASSOCIATION or predicate is Predicate.ASSOCIATED_WITH
    if associative:
        # an association is never worded as anything more
        return named == "associated_with" and adverb is None and own == sign
    meant = predicate.info.sign if adverb is None else adverb
    return (
        named == predicate.value
        and meant == sign
        and (adverb is None or adverb != predicate.info.sign)
    )


def papers_named(text: str | None, ids: Sequence[str]) -> bool:
    """Whether the papers named are the claim's, at most some of them left out and counted."""
    if text is None:
        return not ids
    body = text
    rest = re.fullmatch(r"(.+) and (\d+) more", body)
    hidden = 0
    if rest:
        body, hidden = rest[1], int(rest[2])
    named = ["pubmed:" + p[5:] if p.startswith("PMID ") else p for p in body.split(", ")]
    return len(named) + hidden == len(ids) and named == list(ids[: len(named)])


def _close(text: str, value: float | None) -> bool:
    """Whether a printed number is the claim's, to the digits printed."""
    if value is None:
        return False
    shown = float(text)
    return shown == float(f"{value:.4g}") or (shown == float(f"{value:.0f}") and abs(value) >= 1000)


def believed(text: str, value: float | None) -> bool:
    if value is None or not 0 <= value <= 1:
        return False
    if text.startswith("above"):
        return round(value, 2) == 1
    return text == f"{value:.2f}" and round(value, 2) < 1


def numbers(found: re.Match[str], claim: Claim) -> list[str]:
    wrong = []
    groups = found.groupdict()
    for key, value in (("n", claim.n), ("m", claim.against), ("of", claim.n)):
        if groups.get(key) is not None and int(groups[key]) != value:
            wrong.append(f"the sentence says {groups[key]} where the claim has {value}")
    if "hedged" in groups and int(groups["hedged"] or 0) != claim.hedged:
        wrong.append("the number of hedged sources differs")
    if groups.get("belief") is not None and not believed(groups["belief"], claim.belief):
        wrong.append(f"the sentence says belief {groups['belief']}, the claim {claim.belief}")
    if groups.get("moved") is not None and _MOVED[groups["moved"]] != claim.sign:
        wrong.append(f"the sentence says {groups['moved']!r}, the claim has sign {claim.sign}")
    if "papers" in groups and not papers_named(
        (groups["papers"] or "").removesuffix(".") or None, claim.publications
    ):
        wrong.append("the papers named are not those of the claim")
    return wrong


UNREADABLE = [
    "the sentence says something else than its claim, or in words that cannot be verified"
]


def _verdict(text: str, c: Claim) -> list[str]:
    if c.verdict is None:
        return ["the claim has no verdict"]
    if c.verdict is Verdict.CONTESTED:
        pattern = _CONTESTED if c.sign else _SPLIT
        # split without a direction: sources for an unsigned effect against denials
        found = match(pattern, text, c) or (match(_CONTESTED, text, c) if not c.sign else None)
    else:
        found = match(_VERDICT[c.verdict], text, c)
    if found is None:
        return UNREADABLE
    wrong = numbers(found, c)
    turn = found.groupdict().get("turn")
    expected = {1: "decreases", -1: "increases"}.get(c.sign) if c.direction < 0 else None
    if "turn" in found.groupdict() and turn != expected:
        wrong.append("the sentence turns the effect round where the claim does not, or the reverse")
    return wrong


def _support(text: str, c: Claim) -> list[str]:
    if c.rung is None:
        return ["the claim has no rung"]
    found = match(rf"{_SUPPORT[c.rung]} \({B}{H}{S}\){P}\.", text, c)
    if found is None:
        return UNREADABLE
    wrong = numbers(found, c)
    if not says(found["verb"], c.rung, c.predicate, c.sign):
        wrong.append(f"{found['verb']!r} is not what the claim's predicate, sign and rung say")
    if _STATUS[found["status"]] is not c.status:
        wrong.append("the sentence gives the statement another status")
    return wrong


def _contradiction(text: str, c: Claim) -> list[str]:
    if c.rung is None:
        return ["the claim has no rung"]
    how = re.escape(_HOW[c.rung])
    if c.opposite:
        pattern = rf"To the contrary, {N} says? {how} that {{X}} {V} {{Y}} \({B}{H}\){P}\."
    else:
        pattern = rf"Against this, {N} den(?:y|ies) {how} that {{X}} {V} {{Y}}{H}{P}\."
    found = match(pattern, text, c)
    if found is None:
        return UNREADABLE
    wrong = numbers(found, c)
    if not says(found["verb"], c.rung, c.predicate, c.sign):
        wrong.append(f"{found['verb']!r} is not what the claim's predicate, sign and rung say")
    return wrong


def _quote(text: str, c: Claim) -> list[str]:
    paper = "An unnamed source"
    if c.publication.startswith("pubmed:"):
        paper = "PMID " + c.publication[len("pubmed:") :]
    elif c.publication:
        paper = c.publication
    head = paper + ("" if c.year is None else f" ({c.year})") + (", against" if c.negated else "")
    return (
        []
        if text == f'{head}: "{c.quote}"'
        else ["the quotation, paper or year differs from the claim"]
    )


def _retracted(text: str, c: Claim) -> list[str]:
    found = re.fullmatch(r"Not counted, because retracted: (?P<papers>.+)\.", text)
    return [] if found and papers_named(found["papers"], c.publications) else UNREADABLE


def _rejected(text: str, c: Claim) -> list[str]:
    found = match(rf"Not counted, because a curator rejected it: {{X}} {V} {{Y}}\.", text, c)
    return [] if found and says(found["verb"], None, c.predicate, c.sign) else UNREADABLE


def _side(text: str, c: Claim, patterns: Mapping[str, str]) -> list[str]:
    """Sentences on what stands on the other side of one entity."""
    if c.predicate is Predicate.ASSOCIATED_WITH:
        pattern = patterns["associated"]
    else:
        pattern = patterns["effect"] if c.effect else patterns["cause"]
    found = re.fullmatch(_fill(pattern, X=c.effect_name or c.cause_name), text)
    if found is None:
        return UNREADABLE
    groups = found.groupdict()
    wrong = []
    for key, table in (("moving", MOVING), ("moved", _MOVED)):
        if groups.get(key) is not None and table[groups[key]] != c.wanted:
            wrong.append(f"the sentence says {groups[key]!r}, the claim asks for sign {c.wanted}")
    asked = c.category if c.category in KINDS.values() else None
    if KINDS[groups["what"]] is not asked:
        wrong.append("the sentence speaks of another category")
    if groups.get("n") is not None and int(groups["n"]) != c.n:
        wrong.append("the sentence counts differently")
    return wrong


def _absence(text: str, c: Claim) -> list[str]:
    if c.cause and c.effect:
        pattern = r"This graph holds no statement that {X} acts on {Y} or is associated with it\."
        return [] if match(pattern, text, c) else UNREADABLE
    return _side(
        text,
        c,
        {
            "associated": rf"This graph knows no {K} associated with {{X}}\.",
            "effect": rf"This graph knows no {K} reported to {G} {{X}}\.",
            "cause": rf"This graph knows no {K} that {{X}} is reported to {G}\.",
        },
    )


def _listing(text: str, c: Claim) -> list[str]:
    return _side(
        text,
        c,
        {
            "associated": rf"Reported as associated with {{X}}, which does not show a cause: (?P<n>\d+) {K}\.",
            "effect": rf"Reported to {G} {{X}}: (?P<n>\d+) {K}\.",
            "cause": rf"Reported that {{X}} {M}: (?P<n>\d+) {K}\.",
        },
    )


def _steps(text: str, names: Sequence[tuple[str, str]], joint: str, c: Claim) -> str | None:
    """Take the statements off the front of a sentence; return the rest, or None if they differ."""
    rest = text
    for k, (a, b) in enumerate(names):
        link = joint if k else ""
        found = re.match(rf"{link}{re.escape(a)} {V} {re.escape(b)}(?=[, :])", rest)
        if found is None or not says(found["verb"], None, c.predicates[k], c.signs[k]):
            return None
        rest = rest[found.end() :]
    return rest


def _path(text: str, c: Claim) -> list[str]:
    if not len(c.path_names) - 1 == len(c.predicates) == len(c.signs):
        return ["the chain is malformed"]
    pairs = list(zip(c.path_names, c.path_names[1:], strict=False))
    rest = _steps(text, pairs, ", and ", c)
    found = rest and match(
        r": along this chain, (?P<act>raising|lowering) {X} (?P<turn>increases|decreases|changes, in an "
        rf"unknown direction,) {{Y}} \(weakest link: {B}\)\.",
        rest,
        c,
    )
    if not found:
        return UNREADABLE
    turn = {"increases": 1, "decreases": -1}.get(found["turn"], 0)
    act = 1 if found["act"] == "raising" else -1
    wrong = numbers(found, c)
    if act != c.direction or turn != c.sign * c.direction:
        wrong.append("the sentence draws another direction from the chain than the claim")
    return wrong


def _confounder(text: str, c: Claim) -> list[str]:
    if len(c.path_names) != 1 or not len(c.predicates) == len(c.signs) == 2:
        return ["the common cause is malformed"]
    z = c.path_names[0]
    rest = _steps(text, [(z, c.cause_name), (z, c.effect_name)], " and ", c)
    found = rest and re.fullmatch(
        r": it makes the two (?P<move>rise and fall together|move in opposite directions|vary together, in an "
        rf"unknown direction,) even where neither acts on the other \(weaker link: {B}\)\.",
        rest,
    )
    if not found:
        return UNREADABLE
    move = {"rise and fall together": 1, "move in opposite directions": -1}.get(found["move"], 0)
    wrong = numbers(found, c)
    if move != c.sign:
        wrong.append("the sentence joins the signs differently from the claim")
    return wrong


def _effect(text: str, c: Claim) -> list[str]:
    names = c.estimand.adjustment if c.estimand else ()
    adjusted = "adjusted for " + ", ".join(names) if names else "no adjustment needed"
    found = match(
        rf"If the causal graph is right, (?P<act>raising|lowering) {{X}} by one unit changes {{Y}} by (?P<value>{NUM}) "
        rf"\((?P<level>\d+) % confidence interval (?P<low>{NUM}) to (?P<high>{NUM}); {re.escape(c.unit)}; "
        rf"(?P<n>\d+) rows of {re.escape(c.dataset_name)}; {re.escape(adjusted)}\)\.",
        text,
        c,
    )
    if found is None:
        return UNREADABLE
    wrong = numbers(found, c)
    for key, value in (("value", c.value), ("low", c.ci_low), ("high", c.ci_high)):
        if not _close(found[key], value):
            wrong.append(f"the sentence says {found[key]} where the claim has {value}")
    if c.level is None or int(found["level"]) != round(100 * c.level):
        wrong.append("the sentence gives another confidence level")
    if (1 if found["act"] == "raising" else -1) != c.direction:
        wrong.append("the sentence intervenes in the other direction")
    return wrong


def _unidentified(text: str, c: Claim) -> list[str]:
    pattern = (
        re.escape(c.dataset_name)
        + r" measures {X} and {Y}, but under the causal graph no adjustment for measured columns isolates the effect\."
    )
    return [] if match(pattern, text, c) else UNREADABLE


def _no_path(text: str, c: Claim) -> list[str]:
    found = match(
        r"No chain of 2 to (?P<n>\d+) statements leads from {X} to {Y} in this graph\.", text, c
    )
    return numbers(found, c) if found else UNREADABLE


def _no_confounder(text: str, c: Claim) -> list[str]:
    pattern = r"This graph knows nothing that acts on both {X} and {Y}\."
    return [] if match(pattern, text, c) else UNREADABLE


def _unknown(text: str, c: Claim) -> list[str]:
    id = f" ({c.cause})" if c.cause else ""
    return [] if text == f'This graph holds nothing on "{c.cause_name}"{id}.' else UNREADABLE


READERS: Mapping[ClaimKind, Callable[[str, Claim], list[str]]] = {
    ClaimKind.VERDICT: _verdict,
    ClaimKind.SUPPORT: _support,
    ClaimKind.CONTRADICTION: _contradiction,
    ClaimKind.QUOTE: _quote,
    ClaimKind.RETRACTED: _retracted,
    ClaimKind.REJECTED: _rejected,
    ClaimKind.ABSENCE: _absence,
    ClaimKind.UNKNOWN: _unknown,
    ClaimKind.LISTING: _listing,
    ClaimKind.PATH: _path,
    ClaimKind.NO_PATH: _no_path,
    ClaimKind.CONFOUNDER: _confounder,
    ClaimKind.NO_CONFOUNDER: _no_confounder,
    ClaimKind.EFFECT: _effect,
    ClaimKind.UNIDENTIFIED: _unidentified,
}
