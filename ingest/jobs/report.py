"""What a job did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["STAGES", "JobReport"]

STAGES = ("reading", "sentences", "recognition", "linking", "relations", "claims", "writing")
"""the stages that are timed, in their order; ``sentences`` includes abbreviations"""
_SHOWN = 100


@dataclass
class JobReport:
    """What a job did. ``interrupted`` when it was stopped by Ctrl-C; the same call resumes it."""

    files: int = 0
    files_unchanged: int = 0
    files_failed: int = 0
    documents: int = 0
    """read in this run, of which:"""
    new: int = 0
    changed: int = 0
    """another text than before, or a pipeline that reads otherwise"""
    unchanged: int = 0
    unaffected: int = 0
    """of the unchanged: another pipeline version, in which nothing could concern them"""
    stale: int = 0
    """older versions of documents that were replaced before"""
    deleted: int = 0
    duplicates: int = 0
    """records that had another text for a PMID of the same file; the later one is used"""
    retractions: int = 0
    set_aside: int = 0
    sentences: int = 0
    words: int = 0
    mentions: int = 0
    ungrounded: int = 0
    relations: int = 0
    statements_added: int = 0
    evidences_added: int = 0
    evidences_removed: int = 0
    changes: int = 0
    """everything that changed in the graph; 0 when nothing was new"""
    run: int = 0
    """the number of this run in the ledger"""
    workers: int = 1
    restarts: int = 0
    """reading processes that died and were started again"""
    checkpoints: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    redone: dict[str, int] = field(default_factory=dict)
    """why documents were read again -> how many"""
    timings: dict[str, float] = field(default_factory=dict)
    """seconds per stage of :data:`STAGES`, those of all workers added up"""
    failures: list[dict[str, Any]] = field(default_factory=list)
    """the first hundred records set aside in this run"""

    def to_json(self) -> dict[str, Any]:
        """Return the counts as plain values."""
        return asdict(self)

    def counts(self) -> dict[str, int]:
        """Return the whole numbers, without settings."""
        return {
            name: value
            for name, value in asdict(self).items()
            if type(value) is int and name not in ("run", "workers")
        }

    def add_times(self, seconds: Mapping[str, float]) -> None:
        """Add seconds spent in stages."""
        for stage, spent in seconds.items():
            self.timings[stage] = self.timings.get(stage, 0.0) + spent

    def round_times(self) -> None:
        """Put the stages in order and round them to milliseconds."""
        known = [s for s in STAGES if s in self.timings]
        known += sorted(set(self.timings) - set(STAGES))
        self.timings = {s: round(self.timings[s], 3) for s in known}

    def failed(self, path: str, record: int, where: str, id: str, reason: str) -> None:
        """Count a record that was set aside."""
        self.set_aside += 1
        if len(self.failures) < _SHOWN:
            self.failures.append(
                {"file": path, "record": record, "where": where, "id": id, "reason": reason}
            )
