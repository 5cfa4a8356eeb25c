"""The same training in several processes: each computes a part of every batch, gradients are added up.

Three ways to start them: :func:`train_workers` on one machine; ``torchrun --nproc-per-node 2 --no-python
etiograph embed train ...``, whose environment :func:`joined` reads; and :func:`train_with_ray` on a Ray cluster. A result
differs from that of one process only by the rounding of sums.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from discovery.embeddings.config import TrainConfig
from discovery.embeddings.features import Features
from discovery.embeddings.trained import Trained
from discovery.embeddings.training import maker, train
from discovery.embeddings.triples import Triples
from graph.errors import DataError, UsageError
from graph.extras import needs

__all__ = ["joined", "train_with_ray", "train_workers"]

_FEATURES = "features.npz"


@contextmanager
def joined() -> Iterator[int]:
    """Join the group that ``torchrun`` started this process in, if it did; yield the process's rank."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1 or "RANK" not in os.environ:
        yield 0
        return
    cuda = torch.cuda.is_available()
    if cuda:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    torch.distributed.init_process_group("nccl" if cuda else "gloo")
    try:
        yield torch.distributed.get_rank()
    finally:
        torch.distributed.destroy_process_group()


def train_workers(
    triples: Triples,
    config: TrainConfig,
    folder: str | Path,
    *,
    workers: int = 2,
    valid: Triples | None = None,
    features: Features | None = None,
    resume: bool = True,
) -> Trained:
    """Train in several local processes and return the model they wrote to ``folder``.

    ``features`` of entities are read by the graph networks, as in one process.

    Raises:
        UsageError: fewer than one worker.
        DataError: a worker failed; its own message is in it.
    """
    if workers < 1:
        raise UsageError(f"{workers} workers cannot train", hint="Use --workers 2.")
    path = Path(folder)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        triples.save(place / "train")
        if valid is not None:
            valid.save(place / "valid")
        if features is not None:
            features.save(place / _FEATURES)
        try:
            torch.multiprocessing.spawn(
                _worker, (workers, scratch, config.to_json(), str(path), resume), nprocs=workers
            )
        except (
            torch.multiprocessing.ProcessRaisedException,
            torch.multiprocessing.ProcessExitedException,
        ) as error:
            raise DataError(
                f"a worker failed: {str(error).strip().splitlines()[-1]}",
                hint="Train with one worker to see where.",
            ) from error
    return Trained.load(path, triples, config.device)


def _worker(
    rank: int, workers: int, scratch: str, config: dict[str, Any], folder: str, resume: bool
) -> None:
    torch.set_num_threads(1)
    place = Path(scratch)
    # a file and not a port: nothing to collide with, nothing that listens
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{place / 'meeting'}", rank=rank, world_size=workers
    )
    try:
        valid, features = place / "valid", place / _FEATURES
        train(
            Triples.load(place / "train"), TrainConfig.of(config),
            valid=Triples.load(valid) if valid.exists() else None, folder=folder, resume=resume,
            make=maker(Features.load(features) if features.exists() else None),
        )  # fmt: skip
    finally:
        torch.distributed.destroy_process_group()


def train_with_ray(
    triples: str | Path,
    config: TrainConfig,
    folder: str | Path,
    *,
    workers: int = 2,
    valid: str | Path | None = None,
    features: str | Path | None = None,
    gpus: bool = False,
) -> None:
    """Train with Ray Train's ``TorchTrainer``; the first worker writes the model to ``folder``.

    Ray starts a cluster on this machine unless ``ray.init`` or ``RAY_ADDRESS`` named one. A run that was
    stopped goes on from the folder's checkpoint.

    Args:
        triples, valid: folders of saved triples, and ``folder``, on a file system all workers see.
        features: an ``.npz`` of :meth:`discovery.embeddings.features.Features.save`, there too.
        gpus: give every worker a GPU.

    Raises:
        UsageError: Ray is not installed, or fewer than one worker.
        DataError: a worker failed; its own message is in it.
    """
    if workers < 1:
        raise UsageError(f"{workers} workers cannot train", hint="Use two or more.")
    with needs("training on a cluster", "cluster"):
        from ray.train import RunConfig, ScalingConfig, TrainingFailedError
        from ray.train.torch import TorchTrainer

    def place(path: str | Path | None) -> str | None:
        return None if path is None else str(Path(path).resolve())

    trainer = TorchTrainer(
        _on_ray,
        train_loop_config={
            "triples": place(triples), "valid": place(valid), "features": place(features),
            "folder": place(folder), "config": config.to_json(),
        },
        scaling_config=ScalingConfig(num_workers=workers, use_gpu=gpus),
        run_config=RunConfig(storage_path=str(Path(folder).resolve() / "ray")),
    )  # fmt: skip
    try:
        trainer.fit()
    except TrainingFailedError as error:
        said = [line for line in str(error).strip().splitlines() if line.strip()] or ["no message"]
        raise DataError(
            f"a worker failed: {said[-1].strip()}", hint="Train with one worker to see where."
        ) from error


def _on_ray(given: dict[str, Any]) -> None:
    """What every Ray worker does; the group of processes is there already."""
    valid, features = given["valid"], given["features"]
    train(
        Triples.load(given["triples"]), TrainConfig.of(given["config"]),
        valid=Triples.load(valid) if valid else None, folder=given["folder"],
        make=maker(Features.load(features) if features else None),
    )  # fmt: skip
