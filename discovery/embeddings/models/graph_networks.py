"""Graph networks that embed an entity from its neighbours: R-GCN, CompGCN and HGT.

Messages pass along training edges and their reverses, weighted by belief. While training, the edges of the
batch carry no messages: a network that sees the edge it is asked about learns to copy it. The decoder is
DistMult over doubled relations. Features of entities, if there are any, are added to the learned vectors
through one linear layer.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from discovery.embeddings.config import TrainConfig
from discovery.embeddings.models.base import Model, Tensor, Wires
from discovery.embeddings.triples import Triples
from graph.errors import DataError, UsageError

__all__ = ["CompGCNLayer", "GraphNetwork", "HGTLayer", "RGCNLayer", "sampled"]


class RGCNLayer(nn.Module):  # type: ignore[misc]
    """Relational graph convolution with basis decomposition (Schlichtkrull et al. 2018, equations 2-3).

    ``torch_geometric.nn.RGCNConv`` has no edge weights; this is its mean by relation, with beliefs.
    """

    def __init__(self, dim: int, r2: int, bases: int = 8) -> None:
        super().__init__()
        bases = min(bases, r2)
        self.bases = nn.Parameter(torch.empty(bases, dim, dim))
        self.mix = nn.Parameter(torch.empty(r2, bases))
        self.own = nn.Linear(dim, dim)
        nn.init.xavier_uniform_(self.bases)
        nn.init.xavier_uniform_(self.mix)

    def forward(self, x: Tensor, rel: Tensor, wires: Wires) -> tuple[Tensor, Tensor]:
        """Return new entities ``[n, d]`` and unchanged relations ``[r2, d]``."""
        n, r2 = len(x), len(self.mix)
        group = wires.target * r2 + wires.relation
        size = torch.zeros(n * r2, device=x.device).index_add_(0, group, wires.weight)
        scale = (wires.weight / size[group].clamp_min(1e-9)).unsqueeze(1)
        out = self.own(x)
        mixed = self.mix[wires.relation]
        for b, basis in enumerate(self.bases):
            message = (x @ basis)[wires.source] * (scale * mixed[:, b : b + 1])
            out = out.index_add(0, wires.target, message.to(out.dtype))
        return out, rel


class CompGCNLayer(nn.Module):  # type: ignore[misc]
    """Composition-based convolution (Vashishth et al. 2020, equations 3-5) with the product of entity
    and relation; forward, reversed and own messages have their own weights."""

    def __init__(self, dim: int, r2: int) -> None:
        super().__init__()
        self.forwards, self.backwards, self.own, self.turn = (
            nn.Linear(dim, dim, bias=False) for _ in range(4)
        )
        self.loop = nn.Parameter(torch.randn(dim) / dim**0.5)
        self.half = r2 // 2

    def forward(self, x: Tensor, rel: Tensor, wires: Wires) -> tuple[Tensor, Tensor]:
        """Return new entities ``[n, d]`` and relations ``[r2, d]``."""
        degree = torch.zeros(len(x), device=x.device).index_add_(0, wires.target, wires.weight)
        scale = wires.weight / degree[wires.target].clamp_min(1e-9)
        message = x[wires.source] * rel[wires.relation] * scale.unsqueeze(1)
        ahead = (wires.relation < self.half).unsqueeze(1)
        zero = torch.zeros_like(x)
        along = zero.index_add(0, wires.target, message * ahead)
        against = zero.index_add(0, wires.target, message * ~ahead)
        out = self.forwards(along) + self.backwards(against) + self.own(x * self.loop)
        return out, self.turn(rel)


class HGTLayer(nn.Module):  # type: ignore[misc]
    """Heterogeneous graph transformer layer: attention from typed keys, queries and values, and
    matrices of each relation (Hu et al. 2020, section 3). One sum over all edges serves all relations,
    where ``torch_geometric.nn.HGTConv`` needs a dictionary by type."""

    def __init__(self, dim: int, r2: int, types: int, heads: int = 4) -> None:
        super().__init__()
        heads = next(h for h in range(min(heads, dim), 0, -1) if dim % h == 0)
        self.heads, self.part = heads, dim // heads
        self.key, self.query, self.value, self.out = (
            nn.Parameter(torch.randn(types, dim, dim) / dim**0.5) for _ in range(4)
        )
        self.attend = nn.Parameter(torch.ones(r2, heads, self.part))
        self.send = nn.Parameter(torch.ones(r2, heads, self.part))
        self.skip = nn.Parameter(torch.ones(types))

    def _typed(self, x: Tensor, weights: Tensor, types: Tensor) -> Tensor:
        out = torch.zeros_like(x)
        for kind in range(len(weights)):
            of = types == kind
            out[of] = (x[of] @ weights[kind]).to(out.dtype)
        return out

    def forward(self, x: Tensor, rel: Tensor, wires: Wires) -> tuple[Tensor, Tensor]:
        """Return new entities ``[n, d]`` and unchanged relations."""
        n, shape = len(x), (len(x), self.heads, self.part)
        types = wires.types
        key = self._typed(x, self.key, types).view(shape)
        query = self._typed(x, self.query, types).view(shape)
        value = self._typed(x, self.value, types).view(shape)
        match = key[wires.source] * self.attend[wires.relation] * query[wires.target]
        score = match.sum(2) / self.part**0.5 + wires.weight.clamp_min(1e-6).log().unsqueeze(1)
        at = wires.target.unsqueeze(1).expand(-1, self.heads)
        most = torch.full((n, self.heads), -1e9, device=x.device, dtype=score.dtype)
        most = most.scatter_reduce(0, at, score.detach(), "amax")
        weight = (score - most[wires.target]).exp()
        total = torch.zeros_like(most).index_add(0, wires.target, weight)
        weight = weight / total[wires.target].clamp_min(1e-9)
        message = value[wires.source] * self.send[wires.relation] * weight.unsqueeze(2)
        seen = torch.zeros(shape, device=x.device, dtype=message.dtype)
        seen = seen.index_add(0, wires.target, message).flatten(1)
        part = torch.sigmoid(self.skip)[types].unsqueeze(1)
        out = self._typed(nn.functional.gelu(seen), self.out, types)
        return part * out + (1 - part) * x, rel


def sampled(wires: Wires, most: int, n: int) -> Wires:
    """Return at most ``most`` random in-edges of each entity (GraphSAGE, Hamilton et al. 2017).

    Drawn anew for each layer of each step from PyTorch's generator: memory no longer grows with hubs.
    """
    order = torch.randperm(len(wires.target), device=wires.target.device)
    target = wires.target[order]
    target, by = torch.sort(target, stable=True)
    first = torch.searchsorted(target, torch.arange(n, device=target.device))
    rank = torch.arange(len(target), device=target.device) - first[target]
    return wires.keep(order[by][rank < most])


def _checked(given: Any, n: int) -> Tensor:
    """Return features as a float32 tensor ``[n, d]``."""
    found = torch.as_tensor(given, dtype=torch.float32).clone()
    if found.ndim != 2 or len(found) != n:
        raise DataError(f"features of shape {tuple(found.shape)} for {n} entities")
    if not torch.isfinite(found).all():
        raise DataError("a feature is NaN or infinite", hint="Mend it, or mask it (nan='mask').")
    return found


class GraphNetwork(Model):
    """Entity embeddings, ``layers`` of one kind of convolution, and DistMult on top.

    Args:
        given: features of the entities, ``[n, d]``, as ``Features.flagged`` gives them.

    Raises:
        DataError: features of other entities, or with NaN.
    """

    uses_graph = True

    def __init__(self, triples: Triples, config: TrainConfig, given: Any = None) -> None:
        super().__init__(triples.n, 2 * triples.r)
        dim, types = config.dim, len(triples.type_ids[0])
        if config.options:
            raise UsageError(f"{config.model} takes no options: {', '.join(config.options)}")
        # with features learned vectors start small: what no edge has taught is told by its features
        start = 1.0 if given is None else 0.05
        self.entity = nn.Parameter(start * torch.randn(self.n, dim) / dim**0.5)
        self.relation = nn.Parameter(torch.randn(self.r2, dim) / dim**0.5)
        # a buffer: a saved model has its features with it
        self.register_buffer("given", None if given is None else _checked(given, self.n))
        self.reads = None if given is None else nn.Linear(self.given.shape[1], dim)

        def layer() -> Any:
            match config.model:
                case "r-gcn":
                    return RGCNLayer(dim, self.r2)
                case "compgcn":
                    return CompGCNLayer(dim, self.r2)
            return HGTLayer(dim, self.r2, types)

        self.layers = nn.ModuleList(layer() for _ in range(config.layers))
        self.norms = nn.ModuleList(nn.LayerNorm(dim) for _ in range(config.layers))
        self.drop = nn.Dropout(config.dropout)
        self.most = config.neighbours

    def encode(self, wires: Wires | None) -> Any:
        assert wires is not None
        x, rel = self.entity, self.relation
        if self.reads is not None:
            x = x + self.reads(self.given)
        for i, layer in enumerate(self.layers):
            used = sampled(wires, self.most, self.n) if self.most and self.training else wires
            new, rel = layer(x, rel, used)
            # what an entity was stays a part of it: two layers alone make neighbours alike
            x = x + self.drop(torch.relu(self.norms[i](new)))
        return x, rel

    def tails(self, state: Any, h: Tensor, r: Tensor) -> Tensor:
        x, rel = state
        return (x[h] * rel[r]) @ x.T

    def some(self, state: Any, h: Tensor, r: Tensor, t: Tensor) -> Tensor:
        x, rel = state
        return torch.einsum("bd,bkd->bk", x[h] * rel[r], x[t])

    def relations(self, state: Any, h: Tensor, t: Tensor) -> Tensor | None:
        x, rel = state
        return (x[h] * x[t]) @ rel.T

    def cubes(self, state: Any, h: Tensor, r: Tensor, t: Tensor) -> Tensor:
        x, rel = state
        return sum(p.abs().pow(3).sum(1) for p in (x[h], rel[r], x[t]))

    def vectors(self, wires: Wires | None) -> Tensor | None:
        found: Tensor = self.encode(wires)[0]
        return found
