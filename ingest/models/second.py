"""What the first pass says about a whole document, as features for the second pass.

A name that one sentence makes clear is often unclear in the next (``PREGS``, ``lead``), so the second
tagger sees, for each token, what the first one thought of the same word elsewhere in the document, of
the same string, and of the other form of an abbreviation.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ingest.models.layout import Layout, longest
from ingest.models.lexicon import Lexicon, normal

__all__ = ["add_first_pass", "label_spans"]

Floats = npt.NDArray[np.float32]


def label_spans(labels: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return (first token, token after the last, type) of a BIOES label sequence; what does not follow
    the scheme is read as generously as possible."""
    found: list[tuple[int, int, str]] = []
    i, size = 0, len(labels)
    while i < size:
        label = labels[i]
        if label == "O":
            i += 1
            continue
        kind = label[2:]
        j = i + 1
        if label[0] not in "SE":
            while j < size and labels[j][0] in "IE" and labels[j][2:] == kind:
                j += 1
                if labels[j - 1][0] == "E":
                    break
        found.append((i, j, kind))
        i = j
    return found


def _level(p: float) -> str:
    return (
        "0"
        if p < 0.02
        else "1"
        if p < 0.2
        else "2"
        if p < 0.5
        else "3"
        if p < 0.8
        else "4"
        if p < 0.97
        else "5"
    )


def add_first_pass(
    layout: Layout, marginals: Floats, labels: Sequence[str], column: str = "p"
) -> None:
    """Add a column with what a tagger thinks to a layout.

    Args:
        layout: the document.
        marginals: the first pass's probabilities, shape (tokens, labels).
        labels: their names, ``O`` first.
        column: ``p`` for a tagger's own first pass, ``h`` for another tagger.
    """
    size = len(layout.words)
    types = sorted({name[2:] for name in labels if name != "O"})
    members = [[i for i, name in enumerate(labels) if name[2:] == t] for t in types]
    inside = np.stack([marginals[:, m].sum(axis=1) for m in members], axis=1)
    best = marginals.argmax(axis=1)
    top = marginals[np.arange(size), best]
    interesting = (marginals[:, 0] < 0.98).tolist()
    inside_list = inside.tolist()
    chosen = [labels[b] for b in best.tolist()]
    norms = [normal(w) for w in layout.words]
    units: list[list[str]] = [
        [f"m={chosen[i]}{_level(float(top[i]))}"] if interesting[i] else [] for i in range(size)
    ]
    _same_word(layout, norms, inside_list, interesting, types, units)
    spans = [
        (a + s, a + e, t)
        for a, b in zip(layout.first, layout.last, strict=True)
        for s, e, t in label_spans(chosen[a:b])
    ]
    _same_string(layout, norms, spans, types, units)
    _other_form(layout, spans, inside_list, types, units)
    layout.columns[column] = layout.spread(map(tuple, units), ())


def _same_word(
    layout: Layout,
    norms: list[str],
    inside: list[list[float]],
    interesting: list[bool],
    types: list[str],
    units: list[list[str]],
) -> None:
    where: dict[str, list[int]] = {}
    wanted = {norms[i] for i in range(len(norms)) if interesting[i] and norms[i].isalnum()}
    for i, norm in enumerate(norms):
        if norm in wanted:
            where.setdefault(norm, []).append(i)
    for places in where.values():
        if len(places) < 2:
            continue
        for number, name in enumerate(types):
            values = [inside[i][number] for i in places]
            total = sum(values)
            ordered = sorted(values)
            for i, value in zip(places, values, strict=True):
                most = ordered[-1] if value != ordered[-1] else ordered[-2]
                if most < 0.02:
                    continue
                mean = (total - value) / (len(places) - 1)
                units[i] += (f"w-{name}{_level(most)}", f"v-{name}{_level(mean)}")


def _same_string(
    layout: Layout,
    norms: list[str],
    spans: list[tuple[int, int, str]],
    types: list[str],
    units: list[list[str]],
) -> None:
    names: dict[tuple[str, ...], list[int]] = {}
    for start, end, kind in spans:
        key = tuple(n for n in norms[start:end] if n)
        if key:
            names.setdefault(key, [0] * len(types))[types.index(kind)] += 1
    if not names:
        return
    lexicon = Lexicon()
    keys = sorted(names)
    for number, key in enumerate(keys, 1):
        lexicon.add(key, number)
    found: dict[int, list[tuple[int, int]]] = {}
    exact = {(s, e): t for s, e, t in spans}
    for a, b in zip(layout.first, layout.last, strict=True):
        for s, e, value in longest(lexicon.matches(norms[a:b])):
            found.setdefault(value, []).append((a + s, a + e))
    for value, places in found.items():
        counts = names[keys[value - 1]]
        for start, end in places:
            own = exact.get((start, end))
            others = [c - (own == t) for c, t in zip(counts, types, strict=True)]
            rest = len(places) - 1
            most = max(others)
            if rest <= 0 or most <= 0:
                word = "once" if rest <= 0 else "alone"
                word += "" if own else "-part"
            else:
                share = most / max(rest, most)
                name = types[others.index(most)]
                word = f"{name}{'h' if share > 0.9 else 'm' if share > 0.5 else 'l'}{min(most, 3)}"
            for i in range(start, end):
                mark = (
                    "S" if end - start == 1 else "B" if i == start else "E" if i == end - 1 else "I"
                )
                units[i].append(f"d{mark}-{word}")


def _other_form(
    layout: Layout,
    spans: list[tuple[int, int, str]],
    inside: list[list[float]],
    types: list[str],
    units: list[list[str]],
) -> None:
    exact = {(s, e): t for s, e, t in spans}
    ends = {e: t for _, e, t in spans}
    for start, end, number in layout.short_forms:
        low, high = layout.long_forms[number]
        whole = exact.get((low, high), "")
        about = f"whole-{whole}" if whole else f"ends-{ends.get(high, '')}"
        levels = "".join(_level(inside[high - 1][t]) for t in range(len(types)))
        for i in range(start, end):
            units[i] += (f"lf-{about}", f"lf{levels}", f"lf{end - start}{i - start}-{about}")
    seen: dict[int, list[tuple[int, int]]] = {}
    for start, end, number in layout.short_forms:
        seen.setdefault(number, []).append((start, end))
    for number, places in sorted(seen.items()):
        low, high = layout.long_forms[number]
        for name in range(len(types)):
            mean = sum(inside[s][name] for s, _ in places) / len(places)
            if mean < 0.02:
                continue
            for i in range(low, high):
                mark = "E" if i == high - 1 else "B" if i == low else "I"
                units[i].append(f"sf{mark}-{types[name]}{_level(mean)}")
