"""PyKEEN as a peer of :mod:`benchmarks.embeddings`: its pipeline with its defaults, ranked by our ranking."""

from __future__ import annotations

import logging
import time
from typing import Any

import numpy as np

from discovery.embeddings.splits import Split
from discovery.embeddings.triples import F64, I64, Triples

__all__ = ["PipelineScorer", "ours_per_second", "pipeline_scorer", "theirs_per_second"]


class PipelineScorer:
    """A model of PyKEEN's as :class:`discovery.embeddings.metrics.Scorer`."""

    def __init__(self, model: Any) -> None:
        self.model = model.eval()

    def score(self, heads: I64, relations: I64, tails: I64) -> F64:
        """Return the score of each triple."""
        import torch

        with torch.inference_mode():
            rows = torch.from_numpy(np.stack([heads, relations, tails], axis=1))
            return np.asarray(self.model.predict_hrt(rows).squeeze(1).double())

    def score_tails(self, heads: I64, relations: I64) -> F64:
        """Return the score of every tail."""
        return self._all("predict_t", np.stack([heads, relations], axis=1))

    def score_heads(self, relations: I64, tails: I64) -> F64:
        """Return the score of every head."""
        return self._all("predict_h", np.stack([relations, tails], axis=1))

    def _all(self, method: str, rows: I64) -> F64:
        import torch

        ask = getattr(self.model, method)
        parts = np.array_split(rows, max(1, len(rows) // 32))
        with torch.inference_mode():
            return np.concatenate([ask(torch.from_numpy(p)).double().numpy() for p in parts])


def pipeline_scorer(model: str, split: Split, seed: int = 0, **training: Any) -> PipelineScorer:
    """Run ``pykeen.pipeline.pipeline`` with its defaults on the training part.

    Its own evaluation is given few edges: the ranks that are reported are ours, the same for everybody.
    """
    from pykeen.pipeline import pipeline

    logging.getLogger("pykeen").setLevel(logging.ERROR)
    few = split.test.subset(np.arange(len(split.test)) < 20)
    result = pipeline(
        training=split.train.to_pykeen(), testing=few.to_pykeen(), model=model, device="cpu",
        random_seed=seed, training_kwargs={"use_tqdm": False} | training,
        evaluation_kwargs={"use_tqdm": False, "batch_size": 20},
    )  # fmt: skip
    return PipelineScorer(result.model)


def theirs_per_second(model: str, graph: Triples, dim: int, batch: int, epochs: int) -> float:
    """Return edges a processor second of PyKEEN's LCWA loop with cross entropy, both directions."""
    import torch
    from pykeen.models import model_resolver
    from pykeen.training import LCWATrainingLoop
    from pykeen.triples import TriplesFactory

    plain = graph.to_pykeen()
    doubled = TriplesFactory(
        mapped_triples=plain.mapped_triples, entity_to_id=plain.entity_to_id,
        relation_to_id=plain.relation_to_id, create_inverse_triples=True,
    )  # fmt: skip
    made = model_resolver.make(
        model, triples_factory=doubled, embedding_dim=dim, loss="crossentropy", random_seed=0
    )
    loop = LCWATrainingLoop(
        model=made, triples_factory=doubled,
        optimizer=torch.optim.Adagrad(made.get_grad_params(), lr=0.1),
    )  # fmt: skip
    start = time.process_time()
    loop.train(doubled, num_epochs=epochs, batch_size=batch, use_tqdm=False)
    return 2 * len(graph) * epochs / (time.process_time() - start)


def ours_per_second(model: str, graph: Triples, dim: int, batch: int, epochs: int) -> float:
    """Return the same of our loop: softmax over all tails, both directions, Adagrad."""
    from discovery.embeddings.config import preset
    from discovery.embeddings.training import train

    config = preset(
        model, dim=dim, batch=batch, epochs=epochs, every=0, n3=0.0, relation_loss=0.0, lr=0.1,
        optimizer="adagrad", loss="1vsall", device="cpu",
    )  # fmt: skip
    start = time.process_time()
    train(graph, config)
    return 2 * len(graph) * epochs / (time.process_time() - start)
