"""BOSS: a search over column orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field

from discovery.algorithms.base import Progress, Settings
from discovery.algorithms.scored import ScoreAlgorithm, ScoreSettings, first_order

if TYPE_CHECKING:
    from discovery.permutation import Limits, OrderSearch
    from discovery.scores.base import Score

__all__ = ["BOSS", "BOSSSettings"]


class BOSSSettings(ScoreSettings):
    """Settings of :class:`BOSS`."""

    starts: Annotated[
        int | None,
        Field(ge=1, description="orders to start from; by default 3, over 250 columns 2"),
    ] = None
    kicks: Annotated[
        int,
        Field(
            ge=0, description="times each start goes on from its best order, a tenth of it moved"
        ),
    ] = 2
    seed: Annotated[int, Field(ge=0, description="of the random orders and moves")] = 0
    workers: Annotated[
        int, Field(ge=1, description="threads; the result does not depend on it")
    ] = 1


class BOSS(ScoreAlgorithm):
    """Best order score search (Andrews et al. 2023, NeurIPS) with a final backward phase.

    Starts from several orders and keeps the best graph found. Knowledge is kept inside the search, see
    :class:`~discovery.algorithms.scored.ScoreAlgorithm`. The result does not depend on the scale of the
    columns. Assumes no hidden common causes and no cycles.
    """

    name: ClassVar[str] = "boss"
    version: ClassVar[str] = "2"
    summary: ClassVar[str] = (
        "best order score search (BIC, BDeu or mixed): most accurate of the scores, and fast"
    )
    settings_type: ClassVar[type[Settings]] = BOSSSettings

    def find(self, score: Score, limits: Limits, progress: Progress | None = None) -> OrderSearch:
        """See :meth:`ScoreAlgorithm.find`."""
        from discovery.permutation import best_order

        settings = self.settings
        assert isinstance(settings, BOSSSettings)
        number = settings.starts or (3 if score.p <= 250 else 2)
        rng = np.random.default_rng(settings.seed)
        first = first_order(score)
        starts = [first, *(rng.permutation(first).tolist() for _ in range(number - 1))]

        def tell(start: int, kick: int) -> None:
            if progress is not None:
                progress(f"order search, round {kick + 1}", start, number)

        return best_order(
            score,
            starts=starts,
            limits=limits,
            kicks=settings.kicks,
            seed=settings.seed,
            workers=settings.workers,
            progress=tell,
        )
