"""The documentation: links lead somewhere, and the examples of docs/extending do what they say."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        linked = (page.parent / name) if name else page
        assert linked.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), flags=re.M)
            slugs = {re.sub(r"[^\w\- ]", "", h).lower().replace(" ", "-") for h in headings}
            assert anchor in slugs, target


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_pages_begin_with_a_title(page: Path) -> None:
    assert page.read_text(encoding="utf-8").startswith("# ")


def example(page: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run the first Python block of a page as a module of its own."""
    text = (ROOT / "docs" / "extending" / page).read_text(encoding="utf-8")
    module = ModuleType(f"example_{page.removesuffix('.md')}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(re.findall(r"```python\n(.*?)```", text, flags=re.S)[0], module.__dict__)
    return module.__dict__


def test_the_example_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ingest.sources.base import Rejected

    source = example("source.md", monkeypatch)["LinesSource"]()
    file = tmp_path / "a.lines"
    file.write_bytes(b"12\tTitle\tText.\nbroken\n13\t\t\n14\tOther\tMore \xff.\n")
    assert source.sniff(file.read_bytes())
    items = list(source.read(file))
    assert [type(i).__name__ for i in items] == ["Document", "Rejected", "Rejected", "Document"]
    assert items[0].id == "pubmed:12"
    for section in items[0].sections:
        assert items[0].text[section.start : section.end] in ("Title", "Text.")
    assert isinstance(items[1], Rejected)
    assert items[1].record == 2
    assert items[1].raw == b"broken\n"


def test_the_example_recogniser(monkeypatch: pytest.MonkeyPatch) -> None:
    from graph.model import Publication
    from ingest.document import make_document

    recogniser = example("recogniser.md", monkeypatch)["RsIdRecogniser"]()
    document = make_document(
        Publication("pubmed:1"), [("title", "", "Carriers of rs429358 (n = 9).")]
    )
    (mention,) = recogniser.recognise(document, [], [])
    assert mention.entity == "dbsnp:rs429358"
    assert document.text[mention.start : mention.end] == mention.text


def test_the_example_algorithm(monkeypatch: pytest.MonkeyPatch) -> None:
    import discovery
    from graph.dataset import Dataset

    algorithm = example("discovery.md", monkeypatch)["Threshold"]
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    frame = pd.DataFrame({"a": x, "b": x + 0.1 * rng.normal(size=200), "c": rng.normal(size=200)})
    found = discovery.learn(Dataset(frame), algorithm, least=0.7)
    assert found.graph.undirected == (("a", "b"),)
    assert not found.graph.directed
