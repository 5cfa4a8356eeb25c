"""``etiograph embed train --features``: what a graph network reads of entities beside their edges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

SMALL = ("--set", "dim=8", "--set", "batch=64", "--set", "every=2", "--set", "epochs=2")


@pytest.fixture
def edges(home: Path) -> str:
    """Drugs, genes and diseases in three modules, with a table of some drugs."""
    rng = np.random.default_rng(0)
    lines = ["head\trelation\ttail\thead_type\ttail_type"]
    for i in range(24):
        for relation, kind in (("binds", "Gene"), ("treats", "Disease")):
            ends = rng.choice(8, 4, replace=False) * 3 + i % 3
            lines += [f"drug:{i}\t{relation}\t{kind.lower()}:{e}\tDrug\t{kind}" for e in ends]
    (home / "edges.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = [f"drug:{i},{i % 3},{i % 2}" for i in range(20)]
    (home / "assay.csv").write_text("\n".join(["id,module,batch", *rows]) + "\n", encoding="utf-8")
    return str(home / "edges.tsv")


@pytest.mark.slow
def test_from_the_command_line_to_the_saved_model(run: Any, home: Path, edges: str) -> None:
    common = ("embed", "train", edges, "--model", "r-gcn", *SMALL, "--json")
    features = ("--features", "names", "--features", "table:assay.csv")
    done = run(*common, *features, "--out", "model")
    assert done.code == 0, done.err
    assert "features, table assay.csv: 20 of 72 entities" in done.err
    card = json.loads(done.out)
    assert card["data"]["features"] == {"names": 72, "table assay.csv": 20}
    assert "features, names: 72 entities" in (home / "model" / "card.md").read_text("utf-8")
    given = torch.load(home / "model" / "model.pt", weights_only=True)["model"]["given"]
    assert given.shape == (72, 256 + 2 + 2)
    # the features are those of the folder: the retrained models of the null graphs have them, too
    told = run("embed", "propose", "model", "--relation", "treats", "--nulls", "2", "--json", "--quiet")  # fmt: skip
    assert told.code == 0, told.err
    # the run goes on with the same ones only
    again = run(*common, *features, "--set", "epochs=3", "--out", "model")
    assert again.code == 0
    assert json.loads(again.out)["training"]["epochs"] == 3
    other = run(*common, "--features", "names", "--set", "epochs=4", "--out", "model")
    assert other.code != 0
    assert "other features" in other.err


@pytest.mark.slow
def test_with_workers_and_with_a_search(run: Any, home: Path, edges: str) -> None:
    common = ("embed", "train", edges, "--model", "compgcn", *SMALL, "--features", "table:assay.csv",
              "--json", "--quiet", "--set", "dropout=0.0")  # fmt: skip
    cards = []
    for out, more in (("one", ()), ("two", ("--workers", "2")), ("three", ("--search", "1"))):
        done = run(*common, *more, "--out", out)
        assert done.code == 0, done.err
        cards.append(json.loads(done.out))
        state = torch.load(home / out / "model.pt", weights_only=True)["model"]
        assert state["given"].shape == (72, 3)
        assert state["reads.weight"].shape[1] == 3
    one, two, three = cards
    assert two["training"]["loss"] == pytest.approx(one["training"]["loss"], rel=1e-3)
    mrr = [card["evaluation"]["mrr"]["value"] for card in (one, two)]
    assert mrr[1] == pytest.approx(mrr[0], abs=0.02)
    assert any("the best of" in note for note in three["training"]["notes"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--model", "complex", "--features", "names"), "complex learns from edges alone"),
        (("--model", "r-gcn", "--features", "shoe-size"), "no features 'shoe-size'"),
        (("--model", "r-gcn", "--features", "table:nowhere.csv"), "no such file"),
        (("--model", "r-gcn", "--features", "table:holes.csv"), "--mask-nan"),
    ],
)
def test_what_is_refused_says_what_to_do(
    run: Any, home: Path, edges: str, arguments: tuple[str, ...], said: str
) -> None:
    (home / "holes.csv").write_text("id,a\ndrug:1,\ndrug:2,3\n", encoding="utf-8")
    done = run("embed", "train", edges, *SMALL, *arguments, "--out", "model", "--quiet")
    assert done.code in (2, 3)
    assert said in done.err
    assert not (home / "model").exists()


@pytest.mark.slow
def test_holes_are_masked_when_asked(run: Any, home: Path, edges: str) -> None:
    (home / "holes.csv").write_text("id,a\ndrug:1,\ndrug:2,3\n", encoding="utf-8")
    done = run("embed", "train", edges, *SMALL, "--model", "r-gcn", "--features", "table:holes.csv",
               "--mask-nan", "--out", "model", "--json", "--quiet")  # fmt: skip
    assert done.code == 0, done.err
    card = json.loads(done.out)
    assert card["data"]["features"] == {"table holes.csv": 1}
    assert any("NaN or infinity in table holes.csv" in note for note in card["training"]["notes"])
