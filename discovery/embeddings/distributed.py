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
from discovery.embeddings.trained import Trained
from discovery.embeddings.training import train
from discovery.embeddings.triples import Triples
from graph.errors import DataError, UsageError
from graph.extras import needs

__all__ = ["joined", "train_with_ray", "train_workers"]


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
    resume: bool = True,
) -> Trained:
    """Train in several local processes and return the model they wrote to ``folder``.

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
        valid = place / "valid"
        train(
            Triples.load(place / "train"), TrainConfig.of(config),
            valid=Triples.load(valid) if valid.exists() else None, folder=folder, resume=resume,
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
    gpus: bool = False,
) -> None:
    """Train with Ray Train's ``TorchTrainer``; the first worker writes the model to ``folder``.

    Args:
        triples, valid: folders of saved triples, and ``folder``, on a file system all workers see.
        gpus: give every worker a GPU.

    Raises:
        UsageError: Ray is not installed.
    """
    with needs("training on a cluster", "cluster"):
        from ray.train import RunConfig, ScalingConfig
        from ray.train.torch import TorchTrainer

    def loop(given: dict[str, Any]) -> None:
        part = given["valid"]
        train(
            Triples.load(given["triples"]), TrainConfig.of(given["config"]),
            valid=Triples.load(part) if part else None, folder=given["folder"],
        )  # fmt: skip

    TorchTrainer(
        loop,
        train_loop_config={
            "triples": str(Path(triples).resolve()),
            "valid": str(Path(valid).resolve()) if valid else None,
            "folder": str(Path(folder).resolve()),
            "config": config.to_json(),
        },
        scaling_config=ScalingConfig(num_workers=workers, use_gpu=gpus),
        run_config=RunConfig(storage_path=str(Path(folder).resolve() / "ray")),
    ).fit()
