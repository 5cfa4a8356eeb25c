"""An agent that cannot be talked into anything: a plan first, then exactly the plan.

The plan is made from the question alone, before anything is read, and shown. Steps run as they stand
in it, and what they find can neither add a step nor change one; anything that writes waits for a
person. A model may look further with reading tools, by handles of entities, without ever seeing a word
of a paper. The answer is made of proved claims. See docs/agent.md.
"""

from __future__ import annotations

from llm_bridge.agent.audit import AuditLog
from llm_bridge.agent.plan import Plan, Step
from llm_bridge.agent.run import Agent, Run
from llm_bridge.agent.tools import TOOLS, Abilities, Found

__all__ = ["TOOLS", "Abilities", "Agent", "AuditLog", "Found", "Plan", "Run", "Step"]
