"""Checkpoints: what a run needs to go on, and the check that it is the same run."""

from __future__ import annotations

import os
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from discovery.embeddings.config import TrainConfig
from discovery.embeddings.models.base import Model
from discovery.embeddings.triples import Triples
from graph.errors import DataError, InputError, UsageError

if TYPE_CHECKING:
    from discovery.embeddings.training import Run

__all__ = [
    "STATE",
    "check_features",
    "check_graph",
    "memory",
    "read",
    "read_state",
    "write",
    "write_state",
]

STATE = "checkpoint.pt"
_FREE = {"epochs", "device", "precision", "every", "patience"}
"""Settings that may differ when a run goes on."""


def write(file: Path, content: dict[str, Any]) -> None:
    """Write a file that is either the old one or the whole new one, whenever the process is killed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    torch.save(content, part)
    os.replace(part, file)


def read(file: Path, device: torch.device | str = "cpu") -> dict[str, Any]:
    """Read tensors and plain data, nothing that could run code.

    Raises:
        InputError: the file is not there or damaged.
    """
    import pickle

    try:
        found: dict[str, Any] = torch.load(file, map_location=device, weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, KeyError) as error:
        raise InputError(
            f"the checkpoint cannot be read: {error}",
            where=str(file),
            hint="Train again, or give the folder of a trained model.",
        ) from error
    return found


def check_graph(stored: str, triples: Triples, where: Path) -> None:
    """Check that a checkpoint belongs to a graph.

    Raises:
        DataError: it was trained on another snapshot.
    """
    if stored != triples.hash:
        raise DataError(
            f"this checkpoint was trained on another graph (snapshot {stored[:12]}, not "
            f"{triples.hash[:12]})",
            where=str(where),
            hint="Export the same snapshot, choose another --out, or train anew with --restart.",
        )


def check_features(stored: dict[str, Any], model: Model, where: Path) -> None:
    """Check that a checkpoint's model read the same features of entities.

    Raises:
        UsageError: it read others, or only one of the two reads any.
    """
    mine, other = getattr(model, "given", None), stored.get("given")
    if mine is None and other is None:
        return
    if mine is None or other is None or not torch.equal(mine, other):
        raise UsageError(
            "the checkpoint was started with other features of entities",
            where=str(where),
            hint="Use the same features, choose another folder, or train anew.",
        )


def write_state(
    folder: Path, triples: Triples, config: TrainConfig, model: Model, optimizer: Any, run: Run
) -> None:
    """Write the run's checkpoint."""
    plain = {k: v for k, v in vars(run).items() if k not in ("history", "best_state")}
    write(
        folder / STATE,
        {
            "graph": triples.hash,
            "config": config.to_json(),
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "run": plain,
            "history": [asdict(e) for e in run.history],
            "best_state": run.best_state,
        },
    )


def read_state(
    folder: Path, triples: Triples, config: TrainConfig, device: torch.device
) -> dict[str, Any] | None:
    """Return the state to go on from, None if the folder has none.

    Raises:
        DataError: it is of another graph.
        UsageError: it was started with other settings.
    """
    from discovery.embeddings.training import Epoch, Run

    file = folder / STATE
    if not file.exists():
        return None
    found = read(file, device)
    check_graph(found["graph"], triples, file)
    mine = config.to_json()
    other = sorted(k for k, v in found["config"].items() if k not in _FREE and mine.get(k) != v)
    if other:
        raise UsageError(
            f"the checkpoint was started with other settings: {', '.join(other)}",
            where=str(file),
            hint="Use the same settings, choose another --out, or train anew with --restart.",
        )
    found["run"] = Run(
        **found["run"],
        history=[Epoch(**e) for e in found["history"]],
        best_state=found["best_state"],
    )
    return found


def memory(device: torch.device) -> float:
    """Return MiB in use at most so far: of the GPU, or of this process."""
    if device.type == "cuda":
        return float(torch.cuda.max_memory_allocated(device)) / 2**20
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 2**10
