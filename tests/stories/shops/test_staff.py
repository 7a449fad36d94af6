"""A shop's owner lets people work there: each by a device of their own, up to a daily limit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from tests.stories.http.server import Person, code
from tests.stories.identity.conftest import Phone
from tests.stories.shops.conftest import Market

from sycee.core.parties.model import Kind


@pytest.fixture
def owner(market: Market) -> Phone:
    return market.phone(kind=str(Kind.MERCHANT))


def hire(market: Market, owner: Phone, person: Person, **more: Any) -> Any:
    body = {"handle": f"@{market.handle(person)}", "currency": "CNY", **more}
    return owner.send("POST /v1/staff", body)


def give_back(phone: Phone, transfer: str, minor: int) -> Any:
    body = {"amount_minor": minor, "reason": "goodwill"}
    return phone.send(f"POST /v1/transfers/{transfer}/refunds", body)


def test_a_cashier_gives_back_up_to_the_limit_of_the_day(market: Market, owner: Phone):
    ann, ben = market.resident("ann", minor=10_000), market.resident("ben")
    hired = hire(market, owner, ben, refund_minor=500)
    assert hired.status_code == 201, hired.text
    cashier = market.at_work(owner, hired.json())
    assert cashier.party == owner.party
    paid = market.paid(ann, owner.party, 5_000)["id"]
    assert give_back(cashier, paid, 400).status_code == 201
    over = give_back(cashier, paid, 101)
    assert (over.status_code, code(over), over.json()["facts"]) == (
        409, "cashier-limit-reached", {"left_minor": 100},
    )  # fmt: skip
    assert give_back(cashier, paid, 100).status_code == 201
    assert give_back(owner, paid, 1_000).status_code == 201, "the owner has no such limit"
    market.clock.advance(timedelta(minutes=1))
    (member,) = owner.send("GET /v1/staff").json()["items"]
    assert (member["person"], member["devices"], member["refund_minor"]) == (ben.id, 1, 500)
    raised = {"refund_minor": 600, "currency": "CNY"}
    assert owner.send(f"PUT /v1/staff/{member['id']}", raised).json()["refund_minor"] == 600
    assert give_back(cashier, paid, 101).json()["facts"] == {"left_minor": 100}
    rows = market.get(f"/v1/transfers/{paid}/refunds", ann).json()["items"]
    assert len(rows) == 3
    assert {row["device"] for row in rows} == {None}, "whose hand it was is the shop's affair"


def test_a_cashiers_limit_holds_however_many_refunds_come_at_once(market: Market, owner: Phone):
    ann = market.resident("ann", minor=10_000)
    cashier = market.at_work(
        owner, hire(market, owner, market.resident("ben"), refund_minor=500).json()
    )
    paid = [market.paid(ann, owner.party, 1_000)["id"] for _ in range(5)]
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda each: give_back(cashier, each, 200), paid))
    assert sorted(each.status_code for each in answers) == [201, 201, 409, 409, 409]
    assert market.balance(ann) == 5_400


def test_a_cashier_sees_no_more_than_the_till_needs(market: Market, owner: Phone):
    cashier = market.at_work(owner, hire(market, owner, market.resident("ben")).json())
    for route in ("GET /v1/staff", "GET /v1/balances", "GET /v1/events"):
        assert code(cashier.send(route)) == "scope-missing", route
    assert cashier.send("GET /v1/transfers").status_code == 200
    body = {"payee": owner.party, "amount_minor": 1, "currency": "CNY"}
    assert code(cashier.send("POST /v1/transfers", body)) == "scope-missing"
    for route in (
        *("GET /v1/me/details", "POST /v1/me/export", "POST /v1/me/export-file"),
        *("GET /v1/withdrawals", "GET /v1/top-ups"),
    ):
        body = {} if route.startswith("POST") else None
        assert code(cashier.send(route, body)) == "forbidden", route


def test_a_device_that_nobody_was_named_for_gives_nothing_back(market: Market, owner: Phone):
    ann = market.resident("ann", minor=1_000)
    asked = owner.send("POST /v1/invitations", {"duty": "cashier"}).json()
    till = market.at_work(owner, asked)
    paid = market.paid(ann, owner.party, 500)["id"]
    assert give_back(till, paid, 1).json()["facts"] == {"left_minor": 0}


def test_who_is_let_go_is_out_at_once_and_late_invitations_with_them(market: Market, owner: Phone):
    ben = market.resident("ben")
    hired = hire(market, owner, ben).json()
    cashier = market.at_work(owner, hired)
    more = owner.send(f"POST /v1/staff/{hired['staff']}/invitations").json()
    late = Phone(owner.door)
    offer = owner.door.send(
        f"POST /v1/invitations/{more['invitation']}", {"secret": more["secret"]}
    ).json()
    assert owner.send(f"DELETE /v1/staff/{hired['staff']}").json()["removed_at"] is not None
    made = late.authenticator.register(offer["options"])
    path = f"POST /v1/device-registrations/{offer['challenge']}"
    assert code(owner.door.send(path, late.browser(made))) == "invitation-unknown"
    again = cashier.log_in()
    assert (again.status_code, again.json()["code"]) == (403, "device-revoked")
    assert owner.send("GET /v1/staff").json()["items"] == []
    assert code(owner.send(f"DELETE /v1/staff/{hired['staff']}")) == "not-found"
    events = market.get("/v1/events", ben, types=["staff.*"]).json()["items"]
    assert [each["type"] for each in events] == ["staff.added", "staff.removed"]


def test_staff_are_people_and_each_is_hired_once(market: Market, owner: Phone):
    ben = market.resident("ben")
    assert hire(market, owner, ben).status_code == 201
    assert code(hire(market, owner, ben)) == "staff-already"
    assert code(hire(market, owner, market.shop())) == "invalid-field"
    assert code(hire(market, owner, ben, duty="owner")) == "forbidden"
    assert code(hire(market, market.phone(), ben)) == "forbidden", "a person has no cashiers"
    market.clock.advance(timedelta(minutes=6))
    assert code(hire(market, owner, market.resident("eve"))) == "touch-needed"


def test_a_cashier_reads_no_evidence_of_the_shops_disputes(market: Market, owner: Phone):
    ann = market.resident("ann", minor=10_000)
    cashier = market.at_work(owner, hire(market, owner, market.resident("ben")).json())
    line = {"title": "tea", "quantity": 1, "unit_price_minor": 500}
    order = {"currency": "CNY", "title": "tea", "buyer": ann.id, "lines": [line]}
    trade = owner.send("POST /v1/trades", order).json()["id"]
    assert market.post(f"/v1/trades/{trade}/pay", ann, {}).is_success
    assert market.post(f"/v1/trades/{trade}/dispute", ann, {}).is_success
    photo = {"content_type": "image/png", "content": "cGhvdG8="}
    told = market.post(f"/v1/trades/{trade}/dispute/evidence", ann, photo).json()
    path = f"GET /v1/trades/{trade}/evidence/{told['evidence']}"
    assert cashier.send(f"GET /v1/trades/{trade}").status_code == 200
    assert code(cashier.send(path)) == "not-found"
    assert owner.send(path).json()["content"] == photo["content"]
