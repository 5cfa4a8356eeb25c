"""The model of trial results: increased, decreased or no difference, for one question and sentence.

Multinomial logistic regression over :mod:`ingest.models.claim_features`, with a temperature; learned
from Evidence Inference (see the card ``trials.md``). Needs numpy only.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from graph.errors import InputError
from ingest.models.claim_features import Question, features

__all__ = ["FILE", "OUTCOMES", "TrialModel"]

FILE = "trials.npz"
OUTCOMES: tuple[str, ...] = ("no difference", "increased", "decreased")
_FORMAT = "etiograph-trials-1"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TrialModel:
    """Weights of the classes by feature.

    ``names`` maps a feature to its row in ``weights`` (features x 3), ``bias`` has one entry per
    class; the scores are divided by ``temperature``.
    """

    names: Mapping[str, int]
    weights: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    temperature: float = 1.0

    def predict(self, text: str, question: Question) -> Floats:
        """Return the probabilities of :data:`OUTCOMES` for a sentence, shape (3,)."""
        return self.of_features(features(text, question))

    def of_features(self, found: Mapping[str, float]) -> Floats:
        """Return the probabilities for features by name, those unknown passed over."""
        scores = self.bias.astype(np.float64)
        for name in sorted(found):
            row = self.names.get(name)
            if row is not None:
                scores = scores + found[name] * self.weights[row]
        scores = scores / self.temperature
        odds = np.exp(scores - scores.max())
        return np.asarray(odds / odds.sum(), dtype=np.float64)

    def save(self, path: Path) -> None:
        """Write the model; the same model gives the same bytes."""
        ordered = sorted(self.names, key=lambda n: self.names[n])
        blob = np.frombuffer("\n".join(ordered).encode("utf-8"), dtype=np.uint8)
        with path.open("wb") as file:
            np.savez_compressed(
                file, format=np.array(_FORMAT), names=blob, weights=self.weights, bias=self.bias,
                temperature=np.array(self.temperature),
            )  # fmt: skip

    @classmethod
    def load(cls, path: Path | None = None) -> TrialModel:
        """Read a model, without a path the one that comes with the package.

        Raises:
            InputError: if the file is missing or of another format.
        """
        return _load(path or Path(__file__).parent / "files" / FILE)


@functools.lru_cache(maxsize=4)
def _load(path: Path) -> TrialModel:
    if not path.exists():
        raise InputError(
            "there is no model of trial results", where=str(path),
            hint="Train it: python -m ingest.models.train --data DIR --part claims",
        )  # fmt: skip
    with np.load(path, allow_pickle=False) as file:
        if str(file["format"]) != _FORMAT:
            raise InputError("not a model of trial results of this version", where=str(path))
        names = file["names"].tobytes().decode("utf-8").split("\n")
        return TrialModel(
            {name: row for row, name in enumerate(names)},
            file["weights"], file["bias"], float(file["temperature"]),
        )  # fmt: skip
