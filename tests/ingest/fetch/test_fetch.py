"""The fetcher against a real server on loopback that speaks E-utilities, and misbehaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from graph.errors import ConfigError, InputError, UsageError
from ingest import fetch
from ingest.document import Document
from ingest.fetch.client import Client, _retry_after
from ingest.sources import pick
from tests.ingest.fetch import server as faults
from tests.ingest.fetch.server import Handler, Service, running

QUICK = fetch.Limits(
    attempts=3, timeout=0.4, deadline=1.0, backoff=0.01, longest=0.05, most_patience=2.0, page=10
)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with running() as found:
        yield found


def get(service: Service, folder: Path, query: str = "lithium", **more: Any) -> fetch.FetchReport:
    settings: dict[str, Any] = {
        "max": 100, "api_key": "K3Y", "base_url": service.url, "limits": QUICK,
    }  # fmt: skip
    return fetch.pubmed(query, folder=folder, **{**settings, **more})


def pmids(report: fetch.FetchReport) -> list[str]:
    """The ids that the ordinary reader finds in the files."""
    return [
        item.id.removeprefix("pubmed:")
        for file in report.files
        for item in pick(file).read(file)
        if isinstance(item, Document)
    ]


def leftovers(folder: Path) -> list[Path]:
    return list(folder.glob("*.part"))


# the ordinary way ----------------------------------------------------------------------------


def test_all_pages_come_by_the_history(service: Service, tmp_path: Path) -> None:
    report = get(service, tmp_path / "new" / "folder")
    assert (report.count, report.wanted, report.fetched, report.kept) == (25, 25, 25, 0)
    assert [f.name for f in report.files] == [f"pubmed-{n:05d}.xml" for n in (1, 2, 3)]
    assert pmids(report) == service.ids
    pages = service.calls("efetch.fcgi")
    assert [(p["retstart"], p["retmax"]) for p in pages] == [("0", "10"), ("10", "10"), ("20", "5")]
    assert all(p["WebEnv"] == "S1" and "id" not in p for p in pages)
    assert report.requests == 4
    assert report.complete
    assert not leftovers(report.folder)
    manifest = json.loads((report.folder / "manifest.json").read_text())
    assert manifest["complete"]
    assert manifest["query"] == "lithium"
    assert "K3Y" not in (report.folder / "manifest.json").read_text()


def test_max_is_the_most(service: Service, tmp_path: Path) -> None:
    report = get(service, tmp_path, max=13)
    assert (report.count, report.wanted) == (25, 13)
    assert pmids(report) == service.ids[:13]


def test_full_texts(service: Service, tmp_path: Path) -> None:
    report = get(service, tmp_path, database="pmc")
    assert report.fetched == 25
    assert not report.missing
    assert all(p["db"] == "pmc" for _, p, _ in service.asked)
    assert report.files[0].read_text().count("<article ") == 10
    assert len(pmids(report)) == 25


def test_who_asks_is_said_honestly(service: Service, tmp_path: Path) -> None:
    get(service, tmp_path / "a", email="ada@example.org")
    for _, parameters, headers in service.asked:
        assert headers["User-Agent"].startswith("etiograph/")
        assert headers["User-Agent"].endswith(" (+mailto:ada@example.org)")
        assert parameters["tool"] == "etiograph"
        assert parameters["email"] == "ada@example.org"
        assert parameters["api_key"] == "K3Y"
    service.asked.clear()
    get(service, tmp_path / "b", api_key=None)
    for _, parameters, headers in service.asked:
        assert "mailto" not in headers["User-Agent"]
        assert not {"email", "api_key"} & set(parameters)


@pytest.mark.parametrize(("key", "least"), [(None, 1 / 3), ("K3Y", 1 / 10)])
def test_requests_keep_their_distance(
    service: Service, tmp_path: Path, key: str | None, least: float
) -> None:
    get(service, tmp_path, api_key=key)
    gaps = [b - a for a, b in zip(service.times, service.times[1:], strict=False)]
    assert len(gaps) == 3
    assert sum(gaps) >= 3 * least - 0.02  # the server's clock starts a little after ours


def test_long_queries_are_posted(service: Service, tmp_path: Path) -> None:
    query = " OR ".join(f"lithium[tiab] AND {n}" for n in range(300))
    get(service, tmp_path, query, max=5)
    assert service.methods == ["POST", "GET"]
    assert service.calls("esearch.fcgi")[0]["term"] == query


def test_progress_is_told(service: Service, tmp_path: Path) -> None:
    told: list[tuple[int, int | None, str]] = []
    service.faults["efetch.fcgi"] = [faults.status(503)]
    get(service, tmp_path, progress=lambda *x: told.append(x))
    assert told[0] == (0, None, "searching")
    assert told[-1][:2] == (25, 25)
    assert any("503" in message and "again" in message for _, _, message in told)


# resuming ------------------------------------------------------------------------------------


def test_a_second_call_fetches_only_what_is_new(service: Service, tmp_path: Path) -> None:
    first = get(service, tmp_path)
    service.asked.clear()
    again = get(service, tmp_path)
    assert [tool for tool, _, _ in service.asked] == ["esearch.fcgi"]
    assert (again.fetched, again.kept, again.files) == (0, 25, first.files)
    service.ids = ["2001", "2000", *service.ids]
    later = get(service, tmp_path)
    assert (later.fetched, later.kept) == (2, 25)
    assert service.calls("efetch.fcgi")[-1]["id"] == "2001,2000"
    assert sorted(pmids(later)) == sorted(service.ids)


def test_a_fetch_that_gave_up_goes_on(service: Service, tmp_path: Path) -> None:
    service.faults["efetch.fcgi"] = [lambda _: False, *[faults.status(500)] * 3]
    with pytest.raises(InputError, match=r"500.*gave up after 3 attempts") as caught:
        get(service, tmp_path)
    assert "run the same command again" in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert (tmp_path / "pubmed-00001.xml").exists()
    assert not leftovers(tmp_path)
    service.asked.clear()
    report = get(service, tmp_path)
    assert (report.fetched, report.kept) == (15, 10)
    assert [tool for tool, _, _ in service.asked] == ["efetch.fcgi"] * 2
    assert pmids(report) == service.ids


def test_a_forgotten_history_is_no_obstacle(service: Service, tmp_path: Path) -> None:
    service.faults["efetch.fcgi"] = [lambda _: False, *[faults.status(502)] * 3]
    with pytest.raises(InputError):
        get(service, tmp_path)
    service.session = "S2"
    service.ids = ["77", *service.ids]  # and the same search would be in another order now
    report = get(service, tmp_path)
    assert pmids(report) == service.ids[1:]
    assert report.retries == 0
    assert [("id" in p) for p in service.calls("efetch.fcgi")[-2:]] == [True, True]


@pytest.mark.parametrize("code", [200, 400])
def test_a_history_that_shifts_is_noticed(service: Service, tmp_path: Path, code: int) -> None:
    if code == 200:
        # other records were inserted in front after the search
        def shifted(handler: Handler) -> bool:
            service.ids.insert(0, "5")
            return False

        service.faults["efetch.fcgi"] = [shifted]
        wanted = list(service.ids)
    else:
        service.faults["efetch.fcgi"] = [faults.status(400, b"<ERROR>WebEnv expired</ERROR>")]
        wanted = service.ids
    assert pmids(get(service, tmp_path)) == wanted


@pytest.mark.parametrize("how", ["removed", "cut", "changed"])
def test_a_page_that_is_not_as_it_was_is_fetched_again(
    service: Service, tmp_path: Path, how: str
) -> None:
    first = get(service, tmp_path)
    page = first.files[1]
    content = page.read_bytes()
    if how == "removed":
        page.unlink()
    else:
        page.write_bytes(content[:50] if how == "cut" else content.replace(b"kidney", b"kidnex"))
    report = get(service, tmp_path)
    assert (report.fetched, report.kept) == (10, 15)
    assert page.read_bytes() == content


def test_a_killed_fetch_goes_on(service: Service, tmp_path: Path) -> None:
    service.faults["efetch.fcgi"] = [lambda _: False, faults.hangs_midway]
    code = (
        "import sys; from pathlib import Path; from ingest import fetch; fetch.pubmed('lithium',"
        " max=100, folder=Path(sys.argv[1]), base_url=sys.argv[2], limits=fetch.Limits(page=10))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), service.url],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    try:
        until = time.monotonic() + 60
        while len(service.calls("efetch.fcgi")) < 2 and time.monotonic() < until:
            time.sleep(0.02)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    report = get(service, tmp_path)
    assert (report.fetched, report.kept) == (15, 10)
    assert pmids(report) == service.ids
    assert not leftovers(tmp_path)


def test_a_folder_belongs_to_one_query_and_one_process(service: Service, tmp_path: Path) -> None:
    get(service, tmp_path)
    with pytest.raises(UsageError, match=r"'lithium'.*Give every query its own folder"):
        get(service, tmp_path, "aspirin")
    with fetch.manifest.locked(tmp_path), pytest.raises(InputError, match="another process"):
        get(service, tmp_path)
    (tmp_path / "manifest.json").write_text('{"format": "etiograph-fetch 1"')
    with pytest.raises(InputError, match=r"cannot be read.*Remove the folder"):
        get(service, tmp_path)
    (tmp_path / "manifest.json").write_text('{"format": "etiograph-fetch 9"}')
    with pytest.raises(InputError, match="another version"):
        get(service, tmp_path)


# a service that fails ------------------------------------------------------------------------


@pytest.mark.parametrize("tool", ["esearch.fcgi", "efetch.fcgi"])
@pytest.mark.parametrize(
    "fault",
    [
        faults.status(429, b'{"error":"API rate limit exceeded"}'),
        faults.status(500),
        faults.status(502),
        faults.status(503),
        faults.short,
        faults.unclosed,
        faults.cut_chunks,
        faults.hangs,
        faults.hangs_midway,
        faults.drips,
        faults.resets,
        faults.says("<html><body>Sorry<br></body></html>"),
        faults.says("<html><body>Sorry</body></html>"),
        faults.says("<PubmedArticleSet><PubmedArticle></PubmedArticleSet>"),
        faults.says(""),
        faults.says("<eSearchResult><ERROR>Search Backend failed: timed out</ERROR></eSearchResult>"),
    ],
)  # fmt: skip
def test_what_passes_is_waited_for(
    service: Service, tmp_path: Path, tool: str, fault: faults.Fault
) -> None:
    service.faults[tool] = [fault, fault]
    report = get(service, tmp_path)
    assert report.fetched == 25
    assert pmids(report) == service.ids
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_honoured(service: Service, tmp_path: Path, form: str) -> None:
    value = "1"
    if form == "date":
        value = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    service.faults["esearch.fcgi"] = [faults.status(429, Retry_After=value)]
    get(service, tmp_path, max=5)
    assert service.times[1] - service.times[0] >= 0.9


def test_retry_after_that_asks_too_much(service: Service, tmp_path: Path) -> None:
    service.faults["esearch.fcgi"] = [faults.status(429, Retry_After="86400")]
    with pytest.raises(InputError, match="wait for 86,400 seconds"):
        get(service, tmp_path)
    assert _retry_after("soon") is None
    assert _retry_after("Fri, 99 Foo 2020") is None
    assert _retry_after("Wed, 21 Oct 2015 07:28:00") == 0.0


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (faults.status(503), "503"),
        (faults.hangs, "does not answer"),
        (faults.resets, "closed the connection"),
        (faults.unclosed, "not whole XML"),
        (faults.drips, "took more than 1 s"),
    ],
)
def test_it_gives_up_with_a_reason(
    service: Service, tmp_path: Path, fault: faults.Fault, message: str
) -> None:
    service.faults["esearch.fcgi"] = [fault] * 3
    with pytest.raises(InputError, match=f"{message}.*gave up after 3 attempts") as caught:
        get(service, tmp_path)
    assert "esearch.fcgi" in str(caught.value)
    assert "K3Y" not in str(caught.value)
    assert len(service.asked) == 3


def test_nobody_listens(service: Service, tmp_path: Path) -> None:
    url = service.url
    service.server_close()
    with pytest.raises(InputError, match="connection is refused; gave up"):
        get(service, tmp_path, base_url=url)


def test_one_page_that_never_comes_whole_costs_no_other(service: Service, tmp_path: Path) -> None:
    service.faults["efetch.fcgi"] = [lambda _: False, *[faults.unclosed] * 3]
    report = get(service, tmp_path)
    assert not report.complete
    assert report.failures[0].startswith("pubmed-00002.xml: the reply is not whole XML")
    assert any("pubmed-00002" in line and "again" in line for line in report.lines())
    assert pmids(report) == service.ids[:10] + service.ids[20:]
    assert get(service, tmp_path).complete


def test_a_service_that_only_fails_is_left_alone(service: Service, tmp_path: Path) -> None:
    service.faults["efetch.fcgi"] = [faults.unclosed] * 100
    with pytest.raises(InputError, match="gave up"):
        get(service, tmp_path)
    assert len(service.calls("efetch.fcgi")) == 9


def test_records_that_are_listed_but_not_given(service: Service, tmp_path: Path) -> None:
    service.gone = {"1003", "1024"}
    report = get(service, tmp_path)
    assert report.missing == ("1003", "1024")
    assert report.fetched == 23
    assert any("2 listed but not given" in line for line in report.lines())


# a service that refuses ----------------------------------------------------------------------


def test_a_search_that_finds_nothing(service: Service, tmp_path: Path) -> None:
    service.faults["esearch.fcgi"] = [
        faults.says(
            "<eSearchResult><Count>0</Count><RetMax>0</RetMax><RetStart>0</RetStart><IdList/>"
            "<ErrorList><PhraseNotFound>lithiumm</PhraseNotFound></ErrorList><WarningList>"
            "<OutputMessage>No items found.</OutputMessage></WarningList></eSearchResult>"
        )
    ]
    report = get(service, tmp_path, "lithiumm")
    assert (report.count, report.files, report.complete) == (0, (), True)
    assert report.warnings == ("not found: lithiumm", "No items found.")
    assert report.lines()[-1] == "pubmed finds nothing for 'lithiumm'"
    assert get(service, tmp_path, "lithiumm").fetched == 25  # a later search is a new one


def test_a_query_that_is_refused(service: Service, tmp_path: Path) -> None:
    service.faults["esearch.fcgi"] = [
        faults.says("<eSearchResult><ERROR>Invalid db name specified: x</ERROR></eSearchResult>")
    ]
    with pytest.raises(InputError, match="refuses the query: Invalid db name"):
        get(service, tmp_path)
    assert len(service.asked) == 1


def test_a_key_that_is_refused(service: Service, tmp_path: Path) -> None:
    service.faults["esearch.fcgi"] = [
        faults.status(400, b'{"error":"API key invalid","api-key":"K3Y"}')
    ]
    with pytest.raises(ConfigError, match="refuses the API key") as caught:
        get(service, tmp_path)
    assert "K3Y" not in str(caught.value)
    service.faults["esearch.fcgi"] = [faults.status(404, b"<h1>Not Found</h1>")]
    with pytest.raises(InputError, match="404 Not Found: Not Found"):
        get(service, tmp_path)


def test_entity_attacks_are_refused(service: Service, tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><PubmedArticleSet>&b;</PubmedArticleSet>'
    service.faults["efetch.fcgi"] = [faults.says(bomb)]
    with pytest.raises(InputError, match="defines XML entities"):
        get(service, tmp_path)


def test_replies_are_bounded(service: Service, tmp_path: Path) -> None:
    limits = fetch.Limits(attempts=1, page=10, max_bytes=2000)
    with pytest.raises(InputError, match="more than 2,000 bytes"):
        get(service, tmp_path, limits=limits)


def test_redirects(service: Service, tmp_path: Path) -> None:
    def there(handler: Handler) -> bool:
        handler.reply(b"", 307, Location=f"{service.url}/{handler.path.rpartition('/')[2]}")
        return True

    def elsewhere(handler: Handler) -> bool:
        url = service.url.replace("127.0.0.1", "localhost")
        handler.reply(b"", 302, Location=f"{url}/{handler.path.rpartition('/')[2]}")
        return True

    service.faults["esearch.fcgi"] = [there]
    assert get(service, tmp_path / "a").fetched == 25
    service.faults["esearch.fcgi"] = [there] * 50
    with pytest.raises(InputError, match="too many redirects"):
        get(service, tmp_path / "b")
    for target in ("file:///etc/passwd", "ftp://127.0.0.1/x"):
        service.faults["esearch.fcgi"] = [faults.status(302, Location=target)]
        with pytest.raises(InputError, match="redirect"):
            get(service, tmp_path / "c")
    service.faults["esearch.fcgi"] = [elsewhere]
    service.asked.clear()
    get(service, tmp_path / "d", email="ada@example.org")
    followed = service.calls("esearch.fcgi")[1]
    assert followed["term"] == "lithium"
    assert not {"api_key", "email"} & set(followed)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"database": "gene"}, "unknown database"),
        ({"query": "  "}, "the query is empty"),
        ({"max": 0}, "1 to 9,999"),
        ({"max": 10_000}, "Narrow it by dates"),
        ({"base_url": "file:///etc"}, "must start with http"),
        ({"base_url": "http://"}, "must start with http"),
        ({"base_url": "http://[::1"}, "not an address"),
        ({"email": "ada\r\nHost: evil"}, "not an e-mail address"),
    ],
)
def test_wrong_calls(
    service: Service, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        get(service, tmp_path, **change)
    assert not service.asked


def test_a_folder_that_cannot_be_written(service: Service, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write to the folder"):
        get(service, tmp_path / "file" / "below")


def test_a_shown_address_has_no_secret() -> None:
    client = Client("https://me:pass@host/x?y=1", parameters={}, per_second=1)
    assert "pass" not in client.where("esearch.fcgi")
