"""A reader for causal graphs as text: the common core of Graphviz DOT and dagitty.

Both write statements inside braces: node names, chains of edges, groups in braces, attributes in
brackets. They differ in the opening word and in a few edge symbols, so one parser reads both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from graph.causal_formats import GraphDocument, from_edges
from graph.causal_marks import Edge, GraphKind, Mark
from graph.errors import InputError

__all__ = ["parse"]

TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|\#[^\n]*|/\*.*?\*/)
    |(?P<quoted>"(?:[^"\\]|\\.)*")
    |(?P<circle>o->|o--|(?:o-|<-|--)o(?=[ \t]+["\w{]))
    |(?P<edge><->|@->|<-@|@-@|@--|--@|-->|<--|---|->|<-|--)
    |(?P<name>[+-]?(?:\d+\.?\d*|\.\d+)(?![\w.])|[\w.]+)
    |(?P<mark>[{}\[\];,=:])""",
    re.VERBOSE | re.DOTALL,
)
OPERATORS: Mapping[str, tuple[Mark, Mark]] = {
    "->": (Mark.TAIL, Mark.ARROW),
    "<-": (Mark.ARROW, Mark.TAIL),
    "<->": (Mark.ARROW, Mark.ARROW),
    "--": (Mark.TAIL, Mark.TAIL),
    "-->": (Mark.TAIL, Mark.ARROW),
    "<--": (Mark.ARROW, Mark.TAIL),
    "---": (Mark.TAIL, Mark.TAIL),
    "o->": (Mark.CIRCLE, Mark.ARROW),
    "<-o": (Mark.ARROW, Mark.CIRCLE),
    "o-o": (Mark.CIRCLE, Mark.CIRCLE),
    "o--": (Mark.CIRCLE, Mark.TAIL),
    "--o": (Mark.TAIL, Mark.CIRCLE),
}
SYMBOL = {
    (Mark.TAIL, Mark.ARROW): "-->",
    (Mark.ARROW, Mark.TAIL): "<--",
    (Mark.ARROW, Mark.ARROW): "<->",
    (Mark.TAIL, Mark.TAIL): "---",
    (Mark.CIRCLE, Mark.ARROW): "o->",
    (Mark.ARROW, Mark.CIRCLE): "<-o",
    (Mark.CIRCLE, Mark.CIRCLE): "o-o",
    (Mark.CIRCLE, Mark.TAIL): "o--",
    (Mark.TAIL, Mark.CIRCLE): "--o",
}
KINDS = {"pdag": GraphKind.CPDAG, "pag": GraphKind.PAG, "mag": GraphKind.MAG}
FALSE = {"no", "false", "0", "n", "f"}
ROLES = {
    "exposure": "exposure",
    "e": "exposure",
    "source": "exposure",
    "outcome": "outcome",
    "o": "outcome",
    "target": "outcome",
    "adjusted": "adjusted",
    "adjustednode": "adjusted",
    "a": "adjusted",
    "latent": "hidden",
    "unobserved": "hidden",
    "hidden": "hidden",
    "u": "hidden",
    "l": "hidden",
}
"""What an attribute without a value, or with a true one, says about a node."""


@dataclass
class _Reader:
    text: str
    name: str
    tokens: list[tuple[str, str, int]] = field(default_factory=list)
    at: int = 0
    nodes: dict[str, None] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    roles: dict[str, set[str]] = field(default_factory=dict)
    kind: GraphKind | None = None
    directed: bool = True
    dot: bool = True

    def fail(
        self, message: str, position: int | None = None, hint: str | None = None
    ) -> InputError:
        if position is None:
            position = self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.text)
        line = self.text.count("\n", 0, position) + 1
        return InputError(message, where=f"{self.name}, line {line}", hint=hint)

    def tokenize(self) -> None:
        position = 0
        while position < len(self.text):
            match = TOKEN.match(self.text, position)
            if match is None:
                raise self.fail(
                    f"{self.text[position]!r} does not belong in a graph", position,
                    hint="Put names with such characters in double quotes.",
                )  # fmt: skip
            kind = str(match.lastgroup)
            value = match.group()
            if kind == "circle" and value[0] == "o" and not self._circle_fits():
                # a node called "o" before an arrow, not a circle mark
                self.tokens.append(("name", "o", position))
                position += 1
                continue
            if kind == "quoted":
                value = re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL)
            if kind != "skip":
                shown = value.replace("@", "o") if kind == "edge" else value
                self.tokens.append(("edge" if kind == "circle" else kind, shown, position))
            position = match.end()

    def _circle_fits(self) -> bool:
        """Whether an edge may stand here: after a name or a group."""
        return bool(self.tokens) and (
            self.tokens[-1][0] in ("name", "quoted") or self.tokens[-1][1] == "}"
        )

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at][:2] if self.at < len(self.tokens) else ("end", "")

    def take(self, value: str) -> bool:
        kind, found = self.peek()
        if kind == "mark" and found == value:
            self.at += 1
            return True
        return False

    def word(self) -> str:
        kind, value = self.peek()
        if kind not in ("name", "quoted"):
            what = "the end of the text" if kind == "end" else repr(value)
            raise self.fail(f"a name is missing before {what}")
        self.at += 1
        return value

    # grammar -------------------------------------------------------------------------------

    def graph(self) -> None:
        opening = self.word().lower() if self.peek()[0] == "name" else ""
        if opening == "strict":
            opening = self.word().lower()
        if opening not in ("digraph", "graph", "dag", *KINDS):
            raise self.fail(
                "the text does not start as a graph", 0,
                hint="Start with digraph, graph, dag, mag, pdag or pag and a brace.",
            )  # fmt: skip
        self.dot = opening in ("digraph", "graph")
        self.directed = opening != "graph"
        self.kind = KINDS.get(opening)
        if self.peek()[0] in ("name", "quoted"):
            self.at += 1
        if not self.take("{"):
            raise self.fail("an opening brace is missing")
        self.statements({})
        if self.peek()[0] != "end":
            raise self.fail("there is text after the closing brace")

    def statements(self, edge_defaults: dict[str, str]) -> list[str]:
        """Read statements up to the closing brace; return the nodes they name."""
        named: dict[str, None] = {}
        while not self.take("}"):
            if self.peek()[0] == "end":
                raise self.fail("a closing brace is missing")
            if self.take(";") or self.take(","):
                continue
            named.update(dict.fromkeys(self.statement(edge_defaults)))
        return list(named)

    def statement(self, edge_defaults: dict[str, str]) -> list[str]:
        kind, value = self.peek()
        following = self.tokens[self.at + 1][:2] if self.at + 1 < len(self.tokens) else ("end", "")
        if kind == "name" and value.lower() in ("node", "edge", "graph") and following[1] == "[":
            self.at += 1
            found = self.attributes()
            if value.lower() == "edge":
                edge_defaults.update(found)
            return []
        if kind in ("name", "quoted") and following == ("mark", "="):
            self.at += 2
            setting = self.word()
            if value == "kind" and self.dot:
                self.set_kind(setting)
            return []
        chain = [self.operand(edge_defaults)]
        symbols: list[tuple[str, int]] = []
        while self.peek()[0] == "edge":
            symbols.append((self.peek()[1], self.at))
            self.at += 1
            chain.append(self.operand(edge_defaults))
        found = self.attributes()
        if symbols:
            for (left, right), (symbol, at) in zip(pairwise(chain), symbols, strict=True):
                marks = self.marks(symbol, {**edge_defaults, **found}, at)
                self.edges += [(a, SYMBOL[marks], b) for a in left for b in right]
        else:
            for node in chain[0]:
                self.describe(node, found)
        return list(dict.fromkeys(n for group in chain for n in group))

    def set_kind(self, word: str) -> None:
        try:
            self.kind = GraphKind(word.upper())
        except ValueError:
            raise self.fail(f"there is no kind of graph {word!r}") from None

    def operand(self, edge_defaults: dict[str, str]) -> list[str]:
        kind, value = self.peek()
        if kind == "name" and value.lower() == "subgraph":
            self.at += 1
            if self.peek()[0] in ("name", "quoted"):
                self.at += 1
            if self.peek()[1] != "{":
                raise self.fail("an opening brace is missing after subgraph")
        if self.take("{"):
            return self.statements(dict(edge_defaults))
        name = self.word()
        if self.peek() == ("mark", ":"):
            raise self.fail(
                f"a colon follows {name!r}",
                hint="Put names with a colon in double quotes; ports are not read.",
            )
        self.nodes[name] = None
        return [name]

    def attributes(self) -> dict[str, str]:
        found: dict[str, str] = {}
        while self.take("["):
            while not self.take("]"):
                if self.take(",") or self.take(";"):
                    continue
                key = self.word()
                found[key.lower()] = self.word() if self.take("=") else "yes"
        return found

    # meaning -------------------------------------------------------------------------------

    def marks(self, symbol: str, attributes: dict[str, str], at: int) -> tuple[Mark, Mark]:
        if not self.dot or symbol not in ("->", "--"):
            return OPERATORS[symbol]
        if (symbol == "--") == self.directed and "dir" not in attributes:
            return OPERATORS[symbol]
        way = attributes.get("dir", "forward" if symbol == "->" else "none").lower()
        if way not in ("forward", "back", "both", "none"):
            self.at = at
            raise self.fail(f"an edge has the unknown direction {way!r}")
        tail = self.end(attributes.get("arrowtail")) if way in ("back", "both") else Mark.TAIL
        head = self.end(attributes.get("arrowhead")) if way in ("forward", "both") else Mark.TAIL
        return tail, head

    @staticmethod
    def end(shape: str | None) -> Mark:
        if shape in ("none", "tee"):
            return Mark.TAIL
        return Mark.CIRCLE if shape in ("odot", "dot") else Mark.ARROW

    def describe(self, node: str, attributes: dict[str, str]) -> None:
        roles = self.roles.setdefault(node, set())
        for key, value in attributes.items():
            if key == "observed":
                if value.lower() in FALSE:
                    roles.add("hidden")
            elif key in ROLES and (len(key) > 1 or not self.dot) and value.lower() not in FALSE:
                roles.add(ROLES[key])

    def having(self, role: str) -> tuple[str, ...]:
        return tuple(sorted(n for n, roles in self.roles.items() if role in roles))


def parse(text: str, *, name: str = "<graph>") -> GraphDocument:
    """Read DOT or dagitty text; see :func:`graph.causal_formats.read_text`.

    Raises:
        InputError: with ``name`` and the line.
    """
    reader = _Reader(text, name)
    reader.tokenize()
    reader.graph()
    try:
        graph = from_edges(reader.edges, nodes=reader.nodes, kind=reader.kind)
    except InputError as error:
        raise InputError(error.message, where=name, hint=error.hint) from None
    return GraphDocument(
        graph,
        reader.having("hidden"),
        reader.having("exposure"),
        reader.having("outcome"),
        reader.having("adjusted"),
    )
