"""Results of randomised trials: what an intervention did to an outcome, as evidence of an intervention.

Only documents that say that they are randomised, only sentences that report a result, only arms that
are compared with a placebo or with no treatment; everything else is passed over. The answer is that
of :mod:`ingest.models.claim_trials`, and it must agree with the wording.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from graph.model import Category, Predicate, Rung, pairs
from ingest.claims.negation import find_negations
from ingest.claims.speculation import find_speculations
from ingest.claims.study import study_of
from ingest.document import Document, Mention, Sentence
from ingest.models.claim_features import Question, p_values
from ingest.models.claim_trials import OUTCOMES, TrialModel
from ingest.relations.base import Relation, RelationExtractor, by_sentence

__all__ = ["TrialExtractor"]

_ARMS = frozenset({Category.CHEMICAL, Category.PROCEDURE, Category.BEHAVIOR})
_OUTCOMES = frozenset({Category.DISEASE, Category.PHENOTYPE, Category.PROCESS})
_RANDOMISED_TYPES = frozenset(
    {"randomized controlled trial", "equivalence trial", "pragmatic clinical trial"}
)
_RANDOMISED = re.compile(
    r"\brandomi[sz]ed\b(?! (?:mice|rats))|\brandomly (?:\w+ )?(?:assigned|allocated|divided|received)|\brandomi[sz]ation\b|"
    r"\brandom (?:assignment|allocation)\b", re.I,
)  # fmt: skip
_OTHER_SECTION = re.compile(
    r"title|background|introduction|method|objective|aim|purpose|design|setting|intervention|registration",
    re.I,
)
_CONTROL = re.compile(
    r"\b(?:placebo|sham|vehicle|no treatment|untreated|usual care|standard care|control(?:s| group| arm| subjects| patients)?)\b", re.I,
)  # fmt: skip
_CHANGE = re.compile(
    r"\b(?:(?P<up>increas\w+|higher|greater|more|elevat\w+|rais\w+|worsen\w*|longer)|"
    r"(?P<down>decreas\w+|reduc\w+|lower\w*|fewer|less|declin\w+|diminish\w+|attenuat\w+|prevent\w*|shorter|alleviat\w+|suppress\w+))\b",
    re.I,
)
_SAME = re.compile(
    r"\b(?:no (?:\w+ ){0,4}(?:difference|effect|change|increase|decrease|reduction|improvement|benefit)\w*|"
    r"(?:not|n't) (?:\w+ ){0,3}(?:differ\w*|affect|alter|change|reduce|increase|decrease|improve|prevent|influence|lower|significant\w*)|"
    r"similar|comparable|did not differ)\b",
    re.I,
)
_POPULATION = re.compile(
    r"\b(?:patients|subjects|children|women|men|individuals|adults|people|those|infants|participants|volunteers|survivors|"
    r"carriers|cases|history|treatment|management|therapy|diagnosed|suffering|at risk|"
    r"candidates) (?:\w+ ){0,2}?(?:with|of|for|having|from|after|undergoing)\b[^,;:.]*$", re.I,
)  # fmt: skip
_MODIFIER = re.compile(
    r"[ -](?:patients?|subjects?|children|women|men|group|medication|drugs?|treatment|therapy|clinic|model|survivors|induced|related)\b",
    re.I,
)
_AIM = re.compile(
    r"\b(?:aim|objective|purpose|to (?:evaluate|determine|assess|investigate|compare|test|examine)|hypothes\w+|we (?:evaluated|compared|assessed|investigated|tested))\b",
    re.I,
)
_IN_WHOM = re.compile(r"^(?:[A-Z ]+: )?(?:in|among|for) (?:\w+ ){0,2}$", re.I)
_LEVEL = re.compile(
    r"[ -](?:levels?|concentrations?|status|intake|deficiency|metabolism|clearance)\b", re.I
)
# what the arm is explicitly held against
_AGAINST = re.compile(
    r"\b(?:than|compared (?:with|to)|versus|vs\.?|relative to|in comparison (?:with|to))\s(?P<with>[^,;:.()]{1,60})",
    re.I,
)
_ASSIGNED = re.compile(
    r"\brandom\w*|\bassigned\b|\ballocated\b|\breceiv\w+|\badminist\w+|\bwere given\b|\btreated with\b|\bplacebo\b", re.I,
)  # fmt: skip
_SURE = 0.7
_REACH = 140


class TrialExtractor(RelationExtractor):
    """Increases, decreases, or (denied) affects, of rung ``intervention``.

    The relation's details give ``study``, ``design``, ``comparator`` and the p-value as written
    (``p``). A comparison with another active treatment is passed over, as is an outcome that is only
    said to have improved.
    """

    name: ClassVar[str] = "trials"
    version: ClassVar[str] = "1"

    def __init__(self, model: TrialModel | None = None) -> None:
        self._model = model

    @property
    def model(self) -> TrialModel:
        """The model of trial results, loaded when first asked for."""
        if self._model is None:
            self._model = TrialModel.load()
        return self._model

    def read(
        self, document: Document, sentences: Sequence[Sentence], mentions: Sequence[Mention]
    ) -> list[Relation]:
        """Return what the sentences of a randomised trial report; nothing for other documents."""
        if not is_randomised(document):
            return []
        parts = by_sentence(sentences, mentions)
        treatments = {
            m.entity
            for sentence, inside in parts
            if sentence.section.startswith("title") or _ASSIGNED.search(sentence.text)
            for m in inside
            if m.category in _ARMS
        }
        found: list[Relation] = []
        for sentence, inside in parts:
            if len(inside) >= 2:
                found.extend(
                    r for r in self.extract(document, sentence, inside)
                    if r.subject.entity in treatments
                )  # fmt: skip
        return found

    def extract(
        self, document: Document, sentence: Sentence, mentions: Sequence[Mention]
    ) -> list[Relation]:
        """Return what one sentence reports, taking the document for a randomised trial."""
        if not _reports(sentence):
            return []
        arms = [
            m for m in mentions
            if m.category in _ARMS and m.entity and not _CONTROL.fullmatch(m.text)
        ]  # fmt: skip
        actives = {m.entity for m in arms}
        outcomes = [
            m for m in mentions if m.category in _OUTCOMES and m.entity and _is_outcome(sentence, m)
        ]
        comparator = _comparator(document, sentence)
        if len(actives) != 1 or not outcomes or not comparator:
            return []  # two drugs in a sentence: whose effect it is, or against what, is not clear
        arm = arms[0]
        if _LEVEL.match(sentence.text, arm.end - sentence.start):
            return []  # its level was measured, it was not given
        best: dict[tuple[str, str], Relation] = {}
        for outcome in outcomes:
            relation = self._judge(sentence, arm, comparator, outcome)
            if relation is None:
                continue
            key = (str(outcome.entity), relation.predicate.value)
            if key not in best or best[key].score < relation.score:
                best[key] = relation
        return sorted(best.values(), key=lambda r: (r.subject.start, r.object.start))

    def _judge(
        self, sentence: Sentence, arm: Mention, comparator: str, outcome: Mention
    ) -> Relation | None:
        if arm.entity == outcome.entity:
            return None
        text = sentence.text
        answer = self.model.predict(text, Question(arm.text, comparator, outcome.text))
        best = int(answer.argmax())
        if answer[best] < _SURE:
            return None
        place = outcome.start - sentence.start
        word = _nearest(_SAME if best == 0 else _CHANGE, text, place)
        if word is None or abs(word.start() - place) > _REACH:
            return None
        negated = best == 0
        if not negated:
            if _SAME.search(text):
                return None
            up = word.group("up") is not None
            if up != (OUTCOMES[best] == "increased"):
                return None  # the model reads the comparison the other way round: not sure enough
        elif find_negations(text) == [] and "similar" not in text and "comparable" not in text:
            return None
        predicate = (
            Predicate.AFFECTS
            if negated
            else Predicate.INCREASES
            if best == 1
            else Predicate.DECREASES
        )
        hedged = any(c.kind in ("modal", "belief") for c in find_speculations(text))
        values = p_values(text)
        nearest = min(values, key=lambda v: (abs(v[0] - place), v[0])) if values else None
        details = {
            "comparator": comparator,
            "study": "trial",
            "design": "randomised",
            "p": f"{nearest[2]}{nearest[1]:g}" if nearest else None,
        }
        start = sentence.start + word.start()
        return Relation(
            sentence, arm, predicate, outcome, predicate.info.sign, start, sentence.start + word.end(),
            negated, hedged, round(float(answer[best]) * min(1.0, (arm.score + outcome.score) / 1.8), 4),
            OUTCOMES[best], Rung.INTERVENTION, (), pairs(details),
        )  # fmt: skip


def is_randomised(document: Document) -> bool:
    """Whether a document reports a randomised trial in people: by its publication types, or by its
    text if that also reads as a trial."""
    types = {t.lower() for t in document.publication.types}
    title = next(
        (document.text[s.start : s.end] for s in document.sections if s.kind == "title"),
        document.publication.title,
    )
    if study_of(document.publication.types, title, document.text) != "trial":
        return False
    return not types.isdisjoint(_RANDOMISED_TYPES) or _RANDOMISED.search(document.text) is not None


def _reports(sentence: Sentence) -> bool:
    """A sentence of results: not a title, method or aim, and no question."""
    if _OTHER_SECTION.search(sentence.section) or sentence.text.rstrip().endswith("?"):
        return False
    return _AIM.search(sentence.text) is None and (
        _CHANGE.search(sentence.text) is not None or _SAME.search(sentence.text) is not None
    )


def _comparator(document: Document, sentence: Sentence) -> str:
    """What the arm is compared with: named in the sentence, else the document's placebo; nothing if
    the sentence compares with something else (another drug, another dose, the baseline)."""
    if any(not _CONTROL.search(m.group("with")) for m in _AGAINST.finditer(sentence.text)):
        return ""
    match = _CONTROL.search(sentence.text)
    if match:
        return match.group().lower()
    return "placebo" if re.search(r"\bplacebo\b", document.text, re.I) else ""


def _is_outcome(sentence: Sentence, mention: Mention) -> bool:
    before = sentence.text[: mention.start - sentence.start]
    after = sentence.text[mention.end - sentence.start :]
    if _POPULATION.search(before) or _IN_WHOM.search(before):
        return False
    return _MODIFIER.match(after) is None


def _nearest(pattern: re.Pattern[str], text: str, place: int) -> re.Match[str] | None:
    return min(
        pattern.finditer(text), key=lambda m: (abs(m.start() - place), m.start()), default=None
    )
