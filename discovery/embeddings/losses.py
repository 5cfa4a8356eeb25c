"""Losses and negatives of one batch of doubled, belief-weighted edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn import functional

from discovery.embeddings.config import TrainConfig
from discovery.embeddings.models.base import Model, Tensor
from discovery.embeddings.triples import Triples

__all__ = ["Questions", "batch_loss"]

_TRIES = 3


class Questions:
    """The doubled edges of a graph as questions ``(h, r, ?)``, and what is true of them.

    Attributes:
        h, r, t, weight: of the ``2m`` questions; for ``kvsall`` one row per distinct ``(h, r)`` and
            ``answers`` holds its tails.
        allowed: which entities a relation's tails may be, bool ``[r2, n]``: those of the types it is
            seen with.
    """

    def __init__(self, triples: Triples, config: TrainConfig) -> None:
        r2 = 2 * triples.r
        h = np.concatenate([triples.heads, triples.tails])
        t = np.concatenate([triples.tails, triples.heads])
        r = np.concatenate([triples.edges_relation, triples.edges_relation + triples.r])
        weight = np.concatenate([triples.belief, triples.belief]).astype(np.float32)
        if not config.belief_weighted:
            weight = np.ones_like(weight)
        self.n = triples.n
        self.r2 = r2
        names, kind = triples.type_ids
        seen = np.zeros((r2, len(names)), np.bool_)
        seen[r, kind[t]] = True
        seen[~seen.any(axis=1)] = True  # a relation without edges says nothing about types
        self.allowed = torch.from_numpy(seen[:, kind])
        members = [np.flatnonzero(seen[i][kind]) for i in range(r2)]
        self._size = np.array([len(m) for m in members], np.int64)
        self._first = np.cumsum(self._size) - self._size
        self._members = np.concatenate(members)
        self._true = np.unique((h * r2 + r) * self.n + t)
        edge = np.concatenate([np.arange(len(triples))] * 2)
        self.answers: list[tuple[Any, Any]] = []
        if config.loss == "kvsall":
            key = h * r2 + r
            order = np.argsort(key, kind="stable")
            found, first = np.unique(key[order], return_index=True)
            for rows in np.split(order, first[1:]):
                self.answers.append((t[rows], weight[rows]))
            # the question's weight is in its answers
            h, r, t = found // r2, found % r2, np.zeros_like(found)
            weight = np.ones(len(found), np.float32)
            edge = np.full(len(found), -1)
        self.h, self.r, self.t, self.weight, self.edge = (
            torch.from_numpy(np.ascontiguousarray(a)) for a in (h, r, t, weight, edge)
        )

    def __len__(self) -> int:
        """Return how many questions an epoch asks."""
        return len(self.h)

    def negatives(self, rows: Tensor, count: int, kind: str, rng: np.random.Generator) -> Tensor:
        """Return tails ``[b, count]`` that are not known to be true of the questions ``rows``."""
        h, r = self.h[rows].numpy(), self.r[rows].numpy()
        out = np.empty((len(h), count), np.int64)
        todo = np.ones(out.shape, np.bool_)
        for _ in range(_TRIES):
            if not todo.any():
                break
            at = np.nonzero(todo)
            if kind == "uniform":
                out[at] = rng.integers(0, self.n, len(at[0]))
            else:
                k = r[at[0]]
                place = (rng.random(len(k)) * self._size[k]).astype(np.int64)
                out[at] = self._members[self._first[k] + place]
            key = (h[at[0]] * self.r2 + r[at[0]]) * self.n + out[at]
            found = np.minimum(np.searchsorted(self._true, key), len(self._true) - 1)
            todo = np.zeros(out.shape, np.bool_)
            todo[at] = self._true[found] == key
        return torch.from_numpy(out)

    def labels(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return truth and weight ``[b, n]`` of every tail (``kvsall``)."""
        truth, weight = torch.zeros(len(rows), self.n), torch.ones(len(rows), self.n)
        for i, row in enumerate(rows.tolist()):
            tails, belief = self.answers[row]
            truth[i, tails] = 1.0
            weight[i, tails] = torch.from_numpy(belief)
        return truth, weight


def batch_loss(
    model: Model,
    state: Any,
    questions: Questions,
    rows: Tensor,
    negatives: Tensor | None,
    config: TrainConfig,
) -> Tensor:
    """Return the weighted sum of the losses of some questions (not their mean: parts can be added).

    Args:
        rows: which questions, int64 ``[b]``, on the CPU.
        negatives: their false tails ``[b, k]``, for the loss ``negatives``.
    """
    device = next(model.parameters()).device
    h, r, t, weight = (
        x[rows].to(device) for x in (questions.h, questions.r, questions.t, questions.weight)
    )
    if config.loss == "negatives":
        assert negatives is not None
        each = _sampled(model, state, h, r, t, negatives.to(device), config)
    else:
        scores = model.tails(state, h, r).float()
        if config.loss == "kvsall":
            return _binary(scores, questions, rows, config, device)
        if config.typed:
            allowed = questions.allowed.to(device)[r]
            scores = scores.masked_fill(~allowed, -1e9)
            each = functional.cross_entropy(scores, t, reduction="none")
        else:
            each = functional.cross_entropy(
                scores, t, reduction="none", label_smoothing=config.smoothing
            )
    if config.relation_loss:
        by = model.relations(state, h, t)
        if by is not None:
            each = each + config.relation_loss * functional.cross_entropy(
                by.float(), r, reduction="none"
            )
    if config.n3:
        each = each + config.n3 * model.cubes(state, h, r, t)
    return (each * weight).sum()


def _sampled(
    model: Model, state: Any, h: Tensor, r: Tensor, t: Tensor, false: Tensor, config: TrainConfig
) -> Tensor:
    scores = model.some(state, h, r, torch.cat([t.unsqueeze(1), false], dim=1)).float()
    if config.negative_kind == "hard":
        most = scores[:, 1:].topk(min(config.negatives, false.shape[1]), dim=1).values
        scores = torch.cat([scores[:, :1], most], dim=1)
    first = torch.zeros(len(h), dtype=torch.int64, device=h.device)
    return functional.cross_entropy(scores, first, reduction="none")


def _binary(
    scores: Tensor, questions: Questions, rows: Tensor, config: TrainConfig, device: Any
) -> Tensor:
    truth, weight = (x.to(device) for x in questions.labels(rows))
    target = truth * (1 - config.smoothing) + config.smoothing / questions.n
    each = functional.binary_cross_entropy_with_logits(scores, target, reduction="none")
    # the mean over tails, as in ConvE (Dettmers et al. 2018, equation 3)
    return (each * weight).sum() / questions.n
