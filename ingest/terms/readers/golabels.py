"""Gene Ontology labels: processes with short names, the ones that occur in prose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from graph.model import Category
from ingest.terms.readers.base import Reader, head, rows
from ingest.terms.records import Dropped, Record, Term
from ingest.words import words

__all__ = ["GoLabelReader", "process_names"]

_LAST = words("""process pathway transport secretion signaling proliferation differentiation migration
    autophagy phagocytosis angiogenesis biosynthesis metabolism catabolism adhesion cascade
    inflammation coagulation contraction assembly repair replication transcription translation
    homeostasis development morphogenesis endocytosis exocytosis reabsorption excretion uptake
    import export localization activation aging conduction apoptosis necroptosis ferroptosis
    pyroptosis mitophagy glycolysis gluconeogenesis lipolysis lipogenesis fibrinolysis hemostasis
    vasculogenesis neurogenesis myelination vasodilation vasoconstriction chemotaxis cytokinesis
    ossification respiration fermentation erythropoiesis hemopoiesis osteogenesis adipogenesis""")


def process_names(name: str) -> list[str] | None:
    """Return further names of a process, None if prose hardly uses its name."""
    parts = name.split()
    if (
        not parts
        or len(parts) > 5
        or parts[0] in ("obsolete", "regulation", "positive", "negative")
        or "involved in" in name
        or parts[-1] not in _LAST
    ):
        return None
    names = [name.removesuffix(" process")] if name.endswith("tic process") else []
    if name.endswith("signaling pathway"):
        names = [name.removesuffix(" pathway"), name.replace("signaling", "signalling")]
    return names


class GoLabelReader(Reader):
    """A table ``GO id, name``. It does not say which of the three ontologies a name is from, so a
    process is told by its last word; ``go.obo`` is read by the OBO reader, which knows."""

    name = "Gene Ontology"
    licence = "CC BY 4.0"

    def claims(self, path: Path) -> bool:
        """Whether the first line is a GO id and a name."""
        return re.match(r"GO:\d{7}\t[^\t]+$", (head(path, 1) or [""])[0]) is not None

    def read(self, paths: tuple[Path, ...]) -> Iterator[Record]:
        """Yield processes."""
        for row in rows(paths[0], columns=2):
            if isinstance(row, Dropped):
                yield row
                continue
            id, name = row[1][:2]
            names = process_names(name)
            if names is not None:
                yield Term(id, Category.PROCESS, name, names)
