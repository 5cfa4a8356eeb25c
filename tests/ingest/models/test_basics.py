"""Tokens, corpora, lexicons, layouts and scores."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InputError
from ingest.abbreviations import find_abbreviations
from ingest.document import Sentence
from ingest.models.corpora import Corpora, GoldDocument, GoldMention, read_pubtator, without
from ingest.models.features import GROUPS, PAD, names_at
from ingest.models.layout import Lexicons, longest, make_layout
from ingest.models.learned import LearnedNames, bucket
from ingest.models.lexicon import Lexicon, normal, normal_name
from ingest.models.scoring import accuracy, span_scores
from ingest.models.second import label_spans
from ingest.models.tagger import balanced
from ingest.models.tokens import Tokens, tokenize
from ingest.sentences import split

SHARED = Path(__file__).parents[4] / "shared" / "data"

GOLD = """1|t|Lithium and p53
1|a|Lithium causes renal and hepatic failure with c.1A>G.
1\t0\t7\tLithium\tChemical\tD008094
1\t31\t56\trenal and hepatic failure\tDisease\tD051437|D017093\trenal failure|hepatic failure
1\t62\t68\tc.1A>G\tSequenceVariant\tc|SUB|A|1|G,rs12
1\t0\t3\twrong\tChemical\tD1
1\tCID\tD008094\tD051437

2|t|Aspirin
2|a|No.
2\t0\t7\tAspirin\tChemicalEntity\t-1
"""


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.pubtator"
    path.write_text(GOLD, encoding="utf-8")
    return path


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_tokens_slice_back_and_cover_the_text(text: str) -> None:
    tokens = Tokens(text)
    assert [text[a:b] for _, a, b in tokens] == tokens.words == tokenize(text)
    assert "".join(tokens.words) == "".join(text.split())


def test_letters_and_digits_part() -> None:
    assert tokenize("5-HT1A α-MSH") == ["5", "-", "HT", "1", "A", "α", "-", "MSH"]


def test_reads_pubtator(gold: Path) -> None:
    first, second = read_pubtator(gold)
    assert [m.text for m in first.mentions] == ["Lithium", "renal and hepatic failure", "c.1A>G"]
    assert first.mentions[1].ids == ("D051437", "D017093")
    assert first.mentions[2].ids == ("c|SUB|A|1|G", "rs12")
    assert first.relations == (("CID", "D008094", "D051437"),)
    assert second.mentions == (GoldMention(0, 7, "Aspirin", "chemical"),)
    assert first.document().text == first.text
    assert [d.pmid for d in without([first, second], [first])] == ["2"]
    assert [d.pmid for d in without([first, second], ["2"])] == ["1"]


def test_a_wrong_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.pubtator"
    path.write_text("1|t|A\n1|a|B\nnonsense\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 3"):
        read_pubtator(path)
    with pytest.raises(InputError, match="cannot read"):
        read_pubtator(tmp_path / "none")


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not there")
def test_corpora_overlap_is_left_out() -> None:
    corpora = Corpora(SHARED)
    dev = corpora.read("bc5cdr", "dev")
    assert len(dev) == 500
    assert sum(len(d.mentions) for d in dev) == 9591
    biored = corpora.read("biored", "train")
    kept = without(biored, dev)
    assert len(biored) - len(kept) == 44
    assert not {d.pmid for d in kept} & {d.pmid for d in dev}


def test_normal_forms() -> None:
    assert normal("Kidneys") == "kidney"
    assert normal("α") == "alpha"
    assert normal("-") == ""
    assert normal_name("TNF-α receptors") == ("tnf", "alpha", "receptor")


def test_lexicon_matches_through_hyphens() -> None:
    lexicon = Lexicon.of([("alpha methyldopa", 1), ("methyldopa", 2), ("Alpha-Methyldopa", 4)])
    assert lexicon.get(("alpha", "methyldopa")) == 5
    tokens = [normal(t) for t in tokenize("of alpha-methyldopa.")]
    found = list(lexicon.matches(tokens))
    assert found == [(1, 4, 5), (3, 4, 2)]
    assert longest(found) == [(1, 4, 5)]
    again = Lexicon()
    for name, value in lexicon.items():
        again.add(name, value)
    assert again.items() == lexicon.items()


@given(
    st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), max_size=12),
    st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12),
)
@settings(max_examples=100, deadline=None)
def test_lexicon_finds_every_occurrence(names: list[list[str]], text: list[str]) -> None:
    lexicon = Lexicon()
    for name in names:
        lexicon.add(name, 1)
    expected = set()
    for start in range(len(text)):
        for end in range(start + 1, len(text) + 1):
            piece = text[start:end]
            if piece[0] and piece[-1] and [t for t in piece if t] in names:
                expected.add((start, end, 1))
    assert set(lexicon.matches(text)) == expected


def test_buckets() -> None:
    assert bucket(0, {}) == ""
    assert bucket(3, {}) == "no-20"
    assert bucket(1, {"disease": 1}) == "disease-h1"
    assert bucket(10, {"disease": 6}) == "disease-m3"


def test_a_training_document_does_not_see_itself() -> None:
    only = [(["lead", "poisoning"], [(0, 2, "disease")])]
    other = [(["lead", "is", "bad"], [(0, 1, "chemical")])]
    learned = LearnedNames({"1": only, "2": other}, Lexicon())
    value = learned.lexicon.get(("lead", "poisoning"))
    assert learned.code()(value) == "disease-h1"
    assert learned.code("1")(value) == ""
    assert learned.code("2")(value) == "disease-h1"
    assert ("lead poisoning", "disease-h1") in learned.table()


def test_layout_columns_fit_the_tokens() -> None:
    text = "Diethylnitrosamine (DEN) is toxic. DEN kills α-cells."
    sentences = [Sentence(a, b, text[a:b]) for a, b in split(text)]
    external = Lexicon.of([("diethylnitrosamine", 1)])
    lexicons = Lexicons(("chem",), external, ((Lexicon(), lambda value: ""),))
    layout = make_layout(text, sentences, find_abbreviations(text, sentences), lexicons)
    assert [text[a:b] for a, b in zip(layout.starts, layout.ends, strict=True)] == layout.words
    assert layout.size == len(layout.words) + PAD * 3
    for group in GROUPS:
        if group.name not in ("h", "p"):
            assert len(layout.columns[group.name]) == layout.size
    tags = layout.columns["t"]
    assert tags[layout.places[0]] == ("S-chem", "")
    group = next(g for g in GROUPS if g.name == "t")
    assert "t0|S-chem" in set(names_at(group, tags[layout.places[0]], 0))


def test_label_spans() -> None:
    labels = ["O", "B-x", "I-x", "E-x", "S-y", "S-y", "I-x", "B-x", "O"]
    assert label_spans(labels) == [(1, 4, "x"), (4, 5, "y"), (5, 6, "y"), (6, 7, "x"), (7, 8, "x")]


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("of CaCl(2) in", (1, 4), "CaCl(2)"),
        ("a p.G102A) b", (1, 7), "p.G102A"),
        ("x (TAG) y", (1, 4), "TAG"),
        ("x (TAG y", (1, 3), "TAG"),
        ("(+)-a b", (0, 5), "(+)-a"),
        ("a b", (0, 2), "a b"),
        ("x ) y", (1, 2), ""),
    ],
)
def test_brackets_close(text: str, span: tuple[int, int], expected: str) -> None:
    tokens = Tokens(text)
    start, end = balanced(tokens.words, *span, len(tokens))
    assert (text[tokens.starts[start] : tokens.ends[end - 1]] if end > start else "") == expected


def test_scores() -> None:
    gold = {(0, 1, "a"), (2, 3, "b"), (4, 5, "other")}
    scores = span_scores([({(0, 1, "a"), (2, 4, "b")}, gold)] * 5, ("a", "b"))
    assert scores["a"].f1 == 100
    assert scores["micro"].f1 == pytest.approx(50)
    assert scores["micro"].low == scores["micro"].high == pytest.approx(50)
    assert accuracy([[True, False], [True, True]])[0] == pytest.approx(75)
    assert accuracy([])[3] == 0


def test_gold_document_text() -> None:
    assert GoldDocument("1", "T", "A", ()).text == "T\nA"
