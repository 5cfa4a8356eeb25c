"""Train, score and write the calibration of edges.

``python -m discovery.stability.train``: searches simulated data, fits the models, scores them on other simulations
and writes ``edges.json``, ``scores.json`` and the card ``edges.md`` to ``discovery/stability/files``. The same
versions of the algorithms give the same files, whatever the number of processes.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from discovery.stability.calibration import variants_from_json, variants_to_json
from discovery.stability.cards import card
from discovery.stability.running import one_thread
from discovery.stability.training import HELD_OUT, RECIPES, Rows, edges_of, fit, score
from discovery.stability.worlds import Family

__all__ = ["main", "make"]

_FILES = Path(__file__).parent / "files"
Task = tuple[str, Family, int]


def make(
    names: Sequence[str],
    out: Path,
    *,
    workers: int = 1,
    share: float = 1.0,
    cache: Path | None = None,
) -> dict[str, Any]:
    """Make the models of some variants, keep the others that are in ``out``, and write all with the card.

    Args:
        names: of :data:`RECIPES`.
        out: folder.
        workers: processes.
        share: of the worlds of each recipe, for a try.
        cache: folder that keeps what was found, so that an interrupted training goes on.

    Returns:
        The scores by variant and family.
    """
    variants = {}
    scores: dict[str, Any] = {}
    if (out / "scores.json").exists():
        variants = variants_from_json(json.loads((out / "edges.json").read_text()))
        scores = json.loads((out / "scores.json").read_text())
    for name in names:
        recipe = RECIPES[name]
        family, worlds = recipe.learns
        rows = _searched(name, family, 0, _part(worlds, share), workers, cache)
        # as read back, so that the scores are those of what is shipped
        variant = variants_from_json(variants_to_json({name: fit(rows)}))[name]
        variants[name] = variant
        scores[name] = {
            "learned": {"family": family, "worlds": rows.worlds, "edges": len(rows.adjacent)},
            "families": {
                held: asdict(
                    score(
                        variant,
                        _searched(name, held, HELD_OUT, _part(number, share), workers, cache),
                    )
                )
                for held, number in recipe.scored
            },
        }
        out.mkdir(parents=True, exist_ok=True)
        _write(out / "edges.json", variants_to_json(variants))
        _write(out / "scores.json", _rounded(scores))
        (out / "edges.md").write_text(card(_rounded(scores)))
    return scores


def _part(worlds: int, share: float) -> int:
    return max(2, round(worlds * share))


def _searched(
    name: str, family: Family, first: int, worlds: int, workers: int, cache: Path | None
) -> Rows:
    kept = None if cache is None else cache / f"{name}-{family}-{first}-{worlds}.npz"
    if kept is not None and kept.exists():
        return Rows.load(kept)
    tasks = [(name, family, seed) for seed in range(first, first + worlds)]
    if workers == 1:
        parts = [_search(task) for task in tasks]
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            parts = list(pool.map(_search, tasks, chunksize=4))
    print(f"{name}: {worlds} worlds of family {family}", file=sys.stderr)
    rows = Rows.joined(parts)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        rows.save(kept)
    return rows


def _search(task: Task) -> Rows:
    with one_thread():
        return edges_of(*task)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(v) for v in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _write(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, indent=1) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m discovery.stability.train",
        description="Train and score the calibration of edges on simulated truth.",
    )
    parser.add_argument(
        "--variant", action="append", choices=sorted(RECIPES), help="all when not given"
    )
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--share", type=float, default=1.0, help="of the worlds, for a try")
    parser.add_argument("--cache", type=Path, help="folder that keeps what was found")
    parser.add_argument("--out", type=Path, default=_FILES, help="folder to write to")
    given = parser.parse_args(arguments)
    names = given.variant or sorted(RECIPES)
    make(names, given.out, workers=given.workers, share=given.share, cache=given.cache)
    return 0


if __name__ == "__main__":
    sys.exit(main())
