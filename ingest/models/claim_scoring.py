"""Scores of the rules for claims: negation, speculation and strength of the claim.

The corpora are read to score, never to learn from: BioScope abstracts, the NegEx sentences and the
causal language sentences of Yu, Li and Wang (EMNLP 2019). The rules were written while looking at one
half of BioScope's documents and of the causal language sentences; the other half is ``held out``.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ingest.claims.cues import Cue, covers
from ingest.claims.negation import find_negations
from ingest.claims.speculation import find_speculations
from ingest.claims.strength import LEVELS, classify

__all__ = [
    "GoldSentence", "detection", "held_out", "read_bioscope", "read_causal", "read_negex", "score_rules",
]  # fmt: skip

_WORD = re.compile(r"\w+")
_LEVEL = {"0": 0, "3": 1, "2": 2, "1": 3}


@dataclass(frozen=True, slots=True)
class GoldSentence:
    """A sentence of BioScope: cue id -> (type, pieces of the cue, scope)."""

    document: str
    text: str
    cues: Mapping[str, tuple[str, tuple[tuple[int, int], ...], tuple[int, int]]]


def read_bioscope(path: Path) -> list[GoldSentence]:
    """Read the sentences of a BioScope file, in order of their documents' ids."""
    from lxml import etree

    found: list[GoldSentence] = []
    tree = etree.parse(str(path), etree.XMLParser(resolve_entities=False, no_network=True))
    for document in tree.iter("Document"):
        name = document.findtext("DocID") or ""
        for sentence in document.iter("sentence"):
            pieces: list[str] = []
            cues: dict[str, tuple[str, list[tuple[int, int]]]] = {}
            scopes: dict[str, tuple[int, int]] = {}
            _walk(sentence, pieces, cues, scopes)
            text = "".join(pieces)
            gold = {
                id: (kind, tuple(spans), scopes.get(id, spans[0]))
                for id, (kind, spans) in cues.items()
            }
            found.append(GoldSentence(name, text, gold))
    return sorted(found, key=lambda s: s.document)


def _walk(
    element: Any,
    pieces: list[str],
    cues: dict[str, tuple[str, list[tuple[int, int]]]],
    scopes: dict[str, tuple[int, int]],
) -> None:
    start = sum(map(len, pieces))
    pieces.append(element.text or "")
    for child in element:
        _walk(child, pieces, cues, scopes)
        pieces.append(child.tail or "")
    end = sum(map(len, pieces))
    if element.tag == "cue":
        cues.setdefault(element.get("ref", ""), (element.get("type", ""), []))[1].append(
            (start, end)
        )
    elif element.tag == "xcope":
        scopes[element.get("id", "")] = (start, end)


def read_negex(path: Path) -> list[tuple[str, str, bool]]:
    """Read (sentence, condition, whether it is denied) of the NegEx sentences, one space between
    words; rows whose condition is not in the sentence are left out."""
    found: list[tuple[str, str, bool]] = []
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        for row in list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]:
            if len(row) < 4:
                continue
            condition, text = (" ".join(c.strip('" ').split()) for c in row[1:3])
            if condition and condition.lower() in text.lower():
                found.append((text, condition, row[3] == "Negated"))
    return found


def read_causal(path: Path) -> list[tuple[str, int]]:
    """Read (sentence, index in LEVELS) of the causal language sentences."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            (
                " ".join(row["sentence"].replace("\\xa0", " ").split()).strip(' "'),
                _LEVEL[row["label"]],
            )
            for row in csv.DictReader(file)
        ]


def held_out(name: str) -> bool:
    """Whether a sentence is in the half that was not looked at while the strength rules were written."""
    return int(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest(), 16) % 2 == 1


def detection(
    sentences: Sequence[GoldSentence], kind: str, find: Callable[[str], list[Cue]]
) -> dict[str, Any]:
    """Score cues of one type: by sentence (does it hold a cue?), by cue (found if it overlaps) and by
    the words inside of scopes; the interval is of the cue-level F1, over documents."""
    totals: dict[str, Any] = {}
    by_document: dict[str, list[float]] = {}
    counts = {"sentence": [0, 0, 0], "cue": [0, 0, 0], "scope": [0, 0, 0]}
    for sentence in sentences:
        gold = [(spans, scope) for t, spans, scope in sentence.cues.values() if t == kind]
        found = find(sentence.text)
        used: set[int] = set()
        hits = 0
        for spans, _ in gold:
            match = [
                i
                for i, c in enumerate(found)
                if i not in used and any(c.start < e and s < c.end for s, e in spans)
            ]  # both halves of "neither ... nor" belong to one gold cue
            used.update(match)
            hits += bool(match)
        cue = [hits, len(found) - len(used), len(gold) - hits]
        line = by_document.setdefault(sentence.document, [0.0, 0.0, 0.0])
        for i in range(3):
            counts["cue"][i] += cue[i]
            line[i] += cue[i]
        if found or gold:
            counts["sentence"][0 if found and gold else 1 if found else 2] += 1
        words = [m.start() for m in _WORD.finditer(sentence.text)]
        wanted = {w for w in words for _, (s, e) in gold if s <= w < e}
        given = {w for w in words for c in found if c.scope_start <= w < c.scope_end}
        for i, part in enumerate((wanted & given, given - wanted, wanted - given)):
            counts["scope"][i] += len(part)
    for name, (right, wrong, missed) in counts.items():
        totals[name] = {
            "precision": 100 * right / max(1, right + wrong),
            "recall": 100 * right / max(1, right + missed),
            "f1": 200 * right / max(1, 2 * right + wrong + missed),
        }
    table = np.array([by_document[d] for d in sorted(by_document)])
    draws = np.random.default_rng(0).integers(0, len(table), (500, len(table)))
    sums = table[draws].sum(axis=1)
    values = 200 * sums[:, 0] / np.maximum(1, 2 * sums[:, 0] + sums[:, 1] + sums[:, 2])
    low, high = np.percentile(values, [2.5, 97.5])
    return {**totals, "low": float(low), "high": float(high), "documents": len(table)}


def _strength(rows: Sequence[tuple[str, int]]) -> dict[str, Any]:
    from ingest.models.claim_training import calibration, interval, macro_f1

    labels = np.array([label for _, label in rows])
    read = [classify(text) for text, _ in rows]
    answers = np.array([LEVELS.index(r.level) for r in read])
    low, high = interval(labels, answers, [str(i) for i in range(len(rows))], len(LEVELS))
    error, table = calibration(np.array([r.probability for r in read]), answers == labels)
    return {
        "macro_f1": macro_f1(labels, answers, len(LEVELS)), "low": low, "high": high,
        "accuracy": 100 * float((labels == answers).mean()), "count": len(rows),
        "ece": error, "reliability": table,
    }  # fmt: skip


def score_rules(data: Path, *, report: Callable[[str], None]) -> dict[str, Any]:
    """Score the rules on the corpora that are there; on both halves (``all``) and on the half that was
    not looked at (``held out``)."""
    corpora = data / "corpora"
    scores: dict[str, Any] = {}
    path = corpora / "bioscope" / "abstracts.train.xml"
    if path.exists():
        sentences = read_bioscope(path)
        names = sorted({s.document for s in sentences})
        second = set(names[1::2])
        rest = [s for s in sentences if s.document in second]
        for kind, find in (("negation", find_negations), ("speculation", find_speculations)):
            scores[kind] = {
                "all": detection(sentences, kind, find), "held out": detection(rest, kind, find),
            }  # fmt: skip
            f1 = scores[kind]["held out"]["cue"]["f1"]
            report(f"{kind}: cue F1 {f1:.2f} on the half of BioScope not looked at")
    path = corpora / "negex" / "rsAnnotations-1-120-random.txt"
    if path.exists():
        right = wrong = missed = 0
        for text, condition, denied in read_negex(path):
            place = text.lower().find(condition.lower())
            answer = covers(find_negations(text), place, place + len(condition))
            right += denied and answer
            wrong += answer and not denied
            missed += denied and not answer
        scores["negex"] = {"f1": 200 * right / max(1, 2 * right + wrong + missed)}
        report(f"negation: F1 {scores['negex']['f1']:.2f} on NegEx sentences")
    path = corpora / "causal_language" / "train.csv"
    if path.exists():
        rows = read_causal(path)
        scores["strength"] = {
            "all": _strength(rows),
            "held out": _strength([r for r in rows if held_out(r[0])]),
        }
        f1 = scores["strength"]["held out"]["macro_f1"]
        report(f"strength: macro-F1 {f1:.2f} on the half not looked at")
    return scores
