"""Estimators: one contract for all, then what each does and refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from graph.causal import CausalGraph
from graph.dataset import Dataset, Variable
from graph.errors import DataError, RefusedError, UsageError
from queries.causal import Estimand, estimate, identify
from queries.causal.estimators import REGISTRY
from queries.causal.estimators.regression import regress

BACKDOOR = CausalGraph(directed=[("X", "Y"), ("C", "X"), ("C", "Y"), ("D", "X"), ("D", "Y")])
FRONTDOOR = CausalGraph(directed=[("X", "M"), ("M", "Y")], bidirected=[("X", "Y")])
NAPKIN = CausalGraph(
    directed=[("W", "R"), ("R", "X"), ("X", "Y")], bidirected=[("W", "X"), ("W", "Y")]
)
APART = CausalGraph(directed=[("C", "X"), ("C", "Y")])


def estimand_of(graph: CausalGraph) -> Estimand:
    found = identify(graph, "X", "Y")
    assert isinstance(found, Estimand)
    return found


def linear(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Heavy-tailed, heteroscedastic noise; effect 1.5."""
    c, d = rng.normal(size=n), rng.exponential(size=n)
    x = c - 0.5 * d + rng.normal(size=n)
    y = 1.5 * x + 2 * c + d + rng.standard_t(6, n) * (1 + 0.5 * np.abs(x))
    return pd.DataFrame({"X": x, "Y": y, "C": c, "D": d})


def binary(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """A two-valued treatment whose effect 1 + C averages 1.5."""
    c, d = rng.normal(0.5, 1, n), rng.integers(0, 2, n)
    x = (rng.random(n) < 1 / (1 + np.exp(0.4 - c - 0.5 * d))).astype(float)
    return pd.DataFrame({"X": x, "Y": (1 + c) * x + c + d + rng.normal(size=n), "C": c, "D": d})


def frontdoor(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Linear; effect 0.5 x 3 = 1.5."""
    u = rng.normal(size=n)
    x = u + rng.normal(size=n)
    m = 0.5 * x + rng.normal(size=n)
    return pd.DataFrame({"X": x, "M": m, "Y": 3 * m - 2 * u + rng.normal(size=n)})


def discrete(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """The napkin with two levels: the effect of X is 0.4, W and Y share a hidden cause."""
    u, v = rng.random(n) < 0.5, rng.random(n) < 0.5
    w = rng.random(n) < 0.2 + 0.3 * u + 0.3 * v
    r = rng.random(n) < 0.3 + 0.4 * w
    x = rng.random(n) < 0.15 + 0.4 * r + 0.3 * u
    y = rng.random(n) < 0.1 + 0.4 * x + 0.4 * v
    return pd.DataFrame({"W": w, "R": r, "X": x, "Y": y})


def unrelated(rng: np.random.Generator, n: int) -> pd.DataFrame:
    c = rng.normal(size=n)
    return pd.DataFrame({"C": c, "X": c + rng.normal(size=n), "Y": c + rng.normal(size=n)})


def binary_frontdoor(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """A two-valued treatment moves the mediator by 0.5, this moves the outcome by 3."""
    u = rng.normal(size=n)
    x = (rng.random(n) < 1 / (1 + np.exp(-u))).astype(float)
    m = 0.5 * x + rng.normal(size=n)
    return pd.DataFrame({"X": x, "M": m, "Y": 3 * m - 2 * u + rng.normal(size=n)})


ON_THE_TREATED = 1.85186
"""of ``binary``: the mean of (1 + C) e(C, D) over that of e, from 40 million draws"""
IN_BOTH_ARMS = 1.43784
"""of ``binary``: the mean of 1 + C where e(C, D) lies between 0.1 and 0.9, from 40 million draws"""


@dataclass(frozen=True)
class Case:
    graph: CausalGraph
    draw: Callable[[np.random.Generator, int], pd.DataFrame]
    effect: float
    rows: int = 200
    rescale: bool = True


CASES = {
    "linear": Case(BACKDOOR, linear, 1.5),
    "interacted": Case(BACKDOOR, binary, 1.5),
    "standardisation": Case(BACKDOOR, binary, 1.5),
    "ipw": Case(BACKDOOR, binary, 1.5, rows=400),
    "ipw-trimmed": Case(BACKDOOR, binary, IN_BOTH_ARMS, rows=400),
    "matching": Case(BACKDOOR, binary, 1.5),
    "matching-propensity": Case(BACKDOOR, binary, 1.5),
    "dml": Case(BACKDOOR, linear, 1.5),
    "dml-interactive": Case(BACKDOOR, binary, 1.5),
    "gp": Case(BACKDOOR, binary, 1.5, rows=240),
    "aipw": Case(BACKDOOR, binary, 1.5),
    "aipw-treated": Case(BACKDOOR, binary, ON_THE_TREATED),
    "tmle": Case(BACKDOOR, binary, 1.5),
    "frontdoor-linear": Case(FRONTDOOR, frontdoor, 1.5),
    "frontdoor-one-step": Case(FRONTDOOR, binary_frontdoor, 1.5, rows=400),
    "plug-in": Case(NAPKIN, discrete, 0.4, rows=1500),
    "no-effect": Case(APART, unrelated, 0.0),
}


COSTLY = {"aipw", "aipw-treated", "tmle", "dml", "dml-interactive", "gp", "frontdoor-one-step"}
"""a fit takes 0.2 to 2 seconds: fewer rounds"""


def test_every_estimator_has_a_case():
    assert set(CASES) == set(REGISTRY)


@pytest.fixture(params=sorted(REGISTRY))
def name(request) -> str:
    return str(request.param)


def numbers(result):
    return np.array([result.value, result.std_error, result.ci_low, result.ci_high])


@pytest.mark.slow
def test_contract_coverage(name):
    case, rounds = CASES[name], 30 if name == "dml" else 50 if name in COSTLY else 120
    estimand = estimand_of(case.graph)
    covered, values, errors = 0, [], []
    for seed in range(rounds):
        data = Dataset(case.draw(np.random.default_rng(seed), case.rows))
        found = estimate(estimand, data, estimator=name)
        covered += found.ci_low <= case.effect <= found.ci_high
        values.append(found.value)
        errors.append(found.std_error)
    # 95 % nominal: four standard deviations below
    assert covered >= 0.95 * rounds - 4 * (0.95 * 0.05 * rounds) ** 0.5
    spread = float(np.std(values))
    if case.effect:
        assert abs(np.mean(values) - case.effect) < 4 * spread / np.sqrt(rounds)
        # the spread of so many estimates is itself uncertain by 1 / sqrt(2 rounds)
        slack = 3 / np.sqrt(2 * rounds)
        assert 0.99 - slack < np.mean(errors) / spread < 1.1 + slack


@pytest.mark.slow
def test_contract_permuted_outcome_gives_nothing(name):
    case, rounds = CASES[name], 20 if name in COSTLY else 60
    estimand = estimand_of(case.graph)
    hits = 0
    for seed in range(rounds):
        rng = np.random.default_rng(1000 + seed)
        frame = case.draw(rng, case.rows)
        frame["Y"] = rng.permutation(frame["Y"].to_numpy())
        found = estimate(estimand, Dataset(frame), estimator=name)
        hits += not found.ci_low <= 0 <= found.ci_high
    # 5 % nominal: three and a half standard deviations above
    assert hits <= 0.05 * rounds + 3.5 * (0.0475 * rounds) ** 0.5


def test_contract_order_of_rows_and_columns_does_not_matter(name):
    case = CASES[name]
    estimand = estimand_of(case.graph)
    frame = case.draw(np.random.default_rng(3), case.rows)
    first = estimate(estimand, Dataset(frame), estimator=name)
    shuffled = frame.sample(frac=1, random_state=1)[sorted(frame.columns, reverse=True)]
    again = estimate(estimand, Dataset(shuffled), estimator=name)
    assert numbers(again) == pytest.approx(numbers(first), rel=1e-9, abs=1e-12)
    assert numbers(estimate(estimand, Dataset(frame), estimator=name)) == pytest.approx(
        numbers(first)
    )


def test_contract_labels_do_not_matter(name):
    case = CASES[name]
    frame = case.draw(np.random.default_rng(4), case.rows)
    # names in the same order, so that resampling draws the same rows
    names = {c: f"the {c} (mg)" for c in frame.columns}
    graph = case.graph.rename(names)
    found = identify(graph, names["X"], names["Y"])
    first = estimate(estimand_of(case.graph), Dataset(frame), estimator=name)
    again = estimate(found, Dataset(frame.rename(columns=names)), estimator=name)
    assert numbers(again) == pytest.approx(numbers(first), rel=1e-9, abs=1e-12)


def test_contract_units_do_not_matter(name):
    case = CASES[name]
    estimand = estimand_of(case.graph)
    frame = case.draw(np.random.default_rng(5), case.rows).astype(float)
    first = estimate(estimand, Dataset(frame), estimator=name)
    scaled = frame * 1.0
    for column in scaled.columns:
        scaled[column] = scaled[column] * 1e3 + 7
    scaled["Y"] = frame["Y"] * 1e-4 - 2
    again = estimate(estimand, Dataset(scaled), estimator=name)
    assert numbers(again) * 1e7 == pytest.approx(numbers(first), rel=1e-6, abs=1e-9)


def test_contract_missing_rows_are_left_out_and_counted(name):
    case = CASES[name]
    estimand = estimand_of(case.graph)
    frame = case.draw(np.random.default_rng(6), case.rows).astype(float)
    frame["not needed"] = np.nan
    holes = frame.copy()
    holes.loc[[1, 5, 7], "X"] = np.nan
    holes.loc[5, "Y"] = np.nan
    found = estimate(estimand, Dataset(holes), estimator=name)
    assert found.n == case.rows - 3
    assert found.diagnostics["dropped"] == 3
    assert found.diagnostics["missing"]["X"] == 3
    expected = estimate(estimand, Dataset(frame.drop(index=[1, 5, 7])), estimator=name)
    assert numbers(found) == pytest.approx(numbers(expected))


def test_contract_results_are_plain_data(name):
    import json

    case = CASES[name]
    frame = case.draw(np.random.default_rng(7), case.rows)
    data = Dataset(frame, (Variable("X", "chebi:1", unit="mg"), Variable("Y", "hp:1", unit="mmHg")))
    found = estimate(estimand_of(case.graph), data, estimator=name)
    plain = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert plain["data_hash"] == data.hash
    assert plain["units"] == "mmHg per mg"
    assert plain["estimand"]["graph"] == case.graph.hash
    assert hash(found) == hash(found)


def test_contract_wrong_estimands_are_refused(name):
    for case in CASES.values():
        estimand = estimand_of(case.graph)
        data = Dataset(case.draw(np.random.default_rng(8), case.rows))
        if case is not CASES[name] and REGISTRY[name].unfit(estimand, _sample(estimand, data)):
            with pytest.raises(DataError, match="not estimable"):
                estimate(estimand, data, estimator=name)


def _sample(estimand, data):
    from queries.causal.sample import prepare

    return prepare(estimand, data)


# choosing ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("graph", "draw", "rows", "expected"),
    [
        (BACKDOOR, linear, 200, "linear"),
        (BACKDOOR, binary, 200, "interacted"),
        (BACKDOOR, binary, 25, "linear"),
        (FRONTDOOR, frontdoor, 200, "frontdoor-linear"),
        (NAPKIN, discrete, 1500, "plug-in"),
        (APART, unrelated, 200, "no-effect"),
    ],
)
def test_auto_chooses_as_documented(graph, draw, rows, expected):
    found = estimate(estimand_of(graph), Dataset(draw(np.random.default_rng(1), rows)))
    assert found.estimator == expected


def test_a_general_estimand_of_continuous_data_is_refused_with_words():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(100, 4)), columns=list("WRXY"))
    with pytest.raises(DataError, match=r"not estimable yet.*100 values, more than 12"):
        estimate(estimand_of(NAPKIN), Dataset(frame))


def test_hc3_is_that_of_statsmodels():
    import statsmodels.api as sm

    frame = linear(np.random.default_rng(2), 80)
    found = estimate(estimand_of(BACKDOOR), Dataset(frame), estimator="linear")
    design = sm.add_constant(frame[["X", "C", "D"]].to_numpy())
    reference = sm.OLS(frame["Y"].to_numpy(), design).fit(cov_type="HC3", use_t=True)
    assert found.value == pytest.approx(reference.params[1], rel=1e-10)
    assert found.std_error == pytest.approx(reference.bse[1], rel=1e-10)
    assert (found.ci_low, found.ci_high) == pytest.approx(reference.conf_int()[1], rel=1e-9)
    assert found.diagnostics["p_value"] == pytest.approx(reference.pvalues[1], rel=1e-8)


def test_unadjusted_would_be_wrong_and_adjusted_is_right():
    frame = linear(np.random.default_rng(3), 20_000)
    raw = float(np.polyfit(frame["X"], frame["Y"], 1)[0])
    found = estimate(estimand_of(BACKDOOR), Dataset(frame))
    assert abs(raw - 1.5) > 0.4
    assert found.value == pytest.approx(1.5, abs=0.1)
    assert found.estimand.adjustment == ("C", "D")


def test_plug_in_back_door_equals_the_formula_by_hand():
    rng = np.random.default_rng(4)
    c = rng.integers(0, 3, 500)
    x = (rng.random(500) < 0.2 + 0.2 * c).astype(int)
    y = x + c + rng.integers(0, 2, 500)
    frame = pd.DataFrame({"X": x, "Y": y, "C": c})
    graph = CausalGraph(directed=[("X", "Y"), ("C", "X"), ("C", "Y")])
    found = estimate(identify(graph, "X", "Y"), Dataset(frame), estimator="plug-in")
    means = frame.groupby(["C", "X"])["Y"].mean().unstack()
    by_hand = ((means[1] - means[0]) * frame["C"].value_counts(normalize=True)).sum()
    assert found.value == pytest.approx(by_hand)


def test_plug_in_needs_every_combination_it_uses():
    frame = pd.DataFrame(
        {"C": [0] * 50 + [1] * 50, "X": [0, 1] * 25 + [0] * 50, "Y": [0, 1, 1, 1] * 25}
    )
    graph = CausalGraph(directed=[("X", "Y"), ("C", "X"), ("C", "Y")])
    with pytest.raises(DataError, match=r"50\.0% of the weight"):
        estimate(identify(graph, "X", "Y"), Dataset(frame), estimator="plug-in")


def test_no_effect_reports_the_association_it_does_not_believe():
    data = Dataset(unrelated(np.random.default_rng(5), 500))
    found = estimate(estimand_of(APART), data)
    assert numbers(found).tolist() == [0, 0, 0, 0]
    seen = found.diagnostics["association"]
    assert seen["adjusted_for"] == ["C"]
    assert abs(seen["value"]) < 4 * seen["std_error"]


# bad data ----------------------------------------------------------------------------------


def spoiled(**columns) -> Dataset:
    frame = linear(np.random.default_rng(1), 40)
    for column, values in columns.items():
        frame[column] = values
    return Dataset(frame)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"X": 3.0}, "treatment 'X' has one value only"),
        ({"Y": 1}, "outcome 'Y' has one value only"),
        ({"X": np.nan}, r"no row has all.*X \(40 missing\)"),
        ({"X": ["low", "high"] * 20}, "'X' holds words.*high, low"),
        ({"Y": [np.inf, *range(39)]}, "'Y' holds an infinite value.*row 1"),
        ({"C": [f"id{i}" for i in range(40)]}, "40 complete rows are too few for 41"),
        (
            {"C": [f"id{i}" for i in range(10)] * 4, "X": [i % 10 for i in range(40)]},
            "is decided by",
        ),
    ],
)
def test_bad_columns_are_named(columns, words):
    with pytest.raises(DataError, match=words):
        estimate(estimand_of(BACKDOOR), spoiled(**columns))


@pytest.mark.parametrize("name", ["linear", "interacted", "ipw", "matching", "aipw", "gp"])
def test_arms_without_overlap_are_refused_by_all(name):
    frame = binary(np.random.default_rng(1), 300)
    frame["C"] = np.where(frame["X"] == 1, 5, -5) + np.random.default_rng(2).normal(0, 0.1, 300)
    with pytest.raises(DataError, match="do not overlap") as caught:
        estimate(estimand_of(BACKDOOR), Dataset(frame), estimator=name)
    assert "Restrict" in caught.value.hint


def test_an_arm_without_any_outcome_is_named():
    frame = binary(np.random.default_rng(1), 100)
    frame.loc[frame["X"] == 1, "Y"] = np.nan
    with pytest.raises(DataError, match="no row with X = 1 has the outcome"):
        estimate(estimand_of(BACKDOOR), Dataset(frame))


def test_missing_columns_and_too_few_rows_are_named():
    estimand = estimand_of(BACKDOOR)
    frame = linear(np.random.default_rng(1), 40)
    with pytest.raises(DataError, match=r"no column 'C', 'D'"):
        estimate(estimand, Dataset(frame[["X", "Y"]]))
    with pytest.raises(DataError, match="4 complete rows are too few for 4"):
        estimate(estimand, Dataset(frame.head(4)))
    twice = pd.concat([frame, frame[["C"]]], axis=1)
    with pytest.raises(DataError, match="more than one column is named 'C'"):
        estimate(estimand, Dataset(twice))


def test_words_as_covariates_and_redundant_columns_are_handled():
    frame = linear(np.random.default_rng(2), 100)
    frame["D"] = np.where(frame["D"] > 1, "high", "low")
    found = estimate(estimand_of(BACKDOOR), Dataset(frame))
    assert "D=low" in found.diagnostics["coefficients"]
    frame["D"] = frame["C"] * 2 + 1
    found = estimate(estimand_of(BACKDOOR), Dataset(frame))
    assert found.diagnostics["left_out_as_redundant"] == ["D"]
    frame["D"] = frame["X"] + frame["C"]
    with pytest.raises(DataError, match="'X' is decided by C, D"):
        estimate(estimand_of(BACKDOOR), Dataset(frame))


def test_numbers_as_text_and_nullable_types_are_read():
    frame = linear(np.random.default_rng(3), 50)
    expected = estimate(estimand_of(BACKDOOR), Dataset(frame))
    as_text = frame.assign(C=[repr(float(v)) for v in frame["C"]], D=frame["D"].astype("Float64"))
    assert numbers(estimate(estimand_of(BACKDOOR), Dataset(as_text))) == pytest.approx(
        numbers(expected)
    )


def test_refusals_and_unknown_estimators():
    refused = identify(CausalGraph(directed=[("X", "Y")], bidirected=[("X", "Y")]), "X", "Y")
    data = Dataset(linear(np.random.default_rng(1), 40))
    with pytest.raises(RefusedError, match="hidden common causes"):
        estimate(refused, data)
    with pytest.raises(UsageError, match="no estimator 'magic'"):
        estimate(estimand_of(BACKDOOR), data, estimator="magic")
    joint = identify(BACKDOOR, ["X", "D"], "Y")
    with pytest.raises(DataError, match="one treatment"):
        estimate(joint, data)
    with pytest.raises(DataError, match="conditional effects"):
        estimate(identify(BACKDOOR, "X", "Y", "C"), data)


def test_collinear_designs_are_named():
    design = np.column_stack([np.ones(5), np.arange(5.0), 2 * np.arange(5.0)])
    with pytest.raises(DataError, match="'c' is a linear combination of a, b"):
        regress(np.arange(5.0), design, ["a", "b", "c"], "here")
