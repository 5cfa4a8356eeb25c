"""What identification answers are held against, sharing nothing with the code under test.

Decision: the fixing operator of nested Markov models (Richardson, Evans, Robins & Shpitser 2023); an
effect is identifiable if and only if every district of the outcome's ancestors, treatments cut out,
can be reached by fixing the other nodes. Truth: the truncated factorisation of a model with explicit
hidden variables, summed by ``numpy.einsum``.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Problem:
    """A graph and a query, as in the benchmark's graph files."""

    name: str
    nodes: tuple[str, ...]
    di: tuple[tuple[str, str], ...]
    bi: tuple[tuple[str, str], ...]
    X: tuple[str, ...]
    Y: tuple[str, ...]
    Z: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Problem:
        """Read ``{"name", "nodes", "di", "bi", "X", "Y", "Z"?}``."""
        di, bi = (tuple((a, b) for a, b in data.get(k, [])) for k in ("di", "bi"))
        x, y, z = (tuple([v] if isinstance(v := data.get(k, []), str) else v) for k in "XYZ")
        nodes = data.get("nodes") or sorted({n for e in (*di, *bi) for n in e})
        return cls(str(data.get("name", "graph")), tuple(nodes), di, bi, x, y, z)


def _closure(
    start: Iterable[str], edges: Pairs, within: set[str], *, both: bool = False
) -> set[str]:
    found = set(start)
    while True:
        fresh = {b for a, b in edges if a in found and b in within}
        if both:
            fresh |= {a for a, b in edges if b in found and a in within}
        if fresh <= found:
            return found
        found |= fresh


def reachable(district: set[str], nodes: set[str], di: Pairs, bi: Pairs) -> bool:
    """Whether all nodes outside ``district`` can be fixed, one after the other."""
    free = set(nodes)
    while free != district:
        for v in sorted(free - district):
            down = _closure({v}, [e for e in di if e[0] in free], free)
            tied = _closure({v}, [e for e in bi if set(e) <= free], free, both=True)
            if down & tied == {v}:
                free.discard(v)
                break
        else:
            return False
    return True


def identifiable(p: Problem) -> bool:
    """Decide P(Y | do(X)), or P(Y | do(X), Z) through rule 2 and P(Y, Z' | do(X'))."""
    x, z = set(p.X), set(p.Z)
    changed = True
    while changed:
        changed = False
        for v in sorted(z):
            di = [(a, b) for a, b in p.di if b not in x and a != v]
            bi = [(a, b) for a, b in p.bi if not {a, b} & x]
            if d_separated(p.nodes, di, bi, {v}, set(p.Y), x | (z - {v})):
                x, z, changed = x | {v}, z - {v}, True
                break
    targets = set(p.Y) | z
    nodes = set(p.nodes)
    up = [(b, a) for a, b in p.di]
    wanted = _closure(targets, up, nodes - x)
    left = set(wanted)
    while left:
        district = _closure({min(left)}, [e for e in p.bi if set(e) <= wanted], wanted, both=True)
        if not reachable(district, nodes, p.di, p.bi):
            return False
        left -= district
    return True


def d_separated(
    nodes: Sequence[str], di: Pairs, bi: Pairs, x: set[str], y: set[str], z: set[str]
) -> bool:
    """networkx's d-separation with one explicit hidden parent for each bidirected edge."""
    import networkx as nx

    dag = nx.DiGraph()
    dag.add_nodes_from(nodes)
    dag.add_edges_from(di)
    for k, (a, b) in enumerate(bi):
        dag.add_edges_from([(("u", k), a), (("u", k), b)])
    test = getattr(nx, "is_d_separator", None) or nx.d_separated
    return bool(test(dag, x, y, z))


class Model:
    """A random model with two-level variables and hidden ones of ``levels`` levels."""

    def __init__(self, p: Problem, seed: int, levels: int = 2) -> None:
        rng = np.random.default_rng(seed)
        self.p = p
        self.axis = {n: i for i, n in enumerate(p.nodes)}
        n = len(p.nodes)
        self.terms: list[tuple[npt.NDArray[Any], list[int], str]] = []
        for k in range(len(p.bi)):
            weights = rng.random(levels) + 0.2
            self.terms.append((weights / weights.sum(), [n + k], ""))
        for v in p.nodes:
            parents = [self.axis[a] for a, b in p.di if b == v]
            hidden = [n + k for k, e in enumerate(p.bi) if v in e]
            shape = [2] * len(parents) + [levels] * len(hidden)
            one = 0.08 + 0.84 * rng.random(shape)
            self.terms.append((np.stack([one, 1 - one], -1), [*parents, *hidden, self.axis[v]], v))

    def observed(self) -> npt.NDArray[Any]:
        """The joint distribution, one axis a node in ``p.nodes`` order."""
        return self._sum(set(), list(range(len(self.p.nodes))))

    def truth(self) -> npt.NDArray[Any]:
        """P(Y | do(X), Z), axes X, Y, Z in the problem's order."""
        out = [self.axis[v] for v in (*self.p.X, *self.p.Y, *self.p.Z)]
        joint = self._sum(set(self.p.X), out)
        if not self.p.Z:
            return joint
        first = len(self.p.X)
        whole: npt.NDArray[Any] = joint.sum(
            axis=tuple(range(first, first + len(self.p.Y))), keepdims=True
        )
        found: npt.NDArray[Any] = joint / whole
        return found

    def _sum(self, cut: set[str], out: list[int]) -> npt.NDArray[Any]:
        operands: list[Any] = []
        for array, axes, v in self.terms:
            if v not in cut or not v:
                operands += [array, axes]
        for i in out:
            operands += [np.ones(2), [i]]
        found: npt.NDArray[Any] = np.einsum(*operands, out, optimize="greedy")
        return found


def named_problems() -> list[Problem]:
    """Graphs from the literature, with the answer in :data:`NAMED_ANSWERS`."""
    found = []
    for name, text in NAMED.items():
        di: list[tuple[str, str]] = []
        bi: list[tuple[str, str]] = []
        for a, symbol, b in (edge.split() for edge in text.split(",")):
            (di if symbol == "->" else bi).append((a, b))
        nodes = sorted({n for e in (*di, *bi) for n in e})
        found.append(Problem(name, tuple(nodes), tuple(di), tuple(bi), ("X",), ("Y",)))
    return found


NAMED = {
    "confounded": "Z -> X,Z -> Y,X -> Y",
    "front-door": "X -> M,M -> Y,X <-> Y",
    "napkin": "W -> R,R -> X,X -> Y,W <-> X,W <-> Y",
    "m-bias": "X -> Y,X <-> M,M <-> Y",
    "butterfly": "X -> Y,A -> X,B -> Y,A -> M,B -> M,M -> X,M -> Y",
    "bow": "X -> Y,X <-> Y",
    "instrument": "Z -> X,X -> Y,X <-> Y",
    "verma": "A -> X,X -> C,C -> Y,X <-> Y",
    "mediator": "X -> M,M -> Y,X -> Y",
    "confounded mediator": "X -> M,M -> Y,X <-> M",
    "two-stage front-door": "X -> A,A -> B,B -> Y,X <-> B,A <-> Y",
    "conditional front-door": "Z -> X,Z -> M,Z -> Y,X -> M,M -> Y,X <-> Y",
    "collider": "X -> Y,X -> C,Y -> C",
    "reverse": "Y -> X,X <-> Z",
    "tian-style": "X -> A,A -> B,B -> Y,X <-> B,X <-> Y",
    "long napkin": "W -> V,V -> R,R -> X,X -> Y,W <-> X,W <-> Y",
}
NAMED_ANSWERS = {
    "confounded": "backdoor",
    "front-door": "frontdoor",
    "napkin": "napkin",
    "m-bias": "backdoor",
    "butterfly": "backdoor",
    "bow": "refused",
    "instrument": "refused",
    "verma": "frontdoor",
    "mediator": "backdoor",
    "confounded mediator": "refused",
    "two-stage front-door": "general",
    "conditional front-door": "conditional-frontdoor",
    "collider": "backdoor",
    "reverse": "no-effect",
    "tian-style": "frontdoor",
    "long napkin": "napkin",
}


def all_problems(size: int) -> Iterator[Problem]:
    """Every ADMG on ``size`` nodes up to renaming, with every ordered pair as a query."""
    nodes = tuple("ABCDEFG"[:size])
    pairs = list(itertools.combinations(nodes, 2))
    number = 0
    for d in itertools.product((0, 1), repeat=len(pairs)):
        for b in itertools.product((0, 1), repeat=len(pairs)):
            di = tuple(e for e, on in zip(pairs, d, strict=True) if on)
            bi = tuple(e for e, on in zip(pairs, b, strict=True) if on)
            for x, y in itertools.permutations(nodes, 2):
                number += 1
                yield Problem(f"all-{size}-{number}", nodes, di, bi, (x,), (y,))


def random_problems(
    number: int,
    sizes: tuple[int, int],
    seed: int = 0,
    *,
    joint: bool = False,
    given: bool = False,
    density: tuple[float, float] = (0.4, 0.25),
) -> Iterator[Problem]:
    """Random ADMGs in random causal order; with ``joint`` up to two treatments and outcomes, with
    ``given`` one or two conditions."""
    rng = random.Random(seed)
    for k in range(number):
        size = rng.randint(*sizes)
        nodes = [f"V{i}" for i in range(size)]
        rng.shuffle(nodes)
        pairs = list(itertools.combinations(nodes, 2))
        di = tuple(e for e in pairs if rng.random() < density[0])
        bi = tuple(e for e in pairs if rng.random() < density[1])
        picked = rng.sample(nodes, size)
        nx, ny = (rng.randint(1, 2), rng.randint(1, 2)) if joint and size > 3 else (1, 1)
        nz = rng.randint(1, 2) if given else 0
        x, y = picked[:nx], picked[nx : nx + ny]
        # effects that go somewhere are asked more often than not
        if nodes.index(x[0]) > nodes.index(y[0]) and rng.random() < 0.8:
            x, y = y, x
        z = picked[nx + ny : nx + ny + nz]
        yield Problem(
            f"random-{seed}-{k}", tuple(sorted(nodes)), di, bi,
            tuple(sorted(x)), tuple(sorted(y)), tuple(sorted(z)),
        )  # fmt: skip
