"""Terminologies: what names mean, as CURIEs. ``lookup`` answers from the bundled core pack."""

from __future__ import annotations

from ingest.terms.terminology import Candidate, Terminology, core, layers, lookup

__all__ = ["Candidate", "Terminology", "core", "layers", "lookup"]
