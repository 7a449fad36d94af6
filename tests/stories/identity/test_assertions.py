"""Assertions for others to build on: whose device was touched, for what, and only once."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from tests.stories.identity.conftest import Door, Phone

from sycee.core.parties.identity import devices, passkeys, site
from sycee.core.parties.identity.model import PasskeyCopied, PasskeyRefused, PasskeyUnknown
from sycee.kit.ids import parse

SHOWN = {
    "payeeName": "Jade Teahouse",
    "total": {"currency": "CNY", "value": "12.50"},
    "instrument": {"icon": "https://localhost/icon.png", "displayName": "Wallet"},
}


def touch(phone: Phone, challenge: bytes, payment: dict[str, Any] | None = None) -> dict[str, Any]:
    """A touch for a challenge that is not one of identity's own."""
    options = passkeys.request_options(challenge, allow=[], site=site.here())
    return phone.authenticator.get(options, payment)


def test_a_touch_says_which_device_and_what_it_showed(door: Door):
    li, challenge = door.phone().register(), secrets.token_bytes(32)
    for payment, kind in ((None, "webauthn.get"), (SHOWN, "payment.get")):
        given = touch(li, challenge, payment)
        with door.database.transaction() as tx:
            found = passkeys.verify_assertion(
                tx, li.party_id, given, challenge=challenge, kind=kind,
                device=parse("dev", li.device),
            )  # fmt: skip
            assert devices.read(tx, found.device.id).sign_count == found.device.sign_count + 1
        assert (found.device.public_id, found.user_verified) == (li.device, True)
        assert (found.payment or {}).get("total") == (payment or {}).get("total")


def test_a_touch_by_another_party_or_device_or_for_another_challenge_is_refused(door: Door):
    li, eve, challenge = door.phone().register(), door.phone().register(), bytes(32)
    cases: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"party": eve.party_id}, PasskeyUnknown),
        ({"device": parse("dev", eve.device)}, PasskeyUnknown),
        ({"challenge": bytes(31) + b"\1"}, PasskeyRefused),
        ({"kind": "payment.get"}, PasskeyRefused),
        ({"site": site.of("https://pay.example")}, PasskeyRefused),
    ]
    for changed, refusal in cases:
        asked: dict[str, Any] = {"party": li.party_id, "challenge": challenge} | changed
        party, given = asked.pop("party"), touch(li, challenge)
        with door.database.transaction() as tx, pytest.raises(refusal):
            passkeys.verify_assertion(tx, party, given, **asked)


def test_the_counter_tells_a_touch_that_is_shown_twice(door: Door):
    li, challenge = door.phone().register(), secrets.token_bytes(32)
    given = touch(li, challenge)
    with door.database.transaction() as tx:
        passkeys.verify_assertion(tx, li.party_id, given, challenge=challenge)
    with door.database.transaction() as tx, pytest.raises(PasskeyCopied):
        passkeys.verify_assertion(tx, li.party_id, given, challenge=challenge)
