"""How surely a payer approved: what a code on the wall, a pay code and a passkey are worth."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from tests.stories.http.server import House, Person
from tests.stories.identity.conftest import Door, Phone, clock, code, door

from sycee.core.parties.model import Kind
from sycee.core.paycodes import model, safe
from sycee.core.paycodes.safe import PURPOSE, Safe
from sycee.core.policy import limits
from sycee.products.wallet.shops.codes import stamp
from sycee.products.wallet.shops.codes.stamp import Stamp
from sycee.runtime.sealer import KeySealer

__all__ = ["clock", "door"]


@pytest.fixture(scope="module", autouse=True)
def china(door: Door) -> Iterator[None]:
    """A house under the bar-code rules, with what codes are made with."""
    with door.database.transaction() as tx:
        limits.load(tx, limits.shipped()["cn-barcode"])
    safe.install(Safe(KeySealer(bytes(32), PURPOSE)))
    stamp.install(Stamp(bytes(32)))
    yield
    safe.install(None)
    stamp.install(None)


@pytest.fixture
def house(door: Door) -> Iterator[House]:
    house = House(door.database, "http://unused")
    yield house
    house.client.close()


@pytest.fixture
def shop(house: House) -> Person:
    return house.person("Teahouse", kind=Kind.MERCHANT)


@pytest.fixture
def ann(door: Door, house: House) -> Phone:
    phone = door.phone().register()
    house.give(phone.party_id, 2_000_000)
    return phone


def approve(ann: Phone, payee: str, minor: int) -> str:
    """The mandate of a touch for a payment."""
    wish = {"payee": payee, "amount_minor": minor, "currency": "CNY"}
    offer = ann.send("POST /v1/approvals", wish).json()
    credential = ann.authenticator.get(offer["options"])
    given = ann.send(f"POST /v1/approvals/{offer['id']}", {"credential": credential})
    return given.json()["mandate"]


def pay(ann: Phone, payee: str, minor: int, path: str = "transfers", **more: Any) -> Any:
    """A payment from a session, approved by a touch."""
    body = {"payee": payee, "amount_minor": minor, "currency": "CNY"}
    mandate = approve(ann, payee, minor)
    return ann.send(f"POST /v1/{path}", body | {"mandate": mandate} | more)


def limit(answer: Any) -> tuple[str, int]:
    """Which limit was reached, and what is left of it."""
    assert code(answer)[1] == "limit-reached", answer.text
    facts = answer.json()["facts"]
    return facts["limit"], facts["left_minor"]


def sell(door: Door, shop: Person, **more: Any) -> dict[str, Any]:
    """A code that the shop shows."""
    body = {"currency": "CNY", **more}
    made = door.send("POST /v1/codes", body, authorization=f"Bearer {shop.secret}")
    assert made.status_code == 201, made.text
    return made.json()


def test_a_client_that_leaves_out_the_code_on_the_wall_gains_nothing(door: Door, ann, shop):
    wall, sale = sell(door, shop), sell(door, shop, amount_minor=90_000)
    assert pay(ann, shop.id, 30_000, code=wall["text"]).status_code == 200
    assert limit(pay(ann, shop.id, 20_001)) == ("static-code-a-day", 20_000)
    assert limit(pay(ann, shop.id, 20_001, path="payments")) == ("static-code-a-day", 20_000)
    assert pay(ann, shop.id, 20_000).status_code == 200
    assert limit(pay(ann, shop.id, 1, code=wall["text"])) == ("static-code-a-day", 0)
    assert pay(ann, shop.id, 90_000, code=sale["text"]).status_code == 200


def test_a_friend_or_a_request_is_no_code_on_the_wall(door: Door, ann, shop):
    friend = door.phone().register()
    assert pay(ann, friend.party, 60_000).status_code == 200
    asked = door.send(
        "POST /v1/requests",
        {"payer": ann.party, "amount_minor": 60_000, "currency": "CNY"},
        authorization=f"Bearer {shop.secret}",
    ).json()
    untouched = ann.send(f"POST /v1/requests/{asked['id']}/pay", {})
    assert code(untouched)[1] == "approval-needed"
    mandate = approve(ann, shop.id, 60_000)
    paid = ann.send(f"POST /v1/requests/{asked['id']}/pay", {"mandate": mandate})
    assert paid.status_code == 200, paid.text


def test_a_gift_without_a_touch_is_of_the_grade_of_a_payment_without_one(door: Door, ann):
    friend = door.phone().register()
    allowed = ann.send("PUT /v1/allowances", {"currency": "CNY", "amount_minor": 100_000})
    assert allowed.status_code == 200, allowed.text
    body = {"amount_minor": 60_000, "currency": "CNY", "recipient": friend.party}
    assert ann.send("POST /v1/gifts", body).status_code == 201
    assert limit(ann.send("POST /v1/gifts", body)) == ("plain-a-day", 40_000)
    mandate = approve(ann, friend.party, 60_000)
    assert ann.send("POST /v1/gifts", body | {"mandate": mandate}).status_code == 201
    left = {one["limit"]: one["left_minor"] for one in limits_of(ann)}
    assert left["plain-a-day"] == 40_000


def test_a_computed_pay_code_is_of_grade_c_and_an_issued_one_of_grade_b(door: Door, ann, shop):
    enrolled = ann.send("POST /v1/offline-codes", {"ceiling_minor": 900_000, "currency": "CNY"})
    seed = base64.urlsafe_b64decode(enrolled.json()["seed"] + "=")
    device, locator = UUID(enrolled.json()["device_uuid"]), int(enrolled.json()["locator"])
    step = model.step_of(door.database.clock.now())

    def take(digits: str, minor: int) -> Any:
        body = {"code": digits, "amount_minor": minor, "currency": "CNY"}
        return door.send("POST /v1/charges", body, authorization=f"Bearer {shop.secret}")

    def computed(serial: int) -> str:
        return model.compute(seed, device, locator, step, serial)

    def issued() -> str:
        body = {"ceiling_minor": 900_000, "currency": "CNY"}
        return ann.send("POST /v1/pay-codes", body).json()["code"]

    assert limit(take(computed(0), 100_001)) == ("plain-a-day", 100_000)
    first = take(computed(1), 100_000)
    assert first.status_code == 200
    assert limit(take(computed(2), 1)) == ("plain-a-day", 0)
    assert limit(take(issued(), 500_001)) == ("two-factors-a-day", 500_000)
    assert take(issued(), 500_000).status_code == 200
    left = {one["limit"]: one["left_minor"] for one in limits_of(ann)}
    back = {"amount_minor": 100_000, "reason": "faulty"}
    path = f"POST /v1/transfers/{first.json()['id']}/refunds"
    assert door.send(path, back, authorization=f"Bearer {shop.secret}").status_code == 201
    after = {one["limit"]: one["left_minor"] for one in limits_of(ann)}
    assert (left["plain-a-day"], after["plain-a-day"]) == (0, 100_000)
    assert {name for name in left if left[name] != after[name]} == {"plain-a-day"}


def limits_of(ann: Phone) -> list[dict[str, Any]]:
    """What stands for a person now."""
    return ann.send("GET /v1/limits?currency=CNY").json()["limits"]
