"""PyKEEN's models, by name, behind :class:`discovery.embeddings.models.base.Model`.

PyKEEN brings the interactions, initialisations and constraints; the training loop is ours, so that a run
that was stopped goes on exactly where it was.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch

from discovery.embeddings.config import READS_FEATURES, TrainConfig
from discovery.embeddings.models.base import Model, Tensor, Wires
from discovery.embeddings.triples import Triples
from graph.errors import UsageError
from graph.extras import needs

__all__ = ["NodePieceModel", "PykeenModel", "build"]

_PYKEEN = {
    "transe": "TransE", "rotate": "RotatE", "complex": "ComplEx", "distmult": "DistMult",
    "tucker": "TuckER", "nodepiece": "NodePiece",
}  # fmt: skip


class PykeenModel(Model):
    """One of PyKEEN's models over doubled relations."""

    def __init__(self, triples: Triples, config: TrainConfig) -> None:
        super().__init__(triples.n, 2 * triples.r)
        name = config.model.removeprefix("pykeen:")
        self.inner = _make(_PYKEEN.get(name, name), triples, config)
        self.drop = torch.nn.Dropout(config.dropout)
        self.penalised = self.inner.collect_regularization_term() is not None

    def _pieces(self, e: Tensor, r: Tensor) -> tuple[Tensor, Tensor]:
        return self.inner.entity_representations[0](e), self.inner.relation_representations[0](r)

    def tails(self, state: Any, h: Tensor, r: Tensor) -> Tensor:
        return self.inner.score_t(torch.stack([h, r], dim=1))

    def some(self, state: Any, h: Tensor, r: Tensor, t: Tensor) -> Tensor:
        b, k = t.shape
        rows = torch.stack(
            [h.unsqueeze(1).expand(b, k), r.unsqueeze(1).expand(b, k), t], dim=2
        ).reshape(-1, 3)
        return self.inner.score_hrt(rows).reshape(b, k)

    def relations(self, state: Any, h: Tensor, t: Tensor) -> Tensor | None:
        return self.inner.score_r(torch.stack([h, t], dim=1))

    def _dropped(self, x: Tensor) -> Tensor:
        # a complex number is dropped whole
        if not (self.training and self.drop.p):
            return x
        return x * self.drop(torch.ones(x.shape, device=x.device))

    def cubes(self, state: Any, h: Tensor, r: Tensor, t: Tensor) -> Tensor:
        # an entity stands in many triples of a batch: its cubes are computed once
        ends, where = torch.unique(torch.cat([h, t]), return_inverse=True)
        kinds, which = torch.unique(r, return_inverse=True)
        entities, relations = (p.abs().pow(3).flatten(1).sum(1) for p in self._pieces(ends, kinds))
        return entities[where[: len(h)]] + entities[where[len(h) :]] + relations[which]

    def settle(self) -> None:
        self.inner.post_parameter_update()

    def vectors(self, wires: Wires | None) -> Tensor | None:
        found = self.inner.entity_representations[0](None)
        return torch.view_as_real(found).flatten(1) if found.is_complex() else found.flatten(1)


def _make(name: str, triples: Triples, config: TrainConfig) -> Any:
    with needs(f"the model {name}", "gnn"), warnings.catch_warnings():
        # PyKEEN uses what this PyTorch calls deprecated: nothing that whoever trains could change
        warnings.simplefilter("ignore", FutureWarning)
        from pykeen.models import model_resolver
        from pykeen.triples import TriplesFactory
    if name.lower() not in model_resolver.options:
        raise UsageError(
            f"PyKEEN has no model '{name}'",
            hint=f"It has {', '.join(sorted(model_resolver.options))}.",
        )
    forward = np.stack([triples.heads, triples.edges_relation, triples.tails], axis=1)
    backward = np.stack([triples.tails, triples.edges_relation + triples.r, triples.heads], axis=1)
    names = [*triples.relations, *(f"{r}~" for r in triples.relations)]
    inverse = name == "NodePiece"
    # NodePiece counts an entity's relations in both directions itself: it is given them undoubled
    rows = np.unique(forward if inverse else np.concatenate([forward, backward]), axis=0)
    factory = TriplesFactory(
        mapped_triples=torch.from_numpy(np.ascontiguousarray(rows)),
        entity_to_id={f"{i}": i for i in range(triples.n)},
        relation_to_id={n: i for i, n in enumerate(names[: triples.r] if inverse else names)},
        create_inverse_triples=inverse,
    )
    options: dict[str, Any] = {"embedding_dim": config.dim, "random_seed": config.seed}
    if name == "NodePiece":
        options |= {"num_tokens": 12}
    elif name == "TuckER":
        # the core tensor is dim x dim_r x dim: a smaller relation part keeps it small
        options |= {"relation_dim": max(config.dim // 2, 8)}
    elif name in ("ComplEx", "DistMult"):
        # small starts and no other penalty than the 3-norm: Lacroix et al. 2018, section 5
        options |= {
            "entity_initializer": _small,
            "relation_initializer": _small,
            "regularizer": None,
        }
        if name == "DistMult":
            options["entity_constrainer"] = None
    try:
        return model_resolver.make(
            name, triples_factory=factory, **(options | dict(config.options))
        )
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"PyKEEN's {name} does not take these options: {error}",
            hint="See the model's page in PyKEEN's documentation.",
        ) from error


def _small(x: Tensor) -> Tensor:
    return torch.nn.init.normal_(x, std=1e-3)


class BilinearModel(PykeenModel):
    """PyKEEN's ComplEx and DistMult, scored with one matrix product instead of a broadcast one."""

    def tails(self, state: Any, h: Tensor, r: Tensor) -> Tensor:
        head, relation = self._pieces(h, r)
        every = self.inner.entity_representations[0](None)
        return _real(self._dropped(head * relation), every)

    def relations(self, state: Any, h: Tensor, t: Tensor) -> Tensor | None:
        head, tail = (self.inner.entity_representations[0](x) for x in (h, t))
        return _real(tail * head.conj(), self.inner.relation_representations[0](None))

    def some(self, state: Any, h: Tensor, r: Tensor, t: Tensor) -> Tensor:
        head, relation = self._pieces(h, r)
        tail = self.inner.entity_representations[0](t)
        return torch.einsum("bd,bkd->bk", self._dropped(head * relation), tail.conj()).real


def _real(x: Tensor, y: Tensor) -> Tensor:
    """Return the real part of ``x @ y.conj().T``: one product of twice as many real numbers."""
    if x.is_complex():
        x, y = (torch.view_as_real(z.resolve_conj()).flatten(1) for z in (x, y))
    return x @ y.T


class NodePieceModel(PykeenModel):
    """PyKEEN's NodePiece: an entity is made of its relations, so that an unseen one has a vector too."""

    def encode(self, wires: Wires | None) -> Any:
        return self.inner.entity_representations[0](None)

    def _relation(self, r: Tensor) -> Tensor:
        # PyKEEN interleaves: relation r is 2r, its inverse 2r + 1
        half = self.r2 // 2
        return self.inner.relation_representations[0](
            torch.where(r < half, 2 * r, 2 * (r - half) + 1)
        )

    def tails(self, state: Any, h: Tensor, r: Tensor) -> Tensor:
        return self.drop(state[h] * self._relation(r)) @ state.T

    def some(self, state: Any, h: Tensor, r: Tensor, t: Tensor) -> Tensor:
        return torch.einsum("bd,bkd->bk", self.drop(state[h] * self._relation(r)), state[t])

    def relations(self, state: Any, h: Tensor, t: Tensor) -> Tensor | None:
        every = self._relation(torch.arange(self.r2, device=h.device))
        return (state[h] * state[t]) @ every.T

    def vectors(self, wires: Wires | None) -> Tensor | None:
        return self.encode(None)


def build(triples: Triples, config: TrainConfig, given: Any = None) -> Model:
    """Return a model by its name in the configuration.

    Args:
        given: features of the entities, ``[n, d]``; only the graph networks read them.

    Raises:
        UsageError: an unknown name, options it does not take, a library that is not installed.
    """
    from importlib import import_module

    torch.manual_seed(config.seed)
    place = {
        "r-gcn": "graph_networks:GraphNetwork", "compgcn": "graph_networks:GraphNetwork",
        "hgt": "graph_networks:GraphNetwork", "nbfnet": "paths_network:PathsNetwork",
    }.get(config.model)  # fmt: skip
    if place is None:
        kind = {
            "nodepiece": NodePieceModel,
            "complex": BilinearModel,
            "distmult": BilinearModel,
        }.get(config.model, PykeenModel)
        return kind(triples, config)
    module, _, name = place.partition(":")
    reads = {} if given is None or config.model not in READS_FEATURES else {"given": given}
    made: Model = getattr(import_module(f"discovery.embeddings.models.{module}"), name)(
        triples, config, **reads
    )
    return made
