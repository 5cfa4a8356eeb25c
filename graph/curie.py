"""CURIEs in Bioregistry's normal form: ``MESH:D008687`` -> ``mesh:D008687``.

Prefixes are resolved by :mod:`bioregistry` (a resource of thousands of prefixes, loaded on first
use); what a prefix means is remembered for the life of the process.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from graph.errors import InputError

__all__ = ["is_valid", "normalize"]

# Prefixes met in nearly every run, as Bioregistry defines them: (normal prefix, whether local ids
# may repeat the prefix, pattern). They spare a run that meets no other the load of the whole
# registry; a test holds them to the registry.
_COMMON = {
    "chebi": r"^\d+$",
    "doi": r"^10.\d{2,9}/.*$",
    "hgnc": r"^\d{1,5}$",
    "mesh": r"^(C|D|Q)\d+$",
    "ncbigene": r"^\d+$",
    "pubmed": r"^\d+$",
}


class _Prefix(NamedTuple):
    name: str
    pattern: re.Pattern[str] | None
    banana: str
    """text that some people repeat before the local id, such as ``CHEBI:``"""


@lru_cache(maxsize=4096)
def _prefix(prefix: str) -> _Prefix | None:
    if prefix in _COMMON:
        return _Prefix(prefix, re.compile(_COMMON[prefix]), prefix + ":")
    import bioregistry

    name = bioregistry.normalize_prefix(prefix)
    if name is None:
        return None
    pattern = bioregistry.get_pattern(name)
    banana = bioregistry.get_banana(name) or name
    return _Prefix(name, re.compile(pattern) if pattern else None, banana + ":")


def normalize(curie: str) -> str:
    """Return a CURIE in Bioregistry's normal form.

    ``MESH:D008687`` -> ``mesh:D008687``, ``HGNC:6840`` -> ``hgnc:6840``, ``PMID:123`` ->
    ``pubmed:123``, ``CHEBI:15365`` and ``CHEBI:CHEBI:15365`` -> ``chebi:15365``.

    Raises:
        InputError: if it is no CURIE, its prefix is unknown, or the local id is not one that the
            prefix allows.
    """
    head, colon, local = curie.strip().partition(":")
    local = local.strip()
    if not colon or not head or not local or any(c.isspace() or ord(c) < 32 for c in head + local):
        raise InputError(
            f"{curie!r} is not a CURIE", hint="Write prefix:identifier, such as mesh:D008687."
        )
    known = _prefix(head)
    if known is None:
        known = _prefix(head.casefold())
    if known is None:
        raise InputError(
            f"the prefix {head!r} of {curie!r} is unknown",
            hint="Use a prefix registered in the Bioregistry, such as hgnc, mesh, chebi or pubmed.",
        )
    if known.pattern is not None and not known.pattern.match(local):
        shorter = local
        if local.casefold().startswith(known.banana.casefold()):
            shorter = local[len(known.banana) :]
        elif local.casefold().startswith(known.name + ":"):
            shorter = local[len(known.name) + 1 :]
        if not known.pattern.match(shorter):
            raise InputError(
                f"{local!r} is not an identifier of {known.name}",
                where=curie,
                hint=f"Its identifiers match {known.pattern.pattern}",
            )
        local = shorter
    return f"{known.name}:{local}"


def is_valid(curie: str) -> bool:
    """Return whether ``curie`` is already in normal form."""
    try:
        return normalize(curie) == curie
    except InputError:
        return False
