"""Answers as plain text, for a terminal or a log."""

from __future__ import annotations

import textwrap
from typing import Literal

from llm_bridge.claims import Answer, ClaimKind, Sentence
from llm_bridge.limits import SAFETY, limits

__all__ = ["SAFETY", "answer_text", "answered_text", "told", "understood_text"]

SHORT = 3
"""Sentences of a short answer at most; what speaks against it is never left out."""
LISTED = 9
"""The same, of an answer that lists."""
_ALWAYS = (
    ClaimKind.VERDICT, ClaimKind.CONTRADICTION, ClaimKind.SETTING, ClaimKind.RETRACTED, ClaimKind.REJECTED,
    ClaimKind.UNIDENTIFIED,
)  # fmt: skip
"""Told at every depth: how each pair stands, and what speaks against, limits or does not count."""


def told(answer: Answer, depth: Literal["short", "full"] = "full") -> tuple[Sentence, ...]:
    """Return the sentences told at a depth: all, or the conclusions and what contradicts them."""
    if depth == "full":
        return answer.sentences
    listing = any(s.claim.kind is ClaimKind.LISTING for s in answer.sentences)
    left_out = (ClaimKind.QUOTE,) if listing else (ClaimKind.QUOTE, ClaimKind.SUPPORT)
    plain = [s for s in answer.sentences if s.claim.kind not in left_out]
    most = LISTED if listing else SHORT
    chosen = (plain or list(answer.sentences))[:most]
    return tuple(s for s in plain or chosen if s in chosen or s.claim.kind in _ALWAYS)


def _wrap(text: str, width: int, first: str, rest: str) -> str:
    lines = textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_long_words=False
    )
    return "\n".join(lines) if lines else first.rstrip()


def answer_text(answer: Answer, width: int = 88, depth: Literal["short", "full"] = "full") -> str:
    """Return an answer as plain text.

    Args:
        depth: ``short`` leaves out the quotations, the assumptions and all notes but those on what
            the question says and the answer does not apply.
    """
    found = (
        understood_text(part, width) + answered_text(part, width, depth)
        for part in (answer, *answer.parts)
    )
    return "\n".join(found).lstrip("\n")


def understood_text(answer: Answer, width: int = 88) -> str:
    """Return how the question was understood, ending in a newline if there is anything to say."""
    parts: list[str] = []
    if answer.reading:
        parts.append(_wrap(f"Understood as: {answer.reading}", width, "", "  "))
    for item in answer.understood:
        kind = "" if item.in_graph else ", not in this graph"
        line = f"{item.text!r} is understood as {item.name} ({item.id or 'no identifier'}{kind})"
        parts.append(_wrap(line + (f": {item.note}" if item.note else ""), width, "  ", "    "))
    return "".join(f"{part}\n" for part in parts)


def answered_text(answer: Answer, width: int = 88, depth: Literal["short", "full"] = "full") -> str:
    """Return what is answered, without how the question was understood and without the parts."""
    parts: list[str] = []
    if answer.sentences:
        parts.append("")
        quoted = (ClaimKind.QUOTE,)
        for sentence in told(answer, depth):
            first = "    " if sentence.claim.kind in quoted else "- "
            parts.append(_wrap(sentence.text, width, first, "    " if first != "- " else "  "))
    if answer.refused is not None:
        parts.append("")
        refusal = answer.refused
        parts.append(
            _wrap(
                ("Not estimated: " if answer.sentences else "No answer: ") + refusal.message,
                width,
                "",
                "  ",
            )
        )
        for title, items in (
            ("Did you mean", [f"{s.name} ({s.id}, {s.score:.2f})" for s in refusal.suggestions]),
            ("What can be asked", list(refusal.nearest)),
            ("What to measure next", list(refusal.needs)),
        ):
            if items:
                parts.append(f"{title}:")
                parts.extend(_wrap(i, width, "- ", "  ") for i in items)
    limiting = {SAFETY, *(limits(answer.question, answer.query) if answer.query else ())}
    for title, lines in (
        ("Assumptions", answer.assumptions),
        ("What would change this answer", answer.would_change),
        ("Notes", answer.notes),
    ):
        if depth == "short":
            lines = tuple(line for line in lines if line in limiting)
        if lines:
            parts += ["", f"{title}:"]
            parts.extend(_wrap(line, width, "- ", "  ") for line in lines)
    if answer.removed:
        parts += ["", "Removed, because the check did not confirm it:"]
        parts.extend(
            _wrap(f"{r.sentence.text} [{'; '.join(r.reasons)}]", width, "- ", "  ")
            for r in answer.removed
        )
    return "\n".join(parts).rstrip() + "\n"
