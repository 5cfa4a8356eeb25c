"""A knowledge graph's tools and retriever for LangChain."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.tools import BaseTool

    from etiograph.api import KnowledgeGraph

__all__ = ["langchain_retriever", "langchain_tools"]


def langchain_tools(kg: KnowledgeGraph | None = None, *, writes: bool = False) -> list[BaseTool]:
    """Return LangChain tools over a graph: reading ones, unless ``writes``.

    Args:
        kg: the graph; None opens the one that the settings name.
        writes: also the tool that writes hypotheses as ``proposed``.

    Raises:
        UsageError: if LangChain is not installed (``pip install 'etiograph[llm]'``).
        StoreError: if the graph cannot be opened.
    """
    from etiograph.agent import GraphAbilities
    from etiograph.api import open as open_graph
    from llm_bridge.toolkit import langchain_tools as make

    return make(GraphAbilities(kg or open_graph(create=False)), writes=writes)


def langchain_retriever(
    kg: KnowledgeGraph | None = None, *, k: int = 8, retracted: bool = False
) -> BaseRetriever:
    """Return a LangChain retriever over the evidence sentences of a graph, with citations.

    Args:
        kg: the graph; None opens the one that the settings name.
        k: sentences to return.
        retracted: whether sentences of retracted papers are among them, marked as such.

    Raises:
        UsageError: if LangChain is not installed.
        StoreError: if the graph cannot be opened.
    """
    from etiograph.api import open as open_graph
    from llm_bridge.toolkit import langchain_retriever as make

    return make((kg or open_graph(create=False)).store, k=k, retracted=retracted)
