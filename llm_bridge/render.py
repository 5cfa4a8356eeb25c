"""From a claim to its sentence. One function per kind of claim; nothing else writes sentences.

The words keep the rungs apart: an association is never worded as an effect, and what an algorithm
made is worded as a proposal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from graph.model import Category, Predicate, Rung, Status
from llm_bridge import render_more as more
from llm_bridge.claims import Claim, ClaimKind, Sentence, Verdict

__all__ = ["SHOWN_PUBLICATIONS", "figure", "render", "say"]

SHOWN_PUBLICATIONS = 5
"""Most publications named in one sentence; the claim names all."""

_VERBS = {
    Predicate.CAUSES: "causes",
    Predicate.TREATS: "treats",
    Predicate.PREVENTS: "prevents",
    Predicate.INCREASES: "increases",
    Predicate.DECREASES: "decreases",
    Predicate.AFFECTS: "affects",
    Predicate.ASSOCIATED_WITH: "is associated with",
    Predicate.BINDS: "binds",
    Predicate.INTERACTS_WITH: "interacts with",
}
_MOVES = {1: "increases or causes", -1: "decreases, prevents or treats", 0: "affects"}
_MOVE = {1: "increase or cause", -1: "decrease, prevent or treat", 0: "affect"}
_STATUS = {
    Status.PROPOSED: "; a proposal, not an established fact",
    Status.CURATED: "; accepted by a curator",
    Status.REFUTED: "; rejected by a curator",
    Status.ASSERTED: "",
}
_KINDS = {
    Category.GENE: ("gene", "genes"),
    Category.PROTEIN: ("protein", "proteins"),
    Category.CHEMICAL: ("chemical", "chemicals"),
    Category.DISEASE: ("disease", "diseases"),
    Category.PHENOTYPE: ("phenotype", "phenotypes"),
    Category.PROCESS: ("process", "processes"),
    Category.PROCEDURE: ("procedure", "procedures"),
    Category.BEHAVIOR: ("behaviour", "behaviours"),
    Category.VARIANT: ("variant", "variants"),
    Category.CELL: ("cell type", "cell types"),
}


def figure(value: float) -> str:
    """Return a number with four significant digits, without an exponent where possible."""
    text = f"{value:.4g}"
    return text if "e" not in text or abs(value) < 1e-4 or abs(value) >= 1e9 else f"{value:.0f}"


def _belief(value: float | None) -> str:
    """Two decimals, and never certainty: a belief is always below one."""
    shown = f"{value or 0:.2f}"
    return f"belief {'above 0.99' if shown == '1.00' else shown}"


def _count(n: int | None, publications: Sequence[str]) -> str:
    """ "3 publications", or "sources" where some evidence names no publication."""
    total = n or 0
    word = "publication" if total <= len(publications) and publications else "source"
    if total == 0 and not publications:
        word = "publication"
    return f"{total} {word}{'' if total == 1 else 's'}"


def _paper(id: str) -> str:
    return f"PMID {id.removeprefix('pubmed:')}" if id.startswith("pubmed:") else id


def _papers(ids: Sequence[str]) -> str:
    shown = ", ".join(_paper(p) for p in ids[:SHOWN_PUBLICATIONS])
    rest = len(ids) - SHOWN_PUBLICATIONS
    return f"{shown} and {rest} more" if rest > 0 else shown


def _verb(predicate: Predicate | None, sign: int, rung: Rung | None = None) -> str:
    """The verb of a statement as evidence of this rung words it."""
    if predicate is None:
        return _MOVES[sign]
    if rung is Rung.ASSOCIATION or predicate is Predicate.ASSOCIATED_WITH:
        return {1: "is positively associated with", -1: "is inversely associated with"}.get(
            sign, "is associated with"
        )
    verb = _VERBS[predicate]
    if sign != predicate.info.sign:
        verb = f"{ {1: 'positively', -1: 'negatively', 0: 'in some way'}[sign] } {verb}"
    return verb


def _verdict(c: Claim) -> str:
    x, y, verb = c.cause_name, c.effect_name, _MOVES[c.sign]
    n, m = _count(c.n, c.publications), _count(c.against, c.publications)
    report = "reports" if c.n == 1 else "report"
    against = "reports" if c.against == 1 else "report"
    match c.verdict:
        case Verdict.SUPPORTED:
            text = f"{n} {report} that {x} {verb} {y}, and none reports otherwise."
        case Verdict.CONTESTED if c.sign:
            text = f"The evidence is contested: {n} {report} that {x} {verb} {y}, and {m} {against} otherwise."
        case Verdict.CONTESTED:
            text = (
                f"The evidence is split: {n} {report} that {x} {_MOVES[1]} {y}, and {m} {against} that {x} "
                f"{_MOVES[-1]} {y}."
            )
        case Verdict.OPPOSED:
            text = (
                f"No counted publication reports that {x} {verb} {y}, and {m} {against} otherwise."
            )
        case Verdict.UNSIGNED:
            text = f"{n} {report} that {x} affects {y}, without saying in which direction."
        case Verdict.ASSOCIATION:
            text = (
                f"{n} {report} an association or interaction between {x} and {y}, which does not show that "
                "one acts on the other."
            )
        case Verdict.PROPOSED:
            what = "proposal" if c.n == 1 else "proposals"
            text = (
                f"Only algorithms propose that {x} {verb} {y} ({c.n} {what}); no publication or database in "
                "this graph says so."
            )
        case _:
            text = f"All that this graph holds on an effect of {x} on {y} is retracted or rejected, so nothing counts."
    counted = (Verdict.SUPPORTED, Verdict.CONTESTED, Verdict.PROPOSED)
    if c.direction < 0 and c.sign and c.verdict in counted:
        turn = "decreases" if c.sign > 0 else "increases"
        text += f" If that holds, removing or inhibiting {x} {turn} {y}."
    return text


def _hedged(c: Claim) -> str:
    return f"; {c.hedged} of {c.n} only as a possibility" if c.hedged else ""


def _support(c: Claim) -> str:
    fact = f"{c.cause_name} {_verb(c.predicate, c.sign, c.rung)} {c.effect_name}"
    belief = f"({_belief(c.belief)}{_hedged(c)}{_STATUS[c.status or Status.ASSERTED]})"
    n = _count(c.n, c.publications)
    one = c.n == 1
    papers = f": {_papers(c.publications)}." if c.publications else "."
    runs = f"{c.n} run{'' if one else 's'}"
    match c.rung:
        case Rung.ASSOCIATION:
            text = f"{n} {'reports' if one else 'report'} that {fact}"
        case Rung.INTERVENTION:
            text = f"{n} {'reports' if one else 'report'} from an experiment or trial that {fact}"
        case Rung.GENETIC:
            text = f"{n} {'reports' if one else 'report'} from genetic evidence that {fact}"
        case Rung.CURATED:
            text = f"{n} in curated databases {'states' if one else 'state'} that {fact}"
        case Rung.DISCOVERED:
            text = f"Structure learning on data proposes in {runs} that {fact}"
        case Rung.PREDICTED:
            text = f"Link prediction proposes in {runs} that {fact}"
        case _:
            text = f"{n} {'asserts' if one else 'assert'} that {fact}"
    return f"{text} {belief}{papers}"


def _contradiction(c: Claim) -> str:
    fact = f"{c.cause_name} {_verb(c.predicate, c.sign, c.rung)} {c.effect_name}"
    n = _count(c.n, c.publications)
    one = c.n == 1
    papers = f": {_papers(c.publications)}." if c.publications else "."
    how = {
        Rung.ASSERTION: "in the text",
        Rung.ASSOCIATION: "as an association",
        Rung.INTERVENTION: "from an experiment or trial",
        Rung.GENETIC: "from genetic evidence",
        Rung.CURATED: "in curated databases",
        Rung.DISCOVERED: "by structure learning, as a proposal",
        Rung.PREDICTED: "by link prediction, as a proposal",
    }[c.rung or Rung.ASSERTION]
    if c.opposite:
        text = f"To the contrary, {n} {'says' if one else 'say'} {how} that {fact}"
        return f"{text} ({_belief(c.belief)}{_hedged(c)}){papers}"
    text = f"Against this, {n} {'denies' if one else 'deny'} {how} that {fact}"
    return f"{text}{_hedged(c)}{papers}"


def _quote(c: Claim) -> str:
    where = _paper(c.publication) if c.publication else "An unnamed source"
    year = f" ({c.year})" if c.year is not None else ""
    side = ", against" if c.negated else ""
    return f'{where}{year}{side}: "{c.quote}"'


def _retracted(c: Claim) -> str:
    return f"Not counted, because retracted: {_papers(c.publications)}."


def _rejected(c: Claim) -> str:
    fact = f"{c.cause_name} {_verb(c.predicate, c.sign)} {c.effect_name}"
    return f"Not counted, because a curator rejected it: {fact}."


def _what(c: Claim) -> str:
    one, many = _KINDS.get(c.category or Category.THING, ("entity", "entities"))
    return one if c.n == 1 else many


def _absence(c: Claim) -> str:
    if c.cause and c.effect:
        return f"This graph holds no statement that {c.cause_name} acts on {c.effect_name} or is associated with it."
    if c.predicate is Predicate.ASSOCIATED_WITH:
        return f"This graph knows no {_what(c)} associated with {c.effect_name or c.cause_name}."
    if c.effect:
        return f"This graph knows no {_what(c)} reported to {_MOVE[c.wanted]} {c.effect_name}."
    return f"This graph knows no {_what(c)} that {c.cause_name} is reported to {_MOVE[c.wanted]}."


def _listing(c: Claim) -> str:
    name = c.effect_name or c.cause_name
    if c.predicate is Predicate.ASSOCIATED_WITH:
        return f"Reported as associated with {name}, which does not show a cause: {c.n} {_what(c)}."
    if c.effect:
        return f"Reported to {_MOVE[c.wanted]} {name}: {c.n} {_what(c)}."
    return f"Reported that {name} {_MOVES[c.wanted]}: {c.n} {_what(c)}."


def _path(c: Claim) -> str:
    names = c.path_names
    steps = [
        f"{a} {_verb(p, s)} {b}"
        for a, p, s, b in zip(names, c.predicates, c.signs, names[1:], strict=False)
    ]
    turn = {1: "increases", -1: "decreases", 0: "changes, in an unknown direction,"}[
        c.sign * c.direction
    ]
    act = "raising" if c.direction > 0 else "lowering"
    return (
        f"{', and '.join(steps)}: along this chain, {act} {c.cause_name} {turn} {c.effect_name} "
        f"(weakest link: {_belief(c.belief)})."
    )


def _confounder(c: Claim) -> str:
    z = c.path_names[0]
    move = {
        1: "rise and fall together",
        -1: "move in opposite directions",
        0: "vary together, in an unknown direction,",
    }[c.sign]
    return (
        f"{z} {_verb(c.predicates[0], c.signs[0])} {c.cause_name} and {z} {_verb(c.predicates[1], c.signs[1])} "
        f"{c.effect_name}: it makes the two {move} even where neither acts on the other "
        f"(weaker link: {_belief(c.belief)})."
    )


def _adjusted(c: Claim) -> str:
    names = c.estimand.adjustment if c.estimand else ()
    return f"adjusted for {', '.join(names)}" if names else "no adjustment needed"


def _effect(c: Claim) -> str:
    act = "raising" if c.direction > 0 else "lowering"
    return (
        f"If the causal graph is right, {act} {c.cause_name} by one unit changes {c.effect_name} by "
        f"{figure(c.value or 0)} ({100 * (c.level or 0):.0f} % confidence interval {figure(c.ci_low or 0)} "
        f"to {figure(c.ci_high or 0)}; {c.unit}; {c.n} rows of {c.dataset_name}; {_adjusted(c)})."
    )


def _unidentified(c: Claim) -> str:
    return (
        f"{c.dataset_name} measures {c.cause_name} and {c.effect_name}, but under the causal graph no "
        "adjustment for measured columns isolates the effect."
    )


def _no_path(c: Claim) -> str:
    return f"No chain of 2 to {c.n} statements leads from {c.cause_name} to {c.effect_name} in this graph."


def _no_confounder(c: Claim) -> str:
    return f"This graph knows nothing that acts on both {c.cause_name} and {c.effect_name}."


def _unknown(c: Claim) -> str:
    id = f" ({c.cause})" if c.cause else ""
    return f'This graph holds nothing on "{c.cause_name}"{id}.'


def _influence(c: Claim) -> str:
    paper = _paper(c.publication) if c.publication else "one without a publication"
    return more.influence(c, _verb(c.predicate, c.sign), paper)


_RENDERERS: Mapping[ClaimKind, Callable[[Claim], str]] = {
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
    ClaimKind.RANKED: lambda c: more.ranked(c, _what(c)),
    ClaimKind.COMPARED: more.compared,
    ClaimKind.JOINT: more.joint,
    ClaimKind.ADJUSTMENT: more.adjustment,
    ClaimKind.ORDER: more.order,
    ClaimKind.CERTAINTY: lambda c: more.certainty(c, _verb(c.predicate, c.sign)),
    ClaimKind.INFLUENCE: _influence,
    ClaimKind.GAP: more.gap,
    ClaimKind.SETTING: lambda c: more.setting(c, _papers(c.publications)),
}


def render(claim: Claim) -> str:
    """Return the one sentence that says the claim."""
    return _RENDERERS[claim.kind](claim)


def say(claim: Claim) -> Sentence:
    """Return the sentence with its claim."""
    return Sentence(text=render(claim), claim=claim)
