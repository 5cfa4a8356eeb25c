"""A signed, believed, directed network as arrays."""

from __future__ import annotations

import difflib
import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.errors import InputError, UsageError
from graph.model import Status
from graph.store import Store

__all__ = ["Arcs", "Link", "Network"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_COUNTED = tuple(s.value for s in Status if s is not Status.REFUTED)
_FROM_STORE = """
MATCH (a:Entity)-[r:CAUSES|TREATS|PREVENTS|INCREASES|DECREASES|AFFECTS]->(b:Entity)
WHERE r.belief >= $min_belief AND r.status IN $statuses
RETURN a.id AS cause, b.id AS effect, r.sign AS sign, r.belief AS belief, r.statement AS id
ORDER BY cause, id
"""
_SIGNS = {"1": 1, "+1": 1, "+": 1, "-1": -1, "-": -1, "0": 0, "?": 0}


@dataclass(frozen=True, slots=True)
class Link:
    """``cause`` acts on ``effect``: ``sign`` +1, -1 or 0 (not said); ``belief`` in (0, 1]; ``id`` is the
    statement's."""

    cause: str
    effect: str
    sign: int = 0
    belief: float = 1.0
    id: str = ""


@dataclass(frozen=True)
class Arcs:
    """Links as arrays of one length: places of ``source`` and ``target``, ``sign``, ``belief``, and
    ``link``, the place in :attr:`Network.links`. ``first`` [n + 1]: where each node's arcs begin."""

    source: Ints
    target: Ints
    sign: npt.NDArray[np.int8]
    belief: Floats
    link: Ints
    first: Ints


class Network:
    """Links between nodes.

    Of several links with one cause, effect and sign the most believed is kept; links of different sign
    stay beside each other, and links from a node to itself are left out.

    Raises:
        UsageError: for a belief outside (0, 1] or a sign other than -1, 0 and 1.
    """

    def __init__(self, links: Iterable[Link]) -> None:
        best: dict[tuple[str, str, int], Link] = {}
        for link in links:
            if not 0 < link.belief <= 1:
                raise UsageError(
                    f"the belief of {link.cause} -> {link.effect} is {link.belief}, not in (0, 1]"
                )
            if link.sign not in (-1, 0, 1):
                raise UsageError(f"the sign of {link.cause} -> {link.effect} is {link.sign}")
            if link.cause == link.effect:
                continue
            key = (link.cause, link.effect, link.sign)
            old = best.get(key)
            if old is None or (-link.belief, link.id) < (-old.belief, old.id):
                best[key] = link
        self.links: tuple[Link, ...] = tuple(best[k] for k in sorted(best))
        self.nodes: tuple[str, ...] = tuple(
            sorted({n for link in self.links for n in (link.cause, link.effect)})
        )
        self._at = {name: i for i, name in enumerate(self.nodes)}
        at = self._at
        self._source = np.array([at[link.cause] for link in self.links], dtype=np.int64)
        self._target = np.array([at[link.effect] for link in self.links], dtype=np.int64)
        self._sign = np.array([link.sign for link in self.links], dtype=np.int8)
        self._belief = np.array([link.belief for link in self.links], dtype=np.float64)

    def __len__(self) -> int:
        return len(self.nodes)

    def __contains__(self, node: object) -> bool:
        return node in self._at

    def at(self, node: str) -> int:
        """The place of a node.

        Raises:
            UsageError: if there is none of this name; the nearest is suggested.
        """
        found = self._at.get(node)
        if found is None:
            near = difflib.get_close_matches(node, self.nodes, n=3) if len(self) < 50_000 else []
            raise UsageError(
                f"the network has no node {node!r}",
                hint=f"Near it: {', '.join(near)}." if near else "It takes part in no causal link.",
            )
        return found

    @cached_property
    def out(self) -> Arcs:
        """The arcs by cause."""
        return self._arcs(self._source, self._target)

    @cached_property
    def into(self) -> Arcs:
        """The arcs by effect (``first`` counts those that lead into a node)."""
        return self._arcs(self._target, self._source)

    def _arcs(self, by: Ints, other: Ints) -> Arcs:
        order = np.lexsort((self._sign, other, by))
        first = np.searchsorted(by[order], np.arange(len(self) + 1))
        return Arcs(
            self._source[order], self._target[order], self._sign[order], self._belief[order],
            order.astype(np.int64), first.astype(np.int64),
        )  # fmt: skip

    def hops(self, start: int, arcs: Arcs, most: int) -> Ints:
        """Steps from (``out``) or to (``into``) a node, [n]; ``most + 1`` where it is further."""
        towards = arcs.target if arcs is self.out else arcs.source
        found = np.full(len(self), most + 1, dtype=np.int64)
        found[start] = 0
        fresh = np.array([start], dtype=np.int64)
        for step in range(1, most + 1):
            reached = np.unique(towards[_spans(arcs.first, fresh)])
            fresh = reached[found[reached] > step]
            if not len(fresh):
                break
            found[fresh] = step
        return found

    @classmethod
    def of_store(
        cls,
        store: Store,
        *,
        min_belief: float = 0.05,
        statuses: Sequence[str] = _COUNTED,
    ) -> Network:
        """Read all causal statements of a store that are believed enough."""
        rows = store.read(
            _FROM_STORE,
            {"min_belief": min_belief, "statuses": list(statuses)},
            max_rows=None,
            timeout=None,
        ).rows
        return cls(
            Link(r["cause"], r["effect"], int(r["sign"]), float(r["belief"]), r["id"])
            for r in rows
            if r["belief"] > 0
        )

    @classmethod
    def of_file(cls, path: Path | str) -> Network:
        """Read a table without a header: cause, sign (1, -1, 0), effect and, if there is one, a belief,
        separated by tabs (SIF); ``.gz`` too. A first line of names is left out.

        Raises:
            InputError: naming the line.
        """
        path = Path(path)
        links = []
        try:
            with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:  # fmt: skip
                for number, line in enumerate(file, 1):
                    if line.strip():
                        link = _link(line.rstrip("\n").split("\t"), number)
                        if link is not None:
                            links.append(link)
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise InputError(f"cannot read the network: {error}", where=str(path)) from error
        except InputError as error:
            raise InputError(
                error.message, where=f"{path}, {error.where}", hint=error.hint
            ) from None
        return cls(links)


def _link(fields: list[str], number: int) -> Link | None:
    where = f"line {number}"
    if len(fields) not in (3, 4) or not fields[0] or not fields[2]:
        raise InputError(
            f"{len(fields)} fields",
            where=where,
            hint="A line is: cause, sign, effect, belief if any.",
        )
    sign = _SIGNS.get(fields[1].strip())
    if sign is None:
        if number == 1:
            return None
        raise InputError(f"the sign {fields[1]!r} is none", where=where, hint="Use 1, -1 or 0.")
    try:
        belief = float(fields[3]) if len(fields) == 4 else 1.0
    except ValueError:
        belief = -1.0
    if not 0 < belief <= 1:
        raise InputError(f"the belief {fields[3]!r} is not in (0, 1]", where=where)
    return Link(fields[0], fields[2], sign, belief, f"line-{number}")


def _spans(first: Ints, nodes: Ints) -> Any:
    """Places of the arcs of some nodes."""
    starts, ends = first[nodes], first[nodes + 1]
    lengths = ends - starts
    total = int(lengths.sum())
    if not total:
        return np.empty(0, dtype=np.int64)
    offsets = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    return np.arange(total) + offsets
