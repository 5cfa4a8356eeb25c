"""The reading pipeline that a command or call asks for, by the names of its components."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingest.pipeline import Pipeline

__all__ = ["make_pipeline"]


def make_pipeline(
    recognisers: Sequence[Any] | None,
    linker: Any,
    extractors: Sequence[str] | None,
    annotators: Sequence[str] | None,
    given: str,
    terms: Sequence[Path] = (),
) -> Pipeline:
    """Return a pipeline; what is None is as the pipeline has it.

    With packs of the user's own, the components that look names up see them over the bundled one, and
    names that only they have are found beside what the other recognisers find.
    """
    from ingest.pipeline import LINKED_BY, RECOGNISED_BY, Pipeline

    if terms:
        from ingest.linkers import REGISTRY as LINKERS
        from ingest.recognisers import REGISTRY as RECOGNISERS
        from ingest.recognisers.dictionary import OwnRecogniser
        from ingest.terms.terminology import Terminology, layers

        own = layers(terms)
        recognisers = [
            RECOGNISERS.make(name, terminology=own) if str(name).startswith("dictionary") else name
            for name in recognisers or RECOGNISED_BY
        ]
        if not given:
            recognisers.append(OwnRecogniser(terminology=Terminology.layered(terms)))
        linker = linker or LINKED_BY
        if linker in ("names", "ngram", "minilm"):
            linker = LINKERS.make(linker, terminology=own)
    named: dict[str, Any] = {
        "recognisers": recognisers, "linker": linker, "extractors": extractors,
        "annotators": annotators,
    }  # fmt: skip
    return Pipeline(given=given, **{n: v for n, v in named.items() if v is not None})
