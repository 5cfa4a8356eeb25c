"""``etiograph estimate``: units, doses, survival, specifications, controls, plots, and what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    n = 240
    c = rng.normal(size=n)
    x = (rng.random(n) < 1 / (1 + np.exp(-c))).astype(int)
    frame = pd.DataFrame(
        {
            "X": x, "C": c, "Y": np.abs(4 + x + c + rng.normal(size=n)), "N": c + rng.normal(size=n),
            "sex": rng.integers(0, 2, n), "dose": c + rng.normal(size=n),
            "died": (rng.random(n) < 0.8).astype(int),
        }
    )  # fmt: skip
    frame.to_csv(tmp_path / "t.csv", index=False)
    (tmp_path / "g.dagitty").write_text(
        "dag { X [exposure] Y [outcome] C -> {X dose Y} X -> Y dose -> Y }", encoding="utf-8"
    )
    return ["estimate", "-g", str(tmp_path / "g.dagitty"), "-d", str(tmp_path / "t.csv")]


def test_average_with_checks_and_plot(run, files, tmp_path):
    plot = tmp_path / "love.png"
    code, out, _ = run(*files, "--refute", "--control", "N", "--plot", str(plot), "--json")
    assert code == 0
    told = json.loads(out)
    assert {c["name"] for c in told["refutations"]} == {"placebo", "random-cause", "subsets"}
    assert told["rosenbaum"]["pairs"] > 20
    assert told["negative_controls"][0]["passed"]
    assert told["sensitivity"]["benchmarks"][0]["name"] == "C"
    assert told["assumptions"]
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_words_for_people(run, files):
    code, out, _ = run(*files)
    assert code == 0
    for words in ("balance: largest difference", "overlap: propensities", "This holds if:", "How robust:"):  # fmt: skip
        assert words in out
    code, out, _ = run(*files, "--estimator", "list")
    assert code == 0
    assert "aipw-treated" in out


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--what", "units", "--estimator", "gp", "--by", "sex"], "sex = 1"),
        (["--what", "doses", "-x", "dose"], "would average"),
        (
            ["--what", "survival", "--event", "died", "--horizon", "4"],
            "Mean time without the event",
        ),
        (["--what", "specifications", "--estimator", "linear"], "ways to estimate"),
    ],
)
def test_other_questions(run, files, tmp_path, more, words):
    plot = tmp_path / "p.svg"
    code, out, err = run(*files, *more, "--plot", str(plot))
    assert code == 0, err
    assert words in out
    assert "This holds if:" in out
    assert plot.stat().st_size > 1000


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (["--what", "nonsense"], 2, "--what nonsense is not known"),
        (["--kind", "pie"], 2, "there is no plot 'pie'"),
        (["--what", "survival"], 2, "column of events is not named"),
        (["--what", "doses"], 3, "8 doses"),
        (["--weights", "w"], 3, "no column 'w'"),
        (["-x", "Y"], 2, "both treatment and outcome"),
        (["--control", "C"], 2, "part of the question"),
    ],
)
def test_what_cannot_be_done_is_named(run, files, more, code, words):
    got, _, err = run(*files, *more)
    assert got == code
    assert words in " ".join(err.split())
