"""JATS full text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.document import Document
from ingest.sources import Rejected

Read = Callable[[Path], tuple[list[Document], list[Rejected]]]
Write = Callable[..., Path]

ARTICLE = """<?xml version="1.0"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) v1.2//EN" "JATS-archivearticle1.dtd">
<article xmlns:xlink="http://www.w3.org/1999/xlink" article-type="{type}" xml:lang="{lang}"><front>
<journal-meta><journal-title-group><journal-title>A journal</journal-title></journal-title-group>
</journal-meta><article-meta>{ids}<article-categories><subj-group subj-group-type="heading"><subject>
Research</subject></subj-group></article-categories><title-group><article-title>Lithium and
<italic>AQP2</italic><xref ref-type="fn" rid="f"/></article-title>{trans}</title-group>
<pub-date pub-type="epub"><year>2010</year></pub-date><pub-date pub-type="ppub"><year>2011</year>
</pub-date>{related}<abstract><sec><title>Aim.</title><p>To see Ca<sup>2+</sup>.</p></sec></abstract>
{more}</article-meta></front><body>{body}</body><back>{back}</back></article>"""
IDS = (
    '<article-id pub-id-type="pmid">12345678</article-id><article-id pub-id-type="pmc">99</article-id>'
    '<article-id pub-id-type="doi">10.1000/ABC</article-id>'
)


def article(**parts: str) -> str:
    filled = {"type": "research-article", "lang": "en", "ids": IDS, "trans": "", "related": ""}
    return ARTICLE.format(**{**filled, "more": "", "body": "", "back": "", **parts})


def named(document: Document) -> list[tuple[str, str]]:
    return [(s.name, document.text[s.start : s.end]) for s in document.sections]


def test_front_matter(write: Write, read: Read) -> None:
    ((document,), rejected) = read(write("a.nxml", article()))
    assert not rejected
    publication = document.publication
    assert document.id == "pubmed:12345678"
    assert (publication.year, publication.journal) == (2011, "A journal")
    assert publication.doi == "10.1000/abc"
    assert publication.types == ("Journal Article", "Research")
    assert publication.title == "Lithium and AQP2"
    assert document.language == "eng"
    assert named(document) == [("title", "Lithium and AQP2"), ("abstract/Aim", "To see Ca2+.")]


@pytest.mark.parametrize(
    ("ids", "id"),
    [
        ('<article-id pub-id-type="pmc">99</article-id>', "pmc:PMC99"),
        ('<article-id pub-id-type="pmcid">PMC99</article-id>', "pmc:PMC99"),
        ('<article-id pub-id-type="doi">10.1000/ABC</article-id>', "doi:10.1000/abc"),
    ],
)
def test_ids_in_their_order(ids: str, id: str, write: Write, read: Read) -> None:
    assert read(write("a.nxml", article(ids=ids)))[0][0].id == id


def test_an_article_without_ids_is_named_by_its_content(write: Write, read: Read) -> None:
    ((document,), _) = read(write("a.nxml", article(ids="")))
    assert document.id.startswith("swh:1:cnt:")


def test_sections_tables_figures_and_what_is_left_out(write: Write, read: Read) -> None:
    body = """<sec><title>Methods</title><p>First<xref ref-type="bibr">1</xref>.</p>
    <sec><title>Rats</title><p>They ran [<xref ref-type="bibr">2</xref>,<xref ref-type="bibr">3</xref>]
    far<sup><xref ref-type="bibr">4</xref>,<xref ref-type="bibr">5</xref></sup>. See
    <xref ref-type="fig">Fig. 1</xref>.<fig><label>Figure 1.</label><caption><title>Runs.</title>
    <p>Speed.</p></caption></fig> Then they slept.</p>
    <p>Doses: <list><list-item><p>one</p></list-item><list-item><p>two</p></list-item></list> and so on.
    </p></sec></sec><sec><title>Results</title><table-wrap><label>Table 1</label><caption><p>Doses.</p>
    </caption><table><tr><th>Drug</th><th>mg</th></tr><tr><td>Lithium</td><td>300</td></tr></table>
    <table-wrap-foot><p>Daily.</p></table-wrap-foot></table-wrap><disp-formula><tex-math>\\frac12
    </tex-math></disp-formula></sec><sec><title>Competing interests</title><p>None at all.</p></sec>"""
    back = """<ack><p>Thanks.</p></ack><app-group><app><title>More</title><p>An appendix.</p></app>
    </app-group><glossary><def-list><def-item><term>UO</term><def><p>urine output</p></def></def-item>
    </def-list></glossary><ref-list><title>References</title><ref><mixed-citation>Somebody said a thing.
    </mixed-citation></ref></ref-list>"""
    ((document,), rejected) = read(write("a.nxml", article(body=body, back=back)))
    assert not rejected
    assert named(document)[2:] == [
        ("body/Methods", "First."),
        ("body/Methods/Rats", "They ran far. See Fig. 1. Then they slept."),
        ("figure/Figure 1", "Runs.\nSpeed."),
        ("body/Methods/Rats", "Doses:"),
        ("body/Methods/Rats", "one"),
        ("body/Methods/Rats", "two"),
        ("body/Methods/Rats", "and so on."),
        ("table/Table 1", "Doses.\nDrug | mg\nLithium | 300\nDaily."),
        ("appendix/More", "An appendix."),
        ("glossary", "UO: urine output"),
    ]


def test_retraction_notices_and_retracted_articles(write: Write, read: Read) -> None:
    link = '<related-article related-article-type="{}" ext-link-type="{}" xlink:href="{}"/>'
    notice = article(type="retraction", related=link.format("retracted-article", "pmid", "77"))
    gone = article(related=link.format("retraction-forward", "doi", "10.1000/NOTE"))
    fixed = article(related=link.format("corrected-article", "pmc", "PMC5"))
    documents = [read(write(f"{i}.nxml", t))[0][0] for i, t in enumerate((notice, gone, fixed))]
    assert documents[0].publication.types[0] == "Retraction of Publication"
    assert documents[0].retracts == ("pubmed:77",)
    assert documents[1].publication.retracted
    assert documents[1].publication.retraction == "doi:10.1000/note"
    assert documents[2].related == (("ErratumFor", "pmc:PMC5"),)
    assert not documents[2].publication.retracted


def test_other_languages(write: Write, read: Read) -> None:
    german = '<trans-abstract xml:lang="de"><p>Zusammenfassung.</p></trans-abstract>'
    ((document,), rejected) = read(write("a.nxml", article(more=german)))
    assert "Zusammenfassung" not in document.text
    assert rejected[0].partial
    assert "(de)" in rejected[0].reason
    documents, rejected = read(
        write("b.nxml", article(lang="fr").replace("<abstract>", "<abstract >"))
    )
    assert not documents
    assert "(fr)" in rejected[0].reason
    english = '<trans-abstract xml:lang="en"><p>In English.</p></trans-abstract>'
    trans = (
        '<trans-title-group xml:lang="en"><trans-title>A title</trans-title></trans-title-group>'
    )
    text = article(lang="fr", more=english, trans=trans, body="<p>Le lithium est bon.</p>")
    ((document,), rejected) = read(write("c.nxml", text))
    assert document.text == "A title\nIn English."
    assert document.language == "fre"
    assert rejected[0].partial


def test_sub_articles_are_left_out_and_said_so(write: Write, read: Read) -> None:
    reply = '<sub-article article-type="reply"><front-stub/><body><p>We disagree.</p></body></sub-article>'
    text = article(body="<p>Main.</p>").replace("</article>", reply + "</article>")
    ((document,), rejected) = read(write("a.nxml", text))
    assert "disagree" not in document.text
    assert [r.reason for r in rejected] == ["a sub-article (reply) is left out"]


def test_namespaces_and_comments_do_not_matter(write: Write, read: Read) -> None:
    text = article(body="<p>Kept <!-- not this --> text.</p>")
    text = text.replace("<article ", '<article xmlns="http://jats.nlm.nih.gov" ', 1)
    ((document,), _) = read(write("a.nxml", text))
    assert document.text.endswith("Kept text.")


def test_two_megabytes(write: Write, read: Read) -> None:
    paragraph = "<p>" + "Lithium causes polyuria in α rats. " * 100 + "</p>"
    ((document,), rejected) = read(write("a.nxml", article(body=paragraph * 600)))
    assert not rejected
    assert len(document.text) > 2_000_000
    assert len(document.sections) == 602


@pytest.mark.parametrize("tag", ["sec", "italic", "list"])
def test_deep_nesting_is_bounded(tag: str, write: Write, read: Read) -> None:
    deep = f"<{tag}>" * 2000 + "x" + f"</{tag}>" * 2000
    documents, rejected = read(write("a.nxml", article(body=f"<p>{deep}</p>{deep}")))
    assert not documents
    assert rejected[0].reason


def test_entity_attacks_are_refused(write: Write, read: Read) -> None:
    laughs = '<!DOCTYPE article [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    text = article(body="<p>&b;</p>")
    text = laughs + text[text.index("<article ") :]
    documents, rejected = read(write("a.nxml", text))
    assert not documents
    assert "declares XML entities" in rejected[0].reason


def test_real_articles(shared_data: Path, read: Read) -> None:
    paths = sorted((shared_data / "literature/jats").glob("*.nxml"))
    documents = []
    for path in paths:
        found, rejected = read(path)
        assert not rejected
        documents += found
    assert len(documents) == len(paths)
    assert all(d.id.startswith("pubmed:") and d.publication.year for d in documents)
    # two have front matter only, one of them without an abstract
    assert sum(any(s.kind == "body" for s in d.sections) for d in documents) >= len(paths) - 2
