"""Whoever was paid gives money back: in parts, never more than was paid, and limits get room."""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID

import pytest
from tests.stories.http.server import Person, code
from tests.stories.shops.conftest import Market

from sycee.core.journal import read as journal
from sycee.core.ledger import doctor
from sycee.core.parties import checks as accounts
from sycee.core.parties import parties
from sycee.kit.ids import parse
from sycee.products.wallet.checks import checks

CAUSE = {"reason": "goods-returned"}


def tfr(transfer: str) -> UUID:
    return parse("tfr", transfer)


def refund(market: Market, by: Person, transfer: str, minor: int) -> Any:
    return market.send(
        f"POST /v1/transfers/{transfer}/refunds", by, {"amount_minor": minor, **CAUSE}
    )


def test_a_payment_goes_back_in_parts_and_never_more_than_was_paid(market: Market):
    ann, shop = market.resident("ann", minor=1_000), market.shop()
    paid = market.paid(ann, shop, 600)["id"]
    first = refund(market, shop, paid, 250)
    assert first.status_code == 201, first.text
    assert (first.json()["left_minor"], market.balance(ann), market.purse(shop)) == (350, 650, 350)
    over = refund(market, shop, paid, 351)
    assert (over.status_code, code(over)) == (409, "refund-exceeds-payment")
    assert over.json()["facts"] == {"transfer": paid, "left_minor": 350}
    assert (market.balance(ann), market.purse(shop)) == (650, 350)
    market.clock.advance(timedelta(seconds=1))
    assert refund(market, shop, paid, 350).json()["left_minor"] == 0
    assert code(refund(market, shop, paid, 1)) == "refund-exceeds-payment"
    assert (market.balance(ann), market.purse(shop)) == (1_000, 0)
    for side in (ann, shop):
        assert market.get(f"/v1/transfers/{paid}", side).json()["refunded_minor"] == 600
        rows = market.get(f"/v1/transfers/{paid}/refunds", side).json()["items"]
        assert [(row["amount_minor"], row["reason"]) for row in rows] == [
            (250, "goods-returned"), (350, "goods-returned"),
        ]  # fmt: skip
    with market.database.read() as tx:
        told = journal.about(tx, tfr(paid))
    assert doctor.examine(market.database, checks).ok
    with market.database.connection() as conn:
        conn.execute("UPDATE wallet.transfers SET refunded_minor = 599 WHERE id = %s", (tfr(paid),))
        (finding,) = doctor.examine(market.database, checks).checks[-1:]
        assert [(each.expected, each.found) for each in finding.differences] == [("600", "599")]
        conn.execute("UPDATE wallet.transfers SET refunded_minor = 600 WHERE id = %s", (tfr(paid),))
    assert [row.verb for row in told] == ["transfer.made", *["transfer.refunded"] * 2]
    assert told[-1].parties == (ann.party, shop.party)
    assert (told[-1].body["amount_minor"], told[-1].body["left_minor"]) == (350, 0)


class Undone(Exception):
    """What was done in the transaction is taken back."""


OWNERS = "every account is its owner's, with the floor of its kind"
PAYMENTS = "the ledger tells of each payment what the wallet tells"


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("UPDATE ledger.accounts SET owner = %(other)s WHERE owner = %(ann)s", OWNERS),
        ("UPDATE ledger.accounts SET owner = NULL WHERE owner = %(ann)s", OWNERS),
        ("UPDATE ledger.accounts SET code = 210 WHERE owner = %(ann)s", OWNERS),
        ("UPDATE ledger.accounts SET floor_minor = -500 WHERE owner = %(ann)s", OWNERS),
        ("UPDATE parties.account SET party = %(other)s WHERE party = %(ann)s", OWNERS),
        ("UPDATE ledger.transfers SET code = 201 WHERE id = %(paid)s", PAYMENTS),
        ("UPDATE ledger.transfers SET subject = %(other)s WHERE id = %(paid)s", PAYMENTS),
        ("UPDATE ledger.transfers SET subject = NULL WHERE id = %(paid)s", PAYMENTS),
        ("UPDATE wallet.transfers SET amount_minor = 301 WHERE id = %(paid)s", PAYMENTS),
        ("DELETE FROM wallet.transfers WHERE id = %(paid)s", PAYMENTS),
    ],
)
def test_the_doctor_names_an_account_or_a_payment_that_was_changed(
    market: Market, damage: LiteralString, check: str
):
    ann, shop = market.resident("ann", minor=300), market.shop()
    paid = tfr(market.paid(ann, shop, 300)["id"])
    named = {"ann": ann.party, "other": shop.party, "paid": paid}

    def found() -> set[str]:
        findings = [each(tx) for each in (*accounts.checks, *checks)]
        return {finding.check for finding in findings if not finding.ok}

    with contextlib.suppress(Undone), market.database.transaction() as tx:
        assert found() == set()
        assert tx.conn.execute(damage, named).rowcount == 1
        assert found() == {check}
        raise Undone


def test_of_eight_refunds_at_once_only_what_was_paid_goes_back(market: Market):
    ann, shop = market.resident("ann", minor=1_000), market.shop()
    paid = market.paid(ann, shop, 300)["id"]
    market.paid(ann, shop, 700)
    path = f"POST /v1/transfers/{paid}/refunds"
    answers = market.race([(path, shop, {"amount_minor": 120, **CAUSE})] * 8)
    assert sorted(each.status_code for each in answers) == [201, 201, *[409] * 6]
    assert {code(each) for each in answers if each.status_code == 409} == {"refund-exceeds-payment"}
    assert (market.balance(ann), market.purse(shop)) == (240, 760)


def test_a_refund_that_waits_for_the_payers_limits_holds_up_nobodys_money(market: Market):
    """A payment counts its use first and then moves money; the other way round is a deadlock."""
    shop, ann = market.shop(), market.resident("ann", minor=1_000)
    with market.database.transaction() as tx:
        parties.set_tier(tx, ann.party, "class-1")
    paid = market.paid(ann, shop, 300)["id"]
    with ThreadPoolExecutor(1) as pool, market.database.transaction() as tx:
        (mine,) = tx.conn.execute("SELECT pg_backend_pid()").fetchone() or (0,)
        tx.conn.execute("SELECT FROM policy.usage WHERE party = %s FOR UPDATE", (ann.party,))
        given = pool.submit(refund, market, shop, paid, 300)
        waits = "SELECT FROM pg_locks WHERE NOT granted AND %s = ANY(pg_blocking_pids(pid))"
        while tx.conn.execute(waits, (mine,)).fetchone() is None and not given.done():
            time.sleep(0.005)
        owners = [ann.party, shop.party]
        free = "SELECT FROM ledger.accounts WHERE owner = ANY(%s) FOR UPDATE NOWAIT"
        assert len(tx.conn.execute(free, (owners,)).fetchall()) == 2
    assert given.result().status_code == 201
    assert (market.balance(ann), market.purse(shop)) == (1_000, 0)


def test_only_who_was_paid_gives_back(market: Market):
    ann, bob, eve = (market.resident(name, minor=100) for name in ("ann", "bob", "eve"))
    paid = market.paid(ann, bob, 60)["id"]
    assert code(refund(market, ann, paid, 10)) == "forbidden"
    assert code(refund(market, eve, paid, 10)) == "not-found"
    assert code(market.get(f"/v1/transfers/{paid}/refunds", eve)) == "not-found"
    assert refund(market, bob, paid, 10).status_code == 201
    assert (market.balance(ann), market.balance(bob)) == (50, 150)


def test_who_has_spent_the_money_cannot_give_it_back_and_nothing_moves(market: Market):
    ann, bob, eve = (market.resident(name, minor=100) for name in ("ann", "bob", "eve"))
    paid = market.paid(ann, bob, 100, tip_minor=40)["id"]
    market.paid(bob, eve, 170)
    refused = refund(market, bob, paid, 70)
    assert (code(refused), refused.json()["facts"]) == (
        "insufficient-funds", {"available_minor": 30},
    )  # fmt: skip
    assert market.get(f"/v1/transfers/{paid}", ann).json()["refunded_minor"] == 0
    with market.database.transaction() as tx:
        parties.restrict(tx, bob.party)
    assert refund(market, bob, paid, 30).status_code == 201, "what is owed may go back"


def test_a_tip_is_posted_apart_and_goes_back_last(market: Market):
    ann, shop = market.resident("ann", minor=1_000), market.shop()
    paid = market.paid(ann, shop, 230, tip_minor=30)
    assert paid["amount_minor"] == 230
    seen = market.get(f"/v1/transfers/{paid['id']}", shop).json()
    assert (seen["amount_minor"], seen["tip_minor"]) == (230, 30)
    first = refund(market, shop, paid["id"], 190).json()
    second = refund(market, shop, paid["id"], 40).json()
    assert [(each["amount_minor"], each["tip_minor"]) for each in (first, second)] == [
        (190, 0), (40, 30),
    ]  # fmt: skip
    assert (market.balance(ann), market.purse(shop)) == (1_000, 0)
    with market.database.connection() as conn:
        rows = conn.execute(
            "SELECT code, amount_minor FROM ledger.transfers WHERE subject = %s ORDER BY posted_at",
            (tfr(paid["id"]),),
        ).fetchall()
    assert rows == [(200, 200), (202, 30), (203, 190), (203, 10), (203, 30)]
    (day,) = market.get("/v1/shops/totals", shop).json()
    assert (day["totals"]["refunds"], day["totals"]["refund_minor"]) == (2, 230)
    for side in (ann, shop):
        (purse,) = market.get("/v1/balances", side).json()
        found = market.get("/v1/spending", side, account=purse["account"]).json()["categories"]
        month = {each["category"]: (each["in_minor"], each["out_minor"]) for each in found}
        assert month.pop("shops") == (230, 230), "what went back is where it was"
        assert not month or side is ann


@pytest.mark.parametrize(("tip", "status"), [(-1, 422), (100, 400), (99, 200)])
def test_a_tip_is_less_than_what_is_paid(market: Market, tip: int, status: int):
    ann, bob = market.resident("ann", minor=1_000), market.resident("bob")
    body = {"payee": bob.id, "amount_minor": 100, "currency": "CNY", "tip_minor": tip}
    assert market.send("POST /v1/transfers", ann, body).status_code == status
    poor = {**body, "amount_minor": 2_000, "tip_minor": 1_500}
    refused = market.send("POST /v1/transfers", ann, poor)
    assert (code(refused), refused.json()["facts"]) == (
        "insufficient-funds", {"available_minor": market.balance(ann)},
    )  # fmt: skip


def test_a_refund_gives_the_limit_of_its_own_window_back(market: Market):
    ann, shop = market.resident("ann", minor=300_000), market.shop()
    with market.database.transaction() as tx:
        parties.set_tier(tx, ann.party, "class-1")

    def left() -> int:
        rows = market.get("/v1/limits", ann, currency="CNY").json()["limits"]
        return next(row["left_minor"] for row in rows if row["window"] == "lifetime")

    before = left()
    paid = market.paid(ann, shop, 90_000)["id"]
    assert left() == before - 90_000
    body = {"payee": shop.id, "amount_minor": before - 80_000, "currency": "CNY"}
    assert code(market.send("POST /v1/transfers", ann, body)) == "limit-reached"
    market.clock.advance(timedelta(days=3))
    refund(market, shop, paid, 50_000)
    assert left() == before - 40_000
    assert (
        market.send("POST /v1/transfers", ann, {**body, "amount_minor": 60_000}).status_code < 300
    )
