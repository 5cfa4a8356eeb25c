"""Read a graph from files: tables of edges, and the layouts of public graphs.

A table has columns ``head``, ``relation``, ``tail`` (or usual other names: see :data:`COLUMNS`) and, if
there are, ``sign``, ``belief``, ``evidence``, ``year``, ``paper``, ``head_type`` and ``tail_type``.
Without a header the columns are head, relation, tail; a relation column of +1 and -1 is the sign of
``regulates``. Tables are read a batch at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from discovery.embeddings.gathering import Gatherer
from discovery.embeddings.splits import Split, given
from discovery.embeddings.triples import Triples
from graph.errors import DataError, InputError

__all__ = ["COLUMNS", "Source", "read"]

Progress = Callable[[int, int | None, str], None]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "head": ("head", "source", "subject", "node1", "from", "h"),
    "relation": ("relation", "predicate", "metaedge", "edge", "r"),
    "tail": ("tail", "target", "object", "node2", "to", "t"),
    "sign": ("sign", "effect", "interaction"),
    "belief": ("belief", "confidence", "probability", "weight"),
    "evidence": ("evidence", "evidences", "references"),
    "year": ("year",),
    "paper": ("paper", "papers", "pmid", "pmids", "pubmed_ids", "publications"),
    "head_type": ("head_type", "subject_category", "source_type"),
    "tail_type": ("tail_type", "object_category", "target_type"),
}
SIGNS: Mapping[str, int] = {
    "1": 1, "+1": 1, "1.0": 1, "+": 1, "activation": 1, "up": 1, "up-regulates": 1,
    "-1": -1, "-1.0": -1, "-": -1, "repression": -1, "down": -1, "down-regulates": -1,
    "0": 0, "0.0": 0, "unknown": 0, "?": 0, "": 0,
}  # fmt: skip
_BLOCK = 1 << 23

# Hetionet's node kinds, as prefixes of CURIEs; the others write their prefix in the id.
_PREFIXES = {
    "Gene": "ncbigene:",
    "Compound": "drugbank:",
    "Side Effect": "umls:",
    "Symptom": "mesh:",
    "Pharmacologic Class": "ndfrt:",
    "Pathway": "hetionet.pathway:",
}
_HETIONET_SIGNS = {"AdG": -1, "CdG": -1, "DdG": -1, "AuG": 1, "CuG": 1, "DuG": 1, "CtD": -1}


@dataclass(frozen=True, eq=False)
class Source:
    """A graph that was read.

    Attributes:
        labels: names of entities by CURIE, where the source has any.
        split: the parts, where the source is published in parts; ``triples`` is then all of them.
        notes: what was left out or assumed.
    """

    triples: Triples
    labels: Mapping[str, str] = field(default_factory=dict)
    split: Split | None = None
    notes: tuple[str, ...] = ()


def read(path: str | Path, *, progress: Progress | None = None) -> Source:
    """Read a file or folder of edges.

    A folder is what ``etiograph embed export`` wrote, a published split (``train.txt``, ``valid.txt``,
    ``test.txt``) or Hetionet's; a file a table, plain or compressed (``.gz``), or Parquet.

    Raises:
        InputError: there is no such file, or it is none of these.
    """
    place = Path(path)
    if place.is_dir():
        if (place / "edges.npz").is_file():
            return _saved(place)
        if (place / "train.txt").is_file():
            return _published(place)
        if any(place.glob("hetionet*nodes.tsv")):
            return _hetionet(place, progress)
        raise InputError(
            "the folder holds no graph that is known here",
            where=str(place),
            hint="Expected: edges.npz, train.txt with valid.txt and test.txt, or Hetionet's files.",
        )
    if not place.is_file():
        raise InputError("there is no such file", where=str(place))
    gatherer = Gatherer()
    gather_table(gatherer, place, progress=progress)
    if not len(gatherer):
        raise InputError("the file has no edges", where=str(place))
    return Source(gatherer.finish())


def _saved(folder: Path) -> Source:
    from discovery.embeddings.tabular import read_vocabulary

    labels = folder / "labels.tsv"
    named = read_vocabulary(labels, 2) if labels.is_file() else ((), ())
    return Source(Triples.load(folder), dict(zip(*named, strict=True)))


def _published(folder: Path) -> Source:
    parts, everything = [], Gatherer()
    for name in ("train", "valid", "test"):
        one = Gatherer()
        for gatherer in (one, everything):
            gather_table(gatherer, folder / f"{name}.txt")
        # a published part is taken as it is, repeated triples and all
        parts.append(one.finish(merge=False))
    return Source(everything.finish(), split=given(parts[0], parts[1], parts[2], folder.name))


def gather_table(
    gatherer: Gatherer,
    path: Path,
    *,
    rename: Callable[[str], str | None] | None = None,
    progress: Progress | None = None,
) -> None:
    """Add the edges of a table; ``rename`` gives an entity's id, or ``None`` to leave its edges out.

    Raises:
        InputError: a column is missing, a number is none, an id is empty; with file and batch.
    """
    ids: dict[str, int] = {}
    done = 0
    for batch, columns in _batches(path):
        try:
            _gather(gatherer, batch, columns, rename, ids)
        except (ValueError, DataError) as error:
            said = getattr(error, "message", str(error))
            raise InputError(said, where=f"{path}, after {done} edges") from error
        done += batch.num_rows
        if progress is not None:
            progress(done, None, f"edges of {path.name}")


def _gather(
    gatherer: Gatherer,
    batch: Any,
    columns: Mapping[str, str],
    rename: Callable[[str], str | None] | None,
    ids: dict[str, int],
) -> None:
    def number(name: str) -> int:
        known = ids.get(name)
        if known is None:
            if not name.strip():
                raise DataError("an edge has an empty head or tail")
            curie = rename(name) if rename is not None else name
            known = (
                -1 if curie is None else gatherer.entities.setdefault(curie, len(gatherer.entities))
            )
            ids[name] = known
        return known

    def coded(column: str, code: Callable[[str], int]) -> Any:
        encoded = batch.column(column).dictionary_encode()
        words = [("" if w is None else str(w)) for w in encoded.dictionary.to_pylist()]
        table = np.array([code(w) for w in words] or [0], np.int64)
        places = encoded.indices
        if places.null_count:
            table, places = np.append(table, code("")), places.fill_null(len(table))
        return table[places.to_numpy(zero_copy_only=False)]

    def numeric(column: str) -> Any:
        values = batch.column(column).to_pylist()
        return np.array([float(v) if v not in (None, "") else 0.0 for v in values])

    heads, tails = coded(columns["head"], number), coded(columns["tail"], number)
    kinds = gatherer.relations

    def kind(name: str) -> int:
        if not name.strip():
            raise DataError("an edge has an empty relation")
        return kinds.setdefault(name, len(kinds))

    relation = (
        coded(columns["relation"], kind)
        if "relation" in columns
        else np.full(batch.num_rows, kind("regulates"))
    )
    more: dict[str, Any] = {}
    if "sign" in columns:
        more["sign"] = coded(columns["sign"], _sign)
    for name in ("belief", "evidence", "year"):
        if name in columns:
            more[name] = numeric(columns[name])
    if "paper" in columns:
        cells = batch.column(columns["paper"]).to_pylist()
        more["papers"] = [_papers(cell) for cell in cells]
    for end, at in (("head_type", heads), ("tail_type", tails)):
        if end in columns:
            _types(gatherer, at, batch.column(columns[end]).to_pylist())
    keep = (heads >= 0) & (tails >= 0)
    if not keep.all():
        if "papers" in more:
            more["papers"] = [p for p, k in zip(more["papers"], keep, strict=True) if k]
        more |= {name: values[keep] for name, values in more.items() if name != "papers"}
        heads, relation, tails = heads[keep], relation[keep], tails[keep]
    gatherer.add(heads, relation, tails, **more)


def _types(gatherer: Gatherer, at: Any, cells: list[Any]) -> None:
    names = list(gatherer.entities)
    for i, kind in zip(at, cells, strict=True):
        if i >= 0 and kind:
            gatherer.types.setdefault(names[i], str(kind))


def _sign(word: str) -> int:
    found = SIGNS.get(word.strip().casefold())
    if found is None:
        raise DataError(f"'{word}' is no sign", hint="Write 1, -1 or 0.")
    return found


def _papers(cell: Any) -> tuple[str, ...]:
    text = "" if cell is None else str(cell)
    found = {p.strip() for p in text.replace(";", "|").split("|") if p.strip()}
    return tuple(sorted(f"pubmed:{p}" if p.isdigit() else p for p in found))


def _batches(path: Path) -> Iterator[tuple[Any, Mapping[str, str]]]:
    """Yield record batches of text columns and which column is which."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    if path.suffix == ".parquet":
        try:
            stored = parquet.ParquetFile(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise InputError(f"no Parquet can be read: {error}", where=str(path)) from error
        known = _named(stored.schema_arrow.names, path)
        for batch in stored.iter_batches(batch_size=200_000):
            yield batch, known
        return
    first = _first_lines(path)
    delimiter = "," if "," in first[0] and "\t" not in first[0] else "\t"
    cells = first[0].rstrip("\r\n").split(delimiter)
    columns = _match(cells)
    header = {"head", "tail"} <= columns.keys()
    names = cells if header else _headless(len(cells), first, delimiter, path)
    if not header:
        columns = _named(names, path)
    # a first column without a name is a row number
    names = [name or f"column {i}" for i, name in enumerate(names)]
    try:
        reader = csv.open_csv(
            path,
            read_options=csv.ReadOptions(
                column_names=names, skip_rows=1 if header else 0, block_size=_BLOCK
            ),
            parse_options=csv.ParseOptions(
                delimiter=delimiter, quote_char='"' if delimiter == "," else False
            ),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=sorted(set(columns.values())),
                strings_can_be_null=False,
            ),
        )
        for batch in reader:
            yield batch, columns
    except pa.ArrowInvalid as error:
        raise InputError(f"the table cannot be read: {error}", where=str(path)) from error


def _first_lines(path: Path) -> list[str]:
    import gzip

    opened: Any = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as file:
            lines = [line for _, line in zip(range(50), file, strict=False)]
    except (OSError, UnicodeDecodeError, EOFError) as error:
        raise InputError(f"the file cannot be read: {error}", where=str(path)) from error
    if not lines or not lines[0].strip():
        raise InputError("the file is empty", where=str(path))
    return lines


def _match(names: list[str]) -> dict[str, str]:
    low = {name.strip().casefold(): name for name in names}
    found: dict[str, str] = {}
    for column, aliases in COLUMNS.items():
        for alias in aliases:
            if alias in low:
                found[column] = low[alias]
                break
    return found


def _named(names: list[str], path: Path) -> dict[str, str]:
    found = _match(list(names))
    if missing := {"head", "tail"} - found.keys():
        raise InputError(
            f"the table has no column for {' and '.join(sorted(missing))}",
            where=str(path),
            hint=f"It has {', '.join(names)}; expected are {', '.join(COLUMNS)}.",
        )
    return found


def _headless(width: int, lines: list[str], delimiter: str, path: Path) -> list[str]:
    """Name the columns of a table without a header from what stands in them."""
    rows = [line.rstrip("\r\n").split(delimiter) for line in lines]
    third = {row[2].strip().casefold() for row in rows if len(row) > 2}
    second = {row[1].strip().casefold() for row in rows if len(row) > 1}
    if width == 4 and third <= SIGNS.keys():
        return ["head", "tail", "sign", "paper"]
    if width == 3 and second <= SIGNS.keys():
        return ["head", "sign", "tail"]
    if width == 3:
        return ["head", "relation", "tail"]
    raise InputError(
        f"the table has {width} columns and no header that names head and tail",
        where=str(path),
        hint="Without a header, write head, relation and tail between tabs.",
    )


def _hetionet(folder: Path, progress: Progress | None) -> Source:
    """Read Hetionet's nodes and edges: the full edges, else the subset with the full tables."""
    labels: dict[str, str] = {}
    types: dict[str, str] = {}
    with next(iter(sorted(folder.glob("hetionet*nodes.tsv")))).open(encoding="utf-8") as file:
        next(file)
        for line in file:
            node, name, kind = line.rstrip("\n").split("\t")
            curie = _curie(node)
            labels[curie], types[curie] = name, kind
    edges = sorted(folder.glob("*edges*.sif*"), key=lambda p: p.stat().st_size)
    if not edges:
        raise InputError("there is no file of edges (*edges*.sif.gz)", where=str(folder))
    gatherer = Gatherer()
    gatherer.entities.update((curie, i) for i, curie in enumerate(labels))
    notes = []

    def known(node: str) -> str | None:
        curie = _curie(node) if "::" in node else node
        return curie if curie in types else None

    gather_table(gatherer, edges[-1], rename=known, progress=progress)
    notes.append(f"{edges[-1].name}: {len(gatherer)} edges.")
    for name, prefixes in (("CbG", ("Compound::", "Gene::")), ("DaG", ("Disease::", "Gene::"))):
        for table in sorted(folder.glob(f"**/{name}-*.tsv")):
            before = len(gatherer)
            _full(gatherer, table, name, prefixes, types)
            notes.append(
                f"{table.name}: {len(gatherer) - before} edges, those of the subset again."
            )
    signs = np.zeros(max(len(gatherer.relations), 1), np.int8)
    for relation, sign in _HETIONET_SIGNS.items():
        if relation in gatherer.relations:
            signs[gatherer.relations[relation]] = sign
    gatherer.sign.array()[:] = signs[gatherer.kinds.array()]
    return Source(gatherer.finish(types), labels, notes=tuple(notes))


def _full(
    gatherer: Gatherer,
    table: Path,
    relation: str,
    prefixes: tuple[str, str],
    types: Mapping[str, str],
) -> None:
    """Add one of the tables that Hetionet was compiled from, with its papers."""
    import csv

    kind = gatherer.relations.setdefault(relation, len(gatherer.relations))
    with table.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter="\t")
        names = next(reader)
        ends = [
            next(i for i, n in enumerate(names) if n in ("drugbank_id", "doid_id")),
            names.index("entrez_gene_id"),
        ]
        paper = names.index("pubmed_ids") if "pubmed_ids" in names else None
        rows, papers = [], []
        for row in reader:
            pair = [_curie(p + row[i]) for p, i in zip(prefixes, ends, strict=True)]
            if all(curie in types for curie in pair):
                rows.append([gatherer.entities[curie] for curie in pair])
                papers.append(_papers(row[paper]) if paper is not None else ())
    if rows:
        heads, tails = np.array(rows).T
        gatherer.add(heads, np.full(len(rows), kind), tails, papers=papers)


def _curie(node: str) -> str:
    kind, _, local = node.partition("::")
    if kind in _PREFIXES:
        return _PREFIXES[kind] + local
    prefix, _, rest = local.partition(":")
    return f"{prefix.casefold()}:{rest}"
