"""Mechanisms and triangulation in words, with the names of entities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph.store import Store
    from queries.mechanism import Between, Block, Chain, Explanation, Network
    from queries.triangulation import Triangulation

__all__ = ["Mechanism", "mechanism", "mechanism_in", "triangulation_text"]

_ARROW = {1: "-[raises]->", -1: "-[lowers]->", 0: "-->"}


@dataclass(frozen=True)
class Mechanism:
    """How one thing may act on another: the chains, the loops through the cause, what lies between, what
    to block, and the names of the entities."""

    chains: Explanation
    loops: Explanation
    between: Between
    block: Block
    names: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "chains": self.chains.to_json(), "loops": self.loops.to_json(),
            "between": self.between.to_json(), "block": self.block.to_json(),
            "names": dict(self.names),
        }  # fmt: skip

    def _name(self, node: str) -> str:
        return self.names.get(node, node)

    def _chain(self, chain: Chain) -> str:
        words = [self._name(chain.links[0].cause)]
        for link in chain.links:
            words += [_ARROW[link.sign], self._name(link.effect)]
        return " ".join(words)

    def _listed(self, chains: Explanation, effects: Mapping[int, str]) -> list[str]:
        return [f"  {c.belief:6.3f}  {effects[c.sign]:<10} {self._chain(c)}" for c in chains.chains]

    def to_text(self) -> str:
        """What was found, for a terminal."""
        named = replace(
            self.chains,
            source=self._name(self.chains.source),
            target=self._name(self.chains.target),
        )
        lines = [named.explanation]
        if self.chains.chains:
            lines += ["", "Chains by belief:"]
            lines += self._listed(self.chains, {1: "raises", -1: "lowers", 0: "not said"})
        if self.loops.chains:
            lines += ["", f"Feedback through {named.source}:"]
            lines += self._listed(self.loops, {1: "reinforces", -1: "damps", 0: "not said"})
        for title, found in (
            ("Between them", self.between.mediators),
            ("Acting on both", self.between.common_causes),
            ("Acted on by both", self.between.common_effects),
        ):
            if found:
                told = ", ".join(f"{self._name(n)} ({s:.2g})" for n, s in found)
                lines += ["", f"{title}: {told}"]
        if self.chains.chains:
            block = replace(
                self.block,
                source=named.source, target=named.target,
                nodes=tuple(map(self._name, self.block.nodes)),
                through=tuple(map(self._name, self.block.through)),
            )  # fmt: skip
            lines += ["", f"To block: {block.explanation}"]
        lines += ["", "Beliefs along a chain are multiplied as if its statements were independent."]
        return "\n".join(lines)


def mechanism(
    network: Network,
    source: str,
    target: str,
    *,
    k: int = 10,
    max_length: int = 4,
    names: Mapping[str, str] | None = None,
) -> Mechanism:
    """Ask a network how ``source`` may act on ``target``; see :mod:`queries.mechanism`.

    Raises:
        UsageError: for unknown nodes, or source = target.
    """
    from queries.mechanism import between, block, explain, loops

    return Mechanism(
        explain(network, source, target, k=k, max_length=max_length),
        loops(network, source, k=5, max_length=max_length),
        between(network, source, target),
        block(network, source, target, max_length=max_length),
        names or {},
    )


def mechanism_in(
    store: Store, source: str, target: str, *, k: int, max_length: int, min_belief: float
) -> Mechanism:
    """The same over the causal statements of a store, with the names of what is shown."""
    from queries.mechanism import Network

    network = Network.of_store(store, min_belief=min_belief)
    found = mechanism(network, source, target, k=k, max_length=max_length)
    shown = {source, target, *found.block.nodes, *found.block.through}
    for chain in (*found.chains.chains, *found.loops.chains):
        shown.update(chain.nodes)
    lying = found.between
    for pairs in (lying.mediators, lying.common_causes, lying.common_effects):
        shown.update(node for node, _ in pairs)
    known = ((id_, store.entity(id_)) for id_ in sorted(shown))
    return replace(found, names={id_: e.name for id_, e in known if e is not None})


def triangulation_text(found: Triangulation, cause: str, effect: str) -> str:
    """The table of a triangulation, for a terminal."""
    lines = [found.told(cause, effect), ""]
    if found.rows:
        lines.append(
            f"{'rung':<14}{'raises':>8}{'lowers':>8}{'unsigned':>10}{'denies':>8}  open to"
        )
    for row in found.rows:
        counts = (len(row.raises), len(row.lowers), len(row.unsigned), len(row.denies))
        lines.append(
            "{:<14}{:>8}{:>8}{:>10}{:>8}  {}".format(row.rung.value, *counts, ", ".join(row.biases))
        )
        for size in row.sizes:
            low, high = size.value - 1.96 * size.std_error, size.value + 1.96 * size.std_error
            lines.append(f"{'':<14}{size.value:+.3g} ({low:+.3g} to {high:+.3g}) {size.measure}")
    lines += [
        f"combined, {one.measure}: {one.value:+.3g} ({one.ci_low:+.3g} to {one.ci_high:+.3g}) "
        f"from {one.n}, I2 {one.i2:.0%}, heterogeneity p {one.q_p:.2g}"
        for one in found.combined
    ]
    if found.difference_p is not None:
        lines.append(f"difference between rungs in sign: p {found.difference_p:.2g}")
    if found.associated:
        lines.append(f"sources that see them together without a direction: {len(found.associated)}")
    if found.retracted:
        lines.append(
            f"evidences left out because their publication was retracted: {len(found.retracted)}"
        )
    if found.rows:
        lines += ["", "Counts are of sources (publications, datasets), not of sentences."]
    return "\n".join(lines)
