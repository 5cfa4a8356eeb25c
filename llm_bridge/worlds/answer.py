"""A question about a self-contained world, answered with every step that led there."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from graph.errors import EtiographError, InputError, RefusedError
from llm_bridge.worlds.align import FAR, Alignment, align
from llm_bridge.worlds.controlled import controlled
from llm_bridge.worlds.finding import Finding, Insufficient
from llm_bridge.worlds.forms import (
    RUNG,
    Asked,
    Given,
    Method,
    Observation,
    WorldKind,
    read_givens,
    read_question,
)
from llm_bridge.worlds.laws import imagine, laws_of
from llm_bridge.worlds.mediation import mediated
from llm_bridge.worlds.rates import Rates, facts_of
from llm_bridge.worlds.reading import World, read_world
from llm_bridge.worlds.solve import Solver, method_sets
from llm_bridge.worlds.tables import kept_together, observations
from llm_bridge.worlds.values import Doubt

__all__ = ["WorldAnswer", "ask_world"]

FORMAT = "etiograph-world-certificate"
VERSION = 1
NEGLIGIBLE = 0.005
"""an effect closer to 0 than this counts as none"""


@dataclass(frozen=True)
class WorldAnswer:
    """An answer about a stated world.

    Attributes:
        answer: "yes", "no", a number as text, or "refused".
        query: the typed question: kind, rung, variables and values, direction.
        claims: what is claimed, one by one, each recomputable from the text's givens.
        explanation: in sentences.
        value: the number behind the answer (a difference or a probability), if there is one.
        reason: why it was refused, else empty.
        trace: the graph and the givens as they were read.
    """

    answer: str
    query: dict[str, Any] = field(default_factory=dict)
    claims: tuple[dict[str, Any], ...] = ()
    explanation: str = ""
    value: float | None = None
    reason: str = ""
    trace: dict[str, Any] = field(default_factory=dict)

    @property
    def answered(self) -> bool:
        """Whether it was not refused."""
        return self.answer != "refused"

    def to_json(self) -> dict[str, Any]:
        """Plain data: ``answer``, ``query``, ``claims``, ``explanation`` and what they rest on."""
        data: dict[str, Any] = {
            "answer": self.answer, "query": self.query, "claims": list(self.claims),
            "explanation": self.explanation,
        }  # fmt: skip
        if self.value is not None:
            data["value"] = round(self.value, 6)
        if self.reason:
            data["reason"] = self.reason
        return data

    def certificate(self) -> dict[str, Any]:
        """Everything needed to check the answer again, with a hash over it."""
        body = {"format": FORMAT, "version": VERSION, **self.to_json(), "world": self.trace}
        text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return {**body, "hash": hashlib.sha256(text.encode()).hexdigest()}

    def to_text(self) -> str:
        """The answer and its explanation."""
        return f"{self.answer.capitalize()}. {self.explanation}"


def ask_world(background: str, given: str, question: str, *, strict: bool = False) -> WorldAnswer:
    """Answer a question about the world that ``background`` and ``given`` state.

    Args:
        background: sentences on direct effects, and on what is unobserved.
        given: probabilities, laws and observations in sentences; may be empty.
        question: one question.
        strict: refuse what needs an assumption besides what is stated (an instrument's ratio, a
            mediation formula with an unobserved common cause) instead of answering with it said.

    A world that contradicts itself, or does not settle the question, gives an answer ``refused`` with the
    reason; nothing is raised for the text's content.
    """
    query: dict[str, Any] = {}
    trace: dict[str, Any] = {}
    try:
        return _Asking(background, given, question, strict, query, trace).run()
    except Insufficient as error:
        reason = f"What is given does not settle the question: {error}."
    except EtiographError as error:
        reason = f"{error.message[:1].upper()}{error.message[1:]}."
        if error.hint:
            reason += f" {error.hint}"
    return WorldAnswer("refused", query, (), reason, None, reason, trace)


_Answering = Callable[[Alignment], WorldAnswer]


class _Asking:
    def __init__(
        self,
        background: str,
        given: str,
        question: str,
        strict: bool,
        query: dict[str, Any],
        trace: dict[str, Any],
    ) -> None:
        self.background, self.given, self.question = background, given, question
        self.strict, self.query, self.trace = strict, query, trace
        self.claims: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self.reading = ""  # of two wordings that the answer hangs on, where both are possible

    def run(self) -> WorldAnswer:
        world = read_world(self.background)
        self.trace["graph"] = {
            "nodes": list(world.names), "edges": [list(e) for e in world.edges],
            "hidden": sorted(world.hidden),
        }  # fmt: skip
        asked = read_question(self.question)
        if asked is None:
            raise InputError(
                f"the question has none of the forms that are read: '{self.question[:200]}'",
                hint='Ask for example "Will A increase the chance of B?"; docs/worlds.md lists the forms.',
            )
        self.query |= {"kind": str(asked.kind), "rung": RUNG[asked.kind]}
        givens, unread = read_givens(self.given)
        if unread:
            self.notes.append(f"not understood and left out: {' '.join(unread)}")
        self.trace["unread"] = list(unread)
        if asked.kind is WorldKind.METHOD:
            return self._method(world, asked, givens)
        givens = observations(givens, world.names, kept_together(world.names))
        way = self._counterfactual if asked.kind is WorldKind.COUNTERFACTUAL else self._quantity
        by = partial(self._by, partial(way, world, asked, givens))
        first = align(world, givens, asked)[0]
        try:
            return self._read(by, first)
        except (Insufficient, InputError):
            # a text gives what its question needs: of readings that fit not much worse, one that answers
            for other in align(world, givens, asked, FAR)[1:]:
                with contextlib.suppress(Insufficient, InputError):
                    return self._read(by, other, first)
            self._read(by, first)
            raise

    def _read(
        self, by: _Answering, alignment: Alignment, first: Alignment | None = None
    ) -> WorldAnswer:
        """Answer by one reading of the phrases; ``first`` is the one that would not do."""
        notes = list(self.notes)
        for phrase, event in alignment.events.items() if first else ():
            if first and first.events[phrase][0] != event[0]:
                self.notes.append(
                    f"'{phrase}' is read as a value of {event[0]}, with which the givens answer the question"
                )
        try:
            answer = by(alignment)
            if not alignment.doubts:
                return answer
            if doubt := _hangs(by, alignment, answer):
                one, two = doubt.phrases
                same = alignment[one] == alignment[two]
                self.reading = f"'{one}' and '{two}' mean {'the same value' if same else 'different values'} of {doubt.name}"
                if self.strict:
                    raise RefusedError(
                        f"it is open whether {self.reading}",
                        hint="Word a value alike in all sentences.",
                    )
            return by(alignment)
        finally:
            self.notes, self.reading = notes, ""

    def _by(self, way: _Answering, alignment: Alignment) -> WorldAnswer:
        """Answer by one reading, and leave no trace of an earlier one."""
        self.claims, notes = [], list(self.notes)
        self.trace["events"] = {p: list(e) for p, e in sorted(alignment.events.items())}
        try:
            return way(alignment)
        finally:
            self.notes = notes

    # -- the three ways of answering

    def _method(self, world: World, asked: Asked, givens: tuple[Given, ...]) -> WorldAnswer:
        x, y = self._variable(world, asked.cause), self._variable(world, asked.effect)
        self.query |= {"cause": x, "effect": y}
        solver = Solver(world, Rates(world, ()))
        if asked.via:
            z = [self._variable(world, p) for p in _listed(world, asked.via)]
            ok, without = solver.methods(x, y, z, ())
            self.query["adjust"] = z
            self._claim("method", adjustment=z, valid=ok)
            self._claim("method", adjustment=[], valid=without)
            verdict = ok and not without
            told = _way(z, ok) + " " + _way([], without)
            return self._done("yes" if verdict else "no", told, None)
        sets = method_sets([g for g in givens if isinstance(g, Method)])
        names = [n.strip().lower() for n in asked.condition.split("|")]
        if any(n not in sets for n in names):
            raise InputError("the question compares methods that are not given")
        zs = [
            [self._variable(world, p) for p in _listed(world, sets[n])] if sets[n] else []
            for n in names
        ]
        both = solver.methods(x, y, zs[0], zs[1])
        self.query["methods"] = zs
        for z, valid in zip(zs, both, strict=True):
            self._claim("method", adjustment=z, valid=valid)
        told = " ".join(_way(z, v) for z, v in zip(zs, both, strict=True))
        if both[0] != both[1]:
            verdict = both[0]
        elif both[0]:
            verdict = len(zs[0]) < len(zs[1])
            told += " Both give the effect; the simpler one needs less."
        else:
            verdict = False
            told += " Neither gives the effect, so the first is not more correct."
        return self._done("yes" if verdict else "no", told, None)

    def _counterfactual(
        self, world: World, asked: Asked, givens: tuple[Given, ...], alignment: Alignment
    ) -> WorldAnswer:
        laws = laws_of(world, alignment)
        if not laws:
            raise Insufficient("no law says what causes what for sure")
        seen = [alignment[g.event] for g in givens if isinstance(g, Observation)]
        action, wanted = alignment[asked.cause], alignment[asked.effect]
        instead = alignment[asked.other] if asked.other else None
        self.query |= {
            "do": dict([action]), "effect": wanted[0], "value": wanted[1], "observed": dict(seen),
        }  # fmt: skip
        self.trace["laws"] = [law.to_json() for law in laws.values()]
        found = imagine(world, laws, seen, action, wanted[0], instead)
        for law in laws.values():
            self._claim("law", **law.to_json())
        for event in seen:
            self._claim("observed", event=list(event))
        self._claim("imagined", do=list(action), state=found.imagined, states=len(found.states))
        phrase = alignment.phrase
        told = []
        if seen:
            told.append(f"Observed: {_and_events(seen, alignment)}.")
        if found.premise:
            self._claim("premise", event=list(instead or ()))
            told.append(f"'{asked.other}' is taken to have been the case.")
        told.append(f"With {phrase(*action)} set, the laws give:")
        steps = [
            phrase(n, v) for n, v in found.imagined.items()
            if n in laws and n != action[0] and (n == wanted[0] or n in world.ancestors[wanted[0]])
        ]  # fmt: skip
        told.append(f"{'; '.join(steps)}." if steps else "nothing changes.")
        yes = found.value == wanted[1]
        return self._done("yes" if yes else "no", " ".join(told), None)

    def _quantity(
        self, world: World, asked: Asked, givens: tuple[Given, ...], alignment: Alignment
    ) -> WorldAnswer:
        facts, notes = facts_of(alignment)
        self.notes += notes
        self.trace["facts"] = [f.to_json() for f in facts]
        rates = Rates(world, facts)
        rates.check()
        solver = Solver(world, rates)
        finding, sign = self._solve(world, asked, alignment, solver)
        if self.strict and finding.assumptions:
            raise Insufficient(f"it needs the assumption that {'; '.join(finding.assumptions)}")
        for text in rates.used:
            fact = rates.used[text]
            self._claim("given", **fact.to_json())
        if finding.method == "graph":
            self._claim("no_path", reason=finding.reason)
        else:
            self._claim(
                "identified", method=finding.method, formula=finding.formula,
                adjustment=list(finding.adjustment), reason=finding.reason,
            )  # fmt: skip
        for assumption in finding.assumptions:
            without = [list(e) for e in finding.without]
            self._claim("assumption", text=assumption, without=without)
        self._claim(
            "value", value=round(finding.value, 6),
            parts={k: round(v, 6) for k, v in finding.parts.items()},
        )  # fmt: skip
        told = f"{finding.reason[:1].upper()}{finding.reason[1:]}."
        if finding.formula:
            told += f" {finding.formula}: "
            told += ", ".join(f"{k} {v:.4g}" for k, v in finding.parts.items())
            if len(finding.parts) > 1:
                told += f", difference {finding.value:+.4g}"
            told += "."
        for assumption in finding.assumptions:
            told += f" Assumed: {assumption}."
        if sign is None:
            return self._done(f"{finding.value:.6g}", told, finding.value)
        return self._done("yes" if sign(finding.value) else "no", told, finding.value)

    def _solve(
        self, world: World, asked: Asked, alignment: Alignment, solver: Solver
    ) -> tuple[Finding, Callable[[float], bool] | None]:
        kind = asked.kind
        y, yv = alignment[asked.effect]
        self.query |= {"effect": y, "value": yv, "direction": asked.direction}
        direction = asked.direction
        # an effect of less than half a percentage point is none at the two digits a text gives
        least = NEGLIGIBLE if RUNG[kind] > 1 else 1e-9
        sign = (lambda v: v * direction >= least) if direction else None
        if kind is WorldKind.MARGINAL:
            found = solver.marginal(y, yv)
            if asked.other and direction:
                return found, lambda v: (v - 0.5) * direction > 1e-9
            return found, sign
        if asked.cause:
            x, xv = alignment[asked.cause]
            self.query |= {"cause": x, "cause_value": xv}
        if kind is WorldKind.CORRELATION:
            if asked.condition == "level":
                return solver.conditional(y, yv, {x: xv}), None
            return solver.contrast(y, yv, x, xv, {}), sign
        if kind is WorldKind.CONDITIONAL:
            group = dict([alignment[asked.group]])
            self.query["group"] = group
            return solver.contrast(y, yv, x, xv, group, "whole"), sign
        if kind is WorldKind.COLLIDER_BIAS:
            self.query |= {"group": dict([alignment[asked.group]]), "negated": asked.negated}
            acts = x in world.ancestors[y]
            reason = (
                f"a stated effect leads from {x} to {y}" if acts else
                f"no stated effect leads from {x} to {y}; what is seen in a selected group does not change that"
            )  # fmt: skip
            finding = Finding(float(acts), "graph", reason)
            return finding, (lambda v: (v > 0) != asked.negated)
        if kind is WorldKind.EFFECT:
            return solver.effect(x, xv, y, yv), sign
        if kind is WorldKind.CONTROLLED:
            m, mv = alignment[asked.condition]
            self.query["held"] = {m: mv}
            return controlled(solver, (x, xv), (y, yv), (m, mv)), sign
        if kind is WorldKind.TREATED:
            gx, gv = alignment[asked.group]
            self.query["group"] = {gx: gv}
            if gx == x and xv == gv and direction:
                self.notes.append(
                    f"'{asked.cause}' says what the group already is; read as its opposite"
                )
            if gx != x:
                raise Insufficient(f"the group is of {gx}, the change of {x}")
            self.query["cause_value"] = 1 - gv
            return solver.treated(gx, gv, y, yv), sign
        through = [self._variable(world, p) for p in _listed(world, asked.via)]
        self.query["through"] = through
        return mediated(solver, x, y, yv, through, x1=xv, direct=kind is WorldKind.DIRECT), sign

    # -- help

    def _variable(self, world: World, text: str) -> str:
        name = world.named(text)
        if name is None:
            alignment = align(world, [Observation(text, text)], None)[0]
            name = alignment[text][0]
        return name

    def _claim(self, kind: str, **data: Any) -> None:
        self.claims.append({"kind": kind, **data})

    def _done(self, answer: str, told: str, value: float | None) -> WorldAnswer:
        if self.reading:
            self._claim("assumption", text=self.reading, without=[])
            told += f" Assumed: {self.reading}; the words leave it open."
        for note in self.notes:
            told += f" Note: {note}."
        self._claim("answer", answer=answer)
        return WorldAnswer(answer, self.query, tuple(self.claims), told, value, "", self.trace)


def _hangs(by: _Answering, alignment: Alignment, answer: WorldAnswer) -> Doubt | None:
    """The doubt about the values of a variable that the answer hangs on, if it hangs on one."""
    for doubt in alignment.doubts:
        with contextlib.suppress(Insufficient, InputError):
            if by(alignment.otherwise(doubt)).answer != answer.answer:
                return doubt
    return None


def _listed(world: World, text: str) -> list[str]:
    if world.named(text) is not None:
        return [text]
    parts = [p for p in text.replace(", and ", " and ").replace(", ", " and ").split(" and ") if p]
    return parts if len(parts) > 1 and all(world.named(p) for p in parts) else [text]


def _way(z: list[str], valid: bool) -> str:
    how = f"Looking case by case according to {' and '.join(z)}" if z else "Looking directly"
    return f"{how} {'gives' if valid else 'does not give'} the effect on the stated graph."


def _and_events(events: list[tuple[str, int]], alignment: Alignment) -> str:
    return " and ".join(alignment.phrase(n, v) for n, v in events)
