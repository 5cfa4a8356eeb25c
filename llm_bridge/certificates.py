"""Certificates: an answer under a content hash, signed when there is a key.

Version 2 (this software writes it) holds the answer with its typed query, claims, evidence, estimand
and snapshot of the graph. Version 1 had no kinds, fields or signature of version 2; it is still read,
and its hash is still the one it was written with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from graph.errors import InputError
from graph.model import content_hash
from llm_bridge.claims import Answer
from llm_bridge.query import NEW_FIELDS

__all__ = ["FORMAT", "VERSION", "Certificate", "json_schema"]

FORMAT = "etiograph-certificate"
VERSION: Literal[2] = 2
_CLAIM_FIELDS = ("beliefs", "turns", "rungs", "role", "without")
_ANSWER_FIELDS = ("snapshot", "parts")
_EMPTY: Mapping[str, Any] = {
    "others": [], "measure": "total", "also": [], "among": "", "beliefs": [], "turns": [], "rungs": [], "role": "",
    "without": None, "snapshot": "", "parts": [],
    "qualifiers": {"species": "", "tissue": "", "population": "", "dose": None, "unit": False},
}  # fmt: skip


def _as_first(data: dict[str, Any]) -> dict[str, Any]:
    """The answer's data as version 1 wrote them; a field that is not empty stays, and shows."""

    def without(part: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
        return {k: v for k, v in part.items() if k not in names or v != _EMPTY[k]}

    def sentence(part: dict[str, Any]) -> dict[str, Any]:
        return {**part, "claim": without(part["claim"], _CLAIM_FIELDS)}

    first = without(data, _ANSWER_FIELDS)
    if first["query"] is not None:
        first["query"] = without(first["query"], NEW_FIELDS)
    first["sentences"] = [sentence(s) for s in first["sentences"]]
    first["removed"] = [{**r, "sentence": sentence(r["sentence"])} for r in first["removed"]]
    return first


def _seal(answer: Answer, version: int) -> str:
    data = answer.to_json()
    return content_hash("cert", [FORMAT, version, _as_first(data) if version == 1 else data])


class Certificate(BaseModel):
    """An answer under a content hash. The hash shows tampering; the signature, who vouches for it;
    whether the claims hold is what :func:`llm_bridge.checker.check` recomputes.

    ``signer`` is the public Ed25519 key (hex) that ``signature`` (hex, over the hash) is checked with.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["etiograph-certificate"] = "etiograph-certificate"
    version: Literal[1, 2] = VERSION
    answer: Answer
    hash: str
    signature: str = ""
    signer: str = ""

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """Return the certificate of an answer, unsigned (:mod:`llm_bridge.signing` signs)."""
        return cls(answer=answer, hash=_seal(answer, VERSION))

    @property
    def intact(self) -> bool:
        """Whether the hash is that of the content."""
        return self.hash == _seal(self.answer, self.version)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data; :meth:`loads` reads its text back."""
        return self.model_dump(mode="json")

    def dumps(self) -> str:
        """Return the certificate as JSON text, the same every time."""
        return json.dumps(self.to_json(), ensure_ascii=False, sort_keys=True, indent=1) + "\n"

    @classmethod
    def loads(cls, text: str | bytes, *, name: str = "<certificate>") -> Self:
        """Read what :meth:`dumps` wrote.

        Raises:
            InputError: if it is not a certificate of a version this software knows.
        """
        try:
            data = json.loads(text)
        except ValueError as error:
            raise InputError(f"the certificate is not JSON: {error}", where=name) from None
        if not isinstance(data, Mapping) or data.get("format") != FORMAT:
            raise InputError("this is not an etiograph certificate", where=name)
        if data.get("version") not in (1, VERSION):
            raise InputError(
                f"the certificate has version {data.get('version')!r}, known are 1 and {VERSION}",
                where=name,
                hint="Verify it with the version of etiograph that wrote it.",
            )
        try:
            return cls.model_validate_json(json.dumps(data))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(p) for p in first["loc"])
            raise InputError(
                f"the certificate is malformed at {place}: {first['msg']}", where=name
            ) from None


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of :class:`Certificate`."""
    schema = Certificate.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"etiograph:certificate:v{VERSION}",
        **schema,
    }
