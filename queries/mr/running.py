"""From two studies to an effect: instruments, harmonisation, estimates, checks."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from graph.errors import DataError, UsageError
from queries.mr.clumping import LD, clump
from queries.mr.gwas import GWAS
from queries.mr.harmonising import harmonise
from queries.mr.instruments import Harmonised
from queries.mr.methods import DEFAULT, REGISTRY, MethodEstimate, Settings
from queries.mr.methods.base import Effects
from queries.mr.outliers import MINIMUM, outlier_test
from queries.mr.reading import read_gwas
from queries.mr.results import BidirectionalResult, MRResult
from queries.mr.sensitivity import heterogeneity, leave_one_out, single_snps, strength
from queries.mr.steiger import steiger

__all__ = ["THRESHOLD", "bidirectional", "effects_of", "run", "select_instruments"]

THRESHOLD = 5e-8
"""The usual genome-wide significance."""

_CLOSE = 1_000_000


def run(
    exposure: GWAS | Harmonised | str | Path,
    outcome: GWAS | str | Path | None = None,
    methods: Sequence[str] | None = None,
    *,
    p: float | None = THRESHOLD,
    ld: LD | None = None,
    r2: float = 0.001,
    kb: float = 10_000,
    palindromes: str = "infer",
    outliers: bool = True,
    simulations: int | None = None,
    settings: Settings | None = None,
    seed: int | None = None,
    bootstraps: int | None = None,
) -> MRResult:
    """Return the effect of the exposure on the outcome.

    Args:
        exposure: a study, its file, or instruments that are harmonised already.
        outcome: a study or its file; None with harmonised instruments.
        methods: names in :data:`queries.mr.methods.REGISTRY`, the first being the main one; by default
            those of :data:`queries.mr.methods.DEFAULT` that the number of variants allows (the Wald
            ratio for one).
        p: instruments are the exposure's variants below this; None = all.
        ld: reference to clump the instruments by; None = they are taken as independent.
        r2: largest squared correlation of two instruments.
        kb: distance within which correlation is looked at.
        palindromes: a key of :data:`queries.mr.harmonising.PALINDROMES`.
        outliers: whether to make the outlier test (four variants or more).
        simulations: of the outlier test.
        settings: of the methods.
        seed: overrides ``settings.seed``.
        bootstraps: overrides ``settings.bootstraps``.

    Raises:
        UsageError: for unknown methods, or an outcome that is missing or too much.
        DataError: without instruments, shared variants or any method that can run.
        InputError: if a file cannot be read.
    """
    names = _names(methods)
    chosen = settings or Settings()
    if seed is not None:
        chosen = replace(chosen, seed=seed)
    if bootstraps is not None:
        chosen = replace(chosen, bootstraps=bootstraps)
    if chosen.bootstraps < 10:
        raise UsageError(f"{chosen.bootstraps} bootstraps are too few", hint="Take 1000 or more.")
    selection: dict[str, int] = {}
    notes: list[str] = []
    if isinstance(exposure, Harmonised):
        if outcome is not None:
            raise UsageError("harmonised instruments hold their outcome already")
        data, independent = exposure, False
    else:
        if outcome is None:
            raise UsageError("an outcome is missing", hint="Give its study or file.")
        first = exposure if isinstance(exposure, GWAS) else read_gwas(exposure, p_below=p)
        instruments = select_instruments(first, p, ld, r2, kb, selection, notes)
        second = outcome if isinstance(outcome, GWAS) else _read_outcome(outcome, instruments)
        notes += [f"{g.trait}: {n}" for g in (first, second) for n in g.notes]
        data = harmonise(instruments, second, palindromes=palindromes)
        independent = ld is not None
    selection["harmonised"] = len(data)
    e = effects_of(data)
    estimates, not_run = _estimate(e, names, chosen)
    test = None
    if outliers and len(data) >= MINIMUM:
        test = outlier_test(e, data.snps, simulations=simulations, seed=chosen.seed)
    direction = steiger(data)
    if isinstance(direction, str):
        notes.append(f"the direction was not tested: {direction}")
    if data.outcome_kind == "quantitative" and data.exposure_kind == "binary":
        notes.append("the exposure is binary: the unit is one log odds of having it")
    given: dict[str, Any] = {"p": p, "r2": r2, "kb": kb, "palindromes": palindromes}
    return MRResult(
        data=data,
        estimates=estimates,
        not_run=not_run,
        heterogeneity=heterogeneity(estimates),
        strength=strength(e),
        single=single_snps(e, data.snps),
        leave_one_out=leave_one_out(e, data.snps),
        outliers=test,
        direction=None if isinstance(direction, str) else direction,
        notes=tuple(dict.fromkeys(notes)),
        selection=selection,
        settings={**asdict(chosen), **given, "clumped": ld is not None},
        independent=independent,
    )


def bidirectional(
    first: GWAS | str | Path, second: GWAS | str | Path, **options: Any
) -> BidirectionalResult:
    """Return the effect of each trait on the other; ``options`` are those of :func:`run`. A direction
    that has no instruments is reported as such.

    Raises:
        DataError: if neither direction can be estimated.
        InputError: if a file cannot be read.
    """
    studies = [g if isinstance(g, GWAS) else read_gwas(g) for g in (first, second)]
    sides: list[MRResult | str] = []
    for a, b in ((0, 1), (1, 0)):
        try:
            sides.append(run(studies[a], studies[b], **options))
        except DataError as error:
            sides.append(f"{studies[a].trait} on {studies[b].trait} was not estimated: {error}")
    if isinstance(sides[0], str) and isinstance(sides[1], str):
        raise DataError(f"neither direction can be estimated. {sides[0]} {sides[1]}")
    return BidirectionalResult(*sides)


def effects_of(data: Harmonised) -> Effects:
    """Return the instruments' effects as the methods take them."""
    names = ("beta_exposure", "se_exposure", "beta_outcome", "se_outcome")
    return Effects.make(*(data.column(n) for n in names))


def select_instruments(
    study: GWAS,
    p: float | None,
    ld: LD | None,
    r2: float,
    kb: float,
    selection: dict[str, int],
    notes: list[str],
) -> GWAS:
    """Return the variants below ``p``, clumped where there is a reference; counts go to ``selection``
    and remarks to ``notes``.

    Raises:
        DataError: if no variant is below ``p``.
    """
    selection["read"] = study.rows or len(study)
    found = study if p is None else study.significant(p)
    if not len(found):
        smallest = float(np.min(study.column("p"))) if len(study) else math.nan
        raise DataError(
            f"no variant is associated with {study.trait} at p < {p:g}",
            where=study.path or study.trait,
            hint=(
                f"The smallest p-value is {smallest:.3g}. A larger threshold gives weaker "
                "instruments; the profile score (raps) is made for these."
                if math.isfinite(smallest)
                else "Its file holds none; give p=None to use all variants, or a larger threshold."
            ),
        )
    if p is not None:
        selection[f"p < {p:g}"] = len(found)
    if ld is not None:
        clumped = clump(found, ld, r2=r2, kb=kb)
        found = clumped.gwas
        selection["clumped"] = len(found)
        if clumped.not_in_reference:
            notes.append(
                f"{len(clumped.not_in_reference)} variants are not in the LD reference and were "
                "clumped by distance alone"
            )
        return found
    if close := _close(found):
        notes.append(
            f"{close} of {len(found)} instruments lie within 1 Mb of another one and no LD reference "
            "was given: they may count one signal several times"
        )
    return found


def _close(study: GWAS) -> int:
    places: dict[str, list[float]] = {}
    for name, at in zip(study.text("chromosome"), study.column("position"), strict=True):
        if name and math.isfinite(at):
            places.setdefault(name, []).append(float(at))
    count = 0
    for found in places.values():
        found.sort()
        gaps = [math.inf, *(b - a for a, b in itertools.pairwise(found)), math.inf]
        count += sum(min(gaps[i], gaps[i + 1]) < _CLOSE for i in range(len(found)))
    return count


def _read_outcome(path: str | Path, instruments: GWAS) -> GWAS:
    # only the rows needed; if no identifier fits, positions may, and for these all rows are needed
    found = read_gwas(path, snps=instruments.text("snp"))
    return found if len(found) else read_gwas(path)


def _names(methods: Sequence[str] | None) -> tuple[str, ...] | None:
    if methods is None:
        return None
    names = (methods,) if isinstance(methods, str) else tuple(dict.fromkeys(methods))
    unknown = [n for n in names if n not in REGISTRY]
    if unknown or not names:
        raise UsageError(
            f"there is no method {unknown[0]!r}" if unknown else "no method was named",
            hint=f"There are {', '.join(REGISTRY)}.",
        )
    return names


def _estimate(
    e: Effects, names: tuple[str, ...] | None, settings: Settings
) -> tuple[tuple[MethodEstimate, ...], tuple[tuple[str, str], ...]]:
    if names is None:
        names = DEFAULT if len(e) > 1 else ("wald",)
    done: list[MethodEstimate] = []
    left: list[tuple[str, str]] = []
    for name in names:
        method = REGISTRY[name]
        if len(e) < method.minimum:
            left.append((name, f"it needs {method.minimum} variants and there are {len(e)}"))
            continue
        if name == "wald" and len(e) > 1:
            left.append((name, "it is for one variant; 'single' in the result has each one's"))
            continue
        try:
            done.append(method.fit(e, settings))
        except DataError as error:
            left.append((name, str(error)))
    if not done:
        raise DataError(
            "no method can be used: " + "; ".join(f"{n}: {why}" for n, why in left),
            hint=(
                "Use methods for few variants (wald for one, ivw for two), or more instruments: a "
                "larger p-value threshold, or an outcome study that has them."
            ),
        )
    return tuple(done), tuple(left)
