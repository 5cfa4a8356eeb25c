"""One resolver per family of components: a name, a class or an instance all work as an argument."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

from graph.errors import UsageError

__all__ = ["Registry"]

T = TypeVar("T")


class Registry(Generic[T]):
    """Names of implementations of one interface, loaded when first asked for.

    Args:
        kind: what they are, for messages (``source``, ``recogniser`` ...).
        base: the class every implementation derives from.
        entries: name -> ``module:Class``. A name that ends in a colon is a family: ``spacy:`` makes
            ``spacy:en_model`` known, whose class is called with ``"en_model"`` first.
    """

    def __init__(self, kind: str, base: type[T], entries: Mapping[str, str]) -> None:
        self.kind = kind
        self.base = base
        self._entries: dict[str, str | type[T]] = dict(entries)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(n for n in self._entries if not n.endswith(":")))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._split(name)[0] in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def families(self) -> list[str]:
        """The prefixes that take an argument after their colon."""
        return sorted(n for n in self._entries if n.endswith(":"))

    def _split(self, name: str) -> tuple[str, str]:
        """The key of a name, and its argument if the key is a family's."""
        family, colon, argument = name.partition(":")
        if name not in self._entries and argument and family + colon in self._entries:
            return family + colon, argument
        return name, ""

    def register(self, name: str, implementation: type[T]) -> None:
        """Add an implementation from outside (a plug-in, or a layer above).

        Raises:
            UsageError: if the name is taken or the class is not of this family.
        """
        if name in self._entries:
            raise UsageError(f"there is already a {self.kind} named {name!r}")
        if not issubclass(implementation, self.base):
            raise UsageError(f"{implementation.__name__} is not a {self.base.__name__}")
        self._entries[name] = implementation

    def lookup(self, name: str) -> type[T]:
        """Return the class registered under a name.

        Raises:
            UsageError: if there is none.
        """
        name, _ = self._split(name)
        try:
            entry = self._entries[name]
        except KeyError:
            known = ", ".join([*self, *(f"{family}..." for family in self.families)])
            raise UsageError(f"unknown {self.kind} {name!r}", hint=f"Known: {known}.") from None
        if isinstance(entry, str):
            module, _, attribute = entry.partition(":")
            found: type[T] = getattr(importlib.import_module(module), attribute)
            self._entries[name] = found
            return found
        return entry

    def make(self, query: str | type[T] | T, **settings: Any) -> T:
        """Return an instance from a name, a class or an instance (then without settings).

        What follows a colon in a name is given to the class: ``scispacy:DIRECTORY``.

        Raises:
            UsageError: if the name is unknown or the object is not of this family.
        """
        if isinstance(query, self.base):
            if settings:
                raise UsageError(f"settings cannot be given with a ready {self.kind}")
            return query
        if isinstance(query, str):
            _, argument = self._split(query)
            if query in self._entries and query.endswith(":"):
                raise UsageError(f"the {self.kind} {query!r} needs a name after its colon")
            implementation: Any = self.lookup(query)
            made: T = (
                implementation(argument, **settings) if argument else implementation(**settings)
            )
            return made
        if isinstance(query, type) and issubclass(query, self.base):
            return query(**settings)
        raise UsageError(f"{query!r} is not a {self.kind}")
