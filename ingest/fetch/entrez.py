"""Search PubMed or PubMed Central and keep the records as files, page by page.

Source of the protocol: NCBI, "Entrez Programming Utilities Help" (esearch, efetch, the history
server, three requests a second without an API key and ten with one).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.errors import InputError, UsageError
from ingest.fetch.client import Client, Limits, TransientError
from ingest.fetch.manifest import Manifest, Page, locked
from ingest.fetch.replies import PageCheck, SearchReply, read_search

__all__ = ["DEFAULT_URL", "MOST", "FetchReport", "pubmed"]

DEFAULT_URL = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
MOST = 9_999
"""records of one query: E-utilities give no more"""
_PAGE = {"pubmed": 200, "pmc": 20}
_MOST_FAILED = 3
"""pages in a row that may fail before the fetch gives up"""

Progress = Callable[[int, int | None, str], None]


@dataclass
class FetchReport:
    """What a fetch did.

    ``count`` hits that the service has, of which ``wanted`` were asked for; ``fetched`` records came
    in this run, ``kept`` were there before; ``files`` to read, in order; ``missing`` ids that the
    service lists but did not give; ``failures`` pages that could not be had, with the reason;
    ``warnings`` what the service remarked about the query.
    """

    database: str
    query: str
    folder: Path
    count: int = 0
    wanted: int = 0
    fetched: int = 0
    kept: int = 0
    requests: int = 0
    retries: int = 0
    bytes: int = 0
    seconds: float = 0.0
    files: tuple[Path, ...] = ()
    missing: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=())

    @property
    def complete(self) -> bool:
        """Whether nothing is left to fetch."""
        return not self.failures

    def lines(self) -> list[str]:
        """Return the report as text, one remark a line."""
        told = [f"{self.database}: {w}" for w in self.warnings]
        if not self.count:
            return [*told, f"{self.database} finds nothing for {self.query!r}"]
        told.append(
            f"{self.database}: {self.count:,} found, {self.fetched:,} fetched, {self.kept:,} there "
            f"before, {self.requests:,} requests ({self.retries:,} repeated), in {self.folder}"
        )
        if self.missing:
            shown = ", ".join(self.missing[:5]) + (" ..." if len(self.missing) > 5 else "")
            told.append(f"{len(self.missing):,} listed but not given by the service: {shown}")
        told.extend(f"not fetched: {f}. Run the same command again." for f in self.failures)
        return told


def pubmed(
    query: str,
    *,
    max: int,
    database: str = "pubmed",
    folder: Path,
    api_key: str | None = None,
    email: str | None = None,
    base_url: str = DEFAULT_URL,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> FetchReport:
    """Fetch the records that a query finds into a folder.

    A fetch that was stopped goes on with the pages that are missing. One that was complete searches
    again and brings only records that are new since then; to fetch all anew, remove the folder.
    The folder belongs to one query and one ``max``.

    Args:
        query: as one would type it at PubMed.
        max: records at most, 1 to 9,999 (for more, narrow the query by dates, or read NLM's baseline
            files).
        database: ``pubmed`` (abstracts, PubMed XML) or ``pmc`` (full texts, JATS XML).
        folder: where pages and a manifest are kept.
        api_key: of NCBI; with it ten requests a second instead of three. Never written to the folder.
        email: told to NCBI with every request.
        base_url: of the E-utilities.
        progress: called with (records, records wanted, what is going on).
        limits: patience, sizes, records per page.

    Raises:
        UsageError: if an argument is wrong, or the folder holds another query.
        ConfigError: if the API key is refused.
        InputError: if the service refuses the query, cannot be reached or keeps failing; what was
            fetched stays, and the same call goes on.
    """
    if database not in _PAGE:
        raise UsageError(f"unknown database {database!r}", hint="Known: pmc, pubmed.")
    if not query.strip():
        raise UsageError("the query is empty")
    if not 1 <= max <= MOST:
        raise UsageError(
            f"a query can bring 1 to {MOST:,} records, not {max:,}",
            hint="Narrow it by dates, as in 'lithium AND 2015:2019[dp]', and fetch in parts.",
        )
    began = time.monotonic()
    folder = folder.expanduser()

    def tell(message: str) -> None:
        if progress:
            progress(fetch.got, fetch.total, message)

    client = Client(
        base_url,
        parameters={"db": database, "tool": "etiograph", "email": email, "api_key": api_key},
        per_second=9.5 if api_key else 2.9,
        contact=email,
        limits=limits,
        tell=tell,
    )
    fetch = _Fetch(client, database, query, max, folder, tell)
    with locked(folder):
        report = fetch.run()
    report.requests, report.retries = client.requests, client.retries
    report.seconds = round(time.monotonic() - began, 3)
    return report


class _Fetch:
    def __init__(
        self,
        client: Client,
        database: str,
        query: str,
        max_: int,
        folder: Path,
        tell: Callable[[str], None],
    ) -> None:
        self.client = client
        self.database = database
        self.query = query
        self.max = max_
        self.folder = folder
        self.tell = tell
        self.size = client.limits.page or _PAGE[database]
        self.got = 0
        self.total: int | None = None

    def run(self) -> FetchReport:
        manifest = Manifest.load(self.folder)
        if manifest is None:
            manifest = Manifest(self.database, self.query, self.max)
            self._search(manifest)
        elif (manifest.database, manifest.query, manifest.max) != (
            self.database, self.query, self.max,
        ):  # fmt: skip
            raise UsageError(
                f"the folder holds what {manifest.database} found for {manifest.query!r}, "
                f"{manifest.max:,} at most",
                where=str(self.folder),
                hint="Give every query its own folder.",
            )
        elif manifest.complete:
            self._search(manifest)
        report = FetchReport(self.database, self.query, self.folder)
        self.total = len(manifest.ids)
        todo: list[Page] = []
        for page in manifest.pages:
            if manifest.whole(self.folder, page):
                report.kept += page.records
                self.got += page.records
            else:
                todo.append(page)
        try:
            self._fetch(manifest, todo, report)
        except InputError as error:
            error.hint = error.hint or (
                f"What was fetched is kept in {self.folder}; run the same command again to go on."
            )
            raise
        if not report.failures:
            manifest.complete = True
            manifest.save(self.folder)
        report.count, report.wanted = manifest.count, len(manifest.ids)
        report.warnings = tuple(manifest.warnings)
        done = [p for p in manifest.pages if p.sha256]
        report.files = tuple(self.folder / p.file for p in done if p.records)
        report.bytes = sum(p.bytes for p in done)
        report.missing = tuple(i for p in done for i in p.missing)
        return report

    # searching ----------------------------------------------------------------------------

    def _search(self, manifest: Manifest) -> None:
        """Bring the list of ids up to date, and plan pages for those not planned yet."""
        self.tell("searching")
        ids: dict[str, None] = {}
        first: SearchReply | None = None
        while first is None or len(ids) < min(self.max, first.count):
            reply = self._search_page(len(ids))
            first = first or reply
            before = len(ids)
            ids.update(dict.fromkeys(reply.ids))
            if len(ids) == before:
                break
        found = list(ids)[: self.max]
        if first.count and not found:
            raise InputError(
                f"the service counts {first.count:,} records but lists none",
                where=self.client.where("esearch.fcgi"),
            )
        known = {i for page in manifest.pages for i in page.ids}
        new = [i for i in found if i not in known]
        fresh = not manifest.pages
        manifest.count, manifest.ids, manifest.warnings = first.count, found, first.warnings
        manifest.webenv, manifest.query_key = first.webenv, first.query_key
        manifest.complete = False
        for page in manifest.pages:
            page.offset = -1
        for start in range(0, len(new), self.size):
            name = f"{self.database}-{len(manifest.pages) + 1:05d}.xml"
            part = new[start : start + self.size]
            manifest.pages.append(Page(name, part, start if fresh else -1))
        manifest.save(self.folder)

    def _search_page(self, start: int) -> SearchReply:
        parameters = {
            "term": self.query, "usehistory": "y", "retmode": "xml",
            "retstart": start, "retmax": self.max - start,
        }  # fmt: skip
        where = self.client.where("esearch.fcgi")
        try:
            reply: SearchReply = self.client.call("esearch.fcgi", parameters, read_search)
        except TransientError as error:
            raise InputError(
                f"{error}; gave up after {self.client.limits.attempts} attempts", where=where
            ) from error
        except InputError as error:
            error.where = error.where or where
            raise
        return reply

    # fetching -----------------------------------------------------------------------------

    def _fetch(self, manifest: Manifest, pages: list[Page], report: FetchReport) -> None:
        failures: list[str] = []
        row = 0
        for page in pages:
            self.tell(page.file)
            try:
                self._page(manifest, page)
            except TransientError as error:
                row += 1
                page.problem = str(error)
                manifest.save(self.folder)
                failures.append(f"{page.file}: {error}")
                if row == _MOST_FAILED or len(pages) == 1:
                    raise InputError(
                        f"{error}; gave up after {self.client.limits.attempts} attempts",
                        where=f"{self.client.where('efetch.fcgi')}, {page.file}",
                    ) from error
                continue
            row = 0
            page.problem = ""
            manifest.save(self.folder)
            report.fetched += page.records
            self.got += page.records
            self.tell(page.file)
        report.failures = tuple(failures)

    def _page(self, manifest: Manifest, page: Page) -> None:
        common = {"retmode": "xml"}
        if page.offset >= 0 and manifest.webenv:
            history = {
                **common, "WebEnv": manifest.webenv, "query_key": manifest.query_key or "1",
                "retstart": page.offset, "retmax": len(page.ids),
            }  # fmt: skip
            # the history is forgotten after some hours: then ask for the records themselves
            try:
                if self._get(page, history, strict=True):
                    return
            except InputError:
                if self.client.status != 400:
                    raise
            for other in manifest.pages:
                other.offset = -1
        self._get(page, {**common, "id": ",".join(page.ids)}, strict=False)

    def _get(self, page: Page, parameters: dict[str, Any], *, strict: bool) -> bool:
        """Fetch a page; with ``strict`` False if it is an error or holds other pages' records."""
        path = self.folder / page.file
        partial = path.with_name(path.name + ".part")
        wanted = set(page.ids)

        def use(body: Iterator[bytes]) -> PageCheck | None:
            check = PageCheck(self.database)
            digest = hashlib.sha256()
            size = 0
            with _writing(self.folder), partial.open("wb") as out:
                for chunk in body:
                    check.feed(chunk)
                    digest.update(chunk)
                    size += len(chunk)
                    out.write(chunk)
            if strict and (check.error or not wanted.issuperset(check.ids)):
                return None
            check.finish()
            page.sha256, page.bytes, page.records = digest.hexdigest(), size, check.records
            given = set(check.ids)
            page.missing = [i for i in page.ids if i not in given] if given else []
            return check

        found = self.client.call("efetch.fcgi", parameters, use)
        if found is None:
            partial.unlink(missing_ok=True)
            return False
        partial.replace(path)
        return True


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Turn a disk that is full or read-only into an error of ours."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"cannot write: {reason}", where=str(folder)) from error
