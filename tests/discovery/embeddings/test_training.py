"""Training: every model, exact resume, bad input, smaller batches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from discovery.embeddings.config import PRESETS, TrainConfig, preset
from discovery.embeddings.models.base import Model
from discovery.embeddings.models.embedding import BilinearModel, PykeenModel, build
from discovery.embeddings.registry import MODELS, factory
from discovery.embeddings.trained import Trained, quick_mrr
from discovery.embeddings.training import Run, device_of, train
from discovery.embeddings.triples import Triples
from graph.errors import DataError, InputError, UsageError

SMALL = {"epochs": 3, "dim": 8, "batch": 64, "every": 1, "patience": 0}


def ring(n: int = 24, seed: int = 0) -> tuple[Triples, Triples]:
    """Two relations on a ring, one the other's inverse, a few edges held out, two entities alone."""
    edges = [(i, 0, (i + 1) % n) for i in range(n)] + [((i + 1) % n, 1, i) for i in range(n)]
    edges += [(i, 2, (i + 2) % n) for i in range(3)]
    h, r, t = (np.array(x) for x in zip(*edges, strict=True))
    names = [f"e:{i:02}" for i in range(n + 2)]
    whole = Triples.from_ids(
        names, ["next", "last", "rare"], h, r, t, types=["even", "odd"] * (n // 2 + 1),
        belief=np.linspace(0.5, 1, len(h)),
    )  # fmt: skip
    held = np.zeros(len(h), np.bool_)
    held[np.random.default_rng(seed).choice(2 * n, 8, replace=False)] = True
    return whole.subset(~held), whole.subset(held)


def same(a: Model, b: Model) -> bool:
    """Whether all parameters and buffers are equal to the last bit."""
    mine, other = a.state_dict(), b.state_dict()
    return mine.keys() == other.keys() and all(torch.equal(mine[k], other[k]) for k in mine)


@pytest.mark.parametrize("name", list(PRESETS))
def test_every_model_trains_and_scores(name: str) -> None:
    graph, valid = ring()
    changes = SMALL if name != "nbfnet" else SMALL | {"epochs": 2, "batch": 32}
    if name == "tucker":  # its dropout hides three epochs of learning
        changes = changes | {"options": {f"dropout_{i}": 0.0 for i in range(3)}, "epochs": 6}
    trained = train(graph, preset(name, **changes), valid=valid)
    assert trained.history[-1].loss < trained.history[0].loss
    h, r, t = valid.heads, valid.edges_relation, valid.tails
    tails = trained.score_tails(h, r)
    assert tails.shape == (len(valid), graph.n)
    assert np.isfinite(tails).all()
    assert trained.score(h, r, t) == pytest.approx(tails[np.arange(len(h)), t], abs=1e-4)
    assert trained.score_heads(r, t).shape == (len(valid), graph.n)


def test_the_registry_has_every_preset_and_fits() -> None:
    assert set(MODELS) == set(PRESETS)
    graph, valid = ring()
    trained = factory("distmult")(graph, valid=valid, seed=3, **SMALL)
    assert trained.config.seed == 3
    assert trained.score_tails(graph.heads[:2], graph.edges_relation[:2]).shape == (2, graph.n)


@pytest.mark.parametrize("name", ["complex", "rotate", "r-gcn"])
def test_an_interrupted_run_ends_exactly_like_one_that_was_not(name: str, tmp_path: Path) -> None:
    graph, valid = ring()
    config = preset(name, **(SMALL | {"epochs": 5, "dropout": 0.3, "every": 2}))
    whole = train(graph, config, valid=valid)
    halted = train(graph, config, valid=valid, folder=tmp_path, stop=lambda run: run.epoch == 3)
    assert not halted.finished
    assert len(halted.history) == 3
    resumed = train(graph, config, valid=valid, folder=tmp_path)
    assert [e.number for e in resumed.history] == [1, 2, 3, 4, 5]
    assert [e.loss for e in resumed.history] == [e.loss for e in whole.history]
    assert [e.valid for e in resumed.history] == [e.valid for e in whole.history]
    assert same(resumed.model, whole.model)
    loaded = Trained.load(tmp_path, graph)
    assert same(loaded.model, whole.model)
    assert np.array_equal(
        loaded.score_tails(graph.heads, graph.edges_relation),
        whole.score_tails(graph.heads, graph.edges_relation),
    )


def test_training_leaves_the_callers_generator_alone_and_depends_on_the_seed() -> None:
    graph, _ = ring()
    torch.manual_seed(5)
    before = torch.rand(1)
    torch.manual_seed(5)
    first = train(graph, preset("distmult", **SMALL))
    assert torch.equal(torch.rand(1), before)
    assert same(first.model, train(graph, preset("distmult", **SMALL)).model)
    assert not same(first.model, train(graph, preset("distmult", **SMALL, seed=1)).model)


def test_a_checkpoint_of_another_graph_or_other_settings_is_refused(tmp_path: Path) -> None:
    graph, valid = ring()
    config = preset("distmult", **SMALL)
    train(graph, config, valid=valid, folder=tmp_path)
    with pytest.raises(DataError, match="another graph"):
        train(valid, config, folder=tmp_path)
    with pytest.raises(UsageError, match="other settings: dim"):
        train(graph, replace(config, dim=16), folder=tmp_path)
    with pytest.raises(DataError, match="another graph"):
        Trained.load(tmp_path, valid)
    assert len(train(valid, config, folder=tmp_path, resume=False).history) == 3


def test_a_damaged_or_missing_checkpoint_says_so(tmp_path: Path) -> None:
    graph, _ = ring()
    with pytest.raises(InputError, match="no trained model"):
        Trained.load(tmp_path, graph)
    train(graph, preset("distmult", **SMALL), folder=tmp_path)
    (tmp_path / "checkpoint.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(InputError, match="cannot be read"):
        train(graph, preset("distmult", **SMALL), folder=tmp_path)


class Hungry(BilinearModel):
    """Runs out of memory with more than eight questions at once."""

    def tails(self, state: object, h: object, r: object) -> object:
        if self.training and len(h) > 8:  # type: ignore[arg-type]
            raise torch.OutOfMemoryError("too much")
        return super().tails(state, h, r)


def test_out_of_memory_computes_the_same_steps_in_smaller_parts() -> None:
    graph, _ = ring()
    config = preset("complex", **SMALL)
    plain = train(graph, config)
    hungry = train(graph, config, make=lambda g, c: Hungry(g, c))
    assert hungry.notes == [
        "out of memory: batches of 64 are computed 32 at a time",
        "out of memory: batches of 64 are computed 16 at a time",
        "out of memory: batches of 64 are computed 8 at a time",
    ]
    assert [e.loss for e in hungry.history] == pytest.approx(
        [e.loss for e in plain.history], rel=1e-4
    )


def test_bad_input_is_refused_with_what_to_do() -> None:
    graph, _ = ring()
    with pytest.raises(DataError, match="no edges"):
        train(graph.subset(np.zeros(len(graph), np.bool_)), preset("distmult"))
    with pytest.raises(UsageError, match="no model 'gpt'"):
        preset("gpt")
    with pytest.raises(UsageError, match="PyKEEN has no model"):
        train(graph, preset("pykeen:Nothing", **SMALL))
    with pytest.raises(UsageError, match="unknown training settings: depth"):
        preset("distmult", depth=3)
    with pytest.raises(UsageError, match="loss must be one of"):
        TrainConfig(loss="mse")
    with pytest.raises(DataError, match="loss is no number"):
        train(graph, preset("distmult", **(SMALL | {"lr": 1e30, "optimizer": "adam"})))
    if not torch.cuda.is_available():
        with pytest.raises(UsageError, match="no usable NVIDIA GPU") as told:
            device_of("cuda")
        assert "--device" in str(told.value)


def test_any_other_model_of_pykeen_can_be_named() -> None:
    graph, valid = ring()
    trained = train(graph, preset("pykeen:SimplE", **SMALL), valid=valid)
    assert trained.history[-1].valid is not None


@pytest.mark.parametrize("name", ["complex", "distmult"])
def test_the_fast_bilinear_scores_are_pykeens(name: str) -> None:
    graph, _ = ring()
    model = build(graph, preset(name, dim=8))
    model.eval()
    h, r, t = (torch.tensor(x) for x in ([0, 3, 5], [0, 1, 5], [2, 2, 7]))
    slow = [PykeenModel.tails(model, None, h, r), PykeenModel.relations(model, None, h, t)]
    assert torch.allclose(model.tails(None, h, r), slow[0], atol=1e-6)
    assert torch.allclose(model.relations(None, h, t), slow[1], atol=1e-6)
    some = model.some(None, h, r, t.unsqueeze(1))
    assert torch.allclose(some, slow[0].gather(1, t.unsqueeze(1)), atol=1e-6)


@pytest.mark.parametrize("loss", ["1vsall", "kvsall", "negatives"])
def test_beliefs_weigh_the_loss(loss: str) -> None:
    graph, _ = ring()
    config = preset(
        "distmult", **(SMALL | {"epochs": 30, "loss": loss, "n3": 0.0, "relation_loss": 0.0})
    )
    doubted = graph.heads < 4
    low = replace(graph, belief=np.where(doubted, 0.01, 1.0).astype(np.float32))
    trained, plain = train(low, config), train(low, replace(config, belief_weighted=False))
    h, r, t = low.heads[doubted], low.edges_relation[doubted], low.tails[doubted]

    def places(model: Trained) -> float:
        scores = model.score_tails(h, r)
        own = scores[np.arange(len(h)), t]
        return float((scores > own[:, None]).sum(1).mean())

    assert places(plain) < places(trained)


def test_hard_and_typed_negatives_have_the_right_type_and_are_not_true() -> None:
    from discovery.embeddings.losses import Questions

    graph, _ = ring()
    asked = Questions(graph, preset("distmult"))
    rows = torch.arange(len(asked))
    false = asked.negatives(rows, 6, "typed", np.random.default_rng(0)).numpy()
    kind = graph.type_ids[1]
    h, r = asked.h.numpy(), asked.r.numpy()
    forward = r < graph.r
    known = graph.known()
    for k in range(6):
        ahead = known.contains(h[forward], r[forward], false[forward, k])
        assert not ahead.any()
        # the ring's "next" goes from even to odd and from odd to even
        assert set(kind[false[r == 2, k]]) <= set(kind[graph.tails[graph.edges_relation == 2]])
    for kind_ in ("uniform", "hard"):
        config = preset("rotate", **(SMALL | {"negative_kind": kind_, "negatives": 4}))
        assert train(graph, config).history[-1].loss > 0


@pytest.mark.parametrize("name", ["complex", "r-gcn", "compgcn", "hgt", "nbfnet"])
def test_mixed_precision_and_neighbour_sampling_train(name: str) -> None:
    graph, valid = ring()
    mixed = train(graph, preset(name, **SMALL, precision="mixed", neighbours=2), valid=valid)
    assert np.isfinite(mixed.history[-1].loss)
    assert mixed.score_tails(graph.heads[:1], graph.edges_relation[:1]).dtype == np.float64


def test_quick_mrr_is_the_filtered_realistic_one() -> None:
    from discovery.embeddings.metrics import evaluate
    from discovery.embeddings.splits import Split

    graph, valid = ring()
    trained = train(graph, preset("distmult", **SMALL))
    wanted = evaluate(trained, Split(graph, valid, valid)).mrr.value
    assert quick_mrr(trained, graph, valid) == pytest.approx(wanted)


def test_early_stopping_returns_the_best_model() -> None:
    graph, valid = ring()
    seen: list[Run] = []
    config = preset("distmult", **(SMALL | {"epochs": 60, "patience": 2, "lr": 1.0}))
    trained = train(graph, config, valid=valid, stop=lambda run: seen.append(run) or False)
    assert len(trained.history) < 60
    best = max(e.valid for e in trained.history if e.valid is not None)
    assert quick_mrr(trained, graph, valid) == pytest.approx(best)
