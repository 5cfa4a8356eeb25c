"""What every recogniser keeps, the shipped ones and the drop-ins, on small models made here."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import InputError, UsageError
from graph.model import Category, Publication
from ingest import recognisers
from ingest.abbreviations import find_abbreviations
from ingest.document import Document, make_document
from ingest.pipeline import Pipeline
from ingest.recognisers import Recogniser
from ingest.recognisers.naming import NamingRecogniser, locate
from ingest.registry import Registry
from ingest.sentences import split_document

TEXT = (
    "Lithium causes nephrogenic diabetes insipidus (NDI) in rats. NDI was prevented by amiloride; "
    "the α-subunit 𝔘 of İL-6 and TNF-α did nothing.\nMénière’s disease — 3 µM of lithium."
)


class Echo(NamingRecogniser):
    """Stands for a language model: names some names, one of them invented."""

    name = "echo"
    version = "1"

    def names(self, text: str) -> Iterable[tuple[str, Category, float]]:
        yield "Lithium", Category.CHEMICAL, 0.9
        yield "lithium", Category.CHEMICAL, 0.8
        yield "a name that no text holds", Category.DISEASE, 1.0
        yield "diabetes insipidus", Category.DISEASE, 0.7
        yield "diabetes", Category.DISEASE, 0.9


def spacy_folder(folder: Path) -> str:
    spacy = pytest.importorskip("spacy")
    pipeline = spacy.blank("en")
    ruler = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns(
        [
            {"label": "CHEMICAL", "pattern": [{"LOWER": "lithium"}]},
            {"label": "DISEASE", "pattern": [{"LOWER": "diabetes"}, {"LOWER": "insipidus"}]},
            {"label": "DATE", "pattern": "NDI"},
        ]
    )
    pipeline.to_disk(folder / "spacy")
    return f"spacy:{folder / 'spacy'}"


def hf_folder(folder: Path, labels: Iterable[str] = ("O", "B-Chemical", "I-Chemical")) -> str:
    """A tiny classifier with random weights: what it finds is nonsense, but always the same."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")
    names = list(labels)
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefghijklmnopqrstuvwxyz0123456789.,()-"]
    pieces += [f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz0123456789"]
    pieces += ["lithium", "causes", "rats", "dia", "##betes"]
    vocabulary = {p: i for i, p in enumerate(pieces)}
    raw = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))
    raw.normalizer = tokenizers.normalizers.BertNormalizer()
    raw.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    raw.post_processor = tokenizers.processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
        sep_token="[SEP]", model_max_length=64,
    )  # fmt: skip
    torch.manual_seed(3)
    config = transformers.BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=64, id2label=dict(enumerate(names)),
        label2id={n: i for i, n in enumerate(names)}, initializer_range=1.0,
    )  # fmt: skip
    made = folder / "hf"
    transformers.BertForTokenClassification(config).save_pretrained(made)
    fast.save_pretrained(made)
    return f"hf:{made}"


@pytest.fixture(scope="module", params=[*recognisers.REGISTRY, "spacy:", "hf:", "echo"])
def recogniser(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Recogniser:
    folder = tmp_path_factory.mktemp("model")
    if request.param == "echo":
        return Echo()
    name = {"spacy:": spacy_folder, "hf:": hf_folder}.get(request.param, lambda _: request.param)
    return recognisers.REGISTRY.make(name(folder))


def test_every_family_has_a_case() -> None:
    assert recognisers.REGISTRY.families == ["hf:", "spacy:"]


def made(text: str) -> Document:
    return make_document(Publication("pubmed:1"), [("abstract", "", text)])


def parts(document: Document):  # type: ignore[no-untyped-def]
    sentences = split_document(document)
    return document, sentences, find_abbreviations(document.text, sentences)


def check(recogniser: Recogniser, text: str) -> list[tuple[int, int, str]]:
    document = made(text)
    found = recogniser.recognise(*parts(document))
    position = 0
    for mention in found:
        assert position <= mention.start < mention.end
        assert document.text[mention.start : mention.end] == mention.text
        assert mention.text == mention.text.strip()
        assert 0.0 <= mention.score <= 1.0
        assert mention.recogniser == recogniser.name
        position = mention.end
    return [(m.start, m.end, m.category.value) for m in found]


def test_offsets_and_determinism(recogniser: Recogniser) -> None:
    assert recogniser.version
    assert check(recogniser, TEXT) == check(recogniser, TEXT)
    # the last words are for a recogniser of processes and anatomy
    assert check(recogniser, TEXT + "\nApoptosis was seen in the kidney.")


def test_nothing_in_nothing_out(recogniser: Recogniser) -> None:
    document = made("x")
    assert recogniser.recognise(document, (), ()) == []
    assert recogniser.recognise_many([]) == []
    for text in ("()[]{}", ". . .", "\u200b\u00ad"):
        check(recogniser, text)


def test_a_batch_is_the_same_as_one_by_one(recogniser: Recogniser) -> None:
    documents = [parts(made(t)) for t in (TEXT, TEXT[60:], "Rats.", TEXT * 3, "NDI (x)", TEXT)]
    together = recogniser.recognise_many(documents)
    assert together == [recogniser.recognise(*d) for d in documents]
    assert together == recogniser.recognise_many(documents[::-1])[::-1]


ALPHABET = st.sampled_from(
    ["lithium", "NDI", "(", ")", " ", ". ", "α", "𝔘", "é", "-", "É", "\u0301", "7", "\n"]
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(ALPHABET, max_size=30).map("".join))
def test_any_text(recogniser: Recogniser, text: str) -> None:
    try:
        check(recogniser, text)
    except InputError:
        assert not text.strip()


@pytest.mark.slow
@pytest.mark.parametrize("text", [(TEXT + " ") * 12_000, "lithium " * 250_000, "x" * 2_000_000])
def test_two_megabytes(recogniser: Recogniser, text: str) -> None:
    if recogniser.name.startswith("hf:"):
        text = text[:100_000]  # a hundred times slower than the others by nature
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    check(recogniser, text)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_500_000  # kilobytes


def test_registering_from_a_layer_above() -> None:
    registry: Registry[Recogniser] = Registry("recogniser", Recogniser, {})  # type: ignore[type-abstract]
    registry.register("echo", Echo)
    pipeline = Pipeline(recognisers=(registry.make("echo"), "dictionary"))
    found = pipeline(made(TEXT)).mentions
    assert {"Lithium", "diabetes insipidus"} <= {m.text for m in found if m.recogniser == "echo"}
    assert any(m.recogniser == "dictionary" for m in found)

    class Model(Echo):
        def __init__(self, model: str, loud: bool = False) -> None:
            self.model = model

    registry.register("echo:", Model)
    asked = registry.make("echo:big/one:v2", loud=True)
    assert isinstance(asked, Model)
    assert asked.model == "big/one:v2"
    assert "echo:anything" in registry
    assert list(registry) == ["echo"]
    with pytest.raises(UsageError, match="after its colon"):
        registry.make("echo:")
    with pytest.raises(UsageError, match=r"echo:\.\.\."):
        registry.make("nothing")


def test_what_is_not_in_the_text_is_dropped() -> None:
    names = [("p53", Category.GENE, 2.0), ("p53", Category.PROTEIN, 0.5), ("", Category.GENE, 1.0)]
    found = locate("p53, p53b and (p53)", names, "x")
    assert [(m.start, m.score, m.category) for m in found] == [
        (0, 1.0, Category.GENE), (15, 1.0, Category.GENE)
    ]  # fmt: skip


# the drop-ins ---------------------------------------------------------------------------


def test_spacy_labels(tmp_path: Path) -> None:
    name = spacy_folder(tmp_path)
    plain = recognisers.REGISTRY.make(name)
    found = plain.recognise(*parts(made(TEXT)))
    assert [(m.text, m.category) for m in found] == [
        ("Lithium", Category.CHEMICAL), ("diabetes insipidus", Category.DISEASE), ("lithium", Category.CHEMICAL),
    ]  # fmt: skip
    other = recognisers.REGISTRY.make(name, labels={"DATE": "disease"}, score=0.5)
    assert [(m.text, m.score) for m in other.recognise(*parts(made(TEXT)))] == [("NDI", 0.5)] * 2
    assert other.version != plain.version
    assert plain.version == recognisers.REGISTRY.make(name).version
    with pytest.raises(UsageError, match="no label 'X'"):
        recognisers.REGISTRY.make(name, labels={"X": "disease"}).recognise(*parts(made("x")))
    with pytest.raises(UsageError, match="is no category"):
        recognisers.REGISTRY.make(name, labels={"DATE": "day"}).recognise(*parts(made("x")))
    with pytest.raises(UsageError, match="cannot load"):
        recognisers.REGISTRY.make("spacy:no_such_model").recognise(*parts(made("x")))


def test_a_trained_spacy_model(tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy")
    from spacy.training import Example

    pipeline = spacy.blank("en")
    pipeline.add_pipe("ner")
    texts = [f"{drug} harms {place}" for drug in ("Lithium", "Aspirin") for place in ("rats", "us")]
    examples = [
        Example.from_dict(pipeline.make_doc(t), {"entities": [(0, 7, "SIMPLE_CHEMICAL")]}) for t in texts
    ]  # fmt: skip
    spacy.util.fix_random_seed(0)
    pipeline.initialize(lambda: examples)
    for _ in range(20):
        pipeline.update(examples)
    pipeline.to_disk(tmp_path / "ner")
    found = recognisers.REGISTRY.make(f"spacy:{tmp_path / 'ner'}").recognise(
        *parts(made("Aspirin harms us"))
    )
    assert [(m.text, m.category) for m in found] == [("Aspirin", Category.CHEMICAL)]


def test_a_token_classifier_from_disk(tmp_path: Path) -> None:
    name = hf_folder(tmp_path)
    one = recognisers.REGISTRY.make(name)
    text = "Lithium causes diabetes in rats. " + "many words and lithium again " * 60
    assert check(one, text)
    assert one.version == recognisers.REGISTRY.make(name).version
    strict = recognisers.REGISTRY.make(name, least=1.01)
    assert check(strict, text) == []
    with pytest.raises(UsageError, match=r"config\.json"):
        recognisers.REGISTRY.make(f"hf:{tmp_path / 'none'}").recognise(*parts(made("x")))
    (tmp_path / "other").mkdir()
    unknown = hf_folder(tmp_path / "other", ("O", "LABEL_A", "LABEL_B"))
    with pytest.raises(UsageError, match="none of the model's labels"):
        check(recognisers.REGISTRY.make(unknown), "x")
    check(recognisers.REGISTRY.make(unknown, labels={"LABEL_A": Category.GENE}), text)


def test_words_of_an_entity_are_joined() -> None:
    from ingest.recognisers.transformers import TransformersRecogniser

    one = TransformersRecogniser("nowhere")
    one._kinds = [("", None), ("B", Category.GENE), ("I", Category.GENE), ("", Category.DISEASE)]
    words = [
        (0, 1, 1, 0.9),
        (2, 3, 2, 0.5),
        (4, 5, 1, 0.8),
        (6, 7, 0, 0.9),
        (8, 9, 3, 1.0),
        (10, 11, 3, 1.0),
    ]
    assert one._joined("a b c d e f", words) == [
        (0, 3, Category.GENE, 0.5), (4, 5, Category.GENE, 0.8), (8, 11, Category.DISEASE, 1.0),
    ]  # fmt: skip


def test_crf_styles_differ(document: Callable[..., Document]) -> None:
    text = "Insulin and glucose in obese mice with the p.V600E mutation."
    plain = {m.text for m in recognisers.REGISTRY.make("crf").recognise(*parts(document(text)))}
    other = recognisers.REGISTRY.make("crf-biored").recognise(*parts(document(text)))
    assert "mice" in plain & {m.text for m in other}
