"""Small graphs for the tests of the stores, and what a store holds."""

from __future__ import annotations

import io
import random

from graph.model import (
    Batch,
    Category,
    Entity,
    Evidence,
    Predicate,
    Publication,
    Rung,
    Statement,
)
from graph.store import Store

METFORMIN = Entity(
    "mesh:D008687", "Metformin", Category.CHEMICAL, ("Dimethylbiguanide", "Glucophage")
)
DIABETES = Entity(
    "mesh:D003924", "Diabetes Mellitus, Type 2", Category.DISEASE, ("NIDDM", "type 2 diabetes")
)
INSULIN = Entity("hgnc:6081", "INS", Category.GENE, ("insulin",), ("ncbigene:3630",))
PAPER = Publication("pubmed:1", "On metformin", 2001, "A Journal", "10.1000/1", ("Review",))
OTHER_PAPER = Publication("pubmed:2", "On insulin", None)
TREATS = Statement(METFORMIN.id, Predicate.TREATS, DIABETES.id, -1)
RAISES = Statement(
    INSULIN.id, Predicate.DECREASES, DIABETES.id, -1, (("species", "human"), ("tissue", "liver"))
)
BINDS = Statement(METFORMIN.id, Predicate.BINDS, INSULIN.id)


def evidence(
    statement: Statement = TREATS,
    publication: Publication | None = PAPER,
    *,
    text: str = "Metformin treats type 2 diabetes.",
    rung: Rung = Rung.ASSERTION,
    extractor: str = "patterns",
    negated: bool = False,
    score: float = 0.9,
) -> Evidence:
    """One evidence of a statement."""
    return Evidence(
        statement=statement.id,
        rung=rung,
        source="pubmed" if publication else "table",
        extractor=extractor,
        publication=publication.id if publication else "",
        section="abstract",
        text=text,
        start=3,
        end=3 + len(text),
        subject_span=(0, 9),
        trigger_span=(10, 16),
        negated=negated,
        score=score,
        details=(("note", "é\u2028\t"),),
    )


def small() -> Batch:
    """Three entities, two papers, three statements, four evidences of several kinds."""
    return Batch(
        entities=(METFORMIN, DIABETES, INSULIN),
        publications=(PAPER, OTHER_PAPER),
        statements=(TREATS, RAISES, BINDS),
        evidences=(
            evidence(),
            evidence(TREATS, OTHER_PAPER, text="It does not.", negated=True, score=0.1 + 0.2),
            evidence(RAISES, OTHER_PAPER, text="Insulin lowers it.\x00\n"),
            evidence(BINDS, None, rung=Rung.DISCOVERED, extractor="causal-learn/pc"),
        ),
    )


def large(evidences: int, *, seed: int = 0, entities: int = 300) -> Batch:
    """A batch with three evidences a statement and five a publication."""
    rng = random.Random(seed)
    things = [
        Entity(
            f"mesh:D{i:06d}",
            f"Thing {i}",
            Category.DISEASE if i % 2 else Category.CHEMICAL,
            (f"object number {i}",),
        )
        for i in range(entities)
    ]
    statements: dict[str, Statement] = {}
    while len(statements) < max(1, evidences // 3):
        a, b = rng.sample(range(entities), 2)
        predicate = rng.choice(list(Predicate))
        made = Statement(things[a].id, predicate, things[b].id, rng.choice([-1, 0, 1]))
        statements[made.id] = made
    chosen = list(statements.values())
    papers = [
        Publication(f"pubmed:{seed * 1_000_000 + i}", f"Paper {i} about things", 1990 + i % 30)
        for i in range(max(1, evidences // 5))
    ]
    found = tuple(
        Evidence(
            statement=chosen[i % len(chosen)].id,
            rung=Rung.ASSERTION,
            source="pubmed",
            extractor="patterns",
            publication=papers[i % len(papers)].id,
            section="abstract",
            text=f"Sentence {seed}/{i} says that one thing does something to another thing, often.",
            start=i,
            end=i + 80,
            subject_span=(0, 4),
            object_span=(30, 40),
            trigger_span=(10, 14),
            negated=i % 17 == 0,
            hedged=i % 11 == 0,
        )
        for i in range(evidences)
    )
    return Batch(tuple(things), tuple(papers), tuple(chosen), found)


def exported(store: Store) -> str:
    """Everything a store holds, as text; the number of lines that the export tells is checked."""
    out = io.StringIO()
    lines = store.export(out)
    assert lines == out.getvalue().count("\n")
    return out.getvalue()
