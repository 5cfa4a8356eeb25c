"""``etiograph terms``: build a terminology pack, look names up, say what a pack holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from etiograph.cli.common import (
    JsonOption,
    QuietOption,
    console,
    emit_json,
    examples,
    loaded_settings,
    note,
)
from graph.errors import InputError, UsageError

if TYPE_CHECKING:
    from ingest.terms import Candidate, Terminology
    from ingest.terms.build import Report

terms_app = typer.Typer(
    help="Terminologies: build a pack from official files, look names up.",
    no_args_is_help=True,
    epilog=examples(
        'etiograph terms lookup "TNF alpha"',
        "etiograph terms build --from downloads -o mine.etg",
    ),
)

_MORE = (
    "\n\n[bold]Exit codes[/bold]\n\n[bold]0[/bold]  done, also when nothing was found"
    "\n\n[bold]2[/bold]  wrong usage, or the folder is not there"
    "\n\n[bold]3[/bold]  the files or the pack cannot be used"
)

TermsOption = Annotated[
    list[Path] | None,
    typer.Option("--terms", metavar="PACK", help="A pack of your own, on top; may be repeated."),
]


@terms_app.command(
    "build",
    epilog=examples(
        "etiograph terms build --from downloads -o mine.etg",
        "etiograph terms build --from downloads -o free.etg --free --json",
    )
    + _MORE,
)
def build(
    source: Annotated[
        Path,
        typer.Option("--from", metavar="DIR", help="Folder with the files, in any sub-folders."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="PACK", help="Pack to write.")] = Path(
        "terms.etg"
    ),
    free: Annotated[
        bool, typer.Option("--free", help="Only CC0, CC BY and US Government sources.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with code 3 if a file or record was set aside.")
    ] = False,
    conflicts: Annotated[
        bool, typer.Option("--conflicts", help="List every conflict between sources.")
    ] = False,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Read official files (HGNC, NCBI Gene, MeSH, OBO, OWL, ChEBI, UBERON, FamPlex, DrugCentral, SSSOM,
    Biomappings, own tables) and write one pack.

    Files that are unknown, and files and records that cannot be read, are reported and hurt no other.
    """
    from ingest.terms.build import build_pack

    report = build_pack(source, out, free=free, progress=lambda what: note(what, quiet=quiet))
    if json_:
        said: dict[str, Any] = {"pack": str(out), **asdict(report)}
        if not conflicts:
            said["conflicts"] = len(report.conflicts)
        emit_json(said)
    else:
        _print_report(report, out, conflicts)
    if strict and (report.problems or any(s.dropped for s in report.sources)):
        raise typer.Exit(InputError.exit_code)


def _print_report(report: Report, out: Path, conflicts: bool) -> None:
    screen = console()

    def line(text: str) -> None:
        screen.print(text, markup=False)

    for source in report.sources:
        what = source.terms or source.mappings or source.replaced
        state = f"not used: {source.licence}" if not source.used else source.licence
        line(f"{source.reader:<14} {what:>8,}  {source.files[0]}  ({state})")
        if source.problem:
            line(f"{'':<14} cannot be read: {source.problem}")
        if source.dropped:
            line(f"{'':<14} {source.dropped:,} records set aside, such as {source.examples[0]}")
    if report.unknown:
        line(f"{len(report.unknown)} files are of no known form: {', '.join(report.unknown[:8])}"
             + (" ..." if len(report.unknown) > 8 else ""))  # fmt: skip
    for why, count in report.left_out.items():
        line(f"left out {count:>8,}  {why}")
    if conflicts:
        for conflict in report.conflicts:
            line(f"conflict  {conflict.id}: {conflict.why}: {', '.join(conflict.others)}")
    elif report.conflicts:
        line(f"{len(report.conflicts):,} conflicts between sources; --conflicts lists them")
    total = sum(report.entities.values())
    line(f"{total:,} entities, {report.aliases:,} other ids, {report.size / 1e6:.1f} MB in {out}")


@terms_app.command(
    "lookup",
    epilog=examples(
        'etiograph terms lookup "TNF alpha"',
        "etiograph terms lookup doid:557 --json",
        "etiograph terms lookup XYZ-17 --terms mine.etg",
    )
    + _MORE,
)
def lookup(
    text: Annotated[str, typer.Argument(metavar="NAME", help="A name, or an id such as doid:557.")],
    packs: TermsOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Candidates at most.")] = 10,
    category: Annotated[
        str | None, typer.Option("--category", help="Only this kind, such as Gene or Disease.")
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Show what a name may mean: id, category, score, how it matched, other ids."""
    terminology = _open(packs)
    found = _find(terminology, text, 10_000 if category else limit)
    if category is not None:
        from graph.model import Category

        known = {c.value.lower(): c for c in Category} | {c.name.lower(): c for c in Category}
        wanted = known.get(category.lower())
        if wanted is None:
            raise UsageError(
                f"there is no category {category!r}",
                hint=f"Categories are {', '.join(c.value for c in Category)}.",
            )
        found = [c for c in found if c.entity.category is wanted][:limit]
    if json_:
        emit_json([
            {
                "id": c.entity.id, "name": c.entity.name, "category": c.entity.category.value,
                "score": c.score, "matched": c.matched, "how": c.how,
                "synonyms": list(c.entity.synonyms), "xrefs": list(c.entity.xrefs),
            }
            for c in found
        ])  # fmt: skip
        return
    if not found:
        note(f"no entity has this or a similar name: {text}")
        return
    _print_candidates(found)


def _find(terminology: Terminology, text: str, limit: int) -> list[Candidate]:
    from graph import curie
    from ingest.terms import Candidate

    if ":" in text and " " not in text:
        try:
            id = terminology.resolve(curie.normalize(text))
        except InputError:
            id = None
        entity = terminology.entity(id) if id else None
        if entity is not None:
            return [Candidate(entity, text, 1.0, "id")]
    return terminology.lookup(text, limit)


def _print_candidates(found: list[Candidate]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("score", "id", "name", "category", "matched", "how", "other ids"):
        table.add_column(title, overflow="fold")
    for c in found:
        more = ", ".join(c.entity.xrefs[:4]) + (" ..." if len(c.entity.xrefs) > 4 else "")
        table.add_row(f"{c.score:.2f}", c.entity.id, c.entity.name, c.entity.category.value,
                      c.matched, c.how, more)  # fmt: skip
    console().print(table, markup=False)


@terms_app.command(
    "info",
    epilog=examples("etiograph terms info", "etiograph terms info mine.etg --check --json") + _MORE,
)
def info(
    pack: Annotated[
        Path | None, typer.Argument(metavar="[PACK]", help="A pack; by default those in use.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Compare the content with its hash, byte by byte.")
    ] = False,
    json_: JsonOption = False,
) -> None:
    """Say what a pack holds: entities by category, sources and licences, version and hash."""
    from ingest.terms import Terminology

    terminology = _open(None) if pack is None else Terminology.load(pack)
    said: list[dict[str, Any]] = []
    for layer in terminology.packs:
        if check and not layer.verify():
            raise InputError(
                "the pack is damaged: its content differs from its hash", where=layer.name,
                hint="Build it again: etiograph terms build --from DIR -o PACK.",
            )  # fmt: skip
        count = Counter(row.category.value for row in layer.rows())
        said.append({
            "pack": layer.name, "version": layer.version, "content": layer.about["content"],
            "bytes": len(layer.data), **layer.about["counts"],
            "categories": dict(sorted(count.items())), "sources": layer.about["sources"],
        })  # fmt: skip
    if json_:
        emit_json(said)
        return
    screen = console()
    for one in said:
        screen.print(f"{one['pack']}  version {one['version']}  {one['bytes'] / 1e6:.1f} MB", markup=False)  # fmt: skip
        screen.print(f"  {one['entities']:,} entities, {one['names']:,} names, {one['aliases']:,} other ids", markup=False)  # fmt: skip
        for name, number in one["categories"].items():
            screen.print(f"  {name:<20} {number:>8,}", markup=False)
        for source in one["sources"]:
            screen.print(f"  from {source}", markup=False)


def _open(packs: list[Path] | None) -> Terminology:
    """The packs of the command line over those of the settings over the bundled one."""
    from ingest.terms import layers

    return layers([*(packs or ()), *loaded_settings().settings.terms])
