"""The gateway's keys and certificates: made once, private, and named as clients name them."""

from __future__ import annotations

import hashlib
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sycee.doors.alipay import certificates, keyring, signature

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_keys_are_made_once_and_readable_by_their_owner_only(tmp_path):
    first = keyring.open_keyring(tmp_path, NOW)
    keyring.make_app_key(first, "2021000000000001", NOW)
    again = keyring.open_keyring(tmp_path, NOW)
    assert again.public_key == first.public_key
    assert again.serial == first.serial
    files = [path for path in (tmp_path / "alipay").rglob("*") if path.is_file()]
    assert len(files) == 6
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: keyring.open_keyring(tmp_path, NOW), range(8)))
    assert len({ring.public_key for ring in opened}) == 1
    assert len({(ring.serial, ring.root_serial) for ring in opened}) == 1
    assert signature.public_pem(opened[0].key.public_key()) == opened[0].public_key


def test_an_app_certificate_is_issued_under_the_root(tmp_path):
    ring = keyring.open_keyring(tmp_path, NOW)
    made = keyring.make_app_key(ring, "2021000000000001", NOW)
    certificate = certificates.load(made.certificate)
    assert certificates.issued_by(certificate, ring.root, NOW)
    assert not certificates.issued_by(ring.root, certificate, NOW)
    for end, away in ((NOW - timedelta(days=1), -1), (NOW + timedelta(days=3_650), 1)):
        assert certificates.issued_by(certificate, ring.root, end)
        assert not certificates.issued_by(certificate, ring.root, end + timedelta(seconds=away))
    assert len(certificates.serial_number(certificate)) == 32
    # What has more bits is printed in hexadecimal by PHP, whose client then takes another MD5.
    assert max(each.serial_number.bit_length() for each in (certificate, ring.root)) < 128
    assert keyring.read_app_key(ring, "2021000000000001") == made
    assert keyring.read_app_key(ring, "2021000000000002") is None


def test_a_bundle_of_roots_is_named_by_those_that_are_rsa(home):
    ring, key = keyring.open_keyring(home, NOW), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Another Root")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, NOW, NOW)
    other = builder.sign(key, hashes.SHA256())
    bundle = "\n".join(certificates.pem(each) for each in (ring.root, other, ring.certificate))
    assert certificates.root_serial_number(bundle) == f"{ring.root_serial}_{ring.serial}"
    written = f"CN=Sycee Test Root,OU=Test Authority,O=Sycee,C=CN{ring.certificate.serial_number}"
    assert ring.serial == hashlib.md5(written.encode(), usedforsecurity=False).hexdigest()


def test_a_printed_key_has_no_final_newline():
    key = signature.generate()
    assert signature.private_pem(key).endswith("-----END RSA PRIVATE KEY-----")
    assert signature.public_pem(key.public_key()).endswith("-----END PUBLIC KEY-----")
    assert signature.load_private(signature.private_pem(key)).public_key() == key.public_key()
