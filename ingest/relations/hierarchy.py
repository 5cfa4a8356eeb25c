"""Which MeSH descriptor is more general than which, from tree numbers."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["Hierarchy"]


class Hierarchy:
    """Tree numbers of MeSH descriptors.

    Args:
        numbers: MeSH id (``D011141``) -> its tree numbers (``C12.777.934.734`` ...).
    """

    def __init__(self, numbers: Mapping[str, tuple[str, ...]]) -> None:
        self.numbers = dict(numbers)

    @classmethod
    def parse(cls, text: str) -> Hierarchy:
        """Read lines ``id number number ...``."""
        rows = (line.split(" ") for line in text.splitlines() if line)
        return cls({row[0]: tuple(row[1:]) for row in rows})

    def __str__(self) -> str:
        return "\n".join(f"{id} {' '.join(n)}" for id, n in sorted(self.numbers.items()))

    def above(self, general: str, special: str) -> bool:
        """Whether one descriptor stands above another one in a tree."""
        lower = self.numbers.get(special, ())
        return any(
            low.startswith(high + ".") for high in self.numbers.get(general, ()) for low in lower
        )

    def branches(self, id: str) -> list[str]:
        """Return the branches that a descriptor is in, two levels (``C12``, ``C12.777``)."""
        found: dict[str, None] = {}
        for number in self.numbers.get(id, ()):
            parts = number.split(".", 2)
            found[parts[0]] = None
            if len(parts) > 1:
                found[".".join(parts[:2])] = None
        return list(found)

    def depth(self, id: str) -> int:
        """Return the level of the deepest of its places, 0 if it is in no tree."""
        return max((n.count(".") + 1 for n in self.numbers.get(id, ())), default=0)
