"""Relations read from the whole document by trained models.

What is said of a pair is never more than its models learned: ``causes`` only where chemical-induces-
disease is likely, ``increases`` and ``decreases`` only from the model of what chemicals do to proteins,
``treats`` only where words of treatment stand by; every other correlation has no direction and becomes
``associated_with`` with its sign. None of the three is said where patterns read the opposite direction in
every sentence that names the pair (``hypertension increases lithium``). A relation's probability counts
those of its two entities in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import numpy as np

from graph.model import Category, Pairs, Predicate
from ingest.document import Document, Mention, Sentence
from ingest.models.relation_model import RelationModel, bundled
from ingest.relations.base import Relation, RelationExtractor
from ingest.relations.pair_features import DENSE, nearest
from ingest.relations.predict import (
    EFFECTS,
    TYPES,
    Candidates,
    Floats,
    Prediction,
    candidates,
    predict,
)
from ingest.relations.scopes import hedges, negates
from ingest.relations.triggers import CLASSES
from ingest.relations.view import KINDS, EntityView, Span, View, make_view
from ingest.terms.terminology import core

__all__ = ["LearnedExtractor", "SureExtractor"]

_MESH = re.compile(r"mesh:([CD]\d+)", re.I)
_WORD = re.compile(r"[^\W\d_]+")
_EFFECT = 0.5
_SURE = 0.7
_FOUND = 0.8
"""what the thresholds fall by where entities were found, not given: the best is half of the F1 to be
expected, which is that much lower from raw text (BC5CDR, half of the training split read by models of the
other half)"""
_GENES = ("hgnc:", "fplx:")
_COMPOUND = re.compile(
    r"[- ]?(?:induced|evoked|elicited|produced|provoked|mediated|related) ?", re.I
)
_REACH = 60
_TREATED = [DENSE.index(f"{w} treat") for w in ("any", "before 2", "title")]


class _Meaning(NamedTuple):
    predicate: Predicate
    sign: int
    score: float
    classes: tuple[str, ...]
    """classes of words that may trigger it"""
    pattern: str
    qualifiers: Pairs = ()


class LearnedExtractor(RelationExtractor):
    """Document-level relations between chemicals, diseases, genes and variants, each with a calibrated
    probability.

    Args:
        model: trained models, by default those of the package.
        cutoffs: task (``cid``, ``pair``) -> probability from which on a relation is reported, where not
            the model's own.
    """

    name: ClassVar[str] = "learned"

    def __init__(
        self, model: RelationModel | None = None, cutoffs: dict[str, float] | None = None
    ) -> None:
        self._model = model
        self._cutoffs = dict(cutoffs or {})
        self._mesh: dict[str, str] = {}

    @property
    def model(self) -> RelationModel:
        """The models, read from the package when first used."""
        if self._model is None:
            self._model = bundled()
        return self._model

    @property
    def version(self) -> str:  # type: ignore[override]
        """The rules' version, the model's content and the thresholds."""
        cutoffs = ",".join(f"{k}={v}" for k, v in sorted(self._cutoffs.items()))
        return f"2+{self.model.version}+{cutoffs}"

    def read(
        self, document: Document, sentences: Sequence[Sentence], mentions: Sequence[Mention]
    ) -> list[Relation]:
        """Return the relations of a document; the sentence of each is the one where its best pair of
        mentions stands."""
        known = [m for m in mentions if m.entity and m.category in KINDS]
        spans = [Span(m.start, m.end, _kind(m), m.entity or "") for m in known]
        view = make_view(document.text, sentences, spans)
        if len(view.entities) < 2:
            return []
        made = predict(self.model, self._candidates(view))
        sure = _doubt(made, view, known)
        found: list[Relation] = []
        for row, (a, b) in enumerate(made.candidates.pairs):
            one, two = view.entities[a], view.entities[b]
            if one.id == two.id:
                continue
            meaning = self._meaning(made, row, one, two, 1.0 if sure[row] == 1.0 else _FOUND)
            if meaning is not None:
                found.append(_relation(view, known, one, two, meaning))
        return sorted(
            found, key=lambda r: (r.subject.start, r.object.start, r.predicate.value, r.sign)
        )

    def extract(
        self, document: Document, sentence: Sentence, mentions: Sequence[Mention]
    ) -> list[Relation]:
        """Return the relations of one sentence, as if it were the whole document."""
        return self.read(document, [sentence], mentions)

    def predict(
        self, document: Document, sentences: Sequence[Sentence], mentions: Sequence[Mention]
    ) -> Prediction:
        """Return the probabilities of all candidate pairs."""
        spans = [
            Span(m.start, m.end, _kind(m), m.entity)
            for m in mentions if m.entity and m.category in KINDS
        ]  # fmt: skip
        return predict(self.model, self._candidates(make_view(document.text, sentences, spans)))

    def _candidates(self, view: View) -> Candidates:
        mesh = [self._mesh_id(e) for e in view.entities]
        return candidates(view, self.model.trees, mesh)

    def _mesh_id(self, entity: EntityView) -> str:
        """The MeSH id of a chemical or disease, by its cross-references if need be."""
        if entity.kind not in "CD":
            return ""
        known = self._mesh.get(entity.id)
        if known is None:
            found = _MESH.fullmatch(entity.id)
            if found is None:
                entry = core().entity(entity.id)
                for xref in entry.xrefs if entry is not None else ():
                    found = found or _MESH.fullmatch(xref)
            known = self._mesh[entity.id] = found.group(1).upper() if found else ""
        return known

    def _meaning(
        self, made: Prediction, row: int, one: EntityView, two: EntityView, lower: float
    ) -> _Meaning | None:
        own = {task: lower * value for task, value in self.model.thresholds.items()}
        cutoffs = {**own, **self._cutoffs}
        kind = one.kind + two.kind
        cid, pair = float(made.cid[row]), float(made.pair[row])
        if kind == "CD" and cid >= cutoffs["cid"]:
            return _Meaning(Predicate.CAUSES, 1, cid, ("cause", "time", "harm"), "cid")
        if pair < cutoffs["pair"]:
            return None
        types = made.types[row]
        type = TYPES[int(types.argmax())]
        share = float(types.max())
        if kind == "CG":
            effects = made.effects[row]
            best = int(effects.argmax())
            if best and effects[best] >= _EFFECT:
                acted = _acts(EFFECTS[best - 1], pair, float(effects[best]))
                if acted is not None:
                    return acted
        if type == "Bind":
            return _Meaning(Predicate.BINDS, 0, pair * share, ("bind",), "bind")
        if type in ("Positive_Correlation", "Negative_Correlation"):
            sign = 1 if type == "Positive_Correlation" else -1
            score = pair * share
            treats = made.candidates.dense[row, _TREATED].any() and not made.candidates.opposed[row]
            if kind == "CD" and sign < 0 and treats:
                return _Meaning(Predicate.TREATS, -1, score, ("treat", "down"), "treats")
            words: tuple[str, ...] = ("down", "treat", "link")
            if sign > 0:
                words = ("up", "link", "cause")
            return _Meaning(Predicate.ASSOCIATED_WITH, sign, score, words, "correlated")
        if type == "Other":
            # given together, compared or acting on each other: which one is not told apart
            words = ("combine", "compare", "bind")
            return _Meaning(Predicate.ASSOCIATED_WITH, 0, pair * share, words, "combined")
        words = ("link", "up", "down", "bind")
        return _Meaning(Predicate.ASSOCIATED_WITH, 0, pair, words, "associated")


class SureExtractor(LearnedExtractor):
    """Only what is at least 0.7 likely: for a graph, where a wrong edge costs more than a missing one.

    The plain extractor's cut-offs are those of the best F1.
    """

    name: ClassVar[str] = "learned-sure"

    def read(
        self, document: Document, sentences: Sequence[Sentence], mentions: Sequence[Mention]
    ) -> list[Relation]:
        return [r for r in super().read(document, sentences, mentions) if r.score >= _SURE]


def _doubt(made: Prediction, view: View, mentions: Sequence[Mention]) -> Floats:
    """Weigh each probability with those that the two entities are in the text at all, and return these:
    the models learned from entities that annotators had named. An entity is as sure as its surest
    mention."""
    sure = np.array([max(mentions[p.span].score for p in e.places) for e in view.entities])
    pairs = np.array(made.candidates.pairs, dtype=np.int64).reshape(-1, 2)
    both: Floats = sure[pairs].prod(axis=1)
    made.cid *= both
    made.pair *= both
    return both


def _kind(mention: Mention) -> str:
    """Its kind by what it was grounded to: a recogniser may take a gene for a chemical."""
    if mention.entity and mention.entity.startswith(_GENES):
        return KINDS[Category.GENE]
    return KINDS[mention.category]


def _acts(effect: str, pair: float, share: float) -> _Meaning | None:
    """What a chemical does to a gene or protein."""
    score = pair * share
    if effect == "binds":
        return _Meaning(Predicate.BINDS, 0, score, ("bind",), "molecular")
    if effect == "other":
        return None
    verb, aspect = effect.split(" ")
    up = verb == "increases"
    predicate = Predicate.INCREASES if up else Predicate.DECREASES
    qualifiers = (("object_aspect", aspect),)
    return _Meaning(
        predicate, 1 if up else -1, score, ("up",) if up else ("down",), "molecular", qualifiers
    )


def _relation(
    view: View, mentions: Sequence[Mention], one: EntityView, two: EntityView, meaning: _Meaning
) -> Relation:
    """The relation with its best evidence: a sentence that names both and a trigger, affirmed rather
    than denied, the mentions near each other; else the sentence of the second entity nearest to a
    mention of the first."""
    best: tuple[tuple[bool, bool, int, int], Relation] | None = None
    for distance, p, q in nearest(one, two):
        sentence = view.sentences[p.sentence]
        subject, object = mentions[p.span], mentions[q.span]
        start, end = _trigger(view.text, sentence, subject, object, meaning.classes)
        first, last = sorted((subject, object), key=lambda m: (m.start, m.end))
        before = view.text[sentence.start : first.start]
        inside = view.text[first.end : max(first.end, last.start)]
        # "did not potentiate X-induced Y": the compound holds whatever its sentence denies
        stands = _COMPOUND.fullmatch(inside) is not None and subject is first
        negated = not stands and negates(before, inside)
        hedged = not stands and hedges(before, inside)
        order = (negated, start < 0, distance, sentence.start)
        if best is None or order < best[0]:
            best = order, _made(sentence, subject, object, meaning, start, end, negated, hedged)
    if best is not None:
        return best[1]
    p, q = min(
        ((p, q) for p in one.places for q in two.places),
        key=lambda pq: (abs(pq[0].sentence - pq[1].sentence), pq[1].sentence, pq[0].sentence),
    )
    subject, object = mentions[p.span], mentions[q.span]
    return _made(view.sentences[q.sentence], subject, object, meaning, -1, -1, False, False)


def _made(
    sentence: Sentence, subject: Mention, object: Mention, meaning: _Meaning,
    start: int, end: int, negated: bool, hedged: bool,
) -> Relation:  # fmt: skip
    return Relation(
        sentence, subject, meaning.predicate, object, meaning.sign, start, end, negated, hedged,
        round(min(1.0, max(0.0, meaning.score)), 4), meaning.pattern,
        qualifiers=meaning.qualifiers,
    )  # fmt: skip


def _trigger(
    text: str, sentence: Sentence, a: Mention, b: Mention, classes: tuple[str, ...]
) -> tuple[int, int]:
    """Offsets of a trigger: between the mentions, or just after or before them; (-1, -1) if none."""
    first, last = sorted((a, b), key=lambda m: (m.start, m.end))
    pieces = (
        (first.end, last.start),
        (last.end, min(sentence.end, last.end + _REACH)),
        (max(sentence.start, first.start - _REACH), first.start),
    )
    for name in classes:
        for low, high in pieces:
            if low < high:
                for word in _WORD.finditer(text, low, high):
                    if word.group().lower() in CLASSES[name]:
                        return word.span()
    return -1, -1
