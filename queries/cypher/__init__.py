"""Named Cypher queries: a library of ``.cypher`` files that run unchanged on every store.

Each file begins with a header of comments that says what the query is for, which parameters it
takes and which columns it returns; :func:`library` reads and checks the headers, :func:`run` checks
the parameters against them and runs the query read-only::

    from queries.cypher import library, run

    library()["paths"].purpose
    run(store, "paths", source="mesh:D009765", target="mesh:D003924", max_hops=2).rows

A folder of your own files is added with ``library(extra=folder)`` or ``run(..., extra=folder)``.
"""

from __future__ import annotations

from queries.cypher.catalog import library, run
from queries.cypher.header import Column, NamedQuery, parse_header
from queries.cypher.parameters import CHOICES, Kind, Parameter, did_you_mean, parse_arguments

__all__ = [
    "CHOICES",
    "Column",
    "Kind",
    "NamedQuery",
    "Parameter",
    "did_you_mean",
    "library",
    "parse_arguments",
    "parse_header",
    "run",
]
