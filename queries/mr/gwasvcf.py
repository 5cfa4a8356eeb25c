"""GWAS-VCF: summary statistics in the FORMAT fields of a VCF (Lyon et al., Genome Biology 22:32, 2021).

``ES`` effect of the ALT allele, ``SE`` its error, ``LP`` -log10 p, ``AF`` frequency of ALT, ``SS``
sample size, ``NC`` cases, ``ID`` the study's own identifier. One sample is one study.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from graph.errors import InputError, UsageError
from queries.mr.cleaning import Collector

__all__ = ["read_vcf"]

_FIELDS = {
    "snp": "snp",
    "chromosome": "chromosome",
    "position": "position",
    "effect_allele": "effect_allele",
    "other_allele": "other_allele",
    "beta": "ES",
    "se": "SE",
    "neg_log10_p": "LP",
    "eaf": "AF",
    "n": "SS",
    "n_cases": "NC",
}
_COLUMNS = list(_FIELDS.values())
_PIECE = 100_000


def read_vcf(
    lines: Iterator[str], collector: Collector, sample: str | None, where: str
) -> tuple[str, bool]:
    """Read the records of one sample into ``collector``; return the sample's name and whether the
    study compares cases with controls.

    Raises:
        InputError: if there is no header line or the records are genotypes, not associations.
        UsageError: if there are several samples and ``sample`` names none of them.
    """
    meta: list[str] = []
    header: list[str] = []
    number = 0
    for number, line in enumerate(lines, 1):  # noqa: B007
        if line.startswith("##"):
            meta.append(line)
            continue
        header = line.rstrip("\r\n").split("\t")
        break
    if len(header) < 10 or header[0] != "#CHROM":
        raise InputError(
            "the VCF has no header line with a sample",
            where=f"{where}, line {number}",
            hint="A GWAS-VCF holds one sample column a study, after FORMAT.",
        )
    formats = {m.group(1) for line in meta if (m := re.match(r"##FORMAT=<ID=([^,>]+)", line))}
    if not {"ES", "SE"} <= formats:
        raise InputError(
            "this VCF holds genotypes, not associations",
            where=where,
            hint="A GWAS-VCF has the FORMAT fields ES (effect) and SE (standard error).",
        )
    name = _choose(header[9:], sample, where)
    column = header.index(name, 9)
    rows: list[list[str]] = []
    numbers: list[int] = []
    for at, line in enumerate(lines, number + 1):
        fields = line.rstrip("\r\n").split("\t")
        if len(fields) != len(header):
            if line.strip():
                collector.rows += 1
                collector.refuse(at, fields[0][:40], "the record has not the header's fields")
            continue
        records = _records(fields, column)
        rows.extend(records)
        numbers.extend([at] * len(records))
        if len(rows) >= _PIECE:
            _flush(rows, numbers, collector)
    _flush(rows, numbers, collector)
    return name, _binary(meta, name)


def _flush(rows: list[list[str]], numbers: list[int], collector: Collector) -> None:
    if rows:
        raw = pd.DataFrame(rows, columns=_COLUMNS, dtype=object)
        collector.add(raw, _FIELDS, np.array(numbers, dtype=np.int64))
    rows.clear()
    numbers.clear()


def _choose(samples: Sequence[str], sample: str | None, where: str) -> str:
    if sample is not None and sample in samples:
        return sample
    if sample is None and len(samples) == 1:
        return samples[0]
    problem = f"there is no sample {sample!r}" if sample else f"there are {len(samples)} samples"
    raise UsageError(problem, where=where, hint=f"Say which of {', '.join(samples[:20])}.")


def _records(fields: Sequence[str], column: int) -> list[list[str]]:
    chromosome, position, id_, ref, alt, info = (*fields[:5], fields[7])
    keys, values = fields[8].split(":"), fields[column].split(":")
    told = dict(zip(keys, values, strict=False))
    alts = alt.split(",")
    if "AF" not in told and (m := re.search(r"(?:^|;)AF=([^;]+)", info)):
        told["AF"] = m.group(1)
    own = told.get("ID", ".")
    snp = id_ if id_ != "." else (own if own != "." else f"{chromosome}:{position}")
    records = []
    for i, allele in enumerate(alts):
        numbers = [_part(told.get(k, "."), i, len(alts)) for k in _COLUMNS[5:]]
        records.append([snp, chromosome, position, allele, ref, *numbers])
    return records


def _part(value: str, index: int, alternatives: int) -> str:
    parts = value.split(",")
    return parts[index] if len(parts) == alternatives else parts[0]


def _binary(meta: Sequence[str], name: str) -> bool:
    for line in meta:
        if line.startswith("##SAMPLE=<") and re.search(rf"\bID={re.escape(name)}[,>]", line):
            return "StudyType=CaseControl" in line
    return False
