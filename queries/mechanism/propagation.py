"""What an intervention does downstream, what could be upstream of a change, and what lies between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.errors import UsageError
from queries.mechanism.network import Arcs, Network
from queries.mechanism.paths import Chain

__all__ = ["Between", "Effect", "Regulator", "between", "downstream", "regulators"]

Floats = npt.NDArray[np.float64]
_UP, _DOWN, _UNKNOWN = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Effect:
    """What happens to one node: ``up``, ``down`` and ``unknown`` are the strengths (products of beliefs,
    attenuated) of the best chain that raises it, lowers it, or does not say; ``call`` is ``raised``,
    ``lowered``, ``ambiguous`` or ``affected``; ``hops`` the fewest links."""

    node: str
    call: str
    up: float
    down: float
    unknown: float
    hops: int
    chain: Chain

    @property
    def strength(self) -> float:
        """The strongest of the three."""
        return max(self.up, self.down, self.unknown)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "node": self.node, "call": self.call, "up": self.up, "down": self.down,
            "unknown": self.unknown, "hops": self.hops, "chain": self.chain.to_json(),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Regulator:
    """One possible cause of observed changes: ``direction`` it would have to move in, how many changes
    it predicts right, wrong and not at all, and ``p_value`` (binomial, one-sided, halves for chance)."""

    node: str
    direction: int
    right: int
    wrong: int
    silent: int
    p_value: float

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "node": self.node, "direction": self.direction, "right": self.right,
            "wrong": self.wrong, "silent": self.silent, "p_value": self.p_value,
        }  # fmt: skip


@dataclass(frozen=True)
class Between:
    """Nodes by what they are to two others, each with the product of the two chains' strengths,
    strongest first."""

    mediators: tuple[tuple[str, float], ...]
    common_causes: tuple[tuple[str, float], ...]
    common_effects: tuple[tuple[str, float], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            name: [{"node": n, "strength": s} for n, s in getattr(self, name)]
            for name in ("mediators", "common_causes", "common_effects")
        }


def _spread(
    network: Network,
    start: Mapping[int, int],
    arcs: Arcs,
    depth: int,
    attenuation: float,
    fixed: npt.NDArray[np.bool_],
) -> list[Floats]:
    """Strengths [n, 3] after 0, 1 ... ``depth`` links, the best chain of each kind over all shorter ones;
    along ``out`` arcs or against them. Nodes of ``fixed`` are not entered."""
    forwards = arcs is network.out
    source, target = (arcs.source, arcs.target) if forwards else (arcs.target, arcs.source)
    value = arcs.belief * attenuation
    now = np.zeros((len(network), 3))
    for node, direction in start.items():
        now[node, {1: _UP, -1: _DOWN, 0: _UNKNOWN}[direction]] = 1.0
    found = [now]
    usable = ~fixed[target]
    fresh = now.any(axis=1)
    for _ in range(depth):
        following = found[-1].copy()
        # what has not become stronger has passed on all it can
        live = np.flatnonzero(usable & fresh[source])
        for sign, kinds in ((1, (_UP, _DOWN, _UNKNOWN)), (-1, (_DOWN, _UP, _UNKNOWN)), (0, (_UNKNOWN,) * 3)):  # fmt: skip
            rows = live[arcs.sign[live] == sign]
            moved = found[-1][source[rows]] * value[rows, None]
            for kind, to in enumerate(kinds):
                np.maximum.at(following[:, to], target[rows], moved[:, kind])
        found.append(following)
        fresh = (following > found[-2]).any(axis=1)
        if not fresh.any():
            break
    return found


def downstream(
    network: Network,
    interventions: Mapping[str, int],
    *,
    depth: int = 4,
    attenuation: float = 1.0,
    least: float = 0.01,
    ratio: float = 2.0,
    most: int = 100,
) -> tuple[Effect, ...]:
    """Return what setting some nodes up (+1), down (-1) or anywhere (0) does to the others.

    Signs multiply along chains; of all chains to a node the strongest that raises and the strongest that
    lowers it are both kept, and where neither is ``ratio`` times the other the call is ambiguous: nothing
    is averaged away. A node that is set is not changed by others (the arcs into it do not count).

    Args:
        attenuation: factor a link, in (0, 1]: influence that gets lost on the way.
        least: weaker effects are left out.
        most: effects to return, strongest first.

    Raises:
        UsageError: for unknown nodes, directions other than -1, 0 and 1, or numbers out of range.
    """
    _check(interventions, depth, attenuation)
    if ratio < 1:
        raise UsageError(f"ratio must be 1 or more, not {ratio}")
    start = {network.at(n): d for n, d in interventions.items()}
    fixed = np.zeros(len(network), dtype=bool)
    fixed[list(start)] = True
    steps = _spread(network, start, network.out, depth, attenuation, fixed)
    last = steps[-1]
    strongest = last.max(axis=1)
    strongest[fixed] = 0
    kept = np.flatnonzero(strongest >= least)
    kept = kept[np.lexsort((kept, -strongest[kept]))][:most]
    found = []
    for node in kept.tolist():
        up, down, unknown = map(float, last[node])
        hops = next(s for s, table in enumerate(steps) if table[node].any())
        kind = int(np.argmax(last[node]))
        chain = _back(network, steps, node, kind, attenuation, fixed)
        found.append(
            Effect(
                network.nodes[node], _call(up, down, unknown, ratio), up, down, unknown, hops, chain
            )
        )
    return tuple(found)


def _call(up: float, down: float, unknown: float, ratio: float) -> str:
    if max(up, down) * ratio <= unknown or not up + down:
        return "affected"
    if up >= ratio * down:
        return "raised"
    return "lowered" if down >= ratio * up else "ambiguous"


def _back(
    network: Network,
    steps: list[Floats],
    node: int,
    kind: int,
    attenuation: float,
    fixed: npt.NDArray[np.bool_],
) -> Chain:
    """The chain behind a strength, walked back link by link."""
    arcs = network.into
    links = []
    step = len(steps) - 1
    while not fixed[node]:
        while step and steps[step - 1][node, kind] == steps[step][node, kind]:
            step -= 1
        a, b = int(arcs.first[node]), int(arcs.first[node + 1])
        before = steps[step - 1]
        for place in range(a, b):
            source, sign = int(arcs.source[place]), int(arcs.sign[place])
            kinds = (kind,) if sign == 1 else (1 - kind,) if sign == -1 else (_UP, _DOWN, _UNKNOWN)
            if sign != 0 and kind == _UNKNOWN:
                kinds = (_UNKNOWN,)
            if sign == 0 and kind != _UNKNOWN:
                continue
            value = arcs.belief[place] * attenuation
            match = [k for k in kinds if before[source, k] * value == steps[step][node, kind]]
            if match:
                links.append(network.links[int(arcs.link[place])])
                node, kind, step = source, match[0], step - 1
                break
        else:  # pragma: no cover - every strength came along some link
            raise AssertionError("a strength without a chain")
    return Chain(tuple(reversed(links)))


def regulators(
    network: Network,
    observed: Mapping[str, int],
    *,
    depth: int = 3,
    attenuation: float = 1.0,
    least: float = 0.01,
    ratio: float = 2.0,
    most: int = 20,
) -> tuple[Regulator, ...]:
    """Return what could be upstream of observed changes (+1 raised, -1 lowered).

    Every node within ``depth`` links is tried in both directions; its prediction for a change is that of
    the strongest chains, silent where they are ambiguous (causal reasoning: Chindelevitch et al.,
    Bioinformatics 28:1114, 2012, with the binomial in place of the ternary dot product). Observed nodes
    that the network lacks count as silent.

    Raises:
        UsageError: without a change that the network knows, or for numbers out of range.
    """
    from scipy import special

    _check(observed, depth, attenuation)
    known = {n: d for n, d in sorted(observed.items()) if n in network and d}
    if not known:
        raise UsageError("none of the observed changes is in the network, or none has a direction")
    right = np.zeros((len(network), 2), dtype=np.int64)
    wrong = np.zeros_like(right)
    nobody = np.zeros(len(network), dtype=bool)
    for name, direction in known.items():
        node = network.at(name)
        last = _spread(network, {node: 1}, network.into, depth, attenuation, nobody)[-1]
        up, down = last[:, _UP], last[:, _DOWN]
        says = np.where(up >= ratio * down, 1, np.where(down >= ratio * up, -1, 0))
        says[np.maximum(up, down) < least] = 0
        says[node] = 0
        right[:, 0] += says == direction
        wrong[:, 0] += says == -direction
    right[:, 1], wrong[:, 1] = wrong[:, 0], right[:, 0]
    score = right - wrong
    at, side = np.nonzero((score > 0) & (right > 0))
    yes, no = right[at, side], wrong[at, side]
    # P(at least so many right of those that say something, by chance)
    p = special.bdtrc(yes - 1, yes + no, 0.5)
    total = len([d for d in observed.values() if d])
    names = np.array(network.nodes, dtype=object)[at]
    best = sorted(range(len(at)), key=lambda k: (p[k], no[k] - yes[k], names[k]))[:most]
    return tuple(
        Regulator(
            names[k], 1 if side[k] == 0 else -1, int(yes[k]), int(no[k]), int(total - yes[k] - no[k]),
            float(p[k]),
        )
        for k in best
    )  # fmt: skip


def between(
    network: Network, a: str, b: str, *, depth: int = 3, least: float = 0.01, most: int = 10
) -> Between:
    """Return what lies on the way from ``a`` to ``b``, what acts on both, and what both act on.

    Raises:
        UsageError: for unknown nodes, or a = b.
    """
    if a == b:
        raise UsageError("the two nodes are the same")
    _check({}, depth, 1.0)
    x, y = network.at(a), network.at(b)
    nobody = np.zeros(len(network), dtype=bool)

    def strengths(node: int, arcs: Arcs, without: int) -> Floats:
        blocked = nobody.copy()
        blocked[without] = True
        table = _spread(network, {node: 0}, arcs, depth, 1.0, blocked)[-1]
        return np.asarray(table.max(axis=1))

    # a common cause acts on the second without passing through the first, and so on
    to_x, to_y = strengths(x, network.into, y), strengths(y, network.into, x)
    from_x, from_y = strengths(x, network.out, y), strengths(y, network.out, x)

    def best(one: Floats, other: Floats) -> tuple[tuple[str, float], ...]:
        both = one * other
        both[[x, y]] = 0
        kept = np.flatnonzero(both >= least)
        kept = kept[np.lexsort((kept, -both[kept]))][:most]
        return tuple((network.nodes[i], float(both[i])) for i in kept.tolist())

    return Between(best(from_x, to_y), best(to_x, to_y), best(from_x, from_y))


def _check(directions: Mapping[str, int], depth: int, attenuation: float) -> None:
    if bad := sorted(n for n, d in directions.items() if d not in (-1, 0, 1)):
        raise UsageError(f"the direction of {bad[0]!r} is {directions[bad[0]]}, not -1, 0 or 1")
    if depth < 1:
        raise UsageError(f"depth must be 1 or more, not {depth}")
    if not 0 < attenuation <= 1:
        raise UsageError(f"attenuation must be in (0, 1], not {attenuation}")
