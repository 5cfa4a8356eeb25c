"""``python -m benchmarks.questions``: questions about self-contained worlds, answered without a model.

Two sets: a file of CLadder-style questions (``--questions``; its stories are split in halves by a fixed
seed, one for development and one to report on), and worlds written for this benchmark
(:mod:`benchmarks.questions_stories`), half of which were scored only when the reader was finished; later
ones were scored once and then developed on, like the first, but for those kept apart, by a writer who never saw
the reader. Speed is
user time of this process, certificates included, every text read once. A sample of the certificates is
checked by :func:`llm_bridge.worlds.check.check_world`, which shares no code with the answering path.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.questions_made import make_questions
from benchmarks.questions_stories import WRITTEN_FIRST, WRITTEN_LAST
from benchmarks.questions_stories_apart import APART
from benchmarks.questions_stories_later import FIFTH, SIXTH
from benchmarks.questions_stories_more import FOURTH, THIRD
from graph.errors import EtiographError, InputError
from llm_bridge.worlds.answer import WorldAnswer, ask_world
from llm_bridge.worlds.check import check_world

__all__ = ["development_half", "main", "read_questions", "score"]

_DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "questions" / "cladder_dev.jsonl"
_SPLIT_SEED = 7
_FROM_FILE = "stories of the file"

Record = dict[str, Any]


def read_questions(path: Path) -> list[Record]:
    """Return the questions of a JSON Lines file.

    Raises:
        InputError: if it cannot be read or a line is no question.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the questions cannot be read: {error}", where=str(path)) from error
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise InputError(f"not JSON: {error}", where=f"{path}:{number}") from error
        if not isinstance(record, dict) or not {"question", "answer"} <= record.keys():
            raise InputError("a question and its answer are needed", where=f"{path}:{number}")
        found.append(record)
    return found


def development_half(stories: Iterable[str]) -> frozenset[str]:
    """Return the half of the stories that was looked at during development."""
    listed = sorted(set(stories))
    random.Random(_SPLIT_SEED).shuffle(listed)
    return frozenset(listed[: len(listed) // 2])


def score(records: Sequence[Record]) -> tuple[list[tuple[Record, WorldAnswer]], float]:
    """Return every question with its answer, and the seconds of processor time they took."""
    found = []
    start = time.process_time()
    for r in records:
        answer = ask_world(r.get("background", ""), r.get("given_info", ""), r["question"])
        json.dumps(answer.certificate())
        found.append((r, answer))
    return found, time.process_time() - start


def _right(record: Record, answer: WorldAnswer) -> bool:
    return str(record["answer"]).strip().lower() == answer.answer


def _table(title: str, done: Sequence[tuple[Record, WorldAnswer]], key: str) -> list[Record]:
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for record, answer in done:
        for name in (str(record.get(key, "")), "all"):
            rows[name]["n"] += 1
            rows[name]["right"] += _right(record, answer)
            rows[name]["refused"] += not answer.answered
            assumed = any(c["kind"] == "assumption" for c in answer.claims)
            rows[name]["assumed"] += assumed
            rows[name]["proved"] += not assumed and answer.answered
            rows[name]["proved right"] += not assumed and _right(record, answer)
    names = [*sorted(n for n in rows if n != "all"), "all"]
    return [
        {"set": title, key: n, **{k: rows[n][k] for k in ("n", "right", "refused", "assumed")},
         "accuracy": rows[n]["right"] / rows[n]["n"],
         "accuracy without assumptions": rows[n]["proved right"] / max(1, rows[n]["proved"])}
        for n in names
    ]  # fmt: skip


def _print(rows: Sequence[Record]) -> None:
    if not rows:
        return
    columns = list(rows[0])
    print("| " + " | ".join(columns) + " |")
    print("|" + " --- |" * len(columns))
    for row in rows:
        shown = [f"{v:.4f}" if isinstance(v, float) else str(v) for v in row.values()]
        print("| " + " | ".join(shown) + " |")
    print(flush=True)


def _check(done: Sequence[tuple[Record, WorldAnswer]], number: int, seed: int) -> Record:
    """Check certificates of a random sample, and one of each with a changed answer."""
    sample = list(done)
    random.Random(seed).shuffle(sample)
    row = Counter[str]()
    for record, answer in sample[:number]:
        if not answer.answered:
            continue
        certificate = json.loads(json.dumps(answer.certificate()))
        result = check_world(certificate, seed=seed)
        row["checked"] += 1
        row["held"] += result.ok
        row["with an open point"] += bool(result.open)
        if not result.ok:
            print(f"  {record.get('id')}: {'; '.join(result.problems)}", file=sys.stderr)
        turned = {"yes": "no", "no": "yes"}.get(answer.answer, "0")
        changed = {**certificate, "answer": turned}
        changed["claims"] = [
            {**c, "answer": turned} if c["kind"] == "answer" else c for c in certificate["claims"]
        ]
        row["turned answers"] += 1
        row["turned answers found"] += not check_world(_sealed(changed), seed=seed).ok
    return dict(row)


def _sealed(certificate: Record) -> Record:
    """The certificate with a hash that fits, so that the hash alone does not give the change away."""
    import hashlib

    body = {k: v for k, v in certificate.items() if k != "hash"}
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return {**body, "hash": hashlib.sha256(text.encode()).hexdigest()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; see the module."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.questions", description=__doc__)
    parser.add_argument("--questions", type=Path, help="a JSON Lines file instead of the one given")
    parser.add_argument("--own", type=int, default=10, metavar="N",
                        help="questions of each kind and own story (0: none)")  # fmt: skip
    parser.add_argument("--seed", type=int, default=2, help="of the own stories' numbers")
    parser.add_argument("--check", type=int, default=150, metavar="N", help="certificates to check")
    parser.add_argument("--errors", action="store_true", help="list the wrong answers")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    sets: list[tuple[str, list[Record]]] = []
    path = options.questions or _DATA
    if options.questions or path.exists():
        records = read_questions(path)
        half = development_half(r.get("story_id", "") for r in records)
        if options.questions:
            sets.append((_FROM_FILE, records))
        else:
            sets.append(("file, developed on", [r for r in records if r["story_id"] in half]))
            sets.append(("file, reported", [r for r in records if r["story_id"] not in half]))
    later = (*THIRD, *FOURTH, *FIFTH, *SIXTH)
    for title, written in (
        ("own, developed on", WRITTEN_FIRST),
        ("own, reported", WRITTEN_LAST),
        ("own, later", later),
        ("own, kept apart", APART),
    ):
        if options.own:
            made = [q for s in written for q in make_questions(s, options.own, options.seed)]
            for plain, sub in (("sensible", False), ("nonsense", True)):
                sets.append((f"{title}, {plain}", [q for q in made if q["nonsense"] == sub]))
    everything: list[tuple[Record, WorldAnswer]] = []
    seconds = 0.0
    out: dict[str, Any] = {"tables": []}
    for title, records in sets:
        done, taken = score(records)
        everything += done
        seconds += taken
        for key in ("query_type", "story_id"):
            rows = _table(title, done, key)
            out["tables"] += rows
            if not options.json:
                _print(rows)
        if options.errors:
            for record, answer in done:
                if not _right(record, answer):
                    _show(record, answer)
    out["questions"] = len(everything)
    out["questions a second"] = len(everything) / seconds if seconds else 0.0
    out["checks"] = _check(everything, options.check, options.seed) if options.check else {}
    if options.json:
        print(json.dumps(out, indent=2))
    else:
        print(
            f"{out['questions']} questions, {out['questions a second']:.0f} a second of processor time"
        )
        print(f"certificates: {out['checks']}")
    return 0


def _show(record: Record, answer: WorldAnswer) -> None:
    print(
        f"## {record.get('id')}: gold {record['answer']}, answered {answer.answer}", file=sys.stderr
    )
    for key in ("background", "given_info", "question"):
        print(f"  {record.get(key, '')}", file=sys.stderr)
    print(f"  -> {answer.explanation}", file=sys.stderr)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except EtiographError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
