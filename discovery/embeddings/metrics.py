"""Filtered, realistic ranking and precision-recall, with intervals and macro averages.

A rank counts the better candidates, with ties at their mean ("realistic": Berrendorf et al. 2020,
*On the ambiguity of rank-based evaluation of entity alignment or link prediction methods*); other true
answers are left out of the candidates (filtered: Bordes et al. 2013). AMRI is the adjusted mean rank
index of the same work: 1 is perfect, 0 is chance. Intervals are percentiles of a bootstrap over test
edges, or over the groups that were held out together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from discovery.embeddings.splits import Split
from discovery.embeddings.triples import F64, I64, Known, Mask, Triples
from graph.errors import DataError

__all__ = ["Estimate", "Evaluation", "Ranks", "Scorer", "compare", "evaluate", "rank"]

HITS = (1, 3, 10)
STRATA: tuple[tuple[str, int], ...] = (
    ("0", 0),
    ("1-2", 2),
    ("3-10", 10),
    ("11-100", 100),
    ("101+", 2**62),
)
_CELLS = 4_000_000  # scores held at a time: 32 MB
Progress = Callable[[int, int | None, str], None]


@runtime_checkable
class Scorer(Protocol):
    """What ranks edges: higher is likelier. Ids are those of the graph it was fitted to."""

    def score(self, heads: I64, relations: I64, tails: I64) -> F64:
        """Return the score of each triple, float64 ``[n]``."""
        ...

    def score_tails(self, heads: I64, relations: I64) -> F64:
        """Return the score of every entity as tail, float64 ``[n, entities]``."""
        ...

    def score_heads(self, relations: I64, tails: I64) -> F64:
        """Return the score of every entity as head, float64 ``[n, entities]``."""
        ...


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return it as text."""
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def apart(self, other: Estimate) -> bool:
        """Return whether the intervals do not overlap."""
        return self.low > other.high or other.low > self.high


@dataclass(frozen=True, eq=False)
class Ranks:
    """The ranks of test edges, among tails and among heads.

    Attributes:
        tail, head: realistic ranks, float64 ``[m]``; NaN for a side that was not asked.
        tail_candidates, head_candidates: among how many, the true one included, int64 ``[m]``.
    """

    tail: F64
    head: F64
    tail_candidates: I64
    head_candidates: I64

    def both(self) -> tuple[F64, I64, I64]:
        """Return ranks, candidates and test edges of all the sides that were asked, ``[k]`` each."""
        ranks = np.concatenate([self.tail, self.head])
        candidates = np.concatenate([self.tail_candidates, self.head_candidates])
        edges = np.tile(np.arange(len(self.tail), dtype=np.int64), 2)
        asked = ~np.isnan(ranks)
        return ranks[asked], candidates[asked], edges[asked]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How well a scorer finds held-out edges.

    Attributes:
        mrr, amri: mean reciprocal rank; adjusted mean rank index.
        hits: share of ranks at most k, by k.
        auprc: mean precision of test edges among ``negatives`` per edge; ``None`` if not asked.
        by_relation, by_degree: the same numbers for each relation, and each stratum of how many
            training edges the answer has.
        macro_relation, macro_degree: means over them of MRR and AMRI, each counting the same.
    """

    n: int
    mrr: Estimate
    amri: Estimate
    hits: Mapping[int, Estimate]
    auprc: Estimate | None
    by_relation: Mapping[str, Mapping[str, float]]
    by_degree: Mapping[str, Mapping[str, float]]
    macro_relation: Mapping[str, float]
    macro_degree: Mapping[str, float]
    settings: Mapping[str, Any]
    ranks: Ranks = field(repr=False)
    groups: I64 | None = field(default=None, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return the numbers without the ranks."""

        def shown(e: Estimate | None) -> dict[str, float] | None:
            return None if e is None else {"value": e.value, "low": e.low, "high": e.high}

        return {
            "n": self.n,
            "mrr": shown(self.mrr),
            "amri": shown(self.amri),
            "hits": {str(k): shown(e) for k, e in self.hits.items()},
            "auprc": shown(self.auprc),
            "by_relation": {k: dict(v) for k, v in self.by_relation.items()},
            "by_degree": {k: dict(v) for k, v in self.by_degree.items()},
            "macro_relation": dict(self.macro_relation),
            "macro_degree": dict(self.macro_degree),
            "settings": dict(self.settings),
        }

    def to_text(self) -> str:
        """Return the numbers as lines."""
        lines = [f"{self.n} test edges, 95 % intervals", f"MRR      {self.mrr}"]
        lines += [f"Hits@{k:<4}{e}" for k, e in self.hits.items()]
        lines.append(f"AMRI     {self.amri}")
        if self.auprc is not None:
            lines.append(f"AUPRC    {self.auprc} ({self.settings['negatives']} negatives an edge)")
        lines.append(
            f"macro over relations: MRR {self.macro_relation['mrr']:.3f}; "
            f"over degrees of the answer: MRR {self.macro_degree['mrr']:.3f}"
        )
        for title, table in (("relation", self.by_relation), ("degree", self.by_degree)):
            lines += [
                f"  {title} {name}: {row['n']:.0f} ranks, MRR {row['mrr']:.3f}, AMRI {row['amri']:.3f}"
                for name, row in table.items()
            ]
        return "\n".join(lines)


def rank(
    scorer: Scorer,
    test: Triples,
    known: Known,
    *,
    sides: str = "both",
    candidates: Mapping[str, Mask] | None = None,
    progress: Progress | None = None,
) -> Ranks:
    """Return filtered realistic ranks.

    Args:
        known: triples that are true and not asked now: left out of the candidates.
        sides: ``both``, ``tail`` or ``head``.
        candidates: masks ``tail`` and ``head``, bool ``[relations, entities]``, of what may be an
            answer (type constraints); default: every entity.

    Raises:
        DataError: a score is NaN, or scores have another shape.
    """
    m = len(test)
    ranks = {side: np.full(m, np.nan) for side in ("tail", "head")}
    number = {side: np.zeros(m, np.int64) for side in ("tail", "head")}
    asked = ("tail", "head") if sides == "both" else (sides,)
    done = 0
    for side in asked:
        given, answers = (test.heads, test.tails) if side == "tail" else (test.tails, test.heads)
        allowed = None if candidates is None else candidates[side]
        for block, scores, rows in _scored(scorer, test, given, side):
            for edge, row in zip(block, rows, strict=True):
                relation, answer, entity = (
                    int(a[edge]) for a in (test.edges_relation, answers, given)
                )
                true = (
                    known.tails(entity, relation)
                    if side == "tail"
                    else known.heads(relation, entity)
                )
                values, out = scores[row], np.union1d(true, [answer])
                pool = values
                if allowed is not None:
                    pool, out = values[allowed[relation]], out[allowed[relation][out]]
                own, gone = values[answer], values[out]
                better = np.count_nonzero(pool > own) - np.count_nonzero(gone > own)
                equal = np.count_nonzero(pool == own) - np.count_nonzero(gone == own)
                ranks[side][edge] = 1 + better + equal / 2
                number[side][edge] = len(pool) - len(out) + 1
            done += len(block)
            if progress is not None:
                progress(done, m * len(asked), "ranking")
    return Ranks(ranks["tail"], ranks["head"], number["tail"], number["head"])


def _scored(scorer: Scorer, test: Triples, given: I64, side: str) -> Iterator[tuple[I64, F64, I64]]:
    """Yield places of test edges, the scores of their distinct queries and each one's row."""
    order = np.lexsort((test.edges_relation, given))
    key = given[order] * max(test.r, 1) + test.edges_relation[order]
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    step = max(1, min(1024, _CELLS // max(test.n, 1)))
    for start in range(0, len(first), step):
        queries = order[first[start : start + step]]
        ids, kinds = given[queries], test.edges_relation[queries]
        scores = np.asarray(
            scorer.score_tails(ids, kinds) if side == "tail" else scorer.score_heads(kinds, ids),
            np.float64,
        )
        if scores.shape != (len(queries), test.n):
            raise DataError(f"scores have shape {scores.shape}, not ({len(queries)}, {test.n})")
        if np.isnan(scores).any():
            raise DataError("a score is NaN", hint="Training has diverged, or a feature is NaN.")
        mine = (place >= start) & (place < start + step)
        yield order[mine], scores, place[mine] - start


def evaluate(
    scorer: Scorer,
    split: Split,
    *,
    sides: str = "both",
    typed: bool = False,
    part: str = "test",
    relations: Sequence[str] | None = None,
    negatives: int = 0,
    matched: bool = False,
    bootstraps: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Rank a part of the split against everything that is not known to be true.

    Args:
        sides: rank among ``tail``, ``head`` or ``both``.
        typed: only entities of a type that the relation has in training are candidates.
        part: ``test`` or ``valid``.
        relations: of this part, only these.
        negatives: untrue edges drawn for each test edge, for AUPRC; 0: no AUPRC.
        matched: those negatives have about the true answer's degree.
        bootstraps: resamples, of the groups that were held out together if there are.
        seed: of negatives and resamples.

    Raises:
        DataError: there are no edges to test, or a score is NaN.
    """
    from discovery.embeddings.negatives import corrupt, domains

    held, groups = (split.test, split.groups) if part == "test" else (split.valid, None)
    if relations is not None:
        mine = np.isin(held.edges_relation, [held.relation_id(name) for name in relations])
        held, groups = held.subset(mine), None if groups is None else groups[mine]
    if not len(held):
        raise DataError(f"there are no {part} edges to rank")
    known = split.known()
    typing = domains(split.train) if typed or negatives else None
    ranks = rank(
        scorer, held, known, sides=sides, candidates=typing if typed else None, progress=progress
    )
    draws = np.random.default_rng(seed)
    unit = np.arange(len(held)) if groups is None else np.unique(groups, return_inverse=True)[1]
    counts = draws.multinomial(
        int(unit.max()) + 1, np.full(int(unit.max()) + 1, 1 / (int(unit.max()) + 1)), bootstraps
    ).astype(np.float64)
    auprc = None
    if negatives:
        h, r, t, of = corrupt(
            held,
            known,
            negatives,
            train=split.train if matched else None,
            candidates=typing,
            seed=seed,
        )
        auprc = _precision(
            scorer.score(held.heads, held.edges_relation, held.tails),
            scorer.score(h, r, t),
            unit,
            unit[of],
            counts,
        )
    values, number, edges = ranks.both()
    rows = _rows(values, number)
    answer = np.concatenate([held.tails, held.heads])[
        ~np.isnan(np.concatenate([ranks.tail, ranks.head]))
    ]
    out, into = split.train.degrees()
    degree = (out + into)[answer]
    of_stratum = np.searchsorted([most for _, most in STRATA], degree)
    by_relation = _table(values, number, held.edges_relation[edges], held.relations)
    by_degree = _table(values, number, of_stratum, [name for name, _ in STRATA])
    return Evaluation(
        n=len(held),
        mrr=_ratio(rows["mrr"], unit[edges], counts),
        amri=_ratio(rows["amri"], unit[edges], counts, of_one=True),
        hits={k: _ratio((values <= k, np.ones(len(values))), unit[edges], counts) for k in HITS},
        auprc=auprc,
        by_relation=by_relation,
        by_degree=by_degree,
        macro_relation=_macro(by_relation),
        macro_degree=_macro(by_degree),
        settings={
            "sides": sides,
            "typed": typed,
            "part": part,
            "negatives": negatives,
            "matched": matched,
            "bootstraps": bootstraps,
            "groups": int(unit.max()) + 1,
            "seed": seed,
        },
        ranks=ranks,
        groups=groups,
    )


def compare(
    first: Evaluation, second: Evaluation, *, bootstraps: int = 1000, seed: int = 0
) -> Estimate:
    """Return the difference of two MRRs on the same test edges, with a paired interval.

    Raises:
        DataError: they are of other test edges or sides.
    """
    a, _, edges = first.ranks.both()
    b, _, others = second.ranks.both()
    if not np.array_equal(edges, others):
        raise DataError("the two evaluations are of different test edges")
    unit = (
        np.arange(first.n)
        if first.groups is None
        else np.unique(first.groups, return_inverse=True)[1]
    )
    k = int(unit.max()) + 1
    counts = np.random.default_rng(seed).multinomial(k, np.full(k, 1 / k), bootstraps).astype(float)
    return _ratio((1 / a - 1 / b, np.ones(len(a))), unit[edges], counts)


def _rows(ranks: F64, candidates: I64) -> dict[str, tuple[F64, F64]]:
    """Return numerator and denominator of each rank for the metrics that are ratios of sums."""
    return {
        "mrr": (1 / ranks, np.ones(len(ranks))),
        "amri": (ranks - 1, (candidates - 1) / 2),
    }


def _ratio(
    parts: tuple[ArrayLike, ArrayLike], unit: I64, counts: F64, *, of_one: bool = False
) -> Estimate:
    """Return a ratio of sums with its interval; ``of_one``: one minus it."""
    top, bottom = (
        np.bincount(unit, np.asarray(p, np.float64), minlength=counts.shape[1]) for p in parts
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = np.asarray((counts @ top) / (counts @ bottom), np.float64)
        value = float(top.sum() / bottom.sum())
    return _interval(1 - value, 1 - drawn) if of_one else _interval(value, drawn)


def _interval(value: float, drawn: F64) -> Estimate:
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return Estimate(value, float("nan"), float("nan"))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Estimate(float(value), float(low), float(high))


def _precision(positive: F64, negative: F64, unit: I64, of: I64, counts: F64) -> Estimate:
    """Return the average precision, resampling units with their negatives. Ties share a threshold."""
    scores = np.concatenate([positive, negative]).astype(np.float64)
    if np.isnan(scores).any():
        raise DataError("a score is NaN", hint="Training has diverged, or a feature is NaN.")
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    true = (np.arange(len(scores)) < len(positive)).astype(np.float64)[order]
    owner = np.concatenate([unit, of])[order]

    def average(weights: F64) -> float:
        found = np.cumsum(true * weights)[last]
        everything = np.cumsum(weights)[last]
        gain = np.diff(found, prepend=0.0)
        precise = np.divide(found, everything, out=np.zeros_like(found), where=everything > 0)
        return float(gain @ precise / found[-1]) if found[-1] else float("nan")

    drawn = np.array([average(row[owner]) for row in counts[:300]])
    return _interval(average(np.ones(len(scores))), drawn)


def _table(
    ranks: F64, candidates: I64, key: I64, names: Sequence[str]
) -> dict[str, dict[str, float]]:
    found = {}
    for i in np.unique(key):
        mine = key == i
        row = {
            name: float(t[mine].sum() / max(b[mine].sum(), 1e-300))
            for name, (t, b) in _rows(ranks, candidates).items()
        }
        found[names[int(i)]] = {
            "n": float(mine.sum()),
            "mrr": row["mrr"],
            "amri": 1 - row["amri"],
        } | {f"hits@{k}": float((ranks[mine] <= k).mean()) for k in HITS}
    return found


def _macro(table: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {
        name: float(np.mean([row[name] for row in table.values()]))
        for name in ("mrr", "amri", "hits@10")
    }
