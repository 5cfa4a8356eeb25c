"""What a job or a check found, as a person reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.job import JobReport
    from llm_bridge.checker import CheckResult

__all__ = ["check_text", "job_text"]

_SHOWN = 5


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def job_text(report: JobReport) -> str:
    """Return what an ingestion did."""
    read = f"read {_count(report.documents, 'document')} from {_count(report.files, 'file')}"
    if report.files_unchanged:
        read += f" ({_count(report.files_unchanged, 'file')} unchanged since last time)"
    parts = [("new", report.new), ("changed", report.changed), ("known", report.unchanged),
             ("older than what is known", report.stale), ("deleted", report.deleted)]  # fmt: skip
    told = ", ".join(f"{n:,} {name}" for name, n in parts if n)
    lines = [f"{read}: {told}" if told else read]
    if report.documents:
        grounded = report.mentions - report.ungrounded
        lines.append(
            f"found {_count(report.mentions, 'mention')} in {_count(report.sentences, 'sentence')} "
            f"({grounded:,} with an identifier) and {_count(report.relations, 'relation')}"
        )
    if report.changes:
        change = f"wrote {_count(report.statements_added, 'new statement')} with "
        change += _count(report.evidences_added, "new evidence")
        if report.evidences_removed:
            change += f", removed {_count(report.evidences_removed, 'evidence')}"
        lines.append(change)
    else:
        lines.append("nothing in the graph changed")
    if report.retractions:
        lines.append(
            f"{_count(report.retractions, 'retraction')}: what they support counts nothing"
        )
    if report.set_aside:
        lines.append(f"set aside {_count(report.set_aside, 'record')}, with the reason:")
        lines += [f"  {f['where'] or f['file']}: {f['reason']}" for f in report.failures[:_SHOWN]]
        if report.set_aside > _SHOWN:
            lines.append(f"  ... and {report.set_aside - _SHOWN:,} more (--json lists more)")
        lines.append("  etiograph jobs export-failures -o FILE.jsonl writes them out")
    for reason, count in report.redone.items():
        lines.append(f"read {_count(count, 'document')} again: {reason}")
    if report.unaffected:
        lines.append(f"{_count(report.unaffected, 'document')} could not be affected and stayed")
    if report.restarts:
        lines.append(f"reading processes that died and were replaced: {report.restarts:,}")
    if report.interrupted:
        lines.append("stopped early; the same command goes on from here")
    spent = ", ".join(f"{stage} {s:.1f} s" for stage, s in report.timings.items() if s >= 0.05)
    lines.append(f"took {report.seconds:.1f} s" + (f" ({spent})" if spent else ""))
    return "\n".join(lines)


def check_text(result: CheckResult) -> str:
    """Return what the independent checker says."""
    lines = []
    if result.ok:
        n = len(result.findings)
        lines.append(
            f"checked: {_count(n, 'claim')} recomputed from the store and the data, all hold"
            if n
            else "checked: it makes no claim"
        )
    else:
        wrong, every = len(result.failed), len(result.findings)
        lines.append(
            f"DOES NOT HOLD: {_count(wrong, 'claim')} of {every}"
            if wrong
            else f"DOES NOT HOLD as a whole; each of its {_count(every, 'claim')} does"
            if every
            else "DOES NOT HOLD"
        )
    lines += [f"- {problem}" for problem in result.problems]
    for finding in result.failed:
        lines.append(f"- {finding.text}")
        lines += [f"    {reason}" for reason in finding.reasons]
    lines += [f"changed since: {what}" for what in result.changed]
    return "\n".join(lines)
