"""A trained model as a scorer, with what it was trained on; saved and loaded as one folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from discovery.embeddings import checkpoint as checkpoints
from discovery.embeddings.config import TrainConfig
from discovery.embeddings.models.base import Model, Wires, wires_of
from discovery.embeddings.triples import F64, I64, Triples
from graph.errors import DataError, InputError, UsageError

if TYPE_CHECKING:
    from discovery.embeddings.training import Epoch

__all__ = ["Trained", "quick_mrr"]

MODEL, ABOUT = "model.pt", "model.json"
_CELLS = 2_000_000


@dataclass(eq=False)
class Trained:
    """A model and its graph. It is a :class:`discovery.embeddings.metrics.Scorer`.

    A tail's score is the logit of ``(h, r, ?)``, a head's that of ``(t, reversed r, ?)``, and
    :meth:`score` that of the tail.

    Attributes:
        model, triples, config: what was trained, on what, how.
        history: one record per epoch.
        notes: what had to be done differently.
        finished: False if the run was stopped before its end.
    """

    model: Model
    triples: Triples
    config: TrainConfig
    history: list[Epoch] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    finished: bool = True
    _state: Any = field(default=None, init=False, repr=False)
    _wires: Wires | None = field(default=None, init=False, repr=False)

    @property
    def device(self) -> Any:
        """The device the parameters are on."""
        return next(self.model.parameters()).device

    @property
    def hash(self) -> str:
        """The snapshot it was trained on."""
        return self.triples.hash

    def wires(self) -> Wires | None:
        """Return the edges messages pass along, None for a model without messages."""
        if self._wires is None and self.model.uses_graph:
            self._wires = wires_of(self.triples).to(self.device)
        return self._wires

    def _encoded(self) -> Any:
        if self.model.training:
            self.model.eval()
            self._state = None
        if self._state is None:
            with torch.inference_mode():
                self._state = (self.model.encode(self.wires()),)
        return self._state[0]

    def score(self, heads: I64, relations: I64, tails: I64) -> F64:
        """Return the score of each triple, float64 ``[k]``."""
        state = self._encoded()
        out = np.empty(len(heads))
        # a network over paths scores all tails of one question at once: ask each question once
        once, where = (
            np.unique(np.stack([heads, relations]), axis=1, return_inverse=True)
            if self.config.model == "nbfnet"
            else (np.stack([heads, relations]), None)
        )
        if where is not None:
            every = self.score_tails(once[0], once[1])
            return np.asarray(every[where.ravel(), np.asarray(tails)], np.float64)
        for part in _parts(len(heads), 16):
            h, r, t = (self._ids(x[part]) for x in (heads, relations, tails))
            with torch.inference_mode():
                out[part] = self.model.some(state, h, r, t.unsqueeze(1)).squeeze(1).double().cpu()
        return out

    def score_tails(self, heads: I64, relations: I64) -> F64:
        """Return the score of every tail, float64 ``[k, n]``."""
        return self._rows(heads, relations)

    def score_heads(self, relations: I64, tails: I64) -> F64:
        """Return the score of every head, float64 ``[k, n]``."""
        return self._rows(tails, np.asarray(relations) + self.triples.r)

    def _rows(self, first: I64, relations: I64) -> F64:
        state = self._encoded()
        out = np.empty((len(first), self.triples.n))
        width = self.triples.n * (4 * self.config.dim if self.config.model == "nbfnet" else 1)
        for part in _parts(len(first), width):
            with torch.inference_mode():
                scores = self.model.tails(state, self._ids(first[part]), self._ids(relations[part]))
            out[part] = scores.double().cpu()
        return out

    def _ids(self, values: I64) -> Any:
        return torch.from_numpy(np.ascontiguousarray(values, np.int64)).to(self.device)

    def vectors(self) -> F64 | None:
        """Return one vector per entity, float64 ``[n, d]``; None for a model without."""
        with torch.inference_mode():
            self._encoded()
            found = self.model.vectors(self.wires())
        return None if found is None else np.asarray(found.detach().double().cpu())

    def on(self, triples: Triples) -> Trained:
        """Return the same network over another graph with the same relations: unseen entities.

        Raises:
            UsageError: the model has one embedding per entity.
            DataError: the graph has other relations.
        """
        if self.config.model != "nbfnet":
            raise UsageError(
                f"{self.config.model} has one embedding per entity and cannot score unseen ones",
                hint="Train nbfnet.",
            )
        if triples.relations != self.triples.relations:
            raise DataError("the graph has other relations than the model was trained on")
        return Trained(self.model, triples, self.config, self.history, self.notes, self.seconds)

    def explain(self, head: int, relation: int, tail: int, k: int = 5) -> list[dict[str, Any]]:
        """Return the paths the score of one triple rests on most (``nbfnet`` only).

        Raises:
            UsageError: another model.
        """
        from discovery.embeddings.models.paths_network import PathsNetwork

        wires = self.wires()
        if not isinstance(self.model, PathsNetwork) or wires is None:
            raise UsageError(
                f"{self.config.model} does not score by paths", hint="Train nbfnet for that."
            )
        self.model.eval()
        found = self.model.explain(wires, head, relation, tail, k)
        names, relations, half = self.triples.entities, self.triples.relations, self.triples.r
        said = []
        for gain, path in found:
            steps = [names[head]]
            for wire in path:
                rel = int(wires.relation[wire])
                told = f"-[{relations[rel]}]->" if rel < half else f"<-[{relations[rel - half]}]-"
                steps += [told, names[int(wires.target[wire])]]
            said.append({"weight": gain, "path": " ".join(steps), "length": len(path)})
        return said

    def save(self, folder: str | Path) -> Path:
        """Write ``model.pt`` (parameters) and ``model.json`` (everything else)."""
        path = Path(folder)
        checkpoints.write(path / MODEL, {"model": self.model.state_dict()})
        about = {
            "graph": self.triples.hash,
            "entities": self.triples.n,
            "relations": list(self.triples.relations),
            "config": self.config.to_json(),
            "history": [asdict(e) for e in self.history],
            "notes": self.notes,
            "seconds": self.seconds,
            "finished": self.finished,
        }
        part = path / (ABOUT + ".part")
        part.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        part.replace(path / ABOUT)
        return path

    @classmethod
    def load(cls, folder: str | Path, triples: Triples, device: str = "auto") -> Trained:
        """Read a model for the graph it was trained on.

        Raises:
            InputError: no model is there.
            DataError: it was trained on another graph.
        """
        from discovery.embeddings.models.embedding import build
        from discovery.embeddings.training import Epoch, device_of

        path = Path(folder)
        try:
            about = json.loads((path / ABOUT).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(
                f"no trained model can be read: {error}",
                where=str(path),
                hint="It is the folder that 'etiograph embed train --out' wrote.",
            ) from error
        checkpoints.check_graph(about["graph"], triples, path)
        config = TrainConfig.of(about["config"])
        on = device_of(device)
        state = checkpoints.read(path / MODEL, on)["model"]
        with torch.random.fork_rng():
            model = build(triples, config, state.get("given")).to(on)
        model.load_state_dict(state)
        model.eval()
        return cls(
            model, triples, config, [Epoch(**e) for e in about["history"]], about["notes"],
            about["seconds"], about["finished"],
        )  # fmt: skip


def _parts(rows: int, width: int) -> list[slice]:
    step = max(1, _CELLS // max(width, 1))
    return [slice(i, min(i + step, rows)) for i in range(0, rows, step)]


def quick_mrr(
    trained: Trained,
    train: Triples,
    valid: Triples,
    also_true: Triples | None = None,
    most: int = 2000,
) -> float:
    """Return the filtered, realistic MRR on both sides, over at most ``most`` evenly spaced edges."""
    if not len(valid):
        return float("nan")
    trained._state = None  # the parameters moved since the last time
    known = train.known(valid, *([] if also_true is None else [also_true]))
    places = np.unique(np.linspace(0, len(valid) - 1, min(most, len(valid))).astype(np.int64))
    h, r, t = valid.heads[places], valid.edges_relation[places], valid.tails[places]
    total = 0.0
    for part in _parts(len(h), 4 * train.n):
        for side in ("tail", "head"):
            truth = (t if side == "tail" else h)[part]
            if side == "tail":
                scores = trained.score_tails(h[part], r[part])
            else:
                scores = trained.score_heads(r[part], t[part])
            own = scores[np.arange(len(truth)), truth]
            for i in range(len(truth)):
                a, b, c = h[part][i], r[part][i], t[part][i]
                scores[i, known.tails(a, b) if side == "tail" else known.heads(b, c)] = -np.inf
            better = (scores > own[:, None]).sum(1)
            same = (scores == own[:, None]).sum(1)
            total += float((1.0 / (1.0 + better + same / 2.0)).sum())
    trained.model.train()
    trained._state = None
    return total / (2 * len(h))
