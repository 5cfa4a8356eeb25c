"""PubTator text: title and abstract lines, mentions, document-level relations."""

from __future__ import annotations

import re
from typing import ClassVar

from ingest.export.base import Writer, flat
from ingest.export.pairs import cid_relations, typed_relations
from ingest.pipeline import Extraction

__all__ = ["PubTatorWriter"]

_NOT_IN_ID = re.compile(r"[|\s]")


class PubTatorWriter(Writer):
    """``id|t|title``, ``id|a|everything else``, then tab-separated rows, then an empty line.

    Offsets count the title, one line break and the rest, in code points. Where the text has line
    breaks or control characters there are blanks instead, one for one. Ids of a composite mention are
    joined by a bar (``bc5cdr``) or a comma (as in BioRED). With the types ``bc5cdr`` the
    relations are ``CID chemical disease``, otherwise ``type id id No|Novel`` as in BioRED.
    """

    name: ClassVar[str] = "pubtator"

    def write(self, extraction: Extraction) -> None:
        """Write one document."""
        document = extraction.document
        id = _NOT_IN_ID.sub("_", document.id.partition(":")[2] or document.id)
        text = flat(document.text)
        title, rest, shift = _lines(extraction, text)
        rows = [f"{id}|t|{title}", f"{id}|a|{rest}"]
        none = "-1" if self.types == "bc5cdr" else "-"
        # a span with several entities (a composite mention that a file gave) is one row
        spans: dict[tuple[int, int, str], list[str]] = {}
        for mention in self.mentions(extraction):
            ids = spans.setdefault((mention.start, mention.end, self.type_of(mention.category)), [])
            if mention.entity and (known := self.native(mention.entity)) not in ids:
                ids.append(known)
        joint = "|" if self.types == "bc5cdr" else ","
        for (start, end, kind), ids in spans.items():
            known = joint.join(ids) or none
            rows.append(f"{id}\t{start + shift}\t{end + shift}\t{text[start:end]}\t{kind}\t{known}")
        if self.types == "bc5cdr":
            pairs = cid_relations(extraction, self.native)
            rows.extend(f"{id}\t{p.kind}\t{p.first}\t{p.second}" for p in pairs)
        else:
            for pair in typed_relations(extraction, self.native):
                novel = "Novel" if pair.novel else "No"
                rows.append(f"{id}\t{pair.kind}\t{pair.first}\t{pair.second}\t{novel}")
        self.out.write("\n".join(rows) + "\n\n")


def _lines(extraction: Extraction, text: str) -> tuple[str, str, int]:
    """Title line, abstract line, and what has to be added to offsets in the text."""
    sections = extraction.document.sections
    if sections and sections[0].kind == "title" and sections[0].start == 0:
        end = sections[0].end
        return text[:end], text[end + 1 :], 0
    if extraction.document.text[:1] == " ":
        return "", text[1:], 0  # a reader put a blank where the empty title's line break is
    return "", text, 1
