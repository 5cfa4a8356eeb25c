"""Sign prediction: given that one thing acts on another, does it raise or lower it?

Every feature of a training pair is counted without the pair itself, and messages never pass along the edges
that are asked about: otherwise training would see its own answers. A graph network over the signed edges
and extremely randomised trees (Geurts et al. 2006) on signed counts and walks are averaged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from discovery.embeddings.triples import F64, I64, Triples
from graph.errors import DataError

__all__ = ["SignModel", "cold_pairs", "count_signs", "degree_signs", "fit_signs"]

_TREES = 0.7
"""share of the trees, chosen on SIGNOR and TRRUST splits that are not reported"""


def cold_pairs(triples: Triples, share: float = 0.2, seed: int = 0) -> tuple[Triples, Triples]:
    """Split the signed edges: no pair of the second part is linked in the first, in either direction.

    Pairs that are stated with both signs are left out of both.

    Raises:
        DataError: fewer than ten signed edges.
    """
    signed = triples.subset(triples.sign != 0)
    key = signed.heads * signed.n + signed.tails
    order = np.argsort(key, kind="stable")
    _, first, counts = np.unique(key[order], return_index=True, return_counts=True)
    kept = [
        order[a]
        for a, c in zip(first, counts, strict=True)
        if len(set(signed.sign[order[a : a + c]].tolist())) == 1
    ]
    signed = signed.subset(np.sort(np.array(kept, np.int64)))
    if len(signed) < 10:
        raise DataError(f"{len(signed)} signed edges are too few to learn signs from")
    low, high = np.minimum(signed.heads, signed.tails), np.maximum(signed.heads, signed.tails)
    pairs, place = np.unique(low * signed.n + high, return_inverse=True)
    test = np.random.default_rng(seed).random(len(pairs)) < share
    return signed.subset(~test[place]), signed.subset(test[place])


@dataclass(frozen=True)
class _Counts:
    """Sparse signed and unsigned adjacency of training edges, and their walks."""

    signed: Any
    plain: Any

    @classmethod
    def of(cls, triples: Triples) -> _Counts:
        from scipy import sparse

        shape = (triples.n, triples.n)
        at = (triples.heads, triples.tails)
        signed = sparse.csr_matrix((triples.sign.astype(float), at), shape)
        plain = sparse.csr_matrix((np.abs(triples.sign).astype(float), at), shape)
        return cls(signed, plain)

    def extra(self, h: I64, t: I64, own: F64) -> F64:
        """Return what describes pairs ``[k, 12]``; ``own`` is the sign of the pair's own edge in these
        counts (0 for a pair that is not in them), which is taken out."""
        columns: list[F64] = []
        seen = np.abs(own)
        for axis, ids in ((1, h), (0, t)):
            for side in (1, 0) if axis else (0, 1):
                total = np.asarray(self.signed.sum(axis=side)).ravel()[ids]
                size = np.asarray(self.plain.sum(axis=side)).ravel()[ids]
                if side == axis:  # the pair's own edge leaves h and reaches t
                    total, size = total - own, size - seen
                columns += [total / (size + 2.0), np.log1p(np.maximum(size, 0))]
        out = np.asarray(self.plain.sum(axis=1)).ravel()[h]
        into = np.asarray(self.plain.sum(axis=0)).ravel()[t]
        two = (self.signed @ self.signed, self.plain @ self.plain)
        three = (
            self.signed @ self.signed.T @ self.signed,
            self.plain @ self.plain.T @ self.plain,
        )
        value, size = (np.asarray(w[h, t]).ravel() for w in two)
        columns += [value / (size + 1.0), np.log1p(size)]
        value, size = (np.asarray(w[h, t]).ravel() for w in three)
        # walks h -> x <- y -> t that use the pair's own edge: through y = h, through x = t, both
        value, size = value - own * (out + into - 1), size - seen * (out + into - 1)
        columns += [value / (np.maximum(size, 0) + 1.0), np.log1p(np.maximum(size, 0))]
        return np.stack(columns, axis=1)


def degree_signs(train: Triples) -> Any:
    """Return the signed-degree baseline: logistic regression on how often the source raises and the
    target is raised, and on both degrees; a function of heads and tails to the probability of +1."""
    from sklearn.linear_model import LogisticRegression

    counts = _Counts.of(train)
    columns = [0, 1, 4, 5]
    own = train.sign.astype(float)
    fitted = LogisticRegression(max_iter=1000).fit(
        counts.extra(train.heads, train.tails, own)[:, columns], train.sign > 0
    )

    def predict(heads: I64, tails: I64) -> F64:
        rows = counts.extra(heads, tails, np.zeros(len(heads)))[:, columns]
        return np.asarray(fitted.predict_proba(rows)[:, 1])

    return predict


def count_signs(train: Triples) -> Any:
    """Return the signed-degree baseline without a fit: whether what the source raises less what it lowers,
    plus the same of what reaches the target, is positive; the commoner sign on a draw."""
    most = float((train.sign > 0).mean() > 0.5)
    out, into = (
        np.bincount(ids, train.sign.astype(float), minlength=train.n)
        for ids in (train.heads, train.tails)
    )

    def predict(heads: I64, tails: I64) -> F64:
        total = out[heads] + into[tails]
        return np.where(total == 0, most, total > 0).astype(np.float64)

    return predict


@dataclass
class SignModel:
    """A fitted sign predictor; ``trees`` is None while the network alone is looked at."""

    networks: list[Any]
    trees: Any
    counts: _Counts
    train: Triples
    features: Any
    scale: tuple[F64, F64]
    epochs: int
    accuracy: float
    """on the part of the training pairs that was held back to choose the epochs"""
    notes: list[str] = field(default_factory=list)

    def predict(self, heads: ArrayLike, tails: ArrayLike) -> F64:
        """Return the probability that each head raises its tail, float64 ``[k]``."""
        import torch

        h, t = np.asarray(heads, np.int64), np.asarray(tails, np.int64)
        extra = self.counts.extra(h, t, np.zeros(len(h)))
        rows = torch.from_numpy(((extra - self.scale[0]) / self.scale[1]).astype(np.float32))
        edges = _tensors(self.train)
        total = np.zeros(len(h))
        for network in self.networks:
            network.eval()
            with torch.inference_mode():
                x = network.encode(self.features, *edges)
                logit = network(x, self.features, torch.from_numpy(h), torch.from_numpy(t), rows)
            total += torch.sigmoid(logit).double().numpy()
        mean = total / len(self.networks)
        if self.trees is None or not len(h):
            return np.asarray(mean)
        return np.asarray((1 - _TREES) * mean + _TREES * self.trees.predict_proba(extra)[:, 1])


def _tensors(triples: Triples) -> tuple[Any, Any, Any]:
    import torch

    return (
        torch.from_numpy(triples.heads), torch.from_numpy(triples.tails),
        torch.from_numpy(triples.sign.astype(np.float32)),
    )  # fmt: skip


def fit_signs(
    train: Triples,
    *,
    features: ArrayLike | None = None,
    dim: int = 24,
    epochs: int = 80,
    networks: int = 3,
    dropout: float = 0.4,
    lr: float = 0.01,
    decay: float = 1e-3,
    seed: int = 0,
) -> SignModel:
    """Fit a signed graph network and trees; a tenth of the pairs chooses for how many epochs.

    Args:
        train: signed edges; unsigned ones are left out.
        features: of the entities, ``[n, f]``, for instance hashed names; None has none.
        networks: fitted from different starts and averaged.

    Raises:
        DataError: too few edges, only one sign, features that are NaN.
    """
    import torch
    from sklearn.ensemble import ExtraTreesClassifier

    if len(set(train.sign[train.sign != 0].tolist())) < 2:
        raise DataError("all edges have one sign: there is nothing to learn")
    inner, held = cold_pairs(train, 0.1, seed)
    every = train.subset(train.sign != 0)
    given = np.zeros((train.n, 0)) if features is None else np.asarray(features, np.float64)
    if np.isnan(given).any():
        raise DataError("a feature is NaN", hint="Mask missing modalities instead.")
    table = torch.from_numpy(given.astype(np.float32))
    with torch.random.fork_rng():
        best, accuracy = epochs, 0.0
        if len(held):
            torch.manual_seed(seed)
            settings = (table, dim, epochs, dropout, lr, decay)
            best, accuracy = _choose(inner, held, *settings)
        found = []
        for i in range(networks):
            torch.manual_seed(seed * 1000 + i + 1)
            network, scale, counts = _run(every, table, dim, best, dropout, lr, decay)
            found.append(network)
    trees = ExtraTreesClassifier(300, min_samples_leaf=5, random_state=seed).fit(
        counts.extra(every.heads, every.tails, every.sign.astype(float)),
        every.sign > 0,
        sample_weight=every.belief,
    )
    return SignModel(found, trees, counts, every, table, scale, best, accuracy)


def _choose(
    inner: Triples,
    held: Triples,
    table: Any,
    dim: int,
    epochs: int,
    dropout: float,
    lr: float,
    decay: float,
) -> tuple[int, float]:
    scores: list[tuple[float, int]] = []

    def look(epoch: int, network: Any, counts: _Counts, scale: tuple[F64, F64]) -> None:
        if epoch % 5 == 0:
            p = SignModel([network], None, counts, inner, table, scale, epoch, 0.0).predict(
                held.heads, held.tails
            )
            scores.append((float(((p > 0.5) == (held.sign > 0)).mean()), -epoch))
            network.train()

    _run(inner, table, dim, epochs, dropout, lr, decay, look)
    best = max(scores)
    return -best[1], best[0]


def _run(
    train: Triples,
    table: Any,
    dim: int,
    epochs: int,
    dropout: float,
    lr: float,
    decay: float,
    look: Any = None,
) -> tuple[Any, tuple[F64, F64], _Counts]:
    import torch

    from discovery.embeddings.models.signed import SignedNetwork

    counts = _Counts.of(train)
    extra = counts.extra(train.heads, train.tails, train.sign.astype(float))
    scale = (extra.mean(axis=0), np.maximum(extra.std(axis=0), 1e-6))
    rows = torch.from_numpy(((extra - scale[0]) / scale[1]).astype(np.float32))
    h, t, sign = _tensors(train)
    weight = torch.from_numpy(train.belief.copy())
    network = SignedNetwork(train.n, table.shape[1], extra.shape[1], dim, dropout)
    optimizer = torch.optim.Adam(network.parameters(), lr=lr, weight_decay=decay)
    for epoch in range(1, epochs + 1):
        network.train()
        asked = torch.rand(len(h)) < 0.3
        seen = ~asked
        x = network.encode(table, h[seen], t[seen], sign[seen])
        logit = network(x, table, h[asked], t[asked], rows[asked])
        each = torch.nn.functional.binary_cross_entropy_with_logits(
            logit, (sign[asked] > 0).float(), reduction="none"
        )
        loss = (each * weight[asked]).sum() / weight[asked].sum().clamp_min(1e-9)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if look is not None:
            look(epoch, network, counts, scale)
    return network, scale, counts
