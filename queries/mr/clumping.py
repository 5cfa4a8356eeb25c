"""Independent instruments: of variants in linkage disequilibrium only the strongest is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from graph.errors import InputError, UsageError
from queries.mr.columns import key
from queries.mr.gwas import GWAS

__all__ = ["LD", "Clumped", "clump", "read_ld"]

_ALLELES = re.compile(r"_[ACGTDI]+_[ACGTDI]+$")


@dataclass(frozen=True, eq=False)
class LD:
    """Squared correlations of variants, from the user's reference.

    ``pairs``: for each variant those it is correlated with; what is not listed there is 0.
    ``known``: the variants the reference speaks of.
    """

    pairs: Mapping[str, Mapping[str, float]]
    known: frozenset[str]

    @classmethod
    def from_matrix(cls, snps: Sequence[str], r: npt.ArrayLike, *, squared: bool = False) -> LD:
        """Return the reference of a matrix of correlations (``squared``: of their squares).

        Raises:
            InputError: if it is not square, not symmetric or holds numbers beyond 1.
        """
        matrix = np.asarray(r, dtype=np.float64)
        names = [_ALLELES.sub("", s) for s in snps]
        if matrix.shape != (len(names), len(names)):
            raise InputError(
                f"an LD matrix of {len(names)} variants has the shape {matrix.shape}",
                hint="It must be square, with one row and one column a variant.",
            )
        if not np.allclose(matrix, matrix.T, atol=1e-6, equal_nan=True):
            raise InputError("the LD matrix is not symmetric")
        if (np.abs(np.nan_to_num(matrix)) > 1 + 1e-6).any():
            raise InputError("the LD matrix holds numbers beyond 1", hint="Give r or r squared.")
        r2 = np.nan_to_num(matrix) if squared else np.nan_to_num(matrix) ** 2
        rows, columns = np.nonzero(np.triu(r2, 1))
        return cls.from_pairs(
            ((names[i], names[j], float(r2[i, j])) for i, j in zip(rows, columns, strict=True)),
            known=names,
        )

    @classmethod
    def from_pairs(
        cls, pairs: Iterable[tuple[str, str, float]], *, known: Iterable[str] = ()
    ) -> LD:
        """Return the reference of (variant, variant, r squared) triples.

        Raises:
            InputError: if an r squared is not between 0 and 1.
        """
        found: dict[str, dict[str, float]] = {}
        for a, b, r2 in pairs:
            if not 0 <= r2 <= 1 + 1e-6:
                raise InputError(f"r squared of {a} and {b} is {r2}, not between 0 and 1")
            found.setdefault(a, {})[b] = r2
            found.setdefault(b, {})[a] = r2
        return cls(found, frozenset([*found, *known]))

    def r2(self, a: str, b: str) -> float:
        """Return the squared correlation, 0 where none is listed."""
        return 1.0 if a == b else self.pairs.get(a, {}).get(b, 0.0)


@dataclass(frozen=True, slots=True)
class Clumped:
    """What clumping kept.

    Attributes:
        gwas: the independent variants.
        removed: removed variant -> the stronger one that stands for it.
        not_in_reference: variants that could only be compared by distance.
    """

    gwas: GWAS
    removed: Mapping[str, str]
    not_in_reference: tuple[str, ...]

    def __hash__(self) -> int:
        return hash(self.gwas)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "kept": len(self.gwas),
            "removed": dict(self.removed),
            "not_in_reference": list(self.not_in_reference),
        }


def clump(gwas: GWAS, ld: LD | None = None, *, r2: float = 0.001, kb: float = 10_000) -> Clumped:
    """Keep the strongest of correlated variants, greedily by p-value.

    A variant goes when a kept one of the same chromosome lies within ``kb`` and their squared
    correlation is above ``r2``. Where a variant is not in the reference (or there is none), closeness
    alone removes it. Variants without positions are taken as close to all others if the reference
    knows them, and as far from all if it does not.

    Raises:
        UsageError: if ``r2`` is not in [0, 1) or ``kb`` not positive.
    """
    if not 0 <= r2 < 1 or not kb > 0:
        raise UsageError("clumping needs r2 in [0, 1) and a positive distance in kb")
    snps = gwas.text("snp")
    chromosomes, positions = gwas.text("chromosome"), gwas.column("position")
    z = np.abs(gwas.column("beta") / gwas.column("se"))
    # several p-values may be 0 to machine precision: then the larger z goes first
    order = sorted(range(len(snps)), key=lambda i: (gwas.column("p")[i], -z[i], snps[i]))
    placed = [bool(c) and bool(np.isfinite(p)) for c, p in zip(chromosomes, positions, strict=True)]
    kept: list[int] = []
    removed: dict[str, str] = {}
    for i in order:
        for j in kept:
            both = placed[i] and placed[j]
            near = not both or (
                chromosomes[i] == chromosomes[j] and abs(positions[i] - positions[j]) <= kb * 1000
            )
            if not near:
                continue
            known = ld is not None and snps[i] in ld.known and snps[j] in ld.known
            same = snps[i] == snps[j]
            linked = ld.r2(snps[i], snps[j]) > r2 if known and ld is not None else both
            if same or linked:
                removed[snps[i]] = snps[j]
                break
        else:
            kept.append(i)
    mask = np.zeros(len(snps), dtype=bool)
    mask[kept] = True
    unknown = sorted({s for s in snps if ld is None or s not in ld.known})
    return Clumped(gwas.keep(mask), dict(sorted(removed.items())), tuple(unknown))


def read_ld(path: str | Path) -> LD:
    """Read an LD reference: a table of pairs (``SNP_A``, ``SNP_B`` and ``R2`` or ``R``, as PLINK
    writes) or a square matrix of correlations with the variants in its header line.

    Raises:
        InputError: if it is neither.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError("there is no such file", where=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the LD table cannot be read: {error}", where=str(path)) from error
    rows = [re.split(r"[\s,]+", line.strip()) for line in text.splitlines() if line.strip()]
    header = [h.strip('"') for h in rows[0]] if rows else []
    body = rows[1:]
    if body and all(len(r) == len(header) + 1 for r in body):
        # a matrix whose rows are named too
        body = [r[1:] for r in body]
    if any(len(r) != len(header) for r in body):
        bad = next(i for i, r in enumerate(body, 2) if len(r) != len(header))
        raise InputError(
            f"the line has not the header's {len(header)} fields", where=f"{path}, line {bad}"
        )
    frame = pd.DataFrame(body, columns=header, dtype=object)
    by_key = {key(str(c)): str(c) for c in frame.columns}
    ends = [("snpa", "snpb"), ("snp1", "snp2"), ("ida", "idb"), ("variant1", "variant2")]
    for a, b in ends:
        measure = next((m for m in ("r2", "phasedr2", "unphasedr2", "r") if m in by_key), "")
        if a in by_key and b in by_key and measure:
            values = pd.to_numeric(frame[by_key[measure]], errors="coerce").to_numpy(np.float64)
            values = values**2 if measure == "r" else values
            first, second = ([str(s) for s in frame[by_key[c]]] for c in (a, b))
            return LD.from_pairs(
                (p, q, float(v))
                for p, q, v in zip(first, second, values, strict=True)
                if np.isfinite(v)
            )
    if len(frame) and len(header) == len(frame) + 1:
        frame = frame.iloc[:, 1:]
    if len(frame) and len(frame.columns) == len(frame):
        numbers = frame.apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
        if np.isfinite(numbers).all():
            return LD.from_matrix([str(c) for c in frame.columns], numbers)
    raise InputError(
        "this is no LD table",
        where=str(path),
        hint="Give pairs with the columns SNP_A, SNP_B and R2, or a square matrix with a header.",
    )
