"""What sentences claim, and what they do not. The sentences were written for these tests."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from graph.model import Rung
from ingest.document import Document
from ingest.pipeline import Pipeline

# sentence -> what must be read, all of it: "subject predicate(sign) object [NOT] [MAYBE]"
CLAIMS: dict[str, list[str]] = {
    # active
    "Lithium causes nephrogenic diabetes insipidus.": ["Lithium causes(+) nephrogenic diabetes insipidus"],
    "Chronic lithium treatment markedly increased vasopressin levels.": ["lithium increases(+) vasopressin"],
    "In rats, administration of lithium for 4 weeks reduced AQP2 expression.": ["lithium decreases(-) AQP2"],
    "MEK activates ERK and AKT.": ["MEK increases(+) ERK", "MEK increases(+) AKT"],
    "Aspirin and ibuprofen inhibit COX-2.": ["Aspirin decreases(-) COX-2", "ibuprofen decreases(-) COX-2"],
    "PKA phosphorylates RAF1.": ["PKA affects(0) RAF1"],
    "Amiloride prevents polyuria.": ["Amiloride prevents(-) polyuria"],
    "Lithium reduces the risk of suicide in patients with bipolar disorder.": ["Lithium decreases(-) suicide"],
    "Lithium led to polyuria and hypertension.": ["Lithium causes(+) polyuria", "Lithium causes(+) hypertension"],
    "Lithium leads to decreased AQP2 expression.": ["Lithium decreases(-) AQP2"],
    "Lithium caused a reduction in blood pressure.": ["Lithium decreases(-) blood pressure"],
    "Lithium increased cyclic AMP and decreased AQP2.": ["Lithium increases(+) cyclic AMP", "Lithium decreases(-) AQP2"],
    "Lithium inhibits AQP2 and vasopressin increases cyclic AMP.": ["Lithium decreases(-) AQP2", "vasopressin increases(+) cyclic AMP"],
    "Lithium (0.5 mg/kg), but not amiloride, reduced proteinuria.": ["Lithium decreases(-) proteinuria"],
    "Amiloride protects against nephropathy.": ["Amiloride prevents(-) nephropathy"],
    "TNF-alpha binds to IL-6.": ["TNF-alpha binds(0) IL-6"],
    # signs that turn
    "Inhibition of GSK3B increased AQP2 expression.": ["GSK3B decreases(-) AQP2"],
    "Lithium deficiency increased depression.": ["Lithium decreases(-) depression"],
    "GSK3B knockdown reduced AQP2 levels.": ["GSK3B increases(+) AQP2"],
    "Loss of AQP2 causes polyuria.": ["AQP2 decreases(-) polyuria"],
    "Amiloride prevented the lithium-induced decrease in AQP2.": ["lithium decreases(-) AQP2", "Amiloride increases(+) AQP2"],
    "Anti-TNF-alpha therapy reduced proteinuria.": ["TNF-alpha increases(+) proteinuria"],
    # passive
    "Polyuria was attenuated by amiloride.": ["amiloride decreases(-) Polyuria"],
    "AQP2 expression was decreased by lithium and increased by vasopressin.": ["lithium decreases(-) AQP2", "vasopressin increases(+) AQP2"],
    "Nephrogenic diabetes insipidus caused by lithium is common.": ["lithium causes(+) Nephrogenic diabetes insipidus"],
    "Hypothyroidism due to lithium occurs.": ["lithium causes(+) Hypothyroidism"],
    "Blood pressure fell after lithium.": ["lithium decreases(-) Blood pressure"],
    "Vasopressin release from rat kidneys did not always induce polyuria.": ["Vasopressin causes(+) polyuria NOT"],
    "Lithium-treated rats had polyuria.": [],
    # nouns and compounds
    "Lithium-induced polyuria was seen.": ["Lithium causes(+) polyuria"],
    "Reduction of blood pressure by amiloride was observed.": ["amiloride decreases(-) blood pressure"],
    "Treatment of bipolar disorder with lithium is established.": ["lithium treats(-) bipolar disorder"],
    "Amiloride is effective in the treatment of polyuria.": ["Amiloride treats(-) polyuria"],
    "Lithium is used to treat mania.": ["Lithium treats(-) mania"],
    "Lithium treatment for bipolar disorder is common.": ["Lithium treats(-) bipolar disorder"],
    "Prevention of suicide by lithium matters.": [],
    "Diabetes is a major cause of chronic kidney disease.": ["Diabetes causes(+) chronic kidney disease"],
    "Polyuria is a common side effect of lithium.": ["lithium causes(+) Polyuria"],
    "Lithium is a potent inhibitor of GSK3B.": ["Lithium decreases(-) GSK3B"],
    "Lithium, a GSK-3 inhibitor, was given.": ["Lithium decreases(-) GSK-3"],
    "The COX-2 inhibitor celecoxib reduced proteinuria.": ["celecoxib decreases(-) proteinuria"],
    # association
    "Obesity and smoking are risk factors for hypertension.": ["Obesity associated_with(+) hypertension", "smoking associated_with(+) hypertension"],
    "Hypertension is associated with an increased risk of chronic kidney disease.": ["Hypertension associated_with(+) chronic kidney disease"],
    "Hypertension was associated with proteinuria.": ["Hypertension associated_with(0) proteinuria"],
    "Smoking was inversely correlated with obesity.": ["Smoking associated_with(-) obesity"],
    "An association between obesity and hypertension was found.": ["obesity associated_with(0) hypertension"],
    # negation
    "Amiloride did not prevent nephropathy.": ["Amiloride prevents(-) nephropathy NOT"],
    "Lithium failed to prevent depression.": ["Lithium prevents(-) depression NOT"],
    "Lithium did not fail to prevent depression.": ["Lithium prevents(-) depression"],
    "There is no evidence that ibuprofen causes hypertension.": ["ibuprofen causes(+) hypertension NOT"],
    "Neither lithium nor amiloride caused renal failure.": ["lithium causes(+) renal failure NOT", "amiloride causes(+) renal failure NOT"],
    "Lithium is not associated with renal failure.": ["Lithium associated_with(0) renal failure NOT"],
    "There was no association between smoking and hypertension.": ["smoking associated_with(0) hypertension NOT"],
    "Lithium had no significant effect on blood pressure.": ["Lithium affects(0) blood pressure NOT"],
    "Lithium is no longer thought to cause renal failure.": ["Lithium causes(+) renal failure NOT MAYBE"],
    "Amiloride did not prevent lithium-induced nephropathy.": ["lithium causes(+) nephropathy", "Amiloride prevents(-) nephropathy NOT"],
    # hedging
    "Lithium may cause hypercalcemia.": ["Lithium causes(+) hypercalcemia MAYBE"],
    "Our results suggest that NSAIDs increase the risk of renal failure.": ["NSAIDs increases(+) renal failure MAYBE"],
    "Lithium might reduce proteinuria.": ["Lithium decreases(-) proteinuria MAYBE"],
    "It is possible that smoking causes depression.": ["smoking causes(+) depression MAYBE"],
    "Lithium appears to cause polyuria.": ["Lithium causes(+) polyuria MAYBE"],
    # nothing is claimed
    "We investigated whether lithium causes nephropathy.": [],
    "Does lithium cause hypertension?": [],
    "The aim was to determine if amiloride reduces polyuria.": [],
    "Lithium and polyuria were studied.": [],
    "Patients with hypertension took lithium.": [],
    "Lithium reduced weight, and polyuria was common.": [],
    "Lithium reduced hypertension clinic visits.": [],
    "Patients with polyuria increased lithium.": [],
    "Lithium was measured before polyuria increased.": [],
    "The effect of lithium on blood pressure was studied.": [],
    "Lithium levels and blood pressure increased.": [],
    "Kidney and lithium.": [],
}  # fmt: skip


def read(pipeline: Pipeline, document: Document) -> list[str]:
    found = []
    for _, _, r in pipeline(document).relations:
        sign = {1: "+", -1: "-", 0: "0"}[r.sign]
        tail = (" NOT" if r.negated else "") + (" MAYBE" if r.hedged else "")
        found.append(f"{r.subject.text} {r.predicate.value}({sign}) {r.object.text}{tail}")
    return found


@pytest.mark.parametrize("sentence", CLAIMS)
def test_what_a_sentence_claims(
    sentence: str, pipeline: Pipeline, document: Callable[..., Document]
) -> None:
    found = read(pipeline, document(sentence))
    wanted = CLAIMS[sentence]
    if "associated_with" in " ".join(wanted):  # symmetric: either order
        found = [f if f in wanted else re.sub(r"^(.+) (associated_with\(.\)) (.+?)( NOT)?$", r"\3 \2 \1\4", f) for f in found]  # fmt: skip
    assert sorted(found) == sorted(wanted)


def test_evidence_points_at_the_words(
    pipeline: Pipeline, document: Callable[..., Document]
) -> None:
    made = document(
        "Nothing here. Lithium-induced polyuria was attenuated by amiloride.", title="A title"
    )
    batch = pipeline.batch(pipeline(made))
    assert len(batch.statements) == len(batch.evidences) == 2
    assert {e.id for e in batch.entities} == {"mesh:D008094", "mesh:D011141", "mesh:D000584"}
    assert batch.publications == (made.publication,)
    statements = {s.id: s for s in batch.statements}
    names = {e.id: {e.name.lower(), *(s.lower() for s in e.synonyms)} for e in batch.entities}
    for evidence in batch.evidences:
        assert evidence.rung is Rung.ASSERTION
        assert evidence.publication == made.id
        assert evidence.section == "abstract"
        assert made.text[evidence.start : evidence.end] == evidence.text
        statement = statements[evidence.statement]
        for span, id in (
            (evidence.subject_span, statement.subject),
            (evidence.object_span, statement.object),
        ):
            assert span is not None
            assert evidence.text[slice(*span)].lower() in names[id]
        assert evidence.trigger_span is not None
        assert evidence.text[slice(*evidence.trigger_span)] in ("induced", "attenuated")


def test_symmetric_statements_keep_their_spans_straight(
    pipeline: Pipeline, document: Callable[..., Document]
) -> None:
    for text in (
        "Obesity is associated with hypertension.",
        "Hypertension is associated with obesity.",
    ):
        batch = pipeline.batch(pipeline(document(text)))
        (statement,), (evidence,) = batch.statements, batch.evidences
        assert evidence.subject_span is not None
        name = evidence.text[slice(*evidence.subject_span)].lower()
        assert (statement.subject, name) == ("mesh:D006973", "hypertension")


def test_retraction_notices_claim_nothing(
    pipeline: Pipeline, document: Callable[..., Document]
) -> None:
    import dataclasses

    made = document("Lithium causes polyuria.")
    publication = dataclasses.replace(made.publication, types=("Retraction of Publication",))
    assert pipeline(dataclasses.replace(made, publication=publication)).relations == ()


def test_long_sentences_end(pipeline: Pipeline, document: Callable[..., Document]) -> None:
    pipeline(document("Lithium in " + "rats and mice in " * 400 + "reduced polyuria."))
    pipeline(document("lithium " * 300 + "causes polyuria."))
    pipeline(document("Lithium " + "very " * 2000 + "causes polyuria."))
    pipeline(document("Lithium" + " (x" * 500 + ")" * 500 + " causes polyuria."))
