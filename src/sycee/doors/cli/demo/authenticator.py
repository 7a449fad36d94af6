"""A software authenticator and the browser around it: passkeys by ES256, no attestation.

The demo's people have one, and so have the tests.

    phone = Authenticator()
    answer = phone.register(options)                 # PublicKeyCredentialCreationOptionsJSON
    answer = phone.get(options)                      # PublicKeyCredentialRequestOptionsJSON
    answer = phone.get(options, payment={...})       # Secure Payment Confirmation: payment.get
    headers = phone.key.proof("POST", "/v1/…", body, session="ses_…", idempotency_key="k")

Every keyword of `register` and `get` bends one thing, as a broken or hostile client would.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from webauthn.helpers import encode_cbor

ORIGIN = "http://localhost:8080"
UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


def b64(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """The inverse of `b64`."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class DeviceKey:
    """The non-extractable P-256 key of a browser: it signs each request of a session."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def public(self) -> str:
        """The raw point in base64url, as WebCrypto's `exportKey("raw")` gives it."""
        point = self._key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return b64(point)

    def sign(self, message: bytes) -> bytes:
        """ECDSA with SHA-256 as WebCrypto writes it: r and s, 32 bytes each."""
        r, s = decode_dss_signature(self._key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    def proof(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        session: str,
        idempotency_key: str = "",
        now: float | None = None,
        nonce: str | None = None,
    ) -> str:
        """The header `Sycee-Proof` of one request; `target` is the path with its query."""
        millis = int((time.time() if now is None else now) * 1000)
        nonce = nonce or b64(secrets.token_bytes(16))
        digest = b64(hashlib.sha256(body).digest())
        parts = ("sycee-proof-1", session, method, target, digest, idempotency_key, millis, nonce)
        signature = self.sign("\n".join(map(str, parts)).encode())
        return f"t={millis};n={nonce};s={b64(signature)}"


@dataclass
class Credential:
    """A passkey inside the authenticator."""

    id: bytes
    key: ec.EllipticCurvePrivateKey
    rp_id: str
    user: bytes
    count: int = 0


@dataclass
class Authenticator:
    """One device: its passkeys, and the key that its browser signs requests with."""

    origin: str = ORIGIN
    rp_id: str = "localhost"
    counts: bool = True
    key: DeviceKey = field(default_factory=DeviceKey)
    credentials: list[Credential] = field(default_factory=list)

    def register(self, options: dict[str, Any], **bent: Any) -> dict[str, Any]:
        """The answer to `navigator.credentials.create()`."""
        assert {"type": "public-key", "alg": -7} in options["pubKeyCredParams"]
        made = Credential(
            secrets.token_bytes(32),
            ec.generate_private_key(ec.SECP256R1()),
            bent.get("rp_id", options["rp"]["id"]),
            unb64(options["user"]["id"]),
        )
        self.credentials.append(made)
        numbers = made.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = bytes(16) + len(made.id).to_bytes(2) + made.id + encode_cbor(cose)
        data = self._authenticator_data(made, AT, bent) + attested
        client = self._client_data("webauthn.create", options, None, bent)
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        response = {"clientDataJSON": b64(client), "attestationObject": b64(attestation)}
        return self._answer(made, response)

    def get(
        self, options: dict[str, Any], payment: dict[str, Any] | None = None, **bent: Any
    ) -> dict[str, Any]:
        """The answer to `navigator.credentials.get()`, by the newest passkey that is allowed."""
        allowed = {unb64(each["id"]) for each in options.get("allowCredentials") or ()}
        used = next(
            each for each in reversed(self.credentials) if not allowed or each.id in allowed
        )
        used.count = bent.get("count", used.count + self.counts)
        data = self._authenticator_data(used, 0, bent)
        kind = "webauthn.get" if payment is None else "payment.get"
        client = self._client_data(kind, options, payment, bent)
        signature = used.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": b64(client),
            "authenticatorData": b64(data),
            "signature": b64(signature),
            "userHandle": b64(bent.get("user", used.user)),
        }
        return self._answer(used, response)

    def _authenticator_data(self, used: Credential, flags: int, bent: dict[str, Any]) -> bytes:
        flags |= UP if bent.get("present", True) else 0
        flags |= UV if bent.get("verified", True) else 0
        rp_id = bent.get("rp_id", used.rp_id)
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + used.count.to_bytes(4)

    def _client_data(
        self,
        kind: str,
        options: dict[str, Any],
        payment: dict[str, Any] | None,
        bent: dict[str, Any],
    ) -> bytes:
        origin = bent.get("origin", self.origin)
        data: dict[str, Any] = {
            "type": bent.get("kind", kind),
            "challenge": bent.get("challenge", options["challenge"]),
            "origin": origin,
            "crossOrigin": bent.get("cross_origin", False),
        }
        if "top_origin" in bent:
            data["topOrigin"] = bent["top_origin"]
        if payment is not None:
            data["payment"] = {"rpId": self.rp_id, "topOrigin": origin, **payment}
        return json.dumps(data, separators=(",", ":")).encode()

    @staticmethod
    def _answer(used: Credential, response: dict[str, str]) -> dict[str, Any]:
        return {
            "id": b64(used.id),
            "rawId": b64(used.id),
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }
