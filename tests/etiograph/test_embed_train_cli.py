"""``etiograph embed train`` and ``propose``: from edges to a model, its card, and proposals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

SMALL = ("--set", "dim=8", "--set", "batch=64", "--set", "every=2", "--set", "n3=0.01")


def write(path: Path, seed: int = 0) -> Path:
    """Write drugs, genes and diseases in three modules."""
    rng = np.random.default_rng(seed)
    lines = ["head\trelation\ttail\thead_type\ttail_type"]
    for i in range(24):
        for relation, kind in (("binds", "Gene"), ("treats", "Disease")):
            ends = rng.choice(8, 4, replace=False) * 3 + i % 3
            lines += [f"drug:{i}\t{relation}\t{kind.lower()}:{e}\tDrug\t{kind}" for e in ends]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on_to_the_same_figures(run: Any, home: Path) -> None:
    edges = str(write(home / "edges.tsv"))
    common = ("embed", "train", edges, "--model", "distmult", *SMALL, "--json", "--quiet")
    whole = run(*common, "--set", "epochs=6", "--out", "whole", "--plot", "curve.svg", "--audit")
    assert whole.code == 0, whole.err
    assert run(*common, "--set", "epochs=4", "--out", "parts", "--audit").code == 0
    again = run(*common, "--set", "epochs=6", "--out", "parts", "--audit")
    assert again.code == 0
    one, other = json.loads(whole.out), json.loads(again.out)
    assert one["evaluation"] == other["evaluation"]
    assert one["training"]["loss"] == other["training"]["loss"]
    assert other["training"]["epochs"] == 6
    assert one["audit"]["reference"] == "rules"
    card = (home / "whole" / "card.md").read_text(encoding="utf-8")
    assert one["data"]["snapshot"] in card
    assert "inflation" in card
    assert (home / "curve.svg").is_file()

    done = run("embed", "train", str(write(home / "b.tsv", 1)), "--model", "distmult", *SMALL,
               "--set", "epochs=6", "--out", "parts", "--audit")  # fmt: skip
    assert done.code != 0
    assert "another graph" in done.err
    assert "--restart" in done.err
    done = run(*common, "--set", "dim=16", "--out", "parts", "--audit")
    assert done.code != 0
    assert "dim" in done.err

    told = run("embed", "propose", "whole", "--relation", "treats", "--fdr", "0.2", "--nulls", "5",
               "--json", "--quiet")  # fmt: skip
    assert told.code == 0, told.err
    found = json.loads(told.out)
    assert (found["fdr"], found["rewired_graphs"]) == (0.2, 5)
    assert all(p["q"] <= 0.2 and p["relation"] == "treats" for p in found["proposals"])
    near = run("embed", "propose", "whole", "--relation", "treats", "--fdr", "0.2", "--nulls", "5",
               "--scorer", "nearest-neighbour", "--json", "--quiet")  # fmt: skip
    assert json.loads(near.out)["model"] == "nearest-neighbour"
    assert near.out != told.out
    wrong = run("embed", "propose", "whole", "--relation", "treats", "--scorer", "nearest")
    assert "there is no scorer 'nearest'" in wrong.err
    assert run("embed", "propose", "whole").code != 0
    assert "binds, treats" in run("embed", "propose", "whole").err
    done = run("embed", "export", "--model", "whole", "--vectors", "v.parquet", "--json")
    assert json.loads(done.out)["dimensions"] == 8


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--set", "dim"), "KEY=VALUE"),
        (("--set", "size=3"), "unknown training settings"),
        (("--model", "gpt"), "there is no model"),
        (("--settings", "none.json"), "settings cannot be read"),
    ],
)
def test_wrong_settings_are_named(
    run: Any, home: Path, options: tuple[str, ...], says: str
) -> None:
    done = run("embed", "train", str(write(home / "edges.tsv")), *options, "--out", "m")
    assert done.code != 0
    assert says in done.err
    assert not (home / "m").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_cuda_without_a_gpu_says_what_to_do(run: Any, home: Path) -> None:
    done = run("embed", "train", str(write(home / "edges.tsv")), "--device", "cuda")
    assert done.code != 0
    assert "no usable NVIDIA GPU" in done.err
    assert "--device" in done.err


@pytest.mark.slow
def test_rare_relations_lonely_entities_and_one_type_train_and_are_noted(
    run: Any, home: Path
) -> None:
    lines = [f"x:{i}\tnext\tx:{(i + 1) % 30}" for i in range(30)]
    lines += [f"x:{i}\trare\tx:{i + 9}" for i in range(3)]
    (home / "plain.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = run("embed", "train", "plain.tsv", "--model", "distmult", *SMALL, "--set", "epochs=2",
               "--out", "m", "--json")  # fmt: skip
    assert done.code == 0, done.err
    limits = " ".join(json.loads(done.out)["data"]["limits"])
    assert "rare" in limits
    assert "one type" in limits
