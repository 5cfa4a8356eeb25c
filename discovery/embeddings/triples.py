"""A graph as integer triples: what models train on, with what is known of every edge.

An edge is ``(head, relation, tail)`` with a sign, a belief, the number of evidences and a year.
Entities and relations are ids into stable, saved vocabularies; the parts of a split share them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.errors import DataError, InputError, UsageError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["F64", "I64", "Known", "Links", "Mask", "Triples"]

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]

_FORMAT = 1
_ARRAYS: dict[str, type[np.generic]] = {
    "heads": np.int64,
    "edges_relation": np.int64,
    "tails": np.int64,
    "sign": np.int8,
    "belief": np.float32,
    "evidence": np.int32,
    "year": np.int16,
}
_COLUMNS = {"head", "relation", "tail", "sign", "belief", "evidence", "year"}


@dataclass(frozen=True, eq=False)
class Links:
    """Names attached to edges, several to one: its papers, or the hashes of its sentences.

    Attributes:
        names: the distinct names, ``[k]``.
        offsets: edge ``i`` has ``indices[offsets[i]:offsets[i + 1]]``, int64 ``[m + 1]``.
        indices: into ``names``, int64.
    """

    names: tuple[str, ...]
    offsets: I64
    indices: I64

    @classmethod
    def of(cls, lists: Iterable[Iterable[str]]) -> Links:
        """Return the links of one list of names per edge."""
        number: dict[str, int] = {}
        offsets, indices = [0], []
        for names in lists:
            indices += [number.setdefault(name, len(number)) for name in names]
            offsets.append(len(indices))
        return cls(tuple(number), np.array(offsets, np.int64), np.array(indices, np.int64))

    def __len__(self) -> int:
        """Return the number of edges."""
        return len(self.offsets) - 1

    def __getitem__(self, edge: int) -> tuple[str, ...]:
        """Return the names of one edge."""
        found = self.indices[self.offsets[edge] : self.offsets[edge + 1]]
        return tuple(self.names[i] for i in found)

    def owners(self) -> I64:
        """Return the edge of every entry of ``indices``."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.offsets))

    def take(self, edges: I64) -> Links:
        """Return the links of some edges, in their order; ``names`` is unchanged."""
        counts = np.diff(self.offsets)[edges]
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
        within = np.arange(offsets[-1], dtype=np.int64) - np.repeat(offsets[:-1], counts)
        return Links(
            self.names, offsets, self.indices[np.repeat(self.offsets[:-1][edges], counts) + within]
        )


class Known:
    """Which triples are true: a sorted set for filtered ranking. Signs are not told apart.

    Memory is two int64 per distinct triple; a membership test is a binary search.
    """

    def __init__(self, n: int, relations: int, h: I64, r: I64, t: I64) -> None:
        if n * n * max(relations, 1) >= 2**63:
            raise DataError(
                f"{n:,} entities and {relations:,} relations are too many for one graph",
                hint="Export fewer types, or join relations.",
            )
        self.entities, self.relations = n, relations
        self._forward = np.unique((h * relations + r) * n + t)
        self._backward = np.unique((t * relations + r) * n + h)

    def __len__(self) -> int:
        """Return the number of distinct triples."""
        return len(self._forward)

    def contains(self, heads: ArrayLike, relations: ArrayLike, tails: ArrayLike) -> Mask:
        """Return for every triple ``[n]`` whether it is known."""
        h, r, t = (np.asarray(a, np.int64) for a in (heads, relations, tails))
        return _member(self._forward, (h * self.relations + r) * self.entities + t)

    def tails(self, head: int, relation: int) -> I64:
        """Return the known tails of one ``(head, relation)``, ascending."""
        return self._range(self._forward, head, relation)

    def heads(self, relation: int, tail: int) -> I64:
        """Return the known heads of one ``(relation, tail)``, ascending."""
        return self._range(self._backward, tail, relation)

    def _range(self, keys: I64, first: int, relation: int) -> I64:
        start = (int(first) * self.relations + int(relation)) * self.entities
        low, high = np.searchsorted(keys, [start, start + self.entities])
        return np.asarray(keys[low:high] - start, np.int64)


def _member(sorted_keys: I64, keys: I64) -> Mask:
    if not len(sorted_keys):
        return np.zeros(keys.shape, np.bool_)
    at = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    return np.asarray(sorted_keys[at] == keys, np.bool_)


@dataclass(frozen=True, eq=False)
class Triples:
    """A typed, signed, belief-weighted graph.

    Attributes:
        entities: CURIEs; an entity's id is its place, ``[n]``.
        types: the category of each entity, ``[n]``.
        relations: names of relations; their ids are their places.
        heads, edges_relation, tails: ids, int64 ``[m]``.
        sign: +1, -1, or 0 where unsigned, int8 ``[m]``.
        belief: probability that the edge holds, float32 ``[m]``.
        evidence: how many evidences support it, int32 ``[m]``.
        year: of the first evidence, 0 where unknown, int16 ``[m]``.
        papers: the publications of each edge, if they were exported.
        sentences: hashes of the sentences each edge was read from, if they were exported.

    Raises:
        DataError: arrays of different lengths, ids out of range, a belief that is not in [0, 1],
            a sign other than -1, 0, +1.
    """

    entities: tuple[str, ...]
    types: tuple[str, ...]
    relations: tuple[str, ...]
    heads: I64
    edges_relation: I64
    tails: I64
    sign: NDArray[np.int8]
    belief: NDArray[np.float32]
    evidence: NDArray[np.int32]
    year: NDArray[np.int16]
    papers: Links | None = None
    sentences: Links | None = None

    def __post_init__(self) -> None:
        for name, kind in _ARRAYS.items():
            array = np.asarray(getattr(self, name))
            if array.ndim != 1 or len(array) != len(self.heads):
                raise DataError(f"{name} has shape {array.shape}, not ({len(self.heads)},)")
            object.__setattr__(self, name, array.astype(kind, copy=False))
        if len(self.types) != len(self.entities):
            raise DataError(f"{len(self.entities)} entities, but {len(self.types)} types")
        for name, most in (("heads", self.n), ("edges_relation", self.r), ("tails", self.n)):
            ids = getattr(self, name)
            if len(ids) and not (ids.min() >= 0 and ids.max() < most):
                raise DataError(f"{name} has ids outside 0 ... {most - 1}")
        wrong = ~((self.belief >= 0) & (self.belief <= 1))
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            names = (self.entities[self.heads[at]], self.relations[self.edges_relation[at]], self.entities[self.tails[at]])  # fmt: skip
            raise DataError(
                f"{int(wrong.sum())} beliefs are missing or not between 0 and 1, the first of "
                f"{' '.join(names)}: {self.belief[at]}",
                hint="Fill them in, or leave the column out: every edge then counts the same.",
            )
        if not np.isin(self.sign, (-1, 0, 1)).all():
            raise DataError("a sign is not -1, 0 or +1")
        for links in (self.papers, self.sentences):
            if links is not None and len(links) != len(self):
                raise DataError(f"{len(links)} lists of papers or sentences for {len(self)} edges")

    @classmethod
    def from_ids(
        cls,
        entities: Sequence[str],
        relations: Sequence[str],
        heads: ArrayLike,
        edges_relation: ArrayLike,
        tails: ArrayLike,
        *,
        types: Sequence[str] | None = None,
        sign: ArrayLike | None = None,
        belief: ArrayLike | None = None,
        evidence: ArrayLike | None = None,
        year: ArrayLike | None = None,
        papers: Links | None = None,
        sentences: Links | None = None,
    ) -> Triples:
        """Return triples from ids; what is not given is unsigned, certain, one evidence, no year."""
        m = len(np.asarray(heads))
        given: dict[str, Any] = {
            "heads": heads,
            "edges_relation": edges_relation,
            "tails": tails,
            "sign": np.zeros(m, np.int8) if sign is None else sign,
            "belief": np.ones(m, np.float32) if belief is None else belief,
            "evidence": np.ones(m, np.int32) if evidence is None else evidence,
            "year": np.zeros(m, np.int16) if year is None else year,
        }
        arrays: dict[str, Any] = {
            name: np.asarray(given[name], kind) for name, kind in _ARRAYS.items()
        }
        kinds = tuple(types) if types is not None else ("Entity",) * len(entities)
        return cls(
            tuple(entities), kinds, tuple(relations), **arrays, papers=papers, sentences=sentences
        )

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, types: Mapping[str, str] | None = None) -> Triples:
        """Return triples from a table.

        Args:
            frame: columns ``head``, ``relation``, ``tail`` and, if there are, ``sign``, ``belief``,
                ``evidence``, ``year``, ``head_type``, ``tail_type``, ``paper`` (``|`` between them).
            types: category by CURIE, before the columns; ``Entity`` where nothing says.

        Vocabularies are sorted, so that the same edges in another order have the same ids. Rows that
        agree in head, relation, tail and sign are one edge: highest belief, evidences added, first
        year, all papers.

        Raises:
            DataError: a column is missing, an id is empty.
        """
        from discovery.embeddings.tabular import from_frame

        return from_frame(frame, types)

    @property
    def n(self) -> int:
        """How many entities."""
        return len(self.entities)

    @property
    def r(self) -> int:
        """How many relations."""
        return len(self.relations)

    def __len__(self) -> int:
        """Return the number of edges."""
        return len(self.heads)

    def __repr__(self) -> str:
        """Return the sizes."""
        return f"Triples({self.n} entities, {self.r} relations, {len(self)} edges)"

    @cached_property
    def hash(self) -> str:
        """SHA-256 over vocabularies and edges in their order: the snapshot a model was trained on."""
        digest = hashlib.sha256()
        for words in (self.entities, self.types, self.relations):
            digest.update("\x00".join(words).encode() + b"\x01")
        for name in _ARRAYS:
            digest.update(np.ascontiguousarray(getattr(self, name)).tobytes() + b"\x01")
        return digest.hexdigest()

    @cached_property
    def index(self) -> dict[str, int]:
        """The id of each CURIE."""
        return {curie: i for i, curie in enumerate(self.entities)}

    @cached_property
    def type_ids(self) -> tuple[tuple[str, ...], I64]:
        """The distinct types, sorted, and the place of each entity's among them, ``[n]``."""
        names = sorted(set(self.types))
        place = {name: i for i, name in enumerate(names)}
        return tuple(names), np.fromiter((place[t] for t in self.types), np.int64, self.n)

    def relation_id(self, name: str) -> int:
        """Return the id of a relation.

        Raises:
            UsageError: there is no such relation.
        """
        if name not in self.relations:
            raise UsageError(
                f"there is no relation '{name}'", hint=f"There are {', '.join(self.relations)}."
            )
        return self.relations.index(name)

    def subset(self, mask: ArrayLike) -> Triples:
        """Return some of the edges (a mask, or places) over the same vocabularies."""
        chosen = np.asarray(mask)
        places = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen.astype(np.int64)
        return replace(
            self,
            **{name: getattr(self, name)[places] for name in _ARRAYS},
            papers=self.papers.take(places) if self.papers else None,
            sentences=self.sentences.take(places) if self.sentences else None,
        )

    def compact(self) -> Triples:
        """Return the same edges without the entities and relations that none of them has."""
        keep, ends = np.unique(np.concatenate([self.heads, self.tails]), return_inverse=True)
        kinds, edges_relation = np.unique(self.edges_relation, return_inverse=True)
        return replace(
            self,
            entities=tuple(self.entities[i] for i in keep),
            types=tuple(self.types[i] for i in keep),
            relations=tuple(self.relations[i] for i in kinds),
            heads=ends[: len(self)],
            edges_relation=edges_relation,
            tails=ends[len(self) :],
        )

    def known(self, *others: Triples) -> Known:
        """Return fast membership of these triples and of ``others`` over the same vocabularies."""
        for other in others:
            self.check_same(other)
        every = (self, *others)
        h, r, t = (
            np.concatenate([getattr(part, name) for part in every])
            for name in ("heads", "edges_relation", "tails")
        )
        return Known(self.n, self.r, h, r, t)

    def check_same(self, other: Triples) -> None:
        """Check that ``other`` has the same vocabularies.

        Raises:
            DataError: it is another graph.
        """
        if other is not self and (
            self.entities != other.entities or self.relations != other.relations
        ):
            raise DataError(
                "these are two different graphs: their entities or relations are not the same",
                hint="Split or export them together.",
            )

    def degrees(self) -> tuple[I64, I64]:
        """Return how many edges leave, and how many reach, each entity: two ``[n]``."""
        return np.bincount(self.heads, minlength=self.n), np.bincount(self.tails, minlength=self.n)

    def problems(self, few: int = 3) -> tuple[str, ...]:
        """Return what about the graph limits what can be learned from it, in sentences."""
        if not len(self):
            return ("The graph has no edges.",)
        found = []
        counts = np.bincount(self.edges_relation, minlength=self.r)
        if rare := [self.relations[i] for i in np.flatnonzero(counts <= few)]:
            found.append(
                f"{len(rare)} relation(s) with at most {few} edges cannot be learned or tested: {_some(rare)}."
            )
        out, into = self.degrees()
        if alone := [self.entities[i] for i in np.flatnonzero(out + into == 0)]:
            found.append(
                f"{len(alone)} of {self.n} entities have no edge: nothing is learned of them: {_some(alone)}."
            )
        if len(kinds := set(self.types)) == 1:
            found.append(
                f"All entities have one type ({kinds.pop()}): negatives are not constrained by type."
            )
        return tuple(found)

    def save(self, folder: str | Path) -> Path:
        """Write ``edges.npz``, ``entities.tsv``, ``relations.tsv`` and ``meta.json``."""
        from discovery.embeddings.tabular import write_vocabulary

        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        write_vocabulary(path / "entities.tsv", self.entities, self.types)
        write_vocabulary(path / "relations.tsv", self.relations)
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        for name in ("papers", "sentences"):
            links: Links | None = getattr(self, name)
            if links is not None:
                write_vocabulary(path / f"{name}.tsv", links.names)
                arrays |= {f"{name}_offsets": links.offsets, f"{name}_indices": links.indices}
        np.savez(path / "edges.npz", **arrays)
        meta = {"format": _FORMAT, "hash": self.hash, "entities": self.n, "edges": len(self)}
        (path / "meta.json").write_text(json.dumps(meta, indent=2) + "\n", encoding="utf-8")
        return path

    @classmethod
    def load(cls, folder: str | Path) -> Triples:
        """Read what :meth:`save` wrote.

        Raises:
            InputError: a file is missing, of a newer format, or not what was written.
        """
        from discovery.embeddings.tabular import read_vocabulary

        path = Path(folder)
        try:
            meta = json.loads((path / "meta.json").read_text(encoding="utf-8"))
            if meta["format"] > _FORMAT:
                raise InputError("the triples were written by a newer version", where=str(path))
            entities, types = read_vocabulary(path / "entities.tsv", 2)
            (relations,) = read_vocabulary(path / "relations.tsv", 1)
            with np.load(path / "edges.npz", allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in _ARRAYS}
                links: dict[str, Any] = {
                    name: Links(
                        read_vocabulary(path / f"{name}.tsv", 1)[0],
                        stored[f"{name}_offsets"],
                        stored[f"{name}_indices"],
                    )
                    for name in ("papers", "sentences")
                    if f"{name}_offsets" in stored
                }
        except (OSError, ValueError, KeyError) as error:
            raise InputError(
                f"no triples can be read: {error}",
                where=str(path),
                hint="It is the folder that 'etiograph embed export' wrote.",
            ) from error
        found = cls(entities, types, relations, **arrays, **links)
        if found.hash != meta["hash"]:
            raise InputError("the files were changed after they were written", where=str(path))
        return found

    def to_pykeen(self) -> Any:
        """Return a ``pykeen.triples.TriplesFactory`` with the same ids.

        Signed edges between the same two entities are one triple there.

        Raises:
            UsageError: PyKEEN is not installed.
        """
        from discovery.embeddings.tensors import to_pykeen

        return to_pykeen(self)

    def to_hetero(self, features: Mapping[str, Any] | None = None) -> Any:
        """Return a ``torch_geometric.data.HeteroData``.

        One node type per entity type (``node_id`` int64 holds the ids in this graph) and one edge
        type per (head type, relation, tail type), with ``edge_index`` int64 ``[2, e]``, ``edge_attr``
        float32 ``[e, 4]`` (sign, belief, log of one plus evidences, year), ``edge_id`` int64 ``[e]``
        (places in these arrays) and ``relation``. ``features``: ``x`` (float32 ``[n, d]``) for all
        entities and, if there, ``mask`` (bool ``[n, modalities]``), as ``Features.as_dict`` gives.

        Raises:
            UsageError: PyTorch Geometric is not installed.
        """
        from discovery.embeddings.tensors import to_hetero

        return to_hetero(self, features)


def _some(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
