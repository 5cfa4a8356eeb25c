"""The compiled inner loops of :mod:`ingest.models.engine`: units and their scores.

Only the engine imports this module, and only when it first tags a text, because importing numba takes
time. What is compiled is kept beside the module or in the user's cache folder; where neither can be
written it is compiled anew in each process. Every loop goes token by token within one document, so a
document's result does not depend on the documents around it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

__all__ = ["compiled", "emissions", "fill_table", "find", "find_all", "layout", "mix"]


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function when it is first called."""
    try:
        return numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder to keep compiled code in
        return numba.njit(nogil=True)(function)


@compiled
def mix(h, x):  # type: ignore[no-untyped-def]
    """One step of a 64-bit hash."""
    # unsigned: signed products that overflow are undefined in compiled code
    z = np.uint64(h ^ x) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64(z ^ (z >> np.uint64(29)))


@compiled
def find(keys, values, key):  # type: ignore[no-untyped-def]
    """The value of a key in an open-addressing table (key 0: empty), -1 if it is not there."""
    mask = len(keys) - 1
    slot = mix(0, key) & mask
    while keys[slot] != 0:
        if keys[slot] == key:
            return values[slot]
        slot = (slot + 1) & mask
    return -1


@compiled
def fill_table(keys, values, new_keys, new_values):  # type: ignore[no-untyped-def]
    """Add keys to a table that is large enough."""
    mask = len(keys) - 1
    for n in range(len(new_keys)):
        slot = mix(0, new_keys[n]) & mask
        while keys[slot] != 0 and keys[slot] != new_keys[n]:
            slot = (slot + 1) & mask
        keys[slot] = new_keys[n]
        values[slot] = new_values[n]


@compiled
def find_all(keys, values, wanted, found):  # type: ignore[no-untyped-def]
    """Look up many keys (0 stands for value 0); returns how many are missing (-1)."""
    missing = 0
    flat = wanted.ravel()
    out = found.ravel()
    for n in range(len(flat)):
        if flat[n] == 0:
            out[n] = 0
            continue
        out[n] = find(keys, values, flat[n])
        if out[n] < 0:
            missing += 1
    return missing


@compiled
def layout(  # type: ignore[no-untyped-def]
    words, starts, ends, first, last, norm_of, flags_of, lower_of, trie_keys, trie_values, node_values,
    classes, coarse_of, kind_of, stamps, stamp, keys, tags, coarse, glue,
):  # fmt: skip
    """Tags, coarse tags and the keys of the units of a document.

    ``keys`` (5, tokens) takes the keys of the tag tuple, the chunk, the next and previous chunk, and the
    document features; ``tags`` (fields, tokens) the tag of each lexicon, ``coarse`` and ``glue`` numbers.
    ``stamps`` (4, words) is scratch space: norm count, norm mask, title, lower case.
    """
    fields = tags.shape[0]
    reached = np.zeros(fields, np.int64)
    longest = np.zeros(fields, np.int64)
    label = np.zeros(fields, np.int64)
    size = len(words)
    for sentence in range(len(first)):
        a = first[sentence]
        b = last[sentence]
        reached[:] = a
        for start in range(a, b):
            norm = norm_of[words[start]]
            if norm <= 1:
                continue
            node = find(trie_keys, trie_values, norm)
            if node < 0:
                continue
            longest[:] = 0
            position = start + 1
            while True:
                mask = node_values[node, 0]
                if mask:
                    for f in range(classes):
                        if mask >> f & 1:
                            longest[f] = position
                            label[f] = f
                for f in range(classes, fields):
                    value = node_values[node, 1 + f - classes]
                    if value:
                        longest[f] = position
                        label[f] = value
                while position < b and norm_of[words[position]] == 1:
                    position += 1
                if position >= b:
                    break
                node = find(trie_keys, trie_values, node << 32 | norm_of[words[position]])
                if node < 0:
                    break
                position += 1
            for f in range(fields):
                end = longest[f]
                if end and start >= reached[f]:
                    reached[f] = end
                    base = 1 + 4 * label[f]
                    if end - start == 1:
                        tags[f, start] = base
                    else:
                        tags[f, start] = base + 1
                        for i in range(start + 1, end - 1):
                            tags[f, i] = base + 2
                        tags[f, end - 1] = base + 3
        # chunks: words between white space
        previous = 17
        s = a
        while s < b:
            e = s + 1
            own = mix(31, words[s])
            while e < b and starts[e] == ends[e - 1]:
                own = mix(own, words[e])
                e += 1
            following = 19
            if e < b:
                following = mix(31, words[e])
                k = e + 1
                while k < b and starts[k] == ends[k - 1]:
                    following = mix(following, words[k])
                    k += 1
            for i in range(s, e):
                place = 0 if e - s == 1 else 1 if i == s else 3 if i == e - 1 else 2
                after = place if place == 0 or place == 3 else 2
                before = place if place <= 1 else 2
                keys[1, i] = mix(own, 101 + place) | 1
                keys[2, i] = mix(following, 211 + after) | 1
                keys[3, i] = mix(previous, 307 + before) | 1
                glue[i] = min(i - s, 3) * 4 + min(e - 1 - i, 3)
            previous = own
            s = e
    title_end = last[0] if len(last) else 0
    for i in range(size):
        c = 0
        for f in range(classes, fields):
            if tags[f, i]:
                c = coarse_of[tags[f, i]]
                break
        if c == 0:
            for f in range(classes):
                if tags[f, i]:
                    c = coarse_of[tags[f, i]]
                    break
        coarse[i] = c
        h = 0
        for f in range(fields):
            if tags[f, i]:
                h = mix(h, f << 32 | tags[f, i])
        keys[0, i] = 0 if h == 0 else h | 1
        norm = norm_of[words[i]]
        flags = flags_of[words[i]]
        stamps[0, norm] += 1
        if i < title_end:
            stamps[2, norm] = stamp
        if flags & 4:
            stamps[3, words[i]] = stamp
        if c and flags & 16:
            stamps[1, norm] |= 1 << kind_of[c]
    for i in range(size):
        norm = norm_of[words[i]]
        flags = flags_of[words[i]]
        if not flags & 2:
            keys[4, i] = 0
            continue
        count = stamps[0, norm]
        level = 0 if count == 1 else 1 if count == 2 else 2 if count <= 5 else 3
        key = 1 | level << 1
        if stamps[2, norm] == stamp:
            key |= 8
        if flags & 8 and stamps[3, lower_of[words[i]]] == stamp:
            key |= 16
        if coarse[i] == 0:
            key |= stamps[1, norm] << 5
        keys[4, i] = key
    for i in range(size):
        norm = norm_of[words[i]]
        stamps[0, norm] = 0
        stamps[1, norm] = 0


@compiled
def emissions(  # type: ignore[no-untyped-def]
    words, first, last, norm_of, coarse, glue, ids, word_blocks, tag_blocks, single_blocks,
    glue_blocks, pair_keys, pair_values, pair_rows, rows, about_tokens, about_ids, about_blocks, total,
):  # fmt: skip
    """Sum the scores of all units, into ``total`` (tokens, width).

    ``ids`` (5, tokens) are the units of ``keys``; a pair's value is a line of ``pair_rows``, numbers of
    ``rows`` at each of its offsets (0: none).
    """
    width = total.shape[1]
    for sentence in range(len(first)):
        a = first[sentence]
        b = last[sentence]
        for i in range(a, b):
            out = total[i]
            for o in range(7):
                j = i + o - 3
                block = word_blocks[words[j] if a <= j < b else 0, o]
                for w in range(width):
                    out[w] += block[w]
            for o in range(5):
                j = i + o - 2
                block = tag_blocks[ids[0, j] if a <= j < b else 0, o]
                for w in range(width):
                    out[w] += block[w]
            for g in range(1, 5):
                block = single_blocks[ids[g, i]]
                for w in range(width):
                    out[w] += block[w]
            block = glue_blocks[glue[i]]
            for w in range(width):
                out[w] += block[w]
            c = coarse[i]
            if c:
                here = norm_of[words[i]]
                left = norm_of[words[i - 1]] if i > a else 2
                right = norm_of[words[i + 1]] if i + 1 < b else 3
                for kind in range(3):
                    other = here if kind == 0 else left if kind == 1 else right
                    known = find(pair_keys, pair_values, (3 + kind) << 56 | c << 28 | other)
                    if known >= 0:
                        block = rows[pair_rows[known, 0]]
                        for w in range(width):
                            out[w] += block[w]
        # a pair that begins at j is seen from j + 2, j + 1, j and j - 1
        for j in range(a - 2, b + 1):
            x = norm_of[words[j]] if a <= j < b else 0
            y = norm_of[words[j + 1]] if a <= j + 1 < b else 0
            known = find(pair_keys, pair_values, 1 << 56 | x << 28 | y)
            if known >= 0:
                for o in range(4):
                    i = j + 2 - o
                    if a <= i < b and pair_rows[known, o]:
                        block = rows[pair_rows[known, o]]
                        out = total[i]
                        for w in range(width):
                            out[w] += block[w]
            cx = coarse[j] if a <= j < b else 0
            cy = coarse[j + 1] if a <= j + 1 < b else 0
            known = find(pair_keys, pair_values, 2 << 56 | cx << 28 | cy)
            if known >= 0:
                for o in range(2):
                    i = j + 1 - o
                    if a <= i < b and pair_rows[known, o]:
                        block = rows[pair_rows[known, o]]
                        out = total[i]
                        for w in range(width):
                            out[w] += block[w]
        for n in range(len(about_tokens)):
            i = about_tokens[n]
            if a <= i < b:
                for o in range(3):
                    j = i + 1 - o
                    if a <= j < b:
                        block = about_blocks[about_ids[n], o]
                        for w in range(width):
                            total[j, w] += block[w]
