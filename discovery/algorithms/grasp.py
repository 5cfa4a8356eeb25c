"""GRaSP: a search over column orders by turning edges round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field

from discovery.algorithms.base import Progress, Settings
from discovery.algorithms.scored import ScoreAlgorithm, ScoreSettings, first_order

if TYPE_CHECKING:
    from discovery.permutation import Limits, OrderSearch
    from discovery.scores.base import Score

__all__ = ["GRaSP", "GRaSPSettings"]


class GRaSPSettings(ScoreSettings):
    """Settings of :class:`GRaSP`."""

    depth: Annotated[
        int, Field(ge=1, le=10, description="tucks in a row that leave the score as it is")
    ] = 3
    starts: Annotated[int, Field(ge=1, description="orders to start from")] = 3
    seed: Annotated[int, Field(ge=0, description="of the orders and of the edges tried")] = 0


class GRaSP(ScoreAlgorithm):
    """Greedy relaxation of the sparsest permutation (Lam, Andrews and Ramsey 2022, UAI).

    Knowledge is kept inside the search, see :class:`~discovery.algorithms.scored.ScoreAlgorithm`. The
    result does not depend on the scale of the columns. Assumes no hidden common causes and no cycles.
    """

    name: ClassVar[str] = "grasp"
    summary: ClassVar[str] = (
        "order search by tucks (BIC, BDeu or mixed): accurate, slower than boss"
    )
    settings_type: ClassVar[type[Settings]] = GRaSPSettings

    def find(self, score: Score, limits: Limits, progress: Progress | None = None) -> OrderSearch:
        """See :meth:`ScoreAlgorithm.find`."""
        from discovery.grasping import best_tucks

        settings = self.settings
        assert isinstance(settings, GRaSPSettings)
        rng = np.random.default_rng(settings.seed)
        first = first_order(score)
        starts = [first, *(rng.permutation(first).tolist() for _ in range(settings.starts - 1))]

        def tell(start: int, better: int) -> None:
            if progress is not None:
                progress(f"order search, {better} better orders", start, settings.starts)

        return best_tucks(
            score,
            starts=starts,
            limits=limits,
            depth=settings.depth,
            seed=settings.seed,
            progress=tell,
        )
