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
from graph.errors import UsageError
from graph.model import Category

EPILOG = examples(
    "etiograph hypotheses --drug lithium --json",
    "etiograph hypotheses --disease 'bipolar disorder' --model ./model",
    "etiograph hypotheses --disease mesh:D001714 --targets --most 10",
    "etiograph hypotheses --disease 'Cockayne syndrome' --scorer cold-start",
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
    scorer: Annotated[
        str | None,
        typer.Option("--scorer", help="cold-start: fitted to the graph, every disease as if new."),
    ] = None,
    relation: Annotated[
        str, typer.Option("--relation", help="The relation from drug to disease that is scored.")
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
    from etiograph.predicting import cold_scorer, scorer_of

    if scorer not in (None, "cold-start"):
        raise UsageError(f"hypotheses has no scorer '{scorer}'", hint="There is cold-start.")
    if scorer is not None and model is not None:
        raise UsageError("scores are a model's or cold-start's", hint="Leave one of them out.")
    pairs = scorer_of(model, relation) if model is not None else None
    with open_kg(store) as kg, progress("hypotheses") as told:
        ill = kg.find(disease) if disease else None
        if scorer is not None:
            kind = Category.DISEASE if ill is None else ill.category
            pairs = cold_scorer(kg.store, relation, kind.value, progress=told)
        found = rank(
            kg.store, disease=ill, drug=kg.find(drug) if drug else None, targets=targets,
            scorer=pairs, known=known, most=most, max_length=max_length, progress=told,
        )  # fmt: skip
    if json_:
        emit_json(found.to_json())
    else:
        console().print(found.to_text(), markup=False)
