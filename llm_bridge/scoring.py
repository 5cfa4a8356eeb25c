"""How little the spans that a frame captured look like names."""

from __future__ import annotations

from functools import cache

from llm_bridge import lexicon as lex
from llm_bridge.patterns import Capture

__all__ = ["penalty"]

_WEIGHTS = {
    1: "in with for from of against",
    2: "by and to not than be been being under during without following",
    3: "on upon via through or effect need",
    4: "can may might will has have had that when after once then between",
}


_RELATING = frozenset(
    "often frequently link links association relationship correlation connection tie ties lower higher faster fastest quickest best most first".split()
)
_RIDDING = frozenset(
    "treating curing correcting reversing relieving eradicating resolving preventing".split()
)
_NEVER_NAMED = "through via dependent combining mixing least fewest have had has been worse better milder upstream downstream we you they as make makes making passes goes interact interacts than so because does act acts gets".split()
"""Words that no name holds."""


@cache
def _suspects() -> dict[str, int]:
    """Words that an entity span rarely holds, with their weight."""
    found: dict[str, int] = {}
    for weight, text in _WEIGHTS.items():
        found.update(dict.fromkeys(text.split(), weight))
    for form in ("s", "base", "ing", "ed"):
        for words in lex.relation_forms(form):
            if len(words) == 1:
                found.setdefault(words[0], 3)
    found.update(dict.fromkeys(_NEVER_NAMED, 6))
    return found


@cache
def _gerunds() -> set[str]:
    return {words[0] for words in lex.intervention_forms("ing") if len(words) == 1}


_ARTICLES = frozenset(["a", "an", "any", "more", "analysis"])
"""Inside a name, these say that another name begins."""


def penalty(words: list[str], capture: Capture) -> tuple[int, int]:
    """How little the captured spans look like names, and how long the subject is."""
    total = length = 0
    for name in ("x", "y", "z"):
        span = capture.get(name)
        if not isinstance(span, tuple):
            continue
        inside = words[span[0] : span[1]]
        total += 3 * ("most" in inside[1:]) + 6 * (
            inside[0]
            in {
                "sure",
                "certain",
                "confident",
                "and",
                "or",
                "i",
                "most",
                "least",
                "best",
                "come",
                "confound",
                "confounding",
                "confounds",
            }
        )
        total += 3 * sum(w in _ARTICLES for w in inside[1:]) + 3 * ("estimate" in inside)
        total += 6 * (inside[-1] in _RELATING)
        if name == "z":
            total += 3 * sum(w in {"when", "if"} for w in inside[1:])
            continue
        if inside[1:2] == ["or"] and {inside[0], *inside[2:3]} <= _gerunds():
            inside = inside[3:]  # "removing or inhibiting X"
        acting = (
            name == "x" and inside[:1] and inside[0] in _gerunds() | _RIDDING
        )  # "silencing of X"
        total += sum(_suspects().get(w, 0) for w in inside[bool(acting) :])
        length += len(inside) if name == "x" else 0
    return total, length
