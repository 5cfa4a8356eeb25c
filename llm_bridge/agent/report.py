"""What became of a run, for people and programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from llm_bridge.agent.plan import Plan
from llm_bridge.agent.tools import Found
from llm_bridge.agent.verify import Challenge
from llm_bridge.claims import Answer
from llm_bridge.roles.rephrasing import Reworded

__all__ = ["Run", "kept"]


def kept(tool: str, found: Found) -> dict[str, Any]:
    """What a tool found as plain data, for a checkpoint and for people."""
    return {
        "tool": tool,
        "outcome": found.outcome,
        "text": found.text,
        "data": json.loads(json.dumps(dict(found.data), default=str)),
    }


@dataclass(frozen=True, slots=True)
class Run:
    """What became of a run.

    ``status`` is ``done``, ``waiting`` (for approval of ``plan``), ``cancelled`` or ``denied``.
    """

    id: str
    status: str
    question: str
    plan: Plan | None = None
    found: tuple[Mapping[str, Any], ...] = ()
    answer: Answer | None = None
    challenges: tuple[Challenge, ...] = ()
    reworded: Reworded | None = None
    notes: tuple[str, ...] = ()
    spent: Mapping[str, Any] = field(default_factory=dict)
    head: str = ""
    """hash of the audit log's last entry"""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "run": self.id,
            "status": self.status,
            "question": self.question,
            "plan": self.plan.model_dump(mode="json") if self.plan else None,
            "found": [dict(f) for f in self.found],
            "answer": self.answer.to_json() if self.answer else None,
            "challenges": [c.to_json() for c in self.challenges],
            "reworded": self.reworded.to_json() if self.reworded else None,
            "notes": list(self.notes),
            "spent": dict(self.spent),
            "audit": self.head,
        }

    def to_text(self) -> str:
        """The run for a terminal: findings, answer, challenges, notes."""
        parts: list[str] = []
        for one in self.found:
            parts += [f"[{one['tool']}]", str(one["text"]), ""]
        if self.answer is not None:
            parts += ["[answer]", self.answer.to_text().rstrip(), ""]
        if self.reworded is not None and (other := self.reworded.to_text()):
            parts.append(other)
        if self.challenges:
            parts.append("[attempts to refute it]")
            marks = {True: "held", False: "DOES NOT HOLD", None: "not possible"}
            parts += [f"- {c.name}: {marks[c.held]}. {c.text}" for c in self.challenges]
            parts.append("")
        if self.notes:
            parts += ["[notes]", *(f"- {n}" for n in self.notes), ""]
        parts.append(f"run {self.id}: {self.status}")
        if self.status == "waiting" and self.plan is not None:
            parts.append(f"its plan waits for approval: {self.plan.hash}")
        return "\n".join(parts)
