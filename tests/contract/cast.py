"""A house in which somebody lives, and one of every role, logged in, who is somebody else."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar.testing import TestClient
from tests.authenticator import Authenticator, unb64
from tests.conftest import Template
from tests.stories.http.promises import watched
from tests.stories.http.server import House
from tests.stories.identity.conftest import Door, Phone

from sycee.core.ledger import accounts
from sycee.core.parties import apikeys, parties, vault
from sycee.core.parties.identity import devices, sessions
from sycee.core.parties.identity.model import DeviceKind
from sycee.core.parties.keyring import Keyring, Master
from sycee.core.parties.model import Kind, NewParty
from sycee.core.parties.scopes import KIND_SCOPES, Duty, Role
from sycee.core.paycodes import safe
from sycee.core.paycodes.safe import PURPOSE, Safe
from sycee.doors.http.app import build
from sycee.kit.ids import public, uuid7
from sycee.products.wallet.bank.actions import receiving
from sycee.products.wallet.bank.actions.receiving import OpenAccount
from sycee.products.wallet.shops.codes import stamp
from sycee.products.wallet.shops.codes.stamp import Stamp
from sycee.runtime.db import Database
from sycee.runtime.http.rates import Rate
from sycee.runtime.http.wiring import Bounds
from sycee.runtime.sealer import KeySealer

ROLES = {
    "person": Kind.PERSON,
    "merchant owner": Kind.MERCHANT,
    "cashier": Kind.MERCHANT,
    "mediator": Kind.PERSON,
    "operator": Kind.OPERATOR,
    "auditor": Kind.OPERATOR,
    "regulator": Kind.REGULATOR,
}
SECRET = "zq7canary"
"""In every word that the resident alone has."""

MINOR = 7_919_317
"""What each of the resident's payments is of: found in an answer, it is theirs."""

_ID = re.compile(r"\b([a-z]{3})_[0-9a-z]{26}\b")
_HOUSE_IBAN, _OUTSIDE = "DE89370400440532013000", "CH9300762011623852957"


def _soon(door: Door) -> str:
    return (door.database.clock.now() + timedelta(days=9)).date().isoformat()


class Cast:
    """The house, the resident with what is theirs by noun, and the roles' phones."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.told: set[str] = set()
        self.phones = {role: self.log_in(role) for role in ROLES}
        with door.database.transaction() as tx:
            receiving.open_account(tx, OpenAccount(_HOUSE_IBAN, None, "Sycee", "CNY", None))
        self.vera, self._vera = self._resident("Vera", Kind.PERSON)
        self.shop, self._shop = self._resident("Vault Tea", Kind.MERCHANT)
        self.owned = self._live()

    def log_in(self, role: str) -> Phone:
        """A session of a role, on a device that was just touched."""
        phone, kind = Phone(self.door, Authenticator()), ROLES[role]
        bound = unb64(phone.key.public)
        with self.door.database.transaction() as tx:
            seated = parties.operator(tx) if kind is Kind.OPERATOR else None
            party = seated or parties.create(tx, NewParty(kind, role.title())).id
            if role == "mediator":
                parties.appoint(tx, party, Role.MEDIATOR)
            duty = Duty(role) if role in set(Duty) else Duty.OWNER
            device = devices.add(
                tx, party, kind=DeviceKind.BROWSER, role=str(duty),
                credential=uuid7().bytes, public_key=b"", bound_key=bound,
            )  # fmt: skip
            session, phone.cookie = sessions.open_(tx, device, bound)
        phone.session, phone.party = session.public_id, public("par", party)
        phone.device = public("dev", device.id)
        return phone

    def held(self) -> int:
        """What the resident's wallet and shop hold."""
        with self.door.database.read() as tx:
            found = accounts.owned(tx, [self.vera, self.shop])
        return sum(each.available for each in found)

    def _resident(self, name: str, kind: Kind) -> tuple[UUID, str]:
        handle = f"{name.lower().replace(' ', '.')}.{uuid4().hex[:8]}"
        with self.door.database.transaction() as tx:
            party = parties.create(tx, NewParty(kind, name, handle=handle)).id
            _, secret = apikeys.issue(tx, party, SECRET, sorted(KIND_SCOPES[kind]))
        house = House(self.door.database, "http://unused")
        house.give(party, 20 * MINOR)
        house.client.close()
        return party, secret

    def ask(self, request: str) -> Any:
        """The answer that the resident gets."""
        return self.door.send(request, authorization=f"Bearer {self._vera}")

    def _do(self, request: str, body: Any = None, *, shop: bool = False) -> Any:
        secret = self._shop if shop else self._vera
        answer = self.door.send(request, body, authorization=f"Bearer {secret}")
        assert answer.status_code < 300, (request, answer.text)
        return answer.json() if answer.content else None

    def _live(self) -> dict[str, str]:
        """One of everything that somebody may have; their ids by noun."""
        vera, shop = public("par", self.vera), public("par", self.shop)
        money = {"amount_minor": MINOR, "currency": "CNY"}
        said = SECRET + " for the flat"
        made = [
            self._do("POST /v1/payments", money | {"payee": shop, "memo": said, "out_ref": SECRET}),
            self._do("POST /v1/requests", money | {"payer": shop, "memo": said}),
            self._do("POST /v1/gifts", money | {"memo": said}),
            self._do("POST /v1/envelopes", money | {"shares": 2, "amount_minor": 20_000}),
            self._do("POST /v1/top-ups", money),
            self._do("POST /v1/withdrawals", money | {"iban": _OUTSIDE, "name": SECRET}),
            self._do(
                "POST /v1/schedules",
                money | {"payee": shop, "every": "week", "starts_on": _soon(self.door), "times": 3},
            ),
            self._do(
                "POST /v1/splits",
                {
                    "currency": "CNY", "rule": "equal", "total_minor": MINOR, "memo": said,
                    "parts": [{"party": vera}, {"party": shop}],
                },
            ),
            self._do("POST /v1/pay-codes", {"ceiling_minor": MINOR, "currency": "CNY"}),
            self._do(
                "POST /v1/webhook-endpoints",
                {"url": f"https://{SECRET}.example.com/hook", "events": ["transfer.*"]},
            ),
            self._do("POST /v1/links", money | {"title": "tea"}, shop=True),
            self._do("POST /v1/codes", money, shop=True),
            self._do(
                "POST /v1/trades",
                {
                    "currency": "CNY", "title": SECRET, "buyer": vera,
                    "lines": [{"title": SECRET, "quantity": 1, "unit_price_minor": MINOR}],
                },
                shop=True,
            ),
        ]  # fmt: skip
        self._do(f"PUT /v1/contacts/{shop}", {"nickname": SECRET})
        self._do("PATCH /v1/me/details", {"name": SECRET})
        made.append(self._do("GET /v1/balances"))
        made.append(self._do("GET /v1/api-keys"))
        owned = {"par": vera}
        for found in _ID.finditer(str(made)):
            owned.setdefault(found[1], found[0])
        return owned


def cast_of(main: Template, keys: Template, master: Path) -> Iterator[Cast]:
    """The cast on databases of its own, with what codes and secrets are sealed with."""
    (name, url), (keys_name, keys_url) = main.clone(), keys.clone()
    database, vaults = Database(url), Database(keys_url, size=2)
    master.write_bytes(base64.b64encode(secrets.token_bytes(32)))
    master.chmod(0o600)
    vault.use(Keyring(vaults, Master(secrets.token_bytes(32))))
    safe.install(Safe(KeySealer(bytes(32), PURPOSE)))
    stamp.install(Stamp(bytes(32)))
    rate = Rate(100_000, 1_000_000)
    app = build(database, bounds=Bounds(stranger_rate=rate, stream_seconds=0))
    with pytest.MonkeyPatch.context() as patch, watched(app) as seen, TestClient(seen) as client:
        patch.setenv("SYCEE_MASTER_KEY_FILE", str(master))
        yield Cast(Door(client, database, app.state.wiring))
    vault.use(None)
    safe.install(None)
    stamp.install(None)
    for each in (database, vaults):
        each.close()
    main.drop(name)
    keys.drop(keys_name)


def aimed(value: Any, owned: dict[str, str]) -> Any:
    """The same, with each public id turned into the resident's of its noun, where there is one."""
    if isinstance(value, dict):
        return {name: aimed(each, owned) for name, each in value.items()}
    if isinstance(value, list):
        return [aimed(each, owned) for each in value]
    if isinstance(value, str) and _ID.fullmatch(value):
        return owned.get(value[:3], value)
    return value


__all__ = ["Cast", "aimed", "cast_of"]
