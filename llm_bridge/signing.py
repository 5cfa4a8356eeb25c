"""Signing certificates with a key of one's own (Ed25519, RFC 8032).

A signature says who vouches for a certificate; it says nothing about whether its claims hold.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from graph.errors import InputError, UsageError
from graph.extras import needs
from llm_bridge.certificates import Certificate

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = ["Signed", "make_key", "public_key", "sign", "signature_state"]

Signed = Literal["unsigned", "valid", "valid, of another key", "wrong"]
"""What a signature is worth; ``valid, of another key`` when the signer is not one that is trusted."""


def make_key(path: Path) -> str:
    """Write a new private key, readable by its owner only; return the public key (hex).

    Raises:
        UsageError: if there is a file already (a key is never overwritten), or without the library.
    """
    with needs("signing", "sign"):
        from cryptography.hazmat.primitives import serialization as form
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise UsageError(
            "there is a key already", where=str(path), hint="Move it away to make another."
        ) from None
    except OSError as error:
        raise InputError(f"the key cannot be written: {error}", where=str(path)) from error
    with os.fdopen(handle, "wb") as out:
        out.write(text)
    return _hex(key)


def _hex(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def _load(path: Path) -> Ed25519PrivateKey:
    with needs("signing", "sign"):
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"the signing key cannot be read: {error}", where=str(path)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError("the signing key is not an Ed25519 key", where=str(path))
    return key


def public_key(path: Path) -> str:
    """Return the public key (hex) of a private key file.

    Raises:
        InputError: if the file cannot be read or is no such key.
    """
    return _hex(_load(path))


def sign(certificate: Certificate, path: Path) -> Certificate:
    """Return the certificate signed with the key in a file.

    Raises:
        InputError: if the key cannot be read.
    """
    key = _load(path)
    signature = key.sign(certificate.hash.encode()).hex()
    return certificate.model_copy(update={"signature": signature, "signer": _hex(key)})


def signature_state(certificate: Certificate, trusted: str = "") -> Signed:
    """Say whether a certificate's signature is right.

    Args:
        trusted: the public key (hex) that is expected; any when empty.

    Raises:
        UsageError: if it is signed and the library is missing.
    """
    if not certificate.signature and not certificate.signer:
        return "unsigned"
    with needs("signing", "sign"):
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(certificate.signer))
        key.verify(bytes.fromhex(certificate.signature), certificate.hash.encode())
    except (ValueError, InvalidSignature):
        return "wrong"
    return "valid" if trusted in ("", certificate.signer) else "valid, of another key"
