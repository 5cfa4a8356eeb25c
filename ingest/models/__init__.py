"""Trained models: their data, training, inference and files. ``python -m ingest.models.train``."""
