from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import discovery
from discovery.algorithms.pc import PC
from discovery.data import prepare
from discovery.marks import topological_order
from discovery.simulation import (
    Intervention,
    ancestors,
    linear_gaussian,
    r2_sortability,
    random_dag,
    random_model,
    read_bif,
    scale_free,
    simulate,
    sortability,
    true_pag,
    varsortability,
)
from discovery.simulation.mechanisms import MECHANISMS, NOISES, draw_noise
from graph.errors import InputError, UsageError


@given(st.integers(0, 10**6), st.integers(1, 30), st.floats(0, 6))
@settings(max_examples=40, deadline=None)
def test_scale_free_graphs_are_acyclic_with_about_the_degree_asked(
    seed: int, p: int, degree: float
) -> None:
    for hubs in ("causes", "effects", "both"):
        dag = scale_free(p, degree, np.random.default_rng(seed), hubs=hubs)
        assert topological_order(dag) is not None
        assert dag.sum() <= np.ceil(degree / 2) * p


def test_scale_free_graphs_have_hubs_where_asked() -> None:
    made = {h: scale_free(300, 4, np.random.default_rng(0), hubs=h) for h in ("causes", "effects")}
    random = random_dag(300, 4, np.random.default_rng(0))
    assert all(dag.sum() / 150 == pytest.approx(4, abs=0.3) for dag in made.values())
    assert made["causes"].sum(axis=1).max() > 2 * random.sum(axis=1).max()
    assert made["causes"].sum(axis=0).max() <= 2
    assert made["effects"].sum(axis=0).max() > 2 * random.sum(axis=0).max()
    with pytest.raises(UsageError, match="hubs"):
        scale_free(3, 1, np.random.default_rng(0), hubs="none")


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_ancestors_are_the_ends_of_directed_paths(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p = int(rng.integers(1, 9))
    dag = random_dag(p, 2.5, rng)
    power, total = np.eye(p, dtype=int), np.zeros((p, p), dtype=int)
    for _ in range(p):
        power = power @ dag.astype(int)
        total += power
    assert np.array_equal(ancestors(dag), total > 0)


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_the_true_pag_is_what_an_oracle_finds(seed: int) -> None:
    """Against a search over every conditioning set; marks true of the graph."""
    from graph.causal import CausalGraph

    rng = np.random.default_rng(seed)
    p, hidden = int(rng.integers(2, 6)), int(rng.integers(0, 3))
    dag = random_dag(p + hidden, 2.5, rng)
    marks = true_pag(dag, range(p, p + hidden))
    graph = CausalGraph(
        [str(i) for i in range(p + hidden)],
        directed=[(str(i), str(j)) for i, j in np.argwhere(dag)],
    )
    above = ancestors(dag)
    for i, j in combinations(range(p), 2):
        rest = [k for k in range(p) if k not in (i, j)]
        separable = any(
            graph.m_separated(str(i), str(j), [str(k) for k in given])
            for size in range(len(rest) + 1)
            for given in combinations(rest, size)
        )
        assert bool(marks[i, j]) != separable
        for a, b in (
            (i, j),
            (j, i),
        ):  # the mark at a: a tail says that a causes b, an arrow that not
            if marks[b, a] == 1:
                assert above[a, b]
            if marks[b, a] == 2:
                assert not above[a, b]


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("standardise", ["after", "internal", "none"])
def test_every_mechanism_gives_the_same_data_again(mechanism: str, standardise: str) -> None:
    one, two, three = (
        simulate(6, 2, 300, mechanism=mechanism, standardise=standardise, seed=s)  # type: ignore[arg-type]
        for s in (3, 3, 4)
    )
    assert np.array_equal(one.values, two.values)
    assert not np.array_equal(one.values[:, 0], three.values[:, 0])
    assert np.isfinite(one.values).all()
    continuous = [j for j, kind in enumerate(one.kinds) if kind == "continuous"]
    if standardise != "none":
        assert np.allclose(one.values[:, continuous].std(axis=0), 1)
    assert one.varsortability == varsortability(one.values, one.dag)
    assert one.r2_sortability == r2_sortability(one.values, one.dag)
    assert f"{one.varsortability:.2f}" in str(one)


@pytest.mark.parametrize("mechanism", ["linear", "gp", "mlp", "sigmoid", "discrete", "mixed"])
def test_causes_act_and_others_do_not(mechanism: str) -> None:
    """In a -> b, c alone: b depends on a, c on nothing, whatever the mechanism."""
    dag = np.zeros((3, 3), dtype=bool)
    dag[0, 1] = True
    strong = []
    for seed in range(8):
        made = simulate(graph=dag, n=2000, mechanism=mechanism, seed=seed)  # type: ignore[arg-type]
        parts = []
        for j in range(3):
            column = made.values[:, j]
            cuts = (
                np.unique(column)
                if made.kinds[j] == "discrete"
                else np.quantile(column, [0.25, 0.5, 0.75])
            )
            parts.append(np.digitize(column, cuts))
        a, b, c = parts
        strong.append(_dependence(a, b))
        assert _dependence(b, c) < 0.02
    assert np.median(strong) > 0.05


def _dependence(a: np.ndarray, b: np.ndarray) -> float:
    """Mutual information in nats."""
    table = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(table, (a, b), 1 / len(a))
    outer = table.sum(axis=1)[:, None] * table.sum(axis=0)[None, :]
    there = table > 0
    return float((table[there] * np.log(table[there] / outer[there])).sum())


def test_the_coefficients_of_linear_models_are_those_of_the_data() -> None:
    for standardise in ("after", "internal", "none"):
        made = simulate(6, 2.5, 100_000, standardise=standardise, seed=2)  # type: ignore[arg-type]
        coefficients = made.model.coefficients
        assert coefficients is not None
        assert np.array_equal(coefficients != 0, made.dag)
        for j in range(6):
            above = np.flatnonzero(made.dag[:, j])
            fit = np.linalg.lstsq(
                made.values[:, above] - made.values[:, above].mean(axis=0),
                made.values[:, j] - made.values[:, j].mean(),
                rcond=None,
            )[0]
            assert np.abs(fit - coefficients[above, j]).max(initial=0) < 0.03
    assert simulate(5, mechanism="gp").model.coefficients is None


def test_scale_gives_the_order_away_only_unstandardised() -> None:
    def mean(standardise: str) -> tuple[float, float]:
        made = [simulate(15, 4, 500, standardise=standardise, seed=s) for s in range(12)]  # type: ignore[arg-type]
        return (
            float(np.mean([m.varsortability for m in made])),
            float(np.mean([m.r2_sortability for m in made])),
        )

    raw, after, internal = mean("none"), mean("after"), mean("internal")
    assert raw[0] > 0.9
    assert abs(after[0] - 0.5) < 0.1
    assert after[1] > internal[1] + 0.1


def test_sortability_of_known_orders() -> None:
    chain = np.zeros((3, 3), dtype=bool)
    chain[0, 1] = chain[1, 2] = True
    assert sortability(np.array([1.0, 2.0, 3.0]), chain) == 1.0
    assert sortability(np.array([3.0, 2.0, 1.0]), chain) == 0.0
    assert sortability(np.array([1.0, 1.0, 1.0]), chain) == 0.5
    assert sortability(np.array([1.0, 3.0, 2.0]), chain) == pytest.approx(2 / 3)
    assert sortability(np.array([1.0, 2.0]), np.zeros((2, 2), dtype=bool)) == 0.5


@pytest.mark.parametrize("noise", NOISES)
def test_noise_has_mean_0_and_variance_1(noise: str) -> None:
    drawn = draw_noise(noise, (200_000,), np.random.default_rng(0))
    assert abs(drawn.mean()) < 0.01
    assert drawn.var() == pytest.approx(1, abs=0.03)


def test_interventions_cut_or_weaken_what_causes_their_target() -> None:
    dag = np.zeros((3, 3), dtype=bool)
    dag[0, 1] = dag[1, 2] = True
    model = random_model(dag, np.random.default_rng(5))

    def effects(kind: str | None) -> tuple[float, float, float]:
        done = None if kind is None else Intervention((1,), kind)  # type: ignore[arg-type]
        values = model.sample(20_000, np.random.default_rng(1), done)
        first = np.polyfit(values[:, 0], values[:, 1], 1)[0]
        second = np.polyfit(values[:, 1], values[:, 2], 1)[0]
        return float(first), float(second), float(values[:, 1].mean())

    free, hard, soft, shift = (effects(k) for k in (None, "hard", "soft", "shift"))
    assert abs(hard[0]) < 0.02
    assert soft[0] == pytest.approx(0.3 * free[0], abs=0.02)
    assert shift[0] == pytest.approx(free[0], abs=0.02)
    for pushed, size in ((hard, 2.0), (soft, 1.0), (shift, 1.5)):
        assert pushed[1] == pytest.approx(free[1], abs=0.05)  # the mechanism below is untouched
        assert abs(pushed[2] - free[2]) == pytest.approx(size, abs=0.05)


def test_discrete_targets_no_longer_follow_their_parents() -> None:
    dag = np.zeros((2, 2), dtype=bool)
    dag[0, 1] = True
    model = random_model(dag, np.random.default_rng(0), mechanism="discrete", concentration=0.2)
    free = model.sample(5000, np.random.default_rng(0)).astype(int)
    hard = model.sample(5000, np.random.default_rng(0), Intervention((1,), "hard")).astype(int)
    assert _dependence(*free.T) > 0.05
    assert _dependence(*hard.T) < 0.005


def test_simulated_data_can_be_learned_from_as_they_are() -> None:
    made = simulate(
        6, 2, 400, mechanism="linear", interventions=2, rows_each=50, hidden=1, missing=0.05, seed=1
    )
    assert made.targets is not None
    assert made.targets.shape == made.values.shape == (500, 6)
    assert made.targets[:400].sum() == 0
    assert (made.targets[400:].sum(axis=1) == 1).all()
    table = prepare(made.dataset, targets=made.targets_column, missing="testwise")
    assert table.targets is not None
    assert np.array_equal(table.targets, made.targets)
    assert np.array_equal(table.values, made.values, equal_nan=True)
    assert set(made.graph.nodes) == set(made.columns)
    assert made.graph.bidirected
    with pytest.raises(UsageError, match="PAG"):
        _ = made.cpdag


def test_a_search_finds_the_graph_of_easy_data() -> None:
    found = 0
    for seed in range(5):
        made = simulate(5, 1.0, 20_000, weights=(0.7, 1.2), seed=seed)
        marks = PC(alpha=0.001).run(prepare(made.dataset), discovery.Knowledge()).marks
        found += np.array_equal(marks, made.cpdag)
    assert found >= 4


def test_what_is_not_known_is_refused() -> None:
    for wrong in (
        {"graph": "ring"}, {"mechanism": "magic"}, {"noise": "pink"}, {"standardise": "twice"},
        {"levels": (1, 3)}, {"concentration": 0.0}, {"n": 0}, {"p": 0}, {"degree": -1.0},
        {"interventions": 11}, {"interventions": [[10]]}, {"interventions": 1, "intervention": "mild"},
        {"missing": 0.95}, {"missing": 0.5, "missing_kind": "mar"}, {"hidden": -1},
        {"graph": np.ones((2, 3), dtype=bool)}, {"graph": np.ones((2, 2), dtype=bool)},
    ):  # fmt: skip
        with pytest.raises(UsageError):
            simulate(**{"seed": 0, **wrong})  # type: ignore[arg-type]


BIF = """network unknown {}
variable rain { type discrete [ 2 ] { yes, no }; }
// a comment
variable wet { type discrete [ 3 ] { dry, damp, soaked }; }
variable grip { type discrete [ 2 ] { good, bad }; }
probability ( rain ) { table 0.2, 0.8; }
probability ( wet | rain ) { (yes) 0.0, 0.3, 0.7; (no) 0.9, 0.1, 0.0; }
probability ( grip | wet, rain ) {
  default 0.5, 0.5;
  (dry, no) 1.0, 0.0;
  (soaked, yes) 0.1, 0.9;
}
"""


def test_bif_networks_are_read_and_sampled(tmp_path: Path) -> None:
    path = tmp_path / "garden.bif"
    path.write_text(BIF)
    network = read_bif(path)
    assert network.columns == ("rain", "wet", "grip")
    assert np.argwhere(network.dag).tolist() == [[0, 1], [0, 2], [1, 2]]
    frame = network.frame(40_000, np.random.default_rng(0))
    assert (frame["rain"] == "yes").mean() == pytest.approx(0.2, abs=0.01)
    wet = frame[frame["rain"] == "yes"]["wet"].value_counts(normalize=True)
    assert wet["soaked"] == pytest.approx(0.7, abs=0.02)
    assert "dry" not in wet
    soaked = frame[(frame["wet"] == "soaked")]
    assert (soaked["grip"] == "bad").mean() == pytest.approx(0.9, abs=0.02)
    assert (frame[(frame["wet"] == "dry")]["grip"] == "good").all()
    # held fixed, a column tells nothing of its causes
    fixed = network.frame(40_000, np.random.default_rng(0), {"wet": "soaked"})
    assert (fixed["rain"] == "yes").mean() == pytest.approx(0.2, abs=0.01)
    with pytest.raises(UsageError, match="no level"):
        network.sample(1, np.random.default_rng(0), {"wet": "icy"})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("(yes) 0.0, 0.3, 0.7;", "", "leaves combinations out"),
        ("(yes) 0.0, 0.3, 0.7;", "(yes) 0.3, 0.7;", "not whole"),
        ("(yes) 0.0, 0.3, 0.7;", "(maybe) 0.0, 0.3, 0.7;", "no level 'maybe'"),
        ("(yes) 0.0, 0.3, 0.7;", "(yes) 0.5, 0.5, 0.7;", "add up"),
        ("(yes) 0.0, 0.3, 0.7;", "(yes) a, 0.3, 0.7;", "could not convert"),
        ("table 0.2, 0.8;", "table 0.2;", "are needed"),
        ("wet | rain", "wet | snow", "unknown 'snow'"),
        ("probability ( rain ) { table 0.2, 0.8; }", "", "'rain' has no table"),
        ("probability ( rain ) { table 0.2, 0.8; }", "probability ( rain | wet ) { default 0.5, 0.5; }", "cycle"),
        ("[ 3 ]", "[ 4 ]", "lacks levels"),
    ],
)  # fmt: skip
def test_broken_networks_are_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "broken.bif"
    assert old in BIF
    path.write_text(BIF.replace(old, new))
    with pytest.raises(InputError, match=message):
        read_bif(path)
    with pytest.raises(InputError, match="no such file"):
        read_bif(tmp_path / "absent.bif")


def test_the_shared_networks_are_read(shared_data: Path) -> None:
    sizes = {"asia": (8, 8), "alarm": (37, 46), "insurance": (27, 52), "child": (20, 25)}
    for name, (p, edges) in sizes.items():
        network = read_bif(shared_data / "causal" / "bif" / f"{name}.bif.gz")
        assert network.dag.shape == (p, p)
        assert network.dag.sum() == edges
        assert network.sample(100, np.random.default_rng(0)).shape == (100, p)


def test_the_plain_functions_are_as_before() -> None:
    from discovery import simulate as old

    assert old.random_dag is random_dag
    rng = np.random.default_rng(0)
    values = linear_gaussian(random_dag(4, 2, rng), 500, rng)
    assert np.allclose(values.std(axis=0), 1)
