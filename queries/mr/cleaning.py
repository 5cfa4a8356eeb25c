"""From columns as they stand in a file to canonical rows, and the reason for each row that is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from queries.mr.gwas import COLUMNS, Array, SetAside

__all__ = ["Collector", "clean", "consistency"]

_EMPTY = {"", "na", "nan", "nr", ".", "null", "none", "-", "#n/a", "n/a"}
_SHOWN = 50
_Z95 = float(special.ndtri(0.975))


@dataclass
class Collector:
    """What is kept and what is set aside while a file is read piece by piece.

    Attributes:
        snps: variants asked for; None = all.
        p_below: keep only rows with a smaller p-value.
    """

    snps: frozenset[str] | None = None
    p_below: float | None = None
    rows: int = 0
    pieces: list[pd.DataFrame] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    examples: list[SetAside] = field(default_factory=list)

    def refuse(self, line: int, snp: str, reason: str) -> None:
        """Count a row that cannot be used."""
        self.reasons[reason] += 1
        if len(self.examples) < _SHOWN:
            self.examples.append(SetAside(line, snp, reason))

    def add(
        self, raw: pd.DataFrame, found: Mapping[str, str], lines: npt.NDArray[np.int64]
    ) -> None:
        """Clean a piece: ``raw`` holds text as read, ``lines`` the line number of each row."""
        self.rows += len(raw)
        asked = self._asked(raw, found)
        raw, lines = raw.loc[asked].reset_index(drop=True), lines[asked]
        frame, reasons = clean(raw, found)
        for i in np.flatnonzero([bool(r) for r in reasons]):
            self.refuse(int(lines[i]), str(frame["snp"].iloc[i]), reasons[i])
        good = np.array([not r for r in reasons], dtype=bool)
        if self.snps is not None:
            good &= np.array([s in self.snps for s in frame["snp"]], dtype=bool)
        if self.p_below is not None:
            good &= frame["p"].to_numpy(np.float64) < self.p_below
        frame["line"] = lines
        self.pieces.append(frame.loc[good])

    def _asked(self, raw: pd.DataFrame, found: Mapping[str, str]) -> npt.NDArray[np.bool_]:
        # most rows of a genome are not wanted: those that surely are not are left before the cleaning
        asked = np.ones(len(raw), dtype=bool)
        if self.snps is not None and "snp" in found:
            asked &= np.array([str(s).strip() in self.snps for s in raw[found["snp"]]], dtype=bool)
        if self.p_below is not None and "p" in found:
            p = np.array(pd.to_numeric(raw[found["p"]], errors="coerce"), dtype=np.float64)
            asked &= ~(p >= self.p_below)
        return asked

    def finish(self) -> pd.DataFrame:
        """Return everything kept, in the order of the file; a variant that comes again with the same
        alleles is set aside."""
        if not self.pieces:
            return pd.DataFrame({c: [] for c in COLUMNS})
        frame = pd.concat(self.pieces, ignore_index=True)
        a, b = (frame[c].to_numpy(object) for c in ("effect_allele", "other_allele"))
        table = pd.DataFrame(
            {"snp": frame["snp"], "first": np.minimum(a, b), "second": np.maximum(a, b)}
        )
        again = table.duplicated().to_numpy(bool)
        for i in np.flatnonzero(again):
            self.refuse(
                int(frame["line"].iloc[i]),
                str(frame["snp"].iloc[i]),
                "the same variant stands on an earlier line",
            )
        return frame.loc[~again, list(COLUMNS)].reset_index(drop=True)


def clean(raw: pd.DataFrame, found: Mapping[str, str]) -> tuple[pd.DataFrame, list[str]]:
    """Return canonical rows, and for each the reason why it cannot be used (empty if it can).

    Args:
        raw: text, one column a field of the file.
        found: field -> column of ``raw``.
    """
    n = len(raw)
    wrong: list[str] = [""] * n

    def refuse(mask: npt.NDArray[np.bool_], reason: str) -> None:
        for i in np.flatnonzero(mask):
            wrong[i] = wrong[i] or reason

    def number(name: str) -> Array:
        if name not in found:
            return np.full(n, np.nan)
        column = raw[found[name]]
        values: Array = np.array(pd.to_numeric(column, errors="coerce"), dtype=np.float64)
        missing = np.flatnonzero(np.isnan(values))
        strange = np.zeros(n, dtype=bool)
        strange[missing] = [t != "" for t in _text(column.iloc[missing])]
        refuse(strange, f"the {_words(name)} is not a number")
        refuse(np.isinf(values), f"the {_words(name)} is infinite")
        return values

    out: dict[str, Any] = {c: _text(raw[found[c]]) if c in found else [""] * n for c in ("snp",)}
    out["chromosome"] = [_chromosome(c) for c in _column(raw, found, "chromosome", n)]
    effect, other = _alleles(raw, found, n)
    numbers = {
        name: number(name)
        for name in (
            "position", "eaf", "beta", "odds_ratio", "se", "ci_low", "ci_high", "z", "p",
            "neg_log10_p", "n", "n_cases", "n_controls",
        )
    }  # fmt: skip
    position = numbers["position"]
    named = [
        s or (f"{c}:{int(p)}" if c and np.isfinite(p) else "")
        for s, c, p in zip(out["snp"], out["chromosome"], position, strict=True)
    ]
    beta, se, p, reasons = _effects(numbers)
    for mask, reason in reasons:
        refuse(mask, reason)
    eaf = numbers["eaf"]
    total = np.where(
        np.isnan(numbers["n"]), numbers["n_cases"] + numbers["n_controls"], numbers["n"]
    )
    refuse(np.array([not s for s in named], dtype=bool), "the row names no variant")
    refuse(np.array([not a for a in effect], dtype=bool), "there is no effect allele")
    strange = [not _plausible(a, b) for a, b in zip(effect, other, strict=True)]
    refuse(np.array(strange, dtype=bool), "the alleles are not letters A, C, G, T (or D, I)")
    same = [bool(a) and a == b for a, b in zip(effect, other, strict=True)]
    refuse(np.array(same, dtype=bool), "effect allele and other allele are the same")
    refuse((eaf < 0) | (eaf > 1), "the allele frequency is not between 0 and 1")
    refuse((p < 0) | (p > 1), "the p-value is not between 0 and 1")
    refuse(total <= 0, "the sample size is not positive")
    frame = pd.DataFrame(
        {
            "snp": named,
            "chromosome": out["chromosome"],
            "effect_allele": effect,
            "other_allele": other,
            "position": position,
            "eaf": eaf,
            "beta": beta,
            "se": se,
            "p": p,
            "n": total,
            "n_cases": numbers["n_cases"],
            "n_controls": numbers["n_controls"],
        },
        columns=list(COLUMNS),
    )
    return frame, wrong


def _effects(
    numbers: Mapping[str, Array],
) -> tuple[Array, Array, Array, list[tuple[npt.NDArray[np.bool_], str]]]:
    # beta, its error and p from whatever of beta, odds ratio, interval, z and p there is
    reasons: list[tuple[npt.NDArray[np.bool_], str]] = []
    ratio, z, eaf, n = (numbers[k] for k in ("odds_ratio", "z", "eaf", "n"))
    beta, se, low, high = (numbers[k].copy() for k in ("beta", "se", "ci_low", "ci_high"))
    p = np.where(np.isnan(numbers["p"]), 10.0 ** -np.abs(numbers["neg_log10_p"]), numbers["p"])
    with np.errstate(divide="ignore", invalid="ignore"):
        from_ratio = np.isnan(beta) & ~np.isnan(ratio)
        reasons.append((from_ratio & (ratio <= 0), "the odds ratio is not positive"))
        beta = np.where(from_ratio, np.log(np.where(ratio > 0, ratio, np.nan)), beta)
        for end in (low, high):
            end[from_ratio] = np.log(np.where(end > 0, end, np.nan))[from_ratio]
        spread = np.sqrt(2 * eaf * (1 - eaf) * (n + z**2))
        from_z = np.isnan(beta) & np.isfinite(spread) & (spread > 0)
        beta = np.where(from_z, z / spread, beta)
        se = np.where(from_z & np.isnan(se), 1 / spread, se)
        se = np.where(np.isnan(se), (high - low) / (2 * _Z95), se)
        se = np.where(np.isnan(se) & (z != 0), np.abs(beta / z), se)
        quantile = -special.ndtri(np.clip(p, 0, 1) / 2)
        usable = np.isnan(se) & (p > 0) & (p < 1) & (beta != 0)
        se = np.where(usable, np.abs(beta) / quantile, se)
        p = np.where(np.isnan(p), 2 * special.ndtr(-np.abs(beta / se)), p)
    reasons.append((np.isnan(beta), "there is no effect"))
    reasons.append((np.isnan(se), "there is no standard error"))
    reasons.append((~np.isnan(se) & ~(se > 0), "the standard error is not positive"))
    return beta, se, p, reasons


def _alleles(raw: pd.DataFrame, found: Mapping[str, str], n: int) -> tuple[list[str], list[str]]:
    effect = [a.upper() for a in _column(raw, found, "effect_allele", n)]
    if "\x1f" in found.get("other_allele", ""):
        ref, alt = ([a.upper() for a in _text(raw[c])] for c in found["other_allele"].split("\x1f"))
        other = [r if e != r else a for e, r, a in zip(effect, ref, alt, strict=True)]
    else:
        other = [a.upper() for a in _column(raw, found, "other_allele", n)]
    return effect, other


def _plausible(effect: str, other: str) -> bool:
    if {effect, other} <= {"D", "I", ""}:
        return True
    return all(set(a) <= set("ACGT") or a in ("D", "I") for a in (effect, other))


def _column(raw: pd.DataFrame, found: Mapping[str, str], name: str, n: int) -> list[str]:
    return _text(raw[found[name]]) if name in found else [""] * n


def _text(values: Collection[Any] | pd.Series[Any]) -> list[str]:
    stripped = ("" if v is None else str(v).strip() for v in values)
    return ["" if t.lower() in _EMPTY else t for t in stripped]


def _chromosome(name: str) -> str:
    name = name.removeprefix("chr").removeprefix("CHR").removeprefix("Chr")
    if name.endswith(".0"):
        name = name[:-2]
    return {"23": "X", "24": "Y", "26": "MT", "M": "MT"}.get(name.upper(), name.upper())


def _words(name: str) -> str:
    return {
        "eaf": "allele frequency", "beta": "effect", "se": "standard error", "p": "p-value",
        "n": "sample size", "z": "z-score", "ci_low": "lower end of the interval",
        "ci_high": "upper end of the interval", "neg_log10_p": "negative logarithm of p",
    }.get(name, name.replace("_", " "))  # fmt: skip


def consistency(frame: pd.DataFrame) -> str:
    """Return a warning when p-values contradict effect / error in most rows, else an empty text."""
    beta, se, p = (frame[c].to_numpy(np.float64) for c in ("beta", "se", "p"))
    mask = (p > 1e-250) & (p < 0.99)
    if mask.sum() < 20:
        return ""
    told = -special.ndtri(p[mask] / 2)
    gap = np.abs(np.abs(beta[mask] / se[mask]) - told) / np.maximum(told, 0.5)
    if float(np.median(gap)) < 0.2:
        return ""
    return (
        "in most rows the p-value does not agree with effect / standard error: check that an odds "
        "ratio was not read as an effect, and that the error is that of the log odds ratio"
    )
