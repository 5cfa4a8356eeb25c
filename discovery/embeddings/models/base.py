"""What every trained model offers the training loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from discovery.embeddings.triples import Triples

__all__ = ["Model", "Tensor", "Wires", "wires_of"]

Tensor = Any
"""A ``torch.Tensor``; the library is not typed here."""


@dataclass
class Wires:
    """The edges messages pass along: every edge and its reverse.

    Attributes:
        source, relation, target: int64 ``[2m]``; the reverse of edge ``i`` is at ``m + i`` and has
            relation ``r + R``.
        weight: belief, float32 ``[2m]``.
        edge: the edge's place in the training triples, ``[2m]``.
        types: category of each entity, int64 ``[n]``.
    """

    source: Tensor
    relation: Tensor
    target: Tensor
    weight: Tensor
    edge: Tensor
    types: Tensor

    def keep(self, mask: Tensor) -> Wires:
        """Return some of them."""
        return Wires(
            self.source[mask], self.relation[mask], self.target[mask],
            self.weight[mask], self.edge[mask], self.types,
        )  # fmt: skip

    def to(self, device: Any) -> Wires:
        """Return them on a device."""
        return Wires(*(part.to(device) for part in vars(self).values()))


def wires_of(triples: Triples) -> Wires:
    """Return the wires of a graph, forward edges first."""
    h, r, t = (torch.from_numpy(a) for a in (triples.heads, triples.edges_relation, triples.tails))
    weight = torch.from_numpy(triples.belief)
    edge = torch.arange(len(triples))
    return Wires(
        torch.cat([h, t]), torch.cat([r, r + triples.r]), torch.cat([t, h]),
        torch.cat([weight, weight]), torch.cat([edge, edge]),
        torch.from_numpy(triples.type_ids[1]),
    )  # fmt: skip


class Model(nn.Module):  # type: ignore[misc]
    """A scorer of tails. ``n`` entities, ``r2`` relations, the second half of them reversed.

    ``state`` is what :meth:`encode` returned: the embeddings, or None where each question needs its own.
    """

    uses_graph = False
    """Whether messages pass along the training edges."""

    def __init__(self, n: int, r2: int) -> None:
        super().__init__()
        self.n, self.r2 = n, r2

    def encode(self, wires: Wires | None) -> Any:
        """Return what scoring needs of the graph."""
        return None

    def tails(self, state: Any, h: Tensor, r: Tensor) -> Tensor:
        """Return scores ``[b, n]`` of all tails of ``(h, r)``, each ``[b]``."""
        raise NotImplementedError

    def some(self, state: Any, h: Tensor, r: Tensor, t: Tensor) -> Tensor:
        """Return scores ``[b, k]`` of the tails ``t`` ``[b, k]``."""
        return self.tails(state, h, r).gather(1, t)

    def relations(self, state: Any, h: Tensor, t: Tensor) -> Tensor | None:
        """Return scores ``[b, r2]`` of the relations between two ends, None if it cannot."""
        return None

    def cubes(self, state: Any, h: Tensor, r: Tensor, t: Tensor) -> Tensor:
        """Return for each triple the sum of cubed absolute embeddings, ``[b]``: the nuclear 3-norm."""
        return torch.zeros(len(h), device=h.device)

    def settle(self) -> None:
        """Bring parameters back to where the model wants them, after a step."""

    def vectors(self, wires: Wires | None) -> Tensor | None:
        """Return one vector per entity ``[n, d]``, None if the model has none."""
        return None
