"""Which variable and which of its two values each phrase of a world's text means.

The phrases of all sentences are matched together. What is sure comes first: events of one sentence are of
different variables, the two sides of "A instead of B" are the values of one, a law names all direct causes
of its effect. What is likely decides the rest: shared words with the variable's name or with other phrases
of it, and that tables condition on causes. No world's words are known in advance; a value that shares no
word with its variable finds it because the others are taken.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from graph.errors import InputError
from llm_bridge.worlds.forms import (
    RUNG,
    Asked,
    Correlation,
    Given,
    Law,
    Observation,
    Rate,
    WorldKind,
)
from llm_bridge.worlds.reading import World
from llm_bridge.worlds.tables import LawReading, Row, kept_together, law_readings, rows
from llm_bridge.worlds.units import Unit, Units
from llm_bridge.worlds.values import Doubt, Event, Wordings
from llm_bridge.worlds.words import (
    GENERIC,
    affinity,
    alike,
    bag,
    clean,
    vocabulary,
    without,
)

__all__ = ["Alignment", "align"]

TIE, FAR = 0.05, 0.5
"""readings whose scores differ by less fit about as well, or not much worse"""
_MOST_READINGS = 24


@dataclass
class _Claimed:
    """A sentence's events by unit, for the constraints."""

    targets: list[int]
    conditions: list[int]
    weight: float = 1.0


@dataclass(frozen=True)
class Alignment:
    """Phrases as events of the world.

    Attributes:
        events: phrase -> event.
        rows: tables taken apart; laws: laws taken apart.
        score: how well it fits; only for comparing.
        doubts: values that could as well be meant.
    """

    events: dict[str, Event]
    rows: tuple[Row, ...]
    laws: tuple[LawReading, ...]
    score: float
    doubts: tuple[Doubt, ...] = ()

    def otherwise(self, doubt: Doubt) -> Alignment:
        """Return the reading with what is in doubt read the other way."""
        return replace(self, events={**self.events, **doubt.events})

    def __getitem__(self, phrase: str) -> Event:
        return self.events[clean(phrase)]

    def phrase(self, name: str, value: int) -> str:
        """Return a wording of the event that the text itself uses."""
        for text, event in self.events.items():
            if event == (name, value):
                return text
        return f"{name} = {value}"


def _events_asked(asked: Asked, world: World) -> dict[str, str]:
    """The question's phrases that are events, by role."""
    found: dict[str, str] = {}
    for role in ("effect", "cause", "other", "group"):
        if text := getattr(asked, role):
            found[role] = text
    if asked.kind is WorldKind.METHOD:
        return {}
    if asked.kind is WorldKind.CONTROLLED:
        found["condition"] = asked.condition
    return found


def align(
    world: World, givens: Sequence[Given], asked: Asked | None, slack: float = TIE
) -> list[Alignment]:
    """Return the best reading of all phrases, and after it those that fit worse by at most ``slack``.

    Raises:
        InputError: if the sentences cannot be about the stated graph.
    """
    roles = _events_asked(asked, world) if asked else {}
    rates = [g for g in givens if isinstance(g, Rate)]
    # an event asked about is whole; one of a group or of an unreal condition may be a list
    whole = [roles[r] for r in ("effect", "other") if r in roles]
    kept = kept_together([*world.names, *whole])
    table = tuple(rows(rates, list(roles.values()), kept))
    laws = [g for g in givens if isinstance(g, Law)]
    degrees = [len(world.parents[n]) for n in world.names]
    best: list[Alignment] = []
    for reading in law_readings(laws, degrees, kept) or [()]:
        if laws and not reading:
            break
        found = _Search(world, givens, asked, roles, table, reading).run(slack)
        if found and (not best or found[0].score > best[0].score):
            best = found
    if not best:
        raise InputError(
            "the sentences cannot be matched with the stated graph",
            hint="Name in every sentence events of variables of the background.",
        )
    _two_valued(best[0])
    return best


def _two_valued(reading: Alignment) -> None:
    """Refuse a table with three groups of one variable: only variables with two values are read."""
    places: dict[tuple[tuple[str, ...], str], dict[str, None]] = {}
    for row in reading.rows:
        for condition in row.conditions:
            of = row.targets, reading[condition][0]
            places.setdefault(of, {})[condition] = None
    for (_, name), phrases in places.items():
        if len(phrases) > 2:
            raise InputError(
                f"'{name}' has more than two values ({', '.join(phrases)}); only variables with two are read",
                hint="Join its values to two groups, for instance 'high' and 'not high'.",
            )


class _Search:
    def __init__(
        self,
        world: World,
        givens: Sequence[Given],
        asked: Asked | None,
        roles: dict[str, str],
        table: tuple[Row, ...],
        laws: tuple[LawReading, ...],
    ) -> None:
        self.world, self.asked, self.roles, self.table, self.laws = world, asked, roles, table, laws
        self.units = Units()
        self.seen: list[str] = []
        self._collect(givens)
        self.kinds = self.units.kinds
        units = self.units.units
        texts = [*world.names, *self.units.of]
        self.words = vocabulary(texts)
        self.bags = {p: bag(p, self.words) for p in self.units.of}
        # a name says nothing of a value: "heart failure" is no denial of a "heart condition"
        self.plain = {p: bag(p, self.words, False) for p in self.units.of}
        self.names = {n: without(bag(n, self.words, False), GENERIC) for n in world.names}
        is_name = {p: world.named(p) is not None for p in self.units.of}
        self.wordings = Wordings(self.kinds, self.bags, self.plain, is_name)
        self.claims = self._claims()
        at = self.units.index
        self.seen_units = [at(text) for text in self.seen]
        self.apart = self._apart()
        shared = self._shared()
        self.core = {p: without(b, shared | self._owner(p)) for p, b in self.bags.items()}
        self.fit = [[self._affinity(u, n) for n in world.names] for u in units]
        self.join = [[self._cohesion(u, v) for v in units] for u in units]
        self.role_units = {role: at(text) for role, text in self.roles.items()}
        self.law_units = [
            ([at(c) for c in law.causes], [at(e) for e in law.effects]) for law in self.laws
        ]
        self.bit = {n: 1 << i for i, n in enumerate(world.names)}
        self.parent_bits = [sum(self.bit[p] for p in world.parents[n]) for n in world.names]
        self.above = [sum(self.bit[p] for p in world.ancestors[n]) for n in world.names]
        self.place = [world.order.index(n) for n in world.names]
        self.target_units = sorted({c.targets[0] for c in self.claims if c.weight})

    def _apart(self) -> list[list[bool]]:
        """Which units cannot be of one variable: those of one sentence."""
        found = [[False] * len(self.units.units) for _ in self.units.units]
        for claim in self.claims:
            for a, b in itertools.permutations([*claim.targets, *claim.conditions], 2):
                found[a][b] = a != b
        return found

    def _owner(self, phrase: str) -> frozenset[str]:
        """Stems of whom or what a clause or group is about; of "the herd raids the fields", the first."""
        own = self.bags[phrase]
        if own.owner or self.kinds[phrase] != {"clause"} or len(own.stems) < 3:
            return own.owner
        return frozenset({own.stems[0][0]})

    def _shared(self) -> frozenset[str]:
        """Stems of no variable's name in phrases of several variables: whom or what all of it is about."""
        named = {s for name in self.names.values() for s, _ in name.stems}
        units = self.units.units
        told = [{s for p in u.phrases for s, _ in self.bags[p].stems} for u in units]
        found: set[str] = set()
        for i, j in itertools.combinations(range(len(units)), 2):
            if self.apart[i][j] or (i in self.seen_units and j in self.seen_units):
                found |= told[i] & told[j]
        return frozenset(s for s in found if not any(alike(s, n) for n in named))

    def _collect(self, givens: Sequence[Given]) -> None:
        units = self.units
        for target in dict.fromkeys(r.targets for r in self.table):
            members = [r for r in self.table if r.targets == target]
            row = members[0]
            for text in target:
                units.add(text, "event", 1.0 if row.conditions or len(target) == 1 else 0.0)
            widths = {len(r.conditions) for r in members}
            for width in sorted(widths):
                same = [r for r in members if len(r.conditions) == width]
                for place in range(width):
                    self._pair("group", [r.conditions[place] for r in same])
        joint = [r for r in self.table if len(r.targets) > 1]
        for width in sorted({len(r.targets) for r in joint}):
            same = [r for r in joint if len(r.targets) == width]
            for place in range(width):
                self._pair("event", [r.targets[place] for r in same])
        for law in self.laws:
            for text in (*law.causes, *law.effects):
                units.add(text, "event", 0.3)
        for given in givens:
            if isinstance(given, Observation):
                self.seen.append(units.add(given.event, "clause"))
            elif isinstance(given, Correlation):
                for text in (given.a, given.b, given.group):
                    if text:
                        units.add(text, "group" if text == given.group else "event", 0.5)
        for role, text in self.roles.items():
            units.add(text, self._kind(role), 0.3 if role in ("effect", "cause") else 0.0)
        asked = self.asked
        if asked and asked.other:
            kept = asked.effect if asked.kind is WorldKind.MARGINAL else asked.cause
            units.oppose(clean(kept), clean(asked.other))

    def _kind(self, role: str) -> str:
        """How a phrase of the question is built: as an event, a group or a clause."""
        assert self.asked is not None
        if role == "group":
            return "group"
        if self.asked.kind in (WorldKind.DIRECT, WorldKind.INDIRECT) and self.world.named(
            self.roles[role]
        ):
            return "name"
        clauses = {WorldKind.COUNTERFACTUAL: "effect", WorldKind.TREATED: "cause"}
        return "clause" if clauses.get(self.asked.kind) == role else "event"

    def _pair(self, kind: str, texts: Sequence[str]) -> None:
        """Two events in one place of a table are opposites; the first is listed as the absent one."""
        distinct = list(dict.fromkeys(texts))
        for i, text in enumerate(distinct):
            self.units.add(text, kind, (-0.8 if i == 0 else 0.8) if len(distinct) == 2 else 0.0)
        if len(distinct) == 2:
            self.units.oppose(distinct[0], distinct[1])

    def _claims(self) -> list[_Claimed]:
        at = self.units.index
        found: dict[tuple[tuple[int, ...], tuple[int, ...]], _Claimed] = {}
        for row in self.table:
            key = tuple(at(t) for t in row.targets), tuple(at(c) for c in row.conditions)
            found.setdefault(key, _Claimed(list(key[0]), list(key[1])))
        claims = list(found.values())
        roles = self.roles
        if self.asked and "cause" in roles and "effect" in roles:
            pair = [at(roles["effect"])], [at(roles["cause"])]
            claims.append(_Claimed(*pair, weight=0.0))
        if self.asked and "group" in roles and self.asked.kind is not WorldKind.TREATED:
            claims += [
                _Claimed([at(roles["group"])], [at(roles[role])], weight=0.0)
                for role in ("cause", "effect")
            ]
        if "condition" in roles:
            others = [at(roles["cause"]), at(roles["effect"])]
            claims.append(_Claimed([at(roles["condition"])], others, weight=0.0))
        for law in self.laws:
            causes = [at(c) for c in law.causes]
            claims += [_Claimed([at(effect)], causes, weight=0.0) for effect in law.effects]
        return claims

    def _affinity(self, unit: Unit, name: str) -> float:
        best = 0.0
        for phrase in unit.phrases:
            if self.world.named(phrase) == name:
                return 2.5
            whole, told = self.bags[phrase], self.core[phrase]
            # what a value is said of tells less than what is said
            best = max(
                best, affinity(told, self.names[name]), 0.8 * affinity(whole, self.names[name])
            )
        return best

    def _cohesion(self, a: Unit, b: Unit) -> float:
        if a is b:
            return 0.0
        best = max(
            affinity(self.core[p], self.core[q], False) for p in a.phrases for q in b.phrases
        )
        return best - 0.35

    def run(self, slack: float) -> list[Alignment]:
        """Try every assignment of units to variables that may beat, or come near, the best one found."""
        n_units, n_nodes = len(self.units.units), len(self.world.names)
        order = sorted(range(n_units), key=lambda u: (-max(self.fit[u]), -sum(self.apart[u]), u))
        # what is still to win: the best variable and, with every earlier unit, the best joint reading
        gain = [
            max(self.fit[u]) + max((0.0, *(self.join[u][v] for v in order[:k])))
            for k, u in enumerate(order)
        ]
        rest = [sum(gain[k:]) for k in range(n_units + 1)]
        top = self._most_structure()
        best_score = float("-inf")
        near: list[tuple[float, int, list[int]]] = []
        nodes = [-1] * n_units
        steps = 0

        def walk(k: int, score: float) -> None:
            nonlocal best_score, steps
            steps += 1
            if steps > 40_000 or score + rest[k] + top < best_score - slack:
                return
            if k == n_units:
                total = score + self._structure(nodes)
                if total >= best_score - slack:
                    near.append((-total, steps, list(nodes)))
                    best_score = max(best_score, total)
                return
            u = order[k]
            options = []
            for node in range(n_nodes):
                there = [v for v in order[:k] if nodes[v] == node]
                if any(self.apart[u][v] for v in there):
                    continue
                joined = max((self.join[u][v] for v in there), default=0.0)
                options.append((-self.fit[u][node] - joined, node))
            for value, node in sorted(options):
                nodes[u] = node
                walk(k + 1, score - value)
                nodes[u] = -1

        walk(0, 0.0)
        near.sort()
        return [
            self._values(n, -s) for s, _, n in near[:_MOST_READINGS] if -s >= best_score - slack
        ]

    def _most_structure(self) -> float:
        total = sum(0.7 * len(c.targets) for c in self.claims if c.weight and c.conditions)
        roles = self.role_units
        if "cause" in roles and "effect" in roles:
            total += 0.5
        if "effect" in roles:
            total += 0.2
        if "group" in roles:
            total += 0.8
        return total + 0.3 * len(self.seen_units)

    def _structure(self, nodes: Sequence[int]) -> float:
        """How well the sentences' conditions and laws follow the graph."""
        total = 0.0
        for claim in self.claims:
            if claim.weight == 0.0 or not claim.conditions:
                continue
            places = [self.place[nodes[c]] for c in claim.conditions]
            given = 0
            for c in claim.conditions:
                given |= 1 << nodes[c]
            for t in claim.targets:
                target = nodes[t]
                if given == self.parent_bits[target]:
                    total += 0.6
                elif not given & ~self.above[target]:
                    total += 0.3
                elif any(self.above[nodes[c]] >> target & 1 for c in claim.conditions):
                    # a common effect may be held fixed, for example; no reason to rule it out
                    total -= 0.3
                total += 0.1 * (places == sorted(places))
        for causes, effects in self.law_units:
            named = 0
            for c in causes:
                named |= 1 << nodes[c]
            for e in effects:
                if named != self.parent_bits[nodes[e]]:
                    total -= 3.0
        # a text gives the rates of one value of a variable, and an observation tells another variable
        for units, cost in ((self.target_units, 0.6), (self.seen_units, 1.0)):
            total -= cost * (len(units) - len({nodes[u] for u in units}))
        return total + self._asked(nodes)

    def _asked(self, nodes: Sequence[int]) -> float:
        asked, world, names = self.asked, self.world, self.world.names
        if asked is None:
            return 0.0
        node = {role: names[nodes[u]] for role, u in self.role_units.items()}
        total = 0.0
        x, y = node.get("cause"), node.get("effect")
        if x and y:
            # that what is seen together is cause and effect is less sure
            sure = 0.5 if RUNG[asked.kind] > 1 else 0.2
            total += sure * (x in world.ancestors[y])
            total -= sure * (y in world.ancestors[x])
        if x:
            total -= 0.4 * (x in world.hidden)
        if y:
            total += 0.2 * (y in world.sinks) - 0.4 * (y in world.hidden)
        if (
            asked.kind in (WorldKind.CONDITIONAL, WorldKind.COLLIDER_BIAS)
            and "group" in node
            and x
            and y
        ):
            above = world.ancestors[node["group"]]
            total += 0.3 * (x in above) + 0.3 * (y in above)
        if asked.kind is WorldKind.TREATED and "group" in node:
            total += 0.8 * (node["group"] == x)
        for seen in self.seen_units:
            if names[nodes[seen]] in (x, y):
                total -= 0.3
            # what follows by a law need not be observed
            total += 0.3 * bool(self.laws and not world.parents[names[nodes[seen]]])
        return total

    def _values(self, nodes: Sequence[int], score: float) -> Alignment:
        """Choose which phrases are value 1: opposites apart, and the stated event of a rate is 1."""
        events: dict[str, Event] = {}
        doubts: list[Doubt] = []
        for node, name in enumerate(self.world.names):
            mine = [unit for u, unit in enumerate(self.units.units) if nodes[u] == node]
            if mine:
                found, doubt = self.wordings.values(name, self.names[name], mine)
                events |= found
                doubts += [doubt] if doubt else []
        return Alignment(events, self.table, self.laws, score, tuple(doubts))
