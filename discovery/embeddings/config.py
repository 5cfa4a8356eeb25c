"""How a model is trained: one record, the same on CPU and GPU, with presets by model's name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from graph.errors import UsageError

__all__ = ["PRESETS", "READS_FEATURES", "TrainConfig", "preset"]

READS_FEATURES = ("r-gcn", "compgcn", "hgt")
"""Models that read features of entities beside their edges."""

_CHOICES = {
    "loss": ("1vsall", "kvsall", "negatives"),
    "negative_kind": ("uniform", "typed", "hard"),
    "optimizer": ("adagrad", "adam"),
    "device": ("auto", "cpu", "cuda"),
    "precision": ("float32", "mixed"),
}


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides what is trained.

    Attributes:
        model: a name of :data:`PRESETS`, or any other model of PyKEEN as ``pykeen:NAME``.
        dim: size of an entity's embedding (numbers of a complex embedding count once).
        loss: ``1vsall`` softmax over all tails, ``kvsall`` one binary question per tail, or
            ``negatives``: softmax over the true tail and sampled ones.
        negatives: how many are sampled for each edge.
        negative_kind: of all entities; ``typed``: of the types the relation is seen with; ``hard``: those
            of a larger typed sample that the model scores highest.
        typed: softmax over the relation's types only (``1vsall``).
        n3: weight of the nuclear 3-norm (Lacroix et al. 2018, equation 6).
        relation_loss: weight of predicting the relation from both ends (Chen et al. 2021, equation 3).
        neighbours: in-edges kept per entity and layer of a graph network; 0 uses the whole graph.
        belief_weighted: weigh every edge's loss by its belief.
        every: epochs between validations; 0 validates only at the end.
        patience: validations without a better MRR before it stops; 0 never stops early.
        precision: ``mixed`` is bfloat16 where the device has it.
        options: what the model itself takes.
    """

    model: str = "complex"
    dim: int = 64
    epochs: int = 60
    batch: int = 512
    lr: float = 0.1
    optimizer: str = "adagrad"
    loss: str = "1vsall"
    negatives: int = 32
    negative_kind: str = "typed"
    typed: bool = False
    n3: float = 0.0
    relation_loss: float = 0.0
    smoothing: float = 0.0
    dropout: float = 0.0
    layers: int = 2
    neighbours: int = 0
    belief_weighted: bool = True
    every: int = 5
    patience: int = 4
    seed: int = 0
    device: str = "auto"
    precision: str = "float32"
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise UsageError(
                    f"{name} must be one of {', '.join(allowed)}, not {getattr(self, name)!r}"
                )
        for name in ("dim", "epochs", "batch", "negatives", "layers"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1, not {getattr(self, name)}")
        for name in ("lr", "n3", "relation_loss", "smoothing", "dropout", "every", "patience"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise UsageError(f"{name} must be 0 or more, not {value}")
        if self.smoothing >= 1 or self.dropout >= 1:
            raise UsageError("smoothing and dropout must be below 1")

    def to_json(self) -> dict[str, Any]:
        """Plain data; :meth:`of` reads it back."""
        return asdict(self) | {"options": dict(self.options)}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> TrainConfig:
        """Return the configuration of plain data.

        Raises:
            UsageError: a name or value is unknown.
        """
        known = {f.name for f in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise UsageError(
                f"unknown training settings: {', '.join(unknown)}",
                hint=f"There are {', '.join(sorted(known))}.",
            )
        return cls(**values)


_BILINEAR: dict[str, Any] = {
    "dim": 128, "lr": 0.1, "n3": 0.01, "relation_loss": 0.25, "epochs": 100, "batch": 256,
}  # fmt: skip
_DISTANCE: dict[str, Any] = {
    "dim": 64, "lr": 0.005, "optimizer": "adam", "loss": "negatives", "negatives": 64, "epochs": 100,
}  # fmt: skip
_GRAPH: dict[str, Any] = {
    "dim": 32, "lr": 0.01, "optimizer": "adam", "epochs": 40, "batch": 1024, "dropout": 0.2,
}  # fmt: skip

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "transe": _DISTANCE,
    "rotate": _DISTANCE,
    "complex": _BILINEAR,
    "distmult": _BILINEAR,
    "tucker": {
        "dim": 48, "lr": 0.003, "optimizer": "adam", "loss": "kvsall", "smoothing": 0.1,
        "epochs": 150, "batch": 128,
    },
    "nodepiece": _GRAPH | {"loss": "negatives", "dropout": 0.0},
    "r-gcn": _GRAPH,
    "compgcn": _GRAPH,
    "hgt": _GRAPH,
    "nbfnet": {
        "dim": 16, "lr": 0.005, "optimizer": "adam", "epochs": 10, "batch": 32, "layers": 3,
    },
}  # fmt: skip
"""What each model starts from. The bilinear ones were tuned on validation parts only
(``benchmarks/embeddings_models.py``); the others are starting points."""


def preset(model: str, **changes: Any) -> TrainConfig:
    """Return the preset of a model with some settings changed.

    Raises:
        UsageError: an unknown model or setting.
    """
    if model not in PRESETS and not model.startswith("pykeen:"):
        raise UsageError(
            f"there is no model '{model}'",
            hint=f"There are {', '.join(PRESETS)}, and any other of PyKEEN's as pykeen:NAME.",
        )
    start = TrainConfig(model=model, **PRESETS.get(model, _DISTANCE))
    return replace(TrainConfig.of(start.to_json() | changes), model=model)
