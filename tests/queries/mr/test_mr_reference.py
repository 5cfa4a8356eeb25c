"""Agreement with what TwoSampleMR 0.6 and mr.raps publish for their example data (body mass index and
lipids on coronary heart disease). The numbers are printed to seven digits or so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from queries.mr import (
    GWAS,
    LD,
    Harmonised,
    MRResult,
    Settings,
    from_frame,
    harmonise,
    multivariable,
    run,
)

pyreadr = pytest.importorskip("pyreadr", reason="pyreadr reads the reference data (dev extra)")

METHODS = ("ivw", "ivw-fixed", "egger", "weighted-median", "simple-mode", "weighted-mode", "raps")


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    found = shared_data / "genomics" / "mr"
    if not found.is_dir():
        pytest.skip("the reference data (../shared/data/genomics/mr) are not on this machine")
    return found


@pytest.fixture(scope="module")
def common(folder: Path) -> dict[str, pd.DataFrame]:
    found: dict[str, pd.DataFrame] = pyreadr.read_r(folder / "twosamplemr_test_commondata.RData")
    return found


@pytest.fixture(scope="module")
def studies(common: dict[str, pd.DataFrame]) -> tuple[GWAS, GWAS]:
    return from_frame(common["exp_dat"], "BMI"), from_frame(common["out_dat"], "CHD")


@pytest.fixture(scope="module")
def result(studies: tuple[GWAS, GWAS]) -> MRResult:
    return run(*studies, METHODS, p=None)


def reference(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values("SNP", ignore_index=True)


def compare(mine: Harmonised, theirs: pd.DataFrame) -> None:
    theirs = reference(theirs)
    assert list(mine.snps) == list(theirs["SNP"])
    for side in ("exposure", "outcome"):
        for name in ("beta", "se", "eaf"):
            np.testing.assert_allclose(
                mine.column(f"{name}_{side}"), theirs[f"{name}.{side}"], rtol=1e-12
            )
    assert list(mine.frame["effect_allele"]) == list(theirs["effect_allele.outcome"])
    assert list(mine.frame["other_allele"]) == list(theirs["other_allele.outcome"])
    assert list(mine.frame["palindromic"]) == list(theirs["palindromic"])


def test_harmonised(studies: tuple[GWAS, GWAS], common: dict[str, pd.DataFrame]) -> None:
    compare(harmonise(*studies), common["dat"])


def test_harmonised_four_pairs_on_one_strand(common: dict[str, pd.DataFrame]) -> None:
    whole = common["dat2"]
    columns = ["effect_allele", "other_allele", "beta", "se", "eaf", "pval"]
    for _, theirs in whole.groupby(["id.exposure", "id.outcome"]):
        sides = []
        for side in ("exposure", "outcome"):
            table = theirs[["SNP", *(f"{c}.{side}" for c in columns)]]
            sides.append(from_frame(table, side))
        compare(harmonise(*sides, palindromes="trust"), theirs)


def test_ambiguous_palindromes_are_the_same(common: dict[str, pd.DataFrame]) -> None:
    theirs = common["dat2"]
    theirs = theirs[(theirs["id.exposure"] == "ieu-a-301") & (theirs["id.outcome"] == "ieu-a-7")]
    columns = ["effect_allele", "other_allele", "beta", "se", "eaf", "pval"]
    tables = [theirs[["SNP", *(f"{c}.{s}" for c in columns)]] for s in ("exposure", "outcome")]
    mine = harmonise(from_frame(tables[0], "x"), from_frame(tables[1], "y"))
    dropped = {a.snp for a in mine.actions if a.action == "dropped: ambiguous palindrome"}
    assert dropped == set(theirs.loc[theirs["ambiguous"], "SNP"])


EXPECTED = {
    "egger": (0.5024935, 0.14396056, 8.012590e-04),
    "ivw": (0.4459091, 0.05898302, 4.032020e-14),
    "raps": (0.4646893, 0.0542478, 1.070969e-17),
}


@pytest.mark.parametrize("method", sorted(EXPECTED))
def test_estimates(result: MRResult, method: str) -> None:
    mine = next(e for e in result.estimates if e.method == method)
    beta, se, p = EXPECTED[method]
    assert mine.beta == pytest.approx(beta, abs=1e-6)
    assert mine.std_error == pytest.approx(se, abs=1e-6)
    assert mine.p_value == pytest.approx(p, rel=1e-4)


@pytest.mark.parametrize(
    ("method", "beta", "se"),
    [
        ("weighted-median", 0.3870065, 0.0735),
        ("simple-mode", 0.3401554, 0.155),
        ("weighted-mode", 0.3790910, 0.103),
    ],
)
def test_estimates_with_bootstrapped_errors(
    result: MRResult, method: str, beta: float, se: float
) -> None:
    mine = next(e for e in result.estimates if e.method == method)
    assert mine.beta == pytest.approx(beta, abs=1e-6)
    assert mine.std_error == pytest.approx(se, rel=0.1)


def test_other_profile_scores(result: MRResult) -> None:
    for settings, beta, digits in (
        (Settings(loss="l2", overdispersion=False), 0.4580697, 5e-6),
        (Settings(loss="huber", overdispersion=False), 0.4682, 5e-5),
        (Settings(loss="tukey"), 0.4788, 5e-5),
    ):
        fit = run(result.data, methods=["raps"], settings=settings, outliers=False).main
        assert fit.beta == pytest.approx(beta, abs=digits)


def test_heterogeneity_and_pleiotropy(result: MRResult) -> None:
    found = {h.method: h for h in result.heterogeneity}
    assert found["ivw"].q == pytest.approx(143.6508, abs=5e-5)
    assert found["ivw"].p_value == pytest.approx(8.728420e-06, rel=1e-6)
    assert found["ivw"].i2 == pytest.approx(0.457, abs=5e-4)
    assert found["egger"].q == pytest.approx(143.3046, abs=5e-5)
    assert found["egger"].p_value == pytest.approx(6.841585e-06, rel=1e-6)
    assert result.intercept is not None
    assert result.intercept.value == pytest.approx(-0.001719304, abs=1e-9)
    assert result.intercept.std_error == pytest.approx(0.003985962, abs=1e-9)
    assert result.intercept.p_value == pytest.approx(0.6674266, abs=1e-6)
    assert result.strength.mean_f == pytest.approx(65.6, abs=0.05)


def test_leave_one_out(result: MRResult) -> None:
    expected = {
        "rs1000940": (0.4541284, 0.05843628, 7.765841e-15),
        "rs10132280": (0.4450525, 0.05959723, 8.162633e-14),
        "rs1016287": (0.4443855, 0.05959844, 8.896652e-14),
        "rs10182181": (0.4427817, 0.05994598, 1.509205e-13),
        "rs10733682": (0.4474244, 0.05955045, 5.762610e-14),
        "rs10840100": (0.4435657, 0.05956120, 9.532322e-14),
    }
    found = {s.snp: s for s in result.leave_one_out}
    for snp, (beta, se, p) in expected.items():
        assert found[snp].beta == pytest.approx(beta, abs=1e-6)
        assert found[snp].std_error == pytest.approx(se, abs=1e-6)
        assert found[snp].p_value == pytest.approx(p, rel=1e-5)


def test_direction(result: MRResult) -> None:
    assert result.direction is not None
    assert result.direction.forward
    assert result.direction.r2_exposure == pytest.approx(0.0158082, abs=1e-7)
    assert result.direction.r2_outcome == pytest.approx(0.0013505, abs=1e-7)


def test_multivariable(folder: Path) -> None:
    data: dict[str, Any] = pyreadr.read_r(folder / "twosamplemr_vig_perform_mr.RData")
    exposures = [
        from_frame(table.drop(columns=["exposure", "id.exposure"]), str(name))
        for name, table in data["mv_exposure_dat"].groupby("id.exposure")
    ]
    found = multivariable(exposures, from_frame(data["mv_outcome_dat"], "CHD"))
    expected = {
        "ieu-a-299": (79, -0.08919724, 0.05970552, 1.351879e-01),
        "ieu-a-300": (68, 0.37853543, 0.04976846, 2.828614e-14),
        "ieu-a-302": (42, 0.13584165, 0.06738291, 4.380354e-02),
    }
    for name, fit in found.estimates:
        own, beta, se, p = expected[name]
        assert fit.details["own_snps"] == own
        assert fit.beta == pytest.approx(beta, abs=1e-6)
        assert fit.std_error == pytest.approx(se, abs=1e-6)
        assert fit.p_value == pytest.approx(p, rel=1e-5)


def test_ld_matrix(folder: Path) -> None:
    matrix = pyreadr.read_r(folder / "twosamplemr_vig_perform_mr.RData")["ld_mat"]
    ld = LD.from_matrix([str(c) for c in matrix.columns], matrix.to_numpy(float))
    assert ld.r2("rs234", "rs1205") == pytest.approx(0.0797023**2)
