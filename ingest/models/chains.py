"""The compiled inner loops of :mod:`ingest.models.engine`: label sequences and what a second pass sees.

As :mod:`ingest.models.kernels`, imported only when a text is tagged.
"""

from __future__ import annotations

import numpy as np

from ingest.models.kernels import compiled, mix

__all__ = ["decode", "first_pass", "label_spans", "marginals"]


@compiled
def marginals(scores, step, back, first, last, found):  # type: ignore[no-untyped-def]
    """Forward-backward with scaling (Rabiner 1989), into ``found`` (tokens, labels).

    ``step`` is the exponential of the transitions, ``back`` its transpose.
    """
    labels = scores.shape[1]
    longest = 0
    for sentence in range(len(first)):
        longest = max(longest, last[sentence] - first[sentence])
    alpha = np.empty((longest, labels), np.float64)
    potential = np.empty((longest, labels), np.float64)
    beta = np.empty(labels, np.float64)
    sums = np.empty(labels, np.float64)
    for sentence in range(len(first)):
        a = first[sentence]
        n = last[sentence] - a
        for t in range(n):
            top = scores[a + t, 0]
            for y in range(1, labels):
                top = max(top, scores[a + t, y])
            for y in range(labels):
                potential[t, y] = np.exp(np.float64(scores[a + t, y] - top))
        for t in range(n):
            if t == 0:
                for y in range(labels):
                    alpha[0, y] = potential[0, y]
            else:
                sums[:] = 0.0
                for x in range(labels):
                    value = alpha[t - 1, x]
                    for y in range(labels):
                        sums[y] += value * step[x, y]
                for y in range(labels):
                    alpha[t, y] = sums[y] * potential[t, y]
            norm = 0.0
            for y in range(labels):
                norm += alpha[t, y]
            scale = 1.0 / norm
            for y in range(labels):
                alpha[t, y] *= scale
        beta[:] = 1.0
        for t in range(n - 1, -1, -1):
            norm = 0.0
            for y in range(labels):
                sums[y] = alpha[t, y] * beta[y]
                norm += sums[y]
            scale = 1.0 / norm
            for y in range(labels):
                found[a + t, y] = sums[y] * scale
            if t:
                total = 0.0
                for y in range(labels):
                    sums[y] = 0.0
                for y in range(labels):
                    value = potential[t, y] * beta[y]
                    for x in range(labels):
                        sums[x] += value * back[y, x]
                for x in range(labels):
                    total += sums[x]
                scale = 1.0 / total
                for x in range(labels):
                    beta[x] = sums[x] * scale


@compiled
def label_spans(labels, place_of, type_of, first, last, spans):  # type: ignore[no-untyped-def]
    """Spans of BIOES labels, read as :func:`ingest.models.second.label_spans` does; returns how many.

    ``place_of``: 0 O, 1 B, 2 I, 3 E, 4 S. ``spans`` (tokens, 3) takes first, end and type.
    """
    count = 0
    for sentence in range(len(first)):
        i = first[sentence]
        b = last[sentence]
        while i < b:
            label = labels[i]
            place = place_of[label]
            if place == 0:
                i += 1
                continue
            j = i + 1
            if place < 3:
                while j < b:
                    p = place_of[labels[j]]
                    if (p != 2 and p != 3) or type_of[labels[j]] != type_of[label]:
                        break
                    j += 1
                    if p == 3:
                        break
            spans[count, 0] = i
            spans[count, 1] = j
            spans[count, 2] = type_of[label]
            count += 1
            i = j
    return count


@compiled
def decode(scores, into, place_of, type_of, first, last, sure, spans, least):  # type: ignore[no-untyped-def]
    """Viterbi (Forney 1973); returns how many spans there are, see :func:`label_spans`.

    ``into`` is the transposed transitions, ``sure`` the marginals; ``least`` takes the smallest
    marginal of each span's labels.
    """
    size, labels = scores.shape
    best = np.zeros(size, np.int64)
    longest = 0
    for sentence in range(len(first)):
        longest = max(longest, last[sentence] - first[sentence])
    back = np.zeros((longest, labels), np.int16)
    delta = np.empty(labels, np.float32)
    following = np.empty(labels, np.float32)
    for sentence in range(len(first)):
        a = first[sentence]
        n = last[sentence] - a
        for y in range(labels):
            delta[y] = scores[a, y]
        for t in range(1, n):
            for y in range(labels):
                top = delta[0] + into[y, 0]
                for x in range(1, labels):
                    top = max(top, delta[x] + into[y, x])
                chosen = 0
                while chosen < labels - 1 and delta[chosen] + into[y, chosen] != top:
                    chosen += 1
                back[t, y] = chosen
                following[y] = top + scores[a + t, y]
            for y in range(labels):
                delta[y] = following[y]
        state = 0
        for y in range(1, labels):
            if delta[y] > delta[state]:
                state = y
        for t in range(n - 1, -1, -1):
            best[a + t] = state
            if t:
                state = back[t, state]
    count = label_spans(best, place_of, type_of, first, last, spans)
    for s in range(count):
        low = np.float32(1.0)
        for i in range(spans[s, 0], spans[s, 1]):
            low = min(low, sure[i, best[i]])
        least[s] = low
    return count


@compiled
def level(p):  # type: ignore[no-untyped-def]
    """The step of :func:`ingest.models.second.level` that a probability is on."""
    return 0 if p < 0.02 else 1 if p < 0.2 else 2 if p < 0.5 else 3 if p < 0.8 else 4 if p < 0.97 else 5  # fmt: skip


@compiled
def add_row(total, blocks, row, i, a, b):  # type: ignore[no-untyped-def]
    """Add a feature of token i to it and its neighbours in the sentence a to b."""
    if row:
        for o in range(3):
            j = i + 1 - o
            if a <= j < b:
                block = blocks[row, o]
                for w in range(total.shape[1]):
                    total[j, w] += block[w]


@compiled
def first_pass(  # type: ignore[no-untyped-def]
    words, first, last, norm_of, flags_of, stamps, found, place_of, type_of, types, short_forms,
    long_forms, blocks, m_rows, w_rows, v_rows, d_rows, about_rows, levels_rows, position_rows, sf_rows,
    total,
):  # fmt: skip
    """Add what a first pass's marginals ``found`` say, see :mod:`ingest.models.second`, to ``total``."""
    size, labels = found.shape
    begin = np.empty(size, np.int64)
    finish = np.empty(size, np.int64)
    for sentence in range(len(first)):
        begin[first[sentence] : last[sentence]] = first[sentence]
        finish[first[sentence] : last[sentence]] = last[sentence]
    inside = np.zeros((size, types), np.float64)
    best = np.zeros(size, np.int64)
    wanted = np.zeros(size, np.bool_)
    groups = 0
    for i in range(size):
        for y in range(1, labels):
            inside[i, type_of[y]] += found[i, y]
            if found[i, y] > found[i, best[i]]:
                best[i] = y
        if found[i, 0] < 0.98:
            add_row(
                total, blocks, m_rows[best[i], level(found[i, best[i]])], i, begin[i], finish[i]
            )
            norm = norm_of[words[i]]
            if flags_of[words[i]] & 2 and stamps[0, norm] == 0:
                groups += 1
                stamps[0, norm] = groups
            wanted[i] = True
    # the same word elsewhere
    number = np.zeros(groups + 1, np.int64)
    sums = np.zeros((groups + 1, types), np.float64)
    most = np.full((groups + 1, types), -1.0)
    second = np.full((groups + 1, types), -1.0)
    for i in range(size):
        g = stamps[0, norm_of[words[i]]]
        if g:
            number[g] += 1
            for t in range(types):
                value = inside[i, t]
                sums[g, t] += value
                if value > most[g, t]:
                    second[g, t] = most[g, t]
                    most[g, t] = value
                elif value > second[g, t]:
                    second[g, t] = value
    for i in range(size):
        g = stamps[0, norm_of[words[i]]]
        if g == 0 or number[g] < 2:
            continue
        for t in range(types):
            value = inside[i, t]
            other = most[g, t] if value != most[g, t] else second[g, t]
            if other < 0.02:
                continue
            mean = (sums[g, t] - value) / (number[g] - 1)
            add_row(total, blocks, w_rows[t, level(other)], i, begin[i], finish[i])
            add_row(total, blocks, v_rows[t, level(mean)], i, begin[i], finish[i])
    for i in range(size):
        stamps[0, norm_of[words[i]]] = 0
    # the same string elsewhere
    spans = np.empty((size, 3), np.int64)
    count = label_spans(best, place_of, type_of, first, last, spans)
    owner = np.full(size + 1, -1, np.int64)
    ending = np.full(size + 1, -1, np.int64)
    names = np.zeros((count, 3), np.int64)  # hash, first token, token after the last
    votes = np.zeros((count, types), np.int64)
    known = 0
    for s in range(count):
        a, b, t = spans[s, 0], spans[s, 1], spans[s, 2]
        owner[a] = s
        ending[b] = t
        while a < b and norm_of[words[a]] == 1:
            a += 1
        h = 0
        parts = 0
        for i in range(a, b):
            if norm_of[words[i]] != 1:
                h = mix(h, norm_of[words[i]])
                parts += 1
        if parts == 0 or parts > 14:
            continue
        n = 0
        while n < known and names[n, 0] != h:
            n += 1
        if n == known:
            names[n, 0], names[n, 1], names[n, 2] = h, a, b
            known += 1
            # names that begin with one word, linked from it
            votes[n, :] = 0
        votes[n, t] += 1
    chain = np.zeros(known + 1, np.int64)
    for n in range(known):
        norm = norm_of[words[names[n, 1]]]
        chain[n + 1] = stamps[0, norm]
        stamps[0, norm] = n + 1
    places = np.zeros((size, 3), np.int64)
    met = np.zeros(known, np.int64)
    seen = 0
    for sentence in range(len(first)):
        reached = first[sentence]
        b = last[sentence]
        for start in range(first[sentence], b):
            n = stamps[0, norm_of[words[start]]]
            if n == 0 or start < reached:
                continue
            end = 0
            which = 0
            while n:
                i = start + 1
                k = names[n - 1, 1] + 1
                same = True
                while True:
                    while k < names[n - 1, 2] and norm_of[words[k]] == 1:
                        k += 1
                    if k >= names[n - 1, 2]:
                        break
                    while i < b and norm_of[words[i]] == 1:
                        i += 1
                    if i >= b or norm_of[words[i]] != norm_of[words[k]]:
                        same = False
                        break
                    i += 1
                    k += 1
                if same and i > end:
                    end = i
                    which = n
                n = chain[n]
            if end:
                places[seen, 0], places[seen, 1], places[seen, 2] = start, end, which - 1
                met[which - 1] += 1
                seen += 1
                reached = end
    for n in range(known):
        stamps[0, norm_of[words[names[n, 1]]]] = 0
    for p in range(seen):
        start, end, n = places[p, 0], places[p, 1], places[p, 2]
        own = -1
        if owner[start] >= 0 and spans[owner[start], 1] == end:
            own = spans[owner[start], 2]
        rest = met[n] - 1
        top = 0
        of = 0
        for t in range(types):
            others = votes[n, t] - (1 if own == t else 0)
            if others > top:
                top = others
                of = t
        if rest <= 0 or top <= 0:
            word = (0 if rest <= 0 else 1) + (0 if own >= 0 else 2)
        else:
            share = top / max(rest, top)
            letter = 0 if share > 0.9 else 1 if share > 0.5 else 2
            word = 4 + of * 9 + letter * 3 + min(top, 3) - 1
        for i in range(start, end):
            mark = 0 if end - start == 1 else 1 if i == start else 3 if i == end - 1 else 2
            add_row(total, blocks, d_rows[mark, word], i, begin[i], finish[i])
    # the other form of an abbreviation
    for n in range(len(short_forms)):
        start, end = short_forms[n, 0], short_forms[n, 1]
        low, high = long_forms[short_forms[n, 2], 0], long_forms[short_forms[n, 2], 1]
        about = types + ending[high] if ending[high] >= 0 else 2 * types
        if owner[low] >= 0 and spans[owner[low], 1] == high:
            about = spans[owner[low], 2]
        code = 0
        for t in range(types):
            code = code * 6 + level(inside[high - 1, t])
        for i in range(start, end):
            add_row(total, blocks, about_rows[about], i, begin[i], finish[i])
            add_row(total, blocks, levels_rows[code], i, begin[i], finish[i])
            if end - start < 16:
                row = position_rows[end - start, i - start, about]
                add_row(total, blocks, row, i, begin[i], finish[i])
    for number_of in range(len(long_forms)):
        low, high = long_forms[number_of, 0], long_forms[number_of, 1]
        for t in range(types):
            mean = 0.0
            met_here = 0
            for n in range(len(short_forms)):
                if short_forms[n, 2] == number_of:
                    mean += inside[short_forms[n, 0], t]
                    met_here += 1
            if met_here == 0 or mean / met_here < 0.02:
                continue
            for i in range(low, high):
                mark = 2 if i == high - 1 else 0 if i == low else 1
                row = sf_rows[mark, t, level(mean / met_here)]
                add_row(total, blocks, row, i, begin[i], finish[i])
