"""Certificate mode: an app and the gateway name their keys by the number of a certificate.

The number is the MD5 of the issuer's name, written `CN=…,OU=…,O=…,C=…`, followed by the decimal
serial; a root bundle's is the numbers of its RSA certificates joined by `_`. MD5 is a name here,
not a proof. A test authority of our own stands in for the platform's.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

_PARTS = (
    (NameOID.COMMON_NAME, "CN"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "OU"),
    (NameOID.ORGANIZATION_NAME, "O"),
    (NameOID.COUNTRY_NAME, "C"),
)
_RSA_SIGNATURES = "1.2.840.113549.1.1."
LIFETIME = timedelta(days=3650)
SERIAL_BITS = 126
"""As the platform's: of 128 bits and more the PHP client prints a serial in hexadecimal."""


def _name(common: str) -> x509.Name:
    # Clients print the parts in reverse order of the encoding, so it is C, O, OU, CN.
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Sycee"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Test Authority"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def serial_number(certificate: x509.Certificate) -> str:
    """The protocol's name for a certificate: 32 hexadecimal digits."""
    written = []
    for oid, short in _PARTS:
        found = certificate.issuer.get_attributes_for_oid(oid)
        written.append(f"{short}={found[0].value if found else None}")
    text = ",".join(written) + str(certificate.serial_number)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def root_serial_number(bundle: str) -> str:
    """The name of a root bundle in PEM: its RSA certificates' numbers joined by `_`."""
    found = x509.load_pem_x509_certificates(bundle.encode())
    return "_".join(
        serial_number(certificate)
        for certificate in found
        if certificate.signature_algorithm_oid.dotted_string.startswith(_RSA_SIGNATURES)
    )


def load(pem: str) -> x509.Certificate:
    """A certificate from PEM; ValueError for anything else."""
    return x509.load_pem_x509_certificate(pem.encode())


def pem(certificate: x509.Certificate) -> str:
    """A certificate in PEM, without a final newline."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode().strip()


@dataclass(frozen=True, slots=True)
class Authority:
    """A test root: its key and its self-signed certificate."""

    key: rsa.RSAPrivateKey
    root: x509.Certificate


def self_signed(key: rsa.RSAPrivateKey, now: datetime) -> x509.Certificate:
    """The root certificate of a test authority, valid for ten years."""
    return _certify(_name("Sycee Test Root"), key, key.public_key(), now, root=True)


def issue(
    authority: Authority, common: str, key: rsa.RSAPublicKey, now: datetime
) -> x509.Certificate:
    """A certificate for `key` under the authority."""
    return _certify(_name(common), authority.key, key, now, root=False)


def issued_by(certificate: x509.Certificate, root: x509.Certificate, now: datetime) -> bool:
    """Whether `root` signed the certificate and `now` lies in its time."""
    try:
        certificate.verify_directly_issued_by(root)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _certify(
    subject: x509.Name,
    signer: rsa.RSAPrivateKey,
    key: rsa.RSAPublicKey,
    now: datetime,
    *,
    root: bool,
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_name("Sycee Test Root"))
        .public_key(key)
        .serial_number(secrets.randbits(SERIAL_BITS) or 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )
