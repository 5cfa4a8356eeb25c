"""Certificates: old ones still verify, signatures, parts, published schemas."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph.errors import InputError, UsageError
from graph.store import Store
from llm_bridge import ask
from llm_bridge.certificates import Certificate, json_schema
from llm_bridge.checker import check
from llm_bridge.query import json_schema as query_schema
from llm_bridge.signing import make_key, public_key, sign, signature_state

DATA = Path(__file__).parent / "data"
SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


@pytest.mark.parametrize("name", ["pair", "treats"])
def test_a_certificate_of_version_1_still_verifies(bridge_store: Store, name: str) -> None:
    text = (DATA / f"certificate-v1-{name}.json").read_text(encoding="utf-8")
    old = Certificate.loads(text)
    assert old.version == 1
    assert old.intact
    assert check(old, bridge_store).ok
    data = json.loads(text)
    data["answer"]["snapshot"] = "snap-0"  # a field that version 1 did not have
    assert not Certificate.loads(json.dumps(data)).intact
    edited = Certificate.loads(text.replace("Lithium", "Sodium").replace("Enalapril", "Sodium"))
    assert not check(edited, bridge_store).ok


def test_a_certificate_of_the_future_is_refused() -> None:
    with pytest.raises(InputError, match="known are 1 and 2"):
        Certificate.loads('{"format": "etiograph-certificate", "version": 3}')


def test_signatures(bridge_store: Store, tmp_path: Path) -> None:
    pytest.importorskip("cryptography")
    key, other = tmp_path / "keys" / "one.pem", tmp_path / "two.pem"
    public = make_key(key)
    assert public == public_key(key) != make_key(other)
    assert key.stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError):
        make_key(key)
    plain = ask(bridge_store, "Does lithium cause nephropathy?").certificate()
    signed = Certificate.loads(sign(plain, key).dumps())
    assert signature_state(plain) == "unsigned"
    assert signature_state(signed) == signature_state(signed, public) == "valid"
    assert signature_state(signed, public_key(other)) == "valid, of another key"
    assert check(signed, bridge_store).ok
    for changes in ({"signature": "00" * 64}, {"signer": public_key(other)}, {"hash": "cert-0"}):
        forged = signed.model_copy(update=changes)
        assert signature_state(forged) == "wrong"
        assert not check(forged, bridge_store).ok
    with pytest.raises(InputError):
        sign(plain, tmp_path / "none.pem")


def test_every_part_of_an_answer_is_checked(bridge_store: Store) -> None:
    answer = ask(bridge_store, "Does lithium cause nephropathy and raise TSH?")
    assert check(answer.certificate(), bridge_store).ok
    part = answer.parts[0]
    sentence = part.sentences[0].model_copy(update={"text": "Lithium is harmless."})
    forged = part.model_copy(update={"sentences": (sentence, *part.sentences[1:])})
    assert not check(answer.model_copy(update={"parts": (forged,)}), bridge_store).ok
    foreign = ask(bridge_store, "What treats hypertension?")
    assert not check(answer.model_copy(update={"parts": (foreign,)}), bridge_store).ok


def test_a_graph_that_moved_on_is_said(bridge_store: Store) -> None:
    answer = ask(bridge_store, "Does lithium cause nephropathy?")
    assert check(answer, bridge_store).changed == ()
    result = check(answer.model_copy(update={"snapshot": "snap-0"}), bridge_store)
    assert any("changed since" in c for c in result.changed)


@pytest.mark.parametrize(
    ("name", "schema"), [("query-v2", query_schema()), ("certificate-v2", json_schema())]
)
def test_the_published_schemas_are_those_in_force(name: str, schema: dict[str, object]) -> None:
    assert json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8")) == schema
