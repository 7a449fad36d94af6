"""EMVCo's text TLV: two digits of id, two of length in *characters*, then the value.

Source: EMV QR Code Specification for Payment Systems, Merchant-Presented Mode, version 1.1, §3.2.
The checksum counts *bytes* of UTF-8 while a length counts characters: mixing them up is the usual
bug.
"""

from __future__ import annotations

import binascii

from sycee.products.wallet.qr.reasons import Reason, Unreadable

CRC_TAG = "6304"

_HEADS = {f"{tag:02d}{size:02d}": (f"{tag:02d}", size) for tag in range(100) for size in range(100)}
"""Every head an element may have, read: a look-up is four times faster than taking it apart."""


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE over the UTF-8 bytes, as four upper-case hex digits."""
    return f"{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"


def parse(text: str, place: str = "") -> dict[str, str]:
    """Values by id, in the order they came; raises `Unreadable` for lengths that do not add up."""
    fields: dict[str, str] = {}
    at, end = 0, len(text)
    while at < end:
        head = _HEADS.get(text[at : at + 4])
        if head is None:
            raise Unreadable(Reason.MALFORMED_TLV, place)
        tag, size = head
        start = at + 4
        at = start + size
        if at > end or size == 0:
            raise Unreadable(Reason.MALFORMED_TLV, place + tag)
        if tag in fields:
            raise Unreadable(Reason.DUPLICATE_FIELD, place + tag)
        fields[tag] = text[start:at]
    return fields


def write(fields: dict[str, str]) -> str:
    """The inverse of `parse`; empty values are left out. Raises `ValueError` past 99 characters."""
    parts: list[str] = []
    for tag, value in fields.items():
        if len(value) > 99:
            raise ValueError(f"field {tag} is longer than 99 characters")
        if value:
            parts.append(f"{tag}{len(value):02d}{value}")
    return "".join(parts)
