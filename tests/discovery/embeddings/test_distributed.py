"""Two workers on the processor end with the figures of one: spawned, by torchrun, by Ray Train."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs etiograph[gnn]")

from discovery.embeddings.config import TrainConfig, preset
from discovery.embeddings.distributed import train_with_ray, train_workers
from discovery.embeddings.features import Features, combine, names
from discovery.embeddings.trained import Trained
from discovery.embeddings.training import maker, train
from discovery.embeddings.triples import Triples
from graph.errors import DataError, UsageError

SMALL = {"epochs": 4, "dim": 8, "batch": 32, "every": 2, "patience": 0, "dropout": 0.0}


def parts(n: int = 30) -> tuple[Triples, Triples]:
    """A ring of two inverse relations, some edges held out."""
    edges = [(i, 0, (i + 1) % n) for i in range(n)] + [((i + 1) % n, 1, i) for i in range(n)]
    h, r, t = (np.array(x) for x in zip(*edges, strict=True))
    whole = Triples.from_ids([f"e:{i:02}" for i in range(n)], ["next", "last"], h, r, t)
    held = np.zeros(len(h), np.bool_)
    held[::7] = True
    return whole.subset(~held), whole.subset(held)


def named(graph: Triples) -> Features:
    kinds = ("alpha kinase", "beta receptor", "gamma channel")
    return combine(graph, [names(graph, {e: f"{kinds[i % 3]} {i}" for i, e in enumerate(graph.entities)}, dims=16)])  # fmt: skip


def agree(one: Trained, two: Trained) -> None:
    """The same but for the rounding of sums in another order."""
    assert [e.number for e in two.history] == [e.number for e in one.history]
    for a, b in zip(one.history, two.history, strict=True):
        assert b.loss == pytest.approx(a.loss, rel=1e-3)
        if a.valid is not None:
            assert b.valid == pytest.approx(a.valid, abs=0.02)
    graph = one.triples
    mine = one.score_tails(graph.heads, graph.edges_relation)
    other = two.score_tails(graph.heads, graph.edges_relation)
    assert np.allclose(mine, other, atol=0.02)


@pytest.mark.slow
def test_workers_read_features_too(tmp_path: Path) -> None:
    graph, valid = parts()
    config = preset("compgcn", **SMALL)
    features = named(graph)
    one = train(graph, config, valid=valid, make=maker(features))
    two = train_workers(
        graph, config, tmp_path / "model", workers=2, valid=valid, features=features
    )
    agree(one, two)
    stored = two.model.state_dict()["given"].numpy()
    assert np.array_equal(stored, features.flagged())
    # features matter: without them it is another model
    without = train(graph, config, valid=valid)
    assert without.history[0].loss != pytest.approx(one.history[0].loss, rel=1e-3)


def write_edges(path: Path) -> Path:
    lines = ["head\trelation\ttail"]
    for i in range(30):
        lines += [f"e:{i}\tnext\te:{(i + 1) % 30}", f"e:{(i + 1) % 30}\tlast\te:{i}"]
        lines += [f"e:{i}\tthird\te:{(i + 3) % 30}"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.slow
def test_torchrun_ends_with_the_figures_of_one_process(tmp_path: Path) -> None:
    edges = write_edges(tmp_path / "edges.tsv")
    command = [sys.executable, "-c", "from etiograph.cli import main; main()", "embed", "train", str(edges),
               "--model", "r-gcn", "--features", "names", "--json", "--quiet", "--device", "cpu"]  # fmt: skip
    for key, value in SMALL.items():
        command += ["--set", f"{key}={value}"]
    environment = os.environ | {
        "ETIOGRAPH_HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
    }  # fmt: skip
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "--no-python"]  # fmt: skip
    cards: list[dict[str, Any]] = []
    for start, out in (([], "one"), (torchrun, "two")):
        done = subprocess.run(
            [*start, *command, "--out", str(tmp_path / out)],
            capture_output=True, text=True, env=environment, timeout=400, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        cards.append(json.loads(done.stdout))  # only the first of the two reports
    one, two = cards
    assert two["training"]["epochs"] == one["training"]["epochs"] == 4
    assert two["training"]["loss"] == pytest.approx(one["training"]["loss"], rel=1e-3)
    assert two["evaluation"]["mrr"]["value"] == pytest.approx(
        one["evaluation"]["mrr"]["value"], abs=0.02
    )
    assert one["data"]["features"] == two["data"]["features"] == {"names": 30}


@pytest.mark.slow
def test_ray_train_ends_with_the_figures_of_one_process(ray_cluster: Any, tmp_path: Path) -> None:
    pytest.importorskip("ray.train.torch", reason="needs etiograph[cluster] with Ray Train")
    import ray

    graph, valid = parts()
    config = replace(preset("compgcn", **SMALL), device="cpu")
    features = named(graph)
    one = train(graph, config, valid=valid, make=maker(features))
    graph.save(tmp_path / "train")
    valid.save(tmp_path / "valid")
    features.save(tmp_path / "features.npz")
    ray.init(address=ray_cluster.address, log_to_driver=False)
    places = {"valid": tmp_path / "valid", "features": tmp_path / "features.npz"}
    train_with_ray(tmp_path / "train", config, tmp_path / "model", workers=2, **places)
    agree(one, Trained.load(tmp_path / "model", graph, "cpu"))
    # what a worker stumbles over is told as an error of ours
    other = TrainConfig.of(config.to_json() | {"dim": 16})
    with pytest.raises(DataError, match=r"a worker failed.*other settings: dim"):
        train_with_ray(tmp_path / "train", other, tmp_path / "model", workers=2, **places)


def test_no_workers_cannot_train(tmp_path: Path) -> None:
    graph, _ = parts()
    config = preset("compgcn", **SMALL)
    with pytest.raises(UsageError, match="0 workers"):
        train_workers(graph, config, tmp_path, workers=0)
    with pytest.raises(UsageError, match="0 workers"):
        train_with_ray(tmp_path, config, tmp_path, workers=0)
