"""Look for better settings within a time budget, on the validation part only."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from discovery.embeddings.config import TrainConfig
from discovery.embeddings.training import maker, train
from discovery.embeddings.triples import Triples
from graph.errors import DataError, UsageError
from graph.extras import needs

if TYPE_CHECKING:
    from discovery.embeddings.features import Features

__all__ = ["Found", "search"]

Report = Callable[[int, int | None, str], None]


@dataclass(frozen=True)
class Found:
    """The best settings, their validation MRR, and every trial's settings and MRR in order."""

    config: TrainConfig
    mrr: float
    trials: tuple[tuple[dict[str, Any], float], ...]


def search(
    triples: Triples,
    valid: Triples,
    start: TrainConfig,
    seconds: float,
    *,
    most: int = 100,
    features: Features | None = None,
    report: Report | None = None,
) -> Found:
    """Try settings with Optuna's tree of Parzen estimators (Bergstra et al. 2011), ``start`` first.

    ``features`` are the same in every trial. A trial that the budget cuts short counts with what it reached.
    How many trials fit depends on the machine: with ``most`` small enough to be the limit the result is the
    same every time.

    Raises:
        DataError: there is nothing to validate on.
        UsageError: Optuna is not installed, no budget.
    """
    with needs("a search of settings", "gnn"):
        import optuna
    if not len(valid):
        raise DataError("a search needs validation edges", hint="Split them off: --split random.")
    if seconds <= 0 or most < 1:
        raise UsageError("a search needs some time", hint="Give seconds, such as --search 600.")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=start.seed)
    )
    study.enqueue_trial({k: getattr(start, k) for k in _space(start)})
    end = time.monotonic() + seconds
    make = maker(features)
    trials: list[tuple[dict[str, Any], float]] = []

    def objective(trial: Any) -> float:
        chosen = {name: ask(trial, name) for name, ask in _space(start).items()}
        config = replace(start, **chosen)
        try:
            found = train(
                triples, config, valid=valid, stop=lambda run: time.monotonic() > end, make=make
            )
            value = max((e.valid for e in found.history if e.valid is not None), default=0.0)
        except DataError:
            value = 0.0  # the loss was no number
        trials.append((chosen, value))
        if report is not None:
            report(
                len(trials),
                most,
                f"validation MRR {value:.4f}, best {max(v for _, v in trials):.4f}",
            )
        return value

    study.optimize(objective, n_trials=most, timeout=seconds)
    best = max(range(len(trials)), key=lambda i: (trials[i][1], -i))
    return Found(replace(start, **trials[best][0]), trials[best][1], tuple(trials))


def _space(start: TrainConfig) -> dict[str, Callable[[Any, str], Any]]:
    """What is searched for a model: names of settings and how each is asked for."""
    dims = sorted({max(start.dim // 2, 4), start.dim, start.dim * 2})
    low, high = min(start.lr / 10, 1e-3), max(start.lr * 5, 1e-2)
    space: dict[str, Callable[[Any, str], Any]] = {
        "lr": lambda t, n: t.suggest_float(n, low, high, log=True),
        "dim": lambda t, n: t.suggest_categorical(n, dims),
    }
    if start.n3:
        space["n3"] = lambda t, n: t.suggest_float(
            n, min(1e-4, start.n3), max(0.3, start.n3), log=True
        )
    if start.model in ("complex", "distmult"):
        space["relation_loss"] = lambda t, n: t.suggest_float(n, 0.0, max(1.0, start.relation_loss))
    if start.dropout:
        space["dropout"] = lambda t, n: t.suggest_float(n, 0.0, max(0.5, start.dropout))
    if start.loss == "negatives":
        counts = sorted({16, 64, 128, start.negatives})
        space["negatives"] = lambda t, n: t.suggest_categorical(n, counts)
    return space
