"""Questions on the worlds of :mod:`benchmarks.questions_stories`.

Questions are made for every kind that a story's graph allows, with numbers from random models; the gold
answer is read off the model, and only models are used whose answer is clear at the two digits that the text
gives.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.questions_stories import GRAPHS, Story

__all__ = ["make_questions"]


class _Model:
    """Random probabilities over a story's graph; everything by going through all states."""

    def __init__(self, story: Story, rng: np.random.Generator) -> None:
        edges, hidden = GRAPHS[story.graph]
        self.roles = tuple(story.variables)
        self.parents = {r: [e[0] for e in edges.split() if e[1] == r] for r in self.roles}
        self.hidden = hidden
        self.p = {
            r: {pa: rng.uniform(0.05, 0.95) for pa in itertools.product((0, 1), repeat=len(ps))}
            for r, ps in self.parents.items()
        }
        placed: list[str] = []
        while len(placed) < len(self.roles):
            placed += [
                r for r in self.roles
                if r not in placed and all(p in placed for p in self.parents[r])
            ]  # fmt: skip
        self.order = placed

    def states(self, do: dict[str, int] | None = None) -> Iterator[tuple[float, dict[str, int]]]:
        for values in itertools.product((0, 1), repeat=len(self.roles)):
            state = dict(zip(self.roles, values, strict=True))
            weight = 1.0
            for r in self.roles:
                if do and r in do:
                    weight *= state[r] == do[r]
                else:
                    p = self.p[r][tuple(state[q] for q in self.parents[r])]
                    weight *= p if state[r] else 1 - p
            if weight:
                yield weight, state

    def rate(
        self, target: dict[str, int], given: dict[str, int], do: dict[str, int] | None = None
    ) -> float:
        top = bottom = 0.0
        for weight, state in self.states(do):
            if all(state[r] == v for r, v in given.items()):
                bottom += weight
                top += weight * all(state[r] == v for r, v in target.items())
        return top / bottom

    def nested(self, natural: int, mediators: int, via: str) -> float:
        """E[Y] with X at ``natural``, but ``via`` as it would be with X at ``mediators``."""
        total = 0.0
        rest = [r for r in self.order if r not in ("X", "Y", *via) and "X" not in self._up(r)]
        between = [r for r in self.order if r in via or (r not in ("X", "Y") and r not in rest)]
        for values in itertools.product((0, 1), repeat=len(rest) + len(between)):
            state = dict(zip([*rest, *between], values, strict=True))
            weight = 1.0
            for r in (*rest, *between):
                x = mediators if r in via else natural
                p = self.p[r][tuple(x if q == "X" else state[q] for q in self.parents[r])]
                weight *= p if state[r] else 1 - p
            state["X"] = natural
            total += weight * self.p["Y"][tuple(state[q] for q in self.parents["Y"])]
        return total

    def _up(self, role: str) -> set[str]:
        found = set(self.parents[role])
        return found.union(*(self._up(p) for p in found)) if found else found


def background(story: Story) -> str:
    """The story's graph in sentences."""
    edges, hidden = GRAPHS[story.graph]
    told = [
        "Imagine a self-contained, hypothetical world with only the following conditions, and without any "
        "unmentioned factors or causal relationships:"
    ]
    names = {r: v.name for r, v in story.variables.items()}
    for role in story.variables:
        effects = [names[e[1]] for e in edges.split() if e[0] == role]
        if effects:
            listed = (
                " and ".join(effects)
                if len(effects) < 3
                else ", ".join(effects[:-1]) + f" and {effects[-1]}"
            )
            told.append(
                f"{names[role][:1].upper()}{names[role][1:]} has a direct effect on {listed}."
            )
    told += [f"{names[h][:1].upper()}{names[h][1:]} is unobserved." for h in hidden]
    return " ".join(told)


def _percent(p: float) -> str:
    return f"{round(100 * p)}%"


class _Writer:
    def __init__(self, story: Story, rng: np.random.Generator) -> None:
        self.v, self.rng, self.story = story.variables, rng, story
        self.told: list[str] = []

    def event(self, role: str, value: int) -> str:
        return self.v[role].event[1 - value]

    def group(self, role: str, value: int) -> str:
        return self.v[role].group[1 - value]

    def clause(self, role: str, value: int) -> str:
        return self.v[role].clause[1 - value]

    def table(self, model: _Model, target: str, by: str) -> None:
        for values in itertools.product((0, 1), repeat=len(by)):
            given = dict(zip(by, values, strict=True))
            groups = " and ".join(self.group(r, v) for r, v in given.items())
            p = _percent(model.rate({target: 1}, given))
            self.told.append(f"For {groups}, the probability of {self.event(target, 1)} is {p}.")

    def overall(self, model: _Model, role: str) -> None:
        p = _percent(model.rate({role: 1}, {}))
        self.told.append(f"The overall probability of {self.event(role, 1)} is {p}.")


def make_questions(story: Story, number: int, seed: int = 0) -> list[dict[str, Any]]:
    """Return questions of every kind that the story's graph allows, ``number`` of each kind."""
    rng = np.random.default_rng([seed, *story.id.encode()])
    found: list[dict[str, Any]] = []
    kinds = ["marginal", "correlation"]
    if story.graph == "collision":
        kinds += ["collider_bias", "exp_away", "backadj"]
    else:
        kinds += ["ate", "det-counterfactual"]
        kinds += ["backadj"] if story.graph != "fork" else []
        kinds += ["ett"] if story.graph != "IV" else []
        kinds += ["nde"] if story.graph in ("mediation", "arrowhead") else []
        kinds += ["nie"] if story.graph in ("mediation", "chain", "arrowhead", "diamond") else []
    for kind in kinds:
        made = 0
        while made < number:
            writer = _Writer(story, rng)
            record = _one(kind, story, _Model(story, rng), writer)
            if record is None:
                continue
            found.append(
                {
                    "id": f"{story.id}-{story.graph}-{kind}-{made}", "background": background(story),
                    "given_info": " ".join(writer.told), **record, "query_type": kind,
                    "graph_id": story.graph, "story_id": story.id, "nonsense": story.nonsense,
                }
            )  # fmt: skip
            made += 1
    return found


def _one(kind: str, story: Story, model: _Model, w: _Writer) -> dict[str, Any] | None:
    """One question and its gold answer; None if the random model makes it unclear."""
    graph, rng, v = story.graph, w.rng, story.variables
    sign = int(rng.choice([1, -1]))
    if kind == "det-counterfactual":
        return _laws(story, w)
    if kind == "backadj":
        return _looking(story, w)
    if kind == "marginal":
        w.overall(model, "X")
        w.table(model, "Y", "X")
        value = model.rate({"Y": 1}, {}) - 0.5
        way = "more" if sign > 0 else "less"
        text = f"Is {w.event('Y', 1)} {way} likely than {w.event('Y', 0)} overall?"
    elif kind == "correlation":
        w.overall(model, "X")
        if not 0.15 < model.rate({"X": 1}, {}) < 0.85:
            return None
        for x in (0, 1):
            p = _percent(model.rate({"X": x, "Y": 1}, {}))
            w.told.append(f"The probability of {w.event('X', x)} and {w.event('Y', 1)} is {p}.")
        value = model.rate({"Y": 1}, {"X": 1}) - model.rate({"Y": 1}, {"X": 0})
        way = "larger" if sign > 0 else "smaller"
        text = f"Is the chance of {w.event('Y', 1)} {way} when observing {w.event('X', 1)}?"
        if graph == "collision":
            return {"question": text, "answer": "no"}
    elif kind == "exp_away":
        w.overall(model, "X")
        w.table(model, "Y", "XC")
        one = model.rate({"Y": 1}, {"X": 1, "C": 1})
        value = one - model.rate({"Y": 1}, {"X": 0, "C": 1})
        way = "increase" if sign > 0 else "decrease"
        text = f"If we look at {w.group('C', 1)}, does the chance of {w.event('Y', 1)} {way} when {w.event('X', 1)}?"
    elif kind == "collider_bias":
        w.told.append(
            f"For {w.group('C', 1)}, the correlation between {w.event('X', 1)} and {w.event('Y', 1)} is "
            f"{rng.uniform(-0.6, -0.1):.2f}."
        )
        does = "affects" if sign > 0 else "does not affect"
        text = f"If we look at {w.group('C', 1)}, does it mean that {w.event('X', 1)} {does} {w.event('Y', 1)}?"
        return {"question": text, "answer": "no" if sign > 0 else "yes"}
    elif kind in ("ate", "ett"):
        treated = kind == "ett"
        if graph in ("confounding", "diamondcut"):
            w.table(model, "Y", "ZX")
            if treated:
                w.table(model, "Z", "X")
            else:
                w.overall(model, "Z")
        elif graph == "frontdoor":
            w.table(model, "M", "X")
            w.table(model, "Y", "XM")
            w.overall(model, "X")
        elif graph == "IV":
            w.table(model, "Y", "Z")
            w.table(model, "X", "Z")
        else:
            w.table(model, "Y", "X")
        if graph == "IV":
            a = model.rate({"Y": 1}, {"Z": 1}) - model.rate({"Y": 1}, {"Z": 0})
            b = model.rate({"X": 1}, {"Z": 1}) - model.rate({"X": 1}, {"Z": 0})
            value = _effect(model)
            if abs(a) < 0.05 or abs(b) < 0.05 or a / b * value < 0:
                return None
        else:
            value = _effect(model)
        if treated:
            value = -_treated(model, graph)
            way = "more" if sign > 0 else "less"
            text = f"For {w.group('X', 1)}, would it be {way} likely to see {w.event('Y', 1)} if {v['X'].had}?"
        else:
            way = "increase" if sign > 0 else "decrease"
            text = f"Will {w.event('X', 1)} {way} the chance of {w.event('Y', 1)}?"
    else:
        if graph == "diamond":
            # one of two ways: all rates of the graph are given
            w.table(model, "Y", "MW")
            w.table(model, "M", "X")
            w.table(model, "W", "X")
            via = "M"
        elif graph == "arrowhead":
            w.table(model, "Y", "XMZ")
            w.table(model, "M", "XZ")
            w.overall(model, "Z")
            via = "M"
        else:
            w.table(model, "Y", "XM")
            w.table(model, "M", "X")
            via = "M"
        way = "positively" if sign > 0 else "negatively"
        names = {r: x.name for r, x in v.items()}
        base = model.nested(0, 0, via)
        if kind == "nde":
            value = model.nested(1, 0, via) - base
            text = (
                f"If we disregard the mediation effect through {names['M']}, would {names['X']} {way} "
                f"affect {names['Y']}?"
            )
        else:
            value = model.nested(0, 1, via) - base
            text = f"Does {names['X']} {way} affect {names['Y']} through {names['M']}?"
    if abs(value) < 0.04:
        return None
    return {"question": text, "answer": "yes" if value * sign > 0 else "no", "groundtruth": value}


def _effect(model: _Model) -> float:
    return model.rate({"Y": 1}, {}, {"X": 1}) - model.rate({"Y": 1}, {}, {"X": 0})


def _treated(model: _Model, graph: str) -> float:
    """E[Y_1 - Y_0 | X = 1] by the causes of X and Y besides: they are the same in both worlds."""
    common = {"confounding": "Z", "diamondcut": "Z", "frontdoor": "U"}.get(graph, "")
    total = 0.0
    for values in itertools.product((0, 1), repeat=len(common)):
        cell = dict(zip(common, values, strict=True))
        weight = model.rate(cell, {"X": 1}) if cell else 1.0
        total += weight * (
            model.rate({"Y": 1}, cell, {"X": 1}) - model.rate({"Y": 1}, cell, {"X": 0})
        )
    return total


def _laws(story: Story, w: _Writer) -> dict[str, Any] | None:
    rng = w.rng
    model = _Model(story, rng)
    every = {r: bool(rng.integers(2)) for r in model.order}
    laws = [r for r in model.order if model.parents[r]]
    value_of = {r: int(rng.random() < 0.8) for r in laws}
    seen = [r for r in model.order if not model.parents[r] and r != "X"]
    state = {r: int(rng.integers(2)) for r in (*seen, "X")}
    do = int(rng.integers(2))
    first = True
    for r in laws:
        joined = (" and " if every[r] else " or ").join(w.event(p, 1) for p in model.parents[r])
        w.told.append(
            f"{'We know that ' if first else ''}{joined} causes {w.event(r, value_of[r])}."
        )
        first = False
    if rng.integers(2):
        w.told += [f"We observed {w.clause(r, state[r])}." for r in seen]
    elif seen:
        w.told.append(f"We observed {' and '.join(w.clause(r, state[r]) for r in seen)}.")
    for r in model.order:
        if r == "X":
            state[r] = do
        elif r in laws:
            met = [state[p] for p in model.parents[r]]
            happens = all(met) if every[r] else any(met)
            state[r] = value_of[r] if happens else 1 - value_of[r]
    asked = int(rng.integers(2))
    text = f"Would {w.clause('Y', asked)} if {w.event('X', do)} instead of {w.event('X', 1 - do)}?"
    return {"question": text, "answer": "yes" if state["Y"] == asked else "no"}


def _looking(story: Story, w: _Writer) -> dict[str, Any] | None:
    right = {"confounding": ("Z", True), "diamondcut": ("W", True), "mediation": ("M", False),
             "chain": ("M", False), "collision": ("C", False), "arrowhead": ("M", False),
             "diamond": ("M", False)}  # fmt: skip
    by, valid = right.get(story.graph, ("", False))
    if not by:
        return _both_wrong(story, w)
    names = {r: x.name for r, x in story.variables.items()}
    ways = [
        f"We look directly at how {names['X']} correlates with {names['Y']} in general.",
        f"We look at how {names['X']} correlates with {names['Y']} case by case according to {names[by]}.",
    ]
    turned = bool(w.rng.integers(2))
    if turned:
        ways.reverse()
    w.told += [f"Method {i}: {text}" for i, text in enumerate(ways, 1)]
    text = f"To understand how {names['X']} affects {names['Y']}, is it more correct to use the Method 1 than Method 2?"
    first_is_cases = turned
    return {"question": text, "answer": "yes" if first_is_cases == valid else "no"}


def _both_wrong(story: Story, w: _Writer) -> dict[str, Any] | None:
    names = {r: x.name for r, x in story.variables.items()}
    by = "M" if story.graph == "frontdoor" else "Z"
    w.told += [
        f"Method 1: We look directly at how {names['X']} correlates with {names['Y']} in general.",
        f"Method 2: We look at this correlation case by case according to {names[by]}.",
    ]
    text = f"To understand how {names['X']} affects {names['Y']}, is it more correct to use the Method 1 than Method 2?"
    return {"question": text, "answer": "no"}
