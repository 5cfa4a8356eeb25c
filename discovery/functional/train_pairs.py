"""Train the model of pair directions on simulated pairs: ``python -m discovery.functional.train_pairs``.

Writes ``pair_model.json`` beside this file (``--out`` for another place) and prints what the card says. Takes
some minutes; the same numbers give the same model on the same machine. For calibration each family of
mechanisms is left out in turn, so that the temperature knows how wrong the model is on mechanisms that it has
never seen.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from discovery.functional import pair_discrete as discrete
from discovery.functional.pair_features import CONTEXT, CRITERIA, differences
from discovery.functional.pair_generators import FAMILIES, simulate_pair
from discovery.functional.pair_model import Layer, PairModel

__all__ = ["main", "simulate", "train"]

Floats = NDArray[np.float64]


def simulate(number: int, seed: int) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return criteria [n, k] and context [n, m] of ``number`` simulated pairs (cause first) and the number
    of the family of each [n]."""
    names = sorted(FAMILIES)
    criteria, context, family = [], [], []
    for k in range(number):
        which = k % len(names)
        pair = simulate_pair(names[which], np.random.default_rng([seed, k]))
        d, c = differences(*pair)
        criteria.append([d[name] for name in CRITERIA])
        context.append([c[name] for name in CONTEXT])
        family.append(which)
    return np.array(criteria), np.array(context), np.array(family)


def train(
    criteria: Floats,
    context: Floats,
    *,
    members: int = 5,
    hidden: int = 24,
    epochs: int = 60,
    decay: float = 3e-3,
    seed: int = 0,
) -> PairModel:
    """Fit the network to pairs whose first column is the cause (logistic loss, Adam)."""
    scale = np.median(np.abs(criteria), axis=0) + 1e-3
    middle, spread = context.mean(axis=0), context.std(axis=0) + 1e-6
    model = PairModel(scale, middle, spread, (), 1.0, np.zeros(3))
    d, c = model.inputs(criteria, context)
    fitted = tuple(
        _member(d, c, hidden, epochs, decay, np.random.default_rng([seed, m]))
        for m in range(members)
    )
    return PairModel(scale, middle, spread, fitted, 1.0, np.zeros(3))


def _member(
    d: Floats, c: Floats, hidden: int, epochs: int, decay: float, rng: np.random.Generator
) -> Layer:
    n, k = d.shape
    weights = [
        rng.normal(size=(k, hidden)) / np.sqrt(k),
        rng.normal(size=(c.shape[1], hidden)) / np.sqrt(c.shape[1]),
        rng.normal(size=hidden) * 0.1,
        rng.normal(size=hidden) / np.sqrt(hidden),
    ]
    first = [np.zeros_like(w) for w in weights]
    second = [np.zeros_like(w) for w in weights]
    step, size = 0, 128
    total = epochs * (n // size)
    for _ in range(epochs):
        order = rng.permutation(n)
        for start in range(0, n - size + 1, size):
            rows = order[start : start + size]
            x, z = d[rows], c[rows]
            a, b, offset, out = weights
            base, move = z @ b + offset, x @ a
            up, down = np.tanh(base + move), np.tanh(base - move)
            logit = (up - down) @ out
            # derivative of log(1 + exp(-logit))
            slope = -1.0 / (1.0 + np.exp(np.clip(logit, -30, 30))) / size
            left, right = (1 - up**2) * out, (1 - down**2) * out
            left, right = slope[:, None] * left, slope[:, None] * right
            gradients = [
                x.T @ (left + right) + decay * a,
                z.T @ (left - right) + decay * b,
                (left - right).sum(axis=0),
                (up - down).T @ slope + decay * out,
            ]
            step += 1
            rate = 3e-3 * (1.0 - step / (total + 1))
            for w, g, m, v in zip(weights, gradients, first, second, strict=True):
                m *= 0.9
                m += 0.1 * g
                v *= 0.999
                v += 0.001 * g * g
                w -= rate * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
    a, b, offset, out = weights
    return a, b, offset, out


def best_temperature(log_odds: Floats) -> float:
    """Return the number that log odds of true directions are divided by for the least logistic loss."""
    grid = np.exp(np.linspace(-1.0, 3.0, 161))
    losses = [float(np.logaddexp(0.0, -log_odds / t).mean()) for t in grid]
    return float(grid[int(np.argmin(losses))])


def left_out(criteria: Floats, context: Floats, family: NDArray[np.int64]) -> Floats:
    """Return log odds [n] of the true directions by models that never saw the family of the pair."""
    found = np.empty(len(criteria))
    for which in np.unique(family):
        rows = family == which
        found[rows] = train(criteria[~rows], context[~rows], members=2).log_odds(
            criteria[rows], context[rows]
        )
    return found


def discrete_weights(seed: int, number: int = 4000) -> Floats:
    """Return the weights [3] of the inputs for categories, calibrated as those of numbers are: logistic
    regression without offset on simulated pairs, divided by the temperature for families left out."""
    from sklearn.linear_model import LogisticRegression

    family = np.arange(number) % len(discrete.FAMILIES)
    rows = np.array(
        [
            discrete.inputs(
                *discrete.differences(
                    *discrete.simulate_pair(
                        discrete.FAMILIES[which], np.random.default_rng([seed, 7, k])
                    )
                )
            )
            for k, which in enumerate(family)
        ]
    )
    sign = np.where(np.random.default_rng(seed).random(number) < 0.5, 1.0, -1.0)

    def fit(some: NDArray[np.bool_]) -> Floats:
        model = LogisticRegression(fit_intercept=False, C=1.0)
        model.fit(rows[some] * sign[some, None], sign[some] > 0)
        return np.asarray(model.coef_[0])

    unseen = np.empty(number)
    for which in range(len(discrete.FAMILIES)):
        part = family == which
        unseen[part] = rows[part] @ fit(~part)
        print(
            f"discrete {discrete.FAMILIES[which]:9s} left out: {(unseen[part] > 0).mean():.3f} right"
        )
    temperature = best_temperature(unseen)
    print(f"discrete, left out: {(unseen > 0).mean():.3f} right; temperature {temperature:.2f}")
    _print_calibration(unseen / temperature)
    return fit(np.ones(number, dtype=bool)) / temperature


def _print_calibration(log_odds: Floats) -> None:
    sure = 1.0 / (1.0 + np.exp(-np.abs(log_odds)))
    for low, high in ((0.5, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.01)):
        rows = (sure >= low) & (sure < high)
        if rows.any():
            print(
                f"confidence {low:.1f}-{min(high, 1.0):.1f}: mean {sure[rows].mean():.2f}, "
                f"right {(log_odds[rows] > 0).mean():.2f}, {rows.mean():.2f} of pairs"
            )


def main() -> None:
    """Simulate, train, calibrate, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=14000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("pair_model.json"))
    given = parser.parse_args()
    criteria, context, family = simulate(given.pairs, given.seed)
    unseen = left_out(criteria, context, family)
    temperature = best_temperature(unseen)
    for k, name in enumerate(sorted(FAMILIES)):
        rows = family == k
        print(f"{name:12s} left out: {(unseen[rows] > 0).mean():.3f} right")
    print(f"all, left out: {(unseen > 0).mean():.3f} right; temperature {temperature:.2f}")
    _print_calibration(unseen / temperature)
    fitted = train(criteria, context)
    model = replace(fitted, temperature=temperature, discrete=discrete_weights(given.seed))
    given.out.write_text(json.dumps(model.to_json()) + "\n", encoding="utf-8")
    print(f"written: {given.out}")


if __name__ == "__main__":
    main()
