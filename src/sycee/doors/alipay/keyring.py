"""The gateway's own keys and the demo shops' private keys: files of mode 0600 in the home folder.

<home>/alipay/authority.pem, root.crt        the test authority
<home>/alipay/gateway.pem, gateway.crt       what responses and notices are signed with
<home>/alipay/apps/<app_id>.pem, .crt        a demo shop's key; never in the database
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from sycee.doors.alipay import certificates, signature


@dataclass(frozen=True, slots=True)
class Keyring:
    """What the gateway signs with, and the certificates that clients check it by."""

    folder: Path
    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    root: x509.Certificate

    @property
    def public_key(self) -> str:
        """The gateway's public key in PEM, as shops configure it."""
        return signature.public_pem(self.key.public_key())

    @property
    def serial(self) -> str:
        """`alipay_cert_sn`."""
        return certificates.serial_number(self.certificate)

    @property
    def root_serial(self) -> str:
        """`alipay_root_cert_sn`."""
        return certificates.root_serial_number(certificates.pem(self.root))


@dataclass(frozen=True, slots=True)
class AppKey:
    """A demo shop's own key pair and its certificate, as kept in the home folder."""

    private_key: str
    certificate: str


def open_keyring(home: Path, now: datetime) -> Keyring:
    """The gateway's keys in `home`, made at the first call, even by two processes at once."""
    folder = home / "alipay"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / "gateway.crt").exists():
        _found(folder, now)
    return Keyring(
        folder,
        signature.load_private(_read(folder / "gateway.pem")),
        certificates.load(_read(folder / "gateway.crt")),
        certificates.load(_read(folder / "root.crt")),
    )


def make_app_key(keyring: Keyring, app_id: str, now: datetime) -> AppKey:
    """A key and certificate for a demo shop, made once and then read back."""
    apps = keyring.folder / "apps"
    apps.mkdir(mode=0o700, exist_ok=True)
    path = apps / f"{app_id}.pem"
    if not path.exists():
        _write_once(path, signature.private_pem(signature.generate()))
    key = signature.load_private(_read(path))
    if not (apps / f"{app_id}.crt").exists():
        issued = certify(keyring, app_id, key.public_key(), now)
        _write_once(apps / f"{app_id}.crt", certificates.pem(issued))
    return AppKey(signature.private_pem(key), _read(apps / f"{app_id}.crt"))


def certify(
    keyring: Keyring, app_id: str, key: rsa.RSAPublicKey, now: datetime
) -> x509.Certificate:
    """A new certificate of an app's key, by this house's authority."""
    signer = signature.load_private(_read(keyring.folder / "authority.pem"))
    return certificates.issue(certificates.Authority(signer, keyring.root), app_id, key, now)


def read_app_key(keyring: Keyring, app_id: str) -> AppKey | None:
    """A demo shop's key, or None when this home did not make it."""
    path = keyring.folder / "apps" / f"{app_id}.pem"
    if not path.exists():
        return None
    return AppKey(_read(path), _read(path.with_suffix(".crt")))


def _found(folder: Path, now: datetime) -> None:
    """Make the authority and the gateway's key; the last file written says all are there.

    Each file goes in only if it is not there, and what follows is made from what is on disk, so
    that two processes starting at once agree.
    """
    if not (folder / "authority.pem").exists():
        _write_once(folder / "authority.pem", signature.private_pem(signature.generate()))
    key = signature.load_private(_read(folder / "authority.pem"))
    _write_once(folder / "root.crt", certificates.pem(certificates.self_signed(key, now)))
    authority = certificates.Authority(key, certificates.load(_read(folder / "root.crt")))
    if not (folder / "gateway.pem").exists():
        _write_once(folder / "gateway.pem", signature.private_pem(signature.generate()))
    gateway = signature.load_private(_read(folder / "gateway.pem"))
    issued = certificates.issue(authority, "Sycee Gateway", gateway.public_key(), now)
    _write_once(folder / "gateway.crt", certificates.pem(issued))


def _read(path: Path) -> str:
    return path.read_text().strip()


def _write_once(path: Path, text: str) -> None:
    """Put `text` at `path` whole or not at all; whoever comes second leaves the first's file."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
