"""How well the extractor reads: mentions and relations scored on PubTator gold files.

``python -m benchmarks.extraction_quality GOLD.pubtator [--errors N]``. Entities are compared by MeSH
id (genes by NCBI Gene id); relations per document, as pairs of entities.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from graph.model import Category, Predicate
from ingest.document import Document
from ingest.pipeline import Extraction, Pipeline
from ingest.sources.pubtator import PubTatorSource
from ingest.terms import core

KINDS = {
    "Chemical": "chemical", "ChemicalEntity": "chemical", "Disease": "disease",
    "DiseaseOrPhenotypicFeature": "disease", "GeneOrGeneProduct": "gene",
}  # fmt: skip
OURS = {
    Category.CHEMICAL: "chemical", Category.DISEASE: "disease", Category.PHENOTYPE: "disease",
    Category.GENE: "gene", Category.PROTEIN: "gene",
}  # fmt: skip


def gold(path: Path) -> tuple[dict[str, set], dict[str, dict]]:
    """Mentions (start, end, kind) and relations {frozenset(ids): type} of every document."""
    mentions: dict[str, set] = defaultdict(set)
    relations: dict[str, dict] = defaultdict(dict)
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        if len(fields) >= 6 and fields[1].isdigit():
            if fields[4] in KINDS:
                mentions[fields[0]].add((int(fields[1]), int(fields[2]), KINDS[fields[4]]))
        elif len(fields) >= 4:
            relations[fields[0]][frozenset(fields[2:4])] = fields[1]
    return mentions, relations


def native(id: str) -> set[str]:
    """The ids that the corpora use for one of ours."""
    entity = core().entity(id)
    ids = {id, *(entity.xrefs if entity else ())}
    return {i.split(":", 1)[1] for i in ids if re.match(r"mesh:|ncbigene:", i)}


def score(right: int, predicted: int, wanted: int) -> str:
    """Precision, recall and F1 as text."""
    p, r = right / max(1, predicted), right / max(1, wanted)
    return f"P {100 * p:5.1f}  R {100 * r:5.1f}  F1 {200 * p * r / max(1e-9, p + r):5.1f}  ({predicted} found, {wanted} gold)"


def read(path: Path, pipeline: Pipeline) -> list[tuple[Document, Extraction]]:
    """Every document of the file with what was read from it."""
    documents = [d for d in PubTatorSource().read(path) if isinstance(d, Document)]
    return [(d, pipeline(d)) for d in documents]


def main(arguments: list[str] | None = None) -> int:
    """Score a file; optionally print wrong relations."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--errors", type=int, default=0)
    options = parser.parse_args(arguments)
    mentions, relations = gold(options.file)
    read_documents = read(options.file, Pipeline())
    kinds = sorted({k for found in mentions.values() for _, _, k in found})
    counts: Counter[tuple[str, str]] = Counter()
    for document, extraction in read_documents:
        wanted = mentions[document.id.split(":")[1]]
        ours = {
            (m.start, m.end, OURS[m.category]) for m in extraction.mentions if m.category in OURS
        }
        for kind in kinds:
            mine = {x for x in ours if x[2] == kind}
            theirs = {x for x in wanted if x[2] == kind}
            counts[kind, "right"] += len(mine & theirs)
            counts[kind, "found"] += len(mine)
            counts[kind, "gold"] += len(theirs)
    for kind in kinds:
        print(
            f"mentions  {kind:<10}", score(*(counts[kind, w] for w in ("right", "found", "gold")))
        )
    causal = {"CID"} == {t for found in relations.values() for t in found.values()}
    right = found = wanted = signs = signed = 0
    by_pattern: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    wrong = []
    for document, extraction in read_documents:
        pairs = relations[document.id.split(":")[1]]
        known = {i for pair in pairs for i in pair}
        wanted += len(pairs)
        seen: dict[frozenset, bool] = {}
        for _, _, relation in extraction.relations:
            if relation.negated:
                continue
            kinds_ = {OURS.get(relation.subject.category), OURS.get(relation.object.category)}
            if causal:
                if (
                    kinds_ != {"chemical", "disease"}
                    or relation.subject.category is not Category.CHEMICAL
                ):
                    continue
                if relation.sign <= 0 and relation.predicate is not Predicate.ASSOCIATED_WITH:
                    continue
            elif None in kinds_:
                continue
            a, b = native(relation.subject.entity), native(relation.object.entity)
            hit = next((p for x in a for y in b if (p := frozenset((x, y))) in pairs), None)
            key = hit or frozenset((relation.subject.entity, relation.object.entity))
            by_pattern[relation.pattern][hit is not None] += 1
            if hit is None:
                wrong.append((document, relation, bool(a & known) and bool(b & known)))
            elif pairs[hit].endswith("_Correlation") and relation.sign:
                signed += 1
                negative_type = pairs[hit].startswith("Negative")
                signs += (relation.sign < 0) == negative_type
            seen[key] = hit is not None
        found += len(seen)
        right += sum(seen.values())
    print("relations           ", score(right, found, wanted))
    if signed:
        print(f"sign agrees          {100 * signs / signed:.1f} % of {signed}")
    for name, (bad, good) in sorted(by_pattern.items(), key=lambda i: -sum(i[1])):
        print(f"  {name:<22}{good:>5} right of {good + bad:<5}{100 * good / (good + bad):6.1f} %")
    random.Random(0).shuffle(wrong)
    for document, r, known in wrong[: options.errors]:
        print(
            f"\n[{document.id} {r.pattern}{' (both known)' if known else ''}] {r.subject.text} -{r.predicate.value}-> {r.object.text} ({r.sign:+d}{' hedged' if r.hedged else ''})\n  {r.sentence.text}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
