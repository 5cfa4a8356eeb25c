"""Every error etiograph raises on purpose, in one tree.

::

    EtiographError
    ├── UsageError            the call is wrong: an unknown name, options that exclude each other
    │   └── ConfigError       a setting is wrong or missing
    ├── InputError            what was given to read is wrong (file, record, line)
    ├── StoreError            the graph store
    │   ├── StoreUnavailableError   it cannot be reached or started
    │   │   └── StoreAuthError      it refused the user name or password
    │   ├── StoreLockedError        another process owns the folder
    │   ├── StoreVersionError       written by a newer version of etiograph
    │   ├── StoreDamagedError       its files are damaged
    │   └── StoreFullError          no space left to write
    ├── QueryError            a Cypher query failed
    │   ├── ReadOnlyError           the engine refused a write, a file read or a procedure
    │   └── QueryTimeoutError       it ran longer than allowed
    ├── DataError             a dataset cannot be used as asked
    ├── RefusedError          a causal question that cannot be answered, used as if it had been
    ├── ProviderError         a language model could not be reached, or gave nothing usable
    │   └── BudgetError             the calls, tokens, money or time allowed are spent
    └── CheckFailedError      a claim did not survive the independent check

A message says what was wrong, ``where`` it was and, as ``hint``, what to do about it.
``exit_code`` is what the command line ends with.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "BudgetError",
    "CheckFailedError",
    "ConfigError",
    "DataError",
    "EtiographError",
    "InputError",
    "ProviderError",
    "QueryError",
    "QueryTimeoutError",
    "ReadOnlyError",
    "RefusedError",
    "StoreAuthError",
    "StoreDamagedError",
    "StoreError",
    "StoreFullError",
    "StoreLockedError",
    "StoreUnavailableError",
    "StoreVersionError",
    "UsageError",
]


class EtiographError(Exception):
    """Base of every deliberate error.

    Args:
        message: what was wrong.
        where: the file, record, line, column or query it was found in.
        hint: what to do about it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        text = self.message
        if self.where:
            text += f" ({self.where})"
        if self.hint:
            text += f". {self.hint}" if not text.endswith((".", "?", "!")) else f" {self.hint}"
        return text


class UsageError(EtiographError):
    """The call itself is wrong."""

    exit_code = 2


class ConfigError(UsageError):
    """A setting is wrong or missing."""


class InputError(EtiographError):
    """What was given to read is wrong."""

    exit_code = 3


class StoreError(EtiographError):
    """Something about the graph store."""

    exit_code = 4


class StoreUnavailableError(StoreError):
    """The store cannot be reached or started."""


class StoreAuthError(StoreUnavailableError):
    """The store refused the user name or password."""


class StoreLockedError(StoreError):
    """Another process owns the store folder and cannot be joined."""


class StoreVersionError(StoreError):
    """The store was written by a newer version of etiograph."""

    exit_code = 5


class StoreDamagedError(StoreError):
    """The store's files are damaged."""

    exit_code = 5


class StoreFullError(StoreError):
    """There is no space left to write."""


class QueryError(EtiographError):
    """A Cypher query failed."""

    exit_code = 6


class ReadOnlyError(QueryError):
    """The engine refused a write, a file read or a procedure in a read-only query."""


class QueryTimeoutError(QueryError):
    """The query ran longer than allowed."""


class DataError(EtiographError):
    """A dataset cannot be used as asked."""

    exit_code = 3


class RefusedError(EtiographError):
    """A refusal was used where an estimand or an answer is needed."""

    exit_code = 7


class CheckFailedError(EtiographError):
    """A claim did not survive the independent check."""

    exit_code = 8


class ProviderError(EtiographError):
    """A language model could not be reached, or gave nothing usable."""

    exit_code = 9


class BudgetError(ProviderError):
    """The calls, tokens, money or time allowed for language models are spent."""
