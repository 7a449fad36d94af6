"""Apps for shops: registering a shop's own key, and making everything for a demo shop."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from sycee.doors.alipay import certificates, signature, store, users
from sycee.doors.alipay.keyring import Keyring, make_app_key, read_app_key
from sycee.doors.alipay.model import App
from sycee.runtime.db import Database, Tx

DEMO_APP = "2021000000000001"
SIGN_TYPES = ["RSA2", "RSA"]
ZONES = ["Asia/Shanghai", "UTC"]


@dataclass(frozen=True, slots=True)
class ShopKeys:
    """What a demo shop's client is set up with."""

    app_id: str
    app_private_key: str
    alipay_public_key: str
    seller_id: str
    buyer_id: str
    app_cert: str
    alipay_cert: str
    alipay_root_cert: str


def register_app(
    tx: Tx,
    app_id: str,
    party: UUID,
    public_key: str,
    *,
    cert_sn: str | None = None,
    demo_buyer: UUID | None = None,
    zones: list[str] | None = None,
) -> App:
    """Let a shop sign with its key under this app id; ValueError for a key that is not RSA."""
    signature.load_public(public_key)
    app = App(app_id, party, public_key, cert_sn, SIGN_TYPES, zones or ZONES, demo_buyer)
    store.insert_app(tx, app)
    users.claim(tx, party)
    if demo_buyer is not None:
        users.claim(tx, demo_buyer)
    return app


def seed_app(
    database: Database, keyring: Keyring, party: UUID, buyer: UUID, app_id: str = DEMO_APP
) -> ShopKeys:
    """A demo shop's app, made once; its private key stays in the home folder.

    Safe at every start. The machine's own time zone counts too, as clients print its wall clock.
    """
    now = database.clock.now()
    made = make_app_key(keyring, app_id, now)
    certificate = certificates.load(made.certificate)
    if not certificates.issued_by(certificate, keyring.root, now):
        raise ValueError(f"the certificate of app {app_id} is not this authority's, or expired")
    key = signature.load_private(made.private_key)
    with database.transaction() as tx:
        register_app(
            tx,
            app_id,
            party,
            signature.public_pem(key.public_key()),
            cert_sn=certificates.serial_number(certificate),
            demo_buyer=buyer,
            zones=[*ZONES, *zone_here(now)],
        )
    found = shop_keys(database, keyring, app_id)
    assert found is not None, "an app that was just made can be read"
    return found


def zone_here(now: datetime) -> list[str]:
    """A zone whose wall clock is this machine's at `now`, in a list; none if no zone has its."""
    offset = time.localtime(now.timestamp()).tm_gmtoff
    if offset % 3_600 == 0:
        return [f"Etc/GMT{-offset // 3_600:+d}"] if -12 <= offset // 3_600 <= 14 else []
    away = timedelta(seconds=offset)
    names = sorted(available_timezones())
    return [name for name in names if now.astimezone(ZoneInfo(name)).utcoffset() == away][:1]


def shop_keys(database: Database, keyring: Keyring, app_id: str = DEMO_APP) -> ShopKeys | None:
    """What a demo shop's client needs; None for an app whose private key is not in this home."""
    kept = read_app_key(keyring, app_id)
    with database.read() as tx:
        app = store.read_app(tx, app_id)
    if kept is None or app is None:
        return None
    return ShopKeys(
        app_id=app_id,
        app_private_key=kept.private_key,
        alipay_public_key=keyring.public_key,
        seller_id=users.number(database, app.party),
        buyer_id=users.number(database, app.demo_buyer),
        app_cert=kept.certificate,
        alipay_cert=certificates.pem(keyring.certificate),
        alipay_root_cert=certificates.pem(keyring.root),
    )
