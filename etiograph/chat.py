"""A conversation with the graph: ``etiograph chat``.

A line is a question, which may lean on the one before ("and in mice?", "does it also raise TSH?",
"how sure are you?"); a line that begins with a slash is a command. Without a terminal, lines are
read from standard input until it ends.
"""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO

from etiograph.prompting import open_history
from graph.errors import EtiographError, RefusedError, UsageError

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from rich.console import Console

    from etiograph.answering import Answering
    from etiograph.helping import Helper
    from llm_bridge.claims import Answer

__all__ = ["COMMANDS", "Chat", "complete", "run_chat"]

PROMPT = "you> "
_TOLD = 5
"""Questions before that a language model is told."""
COMMANDS = {
    "/help": "list the commands",
    "/explain": "say in detail how the last question was understood",
    "/full": "print whole answers, with quotations, assumptions and notes",
    "/short": "print the conclusions only",
    "/more": "print the last answer in full",
    "/verify": "have the last answer recomputed by the independent checker",
    "/certificate": "FILE: write the last answer's certificate",
    "/save": "keep the last answer, so that etiograph diff checks it again",
    "/history": "list what was asked",
    "/model": "say which language model helps, and what it has cost so far",
    "/audit": "list what went to the language model for the last question, and what came back",
    "/forget": "let the next question stand alone",
    "/exit": "leave (also Ctrl-D)",
}
_STARTS = (
    "Does ", "What happens to ", "What causes ", "What treats ", "What is the evidence that ",
    "What contradicts that ", "Through what does ", "What confounds ", "Should we adjust for ",
    "Which of ", "How sure are you that ", "What would change your mind about ",
)  # fmt: skip


def run_chat(
    kg: Answering,
    *,
    history: Path | None,
    console: Console,
    depth: Literal["short", "full"] = "short",
    stdin: TextIO | None = None,
    helper: Helper | None = None,
) -> int:
    """Answer line after line until the end of input.

    Args:
        kg: the graph.
        history: file to keep what was typed; None keeps nothing.
        console: where to print.
        depth: how much of answers to print at first.
        stdin: where to read, standard input if None; a prompt is shown if it is a terminal.
        helper: a language model that reads what the rules do not, translates and rewords.

    Returns:
        The exit code: 0 from a terminal; from a pipe that of the first line that failed or was
        refused, the others having been answered all the same.
    """
    source = sys.stdin if stdin is None else stdin
    chat = Chat(kg, console=console, depth=depth, helper=helper)
    if source.isatty():
        session = _session(chat, history)
        chat.say("Ask a causal question; /help lists the commands, /exit or Ctrl-D leaves.", "dim")
        while True:
            try:
                line = session.prompt(PROMPT)
            except KeyboardInterrupt:
                continue
            except EOFError:
                return 0
            try:
                if not chat.hear(line):
                    return 0
            except KeyboardInterrupt:
                chat.say("stopped; the question was not answered", "yellow")
    for line in source:
        if line.strip():
            chat.say(f"{PROMPT}{line.strip()}", "bold")
        if not chat.hear(line):
            break
    return chat.exit_code


class Chat:
    """One conversation: what was asked before, and how much is printed."""

    def __init__(
        self,
        kg: Answering,
        *,
        console: Console,
        depth: Literal["short", "full"] = "short",
        helper: Helper | None = None,
    ) -> None:
        self.kg = kg
        self.helper = helper
        self.console = console
        self.depth: Literal["short", "full"] = depth
        self.asked: list[str] = []
        self.last: Answer | None = None
        self.leaning = True
        self.exit_code = 0

    def hear(self, line: str) -> bool:
        """Answer one line and print what comes of it; errors are printed too.

        Returns:
            False if it says to leave.
        """
        line = line.strip()
        if not line:
            return True
        try:
            if line.startswith("/"):
                return self._command(line)
            self._answer(line)
        except EtiographError as error:
            self._complain(error)
        return True

    def say(self, text: str, style: str = "") -> None:
        """Print plain text."""
        self.console.print(text, style=style, markup=False, highlight=False)

    def _answer(self, question: str) -> None:
        from llm_bridge.text import answer_text, answered_text, understood_text

        told: list[str] = []

        def reading(begun: Answer) -> None:
            told.append(understood_text(begun))
            self.console.print(told[0], style="dim", end="", markup=False, highlight=False)

        previous = self.last.query if self.last is not None and self.leaning else None
        helper, earlier = self.helper, self.asked[-_TOLD:] if self.leaning else []
        if helper is not None and helper.dry_run:
            self._would_send(helper, question, earlier)
        assisted = None
        if helper is None or helper.dry_run:
            answer = self.kg.ask(question, previous=previous, reading=reading)
        else:
            assisted = helper.ask(question, earlier=earlier, previous=previous, reading=reading)
            answer = assisted.answer
            if self.depth == "short":  # else they are among the answer's notes
                self.say("\n".join(assisted.read.notes), "yellow")
        self.asked.append(question)
        self.say(answered_text(answer, depth=self.depth).lstrip("\n" if not told else ""))
        for part in answer.parts:
            self.say(answer_text(part, depth=self.depth))
        if assisted is not None and assisted.reworded is not None:
            self.say(assisted.reworded.to_text())
        if answer.query is not None:
            # a question that was not understood leaves the one before to lean on
            self.last, self.leaning = answer, True
        if not answer.answered and not self.exit_code:
            self.exit_code = RefusedError.exit_code

    def _would_send(self, helper: Helper, question: str, earlier: list[str]) -> None:
        shown = helper.would_send(question, earlier)
        self.say("\n\n".join(s.to_text() for s in shown) or "nothing would be sent", "dim")

    def _model(self) -> None:
        if self.helper is None:
            self.say("no language model helps; start with --provider VENDOR:MODEL to have one")
            return
        helper = self.helper
        what = "nothing is sent (--dry-run)" if helper.dry_run else "it reads what the rules do not"
        self.say(
            f"{helper.spec.name}: {what}; {helper.calls} calls, {helper.tokens:,} tokens so far"
        )

    def _audit(self) -> None:
        if self.helper is None:
            raise UsageError(
                "no language model helps", hint="etiograph chat --provider VENDOR:MODEL"
            )
        entries, problems = self.helper.audit()
        sent = [e for e in entries if e.kind in ("request", "reply", "failure")]
        told = [f"{e.at}  {_entry(e.kind, e.body)}" for e in sent]
        self.say("\n".join(told) or "nothing was sent for the last question")
        where = f"; etiograph agent --log {self.helper.run}" if entries else ""
        self.say(f"the chain of the log: {'; '.join(problems) or 'whole'}{where}", "dim")

    def _complain(self, error: EtiographError) -> None:
        self.say(f"error: {error}", "red")
        self.exit_code = self.exit_code or error.exit_code

    def _command(self, line: str) -> bool:
        try:
            command, *rest = shlex.split(line)
        except ValueError as error:
            raise UsageError(f"the command cannot be read: {error}") from None
        if command in ("/exit", "/quit", "/q"):
            return False
        if command in ("/help", "/?"):
            self.say("\n".join(f"{name:<13}{what}" for name, what in COMMANDS.items()))
        elif command in ("/short", "/full"):
            self.depth = "short" if command == "/short" else "full"
            self.say(
                f"answers are {'short' if self.depth == 'short' else 'printed in full'}", "dim"
            )
        elif command == "/history":
            self.say("\n".join(self.asked) or "nothing was asked yet")
        elif command == "/forget":
            self.leaning = False
            self.say("the next question stands alone", "dim")
        elif command in ("/model", "/audit"):
            self._model() if command == "/model" else self._audit()
        elif command in COMMANDS:
            self._about_last(command, rest)
        else:
            raise UsageError(f"there is no command {command}", hint="/help lists them.")
        return True

    def _about_last(self, command: str, rest: list[str]) -> None:
        if self.last is None:
            raise UsageError("nothing was answered yet", hint="Ask a question first.")
        answer = self.last
        match command:
            case "/explain":
                from llm_bridge.explanation import explain_query

                self.say("\n\n".join(
                    explain_query(a.query, a) for a in (answer, *answer.parts) if a.query is not None
                ))  # fmt: skip
            case "/more":
                self.say(answer.to_text())
            case "/verify":
                from etiograph.reports import check_text

                self.say(check_text(self.kg.verify(answer)))
            case "/save":
                self.say(f"kept as {self.kg.answers.save(self.kg.certify(answer))}", "dim")
            case _:
                if len(rest) != 1:
                    raise UsageError("the file's name is missing", hint="/certificate answer.json")
                try:
                    Path(rest[0]).expanduser().write_text(
                        self.kg.certify(answer).dumps(), encoding="utf-8"
                    )
                except OSError as error:
                    raise UsageError(f"the certificate cannot be written: {error}") from error
                self.say(f"certificate written to {rest[0]}", "dim")


def _entry(kind: str, body: Mapping[str, Any]) -> str:
    """What was sent or came back: the standing instruction in short, all else to the letter."""
    if kind == "request":
        parts = [f"{who}: {str(text)[:80] + ' ...' if who == 'system' else text}" for who, text in body["messages"]]  # fmt: skip
        return "sent\n    " + "\n    ".join(parts)
    if kind == "reply":
        return f"came back\n    {body['text'] or body['calls']}"
    return f"failed: {body['error']}"


def complete(kg: Answering, text: str) -> Iterator[tuple[str, int]]:
    """Yield what may follow a typed text, with how many characters of it are replaced."""
    if text.startswith("/"):
        if " " not in text:
            yield from ((c, len(text)) for c in COMMANDS if c.startswith(text))
        return
    if not text.strip():
        yield from ((s, len(text)) for s in _STARTS)
        return
    yield from ((s, len(text)) for s in _STARTS if s.lower().startswith(text.lower()) and s != text)
    word = text.split(" ")[-1]
    if len(word) < 3:
        return
    with contextlib.suppress(EtiographError):
        for entity, _ in kg.store.search_entities(word, limit=8):
            for name in (entity.name, *entity.synonyms):
                if name.lower().startswith(word.lower()):
                    yield name, len(word)
                    break


def _session(chat: Chat, history: Path | None) -> PromptSession[str]:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from prompt_toolkit.document import Document

    class QuestionCompleter(Completer):
        def get_completions(
            self, document: Document, complete_event: CompleteEvent
        ) -> Iterator[Completion]:
            for text, replaced in complete(chat.kg, document.text_before_cursor):
                yield Completion(text, start_position=-replaced)

    return PromptSession(
        history=open_history(history, lambda text: chat.say(text, "yellow")),
        completer=QuestionCompleter(),
        complete_while_typing=False,
    )
