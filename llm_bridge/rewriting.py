"""Applying the rules of :mod:`llm_bridge.predicates` to the tokens of a question.

A rule is a regular expression over the words; what it keeps of a question keeps its place in it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache

from llm_bridge import lexicon as lex
from llm_bridge.patterns import Token
from llm_bridge.predicate_words import FORMS
from llm_bridge.predicates import rules_text

__all__ = ["plainly"]


@cache
def _rules() -> list[tuple[re.Pattern[str], list[str], bool]]:
    """Patterns, what they become, and whether they hold of a question for a list too."""
    found = []
    for text, parts in rules_text():
        pattern = text.removeprefix("!")
        begin = "" if pattern.startswith("^") else r"(?<!\S)"
        found.append((re.compile(rf"{begin}(?:{pattern})(?!\S)"), parts.split(), pattern == text))
    return found


@cache
def _bases() -> dict[str, str]:
    """Inflected relation verbs of one word -> base."""
    found = {
        "be": "be",
        "confounding": "confound",
        "biasing": "bias",
        "distorting": "distort",
        "making": "make",
        "keeping": "keep",
        "giving": "give",
        "putting": "put",
        "bringing": "bring",
        "doing": "do",
        "helping": "help",
        "pushing": "push",
        "sending": "send",
        "driving": "drive",
    }
    for verbs in lex.RELATION_VERBS.values():
        for verb in verbs.split("|"):
            if " " not in verb:
                for word in lex.forms(verb).values():
                    found.setdefault(word, verb)
    return found


def plainly(tokens: list[Token], question: str = "") -> list[Token]:
    """Return the tokens with every predicate that a rule knows as its plain verb."""
    listing = tokens[:1] and tokens[0].low in {"what", "which"}
    text = " ".join(t.low for t in tokens)
    for pattern, parts, always in _rules():
        if listing and not always:
            continue
        for _ in range(3):
            match = pattern.search(text)
            if match is None:
                break
            tokens = _replaced(tokens, text, match, parts, question)
            text = " ".join(t.low for t in tokens)
    return tokens


def _replaced(
    tokens: list[Token], text: str, match: re.Match[str], parts: list[str], question: str
) -> list[Token]:
    starts = [m.start() for m in re.finditer(r"\S+", text)]

    def at(a: int, b: int) -> tuple[int, int]:
        return bisect_right(starts, a) - 1, bisect_right(starts, b - 1)

    first, last = at(*match.span())
    form = FORMS.get((match.groupdict().get("h") or "").split(" ")[0], "base")
    out: list[Token] = []
    pending: list[str] = []
    done = first

    def write(until: int) -> None:
        nonlocal done
        if pending:
            inside = tokens[done:until] or tokens[max(done - 1, 0) : max(done, 1)]
            out.extend(Token(w, inside[0].start, inside[-1].end) for w in pending)
            pending.clear()
        done = max(done, until)

    for part in parts:
        if part[0] == "$":
            if match[part[1:]] is None or not match[part[1:]].strip():
                continue
            a, b = at(*_stripped(match, part[1:]))
            if b - a == 1 and match[part[1:]].strip() in _AUXILIARIES:
                pending.append(tokens[a].low)
                continue
            write(a)
            out.extend(tokens[a:b])
            done = max(done, b)
        elif part[0] in "@%":
            word, _, own = part[1:].partition("/")
            if part[0] == "%":
                word = _bases().get(match["v"], match["v"]).replace("_", " ")
            pending += lex.forms(word.replace("_", " "))[own or form].split()
        else:
            pending.append(part)
    write(last)
    result = [*tokens[:first], *out, *tokens[last:]]
    if match.groupdict().get("who") and not _GENERAL.fullmatch(match["who"]):
        a, b = at(*match.span("who"))
        begin, rest = tokens[a].start, len(tokens) - last
        cut = next(
            (
                k
                for k in range(last + 1, len(tokens))
                if "," in question[tokens[k - 1].end : tokens[k].start]
            ),
            None,
        )
        place = len(result) if cut is None else len(result) - rest + cut - last
        if cut is not None or not {t.low for t in tokens[last:]} & {"or", "than", "through", "via"}:
            result[place:place] = [Token("in", begin, begin), *tokens[a:b]]  # for whom
    return result


_GENERAL = re.compile(
    r"(?:(?:the|an?|some|any|many|most|my|our|your|these|those|more|other|this|unborn) ){0,2}(?:people|patients?|persons?|someone|"
    r"somebody|anyone|individuals|subjects|you|us|me|him|her|them|folks?|humans|users|one|those|everyone|a person|the body|"
    r"baby|child|fetus|foetus|mother|infant|newborn|man|woman)"
)
"""Persons who restrict nothing."""
_AUXILIARIES = frozenset(
    "does do did can could will would may might should not why how is are was were be being been".split()
)


def _stripped(match: re.Match[str], name: str) -> tuple[int, int]:
    a, b = match.span(name)
    text = match[name]
    return a + len(text) - len(text.lstrip()), b - (len(text) - len(text.rstrip()))
