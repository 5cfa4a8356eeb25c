"""The Java virtual machine that the embedded store runs in: one a process, started quietly."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graph.errors import StoreFullError, StoreUnavailableError
from graph.stores.guard import PROCEDURES

__all__ = ["JavaServer", "start_jvm"]

_HEAP = "2g"

_LOGGING = """\
handlers=java.util.logging.FileHandler
.level=INFO
io.undertow.level=WARNING
org.xnio.level=WARNING
org.jboss.level=WARNING
java.util.logging.FileHandler.level=INFO
java.util.logging.FileHandler.pattern={pattern}
java.util.logging.FileHandler.formatter=com.arcadedb.log.LogFormatter
java.util.logging.FileHandler.limit=5000000
java.util.logging.FileHandler.count=2
"""


def start_jvm(log_folder: Path, *, heap: str | None = None, long: bool = False) -> None:
    """Start the virtual machine of this process unless it runs; its logs go to ``log_folder``.

    ``heap`` (or the environment's ``ETIOGRAPH_HEAP``) is its largest heap, such as ``4g``. ``long``
    says that this process will run for long: its code is then optimised further, which costs two
    seconds of processor time first and is worth half as much speed again.

    Raises:
        StoreUnavailableError: if it cannot be started.
    """
    import jpype

    if jpype.isJVMStarted():
        return
    from arcadedb_embedded.exceptions import ArcadeDBError
    from arcadedb_embedded.jvm import get_bundled_jre_lib_path, get_jar_path

    settings = log_folder / "logging.properties"
    pattern = str(log_folder / "arcadedb.log").replace("%", "%%")
    settings.write_text(_LOGGING.format(pattern=pattern), encoding="utf-8")
    # The options that the package would give, less the incubating vector module: it prints a
    # warning on every start and is only needed for vector indexes, which work without.
    options = [
        f"-Xmx{heap or os.environ.get('ETIOGRAPH_HEAP') or _HEAP}",
        # Java guards the end of the main thread's stack at this size; the default is too small for
        # the linear algebra that runs on the same thread, which then dies
        "-Xss8m",
        "-XX:+UseSerialGC",
        "-XX:+UseCompactObjectHeaders",
        *(() if long else ("-XX:TieredStopAtLevel=1",)),
        f"-Djava.util.logging.config.file={settings}",
        "-Djava.awt.headless=true",
        "-Dfile.encoding=UTF8",
        "-Dpolyglot.engine.WarnInterpreterOnly=false",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",  # else a warning on stderr
        "--sun-misc-unsafe-memory-access=allow",
        "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
        "--add-opens=java.base/java.nio.channels.spi=ALL-UNNAMED",
        "--add-opens=java.base/java.lang=ALL-UNNAMED",
        f"-XX:ErrorFile={log_folder / 'jvm-crash-%p.log'}",
    ]
    # The machine takes signals over and would swallow SIGTERM; Python gets them back.
    main = threading.current_thread() is threading.main_thread()
    signals = {s: signal.getsignal(s) for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        jars = sorted(str(p) for p in Path(get_jar_path()).glob("*.jar"))
        # interrupt=False leaves Ctrl-C to Python
        jpype.startJVM(get_bundled_jre_lib_path(), *options, classpath=jars, interrupt=False)
    except (ArcadeDBError, OSError, RuntimeError) as error:
        raise StoreUnavailableError(
            f"the embedded store's Java virtual machine does not start: {error}",
            hint="Reinstall arcadedb-embedded, or lower ETIOGRAPH_HEAP.",
        ) from error
    if main:
        for number, handler in signals.items():
            signal.signal(number, handler)


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class JavaServer:
    """An ArcadeDB server in this process, on loopback, over one folder and one database.

    Args:
        root: folder for its databases and configuration.
        logs: folder for its logs.
        password: of the user ``root``, new on every start.
        reader_password: of the user ``reader``, who can read records and nothing else.
        long: this process will run for long; see :func:`start_jvm`.

    Raises:
        StoreUnavailableError: if it does not start.
    """

    DATABASE = "graph"

    def __init__(
        self, root: Path, logs: Path, password: str, reader_password: str, *, long: bool = False
    ) -> None:
        start_jvm(logs, long=long)
        import jpype
        from arcadedb_embedded.exceptions import ArcadeDBError
        from arcadedb_embedded.server import ArcadeDBServer

        self._jpype = jpype
        (root / "config").mkdir(parents=True, exist_ok=True)
        # users are made anew on each start, with new passwords
        (root / "config" / "server-users.jsonl").unlink(missing_ok=True)
        self.bolt_port = 0
        for attempt in range(5):
            ports = (_free_port(), _free_port())
            # "development" only so that errors keep the engine's own words; what "production"
            # would set is set here
            settings = {
                "mode": "development",
                "host": "127.0.0.1",
                "http_port": ports[1],
                "bolt_port": ports[0],
                "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
                "server_logsDirectory": str(logs),
                "server_securitySaltIterations": 1000,  # the passwords are long and random
                "server_metrics": False,
                "tx_walFlush": 1,
                "txWalFlush": 1,
                "opencypher_loadCsv_allowFileUrls": False,
                "opencypher_loadCsv_allowRemoteUrls": False,
                "polyglotEngine_enabled": False,
            }
            server = ArcadeDBServer(str(root), password, settings)
            try:
                server.start()
            except ArcadeDBError as error:
                text = str(error)
                if "ddress already in use" in text and attempt < 4:
                    continue
                if "No space left" in text:
                    raise StoreFullError("there is no space left", where=str(root)) from error
                raise StoreUnavailableError(
                    f"the embedded store does not start: {text}",
                    where=str(root),
                    hint=f"Its log is in {logs}.",
                ) from error
            self.bolt_port, self.http_port = ports
            break
        self._server: Any = server
        self._running = True
        try:
            self._java_db: Any = server._java_server.getDatabase(self.DATABASE, True, True)
            self._make_reader(reader_password)
            self._keep_procedures()
        except jpype.JException as error:
            self.stop()
            raise StoreUnavailableError(
                f"the embedded store's database cannot be opened: {error}",
                where=str(root),
                hint=f"Its log is in {logs}.",
            ) from error
        self._json_object = jpype.JClass("com.arcadedb.serializer.json.JSONObject")
        self._rows = jpype.JClass("com.arcadedb.python.RowBatcher")

    def _make_reader(self, password: str) -> None:
        security = self._server._java_server.getSecurity()
        json_object = self._jpype.JClass("com.arcadedb.serializer.json.JSONObject")
        group = {
            "resultSetLimit": -1,
            "readTimeout": -1,
            "access": [],
            "types": {"*": {"access": ["readRecord"]}},
        }
        security.saveGroup("*", "reader", json_object(json.dumps(group)))
        user = {
            "name": "reader",
            "password": str(security.encodePassword(password)),
            "databases": {"*": ["reader"]},
        }
        security.createUser(json_object(json.dumps(user)))

    def _keep_procedures(self) -> None:
        # Plans do not show calls inside subqueries, so what may not be called is taken out of the
        # engine itself.
        registry = self._jpype.JClass(
            "com.arcadedb.query.opencypher.procedures.CypherProcedureRegistry"
        )
        for name in [str(n) for n in registry.getProcedureNames()]:
            if name.casefold() not in PROCEDURES:
                registry.unregister(name)

    def command(
        self, language: str, text: str, params: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Run a statement in process; parameters and rows cross as JSON."""
        if params:
            java = self._json_object(json.dumps(params)).toMap()
            result = self._java_db.command(language, text, java)
        else:
            result = self._java_db.command(language, text)
        rows: list[dict[str, Any]] = []
        try:
            while result.hasNext():
                rows.extend(json.loads(str(self._rows.nextJsonBatch(result, 10_000))))
        finally:
            result.close()
        return rows

    def set_setting(self, name: str, value: Any) -> None:
        """Change a setting of the database."""
        self._java_db.getConfiguration().setValue(name, value)

    def begin(self) -> None:
        """Begin a transaction in this thread."""
        self._java_db.begin()

    def commit(self) -> None:
        """Commit this thread's transaction."""
        self._java_db.commit()

    def rollback(self) -> None:
        """Roll this thread's transaction back, if there is one."""
        if self._java_db.isTransactionActive():
            self._java_db.rollback()

    def is_conflict(self, error: BaseException) -> bool:
        """Whether another writer was in the way and the transaction may be tried again."""
        return isinstance(error, self._jpype.JClass("com.arcadedb.exception.NeedRetryException"))

    @property
    def error_type(self) -> type[BaseException]:
        """What in-process calls raise."""
        kind: type[BaseException] = self._jpype.JException
        return kind

    def stop(self) -> None:
        """Stop the server and close its files; safe to call twice."""
        if not self._running:
            return
        self._running = False
        self._hang_up()
        self._server.stop()

    def _hang_up(self) -> None:
        # The server leaves connections of other processes open, and their threads would keep this
        # process from ending until the last of them hangs up.
        def field(of: Any, name: str) -> Any:
            found = of.getClass().getDeclaredField(name)
            found.setAccessible(True)
            return found.get(of)

        try:
            for plugin in list(self._server._java_server.getPlugins()):
                if plugin.getClass().getSimpleName() != "BoltProtocolPlugin":
                    continue
                listener = field(plugin, "listener")
                for connection in list(field(listener, "activeConnections")):
                    field(connection, "socket").close()
        except self._jpype.JException:
            # another version of the server: then it ends when they hang up
            return
