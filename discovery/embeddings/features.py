"""Features of entities: names, ontology ancestors, sequences, structures, tables from outside.

Every source is a :class:`Modality` over the entities of a graph: numbers, and for which entities there
are any. Where there are none the row is zero and the mask says so, so that a model can tell "absent" from
"zero". Text is hashed with signs into fixed dimensions (Weinberger et al. 2009, *Feature hashing for
large scale multitask learning*): no vocabulary has to be kept for entities that come later.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from discovery.embeddings.triples import Mask, Triples
from graph.errors import DataError, InputError, UsageError
from graph.extras import needs

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Features",
    "Modality",
    "ancestors",
    "combine",
    "from_anndata",
    "from_fasta",
    "from_frame",
    "from_matrix",
    "from_smiles",
    "hashed",
    "names",
]

F32 = NDArray[np.float32]
_WORD = re.compile(r"[a-z0-9]+")
# Atoms of two letters, brackets and ring-bond numbers are one symbol each.
_SYMBOL = re.compile(r"\[[^\]]*\]|Br|Cl|%\d\d|.")


@dataclass(frozen=True, eq=False)
class Modality:
    """One source of features.

    Attributes:
        values: float32 ``[n, d]``, zero where absent.
        present: which entities have it, bool ``[n]``.
    """

    name: str
    values: F32
    present: Mask


@dataclass(frozen=True, eq=False)
class Features:
    """The modalities of all entities, side by side.

    Attributes:
        x: float32 ``[n, d]``.
        mask: which entity has which modality, bool ``[n, k]``.
        modalities: their names, ``[k]``; modality ``i`` is ``x[:, starts[i]:starts[i + 1]]``.
        notes: what was masked and why.
    """

    x: F32
    mask: Mask
    modalities: tuple[str, ...]
    starts: tuple[int, ...]
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, NDArray[Any]]:
        """Return ``x`` and ``mask``: what ``Triples.to_hetero`` takes."""
        return {"x": self.x, "mask": self.mask}

    def of(self, name: str) -> F32:
        """Return one modality's numbers.

        Raises:
            UsageError: there is no such modality.
        """
        if name not in self.modalities:
            raise UsageError(
                f"there is no modality '{name}'", hint=f"There are {', '.join(self.modalities)}."
            )
        i = self.modalities.index(name)
        return self.x[:, self.starts[i] : self.starts[i + 1]]

    def flagged(self) -> F32:
        """Return what a network reads: ``x``, zero where a modality is absent, then a flag for each
        absence; float32 ``[n, d + k]``."""
        width = np.diff(self.starts)
        there = np.repeat(self.mask, width, axis=1)
        return np.concatenate([np.where(there, self.x, 0), ~self.mask], axis=1, dtype=np.float32)

    def save(self, path: str | Path) -> None:
        """Write an ``.npz``."""
        np.savez(
            path,
            x=self.x,
            mask=self.mask,
            modalities=np.array(self.modalities, dtype=str),
            starts=np.array(self.starts),
            notes=np.array(self.notes, dtype=str),
        )

    @classmethod
    def load(cls, path: str | Path) -> Features:
        """Read what :meth:`save` wrote.

        Raises:
            InputError: it is something else.
        """
        try:
            with np.load(path, allow_pickle=False) as stored:
                return cls(
                    stored["x"],
                    stored["mask"],
                    tuple(map(str, stored["modalities"])),
                    tuple(map(int, stored["starts"])),
                    tuple(map(str, stored["notes"])),
                )
        except (OSError, ValueError, KeyError) as error:
            raise InputError(f"no features can be read: {error}", where=str(path)) from error


def combine(
    triples: Triples, modalities: Sequence[Modality], *, nan: str = "error", scale: bool = True
) -> Features:
    """Put modalities side by side.

    Args:
        nan: ``error``, or ``mask``: an entity's modality with a number that is not finite is absent.
        scale: bring each modality to a mean row length of 1, so that none drowns the others.

    Raises:
        DataError: a modality is of other entities, or has NaN or infinity, with the first of them.
        UsageError: ``nan`` is neither.
    """
    if nan not in ("error", "mask"):
        raise UsageError(f"nan is 'error' or 'mask', not '{nan}'")
    parts, masks, notes = [], [], []
    for modality in modalities:
        values, present = modality.values.astype(np.float32), modality.present.copy()
        if values.shape[0] != triples.n or present.shape != (triples.n,):
            raise DataError(f"{modality.name} has {values.shape[0]} rows for {triples.n} entities")
        bad = present & ~np.isfinite(values).all(axis=1)
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            column = int(np.flatnonzero(~np.isfinite(values[row]))[0])
            told = f"{int(bad.sum())} entities have NaN or infinity in {modality.name}, first {triples.entities[row]} in column {column}"
            if nan == "error":
                raise DataError(told, hint="Mend the table, or mask them (--mask-nan, nan='mask').")
            present &= ~bad
            notes.append(f"{told}: masked.")
        values[~present] = 0
        if scale and present.any():
            length = float(np.linalg.norm(values[present], axis=1).mean())
            if length > 0:
                values /= np.float32(length)
        parts.append(values)
        masks.append(present)
        if not present.any():
            notes.append(f"No entity has {modality.name}: are its ids those of the graph?")
    starts = tuple(int(i) for i in np.cumsum([0, *(p.shape[1] for p in parts)]))
    return Features(
        np.concatenate(parts, axis=1) if parts else np.zeros((triples.n, 0), np.float32),
        np.stack(masks, axis=1) if masks else np.zeros((triples.n, 0), np.bool_),
        tuple(m.name for m in modalities),
        starts,
        tuple(notes),
    )


def hashed(bags: Iterable[Mapping[str, float] | None], n: int, dims: int, name: str) -> Modality:
    """Return weighted bags of tokens hashed into ``dims`` signed columns; rows have length 1."""
    values, present = np.zeros((n, dims), np.float32), np.zeros(n, np.bool_)
    for row, bag in enumerate(bags):
        if not bag:
            continue
        present[row] = True
        for token, weight in bag.items():
            code = zlib.crc32(token.encode())
            values[row, (code >> 1) % dims] += weight if code & 1 else -weight
    length = np.linalg.norm(values, axis=1, keepdims=True)
    return Modality(name, np.divide(values, length, out=values, where=length > 0), present)


def names(
    triples: Triples,
    labels: Mapping[str, str],
    *,
    dims: int = 256,
    grams: tuple[int, ...] = (3, 4, 5),
) -> Modality:
    """Return words and character n-grams of names, by CURIE.

    A word weighs as much as all of its n-grams together.
    """

    def bag(label: str) -> dict[str, float]:
        found: dict[str, float] = {}
        for word in _WORD.findall(label.lower()):
            found[f"w:{word}"] = found.get(f"w:{word}", 0.0) + 1.0
            pieces = [f"<{word}>"[i : i + k] for k in grams for i in range(len(word) + 3 - k)]
            for piece in pieces:
                found[f"c:{piece}"] = found.get(f"c:{piece}", 0.0) + 1.0 / len(pieces)
        return found

    bags = (bag(labels[e]) if labels.get(e) else None for e in triples.entities)
    return hashed(bags, triples.n, dims, "names")


def ancestors(
    triples: Triples, parents: Mapping[str, Sequence[str]], *, dims: int = 256, decay: float = 0.7
) -> Modality:
    """Return each entity's terms and ancestors in an ontology, nearer ones heavier.

    Args:
        parents: the direct parents of each CURIE; they need not be in the graph. A cycle is walked once.
        decay: the weight of a term ``k`` steps up is ``decay ** k``.
    """

    def bag(entity: str) -> dict[str, float]:
        found, level, weight = {entity: 1.0}, [entity], 1.0
        while level:
            weight *= decay
            level = sorted({p for e in level for p in parents.get(e, ())} - found.keys())
            found |= dict.fromkeys(level, weight)
        return found

    bags = (bag(e) if e in parents else None for e in triples.entities)
    return hashed(bags, triples.n, dims, "ancestors")


def from_matrix(
    triples: Triples, ids: Sequence[str], values: ArrayLike, name: str = "table"
) -> Modality:
    """Return rows of a matrix by id, wherever they come from.

    Raises:
        DataError: ids and rows are not as many, or an id is twice.
    """
    matrix = np.asarray(values, np.float32)
    if matrix.ndim != 2 or len(matrix) != len(ids):
        raise DataError(f"{name}: {len(ids)} ids for an array of shape {matrix.shape}")
    place = {curie: i for i, curie in enumerate(ids)}
    if len(place) != len(ids):
        twice = (
            sorted(i for i in place if list(ids).count(i) > 1)[:5] if len(ids) < 10_000 else ["?"]
        )
        raise DataError(f"{name}: an id is there twice: {', '.join(twice)}")
    rows = np.array([place.get(e, -1) for e in triples.entities], np.int64)
    present = rows >= 0
    found = np.zeros((triples.n, matrix.shape[1]), np.float32)
    found[present] = matrix[rows[present]]
    return Modality(name, found, present)


def from_frame(
    triples: Triples, frame: pd.DataFrame, id_column: str, name: str = "table"
) -> Modality:
    """Return the numeric columns of a table by id.

    Raises:
        DataError: there is no such column, or no numeric one.
    """
    if id_column not in frame.columns:
        raise DataError(
            f"{name} has no column '{id_column}'",
            hint=f"It has {', '.join(map(str, frame.columns[:10]))}.",
        )
    numeric = frame.drop(columns=[id_column]).select_dtypes("number")
    if not numeric.shape[1]:
        raise DataError(f"{name} has no numeric column")
    return from_matrix(
        triples, [str(i) for i in frame[id_column]], numeric.to_numpy(np.float32), name
    )


def from_anndata(
    triples: Triples,
    path: str | Path,
    *,
    axis: str = "obs",
    obsm: str | None = None,
    name: str = "anndata",
) -> Modality:
    """Return rows of an ``.h5ad`` by the names of its observations or variables.

    Args:
        axis: the ids are ``obs`` or ``var`` names.
        obsm: an embedding in ``obsm`` (or ``varm``); default: ``X``.

    Raises:
        InputError: it cannot be read.
        UsageError: anndata is not installed, no such embedding.
    """
    with needs("reading h5ad", "omics", str(path)):
        import anndata
    try:
        data = anndata.read_h5ad(path)
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"it is no AnnData file: {error}", where=str(path)) from error
    stored = data.obsm if axis == "obs" else data.varm
    if obsm is not None and obsm not in stored:
        raise UsageError(
            f"there is no '{obsm}'",
            where=str(path),
            hint=f"There are {', '.join(stored.keys()) or 'none'}.",
        )
    values = data.X if obsm is None else stored[obsm]
    dense = values.toarray() if hasattr(values, "toarray") else np.asarray(values)
    ids = data.obs_names if axis == "obs" else data.var_names
    return from_matrix(
        triples, [str(i) for i in ids], dense.T if obsm is None and axis == "var" else dense, name
    )


def from_fasta(triples: Triples, path: str | Path, *, k: int = 3, dims: int = 256) -> Modality:
    """Return hashed k-mer counts of sequences, by the first word of their header.

    Raises:
        InputError: there is text before the first header, or an id is twice.
    """
    found: dict[str, str] = {}
    for curie, sequence in _sequences(Path(path)):
        if curie in found:
            raise InputError(f"the id {curie} is there twice", where=str(path))
        found[curie] = sequence

    def bag(sequence: str) -> dict[str, float]:
        counts: dict[str, float] = {}
        for i in range(len(sequence) - k + 1):
            counts[sequence[i : i + k]] = counts.get(sequence[i : i + k], 0.0) + 1.0
        return counts

    bags = (bag(found[e]) if e in found else None for e in triples.entities)
    return hashed(bags, triples.n, dims, "fasta")


def _sequences(path: Path) -> Iterator[tuple[str, str]]:
    curie, lines = "", list[str]()
    with path.open(encoding="utf-8") as file:
        for line in file:
            text = line.strip()
            if text.startswith(">"):
                if curie:
                    yield curie, "".join(lines)
                words = text[1:].split()
                if not words:
                    raise InputError("a header has no id", where=str(path))
                curie, lines = words[0], []
            elif text and not curie:
                raise InputError("there is text before the first header", where=str(path))
            else:
                lines.append(text.upper())
    if curie:
        yield curie, "".join(lines)


def from_smiles(
    triples: Triples, smiles: Mapping[str, str], *, dims: int = 512, most: int = 5
) -> Modality:
    """Return hashed substrings of up to ``most`` symbols of SMILES, by CURIE.

    A stand-in for circular fingerprints that needs no chemistry library; two spellings of one molecule
    differ, so let the same tool write them all.
    """

    def bag(text: str) -> dict[str, float]:
        symbols = _SYMBOL.findall(text)
        counts: dict[str, float] = {}
        for size in range(1, most + 1):
            for i in range(len(symbols) - size + 1):
                piece = "".join(symbols[i : i + size])
                counts[piece] = counts.get(piece, 0.0) + 1.0
        return {piece: float(np.log1p(count)) for piece, count in counts.items()}

    bags = (bag(smiles[e]) if smiles.get(e) else None for e in triples.entities)
    return hashed(bags, triples.n, dims, "smiles")
