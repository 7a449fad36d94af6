"""A shop's day: what came in, as it comes in, and in numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.stories.http.listening import Ear
from tests.stories.http.server import Person, bearer, code
from tests.stories.shops.conftest import Market

from sycee.core.ledger import accounts
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import parties
from sycee.core.parties.model import Kind
from sycee.kit.clock import micros
from sycee.kit.ids import uuid7

STREAM = "/v1/sales/stream"


def test_a_day_is_added_up_in_the_zone_of_the_shop(market: Market):
    """Midnight in Shanghai is in the afternoon of the day before in UTC."""
    shop, ann = market.shop(), market.resident("ann", minor=50_000)
    zone = ZoneInfo("Asia/Shanghai")
    today = market.clock.now().astimezone(zone).date()
    start = datetime(today.year, today.month, today.day, 23, 30, tzinfo=zone) + timedelta(days=1)
    market.clock.advance(start - market.clock.now())
    first = market.paid(ann, shop, 1_000, tip_minor=100)["id"]
    late = market.paid(ann, shop, 500)["id"]
    _fee(market, shop, 9)
    market.clock.advance(timedelta(hours=1))
    market.paid(ann, shop, 2_000)
    back = {"amount_minor": 300, "reason": "faulty"}
    assert market.send(f"POST /v1/transfers/{late}/refunds", shop, back).status_code == 201
    on = (today + timedelta(days=1)).isoformat()
    (before,) = market.get("/v1/shops/totals", shop, on=on).json()
    (after,) = market.get("/v1/shops/totals", shop).json()
    none = {"refunds": 0, "refund_minor": 0, "fee_minor": 0, "tip_minor": 0}
    assert before["totals"] == none | {
        "sales": 2, "gross_minor": 1_500, "tip_minor": 100, "fee_minor": 9, "net_minor": 1_491,
    }  # fmt: skip
    assert after["totals"] == none | {
        "sales": 1, "gross_minor": 2_000, "refunds": 1, "refund_minor": 300, "net_minor": 1_700,
    }  # fmt: skip
    assert [datetime.fromisoformat(each["from_at"]) for each in before["hours"]] == [
        start.replace(minute=0),
    ]  # fmt: skip
    assert (after["on"], after["zone"], after["currency"]) == (
        (today + timedelta(days=2)).isoformat(), "Asia/Shanghai", "CNY",
    )  # fmt: skip
    assert after["hours"][0]["totals"] == after["totals"]
    assert first != late
    for wrong in ("2020-02-30", "9999-12-31", "0001-01-01"):
        assert market.get("/v1/shops/totals", shop, on=wrong).status_code == 400


def _fee(market: Market, shop: Person, minor: int) -> None:
    """The house takes a fee, as a product with a price would."""
    with market.database.transaction() as tx:
        fees = accounts.open_house(tx, "fees", "CNY")
        purse = parties.account(tx, shop.party, "merchant", "CNY")
        post_all(tx, [Transfer(uuid7(micros(tx.now) // 1_000), purse, fees, minor, "escrow.fee")])


def test_a_cashier_sees_the_latest_sales_and_its_own(market: Market):
    owner = market.phone(kind=str(Kind.MERCHANT))
    ann, ben = market.resident("ann", minor=5_000), market.resident("ben")
    body = {"handle": market.handle(ben), "currency": "CNY"}
    till = market.at_work(owner, owner.send("POST /v1/staff", body).json())
    market.paid(ann, owner.party, 100)
    market.clock.advance(timedelta(seconds=1))
    shown = market.send("POST /v1/pay-codes", ann, {"ceiling_minor": 900, "currency": "CNY"})
    sold = {"code": shown.json()["code"], "amount_minor": 900, "currency": "CNY", "tip_minor": 50}
    assert till.send("POST /v1/charges", sold).status_code == 200
    market.clock.advance(timedelta(seconds=1))
    wall = till.send("POST /v1/codes", {"currency": "CNY"}).json()
    market.paid(ann, owner.party, 70, code=wall["text"])
    page = till.send("GET /v1/sales?limit=2").json()
    assert [(row["amount_minor"], row["tip_minor"]) for row in page["items"]] == [
        (70, 0),
        (900, 50),
    ]
    assert [row["offer"] for row in page["items"]] == [wall["id"], None]
    assert {row["payer"]["display_name"] for row in page["items"]} == {"Ann"}
    rest = till.send(f"GET /v1/sales?limit=2&cursor={page['next']}").json()
    assert [row["amount_minor"] for row in rest["items"]] == [100]
    mine = till.send("GET /v1/sales?mine=true").json()["items"]
    assert [row["amount_minor"] for row in mine] == [70, 900]
    assert {row["device"] for row in mine} == {till.device}
    assert owner.send("GET /v1/sales?mine=true").json()["items"] == []
    assert code(market.get("/v1/sales", ann, mine=True)) == "invalid-field"
    assert market.get("/v1/sales", ben).json()["items"] == []


def test_a_screen_hears_of_payments_and_catches_up_on_what_it_missed(market: Market):
    ann, shop, other = market.resident("ann", minor=5_000), market.shop(), market.shop("peach")
    screen = Ear(market.client, STREAM, bearer(shop), 1)
    first = market.paid(ann, shop, 120, tip_minor=20)["id"]
    market.paid(ann, other, 5)
    heard = screen.hear(1)
    assert [(each["event"], each["data"]["transfer"]) for each in heard] == [
        ("transfer.made", first),
    ]  # fmt: skip
    data = heard[0]["data"]
    assert (data["amount_minor"], data["tip_minor"], data["payer"]["id"]) == (120, 20, ann.id)
    missed = [market.paid(ann, shop, minor)["id"] for minor in (30, 40)]
    back = {"amount_minor": 10, "reason": "goodwill"}
    refund = market.send(f"POST /v1/transfers/{first}/refunds", shop, back).json()["id"]
    again = Ear(market.client, STREAM, bearer(shop), 3, heard[-1]["id"])
    events = again.hear(3)
    assert [each["data"]["transfer"] for each in events] == [*missed, first]
    assert [each["event"] for each in events] == [*["transfer.made"] * 2, "transfer.refunded"]
    assert events[-1]["data"]["refund"] == refund


def test_a_stream_begins_only_where_it_may(market: Market):
    ann = market.resident("ann")
    bad = market.client.get(STREAM, headers=bearer(ann) | {"Last-Event-ID": "now"})
    assert (bad.status_code, code(bad)) == (400, "invalid-field")
    narrow = market.key(ann, "accounts:read")
    assert code(market.get(STREAM, narrow)) == "scope-missing"


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_a_day_has_the_hours_that_its_zone_gives_it(day: str):
    from datetime import date

    from sycee.products.wallet.shops.sales import model

    since, until = model.day(date.fromisoformat(day), "Europe/Berlin")
    hours = (until.astimezone(UTC) - since.astimezone(UTC)) // timedelta(hours=1)
    assert hours == {"2026-03-29": 23, "2026-10-25": 25}[day]
