"""What of a document must be read again when the pipeline is another than the one that read it.

Mentions depend on the sentences, abbreviations, recognisers and the linker; relations on mentions
and their extractor; what an annotator completes on the relations. A relation joins mentions of two
different entities. So:

- another recogniser, or given entities: everything is read again;
- another linker: documents in which nothing was recognised stay as they are;
- another annotator: the relations of every extractor are read again, between the mentions that the
  ledger has kept; documents without relations stay as they are;
- another extractor: its relations alone; documents with fewer than two entities stay as they are;
- an extractor less: its evidence is removed, nothing is read;
- any other stage, or no record of the earlier reading: everything is read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ingest.jobs.reading import mention_key
from ingest.jobs.records import Known

__all__ = ["Change", "Redo", "compare"]

_KINDS = ("recogniser ", "linker ", "extractor ", "annotator ")


@dataclass(frozen=True, slots=True)
class Redo:
    """What to do with one document: ``everything``, or the relations of some extractors between
    known mentions; ``replaced`` are the extractors whose old evidence may go."""

    everything: bool
    extractors: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """The difference between two pipelines."""

    key: str
    """of the mentions, now"""
    mentions: bool
    """whether recognition or anything unknown is another"""
    linker: bool
    annotators: bool
    extractors: tuple[str, ...]
    """those that are new or another, of today's"""
    today: tuple[str, ...]
    """all of today's extractors"""
    gone: tuple[str, ...]
    reason: str

    def redo(self, known: Known | None) -> Redo | None:
        """Return what of a document must be done again, None if nothing can be another."""
        every = Redo(True, self.today, (*self.today, *self.gone), self.reason)
        if self.mentions or known is None:
            return every
        if self.linker:
            return every if known.mentions else None
        if known.key != self.key:
            return every
        read: tuple[str, ...] = ()
        if known.entities >= 2:
            has_relations = any(known.relations.values())
            read = self.today if self.annotators and has_relations else self.extractors
        gone = tuple(name for name in self.gone if known.relations.get(name))
        if not read and not gone:
            return None
        return Redo(False, read, (*read, *gone), self.reason)


def compare(old: Mapping[str, str] | None, new: Mapping[str, str]) -> Change:
    """Return what differs between the stages of two pipelines (None: not known)."""
    today = _names(new, "extractor ")
    if old is None:
        return Change(
            mention_key(new), True, True, True, today, today, (), "an unknown earlier pipeline"
        )

    def part(stages: Mapping[str, str], kind: str) -> list[tuple[str, str]]:
        return [item for item in stages.items() if item[0].startswith(kind)]

    other = {s: v for s, v in new.items() if not s.startswith(_KINDS)}
    other_before = {s: v for s, v in old.items() if not s.startswith(_KINDS)}
    changed = tuple(n for n in today if old.get(f"extractor {n}") != new[f"extractor {n}"])
    gone = tuple(n for n in _names(old, "extractor ") if n not in today)
    return Change(
        key=mention_key(new),
        # their order counts: the first recogniser wins, annotators work on what the last one left
        mentions=other != other_before or part(old, "recogniser ") != part(new, "recogniser "),
        linker=part(old, "linker ") != part(new, "linker "),
        annotators=part(old, "annotator ") != part(new, "annotator "),
        extractors=changed,
        today=today,
        gone=gone,
        reason=_reason(old, new),
    )


def _names(stages: Mapping[str, str], kind: str) -> tuple[str, ...]:
    return tuple(sorted(s.removeprefix(kind) for s in stages if s.startswith(kind)))


def _reason(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    said = [f"{s} {old[s]} -> {v}" for s, v in new.items() if s in old and old[s] != v]
    said += [f"{s} added" for s in new if s not in old]
    said += [f"{s} removed" for s in old if s not in new]
    return "; ".join(said) or "another order of components"
