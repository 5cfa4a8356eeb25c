"""Model cards: what each shipped file is, learned from what, how good, and where it fails."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["write"]

_NER = """# Model card: names (`ner.npz`)

Two linear-chain conditional random fields over one set of features, two passes over each document: `cdr` finds
chemicals and diseases, `six` finds genes, chemicals, diseases, variants, species and cell lines and sees what `cdr`
thinks. Rules add to what `six` finds: variants in standard notation (rs numbers, HGVS, `V600E`) and strings that
were found in two thirds of their places. Recogniser `crf` takes chemicals and diseases from `cdr`, the rest from
`six`; `crf-biored` takes all from `six`. The file also holds the external lexicon and the lexicons learned from
annotations.

## Data and licences
| data | used for | licence |
| --- | --- | --- |
| BC5CDR train + dev (1,000 abstracts) | `cdr`, learned lexicon | U.S. Government work |
| BioRED train + dev (431 abstracts) | `six`, learned lexicon | U.S. Government work |
| NCBI disease train + dev (693 abstracts) | learned lexicon of diseases | public domain |
| HGNC, MeSH, Disease Ontology, ChEBI, FamPlex | external lexicon | CC0, U.S. Government work, CC0, CC BY 4.0, CC0 |

Official test splits were not used, nor seen.

## Training
`python -m ingest.models.train --data DIR` (CRFsuite, L2-regularised stochastic gradient descent, 12 epochs,
features seen twice or more; the same data give the same file). Whatever a training document sees that was
learned from annotations leaves that document out: lexicons by jackknife, first passes by cross-fitting in 4
folds, across corpora by PMID.

## Scores
Strict span and type, in per cent; interval: 95 % bootstrap over documents. The models scored here were trained
like the shipped ones, but only on the training split of the corpus they are scored on (the other corpora whole,
abstracts of the scored split left out by PMID). The optimiser's settings and the features were chosen while
looking at BC5CDR dev, errors on BioRED dev were looked at too, so expect slightly less on unseen corpora.

{tables}
## Calibration
`Mention.score` is the probability that the span is right, strictly: the least of the probabilities of its labels, put
through an isotonic curve that was fitted on the development split with the tagger that had not seen it. Below,
each fifth of that split is judged by a curve of the others.

{reliability}
## Known failures
- Abbreviations that the text never explains, and drug codes (`SM 21`), unless another sentence gives them away.
- Drug names outside MeSH, ChEBI and the training abstracts; MeSH supplementary concepts are mostly not in the lexicon.
- Boundaries of long disease phrases: modifiers (`postoperative`, `secondary`), coordinations (`optic and
  peripheral neuropathy`), which BC5CDR annotates now whole, now in parts.
- The two corpora delimit and type names differently: on BioRED's development split (all six types) `crf` reaches
  81.98, `crf-biored` 85.43; take the one whose convention fits.
- Scores are calibrated for all types of a tagger together; those of cell lines are too low.
- Cell lines: about 100 training examples, low recall.
- Names that begin or end inside a run of letters (`AR` in `ARKO`) cannot be found.
- Titles and abstracts in English only; tables and full-text captions were not in the training data.

## Tried for `six`, and left
Four-fold cross-validation on BioRED train (347 abstracts, jackknifed lexicons, both passes cross-fitted), micro F1
with the 95 % interval of the paired difference over documents. As shipped 83.40. Without rules -0.21 (-0.37 to -0.07).
Label `O` made dearer by 0.25, 0.5, 0.75, 1, 1.5: -0.04, -0.14, -0.24, -0.66, -2.06; cheaper by 0.25: -0.06. Weights of
both passes averaged, first by 0.3, 0.5, 0.7: +0.19, +0.23, +0.34 (with `O` dearer by 0.25 +0.16, +0.24, +0.41). First
pass alone +0.44 (+0.05 to +0.89): the best, so it was scored once on BioRED dev, where it gave 85.07 (82.2-87.7)
against 85.43; not confirmed, not taken. (In all of these `cdr`'s view of abstracts that BC5CDR shares came from one
tagger without any abstract of BioRED, not from cross-fitting.) Not tried: other penalties, a lexicon from DrugProt.
"""


def _table(title: str, rows: Mapping[str, Mapping[str, float]]) -> str:
    lines = [
        f"### {title}",
        "| type | P | R | F1 | interval | gold |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name in (*(n for n in rows if n != "micro"), "micro"):
        r = rows[name]
        lines.append(
            f"| {name} | {r['precision']:.1f} | {r['recall']:.1f} | {r['f1']:.2f} | "
            f"{r['low']:.1f}-{r['high']:.1f} | {r['count']:.0f} |"
        )
    return "\n".join(lines) + "\n\n"


def _reliability(title: str, found: Mapping[str, Any]) -> str:
    lines = [
        f"### {title}",
        f"Expected calibration error {found['ece']:.3f} (the CRF's own probabilities: {found['raw']:.3f}), "
        f"{found['spans']} spans.",
        "",
        "| mean score | share right | spans |",
        "| --- | --- | --- |",
    ]
    lines += [f"| {p:.2f} | {r:.2f} | {n} |" for p, r, n in found["table"]]
    return "\n".join(lines) + "\n\n"


def write(folder: Path, scores: Mapping[str, Any]) -> None:
    """Write the cards of the models in a folder from the scores that training measured."""
    tables = ""
    if "cdr" in scores:
        tables += _table("`cdr` (two passes) on BC5CDR dev", scores["cdr"])
    if "six" in scores:
        tables += _table("`six` (two passes) on BioRED dev", scores["six"])
    reliability = ""
    if "calibration_cdr" in scores:
        reliability += _reliability("`cdr` on BC5CDR dev", scores["calibration_cdr"])
    if "calibration_six" in scores:
        reliability += _reliability("`six` on BioRED dev", scores["calibration_six"])
    text = _NER.format(
        tables=tables or "Not measured.\n", reliability=reliability or "Not measured.\n"
    )
    (folder / "ner.md").write_text(text, encoding="utf-8")
