"""Embeddings from a graph's point of view: what is exported, split, audited and evaluated.

A source is the store, or a file or folder of edges (:func:`discovery.embeddings.files.read`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.errors import DataError, UsageError

if TYPE_CHECKING:
    from discovery.embeddings.audit import Audit
    from discovery.embeddings.export import Selection
    from discovery.embeddings.files import Source
    from discovery.embeddings.leaks import Leak
    from discovery.embeddings.metrics import Evaluation
    from discovery.embeddings.splits import Split
    from graph.store import Store

__all__ = [
    "audit",
    "cleaned",
    "evaluate",
    "export",
    "save",
    "selection_of",
    "similar",
    "source_of",
    "split_of",
    "vectors_of",
    "write_vectors",
]

Progress = Callable[[int, int | None, str], None]


def source_of(
    path: str | Path | None,
    store: Store | None = None,
    selection: Selection | None = None,
    *,
    progress: Progress | None = None,
) -> Source:
    """Return the graph of a file or folder, else of the store.

    Raises:
        UsageError: neither is given, or a selection for a file.
        InputError: the file cannot be read.
        DataError: nothing of the store is chosen.
    """
    from discovery.embeddings.export import Selection as Selected
    from discovery.embeddings.export import export_store
    from discovery.embeddings.files import read

    if path is not None:
        if selection not in (None, Selected()):
            raise UsageError(
                "categories, predicates, statuses, rungs, belief and year choose from a store",
                where=str(path),
                hint="Leave out the file to export the store.",
            )
        return read(path, progress=progress)
    if store is None:
        raise UsageError("there is no source", hint="Name a file of edges, or open a store.")
    return export_store(store, selection, progress=progress)


def export(
    source: Source, folder: str | Path, *, pykeen: bool = False, hetero: bool = False
) -> Path:
    """Write a graph's tensors: :meth:`Triples.save`, ``labels.tsv`` and, if asked for, PyTorch files.

    ``pykeen`` writes the folder ``pykeen`` (a ``TriplesFactory``, read by ``from_path_binary``) and
    ``hetero`` the file ``hetero.pt`` (a ``HeteroData``, read by ``torch.load(weights_only=False)``).
    """
    place = save(source, folder)
    if pykeen:
        source.triples.to_pykeen().to_path_binary(place / "pykeen")
    if hetero:
        import torch

        torch.save(source.triples.to_hetero(), place / "hetero.pt")
    return place


def save(source: Source, folder: str | Path) -> Path:
    """Write triples and names of entities: what :func:`source_of` reads again."""
    from discovery.embeddings.tabular import write_vocabulary

    place = source.triples.save(folder)
    known = [e for e in source.triples.entities if source.labels.get(e)]
    labels = [" ".join(source.labels[e].split()) for e in known]
    write_vocabulary(place / "labels.tsv", known, labels)
    return place


def split_of(
    source: Source,
    kind: str | None = None,
    *,
    targets: Sequence[str] = (),
    hold_out: str | None = None,
    strict: bool = False,
    pairs: bool = True,
    test_from: int | None = None,
    seed: int = 0,
) -> Split:
    """Return a split of a graph.

    Args:
        kind: ``given``, ``random``, ``time``, ``entity`` or ``paper``; default: ``given`` where the source
            is published in parts, else ``entity`` if ``hold_out`` is given, else ``random``.
        hold_out: for ``entity``: the type of what is held out; near-duplicates are held out together.

    Raises:
        UsageError: there is no such split.
        DataError: the graph is too small for it.
    """
    from discovery.embeddings import splits

    chosen = kind or ("entity" if hold_out else "given" if source.split else "random")
    asked: Sequence[str] | None = tuple(targets) or None
    if chosen == "given":
        if source.split is None:
            raise UsageError(
                "the source is not published in parts", hint=f"Choose {', '.join(splits.SPLITS)}."
            )
        return source.split
    if chosen == "random":
        return splits.random_split(source.triples, targets=asked, pairs=pairs, seed=seed)
    if chosen == "time":
        return splits.by_time(source.triples, targets=asked, test_from=test_from)
    if chosen == "paper":
        return splits.by_paper(source.triples, targets=asked, seed=seed)
    if chosen == "entity":
        from discovery.embeddings.leaks import near_duplicates

        return splits.by_entity(
            source.triples,
            kind=hold_out,
            targets=asked,
            clusters=near_duplicates(source.triples, source.labels),
            strict=strict,
            seed=seed,
        )
    raise UsageError(
        f"there is no split '{chosen}'", hint=f"There are given, {', '.join(splits.SPLITS)}."
    )


def audit(
    source: Source,
    split: Split,
    *,
    reference: str = "rules",
    most: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Audit:
    """Do what :func:`discovery.embeddings.audit.audit` says."""
    from discovery.embeddings.audit import audit as audited

    return audited(
        split, source.labels, reference=reference, most=most, seed=seed, progress=progress
    )


def evaluate(
    split: Split,
    scorers: Sequence[str],
    *,
    most: int | None = None,
    negatives: int = 0,
    matched: bool = False,
    typed: bool = False,
    part: str = "test",
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, Evaluation]:
    """Fit scorers by name and rank the same test edges with each; in the order given.

    ``most`` draws that many test edges at random.
    """
    from discovery.embeddings import metrics, registry
    from discovery.embeddings.audit import sampled

    seen = sampled(split, most, seed) if most else split
    found = {}
    for name in scorers:
        scorer = registry.fit(name, seen.train, valid=seen.valid, seed=seed)
        found[name] = metrics.evaluate(
            scorer,
            seen,
            negatives=negatives,
            matched=matched,
            typed=typed,
            part=part,
            seed=seed,
            progress=progress,
        )
    return found


def cleaned(split: Split, leaks: Sequence[Leak]) -> Split:
    """Return a split without what leaks.

    Raises:
        DataError: nothing is left of the test.
    """
    import numpy as np

    train = np.any([leak.train for leak in leaks], axis=0)
    test = np.any([leak.test for leak in leaks], axis=0)
    if test.all():
        raise DataError("every test edge leaks: nothing is left to test", hint="Split otherwise.")
    return split.without(train, None, test)


def vectors_of(folder: str | Path) -> tuple[tuple[str, ...], Any]:
    """Return the CURIEs and vectors, ``[n, d]``, of a trained model that was saved with its graph.

    Raises:
        InputError: there is no model, or not its graph.
        UsageError: the model has no vectors of entities.
    """
    from discovery.embeddings.trained import Trained
    from discovery.embeddings.triples import Triples

    place = Path(folder)
    triples = Triples.load(place / "graph")
    vectors = Trained.load(place, triples, device="cpu").vectors()
    if vectors is None:
        raise UsageError("the model has no vector for each entity", where=str(place))
    return triples.entities, vectors


def write_vectors(
    ids: Sequence[str],
    vectors: Any,
    *,
    store: Store | None = None,
    parquet: str | Path | None = None,
    model: str = "",
) -> int:
    """Write vectors of entities to the store's index, to Parquet, or both; return how many.

    Raises:
        UsageError: neither is given.
    """
    from discovery.embeddings.export import write_parquet
    from graph.stores import vectors as stored

    if store is None and parquet is None:
        raise UsageError("vectors are written to a store or a Parquet file", hint="Name one.")
    done = 0
    if parquet is not None:
        done = write_parquet(parquet, ids, vectors, model=model)
    if store is not None:
        # an entity that no edge reaches may have no vector of its own
        kept = [i for i, v in enumerate(vectors) if any(v)]
        done = stored.write_vectors(
            store, [ids[i] for i in kept], [vectors[i] for i in kept], model=model
        )
    return done


def similar(store: Store, entity: str, *, most: int = 10) -> list[tuple[str, float]]:
    """Return the entities most similar to one by the vectors in the store."""
    from graph.stores import vectors as stored

    return stored.similar(store, entity, most=most)


def selection_of(
    *,
    categories: Collection[str] = (),
    predicates: Collection[str] = (),
    statuses: Collection[str] = (),
    rungs: Collection[str] = (),
    min_belief: float = 0.0,
    until: int | None = None,
) -> Selection:
    """Return which statements to export; see :class:`discovery.embeddings.export.Selection`."""
    from discovery.embeddings.export import Selection as Selected

    return Selected.of(
        categories=categories,
        predicates=predicates,
        statuses=statuses,
        rungs=rungs,
        min_belief=min_belief,
        until=until,
    )
