"""The background of a self-contained world: sentences about direct effects become a causal graph.

Nothing but the text decides: an edge is there if and only if it is stated, whatever is known about the
words. Names are kept as they are written first; case, articles and a plural make no other name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from graph.causal import CausalGraph
from graph.errors import InputError
from llm_bridge.worlds.words import clean, stem, tokens
from queries.causal.bits import BitGraph

__all__ = ["World", "looks_like_world", "read_world", "sentences"]

MOST_TEXT = 20_000
MOST_NODES = 16
_VERB = (
    r"(?:ha(?:s|ve) (?:a |an )?(?:direct )?(?:causal )?(?:effect|influence|impact)s? on"
    r"|directly (?:affects?|influences?|causes?|impacts?)"
    r"|(?:affects?|influences?|causes?|impacts?|determines?)(?: directly)?)"
)
_NO_EDGE = re.compile(
    r"^(?P<a>.+?) (?:ha(?:s|ve) no (?:direct )?(?:causal )?(?:effect|influence|impact) on"
    r"|do(?:es)? not (?:directly )?(?:affect|influence|cause|impact)) (?P<b>.+)$",
    re.I,
)
_EDGE = re.compile(rf"^(?P<a>.+?) {_VERB} (?P<b>.+)$", re.I)
_HIDDEN = re.compile(
    r"^(?P<a>.+?) (?:is|are) (?:unobserved|not observed|unobservable|unmeasured|not measured|hidden"
    r"|latent|never observed|unobserved confounders?)$",
    re.I,
)
_MANY = re.compile(
    r"\b(?:three|four|five|six|several|[3-9]) (?:possible )?(?:values|levels|categories|states|grades)\b"
    r"|^(?P<a>[^,:]+?) (?:is|can be|may be|takes the values?|is either|is one of) [^,]+, [^,]+,? or [^,]+$",
    re.I,
)


@dataclass(frozen=True, eq=False)
class World:
    """A stated causal graph.

    Attributes:
        names: variables in the order in which the text names them, causes before effects where it does.
        edges: stated direct effects, as pairs of names.
        hidden: variables stated to be unobserved.
    """

    names: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    hidden: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def graph(self) -> CausalGraph:
        """The stated graph, hidden variables included."""
        return CausalGraph(self.names, directed=self.edges)

    @cached_property
    def bits(self) -> BitGraph:
        """The graph as bit sets, for separation and adjustment."""
        return BitGraph.of(self.graph)

    @cached_property
    def parents(self) -> dict[str, tuple[str, ...]]:
        """Direct causes by name, in the order of the text."""
        return {n: tuple(a for a in self.names if (a, n) in self.edges) for n in self.names}

    @cached_property
    def ancestors(self) -> dict[str, frozenset[str]]:
        """All causes by name, the variable itself left out."""
        found: dict[str, frozenset[str]] = {}
        for n in self.order:
            found[n] = frozenset().union(*(found[p] | {p} for p in self.parents[n]))
        return found

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Names with causes before effects."""
        placed: list[str] = []
        while len(placed) < len(self.names):
            placed += [
                n
                for n in self.names
                if n not in placed and all(p in placed for p in self.parents[n])
            ]
        return tuple(placed)

    @cached_property
    def sinks(self) -> frozenset[str]:
        """Variables without effects."""
        return frozenset(self.names) - {a for a, _ in self.edges}

    def named(self, text: str) -> str | None:
        """Return the variable that ``text`` names, None if it names none."""
        return _find(_key(text), {_key(n): n for n in self.names})

    def separated(self, a: set[str], b: set[str], given: set[str]) -> bool:
        """Whether every path between ``a`` and ``b`` is blocked by ``given`` (d-separation)."""
        g = self.bits
        return g.separated(g.mask(a), g.mask(b), g.mask(given))


def sentences(text: str) -> list[str]:
    """Split at full stops that end a sentence; those inside numbers do not."""
    text = " ".join(text.split())
    return [s.strip() for s in re.split(r"(?<=[.?!;])\s+(?=[A-Za-z0-9\"'])", text) if s.strip(" .")]


def looks_like_world(text: str) -> bool:
    """Whether the text states at least one direct effect."""
    return any(_EDGE.match(_bare(s)) for s in sentences(text))


def _bare(sentence: str) -> str:
    """The sentence without its stop and without an introduction that ends in a colon."""
    sentence = sentence.strip().rstrip(".;!")
    if ":" in sentence:
        sentence = sentence.rsplit(":", 1)[1].strip()
    return sentence


def _key(text: str) -> str:
    return " ".join(w if len(w) < 4 else w.removesuffix("s") for w in tokens(clean(text)))


def _find(key: str, known: dict[str, str]) -> str | None:
    if key in known:
        return known[key]
    stems = [stem(w) for w in key.split()]
    for other, name in known.items():
        if stems == [stem(w) for w in other.split()]:
            return name
    return None


@lru_cache(maxsize=4096)
def read_world(background: str) -> World:
    """Return the world that a background paragraph states.

    Raises:
        InputError: if no direct effect is stated, the effects go in a circle, a statement contradicts
            another one, or the text is too long.
    """
    if len(background) > MOST_TEXT:
        raise InputError(
            f"the background has {len(background)} characters; at most {MOST_TEXT} are read"
        )
    edges: list[tuple[str, list[str]]] = []
    hidden: list[str] = []
    whole: set[str] = set()
    absent: list[tuple[str, str]] = []
    for sentence in sentences(background):
        bare = _bare(sentence)
        if found := _HIDDEN.match(bare):
            hidden.append(found["a"])
        elif found := _NO_EDGE.match(bare):
            absent.append((found["a"], found["b"]))
        elif found := _EDGE.match(bare):
            edges.append((found["a"], [found["b"]]))
            # "A and B has" is one name, "A and B have" are two
            if re.match(
                r"has\b|(?:directly )?(?:affects|influences|causes|impacts|determines)\b",
                bare[found.end("a") :].strip(),
                re.I,
            ):
                whole.add(found["a"])
        elif _MANY.search(bare):
            raise InputError(
                f"only variables with two values are read: '{bare}'",
                hint="Join the values to two groups, for instance 'high' and 'not high'.",
            )
    if not edges:
        raise InputError(
            "the background states no direct effect",
            hint='Say for example "Smoking has a direct effect on tar and cancer."',
        )
    known: dict[str, str] = {}

    def add(text: str) -> str:
        key = _key(text)
        name = _find(key, known)
        if name is None:
            name = known[key] = clean(text)
        return name

    # subjects are whole names; the lists of objects are split with their help
    subjects: dict[str, str] = {}
    for subject, _ in edges:
        if " and " not in subject.lower() or subject in whole:
            subjects.setdefault(_key(subject), subject)
    for text in hidden:
        subjects.setdefault(_key(text), text)
    pairs: list[tuple[str, str]] = []
    for subject, objects in edges:
        causes = [subject] if _key(subject) in subjects else _listed(subject, subjects)
        for cause in causes:
            a = add(cause)
            for part in _listed(objects[0], subjects):
                b = add(part)
                if a == b:
                    raise InputError(f"'{a}' is said to have an effect on itself")
                pairs.append((a, b))
    pairs = list(dict.fromkeys(pairs))
    unseen = frozenset(add(h) for h in hidden)
    for one, other in absent:
        for part in _listed(other, subjects):
            pair = _find(_key(one), known) or "", _find(_key(part), known) or ""
            if pair in pairs:
                raise InputError(f"an effect of '{pair[0]}' on '{pair[1]}' is stated and denied")
    names = tuple(dict.fromkeys(known.values()))
    if len(names) > MOST_NODES:
        raise InputError(f"the world has {len(names)} variables; at most {MOST_NODES} are read")
    if loop := CausalGraph(names, directed=pairs).find_cycle():
        raise InputError(f"the stated effects go in a circle: {' -> '.join(loop)}")
    return World(names, tuple(pairs), unseen)


def _listed(text: str, subjects: dict[str, str]) -> list[str]:
    """Split "A, B and C"; a name that another sentence uses whole stays whole ("bread and butter")."""
    if _find(_key(text), subjects):
        return [text]
    pieces = [p for p in re.split(r",\s*and\s+|,\s*|\s+and\s+", text.strip()) if p]
    found: list[str] = []
    i = 0
    while i < len(pieces):
        for j in range(len(pieces), i + 1, -1):
            joined = " and ".join(pieces[i:j])
            if joined.lower() in text.lower() and _find(_key(joined), subjects):
                found.append(joined)
                i = j
                break
        else:
            found.append(pieces[i])
            i += 1
    return found
