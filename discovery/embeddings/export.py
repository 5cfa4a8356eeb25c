"""From a store to :class:`Triples`, streamed; and vectors to Parquet.

What is exported is a set of statements: of some categories and predicates, believed enough, of some
status, and supported by some rungs of evidence up to some year. Belief, evidence count and year are those
of the evidence that was chosen, so a date cut knows nothing of later papers. Evidence of rung
``predicted`` is left out: what a model proposed must not become what the next one is trained on. A
prediction that a person accepted (status ``curated``, with no other evidence) is exported, and said so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from discovery.embeddings.files import Source
from discovery.embeddings.gathering import Growing
from discovery.embeddings.triples import I64, Links, Triples
from graph.belief import weight
from graph.errors import DataError, UsageError
from graph.model import Rung, Statement, Status, content_hash
from graph.store import Store

__all__ = ["Selection", "export_store", "write_parquet"]

Progress = Callable[[int, int | None, str], None]
_EVERY = 5000
_MOST = 1.0 - 1e-9


@dataclass(frozen=True)
class Selection:
    """Which statements are exported.

    Attributes:
        categories: both ends are of these; default: all.
        predicates: default: all.
        statuses: a refuted statement is exported only if ``refuted`` is asked for.
        rungs: of evidence that counts; ``predicted`` cannot be asked for.
        min_belief: by the evidence that counts.
        until: last year of evidence that counts; evidence without a year then does not.
        sentences: keep hashes of the sentences of evidence.
    """

    categories: frozenset[str] = frozenset()
    predicates: frozenset[str] = frozenset()
    statuses: frozenset[Status] = frozenset({Status.ASSERTED, Status.CURATED})
    rungs: frozenset[Rung] = field(default_factory=lambda: frozenset(Rung) - {Rung.PREDICTED})
    min_belief: float = 0.0
    until: int | None = None
    sentences: bool = True

    def __post_init__(self) -> None:
        if Rung.PREDICTED in self.rungs:
            raise UsageError(
                "evidence of rung 'predicted' is not exported for training",
                hint="Accept a prediction ('etiograph proposals accept'): then it is.",
            )

    @classmethod
    def of(
        cls,
        *,
        categories: Collection[str] = (),
        predicates: Collection[str] = (),
        statuses: Collection[str] = (),
        rungs: Collection[str] = (),
        min_belief: float = 0.0,
        until: int | None = None,
    ) -> Selection:
        """Return a selection from names; empty ones are the defaults.

        Raises:
            UsageError: a status or rung that there is not.
        """
        more: dict[str, Any] = {}
        for name, kind, values in (("statuses", Status, statuses), ("rungs", Rung, rungs)):
            if values:
                try:
                    more[name] = frozenset(kind(v) for v in values)
                except ValueError as error:
                    known = ", ".join(k.value for k in kind)
                    raise UsageError(str(error), hint=f"There are {known}.") from error
        return cls(
            frozenset(categories), frozenset(predicates), min_belief=min_belief, until=until, **more
        )


class _Witnesses:
    """Evidence of chosen statements, as columns: 34 bytes each."""

    def __init__(self) -> None:
        self.edge, self.witness, self.paper = (Growing(np.int64) for _ in range(3))
        self.weight, self.year = Growing(np.float32), Growing(np.int16)
        self.negated, self.predicted = Growing(np.bool_), Growing(np.bool_)
        self.sentence = Growing(np.int64)

    def add(self, rows: list[tuple[Any, ...]]) -> None:
        columns = (
            self.edge, self.witness, self.paper, self.weight, self.year, self.negated,
            self.predicted, self.sentence,
        )  # fmt: skip
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            column.append(np.array(values))


def export_store(
    store: Store, selection: Selection | None = None, *, progress: Progress | None = None
) -> Source:
    """Export statements of a store.

    Statements and evidence stream; what is held is the vocabulary and some tens of bytes for each
    statement and evidence chosen.

    Raises:
        DataError: nothing is chosen.
    """
    chosen = selection or Selection()
    entities, types, labels = _entities(store, chosen)
    place = {curie: i for i, curie in enumerate(entities)}
    relations: dict[str, int] = {}
    keys, ends = Growing(np.uint64), [Growing(np.int64) for _ in range(3)]
    sign, curated = Growing(np.int8), Growing(np.bool_)
    for block in _blocks(store.statements(), progress, "statements"):
        kept = [s for s in block if _chosen(s, chosen, place)]
        if not kept:
            continue
        keys.append(np.array([_key(s.id) for s in kept], np.uint64))
        ends[0].append([place[s.subject] for s in kept])
        ends[1].append([relations.setdefault(s.predicate.value, len(relations)) for s in kept])
        ends[2].append([place[s.object] for s in kept])
        sign.append([s.sign for s in kept])
        curated.append([s.status is Status.CURATED for s in kept])
    if not len(keys):
        raise _nothing(0)
    order = np.argsort(keys.array(), kind="stable")
    witnesses, papers, words = _evidence(store, chosen, keys.array()[order], order, progress)
    belief, count, year, used, accepted = _believed(witnesses, len(keys), curated.array(), chosen)
    keep = (count > 0) & (belief >= chosen.min_belief)
    if not keep.any():
        raise _nothing(len(keys))
    names = sorted(relations)
    moved = np.array([names.index(r) for r in relations], np.int64)
    sentences = _links(witnesses.sentence.array(), witnesses, used, words, len(keys))
    found = Triples.from_ids(
        entities,
        names,
        ends[0].array().copy(),
        moved[ends[1].array()],
        ends[2].array().copy(),
        types=types,
        sign=sign.array().copy(),
        belief=belief,
        evidence=count,
        year=year,
        papers=_links(witnesses.paper.array(), witnesses, used, papers, len(keys)),
        sentences=sentences if chosen.sentences else None,
    ).subset(keep)
    order = np.lexsort((found.sign, found.tails, found.edges_relation, found.heads))
    notes = [f"{len(found)} of {len(keys)} chosen statements have evidence that counts."]
    if taken := int((accepted & keep).sum()):
        notes.append(f"{taken} of them are predictions that a person accepted.")
    return Source(found.subset(order), labels, notes=tuple(notes))


def _nothing(statements: int) -> DataError:
    return DataError(
        f"no edge is exported: {statements} statements are of these categories, predicates and "
        "statuses, and none has evidence that counts",
        hint="Ask for more statuses or rungs, a lower belief, a later year.",
    )


def _entities(store: Store, chosen: Selection) -> tuple[list[str], list[str], dict[str, str]]:
    entities, types, labels = [], [], {}
    for entity in store.entities():
        if not chosen.categories or entity.category.value in chosen.categories:
            entities.append(entity.id)
            types.append(entity.category.value)
            labels[entity.id] = entity.name
    if not entities:
        raise DataError(
            "no entity is of these categories", hint="See 'etiograph stats' for those there are."
        )
    order = sorted(range(len(entities)), key=entities.__getitem__)
    return [entities[i] for i in order], [types[i] for i in order], labels


def _chosen(statement: Statement, chosen: Selection, place: dict[str, int]) -> bool:
    return (
        statement.status in chosen.statuses
        and (not chosen.predicates or statement.predicate.value in chosen.predicates)
        and statement.subject in place
        and statement.object in place
    )


def _key(statement: str) -> int:
    """Return 64 bits of a statement's id, which is a hash."""
    return int(statement.rpartition("-")[2][:16], 16)


def _blocks(items: Any, progress: Progress | None, what: str) -> Any:
    block, done = [], 0
    for item in items:
        block.append(item)
        if len(block) == _EVERY:
            yield block
            done += len(block)
            block = []
            if progress is not None:
                progress(done, None, what)
    if block:
        yield block


def _evidence(
    store: Store, chosen: Selection, keys: Any, order: I64, progress: Progress | None
) -> tuple[_Witnesses, list[str], list[str]]:
    """Return the evidence of the chosen statements; ``keys`` are sorted, ``order`` their places."""
    years: dict[str, int] = {}
    retracted: set[str] = set()
    for publication in store.publications():
        years[publication.id] = publication.year or 0
        if publication.retracted:
            retracted.add(publication.id)
    witnesses, papers, words = _Witnesses(), dict[str, int](), dict[str, int]()
    sources: dict[str, int] = {}
    counted = chosen.rungs | {Rung.PREDICTED}
    for block in _blocks(store.evidences(), progress, "evidence"):
        at = np.searchsorted(keys, np.array([_key(e.statement) for e in block], np.uint64))
        rows = []
        for evidence, where in zip(block, at.tolist(), strict=True):
            year = years.get(evidence.publication, 0)
            if (
                where >= len(keys)
                or int(keys[where]) != _key(evidence.statement)
                or evidence.rung not in counted
                or evidence.publication in retracted
                or (chosen.until is not None and not 0 < year <= chosen.until)
            ):
                continue
            paper = (
                papers.setdefault(evidence.publication, len(papers)) if evidence.publication else -1
            )
            # sources are witnesses of their own, numbered from -2 down
            witness = (
                paper if paper >= 0 else -2 - sources.setdefault(evidence.source, len(sources))
            )
            sentence = -1
            if evidence.text and chosen.sentences:
                mark = content_hash("se", evidence.text.casefold().split())
                sentence = words.setdefault(mark, len(words))
            rows.append(
                (int(order[where]), witness, paper, weight(evidence), year, evidence.negated,
                 evidence.rung is Rung.PREDICTED, sentence)
            )  # fmt: skip
        if rows:
            witnesses.add(rows)
    return witnesses, list(papers), list(words)


def _believed(witnesses: _Witnesses, m: int, curated: Any, chosen: Selection) -> tuple[Any, ...]:
    """Return belief, evidence count and year of each edge, which evidence was used, and which edges
    stand only on a prediction that was accepted. Belief is that of :func:`graph.belief.belief`."""
    edge, predicted = witnesses.edge.array(), witnesses.predicted.array()
    negated = witnesses.negated.array()
    plain = np.zeros(m, np.bool_)
    plain[edge[~predicted & ~negated]] = True
    accepted = curated & ~plain
    used = ~predicted | accepted[edge]
    order = np.lexsort((-witnesses.weight.array(), witnesses.witness.array(), negated, edge))
    order = order[used[order]]
    key = np.stack([edge[order], negated[order], witnesses.witness.array()[order]])
    first = np.ones(len(order), np.bool_)
    first[1:] = (key[:, 1:] != key[:, :-1]).any(axis=0)
    strongest = order[first]
    doubt = np.zeros((2, m))
    logs = np.log1p(-witnesses.weight.array()[strongest].astype(np.float64))
    np.add.at(doubt, (negated[strongest].astype(np.int64), edge[strongest]), logs)
    belief = np.minimum((1 - np.exp(doubt[0])) * np.exp(doubt[1]), _MOST)
    supports = used & ~negated
    count = np.bincount(edge[supports], minlength=m)
    year = np.full(m, np.iinfo(np.int16).max, np.int64)
    dated = supports & (witnesses.year.array() > 0)
    np.minimum.at(year, edge[dated], witnesses.year.array()[dated])
    year[year == np.iinfo(np.int16).max] = 0
    return belief, count, year, used, accepted & (count > 0)


def _links(codes: Any, witnesses: _Witnesses, used: Any, names: Sequence[str], m: int) -> Links:
    """Return the distinct papers or sentences of each edge's evidence that was used."""
    has = used & (codes >= 0)
    order = sorted(range(len(names)), key=names.__getitem__)
    place = np.empty(max(len(names), 1), np.int64)
    place[order] = np.arange(len(names))
    pairs = np.unique(np.stack([witnesses.edge.array()[has], place[codes[has]]]), axis=1).astype(
        np.int64
    )
    offsets = np.searchsorted(pairs[0], np.arange(m + 1)).astype(np.int64)
    return Links(tuple(names[i] for i in order), offsets, pairs[1])


def write_parquet(
    path: str | Path, ids: Sequence[str], vectors: ArrayLike, *, model: str = ""
) -> int:
    """Write vectors: columns ``id`` and ``vector`` (a fixed-size list of float32).

    Raises:
        DataError: ids and vectors are not as many.
    """
    import pyarrow as pa
    from pyarrow import parquet

    matrix = np.ascontiguousarray(vectors, np.float32)
    if matrix.ndim != 2 or len(matrix) != len(ids):
        raise DataError(f"{len(ids)} ids for vectors of shape {matrix.shape}")
    listed = pa.FixedSizeListArray.from_arrays(pa.array(matrix.ravel()), matrix.shape[1])
    table = pa.table({"id": pa.array(list(ids)), "vector": listed})
    parquet.write_table(table.replace_schema_metadata({"model": model}), path)
    return len(ids)
