"""Why a code cannot be read: a closed list, given back and never raised past `decode`."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """What is wrong with a payment code."""

    UNKNOWN_FORMAT = "unknown-format"
    TOO_LONG = "too-long"
    MALFORMED_TLV = "malformed-tlv"
    DUPLICATE_FIELD = "duplicate-field"
    BAD_CRC = "bad-crc"
    MISSING_FIELD = "missing-field"
    BAD_FIELD = "bad-field"
    NOT_BASE64 = "not-base64"
    BAD_IBAN = "bad-iban"
    BAD_REFERENCE = "bad-reference"


class Unreadable(Exception):
    """Raised inside this package only; `place` is the field's tag or name."""

    def __init__(self, reason: Reason, place: str = "") -> None:
        super().__init__(reason, place)
        self.reason = reason
        self.place = place
