"""A shop sends links: whoever has one sees what is asked, and pays it once or many times."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.stories.http.server import Person, code
from tests.stories.shops.conftest import Market

from sycee.kit.errors import Refusal
from sycee.products.wallet.model import Transfer
from sycee.products.wallet.shops.offers import paying


def make(market: Market, by: Person, **body: Any) -> dict[str, Any]:
    made = market.send("POST /v1/links", by, {"currency": "CNY", **body})
    assert made.status_code == 201, made.text
    return made.json()


def pay(market: Market, payer: Person, shop: Person, minor: int, link: str, **more: Any) -> Any:
    body = {"payee": shop.id, "amount_minor": minor, "currency": "CNY", "link": link, **more}
    return market.send("POST /v1/transfers", payer, body)


def test_a_link_is_looked_at_without_logging_in_and_shows_no_more_than_it_must(market: Market):
    shop = market.shop()
    made = make(market, shop, amount_minor=8_800, title="Tea for two", title_public=True)
    seen = market.client.get(f"/v1/links/{made['token']}")
    assert seen.status_code == 200
    body = seen.json()
    payee = body.pop("payee")
    assert (payee["id"], payee["display_name"]) == (shop.id, "Jade")
    assert body == {
        "sort": "link",
        "title": "Tea for two",
        "amount_minor": 8_800,
        "least_minor": None,
        "most_minor": None,
        "currency": "CNY",
        "tips": False,
        "once": True,
        "state": "open",
        "expires_at": None,
        "return_url": None,
    }
    assert made["id"] not in seen.text
    assert market.client.get(f"/v1/links/{made['id']}").status_code == 404
    sold = market.send("POST /v1/codes", shop, {"currency": "CNY"}).json()
    assert market.client.get(f"/v1/links/{sold['token']}").status_code == 404, "a code is no link"


def test_a_sealed_title_is_for_who_is_logged_in_and_leaves_a_trace(market: Market):
    ann, shop = market.resident("ann", minor=900), market.shop()
    body = {"currency": "CNY", "amount_minor": 300, "title": "Massage for Ann"}
    made = market.send("POST /v1/links", shop, body, key="sealed").json()
    assert market.send("POST /v1/links", shop, body, key="sealed").json() == made
    other = market.send("POST /v1/links", shop, body | {"title": "Else"}, key="sealed")
    assert code(other) == "idempotency-key-reused"
    assert (made["title"], made["memo"]) == (None, True)
    assert market.client.get(f"/v1/links/{made['token']}").json()["title"] is None
    seen = market.send("POST /v1/codes/resolve", ann, {"text": made["token"]}).json()
    assert (seen["offer"]["title"], seen["profile"]) == ("Massage for Ann", "Sycee link")
    (memo,) = market.get("/v1/memos", shop, of=[made["id"]]).json()
    assert (memo["text"], memo["mine"]) == ("Massage for Ann", True)
    with market.database.connection() as conn:
        kept = conn.execute("SELECT * FROM shops.offer WHERE memo").fetchall()
        answers = conn.execute("SELECT answer FROM runtime.keys WHERE key = 'sealed'").fetchall()
    assert "Massage" not in str([kept, *(bytes(row[0]) for row in answers)])


def test_a_link_for_one_payment_is_paid_once_and_tells_its_shop(market: Market):
    shop = market.shop()
    payers = [market.resident(f"p{n}", minor=500) for n in range(6)]
    made = make(market, shop, amount_minor=300, tips=True)
    body = {"payee": shop.id, "amount_minor": 350, "tip_minor": 50, "currency": "CNY"}
    calls = [("POST /v1/transfers", p, {**body, "link": made["token"]}) for p in payers]
    answers = market.race(calls)
    assert sorted(each.status_code for each in answers) == [200, *[409] * 5]
    assert market.purse(shop) == 350
    (told,) = market.get("/v1/events", shop, types=["link.paid"]).json()["items"]
    assert (told["data"]["link"], told["data"]["tip_minor"]) == (made["id"], 50)
    (kept,) = market.get("/v1/links", shop, state="paid").json()["items"]
    assert (kept["transfer"], kept["paid_minor"], kept["tip_minor"]) == (
        told["data"]["transfer"], 350, 50,
    )  # fmt: skip


def test_of_payments_at_one_moment_each_has_its_own_answer_and_the_first_takes_a_link(
    market: Market,
):
    ann, bob = market.resident("ann", minor=900), market.resident("bob", minor=900)
    shop = market.shop()
    one, two = (make(market, shop, amount_minor=300)["token"] for _ in range(2))
    many = make(market, shop, amount_minor=100, once=False)["token"]

    def order(payer: Person, minor: int, offer: str | None = None) -> Transfer:
        return Transfer(payer.party, shop.party, minor, "CNY", offer=offer)

    orders = [order(ann, 300, one), order(bob, 300, one), order(bob, 50), order(ann, 100, many)]
    orders += [order(bob, 100, many), order(ann, 1, "x" * 22), order(ann, 299, two)]
    orders += [order(bob, 300, two), order(ann, 300, two), order(ann, 300, one)]
    with market.database.transaction() as tx:
        outcomes = paying.pay(tx, orders)
    said = [each.code if isinstance(each, Refusal) else each.amount_minor for each in outcomes]
    assert said == [
        *(300, "offer-not-open", 50, 100, 100),
        *("not-found", "offer-differs", 300, "offer-not-open", "offer-not-open"),
    ]
    assert (market.balance(ann), market.balance(bob), market.purse(shop)) == (500, 450, 850)


def test_an_open_amount_stays_within_its_bounds_and_many_may_pay(market: Market):
    ann, shop = market.resident("ann", minor=10_000), market.shop()
    made = make(market, shop, least_minor=100, most_minor=500, once=False)
    for minor in (100, 500):
        assert pay(market, ann, shop, minor, made["token"]).status_code == 200
    for minor in (99, 501):
        refused = pay(market, ann, shop, minor, made["token"])
        assert code(refused) == "offer-differs"
        assert refused.json()["facts"]["most_minor"] == 500
    assert code(pay(market, ann, shop, 200, made["token"], tip_minor=50)) == "tip-not-taken"
    (kept,) = market.get("/v1/links", shop).json()["items"]
    assert (kept["state"], kept["payments"], kept["paid_minor"]) == ("open", 2, 600)
    assert market.send(f"DELETE /v1/links/{made['id']}", shop).json()["state"] == "closed"
    assert code(pay(market, ann, shop, 200, made["token"])) == "offer-not-open"
    assert market.purse(shop) == 600


def test_a_link_that_nothing_could_pay_is_not_made(market: Market):
    shop = market.shop()
    for body in (
        {"amount_minor": 5, "least_minor": 1},
        {"least_minor": 5, "most_minor": 4},
        {"currency": "XXX"},
        {"title": "Tea\n", "title_public": True},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"return_url": "javascript:alert(1)"},
        {"return_url": "https://ada:secret@shop.example/"},
        {"return_url": "https://shop.example:x/"},
    ):
        refused = market.send("POST /v1/links", shop, {"currency": "CNY", **body})
        assert code(refused) == "invalid-field", body


def test_a_session_pays_a_link_with_an_approval_of_just_that(market: Market):
    shop, phone = market.shop(), market.phone(handle=f"li.{uuid4().hex[:8]}")
    market.give(phone.party_id, 200_000)
    made = make(market, shop, amount_minor=90_000)
    body = {"payee": shop.id, "amount_minor": 90_000, "currency": "CNY"}
    refused = phone.send("POST /v1/transfers", body | {"link": made["token"]})
    assert code(refused) == "approval-needed"
    asked = phone.send("POST /v1/approvals", body).json()
    touched = phone.authenticator.get(asked["options"])
    given = phone.send(f"POST /v1/approvals/{asked['id']}", {"credential": touched}).json()
    order = body | {"link": made["token"], "mandate": given["mandate"]}
    assert phone.send("POST /v1/transfers", order).status_code == 200
    assert market.client.get(f"/v1/links/{made['token']}").json()["state"] == "paid"
