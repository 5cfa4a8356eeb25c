"""Finding entities by name: candidates from the full-text index, scores from us.

The databases score differently, so they only bring candidates; what a candidate is worth is
computed here, and is the same on both.
"""

from __future__ import annotations

from graph.model import Entity
from graph.stores.engine import Engine
from graph.stores.rows import entity_from, name_key, name_tokens, words

__all__ = ["search"]

_CANDIDATES = 60


def _score(text: str, entity: Entity) -> float:
    from rapidfuzz import fuzz

    key = name_key(text)
    best = 0.0
    for place, name in enumerate((entity.name, *entity.synonyms)):
        other = name_key(name)
        if not other:
            continue
        if other == key:
            return 1.0
        ratio = 0.7 * fuzz.ratio(key, other) + 0.3 * fuzz.token_set_ratio(key, other)
        best = max(best, ratio * (0.0099 if place == 0 else 0.0098))
    return round(max(best, 0.01), 4)


def search(engine: Engine, text: str, limit: int, fields: str) -> list[tuple[Entity, float]]:
    """Return entities whose names match ``text``, best first, with scores in (0, 1].

    1.0 is an exact name or synonym, case folded; below it a mixture of edit similarity and shared
    words. A last word may be unfinished.
    """
    found = words(text)
    if limit < 1 or not text.strip():
        return []
    exact = name_tokens([text])
    ids = engine.search(exact, "search_keys", max(limit, _CANDIDATES)) if exact else []
    if found and len(ids) < limit:
        count = max(4 * limit, _CANDIDATES)
        ids += engine.search(
            " AND ".join([*found[:-1], f"({found[-1]} OR {found[-1]}*)"]), "search_text", count
        )
        if not ids and len(found) > 1:
            ids = engine.search(" OR ".join(found), "search_text", count)
        if not ids and any(len(w) > 3 for w in found):
            # misspelt words
            fuzzy = " AND ".join(f"{w}~1" if len(w) > 3 else w for w in found)
            ids = engine.search(fuzzy, "search_text", count)
    rows = engine.run(
        f"UNWIND $ids AS wanted MATCH (n:Entity {{id: wanted}}) RETURN {fields}",
        ids=sorted(set(ids)),
    )
    scored = [(e, _score(text, e)) for e in map(entity_from, rows)]
    scored.sort(key=lambda pair: (-pair[1], len(pair[0].name), pair[0].id))
    return scored[:limit]
