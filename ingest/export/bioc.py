"""BioC, as XML and as JSON: passages with annotations, relations between them.

Source of the form: Comeau et al., "BioC: a minimalist approach to interoperability for biomedical text
processing", Database 2013. Offsets count code points of the whole document.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar
from xml.sax.saxutils import escape, quoteattr

from ingest.document import Section
from ingest.export.base import Writer, flat
from ingest.export.pairs import cid_relations, typed_relations
from ingest.pipeline import Extraction

__all__ = ["BiocJsonWriter", "BiocXmlWriter"]


def _document(writer: Writer, extraction: Extraction) -> dict[str, Any]:
    """A document in the form of BioC JSON, which the XML says in other brackets."""
    document = extraction.document
    text = flat(document.text)
    mentions = writer.mentions(extraction)
    numbers = {id(m): f"T{n}" for n, m in enumerate(mentions, 1)}
    spans = {(m.start, m.end, m.entity): f"T{n}" for n, m in enumerate(mentions, 1)}
    passages: list[dict[str, Any]] = []
    for section in document.sections or (Section("text", 0, len(text)),):
        infons = {"type": section.kind}
        if section.label:
            infons["section"] = flat(section.label)
        inside: list[dict[str, Any]] = []
        for mention in mentions:
            if not section.start <= mention.start < section.end:
                continue
            known = {"type": writer.type_of(mention.category)}
            if mention.entity:
                known |= {"identifier": writer.native(mention.entity), "curie": mention.entity}
            known["score"] = f"{mention.score:.4g}"
            place = {"offset": mention.start, "length": mention.end - mention.start}
            inside.append(
                {
                    "id": numbers[id(mention)], "infons": known,
                    "text": text[mention.start : mention.end], "locations": [place],
                }
            )  # fmt: skip
        passages.append(
            {
                "offset": section.start, "infons": infons,
                "text": text[section.start : section.end], "sentences": [], "annotations": inside,
                "relations": [],
            }
        )  # fmt: skip
    return {
        "id": document.id.partition(":")[2] or document.id,
        "infons": {"curie": document.id},
        "passages": passages,
        "annotations": [],
        "relations": list(_relations(writer, extraction, spans)),
    }


def _relations(
    writer: Writer, extraction: Extraction, spans: dict[tuple[int, int, str | None], str]
) -> Iterator[dict[str, Any]]:
    if writer.types == "bc5cdr":
        found = cid_relations(extraction, writer.native)
        names = ("Chemical", "Disease")
    else:
        found = typed_relations(extraction, writer.native)
        names = ("entity1", "entity2")
    for number, pair in enumerate(found, 1):
        relation = pair.relation
        infons = {
            "relation" if pair.kind == "CID" else "type": pair.kind,
            names[0]: pair.first, names[1]: pair.second,
            "predicate": relation.predicate.value, "sign": str(relation.sign),
            "hedged": str(relation.hedged).lower(), "score": f"{relation.score:.4g}",
            "sentence": f"{relation.sentence.start}-{relation.sentence.end}",
        }  # fmt: skip
        if pair.kind != "CID":
            infons["novel"] = "Novel" if pair.novel else "No"
        nodes = [
            {"refid": refid, "role": role}
            for mention, role in ((relation.subject, names[0]), (relation.object, names[1]))
            if (refid := spans.get((mention.start, mention.end, mention.entity)))
        ]
        yield {"id": f"R{number}", "infons": infons, "nodes": nodes}


class BiocJsonWriter(Writer):
    """BioC JSON: one collection; a document per line."""

    name: ClassVar[str] = "bioc-json"

    def begin(self) -> None:
        """Open the collection."""
        self._first = True
        head = {"source": "etiograph", "date": "", "key": "", "infons": {}}
        self.out.write(json.dumps(head)[:-1] + ', "documents": [\n')

    def write(self, extraction: Extraction) -> None:
        """Write one document."""
        if not self._first:
            self.out.write(",\n")
        self._first = False
        self.out.write(json.dumps(_document(self, extraction), ensure_ascii=False))

    def end(self) -> None:
        """Close the collection."""
        self.out.write("\n]}\n")


class BiocXmlWriter(Writer):
    """BioC XML: one collection."""

    name: ClassVar[str] = "bioc"

    def begin(self) -> None:
        """Open the collection."""
        self.out.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE collection SYSTEM "BioC.dtd">\n'
            "<collection>\n<source>etiograph</source><date></date><key></key>\n"
        )

    def write(self, extraction: Extraction) -> None:
        """Write one document."""
        document = _document(self, extraction)
        parts = [f"<document>\n<id>{escape(document['id'])}</id>", _infons(document["infons"])]
        for passage in document["passages"]:
            parts.append(f"\n<passage>{_infons(passage['infons'])}")
            parts.append(f"<offset>{passage['offset']}</offset>")
            parts.append(f"<text>{escape(passage['text'])}</text>")
            for note in passage["annotations"]:
                place = note["locations"][0]
                parts.append(
                    f'\n<annotation id="{note["id"]}">{_infons(note["infons"])}'
                    f'<location offset="{place["offset"]}" length="{place["length"]}"/>'
                    f"<text>{escape(note['text'])}</text></annotation>"
                )
            parts.append("\n</passage>")
        for relation in document["relations"]:
            parts.append(f'\n<relation id="{relation["id"]}">{_infons(relation["infons"])}')
            parts.extend(
                f'<node refid="{node["refid"]}" role={quoteattr(node["role"])}/>'
                for node in relation["nodes"]
            )
            parts.append("</relation>")
        self.out.write("".join(parts) + "\n</document>\n")

    def end(self) -> None:
        """Close the collection."""
        self.out.write("</collection>\n")


def _infons(values: dict[str, str]) -> str:
    return "".join(f"<infon key={quoteattr(k)}>{escape(v)}</infon>" for k, v in values.items())
