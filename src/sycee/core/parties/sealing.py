"""The vault's cryptography, pure: sealing a text, wrapping a key, a blind index, a fingerprint.

AES-256-GCM (NIST SP 800-38D) with 96-bit random nonces; keys wrapped by AES key wrap (RFC 3394);
keys derived by HKDF-SHA-256 (RFC 5869). A data key belongs to one subject and seals far fewer than
the 2^32 texts that random nonces allow.
"""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from typing import NewType
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from sycee.kit.errors import Invalid, Kind, Refusal
from sycee.kit.ids import public

DataKey = NewType("DataKey", bytes)
"""Thirty-two bytes that open one subject's texts. Never stored bare, never logged."""

KEY_BYTES = 32
TEXT_MAX_BYTES = 65_536
_NONCE_BYTES = 12
_FORMAT = 1
_HEADER_BYTES = 5  # format and version
OVERHEAD_BYTES = _HEADER_BYTES + _NONCE_BYTES + 16  # and the tag
_FIELD = re.compile(r"[a-z][a-z0-9._-]{0,62}", re.ASCII)


@dataclass(unsafe_hash=True)
class SealBroken(Refusal):
    """A sealed text does not open.

    It was altered, cut, or belongs to another subject, field or version. Nothing of it is shown.
    Restore the row from a backup and look for who changed it.
    """

    code = "vault-seal-broken"
    kind = Kind.CONFLICT
    subject: str
    field: str


def new_key() -> DataKey:
    """256 bits from the operating system."""
    return DataKey(secrets.token_bytes(KEY_BYTES))


def wrap(master: bytes, key: bytes) -> bytes:
    """`key` wrapped by `master`: 40 bytes (RFC 3394)."""
    return aes_key_wrap(master, key)


def unwrap(master: bytes, wrapped: bytes) -> DataKey | None:
    """The inverse of `wrap`; None when `master` is not the one or the bytes were altered."""
    try:
        return DataKey(aes_key_unwrap(master, wrapped))
    except (InvalidUnwrap, ValueError):
        return None


def check_field(field: str) -> str:
    """`field` itself, or `Invalid`: a lower-case name of 1 to 63 letters, digits, `.`, `_`, `-`."""
    if _FIELD.fullmatch(field) is None:
        raise Invalid(field="field", rule="must be a lower-case name of up to 63 characters")
    return field


def _bound(subject: UUID, field: str, version: int) -> bytes:
    """What a seal is bound to: `subject|field|version`; no field name has a bar in it."""
    return f"{subject}|{field}|{version}".encode()


def seal(key: DataKey, subject: UUID, field: str, text: str, version: int = 1) -> bytes:
    """`text` sealed for one subject, field and version: 33 bytes longer than its UTF-8.

    Layout: format (1), version (4, big-endian), nonce (12), ciphertext, tag (16). Refuses `Invalid`
    for texts over 64 KiB or with a lone surrogate.
    """
    try:
        plain = text.encode()
    except UnicodeEncodeError:
        raise Invalid(field=field, rule="is not valid Unicode") from None
    if len(plain) > TEXT_MAX_BYTES:
        raise Invalid(field=field, rule=f"is longer than {TEXT_MAX_BYTES} bytes")
    return seal_bytes(key, subject, field, plain, version)


def seal_bytes(key: DataKey, subject: UUID, field: str, plain: bytes, version: int = 1) -> bytes:
    """The same for bytes of any length, such as a file's: `OVERHEAD_BYTES` longer."""
    check_field(field)
    nonce = secrets.token_bytes(_NONCE_BYTES)
    body = AESGCM(key).encrypt(nonce, plain, _bound(subject, field, version))
    return bytes([_FORMAT]) + version.to_bytes(4) + nonce + body


def unseal(
    key: DataKey, subject: UUID, field: str, sealed: bytes, version: int | None = None
) -> str | SealBroken:
    """The text of `sealed`; `SealBroken` unless every bit is as it was sealed.

    `version` is the one the row says it has; None takes the seal's own word for it, which the tag
    covers too.
    """
    plain = unseal_bytes(key, subject, field, sealed, version)
    return plain if isinstance(plain, SealBroken) else plain.decode()


def unseal_bytes(
    key: DataKey, subject: UUID, field: str, sealed: bytes, version: int | None = None
) -> bytes | SealBroken:
    """The inverse of `seal_bytes`, as `unseal`."""
    broken = SealBroken(subject=public("par", subject), field=field)
    own = int.from_bytes(sealed[1:_HEADER_BYTES])
    if sealed[:1] != bytes([_FORMAT]) or (version is not None and own != version):
        return broken
    nonce = sealed[_HEADER_BYTES : _HEADER_BYTES + _NONCE_BYTES]
    body = sealed[_HEADER_BYTES + _NONCE_BYTES :]
    if len(nonce) != _NONCE_BYTES:
        return broken
    try:
        return AESGCM(key).decrypt(nonce, body, _bound(subject, field, own))
    except InvalidTag:
        return broken


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"sycee|" + purpose).derive(key)


def fingerprint(key: DataKey, field: str, text: str) -> str:
    """A keyed digest of a text, 64 hexadecimal digits, that means nothing once the key is gone.

    For what must be compared but not kept: a command carries the fingerprint of a statement in
    place of the statement, so the stored digest of the command cannot be searched for its words.
    """
    return hmac.digest(_derive(key, b"fingerprint"), f"{field}|{text}".encode(), "sha256").hex()


def normalise(field: str, text: str) -> str:
    """The form in which a field is compared: e-mail without case, telephone as `+` and digits."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if field.endswith("phone"):
        digits = "".join(char for char in plain if char.isascii() and char.isdigit())
        if plain.startswith("00"):
            digits = digits[2:]
        return "+" + digits if plain.startswith(("+", "00")) else digits
    return plain.casefold()


def blind(index_key: bytes, field: str, text: str) -> bytes:
    """The blind index of a field: HMAC-SHA-256 under a key of its own, 32 bytes.

    Whoever has that key can try all telephone numbers, so it is kept with the data keys, not with
    the rows.
    """
    return hmac.digest(index_key, f"{field}|{normalise(field, text)}".encode(), sha256)
