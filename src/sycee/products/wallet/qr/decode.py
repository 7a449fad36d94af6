"""One entrance for every code a camera may see: told apart by how the text begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sycee.products.wallet.qr import cpm, emv, links
from sycee.products.wallet.qr.reasons import Reason, Unreadable

LENGTH_MAX = 4_296
"""Characters that the largest QR symbol holds (version 40-L, alphanumeric; ISO/IEC 18004)."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a code says. `profile` names its standard; `fields` is JSON-ready."""

    profile: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a code says nothing; `place` is the field at fault, if there is one."""

    reason: Reason
    place: str = ""


def decode(text: str) -> Decoded | Refused:
    """Read a payment code. Never raises for any text: what is wrong is a `Refused`."""
    if len(text) > LENGTH_MAX:
        return Refused(Reason.TOO_LONG)
    try:
        if text.startswith("0002"):
            return Decoded(*emv.decode(text))
        if text.startswith(cpm.PREFIX):
            return Decoded("EMVCo CPM", cpm.decode(text))
        head = text[:4].upper()
        if head == "UPI:":
            return Decoded("UPI", links.upi(text))
        if head in ("BCD\n", "BCD\r"):
            return Decoded("EPC", links.epc(text))
        if head in ("SPC\n", "SPC\r"):
            return Decoded("Swiss QR-bill", links.swiss(text))
    except Unreadable as broken:
        return Refused(broken.reason, broken.place)
    except UnicodeEncodeError:
        return Refused(Reason.BAD_FIELD, "utf-8")  # a lone surrogate is no text
    return Refused(Reason.UNKNOWN_FORMAT)
