"""Effects when the graph is an equivalence class (CPDAG, PAG) or a MAG: one formula for all members, or the
set of possible answers.

One formula: by adjustment, with the generalised criterion (Perkovic, Textor, Kalisch and Maathuis, JMLR
18:220, 2018); completely, in classes of DAGs by the formula over buckets (Perkovic, UAI 2020, theorem
3.6), in PAGs by :mod:`queries.causal.ancestral`. Otherwise each member, or each way the parents of the treatments may be, has its own answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, islice

from graph.causal import CausalGraph, GraphKind, Mark
from graph.causal_classes import (
    dag_members,
    ends,
    mag_member,
    mag_members,
    oriented,
    parent_sets,
)
from graph.causal_transform import consistent_extension
from graph.errors import InputError, UsageError
from queries.causal import adjustment
from queries.causal.ancestral import identify_in_ancestral
from queries.causal.audit import audit
from queries.causal.bits import BitGraph
from queries.causal.expression import Expression, Probability, Product
from queries.causal.question import assumptions_of
from queries.causal.refusal import unoriented_refusal
from queries.causal.results import Audit, Estimand, Refusal
from queries.causal.simplify import product, quotient, summed

__all__ = ["Found", "by_adjustment", "identify_in_class", "possible_ancestors"]

MOST_AUDITED = 6
"""members of a class that a formula is audited in"""
PATHS = 20_000
"""steps of the search for paths that begin undirected; beyond it a question is not answered"""
MOST_ANSWERS = 200
Names = tuple[str, ...]
Found = tuple[str, Names, Expression]
"""Method, adjustment set and formula."""


def identify_in_class(graph: CausalGraph, x: Names, y: Names, z: Names) -> Estimand | Refusal:
    """Return the one formula that holds in every member, or a refusal with the possible answers.

    Without conditions both are complete: a refusal says that no formula holds in every member
    (:mod:`queries.causal.ancestral` for PAGs and MAGs).
    """
    if graph.kind is GraphKind.CPDAG:
        checked = oriented(graph)
        if checked is None or not consistent_extension(checked):
            raise InputError(
                "no DAG has these edges without a new collider or a cycle",
                hint="It is not the class of any DAG; check how it was learned.",
            )
        graph_, found = checked, _in_dags(checked, x, y, z)
    else:
        graph_, found = graph, by_adjustment(graph, x, y, z) or _in_ancestral(graph, x, y, z)
    if found is None:
        answers, complete = _answers(graph_, x, y, z)
        open_ = graph_.subgraph(possible_ancestors(graph_, (*x, *y, *z)))
        return unoriented_refusal(graph, open_, x, y, z, answers, complete)
    method, adjusted, formula = found
    rests = assumptions_of(graph, x, y, z, method, adjusted)
    what = "DAG" if graph.kind is GraphKind.CPDAG else "causal graph"
    return Estimand(
        treatment=x,
        outcome=y,
        given=z,
        method=method,
        adjustment=adjusted,
        graph=graph.hash,
        expression=formula,
        assumptions=(
            f"The {graph.kind} {graph.hash[:11]} is right: one of its members is the {what} of these "
            f"variables. The formula is the same in all of them.",
            *rests[1:],
        ),
        audit=_audit(graph_, x, y, z, formula),
    )


def possible_ancestors(graph: CausalGraph, nodes: Names) -> set[str]:
    """Nodes that cause one of ``nodes`` in some graph of the class, or may; ``nodes`` included."""
    turned: Steps = {n: set() for n in graph.nodes}
    for a, after in _steps(graph).items():
        for b in after:
            turned[b].add(a)
    return _reach(turned, nodes)


Steps = dict[str, set[str]]


def _steps(graph: CausalGraph) -> Steps:
    """Node -> nodes that it may be a direct cause of: the edge has no arrowhead at the node, and no tail
    at the other end unless it is undirected."""
    found: Steps = {n: set() for n in graph.nodes}
    at = ends(graph)
    for (a, b), mark in at.items():
        if at[b, a] is not Mark.ARROW and (mark is not Mark.TAIL or at[b, a] is Mark.TAIL):
            found[a].add(b)
    return found


def _reach(steps: Steps, nodes: Names, without: Names = ()) -> set[str]:
    found = set(nodes)
    stack = list(nodes)
    while stack:
        fresh = steps[stack.pop()] - found - set(without)
        found |= fresh
        stack += fresh
    return found


def _visible(graph: CausalGraph, a: str, b: str) -> bool:
    """Whether a --> b certainly has no hidden common cause beside it (Zhang, JMLR 9:1437, 2008)."""
    at = ends(graph)
    if not (at[a, b] is Mark.ARROW and at[b, a] is Mark.TAIL):
        return False
    if graph.kind is GraphKind.CPDAG:
        return True
    # a path into a whose inner nodes are colliders and parents of b, from a node not joined to b
    seen, stack = {a}, [a]
    while stack:
        node = stack.pop()
        for c in graph.nodes:
            if c in seen or c == b or at.get((c, node)) is not Mark.ARROW:
                continue
            if (c, b) not in at:
                return True
            parent = at[c, b] is Mark.ARROW and at[b, c] is Mark.TAIL
            if parent and at[node, c] is Mark.ARROW:
                seen.add(c)
                stack.append(c)
    return False


# classes of DAGs ---------------------------------------------------------------------------


def _in_dags(graph: CausalGraph, x: Names, y: Names, z: Names) -> Found | None:
    """The formula that holds in every DAG of the class, None if there is none."""
    if not z and not _reach(_steps(graph), x) & set(y):
        return "no-effect", (), Probability(y)
    if _begins_undirected(graph, x, (*y, *z)):
        # of a conditional effect the joint one may differ between members and the conditional not
        return _agreed(graph, x, y, z) if z else None
    member = consistent_extension(graph)
    if (found := _adjusted(graph, member, x, y, z)) is not None:
        return found
    joint = _buckets(graph, x, (*y, *z))
    return "general", (), quotient(joint, summed(y, joint)) if z else joint


def _begins_undirected(graph: CausalGraph, x: Names, y: Names) -> bool:
    """Whether a proper possibly causal path from x to y begins with an undirected edge: no edge of it, nor
    between two of its nodes, points backwards."""
    steps = _steps(graph)
    parents = {n: set(graph.parents(n)) for n in graph.nodes}
    budget = PATHS
    stack = [[a, b] for a in x for b in graph.neighbors(a) if b not in x]
    while stack:
        budget -= 1
        if not budget:
            return True  # too many paths to tell: then the question is left open
        path = stack.pop()
        if path[-1] in y:
            return True
        further = sorted(steps[path[-1]] - set(x) - set(path))
        stack += [[*path, n] for n in further if not any(n in parents[m] for m in path)]
    return False


def _buckets(graph: CausalGraph, x: Names, y: Names) -> Expression:
    """The formula of P(y | do(x)): one factor for each undirected component of y's ancestors."""
    free = graph.subgraph([n for n in graph.nodes if n not in x])
    wanted = set(free.ancestors(y))
    factors: list[Expression] = []
    order: list[str] = []
    left = sorted(wanted)
    while left:
        whole, stack = {left[0]}, [left[0]]
        while stack:
            fresh = set(graph.neighbors(stack.pop())) - whole
            whole |= fresh
            stack += sorted(fresh)
        bucket = tuple(sorted(whole & wanted))
        left = [n for n in left if n not in whole]
        order += bucket
        above = {p for n in bucket for p in graph.parents(n)} - set(bucket)
        factors.append(Probability(bucket, tuple(sorted(above))))
    return summed(tuple(n for n in order if n not in y), product(factors))


def _agreed(graph: CausalGraph, x: Names, y: Names, z: Names) -> Found | None:
    """The formula if all ways that the parents of x may be give the same one."""
    found: dict[str, Found] = {}
    for number, (_, part) in enumerate(parent_sets(graph, (*x, *z))):
        if number == MOST_ANSWERS:
            return None
        one = _in_dags(part, x, y, z) if part != graph else None
        if one is None:
            return None
        found[one[2].text()] = one
    return next(iter(found.values())) if len(found) == 1 else None


def _adjusted(
    graph: CausalGraph, member: CausalGraph, x: Names, y: Names, z: Names
) -> Found | None:
    """Adjustment that is valid in every member: nothing that may be caused on the way, and all other
    paths of one member blocked."""
    steps = _steps(graph)
    first = tuple({b for a in x for b in steps[a]} - set(x))
    back: Steps = {n: set() for n in graph.nodes}
    for a, after in steps.items():
        for b in after:
            back[b].add(a)
    on_paths = _reach(steps, first, x) & _reach(back, y, x)
    forbidden = _reach(steps, tuple(on_paths)) | set(x) | set(y)
    if forbidden & set(z) or (z and _reach(steps, x) & set(z)):
        return None
    g = BitGraph.of(member)
    mx, my, mz = (g.mask(n) for n in (x, y, z))
    usable = g.all & ~g.mask(_reach(steps, x) if z else forbidden)
    chosen = adjustment.smallest(g, mx, my, allowed=usable, always=mz)
    if chosen is None:
        return None
    held = tuple(sorted(g.named(chosen & ~mz)))
    inner = Probability(y, (*x, *held, *z))
    factors: tuple[Expression, ...] = (inner, Probability(held, z)) if held else (inner,)
    return "backdoor", held, summed(held, Product(factors) if held else inner)


# ancestral graphs --------------------------------------------------------------------------


def by_adjustment(graph: CausalGraph, x: Names, y: Names, z: Names) -> Found | None:
    """No effect, or adjustment, in every member of a PAG (or for a MAG)."""
    steps = _steps(graph)
    if not z and not _reach(steps, x) & set(y):
        return "no-effect", (), Probability(y)
    back: Steps = {n: set() for n in graph.nodes}
    for a, after in steps.items():
        for b in after:
            back[b].add(a)
    to_y = _reach(back, y, x)
    if any(not _visible(graph, a, b) for a in x for b in steps[a] & to_y - set(x)):
        return None
    member = graph if graph.kind is GraphKind.MAG else mag_member(graph)
    return _adjusted(graph, member, x, y, z)


def _in_ancestral(graph: CausalGraph, x: Names, y: Names, z: Names) -> Found | None:
    joint = identify_in_ancestral(graph, x, (*y, *z), lambda a, b: _visible(graph, a, b))
    if joint is None:
        return None
    return "general", (), quotient(joint, summed(y, joint)) if z else joint


# what is said about it ---------------------------------------------------------------------


def _answers(
    graph: CausalGraph, x: Names, y: Names, z: Names
) -> tuple[list[dict[str, object]], bool]:
    """The formulas that members have, and whether these are all."""
    found: list[dict[str, object]] = []
    if graph.kind is GraphKind.CPDAG:
        for parents, part in parent_sets(graph, x):
            if len(found) == MOST_ANSWERS:
                return found, False
            one = _in_dags(part, x, y, z)
            if one is not None:
                known = {n: list(p) for n, p in sorted(parents.items())}
                found.append({"parents": known, "formula": one[2].text((*x, *y, *z))})
        return found, True
    if graph.kind is not GraphKind.PAG or len(graph.nodes) > 8:
        return [], False
    try:
        members = list(mag_members(graph))
    except (UsageError, InputError):
        return [], False
    counts: dict[str, int] = {}
    for one_mag in members:
        answer = by_adjustment(one_mag, x, y, z)
        text = answer[2].text((*x, *y, *z)) if answer else ""
        counts[text] = counts.get(text, 0) + 1
    found = [{"members": n, "formula": text or None} for text, n in sorted(counts.items())]
    return found, True


def confounded(mag: CausalGraph, order: Iterable[tuple[str, str]]) -> CausalGraph:
    """Return a causal graph with this MAG: its edges, and a hidden common cause beside each edge of ``order``
    that leaves what is separated apart, given those before it."""
    found = CausalGraph(mag.nodes, directed=mag.directed, bidirected=mag.bidirected)
    for edge in order:
        if _visible(mag, *edge):
            continue
        more = CausalGraph(mag.nodes, directed=mag.directed, bidirected=[*found.bidirected, edge])
        if not any(_inducing(more, a, b) for a, b in combinations(mag.nodes, 2) if not mag.adjacent(a, b)):  # fmt: skip
            found = more
    return found


def _inducing(graph: CausalGraph, a: str, b: str) -> bool:
    """Whether a path of colliders that are ancestors of a or b joins the two: then nothing separates them."""
    inner = graph.ancestors((a, b)) - {a, b}
    seen = {n for n in (*graph.children(a), *graph.siblings(a)) if n in inner}
    stack = sorted(seen)
    while stack:
        node = stack.pop()
        if b in graph.siblings(node) or b in graph.parents(node):
            return True
        fresh = [n for n in graph.siblings(node) if n in inner and n not in seen]
        seen.update(fresh)
        stack += fresh
    return False


def _audit(graph: CausalGraph, x: Names, y: Names, z: Names, formula: Expression) -> Audit:
    """The formula held against interventions in several members."""
    if graph.kind is GraphKind.CPDAG:
        members = list(islice(dag_members(graph), MOST_AUDITED))
    else:
        mag = graph if graph.kind is GraphKind.MAG else mag_member(graph)
        members = [confounded(mag, order) for order in ((), mag.directed, mag.directed[::-1])]
    done: list[Audit] = []
    for member in members:
        part = member.subgraph(member.ancestors((*x, *y, *z, *formula.variables)))
        g = BitGraph.of(part)
        mx, my, mz = (g.mask(n) for n in (x, y, z))
        done.append(audit(g, mx, my, mz, formula))
    worst = [a.worst_error for a in done if a.worst_error is not None]
    if not worst:
        return done[0]
    held = [a for a in done if a.performed]
    return Audit(True, sum(a.models for a in held), 0, max(worst), levels=held[0].levels)
