"""How jobs read at scale: chunks, workers, a cluster, what is redone, and what changed.

:mod:`ingest.job` is what is called; the modules here are its parts.
"""

from __future__ import annotations
