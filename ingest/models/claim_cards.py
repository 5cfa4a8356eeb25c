"""Model cards of the rules for claims and of the model of trial results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["write"]

_TRIALS = """# Model card: trial results (`trials.npz`)

Multinomial logistic regression over features of a result sentence and a question (intervention, comparator,
outcome): does the intervention, against the comparator, increase or decrease the outcome, or is there no
difference? Extractor `trials` asks it about the entities of randomised trials.

## Data and licence
Evidence Inference 2.0 (MIT), {articles} articles, {count} sentences: annotations that both checks found valid, the same
sentence for the same question once. Nothing else was learned from.

## Training
`python -m ingest.models.train --data DIR --part claims` (scikit-learn to train, numpy to run; the same data give the
same file). The shipped model is trained on all of them.

## Scores
Gold sentence given, 5-fold cross-validation by article, three times with other folds; features and the strength of the
regularisation were chosen by the same cross-validation, so expect slightly less. Interval: 95 % bootstrap over
articles.

| | macro-F1 | interval | accuracy |
| --- | --- | --- | --- |
| 5 folds, mean of three runs | {macro_f1:.2f} | {low:.1f}-{high:.1f} | {accuracy:.1f} |

Expected calibration error (temperature set on the other folds): {ece:.3f}. Reliability:

{table}
## Known failures
- Questions whose arms the sentence calls `group I` and `group II`.
- `Improved`: a score that improves may rise or fall; the extractor abstains where that decides.
- Rows of tables; sentences that only point to a table.
- The extractor abstains when both arms are active drugs: what is lower than under another drug need not be lowered.
  How often its relations are right is known only from reading: of 15 that it found (default recogniser) in 115
  randomised trials among the development abstracts 14 were right, and its rules were written on the same abstracts. It
  finds few.
"""

_CLAIMS = """# Model card: claims (rules, no file)

Rules written by hand for annotator `claims`: negation, speculation, strength of the claim, kind of study, species,
population, dose, tissue. Nothing was fitted; the corpora below only score. The rules were written while looking at one
half of each (BioScope: every other document; causal language: by hash of the sentence), the other half is "held out".
Its scores were seen a few times while writing, so it is not untouched.

{negation}
{strength}
The confidence of a strength is set by hand for each rule.

Run again: `python -m ingest.models.train --data DIR --part claims`, or `python -m benchmarks.claims`, which also
cross-validates a trained classifier of strength that is not shipped (licence of its data).

## Known failures
- Cue `or` of BioScope is not read as speculation, nor is most of `can` and `could`.
- BioScope counts `indicate that` as speculation; the annotator does not call a relation hedged for it.
- Scopes end at clause borders found by punctuation and conjunctions: relative clauses between subject and verb cut
  them short.
- Strength is read from the sentence alone: a comparison of treated groups in a trial reads as correlational.
- Population, dose and tissue are the nearest ones named in the sentence, not always those of the relation. Kind of
  study, species, population, dose and tissue have not been scored: no corpus here marks them.
"""


def _reliability(rows: Sequence[Sequence[float]]) -> str:
    lines = ["| confidence | right | number |", "| --- | --- | --- |"]
    lines += [f"| {mean:.2f} | {share:.2f} | {count:.0f} |" for mean, share, _, count in rows]
    return "\n".join(lines) + "\n"


def write(folder: Path, scores: Mapping[str, Any]) -> None:
    """Write ``trials.md`` and ``claims.md`` from the scores of ``--part claims``."""
    trials = dict(scores["trials"])
    trials["table"] = _reliability(trials.pop("reliability"))
    (folder / "trials.md").write_text(_TRIALS.format(**trials), encoding="utf-8")
    claims = scores["claims"]
    lines = [
        "## Negation and speculation, BioScope abstracts, F1 in per cent",
        "By sentence: whether it holds a cue. By cue: found if it overlaps. Scope: words inside of scopes.",
        "",
        "| | documents | by sentence | by cue | interval | scope |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for kind in ("negation", "speculation"):
        for part, s in claims.get(kind, {}).items():
            lines.append(
                f"| {kind}, {part} | {s['documents']} | {s['sentence']['f1']:.2f} | {s['cue']['f1']:.2f} | "
                f"{s['low']:.1f}-{s['high']:.1f} | {s['scope']['f1']:.1f} |"
            )
    if "negex" in claims:
        lines += [
            "",
            f"NegEx sentences, condition inside of a scope: F1 {claims['negex']['f1']:.2f}.",
        ]
    negation = "\n".join(lines) + "\n"
    lines = [
        "## Strength of the claim, causal language (2,448 sentences)",
        "| | sentences | macro-F1 | interval | accuracy | ECE |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for part, s in claims.get("strength", {}).items():
        lines.append(
            f"| {part} | {s['count']} | {s['macro_f1']:.2f} | {s['low']:.1f}-{s['high']:.1f} | "
            f"{s['accuracy']:.1f} | {s['ece']:.3f} |"
        )
    if "strength" in claims:
        lines += ["", "Reliability on the held-out half:", ""]
        lines.append(_reliability(claims["strength"]["held out"]["reliability"]))
    (folder / "claims.md").write_text(
        _CLAIMS.format(negation=negation, strength="\n".join(lines)), encoding="utf-8"
    )
