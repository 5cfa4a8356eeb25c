"""Questions one after another, from a file or from Python; about the graph or about a world in text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graph.errors import EtiographError

if TYPE_CHECKING:
    from etiograph.api import KnowledgeGraph
    from llm_bridge.worlds.answer import WorldAnswer

__all__ = ["Skipped", "ask_batch", "ask_world"]

MOST_LINE = 200_000
_BACKGROUND = ("background", "context")
_GIVEN = ("given_info", "given", "givens")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that was set aside: its number, and why."""

    line: int
    reason: str


def ask_world(
    background: str, given: str = "", question: str = "", *, strict: bool = False
) -> WorldAnswer:
    """Answer a question about a self-contained world stated in text.

    Args:
        background: which variable has a direct effect on which, and what is unobserved.
        given: probabilities, laws and observations.
        question: one question; if empty, the last sentence of ``given`` or ``background`` is it.
        strict: refuse what needs an assumption that is not stated, instead of saying it.
    """
    from llm_bridge.worlds.answer import ask_world as ask

    if not question.strip():
        for text in (given, background):
            if text.strip().endswith("?"):
                front, question = _last_sentence(text)
                given, background = (front, background) if text is given else (given, front)
                break
    if background.strip() and not given.strip():
        background, given = _apart(background)
    return ask(background, given, question, strict=strict)


def ask_batch(
    lines: Iterable[str | bytes],
    graph: Callable[[], KnowledgeGraph | None] = lambda: None,
    *,
    strict: bool = False,
) -> Iterator[dict[str, Any] | Skipped]:
    """Answer the questions of a JSON Lines file in their order, one at a time.

    Args:
        lines: each an object with ``question`` and, as far as there is one, ``id``, ``background`` (or
            ``context``) and ``given_info`` (or ``given``). Empty lines are passed over.
        graph: opens the graph for questions without a background; called when the first comes, and
            may give None.
        strict: see :func:`ask_world`.

    Yields:
        For every question ``id``, ``answer`` (``yes``, ``no``, a value, or ``refused``), ``query``,
        ``claims`` and ``explanation``; for every other line why it was set aside.
    """
    opened: list[KnowledgeGraph | None] = []
    for number, raw in enumerate(lines, 1):
        try:
            text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        except UnicodeDecodeError:
            yield Skipped(number, "it is not UTF-8")
            continue
        text = text.strip().lstrip("\ufeff")
        if not text:
            continue
        record = _record(text)
        if isinstance(record, str):
            yield Skipped(number, record)
            continue
        question = record["question"]
        background = _text(record, _BACKGROUND)
        given = _text(record, _GIVEN)
        if not background and _is_world(question):
            background, question = _last_sentence(question)
        if background:
            answer = ask_world(background, given, question, strict=strict).to_json()
        else:
            if not opened:
                opened.append(graph())
            answer = _from_graph(opened[0], question)
        yield {"id": record.get("id", number), **answer}


def _record(text: str) -> dict[str, Any] | str:
    """The line's object, or why it is none."""
    if len(text) > MOST_LINE:
        return f"it has {len(text)} characters; at most {MOST_LINE} are read"
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"it is not JSON: {error}"
    if not isinstance(record, dict):
        return "it is not a JSON object"
    question = record.get("question")
    if not isinstance(question, str) or not question.strip():
        return "it has no question"
    for names in (_BACKGROUND, _GIVEN):
        for name in names:
            if not isinstance(record.get(name), str | None):
                return f"its {name} is not text"
    return record


def _text(record: dict[str, Any], names: Iterable[str]) -> str:
    return next((record[n] for n in names if record.get(n)), "").strip()


def _is_world(text: str) -> bool:
    from llm_bridge.worlds.reading import looks_like_world, sentences

    return len(sentences(text)) > 1 and looks_like_world(text)


def _last_sentence(text: str) -> tuple[str, str]:
    from llm_bridge.worlds.reading import sentences

    parts = sentences(text)
    return " ".join(parts[:-1]), parts[-1] if parts else ""


def _apart(text: str) -> tuple[str, str]:
    """Take what is given out of a paragraph that holds both."""
    from llm_bridge.worlds.forms import Law, read_givens
    from llm_bridge.worlds.reading import looks_like_world, sentences

    stated: list[str] = []
    given: list[str] = []
    for sentence in sentences(text):
        forms = () if looks_like_world(sentence) else read_givens(sentence)[0]
        known = "we know" in sentence.lower()
        is_given = forms and (known or given or not isinstance(forms[0], Law))
        (given if is_given else stated).append(sentence)
    return " ".join(stated), " ".join(given)


def _from_graph(kg: KnowledgeGraph | None, question: str) -> dict[str, Any]:
    if kg is None:
        reason = "There is no graph to ask, and the question states no world of its own."
        return {
            "answer": "refused", "query": {}, "claims": [], "explanation": reason, "reason": reason
        }  # fmt: skip
    try:
        answer = kg.ask(question)
    except EtiographError as error:
        return {
            "answer": "refused", "query": {}, "claims": [], "explanation": str(error),
            "reason": error.message,
        }  # fmt: skip
    told, claims, queries = [], [], []
    for part in (answer, *answer.parts):  # a double question has a part for its second half
        queries += [part.query.model_dump(mode="json")] if part.query is not None else []
        told += [s.text for s in part.sentences]
        claims += [c.to_json() for c in part.claims]
        if part.refused is not None:
            told.append(part.refused.message)
    data: dict[str, Any] = {
        "answer": answer.short if answer.answered else "refused",
        "query": {**queries[0], "also": queries[1:]} if queries else {},
        "claims": claims,
        "explanation": " ".join(told),
    }
    estimated = [c.value for c in answer.claims if c.kind == "effect" and c.value is not None]
    if estimated and data["answer"] == "told":
        data["answer"] = data["value"] = estimated[0]
    if not answer.answered:
        data["reason"] = answer.refused.message if answer.refused is not None else ""
    return data
