"""Reading files: good ones, and every kind of bad one. Bad input never loses good input."""

from __future__ import annotations

import codecs
import gzip
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.sources import pick
from ingest.sources.records import cut_records
from tests.ingest.reading import PUBTATOR, ids, read

Make = Callable[..., str]
Write = Callable[..., Path]
SHARED = Path(__file__).parents[3] / "shared"


# PubMed ------------------------------------------------------------------------------------


def test_a_citation_becomes_a_document(citation: Make, article_set: Make, write: Write) -> None:
    record = citation(7, "The <i>title</i> &amp; more.", "One. <b>Two</b>&lt;3.", year=1999)
    documents, rejected, _ = read(write("a.xml", article_set(record)))
    (document,) = documents
    assert not rejected
    assert document.id == "pubmed:7"
    assert document.publication.year == 1999
    assert document.publication.types == ("Journal Article",)
    assert document.text == "The title & more.\nOne. Two<3."
    assert [s.kind for s in document.sections] == ["title", "abstract"]
    assert document.language == "eng"
    assert document.source == "pubmed"


def test_structured_abstracts_keep_their_labels(
    citation: Make, article_set: Make, write: Write
) -> None:
    record = citation(7).replace(
        "<AbstractText>Lithium causes polyuria.</AbstractText>",
        '<AbstractText Label="BACKGROUND">Why.</AbstractText><AbstractText Label="RESULTS">What.'
        "</AbstractText>",
    )
    ((document,), _, _) = read(write("a.xml", article_set(record)))
    assert [s.name for s in document.sections] == [
        "title",
        "abstract/BACKGROUND",
        "abstract/RESULTS",
    ]
    assert document.text == "A title.\nWhy.\nWhat."


def test_retractions_both_ways(citation: Make, article_set: Make, write: Write) -> None:
    link = (
        '<CommentsCorrectionsList><CommentsCorrections RefType="{}"><RefSource>x</RefSource>'
        "<PMID>{}</PMID></CommentsCorrections></CommentsCorrectionsList>"
    )
    text = article_set(
        citation(1, types=("Retracted Publication",), corrections=link.format("RetractionIn", 2)),
        citation(
            2, types=("Retraction of Publication",), corrections=link.format("RetractionOf", 1)
        ),
        citation(3, corrections=link.format("RetractionIn", 4)),
        citation(5, corrections=link.format("ErratumIn", 6)),
    )
    documents, _, _ = read(write("a.xml", text))
    assert [d.publication.retracted for d in documents] == [True, False, True, False]
    assert [d.publication.retraction for d in documents] == ["pubmed:2", "", "pubmed:4", ""]
    assert [d.retracts for d in documents] == [(), ("pubmed:1",), (), ()]


def test_deletions(citation: Make, article_set: Make, write: Write) -> None:
    _, _, deletions = read(write("a.xml", article_set(citation(1), deleted=(8, 9))))
    assert [d.id for d in deletions] == ["pubmed:8", "pubmed:9"]


def test_the_older_medline_form(citation: Make, write: Write) -> None:
    inner = citation(3).replace("<PubmedArticle>", "").replace("</PubmedArticle>", "")
    documents, rejected, _ = read(
        write("a.xml", f"<MedlineCitationSet>{inner}</MedlineCitationSet>")
    )
    assert ids(documents) == ["pubmed:3"]
    assert not rejected


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (lambda r: r.replace("</AbstractText>", ""), "malformed XML"),
        (lambda r: r.replace("<Abstract>", "<Abstract"), "malformed XML"),
        (lambda r: r.replace('<PMID Version="1">2</PMID>', ""), "no PMID"),
        (lambda r: r.replace('<PMID Version="1">2</PMID>', "<PMID>x2</PMID>"), "is not a PMID"),
        (
            lambda r: r.replace("A title.", "").replace("Lithium causes polyuria.", " "),
            "neither a title",
        ),
        (lambda r: r.replace("polyuria", "poly\0uria"), "NUL byte"),
        (lambda r: r.replace("polyuria", "poly&nosuch;uria"), "malformed XML"),
        (lambda r: r.replace("polyuria", "poly\x01uria"), "malformed XML"),
        (lambda r: r.replace("</PubmedArticle>", ""), "no end tag"),
        (lambda r: "garbage " + r, "outside any record"),
    ],
)
def test_one_broken_record_costs_only_itself(
    break_it: Callable[[str], str], reason: str, citation: Make, article_set: Make, write: Write
) -> None:
    text = article_set(citation(1), break_it(citation(2)), citation(3))
    documents, rejected, _ = read(write("a.xml", text))
    assert set(ids(documents)) >= {"pubmed:1", "pubmed:3"}
    assert len(rejected) == 1
    assert reason in rejected[0].reason
    assert rejected[0].raw
    if "outside" not in reason:
        assert ids(documents) == ["pubmed:1", "pubmed:3"]
        assert rejected[0].record == 2


def test_wrong_encoding_of_one_record(citation: Make, article_set: Make, write: Write) -> None:
    text = article_set(
        citation(1), citation(2, title="Ménière"), citation(3, title="Sjögren")
    ).encode()
    bad = text.replace("Ménière".encode(), "Ménière".encode("latin-1"))
    documents, rejected, _ = read(write("a.xml", bad))
    assert ids(documents) == ["pubmed:1", "pubmed:3"]
    assert "not valid UTF-8" in rejected[0].reason
    assert rejected[0].id == "pubmed:2"


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("latin-1", b""),
        ("utf-16", b""),
        ("utf-8", codecs.BOM_UTF8),
    ],
)
def test_declared_encodings_are_read(
    encoding: str, bom: bytes, citation: Make, article_set: Make, write: Write
) -> None:
    text = article_set(citation(1, title="Sjögren")).replace("utf-8", encoding)
    ((document,), rejected, _) = read(write("a.xml", bom + text.encode(encoding)))
    assert document.publication.title == "Sjögren"
    assert not rejected


def test_unknown_encoding(citation: Make, article_set: Make, write: Write) -> None:
    path = write("a.xml", article_set(citation(1)).replace("utf-8", "klingon-8"))
    documents, rejected, _ = read(path)
    assert not documents
    assert "unknown text encoding" in rejected[0].reason


def test_html_names_are_understood(citation: Make, article_set: Make, write: Write) -> None:
    ((document,), rejected, _) = read(
        write("a.xml", article_set(citation(1, title="5&nbsp;mg &alpha;")))
    )
    assert document.publication.title == "5 mg α"
    assert not rejected


def test_truncated_gzip_keeps_what_came_before(
    citation: Make, article_set: Make, write: Write
) -> None:
    import random

    rng = random.Random(0)
    records = [citation(i, "".join(rng.choices("abcdefgh ", k=400))) for i in range(1, 200)]
    whole = gzip.compress(article_set(*records).encode())
    documents, rejected, _ = read(write("a.xml.gz", whole[: len(whole) // 2]))
    assert 60 < len(documents) < 199
    assert ids(documents) == [f"pubmed:{i}" for i in range(1, len(documents) + 1)]
    assert "ends too early" in rejected[-1].reason


def test_corrupt_gzip_keeps_what_came_before(
    citation: Make, article_set: Make, write: Write
) -> None:
    import random

    rng = random.Random(0)
    records = [citation(i, "".join(rng.choices("abcdefgh ", k=4000))) for i in range(1, 400)]
    data = bytearray(gzip.compress(article_set(*records).encode()))
    data[len(data) * 3 // 4] ^= 0xFF
    documents, rejected, _ = read(write("a.xml.gz", bytes(data)))
    assert len(documents) > 100
    assert rejected
    assert any("corrupt" in r.reason or "malformed" in r.reason for r in rejected)


def test_truncated_xml_keeps_what_came_before(
    citation: Make, article_set: Make, write: Write
) -> None:
    text = article_set(*(citation(i) for i in range(1, 6)))
    documents, rejected, _ = read(write("a.xml", text[: int(len(text) * 0.7)]))
    assert ids(documents) == ["pubmed:1", "pubmed:2", "pubmed:3"]
    assert "middle of a record" in rejected[-1].reason


def test_missing_closing_tag_is_reported(citation: Make, article_set: Make, write: Write) -> None:
    text = article_set(citation(1)).replace("</PubmedArticleSet>", "")
    documents, rejected, _ = read(write("a.xml", text))
    assert ids(documents) == ["pubmed:1"]
    assert "closing tag" in rejected[0].reason


def test_entity_attacks_are_refused(citation: Make, article_set: Make, write: Write) -> None:
    bomb = article_set(citation(1, title="&lol2;")).replace(
        "<!DOCTYPE PubmedArticleSet PUBLIC",
        '<!DOCTYPE PubmedArticleSet [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><!-- PUBLIC',
    ).replace('pubmed_250101.dtd">', 'pubmed_250101.dtd -->')  # fmt: skip
    documents, rejected, _ = read(write("a.xml", bomb))
    assert not documents
    assert "declares XML entities" in rejected[0].reason


def test_external_entities_are_not_fetched(citation: Make, article_set: Make, write: Write) -> None:
    secret = write("secret.txt", "SECRET")
    text = article_set(citation(1, title="&x;")).replace(
        "<PubmedArticleSet>",
        f'<!DOCTYPE x [<!ENTITY x SYSTEM "file://{secret}">]><PubmedArticleSet>',
    )
    documents, rejected, _ = read(write("a.xml", text))
    assert not documents
    assert rejected


def test_ten_megabyte_line(citation: Make, article_set: Make, write: Write) -> None:
    huge = citation(2, abstract="word " * 2_000_000)
    text = article_set(citation(1), huge, citation(3)).replace("\n", " ")
    documents, rejected, _ = read(write("a.xml", text))
    assert ids(documents) == ["pubmed:1", "pubmed:3"]
    assert "characters of text are more than" in rejected[0].reason
    assert len(rejected[0].raw) <= 1_000_000


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_cutting_does_not_depend_on_chunks(size: int, citation: Make, article_set: Make) -> None:
    text = article_set(
        citation(1), citation(2).replace("</PubmedArticle>", ""), citation(3), deleted=(4,)
    )
    data = text.encode()
    tags, roots = ("PubmedArticle", "MedlineCitation", "DeleteCitation"), ("PubmedArticleSet",)
    whole = list(cut_records(iter([data]), tags, roots))
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    assert list(cut_records(iter(pieces), tags, roots)) == whole
    assert [c.tag for c in whole] == ["PubmedArticle", "", "PubmedArticle", "DeleteCitation"]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(
    citation: Make, article_set: Make, tmp_path: Path
) -> None:
    path = tmp_path / "big.xml.gz"
    record = citation(5, abstract="Lithium causes polyuria. " * 80).encode()
    with gzip.open(path, "wb", compresslevel=1) as handle:
        handle.write(b"<PubmedArticleSet>" + record * 20_000 + b"</PubmedArticleSet>")
    tracemalloc.start()
    count = sum(1 for _ in pick(path).read(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 20_000_000


# PubTator ----------------------------------------------------------------------------------


def test_pubtator_text_and_annotations(write: Write) -> None:
    documents, rejected, _ = read(write("a.pubtator", PUBTATOR))
    assert ids(documents) == ["pubmed:11", "pubmed:12"]
    assert [m.text for m in documents[0].annotations] == ["Lithium", "polyuria"]
    for mention in documents[0].annotations:
        assert documents[0].text[mention.start : mention.end] == mention.text
    assert not rejected


def test_pubtator_wrong_offsets_cost_the_annotation_only(write: Write) -> None:
    documents, rejected, _ = read(write("a.pubtator", PUBTATOR.replace("39\t47", "38\t46")))
    assert len(documents) == 2
    assert [m.text for m in documents[0].annotations] == ["Lithium"]
    assert rejected[0].partial
    assert "do not fit" in rejected[0].reason


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"x1|t|Title\nx1|a|Text\n", "is not a PMID"),
        (b"13|t|\n13|a|\n", "neither a title"),
        (b"13|t|Ti\0tle\n", "NUL byte"),
        (b"13|t|M\xe9ni\xe8re\n", "not valid UTF-8"),
        (b"13|t|T\n13|a|" + b"x" * 17_000_000 + b"\n", "longer than 16 MB"),
        (b"13|t|T\n13|a|" + b"x" * 10_000_000 + b"\n", "characters of text are more than"),
    ],
)
def test_pubtator_broken_record_costs_only_itself(bad: bytes, reason: str, write: Write) -> None:
    path = write("a.pubtator", PUBTATOR.encode() + bad + b"\n14|t|Last\n14|a|One.\n")
    documents, rejected, _ = read(path)
    assert ids(documents) == ["pubmed:11", "pubmed:12", "pubmed:14"]
    assert reason in rejected[0].reason
    assert rejected[0].record == 3


def test_pubtator_without_blank_lines(write: Write) -> None:
    documents, _, _ = read(write("a.txt", "1|t|A\n1|a|B\n2|t|C\n2|a|D\n"))
    assert ids(documents) == ["pubmed:1", "pubmed:2"]


# more of PubMed ----------------------------------------------------------------------------

LINK = "<CommentsCorrections RefType='{}'><RefSource>x</RefSource><PMID>{}</PMID></CommentsCorrections>"


def links(*pairs: tuple[str, object]) -> str:
    inner = "".join(LINK.format(kind, pmid) for kind, pmid in pairs)
    return f"<CommentsCorrectionsList>{inner}</CommentsCorrectionsList>"


@pytest.mark.parametrize(
    ("kind", "retracted", "retracts"),
    [
        ("RetractionIn", True, ()),
        ("RetractedandRepublishedIn", True, ()),
        ("RetractionOf", False, ("pubmed:9",)),
        ("RetractedandRepublishedFrom", False, ("pubmed:9",)),
        ("PartialRetractionIn", False, ()),
        ("ExpressionOfConcernIn", False, ()),
        ("ErratumIn", False, ()),
        ("ErratumFor", False, ()),
        ("CorrectedandRepublishedIn", False, ()),
        ("CorrectedandRepublishedFrom", False, ()),
        ("UpdateIn", False, ()),
    ],
)
def test_corrections_are_kept(
    kind: str,
    retracted: bool,
    retracts: tuple[str, ...],
    citation: Make,
    article_set: Make,
    write: Write,
) -> None:
    record = citation(1, corrections=links((kind, 9), ("Cites", 5), ("CommentIn", 6)))
    ((document,), rejected, _) = read(write("a.xml", article_set(record)))
    assert not rejected
    assert document.related == ((kind, "pubmed:9"),)
    assert document.publication.retracted is retracted
    assert document.publication.retraction == ("pubmed:9" if retracted else "")
    assert document.retracts == retracts


def test_a_correction_changes_the_hash(citation: Make, article_set: Make, write: Write) -> None:
    plain, fixed = citation(1), citation(1, corrections=links(("ErratumIn", 9)))
    hashes = {read(write("a.xml", article_set(r)))[0][0].hash for r in (plain, fixed)}
    assert len(hashes) == 2


def test_markup_that_was_escaped_too_often(citation: Make, article_set: Make, write: Write) -> None:
    title = "&lt;i&gt;AQP2&lt;/i&gt; &amp;amp; Ca&lt;sup&gt;2+&lt;/sup&gt; &amp;#945; if p&lt;0.05 &nbsp;x"
    ((document,), _, _) = read(write("a.xml", article_set(citation(1, title))))
    assert document.publication.title == "AQP2 & Ca2+ α if p<0.05 x"


def test_nested_markup_and_formulas_in_titles(
    citation: Make, article_set: Make, write: Write
) -> None:
    title = (
        "The <b><i>AQP<sub>2</sub></i></b> of <mml:math xmlns:mml='http://www.w3.org/1998/Math/MathML'>"
        "<mml:mi>α</mml:mi></mml:math><!-- no --> rats"
    )
    ((document,), _, _) = read(write("a.xml", article_set(citation(1, title))))
    assert document.publication.title == "The AQP2 of α rats"


def test_other_abstracts(citation: Make, article_set: Make, write: Write) -> None:
    other = '<OtherAbstract Type="Publisher" Language="{}"><AbstractText>{}</AbstractText></OtherAbstract>'
    french = citation(1, corrections=other.format("fre", "Le lithium."))
    plain = citation(2, corrections=other.format("eng", "In plain words."))
    only = citation(3, abstract="", corrections=other.format("eng", "Nothing else."))
    documents, (rejected,), _ = read(write("a.xml", article_set(french, plain, only)))
    assert [d.text.partition("\n")[2] for d in documents] == [
        "Lithium causes polyuria.",
        "Lithium causes polyuria.",
        "Nothing else.",
    ]
    assert (rejected.id, rejected.partial) == ("pubmed:1", True)
    assert "(fre)" in rejected.reason


def test_the_language_of_the_paper_is_kept(citation: Make, article_set: Make, write: Write) -> None:
    text = article_set(citation(1).replace("<Language>eng", "<Language>jpn"))
    ((document,), rejected, _) = read(write("a.xml", text))
    assert document.language == "jpn"
    assert not rejected
