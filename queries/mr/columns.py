"""Which column of a table of summary statistics is which.

Names are compared without case, spaces and punctuation. A column that says "A1" is taken as the effect
allele, and of a pair REF and ALT the latter; such guesses are told in the notes of the result, and
``columns={"effect_allele": "A2", ...}`` overrules every one of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from graph.errors import InputError, UsageError

__all__ = ["FIELDS", "find_columns", "key"]

FIELDS: Mapping[str, tuple[str, ...]] = {
    "snp": (
        "hmrsid", "rsid", "rsids", "snp", "snps", "snpid", "rsnumber", "markername", "marker",
        "hmvariantid", "variantid", "variant", "snpname", "name", "id",
    ),
    "chromosome": ("hmchrom", "chromosome", "chrom", "chr", "chrid", "hg19chr", "seqname"),
    "position": (
        "hmpos", "basepairlocation", "position", "pos", "bp", "genpos", "chrpos", "basepair",
        "posbp", "hg19pos", "basepairposition",
    ),
    "effect_allele": (
        "hmeffectallele", "effectallele", "ea", "a1", "allele1", "testedallele", "codedallele",
        "riskallele", "inceallele", "increasingallele", "alt", "alternateallele", "alternate",
    ),
    "other_allele": (
        "hmotherallele", "otherallele", "oa", "nea", "noneffectallele", "a2", "allele2", "a0",
        "allele0", "noncodedallele", "baselineallele", "ref", "referenceallele", "reference",
        "omitted",
    ),
    "eaf": (
        "hmeffectallelefrequency", "effectallelefrequency", "effectallelefreq", "eaf", "a1freq",
        "freqa1", "freq1", "freq", "frq", "eafrq", "af", "aaf", "altfreq", "altfreqs", "raf",
        "riskallelefrequency", "freqtestedallele", "a1frequency", "freq1hapmap", "freqallele1",
        "frequency", "allelefrequency",
    ),
    "beta": (
        "hmbeta", "beta", "b", "effect", "effectsize", "es", "logor", "logodds", "lnor", "est",
        "estimate", "betahat", "effects", "alleleeffect",
    ),
    "odds_ratio": ("hmoddsratio", "oddsratio", "or", "hazardratio", "hr"),
    "se": (
        "standarderror", "se", "stderr", "sebeta", "betase", "sebetahat", "logorse", "std",
        "standarderrorofbeta", "seeffect", "effectse",
    ),
    "ci_low": ("hmcilower", "cilower", "cilow", "lci", "l95", "lower95", "or95l", "orcilower"),
    "ci_high": ("hmciupper", "ciupper", "cihigh", "uci", "u95", "upper95", "or95u", "orciupper"),
    "z": ("z", "zscore", "zstat", "tstat", "zvalue"),
    "p": ("pvalue", "p", "pval", "pvalues", "pvalgc", "gcpvalue", "ppvalue", "pvaluemeta"),
    "neg_log10_p": ("neglog10pvalue", "neglog10p", "mlogp", "log10p", "lp", "minuslog10p", "mlog10p", "neglog10pval"),
    "n": (
        "n", "samplesize", "ntotal", "totaln", "neff", "obsct", "nmiss", "totalsamplesize", "ns",
        "nanalyzed", "weight", "samples",
    ),
    "n_cases": ("ncases", "ncase", "ncas", "cases", "totalcases"),
    "n_controls": ("ncontrols", "ncontrol", "ncon", "controls", "totalcontrols"),
}  # fmt: skip
"""What may be read, and the names it goes by, most trusted first."""

_SUFFIX = re.compile(r"\.(exposure|outcome)$", re.IGNORECASE)
_GUESSED = {"a1", "a2", "a0", "allele1", "allele2", "allele0", "alt", "ref"}


def key(name: str) -> str:
    """Return a column name as it is compared."""
    return re.sub(r"[^a-z0-9]", "", _SUFFIX.sub("", name.strip().lstrip("#")).lower())


def find_columns(
    header: Sequence[str], given: Mapping[str, str] | None, where: str
) -> tuple[dict[str, str], list[str]]:
    """Return field -> column of the table, and notes on what was guessed.

    Args:
        header: column names as they stand in the table.
        given: field -> column, said by the user.
        where: the file, for errors.

    Raises:
        UsageError: if ``given`` names an unknown field.
        InputError: if it names a column that is not there, or no column can be found for what is
            needed: variant, effect allele, and an effect with its error.
    """
    found: dict[str, str] = {}
    notes: list[str] = []
    for name, column in (given or {}).items():
        if name not in FIELDS:
            raise UsageError(
                f"there is nothing called {name!r} to read",
                hint=f"It can be {', '.join(FIELDS)}.",
            )
        if column not in header:
            raise InputError(
                f"there is no column {column!r} for {name}",
                where=where,
                hint=f"The columns are {', '.join(header)}.",
            )
        found[name] = column
    by_key: dict[str, str] = {}
    for column in header:
        by_key.setdefault(key(column), column)
    taken = set(found.values())
    for name, aliases in FIELDS.items():
        if name in found:
            continue
        for alias in aliases:
            column = by_key.get(alias, "")
            if column and column not in taken:
                found[name] = column
                taken.add(column)
                if alias in _GUESSED:
                    notes.append(f"column {column!r} was taken as the {name.replace('_', ' ')}")
                break
    _three_alleles(found, by_key, given or {})
    _check(found, header, where)
    if "eaf" not in found and any(k in by_key for k in ("maf", "minorallelefrequency")):
        notes.append(
            "the minor allele frequency was not used: it does not say which allele is meant"
        )
    return found, notes


def _three_alleles(
    found: dict[str, str], by_key: Mapping[str, str], given: Mapping[str, str]
) -> None:
    # PLINK 2 writes REF, ALT and A1: the other allele is whichever of REF and ALT is not A1
    alleles = [by_key.get(k, "") for k in ("a1", "ref", "alt")]
    if "other_allele" not in given and all(alleles) and found.get("effect_allele") == alleles[0]:
        found["other_allele"] = f"{alleles[1]}\x1f{alleles[2]}"


def _check(found: Mapping[str, str], header: Sequence[str], where: str) -> None:
    missing = []
    if "snp" not in found and not {"chromosome", "position"} <= set(found):
        missing.append("snp (or chromosome and position)")
    if "effect_allele" not in found:
        missing.append("effect_allele")
    effect = "beta" in found or "odds_ratio" in found
    if not effect and not ("z" in found and {"n", "eaf"} <= set(found)):
        missing.append("beta or odds_ratio (or z, n and eaf)")
    elif effect and not ({"se", "p", "neg_log10_p", "z"} & set(found)) and not (
        {"ci_low", "ci_high"} <= set(found)
    ):  # fmt: skip
        missing.append("se (or p, z or a confidence interval)")
    if missing:
        raise InputError(
            f"no column was recognised as {'; '.join(missing)}",
            where=where,
            hint=(
                f"The columns are {', '.join(header)}. Say which is which, as in "
                'columns={"effect_allele": "A1", "se": "StdErr"}.'
            ),
        )
