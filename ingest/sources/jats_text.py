"""The text of JATS elements: paragraphs with their headings, tables and captions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from graph.errors import InputError

__all__ = ["Part", "back_parts", "body_parts", "inline", "inner_parts"]

_SPACE = re.compile(r"\s+")
_DEPTH = 60
_EMPTY_BRACKETS = re.compile(r"\s*[\[(][\s,;–-]*[\])]")
_ONLY_MARKS = re.compile(r"[\s,;–\-\[\]()]*")
_BEFORE_MARK = re.compile(r"\s+([.,;:])|(?<=[(\[])\s*[,;]\s*|\s*[,;]\s*(?=[)\]])")
_NOT_READ = re.compile(
    r"(?:competing|conflicts? of|declarations? of (?:competing )?) ?interests?|authors?['’]? contributions?"
    r"|acknowledge?ments?|pre-publication history|funding|supplement(?:ary|al) (?:material|data).*"
    r"|references|bibliography|ethics approval.*|consent.*for"
    r" publication.*|(?:data )?availability.*|disclosures?(?: statement)?",
    re.I,
)
# never text: machine forms, notes of editing, and what is read on its own
_DROPPED = frozenset(
    {
        "tex-math", "mml-annotation", "mml-annotation-xml", "ref-list", "object-id", "graphic",
        "media", "fn", "alt-text", "long-desc", "permissions", "attrib", "supplementary-material",
        "inline-supplementary-material", "index-term", "x", "milestone-start", "milestone-end",
    }
)  # fmt: skip
_FLOATS = ("fig", "table-wrap")
_GROUPS = (
    "fig-group",
    "table-wrap-group",
    "boxed-text",
    "disp-quote",
    "statement",
    "disp-formula-group",
)
_BREAKS = frozenset({"break", "p", "title", "list-item", "td", "th", "tr", "def", "term", "label"})


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text that becomes one section of the document."""

    kind: str
    label: str
    text: str


def inline(element: etree._Element | None) -> str:
    """The text of an element without citation marks and floats, white space collapsed."""
    if element is None:
        return ""
    pieces: list[str] = []
    cited = _collect(element, pieces, 0)
    text = "".join(pieces)
    if cited:
        text = _BEFORE_MARK.sub(lambda m: m[1] or "", _EMPTY_BRACKETS.sub("", text))
    return _SPACE.sub(" ", text).strip()


def _collect(element: etree._Element, pieces: list[str], depth: int) -> bool:
    """Add the text in an element; return whether a citation mark was left out of it."""
    if depth > _DEPTH:
        raise InputError(f"elements nested more than {_DEPTH} deep")
    cited = False
    if element.text:
        pieces.append(element.text)
    for child in element:
        tag = child.tag
        if not isinstance(tag, str):
            pass  # a comment, a processing instruction or an entity
        elif _is_citation(child):
            cited = True
        elif tag in _DROPPED or tag in _FLOATS:
            pass
        elif tag == "alternatives" and len(child):
            inner = next((c for c in child if c.tag not in _DROPPED), None)
            if inner is not None:
                _collect(inner, pieces, depth + 1)
        else:
            if tag in _BREAKS:
                pieces.append(" ")
            cited = _collect(child, pieces, depth + 1) or cited
            if tag in _BREAKS:
                pieces.append(" ")
        if child.tail:
            pieces.append(child.tail)
    return cited


def _is_citation(element: etree._Element) -> bool:
    """A mark that points to the references, or a superscript of nothing but such marks."""
    if element.tag == "xref":
        return element.get("ref-type") == "bibr"
    if element.tag in ("sup", "sub") and len(element):
        outside = [element.text or "", *(c.tail or "" for c in element)]
        return all(
            isinstance(c.tag, str) and c.tag == "xref" and c.get("ref-type") == "bibr"
            for c in element
        ) and all(_ONLY_MARKS.fullmatch(t) for t in outside)
    return False


def body_parts(article: etree._Element) -> list[Part]:
    """The parts of the body, and of floats that stand at the end of an article."""
    parts: list[Part] = []
    for name in ("body", "floats-group", "floats-wrap"):
        for element in article.iterfind(name):
            parts += inner_parts(element, "body", "")
    return parts


def back_parts(article: etree._Element) -> list[Part]:
    """Appendices and glossaries; references, acknowledgements and notes are left out."""
    parts: list[Part] = []
    for back in article.iterfind("back"):
        for element in back.iter("app", "glossary"):
            kind = "appendix" if element.tag == "app" else "glossary"
            parts += inner_parts(element, kind, _heading(element))
    for glossary in article.iterfind("front//glossary"):
        parts += inner_parts(glossary, "glossary", "")
    return parts


def inner_parts(element: etree._Element, kind: str, label: str) -> list[Part]:
    """Every paragraph, list item, table and figure in an element, in order, each with its label."""
    parts = [p for p in _walk(element, kind, label, 0) if p.text]
    if not parts and kind == "abstract" and (text := inline(element)):
        parts = [Part(kind, label, text)]  # an abstract without paragraphs
    return parts


def _heading(element: etree._Element) -> str:
    return inline(element.find("title")).rstrip(" .:")[:120]


def _walk(element: etree._Element, kind: str, label: str, depth: int) -> Iterator[Part]:
    if depth > _DEPTH:
        raise InputError(f"sections nested more than {_DEPTH} deep")
    for child in element:
        tag = child.tag
        if not isinstance(tag, str):
            continue
        if tag == "sec":
            heading = _heading(child)
            if _NOT_READ.fullmatch(heading):
                continue
            inner = f"{label}/{heading}" if label and heading else label or heading
            yield from _walk(child, kind, inner, depth + 1)
        elif tag == "p":
            yield from _paragraph(child, kind, label, depth)
        elif tag in _FLOATS:
            yield _float(child)
        elif tag == "def-item":
            term, meaning = inline(child.find("term")), inline(child.find("def"))
            yield Part(kind, label, f"{term}: {meaning}" if term and meaning else "")
        elif tag in ("list", "list-item", "def-list", *_GROUPS):
            yield from _walk(child, kind, label, depth + 1)


def _paragraph(p: etree._Element, kind: str, label: str, depth: int) -> Iterator[Part]:
    blocks = [c for c in p if c.tag in ("list", "def-list", *_FLOATS, *_GROUPS)]
    if not blocks:
        yield Part(kind, label, inline(p))
        return
    # the text before, between and after the blocks; floats come after the paragraph
    for block in blocks:
        if block.tag not in _FLOATS:
            holder = etree.Element("holder")
            block_tail, block.tail = block.tail, " "
            position = list(p).index(block)
            p.remove(block)
            before = etree.Element("p")
            before.text, p.text = p.text, block_tail
            for moved in list(p)[:position]:
                before.append(moved)
            yield Part(kind, label, inline(before))
            for c in before.iter(*_FLOATS):
                yield _float(c)
            holder.append(block)
            yield from _walk(holder, kind, label, depth + 1)
    yield Part(kind, label, inline(p))
    for c in p.iter(*_FLOATS):
        yield _float(c)


def _float(element: etree._Element) -> Part:
    """A table or a figure: label, caption, and for a table its rows and notes."""
    label = inline(element.find("label")).rstrip(" .:")
    if element.tag == "fig":
        return Part("figure", label, _caption(element))
    lines = [_caption(element)]
    rows = element.iter("tr")
    lines += [" | ".join(cell for c in row if (cell := inline(c))) for row in rows]
    for foot in element.iter("table-wrap-foot"):
        lines += [inline(p) for p in foot.iter("p")]
    return Part("table", label, "\n".join(line for line in lines if line))


def _caption(element: etree._Element) -> str:
    caption = element.find("caption")
    if caption is None:
        return ""
    pieces = [inline(c) for c in caption if c.tag in ("title", "p")] or [inline(caption)]
    return "\n".join(p for p in pieces if p)
