"""Train a model: progress, validation, early stopping, checkpoints, smaller batches when memory runs out.

Everything random in an epoch is drawn from a generator seeded with the seed and the epoch's number, so a run
that goes on from a checkpoint does what the run that was not stopped does. On the CPU the final figures are
the same to the last bit. Batches are split among the processes of ``torch.distributed`` if it is
initialised; losses are sums, so that the gradient does not depend on how many there are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from discovery.embeddings import checkpoint as checkpoints
from discovery.embeddings.config import TrainConfig
from discovery.embeddings.losses import Questions, batch_loss
from discovery.embeddings.models.base import Model, Tensor, Wires, wires_of
from discovery.embeddings.models.embedding import build
from discovery.embeddings.trained import Trained, quick_mrr
from discovery.embeddings.triples import Triples
from graph.errors import DataError, UsageError

if TYPE_CHECKING:
    from discovery.embeddings.features import Features

__all__ = ["Epoch", "Run", "device_of", "fit", "maker", "train"]

Report = Callable[[int, int | None, str], None]


@dataclass
class Epoch:
    """What one epoch did: mean loss, validation MRR if it was validated, edges a second, MiB in use."""

    number: int
    loss: float
    valid: float | None
    edges_per_second: float
    memory: float


@dataclass
class Run:
    """How far a run is, and all that going on needs."""

    epoch: int = 0
    best: float = -1.0
    best_epoch: int = 0
    best_state: dict[str, Any] | None = None
    waited: int = 0
    part: int = 0
    """how many edges are in memory at once, 0 while that is the whole batch"""
    history: list[Epoch] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def device_of(name: str) -> torch.device:
    """Return the device to use: ``auto`` takes a GPU where there is one.

    Raises:
        UsageError: ``cuda`` without a GPU.
    """
    if name == "cuda" and not torch.cuda.is_available():
        built = torch.version.cuda
        raise UsageError(
            "there is no usable NVIDIA GPU here",
            hint="Leave --device out to train on the CPU with the same settings, or check nvidia-smi"
            + (
                "."
                if built
                else " and install a PyTorch built for CUDA: this one is for CPUs only."
            ),
        )
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def train(
    triples: Triples,
    config: TrainConfig,
    *,
    valid: Triples | None = None,
    also_true: Triples | None = None,
    folder: str | Path | None = None,
    resume: bool = True,
    report: Report | None = None,
    stop: Callable[[Run], bool] | None = None,
    make: Callable[[Triples, TrainConfig], Model] = build,
) -> Trained:
    """Train one model and return the best one found on the validation part.

    Args:
        triples: the training edges; ``valid`` has the same vocabularies.
        also_true: edges of other parts that validation leaves out of the candidates (filtered ranking);
            nothing else is done with them.
        folder: where checkpoints are written after every validation; None writes none.
        resume: go on from the folder's checkpoint if it has one.
        report: called with epochs done, epochs in all, and a line of figures.
        stop: asked after each epoch; True ends the run there (what an interruption does, for tests
            and time budgets). The checkpoint is written first.
        make: builds the model.

    Raises:
        DataError: no edges, another graph's validation part, a checkpoint of another graph, a loss
            that is no number.
        UsageError: a model or device that is not there, a checkpoint with other settings.
    """
    if not len(triples):
        raise DataError("there are no edges to train on", hint="Export a larger part of the graph.")
    if valid is not None:
        triples.check_same(valid)
    device = device_of(config.device)
    with _random(config.seed):
        model = make(triples, config).to(device)
    optimizer = _optimizer(model, config)
    questions = Questions(triples, config)
    wires = wires_of(triples).to(device) if model.uses_graph else None
    run = Run()
    path = Path(folder) if folder is not None else None
    if path is not None and resume:
        found = checkpoints.read_state(path, triples, config, device)
        if found is not None:
            checkpoints.check_features(found["model"], model, path)
            model.load_state_dict(found["model"])
            optimizer.load_state_dict(found["optimizer"])
            run = found["run"]
    started = time.perf_counter()
    over = bool(config.patience and run.waited >= config.patience)
    while run.epoch < config.epochs and not over:
        run.epoch += 1
        before = time.perf_counter()
        with _random(config.seed * 1_000_003 + run.epoch):
            loss = _epoch(model, optimizer, questions, wires, config, run, device)
        if not np.isfinite(loss):
            raise DataError(
                f"the loss is no number in epoch {run.epoch}",
                hint="Use a smaller learning rate, such as --set lr=0.001.",
            )
        spent = max(time.perf_counter() - before, 1e-9)
        score = None
        last = run.epoch == config.epochs
        if valid is not None and (last or (config.every and run.epoch % config.every == 0)):
            score = quick_mrr(Trained(model, triples, config), triples, valid, also_true)
            over = _compare(run, model, score, config)
        run.history.append(
            Epoch(run.epoch, loss, score, 2 * len(triples) / spent, checkpoints.memory(device))
        )
        if report is not None:
            told = f"loss {loss:.4f}" + (f", validation MRR {score:.4f}" if score else "")
            report(run.epoch, config.epochs, f"{told}, {2 * len(triples) / spent:,.0f} edges/s")
        halted = stop is not None and stop(run)
        if path is not None and _first() and (score is not None or last or halted):
            checkpoints.write_state(path, triples, config, model, optimizer, run)
        if halted:
            break
    if run.best_state is not None:
        model.load_state_dict(run.best_state)
    model.eval()
    if run.best_epoch and run.best_epoch < run.epoch:
        run.notes.append(f"the model of epoch {run.best_epoch} was the best on the validation part")
    trained = Trained(
        model, triples, config, history=run.history, notes=list(dict.fromkeys(run.notes)),
        seconds=time.perf_counter() - started, finished=run.epoch >= config.epochs or over,
    )  # fmt: skip
    if path is not None and _first():
        trained.save(path)
    return trained


def _compare(run: Run, model: Model, score: float, config: TrainConfig) -> bool:
    """Remember the best model; return whether it is time to stop."""
    if score > run.best:
        run.best, run.best_epoch, run.waited = score, run.epoch, 0
        run.best_state = {k: v.detach().clone() for k, v in model.state_dict().items()}
    else:
        run.waited += 1
    return bool(config.patience and run.waited >= config.patience)


def _optimizer(model: Model, config: TrainConfig) -> Any:
    kind = torch.optim.Adagrad if config.optimizer == "adagrad" else torch.optim.Adam
    return kind(model.parameters(), lr=config.lr)


def _epoch(
    model: Model,
    optimizer: Any,
    questions: Questions,
    wires: Wires | None,
    config: TrainConfig,
    run: Run,
    device: torch.device,
) -> float:
    """Train on every question once and return the mean loss."""
    model.train()
    rng = np.random.default_rng([config.seed, run.epoch])
    order = torch.from_numpy(rng.permutation(len(questions)))
    total, weight = 0.0, 0.0
    for start in range(0, len(order), config.batch):
        rows = order[start : start + config.batch]
        false = None
        if config.loss == "negatives":
            # the pool that hard negatives are chosen from is four times as large
            count = config.negatives * (4 if config.negative_kind == "hard" else 1)
            kind = "uniform" if config.negative_kind == "uniform" else "typed"
            false = questions.negatives(rows, count, kind, rng)
        used = wires
        if wires is not None:
            seen = torch.zeros(int(wires.edge.max()) + 1, dtype=torch.bool, device=device)
            edges = questions.edge[rows]
            seen[edges[edges >= 0].to(device)] = True
            used = wires.keep(~seen[wires.edge])
        size = float(questions.weight[rows].sum())
        if size == 0:
            continue
        total += _step(model, optimizer, questions, rows, false, used, config, run, size)
        weight += size
    return total / max(weight, 1e-12)


def _step(
    model: Model,
    optimizer: Any,
    questions: Questions,
    rows: Tensor,
    false: Tensor | None,
    wires: Wires | None,
    config: TrainConfig,
    run: Run,
    size: float,
) -> float:
    """One step of the optimiser. Out of memory: the same step in smaller parts."""
    rank, world = _rank()
    mine = torch.arange(len(rows))[rank::world]
    while True:
        part = run.part or config.batch
        try:
            optimizer.zero_grad(set_to_none=True)
            total = 0.0
            for first in range(0, len(mine), part):
                at = mine[first : first + part]
                with _precision(config):
                    state = model.encode(wires)
                    loss = batch_loss(
                        model, state, questions, rows[at],
                        None if false is None else false[at], config,
                    ) / size  # fmt: skip
                loss.backward()
                total += float(loss.detach())
            break
        except RuntimeError as error:
            if not _out_of_memory(error):
                raise
            if part <= 1:
                raise DataError(
                    "there is not enough memory for a single edge at a time",
                    hint="Use a smaller dim, fewer layers, or neighbours=20 (--set neighbours=20).",
                ) from error
            run.part = max(min(part, len(rows)) // 2, 1)
            note = f"out of memory: batches of {config.batch} are computed {run.part} at a time"
            if note not in run.notes:
                run.notes.append(note)
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
    total = _share(model, total, world)
    optimizer.step()
    model.settle()
    return total * size


def _out_of_memory(error: RuntimeError) -> bool:
    """Whether a GPU, or the allocator of the CPU, which has no error of its own, is out of memory."""
    return isinstance(error, torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error)


def _rank() -> tuple[int, int]:
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return 0, 1


def _first() -> bool:
    return _rank()[0] == 0


def _share(model: Model, total: float, world: int) -> float:
    """Add up the gradients and losses of all processes."""
    if world == 1:
        return total
    # a process whose part was empty has none, and all must send the same ones
    for parameter in model.parameters():
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
        grad = parameter.grad
        torch.distributed.all_reduce(torch.view_as_real(grad) if grad.is_complex() else grad)
    told = torch.tensor(total, dtype=torch.float64)
    if torch.distributed.get_backend() == "nccl":
        told = told.cuda()
    torch.distributed.all_reduce(told)
    return float(told)


@contextmanager
def _random(seed: int) -> Iterator[None]:
    """Draw from a seed inside, and leave the caller's generators as they were."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


@contextmanager
def _precision(config: TrainConfig) -> Iterator[None]:
    if config.precision == "float32":
        yield
        return
    device = device_of(config.device)
    with torch.autocast(device.type, dtype=torch.bfloat16):
        yield


def maker(features: Features | None) -> Callable[[Triples, TrainConfig], Model]:
    """Return what builds a model that reads these features, if it is one that reads any."""
    return build if features is None else partial(build, given=features.flagged())


def fit(
    name: str,
    train_part: Triples,
    *,
    valid: Triples | None = None,
    features: Features | None = None,
    seed: int = 0,
    **options: Any,
) -> Trained:
    """Train a model of the registry by name; ``options`` change its preset.

    Args:
        features: of the entities; read by the graph networks, left alone by the others.

    Raises:
        UsageError: an unknown model or setting.
        DataError: features of other entities, or with NaN.
    """
    from discovery.embeddings.config import preset

    config = replace(preset(name, **options), seed=seed)
    return train(train_part, config, valid=valid, make=maker(features))
