"""The model card of the relation models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["write_card"]

_CARD = """# Model card: relations (`relations.npz`)

Which pairs of entities of a document are related, and how. Five questions, each answered in two stages: a
logistic regression over hashed words, names and MeSH branches scores every pair alone; gradient-boosted trees
then see that score, places, frequencies and trigger words, and the scores of the other pairs of the document
(`cid` also how often chemical, disease and pair were related in other training documents).

| question | answer | learned from |
| --- | --- | --- |
| `cid` | whether a chemical induces a disease | BC5CDR |
| `pair` | whether two entities are related at all | BioRED |
| `type` | Association, Positive or Negative Correlation, Bind, or one of the four rare ones | BioRED |
| `sign` | positive or negative, if signed | BioRED |
| `molecular` | what a chemical does to a gene or protein: activity or amount up or down, binding | DrugProt |

Extractor `learned` turns the answers into statements: `cid` into `causes`; signed `molecular` answers of related
pairs into `increases` and `decreases` with the qualifier `object_aspect`; negative correlations of a chemical and
a disease where words of treatment stand by into `treats`; other correlations have no direction and become
`associated_with` with their sign.

## Data and licences
BC5CDR train + dev (1,000 abstracts) and BioRED train + dev (431): U.S. Government works. DrugProt development
split (750 abstracts): CC BY 4.0. MeSH tree numbers (2015): U.S. Government work. Official test splits were not
used, nor seen.

## Training
`python -m ingest.models.train --data DIR --part relations` (scikit-learn; the same data give the same model).
What the second stage learns from was scored by a first stage that had not seen the document (5 folds by PMID).
Calibration (Platt) comes from the same folds, thresholds from the F1 that it lets expect. Features and settings of
the second stages of `cid` and `pair` were chosen by the likelihood of held-out training documents.

## Scores
Trained on the training splits, scored on the development splits (abstracts that both hold left out by PMID; what the
BioRED models take from other corpora is learned without any abstract of BioRED). Gold entities; in per cent; interval: 95 % bootstrap over documents.

{tables}
`sign accuracy`: of the gold pairs with a sign. `typed` counts a pair as right with its type; the four rare types
count as one.

End to end (names by a `crf` and linker `ngram` that had not seen the abstracts, `cid` from the training split):
chemical induces disease on BC5CDR dev F1 53.6 (50.5-57.0), P 54.5, R 52.8; `--part relations` does not repeat this.
Probabilities are weighed with those of the two entities there, and thresholds lie a fifth lower.

`pair calibration`: of all candidate pairs; `typed calibration`: of the reported ones, with their type.

{calibration}
## Known failures
- Bind and the four rare types are hardly ever chosen (F1 0 on BioRED dev).
- Relations across sentences are found less often than those within one.
- Which of several diseases, general or special, the annotators chose.
- The direction of effects between genes is not learned: correlations of genes stay undirected.
- Cotreatment, Comparison, Drug_Interaction and Conversion (36 training examples) are not told apart.
- Full texts: only pairs that share a sentence are looked at; the training data are abstracts.
- Ids of genes and variants are not looked at, those of chemicals and diseases only through MeSH.
"""


def write_card(folder: Path, scores: Mapping[str, Any]) -> None:
    """Write ``relations.md`` from measured scores."""
    rows = ["| figure | value | interval |", "| --- | --- | --- |"]
    blocks: list[str] = []
    for name, value in scores.items():
        if isinstance(value, Mapping):
            blocks.append(
                f"### {name}\nExpected calibration error {value['ece']:.3f} (ten bins).\n"
            )
            blocks.append("| mean probability | share right | pairs |\n| --- | --- | --- |")
            blocks.extend(f"| {a:.2f} | {b:.2f} | {n} |" for a, b, n in value["bins"])
            blocks.append("")
        else:
            rows.append(f"| {name} | {value[0]:.2f} | {value[1]:.1f}-{value[2]:.1f} |")
    text = _CARD.format(tables="\n".join(rows) + "\n", calibration="\n".join(blocks))
    (folder / "relations.md").write_text(text, encoding="utf-8")
