"""Tables that the engine makes from a model when it starts, and arrays that grow."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ingest.models.bank import Bank

if TYPE_CHECKING:
    from ingest.models.tagger import NerModel

__all__ = ["HYPHEN", "Growing", "PassTables", "Table", "pair_tables", "tag_tables", "trie_tables"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

HYPHEN = 1
"""number of the empty normal form; 0 is the place beside a sentence, 2 and 3 its two ends"""
_WORD_BITS = 32


class Growing:
    """An array whose first axis grows; ``data`` is all of it, also what is not used yet."""

    def __init__(self, shape: tuple[int, ...], dtype: Any = np.float32) -> None:
        self.data: npt.NDArray[Any] = np.zeros(shape, dtype=dtype)
        self.count = 0

    def reserve(self, more: int) -> int:
        """Make room; returns the number of the first new line."""
        start = self.count
        self.count += more
        if self.count > len(self.data):
            grown = np.zeros(
                (max(self.count, 2 * len(self.data)), *self.data.shape[1:]), self.data.dtype
            )
            grown[:start] = self.data[:start]
            self.data = grown
        return start

    def append(self, lines: npt.NDArray[Any]) -> int:
        """Add lines; returns the number of the first."""
        start = self.reserve(len(lines))
        self.data[start : start + len(lines)] = lines
        return start

    def append_one(self, value: int) -> None:
        """Add one value to a one-dimensional array."""
        place = self.reserve(1)
        self.data[place] = value


class Table:
    """An open-addressing table from integers (not 0) to integers."""

    def __init__(self, kernels: Any, size: int = 4096) -> None:
        self._kernels = kernels
        self.count = 0
        self.keys: Ints = np.zeros(size, dtype=np.int64)
        self.values: Ints = np.zeros(size, dtype=np.int64)

    @classmethod
    def of(cls, kernels: Any, keys: Ints, values: Ints) -> Table:
        """Return a table of known content."""
        made = cls(kernels, 1 << max(4, (2 * len(keys)).bit_length()))
        kernels.fill_table(made.keys, made.values, keys, values)
        made.count = len(keys)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        # the kernels are a module, which cannot be pickled
        return _table, (self.keys, self.values, self.count)

    def add(self, keys: Sequence[int], start: int) -> None:
        """Give new keys the numbers from ``start`` on."""
        self.count += len(keys)
        if 2 * self.count > len(self.keys):
            used = self.keys != 0
            old, values = self.keys[used], self.values[used]
            self.keys = np.zeros(4 * len(self.keys), dtype=np.int64)
            self.values = np.zeros(len(self.keys), dtype=np.int64)
            self._kernels.fill_table(self.keys, self.values, old, values)
            if 2 * self.count > len(self.keys):
                self.count -= len(keys)
                self.add(keys, start)
                return
        new = np.array(keys, dtype=np.int64)
        self._kernels.fill_table(
            self.keys, self.values, new, np.arange(start, start + len(keys), dtype=np.int64)
        )

    def find(self, wanted: Ints, found: Ints) -> int:
        """Look up keys into ``found``; returns how many are not there (-1)."""
        return int(self._kernels.find_all(self.keys, self.values, wanted, found))


def _table(keys: Ints, values: Ints, count: int) -> Table:
    from ingest.models import kernels

    made = Table(kernels, 1)
    made.keys, made.values, made.count = keys, values, count
    return made


def tag_tables(
    classes: Sequence[str], names: Sequence[Sequence[tuple[str, str]]]
) -> tuple[list[str], list[str], Ints, list[str], Ints, list[dict[str, int]]]:
    """Return names of tags, names of coarse tags, coarse tag of each tag, kinds, kind of each coarse
    tag, and for each trained lexicon the label number of each of its codes."""
    labels = list(classes)
    codes: list[dict[str, int]] = []
    for number, rows in enumerate(names):
        known: dict[str, int] = {}
        for _, code in rows:
            if code not in known:
                known[code] = len(labels)
                labels.append(f"{number}{code}")
        codes.append(known)
    tags = [""]
    coarse = [""]
    coarse_of = [0]
    index: dict[str, int] = {}
    for position, label in enumerate(labels):
        for mark in "SBIE":
            tag = f"{mark}-{label}"
            tags.append(tag)
            if position < len(classes):
                name = "x" + tag
            else:
                name = tag if tag.endswith("0") else tag.rsplit("-", 1)[0]
            if name not in index:
                index[name] = len(coarse)
                coarse.append(name)
            coarse_of.append(index[name])
    kinds: dict[str, int] = {}
    kind_of = [0]
    for name in coarse[1:]:
        kind = name.split("-")[1]
        kind_of.append(kinds.setdefault(kind, len(kinds)))
    return tags, coarse, np.array(coarse_of), list(kinds), np.array(kind_of), codes


def trie_tables(
    model: NerModel, norms: dict[str, int], codes: Sequence[dict[str, int]], kernels: Any
) -> tuple[Table, Ints]:
    """Return one trie of all lexicons: steps (node << 32 | normal word -> node) and each node's mask and
    labels, shape (nodes, 1 + trained lexicons). New normal words get numbers."""
    words, steps, values = model.external.parts()
    number = np.array([norms.setdefault(w, len(norms)) for w in words], dtype=np.int64)
    keys = np.fromiter(steps.keys(), dtype=np.int64, count=len(steps))
    keys = keys & ~np.int64((1 << _WORD_BITS) - 1) | number[keys & ((1 << _WORD_BITS) - 1)] if len(keys) else keys  # fmt: skip
    nodes = np.fromiter(steps.values(), dtype=np.int64, count=len(steps))
    trie = dict(zip(keys.tolist(), nodes.tolist(), strict=True))
    size = int(nodes.max(initial=0)) + 1
    labelled: list[tuple[int, int, int]] = []
    for column, rows in enumerate(model.names, 1):
        for name, code in rows:
            node = 0
            tokens = name.split(" ")
            if len(tokens) > 14:
                continue
            for token in tokens:
                step = node << _WORD_BITS | norms.setdefault(token, len(norms))
                following = trie.get(step)
                if following is None:
                    following = trie[step] = size
                    size += 1
                node = following
            labelled.append((node, column, codes[column - 1][code]))
    found = np.zeros((size, 1 + len(model.names)), dtype=np.int64)
    if values:
        found[np.fromiter(values.keys(), np.int64), 0] = np.fromiter(values.values(), np.int64)
    for node, column, label in labelled:
        found[node, column] = label
    keys = np.fromiter(trie.keys(), dtype=np.int64, count=len(trie))
    return Table.of(kernels, keys, np.fromiter(trie.values(), np.int64, count=len(trie))), found


def _splits(name: str, separator: str) -> Iterator[tuple[str, str]]:
    """The ways to read a pair: a word holds the separator only if it is the separator."""
    for at in range(len(name)):
        if name[at] == separator:
            left, right = name[:at], name[at + 1 :]
            if all(separator not in x or x == separator for x in (left, right)):
                yield left, right


def pair_tables(
    bank: Bank, norms: dict[str, int], coarse: dict[str, int], kernels: Any
) -> tuple[Table, Ints, Floats]:
    """Return keys of pairs -> lines, the lines (numbers of rows at each offset, 0: none), and the rows,
    shape (rows, width). New normal words get numbers.

    Keys: kind << 56 | left << 28 | right; kinds are 1 two words, 2 two coarse tags, 3 to 5 a coarse tag
    and the word there, before, after.
    """

    def word(name: str) -> int:
        if name in ("", "-"):
            return 0 if not name else HYPHEN
        return norms.setdefault(name, len(norms))

    keys: list[int] = []
    names: dict[str, list[str]] = {"b": [], "tt": [], "tw": []}
    for name in bank.names("b"):
        for left, right in _splits(name.removeprefix("b="), "_"):
            keys.append(1 << 56 | word(left) << 28 | word(right))
            names["b"].append(name)
    for name in bank.names("tt"):
        left, _, right = name.partition("/")
        if left in coarse and right in coarse:
            keys.append(2 << 56 | coarse[left] << 28 | coarse[right])
            names["tt"].append(name)
    for name in bank.names("tw"):
        at = min(p for c in "&<>" if (p := name.find(c)) >= 0)
        left, right = name[:at], name[at + 1 :]
        if left in coarse:
            kind = 3 + "&<>".index(name[at])
            keys.append(kind << 56 | coarse[left] << 28 | (word(right) if right else HYPHEN))
            names["tw"].append(name)
    width = bank.width
    rows = [np.zeros((1, width), dtype=np.float32)]
    lines: list[Ints] = []
    count = 1
    for group, listed in names.items():
        for start in range(0, len(listed), 4096):
            blocks = bank.named(group, listed[start : start + 4096])
            used = blocks.any(axis=2)
            line = np.zeros((len(blocks), 4), dtype=np.int64)
            line[:, : used.shape[1]][used] = np.arange(count, count + int(used.sum()))
            lines.append(line)
            rows.append(blocks[used])
            count += int(used.sum())
    table = Table.of(kernels, np.array(keys, np.int64), np.arange(len(keys), dtype=np.int64))
    joined = np.concatenate(lines) if lines else np.zeros((1, 4), np.int64)
    return table, joined, np.concatenate(rows)


class PassTables:
    """Which feature each event of :mod:`ingest.models.second` is, as numbers of blocks (0: none).

    Args:
        bank: the weights.
        group: ``p`` or ``h``.
        labels: of the pass that is looked at.
        cut: columns of the passes that look.
    """

    def __init__(self, bank: Bank, group: str, labels: Sequence[str], cut: slice) -> None:
        types = sorted({n[2:] for n in labels if n != "O"})
        marks = "SBIE"
        words = ["once", "alone", "once-part", "alone-part"]
        words += [f"{t}{c}{n}" for t in types for c in "hml" for n in (1, 2, 3)]
        about = [*(f"whole-{t}" for t in types), *(f"ends-{t}" for t in types), "ends-"]
        levels = range(6)
        known = {name: n for n, name in enumerate(bank.names(group), 1)}
        get = known.get

        def table(names: Sequence[str], *shape: int) -> Ints:
            return np.array([get(n, 0) for n in names], dtype=np.int64).reshape(*shape)

        size = len(types)
        blocks = bank.named(group, list(known))[:, :, cut]
        empty = np.zeros((1, 3, blocks.shape[2]), dtype=np.float32)
        combinations = itertools.product("012345", repeat=size)
        self.arrays = (
            np.ascontiguousarray(np.concatenate([empty, blocks])),
            table([f"m={name}{n}" for name in labels for n in levels], len(labels), 6),
            table([f"w-{t}{n}" for t in types for n in levels], size, 6),
            table([f"v-{t}{n}" for t in types for n in levels], size, 6),
            table([f"d{m}-{w}" for m in marks for w in words], 4, len(words)),
            table([f"lf-{a}" for a in about], len(about)),
            table(["lf" + "".join(c) for c in combinations], 6**size),
            table(
                [f"lf{n}{i}-{a}" for n in range(16) for i in range(16) for a in about],
                16, 16, len(about),
            ),
            table([f"sf{m}-{t}{n}" for m in "BIE" for t in types for n in levels], 3, size, 6),
        )  # fmt: skip
