"""EMVCo consumer-presented codes: BER-TLV in base64, starting with the payload format "CPV01".

Source: EMV QR Code Specification for Payment Systems, Consumer-Presented Mode, version 1.1; BER as
in EMV Book 3, annex B.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from sycee.products.wallet.qr.reasons import Reason, Unreadable

PREFIX = "hQV"
"""Base64 of 85 05, the tag and length of the payload format indicator."""

_NAMES = {
    "4F": "application_id",
    "50": "label",
    "57": "track_2",
    "5A": "pan",
    "5F20": "cardholder",
    "5F2D": "language",
    "5F50": "issuer_url",
    "9F08": "version",
    "9F10": "issuer_data",
    "9F19": "token_requestor",
    "9F24": "payment_account_reference",
    "9F25": "pan_last_digits",
    "9F26": "cryptogram",
    "9F27": "cryptogram_data",
    "9F36": "transaction_counter",
    "9F37": "unpredictable_number",
    "82": "interchange_profile",
}
_TEMPLATES = {"61": "applications", "62": "common", "63": "transparent", "64": "transparent"}
_DEPTH_MAX = 4
_TAGS = {name: tag for tag, name in _NAMES.items()} | {"transparent": "64"}


def decode(text: str) -> dict[str, Any]:
    """The fields of a consumer-presented code, values in hex; raises `Unreadable`."""
    try:
        octets = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable(Reason.NOT_BASE64) from None
    fields: dict[str, Any] = {"applications": []}
    for n, (tag, value) in enumerate(_read(octets)):
        if n == 0:
            if tag != "85" or value != b"CPV01":
                raise Unreadable(Reason.BAD_FIELD, "85")
            fields["format"] = "CPV01"
        elif tag == "61":
            fields["applications"].append(_named(value, 1))
        elif tag in _TEMPLATES:
            fields[_TEMPLATES[tag]] = _named(value, 1)
        else:
            fields[_NAMES.get(tag, tag)] = value.hex().upper()
    if not fields["applications"]:
        raise Unreadable(Reason.MISSING_FIELD, "61")
    for application in fields["applications"]:
        if "application_id" not in application:
            raise Unreadable(Reason.MISSING_FIELD, "4F")
    return fields


def _named(octets: bytes, depth: int) -> dict[str, Any]:
    if depth > _DEPTH_MAX:
        raise Unreadable(Reason.MALFORMED_TLV, "depth")
    fields: dict[str, Any] = {}
    for tag, value in _read(octets):
        name = _TEMPLATES.get(tag) or _NAMES.get(tag, tag)
        if name in fields:
            raise Unreadable(Reason.DUPLICATE_FIELD, tag)
        constructed = int(tag[:2], 16) & 0x20
        fields[name] = _named(value, depth + 1) if constructed else value.hex().upper()
    return fields


def _read(octets: bytes) -> list[tuple[str, bytes]]:
    """The elements of one level: tag in upper-case hex, and value."""
    found: list[tuple[str, bytes]] = []
    at, end = 0, len(octets)
    while at < end:
        start = at
        at += 1
        if octets[start] & 0x1F == 0x1F:
            while at < end and octets[at] & 0x80:
                at += 1
            at += 1
        tag = octets[start:at].hex().upper()
        if at >= end or len(tag) > 6:
            raise Unreadable(Reason.MALFORMED_TLV, tag)
        size = octets[at]
        at += 1
        if size & 0x80:
            count = size & 0x7F
            if not 1 <= count <= 2 or at + count > end:
                raise Unreadable(Reason.MALFORMED_TLV, tag)
            size = int.from_bytes(octets[at : at + count], "big")
            at += count
        at += size
        if at > end:
            raise Unreadable(Reason.MALFORMED_TLV, tag)
        found.append((tag, octets[at - size : at]))
    if not found:
        raise Unreadable(Reason.MALFORMED_TLV)
    return found


def encode(fields: dict[str, Any]) -> str:
    """The code of what `decode` gives: the inverse, up to a transparent template's tag (64).

    `fields` has `applications`, each with an `application_id`; then `common`, `transparent` and any
    more by name or by tag; values are hex, templates are dicts. Raises `ValueError` for what no
    reader would take back.
    """
    octets = _element("85", b"CPV01")
    for application in fields.get("applications", ()):
        octets += _element("61", _written(application))
    for name, value in fields.items():
        if name == "common":
            octets += _element("62", _written(value))
        elif name not in ("format", "applications"):
            octets += _written({name: value})
    text = base64.b64encode(octets).decode()
    try:
        decode(text)
    except Unreadable as broken:
        raise ValueError(f"field {broken.place}: {broken.reason}") from None
    return text


def _written(fields: dict[str, Any]) -> bytes:
    parts: list[bytes] = []
    for name, value in fields.items():
        octets = _written(value) if isinstance(value, dict) else bytes.fromhex(value)
        parts.append(_element(_TAGS.get(name, name), octets))
    return b"".join(parts)


def _element(tag: str, value: bytes) -> bytes:
    """Tag, length and value; a length beyond 127 says first how many octets it has."""
    size = len(value)
    if size > 0xFFFF:
        raise ValueError(f"field {tag} is longer than 65,535 octets")
    count = 0 if size < 0x80 else 1 if size <= 0xFF else 2
    head = bytes([size]) if count == 0 else bytes([0x80 | count]) + size.to_bytes(count)
    return bytes.fromhex(tag) + head + value
