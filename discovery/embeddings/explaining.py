"""What speaks for and against a proposed edge in the graph it was proposed from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from discovery.embeddings.triples import F64, Triples

__all__ = ["Neighbourhood"]

DAMPING = 0.4
"""Exponent on degrees along a path, as for DWPC (Himmelstein & Baranzini 2015)."""
_HUB = 2000


@dataclass(frozen=True)
class Neighbourhood:
    """A graph to look around in.

    Attributes:
        triples: what is known.
        vectors: an embedding per entity ``[n, d]``; None compares entities by shared neighbours.
    """

    triples: Triples
    vectors: F64 | None = None

    @cached_property
    def _around(self) -> tuple[Any, Any, Any]:
        """Offsets by entity, other ends and edges: every edge from both sides, sorted."""
        g = self.triples
        ends = np.concatenate([g.heads, g.tails])
        others = np.concatenate([g.tails, g.heads])
        edges = np.tile(np.arange(len(g)), 2)
        order = np.lexsort((edges, others, ends))
        offsets = np.searchsorted(ends[order], np.arange(g.n + 1))
        return offsets, others[order], edges[order]

    @cached_property
    def _unit(self) -> F64 | None:
        if self.vectors is None:
            return None
        size = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        return np.asarray(self.vectors / np.maximum(size, 1e-12))

    def neighbours(self, entity: int) -> tuple[Any, Any]:
        """Return the entities at the other ends of its edges, and the edges."""
        offsets, others, edges = self._around
        part = slice(offsets[entity], offsets[entity + 1])
        return others[part], edges[part]

    def degree(self, entity: int) -> int:
        """Return how many edges it has."""
        offsets = self._around[0]
        return int(offsets[entity + 1] - offsets[entity])

    def paths(self, head: int, tail: int, k: int = 5, length: int = 3) -> list[dict[str, Any]]:
        """Return the ``k`` strongest paths of at most ``length`` (1 to 3) edges between two entities.

        A path's weight is the product of its edges' beliefs and of its inner entities' degrees to the
        power of minus :data:`DAMPING`. Entities with more than 2,000 edges are not gone through.
        """
        found: list[tuple[float, tuple[int, ...], tuple[int, ...]]] = []
        belief = self.triples.belief
        first, first_edges = self.neighbours(head)
        last: dict[int, list[int]] = {}
        for other, edge in zip(*self.neighbours(tail), strict=True):
            last.setdefault(int(other), []).append(int(edge))
        for a, e in zip(first.tolist(), first_edges.tolist(), strict=True):
            if a == tail:
                found.append((float(belief[e]), (head, tail), (e,)))
                continue
            if length < 2 or a == head or self.degree(a) > _HUB:
                continue
            damp = self.degree(a) ** -DAMPING * float(belief[e])
            found += [(damp * float(belief[f]), (head, a, tail), (e, f)) for f in last.get(a, ())]
            if length < 3:
                continue
            inner, inner_edges = self.neighbours(a)
            for b, f in zip(inner.tolist(), inner_edges.tolist(), strict=True):
                if b in (head, tail, a) or b not in last or self.degree(b) > _HUB:
                    continue
                more = damp * self.degree(b) ** -DAMPING * float(belief[f])
                found += [(more * float(belief[g]), (head, a, b, tail), (e, f, g)) for g in last[b]]
        found.sort(key=lambda one: (-one[0], one[1], one[2]))
        return [self._told(*one) for one in found[:k]]

    def _told(
        self, weight: float, nodes: tuple[int, ...], edges: tuple[int, ...]
    ) -> dict[str, Any]:
        g = self.triples
        words, sign = [g.entities[nodes[0]]], 1
        for at, to, edge in zip(nodes, nodes[1:], edges, strict=False):
            name = g.relations[int(g.edges_relation[edge])]
            ahead = int(g.heads[edge]) == at
            words += [f"-[{name}]->" if ahead else f"<-[{name}]-", g.entities[to]]
            sign *= int(g.sign[edge]) if ahead else 0  # against an arrow, signs do not multiply
        return {
            "path": " ".join(words), "nodes": [g.entities[n] for n in nodes],
            "length": len(edges), "weight": round(weight, 6), "sign": sign,
        }  # fmt: skip

    def similarity(self, entity: int, others: Any) -> F64:
        """Return how alike one entity and others are: cosine of vectors, or Jaccard of neighbours."""
        unit = self._unit
        if unit is not None:
            return np.asarray(unit[others] @ unit[entity])
        own = set(self.neighbours(entity)[0].tolist())
        out = []
        for other in np.asarray(others).tolist():
            there = set(self.neighbours(other)[0].tolist())
            out.append(len(own & there) / max(len(own | there), 1))
        return np.array(out)

    def nearest(self, head: int, relation: int, tail: int, k: int = 3) -> list[dict[str, Any]]:
        """Return the known edges of the relation that share an end and whose other end is most alike."""
        g = self.triples
        mine = g.edges_relation == relation
        found = []
        for own, ends, others in ((tail, g.tails, g.heads), (head, g.heads, g.tails)):
            places = np.flatnonzero(mine & (ends == own))[:_HUB]
            if not len(places):
                continue
            alike = self.similarity(head if own == tail else tail, others[places])
            found += [(float(s), int(p)) for s, p in zip(alike, places, strict=True)]
        found.sort(key=lambda one: (-one[0], one[1]))
        return [
            {
                "head": g.entities[int(g.heads[p])],
                "relation": g.relations[relation],
                "tail": g.entities[int(g.tails[p])],
                "similarity": round(s, 4),
            }
            for s, p in found[:k]
        ]

    def novelty(self, head: int, relation: int, tail: int) -> dict[str, Any]:
        """Return how far the edge is from what is known.

        ``distance``: edges between the two (4: more than three); ``shared``: common neighbours;
        ``alike``: the similarity of the nearest known edge; ``degrees`` of both ends.
        """
        around = {int(x) for x in self.neighbours(head)[0]}
        there = {int(x) for x in self.neighbours(tail)[0]}
        if tail in around:
            distance = 1
        elif around & there:
            distance = 2
        elif any(not there.isdisjoint(self.neighbours(a)[0].tolist()) for a in sorted(around)):
            distance = 3
        else:
            distance = 4
        near = self.nearest(head, relation, tail, 1)
        return {
            "distance": distance,
            "shared": len(around & there),
            "alike": near[0]["similarity"] if near else 0.0,
            "degrees": [self.degree(head), self.degree(tail)],
        }

    def against(
        self, head: int, relation: int, tail: int, opposite: Callable[[str, str], bool]
    ) -> list[dict[str, Any]]:
        """Return the known edges between the two that contradict the proposed one."""
        g = self.triples
        others, edges = self.neighbours(head)
        name = g.relations[relation]
        found = []
        for edge in edges[others == tail].tolist():
            told = g.relations[int(g.edges_relation[edge])]
            if opposite(name, told):
                found.append(
                    {
                        "head": g.entities[int(g.heads[edge])], "relation": told,
                        "tail": g.entities[int(g.tails[edge])], "sign": int(g.sign[edge]),
                        "belief": round(float(g.belief[edge]), 4),
                    }
                )  # fmt: skip
        return found
