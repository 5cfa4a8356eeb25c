"""Components of our own that load in no time, in a module that worker processes can import."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from graph.store import Store
from graph.stores import open_store
from ingest.pipeline import Pipeline

PARTS = '''
from __future__ import annotations

import os
import re
import signal
import sys
import time

from graph.model import Category, Entity
from ingest.claims import Annotator
from ingest.document import Mention
from ingest.linkers import Linker
from ingest.recognisers import Recogniser
from ingest.relations import Relation, RelationExtractor
from ingest.relations.base import by_sentence
from graph.model import Predicate

CHEMICALS = {"Lithium", "Amiloride", "Aspirin", "Caffeine"}
DISEASES = {"polyuria", "nephropathy", "headache", "fever"}
NAMES = re.compile("|".join(sorted(CHEMICALS | DISEASES)))


class Words(Recogniser):
    name = "words"

    def __init__(self, version="1"):
        self._version = version

    @property
    def version(self):
        return self._version

    def recognise(self, document, sentences, abbreviations):
        text = document.text
        if "import the store" in text and any(m.startswith("graph.stores") for m in sys.modules):
            raise ValueError("the store is imported here")
        if "DEADLY" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "BROKEN" in text:
            raise ValueError("this text is broken")
        if "SLOW" in text:
            time.sleep(0.05)
        return [
            Mention(m.start(), m.end(), m.group(),
                    Category.CHEMICAL if m.group() in CHEMICALS else Category.DISEASE,
                    None, 0.1 + len(m.group()) / 30, self.name)
            for m in NAMES.finditer(text)
        ]


class Known(Linker):
    name = "known"

    def __init__(self, version="1"):
        self._version = version

    @property
    def version(self):
        return self._version

    def link(self, document, mentions, abbreviations):
        import dataclasses
        return [dataclasses.replace(m, entity="mesh:" + m.text.lower()) for m in mentions]

    def entity(self, id):
        word = id.removeprefix("mesh:")
        kind = Category.CHEMICAL if word.capitalize() in CHEMICALS else Category.DISEASE
        return Entity(id, word, kind, (word.upper(),))


class Pairs(RelationExtractor):
    """Every chemical before a disease in a sentence is related to it."""

    name = "pairs"
    version = "1"
    predicate = Predicate.CAUSES
    sign = 1

    def extract(self, document, sentence, mentions):
        with open(os.environ["PARTS_LOG"], "a") as log:
            log.write(f"{self.name}-{self.version} {document.id}\\n")
        found, seen = [], set()
        for a in mentions:
            for b in mentions:
                if (a.entity, b.entity) in seen:
                    continue
                if a.start < b.start and a.category is Category.CHEMICAL is not b.category:
                    seen.add((a.entity, b.entity))
                    found.append(Relation(sentence, a, self.predicate, b, self.sign, -1, -1,
                                          score=0.8, pattern=self.name))
        return found


class NewPairs(Pairs):
    version = "2"


class Treats(Pairs):
    name = "treats"
    predicate = Predicate.TREATS
    sign = -1


class Doubt(Annotator):
    name = "doubt"

    def __init__(self, version="1"):
        self._version = version

    @property
    def version(self):
        return self._version

    def annotate(self, document, sentences, mentions, relations):
        import dataclasses
        return [dataclasses.replace(r, hedged="may" in r.sentence.text) for r in relations]
'''


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module of components; ``log()`` tells which documents extractors were asked about."""
    folder = tmp_path / "parts"
    folder.mkdir()
    name = "etiograph_parts"
    (folder / f"{name}.py").write_text(PARTS)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PARTS_LOG", str(tmp_path / "parts.log"))
    sys.modules.pop(name, None)
    module = __import__(name)
    yield module
    sys.modules.pop(name, None)


@pytest.fixture
def light(parts: ModuleType) -> Callable[..., Pipeline]:
    """Make a pipeline of these components."""

    def make(**changes: object) -> Pipeline:
        given: dict[str, object] = {
            "recognisers": [parts.Words()],
            "linker": parts.Known(),
            "extractors": [parts.Pairs],
            "annotators": [parts.Doubt()],
        }
        return Pipeline(**(given | changes))  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One embedded store for a module: every test uses PMIDs and a ledger of its own."""
    with open_store(tmp_path_factory.mktemp("jobs") / "store") as opened:
        yield opened


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def corpus(article_set: Callable[..., str], citation: Callable[..., str]) -> Callable[..., str]:
    """Make a file of many short abstracts, one of them twice, some of them special."""

    def make(count: int, *, first: int = 1, extra: dict[int, str] | None = None) -> str:
        subjects = ("Lithium", "Amiloride", "Aspirin", "Caffeine")
        objects = ("polyuria", "nephropathy", "headache", "fever")
        records = []
        for i in range(count):
            text = (
                f"{subjects[i % 4]} may cause {objects[i // 4 % 4]} in {i} rats. "
                f"{subjects[(i + 1) % 4]} and {objects[i % 3]} were seen on day {i}."
            )
            records.append(citation(first + i, abstract=(extra or {}).get(i, text)))
        again = citation(first + 2, abstract="Aspirin causes fever.")
        return article_set(*records, again)

    return make
