"""Views, pairs, features, the second stage and the exported trees."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.document import Sentence
from ingest.models.relation_fit import best_threshold, export_trees, f1_at, fit_linear, platt
from ingest.models.relation_model import Linear, Platt, Trees
from ingest.relations.claimed import CLAIMED, claimed
from ingest.relations.hierarchy import Hierarchy
from ingest.relations.pair_features import BITS, DENSE, PairFeatures, nearest
from ingest.relations.second import CONTEXT, NOTHING, Priors, context
from ingest.relations.triggers import CLASSES, classes_of
from ingest.relations.view import MAX_ENTITIES, MAX_PAIRS, Span, View, make_view
from ingest.sentences import split

TEXT = (
    "Lithium-induced polyuria in 12 rats. Polyuria was seen after lithium. "
    "Amiloride prevented polyuria, a urination disorder."
)
NAMES = {
    "lithium": ("C", "D008094"),
    "polyuria": ("D", "D011141"),
    "amiloride": ("C", "D000584"),
    "urination disorder": ("D", "D014555"),
}
TREES = Hierarchy({"D014555": ("C12.777.934",), "D011141": ("C12.777.934.734", "C23.1")})


def view(text: str = TEXT, *, titles: int = 0) -> View:
    spans = [
        Span(i, i + len(n), *NAMES[n])
        for n in NAMES for i in range(len(text)) if text.lower().startswith(n, i)
    ]  # fmt: skip
    spans.sort()
    sentences = [
        Sentence(s, e, text[s:e], "title" if k < titles else "abstract")
        for k, (s, e) in enumerate(split(text))
    ]
    return make_view(text, sentences, spans)


def mesh(made: View) -> list[str]:
    return [e.id for e in made.entities]


def test_a_view_folds_mentions_into_letters_and_digits_into_zeros() -> None:
    made = view()
    assert made.words[0] == ["C", "-", "induced", "D", "in", "0", "rats", "."]
    assert [(e.kind, e.id) for e in made.entities] == [
        ("C", "D008094"), ("D", "D011141"), ("C", "D000584"), ("D", "D014555"),
    ]  # fmt: skip
    for entity in made.entities:
        for place in entity.places:
            span = made.spans[place.span]
            assert made.words[place.sentence][place.word] == entity.kind
            assert NAMES[made.text[span.start : span.end].lower()] == (entity.kind, entity.id)


def test_a_phrase_may_name_several_entities_but_overlaps_are_passed_over() -> None:
    text = "Ovarian and breast cancer."
    spans = [Span(0, 25, "D", "a"), Span(0, 25, "D", "b"), Span(12, 25, "D", "c")]
    made = make_view(text, [Sentence(0, 26, text)], spans)
    assert [e.id for e in made.entities] == ["a", "b"]
    assert made.words == [["D", "."]]
    assert nearest(*made.entities)[0][0] == 0


def test_mentions_across_the_end_of_a_sentence_are_passed_over() -> None:
    text = "One two. Three."
    made = make_view(
        text, [Sentence(0, 8, text[:8]), Sentence(9, 15, text[9:])], [Span(4, 12, "C", "x")]
    )
    assert made.entities == []


def test_pairs_are_of_the_wanted_kinds_in_their_order() -> None:
    made = view("Polyuria was caused by lithium or amiloride.")
    kinds = [
        made.entities[a].kind + made.entities[b].kind for a, b in made.pairs(frozenset({"CD"}))
    ]
    assert kinds == ["CD", "CD"]
    assert len(made.pairs(frozenset({"CC"}))) == 1
    assert made.pairs(frozenset()) == []


def test_pairs_of_a_large_document_are_bounded() -> None:
    text = " ".join(f"w{n}" for n in range(200)) + "."
    spans, position = [], 0
    for n in range(200):
        spans.append(Span(position, position + len(f"w{n}"), "CG"[n % 2], str(n)))
        position += len(f"w{n}") + 1
    made = make_view(text, [Sentence(0, len(text), text)], spans)
    assert len(made.entities) == MAX_ENTITIES
    assert len(made.pairs(frozenset({"CC", "CG", "GG"}))) == MAX_PAIRS


def test_long_documents_pair_only_what_shares_a_sentence() -> None:
    text = " ".join(["Lithium and polyuria."] + ["Nothing here."] * 50 + ["Amiloride."])
    made = view(text)
    pairs = made.pairs(frozenset({"CD"}))
    assert [(made.entities[a].id, made.entities[b].id) for a, b in pairs] == [
        ("D008094", "D011141")
    ]


def test_features_say_what_stands_between() -> None:
    made = view(titles=1)
    features = PairFeatures(made, TREES, mesh(made))
    sparse, dense = features.pair(0, 1)
    named = dict(zip(DENSE, dense, strict=True))
    assert len(dense) == len(DENSE)
    assert (np.diff(sparse) > 0).all()
    assert sparse.min() >= 0
    assert sparse.max() < 1 << BITS
    assert named["kind CD"] == 1
    assert named["compound"] == 1
    assert named["title together"] == 1
    assert named["together"] == 2
    assert named["between cause"] == 1
    assert named["between time"] == 1
    assert named["between treat"] == 0
    assert named["above 2"] == 0
    assert named["below 2"] == 1
    assert named["claim up"] > 0
    _, dense = features.pair(2, 1)
    named = dict(zip(DENSE, dense, strict=True))
    assert named["between treat"] == 1
    assert named["claim down"] > 0
    _, dense = features.pair(0, 3)
    named = dict(zip(DENSE, dense, strict=True))
    assert (named["together"], named["gap"], named["distance"]) == (0, 1, 60)


def test_features_do_not_depend_on_what_was_asked_before() -> None:
    made = view()
    one, two = PairFeatures(made, TREES, mesh(made)), PairFeatures(made, TREES, mesh(made))
    pairs = made.pairs(frozenset({"CD", "CC"}))
    forth = [one.pair(a, b) for a, b in pairs]
    back = [two.pair(a, b) for a, b in reversed(pairs)][::-1]
    for (s, d), (t, e) in zip(forth, back, strict=True):
        assert (s == t).all()
        assert d == e


def test_claims_of_patterns_with_their_signs() -> None:
    made = view("Lithium did not cause polyuria. Amiloride prevents polyuria.")
    found = claimed(made)
    by_name = {
        (made.entities[a].id, made.entities[b].id): dict(zip(CLAIMED, row, strict=True))
        for (a, b), row in found.scores.items()
    }
    assert by_name["D008094", "D011141"]["claim denied"] > 0
    assert by_name["D008094", "D011141"]["claim up"] == 0
    assert by_name["D011141", "D000584"]["claim down"] > 0


def test_a_direction_is_against_a_pair_unless_another_sentence_speaks_for_it() -> None:
    for text, against in (
        ("Polyuria increases lithium.", True),
        ("Polyuria does not increase lithium.", True),
        ("Lithium and polyuria. Polyuria increases lithium.", True),
        ("Polyuria after lithium. Polyuria increases lithium.", False),
        ("Lithium causes polyuria. Polyuria increases lithium.", False),
        ("Lithium is associated with polyuria.", False),
        ("Lithium was given. Polyuria was seen.", False),
    ):
        made = view(text)
        number = {e.id: e.number for e in made.entities}
        lithium, polyuria = number["D008094"], number["D011141"]
        assert claimed(made).against(made, lithium, polyuria) is against, text


def test_trigger_classes() -> None:
    for number, words in enumerate(CLASSES.values()):
        for word in words:
            assert number in classes_of(word)
            assert word == word.lower()
    assert classes_of("xyzzy") == ()


def test_hierarchy() -> None:
    assert TREES.above("D014555", "D011141")
    assert not TREES.above("D011141", "D014555")
    assert not TREES.above("D011141", "D011141")
    assert not TREES.above("nosuch", "D011141")
    assert TREES.branches("D011141") == ["C12", "C12.777", "C23", "C23.1"]
    assert TREES.depth("D011141") == 4
    assert Hierarchy.parse(str(TREES)).numbers == TREES.numbers


# the second stage ---------------------------------------------------------------------------


def slow_context(
    made: View, pairs: list[tuple[int, int]], scores: list[float]
) -> list[list[float]]:
    """The same, written out."""
    rows = []
    kind = [e.kind for e in made.entities]
    for n, (a, b) in enumerate(pairs):
        row = [scores[n], scores[n] - max(scores)]
        row.append(float(sorted(range(len(pairs)), key=lambda k: (-scores[k], k)).index(n)))
        rest = [(p, s) for k, (p, s) in enumerate(zip(pairs, scores, strict=True)) if k != n]
        for mine, other in ((a, b), (b, a)):
            same = [
                s for p, s in rest
                if mine in p and kind[p[0] if p[1] == mine else p[1]] == kind[other]
            ]  # fmt: skip
            best = max(same, default=NOTHING)
            row += [best, sum(same) / len(same) if same else NOTHING, scores[n] - best]
        row += [max([s for p, s in rest if mine in p], default=NOTHING) for mine in (a, b)]
        ids = mesh(made)
        lower, higher = [NOTHING], [NOTHING]
        for p, s in rest:
            if a in p:
                o = p[0] if p[1] == a else p[1]
                if kind[o] == kind[b]:
                    lower += [s] if TREES.above(ids[b], ids[o]) else []
                    higher += [s] if TREES.above(ids[o], ids[b]) else []
        row += [max(lower), max(higher), float(sum(s > -1.2 for s in scores)), float(len(pairs))]
        rows.append(row)
    return rows


@given(st.lists(st.floats(-5, 5), min_size=8, max_size=8))
@settings(max_examples=25, deadline=None)
def test_context_equals_its_definition(values: list[float]) -> None:
    made = view()
    pairs = made.pairs(frozenset({"CD", "CC"}))
    scores = values[: len(pairs)]
    found = context(made, pairs, np.array(scores), TREES, mesh(made))
    assert found.shape == (len(pairs), len(CONTEXT))
    np.testing.assert_allclose(found, slow_context(made, pairs, scores), atol=1e-12)


def test_context_of_nothing() -> None:
    assert context(view("Lithium."), [], np.zeros(0), TREES, []).shape == (0, len(CONTEXT))


def test_priors_leave_a_document_out() -> None:
    priors = Priors.learn([("a", "x", True), ("a", "y", False), ("b", "x", True)])
    rows = [("a", "x"), ("a", "y")]
    without = Priors.learn([("b", "x", True)])
    without.rate = priors.rate
    np.testing.assert_allclose(priors.features(rows, [True, False]), without.features(rows))
    assert priors.features(rows)[0, 5] == pytest.approx(np.log(2))
    again = Priors.parse(str(priors), priors.rate)
    assert again.counts == priors.counts
    np.testing.assert_array_equal(again.features(rows), priors.features(rows))


# models -------------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [2, 4])
def test_exported_trees_score_like_scikit_learn(classes: int) -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 6)).round(1)
    y = (x[:, 0] * x[:, 1] + x[:, 2] > 0).astype(int) + (classes > 2) * 2 * (x[:, 3] > 0.3)
    models = [
        HistGradientBoostingClassifier(
            max_iter=12, max_leaf_nodes=6, early_stopping=False, random_state=s, max_features=0.5
        ).fit(x, y)
        for s in range(2)
    ]
    wanted = np.mean([m.decision_function(x).reshape(len(x), -1) for m in models], axis=0)
    trees = export_trees(models)
    np.testing.assert_allclose(trees(x), wanted, atol=1e-6)
    np.testing.assert_allclose(trees(x[:1]), wanted[:1], atol=1e-6)
    assert trees(x[:0]).shape == (0, wanted.shape[1])


def test_trees_that_go_round_are_refused() -> None:
    zero = np.zeros(2)
    child = np.array([1, 0], dtype=np.int32)
    with pytest.raises(ValueError, match="follow"):
        Trees(
            np.zeros(2, np.int16), zero, child, child, zero,
            np.zeros(1, np.int32), np.zeros(1, np.int16), np.zeros(1),
        )  # fmt: skip


def test_linear_scores_are_those_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(2)
    rows = [np.unique(rng.integers(0, 30, size=6)) for _ in range(80)]
    y = np.array([0 in r or 1 in r for r in rows])
    weights, bias = fit_linear(rows, y, 0.5)
    x = np.zeros((80, 30))
    for n, r in enumerate(rows):
        x[n, r] = 1
    wanted = LogisticRegression(C=0.5, solver="liblinear").fit(x, y).decision_function(x)
    found = Linear(["a"], weights[:, None].astype(np.float32), np.array([bias]))(rows)[:, 0]
    np.testing.assert_allclose(found, wanted, atol=5e-3)  # weights are kept in half precision
    assert Linear(["a"], weights[:, None].astype(np.float32), np.array([bias]))([]).shape == (0, 1)


def test_platt_is_calibrated_on_what_it_was_fitted_to() -> None:
    rng = np.random.default_rng(3)
    scores = rng.normal(size=4000)
    y = rng.random(4000) < 1 / (1 + np.exp(-(2 * scores - 1)))
    curve = platt(scores, y)
    assert curve.slope == pytest.approx(2, abs=0.2)
    assert curve.offset == pytest.approx(-1, abs=0.2)
    assert Platt()(np.array([-1e9, 0.0, 1e9])) == pytest.approx([0, 0.5, 1], abs=1e-9)


def test_the_threshold_is_where_f1_is_best() -> None:
    p = np.array([0.3, 0.9, 0.7, 0.8, 0.2])
    threshold = best_threshold(p, p, 3)
    expected = {t: 2 * p[p >= t].sum() / ((p >= t).sum() + 3) for t in p.tolist()}
    assert threshold == max(expected, key=lambda t: expected[t])
    right = np.array([False, True, True, True, False])
    assert f1_at(p, right, 3, 0.5) == 1.0
    assert f1_at(p, right, 3, 0.85) == 0.5
    assert best_threshold(p[:0], p[:0], 3) == 0.5


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_threshold_is_half_the_f1_to_be_expected(seed: int) -> None:
    p = np.random.default_rng(seed).beta(0.5, 1.5, size=4000)
    threshold = best_threshold(p, p, int(p.sum()))
    hit = p >= threshold
    f1 = 2 * p[hit].sum() / (hit.sum() + p.sum())
    assert abs(threshold - f1 / 2) < 0.01
