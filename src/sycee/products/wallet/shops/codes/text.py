"""The text of a code: EMVCo's TLV with our token in template 80 and our signature in template 81.

Signed is a line that says for what, then all fields but 81 and the checksum, sorted by tag: whoever
changes the payee, the amount or the token breaks it, and whoever reorders fields does not.
"""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from sycee.core.parties.model import Party
from sycee.kit.errors import Refusal
from sycee.kit.money import format_major
from sycee.products.wallet.qr import emv, tlv
from sycee.products.wallet.qr.currencies import NUMBER
from sycee.products.wallet.qr.decode import Refused, decode
from sycee.products.wallet.shops.codes import stamp
from sycee.products.wallet.shops.codes.model import CodeAltered, CodeNotOurs, CodeUnreadable
from sycee.products.wallet.shops.offers.model import Offer, Sort

GUID = "sycee"
PROFILE = "Sycee"
ACCOUNT, TOKEN, SIGNATURE, CHECKSUM = "26", "80", "81", "63"
NAME_MAX, PLACE_MAX = 25, 15
_DOMAIN = b"sycee-merchant-code-1\n"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


def write(offer: Offer, payee: Party) -> str:
    """The text of an offer's code."""
    amount = offer.amount_minor
    fields: dict[str, dict[str, str] | str] = {TOKEN: {"00": GUID, "01": offer.token}}
    unsigned = _encode(offer, payee, amount, fields)
    signature = urlsafe_b64encode(stamp.current().sign(_signed(tlv.parse(unsigned))))
    fields[SIGNATURE] = {"00": GUID, "02": signature.rstrip(b"=").decode()}
    return _encode(offer, payee, amount, fields)


def _encode(
    offer: Offer, payee: Party, amount: int | None, more: dict[str, dict[str, str] | str]
) -> str:
    return emv.encode(
        accounts={ACCOUNT: {"00": GUID, "01": payee.public_id}},
        currency=NUMBER[offer.currency],
        country=payee.jurisdiction[:2],
        name=payee.display_name[:NAME_MAX].rstrip(),
        city=_place(offer, payee)[:PLACE_MAX].rstrip(),
        category=offer.category,
        amount=None if amount is None else format_major(amount, offer.currency),
        dynamic=offer.sort is Sort.DYNAMIC,
        more=more,
    )


def _place(offer: Offer, payee: Party) -> str:
    """Where it is: what its maker said, or the city of the payee's zone."""
    return offer.place.strip() or payee.zone.rpartition("/")[2].replace("_", " ")


def _signed(root: dict[str, str]) -> bytes:
    kept = {tag: root[tag] for tag in sorted(root) if tag not in (SIGNATURE, CHECKSUM)}
    return _DOMAIN + tlv.write(kept).encode()


def token_of(text: str) -> str | Refusal:
    """The token that a code's text carries, or that `text` is.

    Refusals: `CodeUnreadable`, `CodeNotOurs`, `CodeAltered`.
    """
    if _TOKEN.fullmatch(text):
        return text
    decoded = decode(text)
    if isinstance(decoded, Refused):
        return CodeUnreadable(reason=str(decoded.reason), place=decoded.place)
    if decoded.profile != PROFILE:
        return CodeNotOurs(profile=decoded.profile)
    return _opened(tlv.parse(text)) or CodeAltered()


def _opened(root: dict[str, str]) -> str | None:
    """The token of a code of ours whose signature holds."""
    try:
        token = tlv.parse(root.get(TOKEN, ""))["01"]
        sealed = tlv.parse(root.get(SIGNATURE, ""))["02"].encode()
        signature = urlsafe_b64decode(sealed + b"=" * (-len(sealed) % 4))
    except (tlv.Unreadable, KeyError, ValueError, binascii.Error):
        return None
    return token if stamp.current().holds(signature, _signed(root)) else None
