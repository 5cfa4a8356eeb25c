"""``etiograph embed train`` and ``propose``: models of the graph, and edges at a false discovery rate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from etiograph.cli.common import (
    JsonOption,
    QuietOption,
    StoreOption,
    console,
    emit_json,
    examples,
    note,
    open_kg,
    progress,
)
from graph.errors import UsageError

__all__ = ["PROPOSE_EPILOG", "TRAIN_EPILOG", "propose", "train"]

TRAIN_EPILOG = examples(
    "etiograph embed train umls/ --model complex --out model/ --plot curves.svg",
    "etiograph embed train edges.tsv --model compgcn --set dim=64 --set epochs=80 --out model/",
    "etiograph embed train edges.tsv --model distmult --search 600 --audit --out model/",
    "etiograph embed train edges.tsv --model r-gcn --features names --features table:assays.csv "
    "--out model/",
    "etiograph embed train --store ./kidney --model nbfnet --device cuda --out model/",
)
PROPOSE_EPILOG = examples(
    "etiograph embed propose model/ --relation treats --fdr 0.1",
    "etiograph embed propose model/ --relation treats --head chebi:6030 --nulls 20 --json",
    "etiograph embed propose model/ --relation treats --write --store ./kidney",
)


def train(
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="SOURCE", help="A file or folder of edges, as for audit. Default: the store."
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Model, checkpoint and card.")
    ] = Path("model"),
    model: Annotated[
        str,
        typer.Option(
            "--model",
            help="transe, rotate, complex, distmult, tucker, nodepiece, r-gcn, compgcn, hgt, nbfnet, or "
            "another of PyKEEN's as pykeen:NAME.",
        ),
    ] = "complex",
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a setting of the preset."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--settings", metavar="FILE", help="Settings as JSON.")
    ] = None,
    split: Annotated[
        str | None, typer.Option("--split", metavar="KIND", help="As for evaluate.")
    ] = None,
    hold_out: Annotated[
        str | None, typer.Option("--hold-out", metavar="TYPE", help="As for evaluate.")
    ] = None,
    target: Annotated[
        list[str] | None, typer.Option("--target", metavar="RELATION", help="As for evaluate.")
    ] = None,
    search: Annotated[
        float,
        typer.Option("--search", min=0, metavar="SECONDS", help="Look for better settings first."),
    ] = 0.0,
    features: Annotated[
        list[str] | None,
        typer.Option(
            "--features",
            metavar="SOURCE",
            help="What r-gcn, compgcn and hgt read of entities beside their edges: names, ancestors, "
            "ancestors:FILE, table:FILE, smiles:FILE, fasta:FILE, anndata:FILE[#NAME]; may be repeated.",
        ),
    ] = None,
    mask_nan: Annotated[
        bool,
        typer.Option("--mask-nan", help="A row with NaN counts as absent instead of an error."),
    ] = False,
    device: Annotated[
        str, typer.Option("--device", help="auto, cpu or cuda; auto takes a GPU if there is one.")
    ] = "auto",
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=64, help="Processes that share each batch.")
    ] = 1,
    seed: Annotated[int, typer.Option("--seed", help="Of split and training.")] = 0,
    audit: Annotated[
        bool,
        typer.Option("--audit", help="Take leaks away first; the card says what each was worth."),
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Do not go on from the checkpoint in --out.")
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw loss and validation (.png, .svg, .pdf)."),
    ] = None,
    store: StoreOption = None,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Train a model, evaluate it on held-out edges, and write it with its card.

    Interrupted, the same command goes on where it was and ends with the same figures. Predicted edges of
    the store are not trained on unless a person accepted them.
    """
    from dataclasses import replace

    from discovery.embeddings.card import draw_history
    from discovery.embeddings.config import preset
    from discovery.embeddings.feature_sources import coverage, read_features
    from discovery.embeddings.training import device_of
    from etiograph import embedding
    from etiograph.predicting import train_into

    changes = _settings(config) | dict(_pair(p) for p in set_ or ())
    chosen = preset(str(changes.pop("model", model)), **changes)
    chosen = replace(chosen, device=device, seed=seed)
    device_of(device)
    with progress("read", quiet=quiet) as tick:
        if source is not None:
            graph = embedding.source_of(source, progress=tick)
        else:
            with open_kg(store) as kg:
                graph = embedding.source_of(None, kg.store, progress=tick)
    parts = embedding.split_of(
        graph, split, targets=tuple(target or ()), hold_out=hold_out, seed=seed
    )
    for line in (*graph.notes, *graph.triples.problems()):
        note(line, quiet=quiet)
    found = None
    if audit:
        with progress("audit", quiet=quiet) as tick:
            audited = embedding.audit(graph, parts, seed=seed, progress=tick)
        parts, found = audited.cleaned, audited.to_json()
    read = None
    if features:
        read = read_features(
            parts.train, graph.labels, features, nan="mask" if mask_nan else "error"
        )
        for name, count in coverage(read).items():
            note(f"features, {name}: {count} of {parts.train.n} entities", quiet=quiet)
    with progress(f"train {chosen.model}", quiet=quiet) as tick:
        trained, card = train_into(
            out, parts, chosen, workers=workers, resume=not restart, search_seconds=search,
            features=read, audit=found, report=tick,
        )  # fmt: skip
    if not card:
        return
    if plot is not None:
        draw_history(trained, plot)
    for line in trained.notes:
        note(line, quiet=quiet)
    if json_:
        emit_json(card | {"folder": str(out)})
        return
    told = card["training"]
    lines = [
        f"{chosen.model} in {out}: {told['epochs']} epochs, {told['seconds']} s, "
        f"{told['edges_per_second']:,} edges/s, {told['memory_mib']} MiB on {told['device']}",
        f"loss {told['loss']:.4f}"
        + (f", validation MRR {told['validation_mrr']:.4f}" if told["validation_mrr"] else ""),
    ]
    if card["evaluation"]:
        mrr = card["evaluation"]["mrr"]
        lines.append(f"test MRR {mrr['value']:.4f} [{mrr['low']:.4f}, {mrr['high']:.4f}]")
    console().print("\n".join(lines), markup=False)


def propose(
    model: Annotated[Path, typer.Argument(metavar="DIR", help="What 'embed train' wrote.")],
    relation: Annotated[
        list[str] | None, typer.Option("--relation", help="Which relations; may be repeated.")
    ] = None,
    head: Annotated[
        list[str] | None, typer.Option("--head", metavar="ID", help="Only from these.")
    ] = None,
    tail: Annotated[
        list[str] | None, typer.Option("--tail", metavar="ID", help="Only to these.")
    ] = None,
    fdr: Annotated[float, typer.Option("--fdr", help="Expected share of false ones.")] = 0.1,
    nulls: Annotated[
        int, typer.Option("--nulls", min=1, max=1000, help="Rewired graphs to train on.")
    ] = 20,
    most: Annotated[int, typer.Option("--most", min=1, help="Proposals to give.")] = 50,
    seed: Annotated[int, typer.Option("--seed", help="Of the rewired graphs.")] = 0,
    scorer: Annotated[
        str | None,
        typer.Option("--scorer", help="Chooses instead of the model, e.g. nearest-neighbour."),
    ] = None,
    device: Annotated[str, typer.Option("--device", help="auto, cpu or cuda.")] = "auto",
    write: Annotated[
        bool, typer.Option("--write", help="Write them to the store as proposals.")
    ] = False,
    store: StoreOption = None,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Propose edges that stand out from what degree alone gives, at a stated false discovery rate.

    The model is trained again on graphs with the same degrees and no other structure; an edge is chosen
    if its score is high against theirs. The rate is about that: it does not say an edge is true.
    """
    from etiograph.predicting import propose_with

    with progress("null scores", quiet=quiet) as tick:
        found = propose_with(
            model, relation or (), fdr=fdr, nulls=nulls, most=most, heads=head, tails=tail,
            seed=seed, device=device, scorer=scorer, report=tick,
        )  # fmt: skip
    told: dict[str, Any] = found.to_json()
    if write:
        from discovery.embeddings.proposing import write as into

        with open_kg(store) as kg:
            counts, left = into(found, kg.store)
        told["written"] = {"evidences": counts.evidences, "left_out": left}
    if json_:
        emit_json(told)
        return
    out = console()
    out.print(
        f"{len(found.chosen)} proposals of {found.candidates} pairs at FDR {fdr} "
        f"({found.nulls} rewired graphs)",
        markup=False,
    )
    for i, one in enumerate(found.chosen, 1):
        likely = "" if one.probability is None else f", probability {one.probability:.2f}"
        out.print(
            f"{i:>3}. {one.head} {one.relation} {one.tail}  q {one.q:.3g}{likely}, "
            f"distance {one.novelty['distance']}",
            markup=False,
        )
        for path in one.paths[:2]:
            out.print(f"       {path['path']}", markup=False)
        for edge in one.against:
            out.print(
                f"       against: {edge['head']} {edge['relation']} {edge['tail']}", markup=False
            )
    for line in found.notes:
        note(line, quiet=quiet)
    if write:
        out.print(
            f"{told['written']['evidences']} evidences written, status proposed", markup=False
        )
        note(
            "Predicted edges are not trained on: accept one (etiograph proposals accept) to use it.",
            quiet=quiet,
        )


def _pair(text: str) -> tuple[str, Any]:
    key, separator, value = text.partition("=")
    if not separator:
        raise UsageError(f"--set {text!r} is not KEY=VALUE", hint="For example --set dim=64.")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def _settings(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"the settings cannot be read: {error}", where=str(file)) from error
    if not isinstance(found, dict):
        raise UsageError("the settings are not an object of names and values", where=str(file))
    return found
