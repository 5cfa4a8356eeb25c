"""Reading summary statistics in the formats people have."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graph.errors import InputError, UsageError
from queries.mr import GWAS, from_frame, read_gwas
from queries.mr.columns import FIELDS, find_columns

PLAIN = (
    "SNP\tCHR\tBP\teffect_allele\tother_allele\teaf\tbeta\tse\tpval\tN\n"
    "rs1\t1\t100\tA\tG\t0.3\t0.1\t0.01\t1e-20\t1000\n"
    "rs2\t1\t200\tc\tt\t0.4\t-0.2\t0.02\t1e-21\t1000\n"
)


def write(tmp_path: Path, text: str, name: str = "gwas.tsv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def row(study: GWAS, snp: str) -> dict[str, object]:
    found: dict[str, object] = study.only([snp]).frame.iloc[0].to_dict()
    return found


def test_plain_table(tmp_path: Path) -> None:
    study = read_gwas(write(tmp_path, PLAIN))
    assert len(study) == 2
    assert study.trait == "gwas"
    assert study.kind == "quantitative"
    assert not study.set_aside
    assert not study.notes
    assert row(study, "rs2")["effect_allele"] == "C"
    assert row(study, "rs1")["position"] == 100


@pytest.mark.parametrize("separator", [",", ";", " ", "  "])
def test_separators_give_the_same_study(tmp_path: Path, separator: str) -> None:
    text = PLAIN.replace("\t", separator)
    assert read_gwas(write(tmp_path, text)).hash == read_gwas(write(tmp_path, PLAIN, "b")).hash


def test_compressed_with_a_byte_order_mark_and_windows_lines(tmp_path: Path) -> None:
    path = tmp_path / "gwas.txt.gz"
    path.write_bytes(gzip.compress(("\ufeff" + PLAIN.replace("\n", "\r\n")).encode()))
    assert read_gwas(path).hash == read_gwas(write(tmp_path, PLAIN)).hash


def test_a_cut_off_archive_keeps_what_was_read_and_says_so(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    lines = [
        f"rs{i}\t1\t{i}\tA\tG\t0.3\t{rng.normal():.6f}\t0.01\t{rng.random():.5g}\t1000"
        for i in range(1, 250_001)
    ]
    data = gzip.compress((PLAIN.splitlines()[0] + "\n" + "\n".join(lines) + "\n").encode(), 1)
    path = tmp_path / "cut.tsv.gz"
    path.write_bytes(data[: len(data) * 9 // 10])
    study = read_gwas(path)
    assert len(study) >= 100_000
    assert any("cut off" in n for n in study.notes)
    path.write_bytes(data[:500])
    with pytest.raises(InputError, match="damaged"):
        read_gwas(path)


def test_bad_rows_are_set_aside_with_line_and_reason(tmp_path: Path) -> None:
    bad = [
        "rs3\t1\t300\tA\tG\t0.3\tx\t0.01\t0.1\t1000",
        "rs4\t1\t300\tA\tG\t0.3\t0.1\t0\t0.1\t1000",
        "rs5\t1\t300\tA\tA\t0.3\t0.1\t0.01\t0.1\t1000",
        "rs6\t1\t300\tA\tG\t1.3\t0.1\t0.01\t0.1\t1000",
        "rs7\t1\t300\tA\tG\t0.3\t0.1\t0.01\t7\t1000",
        "rs8\t1\t300\tA\tG\t0.3\tNA\t0.01\t0.1\t1000",
        "rs9\t1\t300\tQ\tG\t0.3\t0.1\t0.01\t0.1\t1000",
        "rs10\t1\t300\tA",
        "NA\tNA\tNA\tA\tG\t0.3\t0.1\t0.01\t0.1\t1000",
        "rs1\t1\t100\tG\tA\t0.7\t-0.1\t0.01\t1e-20\t1000",
        "rs11\t1\t300\tA\tG\t0.3\tinf\t0.01\t0.1\t1000",
    ]
    study = read_gwas(write(tmp_path, PLAIN + "\n".join(bad) + "\n"))
    assert len(study) == 2
    assert sum(study.set_aside.values()) == len(bad)
    assert study.rows == 2 + len(bad)
    reasons = {e.line: e.reason for e in study.examples}
    expected = {
        4: "the effect is not a number",
        5: "the standard error is not positive",
        6: "effect allele and other allele are the same",
        7: "the allele frequency is not between 0 and 1",
        8: "the p-value is not between 0 and 1",
        9: "there is no effect",
        10: "the alleles are not letters A, C, G, T (or D, I)",
        11: "the line has not the header's 10 fields",
        12: "the row names no variant",
        13: "the same variant stands on an earlier line",
        14: "the effect is infinite",
    }
    assert reasons == expected


def test_what_is_missing_is_derived(tmp_path: Path) -> None:
    odds = "rsid,ea,nea,OR,L95,U95,P\nrs1,A,G,1.2,1.1,1.30909090909,1e-5\n"
    study = read_gwas(write(tmp_path, odds, "a.csv"))
    assert study.kind == "binary"
    found = row(study, "rs1")
    assert found["beta"] == pytest.approx(math.log(1.2))
    assert found["se"] == pytest.approx(math.log(1.30909090909 / 1.1) / (2 * 1.959963984540054))
    by_p = "rsid,ea,nea,beta,neg_log_10_p_value\nrs1,A,G,-0.2,8\n"
    found = row(read_gwas(write(tmp_path, by_p, "b.csv")), "rs1")
    assert found["p"] == pytest.approx(1e-8)
    assert found["se"] == pytest.approx(0.2 / 5.7307288)
    by_z = "rsid,ea,nea,Zscore,N,eaf\nrs1,A,G,5,1000,0.5\n"
    found = row(read_gwas(write(tmp_path, by_z, "c.csv")), "rs1")
    assert float(str(found["beta"])) / float(str(found["se"])) == pytest.approx(5)
    no_p = "rsid,ea,nea,beta,se\nrs1,A,G,0.196,0.1\n"
    assert row(read_gwas(write(tmp_path, no_p, "d.csv")), "rs1")["p"] == pytest.approx(
        0.05, rel=1e-3
    )


@pytest.mark.parametrize(
    "header",
    [
        "chromosome base_pair_location effect_allele other_allele beta standard_error "
        "effect_allele_frequency p_value rs_id",
        "hm_chrom hm_pos hm_effect_allele hm_other_allele hm_beta standard_error "
        "hm_effect_allele_frequency p_value hm_rsid",
        "CHR BP A1 A2 BETA SE FRQ P SNP",
        "CHROM GENPOS ALLELE1 ALLELE0 BETA SE A1FREQ P ID",
        "chr pos Allele1 Allele2 Effect StdErr Freq1 P-value MarkerName",
        "CHR POS ALT REF beta sebeta af pval rsids",
        "chr.exposure pos.exposure effect_allele.exposure other_allele.exposure beta.exposure "
        "se.exposure eaf.exposure pval.exposure SNP",
    ],
)
def test_known_headers(tmp_path: Path, header: str) -> None:
    text = f"{header}\n1 123 A G 0.1 0.01 0.3 1e-20 rs1\n"
    study = read_gwas(write(tmp_path, text))
    found = row(study, "rs1")
    assert [found[c] for c in ("chromosome", "position", "effect_allele", "other_allele")] == [
        "1",
        123,
        "A",
        "G",
    ]
    assert [found[c] for c in ("beta", "se", "eaf", "p")] == [0.1, 0.01, 0.3, 1e-20]


def test_plink2_names_the_tested_allele_apart(tmp_path: Path) -> None:
    text = "#CHROM\tPOS\tID\tREF\tALT\tA1\tBETA\tSE\tP\n1\t5\trs1\tG\tA\tG\t.1\t.01\t1e-9\n"
    found = row(read_gwas(write(tmp_path, text)), "rs1")
    assert (found["effect_allele"], found["other_allele"]) == ("G", "A")


def test_a_guess_is_told_and_can_be_overruled(tmp_path: Path) -> None:
    path = write(tmp_path, "SNP A1 A2 B SE P\nrs1 A G .1 .01 1e-9\n")
    assert any("'A1'" in n for n in read_gwas(path).notes)
    turned = read_gwas(path, columns={"effect_allele": "A2", "other_allele": "A1"})
    assert row(turned, "rs1")["effect_allele"] == "G"
    assert not turned.notes


def test_refusals_say_what_to_do(tmp_path: Path) -> None:
    path = write(tmp_path, "SNP\tA1\tP\nrs1\tA\t.5\n")
    with pytest.raises(InputError, match="beta or odds_ratio") as caught:
        read_gwas(path)
    assert "SNP, A1, P" in str(caught.value)
    with pytest.raises(InputError, match="no column 'nope'"):
        read_gwas(path, columns={"beta": "nope"})
    with pytest.raises(UsageError, match="nothing called"):
        read_gwas(path, columns={"effekt": "P"})
    with pytest.raises(UsageError, match="cannot be 'odd'"):
        read_gwas(path, kind="odd")
    with pytest.raises(InputError, match="no such file"):
        read_gwas(tmp_path / "none.tsv")
    with pytest.raises(InputError, match="empty"):
        read_gwas(write(tmp_path, "", "empty.tsv"))
    with pytest.raises(InputError, match="no rows"):
        read_gwas(write(tmp_path, PLAIN.splitlines()[0] + "\n", "head.tsv"))
    with pytest.raises(InputError, match="none of 1 rows"):
        read_gwas(write(tmp_path, "SNP\tA1\tA2\tB\tSE\nrs1\tA\tG\tx\ty\n", "bad.tsv"))


def test_reading_only_what_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path, PLAIN)
    assert read_gwas(path, snps=["rs2"]).text("snp") == ["rs2"]
    assert read_gwas(path, p_below=5e-21).text("snp") == ["rs2"]
    assert len(read_gwas(path, snps=["rs9"])) == 0


def test_odds_ratio_read_as_effect_is_noticed() -> None:
    rng = np.random.default_rng(0)
    beta, se = rng.normal(0, 0.1, 100), np.full(100, 0.05)
    p = [math.erfc(abs(b / s) / math.sqrt(2)) for b, s in zip(beta, se, strict=True)]
    frame = pd.DataFrame({"SNP": [f"rs{i}" for i in range(100)], "ea": "A", "oa": "G"})
    frame = frame.assign(beta=np.exp(beta), se=se, p=p)
    assert any("does not agree" in n for n in from_frame(frame, "x").notes)
    assert not from_frame(frame.assign(beta=beta), "x").notes


VCF = """##fileformat=VCFv4.2
##FORMAT=<ID=ES,Number=A,Type=Float,Description="effect">
##FORMAT=<ID=SE,Number=A,Type=Float,Description="error">
##FORMAT=<ID=LP,Number=A,Type=Float,Description="p">
##SAMPLE=<ID=trait-1,TotalControls=50,TotalCases=50,StudyType=CaseControl>
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ttrait-1
1\t10\trs1\tG\tA\t.\tPASS\tAF=0.25\tES:SE:LP:AF:SS\t0.1:0.01:20:0.3:1000
chr2\t20\t.\tC\tT,A\t.\tPASS\tAF=0.25\tES:SE:LP:ID\t0.1,0.2:0.01,0.02:20,10:rs2
3\t30\trs3\tC\tT\t.\tPASS\t.\tES:SE:LP\t.:0.01:2
"""


def test_gwas_vcf(tmp_path: Path) -> None:
    study = read_gwas(write(tmp_path, VCF, "a.vcf"))
    assert (study.trait, study.kind, len(study)) == ("trait-1", "binary", 3)
    first = row(study, "rs1")
    assert (first["effect_allele"], first["other_allele"], first["eaf"]) == ("A", "G", 0.3)
    assert first["p"] == pytest.approx(1e-20)
    frame = study.frame
    second = frame[(frame["snp"] == "rs2") & (frame["effect_allele"] == "A")].iloc[0]
    assert (second["beta"], second["se"], second["chromosome"]) == (0.2, 0.02, "2")
    assert study.examples[0].line == 9
    two = VCF.replace("\ttrait-1\n", "\ttrait-1\ttrait-2\n").replace("1000\n", "1000\t0.5:0.1:3\n")
    path = write(tmp_path, "\n".join(two.splitlines()[:7]) + "\n", "b.vcf")
    with pytest.raises(UsageError, match="2 samples"):
        read_gwas(path)
    assert row(read_gwas(path, sample="trait-2"), "rs1")["beta"] == 0.5


def test_a_vcf_of_genotypes_is_refused(shared_data: Path) -> None:
    with pytest.raises(InputError, match="genotypes"):
        read_gwas(shared_data / "genomics" / "o.vcf.gz")


def test_catalog_associations(tmp_path: Path) -> None:
    header = "SNPS\tSTRONGEST SNP-RISK ALLELE\tRISK ALLELE FREQUENCY\tP-VALUE\tOR or BETA\t95% CI (TEXT)\tCHR_ID\tCHR_POS"
    lines = [
        "rs1\trs1-A\t0.3\t1E-9\t1.2\t[1.13-1.27]\t1\t100",
        "rs2\trs2-C\tNR\t2E-9\t0.05\t[0.03-0.07] unit decrease\t2\t200",
        "rs3\trs3-?\t0.3\t1E-9\t1.2\t[1.1-1.3]\t3\t300",
    ]
    study = read_gwas(write(tmp_path, "\n".join([header, *lines]) + "\n"))
    assert row(study, "rs1")["beta"] == pytest.approx(math.log(1.2))
    assert row(study, "rs1")["se"] == pytest.approx(math.log(1.27 / 1.13) / 3.919928, rel=1e-6)
    assert row(study, "rs2")["beta"] == -0.05
    assert study.set_aside == {"there is no effect allele": 1}
    assert any("other allele" in n for n in study.notes)


def test_every_alias_leads_to_one_field() -> None:
    seen: dict[str, str] = {}
    for name, aliases in FIELDS.items():
        for alias in aliases:
            assert seen.setdefault(alias, name) == name
    found, _ = find_columns(["SNP", "A1", "beta", "se"], None, "x")
    assert found == {"snp": "SNP", "effect_allele": "A1", "beta": "beta", "se": "se"}
