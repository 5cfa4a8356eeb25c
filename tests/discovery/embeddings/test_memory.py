"""Memory runs out: on a GPU or on the processor, in one process or two, and even for one edge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from discovery.embeddings.config import preset
from discovery.embeddings.models.graph_networks import GraphNetwork
from discovery.embeddings.training import train
from discovery.embeddings.triples import Triples
from graph.errors import DataError

ERRORS = (
    torch.OutOfMemoryError("CUDA out of memory."),
    RuntimeError("[enforce fail] . DefaultCPUAllocator: can't allocate memory: you tried 8 bytes"),
)


def ring(n: int = 24) -> Triples:
    ids = np.arange(n)
    return Triples.from_ids([f"e:{i}" for i in ids], ["next"], ids, np.zeros(n, int), (ids + 1) % n)


def hungry(error: RuntimeError, most: int) -> Any:
    """A network that has memory for so many questions at once."""

    class Hungry(GraphNetwork):
        def tails(self, state: Any, h: Any, r: Any) -> Any:
            if self.training and len(h) > most:
                raise error
            return super().tails(state, h, r)

    return lambda triples, config: Hungry(triples, config)


@pytest.mark.parametrize("error", ERRORS, ids=("gpu", "cpu"))
def test_the_same_steps_in_smaller_parts_and_it_is_said(error: RuntimeError) -> None:
    config = preset("compgcn", dim=8, epochs=2, batch=32, dropout=0.0, patience=0)
    plain = train(ring(), config)
    small = train(ring(), config, make=hungry(error, 8))
    assert small.notes == [
        "out of memory: batches of 32 are computed 16 at a time",
        "out of memory: batches of 32 are computed 8 at a time",
    ]
    assert [e.loss for e in small.history] == pytest.approx(
        [e.loss for e in plain.history], rel=1e-4
    )


@pytest.mark.parametrize("error", ERRORS, ids=("gpu", "cpu"))
def test_not_even_one_edge_fits(error: RuntimeError) -> None:
    config = preset("compgcn", dim=8, epochs=1, batch=32)
    with pytest.raises(DataError, match="not enough memory") as found:
        train(ring(), config, make=hungry(error, 0))
    assert "smaller dim" in (found.value.hint or "")


def test_another_error_is_no_lack_of_memory() -> None:
    config = preset("compgcn", dim=8, epochs=1, batch=32)
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        train(ring(), config, make=hungry(RuntimeError("shapes do not fit"), 8))


def test_beliefs_that_are_no_numbers_are_named() -> None:
    ids = np.arange(3)
    with pytest.raises(DataError, match=r"1 beliefs.*the first of e:1 next e:2: nan"):
        Triples.from_ids(
            [f"e:{i}" for i in range(4)], ["next"], ids, np.zeros(3, int), ids + 1,
            belief=np.array([0.5, np.nan, 1.0]),
        )  # fmt: skip
