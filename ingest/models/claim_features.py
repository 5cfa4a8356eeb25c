"""What a result sentence of a trial shows about one question: does the intervention, against the
comparator, raise or lower the outcome?

Features only; the model over them is :mod:`ingest.models.claim_trials`. Everything is read from the
sentence and the three names of the question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.words import words

__all__ = ["Question", "features", "p_values"]


@dataclass(frozen=True, slots=True)
class Question:
    """Intervention, comparator and outcome, as the text of a question names them."""

    intervention: str
    comparator: str
    outcome: str


_TOKEN = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|[-−–]?\d+(?:[.·,]\d+)*|[<>=≤≥%;,()±/]")
_STOP = words("""the a an of in and or to with for by on at from as is was were are be than versus vs mg day daily group groups
    per kg ml patients total mean rate rates level levels score scores number after before during per cent plus dose
    treatment therapy use using received weeks week months i.e e.g""")
_UP = words("""higher greater increased increase increases more longer larger better elevated improved improvement improvements improve
    increasing superior rise rose raised gain gained enhanced stronger heavier worse worsened additional exceeded doubled faster
    earlier effective improves raises prolonged higher""")
_DOWN = words("""lower reduced decrease decreased decreases fewer less shorter smaller reduction reductions reduces reduce declined decline
    fell drop dropped diminished attenuated inferior loss lost poorer weaker slower impaired suppressed lowered decreasing
    reducing lowering prevented shortened alleviated relieved attenuation""")
_SAME = words(
    "similar comparable differ difference differences different equal equivalent same unchanged identical ns nonsignificant insignificant change changed"
)
_NOT = words("no not neither nor without non failed none didn't")
_SIG = words("significant significantly statistical statistically significance")
_P = re.compile(
    r"\b[Pp](?:[- ]?values?)?(?:\s?(?:was|of|for \w+))?\s*(?P<op>[<>=≤≥`]|less than|greater than|:)(?: or =)?\s*(?P<v>\d?[.·]\d+|0|ns|NS|n\.s\.)"
)
_SPLIT = re.compile(
    r";|\. |, (?:but|whereas|while|however|although)\b|\b(?:whereas|however|but|while)\b|, and "
)
_CI = re.compile(
    r"(?:CI|confidence interval)[^0-9−–-]{0,12}(?P<a>[-−–]?\d+(?:[.·]\d+)?)\s?%?\s?(?:to|,|;|–|-|−|—)\s?(?P<b>[-−–]?\d+(?:[.·]\d+)?)",
    re.I,
)
_VERSUS = re.compile(
    r"(?P<a>[-−–]?\d+(?:[.·]\d+)?)(?P<x>[^;]{0,70}?)\b(?:vs?\.?|versus|compared (?:with|to)|and|against|in comparison (?:with|to))\b(?P<y>[^;0-9]{0,50}?)(?P<b>[-−–]?\d+(?:[.·]\d+)?)"
)
_CONTROL = words(
    "placebo control controls usual standard conventional baseline alone comparison sham saline"
)


def p_values(text: str) -> list[tuple[int, float, str]]:
    """Return (place, value, sign) of every p-value; ``P = NS`` counts as 1."""
    found: list[tuple[int, float, str]] = []
    for match in _P.finditer(text):
        raw = match.group("v").replace("·", ".")
        value = 1.0 if raw.lower().startswith("n") else float(raw)
        sign = match.group("op")
        sign = {"`": "<", "less than": "<", "≤": "<", "greater than": ">", "≥": ">", ":": "="}.get(
            sign, sign
        )
        found.append((match.start(), value, sign))
    return found


def _stem(word: str) -> str:
    word = word.lower()
    for end in ("ations", "ation", "ings", "ing", "ies", "ed", "es", "s", "ly"):
        if word.endswith(end) and len(word) - len(end) >= 3:
            return word[: -len(end)]
    return word


def _terms(name: str) -> set[str]:
    return {
        _stem(t) for t in re.findall(r"[A-Za-z]+|\d+(?:\.\d+)?", name)
        if t.lower() not in _STOP and (len(t) > 1 or t.isupper())
    }  # fmt: skip


def _significant(value: float, sign: str) -> bool:
    return value <= 0.05 and sign in "<=" if sign != ">" else False


def _roles(tokens: Sequence[str], question: Question) -> list[str]:
    first, second = _terms(question.intervention), _terms(question.comparator)
    outcome = _terms(question.outcome)
    both = first & second
    first, second = first - both, second - both
    if not second & _CONTROL and second:
        pass
    roles: list[str] = []
    for token in tokens:
        low = token.lower()
        stem = _stem(low)
        if stem in second or (
            low in _CONTROL
            and not any(_stem(w) in first for w in (low,))
            and low in ("placebo", "control", "controls", "usual", "sham")
        ):
            roles.append("C")
        elif stem in first or (
            low in ("intervention", "experimental", "treated", "active", "study")
            and "group" in tokens
        ):
            roles.append("I")
        elif stem in outcome:
            roles.append("O")
        elif low in _UP:
            roles.append("U")
        elif low in _DOWN:
            roles.append("D")
        elif low in _NOT:
            roles.append("N")
        elif low in _SAME:
            roles.append("E")
        elif low in _SIG:
            roles.append("S")
        elif low == "than":
            roles.append("T")
        elif low in ("vs", "versus", "compared", "comparison", "relative"):
            roles.append("V")
        elif token[0].isdigit() or (token[0] in "-−–" and len(token) > 1):
            roles.append("#")
        else:
            roles.append("")
    return roles


def _number(text: str) -> float:
    return (
        float(text.replace("−", "-").replace("–", "-").replace("·", ".").replace(",", ""))
        if text
        else 0.0
    )


def _oriented(tokens: Sequence[str], roles: Sequence[str]) -> tuple[list[int], list[int]]:
    """Directions of the comparatives, turned so that they speak of the intervention; and the plain
    ones."""
    turned: list[int] = []
    plain: list[int] = []
    for place, role in enumerate(roles):
        if role not in "UD" or not role:
            continue
        way = 1 if role == "U" else -1
        if any(r == "N" for r in roles[max(0, place - 3) : place]):
            continue
        plain.append(way)
        after = [
            (i, r)
            for i, r in enumerate(roles[place + 1 : place + 25], place + 1)
            if r in ("I", "C", "T", "V")
        ]
        before = [
            (i, r)
            for i, r in enumerate(roles[max(0, place - 15) : place], max(0, place - 15))
            if r in ("I", "C")
        ]
        cut = next((i for i, r in after if r in ("T", "V")), None)
        near = next((r for i, r in after if r in ("I", "C") and (cut is None or i < cut)), "")
        if not near and cut is not None:
            other = next((r for i, r in after if r in ("I", "C") and i > cut), "")
            near = {"I": "C", "C": "I"}.get(other, "")
        if not near and before:
            near = before[-1][1]
        turned.append({"I": way, "C": -way}.get(near, 0))
    return turned, plain


def features(text: str, question: Question) -> dict[str, float]:
    """Return the features of one sentence (or passage) for one question, by name."""
    text = " ".join(text.split())
    pieces: list[tuple[int, int]] = []
    position = 0
    for match in _SPLIT.finditer(text):
        pieces.append((position, match.start()))
        position = match.end()
    pieces.append((position, len(text)))
    outcome = _terms(question.outcome)
    best, score = (0, len(text)), -1.0
    for start, end in pieces:
        if end - start < 12:
            continue
        found = _terms(text[start:end])
        overlap = len(found & outcome) + 0.01 * len(found & (_UPS | _DOWNS))
        if overlap > score:
            best, score = (start, end), overlap
    result: dict[str, float] = {"bias": 1.0}
    for name, piece in (("all", text), ("near", text[best[0] : best[1]])):
        _read(name, piece, question, result)
    _read_numbers(text, best, question, result)
    return result


def _bucket(value: int, most: int = 2) -> str:
    return str(max(-most, min(most, value)))


def _read(name: str, text: str, question: Question, result: dict[str, float]) -> None:
    tokens = _TOKEN.findall(text)
    roles = _roles(tokens, question)
    for low in {t.lower() for t in tokens if t[0].isalpha()}:
        result[f"{name} w {_stem(low)}"] = 1.0
    turned, plain = _oriented(tokens, roles)
    total, sum_plain = sum(turned), sum(plain)
    result[f"{name} turned {_bucket(total)}"] = 1.0
    result[f"{name} plain {_bucket(sum_plain)}"] = 1.0
    result[f"{name} turned"] = max(-2, min(2, total)) / 2
    result[f"{name} plain"] = max(-2, min(2, sum_plain)) / 2
    if turned:
        result[f"{name} first {turned[0]}"] = 1.0
    marks = [r for r in roles if r and r != "#"]
    for size in (2, 3, 4):
        for i in range(len(marks) - size + 1):
            result[f"{name} m {''.join(marks[i : i + size])}"] = 1.0
    low = " ".join(t.lower() for t in tokens)
    for key, pattern in _NULL:
        if pattern.search(low):
            result[f"{name} null {key}"] = 1.0
    if any(p.search(low) for _, p in _NULL):
        result[f"{name} null"] = 1.0
    found = p_values(text)
    significant = [_significant(v, s) for _, v, s in found]
    state = (
        "none" if not found else "all" if all(significant) else "some" if any(significant) else "no"
    )
    result[f"{name} p {state}"] = 1.0
    result[f"{name} p {state} turned {_bucket(total, 1)}"] = 1.0
    null = f"{name} null" in result
    result[f"{name} null {null} p {state}"] = 1.0
    result[f"{name} null {null} turned {_bucket(total, 1)}"] = 1.0
    good = (
        re.search(r"\b(?:improv|better|effective|benefi|reliev|superior|favou?r)", low) is not None
    )
    bad = _BAD.search(question.outcome.lower()) is not None
    result[f"{name} good {good} bad {bad}"] = 1.0


_UPS = {_stem(w) for w in _UP}
_DOWNS = {_stem(w) for w in _DOWN}
_BAD = re.compile(
    r"pain|mortal|death|symptom|risk|incidence|adverse|nausea|vomit|bleed|infect|relapse|recurr|anxi|depress|fatigue|time|duration|length|cost|score|pressure|complication"
)
_NULL = tuple(
    (key, re.compile(pattern))
    for key, pattern in (
        (
            "no difference",
            r"\bno (?:\w+ ){0,4}(?:differen|effect|change|increase|decrease|reduction|improvement|evidence|association|impact|interaction|advantage|benefit)",
        ),
        (
            "not significant",
            r"\b(?:not|n't|nor|neither|non) (?:\w+ ){0,4}(?:significan|differ|affect|reach|influenc|alter|chang|superior|improve|reduce|increase|observed|lower|higher)",
        ),
        (
            "similar",
            r"\b(?:similar|comparable|equivalent|non ?inferior|identical|equally|unchanged|did not|same)",
        ),
        ("failed", r"\bfail(?:ed|s)? to|\binsignifican|\bnonsignifican"),
        (
            "significant",
            r"(?<!no )(?<!not )\bsignifican\w+ (?:\w+ ){0,2}(?:higher|lower|greater|reduc|increas|decreas|improv|more|less|fewer|longer|shorter|better|differ)",
        ),
        ("trend", r"\btend(?:ed|ency)?\b|\btrend"),
    )
)


def _read_numbers(
    text: str, best: tuple[int, int], question: Question, result: dict[str, float]
) -> None:
    """P-value nearest after the outcome, interval of the effect, and pairs of numbers compared."""
    found = p_values(text)
    if found:
        after = [f for f in found if f[0] >= best[0]] or found
        _, value, sign = after[0]
        result[f"p near {'yes' if _significant(value, sign) else 'no'}"] = 1.0
        result[f"p near {value < 0.01}"] = 1.0
    for match in list(_CI.finditer(text, best[0]))[:1]:
        low, high = _number(match.group("a")), _number(match.group("b"))
        ratio = re.search(r"\b(?:ratio|OR|RR|HR|odds|hazard)\b", text) is not None
        middle = 1.0 if ratio else 0.0
        side = "over" if low > middle else "under" if high < middle else "holds"
        result[f"interval {side}"] = 1.0
    votes = 0
    for match in _VERSUS.finditer(text, best[0]):
        first = _number(match.group("a")) - _number(match.group("b"))
        way = (first > 0) - (first < 0)
        begin = max(0, match.start() - 60)
        tail = text[match.end() : match.end() + 40]
        left = _side(text[begin : match.start()] + match.group("x"), question)
        right = _side(match.group("y") + tail, question)
        turn = 1 if left == "I" or right == "C" else -1 if left == "C" or right == "I" else 0
        votes += way * turn
        if way:
            result.setdefault(f"pair {way * turn}", 1.0)
            result.setdefault(f"pair plain {way}", 1.0)
    result["pairs"] = max(-2, min(2, votes)) / 2
    significant = "p near yes" in result or "all null significant" in result
    result[f"pairs {_bucket(votes, 1)} {significant}"] = 1.0


def _side(text: str, question: Question) -> str:
    """Whose number it is: that of the group named last."""
    roles = [r for r in _roles(_TOKEN.findall(text), question) if r in ("I", "C")]
    return roles[-1] if roles else ""
