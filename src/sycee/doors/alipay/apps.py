"""A shop's own apps: the numbers it signs under, each with a public key of the shop's.

The private key is made where it is used and never comes here. Changing the key is at once: what is
signed with the one before is refused from then on, and so is its certificate.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.parties import parties
from sycee.core.parties.model import Kind as PartyKind
from sycee.doors.alipay import certificates, signature, store, users
from sycee.doors.alipay import keyring as keyrings
from sycee.doors.alipay.keyring import Keyring, open_keyring
from sycee.doors.alipay.model import OwnApp
from sycee.doors.alipay.seed import SIGN_TYPES, ZONES
from sycee.kit.clock import SystemClock
from sycee.kit.errors import Forbidden, Invalid, Kind, NotFound, Refusal
from sycee.runtime import settings as installation
from sycee.runtime.db import Tx

MOST = 20
"""How many apps a shop may have in use."""

KEY_BITS_MIN, KEY_BITS_MAX = 2048, 4096
_FIRST = "2021"


@dataclass(unsafe_hash=True)
class AlipayAppsTooMany(Refusal):
    """The shop has as many apps as it may have.

    `limit` is the number. End one that no client uses any more.
    """

    code = "alipay-apps-too-many"
    kind = Kind.LIMIT
    limit: int


class Make(msgspec.Struct, frozen=True):
    """The command: let a shop sign with this key, under a number it is given."""

    party: UUID
    public_key: str


class Rekey(msgspec.Struct, frozen=True):
    """The command: from now on an app signs with this key alone."""

    party: UUID
    app_id: str
    public_key: str


class Certify(msgspec.Struct, frozen=True):
    """The command: certify an app's key, so that its clients can be set up in certificate mode."""

    party: UUID
    app_id: str


class End(msgspec.Struct, frozen=True):
    """The command: nothing signed under this number is answered any more."""

    party: UUID
    app_id: str


class AlipayApp(msgspec.Struct, frozen=True):
    """A shop's app. `fingerprint` is the SHA-256 of its public key (SubjectPublicKeyInfo, DER).

    `app_cert_sn` is the number of the certificate that names it, null without one.
    """

    app_id: str
    fingerprint: str
    app_cert_sn: str | None
    created_at: datetime
    disabled_at: datetime | None


class AlipayCertificates(msgspec.Struct, frozen=True):
    """What a client in certificate mode is set up with, in PEM, and the app's number in it.

    `app_cert` certifies the app's key, `alipay_cert` what answers and notices are signed with, and
    `alipay_root_cert` is the authority of both.
    """

    app_id: str
    app_cert_sn: str
    app_cert: str
    alipay_cert: str
    alipay_root_cert: str


class AlipayAppList(msgspec.Struct, frozen=True):
    """A shop's apps, newest first, and what its clients need to know of this gateway.

    `alipay_public_key` (PEM) is what answers and notices are signed with; `seller_id` is the shop's
    number, null until it has an app.
    """

    items: list[AlipayApp]
    gateway_url: str
    alipay_public_key: str
    seller_id: str | None


def make(tx: Tx, command: Make) -> AlipayApp:
    """Give a shop an app; `Forbidden` for who is no shop, `Invalid`, `AlipayAppsTooMany`."""
    shop = parties.get(tx, command.party)
    if shop.kind is not PartyKind.MERCHANT:
        raise Forbidden(needs="merchant")
    pem, fingerprint = _checked(command.public_key)
    store.lock_apps(tx, command.party)
    if sum(each.disabled_at is None for each in store.apps_of(tx, command.party)) >= MOST:
        raise AlipayAppsTooMany(limit=MOST)
    app_id = _FIRST + "".join(secrets.choice("0123456789") for _ in range(12))
    if not store.insert_own_app(tx, app_id, command.party, pem, SIGN_TYPES[:1], _zones(shop.zone)):
        raise AssertionError("twelve random digits were drawn before")
    users.claim(tx, command.party)
    _note(tx, command.party, "alipay-app.made", app_id, fingerprint)
    return AlipayApp(app_id, fingerprint, None, tx.now, None)


def _zones(own: str) -> list[str]:
    """The zones that the shop's clients' clocks may be in."""
    return [*ZONES, own] if own not in ZONES else ZONES


def rekey(tx: Tx, command: Rekey) -> AlipayApp:
    """Change an app's key. Refuses `NotFound` for one that is not the shop's or has ended."""
    pem, fingerprint = _checked(command.public_key)
    created_at = store.set_key(tx, command.app_id, command.party, pem)
    if created_at is None:
        raise NotFound(noun="alipay-app", id=command.app_id)
    _note(tx, command.party, "alipay-app.rekeyed", command.app_id, fingerprint)
    return AlipayApp(command.app_id, fingerprint, None, created_at, None)


def certify(tx: Tx, command: Certify, *, keyring: Keyring) -> AlipayCertificates:
    """Certify an app's key; the certificate before names it no more. Refuses `NotFound`."""
    pem = store.lock_key(tx, command.app_id, command.party)
    if pem is None:
        raise NotFound(noun="alipay-app", id=command.app_id)
    made = keyrings.certify(keyring, command.app_id, signature.load_public(pem), tx.now)
    number = certificates.serial_number(made)
    store.set_certificate(tx, command.app_id, number)
    _note(tx, command.party, "alipay-app.certified", command.app_id, _fingerprint(pem))
    return AlipayCertificates(
        app_id=command.app_id,
        app_cert_sn=number,
        app_cert=certificates.pem(made),
        alipay_cert=certificates.pem(keyring.certificate),
        alipay_root_cert=certificates.pem(keyring.root),
    )


def end(tx: Tx, command: End) -> AlipayApp:
    """End an app; ending twice changes nothing. Refuses `NotFound`."""
    app = store.end_app(tx, command.app_id, command.party)
    if app is None:
        raise NotFound(noun="alipay-app", id=command.app_id)
    if app.disabled_at == tx.now:
        _note(tx, command.party, "alipay-app.ended", app.app_id, _fingerprint(app.public_key))
    return _view(app)


def of_shop(tx: Tx, party: UUID) -> AlipayAppList:
    """A shop's apps, those that ended too, with the gateway's side."""
    here = gateway()
    return AlipayAppList(
        items=[_view(each) for each in store.apps_of(tx, party)],
        gateway_url=here.url,
        alipay_public_key=here.keyring.public_key,
        seller_id=users.known(tx, party),
    )


def _view(app: OwnApp) -> AlipayApp:
    return AlipayApp(
        app_id=app.app_id,
        fingerprint=_fingerprint(app.public_key),
        app_cert_sn=app.cert_sn,
        created_at=app.created_at,
        disabled_at=app.disabled_at,
    )


def _checked(pem: str) -> tuple[str, str]:
    try:
        key = signature.load_public(pem)
    except ValueError:
        raise Invalid(field="public_key", rule="must be an RSA public key in PEM") from None
    if not KEY_BITS_MIN <= key.key_size <= KEY_BITS_MAX:
        raise Invalid(field="public_key", rule=f"must have {KEY_BITS_MIN} to {KEY_BITS_MAX} bits")
    clean = signature.public_pem(key)
    return clean, _fingerprint(clean)


def _fingerprint(pem: str) -> str:
    return hashlib.sha256(signature.public_der(signature.load_public(pem))).hexdigest()


def _note(tx: Tx, party: UUID, verb: str, app_id: str, fingerprint: str) -> None:
    body = {"app_id": app_id, "fingerprint": fingerprint}
    append(tx, [Entry(party, verb, party, (party,), "setup", body)])


@dataclass(frozen=True, slots=True)
class Gateway:
    """This installation's gateway: where it is, and what it signs with."""

    url: str
    keyring: Keyring


_lock = threading.Lock()
_standing: list[Gateway] = []


def gateway() -> Gateway:
    """This installation's gateway, read from the home folder once a process."""
    with _lock:
        if not _standing:
            settings = installation.load()
            keyring = open_keyring(settings.home, SystemClock().now())
            _standing.append(Gateway(f"{settings.address}/gateway.do", keyring))
        return _standing[0]
