"""Train and score what the linker ``ngram`` needs: learned names, the ranker, and rates of being right.

The ranker sees candidates that were made without the document they are of: names are learned from the
other folds (five, by PMID), so that how far a learned name can be trusted is learned too.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from graph.model import Category
from ingest.abbreviations import find_abbreviations
from ingest.document import Mention
from ingest.linkers.candidates import FEATURES, Names
from ingest.linkers.context import Asked, in_context
from ingest.linkers.genes import HUMAN, SpeciesReader, choose_gene
from ingest.linkers.longforms import long_forms, written_out
from ingest.linkers.ngram import NgramLinker
from ingest.linkers.variants import parse_variant
from ingest.models import linking_card
from ingest.models.corpora import Corpora, GoldDocument, GoldMention, without
from ingest.models.ranker import FILE as RANKER
from ingest.models.ranker import Example, Ranker, fit
from ingest.models.scoring import accuracy
from ingest.models.synonyms import FILE as SYNONYMS
from ingest.models.synonyms import curies, learn, save
from ingest.sentences import split_document
from ingest.terms.terminology import Terminology, core

__all__ = ["Outcome", "calibration", "gene_ids", "link_gold", "run", "train"]

RANKED = ("chemical", "disease")
_FOLDS = 5
_EVER = dict.fromkeys(("chemical", "disease", "gene", "species", "cell_line"), 0.0)
_CATEGORY = {
    "chemical": Category.CHEMICAL, "disease": Category.DISEASE, "gene": Category.GENE,
    "species": Category.TAXON, "cell_line": Category.CELL_LINE, "variant": Category.VARIANT,
}  # fmt: skip


def gene_ids(terminology: Terminology) -> dict[str, str]:
    """Return NCBI Gene number -> the id of the entity that refers to it."""
    found: dict[str, str] = {}
    for id in terminology:
        if terminology.category(id) in (Category.GENE, Category.PROTEIN):
            entity = terminology.entity(id)
            for xref in entity.xrefs if entity is not None else ():
                if xref.startswith("ncbigene:"):
                    found.setdefault(xref[9:], id)
    return found


def _fold(document: GoldDocument) -> int:
    return zlib.crc32(document.pmid.encode("ascii")) % _FOLDS


def _same_as(names: Names, terminology: Terminology) -> Callable[[str], set[str]]:
    """A function from an id to all ids of that entity."""
    others: dict[str, set[str]] = {}
    for learned, own in names.same.items():
        others.setdefault(own, set()).add(learned)

    def all_ids(id: str) -> set[str]:
        entity = terminology.entity(id)
        return {id, *(entity.xrefs if entity is not None else ()), *others.get(id, ())}

    return all_ids


@dataclass(slots=True)
class _Seen:
    """What held-out documents of the training set showed."""

    examples: dict[str, list[Example]] = field(default_factory=dict)
    hits: dict[str, list[bool]] = field(default_factory=dict)


def _see_ranked(seen: _Seen, held: Sequence[GoldDocument], names: Mapping[str, Names], terminology: Terminology) -> None:  # fmt: skip
    same = {group: _same_as(names[group], terminology) for group in RANKED}
    for gold in held:
        document = gold.document()
        text = document.text
        spans = [(m.start, m.end, m.type) for m in gold.mentions]
        explained = long_forms(text, spans, find_abbreviations(text, split_document(document)))
        rows: dict[tuple[str, str], list[GoldMention]] = {}
        for mention in gold.mentions:
            if mention.type in RANKED:
                rows.setdefault((mention.type, mention.text), []).append(mention)
        asked = []
        for (group, form), mentions in rows.items():
            full = written_out(form, explained)
            asked.append(
                Asked(form, full, group, len(mentions), names[group].candidates(form, full))
            )
        for item, features in zip(asked, in_context(text, asked), strict=True):
            ids = [same[item.group](id) for id in item.candidates.ids]
            for mention in rows[item.group, item.text]:
                right = set(curies(mention))
                if not right:
                    continue
                fits = np.array([not right.isdisjoint(i) for i in ids], dtype=bool)
                seen.examples.setdefault(item.group, []).append(Example(features, fits))
                # a name of MeSH that only the terminology could tell: what such names are worth
                only = (features[:, 2] + features[:, 3] > 0) & (features[:, 0] == 0)
                if only.sum() == 1 and item.candidates.ids[int(only.argmax())].startswith("mesh:"):
                    seen.hits.setdefault(f"{item.group}/exact", []).append(
                        bool(fits[only.argmax()])
                    )


def _see_named(seen: _Seen, held: Sequence[GoldDocument], names: Mapping[str, Names], genes: Mapping[str, str], terminology: Terminology) -> None:  # fmt: skip
    same = {group: _same_as(names[group], terminology) for group in names}
    for gold in held:
        document = gold.document()
        text = document.text
        spans = [(m.start, m.end, m.type) for m in gold.mentions]
        explained = long_forms(text, spans, find_abbreviations(text, split_document(document)))
        reader = SpeciesReader(text)
        for mention in gold.mentions:
            right = set(curies(mention, genes))
            if mention.type == "gene" and right:
                full = written_out(mention.text, explained)
                forms = (mention.text,) if full == mention.text else (mention.text, full)
                species = reader.at(mention.start, mention.text)
                found = choose_gene(names["gene"], forms, species)
                if found is not None:
                    hit = not right.isdisjoint(same["gene"](found.id))
                    seen.hits.setdefault("gene", []).append(hit)
                    seen.hits.setdefault(found.how, []).append(hit)
                    if species != HUMAN and not found.id.startswith("ncbigene:"):
                        seen.hits.setdefault("gene/other/as human", []).append(hit)
            elif mention.type == "variant" and mention.ids:
                _see_variant(seen, mention)
            elif mention.type in ("species", "cell_line") and right:
                exact = [(level, -share, id) for level, id, share in names[mention.type].exact(mention.text) if level in (0, 2, 3)]  # fmt: skip
                if exact:
                    level, _, id = min(exact)
                    how = "learned" if level == 0 else "name"
                    seen.hits.setdefault(f"{mention.type}/{how}", []).append(
                        not right.isdisjoint(same[mention.type](id))
                    )


def _see_variant(seen: _Seen, mention: GoldMention) -> None:
    variant = parse_variant(mention.text)
    if variant is None:
        return
    if variant.kind == "ID":
        seen.hits.setdefault("variant/rs", []).append(variant.change in mention.ids)
    elif variant.certain and not any(i.startswith("rs") for i in mention.ids):
        seen.hits.setdefault("variant/hgvs", []).append(variant.bars in mention.ids)


def train(
    corpora: Mapping[str, Sequence[GoldDocument]],
    terminology: Terminology,
    report: Callable[[str], None] = lambda message: None,
) -> NgramLinker:
    """Return a linker whose names, ranker and rates are learned from gold documents.

    Args:
        corpora: ``bc5cdr``, ``biored`` and ``ncbi_disease`` -> documents. The ranker is taught on
            the first, the rates of genes, species and cell lines on the second, names on all.
        terminology: the entities.
        report: is told how far it is.
    """
    genes = gene_ids(terminology)
    everything = [d for name in sorted(corpora) for d in corpora[name]]
    seen = _Seen()
    for fold in range(_FOLDS):
        learned = learn([d for d in everything if _fold(d) != fold], genes)
        names = {g: Names(terminology, g, learned.get(g, {})) for g in ("cell_line", "chemical", "disease", "gene", "species")}  # fmt: skip
        _see_ranked(seen, [d for d in corpora["bc5cdr"] if _fold(d) == fold], names, terminology)
        _see_named(seen, [d for d in corpora["biored"] if _fold(d) == fold], names, genes, terminology)  # fmt: skip
        report(f"linking: candidates of fold {fold + 1} of {_FOLDS}")
    networks = {group: fit(seen.examples[group]) for group in RANKED}
    # one more right and one more wrong, against rates from few mentions
    rates = {how: round((sum(h) + 1) / (len(h) + 2), 4) for how, h in seen.hits.items()}
    return NgramLinker(terminology, learn(everything, genes), ranker=Ranker(networks, rates))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one gold mention was linked: document, type, whether there was an answer, its probability,
    and whether it is right."""

    document: str
    type: str
    answered: bool
    score: float
    right: bool


def link_gold(linker: NgramLinker, documents: Sequence[GoldDocument], genes: Mapping[str, str]) -> list[Outcome]:  # fmt: skip
    """Link the gold mentions that have an id, never abstaining; a mention of several ids is right if
    the answer, or one of its cross-references, is one of them."""
    before, linker.cutoffs = linker.cutoffs, dict(_EVER)
    found: list[Outcome] = []
    try:
        for gold in documents:
            document = gold.document()
            mentions = [Mention(m.start, m.end, m.text, _CATEGORY[m.type]) for m in gold.mentions]
            sentences = split_document(document)
            linked = linker.link(document, mentions, find_abbreviations(document.text, sentences))
            for mention, answer in zip(gold.mentions, linked, strict=True):
                outcome = _outcome(linker, gold.pmid, mention, answer, genes)
                if outcome is not None:
                    found.append(outcome)
    finally:
        linker.cutoffs = before
    return found


def _outcome(
    linker: NgramLinker, pmid: str, mention: GoldMention, answer: Mention, genes: Mapping[str, str]
) -> Outcome | None:
    if mention.type == "variant":
        if not mention.ids:
            return None
        variant = parse_variant(mention.text)
        # an rs number that the mention does not name cannot be told from the text
        numbered = any(i.startswith("rs") for i in mention.ids)
        named = variant is not None and variant.kind == "ID"
        kind = "variant by number" if numbered and not named else "variant"
        right = variant is not None and variant.bars in mention.ids
        return Outcome(pmid, kind, answer.entity is not None, answer.score, right)
    gold = set(curies(mention, genes))
    if not gold:
        return None
    kind = mention.type
    if kind == "gene" and answer.details:
        kind = "gene of another species"
    if answer.entity is None:
        return Outcome(pmid, kind, False, 0.0, False)
    ids = {answer.entity, *linker.also_known_as(answer.entity)}
    return Outcome(pmid, kind, True, answer.score, not gold.isdisjoint(ids))


def calibration(
    outcomes: Sequence[Outcome], bins: int = 10
) -> tuple[float, list[tuple[float, float, int]]]:
    """Return (expected calibration error, [(mean probability, part that is right, number), ...]) of the
    answers, in bins of equal width."""
    scores = np.array([o.score for o in outcomes if o.answered])
    right = np.array([o.right for o in outcomes if o.answered], dtype=float)
    rows: list[tuple[float, float, int]] = []
    error = 0.0
    place = np.minimum((scores * bins).astype(int), bins - 1)
    for number in range(bins):
        inside = place == number
        if inside.any():
            rows.append((float(scores[inside].mean()), float(right[inside].mean()), int(inside.sum())))  # fmt: skip
            error += abs(rows[-1][0] - rows[-1][1]) * rows[-1][2] / len(scores)
    return error, rows


def _summary(outcomes: Sequence[Outcome], cutoffs: Mapping[str, float]) -> dict[str, object]:
    summary: dict[str, object] = {}
    for type in sorted({o.type for o in outcomes}):
        mine = [o for o in outcomes if o.type == type]
        by_document: dict[str, list[bool]] = {}
        for o in mine:
            by_document.setdefault(o.document, []).append(o.right)
        kept = [o for o in mine if o.answered and o.score >= cutoffs.get(type, 0.0)]
        error, rows = calibration(mine)
        summary[type] = {
            "accuracy": [round(v, 2) for v in accuracy(list(by_document.values()))],
            "answered": round(100 * len(kept) / max(1, len(mine)), 1),
            "precision": round(100 * sum(o.right for o in kept) / max(1, len(kept)), 1),
            "ece": round(error, 4),
            "reliability": [[round(a, 3), round(b, 3), n] for a, b, n in rows],
        }
    return summary


def run(data: Path, out: Path, *, report: Callable[[str], None]) -> dict[str, object]:
    """Train without the development split of each corpus and score on it, then train on all and write
    ``synonyms.tsv.gz``, ``linker.npz`` and their card. Returns the scores: corpus -> type -> figures.

    Raises:
        InputError: if a corpus is missing.
    """
    corpora, terminology = Corpora(data), core()
    both = ("train", "dev")
    every = {n: [d for s in both for d in corpora.read(n, s)] for n in ("bc5cdr", "biored", "ncbi_disease")}  # fmt: skip
    genes = gene_ids(terminology)
    scores: dict[str, object] = {}
    for name in ("bc5cdr", "biored"):
        held = corpora.read(name, "dev")
        linker = train({n: without(d, held) for n, d in every.items()}, terminology, report)
        summary = _summary(link_gold(linker, held, genes), linker.cutoffs)
        scores[name] = summary
        for type, row in summary.items():
            report(f"linking, {name} dev, {type}: {row}")
    linker = train(every, terminology, report)
    save(linker.synonyms, out / SYNONYMS)
    linker.ranker.save(out / RANKER, FEATURES)
    linking_card.write(out, scores, len(FEATURES))
    report(f"wrote {out / SYNONYMS} and {out / RANKER}")
    return scores
