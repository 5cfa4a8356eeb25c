"""Names learned from annotations, for linking."""

from __future__ import annotations

import functools
import gzip
import zlib
from collections import Counter
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from graph.errors import InputError
from ingest.models.corpora import GoldDocument
from ingest.models.lexicon import normal_name

__all__ = ["FILE", "Synonyms", "bundled", "learn", "load", "save"]

FILE = "synonyms.tsv.gz"

Synonyms = dict[str, dict[str, tuple[str, int]]]
"""group -> (normal tokens of a name joined by blanks -> (id, how often it was annotated))"""


def _curie(id: str) -> str:
    """The CURIE of a MeSH id as the corpora write it (``D003000``, ``MESH:D003000``), or nothing."""
    bare = id.removeprefix("MESH:").removeprefix("mesh:")
    return f"mesh:{bare}" if bare[:1] in ("C", "D") and bare[1:].isdecimal() else ""


def learn(documents: Iterable[GoldDocument]) -> Synonyms:
    """Return the names of chemicals and diseases that are annotated with one MeSH id more often than
    not. A document that several corpora hold counts once for each."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for document in documents:
        for mention in document.mentions:
            if mention.type not in ("chemical", "disease") or len(mention.ids) != 1:
                continue
            id, name = _curie(mention.ids[0]), " ".join(normal_name(mention.text))
            if id and name:
                counts.setdefault((mention.type, name), Counter())[id] += 1
    found: Synonyms = {}
    for (group, name), row in sorted(counts.items()):
        count, id = max((n, i) for i, n in row.items())
        if 2 * count > sum(row.values()):
            found.setdefault(group, {})[name] = (id, count)
    return found


def save(synonyms: Synonyms, path: Path) -> None:
    """Write them as a gzip table: group, name, id, count; the same bytes for the same names."""
    lines = [
        f"{group}\t{name}\t{id}\t{count}"
        for group, rows in sorted(synonyms.items())
        for name, (id, count) in sorted(rows.items())
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
            found.setdefault(group, {})[text] = (id, int(count))
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise InputError(f"the learned names are damaged: {error}", where=name) from error
    return found


@functools.lru_cache(maxsize=1)
def bundled() -> Synonyms:
    """Return the names that come with the package, read once per process.

    Raises:
        InputError: if the installed file is damaged or missing.
    """
    file = resources.files("ingest.models").joinpath("files", FILE)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot read the learned names: {error}", where=f"ingest/models/files/{FILE}",
            hint="Train them: python -m ingest.models.train --data DIR --part linking.",
        ) from error  # fmt: skip
    return load(data, name=f"ingest/models/files/{FILE}")
