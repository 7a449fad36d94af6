"""Nobody is closed or forgotten for good while a trade may still owe them something."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from uuid import UUID

import pytest
from tests.stories.http.server import House, Person, code

from sycee.core.parties import parties
from sycee.core.parties.model import PartyClosed, PartyHasBalance, PartyHasUnfinished, Status
from sycee.core.parties.personal import erasing, sources
from sycee.core.parties.personal.sources import Source
from sycee.doors.http import contents
from sycee.kit.errors import Refusal
from sycee.kit.ids import parse, public
from sycee.products.escrow import actions, listing
from sycee.products.escrow.model.payment import Royalty
from sycee.products.escrow.model.trade import Delivery, Line, State
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Page

from .conftest import Market, make, step

MIGRATION = "0120_escrow_payees.sql"


@pytest.fixture(autouse=True)
def asked() -> None:
    """Every slice is asked what is still open, as in a served house."""
    contents.routes()


def close(market: Market, party: UUID) -> Status:
    with market.database.transaction() as tx:
        return parties.close(tx, party).status


def kept_by(market: Market, party: UUID) -> list[UUID]:
    """The trades that keep a party from being closed."""
    with market.database.read() as tx:
        waiting = [each for each in erasing.still_open(tx, party) if each.startswith("trade ")]
    if not waiting:
        return []
    with pytest.raises((PartyHasUnfinished, PartyHasBalance)) as refused:
        close(market, party)
    if isinstance(refused.value, PartyHasUnfinished):
        assert list(refused.value.open) == waiting, "the desk and the person hear the same"
    return [parse("trd", each.split()[1]) for each in waiting]


def poor(market: Market, minor: int = 10_000) -> UUID:
    """A person who puts everything into one trade."""
    person = market.person("Poor")
    market.give(person, minor)
    return person


def meanwhile(market: Market, deed: Callable[[Tx], object], party: UUID) -> object:
    """Close a party while a deed is not committed yet; what closing it came to."""

    def attempt() -> object:
        try:
            return close(market, party)
        except PartyHasUnfinished as refusal:
            return refusal.open

    with ThreadPoolExecutor(1) as pool:
        with market.database.transaction() as tx:
            deed(tx)
            closing = pool.submit(attempt)
            _until_it_waits(market)
        return closing.result()


def _until_it_waits(market: Market) -> None:
    for _ in range(200):
        with market.database.connection() as conn:
            row = conn.execute(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                """
            ).fetchone()
        if row is not None and row[0]:
            return
        time.sleep(0.01)


@pytest.mark.parametrize("role", ["buyer", "seller", "royalty"])
def test_nobody_whom_a_trade_owes_is_closed_before_its_end(market: Market, role: str) -> None:
    buyer = poor(market)
    trade = market.create(buyer=buyer, royalties=(Royalty(market.royal, 1_000),))
    market.pay(trade, buyer)
    who = {"buyer": buyer, "seller": market.shop, "royalty": market.royal}[role]
    assert kept_by(market, who) == [trade]
    market.do(actions.ship, actions.Ship(trade, market.shop))
    assert kept_by(market, who) == [trade]
    market.do(actions.confirm, actions.Touch(trade, buyer))
    assert market.see(trade).state is State.FINISHED
    if role == "buyer":
        assert close(market, who) is Status.CLOSED
    else:
        with pytest.raises(PartyHasBalance):
            close(market, who)


def test_who_did_much_here_is_closed_too(market: Market) -> None:
    def look(tx: Tx, party: UUID) -> list[str]:
        tx.conn.execute("SELECT pg_sleep(0.6)")  # through hundreds of thousands of trades
        return []

    known = sources.all_sources()
    sources.use([*known, Source({}, {"long life": look})])
    try:
        assert close(market, market.person("Old")) is Status.CLOSED
    finally:
        sources.use(known)


def test_what_was_not_shipped_comes_back_to_a_buyer_whom_the_desk_wanted_to_close(
    market: Market,
) -> None:
    buyer = poor(market)
    trade = market.create(buyer=buyer)
    market.pay(trade, buyer)
    assert kept_by(market, buyer) == [trade]
    market.wait(days=30)
    assert (market.see(trade).state, market.purse(buyer)) == (State.CLOSED, 10_000)


def test_a_payee_is_kept_until_its_part_is_paid_and_no_longer(market: Market) -> None:
    trade = market.paid(
        lines=(Line(market.shop, "tea", 1, 10_000), Line(market.mill, "flour", 1, 5_000)),
        royalties=(Royalty(market.royal, 1_000),),
    )
    market.do(actions.release, actions.Release(trade, market.buyer, 5_000, seller=market.shop))
    assert kept_by(market, market.royal) == [trade]
    market.do(actions.release, actions.Release(trade, market.buyer, seller=market.shop))
    assert kept_by(market, market.royal) == []
    assert kept_by(market, market.mill) == kept_by(market, market.shop) == [trade]


def test_a_part_that_was_passed_on_keeps_its_payee(market: Market) -> None:
    trade = market.shipped()
    market.do(actions.split, actions.Split(trade, market.shop, ((market.royal, 3_000),), "s-1"))
    assert kept_by(market, market.royal) == [trade]
    market.do(actions.refund_now, actions.RefundNow(trade, market.shop, 10_000, "back"))
    assert kept_by(market, market.royal) == []
    assert close(market, market.royal) is Status.CLOSED


def test_a_payee_is_kept_by_a_trade_but_does_not_see_it(market: Market) -> None:
    market.paid(royalties=(Royalty(market.royal, 1_000),))
    with market.database.read() as tx:
        assert listing.of_party(tx, market.royal, Page(20, None)).items == []
        assert len(listing.of_party(tx, market.buyer, Page(20, None)).items) == 1


def test_an_open_refund_after_the_end_keeps_the_buyer_and_its_seller(market: Market) -> None:
    buyer = poor(market, 15_000)
    lines = (Line(market.shop, "tea", 1, 10_000), Line(market.mill, "flour", 1, 5_000))
    trade = market.create(buyer=buyer, lines=lines)
    market.pay(trade, buyer)
    market.do(actions.release, actions.Release(trade, buyer))
    ask = actions.OpenRefund(trade, buyer, 1_000, seller=market.shop)
    market.do(actions.open_refund, ask)
    assert kept_by(market, buyer) == kept_by(market, market.shop) == [trade]
    assert kept_by(market, market.mill) == []
    market.do(actions.cancel_refund, actions.Touch(trade, buyer))
    assert kept_by(market, market.shop) == []
    assert close(market, buyer) is Status.CLOSED


@pytest.mark.parametrize("role", ["buyer", "seller"])
def test_a_refund_that_is_asked_for_at_that_moment_keeps_both(market: Market, role: str) -> None:
    buyer, trade = _finished(market)
    command = actions.OpenRefund(trade, buyer, 1_000)
    who = buyer if role == "buyer" else market.shop
    refused = meanwhile(market, lambda tx: actions.open_refund(tx, command), who)
    assert refused == (f"trade {public('trd', trade)}",)


def test_nothing_is_asked_back_of_a_closed_seller(market: Market) -> None:
    buyer, trade = _finished(market)
    assert close(market, market.shop) is Status.CLOSED
    with pytest.raises(PartyClosed):
        market.do(actions.open_refund, actions.OpenRefund(trade, buyer, 1_000))
    assert market.see(trade).refund is None


def _finished(market: Market) -> tuple[UUID, UUID]:
    """The buyer of a finished trade, and the trade; neither the buyer nor the shop has money."""
    buyer = poor(market)
    trade = market.create(buyer=buyer)
    market.pay(trade, buyer)
    market.do(actions.release, actions.Release(trade, buyer))
    market.put_out(market.shop)
    return buyer, trade


def test_a_buyer_who_pays_at_that_moment_is_not_closed(market: Market) -> None:
    buyer = poor(market, 1)
    market.pay(market.create(1, buyer=buyer, delivery=Delivery.NONE, settle_seconds=0), buyer)
    trade = market.create(buyer=None)

    def pay_at_once(tx: Tx) -> None:
        market.put(tx, buyer, 10_000)
        assert not isinstance(actions.pay(tx, [actions.Pay(trade, buyer)])[0], Refusal)

    refused = meanwhile(market, pay_at_once, buyer)
    assert refused == (f"trade {public('trd', trade)}",)
    assert market.see(trade).buyer == buyer


@pytest.mark.parametrize("role", ["seller", "royalty"])
def test_a_payee_who_is_promised_a_part_at_that_moment_is_not_closed(
    market: Market, role: str
) -> None:
    who = market.shop if role == "seller" else market.royal
    assert market.purse(who) == 0, "an account that is open already takes no lock on its party"
    draft = market.draft(royalties=(Royalty(market.royal, 1_000),))
    command = actions.Create(market.buyer, draft)
    made: list[str] = []
    refused = meanwhile(market, lambda tx: made.append(actions.create(tx, command).id), who)
    assert refused == (f"trade {made[0]}",)


def test_trades_of_an_older_version_keep_their_payees_too(market: Market) -> None:
    trade = market.paid(royalties=(Royalty(market.royal, 1_000),))
    script = files("sycee.migrations").joinpath(MIGRATION).read_text()
    with market.database.connection() as conn:
        conn.execute("DELETE FROM escrow.role WHERE side = 'payee'")
    assert kept_by(market, market.royal) == []
    with market.database.connection() as conn:
        conn.execute(script[script.index("INSERT INTO") :].encode())
    assert kept_by(market, market.royal) == [trade]
    assert kept_by(market, market.shop) == kept_by(market, market.buyer) == [trade]


def test_the_desk_and_the_payee_are_told_which_trade_it_is(
    house: House, shop: Person, buyer: Person
) -> None:
    author = house.person("Author")
    royalties = [{"party": author.id, "amount_minor": 1_000}]
    trade = make(house, shop, buyer, royalties=royalties)
    step(house, buyer, trade, "pay", {})
    erased = house.post("/v1/me/erase", author)
    assert (erased.status_code, code(erased)) == (409, "erasure-waits")
    closed = house.post(f"/v1/parties/{author.id}/close", house.operator())
    assert (closed.status_code, code(closed)) == (409, "party-has-unfinished")
    assert closed.json()["facts"] == {"party": author.id, "open": [f"trade {trade}"]}
    assert erased.json()["facts"]["open"] == [f"trade {trade}"]
    step(house, shop, trade, "ship", {})
    step(house, buyer, trade, "confirm")
    assert house.balance(author) > 0
