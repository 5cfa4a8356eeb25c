"""Harmonised instruments: for each variant its effect on the exposure and on the outcome."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from graph.errors import DataError
from queries.mr.gwas import GWAS, Array

__all__ = ["Action", "Harmonised"]

_NUMBERS = (
    "position", "beta_exposure", "se_exposure", "p_exposure", "n_exposure", "eaf_exposure",
    "beta_outcome", "se_outcome", "p_outcome", "n_outcome", "eaf_outcome",
)  # fmt: skip
_TEXT = ("snp", "effect_allele", "other_allele", "chromosome")


@dataclass(frozen=True, slots=True)
class Action:
    """Something done to a variant (or, with an empty ``snp``, to the whole)."""

    snp: str
    action: str
    detail: str = ""

    def to_json(self) -> dict[str, str]:
        """Plain data."""
        return {"snp": self.snp, "action": self.action, "detail": self.detail}


@dataclass(frozen=True)
class Harmonised:
    """Variants with their effects on exposure and outcome, for one effect allele, sorted by variant.

    ``frame`` has one row a variant and the columns ``snp, effect_allele, other_allele, chromosome,
    position, palindromic`` and, for each of ``_exposure`` and ``_outcome``, ``beta, se, p, n, eaf``.

    Attributes:
        exposure: name of the trait.
        outcome: name of the trait.
        exposure_kind: ``quantitative`` or ``binary``; likewise ``outcome_kind``.
        actions: what was done to which variant.
        absent: variants of the exposure that the outcome does not have.
        hashes: of the two studies' rows.
    """

    frame: pd.DataFrame
    exposure: str
    outcome: str
    exposure_kind: str = "quantitative"
    outcome_kind: str = "quantitative"
    exposure_unit: str = ""
    outcome_unit: str = ""
    actions: tuple[Action, ...] = ()
    absent: int = 0
    hashes: tuple[str, str] = ("", "")
    hash: str = field(init=False, default="")

    def __post_init__(self) -> None:
        hashes = pd.util.hash_pandas_object(self.frame.reset_index(drop=True), index=False)
        content = np.ascontiguousarray(hashes.to_numpy(np.uint64)).tobytes()
        object.__setattr__(self, "hash", hashlib.sha256(content).hexdigest())

    @classmethod
    def from_rows(
        cls,
        rows: Sequence[Mapping[str, Any]],
        exposure: GWAS,
        outcome: GWAS,
        actions: tuple[Action, ...],
        absent: int,
    ) -> Harmonised:
        """Return instruments from one mapping a variant."""
        frame = pd.DataFrame(list(rows)).sort_values("snp", ignore_index=True)
        return cls(
            frame, exposure.trait, outcome.trait, exposure.kind, outcome.kind, exposure.unit,
            outcome.unit, actions, absent, (exposure.hash, outcome.hash),
        )  # fmt: skip

    @classmethod
    def from_arrays(
        cls,
        beta_exposure: npt.ArrayLike,
        se_exposure: npt.ArrayLike,
        beta_outcome: npt.ArrayLike,
        se_outcome: npt.ArrayLike,
        *,
        snps: Sequence[str] | None = None,
        exposure: str = "exposure",
        outcome: str = "outcome",
        n_exposure: npt.ArrayLike | None = None,
        n_outcome: npt.ArrayLike | None = None,
    ) -> Harmonised:
        """Return instruments from arrays of shape ``(variants,)`` that already speak of the same
        allele.

        Raises:
            DataError: if the lengths differ, a number is not finite, an error is not positive, an
                effect on the exposure is 0, or two variants have one name.
        """
        given = {
            "beta_exposure": beta_exposure, "se_exposure": se_exposure,
            "beta_outcome": beta_outcome, "se_outcome": se_outcome,
        }  # fmt: skip
        arrays = {k: np.atleast_1d(np.asarray(v, dtype=np.float64)) for k, v in given.items()}
        n = len(arrays["beta_exposure"])
        names = list(snps) if snps is not None else [f"variant{i + 1:05d}" for i in range(n)]
        if any(a.shape != (n,) for a in arrays.values()) or len(names) != n or not n:
            raise DataError("effects, errors and names must be equally many, and at least one")
        for name, values in arrays.items():
            if not np.isfinite(values).all():
                raise DataError(f"{name} holds a number that is not finite")
            if name.startswith("se") and not (values > 0).all():
                raise DataError(f"{name} holds an error that is not positive")
        if not arrays["beta_exposure"].all():
            raise DataError(
                "a variant has no effect at all on the exposure",
                hint="Leave it out: it cannot be an instrument.",
            )
        if len(set(names)) < n:
            raise DataError("two variants have one name")
        from scipy import special

        frame = pd.DataFrame({"snp": names, "effect_allele": "", "other_allele": ""})
        frame["chromosome"], frame["position"], frame["palindromic"] = "", np.nan, False
        for side, count in (("exposure", n_exposure), ("outcome", n_outcome)):
            beta, se = arrays[f"beta_{side}"], arrays[f"se_{side}"]
            frame[f"beta_{side}"], frame[f"se_{side}"] = beta, se
            frame[f"p_{side}"] = 2 * special.ndtr(-np.abs(beta / se))
            frame[f"n_{side}"] = np.nan if count is None else np.asarray(count, dtype=np.float64)
            frame[f"eaf_{side}"] = np.nan
        return cls(frame.sort_values("snp", ignore_index=True), exposure, outcome)

    def __len__(self) -> int:
        return len(self.frame)

    def __hash__(self) -> int:
        return hash((self.hash, self.exposure, self.outcome))

    def column(self, name: str) -> Array:
        """Return a number column, shape ``(variants,)``."""
        values: Array = self.frame[name].to_numpy(np.float64)
        return values

    @property
    def snps(self) -> tuple[str, ...]:
        """The variants, sorted."""
        return tuple(str(s) for s in self.frame["snp"])

    @property
    def counts(self) -> dict[str, int]:
        """How often each action was taken."""
        return dict(sorted(Counter(a.action for a in self.actions if a.snp).items()))

    def keep(self, mask: npt.NDArray[np.bool_], *actions: Action) -> Harmonised:
        """Return the variants where ``mask`` holds."""
        frame = self.frame.loc[mask].reset_index(drop=True)
        return replace(self, frame=frame, actions=(*self.actions, *actions))

    def without(self, *snps: str) -> Harmonised:
        """Return all variants but these."""
        gone = set(snps)
        return self.keep(np.array([s not in gone for s in self.snps], dtype=bool))

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data; numbers that are not given are null."""
        rows = []
        for record in self.frame.to_dict("records"):
            row: dict[str, Any] = {str(k): record[k] for k in _TEXT}
            row["palindromic"] = bool(record["palindromic"])
            for name in _NUMBERS:
                row[name] = float(record[name]) if np.isfinite(record[name]) else None
            rows.append(row)
        return {
            "exposure": self.exposure,
            "outcome": self.outcome,
            "variants": rows,
            "counts": self.counts,
            "not_in_outcome": self.absent,
            "actions": [a.to_json() for a in self.actions],
            "hash": self.hash,
            "studies": list(self.hashes),
        }
