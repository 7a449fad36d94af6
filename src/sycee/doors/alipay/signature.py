"""RSA keys as the protocol writes them: RSA2 is SHA256withRSA, RSA is SHA1withRSA (PKCS#1 v1.5)."""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

KEY_BITS = 2048


def _digest(sign_type: str) -> hashes.HashAlgorithm:
    # SHA-1 is what the older sign type means; an app must have been registered for it.
    return hashes.SHA1() if sign_type == "RSA" else hashes.SHA256()


def generate() -> rsa.RSAPrivateKey:
    """A new key of 2048 bits."""
    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def private_pem(key: rsa.RSAPrivateKey) -> str:
    """PKCS#1 in PEM, without a final newline: the one form that all three public SDKs read."""
    return (
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        .decode()
        .strip()
    )


def public_pem(key: rsa.RSAPublicKey) -> str:
    """SubjectPublicKeyInfo in PEM, without a final newline."""
    return (
        key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        .decode()
        .strip()
    )


def public_der(key: rsa.RSAPublicKey) -> bytes:
    """SubjectPublicKeyInfo in DER: what a key's fingerprint is taken of."""
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def load_private(pem: str) -> rsa.RSAPrivateKey:
    """A private key from PEM; ValueError for anything but RSA."""
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("not an RSA key")
    return key


def load_public(pem: str) -> rsa.RSAPublicKey:
    """A public key from PEM; ValueError for anything but RSA."""
    key = serialization.load_pem_public_key(pem.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("not an RSA key")
    return key


def sign(key: rsa.RSAPrivateKey, content: bytes, sign_type: str) -> str:
    """The signature of `content` in base 64."""
    made = key.sign(content, padding.PKCS1v15(), _digest(sign_type))
    return base64.b64encode(made).decode()


def verify(key: rsa.RSAPublicKey, content: bytes, signature: str, sign_type: str) -> bool:
    """Whether `signature` (base 64) is `key`'s over exactly these bytes.

    Only its one right spelling is taken, as a request's duplicates are known by it: the last digit
    of base 64 has bits to spare, so a signature could be written in 16 ways.
    """
    try:
        made = base64.b64decode(signature, validate=True)
        if base64.b64encode(made).decode() != signature:
            return False
        key.verify(made, content, padding.PKCS1v15(), _digest(sign_type))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
