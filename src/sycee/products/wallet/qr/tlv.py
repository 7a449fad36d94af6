"""EMVCo's text TLV: two digits of id, two of length in *characters*, then the value.

Source: EMV QR Code Specification for Payment Systems, Merchant-Presented Mode, version 1.1, §3.2.
The checksum counts *bytes* of UTF-8 while a length counts characters: mixing them up is the usual
bug.
"""

from __future__ import annotations

import binascii

from sycee.products.wallet.qr.reasons import Reason, Unreadable

CRC_TAG = "6304"


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE over the UTF-8 bytes, as four upper-case hex digits."""
    return f"{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"


def parse(text: str, place: str = "") -> dict[str, str]:
    """Values by id, in the order they came; raises `Unreadable` for lengths that do not add up."""
    fields: dict[str, str] = {}
    at, end = 0, len(text)
    while at < end:
        head = text[at : at + 4]
        if len(head) < 4 or not (head.isascii() and head.isdigit()):
            raise Unreadable(Reason.MALFORMED_TLV, place)
        tag, size = head[:2], int(head[2:])
        at += 4 + size
        if at > end or size == 0:
            raise Unreadable(Reason.MALFORMED_TLV, place + tag)
        if tag in fields:
            raise Unreadable(Reason.DUPLICATE_FIELD, place + tag)
        fields[tag] = text[at - size : at]
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
