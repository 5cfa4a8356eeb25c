"""Sentences for the kinds of claims that version 2 added; see :mod:`llm_bridge.render`."""

from __future__ import annotations

from collections.abc import Sequence

from graph.model import Rung
from llm_bridge.claims import Claim

__all__ = [
    "adjustment",
    "certainty",
    "compared",
    "gap",
    "influence",
    "joined",
    "joint",
    "order",
    "ranked",
    "setting",
]  # fmt: skip

_MOVE = {1: "increase or cause", -1: "decrease, prevent or treat", 0: "affect"}
_DONE = {1: "raising", -1: "lowering"}
_TURNS = {1: "raises", -1: "lowers", 0: "changes, in an unknown direction,"}
_RUNGS = {
    Rung.ASSERTION: "assertion in a text",
    Rung.ASSOCIATION: "reported association",
    Rung.INTERVENTION: "experiment or trial",
    Rung.GENETIC: "genetic evidence",
    Rung.CURATED: "entry of a curated database",
    Rung.DISCOVERED: "structure learned from data",
    Rung.PREDICTED: "link prediction",
}
_ROLES = {
    "enough": "adjusting for {z} is enough for the effect of {x} on {y}, and without it common causes stay open",
    "optional": "adjusting for {z} does no harm but is not needed for the effect of {x} on {y}",
    "harmful": "{z} must not be adjusted for in the effect of {x} on {y}: what {x} acts on is among it",
    "biasing": "adjusting for {z} opens a path and biases the effect of {x} on {y}, which needs no adjustment",
    "insufficient": "adjusting for {z} is not enough for the effect of {x} on {y}: other paths stay open",
    "loop": "{x}, {y} and {z} are in a feedback loop, so that no adjustment set can be read off",
}


def joined(names: Sequence[str], word: str = "and") -> str:
    """Return "A, B and C"."""
    return (
        f" {word} ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
    )


def _believed(value: float | None) -> str:
    shown = f"{value or 0:.2f}"
    return "above 0.99" if shown == "1.00" else shown


def ranked(c: Claim, what: str) -> str:
    """Sentence of a ranking; ``what`` is the noun for the entities counted."""
    told = ", ".join(
        f"{name} (belief {_believed(b)})" for name, b in zip(c.path_names, c.beliefs, strict=False)
    )
    return (
        f"Of {c.n} {what} reported to {_MOVE[c.wanted]} {c.effect_name}, the best supported: {told}; "
        "support is not the size of the effect."
    )


def compared(c: Claim) -> str:
    """Sentence of a comparison."""
    parts = []
    for name, sign, b in zip(c.path_names, c.signs, c.beliefs, strict=False):
        known = f"belief {_believed(b)}" if b > 0 else "nothing in this graph says so"
        parts.append(f"{name} to {_MOVE[sign]} ({known})")
    return (
        f"How well it is supported that these act on {c.effect_name}: {', '.join(parts)}; "
        "support is not the size of the effect."
    )


def joint(c: Claim) -> str:
    """Sentence of several interventions at once."""
    steps = [
        f"{_DONE[sign]} {name} {_TURNS[turn]} {c.effect_name}"
        for name, sign, turn in zip(c.path_names, c.signs, c.turns, strict=False)
    ]
    end = {
        "same": "all push the same way",
        "opposite": "they push in opposite directions, and which one wins is not known",
        "unclear": "what they do together is not known",
    }.get(c.role, "")
    return f"By the reports on each alone, {joined(steps)}: {end}."


def adjustment(c: Claim) -> str:
    """Sentence on an adjustment set."""
    text = _ROLES.get(c.role, "").format(z=joined(c.path_names), x=c.cause_name, y=c.effect_name)
    return f"By the graph of what is reported, with everything else unmeasured, {text}."


def order(c: Claim) -> str:
    """Sentence on time order."""
    return (
        f"{c.n} {_sources(c.n)} that {c.cause_name} acts on {c.effect_name}, and {c.against} "
        f"{_sources(c.against)} that {c.effect_name} acts on {c.cause_name}; a cause comes before its "
        "effect, but this graph records no times."
    )


def _sources(n: int | None) -> str:
    return "source says" if n == 1 else "sources say"


def certainty(c: Claim, verb: str) -> str:
    """Sentence on a belief."""
    return (
        f"The belief that {c.cause_name} {verb} {c.effect_name} is {_believed(c.belief)}: {c.n} "
        f"{'source' if c.n == 1 else 'sources'} for it, {c.against} against."
    )


def influence(c: Claim, verb: str, paper: str) -> str:
    """Sentence on the source a belief rests on most."""
    return (
        f"The source that matters most for the belief that {c.cause_name} {verb} {c.effect_name} is {paper}: "
        f"without it the belief would be {_believed(c.without)} instead of {_believed(c.belief)}."
    )


def gap(c: Claim) -> str:
    """Sentence on what kinds of evidence there are none of."""
    named = [_RUNGS[r] for r in c.rungs]
    return f"Missing on {c.cause_name} and {c.effect_name} in this graph: {joined(named, 'or')}."


def setting(c: Claim, papers: str) -> str:
    """Sentence on how many sources name a restriction."""
    words = joined([f'"{w}"' for w in c.quote.split("|")], "or")
    told = f": {papers}" if papers else ""
    verb = "names" if c.n == 1 else "name"
    return f"{c.n} of the {c.against} counted sources {verb} {words} in their sentences{told}."
