"""What ``etiograph ask`` does with ``--batch`` and ``--background``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import typer

from etiograph.asking import Skipped, ask_batch, ask_world
from etiograph.cli.common import console, emit_json, note, open_kg
from graph.errors import CheckFailedError, InputError, RefusedError, StoreError, UsageError

__all__ = ["answer_batch", "answer_world", "other_ways", "verify_world"]


def other_ways(
    question: str,
    *,
    batch: Path | None,
    background: str | None,
    given: str,
    strict: bool,
    store: Path | None,
    certificate: Path | None,
    json_: bool,
    quiet: bool,
) -> None:
    """Answer what is not one question about the graph.

    Raises:
        UsageError: if the options exclude each other or there is no question.
    """
    if batch is not None:
        if question or background or given or certificate:
            raise UsageError(
                "--batch takes its questions and backgrounds from the file",
                hint="Leave out the question, --background, --given and --certificate.",
            )
        answer_batch(batch, store=store, strict=strict, json_=json_, quiet=quiet)
    elif not question.strip():
        raise UsageError(
            "there is no question", hint='etiograph ask "Does lithium cause polyuria?"'
        )
    else:
        answer_world(
            question, background or "", given, strict=strict, certificate=certificate, json_=json_
        )


def verify_world(text: str, *, json_: bool) -> bool:
    """Check a certificate about a world in text; False if it is a certificate of another kind."""
    from llm_bridge.worlds.answer import FORMAT

    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        return False
    from llm_bridge.worlds.check import check_world

    result = check_world(data)
    if json_:
        emit_json({"ok": result.ok, "problems": list(result.problems), "open": list(result.open)})
    else:
        lines = ["the answer holds" if result.ok else "the answer does not hold", *result.problems]
        console().print(
            "\n".join([*lines, *(f"not checked: {o}" for o in result.open)]), markup=False
        )
    if not result.ok:
        raise typer.Exit(CheckFailedError.exit_code)
    return True


def answer_world(
    question: str,
    background: str,
    given: str,
    *,
    strict: bool,
    certificate: Path | None,
    json_: bool,
) -> None:
    """Answer one question about a world in text; exit code 7 if it is refused.

    ``background`` and ``given`` may be ``@FILE`` to read them from a file.
    """
    answer = ask_world(_text(background), _text(given), question, strict=strict)
    if json_:
        emit_json(answer.to_json())
    else:
        console().print(answer.to_text(), markup=False)
    if certificate is not None:
        text = json.dumps(answer.certificate(), ensure_ascii=False, indent=2)
        certificate.write_text(text + "\n", encoding="utf-8")
        note(f"certificate written to {certificate}")
    if not answer.answered:
        raise typer.Exit(RefusedError.exit_code)


def answer_batch(path: Path, *, store: Path | None, strict: bool, json_: bool, quiet: bool) -> None:
    """Answer the questions of a JSON Lines file ('-' is standard input), each as soon as it is read.

    Ends with 0 when every line was a question (refused ones count as answered), and with 3 when lines
    were set aside; how many, and why, is said on standard error.
    """
    counts = {"answered": 0, "refused": 0, "set aside": 0}
    with ExitStack() as stack, _lines(path) as lines:

        def graph():  # type: ignore[no-untyped-def]
            try:
                return stack.enter_context(open_kg(store))
            except StoreError as error:
                note(f"no graph: {error}", quiet=quiet)
                return None

        for found in ask_batch(lines, graph, strict=strict):
            if isinstance(found, Skipped):
                counts["set aside"] += 1
                print(f"{path}:{found.line}: set aside: {found.reason}", file=sys.stderr)
                continue
            counts["refused" if found["answer"] == "refused" else "answered"] += 1
            if json_:
                sys.stdout.write(json.dumps(found, ensure_ascii=False, default=str) + "\n")
            else:
                sys.stdout.write(f"{found['id']}\t{found['answer']}\t{found['explanation']}\n")
            sys.stdout.flush()
    note(", ".join(f"{n} {what}" for what, n in counts.items()), quiet=quiet)
    if counts["set aside"]:
        raise typer.Exit(InputError.exit_code)


@contextmanager
def _lines(path: Path) -> Iterator[BinaryIO]:
    if str(path) == "-":
        yield sys.stdin.buffer
        return
    try:
        handle = path.open("rb")
    except OSError as error:
        raise InputError(
            f"the questions cannot be read: {error.strerror}", where=str(path)
        ) from error
    with handle:
        yield handle


def _text(text: str) -> str:
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the text cannot be read: {error}", where=text[1:]) from error
