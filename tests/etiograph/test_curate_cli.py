"""``etiograph curate`` on files, and the papers it makes of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etiograph.curating import candidates
from graph.model import Publication
from graph.stores import open_store
from ingest.document import make_document

QUESTION = "Does lithium cause polyuria?"
PAPERS = {
    "1": ("Lithium in practice", "Lithium causes polyuria in many.", "Journal Article"),
    "2": ("A guess", "Lithium may cause polyuria.", "Journal Article"),
    "3": ("A comparison", "Lithium did not cause polyuria.", "Journal Article"),
    "4": ("A letter", "Lithium causes polyuria, they say.", "Comment"),
    "5": ("Withdrawn", "Lithium causes polyuria, we said.", "Retracted Publication"),
    "6": ("Another drug", "Amiloride relieves polyuria.", "Journal Article"),
}


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """A MEDLINE file of the papers, beside something that is none."""
    with open_store(tmp_path / "store"):
        pass
    folder = tmp_path / "papers"
    folder.mkdir()
    records = [
        f"PMID- {i}\nTI  - {title}\nAB  - {text}\nPT  - {kind}\nDP  - 2001\n"
        for i, (title, text, kind) in PAPERS.items()
    ]
    (folder / "papers.nbib").write_text("\n".join(records), encoding="utf-8")
    (folder / "settings.json").write_text("{}", encoding="utf-8")
    return folder


def test_what_is_cited_and_what_is_not(run: Callable[..., Any], papers: Path) -> None:
    ran = run("curate", QUESTION, str(papers))
    assert ran.code == 0, ran.err
    cited, against, left = ran.out.partition("Speaks against")[0], *ran.out.split("Left out")
    assert "pubmed:1 (links them as asked, " in cited
    assert "pubmed:2 (links them as asked, as a possibility, " in cited
    assert "pubmed:3 (denies it" in against
    assert left.split("\n")[0] == ": 3, of which 2 name both"
    assert "pubmed:4: a comment on another paper" in left
    assert "pubmed:5: retracted" in left
    told = json.loads(run("curate", QUESTION, str(papers), "--json").out)
    roles = {c["id"]: c["role"] for c in told["choices"]}
    assert roles == {"pubmed:1": "supports", "pubmed:2": "supports", "pubmed:3": "against",
                     "pubmed:4": "ignored", "pubmed:5": "ignored", "pubmed:6": "ignored"}  # fmt: skip


def test_endings(run: Callable[..., Any], papers: Path) -> None:
    assert run("curate", "Does aspirin cause stroke?", str(papers)).code == 7
    assert run("curate", "Is it raining?", str(papers)).code == 3
    assert run("curate", QUESTION, str(papers / "nothing")).code == 3
    assert run("curate", QUESTION, str(papers / "settings.json")).code == 3
    assert run("curate", QUESTION).code == 2


def test_a_notice_retracts_the_paper_beside_it() -> None:
    paper = make_document(Publication("pubmed:1", "A"), [("title", "", "A"), ("abstract", "", "B.")])  # fmt: skip
    notice = make_document(
        Publication("pubmed:2", "Retraction"), [("title", "", "Retraction")], retracts=["pubmed:1"]
    )
    first, second = candidates([paper, notice])
    assert (first.id, first.title, first.text, first.retracted) == ("pubmed:1", "A", "B.", True)
    assert not second.retracted
