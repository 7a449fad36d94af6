"""What the browser says it signed for: type, challenge, origin, and who framed the page. Pure.

The library does not look at `crossOrigin` and `topOrigin` (W3C WebAuthn Level 3 §5.8.1), nor does
it know Secure Payment Confirmation's `payment` (W3C SPC §4.2.2). This house is never in a frame of
another site, so both are refused here.
"""

from __future__ import annotations

import hmac
import json
from typing import Any

from webauthn.helpers import bytes_to_base64url

from sycee.core.parties.identity.model import PasskeyRefused
from sycee.core.parties.identity.site import Site
from sycee.kit.members import once

LONGEST = 16_384


def read(raw: bytes) -> dict[str, Any]:
    """The client data as an object; refuses what is not one, and members given twice."""
    if len(raw) > LONGEST:
        raise PasskeyRefused("the client data is too long")
    try:
        value = json.loads(raw.decode(), object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise PasskeyRefused("the client data is not JSON") from None
    if not isinstance(value, dict):
        raise PasskeyRefused("the client data is not an object")
    return value


def check(data: dict[str, Any], *, kind: str, challenge: bytes, site: Site) -> dict[str, Any]:
    """`data` itself when it was made here, for this challenge and this purpose."""
    if data.get("type") != kind:
        raise PasskeyRefused("the client data is for another purpose")
    if not _same(data.get("challenge"), challenge):
        raise PasskeyRefused("the challenge is another one")
    if data.get("origin") != site.origin:
        raise PasskeyRefused("the origin is another one")
    if data.get("crossOrigin", False) is not False:
        raise PasskeyRefused("the page was framed by another site")
    if data.get("topOrigin", site.origin) != site.origin:
        raise PasskeyRefused("the page was framed by another site")
    if kind == "payment.get":
        _check_payment(data.get("payment"), site)
    return data


def _same(given: object, challenge: bytes) -> bool:
    """Compared as text: base64url has one spelling of a value, and nothing else is taken."""
    expected = bytes_to_base64url(challenge).encode()
    return isinstance(given, str) and hmac.compare_digest(
        given.encode("utf-8", "replace"), expected
    )


def _check_payment(payment: object, site: Site) -> None:
    """The part that Secure Payment Confirmation adds: what the browser itself showed."""
    if not isinstance(payment, dict):
        raise PasskeyRefused("the client data shows no payment")
    if payment.get("rpId", payment.get("rp")) != site.rp_id:
        raise PasskeyRefused("the payment is for another relying party")
    if payment.get("topOrigin") != site.origin:
        raise PasskeyRefused("the page was framed by another site")
    total = payment.get("total")
    if not isinstance(total, dict) or not all(
        isinstance(total.get(name), str) for name in ("currency", "value")
    ):
        raise PasskeyRefused("the payment shows no total")
    if not isinstance(payment.get("payeeName", payment.get("payeeOrigin")), str):
        raise PasskeyRefused("the payment shows no payee")
    instrument = payment.get("instrument")
    if not isinstance(instrument, dict) or not all(
        isinstance(instrument.get(name), str) for name in ("displayName", "icon")
    ):
        raise PasskeyRefused("the payment shows no instrument")
