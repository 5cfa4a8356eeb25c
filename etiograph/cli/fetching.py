"""What ``etiograph ingest --pubmed`` and ``--pmc`` do before anything is read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from etiograph.cli.common import loaded_settings, note, progress

__all__ = ["fetched"]


def fetched(
    pubmed: Sequence[str] | None, pmc: Sequence[str] | None, *, limit: int, quiet: bool = False
) -> list[str]:
    """Fetch what PubMed or PubMed Central finds for the queries; return the files to read.

    Files are kept in a folder per query under ``fetched`` of the setting ``home``: a fetch that was
    stopped goes on, and one that is repeated only brings what is new. What is contacted is said on
    standard error first.

    Raises:
        InputError: if the service cannot be reached, refuses the query or keeps failing.
        UsageError: if a query or a setting is wrong.
    """
    wanted = [("pubmed", q) for q in pubmed or ()] + [("pmc", q) for q in pmc or ()]
    if not wanted:
        return []
    from ingest import fetch

    settings = loaded_settings().settings
    key = settings.ncbi_api_key
    files: list[str] = []
    for database, query in wanted:
        note(f"contacting {settings.ncbi_url} (database {database}): {query}", quiet=quiet)
        with progress("fetching", quiet=quiet) as update:
            report = fetch.pubmed(
                query,
                max=limit,
                database=database,
                folder=folder(settings.home, database, query, limit),
                api_key=key.get_secret_value() if key else None,
                email=settings.ncbi_email,
                base_url=settings.ncbi_url,
                progress=update,
            )
        for line in report.lines():
            note(line, quiet=quiet)
        files.extend(str(file) for file in report.files)
    return files


def folder(home: Path, database: str, query: str, limit: int) -> Path:
    """Return the folder that a query's files are kept in."""
    digest = hashlib.sha256(f"{database}\n{query}\n{limit}".encode()).hexdigest()[:12]
    return home.expanduser() / "fetched" / f"{database}-{digest}"
