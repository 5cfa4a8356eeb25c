"""Recognisers of names: one file and one line in :data:`REGISTRY` each."""

from __future__ import annotations

from ingest.recognisers.base import Recogniser
from ingest.registry import Registry

__all__ = ["REGISTRY", "Recogniser"]

REGISTRY: Registry[Recogniser] = Registry(
    "recogniser",
    Recogniser,  # type: ignore[type-abstract]
    {
        "crf": "ingest.recognisers.crf:CrfRecogniser",
        "crf-biored": "ingest.recognisers.crf:BioredRecogniser",
        "dictionary": "ingest.recognisers.dictionary:DictionaryRecogniser",
        "dictionary-beside": "ingest.recognisers.dictionary:BesideRecogniser",
        "hf:": "ingest.recognisers.transformers:TransformersRecogniser",
        "spacy:": "ingest.recognisers.spacy:SpacyRecogniser",
    },
)
