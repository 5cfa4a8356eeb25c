"""What functional causal models need: regressions, independence tests, entropies, orders.

Nothing is imported here; the modules with compiled code are imported by the algorithms that use them.
"""
