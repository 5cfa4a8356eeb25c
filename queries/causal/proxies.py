"""Effects through two proxies of a hidden confounder, and other forms that need more than the graph.

A proxy on the outcome's side and one on the treatment's side of a hidden common cause give the effect if
they tell its levels apart (Kuroki and Pearl, Biometrika 101:423, 2014; Miao, Geng and Tchetgen Tchetgen,
Biometrika 105:987, 2018). That is no identification by the graph alone, and neither is an instrument: each
form says what else it assumes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from graph.causal import CausalGraph
from graph.causal_transform import latent_projection
from graph.errors import CheckFailedError, DataError, UsageError
from queries.causal.expression import Probability, latex_name
from queries.causal.instrumental import conditional_instruments
from queries.causal.results import Audit
from queries.causal.table import Table

__all__ = ["Alternative", "ProximalEstimand", "alternatives", "proximal"]

MODELS = 4
TOLERANCE = 1e-6
SMALLEST = 1e-8
"""singular value, relative to the largest, below which proxies do not tell levels apart"""


@dataclass(frozen=True, slots=True)
class ProximalEstimand:
    """``P(y | do(x))`` by a bridge: what the outcome's proxy says of it, given the treatment.

    Attributes:
        outcome_proxy: tied to the treatment only through the hidden variable.
        treatment_proxy: tied to the outcome only through the hidden variable and the treatment.
        hidden: the confounder that both are proxies of.
        audit: against exact intervention in random models in which the proxies have as many levels as
            the hidden variable.
    """

    treatment: str
    outcome: str
    outcome_proxy: str
    treatment_proxy: str
    hidden: str
    graph: str
    audit: Audit
    method: ClassVar[str] = "proximal"

    @property
    def formula(self) -> str:
        """The bridge in one line."""
        x, y, w, z = self.treatment, self.outcome, self.outcome_proxy, self.treatment_proxy
        return (
            f"P({y} | do({x})) = Σ_{w} h({w}, {y}, {x}) P({w}), where h solves "
            f"Σ_{w} h({w}, {y}, {x}) P({w} | {z}, {x}) = P({y} | {z}, {x}) for every {z}"
        )

    @property
    def latex(self) -> str:
        """The bridge for LaTeX's math mode."""
        x, y, w, z = (
            latex_name(n)
            for n in (self.treatment, self.outcome, self.outcome_proxy, self.treatment_proxy)
        )
        return (
            rf"P({y} \mid \mathrm{{do}}({x})) = \sum_{{{w}}} h({w}, {y}, {x}) P({w}), \quad "
            rf"\sum_{{{w}}} h({w}, {y}, {x}) P({w} \mid {z}, {x}) = P({y} \mid {z}, {x})"
        )

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must hold, in words."""
        return (
            f"The causal graph {self.graph[:11]} is right, the hidden {self.hidden} included.",
            f"{self.treatment_proxy} and {self.outcome_proxy} tell the levels of {self.hidden} apart: in "
            f"every group of {self.treatment} the table of {self.outcome_proxy} by "
            f"{self.treatment_proxy} has as high a rank as {self.hidden} has levels.",
        )

    def evaluate(self, joint: Table) -> Table:
        """Return the effect for a discrete joint distribution of the four variables, batched or not.

        Any solution of the bridge's equation gives the effect; the smallest is taken.

        Raises:
            DataError: if the proxies have nothing to do with each other (a table of rank 1), or no bridge
                solves the equation, which then contradicts the graph.
        """
        x, y, w, z = self.treatment, self.outcome, self.outcome_proxy, self.treatment_proxy

        def axes(of: Probability, names: tuple[str, ...]) -> Any:
            table = of.evaluate(joint)
            return np.transpose(table.values, [0, *(table.names.index(n) + 1 for n in names)])

        by_proxy = axes(Probability((w,), (z, x)), (x, z, w))
        sizes = np.linalg.svd(by_proxy, compute_uv=False)
        if np.min(sizes[..., 1] / sizes[..., 0]) < SMALLEST:
            raise DataError(
                f"{w} and {z} are independent given {x}: they tell no levels of what is hidden apart",
                hint="Find other proxies.",
            )
        wanted = axes(Probability((y,), (z, x)), (x, z, y))
        bridge = np.linalg.pinv(by_proxy, rcond=SMALLEST) @ wanted
        off = float(np.abs(by_proxy @ bridge - wanted).max())
        if off > TOLERANCE:
            raise DataError(
                f"no bridge of {w} explains {y} by {z}: the data are off by {off:.3g} from any",
                hint="The treatment's proxy has more levels than the outcome's can answer; group them.",
            )
        effect = np.einsum("bw,bxwy->bxy", axes(Probability((w,)), (w,)), bridge)
        return Table.make([x, y], effect)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "method": self.method, "treatment": self.treatment, "outcome": self.outcome,
            "outcome_proxy": self.outcome_proxy, "treatment_proxy": self.treatment_proxy,
            "hidden": self.hidden, "graph": self.graph, "formula": self.formula, "latex": self.latex,
            "assumptions": list(self.assumptions), "audit": self.audit.to_json(),
        }  # fmt: skip


def proximal(
    graph: CausalGraph, treatment: str, outcome: str, hidden: Iterable[str], *, seed: int = 0
) -> tuple[ProximalEstimand, ...]:
    """Return the pairs of proxies that the graph allows for a hidden confounder.

    Args:
        graph: acyclic, with the hidden variables as nodes.
        treatment: one observed node.
        outcome: another one.
        hidden: nodes that are not observed.
        seed: of the audit.

    Raises:
        UsageError: for unknown nodes, or a hidden treatment or outcome.
        CheckFailedError: if the audit finds a bridge wrong (an error in etiograph).
    """
    unseen = sorted(graph.nodes[i] for i in graph.indices(hidden))
    graph.indices([treatment, outcome])
    if {treatment, outcome} & set(unseen):
        raise UsageError("treatment and outcome must be observed")
    found = []
    for u in unseen:
        part = latent_projection(graph, [n for n in unseen if n != u])
        if part.has_cycle or part.undirected or part.circle:
            return ()
        rest = [n for n in part.nodes if n not in (u, treatment, outcome)]
        back = part.without_edges(out_of=[treatment])
        if u in part.descendants([treatment]) or not back.m_separated(treatment, outcome, u):
            continue
        for w in rest:
            if part.m_separated(w, u) or not part.m_separated(w, treatment, u):
                continue
            for z in rest:
                if (
                    z != w
                    and part.m_separated(w, z, u)
                    and part.m_separated(w, [treatment, z], u)
                    and part.m_separated(z, outcome, [u, treatment])
                    and not part.m_separated(z, u, treatment)
                ):
                    one = ProximalEstimand(treatment, outcome, w, z, u, graph.hash, Audit(False))
                    found.append(_audited(one, part, seed))
    return tuple(found)


def _audited(one: ProximalEstimand, graph: CausalGraph, seed: int) -> ProximalEstimand:
    """The estimand with its audit: all variables have two levels, the hidden ones included."""
    from queries.causal.audit import exact

    names = {one.treatment, one.outcome, one.outcome_proxy, one.treatment_proxy}
    tables = exact(graph, names, [(), (one.treatment,)], models=MODELS, seed=seed)
    if tables is None:
        audit = Audit(False, reason="exact enumeration would need tables that are too large")
    else:
        seen, done = tables
        gone = set(done.names) - {one.treatment, one.outcome}
        truth = done.sum(gone)
        both = tuple(sorted((one.treatment, one.outcome)))
        off = np.abs(one.evaluate(seen).spread(both) - truth.spread(both)).max()
        if not off <= TOLERANCE:
            raise CheckFailedError(
                f"internal error: the bridge by {one.outcome_proxy} and {one.treatment_proxy} is off by "
                f"{off:.3g} in a simulated model",
                where=one.formula,
            )
        audit = Audit(True, MODELS, seed, float(off))
    return ProximalEstimand(
        one.treatment,
        one.outcome,
        one.outcome_proxy,
        one.treatment_proxy,
        one.hidden,
        one.graph,
        audit,
    )


@dataclass(frozen=True, slots=True)
class Alternative:
    """An answer that needs more than the graph: ``instrumental`` or ``proximal``, and what it assumes."""

    method: str
    text: str
    assumptions: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"method": self.method, "text": self.text, "assumptions": list(self.assumptions)}


def alternatives(
    graph: CausalGraph, treatment: str, outcome: str, hidden: Iterable[str] = ()
) -> tuple[Alternative, ...]:
    """Return what can be had under stronger assumptions where an effect is not identifiable.

    Args:
        graph: acyclic; hidden variables may be nodes of it.
        treatment: one node.
        outcome: another one.
        hidden: nodes that are not observed.
    """
    unseen = list(hidden)
    observed = latent_projection(graph, unseen)
    found = []
    for i in conditional_instruments(observed, treatment, outcome):
        given = f" given {', '.join(i.given)}" if i.given else ""
        slope = f"cov({outcome}, {i.node}{given}) / cov({treatment}, {i.node}{given})".replace(
            " given ", " | "
        )
        found.append(
            Alternative(
                "instrumental",
                f"with {i.node} as an instrument{given} the effect per unit of {treatment} is {slope}",
                (f"The effect of {treatment} on {outcome} is linear and the same for all units.",),
            )
        )
    found += [
        Alternative("proximal", p.formula, p.assumptions[1:])
        for p in proximal(graph, treatment, outcome, unseen)
    ]
    return tuple(found)
