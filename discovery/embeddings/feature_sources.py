"""Features of entities by a short text for each source: what ``etiograph embed train --features`` takes.

``names`` hashes the names of entities, their ids where the graph has no names. ``ancestors`` takes the
ontology relations of the graph, or a file of child and parent (``ancestors:FILE``). ``table:FILE`` takes
the numeric columns of a table by the id in its first column (CSV, TSV, Parquet). ``smiles:FILE`` takes
ids and SMILES in the first two columns of a table, ``fasta:FILE`` sequences by the first word of their
header, and ``anndata:FILE`` or ``anndata:FILE#NAME`` the observations of an ``.h5ad``, or one of its
embeddings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from discovery.embeddings.features import (
    Features,
    Modality,
    ancestors,
    combine,
    from_anndata,
    from_fasta,
    from_frame,
    from_smiles,
    names,
)
from discovery.embeddings.triples import Triples
from graph.errors import DataError, InputError, UsageError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KINDS", "coverage", "read_features"]

KINDS = ("names", "ancestors", "table", "smiles", "fasta", "anndata")


def read_features(
    triples: Triples, labels: Mapping[str, str], sources: Sequence[str], *, nan: str = "error"
) -> Features:
    """Return the features of all entities of a graph.

    Args:
        triples: the edges to train on; ``ancestors`` without a file looks at no others.
        labels: names of entities by CURIE.
        sources: texts as in this module's description, each once.
        nan: ``error``, or ``mask``: what is not finite is absent.

    Raises:
        UsageError: a source of no known kind, without its file, or twice; ``nan`` is neither.
        InputError: a file cannot be read.
        DataError: no entity has any of the features, or one is NaN or infinite.
    """
    if twice := sorted({s for s in sources if sources.count(s) > 1}):
        raise UsageError(f"features are named twice: {', '.join(twice)}")
    found = combine(triples, [_modality(triples, labels, s) for s in sources], nan=nan)
    if not found.mask.any():
        raise DataError(
            f"no entity has any of these features: {', '.join(sources)}",
            hint="Are the ids those of the graph? `etiograph embed export` shows them.",
        )
    return found


def coverage(features: Features) -> dict[str, int]:
    """Return how many entities have each modality."""
    counts = features.mask.sum(axis=0)
    return {name: int(count) for name, count in zip(features.modalities, counts, strict=True)}


def _modality(triples: Triples, labels: Mapping[str, str], source: str) -> Modality:
    kind, _, where = source.partition(":")
    if kind not in KINDS:
        raise UsageError(
            f"there are no features '{source}'",
            hint="There are names, ancestors, ancestors:FILE, table:FILE, smiles:FILE, fasta:FILE and "
            "anndata:FILE.",
        )
    if kind == "names":
        if where:
            raise UsageError(f"names take no file: '{source}'", hint="Give --features names.")
        return names(triples, labels or {e: e.replace("_", " ") for e in triples.entities})
    if kind == "ancestors" and not where:
        return ancestors(triples, _own_parents(triples))
    if not where:
        raise UsageError(f"{kind} need a file", hint=f"Give --features {kind}:FILE.")
    if kind == "anndata":
        file, _, obsm = where.partition("#")
        return from_anndata(triples, file, obsm=obsm or None, name=f"anndata {Path(where).name}")
    path = Path(where).expanduser()
    if not path.is_file():
        raise InputError("there is no such file", where=str(path))
    if kind == "fasta":
        return _named(from_fasta(triples, path), f"fasta {path.name}")
    table = _table(path, header=kind == "table")
    if kind == "table":
        return from_frame(triples, table, str(table.columns[0]), f"table {path.name}")
    rows = _pairs(table, path)
    if kind == "smiles":
        return _named(from_smiles(triples, dict(rows)), f"smiles {path.name}")
    parents: dict[str, list[str]] = {}
    for child, parent in rows:
        parents.setdefault(child, []).append(parent)
    return _named(ancestors(triples, parents), f"ancestors {path.name}")


def _named(modality: Modality, name: str) -> Modality:
    return Modality(name, modality.values, modality.present)


def _own_parents(triples: Triples) -> dict[str, list[str]]:
    """The parents that the graph itself gives by its ontology relations."""
    from discovery.embeddings.leaks import hierarchies

    wanted = hierarchies(triples)
    if not wanted:
        raise DataError(
            "the graph has no ontology relation (isa, part_of ...)",
            hint="Give a file of child and parent: --features ancestors:FILE.",
        )
    found: dict[str, list[str]] = {}
    entities, places = triples.entities, set(wanted)
    for head, relation, tail in zip(
        triples.heads.tolist(), triples.edges_relation.tolist(), triples.tails.tolist(), strict=True
    ):
        if relation in places:
            found.setdefault(entities[head], []).append(entities[tail])
    return found


def _table(path: Path, *, header: bool) -> pd.DataFrame:
    import pandas as pd

    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        separator = "," if ".csv" in path.suffixes else "\t"
        first = {0: str} if header else str
        return pd.read_csv(
            path, sep=separator, header=0 if header else None, dtype=first, comment=None if header else "#"
        )  # fmt: skip
    except (OSError, ValueError) as error:
        raise InputError(f"no table can be read: {error}", where=str(path)) from error


def _pairs(table: pd.DataFrame, path: Path) -> list[tuple[str, str]]:
    if table.shape[1] < 2:
        raise InputError("the table has one column, not two", where=str(path))
    rows = table.iloc[:, :2].dropna().astype(str)
    return [(a.strip(), b.strip()) for a, b in rows.itertuples(index=False)]
