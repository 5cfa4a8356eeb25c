"""MEDLINE's .nbib and RIS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.document import Document
from ingest.sources import Rejected

Read = Callable[[Path], tuple[list[Document], list[Rejected]]]
Write = Callable[..., Path]

NBIB = """
PMID- 12345678
OWN - NLM
DP  - 2011 Jan-Feb
TI  - Lithium and the kidney: what the rat
      says.
LID - 10.1000/ABC [doi]
AB  - BACKGROUND: Why. RESULTS: Lithium causes
      polyuria - and thirst.
LA  - fre
OAB - Resume en francais.
OABL- fre
PT  - Journal Article
PT  - Retracted Publication
JT  - A journal
TA  - A j
RIN - A journal. 2012;1:2. PMID: 77
EIN - A journal. 2011;3:4. PMID: 78
CIN - A journal. 2011;3:5. PMID: 79

PMID- 12345679
TI  - Retraction notice.
PT  - Retraction of Publication
ROF - A journal. 2011;1:1. PMID: 12345678
ECF - No number here
"""


def test_nbib(write: Write, read: Read) -> None:
    documents, rejected = read(write("a.nbib", NBIB))
    first, notice = documents
    assert first.text == (
        "Lithium and the kidney: what the rat says.\nBACKGROUND: Why. RESULTS: Lithium causes "
        "polyuria - and thirst."
    )
    publication = first.publication
    assert (publication.year, publication.journal, publication.doi) == (
        2011, "A journal", "10.1000/abc",
    )  # fmt: skip
    assert publication.types == ("Journal Article", "Retracted Publication")
    assert (publication.retracted, publication.retraction) == (True, "pubmed:77")
    assert first.related == (("ErratumIn", "pubmed:78"), ("RetractionIn", "pubmed:77"))
    assert first.language == "fre"
    assert notice.retracts == ("pubmed:12345678",)
    assert notice.related == (("ExpressionOfConcernFor", ""), ("RetractionOf", "pubmed:12345678"))
    assert [(r.partial, r.id) for r in rejected] == [(True, "pubmed:12345678")]
    assert "(fre)" in rejected[0].reason


def test_nbib_without_blank_lines_and_with_any_ending(write: Write, read: Read) -> None:
    text = "PMID- 1\nTI  - One.\nPMID- 2\nTI  - Two.\n"
    documents, rejected = read(write("pubmed-export.txt", text))
    assert [d.id for d in documents] == ["pubmed:1", "pubmed:2"]
    assert documents[0].source == "nbib"
    assert not rejected


def test_ris(write: Write, read: Read) -> None:
    text = """TY  - JOUR
T1  - Lithium and the kidney
N2  - Lithium causes polyuria,
and thirst.
PY  - 2011/01/02
JO  - A journal
DO  - https://doi.org/10.1000/ABC
UR  - https://pubmed.ncbi.nlm.nih.gov/12345678/
ER  -

TY  - JOUR
TI  - Only a DOI
DO  - 10.1000/xyz
LA  - English
ER  - \nTY  - JOUR
TI  - Nothing at all
ER  - \n"""
    documents, rejected = read(write("a.ris", text))
    assert not rejected
    assert [d.id for d in documents][:2] == ["pubmed:12345678", "doi:10.1000/xyz"]
    assert documents[2].id.startswith("swh:1:cnt:")
    first = documents[0]
    assert first.text == "Lithium and the kidney\nLithium causes polyuria, and thirst."
    assert first.publication.year == 2011
    assert first.publication.journal == "A journal"
    assert first.publication.doi == "10.1000/abc"
    assert first.publication.types == ("Journal Article",)


@pytest.mark.parametrize(
    ("fields", "id"),
    [
        ("AN  - 12345678\nDB  - MEDLINE", "pubmed:12345678"),
        ("AN  - 12345678\nDB  - Another", "doi:10.1000/a"),
        ("C2  - PMC99", "pmc:PMC99"),
        ("C2  - 99", "doi:10.1000/a"),
    ],
)
def test_ris_ids(fields: str, id: str, write: Write, read: Read) -> None:
    text = f"TY  - JOUR\nTI  - A title\nDO  - 10.1000/a\n{fields}\nER  - \n"
    assert read(write("a.ris", text))[0][0].id == id


def test_a_ris_record_without_an_end_costs_nothing_else(write: Write, read: Read) -> None:
    text = "TY  - JOUR\nTI  - One\nTY  - JOUR\nTI  - Two\nER  - \nTY  - JOUR\nTI  - Three\n"
    documents, rejected = read(write("a.ris", text))
    assert [d.text for d in documents] == ["One", "Two"]
    assert "ends before" in rejected[0].reason


def test_lines_outside_records_are_set_aside(write: Write, read: Read) -> None:
    text = "TY  - JOUR\nTI  - One\nER  - \nstray words\nTY  - JOUR\nTI  - Two\nER  - \n"
    documents, rejected = read(write("a.ris", text))
    assert [d.text for d in documents] == ["One", "Two"]
    assert "has no tag" in rejected[0].reason
