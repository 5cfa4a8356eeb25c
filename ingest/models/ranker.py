"""Which candidate a mention means: a small network over features, with one more outcome, "none of them".

For the candidates x_1 ... x_n of a mention, s_i = v . tanh(W z(x_i) + b) with z the standardised features,
and the probability that it means candidate i is exp(s_i) / (exp(t) + sum_j exp(s_j)): a conditional logit
model (McFadden 1974) whose utility is a network of one hidden layer, and t the utility of "none". Learned
by AdamW (Loshchilov and Hutter 2019) on the likelihood of the annotated candidates.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from graph.errors import InputError

__all__ = ["FILE", "Example", "Network", "Ranker", "fit"]

FILE = "linker.npz"
_FORMAT = 1

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """A mention: the features of its candidates, shape (candidates, features), and which are right."""

    features: Floats
    right: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Network:
    """Parameters of one group: ``hidden`` (features, units), ``bias`` (units,), ``out`` (units,),
    ``none`` the utility of no candidate; ``mean`` and ``scale`` standardise the features. Several
    networks are held as one of more units, their utilities averaged."""

    mean: Floats
    scale: Floats
    hidden: Floats
    bias: Floats
    out: Floats
    none: float

    def utilities(self, features: Floats) -> Floats:
        """Return the utility of each row."""
        found: Floats = (
            np.tanh(((features - self.mean) / self.scale) @ self.hidden + self.bias) @ self.out
        )
        return found

    def probabilities(self, features: Floats) -> Floats:
        """Return the probability of each row of one mention's candidates; they sum to less than 1."""
        scores = self.utilities(features)
        top = max(float(scores.max(initial=self.none)), self.none)
        parts = np.exp(scores - top)
        found: Floats = parts / (parts.sum() + np.exp(self.none - top))
        return found


@dataclass(frozen=True, slots=True)
class Ranker:
    """The networks of groups, and ``rates``: how often what was chosen without a network was right,
    by group and way of choosing."""

    networks: Mapping[str, Network]
    rates: Mapping[str, float]

    def save(self, path: Path, features: Sequence[str]) -> None:
        """Write it; the same bytes for the same parameters."""
        arrays: dict[str, npt.NDArray[np.generic]] = {}
        for group, net in sorted(self.networks.items()):
            for name in ("mean", "scale", "hidden", "bias", "out"):
                arrays[f"{group}/{name}"] = getattr(net, name).astype(np.float32)
            arrays[f"{group}/none"] = np.array(net.none, dtype=np.float32)
        about = {"format": _FORMAT, "features": list(features), "rates": dict(sorted(self.rates.items()))}  # fmt: skip
        arrays["about"] = np.frombuffer(json.dumps(about).encode("utf-8"), dtype=np.uint8)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, array in arrays.items():
                buffer = io.BytesIO()
                np.save(buffer, array, allow_pickle=False)
                # a fixed time, so that the same arrays give the same bytes
                entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, buffer.getvalue())

    @classmethod
    def load(cls, data: bytes, features: Sequence[str], *, name: str = "<ranker>") -> Ranker:
        """Read what :meth:`save` wrote.

        Raises:
            InputError: if it is damaged or made for other features.
        """
        hint = "Train it: python -m ingest.models.train --data DIR --part linking."
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as stored:
                arrays = {key: stored[key] for key in stored.files}
            about = json.loads(arrays.pop("about").tobytes().decode("utf-8"))
            groups = sorted({key.partition("/")[0] for key in arrays})
            networks = {
                group: Network(
                    arrays[f"{group}/mean"],
                    arrays[f"{group}/scale"],
                    arrays[f"{group}/hidden"],
                    arrays[f"{group}/bias"],
                    arrays[f"{group}/out"],
                    float(arrays[f"{group}/none"]),
                )
                for group in groups
            }
            fits = about["format"] == _FORMAT and about["features"] == list(features)
            rates = {str(k): float(v) for k, v in about["rates"].items()}
        except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise InputError(
                f"the linker's ranker is damaged: {error}", where=name, hint=hint
            ) from error
        if not fits:
            raise InputError(
                "the linker's ranker was trained for other features", where=name, hint=hint
            )
        return cls(networks, rates)


def fit(
    examples: Sequence[Example],
    *,
    units: int = 24,
    epochs: int = 30,
    seeds: Sequence[int] = (0, 1, 2),
) -> Network:
    """Learn a network from mentions; those without a candidate are passed over.

    Args:
        examples: the mentions.
        units: hidden units of each of the networks that are averaged.
        epochs: how often each mention is seen.
        seeds: one network each.
    """
    kept = [e for e in examples if len(e.features)]
    flat = np.concatenate([e.features for e in kept])
    mean, scale = flat.mean(axis=0), flat.std(axis=0) + np.float32(1e-3)
    width = max(len(e.features) for e in kept)
    shape = (len(kept), width, flat.shape[1])
    x = np.zeros(shape, dtype=np.float32)
    there = np.zeros((len(kept), width + 1), dtype=bool)
    right = np.zeros((len(kept), width + 1), dtype=bool)
    for row, example in enumerate(kept):
        count = len(example.features)
        x[row, :count] = (example.features - mean) / scale
        there[row, :count] = True
        right[row, :count] = example.right
        right[row, width] = not example.right.any()
    there[:, width] = True
    nets = [_descend(x, there, right, units, epochs, seed) for seed in seeds]
    return Network(
        mean.astype(np.float32), scale.astype(np.float32),
        np.concatenate([n[0] for n in nets], axis=1), np.concatenate([n[1] for n in nets]),
        np.concatenate([n[2] for n in nets]) / np.float32(len(nets)),
        float(np.mean([n[3][0] for n in nets])),
    )  # fmt: skip


def _descend(
    x: Floats,
    there: npt.NDArray[np.bool_],
    right: npt.NDArray[np.bool_],
    units: int,
    epochs: int,
    seed: int,
    *,
    rate: float = 4e-3,
    decay: float = 1e-2,
    batch: int = 256,
) -> list[Floats]:
    """Return [hidden, bias, out, none] after AdamW."""
    rng = np.random.default_rng(seed)
    features = x.shape[2]
    bound = 1 / np.sqrt(features)
    parameters: list[Floats] = [
        rng.uniform(-bound, bound, (features, units)).astype(np.float32),
        rng.uniform(-bound, bound, units).astype(np.float32),
        rng.uniform(-1 / np.sqrt(units), 1 / np.sqrt(units), units).astype(np.float32),
        np.zeros(1, dtype=np.float32),
    ]
    first = [np.zeros_like(p) for p in parameters]
    second = [np.zeros_like(p) for p in parameters]
    step = 0
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for low in range(0, len(order), batch):
            chosen = order[low : low + batch]
            gradients = _gradients(x[chosen], there[chosen], right[chosen], parameters)
            step += 1
            for n, gradient in enumerate(gradients):
                first[n] = 0.9 * first[n] + 0.1 * gradient
                second[n] = 0.999 * second[n] + 0.001 * gradient**2
                ahead = first[n] / (1 - 0.9**step)
                spread = np.sqrt(second[n] / (1 - 0.999**step)) + 1e-8
                parameters[n] = (parameters[n] * (1 - rate * decay) - rate * ahead / spread).astype(
                    np.float32
                )
    return parameters


def _gradients(
    x: Floats,
    there: npt.NDArray[np.bool_],
    right: npt.NDArray[np.bool_],
    parameters: Sequence[Floats],
) -> list[Floats]:
    hidden, bias, out, none = parameters
    active = np.tanh(x @ hidden + bias)
    scores = np.concatenate([active @ out, np.full((len(x), 1), none[0], dtype=np.float32)], axis=1)

    def shares(mask: npt.NDArray[np.bool_]) -> Floats:
        masked = np.where(mask, scores, -np.inf)
        parts = np.exp(masked - masked.max(axis=1, keepdims=True))
        found: Floats = parts / parts.sum(axis=1, keepdims=True)
        return found

    # d loss / d score, with the loss minus the log of the right candidates' share
    slope = (shares(there) - shares(right)) / np.float32(len(x))
    inner = slope[:, :-1]
    back = inner[..., None] * out * (1 - active**2)
    return [
        np.einsum("abi,abj->ij", x, back),
        back.sum(axis=(0, 1)),
        np.einsum("ab,abj->j", inner, active),
        slope[:, -1].sum(keepdims=True),
    ]
