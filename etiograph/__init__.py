"""etiograph: a causal knowledge graph of biomedicine that answers with a proof attached.

>>> import etiograph
>>> kg = etiograph.open("my-graph")           # doctest: +SKIP
>>> kg.ingest("abstracts.xml.gz")              # doctest: +SKIP
>>> print(kg.ask("Does lithium cause polyuria?"))  # doctest: +SKIP

Nothing heavy is imported until it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from etiograph.api import KnowledgeGraph as KnowledgeGraph
    from etiograph.api import open as open
    from etiograph.asking import ask_world as ask_world
    from etiograph.settings import Settings as Settings
    from etiograph.toolkit import langchain_retriever as langchain_retriever
    from etiograph.toolkit import langchain_tools as langchain_tools
    from graph.causal import CausalGraph as CausalGraph
    from graph.dataset import Dataset as Dataset
    from graph.dataset import Variable as Variable
    from graph.errors import EtiographError as EtiographError
    from graph.model import Entity as Entity
    from graph.model import Evidence as Evidence
    from graph.model import Predicate as Predicate
    from graph.model import Publication as Publication
    from graph.model import Rung as Rung
    from graph.model import Statement as Statement
    from graph.model import Status as Status

_WHERE = {
    "KnowledgeGraph": "etiograph.api",
    "open": "etiograph.api",
    "ask_world": "etiograph.asking",
    "Settings": "etiograph.settings",
    "langchain_retriever": "etiograph.toolkit",
    "langchain_tools": "etiograph.toolkit",
    "CausalGraph": "graph.causal",
    "Dataset": "graph.dataset",
    "Variable": "graph.dataset",
    "EtiographError": "graph.errors",
    "Entity": "graph.model",
    "Evidence": "graph.model",
    "Predicate": "graph.model",
    "Publication": "graph.model",
    "Rung": "graph.model",
    "Statement": "graph.model",
    "Status": "graph.model",
}

__all__ = ["__version__", *sorted(_WHERE)]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("etiograph")
        except PackageNotFoundError:  # run from a checkout that was never installed
            return "0+unknown"
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'etiograph' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
