"""The interactive Cypher prompt: ``etiograph cypher`` without a query.

A statement may take several lines and ends with a semicolon; a line that begins with a colon is a
command to the prompt. Without a terminal, statements are read from standard input until it ends.
"""

from __future__ import annotations

import contextlib
import json
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from etiograph.cypher_text import COMMANDS, Words, complete, split_statements
from etiograph.prompting import open_history
from etiograph.tables import cell_text, print_result
from graph.errors import EtiographError, UsageError
from graph.store import ReadResult
from queries.cypher import NamedQuery, did_you_mean, library, parse_arguments, run

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from rich.console import Console

    from graph.store import Store

__all__ = ["Shell", "make_session", "run_shell"]

PROMPT = "cypher> "


def run_shell(
    store: Store,
    *,
    history: Path | None,
    max_rows: int | None,
    timeout: float | None,
    console: Console,
    stdin: TextIO | None = None,
    json_output: bool = False,
) -> int:
    """Read statements and commands until the end of input, and answer each.

    Args:
        store: what is asked; read-only.
        history: file to keep what was typed; None keeps nothing.
        max_rows: cut every result after this many rows, and say so.
        timeout: seconds a query may run.
        console: where to print.
        stdin: where to read, standard input if None; a prompt is shown if it is a terminal.
        json_output: begin with JSON instead of tables.

    Returns:
        The exit code: 0 from a terminal; from a pipe that of the first statement that failed, the
        others having run all the same.
    """
    source = sys.stdin if stdin is None else stdin
    interactive = source.isatty()
    shell = Shell(
        store, max_rows=max_rows, timeout=timeout, console=console, json_output=json_output,
        interactive=interactive,
    )  # fmt: skip
    if interactive:
        return _converse(shell, history)
    statements, rest = split_statements(source.read() + "\n")
    if rest.strip():
        statements.append(rest.strip())
    for statement in statements:
        if not shell.answer(statement):
            break
    return shell.exit_code


class Shell:
    """What the prompt does with a statement; it holds the settings that commands change."""

    def __init__(
        self,
        store: Store,
        *,
        max_rows: int | None,
        timeout: float | None,
        console: Console,
        json_output: bool = False,
        interactive: bool = True,
    ) -> None:
        self.store = store
        self.max_rows = max_rows
        self.timeout = timeout
        self.console = console
        self.json_output = json_output
        self.interactive = interactive
        self.parameters: dict[str, Any] = {}
        self.queries = library()
        self.exit_code = 0
        self._schema: dict[str, list[str]] | None = None

    def answer(self, statement: str) -> bool:
        """Run one statement or command and print what comes of it; errors are printed too.

        Returns:
            False if it says to leave.
        """
        try:
            if statement.startswith(":"):
                return self._command(statement)
            self._run(statement, self.parameters)
        except EtiographError as error:
            self.exit_code = self.exit_code or error.exit_code
            self._complain(str(error))
        except KeyboardInterrupt:
            if not self.interactive:
                raise
            limit = (
                f" after {self.timeout:g} s at the latest" if self.timeout else " when it is done"
            )
            self._complain(f"interrupted; the engine ends the query{limit}")
        return True

    def words(self) -> Words:
        """What the prompt can complete; the schema is read once, and again by ``:schema``."""
        schema: dict[str, list[str]] = {}
        with contextlib.suppress(EtiographError):
            schema = self.schema()
        return Words(
            labels=tuple(schema.get("labels", ())),
            types=tuple(schema.get("relationship_types", ())),
            properties=tuple(schema.get("properties", ())),
            queries=self.queries,
            parameters=tuple(self.parameters),
        )

    def schema(self, *, fresh: bool = False) -> dict[str, list[str]]:
        """Labels, relationship types and properties in use."""
        if self._schema is None or fresh:
            self._schema = self.store.schema()
        return self._schema

    # doing -----------------------------------------------------------------------------------

    def _run(self, cypher: str, parameters: dict[str, Any]) -> None:
        self._show(
            lambda: self.store.read(
                cypher, parameters, max_rows=self.max_rows, timeout=self.timeout
            )
        )

    def _show(self, read: Callable[[], ReadResult]) -> None:
        began = time.perf_counter()
        result = _interruptible(read) if self.interactive else read()
        taken = f"{(time.perf_counter() - began) * 1000:.0f} ms" if self.interactive else ""
        print_result(self.console, result, "json" if self.json_output else "table", note=taken)

    def _complain(self, message: str) -> None:
        from rich.console import Console

        text = cell_text(message) if self.interactive else message
        to = self.console if self.interactive else Console(stderr=True, soft_wrap=True)
        to.print(f"error: {text}", style="red", markup=False, highlight=False)

    def _say(self, text: str = "", style: str = "") -> None:
        self.console.print(text, style=style, markup=False, highlight=False)

    def _command(self, line: str) -> bool:
        command, _, rest = line.partition(" ")
        rest = rest.strip().rstrip(";").rstrip()
        match command:
            case ":exit" | ":quit" | ":q":
                return False
            case ":help" | ":h" | ":?":
                self._help()
            case ":json":
                self.json_output = not self.json_output
                self._say("results are JSON" if self.json_output else "results are tables", "dim")
            case ":schema":
                for name, words in self.schema(fresh=True).items():
                    self._say(name.replace("_", " "), "bold")
                    self._say("  " + (", ".join(cell_text(w) for w in words) or "none"))
            case ":queries":
                self._queries(rest)
            case ":run":
                self._run_named(rest)
            case ":param" | ":params":
                self._param(rest)
            case _:
                raise UsageError(
                    f"there is no command {command}",
                    hint=did_you_mean(command, COMMANDS, otherwise=":help lists them."),
                )
        return True

    def _help(self) -> None:
        self._say("End a Cypher statement with ; to run it. It can only read.")
        self._say("Commands:", "bold")
        for command, what in COMMANDS.items():
            self._say(f"  {command:<10}{what}")
        self._say("Ctrl-C clears what is typed, Tab completes.")

    def _find(self, name: str) -> NamedQuery:
        if name not in self.queries:
            hint = did_you_mean(name, self.queries, otherwise=":queries lists them.")
            raise UsageError(f"there is no query {name!r}", hint=hint)
        return self.queries[name]

    def _queries(self, name: str) -> None:
        if name:
            self._describe(self._find(name))
            return
        width = max(map(len, self.queries))
        for query in self.queries.values():
            self._say(f"{query.name:<{width}}  {query.purpose}")

    def _describe(self, query: NamedQuery) -> None:
        self._say(query.purpose)
        if query.parameters:
            self._say("parameters", "bold")
        for p in query.parameters:
            given = "" if p.required else f" = {json.dumps(p.default)}"
            self._say(f"  {p.name} ({p.type}){given}: {p.description}")
        self._say("columns", "bold")
        for column in query.columns:
            self._say(f"  {column.name}: {column.description}")
        self._say(f"for example: :run {query.name} {query.example}".rstrip(), "dim")

    def _run_named(self, rest: str) -> None:
        try:
            name, *arguments = shlex.split(rest)
        except ValueError as error:
            # shlex says what is wrong with the quotes; an empty line has no name to unpack
            why = "a query's name is missing" if not rest else f"the line cannot be read: {error}"
            raise UsageError(why, hint="Write :run NAME key=value ...") from None
        parameters = parse_arguments(self._find(name), arguments)
        self._show(
            lambda: run(
                self.store, name, max_rows=self.max_rows, timeout=self.timeout, **parameters
            )
        )

    def _param(self, rest: str) -> None:
        if not rest:
            for name, value in self.parameters.items():
                self._say(f"${name} = {json.dumps(value, ensure_ascii=False)}")
            return
        name, equals, text = (part.strip() for part in rest.partition("="))
        if not equals or not name.isidentifier():
            raise UsageError(f"{rest!r} is not a parameter", hint="Write :param key=value.")
        try:
            self.parameters[name] = json.loads(text)
        except json.JSONDecodeError:
            self.parameters[name] = text


def _interruptible(read: Callable[[], ReadResult]) -> ReadResult:
    """Read in a thread, so that Ctrl-C ends the wait at once: the driver itself, interrupted, would
    first wait for the engine to finish."""
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(read).result()
    finally:
        pool.shutdown(wait=False)


# the terminal --------------------------------------------------------------------------------


def _converse(shell: Shell, history: Path | None) -> int:
    session = make_session(shell, history)
    shell._say(":help for help, :exit or Ctrl-D to leave", "dim")
    while True:
        try:
            text = session.prompt(PROMPT)
        except KeyboardInterrupt:
            continue
        except EOFError:
            return 0
        statements, rest = split_statements(text + "\n")
        if rest.strip():
            statements.append(rest.strip())
        for statement in statements:
            if not shell.answer(statement):
                return 0


def make_session(shell: Shell, history: Path | None) -> PromptSession[str]:
    """Return the prompt: Enter runs what is complete, else begins a new line; Tab completes."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from prompt_toolkit.document import Document
    from prompt_toolkit.filters import completion_is_selected
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    class CypherCompleter(Completer):
        def get_completions(
            self, document: Document, complete_event: CompleteEvent
        ) -> Iterator[Completion]:
            length, candidates = complete(document.text_before_cursor, shell.words())
            for candidate in candidates:
                yield Completion(candidate, start_position=-length)

    keys = KeyBindings()

    @keys.add("enter", filter=~completion_is_selected)
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        _, rest = split_statements(buffer.text + "\n")
        if rest.strip():
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("enter", filter=completion_is_selected)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.complete_state = None

    return PromptSession(
        history=open_history(history, lambda text: shell._say(text, "yellow")),
        completer=CypherCompleter(),
        complete_while_typing=False,
        key_bindings=keys,
        multiline=True,
        prompt_continuation=lambda width, line, wrapped: "." * (width - 1) + " ",
    )
