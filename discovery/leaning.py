"""Directions that the data leave open, taken from graded priors.

Members of an equivalence class fit the data equally well, so that between them the prior alone decides. An
undirected edge whose two directions differ by at least :data:`LEAST` in prior log odds is directed that
way, the clearest first, each followed by Meek's rules (Meek 1995, UAI), so that no new collider and no
cycle comes about: the result is still in the class that the search found. Under hard knowledge it is not
always known which open triples are colliders: then nothing is concluded from them, and a direction that would
make a collider of one is left out. Such directions are
marked as coming from knowledge and are never proposed as discovered.
"""

from __future__ import annotations

import math

import numpy as np

from discovery.algorithms.base import Learned
from discovery.knowledge import Knowledge
from discovery.marks import ARROW, CIRCLE, TAIL, Marks, arrows
from discovery.orientation import Reason, orient

__all__ = ["LEAST", "lean"]

LEAST = math.log(1.5)
"""Log odds between the two directions of an edge: below it stays undirected. Chosen with the strength of
priors (``benchmarks/prior_strength.py``)."""


def lean(learned: Learned, columns: tuple[str, ...], knowledge: Knowledge) -> None:
    """Direct undirected edges of ``learned`` in place. Graphs with circles or hidden causes are left as
    they are, since there an undirected end does not mean "either way"."""
    marks = learned.marks
    if (marks == CIRCLE).any() or ((marks == ARROW) & (marks.T == ARROW)).any():
        return
    log_odds = knowledge.log_odds(columns)
    favour = log_odds - log_odds.T
    open_ = (marks == TAIL) & (marks.T == TAIL) & (favour >= LEAST)
    # by name, not by position: the order of columns does not matter
    wanted = sorted(
        ((int(i), int(j)) for i, j in np.argwhere(open_)),
        key=lambda e: (-favour[e], columns[e[0]], columns[e[1]]),
    )
    allowed = knowledge.allowed(columns)
    reasons = dict(learned.reasons)
    for i, j in wanted:
        if marks[i, j] == TAIL and marks[j, i] == TAIL and allowed[i, j]:
            marks = _pointed(marks, i, j, sure=not knowledge.constrains)
    for i, j in np.argwhere(arrows(marks) & ~arrows(learned.marks)):
        edge = (int(i), int(j))
        reasons[edge] = Reason("by its prior" if edge in wanted else "by priors nearby", edge)
    learned.marks, learned.reasons = marks, reasons


def _pointed(marks: Marks, i: int, j: int, *, sure: bool) -> Marks:
    """Return the graph with ``i -> j`` and what follows from it, or as it was if that makes a collider.

    ``sure``: every unshielded triple that is no collider yet is none.
    """
    directed = arrows(marks)
    fixed = ~directed.T
    fixed[j, i] = False

    def status(x: int, y: int, z: int) -> bool | None:
        return bool(directed[x, y] and directed[z, y]) or (False if sure else None)

    found = orient(marks != 0, status, fixed).marks
    return marks if _new_collider(marks, found) else found


def _new_collider(before: Marks, after: Marks) -> bool:
    """Whether an arrow that ``before`` does not have meets another one from a node that is not adjacent."""
    into = arrows(after)
    for x, y in np.argwhere(into & ~arrows(before)):
        others = into[:, y] & (after[:, x] == 0)
        others[x] = False
        if others.any():
            return True
    return False
