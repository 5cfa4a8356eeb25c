"""The combination of criteria of the direction of a pair: a small network, odd in the criteria.

With criteria d (their sign changes when the columns are exchanged) and context c (unchanged), the log odds of
x -> y are the mean over members of f(d, c) - f(-d, c): exchanging the columns changes exactly the sign. The
weights are in ``pair_model.json``, how they came about in ``pair_model.md``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discovery.functional.pair_features import CONTEXT, CRITERIA
from graph.errors import DataError

__all__ = ["PairModel", "shipped_model"]

Floats = NDArray[np.float64]

Layer = tuple[Floats, Floats, Floats, Floats]
"""weights of the criteria [k, h], of the context [m, h], offsets [h], output weights [h]"""


@dataclass(frozen=True)
class PairModel:
    """Scales of the inputs and the members of the network.

    Attributes:
        scale: [k], typical size of each criterion.
        middle, spread: [m], of the context.
        members: weights of each network.
        temperature: by which log odds are divided so that they are calibrated.
        discrete: [3], weights of the inputs of :mod:`discovery.functional.pair_discrete` for categories.
    """

    scale: Floats
    middle: Floats
    spread: Floats
    members: tuple[Layer, ...]
    temperature: float
    discrete: Floats

    def inputs(self, criteria: Floats, context: Floats) -> tuple[Floats, Floats]:
        """Return the inputs of the network, [n, k] and [n, m]: bounded and of like size."""
        d = np.arcsinh(criteria / self.scale)
        c = np.clip((context - self.middle) / self.spread, -2.5, 2.5)
        return np.asarray(d), np.asarray(c)

    def log_odds(self, criteria: Floats, context: Floats) -> Floats:
        """Return the calibrated log odds of x -> y, [n], for criteria [n, k] and context [n, m]."""
        d, c = self.inputs(criteria, context)
        total = np.zeros(len(d))
        for a, b, offset, out in self.members:
            base = c @ b + offset
            total += (np.tanh(d @ a + base) - np.tanh(base - d @ a)) @ out
        return np.asarray(total / len(self.members) / self.temperature)

    def of(self, criteria: Mapping[str, float], context: Mapping[str, float]) -> float:
        """Return the log odds for one pair."""
        d = np.array([[criteria[name] for name in CRITERIA]])
        c = np.array([[context[name] for name in CONTEXT]])
        return float(self.log_odds(d, c)[0])

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data that :meth:`from_json` reads; five digits are enough."""

        def digits(x: Floats) -> Any:
            return json.loads(
                json.dumps(x.tolist()), parse_float=lambda t: float(f"{float(t):.5g}")
            )

        return {
            "criteria": list(CRITERIA),
            "context": list(CONTEXT),
            "scale": digits(self.scale),
            "middle": digits(self.middle),
            "spread": digits(self.spread),
            "members": [[digits(part) for part in member] for member in self.members],
            "temperature": round(self.temperature, 4),
            "discrete": digits(self.discrete),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], *, where: str | None = None) -> PairModel:
        """Read what :meth:`to_json` wrote.

        Raises:
            DataError: if it is for other criteria.
        """
        if data.get("criteria") != list(CRITERIA) or data.get("context") != list(CONTEXT):
            raise DataError(
                "the model of pair directions is for other criteria",
                where=where,
                hint="Train it again: python -m discovery.functional.train_pairs",
            )

        def array(x: Any) -> Floats:
            return np.asarray(x, dtype=np.float64)

        members = tuple(
            (array(a), array(b), array(offset), array(out)) for a, b, offset, out in data["members"]
        )
        return cls(
            array(data["scale"]), array(data["middle"]), array(data["spread"]), members,
            float(data["temperature"]), array(data["discrete"]),
        )  # fmt: skip


@lru_cache(maxsize=1)
def shipped_model() -> PairModel:
    """Return the model that comes with the package."""
    path = resources.files("discovery.functional") / "pair_model.json"
    return PairModel.from_json(json.loads(path.read_text(encoding="utf-8")), where=str(path))
