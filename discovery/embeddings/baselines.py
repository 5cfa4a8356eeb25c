"""What needs no learning, and must be beaten: degrees, common neighbours, the nearest neighbour."""

from __future__ import annotations

from typing import Any

import numpy as np

from discovery.embeddings.features import Features
from discovery.embeddings.triples import F64, I64, Triples

__all__ = ["MatrixScorer", "common_neighbours", "degree_product", "nearest_neighbour"]


class MatrixScorer:
    """A scorer given by how it scores all tails, and all heads, of some queries.

    ``tails(heads, relation)`` and ``heads(tails, relation)`` return arrays ``[queries, entities]``.
    """

    def __init__(self, n: int, tails: Any, heads: Any, name: str) -> None:
        self._n, self._tails, self._heads, self.name = n, tails, heads, name

    def score(self, heads: I64, relations: I64, tails: I64) -> F64:
        """Return the score of each triple, float64 ``[n]``."""
        found = np.zeros(len(heads))
        for relation in np.unique(relations):
            mine = np.flatnonzero(relations == relation)
            start, place = np.unique(heads[mine], return_inverse=True)
            for first in range(0, len(start), 128):
                rows = self._tails(start[first : first + 128], int(relation))
                here = (place >= first) & (place < first + 128)
                found[mine[here]] = rows[place[here] - first, tails[mine[here]]]
        return found

    def score_tails(self, heads: I64, relations: I64) -> F64:
        """Return the score of every entity as tail, float64 ``[n, entities]``."""
        return self._all(self._tails, heads, relations)

    def score_heads(self, relations: I64, tails: I64) -> F64:
        """Return the score of every entity as head, float64 ``[n, entities]``."""
        return self._all(self._heads, tails, relations)

    def _all(self, rows: Any, ids: I64, relations: I64) -> F64:
        found = np.zeros((len(ids), self._n))
        for relation in np.unique(relations):
            mine = np.flatnonzero(relations == relation)
            found[mine] = rows(ids[mine], int(relation))
        return found


def degree_product(
    train: Triples, valid: Triples | None = None, features: Features | None = None, seed: int = 0
) -> MatrixScorer:
    """Score by the degrees of both ends: those of the relation, and less so all.

    The score is the logarithm of the product of one plus the relation's degrees, and a thousandth of
    the same of all degrees, which orders what the relation has never seen.
    """
    out, into = train.degrees()
    every = np.log1p(out + into) / 1000
    table = {}
    for side, ids in (("head", train.heads), ("tail", train.tails)):
        counts = np.bincount(train.edges_relation * train.n + ids, minlength=train.r * train.n)
        table[side] = np.log1p(counts).reshape(train.r, train.n) + every

    def tails(heads: I64, relation: int) -> F64:
        return np.asarray(table["head"][relation][heads][:, None] + table["tail"][relation])

    def heads(ends: I64, relation: int) -> F64:
        return np.asarray(table["tail"][relation][ends][:, None] + table["head"][relation])

    return MatrixScorer(train.n, tails, heads, "degree")


def _incidence(train: Triples, *, by_relation: bool) -> Any:
    """Return who is next to whom, sparse ``[n, n]``, or ``[n, 2 * relations * n]`` by step."""
    from scipy import sparse

    n, r = train.n, train.r
    step = train.edges_relation if by_relation else np.zeros(len(train), np.int64)
    back = step + r if by_relation else step
    rows = np.concatenate([train.heads, train.tails])
    columns = np.concatenate([step * n + train.tails, back * n + train.heads])
    shape = (n, 2 * r * n if by_relation else n)
    found = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)
    found.data[:] = 1
    return found


def common_neighbours(
    train: Triples, valid: Triples | None = None, features: Features | None = None, seed: int = 0
) -> MatrixScorer:
    """Score by common neighbours, each worth one over the logarithm of its degree.

    Source: Adamic & Adar 2003, *Friends and neighbors on the Web*. Relations and directions are not
    told apart.
    """
    from scipy import sparse

    near = _incidence(train, by_relation=False)
    degree = np.maximum(np.diff(near.indptr), 2)
    weighed = (near @ sparse.diags((1 / np.log(degree)).astype(np.float32))).tocsr()

    def rows(ids: I64, relation: int) -> F64:
        return np.asarray((weighed[ids] @ near).toarray(), np.float64)

    return MatrixScorer(train.n, rows, rows, "common-neighbours")


def nearest_neighbour(
    train: Triples, valid: Triples | None = None, features: Features | None = None, seed: int = 0
) -> MatrixScorer:
    """Score by what similar heads lead to, and what similar tails are led to from.

    Two entities are as similar as the cosine of their neighbourhoods, by relation and direction; where
    there are ``features``, the mean of this and the cosine of those.
    """
    from scipy import sparse

    sides = _incidence(train, by_relation=True)
    length = np.sqrt(np.maximum(np.diff(sides.indptr), 1))
    profile = (sparse.diags((1 / length).astype(np.float32)) @ sides).tocsr()
    back = profile.T.tocsr()
    x = None
    if features is not None and features.x.shape[1]:
        norm = np.linalg.norm(features.x, axis=1, keepdims=True)
        x = np.divide(features.x, norm, out=np.zeros_like(features.x), where=norm > 0)
    n = train.n
    matrices = []
    for relation in range(train.r):
        mine = train.edges_relation == relation
        ones = np.ones(int(mine.sum()), np.float32)
        one = sparse.csr_matrix((ones, (train.heads[mine], train.tails[mine])), shape=(n, n))
        one.data[:] = 1
        matrices.append((one, one.T.tocsr()))

    def like(ids: I64) -> Any:
        found = (profile[ids] @ back).toarray()
        if x is not None:
            found = (found + x[ids] @ x.T) / 2
        found[np.arange(len(ids)), ids] = 0  # an entity is no neighbour of itself
        return found

    def rows(ids: I64, relation: int, way: int) -> F64:
        forward, backward = matrices[relation][way], matrices[relation][1 - way]
        alike = np.asarray((forward.T @ like(ids).T).T)
        ends = forward[ids]
        used = np.unique(ends.indices)
        if len(used):
            alike += np.asarray(ends[:, used] @ like(used))
        size = np.sqrt(1 + np.diff(backward.indptr)), np.sqrt(1 + np.diff(ends.indptr))
        return np.asarray(alike / size[0] / size[1][:, None], np.float64)

    return MatrixScorer(
        n, lambda h, r: rows(h, r, 0), lambda t, r: rows(t, r, 1), "nearest-neighbour"
    )
