"""The bundled corpus: well-formed, labelled as invented, and holding what the demonstration shows."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

DEMO = files("etiograph") / "data" / "demo"
RETRACTED, NOTICE = "900000062", "900000063"


@pytest.fixture(scope="module")
def articles() -> list[Element]:
    root = fromstring((DEMO / "corpus.xml").read_bytes())
    assert root.tag == "PubmedArticleSet"
    return list(root)


def pmid(article: Element) -> str:
    return article.findtext("MedlineCitation/PMID", "")


def abstract(article: Element) -> str:
    return " ".join(t.text or "" for t in article.findall(".//Abstract/AbstractText"))


def types(article: Element) -> set[str]:
    return {t.text or "" for t in article.findall(".//PublicationType")}


def test_every_record_is_complete(articles: list[Element]) -> None:
    assert 55 <= len(articles) <= 80
    for article in articles:
        where = pmid(article)
        assert article.tag == "PubmedArticle", where
        assert article.findtext(".//ArticleTitle"), where
        assert article.findtext(".//Journal/Title"), where
        assert 1990 < int(article.findtext(".//PubDate/Year", "0")) < 2030, where
        assert "Journal Article" in types(article), where
        sentences = re.findall(r"[.?](?:\s|$)", abstract(article))
        assert 3 <= len(sentences) <= 6, where


def test_pmids_cannot_be_real_and_are_unique(articles: list[Element]) -> None:
    ids = [pmid(a) for a in articles]
    assert len(set(ids)) == len(ids)
    assert ids == [str(900000001 + i) for i in range(len(ids))]
    assert all(a.findtext(".//ArticleId[@IdType='pubmed']") == pmid(a) for a in articles)


def test_every_record_says_that_it_is_invented(articles: list[Element]) -> None:
    for article in articles:
        said = article.findtext(".//Abstract/CopyrightInformation", "")
        assert said == "Written for this demonstration; describes no real study."
    assert "describe no real study" in (DEMO / "README.md").read_text(encoding="utf-8")


def test_the_retraction_points_both_ways(articles: list[Element]) -> None:
    by_id = {pmid(a): a for a in articles}
    assert [pmid(a) for a in articles if "Retracted Publication" in types(a)] == [RETRACTED]
    assert [pmid(a) for a in articles if "Retraction of Publication" in types(a)] == [NOTICE]
    for one, kind, other in (
        (RETRACTED, "RetractionIn", NOTICE),
        (NOTICE, "RetractionOf", RETRACTED),
    ):
        link = by_id[one].find(".//CommentsCorrections")
        assert link is not None
        assert link.get("RefType") == kind
        assert link.findtext("PMID") == other


def test_only_the_retracted_paper_makes_its_claim(articles: list[Element]) -> None:
    saying = [
        pmid(a)
        for a in articles
        if re.search(r"ascorbic acid", abstract(a) + a.findtext(".//ArticleTitle", ""), re.I)
    ]
    assert saying == [RETRACTED]


def test_the_contradiction_has_both_sides(articles: list[Element]) -> None:
    text = " ".join(map(abstract, articles))
    says = len(re.findall(r"Lithium (causes|increases) chronic kidney disease", text))
    denies = len(
        re.findall(r"Lithium (did|does) not (cause|increase) chronic kidney disease", text)
    )
    assert says >= 3
    assert denies >= 3


def test_the_readme_counts_right(articles: list[Element]) -> None:
    readme = (DEMO / "README.md").read_text(encoding="utf-8")
    assert f"holds {len(articles)} short abstracts" in readme
    assert pmid(articles[-1]) in readme


def test_questions_are_five_and_one_is_refused() -> None:
    questions = json.loads((DEMO / "questions.json").read_text(encoding="utf-8"))
    assert len(questions) == 5
    assert len({q["id"] for q in questions}) == 5
    assert all(q["question"].endswith("?") and q["shows"].endswith(".") for q in questions)
    assert [q["id"] for q in questions if q["refused"]] == ["refusal"]


READ = [
    # publication, subject, predicate, object, negated, hedged
    (1, "mesh:D008094", "decreases", "hgnc:4617", False, False),
    (2, "hgnc:4617", "increases", "hgnc:634", False, False),
    (3, "mesh:D008094", "decreases", "hgnc:634", False, False),
    (4, "hgnc:634", "prevents", "mesh:D011141", False, False),
    (5, "mesh:D008094", "causes", "mesh:D018500", False, False),
    (6, "mesh:D008094", "causes", "mesh:D018500", False, False),
    (7, "mesh:D008094", "increases", "mesh:D011141", False, False),
    (8, "mesh:D018500", "causes", "mesh:D011141", False, False),
    (11, "hgnc:4617", "increases", "hgnc:634", False, False),
    (12, "mesh:D008094", "decreases", "hgnc:633", True, False),
    (13, "mesh:D008094", "causes", "mesh:D011141", False, True),
    (15, "mesh:D000584", "treats", "mesh:D018500", False, False),
    (23, "mesh:D008094", "causes", "mesh:D051436", False, False),
    (26, "mesh:D008094", "increases", "mesh:D051436", True, False),
    (28, "mesh:D008094", "associated_with", "mesh:D051436", False, False),
    (31, "mesh:D008094", "causes", "mesh:D051436", False, True),
    (32, "mesh:D006973", "causes", "mesh:D051436", False, False),
    (34, "mesh:D006973", "increases", "mesh:D008094", False, False),
    (38, "mesh:D007052", "increases", "mesh:D008094", False, False),
    (51, "hgnc:9829", "increases", "hgnc:6840", False, False),
    (52, "hgnc:6840", "increases", "hgnc:6871", False, False),
    (53, "hgnc:9380", "decreases", "hgnc:9829", False, False),
    (57, "hgnc:9065", "decreases", "mesh:D019269", False, False),
    (62, "mesh:D001205", "prevents", "mesh:D007674", False, False),
]
SILENT = {63, 64, 65, 66, 67}


@pytest.fixture(scope="module")
def relations() -> set[tuple[int, str | None, str, str | None, bool, bool]]:
    """What the default pipeline reads in the corpus."""
    from ingest.abbreviations import find_abbreviations
    from ingest.document import Document
    from ingest.linkers import REGISTRY as LINKERS
    from ingest.recognisers import REGISTRY as RECOGNISERS
    from ingest.relations import REGISTRY as EXTRACTORS
    from ingest.sentences import split_document
    from ingest.sources import pick

    path = Path(str(DEMO)) / "corpus.xml"
    recogniser, linker = RECOGNISERS.make("dictionary"), LINKERS.make("names")
    extractor = EXTRACTORS.make("patterns")
    found = set()
    for item in pick(path).read(path):
        assert isinstance(item, Document), item
        sentences = split_document(item)
        short = find_abbreviations(item.text, sentences)
        mentions = linker.link(item, recogniser.recognise(item, sentences, short), short)
        for sentence in sentences:
            inside = [m for m in mentions if sentence.start <= m.start < sentence.end]
            for r in extractor.extract(item, sentence, inside):
                number = int(item.id.removeprefix("pubmed:")) - 900000000
                ends = r.subject.entity, r.object.entity
                found.add((number, ends[0], r.predicate.value, ends[1], r.negated, r.hedged))
    return found


@pytest.mark.parametrize("expected", READ, ids=lambda e: f"{e[0]}-{e[2]}")
def test_what_the_demonstration_needs_is_read(
    relations: set[tuple[int, str | None, str, str | None, bool, bool]],
    expected: tuple[int, str, str, str, bool, bool],
) -> None:
    assert expected in relations


def test_the_notice_and_the_distracting_papers_are_silent(
    relations: set[tuple[int, str | None, str, str | None, bool, bool]],
) -> None:
    assert not {r for r in relations if r[0] in SILENT}


def test_what_it_says_has_no_cycle(
    relations: set[tuple[int, str | None, str, str | None, bool, bool]],
) -> None:
    """Causal graphs from it must be acyclic: otherwise effects are refused."""
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_edges_from(
        (s, o) for _, s, p, o, negated, _ in relations if not negated and p != "associated_with"
    )
    cycles = list(nx.simple_cycles(graph, length_bound=6))
    assert cycles == []
