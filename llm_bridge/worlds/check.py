"""An independent check of a world's certificate: by whole models instead of formulas.

Nothing of the answering path is used but the certificate. From its graph and givens complete models are made
(a probability for every variable and every state of its causes, hidden ones included) that show the given
probabilities, from several random starts; what was asked is then read off each model by going through all
states of the actual and the imagined world. An identified quantity is the same in all models that agree
with the givens, so a wrong formula, adjustment set or number shows. Laws are checked by going through all
states, ways of looking at data on random models.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["WorldCheck", "check_world"]

Array = npt.NDArray[np.float64]
_TOLERANCE = 0.012
_STARTS = 3
_NEGLIGIBLE = 0.005
_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?(?:e-?\d+)?)\s*(%|percent|per cent)?\s*\.?$", re.I)


@dataclass(frozen=True)
class WorldCheck:
    """What the check found.

    Attributes:
        ok: nothing is wrong.
        problems: what is wrong.
        open: what could not be checked (an assumption, givens that no whole model shows exactly).
        models: complete models that were compared.
    """

    ok: bool
    problems: tuple[str, ...]
    open: tuple[str, ...]
    models: int


class _Model:
    """A complete model over binary variables: state codes have bit ``i`` for node ``i``."""

    def __init__(self, nodes: Sequence[str], edges: Sequence[Sequence[str]]) -> None:
        self.nodes = list(nodes)
        self.at = {n: i for i, n in enumerate(self.nodes)}
        self.pa = [[self.at[a] for a, b in edges if b == n] for n in self.nodes]
        self.order: list[int] = []
        while len(self.order) < len(self.nodes):
            ready = [
                i for i in range(len(self.nodes))
                if i not in self.order and all(p in self.order for p in self.pa[i])
            ]  # fmt: skip
            self.order += ready
        self.start, size = [], 0
        for i in range(len(self.nodes)):
            self.start.append(size)
            size += 2 ** len(self.pa[i])
        self.size = size
        states = np.arange(2 ** len(self.nodes))
        self.bit = (states[:, None] >> np.arange(len(self.nodes))) & 1
        self.cell = np.stack(
            [
                self.start[i]
                + sum((self.bit[:, p] << k for k, p in enumerate(self.pa[i])), 0 * states)
                for i in range(len(self.nodes))
            ],
            axis=1,
        )

    def joint(self, p: Array, do: Mapping[int, int] | None = None) -> Array:
        """Probability of every state, after setting some variables."""
        total = np.ones(len(self.bit))
        for i in range(len(self.nodes)):
            if do and i in do:
                total = total * (self.bit[:, i] == do[i])
            else:
                q = p[self.cell[:, i]]
                total = total * np.where(self.bit[:, i] == 1, q, 1 - q)
        return total

    def mask(self, event: Mapping[str, int]) -> npt.NDArray[np.bool_]:
        """States in which the event holds."""
        found = np.ones(len(self.bit), dtype=bool)
        for n, v in event.items():
            found &= self.bit[:, self.at[n]] == v
        return found

    def two_worlds(
        self, p: Array, do_a: Mapping[int, int], do_b: Mapping[int, int], copied: Sequence[int] = ()
    ) -> list[tuple[float, list[int], list[int]]]:
        """All states of two worlds with common noise: (probability, values in A, values in B).

        ``copied`` take in B the value they have in A.
        """
        n = len(self.nodes)
        found: list[tuple[float, list[int], list[int]]] = [(1.0, [0] * n, [0] * n)]
        for i in self.order:
            after = []
            for weight, a, b in found:
                cell_a = self.start[i] + sum(a[q] << k for k, q in enumerate(self.pa[i]))
                cell_b = self.start[i] + sum(b[q] << k for k, q in enumerate(self.pa[i]))
                for va in (0, 1):
                    wa = float(va == do_a[i]) if i in do_a else _chance(p[cell_a], va)
                    if not wa:
                        continue
                    if i in do_b:
                        options = [(do_b[i], 1.0)]
                    elif i in copied or (cell_a == cell_b and i not in do_a):
                        options = [(va, 1.0)]
                    else:
                        options = [(v, _chance(p[cell_b], v)) for v in (0, 1)]
                    for vb, wb in options:
                        if wb:
                            a2, b2 = a.copy(), b.copy()
                            a2[i], b2[i] = va, vb
                            after.append((weight * wa * wb, a2, b2))
            found = after
        return found


def _chance(p: float, value: int) -> float:
    return float(p if value else 1 - p)


def check_world(certificate: Mapping[str, Any], *, seed: int = 0) -> WorldCheck:
    """Check a certificate of :meth:`llm_bridge.worlds.answer.WorldAnswer.certificate`.

    Args:
        certificate: as written.
        seed: of the random models.
    """
    body = {k: v for k, v in certificate.items() if k != "hash"}
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    problems: list[str] = []
    if hashlib.sha256(text.encode()).hexdigest() != certificate.get("hash"):
        problems.append("the certificate was changed after it was written")
    checker = _Checker(certificate, np.random.default_rng(seed))
    try:
        checker.run()
    except (KeyError, TypeError, ValueError, IndexError) as error:
        checker.problems.append(f"the certificate lacks what it should hold: {error!r}")
    problems += checker.problems
    return WorldCheck(not problems, tuple(problems), tuple(checker.open), checker.models)


class _Checker:
    def __init__(self, certificate: Mapping[str, Any], rng: np.random.Generator) -> None:
        self.c, self.rng = certificate, rng
        self.problems: list[str] = []
        self.open: list[str] = []
        self.models = 0

    def run(self) -> None:
        if self.c["answer"] == "refused":
            self.open.append("a refusal claims nothing")
            return
        claims: dict[str, list[Mapping[str, Any]]] = {}
        for claim in self.c["claims"]:
            claims.setdefault(claim["kind"], []).append(claim)
        said = claims["answer"][0]["answer"]
        if said != self.c["answer"]:
            self.problems.append("the claimed answer is not the answer given")
        kind = self.c["query"]["kind"]
        if kind == "det-counterfactual":
            self._laws(said)
        elif kind == "backadj":
            self._methods(said, claims["method"])
        else:
            self._quantity(kind, said, claims)

    def _expect(self, said: str, yes: bool) -> None:
        if said != ("yes" if yes else "no"):
            self.problems.append(f"the answer should be {'yes' if yes else 'no'}")

    # -- laws: all states that obey them

    def _laws(self, said: str) -> None:
        world, query = self.c["world"], self.c["query"]
        nodes, laws = world["graph"]["nodes"], world["laws"]

        def obeys(state: Mapping[str, int], but: Sequence[str] = ()) -> bool:
            for law in laws:
                name, value = law["effect"]
                if name in but:
                    continue
                met = [state[n] == v for n, v in law["causes"]]
                happens = all(met) if law["joined"] == "and" else any(met)
                if (state[name] == value) != happens:
                    return False
            return True

        ruled = {law["effect"][0] for law in laws}
        states = [
            dict(zip(nodes, v, strict=True)) for v in itertools.product((0, 1), repeat=len(nodes))
        ]
        actual = [
            s for s in states if obeys(s) and all(s[n] == v for n, v in query["observed"].items())
        ]
        for claim in self.c["claims"]:
            if claim["kind"] == "premise":
                name, value = claim["event"]
                actual = [s for s in actual if s[name] == value]
        do = query["do"]
        results = set()
        for a in actual:
            for b in states:
                same = all(b[n] == a[n] for n in nodes if n not in ruled and n not in do)
                if same and all(b[n] == v for n, v in do.items()) and obeys(b, list(do)):
                    results.add(b[query["effect"]])
        if len(results) != 1:
            self.problems.append("the laws and what was observed leave the outcome open")
        else:
            self._expect(said, results.pop() == query["value"])

    # -- ways of looking: what they give on random models

    def _methods(self, said: str, claims: Sequence[Mapping[str, Any]]) -> None:
        graph, query = self.c["world"]["graph"], self.c["query"]
        model = _Model(graph["nodes"], graph["edges"])
        x, y = query["cause"], query["effect"]
        right = []
        for claim in claims:
            z = claim["adjustment"]
            good = not set(z) & set(graph["hidden"])
            for _ in range(_STARTS):
                p = self.rng.uniform(0.1, 0.9, model.size)
                self.models += 1
                truth = self._effect(model, p, x, 1, y, 1)
                got = 0.0
                joint = model.joint(p)
                for values in itertools.product((0, 1), repeat=len(z)):
                    cell = dict(zip(z, values, strict=True))
                    weight = joint[model.mask(cell)].sum()
                    ends = [
                        joint[model.mask({**cell, x: v, y: 1})].sum()
                        / joint[model.mask({**cell, x: v})].sum()
                        for v in (1, 0)
                    ] if x not in cell and y not in cell else [0.0, 1.0]  # fmt: skip
                    got += weight * (ends[0] - ends[1])
                if abs(got - truth) > 1e-6:
                    good = False
            right.append(good)
            if good != claim["valid"]:
                self.problems.append(
                    f"looking by {z or 'nothing'} is claimed {claim['valid']}, is {good}"
                )
        sizes = [len(c["adjustment"]) for c in claims]
        if "adjust" in query:
            self._expect(said, right[0] and not right[1])
        elif right[0] != right[1]:
            self._expect(said, right[0])
        else:
            self._expect(said, right[0] and sizes[0] < sizes[1])

    # -- probabilities: models that show the givens

    def _quantity(self, kind: str, said: str, claims: Mapping[str, Any]) -> None:
        world, query = self.c["world"], self.c["query"]
        claimed = claims["value"][0]["value"]
        method = claims["identified"][0]["method"] if "identified" in claims else "graph"
        for fact in world.get("facts", []):
            found = _NUMBER.search(fact["text"].strip())
            if found:
                value = float(found[1]) / (100 if found[2] else 1)
                if abs(value - fact["probability"]) > 1e-9:
                    self.problems.append(f"the text says otherwise: {fact['text']}")
        for given in claims.get("given", []):
            same = [f for f in world["facts"] if f["text"] == given["text"]]
            if not any(f["probability"] == given["probability"] for f in same):
                self.problems.append(f"a claimed given is not among the givens: {given['text']}")
        direction = query.get("direction", 0)
        if kind == "collider_bias":
            self._expect(said, (claimed > 0) != query["negated"])
        elif said in ("yes", "no") and direction:
            wanted = claimed
            if kind == "marginal":
                wanted = claimed - 0.5
            causal = kind in ("ate", "ett", "nde", "nie", "cde")
            self._expect(said, wanted * direction >= (_NEGLIGIBLE if causal else 1e-9))
        if method == "instrument":
            self._ratio(claims, claimed)
            return
        edges = [tuple(e) for e in world["graph"]["edges"]]
        for claim in claims.get("assumption", []):
            gone = [tuple(e) for e in claim.get("without", [])]
            edges = [e for e in edges if e not in gone]
            self.open.append(f"assumed: {claim['text']}")
        self._models(kind, method, claimed, claims, edges)

    def _ratio(self, claims: Mapping[str, Any], claimed: float) -> None:
        parts = claims["value"][0]["parts"]
        ratio = parts["outcome difference"] / parts["treatment difference"]
        z = claims["identified"][0]["adjustment"][0]
        query, facts = self.c["query"], self.c["world"]["facts"]
        for key, name, value in (
            ("outcome difference", query["effect"], query["value"]),
            ("treatment difference", query["cause"], query["cause_value"]),
        ):
            at = {}
            for f in facts:
                if set(f["target"]) == {name} and set(f["given"]) == {z}:
                    p = f["probability"]
                    at[f["given"][z]] = p if f["target"][name] == value else 1 - p
            if len(at) != 2 or abs(at[1] - at[0] - parts[key]) > 1e-6:
                self.problems.append(f"the {key} does not follow from the givens")
        if abs(ratio - claimed) > 1e-4 * max(1, abs(ratio)):
            self.problems.append("the ratio is not the claimed value")

    def _models(
        self,
        kind: str,
        method: str,
        claimed: float,
        claims: Mapping[str, Any],
        edges: Sequence[Any],
    ) -> None:
        from scipy.optimize import least_squares

        world = self.c["world"]
        model = _Model(world["graph"]["nodes"], edges)
        facts = [(f["target"], f["given"], f["probability"]) for f in world.get("facts", [])]
        masks = [(model.mask({**g, **t}), model.mask(g)) for t, g, _ in facts]
        target = np.array([p for _, _, p in facts])

        def gaps(theta: Array) -> Array:
            p = 1 / (1 + np.exp(-theta))
            joint = model.joint(p)
            shown = np.array([joint[a].sum() / max(joint[b].sum(), 1e-12) for a, b in masks])
            return np.asarray(shown - target)

        tried = 0
        while self.models < _STARTS and tried < 3 * _STARTS:
            tried += 1
            theta = self.rng.normal(0, 1, model.size)
            if facts:
                fit = least_squares(gaps, theta, max_nfev=200)
                theta = fit.x
                if np.abs(gaps(theta)[: len(facts)]).max() > 0.004:
                    continue
            self.models += 1
            value = self._asked(kind, model, 1 / (1 + np.exp(-theta)))
            if method.startswith("bounds"):
                ends = claims["value"][0]["parts"]
                good = ends["low"] - _TOLERANCE <= value <= ends["high"] + _TOLERANCE
            elif kind == "collider_bias":
                good = (abs(value) > 1e-9) == (claimed > 0)
            else:
                good = abs(value - claimed) <= _TOLERANCE
            if not good:
                self.problems.append(
                    f"a model that shows the givens has {value:.4f}, claimed is {claimed:.4f}"
                )
                return
        if not self.models:
            self.open.append("no complete model on the graph shows these givens within 0.4 points")

    def _effect(self, model: _Model, p: Array, x: str, xv: int, y: str, yv: int) -> float:
        at, mask = model.at[x], model.mask({y: yv})
        return float(
            model.joint(p, {at: xv})[mask].sum() - model.joint(p, {at: 1 - xv})[mask].sum()
        )

    def _asked(self, kind: str, model: _Model, p: Array) -> float:
        q = self.c["query"]
        y, yv = q["effect"], q["value"]
        joint = model.joint(p)

        def given(event: Mapping[str, int]) -> float:
            base = model.mask(event)
            return float(joint[base & model.mask({y: yv})].sum() / joint[base].sum())

        if kind == "marginal":
            return given({})
        x, xv = q["cause"], q["cause_value"]
        if kind == "correlation":
            if self.c["answer"] not in ("yes", "no"):
                return given({x: xv})
            return given({x: xv}) - given({x: 1 - xv})
        if kind == "exp_away":
            names = next(c for c in self.c["claims"] if c["kind"] == "value")["parts"]
            rest = {} if "all" in names else {x: 1 - xv}
            return given({x: xv, **q["group"]}) - given({**rest, **q["group"]})
        if kind in ("ate", "collider_bias"):
            return self._effect(model, p, x, xv, y, yv)
        i, j = model.at[x], model.at[y]
        if kind == "cde":
            held = {model.at[n]: v for n, v in q["held"].items()}
            mask = model.mask({y: yv})
            ends = [model.joint(p, {i: v, **held})[mask].sum() for v in (xv, 1 - xv)]
            return float(ends[0] - ends[1])
        if kind == "ett":
            # actual world with the group's value, imagined one with the other
            total = weight = 0.0
            for w, a, b in model.two_worlds(p, {}, {i: xv}):
                if a[i] != xv:
                    weight += w
                    total += w * ((b[j] == yv) - (a[j] == yv))
            return total / weight
        m = [model.at[n] for n in q["through"]]
        low, high = {i: 1 - xv}, {i: xv}
        total = 0.0
        if kind == "nde":
            for w, a, b in model.two_worlds(p, low, high, m):
                total += w * ((b[j] == yv) - (a[j] == yv))
            return total
        # indirect: mediators from the world with the cause, everything else without it
        for w, _, b in model.two_worlds(p, high, low, m):
            total += w * (b[j] == yv)
        for w, a, _ in model.two_worlds(p, low, low):
            total -= w * (a[j] == yv)
        return total
