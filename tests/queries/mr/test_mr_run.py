"""The whole way: files in, result, plots and evidence out; and what happens when it cannot be gone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graph.errors import DataError, InputError, UsageError
from graph.model import Category, Entity, Predicate, Publication, Rung
from graph.store import Store
from queries.mr import (
    GWAS,
    LD,
    Harmonised,
    MRResult,
    bidirectional,
    clump,
    from_frame,
    multivariable,
    read_ld,
    run,
    to_batch,
)
from queries.mr.multivariable import multivariable_arrays
from queries.mr.plots import KINDS


def genome(
    trait: str, effects: np.ndarray, seed: int, se: float = 0.01, n: float = 1e4, **options: object
) -> GWAS:
    rng = np.random.default_rng(seed)
    count = len(effects)
    frame = pd.DataFrame({
        "SNP": [f"rs{i:03d}" for i in range(count)],
        "CHR": [str(1 + i % 22) for i in range(count)],
        "BP": [20_000_000 * (1 + i // 22) for i in range(count)],
        "EA": "A", "OA": "G", "EAF": 0.3,
        "BETA": effects + se * rng.standard_normal(count), "SE": se, "N": n,
    })  # fmt: skip
    return from_frame(frame, trait, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pair() -> tuple[GWAS, GWAS]:
    """30 variants of x (which raises y by 0.5), 30 of y alone."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.uniform(0.08, 0.2, 30), np.zeros(30)])
    own = np.concatenate([np.zeros(30), rng.uniform(0.08, 0.2, 30)])
    return genome("x", x, 1), genome("y", 0.5 * x + own, 2)


@pytest.fixture(scope="module")
def result(pair: tuple[GWAS, GWAS]) -> MRResult:
    return run(*pair, bootstraps=200)


def test_result(result: MRResult) -> None:
    assert result.main.method == "ivw"
    assert result.main.beta == pytest.approx(0.5, abs=0.05)
    assert result.agreement == 1
    assert result.selection == {"read": 60, "p < 5e-08": 30, "harmonised": 30}
    assert result.direction is not None
    assert result.direction.forward
    assert len(result.single) == len(result.leave_one_out) == 30
    assert "x raises y" in result.explanation
    assert any(a.startswith("Exclusion") for a in result.assumptions)
    assert set(result.relaxed) == {e.method for e in result.estimates}
    assert "Assumptions:" in result.to_text()
    plain = result.to_json()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["main"]["beta"] == result.main.beta


def test_both_directions(pair: tuple[GWAS, GWAS]) -> None:
    both = bidirectional(*pair, bootstraps=50)
    assert isinstance(both.forward, MRResult)
    assert isinstance(both.reverse, MRResult)
    # the variants of x are instruments of y too; that they act through x shows in the direction test
    assert both.reverse.direction is not None
    assert both.reverse.direction.wrong
    assert set(both.to_json()) == {"forward", "reverse", "explanation"}
    none = bidirectional(pair[0], genome("z", np.zeros(60), 5), bootstraps=50)
    assert isinstance(none.reverse, str)
    assert "no variant is associated with z" in none.reverse
    assert "no effect of x on z beyond chance" in none.explanation
    with pytest.raises(DataError, match="neither direction"):
        bidirectional(genome("a", np.zeros(9), 1), genome("b", np.zeros(9), 2))


def test_from_files(pair: tuple[GWAS, GWAS], tmp_path: Path) -> None:
    paths = []
    for study in pair:
        path = tmp_path / f"{study.trait}.tsv"
        study.frame.to_csv(path, sep="\t", index=False)
        paths.append(path)
    again = run(*paths, methods=["ivw"])
    assert again.main.beta == pytest.approx(run(*pair, methods=["ivw"]).main.beta, rel=1e-12)
    assert again.selection["read"] == 60


def test_few_variants(pair: tuple[GWAS, GWAS]) -> None:
    x, y = pair
    one = run(x.only(["rs003"]), y)
    assert [e.method for e in one.estimates] == ["wald"]
    two = run(x.only(["rs003", "rs004"]), y)
    assert [e.method for e in two.estimates] == ["ivw", "ivw-fixed"]
    assert ("egger", "it needs 3 variants and there are 2") in two.not_run
    assert two.outliers is None
    for few in (one, two):
        json.dumps(few.to_json(), allow_nan=False)
        few.to_text()


def test_refusals(pair: tuple[GWAS, GWAS]) -> None:
    x, y = pair
    with pytest.raises(DataError, match="no variant is associated with x at p < 1e-300") as caught:
        run(x, y, p=1e-300)
    assert "smallest p-value" in str(caught.value)
    with pytest.raises(UsageError, match="no method 'ivvw'"):
        run(x, y, ["ivvw"])
    with pytest.raises(UsageError, match="an outcome is missing"):
        run(x)
    with pytest.raises(UsageError, match="hold their outcome"):
        run(Harmonised.from_arrays([1.0], [0.1], [1.0], [0.1]), y)
    with pytest.raises(UsageError, match="bootstraps are too few"):
        run(x, y, bootstraps=1)
    with pytest.raises(InputError, match="no such file"):
        run("nowhere.tsv", y)


def test_concerns_are_told() -> None:
    rng = np.random.default_rng(3)
    bx = rng.uniform(0.02, 0.03, 20)
    by = 0.3 * bx + 0.05 * rng.standard_normal(20)
    by[0] = 0.8
    found = run(Harmonised.from_arrays(bx, np.full(20, 0.01), by, np.full(20, 0.01)), bootstraps=50)
    said = " ".join(found.concerns)
    assert "weak" in said
    assert "disagree more than by chance" in said
    assert "outlying variants" in said
    assert all(c in found.explanation for c in found.concerns)


def test_odds_ratio_is_said_for_a_disease(pair: tuple[GWAS, GWAS]) -> None:
    x, y = pair
    disease = GWAS(y.frame, "disease", "binary")
    found = run(x, disease, ["ivw"])
    assert found.units == "log odds of disease per unit of x"
    assert f"odds ratio: {np.exp(found.main.beta):.3g}" in found.explanation


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("ending", ["png", "svg"])
def test_plots(result: MRResult, tmp_path: Path, kind: str, ending: str) -> None:
    pytest.importorskip("matplotlib")
    path = result.plot(tmp_path / f"plot.{ending}", kind)
    assert path.stat().st_size > 2000


def test_plot_refusals(result: MRResult, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(UsageError, match="no plot 'pie'"):
        result.plot(tmp_path / "a.png", "pie")
    with pytest.raises(UsageError, match="cannot be drawn"):
        result.plot(tmp_path / "a.nonsense")
    with pytest.raises(InputError, match="cannot be written"):
        result.plot(tmp_path / "no" / "folder.png")


X = Entity("efo:0004340", "body mass index", Category.PHENOTYPE)
Y = Entity("mesh:D003327", "coronary disease", Category.DISEASE)


def test_evidence(result: MRResult, embedded_store: Store) -> None:
    paper = Publication("pubmed:1", "A study", 2020)
    batch = to_batch(result, X, Y, publication=paper, population="European")
    (statement,), (evidence,) = batch.statements, batch.evidences
    assert (statement.predicate, statement.sign) == (Predicate.AFFECTS, 1)
    assert statement.qualifiers == (("population", "European"),)
    assert evidence.rung is Rung.GENETIC
    details = dict(evidence.details)
    assert float(details["beta"]) == pytest.approx(result.main.beta, rel=1e-7)
    assert details["n_snps"] == "30"
    assert details["data_hash"] == result.data_hash
    assert embedded_store.write(batch).evidences == 1
    assert embedded_store.write(batch).total == 0
    kept = embedded_store.statement(statement.id)
    assert kept is not None
    assert kept.belief > 0.5
    assert embedded_store.evidence(evidence.id) == evidence


def test_nothing_is_written_for_a_null_result(pair: tuple[GWAS, GWAS]) -> None:
    null = run(pair[0], genome("z", np.zeros(60), 9), ["ivw-fixed"])
    assert null.main.p_value > 0.05
    assert not to_batch(null, X, Y).statements
    with pytest.raises(InputError, match="need a CURIE"):
        to_batch(null, X, "")


def test_clumping() -> None:
    study = genome("x", np.linspace(0.3, 0.1, 6), 4)
    frame = study.frame.assign(chromosome="1", position=[1e6, 2e6, 3e6, 4e6, 5e7, np.nan])
    study = GWAS(frame, "x")
    names = study.text("snp")
    matrix = np.eye(6)
    matrix[0, 1] = matrix[1, 0] = 0.9
    matrix[1, 2] = matrix[2, 1] = 0.9
    matrix[0, 4] = matrix[4, 0] = 0.9
    found = clump(study, LD.from_matrix(names, matrix), r2=0.1)
    # 1 goes for 0; 2 is only linked to 1, which is gone; 4 is linked but far away
    assert found.gwas.text("snp") == [names[i] for i in (0, 2, 3, 4, 5)]
    assert found.removed == {names[1]: names[0]}
    assert clump(study, kb=2500).gwas.text("snp") == [names[i] for i in (0, 3, 4, 5)]
    partly = clump(study, LD.from_matrix(names[:2], matrix[:2, :2]), r2=0.1)
    assert partly.not_in_reference == tuple(names[2:])
    assert partly.gwas.text("snp") == [names[i] for i in (0, 4, 5)]
    with pytest.raises(UsageError, match="clumping needs"):
        clump(study, r2=1)


def test_clumped_run(pair: tuple[GWAS, GWAS]) -> None:
    x, y = pair
    ld = LD.from_pairs([("rs000", "rs022", 0.5)], known=x.text("snp"))
    found = run(x, y, ["ivw"], ld=ld, kb=100_000)
    assert found.selection["clumped"] == 29
    assert found.independent
    assert "clumped by the given LD reference" in " ".join(found.assumptions)


def test_ld_files(tmp_path: Path) -> None:
    pairs = tmp_path / "plink.ld"
    pairs.write_text(" CHR_A  BP_A SNP_A  CHR_B BP_B SNP_B   R2\n 1 5  rs1  1 9 rs2  0.25 \n")
    square = tmp_path / "square.tsv"
    square.write_text("rs1_A_G\trs2_C_T\n1\t-0.5\n-0.5\t1\n")
    named = tmp_path / "named.csv"
    named.write_text("snp,rs1,rs2\nrs1,1,0.5\nrs2,0.5,1\n")
    for path in (pairs, square, named):
        assert read_ld(path).r2("rs2", "rs1") == pytest.approx(0.25)
    bad = tmp_path / "bad.tsv"
    for text, match in (
        ("a b c\n1 2 3\n", "no LD table"),
        ("a b\n1 .2\n.3 1\n", "not symmetric"),
        ("a b\n1 2\n2 1\n", "beyond 1"),
        ("a b\n1 2 3 4\n", "header's 2 fields"),
        ("SNP_A SNP_B R2\na b 3\n", "not between 0 and 1"),
    ):
        bad.write_text(text)
        with pytest.raises(InputError, match=match):
            read_ld(bad)
    with pytest.raises(InputError, match="no such file"):
        read_ld(tmp_path / "none")


def test_multivariable_tells_exposures_apart() -> None:
    rng = np.random.default_rng(11)
    a, b = rng.normal(0, 0.1, 80), rng.normal(0, 0.1, 80)
    b = 0.5 * a + b
    studies = [genome("a", a, 1, kind="quantitative"), genome("b", b, 2)]
    found = multivariable(studies, genome("y", 0.4 * a, 3))
    fits = dict(found.estimates)
    assert fits["a"].beta == pytest.approx(0.4, abs=0.05)
    assert fits["b"].beta == pytest.approx(0, abs=0.05)
    assert min(found.conditional_f.values()) > 10
    assert "With b held fixed, a raises y" in found.explanation
    json.dumps(found.to_json(), allow_nan=False)
    assert "conditional F" in found.to_text()
    # the order of the exposures does not matter
    swapped = dict(multivariable(studies[::-1], genome("y", 0.4 * a, 3)).estimates)
    assert swapped["a"].beta == pytest.approx(fits["a"].beta, rel=1e-6)


def test_multivariable_refusals() -> None:
    a = genome("a", np.full(5, 0.2), 1)
    with pytest.raises(UsageError, match="two or more exposures"):
        multivariable([a], a)
    with pytest.raises(DataError, match="any of the exposures"):
        multivariable([a, genome("b", np.zeros(5), 1)], a, p=1e-300)
    bx = np.ones((2, 2))
    se = np.full(2, 0.1)
    with pytest.raises(DataError, match="too few"):
        multivariable_arrays(["a", "b"], bx, bx, "y", se, se)
    bx = np.column_stack([np.arange(1.0, 6), 2 * np.arange(1.0, 6)])
    with pytest.raises(DataError, match="cannot tell the exposures apart"):
        multivariable_arrays(["a", "b"], bx, bx, "y", np.ones(5), np.ones(5))
