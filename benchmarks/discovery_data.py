"""Data and measures that the rows of :mod:`benchmarks.discovery` share."""

from __future__ import annotations

import io
import json
import statistics
import time
import zipfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from discovery.data import Table, prepare
from discovery.marks import arrows, from_graph, topological_order
from discovery.simulation import linear_gaussian, random_dag, read_bif
from graph.causal import CausalGraph
from graph.dataset import Dataset, read_table

__all__ = [
    "SACHS", "SHARED", "AbsentError", "Row", "case", "codes_table", "network_case", "non_gaussian_case",
    "sachs_data", "sachs_interventions", "syntren", "table_of", "timed",
]  # fmt: skip

Row = dict[str, Any]
ROOT = Path(__file__).parents[1]
SACHS = ROOT / "etiograph" / "data" / "sachs"
SHARED = ROOT.parent / "shared" / "data" / "causal"

CONDITIONS: tuple[tuple[int, str | None], ...] = (
    (853, None), (902, None), (911, "akt"), (723, "pkc"), (810, "pip2"),
    (799, "mek"), (848, "akt"), (913, "pkc"), (707, "pka"),
)  # fmt: skip
"""rows of each condition of the cytometry table in their order and what each reagent acts on (Sachs et al.
2005, Science 308, table 1): none, ICAM-2, AKT inhibitor, G0076, psitectorigenin, U0126, LY294002, PMA,
beta2cAMP"""


class AbsentError(Exception):
    """Data that is not on this machine; the row says so."""


def table_of(values: npt.NDArray[Any]) -> Table:
    """Return values as a checked table."""
    columns = [f"x{i}" for i in range(values.shape[1])]
    table = prepare(Dataset(pd.DataFrame(values, columns=columns)))
    assert table.correlation is not None
    return table


def codes_table(codes: npt.NDArray[Any]) -> Table:
    """Return level numbers as a table of categories."""
    columns = [f"x{i}" for i in range(codes.shape[1])]
    frame = pd.DataFrame(codes, columns=columns).astype(str)
    return prepare(Dataset(frame), categories=True)


@lru_cache(maxsize=32)
def case(p: int, seed: int, n: int = 1000, degree: float = 3.0) -> tuple[npt.NDArray[Any], Table]:
    """Return a random graph (Erdos-Renyi) and standardised linear-Gaussian data from it."""
    rng = np.random.default_rng(seed)
    dag = random_dag(p, degree, rng)
    return dag, table_of(linear_gaussian(dag, n, rng))


def non_gaussian_case(p: int, seed: int, n: int = 1000) -> tuple[npt.NDArray[Any], Table]:
    """Return a random graph and standardised linear data with uniform noise."""
    rng = np.random.default_rng([seed, 7])
    dag = random_dag(p, 3, rng)
    values = rng.uniform(-1, 1, (n, p)) * np.sqrt(3 * rng.uniform(0.5, 1.5, p))
    for j in topological_order(dag) or []:
        above = np.flatnonzero(dag[:, j])
        size = rng.uniform(0.5, 1.5, len(above)) * rng.choice([-1.0, 1.0], len(above))
        values[:, j] += values[:, above] @ size
    return dag, table_of((values - values.mean(axis=0)) / values.std(axis=0))


def network_case(name: str, seed: int, n: int = 5000) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the graph of a bnlearn network and rows sampled from it, constant columns left out."""
    path = SHARED / "bif" / f"{name}.bif.gz"
    if not path.is_file():
        raise AbsentError(f"{path.name} is not on this machine")
    network = read_bif(path)
    codes = network.sample(n, np.random.default_rng([seed, 11]))
    codes = np.column_stack([np.unique(column, return_inverse=True)[1] for column in codes.T])
    return network.dag, codes


def sachs_data() -> tuple[Dataset, npt.NDArray[Any]]:
    """Return the bundled 853 observational rows and the accepted graph of 17 edges, [11, 11]."""
    data = Dataset(read_table(SACHS / "sachs.csv"))
    network = json.loads((SACHS / "consensus.json").read_text())
    true = CausalGraph(network["nodes"], directed=network["di"])
    return data, arrows(from_graph(true, data.columns))


def sachs_interventions() -> tuple[Dataset, npt.NDArray[Any]]:
    """Return all 7,466 rows and what was intervened upon in each, [n, 11]."""
    path = SHARED / "sachs" / "cyto_full_data.csv"
    if not path.is_file():
        raise AbsentError(f"{path.name} is not on this machine")
    data, _ = sachs_data()
    frame = read_table(path)
    frame.columns = list(data.columns)
    if len(frame) != sum(rows for rows, _ in CONDITIONS):
        raise AbsentError(f"{path.name} has {len(frame)} rows, not those of the nine conditions")
    targets = np.zeros(frame.shape, dtype=bool)
    start = 0
    for rows, target in CONDITIONS:
        if target is not None:
            targets[start : start + rows, data.columns.index(target)] = True
        start += rows
    return Dataset(frame, name="sachs, nine conditions"), targets


def syntren() -> list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    """Return the ten graphs [20, 20] and expression tables [500, 20] of SynTReN."""
    path = SHARED / "syntren_p20.zip"
    if not path.is_file():
        raise AbsentError(f"{path.name} is not on this machine")
    with zipfile.ZipFile(path) as archive:
        return [
            (
                np.load(io.BytesIO(archive.read(f"syntren/DAG{k}.npy"))) != 0,
                np.load(io.BytesIO(archive.read(f"syntren/data{k}.npy"))),
            )
            for k in range(1, 11)
        ]


def timed(work: Callable[[], Any], repeats: int = 1) -> tuple[Any, float, float]:
    """Return the result and the median seconds, wall and processor."""
    wall, cpu, result = [], [], None
    for _ in range(repeats):
        began, used = time.perf_counter(), time.process_time()
        result = work()
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
    return result, statistics.median(wall), statistics.median(cpu)
