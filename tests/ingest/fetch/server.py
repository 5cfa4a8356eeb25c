"""A small E-utilities on loopback, with faults on demand."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

Fault = Callable[["Handler"], bool]
"""answers a request instead of the service; False to let the service answer after all"""


def pubmed_record(id: str) -> str:
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{id}</PMID>'
        "<Article><Journal><JournalIssue><PubDate><Year>2020</Year></PubDate></JournalIssue>"
        f"<Title>A journal</Title></Journal><ArticleTitle>Lithium and the kidney, part {id}."
        "</ArticleTitle><Abstract><AbstractText>Lithium causes polyuria in β-cells &lt; 5."
        "</AbstractText></Abstract></Article><CommentsCorrectionsList><CommentsCorrections>"
        '<PMID Version="1">99999</PMID></CommentsCorrections></CommentsCorrectionsList>'
        "</MedlineCitation></PubmedArticle>\n"
    )


def pmc_record(id: str) -> str:
    return (
        '<article article-type="research-article"><front><article-meta>'
        f'<article-id pub-id-type="pmid">7{id}</article-id>'
        f'<article-id pub-id-type="pmcid">PMC{id}</article-id><title-group><article-title>'
        f"Lithium in full, part {id}</article-title></title-group></article-meta></front>"
        "<body><p>Lithium causes polyuria.</p></body></article>\n"
    )


class Service(ThreadingHTTPServer):
    """What it holds, what it was asked, and the faults it is to show first."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ids = [str(1000 + n) for n in range(25)]
        self.session = "S1"
        self.faults: dict[str, list[Fault]] = {"esearch.fcgi": [], "efetch.fcgi": []}
        self.asked: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.times: list[float] = []
        self.methods: list[str] = []
        self.gone: set[str] = set()
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/entrez/eutils"

    def calls(self, tool: str) -> list[dict[str, str]]:
        return [parameters for name, parameters, _ in self.asked if name == tool]


class Handler(BaseHTTPRequestHandler):
    server: Service
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        return

    def do_POST(self) -> None:
        self.do_GET(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def do_GET(self, body: str = "") -> None:
        parts = urlsplit(self.path)
        self.tool = parts.path.rpartition("/")[2]
        self.parameters = dict(parse_qsl(body or parts.query))
        self.server.asked.append((self.tool, self.parameters, dict(self.headers.items())))
        self.server.times.append(time.monotonic())
        self.server.methods.append(self.command)
        faults = self.server.faults.get(self.tool, [])
        if faults and faults.pop(0)(self):
            return
        self.reply(self.right_answer())

    def right_answer(self) -> bytes:
        return self.search() if self.tool == "esearch.fcgi" else self.fetch()

    def search(self) -> bytes:
        ids = self.server.ids
        start = int(self.parameters.get("retstart", 0))
        most = int(self.parameters.get("retmax", 20))
        listed = "".join(f"<Id>{i}</Id>" for i in ids[start : start + most])
        return (
            '<?xml version="1.0" encoding="UTF-8" ?>\n<!DOCTYPE eSearchResult PUBLIC "-//NLM//DTD '
            'esearch 20060628//EN" "https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/esearch.dtd">'
            f"<eSearchResult><Count>{len(ids)}</Count><RetMax>{most}</RetMax><RetStart>{start}"
            f"</RetStart><QueryKey>1</QueryKey><WebEnv>{self.server.session}</WebEnv>"
            f"<IdList>{listed}</IdList><QueryTranslation>"
            f"{escape(self.parameters.get('term', ''))}</QueryTranslation></eSearchResult>"
        ).encode()

    def fetch(self) -> bytes:
        if "id" in self.parameters:
            ids = self.parameters["id"].split(",")
        elif self.parameters.get("WebEnv") != self.server.session:
            return b"<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>"
        else:
            start = int(self.parameters["retstart"])
            ids = self.server.ids[start : start + int(self.parameters["retmax"])]
        ids = [i for i in ids if i not in self.server.gone]
        if self.parameters["db"] == "pmc":
            return f"<pmc-articleset>{''.join(map(pmc_record, ids))}</pmc-articleset>".encode()
        return (
            '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, '
            '1st January 2024//EN" "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_240101.dtd">\n'
            f"<PubmedArticleSet>{''.join(map(pubmed_record, ids))}</PubmedArticleSet>"
        ).encode()

    def reply(self, content: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)


# faults --------------------------------------------------------------------------------------


def status(code: int, content: bytes = b"", **headers: str) -> Fault:
    def fault(handler: Handler) -> bool:
        handler.reply(content, code, **headers)
        return True

    return fault


def says(content: str) -> Fault:
    return status(200, content.encode())


def short(handler: Handler) -> bool:
    """Announce more than is sent."""
    content = handler.right_answer()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content[: len(content) // 2])
    handler.close_connection = True
    return True


def unclosed(handler: Handler) -> bool:
    """Send half of the XML as if it were all of it."""
    content = handler.right_answer()
    handler.reply(content[: len(content) // 2])
    return True


def cut_chunks(handler: Handler) -> bool:
    """Break off in a chunked reply."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"40\r\n<PubmedArticleSet>")
    handler.close_connection = True
    return True


def hangs(handler: Handler) -> bool:
    """Say nothing until the test is over."""
    handler.server.released.wait(30)
    handler.close_connection = True
    return True


def hangs_midway(handler: Handler) -> bool:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b"<PubmedArticleSet>")
    handler.wfile.flush()
    return hangs(handler)


def drips(handler: Handler) -> bool:
    """A byte now and then: never silent for long, never done."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    try:
        while not handler.server.released.wait(0.05):
            handler.wfile.write(b" ")
    except OSError:
        pass
    handler.close_connection = True
    return True


def resets(handler: Handler) -> bool:
    """Close the connection with an RST."""
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()
    handler.close_connection = True
    return True


@contextmanager
def running() -> Iterator[Service]:
    service = Service()
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.released.set()
        service.shutdown()
        thread.join()
        service.server_close()
