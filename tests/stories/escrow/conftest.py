"""A small market on a real database: people with money, shops, a mediator, and a clock to move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.conftest import Template
from tests.stories.http.server import House, Person, vaulted

from sycee.core.ledger import accounts, doctor
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import apikeys, parties
from sycee.core.parties.model import Kind, NewParty
from sycee.core.parties.scopes import Role
from sycee.core.policy import limits
from sycee.kit.clock import ManualClock, micros
from sycee.kit.errors import Refusal
from sycee.kit.ids import parse, uuid7
from sycee.products.escrow import actions, reading
from sycee.products.escrow.checks import checks
from sycee.products.escrow.jobs import register
from sycee.products.escrow.model.payment import Draft
from sycee.products.escrow.model.trade import Line, Trade
from sycee.runtime.db import Database, Tx
from sycee.runtime.jobs import Jobs, run_sweeps
from sycee.runtime.perform import Call, perform, perform_one

WEALTH = 1_000_000


class Market:
    """Who is there, and short ways to do and to see things."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database, self.clock = database, clock
        self.jobs = Jobs()
        register(self.jobs)
        self.buyer, self.other = self.person("Li"), self.person("Wang")
        self.shop, self.mill = self.shop_named("Teahouse"), self.shop_named("Mill")
        self.royal = self.person("Author")
        self.mediator = self.person("Judge")
        for party in (self.buyer, self.other):
            self.give(party, WEALTH)

    def person(self, name: str) -> UUID:
        return self._party(Kind.PERSON, name)

    def shop_named(self, name: str) -> UUID:
        return self._party(Kind.MERCHANT, name)

    def _party(self, kind: Kind, name: str) -> UUID:
        with self.database.transaction() as tx:
            return parties.create(tx, NewParty(kind, name)).id

    def give(self, party: UUID, amount: int, currency: str = "CNY") -> None:
        with self.database.transaction() as tx:
            self.put(tx, party, amount, currency)

    def put(self, tx: Tx, party: UUID, amount: int, currency: str = "CNY") -> None:
        """`give` in a transaction of the caller's."""
        bank = accounts.open_house(tx, "bank", currency)
        purse = parties.purse(tx, [party], currency)[party]
        assert not isinstance(purse, Refusal)
        id = uuid7(micros(tx.now) // 1000)
        post_all(tx, [Transfer(id, bank, purse.account, amount, "deposit.demo")])

    def bound(self, amount: int, *people: UUID) -> None:
        """A tier whose wallets may hold an amount, and who is in it."""
        rule = {"name": "small", "tier": "small", "currency": "CNY", "window": "balance"}
        rule |= {"amount_minor": amount, "from": "2020-01-01T00:00:00Z"}
        with self.database.transaction() as tx:
            limits.load(tx, {"pack": "small", "limits": [rule]})
            for person in people:
                parties.set_tier(tx, person, "small")

    def put_out(self, party: UUID, currency: str = "CNY") -> None:
        """Take out all that a party has."""
        with self.database.transaction() as tx:
            purse = parties.purse(tx, [party], currency)[party]
            assert not isinstance(purse, Refusal)
            left = accounts.read(tx, [purse.account])[purse.account].balance
            bank, id = accounts.open_house(tx, "bank", currency), uuid7(micros(tx.now) // 1000)
            post_all(tx, [Transfer(id, purse.account, bank, left, "test")])

    def purse(self, party: UUID, currency: str = "CNY") -> int:
        with self.database.transaction() as tx:
            purse = parties.purse(tx, [party], currency)[party]
            assert not isinstance(purse, Refusal)
            return accounts.read(tx, [purse.account])[purse.account].balance

    def fees(self, currency: str = "CNY") -> int:
        id = accounts.house("fees", currency)
        with self.database.read() as tx:
            found = accounts.read(tx, [id])
        return found[id].balance if found else 0

    def held(self, trade: UUID) -> int:
        with self.database.read() as tx:
            return accounts.read(tx, [trade])[trade].balance

    def draft(self, price: int = 10_000, **more: Any) -> Draft:
        more.setdefault("lines", (Line(self.shop, "tea", 1, price),))
        return Draft(**{"buyer": self.buyer, "currency": "CNY", "title": "tea", **more})

    def do(
        self, verb: Callable[..., Any], command: Any, *, key: str | None = None
    ) -> actions.TradeResult:
        scope = getattr(command, "by", self.buyer)
        return perform_one(
            self.database, Call(scope, key, verb.__name__, command), verb, timeout_ms=10_000
        ).unwrap()

    def create(self, price: int = 10_000, **more: Any) -> UUID:
        timing = {k: more.pop(k) for k in ("pay_seconds", "settle_seconds") if k in more}
        command = actions.Create(self.shop, self.draft(price, **more), **timing)
        return parse("trd", self.do(actions.create, command).id)

    def pay(self, trade: UUID, by: UUID | None = None, **how: Any) -> actions.TradeResult:
        command = actions.Pay(trade, by or self.buyer, **how)
        call = Call(command.by, None, "escrow.pay", command)
        return perform(self.database, [call], actions.pay, timeout_ms=10_000)[0].unwrap()

    def paid(self, price: int = 10_000, **more: Any) -> UUID:
        trade = self.create(price, **more)
        self.pay(trade)
        return trade

    def shipped(self, price: int = 10_000, **more: Any) -> UUID:
        trade = self.paid(price, **more)
        self.do(actions.ship, actions.Ship(trade, self.shop))
        return trade

    def see(self, trade: UUID) -> Trade:
        with self.database.read() as tx:
            found = reading.get(tx, trade)
        assert found is not None
        return found

    def wait(self, **duration: float) -> int:
        """Let time pass, then let the worker look once; how many deadlines it dealt with."""
        self.clock.advance(timedelta(**duration))
        return run_sweeps(self.database, self.jobs)

    def examine(self) -> doctor.Verdict:
        return doctor.examine(self.database, checks)


@pytest.fixture
def market(manual_database: Database, clock: ManualClock) -> Iterator[Market]:
    """Open for the test; at the end the doctor must find every unit accounted for."""
    market = Market(manual_database, clock)
    yield market
    verdict = market.examine()
    assert verdict.ok, [finding for finding in verdict.checks if not finding.ok]


@pytest.fixture(scope="module")
def house(main_template: Template, keys_template: Template) -> Iterator[House]:
    """A server with a vault, for the stories of a file."""
    with vaulted(main_template, keys_template) as house:
        yield house


@pytest.fixture
def buyer(house: House) -> Person:
    return house.person("Li", minor=100_000)


@pytest.fixture
def shop(house: House) -> Person:
    return house.person("Teahouse")


@pytest.fixture
def judge(house: House) -> Person:
    person = house.person("Judge")
    with house.database.transaction() as tx:
        parties.appoint(tx, person.party, Role.MEDIATOR)
        _, secret = apikeys.issue(tx, person.party, "desk", ["disputes:rule", "trades:read"])
    return Person(person.party, person.id, secret)


LINE = {"title": "tea", "quantity": 1, "unit_price_minor": 10_000}


def make(house: House, shop: Person, buyer: Person, price: int = 10_000, **more: object) -> str:
    body = {
        "currency": "CNY",
        "title": "tea",
        "buyer": buyer.id,
        "lines": [{"title": "tea", "quantity": 1, "unit_price_minor": price}],
        **more,
    }
    made = house.post("/v1/trades", shop, body)
    assert made.status_code == 201, made.text
    return made.json()["id"]


def step(house: House, who: Person, trade: str, verb: str, body: object = None) -> dict:
    done = house.post(f"/v1/trades/{trade}/{verb}", who, body)
    assert done.status_code == 200, done.text
    return done.json()
