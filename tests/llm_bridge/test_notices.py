"""An answer that cites a paper says that it had an erratum or an expression of concern."""

from __future__ import annotations

from pathlib import Path

import bridge_world as world

from graph.model import Batch, Publication
from graph.stores import open_store
from llm_bridge.answer import ask
from llm_bridge.checker import check


def test_the_notes_name_the_notice(tmp_path: Path) -> None:
    with open_store(tmp_path / "graph") as store:
        world.fill(store, tmp_path)
        question = "What is the evidence that lithium raises TSH?"
        before = ask(store, question)
        assert not any("erratum" in note for note in before.notes)
        paper = before.evidence[0].publication
        notices = ("erratum pubmed:950", "expression of concern")
        store.write(Batch(publications=(Publication(paper, notices=notices),)))
        after = ask(store, question)
        assert f"{paper}, which is cited here, has had an erratum (pubmed:950)." in after.notes
        assert f"{paper}, which is cited here, has had an expression of concern." in after.notes
        assert [s.text for s in after.sentences] == [s.text for s in before.sentences]
        assert check(after, store).ok
        assert check(before, store).ok  # nothing that it claims is another
        other = ask(store, "Which genes cause nephropathy?")
        assert not any("erratum" in note for note in other.notes)
