"""Train models of the graph, and propose edges with them: what ``embed train`` and ``embed propose`` do.

A model's folder has its parameters (``model.pt``, ``model.json``), its checkpoint, its card, and the parts it
was trained (``graph``), validated (``valid``) and tested (``test``) on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from graph.errors import InputError, UsageError

if TYPE_CHECKING:
    from discovery.embeddings.config import TrainConfig
    from discovery.embeddings.features import Features
    from discovery.embeddings.metrics import Scorer
    from discovery.embeddings.proposing import Proposals
    from discovery.embeddings.splits import Split
    from discovery.embeddings.trained import Trained
    from graph.store import Store

__all__ = ["PairScorer", "cold_scorer", "load", "propose_with", "scorer_of", "train_into"]

Report = Callable[[int, int | None, str], None]


@dataclass(frozen=True)
class PairScorer:
    """Scores pairs of ids, and says by what.

    Attributes:
        name: which scorer it is.
        score: of head and tail, None where it has none.
        account: what a score rests on, in words, what counts most first.
    """

    name: str
    score: Callable[[str, str], float | None]
    account: Callable[[str, str], list[str]] = lambda head, tail: []

    def __call__(self, head: str, tail: str) -> float | None:
        """Return the score of a pair."""
        return self.score(head, tail)


def train_into(
    folder: str | Path,
    split: Split,
    config: TrainConfig,
    *,
    workers: int = 1,
    resume: bool = True,
    search_seconds: float = 0.0,
    features: Features | None = None,
    audit: dict[str, Any] | None = None,
    report: Report | None = None,
) -> tuple[Trained, dict[str, Any]]:
    """Train, evaluate on the test part, and write everything to a folder; return model and card (an
    empty one in all but the first of torchrun's processes).

    Args:
        workers: local processes that share every batch.
        resume: go on from the folder's checkpoint.
        search_seconds: look for better settings first, for so long.
        features: of the entities, for a graph network.

    Raises:
        DataError: the folder has a checkpoint of another graph; there is nothing to train on.
        UsageError: it has a checkpoint with other settings or features, or the model reads no features.
    """
    from discovery.embeddings.card import model_card, write_card
    from discovery.embeddings.config import READS_FEATURES
    from discovery.embeddings.distributed import joined, train_workers
    from discovery.embeddings.feature_sources import coverage
    from discovery.embeddings.metrics import evaluate
    from discovery.embeddings.proposing import calibration_of
    from discovery.embeddings.training import maker, train
    from graph.errors import DataError

    if features is not None and config.model not in READS_FEATURES:
        raise UsageError(
            f"{config.model} learns from edges alone and reads no features",
            hint=f"Those that do are {', '.join(READS_FEATURES)}.",
        )
    path = Path(folder)
    train_part, valid = split.train, split.valid if len(split.valid) else None
    notes = []
    if search_seconds and valid is not None:
        from discovery.embeddings.search import search

        found = search(train_part, valid, config, search_seconds, features=features, report=report)
        config = found.config
        notes.append(f"settings are the best of {len(found.trials)} trials (MRR {found.mrr:.4f})")
    rank = 0
    if workers > 1:
        trained = train_workers(
            train_part, config, path, workers=workers, valid=valid, features=features, resume=resume
        )
    else:
        with joined() as rank:
            trained = train(
                train_part, config, valid=valid, folder=path, resume=resume, report=report,
                make=maker(features),
            )  # fmt: skip
    if rank:  # of torchrun's processes the first one reports
        return trained, {}
    trained.notes += [*notes, *(features.notes if features is not None else ())]
    for name, part in (("graph", train_part), ("valid", split.valid), ("test", split.test)):
        part.save(path / name)
    evaluation = None
    if len(split.test):
        evaluation = evaluate(trained, split).to_json()
    error = None
    if valid is not None:
        try:
            error = calibration_of(trained, valid, split.known(), train_part, config.seed).error
        except DataError:
            error = None  # too little to calibrate on
    card = model_card(
        trained, valid=valid, evaluation=evaluation, audit=audit, calibration_error=error,
        features=None if features is None else coverage(features),
    )  # fmt: skip
    write_card(card, path)
    return trained, card


def load(folder: str | Path, device: str = "auto") -> tuple[Trained, Any]:
    """Return a trained model and its validation part.

    Raises:
        InputError: the folder has none.
    """
    path = Path(folder)
    if not (path / "graph").is_dir():
        raise InputError(
            "there is no trained model",
            where=str(path),
            hint="It is the folder that 'etiograph embed train --out' wrote.",
        )
    from discovery.embeddings.trained import Trained
    from discovery.embeddings.triples import Triples

    return Trained.load(path, Triples.load(path / "graph"), device), Triples.load(path / "valid")


def propose_with(
    folder: str | Path,
    relations: Sequence[str],
    *,
    fdr: float = 0.1,
    nulls: int = 20,
    most: int = 100,
    heads: Sequence[str] | None = None,
    tails: Sequence[str] | None = None,
    seed: int = 0,
    device: str = "auto",
    scorer: str | None = None,
    report: Report | None = None,
) -> Proposals:
    """Propose edges with the model of a folder; see :func:`discovery.embeddings.proposing.propose`.

    Args:
        scorer: one of the registry that chooses in the model's place, fitted to the model's graph, for instance
            ``nearest-neighbour``: of low variance, it needs less to stand out.
    """
    from discovery.embeddings.proposing import again, propose
    from discovery.embeddings.registry import factory

    trained, valid = load(folder, device)
    if not relations:
        raise UsageError(
            "no relation was named", hint=f"There are {', '.join(trained.triples.relations)}."
        )
    fit, chooser, name = again(trained), cast("Scorer", trained), trained.config.model
    if scorer is not None:
        made = factory(scorer)
        fit, name = (lambda triples, own: made(triples, seed=own)), scorer
        chooser = fit(trained.triples, seed)
    return propose(
        chooser, trained.triples, fit, relations, valid=valid, fdr=fdr, nulls=nulls, most=most,
        heads=heads, tails=tails, vectors=trained.vectors(), model=name, seed=seed, report=report,
    )  # fmt: skip


def scorer_of(folder: str | Path, relation: str) -> PairScorer:
    """Return what scores pairs of ids by the model of a folder."""
    import numpy as np

    trained, _ = load(folder)
    place, kind = trained.triples.index, trained.triples.relation_id(relation)

    def score(head: str, tail: str) -> float | None:
        if head not in place or tail not in place:
            return None
        return float(
            trained.score(np.array([place[head]]), np.array([kind]), np.array([place[tail]]))[0]
        )

    return PairScorer(trained.config.model, score)


def cold_scorer(
    store: Store, relation: str, kind: str, *, seed: int = 0, progress: Report | None = None
) -> PairScorer:
    """Return ``cold-start`` fitted to the store: log odds of pairs as though entities of a type were new.

    Args:
        kind: the category of these, for instance ``disease``: all others that have the relation teach it.

    Raises:
        UsageError: fewer than ten of them have the relation, or none can.
    """
    from discovery.embeddings.cold import cold_start
    from discovery.embeddings.features import combine, names
    from etiograph.embedding import source_of

    source = source_of(None, store, progress=progress)
    triples = source.triples
    features = combine(triples, [names(triples, source.labels)])
    scorer = cold_start(triples, features=features, seed=seed, kind=kind, targets=[relation])
    place, known = triples.index, triples.relation_id(relation)

    def score(head: str, tail: str) -> float | None:
        if head not in place or tail not in place:
            return None
        return scorer.pair(place[head], known, place[tail])

    def account(head: str, tail: str) -> list[str]:
        if head not in place or tail not in place:
            return []
        told = scorer.explain(place[head], known, place[tail], 3)
        return [f"{what} ({more:+.2f})" for what, more in told]

    return PairScorer("cold-start", score, account)
