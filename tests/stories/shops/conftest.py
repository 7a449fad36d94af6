"""A market: a served house with a vault, shops, their cashiers with phones, and customers."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.conftest import Template
from tests.stories.http.server import Person, serving
from tests.stories.identity.conftest import Door, Phone
from tests.stories.people.conftest import Street

from sycee.core.parties import vault
from sycee.core.parties.keyring import Keyring, Master
from sycee.core.parties.model import Kind
from sycee.core.policy import limits
from sycee.kit.clock import ManualClock
from sycee.products.wallet.shops.codes import stamp
from sycee.products.wallet.shops.codes.stamp import Stamp
from sycee.runtime.db import Database
from sycee.runtime.http.rates import Rate
from sycee.runtime.http.wiring import Bounds

RATE = Rate(10_000, 100_000)


class Market(Street):
    """A street with shops; people may also come with a phone of their own."""

    def shop(self, handle: str = "jade") -> Person:
        return self.resident(handle, kind=Kind.MERCHANT)

    def phone(self, **more: Any) -> Phone:
        """Someone who registers with a passkey."""
        door = Door(self.client, self.database)  # pyright: ignore[reportArgumentType]
        return Phone(door).register(**more)

    def at_work(self, owner: Phone, staff: dict[str, Any]) -> Phone:
        """The device that was asked in for a member of a shop's staff."""
        phone = Phone(owner.door)
        path = f"POST /v1/invitations/{staff['invitation']}"
        return phone.make(
            "device-registrations", owner.door.send(path, {"secret": staff["secret"]}).json()
        )

    def paid(self, payer: Person, payee: Any, minor: int, **more: Any) -> dict[str, Any]:
        """A transfer that was made; `payee` has a public id or is one."""
        body = {"payee": getattr(payee, "id", payee), "amount_minor": minor, "currency": "CNY"}
        made = self.send("POST /v1/transfers", payer, body | more)
        assert made.status_code == 200, made.text
        return made.json()

    def purse(self, person: Person) -> int:
        """What is in a party's first purse."""
        rows = self.get("/v1/balances", person).json()
        return rows[0]["balance_minor"]


@pytest.fixture(scope="session")
def place(main_template: Template, keys_template: Template) -> Iterator[tuple[Market, Keyring]]:
    """One market for all stories of shops: each brings its own people."""
    (name, url), (keys_name, keys_url) = main_template.clone(), keys_template.clone()
    clock = ManualClock(datetime.now(UTC))
    database, keys = Database(url, clock=clock), Database(keys_url, size=2)
    with database.transaction() as tx:
        for pack in ("cn-accounts", "cn-barcode"):
            limits.load(tx, limits.shipped()[pack])
    with serving(database, Bounds(stranger_rate=RATE)) as address:
        market = Market(database, address, clock)
        yield market, Keyring(keys, Master(secrets.token_bytes(32)))
        market.client.close()
    for each in (database, keys):
        each.close()
    main_template.drop(name)
    keys_template.drop(keys_name)


@pytest.fixture(scope="module")
def market(place: tuple[Market, Keyring]) -> Iterator[Market]:
    """The market with its vault and its stamp in place, which a process has one of."""
    market, keyring = place
    vault.use(keyring)
    stamp.install(Stamp(bytes(32)))
    yield market
    vault.use(None)
    stamp.install(None)


__all__ = ["Market"]
