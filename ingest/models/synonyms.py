"""Names learned from annotations, for linking."""

from __future__ import annotations

import functools
import gzip
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from graph.errors import InputError
from ingest.models.corpora import GoldDocument, GoldMention
from ingest.models.lexicon import normal_name
from ingest.models.packaged import packaged, where_packaged

__all__ = ["FILE", "GROUPS", "Synonyms", "bundled", "curies", "learn", "load", "save"]

FILE = "synonyms.tsv.gz"
GROUPS = ("cell_line", "chemical", "disease", "gene", "species")
"""the types of mentions that names are learned of"""

Synonyms = dict[str, dict[str, tuple[tuple[str, int], ...]]]
"""group -> (normal tokens of a name joined by blanks -> ((id, how often it was annotated), ...)), the
most frequent id first"""

_MOST = 4
"""ids kept of one name"""


def curies(mention: GoldMention, genes: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the ids of an annotation as CURIEs: ``mesh`` for chemicals and diseases, ``ncbitaxon``,
    ``cellosaurus``, and for genes ``hgnc`` where ``genes`` (NCBI Gene number -> id) knows them,
    ``ncbigene`` otherwise. Ids of other forms are left out."""
    found: list[str] = []
    for id in mention.ids:
        bare = id.rpartition(":")[2]
        if mention.type in ("chemical", "disease"):
            if bare[:1] in ("C", "D") and bare[1:].isdecimal() and not id.startswith("OMIM"):
                found.append(f"mesh:{bare}")
        elif mention.type == "gene" and bare.isdecimal():
            found.append((genes or {}).get(bare, f"ncbigene:{bare}"))
        elif mention.type == "species" and bare.isdecimal():
            found.append(f"ncbitaxon:{bare}")
        elif mention.type == "cell_line" and bare.startswith("CVCL_"):
            found.append(f"cellosaurus:{bare[5:]}")
    return tuple(found)


def learn(documents: Iterable[GoldDocument], genes: Mapping[str, str] | None = None) -> Synonyms:
    """Return the names that are annotated with one id, and how often with which.

    A document that several corpora hold counts once for each.

    Args:
        documents: annotated ones.
        genes: NCBI Gene number -> the id that the terminology has for it.
    """
    counts: dict[tuple[str, str], Counter[str]] = {}
    for document in documents:
        for mention in document.mentions:
            if mention.type not in GROUPS or len(mention.ids) != 1:
                continue
            ids, name = curies(mention, genes), " ".join(normal_name(mention.text))
            if ids and name:
                counts.setdefault((mention.type, name), Counter())[ids[0]] += 1
    found: Synonyms = {}
    for (group, name), row in sorted(counts.items()):
        best = sorted(row.items(), key=lambda item: (-item[1], item[0]))[:_MOST]
        found.setdefault(group, {})[name] = tuple(best)
    return found


def save(synonyms: Synonyms, path: Path) -> None:
    """Write them as a gzip table: group, name, id, count; the same bytes for the same names."""
    lines = [
        f"{group}\t{name}\t{id}\t{count}"
        for group, rows in sorted(synonyms.items())
        for name, ids in sorted(rows.items())
        for id, count in ids
    ]
    path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode("utf-8"), 9, mtime=0))


def load(data: bytes, *, name: str = "<synonyms>") -> Synonyms:
    """Read what :func:`save` wrote.

    Raises:
        InputError: if it is damaged.
    """
    found: Synonyms = {}
    try:
        for line in gzip.decompress(data).decode("utf-8").splitlines():
            group, text, id, count = line.split("\t")
            rows = found.setdefault(group, {})
            rows[text] = (*rows.get(text, ()), (id, int(count)))
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise InputError(f"the learned names are damaged: {error}", where=name) from error
    return found


@functools.lru_cache(maxsize=1)
def bundled() -> Synonyms:
    """Return the names that come with the package, read once per process.

    Raises:
        InputError: if the installed file is damaged or missing.
    """
    return load(packaged(FILE, "the learned names", "linking"), name=where_packaged(FILE))
