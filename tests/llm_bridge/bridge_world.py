"""A small graph made by hand for the tests: every kind of answer has something to say on it.

All papers are invented. The dataset follows a linear model with known coefficients.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from graph.dataset import Dataset, Variable
from graph.model import Batch, Category, Entity, Evidence, Predicate, Publication, Rung, Statement
from graph.store import Decision, Store

LITHIUM = Entity("mesh:D008094", "Lithium", Category.CHEMICAL, ("Li+",))
KIDNEY_DISEASE = Entity(
    "mesh:D007674", "Kidney Diseases", Category.DISEASE, ("nephropathy", "kidney disease")
)
TSH = Entity("hgnc:12372", "TSHB", Category.GENE, ("TSH", "thyrotropin"))
GSK3B = Entity("hgnc:4617", "GSK3B", Category.GENE, ("GSK-3 beta",))
FIBROSIS = Entity("mesh:D005355", "Fibrosis", Category.DISEASE, ())
AGE = Entity("mesh:D000375", "Aging", Category.PROCESS, ("age",))
STROKE = Entity("mesh:D020521", "Stroke", Category.DISEASE, ())
HYPERTENSION = Entity("mesh:D006973", "Hypertension", Category.DISEASE, ("high blood pressure",))
PRESSURE = Entity("mesh:D001794", "Blood Pressure", Category.PHENOTYPE, ())
ENALAPRIL = Entity("mesh:D004656", "Enalapril", Category.CHEMICAL, ())
AMILORIDE = Entity("mesh:D000584", "Amiloride", Category.CHEMICAL, ())
ASPIRIN = Entity("mesh:D001241", "Aspirin", Category.CHEMICAL, ("acetylsalicylic acid",))
SMOKING = Entity("mesh:D012907", "Smoking", Category.BEHAVIOR, ())
CANCER = Entity("mesh:D008175", "Lung Neoplasms", Category.DISEASE, ("lung cancer",))
PKC = Entity("hgnc:9393", "PRKCA", Category.GENE, ("PKC",))
P38 = Entity("hgnc:6876", "MAPK14", Category.GENE, ("P38",))
PKA = Entity("hgnc:9380", "PRKACA", Category.GENE, ("PKA",))
JNK = Entity("hgnc:6881", "MAPK8", Category.GENE, ("JNK",))
RAF = Entity("hgnc:9829", "RAF1", Category.GENE, ("RAF",))
STRESS = Entity("mesh:D013315", "Stress", Category.PROCESS, ())
VALPROATE = Entity("mesh:D014635", "Valproic Acid", Category.CHEMICAL, ("valproate",))
IRON = Entity("chebi:18248", "Iron", Category.CHEMICAL, ())
DEFICIENCY = Entity("mesh:D000090463", "Iron Deficiencies", Category.DISEASE, ("iron deficiency",))
ANEMIA = Entity("mesh:D000740", "Anemia", Category.DISEASE, ())
COLD_ILLNESS = Entity("mesh:D003139", "Common Cold", Category.DISEASE, ("cold",))
COLD_TEMPERATURE = Entity("mesh:D003080", "Cold Temperature", Category.PROCESS, ("cold",))
COUGH = Entity("mesh:D003371", "Cough", Category.PHENOTYPE, ())
ODD = Entity("mesh:D000001", 'Factor {X} "reports"; (II), and more', Category.PROTEIN, ())
LONELY = Entity("mesh:D000002", "Lonelium", Category.CHEMICAL, ())

ENTITIES = tuple(v for v in list(globals().values()) if isinstance(v, Entity))
PAPERS: list[Publication] = []
STATEMENTS: dict[str, Statement] = {}
EVIDENCE: list[Evidence] = []


def _says(
    subject: Entity,
    predicate: Predicate,
    object: Entity,
    sign: int | None = None,
    *,
    pmids: tuple[int, ...] = (),
    rung: Rung = Rung.ASSERTION,
    negated: bool = False,
    hedged: bool = False,
    score: float = 1.0,
    source: str = "test",
    where: str = "",
) -> Statement:
    meant = predicate.info.sign if sign is None else sign
    statement = Statement(subject.id, predicate, object.id, meant)
    STATEMENTS[statement.id] = statement
    for pmid in pmids or (0,):
        text = ""
        if rung not in (Rung.DISCOVERED, Rung.PREDICTED, Rung.CURATED):
            verb = predicate.value.replace("_", " ")
            text = f"In study {pmid} we found that {subject.name} {'never ' if negated else ''}{verb} {object.name}{where}."
        paper = f"pubmed:{pmid}" if pmid else ""
        if pmid and paper not in {p.id for p in PAPERS}:
            PAPERS.append(Publication(paper, f"Study {pmid}", 1990 + pmid % 30))
        EVIDENCE.append(
            Evidence(
                statement.id,
                rung,
                source,
                "hand",
                publication=paper,
                text=text,
                start=10,
                end=10 + len(text),
                subject_span=(
                    text.index(subject.name),
                    text.index(subject.name) + len(subject.name),
                )
                if text
                else None,
                negated=negated,
                hedged=hedged,
                score=score,
            )
        )
    return statement


_says(LITHIUM, Predicate.CAUSES, KIDNEY_DISEASE, pmids=(101, 102, 103))
_says(LITHIUM, Predicate.CAUSES, KIDNEY_DISEASE, pmids=(104,), rung=Rung.INTERVENTION)
_says(LITHIUM, Predicate.CAUSES, KIDNEY_DISEASE, pmids=(105,), negated=True)
_says(LITHIUM, Predicate.DECREASES, KIDNEY_DISEASE, pmids=(106,), hedged=True)
_says(LITHIUM, Predicate.CAUSES, KIDNEY_DISEASE, pmids=(107, 108))  # 107 is retracted
_says(LITHIUM, Predicate.ASSOCIATED_WITH, KIDNEY_DISEASE, pmids=(109,), rung=Rung.ASSOCIATION)
_says(LITHIUM, Predicate.DECREASES, GSK3B, pmids=(111, 112))
_says(GSK3B, Predicate.DECREASES, FIBROSIS, pmids=(113,))
_says(LITHIUM, Predicate.INCREASES, FIBROSIS, pmids=(114,))
_says(FIBROSIS, Predicate.CAUSES, KIDNEY_DISEASE, pmids=(115, 116))
_says(LITHIUM, Predicate.INCREASES, TSH, pmids=(121, 122, 123, 124, 125, 126, 127))
_says(AGE, Predicate.INCREASES, KIDNEY_DISEASE, pmids=(131,))
_says(AGE, Predicate.DECREASES, LITHIUM, pmids=(132,))
_says(HYPERTENSION, Predicate.CAUSES, STROKE, pmids=(141,))
_says(SMOKING, Predicate.CAUSES, CANCER, pmids=(151, 152), rung=Rung.GENETIC)
_says(SMOKING, Predicate.ASSOCIATED_WITH, CANCER, 1, pmids=(153,), rung=Rung.ASSOCIATION)
_says(STRESS, Predicate.INCREASES, SMOKING, pmids=(154,))
_says(STRESS, Predicate.INCREASES, CANCER, pmids=(155,))
_says(ENALAPRIL, Predicate.TREATS, HYPERTENSION, pmids=(161,), rung=Rung.INTERVENTION)
_says(ENALAPRIL, Predicate.DECREASES, PRESSURE, pmids=(162,))
_says(AMILORIDE, Predicate.TREATS, HYPERTENSION, rung=Rung.CURATED, source="a database")
_says(ASPIRIN, Predicate.PREVENTS, STROKE, pmids=(163,))
_says(ASPIRIN, Predicate.AFFECTS, PRESSURE, 0, pmids=(164,))
_says(VALPROATE, Predicate.INCREASES, TSH, rung=Rung.DISCOVERED, score=0.8)
_says(VALPROATE, Predicate.TREATS, STROKE, rung=Rung.PREDICTED, score=0.9)
_says(VALPROATE, Predicate.CAUSES, ANEMIA, pmids=(165,))  # 165 is retracted
_says(VALPROATE, Predicate.INCREASES, PRESSURE, pmids=(166,))
_says(VALPROATE, Predicate.DECREASES, PRESSURE, pmids=(167,))
_says(ASPIRIN, Predicate.TREATS, CANCER, pmids=(169,), negated=True)
_REJECTED = _says(ASPIRIN, Predicate.CAUSES, KIDNEY_DISEASE, pmids=(168,))
_says(DEFICIENCY, Predicate.CAUSES, ANEMIA, pmids=(171, 172))
_says(IRON, Predicate.DECREASES, ANEMIA, pmids=(173,))
_says(COLD_ILLNESS, Predicate.CAUSES, COUGH, pmids=(181,))
_says(COLD_TEMPERATURE, Predicate.INCREASES, PRESSURE, pmids=(182,))
_says(ODD, Predicate.INCREASES, ANEMIA, pmids=(191,))
_says(PKC, Predicate.INCREASES, P38, pmids=(201, 202))
_says(PKA, Predicate.DECREASES, P38, pmids=(203,))
_says(PKA, Predicate.INCREASES, PKC, pmids=(204,))
_says(PKC, Predicate.INCREASES, JNK, pmids=(205,))
_says(STRESS, Predicate.INCREASES, JNK, pmids=(206,))
_says(STRESS, Predicate.INCREASES, RAF, pmids=(207,))
_says(JNK, Predicate.INCREASES, RAF, pmids=(208,))
_says(GSK3B, Predicate.BINDS, RAF, pmids=(209,))
_says(STRESS, Predicate.INCREASES, PRESSURE, pmids=(221, 222), where=" in mice")
_says(STRESS, Predicate.INCREASES, PRESSURE, pmids=(223,))

QUESTIONS = (
    "Does lithium cause nephropathy?",
    "Does lithium prevent nephropathy?",
    "Does inhibiting PKC reduce P38?",
    "Does nephropathy cause lithium?",
    "Does amiloride treat stroke?",
    "Does valproate treat stroke?",
    "Does valproate cause anemia?",
    "Does aspirin cause nephropathy?",
    "Does aspirin affect blood pressure?",
    "Does aspirin treat lung cancer?",
    "Is smoking associated with lung cancer?",
    "Does clozapine cause nephropathy?",
    'Does Factor {X} "reports"; (II), and more increase anemia?',
    "Does the removal of iron cause anemia?",
    "What happens to P38 if we inhibit PKC?",
    "What happens to P38 if we give PKC?",
    "What is the effect of JNK on RAF?",
    "What is the effect of RAF on JNK?",
    "What does valproate do to blood pressure?",
    "What causes nephropathy?",
    "What causes anemia?",
    "Which genes cause nephropathy?",
    "What increases blood pressure?",
    "What is associated with lung cancer?",
    "What treats hypertension?",
    "What prevents stroke?",
    "What are the effects of lithium?",
    "What does lithium decrease?",
    "What does Lonelium increase?",
    "Through what does lithium act on nephropathy?",
    "By what mechanism does removing lithium affect nephropathy?",
    "Through what does Lonelium act on stroke?",
    "What confounds lithium and nephropathy?",
    "What confounds PKC and P38?",
    "What confounds enalapril and stroke?",
    "What is the evidence that lithium raises TSH?",
    "What contradicts that lithium causes nephropathy?",
    "Does GSK3B affect RAF?",
    "Should I stop lithium?",
    "What treats hypertension best?",
    "Which drugs lower blood pressure most?",
    "Which of enalapril and amiloride treats hypertension more?",
    "Which of valproate and aspirin raises blood pressure more?",
    "What happens to P38 if we inhibit PKC and activate PKA?",
    "What happens to P38 if we inhibit PKC and PKA?",
    "What happens to nephropathy if we give lithium together with amiloride?",
    "Should we adjust for PKA when estimating the effect of PKC on P38?",
    "Should we adjust for JNK when estimating the effect of PKC on P38?",
    "Should we adjust for RAF when estimating the effect of enalapril on hypertension?",
    "Does hypertension precede stroke?",
    "How sure are you that lithium causes nephropathy?",
    "What would change your mind about lithium raising TSH?",
    "What would change your mind about stress raising blood pressure?",
    "What is missing to know whether smoking causes lung cancer?",
    "Does stress raise blood pressure in mice?",
    "Does aspirin prevent stroke in dogs at 5 mg/kg?",
    "Would stroke have occurred if hypertension had been removed or inhibited?",
    "What is the indirect effect of lithium on nephropathy through fibrosis?",
    "Does PKC act on P38 through JNK?",
    "What is the direct effect of PKC on P38?",
    "What is the effect of PKC on P38 in the treated?",
    "How does lithium prevent nephropathy?",
    "Does lithium cause nephropathy and raise TSH?",
)
"""Questions that together reach every kind of query, claim and verdict."""

ROWS = 400
TRUE = 0.8
"""effect of one unit of PKC on P38 in the data"""


def dataset(folder: Path) -> Dataset:
    """Signals with PKA as the measured confounder of PKC and P38; JNK and RAF share STRESS."""
    rng = np.random.default_rng(7)
    pka, stress = rng.normal(size=ROWS), rng.normal(size=ROWS)
    pkc = 0.9 * pka + rng.normal(size=ROWS)
    p38 = TRUE * pkc - 0.7 * pka + rng.normal(size=ROWS) * (1 + 0.5 * np.abs(pkc))
    jnk = 0.5 * pkc + stress + rng.normal(size=ROWS)
    raf = 0.6 * jnk + stress + rng.normal(size=ROWS)
    frame = pd.DataFrame({"pka": pka, "pkc": pkc, "p38": p38, "jnk": jnk, "raf": raf}).round(4)
    path = folder / "signals.csv"
    frame.to_csv(path, index=False)
    return Dataset(
        pd.read_csv(path),
        (
            Variable("pka", PKA.id),
            Variable("pkc", PKC.id, "nM"),
            Variable("p38", P38.id),
            Variable("jnk", JNK.id),
            Variable("raf", RAF.id),
        ),
        name="signals",
        path=str(path),
    )


def fill(store: Store, folder: Path) -> None:
    """Write the whole world into an empty store."""
    store.write(Batch(ENTITIES, tuple(PAPERS), tuple(STATEMENTS.values()), tuple(EVIDENCE)))
    store.set_retracted({"pubmed:107": "pubmed:900", "pubmed:165": "pubmed:901"})
    store.decide(Decision(_REJECTED.id, "reject", "tester", at="2024-01-01T00:00:00Z"))
    store.register_dataset(dataset(folder).record)
