"""The attempt to refute an answer: it holds where the graph is right, and fails where it is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graph.dataset import Dataset, Variable
from graph.model import Batch, Category, Entity, Evidence, Predicate, Rung, Statement
from graph.store import Store
from graph.stores import open_store
from llm_bridge.agent.verify import Challenge, refute
from llm_bridge.answer import ask

DRUG = Entity("mesh:D900001", "Drugol", Category.CHEMICAL)
ILLNESS = Entity("mesh:D900002", "Disosis", Category.DISEASE)
AGE = Entity("mesh:D900003", "Ageing", Category.PROCESS)
DIET = Entity("mesh:D900004", "Dieting", Category.BEHAVIOR)
HEIGHT = Entity("mesh:D900005", "Stature", Category.PHENOTYPE)
CAUSES = ((AGE, DRUG), (AGE, ILLNESS), (DRUG, ILLNESS), (DIET, ILLNESS))
"""The graph: age confounds, diet acts on the illness alone, height on nothing."""
QUESTION = "What happens to Disosis if we give Drugol?"


def table(*, diet: float = 0.0, hidden: float = 0.0) -> pd.DataFrame:
    """Data of the graph; ``diet`` acts on the drug and ``hidden`` on drug and height against it."""
    rng = np.random.default_rng(5)
    age, food, unseen = rng.normal(size=(3, 600))
    drug = age + diet * food + hidden * unseen + rng.normal(size=600)
    illness = 0.8 * drug + 0.7 * age + 0.9 * food + rng.normal(size=600)
    height = hidden * unseen + rng.normal(size=600)
    return pd.DataFrame({"drug": drug, "illness": illness, "age": age, "diet": food, "height": height})  # fmt: skip


def write(store: Store, folder: Path, frame: pd.DataFrame) -> Path:
    statements = [Statement(a.id, Predicate.INCREASES, b.id, 1) for a, b in CAUSES]
    evidence = [Evidence(s.id, Rung.CURATED, "test", "hand") for s in statements]
    entities = (DRUG, ILLNESS, AGE, DIET, HEIGHT)
    store.write(Batch(entities, (), tuple(statements), tuple(evidence)))
    path = folder / "people.csv"
    frame.to_csv(path, index=False)
    variables = tuple(Variable(c, e.id) for c, e in zip(frame, entities, strict=True))
    store.register_dataset(Dataset(pd.read_csv(path), variables, name="people", path=str(path)).record)  # fmt: skip
    return path


def challenges(tmp_path: Path, frame: pd.DataFrame) -> list[Challenge]:
    with open_store(tmp_path / "graph") as store:
        write(store, tmp_path, frame)
        answer = ask(store, QUESTION)
        assert [n.value for n in answer.numbers]
        return list(refute(store, answer))


def held(found: list[Challenge], name: str) -> list[bool | None]:
    return [c.held for c in found if c.name == name]


def test_a_right_graph_holds(tmp_path: Path) -> None:
    found = challenges(tmp_path, table())
    assert held(found, "other adjustment") == [True]
    assert held(found, "negative control") == [True, True]
    assert held(found, "opposite evidence") == [True]


def test_another_valid_adjustment_set_finds_a_missing_edge(tmp_path: Path) -> None:
    found = challenges(tmp_path, table(diet=1.0))
    assert held(found, "other adjustment") == [False]
    text = next(c.text for c in found if c.name == "other adjustment")
    assert "another than claimed: the graph or the model is wrong" in text
    assert False in held(found, "negative control")


def test_a_negative_control_finds_a_hidden_common_cause(tmp_path: Path) -> None:
    found = challenges(tmp_path, table(hidden=1.0))
    told = {c.text.split(",")[0]: c.held for c in found if c.name == "negative control"}
    assert told == {"diet": True, "height": False}


def test_data_that_changed_or_went(tmp_path: Path) -> None:
    with open_store(tmp_path / "graph") as store:
        path = write(store, tmp_path, table())
        answer = ask(store, QUESTION)
        path.write_text(path.read_text().replace("0.", "1.", 1))
        changed = [c for c in refute(store, answer) if c.name == "data"]
        path.unlink()
        gone = [c for c in refute(store, answer) if c.name == "data"]
    assert [(c.held, "has changed" in c.text) for c in changed] == [(False, True)]
    assert [(c.held, "cannot be read" in c.text) for c in gone] == [(None, True)]


@pytest.mark.parametrize(
    ("question", "name", "expected"),
    [
        ("Does lithium cause nephropathy?", "opposite evidence", True),
        ("Does nephropathy cause lithium?", "reverse direction", False),
        ("What is the effect of JNK on RAF?", "one source", False),
    ],
)
def test_literature(bridge_store: Store, question: str, name: str, expected: bool) -> None:
    assert held(list(refute(bridge_store, ask(bridge_store, question))), name) == [expected]


def test_evidence_against_that_the_answer_hides_is_found(bridge_store: Store) -> None:
    answer = ask(bridge_store, "Does lithium cause nephropathy?")
    verdict = answer.sentences[0].claim
    hiding = verdict.model_copy(update={"verdict": "supported"})
    told = answer.sentences[0].model_copy(update={"claim": hiding})
    found = list(refute(bridge_store, answer.model_copy(update={"sentences": (told,)})))
    assert held(found, "opposite evidence") == [False]
    text = next(c.text for c in found if c.name == "opposite evidence")
    assert "which the answer does not say" in text


def test_results_of_algorithms_against_are_told_but_do_not_count(tmp_path: Path) -> None:
    with open_store(tmp_path / "graph") as store:
        write(store, tmp_path, table())
        against = Statement(DRUG.id, Predicate.DECREASES, ILLNESS.id, -1)
        proposal = Evidence(against.id, Rung.DISCOVERED, "test", "hand")
        store.write(Batch((), (), (against,), (proposal,)))
        found = list(refute(store, ask(store, QUESTION)))
    told = next(c for c in found if c.name == "opposite evidence")
    assert told.held
    assert told.text.endswith("except 1 result of algorithms.")
