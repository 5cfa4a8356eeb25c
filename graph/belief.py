r"""Belief: the probability that a statement holds, from its evidences.

A noisy-or (Pearl, Probabilistic Reasoning in Intelligent Systems, 1988, section 4.3.2) over
independent witnesses. One evidence :math:`e` is worth

.. math:: w(e) = r(\mathrm{rung}, \mathrm{extractor}) \cdot h(e) \cdot \mathrm{score}(e)

with ``r`` the reliability of what produced it and ``h`` one, or :data:`HEDGED` if the text hedges.
Two sentences of one paper are not independent witnesses, and neither are two algorithms on one
dataset, so of each witness (the publication, or for evidence without one its source) only the strongest evidence of each polarity
counts. Witnesses that support give :math:`s = 1 - \prod (1 - w)`, those that contradict
(``negated``) give :math:`c` the same way, and

.. math:: \mathrm{belief} = s \, (1 - c)

Evidence in a retracted publication counts nothing. The value lies in [0, 1), does not fall when
supporting evidence is added and does not rise when contradicting evidence is added.

The reliabilities are set by hand from what such extractors usually reach; they are to be replaced
by values calibrated on annotated text, which changes no signature here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from graph.model import Evidence, Rung

__all__ = ["EXTRACTORS", "HEDGED", "RUNGS", "belief", "weight"]

RUNGS: Mapping[Rung, float] = {
    Rung.ASSERTION: 0.65,
    Rung.ASSOCIATION: 0.50,
    Rung.INTERVENTION: 0.90,
    Rung.GENETIC: 0.80,
    Rung.CURATED: 0.95,
    Rung.DISCOVERED: 0.30,
    Rung.PREDICTED: 0.20,
}
"""Reliability of one evidence of each rung, for an extractor not named in :data:`EXTRACTORS`."""

EXTRACTORS: Mapping[str, float] = {
    "patterns": 0.60,
    "cooccurrence": 0.20,
}
"""Reliability of named extractors. The lower of this and the rung's reliability is used."""

HEDGED = 0.5
"""What a hedged evidence ("may", "suggests") is worth against a plain one."""

_MOST = 1.0 - 1e-9
"""Belief stays below one: no amount of evidence makes a statement certain."""


def weight(evidence: Evidence) -> float:
    """Return what one evidence is worth alone, in [0, 1)."""
    reliability = RUNGS[evidence.rung]
    named = EXTRACTORS.get(evidence.extractor)
    if named is not None:
        reliability = min(reliability, named)
    return reliability * (HEDGED if evidence.hedged else 1.0) * evidence.score


def belief(evidences: Iterable[Evidence], retracted: Collection[str] = ()) -> float:
    """Return the belief in a statement from all of its evidences.

    Args:
        evidences: those of one statement, in any order.
        retracted: ids of publications that count nothing.

    Returns:
        A probability in [0, 1); 0.0 without any counting evidence. Rounded to 9 decimals, so that
        the order of the evidences cannot show.
    """
    strongest: dict[tuple[str, str, bool], float] = {}
    for evidence in evidences:
        if evidence.publication:
            if evidence.publication in retracted:
                continue
            witness = (evidence.publication, "", evidence.negated)
        else:
            witness = ("", evidence.source, evidence.negated)
        strongest[witness] = max(strongest.get(witness, 0.0), weight(evidence))
    doubt = {False: 1.0, True: 1.0}
    for witness in sorted(strongest):
        doubt[witness[2]] *= 1.0 - strongest[witness]
    return round(min((1.0 - doubt[False]) * doubt[True], _MOST), 9)
