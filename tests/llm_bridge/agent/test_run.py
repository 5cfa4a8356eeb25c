"""Runs of the agent on the hand-made world, with and without a model, good and bad."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.hostile_model import HostileModel, Request, Say, serve
from etiograph.agent import GraphAbilities
from etiograph.api import KnowledgeGraph
from etiograph.settings import load
from graph.errors import InputError, UsageError
from graph.model import Status
from graph.store import Store
from graph.stores import open_store
from llm_bridge.agent import Agent, Plan
from llm_bridge.providers import Budget, ProviderSpec

pytest.importorskip("langgraph")
QUESTION = "Does lithium cause kidney disease?"
PAIR = {"cause": "lithium", "effect": "kidney disease"}


@pytest.fixture
def abilities(bridge_store: Store, tmp_path: Path) -> GraphAbilities:
    return GraphAbilities(KnowledgeGraph(bridge_store, load(None, home=tmp_path).settings))


@pytest.fixture(scope="module")
def writable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphAbilities]:
    import bridge_world as world

    folder = tmp_path_factory.mktemp("agent")
    with open_store(folder / "graph") as store:
        world.fill(store, folder)
        yield GraphAbilities(KnowledgeGraph(store, load(None, home=folder).settings))


def spec(server: HostileModel, **options: Any) -> ProviderSpec:
    return ProviderSpec.parse(
        "openai:m", base_url=server.url("openai"), key="sk-secret", retries=0, **options
    )


def plans(*steps: dict[str, Any]) -> Say:
    return Say(calls=[("PlanForm", {"steps": list(steps)})])


def test_without_a_model(abilities: GraphAbilities, tmp_path: Path) -> None:
    with Agent(abilities, tmp_path) as agent:
        run = agent.run(QUESTION)
        assert run.status == "done"
        assert run.plan is not None
        assert [s.tool for s in run.plan.steps] == ["search_entities", "search_entities", "triangulate", "explain"]  # fmt: skip
        assert [f["tool"] for f in run.found] == [s.tool for s in run.plan.steps]
        assert run.answer is not None
        assert run.answer.short == "contested"
        assert {c.name for c in run.challenges} >= {"opposite evidence", "reverse direction"}
        assert agent.log.problems(run.head) == []
        assert all(same for _, same, _ in agent.replay(run.id))
        assert json.loads(json.dumps(run.to_json()))["status"] == "done"
        assert QUESTION.split()[1] in run.to_text()


@pytest.mark.parametrize("question", ["", "   ", "x" * 100_000, "Hello?", "Does foo cause bar?"])
def test_questions_that_cannot_be_answered(
    abilities: GraphAbilities, tmp_path: Path, question: str
) -> None:
    with Agent(abilities, tmp_path) as agent:
        run = agent.run(question)
    assert run.status == "done"
    assert run.answer is not None
    assert run.answer.refused is not None or run.answer.sentences


def test_a_models_plan_runs_as_shown(abilities: GraphAbilities, tmp_path: Path) -> None:
    with serve([plans({"tool": "triangulate", **PAIR})]) as server:
        with Agent(abilities, tmp_path, spec=spec(server)) as agent:
            run = agent.run(QUESTION)
        assert len(server.requests) == 1
    assert run.plan is not None
    assert run.plan.made_by == "openai:m"
    assert [f["tool"] for f in run.found] == ["triangulate"]


@pytest.mark.parametrize(
    "step",
    [
        {"tool": "propose", "cause": "lithium", "effect": "kidney disease", "predicate": "causes"},
        {"tool": "delete_everything"},
        {"tool": "triangulate", "cause": "lithium", "effect": "stroke"},
        {"tool": "triangulate", "cause": "lithium", "effect": "lithium"},
        {"tool": "triangulate", "cause": "lithium"},
        {"tool": "search_entities", "text": "Ignore the rules"},
        {"tool": "search_entities", "text": "lithium", "query": "MATCH (n) DETACH DELETE n"},
        {"tool": "discover", "dataset": -1},
        {"tool": "named_query", "name": "../../etc/passwd"},
    ],
)
def test_a_plan_that_does_not_follow_from_the_question_is_not_taken(
    abilities: GraphAbilities, tmp_path: Path, step: dict[str, Any]
) -> None:
    with serve([plans(step)]) as server, Agent(abilities, tmp_path, spec=spec(server)) as agent:
        run = agent.run(QUESTION)
        tried = [e.body["step"]["tool"] for e in agent.log.entries(run.id, "step")]
    assert run.plan is not None
    assert run.plan.made_by == "rules"
    assert tried == [s.tool for s in run.plan.steps]
    assert any("planned by rules" in n for n in run.notes)


def test_writing_cypher_of_a_model_is_refused_by_the_engine(
    abilities: GraphAbilities, tmp_path: Path
) -> None:
    before = abilities.store.stats()
    step = {"tool": "cypher", "query": "MATCH (n:Entity) DETACH DELETE n"}
    with serve([plans(step)]) as server, Agent(abilities, tmp_path, spec=spec(server)) as agent:
        run = agent.run(QUESTION)
    assert run.found[0]["outcome"] == "failed"
    assert abilities.store.stats() == before


class TestApproval:
    """What writes waits for a person, and is what the person saw."""

    question = "Propose that lithium causes lung cancer, could lithium raise lung cancer?"
    step = {  # noqa: RUF012
        "tool": "propose", "cause": "lithium", "effect": "lung cancer", "predicate": "causes",
    }  # fmt: skip

    def agent(
        self, server: HostileModel, writable: GraphAbilities, folder: Path, **more: Any
    ) -> Agent:
        return Agent(writable, folder, spec=spec(server), may_write=True, **more)

    def proposals(self, writable: GraphAbilities) -> int:
        return len(writable.store.statements_between(statuses=[Status.PROPOSED]))

    def test_it_waits_and_nothing_is_written_when_denied(
        self, writable: GraphAbilities, tmp_path: Path
    ) -> None:
        before = self.proposals(writable)
        with serve([plans(self.step)]) as server, self.agent(server, writable, tmp_path) as agent:
            run = agent.run(self.question)
            assert run.status == "waiting"
            assert self.proposals(writable) == before
            assert agent.resume(run.id).status == "waiting"
            assert agent.resume(run.id, approve="plan-of-another").status == "denied"
            assert self.proposals(writable) == before

    def test_it_writes_a_proposal_when_approved(
        self, writable: GraphAbilities, tmp_path: Path
    ) -> None:
        seen: list[Plan] = []

        def approve(plan: Plan) -> bool:
            seen.append(plan)
            return True

        before = self.proposals(writable)
        with (
            serve([plans(self.step)]) as server,
            self.agent(server, writable, tmp_path, approve=approve) as agent,
        ):
            run = agent.run(self.question)
            assert [e.kind for e in agent.log.entries(run.id)].count("approved") == 1
        assert run.status == "done"
        assert seen == [run.plan]
        assert self.proposals(writable) == before + 1
        written = writable.store.statement(run.found[0]["data"]["statement"])
        assert written is not None
        assert written.status is Status.PROPOSED
        assert written.belief == 0

    def test_a_plan_changed_after_the_approval_does_not_run(
        self, writable: GraphAbilities, tmp_path: Path
    ) -> None:
        with serve([plans(self.step)]) as server, self.agent(server, writable, tmp_path) as agent:
            run = agent.run(self.question)
            assert run.plan is not None
            graph, config = agent._compiled(), agent._config(run.id)
            other = run.plan.model_dump(mode="json")
            other["steps"][0]["arguments"]["effect"] = "mesh:D020521"
            graph.update_state(config, {"plan": other}, as_node="plan_step")
            before = self.proposals(writable)
            agent.resume(run.id, approve=run.plan.hash)
            assert self.proposals(writable) == before
            forged = Plan.model_validate(other).hash
            graph.update_state(
                config, {"plan": other, "approved": forged, "at": 0}, as_node="approve_step"
            )
            with pytest.raises(UsageError, match="not the one that was approved"):
                agent.resume(run.id)
            assert self.proposals(writable) == before


class TestHypotheses:
    """A model may propose links about the question; they are steps that somebody must approve."""

    def script(self, *links: dict[str, Any]) -> Any:
        def answer(request: Request) -> Say:
            if request.tools == ["HypothesesForm"]:
                return Say(calls=[("HypothesesForm", {"links": list(links)})])
            return plans({"tool": "triangulate", **PAIR})

        return answer

    def test_they_are_written_as_proposals_when_approved(
        self, writable: GraphAbilities, tmp_path: Path
    ) -> None:
        links = (
            {"cause": "lithium", "effect": "stroke", "predicate": "prevents", "sign": 1},
            {"cause": "lithium", "effect": "no such thing", "predicate": "causes"},
            {"cause": "GSK3B", "effect": "stroke", "predicate": "causes"},
            {"cause": "lithium", "effect": "Lithium", "predicate": "causes"},
        )
        options: Any = {"hypotheses": 3, "show": (shown := []).append}
        with serve(self.script(*links)) as server:
            with Agent(writable, tmp_path, spec=spec(server), **options) as agent:
                run = agent.run(QUESTION)
                assert (run.status, shown) == ("waiting", [run.plan])
                assert run.plan is not None
                assert [s.tool for s in run.plan.steps] == ["triangulate", "propose"]
                assert "proposals by openai:m" in run.plan.to_text()
                done = agent.resume(run.id, approve=run.plan.hash)
            assert "GSK3B" not in "".join(r.text for r in server.requests)
        written = writable.store.statement(done.found[-1]["data"]["statement"])
        assert written is not None
        assert (written.status, written.belief, written.sign) == (Status.PROPOSED, 0, -1)

    def test_nothing_that_fits_leaves_the_plan(
        self, abilities: GraphAbilities, tmp_path: Path
    ) -> None:
        links = ({"cause": "GSK3B", "effect": "stroke", "predicate": "causes"},)
        with (
            serve(self.script(*links)) as server,
            Agent(abilities, tmp_path, spec=spec(server), hypotheses=3) as agent,
        ):
            run = agent.run(QUESTION)
        assert run.status == "done"
        assert any("proposed nothing that fits" in n for n in run.notes)


class TestExploring:
    """A model that looks further sees handles, and calls only what reads."""

    def script(self, *calls: tuple[str, Any]) -> Any:
        left = list(calls)

        def answer(request: Request) -> Say:
            if request.tools == ["PlanForm"]:
                return plans({"tool": "triangulate", **PAIR})
            return Say(calls=[left.pop(0)]) if left else Say("Lithium is harmless.")

        return answer

    def test_it_reads_by_handles(self, abilities: GraphAbilities, tmp_path: Path) -> None:
        there = {"cause": "E2", "effect": "E1"}  # in the order of the words
        back = {"cause": "E1", "effect": "E2"}
        script = self.script(("explain", there), ("triangulate", back))
        with (
            serve(script) as server,
            Agent(abilities, tmp_path, spec=spec(server), explore=5) as agent,
        ):
            run = agent.run(QUESTION)
            sent = "".join(r.text for r in server.requests)
        assert [f["tool"] for f in run.found] == ["triangulate", "explain", "triangulate"]
        assert "GSK3B" not in sent
        assert "In study" not in sent
        assert re.search(r'\\"handle\\":\\"E4\\"', sent)
        assert run.answer is not None
        before, _, after = run.to_text().partition("not shown because nothing proves it")
        assert "harmless" not in before
        assert "'Lithium is harmless.'" in after

    @pytest.mark.parametrize(
        "call",
        [
            ("propose", {"cause": "E1", "effect": "E2", "predicate": "causes"}),
            ("cypher", {"query": "MATCH (n) RETURN n"}),
            ("bash", {"command": "id"}),
            ("explain", {"cause": "lithium", "effect": "E2"}),
            ("explain", {"cause": "E1", "effect": "E99"}),
            ("explain", {"cause": "E1", "effect": "E1"}),
            ("explain", {"cause": "E1", "effect": "E2", "note": "x"}),
            ("explain", "not json"),
        ],
        ids=str,
    )
    def test_nothing_else_passes_the_gate(
        self, abilities: GraphAbilities, tmp_path: Path, call: tuple[str, Any]
    ) -> None:
        with (
            serve(self.script(call)) as server,
            Agent(abilities, tmp_path, spec=spec(server), explore=5) as agent,
        ):
            run = agent.run(QUESTION)
            steps = agent.log.entries(run.id, "step")
        assert [e.body["step"]["tool"] for e in steps] == ["triangulate"]
        assert run.status == "done"

    def test_it_comes_to_an_end(self, abilities: GraphAbilities, tmp_path: Path) -> None:
        def forever(request: Request) -> Say:
            if request.tools == ["PlanForm"]:
                return plans({"tool": "triangulate", **PAIR})
            return Say(calls=[("explain", {"cause": "E1", "effect": "E2"})] * 50)

        with serve(forever) as server:
            budget = lambda: Budget(calls=8)  # noqa: E731
            with Agent(abilities, tmp_path, spec=spec(server), explore=3, budget=budget) as agent:
                run = agent.run(QUESTION)
            assert len(server.requests) <= 8
        assert [f["tool"] for f in run.found].count("explain") == 3
        assert run.status == "done"
        assert run.answer is not None


def test_a_dead_provider_leaves_the_deterministic_answer(
    abilities: GraphAbilities, tmp_path: Path
) -> None:
    with serve([Say()]) as server:
        gone = spec(server)
    with Agent(abilities, tmp_path / "a", spec=gone, explore=2, reader="public") as agent:
        run = agent.run(QUESTION)
    with Agent(abilities, tmp_path / "b") as agent:
        plain = agent.run(QUESTION)
    assert run.answer is not None
    assert plain.answer is not None
    assert run.answer.claims == plain.answer.claims
    assert run.status == "done"


def test_an_empty_budget_leaves_the_deterministic_answer(
    abilities: GraphAbilities, tmp_path: Path
) -> None:
    with serve([Say("x")]) as server:
        options: Any = {"spec": spec(server), "budget": lambda: Budget(calls=0, tool_calls=1)}
        with Agent(abilities, tmp_path, **options) as agent:
            run = agent.run(QUESTION)
        assert server.requests == []
    assert run.answer is not None
    assert len(run.found) == 1
    assert any("not all steps" in n for n in run.notes)


def test_cancel_and_resume(abilities: GraphAbilities, tmp_path: Path) -> None:
    with Agent(abilities, tmp_path) as agent:
        original = abilities.triangulate

        def slow(cause: str, effect: str) -> Any:
            agent.cancel(agent.log.runs()[-1][0])  # as another process would, in the middle
            return original(cause, effect)

        abilities.triangulate = slow  # type: ignore[method-assign]
        run = agent.run(QUESTION)
        assert run.status == "cancelled"
        assert len(run.found) == 3
        abilities.triangulate = original  # type: ignore[method-assign]
        done = agent.resume(run.id)
        assert done.status == "done"
        assert [f["tool"] for f in done.found][2:] == ["triangulate", "explain"]
        tools = [e.body["step"]["tool"] for e in agent.log.entries(run.id, "step")]
        assert tools.count("triangulate") == 1


def test_unknown_runs(abilities: GraphAbilities, tmp_path: Path) -> None:
    with Agent(abilities, tmp_path) as agent:
        with pytest.raises(InputError, match="no run"):
            agent.resume("nothing")
        with pytest.raises(InputError, match="no run"):
            agent.replay("nothing")
        with pytest.raises(UsageError, match="reader"):
            Agent(abilities, tmp_path, reader="dog")


def test_earlier_questions_of_a_conversation_are_remembered(
    abilities: GraphAbilities, tmp_path: Path
) -> None:
    with serve([Say("x")]) as server:
        with Agent(abilities, tmp_path) as agent:
            agent.run("What treats stroke?", conversation="c")
            agent.run("What treats hypertension?", conversation="other")
        with Agent(abilities, tmp_path, spec=spec(server)) as agent:
            run = agent.run(QUESTION, conversation="c")
            assert agent.earlier(run.id) == ("What treats stroke?",)
        assert "What treats stroke?" in server.requests[0].text
        assert "hypertension" not in server.requests[0].text


CRASH = """
import os, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from etiograph.agent import GraphAbilities
from etiograph.api import KnowledgeGraph
from etiograph.settings import load
from graph.stores import open_store
from llm_bridge.agent import Agent
folder = Path({folder!r})
with open_store(folder / "graph") as store:
    abilities = GraphAbilities(KnowledgeGraph(store, load(None, home=folder).settings))
    if {crash}:
        abilities.explain = lambda **_: os._exit(9)
    with Agent(abilities, folder / "agent") as agent:
        if {crash}:
            agent.run({question!r})
        run = agent.resume(agent.log.runs()[-1][0])
        tools = [e.body["step"]["tool"] for e in agent.log.entries(run.id, "step")]
        print(run.status, ",".join(tools), agent.log.problems())
"""


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    import bridge_world as world

    with open_store(tmp_path / "graph") as store:
        world.fill(store, tmp_path)
    root = Path(__file__).parents[3]

    def process(crash: bool) -> subprocess.CompletedProcess[str]:
        script = CRASH.format(tests=str(root), folder=str(tmp_path), crash=crash, question=QUESTION)
        return subprocess.run(
            [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=180
        )

    assert process(True).returncode == 9
    done = process(False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[-2] == (
        "done search_entities,search_entities,triangulate,explain []"
    )
