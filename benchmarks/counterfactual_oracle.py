"""What counterfactual identification is held against, sharing nothing with the code under test.

A model has one hidden variable a bidirected edge and, for each observed variable, a distribution over
its response types (functions from its observed causes) that depends on its hidden ones. Every
counterfactual is then a sum over combinations of types, counted one by one.

Decision: a quantity is determined by what is observed only if, at a generic model, its gradient lies in
the row space of the observations' Jacobian; if it does not, two models near by agree on all that is
observed and differ in the quantity. The derivatives are exact (complex step).
"""

from __future__ import annotations

import itertools
import random
import string
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from queries.causal.counterfactual_terms import Term

__all__ = ["Model", "TooLargeError", "random_event", "random_graph"]

MOST_COMBINATIONS = 60_000


class TooLargeError(Exception):
    """The model has too many combinations of types to count."""


class Model:
    """All combinations of response types of a small graph.

    Args:
        nodes: in causal order.
        di, bi: directed and bidirected edges.
        size: levels of each node.
        hidden: levels of each hidden variable.
    """

    def __init__(
        self,
        nodes: Sequence[str],
        di: Iterable[tuple[str, str]],
        bi: Iterable[tuple[str, str]],
        size: Mapping[str, int],
        hidden: int = 2,
    ) -> None:
        self.nodes, self.size, self.hidden = tuple(nodes), dict(size), hidden
        di, self.bi = list(di), list(bi)
        self.parents = {n: [a for a, b in di if b == n] for n in nodes}
        self.functions: dict[str, npt.NDArray[Any]] = {}
        total = 1.0
        for n in nodes:
            cells = int(np.prod([size[p] for p in self.parents[n]], dtype=float))
            total *= float(size[n]) ** cells
            if total > MOST_COMBINATIONS:
                raise TooLargeError
            self.functions[n] = np.array(list(itertools.product(range(size[n]), repeat=cells)))
        counts = [len(self.functions[n]) for n in nodes]
        picked = np.indices(counts).reshape(len(nodes), -1)
        self.type = {n: self.functions[n][picked[k]] for k, n in enumerate(nodes)}
        self.number = picked.shape[1]
        letters = iter(string.ascii_letters)
        own = {n: next(letters) for n in nodes}
        tied = [next(letters) for _ in self.bi]
        self.shapes: list[tuple[int, ...]] = [(hidden,)] * len(self.bi)
        scripts = list(tied)
        for n in nodes:
            mine = [tied[k] for k, edge in enumerate(self.bi) if n in edge]
            scripts.append("".join(mine) + own[n])
            self.shapes.append((*([hidden] * len(mine)), len(self.functions[n])))
        self.script = ",".join(scripts) + "->" + "".join(own[n] for n in nodes)

    def weights(self, logits: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
        """The probability of each combination of types; complex logits carry a derivative."""
        tables = []
        for table in logits:
            e = np.exp(table)
            tables.append(e / e.sum(axis=-1, keepdims=True))
        return np.asarray(np.einsum(self.script, *tables, optimize="greedy")).reshape(-1)

    def draw(self, seed: int) -> list[npt.NDArray[Any]]:
        """Random logits."""
        rng = np.random.default_rng(seed)
        return [rng.normal(size=s) for s in self.shapes]

    def value(self, term: Term, levels: Mapping[tuple[str, str], int]) -> npt.NDArray[Any] | int:
        """The value of a term's variable in its world, for each combination of types."""
        held: dict[str, Any] = {
            k: self.value(v, levels) if isinstance(v, Term) else levels[k, v] for k, v in term.do
        }
        for n in self.nodes:
            if n not in held:
                held[n] = self._respond(n, held)
        return held[term.variable]  # type: ignore[no-any-return]

    def _respond(self, n: str, held: Mapping[str, Any]) -> npt.NDArray[Any]:
        at: Any = 0
        for p in self.parents[n]:
            at = at * self.size[p] + held[p]
        types = self.type[n]
        return np.asarray(types[np.arange(self.number), np.broadcast_to(at, self.number)])

    def indicator(
        self, terms: Iterable[Term], levels: Mapping[tuple[str, str], int]
    ) -> npt.NDArray[Any]:
        """Which combinations make all terms true."""
        true = np.ones(self.number, bool)
        for term in terms:
            true &= np.asarray(self.value(term, levels) == levels[term.variable, str(term.value)])
        return true

    def seen(self, done: Mapping[str, int] | None = None) -> npt.NDArray[Any]:
        """For each combination the number of the cell of P(all nodes | do(done)) that it falls in."""
        held: dict[str, Any] = dict(done or {})
        for n in self.nodes:
            if n not in held:
                held[n] = self._respond(n, held)
        cell: Any = np.zeros(self.number, int)
        for n in self.nodes:
            cell = cell * self.size[n] + held[n]
        return np.asarray(cell)

    def joint(
        self, weights: npt.NDArray[Any], done: Mapping[str, int] | None = None
    ) -> npt.NDArray[Any]:
        """P(all nodes | do(done)), one axis a node."""
        shape = [self.size[n] for n in self.nodes]
        cells = int(np.prod(shape))
        return np.bincount(self.seen(done), weights, minlength=cells).reshape(shape)

    def determined(
        self,
        event: Sequence[Term],
        given: Sequence[Term],
        levels: Mapping[tuple[str, str], int],
        *,
        experiments: bool = False,
        seed: int = 0,
    ) -> bool | None:
        """Whether P(event | given) is determined, near a generic model, by all that is observed (and by
        all experiments); None if the condition cannot happen."""
        below = self.indicator(given, levels)
        both = below & self.indicator(event, levels)
        regimes: list[npt.NDArray[Any]] = [self.seen()]
        if experiments:
            for k in range(1, len(self.nodes) + 1):
                for some in itertools.combinations(self.nodes, k):
                    regimes += [
                        self.seen(dict(zip(some, values, strict=True)))
                        for values in itertools.product(*(range(self.size[n]) for n in some))
                    ]
        cells = int(np.prod([self.size[n] for n in self.nodes]))
        rng = np.random.default_rng([seed, 1])
        base = self.draw(seed)
        rows = []
        directions = min(sum(b.size for b in base), cells * len(regimes)) + 3
        for _ in range(min(directions, 400)):
            step = [b + 1e-30j * rng.normal(size=b.shape) for b in base]
            w = self.weights(step)
            observed = [np.bincount(r, w.imag, minlength=cells) for r in regimes]
            top, bottom = w[both].sum(), w[below].sum()
            if abs(bottom) == 0:
                return None
            rows.append(np.concatenate([*observed, [(top / bottom).imag]]) * 1e30)
        table = np.array(rows)
        table /= np.maximum(np.abs(table).max(axis=0), 1e-12)
        data, query = table[:, :-1], table[:, -1]
        if np.abs(query).max() < 1e-9 or not (both.any() and (below & ~both).any()):
            return True
        left = query - data @ np.linalg.lstsq(data, query, rcond=1e-10)[0]
        return bool(np.linalg.norm(left) < 1e-6 * np.linalg.norm(query))


def random_graph(
    rng: random.Random, n: int, p: float = 0.5, q: float = 0.3
) -> tuple[list[str], list[tuple[str, str]], list[tuple[str, str]]]:
    """Nodes in causal order, directed and bidirected edges."""
    names = [string.ascii_uppercase[i] for i in range(n)]
    rng.shuffle(names)
    pairs = list(itertools.combinations(names, 2))
    di = [e for e in pairs if rng.random() < p]
    bi = [e for e in pairs if rng.random() < q]
    return names, di, bi


def random_event(
    rng: random.Random, names: Sequence[str], most: int = 3, *, nested: float = 0.2
) -> tuple[list[Term], list[Term]]:
    """A random event and condition over several worlds; every variable has at most two values."""

    def world(depth: int, own: str) -> dict[str, object]:
        do: dict[str, object] = {}
        for x in rng.sample(list(names), rng.choice([0, 1, 1, 2])):
            if x == own:
                continue
            if depth < 1 and rng.random() < nested:
                do[x] = Term.make(x, None, world(depth + 1, x))
            else:
                do[x] = rng.choice(["a", "b"])
        return do

    def term() -> Term:
        v = rng.choice(list(names))
        return Term.make(v, rng.choice(["a", "b"]), world(0, v))

    event = [term() for _ in range(rng.randint(1, max(1, most - 1)))]
    given = [term() for _ in range(rng.choice([0, 0, 1, 1, 2]))]
    return event, given
