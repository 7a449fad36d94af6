"""What a wallet may hold: the bound comes with the tier and the day, and goes with them."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from tests.stories.http.server import House, Person, code

from sycee.core.parties import parties
from sycee.core.policy import limits
from sycee.kit.ids import parse
from sycee.products.envelopes import actions as envelopes
from sycee.runtime.db import Tx


def rule(house: House, name: str, **more: Any) -> None:
    usual = {"name": name, "currency": "CNY", "window": "balance", "from": "2020-01-01T00:00:00Z"}
    with house.database.transaction() as tx:
        limits.load(tx, {"pack": f"p-{name}", "limits": [{**usual, **more}]})


def tiered(house: House, tier: str, minor: int = 0) -> Person:
    person = house.person("Bob", minor=minor)
    with house.database.transaction() as tx:
        parties.set_tier(tx, person.party, tier)
    return person


def left(house: House, person: Person) -> list[int]:
    shown = house.get("/v1/limits", person, currency="CNY").json()["limits"]
    return [one["left_minor"] for one in shown if one["window"] == "balance"]


def test_a_ceiling_is_lifted_when_the_tier_rises_and_when_its_rule_ends(house: House):
    rule(house, "low", tier="low", amount_minor=50)
    rule(house, "high", tier="high", amount_minor=90)
    ann, bob = house.person("Ann", minor=1_000), tiered(house, "low", 40)
    assert left(house, bob) == [10]
    assert code(house.pay(ann, bob, 11)) == "payee-cannot-receive"
    assert house.pay(ann, bob, 10).status_code == 200
    assert left(house, bob) == [0]
    with house.database.transaction() as tx:
        parties.set_tier(tx, bob.party, "high")
    assert house.pay(ann, bob, 40).status_code == 200
    assert code(house.pay(ann, bob, 1)) == "payee-cannot-receive"
    now = house.database.clock.now() - timedelta(seconds=1)
    rule(house, "high", tier="high", amount_minor=90, until=now.isoformat())
    assert house.pay(ann, bob, 1).status_code == 200
    assert left(house, bob) == []


def test_an_envelopes_share_that_finds_no_room_stays_in_it(house: House):
    rule(house, "small", tier="small", amount_minor=50)
    ann, bob = house.person("Ann", minor=1_000), tiered(house, "small", 20)
    made = house.post(
        "/v1/envelopes",
        ann,
        {"amount_minor": 40, "shares": 1, "currency": "CNY", "kind": "equal"},
    )
    assert made.status_code in (200, 201), made.text
    claim = {"token": made.json()["token"]}
    assert code(house.post("/v1/envelope-claims", bob, claim)) == "ceiling-reached"
    with house.database.transaction() as tx:
        parties.set_tier(tx, bob.party, "standard")
    assert house.post("/v1/envelope-claims", bob, claim).status_code == 200
    assert house.balance(bob) == 60


def test_a_wallet_is_not_locked_before_an_account_that_posting_locks_first(house: House):
    """Else whoever pays in the other direction meanwhile waits for it, and it for them."""
    rule(house, "wide", tier="wide", amount_minor=1_000)
    ann, bob = house.person("Ann", minor=1_000), tiered(house, "wide", 100)
    paid = house.pay(bob, ann, 60).json()["id"]
    back = {"amount_minor": 60, "reason": "faulty"}
    lock = "SELECT FROM ledger.accounts WHERE owner = %s FOR UPDATE NOWAIT"
    with ThreadPoolExecutor(1) as pool, house.database.transaction() as tx:
        tx.conn.execute(lock, (ann.party,))
        (mine,) = tx.conn.execute("SELECT pg_backend_pid()").fetchone() or (0,)
        given = pool.submit(house.post, f"/v1/transfers/{paid}/refunds", ann, back)
        waits = "SELECT FROM pg_locks WHERE NOT granted AND %s = ANY(pg_blocking_pids(pid))"
        while tx.conn.execute(waits, (mine,)).fetchone() is None and not given.done():
            time.sleep(0.005)
        assert len(tx.conn.execute(lock, (bob.party,)).fetchall()) == 1
    assert given.result().status_code == 201
    assert house.balance(bob) == 100


def test_ones_own_money_comes_back_however_full_the_wallet_is(house: House):
    rule(house, "tight", tier="tight", amount_minor=100)
    given = {"window": "lifetime", "operation": "transfer"}
    rule(house, "given", tier="tight", amount_minor=190, **given)
    ann, bob = house.person("Ann", minor=1_000), tiered(house, "tight", 100)
    paid = house.pay(bob, ann, 60).json()["id"]
    assert house.pay(ann, bob, 60).status_code == 200
    back = {"amount_minor": 60, "reason": "faulty"}
    assert house.post(f"/v1/transfers/{paid}/refunds", ann, back).status_code == 201
    assert house.balance(bob) == 160
    assert code(house.pay(ann, bob, 1)) == "payee-cannot-receive"
    body = {"amount_minor": 80, "shares": 1, "currency": "CNY", "kind": "equal"}
    envelope = house.post("/v1/envelopes", bob, body | {"expires_in_seconds": 60})
    gift = house.post("/v1/gifts", bob, {"amount_minor": 50, "currency": "CNY"}).json()
    assert house.pay(ann, bob, 70).status_code == 200
    assert house.post(f"/v1/gifts/{gift['id']}/take-back", bob).json()["state"] == "returned"
    assert house.balance(bob) == 150
    with house.database.transaction() as tx:
        id_ = parse("env", envelope.json()["id"], "envelope")
        tx = Tx(tx.conn, tx.now + timedelta(minutes=2), tx.clock)
        assert envelopes.expire(tx, envelopes.Due(id_)).refunded_minor == 80
    assert house.balance(bob) == 230
    assert code(house.pay(ann, bob, 1)) == "payee-cannot-receive"
    assert house.pay(bob, ann, 190).status_code == 200, "what came back was not given"
    assert code(house.pay(bob, ann, 1)) == "limit-reached"
