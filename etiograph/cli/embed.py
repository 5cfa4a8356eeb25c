"""``etiograph embed``: graphs to tensors, audited evaluation of what predicts edges, vectors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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

if TYPE_CHECKING:
    from discovery.embeddings.export import Selection
    from discovery.embeddings.files import Source
    from discovery.embeddings.splits import Split

__all__ = ["embed_app"]

embed_app = typer.Typer(
    help="Embeddings of the graph that propose edges, with audited evaluation.",
    no_args_is_help=True,
    epilog=examples(
        "etiograph embed audit hetionet/ --target CtD --target DaG",
        "etiograph embed export --out tensors/ --min-belief 0.5",
        "etiograph embed evaluate edges.tsv --scorer rules --scorer degree",
    ),
)

AUDIT_EPILOG = examples(
    "etiograph embed audit hetionet/ --target CtD --target DaG --target CbG",
    "etiograph embed audit hetionet/ --target DaG --plant 500",
    "etiograph embed audit umls/ --json",
    "etiograph embed audit --store ./kidney --hold-out Disease",
)
EXPORT_EPILOG = examples(
    "etiograph embed export --out tensors/ --category Gene --category Disease --min-belief 0.5",
    "etiograph embed export edges.tsv --out tensors/ --pykeen --hetero",
    "etiograph embed export --model model/ --vectors vectors.parquet --index",
)
EVALUATE_EPILOG = examples(
    "etiograph embed evaluate umls/ --scorer rules --scorer degree",
    "etiograph embed evaluate hetionet/ --target CtD --hold-out Disease --negatives 20",
    "etiograph embed evaluate edges.tsv --split time --test-from 2018 --clean --json",
)
SIMILAR_EPILOG = examples(
    "etiograph embed similar hgnc:6840", "etiograph embed similar MAP2K1 --json"
)

_FROM, _SPLIT, _OUT = "Graph", "Split", "Output"

SourceArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="SOURCE",
        help="A file of edges (TSV, CSV, Parquet) or a folder (an export, a published split, "
        "Hetionet). Default: the store.",
    ),
]
CategoryOption = Annotated[
    list[str] | None,
    typer.Option(
        "--category",
        metavar="NAME",
        help="Of the store: both ends are of these.",
        rich_help_panel=_FROM,
    ),
]
PredicateOption = Annotated[
    list[str] | None,
    typer.Option(
        "--predicate", metavar="NAME", help="Of the store; may be repeated.", rich_help_panel=_FROM
    ),
]
StatusOption = Annotated[
    list[str] | None,
    typer.Option(
        "--status", metavar="NAME", help="Default: asserted, curated.", rich_help_panel=_FROM
    ),
]
RungOption = Annotated[
    list[str] | None,
    typer.Option(
        "--rung",
        metavar="NAME",
        help="Evidence that counts; default: all but predicted.",
        rich_help_panel=_FROM,
    ),
]
BeliefOption = Annotated[
    float,
    typer.Option(
        "--min-belief", min=0, max=1, help="By evidence that counts.", rich_help_panel=_FROM
    ),
]
UntilOption = Annotated[
    int | None,
    typer.Option(
        "--until",
        metavar="YEAR",
        help="Evidence published later does not count.",
        rich_help_panel=_FROM,
    ),
]
SplitOption = Annotated[
    str | None,
    typer.Option(
        "--split",
        metavar="KIND",
        help="given, random, time, entity or paper. Default: given if the source has parts, entity with "
        "--hold-out, else random.",
        rich_help_panel=_SPLIT,
    ),
]
TargetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        metavar="RELATION",
        help="Relations that are tested; the others are all training. Default: every one.",
        rich_help_panel=_SPLIT,
    ),
]
HoldOutOption = Annotated[
    str | None,
    typer.Option(
        "--hold-out",
        metavar="TYPE",
        help="Hold out entities of this type: none of their tested edges is trained on.",
        rich_help_panel=_SPLIT,
    ),
]
StrictOption = Annotated[
    bool,
    typer.Option("--strict", help="Hold out all edges of those entities.", rich_help_panel=_SPLIT),
]
LooseOption = Annotated[
    bool,
    typer.Option(
        "--loose",
        help="Let edges between the same two entities fall into different parts.",
        rich_help_panel=_SPLIT,
    ),
]
TestFromOption = Annotated[
    int | None,
    typer.Option(
        "--test-from", metavar="YEAR", help="First year of the test.", rich_help_panel=_SPLIT
    ),
]
SeedOption = Annotated[
    int, typer.Option("--seed", help="Of the split and every draw.", rich_help_panel=_SPLIT)
]
MostOption = Annotated[
    int, typer.Option("--most", min=10, metavar="N", help="Test edges to rank, drawn at random.")
]


@embed_app.command("audit", epilog=AUDIT_EPILOG)
def audit(
    source: SourceArgument = None,
    split: SplitOption = None,
    target: TargetOption = None,
    hold_out: HoldOutOption = None,
    strict: StrictOption = False,
    loose: LooseOption = False,
    test_from: TestFromOption = None,
    seed: SeedOption = 0,
    reference: Annotated[
        str, typer.Option("--reference", metavar="SCORER", help="Whose MRR weighs a leak.")
    ] = "rules",
    most: MostOption = 1000,
    plant: Annotated[
        int,
        typer.Option(
            "--plant", min=0, metavar="N", help="Plant this many leaks of each kind first."
        ),
    ] = 0,
    category: CategoryOption = None,
    predicate: PredicateOption = None,
    status: StatusOption = None,
    rung: RungOption = None,
    min_belief: BeliefOption = 0.0,
    until: UntilOption = None,
    store: StoreOption = None,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Find what training gives away of the test, remove it, and say what each leak was worth.

    Looks for inverse, duplicate and symmetric relations, near-duplicate entities, what follows by an
    ontology's closure, and shared sentences; and for what degree alone can do.
    """
    from dataclasses import replace

    from discovery.embeddings.audit import plant as planted
    from etiograph import embedding

    graph = _source(
        source, store, quiet, _selection(category, predicate, status, rung, min_belief, until)
    )
    asked = list(target or ())
    places: dict[str, Any] = {}
    if plant:
        if graph.split is not None:
            graph = replace(graph, split=None)
        triples, places = planted(graph.triples, plant, relations=tuple(asked) or None, seed=seed)
        graph = replace(graph, triples=triples)
        asked += [r for r in triples.relations if r.startswith("planted:")] if asked else []
        loose = True  # a split that keeps pairs together would hide what was planted
    parts = _split(graph, split, asked, hold_out, strict, loose, test_from, seed)
    with progress("audit", quiet=quiet) as tick:
        found = embedding.audit(
            graph, parts, reference=reference, most=most, seed=seed, progress=tick
        )
    if json_:
        count = {kind: len(ids) for kind, ids in places.items()}
        emit_json(found.to_json() | ({"planted": count} if plant else {}))
        return
    if plant:
        counts = ", ".join(f"{len(ids)} {kind}" for kind, ids in places.items())
        console().print(f"Planted: {counts} edges.", markup=False)
    console().print(found.to_text(), markup=False)


@embed_app.command("export", epilog=EXPORT_EPILOG)
def export(
    source: SourceArgument = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="DIR", help="Write tensors and maps here.", rich_help_panel=_OUT
        ),
    ] = None,
    pykeen: Annotated[
        bool,
        typer.Option("--pykeen", help="Also as a PyKEEN TriplesFactory.", rich_help_panel=_OUT),
    ] = False,
    hetero: Annotated[
        bool, typer.Option("--hetero", help="Also as a PyG HeteroData.", rich_help_panel=_OUT)
    ] = False,
    model: Annotated[
        Path | None,
        typer.Option(
            "--model", metavar="DIR", help="Export this model's vectors.", rich_help_panel=_OUT
        ),
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option("--vectors", metavar="FILE", help="Vectors to Parquet.", rich_help_panel=_OUT),
    ] = None,
    index: Annotated[
        bool,
        typer.Option(
            "--index", help="Vectors into the store, indexed for Cypher.", rich_help_panel=_OUT
        ),
    ] = False,
    category: CategoryOption = None,
    predicate: PredicateOption = None,
    status: StatusOption = None,
    rung: RungOption = None,
    min_belief: BeliefOption = 0.0,
    until: UntilOption = None,
    store: StoreOption = None,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Write a graph as tensors with stable ids, or a model's vectors to Parquet and the store.

    Predicted edges are left out unless a person accepted them.
    """
    from etiograph import embedding
    from graph.errors import UsageError

    told: dict[str, Any] = {}
    if out is None and model is None:
        raise UsageError("nothing is to be written", hint="Give --out DIR, or --model DIR.")
    if out is not None:
        chosen = _selection(category, predicate, status, rung, min_belief, until)
        graph = _source(source, store, quiet, chosen)
        embedding.export(graph, out, pykeen=pykeen, hetero=hetero)
        triples = graph.triples
        told |= {
            "folder": str(out),
            "entities": triples.n,
            "relations": triples.r,
            "edges": len(triples),
            "hash": triples.hash,
            "notes": [*graph.notes, *triples.problems()],
        }
    if model is not None:
        ids, matrix = embedding.vectors_of(model)
        if vectors is None and not index:
            raise UsageError(
                "the vectors go nowhere", hint="Give --vectors FILE, --index, or both."
            )
        done = 0
        if vectors is not None:
            done = embedding.write_vectors(ids, matrix, parquet=vectors, model=str(model))
        if index:
            with open_kg(store) as kg:
                done = embedding.write_vectors(ids, matrix, store=kg.store, model=str(model))
        told |= {"vectors": done, "dimensions": len(matrix[0])}
    if json_:
        emit_json(told)
        return
    if out is not None:
        console().print(
            f"{told['entities']} entities, {told['relations']} relations, {told['edges']} edges in {out}",
            markup=False,
        )
        for line in told["notes"]:
            note(line, quiet=quiet)
    if model is not None:
        console().print(f"{told['vectors']} vectors of {told['dimensions']} numbers", markup=False)


@embed_app.command("evaluate", epilog=EVALUATE_EPILOG)
def evaluate(
    source: SourceArgument = None,
    scorer: Annotated[
        list[str] | None,
        typer.Option(
            "--scorer", "-m", metavar="NAME", help="May be repeated. Default: the baselines."
        ),
    ] = None,
    split: SplitOption = None,
    target: TargetOption = None,
    hold_out: HoldOutOption = None,
    strict: StrictOption = False,
    loose: LooseOption = False,
    test_from: TestFromOption = None,
    seed: SeedOption = 0,
    clean: Annotated[
        bool,
        typer.Option("--clean", help="Remove leaks first, as audit does.", rich_help_panel=_SPLIT),
    ] = False,
    most: MostOption = 100_000,
    negatives: Annotated[
        int, typer.Option("--negatives", min=0, help="Untrue edges for each, for AUPRC.")
    ] = 0,
    matched: Annotated[bool, typer.Option("--matched", help="Of the same degree.")] = False,
    typed: Annotated[
        bool, typer.Option("--typed", help="Rank among the relation's types only.")
    ] = False,
    part: Annotated[str, typer.Option("--part", help="test or valid.")] = "test",
    detail: Annotated[bool, typer.Option("--detail", help="By relation and by degree.")] = False,
    category: CategoryOption = None,
    predicate: PredicateOption = None,
    status: StatusOption = None,
    rung: RungOption = None,
    min_belief: BeliefOption = 0.0,
    until: UntilOption = None,
    store: StoreOption = None,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Rank held-out edges with each scorer, filtered and with ties at their mean, with intervals."""
    from discovery.embeddings import registry
    from discovery.embeddings.leaks import find
    from etiograph import embedding

    graph = _source(
        source, store, quiet, _selection(category, predicate, status, rung, min_belief, until)
    )
    parts = _split(graph, split, target or (), hold_out, strict, loose, test_from, seed)
    if clean:
        parts = embedding.cleaned(parts, find(parts, graph.labels))
    with progress("evaluate", quiet=quiet) as tick:
        found = embedding.evaluate(
            parts,
            scorer or list(registry.BASELINES),
            most=most,
            negatives=negatives,
            matched=matched,
            typed=typed,
            part=part,
            seed=seed,
            progress=tick,
        )
    if json_:
        results = {name: e.to_json() for name, e in found.items()}
        emit_json({"split": parts.to_json(), "scorers": results})
        return
    note(f"split: {parts.to_json()}", quiet=quiet)
    if detail:
        for name, one in found.items():
            console().print(f"{name}\n{one.to_text()}\n", markup=False)
        return
    rows = [["scorer", "MRR", "Hits@1", "Hits@10", "AMRI", "AUPRC", "MRR by relation"]]
    rows += [
        [
            name,
            str(e.mrr),
            f"{e.hits[1].value:.3f}",
            f"{e.hits[10].value:.3f}",
            str(e.amri),
            str(e.auprc) if e.auprc else "",
            f"{e.macro_relation['mrr']:.3f}",
        ]
        for name, e in found.items()
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        console().print("  ".join(cells).rstrip(), markup=False)


@embed_app.command("similar", epilog=SIMILAR_EPILOG)
def similar(
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="A name or id in the graph.")],
    most: Annotated[int, typer.Option("--most", min=1, max=1000, help="How many.")] = 10,
    store: StoreOption = None,
    json_: JsonOption = False,
) -> None:
    """Show the entities whose vectors are most similar, by the index in the store."""
    from etiograph import embedding

    with open_kg(store) as kg:
        curie = kg.find(entity).id
        found = embedding.similar(kg.store, curie, most=most)
        rows = [(i, getattr(kg.store.entity(i), "name", ""), score) for i, score in found]
    if json_:
        emit_json([{"id": i, "name": name, "score": score} for i, name, score in rows])
        return
    for i, name, score in rows:
        console().print(f"{score:.3f}  {i}  {name}", markup=False)


def _selection(
    category: list[str] | None,
    predicate: list[str] | None,
    status: list[str] | None,
    rung: list[str] | None,
    min_belief: float,
    until: int | None,
) -> Selection:
    from etiograph.embedding import selection_of

    return selection_of(
        categories=category or (),
        predicates=predicate or (),
        statuses=status or (),
        rungs=rung or (),
        min_belief=min_belief,
        until=until,
    )


def _source(path: Path | None, store: Path | None, quiet: bool, selection: Selection) -> Source:
    from etiograph.embedding import source_of

    with progress("read", quiet=quiet) as tick:
        if path is not None:
            return source_of(path, selection=selection, progress=tick)
        with open_kg(store) as kg:
            return source_of(None, kg.store, selection, progress=tick)


def _split(
    graph: Source,
    kind: str | None,
    targets: Any,
    hold_out: str | None,
    strict: bool,
    loose: bool,
    test_from: int | None,
    seed: int,
) -> Split:
    from etiograph.embedding import split_of

    return split_of(
        graph,
        kind,
        targets=tuple(targets),
        hold_out=hold_out,
        strict=strict,
        pairs=not loose,
        test_from=test_from,
        seed=seed,
    )
