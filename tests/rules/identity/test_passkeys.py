"""Passkeys without a database: what is asked for and taken, and payments shown by a browser."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from tests.authenticator import Authenticator, b64

from sycee.core.parties.identity import clientdata, passkeys, recovery, site
from sycee.core.parties.identity.model import PasskeyRefused
from sycee.kit.errors import Invalid
from sycee.kit.ids import uuid7

HERE = site.of("http://127.0.0.1:8080")
CHALLENGE = secrets.token_bytes(32)
PAYMENT = {
    "payeeName": "Jade Teahouse",
    "total": {"currency": "CNY", "value": "12.50"},
    "instrument": {"icon": "https://localhost/icon.png", "displayName": "Wallet"},
}


def creation() -> dict[str, Any]:
    return passkeys.creation_options(
        CHALLENGE, user=uuid7(), name="li", display_name="Li", known=[b"old"], site=HERE
    )


@pytest.fixture
def phone() -> tuple[Authenticator, bytes]:
    """A passkey and its COSE key."""
    made = Authenticator()
    return made, passkeys.made(made.register(creation()), challenge=CHALLENGE, site=HERE).public_key


def test_a_new_passkey_is_resident_and_verifies_its_person():
    options = creation()
    chosen = options["authenticatorSelection"]
    assert (chosen["residentKey"], chosen["userVerification"]) == ("required", "required")
    assert {-8, -7, -257} <= {each["alg"] for each in options["pubKeyCredParams"]}
    assert -65535 not in {each["alg"] for each in options["pubKeyCredParams"]}
    assert options["excludeCredentials"] == [{"id": b64(b"old"), "type": "public-key"}]
    assert (options["attestation"], options["timeout"]) == ("none", 300_000)


def touch(phone, **bent: Any) -> passkeys.Touch:
    authenticator, key = phone
    payment = bent.pop("payment", None)
    options = passkeys.request_options(CHALLENGE, allow=[], site=HERE)
    given = authenticator.get(options, payment, **bent)
    kind = "webauthn.get" if payment is None else "payment.get"
    return passkeys.touched(given, key, challenge=CHALLENGE, kind=kind, site=HERE)


def test_a_payment_that_the_browser_showed_is_verified_and_told(phone):
    shown = touch(phone, payment=PAYMENT)
    assert shown.user_verified
    assert shown.payment is not None
    assert shown.payment["total"] == {"currency": "CNY", "value": "12.50"}
    assert touch(phone).payment is None


@pytest.mark.parametrize(
    ("bent", "rule"),
    [
        ({"verified": False}, "the person was not verified"),
        ({"present": False}, "the person was not verified"),
        ({"rp_id": "evil.example"}, "the relying party is another one"),
        ({"origin": "https://evil.example"}, "the origin is another one"),
        ({"cross_origin": True}, "the page was framed by another site"),
        ({"top_origin": "https://evil.example"}, "the page was framed by another site"),
        ({"challenge": b64(bytes(32))}, "the challenge is another one"),
        ({"challenge": b64(CHALLENGE) + "="}, "the challenge is another one"),
        ({"kind": "webauthn.get"}, "the client data is for another purpose"),
    ],
)
def test_a_payment_shown_elsewhere_is_refused(phone, bent, rule):
    with pytest.raises(PasskeyRefused) as refused:
        touch(phone, payment=PAYMENT, **bent)
    assert refused.value.rule == rule


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"rpId": "evil.example"}, "the payment is for another relying party"),
        ({"topOrigin": "https://evil.example"}, "the page was framed by another site"),
        ({"total": {"currency": "CNY"}}, "the payment shows no total"),
        ({"total": {"currency": "CNY", "value": 12.5}}, "the payment shows no total"),
        ({"payeeName": None}, "the payment shows no payee"),
        ({"instrument": {"displayName": "Wallet"}}, "the payment shows no instrument"),
        ({"instrument": None}, "the payment shows no instrument"),
    ],
)
def test_a_payment_that_shows_too_little_is_refused(phone, changed, rule):
    with pytest.raises(PasskeyRefused) as refused:
        touch(phone, payment=PAYMENT | changed)
    assert refused.value.rule == rule


def test_a_payment_is_not_taken_for_a_login_nor_a_login_for_a_payment(phone):
    authenticator, key = phone
    options = passkeys.request_options(CHALLENGE, allow=[], site=HERE)
    for payment, kind in ((PAYMENT, "webauthn.get"), (None, "payment.get")):
        given = authenticator.get(options, payment)
        with pytest.raises(PasskeyRefused, match="another purpose"):
            passkeys.touched(given, key, challenge=CHALLENGE, kind=kind, site=HERE)


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"\xff", b'{"type":1', b"{}" * 9_000, b"[" * 9_000, b'{"type":"a","type":"b"}'],
)
def test_client_data_that_is_none_is_refused(raw):
    with pytest.raises(PasskeyRefused):
        clientdata.read(raw)


@pytest.mark.parametrize(
    ("address", "rp_id", "origin"),
    [
        ("http://127.0.0.1:8080", "localhost", "http://localhost:8080"),
        ("http://[::1]:8080", "localhost", "http://localhost:8080"),
        ("https://Pay.Example", "pay.example", "https://pay.example"),
        ("https://pay.example:443", "pay.example", "https://pay.example"),
        ("https://pay.example:8443", "pay.example", "https://pay.example:8443"),
    ],
)
def test_the_site_follows_from_the_address(address, rp_id, origin):
    found = site.of(address)
    assert (found.rp_id, found.origin) == (rp_id, origin)


def test_a_recovery_code_is_read_as_people_type_it():
    code = "01ABC-DEFGH-JKMNP-QRSTV-WXYZ0-1"
    for typed in (code.lower(), code.replace("-", " "), code.replace("0", "O").replace("1", "l")):
        assert recovery.digest(typed) == recovery.digest(code)
    for wrong in ("", "U" * 26, code[:-2], code + "A"):
        with pytest.raises(Invalid):
            recovery.digest(wrong)


def test_recovery_codes_hold_128_random_bits():
    codes = {recovery.draft() for _ in range(1_000)}
    assert len(codes) == 1_000
    assert {len(code.replace("-", "")) for code in codes} == {26}
