"""Model cards: what each shipped file is, learned from what, how good, and where it fails."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["write"]

_NER = """# Model card: names (`ner.npz`)

Two linear-chain conditional random fields over one set of features, two passes over each document: `cdr` finds
chemicals and diseases, `six` finds genes, chemicals, diseases, variants, species and cell lines and sees what `cdr`
thinks. Recogniser `crf` takes chemicals and diseases from `cdr`, the rest
from `six`. The file also holds the external lexicon and the lexicons learned from annotations.

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
## Known failures
- Abbreviations that the text never explains, and drug codes (`SM 21`), unless another sentence gives them away.
- Drug names outside MeSH, ChEBI and the training abstracts; MeSH supplementary concepts are mostly not in the lexicon.
- Boundaries of long disease phrases: modifiers (`postoperative`, `secondary`), coordinations (`optic and
  peripheral neuropathy`), which BC5CDR annotates now whole, now in parts.
- Scores of spans are the model's own probabilities; their calibration has not been measured.
- Cell lines: about 100 training examples, low recall.
- Names that begin or end inside a run of letters (`AR` in `ARKO`) cannot be found.
- Titles and abstracts in English only; tables and full-text captions were not in the training data.
"""

_SYNONYMS = """# Model card: learned names for linking (`synonyms.tsv.gz`)

Names of chemicals and diseases as annotators wrote them, each with the MeSH id that it was given more often than
not, from BC5CDR, BioRED (both U.S. Government works) and NCBI disease (public domain), train + dev. Linker
`ngram` asks it first, then the terminology (exact, without punctuation and plural, by stems, by stems with words of
one meaning joined), then takes the nearest name by TF-IDF of character trigrams.

Training: `python -m ingest.models.train --data DIR --part linking`.

## Scores
Accuracy of the first answer on gold mentions that have an id, never abstaining, names learned without the
development abstracts; interval: 95 % bootstrap over documents.

{tables}
## Known failures
- Chemicals that the gold standard gives as MeSH supplementary concepts (`C...`) that the terminology lacks: 9 % of
  the mentions; many are linked to the ChEBI entity of the same name, which the score counts as wrong.
- One of several ids of a composite mention (`hemorrhagic cystitis`) counts as right, the others are lost.
- Vague phrases (`decreased renal function`, `visual deficits`) whose id is the annotators' choice.
- Genes are linked by name only, to human genes, without disambiguation of species.
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


def write(folder: Path, scores: Mapping[str, Any]) -> None:
    """Write the cards of the models in a folder from the scores that training measured."""
    tables = ""
    if "cdr" in scores:
        tables += _table("`cdr` (two passes) on BC5CDR dev", scores["cdr"])
    if "six" in scores:
        tables += _table("`six` (two passes) on BioRED dev", scores["six"])
    (folder / "ner.md").write_text(
        _NER.format(tables=tables or "Not measured.\n"), encoding="utf-8"
    )
    rows = ["| type | accuracy | interval | mentions |", "| --- | --- | --- | --- |"]
    for name, (value, low, high, count) in sorted(scores.get("linking", {}).items()):
        rows.append(f"| {name} | {value:.2f} | {low:.1f}-{high:.1f} | {count:.0f} |")
    text = "\n".join(rows) + "\n\n" if scores.get("linking") else "Not measured.\n"
    (folder / "synonyms.md").write_text(_SYNONYMS.format(tables=text), encoding="utf-8")
