"""A real Neo4j Community server on this machine, without a container engine.

    python docker/neo4j/neo4j_local.py start|stop|status [--home FOLDER] [--port N]

Needs Java 17 (or 21) and Maven. The server's jars are fetched once into the user's cache folder
(``$XDG_CACHE_HOME/etiograph`` or ``~/.cache/etiograph``); data, configuration, logs and the
password are in the home folder (``.neo4j`` beside this repository's README unless given). It
listens on loopback only. ``start`` prints the three variables that etiograph reads.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import fcntl
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

HERE = Path(__file__).resolve().parent
DEFAULT_HOME = HERE.parents[1] / ".neo4j"
_VERSION = re.compile(r"<artifactId>neo4j</artifactId>\s*<version>([^<]+)</version>")

_STARTED: list[subprocess.Popen[bytes]] = []
"""Servers that this process started and that may outlive it."""


class LocalError(Exception):
    """The server cannot be started, in words for people."""


class Running(TypedDict):
    """A server that was started here."""

    pid: int
    uri: str
    user: str
    password: str


def missing() -> str | None:
    """Return what is missing to run a server here, None if nothing is."""
    java = shutil.which("java")
    if java is None:
        return "Java is not installed (Debian: openjdk-17-jre-headless)"
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found.group(1)) < 17:
        return "Java is older than 17"
    if not _complete(lib_folder()) and shutil.which("mvn") is None:
        return "Maven is not installed (Debian: maven)"
    return None


def _version() -> str:
    found = _VERSION.search((HERE / "pom.xml").read_text(encoding="utf-8"))
    if found is None:
        raise LocalError("pom.xml names no version of Neo4j")
    return found.group(1)


def lib_folder() -> Path:
    """Return where the jars of this version are or shall be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "etiograph" / f"neo4j-{_version()}" / "lib"


def _complete(lib: Path) -> bool:
    return (lib / f"neo4j-{_version()}.jar").is_file()


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def fetch() -> Path:
    """Copy the jars into the cache folder unless they are there; return it."""
    lib = lib_folder()
    with _locked(lib.parent.parent):
        if _complete(lib):
            return lib
        draft = lib.with_name("lib.new")
        shutil.rmtree(draft, ignore_errors=True)
        command = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies",
                   "-DincludeScope=runtime", f"-DoutputDirectory={draft}"]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0 or not _complete(draft):
            raise LocalError(
                f"Maven did not fetch the server:\n{(done.stdout + done.stderr)[-2000:]}"
            )
        shutil.rmtree(lib, ignore_errors=True)
        draft.rename(lib)
    return lib


def _alive(pid: int) -> bool:
    try:
        # a process of ours that ended and was not waited for counts as ended
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with contextlib.suppress(OSError):
        return b"CommunityEntryPoint" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return True


def status(home: Path = DEFAULT_HOME) -> Running | None:
    """Return the server that runs over ``home``, None if none does."""
    try:
        found: Running = json.loads((home / "running.json").read_text(encoding="utf-8"))
        return found if _alive(int(found["pid"])) else None
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _set_password(uri: str, home: Path, process: subprocess.Popen[bytes], deadline: float) -> str:
    """Wait until the server answers and return its password, set on the first start."""
    import neo4j
    from neo4j.exceptions import AuthError, DriverError, Neo4jError

    secret = home / "password"
    known = secret.read_text(encoding="utf-8") if secret.exists() else None
    while True:
        if process.poll() is not None:
            raise LocalError(f"the server ended while it started; see {home / 'logs'}")
        if time.monotonic() > deadline:
            raise LocalError(f"the server does not answer; see {home / 'logs'}")
        try:
            with neo4j.GraphDatabase.driver(
                uri,
                auth=("neo4j", known or "neo4j"),
                connection_timeout=2.0,
                telemetry_disabled=True,
            ) as driver:
                if known:
                    driver.verify_authentication()
                    with driver.session() as session:
                        session.run("RETURN 1").consume()
                    return known
                new = secrets.token_urlsafe(16)
                descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(new)
                with driver.session(database="system") as session:
                    session.run(
                        "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $new", new=new
                    ).consume()
                known = new
        except AuthError as error:
            raise LocalError(f"the server refuses the password in {secret}: {error}") from error
        except (DriverError, Neo4jError, OSError):
            time.sleep(0.3)


def _die_with_parent() -> None:
    # PR_SET_PDEATHSIG: a test run that is killed leaves no server behind
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def start(
    home: Path = DEFAULT_HOME,
    *,
    port: int = 0,
    heap: str = "1g",
    wait: float = 180.0,
    tied: bool = False,
) -> Running:
    """Start a server over ``home``, or return the one that runs there.

    Args:
        home: folder for its data, configuration, logs and password.
        port: Bolt port on loopback, any free one if 0.
        heap: its largest Java heap.
        wait: seconds to wait until it answers.
        tied: let it end with this process (Linux).
    """
    reason = missing()
    if reason:
        raise LocalError(reason)
    home = home.absolute()
    lib = fetch()
    with _locked(home):
        running = status(home)
        if running:
            return running
        port = port or _free_port()
        conf = home / "conf"
        conf.mkdir(parents=True, exist_ok=True)
        (conf / "neo4j.conf").write_text(
            f"server.bolt.listen_address=127.0.0.1:{port}\n"
            "server.default_listen_address=127.0.0.1\n"
            f"server.http.listen_address=127.0.0.1:{_free_port()}\n"
            "dbms.usage_report.enabled=false\n"
            "server.memory.pagecache.size=256m\n"
            f"server.memory.heap.max_size={heap}\n",
            encoding="utf-8",
        )
        (home / "logs").mkdir(exist_ok=True)
        with (home / "logs" / "console.log").open("ab") as log:
            process = subprocess.Popen(
                ["java", f"-Xmx{heap}", "-cp", f"{lib}/*", "org.neo4j.server.CommunityEntryPoint",
                 f"--home-dir={home}", f"--config-dir={conf}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=_die_with_parent if tied and sys.platform == "linux" else None,
            )  # fmt: skip
        _STARTED.append(process)
        uri = f"bolt://127.0.0.1:{port}"
        try:
            password = _set_password(uri, home, process, time.monotonic() + wait)
        except BaseException:
            process.kill()
            process.wait()
            raise
        running = Running(pid=process.pid, uri=uri, user="neo4j", password=password)
        draft = home / "running.new"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(running, file)
        draft.replace(home / "running.json")
        return running


def stop(home: Path = DEFAULT_HOME, *, wait: float = 60.0) -> bool:
    """Stop the server over ``home``; False if none runs."""
    running = status(home)
    if running is None:
        return False
    os.kill(running["pid"], signal.SIGTERM)
    deadline = time.monotonic() + wait
    while _alive(running["pid"]):
        if time.monotonic() > deadline:
            raise LocalError(f"the server (process {running['pid']}) does not stop")
        time.sleep(0.2)
    for process in [p for p in _STARTED if p.pid == running["pid"]]:
        process.poll()
        _STARTED.remove(process)
    (home / "running.json").unlink(missing_ok=True)
    return True


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="A Neo4j server on this machine.")
    parser.add_argument("action", choices=("start", "stop", "status"))
    parser.add_argument("--home", type=Path, default=DEFAULT_HOME, help="folder for its data")
    parser.add_argument("--port", type=int, default=0, help="Bolt port, any free one by default")
    arguments = parser.parse_args()
    try:
        if arguments.action == "stop":
            print("stopped" if stop(arguments.home) else "not running")
            return 0
        running = (
            start(arguments.home, port=arguments.port)
            if arguments.action == "start"
            else status(arguments.home)
        )
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1
    if running is None:
        print("not running")
        return 1
    for name in ("uri", "user", "password"):
        print(f"export NEO4J_{name.upper()}={running[name]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
