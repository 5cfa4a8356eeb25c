"""A network over paths: it has no entity embeddings, so it scores entities it never saw.

The Neural Bellman-Ford network (Zhu et al. 2021): the representation of ``(h, r, t)`` is a learned sum over
all paths from ``h`` to ``t``, of learned products along each. What the score rests on can be read off as
the paths with the largest derivative (section 3.4 there).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from discovery.embeddings.config import TrainConfig
from discovery.embeddings.models.base import Model, Tensor, Wires
from discovery.embeddings.triples import Triples
from graph.errors import UsageError

__all__ = ["PathsNetwork"]


class PathsNetwork(Model):
    """Generalised Bellman-Ford with DistMult messages and a belief-weighted sum and maximum."""

    uses_graph = True

    def __init__(self, triples: Triples, config: TrainConfig) -> None:
        super().__init__(triples.n, 2 * triples.r)
        if config.options:
            raise UsageError(f"nbfnet takes no options: {', '.join(config.options)}")
        dim = config.dim
        self.query = nn.Embedding(self.r2, dim)
        self.relation = nn.ModuleList(nn.Linear(dim, self.r2 * dim) for _ in range(config.layers))
        self.merge = nn.ModuleList(nn.Linear(3 * dim, dim) for _ in range(config.layers))
        self.norms = nn.ModuleList(nn.LayerNorm(dim) for _ in range(config.layers))
        self.score = nn.Sequential(nn.Linear(2 * dim, dim), nn.ReLU(), nn.Linear(dim, 1))
        self.dim = dim

    def encode(self, wires: Wires | None) -> Any:
        return wires

    def states(
        self, wires: Wires, h: Tensor, r: Tensor, weights: list[Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return what reaches every entity ``[b, n, d]`` and the questions ``[b, d]``.

        Args:
            weights: of the edges in each layer, ``layers`` times ``[2m]``, for their derivatives.
        """
        n = len(wires.types)
        query = self.query(r)
        start = torch.zeros(len(h), n, self.dim, device=h.device, dtype=query.dtype)
        start[torch.arange(len(h), device=h.device), h] = query
        # in-degree: sums over hubs and over leaves must be comparable
        size = torch.ones(n, device=h.device).index_add_(0, wires.target, wires.weight)
        x = start
        for i, (relation, merge, norm) in enumerate(
            zip(self.relation, self.merge, self.norms, strict=True)
        ):
            by = relation(query).view(len(h), self.r2, self.dim)
            weight = wires.weight if weights is None else weights[i]
            message = x[:, wires.source] * by[:, wires.relation] * weight.view(1, -1, 1)
            total = torch.zeros_like(x).to(message.dtype).index_add(1, wires.target, message)
            at = wires.target.view(1, -1, 1).expand(len(h), -1, self.dim)
            most = torch.zeros_like(total).scatter_reduce(1, at, message, "amax", include_self=True)
            mean = (total + start) / size.view(1, -1, 1)
            new = torch.relu(norm(merge(torch.cat([x, mean, most], dim=2))))
            x = x + new if i else new
        return x, query

    def tails(self, state: Any, h: Tensor, r: Tensor) -> Tensor:
        x, query = self.states(state, h, r)
        asked = query.unsqueeze(1).expand(-1, x.shape[1], -1)
        return self.score(torch.cat([x, asked], dim=2)).squeeze(2)

    def explain(
        self, wires: Wires, h: int, r: int, t: int, k: int = 5
    ) -> list[tuple[float, tuple[int, ...]]]:
        """Return the ``k`` paths the score of one triple rests on most.

        Each is the sum of its edges' derivatives and the places of its wires in order.
        """
        device = wires.source.device
        weights = [wires.weight.clone().requires_grad_() for _ in self.relation]
        ends = (torch.tensor([h], device=device), torch.tensor([r], device=device))
        x, query = self.states(wires, *ends, weights)
        score = self.score(torch.cat([x[0, t], query[0]]))
        slopes = torch.autograd.grad(score.sum(), weights)
        outgoing: dict[int, list[int]] = {}
        for place, source in enumerate(wires.source.tolist()):
            outgoing.setdefault(source, []).append(place)
        target = wires.target.tolist()
        beam: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
        found: list[tuple[float, tuple[int, ...]]] = []
        for slope in slopes:
            gains = slope.tolist()
            longer = []
            for gain, path in beam:
                at = target[path[-1]] if path else h
                visited = {h, *(target[w] for w in path)}
                longer += [
                    (gain + gains[w], (*path, w))
                    for w in outgoing.get(at, ())
                    if target[w] not in visited
                ]
            longer.sort(key=lambda one: (-one[0], one[1]))
            found += [one for one in longer if target[one[1][-1]] == t]
            beam = [one for one in longer if target[one[1][-1]] != t][:200]
        # a longer path has more edges to gain by: compare by the mean
        found.sort(key=lambda one: (-one[0] / len(one[1]), one[1]))
        return [(gain / len(path), path) for gain, path in found[:k]]
