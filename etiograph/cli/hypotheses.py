"""``etiograph hypotheses``: repurposing candidates and targets, each column by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from etiograph.cli.common import (
    JsonOption,
    StoreOption,
    console,
    emit_json,
    examples,
    open_kg,
    progress,
)

EPILOG = examples(
    "etiograph hypotheses --drug lithium --json",
    "etiograph hypotheses --disease 'bipolar disorder' --model ./model",
    "etiograph hypotheses --disease mesh:D001714 --targets --most 10",
)


def hypotheses(
    disease: Annotated[
        str | None, typer.Option("--disease", help="A disease's name or id.")
    ] = None,
    drug: Annotated[str | None, typer.Option("--drug", help="A drug's name or id.")] = None,
    targets: Annotated[
        bool, typer.Option("--targets", help="Genes and proteins instead of drugs.")
    ] = False,
    model: Annotated[
        Path | None,
        typer.Option("--model", metavar="DIR", help="What 'embed train' wrote: adds its score."),
    ] = None,
    relation: Annotated[
        str, typer.Option("--relation", help="The model's relation from drug to disease.")
    ] = "treats",
    known: Annotated[
        bool, typer.Option("--known", help="Also what is already said to treat it.")
    ] = False,
    most: Annotated[int, typer.Option("--most", min=1, max=1000, help="Candidates to show.")] = 20,
    max_length: Annotated[int, typer.Option("--max-length", min=2, max=6, help="Links.")] = 4,
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """Rank drugs or targets for a disease, or diseases for a drug, and say what to measure next.

    Prediction, mechanism, direction, genetics, trials and safety are columns of their own; the order is
    the mean rank over them. Nothing here is a recommendation to treat anybody.
    """
    from etiograph.hypotheses import hypotheses as rank
    from etiograph.predicting import scorer_of

    scorer = scorer_of(model, relation) if model is not None else None
    with open_kg(store) as kg, progress("hypotheses") as told:
        found = rank(
            kg.store,
            disease=kg.find(disease) if disease else None,
            drug=kg.find(drug) if drug else None,
            targets=targets, scorer=scorer, known=known, most=most, max_length=max_length,
            progress=told,
        )  # fmt: skip
    if json_:
        emit_json(found.to_json())
    else:
        console().print(found.to_text(), markup=False)
