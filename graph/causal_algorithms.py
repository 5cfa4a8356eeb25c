"""Reachability, cycles and separation on index-based adjacency lists.

``table[i]`` holds the indices next to node ``i``; all functions are linear in nodes and edges.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence

__all__ = ["m_connected", "reach", "shortest_loop", "strongly_connected"]

Adjacency = Sequence[Sequence[int]]


def reach(start: Iterable[int], table: Adjacency) -> set[int]:
    """Return ``start`` and all that can be reached from it."""
    found = set(start)
    stack = list(found)
    while stack:
        for j in table[stack.pop()]:
            if j not in found:
                found.add(j)
                stack.append(j)
    return found


def strongly_connected(table: Adjacency, skip: Collection[int] = ()) -> list[list[int]]:
    """Return the strongly connected components of two or more nodes (Tarjan 1972), without
    recursion; nodes in ``skip`` are known to be on no cycle."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    found: list[list[int]] = []
    for root in range(len(table)):
        if root in order or root in skip:
            continue
        work = [(root, iter(table[root]))]
        while work:
            node, following = work[-1]
            if node not in order:
                order[node] = low[node] = len(order)
                stack.append(node)
                on_stack.add(node)
            for child in following:
                if child not in order:
                    work.append((child, iter(table[child])))
                    break
                if child in on_stack:
                    low[node] = min(low[node], order[child])
            else:
                work.pop()
                if work:
                    above = work[-1][0]
                    low[above] = min(low[above], low[node])
                if low[node] == order[node]:
                    part = [stack.pop()]
                    while part[-1] != node:
                        part.append(stack.pop())
                    on_stack.difference_update(part)
                    if len(part) > 1:
                        found.append(sorted(part))
    return found


def shortest_loop(table: Adjacency, component: Collection[int]) -> list[int]:
    """Return a shortest cycle through the first node of a strongly connected component."""
    inside = set(component)
    start = min(inside)
    came: dict[int, int] = {}
    queue = deque([start])
    while queue:
        i = queue.popleft()
        for j in table[i]:
            if j == start:
                path = [i]
                while path[-1] != start:
                    path.append(came[path[-1]])
                return path[::-1]
            if j in inside and j not in came:
                came[j] = i
                queue.append(j)
    raise ValueError("the nodes given are not strongly connected")


def m_connected(
    parents: Adjacency,
    children: Adjacency,
    siblings: Adjacency,
    neighbors: Adjacency,
    start: Iterable[int],
    given: set[int],
) -> set[int]:
    """Return the nodes outside ``given`` that a path open given ``given`` joins to ``start``.

    Walks over states (node, whether it was entered through an arrowhead): a node between two
    arrowheads lets pass if it or a descendant is given, any other node if it is not given.
    """
    opened = reach(given, parents)
    seen: set[tuple[int, bool]] = set()
    queue: list[tuple[int, bool]] = []
    for i in start:
        queue += [(j, True) for j in children[i]] + [(j, True) for j in siblings[i]]
        queue += [(j, False) for j in parents[i]] + [(j, False) for j in neighbors[i]]
    while queue:
        state = queue.pop()
        if state in seen:
            continue
        seen.add(state)
        i, into = state
        through = i not in given
        if through:
            queue += [(j, True) for j in children[i]] + [(j, False) for j in neighbors[i]]
        if i in opened if into else through:
            queue += [(j, False) for j in parents[i]] + [(j, True) for j in siblings[i]]
    return {i for i, _ in seen} - given
