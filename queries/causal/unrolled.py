"""Effects over time: a graph whose edges have lags, unrolled into an acyclic one.

Feedback with known lags is no loop: X at one time acts on Y at a later one, and Y on X later still (Eichler
and Didelez, 2010; Thams, Soendergaard, Weichwald and Peters, 2022). What lies before the window that is
observed is a hidden common cause of what it acts on inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graph.causal import CausalGraph
from graph.causal_transform import latent_projection
from graph.errors import InputError, UsageError
from queries.causal.identification import identify
from queries.causal.results import Estimand, Refusal

__all__ = ["LaggedGraph", "at_time", "identify_lagged"]

LARGEST = 400
"""variable-times inside the window"""


@dataclass(frozen=True)
class LaggedGraph:
    """Causes with the time they take, the same at all times.

    Attributes:
        nodes: variables.
        edges: (cause, effect, lag in steps, 0 or more).
        hidden: (a, b, lag): a, and b that many steps later, have a hidden common cause.

    Raises:
        InputError: for a negative lag, a variable that acts on itself at once, or causes without a lag that
            form a loop.
    """

    nodes: tuple[str, ...]
    edges: tuple[tuple[str, str, int], ...]
    hidden: tuple[tuple[str, str, int], ...] = ()

    def __post_init__(self) -> None:
        named = {n for a, b, _ in (*self.edges, *self.hidden) for n in (a, b)}
        object.__setattr__(self, "nodes", tuple(sorted({*self.nodes, *named})))
        for a, b, lag in (*self.edges, *self.hidden):
            if not isinstance(lag, int) or isinstance(lag, bool) or lag < 0:
                raise InputError(f"the lag of {a!r} and {b!r} is {lag!r}, not a number of steps")
            if a == b and lag == 0:
                raise InputError(f"{a!r} cannot act on itself at once", hint="Give it a lag.")
        now = CausalGraph(self.nodes, directed=[(a, b) for a, b, lag in self.edges if lag == 0])
        if loop := now.find_cycle():
            raise InputError(
                f"the causes without a lag form the loop {' -> '.join([*loop, loop[0]])}",
                hint="Give one of them a lag, or ask about the equilibrium.",
            )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LaggedGraph:
        """Return the graph of ``{"nodes"?, "lagged": [[cause, effect, lag]], "lagged_hidden"?}``.

        Raises:
            InputError: for malformed edges.
        """

        def triples(key: str) -> tuple[tuple[str, str, int], ...]:
            found = data.get(key, [])
            if not isinstance(found, list) or not all(
                isinstance(e, list)
                and len(e) == 3
                and isinstance(e[0], str)
                and isinstance(e[1], str)
                for e in found
            ):
                raise InputError(f"{key!r} must be a list of [cause, effect, lag]")
            return tuple((a, b, lag) for a, b, lag in found)

        return cls(tuple(data.get("nodes", ())), triples("lagged"), triples("lagged_hidden"))

    @property
    def longest(self) -> int:
        """The longest lag."""
        return max((lag for _, _, lag in (*self.edges, *self.hidden)), default=0)

    def unroll(self, window: int) -> CausalGraph:
        """Return the graph over the times ``t - window`` to ``t``; what lies before is projected out.

        Raises:
            UsageError: if it would have more than 400 nodes.
        """
        if (window + 1) * len(self.nodes) > LARGEST:
            raise UsageError(
                f"a window of {window} steps has {(window + 1) * len(self.nodes)} variable-times, and "
                f"{LARGEST} are the most"
            )
        # as far back as paths need to join whatever they can join
        first = window + (len(self.nodes) + 1) * self.longest
        directed = [
            (at_time(a, k + lag), at_time(b, k))
            for a, b, lag in self.edges
            for k in range(first - lag + 1)
        ]
        bidirected = [
            (at_time(a, k + lag), at_time(b, k))
            for a, b, lag in self.hidden
            for k in range(first - lag + 1)
        ]
        nodes = [at_time(n, k) for n in self.nodes for k in range(first + 1)]
        whole = CausalGraph(nodes, directed=directed, bidirected=bidirected)
        return latent_projection(
            whole, [at_time(n, k) for n in self.nodes for k in range(window + 1, first + 1)]
        )


def at_time(node: str, steps: int) -> str:
    """Return the name of a variable some steps before now: ``X[t]``, ``X[t-2]``."""
    return f"{node}[t-{steps}]" if steps else f"{node}[t]"


def identify_lagged(
    graph: LaggedGraph,
    treatment: str | Iterable[str],
    outcome: str,
    *,
    lag: int,
    duration: int = 1,
    window: int | None = None,
) -> Estimand | Refusal:
    """Return the formula of the effect of the treatment on the outcome ``lag`` steps later, or why there is
    none, by unrolling.

    Args:
        graph: causes with lags.
        treatment: one or more variables, set at the same time.
        outcome: one variable.
        lag: steps from the (first) setting to the outcome.
        duration: for how many steps in a row the treatment is set.
        window: steps before the outcome that are observed; by default the setting and its causes are.

    Raises:
        UsageError: for unknown variables, a lag below 0, or a duration that passes the outcome.
    """
    names = [treatment] if isinstance(treatment, str) else sorted(set(treatment))
    if unknown := sorted({*names, outcome} - set(graph.nodes)):
        raise UsageError(f"the graph has no variable {unknown[0]!r}")
    if lag < 0 or duration < 1 or duration > lag + 1:
        raise UsageError(f"a lag of {lag} steps and a duration of {duration} do not fit together")
    size = lag + max(1, graph.longest) if window is None else window
    if size < lag:
        raise UsageError(f"a window of {size} steps does not hold the setting {lag} steps back")
    set_ = [at_time(n, lag - k) for n in names for k in range(duration)]
    return identify(graph.unroll(size), set_, at_time(outcome, 0))
