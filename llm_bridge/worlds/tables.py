"""How lists of events in a sentence are taken apart: "For A and B, ...", "the probability of A and Y".

An "and" may join two events or stand inside one ("bread and butter eaters"). Sentences of one table are
read together: the right way to take them apart leaves the fewest different events in each place, two
(an event and its opposite) at most.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from llm_bridge.worlds.forms import Given, Law, Observation, Rate
from llm_bridge.worlds.words import affinity, bag, clean, vocabulary

__all__ = ["LawReading", "Row", "kept_together", "law_readings", "observations", "rows"]

_AND = re.compile(r",?\s+and\s+(?:for\s+)?", re.I)
_OR = re.compile(r",?\s+or\s+", re.I)


@dataclass(frozen=True)
class Row:
    """A rate whose events are taken apart; ``place`` is the row's number if its wording is repeated."""

    targets: tuple[str, ...]
    conditions: tuple[str, ...]
    rate: Rate
    repeat: int = 0
    repeats: int = 1


Kept = frozenset[tuple[str, str]]
"""pairs of words that an "and" or "or" joins within one name"""


def kept_together(texts: Iterable[str]) -> Kept:
    """Return the pairs of words that are joined within whole names or events."""
    found = set()
    for text in texts:
        words = clean(text).split()
        found |= {
            (a, b)
            for a, j, b in zip(words, words[1:], words[2:], strict=False)
            if j in ("and", "or")
        }
    return frozenset(found)


def _cuts(text: str, word: str, kept: Kept) -> list[re.Match[str]]:
    pattern = _AND if word == "and" else _OR
    return [
        m for m in pattern.finditer(text)
        if (_last(text[: m.start()]), _last(text[m.end() :], 0)) not in kept
    ]  # fmt: skip


def _last(text: str, at: int = -1) -> str:
    words = clean(text).split()
    return words[at] if words else ""


def _ways(text: str, parts: int, kept: Kept) -> Iterator[tuple[str, ...]]:
    """All ways to take ``text`` apart at "and" into so many parts."""
    cuts = _cuts(text, "and", kept)
    for chosen in itertools.combinations(cuts, parts - 1):
        found, start = [], 0
        for cut in chosen:
            found.append(text[start : cut.start()])
            start = cut.end()
        found.append(text[start:])
        yield tuple(clean(p) for p in found)


def _split(
    texts: Sequence[str], known: frozenset[str], kept: Kept, least: int = 1
) -> list[tuple[str, ...]]:
    """Take the groups of one table apart together: the fewest different events in each place."""
    distinct = list(dict.fromkeys(texts))
    most = min(len(_cuts(t, "and", kept)) for t in distinct) + 1
    best: tuple[float, dict[str, tuple[str, ...]]] | None = None
    for parts in range(least, min(most, 5) + 1):
        chosen: dict[str, tuple[str, ...]] = {}
        places: list[dict[str, None]] = [{} for _ in range(parts)]
        options = {t: list(_ways(t, parts, kept)) for t in distinct}
        for text in sorted(distinct, key=lambda t: len(options[t])):

            def fresh(way: tuple[str, ...], places: list[dict[str, None]] = places) -> float:
                new = sum(p not in place for p, place in zip(way, places, strict=True))
                return new - 0.5 * sum(p in known for p in way)

            way = min(options[text], key=fresh)
            chosen[text] = way
            for p, place in zip(way, places, strict=True):
                place[p] = None
        events = sum(len(place) for place in places)
        # more than two events in one place cannot be values of one yes-or-no variable
        excess = sum(max(0, len(place) - 2) for place in places)
        # a table lists combinations: what is left over speaks against this way
        combinations = 1
        for place in places:
            combinations *= len(place)
        cost = events + 3 * excess + 0.5 * abs(combinations - len(distinct)) - 0.4 * parts
        cost -= 0.5 * sum(p in known for place in places for p in place)
        if best is None or cost < best[0] - 1e-9:
            best = cost, chosen
    if best is None:
        return [(clean(t),) for t in texts]
    return [best[1][t] for t in texts]


def rows(rates: Sequence[Rate], events: Sequence[str], kept: Kept = frozenset()) -> list[Row]:
    """Return the rates with their events taken apart.

    Args:
        rates: as given.
        events: phrases known to be whole from elsewhere, as the question's.
        kept: see :func:`kept_together`.
    """
    known = frozenset(clean(e) for e in events if e)
    known |= {clean(r.target) for r in rates if r.group}
    plain = {clean(r.target) for r in rates if not r.group and "overall" in r.text.lower()}
    found: dict[int, Row] = {}
    tables: dict[str, list[int]] = {}
    for i, rate in enumerate(rates):
        if rate.group:
            tables.setdefault(clean(rate.target), []).append(i)
    for target, members in tables.items():
        groups = [rates[i].group for i in members]
        # rows worded alike with different rates: a place of the table is worded alike throughout
        repeated = len({(rates[i].group, rates[i].probability) for i in members}) > len(set(groups))
        split = _split(groups, known, kept, least=2 if repeated and len(groups) > 2 else 1)
        count: dict[tuple[str, ...], int] = {}
        total = {s: split.count(s) for s in split}
        for i, conditions in zip(members, split, strict=True):
            place = count.get(conditions, 0)
            count[conditions] = place + 1
            found[i] = Row((target,), conditions, rates[i], place, total[conditions])
    joint = [
        i for i, r in enumerate(rates)
        if not r.group and " and " in r.target.lower() and clean(r.target) not in known | plain
    ]  # fmt: skip
    if joint:
        split = _split([rates[i].target for i in joint], known | plain, kept, least=2)
        for i, targets in zip(joint, split, strict=True):
            found[i] = Row(targets, (), rates[i])
    for i, rate in enumerate(rates):
        if i not in found:
            found[i] = Row((clean(rate.target),), (), rate)
    return [found[i] for i in range(len(rates))]


@dataclass(frozen=True)
class LawReading:
    """A law taken apart: ``effects`` happen if all (``every``) or any of ``causes`` do."""

    causes: tuple[str, ...]
    effects: tuple[str, ...]
    every: bool
    law: Law


def _law_ways(law: Law, kept: Kept) -> Iterator[LawReading]:
    for word, every in (("and", True), ("or", False)):
        cuts = _cuts(law.causes, word, kept)
        for parts in range(len(cuts) + 1, 0 if every else 1, -1):
            for chosen in itertools.combinations(cuts, parts - 1):
                causes = _cut(law.causes, chosen)
                right = _cuts(law.effects, "and", kept)
                for r in range(len(right) + 1):
                    for those in itertools.combinations(right, r):
                        yield LawReading(causes, _cut(law.effects, those), every, law)


def _cut(text: str, at: Sequence[re.Match[str]]) -> tuple[str, ...]:
    found, start = [], 0
    for cut in at:
        found.append(text[start : cut.start()])
        start = cut.end()
    return tuple(
        clean(re.sub(r"^(?:either|both) ", "", p, flags=re.I)) for p in [*found, text[start:]]
    )


def law_readings(
    laws: Sequence[Law], in_degrees: Sequence[int], kept: Kept = frozenset()
) -> list[tuple[LawReading, ...]]:
    """Return the ways to take all laws apart, those first that fit the graph's numbers of causes.

    Args:
        laws: as given.
        in_degrees: numbers of direct causes of the graph's variables.
        kept: see :func:`kept_together`.
    """
    if not laws:
        return [()]
    # no way has more causes than a variable of the graph has, and there is one law an effect
    most = max(in_degrees, default=1)
    options = [
        sorted(
            (w for w in _law_ways(law, kept) if len(w.causes) <= most),
            key=lambda w: len(w.causes) not in in_degrees,
        )[:12]
        for law in laws
    ]
    wanted = sorted(d for d in in_degrees if d)
    scored: list[tuple[tuple[int, int], int, tuple[LawReading, ...]]] = []
    for n, ways in enumerate(itertools.islice(itertools.product(*options), 3000)):
        have = sorted(len(w.causes) for w in ways for _ in w.effects)
        left = list(wanted)
        missed = 0
        for d in have:
            if d in left:
                left.remove(d)
            else:
                missed += 1
        events = {e for w in ways for e in (*w.causes, *w.effects)}
        scored.append(((missed + len(left), len(events)), n, ways))
    scored.sort(key=lambda s: s[:2])
    if not scored:
        return []
    best = scored[0][0]
    return [ways for cost, _, ways in scored if cost[0] == best[0]][:6]


_DETERMINERS = """
the a an it there he she they we his her their its no nobody everybody everyone
"""
_SUBJECT = frozenset(_DETERMINERS.split())


def observations(
    givens: Sequence[Given], names: Sequence[str], kept: Kept = frozenset()
) -> tuple[Given, ...]:
    """Return the givens with every "we observed A and B" as two observations.

    An "and" joins two clauses if the second has a subject of its own, or if the two are each most like
    another event of the laws.
    """
    events = [*names]
    for given in givens:
        if isinstance(given, Law):
            for way in _law_ways(given, kept):
                events += [*way.causes, *way.effects]
    events = list(dict.fromkeys(clean(e) for e in events))
    found: list[Given] = []
    for given in givens:
        if not isinstance(given, Observation):
            found.append(given)
            continue
        parts, start = [], 0
        for cut in _cuts(given.event, "and", kept):
            left, right = given.event[start : cut.start()], given.event[cut.end() :]
            first = right.split()[0].lower() if right.split() else ""
            if first in _SUBJECT or _differ(left, right, events):
                parts.append(left)
                start = cut.end()
        parts.append(given.event[start:])
        found += [Observation(p.strip(), given.text) for p in parts]
    return tuple(found)


def _differ(left: str, right: str, events: Sequence[str]) -> bool:
    words = vocabulary([left, right, *events])
    one, two = bag(clean(left), words), bag(clean(right), words)
    others = [bag(e, words) for e in events if " and " not in e and " or " not in e]
    if not others:
        return False
    a = max(others, key=lambda b: affinity(one, b, False))
    b = max(others, key=lambda b: affinity(two, b, False))
    return a is not b and affinity(one, a, False) > 0.4 and affinity(two, b, False) > 0.4
