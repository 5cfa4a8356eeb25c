"""The estimators of Mendelian randomization. A new one is one module and one line here."""

from collections.abc import Mapping

from queries.mr.methods.base import Effects, Intercept, Method, MethodEstimate, Settings
from queries.mr.methods.median import PENALISED_MEDIAN, SIMPLE_MEDIAN, WEIGHTED_MEDIAN
from queries.mr.methods.mode import PENALISED_MODE, SIMPLE_MODE, WEIGHTED_MODE
from queries.mr.methods.profile import RAPS
from queries.mr.methods.regression import EGGER, IVW, IVW_FIXED, IVW_UNBOUNDED, WALD

__all__ = ["DEFAULT", "REGISTRY", "Effects", "Intercept", "Method", "MethodEstimate", "Settings"]

REGISTRY: Mapping[str, Method] = {
    method.name: method
    for method in (
        WALD, IVW, IVW_FIXED, IVW_UNBOUNDED, EGGER, SIMPLE_MEDIAN, WEIGHTED_MEDIAN, PENALISED_MEDIAN,
        SIMPLE_MODE, WEIGHTED_MODE, PENALISED_MODE, RAPS,
    )
}  # fmt: skip

DEFAULT = ("ivw", "ivw-fixed", "egger", "weighted-median", "simple-mode", "weighted-mode", "raps")
