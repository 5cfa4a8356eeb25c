"""Gold corpora in PubTator form, with their splits kept apart by PMID.

BC5CDR, BioRED and NCBI disease share abstracts: whoever trains on one and scores on another has to
leave out what both hold. :func:`without` does that, :class:`Corpora` finds the files.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from graph.errors import InputError
from graph.model import Publication
from ingest.document import Document, make_document

__all__ = ["NER_TYPES", "Corpora", "GoldDocument", "GoldMention", "read_pubtator", "without"]

NER_TYPES = {
    "chemical": "chemical", "chemicalentity": "chemical",
    "disease": "disease", "diseaseorphenotypicfeature": "disease", "specificdisease": "disease",
    "diseaseclass": "disease", "modifier": "disease", "compositemention": "disease",
    "gene": "gene", "geneorgeneproduct": "gene",
    "sequencevariant": "variant", "mutation": "variant",
    "organismtaxon": "species", "species": "species",
    "cellline": "cell_line",
}  # fmt: skip
"""the corpora's names of types (lower case) -> ours"""

_BAR_PARTS_IDS = frozenset(
    {"chemical", "disease", "specificdisease", "diseaseclass", "modifier", "compositemention"}
)
_TEXT = re.compile(r"^(\d+)\|([ta])\|(.*)$")


@dataclass(frozen=True, slots=True)
class GoldMention:
    """A span somebody annotated. ``type`` is one of ours; ``ids`` as in the file, without a prefix
    unless the file gives one, empty if the annotators found none."""

    start: int
    end: int
    text: str
    type: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GoldDocument:
    """An annotated abstract: title, line break, abstract, as the offsets count.

    ``relations`` are the file's own rows after the PMID (``CID chemical disease`` in BC5CDR;
    type, two ids and novelty in BioRED).
    """

    pmid: str
    title: str
    abstract: str
    mentions: tuple[GoldMention, ...]
    relations: tuple[tuple[str, ...], ...] = ()

    @property
    def text(self) -> str:
        """What the offsets refer to."""
        return f"{self.title}\n{self.abstract}"

    def document(self) -> Document:
        """Return it as what a source would have read."""
        return make_document(
            Publication(id=f"pubmed:{self.pmid}", title=self.title),
            [("title", "", self.title), ("abstract", "", self.abstract)],
            source="gold",
        )


def _ids(field: str, kind: str) -> tuple[str, ...]:
    """Ids of one annotation. BioRED parts ids by commas only: its variant ids hold ``|`` inside. The
    other corpora join the ids of composite mentions with a bar or a plus."""
    separator = r"[,|+]" if kind in _BAR_PARTS_IDS else r","
    found = [part.strip() for part in re.split(separator, field)]
    return tuple(i for i in found if i and i not in ("-", "-1"))


def read_pubtator(path: Path) -> list[GoldDocument]:
    """Read a PubTator gold file.

    Annotations whose offsets do not slice back to their text, or whose type is none of ours, are
    left out.

    Raises:
        InputError: if the file cannot be read or a line is of no known form.
    """
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read it: {error}", where=str(path)) from error
    documents: list[GoldDocument] = []
    title = abstract = pmid = ""
    rows: list[list[str]] = []

    def finish() -> None:
        nonlocal title, abstract, pmid
        if pmid:
            documents.append(_document(pmid, title, abstract, rows))
        title = abstract = pmid = ""
        rows.clear()

    for number, line in enumerate(content.split("\n"), 1):
        line = line.rstrip("\r")
        if not line.strip():
            finish()
        elif found := _TEXT.match(line):
            if pmid and found.group(1) != pmid:
                finish()
            pmid = found.group(1)
            if found.group(2) == "t":
                title = found.group(3)
            else:
                abstract = found.group(3)
        else:
            fields = line.split("\t")
            if len(fields) < 4:
                raise InputError(
                    "neither text, nor an annotation, nor a relation",
                    where=f"{path}, line {number}",
                )
            rows.append(fields)
    finish()
    return documents


def _document(pmid: str, title: str, abstract: str, rows: list[list[str]]) -> GoldDocument:
    text = f"{title}\n{abstract}"
    mentions: list[GoldMention] = []
    relations: list[tuple[str, ...]] = []
    for fields in rows:
        if len(fields) < 5 or not (fields[1].isdecimal() and fields[2].isdecimal()):
            relations.append(tuple(fields[1:]))
            continue
        start, end, surface, kind = int(fields[1]), int(fields[2]), fields[3], fields[4].lower()
        if kind in NER_TYPES and text[start:end] == surface:
            ids = _ids(fields[5], kind) if len(fields) > 5 else ()
            mentions.append(GoldMention(start, end, surface, NER_TYPES[kind], ids))
    mentions.sort(key=lambda m: (m.start, -m.end))
    return GoldDocument(pmid, title, abstract, tuple(mentions), tuple(relations))


def without(
    documents: Iterable[GoldDocument], others: Iterable[GoldDocument] | Collection[str]
) -> list[GoldDocument]:
    """Return the documents whose PMID is not among ``others`` (documents or PMIDs)."""
    taken = {o if isinstance(o, str) else o.pmid for o in others}
    return [d for d in documents if d.pmid not in taken]


class Corpora:
    """The gold files of a data folder.

    Args:
        data: a folder that holds ``corpora/<name>/<split>.pubtator`` and ``terms/``.
    """

    def __init__(self, data: Path) -> None:
        self.data = data

    def read(self, name: str, split: str) -> list[GoldDocument]:
        """Return one split of ``bc5cdr``, ``biored`` or ``ncbi_disease``.

        Raises:
            InputError: if the file is not there or cannot be read.
        """
        return read_pubtator(self.data / "corpora" / name / f"{split}.pubtator")
