"""The relation models: linear first stages over hashed features, boosted trees behind them.

Only NumPy at run time. The file ``relations.npz`` holds arrays and text, no pickles.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from graph.errors import InputError
from ingest.models.packaged import pack_text, packaged, unpack_text, where_packaged
from ingest.relations.hierarchy import Hierarchy
from ingest.relations.meetings import MEETINGS
from ingest.relations.pair_features import BITS, DENSE
from ingest.relations.second import Priors

__all__ = ["FILE", "FORMAT", "Linear", "Platt", "RelationModel", "Trees", "bundled"]

FILE = "relations.npz"
FORMAT = "etiograph-relations-2"
_WHOLE = 4
_SIZE = len(DENSE) + len(MEETINGS)
_DAMAGE = (OSError, EOFError, ValueError, KeyError, IndexError, TypeError, zipfile.BadZipFile,
           zlib.error)  # fmt: skip

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Linear:
    """Linear scores over hashed features, one column per question.

    Args:
        columns: their names.
        weights: shape (2 ** BITS, columns), float32.
        bias: shape (columns,).
    """

    def __init__(
        self, columns: Sequence[str], weights: npt.NDArray[np.float32], bias: Floats
    ) -> None:
        self.columns = tuple(columns)
        self.weights = weights
        self.bias = bias

    def __call__(self, rows: Sequence[Ints]) -> Floats:
        """Return the scores (log odds) of rows of feature numbers, none empty, shape (rows, columns)."""
        if not rows:
            return np.zeros((0, len(self.columns)))
        starts = np.cumsum([0, *(len(r) for r in rows[:-1])])
        picked = self.weights[np.concatenate(rows)].astype(np.float64)
        total: Floats = np.add.reduceat(picked, starts, axis=0)
        return total + self.bias


@dataclass(frozen=True, slots=True)
class Trees:
    """Gradient-boosted regression trees (Friedman 2001) as flat arrays.

    A node sends a row left if ``x[feature] <= threshold``; a leaf is its own child. ``roots`` is the
    first node of each tree, ``outputs`` the score that it adds to, ``baseline`` what they start from.
    """

    feature: npt.NDArray[np.int16]
    threshold: Floats
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    value: Floats
    roots: npt.NDArray[np.int32]
    outputs: npt.NDArray[np.int16]
    baseline: Floats
    depth: int = field(init=False, default=0)
    child: npt.NDArray[np.int32] = field(init=False, repr=False, compare=False)
    """where node n sends a row: left at 2 n, right at 2 n + 1"""

    def __post_init__(self) -> None:
        levels = np.zeros(len(self.left), dtype=np.int64)
        for node in range(len(self.left)):  # children come after their parents
            for child in (self.left[node], self.right[node]):
                if child != node:
                    if child <= node:
                        raise ValueError("a tree whose children do not follow their parents")
                    levels[child] = levels[node] + 1
        object.__setattr__(self, "depth", int(levels.max(initial=0)))
        object.__setattr__(self, "child", np.stack([self.left, self.right], axis=1).ravel())

    def __call__(self, x: Floats) -> Floats:
        """Return the raw scores, shape (rows, outputs)."""
        size = len(x)
        result = np.tile(self.baseline, (size, 1))
        if not size or not len(self.roots):
            return result
        flat = np.ascontiguousarray(x).ravel()
        start = np.repeat(np.arange(size) * x.shape[1], len(self.roots))
        nodes = now = np.tile(self.roots, size)
        going = np.arange(len(nodes))
        for level in range(self.depth):
            right = flat.take(start + self.feature.take(now)) > self.threshold.take(now)
            now = self.child.take(2 * now + right)
            if level < _WHOLE and level < self.depth - 1:
                continue  # few have come to a leaf: go on with all
            nodes[going] = now
            further = np.flatnonzero(self.child.take(2 * now) != now)
            going, now, start = going[further], now[further], start[further]
        values = self.value.take(nodes).reshape(size, len(self.roots))
        for output in range(len(self.baseline)):
            result[:, output] += values[:, self.outputs == output].sum(axis=1)
        return result


@dataclass(frozen=True, slots=True)
class Platt:
    """Calibration of a score by a logistic curve (Platt 1999): 1 / (1 + exp(-(slope x + offset)))."""

    slope: float = 1.0
    offset: float = 0.0

    def __call__(self, scores: Floats) -> Floats:
        """Return probabilities."""
        z = np.clip(self.slope * scores + self.offset, -30, 30)
        result: Floats = 1.0 / (1.0 + np.exp(-z))
        return result


@dataclass(slots=True)
class RelationModel:
    """All relation models.

    ``second`` and ``calibration`` by task (``cid``, ``pair``, ``type``, ``sign``, ``molecular``);
    ``thresholds`` are probabilities, from which on a relation is reported; ``priors`` are counts of
    chemical-induces-disease relations in the training documents.
    """

    linear: Linear
    second: dict[str, Trees]
    calibration: dict[str, Platt]
    thresholds: dict[str, float]
    priors: Priors
    trees: Hierarchy
    version: str = ""

    def column(self, name: str) -> int:
        """Return the number of a column of the first stage."""
        return self.linear.columns.index(name)

    def save(self, path: Path) -> None:
        """Write the model, the same bytes for the same model."""
        header = {
            "format": FORMAT, "bits": BITS, "dense": _SIZE,
            "columns": list(self.linear.columns),
            "calibration": {k: [p.slope, p.offset] for k, p in sorted(self.calibration.items())},
            "thresholds": dict(sorted(self.thresholds.items())),
            "rate": self.priors.rate, "tasks": sorted(self.second),
        }  # fmt: skip
        arrays: dict[str, npt.NDArray[np.generic]] = {
            "header": pack_text(json.dumps(header, sort_keys=True)),
            "priors": pack_text(str(self.priors)),
            "trees": pack_text(str(self.trees)),
            "bias": self.linear.bias,
        }
        for number in range(len(self.linear.columns)):
            weights = self.linear.weights[:, number].astype(np.float16)
            rows = np.flatnonzero(weights)
            arrays[f"rows.{number}"] = np.diff(rows, prepend=0).astype(np.int32)
            arrays[f"weights.{number}"] = weights[rows]
        for name, trees in sorted(self.second.items()):
            for part in _TREE_PARTS:
                arrays[f"{name}.{part}"] = getattr(trees, part)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        path.write_bytes(buffer.getvalue())

    @classmethod
    def load(cls, data: bytes, *, name: str = "<model>") -> RelationModel:
        """Read a model from the bytes of its file.

        Raises:
            InputError: if it is damaged or of another format.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                header = json.loads(unpack_text(arrays["header"]))
                wanted = (FORMAT, BITS, _SIZE)
                if (header.get("format"), header.get("bits"), header.get("dense")) != wanted:
                    raise InputError(
                        f"a model of format {header.get('format')!r}, not {FORMAT!r}", where=name,
                        hint="Train it again: python -m ingest.models.train --data DIR --part relations.",
                    )  # fmt: skip
                columns = header["columns"]
                weights = np.zeros((1 << BITS, len(columns)), dtype=np.float32)
                for number in range(len(columns)):
                    rows = np.cumsum(arrays[f"rows.{number}"].astype(np.int64))
                    weights[rows, number] = arrays[f"weights.{number}"]
                second = {
                    task: Trees(*(arrays[f"{task}.{part}"] for part in _TREE_PARTS))
                    for task in header["tasks"]
                }
                return cls(
                    Linear(columns, weights, arrays["bias"]),
                    second,
                    {k: Platt(*v) for k, v in header["calibration"].items()},
                    header["thresholds"],
                    Priors.parse(unpack_text(arrays["priors"]), header["rate"]),
                    Hierarchy.parse(unpack_text(arrays["trees"])),
                    hashlib.sha256(data).hexdigest()[:12],
                )
        except _DAMAGE as error:
            raise InputError(f"the model is damaged: {error}", where=name) from error


_TREE_PARTS = (
    "feature", "threshold", "left", "right", "value", "roots", "outputs", "baseline",
)  # fmt: skip


@functools.lru_cache(maxsize=1)
def bundled() -> RelationModel:
    """Return the model that comes with the package, read once per process.

    Raises:
        InputError: if the installed file is damaged or missing.
    """
    return RelationModel.load(
        packaged(FILE, "the trained model", "relations"), name=where_packaged(FILE)
    )
