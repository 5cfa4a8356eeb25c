"""What a language model may do: read a question, translate one, reword proved sentences.
Planning, proposing among it, is :mod:`llm_bridge.agent.plan`.

Each role sends typed data only (:mod:`llm_bridge.providers.outgoing`), takes a typed reply, checks it,
asks again at most a few times, and then gives up with None: the deterministic path goes on without.
"""
