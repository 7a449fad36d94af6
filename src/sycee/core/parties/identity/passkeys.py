"""Passkeys (W3C WebAuthn Level 3): options to make and use one, and what an answer proves.

The library `webauthn` verifies registrations and logins. It does not look at who framed the page,
and refuses Secure Payment Confirmation; `clientdata` sees to the first and `_signed` to the second.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    bytes_to_base64url,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_authenticator_data,
    parse_backup_flags,
    parse_registration_credential_json,
    verify_signature,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier as Algorithm
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from sycee.core.parties.identity import clientdata, devices
from sycee.core.parties.identity.model import (
    CHALLENGE_LIFE,
    Device,
    DeviceRevoked,
    PasskeyCopied,
    PasskeyRefused,
    PasskeyUnknown,
)
from sycee.core.parties.identity.site import Site, here
from sycee.kit.ids import public
from sycee.runtime.db import Tx

ALGORITHMS = [
    Algorithm.EDDSA,
    Algorithm.ECDSA_SHA_256,
    Algorithm.ML_DSA_44,
    Algorithm.ML_DSA_65,
    Algorithm.ECDSA_SHA_512,
    Algorithm.RSASSA_PKCS1_v1_5_SHA_256,
]
"""Signatures that are taken, the best first. RSA with SHA-1 is not among them."""

_MILLIS = int(CHALLENGE_LIFE.total_seconds()) * 1000


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey that was just made: its credential's id, COSE key, counter, and whether it may
    be on several devices at once."""

    credential: bytes
    public_key: bytes
    sign_count: int
    synced: bool


@dataclass(frozen=True, slots=True)
class Touch:
    """What an answer proves by itself: which credential, its counter, and what was shown."""

    credential: bytes
    user_handle: bytes | None
    user_verified: bool
    sign_count: int
    payment: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Assertion:
    """A passkey was touched by a person who was verified. `payment` is what the browser itself
    showed (Secure Payment Confirmation), None for a plain one."""

    device: Device
    user_verified: bool
    payment: dict[str, Any] | None = None


def creation_options(
    challenge: bytes, *, user: UUID, name: str, display_name: str, known: list[bytes], site: Site
) -> dict[str, Any]:
    """`PublicKeyCredentialCreationOptionsJSON`: resident, user verified, `known` ones excluded."""
    options = generate_registration_options(
        rp_id=site.rp_id,
        rp_name=site.name,
        user_name=name,
        user_display_name=display_name,
        user_id=user.bytes,
        challenge=challenge,
        timeout=_MILLIS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
        supported_pub_key_algs=ALGORITHMS,
    )
    # `payment` lets browsers that know Secure Payment Confirmation use it later; others ignore it.
    return options_to_json_dict(options) | {"extensions": {"payment": {"isPayment": True}}}


def request_options(challenge: bytes, *, allow: list[bytes], site: Site) -> dict[str, Any]:
    """`PublicKeyCredentialRequestOptionsJSON`; with nothing in `allow` any passkey of the site."""
    return options_to_json_dict(
        generate_authentication_options(
            rp_id=site.rp_id,
            challenge=challenge,
            timeout=_MILLIS,
            allow_credentials=[PublicKeyCredentialDescriptor(id=each) for each in allow],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def made(answer: dict[str, Any], *, challenge: bytes, site: Site) -> Passkey:
    """The passkey that an answer to `creation_options` proves to exist; refuses `PasskeyRefused`.

    Attestation is not asked for. What comes is verified by its format, trusting no maker.
    """
    try:
        credential = parse_registration_credential_json(answer)
    except Exception as error:
        raise PasskeyRefused("the answer is malformed") from error
    data = clientdata.read(credential.response.client_data_json)
    clientdata.check(data, kind="webauthn.create", challenge=challenge, site=site)
    try:
        found = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
        decoded_public_key_to_cryptography(
            decode_credential_public_key(found.credential_public_key)
        )
    except Exception as error:  # the library has many ways to stumble over what it is given
        raise PasskeyRefused(_rule(error)) from error
    if len(found.credential_id) > 1023:
        raise PasskeyRefused("the credential's id is too long")
    return Passkey(
        found.credential_id,
        found.credential_public_key,
        found.sign_count,
        found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
    )


def touched(
    answer: dict[str, Any],
    public_key: bytes,
    *,
    challenge: bytes,
    kind: str,
    site: Site,
) -> Touch:
    """What an answer to `request_options` proves, by the COSE key of its credential.

    `kind` is "webauthn.get" or "payment.get". The counter is the caller's to compare. Refuses
    `PasskeyRefused`.
    """
    credential = _parse(answer)
    data = clientdata.read(credential.response.client_data_json)
    clientdata.check(data, kind=kind, challenge=challenge, site=site)
    try:
        if kind == "payment.get":
            _signed(credential, public_key, site)
        else:
            verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=site.rp_id,
                expected_origin=site.origin,
                credential_public_key=public_key,
                credential_current_sign_count=0,
                require_user_verification=True,
            )
        signed = parse_authenticator_data(credential.response.authenticator_data)
    except PasskeyRefused:
        raise
    except Exception as error:  # the library has many ways to stumble over what it is given
        raise PasskeyRefused(_rule(error)) from error
    payment = data["payment"] if kind == "payment.get" else None
    handle = credential.response.user_handle
    return Touch(credential.raw_id, handle, signed.flags.uv, signed.sign_count, payment)


def _signed(credential: AuthenticationCredential, public_key: bytes, site: Site) -> None:
    """The steps of WebAuthn §7.2 after the client data, for an answer the library refuses."""
    if bytes_to_base64url(credential.raw_id) != credential.id:
        raise PasskeyRefused("the answer is malformed")
    response = credential.response
    data = parse_authenticator_data(response.authenticator_data)
    if data.rp_id_hash != hashlib.sha256(site.rp_id.encode()).digest():
        raise PasskeyRefused("the relying party is another one")
    if not (data.flags.up and data.flags.uv):
        raise PasskeyRefused("the person was not verified")
    parse_backup_flags(data.flags)
    key = decode_credential_public_key(public_key)
    verify_signature(
        public_key=decoded_public_key_to_cryptography(key),
        signature_alg=key.alg,
        signature=response.signature,
        data=response.authenticator_data + hashlib.sha256(response.client_data_json).digest(),
    )


def _parse(answer: dict[str, Any]) -> AuthenticationCredential:
    try:
        return parse_authentication_credential_json(answer)
    except Exception as error:
        raise PasskeyRefused("the answer is malformed") from error


def kind_of(answer: dict[str, Any]) -> str:
    """Whether an answer is a plain one or of Secure Payment Confirmation; refuses others."""
    kind = clientdata.read(_parse(answer).response.client_data_json).get("type")
    if kind not in ("webauthn.get", "payment.get"):
        raise PasskeyRefused("the client data is for another purpose")
    return kind


def _rule(error: Exception) -> str:
    """Which check failed, in our words: the library's messages hold values from outside."""
    text = str(error)
    for sign, rule in (
        ("User verification", "the person was not verified"),
        ("present", "the person was not present"),
        ("RP ID", "the relying party is another one"),
        ("alg", "the signature's algorithm is not taken"),
        ("sign", "the signature does not hold"),
        ("ttestation", "the attestation does not hold"),
    ):
        if sign in text:
            return rule
    return "the signature does not hold" if not text else "the answer is malformed"


def verify_assertion(
    tx: Tx,
    party: UUID | None,
    assertion: dict[str, Any],
    *,
    challenge: bytes,
    kind: str = "webauthn.get",
    site: Site | None = None,
    device: UUID | None = None,
) -> Assertion:
    """That a device of `party` (None: anyone's) was touched for `challenge`, and its counter noted.

    `assertion` is the browser's `AuthenticationResponseJSON`; `site` this installation's unless
    given. With `device`, no other device will do. The caller sees to it that a challenge is
    answered once. Refuses `PasskeyRefused`, `PasskeyUnknown`, `PasskeyCopied`, `DeviceRevoked`.
    """
    place = site or here()
    found = devices.by_credential(tx, _parse(assertion).raw_id)
    if found is None or party not in (None, found.party) or device not in (None, found.id):
        raise PasskeyUnknown()
    if found.revoked_at is not None:
        raise DeviceRevoked(device=found.public_id)
    touch = touched(assertion, found.public_key, challenge=challenge, kind=kind, site=place)
    if touch.user_handle and not hmac.compare_digest(touch.user_handle, found.party.bytes):
        raise PasskeyUnknown()
    if max(touch.sign_count, found.sign_count) > 0 and touch.sign_count <= found.sign_count:
        raise PasskeyCopied(device=public("dev", found.id))
    devices.touch(tx, found.id, touch.sign_count)
    return Assertion(found, touch.user_verified, touch.payment)
