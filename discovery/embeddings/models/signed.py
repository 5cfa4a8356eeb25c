"""A signed graph network: does an edge raise or lower its end?

Messages of raising and lowering edges, along and against their direction, have weights of their own (Derr, Ma
& Tang 2018 keep two such channels; direction makes them four). Beside the two embeddings the last layer sees
counts: how the source's other edges and the target's other edges are signed, and the signs of walks of two
and three edges between them (balance, Cartwright & Harary 1956).
"""

from __future__ import annotations

import torch
from torch import nn

from discovery.embeddings.models.base import Tensor

__all__ = ["SignedNetwork"]


class SignedNetwork(nn.Module):  # type: ignore[misc]
    """Two layers of signed messages over entities' features, then a small network over pairs.

    Args:
        n: entities; ``dims``: their features; ``extra``: numbers that describe a pair.
    """

    def __init__(self, n: int, dims: int, extra: int, dim: int, dropout: float) -> None:
        super().__init__()
        self.own = nn.Embedding(n, dim)
        self.named = nn.Linear(dims, dim) if dims else None
        self.layers = nn.ModuleList(nn.Linear(5 * dim, dim) for _ in range(2))
        self.head = nn.Sequential(
            nn.Linear(3 * dim + extra, 2 * dim), nn.ReLU(), nn.Dropout(dropout),
            nn.Linear(2 * dim, 1),
        )  # fmt: skip
        self.straight = nn.Linear(extra + 2 * dims, 1)
        self.drop = nn.Dropout(dropout)
        nn.init.normal_(self.own.weight, std=0.05)
        nn.init.zeros_(self.straight.weight)

    def encode(self, features: Tensor, source: Tensor, target: Tensor, sign: Tensor) -> Tensor:
        """Return embeddings ``[n, d]`` from signed edges ``[m]``."""
        x = self.drop(self.own.weight)
        if self.named is not None:
            x = x + torch.tanh(self.named(features))
        for layer in self.layers:
            parts = [x]
            for mask in (sign > 0, sign < 0):
                for a, b in ((source[mask], target[mask]), (target[mask], source[mask])):
                    size = torch.zeros(len(x)).to(x).index_add(0, b, torch.ones(len(b)).to(x))
                    total = torch.zeros_like(x).index_add(0, b, x[a])
                    parts.append(total / size.clamp_min(1).unsqueeze(1))
            x = self.drop(torch.relu(layer(torch.cat(parts, dim=1)))) + x
        return x

    def forward(self, x: Tensor, features: Tensor, h: Tensor, t: Tensor, extra: Tensor) -> Tensor:
        """Return the log odds ``[k]`` that ``h`` raises ``t``."""
        deep = self.head(torch.cat([x[h], x[t], x[h] * x[t], extra], dim=1))
        wide = self.straight(torch.cat([extra, features[h], features[t]], dim=1))
        return (deep + wide).squeeze(1)
