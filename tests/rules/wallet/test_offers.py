"""Offers, refunds and approvals on values: what fits, what goes back, and what was shown."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sycee.kit.errors import Invalid
from sycee.kit.ids import public
from sycee.products.wallet.approvals import model as approvals
from sycee.products.wallet.model import Row, Transfer
from sycee.products.wallet.refunds.model import RefundExceedsPayment, parts
from sycee.products.wallet.shops.offers import model as offers
from sycee.products.wallet.shops.offers.model import (
    Offer,
    OfferDiffers,
    OfferNotOpen,
    Sort,
    State,
    TipNotTaken,
)

ADA, BEN, CODE, TILL = (UUID(int=n) for n in (7, 8, 9, 10))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
OFFER = Offer(
    id=CODE,
    payee=BEN,
    sort=Sort.DYNAMIC,
    token="t",
    amount_minor=100,
    least_minor=None,
    most_minor=None,
    currency="CNY",
    once=True,
    tips=False,
    title=None,
    memo=False,
    place="p",
    category="5411",
    device=TILL,
    state=State.OPEN,
    transfer=None,
    created_at=NOW,
    expires_at=None,
    ended_at=None,
)
NAME = public("cod", CODE)
PAY = Transfer(ADA, BEN, 100, "CNY")
BETWEEN: dict[str, Any] = {"amount_minor": None, "least_minor": 50, "most_minor": 200}


@pytest.mark.parametrize(
    ("offer", "payment", "refusal"),
    [
        ({}, {}, None),
        ({}, {"payee": ADA}, OfferDiffers(NAME, "payee")),
        ({}, {"currency": "EUR"}, OfferDiffers(NAME, "currency")),
        ({}, {"amount_minor": 99}, OfferDiffers(NAME, "amount_minor", 100, 100)),
        ({}, {"amount_minor": 101}, OfferDiffers(NAME, "amount_minor", 100, 100)),
        ({}, {"amount_minor": 101, "tip_minor": 1}, TipNotTaken(NAME)),
        ({"tips": True}, {"amount_minor": 101, "tip_minor": 1}, None),
        ({"tips": True}, {"tip_minor": 1}, OfferDiffers(NAME, "amount_minor", 100, 100)),
        (BETWEEN, {"amount_minor": 50}, None),
        (BETWEEN, {"amount_minor": 200}, None),
        (BETWEEN, {"amount_minor": 49}, OfferDiffers(NAME, "amount_minor", 50, 200)),
        (BETWEEN, {"amount_minor": 201}, OfferDiffers(NAME, "amount_minor", 50, 200)),
        ({"amount_minor": None}, {"amount_minor": 1}, None),
        ({"expires_at": NOW + TICK}, {}, None),
        ({"expires_at": NOW}, {}, OfferNotOpen(NAME, "expired")),
        ({"state": State.PAID, "expires_at": NOW}, {}, OfferNotOpen(NAME, "paid")),
        ({"state": State.CLOSED}, {"payee": ADA}, OfferNotOpen(NAME, "closed")),
    ],
    ids=str,
)
def test_a_payment_fits_its_offer_to_the_unit(
    offer: dict[str, Any], payment: dict[str, Any], refusal: Any
) -> None:
    asked = msgspec.structs.replace(OFFER, **offer)
    assert offers.check(asked, msgspec.structs.replace(PAY, **payment), NOW) == refusal


@pytest.mark.parametrize(
    ("sort", "noun", "word", "channel", "unproven"),
    [
        (Sort.STATIC, "cod", "code", "qr", True),
        (Sort.DYNAMIC, "cod", "code", "qr", False),
        (Sort.LINK, "lnk", "link", "api", False),
    ],
)
def test_only_a_code_on_the_wall_may_have_been_swapped(
    sort: Sort, noun: str, word: str, channel: str, unproven: bool
) -> None:
    offer = msgspec.structs.replace(OFFER, sort=sort)
    assert (offer.public, offer.word) == (public(noun, CODE), word)
    taken = offers.taken(offer, PAY)
    assert (taken.channel, taken.unproven, taken.origin, taken.device) == (
        *(channel, unproven),
        *(CODE, TILL),
    )


@pytest.mark.parametrize(
    ("amount", "least", "most", "field"),
    [
        (0, None, None, "amount_minor"),
        (None, 0, None, "least_minor"),
        (None, None, 0, "most_minor"),
        (5, 5, None, "least_minor"),
        (5, None, 5, "least_minor"),
        (None, 6, 5, "most_minor"),
        (5, None, None, None),
        (None, 5, 5, None),
        (None, 5, None, None),
        (None, None, 5, None),
        (None, None, None, None),
    ],
)
def test_bounds_are_amounts_in_order_and_not_beside_one(
    amount: int | None, least: int | None, most: int | None, field: str | None
) -> None:
    if field is None:
        offers.bounds(amount, least, most)
        return
    with pytest.raises(Invalid) as refused:
        offers.bounds(amount, least, most)
    assert refused.value.field == field


def test_a_code_has_room_for_thirteen_characters_of_an_amount() -> None:
    offers.check_code(999_999_999_999, "CNY")  # 9999999999.99
    with pytest.raises(Invalid) as refused:
        offers.check_code(1_000_000_000_000, "CNY")
    assert refused.value.field == "amount_minor"


def test_an_offer_lives_within_a_year_and_a_sale_a_quarter_of_an_hour() -> None:
    year = NOW + timedelta(days=366)
    assert offers.expiry(NOW, Sort.DYNAMIC, None) == NOW + timedelta(minutes=15)
    assert offers.expiry(NOW, Sort.STATIC, None) is None
    assert [offers.expiry(NOW, Sort.LINK, at) for at in (NOW + TICK, year)] == [NOW + TICK, year]
    for wanted in (NOW, year + TICK, year.replace(tzinfo=None)):
        with pytest.raises(Invalid) as refused:
            offers.expiry(NOW, Sort.LINK, wanted)
        assert refused.value.field == "expires_at"


@pytest.mark.parametrize(
    "url",
    [None, "http://a.example", "https://a.example:8080/!x?y=~", "https://a.example/" + "x" * 982],
)
def test_the_way_back_is_an_address_of_the_web(url: str | None) -> None:
    assert offers.check_return(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://a.example",
        "https://",
        "https://ada@a.example",
        "https://:secret@a.example",
        "https://a.example:0",
        "https://a.example:99999",
        "https://a.example/ x",
        "https://a.example/\x7f",
        "https://á.example",
        "https://a.example/" + "x" * 983,
    ],
)
def test_a_way_back_that_is_none_or_hides_whose_it_is_is_refused(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        offers.check_return(url)
    assert refused.value.field == "return_url"


def test_a_payment_names_a_code_or_a_link() -> None:
    assert [offers.named("c", None), offers.named(None, "l"), offers.named(None, None)] == [
        *("c", "l"),
        None,
    ]
    with pytest.raises(Invalid) as refused:
        offers.named("", "l")
    assert refused.value.field == "link"


@pytest.mark.parametrize(
    ("refunded", "amount", "price", "tip"),
    [
        (0, 80, 80, 0),
        (0, 81, 80, 1),
        (0, 100, 80, 20),
        (30, 60, 50, 10),
        (80, 20, 0, 20),
        (90, 10, 0, 10),
    ],
)
def test_the_price_goes_back_before_the_tip(
    refunded: int, amount: int, price: int, tip: int
) -> None:
    row = Row(CODE, ADA, BEN, 100, "CNY", None, NOW, tip_minor=20, refunded_minor=refunded)
    assert parts(row, amount) == (price, tip)
    with pytest.raises(RefundExceedsPayment) as refused:
        parts(row, 101 - refunded)
    assert refused.value == RefundExceedsPayment(public("tfr", CODE), 100 - refunded)


PAYMENT = approvals.Payment(ADA, BEN, 1_234, "CNY", bytes(16), 1_790_000_000_000)


def test_what_is_signed_is_said_line_by_line() -> None:
    series = msgspec.structs.replace(PAYMENT, purpose="series", to=("x", "y"), terms=("t1", "t2"))
    ada, ben = public("par", ADA), public("par", BEN)
    head, tail = f"sycee-approval-2\npayment\n{ada}\n", "AAAAAAAAAAAAAAAAAAAAAA\n1790000000000\n"
    assert PAYMENT.text == f"{head}{ben}\n1234\nCNY\n{tail}"
    assert series.text == (f"sycee-approval-2\nseries\n{ada}\nx\ny\n1234\nCNY\nt1\nt2\n{tail}")
    assert PAYMENT.challenge == hashlib.sha256(PAYMENT.text.encode()).digest()


def test_an_id_stands_for_its_words_and_for_no_others() -> None:
    assert approvals.bound("a", "b") == approvals.bound("a", "b")
    several = [approvals.bound(*words) for words in (("a", "b"), ("ab",), ("a",), ("b", "a"))]
    assert len(set(several)) == 4
    assert {(each.version, each.variant) for each in several} == {(8, several[0].variant)}
    made = [approvals.bound(str(n)).int for n in range(200)]
    free = [*range(62), *range(64, 76), *range(80, 128)]
    assert all({value >> bit & 1 for value in made} == {0, 1} for bit in free)
    assert {value >> 62 & 3 for value in made} == {2}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, None),
        ({"payeeName": None, "payeeOrigin": None}, None),
        ({"total": {"currency": "EUR", "value": "12.34"}}, "currency"),
        ({"total": {"currency": "CNY", "value": "12.3"}}, "value"),
        ({"payeeName": "Cid"}, "payee"),
        ({"payeeOrigin": "https://b.example"}, "payee"),
        ({"instrument": {"displayName": "Card", "icon": approvals.ICON}}, "instrument"),
        ({"instrument": {"displayName": "Sycee wallet", "icon": "data:,"}}, "instrument"),
    ],
    ids=str,
)
def test_a_browser_that_showed_another_payment_approves_none(
    change: dict[str, Any], field: str | None
) -> None:
    shown: dict[str, Any] = {
        "total": {"currency": "CNY", "value": "12.34"},
        "payeeName": "Ben",
        "payeeOrigin": "https://a.example",
        "instrument": {"displayName": "Sycee wallet", "icon": approvals.ICON},
        **change,
    }
    said = {name: value for name, value in shown.items() if value is not None}
    assert approvals.differs(said, PAYMENT, "Ben", "https://a.example") == field
