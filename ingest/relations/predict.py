"""Probabilities of relations for the candidate pairs of a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingest.models.relation_model import RelationModel
from ingest.relations.hierarchy import Hierarchy
from ingest.relations.meetings import meetings
from ingest.relations.pair_features import DENSE, PAIR_KINDS, PairFeatures
from ingest.relations.second import context, triangles
from ingest.relations.view import View

__all__ = [
    "EFFECTS", "FIRST", "TYPES", "Candidates", "Prediction", "candidates", "cid_inputs",
    "pair_inputs", "predict", "signs",
]  # fmt: skip

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

TYPES = ("Association", "Positive_Correlation", "Negative_Correlation", "Bind", "Other")
"""relations of BioRED; the rare ones (Cotreatment, Comparison, Drug_Interaction, Conversion) together"""
EFFECTS = (
    "decreases activity", "increases activity", "decreases amount", "increases amount",
    "binds", "other",
)  # fmt: skip
"""what a chemical does to a gene or protein: the types of DrugProt, grouped"""
FIRST = ("cid", "pair", *TYPES, "sign", "x-cid", *EFFECTS)
"""columns of the first stage; ``x-cid`` is ``cid`` learned without the abstracts of BioRED"""
_KINDS = frozenset(PAIR_KINDS)
_SKIP = 0.03
_TOGETHER = DENSE.index("together")
"""probability of the first stage, below which a pair is not looked at again"""


@dataclass(slots=True)
class Candidates:
    """The candidate pairs of a document with their features; ``disease`` are the rows of pairs of a
    chemical and a disease, ``opposed`` those where patterns read nothing but the second entity acting on
    the first (:meth:`~ingest.relations.claimed.Claims.against`)."""

    view: View
    mesh: list[str]
    pairs: list[tuple[int, int]]
    sparse: list[Ints]
    dense: Floats
    disease: Ints
    opposed: Bools

    def ids(self, rows: Ints) -> list[tuple[str, str]]:
        """MeSH ids of the entities of some pairs."""
        return [(self.mesh[self.pairs[r][0]], self.mesh[self.pairs[r][1]]) for r in rows]


@dataclass(slots=True)
class Prediction:
    """Probabilities, one row for each candidate pair: ``cid`` that the chemical induces the disease,
    ``pair`` that the two are related at all, ``types`` which relation if so (columns :data:`TYPES`),
    ``sign`` that it is
    positive if signed, ``effects`` what a chemical does to a gene (columns: nothing, then :data:`EFFECTS`)."""

    candidates: Candidates
    cid: Floats
    pair: Floats
    types: Floats
    sign: Floats
    effects: Floats


def candidates(
    view: View, trees: Hierarchy, mesh: Sequence[str], kinds: frozenset[str] = _KINDS
) -> Candidates:
    """Return the candidate pairs of a document.

    Args:
        view: the document.
        trees: MeSH tree numbers.
        mesh: number of an entity -> its MeSH id, empty if unknown.
        kinds: which kinds of pairs.
    """
    features = PairFeatures(view, trees, list(mesh))
    pairs = view.pairs(kinds)
    made = [features.pair(a, b) for a, b in pairs]
    dense = np.array([d for _, d in made], dtype=np.float64).reshape(len(pairs), len(DENSE))
    dense = np.hstack([dense, meetings(view, pairs, features.claims)])
    disease = [
        n for n, (a, b) in enumerate(pairs)
        if view.entities[a].kind == "C" and view.entities[b].kind == "D"
    ]  # fmt: skip
    return Candidates(
        view, list(mesh), pairs, [s for s, _ in made], dense, np.array(disease, dtype=np.int64),
        np.array([features.claims.against(view, a, b) for a, b in pairs], dtype=np.bool_),
    )  # fmt: skip


def cid_inputs(found: Candidates, scores: Floats, trees: Hierarchy, priors: Floats) -> Floats:
    """Return what the second stage of ``cid`` sees: rows are the chemical-disease pairs, ``scores``
    theirs of the first stage."""
    rows = found.disease
    stacked = context(found.view, [found.pairs[r] for r in rows], scores, trees, found.mesh)
    return np.hstack([found.dense[rows], stacked, priors])


def pair_inputs(found: Candidates, first: Floats, trees: Hierarchy) -> Floats:
    """Return what the second stages of ``pair``, ``type``, ``sign`` and ``molecular`` see.

    Args:
        found: the pairs.
        first: scores of the first stage, columns :data:`FIRST`.
        trees: MeSH tree numbers.
    """
    stacked = context(found.view, found.pairs, first[:, 1], trees, found.mesh)
    corners = triangles(found.view, found.pairs, first[:, 1])
    return np.hstack([found.dense, stacked, corners, first[:, 2:]])


def predict(model: RelationModel, found: Candidates) -> Prediction:
    """Return probabilities for all candidate pairs."""
    size = len(found.pairs)
    cid, pair, sign = np.zeros(size), np.zeros(size), np.full(size, 0.5)
    types = np.zeros((size, len(TYPES)))
    effects = np.zeros((size, 1 + len(EFFECTS)))
    types[:, 0] = 1.0
    effects[:, 0] = 1.0
    result = Prediction(found, cid, pair, types, sign, effects)
    if not size:
        return result
    first = model.linear(found.sparse)
    rows = found.disease
    if len(rows):
        inputs = cid_inputs(
            found, first[rows, 0], model.trees, model.priors.features(found.ids(rows))
        )
        keep = np.flatnonzero(_sigmoid(first[rows, 0]) >= _SKIP)
        raw = model.second["cid"](inputs[keep])[:, 0]
        cid[rows[keep]] = model.calibration["cid"](raw)
        cid[found.opposed] = 0.0
    inputs = pair_inputs(found, first, model.trees)
    keep = np.flatnonzero(_sigmoid(first[:, 1]) >= _SKIP)
    pair[keep] = model.calibration["pair"](model.second["pair"](inputs[keep])[:, 0])
    likely = np.flatnonzero(pair >= min(model.thresholds["pair"], 0.1))
    if len(likely):
        types[likely], sign[likely] = _typed(model, inputs[likely])
    genes = np.array(
        [
            n for n in likely.tolist()
            if found.view.entities[found.pairs[n][0]].kind == "C"
            and found.view.entities[found.pairs[n][1]].kind == "G"
            and found.dense[n, _TOGETHER] > 0
            and not found.opposed[n]
        ],
        dtype=np.int64,
    )  # fmt: skip
    if len(genes):
        effects[genes] = _softmax(model.second["molecular"](inputs[genes]))
    return result


def _typed(model: RelationModel, inputs: Floats) -> tuple[Floats, Floats]:
    """Probabilities of the types, and of a positive sign, given that a pair is related."""
    types = _softmax(model.second["type"](inputs))
    signed = types[:, 1] + types[:, 2]
    sign = model.calibration["sign"](model.second["sign"](inputs)[:, 0])
    up = 0.5 * (types[:, 1] / np.maximum(signed, 1e-12) + sign)
    types[:, 1], types[:, 2] = signed * up, signed * (1 - up)
    return types, up


def signs(model: RelationModel, found: Candidates) -> Floats:
    """Return the probability of a positive sign for all pairs, as if they were related."""
    if not found.pairs:
        return np.zeros(0)
    first = model.linear(found.sparse)
    return _typed(model, pair_inputs(found, first, model.trees))[1]


def _sigmoid(x: Floats) -> Floats:
    result: Floats = 1.0 / (1.0 + np.exp(-np.clip(x, -30, 30)))
    return result


def _softmax(x: Floats) -> Floats:
    z = np.exp(x - x.max(axis=1, keepdims=True))
    result: Floats = z / z.sum(axis=1, keepdims=True)
    return result
