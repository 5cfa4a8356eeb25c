"""Mendelian randomization: the effect of one trait on another, from genetic variants as instruments."""

from queries.mr.clumping import LD, clump, read_ld
from queries.mr.evidence import to_batch
from queries.mr.gwas import GWAS
from queries.mr.harmonising import harmonise
from queries.mr.instruments import Harmonised
from queries.mr.methods import REGISTRY, MethodEstimate, Settings
from queries.mr.multivariable import MultivariableResult, multivariable
from queries.mr.reading import from_frame, read_gwas
from queries.mr.results import BidirectionalResult, MRResult
from queries.mr.running import bidirectional, run

__all__ = [
    "GWAS", "LD", "REGISTRY", "BidirectionalResult", "Harmonised", "MRResult", "MethodEstimate",
    "MultivariableResult", "Settings", "bidirectional", "clump", "from_frame", "harmonise",
    "multivariable", "read_gwas", "read_ld", "run", "to_batch",
]  # fmt: skip
