"""Sources: one file and one line in :data:`REGISTRY` each."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graph.errors import InputError
from ingest.registry import Registry
from ingest.sources.base import Deletion, Item, Rejected, Source
from ingest.sources.files import head

__all__ = ["REGISTRY", "Deletion", "InputFile", "Item", "Rejected", "Source", "find", "pick"]

REGISTRY: Registry[Source] = Registry(
    "source",
    Source,  # type: ignore[type-abstract]
    {
        "bioc-json": "ingest.sources.bioc_json:BioCJsonSource",
        "bioc-xml": "ingest.sources.bioc_xml:BioCXmlSource",
        "jats": "ingest.sources.jats:JatsSource",
        "nbib": "ingest.sources.nbib:NbibSource",
        "pdf": "ingest.sources.pdf:PdfSource",
        "pubmed": "ingest.sources.pubmed:PubMedSource",
        "pubtator": "ingest.sources.pubtator:PubTatorSource",
        "pubtator3": "ingest.sources.pubtator3:PubTator3Source",
        "ris": "ingest.sources.ris:RisSource",
        "table": "ingest.sources.table:TableSource",
        "text": "ingest.sources.text:TextSource",
    },
)


_PACKED = (
    (b"PK\x03\x04", 0, "a ZIP archive (or an Office document)"),
    (b"ustar", 257, "a TAR archive"),
    (b"BZh", 0, "a bzip2 file"),
    (b"\xfd7zXZ", 0, "an xz file"),
    (b"\x28\xb5\x2f\xfd", 0, "a Zstandard file"),
    (b"7z\xbc\xaf", 0, "a 7z archive"),
)


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read; ``named`` when the caller named it, not found in a directory or a glob."""

    path: Path
    named: bool = True


def _stem_suffix(path: Path) -> str:
    return Path(path.name.lower().removesuffix(".gz")).suffix


def _known_suffixes() -> dict[str, list[str]]:
    known: dict[str, list[str]] = {}
    for name in REGISTRY:
        for suffix in REGISTRY.lookup(name).suffixes:
            known.setdefault(suffix, []).append(name)
    return known


def find(inputs: Sequence[Path | str]) -> list[InputFile]:
    """Return the files meant by paths, directories (recursive) and globs: sorted within each input,
    none twice. Files in directories whose ending no source knows are passed over.

    Raises:
        InputError: if an input does not exist, a directory or glob has nothing to read, or a named
            file may not be read.
    """
    found: dict[str, InputFile] = {}
    for given in inputs:
        path = Path(given).expanduser()
        if path.is_dir():
            files = _in_directory(path)
            hint = f"Known file endings: {', '.join(sorted(_known_suffixes()))}, plain or .gz."
            if not files:
                raise InputError("no file to read in the directory", where=str(path), hint=hint)
            named = False
        elif path.exists() or path.is_symlink():
            files, named = [path], True
            if not path.is_file():
                raise InputError("not a regular file", where=str(path))
            if not os.access(path, os.R_OK):
                raise InputError("cannot read the file: permission denied", where=str(path))
        elif glob.has_magic(str(given)):
            matches = (Path(name) for name in glob.glob(str(path), recursive=True))
            files = sorted(p for p in matches if p.is_file())
            named = False
            if not files:
                raise InputError("the pattern matches no file", where=str(given))
        else:
            raise InputError("no such file or directory", where=str(given))
        for file in files:
            found.setdefault(str(file.resolve()), InputFile(file, named))
    return list(found.values())


def _in_directory(directory: Path) -> list[Path]:
    known = _known_suffixes()
    return sorted(
        path
        for path in directory.rglob("*")
        if _stem_suffix(path) in known and not path.name.startswith(".") and path.is_file()
    )


def pick(path: Path) -> Source:
    """Return the source that reads a file, by its ending and its first bytes.

    Raises:
        InputError: if the file is empty, cannot be opened, or no source knows its format.
    """
    start = head(path)
    if not start.strip():
        raise InputError("the file is empty", where=str(path))
    by_suffix = _known_suffixes().get(_stem_suffix(path), [])
    for name in sorted(REGISTRY, key=lambda name: (REGISTRY.lookup(name).weak, name)):
        source = REGISTRY.lookup(name)
        if (not source.weak or name in by_suffix) and source.sniff(start):
            return REGISTRY.make(name)
    for magic, at, kind in _PACKED:
        if start[at:].startswith(magic):
            hint = "Unpack it and give the folder; single files may stay packed with gzip."
            raise InputError(f"{kind} cannot be read", where=str(path), hint=hint)
    raise InputError(
        "the file is in no format that can be read" if not by_suffix
        else f"the file does not look like {' or '.join(by_suffix)}",
        where=str(path),
        hint=f"Known formats: {', '.join(REGISTRY)}.",
    )  # fmt: skip
