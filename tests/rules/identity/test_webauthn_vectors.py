"""The W3C's own vectors for WebAuthn Level 3, each with our verdict and why.

A passkey that was not verified (PIN, finger, face) is refused by this house whatever its signature
says, so the published vectors without that flag are refused: that is a rule of ours, not a failure
to verify. That their signatures do hold is a test of its own below.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.authenticator import b64
from webauthn import verify_authentication_response
from webauthn.helpers import parse_attestation_object

from sycee.core.parties.identity import passkeys
from sycee.core.parties.identity.model import PasskeyRefused
from sycee.core.parties.identity.site import Site

SITE = Site("example.org", "https://example.org")
FILE = Path(__file__).parents[2] / "vectors" / "webauthn.json"
VECTORS: dict[str, dict[str, Any]] = {
    each["name"]: each for each in json.loads(FILE.read_text(encoding="utf-8"))["vectors"]
}

OK = "ok"
FRAMED = "the page was framed by another site"
UNVERIFIED = "the person was not verified"
ALGORITHM = "the signature's algorithm is not taken"
MALFORMED = "the answer is malformed"

# name: (registration, authentication)
VERDICTS = {
    "none.ES256": (UNVERIFIED, UNVERIFIED),
    "packed-self.ES256": (OK, UNVERIFIED),
    "none.ES256.crossOrigin": (FRAMED, FRAMED),  # this house is in nobody's frame
    "none.ES256.topOrigin": (FRAMED, FRAMED),  # of https://example.com
    "none.ES256.long-credential-id": (UNVERIFIED, OK),  # 1,023 bytes, the longest there is
    "packed.ES256": (OK, OK),
    "packed.ES384": (UNVERIFIED, ALGORITHM),  # not offered, and the library has no ES384
    "packed.ES512": (OK, UNVERIFIED),
    "packed.RS256": (OK, UNVERIFIED),
    "packed.EdDSA": (UNVERIFIED, UNVERIFIED),
    "packed.Ed448": (UNVERIFIED, ALGORITHM),  # not offered, and the library has no Ed448
    "tpm.ES256": (MALFORMED, OK),  # the statement names a manufacturer that nobody is
    "android-key.ES256": (MALFORMED, UNVERIFIED),  # its chain lacks Google's root
    "apple.ES256": (UNVERIFIED, UNVERIFIED),
    "fido-u2f.ES256": (UNVERIFIED, UNVERIFIED),  # an authenticator of that age verifies nobody
}


def raw(vector: dict[str, Any], part: str, name: str) -> bytes:
    return bytes.fromhex(vector[part][name])


def answer(vector: dict[str, Any], part: str) -> dict[str, Any]:
    """A vector as the JSON that a browser sends."""
    id_ = b64(bytes.fromhex(vector["credential_id"]))
    response = {k: b64(bytes.fromhex(v)) for k, v in vector[part].items() if k != "challenge"}
    return {"id": id_, "rawId": id_, "type": "public-key", "response": response}


def key_of(vector: dict[str, Any]) -> bytes:
    """The COSE key inside a vector's registration."""
    made = parse_attestation_object(raw(vector, "registration", "attestationObject"))
    assert made.auth_data.attested_credential_data is not None
    return made.auth_data.attested_credential_data.credential_public_key


def judged(verify: Any) -> str:
    """What a verification says: ok, or the rule that it refuses by."""
    try:
        verify()
    except PasskeyRefused as refusal:
        return refusal.rule
    return OK


def test_all_fifteen_vectors_are_judged():
    assert list(VERDICTS) == list(VECTORS)
    assert len(VECTORS) == 15


@pytest.mark.parametrize("name", VECTORS)
def test_each_registration_has_its_verdict(name):
    vector = VECTORS[name]
    challenge = raw(vector, "registration", "challenge")
    given = answer(vector, "registration")
    verdict = judged(lambda: passkeys.made(given, challenge=challenge, site=SITE))
    assert verdict == VERDICTS[name][0]


@pytest.mark.parametrize("name", [n for n in VECTORS if VERDICTS[n][0] == OK])
def test_a_passkey_that_may_be_on_several_devices_says_so(name):
    vector = VECTORS[name]
    challenge = raw(vector, "registration", "challenge")
    made = passkeys.made(answer(vector, "registration"), challenge=challenge, site=SITE)
    flags = parse_attestation_object(raw(vector, "registration", "attestationObject")).auth_data
    assert made.synced is flags.flags.be
    assert made.credential.hex() == vector["credential_id"]
    assert made.public_key == key_of(vector)


@pytest.mark.parametrize("name", VECTORS)
def test_each_login_has_its_verdict(name):
    vector = VECTORS[name]
    challenge = raw(vector, "authentication", "challenge")
    given, key = answer(vector, "authentication"), key_of(vector)
    verdict = judged(
        lambda: passkeys.touched(given, key, challenge=challenge, kind="webauthn.get", site=SITE)
    )
    assert verdict == VERDICTS[name][1]


@pytest.mark.parametrize("name", [n for n in VECTORS if ALGORITHM not in VERDICTS[n]])
def test_every_signature_holds_and_no_other_does(name):
    vector = VECTORS[name]
    given: dict[str, Any] = {
        "credential": answer(vector, "authentication"),
        "expected_challenge": raw(vector, "authentication", "challenge"),
        "expected_rp_id": SITE.rp_id,
        "expected_origin": SITE.origin,
        "credential_public_key": key_of(vector),
        "credential_current_sign_count": 0,
    }
    assert verify_authentication_response(**given).new_sign_count == 0
    signature = bytearray(raw(vector, "authentication", "signature"))
    signature[-1] ^= 1
    given["credential"]["response"]["signature"] = b64(bytes(signature))
    with pytest.raises(Exception, match="signature"):
        verify_authentication_response(**given)


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature"])
def test_one_changed_bit_anywhere_voids_an_assertion(part):
    vector = VECTORS["packed.ES256"]
    challenge, key = raw(vector, "authentication", "challenge"), key_of(vector)
    whole = raw(vector, "authentication", part)
    for place in range(len(whole)):
        given = answer(vector, "authentication")
        bent = bytearray(whole)
        bent[place] ^= 1
        given["response"][part] = b64(bytes(bent))
        verdict = judged(
            lambda given=given: passkeys.touched(
                given, key, challenge=challenge, kind="webauthn.get", site=SITE
            )
        )
        assert verdict != OK, f"bit 0 of byte {place} of {part}"
