"""HTTP as a careful guest: paced, retried with back-off, bounded in time and size.

Only http and https; redirects are few, never to a weaker scheme, and a secret never follows one to
another host.
"""

from __future__ import annotations

import email.utils
import http.client
import random
import re
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from typing import IO, Any

from graph.errors import ConfigError, InputError, UsageError

__all__ = ["Client", "Limits", "TransientError"]

_CHUNK = 1 << 16
_LONG_URL = 2_000
"""characters: a longer request is sent as POST, as NCBI asks for"""
_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
_SECRETS = ("api_key", "email")


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient a client is.

    ``attempts`` per request; ``timeout`` in seconds without a byte, ``deadline`` in seconds for a
    whole reply; ``backoff`` the first wait in seconds, doubled each time up to ``longest`` and varied
    by half; ``most_patience`` the longest wait in seconds that a server may ask for;
    ``max_bytes`` of one reply; ``redirects`` followed at most; ``page`` records per file, 0 for the
    database's own default.
    """

    attempts: int = 6
    timeout: float = 30.0
    deadline: float = 600.0
    backoff: float = 1.0
    longest: float = 60.0
    most_patience: float = 300.0
    max_bytes: int = 512 << 20
    redirects: int = 3
    page: int = 0


class TransientError(Exception):
    """Something that may go away when tried again; never leaves this package.

    ``wait`` are the seconds that the server asked to be left alone, None if it did not say.
    """

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http(s) only, never from https to http, without secrets to another host."""

    def __init__(self, most: int) -> None:
        self.max_redirections = most  # type: ignore[misc]
        self.max_repeats = most  # type: ignore[misc]

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Return the request to send instead, the same method and body."""
        old, new = urllib.parse.urlsplit(req.full_url), urllib.parse.urlsplit(newurl)
        where = _shown(req.full_url)
        if new.scheme not in ("http", "https") or (old.scheme == "https" and new.scheme == "http"):
            raise InputError(
                f"the server redirects to {new.scheme or 'nothing'}: refused", where=where
            )
        data = req.data
        if old.hostname != new.hostname:
            newurl = urllib.parse.urlunsplit(new._replace(query=_public(new.query)))
            if isinstance(data, bytes):
                data = _public(data.decode("ascii")).encode("ascii")
        kept = {k: v for k, v in req.header_items() if k.lower() not in ("host", "content-length")}
        return urllib.request.Request(newurl, data=data, headers=kept)


def _public(query: str) -> str:
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    return urllib.parse.urlencode([(k, v) for k, v in pairs if k not in _SECRETS])


def _shown(url: str) -> str:
    """A URL as it may be shown: without its query and without a user's name and password."""
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _agent(contact: str | None) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        known = version("etiograph")
    except PackageNotFoundError:  # run from a checkout that was never installed
        known = "0"
    return f"etiograph/{known}" + (f" (+mailto:{contact})" if contact else "")


class Client:
    """Sends requests to one service.

    Args:
        base_url: where the service is; http or https.
        parameters: sent with every request; those without a value are left out.
        per_second: requests that may be started per second.
        contact: an e-mail address for the user agent.
        limits: see :class:`Limits`.
        tell: called with what is being waited for.

    Raises:
        UsageError: if the address of the service or the contact is malformed.
    """

    def __init__(
        self,
        base_url: str,
        *,
        parameters: Mapping[str, str | None],
        per_second: float,
        contact: str | None = None,
        limits: Limits | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        try:
            parts = urllib.parse.urlsplit(base_url)
            _ = parts.port
        except ValueError as error:
            raise UsageError(f"not an address: {error}", where=base_url[:200]) from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(
                "the address of the service must start with http:// or https://",
                where=base_url[:200],
            )
        if contact and not re.fullmatch(r"[!-~]+@[!-~]+", contact):
            raise UsageError(f"{contact[:100]!r} is not an e-mail address")
        self.base_url = base_url.rstrip("/")
        self.limits = limits or Limits()
        self.requests = 0
        self.retries = 0
        self.status = 0
        """of the last reply that was a refusal"""
        self._parameters = {k: v for k, v in parameters.items() if v}
        self._interval = 1.0 / per_second
        self._next = 0.0
        self._tell = tell
        self._random = random.Random()
        self._headers = {"User-Agent": _agent(contact), "Accept-Encoding": "identity"}
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(),
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(context=ssl.create_default_context()),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            _Redirects(self.limits.redirects),
        ):
            self._opener.add_handler(handler)

    def where(self, tool: str) -> str:
        """Return the address of a tool, fit to be shown."""
        return _shown(f"{self.base_url}/{tool}")

    def call(
        self, tool: str, parameters: Mapping[str, Any], use: Callable[[Iterator[bytes]], Any]
    ) -> Any:
        """Ask a tool and return what ``use`` makes of its reply.

        ``use`` gets the body in chunks and is called again for every attempt; it may raise
        :class:`TransientError` to have the request repeated. A reply shorter than announced raises
        that by itself while it is read.

        Raises:
            TransientError: if the last attempt failed with one that ``use`` raised.
            InputError: if the service refuses the request, or cannot be reached after all attempts.
            ConfigError: if it refuses the API key.
        """
        attempts = max(1, self.limits.attempts)
        for attempt in range(1, attempts + 1):
            try:
                with self._open(tool, parameters) as body:
                    try:
                        return use(body)
                    except TransientError as error:
                        if attempt == attempts:
                            raise
                        problem = error
            except _UnreachableError as error:
                if attempt == attempts:
                    raise InputError(
                        f"{error}; gave up after {attempts} attempts", where=self.where(tool)
                    ) from error
                problem = error
            self._wait(attempt, problem, tool)
        raise AssertionError

    def _wait(self, attempt: int, problem: TransientError, tool: str) -> None:
        limits = self.limits
        wait = min(limits.longest, limits.backoff * 2 ** (attempt - 1))
        wait *= 0.5 + self._random.random()  # so that many clients do not come back at once
        if problem.wait is not None:
            if problem.wait > limits.most_patience:
                raise InputError(
                    f"{problem}; the server asks to wait for {problem.wait:,.0f} seconds",
                    where=self.where(tool),
                    hint="Run the same command again later.",
                )
            wait = max(wait, problem.wait)
        self.retries += 1
        if self._tell:
            self._tell(f"{problem}; trying again in {wait:.0f} s")
        time.sleep(wait)

    def _pace(self) -> None:
        now = time.monotonic()
        if now < self._next:
            time.sleep(self._next - now)
        self._next = max(now, self._next) + self._interval

    @contextmanager
    def _open(self, tool: str, parameters: Mapping[str, Any]) -> Iterator[Iterator[bytes]]:
        query = urllib.parse.urlencode({**self._parameters, **parameters})
        url, data = f"{self.base_url}/{tool}", None
        if len(url) + len(query) < _LONG_URL:
            url = f"{url}?{query}"
        else:
            data = query.encode("ascii")
        request = urllib.request.Request(url, data=data, headers=self._headers)
        self._pace()
        self.requests += 1
        until = time.monotonic() + self.limits.deadline
        response = self._send(request, tool)
        with response:
            yield self._body(response, until)

    def _send(self, request: urllib.request.Request, tool: str) -> Any:
        try:
            return self._opener.open(request, timeout=self.limits.timeout)
        except urllib.error.HTTPError as error:
            self.status = error.code
            with error:
                raise self._refused(error, tool) from error
        except urllib.error.URLError as error:
            reason = error.reason
            if isinstance(reason, ssl.SSLCertVerificationError):
                raise InputError(
                    f"its certificate is not valid: {reason.verify_message}", where=self.where(tool)
                ) from error
            raise _UnreachableError(_plain(reason)) from error
        except (OSError, http.client.HTTPException) as error:
            raise _UnreachableError(_plain(error)) from error

    def _refused(self, error: urllib.error.HTTPError, tool: str) -> Exception:
        """Return what an HTTP status means."""
        try:
            said = error.read(2_000).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            said = ""
        said = " ".join(re.sub(r"<[^>]*>", " ", said).split())[:200]
        shown = f"the server answers {error.code} {error.reason}".strip()
        if error.code in _RETRIED:
            return _UnreachableError(shown, _retry_after(error.headers.get("Retry-After")))
        if 300 <= error.code < 400:
            return InputError(
                "too many redirects, or one that is not followed", where=self.where(tool)
            )
        if "api key" in said.lower() or "api_key" in said.lower():
            return ConfigError(
                "the service refuses the API key", where=self.where(tool),
                hint="Check the setting ncbi_api_key (NCBI_API_KEY).",
            )  # fmt: skip
        return InputError(f"{shown}: {said}" if said else shown, where=self.where(tool))

    def _body(self, response: Any, until: float) -> Iterator[bytes]:
        announced = response.headers.get("Content-Length")
        size = 0
        try:
            while chunk := response.read1(_CHUNK):
                size += len(chunk)
                if size > self.limits.max_bytes:
                    raise InputError(
                        f"a reply of more than {self.limits.max_bytes:,} bytes",
                        where=_shown(response.url),
                    )
                if time.monotonic() > until:
                    raise TransientError(f"the reply took more than {self.limits.deadline:.0f} s")
                yield chunk
        except (OSError, http.client.HTTPException) as error:
            raise TransientError(f"the reply broke off: {_plain(error)}") from error
        if announced and announced.isdecimal() and size < int(announced):
            raise TransientError(f"the reply broke off after {size:,} of {int(announced):,} bytes")


class _UnreachableError(TransientError):
    """The server could not be reached, or is not able to answer now."""


def _plain(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "the server does not answer"
    if isinstance(error, ConnectionResetError):
        return "the server closed the connection"
    if isinstance(error, ConnectionRefusedError):
        return "the connection is refused"
    if isinstance(error, socket.gaierror):
        return "the name of the server cannot be resolved"
    if isinstance(error, http.client.RemoteDisconnected):
        return "the server closed the connection without an answer"
    if isinstance(error, http.client.IncompleteRead):
        return f"only {len(error.partial):,} bytes of the last part came"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__


def _retry_after(value: str | None) -> float | None:
    """Seconds of a Retry-After header (a number or a date), None if absent or unreadable."""
    if not value:
        return None
    if re.fullmatch(r"\d{1,9}", value.strip()):
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
