"""Which papers of some files to cite for a question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import InputError

if TYPE_CHECKING:
    from etiograph.api import KnowledgeGraph
    from ingest.document import Document
    from llm_bridge.curation import Candidate, Curation

__all__ = ["candidates", "curate_files", "curation_text"]


def candidates(documents: Iterable[Document]) -> list[Candidate]:
    """Return papers as candidates; those that a notice among them retracts are marked."""
    from llm_bridge.curation import Candidate

    found: dict[str, Candidate] = {}
    gone: set[str] = set()
    for document in documents:
        paper = document.publication
        title = paper.title or document.text.partition("\n")[0]
        text = document.text.removeprefix(title).lstrip("\n")
        found[paper.id] = Candidate(paper.id, title, text, paper.types, paper.retracted, paper.year)
        gone.update(document.retracts)
    return [replace(c, retracted=c.retracted or c.id in gone) for c in found.values()]


def curate_files(kg: KnowledgeGraph, question: str, inputs: Sequence[Path | str]) -> Curation:
    """Choose what to cite for a question among the papers of some files.

    Papers that the graph knows to be retracted are left out, whatever their file says. Records that cannot
    be read are passed over.

    Args:
        inputs: files, folders or globs of any format that can be ingested.

    Raises:
        InputError: if a file cannot be read, or the question names no cause and outcome.
    """
    from llm_bridge.curation import curate

    known = ((c, kg.store.publication(c.id)) for c in candidates(_documents(inputs)))
    every = [replace(c, retracted=c.retracted or bool(p and p.retracted)) for c, p in known]
    return curate(kg.store, question, every)


def _documents(inputs: Sequence[Path | str]) -> Iterator[Document]:
    from ingest.document import Document
    from ingest.sources import find, pick

    for file in find(inputs):
        try:
            source = pick(file.path)
        except InputError:
            if file.named:
                raise
            continue  # something else that lies in the folder
        yield from (item for item in source.read(file.path) if isinstance(item, Document))


def curation_text(found: Curation, *, most: int = 10) -> str:
    """Return what to cite, what speaks against and what is left out, for a terminal.

    Args:
        most: how many of those to list that name both and are left out.
    """
    from llm_bridge.curation import Role

    lines: list[str] = []
    for role, title in ((Role.SUPPORTS, "To cite:"), (Role.AGAINST, "Speaks against:")):
        chosen = found.of(role)
        lines.append(title if chosen else f"{title} nothing")
        for one in chosen:
            said = " ".join(one.sentence.split())
            lines += [f"- {one.id} ({one.reason}, {one.strength:.2f})", f'  "{said}"']
    left = found.of(Role.IGNORED)
    near = [one for one in left if not one.reason.startswith("does not name")]
    lines.append(f"Left out: {len(left):,}, of which {len(near):,} name both")
    lines += [f"- {one.id}: {one.reason}" for one in near[:most]]
    if len(near) > most:
        lines.append(f"- and {len(near) - most:,} more (--json lists all)")
    return "\n".join(lines)
