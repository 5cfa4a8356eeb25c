"""Reading a file of literature, for the tests of the sources."""

from __future__ import annotations

from pathlib import Path

from ingest.document import Document
from ingest.sources import pick
from ingest.sources.base import Deletion, Rejected

PUBTATOR = (
    "11|t|Lithium and the kidney.\n11|a|Lithium causes polyuria.\n11\t0\t7\tLithium\tChemical\tD008094\n"
    "11\t39\t47\tpolyuria\tDisease\tD011141\n11\tCID\tD008094\tD011141\n\n12|t|Title\n12|a|\n\n"
)


def read(path: Path) -> tuple[list[Document], list[Rejected], list[Deletion]]:
    items = list(pick(path).read(path))
    return (
        [i for i in items if isinstance(i, Document)],
        [i for i in items if isinstance(i, Rejected)],
        [i for i in items if isinstance(i, Deletion)],
    )


def ids(documents: list[Document]) -> list[str]:
    return [d.id for d in documents]
