"""Direction of the cause-effect pairs of Tuebingen (Mooij et al. 2016): ``python -m benchmarks.pairwise``.

Accuracy weighted as its authors do (pairs of one source share a weight of one), at every rate of decisions, with
intervals by a bootstrap over sources. The columns of every second pair are exchanged, so that no method gains by
saying the same each time. Nothing was trained or chosen on these pairs.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from discovery.pairwise import PairDirection, direction

Floats = NDArray[np.float64]

DATA = Path(__file__).parents[2] / "shared" / "data" / "causal" / "tuebingen"

# sources of the 99 pairs in the file's order: how many pairs of one source follow each other. Sources as the
# weights of the authors' list define them; pairs 1-4 and 20-21, 12 and 17, 52-60 and so on belong together
_GROUPS: tuple[tuple[int, ...], ...] = (
    (1, 2, 3, 4, 20, 21), (5, 6, 7, 8, 9, 10, 11), (12, 17), (13, 14, 15, 16), (18,), (19,),
    (22, 23, 24), (25, 26, 27, 28, 29, 30, 31, 32), (33, 34, 35, 36, 37), (38, 39, 40, 41),
    (43, 44, 45, 46), (47,), (48,), (49, 50, 51),
    (52, 53, 54, 55, 56, 57, 58, 59, 60, 68, 69, 70), (61, 62, 63), (64,), (65,), (66,), (67,),
    (71,), (42, 72), (73, 74, 75), (76, 77, 78), (79,), (80,), (81,), (82,), (83,),
    (84, 85, 86, 87), (88,), (89, 90, 91), (92, 93, 97, 98, 99), (94,), (95,), (96,),
)  # fmt: skip
_HALF = {96}
"""pairs whose source has another half among the pairs of several columns, which are not in the file"""


def load(folder: Path = DATA) -> list[tuple[str, Floats, Floats]]:
    """Return name, cause and effect of each pair."""
    csv.field_size_limit(10**8)
    with (folder / "Tuebingen_targets.csv").open(encoding="utf-8") as file:
        target = {row["SampleID"]: float(row["Target"]) for row in csv.DictReader(file)}
    pairs = []
    with (folder / "Tuebingen_pairs.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            a, b = (np.array(row[c].split(), dtype=np.float64) for c in "AB")
            if target[row["SampleID"]] < 0:
                a, b = b, a
            pairs.append((row["SampleID"], a, b))
    return pairs


def weights_of(number: int) -> tuple[Floats, NDArray[np.int64]]:
    """Return the weight and the source of each pair."""
    weight, source = np.zeros(number), np.zeros(number, dtype=np.int64)
    for k, group in enumerate(_GROUPS):
        for pair in group:
            weight[pair - 1] = (0.5 if pair in _HALF else 1.0) / len(group)
            source[pair - 1] = k
    if (weight == 0).any():
        raise SystemExit("the list of sources does not cover the pairs")
    return weight, source


def score(right: Floats, sure: Floats, weight: Floats, rate: float) -> float:
    """Return the weighted accuracy of the surest pairs that hold ``rate`` of the weight."""
    order = np.argsort(-sure, kind="stable")
    reached = np.cumsum(weight[order]) <= rate * weight.sum() + 1e-9
    reached[0] = True
    part = order[reached]
    return float((right[part] * weight[part]).sum() / weight[part].sum())


def interval(
    right: Floats, sure: Floats, weight: Floats, source: NDArray[np.int64], rate: float
) -> tuple[float, float]:
    """Return the 95 % interval of :func:`score` over resampled sources."""
    rng = np.random.default_rng(0)
    groups = [np.flatnonzero(source == k) for k in range(int(source.max()) + 1)]
    found = []
    for _ in range(2000):
        rows = np.concatenate([groups[k] for k in rng.integers(0, len(groups), len(groups))])
        found.append(score(right[rows], sure[rows], weight[rows], rate))
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    """Score every pair and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write each pair's answer here")
    given = parser.parse_args()
    pairs = load()
    weight, source = weights_of(len(pairs))
    started = time.process_time()
    answers: list[PairDirection] = []
    for k, (_, cause, effect) in enumerate(pairs):
        answers.append(direction(effect, cause) if k % 2 else direction(cause, effect))
    seconds = time.process_time() - started
    truth = np.array(["<--" if k % 2 else "-->" for k in range(len(pairs))])
    forward = np.array([a.forward for a in answers])
    right = np.array(
        [(f > 0.5) == (t == "-->") for f, t in zip(forward, truth, strict=True)], float
    )
    sure = np.abs(forward - 0.5)
    print(f"{len(pairs)} pairs of {int(source.max()) + 1} sources, {seconds:.1f} s of CPU")
    for rate in (1.0, 0.75, 0.5, 0.25):
        value = score(right, sure, weight, rate)
        low, high = interval(right, sure, weight, source, rate)
        print(f"surest {rate:4.0%}: weighted accuracy {value:.3f} [{low:.3f}, {high:.3f}]")
    print(f"not weighted, all: {right.mean():.3f}")
    decided = np.array([bool(a.direction) for a in answers])
    if decided.any():
        share = float(weight[decided].sum() / weight.sum())
        value = float((right * weight)[decided].sum() / weight[decided].sum())
        mean = float(np.average(sure[decided] + 0.5, weights=weight[decided]))
        print(
            f"decided (default): {share:.0%} of the weight, accuracy {value:.3f}, claimed {mean:.3f}"
        )
    names = sorted({name for a in answers if a.kind == "numeric" for name in a.scores})
    for name in names:
        values = np.array([a.scores.get(name, 0.0) for a in answers])
        hit = ((values > 0) == (truth == "-->")).astype(float)
        print(f"  {name:16s} alone: {float(np.average(hit, weights=weight)):.3f}")
    if given.json:
        rows = [
            {"pair": p[0], "truth": t, **a.to_json()}
            for p, t, a in zip(pairs, truth.tolist(), answers, strict=True)
        ]
        given.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
