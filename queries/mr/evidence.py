"""Writing a result into the graph as evidence of the rung ``genetic``.

One result is one evidence: its methods look at the same data, so they are no independent witnesses. An
interval that holds zero is neither support for a sign nor a contradiction of it, and gives nothing to
write. The evidence is hedged if a test of the assumptions spoke against the estimate, and its score is
the share of the methods that give the same sign.
"""

from __future__ import annotations

import json

from graph.errors import InputError
from graph.model import Batch, Entity, Evidence, Predicate, Publication, Rung, Statement
from queries.mr.results import MRResult

__all__ = ["EXTRACTOR", "VERSION", "to_batch"]

EXTRACTOR = "mendelian-randomization"
VERSION = "1"


def to_batch(
    result: MRResult,
    exposure: Entity | str,
    outcome: Entity | str,
    *,
    alpha: float = 0.05,
    publication: Publication | str = "",
    population: str = "",
) -> Batch:
    """Return the statement "exposure affects outcome", with its sign, and the evidence for it.

    Args:
        exposure: the entity, or its CURIE if the store has it already; likewise ``outcome``.
        alpha: largest p-value of the main estimate that counts as a sign.
        publication: where the result was published, if it was.
        population: who was studied; becomes a qualifier of the statement.

    Returns:
        A batch for ``Store.write``; empty if the main estimate's p-value is not below ``alpha``.

    Raises:
        InputError: if both entities are the same, or a CURIE is empty.
    """
    ends = [e.id if isinstance(e, Entity) else e for e in (exposure, outcome)]
    if not all(ends):
        raise InputError("exposure and outcome need a CURIE each", where=result.units)
    main = result.main
    if not main.p_value < alpha:
        return Batch()
    statement = Statement(
        ends[0],
        Predicate.AFFECTS,
        ends[1],
        main.sign,
        (("population", population),) if population else (),
    )
    paper = publication if isinstance(publication, Publication) else None
    evidence = Evidence(
        statement=statement.id,
        rung=Rung.GENETIC,
        source=f"mr-{result.data_hash[:32]}",
        extractor=EXTRACTOR,
        version=VERSION,
        publication=paper.id if paper else str(publication),
        hedged=bool(result.concerns),
        score=result.agreement,
        details=_details(result),
    )
    return Batch(
        entities=tuple(e for e in (exposure, outcome) if isinstance(e, Entity)),
        publications=(paper,) if paper else (),
        statements=(statement,),
        evidences=(evidence,),
    )


def _details(r: MRResult) -> tuple[tuple[str, str], ...]:
    m = r.main
    others = {e.method: [_n(e.beta), _n(e.std_error), _n(e.p_value)] for e in r.estimates[1:]}
    heterogeneity = next(iter(r.heterogeneity), None)
    values = {
        "method": m.method,
        "beta": _n(m.beta),
        "std_error": _n(m.std_error),
        "p_value": _n(m.p_value),
        "ci_low": _n(m.ci_low),
        "ci_high": _n(m.ci_high),
        "n_snps": str(m.n_snps),
        "units": r.units,
        "exposure": r.exposure,
        "outcome": r.outcome,
        "exposure_hash": r.data.hashes[0] or None,
        "outcome_hash": r.data.hashes[1] or None,
        "data_hash": r.data_hash,
        "other_methods": json.dumps(others, sort_keys=True) if others else None,
        "egger_intercept_p": _n(r.intercept.p_value) if r.intercept else None,
        "heterogeneity_p": _n(heterogeneity.p_value) if heterogeneity else None,
        "mean_f": _n(r.strength.mean_f),
        "steiger_p": _n(r.direction.p_value) if r.direction else None,
        "concerns": "; ".join(r.concerns) or None,
        "settings": json.dumps(dict(r.settings), sort_keys=True),
    }
    return tuple((k, v) for k, v in values.items() if v is not None)


def _n(value: float) -> str:
    return f"{value:.8g}"
