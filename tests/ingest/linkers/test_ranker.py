"""The network that chooses among candidates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graph.errors import InputError
from ingest.linkers.genes import HUMAN, SpeciesReader
from ingest.models.linking_training import Outcome, calibration
from ingest.models.ranker import Example, Ranker, _gradients, fit


def examples(count: int = 300) -> list[Example]:
    """The candidate with the largest first feature is right, and none if all are below 0."""
    rng = np.random.default_rng(1)
    made = []
    for _ in range(count):
        features = rng.normal(size=(int(rng.integers(1, 5)), 3)).astype(np.float32)
        right = np.zeros(len(features), dtype=bool)
        if features[:, 0].max() > 0:
            right[features[:, 0].argmax()] = True
        made.append(Example(features, right))
    return made


def test_learns_and_comes_back(tmp_path: Path) -> None:
    net = fit(examples(), units=8, epochs=40, seeds=(0, 1))
    hits = 0
    held = examples(500)[300:]
    for example in held:
        p = net.probabilities(example.features)
        assert p.sum() < 1
        assert (p >= 0).all()
        none = 1 - p.sum()
        hits += bool(example.right[p.argmax()]) if p.max() > none else not example.right.any()
    assert hits > 0.9 * len(held)
    again = fit(examples(), units=8, epochs=40, seeds=(0, 1))
    assert np.array_equal(net.hidden, again.hidden)
    ranker = Ranker({"x": net}, {"gene": 0.5})
    ranker.save(tmp_path / "a.npz", ["a", "b", "c"])
    ranker.save(tmp_path / "b.npz", ["a", "b", "c"])
    data = (tmp_path / "a.npz").read_bytes()
    assert data == (tmp_path / "b.npz").read_bytes()
    loaded = Ranker.load(data, ["a", "b", "c"])
    assert loaded.rates == {"gene": 0.5}
    features = held[0].features
    assert np.array_equal(loaded.networks["x"].probabilities(features), net.probabilities(features))
    with pytest.raises(InputError, match="other features"):
        Ranker.load(data, ["a"])
    for broken in (b"", b"PK", data[: len(data) // 2]):
        with pytest.raises(InputError, match="damaged"):
            Ranker.load(broken, ["a", "b", "c"])


def test_gradients_by_finite_differences() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 3, 2))
    there = np.ones((4, 4), dtype=bool)
    right = np.zeros((4, 4), dtype=bool)
    right[range(4), [0, 2, 3, 1]] = True
    parameters = [rng.normal(size=s) for s in ((2, 5), (5,), (5,), (1,))]

    def loss(params: list[np.ndarray]) -> float:  # type: ignore[type-arg]
        scores = np.concatenate(
            [np.tanh(x @ params[0] + params[1]) @ params[2], np.full((4, 1), params[3][0])], axis=1
        )
        return float(np.mean(np.log(np.exp(scores).sum(axis=1)) - scores[right]))

    gradients = _gradients(x, there, right, parameters)
    for n, gradient in enumerate(gradients):
        for place in np.ndindex(gradient.shape):
            moved = [p.copy() for p in parameters]
            moved[n][place] += 1e-5
            slope = (loss(moved) - loss(parameters)) / 1e-5
            assert gradient[place] == pytest.approx(slope, abs=1e-3)


def test_calibration_by_hand() -> None:
    made = [Outcome("1", "x", True, 0.95, True), Outcome("1", "x", True, 0.95, False)]
    error, rows = calibration([*made, Outcome("1", "x", False, 0.0, False)])
    assert error == pytest.approx(0.45)
    assert rows == [(pytest.approx(0.95), 0.5, 2)]


@pytest.mark.parametrize(
    ("text", "name", "species"),
    [
        ("TNF rose.", "TNF", HUMAN),
        ("Rats were fed. TNF rose.", "TNF", "ncbitaxon:10116"),
        ("In mice IL6 fell and in patients TNF rose.", "TNF", HUMAN),
        ("Mice and patients differ. The gene Tlr4 was low.", "Tlr4", "ncbitaxon:10090"),
        ("Zebrafish tnfa rose.", "tnfa", "ncbitaxon:7955"),
    ],
)
def test_species(text: str, name: str, species: str) -> None:
    assert SpeciesReader(text).at(text.index(name), name) == species
