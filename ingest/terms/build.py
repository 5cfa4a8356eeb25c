"""Build a terminology pack from official files: ``etiograph terms build --from DIR``.

Every file below the folder goes to the first reader that claims it; a file that none claims, or that
cannot be read, is reported and hurts no other. Then terms are merged (:mod:`ingest.terms.merge`), the
names written by hand are added, and the pack is written, the same bytes for the same files.

``python -m ingest.terms.build --from DIR`` builds the pack that comes with the package: only sources
whose licence allows that, and no cross-reference files.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from graph.errors import EtiographError, InputError, UsageError
from ingest.terms.byhand import read_supplement
from ingest.terms.merge import Conflict, Merged, merge
from ingest.terms.normal import key
from ingest.terms.pack import Row, write_pack
from ingest.terms.readers import FREE, READERS, Reader
from ingest.terms.records import Dropped, Replaced, Same, Term

__all__ = ["CORE", "Report", "Source", "build", "build_pack", "main", "read_supplement"]

CORE = "core.etg"
_IGNORED = (".md", ".txt", ".yaml", ".yml", ".jsonld", ".py", ".html", ".pdf")
_EXAMPLES = 5


@dataclass(slots=True)
class Source:
    """What one reader made of one group of files."""

    reader: str
    licence: str
    files: tuple[str, ...]
    terms: int = 0
    mappings: int = 0
    replaced: int = 0
    dropped: int = 0
    examples: list[str] = field(default_factory=list)
    used: bool = True
    problem: str = ""


@dataclass(slots=True)
class Report:
    """What was read, what was merged and what was left out."""

    sources: list[Source] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    entities: dict[str, int] = field(default_factory=dict)
    aliases: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    size: int = 0

    @property
    def problems(self) -> list[Source]:
        """Sources that could not be read."""
        return [s for s in self.sources if s.problem]

    def attributions(self) -> list[str]:
        """Names and licences of the sources in use, without repeats."""
        return sorted({f"{s.reader} ({s.licence})" for s in self.sources if s.used and s.terms})


def _claimed(directory: Path, report: Report) -> list[tuple[int, Reader, tuple[Path, ...]]]:
    files = sorted(p for p in directory.rglob("*") if p.is_file() and not p.name.startswith("."))
    taken: set[Path] = set()
    found: list[tuple[int, Reader, tuple[Path, ...]]] = []
    for rank, kind in enumerate(READERS):
        reader = kind()
        own = [
            p for p in files
            if p not in taken and not p.name.lower().endswith(_IGNORED) and reader.claims(p)
        ]  # fmt: skip
        taken.update(own)
        found += [(rank, reader, group) for group in reader.groups(own)]
    report.unknown = [str(p.relative_to(directory)) for p in files if p not in taken]
    return found


def build(
    directory: Path,
    *,
    free: bool = False,
    progress: Callable[[str], None] | None = None,
) -> tuple[Merged, Report]:
    """Read a folder and merge what is in it.

    Args:
        directory: where the files are, in any sub-folders.
        free: only sources that may be shipped with software: CC0, CC BY, US Government works.
        progress: told the name of each source before it is read.

    Raises:
        UsageError: if the folder does not exist.
        InputError: if no file in it could be used.
    """
    if not directory.is_dir():
        raise UsageError("the folder does not exist", where=str(directory))
    report = Report()
    terms: list[tuple[int, Term]] = []
    same: list[Same] = []
    replaced: list[Replaced] = []
    for rank, reader, paths in _claimed(directory, report):
        names = tuple(str(p.relative_to(directory)) for p in paths)
        source = Source(reader.called(paths), reader.licence_of(paths), names)
        report.sources.append(source)
        if free and source.licence not in FREE:
            source.used = False
            continue
        if progress:
            progress(f"{reader.name}: {names[0]}")
        own: list[tuple[int, Term]] = []
        try:
            for record in reader.read(paths):
                if isinstance(record, Term):
                    own.append((rank, record))
                elif isinstance(record, Same):
                    source.mappings += 1
                    same.append(record)
                elif isinstance(record, Replaced):
                    source.replaced += 1
                    replaced.append(record)
                else:
                    _drop(source, record)
        except EtiographError as error:
            # the good half of a damaged file stays in
            source.problem = str(error)
        source.terms = len(own)
        terms += own
    if not terms:
        raise InputError(
            "no terminology file could be read", where=str(directory),
            hint="docs/terminologies.md lists the files that are understood.",
        )  # fmt: skip
    if progress:
        progress("merging")
    merged = merge(terms, () if free else same, replaced)
    _add_by_hand(merged, new=free)
    report.conflicts, report.left_out = merged.conflicts, dict(sorted(merged.left_out.items()))
    report.aliases = len(merged.aliases)
    count = Counter(t.category.value for t in merged.terms.values())
    report.entities = dict(sorted(count.items()))
    return merged, report


def _drop(source: Source, record: Dropped) -> None:
    source.dropped += 1
    if len(source.examples) < _EXAMPLES:
        source.examples.append(f"{record.where}: {record.why}")


def _claim(name: str) -> str:
    return name.casefold() if len(name) > 5 else name


def _add_by_hand(merged: Merged, *, new: bool) -> None:
    """Names that the sources lack, and the few entities of our own choice. A name given here means only
    what it is given for: other entities lose it, or, if it is their preferred name, mean that entity.
    Entities of our own choice come only with the bundled pack (``new``)."""
    rows = [r for r in read_supplement() if new or r.id in merged.terms]
    owner = {_claim(name): row.id for row in rows for name in row.names}
    for id in sorted(merged.terms):
        term = merged.terms[id]
        term.names = [n for n in term.names if owner.get(_claim(n), id) == id]
        other = owner.get(_claim(term.name), id)
        if other != id and other in merged.terms and not id.startswith(("mesh:", "hgnc:")):
            del merged.terms[id]
            merged.aliases[id] = other
            merged.left_out["a name given by hand to another entity"] += 1
            for old, meant in list(merged.aliases.items()):
                if meant == id:
                    merged.aliases[old] = other
    for row in rows:
        known = merged.terms.get(row.id)
        if known is None:
            merged.terms[row.id] = Term(row.id, row.category, row.name, list(row.names))
            merged.aliases.pop(row.id, None)
        else:
            known.category = row.category
            known.names += row.names


def _rows(terms: Iterable[Term]) -> Iterable[Row]:
    for term in terms:
        seen = {term.name.casefold()}
        names: list[str] = []
        for name in term.names:
            if name.casefold() not in seen and key(name):
                seen.add(name.casefold())
                names.append(name)
        yield Row(
            term.id, term.category, term.name, tuple(sorted(names)), tuple(sorted(term.xrefs))
        )


def build_pack(
    directory: Path,
    out: Path,
    *,
    free: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Build a pack and write it to ``out``.

    Raises:
        UsageError: if the folder does not exist.
        InputError: if no file could be used or the pack cannot be written.
    """
    merged, report = build(directory, free=free, progress=progress)
    terms = [merged.terms[id] for id in sorted(merged.terms)]
    report.size = write_pack(
        out, _rows(terms), aliases=merged.aliases, sources=report.attributions()
    )
    return report


def main(arguments: list[str] | None = None) -> int:
    """Command line: ``--from DIR [--out FILE]``, for the pack that comes with the package."""
    parser = argparse.ArgumentParser(prog="python -m ingest.terms.build", description=__doc__)
    parser.add_argument("--from", dest="source", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name(CORE))
    options = parser.parse_args(arguments)
    try:
        report = build_pack(options.source, options.out, free=True)
    except EtiographError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    for source in report.sources:
        state = source.problem or ("" if source.used else f"left out: {source.licence}")
        print(f"{source.reader:<16}{source.terms:>8,}  {source.files[0]}  {state}")
    for name, count in report.entities.items():
        print(f"{name:<22}{count:>8,}")
    total = sum(report.entities.values())
    print(f"{total:,} entities, {report.aliases:,} other ids, {len(report.conflicts):,} conflicts, "
          f"{report.size / 1e6:.2f} MB in {options.out}")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
