"""Every estimator: invariances, known answers, calibration under the null."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from graph.errors import DataError, UsageError
from queries.mr import REGISTRY, Harmonised, Settings, run
from queries.mr.methods.base import Effects
from queries.mr.methods.median import weighted_medians
from queries.mr.methods.mode import density_mode, density_modes
from queries.mr.outliers import outlier_test
from queries.mr.running import effects_of

FEW = Settings(bootstraps=50)
MANY = sorted(m for m in REGISTRY if m != "wald")


def simulate(
    seed: int, n: int = 20, effect: float = 0.0, direct: float = 0.0, mean: float = 0.0
) -> Harmonised:
    """Two samples; variants act directly on the outcome by ``N(mean, direct)``."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.05, 0.2, n) * rng.choice([-1, 1], n)
    y = effect * x + np.sign(x) * (mean + direct * rng.standard_normal(n))
    sx, sy = np.full(n, 0.01), rng.uniform(0.015, 0.03, n)
    bx, by = x + sx * rng.standard_normal(n), y + sy * rng.standard_normal(n)
    return Harmonised.from_arrays(
        bx, sx, by, sy, snps=[f"rs{i:04d}" for i in range(n)], n_exposure=1e5, n_outcome=1e5
    )  # fmt: skip


def parts(data: Harmonised) -> list[np.ndarray]:
    names = ("beta_exposure", "se_exposure", "beta_outcome", "se_outcome")
    return [data.column(n) for n in names]


@pytest.mark.parametrize("name", MANY)
@given(seed=st.integers(0, 10_000), n=st.integers(3, 30))
@settings(max_examples=12, deadline=None)
def test_invariances(name: str, seed: int, n: int) -> None:
    """Alleles turned, variants shuffled: the same. Units changed: the estimate changes with them."""
    data = simulate(seed, n, effect=0.3)
    rng = np.random.default_rng(seed)
    bx, sx, by, sy = parts(data)
    fit = run(data, methods=[name], settings=FEW, outliers=False).main
    assert fit.label == REGISTRY[name].label
    sign = rng.choice([-1.0, 1.0], n)
    order = rng.permutation(n)
    snps = [data.snps[i] for i in order]
    turned = Harmonised.from_arrays(bx * sign, sx, by * sign, sy, snps=data.snps)
    shuffled = Harmonised.from_arrays(bx[order], sx[order], by[order], sy[order], snps=snps)
    for other in (turned, shuffled):
        again = run(other, methods=[name], settings=FEW, outliers=False).main
        assert again.beta == pytest.approx(fit.beta, rel=1e-9, abs=1e-12)
        assert again.std_error == pytest.approx(fit.std_error, rel=1e-9, nan_ok=True)
    # powers of two are exact, so even the grid of the modes does not move
    scaled = Harmonised.from_arrays(bx * 4, sx * 4, by * 0.5, sy * 0.5, snps=data.snps)
    again = run(scaled, methods=[name], settings=FEW, outliers=False).main
    assert again.beta == pytest.approx(fit.beta / 8, rel=1e-6)
    assert again.std_error == pytest.approx(fit.std_error / 8, rel=1e-6, nan_ok=True)
    assert again.p_value == pytest.approx(fit.p_value, rel=1e-5, abs=1e-300, nan_ok=True)


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_contract(name: str) -> None:
    method = REGISTRY[name]
    assert method.name == name
    assert method.relaxes
    assert method.assumes
    assert any(c.isdigit() for c in method.reference)
    data = simulate(3, method.minimum, effect=0.5)
    fit = run(data, methods=[name], settings=FEW).main
    assert fit.n_snps == method.minimum
    assert fit.ci_low < fit.beta < fit.ci_high
    assert 0 <= fit.p_value <= 1
    assert (fit.p_value < 0.05) == (fit.ci_low > 0 or fit.ci_high < 0)
    if method.minimum > 1:
        with pytest.raises(DataError, match=f"needs {method.minimum} variants") as caught:
            run(simulate(3, method.minimum - 1), methods=[name], settings=FEW)
        assert "more instruments" in str(caught.value)


def test_regressions_against_least_squares() -> None:
    sm = pytest.importorskip("statsmodels.api")
    data = simulate(1, 25, effect=0.4, direct=0.03)
    e = effects_of(data)
    ivw = run(data, methods=["ivw"]).main
    fit = sm.WLS(e.by, e.bx, weights=1 / e.sy**2).fit()
    scale = math.sqrt(fit.scale)
    assert ivw.beta == pytest.approx(fit.params[0], rel=1e-12)
    assert ivw.std_error == pytest.approx(fit.bse[0] / min(1, scale), rel=1e-10)
    egger = run(data, methods=["egger"]).main
    fit = sm.WLS(e.by, sm.add_constant(e.bx), weights=1 / e.sy**2).fit()
    scale = math.sqrt(fit.scale)
    assert egger.intercept is not None
    assert egger.intercept.value == pytest.approx(fit.params[0], rel=1e-10)
    assert egger.std_error == pytest.approx(fit.bse[1] / min(1, scale), rel=1e-10)


def test_fixed_effects_is_the_meta_analysis_of_ratios() -> None:
    e = effects_of(data := simulate(2, 10, effect=0.2))
    w = (e.bx / e.sy) ** 2
    fit = run(data, methods=["ivw-fixed"]).main
    assert fit.beta == pytest.approx(float((w * e.ratio).sum() / w.sum()))
    assert fit.std_error == pytest.approx(float(w.sum() ** -0.5))


def test_without_spread_beyond_chance_random_is_fixed() -> None:
    bx = np.linspace(0.1, 0.2, 8)
    data = Harmonised.from_arrays(bx, np.full(8, 0.01), 0.5 * bx, np.full(8, 0.02))
    a, b, c = (run(data, methods=[m]).main for m in ("ivw", "ivw-fixed", "ivw-unbounded"))
    assert a.std_error == b.std_error
    assert c.std_error < 1e-12


def test_weighted_median() -> None:
    values = np.array([[3.0, 1.0, 2.0]])
    assert weighted_medians(values, np.ones(3))[0] == 2
    # cumulated weights less half: .05 .5 .95
    assert weighted_medians(values, np.array([1.0, 1.0, 8.0]))[0] == pytest.approx(2, abs=0.2)
    assert weighted_medians(np.array([[5.0, 1.0, 2.0]]), np.array([0.0, 9.0, 0.0]))[0] == 1
    assert weighted_medians(np.array([[5.0, 1.0, 2.0]]), np.array([9.0, 0.0, 0.0]))[0] == 5


def test_binned_density_finds_the_mode() -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(0, 1, (20, 60))
    weights = rng.uniform(0.5, 2, 60)
    for row, fast in zip(values, density_modes(values, weights), strict=True):
        slow = density_mode(row, weights)
        step = (np.ptp(row) + 6) / 511
        assert abs(fast - slow) <= 2 * step


def test_equal_ratios_do_not_break_anything() -> None:
    bx = np.linspace(0.1, 0.2, 6)
    data = Harmonised.from_arrays(bx, np.full(6, 0.01), 0.5 * bx, np.full(6, 0.02))
    for name in MANY:
        assert run(data, methods=[name], settings=FEW).main.beta == pytest.approx(0.5, rel=1e-6)


def test_settings_of_the_profile_score() -> None:
    data = simulate(4, 40, effect=0.3, direct=0.05)
    fits = {
        (loss, over): run(
            data, methods=["raps"], settings=Settings(loss=loss, overdispersion=over)
        ).main
        for loss in ("huber", "tukey", "l2")
        for over in (True, False)
    }
    assert all(f.details["converged"] for f in fits.values())
    assert fits["l2", True].details["tau2"] == pytest.approx(0.05**2, rel=0.7)
    assert fits["l2", False].details["tau2"] == 0
    assert fits["l2", True].std_error > fits["l2", False].std_error
    with pytest.raises(UsageError, match="no loss"):
        run(data, methods=["raps"], settings=Settings(loss="cauchy"))


def test_robust_methods_survive_what_breaks_ivw() -> None:
    data = simulate(6, 30, effect=0.3)
    bx, sx, by, sy = parts(data)
    by = by.copy()
    by[:8] += 0.3 * np.sign(bx[:8])
    bad = Harmonised.from_arrays(bx, sx, by, sy, snps=data.snps)
    result = run(bad, methods=["ivw", "weighted-median", "weighted-mode", "penalised-median"])
    far, *others = (abs(e.beta - 0.3) for e in result.estimates)
    assert far > 0.3
    assert max(others) < 0.2
    assert result.outliers is not None
    assert set(result.outliers.outliers) >= set(data.snps[:3])


def test_egger_finds_the_effect_under_directional_pleiotropy() -> None:
    data = simulate(7, 300, effect=0.3, mean=0.05)
    ivw, egger = (run(data, methods=[m], outliers=False).main for m in ("ivw", "egger"))
    assert ivw.beta > 0.55
    assert egger.beta == pytest.approx(0.3, abs=0.1)
    assert egger.intercept is not None
    assert egger.intercept.value == pytest.approx(0.05, abs=0.012)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ivw", "ivw-fixed", "egger", "weighted-median", "raps"])
def test_null_calibration(name: str) -> None:
    """No effect, no pleiotropy: 5 % of the tests say otherwise (medians and random effects fewer)."""
    times = 400
    low = sum(
        REGISTRY[name].fit(effects_of(simulate(1000 + i)), Settings(bootstraps=200)).p_value < 0.05
        for i in range(times)
    )
    assert stats.binom.sf(low - 1, times, 0.05) > 1e-4
    if name in ("ivw-fixed", "raps"):
        assert stats.binom.cdf(low, times, 0.05) > 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ivw", "egger", "weighted-median", "weighted-mode", "raps"])
def test_coverage_with_an_effect_and_balanced_pleiotropy(name: str) -> None:
    times = 200
    hits = 0
    for i in range(times):
        e = effects_of(simulate(5000 + i, 40, effect=0.4, direct=0.01))
        fit = REGISTRY[name].fit(e, Settings(bootstraps=200))
        hits += fit.ci_low <= 0.4 <= fit.ci_high
    assert hits / times > 0.88


def test_outlier_test_under_the_null_is_uniform() -> None:
    p = []
    for i in range(60):
        data = simulate(i, 12, effect=0.2)
        p.append(outlier_test(effects_of(data), data.snps, simulations=200, seed=i).p_value)
    assert stats.kstest(p, "uniform").pvalue > 1e-3
    with pytest.raises(DataError, match="at least 4"):
        outlier_test(effects_of(simulate(0, 3)), ["a", "b", "c"])


def test_seeds() -> None:
    data = simulate(8, 15, effect=0.2)
    one, same, other = (
        run(data, methods=["weighted-median"], seed=s, bootstraps=100).to_json() for s in (1, 1, 2)
    )
    assert one == same
    assert one["main"]["std_error"] != other["main"]["std_error"]
    assert one["main"]["beta"] == other["main"]["beta"]


def test_arrays_are_checked() -> None:
    good = ([0.1, 0.2], [0.01, 0.01], [0.1, 0.2], [0.01, 0.01])
    assert len(Harmonised.from_arrays(*good)) == 2
    for position, value, match in (
        (1, [0.01, 0.0], "not positive"),
        (0, [0.1, math.nan], "not finite"),
        (0, [0.1, 0.0], "no effect at all"),
        (2, [0.1], "equally many"),
    ):
        bad = list(good)
        bad[position] = value
        with pytest.raises(DataError, match=match):
            Harmonised.from_arrays(*bad)
    with pytest.raises(DataError, match="one name"):
        Harmonised.from_arrays(*good, snps=["a", "a"])
    assert len(Effects.make(*(np.array(a) for a in good)).drop(0)) == 1
