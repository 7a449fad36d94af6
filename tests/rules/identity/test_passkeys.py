"""Passkeys without a database: what is asked for and taken, and payments shown by a browser."""

from __future__ import annotations

import secrets
from functools import reduce
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from tests.authenticator import Authenticator, b64, unb64

from sycee.core.parties.identity import clientdata, passkeys, recovery, site
from sycee.core.parties.identity.model import PasskeyRefused
from sycee.doors.cli.demo.authenticator import BE, BS, UP, UV
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
    assert options["extensions"] == {"payment": {"isPayment": True}}
    user = {name: options["user"][name] for name in ("name", "displayName")}
    assert user == {"name": "li", "displayName": "Li"}


def test_a_new_passkey_belongs_to_its_person_by_id():
    li = uuid7()
    asked = {"name": "li", "display_name": "Li", "known": [], "site": HERE}
    options = passkeys.creation_options(CHALLENGE, user=li, **asked)
    assert options["user"]["id"] == b64(li.bytes)


def test_a_touch_is_asked_of_these_passkeys_by_a_verified_person_in_time():
    options = passkeys.request_options(CHALLENGE, allow=[b"one", b"two"], site=HERE)
    assert [each["id"] for each in options["allowCredentials"]] == [b64(b"one"), b64(b"two")]
    assert (options["userVerification"], options["timeout"]) == ("required", 300_000)
    assert (options["rpId"], options["challenge"]) == ("localhost", b64(CHALLENGE))


def test_an_answer_that_is_no_answer_is_malformed(phone):
    for wrong in ({}, {"id": "x"}, {"response": None}):
        for ask in (
            lambda wrong=wrong: passkeys.made(wrong, challenge=CHALLENGE, site=HERE),
            lambda wrong=wrong: passkeys.kind_of(wrong),
        ):
            with pytest.raises(PasskeyRefused) as refused:
                ask()
            assert refused.value.rule == "the answer is malformed"


def signed_anew(phone, payment: Any, flags: int) -> dict[str, Any]:
    """An answer with other flags, rightly signed."""
    authenticator, _ = phone
    given = authenticator.get(passkeys.request_options(CHALLENGE, allow=[], site=HERE), payment)
    data = bytearray(unb64(given["response"]["authenticatorData"]))
    data[32] = flags
    told = bytes(data) + sha256(unb64(given["response"]["clientDataJSON"])).digest()
    signature = authenticator.credentials[-1].key.sign(told, ec.ECDSA(hashes.SHA256()))
    given["response"] |= {"authenticatorData": b64(bytes(data)), "signature": b64(signature)}
    return given


@pytest.mark.parametrize(("payment", "kind"), [(None, "webauthn.get"), (PAYMENT, "payment.get")])
def test_a_touch_holds_by_the_signature_of_its_own_passkey_alone(phone, payment, kind):
    def judged(given: dict[str, Any], key: bytes) -> str | None:
        try:
            passkeys.touched(given, key, challenge=CHALLENGE, kind=kind, site=HERE)
        except PasskeyRefused as refused:
            return refused.rule

    authenticator, key = phone
    options = passkeys.request_options(CHALLENGE, allow=[], site=HERE)
    assert judged(authenticator.get(options, payment), key) is None
    other = Authenticator()
    stolen = passkeys.made(other.register(creation()), challenge=CHALLENGE, site=HERE).public_key
    assert judged(authenticator.get(options, payment), stolen) == "the signature does not hold"
    given = authenticator.get(options, payment)
    given["response"]["signature"] = other.get(options, payment)["response"]["signature"]
    assert judged(given, key) == "the signature does not hold"
    given = authenticator.get(options, payment)
    assert judged({**given, "id": b64(b"another")}, key) == "the answer is malformed"
    assert judged(signed_anew(phone, payment, UP | UV | BE | BS), key) is None
    bent = judged(signed_anew(phone, payment, UP | UV | BS), key)
    assert bent == "the answer is malformed", "kept in a cloud, yet made never to leave its device"


@pytest.mark.parametrize(
    ("bent", "rule"),
    [
        ({"verified": False}, "the person was not verified"),
        ({"present": False}, "the person was not present"),
        ({"rp_id": "evil.example"}, "the relying party is another one"),
        ({"origin": "https://evil.example"}, "the origin is another one"),
        ({"challenge": "\ud800"}, "the challenge is another one"),
        ({"challenge": 7}, "the challenge is another one"),
        ({"cross_origin": None}, "the page was framed by another site"),
    ],
)
def test_a_login_from_elsewhere_is_refused_by_its_own_rule(phone, bent, rule):
    with pytest.raises(PasskeyRefused) as refused:
        touch(phone, **bent)
    assert refused.value.rule == rule


def test_a_browser_that_knows_nothing_of_frames_is_believed():
    data = {"type": "webauthn.get", "challenge": b64(CHALLENGE), "origin": HERE.origin}
    checked = clientdata.check(data, kind="webauthn.get", challenge=CHALLENGE, site=HERE)
    assert checked is data


def test_a_payment_may_name_its_parts_as_earlier_browsers_did():
    payment = {name: PAYMENT[name] for name in ("total", "instrument")}
    payment |= {"rp": "localhost", "topOrigin": HERE.origin, "payeeOrigin": "https://x.example"}
    data: dict[str, Any] = {
        "type": "payment.get",
        "challenge": b64(CHALLENGE),
        "origin": HERE.origin,
    }
    data["payment"] = payment
    asked = {"kind": "payment.get", "challenge": CHALLENGE, "site": HERE}
    assert clientdata.check(data, **asked) is data
    with pytest.raises(PasskeyRefused, match="shows no payment"):
        clientdata.check({**data, "payment": [payment]}, **asked)


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
        ({"total": "12.50"}, "the payment shows no total"),
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
    [b"", b"[]", b"\xff", b'{"type":1', b'{"a":"' + b"x" * 16_377 + b'"}', b"[" * 9_000,
     b'{"type":"a","type":"b"}'],
)  # fmt: skip
def test_client_data_that_is_none_is_refused(raw):
    with pytest.raises(PasskeyRefused):
        clientdata.read(raw)


def test_client_data_may_be_as_long_as_it_may_be():
    assert clientdata.read(b'{"a":"' + b"x" * 16_376 + b'"}') == {"a": "x" * 16_376}


@pytest.mark.parametrize(
    ("address", "rp_id", "origin"),
    [
        ("http://127.0.0.1:8080", "localhost", "http://localhost:8080"),
        ("http://[::1]:8080", "localhost", "http://localhost:8080"),
        ("https://Pay.Example", "pay.example", "https://pay.example"),
        ("https://pay.example:443", "pay.example", "https://pay.example"),
        ("http://pay.example:80", "pay.example", "http://pay.example"),
        ("http://pay.example:443", "pay.example", "http://pay.example:443"),
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
    assert recovery.digest(code) == sha256(b"01ABCDEFGHJKMNPQRSTVWXYZ01").digest()
    for wrong in ("", "U" * 26, "U" + code[1:], code[:-2], code + "A"):
        with pytest.raises(Invalid):
            recovery.digest(wrong)


def test_recovery_codes_hold_128_random_bits():
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's
    codes = {recovery.draft() for _ in range(1_000)}
    assert len(codes) == 1_000
    assert {tuple(map(len, code.split("-"))) for code in codes} == {(5, 5, 5, 5, 5, 1)}
    numbers = [
        sum(alphabet.index(char) << 5 * place for place, char in enumerate(reversed(plain)))
        for plain in (code.replace("-", "") for code in codes)
    ]
    assert reduce(int.__or__, numbers) == 2**128 - 1, "each bit is drawn"
    assert reduce(int.__and__, numbers) == 0
