"""The contract every registered algorithm keeps."""

from __future__ import annotations

import json

import numpy as np
import pytest

import discovery
from discovery import Knowledge
from discovery.algorithms import REGISTRY, Algorithm, algorithm_class, resolve
from discovery.algorithms.pc import PC
from discovery.marks import adjacency
from discovery.simulate import linear_gaussian, random_dag
from graph.errors import UsageError
from tests.discovery.helpers import dataset_of, linear_uniform, names, table_of


@pytest.fixture(params=sorted(REGISTRY))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def not_gaussian(name: str) -> bool:
    return "non-Gaussian" in algorithm_class(name).data


def model(name: str, seed: int = 0, p: int = 6, n: int = 800):
    rng = np.random.default_rng(seed)
    dag = random_dag(p, 2, rng)
    make = linear_uniform if not_gaussian(name) else linear_gaussian
    return dag, dataset_of(make(dag, n, rng))


def test_is_registered_and_documented(name: str) -> None:
    cls = algorithm_class(name)
    assert issubclass(cls, Algorithm)
    assert cls.name == name
    assert cls.summary
    assert cls.__doc__
    for field in cls.settings_type.model_fields.values():
        assert field.description or field.metadata or field.annotation is bool


def test_is_deterministic_and_leaves_the_data_alone(name: str) -> None:
    _, data = model(name)
    before = data.frame.copy()
    one, two = (discovery.learn(data, name, bootstraps=2, seed=3).to_json() for _ in range(2))
    one.pop("timings"), two.pop("timings")
    assert json.dumps(one) == json.dumps(two)
    assert data.frame.equals(before)


def test_finds_a_collider(name: str) -> None:
    rng = np.random.default_rng(0)
    draw = rng.uniform if not_gaussian(name) else rng.normal
    a, b, e = draw(-1, 1, size=(3, 3000))
    data = dataset_of(np.column_stack([a, b, a - b + e]), ("a", "b", "c"))
    found = discovery.learn(data, name)
    assert {(e.source, e.target) for e in found.edges} == {("a", "c"), ("b", "c")}
    assert {e.source: e.sign for e in found.edges} == {"a": 1, "b": -1}


def test_scale_and_shift_of_columns_do_not_matter(name: str) -> None:
    _, data = model(name, 5)
    moved = dataset_of(
        data.frame.to_numpy() * np.array([1e-3, 5, 1e3, 1, 40, 0.2]) + np.arange(6) * 10
    )
    assert discovery.learn(data, name).graph == discovery.learn(moved, name).graph


def test_independent_columns_give_few_edges(name: str) -> None:
    data = dataset_of(np.random.default_rng(7).normal(size=(500, 6)))
    assert len(discovery.learn(data, name).edges) <= 2


@pytest.mark.parametrize("seed", range(4))
def test_knowledge_holds_in_the_result(name: str, seed: int) -> None:
    _, data = model(name, seed)
    rng = np.random.default_rng(seed)
    columns = names(6)
    order = rng.permutation(6)  # an order that need not be that of the data
    knowledge = Knowledge(
        required=[(columns[min(order[:2])], columns[max(order[:2])])],
        forbidden=[(columns[order[2]], columns[order[3]]), (columns[order[3]], columns[order[2]])],
        tiers=[columns[:3], columns[3:]],
    )
    found = discovery.learn(data, name, knowledge)
    allowed = knowledge.allowed(columns)
    index = {c: i for i, c in enumerate(columns)}
    required = knowledge.required[0]
    assert (required.source, required.target) in found.graph.directed
    for a, b in found.graph.directed:
        assert allowed[index[a], index[b]]
    for edge in found.edges:
        if edge.kind == "<->":
            assert algorithm_class(name).hidden_causes
            continue
        assert (
            allowed[index[edge.source], index[edge.target]]
            or allowed[index[edge.target], index[edge.source]]
        )
    assert not found.graph.has_cycle


def test_unknown_and_bad_settings_are_refused(name: str) -> None:
    valid = list(algorithm_class(name).settings_type.model_fields)
    with pytest.raises(UsageError, match="no setting 'aplha'") as caught:
        resolve(name, aplha=0.1)
    assert all(v in str(caught.value) for v in valid)
    with pytest.raises(UsageError, match="is not valid"):
        resolve(name, **{valid[0]: "no number"})
    with pytest.raises(UsageError, match="is not valid"):
        resolve(name, **{valid[0]: -1})


def test_engine_names_what_computed(name: str) -> None:
    expected = "causal-learn 0" if name.startswith("causal-learn/") else "etiograph"
    assert resolve(name).engine.startswith(expected)


def test_resolver_takes_names_classes_and_instances() -> None:
    assert resolve("pc", alpha=0.2).settings == PC(alpha=0.2).settings
    assert resolve(PC, alpha="0.2").settings == PC(alpha=0.2).settings
    ready = PC(alpha=0.3)
    assert resolve(ready) is ready
    with pytest.raises(UsageError, match="ready algorithm"):
        resolve(ready, alpha=0.1)
    with pytest.raises(UsageError, match="Did you mean 'causal-learn/pc'"):
        resolve("causal-learn/cp")
    with pytest.raises(UsageError, match="a name, a class or an instance"):
        resolve(3)  # type: ignore[arg-type]


def test_causal_learn_tests_of_counts() -> None:
    rng = np.random.default_rng(0)
    a = rng.integers(0, 3, 2000)
    b = (a + (rng.random(2000) < 0.3)) % 3
    table = table_of(np.column_stack([a, b, rng.integers(0, 2, 2000)]).astype(float))
    for test in ("gsq", "chisq"):
        marks = resolve("causal-learn/pc", test=test).run(table, Knowledge()).marks
        assert np.argwhere(np.triu(adjacency(marks))).tolist() == [[0, 1]]
