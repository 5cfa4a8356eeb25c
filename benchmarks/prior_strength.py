"""How strong graded priors should be: simulated graphs and data, with literature of known noise.

``python -m benchmarks.prior_strength [--seeds 20] [--first 0]`` prints, for each strength, how far the graph
that is learned lies from the truth. The default (:data:`discovery.priors.STRENGTH`) and the margin from
which a prior directs an edge (:data:`discovery.leaning.LEAST`) were chosen with boss on seeds 0 to 19; the
figures told in docs/discovery.md are of seeds 1000 to 1019.

Worlds: p columns, linear Gaussian, standardised, two or three edges a column. Literature: 0.8 claims
an edge, each with a belief b between 0.3 and 0.95. With probability t the claim holds (the cause is an
ancestor of the effect; a parent in :data:`DIRECT_SHARE` of the cases), otherwise it is the wrong way round or
about an unrelated pair, half and half. Strength inf stands for hard priors: claims believed from 0.7 on
forbid the opposite. *calibrated*: t = b; *overconfident*: t = 0.6 b; *wrong*: t = 0.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

import discovery.leaning
from discovery.algorithms import resolve
from discovery.data import Table, prepare
from discovery.knowledge import GradedClaim, Knowledge
from discovery.marks import Marks, arrows
from discovery.priors import DIRECT, _feedback, log_odds_of
from discovery.simulate import linear_gaussian, random_dag
from graph.model import Rung

__all__ = ["distance", "literature", "main"]

Bools = NDArray[np.bool_]

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, math.inf)
LEASTS = (math.log(1.5), math.log(3.0), math.log(9.0))
TRUTH = {"calibrated": 1.0, "overconfident": 0.6, "wrong": 0.0}
DIRECT_SHARE = 0.6
WORLDS = ((10, 2.0, 100), (10, 3.0, 500), (20, 2.0, 200), (20, 3.0, 1000), (40, 2.0, 200))
"""(columns, mean degree, rows)"""


def literature(dag: Bools, truth: float, rng: np.random.Generator) -> list[tuple[int, int, float]]:
    """Return claims (cause, effect, belief) about a graph, one a pair."""
    reach = dag.copy()
    for k in range(len(dag)):
        reach |= np.outer(reach[:, k], reach[k])
    parents = np.argwhere(dag)
    indirect = np.argwhere(reach & ~dag)
    unrelated = np.argwhere(~(reach | reach.T) & ~np.eye(len(dag), dtype=bool))
    found: dict[tuple[int, int], float] = {}
    for _ in range(round(0.8 * len(parents))):
        belief = float(rng.uniform(0.3, 0.95))
        if rng.random() < truth * belief:
            kind = parents if rng.random() < DIRECT_SHARE or not len(indirect) else indirect
            i, j = kind[rng.integers(len(kind))]
        elif rng.random() < 0.5 or not len(unrelated):
            every = np.argwhere(reach)
            j, i = every[rng.integers(len(every))]
        else:
            i, j = unrelated[rng.integers(len(unrelated))]
        if (int(j), int(i)) not in found:
            found[int(i), int(j)] = belief
    return [(i, j, b) for (i, j), b in sorted(found.items())]


def known(table: Table, claims: list[tuple[int, int, float]], strength: float) -> Knowledge:
    """Return the claims as the graph's priors would be; strength infinity: hard ones."""
    if strength == math.inf:
        strong = [(table.columns[i], table.columns[j]) for i, j, b in claims if b >= 0.7]
        loops = _feedback(strong)
        return Knowledge(
            forbidden=[(b, a) for a, b in strong if not any({a, b} <= part for part in loops)]
        )
    direct = DIRECT[Rung.ASSERTION]
    return Knowledge(
        graded=[
            GradedClaim(
                table.columns[i], table.columns[j], log_odds_of(b, direct, table.p, strength)
            )
            for i, j, b in claims
        ]
        if strength
        else []
    )


def distance(marks: Marks, dag: Bools) -> float:
    """Return the structural distance to the true graph: 1 a pair with an edge too many or too few or turned
    round, one half an edge whose direction was left open."""
    near, true = marks != 0, dag | dag.T
    wrong = np.triu(near != true).sum()
    turned = (arrows(marks) & dag.T).sum()
    both = near & true
    open_ = np.triu(both & ~(arrows(marks) | arrows(marks).T)).sum()
    return float(wrong + turned + 0.5 * open_)


def runs(
    algorithm: str, seeds: range, leasts: tuple[float, ...], strengths: tuple[float, ...]
) -> Iterator[tuple[str, float, float, float]]:
    """Yield (literature, least, strength, distance / edges) of every run."""
    one = resolve(algorithm)
    for seed in seeds:
        for number, (p, degree, n) in enumerate(WORLDS):
            rng = np.random.default_rng([seed, number])
            dag = random_dag(p, degree, rng)
            if not dag.any():
                continue
            values = linear_gaussian(dag, n, rng)
            table = prepare(_dataset(values / values.std(axis=0)))
            for name, truth in TRUTH.items():
                claims = literature(dag, truth, rng)
                for strength in strengths:
                    for least in leasts if 0 < strength < math.inf else leasts[:1]:
                        discovery.leaning.LEAST = least
                        marks = one.search(table, known(table, claims, strength)).marks
                        yield name, least, strength, distance(marks, dag) / dag.sum()


def _dataset(values: NDArray[np.float64]):  # type: ignore[no-untyped-def]
    import pandas as pd

    from graph.dataset import Dataset

    return Dataset(pd.DataFrame(values, columns=[f"x{i:02d}" for i in range(values.shape[1])]))


def main() -> None:
    """Print a table for each algorithm."""
    parser = argparse.ArgumentParser(description="How strong graded priors should be.")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--algorithm", action="append", help="default: boss and pc")
    parser.add_argument("--strength", type=float, action="append", help="strengths to try")
    parser.add_argument("--least", type=float, action="append", help="margins to try, in log odds")
    given = parser.parse_args()
    leasts = tuple(given.least or LEASTS)
    strengths = tuple(given.strength or STRENGTHS)
    for algorithm in given.algorithm or ("boss", "pc"):
        found: dict[tuple[str, float, float], list[float]] = {}
        seeds = range(given.first, given.first + given.seeds)
        for name, least, strength, value in runs(algorithm, seeds, leasts, strengths):
            found.setdefault((name, least, strength), []).append(value)
        print(f"\n{algorithm}: distance to the truth, per true edge (seeds {seeds[0]}-{seeds[-1]})")
        print(
            "strength  margin  "
            + "  ".join(f"{name:>13}" for name in TRUTH)
            + "  mean of first two"
        )
        for strength in strengths:
            for least in leasts if 0 < strength < math.inf else leasts[:1]:
                means = [float(np.mean(found[name, least, strength])) for name in TRUTH]
                print(
                    f"{strength:8.2f}  {least:6.2f}  "
                    + "  ".join(f"{m:13.4f}" for m in means)
                    + f"  {np.mean(means[:2]):17.4f}"
                )


if __name__ == "__main__":
    main()
