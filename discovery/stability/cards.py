"""The card of the calibration: what it learned from and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["INSIDE", "card"]

_FAMILIES = {
    "seen": "as in training, other seeds",
    "shifted": "graphs, sizes, coefficients and noises not in training",
    "nonlinear": "smooth random functions (Gaussian processes, small networks)",
    "hidden": "hidden common causes, a fifth as many as columns",
    "discrete": "levels treated as numbers",
    "open": "as in training (hidden causes or none), other seeds",
    "open-shifted": "graphs, sizes, coefficients and noises not in training, hidden causes or none",
    "experiments": "as in training, other seeds",
    "experiments-shifted": "graphs, sizes, coefficients and noises not in training",
    "tables": "as in training, other seeds",
    "tables-shifted": "graphs, sizes and dependence not in training",
}
INSIDE = (
    "seen", "shifted", "open", "open-shifted", "tables", "tables-shifted", "experiments", "experiments-shifted",
)  # fmt: skip

_USED = {
    "fci": "`fci` with Fisher-z tests; the true graph is the maximal ancestral graph of the columns, `<->` edges "
    "have no `belief`",
    "gies": "`gies` with hard interventions",
    "lingam": "`direct-lingam` (two thirds of the worlds) and `ica-lingam`",
    "pc": "`pc`, `causal-learn/pc` with Fisher-z tests",
    "pc-counts": "`pc`, `causal-learn/pc` with tests of counts",
    "scores": "`boss`, `ges`, `grasp` with the Gaussian score (two fifths of the worlds GES, two GRaSP, one BOSS)",
}

_HEAD = """# Card: calibrated edges (`edges.json`)

Logistic regressions that turn what a search and its resamples say of an edge into two probabilities:
`existence`, that the pair is adjacent in the true graph, and `belief`, that the source acts on the target.
They know: the shares of resamples with the edge and with each direction, the strength of the partial
correlation (for tests of counts: the p-value), rows, columns, number of edges, degrees, shared neighbours, and
the colliders and chains that could direct the edge. There are models with and without resamples.

| variant | used for |
| --- | --- |
{variants}
Other algorithms, tests and scores, conservative and majority colliders, and other interventions get no belief.

## Data
Simulated truth only (`discovery.simulation.simulate`, settings drawn by `discovery.stability.worlds`): Erdos-Renyi
and scale-free graphs of 8 to 50 columns (20 for variants other than `pc`), degree 1 to 4; 100 to 5,000 rows; linear (3
of 4) and sigmoid mechanisms; Gaussian, Laplace and uniform noise; coefficients from (0.1, 0.6) to (0.5, 1.5);
columns of variance 1; for `fci` up to a quarter as many hidden causes as columns; for `pc-counts` random tables of 2 to 4
levels. Settings of the algorithms vary (alpha 0.001 to 0.05; penalty 1 or 2, extended BIC or not); 20, 50 or 100
bootstraps.

## Training
`python -m discovery.stability.train --variant NAME` (scikit-learn to train, numpy to run). The penalty was chosen by leaving
out numbers of rows, of columns and densities of the training worlds in turn.

## Scores
On worlds with seeds that training does not use. ECE: expected calibration error, ten bins, target 0.05 for the families of
the first kind. `raw`: the stability of the edge taken as the probability that it is true as marked. The 95 % intervals are
for single edges; edges of one world depend on each other.
"""

_TAIL = """
## Known failures
- With hidden common causes an edge between two effects of one cause is found reliably and is in no true graph: beliefs are too
  high, and nothing in the data of one table tells.
- Strongly nonlinear relations and levels treated as numbers: existence is overconfident (see the tables), and so is
  belief for the score searches.
- Few edges per bin: with 500 edges a perfectly calibrated model has an expected calibration error near 0.04.
- Half-samples (`resample="subsample"`) find less than bootstraps, on which the models were fitted: beliefs are then somewhat low.
- Knowledge: an edge that was required has no existence, one that only knowledge directs no belief; graded priors are not
  part of either number.
"""


def card(scores: Mapping[str, Any]) -> str:
    """Return the card in Markdown from the scores by variant and family."""
    used = "\n".join(f"| `{name}` | {_USED[name]} |" for name in sorted(scores))
    parts = [_HEAD.replace("{variants}", used + "\n")]
    for name, found in sorted(scores.items()):
        learned = found["learned"]
        parts.append(
            f"\n### `{name}`\nTrained on {learned['worlds']} worlds, {learned['edges']} edges.\n\n"
            "| family | worlds | edges | existence ECE | belief ECE | Brier | raw ECE | raw Brier | without "
            "resamples: existence ECE | belief ECE |\n"
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
        )
        parts += [_line(family, s) for family, s in found["families"].items()]
        for family, s in found["families"].items():
            if family in INSIDE:
                parts.append(_bins(family, s))
    parts.append(_TAIL)
    return "".join(parts)


def _line(family: str, s: Mapping[str, Any]) -> str:
    words = _FAMILIES[family]
    kind = "" if family in INSIDE else "out of family: "
    return (
        f"| {kind}{family}: {words} | {s['worlds']} | {s['edges']} | {s['existence_error']:.3f} | "
        f"{s['belief_error']:.3f} | {s['belief_brier']:.3f} | {s['raw_error']:.3f} | {s['raw_brier']:.3f} | "
        f"{s['alone_existence_error']:.3f} | {s['alone_belief_error']:.3f} |\n"
    )


def _bins(family: str, s: Mapping[str, Any]) -> str:
    lines = [
        f"\nReliability of `belief`, {family}:\n\n| belief | true | interval | edges |\n"
        "| --- | --- | --- | --- |\n"
    ]
    lines += [
        f"| {b['belief']:.2f} | {b['share']:.2f} | {b['share_low']:.2f}-{b['share_high']:.2f} | {b['count']} |\n"
        for b in s["bins"]
    ]
    return "".join(lines)
