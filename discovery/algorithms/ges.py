"""GES: a greedy search over equivalence classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from discovery.algorithms.base import Progress, Settings
from discovery.algorithms.scored import ScoreAlgorithm, ScoreSettings

if TYPE_CHECKING:
    from discovery.permutation import Limits, OrderSearch
    from discovery.scores.base import Score

__all__ = ["GES", "GESSettings"]


class GESSettings(ScoreSettings):
    """Settings of :class:`GES`."""

    max_parents: Annotated[int | None, Field(ge=1, description="most parents of a column")] = None


class GES(ScoreAlgorithm):
    """Greedy equivalence search (Chickering 2002, JMLR 3): forward and backward phase.

    Knowledge is kept inside the search, see :class:`~discovery.algorithms.scored.ScoreAlgorithm`. With
    ``gamma=0`` and ``penalty=2 * lambda`` it scores as causal-learn's GES does. The result does not depend
    on the scale of the columns. Assumes no hidden common causes and no cycles.
    """

    name: ClassVar[str] = "ges"
    summary: ClassVar[str] = (
        "greedy equivalence search (BIC, BDeu or mixed), the classic score search"
    )
    settings_type: ClassVar[type[Settings]] = GESSettings

    def find(self, score: Score, limits: Limits, progress: Progress | None = None) -> OrderSearch:
        """See :meth:`ScoreAlgorithm.find`."""
        from discovery.equivalence import greedy_equivalence

        settings = self.settings
        assert isinstance(settings, GESSettings)

        def tell(phase: str, steps: int) -> None:
            if progress is not None:
                progress(f"greedy search, {phase}", steps, 0)

        return greedy_equivalence(score, limits, most=settings.max_parents, progress=tell)
