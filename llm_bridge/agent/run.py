"""One run of the agent: read, plan, approve, act, look further, answer, try to refute, reword.

A LangGraph graph whose state is plain data and whose checkpoints are in SQLite: after a crash or a
cancel the run goes on where it stopped. Everything that happens is in the audit log.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from graph.closing import Closing
from graph.errors import EtiographError, InputError, UsageError
from llm_bridge.agent.audit import AuditLog, questions
from llm_bridge.agent.explore import explore, first_handles
from llm_bridge.agent.graph import compile_graph
from llm_bridge.agent.plan import (
    MOST_STEPS,
    Plan,
    Step,
    hypotheses_by_model,
    plan_by_model,
    plan_by_rules,
)
from llm_bridge.agent.report import Run, kept
from llm_bridge.agent.tools import Abilities, Found, invoke
from llm_bridge.agent.verify import Challenge, refute
from llm_bridge.assist import Read, answer_read, read
from llm_bridge.claims import Answer
from llm_bridge.providers import Budget, Caller, Outgoing, ProviderSpec
from llm_bridge.query import Query
from llm_bridge.roles.rephrasing import Reworded, check_text, known_reader, rephrase
from llm_bridge.roles.translating import known_language

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel

__all__ = ["Agent", "Run"]

Approve = Callable[[Plan], bool]


class _State(TypedDict, total=False):
    run: str
    question: str
    read: dict[str, Any]
    plan: dict[str, Any]
    approved: str
    at: int
    found: list[dict[str, Any]]
    answer: dict[str, Any]
    challenges: list[dict[str, Any]]
    said: str
    reworded: dict[str, Any]
    notes: list[str]
    spent: dict[str, Any]


class _CancelledError(Exception):
    """Somebody asked the run to stop."""


class Agent(Closing):
    """Answers questions with tools, under a plan, a budget and an audit log.

    Args:
        abilities: what may be done with the graph.
        folder: where the audit log and the checkpoints are kept.
        spec: the language model; None works by rules alone.
        model: a LangChain chat model instead of the one ``spec`` names.
        budget: makes the budget of a run.
        show: is shown every plan before any of it runs.
        approve: asked about plans that write (None: the run waits for :meth:`resume`).
        ask_first: whether every plan needs approval.
        explore: further reading calls that a model may make.
        hypotheses: links that a model may propose; each is a step that needs approval.
        reader: whom the answer is reworded for.
        language: code of the question's language.
        may_write: whether a model may plan steps that write (they still need approval).
    """

    def __init__(
        self,
        abilities: Abilities,
        folder: str | Path,
        *,
        spec: ProviderSpec | None = None,
        model: BaseChatModel | None = None,
        budget: Callable[[], Budget] = Budget,
        show: Callable[[Plan], None] | None = None,
        approve: Approve | None = None,
        ask_first: bool = False,
        explore: int = 0,
        hypotheses: int = 0,
        reader: str | None = None,
        language: str = "en",
        may_write: bool = False,
    ) -> None:
        self._reader = known_reader(reader) if reader is not None else None
        self._language = known_language(language)
        self.abilities = abilities
        self.spec = spec
        self.folder = Path(folder)
        self.log = AuditLog(self.folder / "audit.sqlite")
        self._model = model
        self._budget = budget
        self._show = show or (lambda plan: None)
        self._approve = approve
        self._ask_first = ask_first
        self._explore = explore if spec is not None else 0
        self._hypotheses = hypotheses
        self._may_write = may_write
        self._callers: dict[str, tuple[Budget, Caller | None]] = {}
        self._graph: Any = None
        self.running = ""
        """the run that was begun or gone on with last"""
        self._checkpoints: sqlite3.Connection | None = None

    def close(self) -> None:
        """Release the files; safe to call twice."""
        self.log.close()
        if self._checkpoints is not None:
            self._checkpoints.close()
            self._checkpoints = None

    # running -------------------------------------------------------------------------------

    def run(self, question: str, *, conversation: str = "") -> Run:
        """Answer a question.

        Args:
            conversation: questions asked before under the same name are known to this one.

        Raises:
            StoreError: if the graph cannot be read.
        """
        run = uuid.uuid4().hex[:12]
        self.log.add(run, "asked", {"question": question, "conversation": conversation})
        return self._go(run, _first(run, question))

    def resume(self, run: str, *, approve: str | None = None) -> Run:
        """Go on with a run that waits, was cancelled or crashed.

        Args:
            approve: the hash of the plan that is approved, "" to deny it.

        Raises:
            InputError: if there is no such run.
        """
        config = self._config(run)
        if not self.log.entries(run, "asked"):
            raise InputError(f"there is no run {run!r}", hint="etiograph agent --runs lists them.")
        self.log.add(run, "resumed", {"approve": approve})
        state = self._compiled().get_state(config)
        if not state.values:  # it crashed before its first checkpoint
            asked = self.log.entries(run, "asked")[0].body
            return self._go(run, _first(run, str(asked["question"])))
        if "plan" in state.values and "answer" not in state.values:
            self._show(Plan.model_validate(state.values["plan"]))
        waiting = any(t.interrupts for t in state.tasks)
        if not waiting or approve is None:
            return self._result(run) if waiting and self._approve is None else self._go(run, None)
        from langgraph.types import Command

        return self._go(run, Command(resume=approve))

    def cancel(self, run: str) -> None:
        """Ask a run to stop before its next step or call, from any thread or process."""
        self.log.cancel(run)

    def replay(self, run: str) -> list[tuple[Step, bool, str]]:
        """Run the reading steps of a run again and say for each whether it finds the same now.

        Steps that write are not run. No model is asked.

        Raises:
            InputError: if there is no such run.
        """
        done = self.log.entries(run, "step")
        if not self.log.entries(run, "asked"):
            raise InputError(f"there is no run {run!r}")
        compared = []
        for entry in done:
            step = Step.model_validate(entry.body["step"])
            if step.writes:
                continue
            now = self._invoke(step, "a replay")
            same = now.text == entry.body["text"]
            compared.append((step, same, now.text))
        return compared

    def earlier(self, run: str) -> tuple[str, ...]:
        """Questions asked before this run in its conversation, oldest first."""
        return questions(self.log.asked_before(run))

    def _previous(self, run: str) -> Query | None:
        """The typed query of the question before in the same conversation."""
        for asked in reversed(self.log.asked_before(run)):
            for entry in self.log.entries(asked.run, "read"):
                if "query" in entry.body:
                    return Query.model_validate(entry.body["query"])
        return None

    def _go(self, run: str, value: Any) -> Run:
        self.running = run
        graph, config = self._compiled(), self._config(run)
        try:
            graph.invoke(value, config, durability="sync")
            while True:
                state = graph.get_state(config)
                if not any(t.interrupts for t in state.tasks) or self._approve is None:
                    break
                from langgraph.types import Command

                plan = Plan.model_validate(state.values["plan"])
                decision = plan.hash if self._approve(plan) else ""
                graph.invoke(Command(resume=decision), config, durability="sync")
        except _CancelledError:
            self.log.add(run, "stopped", {"why": "cancelled"})
            return self._result(run, "cancelled")
        return self._result(run)

    def _result(self, run: str, status: str = "") -> Run:
        state = self._compiled().get_state(self._config(run))
        values: _State = state.values
        if not status:
            waiting = any(t.interrupts for t in state.tasks)
            denied = values.get("approved") == "" and "answer" not in values
            status = "waiting" if waiting else "denied" if denied else "done"
        reworded = values.get("reworded")
        return Run(
            run,
            status,
            values.get("question", ""),
            Plan.model_validate(values["plan"]) if "plan" in values else None,
            tuple(values.get("found", [])),
            Answer.model_validate(values["answer"]) if "answer" in values else None,
            tuple(Challenge(**c) for c in values.get("challenges", [])),
            Reworded.from_json(reworded) if reworded else None,
            tuple(values.get("notes", [])),
            values.get("spent", {}),
            self.log.head,
        )

    # the graph of steps --------------------------------------------------------------------

    @staticmethod
    def _config(run: str) -> dict[str, Any]:
        return {"configurable": {"thread_id": run}, "recursion_limit": 100}

    def _compiled(self) -> Any:
        if self._graph is None:
            self._graph, self._checkpoints = compile_graph(
                _State,
                {
                    "read": self._guarded(self._read),
                    "plan": self._guarded(self._plan),
                    "approve": self._guarded(self._approval),
                    "act": self._guarded(self._act),
                    "explore": self._guarded(self._look_further),
                    "answer": self._guarded(self._answer),
                    "verify": self._guarded(self._verify),
                    "reword": self._guarded(self._reword),
                },
                self.folder / "checkpoints.sqlite",
            )
        return self._graph

    def _guarded(
        self, work: Callable[[_State], dict[str, Any]]
    ) -> Callable[[_State], dict[str, Any]]:
        def node(state: _State) -> dict[str, Any]:
            if self.log.cancelled(state["run"]):
                raise _CancelledError
            changes = work(state)
            budget, _ = self._caller(state)
            return {**changes, "spent": budget.to_json()}

        return node

    def _caller(self, state: _State) -> tuple[Budget, Caller | None]:
        run = state["run"]
        if run not in self._callers:
            budget = self._budget()
            if state.get("spent"):
                budget.restore(state["spent"])
            caller = None
            if self.spec is not None:
                caller = Caller(
                    self.spec,
                    budget=budget,
                    log=lambda kind, body: _ignore(self.log.add(run, kind, body)),
                    model=self._model,
                    cancelled=lambda: self.log.cancelled(run),
                )
            self._callers[run] = (budget, caller)
        return self._callers[run]

    def _read(self, state: _State) -> dict[str, Any]:
        _, caller = self._caller(state)
        found = read(
            self.abilities.store,
            state["question"],
            caller=caller,
            language=self._language,
            earlier=self.earlier(state["run"]),
            previous=self._previous(state["run"]),
        )
        self.log.add(state["run"], "read", found.to_json())
        return {"read": found.to_json(), "notes": [*state["notes"], *found.notes]}

    def _plan(self, state: _State) -> dict[str, Any]:
        _, caller = self._caller(state)
        found = Read.from_json(state["read"])
        query = found.query
        notes = list(state["notes"])
        plan = plan_by_rules(query if isinstance(query, Query) else None, self._find)
        if caller is not None:
            made = plan_by_model(
                caller,
                found.question,
                self._find,
                earlier=self.earlier(state["run"]),
                may_write=self._may_write,
                explore=self._explore,
            )
            if made.made is not None:
                plan = made.made
            else:
                notes.append(f"planned by rules, because the model did not: {'; '.join(made.why)}")
                plan = plan.model_copy(update={"explore": self._explore})
            if self._hypotheses:
                plan = self._with_hypotheses(plan, caller, state["run"], found.question, notes)
        self._show(plan)
        self.log.add(state["run"], "planned", {"plan": plan.model_dump(mode="json")})
        return {"plan": plan.model_dump(mode="json"), "notes": notes}

    def _with_hypotheses(
        self, plan: Plan, caller: Caller, run: str, question: str, notes: list[str]
    ) -> Plan:
        """The plan with steps that write what the model proposes; they need approval like any."""
        room = min(self._hypotheses, MOST_STEPS - len(plan.steps))
        proposed = hypotheses_by_model(
            caller, question, self._find, most=room, earlier=self.earlier(run)
        )
        if not proposed.made:
            notes.append(f"the model proposed nothing that fits: {'; '.join(proposed.why)}")
            return plan
        steps = tuple(s for s in proposed.made if s not in plan.steps)
        return plan.model_copy(
            update={"steps": (*plan.steps, *steps), "proposals_by": caller.spec.name}
        )

    def _find(self, name: str) -> tuple[str, str]:
        entity = self.abilities.find(name)
        return entity.id, entity.name or entity.id

    def _approval(self, state: _State) -> dict[str, Any]:
        plan = Plan.model_validate(state["plan"])
        if not (plan.writes or self._ask_first):
            return {"approved": plan.hash}
        from langgraph.types import interrupt

        decision = interrupt({"plan": plan.to_text(), "hash": plan.hash})
        approved = plan.hash if decision == plan.hash else ""
        self.log.add(state["run"], "approved" if approved else "denied", {"plan": plan.hash})
        if approved:
            return {"approved": approved}
        notes = [*state["notes"], "the plan was not approved: nothing of it was done"]
        return {"approved": "", "notes": notes}

    def _act(self, state: _State) -> dict[str, Any]:
        plan = Plan.model_validate(state["plan"])
        if state["at"] >= len(plan.steps):
            return {}
        # what was approved is what runs: a changed checkpoint is no approval
        if plan.hash != state["approved"] or not self._was_approved(state["run"], plan):
            raise UsageError("the plan is not the one that was approved", where=state["run"])
        step = plan.steps[state["at"]]
        budget, _ = self._caller(state)
        try:
            budget.before_tool()
        except EtiographError as error:
            notes = [*state["notes"], f"not all steps were run: {error.message}"]
            return {"at": len(plan.steps), "notes": notes}
        found = self._invoke(step, f"agent ({plan.proposals_by or plan.made_by})")
        self.log.add(
            state["run"],
            "step",
            {"step": step.model_dump(mode="json"), "outcome": found.outcome, "text": found.text},
        )
        return {"at": state["at"] + 1, "found": [*state["found"], kept(step.tool, found)]}

    def _was_approved(self, run: str, plan: Plan) -> bool:
        if not (plan.writes or self._ask_first):
            return True
        return any(e.body["plan"] == plan.hash for e in self.log.entries(run, "approved"))

    def _invoke(self, step: Step, who: str) -> Found:
        try:
            return invoke(self.abilities, step.tool, step.arguments, who=who)
        except EtiographError as error:
            return Found(str(error), outcome="failed")

    def _look_further(self, state: _State) -> dict[str, Any]:
        plan = Plan.model_validate(state["plan"])
        _, caller = self._caller(state)
        if caller is None or not plan.explore:
            return {}
        run, found = state["run"], Read.from_json(state["read"])
        query = found.query if isinstance(found.query, Query) else None
        handles = first_handles(found.question, query, self.abilities.find)
        if not handles.candidates:
            return {}

        def run_one(tool: str, ids: dict[str, str]) -> Found:
            step = Step.model_validate({"tool": tool, "arguments": ids})
            result = self._invoke(step, f"agent ({caller.spec.name})")
            body = {"step": step.model_dump(mode="json"), "explored": True}
            self.log.add(run, "step", {**body, "outcome": result.outcome, "text": result.text})
            return result

        done = explore(
            caller,
            Outgoing(found.question),
            handles,
            run_one,
            most=plan.explore,
            on_block=lambda tool, why: _ignore(
                self.log.add(run, "blocked", {"tool": tool, "why": why})
            ),
        )
        notes = list(state["notes"])
        if done.blocked:
            notes.append(f"{len(done.blocked)} calls of the model were not let through")
        if done.stopped:
            notes.append(f"looking further stopped: {done.stopped}")
        more = [kept(tool, one) for tool, _, one in done.ran]
        return {"found": [*state["found"], *more], "notes": notes, "said": done.said}

    def _answer(self, state: _State) -> dict[str, Any]:
        answer = answer_read(self.abilities.store, Read.from_json(state["read"]))
        self.log.add(state["run"], "answered", {"certificate": answer.certificate().hash})
        return {"answer": answer.to_json()}

    def _verify(self, state: _State) -> dict[str, Any]:
        challenges = refute(self.abilities.store, Answer.model_validate(state["answer"]))
        found = [c.to_json() for c in challenges]
        self.log.add(state["run"], "challenged", {"challenges": found})
        return {"challenges": found}

    def _reword(self, state: _State) -> dict[str, Any]:
        _, caller = self._caller(state)
        answer = Answer.model_validate(state["answer"])
        removed = check_text(state.get("said", ""), answer.sentences).removed
        if caller is None or (self._reader is None and not removed):
            return {}
        if self._reader is not None:
            found = rephrase(caller, answer, self._reader)
        else:
            found = Reworded.unchanged(answer.sentences)
        found = replace(found, removed=(*found.removed, *removed))
        self.log.add(state["run"], "reworded", found.to_json())
        return {"reworded": found.to_json()}


def _first(run: str, question: str) -> _State:
    return {"run": run, "question": question, "at": 0, "found": [], "notes": []}


def _ignore(_: object) -> None:
    """A log's hash is not wanted here."""
