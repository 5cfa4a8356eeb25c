"""Embeddings that propose edges: triples, splits, audits, metrics, baselines and models.

Nothing heavy is imported here: ``from discovery.embeddings.triples import Triples``, and so on.
"""
