"""causal-learn's algorithms as reference implementations.

They run without background knowledge, which causal-learn does not keep soundly (its issues 224, 76
and 266); knowledge is put on their results here. Graded knowledge is refused: there is nowhere in
their searches to put it.
"""

from __future__ import annotations

from discovery.algorithms.causal_learn.base import marks_of
from discovery.algorithms.causal_learn.constraint import CausalLearnFCI, CausalLearnPC
from discovery.algorithms.causal_learn.functional import (
    CausalLearnDirectLiNGAM,
    CausalLearnICALiNGAM,
    CausalLearnLiNGAM,
    CausalLearnRCD,
)
from discovery.algorithms.causal_learn.scored import (
    CausalLearnBOSS,
    CausalLearnExactSearch,
    CausalLearnGES,
    CausalLearnGRaSP,
)

__all__ = [
    "CausalLearnBOSS",
    "CausalLearnDirectLiNGAM",
    "CausalLearnExactSearch",
    "CausalLearnFCI",
    "CausalLearnGES",
    "CausalLearnGRaSP",
    "CausalLearnICALiNGAM",
    "CausalLearnLiNGAM",
    "CausalLearnPC",
    "CausalLearnRCD",
    "marks_of",
]
