"""Everything that was read, without a corpus' habits: JSON Lines, and a table."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from ingest.document import Mention
from ingest.export.base import Writer, flat
from ingest.pipeline import Extraction
from ingest.relations import Relation

__all__ = ["COLUMNS", "JsonLinesWriter", "TsvWriter"]

COLUMNS = (
    "kind", "document", "start", "end", "text", "category", "entity", "native", "name", "score", "by",
    "predicate", "sign", "negated", "hedged", "object_start", "object_end", "object_text",
    "object_category", "object_entity", "object_native", "object_name", "details", "sentence",
)  # fmt: skip
"""of the table: rows of kind ``mention`` leave the columns from ``predicate`` on empty"""


_BREAKS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}
"""what some readers take for the end of a line, as JSON escapes it"""


class JsonLinesWriter(Writer):
    """One document per line: text, sections, mentions and relations with everything known of them."""

    name: ClassVar[str] = "jsonl"

    def write(self, extraction: Extraction) -> None:
        """Write one document."""
        document, publication = extraction.document, extraction.document.publication
        mentions = self.mentions(extraction)
        row = {
            "id": document.id, "title": publication.title, "year": publication.year,
            "types": publication.types, "retracted": publication.retracted, "text": document.text,
            "sections": [
                {"kind": s.kind, "label": s.label, "start": s.start, "end": s.end}
                for s in document.sections
            ],
            "mentions": [self._mention(m) for m in mentions],
            "relations": [
                self._relation(name, version, r) for name, version, r in extraction.relations
            ],
        }  # fmt: skip
        # half of a surrogate pair cannot be written as UTF-8: escape it
        line = json.dumps(row, ensure_ascii=False)
        if any("\ud800" <= c <= "\udfff" for c in line):
            line = json.dumps(row)
        self.out.write(line.translate(_BREAKS) + "\n")

    def _mention(self, mention: Mention) -> dict[str, Any]:
        return {
            "start": mention.start, "end": mention.end, "text": mention.text,
            "category": mention.category.value, "entity": mention.entity,
            "native": self.native(mention.entity) if mention.entity else None,
            "score": round(mention.score, 6), "recogniser": mention.recogniser,
        }  # fmt: skip

    def _relation(self, name: str, version: str, relation: Relation) -> dict[str, Any]:
        sentence = relation.sentence
        trigger = None
        if relation.trigger_start >= 0:
            trigger = [relation.trigger_start, relation.trigger_end]
        return {
            "subject": self._mention(relation.subject), "predicate": relation.predicate.value,
            "object": self._mention(relation.object), "sign": relation.sign,
            "negated": relation.negated, "hedged": relation.hedged,
            "score": round(relation.score, 6), "rung": relation.rung.value, "trigger": trigger,
            "qualifiers": dict(relation.qualifiers), "details": dict(relation.details),
            "extractor": name, "version": version, "pattern": relation.pattern,
            "sentence": {
                "start": sentence.start, "end": sentence.end, "section": sentence.section,
                "text": sentence.text,
            },
        }  # fmt: skip


class TsvWriter(Writer):
    """A table with a header (:data:`COLUMNS`): a row per mention, a row per relation."""

    name: ClassVar[str] = "tsv"

    def begin(self) -> None:
        """Write the header."""
        self.out.write("\t".join(COLUMNS) + "\n")

    def write(self, extraction: Extraction) -> None:
        """Write one document."""
        id = extraction.document.id
        for mention in self.mentions(extraction):
            row = ["mention", id, *self._end(mention), f"{mention.score:.4g}", mention.recogniser]
            self._row(row)
        for name, _, relation in extraction.relations:
            details = [*relation.qualifiers, *relation.details]
            self._row(
                [
                    "relation", id, *self._end(relation.subject), f"{relation.score:.4g}",
                    f"{name}/{relation.pattern}" if relation.pattern else name,
                    relation.predicate.value, f"{relation.sign:+d}" if relation.sign else "0",
                    str(relation.negated).lower(), str(relation.hedged).lower(),
                    *self._end(relation.object), "; ".join(f"{k}={v}" for k, v in details),
                    relation.sentence.text,
                ]
            )  # fmt: skip

    def _end(self, mention: Mention) -> list[str]:
        known = self.entity(mention.entity) if mention.entity else None
        return [
            str(mention.start), str(mention.end), mention.text, mention.category.value,
            mention.entity or "", self.native(mention.entity) if mention.entity else "",
            known.name if known else "",
        ]  # fmt: skip

    def _row(self, values: list[str]) -> None:
        values += [""] * (len(COLUMNS) - len(values))
        self.out.write("\t".join(flat(v) for v in values) + "\n")
